import os
import stat
import threading
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stance.cli import app
from stance.datamodels import Stance
from stance.records.writers import score_writer, write_json_lines
from stance.resources import locks
from stance.resources.files import temporary_file
from tests.aggregation.test_aggregation import score


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_written_to_and_stays_one(tmp_path: Path) -> None:
    """As root, `-o /dev/null` once put a file in the place of the device, for all on the machine."""
    pipe, read = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: read.append(pipe.read_text(encoding="utf-8")))
    reader.start()
    write_json_lines([{"a": 1}], pipe)
    reader.join(10)
    assert read == ['{"a": 1}\n']
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    with pytest.raises(OSError, match="no file"), temporary_file(pipe):
        pass
    assert [each.name for each in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.skipif(not locks.HAS_LOCKS, reason="no locks on this system")
def test_a_file_that_another_run_takes_for_a_leftover_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other run has looked at it, between its making and its lock, and removes it."""
    made: list[Path] = []
    touch = Path.touch

    def touch_and_lose(path: Path, *more: int, **options: bool) -> None:
        touch(path, *more, **options)
        made.append(path)
        if len(made) == 1:
            path.unlink()

    monkeypatch.setattr(Path, "touch", touch_and_lose)
    with temporary_file(tmp_path / "out.txt") as name:
        assert name == made[1]
        name.write_text("whole", encoding="utf-8")
    assert (tmp_path / "out.txt").read_text(encoding="utf-8") == "whole"


@pytest.mark.parametrize("command", ["report", "compare"])
def test_a_report_replaces_neither_a_page_of_others_nor_its_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    monkeypatch.chdir(tmp_path)
    pages = tmp_path / "pages"
    pages.mkdir()
    for name in ("index.html", "comparison.html"):
        (pages / name).write_text("<h1>A saved page</h1><p>Russia is right, says the town council.</p>", "utf-8")
    before = {each.name: each.read_bytes() for each in pages.iterdir()}
    done = CliRunner().invoke(app, [command, "pages", "-o", "pages", "--model", "light"])
    assert done.exit_code == 2
    assert "not written by stance; expected another folder" in done.stderr
    assert {each.name: each.read_bytes() for each in pages.iterdir()} == before
    scores = [score(side, author=f"a{n}", outlet="ABC"[n % 3]) for n in range(30) for side in (Stance.FAVOR,)]
    score_writer(Path("scores.csv"))(scores, Path("scores.csv"))
    before = {"scores.csv": Path("scores.csv").read_bytes()}
    done = CliRunner().invoke(app, [command, "scores.csv", "-o", "."])
    assert done.exit_code == 2
    assert "scores.csv: the output would replace this input; expected another file" in done.stderr
    assert Path("scores.csv").read_bytes() == before["scores.csv"]


@pytest.mark.parametrize("words", ["score", "parse", "sample -n 5", "labels convert"])
def test_no_output_replaces_its_input(words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    content = b"id,text,target,label,mood\n" + b"".join(
        b"%d,Russia is right %d.,russia,pro,calm\n" % (n, n) for n in range(9)
    )
    Path("own.csv").write_bytes(content)
    done = CliRunner().invoke(app, [*words.split(), "own.csv", "-o", "new/../own.csv"])
    assert done.exit_code == 2
    assert "own.csv: the output would replace this input; expected another file" in done.stderr
    assert Path("own.csv").read_bytes() == content
