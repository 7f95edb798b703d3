"""The commands that read pages: parse, score, report, compare."""

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from stance import run as settings
from stance.cli import common
from stance.cli.common import MESSAGES, AsJson, Messages, OutputFile, command, flag
from stance.cli.messages import say
from stance.datamodels import Document, counted
from stance.engines.cores import parsing_engine, scoring_engine
from stance.exceptions import ConfigError, ModelError, require
from stance.pipeline import check_public, compare_inputs, open_audit, write_compared, write_report
from stance.pseudonyms import KEY_FILE
from stance.records import ARTICLE_FIELDS, SCORE_FIELDS, document_to_record, score_writer, write_json_lines
from stance.resources import DEMO
from stance.run import (
    COMMENTS,
    WITH_ARTICLES,
    AuditOptions,
    ComparisonOptions,
    Inputs,
    ModelOptions,
    ReportOptions,
    Run,
    ScoreOptions,
    listed,
    option,
)
from stance.scoring.documents import DocumentScorer
from stance.store import ENDINGS, Store, is_store

if TYPE_CHECKING:
    from stance.evaluation.assessment import Auditor


COMPARISON_FILES = ("comparison.json", "comparison.csv")
STORE_OR_TABLE = "FILE.db: a store, into which only new and changed inputs are scored; or a table by its ending."


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
    reading: settings.ReadingOptions,
    engine: settings.EngineOptions,
    output: OutputFile = None,
    log: Messages = MESSAGES,
) -> None:
    """Separate articles from their reader comments: documents as JSON Lines."""
    work = parsing_engine(engine.jobs, reading.language)
    items = common.open_inputs(inputs, reading, log, engine=work, output=output, what="Pages parsed:")
    documents = common.at_least_one((each for each in items if each.has_texts), log)
    write_json_lines(map(document_to_record, common.name_sources(documents, log.quiet)), output)
    common.show_doubts(log)


@command
def score(
    run: Run,
    shown: ScoreOptions,
    stored: StoreOptions,
    output: Annotated[
        Path | None, flag("--output -o", STORE_OR_TABLE, metavar="FILE", callback=common.none_if_dash)
    ] = None,
    log: Messages = MESSAGES,
) -> None:
    """Score each comment's stance and sentiment toward each target: a store, or a table."""
    if stored.engine is EngineName.SPARK:
        score_on_spark(run, stored, output, log)
    elif output and output.suffix.lower() in ENDINGS:
        score_into_store(run, stored, output, log)
    else:
        if stored != StoreOptions():
            raise ConfigError("--keep and --force require -o FILE.db")
        write = score_writer(output, ARTICLE_FIELDS if shown.articles else SCORE_FIELDS)
        scorer = common.open_scorer(run, log.quiet, shown)
        scored = common.score_all(run, scorer, log, "Documents scored:", output=output)
        write((score for document in scored for score in document.scores), output)
        if output:
            common.show_written(log.quiet, output)
    common.show_doubts(log)


def score_on_spark(run: Run, stored: StoreOptions, output: Path | None, log: Messages) -> None:
    """Score on a Spark cluster into a folder of Parquet parts."""
    from stance.engines.spark import score_on_spark as score

    if output is None or output.suffix:
        raise ConfigError("--engine spark requires -o FOLDER/")
    if run.reading.layouts:
        raise ConfigError("--layouts with --engine spark; expected --engine local")
    common.show_key_warning(run.privacy, log.quiet)
    options: dict[str, Any] = {"keep": stored.keep, "force": stored.force, "quiet": log.quiet}
    if not (documents := score(run, output, log=log, master=stored.master, **options)):
        common.at_least_one((), log)
    say(f"{output}: {counted(documents, 'document')}", log.quiet)


def score_into_store(run: Run, stored: StoreOptions, path: Path, log: Messages) -> None:
    """Score new and changed inputs into a store."""
    from stance.store.updating import Tools, update_store

    inputs = () if path.exists() else run.inputs.inputs
    tools = Tools(
        open_scorer=lambda: common.open_scorer(run, log.quiet, WITH_ARTICLES),
        open_engine=partial(scoring_engine, run),
        watch=partial(common.show_progress, quiet=log.quiet, what="Documents scored:", inputs=inputs),
        stdin=sys.stdin.buffer,
    )
    done = update_store(run, path, tools, log, keep=stored.keep, force=stored.force)
    if not done.documents:
        common.at_least_one((), log)
    holds = f"{counted(done.documents, 'document')}, {counted(done.comments, 'comment')}"
    read = f"{done.read:,} read, {done.kept:,} as before"
    say(f"{path}: inputs: {read}; it holds {holds}, {counted(done.scores, 'score')}", log.quiet)


@dataclass(frozen=True, slots=True)
class PageOptions:
    """Where a report or a comparison is written, and for whom."""

    output: Path = option("--output -o", "Folder to write.", Path("reports"), Path, variable=False)
    public: bool = option(
        "--public", "Shareable report: hide counts below 5 and authors, show excerpts only.", False, bool
    )
    charts: Path | None = settings.file_option(
        "--charts", "Also write the charts of the page as SVG and PNG.", variable=False, metavar="DIR"
    )

    def __post_init__(self) -> None:
        """Refuse charts without the package that draws them.

        :raises MissingExtraError: If it is not installed.
        """
        if self.charts:
            require("resvg_py")

    def show(self, page: Path, beside: Sequence[str], findings: Any, run: Run, log: Messages, *, as_json: bool) -> None:
        """Write the charts of the page, and print its findings and the paths of all files; or the first file beside it.

        :param findings: As the record of the page holds them; None in a public one.
        """
        from stance.reporting.charts import write_charts
        from stance.reporting.index import former_pages

        common.warn_of_key_in(self.output, run.privacy)
        written = [*map(self.output.joinpath, beside), *(write_charts(page, self.charts) if self.charts else ())]
        common.show_findings(log.quiet, findings or ())
        common.show_written(log.quiet, page, *written, pages=sorted(former_pages(written[0])))
        print(written[0].read_text(encoding="utf-8") if as_json else page)


def open_scored(
    run: Run, audit: AuditOptions, log: Messages, what: str, shown: ScoreOptions = COMMENTS, **given: Any
) -> tuple[DocumentScorer, "Auditor | None", Iterator[Document]]:
    """Load the model and the audit labels, and begin to score the inputs as :func:`common.score_all` is ``given``."""
    run = with_stored_model(run)
    scorer = common.open_scorer(run, log.quiet, shown)
    auditor = open_audit(audit, run.model, scorer, log, run.inputs.inputs)
    return scorer, auditor, common.score_all(run, scorer, log, what, **given)


@command
def report(
    run: Run, audit: AuditOptions, shown: ReportOptions, place: PageOptions, log: Messages, as_json: AsJson = False
) -> None:
    """Write a stance report: an index, a page per document, and a comparison where there are two outlets."""
    make_report(run, audit, shown, place, log, as_json)


def make_report(
    run: Run, audit: AuditOptions, shown: ReportOptions, place: PageOptions, log: Messages, as_json: bool = False
) -> None:
    """Score the inputs and write their report."""
    from stance.reporting.index import value_in
    from stance.store.updating import scores_digest

    line = common.command_line(run.inputs.inputs, audit.labels)
    shown = replace(shown, with_names=run.privacy.names, by_command=line, is_public=place.public, jobs=run.engine.jobs)
    shown = replace(shown, scores_digest=scores_digest(with_stored_model(run)))
    scorer, auditor, scored = open_scored(run, audit, log, "Documents reported:", WITH_ARTICLES)
    index, *others = write_report(scored, place.output, scorer=scorer, log=log, audit=auditor, options=shown)
    beside = [page.name for page in others] + [*COMPARISON_FILES] * len(others)
    files = ["summary.json", *beside] if place.public else ["summary.json", "scores.csv", *beside, "discourse.html"]
    place.show(index, files, value_in(place.output / files[0], "findings"), run, log, as_json=as_json)
    common.show_doubts(log)


@command
def demo(
    output: Annotated[Path, flag("--output -o", "Folder to write.")] = Path("stance-demo"), log: Messages = MESSAGES
) -> None:
    """Write a report on the saved pages of six made-up outlets, with labels of 450 comments."""
    from zipfile import ZipFile

    with ZipFile(DEMO) as packed:
        packed.extractall(output)
    key = output / KEY_FILE
    key.chmod(0o600)
    run = Run(Inputs((output / "pages",)), privacy=settings.PrivacyOptions(key=settings.KeyOptions(key)))
    labels, folder = output / "labels.csv", output / "report"
    line = f"stance report {output / 'pages'} --labels {labels} -o {folder} --key-file {key}"
    say(f"100 pages and their labels are in {output}; now: {line}", log.quiet)
    make_report(run, AuditOptions((labels,)), ReportOptions(), PageOptions(folder), log)


def with_stored_model(run: Run) -> Run:
    """Return a run with the model that scored its store, if it is here and the user names no other."""
    from stance.store.updating import model_folder

    inputs = run.inputs.inputs
    if run.model.model != ModelOptions().model or not (len(inputs) == 1 and is_store(Path(inputs[0]))):
        return run
    with Store.read(Path(inputs[0])) as store:
        model = store.choose_run(run.reading.run_number).settings.get("model", run.model.model)
    named = replace(run, model=replace(run.model, model=model))
    try:
        model_folder(named.model)
    except ModelError:  # of a bundle or a store from elsewhere: its scores are used as they are, which is said
        return run
    return named


@command
def compare(
    run: Run, audit: AuditOptions, groups: ComparisonOptions, place: PageOptions, log: Messages, as_json: AsJson = False
) -> None:
    """Compare outlets, or other groups: comparison.html and comparison.json."""
    from stance.comparison.tally import own_columns
    from stance.reporting.index import has_scores
    from stance.store.updating import scores_digest

    if place.public:
        check_public(groups.by)
    given: dict[str, Any] = {"keep": own_columns(groups.by, groups.topic)}
    if has_scores(place.output, scores_digest(with_stored_model(run))):
        given["former"] = place.output / "scores.csv"
        say(f"{given['former']}: the scores of this report are used; nothing was scored again", log.quiet)
    scorer, auditor, scored = open_scored(run, audit, log, "Documents compared:", **given)
    comparison = compare_inputs(scored, groups, scorer=scorer, audit=auditor, log=log)
    line = common.command_line(run.inputs.inputs, audit.labels)
    shown = ReportOptions(by_command=line, is_public=place.public)
    page = write_compared(comparison, place.output, shown, scorer=scorer, audit=auditor, log=log)
    findings = json.loads((place.output / COMPARISON_FILES[0]).read_text(encoding="utf-8")).get("findings")
    place.show(page, COMPARISON_FILES, findings, run, log, as_json=as_json)
    common.show_doubts(log)
