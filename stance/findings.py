"""Aggregate scored documents into a report or a comparison: the last two stages of ``pipeline``.

5. aggregate scores    -> shares                          ``aggregation``, ``comparison``
6. report    documents, shares -> HTML, JSON, CSV         ``reporting``

Documents are streamed, one at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.datamodels import SCORES_LAYOUT, Document, Share, TargetSummary
from stance.documents import DocumentScorer
from stance.exceptions import ConfigError
from stance.log import Log
from stance.run import AuditOptions, ModelOptions

if TYPE_CHECKING:
    from stance.comparison import Comparison, ComparisonTally
    from stance.evaluation.audit import Auditor
    from stance.reporting import ModelNote
    from stance.scoring.scorers import Scorer


def open_audit(audit: AuditOptions, model: ModelOptions, scorer: DocumentScorer, log: Log) -> "Auditor | None":
    """Read audit labels; None where there are none.

    :raises LabelError: If there is no label that could correct anything.
    """
    from stance.evaluation.audit import Auditor, load_audit

    if not audit.labels:
        return None
    found = load_audit(audit.labels, log=log, assume_random=audit.assume_random, targets=scorer.targets)
    known = {scorer.model.name: model.model} if isinstance(model.model, str | Path) else {}
    return Auditor(found, known, model.registry.registry)


_NAMED = 5
"""Groups that a warning names."""


def write_report(
    scored: Iterable[Document],
    folder: Path,
    *,
    scorer: DocumentScorer,
    log: Log,
    names: bool = False,
    command: str | None = None,
    audit: "Auditor | None" = None,
    public: bool = False,
) -> Path:
    """Write the report of scored documents.

    :param scored: Read once; one document is held at a time.
    :param folder: Where ``index.html``, a page per document, ``summary.json`` and ``scores.csv`` will stand.
    :param names: Show commenters by name.
    :param command: What made the report, to stand in it.
    :param audit: Labels that correct what the model says of the whole and of each outlet.
    :param public: Leave out what could be about one person, and ``scores.csv``; ``command`` too.
    :return: The path of ``index.html``.
    :raises ConfigError: If a public report is to show names.
    """
    from stance.aggregation import AuditLabels, Tally
    from stance.aggregation.pages import summarise_page
    from stance.comparison import ComparisonTally, comparison_to_record
    from stance.reporting import PublicReportWriter, ReportWriter

    if public and names:
        raise ConfigError("--public with --names; expected one of them: a public report names nobody")
    targets = scorer.targets.ids
    total, groups = Tally(targets), ComparisonTally(targets, audit=audit.labels if audit else None)
    of_pages = AuditLabels(audit.labels.comments) if audit else None  # each asks for every comment once
    note = replace(_model_note(scorer.model), sent=_endpoint(scorer.model))  # how many is known at the end
    labels = _labels(scorer)
    with (
        PublicReportWriter(folder, targets=labels, model=note)
        if public
        else ReportWriter(folder, targets=labels, model=note, names=names, command=command)
    ) as writer:
        for document in _telling_models(scored, scorer, log):
            if audit:
                audit.check(document.scores)
            total.add(document.scores)
            groups.add(document.scores, document)
            writer.add(document, summarise_page(document.scores, targets, of_pages))
        if audit:
            audit.tell(log)
            _tell_unlabelled(groups, targets, log)
        if public:
            tell_private(folder, "comparison.json", log)
        whole = groups.total()
        return writer.finish(
            _with_shares(total.summaries(), whole.shares),
            log.skipped,
            comparison_to_record(groups.comparison())["groups"],
            whole=asdict(whole),
            sent=_sent(scorer.model),
            audit=audit.to_record() if audit else None,
        )


def _telling_models(scored: Iterable[Document], scorer: DocumentScorer, log: Log | None) -> Iterator[Document]:
    """Pass documents on, and say which other models gave the scores of tables; of corpora it is said elsewhere."""
    others: set[str] = set()
    for document in scored:
        if document.layout == SCORES_LAYOUT:
            others.update(score.model for score in document.scores)
        yield document
    if log and (others := others - {scorer.model.name}):
        shown = ", ".join(sorted(others)[:_NAMED]) + (", ..." if len(others) > _NAMED else "")
        log.warn("scores", f"{shown} gave them, not {scorer.model.name}, whose measures are not said of them")


def _tell_unlabelled(groups: "ComparisonTally", targets: Sequence[str], log: Log) -> None:
    """Warn if the total stays uncorrected because only some groups have labels."""
    for target in targets:
        if names := groups.unlabelled(target):
            shown = ", ".join(names[:_NAMED]) + (", ..." if len(names) > _NAMED else "")
            log.warn("labels", f"{target}: none of {shown}; they correct the others, and not the total of all of them")


def tell_private(folder: Path, name: str, log: Log) -> None:
    """Warn about files in a folder that are not public, by its record of outputs."""
    path = folder / name
    try:
        with path.open("rb") as file:
            is_public = b'"public": {' in file.read(100)
    except OSError:
        return
    if not is_public:
        log.warn(str(path), "is not public: remove it with its pages, or write it with --public too")


def _with_shares(summaries: Iterable[TargetSummary], shares: Iterable[Share]) -> Iterator[TargetSummary]:
    """Put shares of all comments, clustered and corrected, in the place of those of one page's."""
    chosen = [share for share in shares if share.population == "outlet"]
    for summary in summaries:
        yield replace(summary, shares=tuple(share for share in chosen if share.target == summary.target))


def write_compared(
    comparison: "Comparison",
    folder: Path,
    *,
    scorer: DocumentScorer,
    command: str | None = None,
    audit: "Auditor | None" = None,
    public: bool = False,
    log: Log | None = None,
) -> Path:
    """Write ``comparison.html`` and ``comparison.json``.

    :param command: What made the comparison, to stand in it.
    :param audit: The labels that corrected it.
    :param public: Leave out what could be about one person; ``command`` too.
    :param log: Is told what else in the folder is not public.
    :return: The path of ``comparison.html``.
    :raises ConfigError: If a public comparison is one of authors.
    """
    from stance.comparison import comparison_to_record
    from stance.reporting import write_comparison, write_public_comparison

    record = comparison_to_record(comparison) | {"audit": audit.to_record() if audit else None}
    model = _model_note(scorer.model).of_scores(comparison.models)
    if public:
        check_public(comparison.by)
        if log:
            tell_private(folder, "summary.json", log)
        return write_public_comparison(record, folder, targets=_labels(scorer), model=model)
    return write_comparison(
        record,
        folder,
        targets=_labels(scorer),
        model=model,
        command=command,
    )


def check_public(by: str) -> None:
    """Refuse a public comparison of single people.

    :raises ConfigError: If groups are authors.
    """
    if by == "author":
        raise ConfigError("--public with --by author; expected groups of several people, as --by outlet")


def _labels(scorer: DocumentScorer) -> list[tuple[str, str]]:
    return [(target, scorer.targets[target].label) for target in scorer.targets.ids]


def _model_note(model: "Scorer") -> "ModelNote":
    """Return the facts about a model from its card."""
    from stance.reporting import ModelNote

    measures = dict(model.card.get("measures", {}))
    held_out = model.card.get("data", {}).get("held_out")
    if measures and held_out:
        measures["measured_on"] = (
            f"{held_out['pairs']:,} labelled pairs of comment and target from {held_out['stories']:,} stories "
            "that the model was not trained on"
        )
    tested = model.card.get("languages", model.languages) if measures else ()
    not_tested = tuple(language for language in model.languages if language not in tested)
    return ModelNote(model.name, model.languages, measures, not_tested, _sent(model))


def _endpoint(model: "Scorer") -> dict[str, Any]:
    """Return the address that a model sends comments to; empty if it sends none."""
    from stance.scoring.scorers import RemoteScorer

    return {"endpoint": model.endpoint} if isinstance(model, RemoteScorer) else {}


def _sent(model: "Scorer") -> dict[str, Any]:
    """Return the address that a model sent comments to, and their number."""
    from stance.scoring.scorers import RemoteScorer

    counts = {"texts": model.texts_sent, "cached": model.texts_cached} if isinstance(model, RemoteScorer) else {}
    return _endpoint(model) | counts


def compare_inputs(
    scored: Iterable[Document],
    *,
    scorer: DocumentScorer,
    by: str,
    audit: "Auditor | None" = None,
    log: Log | None = None,
    topic: str | None = None,
    seed: int = 0,
) -> "Comparison":
    """Compare groups of scored documents.

    :param scored: Read once; sums over authors and articles are held, and a row of words of each article.
    :param by: A column of scores, such as ``outlet``, of documents, or of the user's table.
    :param audit: Labels that correct what the model says; doubts about them go to the ``log``.
    :param topic: The column that says what an article is about; found in its words where not given.
    :param seed: Of the search for topics.
    :raises ConfigError: If there is no such column.
    :raises LabelError: If a model was trained on the labels.
    """
    from stance.comparison import ComparisonTally

    labels = audit.labels if audit else None
    tally = ComparisonTally(scorer.targets.ids, by=by, audit=labels, topic=topic, detailed=True)
    for document in _telling_models(scored, scorer, log):
        if audit:
            audit.check(document.scores)
        tally.add(document.scores, document)
    if audit and log:
        audit.tell(log)
    comparison = tally.comparison(seed=seed)
    return replace(
        comparison,
        skipped=tuple(log.skipped) if log else (),
        digests=_digests(scorer, comparison.models) | comparison.digests,
    )


def _digests(scorer: DocumentScorer, models: Sequence[str]) -> dict[str, str]:
    """Name the models, the aliases of targets and the lexicon of sentiment: a run with others gives other figures."""
    from hashlib import blake2b
    from importlib.resources import files

    lexicon = files("vaderSentiment").joinpath("vader_lexicon.txt").read_bytes()
    return {
        "model": ", ".join(models) or scorer.model.name,
        "targets": blake2b(repr(scorer.targets.targets).encode(), digest_size=8).hexdigest(),
        "lexicon": blake2b(lexicon, digest_size=8).hexdigest(),
    }
