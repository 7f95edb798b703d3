"""The index: what all comments say, and a table that a person can sort and search."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml.html import fromstring

from stance.datamodels import Certainties, Document
from stance.discourse import EMPTY
from stance.reporting.rendering import macro
from stance.reporting.report import ReportWriter
from tests.support.browsing import visit
from tests.support.page_texts import plain, read_page, text
from tests.support.report_samples import HOSTILE, MODEL, TARGETS, sample, silent, summaries
from tests.support.tables import cases


def write(folder: Path, *documents: Document, corrected: Any = None, **facts: Any) -> Path:
    with ReportWriter(folder, targets=TARGETS, model=MODEL, command="stance report pages/") as writer:
        for document in documents:
            writer.add(document, summaries(document))
        return writer.finish(corrected or summaries(*documents), [], **facts)


def test_pages_whose_comments_may_be_misread_are_listed_apart(tmp_path: Path) -> None:
    facts = [(0.4, "no dates"), (None, "date: 1 date left out"), (0.2, "no names"), (0.89, "title: another line")]
    pages = [replace(sample(f"{n:016x}"), certainty=c, doubts=(d,)) for n, (c, d) in enumerate(facts)]
    lists = read_page(write(tmp_path, *pages)).xpath("//section[@aria-labelledby='doubtful']/details")
    assert [text(each.find("summary")) for each in lists] == [
        "2 pages may be misread; their comments are counted",
        "2 pages may lack comments, or have false names, dates, votes or titles",
    ]
    assert [text(each).split(": ", 1)[1] for each in lists[0].iter("li")] == ["no names", "no dates"]
    assert [each.get("class") for each in (lists[0].getparent(), *lists)] == ["paper"] * 3  # on paper too
    tops = [read_page(tmp_path / f"{each.document_id}.html").cssselect(".top .caveat a")[0].text for each in pages]
    assert tops == ["This page may be misread", "Check this page"] * 2


def test_parts_of_a_page_that_may_be_misread_are_marked_where_they_are_shown(tmp_path: Path) -> None:
    parts = Certainties(comments=0.9, authors=0.4, votes=0.3, replies=0.9, title=0.2)
    write(tmp_path, replace(sample(), certainties=parts))
    page = read_page(tmp_path / f"{sample().document_id}.html")
    shown = {mark.get("title"): text(mark.getparent()) for mark in page.cssselect("a.flag") if mark.text == "?"}
    assert shown["The title may be another one"] == f"{sample().title} ?"
    assert shown["The numbers may not be votes"].endswith("votes ?")
    assert shown.keys() - {"The names may be of other comments"} == {
        "The title may be another one",
        "The numbers may not be votes",
    }
    (record,) = json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["documents"]
    assert record["certainties"] == {**parts._asdict(), "dates": None, "author": None}


def test_the_documentation_names_the_keys_of_the_summary(tmp_path: Path) -> None:
    write(tmp_path, sample())
    page = Path("docs/report.md").read_text(encoding="utf-8")
    table = page.partition("## summary.json")[2].partition("A share has")[0]
    named = {key for row in re.findall(r"^\| (`.*?) \|", table, re.M) for key in re.findall(r"`(\w+)`", row)}
    assert named == set(json.loads((tmp_path / "summary.json").read_text(encoding="utf-8")))


SET = """
for (let at = 0; at < arguments.length; at += 2) {
  const control = document.getElementById(arguments[at]);
  control.value = arguments[at + 1];
  control.dispatchEvent(new Event(control.type === 'search' ? 'input' : 'change'));
}
"""
SHOWN = "return [...document.querySelectorAll('.documents tbody tr')].filter(row => !row.hidden).map(row => %s)"


def dated(number: int, published: str | None, *, outlet: str = "The Morning Ledger", comments: int = 12) -> Any:
    scored = sample(f"{number:016x}", comments=comments)
    document = replace(scored, published=published, outlet=outlet, title=f"Page {number} of {outlet}")
    return replace(document, scores=tuple(replace(score, outlet=outlet) for score in scored.scores))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    outlets = ("Harbour Post", "The Morning Ledger", HOSTILE)
    pages = [dated(n, f"2019-{n % 12 + 1:02d}-05", outlet=outlets[n % 3], comments=2 + n % 11) for n in range(130)]
    return write(tmp_path_factory.mktemp("large"), *pages, silent())


def shown(browser: Any, what: str = "row.cells[0].querySelector('a').textContent") -> list[Any]:
    return list(browser.execute_script(SHOWN % what))


@pytest.mark.browser
def test_headers_sort_and_say_so(chromium: Any, large: Path) -> None:
    visit(chromium, large)
    button = chromium.find_elements("css selector", ".documents thead button")[3]
    button.click()
    sizes = [int(n) for n in shown(chromium, "row.cells[3].querySelector('data').value")]
    assert sizes == sorted(sizes, reverse=True)
    head = chromium.find_elements("css selector", ".documents thead th")[3]
    assert head.get_attribute("aria-sort") == "descending"
    button.click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert int(shown(chromium, "row.cells[3].querySelector('data').value")[0]) == 0
    chromium.find_elements("css selector", ".documents thead button")[4].click()
    counts = [None if n is None else int(n) for n in shown(chromium, "row.cells[4].dataset.n ?? null")]
    known = [n for n in counts if n is not None]
    assert known == sorted(known, reverse=True)
    assert counts[: len(known)] == known  # what nobody addresses stands last
    assert head.get_attribute("aria-sort") is None


@pytest.mark.browser
def test_pages_are_chosen_by_words_outlet_and_target(chromium: Any, large: Path) -> None:
    visit(chromium, large)
    assert len(shown(chromium)) == 25
    live = chromium.find_element("id", "shown")
    assert live.text == "Showing 131 of 131 pages; the first 25 are listed"
    chromium.find_element("id", "find").send_keys("harbour post 12")
    assert {"Harbour Post" in each and "12" in each for each in shown(chromium)} == {True}
    chromium.execute_script(SET, "find", "", "outlet", chromium.execute_script("return outlet.options[1].value"))
    kicker = set(shown(chromium, "row.cells[1].querySelector('bdi').textContent"))
    assert kicker == {chromium.execute_script("return outlet.value")}
    chromium.execute_script(SET, "outlet", "", "toward", "1")
    assert None not in shown(chromium, "row.cells[5].dataset.n ?? null")
    assert live.text == "Showing 106 of 131 pages; the first 25 are listed"
    more, everything = chromium.find_elements("css selector", "#more button")
    more.click()
    assert len(shown(chromium)) == 50
    everything.click()
    assert len(shown(chromium)) == 106
    assert not more.is_displayed()
    assert chromium.get_log("browser") == []


@cases("record", "expected")
def test_the_index_states_what_is_significant_in_the_discourse(
    tmp_path: Path, record: dict[str, Any], expected: list[str]
) -> None:
    index = write(tmp_path, discourse=EMPTY | record)
    (section,) = read_page(index).cssselect("[aria-labelledby=discourse-title]")
    told = plain(text(section))
    assert all(each in told for each in expected)
    assert not section.cssselect("script, img, b")
    assert [link.get("href") for link in section.cssselect("a")] == ["discourse.html"]
    page = read_page(tmp_path / "discourse.html")
    assert ("copied text came faster" in text(page.find(".//h1"))) == ("copies" in record)
    assert not page.cssselect("header li strong, header .findings")  # nothing uncorrected is bold


def test_domains_whose_comments_address_no_target_are_one_line(tmp_path: Path) -> None:
    none = [{"target": target, "against": 0, "neutral": 0, "favor": 0} for target, _ in TARGETS]
    rows = [("one.example", none), ("two.example", [none[0] | {"favor": 2}, *none[1:]]), ("three.example", none)]
    facts = {"own": [], "authors": 2, "comments": 3}
    domains = [{"domain": name, "targets": sides, **facts} for name, sides in rows]
    write(tmp_path, discourse=EMPTY | {"domains": domains, "sections": [("domains", "Cited links")]})
    page = read_page(tmp_path / "discourse.html")
    assert [text(each) for each in page.cssselect("#domains tbody th")] == ["two.example"]
    assert "address no target, according to the model (number of authors): one.example (2), three.e" in text(page)


def test_groups_without_a_figure_are_one_line() -> None:
    row = {"target": "us", "method": "vader", "negative": 0.5, "positive": 0.5, "n": 2, "interval": None}
    means = [{**row, "group": f"Outlet {number}"} for number in range(8)]
    means.append({**row, "group": "Outlet 8", "n": 90, "interval": (0.1, 0.2), "mean": 0.15, "may_print": True})
    table = fromstring(macro("sentiment_macros.html", "means_table", means, dict(TARGETS)))
    assert len(table.cssselect("tbody tr")) == 1
    assert text(table.cssselect(".note")[0]) == f"No interval: The US: {', '.join(f'Outlet {n}' for n in range(8))}."
