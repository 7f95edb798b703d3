"""The commands about label tables: what they hold, how far annotators agree, and how they go to other tools."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance.cli.options import (
    AsJson,
    KeyFile,
    LabelFiles,
    Quiet,
    RegistryFolder,
    ShowNames,
    TargetsFile,
    none_if_dash,
)
from stance.cli.running import (
    WRONG_USAGE,
    close_journal,
    fail,
    one_line_errors,
    open_journal,
    say,
    show_json,
    show_progress,
    tell_of_key,
)
from stance.exceptions import ConfigError

if TYPE_CHECKING:
    from stance.journal import Journal
    from stance.labels import LabelTable
    from stance.labels.columns import Columns

app = typer.Typer(no_args_is_help=True)

Map = Annotated[
    str | None, typer.Option("--map", help="What the table calls its fields, as: text=body,label=stance,target=topic.")
]
Target = Annotated[str | None, typer.Option("--target", help="What rows are labelled toward that do not say so.")]


@app.callback()
def labels() -> None:
    """Label tables: check them, measure agreement, convert them."""


@app.command()
@one_line_errors
def check(
    labels: LabelFiles, mapping: Map = None, target: Target = None, quiet: Quiet = False, as_json: AsJson = False
) -> None:
    """Count what label tables hold; find texts trained on and audited, and annotators who contradict themselves."""
    from stance.labels.checking import check_labels, check_table, check_to_record, fault_lines, tell_rewritten_ids

    journal = open_journal(quiet)
    table = _load(labels, journal, mapping, target)
    found = check_labels(table.comments, unlabelled=table.unlabelled, skipped=len(table.skipped))
    if as_json:
        show_json(check_to_record(found))
    else:
        print(check_table(found))
    for line in fault_lines(found):
        say(line)
    for told in tell_rewritten_ids(table.comments):
        journal.warn("labels", told)
    if not found.is_sound:
        fail(WRONG_USAGE)
    close_journal(journal)


@app.command()
@one_line_errors
def agreement(
    labels: LabelFiles,
    disagreements: Annotated[
        Path | None, typer.Option("--disagreements", help="Table of disputed pairs to write, to be adjudicated.")
    ] = None,
    model: Annotated[
        str | None, typer.Option("--model", help="Set a model beside the annotators: installed, a folder, or vader.")
    ] = None,
    registry: RegistryFolder = None,
    mapping: Map = None,
    target: Target = None,
    targets: TargetsFile = None,
    seed: Annotated[int, typer.Option("--seed", envvar="STANCE_SEED", min=0, help="Of the bootstrap.")] = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Measure how far annotators agree, with intervals, and list what they disagree about."""
    from stance.documents import open_model
    from stance.labels import write_labels
    from stance.labels.checking import tell_rewritten_ids
    from stance.raters import (
        GIVEN,
        disagreement_records,
        gather_ratings,
        measure_raters,
        report_table,
        report_to_record,
        set_beside,
    )
    from stance.scoring.settings import ScorerSettings
    from stance.targets import load_targets

    journal = open_journal(quiet)
    table = _load(labels, journal, mapping, target)
    for told in tell_rewritten_ids(table.comments):
        journal.warn("labels", told)
    report = measure_raters(gather_ratings(table.comments), seed=seed)
    if model:
        known = load_targets(targets)
        scorer = open_model(model, known, ScorerSettings(registry=registry))

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
@one_line_errors
def convert(
    labels: LabelFiles,
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
    mapping: Map = None,
    target: Target = None,
    annotator: Annotated[
        str | None,
        typer.Option("--annotator", help="Who labelled rows that do not say so; the file's name if not given."),
    ] = None,
    role: Annotated[str | None, typer.Option("--role", help="Role of every row: train or audit.")] = None,
    config: Annotated[
        bool, typer.Option("--config", help="Print Label Studio's labelling interface for the targets found.")
    ] = False,
    names: ShowNames = False,
    key_file: KeyFile = None,
    quiet: Quiet = False,
) -> None:
    """Write label tables in another form, rows that wait for a label too."""
    from stance.labels.converting import Conversion, convert_labels
    from stance.labels.label_studio import labelling_config

    if config and output is None:
        raise ConfigError("--config prints to standard output; expected -o FILE.json for the tasks")
    journal = open_journal(quiet)
    key = tell_of_key(key_file, names=names, quiet=quiet)
    conversion = Conversion(wanted, _columns(mapping), target, annotator, role, names, key)

    def watch(records: Iterator[dict[str, object]]) -> Iterator[dict[str, object]]:
        return show_progress(records, quiet, "rows")

    done = convert_labels(labels, output, conversion, skip=journal.skip, watch=watch)
    if config:
        print(labelling_config(done.targets))
    if output and not quiet:
        say(f"{output}: {done.rows} rows written")
    close_journal(journal)


def _columns(mapping: str | None) -> "Columns | None":
    from stance.labels import parse_columns

    return parse_columns(mapping) if mapping else None


def _load(paths: list[Path], journal: "Journal", mapping: str | None, target: str | None) -> "LabelTable":
    from stance.labels import load_labels

    table = load_labels(paths, columns=_columns(mapping), target=target)
    for skip in table.skipped:
        journal.skip(skip)
    return table
