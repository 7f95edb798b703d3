"""Tidy tables of reports, comparisons, stores and Python: one row for each figure, every column in a codebook."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import stance
from stance.datamodels import Grade, Stance, Tone, Unit, Via, Voice
from stance.resources import formats
from tests.support.commands import invoke
from tests.support.labelled_tables import write_corpus
from tests.support.tables import rows_of

SIDES = ("against", "neutral", "favor")
TABLES = ("shares.csv", "sentiment.csv", "differences.csv", "trends.csv")
ASKED = ("--model", "light", "--trend", "month")
pytestmark = pytest.mark.filterwarnings("ignore::stance.log.InputWarning")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of two outlets, its labels, their comparison, report and store."""
    folder = tmp_path_factory.mktemp("tables")
    write_corpus(folder, lambda n: "favor" if n % 16 < 8 and n // 16 % 4 < 2 else "against", 320, 0.5)
    labels = ("--labels", folder / "l.jsonl")
    run("compare", folder / "t.jsonl", *labels, *ASKED, "--event", "2026-02-10", "-o", folder / "compared")
    run("report", folder / "t.jsonl", *labels, "--model", "light", "-o", folder / "report")
    run("score", folder / "t.jsonl", "--model", "light", "-o", folder / "t.db")
    return folder


def run(*words: object) -> Any:
    result = invoke(*words)
    assert result.exit_code in (0, 3), result.stderr
    return result


@pytest.mark.parametrize("folder", ["compared", "report"])
def test_the_codebook_describes_every_column_of_every_table(project: Path, folder: str) -> None:
    codebook = rows_of(project / folder / "codebook.csv")
    assert list(codebook[0]) == ["file", "column", "meaning", "unit", "range"]
    assert all(row["meaning"] for row in codebook)
    described = {}
    for row in codebook:
        described.setdefault(row["file"], []).append(row["column"])
    tables = {path.name: path for path in (project / folder).glob("*.csv")}
    assert set(described) == set(tables)
    assert set(TABLES) <= set(tables)
    for name, path in tables.items():
        assert described[name] == list(pd.read_csv(path, nrows=0)), name
    assert not (project / folder / "comparison.csv").exists()


@pytest.mark.parametrize("folder", ["compared", "report"])
def test_cells_are_in_the_ranges_of_the_codebook(project: Path, folder: str) -> None:
    for name in TABLES:
        columns = formats()["tables"][name]
        for row in rows_of(project / folder / name):
            for column, (kind, _, values, _) in columns.items():
                cell = row[column]
                if cell and kind == "category":
                    assert cell in values.split(", "), (name, column)
                elif cell and kind in ("number", "count"):
                    assert kind == "number" or cell.isdecimal(), (name, column)
                    low, high = (-1, 1) if values.startswith("from -1 to 1") else (0, 1)
                    assert not values.startswith(("0 to 1", "from -1 to 1")) or low <= float(cell) <= high, (
                        name,
                        column,
                    )
                elif kind == "true or false":
                    assert cell in ("", "True", "False"), (name, column)


def test_categories_of_scores_are_their_values() -> None:
    values = {"unit": Unit, "stance": Stance, "grade": Grade, "via": Via, "possible": Via, "voice": Voice, "tone": Tone}
    for name, members in values.items():
        assert formats()["columns"][name][2].split(", ") == [*members]


def test_tables_hold_the_figures_of_the_record(project: Path) -> None:
    record = json.loads((project / "compared" / "comparison.json").read_text())
    shares, sentiment, differences, trends = (rows_of(project / "compared" / name) for name in TABLES)
    sides = [row for row in shares if row["measure"] in SIDES]
    given = [(group, share) for group in record["groups"] for share in group["shares"]]
    assert [(row["group"], row["target"], row["measure"], row["population"]) for row in sides] == [
        (group["group"], share["target"], share["stance"], share["population"]) for group, share in given
    ]
    assert [float(row["estimate"] or "nan") for row in sides] == pytest.approx(
        [float("nan") if share["estimate"] is None else share["estimate"] for _, share in given], nan_ok=True
    )
    assert {row["comments"] for row in shares} == {"160"}
    assert len(sentiment) == len(record["sentiment"])
    verdicts = [each["verdict"] for each in (*record["differences"], *record["sentiment_differences"])]
    assert [row["verdict"] for row in differences] == verdicts
    assert "differ" in verdicts
    assert {row["kind"] for row in trends} == {"value", "slope", "event"}
    changes = [*record["slopes"], *record["sentiment_changes"]]
    assert [row["verdict"] for row in trends if row["kind"] != "value"] == [each["verdict"] for each in changes]


def test_python_returns_the_tables_with_types(project: Path) -> None:
    labels, event = project / "l.jsonl", "2026-02-10"
    tables = stance.compare(project / "t.jsonl", labels=labels, model="light", trend="month", event=event)
    for name, frame in zip(TABLES, tables, strict=True):
        written = pd.read_csv(project / "compared" / name)
        assert list(frame) == list(written)
        assert len(frame) == len(written)
        column = "mean" if name == "sentiment.csv" else "estimate"
        assert frame[column].to_numpy() == pytest.approx(written[column].to_numpy(), nan_ok=True)
    empty = stance.compare(project / "t.jsonl", model="vader", target="nato")
    assert [frame.dtypes.astype(str).to_dict() for frame in empty] == [
        frame.dtypes.astype(str).to_dict() for frame in tables
    ]
    kinds = {"count": "Int64", "number": "float64", "true or false": "boolean", "category": "category"}
    for name, frame in zip(TABLES, tables, strict=True):
        for column, (kind, *_) in formats()["tables"][name].items():
            assert frame[column].dtype.name == kinds.get(kind, "object"), (name, column)


def test_a_report_holds_shares_of_all_outlets_and_documents(project: Path) -> None:
    shares = rows_of(project / "report" / "shares.csv")
    assert {row["by"] for row in shares} == {"all", "outlet", "document"}
    assert {row["group"] for row in shares if row["by"] == "document"} == {f"d{n}" for n in range(16)}
    whole = json.loads((project / "report" / "summary.json").read_text())["whole"]["shares"]
    of_all = [row for row in shares if row["by"] == "all" and row["measure"] in SIDES]
    assert [row["estimate"] and float(row["estimate"]) for row in of_all] == [row["estimate"] or "" for row in whole]


def test_a_comparison_in_the_folder_of_a_report_keeps_its_tables(project: Path, tmp_path: Path) -> None:
    run("report", project / "t.jsonl", "--model", "light", "-o", tmp_path)
    before = (tmp_path / "shares.csv").read_bytes()
    run("compare", project / "t.jsonl", "--model", "light", "--by", "month", "-o", tmp_path)
    assert (tmp_path / "shares.csv").read_bytes() == before
    assert {row["by"] for row in rows_of(tmp_path / "comparison-shares.csv")} == {"month"}
    assert {"shares.csv", "comparison-shares.csv"} < {row["file"] for row in rows_of(tmp_path / "codebook.csv")}
    run("report", project / "t.jsonl", "--model", "light", "-o", tmp_path, "--public")
    tables = {path.name for path in tmp_path.glob("*.csv")}
    assert tables == {"shares.csv", "sentiment.csv", "differences.csv", "codebook.csv"}  # of the public comparison
    assert {row["by"] for row in rows_of(tmp_path / "shares.csv")} == {"outlet"}


def test_an_excel_file_opens_with_a_sheet_of_shares(project: Path, tmp_path: Path) -> None:
    run("export", project / "t.db", "-o", tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as book:
        names = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
        first, second = (book.read(f"xl/worksheets/sheet{n}.xml").decode() for n in (1, 2))
    assert names == ["shares", "scores 1"]
    run("report", project / "t.db", "-o", tmp_path / "r")
    rows = rows_of(tmp_path / "r" / "shares.csv")
    shares = [row for row in rows if row["by"] != "document" and row["population"] == "corpus"]  # each share once
    assert first.count("<row ") == len(shares) + 1
    assert f"<v>{shares[0]['comments']}</v>" in first
    for name in ("measure", "estimate", "may_print"):
        assert f"<t>{name}</t>" in first
    assert "<t>document</t>" in second
