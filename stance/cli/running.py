"""What every verb does at its edges: errors become one line, messages go to standard error, progress is shown."""

import functools
import json
import os
import shlex
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext, suppress
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, ParamSpec, TypeVar

import typer

from stance.exceptions import InputError, NothingReadError, StanceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from stance.datamodels import Document, Score, ScoredDocument, Skip
    from stance.documents import DocumentScorer, Made
    from stance.engines.jobs import Engine
    from stance.journal import Journal, Kind
    from stance.scoring.settings import ScorerSettings

P = ParamSpec("P")
R = TypeVar("R")
Item = TypeVar("Item")

OK, NOTHING_DONE, WRONG_USAGE, SOME_SKIPPED = 0, 1, 2, 3


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
            try:
                return verb(*args, **kwargs)
            finally:
                sys.stdout.flush()  # here, where it can be told that there is no room for it
        except StanceError as error:
            say(str(error))
            fail(NOTHING_DONE if isinstance(error, InputError) else WRONG_USAGE)
        except KeyboardInterrupt:
            fail(say_interrupted())
        except BrokenPipeError:
            drop_output()  # its reader has seen enough; so verbs write their files before they print
            fail(OK)
        except OSError as error:
            fail(say_refused(error))

    return run


def say_interrupted() -> int:
    """Say that the user ended the run.

    :return: The exit code.
    """
    say("interrupted; nothing half-written is left")
    return 128 + signal.SIGINT


def say_refused(error: OSError) -> int:
    """Say what the system refuses, as room for output.

    :return: The exit code.
    """
    place, seen = error.filename or "output", error.strerror or error
    say(f"{place}: {seen}; expected a place with room, open to this user")
    drop_output()
    return WRONG_USAGE


def drop_output() -> None:
    """Send what is still buffered nowhere, so that the end of the program does not fail on it."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


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
    inputs: list[str],
    journal: "Journal",
    language: str | None,
    columns: str | None,
    keep: Sequence[str] = (),
    engine: "AbstractContextManager[Engine | None] | None" = None,
    output: Path | None = None,
) -> "Iterator[Document | Made | Score | ScoredDocument]":
    """Begin to read the inputs of a verb; columns of tables to ``keep`` are carried along.

    :param engine: Where the work is done, beyond reading; None: here.
    :param output: The file that the verb writes; in a folder it is no input.
    """
    from stance.pipeline import read_worked
    from stance.reading import parse_columns

    return read_worked(
        inputs,
        engine or nullcontext(),
        journal=journal,
        language=language,
        stdin=sys.stdin.buffer,
        columns=parse_columns(columns) if columns else None,
        keep=keep,
        output=output,
    )


def at_least_one(items: "Iterator[Item]", journal: "Journal") -> "Iterator[Item]":
    """Give the items, or end the run where there are none: before anything is written."""
    for first in items:
        return chain((first,), items)
    if len(journal.skipped) != 1:  # else its line has said it all
        say(str(NothingReadError()))
    # Tables that have not the columns that are needed may be sound: the command does not fit them.
    is_usage = journal.skipped and all(skip.is_misfit for skip in journal.skipped)
    fail(WRONG_USAGE if is_usage else NOTHING_DONE)


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
    items: "Iterator[Document | Made | Score | ScoredDocument]",
    scorer: "DocumentScorer",
    journal: "Journal",
    quiet: bool,
    what: str,
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
    from stance.documents import make_scorer

    key_file = tell_of_key(key_file, names=names, quiet=quiet)
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


def tell_of_key(key_file: Path | None, *, names: bool, quiet: bool) -> Path | None:
    """Find the key of the pseudonyms, and say what its user should know of it; None where names are shown."""
    from stance.pseudonyms import find_key_file

    if names:
        return None
    place = find_key_file(key_file)
    if place.doubt and not quiet:
        say(f"warning: {place.doubt}")
    return place.path


def tell_of_key_in(folder: Path, key_file: Path | None, *, names: bool) -> None:
    """Say that the key lies in a folder that is written to be passed on, where it does."""
    from stance.pseudonyms import find_key_file

    path = find_key_file(key_file).path
    if not names and path.resolve().is_relative_to(folder.resolve()):
        say(
            f"warning: {path}: the key of the pseudonyms lies in the folder that is written; never pass it on with that"
        )


def command_line() -> str:
    """Give the command as it was typed, for what it writes to say how it was made."""
    return shlex.join(["stance", *sys.argv[1:]])


def show_json(record: Any) -> None:
    """Print a record as JSON."""
    print(json.dumps(record, ensure_ascii=False, allow_nan=False, indent=2))
