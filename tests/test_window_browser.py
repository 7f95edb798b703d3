"""The window in a real browser: from dropped pages to findings, labels and files to take away, by mouse and by keys."""

import json
import os
import re
import signal
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from browsing import CONTRAST, OVERFLOW, SCHEMES, drop_files, is_loaded, resize, violations, wait
from window_pages import Guest, Running, open_window

from research.benchmarks.window import make_page
from stance.app.window import DOWNLOADS
from stance.labels.queues import login

pytestmark = pytest.mark.browser

WIDTHS = (390, 768, 1200)
TAB, ENTER = "\ue004", "\ue007"


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("saved")
    (folder / "a folder" / "0_files").mkdir(parents=True)
    (folder / "a folder" / "0_files" / "style.css").write_text("p { color: red }")
    for number in range(6):
        place = folder / "a folder" if number < 2 else folder
        (place / f"{number}.html").write_bytes(make_page(number, ("River Post", "Hill Post")[number % 2]))
    doubtful = folder / "5.html"  # nobody is named, and no comment has a date
    doubtful.write_bytes(re.sub(rb"<cite.*?</cite>|<time.*?</time>", b"", doubtful.read_bytes()))
    (folder / "download.zip").write_bytes(b"PK\x03\x04 and no more")
    return sorted(folder.iterdir(), key=lambda each: (each.name != "a folder", each.name))


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[Running]:
    with open_window(tmp_path_factory.mktemp("window") / "project") as running:
        resize(chromium)
        chromium.get_log("performance")
        chromium.get(running.sessions.invite(login()))
        wait(chromium, is_loaded)
        yield running
        chromium.get("about:blank")  # lets the connection go, so that the server can end


def text(chromium: Any, selector: str) -> str:
    return str(chromium.find_element("css selector", selector).text)


def press(chromium: Any, *keys: str) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    for key in keys:
        ActionChains(chromium, duration=0).send_keys(key).perform()


def tab_to(chromium: Any, selector: str) -> None:
    """Go to an element by keys alone."""
    chromium.execute_script("document.activeElement.blur(); window.scrollTo(0, 0); getSelection().removeAllRanges()")
    for _ in range(200):
        press(chromium, TAB)
        if chromium.execute_script("return document.activeElement.matches(arguments[0])", selector):
            return
    raise AssertionError(f"{selector} is not reached by the tab key")


def is_idle(chromium: Any) -> bool:
    state = chromium.execute_async_script(
        "const done = arguments[0]; fetch('/state').then(answer => answer.json()).then(state => done(state))"
    )
    return bool(state["report"] and not state["busy"])


def in_report(chromium: Any, script: str) -> Any:
    return chromium.execute_script(f"return document.getElementById('report').contentDocument.{script}")


def check_state(chromium: Any, axe: str) -> None:
    """Look at what the browser shows now on a phone, a tablet and a screen, light and dark."""
    for scheme, width in product(SCHEMES, WIDTHS):
        resize(chromium, width, scheme)
        assert chromium.execute_script(OVERFLOW) == {"wide": 0, "spills": []}
        assert chromium.execute_script(CONTRAST)["poor"] == []
        if (scheme, width) in (
            ("dark", WIDTHS[0]),
            ("light", WIDTHS[-1]),
        ):  # rules ask for one of both, never for a pair
            assert violations(chromium, axe) == []
    resize(chromium)


def test_dropped_pages_lead_to_findings(window: Running, chromium: Any, pages: list[Path]) -> None:
    """A folder and files are dropped, and one is chosen."""
    folder, *others = pages
    drop_files(chromium, "#drop", folder, *others[:-1])
    wait(chromium, lambda browser: "7 of 7 files taken in" in text(browser, "#uploading"))
    chromium.find_element("id", "choose-files").send_keys(str(others[-1]))
    wait(chromium, lambda browser: "1 of 1 files taken in" in text(browser, "#uploading"))
    wait(chromium, lambda browser: browser.find_element("id", "report").is_displayed())
    wait(chromium, is_idle)
    wait(chromium, lambda browser: "30 comments" in text(browser, "[data-piece=progress]"))
    listed = text(chromium, "[data-piece=pages]")
    assert "download.zip" in listed.split("0.html")[0]
    assert "a folder/0.html" in listed
    assert (window.window.project.files / "a folder" / "0_files" / "style.css").is_file()
    assert "zip" in listed.split("Left out:")[1]
    wait(chromium, lambda browser: "30 comments on 6 pages" in in_report(browser, "body.textContent"))
    wait(chromium, lambda browser: browser.find_element("id", "comparison").is_displayed())
    assert not [entry for entry in chromium.get_log("browser") if entry["level"] == "SEVERE"]


WAYS = ("keys", "mouse")
SENT = 120  # pages, so that reading lasts until it is held


def use(chromium: Any, selector: str, way: str, words: str = "") -> None:
    """Press a button or follow a link by keys alone or by mouse; a field is filled before."""
    if way == "keys":
        tab_to(chromium, selector)
        press(chromium, *words, ENTER)
        return
    wait(chromium, lambda browser: browser.find_element("css selector", selector).click() or True)
    if words:
        element = chromium.find_element("css selector", selector)
        element.send_keys(words)
        element.find_element("xpath", "ancestor::form//button").click()


def test_a_choice_draws_the_report_anew(window: Running, chromium: Any) -> None:
    for way, outlet in zip(WAYS, ("Hill Post", "River Post"), strict=True):
        use(chromium, "#outlet", way, outlet)
        wait(chromium, lambda browser, outlet=outlet: f"where=outlet={outlet}" in text(browser, "[data-piece=shown]"))
        wait(chromium, is_idle)
        wait(chromium, lambda browser: "15 comments on 3 pages" in in_report(browser, "body.textContent"))
        chromium.find_element("id", "outlet").clear()
    chromium.find_element("id", "outlet").send_keys(ENTER)
    wait(chromium, lambda browser: "where=outlet" not in text(browser, "[data-piece=shown]"))
    wait(chromium, is_idle)
    wait(chromium, lambda browser: "30 comments on 6 pages" in in_report(browser, "body.textContent"))


def test_files_are_taken_away(window: Running, chromium: Any) -> None:
    """The button of each, by keys and by mouse in turns."""
    names = [*DOWNLOADS]
    for at, name in enumerate(names):
        chosen = f"input[value='{name}'] + button"
        use(chromium, chosen, WAYS[at % 2])
        wait(chromium, lambda browser, name=name: browser.find_elements("css selector", f"a[href='/take/{name}']"))
    wait(chromium, is_idle)
    assert all((window.window.project.folder / name).stat().st_size > 1_000 for name in names)


def test_a_window_with_a_report_fits_and_violates_no_rule(window: Running, chromium: Any, axe: str) -> None:
    wait(chromium, is_idle)
    check_state(chromium, axe)


@pytest.mark.parametrize("way", WAYS)
def test_a_doubtful_page_is_taught(window: Running, chromium: Any, axe: str, way: str) -> None:
    use(chromium, "a[href^='/fix/']", way)
    wait(chromium, lambda browser: browser.title.startswith("Choose a text") and is_loaded(browser))
    if way == WAYS[0]:
        check_state(chromium, axe)
    use(chromium, ".top a", way)
    wait(chromium, lambda browser: browser.current_url.endswith("/#pages") and is_loaded(browser))


CANCEL = "[data-piece=progress] form[action='/do/cancel'] button"


def press_slowly(chromium: Any, selector: str) -> None:
    """Press the mouse on a button while the page asks twice for what is new, and let go."""
    from selenium.webdriver.common.action_chains import ActionChains

    def press_it(browser: Any) -> bool:
        button = browser.find_element("css selector", selector)
        ActionChains(browser, duration=0).move_to_element(button).click_and_hold().perform()
        return True

    wait(chromium, press_it)  # the page may put a new button in its place just then
    chromium.execute_script("performance.clearResourceTimings()")
    asked = "return performance.getEntriesByName(location.origin + '/state').length"
    wait(chromium, lambda browser: browser.execute_script(asked) > 1)
    ActionChains(chromium, duration=0).release().perform()


def hold(process: int, guest: Guest) -> None:
    """Stop a command where it does not write: while it writes, nobody can read the store."""
    os.kill(process, signal.SIGSTOP)
    while guest.ask("GET", "/state").status != 200:
        os.kill(process, signal.SIGCONT)
        time.sleep(0.05)
        os.kill(process, signal.SIGSTOP)


def hold_reading(running: Running) -> int:
    """Stop the next command that reads, before it has read a page: then it cannot end before its button is shown."""
    end = time.monotonic() + 120
    while not ((job := running.window.commands.current("write")) and job.process):
        assert time.monotonic() < end, "no command reads"
        time.sleep(0.01)
    os.kill(job.process.pid, signal.SIGSTOP)
    return job.process.pid


def test_reading_is_cancelled_and_goes_on(window: Running, chromium: Any) -> None:
    """Pages are sent beside the browser; reading is held while the button is pressed, so that it cannot end before."""
    guest = window.guest()
    before = guest.state()["documents"]
    for number in range(200, 200 + SENT):
        guest.send(f"{number}.html", make_page(number, "River Post", 1))
    guest.do("read")
    for times, way in enumerate(WAYS, 1):
        reading = hold_reading(window)
        wait(chromium, lambda browser: browser.find_elements("css selector", CANCEL))
        os.kill(reading, signal.SIGCONT)
        guest.wait(lambda state: state["documents"] > before)
        hold(reading, guest)
        assert guest.state()["documents"] < before + SENT
        if way == "mouse":
            press_slowly(chromium, CANCEL)
        else:
            use(chromium, CANCEL, way)
        wait(chromium, lambda browser, times=times: text(browser, "[data-piece=jobs]").count("cancelled") == times)
        os.kill(reading, signal.SIGCONT)
        wait(chromium, lambda browser: browser.find_elements("css selector", "[data-piece=progress] button.main"))
        assert guest.state()["documents"] < before + SENT
        use(chromium, "[data-piece=progress] button.main", way)
    wait(chromium, lambda _: guest.state()["documents"] == before + SENT)
    wait(chromium, is_idle)


def test_no_request_leaves_the_machine(window: Running, chromium: Any) -> None:
    sent = [json.loads(each["message"])["message"] for each in chromium.get_log("performance")]
    asked = {each["params"]["request"]["url"] for each in sent if each["method"] == "Network.requestWillBeSent"}
    assert asked
    assert {
        each for each in asked if not each.startswith((window.sessions.origin, "data:", "about:", "chrome:"))
    } == set()
