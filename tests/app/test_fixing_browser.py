"""The page of stance fix in a real browser, worked by keys and by mouse."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from stance.app.guard import Sessions
from stance.parsing.layouts import load_own_layouts
from tests.support.browsing import WIDTHS, check_fits, check_looks, is_loaded, resize, wait
from tests.support.fixing_pages import HOSTILE, SAID, fixing, write_site

pytestmark = pytest.mark.browser

ENTER, TAB = "\ue007", "\ue004"
MOST_TABS = 40


@pytest.fixture
def sessions(chromium: Any, tmp_path: Path) -> Iterator[Sessions]:
    with fixing(write_site(tmp_path, more=HOSTILE), tmp_path / "rows.toml") as running:
        resize(chromium)
        chromium.get_log("browser")
        chromium.get(running.invite("me"))
        wait_for(chromium, "Choose a text")
        yield running
        chromium.get("about:blank")  # lets the connection go, so that the server can end


def wait_for(chromium: Any, words: str) -> None:
    chromium.switch_to.default_content()
    wait(chromium, lambda browser: browser.title.startswith(words) and is_loaded(browser))
    framed = "const inner = document.querySelector('iframe').contentDocument; return inner && inner.readyState"
    wait(chromium, lambda browser: browser.execute_script(framed) == "complete")


def click(chromium: Any, words: str) -> None:
    chromium.switch_to.frame(chromium.find_element("tag name", "iframe"))
    chromium.find_element("link text", words).click()


def tab_to(chromium: Any, words: str) -> None:
    """Press Tab until the focus is on a link or button with these words, on the page or in the frame."""
    from selenium.webdriver.common.action_chains import ActionChains

    at = (
        "let at = document.activeElement; if (at.contentDocument) at = at.contentDocument.activeElement;"
        "return at.innerText || ''"
    )
    for _ in range(MOST_TABS):
        ActionChains(chromium, duration=0).send_keys(TAB).perform()
        if chromium.execute_script(at).strip() == words:
            ActionChains(chromium, duration=0).send_keys(ENTER).perform()
            return
    raise AssertionError(f"{words} was not reached by {MOST_TABS} tabs")


def test_a_row_is_taught_by_keys_alone(chromium: Any, sessions: Sessions, tmp_path: Path) -> None:
    author, posted, text = SAID[1]
    for words, title in ((text, "Choose the author"), (author, "Choose the date"), (posted, "Check the comments")):
        tab_to(chromium, words)
        wait_for(chromium, title)
    assert "4 comments on this page, 4 with an author, 4 with a date." in chromium.find_element("id", "next").text
    tab_to(chromium, "Save the row")
    wait(chromium, lambda browser: "Saved in" in browser.find_element("id", "next").text)
    assert [each.name for each in load_own_layouts(tmp_path / "rows.toml")] == ["own:paper.example"]


def test_a_hostile_page_does_nothing(chromium: Any, sessions: Sessions) -> None:
    chromium.switch_to.frame(chromium.find_element("tag name", "iframe"))
    alive = "return document.querySelectorAll('script, img, style, form, iframe, input, [onclick], [style]').length"
    assert chromium.execute_script(alive) == 0
    chromium.find_element("link text", "Click <me>").click()
    wait_for(chromium, "Choose the author")
    assert chromium.current_url.startswith(f"{sessions.origin}/?text=")
    assert [entry for entry in chromium.get_log("browser") if entry["level"] == "SEVERE"] == []


def test_it_fits_every_screen(chromium: Any, sessions: Sessions, axe: str) -> None:
    click(chromium, SAID[0][2])
    wait_for(chromium, "Choose the author")
    check_looks(chromium, axe)
    for width in WIDTHS:
        resize(chromium, width)
        chromium.switch_to.frame(chromium.find_element("tag name", "iframe"))
        check_fits(chromium)
        chromium.switch_to.default_content()
    resize(chromium)
