"""The window in a real browser: from dropped pages to findings, labels and files to take away, by mouse and by keys."""

import json
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from research.benchmarks.window import make_page
from stance.app.server import bind
from stance.store.assignment import login
from tests.support.browsing import check_looks, drop_files, is_loaded, resize, wait
from tests.support.window_pages import Running, open_window

pytestmark = pytest.mark.browser


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


def is_idle(chromium: Any) -> bool:
    state = chromium.execute_async_script(
        "const done = arguments[0]; fetch('/state').then(answer => answer.json()).then(state => done(state))"
    )
    return bool(state["report"] and not state["busy"])


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
    script = "return document.getElementById('report').contentDocument.body.textContent"
    wait(chromium, lambda browser: "30 comments on 6 pages" in browser.execute_script(script))
    wait(chromium, lambda browser: browser.find_element("id", "comparison").is_displayed())
    assert not [entry for entry in chromium.get_log("browser") if entry["level"] == "SEVERE"]


def test_a_window_with_a_report_fits_and_violates_no_rule(window: Running, chromium: Any, axe: str) -> None:
    wait(chromium, is_idle)
    check_looks(chromium, axe)


def test_a_page_of_the_former_report_that_is_in_use_stays_and_is_said_to_be_so(window: Running, chromium: Any) -> None:
    wait(chromium, is_idle)
    chromium.execute_script("frame.focus(); showReport(1)")  # as when the report is written again
    chromium.find_element("css selector", "#former a").click()
    wait(chromium, lambda browser: not browser.find_element("id", "former").is_displayed())


def test_no_request_leaves_the_machine(window: Running, chromium: Any) -> None:
    sent = [json.loads(each["message"])["message"] for each in chromium.get_log("performance")]
    asked = {each["params"]["request"]["url"] for each in sent if each["method"] == "Network.requestWillBeSent"}
    assert asked
    assert {
        each for each in asked if not each.startswith((window.sessions.origin, "data:", "about:", "chrome:"))
    } == set()


def test_a_tab_stops_for_good_when_its_window_has_ended(tmp_path: Path, chromium: Any) -> None:
    with open_window(tmp_path / "project") as running:
        chromium.get(running.sessions.invite(login()))
        wait(chromium, is_loaded)
    wait(chromium, lambda browser: "was ended" in text(browser, "#uploading"))
    with closing(bind(running.sessions.port)) as taken:  # by another program
        taken.settimeout(5)
        chromium.execute_script("look(); sendAll([{ path: 'a.html', file: new Blob(['secret']) }])")
        with pytest.raises(TimeoutError):
            taken.accept()
    chromium.get("about:blank")
