"""Log the skipped inputs of a run, with their reasons, and its warnings."""

import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import FrameType
from typing import Literal, TypeVar

from stance.datamodels import Page, PageFacts, Skip, counted
from stance.exceptions import hint

Kind = Literal["skipped", "warning"]
Item = TypeVar("Item")


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
    counts: Counter[str] = field(default_factory=Counter)  # of pages and their scores; see ``closing``
    asked: dict[str, str] = field(default_factory=dict)  # outlet of a page left out -> of --where
    model: str | None = None  # that scored; None: the user named it

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

    def add(self, kind: Kind, entry: Skip) -> None:
        """Add an entry of another log, which has this method as its ``notify``."""
        if kind == "skipped":
            self.skip(entry)
        else:
            self.warn(entry.source, entry.reason)

    def watch(self, items: Iterable[Item], what: str) -> Iterator[Item]:
        """Pass items on, and display their number where somebody looks at it.

        :param what: The words before the number.
        """
        return iter(items)

    def counting_described(self, items: Iterable[Item]) -> Iterator[Item]:
        """Pass items on, and count the pages that the user describes in ``pages.csv``."""
        for item in items:
            self.counts["described"] += isinstance(item, Page) and item.facts != PageFacts()
            yield item

    def closing(self) -> list[str]:
        """Return the model that was chosen, how many pages ``pages.csv`` names, may be misread, and were left out."""
        counts, of_all = self.counts, f"of {counted(self.counts['judged'], 'page')}"
        wanted = next((name for name in self.asked.values() if name), "")
        is_unknown = wanted and not counts["kept"] and wanted.casefold() not in map(str.casefold, self.asked)
        meant = f"; no outlet {wanted!r}: {hint(wanted, filter(None, self.asked))}" if is_unknown else ""
        lines = {
            "scored": self.model and f"scored with the model {self.model} (choose another with --model)",
            "described": f"{counted(counts['described'], 'page')} described by pages.csv",
            "doubtful": f"{counts['doubtful']:,} {of_all} may be misread; stance report lists them",
            "--least-certainty": f"{counts['--least-certainty']:,} {of_all} left out by --least-certainty",
            "--where": f"{counted(counts['--where'], 'page')} left out by --where{meant}",
        }
        return [line for name, line in lines.items() if line and counts[name]]


def python_log() -> Log:
    """Return a log that issues each entry as an :class:`InputWarning`, at the line of the caller, each time.

    Python shows a warning once per line: in a loop, or a notebook cell that runs again, the second result would look
    complete. So the registry of shown warnings is not used.
    """

    def warn(kind: Kind, entry: Skip) -> None:
        message = f"{entry.source}: {'skipped: ' if kind == 'skipped' else ''}{entry.reason}"
        line = _line_of_caller(sys._getframe(1))
        # Without a module Python shows no warning: code that is run by exec() may have none.
        module = line.f_globals.get("__name__") or "__main__"
        warnings.warn_explicit(message, InputWarning, line.f_code.co_filename, line.f_lineno, module=module)

    return Log(notify=warn)


def _line_of_caller(frame: FrameType) -> FrameType:
    """Find the caller of the outermost function of this package; templates and generators may lie between."""
    found, at = frame, frame
    while at.f_back is not None:
        if str(at.f_globals.get("__name__")).partition(".")[0] == "stance":
            found = at.f_back
        at = at.f_back
    return found
