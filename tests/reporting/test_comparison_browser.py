"""The comparison page in a real browser: nothing cut off, nothing fetched, marks painted where the numbers are."""

import json
from pathlib import Path
from typing import Any

import pytest

from stance.reporting.comparison import write_comparison
from tests.support.browsing import OVERFLOW, page_script, visit, wait
from tests.support.comparison_samples import NAMES, comparison_record
from tests.support.report_samples import MODEL, TARGETS

pytestmark = pytest.mark.browser

PAGES = {"four": {}, "many": {"groups": 60}, "bare": {"labelled": False, "further": False}}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("comparisons")
    return {
        name: write_comparison(comparison_record(**asked), folder / name, targets=TARGETS, model=MODEL)[0]  # type: ignore[arg-type]
        for name, asked in PAGES.items()
    }


UNFOLD = "document.querySelectorAll('details').forEach(each => each.open = true)"


@pytest.mark.parametrize("width", [360, 3840])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off_even_unfolded(chromium: Any, pages: dict[str, Path], name: str, width: int) -> None:
    visit(chromium, pages[name], width=width)
    chromium.execute_script(UNFOLD)
    assert chromium.execute_script(OVERFLOW) == {"wide": 0, "spills": []}


LONG_WORD = "news_of_the_morning_" * 8

SIGHT = page_script("sight")


COVERING = page_script("covering")


@pytest.mark.parametrize("width", [390, 940, 1280])
def test_a_name_that_is_one_long_word_pushes_no_number_out_of_sight(chromium: Any, tmp_path: Path, width: int) -> None:
    record = json.loads(json.dumps(comparison_record()).replace(NAMES[0], LONG_WORD))
    targets = [*TARGETS[:2], (TARGETS[2][0], "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamter")]
    visit(chromium, write_comparison(record, tmp_path, targets=targets, model=MODEL)[0], width=width)
    chromium.execute_script(UNFOLD)
    assert LONG_WORD in chromium.execute_script("return document.querySelector('.groups').textContent")
    assert chromium.execute_script(OVERFLOW) == {"wide": 0, "spills": []}
    assert set(chromium.execute_script(SIGHT)) == {True}
    assert chromium.execute_script(COVERING) == []


FOLDED = ("design", "groups-audit", "methods", "limits")
IS_SHOWN = "return document.getElementById(arguments[0]).checkVisibility({contentVisibilityAuto: true})"


def test_the_appendix_is_folded_and_opens_by_its_anchors_and_on_paper(chromium: Any, pages: dict[str, Path]) -> None:
    for anchor in FOLDED:
        visit(chromium, pages["four"])
        assert not chromium.execute_script(IS_SHOWN, anchor), anchor
        chromium.execute_script("location.hash = arguments[0]", anchor)
        wait(chromium, lambda browser, anchor=anchor: browser.execute_script(IS_SHOWN, anchor))
    visit(chromium, pages["four"], media="print")
    shown = "[...document.querySelectorAll('main > section')].filter(each => each.getBoundingClientRect().height > 50)"
    printed = chromium.execute_script(f"return {shown}.map(each => each.getAttribute('aria-labelledby'))")
    assert printed == ["glance", "sure-title", "outlet", "methods-title"]
