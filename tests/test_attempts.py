"""What a worker of a cluster leaves is what a run here leaves, whoever else did the same, and wherever it broke off."""

import gzip
import json
import pickle
import signal
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
from corpus_samples import page, page_and_scores, settings, stored, update, write
from spark_jobs import FATAL, brittle
from stance.corpus import CorpusWriter, open_corpus
from stance.corpus.checking import verify
from stance.corpus.manifest import read_manifest
from stance.corpus.updating import Given
from stance.corpus.writer import ATTEMPTS
from stance.engines.attempts import Attempt, Task, Work, make_attempt

from stance.datamodels import Skip
from stance.engines import ScoringJob, attempts
from stance.engines.spark import contents_of, leave_out
from stance.limits import Limits, current_limits, limits_in_force
from stance.log import Log
from stance.pseudonyms import Pseudonyms, load_key
from stance.run import ModelOptions
from stance.targets import load_targets

SPAN = 1_000


def job(folder: Path) -> ScoringJob:
    return ScoringJob(load_targets(None), ModelOptions("vader"), Pseudonyms(load_key(folder / "key.db")), body=True)


def work(folder: Path, own: ScoringJob | None = None, **options: Any) -> Work:
    place = folder / "corpus" / ATTEMPTS
    place.mkdir(parents=True, exist_ok=True)
    return Work(pickle.dumps(own or job(folder)), settings(folder), place, **options)


def task(*paths: Path, place: int = 0) -> Task:
    given = tuple(Given(str(path), path, path.stat().st_size if path.exists() else 0, "") for path in paths)
    return Task(given, 1 + place * SPAN)


def adopted(folder: Path, done: Work, made: Sequence[Attempt]) -> Path:
    with CorpusWriter(folder / "adopted") as writer:
        writer.restart(done.settings)
        for each in made:
            writer.adopt(read_manifest(done.place / each.folder), done.place / each.folder)
        writer.finish()
    return folder / "adopted"


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


@pytest.fixture
def inputs(tmp_path: Path) -> list[Path]:
    """Documents, an archive, and a table of comments."""
    table = tmp_path / "table.csv"
    table.write_text("id,text,author\nt1,Russia broke every treaty.,Ann\nt2,NATO wants peace.,Bo\n", encoding="utf-8")
    return [
        write(tmp_path / "north.jsonl", page("north"), page("south")),
        warc(tmp_path / "crawl.warc.gz", html("The ferry"), html("The bridge")),
        table,
    ]


def test_rows_are_those_of_a_run_here(inputs: list[Path], tmp_path: Path) -> None:
    own = work(tmp_path)
    made = [make_attempt(task(each, place=place), own) for place, each in enumerate(inputs)]
    corpus = adopted(tmp_path, own, made)
    update(inputs, tmp_path / "here")
    assert len(stored(corpus)) == 5
    assert stored(corpus) == stored(tmp_path / "here")
    assert list(verify(corpus)) == []
    ours, theirs = read_manifest(corpus), read_manifest(tmp_path / "here")
    assert [(e.path, e.sha256, e.documents, e.finished, e.skipped) for e in ours.inputs] == [
        (e.path, e.sha256, e.documents, e.finished, e.skipped) for e in theirs.inputs
    ]


def test_numbers_of_documents_ascend_from_task_to_task(inputs: list[Path], tmp_path: Path) -> None:
    own = work(tmp_path)
    corpus = adopted(tmp_path, own, [make_attempt(task(each, place=n), own) for n, each in enumerate(inputs)])
    numbers = [number for _, number, *_ in contents_of(corpus)]
    assert numbers == [1, 2, 1001, 1002, 2001]
    assert read_manifest(corpus).next_number == 2002


def test_a_page_that_raises_is_left_out_and_named_and_no_other(tmp_path: Path) -> None:
    bad = page("bad")
    bad["comments"][1]["text"] = f"NATO is {FATAL}."
    path = write(tmp_path / "pages.jsonl", page("north"), bad, page("south"))
    own = work(tmp_path, brittle(job(tmp_path)))
    made = make_attempt(task(path), own)
    found = open_corpus(own.place / made.folder)
    assert [each.scored.source for each in found.documents()] == ["north.html", "south.html"]
    (skip,) = found.skipped()
    assert (skip.source, "ZeroDivisionError" in skip.reason) == ("bad.html", True)
    assert found.manifest.inputs[0].finished  # it would raise again


def test_a_page_that_hangs_is_left_out_and_named_and_no_other(tmp_path: Path) -> None:
    bad = page("bad")
    bad["comments"][1]["text"] = f"NATO is {FATAL}."
    path = write(tmp_path / "pages.jsonl", page("north"), bad)
    hurried = replace(job(tmp_path), limits=replace(current_limits(), page_seconds=3))
    own = work(tmp_path, brittle(hurried, hangs=True))
    made = make_attempt(task(path), own)
    found = open_corpus(own.place / made.folder)
    assert [each.scored.source for each in found.documents()] == ["north.html"]
    (skip,) = found.skipped()
    assert (skip.source, skip.reason[:16]) == ("bad.html", "took longer than")
    assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
    corpus = adopted(tmp_path, own, [made])
    with limits_in_force(Limits(page_seconds=60)):  # no other setting: what is late is what it changes
        assert update([path], corpus).read == 1
    assert [each.source for each in stored(corpus)] == ["north.html", "bad.html"]
    assert not list(open_corpus(corpus).skipped())
    assert update([path], corpus).read == 0


def test_a_page_at_which_a_second_attempt_ended_is_left_out_of_the_third(tmp_path: Path) -> None:
    path = write(tmp_path / "pages.jsonl", page("north"), page("south"))
    own = work(tmp_path)
    (own.place / "1.at").write_text(json.dumps(["south.html"]), encoding="utf-8")
    made = make_attempt(task(path), own, tries=2)
    found = open_corpus(own.place / made.folder)
    assert [each.scored.source for each in found.documents()] == ["north.html"]
    assert [skip.source for skip in found.skipped()] == ["south.html"]
    assert not found.manifest.inputs[0].finished
    assert json.loads((own.place / "1.at").read_text(encoding="utf-8")) == ["south.html"]


def test_of_two_attempts_at_a_task_one_counts_and_the_other_is_swept_away(inputs: list[Path], tmp_path: Path) -> None:
    update(inputs[:1], tmp_path / "corpus")
    own = work(tmp_path)
    first, second = make_attempt(task(inputs[1], place=1), own), make_attempt(task(inputs[1], place=1), own)
    with CorpusWriter(tmp_path / "other") as writer:  # the corpus itself would sweep at once
        writer.restart(own.settings)
        writer.adopt(read_manifest(own.place / second.folder), own.place / second.folder)
        writer.finish()
    assert first.folder != second.folder
    assert len(stored(tmp_path / "other")) == 2
    assert (own.place / first.folder).is_dir()
    update(inputs, tmp_path / "corpus")
    assert not own.place.exists()


def test_a_document_that_stands_twice_in_a_task_is_counted_once(tmp_path: Path) -> None:
    paths = [write(tmp_path / name, page("north")) for name in ("one.jsonl", "two.jsonl")]
    own = work(tmp_path)
    made = make_attempt(task(*paths), own)
    manifest = read_manifest(own.place / made.folder)
    assert [(each.documents, len(each.repeats)) for each in manifest.inputs] == [(1, 0), (0, 1)]
    log = Log()
    update(paths, tmp_path / "here", log=log)
    assert [(skip.source, skip.reason) for skip in made.warnings] == [(w.source, w.reason) for w in log.warnings]


def test_what_stands_elsewhere_is_taken_out_and_the_rest_keeps_its_order(tmp_path: Path) -> None:
    path = write(tmp_path / "pages.jsonl", *map(page, ("north", "south", "east")))
    own = work(tmp_path)
    made = make_attempt(task(path), own)
    folder = own.place / made.folder
    content = next(content for content, _, source, *_ in contents_of(folder) if source == "south.html")
    leave_out(folder, {str(path): {content: "elsewhere.html"}})
    assert [document.source for document in stored(folder)] == ["north.html", "east.html"]
    (entry,) = read_manifest(folder).inputs
    assert (entry.documents, entry.repeats) == (2, ((content, "elsewhere.html"),))
    assert list(verify(folder)) == []


def test_scores_are_taken_out_by_the_page_that_they_are_of(tmp_path: Path) -> None:
    north, table = page_and_scores(tmp_path)
    own = work(tmp_path)
    folder = own.place / make_attempt(task(table), own).folder
    ((name, _, _, path, is_scores),) = contents_of(folder)
    assert (path, is_scores) == (str(table), True)
    leave_out(folder, {str(table): {name: "north.html"}})
    (entry,) = read_manifest(folder).inputs
    assert (entry.documents, entry.repeats) == (0, ((name, "north.html"),))
    folder = own.place / make_attempt(task(north, table), own).folder
    assert len(list(contents_of(folder))) == 1


def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    there = write(tmp_path / "north.jsonl", page("north"))
    own = work(tmp_path)
    made = make_attempt(task(tmp_path / "gone.html", there), own)
    found = open_corpus(own.place / made.folder)
    assert [(skip.source, skip.reason) for skip in found.skipped()] == [
        (str(tmp_path / "gone.html"), "No such file or directory")
    ]
    assert len(list(found.documents())) == 1


def test_targets_that_nobody_defines_are_named(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("id,text,target\n1,Tea?,Tea\n2,NATO is right.,nato\n3,Tea!,Tea\n")
    done = work(tmp_path)
    made = make_attempt(task(table), done)
    (entry,) = read_manifest(done.place / made.folder).inputs
    assert entry.skipped == (
        Skip(str(table), "2 rows ask for unknown targets: 'Tea' (2); expected russia, us, nato or --targets FILE"),
    )


def test_a_worker_with_other_files_refuses(inputs: list[Path], tmp_path: Path) -> None:
    own = work(tmp_path)
    other = Work(own.job, {**own.settings, "lexicon_sha256": "0" * 64}, own.place)
    made = make_attempt(task(inputs[0]), other)
    assert made.fault
    assert "other files" in made.fault
    assert "lexicon_sha256" in made.fault


def test_an_address_that_is_not_named_again_is_not_said_to_be_gone(tmp_path: Path) -> None:
    write(tmp_path / "north.jsonl", page("north"))
    own = work(tmp_path)
    address = tmp_path.as_uri() + "/north.jsonl"
    made = make_attempt(Task((Given(address, address, 0, ""),), 1), own)
    corpus = adopted(tmp_path, own, [made])
    log = Log()
    update([write(tmp_path / "south.jsonl", page("south"))], corpus, log=log)
    assert log.warnings == []
    assert [document.source for document in stored(corpus)] == ["north.html", "south.html"]


def test_warnings_are_bounded_and_the_rest_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MOST_WARNINGS", 2)
    paths = [write(tmp_path / f"{n}.jsonl", page("north")) for n in range(5)]
    made = make_attempt(task(*paths), work(tmp_path))
    assert (len(made.warnings), made.untold) == (2, 2)


def test_an_attempt_comes_back_from_json(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{n}.jsonl", page("north")) for n in range(2)]
    made = make_attempt(task(*paths), work(tmp_path))
    assert attempts.read_attempt(json.dumps(asdict(made))) == made


def test_the_key_is_in_no_file_that_a_worker_writes(inputs: list[Path], tmp_path: Path) -> None:
    own = work(tmp_path)
    make_attempt(task(*inputs), own)
    key = load_key(tmp_path / "key.db")
    written = [path.read_bytes() for path in own.place.rglob("*") if path.is_file()]
    assert written
    assert not any(key in data or key.hex().encode() in data for data in written)
