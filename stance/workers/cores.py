"""Engines: processes side by side, or this process where there is too little work."""

from collections import deque
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from stance import limits as bounds
from stance.datamodels import Skip
from stance.exceptions import ConfigError, ModelError
from stance.limits import current_limits
from stance.options.run import Run
from stance.scoring.documents import DocumentScorer
from stance.workers.chunks import Batch, Stream, cut_chunks, merged, needs_work, size_of
from stance.workers.page_worker import PageWorker, ScoringJob, UntimedWorker
from stance.workers.processes import LostError, Process

ENOUGH_TO_SCORE = 1_500_000
"""Minimum number of characters of pages for starting workers that score. Each takes a second or so to load; in two, one
core scores 1.3 MB with ``light`` (less with ``default``); from there on two workers are faster."""

Load = Callable[[], PageWorker]
"""Loads the worker in each process; it can be pickled."""


def parsing_engine(jobs: int | None, language: str | None) -> "Cores":
    """Return an engine that parses pages.

    :param jobs: How many processes; None: one for each core that this process may use.
    :param language: Of a document that is too short to detect it.
    :raises ConfigError: If fewer than one are asked for.
    """
    load = partial(PageWorker, language, current_limits())
    # In the two seconds that two workers take to load, one core parses 4 MB.
    return Cores(load, load(), count_processes(jobs), enough=4_000_000)


def in_this_process(worker: PageWorker) -> "Cores":
    """Return an engine that starts no other process."""
    return Cores(lambda: worker, worker, 1)


def scoring_engine(run: Run, scorer: DocumentScorer, scored: Collection[str] = ()) -> "Cores":
    """Return the engine that parses and scores the pages of a run.

    :param scorer: That of this process.
    :param scored: Digests of documents that need no work again.
    :return: A context manager. A plugged-in model works in this process, and does several things at once itself.
    :raises ConfigError: If several processes are asked for, and the model cannot be loaded by each; or fewer than one.
    """
    from stance.scoring import find_plugin

    jobs, model = run.engine.jobs, run.model.chosen
    processes, plugin = count_processes(jobs), find_plugin(model)
    settings = (run.reading.language, current_limits(), scorer, scored)
    if not isinstance(model, str | Path) or (plugin and "parallel" in plugin[0].settings):
        if processes > 1 and jobs:
            name = model if isinstance(model, str | Path) else scorer.model.name
            raise ConfigError(f"--jobs {jobs} with model {name}; expected a built-in model, a folder or --parallel")
        return in_this_process(UntimedWorker(*settings))
    named_model, here = replace(run.model, model=run.model.find()), PageWorker(*settings)
    job = ScoringJob(scorer.targets, named_model, scorer.naming, scorer.articles, here.language, here.limits, scored)
    return Cores(replace(job, answers=scorer.answers).open, here, processes)


def count_processes(jobs: int | None) -> int:
    """Return how many processes are meant; -1, which elsewhere means all cores, would be one without a word."""
    if jobs is not None and jobs < 1:
        raise ConfigError(f"--jobs {jobs}; expected at least 1, or no --jobs for all cores")
    return jobs or bounds.available_cores()


class Cores(AbstractContextManager["Cores"]):
    """Processes side by side; a context manager, at the end of which none is left.

    A thread for each process sends it one chunk after the other and waits for the outcomes.

    :param load: Called in each of them; loads the worker.
    :param here: The worker of this process, for too little work to be sent away.
    :param jobs: How many.
    :param enough: Characters of pages that repay the start of processes.
    """

    def __init__(self, load: Load, here: PageWorker, jobs: int, *, enough: int = ENOUGH_TO_SCORE) -> None:
        self.here, self.jobs, self.enough, self._load = here, jobs, enough, load
        self._threads = ThreadPoolExecutor(jobs)
        self._waiting: SimpleQueue[Process | None] = SimpleQueue()  # processes without work; None: one to be started
        self._wanted = self._sent = 0  # processes, characters
        self._processes: list[Process] = []
        self._is_closed = False

    def __exit__(self, *_: object) -> None:
        """End the processes, also in the midst of their work."""
        self._is_closed = True
        for process in list(self._processes):
            process.kill()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:  # which no thread uses any longer
            process.end()

    def run(self, items: Stream) -> Iterator[Any]:
        """Work on each page and document of a stream.

        :param items: Read no further ahead than keeps the workers busy.
        :return: The stream, in its order: an outcome in the place of each page or document, all else as it was.
        """
        waiting: deque[_Chunk] = deque()
        for chunk in chain(cut_chunks(items), (None,)):
            room = 0
            if chunk is not None:
                waiting.append(_Chunk(chunk, [*filter(needs_work, chunk)]))
                self._start(sum(map(size_of, waiting[-1].work)))
                # Two chunks are read ahead for each worker, so that none waits; 200 to see if there is enough work.
                room = 3 * self._wanted or (200 if self.jobs > 1 else 0)
            for part in waiting if self._wanted else ():
                part.outcomes = part.outcomes or self._threads.submit(self._work, part.work)
            while waiting and (chunk is None or not waiting[0].work or len(waiting) > room):
                part = waiting.popleft()
                done = part.outcomes.result() if part.outcomes else self.here.work_in_time(part.work)
                yield from merged(part.content, done)

    def _start(self, size: int) -> None:
        """Let another process be started for as much more work as repays it: not sixty-four because there are cores."""
        self._sent += size
        processes = min(self.jobs, 2 * self._sent // self.enough) if self.jobs > 1 and self._sent >= self.enough else 0
        while self._wanted < processes:
            self._wanted += 1
            self._waiting.put(None)

    def _work(self, items: Batch) -> Batch:
        """Have a process work on items; after its death, on each alone, so that only one is left out."""
        if not items:
            return []
        process = self._waiting.get()
        try:
            if process is None or process.popen.poll() is not None:  # killed while it waited: no page's fault
                process = self._open()
            return process.ask(items, self.here.time_allowed(items))
        except LostError as error:
            process = None
            if len(items) == 1:
                return [Skip(items[0].source, str(error), may_pass=True)]
        finally:
            self._waiting.put(process)
        return [outcome for item in items for outcome in self._work([item])]

    def _open(self) -> "Process":
        """Start a process that loads the worker.

        :raises ModelError: If it cannot.
        """
        if self._is_closed:
            raise ModelError("stopped")
        self._processes.append(process := Process())
        try:
            process.ask(self._load, 600.0)  # a large model from a slow disk takes a minute
        except LostError as error:
            reason = str(error).partition(";")[0]
            raise ModelError(f"{reason} while loading; expected memory for each process, or fewer --jobs") from None
        return process


@dataclass(slots=True)
class _Chunk:
    """A chunk of a stream, the parts that need work, and their outcomes once they are sent."""

    content: Batch
    work: Batch
    outcomes: Future[Batch] | None = None
