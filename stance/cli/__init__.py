"""The command line: one thin command per verb. Results on standard output, messages on standard error."""

import io
import os
import runpy
import signal
import sys
import threading
import time
from collections import UserDict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from importlib import import_module
from itertools import chain, groupby
from pathlib import Path
from typing import Annotated, Any, NamedTuple, NoReturn, cast

import typer
from typer.core import TyperCommand, TyperGroup

from stance.exceptions import ConfigError, InputError, StanceError, hint
from stance.limits import Limits, changed_limits, collect_seldom, limits_in_force, parse_limits
from stance.resources import VERSION
from stance.resources.toml import read_toml

Click = Any
"""A context, command or parameter of Click, whose classes Typer does not export."""

UsageError: Click = typer.BadParameter.__base__


# Messages and exit codes ---------------------------------------------------------------------------------------------

OK, NOTHING_DONE, WRONG_USAGE, SOME_SKIPPED = 0, 1, 2, 3


@contextmanager
def one_line_errors() -> Iterator[None]:
    """End the program with one line and an exit code where something goes wrong that users can act on."""
    try:
        yield
    except StanceError as error:
        say(str(error))
        fail(NOTHING_DONE if isinstance(error, InputError) else WRONG_USAGE)
    except KeyboardInterrupt:
        fail(say_interrupted())
    except BrokenPipeError:
        drop_output()  # the reader has seen enough; commands write their files before they print
        fail(OK)
    except OSError as error:
        fail(say_refused(error))


def say(message: str) -> None:
    """Write one line to standard error, whatever characters the message holds."""
    line = "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in message)
    # Surrogates replace bytes of file names that are no text.
    print("stance:", line.encode("utf-8", "replace").decode("utf-8"), file=sys.stderr)


def fail(code: int) -> NoReturn:
    """End with an exit code."""
    raise typer.Exit(code)


def say_interrupted() -> int:
    """Report that the user ended the run, and return the exit code."""
    say("interrupted; a store keeps what was finished, and no other incomplete file is left")
    return 128 + signal.SIGINT


def say_refused(error: OSError) -> int:
    """Report an OSError such as a full disk, and return the exit code."""
    file, reason = error.filename or "output", error.strerror or error
    say(f"{file}: {reason}; expected a folder with free space, writable by you")
    drop_output()
    return WRONG_USAGE


def drop_output() -> None:
    """Redirect standard output to the null device, so that flushing it at exit cannot fail."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


# Commands -------------------------------------------------------------------------------------------------------------


class Verb(NamedTuple):
    """Locate a command, with its line of ``stance --help``, without importing it."""

    panel: str
    module: str
    summary: str
    example: str | None = None  # None: a group of commands


BEGIN, LABEL, DATA = "Begin", "Label and learn", "Data"

VERBS = {
    "demo": Verb(BEGIN, "pages", "Write a report on made-up pages, with labels.", "stance demo -o stance-demo/"),
    "open": Verb(BEGIN, "label", "Open a window in the browser for a project.", "stance open my-project"),
    "report": Verb(BEGIN, "pages", "Write a report on pages and their comments.", "stance report pages/ -o reports/"),
    "compare": Verb(BEGIN, "pages", "Compare outlets or other groups.", "stance compare pages/ --by outlet,month"),
    "sample": Verb(LABEL, "label", "Draw comments to label.", "stance sample pages/ --n 200 -o sample.csv"),
    "label": Verb(LABEL, "label", "Label comments in the browser.", "stance label sample.csv --labels labels.db"),
    "labels": Verb(LABEL, "label", "Check, compare and convert label tables."),
    "train": Verb(LABEL, "label", "Train a model on labelled comments.", "stance train labels.db -o my-model"),
    "evaluate": Verb(LABEL, "label", "Measure a model on labels.", "stance evaluate labels.csv --model my-model"),
    "parse": Verb(DATA, "pages", "Separate articles from comments.", "stance parse page.html -o documents.jsonl"),
    "score": Verb(DATA, "pages", "Score each comment toward each target.", "stance score pages/ -o scores.csv"),
    "find": Verb(DATA, "store", "Find comments of a store by words.", "stance find my.db sanctions -o quotes.xlsx"),
    "export": Verb(DATA, "store", "Write a store as a table, network or bundle.", "stance export my.db -o my.xlsx"),
    "verify": Verb(DATA, "pages", "Compute the figures of a report again.", "stance verify reports/"),
    "forget": Verb(DATA, "store", "Remove a person from stores and tables.", "stance forget 'A. Reader' reports/"),
    "fix": Verb(DATA, "label", "Describe the layout of a site by marking a comment.", "stance fix story.html"),
    "targets": Verb(DATA, "label", "List the targets, or check your own file.", "stance targets my-targets.toml"),
    "store": Verb(DATA, "store", "Show, verify and merge stores."),
}
"""Commands in the order of ``stance --help``."""


class LazyCommands(UserDict[str, Click]):
    """The commands; the module of one is imported when it is looked up."""

    def __getitem__(self, verb: str) -> Click:
        """Return a command."""
        if isinstance(where := super().__getitem__(verb), Verb):
            self[verb] = load_command(verb, where)
        return super().__getitem__(verb)


def load_command(verb: str, where: Verb) -> Click:
    """Import and build a command."""
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
        super().__init__(**settings | {"commands": LazyCommands(VERBS)})

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
            message = error.format_message()
            say(f"{message}{'' if message.endswith(('.', '?')) else '.'} See: {path} --help")
            fail(WRONG_USAGE)


# Settings from stance.toml and the environment ------------------------------------------------------------------------
#
# The known settings are the options of the commands themselves, so a new option is a new setting. Those without a
# variable, such as the ones that decide whether texts leave the machine, are flags only: a settings file may have come
# with a download.

FILE = Path("stance.toml")
PREFIX, FILE_VARIABLE, LIMITS_VARIABLE = "STANCE_", "STANCE_CONFIG", "STANCE_LIMITS"

LIMITS = "limits"
"""Name of the table of input limits, which belong to no single command."""

Settings = dict[str, Click]


def read_settings(context: Click, config: Path | None) -> None:
    """Read the settings file and the environment into the defaults of all commands, and put limits in force.

    Their modules are imported only if there is anything to check against their options.
    """
    file = config or (FILE if FILE.is_file() else None)
    settings = read_toml(file, "settings such as model = 'default'") if file else {}
    own = settings.pop(LIMITS, {})
    if settings or any(name.startswith(PREFIX) for name in {*os.environ} - {FILE_VARIABLE, LIMITS_VARIABLE}):
        context.default_map = _default_map(context.command, settings, f"{file}")
    if not isinstance(own, dict):
        raise ConfigError(f"{file}: {LIMITS} is {own!r}; expected a table [{LIMITS}], as in SECURITY.md")
    limits = changed_limits(Limits(), own.items(), f"{file}: [limits]")
    if text := os.environ.get(LIMITS_VARIABLE):
        limits = changed_limits(limits, parse_limits(text, LIMITS_VARIABLE), LIMITS_VARIABLE)
    context.with_resource(limits_in_force(limits))


def _default_map(group: Click, settings_of_file: Settings, file: str) -> Settings:
    """Check the environment, and return the defaults of all commands that a file gives."""
    from stance.run import setting_of
    from stance.scoring import KEY_VARIABLE

    parts = {verb: getattr(option, "commands", {}) for verb, option in group.commands.items()}
    options: dict[str, list[Click]] = {
        verb: [option for part in (command, *parts[verb].values()) for option in part.params]
        for verb, command in group.commands.items()
    }
    every = [option for option in chain.from_iterable(options.values()) if option.param_type_name == "option"]
    check_environment(os.environ, {FILE_VARIABLE, KEY_VARIABLE, LIMITS_VARIABLE} | {option.envvar for option in every})
    settings = {
        verb: {setting_of(o.opts): o.name for o in verb_options if o.envvar} for verb, verb_options in options.items()
    }
    flags_only = {setting_of(option.opts) for option in every if not option.envvar}
    defaults = load_defaults(settings_of_file, file, settings, flags_only)
    return {verb: verb_options | dict.fromkeys(parts[verb], verb_options) for verb, verb_options in defaults.items()}


def load_defaults(
    settings: Settings, file: str, options: Mapping[str, Mapping[str, str]], flags_only: Collection[str] = ()
) -> dict[str, Settings]:
    """Return the default values of options that a file gives.

    A key at the top holds for every verb that has such an option; a key in the table of a verb holds for that verb.

    :param settings: The content of the file.
    :param options: The options of each verb that it may set: name as a setting -> name as a parameter.
    :param flags_only: Names of options that it may not set.
    :return: What each verb's options default to.
    :raises ConfigError: If it holds a key that no verb knows.
    """
    shared = {key: value for key, value in settings.items() if key not in options}

    def checked(table: object, names: Collection[str], where: str) -> Settings:
        if not isinstance(table, dict):
            raise ConfigError(f"{where} is {table!r}; expected a table of options")
        keys = {key.replace("-", "_"): key for key in table}
        for name, key in keys.items():
            if name not in names:
                meant = hint(name, sorted(names))
                wrong = f"{key!r} cannot be set here; expected it as an option of the command"
                raise ConfigError(f"{where}: {wrong if name in flags_only else f'unknown key {key!r}; {meant}'}")
        return {name: table[key] for name, key in keys.items()}

    shared = checked(shared, {*chain(*options.values()), *options}, file)
    merged = {verb: shared | checked(settings.get(verb, {}), options[verb], f"{file}: [{verb}]") for verb in options}
    return {
        verb: {names[key]: value for key, value in merged[verb].items() if key in names}
        for verb, names in options.items()
    }


def check_environment(environment: Iterable[str], variables: Collection[str | None]) -> None:
    """Refuse a misspelt setting of the environment.

    :param environment: Names of all environment variables.
    :param variables: Those that are settings.
    :raises ConfigError: If a name starts like a setting and is none.
    """
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in variables:
            raise ConfigError(f"environment: unknown setting {name}; {hint(name, sorted(filter(None, variables)))}")


# The program ---------------------------------------------------------------------------------------------------------

app = typer.Typer(
    cls=Commands,
    name="stance",
    help="Separate articles from reader comments, score stance toward targets, and write reports.",
    epilog="stance COMMAND --help shows the common options of a command, and --help-all shows all options.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # importing Rich takes longer than all else that lists the commands
    context_settings={"help_option_names": ["-h", "--help"]},
)


def say_if_of_file(error: typer.BadParameter) -> None:
    """End the run with a line naming the settings file and key if the wrong value came from there."""
    from stance.run import setting_of

    option: Click = error.param
    if error.ctx and option and getattr(error.ctx.get_parameter_source(option.name), "name", None) == "DEFAULT_MAP":
        say(f"{error.ctx.find_root().params['config'] or FILE}: {setting_of(option.opts)}: {error.message}")
        fail(WRONG_USAGE)


def show_version(is_asked: bool) -> None:
    """Print the version and end."""
    if is_asked:
        print(f"stance {VERSION}")
        fail(OK)


CONFIG = typer.Option("--config", envvar=FILE_VARIABLE, help="Configuration file (default: ./stance.toml if present).")
SHOW_VERSION = typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")


@app.callback()
def configure(
    context: typer.Context,
    config: Annotated[Path | None, CONFIG] = None,
    _version: Annotated[bool, SHOW_VERSION] = False,
) -> None:
    """Separate articles from reader comments, score stance toward targets, and write reports."""
    with one_line_errors():
        read_settings(context, config)


def open_closed_streams() -> None:
    """Replace closed standard streams (``>&-``) by the null device."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 no path; open to the end


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
    except SystemExit as ended:  # of Typer, which says nothing of an interrupt while a command is imported
        if isinstance(getattr(ended.__context__, "__cause__", None), KeyboardInterrupt):
            say_interrupted()
        raise


def run_for_window(folder: str, is_known: bool, seconds: float) -> None:
    """Run a command as a child of the window, with which it ends.

    :param folder: The project, in which it works.
    :param is_known: Whether its ``stance.toml`` is used.
    :param seconds: Maximum time that it may take to end by itself.
    """
    global FILE
    os.chdir(folder)
    if not is_known:
        FILE = Path(os.devnull)

    def end_with_window() -> None:
        with suppress(OSError):
            os.read(0, 1)  # returns when the window has gone, or wants this process to end
        if sys.platform == "win32":
            signal.raise_signal(signal.SIGINT)
        else:  # the main thread may wait for the system, which only a signal to the process interrupts
            os.kill(os.getpid(), signal.SIGINT)
        time.sleep(seconds)
        os._exit(1)

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell makes programs in the background ignore it
    threading.Thread(target=end_with_window, daemon=True).start()
    runpy.run_module("stance", run_name="__main__")
