"""The six steps from inputs to a report.

1. read       inputs    -> pages, documents                ``runs.documents``, ``reading``
2. parse      page      -> document with comments          ``runs.documents``, ``parsing``
3. find       text      -> mentions of targets             ``scoring.targets``
4. score      document  -> document with scores            ``runs.scores``, ``scoring``
5. aggregate  scores    -> shares                          ``runs.corpus``, ``aggregation``, ``comparison``
6. report     documents, shares -> HTML, JSON, CSV         ``reporting``

:func:`score_run` takes the first four, :func:`write_report` the others. Steps 2 to 4 concern one page at a time, so an
engine (``workers``) may do them in several processes. Documents are streamed: no more than a batch is held at a time.
"""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from stance.datamodels import Record
from stance.exceptions import ConfigError
from stance.log import Log
from stance.options.reports import AuditOptions
from stance.options.run import COMMENTS, Run, ScoreOptions
from stance.runs.comparisons import write_compared
from stance.runs.corpus import Corpus, warn_of_shares
from stance.runs.documents import at_least_one, read_documents
from stance.runs.labels import label_counts, open_audit, shown_documents
from stance.runs.model_notes import model_note, sent_texts, with_run
from stance.runs.models import choose_model, open_scorer
from stance.runs.output_checks import refuse_foreign, refuse_foreign_labels, warn_of_private_file
from stance.runs.public_reports import keep_release, protect_counts
from stance.runs.scores import ScoredRun, score_inputs


def score_run(
    run: Run,
    log: Log,
    passages: ScoreOptions = COMMENTS,
    *,
    audit: AuditOptions | None = None,
    keep: Sequence[str] = (),
    output: Path | None = None,
) -> ScoredRun:
    """Load the model and the audit labels, and begin to score the inputs.

    :param keep: Columns of tables that comments and scores carry along, for groups to be named by.
    :param output: The file that this run writes; in a folder it is no input.
    :raises NothingReadError: If no input could be used.
    :raises LabelError: If the labels cannot correct anything.
    """
    from stance.workers.cores import scoring_engine

    run = choose_model(run, log)
    scorer = open_scorer(run, passages, log)
    auditor = open_audit(run, audit, scorer, log) if audit else None
    inputs, stdin, engine = run.inputs.inputs, run.inputs.stdin, scoring_engine(run, scorer)
    see = auditor.labels.see if auditor and auditor.labels else lambda _: None
    documents = read_documents(
        inputs, run.reading, log=log, keep=keep, engine=engine, stdin=stdin, output=output, see=see
    )
    return ScoredRun(run, at_least_one(score_inputs(documents, scorer, log=log), log), scorer, auditor)


def write_report(scored: ScoredRun, folder: Path, log: Log, *, is_public: bool = False) -> list[Path]:
    """Write the report of scored documents.

    :param folder: Where ``index.html``, a page per document, ``summary.json`` and ``scores.csv`` are written; and the
        comparison of outlets, where there are two.
    :param is_public: Whether it may be shared.
    :return: The paths of ``index.html`` and the other files, without the pages of documents.
    :raises ConfigError: If a public report shows names.
    """
    refuse_foreign(folder / "index.html", scored.run.inputs.inputs)
    if is_public and scored.run.privacy.names:
        raise ConfigError("--public with --names; expected one of them, since a public report shows no names")
    from stance.comparison.results import comparison_to_record
    from stance.reporting.report import ReportWriter

    # 3. and 4. Find and score, document by document, as they are asked for; each page is written at once.
    corpus = Corpus(scored)
    headers: Record = {"targets": scored.targets, "model": model_note(scored.scorer)}
    private: Record = {"names": scored.run.privacy.names, "command": scored.command, "find": scored.scorer.targets.find}
    private["labels"] = scored.audit.table if scored.audit else None
    if scored.audit and not is_public:
        refuse_foreign_labels(folder)
    if is_public:
        from stance.reporting.public.report import PublicReportWriter as Public
    with Public(folder, **headers) if is_public else ReportWriter(folder, **headers, **private) as writer:
        writer.settle = scored.settle
        for document in shown_documents(scored, log):
            corpus.add(document, writer)
        scored.scorer.free()
        # 5. Aggregate: shares of all comments and of each outlet, corrected by labels of persons.
        total, compared = corpus.groups.total(), with_run(corpus.groups.comparison(), scored.scorer, log)
        warn_of_shares(corpus, total, compared.groups, log)
        # 6. Report: index and summary, then the comparison of outlets.
        facts = corpus.facts() | {"whole": asdict(total), "sent": sent_texts(scored.scorer.model)}
        facts |= label_counts(scored, log)
        cells = None
        if not isinstance(writer, ReportWriter):
            cells = writer.cells = protect_counts(corpus.groups)
        writer.finish(corpus.summaries(total), log.skipped, comparison_to_record(compared), **facts)
    written = writer.written
    if len(compared.groups) > 1:
        written += write_compared(compared, scored, folder, log, cells, None)
    elif cells:
        warn_of_private_file(folder / "comparison.json", log)
    if cells:
        keep_release(cells, corpus.groups, scored, folder, log)
    return written
