"""Spark gives what a run here gives: the same rows in the same order, whatever dies on the way."""

import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from stance.exceptions import ConfigError
from stance.log import Log
from stance.options.models import ModelOptions
from stance.plugins import spark
from stance.pseudonyms import Pseudonyms, load_key
from stance.runs.documents import read_documents
from stance.runs.run_settings import reading_settings, scoring_settings
from stance.scoring.targets.target_set import load_targets
from stance.workers.page_worker import ScoringJob
from tests.support.commands import invoke
from tests.support.spark_jobs import FATAL, brittle
from tests.support.store_samples import page, run_of, stored, update, write
from tests.support.tables import cases

needs_spark = pytest.mark.skipif(
    find_spec("pyspark") is None or shutil.which("java") is None, reason="needs pyspark and Java"
)


def job(folder: Path) -> ScoringJob:
    return ScoringJob(load_targets(None), ModelOptions("vader"), Pseudonyms(load_key(folder / "key.db")), articles=True)


def bad_page() -> dict[str, Any]:
    bad = page("bad")
    bad["comments"][1]["text"] = f"NATO is {FATAL}."
    return bad


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One session for all tests, which the engine finds and leaves open; a task may fail twice."""
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parents[2]), *sys.path]))
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        builder = SparkSession.builder.master("local[2,3]").config("spark.ui.enabled", "false")
        started = builder.config("spark.log.level", "OFF").getOrCreate()
        yield started
        started.stop()


def on_spark(inputs: list[Path | str], folder: Path, own: Any = None, **options: Any) -> int:
    with patch.object(spark, "_job", lambda *_: own or job(folder.parent)):
        return spark.score_on_spark(run_of(inputs, folder.parent), folder, **({"log": Log()} | options))


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
def test_rows_are_those_of_a_store(tmp_path: Path, seeds: Path) -> None:
    (tmp_path / "table.csv").write_text("id,text,target\nt1,Russia broke it.,nato\nt2,NATO wants peace.,Tea\n")
    (tmp_path / "bad.html").write_bytes(b"%PDF-1.7")
    inputs: list[Path | str] = [
        seeds,
        write(tmp_path / "north.jsonl", page("north"), page("south")),
        write(tmp_path / "again.jsonl", page("south"), page("east"), page("north")),
        str(tmp_path / "t*.csv"),
        tmp_path / "bad.html",
    ]
    there, here, read = Log(), Log(), Log()
    on_spark(inputs, tmp_path / "there", log=there)
    inputs[3] = tmp_path / "table.csv"
    update(inputs, tmp_path / "here.db", log=here)
    assert len([*(tmp_path / "there").glob("part-*.db")]) > 2
    assert list(read_documents([tmp_path / "there"], log=read)) == stored(tmp_path / "here.db")
    assert there.skipped == here.skipped == read.skipped != []
    assert {w.reason for w in here.warnings} == {w.reason for w in (*there.warnings, *read.warnings)}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    for name in ("there", "here.db"):
        done = invoke("export", tmp_path / name, "-o", tmp_path / f"{name}.csv")
        assert done.exit_code in (0, 3), done.output
    assert (tmp_path / "there.csv").read_bytes() == (tmp_path / "here.db.csv").read_bytes()
    with pytest.raises(ConfigError, match="exists already; expected a new folder"):
        on_spark(inputs, tmp_path / "there")
    assert on_spark(inputs[1:2], tmp_path / "there", force=True) == 2


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("always", [True, False])
def test_a_worker_that_dies_leaves_no_row_twice(tmp_path: Path, always: bool) -> None:
    path, log = write(tmp_path / "pages.jsonl", page("north"), bad_page(), page("south")), Log()
    deaths = tmp_path if always else tmp_path / "died"
    found = on_spark([path], tmp_path / "there", brittle(job(tmp_path), deaths), log=log)
    sources = [each.source for each in read_documents([tmp_path / "there"], log=Log())]
    assert sources == (["north.html", "south.html"] if always else ["north.html", "bad.html", "south.html"])
    assert found == len(sources)
    assert [skip.source for skip in log.skipped] == ["bad.html"] * always
    assert all("a worker process ended with code 1" in skip.reason for skip in log.skipped)


def in_a_process(seeds: Path, tmp_path: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command where no session is: what Java says as it starts is on this process' own standard error."""
    command = [sys.executable, "-m", "stance", "score", str(seeds), "--model", "vader", "--names", "--quiet"]
    command += ["--engine", "spark", "--master", "local[2]", "-o", f"{tmp_path / 'there'}/"]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


@needs_spark
@pytest.mark.slow
def test_a_quiet_run_says_nothing_and_java_neither(seeds: Path, tmp_path: Path) -> None:
    run = in_a_process(seeds, tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert len([*read_documents([tmp_path / "there"], log=Log())]) == 5


@needs_spark
def test_a_run_says_why_java_did_not_start(seeds: Path, tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'WARNING: old' >&2\necho \"Error: No Java for $PYSPARK_PYTHON\" >&2\nexit 1\n")
    java.chmod(0o755)
    for own in ({}, {"PYSPARK_PYTHON": f"{Path(sys.executable).parent}/./python"}):
        run = in_a_process(seeds, tmp_path, JAVA_HOME=str(tmp_path), **own)
        python = own.get("PYSPARK_PYTHON", sys.executable)
        assert (run.returncode, run.stderr) == (2, f"stance: Spark: Error: No Java for {python}\n")
    run = in_a_process(seeds, tmp_path, JAVA_HOME=str(tmp_path / "gone"))
    assert (run.returncode, run.stderr.count("\n"), "java" in run.stderr) == (2, 1, True)
    assert not (tmp_path / "there").exists()


def work(folder: Path, **settings: Any) -> spark.Work:
    run = run_of((), folder)
    given = (reading_settings(run), scoring_settings(run) | settings)
    return spark.Work(pickle.dumps(job(folder)), given, run.reading, (), Path.cwd(), folder)


def test_the_key_is_in_no_store_and_what_is_skipped_is_named(tmp_path: Path) -> None:
    path = write(tmp_path / "pages.jsonl", page("north"), page("south"))
    messages, documents = spark.score_part(work(tmp_path), 0, [path, tmp_path / "gone.html"])
    assert documents == 2
    assert [(kind, skip.source) for kind, skip in messages] == [("skipped", str(tmp_path / "gone.html"))]
    held = (tmp_path / "part-000000.db").read_bytes()
    assert load_key(tmp_path / "key.db").hex().encode() not in held
    assert b"Commenter" not in held


def test_a_worker_with_other_files_refuses(tmp_path: Path) -> None:
    path = write(tmp_path / "north.jsonl", page("north"))
    with pytest.raises(ConfigError, match=r"its files differ from those of the machine where the run began"):
        spark.score_part(work(tmp_path, files_sha256="0" * 64), 0, [path])


def test_a_folder_of_someone_else_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "thesis.tex").write_text("dear")
    for force in (True, False):
        with pytest.raises(ConfigError, match="exists already"):
            on_spark([write(tmp_path / "north.jsonl", page("north"))], tmp_path / "there", force=force)
    assert (tmp_path / "there" / "thesis.tex").read_text() == "dear"


@cases("options", "expected")
def test_what_spark_does_not_do_is_named_before_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    update([write(Path("north.jsonl"), page("north"))], Path("store.db"))
    run = invoke("score", "north.jsonl", *options, code=2)
    assert expected in run.stderr


@cases("stacks", "line")
def test_the_stacks_of_two_languages_become_a_line(stacks: str, line: str) -> None:
    assert spark.line_of(stacks) == line
