"""The window of ``stance open``: what is dropped, read, shown and taken away."""

import gzip
import json
import os
import re
import shlex
import subprocess
import sys
import time
import zipfile
from collections import deque
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest

from research.benchmarks.window import make_page
from stance.app.advice import Step, read_advice
from stance.app.commands import COMMAND, CommandQueue, Job
from stance.app.folder import ProjectFolder
from stance.app.status import Status
from stance.exceptions import ConfigError
from stance.labels.state import States
from stance.limits import Limits
from tests.support.commands import invoke
from tests.support.tables import cases
from tests.support.window_pages import Guest, Running, open_window


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Let no command start, and note which were asked for."""
    asked: list[tuple[str, ...]] = []
    monkeypatch.setattr(CommandQueue, "start", lambda self, *words, lane="write": asked.append(words))
    return asked


@pytest.fixture
def window(tmp_path: Path, quiet: list[tuple[str, ...]]) -> Iterator[Running]:
    with open_window(tmp_path / "project") as running:
        yield running


@pytest.fixture
def guest(window: Running) -> Guest:
    return window.guest()


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A window with pages of two outlets, and a file that cannot be read, all worked by its commands."""
    with open_window(tmp_path_factory.mktemp("read") / "project") as running:
        guest = running.guest()
        for number in range(4):
            sent = guest.send(f"saved/{number}.html", make_page(number, ("River Post", "Hill Post")[number % 2]))
            assert sent.status == 200
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("page.html", make_page(9))
        guest.send("download.zip", packed.getvalue())
        guest.send("bomb.html.gz", gzip.compress(bytes(30_000_000)))
        assert guest.do("read").status == 303
        guest.wait(lambda state: state["report"] and state["comparison"] and not state["busy"])
        yield running


def files_in(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_is_open_in_one_window_at_a_time(tmp_path: Path) -> None:
    with ProjectFolder.open(tmp_path / "news") as project:
        assert project.files.is_dir()
        assert "open in another window" in invoke("open", tmp_path / "news", "--no-browser", code=2).stderr
    with ProjectFolder.open(tmp_path / "news"):  # and again, once the first has ended
        pass


def test_a_database_of_others_is_refused(tmp_path: Path) -> None:
    import sqlite3

    sqlite3.connect(tmp_path / "stance.db").execute("CREATE TABLE notes (text)").connection.close()
    result = invoke("open", tmp_path, "--no-browser", code=2)
    assert "no store" in result.stderr


@pytest.mark.parametrize("name", ["files", "report", "public", "models", "stance.db"])
def test_a_link_in_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "project" / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ConfigError, match="a link"), ProjectFolder.open(tmp_path / "project"):
        pass


def test_dropped_files_are_kept_under_their_names(window: Running, guest: Guest) -> None:
    assert json.loads(guest.send("a folder/page.html", b"one").text) == {"kept": "files/a folder/page.html"}
    assert json.loads(guest.send("a folder/page.html", b"two").text) == {"kept": "files/a folder/page (2).html"}
    assert json.loads(guest.send("a folder/page.html", b"one").text) == {"kept": "files/a folder/page.html"}
    assert files_in(window.window.project.folder) == {"files/a folder/page.html", "files/a folder/page (2).html"}
    assert (window.window.project.files / "a folder/page.html").read_bytes() == b"one"
    for name in ("Ukraine\u00a0: la suite\u202f!.html", "می\u200cخواهم.html"):
        assert json.loads(guest.send(name, b"x").text) == {"kept": f"files/{name}"}


@cases("name", more=["x" * 300, "é" * 150, "/".join("abcdefghijklmno")])
def test_a_name_that_is_none_is_refused(window: Running, guest: Guest, name: str) -> None:
    refused = guest.send(name, b"x")
    assert refused.status == 422
    assert json.loads(refused.text)["refused"]
    assert not files_in(window.window.project.folder.parent)


def test_a_dropped_picture_is_listed_and_pages_beside_the_files_are_counted(window: Running, guest: Guest) -> None:
    refused = json.loads(guest.send("seeds.png", b"x").text)["refused"]
    assert refused == "'seeds.png': skipped: .png is no page; expected a page, an export or a table"
    assert guest.send("page_files/seeds.png", b"x").status == 200
    (window.window.project.folder / "page.html").touch()
    assert "1 page lies in this folder beside <code>files</code> and is not read" in guest.state()["pieces"]["progress"]


def test_nothing_is_written_through_a_link(window: Running, guest: Guest, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (window.window.project.files / "way").symlink_to(tmp_path / "outside")
    (window.window.project.files / "page.html").symlink_to(tmp_path / "outside" / "target.html")
    assert guest.send("way/page.html", b"x").status == 422
    assert json.loads(guest.send("page.html", b"x").text) == {"kept": "files/page (2).html"}
    assert not files_in(tmp_path / "outside")


def test_a_file_over_the_limit_is_refused_in_one_line(tmp_path: Path, quiet: list[tuple[str, ...]]) -> None:
    with open_window(tmp_path / "project", Limits(unpacked_bytes=1000)) as running:
        guest = running.guest()
        assert guest.send("small.html", b"x" * 1000).status == 200
        refused = guest.send("large.html", b"x" * 1001)
        assert "limit unpacked_bytes" in json.loads(refused.text)["refused"]
        assert files_in(tmp_path / "project") == {"files/small.html"}


@cases("headers")
def test_a_file_from_elsewhere_is_refused(window: Running, guest: Guest, headers: dict[str, str | None]) -> None:
    assert guest.send("page.html", b"x", **headers).status in (403, 415)
    assert not files_in(window.window.project.files)


@pytest.mark.parametrize("path", ["/", "/state", "/find?words=x", "/report/index.html", "/take/stance.xlsx", "/label"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "localhost:{port}", "127.0.0.1"])
def test_a_rebound_name_reads_nothing(guest: Guest, path: str, host: str) -> None:
    refused = guest.ask("GET", path, headers={"Host": host.format(port=guest.port)})
    assert (refused.status, refused.text) == (
        403,
        "Refused: wrong host name; open the address that the terminal shows.\n",
    )


def test_each_file_shows_what_it_was_read_as(read: Running) -> None:
    pages = read.guest().state()["pieces"]["pages"]
    for problem in ("a zip archive", "expands to more than 200 times its size"):
        assert pages.index(problem) < pages.index("River Post, wordpress comments")  # problems first
    assert pages.count('<td class="num">5</td>') == 4
    assert "20 comments" in read.guest().state()["pieces"]["progress"]


def test_pages_of_the_report_are_served_and_nothing_else(read: Running) -> None:
    guest = read.guest()
    for name in ("index.html", "comparison.html", "discourse.html", "scores.csv", "summary.json"):
        assert guest.ask("GET", f"/report/{name}").status == 200
    folder = read.window.project.folder / "report"
    (folder / "link.html").symlink_to("/etc/hosts")
    for name in ("../stance.db", "%2e%2e%2fstance.db", ".draft-x", "link.html", "none.html", "..%5Cstance.db"):
        assert guest.ask("GET", f"/report/{name}").status == 404
    (folder / "link.html").unlink()


def test_a_page_in_the_report_folder_runs_no_script_of_others(read: Running) -> None:
    (read.window.project.folder / "report" / "evil.html").write_text("<script>alert(1)</script>")
    policy = read.guest().ask("GET", "/report/evil.html").headers["content-security-policy"]
    scripts = re.findall("script-src ([^;]+)", policy)[0]
    assert all(each.startswith("'sha256-") for each in scripts.split())
    assert "connect-src" not in policy
    assert "default-src 'none'" in policy


def test_a_choice_of_pages_draws_the_report_anew(read: Running) -> None:
    guest = read.guest()
    before = guest.state()["report"]
    guest.do("draw", outlet="hill post", language="en")
    state = guest.wait(lambda state: state["report"] != before and not state["busy"])
    assert (
        "stance report stance.db -o report &#39;--where=outlet=hill post&#39; --where=language=en"
        in state["pieces"]["shown"]
    )
    summary = json.loads((read.window.project.folder / "report" / "summary.json").read_text())
    assert [each["group"] for each in summary["groups"]] == ["Hill Post"]
    assert not state["comparison"]
    guest.do("draw")
    guest.wait(lambda state: not state["busy"])
    os.utime(read.window.project.folder / "report" / "comparison.html", (1, 1))  # the clock went back
    assert guest.state()["comparison"]


def test_what_is_taken_away_is_what_is_shown(read: Running) -> None:
    guest = read.guest()
    names = ("report.zip", "public.zip", "replication.zip")
    for name in names:
        assert guest.do("take", name=name).status == 303
    assert guest.do("take", name="../stance.db").status == 404
    guest.wait(lambda state: all(f"/take/{name}" in state["pieces"]["take"] for name in names) and not state["busy"])
    assert guest.ask("GET", "/take/report.zip").status == guest.ask("GET", "/take/public.zip").status == 200
    with zipfile.ZipFile(read.window.project.drafts / "report.zip") as archive:
        packed, _ = archive.read("report/index.html"), archive.getinfo("report/comparison.html")
    assert packed == (read.window.project.folder / "report" / "index.html").read_bytes()
    assert guest.ask("GET", "/take/stance.db").status == 404
    with zipfile.ZipFile(read.window.project.drafts / "public.zip") as archive:
        assert not [name for name in archive.namelist() if name.endswith("scores.csv")]
    with zipfile.ZipFile(read.window.project.folder / "replication.zip") as archive:
        assert b"protects small countries" not in b"".join(map(archive.read, archive.namelist()))
        assert "CITATION.txt" in archive.namelist()


def test_pages_without_a_comment_on_the_targets_are_drawn_for_the_audit_too(tmp_path: Path, own_settings: None) -> None:
    files = tmp_path / "project" / "files"
    files.mkdir(parents=True)
    rows = (f"{n},What a summer that was with {n} days of rain and no end of it.\n" for n in range(1, 9))
    (files / "table.csv").write_text("id,text\n" + "".join(rows))
    with open_window(tmp_path / "project") as running:
        guest, folder = running.guest(), tmp_path / "project" / "report"
        state = guest.wait(lambda state: state["report"] and not state["busy"])
        assert "No comment addresses Russia" in (folder / "index.html").read_text()
        assert "There are no comments to label" not in state["pieces"]["next"]
        assert "stance sample stance.db</code>" in state["pieces"]["next"]
        guest.do("sample")
        state = guest.wait(lambda state: running.window.status.audit.drawn and not state["busy"])
        assert "8 comments wait for a label" in state["pieces"]["next"]
        item = re.findall(r'action="(/item/\d+)"', page := guest.ask("GET", "/label").text)[0]
        answers = dict.fromkeys(re.findall(r'name="(label-\d+)"', page), "against")
        guest.post(item, {"form_token": guest.token, **answers})
        running.window._labelled = -1e9  # the page is closed
        told = "Russia: 1 against, 0 in favor, 0 neither (persons labelled 1 of"
        guest.wait(lambda state: not state["busy"] and told in (folder / "index.html").read_text())


def test_labels_to_teach_with_are_not_said_to_change_the_report(
    guest: Guest, window: Running, quiet: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "stance.app.window.read_status", lambda *_: Status(comments=24, documents=1, lessons=States(waiting=24))
    )
    window.window.project.store.touch()
    shown = guest.state()["pieces"]["next"]
    assert (
        "24 comments wait for a label to train with. These labels train a model and do not change the report" in shown
    )
    assert "The report is updated while you label" not in shown


def test_reading_goes_on_beside_an_open_labelling_page(read: Running) -> None:
    guest = read.guest()
    guest.ask("GET", "/label")
    guest.send("later.html", make_page(7))
    guest.do("read")
    state = guest.wait(lambda state: "25 comments" in state["pieces"]["progress"] and not state["busy"])
    assert "failed" not in state["pieces"]["jobs"]
    assert guest.ask("GET", "/label").status == 200


@pytest.mark.parametrize("before", [(), ("sh", "-c", "trap '' INT; exec \"$@\"", "sh")], ids=["", "in the background"])
def test_a_command_ends_with_the_window(tmp_path: Path, before: tuple[str, ...]) -> None:
    """As when the window is killed: nobody is there to end it. A shell makes background commands ignore interrupts."""
    (tmp_path / "files").mkdir()
    for number in range(400):
        (tmp_path / "files" / f"{number}.html").write_bytes(make_page(number))
    words = [
        *before,
        sys.executable,
        "-P",
        "-c",
        COMMAND.format((str(tmp_path), True, 10)),
        "score",
        "files",
        "-o",
        "stance.db",
    ]
    words += ["--jobs", "1"]
    package = str(Path(__file__).parents[2])
    with subprocess.Popen(words, cwd=tmp_path, stdin=subprocess.PIPE, env=os.environ | {"PYTHONPATH": package}) as run:
        while not (tmp_path / "stance.db").exists() or (tmp_path / "stance.db").stat().st_size < 4096:
            time.sleep(0.05)
        assert run.stdin
        run.stdin.close()
        assert run.wait(20) == 130
    assert invoke("store", "verify", tmp_path / "stance.db").exit_code == 0


def test_a_module_in_the_folder_is_not_run(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise SystemExit(77)")
    (tmp_path / "stance.py").write_text("raise SystemExit(78)")
    words = [sys.executable, "-P", "-c", COMMAND.format((str(tmp_path), True, 10)), "--version"]
    package = str(Path(__file__).parents[2])
    done = subprocess.run(
        words, cwd=tmp_path, stdin=subprocess.PIPE, env=os.environ | {"PYTHONPATH": package}, check=False
    )
    assert done.returncode not in (77, 78)


def test_a_command_is_cancelled(tmp_path: Path) -> None:
    with open_window(tmp_path / "project") as running:
        guest = running.guest()
        for number in range(60):
            guest.send(f"{number}.html", make_page(number))
        guest.do("read")
        state = guest.wait(lambda state: 'name="job"' in state["pieces"]["progress"])
        assert "stance score files -o stance.db" in state["pieces"]["progress"]
        assert "you can label after this ends or after you cancel it" in guest.ask("GET", "/label").text
        number = re.findall(r'name="job" value="(\d+)"', state["pieces"]["progress"])[0]
        guest.do("cancel", job=number)
        guest.wait(lambda state: "cancelled" in state["pieces"]["jobs"] and not state["busy"])


def test_values_of_a_choice_are_no_options(window: Running, guest: Guest, quiet: list[tuple[str, ...]]) -> None:
    guest.do("draw", outlet="--output=/tmp/x", topic="-o evil", target="-x")
    words = quiet[-1]
    assert words[:5] == ("stance", "report", "stance.db", "-o", "report")
    assert words[5:] == ("--where=outlet=--output=/tmp/x", "--where=topic=-o evil", "--target=-x")


def test_unknown_buttons_are_refused(guest: Guest, quiet: list[tuple[str, ...]]) -> None:
    before = len(quiet)
    assert guest.do("nothing").status == 404
    assert guest.do("sample").status == 404
    assert guest.do("train").status == 404
    assert guest.do("use", name="../evil").status == 404
    assert guest.do("cancel", job="x" * 50).status == 404
    assert len(quiet) == before


def test_a_model_is_taught_and_reads_once_it_is_used(
    guest: Guest, window: Running, quiet: list[tuple[str, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    project, score = window.window.project, ("stance", "score", "files", "-o", "stance.db")
    monkeypatch.setattr(
        "stance.app.window.read_status", lambda *_: Status(lessons=States(labelled=3), comments=5, documents=1)
    )
    project.store.touch()  # last, so that the window reads the status again
    guest.do("sample", step="train")
    assert ("stance", "sample", "stance.db", "--n", "5", "--role", "train") in quiet
    guest.do("train")
    train = ("stance", "train", "stance.db", "-o", "models/own-1")
    assert train in quiet  # it need not be the last: the window may draw the report at any moment
    said = deque(["a table", "models/own-1: no clear difference from <b>default</b>"])
    window.window.commands.jobs.append(job := Job(1, train, "train", "running", said))
    shown = guest.state()["pieces"]["next"]
    assert "The model is being taught" in shown
    assert "Teach the model" not in shown
    assert guest.do("train").status == 404
    (project.folder / "models" / "own-1").mkdir(parents=True)
    (project.folder / "models" / "own-1" / "card.json").touch()
    job.state = "done"
    shown = guest.state()["pieces"]["next"]
    assert "It is not clear whether your model is better: keep the present model." in shown
    assert "no clear difference from &lt;b&gt;default&lt;/b&gt;" in shown  # under Details
    assert "stance train stance.db -o models/own-2" in shown
    guest.do("read")
    assert score in quiet  # nothing changes before it is used
    quiet.clear()
    guest.do("use", name="models/own-1")
    guest.do("read")
    assert [words for words in quiet if words[1] == "score"] == [(*score, "--model", "models/own-1")] * 2
    assert "Use the new model" not in guest.state()["pieces"]["next"]


@pytest.mark.parametrize(("of_run", "model"), [("models/own-1", "models/own-1"), ("hf:evil", ""), ("models/own-2", "")])
def test_the_model_of_the_latest_run_reads_when_the_window_opens_again(
    window: Running, of_run: str, model: str
) -> None:
    place = window.window.project.folder / "models"
    for name in ("own-1", "own-x"):
        (place / name).mkdir(parents=True)
        (place / name / "card.json").touch()
    (place / "own-2").symlink_to("own-1")
    window.window.status = Status(model=of_run)
    assert window.window.model == model


def test_the_next_step_is_that_of_the_report(read: Running) -> None:
    folder = read.window.project.folder
    advice, words, answer, *_ = read_advice(folder / "report" / "summary.json")
    page = (folder / "report" / "index.html").read_text()
    assert all(each.replace("\u00a0", " ") in page.replace("\u00a0", " ") for each in (advice, answer))
    shown = read.guest().state()["pieces"]["next"]
    waiting = read.window.status.audit.waiting  # comments that another test drew
    assert waiting or words[:3] == ("stance", "sample", "stance.db")
    assert ("stance label stance.db" if waiting else shlex.join(words)) in shown


@cases("text")
def test_a_summary_of_others_gives_no_advice(tmp_path: Path, text: str) -> None:
    (tmp_path / "summary.json").write_text(text, errors="surrogatepass")
    assert read_advice(tmp_path / "summary.json") == Step()
