"""Engines: the same rows from several processes; a page that is lost is named, and alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import stance
from research.benchmarks.material import make_pages
from stance.datamodels import Comment, Document, Skip, Stance
from stance.exceptions import ModelError
from stance.limits import Limits, limits_in_force
from stance.log import Log
from stance.options.definition import build
from stance.options.run import Run, ScoreOptions
from stance.records.writers import score_writer
from stance.runs.documents import read_documents
from stance.runs.models import open_scorer
from stance.runs.scores import score_inputs
from stance.scoring.documents import DocumentScorer
from stance.workers import chunks, processes, time_limits
from stance.workers.cores import Cores, scoring_engine
from stance.workers.page_worker import PageWorker
from tests.aggregation.test_aggregation import score
from tests.support.growth import grows_linearly
from tests.support.stub_jobs import StubJob, StubWorker, page

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def scorer(tmp_path_factory: pytest.TempPathFactory) -> DocumentScorer:
    run = build(Run, {"model": "light", "key_file": tmp_path_factory.mktemp("key") / "key"})
    return open_scorer(run, ScoreOptions(articles=True))


@pytest.fixture
def inputs(tmp_path: Path, seeds: Path) -> list[str]:
    """Pages, one of them twice, with a table, a table of scores and inputs that cannot be used between them."""
    odd = tmp_path / "odd"
    odd.mkdir()
    (odd / "a.txt").write_bytes(next(seeds.glob("*.txt")).read_bytes())
    (odd / "b.csv").write_text("text,author\nNATO lies.,Ann\nNobody asked Russia.,Bob\nNATO again?,Ann\n")
    (odd / "c.csv").write_text("author\nAnn\n")
    (odd / "d.html").write_text("<html><body>" + "<div>" * 3000)
    (odd / "e.html").write_text(next(iter(make_pages())))
    score_writer(odd / "f.jsonl")([score(Stance.FAVOR)], odd / "f.jsonl")
    return [str(seeds), str(odd), str(tmp_path / "nowhere")]


@pytest.mark.slow
def test_two_processes_give_what_one_gives(scorer: DocumentScorer, inputs: list[str], tmp_path: Path) -> None:
    one, two = Log(), Log()
    run = build(Run, {"inputs": inputs, "model": "light", "jobs": 2, "language": "en"})
    expected = list(score_inputs(read_documents(inputs, run.reading, log=one), scorer, log=one))
    engine = scoring_engine(run, scorer)
    assert isinstance(engine, Cores)
    engine.enough = 1
    found = list(score_inputs(read_documents(inputs, log=two, engine=engine), scorer, log=two))
    assert found == expected
    assert (two.skipped, two.warnings) == (one.skipped, one.warnings)
    assert any("the same document" in each.reason for each in two.warnings)
    assert {Path(each.source).name for each in two.skipped} >= {"c.csv", "nowhere"}


PARTS = ["NATO: ", "NATO; ", "NATO. ", "NATO? ", "NATO\n", "NATO but ", "NATO is bad and Russia good. ", "U.S."]


@pytest.mark.parametrize("part", PARTS)
def test_time_grows_with_the_names_and_clauses_of_a_comment(scorer: DocumentScorer, part: str) -> None:
    tries = count()

    def read(size: int) -> list[Document]:
        said = Comment("c1", f"{next(tries)} {part * (size // len(part))}")  # other words: texts are remembered
        return list(scorer.score([Document("d", "d.html", language="en", comments=(said,))]))

    assert grows_linearly(read, 48_000)


def test_a_comment_at_which_scoring_fails_costs_itself_alone() -> None:
    def fail(texts: Iterator[Document]) -> Iterator[Document]:
        for each in texts:
            assert "break" not in " ".join(comment.text for comment in each.comments)
            yield replace(each, scores=(score(Stance.FAVOR),))

    said = ["NATO is right.", "This will break it.", "Russia is wrong.", "Another break."]
    comments = tuple(Comment(f"c{n}", text) for n, text in enumerate(said))
    document = Document("d", "d.html", language="en", comments=comments)
    scorer: Any = SimpleNamespace(score=fail)
    (found,) = PageWorker("en", scorer=scorer, ready={None}).work_in_time([document])
    assert isinstance(found, Document)
    assert [each.comment_id for each in found.comments] == ["c0", "c2"]
    assert found.scores
    reason = "was left out: it could not be processed: AssertionError"
    assert [each[: len(reason) + 11] for each in found.warnings] == [
        f"comment {name} {reason}" for name in ("c1", "c3")
    ]


def run(items: list[Any], notes: Path, *, jobs: int = 2, enough: int = 1, fault: str = "") -> list[Any]:
    with Cores(StubJob(notes, fault).open, StubWorker(), jobs, enough=enough) as engine:
        return list(engine.run(iter(items)))


def sources(found: list[Any]) -> list[str]:
    return [each.source for each in found]


def is_gone(notes: Path) -> bool:
    return not any(Path(f"/proc/{note.name}").exists() for note in notes.iterdir())


def test_a_lost_page_is_named_and_its_fellows_are_worked_on(tmp_path: Path) -> None:
    does = ["works", "dies", "works", "raises", "works", "exits", "works"]
    found = run([page(number, each) for number, each in enumerate(does)], tmp_path)
    assert sources(found) == [f"page-{number}" for number in range(7)]
    assert [isinstance(each, Document) for each in found] == [each == "works" for each in does]
    assert [each.reason for each in found if isinstance(each, Skip)] == [
        "a worker process was killed by SIGKILL (out of memory?)",
        "could not be processed: ZeroDivisionError: one by none",
        "a worker process ended with code 3",
    ]
    assert [each.may_pass for each in found if isinstance(each, Skip)] == [True, False, True]
    assert is_gone(tmp_path)


@pytest.mark.parametrize("enough", [1, 10**9])
@pytest.mark.parametrize(("does", "message"), [("cannot", "weights are gone; expected"), ("fills", "No space left")])
def test_what_no_page_can_help_ends_the_run(does: str, message: str, enough: int, tmp_path: Path) -> None:
    with pytest.raises((ModelError, OSError), match=message):
        run([page(1), page(2, does)], tmp_path, enough=enough)
    assert is_gone(tmp_path)


@pytest.mark.parametrize("does", ["hangs", "hangs-deaf", "waits-deaf"])
def test_a_page_that_takes_too_long_is_named_and_its_worker_replaced(
    does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chunks, "CHUNK_ITEMS", 1)
    if does == "waits-deaf":  # only the other process can end it
        monkeypatch.setattr(processes, "SLOWNESS", 1)
    with limits_in_force(Limits(page_seconds=1)):
        found = run([page(1), page(2, does), page(3)], tmp_path)
    assert sources(found) == ["page-1", "page-2", "page-3"]
    assert found[1].reason == time_limits.too_long(1)
    assert isinstance(found[2], Document)
    assert is_gone(tmp_path)


@pytest.mark.parametrize("does", ["hangs", "backtracks", "waits"])
def test_a_page_that_takes_too_long_here_is_interrupted(
    does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_limits, "SLOWNESS", 4)
    with limits_in_force(Limits(page_seconds=0.3)):
        found = run([page(1), page(2, does), page(3)], tmp_path, enough=10**9)
    assert sources(found) == ["page-1", "page-2", "page-3"]
    assert found[1] == Skip("page-2", time_limits.too_long(0.3))
    assert found[1].may_pass
    assert signal.getsignal(signal.SIGALRM) is signal.SIG_DFL
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("does", ["stops", "loads"])
def test_a_page_that_is_held_up_is_read(does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_library.py").write_text("import time\ntime.sleep(1)\nis_whole = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(time_limits, "SLOWNESS", 1)
    found = StubWorker(limits=Limits(page_seconds=0.5)).work_in_time([page(1, does)])
    if does == "stops":
        assert isinstance(found[0], Document)
    else:  # late, but whole for the pages behind it
        assert sys.modules["slow_library"].is_whole


def test_no_more_is_read_than_keeps_the_workers_busy(tmp_path: Path) -> None:
    read = 0

    def pages() -> Iterator[Any]:
        nonlocal read
        for read in range(100_000):
            yield page(read)

    with Cores(StubJob(tmp_path).open, StubWorker(), 2, enough=1) as engine:
        found = engine.run(pages())
        assert [next(found).source for _ in range(3)] == ["page-0", "page-1", "page-2"]
    assert read < 20 * chunks.CHUNK_ITEMS
    assert is_gone(tmp_path)


@pytest.mark.parametrize(
    ("fault", "message"),
    [("raises", "ValueError: no such weights"), ("dies", "killed by SIGKILL .*while loading; expected memory")],
)
def test_workers_that_cannot_load_end_the_run_with_a_reason(fault: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=message):
        run([page(1)], tmp_path, fault=fault)
    assert is_gone(tmp_path)


def test_each_connection_is_closed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A handle that is closed again may be that of another file by then."""
    closed: list[Connection] = []

    def close(connection: Connection) -> None:
        closed.append(connection)
        time.sleep(0.5)  # in which another thread would close it too
        os.close(connection.fileno())

    monkeypatch.setattr(Connection, "_close", close)
    with Cores(StubJob(tmp_path).open, StubWorker(), 2, enough=1) as engine:
        found = engine.run(page(number, "works" if number < chunks.CHUNK_ITEMS else "waits") for number in count())
        assert isinstance(next(found), Document)
    assert len(closed) == len({*map(id, closed)}) == 4  # both ends of two
    assert is_gone(tmp_path)


SCRIPT = """
import sys
import stance
from stance.workers import cores

print("read", file=sys.stderr)
cores.ENOUGH_TO_SCORE = 1
print(len(stance.score(sys.argv[1], model="vader", jobs=2)))
"""


def test_a_script_may_ask_for_processes_as_it_stands_and_is_run_once(seeds: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    command = [sys.executable, str(script), str(seeds)]
    environment = os.environ | {"STANCE_KEY_FILE": str(tmp_path / "key")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr.count("read\n") == 1
    assert "Traceback" not in done.stderr
    assert int(done.stdout) == len(stance.score(str(seeds), model="vader"))


INTERRUPTED = """
import os, signal, sys
from functools import partial
from pathlib import Path

from tests.support import store_samples as samples
from stance.options.definition import build
from stance.options.run import Run
from stance.workers import chunks, cores

cores.ENOUGH_TO_SCORE = 1
chunks.CHUNK_ITEMS = 2
signal.signal(signal.SIGINT, signal.default_int_handler)  # what is started in the background is deaf to it


def watch(documents):
    for number, each in enumerate(documents):
        yield each
        if number == 3:
            os.killpg(0, signal.SIGINT)  # as Ctrl-C does: to all of the terminal's processes


if __name__ == "__main__":
    inputs, store = Path(sys.argv[1]), Path(sys.argv[2])
    run = build(Run, {"model": "vader", "jobs": 2})
    samples.ENGINE = partial(cores.scoring_engine, run)
    again = len(sys.argv) > 3
    try:
        samples.update([inputs], store, watch=iter if again else watch)
    except KeyboardInterrupt:
        sys.exit(130)
"""


@pytest.mark.slow
def test_ctrl_c_leaves_a_store_that_the_next_run_completes(tmp_path: Path) -> None:
    from tests.support import store_samples as samples

    inputs = samples.write(tmp_path / "in.jsonl", *(samples.page(f"page {number}") for number in range(30)))
    script = tmp_path / "run.py"
    script.write_text(INTERRUPTED)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join((str(ROOT), str(ROOT / "tests")))}

    def score(*more: str) -> int:
        command = [sys.executable, str(script), str(inputs), str(tmp_path / "store.db"), *more]
        with subprocess.Popen(command, env=environment, start_new_session=True, stderr=subprocess.PIPE) as process:
            assert process.communicate(timeout=60)[1] == b""
        assert is_left_empty(process.pid)
        return process.returncode

    assert score() == 130
    assert 3 <= len(samples.stored(tmp_path / "store.db")) < 30
    assert score("again") == 0
    samples.update([inputs], tmp_path / "whole.db")
    assert samples.stored(tmp_path / "store.db") == samples.stored(tmp_path / "whole.db")


def is_left_empty(group: int) -> bool:
    """Tell whether no process of a group is left; what only keeps account of them ends a moment after them."""
    for _ in range(1200):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False
