"""What this machine does: every stage is measured, on pages that are everywhere the same."""

import hashlib
import json
from itertools import islice

import pytest
from typer.testing import CliRunner

from stance.bench_material import COMMENTS_PER_PAGE, PARAGRAPHS_PER_PAGE, make_dumps, make_pages
from stance.benching import Bench, Pace, bench_record, bench_table, run_bench
from stance.cli import app
from stance.datamodels import Page, PageKind
from stance.parsing import parse_page
from stance.targets import load_targets
from stance.threads import available_cores

STAGES = [
    "read",
    "parse",
    "find",
    "sentiment",
    "load light",
    "score, light",
    "report",
    *(["two jobs against one"] if available_cores() > 1 else []),
    "load default",
    "score, default",
]


@pytest.fixture(scope="module")
def paces() -> list[Pace]:
    return list(run_bench(seconds=0.01))


def test_pages_are_everywhere_the_same() -> None:
    digest = hashlib.sha256("".join([*islice(make_pages(), 2), *islice(make_dumps(), 2)]).encode()).hexdigest()
    assert digest[:16] == "eb5455a8b093f47d"
    assert next(make_pages(seed=1)) != next(make_pages())


@pytest.mark.parametrize(("make", "kind"), [(make_pages, PageKind.HTML), (make_dumps, PageKind.TEXT)])
def test_pages_are_read_as_they_were_made(make, kind: PageKind) -> None:
    document = parse_page(Page("p", kind, next(make()), "utf-8"))
    assert len(document.comments) == COMMENTS_PER_PAGE
    assert len(document.body) == PARAGRAPHS_PER_PAGE
    assert all(comment.author and comment.posted for comment in document.comments)
    targets = load_targets()
    named = sum(bool(targets.find(comment.text)) for comment in document.comments)
    assert COMMENTS_PER_PAGE / 3 < named < COMMENTS_PER_PAGE


@pytest.mark.slow
def test_every_stage_is_measured(paces: list[Pace]) -> None:
    assert [pace.stage for pace in paces] == STAGES
    for pace in paces:
        assert pace.n > 0
        assert pace.seconds > 0
        assert pace.cpu_seconds is None or pace.cpu_seconds >= 0
    scored = {pace.stage: pace for pace in paces if pace.named is not None}
    assert set(scored) == {"score, light", "score, default"}
    assert all(0 < pace.named < 3 * pace.n for pace in scored.values())  # type: ignore[operator]


def test_scoring_is_counted_in_comments(paces: list[Pace]) -> None:
    (light,) = (pace for pace in paces if pace.stage == "score, light")
    assert light.n % COMMENTS_PER_PAGE == 0


def test_the_table_has_a_row_for_each_stage() -> None:
    bench = Bench((Pace("read", "pages", 50, 2.0, 1.0), Pace("load light", "once", 1, 2.0, 1.5)), {"cores": "2"}, 99.6)
    head, _, *rows, _, told = bench_table(bench).splitlines()
    assert rows == ["| read | pages | 50 | 25.0 | 50.0 | 20.00 |", "| load light | once | 1 |  |  | 1,500.00 |"]
    assert head.count("|") == rows[0].count("|")
    assert told == "cores 2; at most 100 MB"


def test_two_jobs_are_told_by_how_many_times_as_fast_as_one_they_are() -> None:
    bench = Bench((Pace("two jobs against one", "pages", 50, 2.0, None, times=1.834),))
    assert (
        bench_table(bench).splitlines()[2] == "| two jobs against one | pages | 50, 1.83 times as fast | 25.0 |  |  |"
    )
    (stage,) = bench_record(bench)["stages"]
    assert (stage["times_one_job"], stage["cpu_seconds"], stage["per_cpu_second"]) == (1.83, None, None)


@pytest.mark.skipif(available_cores() < 2, reason="needs two cores")
def test_two_jobs_are_measured_where_there_are_two_cores(paces: list[Pace]) -> None:
    (jobs,) = (pace for pace in paces if pace.times is not None)
    assert jobs.n > 0
    assert jobs.times is not None
    assert jobs.times > 0


def test_the_record_is_json() -> None:
    record = bench_record(Bench((Pace("score", "comments", 50, 2.0, 1.0, named=7),), {"cores": "2"}))
    assert json.loads(json.dumps(record)) == record
    assert record["stages"][0]["per_second"] == 25.0
    assert record["stages"][0]["named_pairs"] == 7


def test_nothing_done_in_no_time_is_no_pace() -> None:
    assert Pace("read", "pages", 0, 0.0, 0.0).per_second == 0


def test_the_command_prints_json(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stance.benching.run_bench", lambda _: iter([Pace("read", "pages", 5, 1.0, 1.0)]))
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["bench", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["stages"][0]["n"] == 5
    assert json.loads(done.stdout)["environment"]["cores"].isdigit()
    assert "stance: read: 1.0 s" in done.stderr
    assert CliRunner().invoke(app, ["bench", "--seconds", "0"]).exit_code == 2
