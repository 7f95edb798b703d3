"""The command line: one thin command per verb. Results on standard output, messages on standard error."""

import io
import os
import runpy
import signal
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import typer

from stance.cli import configuration
from stance.cli.configuration import FILE_VARIABLE, read_settings
from stance.cli.messages import OK, fail, one_line_errors, say_interrupted, say_refused
from stance.cli.verbs import Commands
from stance.limits import collect_seldom
from stance.resources import VERSION

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


def show_version(is_asked: bool) -> None:
    """Print the version and end."""
    if is_asked:
        print(f"stance {VERSION}")
        fail(OK)


@app.callback()
def configure(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option("--config", envvar=FILE_VARIABLE, help="Configuration file (default: ./stance.toml if present)."),
    ] = None,
    _version: Annotated[
        bool, typer.Option("--version", callback=show_version, is_eager=True, help="Show the version.")
    ] = False,
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
    os.chdir(folder)
    if not is_known:
        configuration.FILE = Path(os.devnull)

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
