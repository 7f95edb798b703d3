"""A worker process, and the connection to it."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from multiprocessing import Pipe, connection, spawn
from typing import Any

from stance import limits as bounds
from stance.datamodels import Record
from stance.exceptions import ModelError, StanceError
from stance.limits import threads_limited
from stance.log import listening, notify_scored
from stance.workers.time_limits import SLOWNESS, describe, too_long

GRACE_SECONDS = 5
"""Number of seconds more after which a worker is killed that has not interrupted itself."""


class LostError(Exception):
    """A process died or hangs."""


class Process:
    """A worker process and the connection to it."""

    def __init__(self) -> None:
        self.connection, theirs = Pipe()
        handle = theirs.fileno()
        options: Record = {"pass_fds": [handle], "process_group": 0}  # Ctrl-C is for the parent to answer
        if sys.platform == "win32":
            os.set_handle_inheritable(handle, True)
            options = {"startupinfo": subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})}
        # In place of the main script, which ``multiprocessing`` would run again in each process.
        path = [str(folder) for folder in sys.path]
        program = f"import sys; sys.path[:] = {path}; from stance.workers.processes import serve; serve({handle})"
        with theirs:
            command = [spawn.get_executable(), "-P", "-c", program]
            self.popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)  # noqa: S603 ours

    def ask(self, message: object, seconds: float) -> Any:
        """Send something, and return the answer.

        :raises LostError: If the process dies, or does not answer in time; it is ended.
        :raises ModelError: If it says that the run cannot go on.
        """
        left = seconds * SLOWNESS + GRACE_SECONDS
        try:
            answer: Any = (0,)  # the comments that it scored since, and their answers, while there are more
            self.connection.send(message)
            while left > 0 and isinstance(answer, tuple):
                notify_scored(*answer)
                is_answered = self.connection.poll(1.0)
                left -= not is_answered  # a clock would go on where Ctrl-Z stops all of us
                answer = self.connection.recv() if is_answered else (0,)
            answer = answer if left > 0 else None
        except (EOFError, OSError):
            answer = None
        if answer is None:
            reason = self._reason_of_end(seconds) if left > 0 else too_long(seconds)
            self.end()
            raise LostError(reason)
        if isinstance(answer, str):
            raise ModelError(answer)
        return answer

    def _reason_of_end(self, seconds: float) -> str:
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(1)
        code = self.popen.returncode or 0
        if -code == getattr(signal, "SIGPROF", None):
            return too_long(seconds)
        end = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return f"a worker process {end}{' (out of memory?)' if code == -9 else ''}"

    def kill(self) -> None:
        """Kill the process, from any thread: one that waits for its answer learns that it has ended."""
        self.popen.kill()
        self.popen.wait()

    def end(self) -> None:
        """Kill the process and close the connection, while no other thread uses it: its handle may be another file."""
        self.kill()
        self.connection.close()


def serve(handle: int) -> None:
    """Load the worker that the parent sends, then work on each list of items, until the parent closes the connection.

    :param handle: Of the connection.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = "1"  # read by libraries that are loaded later, which ``threads_limited`` misses
    bounds.collect_seldom()
    kind = getattr(connection, "PipeConnection", connection.Connection)  # as Pipe gives them on Windows
    with (
        suppress(EOFError, ConnectionError),
        threads_limited(1),
        kind(handle) as parent,
        listening(lambda *news: parent.send(news)),
    ):
        load = parent.recv()
        try:
            worker = load()
        except Exception as error:  # whatever it is, the parent reports it
            parent.send(f"worker process: {describe(error)}")
            return
        parent.send([])
        while True:
            items = parent.recv()
            if hasattr(signal, "SIGPROF"):  # ends the process in a library that never looks at signals
                signal.setitimer(signal.ITIMER_PROF, worker.time_allowed(items) + GRACE_SECONDS)
            try:
                parent.send(worker.work_in_time(items))
            except (StanceError, OSError) as error:
                parent.send(str(error))
            del items  # nobody needs them while the next are waited for
