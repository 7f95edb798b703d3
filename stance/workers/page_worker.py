"""The work on a page: it is parsed and scored within a time limit, alone where the pages of its chunk fail."""

from collections.abc import Container, Iterable, Sequence
from contextlib import suppress
from dataclasses import field, replace
from typing import TYPE_CHECKING

from stance import limits as bounds
from stance.datamodels import Comment, Document, Page, PageKind, Skip, frozen
from stance.exceptions import StanceError
from stance.limits import Limits, current_limits, limits_in_force
from stance.options.models import ModelOptions
from stance.parsing import make_document
from stance.pseudonyms import Naming
from stance.records.digests import content_of
from stance.scoring.answers import Kept
from stance.scoring.documents import DocumentScorer
from stance.workers.chunks import size_of
from stance.workers.time_limits import LateError, describe, time_limit

if TYPE_CHECKING:
    from stance.scoring.targets.target_set import TargetSet

_MADE_UP = """<html lang="en"><title>Talks on NATO</title><article><h1>Talks on NATO</h1><p>Ministers met on 3 March
2024 and spoke of Russia for some hours.</p></article><ol class="comment-list"><li class="comment" id="comment-1">
<b class="fn">A</b><time datetime="2024-03-04">x</time><div class="comment-content"><p>NATO is right.</p></div></ol>"""

Item = Page | Document
"""A page that was read, or a document that needs no parsing."""

Outcome = Document | Skip
"""A document made from an input, or the reason why it was skipped."""


@frozen
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
    ready: set[PageKind | None] = field(default_factory=set, compare=False, repr=False)  # whose libraries are loaded
    make = staticmethod(make_document)

    def work(self, items: Sequence[Item]) -> list[Outcome]:
        """Work on some pages and documents together, which is cheaper than one by one and gives the same."""
        with limits_in_force(self.limits), bounds.collecting_seldom():
            documents: list[Outcome] = [self.make(item, self.language) for item in items]
            if self.scorer is None:
                return documents
            fresh = [item if isinstance(item, Document) and self._is_new(item) else None for item in documents]
            scored = self.scorer.score(filter(None, fresh))
            return [next(scored) if new else document for document, new in zip(documents, fresh, strict=True)]

    def _is_new(self, document: Document) -> bool:
        return not self.known or content_of(document) not in self.known

    def _load_libraries(self, kind: PageKind | None) -> None:
        """Work on a made-up page or document, so that no library is loaded while the time of a page is measured."""
        with limits_in_force(self.limits):
            document = Document("", "", comments=(Comment("c1", "NATO is right, and Russia is wrong."),))
            parsed = make_document(Page("", kind, _MADE_UP, "utf-8") if kind else document, self.language)
            if isinstance(parsed, Document) and self.scorer:
                list(self.scorer.score([parsed]))
        self.ready.add(kind)

    def work_in_time(self, items: Sequence[Item]) -> list[Outcome]:
        """Work on items; where that takes too long or fails, on each alone, so that only one page is left out.

        :raises StanceError, OSError: If no other page could be worked on either.
        """
        for kind in {page.kind if isinstance(page, Page) else None for page in items} - self.ready:
            self._load_libraries(kind)
        try:
            with time_limit(self.time_allowed(items)):
                return self.work(items)
        except (StanceError, OSError):  # of the run and not of a page: a model that cannot judge, a full disk
            raise
        except (LateError, Exception) as error:
            if len(items) == 1 and isinstance(error, LateError):  # on another day, it may be in time
                return [Skip(items[0].source, str(error), may_pass=True)]
            if len(items) == 1:
                return [self._without_faulty(items[0], f"could not be processed: {describe(error)}")]
        return [outcome for item in items for outcome in self.work_in_time([item])]

    def _without_faulty(self, item: Item, reason: str) -> Outcome:
        """Work on an item without the comments at which scoring fails; skip it if it fails without any comment."""
        allowed = time_limit(self.time_allowed([item]))
        with suppress(LateError, Exception), limits_in_force(self.limits), allowed:  # named with the first reason
            document, scorer = self.make(item, self.language), self.scorer
            if isinstance(document, Document) and scorer and not _fails(scorer, replace(document, comments=())):
                faulty = [comment.comment_id for comment in _faulty(scorer, document, document.comments)]
                comments = tuple(comment for comment in document.comments if comment.comment_id not in faulty)
                warnings = (f"comment {name[:40]} was left out: it {reason}" for name in faulty)
                document = replace(document, comments=comments, warnings=(*document.warnings, *warnings))
                return next(scorer.score([document]))
        return Skip(item.source, reason)

    def time_allowed(self, items: Iterable[Item]) -> float:
        """Return how many seconds of processor time the work on items may take."""
        # As long again for each 200,000 characters: ``default`` scores such comments in some 15 seconds.
        return self.limits.page_seconds * (1.0 + sum(map(size_of, items)) // 200_000)


@frozen
class ScoringJob:
    """All that decides scores, as plain data: it is pickled, sent to another process or machine, and opened there once.

    :param targets: All that are found; those whose stance is asked for are among them.
    :param model: Named so that it can be found wherever the job is opened.
    :param naming: Replaces names; holds the key of the pseudonyms, so a job is sent and never stored.
    :param articles: Score the sentences of articles.

    The others are those of :class:`PageWorker`.
    """

    targets: "TargetSet"
    model: ModelOptions
    naming: Naming = field(repr=False)
    articles: bool = False
    language: str | None = None
    limits: Limits = field(default_factory=current_limits)
    known: Container[str] = ()
    answers: Kept = field(default_factory=dict, repr=False)

    def open(self) -> PageWorker:
        """Load the model, for a worker."""
        return PageWorker(self.language, self.limits, self.load(), self.known)

    def load(self) -> DocumentScorer:
        """Load the model.

        :raises ModelError: If it cannot be loaded.
        """
        parts = (self.targets, self.model.load(self.targets), self.naming, self.articles)
        return DocumentScorer(*parts, self.model.languages, self.answers)


class UntimedWorker(PageWorker):
    """Works without a time limit, for models that do several things at once themselves."""

    def work_in_time(self, items: Sequence[Item]) -> list[Outcome]:
        """Work on items, however long that takes."""
        return self.work(items)


def _fails(scorer: DocumentScorer, document: Document) -> bool:
    try:
        list(scorer.score([document]))
    except (StanceError, OSError):
        raise
    except Exception:
        return True
    return False


def _faulty(scorer: DocumentScorer, document: Document, comments: tuple[Comment, ...]) -> tuple[Comment, ...]:
    """Return the comments of a document at which scoring fails."""
    if not _fails(scorer, replace(document, comments=comments)):
        return ()
    half = len(comments) // 2
    parts = (comments[:half], comments[half:]) if half else ()
    return tuple(comment for part in parts for comment in _faulty(scorer, document, part)) or comments
