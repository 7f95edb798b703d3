"""Log the skipped inputs of a run, with their reasons, and its warnings."""

import sys
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import Literal, TypeVar

from stance.datamodels import Document, Skip, Via, counted
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
    example: str = ""  # of a page to check, with the reason
    model: str | None = None  # that scored; None: the user named it

    def skip(self, *skips: Skip) -> None:
        """Add inputs, or parts of them, that are skipped."""
        for skip in skips:
            if skip.is_note:
                self.warn(skip.source, skip.reason)
                continue
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

    def watch(self, items: Iterable[Item], what: str, inputs: Iterable[str | Path] = ()) -> Iterator[Item]:
        """Pass items on, and display their number where somebody looks at it.

        :param what: The words before the number.
        :param inputs: Of scored documents: files and folders that these are read from, of which the time left follows.
        """
        return iter(items)

    def closing(self) -> list[str]:
        """Return the model that was chosen, how many pages ``pages.csv`` names, have doubts, and were left out."""
        counts, of_all = self.counts, f"of {counted(self.counts['judged'], 'page')}"
        answer = next((name for name in self.asked.values() if name), "")
        is_unknown = answer and not counts["kept"] and answer.casefold() not in map(str.casefold, self.asked)
        meant = f"; no outlet {answer!r}: {hint(answer, filter(None, self.asked))}" if is_unknown else ""
        misread = f", of which {counts['doubtful']:,} may be misread" if counts["doubtful"] else ""
        lines = {
            "scored": self.model and f"scored with the model {self.model} (choose another with --model)",
            "described": f"{counted(counts['described'], 'page')} described by pages.csv",
            "checked": f"check {counted(counts['checked'], 'page')}{misread}; reports list all, such as {self.example}",
            "--least-certainty": f"{counts['--least-certainty']:,} {of_all} left out by --least-certainty",
            "--where": f"{counted(counts['--where'], 'page')} left out by --where{meant}",
        }
        return [line for name, line in lines.items() if line and counts[name]]


@dataclass(slots=True)
class Pace:
    """Counts the comments of scored documents, and estimates how long those of the other inputs take.

    :param inputs: Files and folders. Documents come in their order, so the files before that of a document are done,
        and of its own as many bytes as its texts have characters.
    """

    inputs: Iterable[str | Path]
    comments: int = 0
    scored: int = 0  # of these or of documents that are not done
    named: int = 0  # those that name a target
    is_said: bool = False
    _begun: float | None = None  # when the first document was done: loading a model is no part of the pace
    _skipped: int = 0  # bytes of the first document
    _sizes: dict[str, int] = field(default_factory=dict)  # of files, in bytes
    _source: str = ""
    _before: int = 0  # bytes of the files before this one
    _read: int = 0  # characters of this one

    def __post_init__(self) -> None:
        """Look up the sizes of all files."""
        for path in map(Path, self.inputs):
            files = path.rglob("*") if path.is_dir() else [path]
            self._sizes |= {str(file): file.stat().st_size for file in files if file.is_file()}

    def add(self, document: Document) -> None:
        """Count a document."""
        is_first = self._begun is None
        source = document.source.partition("#")[0]
        if source != self._source:
            self._before, self._read = self._before + self._sizes.get(self._source, 0), 0
            self._source = source
        self._read += sum(map(len, document.body)) + sum(len(comment.text) for comment in document.comments)
        self.comments += len(document.comments)
        of_comments = (score for score in document.scores if score.via is Via.TEXT and score.sentence is None)
        self.named += len({score.comment for score in of_comments})
        if is_first:
            self._begun, self._skipped = monotonic(), self._done()

    def _done(self) -> int:
        return self._before + min(self._read, self._sizes.get(self._source, 0))

    def seconds_left(self) -> float | None:
        """Estimate the seconds left; None: unknown, as of standard input, or of a single document."""
        done, total = self._done(), sum(self._sizes.values())
        work = done - self._skipped
        return (monotonic() - self._begun) * (total - done) / work if self._begun is not None and work > 0 else None

    def shown(self) -> str:
        """Return the numbers of comments so far, and the time left."""
        left = self.seconds_left()
        of_time = "" if left is None else f"; about {_duration(left)} left"
        of_scores = f", {self.named:,} name a target" if self.named else ""
        return f"{counted(max(self.comments, self.scored), 'comment')}{of_scores}{of_time}"

    def first_estimate(self) -> str | None:
        """Return how long the run takes, once, if that is long; None at all other times."""
        left = self.seconds_left()
        spent = 0.0 if self._begun is None else monotonic() - self._begun
        # Minimum seconds of work before the time of a run is estimated, and of the time left before it is said.
        if self.is_said or spent < 5 or left is None or left < 30:
            return None
        self.is_said = True
        return f"{self.shown()} (Ctrl-C stops; a store keeps what is done)"


Listener = Callable[[int, bytes], None]
"""Is called with the number of comments of each batch that is scored, and the answers that are worth keeping."""

_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Call a function, inside a ``with``, about each batch that is scored in any process."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def notify_scored(comments: int, answers: bytes = b"") -> None:
    """Notify the listeners of scored comments, since one page may take minutes."""
    for listener in _listeners:
        listener(comments, answers)


def _duration(seconds: float) -> str:
    """Format seconds: 40 s, 12 minutes, 3 hours."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 6_000 else f"{seconds / 3_600:.0f} hours"


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
    caller, outer = frame, frame
    while outer.f_back is not None:
        if str(outer.f_globals.get("__name__")).partition(".")[0] == "stance":
            caller = outer.f_back
        outer = outer.f_back
    return caller
