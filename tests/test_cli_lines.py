"""Lines that commands print: decisions about models, tables of measures, links of pages, what was kept."""

import webbrowser
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import typer.testing

from stance.app import guard as server
from stance.cli import app, label, models
from stance.registry.promotion import FEWEST_ROWS, FEWEST_STORIES

runner = typer.testing.CliRunner()
ENOUGH, FEW = {"pairs": FEWEST_ROWS, "stories": FEWEST_STORIES}, {"pairs": 3, "stories": 1}


@pytest.mark.parametrize(
    ("kind", "data", "difference", "interval", "needed", "beaten", "expected"),
    [
        ("promoted", ENOUGH, 0.1, (0.05, 0.15), None, None, "promoted, as it is surely better than light; use it"),
        (
            "forced",
            ENOUGH,
            0.0,
            (-0.1, 0.1),
            None,
            None,
            "--force, and recorded so; it is not surely better than light",
        ),
        ("forced", ENOUGH, 0.0, (-0.1, 0.1), None, "vader beats it", "and recorded so; vader beats it; use it"),
        (
            "kept",
            ENOUGH,
            0.1,
            (0.05, 0.15),
            None,
            "vader beats it",
            "as vader beats it; --force promotes it all the same",
        ),
        ("kept", FEW, 0.1, (0.05, 0.15), None, None, "stories are the fewest that decide"),
        ("kept", ENOUGH, -0.1, (-0.2, 0.0), None, None, "it is no better on these labels"),
        ("kept", ENOUGH, 0.01, (-0.1, 0.1), None, None, "too small for any likely number of labels"),
        ("kept", ENOUGH, 0.05, (-0.01, 0.1), 120, None, "about 120 more audit labels would do, if the difference"),
        ("kept", FEW, 0.05, (-0.01, 0.1), 1, None, "as large as it seems; "),
    ],
)
def test_a_decision_says_why(
    kind: str, data: Any, difference: float, interval: Any, needed: int | None, beaten: str | None, expected: str
) -> None:
    found = {"difference": difference, "interval": interval}
    record = {"against": "light", "difference": found, "needed": needed, "beaten_by": beaten, "data": data}
    line = models.decision_line(SimpleNamespace(kind=kind, record=record), "mine@2")  # type: ignore[arg-type]
    assert line.startswith("mine@2: ")
    assert expected in line


@pytest.mark.parametrize("interval", [None, (), (0.1,), (0.1, 0.2, 0.3), "ab"])
def test_an_interval_without_two_ends_is_not_shown(interval: Any) -> None:
    details = {"difference": {"difference": 0.1, "interval": interval}, "data": {"audit": 9}, "against": "light"}
    event = SimpleNamespace(at="2026", label="mine@2", kind="promoted", by="ann", details=details)
    assert "light" not in models.history_table([event])  # type: ignore[list-item]
    details["difference"] |= {"interval": (0.0, 0.2)}  # type: ignore[operator]
    assert "light: +0.100 [+0.000, +0.200], 9 audit labels" in models.history_table([event])  # type: ignore[list-item]


def test_a_table_of_measures_names_all_that_it_leaves_out() -> None:
    row = {"n": 60, "macro_f1": 0.5, "accuracy": 0.6, "favg": None, "ece": 0.1, "interval": {"macro_f1": (0.4, 0.6)}}
    targets = {f"t{number}": {**row, "n": number} for number in range(models.MOST_TARGETS + 2)}
    record = {**row, "model": "mine", "targets": targets, "coverage": 0.5}
    table = models.evaluation_table(record, current={**row, "model": "light"})
    assert "0.500 [0.400, 0.600]  0.600     none" in table
    assert "toward t0 " not in table
    assert "2 smaller targets not shown" in table
    assert "current light" in table
    assert "50.0%" in table


@pytest.mark.parametrize(
    ("current", "expected"),
    [(None, "it knows the labels that measure"), ({}, "its macro F1 on the held-out stories is higher")],
)
def test_a_model_that_is_not_saved_says_what_was_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], current: Any, expected: str
) -> None:
    training = SimpleNamespace(skipped=(), warnings=(), is_saved=False, current=current)
    log = SimpleNamespace(skip=lambda *_: None, warn=lambda *_: None)
    monkeypatch.setattr(models, "show_training", lambda *_: None)
    models.train_folder(lambda *_, **__: training, Path("m"), log, force=False, as_json=False)  # type: ignore
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize(("screen", "links", "opened"), [(":0", 1, 1), ("", 1, 0), (":0", 2, 0)])
def test_the_only_link_opens_where_there_is_a_screen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], screen: str, links: int, opened: int
) -> None:
    pages: list[str] = []
    monkeypatch.setattr(webbrowser, "open", pages.append)
    monkeypatch.setattr(server, "make_server", lambda app: SimpleNamespace(run=lambda sockets: nullcontext()))
    monkeypatch.setenv("DISPLAY", screen)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.setattr(label.sys, "platform", "linux")
    given = {f"ann{number}": f"http://127.0.0.1/{number}" for number in range(links)}
    label.run_page(None, None, given, opens_browser=True)  # type: ignore[arg-type]
    assert len(pages) == opened
    assert capsys.readouterr().err.count("works once") == links


def test_quiet_checks_and_merges_of_a_store_print_nothing(tmp_path: Path) -> None:
    (tmp_path / "page.txt").write_text("The ferry is late\n\nIt was late again on Tuesday, the harbour office said.\n")
    assert (
        runner.invoke(app, ["score", str(tmp_path / "page.txt"), "-o", str(tmp_path / "a.db"), "--quiet"]).exit_code
        == 0
    )
    assert runner.invoke(app, ["store", "verify", str(tmp_path / "a.db"), "--quiet"]).output == ""
    merged = runner.invoke(app, ["store", "merge", str(tmp_path / "a.db"), "-o", str(tmp_path / "b.db"), "--quiet"])
    assert (merged.output, merged.exit_code) == ("", 0)
