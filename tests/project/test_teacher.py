"""The labels of lines that teach (``research/data/line_labels.jsonl.gz``), and the script that writes them."""

import json
from pathlib import Path

import pytest

from research import LABELLED, ROOT, read_lines
from research.benchmarks.parse_unlabelled import LABELS
from research.held import HELD
from research.training import teacher
from stance.reading.encodings import decode

ROWS = list(read_lines(LABELLED / "line_labels.jsonl.gz"))
AT_HAND = ROOT.parent / "shared" / "bench" / "parse" / "dev"

PAGE = """<html><head><title>Ferry stops</title><link rel="canonical" href="https://bay.example/1"></head><body>
<nav><a href="/">Home</a></nav><article><h1>Ferry stops</h1><p class="byline">By Ida Holm</p>
<time datetime="2024-05-03">3 May 2024</time>
<p>The ferry stopped on Friday, and nobody at the harbour could say when it will sail again.</p>
<p>Its owner has looked for a new engine since the winter, and says that none fits the old ship.</p></article>
<section id="comments"><h2>2 comments</h2><ol>
<li class="post"><div class="author">Ann</div><div class="time-ago" title="2024-05-04T10:00">4 May 2024</div>
<div class="post-message"><p>They should have bought it last year.</p><p>Everybody knew.</p></div>
<div class="vote-up"><span class="count">7</span></div><a href="#r1">Reply</a></li>
<li class="post"><div class="author">Bo</div><div class="time-ago" title="2024-05-05T11:00">5 May 2024</div>
<div class="post-message"><p>And who would have paid for that, I ask?</p></div>
<div class="vote-up"><span class="count">2</span></div><a href="#r2">Answer</a></li></ol></section></body></html>"""


def test_no_site_or_page_of_the_teacher_is_kept_back() -> None:
    blind = {label["page"] for label in read_lines(LABELS) if label["half"] in teacher.BLIND}
    assert len(ROWS) > 1_000
    assert not blind & {row["page"] for row in ROWS}
    if not HELD.is_file():
        pytest.skip("../shared/real is not here")
    held = teacher.held_sites()
    assert not [row["site"] for row in ROWS if row["site"] and teacher.is_of(row["site"], held)]


def test_each_line_has_labels_that_have_names() -> None:
    letters = {letter for row in ROWS for label in teacher.unpacked(row["labels"]) for letter in label}
    assert letters == set(teacher.NAMES)


def test_labels_are_as_many_as_the_lines_that_pages_have_now() -> None:
    kept = {(row["page"], row["form"]): row["labels"] for row in ROWS}
    jobs = [job for job in teacher.jobs_of([AT_HAND]) if (job.name, "html") in kept][:8]
    if not jobs:
        pytest.skip("../shared/bench is not here")
    for job in jobs:
        source = decode(job.path.read_bytes()).text
        for form in ("html", "flat"):
            labels = teacher.unpacked(kept[job.name, form])
            assert len(labels) == len(teacher.lines_of(source, form)), f"{job.path.name} {form}"


@pytest.mark.parametrize("form", ["html", "flat"])
def test_a_made_page_is_labelled_line_by_line(tmp_path: Path, form: str) -> None:
    page = tmp_path / "ferry.html"
    page.write_text(PAGE, encoding="utf-8")
    gold = [
        {"author": "Ann", "text": "They should have bought it last year.\nEverybody knew."},
        {"author": "Bo", "text": "And who would have paid for that, I ask?"},
    ]
    page.with_suffix(".json").write_text(json.dumps({"comments": gold}), encoding="utf-8")
    (job,) = teacher.jobs_of([tmp_path])
    (row,) = [row for row in teacher.label_page(job, frozenset()) if row["form"] == form]
    lines = [line.full for line in teacher.lines_of(PAGE, form)]
    labels = teacher.unpacked(row["labels"])
    assert row["site"] == "bay.example"
    assert lines[1:4] == ["Ferry stops", "By Ida Holm", "3 May 2024"]
    assert labels == ["-", "T", "Y", "W", "A", "A", "-", "N", "D", "B", "I", "V", "U", "N", "D", "B", "V", "-"]
    assert teacher.unpacked(teacher.packed(labels)) == labels
    assert teacher.label_page(job, frozenset({"bay.example"})) == []
