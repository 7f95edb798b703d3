"""The commands about labels: draw comments, label them, check and convert tables, train on them and measure.

They are sample, label, train, evaluate and targets, and the subcommands of labels: check, agreement, convert; and fix
and open, which are served as the labelling page is.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from stance import run as settings
from stance.cli import WRONG_USAGE, Command, common, fail, say
from stance.cli.common import MESSAGES, LabelFiles, Messages, command
from stance.datamodels import STANCES, Record, Unit, counted
from stance.exceptions import ConfigError, LabelError, ModelError, NothingReadError, StoreError
from stance.labels import COLUMNS, convert_labels, format_of, keep_labels, load_labels, read_records, write_labels
from stance.labels.adjudication import check_labels, check_table, describe_errors, of_comments
from stance.records.writers import aligned, printable, with_interval
from stance.resources import DATA
from stance.resources.toml import read_text
from stance.run import (
    AsJson,
    LabellingOptions,
    ModelOptions,
    OutputFile,
    PrivacyOptions,
    RowOptions,
    Run,
    Seed,
    ServerOptions,
    TableOptions,
    TargetsFile,
)
from stance.scoring.targets import TargetSet, load_targets
from stance.store.items import Item
from stance.store.labels import GuessMode, LabelStore

if TYPE_CHECKING:
    from socket import socket

    from starlette.types import ASGIApp

    from stance.app.pages import LabellingPage, Wording
    from stance.pseudonyms import Naming
    from stance.scoring.instances import Scorer


@command
def sample(
    run: Run,
    chosen: settings.SampleOptions,
    output: OutputFile = None,
    log: Messages = MESSAGES,
    planned: settings.Planned = False,
    as_json: AsJson = False,
) -> None:
    """Draw comments to label."""
    from stance.labels.sampling import SAMPLE_FIELDS, describe_sample
    from stance.pipeline import draw_run, plan_run
    from stance.store.queues import add_sample

    if planned:
        prices = plan_run(run, common.command_line(run), log)
        common.show_result(prices["plan"], as_json, lambda _: "\n".join(printable(each) for each in prices["lines"]))
        return
    store = common.only_store(run.inputs.inputs) if output is None else None
    if as_json and output is None and store is None:
        raise ConfigError("--json prints a summary of the sample in place of its rows; expected -o FILE for the rows")
    kind = format_of(output, None if output else "csv")
    keep_labels(output)
    drawn = draw_run(run, chosen, log, store=store, output=output)
    added = add_sample(store, drawn.comments, drawn.record) if store else 0
    if not store:
        write_labels(drawn.rows(), output, wanted=kind, columns=SAMPLE_FIELDS)
    log.say(*describe_sample(drawn))
    log.warn("sample", *drawn.record["warnings"])
    if store:
        pairs = counted(added, "pair")
        log.say(f"{store}: {pairs} of comment and target added; label them with: stance label {store}")
    if as_json:
        common.show_json(drawn.record)


@command
def label(
    options: LabellingOptions,
    reading: settings.ReadingOptions,
    targets: settings.TargetOptions,
    privacy: settings.PrivacyOptions,
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="[INPUT]...", help="A store, samples, pages or scores to label. Default: FILE."),
    ] = None,
    labels: settings.LabelsStore = None,
    log: Messages = MESSAGES,
    given: Set[str] = frozenset(),
) -> None:
    """Label comments in the browser."""
    from stance.app.guard import bind
    from stance.app.pages import LabellingPage
    from stance.store.assignment import read_annotators
    from stance.store.items import with_target_ids
    from stance.store.labels import DEFAULT_OVERLAP
    from stance.store.queues import open_queues

    path = labels or common.only_store(inputs or ())
    if path is None:
        lost = [each for each in inputs or () if each != "-" and not Path(each).exists()]
        wanted = "no --labels FILE.db; expected the file to save labels in, or a store as the only INPUT"
        raise ConfigError(f"{lost[0]}: no such file" if lost else wanted)
    check_file(path, options.overlap, inputs or (), labels)
    here, team = read_annotators(options.annotator, options.annotators)
    known = targets.load()
    wording = make_wording(known, options.guide)
    with ExitStack() as opened:
        listening = opened.enter_context(closing(bind(options.server.port)))
        items: list[Item] = []
        named: list[Item] = []
        if inputs and labels:
            privacy.warn_of_key(log)
            is_any = options.guide is not None
            found = read_items(inputs, reading, log, known, privacy.naming(), any_language=is_any, given=given)
            named = [with_target_ids(item, known.id_of) for item in found]
            if not named:
                raise NothingReadError
            items = without_known(path, named)
            if done := sum(bool(item.given) for item in named):
                of = f"{done:,} of {counted(len(named), 'comment')} labelled in the inputs"
                log.say(f"{of}: these labels are copied to {path} and count as done")
        overlap = DEFAULT_OVERLAP if options.overlap is None else options.overlap
        chosen = {"seed": "0", "overlap": repr(overlap)}
        store = opened.enter_context(LabelStore.write(path, settings=chosen, is_shared=True))
        store.add_settings(chosen)
        annotators = open_queues(store, items, here, team, named)
        if others := store.left_to_others(*annotators):
            say(f"{path}: {counted(others, 'comment waits', 'comments wait')} for other annotators")
        page = LabellingPage(store, wording, GuessMode(options.show_guess))
        serve(page, annotators, listening, options.server)


@command
def open_(
    server: ServerOptions,
    targets: TargetsFile,
    folder: Annotated[Path, typer.Argument(metavar="[FOLDER]", help="The project's folder.")] = Path("stance-project"),
) -> None:
    """Open a window in the browser for the pages of a project."""
    from stance.app import ProjectFolder
    from stance.app.guard import Sessions, bind
    from stance.app.window import Window
    from stance.store.assignment import login

    known = targets.load()
    with closing(bind(server.port)) as listening, ProjectFolder.open(folder, use_given) as project:
        sessions = Sessions(listening.getsockname()[1])
        window = Window(project, sessions, lambda: make_wording(known, None), say, targets.targets)
        run_page(window.app(), listening, {str(folder): sessions.invite(login())}, server)
        window.close_labels()


def use_given(described: str) -> bool:
    """Ask whether to use what a folder from elsewhere brings along; without an answer it is ignored."""
    say(described)
    if sys.stdin.isatty() and typer.confirm("Use these files?", err=True):
        return True
    say("these files are ignored; to use them, start stance open in a terminal and answer yes")
    return False


@command
def fix(
    server: ServerOptions,
    page: Annotated[Path, typer.Argument(metavar="PAGE", help="A saved HTML page whose comments are misread.")],
    layouts: settings.TaughtLayouts = Path("layouts.toml"),
) -> None:
    """Describe the layout of a site by marking a comment."""
    from stance.app.guard import Sessions, bind, guarded_app
    from stance.app.pages import Lesson, fix_routes

    lesson = Lesson.open(page, layouts)
    with closing(bind(server.port)) as listening:
        sessions = Sessions(listening.getsockname()[1])
        app = guarded_app(fix_routes(lambda _: lesson), sessions, say)
        run_page(app, listening, {str(page): sessions.invite("me")}, server)


def check_file(path: Path, given: float | None, inputs: Sequence[str], labels: Path | None) -> None:
    """Check, before work begins, that there is something to label and that the overlap stays the same.

    :param given: The overlap that the user asks for.
    :param labels: The store of the labels, where it is not the input.
    """
    if not path.is_file():
        if not inputs:
            raise LabelError(f"{path}: no such file; expected INPUT to label: a sample, pages, or pages and scores")
    elif path.stat().st_size:
        with LabelStore.read(path) as store:
            if labels is None and store.value("SELECT 1 FROM items LIMIT 1") is None:
                raise StoreError(f"{path}: no sample to label; draw one with: stance sample {path}")
            kept = store.setting("overlap")
            if given is not None and kept not in (None, repr(given)):
                raise ConfigError(f"--overlap {given}; expected {kept}, the overlap of {path}")


def make_wording(known: TargetSet, guide: Path | None) -> "Wording":
    """Gather the labels and mentions of targets, and the label guide."""
    from stance.app.pages import Wording

    guides = (guide or DATA / name for name in ("LABEL_GUIDE.md", "TONE_GUIDE.md"))
    words, of_tone = (read_text(path, "a label guide", most=200_000) for path in guides)
    return Wording({target.target_id: target.label for target in known.targets}, known.find, words, of_tone)


def read_items(
    inputs: list[str],
    reading: settings.ReadingOptions,
    log: Messages,
    known: TargetSet,
    naming: "Naming",
    *,
    any_language: bool,
    given: Set[str] = frozenset(),
) -> Iterator[Item]:
    """Read items to label: samples row by row, all else as pages and scores.

    :param given: Names of the options that the user typed.
    :raises ConfigError: If some are about the reading of pages, and all inputs are samples.
    """
    from stance.labels.sampling import GUIDE_LANGUAGES
    from stance.pipeline import read_documents
    from stance.store.items import Guesses, guesses_of, items_of_document, items_of_rows, with_guesses

    samples = [path for path in map(Path, inputs) if is_sample(path)]
    if samples:
        yield from items_of_rows(read_records(samples, skip=log.skip), log.skip)
    others = [each for each in inputs if Path(each) not in samples]
    rows = (row for group in (settings.ReadingOptions, PrivacyOptions) for row in settings.options_of(group))
    if unused := [row.flags[0] for each, row, _ in rows if each.name in given and not others]:
        raise ConfigError(f"{unused[0]}: no effect on samples, which are read row by row; expected pages or tables")
    guesses: Guesses = {}
    waiting: list[Item] = []
    for document in read_documents(others, reading, log=log) if others else ():
        guesses |= guesses_of(document.scores)
        if document.has_texts:
            waiting.extend(items_of_document(document, known.ids, naming))
    if guesses and not waiting and not samples:
        raise LabelError("scores hold no text to label; give the scored pages, too")
    covered = [item for item in waiting if any_language or item.language in GUIDE_LANGUAGES]
    if len(covered) < len(waiting):
        left = counted(len(waiting) - len(covered), "comment is", "comments are")
        say(f"{left} left out: the label guide does not cover the language")
    yield from (with_guesses(item, guesses) for item in covered)


def is_sample(path: Path) -> bool:
    """Return whether a file is a label table or a store with a sample, which may have rows without labels."""
    if not path.is_file():
        return False
    try:
        return next(read_records([path], skip=lambda skip: None), None) is not None
    except (LabelError, StoreError):
        return False


def without_known(path: Path, items: list[Item]) -> list[Item]:
    """Leave out items that a store holds already, so that the same command continues where it ended."""
    if not path.is_file() or not path.stat().st_size:
        return items
    with LabelStore.read(path) as store:
        return [item for item in items if not store.holds(item)]


def serve(page: "LabellingPage", annotators: tuple[str, ...], listening: "socket", server: ServerOptions) -> None:
    """Run the page until it is interrupted, and print the progress of each annotator."""
    from stance.app.guard import Sessions, guarded_app
    from stance.app.pages import label_routes
    from stance.labels.state import count_states

    sessions, store = Sessions(listening.getsockname()[1]), page.store
    links = {annotator: sessions.invite(annotator) for annotator in annotators}
    run_page(guarded_app(label_routes(lambda: page, page.home), sessions, say), listening, links, server)
    for annotator in store.annotators():  # also those of tables
        for unit in Unit:
            if (of := count_states(store.rows, unit, annotator=annotator)).drawn:
                done = f"{of.done} of {counted(of.drawn, unit)} done, {of.skipped} skipped, {of.waiting} to go"
                say(f"{store.path}: {annotator}: {done}")


def run_page(app: "ASGIApp", listening: "socket", links: Mapping[str, str], server: ServerOptions) -> None:
    """Print the links of a page, open the only one in the browser, and serve until interrupted.

    A browser is opened only where there is a screen: one in this terminal would take it over.

    :param links: Link by the name of its user or page.
    """
    import webbrowser

    from stance.app.guard import make_server

    for name, link in links.items():
        say(f"{name}: {link} (works once; Ctrl-C ends)")
    has_screen = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if has_screen and len(links) == 1 and not server.no_browser:
        webbrowser.open(next(iter(links.values())))
    with suppress(KeyboardInterrupt):  # the way to end it
        make_server(app).run(sockets=[listening])


# Label tables ---------------------------------------------------------------------------------------------------------

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
    disagreements: settings.DisputesFile = None,
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
    wanted: settings.TableFormat = None,
    log: Messages = MESSAGES,
) -> None:
    """Convert label tables to another format, also rows that wait for a label."""
    privacy.warn_of_key(log)
    names, target, annotator = options.columns, options.target, rows.annotator
    records = read_records(labels, skip=log.skip, columns=names, target=target, annotator=annotator)
    written = convert_labels(log.watch(records, "Rows:"), output, wanted, rows.role, privacy.naming)
    if output:
        log.say(f"{output}: {counted(written, 'row')} written")


# Targets, training and measuring ------------------------------------------------------------------------------------

MEASURES = {"macro_f1": "macro F1", "accuracy": "accuracy", "favg": "F1 of sides", "ece": "calibration error"}


@command
def targets(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="TOML file of targets to check.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the targets, or check a file of your own."""
    found = load_targets(file)
    for message in found.warnings:
        say(f"warning: {message}")
    rows = [(each.target_id, each.label, "when asked for" if each.background else "yes") for each in found.targets]
    records = [
        {"id": each.target_id, "label": each.label, "scored": not each.background, "aliases": len(each.aliases)}
        for each in found.targets
    ]
    lines = [aligned([("id", "label", "scored"), *rows])]
    before = {each.target_id: each for each in load_targets().targets}
    for each in (each for each in found.targets if each != before.get(each.target_id)):
        known = before[each.target_id].aliases if each.target_id in before else ()
        own = (alias.text for alias in each.aliases if alias not in known)
        lines.append(printable(f"{each.target_id}: {', '.join(own)}"))
        lines += [f"  {text!r} belongs to {other}" for text, other in found.longer_names(each)]
    common.show_result(records, as_json, lambda _: "\n".join(lines))


@command
def train(
    labels: LabelFiles,
    targets: TargetsFile,
    training: settings.TrainingOptions,
    log: Messages,
    folder: settings.ModelFolder,
    force: settings.Replace = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on labelled comments."""
    from stance.learn.training import train_from_paths
    from stance.pipeline import model_in_use

    if (folder / "card.json").exists() and not force:
        raise ModelError(f"{folder}: contains a model; expected another folder, or --force to replace this model")
    known, seed, base = (
        targets.load(),
        training.seed,
        training.start_from or model_in_use(labels, ModelOptions()).find(),
    )
    say_step: Callable[[str], None] = lambda step: log.say(f"{step} ...")  # noqa: E731 short
    trained = train_from_paths(labels, folder, targets=known, seed=seed, start_from=base, progress=say_step)
    log.skip(*trained.skipped)
    log.warn("labels", *trained.warnings)
    verdict = verdict_line(trained.evaluation["compared"], folder)
    record = {"folder": str(folder), "evaluation": trained.evaluation}
    common.show_result(record, as_json, lambda _: f"{evaluation_table(trained.evaluation)}\n{verdict}")


def verdict_line(compared: Record, folder: Path) -> str:
    """Write whether a new model is better than the one that it is compared with."""
    rival, found = compared["model"], compared["difference"]
    if found is None:
        return f"{folder}: not compared with {rival}, which was trained on all these labels; to compare, label others"
    verdict = {"better": "better than", "worse": "worse than", "unsure": "no clear difference from"}
    low, high = found["interval"]
    pairs = f"{counted(found['n'], 'pair')} of {counted(compared['stories'], 'story', 'stories')}"
    if compared["verdict"] == "unsure" and not low <= 0 <= high:
        pairs += ", too few to decide"
    if left := compared["left_out"]:
        pairs += f", without {left:,} that {rival} was trained on"
    advice = f"use it with --model {folder}" if compared["verdict"] == "better" else f"keep {rival}"
    size = f"difference of macro F1 {with_interval(found['difference'], (low, high), '+')} on {pairs}"
    rows = compared.get("changes", {}).values()
    right, wrong = (sum(row[name] for row in rows) for name in ("became_right", "became_wrong"))
    changed = f"; {counted(right, 'answer')} became right and {wrong:,} wrong" if rows else ""
    if elsewhere := compared.get("elsewhere"):
        change = with_interval(elsewhere["difference"], elsewhere["interval"], "+")
        changed += f"; on {counted(elsewhere['n'], 'pair')} of other English texts {change}"
        advice += ", for texts like yours alone" * (compared["verdict"] == "better" and elsewhere["interval"][1] < 0)
    return f"{folder}: {verdict[compared['verdict']]} {rival} on your texts: {size}{changed}; {advice}"


@command
def evaluate(
    labels: LabelFiles,
    model: ModelOptions,
    targets: TargetsFile,
    measured: settings.MeasureOptions,
    log: Messages,
    as_json: AsJson = False,
) -> None:
    """Measure a model on labelled comments."""
    from stance.learn.assessment import assess_paths, training_rows
    from stance.pipeline import model_in_use

    known, model = targets.load(), model_in_use(labels, model)
    scorer, seen, languages = model.load(known), training_rows(model.chosen), model.languages
    rivals = [model.replaced_by(name).load(known) for name in measured.against]
    record, skipped = assess_paths(
        labels, scorer, targets=known, options=measured, trained_on=seen, languages=languages, rivals=rivals
    )
    log.skip(*skipped)
    log.say(*(f"warning: {warning}" for warning in record["warnings"]))
    common.show_result(record, as_json, lambda _: f"{card_line(scorer)}\n{evaluation_table(record)}")


def card_line(model: "Scorer") -> str:
    """Write the card of a model: its languages, and its measures on the pairs that were held out."""
    measures, weak = model.card.get("measures"), getattr(model, "experimental", ())
    parts = [f"languages {', '.join(each for each in model.languages if each not in weak)}"]
    if weak:
        parts.append(f"experimental, scored only if named in --languages: {', '.join(weak)}")
    if tested := model.card.get("targets_tested", ()):
        parts.append(f"tested toward {', '.join(tested)}")
    if measures:
        parts.append(f"macro F1 on its held-out pairs {_measure(measures, 'macro_f1')}")
    return printable(f"{model.name}: {'; '.join(parts)}")


def evaluation_table(record: Record) -> str:
    """Lay out measures with their intervals next to the baselines, and further results below.

    :param record: As ``stance evaluate --json`` prints it.
    """
    targets = record.get("targets", {})
    rows = [(str(record.get("model", "model")), record)]
    rows += [(f"  toward {target}", targets[target]) for target in sorted(targets)]
    rivals = record.get("against", {})
    rows += [(printable(name), measured) for name, measured in rivals.items()]
    rows += [(f"baseline {name}", measured) for name, measured in record.get("baselines", {}).items()]
    body = [[name, f"{row['n']:,}", *(_measure(row, measure) for measure in MEASURES)] for name, row in rows]
    head = ["", "n", *MEASURES.values()]
    if any(row.get("coverage", 1) < 1 for _, row in rows):
        head.append("decided")
        body = [[*cells, f"{row.get('coverage', 1):.1%}"] for cells, (_, row) in zip(body, rows, strict=True)]
    parts = [aligned([head, *body])]
    for name, measured in rivals.items():
        if found := measured["difference"]:
            size = with_interval(found["difference"], found["interval"], "+")
            on = counted(found["n"], "pair")
            parts.append(printable(f"{rows[0][0]} instead of {name}: macro F1 {size} on {on} that both decided"))
    if classes := record.get("classes"):
        names = ("precision", "recall", "f1")
        body = [[each, f"{of['n']:,}", *(_measure(of, name) for name in names)] for each, of in classes.items()]
        parts.append("\n" + aligned([["stance", "n", *names], *body]))
    of_rows = [("", record), *((f"; toward {target}", targets[target]) for target in sorted(targets))]
    partly = [(name, row["f1"]) for name, row in of_rows if len(row.get("f1", STANCES)) < len(STANCES)]
    if partly:
        over = "".join(f"{printable(name)}: {', '.join(labels)}" for name, labels in partly)
        parts.append(f"F1 of sides averages favor and against; macro F1 averages the labels that occur{over}")
    return "\n".join(parts)


def _measure(row: Record, measure: str) -> str:
    return "none" if row[measure] is None else with_interval(row[measure], row.get("interval", {}).get(measure))
