"""The report as a reader sees it: in a real browser, from a file, with nothing fetched, hidden or covered.

Every kind of page is looked at in the widths of a phone, a tablet and a desk, and on paper.
"""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stance.datamodels import Skip
from stance.reporting.comparison import write_comparison
from stance.reporting.rendering import SCRIPTS, script
from stance.reporting.report import ReportWriter
from tests.reporting.test_public import groups_of, write_groups
from tests.reporting.test_public import write as write_public
from tests.support.browsing import (
    CONTRAST,
    OVERFLOW,
    OVERLAPS,
    SCHEMES,
    STRAY,
    resize,
    violations,
    visit,
)
from tests.support.comparison_samples import comparison_record
from tests.support.report_samples import MODEL, TARGETS, hostile, sample, silent, summaries, write_report

pytestmark = pytest.mark.browser

PAGES = (
    "index", "3f9c00aa11bb22cc", "hostile/0bad0bad0bad0bad", "51e27000000000ab", "comparison",
    "rich/discourse", "rich/thread",
)  # fmt: skip
KINDS = ("index", "3f9c00aa11bb22cc", "comparison", "public/index", "public/comparison")
RICH = ("rich/index", "rich/discourse", "rich/thread")
WIDTHS = (360, 768, 1280)


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
    with ReportWriter(folder, targets=targets, model=MODEL, command="stance report pages/") as writer:
        for document in documents:
            writer.add(document, summaries(document))
        skipped = [Skip("a" * 200 + ".pdf", "PDF; expected text")]
        writer.finish(summaries(*documents), skipped, record, audit=record["audit"])
    write_comparison(record, folder, targets=targets, model=MODEL)
    write_report(folder / "hostile", hostile())
    (folder / "public").mkdir()
    write_public(folder / "public")
    write_groups(groups_of(), folder / "public")
    return folder


def visit_beginning(chromium: Any, page: Path, **how: Any) -> None:
    """Open a page, and take most of a long thread away: each look at 412 comments takes seconds."""
    visit(chromium, page, **how)
    chromium.execute_script("[...document.querySelectorAll('.comment')].slice(30).forEach(each => each.remove())")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_for_nothing_and_complains_of_nothing(chromium: Any, folder: Path, name: str) -> None:
    page = folder / f"{name}.html"
    for kind in ("browser", "performance"):
        chromium.get_log(kind)  # what earlier pages left
    visit(chromium, page)
    events = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    asked = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
    # The empty icon is in the page; chrome: is the browser's own first tab, and closed to pages.
    assert [url for url in asked if not url.startswith(("data:", "chrome:", "chrome-untrusted:"))] == [page.as_uri()]
    assert chromium.execute_script("return performance.getEntriesByType('resource').length") == 0
    assert chromium.get_log("browser") == []
    own = {script(path.name).text for path in SCRIPTS.iterdir()}
    assert set(chromium.execute_script("return [...document.scripts].map(each => each.text)")) <= own
    assert chromium.title


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off_text_stands_out_and_paper_is_light(chromium: Any, folder: Path, name: str) -> None:
    visit_beginning(chromium, folder / f"{name}.html", width=WIDTHS[0])
    for width in WIDTHS:
        resize(chromium, width)
        assert chromium.execute_script(OVERFLOW) == {"wide": 0, "spills": []}, width
    for scheme in SCHEMES:
        resize(chromium, scheme=scheme)
        found = chromium.execute_script(CONTRAST)
        assert found["poor"] == [], scheme
        assert found["seen"] > 10
    resize(chromium, 700, "dark", "print")
    assert chromium.execute_script("return getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert chromium.execute_script(CONTRAST)["poor"] == []
    pages = "const pages = document.querySelector('.documents'); return !pages || pages.checkVisibility()"
    assert chromium.execute_script(pages)
    # A section that may not be broken moves to the next sheet as a whole, and leaves most of this one white.
    found = "[...document.querySelectorAll(arguments[0])].map(each => getComputedStyle(each)[arguments[1]])"
    ask = f"return [...new Set({found})]"
    assert chromium.execute_script(ask, "section, .panels, table", "breakInside") == ["auto"]
    assert chromium.execute_script(ask, "h2, h3", "breakAfter") == ["avoid-page"]
    assert set(chromium.execute_script(ask, ".panel, li, tr", "breakInside")) <= {"avoid-page"}


@pytest.mark.parametrize("name", KINDS + RICH)
def test_no_text_covers_another_and_no_line_begins_with_a_comma(chromium: Any, folder: Path, name: str) -> None:
    visit_beginning(chromium, folder / f"{name}.html", width=WIDTHS[0])
    chromium.execute_script("document.querySelectorAll('details').forEach(each => each.open = true)")
    for width in WIDTHS:
        resize(chromium, width)
        assert chromium.execute_script(OVERLAPS) == [], width
        assert chromium.execute_script(OVERFLOW) == {"wide": 0, "spills": []}, width
        assert chromium.execute_script(STRAY) == [], width


@pytest.mark.parametrize(("width", "scheme"), [(360, "dark"), (1280, "light")])
@pytest.mark.parametrize("name", ["index", "3f9c00aa11bb22cc", "comparison", "rich/discourse", "rich/thread"])
def test_pages_violate_no_rule(chromium: Any, folder: Path, axe: str, name: str, width: int, scheme: str) -> None:
    visit_beginning(chromium, folder / f"{name}.html", width=width, scheme=scheme)
    assert violations(chromium, axe) == []
