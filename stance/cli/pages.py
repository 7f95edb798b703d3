"""The verbs that read pages: parse, score, report, compare."""

import os
import sys
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.cli.options import (
    Abstain,
    AsJson,
    Budget,
    Columns,
    Cues,
    Inputs,
    Jobs,
    KeyFile,
    LabelMap,
    Language,
    ModelLanguages,
    ModelName,
    OutputFile,
    OutputFolder,
    Parallel,
    PlainHttp,
    Public,
    Quiet,
    RegistryFolder,
    ShowNames,
    TargetIds,
    TargetsFile,
    Url,
    none_if_dash,
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
    say,
    score_all,
    show_progress,
    tell_of_key_in,
)
from stance.cli.spark import update_on_spark

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from stance.auditing import Auditor
    from stance.corpus.updating import CorpusUpdate
    from stance.documents import DocumentScorer
    from stance.engines.jobs import Engine
    from stance.journal import Journal


class EngineName(StrEnum):
    """Where scoring runs."""

    LOCAL = "local"
    SPARK = "spark"


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
    from stance.auditing import Auditor, load_audit
    from stance.exceptions import ConfigError

    if not labels:
        if assume_random:
            raise ConfigError("--assume-random without --labels; expected the labels it is said of")
        return None
    found = load_audit(labels, journal=journal, assume_random=assume_random, targets=scorer.targets)
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
    jobs: Jobs = None,
) -> None:
    """Separate articles from their reader comments: documents, JSON Lines."""
    from stance.datamodels import Document
    from stance.engines.cores import parsing_engine
    from stance.outputs import write_json_lines
    from stance.pipeline import with_scores
    from stance.records import document_to_record

    journal = open_journal(quiet)
    if explain:
        write_explanations(inputs, output, journal)
        return
    items = open_inputs(inputs, journal, language, columns, engine=parsing_engine(jobs, language), output=output)
    parsed = (item for item in with_scores(items, scores=False) if isinstance(item, Document))
    documents = at_least_one(show_progress(parsed, quiet, "Pages parsed:"), journal)
    write_json_lines(map(document_to_record, documents), output)
    close_journal(journal)


@one_line_errors
def score(
    inputs: Inputs,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE|FOLDER/",
            callback=none_if_dash,
            help="A table by its ending, or a corpus folder, which only new and changed inputs are scored into.",
        ),
    ] = None,
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
    jobs: Jobs = None,
    keep: Annotated[
        list[str] | None,
        typer.Option("--keep", help="With a corpus folder: a column of your tables to keep, to compare by later."),
    ] = None,
    force: Annotated[
        bool, typer.Option("--force", help="With a corpus folder: score again what is there, also by other settings.")
    ] = False,
    engine: Annotated[
        EngineName, typer.Option("--engine", envvar="STANCE_ENGINE", help="Where it runs; spark: with a corpus folder.")
    ] = EngineName.LOCAL,
    master: Annotated[
        str | None,
        typer.Option("--master", help="Of --engine spark: local[4], yarn, spark://host:7077; else as Spark is set."),
    ] = None,
) -> None:
    """Score each comment's stance and sentiment toward each target: a table, or a corpus folder."""
    from stance.engines.cores import scoring_engine
    from stance.exceptions import ConfigError
    from stance.outputs import score_writer
    from stance.pipeline import corpus_settings

    if master and engine is not EngineName.SPARK:
        raise ConfigError("--master is of Spark; expected it with --engine spark")
    settings = read_settings(url, plain_http, model_languages, label_map, parallel, budget, registry)
    into_corpus = is_folder(output)
    begin = partial(
        open_scorer,
        targets,
        target,
        model,
        settings,
        names=names,
        key_file=key_file,
        quiet=quiet,
        body=body or into_corpus,
        abstain=abstain,
        cues=cues,
    )
    journal = open_journal(quiet)
    if into_corpus:
        options = {
            "target": target,
            "abstain": abstain,
            "language": language,
            "map": columns,
            "keep": keep,
            "url": url,
            "model_languages": model_languages,
            "label_map": label_map,
        }
        described = corpus_settings(
            options, targets=targets, model=model, registry=registry, cues=cues, names=names, key_file=key_file
        )
        if engine is EngineName.SPARK:
            done = update_on_spark(
                inputs,
                Path(output or ""),
                described,
                journal,
                settings,
                master=master,
                targets=targets,
                target=target,
                model=model,
                names=names,
                key_file=key_file,
                abstain=abstain,
                language=language,
                columns=columns,
                keep=keep or (),
                cues=cues,
                force=force,
                quiet=quiet,
            )
            tell_of_corpus(done, Path(output or ""), journal, quiet)
            return
        score_into_corpus(
            inputs,
            Path(output or ""),
            described,
            begin,
            journal,
            language,
            columns,
            keep or (),
            partial(scoring_engine, model=model, jobs=jobs, settings=settings, cues=cues, language=language),
            force=force,
            quiet=quiet,
        )
        return
    if keep or force or engine is EngineName.SPARK:
        raise ConfigError("--keep, --force and --engine spark are of a corpus folder; expected -o FOLDER/")
    path = Path(output) if output is not None else None
    write = score_writer(path)
    scorer = begin()
    work = scoring_engine(scorer, model, jobs, settings=settings, cues=cues, language=language)
    items = open_inputs(inputs, journal, language, columns, engine=work, output=path)
    scored = score_all(items, scorer, journal, quiet, "Documents scored:")
    write((score for document in scored for score in document.scores), path)
    close_journal(journal)


def is_folder(output: str | None) -> bool:
    """Tell a corpus folder from a table: it ends in a slash, is there as a folder, or has a name without an ending."""
    if output is None or output == "-":
        return False
    return output.endswith(("/", os.sep)) or Path(output).is_dir() or not Path(output).suffix


def score_into_corpus(
    inputs: list[str],
    folder: Path,
    settings: dict[str, Any],
    begin: "Callable[[], DocumentScorer]",
    journal: "Journal",
    language: str | None,
    columns: str | None,
    keep: "Sequence[str]",
    engine: "Callable[..., AbstractContextManager[Engine | None]]",
    *,
    force: bool,
    quiet: bool,
) -> None:
    """Score what is new or changed into a corpus folder, and say what was done."""
    from stance.pipeline import update_corpus
    from stance.reading import parse_columns

    done = update_corpus(
        inputs,
        folder,
        settings=settings,
        open_scorer=begin,
        journal=journal,
        force=force,
        language=language,
        stdin=sys.stdin.buffer,
        columns=parse_columns(columns) if columns else None,
        keep=keep,
        watch=lambda scored: show_progress(scored, quiet, "Documents scored:"),
        open_engine=lambda scorer, known: engine(scorer, known=known),
    )
    tell_of_corpus(done, folder, journal, quiet)


def tell_of_corpus(done: "CorpusUpdate", folder: Path, journal: "Journal", quiet: bool) -> None:
    """Say what a corpus holds now, and end with the exit code that tells whether inputs were skipped."""
    if not done.documents:
        at_least_one(iter(()), journal)
    if not quiet:
        say(
            f"{folder}: inputs: {done.read:,} read, {done.kept:,} as before; it holds {done.documents:,} documents, "
            f"{done.comments:,} comments, {done.scores:,} scores"
        )
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
    jobs: Jobs = None,
    labels: AuditFiles = None,
    assume_random: AssumeRandom = False,
    public: Public = False,
) -> None:
    """Write a stance report: an index, a page per document, summary.json and scores.csv."""
    from stance.engines.cores import scoring_engine
    from stance.findings import write_report

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
    work = scoring_engine(scorer, model, jobs, settings=settings, cues=cues, language=language)
    items = open_inputs(inputs, journal, language, columns, engine=work)
    scored = score_all(items, scorer, journal, quiet, "Documents reported:")
    index = write_report(
        scored,
        output,
        scorer=scorer,
        journal=journal,
        names=names,
        command=command_line(),
        audit=audit,
        public=public,
    )
    tell_of_key_in(output, key_file, names=names)
    print((output / "summary.json").read_text(encoding="utf-8") if as_json else index)
    close_journal(journal)


@one_line_errors
def compare(
    inputs: Inputs,
    by: Annotated[
        str,
        typer.Option(
            "--by", envvar="STANCE_BY", help="What to group by: outlet, author, month, ... or a column of your table."
        ),
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
    jobs: Jobs = None,
    labels: AuditFiles = None,
    assume_random: AssumeRandom = False,
    public: Public = False,
    topic: Annotated[
        str | None,
        typer.Option(
            "--topic", envvar="STANCE_TOPIC", help="The column that says what an article is about; else its words do."
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", envvar="STANCE_SEED", min=0, help="Of the search for topics.")] = 0,
) -> None:
    """Compare outlets, or other groups: comparison.html and comparison.json."""
    from stance.engines.cores import scoring_engine
    from stance.findings import check_public, compare_inputs, write_compared
    from stance.grouping import own_columns

    if public:
        check_public(by)
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
    work = scoring_engine(scorer, model, jobs, settings=settings, cues=cues, language=language)
    items = open_inputs(inputs, journal, language, columns, own_columns(by, topic), work)
    scored = score_all(items, scorer, journal, quiet, "Documents compared:")
    comparison = compare_inputs(scored, scorer=scorer, by=by, audit=audit, journal=journal, topic=topic, seed=seed)
    page = write_compared(
        comparison, output, scorer=scorer, command=command_line(), audit=audit, public=public, journal=journal
    )
    tell_of_key_in(output, key_file, names=names)
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
