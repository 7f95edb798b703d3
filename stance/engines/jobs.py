"""The work that every engine does, and all that decides its result: one page or document in, what became of it out.

A job is plain data: it can be pickled, sent to another process or machine, and opened there, once. What it opens keeps
nothing from one page to the next, so it does not matter which worker has which page.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from stance.datamodels import Document, Page, Skip
from stance.documents import DocumentScorer, make_document, open_model
from stance.exceptions import StanceError
from stance.identity import content_of
from stance.limits import MEGABYTE, Limits, current_limits, limits_in_force
from stance.pseudonyms import Naming
from stance.run import ModelOptions

if TYPE_CHECKING:
    from stance.targets import TargetSet

STEP_COMMENTS = 100
"""Comments that may take as long to be scored as a page of under a megabyte to be parsed; they take some 4 of the 30
seconds where ``default`` reads 70 pairs a second."""

LONGEST_REASON = 200

OF_RUN = (StanceError, OSError)
"""What is wrong with the run and not with a page: a model that cannot judge, a disk that is full."""

Item = Page | Document
"""What an engine works on: a page that was read, or a document that needs no parsing."""

Outcome = Document | Skip
"""What becomes of it: a document, or why there is none."""

Step = Callable[[float], None]
"""Is told before each step of the work how large it is; 1: as an ordinary page."""


def _untold(_size: float) -> None:
    """Tell nobody of a step."""


class Worker(Protocol):
    """What a job opens."""

    def work(self, items: Sequence[Item], *, known: Container[str] = (), step: Step = _untold) -> list[Outcome]:
        """Work on some pages and documents together, which is cheaper than one by one and gives the same.

        :param known: Digests of documents that are there already; they come back without scores.
        :return: One for each, in their order.
        """


class Engine(Protocol):
    """Where work is done."""

    def run(self, items: Iterable[Any]) -> Iterator[Any]:
        """Work on each page and document of a stream.

        :param items: Read no further ahead than keeps the workers busy.
        :return: The stream, in its order: what became of a page or document in its place, all else as it was.
        """


class Job(Protocol):
    """What is to be done with each page; plain data."""

    def open(self) -> Worker:
        """Load what the work needs; slow, and done once in each process."""


@dataclass(frozen=True, slots=True)
class ParsingJob:
    """Parse pages and tell their languages.

    :param language: What a document is in where it is too short to tell.
    :param limits: Those in force.
    """

    language: str | None = None
    limits: Limits = field(default_factory=current_limits)

    def open(self) -> "PageWorker":
        """Give what parses."""
        return PageWorker(self.language, self.limits)


@dataclass(frozen=True, slots=True)
class ScoringJob:
    """Parse pages, tell their languages and score them.

    :param targets: All that are found; those whose stance is asked for are among them.
    :param model: Named so that it can be found wherever the job is opened.
    :param naming: What stands for names; holds the key of the pseudonyms, so a job is sent and never stored.
    :param body: Score paragraphs too.
    :param language: What a document is in where it is too short to tell.
    :param limits: Those in force.
    """

    targets: "TargetSet"
    model: ModelOptions
    naming: Naming = field(repr=False)
    body: bool = False
    language: str | None = None
    limits: Limits = field(default_factory=current_limits)

    def open(self) -> "PageWorker":
        """Load the model.

        :raises ModelError: If it cannot be loaded.
        """
        model = open_model(self.model, self.targets)
        scorer = DocumentScorer(self.targets, model, self.naming, body=self.body, abstain=self.model.abstain)
        return PageWorker(self.language, self.limits, scorer)


@dataclass(frozen=True, slots=True)
class PageWorker:
    """Parses pages, tells their languages, and scores them where it has a scorer."""

    language: str | None = None
    limits: Limits = field(default_factory=current_limits)
    scorer: DocumentScorer | None = None

    def work(self, items: Sequence[Item], *, known: Container[str] = (), step: Step = _untold) -> list[Outcome]:
        """Work on some pages and documents together.

        :param known: Digests of documents that are there already; they come back without scores.
        :param step: Is told before each step how large it is.
        """
        with limits_in_force(self.limits):
            found = []
            for item in items:
                step(1 + size_of(item) // MEGABYTE)
                found.append(make_document(item, self.language))
            return list(self._scored(found, known, step)) if self.scorer else found

    def _scored(self, found: Sequence[Outcome], known: Container[str], step: Step) -> Iterator[Outcome]:
        digests = [content_of(each) if isinstance(each, Document) and not each.scores else None for each in found]
        fresh: dict[str, Document] = {}
        for each, digest in zip(found, digests, strict=True):
            if isinstance(each, Document) and digest is not None and digest not in known:
                fresh.setdefault(digest, each)
        step(1 + sum(len(document.comments) for document in fresh.values()) // STEP_COMMENTS)
        scored = self.scorer.score([*fresh.values()]) if self.scorer else iter(())
        for each, digest in zip(found, digests, strict=True):
            yield next(scored) if digest is not None and fresh.pop(digest, None) is not None else each


def size_of(item: Any) -> int:
    """Say how much work something is, in characters of text; what is only passed on is none."""
    if isinstance(item, Page):
        return len(item.text)
    if isinstance(item, Document):
        return sum(map(len, item.body)) + sum(len(comment.text) for comment in item.comments)
    return 0


def unworkable(error: Exception) -> str:
    """Say why a page is left out that nobody could work on."""
    return f"could not be worked on: {said_of(error)}"


def said_of(error: Exception) -> str:
    """Say of an error that nobody expected what it is."""
    return f"{type(error).__name__}: {error}"[:LONGEST_REASON]
