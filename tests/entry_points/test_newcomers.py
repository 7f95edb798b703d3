"""Three newcomers: the commands that they type, and what these print, up to a first finding.

Each types what README and the page of their command say, and nothing else.
"""

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stance.cli import app
from stance.resources import DEMO

Type = Callable[[str], tuple[str, list[str]]]
"""Run a command as typed; return standard output and the lines of standard error."""


def run(command: str) -> tuple[str, list[str]]:
    name, *arguments = shlex.split(command)
    assert name == "stance"
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    return done.stdout, done.stderr.splitlines()


@pytest.fixture
def type_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return run


def saved_pages(count: int) -> None:
    """Save some of the pages of the demonstration, as a browser would."""
    from zipfile import ZipFile

    Path("pages").mkdir()
    with ZipFile(DEMO) as packed:
        for name in [each for each in packed.namelist() if each.endswith(".html")][:: 100 // count][:count]:
            Path("pages", Path(name).name).write_bytes(packed.read(name))


def test_a_journalist_with_ten_saved_pages(type_command: Type) -> None:
    saved_pages(10)
    shown, said = type_command("stance report pages/ -o reports --model light")
    assert shown.splitlines()[-1] == "reports/index.html"
    (written,) = [line for line in said if line.startswith("stance: written: ")]
    assert "reports/comparison.html" in written
    assert "10 pages in reports" in written
    summary = json.loads(Path("reports/summary.json").read_text(encoding="utf-8"))
    assert summary["totals"]["documents"] == 10
    assert len(summary["groups"]) > 1
    pages = {name: Path(f"reports/{name}.html").read_text(encoding="utf-8") for name in ("index", "comparison")}
    assert 'href="comparison.html"' in pages["index"]
    assert 'href="index.html"' in pages["comparison"]


def test_a_researcher_with_an_export_of_youtube(type_command: Type) -> None:
    comments = [
        {"cid": f"c{at}", "text": text, "author": f"@viewer{at % 9}", "time_parsed": 1_740_000_000.0 + at, "votes": "1"}
        for at, text in enumerate(["NATO is a threat to peace.", "I stand with NATO.", "Sanctions on Russia now!"] * 10)
    ]
    export = [{**each, "time": "2 days ago", "channel": "x", "heart": False, "reply": False} for each in comments]
    Path("video.json").write_text("\n".join(map(json.dumps, export)), encoding="utf-8")
    shown, said = type_command("stance parse video.json -o documents.jsonl")
    assert shown == ""
    assert any("youtube-comment-downloader" in line and "30 comments" in line for line in said), said
    shown, said = type_command("stance score video.json -o project.db --model light")
    assert said[-1].endswith("1 input read, 0 unchanged; this run holds 1 document, 30 comments, 90 scores")
    type_command("stance sample project.db --n 20")
    shown, said = type_command("stance report project.db -o reports")
    assert shown.splitlines()[-1] == "reports/index.html"
    type_command("stance export project.db --bundle -o bundle.zip")
    type_command("stance report bundle.zip -o again")
    first, again = (json.loads(Path(name, "summary.json").read_text(encoding="utf-8")) for name in ("reports", "again"))
    assert first["whole"]["shares"] == again["whole"]["shares"]


def test_the_demonstration_with_a_known_truth_is_judged(tmp_path: Path) -> None:
    """``make demo`` writes the report, and what of it is true."""
    from research.demo.__main__ import main

    main(["--pages", "9", "--labels", "45", "--model", "vader", "-o", str(tmp_path)])
    result = json.loads((tmp_path / "result.json").read_text(encoding="utf-8"))
    assert len(result["shares"]) == len(result["differences"]) == 27
    assert sum(share["corpus_covered"] for share in result["shares"]) >= 24  # of 95 % intervals
    assert "| truth | counted | corrected |" in (tmp_path / "result.md").read_text(encoding="utf-8")
