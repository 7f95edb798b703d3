"""The commands that read pages: parse, score, report, compare."""

import sys
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from stance.cli import running
from stance.cli.command import (
    AsJson,
    Charts,
    OutputFile,
    OutputFolder,
    Public,
    Quiet,
    command,
    none_if_dash,
    say,
    setting,
)
from stance.datamodels import counted
from stance.exceptions import ConfigError, require
from stance.run import (
    AuditOptions,
    EngineOptions,
    Inputs,
    ModelOptions,
    ReadingOptions,
    ReportOptions,
    Run,
    listed,
    option,
)

if TYPE_CHECKING:
    from stance.log import Log


class EngineName(StrEnum):
    """Where scoring runs."""

    LOCAL = "local"
    SPARK = "spark"


@dataclass(frozen=True, slots=True)
class StoreOptions:
    """How scores are kept in a store."""

    keep: tuple[str, ...] = option(
        "--keep", "Column of your tables to keep, to compare by later.", (), list[str] | None, listed, variable=False
    )
    force: bool = option("--force", "Read and score all inputs again.", False, bool, variable=False)
    engine: EngineName = option(
        "--engine", "Where to run: local, or spark with -o FOLDER/.", EngineName.LOCAL, EngineName
    )
    master: str | None = option(
        "--master", "With --engine spark: local[4], yarn, spark://host:7077 (default: Spark's own).", variable=False
    )

    PANEL = "With -o FILE.db"

    def __post_init__(self) -> None:
        """Refuse a Spark master without Spark.

        :raises ConfigError: If the engine is another.
        """
        if self.master and self.engine is not EngineName.SPARK:
            raise ConfigError("--master requires --engine spark")


@command
def parse(
    inputs: Inputs,
    reading: ReadingOptions,
    engine: EngineOptions,
    output: OutputFile = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Explain how each block was classified (-o FILE.html writes a page).")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Separate articles from their reader comments: documents as JSON Lines."""
    from stance.datamodels import SCORES_LAYOUT
    from stance.engines.cores import parsing_engine
    from stance.records import document_to_record, write_json_lines

    log = running.open_log(quiet)
    if explain:
        write_explanations(inputs, output, log)
        return
    items = running.open_inputs(
        inputs, reading, log, engine=parsing_engine(engine.jobs, reading.language), output=output
    )
    parsed = (document for document in items if document.layout != SCORES_LAYOUT)
    documents = running.at_least_one(running.show_progress(parsed, quiet, "Pages parsed:", inputs.inputs), log)
    write_json_lines(map(document_to_record, documents), output)
    running.close_log(log)


@command
def score(
    run: Run,
    stored: StoreOptions,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="FILE",
            callback=none_if_dash,
            help="FILE.db: a store, into which only new and changed inputs are scored; or a table by its ending.",
        ),
    ] = None,
    body: Annotated[bool, setting("--body", "Also article paragraphs: mentions and sentiment.")] = False,
    evidence: Annotated[
        bool, setting("--evidence", "Also the decisive words where no cue fired (always in a store and in reports).")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Score each comment's stance and sentiment toward each target: a store, or a table."""
    from stance.records import score_writer
    from stance.store import ENDINGS

    log = running.open_log(quiet)
    if stored.engine is EngineName.SPARK:
        score_on_spark(run, stored, output, log, quiet=quiet)
    elif output and output.suffix.lower() in ENDINGS:
        score_into_store(run, stored, output, log, quiet=quiet)
    else:
        if stored != StoreOptions():
            raise ConfigError("--keep and --force require -o FILE.db")
        write = score_writer(output)
        scorer = running.open_scorer(run, quiet, body=body, evidence=evidence)
        watch = partial(running.show_progress, quiet=quiet, what="Documents scored:", inputs=run.inputs.inputs)
        scored = running.at_least_one(running.score_all(run, scorer, log, watch, output=output), log)
        write((score for document in scored for score in document.scores), output)
        if output:
            running.show_written(quiet, output)
    running.close_log(log)


def score_on_spark(run: Run, stored: StoreOptions, output: Path | None, log: "Log", *, quiet: bool) -> None:
    """Score on a Spark cluster into a folder of Parquet parts."""
    from stance.engines.spark import score_on_spark as score

    if output is None or output.suffix:
        raise ConfigError("--engine spark requires -o FOLDER/")
    running.show_key_warning(run.privacy, quiet)
    documents = score(run, output, log=log, master=stored.master, keep=stored.keep, force=stored.force, quiet=quiet)
    if not documents:
        running.at_least_one((), log)
    say(f"{output}: {counted(documents, 'document')}", quiet)


def score_into_store(run: Run, stored: StoreOptions, path: Path, log: "Log", *, quiet: bool) -> None:
    """Score new and changed inputs into a store."""
    from stance.engines.cores import scoring_engine
    from stance.store.updating import Tools, update_store

    tools = Tools(
        open_scorer=lambda: running.open_scorer(run, quiet, body=True, evidence=True),
        open_engine=partial(scoring_engine, run),
        watch=partial(
            running.show_progress,
            quiet=quiet,
            what="Documents scored:",
            inputs=() if path.exists() else run.inputs.inputs,
        ),
        stdin=sys.stdin.buffer,
    )
    done = update_store(run, path, tools, log, keep=stored.keep, force=stored.force)
    if not done.documents:
        running.at_least_one((), log)
    holds = f"{counted(done.documents, 'document')}, {counted(done.comments, 'comment')}"
    inputs = f"{done.read:,} read, {done.kept:,} as before"
    say(f"{path}: inputs: {inputs}; it holds {holds}, {counted(done.scores, 'score')}", quiet)


@command
def report(
    run: Run,
    audit: AuditOptions,
    shown: ReportOptions,
    output: OutputFolder = Path("reports"),
    public: Public = False,
    charts: Charts = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Write a stance report: an index, a page per document, summary.json and scores.csv."""
    from stance.pipeline import open_audit, write_report
    from stance.reporting.charts import write_charts
    from stance.reporting.index import former_pages

    if charts:
        require("resvg_py")
    shown = replace(
        shown, with_names=run.privacy.names, by_command=running.command_line(run.inputs.inputs), is_public=public
    )
    run = with_stored_model(run)
    scorer = running.open_scorer(run, quiet, body=True, evidence=True)
    log = running.open_log(quiet)
    auditor = open_audit(audit, run.model, scorer, log, run.inputs.inputs)
    watch = partial(running.show_progress, quiet=quiet, what="Documents reported:", inputs=run.inputs.inputs)
    index = write_report(
        running.at_least_one(running.score_all(run, scorer, log, watch), log),
        output,
        scorer=scorer,
        log=log,
        audit=auditor,
        options=shown,
    )
    running.warn_of_key_in(output, run.privacy)
    names = ("summary.json",) if public else ("summary.json", "scores.csv")
    written = [*map(output.joinpath, names), *(write_charts(index, charts) if charts else ())]
    running.show_written(quiet, index, *written, pages=sorted(former_pages(output / "summary.json")))
    print((output / "summary.json").read_text(encoding="utf-8") if as_json else index)
    running.close_log(log)


def with_stored_model(run: Run) -> Run:
    """Return a run with the model that scored the store among its inputs, unless the user names another model."""
    from stance.store import Store, is_store

    inputs = run.inputs.inputs
    if run.model.model != ModelOptions().model or not (len(inputs) == 1 and is_store(Path(inputs[0]))):
        return run
    with Store.read(Path(inputs[0])) as store:
        model = store.choose_run(run.reading.run_number).settings.get("model", run.model.model)
    return replace(run, model=replace(run.model, model=model))


@dataclass(frozen=True, slots=True)
class ComparisonOptions:
    """The groups of a comparison, and how articles are matched."""

    by: str = option("--by", "Group by outlet, author, month, ... or a column of your table.", "outlet", str)
    topic: str | None = option("--topic", "Column with the topic of an article (default: from its words).")
    seed: int = option("--seed", "Random seed of topic clustering.", 0, int, min=0)

    PANEL = "Comparison"


@command
def compare(
    run: Run,
    audit: AuditOptions,
    groups: ComparisonOptions,
    output: OutputFolder = Path("reports"),
    public: Public = False,
    charts: Charts = None,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Compare outlets, or other groups: comparison.html and comparison.json."""
    from stance.comparison.tally import own_columns
    from stance.pipeline import check_public, compare_inputs, open_audit, write_compared
    from stance.reporting.charts import write_charts

    if charts:
        require("resvg_py")
    if public:
        check_public(groups.by)
    run = with_stored_model(run)
    scorer = running.open_scorer(run, quiet)
    log = running.open_log(quiet)
    auditor = open_audit(audit, run.model, scorer, log, run.inputs.inputs)
    watch = partial(running.show_progress, quiet=quiet, what="Documents compared:", inputs=run.inputs.inputs)
    scored = running.at_least_one(
        running.score_all(run, scorer, log, watch, keep=own_columns(groups.by, groups.topic)), log
    )
    options: dict[str, Any] = {"by": groups.by, "topic": groups.topic, "seed": groups.seed}
    comparison = compare_inputs(scored, scorer=scorer, audit=auditor, log=log, **options)
    page = write_compared(
        comparison,
        output,
        scorer=scorer,
        command=running.command_line(run.inputs.inputs),
        audit=auditor,
        public=public,
        log=log,
    )
    running.warn_of_key_in(output, run.privacy)
    written = map(output.joinpath, ("comparison.json", "comparison.csv"))
    running.show_written(quiet, page, *written, *(write_charts(page, charts) if charts else ()))
    print((output / "comparison.json").read_text(encoding="utf-8") if as_json else page)
    running.close_log(log)


def write_explanations(inputs: Inputs, output: Path | None, log: "Log") -> None:
    """Write how the blocks of pages were classified: a page if the output ends in .html, else lines."""
    from stance.pipeline import explain_inputs
    from stance.records import write_text
    from stance.reporting import explanation_lines, explanation_page

    found = running.at_least_one(explain_inputs(inputs.inputs, log=log, stdin=sys.stdin.buffer), log)
    if output is not None and output.suffix.lower() in (".html", ".htm"):
        write_text(explanation_page(list(found), command=running.command_line()), output)
    else:
        write_text((f"{line}\n" for each in found for line in explanation_lines(each)), output)
    running.close_log(log)
