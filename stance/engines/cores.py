"""This machine's cores: processes side by side, each with the model loaded once.

Pages go out in chunks and their results come back in the order of the input, equal to those of one process to the last
digit. A page at which a worker dies or hangs is left out and named; the others of its chunk are done again, one by one,
by a new worker. Work on too little to repay the start of processes is done here.
"""

import signal
import subprocess
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from math import ceil
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from threading import Thread, current_thread, main_thread
from types import TracebackType
from typing import Any, Self

from stance.collecting import give_back_memory
from stance.datamodels import Document, Page, Skip
from stance.documents import LARGE_PAGE, DocumentScorer, find_model
from stance.engines.jobs import (
    OF_RUN,
    Engine,
    Item,
    Job,
    Outcome,
    PageWorker,
    ParsingJob,
    ScoringJob,
    Step,
    Worker,
    size_of,
    unworkable,
)
from stance.engines.serving import Fault, start_worker
from stance.exceptions import ConfigError, ModelError
from stance.limits import current_limits
from stance.run import Run
from stance.threads import available_cores

CHUNK_CHARACTERS = 60_000
CHUNK_ITEMS = 200
"""A chunk is full at either: a second or so of work, against which its transport is nothing, and little to do again."""

ENOUGH_TO_PARSE = 4_000_000
ENOUGH_TO_SCORE = 1_500_000
"""Characters of pages that repay the start of workers. Each takes a second or so to load; in two, one core parses 4 MB
of pages, or scores 1.3 MB with ``light`` (less with ``default``), which is where two workers draw level with none."""

MOST_GATHERED = 200
"""Chunks that are held to see whether there is enough; rows that need no work fill some, and weigh nothing."""

AHEAD = 2
"""Chunks that are read for each worker beyond the one it has, so that none waits."""

LOADING_SECONDS = 600
"""A worker that has not loaded its model by then will not: a large one from a slow disk takes a minute."""


def parsing_engine(jobs: int | None, language: str | None = None) -> "Cores":
    """Give what parses pages.

    :param jobs: How many processes; None: one for each core that this process may use.
    :param language: What a document is in where it is too short to tell.
    :raises ConfigError: If fewer than one are asked for.
    """
    job = ParsingJob(language)
    return Cores(job, job.open(), _processes(jobs), enough=ENOUGH_TO_PARSE)


def scoring_engine(
    run: Run, scorer: DocumentScorer, known: Collection[str] = ()
) -> AbstractContextManager[Engine | None]:
    """Return the engine that parses and scores the pages of a run.

    :param scorer: That of this process.
    :param known: Digests of documents that need no work again.
    :return: A context manager. Of a plugged-in model it gives None: such a model does several things at once itself, in
        this process.
    :raises ConfigError: If several processes are asked for, and the model cannot be loaded by each; or fewer than one.
    """
    from stance.scoring.loading import find_plugin

    jobs, options = run.engine.jobs, run.model
    processes = _processes(jobs)
    model = options.model
    plugin = find_plugin(model)
    if not isinstance(model, str | Path) or (plugin and "parallel" in plugin[0].settings):
        if jobs is not None and jobs > 1:
            seen = model if isinstance(model, str | Path) else scorer.model.name
            raise ConfigError(
                f"--jobs {jobs} with model {seen}; expected a model that ships, or a folder (or --parallel)"
            )
        return nullcontext()
    job = ScoringJob(
        scorer.targets, replace(options, model=find_model(options)), scorer.naming, scorer.body, run.reading.language
    )
    here = PageWorker(run.reading.language, current_limits(), scorer)
    return Cores(job, here, processes, known, enough=ENOUGH_TO_SCORE)


def _processes(jobs: int | None) -> int:
    """Say how many processes are meant; -1, which elsewhere means all cores, would be one, and nothing would say so."""
    if jobs is not None and jobs < 1:
        raise ConfigError(f"--jobs {jobs}; expected at least 1, or none given: one for each core")
    return jobs or available_cores()


class Cores:
    """Processes side by side; a context manager, at the end of which none is left.

    :param job: What each of them opens.
    :param here: The same, opened in this process, for what is too little to be sent away.
    :param jobs: How many.
    :param known: Digests of documents that need no work again.
    :param enough: Characters of pages that repay the start of processes.
    """

    def __init__(
        self, job: Job, here: Worker, jobs: int, known: Collection[str] = (), *, enough: int = ENOUGH_TO_SCORE
    ) -> None:
        self.job, self.here, self.jobs, self.known, self.enough = job, here, jobs, known, enough
        self._sent = 0  # characters
        self._hands: list[_Hand] = []
        self._tasks: SimpleQueue[_Task | None] = SimpleQueue()

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the processes, also in the midst of their work."""
        for _ in self._hands:
            self._tasks.put(None)
        for hand in self._hands:
            hand.end()
        self._hands = []

    def run(self, items: Iterable[Any]) -> Iterator[Any]:
        """Work on each page and document of a stream.

        :return: The stream, in its order: what became of a page or document in its place, all else as it was.
        """
        sent: deque[tuple[list[Any], Future[list[Outcome]]]] = deque()
        chunks = _chunks(items)
        while gathered := self._gather(chunks):
            is_much = self.jobs > 1 and sum(map(_size_of_all, gathered)) >= self.enough
            for chunk in gathered if self._hands or is_much else ():
                sent.append((chunk, self._send(chunk)))
            if not (self._hands or is_much):
                yield from (each for chunk in gathered for each in _merged(chunk, self._work_here(_items_of(chunk))))
            while len(sent) > (AHEAD + 1) * len(self._hands) or (sent and sent[0][1].done()):
                chunk, answer = sent.popleft()
                yield from _merged(chunk, answer.result())
        for chunk, answer in sent:
            yield from _merged(chunk, answer.result())

    def _gather(self, chunks: Iterator[list[Any]]) -> list[list[Any]]:
        """Take a chunk where there are workers already, else as many as would repay their start."""
        gathered, size = [], 0
        for chunk in chunks:
            gathered.append(chunk)
            size += _size_of_all(chunk)
            if self._hands or size >= self.enough or len(gathered) >= MOST_GATHERED or not size or self.jobs == 1:
                break
        return gathered

    def _work_here(self, items: list[Item]) -> list[Outcome]:
        seconds = current_limits().page_seconds
        try:
            with interrupted(seconds) as step:
                return self.here.work(items, known=self.known, step=step)
        except OF_RUN:
            raise
        except (LateError, Exception) as error:
            if len(items) == 1:
                return [lost_item(items[0], error)]
        return [outcome for item in items for outcome in self._work_here([item])]

    def _send(self, chunk: Sequence[Any]) -> "Future[list[Outcome]]":
        answer: Future[list[Outcome]] = Future()
        if items := _items_of(chunk):
            self._sent += _size_of_all(chunk)
            # Another worker for as much more as repays its start: not sixty-four of them because there are the cores.
            while len(self._hands) < self.jobs and len(self._hands) * self.enough / 2 < self._sent:
                self._hands.append(_Hand(self.job, self.known, current_limits().page_seconds, self._tasks))
            self._tasks.put(_Task(items, answer))
        else:
            answer.set_result([])
        return answer


def _chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    """Cut a stream into what goes to a worker together; what is only passed on stays where it stands."""
    chunk: list[Any] = []
    size = 0
    for item in items:
        chunk.append(item)
        size += size_of(item)
        if size >= CHUNK_CHARACTERS or len(chunk) >= CHUNK_ITEMS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _items_of(chunk: Iterable[Any]) -> list[Item]:
    return [item for item in chunk if isinstance(item, Page | Document)]


def _size_of_all(chunk: Iterable[Any]) -> int:
    return sum(map(size_of, chunk))


def _merged(chunk: Iterable[Any], outcomes: Iterable[Outcome]) -> Iterator[Any]:
    made = iter(outcomes)
    for item in chunk:
        yield next(made) if isinstance(item, Page | Document) else item


@dataclass(frozen=True, slots=True)
class _Task:
    """A chunk on its way."""

    items: list[Item]
    answer: "Future[list[Outcome]]"


class LateError(BaseException):
    """A page takes longer here than it may; no ``except Exception`` on the way takes it for its own."""


@contextmanager
def interrupted(seconds: float) -> Iterator[Step]:
    """Interrupt what runs inside where a step of it takes too long, as far as this process can do that to itself.

    :param seconds: Allowed for a step of an ordinary page.
    :return: Is to be told before each step how large it is.
    :raises LateError: If one took longer.
    """
    is_possible = hasattr(signal, "setitimer") and current_thread() is main_thread()
    if not is_possible or signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:
        yield lambda _: None
        return
    allowed = 0.0

    def step(size: float) -> None:
        nonlocal allowed
        allowed = seconds * size
        signal.setitimer(signal.ITIMER_REAL, allowed)

    def give_up(_number: int, _frame: object) -> None:
        if allowed:
            raise LateError(_too_long(allowed))

    signal.signal(signal.SIGALRM, give_up)
    try:
        yield step
    finally:
        allowed = 0.0
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _too_long(seconds: float) -> str:
    return f"took longer than {seconds:.3g} s; --limit page_seconds=N allows more"


def lost_item(item: Item, error: LateError | Exception) -> Skip:
    """Say why a page is left out that could not be worked on; one that came too late may be in time on another day."""
    if isinstance(error, LateError):
        return Skip(item.source, str(error), may_pass=True)
    return Skip(item.source, unworkable(error))


class _LostError(Exception):
    """A worker did not do what it was given; says why."""

    may_pass = True


class _RaisedError(_LostError):
    """It raised an error, as it would again."""

    may_pass = False


class _EndedError(Exception):
    """The engine was closed."""


class _Hand:
    """A thread that hands chunks to one worker process, waits for it no longer than is allowed, and replaces it.

    :param seconds: Allowed for an ordinary page.
    """

    def __init__(self, job: Job, known: Collection[str], seconds: float, tasks: "SimpleQueue[_Task | None]") -> None:
        self._job, self._known, self._seconds, self._tasks = job, known, seconds, tasks
        self._process: subprocess.Popen[bytes] | None = None
        self._connection: Connection | None = None
        self._has_ended = False
        self._thread = Thread(target=self._attend, name="stance worker", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """End the thread and its process."""
        self._has_ended = True
        while self._thread.is_alive():
            if process := self._process:
                process.kill()  # what it is doing is wanted no more; the thread then finds it gone
            self._thread.join(0.1)

    def _attend(self) -> None:
        if hasattr(signal, "pthread_sigmask"):  # inherited by the worker: Ctrl-C is for this process to answer
            signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            while (task := self._tasks.get()) is not None:
                try:
                    task.answer.set_result(self._done(task.items))
                except Exception as error:  # whoever waits for the answer is told
                    task.answer.set_exception(error)
        finally:
            self._stop()

    def _done(self, items: list[Item]) -> list[Outcome]:
        """Have a chunk worked on; where that fails, each item of it alone, so that one is lost and not its fellows."""
        try:
            return self._ask(items)
        except _LostError as lost:
            if len(items) == 1:
                return [Skip(items[0].source, str(lost), may_pass=lost.may_pass)]
        return [outcome for item in items for outcome in self._done([item])]

    def _ask(self, items: list[Item]) -> list[Outcome]:
        if self._has_ended:
            raise _EndedError
        self._hand_over(items)
        allowed = self._seconds
        while True:
            answer = self._hear(allowed, _too_long(allowed))
            if isinstance(answer, list):
                if _size_of_all(items) > LARGE_PAGE:
                    give_back_memory()
                return answer
            if isinstance(answer, Fault):
                raise ModelError(answer.text) if answer.is_of_run else _RaisedError(answer.text)
            allowed = self._seconds * answer

    def _hand_over(self, items: list[Item]) -> None:
        for is_last in (False, True):
            connection = self._connection or self._start()
            try:
                return connection.send(items)
            except OSError:  # it was ended while it waited, which is no page's fault
                self._stop()
                if is_last:
                    raise _LostError("worker processes are ended from outside") from None
        return None

    def _hear(self, seconds: float, late: str) -> Any:
        """Wait for the worker's next word.

        :raises _LostError: If there is none in time, or there will be none.
        """
        assert self._connection is not None  # noqa: S101 for the type checker
        try:
            for _ in range(ceil(seconds)):  # not by the clock, which goes on where Ctrl-Z stops all of us
                if self._connection.poll(1):
                    return self._connection.recv()
        except (EOFError, OSError):
            late = f"the process that worked on it {self._end_of()}"
        self._stop()
        if self._has_ended:
            raise _EndedError
        raise _LostError(late)

    def _end_of(self) -> str:
        assert self._process is not None  # noqa: S101 for the type checker
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1)
        code = self._process.returncode or 0
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"

    def _start(self) -> Connection:
        """Start a worker and wait until it has loaded.

        :raises ModelError: If it cannot.
        """
        if self._has_ended:
            raise _EndedError
        self._process, ours = start_worker()
        self._connection = ours
        with suppress(OSError):  # it has ended already, and is heard of below
            ours.send((self._job, self._known, self._seconds))
        try:
            fault = self._hear(LOADING_SECONDS, f"did not load in {LOADING_SECONDS} s")
        except _LostError as lost:
            fault = f"{lost} while it loaded; expected memory for each of them, or fewer --jobs"
        if fault:
            self._stop()
            raise ModelError(f"worker process: {fault}")
        return ours

    def _stop(self) -> None:
        if self._connection:
            self._connection.close()
        if self._process:
            self._process.kill()
            self._process.wait()
        self._connection = self._process = None
