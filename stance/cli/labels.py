"""The commands about label tables: sample, and the subcommands of labels: check, agreement, convert."""

import typer

from stance.cli import common
from stance.cli.common import MESSAGES, LabelFiles, Messages, command
from stance.cli.messages import WRONG_USAGE, fail, say
from stance.cli.verbs import Command
from stance.datamodels import counted
from stance.exceptions import ConfigError
from stance.labels.adjudication import check_labels, check_table, describe_errors, of_comments
from stance.labels.cells import COLUMNS
from stance.labels.formats import convert_labels, format_of, keep_labels, write_labels
from stance.labels.tables import load_labels, read_records
from stance.options.arguments import AsJson, DisputesFile, OutputFile, Planned, Seed, TableFormat
from stance.options.labelling import RowOptions, SampleOptions, TableOptions
from stance.options.run import PrivacyOptions, Run
from stance.text_forms import printable


@command
def sample(
    run: Run,
    design: SampleOptions,
    output: OutputFile = None,
    log: Messages = MESSAGES,
    planned: Planned = False,
    as_json: AsJson = False,
) -> None:
    """Draw comments to label."""
    from stance.labels.sampling import SAMPLE_FIELDS, describe_sample
    from stance.options.reports import AuditOptions
    from stance.pipeline import score_run
    from stance.runs.samples import draw_run, plan_labels
    from stance.store.labels import add_sample

    if planned:
        prices = plan_labels(score_run(run, log, audit=AuditOptions()), common.command_line(run), log)
        common.show_result(prices["plan"], as_json, lambda _: "\n".join(printable(line) for line in prices["lines"]))
        return
    store = common.only_store(run.inputs.inputs) if output is None else None
    if as_json and output is None and store is None:
        raise ConfigError("--json prints a summary of the sample in place of its rows; expected -o FILE for the rows")
    kind = format_of(output, None if output else "csv")
    keep_labels(output)
    drawn = draw_run(run, design, log, store=store, output=output)
    added = add_sample(store, drawn.comments, drawn.record) if store else 0
    if not store:
        write_labels(drawn.rows(), output, kind=kind, columns=SAMPLE_FIELDS)
    log.say(*describe_sample(drawn))
    log.warn("sample", *drawn.record["warnings"])
    if store:
        pairs = counted(added, "pair")
        log.say(f"{store}: {pairs} of comment and target added; label them with: stance label {store}")
    elif output:
        log.say(f"{output}: written; label it with: stance label {output} --labels labels.db")
    if as_json:
        common.show_json(drawn.record)


app = typer.Typer(no_args_is_help=True)


@app.callback()
def labels() -> None:
    """Check, compare and convert label tables."""


@app.command(cls=Command)
@command
def check(labels: LabelFiles, options: TableOptions, log: Messages, as_json: AsJson = False) -> None:
    """Count labels; find texts that are both trained on and audited, and annotators who contradict themselves."""
    table = load_labels(labels, columns=options.columns, target=options.target)
    log.skip(*table.skipped)
    skipped = sum(skip.rows for skip in table.skipped)
    counts, conflicts = check_labels(table.comments, table.words, table.unlabelled, skipped)
    common.show_result(counts, as_json, check_table)
    errors = list(describe_errors(counts, conflicts))
    for line in errors:
        say(line)
    if errors:
        fail(WRONG_USAGE)


@app.command(cls=Command)
@command
def agreement(
    labels: LabelFiles,
    options: TableOptions,
    log: Messages,
    disagreements: DisputesFile = None,
    seed: Seed = 0,
    as_json: AsJson = False,
) -> None:
    """Measure agreement of annotators, with intervals, and list their disagreements."""
    from stance.learn.agreement import GIVEN, disagreement_records, gather_ratings, measure_raters, report_table
    from stance.learn.measures import rounded

    keep_labels(disagreements)
    table = load_labels(labels, columns=options.columns, target=options.target)
    log.skip(*table.skipped)
    pairs, (measured, left) = gather_ratings(table.comments), of_comments(table.comments)
    log.warn("labels", *(left if measured else ()))
    report = measure_raters(gather_ratings(measured) if measured else pairs, seed=seed)
    if disagreements:
        written = write_labels(disagreement_records(pairs), disagreements, columns=(*COLUMNS, GIVEN))
        log.say(f"{disagreements}: {counted(written, 'pair')} to adjudicate")
    common.show_result(rounded(report), as_json, lambda _: report_table(report))


@app.command(cls=Command)
@command
def convert(
    labels: LabelFiles,
    options: TableOptions,
    privacy: PrivacyOptions,
    rows: RowOptions,
    output: OutputFile = None,
    wanted: TableFormat = None,
    log: Messages = MESSAGES,
) -> None:
    """Convert label tables to another format, also rows that wait for a label."""
    from stance.reading.folders import refuse_replaced

    privacy.warn_of_key(log)
    for path in labels:
        refuse_replaced(path, output)
    names, target, annotator = options.columns, options.target, rows.annotator
    records = read_records(labels, skip=log.skip, columns=names, target=target, annotator=annotator)
    written = convert_labels(log.watch(records, "Rows:"), output, wanted, rows.role, privacy.naming)
    if output:
        log.say(f"{output}: {counted(written, 'row')} written")
