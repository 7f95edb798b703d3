"""The verbs that read pages: parse, score, report, compare."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.options import (
    Abstain,
    AsJson,
    Budget,
    Columns,
    Cues,
    Inputs,
    KeyFile,
    LabelMap,
    Language,
    ModelLanguages,
    ModelName,
    OutputFile,
    OutputFolder,
    Parallel,
    PlainHttp,
    Quiet,
    RegistryFolder,
    ShowNames,
    TargetIds,
    TargetsFile,
    Url,
    read_settings,
)
from stance.cli.running import (
    at_least_one,
    close_journal,
    command_line,
    one_line_errors,
    open_inputs,
    open_journal,
    open_scorer,
    score_all,
    show_progress,
)

if TYPE_CHECKING:
    from stance.journal import Journal
    from stance.pipeline import Auditor, DocumentScorer

AuditFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--labels", help="Audit labels, which correct what the model says: a table or the labelling page's file."
    ),
]
AssumeRandom = Annotated[
    bool,
    typer.Option(
        "--assume-random", help="Take labels without probabilities for a simple random sample; reports say so."
    ),
]


def open_audit(
    labels: list[Path] | None,
    assume_random: bool,
    scorer: "DocumentScorer",
    model: str,
    registry: Path | None,
    journal: "Journal",
) -> "Auditor | None":
    """Read audit labels before anything is scored; None where none are given."""
    from stance.exceptions import ConfigError
    from stance.pipeline import Auditor, load_audit

    if not labels:
        if assume_random:
            raise ConfigError("--assume-random without --labels; expected the labels it is said of")
        return None
    found = load_audit(labels, journal=journal, assume_random=assume_random, targets=scorer.targets.ids)
    return Auditor(found, {scorer.model.name: model}, registry)


@one_line_errors
def parse(
    inputs: Inputs,
    output: OutputFile = None,
    language: Language = None,
    columns: Columns = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Say what became of each block and why; -o FILE.html draws it.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Separate articles from their reader comments: documents, JSON Lines."""
    from stance.datamodels import Document
    from stance.outputs import write_json_lines
    from stance.records import document_to_record

    journal = open_journal(quiet)
    if explain:
        write_explanations(inputs, output, journal)
        return
    items = open_inputs(inputs, journal, language, columns)
    parsed = (item for item in items if isinstance(item, Document))
    documents = at_least_one(show_progress(parsed, quiet, "Pages parsed:"), journal)
    write_json_lines(map(document_to_record, documents), output)
    close_journal(journal)


@one_line_errors
def score(
    inputs: Inputs,
    output: OutputFile = None,
    targets: TargetsFile = None,
    target: TargetIds = None,
    model: ModelName = "default",
    registry: RegistryFolder = None,
    url: Url = None,
    plain_http: PlainHttp = False,
    model_languages: ModelLanguages = None,
    label_map: LabelMap = None,
    parallel: Parallel = None,
    budget: Budget = None,
    abstain: Abstain = 0.0,
    body: Annotated[
        bool, typer.Option("--body", envvar="STANCE_BODY", help="Also the article's paragraphs: mentions, sentiment.")
    ] = False,
    names: ShowNames = False,
    key_file: KeyFile = None,
    language: Language = None,
    columns: Columns = None,
    quiet: Quiet = False,
    cues: Cues = None,
) -> None:
    """Score each comment's stance and sentiment toward each target: JSON Lines, CSV or Parquet."""
    from stance.outputs import score_writer

    write = score_writer(output)
    settings = read_settings(url, plain_http, model_languages, label_map, parallel, budget, registry)
    scorer = open_scorer(
        targets,
        target,
        model,
        settings,
        names=names,
        key_file=key_file,
        quiet=quiet,
        body=body,
        abstain=abstain,
        cues=cues,
    )
    journal = open_journal(quiet)
    scored = score_all(open_inputs(inputs, journal, language, columns), scorer, journal, quiet, "Documents scored:")
    write((score for document in scored for score in document.scores), output)
    close_journal(journal)


@one_line_errors
def report(
    inputs: Inputs,
    output: OutputFolder = Path("reports"),
    targets: TargetsFile = None,
    target: TargetIds = None,
    model: ModelName = "default",
    registry: RegistryFolder = None,
    url: Url = None,
    plain_http: PlainHttp = False,
    model_languages: ModelLanguages = None,
    label_map: LabelMap = None,
    parallel: Parallel = None,
    budget: Budget = None,
    abstain: Abstain = 0.0,
    names: ShowNames = False,
    key_file: KeyFile = None,
    language: Language = None,
    columns: Columns = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
    cues: Cues = None,
    labels: AuditFiles = None,
    assume_random: AssumeRandom = False,
) -> None:
    """Write a stance report: an index, a page per document, summary.json and scores.csv."""
    from stance.pipeline import write_report

    settings = read_settings(url, plain_http, model_languages, label_map, parallel, budget, registry)
    scorer = open_scorer(
        targets,
        target,
        model,
        settings,
        names=names,
        key_file=key_file,
        quiet=quiet,
        body=True,
        abstain=abstain,
        cues=cues,
    )
    journal = open_journal(quiet)
    audit = open_audit(labels, assume_random, scorer, model, registry, journal)
    scored = score_all(open_inputs(inputs, journal, language, columns), scorer, journal, quiet, "Documents reported:")
    index = write_report(
        scored, output, scorer=scorer, journal=journal, names=names, command=command_line(), audit=audit
    )
    print((output / "summary.json").read_text(encoding="utf-8") if as_json else index)
    close_journal(journal)


@one_line_errors
def compare(
    inputs: Inputs,
    by: Annotated[
        str, typer.Option("--by", envvar="STANCE_BY", help="What to group by: outlet, month, ...")
    ] = "outlet",
    output: OutputFolder = Path("reports"),
    targets: TargetsFile = None,
    target: TargetIds = None,
    model: ModelName = "default",
    registry: RegistryFolder = None,
    url: Url = None,
    plain_http: PlainHttp = False,
    model_languages: ModelLanguages = None,
    label_map: LabelMap = None,
    parallel: Parallel = None,
    budget: Budget = None,
    abstain: Abstain = 0.0,
    names: ShowNames = False,
    key_file: KeyFile = None,
    language: Language = None,
    columns: Columns = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
    cues: Cues = None,
    labels: AuditFiles = None,
    assume_random: AssumeRandom = False,
) -> None:
    """Compare outlets, or other groups: comparison.html and comparison.json."""
    from stance.comparison import grouping
    from stance.pipeline import compare_inputs, write_compared

    grouping(by)  # a wrong column should not cost a run
    settings = read_settings(url, plain_http, model_languages, label_map, parallel, budget, registry)
    scorer = open_scorer(
        targets,
        target,
        model,
        settings,
        names=names,
        key_file=key_file,
        quiet=quiet,
        abstain=abstain,
        cues=cues,
    )
    journal = open_journal(quiet)
    audit = open_audit(labels, assume_random, scorer, model, registry, journal)
    scored = score_all(open_inputs(inputs, journal, language, columns), scorer, journal, quiet, "Documents compared:")
    comparison = compare_inputs(scored, scorer=scorer, by=by, audit=audit, journal=journal)
    page = write_compared(comparison, output, scorer=scorer, command=command_line(), audit=audit)
    print((output / "comparison.json").read_text(encoding="utf-8") if as_json else page)
    close_journal(journal)


def write_explanations(inputs: list[str], output: Path | None, journal: "Journal") -> None:
    """Write what became of the blocks of pages: as a page where the output ends in .html, else as lines."""
    from stance.outputs import write_text
    from stance.pipeline import explain_inputs
    from stance.reporting import explanation_lines, explanation_page

    found = at_least_one(explain_inputs(inputs, journal=journal, stdin=sys.stdin.buffer), journal)
    if output is not None and output.suffix.lower() in (".html", ".htm"):
        write_text(explanation_page(list(found), command=command_line()), output)
    else:
        write_text((f"{line}\n" for each in found for line in explanation_lines(each)), output)
    close_journal(journal)
