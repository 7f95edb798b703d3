"""What this machine does, stage by stage, on pages that are the same everywhere: figures that two users can compare.

Each stage gets a share of the time and does as much as it can in it, so that a slow machine is not kept waiting. What
is loaded once, as cues and weights, is loaded before a clock starts, and told apart.
"""

import platform
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from itertools import chain, cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, TypeVar

from stance.bench_material import make_pages
from stance.datamodels import Comment, Document, Page, PageKind, ScoredDocument, Via
from stance.threads import available_cores

if TYPE_CHECKING:
    from stance.documents import DocumentScorer

Item = TypeVar("Item")

SECONDS = 4.0
"""Of each stage. Nine stages and what they load take less than a minute."""

PAGES = 60
"""Made before the clock starts; a stage that is through with them ends."""

PAGES_OF_JOBS = 240
"""For two jobs and for one, beside those that the other stages know: a core does some 15 a second."""

WARMING = 16
"""Pages for which two workers load, before the clock starts."""

ONCE = "once"
"""The unit of what is loaded: how often in a second nobody asks."""

_PACKAGES = ("numpy", "scipy", "lxml", "trafilatura", "onnxruntime")


@dataclass(frozen=True, slots=True)
class Pace:
    """How much of something was done in how long."""

    stage: str
    unit: str
    n: int
    seconds: float  # on the clock
    cpu_seconds: float | None  # of all threads of this process; None: others did the work
    named: int | None = None  # of scoring: pairs of comment and target that name it, which the model reads
    times: float | None = None  # of two jobs: as fast on the clock as one

    @property
    def per_second(self) -> float:
        """How many in a second on the clock."""
        return self.n / self.seconds if self.seconds else 0.0

    @property
    def per_cpu_second(self) -> float:
        """How many in a second of one core: what a busy machine changes least."""
        return self.n / self.cpu_seconds if self.cpu_seconds else 0.0


@dataclass(frozen=True, slots=True)
class Bench:
    """What was measured, and on what."""

    paces: tuple[Pace, ...]
    environment: dict[str, str] = field(default_factory=dict)
    peak_megabytes: float | None = None  # of this process, so far; None: the system does not tell


def run_bench(seconds: float = SECONDS, models: Sequence[str] = ("light", "default")) -> Iterator[Pace]:
    """Measure each stage in the order in which a page goes through them.

    :param seconds: Of each stage.
    :param models: Models to score with, by name; the report is of what the first gives.
    :return: One pace a stage, as soon as it is measured.
    :raises ModelError: If a model cannot be loaded.
    """
    with TemporaryDirectory() as folder:
        places = _write_pages(Path(folder))
        read, pages = _timed("read", "pages", _read, places, seconds, len, again=True)
        yield read
        parse, documents = _timed("parse", "pages", _parse, pages, seconds, len)
        yield parse
        yield from _measure_texts(documents, seconds)
        scored: list[ScoredDocument] = []
        for model in models:
            scorer, loading = _load(model)
            yield loading
            pace, found = _score(model, scorer, documents, seconds)
            yield pace
            scored = scored or found
            if model == models[0]:
                yield _report(scored, scorer, Path(folder) / "report", seconds)
                if available_cores() > 1:
                    yield _two_jobs(model, scorer, seconds)


def environment() -> dict[str, str]:
    """Say on what is measured: versions, processor, cores."""
    return {
        "stance": version("stance"),
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "cores": str(available_cores()),
        **{package: version(package) for package in _PACKAGES},
    }


def peak_megabytes() -> float | None:
    """Tell how much memory this process has held at most; None where the system does not say."""
    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1_000_000 if sys.platform == "darwin" else 1_000)


def bench_record(bench: Bench) -> dict[str, Any]:
    """Turn what was measured into a record."""
    return {
        "environment": bench.environment,
        "peak_megabytes": None if bench.peak_megabytes is None else round(bench.peak_megabytes),
        "stages": [
            {
                "stage": pace.stage,
                "unit": pace.unit,
                "n": pace.n,
                "seconds": round(pace.seconds, 3),
                "cpu_seconds": None if pace.cpu_seconds is None else round(pace.cpu_seconds, 3),
                "per_second": round(pace.per_second, 1),
                "per_cpu_second": None if pace.cpu_seconds is None else round(pace.per_cpu_second, 1),
                "named_pairs": pace.named,
                "times_one_job": None if pace.times is None else round(pace.times, 2),
            }
            for pace in bench.paces
        ],
    }


def bench_table(bench: Bench) -> str:
    """Lay out what was measured as a table in Markdown, to paste."""
    head = ("stage", "what", "done", "a second", "a second of one core", "core milliseconds each")
    rows = [head, ("---",) * len(head), *map(_cells, bench.paces)]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    told = ", ".join(f"{name} {what}" for name, what in bench.environment.items())
    memory = "" if bench.peak_megabytes is None else f"; at most {bench.peak_megabytes:,.0f} MB"
    return "\n".join([*lines, "", f"{told}{memory}"])


def _cells(pace: Pace) -> tuple[str, ...]:
    done = f"{pace.n:,}"
    if pace.named is not None:
        done += f", {pace.named:,} pairs name their target"
    if pace.times is not None:
        done += f", {pace.times:.2f} times as fast"
    on_the_clock = "" if pace.unit == ONCE else f"{pace.per_second:,.1f}"
    if pace.cpu_seconds is None or not pace.n:
        return pace.stage, pace.unit, done, on_the_clock, "", ""
    of_a_core = "" if pace.unit == ONCE else f"{pace.per_cpu_second:,.1f}"
    return pace.stage, pace.unit, done, on_the_clock, of_a_core, f"{1000 * pace.cpu_seconds / pace.n:,.2f}"


def _write_pages(folder: Path) -> list[Path]:
    places = [folder / f"{number:03}.html" for number in range(PAGES)]
    for place, content in zip(places, make_pages(), strict=False):
        place.write_text(content, encoding="utf-8")
    return places


def _timed(
    stage: str,
    unit: str,
    work: Callable[[Item], list[Any]],
    items: Sequence[Item],
    seconds: float,
    count: Callable[[list[Any]], int],
    *,
    again: bool = False,
) -> tuple[Pace, list[Any]]:
    """Work on items until they or the time are over; give the pace, and what the first round made.

    :param again: Begin again with the first; not where a second round profits from the first.
    """
    work(items[0])  # what is loaded when it is first needed is not this stage's time
    made: list[list[Any]] = []
    n, clock, cpu = 0, time.perf_counter(), time.process_time()
    for item in cycle(items) if again else items:
        found = work(item)
        n += count(found)
        if len(made) < len(items):
            made.append(found)
        if time.perf_counter() - clock >= seconds:
            break
    pace = Pace(stage, unit, n, time.perf_counter() - clock, time.process_time() - cpu)
    return pace, list(chain.from_iterable(made))


def _read(place: Path) -> list[Page]:
    from stance.reading import read

    return [item for item in read([place], skip=lambda _: None) if isinstance(item, Page)]


def _parse(page: Page) -> list[Document]:
    from stance.documents import tell_languages
    from stance.parsing import parse_page

    return [tell_languages(parse_page(page), fallback="en")]


def _measure_texts(documents: Sequence[Document], seconds: float) -> Iterator[Pace]:
    """Find the targets in comments, and tell how they sound."""
    from stance.scoring.sentiment import SentimentScorer
    from stance.targets import load_targets

    targets, sentiment = load_targets(), SentimentScorer()
    texts = [[comment.text for comment in document.comments] for document in documents]
    yield _timed(
        "find", "comments", lambda each: [targets.find(text) for text in each], texts, seconds, len, again=True
    )[0]
    yield _timed("sentiment", "comments", sentiment.score, texts, seconds, len, again=True)[0]


def _load(model: str) -> tuple["DocumentScorer", Pace]:
    """Load a model, and let it judge one text: cues and weights are read when they are first needed."""
    from stance.documents import make_scorer

    clock, cpu = time.perf_counter(), time.process_time()
    scorer = make_scorer(Run(model=ModelOptions(model), privacy=PrivacyOptions(names=True)))
    list(scorer.score([Document("first", "first", language="en", comments=(Comment("c1", "NATO lies."),))]))
    return scorer, Pace(f"load {model}", ONCE, 1, time.perf_counter() - clock, time.process_time() - cpu)


def _score(
    model: str, scorer: "DocumentScorer", documents: Sequence[Document], seconds: float
) -> tuple[Pace, list[ScoredDocument]]:
    asked: list[ScoredDocument] = []

    def work(document: Document) -> list[ScoredDocument]:
        found = list(scorer.score([document]))
        asked.extend(found)
        return found

    def count(found: Iterable[ScoredDocument]) -> int:
        return sum(len(each.document.comments) for each in found)

    pace, scored = _timed(f"score, {model}", "comments", work, documents, seconds, count)
    named = sum(score.via in (Via.TEXT, Via.PARENT) for each in asked[1:] for score in each.scores)
    return replace(pace, named=named), scored


def _report(scored: Sequence[ScoredDocument], scorer: "DocumentScorer", folder: Path, seconds: float) -> Pace:
    """Write a report of documents, as many as the time allows."""
    from stance.findings import write_report
    from stance.journal import Journal

    begun, n = time.perf_counter(), 0

    def given() -> Iterator[ScoredDocument]:
        nonlocal n
        for each in scored:
            n += len(each.document.comments)
            yield each
            if time.perf_counter() - begun >= seconds:
                return

    write_report(scored[:1], folder, scorer=scorer, journal=Journal())  # templates are read once
    begun, cpu = time.perf_counter(), time.process_time()
    write_report(given(), folder, scorer=scorer, journal=Journal())
    return Pace("report", "comments", n, time.perf_counter() - begun, time.process_time() - cpu)


def _two_jobs(model: str, scorer: "DocumentScorer", seconds: float) -> Pace:
    """Score pages in two worker processes that have loaded, and the same here, by the clock."""
    from stance.engines.cores import Cores
    from stance.engines.jobs import PageWorker, ScoringJob

    made = islice(make_pages(seed=1), WARMING + PAGES_OF_JOBS)
    pages = [Page(f"{n}.html", PageKind.HTML, text, "utf-8") for n, text in enumerate(made)]
    job, here = ScoringJob(scorer.targets, ModelOptions(model), scorer.naming), PageWorker(scorer=scorer)
    paces = []
    for jobs in (1, 2):
        with Cores(job, here, jobs, enough=1) as engine:
            list(engine.run(pages[:WARMING]))
            n, begun = 0, time.perf_counter()
            for n, _ in enumerate(engine.run(pages[WARMING:]), 1):  # noqa: B007 counted for later
                if time.perf_counter() - begun >= seconds:
                    break
            paces.append(Pace("two jobs against one", "pages", n, time.perf_counter() - begun, None))
    one, two = paces
    return replace(two, times=two.per_second / one.per_second)
