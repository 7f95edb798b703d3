"""The command line: one thin command per verb. Results on standard output, messages on standard error."""

import io
import os
import stat
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from typer.core import TyperGroup

from stance.cli import evaluation, fix, forget, label, models, pages, settings, training
from stance.cli.command import OK, WRONG_USAGE, fail, one_line_errors, say, say_interrupted, say_refused
from stance.cli.labels import app as labels
from stance.cli.settings import LIMITS_VARIABLE, limits_of, parts, verb_options
from stance.cli.store import app as store_app
from stance.cli.store import export, find, import_
from stance.limits import collect_seldom, limits_in_force
from stance.resources import VERSION
from stance.run import setting_of

UsageError: Any = typer.BadParameter.__base__
"""Typer does not export it."""


class Commands(TyperGroup):
    """The commands; wrong usage is one line on standard error."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except UsageError as error:
            if isinstance(error, typer.BadParameter):
                say_if_of_file(error)
            path = error.ctx.command_path if error.ctx else "stance"
            say(f"{error.format_message()} See: {path} --help")
            fail(WRONG_USAGE)


app = typer.Typer(
    cls=Commands,
    name="stance",
    help="Separate articles from reader comments, score stance toward targets, and write reports.",
    epilog="Options can also be set in stance.toml, or as STANCE_<OPTION> in the environment.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def options_apart(verbs: dict[str, list[Any]]) -> dict[str, set[str]]:
    """Find the options of each command that share the name of a setting but are not set by it (``sample --by``)."""
    settings = {setting_of(option.opts) for options in verbs.values() for option in options if option.envvar}
    own = {verb: {setting_of(option.opts) for option in options if option.envvar} for verb, options in verbs.items()}
    return {verb: settings & {setting_of(o.opts) for o in options} - own[verb] for verb, options in verbs.items()}


def say_if_of_file(error: typer.BadParameter) -> None:
    """End the run with a line naming the settings file and key if the wrong value came from there."""
    from stance.cli.configuration import FILE

    option: Any = error.param
    if error.ctx and option and getattr(error.ctx.get_parameter_source(option.name), "name", None) == "DEFAULT_MAP":
        say(f"{error.ctx.find_root().params['config'] or FILE}: {setting_of(option.opts)}: {error.message}")
        fail(WRONG_USAGE)


def show_version(wanted: bool) -> None:
    """Print the version and end."""
    if wanted:
        print(f"stance {VERSION}")
        fail(OK)


@app.callback()
def configure(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", envvar="STANCE_CONFIG", help="Configuration file (default: ./stance.toml if present)."
        ),
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Separate articles from reader comments, score stance toward targets, and write reports."""
    with one_line_errors():
        read_settings(context, config)


def read_settings(context: typer.Context, config: Path | None) -> None:
    """Read the settings file and the environment into the defaults of all commands, and put limits in force."""
    from stance.cli.configuration import FILE, check_environment, load_defaults, load_limits
    from stance.scoring.loading import KEY_VARIABLE

    verbs = verb_options(context.command)
    variables = [option.envvar for options in verbs.values() for option in options if option.envvar]
    check_environment(os.environ, [*variables, "STANCE_CONFIG", KEY_VARIABLE, LIMITS_VARIABLE])
    if config or FILE.is_file():
        settings = {verb: {setting_of(each.opts): each.name for each in options} for verb, options in verbs.items()}
        defaults = load_defaults(config or FILE, settings, options_apart(verbs))
        group: Any = context.command
        context.default_map = {
            verb: defaults[verb] | dict.fromkeys(parts(command), defaults[verb])
            for verb, command in group.commands.items()
        }
    given = load_limits(config or FILE) if config or FILE.is_file() else {}
    context.with_resource(limits_in_force(limits_of(given, str(config or FILE))))


EXAMPLES: dict[Callable[..., None], str] = {
    pages.parse: "stance parse page.html -o documents.jsonl",
    fix.fix: "stance fix pages/story.html --layouts layouts.toml",
    pages.score: "stance score pages/ -o scores.csv",
    pages.report: "stance report pages/ -o reports/",
    pages.demo: "stance demo -o stance-demo/",
    pages.compare: "stance compare pages/ --by outlet --labels audit.csv -o reports/",
    label.sample: "stance sample pages/ --n 200 -o sample.csv",
    label.label: "stance label sample.csv --labels labels.db --annotator ann",
    label.open_: "stance open my-project",
    training.train: "stance train labels.db -o my-model",
    evaluation.evaluate: "stance evaluate labels.csv --model my-model -o evaluation/",
    models.targets: "stance targets my-targets.toml",
    export: "stance export russia.db -o russia.xlsx",
    import_: "stance import spark-folder/ -o russia.db",
    find: "stance find russia.db sanctions --target russia --stance against -o quotes.xlsx",
    forget.forget: "stance forget 'A. Reader' scores/ reports/",
    settings.limits: "stance parse pages/ --limit comments=500",
    settings.init: "stance init -o stance.toml",
}
"""Commands in the order of ``stance --help``, each with the example that its own help ends with."""

for function, example in EXAMPLES.items():
    app.command(function.__name__.rstrip("_"), epilog=f"Example: {example}")(function)
app.add_typer(models.app, name="models")
app.add_typer(labels, name="labels")
app.add_typer(store_app, name="store")


def open_closed_streams() -> None:
    """Replace closed standard streams (``>&-``) by the null device."""
    if sys.stdin is not None and _is_output(sys.stdin):
        sys.stdin = None
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 no path; open to the end


def _is_output(stream: TextIO) -> bool:
    """Return whether an input is a file that a program opened to write, which got the number of a closed input."""
    if sys.platform == "win32":
        return False
    import fcntl

    with suppress(OSError, ValueError):  # a stream of a test has no number
        number = stream.fileno()
        is_file = stat.S_ISREG(os.fstat(number).st_mode)
        return is_file and fcntl.fcntl(number, fcntl.F_GETFL) & os.O_ACCMODE != os.O_RDONLY
    return False


def main() -> None:
    """Run the command line."""
    open_closed_streams()
    collect_seldom()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # as our files are, whatever the locale says, or where there is none
    try:
        app()
    except OSError as error:  # of help, which is printed before any verb begins
        raise SystemExit(say_refused(error)) from None
    except KeyboardInterrupt:  # before any verb begins
        raise SystemExit(say_interrupted()) from None
