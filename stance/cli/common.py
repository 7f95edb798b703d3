"""Turn functions into commands: their options and limits, and the steps that several of them share."""

import functools
import inspect
import json
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, is_dataclass
from functools import partial
from itertools import pairwise
from operator import length_hint
from pathlib import Path
from typing import Annotated, NoReturn, TypeVar

import typer
from typer.models import ArgumentInfo

from stance.cli import NOTHING_DONE, SOME_SKIPPED, WRONG_USAGE, fail, one_line_errors, say
from stance.datamodels import Document, Skip, counted
from stance.exceptions import NothingReadError, StanceError
from stance.limits import changed_limits, current_limits, limits_in_force, parse_limits
from stance.log import Kind, Log, Pace
from stance.pseudonyms import find_key_file
from stance.records import CSV_MARK, UTF8_MARK
from stance.run import (
    ANY_MODEL,
    Parser,
    ReadingOptions,
    Run,
    TargetOptions,
    Value,
    build,
    option,
    options_of,
    setting_of,
)

Item = TypeVar("Item")

LIMIT = "--limit"
_LIMIT_HELP = "Change an input limit, e.g. comments=500 (see SECURITY.md; repeatable)."
WRITE_CSV = ("score", "report", "compare", "sample", "export", "find", "convert")
"""Words: commands that write CSV."""
LimitFlags = Annotated[list[str] | None, typer.Option(LIMIT, metavar="NAME=VALUE", help=_LIMIT_HELP)]


def command(function: Callable[..., None]) -> Callable[..., None]:
    """Make a command of a function.

    A parameter that is annotated with a group of options (:mod:`stance.run`) becomes all options of the group. Every
    command also takes ``--limit``, and those that write CSV ``--excel``. One that logs skipped inputs ends with exit
    code 3 if there are some.
    """
    plain = inspect.signature(function).parameters
    groups = {name: each.annotation for name, each in plain.items() if is_dataclass(each.annotation)}

    @functools.wraps(function)
    def run(**values: Value) -> None:
        with one_line_errors():
            inputs = values.get("inputs")
            try:
                changes = [change for text in values.pop("limit") or () for change in parse_limits(text, LIMIT)]
                key = find_key_file(values["key_file"]).path if "names" in values else None
                is_new = key and not key.exists()
                CSV_MARK.set(UTF8_MARK * bool(values.pop("excel", None)))
                with limits_in_force(changed_limits(current_limits(), changes, LIMIT)):
                    built = {name: build(group, values) for name, group in groups.items()}
                    log = next((each for each in built.values() if isinstance(each, Messages)), Messages())
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

    parameters = list(_parameters(plain.values()))
    if function.__name__ in WRITE_CSV:
        parameters.append(inspect.Parameter("excel", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Excel))
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def _parameters(plain: Iterable[inspect.Parameter]) -> Iterator[inspect.Parameter]:
    """List the parameters of a command: the options of groups in their place, and ``--limit``."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    for parameter in plain:
        if not is_dataclass(parameter.annotation):
            for own in getattr(parameter.annotation, "__metadata__", ()):
                if isinstance(own, ArgumentInfo) and "Path" in str(parameter.annotation.__origin__):
                    own.parser = named_path
            yield parameter.replace(kind=keyword)
            continue
        for each, own, panel in options_of(parameter.annotation):
            if not own.flags:
                argument = typer.Argument(metavar="INPUT...", help=own.help)
                yield inspect.Parameter(each.name, keyword, annotation=Annotated[own.kind, argument])
                continue
            kind = own.kind or (str | None if own.parse else each.type)
            limits = {"callback": _checked(own.parse) if own.parse else None, "rich_help_panel": panel}
            shown = setting(" ".join(own.flags), own.help, is_variable=own.variable, **limits, **own.limits)
            default = each.default if each.default != () else None
            yield inspect.Parameter(each.name, keyword, default=default, annotation=Annotated[kind, shown])
    yield inspect.Parameter("limit", keyword, default=None, annotation=LimitFlags)


def named_path(given: str) -> Path:
    """Read the name of a file or folder; an empty one would be the folder of the process.

    :raises typer.BadParameter: If it is empty.
    """
    if not given:
        raise typer.BadParameter("an empty name; expected a file or folder (is a shell variable empty?)")
    return Path(given)


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


# Options that commands share ------------------------------------------------------------------------------------------


def none_if_dash(output: Value) -> Value:
    """Read ``-`` as standard output."""
    return None if str(output) == "-" else output


def setting(flags: str, help: str, *, is_variable: bool = True, **limits: Value) -> Value:
    """Define an option that the environment and ``stance.toml`` can set too.

    :param flags: Separated by spaces.
    :param is_variable: Whether they can.
    :param limits: Further arguments of ``typer.Option``.
    """
    variable = f"STANCE_{setting_of(flags.split()).upper()}" if is_variable else None
    return typer.Option(*flags.split(), envvar=variable, show_envvar=False, help=help, **limits)


flag = partial(setting, is_variable=False)
"""Define an option of the command line alone."""

LabelFiles = Annotated[list[Path], typer.Argument(metavar="LABELS...", help="Tables of labelled comments.")]
OutputFile = Annotated[Path | None, flag("--output -o", "File (default: standard output).", callback=none_if_dash)]
Excel = Annotated[bool, flag("--excel", "Begin CSV files with a byte order mark, so that Excel reads UTF-8.")]
AsJson = Annotated[bool, setting("--json", "Print results as JSON.")]
Seed = Annotated[int, setting("--seed", "Random seed.", min=0)]


@dataclass(slots=True)
class Messages(Log):
    """The log of a command, which prints skipped inputs and, unless ``quiet``, all else."""

    quiet: bool = option("--quiet -q", "Hide progress and warnings; still list skipped inputs.", False)

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
        with typer.progressbar(items, total, what, hidden=hidden, show_pos=True, file=sys.stderr, **options) as shown:
            for item in shown:
                if inputs and isinstance(document := item[-1] if isinstance(item, tuple) else item, Document):
                    pace.add(document)
                    self.say(*filter(None, [pace.first_estimate()]))
                yield item

    def explain_nothing(self, seen: str) -> NoReturn:
        """End the run where no input could be read, with a line that says so unless its reason was printed."""
        for line in self.closing():  # such as how many pages a choice has left out
            say(line)
        if len(self.skipped) != 1 and not self.counts["--where"]:
            say(seen)
        # Tables that lack the columns needed may be sound: the command does not fit them.
        fail(WRONG_USAGE if self.skipped and all(skip.is_misfit for skip in self.skipped) else NOTHING_DONE)


MESSAGES = Messages()
"""The default of a parameter, in whose place a command gets messages of its own."""


def only_store(inputs: Sequence[Value]) -> Path | None:
    """Return the store, or a database that will be refused, if it is the only input; else None."""
    from stance.store.file import is_database

    paths = [Path(each) for each in inputs]
    return paths[0] if len(paths) == 1 and is_database(paths[0]) else None


def name_sources(documents: Iterable[Document], log: Messages) -> Iterator[Document]:
    """Pass documents on; then print the kind of each export or table among them, and the fields of its comments."""
    from stance.reading import titles

    known, found = titles(), dict[tuple[str, str], Counter[str]]()
    for document in documents:
        if title := known.get(document.layout):
            counts = found.setdefault((document.source.partition("#")[0], title), Counter())
            counts["title"] += document.title is not None
            for comment in document.comments:
                counts.update(comment=1, reply=comment.reply_to is not None, author=comment.author is not None)
                counts.update(date=comment.posted is not None, likes=comment.votes is not None)
        yield document
    for (place, title), counts in found.items():
        of_replies = f", {counted(counts['reply'], 'reply', 'replies')}" if counts["reply"] else ""
        fields = ", ".join(filter(counts.get, ("title", "author", "date", "likes"))) or "texts alone"
        log.say(f"{place}: {title}: {counted(counts['comment'], 'comment')}{of_replies}; {fields}")


REPEATED = {"--languages", "--model-languages"}.union(
    *(own.flags for group in (ReadingOptions, TargetOptions) for _, own, _ in options_of(group))
)
"""Words: options of a report that the draw of its comments needs, too."""


class CommandLine(str):
    """The command as it was typed, and the parts of it that a report repeats in commands to copy."""

    inputs: Sequence[Value] = ()
    labels: Sequence[Value] = ()
    options: Sequence[str] = ()  # of the targets, the model and the reading of inputs


def command_line(run: Run, labels: Sequence[Value] = ()) -> CommandLine:
    """Return the command as it was typed, without the place of the key: reports are passed on."""
    typed = ("KEY" if before == "--key-file" else each for before, each in pairwise(sys.argv))
    shown = ("--key-file=KEY" if each.startswith("--key-file=") else each for each in typed)
    line = CommandLine(shlex.join(words := ["stance", *shown]))
    parts = [part for each in words for part in (each.split("=", 1) if each.startswith("--") else [each])]
    model = [] if run.model.model == ANY_MODEL else ["--model", str(run.model.model)]
    line.options = model + [part for pair in pairwise(parts) if pair[0] in REPEATED for part in pair]
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
