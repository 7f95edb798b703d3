"""The page of one document in a real browser: its controls choose, tell and undo, and hide nothing on their own."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.browsing import is_loaded, visit, wait
from tests.support.document_samples import LONG, long_thread
from tests.support.report_samples import IDS, sample, write_report

pytestmark = pytest.mark.browser

OPEN = "document.querySelector('#comments').closest('details').open = true"
SHOWN = "return [...document.querySelectorAll('.comment')].filter(each => each.checkVisibility()).map(each => each.id)"
TOLD = "return document.querySelector('.filter [role=status]').textContent"
CHOOSE = """
const [selector, value] = arguments, control = document.querySelector(selector);
control.value = value;
control.dispatchEvent(new Event(selector.includes('input') ? 'input' : 'change'));
return new Promise(done => setTimeout(done, 250));
"""


@pytest.fixture(scope="module")
def long_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("long")
    write_report(folder, long_thread(), sample("aaaa000000000001", comments=7))
    return folder / f"{LONG}.html"


def test_comments_are_chosen_by_target_stance_and_words(chromium: Any, long_page: Path) -> None:
    def having(shown: str, *targets: str) -> list[str]:
        rows = [row for row in scores if row.shown == shown and row.target in targets]
        return list(dict.fromkeys(f"comment-{row.comment.removeprefix('c')}" for row in rows))

    scores = [row for row in long_thread().scores if row.sentence is None]
    visit(chromium, long_page)
    chromium.execute_script(OPEN)
    chromium.execute_script(CHOOSE, "#side", "favor")
    assert chromium.execute_script(SHOWN) == having("favor", *IDS)
    chromium.execute_script(CHOOSE, "#toward", "1")
    assert chromium.execute_script(SHOWN) == having("favor", "us")
    chromium.execute_script(CHOOSE, "#side", "unread")
    assert chromium.execute_script(SHOWN) == having("unread", "us") != []
    chromium.execute_script(CHOOSE, "#toward", "")
    chromium.execute_script(CHOOSE, "#side", "")
    chromium.execute_script(CHOOSE, ".filter input", "MÉNACE  busy")
    assert chromium.execute_script(SHOWN) == []  # names are pseudonyms, here too
    chromium.execute_script(CHOOSE, ".filter input", "MÉNACE  comment")
    assert chromium.execute_script(TOLD) == "20 of 60 comments shown"
    chromium.execute_script(CHOOSE, ".filter input", "nowhere <b>")
    assert chromium.execute_script(TOLD) == "0 of 60 comments shown"


MORE = "document.querySelector('.more button').click()"


@pytest.fixture(scope="module")
def sliced_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sliced")
    write_report(folder, long_thread(1_230))
    return folder / f"{LONG}.html"


def test_a_long_thread_shows_fifty_comments_and_more_on_demand(chromium: Any, sliced_page: Path) -> None:
    visit(chromium, sliced_page)
    chromium.execute_script(OPEN)
    wait(chromium, is_loaded)
    assert chromium.execute_script(TOLD) == "50 of 1,230 comments shown"
    first = chromium.execute_script(SHOWN)
    assert len(first) == 50
    chromium.execute_script(MORE)
    assert chromium.execute_script(SHOWN)[:50] == first
    assert chromium.execute_script(TOLD) == "100 of 1,230 comments shown"
    focused = "return document.activeElement.closest('.comment').id"
    assert chromium.execute_script(focused) == chromium.execute_script(SHOWN)[50]
    chromium.execute_script(CHOOSE, ".filter input", "comment 1203 we")  # a search finds those that were not shown
    assert chromium.execute_script(SHOWN) == ["comment-1203"]
    assert not chromium.find_element("css selector", ".more").is_displayed()
    chromium.execute_script("document.querySelector('.filter button').click()")
    assert chromium.execute_script(TOLD) == "1,230 of 1,230 comments shown"
    assert len(chromium.execute_script(SHOWN)) == 1_230
    chromium.get("about:blank")
    chromium.get(f"{sliced_page.as_uri()}#comment-1230")
    wait(chromium, is_loaded)
    assert "comment-1230" in chromium.execute_script(SHOWN)


def test_a_link_to_a_hidden_comment_shows_it(chromium: Any, long_page: Path) -> None:
    visit(chromium, long_page)
    chromium.execute_script(OPEN)
    wanted = "#comment-30"
    chromium.execute_script(CHOOSE, "#side", "none")
    assert chromium.execute_script(SHOWN) == []
    chromium.execute_script(f"location.hash = '{wanted}'")
    assert wanted[1:] in chromium.execute_script(SHOWN)
    top = chromium.execute_script(f"return document.querySelector('{wanted}').getBoundingClientRect().top")
    assert -1 <= top < 800


def test_a_link_to_a_list_of_readings_opens_it(chromium: Any, long_page: Path) -> None:
    visit(chromium, long_page)
    is_open = "return document.querySelector('#list-russia-against').closest('details').open"
    assert not chromium.execute_script(is_open)
    chromium.execute_script("document.querySelector('a[href=\"#list-russia-against\"]').click()")
    assert chromium.execute_script(is_open)
    chromium.get("about:blank")
    chromium.get(f"{long_page.as_uri()}#list-russia-against")
    assert chromium.execute_script(is_open)


@pytest.mark.parametrize("width", [390, 700, 1280])
def test_a_linked_comment_does_not_end_up_under_the_controls(chromium: Any, long_page: Path, width: int) -> None:
    rect = "document.querySelector('{}').getBoundingClientRect().{}".format
    ask = f"return [{rect(':target', 'top')}, {rect('.filter', 'bottom')}]"
    visit(chromium, long_page, width=width)
    chromium.execute_script(OPEN)
    chromium.execute_script("location.hash = '#comment-30'")
    top, bar = chromium.execute_script(ask)
    assert max(0, bar) < top < 400
    chromium.get("about:blank")
    chromium.get(f"{long_page.as_uri()}#comment-30")  # as from the notes of somebody
    top, bar = chromium.execute_script(ask)
    assert max(0, bar) < top < 400
