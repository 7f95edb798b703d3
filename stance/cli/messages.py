"""Messages on standard error, and the exit codes of the program."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

import typer

from stance.exceptions import InputError, StanceError
from stance.text_forms import printable

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
    # Surrogates replace bytes of file names that are no text.
    print("stance:", printable(message).encode("utf-8", "replace").decode("utf-8"), file=sys.stderr)


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
