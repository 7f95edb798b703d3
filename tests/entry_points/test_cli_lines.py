"""Lines that commands print: links of pages, what was kept."""

import webbrowser
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer.testing

from stance.app import server
from stance.cli import app, window

runner = typer.testing.CliRunner()


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
    scored = runner.invoke(app, ["score", str(tmp_path / "page.txt"), "-o", str(tmp_path / "a.db"), "--quiet"])
    assert scored.exit_code == 0
    assert runner.invoke(app, ["store", "verify", str(tmp_path / "a.db"), "--quiet"]).output == ""
    merged = runner.invoke(app, ["store", "merge", str(tmp_path / "a.db"), "-o", str(tmp_path / "b.db"), "--quiet"])
    assert (merged.output, merged.exit_code) == ("", 0)


@pytest.mark.parametrize(
    "words", [("score", ""), ("report", "", "-o", "r"), ("forget", "Ann", ""), ("find", "", "x"), ("open", "")]
)
def test_an_empty_name_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    """As of a variable that is not set, which would be the current folder."""
    monkeypatch.chdir(tmp_path)
    done = runner.invoke(app, [*words])
    assert (done.exit_code, "an empty name" in done.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("place", [".", "..", "in/.", "in/.."])
def test_the_current_folder_is_an_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in" if place == ".." else tmp_path)
    (tmp_path / "in" / "t.csv").write_text("text\nNATO is a good thing for all of us here.\n")
    for verb in ("report", "compare"):
        done = runner.invoke(app, [verb, place, "-o", str(tmp_path / "out"), "--model", "vader"])
        assert (done.exit_code, done.exception) == (0, None), done.output


@pytest.mark.parametrize("output", ["scores.csv", "store.db"])
def test_languages_that_cover_nothing_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, output: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "t.csv").write_text("text\nNATO is a good thing for all of us here.\n")
    done = runner.invoke(app, ["score", "t.csv", "-o", output, "--languages", "de", "--model", "vader"])
    assert done.exit_code == 2
    assert "--languages: no comment is in a language that is scored (de), but only in en" in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("report", "empty"), 1, "empty: nothing could be read; expected saved pages"),
        (("report", "text.db"), 2, "text.db: no store; expected a file that stance score -o FILE.db wrote"),
        (("report", "t.csv", "-o", "t.csv"), 2, "'t.csv' is a file. See: stance report --help"),
        (("find", "t.csv", "x"), 2, "t.csv: not a store; expected a store, as stance score -o FILE.db writes it"),
        (
            ("open", "t.csv"),
            2,
            "(it is a file); expected a writable folder with free space, or stance report for a page",
        ),
        (("label", "none.csv"), 2, "none.csv: no such file"),
        (("report", "t.csv", "--where", "outlt=x"), 2, "until=VALUE. See: stance report --help"),
        (
            ("labels", "check", "t.csv"),
            2,
            "t.csv: no column 'label', 'target' among text;"
            " expected text, target, label; to rename your columns:"
            " stance labels convert FILE --map label=COLUMN,target=",
        ),
    ],
)
def test_a_mistake_gives_one_line_with_the_input_and_the_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], code: int, line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for name in ("t.csv", "text.db"):
        (tmp_path / name).write_text("text\nNATO is a good thing for all of us here.\n")
    done = runner.invoke(app, [*words])
    assert done.exit_code == code
    assert line in done.stderr
    assert len(done.stderr.splitlines()) == 1
