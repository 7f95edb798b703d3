"""Run commands of ``stance`` in processes of their own, one after the other in each of two lanes.

What writes to the store is in one lane, what draws and writes files in the other, so that first findings are there
before the last page is read. A command ends with the window: it reads its standard input, which closes then.
"""

import asyncio
import os
import runpy
import shlex
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from stance.limits import changes_of, current_limits

SECONDS_TO_END = 10
"""Maximum seconds that a command may take to end by itself."""

MAX_LINE = 500
"""Maximum characters that are kept of a line that a command prints."""


class State(StrEnum):
    """How far a command has come."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(slots=True)
class Job:
    """A command, its state and its messages."""

    number: int
    words: tuple[str, ...]
    lane: str
    state: State = State.WAITING
    said: deque[str] = field(default_factory=lambda: deque(maxlen=200))
    process: asyncio.subprocess.Process | None = None

    @property
    def line(self) -> str:
        """The command as it is typed in a terminal, in the folder of the project."""
        return shlex.join(self.words)

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in (State.WAITING, State.RUNNING)

    def keep(self, line: bytes) -> None:
        """Keep a line that the command printed."""
        text = line[:MAX_LINE].decode("utf-8", "replace").rstrip()
        self.said.append("".join(c if c.isprintable() else "�" for c in text))


class CommandQueue:
    """The commands of a window.

    :param before: Called before a command that writes to the store begins.
    """

    def __init__(self, folder: Path, before: Callable[[], None]) -> None:
        self._folder, self._before = folder, before
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._number = 0
        self.jobs: deque[Job] = deque(maxlen=40)

    def start(self, *words: str, lane: str = "write") -> Job:
        """Ask for a command; one that waits already is not asked for twice."""
        for job in self.jobs:
            if job.words == words and job.state is State.WAITING:
                return job
        self._number += 1
        job = Job(self._number, words, lane)
        self.jobs.append(job)
        if lane not in self._lanes or self._lanes[lane].done():
            self._lanes[lane] = asyncio.get_running_loop().create_task(self._work(lane))
        return job

    def current(self, lane: str) -> Job | None:
        """Return the command that runs in a lane."""
        return next((job for job in self.jobs if job.lane == lane and job.state is State.RUNNING), None)

    def is_busy(self, lane: str) -> bool:
        """Return whether a command runs or waits in a lane."""
        return any(job.lane == lane and job.is_open for job in self.jobs)

    def cancel(self, number: int) -> None:
        """End a command; its files stay."""
        for job in self.jobs:
            if job.number == number and job.is_open:
                job.state = State.CANCELLED
                if job.process:
                    _close(job.process)

    async def _work(self, lane: str) -> None:
        while job := next((each for each in self.jobs if each.lane == lane and each.state is State.WAITING), None):
            job.state = State.RUNNING
            try:
                if lane == "write":
                    self._before()
                code = await self._run(job)
            except OSError as error:
                job.said.append(f"not started: {error.strerror}")
                code = 1
            if job.state is State.RUNNING:
                job.state = State.DONE if code in (0, 3) else State.FAILED  # 3: some inputs were skipped

    async def _run(self, job: Job) -> int:
        """Run a command and keep its messages; without ``-P`` its folder would be searched for modules of Python."""
        if job.words[0] == "stance":
            changes = changes_of(current_limits())
            words = [__name__, *job.words[1:], *(["--limit", changes] if changes else [])]
        else:  # python -m MODULE
            words = [*job.words[2:]]
        paths = [str(Path(__file__).parents[2]), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]
        pipe = asyncio.subprocess.PIPE
        job.process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-m", *words,
            cwd=self._folder, env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "NO_COLOR": "1"},
            stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        if job.state is State.CANCELLED:
            _close(process)
        assert process.stdout  # noqa: S101 it is a pipe
        try:
            rest = b""
            while part := await process.stdout.read(65_536):
                *lines, rest = (rest + part).split(b"\n")
                for line in lines:
                    job.keep(line)
                rest = rest[:MAX_LINE]
            if rest:
                job.keep(rest)
            return await process.wait()
        except asyncio.CancelledError:  # the window ends
            _close(process)
            await process.communicate()
            raise


def _close(process: asyncio.subprocess.Process) -> None:
    """Let a process end by itself, or kill it some seconds later."""
    assert process.stdin  # noqa: S101 it is a pipe
    process.stdin.close()

    def kill() -> None:
        with suppress(ProcessLookupError):
            if process.returncode is None:
                process.kill()

    asyncio.get_running_loop().call_later(SECONDS_TO_END, kill)


# In the process of a command ------------------------------------------------------------------------------------------


def _end_with_window() -> None:
    """Interrupt this process when the window has gone, or wants it to end."""
    with suppress(OSError):
        os.read(0, 1)
    if sys.platform == "win32":
        signal.raise_signal(signal.SIGINT)
    else:  # the main thread may wait for the system, which only a signal to the process interrupts
        os.kill(os.getpid(), signal.SIGINT)
    time.sleep(SECONDS_TO_END)
    os._exit(1)


def main() -> None:
    """Run the command line as a child of the window."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell makes programs in the background ignore it
    threading.Thread(target=_end_with_window, daemon=True).start()
    runpy.run_module("stance", run_name="__main__")


if __name__ == "__main__":
    main()
