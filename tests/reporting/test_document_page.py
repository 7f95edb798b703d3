"""The page of one document: each section shows what the comments hold, and says so where they hold too little."""

import base64
import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from lxml.html import fromstring

from stance.datamodels import READINGS, Comment, Document, Stance
from stance.discourse import page_record
from stance.discourse.posts import read_posts
from stance.reporting.article import ArticlePage
from stance.reporting.rendering import macro
from stance.reporting.report import ReportWriter
from stance.reporting.wording import percent, sounding
from stance.resources import GRADES
from tests.support.document_samples import LONG, long_thread, page_summaries
from tests.support.page_texts import read_page, text
from tests.support.report_samples import HOSTILE, IDS, MODEL, TARGETS, cover, hostile, sample, silent


def write(folder: Path, *pages: Any) -> Path:
    """Write a report of documents with their facts."""
    with ReportWriter(folder, targets=TARGETS, model=MODEL) as writer:
        for page in pages:
            writer.add(*page)
        writer.finish(pages[0][1], [])
    return folder


def analyse(document: Document) -> dict[str, Any]:
    return page_record(document, read_posts(document, IDS))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    documents = [long_thread(), sample(), hostile(), silent()]
    facts = [(each, page_summaries(each), analyse(each), cover(each)) for each in documents]
    return write(tmp_path_factory.mktemp("report"), *facts)


@pytest.fixture(scope="module")
def page(report: Path) -> Any:
    return read_page(report / f"{LONG}.html")


@pytest.fixture(scope="module")
def record(report: Path) -> Any:
    return json.loads((report / "summary.json").read_text(encoding="utf-8"))["documents"][0]


def section(page: Any, name: str) -> Any:
    return next(page.get_element_by_id(f"{name}-title").iterancestors("section"))


def test_every_section_says_what_it_shows(page: Any) -> None:
    said_of = {
        "read-as": "The page states 80 comments; 60 of them (75 %) are in the saved copy",
        "stance": "Readings of single comments by the model, not shares",
        "shares": "The shares are estimated by the model and are not ready to print",
        "talk": "Most votes",
        "newsroom": "No question to writer, outlet or moderator was found",
    }
    for name, words in said_of.items():
        assert words in text(section(page, name)), name
    assert "No tone was estimated" in text(section(page, "article"))
    head = text(page.find(".//header"))
    assert "60 comments by 24 named people, 12 comments without a name, 1 to 4 March 2024 (the page states 80)" in head
    article = text(section(page, "article"))
    assert "2 sentences refer to the target; none of these are read as words of others." in article
    assert not page.cssselect("#copies")  # nothing was found


def test_no_name_and_no_word_of_one_person_is_in_the_record(record: Any) -> None:
    assert not re.search("Busy|Voice|reader-", json.dumps(record))


def test_a_page_says_what_persons_read_where_the_model_finds_no_comment_on_the_target(tmp_path: Path) -> None:
    scored, none = long_thread(), dict.fromkeys(Stance, 0) | {Stance.NOT_ADDRESSED: 60}
    unread = dict.fromkeys(READINGS, 0)
    named = {"addressed": 0, "named": 0, "taking_side": 0}
    found = [each | named | {"counts": none, "readings": unread, "shares": []} for each in page_summaries(scored)]
    found[1]["read"] = {Stance.FAVOR: 1, Stance.NOT_ADDRESSED: 3}
    write(tmp_path, (scored, found))
    index, page = (text(read_page(tmp_path / name)) for name in ("index.html", f"{LONG}.html"))
    assert "0 against, 1 in favor, 0 neither (persons labelled 4 of 60 comments; 1 of these addresses it)" in index
    assert re.search("The US 1 labelled comment addresses it .*Stance ?n ?against ?0 ?neutral ?0 ?in favor ?1", page)


def test_a_corrected_page_shows_one_estimate(tmp_path: Path) -> None:
    scored = long_thread()
    found: Any = {"estimate": 1 / 3, "interval": (0.25, 0.42), "method": "corrected", "labelled": 60, "n": 52}
    found |= {"printed": "share", "may_print": True}
    changed = [summary | {"shares": [each | found for each in summary["shares"]]} for summary in page_summaries(scored)]
    write(tmp_path, (scored, changed))
    panel = section(read_page(tmp_path / f"{LONG}.html"), "shares").cssselect(".panel")[0]
    assert text(panel.cssselect("tbody tr")[0].cssselect("td")[0]) == "33 % 25–42 %"
    assert len(panel.cssselect("svg.bar")) == 1
    assert text(panel.find("h3")) == "Russia 52 comments address it, estimated by labels"
    assert "The shares are corrected by labels of 60 comments." in text(panel)


def test_hostile_words_stay_words_in_every_section(tmp_path: Path) -> None:
    scored = long_thread()
    comments = tuple(replace(each, text=f"{HOSTILE} {each.text}", author=HOSTILE) for each in scored.comments)
    bad = replace(scored, comments=comments)
    write(tmp_path, (bad, page_summaries(bad), analyse(bad)))
    tree = read_page(tmp_path / f"{LONG}.html")
    assert len(tree.cssselect("script")) == 2
    assert not tree.cssselect("img, .quotes svg, .text svg")
    choices = [each.get("data-choices") for each in tree.cssselect(".comment")]
    assert all(re.fullmatch(r"(\d+:[a-z_]+ ?)+|nothing|none", each) for each in choices)


def test_parts_and_themes_show_own_words_only() -> None:
    words = "As Anna says, NATO pays for every war, and who believes that about NATO?"
    document = Document("d", "d", comments=(Comment("c1", words, quoted="NATO pays for every war"),))
    page = ArticlePage(document, TARGETS, "default")
    assert page.passage(1, 0, len(words)).quote == "As Anna says, , and who believes that about NATO?"
    assert page.about(1, ["pays"]).quote == page.about(1, ["NATO"]).quote == page.passage(1, 0, len(words)).quote


def test_words_that_do_not_sound_are_not_called_neutral() -> None:
    assert [*map(sounding, (0.0, 0.02))] == ["no positive or negative words", "neutral wording (+0.02)"]


def test_the_facts_of_a_quoted_comment_are_set_apart() -> None:
    each = SimpleNamespace(number=7, votes=10, answers=2, language="en", quote="Well.")
    told = text(fromstring(macro("document_macros.html", "quotation", each, [("Russia", 1, 0), ("NATO", 0, 2)])))
    assert told.startswith(
        "#7 10 votes · 2 answers: 1 read as against, 0 as in favor of Russia; 0 read as against, 2 as"
    )


def test_readings_in_other_languages_have_figures_of_their_own(tmp_path: Path) -> None:
    scored = long_thread(12)
    half = [replace(each, language="de" if number < 6 else "en") for number, each in enumerate(scored.comments)]
    german = replace(scored, document_id="f" * 16, comments=tuple(replace(each, language="de") for each in half))
    write(tmp_path, *((each, page_summaries(each)) for each in (replace(scored, comments=tuple(half)), german)))
    measured = "In tests on English comments of sites"
    figures = json.loads(GRADES.read_text(encoding="utf-8"))["default, other languages"]["not_addressed"]["clear"]
    others = f"in other languages. In these, {percent(figures['right'])} of {figures['n']} such readings were right"
    mixed, page, across = (text(read_page(tmp_path / f"{name}.html")) for name in (LONG, "f" * 16, "readings"))
    assert measured in mixed
    assert f"5 of the 10 comments are {others}" in mixed
    assert measured not in page
    assert (
        "In a test in other languages than English, the model showed none of 74 comments in favor as “in favor”."
        in page
    )
    assert f"10 of the 10 comments are {others}" in page
    assert "2 of the 2 comments are in other languages. How often such readings are right in those" in page
    assert measured in across
    assert "in other languages. In these, 83 % of 30 such readings were right" in across


def test_counts_by_persons_of_all_comments_that_name_a_target_replace_the_models(tmp_path: Path) -> None:
    scored = replace(long_thread(), title="A thread \u202e with marks")
    found = [*page_summaries(scored)]
    counts = {Stance.AGAINST: 40, Stance.FAVOR: 3, Stance.NOT_ADDRESSED: sum(found[0]["readings"].values()) - 43}
    found[0] |= {"read_named": counts, "read": {**counts, Stance.NEUTRAL: 9}}  # nine do not name it
    write(tmp_path, (scored, found))
    page, index = (read_page(tmp_path / name) for name in (f"{LONG}.html", "index.html"))
    (copied,) = page.xpath("//@data-copy")
    picture = base64.b64decode(page.xpath("//a[@download='article-readings.svg']/@href")[0].partition(",")[2]).decode()
    assert "A thread with marks (The Morning Ledger, 1 March 2024)" in " ".join(re.findall(">([^<]+)</text>", picture))
    assert "Of 60 comments under A thread with marks (" in copied
    assert " name Russia: persons counted 40 against, 3 in favor, " in copied
    assert "The other counts are readings of single comments by a model, unchecked, not shares." in copied
    assert re.search("persons: ▼ ?against ?40 ▲ ?in favor ?3 – ?named in passing", text(index))
