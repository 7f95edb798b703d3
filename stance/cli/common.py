"""Turn functions into commands: their options and limits, and the steps that several of them share."""

import functools
import inspect
import json
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, is_dataclass
from itertools import pairwise
from operator import length_hint
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer

from stance.cli.messages import NOTHING_DONE, SOME_SKIPPED, WRONG_USAGE, fail, one_line_errors, say
from stance.datamodels import Document, Skip, counted
from stance.exceptions import NothingReadError, StanceError
from stance.limits import changed_limits, current_limits, limits_in_force, parse_limits
from stance.log import Kind, Log, Pace, listening
from stance.options.arguments import QUIET, CommonOptions
from stance.options.definition import CommandOption, Parser, Value, build, options_of, setting_of
from stance.options.models import ANY_MODEL
from stance.options.needs import check_needs
from stance.options.run import CommandLine, Run
from stance.pseudonyms import find_key_file
from stance.records.score_records import UTF8_MARK
from stance.records.writers import CSV_MARK
from stance.resources.databases import is_database

Item = TypeVar("Item")


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Make a command of a function.

    A parameter that is annotated with a group of options (:mod:`stance.options`) becomes all options of the group that
    change the command, and one annotated with a row becomes that option. A parameter ``given`` gets the names of the
    options that the user typed. One that logs skipped inputs ends with exit code 3 if there are some.
    """
    plain, verb = inspect.signature(function).parameters, function.__name__.rstrip("_")
    groups = {name: parameter.annotation for name, parameter in plain.items() if is_dataclass(parameter.annotation)}
    parameters = [*_parameters(verb, plain.values())]
    rows = {
        parameter.name: (row, parameter.default)
        for parameter in parameters
        for row in getattr(parameter.annotation, "__metadata__", ())
        if isinstance(row, CommandOption)
    }

    @functools.wraps(function)
    def run(context: typer.Context, **values: Value) -> None:
        with one_line_errors():
            inputs = values.get("inputs")
            try:
                # From the command line, not from a setting or its default.
                sources = [(name, context.get_parameter_source(name)) for name in values]
                typed = {name for name, source in sources if source and source.name == "COMMANDLINE"}
                changed = {name for name, (_, default) in rows.items() if name in typed and values[name] != default}
                check_needs(verb, (rows[name][0] for name in rows if name in changed), values)
                if "given" in plain:
                    values["given"] = typed
                common = build(CommonOptions, values)
                changes = [change for text in common.limit for change in parse_limits(text, "--limit")]
                key = find_key_file(values["key_file"]).path if "names" in values else None
                is_new = key and not key.exists()
                CSV_MARK.set(UTF8_MARK * common.excel)
                with limits_in_force(changed_limits(current_limits(), changes, "--limit")):
                    built = {name: build(group, values) for name, group in groups.items()}
                    log = built.get("log", Messages())
                    try:
                        function(**built, **values)
                    except NothingReadError as error:
                        log.explain_nothing(f"{', '.join(map(str, inputs))}: {error}" if inputs else str(error))
                if key and is_new and key.exists():
                    log.say(f"{key}: made, the key of the pseudonyms; keep it for later runs, and never share it")
                log.say(*log.closing())
                if log.skipped:
                    fail(SOME_SKIPPED)
            finally:
                sys.stdout.flush()  # here, where a full disk can still be reported

    context = inspect.Parameter("context", inspect.Parameter.POSITIONAL_ONLY, annotation=typer.Context)
    run.__signature__ = inspect.Signature([context, *parameters])  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in (context, *parameters)}
    run.often = {name for name, (row, _) in rows.items() if verb in row.often.split()}  # type: ignore[attr-defined]
    return run


def _parameters(verb: str, plain: Iterable[inspect.Parameter]) -> Iterator[inspect.Parameter]:
    """List the parameters of a command, with the options of groups in their place, and those of every command."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    common = inspect.Parameter("common", keyword, annotation=CommonOptions)
    for parameter in (*(option for option in plain if option.name != "given"), common):
        if not is_dataclass(annotation := parameter.annotation):
            for metadata in getattr(annotation, "__metadata__", ()):
                if isinstance(metadata, CommandOption):
                    annotation = _with_flags(annotation.__origin__, metadata)
            yield parameter.replace(kind=keyword, annotation=annotation)
            continue
        for option, row, panel in options_of(annotation, verb):
            kind: Value = row.kind or (str | None if row.parse else option.type)
            if row.flags:
                check = _checked(row.parse) if row.parse else None
                annotation = _with_flags(kind, row, callback=check, rich_help_panel=panel)
                default = option.default if option.default != () else None
                yield inspect.Parameter(option.name, keyword, default=default, annotation=annotation)
            else:
                argument = typer.Argument(metavar="INPUT...", help=row.help)
                yield inspect.Parameter(option.name, keyword, annotation=Annotated[kind, argument])


def _with_flags(kind: Value, row: CommandOption, **limits: Value) -> Value:
    """Annotate a type with a row of the table of options, and with its option of Typer."""
    variable = f"STANCE_{setting_of(row.flags).upper()}" if row.variable else None
    option = typer.Option(*row.flags, envvar=variable, show_envvar=False, help=row.help, **{**limits, **row.limits})
    return Annotated[kind, row, option]


def named_path(text: str) -> Path:
    """Read the name of a file or folder; an empty one would be the folder of the process.

    :raises typer.BadParameter: If it is empty.
    """
    if not text:
        raise typer.BadParameter("an empty name; expected a file or folder (is a shell variable empty?)")
    return Path(text)


def _checked(parse: Parser) -> Parser:
    """Check a value while options are read, where its source is known: a flag, the environment or the settings file."""

    def check(value: Value) -> Value:
        try:
            if value is not None:
                parse(value)
        except StanceError as error:
            raise typer.BadParameter(str(error)) from None
        return value

    return check


def path_argument(metavar: str, help: str) -> Value:
    """Define an argument that names files or folders."""
    return typer.Argument(metavar=metavar, help=help, parser=named_path)


LabelFiles = Annotated[list[Path], path_argument("LABELS...", "Tables of labelled comments.")]


@dataclass(slots=True)
class Messages(Log):
    """The log of a command, which prints skipped inputs and, unless ``quiet``, all else."""

    quiet: bool = field(default=False, metadata={"option": QUIET})

    def __post_init__(self) -> None:
        """Print each entry when it is added."""
        self.notify = self._show

    def _show(self, kind: Kind, entry: Skip) -> None:
        if kind == "skipped" or not self.quiet:
            say(f"{entry.source}: {kind}: {entry.reason}")

    def say(self, *lines: str) -> None:
        """Print lines to standard error, unless ``quiet``."""
        for line in () if self.quiet else lines:
            say(line)

    def watch(self, items: Iterable[Item], what: str, inputs: Iterable[str | Path] = ()) -> Iterator[Item]:
        """Pass items on; unless ``quiet``, display their number on a terminal, and say how long a long run takes."""
        hidden, total = self.quiet or not sys.stderr.isatty(), length_hint(items) or None
        pace = Pace(() if self.quiet else inputs)
        options: Value = {"item_show_func": lambda _: pace.shown()} if inputs else {}
        bar = typer.progressbar(items, total, what, hidden=hidden, show_pos=True, file=sys.stderr, **options)

        def show(scored: int, _: bytes) -> None:
            pace.scored += scored
            bar.render_progress()

        with bar as progress, listening(show):
            for item in progress:
                if inputs and isinstance(document := item[-1] if isinstance(item, tuple) else item, Document):
                    pace.add(document)
                    self.say(*filter(None, [pace.first_estimate()]))
                yield item

    def explain_nothing(self, what: str) -> NoReturn:
        """End the run where no input could be read, with a line that says so unless its reason was printed."""
        for line in self.closing():  # such as how many pages a choice has left out
            say(line)
        if len(self.skipped) != 1 and not self.counts["--where"]:
            say(what)
        # Tables that lack the columns needed may be sound: the command does not fit them.
        fail(WRONG_USAGE if self.skipped and all(skip.is_misfit for skip in self.skipped) else NOTHING_DONE)


MESSAGES = Messages()
"""The default of a parameter, in whose place a command gets messages of its own."""


def only_store(inputs: Sequence[Value]) -> Path | None:
    """Return the store, or a database that will be refused, if it is the only input; else None."""
    paths = [Path(path) for path in inputs]
    return paths[0] if len(paths) == 1 and is_database(paths[0]) else None


def name_sources(documents: Iterable[Document], log: Messages) -> Iterator[Document]:
    """Pass documents on; then print the kind of each export or table among them, and the fields of its comments."""
    from stance.reading import titles

    titles_of, sources = titles(), dict[tuple[str, str], Counter[str]]()
    for document in documents:
        if title := titles_of.get(document.layout):
            counts = sources.setdefault((document.source.partition("#")[0], title), Counter())
            counts["title"] += document.title is not None
            for comment in document.comments:
                counts.update(comment=1, reply=comment.reply_to is not None, author=comment.author is not None)
                counts.update(date=comment.posted is not None, likes=comment.votes is not None)
        yield document
    for (source, title), counts in sources.items():
        of_replies = f", {counted(counts['reply'], 'reply', 'replies')}" if counts["reply"] else ""
        fields = ", ".join(filter(counts.get, ("title", "author", "date", "likes"))) or "texts alone"
        log.say(f"{source}: {title}: {counted(counts['comment'], 'comment')}{of_replies}; {fields}")


def command_line(run: Run, labels: Sequence[Value] = ()) -> CommandLine:
    """Return the command as it was typed, without the place of the key: reports are passed on."""
    typed = ("KEY" if before == "--key-file" else word for before, word in pairwise(sys.argv))
    words_shown = ("--key-file=KEY" if word.startswith("--key-file=") else word for word in typed)
    line = CommandLine(shlex.join(words := ["stance", *words_shown]))
    parts = [part for word in words for part in (word.split("=", 1) if word.startswith("--") else [word])]
    repeated = {flag for _, row, _ in options_of(Run) if row.repeated for flag in row.flags}
    model = [] if run.model.model == ANY_MODEL else ["--model", str(run.model.model)]
    line.options = model + [part for pair in pairwise(parts) if pair[0] in repeated - {"--model"} for part in pair]
    line.inputs, line.labels = run.inputs.inputs, labels
    return line


def show_result(record: Value, as_json: bool, lay_out: Callable[[Value], str]) -> None:
    """Print a record as JSON or as a table."""
    if as_json:
        show_json(record)
    else:
        print(lay_out(record))


def show_json(record: Value) -> None:
    """Print a record as JSON."""
    print(json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2))
