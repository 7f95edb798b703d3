"""Spark gives what a run here gives: the same rows in the same order, whatever dies on the way."""

import gzip
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from spark_jobs import FATAL, brittle
from store_samples import page, run_of, stored, update, write
from typer.testing import CliRunner

from stance.cli import app
from stance.engines import ScoringJob, spark
from stance.engines.spark import Work, score_input
from stance.exceptions import ConfigError, MissingExtraError
from stance.limits import current_limits
from stance.log import Log
from stance.pipeline import read_documents
from stance.pseudonyms import Pseudonyms, load_key
from stance.run import ModelOptions
from stance.scoring.targets import load_targets
from stance.store.documents import read_manifest, read_parquet_folder
from stance.store.updating import reading_settings, scoring_settings

needs_spark = pytest.mark.skipif(
    find_spec("pyspark") is None or shutil.which("java") is None, reason="needs pyspark and Java"
)


def job(folder: Path) -> ScoringJob:
    return ScoringJob(load_targets(None), ModelOptions("vader"), Pseudonyms(load_key(folder / "key.db")), articles=True)


def bad_page() -> dict[str, Any]:
    bad = page("bad")
    bad["comments"][1]["text"] = f"NATO is {FATAL}."
    return bad


def warc(path: Path, *texts: str) -> Path:
    def record(text: str) -> bytes:
        body = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n" + text.encode()
        head = (
            f"WARC/1.0\r\nWARC-Type: response\r\nContent-Type: application/http\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        return gzip.compress(head.encode() + body + b"\r\n\r\n", mtime=0)

    path.write_bytes(b"".join(map(record, texts)))
    return path


def html(title: str) -> str:
    body = f"<p>Officials spoke of {title} on Monday, and Russia said that it had other plans for the winter.</p>" * 3
    comments = "".join(
        f'<li class="comment" id="comment-{n}"><div class="comment-author"><b class="fn">Reader {n}</b></div>'
        f'<div class="comment-content"><p>NATO kept its word about {title}, point {n}.</p></div></li>'
        for n in (1, 2)
    )
    return (
        f"<!DOCTYPE html><html lang='en'><title>{title}</title><article><h1>{title}</h1>{body}</article>"
        f"<ol class='comment-list'>{comments}</ol></html>"
    )


# On Spark -------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """One session for all tests, which the engine finds and leaves open; a task may fail twice."""
    from pyspark.sql import SparkSession

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent), *sys.path]))
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


def on_spark(inputs: list[Path | str], folder: Path, own: Any = None, **options: Any) -> int:
    with patch.object(spark, "_job", lambda *_: own or job(folder.parent)):
        return spark.score_on_spark(run_of(inputs, folder.parent), folder, **({"log": Log()} | options))


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
def test_rows_are_those_of_a_store(tmp_path: Path, seeds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spark, "FILE_DOCUMENTS", 3)
    table = tmp_path / "table.csv"
    table.write_text("id,text,target\nt1,Russia broke it.,nato\nt2,NATO wants peace.,Tea\n", encoding="utf-8")
    (tmp_path / "bad.html").write_bytes(b"%PDF-1.7")
    inputs: list[Path | str] = [
        seeds,
        write(tmp_path / "north.jsonl", page("north"), page("south")),
        warc(tmp_path / "crawl.warc.gz", html("The ferry"), html("The bridge")),
        write(tmp_path / "again.jsonl", page("south"), page("east"), page("north")),
        table,
        tmp_path / "bad.html",
    ]
    there, here = Log(), Log()
    assert on_spark(inputs, tmp_path / "there", log=there) == 11
    update(inputs, tmp_path / "here.db", log=here)
    documents = [each.document for each in read_parquet_folder(tmp_path / "there")]
    assert documents == stored(tmp_path / "here.db")
    assert len([*(tmp_path / "there" / "scores").glob("*.parquet")]) > 1
    assert sorted(w.reason for w in there.warnings) == sorted(w.reason for w in here.warnings)
    assert there.skipped == here.skipped != []
    assert read_manifest(tmp_path / "there").skips == tuple(here.skipped)
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]
    # It is read as the store is, and imported, it is the same run.
    assert list(read_documents([tmp_path / "there"], log=Log())) == documents
    imported = CliRunner().invoke(app, ["import", str(tmp_path / "there"), "-o", str(tmp_path / "new.db")])
    assert imported.exit_code == 3  # bad.html
    assert stored(tmp_path / "new.db") == documents
    merged = CliRunner().invoke(app, ["import", str(tmp_path / "there"), "-o", str(tmp_path / "here.db")])
    assert merged.exit_code == 3
    assert stored(tmp_path / "here.db") == documents
    with pytest.raises(ConfigError, match="exists already; expected a new folder"):
        on_spark(inputs, tmp_path / "there")
    assert on_spark(inputs[-3:], tmp_path / "there", force=True) == 4


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
def test_pages_saved_several_times_are_counted_and_joined_when_read(tmp_path: Path) -> None:
    saves = [page("north", n) | {"id": f"day{n}", "url": "https://paper.example/north"} for n in (3, 4)]
    path, log = write(tmp_path / "pages.jsonl", *saves, page("south")), Log()
    assert on_spark([path], tmp_path / "there", log=log) == 3
    assert [each.reason for each in log.warnings] == [
        "1 page saved several times; report, compare and import join the saves"
    ]
    found = list(read_documents([tmp_path / "there"], log=Log()))
    assert [len(each.comments) for each in found] == [4, 3]


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
@pytest.mark.parametrize("always", [True, False])
def test_a_worker_that_dies_leaves_no_row_twice(tmp_path: Path, always: bool) -> None:
    path = write(tmp_path / "pages.jsonl", page("north"), bad_page(), page("south"))
    log = Log()
    found = on_spark(
        [path], tmp_path / "there", brittle(job(tmp_path), tmp_path if always else tmp_path / "died"), log=log
    )
    sources = [each.document.source for each in read_parquet_folder(tmp_path / "there")]
    assert sources == (["north.html", "south.html"] if always else ["north.html", "bad.html", "south.html"])
    assert found == len(sources)
    assert [(s.source, s.reason) for s in log.skipped] == [("bad.html", "a worker process died at it")] * always


@needs_spark
@pytest.mark.slow
@pytest.mark.usefixtures("session")
def test_addresses_and_patterns_mean_files(tmp_path: Path) -> None:
    (tmp_path / "pages").mkdir()
    for name in ("north", "south"):
        write(tmp_path / "pages" / f"{name}.jsonl", page(name))
    on_spark([tmp_path.as_uri() + "/pages/*.jsonl", tmp_path.as_uri() + "/*.none"], tmp_path / "a", log=(log := Log()))
    on_spark([str(tmp_path / "pages" / "*.jsonl")], tmp_path / "b")
    a, b = ([*read_parquet_folder(tmp_path / name)] for name in "ab")
    assert [each.document for each in a] == [each.document for each in b]
    assert [each.input for each in a] == [f"{tmp_path.as_uri()}/pages/{name}.jsonl" for name in ("north", "south")]
    assert [skip.source for skip in log.skipped] == [tmp_path.as_uri() + "/*.none"]


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
    assert len([*read_parquet_folder(tmp_path / "there")]) == 5


@needs_spark
def test_a_quiet_run_says_why_java_did_not_start(seeds: Path, tmp_path: Path) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\necho 'WARNING: old' >&2\necho 'Error: Could not find a modern Java' >&2\nexit 1\n")
    java.chmod(0o755)
    run = in_a_process(seeds, tmp_path, JAVA_HOME=str(tmp_path))
    assert (run.returncode, run.stderr) == (2, "stance: Spark: Error: Could not find a modern Java\n")
    assert not (tmp_path / "there").exists()


# A worker, without Spark ----------------------------------------------------------------------------------------------


def work(folder: Path, own: ScoringJob | None = None, **settings: Any) -> Work:
    run = run_of((), folder)
    return Work(pickle.dumps(own or job(folder)), reading_settings(run) | scoring_settings(run) | settings, folder)


def rows(path: Path, made: Work, tries: int = 0) -> list[dict[str, Any]]:
    return [dict(row) for records in score_input(str(path), str(path), 1, made, tries) for row in records]


def shown(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(row["kind"], row.get("source", row.get("reason", ""))) for row in found]


def test_numbers_ascend_and_the_key_is_in_no_row(tmp_path: Path) -> None:
    found = rows(write(tmp_path / "pages.jsonl", page("north"), page("south")), work(tmp_path))
    assert [row["number"] for row in found] == [1, 2]
    assert load_key(tmp_path / "key.db").hex() not in json.dumps(found)
    assert "Commenter" not in json.dumps(found)


@pytest.mark.parametrize("hangs", [True, False])
def test_a_page_that_raises_or_hangs_is_left_out_and_no_other(tmp_path: Path, hangs: bool) -> None:
    path = write(tmp_path / "pages.jsonl", page("north"), bad_page(), page("south"))
    hurried = replace(job(tmp_path), limits=replace(current_limits(), page_seconds=2))
    found = rows(path, work(tmp_path, brittle(hurried, hangs=hangs)))
    assert shown(found) == [("document", "north.html"), ("skipped", "bad.html"), ("document", "south.html")]
    assert ("took longer than" if hangs else "ZeroDivisionError") in found[1]["reason"]


def test_a_page_at_which_a_second_attempt_ended_is_left_out_of_the_third(tmp_path: Path) -> None:
    path = write(tmp_path / "pages.jsonl", page("north"), page("south"))
    (tmp_path / "1.json").write_text(json.dumps(["south.html"]), encoding="utf-8")
    found = rows(path, work(tmp_path), tries=2)
    assert shown(found) == [("document", "north.html"), ("skipped", "south.html")]
    assert json.loads((tmp_path / "1.json").read_text(encoding="utf-8")) == ["south.html"]


def test_what_is_gone_and_what_holds_only_scores_is_named(tmp_path: Path) -> None:
    scores = tmp_path / "scores.csv"
    update([write(tmp_path / "north.jsonl", page("north"))], tmp_path / "store.db")
    CliRunner().invoke(app, ["score", str(tmp_path / "north.jsonl"), "--model", "vader", "--names", "-o", str(scores)])
    for path, reason in ((tmp_path / "gone.html", "No such file"), (scores, "scores without their texts")):
        (found,) = rows(path, work(tmp_path))
        assert (found["kind"], found["source"], found["reason"][: len(reason)]) == ("skipped", str(path), reason)


def test_a_worker_with_other_files_refuses(tmp_path: Path) -> None:
    (found,) = rows(write(tmp_path / "north.jsonl", page("north")), work(tmp_path, lexicon_sha256="0" * 64))
    assert found["kind"] == "fault"
    assert "other files than where the run began (lexicon_sha256)" in found["reason"]


# Before Spark starts --------------------------------------------------------------------------------------------------


def test_a_missing_pyspark_is_told_with_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stance.exceptions.find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match="pip install 'pyspark"):
        on_spark([write(tmp_path / "north.jsonl", page("north"))], tmp_path / "there")


def test_a_missing_java_is_told_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stance.exceptions.find_spec", lambda _: object())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    with pytest.raises(ConfigError, match="no Java"):
        on_spark([write(tmp_path / "north.jsonl", page("north"))], tmp_path / "there")
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize("force", [True, False])
def test_a_folder_of_someone_else_is_left_as_it_is(tmp_path: Path, force: bool) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "thesis.tex").write_text("dear")
    with pytest.raises(ConfigError, match="exists already"):
        on_spark([write(tmp_path / "north.jsonl", page("north"))], tmp_path / "there", force=force)
    assert (tmp_path / "there" / "thesis.tex").read_text() == "dear"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--engine", "spark", "-o", "scores.csv"], "requires -o FOLDER/"),
        (["--master", "local[2]", "-o", "there/"], "--master requires --engine spark"),
        (["--engine", "spark", "--model", "llm:some", "-o", "there/"], "each worker loads itself"),
    ],
)
def test_what_spark_does_not_do_is_told_before_it_starts(seeds: Path, options: list[str], expected: str) -> None:
    run = CliRunner().invoke(app, ["score", str(seeds), *options])
    assert run.exit_code == 2, run.output
    assert expected in run.stderr


def test_standard_input_and_what_is_scored_are_refused(tmp_path: Path) -> None:
    update([write(tmp_path / "north.jsonl", page("north"))], tmp_path / "store.db")
    for each, seen in (("-", "standard input"), (tmp_path / "store.db", "scored already")):
        with pytest.raises(ConfigError, match=seen):
            on_spark([each], tmp_path / "there")


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
