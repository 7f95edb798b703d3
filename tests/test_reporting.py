"""Reports: the facts on the page are the facts of the scores, and nothing that a stranger wrote acts on the page."""

import base64
import csv
import json
import re
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from comparison_samples import compare_scores
from document_samples import long_thread
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import Environment, FileSystemLoader
from lxml import etree, html
from report_samples import HOSTILE, IDS, MODEL, TARGETS, cover, hostile, numbers, sample, score, silent, summaries

from stance.comparison import comparison_to_record
from stance.datamodels import Comment, Document, Skip, Stance, Unit
from stance.exceptions import ConfigError
from stance.labels import load_labels
from stance.log import Log
from stance.pipeline import read_documents
from stance.reporting import ModelNote, ReportWriter, rendering, write_comparison
from stance.reporting.charts import diverging_bar
from stance.reporting.index import page_name
from stance.reporting.pages import Span, cut, passages, quoted_spans, thread_order
from stance.reporting.rendering import BASELINE_WORDS, SCRIPTS, language_tag, percent, points, safe_link, script, signed
from stance.resources import MODELS

SKIPS = [Skip("pages/x.pdf", "PDF; expected a saved page as text or HTML")]


def write(folder: Path, *documents: Document, names: bool = False, model: ModelNote = MODEL) -> Path:
    own = {"names": names, "command": "stance report pages/"}
    with ReportWriter(folder, targets=TARGETS, model=model, **own) as writer:
        for document in documents:
            writer.add(document, summaries(document), covered=cover(document))
        return writer.finish(summaries(*documents), SKIPS)


def read(path: Path) -> Any:
    return html.fromstring(path.read_text(encoding="utf-8"))


def text(node: Any) -> str:
    return " ".join(node.text_content().split())


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write(folder, sample(), sample("aaaa000000000001", comments=8), hostile(), silent())
    return folder


@pytest.fixture(scope="module")
def page(report: Path) -> Any:
    return read(report / "3f9c00aa11bb22cc.html")


@pytest.fixture(scope="module")
def index(report: Path) -> Any:
    return read(report / "index.html")


@pytest.fixture(scope="module")
def summary(report: Path) -> Any:
    return json.loads((report / "summary.json").read_text(encoding="utf-8"))


# The document page ----------------------------------------------------------------------------------------------------


def test_header_says_what_was_parsed(page: Any) -> None:
    header = text(page.find(".//header"))
    assert page.findtext(".//h1") == "Ministers leave the harbour town without a price for gas"
    for fact in [
        "The Morning Ledger",
        "2 March 2019",
        "English",
        "3 paragraphs, 12 comments (the page states 14)",
        "wpdiscuz-text",
        "pages/harbour.txt",
        "the page states 14 comments; 12 were found",
    ]:
        assert fact in header


def test_funnel_follows_the_comments(page: Any, summary: Any) -> None:
    steps = [text(step) for step in page.cssselect(".funnel li p")]
    assert [int(step.split()[0]) for step in steps] == [12, 10, 9, 9]
    assert "2 not scored (Arabic 1, Dutch 1)" in steps[1]
    assert summary["documents"][0]["funnel"] == {"comments": 12, "covered": 10, "addressing": 9, "taking_side": 9}
    assert summary["documents"][0]["language_assumed"] == 1


def test_bar_stands_beside_its_counts(page: Any) -> None:
    panel = page.get_element_by_id("target-1").getparent()
    assert text(panel.find("h3")) == "Russia 7 comments address it"
    assert panel.cssselect("svg.bar")
    rows = [[text(cell) for cell in row] for row in panel.cssselect("tbody tr")]
    assert rows == [["▼ against", "3"], ["● neutral", "1"], ["▲ in favor", "3"]]  # too few for shares
    assert "%" not in text(panel)


@pytest.mark.parametrize(
    ("number", "links"), [(2, ["#comment-4", "#comment-7"]), (3, ["#comment-2", "#comment-3", "#comment-12"])]
)
def test_under_five_comments_are_listed_not_drawn(page: Any, number: int, links: list[str]) -> None:
    panel = page.get_element_by_id(f"target-{number}").getparent()
    assert not panel.cssselect("svg.bar, table")
    assert [link.get("href") for link in panel.cssselect(".listed a")] == links
    assert "%" in text(panel.cssselect(".listed")[0])  # each with the model's probability, and no share


def test_no_bar_anywhere_without_its_n(report: Path) -> None:
    for path in report.glob("*.html"):
        for bar in read(path).cssselect("svg.bar"):
            assert re.search(r"(n = \d+|n \d+|\d+ comments? address)", text(bar.getparent())), path


def test_two_way_table_counts_stance_by_sentiment(page: Any) -> None:
    panel = next(each for each in page.cssselect(".two-way") if text(each.find("caption")).startswith("Russia"))
    rows = [[text(cell) for cell in row][1:] for row in panel.cssselect("tbody tr")]
    assert rows == [["2", "0", "1"], ["0", "1", "0"], ["1", "0", "2"]]
    assert "Of 6 comments that take a side, 2 sound the opposite" in text(panel.getparent().getparent())


def test_article_stands_beside_its_readers(page: Any) -> None:
    panel = page.get_element_by_id("said-1").getparent()
    assert [text(each) for each in panel.cssselect("dd")] == [
        "1 sentence names it: 0 in the article’s own voice, 1 quoted (A Minister 1). Quoted: 1 critical.",
        "7 comments address it: 3 against, 1 neutral, 3 in favor, as the model labels them.",
    ]
    (said,) = panel.cssselect(".quotes li")
    assert text(said).startswith("paragraph 2 · A Minister critical 90 %")
    assert [mark.text for mark in panel.cssselect("mark")] == ["Russia"]
    marked = [mark.text for mark in page.cssselect(".body mark")]
    assert marked == ["Russia", "NATO", "Washington"]
    assert [text(each).split()[0] for each in page.cssselect(".body em")] == [text(said.cssselect("q")[0]).split()[0]]


def test_comments_stand_in_thread_order_with_what_they_answer(page: Any) -> None:
    shown = page.cssselect(".comment")
    assert [each.get("id") for each in shown] == [f"comment-{n}" for n in (1, 2, 3, 12, 4, 5, 6, 7, 8, 9, 10, 11)]
    heads = {each.get("id"): text(each.cssselect(".head")[0]) for each in shown}
    assert "reply to #2" in heads["comment-3"]
    assert "reply to a comment that is not on this page" in heads["comment-9"]
    assert "indent-2" in shown[2].get("class")


def test_chips_name_target_stance_probability_and_via(page: Any) -> None:
    chips = [text(chip) for chip in page.get_element_by_id("comment-3").cssselect(".chip")]
    assert chips == [
        "Russia ● neutral 57 % · via the comment it answers · wording 0.00",
        "NATO ▼ against 83 % · own words · wording 0.00",
    ]
    assert [mark.text for mark in page.get_element_by_id("comment-3").cssselect("mark")] == ["NATO's own generals"]


def test_uncovered_and_assumed_languages_are_named(page: Any) -> None:
    assert text(page.get_element_by_id("comment-5").cssselect(".verdict")[0]) == "not scored (Dutch)"
    assert page.get_element_by_id("comment-5").cssselect(".text")[0].get("lang") == "nl"
    assert "language assumed" in text(page.get_element_by_id("comment-6"))
    assert page.get_element_by_id("comment-6").cssselect(".text")[0].get("lang") == "en"


def test_quoted_part_is_set_apart(page: Any) -> None:
    comment = page.get_element_by_id("comment-4")
    assert [text(quote) for quote in comment.cssselect("blockquote")] == [
        "Ministers met for two days in the harbour town."
    ]
    own = text(comment.cssselect(".text p")[0])
    assert own.startswith("Two days of cake")
    assert "harbour" not in own


def test_limits_say_what_the_model_is_worth(page: Any) -> None:
    limits = text(page.get_element_by_id("limits"))
    for fact in [
        "Commenters are not readers, and readers are not the public",
        "Measured on held-out stories of the project's own labelled comments, model",
        "macro F1 of 0.68 (95 % interval 0.63 to 0.73)",
        "Not tested toward NATO.",
        "fewer than fifty labelled cases of this target",
        "sampling error only; classifier error not included",
        "Not scored: 1 (Arabic), 1 (Dutch)",
        "1 comment was too short",
    ]:
        assert fact in limits
    rows = [[text(cell) for cell in row] for row in page.cssselect("#limits tbody tr")]
    assert rows[:3] == [
        ["This model", "412", "0.68", "0.63–0.73"],
        ["Commonest label", "", "0.16", ""],
        ["VADER read as stance", "", "0.48", ""],
    ]
    targets = [row[0] for row in rows[3:]]  # those of the report, not all that were measured
    assert targets == ["This model, toward Russia", "This model, toward the US", "This model, toward NATO"]


def test_comments_are_said_to_be_listed_where_they_are(page: Any, index: Any) -> None:
    few = "Shares of fewer than five comments are not given"
    assert f"{few}; those comments are listed." in text(page.get_element_by_id("limits"))
    assert f"{few}." in text(index.get_element_by_id("limits"))


def test_where_every_other_comment_is_least_sure_that_is_said(page: Any) -> None:
    assert "Least sure The only other one. #3" in text(page.get_element_by_id("evidence-title").getparent())


def test_every_baseline_of_a_model_s_card_has_words() -> None:
    for name in ("default", "light"):
        card = json.loads((MODELS / name / "card.json").read_text(encoding="utf-8"))
        assert set(card["measures"]["baselines"]) <= set(BASELINE_WORDS)


def test_a_model_that_was_not_measured_is_called_so(tmp_path: Path) -> None:
    write(tmp_path, sample(), model=ModelNote("mine@0000", ("en",)))
    limits = text(read(tmp_path / "index.html").get_element_by_id("limits"))
    assert "has not been measured" in limits
    assert "Not tested toward Russia, the US, NATO." in limits


@pytest.mark.parametrize("value", [None, "0.7", [], float("nan"), True, {"macro_f1": "x"}, {"macro_f1": {}}])
def test_a_card_with_strange_measures_is_a_model_not_measured(tmp_path: Path, value: Any) -> None:
    strange = {"n": value, "macro_f1": value, "interval": value, "targets": value, "baselines": {"vader": value}}
    write(tmp_path, sample(), model=ModelNote("mine@0000", ("en",), strange))
    assert "has not been measured" in text(read(tmp_path / "index.html").get_element_by_id("limits"))


def test_measures_may_lack_intervals_and_baselines(tmp_path: Path) -> None:
    write(tmp_path, sample(), model=ModelNote(MODEL.name, ("en",), {"macro_f1": 0.5, "interval": {"macro_f1": [0.4]}}))
    assert "reaches a macro F1 of 0.50, where" in text(read(tmp_path / "index.html").get_element_by_id("limits"))


def test_a_page_without_comments_says_so(report: Path) -> None:
    still = read(report / "51e27000000000ab.html")
    assert "No comments were found on this page." in text(still)
    assert text(still.find(".//h1")) == "Untitled page"
    assert not still.cssselect(".comment, svg.bar")


# The index, the files -------------------------------------------------------------------------------------------------


def test_index_lists_documents_totals_and_skips(index: Any) -> None:
    assert text(index.find(".//h1")) == "24 comments on 4 pages"
    links = [link.get("href") for link in index.cssselect(".documents a")]
    assert links == ["3f9c00aa11bb22cc.html", "aaaa000000000001.html", "0bad0bad0bad0bad.html", "51e27000000000ab.html"]
    cells = [text(cell) for cell in index.cssselect(".documents tbody tr")[0].cssselect("td")]
    assert cells[:3] == ["The Morning Ledger", "2 March 2019", "12"]
    assert cells[3] == "n 7: ▼against 3 ●neutral 1 ▲in favor 3"
    assert cells[4] == "n 2: ▼against 1 ●neutral 1"
    assert "pages/x.pdf PDF; expected a saved page" in text(index.cssselect(".skips")[0])


def test_every_link_of_the_index_leads_to_a_file(report: Path, index: Any) -> None:
    for link in index.cssselect("a[href$='.html']"):
        assert (report / link.get("href")).is_file()


def test_every_number_shown_stands_in_the_summary(report: Path, summary: Any) -> None:
    known = numbers(summary)
    for path in report.glob("*.html"):
        shown = [float(each.get("value")) for each in read(path).cssselect("data")]
        assert shown
        assert set(shown) <= known, path


def test_no_number_is_written_past_the_data_elements(report: Path) -> None:
    page = read(report / "3f9c00aa11bb22cc.html")
    for node in page.cssselect("data, time, bdi, svg, .text, .lead, .body, .verdict, .head, .listed, .axis, code"):
        node.drop_tree()
    left = text(page.find(".//body"))
    for constant in ["95 %", "F1", "from −1 to +1", "macro F1", "0 to 100 %", "1 is never wrong"]:
        left = left.replace(constant, "")
    assert re.findall(r"\d+(?:[.,]\d+)?", left) == []


def test_totals_are_the_sum_of_documents(summary: Any) -> None:
    for target in range(len(TARGETS)):
        of_documents = sum(each["targets"][target]["addressed"] for each in summary["documents"])
        assert summary["totals"]["targets"][target]["addressed"] == of_documents
    assert summary["totals"]["comments"] == sum(each["comments"] for each in summary["documents"])
    assert summary["skipped"] == [{"source": "pages/x.pdf", "reason": "PDF; expected a saved page as text or HTML"}]
    assert summary["groups"] is None


def test_scores_csv_has_every_score_with_its_text_and_no_formula(tmp_path: Path) -> None:
    scored = sample()
    attack = replace(scored.scores[0], author='=HYPERLINK("http://x")', outlet="@SUM(A1)")
    hostile = '=1+1\0\r\n"\ud83d\u202e,' + "x" * 99_000
    comments = (replace(scored.comments[0], text=hostile), *scored.comments[1:])
    named = {"title": "@" + "t" * 9_999, "url": "https://example.org/a", "comments": comments}
    write(tmp_path, replace(scored, scores=(attack, *scored.scores[1:]), **named))
    assert (tmp_path / "scores.csv").read_bytes().startswith(b"\xef\xbb\xbfdocument,")
    with (tmp_path / "scores.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(scored.scores)
    assert rows[0]["stance"] == "favor"
    assert rows[0]["author"].startswith("'=")
    assert not [cell for row in rows for cell in row.values() if cell[:1] in set("=@\t\r")]
    assert (len(rows[0]["title"]), rows[0]["url"]) == (2_001, "https://example.org/a")
    said = {each.comment: each.sentence.text for each in scored.scores if each.sentence}
    texts = {each.comment_id: each.text for each in comments} | said
    assert [row["text"] for row in rows[3:]] == [texts[row["comment"]] for row in rows[3:]]
    assert {row["text"] for row in rows[:3]} == {"'" + hostile.replace("\ud83d", "\\ud83d")}
    log = Log()
    again = [score for document in read_documents([tmp_path / "scores.csv"], log=log) for score in document.scores]
    found, expected = (sorted((e.comment, e.target, e.stance) for e in rows) for rows in (again, scored.scores))
    assert found == expected
    assert not log.skipped
    # With a person's labels in a column of their own, it is a label table.
    labelled = load_labels([tmp_path / "scores.csv"], columns={"label": "stance"}).comments
    assert {(row.comment_id, row.text) for row in labelled} > {("c2", texts["c2"])}
    assert {row.parent for row in labelled} == {None}


def test_each_of_two_comments_of_one_id_has_its_own_text_in_scores_csv(tmp_path: Path) -> None:
    scored = sample(comments=1)
    twice = (scored.comments[0], replace(scored.comments[0], text="Another text."))
    own = tuple(score for score in scored.scores if score.unit is Unit.COMMENT)
    write(tmp_path, replace(scored, comments=twice, scores=own * 2))
    with (tmp_path / "scores.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["text"] for row in csv.DictReader(file)] == [each.text for each in twice for _ in TARGETS]


# Names ----------------------------------------------------------------------------------------------------------------

NAMES = ("Olga Farmhand", "Pieter Vandal", "Jan de Boer", "Sam Pebble", "Ruth Okafor", "Byline", "سامي")


def test_no_name_leaves_the_parser(report: Path) -> None:
    for path in report.iterdir():
        content = path.read_text(encoding="utf-8")
        assert [name for name in NAMES if name in content] == [], path


def test_pseudonyms_tell_authors_apart(page: Any) -> None:
    authors = {each.get("id"): text(each.cssselect(".author")[0]) for each in page.cssselect(".comment")}
    assert authors["comment-1"] == authors["comment-3"] != authors["comment-2"]
    assert authors["comment-4"] == "unnamed"


def test_a_score_that_repeats_the_name_does_not_leak_it(tmp_path: Path) -> None:
    document = Document(
        "abcdef0123456789", "p.txt", comments=(Comment("Olga Farmhand", "Hm.", author="Olga Farmhand"),)
    )
    row = score("abcdef0123456789", "Olga Farmhand", "us", Stance.FAVOR, author="Olga Farmhand")
    write(tmp_path, replace(document, scores=(row,)))
    assert "Olga" not in (tmp_path / "abcdef0123456789.html").read_text(encoding="utf-8")


def test_names_are_shown_where_they_were_asked_for(tmp_path: Path) -> None:
    scored = sample()
    write(tmp_path, replace(scored, scores=tuple(replace(row, author=None) for row in scored.scores)), names=True)
    authors = [text(each) for each in read(tmp_path / "3f9c00aa11bb22cc.html").cssselect(".author")]
    assert authors[:2] == ["Olga Farmhand", "Pieter Vandal"]


# Hostile pages --------------------------------------------------------------------------------------------------------


GEOMETRY = {
    *("class", "width", "height", "viewBox", "fill", "transform"),
    *("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r"),
}


def assert_inert(path: Path) -> None:
    tree = read(path)
    assert tree.cssselect("img, iframe, object, embed, form, base, link[rel~=stylesheet]") == []
    assert {each.text for each in tree.cssselect("script")} <= {script(own.name).text for own in SCRIPTS.iterdir()}
    for node in tree.iter():
        if not isinstance(node.tag, str):
            continue
        for name, value in node.attrib.items():
            assert not name.lower().startswith("on"), (node.tag, name)
            if name in ("href", "src", "action", "xlink:href"):
                own = (
                    r"(https?://|#|[0-9a-f]+\.html|index\.html|data:,$|data:(image/svg\+xml|text/csv);base64,[\w+/=]+$)"
                )
                assert re.match(own, value), value[:90]
    for link in tree.cssselect("a[download$='.svg']"):
        picture = etree.fromstring(base64.b64decode(link.get("href").partition(",")[2]))
        elements = {each.tag.partition("}")[2] for each in picture.iter()}
        assert elements <= {"svg", "title", "style", "rect", "g", "text", "line", "circle"}
        assert {name for each in picture.iter() for name in each.attrib} <= GEOMETRY


def test_hostile_words_stay_words(report: Path) -> None:
    for path in report.glob("*.html"):
        assert_inert(path)
    bad = read(report / "0bad0bad0bad0bad.html")
    assert text(bad.find(".//h1")) == " ".join(HOSTILE.split())
    assert "{{ 7 * 7 }}" in text(bad)
    assert "49" not in text(bad)


def test_policy_allows_nothing_but_own_styles(report: Path) -> None:
    for path in report.glob("*.html"):
        policy = read(path).cssselect("meta[http-equiv=Content-Security-Policy]")[0].get("content")
        assert policy.startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")


def test_anchors_do_not_repeat_what_a_stranger_wrote(report: Path) -> None:
    for path in report.glob("*.html"):
        found = [node.get("id") for node in read(path).iter() if isinstance(node.tag, str) and node.get("id")]
        assert len(found) == len(set(found)), path
        assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", each) for each in found), path


@settings(max_examples=30)
@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=20))
def test_any_text_gives_an_inert_page(
    tmp_path_factory: pytest.TempPathFactory, words: str, name: str, code: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    document = Document(
        "abcdef0123456789",
        name,
        outlet=words,
        url=words,
        title=name,
        published=code,
        language=code,
        body=(words,),
        comments=(Comment(name, words, author=name, reply_to=words, posted=code, language=code),),
    )
    rows = tuple(
        score("abcdef0123456789", name, target, Stance.NEUTRAL, evidence=((0, 5), (3, 9)), language=code)
        for target in IDS
    )
    index = write(folder, replace(document, scores=rows))
    assert_inert(folder / "abcdef0123456789.html")
    assert_inert(index)
    json.loads((folder / "summary.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        " https://x.example",
        "data:text/html,x",
        "//x.example",
        "https:x",
        "http://[",
        "https://x.example/\nY",
        'https://x/"',
        None,
    ],
)
def test_only_web_addresses_become_links(url: str | None) -> None:
    assert safe_link(url) is None


def test_a_web_address_becomes_a_link(page: Any) -> None:
    link = page.cssselect("header .facts a")[0]
    assert link.get("href") == "https://ledger.example/harbour?day=2&page=1"
    assert "noopener" in link.get("rel")


# Accessible -----------------------------------------------------------------------------------------------------------


def test_pages_have_landmarks_and_ordered_headings(report: Path) -> None:
    for path in report.glob("*.html"):
        tree = read(path)
        assert len(tree.cssselect("h1")) == len(tree.cssselect("main")) == len(tree.cssselect("header.top")) == 1
        assert tree.cssselect("a.skip")[0].get("href") == "#main"
        levels = [int(node.tag[1]) for node in tree.cssselect("h1, h2, h3, h4")]
        assert all(after - before <= 1 for before, after in pairwise(levels)), path
        for table in tree.cssselect("table"):
            assert table.find("caption") is not None
        for svg in tree.cssselect("svg"):
            # The table or text beside it says the same, or its label does.
            assert svg.get("aria-hidden") == "true" or (svg.get("role") == "img" and svg.get("aria-label"))
        for labelled in tree.cssselect("[aria-labelledby]"):
            assert tree.cssselect("#" + labelled.get("aria-labelledby"))


# Whole or not at all --------------------------------------------------------------------------------------------------


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def interrupt(folder: Path) -> None:
    with ReportWriter(folder, targets=TARGETS, model=MODEL) as writer:
        writer.add(hostile(), summaries(hostile()))
        raise KeyboardInterrupt


def test_an_interrupted_run_leaves_the_old_report(tmp_path: Path) -> None:
    write(tmp_path / "out", sample())
    before = contents(tmp_path)
    with pytest.raises(KeyboardInterrupt):
        interrupt(tmp_path / "out")
    assert contents(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_a_run_that_never_finishes_leaves_no_folder(tmp_path: Path) -> None:
    with ReportWriter(tmp_path / "new" / "out", targets=TARGETS, model=MODEL) as writer:
        writer.add(sample(), summaries(sample()))
    assert list(tmp_path.iterdir()) == []


def test_a_new_report_removes_the_pages_of_the_old_and_nothing_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    write(out, sample(), hostile())
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    summary["documents"] += [{"page": "../secret.html"}, {"page": "notes.html"}, {"page": 3}, 7]
    (out / "summary.json").write_text(json.dumps(summary), encoding="utf-8")
    for kept in (tmp_path / "secret.html", out / "notes.html", out / "cafecafe0000.html"):
        kept.write_text("mine", encoding="utf-8")
    write(out, silent())
    assert sorted(path.name for path in out.iterdir()) == [
        "51e27000000000ab.html",
        "cafecafe0000.html",
        "index.html",
        "notes.html",
        "scores.csv",
        "summary.json",
    ]
    assert (tmp_path / "secret.html").read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("former", ["", "[]", '{"documents": 3}', "[" * 100_000, "\x00"])
def test_a_broken_former_summary_is_replaced(tmp_path: Path, former: str) -> None:
    (tmp_path / "summary.json").write_text(former, encoding="utf-8")
    write(tmp_path, silent())
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["totals"]["documents"] == 1


def test_a_place_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with (
        pytest.raises(ConfigError, match=r"file.*expected a writable place"),
        ReportWriter(tmp_path / "file", targets=TARGETS, model=MODEL),
    ):
        pass
    (tmp_path / "out" / "index.html").mkdir(parents=True)
    with pytest.raises(ConfigError, match="expected a writable place"):
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


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a", silent())
    write(tmp_path / "a", sample(), hostile())
    write(tmp_path / "a", sample(), hostile())  # over itself: no page of its own is stale
    write(tmp_path / "b", sample(), hostile())
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


@pytest.mark.parametrize("document_id", ["../../etc/passwd", "index", "", "ABCDEF0123", "a" * 99, "\ud800"])
def test_a_strange_identifier_never_becomes_a_path(document_id: str) -> None:
    assert re.fullmatch(r"[0-9a-f]{16}\.html", page_name(document_id))


# Parts ----------------------------------------------------------------------------------------------------------------

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


def test_marks_name_a_target_that_their_words_do_not() -> None:
    marks = [Span(0, 8, "Russia"), Span(13, 24, "the US"), Span(13, 24, "Russia"), Span(29, 31, "the US")]
    pieces = [piece for piece in cut("Russians and Americans, ah US", marks) if piece.targets]
    assert [piece.unnamed for piece in pieces] == [(), ("Russia", "the US")]
    assert cut("the US", [Span(0, 6, "the US")])[0].unnamed == ()


def test_passages_drop_the_line_break_between_quote_and_answer() -> None:
    found = passages(cut("They met.\n\nSo what?", [], [(0, 9)]))
    assert [(each.quoted, "".join(piece.text for piece in each.pieces)) for each in found] == [
        (True, "They met."),
        (False, "So what?"),
    ]


@pytest.mark.parametrize(
    ("words", "quoted", "expected"),
    [
        ("They met.\nSo?", "They met.", ["They met."]),
        ("> one\n> two\nmine\n> three", "> one\n> two\n> three", ["> one\n> two", "> three"]),
        ("mine", "elsewhere", []),
        ("mine", None, []),
        ("mine", " \n ", []),
    ],
)
def test_quoted_lines_are_found_in_their_order(words: str, quoted: str | None, expected: list[str]) -> None:
    found = quoted_spans(Comment("c1", words, quoted=quoted))
    assert [words[start:end] for start, end in found] == expected


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
    assert len(read(tmp_path / "abcdef0123456789.html").cssselect(".comment.indent-6")) == 2994


shares = st.tuples(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50)).filter(any)


@given(shares)
def test_a_bar_stays_in_its_picture_with_neutral_in_the_middle(counts: tuple[int, int, int]) -> None:
    total = sum(counts)
    records = [
        {"stance": side, "estimate": n / total} for side, n in zip(("against", "neutral", "favor"), counts, strict=True)
    ]
    bars = diverging_bar(records)
    assert min(bar.x for bar in bars) >= 0
    assert max(bar.x + bar.width for bar in bars) <= 100.01
    assert sum(bar.width for bar in bars) == pytest.approx(50, abs=0.01)
    for bar in bars:
        if bar.kind == "neutral":
            assert bar.x + bar.width / 2 == pytest.approx(50, abs=0.01)


@pytest.mark.parametrize(
    ("share", "shown"),
    [
        (0, "0 %"),
        (0.001, "<1 %"),
        (1 / 200, "<1 %"),
        (0.426, "43 %"),
        (199 / 200, ">99 %"),
        (0.999, ">99 %"),
        (1, "100 %"),
    ],
)
def test_percentages_do_not_round_to_none_or_all(share: float, shown: str) -> None:
    assert percent(share) == shown


@pytest.mark.parametrize(
    ("difference", "shown"), [(0, "0"), (0.005, "0"), (-1 / 200, "0"), (0.006, "+1"), (-0.25, "−25"), (1, "+100")]
)
def test_no_points_have_no_sign(difference: float, shown: str) -> None:
    assert points(difference) == shown


@pytest.mark.parametrize(("value", "shown"), [(0.321, "+0.32"), (-0.4, "−0.40"), (-0.001, "0.00")])
def test_signed_numbers_have_a_minus(value: float, shown: str) -> None:
    assert signed(value) == shown


@pytest.mark.parametrize(
    ("code", "tag"), [("en", "en"), ("pt-BR", "pt-BR"), ("unknown", ""), ('en" x="', ""), ("", "")]
)
def test_only_well_formed_codes_become_lang(code: str, tag: str) -> None:
    assert language_tag(code) == tag


# Comparison -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compared")
    rows = [row for n in range(6) for row in sample(f"aaaa{n:012x}", comments=12 - n % 2).scores]
    rows += [replace(row, outlet=HOSTILE) for n in range(4) for row in sample(f"bbbb{n:012x}").scores]
    record = comparison_to_record(compare_scores(rows, IDS))
    write_comparison(record, folder, targets=TARGETS, model=MODEL, command="stance compare pages/ --by outlet")
    return folder


def test_comparison_gives_intervals_from_five_articles_on(compared: Path) -> None:
    table = read(compared / "comparison.html").cssselect("table.groups")[0]
    rows = {text(row[0])[:11]: [text(cell) for cell in row] for row in table.cssselect("tbody tr")}
    ledger, small = rows["The Morning"], rows["<script>ale"]
    assert ledger[1:3] == ["6", "42 12 not scored"]
    assert all(re.fullmatch(r"\d+ % \d+–\d+ %", cell) for cell in ledger[4:])
    assert small[1:] == ["4", "28 8 not scored", "labels counted", "12", "4", "12"]


def test_comparison_claims_no_difference(compared: Path) -> None:
    tree = read(compared / "comparison.html")
    assert "Sampling error only; classifier error not included." in text(tree)
    record = json.loads((compared / "comparison.json").read_text(encoding="utf-8"))
    assert {each["verdict"] for each in record["differences"]} == {"not_tested"}
    verdicts = {text(row[-1]) for row in tree.cssselect("#differences-title ~ details tbody tr")}
    assert verdicts == {"not tested"}
    assert_inert(compared / "comparison.html")


def test_every_number_of_a_comparison_stands_in_its_json(compared: Path) -> None:
    known = numbers(json.loads((compared / "comparison.json").read_text(encoding="utf-8")))
    shown = {float(each.get("value")) for each in read(compared / "comparison.html").cssselect("data")}
    assert shown <= known


def test_groups_stand_in_the_index_too(tmp_path: Path) -> None:
    scored = sample()
    rows = [*scored.scores, *(replace(row, outlet="The Evening Ledger") for row in scored.scores)]
    compared = comparison_to_record(compare_scores(rows, IDS))
    with ReportWriter(tmp_path, targets=TARGETS, model=MODEL) as writer:
        writer.add(scored, summaries(scored))
        index = writer.finish(summaries(scored), [], compared)
    assert "The Evening Ledger" in text(read(index).cssselect("#chart-title ~ details table")[0])
    assert json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["groups"][0]["articles"] == 1


def test_sentence_scores_are_no_comments(summary: Any) -> None:
    assert any(row.unit is Unit.SENTENCE for row in sample().scores)
    assert summary["documents"][0]["targets"][2]["addressed"] == 3


def test_a_target_that_the_model_was_not_tested_toward_is_flagged_where_its_bar_stands(tmp_path: Path) -> None:
    scored, other = long_thread(90), {"russia": "nato", "nato": "russia"}
    swapped = [replace(each, target=other.get(each.target, each.target)) for each in scored.scores]
    write(tmp_path, replace(scored, scores=tuple(swapped)))
    (document,) = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["documents"]
    model = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["model"]
    not_tested = set(model["not_tested"])
    assert not_tested
    assert not_tested <= set(model["needs_labels"])
    for name in ("index.html", document["page"]):
        page = html.parse(str(tmp_path / name))
        flagged = {heading.xpath("string(bdi)") for heading in page.xpath("//h3[a[@class='flag']]")}
        assert flagged == {label for target, label in TARGETS if target in not_tested}
        waiting = {
            panel.xpath("string(h3/bdi)") for panel in page.xpath("//article[p[contains(., 'labels by persons')]]")
        }
        shown = {panel.xpath("string(h3/bdi)") for panel in page.xpath("//article[.//td/span[@class='range']]")}
        assert waiting == {label for target, label in TARGETS if target in model["needs_labels"]} & shown
        assert shown == {"NATO"}


def test_shares_need_labels_toward_targets_that_were_not_measured_or_badly() -> None:
    found = {"russia": (50, 0.15), "us": (50, 0.151), "nato": (49, 0.01)}
    measured: dict[str, Any] = {name: {"n": n, "macro_f1": 0.6, "ece": ece} for name, (n, ece) in found.items()}
    measured |= {"eu": {"n": 50, "macro_f1": 0.6}, "un": "?"}
    note = ModelNote("m", (), {"targets": measured})
    assert note.needs_labels(["norway", *measured]) == ["norway", "us", "nato", "eu", "un"]
    for measures in ({}, {"targets": None}):
        assert ModelNote("m", (), measures).needs_labels(["russia"]) == ["russia"]
    for name in ("light", "default"):
        card = json.loads((MODELS / name / "card.json").read_text(encoding="utf-8"))
        note = ModelNote(name, ("en",), card["measures"])
        assert note.needs_labels(["norway", "us", "china", "russia", "nato", "ukraine"]) == [
            "norway",
            "china",
            "ukraine",
        ]


def test_one_comment_is_not_said_to_be_several(tmp_path: Path) -> None:
    write(tmp_path, sample("aaaa000000000001", comments=1), silent())
    page, index = (
        html.fromstring((tmp_path / name).read_text(encoding="utf-8"))
        for name in ("aaaa000000000001.html", "index.html")
    )
    for drawn in (page, index):
        told = [" ".join(each.text_content().split()) for each in drawn.cssselect(".funnel p")]
        assert told[0] == "1 comment parsed"
        assert told[2] == "1 addresses at least one target"
        assert told[3] == "1 takes a side toward one or more"
    assert page.get_element_by_id("comments-title").text_content() == "The comment"
    assert " Of the one comment on this page, estimated by a model." in " ".join(page.text_content().split())
    silence = html.fromstring((tmp_path / "51e27000000000ab.html").read_text(encoding="utf-8"))
    assert "Among the" not in silence.cssselect("header")[0].text_content()


def test_compiled_templates_are_kept_for_the_next_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rendering, "TEMPLATES", tmp_path)
    (tmp_path / "page.html").write_text("<p>{{ text }}</p>")

    def render() -> str:
        made = Environment(loader=FileSystemLoader(tmp_path), bytecode_cache=rendering.CompiledTemplates())
        return made.get_template("page.html").render(text="new")

    assert render() == "<p>new</p>"
    (kept,) = (tmp_path / "__pycache__").iterdir()
    assert render() == "<p>new</p>"
    kept.write_bytes(kept.read_bytes()[:40])  # cut off
    assert render() == "<p>new</p>"
    (tmp_path / "page.html").write_text("<b>{{ text }}</b>")
    assert render() == "<b>new</b>"
    shutil.rmtree(tmp_path / "__pycache__")
    (tmp_path / "__pycache__").write_text("no folder")
    assert render() == "<b>new</b>"
