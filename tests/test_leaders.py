"""Comments that name a target only through its leaders are counted, and left out if asked to."""

import json
from pathlib import Path

import pytest
from lxml import html
from typer.testing import CliRunner

import stance
from stance.cli import app
from stance.log import InputWarning

TEXTS = [
    ("a1", "Trump is a disgrace and a liar."),
    ("a2", "Trump and Biden are both liars."),
    ("a3", "Trump ruined the United States, a disgrace."),
    ("a4", "America is a terrible country and a disgrace to the whole world."),
    ("a5", "The United States is awful and evil."),
]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "comments.jsonl"
    rows = [
        {"id": name, "text": text, "document": f"d{name}", "posted": "2025-03-01", "outlet": "A"}
        for name, text in TEXTS
    ]
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    return path


def of_us(folder: Path) -> tuple[int, dict[str, object]]:
    summary = json.loads((folder / "summary.json").read_text(encoding="utf-8"))
    (addressed,) = [each["addressed"] for each in summary["totals"]["targets"] if each["target"] == "us"]
    (row,) = [each for each in summary["named"] if (each["group"], each["target"]) == (None, "us")]
    return addressed, row


def run(*arguments: str | Path) -> str:
    done = CliRunner().invoke(app, [*map(str, arguments), "--model", "vader"])
    assert done.exit_code == 0, done.output
    return done.stderr


def test_a_report_says_through_which_names_a_target_is_meant(table: Path, tmp_path: Path) -> None:
    run("report", table, "-o", tmp_path / "out")
    addressed, row = of_us(tmp_path / "out")
    assert addressed == row["addressed"] == 5
    assert (row["by_leaders"], row["names"]) == (2, {"Trump": 2, "Biden": 1})
    index = html.fromstring((tmp_path / "out" / "index.html").read_bytes()).text_content()
    assert "Who is meant: 2 of 5 comments name only leaders (Trump 2, Biden 1)." in index.replace("\xa0", " ")


def test_comments_that_name_only_leaders_can_be_left_out(table: Path, tmp_path: Path) -> None:
    said = run("report", table, "-o", tmp_path / "out", "--without-leaders")
    assert "us: 2 of 5 comments that address it left out: they name only its leaders" in said
    assert of_us(tmp_path / "out")[0] == 3
    (group,) = stance.compare(table, model="vader").groups
    assert group.addressed["us"] == 5
    with pytest.warns(InputWarning, match="2 of 5 comments"):
        (group,) = stance.compare(table, model="vader", without_leaders=True).groups
    assert group.addressed["us"] == 3


def test_the_users_targets_mark_leaders_too(table: Path, tmp_path: Path) -> None:
    own = '[[targets]]\nid = "mill"\naliases = ["the mill", {text = "Oldham", kind = "leader"}]\n'
    (tmp_path / "own.toml").write_text(own, encoding="utf-8")
    (tmp_path / "c.csv").write_text("text\nOldham is a liar.\nThe mill is awful.\n", encoding="utf-8")
    run("report", tmp_path / "c.csv", "--targets", tmp_path / "own.toml", "--target", "mill", "-o", tmp_path / "out")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text(encoding="utf-8"))
    assert [(each["addressed"], each["names"]) for each in summary["named"][:1]] == [(2, {"Oldham": 1})]


def test_scores_without_texts_keep_all(table: Path, tmp_path: Path) -> None:
    run("score", table, "-o", tmp_path / "scores.jsonl")
    said = run("report", tmp_path / "scores.jsonl", "-o", tmp_path / "out", "--without-leaders")
    assert "without texts: comments that name only leaders are kept" in said
