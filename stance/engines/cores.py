"""Work on pages in several processes on this machine, each with the model loaded once.

Results come back in the order of the input, equal to those of one process to the last digit. A page at which a worker
dies or hangs is left out and named; the others of its chunk are done again, one by one. Work on too little to repay the
start of processes is done here.
"""

import os
import signal
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from functools import partial
from itertools import chain
from multiprocessing import Pipe, connection, spawn
from pathlib import Path
from time import monotonic
from typing import Any

from stance import engines
from stance.datamodels import Skip
from stance.engines import RUN_ERRORS, Chunk, Inline, PageWorker, ScoringJob, Worker, cut_chunks, describe, too_long
from stance.exceptions import ConfigError, ModelError
from stance.limits import available_cores, collect_seldom, current_limits, threads_limited
from stance.run import Run
from stance.scoring.documents import DocumentScorer

ENOUGH_TO_PARSE = 4_000_000
ENOUGH_TO_SCORE = 1_500_000
"""Minimum number of characters of pages for starting workers. Each takes a second or so to load; in two, one core
parses 4 MB of pages, or scores 1.3 MB with ``light`` (less with ``default``); from there on two workers are faster."""

MOST_GATHERED = 200
"""Chunks that are held to see whether there is enough."""

AHEAD = 2
"""Number of chunks read ahead for each worker, so that workers do not wait."""

LOADING_SECONDS = 600.0
"""A worker that has not loaded its model by then will not: a large one from a slow disk takes a minute."""

GRACE_SECONDS = 5
"""A worker interrupts itself where a page takes too long; it is killed where it has not done so that much later."""

Load = Callable[[], Worker]
"""Loads the worker in each process; it can be pickled."""


def parsing_engine(jobs: int | None, language: str | None = None) -> "Cores":
    """Return an engine that parses pages.

    :param jobs: How many processes; None: one for each core that this process may use.
    :param language: Of a document that is too short to detect it.
    :raises ConfigError: If fewer than one are asked for.
    """
    load = partial(PageWorker, language, current_limits())
    return Cores(load, load(), count_processes(jobs), enough=ENOUGH_TO_PARSE)


def scoring_engine(
    run: Run, scorer: DocumentScorer, known: Collection[str] = ()
) -> AbstractContextManager[engines.Engine]:
    """Return the engine that parses and scores the pages of a run.

    :param scorer: That of this process.
    :param known: Digests of documents that need no work again.
    :return: A context manager. A plugged-in model works in this process, and does several things at once itself.
    :raises ConfigError: If several processes are asked for, and the model cannot be loaded by each; or fewer than one.
    """
    from stance.scoring.plugins import find_plugin

    jobs, model, language = run.engine.jobs, run.model.model, run.reading.language
    processes, plugin = count_processes(jobs), find_plugin(model)
    if not isinstance(model, str | Path) or (plugin and "parallel" in plugin[0].settings):
        if jobs is not None and jobs > 1:
            name = model if isinstance(model, str | Path) else scorer.model.name
            raise ConfigError(f"--jobs {jobs} with model {name}; expected a built-in model or a folder (or --parallel)")
        return Inline(PageWorker(language, current_limits(), scorer, known))
    here = PageWorker(language, current_limits(), scorer, known)
    found = replace(run.model, model=run.model.find())
    job = ScoringJob(
        scorer.targets, found, scorer.naming, scorer.articles, scorer.evidence, language, here.limits, known
    )
    return Cores(job.open, here, processes, enough=ENOUGH_TO_SCORE)


def count_processes(jobs: int | None) -> int:
    """Return how many processes are meant; -1, which elsewhere means all cores, would be one without a word."""
    if jobs is not None and jobs < 1:
        raise ConfigError(f"--jobs {jobs}; expected at least 1, or none given: one for each core")
    return jobs or available_cores()


# The parent -----------------------------------------------------------------------------------------------------------


class Cores(AbstractContextManager["Cores"]):
    """Processes side by side; a context manager, at the end of which none is left.

    :param load: Called in each of them; loads the worker.
    :param here: The worker of this process, for too little work to be sent away.
    :param jobs: How many.
    :param enough: Characters of pages that repay the start of processes.
    """

    def __init__(self, load: Load, here: Worker, jobs: int, *, enough: int = ENOUGH_TO_SCORE) -> None:
        self.here, self.jobs, self.enough = here, jobs, enough
        self._load = load
        self._tasks: deque[_Task] = deque()
        self._sent = 0  # characters
        self._processes: list[_Process] = []

    def __exit__(self, *_: object) -> None:
        """End the processes, also in the midst of their work."""
        for process in self._processes:
            process.end()
        self._processes.clear()
        self._tasks.clear()

    def run(self, items: Iterable[Any]) -> Iterator[Any]:
        """Work on each page and document of a stream.

        :return: The stream, in its order: an outcome in the place of each page or document, all else as it was.
        """
        waiting: deque[Chunk] = deque()
        for chunk in chain(cut_chunks(items), (None,)):
            room = 0
            if chunk is not None:
                waiting.append(chunk)
                self._send(chunk)
                room = (AHEAD + 1) * len(self._processes) or (MOST_GATHERED if self.jobs > 1 else 0)
            while waiting and (chunk is None or not waiting[0].items or len(waiting) > room):
                first = waiting.popleft()
                if first.items and not self._processes:
                    self._tasks.popleft()
                    outcomes = self.here.work([*first.items.values()], is_timed=True)
                    first.outcomes.update(zip(first.items, outcomes, strict=True))
                while len(first.outcomes) < len(first.items):
                    self._exchange(1.0)
                for each in first.merged():
                    yield each
                    self._exchange(0.0)  # processes get their next tasks also while the content is being used

    def _send(self, chunk: Chunk) -> None:
        if chunk.items:
            self._tasks.append((chunk, [*chunk.items]))
            self._sent += chunk.size
        # Another process for as much more as repays its start: not sixty-four of them because there are the cores.
        wanted = min(self.jobs, 2 * self._sent // self.enough) if self.jobs > 1 and self._sent >= self.enough else 0
        while len(self._processes) < wanted:
            self._processes.append(_Process(self._load))

    def _exchange(self, seconds: float) -> None:
        """Hand out tasks, and wait so many seconds at most for messages of the processes."""
        for number, process in enumerate(self._processes):
            if process.task is None and process.popen.poll() is not None:
                # It was killed while it waited, which is no page's fault.
                self._processes[number] = _Process(self._load)
            elif process.task is None and self._tasks:
                chunk, places = process.task = self._tasks.popleft()
                items = [chunk.items[place] for place in places]
                process.give(items, self.here.time_allowed(items))
        busy = {process.connection: process for process in self._processes if process.task}
        start = monotonic()
        ready = connection.wait([*busy], seconds) if busy else ()
        passed = min(monotonic() - start, seconds)  # the clock goes on where Ctrl-Z stops all of us
        for each, process in busy.items():
            process.left -= passed
            if each in ready:
                self._hear(process, *(process.task or _LOADING))
            elif process.left <= -GRACE_SECONDS:
                self._lose(process, too_long(process.allowed))

    def _hear(self, process: "_Process", chunk: Chunk, places: list[int]) -> None:
        """Take the outcomes of a task, or why the run cannot go on."""
        try:
            answer = process.connection.recv()
        except (EOFError, OSError):
            self._lose(process, process.reason_of_end())
            return
        if isinstance(answer, str):
            raise ModelError(answer)
        chunk.outcomes.update(zip(places, answer, strict=True))
        process.task = None

    def _lose(self, process: "_Process", reason: str) -> None:
        """Replace a process that died or hangs, and have its items worked on one by one; a single one is left out."""
        process.end()
        chunk, places = process.task or _LOADING
        if not places:
            reason = reason.partition(";")[0]
            raise ModelError(f"{reason} while it loaded; expected memory for each of them, or fewer --jobs")
        self._processes[self._processes.index(process)] = _Process(self._load)
        if len(places) == 1:
            chunk.outcomes[places[0]] = Skip(chunk.items[places[0]].source, reason, may_pass=True)
        else:
            self._tasks.extendleft((chunk, [place]) for place in reversed(places))


_Task = tuple[Chunk, list[int]]
"""Items of a chunk for one process, by place: all of them, or each alone after a failure."""

_LOADING: _Task = (Chunk([], 0), [])
"""The first task of each process."""

_PROGRAM = "import sys; sys.path[:] = {path}; from stance.engines.cores import serve; serve({handle})"
"""Run in a worker process in place of the main script, which ``multiprocessing`` would run again in each."""


class _Process:
    """A worker process, the connection to it, and the task that it is at."""

    def __init__(self, load: Load) -> None:
        self.task: _Task | None = _LOADING
        self.connection, theirs = Pipe()
        handle = theirs.fileno()
        options: dict[str, Any] = {"pass_fds": [handle], "process_group": 0}  # Ctrl-C is for the parent to answer
        if sys.platform == "win32":
            os.set_handle_inheritable(handle, True)
            options = {"startupinfo": subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})}
        program = _PROGRAM.format(path=[str(place) for place in sys.path], handle=handle)
        with theirs:
            command = [spawn.get_executable(), "-c", program]
            self.popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)  # noqa: S603 ours
        self.give(load, LOADING_SECONDS)

    def give(self, message: Any, seconds: float) -> None:
        """Send something that is answered within so many seconds."""
        self.allowed = self.left = seconds
        with suppress(OSError):  # it has ended already, which is noticed when it is heard
            self.connection.send(message)

    def reason_of_end(self) -> str:
        with suppress(subprocess.TimeoutExpired):
            self.popen.wait(1)
        code = self.popen.returncode or 0
        end = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        return f"a worker process {end}{' (out of memory?)' if code == -9 else ''}"

    def end(self) -> None:
        self.connection.close()
        self.popen.kill()
        self.popen.wait()


# The worker process ---------------------------------------------------------------------------------------------------


def serve(handle: int) -> None:
    """Load the worker that the parent sends, then work on each list of items, until the parent closes the connection.

    :param handle: Of the connection.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = "1"  # read by libraries that are loaded later, which ``threads_limited`` misses
    collect_seldom()
    kind = getattr(connection, "PipeConnection", connection.Connection)  # as Pipe gives them on Windows
    with suppress(EOFError, ConnectionError), threads_limited(1), kind(handle) as parent:
        load = parent.recv()
        try:
            worker = load()
        except Exception as error:  # whatever it is, the parent reports it
            parent.send(f"worker process: {describe(error)}")
            return
        parent.send([])
        while True:
            items = parent.recv()
            try:
                parent.send(worker.work(items, is_timed=True))
            except RUN_ERRORS as error:
                parent.send(str(error))
            del items  # nobody needs them while the next are waited for
