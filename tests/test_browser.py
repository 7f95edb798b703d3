"""The report as a reader sees it: in a real browser, from a file, with nothing fetched and nothing out of sight."""

import json
from pathlib import Path
from typing import Any

import pytest
from browsing import CONTRAST, OVERFLOW, SCHEMES, follow, press_key, visit, wait
from comparison_samples import compare_scores
from evaluation_samples import evaluation_record
from report_samples import IDS, MODEL, TARGETS, hostile, sample, silent, summaries

import stance
from stance.comparison import comparison_to_record
from stance.datamodels import SIDES, Skip
from stance.reporting import ReportWriter, write_comparison, write_evaluation

pytestmark = pytest.mark.browser

PAGES = (
    "index", "3f9c00aa11bb22cc", "0bad0bad0bad0bad", "51e27000000000ab", "comparison", "evaluation",
    "rich/discourse", "rich/thread",
)  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, rich_report: Path) -> Path:
    folder = tmp_path_factory.mktemp("report")
    (folder / "rich").symlink_to(rich_report)
    documents = [sample(), hostile(), silent(), *(sample(f"aaaa{n:012x}", comments=11 - n) for n in range(6))]
    comparison = comparison_to_record(compare_scores([row for each in documents for row in each.scores], IDS))
    with ReportWriter(folder, targets=TARGETS, model=MODEL, command="stance report pages/") as writer:
        for document in documents:
            writer.add(document, summaries(document))
        writer.finish(summaries(*documents), [Skip("a" * 200 + ".pdf", "PDF; expected text")], comparison)
    write_comparison(comparison, folder, targets=TARGETS, model=MODEL)
    write_evaluation(evaluation_record(tmp_path_factory.mktemp("labels")), folder)
    return folder


@pytest.fixture(scope="module")
def seed_report(tmp_path_factory: pytest.TempPathFactory, seeds: Path) -> Path:
    """The report that a new user writes first."""
    folder = tmp_path_factory.mktemp("seeds")
    stance.report(seeds, output=folder / "out", key_file=folder / "key")
    return folder / "out"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_and_complains_of_nothing(chromium: Any, report: Path, name: str) -> None:
    page = report / f"{name}.html"
    for kind in ("browser", "performance"):
        chromium.get_log(kind)  # what earlier pages left
    visit(chromium, page)
    events = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    # The empty icon is in the page; chrome: is the browser's own first tab, and closed to pages.
    assert [url for url in asked if not url.startswith(("data:", "chrome:", "chrome-untrusted:"))] == [page.as_uri()]
    assert chromium.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert chromium.get_log("browser") == []
    assert chromium.title


@pytest.mark.parametrize("width", [360, 768, 1280, 2560])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off_at_the_right(chromium: Any, report: Path, name: str, width: int) -> None:
    visit(chromium, report / f"{name}.html", width=width)
    assert chromium.execute_script(OVERFLOW) == {"wide": 0, "spills": []}


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", PAGES)
def test_text_stands_out_from_its_ground(chromium: Any, report: Path, name: str, scheme: str) -> None:
    visit(chromium, report / f"{name}.html", scheme=scheme)
    found = chromium.execute_script(CONTRAST)
    assert found["poor"] == []
    assert found["seen"] > 10


@pytest.mark.parametrize("name", PAGES)
def test_paper_is_light_whatever_the_screen(chromium: Any, report: Path, name: str) -> None:
    visit(chromium, report / f"{name}.html", width=700, scheme="dark", media="print")
    assert chromium.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert chromium.execute_script(CONTRAST)["poor"] == []


@pytest.mark.parametrize("name", PAGES)
def test_on_paper_a_section_goes_on_with_the_next_sheet(chromium: Any, report: Path, name: str) -> None:
    visit(chromium, report / f"{name}.html", width=700, media="print")
    # A section that may not be broken moves to the next sheet as a whole, and leaves most of this one white.
    ask = (
        "return [...new Set([...document.querySelectorAll(arguments[0])]"
        ".map(each => getComputedStyle(each)[arguments[1]]))]"
    )
    assert chromium.execute_script(ask, "section, .panels, table", "breakInside") == ["auto"]
    assert chromium.execute_script(ask, "h2, h3", "breakAfter") == ["avoid-page"]
    assert set(chromium.execute_script(ask, ".panel, li, tr", "breakInside")) <= {"avoid-page"}


def test_the_schemes_differ(chromium: Any, report: Path) -> None:
    grounds = set()
    for scheme in SCHEMES:
        visit(chromium, report / "index.html", scheme=scheme)
        grounds.add(chromium.execute_script("return getComputedStyle(document.body).backgroundColor"))
    assert len(grounds) == 2


def test_hostile_words_run_no_script(chromium: Any, report: Path) -> None:
    from selenium.common.exceptions import NoAlertPresentException

    visit(chromium, report / "0bad0bad0bad0bad.html")
    with pytest.raises(NoAlertPresentException):
        _ = chromium.switch_to.alert.text
    assert chromium.execute_script("return document.scripts.length + document.images.length") == 0


def test_the_first_tab_stop_skips_to_the_content(chromium: Any, report: Path) -> None:
    visit(chromium, report / "index.html")
    press_key(chromium, "Tab", "Tab", windowsVirtualKeyCode=9)
    wait(chromium, lambda browser: browser.switch_to.active_element.get_attribute("class") == "skip")
    link = chromium.switch_to.active_element
    assert link.rect["x"] >= 0
    assert link.value_of_css_property("outline-style") == "solid"


def test_bars_are_painted_as_their_counts(chromium: Any, report: Path) -> None:
    visit(chromium, report / "3f9c00aa11bb22cc.html")
    widths = chromium.execute_script(
        "const bar = document.querySelector('.bar'), whole = bar.getBoundingClientRect().width;"
        "return [...bar.querySelectorAll('.part')].map(part => 2 * part.getBoundingClientRect().width / whole)"
    )
    first = summaries(sample())[0]
    assert widths == pytest.approx([first.counts[side] / first.addressed for side in SIDES], abs=0.02)


def test_the_seeds_make_pages_that_fit_a_phone(chromium: Any, seed_report: Path) -> None:
    pages = sorted(seed_report.glob("*.html"))
    assert len(pages) == 7
    chromium.get_log("browser")
    for page in pages:
        visit(chromium, page, width=360, scheme="dark")
        assert chromium.execute_script(OVERFLOW) == {"wide": 0, "spills": []}, page
        assert chromium.execute_script(CONTRAST)["poor"] == [], page
    assert chromium.get_log("browser") == []


def test_the_index_of_the_seeds_leads_to_fifteen_comments(chromium: Any, seed_report: Path) -> None:
    visit(chromium, seed_report / "index.html")
    follow(chromium, chromium.find_element("css selector", ".documents a"))
    assert chromium.find_element("css selector", "h1").text.startswith("As Turkey Buys Russian S-400")
    assert len(chromium.find_elements("css selector", ".comment")) == 15
    assert chromium.find_elements("css selector", ".chip-against, .chip-neutral, .chip-favor")


def test_a_comment_is_reached_from_what_names_it(chromium: Any, report: Path) -> None:
    visit(chromium, report / "3f9c00aa11bb22cc.html", width=360)
    chromium.execute_script("document.querySelector('.listed a').click()")
    top = chromium.execute_script("return document.querySelector(':target').getBoundingClientRect().top")
    assert 0 <= top < 800
