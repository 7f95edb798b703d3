"""The labelling page in a real browser, worked by keyboard."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stance.datamodels import Stance
from stance.store.assignment import place_of
from stance.store.labels import LabelStore, open_queues
from tests.support.browsing import check_looks, is_loaded, press_key, resize, wait
from tests.support.labelling_pages import TARGETS, Running, labels_in, make_item, make_store, serving
from tests.support.tables import cases

pytestmark = pytest.mark.browser

Press = Callable[..., None]

ENTER = "\ue007"


@pytest.fixture
def press(chromium: Any) -> Press:
    from selenium.webdriver.common.action_chains import ActionChains

    def press(*keys: str) -> None:
        for key in keys:
            ActionChains(chromium, duration=0).send_keys(key).perform()

    return press


def enter(chromium: Any, page: Running, annotator: str = "ann") -> None:
    resize(chromium)
    chromium.get_log("browser")
    chromium.get(page.sessions.invite(annotator))


@pytest.fixture
def page(path: Path, chromium: Any) -> Iterator[Running]:
    with serving(path) as running:
        enter(chromium, running)
        yield running
        chromium.get("about:blank")  # lets the connection go, so that the server can end


def hit(chromium: Any, key: str, code: str, *, shift: bool = False) -> None:
    """Press the key of a place on a keyboard that writes something else there than an American one."""
    press_key(chromium, key, code, text=key, modifiers=8 if shift else 0)


def wait_for(chromium: Any, words: str) -> None:
    """Wait for the page whose title ends so, with its keys at work."""
    wait(chromium, lambda browser: browser.title.endswith(words) and is_loaded(browser))


def place(chromium: Any) -> list[str]:
    """Return what has the focus, and the name of the current row."""
    row = "document.querySelector('.row.current').dataset.name"
    return list(chromium.execute_script(f"const at = document.activeElement; return [at.id || at.name, {row}]"))


def chosen(chromium: Any) -> list[str]:
    return list(
        chromium.execute_script("return [...document.querySelectorAll('.row input:checked')].map(i => i.value)")
    )


def wait_to_hear(chromium: Any, words: str) -> None:
    wait(chromium, lambda browser: browser.find_element("id", "live").get_attribute("textContent") == words)


def wait_to_see(chromium: Any, selector: str, words: str) -> None:
    wait(chromium, lambda browser: words in browser.find_element("css selector", selector).text and is_loaded(browser))


def test_focus_and_voice_follow_the_work(chromium: Any, page: Running, press: Press) -> None:
    wait_to_hear(chromium, "0 of 4 done.")
    assert place(chromium) == ["comment", "Russia"]
    press("1")
    wait_to_hear(chromium, "Russia: favor")
    assert place(chromium) == ["label-1", "the United States"]
    press("4", ENTER)  # one row is open
    wait_to_hear(chromium, "NATO has no answer yet")
    press("3")
    assert place(chromium) == ["label-2", "NATO"]
    press(ENTER)
    wait_to_hear(chromium, "Saved. 1 of 4 done.")
    assert place(chromium) == ["comment", "Russia"]
    press("u")
    wait_for(chromium, "0 of 4")
    assert place(chromium) == ["label-0", "Russia"]


def test_a_form_is_sent_once_however_often_a_key_is_pressed(chromium: Any, page: Running, press: Press) -> None:
    import sqlite3

    press("1", "1", "1")
    chromium.execute_script(
        "const save = document.getElementById('save');"
        "for (let n = 0; n < 5; n++) save.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));"
    )
    wait_for(chromium, "1 of 4")
    with sqlite3.connect(page.store.path) as database:
        assert database.execute("SELECT count(*) FROM events").fetchone() == (1,)


@cases("first", "second", "rest", "letter")
def test_keyboards_of_other_scripts_work_by_place(
    chromium: Any, page: Running, first: tuple[str, str], second: tuple[str, str], rest: tuple[str, str],
    letter: tuple[str, str],
) -> None:  # fmt: skip
    hit(chromium, *first)
    hit(chromium, *second)
    wait(chromium, lambda browser: chosen(browser) == ["favor", "against"])
    hit(chromium, *rest)
    wait(chromium, lambda browser: chosen(browser) == ["favor", "against", "not_addressed"])
    hit(chromium, *letter)
    wait_to_see(chromium, ".where", "1 skipped")


IS_STILL = "return document.readyState == 'complete' && !document.left && !(typeof sent != 'undefined' && sent)"


@cases("targets", "steps", "stored")
def test_the_label_that_was_chosen_last_is_stored(
    tmp_path: Path, chromium: Any, press: Press, targets: int, steps: str, stored: str
) -> None:
    """Do steps: a key, Enter, Reload, tab A or B, C1 to change comment 1, c2.4 to click the fourth answer of row 2."""
    items = sorted(map(make_item, range(4)), key=lambda item: place_of(item.identifier, 0))
    with LabelStore.write(path := tmp_path / "labels.db", settings={}, is_shared=True) as store:
        open_queues(store, [replace(item, pairs=item.pairs[:targets]) for item in items], "ann")
    keys, tabs = {"E": ENTER, "down": "\ue015", "up": "\ue013"}, {"A": chromium.current_window_handle}
    with serving(path) as running:
        enter(chromium, running)
        if "B" in steps:
            chromium.switch_to.new_window("tab")
            chromium.get(running.sessions.origin)
            tabs["B"] = chromium.current_window_handle
        for step in ("A", *steps.split()):
            if step in tabs:
                chromium.switch_to.window(tabs[step])
                resize(chromium)
            elif step == "R":
                chromium.refresh()
            elif step == "C1":
                chromium.get(f"{running.sessions.origin}/item/1")
            elif step[0] == "c":
                selector = f".row:nth-child({step[1]}) .choice:nth-child({step[3]})"
                chromium.find_element("css selector", selector).click()
            else:
                press(keys.get(step, step))
            wait(chromium, lambda browser: browser.execute_script(IS_STILL))
        for tab in tabs.values():
            chromium.switch_to.window(tab)
            chromium.get("about:blank")
    labels = {(row.comment_id, row.target): str([*Stance].index(row.label) + 1) for row in labels_in(path)}
    found = ("".join(labels.get((item.identifier, target), "") for target in TARGETS) for item in items)
    assert " ".join(found).strip() == stored


def test_from_the_first_token_to_the_last_label_by_keyboard_hostile_comments_are_not_alive(
    chromium: Any, page: Running, press: Press
) -> None:
    seen = []
    for done in range(4):
        wait_for(chromium, f"{done} of 4")
        text = chromium.find_element("css selector", ".text").get_attribute("textContent")
        seen.append("<script>document.title='owned'</script><img src=x" in text)
        assert chromium.execute_script("return document.images.length + document.scripts.length") == 1
        press("0", ENTER)
    wait_for(chromium, "4 of 4")
    assert chromium.find_element("tag name", "h1").text == "Everything is labelled. Thank you."
    assert seen.count(True) == 1
    # That a script was quicker than ``autofocus`` is not a complaint.
    assert not [entry for entry in chromium.get_log("browser") if entry["level"] != "INFO"]


LONG = "Wolkenkratzer" * 40 + " https://example.org/" + "x" * 300 + "\n\n" + "Russia and the US and NATO. " * 150


def test_every_page_fits_a_phone_and_violates_no_rule(chromium: Any, tmp_path: Path, press: Press, axe: str) -> None:
    path = make_store(tmp_path / "labels.db", items=2, annotators="ann,ben", overlap=1)
    with LabelStore.write(path, is_shared=True) as store:
        open_queues(store, [make_item(7, text=LONG)], None, ("ann", "ben"), 1)
    with serving(path) as running:
        for annotator, answer in (("ann", "1"), ("ben", "2")):
            enter(chromium, running, annotator)
            for done in range(3):
                wait_for(chromium, f"{done} of 3")
                if annotator == "ann":
                    check_looks(chromium, axe)
                press(answer, answer, "0", ENTER)
            wait_for(chromium, "3 of 3")
        check_looks(chromium, axe)
        chromium.get(f"{running.sessions.origin}/guide")
        check_looks(chromium, axe)
        chromium.get("about:blank")
