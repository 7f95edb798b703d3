"""Log the skipped inputs of a run, with their reasons, and its warnings."""

import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Literal

from stance.datamodels import Document, Page, Skip, Told, counted

Kind = Literal["skipped", "warning"]


class InputWarning(UserWarning):
    """An input was skipped, or is used with a warning; the message names it and the reason."""


@dataclass(slots=True)
class Log:
    """Collects skipped inputs and warnings.

    :param notify: Called with each entry when it is added.
    """

    notify: Callable[[Kind, Skip], None] = lambda _kind, _skip: None
    skipped: list[Skip] = field(default_factory=list)
    warnings: list[Skip] = field(default_factory=list)
    pages: int = 0  # whose certainty was judged
    doubtful: int = 0  # of them, those that may be misread
    told: int = 0  # that the user describes in ``pages.csv``
    unsure: int = 0  # of them, those left out because their certainty is too low
    not_chosen: int = 0  # pages that do not meet the conditions

    def skip(self, *skips: Skip) -> None:
        """Add inputs, or parts of them, that are skipped."""
        for skip in skips:
            self.skipped.append(skip)
            self.notify("skipped", skip)

    def warn(self, source: str, *messages: str) -> None:
        """Add warnings about an input that is used."""
        for message in messages:
            self.warnings.append(warning := Skip(source, message))
            self.notify("warning", warning)

    def is_sure(self, document: Document, least: float | None) -> bool:
        """Count a document by its certainty, and return whether that is enough."""
        if document.certainty is None:
            return True
        self.pages += 1
        self.doubtful += document.is_doubtful
        is_enough = least is None or document.certainty >= least
        self.unsure += not is_enough
        return is_enough

    def is_chosen(self, is_chosen: bool) -> bool:
        """Count a document that is left out by the conditions, and return whether it is not."""
        self.not_chosen += not is_chosen
        return is_chosen

    def counting_told(self, items: Iterable[Any]) -> Iterator[Any]:
        """Pass items on, and count the pages of which the user tells something."""
        for item in items:
            self.told += isinstance(item, Page) and item.told != Told()
            yield item

    def closing(self) -> list[str]:
        """Return how many pages ``pages.csv`` names, how many may be misread, and how many were left out for that."""
        of_all = f"of {counted(self.pages, 'page')}"
        found = [f"{counted(self.told, 'page')} described by pages.csv"] if self.told else []
        found += [f"{self.doubtful:,} {of_all} may be misread"] if self.doubtful else []
        found += [f"{self.unsure:,} {of_all} left out by --least-certainty"] if self.unsure else []
        return found + ([f"{counted(self.not_chosen, 'page')} left out by --where"] if self.not_chosen else [])

    def add(self, kind: Kind, entry: Skip) -> None:
        """Note an entry of another log, which has this as its ``tell``."""
        if kind == "skipped":
            self.skip(entry)
        else:
            self.warn(entry.source, entry.reason)

    def note(self, document: Document) -> None:
        """Add the warnings of a document."""
        self.warn(document.source, *document.warnings)


def python_log() -> Log:
    """Return a log that issues each entry as an :class:`InputWarning`."""

    def warn(kind: Kind, entry: Skip) -> None:
        warn_of_input(f"{entry.source}: {'skipped: ' if kind == 'skipped' else ''}{entry.reason}")

    return Log(notify=warn)


def warn_of_input(message: str) -> None:
    """Issue a warning at the line of the caller, each time it is called.

    Python shows a warning once per line: in a loop, or a notebook cell that runs again, the second result would look
    complete. So the registry of shown warnings is not used.
    """
    line = _line_of_caller(sys._getframe(1))
    # Without a module Python shows no warning: code that is run by exec() may have none.
    module = line.f_globals.get("__name__") or "__main__"
    warnings.warn_explicit(message, InputWarning, line.f_code.co_filename, line.f_lineno, module=module)


def _line_of_caller(frame: FrameType) -> FrameType:
    """Find the caller of the outermost function of this package; templates and generators may lie between."""
    found, at = frame, frame
    while at.f_back is not None:
        if str(at.f_globals.get("__name__")).partition(".")[0] == "stance":
            found = at.f_back
        at = at.f_back
    return found
