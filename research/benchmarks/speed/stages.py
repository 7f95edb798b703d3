"""The stages on this machine, one by one, on made-up pages that are the same everywhere.

Each stage gets a share of the time and does as much as it can in it, so that a slow machine is not kept waiting. Models
are loaded before a clock starts, and loading has rows of its own.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from html.parser import HTMLParser
from itertools import chain, cycle, islice, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from research.benchmarks.material import SYSTEMS, make_pages
from research.benchmarks.speed import Bench, line
from stance.datamodels import Comment, Document, Page, PageKind, Via
from stance.limits import available_cores
from stance.log import Log
from stance.options.definition import build
from stance.options.models import ModelOptions
from stance.options.run import Run
from stance.parsing import make_document
from stance.pipeline import write_report
from stance.reading import read
from stance.runs.models import open_scorer
from stance.runs.scores import ScoredRun
from stance.scoring.documents import DocumentScorer
from stance.scoring.sentiment import score_text
from stance.scoring.targets.target_set import load_targets
from stance.workers.cores import Cores
from stance.workers.page_worker import PageWorker, ScoringJob

SECONDS = 4.0
"""Of each stage. Nine stages and what they load take less than a minute."""

PAGES = 60
"""Generated before the clock starts; a stage ends after the last one."""

PAGES_OF_JOBS = 240
"""For two jobs and for one: a core does some 15 a second."""

WARMING = 16
"""Pages for which two workers load, before the clock starts."""

HEAD = ("stage", "of", "done", "a second", "a second of one core", "core milliseconds each")


class Pace(NamedTuple):
    """How much of something was done in how long."""

    stage: str
    unit: str
    n: int
    seconds: float  # on the clock
    cpu_seconds: float | None = None  # of all threads of this process; None: others did the work
    note: str = ""

    def row(self) -> str:
        """Return the row of a table; with rates of work that was repeated."""
        on_clock = f"{self.n / self.seconds:,.1f}" if self.n > 1 else ""
        of_core = f"{self.n / self.cpu_seconds:,.1f}" if self.n > 1 and self.cpu_seconds else ""
        each = f"{1000 * self.cpu_seconds / self.n:,.2f}" if self.n and self.cpu_seconds else ""
        return line(self.stage, self.unit, f"{self.n:,}{self.note}", on_clock, of_core, each)


def system_times(pages: int = 5) -> dict[str, tuple[float, float]]:
    """Return processor seconds of a page of each comment system: to parse it, and of a fixed work on the same page.

    The fixed work is a walk through the page by the parser of the standard library, which uses no compiled code.
    """
    times = {}
    for system in SYSTEMS:
        texts = list(islice(make_pages(system=system), pages + 1))
        made = [Page(f"{system} {k}", PageKind.HTML, text, "utf-8") for k, text in enumerate(texts)]
        make_document(made[0])  # loads what parsing needs
        clocks = [time.process_time()]
        for page in made[1:]:
            make_document(page)
        clocks.append(time.process_time())
        for text in texts[1:]:
            HTMLParser().feed(text)
        clocks.append(time.process_time())
        parsed, walked = (after - before for before, after in pairwise(clocks))
        times[system] = parsed / pages, walked / pages
    return times


def systems_rows(_: Bench) -> Iterator[str]:
    """Measure how long a page of each comment system takes to parse."""
    yield line("comment system", "milliseconds a page", "fixed work / ours")
    for system, (ours, fixed) in system_times().items():
        yield line(system, f"{1000 * ours:.1f}", f"{fixed / ours:.2f}")


def stages_rows(_: Bench) -> Iterator[str]:
    """Measure each stage for four seconds."""
    yield line(*HEAD)
    yield from (pace.row() for pace in measure())


def measure(seconds: float = SECONDS, models: Sequence[str] = ("light", "default")) -> Iterator[Pace]:
    """Measure each stage in the order in which a page goes through them.

    :param seconds: Of each stage.
    :param models: Models to score with, by name; the report is of the scores of the first.
    """
    timed = partial(_timed, seconds=seconds)
    with TemporaryDirectory() as folder:
        places = [Path(folder, f"{number:03}.html") for number in range(PAGES)]
        for place, content in zip(places, make_pages(), strict=False):
            place.write_text(content, encoding="utf-8")
        pace, pages = timed("read", "pages", lambda place: next(iter(read([place], skip=print))), cycle(places))
        yield pace
        pace, documents = timed("parse", "pages", lambda page: make_document(page, "en"), pages[:PAGES])
        yield pace
        texts = [[comment.text for comment in document.comments] for document in documents]
        targets = load_targets()
        yield timed("find", "comments", lambda each: [targets.find(text) for text in each], cycle(texts), count=len)[0]
        yield timed("sentiment", "comments", lambda each: [*map(score_text, each)], texts, count=len)[0]
        for model in models:
            yield (loaded := _load(model))[1]
            scorer = loaded[0]
            pace, scored = timed(f"score, {model}", "comments", partial(_score, scorer), documents, count=_comments)
            named = sum(score.via in (Via.TEXT, Via.PARENT) for each in scored for score in each.scores)
            yield pace._replace(note=f", {named:,} pairs name their target")
            if model == models[0]:
                clock, cpu = time.perf_counter(), time.process_time()
                write_report(ScoredRun(Run(), scored, scorer), Path(folder) / "report", Log())
                n = sum(map(_comments, scored))
                yield Pace("report", "comments", n, time.perf_counter() - clock, time.process_time() - cpu)
                if available_cores() > 1:
                    yield _two_jobs(model, scorer, seconds)


def _comments(scored: Any) -> int:
    return len(scored.comments)


def _score(scorer: DocumentScorer, document: Document) -> Any:
    return next(scorer.score([document]))


def _timed(
    stage: str,
    unit: str,
    work: Callable[[Any], Any],
    items: Any,
    seconds: float,
    count: Callable[[Any], int] = lambda _: 1,
) -> tuple[Pace, list[Any]]:
    """Work on items until they or the time are over; return the pace and the results."""
    items = iter(items)
    first = next(items)
    work(first)  # some things are loaded when they are first needed
    found: list[Any] = []
    clock, cpu = time.perf_counter(), time.process_time()
    for item in chain([first], items):
        found.append(work(item))
        if time.perf_counter() - clock >= seconds:
            break
    n = sum(map(count, found))
    return Pace(stage, unit, n, time.perf_counter() - clock, time.process_time() - cpu), found


def _load(model: str) -> tuple[DocumentScorer, Pace]:
    """Load a model, and score one text: weights are read when they are first needed."""
    clock, cpu = time.perf_counter(), time.process_time()
    scorer = open_scorer(build(Run, {"model": model, "names": True}))
    list(scorer.score([Document("first", "first", language="en", comments=(Comment("c1", "NATO lies."),))]))
    return scorer, Pace(f"load {model}", "once", 1, time.perf_counter() - clock, time.process_time() - cpu)


def _two_jobs(model: str, scorer: DocumentScorer, seconds: float) -> Pace:
    """Score pages in two worker processes that have loaded, and the same here, by the clock."""
    made = islice(make_pages(seed=1), WARMING + PAGES_OF_JOBS)
    pages = [Page(f"{n}.html", PageKind.HTML, text, "utf-8") for n, text in enumerate(made)]
    job, here = ScoringJob(scorer.targets, ModelOptions(model), scorer.naming), PageWorker(scorer=scorer)
    paces = []
    for jobs in (1, 2):
        with Cores(job.open, here, jobs, enough=1) as engine:
            list(engine.run(pages[:WARMING]))
            begun = time.perf_counter()
            n = 0
            for n, _ in enumerate(engine.run(pages[WARMING:]), 1):  # noqa: B007 counted for later
                if time.perf_counter() - begun >= seconds:
                    break
            paces.append(n / (time.perf_counter() - begun))
    one, two = paces
    return Pace("two jobs against one", "pages", n, n / two, note=f", {two / one:.2f} times as fast")
