"""Every kind of page at the widths of a phone, a tablet and a desk, and on paper: nothing covers anything else."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from browsing import OVERFLOW, OVERLAPS, resize, visit, wait
from comparison_samples import comparison_record
from report_samples import MODEL, TARGETS, sample, silent, summaries
from test_public import write as write_public

from stance.datamodels import Page, PageKind
from stance.parsing import parse_page
from stance.parsing.explain import explain_page
from stance.reporting import ReportWriter, explanation_page, write_comparison, write_public_comparison

pytestmark = pytest.mark.browser

PAGES = ("index", "3f9c00aa11bb22cc", "comparison", "explanation", "public/index", "public/comparison")
RICH = ("rich/index", "rich/discourse", "rich/thread")
WIDTHS = (390, 768, 1200)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, rich_report: Path) -> Path:
    folder = tmp_path_factory.mktemp("pages")
    (folder / "rich").symlink_to(rich_report)
    targets = (TARGETS[0], (TARGETS[1][0], "the United States"), TARGETS[2])
    record = comparison_record()
    for group in record["groups"]:
        group["without_stance"] = dict.fromkeys(group["without_stance"], 12_345)
    dated = [replace(sample(f"{month:016x}"), published=f"2019-0{month}-02") for month in (4, 5, 6)]
    documents = [sample(), silent(), *dated]
    with ReportWriter(folder, targets=targets, model=MODEL) as writer:
        for document in documents:
            writer.add(document, summaries(document))
        writer.finish(summaries(*documents), [], record, audit=record["audit"])
    write_comparison(record, folder, targets=targets, model=MODEL)
    (folder / "public").mkdir()
    write_public(folder / "public")
    write_public_comparison(record, folder / "public", targets=targets, model=MODEL)
    source = "<h2>12 Comments</h2><div id='disqus_thread'></div><p>The council met on Tuesday.</p>"
    page = Page("page.html", PageKind.HTML, f"<html><body>{source}</body></html>", "utf-8")
    (folder / "explanation.html").write_text("".join(explanation_page([explain_page(page, parse_page(page))])))
    return folder


def unfolded(chromium: Any, page: Path, width: int, media: str = "screen") -> Any:
    visit(chromium, page, width=width, media=media)
    chromium.execute_script("document.querySelectorAll('details').forEach(each => each.open = true)")
    return chromium


@pytest.mark.parametrize("name", PAGES + RICH)
def test_no_text_covers_another(chromium: Any, folder: Path, name: str) -> None:
    for width in WIDTHS:
        unfolded(chromium, folder / f"{name}.html", width)
        assert chromium.execute_script(OVERLAPS) == [], width
        assert chromium.execute_script(OVERFLOW) == {"wide": 0, "spills": []}, width


STRAY = """
const stray = [], range = document.createRange();
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let text; text = walker.nextNode();) {
  const before = text.previousSibling;
  if (!/^[,.;:)]/.test(text.data) || before?.nodeType !== 1 || !text.parentElement.checkVisibility()) continue;
  range.setStart(text, 0); range.setEnd(text, 1);
  const top = range.getBoundingClientRect().top;
  if (top >= before.getBoundingClientRect().bottom) stray.push(text.parentElement.innerText);
}
return stray;
"""


@pytest.mark.parametrize("name", ["index", "comparison", "public/comparison", "rich/discourse"])
def test_no_line_begins_with_a_comma(chromium: Any, folder: Path, name: str) -> None:
    for width in WIDTHS:
        unfolded(chromium, folder / f"{name}.html", width)
        assert chromium.execute_script(STRAY) == [], width


def test_the_bullets_of_warnings_stand_inside_their_border(chromium: Any, folder: Path) -> None:
    visit(chromium, folder / "explanation.html", width=390)
    (space,) = chromium.execute_script(
        "return [...document.querySelectorAll('ul.warnings')].map(getComputedStyle)"
        ".map(style => parseFloat(style.paddingLeft) / parseFloat(style.fontSize))"
    )
    assert space > 1.5  # an outside bullet takes up to one and a half letters left of its line


@pytest.mark.parametrize(("name", "section"), [("index", "trend-title"), ("comparison", "series")])
def test_pictures_over_time_have_axes(chromium: Any, folder: Path, name: str, section: str) -> None:
    visit(chromium, folder / f"{name}.html", width=390)
    pictures = chromium.execute_script(
        "const place = text => [text.textContent, text.getBoundingClientRect().top, text.getBoundingClientRect().left];"
        "return [...document.querySelectorAll(`[aria-labelledby=${arguments[0]}] svg.chart`)].map(each =>"
        " [...each.querySelectorAll('text:not(.few)')].map(place))",
        section,
    )
    assert pictures
    for _, (high, top, _), (zero, middle, _), (low, bottom, left), (first, below, start), (
        last,
        _,
        end,
    ), axis in pictures:
        assert (high, zero, low) == (high, "0", high.replace("+", "−"))
        assert name == "comparison" or high == "+100"
        assert top < middle < bottom < below
        assert 0 <= left < start < end
        assert "2018-01" <= first < last
        assert axis[0] == "net stance, points"


@pytest.mark.parametrize("name", PAGES[:2] + PAGES[2:3] + PAGES[4:])
def test_charts_come_as_files_out_of_a_page_that_is_offline(
    chromium: Any, folder: Path, tmp_path: Path, name: str
) -> None:
    visit(chromium, folder / f"{name}.html")
    chromium.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)})
    links = chromium.find_elements("css selector", ".links a")
    assert bool(links) == (name != PAGES[1])
    for link in links[:2]:
        target = tmp_path / link.get_attribute("download")
        link.click()
        wait(chromium, lambda _, target=target: target.is_file() and target.stat().st_size)
        start = target.read_text(encoding="utf-8-sig")[:40]
        assert start.startswith(("<svg xmlns=", "group,target,stance,n,share,low,high,"))


PRINTED = """
const edge = document.documentElement.clientWidth, tables = [...document.querySelectorAll('table')];
const isDrawn = head => getComputedStyle(head).display === 'table-header-group' && head.offsetHeight > 8;
return {tables: tables.length,
  wide: tables.filter(each => each.getBoundingClientRect().right > edge + 1).map(each => each.outerHTML.slice(0, 90)),
  headless: tables.filter(each => !isDrawn(each.tHead)).map(each => each.outerHTML.slice(0, 90))};
"""


@pytest.mark.parametrize("name", PAGES[:3] + PAGES[4:] + RICH[:2])
def test_paper_shows_whole_tables_with_their_headers(chromium: Any, folder: Path, name: str) -> None:
    unfolded(chromium, folder / f"{name}.html", 733, media="print")  # a sheet of A4 within its margins, and a scrollbar
    printed = chromium.execute_script(PRINTED)
    assert printed.pop("tables") > 1
    assert printed == {"wide": [], "headless": []}
    assert chromium.execute_script(OVERLAPS) == []


CLOSED = "return [...document.querySelectorAll('details > :not(summary)')].filter(each => !each.offsetHeight).length"
RATIOS = """
const chart = document.querySelector('.scatter svg'), box = chart.getBoundingClientRect(), view = chart.viewBox.baseVal;
return [box.width / box.height, view.width / view.height, box.right];
"""


@pytest.mark.parametrize("name", ["index", "comparison", *RICH])
def test_paper_shows_what_is_folded(chromium: Any, folder: Path, name: str) -> None:
    visit(chromium, folder / f"{name}.html", width=733, media="print")
    assert chromium.execute_script("return document.querySelectorAll('details:not([open])').length") > 0
    assert chromium.execute_script(CLOSED) == 0


def test_paper_shows_the_chart_of_words_without_gaps(chromium: Any, folder: Path) -> None:
    visit(chromium, folder / "rich" / "discourse.html", width=733)
    wait(chromium, lambda browser: browser.execute_script("return document.querySelectorAll('.dot-of').length > 50"))
    resize(chromium, 733, media="print")
    ratio, drawn, right = chromium.execute_script(RATIOS)
    assert ratio == pytest.approx(drawn, rel=0.05)
    assert right <= 733


FADES = """
const found = {cut: [], whole: []};
for (const box of document.querySelectorAll('.scroll')) {
  const isCut = box.scrollWidth > box.clientWidth + 1, mask = getComputedStyle(box).maskImage;
  found[isCut ? 'cut' : 'whole'].push(/rgba/.test(mask));
  if (arguments[0]) box.scrollLeft = box.scrollWidth;
}
return found;
"""


def test_a_table_that_goes_on_past_the_edge_fades_there(chromium: Any, folder: Path) -> None:
    unfolded(chromium, folder / "comparison.html", 390)
    wait(chromium, lambda browser: all(browser.execute_script(FADES, False)["cut"]))
    found = chromium.execute_script(FADES, True)
    assert found["cut"]
    assert not any(found["whole"])
    wait(chromium, lambda browser: not any(browser.execute_script(FADES, False)["cut"]))  # all are at their end
    charts = (
        "return Math.max(...[...document.querySelectorAll('.chart text')].map(e => e.getBoundingClientRect().right))"
    )
    assert chromium.execute_script(charts) <= 390
