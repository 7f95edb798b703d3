"""Two tasks of a person without a terminal, by mouse alone and timed: a true finding, and one that labels correct."""

import json
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from browsing import drop_files, is_loaded, resize, wait
from window_pages import Guest, Running, open_window

from research.benchmarks.window import make_page
from stance.labels.queues import login

pytestmark = pytest.mark.browser

TO_FINDING, TO_CORRECTED = 120, 300
"""Seconds from dropping the pages; the time of labelling is not counted."""

FAVOR = ("Russia keeps its word, and I trust it.", "I stand with Russia in this.", "Moscow is right to defend itself.")
AGAINST = ("Moscow has started this, and nobody else.", "Russia lies and kills.", "Shame on Russia for this war.")
OUTLETS = {"River Post": (*FAVOR, AGAINST[0]), "Hill Post": (*AGAINST, FAVOR[0])}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten pages of two outlets, in a folder, each with the files that a browser saves beside it."""
    folder = tmp_path_factory.mktemp("saved") / "my pages"
    for number in range(10):
        outlet = list(OUTLETS)[number % 2]
        (folder / f"{number}_files").mkdir(parents=True)
        (folder / f"{number}_files" / "style.css").write_text("p { color: red }")
        (folder / f"{number}.html").write_bytes(make_page(number, outlet, 12, OUTLETS[outlet]))
    return folder


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory, chromium: Any) -> Iterator[Running]:
    with open_window(tmp_path_factory.mktemp("window") / "project") as running:
        resize(chromium)
        chromium.get(running.sessions.invite(login()))
        wait(chromium, is_loaded)
        yield running
        chromium.get("about:blank")  # lets the connection go, so that the server can end


def finding(chromium: Any) -> str:
    """Return what the report in the window says first of Russia."""
    script = "return document.getElementById('report').contentDocument.body.innerText"
    lines = str(chromium.execute_script(script)).replace("\u00a0", " ").splitlines()
    at = next((at for at, each in enumerate(lines) if each.startswith("Toward Russia")), len(lines))
    return re.sub("[\u2068\u2069]", "", " ".join(lines[at : at + 2]))


def shares(window: Running, side: str = "favor") -> dict[str, Any]:
    """Return the shares of a side toward Russia of each outlet in ``summary.json``."""
    summary = json.loads((window.window.project.folder / "report" / "summary.json").read_text(encoding="utf-8"))
    return {
        group["group"]: each
        for group in summary["groups"]
        for each in group["shares"]
        if (each["target"], each["stance"], each["population"]) == ("russia", side, "outlet")
    }


def check(said: str, window: Running) -> None:
    """Compare the percentages of a finding with those of the report, and with what the pages were made of."""
    ((words, rows),) = re.findall(r"(Against and in favor|Against|In favor)[^:]*: (.+?)\.(?: |$)", said)
    told = {row[:10].strip(): re.findall(r"(\d+) %(?! \)|\))", row) for row in rows.split("; ")}
    for at, side in enumerate(each.removeprefix("in ") for each in words.lower().split(" and ")):
        shown = {name: int(numbers[at]) for name, numbers in told.items()}
        assert shown == {name: round(100 * each["estimate"]) for name, each in shares(window, side).items()}, said
        assert (shown["River Post"] > 50 > shown["Hill Post"]) is (side == "favor")


def is_told(said: str, window: Running) -> bool:
    """Return whether a finding is that of the last report, not of one drawn while labels were still given."""
    try:
        check(said, window)
    except (AssertionError, ValueError):
        return False
    return "the model’s" not in said


def label_all(guest: Guest) -> None:
    """Label as a person would who reads each comment."""
    while action := re.findall(r'action="(/item/\d+)"', page := guest.ask("GET", "/label").text):
        text = re.sub("<[^>]+>", "", re.findall(r'<div class="text"[^>]*>(.*?)</div>', page, re.S)[0])
        rows = re.findall(r'data-name="([^"]+)".*?name="(label-\d+)"', page, re.S)
        plain = re.sub(r" \(names [^)]*\)", "", text).strip()
        stance = "favor" if any(plain.startswith(each) for each in FAVOR) else "against"
        fields = {name: stance if target == "Russia" else "not_addressed" for target, name in rows}
        assert guest.post(action[0], {"form_token": guest.token, **fields}).status == 303


def test_ten_pages_lead_to_a_finding_and_to_a_corrected_one(window: Running, chromium: Any, saved: Path) -> None:
    from selenium.common.exceptions import TimeoutException

    def click(selector: str) -> None:
        wait(chromium, lambda browser: browser.find_elements("css selector", selector))
        chromium.find_element("css selector", selector).click()

    start = time.monotonic()
    drop_files(chromium, "#drop", saved)
    wait(chromium, lambda browser: "%" in finding(browser))
    to_finding = time.monotonic() - start
    check(finding(chromium), window)
    click("form[action='/do/sample'] button")
    click("a[href='/label']")
    wait(chromium, lambda browser: "0 of 100" in browser.title and is_loaded(browser))
    for row in chromium.find_elements("css selector", ".row"):
        answer = "favor" if row.get_attribute("data-name") == "Russia" else "not_addressed"
        row.find_element("css selector", f".choice.{answer}").click()
    chromium.find_element("id", "save").click()
    wait(chromium, lambda browser: "1 of 100" in browser.title and is_loaded(browser))
    chromium.find_element("id", "undo").click()
    wait(chromium, lambda browser: "0 of 100" in browser.title and is_loaded(browser))
    labelling = time.monotonic()
    label_all(window.guest())
    labelling = time.monotonic() - labelling
    click("a[href='/#label']")
    wait(chromium, lambda _: all(each["labelled"] == 50 for each in shares(window).values()))
    with suppress(TimeoutException):  # the last check says what is wrong
        wait(chromium, lambda browser: is_told(finding(browser), window))
    to_corrected = time.monotonic() - start - labelling
    check(finding(chromium), window)
    assert {each["method"] for each in shares(window).values()} <= {"ppi", "labels50"}
    print(f"finding after {to_finding:.0f} s, corrected one after {to_corrected:.0f} s: {finding(chromium)}")
    assert to_finding < TO_FINDING
    assert to_corrected < TO_CORRECTED
