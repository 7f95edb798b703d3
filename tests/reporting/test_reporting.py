"""Reports: the facts on the page are the facts of the scores, and nothing that a stranger wrote acts on the page."""

import base64
import hashlib
import json
import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree, html

from stance.datamodels import Comment, Document, Skip, Stance
from stance.exceptions import ConfigError
from stance.labels.tables import load_labels
from stance.records.digests import page_name
from stance.reporting.passages import Span, cut
from stance.reporting.rendering import SCRIPTS, safe_link, script
from stance.reporting.report import ReportWriter
from stance.reporting.summary import ModelNote, model_record
from stance.reporting.threads import thread_order
from stance.reporting.wording import percent
from tests.support.page_texts import read_page, text
from tests.support.report_samples import (
    HOSTILE,
    MODEL,
    TARGETS,
    cover,
    hostile,
    numbers,
    sample,
    score,
    silent,
    summaries,
)
from tests.support.tables import cases, rows_of

SKIPS = [Skip("pages/x.pdf", "PDF; expected a saved page as text or HTML")]


def write(folder: Path, *documents: Document, names: bool = False, model: ModelNote = MODEL) -> Path:
    own = {"names": names, "command": "stance report pages/"}
    with ReportWriter(folder, targets=TARGETS, model=model, **own) as writer:
        for document in documents:
            writer.add(document, summaries(document), facts=cover(document))
        return writer.finish(summaries(*documents), SKIPS)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write(folder, sample(), sample("aaaa000000000001", comments=8), hostile(), silent())
    return folder


@pytest.fixture(scope="module")
def summary(report: Path) -> Any:
    return json.loads((report / "summary.json").read_text(encoding="utf-8"))


def test_every_number_shown_stands_in_the_summary(report: Path, summary: Any) -> None:
    known = numbers(summary)
    for path in report.glob("*.html"):
        shown = [float(each.get("value")) for each in read_page(path).cssselect("data")]
        assert shown
        assert set(shown) <= known, path


def test_scores_csv_has_every_score_with_its_text_and_no_formula(tmp_path: Path) -> None:
    scored = sample()
    attack = replace(scored.scores[0], author='=HYPERLINK("http://x")', outlet="@SUM(A1)")
    hostile = '=1+1\0\r\n"\ud83d\u202e,' + "x" * 99_000
    comments = (replace(scored.comments[0], text=hostile), *scored.comments[1:])
    named = {"title": "@" + "t" * 9_999, "url": "https://example.org/a", "comments": comments}
    write(tmp_path, replace(scored, scores=(attack, *scored.scores[1:]), **named))
    assert (tmp_path / "scores.csv").read_bytes().startswith(b"document,")
    rows = rows_of(tmp_path / "scores.csv")
    assert len(rows) == len(scored.scores)
    assert rows[0]["stance"] == "favor"
    assert rows[0]["author"].startswith("'=")
    assert not [cell for row in rows for cell in row.values() if cell[:1] in set("=@\t\r")]
    assert (len(rows[0]["title"]), rows[0]["url"]) == (2_001, "https://example.org/a")
    said = {each.comment: each.sentence.text for each in scored.scores if each.sentence}
    texts = {each.comment_id: each.text for each in comments} | said
    assert [row["text"] for row in rows[3:]] == [texts[row["comment"]] for row in rows[3:]]
    assert {row["text"] for row in rows[:3]} == {"'" + hostile.replace("\ud83d", "\\ud83d")}
    # With a person's labels in a column of their own, it is a label table.
    labelled = load_labels([tmp_path / "scores.csv"], columns={"label": "stance"}).comments
    assert {(row.comment_id, row.text) for row in labelled} > {("c2", texts["c2"])}
    assert {row.parent for row in labelled} == {None}


NAMES = ("Olga Farmhand", "Pieter Vandal", "Jan de Boer", "Sam Pebble", "Ruth Okafor", "Byline", "سامي")


def test_no_name_leaves_the_parser(report: Path) -> None:
    for path in report.iterdir():
        content = path.read_text(encoding="utf-8")
        assert [name for name in NAMES if name in content] == [], path


def test_a_score_that_repeats_the_name_does_not_leak_it(tmp_path: Path) -> None:
    comments = (Comment("Olga Farmhand", "Hm.", author="Olga Farmhand"),)
    document = Document("abcdef0123456789", "p.txt", comments=comments)
    row = score("abcdef0123456789", "Olga Farmhand", "us", Stance.FAVOR, author="Olga Farmhand")
    write(tmp_path, replace(document, scores=(row,)))
    assert "Olga" not in (tmp_path / "abcdef0123456789.html").read_text(encoding="utf-8")


GEOMETRY = {
    *("class", "width", "height", "viewBox", "fill", "transform"),
    *("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r"),
}


OWN_ADDRESS = re.compile(
    r"(https?://|#|[0-9a-f]+\.html|(index|readings)\.html|data:,$|data:(image/svg\+xml|text/csv);base64,[\w+/=]+$)"
)


def assert_inert(path: Path) -> None:
    tree = read_page(path)
    assert tree.cssselect("img, iframe, object, embed, form, base, link[rel~=stylesheet]") == []
    assert {each.text for each in tree.cssselect("script")} <= {script(own.name).text for own in SCRIPTS.iterdir()}
    for node in tree.iter():
        if not isinstance(node.tag, str):
            continue
        for name, value in node.attrib.items():
            assert not name.lower().startswith("on"), (node.tag, name)
            if name in ("href", "src", "action", "xlink:href"):
                assert OWN_ADDRESS.match(value), value[:90]
    for link in tree.cssselect("a[download$='.svg']"):
        picture = etree.fromstring(base64.b64decode(link.get("href").partition(",")[2]))
        elements = {each.tag.partition("}")[2] for each in picture.iter()}
        assert elements <= {"svg", "title", "style", "rect", "g", "text", "line", "circle"}
        assert {name for each in picture.iter() for name in each.attrib} <= GEOMETRY


def test_hostile_words_stay_words(report: Path) -> None:
    for path in report.glob("*.html"):
        assert_inert(path)
        page = read_page(path)
        policy = page.cssselect("meta[http-equiv=Content-Security-Policy]")[0].get("content")
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
        digests = [base64.b64encode(hashlib.sha256(each.text.encode()).digest()) for each in page.cssselect("script")]
        allowed = policy.partition("; script-src ")[2].split()
        assert allowed == [f"'sha256-{digest.decode()}'" for digest in digests]  # just its own
    bad = read_page(report / "0bad0bad0bad0bad.html")
    assert text(bad.find(".//h1")) == " ".join(HOSTILE.split())
    assert "{{ 7 * 7 }}" in text(bad)
    assert "49" not in text(bad)


@cases("url")
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert safe_link(url) is None


def test_a_new_report_removes_the_pages_of_the_old_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, sample(), hostile())
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    summary["documents"] += [{"page": "../secret.html"}, {"page": "notes.html"}, {"page": 3}, 7]
    (out / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    for kept in (tmp_path / "secret.html", out / "notes.html", out / "cafecafe0000.html"):
        kept.write_text("mine", encoding="utf-8")
    write(out, silent())
    own = {"51e27000000000ab.html", "index.html", "scores.csv", "codebook.csv", "summary.json"}
    assert {path.name for path in out.iterdir()} == own | {"cafecafe0000.html", "notes.html"}
    assert (tmp_path / "secret.html").read_text(encoding="utf-8") == "mine"


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with (
        pytest.raises(ConfigError, match=r"file.*expected a writable folder"),
        ReportWriter(tmp_path / "file", targets=TARGETS, model=MODEL),
    ):
        pass
    (tmp_path / "out" / "index.html").mkdir(parents=True)
    with pytest.raises(ConfigError, match="expected a writable folder"):
        write(tmp_path / "out", sample())


def test_each_part_of_a_document_has_its_page(tmp_path: Path) -> None:
    write(tmp_path, sample(), sample())
    first, second = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["documents"]
    assert first["id"] == second["id"]
    assert first["page"] != second["page"]
    index = html.parse(str(tmp_path / "index.html"))
    for each in (first, second):
        assert (tmp_path / each["page"]).is_file()
        assert index.xpath("//a[@href=$page]", page=each["page"])


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a", silent())
    write(tmp_path / "a", sample(), hostile())
    write(tmp_path / "a", sample(), hostile())  # over itself: no page of its own is stale
    write(tmp_path / "b", sample(), hostile())
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.parametrize("document_id", ["../../etc/passwd", "index", "", "ABCDEF0123", "a" * 99, "\ud800"])
def test_a_strange_identifier_never_becomes_a_path(document_id: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}\.html", page_name(document_id))


spans = st.builds(Span, st.integers(-5, 50), st.integers(-5, 50), st.sampled_from(["a", "b"]))


@given(st.text(max_size=40), st.lists(spans), st.lists(st.tuples(st.integers(-5, 50), st.integers(-5, 50))))
def test_cutting_keeps_every_character_with_its_targets(
    words: str, marks: list[Span], quoted: list[tuple[int, int]]
) -> None:
    pieces = cut(words, marks, quoted)
    assert "".join(piece.text for piece in pieces) == words
    assert all(piece.text for piece in pieces)
    assert all((a.targets, a.quoted) != (b.targets, b.quoted) for a, b in pairwise(pieces))
    labels = [(piece.targets, piece.quoted) for piece in pieces for _ in piece.text]
    for at, (targets, is_quoted) in enumerate(labels):
        assert targets == tuple(sorted({mark.target for mark in marks if mark.start <= at < mark.end}))
        assert is_quoted == any(start <= at < end for start, end in quoted)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from([None, *"abcdefz"]))))
def test_every_comment_is_placed_once_below_its_parent(thread: list[tuple[str, str | None]]) -> None:
    places = thread_order([Comment(name, "", reply_to=parent) for name, parent in thread])
    assert sorted(place.number for place in places) == list(range(1, len(thread) + 1))
    depth = {None: -1}
    for place in places:
        assert place.depth == depth[place.parent] + 1  # the parent was placed before
        depth[place.number] = place.depth


def test_a_deep_thread_needs_no_stack(tmp_path: Path) -> None:
    comments = tuple(Comment(f"c{n}", "Well.", reply_to=f"c{n - 1}") for n in range(3000))
    places = thread_order(comments)
    assert places[-1].depth == 2999
    write(tmp_path, replace(Document("abcdef0123456789", "deep.txt", comments=comments), scores=()))
    assert len(read_page(tmp_path / "abcdef0123456789.html").cssselect(".comment.indent-6")) == 2994


def test_the_number_above_a_table_of_counts_is_its_sum(tmp_path: Path) -> None:
    write(tmp_path, sample())
    panels = [each for each in read_page(tmp_path / "index.html").cssselect(".panel") if each.cssselect("h3 .of data")]
    assert panels
    for panel in panels:
        (above,) = panel.cssselect("h3 .of data")
        counts = [int(each.get("value")) for each in panel.cssselect("td data")]
        assert int(above.get("value")) == sum(counts), text(panel)


@cases("words", "evidence", "marked")
def test_marks_are_whole_words(tmp_path: Path, words: str, evidence: list[tuple[int, int]], marked: list[str]) -> None:
    row = score("ab" * 8, "c1", "russia", Stance.AGAINST, evidence=tuple(evidence))
    comments = (Comment("c1", words, language="en"),)
    write(tmp_path, Document("ab" * 8, "page.txt", language="en", comments=comments, scores=(row,)))
    marks = read_page(tmp_path / f"{'ab' * 8}.html").cssselect(".comment .text mark")
    assert [mark.text for mark in marks] == marked


def test_percentages_do_not_round_to_none_or_all() -> None:
    shown = [percent(share) for share in (0, 0.001, 1 / 200, 0.426, 199 / 200, 0.999, 1)]
    assert shown == ["0 %", "<1 %", "<1 %", "43 %", ">99 %", ">99 %", "100 %"]


def test_a_target_with_fewer_than_50_pairs_counts_as_not_tested() -> None:
    measures = {target: {"n": n, "macro_f1": 0.5} for target, n in (("few", 49), ("many", 50))}
    record = model_record(replace(MODEL, measures={"targets": measures}), [("few", "Few"), ("many", "Many")])
    assert record["not_tested"] == ["few"]
