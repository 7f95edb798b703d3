"""Run the commands of a window, each in a process of its own, one after the other in each of three lanes.

What writes to the store is in one lane, what draws and writes files in another, and what trains in the third. A command
ends with the window: it reads its standard input, which closes then.
"""

import asyncio
import os
import shlex
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from stance.app.folder import ProjectFolder
from stance.datamodels import Strings
from stance.exceptions import StanceError
from stance.limits import changes_of, current_limits
from stance.pseudonyms import settings_folder
from stance.text_forms import printable

SECONDS_TO_END = 10
"""Maximum seconds that a command may take to end by itself."""

MAX_LINE = 500
"""Maximum characters that are kept of a line that a command prints."""

COMMAND = "from stance.cli import run_for_window; run_for_window{!r}"
"""Words: the program of a command in a process of its own, with the arguments of :func:`stance.cli.run_for_window`."""


@dataclass(slots=True)
class Job:
    """A command, its state and its messages."""

    number: int
    words: Strings
    lane: str
    state: str = "waiting"  # then running, and done, failed or cancelled
    said: deque[str] = field(default_factory=lambda: deque(maxlen=200))
    process: asyncio.subprocess.Process | None = None
    of: tuple[object, ...] = ()  # what its output is made of: command, version of the store, labels

    @property
    def line(self) -> str:
        """The command as it is typed in a terminal, in the folder of the project."""
        return shlex.join(self.words)

    @property
    def last(self) -> str:
        """The last line that it printed."""
        return self.said[-1] if self.said else ""

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in ("waiting", "running")

    def keep(self, line: bytes) -> None:
        """Keep a line that the command printed."""
        text = line[:MAX_LINE].decode("utf-8", "replace").rstrip()
        self.said.append(printable(text))


@dataclass(slots=True)
class CommandQueue:
    """The commands of a window.

    :param before: Called before a command begins.
    :param done: Called after one that succeeded.
    """

    project: ProjectFolder
    before: Callable[[Job], None]
    done: Callable[[Job], None]
    jobs: deque[Job] = field(default_factory=lambda: deque(maxlen=40))
    _lanes: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _number: int = 0

    def start(self, *words: str, lane: str = "write") -> Job:
        """Ask for a command; one that waits already is not asked for twice."""
        for job in self.jobs:
            if job.words == words and job.state == "waiting":
                return job
        self._number += 1
        job = Job(self._number, words, lane)
        self.jobs.append(job)
        if lane not in self._lanes or self._lanes[lane].done():
            self._lanes[lane] = asyncio.get_running_loop().create_task(self._work(lane))
        return job

    def current(self, lane: str) -> Job | None:
        """Return the command that runs in a lane."""
        return next((job for job in self.jobs if job.lane == lane and job.state == "running"), None)

    def is_busy(self, lane: str) -> bool:
        """Return whether a command runs or waits in a lane."""
        return any(job.lane == lane and job.is_open for job in self.jobs)

    def cancel(self, number: int) -> None:
        """End a command; its files stay."""
        for job in self.jobs:
            if job.number == number and job.is_open:
                job.state = "cancelled"
                if job.process:
                    _close(job.process)

    async def _work(self, lane: str) -> None:
        while job := next((job for job in self.jobs if job.lane == lane and job.state == "waiting"), None):
            job.state = "running"
            try:
                self.before(job)
                code = await self._run(job)
                if job.state == "running" and code in (0, 3):  # 3: some inputs were skipped
                    self.done(job)
                    job.state = "done"
            except (OSError, StanceError) as error:
                job.said.append(str(error))
            if job.state == "running":
                job.state = "failed"

    async def _run(self, job: Job) -> int:
        """Run a command and keep its messages. Its process starts outside the folder, from which no code is loaded."""
        words = job.words[1:]
        if changes := changes_of(current_limits()):
            words = (*words, "--limit", changes)
        pipe, project = asyncio.subprocess.PIPE, self.project
        program = COMMAND.format((str(project.folder), project.is_known, SECONDS_TO_END))
        job.process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-c", program, *words, cwd=sys.prefix, env=environment(project),
            stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        if job.state == "cancelled":
            _close(process)
        assert process.stdout  # noqa: S101 it is a pipe
        try:
            unfinished = b""
            while part := await process.stdout.read(65_536):
                *lines, unfinished = (unfinished + part).split(b"\n")
                for line in lines:
                    job.keep(line)
                unfinished = unfinished[:MAX_LINE]
            if unfinished:
                job.keep(unfinished)
            return await process.wait()
        except asyncio.CancelledError:  # the window ends
            _close(process)
            await process.communicate()
            raise


def environment(project: ProjectFolder) -> dict[str, str]:
    """Return the environment of a command: code is searched in absolute places outside the project alone."""
    variables, folder = dict(os.environ), project.folder.resolve()
    # Environment variables with places that code is loaded from.
    searched = ("PYTHONPATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
    for name in searched:
        absolute = filter(os.path.isabs, variables.pop(name, "").split(os.pathsep))
        outside = [path for path in absolute if not Path(path).resolve().is_relative_to(folder)]
        if name == searched[0]:
            outside.insert(0, str(Path(__file__).parents[2]))
        if outside:
            variables[name] = os.pathsep.join(outside)
    if config := variables.get("STANCE_CONFIG"):
        variables["STANCE_CONFIG"] = str(Path(config).absolute())
    if not project.is_known:
        variables.setdefault("STANCE_KEY_FILE", str(settings_folder() / "window.key"))
        variables.setdefault("STANCE_MODEL", "default")  # not one of the folder
    return variables | {"NO_COLOR": "1"}


def _close(process: asyncio.subprocess.Process) -> None:
    """Let a process end by itself, or kill it some seconds later."""
    assert process.stdin  # noqa: S101 it is a pipe
    process.stdin.close()

    def kill() -> None:
        with suppress(ProcessLookupError):
            if process.returncode is None:
                process.kill()

    asyncio.get_running_loop().call_later(SECONDS_TO_END, kill)
