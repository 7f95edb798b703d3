"""Work on pages and documents, one in and one out, in this process or in several, each with the model loaded once.

What a worker keeps from one page for the next saves time and changes no outcome, so it does not matter which worker has
which page: results come back in the order of the input, equal to those of one process to the last digit. A page at
which a worker dies or hangs is left out and named; the others of its chunk are done again, one by one. Work on too
little to repay the start of processes is done here.
"""

import os
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from multiprocessing import Pipe, connection, spawn
from pathlib import Path
from queue import SimpleQueue
from threading import current_thread, main_thread
from types import FrameType
from typing import TYPE_CHECKING, Any

from stance import limits as bounds
from stance.datamodels import Comment, Document, Page, PageKind, Record, Skip
from stance.exceptions import ConfigError, ModelError, StanceError
from stance.limits import Limits, current_limits, limits_in_force, threads_limited
from stance.parsing import make_document
from stance.pseudonyms import Naming
from stance.records.digests import content_of
from stance.run import ModelOptions, Run
from stance.scoring.documents import DocumentScorer

if TYPE_CHECKING:
    from stance.scoring.targets import TargetSet

CHUNK_CHARACTERS = 60_000
CHUNK_ITEMS = 200
"""Maximum characters and items of a chunk: a second or so of work, little to do again, transport repaid."""

SLOWNESS = 10
"""Number of times as long as its processor time that a page may take by the clock."""

_MADE_UP = """<html lang="en"><title>Talks on NATO</title><article><h1>Talks on NATO</h1><p>Ministers met on 3 March
2024 and spoke of Russia for some hours.</p></article><ol class="comment-list"><li class="comment" id="comment-1">
<b class="fn">A</b><time datetime="2024-03-04">x</time><div class="comment-content"><p>NATO is right.</p></div></ol>"""

TIMED_CHARACTERS = 200_000
"""Number of characters that may take as long as a page: ``default`` scores such comments in some 15 seconds."""

Item = Page | Document
"""A page that was read, or a document that needs no parsing."""

Stream = Iterable[Any]
"""Pages, documents, and what is only passed on."""

Batch = list[Any]
"""Items for a worker, or their outcomes."""

Outcome = Document | Skip
"""A document made from an input, or the reason why it was skipped."""


@dataclass(frozen=True, slots=True)
class PageWorker:
    """Parses pages, detects their languages, and scores them where it has a scorer.

    :param language: Of a document that is too short to detect it.
    :param limits: Those in force.
    :param known: Digests of documents that are there already; they get no scores.
    """

    language: str | None = None
    limits: Limits = field(default_factory=current_limits)
    scorer: DocumentScorer | None = None
    known: Container[str] = ()
    ready: set[PageKind | None] = field(default_factory=set, compare=False, repr=False)  # whose libraries are loaded
    make = staticmethod(make_document)

    def work(self, items: Sequence[Item]) -> list[Outcome]:
        """Work on some pages and documents together, which is cheaper than one by one and gives the same."""
        with limits_in_force(self.limits), bounds.collecting_seldom():
            found: list[Outcome] = [self.make(item, self.language) for item in items]
            if self.scorer is None:
                return found
            fresh = [each if isinstance(each, Document) and self._is_new(each) else None for each in found]
            scored = self.scorer.score(filter(None, fresh))
            return [next(scored) if new else each for each, new in zip(found, fresh, strict=True)]

    def _is_new(self, document: Document) -> bool:
        return not self.known or content_of(document) not in self.known

    def _load_libraries(self, kind: PageKind | None) -> None:
        """Work on a made-up page or document, so that no library is loaded while the time of a page is measured."""
        with limits_in_force(self.limits):
            document = Document("", "", comments=(Comment("c1", "NATO is right, and Russia is wrong."),))
            made = make_document(Page("", kind, _MADE_UP, "utf-8") if kind else document, self.language)
            if isinstance(made, Document) and self.scorer:
                list(self.scorer.score([made]))
        self.ready.add(kind)

    def work_in_time(self, items: Sequence[Item]) -> list[Outcome]:
        """Work on items; where that takes too long or fails, on each alone, so that only one page is left out.

        :raises StanceError, OSError: If no other page could be worked on either.
        """
        for kind in {each.kind if isinstance(each, Page) else None for each in items} - self.ready:
            self._load_libraries(kind)
        try:
            with time_limit(self.time_allowed(items)):
                return self.work(items)
        except (StanceError, OSError):  # of the run and not of a page: a model that cannot judge, a full disk
            raise
        except (LateError, Exception) as error:
            if len(items) == 1 and isinstance(error, LateError):  # on another day, it may be in time
                return [Skip(items[0].source, str(error), may_pass=True)]
            if len(items) == 1:
                return [self._without_faulty(items[0], f"could not be processed: {describe(error)}")]
        return [outcome for item in items for outcome in self.work_in_time([item])]

    def _without_faulty(self, item: Item, reason: str) -> Outcome:
        """Work on an item without the comments at which scoring fails; skip it if it fails without any comment."""
        allowed = time_limit(self.time_allowed([item]))
        with suppress(LateError, Exception), limits_in_force(self.limits), allowed:  # named with the first reason
            made, scorer = self.make(item, self.language), self.scorer
            if isinstance(made, Document) and scorer and not _fails(scorer, replace(made, comments=())):
                faulty = [each.comment_id for each in _faulty(scorer, made, made.comments)]
                kept = tuple(each for each in made.comments if each.comment_id not in faulty)
                warnings = (f"comment {name[:40]} was left out: it {reason}" for name in faulty)
                made = replace(made, comments=kept, warnings=(*made.warnings, *warnings))
                return next(scorer.score([made]))
        return Skip(item.source, reason)

    def time_allowed(self, items: Iterable[Item]) -> float:
        """Return how many seconds of processor time the work on items may take."""
        return self.limits.page_seconds * (1.0 + sum(map(size_of, items)) // TIMED_CHARACTERS)


@dataclass(frozen=True, slots=True)
class ScoringJob:
    """All that decides scores, as plain data: it is pickled, sent to another process or machine, and opened there once.

    :param targets: All that are found; those whose stance is asked for are among them.
    :param model: Named so that it can be found wherever the job is opened.
    :param naming: Replaces names; holds the key of the pseudonyms, so a job is sent and never stored.
    :param articles: Score the sentences of articles.

    The others are those of :class:`PageWorker`.
    """

    targets: "TargetSet"
    model: ModelOptions
    naming: Naming = field(repr=False)
    articles: bool = False
    language: str | None = None
    limits: Limits = field(default_factory=current_limits)
    known: Container[str] = ()

    def open(self) -> PageWorker:
        """Load the model, for a worker."""
        return PageWorker(self.language, self.limits, self.load(), self.known)

    def load(self) -> DocumentScorer:
        """Load the model.

        :raises ModelError: If it cannot be loaded.
        """
        given = (self.targets, self.model.load(self.targets), self.naming, self.articles)
        return DocumentScorer(*given, self.model.languages)


class UntimedWorker(PageWorker):
    """Works without a time limit, for models that do several things at once themselves."""

    def work_in_time(self, items: Sequence[Item]) -> list[Outcome]:
        """Work on items, however long that takes."""
        return self.work(items)


def _fails(scorer: DocumentScorer, document: Document) -> bool:
    try:
        list(scorer.score([document]))
    except (StanceError, OSError):
        raise
    except Exception:
        return True
    return False


def _faulty(scorer: DocumentScorer, document: Document, comments: tuple[Comment, ...]) -> tuple[Comment, ...]:
    """Return the comments of a document at which scoring fails."""
    if not _fails(scorer, replace(document, comments=comments)):
        return ()
    half = len(comments) // 2
    parts = (comments[:half], comments[half:]) if half else ()
    return tuple(each for part in parts for each in _faulty(scorer, document, part)) or comments


def cut_chunks(stream: Stream) -> Iterator[Batch]:
    """Cut a stream into parts that are worked on together."""
    chunk, size = [], 0
    for each in stream:
        chunk.append(each)
        size += size_of(each)
        if size >= CHUNK_CHARACTERS or len(chunk) >= CHUNK_ITEMS:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def needs_work(each: object) -> bool:
    """Return whether something is a page, or a document with texts; all else is only passed on."""
    return isinstance(each, Page) or (isinstance(each, Document) and each.has_texts)


def merged(chunk: Stream, outcomes: Stream) -> Iterator[Any]:
    """Yield a chunk with outcomes in the places that needed work."""
    given = iter(outcomes)
    return (next(given) if needs_work(each) else each for each in chunk)


def size_of(item: object) -> int:
    """Return how much work an item is, in characters of text; other things are none."""
    if isinstance(item, Document):
        return sum(map(len, item.body)) + sum(len(comment.text) for comment in item.comments)
    return len(item.text) if isinstance(item, Page) else 0


class LateError(BaseException):
    """Work takes longer than it may; no ``except Exception`` on the way catches it."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Interrupt the block after so many seconds of processor time, where this process can do that to itself.

    By the clock it may take ten times as long: other programs keep a page waiting. Ticks are counted in place of the
    time of day, which goes on while Ctrl-Z stops the process.

    :raises LateError: If it took longer.
    """
    is_possible = hasattr(signal, "setitimer") and current_thread() is main_thread()
    if not is_possible or signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:
        yield
        return

    tick, ticks, begun = min(1.0, seconds / 20), 0, time.thread_time()

    def give_up(_number: int, frame: FrameType | None) -> None:
        nonlocal ticks
        ticks += 1
        is_late = time.thread_time() - begun > seconds or ticks * tick > seconds * SLOWNESS
        while is_late and frame is not None:  # a module that is loaded by halves would fail ever after
            is_late, frame = not frame.f_code.co_filename.startswith("<frozen importlib"), frame.f_back
        if is_late:
            raise LateError(too_long(seconds))

    signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, tick, tick)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def too_long(seconds: float) -> str:
    """Return the reason why a page is left out that took longer."""
    longest = f"{seconds:.3g} s of processor time, or {seconds * SLOWNESS:.3g} s in all"
    return f"took longer than {longest}; --limit page_seconds=N allows more"


def describe(error: BaseException) -> str:
    """Return the type and the text of an error, in one short line."""
    return f"{type(error).__name__}: {error}"[:200]


# Several processes ----------------------------------------------------------------------------------------------------

ENOUGH_TO_PARSE = 4_000_000
ENOUGH_TO_SCORE = 1_500_000
"""Minimum number of characters of pages for starting workers. Each takes a second or so to load; in two, one core
parses 4 MB of pages, or scores 1.3 MB with ``light`` (less with ``default``); from there on two workers are faster."""

MOST_GATHERED = 200
"""Maximum number of chunks that are held to see whether there is enough work."""

LOADING_SECONDS = 600.0
"""Maximum seconds for loading a model: a large one from a slow disk takes a minute."""

GRACE_SECONDS = 5
"""Number of seconds more after which a worker is killed that has not interrupted itself."""

Load = Callable[[], PageWorker]
"""Loads the worker in each process; it can be pickled."""


def parsing_engine(jobs: int | None, language: str | None = None) -> "Cores":
    """Return an engine that parses pages.

    :param jobs: How many processes; None: one for each core that this process may use.
    :param language: Of a document that is too short to detect it.
    :raises ConfigError: If fewer than one are asked for.
    """
    load = partial(PageWorker, language, current_limits())
    return Cores(load, load(), count_processes(jobs), enough=ENOUGH_TO_PARSE)


def in_this_process(worker: PageWorker) -> "Cores":
    """Return an engine that starts no other process."""
    return Cores(lambda: worker, worker, 1)


def scoring_engine(run: Run, scorer: DocumentScorer, known: Collection[str] = ()) -> "Cores":
    """Return the engine that parses and scores the pages of a run.

    :param scorer: That of this process.
    :param known: Digests of documents that need no work again.
    :return: A context manager. A plugged-in model works in this process, and does several things at once itself.
    :raises ConfigError: If several processes are asked for, and the model cannot be loaded by each; or fewer than one.
    """
    from stance.scoring import find_plugin

    jobs, model = run.engine.jobs, run.model.chosen
    processes, plugin = count_processes(jobs), find_plugin(model)
    given = (run.reading.language, current_limits(), scorer, known)
    if not isinstance(model, str | Path) or (plugin and "parallel" in plugin[0].settings):
        if processes > 1 and jobs:
            name = model if isinstance(model, str | Path) else scorer.model.name
            raise ConfigError(f"--jobs {jobs} with model {name}; expected a built-in model, a folder or --parallel")
        return in_this_process(UntimedWorker(*given))
    found, here = replace(run.model, model=run.model.find()), PageWorker(*given)
    job = ScoringJob(scorer.targets, found, scorer.naming, scorer.articles, here.language, here.limits, known)
    return Cores(job.open, here, processes)


def count_processes(jobs: int | None) -> int:
    """Return how many processes are meant; -1, which elsewhere means all cores, would be one without a word."""
    if jobs is not None and jobs < 1:
        raise ConfigError(f"--jobs {jobs}; expected at least 1, or no --jobs for all cores")
    return jobs or bounds.available_cores()


# The parent -----------------------------------------------------------------------------------------------------------


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
        self._waiting: SimpleQueue[_Process | None] = SimpleQueue()  # processes without work; None: one to be started
        self._wanted = self._sent = 0  # processes, characters
        self._processes: list[_Process] = []
        self._is_closed = False

    def __exit__(self, *_: object) -> None:
        """End the processes, also in the midst of their work."""
        self._is_closed = True
        for process in list(self._processes):
            process.end()
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:  # which started meanwhile
            process.end()

    def run(self, items: Stream) -> Iterator[Any]:
        """Work on each page and document of a stream.

        :param items: Read no further ahead than keeps the workers busy.
        :return: The stream, in its order: an outcome in the place of each page or document, all else as it was.
        """
        waiting: deque[_Part] = deque()
        for chunk in chain(cut_chunks(items), (None,)):
            room = 0
            if chunk is not None:
                waiting.append(_Part(chunk, [*filter(needs_work, chunk)]))
                self._start(sum(map(size_of, waiting[-1].work)))
                # Two chunks are read ahead for each worker, so that none waits.
                room = 3 * self._wanted or (MOST_GATHERED if self.jobs > 1 else 0)
            for part in waiting if self._wanted else ():
                part.outcomes = part.outcomes or self._threads.submit(self._work, part.work)
            while waiting and (chunk is None or not waiting[0].work or len(waiting) > room):
                part = waiting.popleft()
                done = part.outcomes.result() if part.outcomes else self.here.work_in_time(part.work)
                yield from merged(part.content, done)

    def _start(self, size: int) -> None:
        """Let another process be started for as much more work as repays it: not sixty-four because there are cores."""
        self._sent += size
        wanted = min(self.jobs, 2 * self._sent // self.enough) if self.jobs > 1 and self._sent >= self.enough else 0
        while self._wanted < wanted:
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
        except _LostError as error:
            process = None
            if len(items) == 1:
                return [Skip(items[0].source, str(error), may_pass=True)]
        finally:
            self._waiting.put(process)
        return [outcome for item in items for outcome in self._work([item])]

    def _open(self) -> "_Process":
        """Start a process that loads the worker.

        :raises ModelError: If it cannot.
        """
        if self._is_closed:
            raise ModelError("stopped")
        self._processes.append(process := _Process())
        try:
            process.ask(self._load, LOADING_SECONDS)
        except _LostError as error:
            reason = str(error).partition(";")[0]
            raise ModelError(f"{reason} while loading; expected memory for each process, or fewer --jobs") from None
        return process


@dataclass(slots=True)
class _Part:
    """A chunk of a stream, the parts that need work, and their outcomes once they are sent."""

    content: Batch
    work: Batch
    outcomes: Future[Batch] | None = None


class _LostError(Exception):
    """A process died or hangs."""


class _Process:
    """A worker process and the connection to it."""

    def __init__(self) -> None:
        self.connection, theirs = Pipe()
        handle = theirs.fileno()
        options: Record = {"pass_fds": [handle], "process_group": 0}  # Ctrl-C is for the parent to answer
        if sys.platform == "win32":
            os.set_handle_inheritable(handle, True)
            options = {"startupinfo": subprocess.STARTUPINFO(lpAttributeList={"handle_list": [handle]})}
        # In place of the main script, which ``multiprocessing`` would run again in each process.
        path = [str(place) for place in sys.path]
        program = f"import sys; sys.path[:] = {path}; from stance.engines import serve; serve({handle})"
        with theirs:
            command = [spawn.get_executable(), "-P", "-c", program]
            self.popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, **options)  # noqa: S603 ours

    def ask(self, message: object, seconds: float) -> Any:
        """Send something, and return the answer.

        :raises _LostError: If the process dies, or does not answer in time; it is ended.
        :raises ModelError: If it says that the run cannot go on.
        """
        left = seconds * SLOWNESS + GRACE_SECONDS
        try:
            self.connection.send(message)
            while left > 0 and not self.connection.poll(1.0):
                left -= 1.0  # a clock would go on where Ctrl-Z stops all of us
            answer = self.connection.recv() if left > 0 else None
        except (EOFError, OSError):
            answer = None
        if answer is None:
            reason = self._reason_of_end(seconds) if left > 0 else too_long(seconds)
            self.end()
            raise _LostError(reason)
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

    def end(self) -> None:
        """Kill the process."""
        self.popen.kill()
        self.popen.wait()
        self.connection.close()


# The worker process ---------------------------------------------------------------------------------------------------


def serve(handle: int) -> None:
    """Load the worker that the parent sends, then work on each list of items, until the parent closes the connection.

    :param handle: Of the connection.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.environ["OMP_NUM_THREADS"] = "1"  # read by libraries that are loaded later, which ``threads_limited`` misses
    bounds.collect_seldom()
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
            if hasattr(signal, "SIGPROF"):  # ends the process in a library that never looks at signals
                signal.setitimer(signal.ITIMER_PROF, worker.time_allowed(items) + GRACE_SECONDS)
            try:
                parent.send(worker.work_in_time(items))
            except (StanceError, OSError) as error:
                parent.send(str(error))
            del items  # nobody needs them while the next are waited for
