"""Spark gives what a run here gives: the same rows in the same order, whatever dies on the way."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from corpus_samples import page, page_and_scores, run_of, scores_of, settings, stored, update, write
from spark_jobs import FATAL, brittle
from stance.corpus.checking import verify
from stance.corpus.manifest import read_manifest
from stance.corpus.updating import CorpusUpdate
from stance.corpus.writer import ATTEMPTS
from test_attempts import html, job, warc
from typer.testing import CliRunner

from stance.cli import app
from stance.engines import spark
from stance.exceptions import ConfigError, MissingExtraError
from stance.log import Log

needs_spark = pytest.mark.skipif(
    find_spec("pyspark") is None or shutil.which("java") is None, reason="needs pyspark and Java"
)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One session for all tests, which the engine finds and leaves open; a task may fail twice."""
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parent))
        spark.name_python()
        started = (
            SparkSession.builder.master("local[2,3]")
            .config("spark.ui.enabled", "false")
            .config("spark.log.level", "OFF")
            .config("spark.sql.shuffle.partitions", "2")
            .getOrCreate()
        )
        yield started
        started.stop()


@pytest.fixture(autouse=True)
def small_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each input is a task, and four are a wave."""
    monkeypatch.setattr(spark, "SMALLEST_TASK", 1)
    monkeypatch.setattr(spark, "TASK_BYTES", 1)
    monkeypatch.setattr(spark, "WAVE_PER_CORE", 2)


def on_spark(inputs: list[Path | str], folder: Path, own: Any = None, **options: Any) -> CorpusUpdate:
    options = {"log": Log()} | options
    run = run_of(inputs, folder.parent, **{name: options.pop(name) for name in ("columns",) if name in options})
    with patch.object(spark, "_job", lambda *_: own or job(folder.parent)):
        return spark.update_corpus(run, folder, settings=settings(folder.parent), **options)


@pytest.fixture
def inputs(tmp_path: Path, seeds: Path) -> list[Path | str]:
    """Saved pages, an archive, documents of which some come again, and a table."""
    table = tmp_path / "table.csv"
    table.write_text("id,text,author\nt1,Russia broke every treaty.,Ann\nt2,NATO wants peace.,Bo\n", encoding="utf-8")
    return [
        seeds,
        write(tmp_path / "north.jsonl", page("north"), page("south")),
        warc(tmp_path / "crawl.warc.gz", html("The ferry"), html("The bridge")),
        write(tmp_path / "again.jsonl", page("south"), page("east"), page("north")),
        table,
    ]


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
def test_rows_are_those_of_a_run_here(inputs: list[Path | str], tmp_path: Path) -> None:
    there, here = Log(), Log()
    done = on_spark(inputs, tmp_path / "there", log=there)
    assert done == update(inputs, tmp_path / "here", log=here)
    assert done.documents == 11
    assert stored(tmp_path / "there") == stored(tmp_path / "here")
    assert list(verify(tmp_path / "there")) == []
    assert not (tmp_path / "there" / ATTEMPTS).exists()
    assert sorted(w.reason for w in there.warnings) == sorted(w.reason for w in here.warnings)
    ours, theirs = (
        [(e.path, e.bytes, e.sha256, e.documents, e.finished, e.skipped, sorted(e.repeats)) for e in found.inputs]
        for found in (read_manifest(tmp_path / "there"), read_manifest(tmp_path / "here"))
    )
    assert ours == theirs


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("is_page_first", [True, False])
def test_scores_of_a_page_count_once_beside_it(tmp_path: Path, is_page_first: bool) -> None:
    north, table = page_and_scores(tmp_path)
    again = write(tmp_path / "copies.csv")
    again.write_bytes(table.read_bytes())
    paths: list[Path | str] = [north, table, again] if is_page_first else [table, again, north]
    there, here = Log(), Log()
    done = on_spark(paths, tmp_path / "there", log=there)
    assert done == update(paths, tmp_path / "here", log=here)
    assert done.documents == 1 + (not is_page_first)
    assert stored(tmp_path / "there") == stored(tmp_path / "here")
    assert there.warnings == here.warnings
    write(north, page("south"))
    assert on_spark(paths, tmp_path / "there") == update(paths, tmp_path / "here")
    assert sorted(scores_of(stored(tmp_path / "there"))) == sorted(scores_of(stored(tmp_path / "here")))
    assert list(verify(tmp_path / "there")) == []


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
def test_a_second_run_reads_what_is_new_or_changed(tmp_path: Path) -> None:
    paths: list[Path | str] = [write(tmp_path / f"{name}.jsonl", page(name)) for name in ("north", "south")]
    on_spark(paths, tmp_path / "there")
    write(tmp_path / "north.jsonl", page("west"))
    paths += [write(tmp_path / "east.jsonl", page("east"), page("south"))]
    done = on_spark(paths, tmp_path / "there")
    assert (done.read, done.kept, done.documents) == (2, 1, 3)
    update(paths, tmp_path / "here")
    assert sorted(scores_of(stored(tmp_path / "there"))) == sorted(scores_of(stored(tmp_path / "here")))
    assert list(verify(tmp_path / "there")) == []


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
def test_a_run_that_is_broken_off_goes_on_with_the_next_wave(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths: list[Path | str] = [write(tmp_path / f"{n}.jsonl", page(f"page {n}")) for n in range(6)]
    waves = spark._Run.wave

    def break_off(run: Any, groups: Any) -> None:
        if run.writer.inputs:
            raise KeyboardInterrupt
        waves(run, groups)

    with monkeypatch.context() as patch:
        patch.setattr(spark._Run, "wave", break_off)
        with pytest.raises(KeyboardInterrupt):
            on_spark(paths, tmp_path / "there")
    assert not read_manifest(tmp_path / "there").finished
    done = on_spark(paths, tmp_path / "there")
    assert (done.read, done.kept, done.documents) == (2, 4, 6)
    update(paths, tmp_path / "here")
    assert stored(tmp_path / "there") == stored(tmp_path / "here")


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
def test_a_worker_that_dies_leaves_no_row_twice_and_none_out(tmp_path: Path) -> None:
    bad = page("bad")
    bad["comments"][1]["text"] = f"NATO is {FATAL}."
    paths: list[Path | str] = [write(tmp_path / "north.jsonl", page("north")), write(tmp_path / "bad.jsonl", bad)]
    done = on_spark(paths, tmp_path / "there", brittle(job(tmp_path), tmp_path / "died"))
    assert (tmp_path / "died").exists()
    assert done.documents == 2
    update(paths, tmp_path / "here")
    assert stored(tmp_path / "there") == stored(tmp_path / "here")


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
def test_a_page_at_which_every_worker_dies_is_named_and_the_rest_is_there(tmp_path: Path) -> None:
    bad = page("bad")
    bad["comments"][1]["text"] = f"NATO is {FATAL}."
    paths: list[Path | str] = [write(tmp_path / "pages.jsonl", page("north"), bad, page("south"))]
    log = Log()
    done = on_spark(paths, tmp_path / "there", brittle(job(tmp_path), tmp_path), log=log)
    assert [document.source for document in stored(tmp_path / "there")] == ["north.html", "south.html"]
    assert [(skip.source, skip.reason) for skip in log.skipped] == [("bad.html", "a worker process died at it")]
    assert done.documents == 2


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
def test_a_page_that_raises_is_named_and_the_rest_is_there(tmp_path: Path) -> None:
    bad = page("bad")
    bad["comments"][1]["text"] = f"NATO is {FATAL}."
    paths: list[Path | str] = [write(tmp_path / "pages.jsonl", page("north"), bad), tmp_path.as_uri() + "/*.none"]
    log = Log()
    assert on_spark(paths, tmp_path / "there", brittle(job(tmp_path)), log=log).documents == 1
    assert [skip.source for skip in log.skipped] == [tmp_path.as_uri() + "/*.none", "bad.html"]


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
def test_addresses_and_patterns_mean_files(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    for name in ("north", "south"):
        write(tmp_path / "pages" / f"{name}.jsonl", page(name))
    on_spark([tmp_path.as_uri() + "/pages/*.jsonl"], tmp_path / "by_address")
    on_spark([str(tmp_path / "pages" / "*.jsonl")], tmp_path / "by_pattern")
    assert scores_of(stored(tmp_path / "by_address")) == scores_of(stored(tmp_path / "by_pattern"))
    assert [each.path for each in read_manifest(tmp_path / "by_address").inputs] == [
        f"{tmp_path.as_uri()}/pages/{name}.jsonl" for name in ("north", "south")
    ]


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
def test_the_command_gives_a_corpus_that_the_other_verbs_read(seeds: Path, tmp_path: Path) -> None:
    common = ["--model", "vader", "--key-file", str(tmp_path / "key.db"), "--quiet"]
    run = CliRunner().invoke(app, ["score", str(seeds), *common, "--engine", "spark", "-o", f"{tmp_path / 'there'}/"])
    assert (run.exit_code, run.output) == (0, "")
    assert CliRunner().invoke(app, ["score", str(seeds), *common, "-o", f"{tmp_path / 'here'}/"]).exit_code == 0
    assert stored(tmp_path / "there") == stored(tmp_path / "here")
    assert read_manifest(tmp_path / "there").settings == read_manifest(tmp_path / "here").settings
    report = CliRunner().invoke(app, ["report", str(tmp_path / "there"), *common, "-o", str(tmp_path / "report")])
    assert report.exit_code == 0, report.output


def in_a_process(seeds: Path, tmp_path: Path, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command where no session is: what Java says as it starts is on this process' own standard error."""
    command = [sys.executable, "-m", "stance.cli", "score", str(seeds), "--model", "vader", "--names", "--quiet"]
    command += ["--engine", "spark", "--master", "local[2]", "-o", f"{tmp_path / 'there'}/"]
    return subprocess.run(command, env=os.environ | environment, capture_output=True, text=True, check=False)


@needs_spark
@pytest.mark.slow
def test_a_quiet_run_says_nothing_and_java_neither(seeds: Path, tmp_path: Path) -> None:
    run = in_a_process(seeds, tmp_path)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert read_manifest(tmp_path / "there").finished


@needs_spark
def test_a_quiet_run_says_why_java_did_not_start(seeds: Path, tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'WARNING: old' >&2\necho 'Error: Could not find a modern Java' >&2\nexit 1\n")
    java.chmod(0o755)
    run = in_a_process(seeds, tmp_path, JAVA_HOME=str(tmp_path))
    assert (run.returncode, run.stderr) == (2, "stance: Spark: Error: Could not find a modern Java\n")


# Without Spark --------------------------------------------------------------------------------------------------------


def test_a_missing_pyspark_is_told_with_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match="pip install 'pyspark"):
        on_spark([write(tmp_path / "north.jsonl", page("north"))], tmp_path / "there")


def test_a_missing_java_is_told_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "find_spec", lambda _: object())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ConfigError, match="no Java"):
        on_spark([write(tmp_path / "north.jsonl", page("north"))], tmp_path / "there")
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--engine", "spark", "-o", "scores.csv"], "require -o FOLDER/"),
        (["--master", "local[2]", "-o", "there/"], "--master requires --engine spark"),
        (["--engine", "spark", "--master", "lokal[2]", "-o", "there/"], "expected one such as local[4]"),
        (["--engine", "spark", "--model", "llm:some", "-o", "there/"], "each worker loads itself"),
    ],
)
def test_what_spark_does_not_do_is_told_before_it_starts(seeds: Path, options: list[str], expected: str) -> None:
    run = CliRunner().invoke(app, ["score", str(seeds), *options])
    assert run.exit_code == 2, run.output
    assert expected in run.stderr


def test_standard_input_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="standard input"):
        on_spark(["-"], tmp_path / "there")


def test_tasks_hold_all_inputs_in_their_order() -> None:
    given = [spark.Given(f"{n}", f"{n}", 10, "") for n in range(10)]
    groups = list(spark.grouped(given, 2))
    assert [each for group in groups for each in group] == given
    assert len(groups) == 10


OF_PYTHON = "Job aborted\nTraceback (most recent call last):\n  File x\nZeroDivisionError: by zero\n"
OF_JAVA = "An error occurred.\n: org.apache.spark.SparkException: Job aborted due to stage failure\n\tat a.b"


@pytest.mark.parametrize(
    ("stacks", "line"),
    [
        (OF_PYTHON, "ZeroDivisionError: by zero"),
        (OF_JAVA, "org.apache.spark.SparkException: Job aborted due to stage failure"),
        ("", "failed without a word"),
    ],
)
def test_the_stacks_of_two_languages_become_a_line(stacks: str, line: str) -> None:
    assert spark.line_of(stacks) == line
