"""The commands in the order of ``stance --help``; the module of one is imported when it is looked up."""

from functools import cache
from importlib import import_module
from itertools import groupby
from typing import NamedTuple, cast

import typer
from typer.core import TyperCommand, TyperGroup

from stance.cli.configuration import Click, say_if_of_file
from stance.cli.messages import WRONG_USAGE, fail, say

UsageError: Click = typer.BadParameter.__base__


class Verb(NamedTuple):
    """Locate a command, with its line of ``stance --help``, without importing it."""

    panel: str
    module: str
    summary: str
    example: str | None = None  # None: a group of commands


BEGIN, LABEL, DATA = "Begin", "Label and learn", "Data"

VERBS = {
    "demo": Verb(BEGIN, "pages", "Write a report on made-up pages, with labels.", "stance demo -o stance-demo/"),
    "open": Verb(BEGIN, "window", "Open a window in the browser for a project.", "stance open my-project"),
    "report": Verb(BEGIN, "pages", "Write a report on pages and their comments.", "stance report pages/ -o reports/"),
    "compare": Verb(BEGIN, "pages", "Compare outlets or other groups.", "stance compare pages/ --by outlet,month"),
    "sample": Verb(LABEL, "labels", "Draw comments to label.", "stance sample pages/ --n 200 -o sample.csv"),
    "label": Verb(LABEL, "window", "Label comments in the browser.", "stance label sample.csv --labels labels.db"),
    "labels": Verb(LABEL, "labels", "Check, compare and convert label tables."),
    "train": Verb(LABEL, "learn", "Train a model on labelled comments.", "stance train labels.db -o my-model"),
    "evaluate": Verb(LABEL, "learn", "Measure a model on labels.", "stance evaluate labels.csv --model my-model"),
    "parse": Verb(DATA, "pages", "Separate articles from comments.", "stance parse page.html -o documents.jsonl"),
    "score": Verb(DATA, "pages", "Score each comment toward each target.", "stance score pages/ -o scores.csv"),
    "find": Verb(DATA, "store", "Find comments by words, target or stance.", "stance find my.db sanctions -o x.xlsx"),
    "export": Verb(DATA, "store", "Write a store as a table, network or bundle.", "stance export my.db -o my.xlsx"),
    "verify": Verb(DATA, "pages", "Compute the figures of a report again.", "stance verify reports/"),
    "forget": Verb(DATA, "store", "Remove a person from stores and tables.", "stance forget 'A. Reader' reports/"),
    "fix": Verb(DATA, "pages", "Teach a site's layout by words of a comment.", "stance fix a.html --text 'Old news'"),
    "targets": Verb(DATA, "targets", "List the targets, or check your own file.", "stance targets my-targets.toml"),
    "store": Verb(DATA, "store", "Show, verify and merge stores."),
}
"""Commands in the order of ``stance --help``."""


@cache
def load_command(verb: str) -> Click:
    """Import and build a command."""
    where = VERBS[verb]
    module = import_module(f"stance.cli.{where.module}")
    program = typer.Typer(rich_markup_mode="rich", add_completion=False)
    if where.example is None:
        program.add_typer(module.app, name=verb)
        return cast(Click, typer.main.get_command(program)).commands[verb]
    function = vars(module).get(verb) or vars(module)[f"{verb}_"]
    epilog = f"Example: {where.example}\n\nAll options: --help-all"
    program.command(verb, cls=Command, help=where.summary, epilog=epilog)(function)
    return typer.main.get_command(program)


class Command(TyperCommand):
    """A command of which ``--help`` shows ten options at most."""

    def parse_args(self, ctx: Click, args: list[str]) -> list[str]:
        """Read ``--help-all`` as ``--help``, and hide the options that this leaves out."""
        options: list[Click] = [option for option in self.params if option.param_type_name == "option"]
        wants_all = "--help-all" in args
        often: set[str] = getattr(self.callback, "often", set())
        for option in options:
            option.hidden = not wants_all and len(options) > 10 and option.name not in often
        return super().parse_args(ctx, ["--help"] if wants_all else args)


class Commands(TyperGroup):
    """The commands; wrong usage is one line on standard error."""

    def __init__(self, **settings: Click) -> None:
        super().__init__(**settings | {"commands": VERBS})

    def get_command(self, ctx: Click, cmd_name: str) -> Click:
        """Return a command; None if there is none of this name."""
        return load_command(cmd_name) if cmd_name in VERBS else None

    def format_commands(self, ctx: Click, formatter: Click) -> None:
        """Write the commands in their groups; none is imported."""
        for panel, members in groupby(VERBS.items(), key=lambda item: item[1].panel):
            with formatter.section(panel):
                formatter.write_dl([(verb, item.summary) for verb, item in members])

    def invoke(self, ctx: Click) -> Click:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except UsageError as error:
            if isinstance(error, typer.BadParameter):
                say_if_of_file(error)
            path = error.ctx.command_path if error.ctx else "stance"
            message = error.format_message() or "no command"
            say(f"{message}{'' if message.endswith(('.', '?')) else '.'} See: {path} --help")
            fail(WRONG_USAGE)
