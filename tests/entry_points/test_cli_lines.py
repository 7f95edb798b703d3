"""Lines that commands print: links of pages, what was kept."""

import webbrowser
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest

from stance.app import server
from stance.cli import window
from stance.datamodels import Stance
from stance.records.writers import score_writer
from tests.aggregation.test_aggregation import score
from tests.support.commands import invoke, run
from tests.support.tables import table

pytestmark = pytest.mark.usefixtures("own_settings")


@pytest.mark.parametrize(("screen", "links", "opened"), [(":0", 1, 1), ("", 1, 0), (":0", 2, 0)])
def test_the_only_link_opens_where_there_is_a_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], screen: str, links: int, opened: int
) -> None:
    pages: list[str] = []
    monkeypatch.setattr(webbrowser, "open", pages.append)
    monkeypatch.setattr(server, "make_server", lambda app: SimpleNamespace(run=lambda sockets: nullcontext()))
    monkeypatch.setenv("DISPLAY", screen)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(window.sys, "platform", "linux")
    users, listening = {f"ann{number}": "ann" for number in range(links)}, server.bind(0)
    window.run_page([], listening, users, window.ServerOptions())
    listening.close()
    assert len(pages) == opened
    assert capsys.readouterr().err.count("works once") == links


def test_quiet_checks_and_merges_of_a_store_print_nothing(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("The ferry is late\n\nIt was late again on Tuesday, the harbour office said.\n")
    run("score", "page.txt", "-o", "a.db", "--quiet")
    assert run("store", "verify", "a.db", "--quiet").output == ""
    assert run("store", "merge", "a.db", "-o", "b.db", "--quiet").output == ""


@pytest.mark.parametrize(
    "words", [("score", ""), ("report", "", "-o", "r"), ("forget", "Ann", ""), ("find", "", "x"), ("open", "")]
)
def test_an_empty_name_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    """As of a variable that is not set, which would be the current folder."""
    assert "an empty name" in run(*words, code=2).stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", [".", "..", "in/.", "in/.."])
def test_the_current_folder_is_an_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in" if place == ".." else tmp_path)
    (tmp_path / "in" / "t.csv").write_text("text\nNATO is a good thing for all of us here.\n")
    for verb in ("report", "compare"):
        run(verb, place, "-o", tmp_path / "out", "--model", "vader")


@pytest.mark.parametrize("output", ["scores.csv", "store.db"])
def test_languages_that_cover_nothing_are_refused(tmp_path: Path, output: str) -> None:
    (tmp_path / "t.csv").write_text("text\nNATO is a good thing for all of us here.\n")
    done = run("score", "t.csv", "-o", output, "--languages", "de", "--model", "vader", code=2)
    assert "--languages: no comment is in a language that is scored (de), but only in en" in done.stderr


MISTAKES = table("mistakes")


@pytest.mark.parametrize("command", MISTAKES)
def test_a_mistake_gives_one_line_with_the_input_and_the_remedy_and_makes_no_file(
    command: str, seeds: Path, tmp_path: Path
) -> None:
    said, code = "NATO is a good thing for all of us here", MISTAKES[command][0]
    (tmp_path / "page.txt").write_bytes(next(seeds.glob("000_*")).read_bytes())
    (tmp_path / "empty").mkdir()
    for name, rows in {
        "t.csv": ["document,text", *(f"d{n},{said} in year {n}" for n in range(6))],
        "text.db": ["text", said],
        "own.csv": ["comment,stance", f"{said},pro"],
        "labels.csv": ["id,text,target,label", f"1,{said},nato,pro"],
        "sample.csv": ["id,text,target,label,role,probability", f"1,{said},nato,,audit,0.25"],
        "unlabelled.csv": ["text,target,label"],
    }.items():
        (tmp_path / name).write_text("\n".join([*rows, ""]))
    score_writer(Path("scores.csv"))([score(Stance.FAVOR)], Path("scores.csv"))
    before = {*tmp_path.iterdir()}
    done = invoke(*command.split())
    assert (done.exit_code, len(done.stderr.splitlines())) == (code, 1), done.output
    assert MISTAKES[command][1] in done.stderr
    assert {*tmp_path.iterdir()} - {tmp_path / ".stance.key", tmp_path / "config"} == before
