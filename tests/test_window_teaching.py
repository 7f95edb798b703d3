"""Teaching the model in the window, by keys and by mouse: what was gained is shown before it is used."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import cycle
from typing import Any

import pytest
from browsing import is_loaded, resize, wait
from test_window_browser import WAYS, in_report, is_idle, tab_to, text, use
from test_window_tasks import OUTLETS, label_all
from window_pages import Running, open_window

from research.benchmarks.window import make_page
from stance.labels.queues import login

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[Running]:
    """A window in which ten pages of two outlets are read."""
    with open_window(tmp_path_factory.mktemp("window") / "project") as running:
        guest = running.guest()
        for number in range(10):
            outlet = list(OUTLETS)[number % 2]
            guest.send(f"{number}.html", make_page(number, outlet, 12, OUTLETS[outlet]))
        guest.do("read")
        guest.wait(lambda state: state["documents"] == 10 and state["report"] and not state["busy"])
        resize(chromium)
        chromium.get(running.sessions.invite(login()))
        wait(chromium, is_loaded)
        yield running
        chromium.get("about:blank")  # lets the connection go, so that the server can end


def models_of_scores(window: Running) -> list[str]:
    with closing(sqlite3.connect(window.window.project.store)) as store:
        return [name.partition("@")[0] for (name,) in store.execute("SELECT model FROM runs ORDER BY run")]


def test_labels_teach_a_version_that_is_used_when_it_is_chosen(window: Running, chromium: Any) -> None:
    """Every button is reached by keys, and pressed by keys and by mouse in turns."""
    ways = cycle(WAYS)

    def turn(selector: str) -> None:
        tab_to(chromium, selector)
        use(chromium, selector, next(ways))

    project, guest = window.window.project, window.guest()
    turn("input[value='train'] + button")
    wait(chromium, lambda browser: browser.find_elements("css selector", "a[href='/label']"))
    wait(chromium, is_idle)
    label_all(guest)
    guest.wait(lambda state: "labels teach the model" in state["pieces"]["next"] and not state["busy"])
    wait(chromium, lambda browser: browser.find_elements("css selector", "form[action='/do/train'] button"))
    before = text(chromium, "[data-piece=jobs]").count("stance train")
    turn("form[action='/do/train'] button")
    wait(chromium, lambda browser: text(browser, "[data-piece=jobs]").count("stance train") > before)
    wait(chromium, is_idle)
    wait(chromium, lambda browser: browser.find_elements("css selector", "input[value^='models/own-'] + button"))
    for shown in ("with default@", "news 0%"):  # what was gained on texts like these, and what touches other kinds
        wait(chromium, lambda browser, shown=shown: shown in text(browser, "[data-piece=next]"))
    assert (project.model, {*models_of_scores(window)}) == ("default", {"default"})
    turn("input[value^='models/own-'] + button")
    wait(chromium, lambda browser: browser.find_elements("css selector", "input[value='default'] + button"))
    wait(chromium, is_idle)
    assert project.model == "models/own-1"
    assert {*models_of_scores(window)} == {"default", "own-1"}
    wait(chromium, lambda browser: "own-1" in in_report(browser, "body.textContent"))
    turn("input[value='default'] + button")
    wait(chromium, lambda browser: "Scores are by default." in text(browser, "[data-piece=next]"))
    wait(chromium, is_idle)
    assert project.model == "default"
    wait(chromium, lambda browser: "own-1" not in in_report(browser, "body.textContent"))
