"""The window says what its folder holds: unsaved comments, a reading that goes on, older files, draws of a terminal."""

import re
import time
from pathlib import Path
from typing import Any

import pytest

from research.benchmarks.window import make_page
from stance.app.window import Window
from stance.store import Store
from tests.support.commands import invoke
from tests.support.window_pages import Running, open_window

ARTICLE = "".join(f"<p>The ministers met for day {n} of talks, and Russia sent a delegation.</p>" for n in range(6))
PAGE = '<html lang="en"><head><title>{0}</title></head><body><article><h1>{0}</h1>{1}</article>{2}</body></html>'
UNSAVED = {
    "stated.html": '<section id="comments"><h3>12 Comments</h3><p>Show comments</p></section>',
    "script.html": '<div id="disqus_thread"></div>',
}


def test_pages_whose_comments_were_not_saved_are_problems_with_a_remedy(running: Running) -> None:
    guest = running.guest()
    for name, place in UNSAVED.items():
        guest.send(name, PAGE.format(name, ARTICLE, place).encode())
    fewer = make_page(7).replace(b"<ol class", b"<h3>12 Comments</h3><ol class")
    guest.send("fewer.html", fewer)
    guest.do("read")
    pieces = guest.wait(lambda state: "5 files read" in state["pieces"]["progress"] and not state["busy"])["pieces"]
    assert "no file with problems" not in pieces["progress"]
    assert "3 with problems" in pieces["progress"]
    rows = dict(re.findall(r"<bdi>(\w+\.html)</bdi>(.*?)</tr>", pieces["pages"], re.S))
    assert "states 12 comments; the file has none; open the comments before saving" in rows["stated.html"]
    assert "load with JavaScript (Disqus); the file has none; save the page again" in rows["script.html"]
    for name in UNSAVED:
        assert "<td>comments missing</td>" in rows[name]
        assert "Then drop the new file here" in rows[name]
    assert "Check: <bdi>the page states 12 comments, 5 were found</bdi>" in rows["fewer.html"]
    assert "comments missing" not in rows["0.html"]
    assert list(rows)[:2] == ["script.html", "stated.html"]


def test_files_are_counted_and_named_by_all_that_they_hold(running: Running) -> None:
    guest = running.guest()
    rows = [f"NATO lies about story {n},Outlet {n % 3},d{n % 3}" for n in range(12)]
    guest.send("table.csv", "\n".join(["text,outlet,document", *rows]).encode())
    guest.send("broken.csv", b"\0\0\0")
    guest.do("read")
    pieces = guest.wait(lambda state: "files read" in state["pieces"]["progress"] and not state["busy"])["pieces"]
    assert "3 files read, 1 left out:" in pieces["progress"]
    assert "3 outlets, table of comments" in pieces["pages"]


def test_no_report_is_drawn_while_files_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[bool] = []
    draw = Window._draw

    def watch(window: Window) -> object:
        drawn.append(window.commands.is_busy("write"))
        return draw(window)

    monkeypatch.setattr(Window, "_draw", watch)
    with open_window(tmp_path / "project") as running:
        guest = running.guest()
        for number in range(40):
            guest.send(f"{number}.html", make_page(number))
        guest.do("read")
        seen = [guest.state()]
        while seen[-1]["busy"] or not seen[-1]["report"]:
            time.sleep(0.1)
            seen.append(guest.state())
    assert all("40 files read:" in state["pieces"]["progress"] for state in seen if state["report"])
    assert drawn == [False]


def test_a_file_that_was_read_in_part_gives_no_new_report(running: Running) -> None:
    guest, window = running.guest(), running.window
    before = guest.wait(lambda state: state["report"] and not state["busy"])["report"]
    with Store.write(window.project.store) as store:
        run = store.choose_run()
        path, entry = next(iter(store.inputs(run).items()))
        store.begin_input(run, path, entry.sha256)
    told = guest.wait(lambda state: "1 file was read only in part" in state["pieces"]["shown"])
    assert "The report below lacks the rest" in told["pieces"]["shown"]
    window.outputs.asked = ()
    time.sleep(2.5)  # the window looks each second
    assert guest.state()["report"] == before
    guest.do("read")
    guest.wait(lambda state: state["report"] > before and "in part" not in state["pieces"]["shown"])


def test_saved_files_stay_after_later_labels_and_are_marked_as_older(running: Running) -> None:
    guest, folder = running.guest(), running.window.project.folder
    guest.do("sample")
    guest.wait(lambda state: "/label" in state["pieces"]["next"] and not state["busy"])
    names = ("stance.xlsx", "public.zip")
    for name in names:
        guest.do("take", name=name)
    state = guest.wait(lambda state: all(f"Save {name}" in state["pieces"]["take"] for name in names))
    assert "older than your last labels" not in state["pieces"]["take"]
    before = (folder / "stance.xlsx").read_bytes()
    label_one(running)
    state = guest.wait(lambda state: "older than your last labels" in state["pieces"]["take"])
    for name in names:
        assert f"Save {name}" in state["pieces"]["take"]
        assert guest.ask("GET", f"/take/{name}").status == 200
    assert (folder / "stance.xlsx").read_bytes() == before
    running.window._labelled = -1e9  # the labelling page is closed
    guest.do("take", name="stance.xlsx")
    outputs = running.window.outputs
    guest.wait(lambda _: outputs.age("stance.xlsx") == "current")
    assert (folder / "stance.xlsx").read_bytes() != before
    guest.do("out", job=str(running.window.status.files[0]["number"]))  # of other pages, none stays
    guest.wait(lambda state: "1 file read" in state["pieces"]["progress"] and not state["busy"])
    assert not (folder / "stance.xlsx").exists()


def label_one(running: Running, place: str = "/label", answer: str = "against") -> str:
    guest = running.guest()
    page = guest.ask("GET", place).text
    item = re.findall(r'action="(/item/\d+)"', page)
    if item:
        answers = dict.fromkeys(re.findall(r'name="(label-\d+)"', page), answer)
        guest.post(item[0], {"form_token": guest.token, **answers})
    return page


def findings(state: Any) -> dict[str, str]:
    """Return the findings above the report by their first words."""
    return dict(re.findall(r"<p>(Before your last labels|Now): (.*?)</p>", state["pieces"]["shown"]))


def test_a_finding_above_the_report_is_of_that_report_or_says_that_it_is_older(running: Running) -> None:
    guest, window = running.guest(), running.window

    def drawn() -> dict[str, str]:
        window._labelled = -1e9  # the labelling page is closed
        shown = findings(guest.wait(lambda state: not state["busy"] and window.outputs.age("report") == "current"))
        if "Now" in shown:
            assert shown["Now"] in guest.ask("GET", "/report/index.html").text
        return shown

    guest.do("sample")
    guest.wait(lambda state: "/label" in state["pieces"]["next"] and not state["busy"])
    first = re.findall(r'action="(/item/\d+)"', label_one(running))[0]
    for _ in range(5):
        label_one(running)
    found = drawn()
    assert "6 against, 0 in favor" in found["Now"]
    label_one(running, first, "favor")  # as many labels as before
    assert findings(guest.state()) == {"Before your last labels": found["Now"]}
    assert "5 against, 1 in favor" in drawn()["Now"]
    again = Window(window.project, lambda: pytest.fail("no labels"))
    assert again.outputs.told == window.outputs.told
    guest.do("out", job=str(window.status.files[0]["number"]))  # a finding of other pages is none of before
    guest.wait(lambda state: "1 file read" in state["pieces"]["progress"])
    assert drawn() == {}


def test_the_label_page_sees_a_draw_that_was_made_in_a_terminal(running: Running) -> None:
    guest, store = running.guest(), running.window.project.store
    assert "There is nothing to label here" in guest.ask("GET", "/label").text
    assert invoke("sample", store, "--n", "2").exit_code == 0
    assert "2 comments wait for a label" in guest.state()["pieces"]["next"]
    for _ in range(2):
        assert 'action="/item/' in label_one(running)
    assert "Everything is labelled" in guest.ask("GET", "/label").text
    assert invoke("sample", store, "--n", "5").exit_code == 0
    assert 'action="/item/' in guest.ask("GET", "/label").text
