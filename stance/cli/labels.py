"""The commands about label tables: what they hold, how far annotators agree, and how they go to other tools."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.command import WRONG_USAGE, command, fail, say
from stance.cli.options import AsJson, LabelFiles, Quiet, Seed, none_if_dash
from stance.cli.running import close_journal, open_journal, show_json, show_key_warning, show_progress
from stance.exceptions import ConfigError
from stance.run import ModelOptions, PrivacyOptions, RegistryOptions, TargetsFile, option

if TYPE_CHECKING:
    from stance.journal import Journal
    from stance.labels.tables import LabelTable
    from stance.labels.formats import Columns

app = typer.Typer(no_args_is_help=True)


def _columns(given: str) -> "Columns":
    from stance.labels.formats import parse_columns

    return parse_columns(given)


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How a label table is read."""

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
def check(labels: LabelFiles, options: TableOptions, quiet: Quiet = False, as_json: AsJson = False) -> None:
    """Count what label tables hold; find texts trained on and audited, and annotators who contradict themselves."""
    from stance.labels.adjudication import check_labels, check_table, describe_errors, warn_of_rewritten_ids
    from stance.labels.checking import check_to_record

    journal = open_journal(quiet)
    table = _load(labels, journal, options)
    found = check_labels(table.comments, unlabelled=table.unlabelled, skipped=len(table.skipped))
    if as_json:
        show_json(check_to_record(found))
    else:
        print(check_table(found))
    for line in describe_errors(found):
        say(line)
    for told in warn_of_rewritten_ids(table.comments):
        journal.warn("labels", told)
    if not found.is_sound:
        fail(WRONG_USAGE)
    close_journal(journal)


@app.command()
@command
def agreement(
    labels: LabelFiles,
    options: TableOptions,
    registry: RegistryOptions,
    targets: TargetsFile,
    disagreements: Annotated[
        Path | None, typer.Option("--disagreements", help="Table of disputed pairs to write, to be adjudicated.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="Compare a model with the annotators: installed, a folder, or vader.")
    ] = None,
    seed: Seed = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Measure how far annotators agree, with intervals, and list what they disagree about."""
    from stance.documents import open_model
    from stance.labels import write_labels
    from stance.labels.adjudication import warn_of_rewritten_ids
    from stance.evaluation.agreement import GIVEN, disagreement_records, gather_ratings, measure_raters, report_table, report_to_record
    from stance.evaluation.assessment import set_beside

    journal = open_journal(quiet)
    table = _load(labels, journal, options)
    for told in warn_of_rewritten_ids(table.comments):
        journal.warn("labels", told)
    report = measure_raters(gather_ratings(table.comments), seed=seed)
    if model:
        known = targets.load()
        scorer = open_model(ModelOptions(model, registry), known)

        def watch(batches: Iterable[object]) -> Iterable[object]:
            return show_progress(batches, quiet, "batches judged")

        report, unknown = set_beside(report, table.comments, scorer, targets=known, seed=seed, watch=watch)
        for skip in unknown:
            journal.skip(skip)
    if disagreements:
        written = write_labels(disagreement_records(report.ratings), disagreements, more=(GIVEN,))
        if not quiet:
            say(f"{disagreements}: {written} pairs to adjudicate")
    if as_json:
        show_json(report_to_record(report))
    else:
        print(report_table(report))
    close_journal(journal)


@app.command()
@command
def convert(
    labels: LabelFiles,
    options: TableOptions,
    rows: RowOptions,
    privacy: PrivacyOptions,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", callback=none_if_dash, help="File to write; .gz packs it.")
    ] = None,
    wanted: Annotated[
        str | None,
        typer.Option(
            "--format",
            help="csv, jsonl, parquet, label-studio, label-studio-predictions, doccano; by the ending if not given.",
        ),
    ] = None,
    config: Annotated[
        bool, typer.Option("--config", help="Print Label Studio's labelling interface for the targets found.")
    ] = False,
    quiet: Quiet = False,
) -> None:
    """Write label tables in another form, rows that wait for a label too."""
    from stance.labels.tables import Conversion, convert_labels
    from stance.labels.formats import labelling_config
    from stance.pseudonyms import find_key_file

    if config and output is None:
        raise ConfigError("--config prints to standard output; expected -o FILE.json for the tasks")
    journal = open_journal(quiet)
    show_key_warning(privacy, quiet)
    key = None if privacy.names else find_key_file(privacy.key_file).path
    conversion = Conversion(wanted, options.columns, options.target, rows.annotator, rows.role, privacy.names, key)

    def watch(records: Iterator[dict[str, object]]) -> Iterator[dict[str, object]]:
        return show_progress(records, quiet, "rows")

    done = convert_labels(labels, output, conversion, skip=journal.skip, watch=watch)
    if config:
        print(labelling_config(done.targets))
    if output and not quiet:
        say(f"{output}: {done.rows} rows written")
    close_journal(journal)


def _load(paths: list[Path], journal: "Journal", options: TableOptions) -> "LabelTable":
    from stance.labels import load_labels

    table = load_labels(paths, columns=options.columns, target=options.target)
    for skip in table.skipped:
        journal.skip(skip)
    return table
