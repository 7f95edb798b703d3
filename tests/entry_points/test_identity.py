"""Comments are counted by input, document and comment, and tables say the same whichever way they come."""

import json
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from stance.cli import app

WORDS = "tractor window harbor pencil garden silver market bridge winter yellow coffee ladder".split()


def run(*words: str | Path, code: int = 0) -> str:
    """Run a command; return all that it printed."""
    result = CliRunner().invoke(app, [*map(str, words)])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder, which holds the key of its pseudonyms."""
    (tmp_path / "stance.toml").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def text_of(number: int) -> str:
    """Return a text of its own words."""
    first, second = divmod(number, len(WORDS))
    return f"The {WORDS[first % len(WORDS)]} near the {WORDS[second]} helps Russia, point {number}."


def table(path: Path, numbers: Sequence[int], *, people: str = "Reader", heads: str = "1,Paper") -> Path:
    """Write comments that are numbered from 0, under one document of one outlet."""
    path.parent.mkdir(exist_ok=True)
    rows = (f'{heads},{at},{people} {number},"{text_of(number)}"\n' for at, number in enumerate(numbers))
    path.write_text("document,outlet,id,author,text\n" + "".join(rows))
    return path


def summary(folder: Path = Path("reports")) -> dict:
    """Return the summary of a report."""
    return json.loads((folder / "summary.json").read_text())


def texts_in(store: Path) -> set[str]:
    """Return the texts of a store."""
    with closing(sqlite3.connect(store)) as connection:
        return {text for (text,) in connection.execute("SELECT text FROM comments")}


def test_two_tables_that_name_a_document_alike_hold_two_documents(project: Path) -> None:
    table(project / "a.csv", range(12))
    table(project / "b.csv", range(12, 24), people="Writer")
    run("report", "a.csv", "b.csv", "-o", "reports", "--model", "light", "--target", "russia")
    direct = summary()
    assert (direct["whole"]["comments"], direct["whole"]["authors"], direct["whole"]["articles"]) == (24, 24, 2)
    assert [each["id"] for each in direct["documents"]] == ["1", "1~2"]

    for name in ("a.csv", "b.csv"):  # one after the other into a store, and as scores
        run("score", name, "-o", "both.db", "--model", "light", "--target", "russia")
        run("score", name, "-o", f"{name}.jsonl", "--model", "light", "--target", "russia")
    for inputs in (["both.db"], ["a.csv.jsonl", "b.csv.jsonl"]):
        run("report", *inputs, "-o", "again", "--model", "light", "--target", "russia")
        assert summary(Path("again"))["whole"]["comments"] == 24
        assert [each["id"] for each in summary(Path("again"))["documents"]] == ["1", "1~2"]


def test_two_outlets_of_one_table_may_name_a_document_alike(project: Path) -> None:
    first = table(project / "t.csv", range(12)).read_text()
    other = table(project / "o.csv", range(12, 24), heads="1,Post").read_text()
    (project / "t.csv").write_text(first + other.partition("\n")[2])
    run("report", "t.csv", "-o", "reports", "--model", "light", "--target", "russia")
    assert summary()["whole"]["comments"] == 24


def test_scores_that_are_given_twice_count_once(project: Path) -> None:
    table(project / "a.csv", range(12))
    run("score", "a.csv", "-o", "one.csv", "--model", "light", "--target", "russia")
    (project / "two.csv").write_bytes((project / "one.csv").read_bytes())
    said = run("report", "one.csv", "two.csv", "-o", "reports", "--target", "russia")
    assert "also in one.csv; each counted once" in said
    assert summary()["whole"]["comments"] == sum(summary()["whole"]["counts"]["russia"].values()) == 12


def test_forget_removes_the_comment_of_one_input(project: Path) -> None:
    table(project / "a.csv", range(3))
    table(project / "b.csv", range(12, 15), people="Writer")
    run("score", "a.csv", "b.csv", "-o", "s.db", "--model", "light")
    run("sample", "s.db", "--n", 6, "-o", "sample.csv")
    run("forget", "Reader 0", "s.db", "sample.csv")
    assert texts_in(project / "s.db") == {text_of(number) for number in (1, 2, 12, 13, 14)}
    drawn = (project / "sample.csv").read_text()
    assert [number for number in (0, 1, 2, 12, 13, 14) if text_of(number) not in drawn] == [0]


def test_inputs_of_one_relative_name_are_two_inputs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for week, numbers in (("one", range(5)), ("two", range(12, 17))):
        table(project / week / "t.csv", numbers)
        monkeypatch.chdir(project / week)
        run("score", "t.csv", "-o", "../all.db", "--model", "light")
    assert texts_in(project / "all.db") == {text_of(number) for number in (*range(5), *range(12, 17))}
    (project / "two").rename(project / "three")
    monkeypatch.chdir(project)
    assert "1 unchanged" in run("score", "three/t.csv", "-o", "all.db", "--model", "light")
