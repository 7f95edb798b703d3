"""The commands about label tables: check them, measure agreement, convert them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli import common
from stance.cli.common import MESSAGES, AsJson, LabelFiles, Messages, command
from stance.cli.messages import WRONG_USAGE, fail, say
from stance.datamodels import counted
from stance.exceptions import ConfigError
from stance.run import ModelOptions, PrivacyOptions, RegistryOptions, TargetsFile, file_option, option

if TYPE_CHECKING:
    from stance.labels.formats import Columns
    from stance.labels.tables import LabelTable
    from stance.log import Log

FORMATS = "csv, jsonl, parquet, label-studio, label-studio-predictions, doccano; by the ending if not given."

app = typer.Typer(no_args_is_help=True)


def _columns(given: str) -> "Columns":
    from stance.labels.formats import COLUMNS
    from stance.reading import parse_columns

    return parse_columns(given, COLUMNS)


@dataclass(frozen=True, slots=True)
class TableOptions:
    """Columns and default target of a label table."""

    columns: "Columns | None" = option(
        "--map", "Map column names, e.g. text=body,label=stance,target=topic.", parse=_columns, variable=False
    )
    target: str | None = option("--target", "Default target for rows without one.", variable=False)


@dataclass(frozen=True, slots=True)
class RowOptions:
    """Values of rows that do not state them."""

    annotator: str | None = option(
        "--annotator", "Default annotator for rows without one (default: the file's name).", variable=False
    )
    role: str | None = option("--role", "Role of every row: train or audit.", variable=False)


@app.callback()
def labels() -> None:
    """Label tables: check them, measure agreement, convert them."""


@app.command()
@command
def check(labels: LabelFiles, options: TableOptions, log: Messages, as_json: AsJson = False) -> None:
    """Count labels; find texts both trained on and audited, and annotators who contradict themselves."""
    from stance.labels.adjudication import check_labels, check_table, describe_errors, warn_of_rewritten_ids

    table = _load(labels, log, options)
    found = check_labels(table.comments, unlabelled=table.unlabelled, skipped=len(table.skipped))
    common.show_result(dict(found.counts), as_json, check_table)
    for line in describe_errors(found):
        say(line)
    log.warn("labels", *warn_of_rewritten_ids(table.comments))
    if not found.is_sound:
        fail(WRONG_USAGE)


@dataclass(frozen=True, slots=True)
class RaterOptions:
    """Options of the measures of agreement."""

    disagreements: Path | None = file_option(
        "--disagreements", "Table of disputed pairs to write, to be adjudicated.", variable=False
    )
    model: str | None = option(
        "--model", "Compare a model with the annotators: installed, a folder, or vader.", variable=False
    )
    seed: int = option("--seed", "Random seed.", 0, int, min=0)


@app.command()
@command
def agreement(
    labels: LabelFiles,
    options: TableOptions,
    registry: RegistryOptions,
    targets: TargetsFile,
    rated: RaterOptions,
    log: Messages,
    as_json: AsJson = False,
) -> None:
    """Measure agreement of annotators, with intervals, and list their disagreements."""
    from stance.documents import open_model
    from stance.evaluation.agreement import GIVEN, disagreement_records, gather_ratings, measure_raters, report_table
    from stance.evaluation.measures import rounded
    from stance.labels import write_labels
    from stance.labels.adjudication import warn_of_rewritten_ids
    from stance.labels.formats import COLUMNS
    from stance.labels.tables import format_of

    model = ModelOptions(rated.model, registry) if rated.model else None
    if rated.disagreements:
        format_of(rated.disagreements)
    table = _load(labels, log, options)
    log.warn("labels", *warn_of_rewritten_ids(table.comments))
    ratings = gather_ratings(table.comments)
    report = measure_raters(ratings, seed=rated.seed)
    if model:
        from stance.evaluation.assessment import compare_with_raters

        known = targets.load()
        scorer = open_model(model, known)

        def watch(batches: Iterable[object]) -> Iterable[object]:
            return common.show_progress(batches, log.quiet, "batches judged")

        report["model"], unknown = compare_with_raters(
            ratings, table.comments, scorer, targets=known, seed=rated.seed, watch=watch
        )
        log.skip(*unknown)
    if rated.disagreements:
        written = write_labels(disagreement_records(ratings), rated.disagreements, columns=(*COLUMNS, GIVEN))
        say(f"{rated.disagreements}: {counted(written, 'pair')} to adjudicate", log.quiet)
    common.show_result(rounded(report), as_json, lambda _: report_table(report))


@app.command()
@command
def convert(
    labels: LabelFiles,
    options: TableOptions,
    rows: RowOptions,
    privacy: PrivacyOptions,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", callback=common.none_if_dash, help="File to write; .gz packs it.")
    ] = None,
    wanted: Annotated[str | None, typer.Option("--format", help=FORMATS)] = None,
    config: Annotated[
        bool, typer.Option("--config", help="Print Label Studio's labelling interface for the targets found.")
    ] = False,
    log: Messages = MESSAGES,
) -> None:
    """Convert label tables to another format, also rows that wait for a label."""
    from stance.labels.formats import labelling_config
    from stance.labels.tables import convert_labels, read_records

    if config and output is None:
        raise ConfigError("--config prints to standard output; expected -o FILE.json for the tasks")
    common.show_key_warning(privacy, log.quiet)
    records = read_records(
        labels, skip=log.skip, columns=options.columns, target=options.target, annotator=rows.annotator
    )
    shown = common.show_progress(records, log.quiet, "rows")
    written, found = convert_labels(shown, output, wanted=wanted, role=rows.role, naming=privacy.naming)
    if config:
        print(labelling_config(found))
    if output:
        say(f"{output}: {counted(written, 'row')} written", log.quiet)


def _load(paths: list[Path], log: "Log", options: TableOptions) -> "LabelTable":
    from stance.labels import load_labels

    table = load_labels(paths, columns=options.columns, target=options.target)
    log.skip(*table.skipped)
    return table
