"""Comments are counted by input, document and comment, and tables say the same whichever way they come."""

import json
import random
import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd
import pytest

import stance
from tests.support.commands import told as run

WORDS = ("tractor", "window", "harbor", "pencil", "garden", "silver", "market", "bridge", "winter", "yellow", "coffee")


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


@pytest.mark.parametrize("is_numbered", [False, True])
def test_two_tables_that_name_a_document_alike_hold_two_documents(project: Path, is_numbered: bool) -> None:
    table(project / "a.csv", range(12))
    other = table(project / "b.csv", range(12, 24), people="Writer")
    if is_numbered:  # each table numbers its own people
        other.write_text(re.sub(r",Writer (\d+)", lambda name: f",Reader {int(name[1]) - 12}", other.read_text()))
    run("report", "a.csv", "b.csv", "-o", "reports", "--model", "light", "--target", "russia")
    direct = summary()
    authors = 12 if is_numbered else 24
    assert (direct["whole"]["comments"], direct["whole"]["authors"], direct["whole"]["articles"]) == (24, authors, 2)
    assert [each["id"] for each in direct["documents"]] == ["1", "1~2"]

    for name in ("a.csv", "b.csv"):  # one after the other into a store, and as scores
        run("score", name, "-o", "both.db", "--model", "light", "--target", "russia")
        run("score", name, "-o", f"{name}.jsonl", "--model", "light", "--target", "russia")
    # Scores without texts have nothing but people to tell two comments apart.
    for inputs in (["both.db"], *([] if is_numbered else [["a.csv.jsonl", "b.csv.jsonl"]])):
        run("report", *inputs, "-o", "again", "--model", "light", "--target", "russia")
        assert summary(Path("again"))["whole"]["comments"] == 24
        assert [each["id"] for each in summary(Path("again"))["documents"]] == ["1", "1~2"]


def test_outlets_that_look_alike_are_one_and_others_may_name_a_document_alike(project: Path) -> None:
    hidden = table(project / "hidden.csv", range(12, 24), heads="1,Pa\u200bper").read_text()
    hidden += table(project / "other.csv", range(24, 36), heads="1,Post").read_text().partition("\n")[2]
    (project / "t.csv").write_text(table(project / "plain.csv", range(12)).read_text() + hidden.partition("\n")[2])
    run("report", "t.csv", "-o", "r", "--model", "light", "--target", "russia")
    run("verify", "r")
    run("report", "r/scores.csv", "-o", "again", "--target", "russia")
    assert [[each["id"], each["outlet"], each["comments"]] for each in summary(Path("again"))["documents"]] == [
        ["1", "Paper", 24], ["1~2", "Post", 12]
    ]  # fmt: skip


def test_two_tables_of_one_text_at_two_outlets_are_two_documents(project: Path) -> None:
    table(project / "a.csv", range(12))
    table(project / "b.csv", range(12), heads="1,Post", people="Writer")
    run("report", "a.csv", "b.csv", "-o", "r", "--model", "vader")
    assert (len(summary(Path("r"))["documents"]), summary(Path("r"))["whole"]["comments"]) == (2, 24)


def many(path: Path) -> None:
    """Write 200 comments of two outlets, of whom one in ten says the same."""
    rows = []
    for number in range(200):
        said = "Russia is right, share this." if number % 10 == 0 else f"{text_of(number % 120)} No. {number}"
        outlet = "Paper" if number % 2 else "Post"
        rows.append(f'd{number % 20},{outlet},{number},R{number},2024-03-01T10:00,"{said}"\n')
    path.write_text("document,outlet,id,author,posted,text\n" + "".join(rows))


@pytest.mark.filterwarnings("ignore")
def test_frames_have_types(project: Path) -> None:
    many(project / "t.csv")
    scores = stance.score("t.csv", model="light", target="russia")
    assert (scores["sure"].dtype, scores["grade"].dtype.name) == ("boolean", "category")
    assert scores["posted"].dtype == scores["published"].dtype == "datetime64[us, UTC]"
    assert str(scores["posted"][0]) == "2024-03-01 10:00:00+00:00"
    run("score", "t.csv", "-o", "t.parquet", "--model", "light", "--target", "russia")
    written = pd.read_parquet("t.parquet")
    typed = [name for name, kind in scores.dtypes.items() if kind != "object" and name in written]
    assert written[typed].dtypes.map(str).to_dict() == scores[typed].dtypes.map(str).to_dict()
    assert written["stance"].tolist() == scores["stance"].tolist()


def test_the_scores_of_a_report_say_what_its_table_says(project: Path) -> None:
    """Cells of ``test_matrix`` hold that labels correct both alike, and that they correct no scores without texts."""
    rng = random.Random(1)
    rows = [f"Outlet {n % 2},{n},R{n % 150},Russia is {rng.choice(WORDS)} {n}.\n" for n in range(200)]
    rows[::10] = [re.sub("Russia .*", "Russia is right; share this everywhere.", row) for row in rows[::10]]
    (project / "t.csv").write_text("outlet,id,author,text\n" + "".join(rows))
    asked, said, drawn = ("--model", "light", "--target", "russia"), [], []
    run("report", "t.csv", "-o", "r", *asked)
    for source, by in (("t.csv", asked), ("r/scores.csv", asked[2:])):
        said.append(re.sub(rf"\b{re.escape(source)}", "INPUT", run("compare", source, *asked, "-o", "c")))
        run("sample", source, *by, "--n", 20, "-o", "drawn.csv")  # the draw depends on the probabilities
        drawn.append(pd.read_csv("drawn.csv", dtype=str))
    assert said[0] == said[1]
    assert "articles unknown" in said[0]
    assert drawn[0]["text"].tolist() == drawn[1]["text"].tolist()
    once = [each[each["copies"] == "1"] for each in drawn]  # of copies, another one may stand for all
    assert once[0]["author"].tolist() == once[1]["author"].tolist()


def test_scores_are_mapped_and_chosen_as_tables_are_and_without_texts_none_is_drawn(project: Path) -> None:
    many(project / "t.csv")
    run("report", "t.csv", "-o", "r", "--model", "light", "--target", "russia")
    run("score", "t.csv", "-o", "bare.csv", "--model", "light", "--target", "russia")
    Path("named.csv").write_text(Path("r/scores.csv").read_text().replace("outlet,", "paper,", 1))
    Path("bare_named.csv").write_text(Path("bare.csv").read_text().replace("outlet,", "paper,", 1))
    for name in ("named.csv", "bare_named.csv"):
        run("report", name, "--map", "outlet=paper", "--where", "outlet=Paper", "-o", "one")
        assert summary(Path("one"))["whole"]["comments"] == 100
    assert "holds no texts to label" in run("sample", "bare.csv", "--n", 5, code=1)
