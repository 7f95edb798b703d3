"""Score the documents of a run, or take the scores that they carry, toward the targets that it asks for."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import field, replace
from typing import TYPE_CHECKING

from stance import page_layouts
from stance.datamodels import Document, Unit, frozen
from stance.exceptions import ConfigError
from stance.log import Log
from stance.options.run import Run
from stance.records.digests import input_of
from stance.reporting.summary_file import Settle, as_computed
from stance.runs.unknown_targets import count_unknown, log_model, log_unknown, refuse_uncovered
from stance.scoring.documents import DocumentScorer

if TYPE_CHECKING:
    from stance.learn.audits import Auditor


@frozen
class ScoredRun:
    """The scored documents of a run, with the settings, the model and the labels that a report names."""

    run: Run
    documents: Iterable[Document]  # read once; one is held at a time
    scorer: DocumentScorer
    audit: "Auditor | None" = None  # labels that correct what the model says
    command: str | None = None  # as typed
    settle: Settle = as_computed  # of a report that is written again
    learned: Counter[tuple[str, str]] = field(default_factory=Counter)  # pairs that the model knows: target and outlet

    @property
    def targets(self) -> list[tuple[str, str]]:
        """Identifiers and labels of the targets."""
        known_targets = self.scorer.targets
        return [(target, known_targets[target].label) for target in known_targets.ids]


def score_inputs(documents: Iterable[Document], scorer: DocumentScorer, *, log: Log) -> Iterator[Document]:
    """Score documents, keep existing scores, and log skipped targets and undecided pairs at the end.

    :param documents: As :func:`read_documents` gives them.
    :return: The documents with their scores, in their order.
    """
    warned, is_covered, others, is_scored = set[str](), False, set[str](), False
    unknown, undecided, left_out = Counter[str](), Counter[str](), Counter[str]()
    for document in _without_repeats(documents, log):
        count_unknown(unknown, document, scorer.targets)
        if document.scores or not document.has_texts:  # scored before it was read, or by an engine
            scored = take_scores(document, scorer, log, warned)
        else:
            log.counts["scored"] += bool(document.comments)
            (scored,) = scorer.score([document])
        others |= {score.target for score in document.scores} - {*scorer.targets.ids}
        is_scored |= bool(scored.scores)
        undecided.update(score.undecided for score in scored.scores if score.undecided)
        of_comments = [score for score in scored.scores if score.unit is Unit.COMMENT]
        uncovered = [score.language for score in of_comments if score.stance is None and not score.undecided]
        left_out.update(language or "und" for language in uncovered)
        is_covered |= len(uncovered) < len(of_comments)
        yield scored
    if others and not is_scored:
        problem = f"no scores toward {' or '.join(scorer.targets.ids)}, but toward {', '.join(sorted(others))}"
        raise ConfigError(f"{problem}; expected --target {min(others)}, and --targets FILE if you defined it")
    if left_out and not is_covered:
        refuse_uncovered(scorer, left_out, log)
    log_unknown(unknown, scorer.targets, log, "column target")
    log_model(scorer.model, undecided, log)


def _without_repeats(documents: Iterable[Document], log: Log) -> Iterator[Document]:
    """Leave out scores of pages that are read too, as where they were written among the pages, or such pages.

    The first of both counts. Both carry the digest of the page; tables name their documents freely, so theirs are not
    compared.
    """
    firsts: dict[str, bool] = {}  # document -> whether it was made from scores
    left_out: Counter[str] = Counter()
    for document in documents:
        is_scores, is_table = not document.has_texts, document.layout in page_layouts.TABLE_LAYOUTS
        if is_table or firsts.setdefault(document.document_id, is_scores) == is_scores:
            yield document
        else:
            left_out["scores" if is_scores else "pages"] += len(document.scores) if is_scores else 1
    for what, count in left_out.items():
        log.warn(what, f"{count:,} left out: a page and its scores were both given; the one given first counts")


def take_scores(document: Document, scorer: DocumentScorer, log: Log, warned: set[str]) -> Document:
    """Select the scores that this run asks for, and warn once of other models and targets."""
    scores = tuple(score for score in document.scores if scorer.articles or score.unit is Unit.COMMENT)
    if document.has_texts:  # of score tables, reports name the models
        for name in {score.model for score in scores} - warned - {scorer.model.name}:
            warned.add(name)
            log.warn(name, f"scored this store; its scores are used, not scores of {scorer.model.name}")
    targets = {scorer.targets.id_of(name) for comment in document.comments for name in comment.targets or ()}
    return of_targets(replace(document, scores=scores), scorer, log, warned, targets)


def of_targets(
    document: Document, scorer: DocumentScorer, log: Log, warned: set[str], further: Collection[str | None] = ()
) -> Document:
    """Select the scores toward the targets of the run, and warn once of each other one.

    :param further: Further targets, for which rows of the document's table ask.
    """
    ids, included = scorer.targets.ids, {*scorer.targets.ids, *further}
    for target in sorted({score.target for score in document.scores} - warned - included):
        warned.add(target)
        flags = " ".join(f"--target {name}" for name in (*ids, target))
        give = f"give {flags}" if scorer.targets.id_of(target) else "define it in --targets FILE"
        log.warn(input_of(document.source), f"scores toward {target} are left out; to include them, {give}")
    return replace(document, scores=tuple(score for score in document.scores if score.target in included))


def select_scores(
    documents: Iterable[Document], scorer: DocumentScorer, log: Log, audit: "Auditor | None"
) -> Iterator[Document]:
    """Pass documents on with the scores to show, and log other models of tables, and tables without articles.

    :param audit: Labels, of which those are left out that the model of a score learned from.
    """
    unknown_articles = (
        "articles unknown: no column document or title. Comments of one article are alike, so intervals may be too "
        "narrow; name the column with --map document=COLUMN"
    )
    without_texts = (
        "holds no texts: which comments are copies is unknown, so labels correct no share and no difference of wording "
        "is claimed; give the pages or the table, or the scores.csv of a report"
    )
    others, warned, doubts = set[str](), set[str](), dict[tuple[str, str], None]()
    for item in documents:
        document = of_targets(item, scorer, log, warned)
        if audit:
            audit.check(document.scores)
        if not document.has_texts:
            others.update(score.model for score in document.scores)
            if audit and audit.labels:
                audit.labels.see(document)
            if not all(comment.text for comment in document.comments):
                doubts[input_of(document.source), without_texts] = None
        if document.articles:
            doubts[input_of(document.source), unknown_articles] = None
        yield document
    for doubt in doubts:
        log.warn(*doubt)
    if models := ", ".join(sorted(others - {scorer.model.name})[:5]):
        log.warn("scores", f"made by {models}, not by {scorer.model.name}; how often these are wrong is not known")
