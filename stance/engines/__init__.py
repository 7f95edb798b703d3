"""Work on pages and documents, one in and one out, in whichever process or machine an engine does it.

What a worker keeps from one page for the next saves time and changes no outcome, so it does not matter which worker has
which page.
"""

import signal
from collections.abc import Container, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import current_thread, main_thread
from typing import TYPE_CHECKING, Any, Protocol

from stance.datamodels import Document, Page, Skip
from stance.exceptions import StanceError
from stance.limits import Limits, collecting_seldom, current_limits, limits_in_force
from stance.parsing import make_document
from stance.pseudonyms import Naming
from stance.records import content_of
from stance.run import ModelOptions
from stance.scoring.documents import DocumentScorer

if TYPE_CHECKING:
    from stance.scoring.targets import TargetSet

CHUNK_CHARACTERS = 60_000
CHUNK_ITEMS = 200
"""A chunk is full at either: a second or so of work, against which its transport is nothing, and little to do again."""

TIMED_CHARACTERS = 200_000
"""Characters that may take as long as a page: ``default`` scores the comments of such a text in some 15 seconds."""

LONGEST_REASON = 200

RUN_ERRORS = (StanceError, OSError)
"""Errors of the run and not of a page: a model that cannot judge, a disk that is full."""

Item = Page | Document
"""A page that was read, or a document that needs no parsing."""

Outcome = Document | Skip
"""A document made from an input, or the reason why it was skipped."""


class Engine(Protocol):
    """A place where work is done."""

    def run(self, items: Iterable[Any]) -> Iterator[Any]:
        """Work on each page and document of a stream.

        :param items: Read no further ahead than keeps the workers busy.
        :return: The stream, in its order: an outcome in the place of each page or document, all else as it was.
        """


class Worker(Protocol):
    """Works on pages or documents, in whichever process."""

    def work(self, items: Sequence[Any], *, is_timed: bool = False) -> list[Any]:
        """Return an outcome for each item, in their order."""

    def time_allowed(self, items: Iterable[Any]) -> float:
        """Return how many seconds the work on items may take."""


@dataclass(frozen=True, slots=True)
class PageWorker:
    """Parses pages, detects their languages, and scores them where it has a scorer.

    :param language: Of a document that is too short to detect it.
    :param limits: Those in force.
    :param known: Digests of documents that are there already; they get no scores.
    """

    language: str | None = None
    limits: Limits = field(default_factory=current_limits)
    scorer: DocumentScorer | None = None
    known: Container[str] = ()
    make = staticmethod(make_document)

    def work(self, items: Sequence[Item], *, is_timed: bool = False) -> list[Outcome]:
        """Work on some pages and documents together, which is cheaper than one by one and gives the same.

        :param is_timed: Where that takes too long or fails, work on them one by one, so that only one page is left out.
        :return: One for each, in their order.
        :raises StanceError, OSError: If no other page could be worked on either.
        """
        try:
            seconds = self.time_allowed(items) if is_timed else None
            with limits_in_force(self.limits), collecting_seldom(), time_limit(seconds):
                found: list[Outcome] = [self.make(item, self.language) for item in items]
                return list(self._scored(found, self.scorer)) if self.scorer else found
        except RUN_ERRORS:
            raise
        except (LateError, Exception) as error:
            if not is_timed:
                raise
            if len(items) == 1:
                is_late = isinstance(error, LateError)  # on another day, it may be in time
                reason = str(error) if is_late else f"could not be processed: {describe(error)}"
                return [Skip(items[0].source, reason, may_pass=is_late)]
        return [outcome for item in items for outcome in self.work([item], is_timed=True)]

    def time_allowed(self, items: Iterable[Item]) -> float:
        """Return how many seconds the work on items may take."""
        return self.limits.page_seconds * (1.0 + sum(map(size_of, items)) // TIMED_CHARACTERS)

    def _scored(self, found: Sequence[Outcome], scorer: DocumentScorer) -> Iterator[Outcome]:
        fresh: dict[str, tuple[int, Document]] = {}  # by digest: place and document, the first of equal ones
        for place, each in enumerate(found):
            if isinstance(each, Document) and (digest := content_of(each)) not in self.known:
                fresh.setdefault(digest, (place, each))
        scored = scorer.score([document for _, document in fresh.values()])
        places = {place for place, _ in fresh.values()}
        for place, each in enumerate(found):
            yield next(scored) if place in places else each


@dataclass(frozen=True, slots=True)
class ScoringJob:
    """All that decides scores, as plain data: it is pickled, sent to another process or machine, and opened there once.

    :param targets: All that are found; those whose stance is asked for are among them.
    :param model: Named so that it can be found wherever the job is opened.
    :param naming: Replaces names; holds the key of the pseudonyms, so a job is sent and never stored.
    :param articles: Score the sentences of articles too.
    :param evidence: Find decisive words too.

    The others are those of :class:`PageWorker`.
    """

    targets: "TargetSet"
    model: ModelOptions
    naming: Naming = field(repr=False)
    articles: bool = False
    evidence: bool = True
    language: str | None = None
    limits: Limits = field(default_factory=current_limits)
    known: Container[str] = ()

    def open(self) -> PageWorker:
        """Load the model, for a worker."""
        return PageWorker(self.language, self.limits, self.load(), self.known)

    def load(self) -> DocumentScorer:
        """Load the model.

        :raises ModelError: If it cannot be loaded.
        """
        model, options = self.model.load(self.targets), self.model
        return DocumentScorer(
            self.targets, model, self.naming, self.articles, self.evidence, options.abstain, options.languages
        )


@dataclass(frozen=True, slots=True)
class Inline(AbstractContextManager["Inline"]):
    """Works in this process without a time limit, for models that do several things at once themselves."""

    worker: PageWorker

    def __exit__(self, *_: object) -> None:
        """Leave nothing to close."""

    def run(self, items: Iterable[Any]) -> Iterator[Any]:
        """Work on each page and document of a stream; see :class:`Engine`."""
        for chunk in cut_chunks(items):
            chunk.outcomes.update(zip(chunk.items, self.worker.work([*chunk.items.values()]), strict=True))
            yield from chunk.merged()


class Chunk:
    """Part of a stream that is worked on together.

    :param content: Pages and documents, the items, and what is only passed on.
    :param size: How much work it is, in characters of text.
    """

    def __init__(self, content: list[Any], size: int) -> None:
        self.content, self.size = content, size
        self.items = {place: each for place, each in enumerate(content) if _needs_work(each)}
        self.outcomes: dict[int, Outcome] = {}  # by place, as the items

    def merged(self) -> Iterator[Any]:
        """Return the content with outcomes in the places of items."""
        return (self.outcomes.get(place, each) for place, each in enumerate(self.content))


def cut_chunks(stream: Iterable[Any]) -> Iterator[Chunk]:
    """Cut a stream into chunks."""
    content, size = [], 0
    for each in stream:
        content.append(each)
        size += size_of(each)
        if size >= CHUNK_CHARACTERS or len(content) >= CHUNK_ITEMS:
            yield Chunk(content, size)
            content, size = [], 0
    if content:
        yield Chunk(content, size)


def _needs_work(each: Any) -> bool:
    return isinstance(each, Page) or (isinstance(each, Document) and each.has_texts)


def size_of(item: Any) -> int:
    """Return how much work an item is, in characters of text; other things are none."""
    if isinstance(item, Document):
        return sum(map(len, item.body)) + sum(len(comment.text) for comment in item.comments)
    return len(item.text) if isinstance(item, Page) else 0


class LateError(BaseException):
    """Work takes longer than it may; no ``except Exception`` on the way catches it."""


@contextmanager
def time_limit(seconds: float | None) -> Iterator[None]:
    """Interrupt the block after so many seconds (None: never), where this process can do that to itself.

    :raises LateError: If it took longer.
    """
    is_possible = hasattr(signal, "setitimer") and current_thread() is main_thread()
    if seconds is None or not is_possible or signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:
        yield
        return

    def give_up(_number: int, _frame: object) -> None:
        raise LateError(too_long(seconds))

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def too_long(seconds: float) -> str:
    """Return the reason why a page is left out that took longer."""
    return f"took longer than {seconds:.3g} s; --limit page_seconds=N allows more"


def describe(error: BaseException) -> str:
    """Return the type and the text of an error, in one short line."""
    return f"{type(error).__name__}: {error}"[:LONGEST_REASON]
