"""What one worker process of this machine does: it loads, then answers each chunk, until nobody asks any more.

A worker is a Python of its own that imports this module and what its job needs, and nothing else: not the script that
started it, which ``multiprocessing`` would run again in each of them.
"""

import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, fields
from io import BytesIO
from itertools import chain
from multiprocessing import Pipe, connection, spawn
from multiprocessing.connection import Connection
from operator import attrgetter
from typing import Any

from stance.collecting import collect_seldom
from stance.datamodels import Comment, Document, Score
from stance.engines.jobs import OF_RUN, Outcome, said_of, unworkable
from stance.threads import threads_limited

GRACE_SECONDS = 60
"""After which a worker that nobody ends any more ends itself."""

_PROGRAM = "import sys; sys.path[:] = {path}; from stance.engines.serving import main; main({handle})"

_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"), "1"
)
"""What libraries of numbers read when they are loaded; ``threads_limited`` reaches only those that are there."""

_BY_FIELDS = (Comment,)
"""What answers are made of by the hundred. Of such a class pickle would call two functions of Python's for each value
and store the names of its fields; a call of the class takes half the time, on both sides."""

_SCORED = tuple(map(attrgetter, (field.name for field in fields(Score))))
"""What gives the fields of scores, of which there are several for each comment."""

_TOGETHER = 10_000
"""Scores that are pickled by themselves: while it unpacks, pickle holds all that it has made so far."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a worker could not do a chunk.

    :param is_of_run: Nor could it any other, as where the model cannot judge.
    """

    text: str
    is_of_run: bool = False


def start_worker() -> tuple["subprocess.Popen[bytes]", Connection]:
    """Start a worker, which waits to be sent the job, digests of documents that need no work, and seconds for a page.

    It then sends an empty text, or why it cannot load; and of each list of pages and documents that it is sent first
    the size of each step, then a list of outcomes or a :class:`Fault`.

    :return: The process, and what to talk with it through.
    """
    ours, theirs = Pipe()
    handle = theirs.fileno()
    given: dict[str, Any] = {"pass_fds": [handle]}
    if sys.platform == "win32":
        os.set_handle_inheritable(handle, True)
        given = {"startupinfo": subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})}
    program = _PROGRAM.format(path=[str(place) for place in sys.path], handle=handle)
    with theirs:
        command = [spawn.get_executable(), "-c", program]
        environment = os.environ | _ONE_THREAD
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, env=environment, **given), ours  # noqa: S603 ours


def main(handle: int) -> None:
    """Be a worker.

    :param handle: Of the connection, as the system has it.
    """
    if hasattr(signal, "pthread_sigmask"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    collect_seldom()
    kind = getattr(connection, "PipeConnection", Connection)  # as Pipe gives them on Windows
    with suppress(EOFError, ConnectionError), threads_limited(1), kind(handle) as parent:
        _serve(parent)


def _serve(parent: Connection) -> None:
    try:
        job, known, seconds = parent.recv()
        worker = job.open()
    except Exception as error:  # whatever it is, the parent says it
        parent.send(said_of(error))
        return
    parent.send("")

    def step(size: float) -> None:
        _end_after(seconds * size + GRACE_SECONDS)
        parent.send(size)

    while True:
        items = parent.recv()
        answer: list[Outcome] | Fault
        try:
            answer = worker.work(items, known=known, step=step)
        except OF_RUN as error:
            answer = Fault(str(error), is_of_run=True)
        except Exception as error:  # whatever it is, it is this page's
            answer = Fault(unworkable(error))
        _end_after(0)
        parent.send_bytes(packed(answer))
        del items, answer  # nobody needs them while the next are waited for


def packed(answer: object) -> bytes:
    """Pickle an answer."""
    buffer = BytesIO()
    pickler = pickle.Pickler(buffer, pickle.HIGHEST_PROTOCOL)
    pickler.dispatch_table = _BY_CALL
    pickler.dump(answer)
    return buffer.getvalue()


def _by_call(kind: type) -> Any:
    values = attrgetter(*(field.name for field in fields(kind)))
    return lambda value: (kind, values(value))


_FIELDS = tuple(field.name for field in fields(Document) if field.name != "scores")
_OF_DOCUMENT = attrgetter(*_FIELDS)


def _by_columns(scored: Document) -> tuple[Any, ...]:
    """Give scores field by field, which takes a third less time, and no more at once than can be held twice."""
    starts = range(0, len(scored.scores), _TOGETHER)
    parts = (scored.scores[start : start + _TOGETHER] for start in starts)
    return _from_columns, (
        _OF_DOCUMENT(scored),
        [packed([tuple(map(each, part)) for each in _SCORED]) for part in parts],
    )


def _from_columns(document: Sequence[Any], parts: Sequence[bytes]) -> Document:
    loaded = (map(Score, *pickle.loads(part)) for part in parts)  # noqa: S301 ours
    return Document(**dict(zip(_FIELDS, document, strict=True)), scores=tuple(chain.from_iterable(loaded)))


_BY_CALL: dict[type, Any] = {kind: _by_call(kind) for kind in _BY_FIELDS} | {Document: _by_columns}


def _end_after(seconds: float) -> None:
    """Have the system end this process, even where it hangs and its parent is gone; 0: not any more."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)
