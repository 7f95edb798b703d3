"""The log of a run: skipped inputs with their reasons, and warnings; passed on as they come, and counted."""

import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Literal

from stance.datamodels import Document, Skip

Kind = Literal["skipped", "warning"]


class InputWarning(UserWarning):
    """An input was left out, or is used with a doubt; the message names it and says why."""


def _silent(_kind: Kind, _skip: Skip) -> None:
    """Pass nothing on."""


@dataclass(slots=True)
class Log:
    """Collects skipped inputs and warnings.

    :param tell: Called with each entry when it is made.
    """

    tell: Callable[[Kind, Skip], None] = _silent
    skipped: list[Skip] = field(default_factory=list)
    warnings: list[Skip] = field(default_factory=list)

    def skip(self, skip: Skip) -> None:
        """Note an input, or a part of one, that is left out."""
        self.skipped.append(skip)
        self.tell("skipped", skip)

    def warn(self, source: str, message: str) -> None:
        """Note a warning about an input that is used."""
        self.warnings.append(warning := Skip(source, message))
        self.tell("warning", warning)

    def add(self, kind: Kind, entry: Skip) -> None:
        """Note an entry of another log, which has this as its ``tell``."""
        if kind == "skipped":
            self.skip(entry)
        else:
            self.warn(entry.source, entry.reason)

    def note(self, document: Document) -> None:
        """Note the warnings of a document."""
        for message in document.warnings:
            self.warn(document.source, message)


def python_log() -> Log:
    """Return a log that issues each entry as an :class:`InputWarning`."""

    def warn(kind: Kind, entry: Skip) -> None:
        warn_of_input(f"{entry.source}: {'skipped: ' if kind == 'skipped' else ''}{entry.reason}")

    return Log(tell=warn)


def warn_of_input(message: str) -> None:
    """Issue a warning at the line of the caller, each time it is called.

    Python keeps a note of what it warned of, and is silent when the same happens at the same line: a cell of a notebook
    that runs again, or a loop, would take the second result for one in which nothing is left out. No note is kept here.
    """
    line = _line_of_caller(sys._getframe(1))
    # Without a module Python says nothing: code that is run by exec() may have none.
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
