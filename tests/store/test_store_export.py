"""What leaves a store can be read by the programs that it is for, and equal stores give equal files."""

import re
import shutil
import zipfile
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

import networkx
import pytest

from stance import exceptions
from stance.datamodels import Comment, Document, Stance
from stance.exceptions import MissingExtraError
from stance.log import Log
from stance.runs.documents import read_documents
from stance.store import tables
from tests.aggregation.test_aggregation import score
from tests.support.commands import refused, run
from tests.support.store_samples import change, page, query, stored, update, write
from tests.support.tables import rows_of

FORMS = ("x.csv", "x.xlsx", "x.parquet", "x.jsonl", "x.gexf")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    pages = [page("north", comments=6), page("south", outlet="The Gazette"), page("east", comments=0)]
    pages[0]["comments"][0]["text"] = "=cmd|'/c calc'!A1 says NATO\x01"  # is removed
    update([write(tmp_path / "pages.jsonl", *pages)], tmp_path / "store.db")
    return tmp_path / "store.db"


@pytest.mark.parametrize("name", FORMS)
def test_equal_stores_give_equal_files(store: Path, tmp_path: Path, name: str) -> None:
    shutil.copy(store, tmp_path / "copy.db")
    for source, folder in ((store, "a"), (tmp_path / "copy.db", "b")):
        run("export", source, "-o", tmp_path / folder / name)
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.parametrize("name", ["x.csv", "x.parquet", "x.jsonl"])
def test_scores_come_back_from_a_table(store: Path, tmp_path: Path, name: str) -> None:
    run("export", store, "-o", tmp_path / name)
    log = Log()
    again = [score for document in read_documents([tmp_path / name], log=log) for score in document.scores]
    ours = [score for document in stored(store) for score in document.scores if score.unit == "comment"]
    facts = attrgetter("document", "comment", "target", "stance", "author")
    assert sorted(map(facts, again)) == sorted(map(facts, ours))
    assert not log.skipped


def test_csv_for_excel_is_utf8_with_a_mark_and_without_formulas(store: Path, tmp_path: Path) -> None:
    run("export", store, "-o", tmp_path / "x.csv", "--excel")
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbfdocument,")
    rows = rows_of(tmp_path / "x.csv")
    assert len(rows) == 9 * 3
    assert rows[0]["text"] == "'=cmd|'/c calc'!A1 says NATO"
    assert rows[3]["title"] == "What north means for NATO and Russia"
    assert (rows[3]["reply_to"], rows[3]["votes"], rows[3]["published"]) == ("c1", "2", "2024-03-02")


def test_xlsx_is_split_and_holds_no_formula(store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stance.store.tables.SHEET_ROWS", 11)
    run("export", store, "-o", tmp_path / "x.xlsx")
    with zipfile.ZipFile(tmp_path / "x.xlsx") as file:
        shares, *sheets = [file.read(name).decode() for name in sorted(file.namelist()) if "worksheets/sheet" in name]
    assert "<t>estimate</t>" in shares
    assert [sheet.count("<row ") for sheet in sheets] == [11, 11, 8]
    assert all("<t>document</t>" in sheet and "<f>" not in sheet for sheet in sheets)
    assert all("<autoFilter" in sheet and 'state="frozen"' in sheet for sheet in sheets)
    assert "'=cmd|" in sheets[0].replace("&#39;", "'")
    assert "_x0001_" not in sheets[0]
    assert re.search(r's="\d"><v>45353</v></c>', sheets[0]), "2 March 2024, as a date"


def test_texts_that_excel_cuts_are_said(tmp_path: Path) -> None:
    said: list[str] = []
    page = Document("d", "page", comments=(Comment("a", "NATO " * 8_000), Comment("b", "NATO " * 6_553)))
    scores = tuple(replace(score(Stance.FAVOR), document="d", comment=name) for name in "ab")
    tables.find_export(tmp_path / "x.xlsx", said.append)([replace(page, scores=scores)], tmp_path / "x.xlsx")
    held = "a cell of Excel holds at most 32,767 characters; a CSV file holds all of them"
    assert said == [f"{tmp_path / 'x.xlsx'}: 1 cell cut, since {held}"]


def answered(stances: dict[str, Stance]) -> Document:
    """Ann, an answer of Bob to her, one of each to himself or to nobody known, and one without a name."""
    comments = (
        Comment("a", "x", author="Ann\x00\ud800\n\u202e<&>"),
        Comment("b", "y", author="Bob", reply_to="a"),
        Comment("c", "z", author="Bob", reply_to="b"),
        Comment("d", "z", author="Bob", reply_to="missing"),
        Comment("e", "z", reply_to="a"),
    )
    scores = tuple(
        replace(score(stance, "us\x02"), outlet="\x01", comment=comment) for comment, stance in stances.items()
    )
    return Document("d", "page", outlet="\x01", comments=comments, scores=scores)


def test_a_network_of_hostile_names_and_its_sides(tmp_path: Path) -> None:
    path, page = tmp_path / "x.gexf", answered({"a": Stance.FAVOR, "b": Stance.AGAINST, "c": Stance.NEUTRAL})
    tables.find_export(path, print)([page, page], path)
    graph = networkx.read_gexf(path)
    ((one, other, edge),) = graph.edges(data=True)
    assert edge["weight"] == 2
    assert graph.nodes[one] == {"label": "Bob", "outlet": "\ufffd", "comments": 6, "net_us\ufffd": -33.33}
    assert graph.nodes[other]["label"] == "Ann\ufffd\ufffd\ufffd\u202e<&>"


@pytest.mark.parametrize("name", ["x.docx", "taken", "-"])
def test_an_export_to_nowhere_is_refused(store: Path, tmp_path: Path, name: str) -> None:
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.tex").write_text("dear")
    refused("export", store, *(("-o", tmp_path / name) if name != "-" else ()))


def test_a_missing_package_is_said_before_any_work_and_excel_needs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exceptions, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match="pip install 'pyarrow"):
        tables.find_export(tmp_path / "x.parquet", print)
    told = refused("export", tmp_path / "nowhere.db", "-o", tmp_path / "x.parquet")
    assert told.startswith("stance: this needs pyarrow")
    tables.find_export(tmp_path / "x.xlsx", print)


@pytest.mark.parametrize("name", FORMS)
def test_a_damaged_document_is_left_out_of_an_export_and_named(store: Path, tmp_path: Path, name: str) -> None:
    change(store, "UPDATE scores SET favor = against, against = favor WHERE comment = 8 AND target = 'nato'")
    done = run("export", store, "-o", tmp_path / "out" / name, code=3)
    assert "skipped: score 2 (south.html): damaged" in done.stderr
    found = (tmp_path / "out" / name).read_bytes()
    assert name == "x.parquet" or name == "x.xlsx" or (b"Gazette" in found, b"The Paper" in found) == (False, True)


def test_the_queries_of_the_docs_run(store: Path) -> None:
    docs = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```sql\n(.+?)```", docs, re.DOTALL)
    queries = [each for each in "".join(blocks).split(";") if each.strip()]
    assert len(queries) > 8
    tables = [name for (name,) in query(store, "SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')")]
    assert [n for n in tables if not re.search("_search_|sqlite_", n) and f"`{n}`" not in docs] == []
    found = [query(store, each) for each in queries]
    tables_of_docs = docs.partition("## Tables of the store")[2]
    for table, columns in re.findall(r"`(\w+)`: ((?:`\w+`(?: \(.+?\))?(?:, )?)+)", tables_of_docs):
        query(store, f"SELECT {re.sub(r' [(].+?[)]|`', '', columns)} FROM {table}")
    assert sum(map(bool, found)) >= len(queries) - 3  # there are no labels, skips, or paragraphs that name a target
