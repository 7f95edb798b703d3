"""Three newcomers: the commands that they type, and what these print, up to a first finding.

Each types what README and the page of their command say, and nothing else.
"""

import csv
import json
import shlex
import shutil
from collections.abc import Callable
from io import StringIO
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


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ten saved pages and their report."""
    place = tmp_path_factory.mktemp("reported")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        patch.setenv("HOME", str(place))
        saved_pages(10)
        run("stance report pages/ -o reports --model light")
    return place


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
    shown, said = type_command("stance compare pages/ -o reports --model light")
    assert "stance: reports/scores.csv: the scores of this report are used; nothing was scored again" in said


@pytest.mark.parametrize(
    "options", ["--by month", "--by author", "--by outlet,month --trend week", "--event 2025-02-01"]
)
def test_another_comparison_uses_the_scores_of_the_report(
    type_command: Type, reported: Path, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    """Numbers are equal to .001: tables of scores keep six digits of a probability."""
    shutil.copytree(reported, ".", dirs_exist_ok=True)
    type_command(f"stance compare pages/ -o fresh --model light {options}")
    with monkeypatch.context() as patch:
        patch.setattr("stance.scoring.documents.DocumentScorer._score_passages", lambda *_: pytest.fail("scored again"))
        _, said = type_command(f"stance compare pages/ -o reports --model light {options}")
    assert "stance: reports/scores.csv: the scores of this report are used; nothing was scored again" in said
    tables = (Path(name, "comparison.csv").read_text(encoding="utf-8") for name in ("fresh", "reports"))
    rows, again = (list(csv.DictReader(StringIO(table))) for table in tables)
    assert len(rows) == len(again) > 50
    for one, other in zip(rows, again, strict=True):
        for name in ("value", "low", "high", "raw", "p_adjusted", "detectable", "tipping_point", "design_effect"):
            expected, found = one.pop(name), other.pop(name)
            assert bool(expected) is bool(found)
            assert float(found or 0) == pytest.approx(float(expected or 0), abs=1e-3)
        assert one == other
    assert 'href="index.html"' in Path("reports/comparison.html").read_text(encoding="utf-8")


def test_scores_of_another_run_are_not_used(type_command: Type, reported: Path) -> None:
    shutil.copytree(reported, ".", dirs_exist_ok=True)
    _, said = type_command("stance compare pages/ -o reports --model vader --by month")
    assert not [line for line in said if "scores of this report are used" in line]
    table = Path("reports/scores.csv")
    table.write_text(table.read_text(encoding="utf-8").replace("against", "favor", 1), encoding="utf-8")
    _, said = type_command("stance compare pages/ -o reports --model light --by month")
    assert not [line for line in said if "scores of this report are used" in line]


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
    assert said[-1] == ("stance: project.db: inputs: 1 read, 0 as before; it holds 1 document, 30 comments, 90 scores")
    type_command("stance sample project.db --n 20")
    shown, said = type_command("stance report project.db -o reports")
    assert shown.splitlines()[-1] == "reports/index.html"
    type_command("stance export project.db --bundle -o bundle.zip")
    type_command("stance report bundle.zip -o again")
    first, again = (json.loads(Path(name, "summary.json").read_text(encoding="utf-8")) for name in ("reports", "again"))
    assert first["whole"]["shares"] == again["whole"]["shares"]
