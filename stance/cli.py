"""The command line: one thin command per verb. Results on standard output, messages on standard error."""

import functools
import json
import os
import shlex
import signal
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, ParamSpec, TypeVar

import typer

from stance import __version__
from stance.exceptions import InputError, LabelError, NothingReadError, StanceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stance.datamodels import Document, Score, ScoredDocument, Skip
    from stance.journal import Journal, Kind
    from stance.pipeline import DocumentScorer
    from stance.scoring.scorers import ScorerSettings

P = ParamSpec("P")
R = TypeVar("R")
Item = TypeVar("Item")

OK, NOTHING_DONE, WRONG_USAGE, SOME_SKIPPED = 0, 1, 2, 3

app = typer.Typer(
    name="stance",
    help="From saved news pages to stance reports: articles apart from comments, stance apart from sentiment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


# Options that several verbs share -------------------------------------------------------------------------------------

Inputs = Annotated[
    list[str], typer.Argument(metavar="INPUT...", help="Saved pages, folders of them, tables, or - for standard input.")
]
LabelFiles = Annotated[list[Path], typer.Argument(metavar="LABELS...", help="Tables of labelled comments.")]
TargetsFile = Annotated[
    Path | None,
    typer.Option("--targets", envvar="STANCE_TARGETS", help="TOML file of targets to add or replace."),
]
TargetIds = Annotated[
    list[str] | None,
    typer.Option("--target", envvar="STANCE_TARGET", help="Score this target only; may be given several times."),
]
ModelName = Annotated[
    str,
    typer.Option(
        "--model",
        envvar="STANCE_MODEL",
        help="An installed model, a model folder, vader, hf:NAME_OR_FOLDER or llm:MODEL.",
    ),
]
# No variable and no settings file sets these two: texts leave the machine only where the command itself says so.
Url = Annotated[
    str | None, typer.Option("--url", help="llm: endpoint to send comments to, as http://localhost:8000/v1.")
]
PlainHttp = Annotated[bool, typer.Option("--plain-http", help="llm: allow http:// to another machine.")]
ModelLanguages = Annotated[
    str | None,
    typer.Option(
        "--model-languages", envvar="STANCE_MODEL_LANGUAGES", help="hf, llm: languages to score; en if not given."
    ),
]
LabelMap = Annotated[
    str | None,
    typer.Option("--label-map", envvar="STANCE_LABEL_MAP", help="hf: its labels, as: favor=LABEL_1,against=LABEL_0."),
]
Parallel = Annotated[
    int | None,
    typer.Option("--parallel", envvar="STANCE_PARALLEL", min=1, max=256, help="llm: requests at a time; hf: threads."),
]
Budget = Annotated[
    int | None,
    typer.Option(
        "--budget", envvar="STANCE_BUDGET", min=1, help="llm: end after this many requests; done ones are kept."
    ),
]
Abstain = Annotated[
    float,
    typer.Option(
        "--abstain", envvar="STANCE_ABSTAIN", help="Leave pairs undecided whose highest probability is lower."
    ),
]
ShowNames = Annotated[bool, typer.Option("--names", envvar="STANCE_NAMES", help="Show names in place of pseudonyms.")]
KeyFile = Annotated[
    Path | None,
    typer.Option("--key-file", envvar="STANCE_KEY_FILE", help="Key of the pseudonyms; made on first use."),
]
Language = Annotated[
    str | None,
    typer.Option("--language", envvar="STANCE_LANGUAGE", help="Language of pages that are too short to tell, as: en."),
]
Columns = Annotated[
    str | None,
    typer.Option("--map", envvar="STANCE_MAP", help="What a table calls its fields, as: text=body,author=user."),
]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", envvar="STANCE_QUIET", help="No progress and no warnings; skips are named still."),
]
AsJson = Annotated[bool, typer.Option("--json", envvar="STANCE_JSON", help="Results on standard output as JSON.")]
OutputFile = Annotated[Path | None, typer.Option("--output", "-o", help="File to write; standard output if not given.")]
OutputFolder = Annotated[Path, typer.Option("--output", "-o", help="Folder to write.")]


Cues = Annotated[
    Path | None,
    typer.Option("--cues", envvar="STANCE_CUES", help="Folder of your own cues, over the shipped ones."),
]


# Where errors and messages come out -----------------------------------------------------------------------------------


def say(message: str) -> None:
    """Write one line to standard error, whatever stands in the message."""
    line = "".join(c if c.isprintable() else "�" for c in message.replace("\n", " "))
    # Surrogates stand for bytes of file names that are no text.
    print("stance:", line.encode("utf-8", "replace").decode("utf-8"), file=sys.stderr)


def fail(code: int) -> NoReturn:
    """End with an exit code."""
    raise typer.Exit(code)


def one_line_errors(verb: Callable[P, R]) -> Callable[P, R]:
    """Turn what goes wrong in a verb into one line and an exit code; the one place where that happens."""

    @functools.wraps(verb)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return verb(*args, **kwargs)
        except StanceError as error:
            say(str(error))
            fail(NOTHING_DONE if isinstance(error, InputError | LabelError) else WRONG_USAGE)
        except KeyboardInterrupt:
            say("interrupted; nothing half-written is left")
            fail(128 + signal.SIGINT)
        except BrokenPipeError:
            # The reader of our output has seen enough; what is buffered has nowhere to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            fail(OK)

    return run


def teller(quiet: bool) -> "Callable[[Kind, Skip], None]":
    """Give the function that tells skips, and unless ``quiet`` warnings, on standard error."""

    def tell(kind: "Kind", entry: "Skip") -> None:
        if kind == "skipped":
            say(f"{entry.source}: skipped: {entry.reason}")
        elif not quiet:
            say(f"{entry.source}: warning: {entry.reason}")

    return tell


def open_journal(quiet: bool) -> "Journal":
    """Start the journal of a run."""
    from stance.journal import Journal

    return Journal(tell=teller(quiet))


def close_journal(journal: "Journal") -> None:
    """End a run that did something with the exit code that tells whether inputs were skipped."""
    if journal.skipped:
        fail(SOME_SKIPPED)


def open_inputs(
    inputs: list[str], journal: "Journal", language: str | None, columns: str | None
) -> "Iterator[Document | Score]":
    """Begin to read the inputs of a verb."""
    from stance.pipeline import read_documents
    from stance.reading import parse_columns

    mapping = parse_columns(columns) if columns else None
    return read_documents(inputs, journal=journal, language=language, stdin=sys.stdin.buffer, columns=mapping)


def at_least_one(items: "Iterator[Item]", journal: "Journal") -> "Iterator[Item]":
    """Give the items, or end the run where there are none: before anything is written."""
    for first in items:
        return chain((first,), items)
    if len(journal.skipped) != 1:  # else its line has said it all
        say(str(NothingReadError()))
    fail(NOTHING_DONE)


def show_progress(items: "Iterable[Item]", quiet: bool, what: str) -> "Iterator[Item]":
    """Count items on standard error while they pass, where a person is watching."""
    if quiet or not sys.stderr.isatty():
        yield from items
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description} {task.completed}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(what, total=None)
        for item in items:
            progress.advance(task)
            yield item


def score_all(
    items: "Iterator[Document | Score]", scorer: "DocumentScorer", journal: "Journal", quiet: bool, what: str
) -> "Iterator[ScoredDocument]":
    """Score what is read, while a person may watch; where nothing is read, the run ends before anything is written."""
    from stance.pipeline import score_inputs

    return at_least_one(show_progress(score_inputs(items, scorer, journal=journal), quiet, what), journal)


def open_scorer(
    targets: Path | None,
    target: list[str] | None,
    model: str,
    settings: "ScorerSettings",
    *,
    names: bool,
    key_file: Path | None,
    quiet: bool,
    body: bool = False,
    abstain: float = 0.0,
    cues: Path | None = None,
) -> "DocumentScorer":
    """Load what scoring needs, and tell the doubts about the user's targets."""
    from stance.pipeline import make_scorer

    scorer = make_scorer(
        targets=targets,
        target=target,
        model=model,
        settings=settings,
        names=names,
        key_file=key_file,
        body=body,
        abstain=abstain,
        cues=cues,
    )
    if not quiet:
        for message in scorer.targets.warnings:
            say(f"warning: {message}")
    return scorer


def read_settings(
    url: str | None,
    plain_http: bool,
    languages: str | None,
    label_map: str | None,
    parallel: int | None,
    budget: int | None,
) -> "ScorerSettings":
    """Gather what a model that is plugged in is told."""
    from stance.scoring.scorers import ScorerSettings, parse_label_map, parse_languages

    return ScorerSettings(
        url=url,
        plain_http=plain_http,
        languages=parse_languages(languages) if languages else None,
        label_map=parse_label_map(label_map) if label_map else None,
        parallel=parallel,
        budget=budget,
    )


# The verbs ------------------------------------------------------------------------------------------------------------


def verb_options() -> dict[str, list[Any]]:
    """Give the options of each verb."""
    group: Any = typer.main.get_command(app)
    return {
        verb: [option for option in command.params if option.param_type_name == "option"]
        for verb, command in group.commands.items()
    }


def setting_name(option: Any) -> str:
    """Name an option as a setting: ``--key-file`` is ``key_file``."""
    return str(max(option.opts, key=len)).lstrip("-").replace("-", "_")


def setting_variables(option: Any) -> list[str]:
    """Name the environment variables that set an option."""
    return [option.envvar] if isinstance(option.envvar, str) else list(option.envvar or [])


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        print(f"stance {__version__}")
        fail(OK)


@app.callback()
@one_line_errors
def configure(
    context: typer.Context,
    config: Annotated[
        Path | None, typer.Option("--config", envvar="STANCE_CONFIG", help="Settings; ./stance.toml where it is there.")
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """From saved news pages to stance reports: articles apart from comments, stance apart from sentiment."""
    from stance.configuration import FILE, check_environment, load_defaults
    from stance.scoring.chat_endpoint import KEY_VARIABLE

    verbs = verb_options()
    variables = [name for options in verbs.values() for option in options for name in setting_variables(option)]
    check_environment(os.environ, [*variables, "STANCE_CONFIG", KEY_VARIABLE])
    if config or FILE.is_file():
        settings = {verb: {setting_name(option): option.name for option in options} for verb, options in verbs.items()}
        context.default_map = load_defaults(config or FILE, settings)


@app.command()
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


@app.command()
@one_line_errors
def score(
    inputs: Inputs,
    output: OutputFile = None,
    targets: TargetsFile = None,
    target: TargetIds = None,
    model: ModelName = "default",
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
    settings = read_settings(url, plain_http, model_languages, label_map, parallel, budget)
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


@app.command()
@one_line_errors
def report(
    inputs: Inputs,
    output: OutputFolder = Path("reports"),
    targets: TargetsFile = None,
    target: TargetIds = None,
    model: ModelName = "default",
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
) -> None:
    """Write a stance report: an index, a page per document, summary.json and scores.csv."""
    from stance.pipeline import write_report

    settings = read_settings(url, plain_http, model_languages, label_map, parallel, budget)
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
    scored = score_all(open_inputs(inputs, journal, language, columns), scorer, journal, quiet, "Documents reported:")
    index = write_report(scored, output, scorer=scorer, journal=journal, names=names, command=command_line())
    print((output / "summary.json").read_text(encoding="utf-8") if as_json else index)
    close_journal(journal)


@app.command()
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
) -> None:
    """Compare outlets, or other groups: comparison.html and comparison.json."""
    from stance.comparison import grouping
    from stance.pipeline import compare_inputs, write_compared

    grouping(by)  # a wrong column should not cost a run
    settings = read_settings(url, plain_http, model_languages, label_map, parallel, budget)
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
    scored = score_all(open_inputs(inputs, journal, language, columns), scorer, journal, quiet, "Documents compared:")
    comparison = compare_inputs(scored, scorer=scorer, by=by)
    page = write_compared(comparison, output, scorer=scorer, command=command_line())
    print((output / "comparison.json").read_text(encoding="utf-8") if as_json else page)
    close_journal(journal)


@app.command()
@one_line_errors
def train(
    labels: LabelFiles,
    output: Annotated[Path, typer.Option("--output", "-o", help="Model folder to write.")],
    targets: TargetsFile = None,
    seed: Annotated[int, typer.Option("--seed", envvar="STANCE_SEED", help="Of everything that is drawn.")] = 0,
    light: Annotated[bool, typer.Option("--light", help="Without the encoder: somewhat worse, much faster.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Replace the current model even by a worse one.")] = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Train a model on labelled comments, measure it on held-out stories, and keep it where it is no worse."""
    from stance.tables import evaluation_table
    from stance.targets import load_targets
    from stance.training import train_from_paths

    journal = open_journal(quiet)
    training = train_from_paths(labels, output, targets=load_targets(targets), seed=seed, light=light, force=force)
    for skip in training.skipped:
        journal.skip(skip)
    if as_json:
        show_json({"saved": training.is_saved, "evaluation": training.evaluation, "current": training.current})
    else:
        print(evaluation_table(training.evaluation, current=training.current))
    if not training.is_saved:
        say(f"{output}: kept: its macro F1 on the held-out stories is higher; --force replaces it all the same")
    close_journal(journal)


@app.command()
@one_line_errors
def evaluate(
    labels: LabelFiles,
    model: ModelName = "default",
    url: Url = None,
    plain_http: PlainHttp = False,
    model_languages: ModelLanguages = None,
    label_map: LabelMap = None,
    parallel: Parallel = None,
    budget: Budget = None,
    abstain: Abstain = 0.0,
    targets: TargetsFile = None,
    seed: Annotated[int, typer.Option("--seed", envvar="STANCE_SEED", help="Of the bootstrap.")] = 0,
    quiet: Quiet = False,
    as_json: AsJson = False,
    cues: Cues = None,
) -> None:
    """Measure a model on labelled comments, with intervals, beside majority and VADER."""
    from stance.assessment import assess_paths
    from stance.pipeline import check_abstain, open_model
    from stance.tables import evaluation_table
    from stance.targets import load_targets

    check_abstain(abstain)
    journal = open_journal(quiet)
    known = load_targets(targets)
    settings = read_settings(url, plain_http, model_languages, label_map, parallel, budget)
    scorer = open_model(model, known, settings, cues)
    record, skipped = assess_paths(labels, scorer, targets=known, seed=seed, abstain=abstain)
    for skip in skipped:
        journal.skip(skip)
    if as_json:
        show_json(record)
    else:
        print(evaluation_table(record))
    close_journal(journal)


@app.command()
@one_line_errors
def targets(
    file: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="TOML file of targets to check.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the targets, or check a file of your own."""
    from stance.tables import target_records, target_table
    from stance.targets import load_targets

    found = load_targets(file)
    for message in found.warnings:
        say(f"warning: {message}")
    if as_json:
        show_json(target_records(found))
    else:
        print(target_table(found))


@app.command()
@one_line_errors
def models(
    model: Annotated[
        str | None, typer.Argument(metavar="[MODEL]", help="A model, named as for --model, to show and check.")
    ] = None,
    url: Url = None,
    plain_http: PlainHttp = False,
    model_languages: ModelLanguages = None,
    label_map: LabelMap = None,
    as_json: AsJson = False,
) -> None:
    """List the installed models, or show and check one."""
    from stance.pipeline import open_model
    from stance.scoring.persistence import installed_models
    from stance.tables import evaluation_table, model_record, model_table
    from stance.targets import load_targets

    known = load_targets()
    if model is None:
        found = [open_model(name, known) for name in (*installed_models(), "vader")]
        show_json([model_record(each) for each in found]) if as_json else print(model_table(found))
        return
    one = open_model(model, known, read_settings(url, plain_http, model_languages, label_map, None, None))
    if as_json:
        show_json(model_record(one))
    else:
        print(model_table([one]))
        if measures := one.card.get("measures"):
            print(evaluation_table({**measures, "model": one.name}))


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


def command_line() -> str:
    """Give the command as it was typed, for what it writes to say how it was made."""
    return shlex.join(["stance", *sys.argv[1:]])


def show_json(record: Any) -> None:
    """Print a record as JSON."""
    print(json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2))


from stance.cues_cli import app as cues_app  # noqa: E402  (it takes options from above)

app.add_typer(cues_app, name="cues")


def main() -> None:
    """Run the command line."""
    app()


if __name__ == "__main__":
    main()
