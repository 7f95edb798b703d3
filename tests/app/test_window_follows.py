"""The window shows and packs what its folder holds now, and takes nothing from a folder that somebody else made."""

import json
import os
import stat
import sys
import zipfile
from pathlib import Path

import pytest

from research.benchmarks.window import make_page
from stance.app.commands import COMMAND, environment
from stance.app.folder import ProjectFolder
from stance.app.packing import pack
from stance.app.window import Window
from stance.exceptions import InputError
from tests.support.commands import invoke
from tests.support.window_pages import Running


def comments(running: Running) -> int:
    summary = json.loads((running.window.project.folder / "report" / "summary.json").read_text())
    return int(summary["whole"]["comments"])


def test_the_report_follows_the_store_and_what_was_packed_goes(running: Running) -> None:
    guest, folder = running.guest(), running.window.project.folder
    before = comments(running)
    (folder / "report" / "notes.txt").write_text("secret")
    (folder / "report" / "index.css").symlink_to("/etc/hosts")
    assert "Save report.zip" in guest.state()["pieces"]["take"]
    assert guest.ask("GET", "/take/report.zip").status == 200
    with zipfile.ZipFile(folder / ".uploads" / "report.zip") as packed:
        names = set(packed.namelist())
    assert "report/index.html" in names
    assert not names & {"report/notes.txt", "report/index.css"}
    assert stat.S_IMODE((folder / ".uploads" / "report.zip").stat().st_mode) == 0o600
    guest.do("take", name="stance.xlsx")
    guest.wait(lambda state: "Save stance.xlsx" in state["pieces"]["take"])
    number = running.window.status.files[0]["number"]
    guest.do("out", job=str(number))  # a page is taken out
    state = guest.wait(lambda state: not state["busy"] and comments(running) < before and state["report"])
    assert "Save stance.xlsx" not in state["pieces"]["take"]
    assert not (folder / "stance.xlsx").exists()
    assert guest.ask("GET", "/take/stance.xlsx").status == 404
    assert len(list((folder / "taken-out").iterdir())) == 1
    assert "1 file read" in state["pieces"]["progress"]


def test_a_choice_that_fits_no_page_shows_and_packs_no_report(running: Running) -> None:
    guest = running.guest()
    guest.do("draw", topic="nothing of this kind")
    state = guest.wait(lambda state: "No report was written" in state["pieces"]["shown"] and not state["busy"])
    assert not state["report"]
    assert guest.ask("GET", "/report/index.html").status == 404
    for name in ("report.zip", "public.zip"):
        guest.do("take", name=name)
        guest.wait(lambda state: not state["busy"])
        assert guest.ask("GET", f"/take/{name}").status == 404
    guest.do("draw", outlet="River Post")
    guest.wait(lambda state: state["report"] and not state["busy"])
    again = Window(running.window.project, lambda: pytest.fail("no labels"))  # after a restart
    assert again.outputs.conditions == {"outlet": "River Post"}


def test_a_folder_of_somebody_else_decides_nothing(tmp_path: Path, own_settings: None) -> None:
    folder = tmp_path / "elsewhere"
    (folder / "models" / "own-1").mkdir(parents=True)
    (folder / "models" / "own-1" / "card.json").touch()
    (folder / "stance.toml").write_text("names = true\n")
    asked: list[str] = []
    for _ in range(2):  # without an answer it is asked again
        with ProjectFolder.open(folder, lambda given: bool(asked.append(given))) as project:
            assert not project.is_known
            assert project.models() == {}
            assert environment(project)["STANCE_KEY_FILE"].startswith(str(tmp_path / "config"))
    assert "names = true" in asked[1]
    with ProjectFolder.open(folder, lambda _: True) as project:
        assert project.is_known
    with ProjectFolder.open(folder) as project:  # once answered, never again
        assert project.models() == {1: "models/own-1"}


def test_a_folder_that_stance_made_is_known(tmp_path: Path, own_settings: None) -> None:
    for _ in range(2):
        with ProjectFolder.open(tmp_path / "own") as project:
            assert project.is_known
            (project.folder / "stance.toml").write_text("seed = 3\n")
    assert stat.S_IMODE((tmp_path / "own" / "files").stat().st_mode) == 0o700


def test_code_is_searched_outside_the_folder_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = ProjectFolder(tmp_path)
    for name in ("PYTHONPATH", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, os.pathsep.join(["", ".", "lib", str(tmp_path / "x"), "/my/lib"]))
    found = environment(project)
    assert found["PYTHONPATH"].split(os.pathsep) == [str(Path(__file__).parents[2]), "/my/lib"]
    assert found["LD_LIBRARY_PATH"] == "/my/lib"
    assert "." not in COMMAND.format((str(tmp_path), True, 10)).split()


def test_a_zip_replaces_a_link_and_needs_a_report(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir()
    with pytest.raises(InputError, match="no report"):
        pack(tmp_path / "report.zip", tmp_path / "report")
    (tmp_path / "report" / "summary.json").write_text("{}")
    (tmp_path / "mine.txt").write_text("mine")
    (tmp_path / "report.zip").symlink_to(tmp_path / "mine.txt")
    pack(tmp_path / "report.zip", tmp_path / "report")
    assert (tmp_path / "mine.txt").read_text() == "mine"
    assert zipfile.ZipFile(tmp_path / "report.zip").namelist() == ["report/summary.json"]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_what_holds_texts_is_for_its_user_alone(tmp_path: Path, own_settings: None) -> None:
    (tmp_path / "page.html").write_bytes(make_page(1))
    (tmp_path / "old").mkdir(0o750)
    for output in ("scores.csv", "store.db", "report", "old"):
        verb = "score" if "." in output else "report"
        assert invoke(verb, "page.html", "-o", output, "--model", "vader").exit_code == 0
    assert invoke("report", "page.html", "--public", "-o", "public", "--model", "vader").exit_code == 0
    modes = {
        name: stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("scores.csv", "store.db", "report", "old")
    }
    assert modes == {"scores.csv": 0o600, "store.db": 0o600, "report": 0o700, "old": 0o750}
    assert stat.S_IMODE((tmp_path / "report" / "index.html").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "public" / "index.html").stat().st_mode) & 0o044
