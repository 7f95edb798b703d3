"""Inputs as people have them: answers in comments, parts of a whole, markup in cells, marks of missing text."""

import json
from pathlib import Path
from typing import Any

import pytest

from stance.datamodels import Document, Page, PageKind, Skip
from stance.exceptions import InputError
from stance.parsing.cleaning import without_notes
from stance.reading import read
from stance.reading.kinds import InputKind, sniff
from stance.reading.markup import is_missing, read_cell
from stance.reading.sheets import sheets_as_csv
from tests.support.tables import cases

FERRY, BRIDGE, TOLL = "The ferry is late again.", "Build the bridge at last.", "The toll is a joke."


def documents_of(path: Path, content: str) -> tuple[list[Document], list[Skip]]:
    path.write_text(content, "utf-8")
    skips: list[Skip] = []
    return [each for each in read([path], skip=skips.append) if isinstance(each, Document)], skips


@pytest.mark.parametrize(
    ("key", "more"), [("comments", {}), ("comments", {"url": "https://a.example/1"}), ("kommentare", {"votes": 3})]
)
def test_a_comment_with_answers_is_no_article(tmp_path: Path, key: str, more: dict[str, Any]) -> None:
    answer = {"text": BRIDGE, "author": "Bo"}
    rows = [{"text": FERRY, "author": "Ann", key: [answer], **more}, {"text": TOLL, "author": "Cy", key: [], **more}]
    (document,), _ = documents_of(tmp_path / "a.json", json.dumps(rows))
    assert [(each.text, each.author) for each in document.comments] == [(FERRY, "Ann"), (BRIDGE, "Bo"), (TOLL, "Cy")]
    assert document.comments[1].reply_to == document.comments[0].comment_id
    assert not document.body


@pytest.mark.parametrize("extra", [{}, {"authors": "Staff"}, {"published": "2024-03-01"}])
def test_articles_without_comments_are_refused(tmp_path: Path, extra: dict[str, str]) -> None:
    rows = [{"title": f"T{n}", "url": f"https://a.example/{n}", "text": f"{STORY} {n}", **extra} for n in range(3)]
    documents, skips = documents_of(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)))
    assert not documents
    assert "look like articles rather than comments" in skips[0].reason


STORY = "The ministers met on Friday in Brussels to discuss the next package of help. " * 6


@cases("cell", "text", "quoted")
def test_texts_in_cells_are_read_as_their_writers_saw_them(cell: str, text: str, quoted: str | None) -> None:
    assert read_cell(cell) == (text, quoted)


@pytest.mark.parametrize(
    "mark",
    [
        "NA", "\\N", "NaT", "(null)", "n/a", "none", "{}", "#NAME?", "#BEZUG!", "#NÉV?", "#N/D", "k. A.", "Undefined",
        "(empty)", "###", "-",
    ],
)  # fmt: skip
def test_marks_of_missing_text_are_no_comments(mark: str, tmp_path: Path) -> None:
    (document,), _ = documents_of(tmp_path / "a.tsv", f"text\tauthor\n{TOLL}\tAnn\n{mark}\tBo\n{FERRY}\t\\N\n")
    assert [(each.text, each.author) for each in document.comments] == [(TOLL, "Ann"), (FERRY, None)]
    assert any(f"1 comment left out: 1 {mark} (a mark of a missing text)" in warning for warning in document.warnings)


@pytest.mark.parametrize("text", ["#NATO!", "#ad", "Nan is right", "Nothing", "Na!", "null and void"])
def test_words_of_people_are_no_marks(text: str) -> None:
    assert not is_missing(text)


def test_header_rows_of_surveys_are_no_answers(tmp_path: Path) -> None:
    rows = [
        "text,author",
        "What do you think of NATO?,Your name",
        '"{""ImportId"":""Q1""}","{""ImportId"":""Q2""}"',
        f"{TOLL},Ann",
    ]
    (document,), _ = documents_of(tmp_path / "a.csv", "\n".join(rows))
    assert [each.text for each in document.comments] == [TOLL]
    rows = [
        "case,started,text",
        "Number,Time of start,What do you think?",
        f"1,2024-03-01,{TOLL}",
        f"2,2024-03-02,{FERRY}",
    ]
    (document,), _ = documents_of(tmp_path / "b.csv", "\n".join(rows))
    assert [each.text for each in document.comments] == [TOLL, FERRY]
    (document,), _ = documents_of(tmp_path / "c.csv", "\n".join(rows).replace("Number,Time of start", "NA,NA"))
    assert len(document.comments) == 3


@cases("rows", "table")
def test_merged_cells_are_repeated(rows: str, table: str) -> None:
    assert sheets_as_csv(page_of(f"<table>{rows}</table>")) == [table.encode()]


def page_of(text: str) -> Page:
    return Page("a.html", PageKind.HTML, f"<html><body>{text}</body></html>", "utf-8")


def test_two_sheets_are_two_tables() -> None:
    sheet = "<table><tr><td>text</td><td>{0}</td></tr><tr><td>Hm</td><td>1</td></tr></table>"
    assert len(sheets_as_csv(page_of(f"{sheet.format('votes')}{sheet.format('author')}"))) == 2
    assert not sheets_as_csv(page_of(f"News{sheet.format('votes')}"))


@cases("content", "named")
def test_files_that_are_no_pages_are_named(content: str, named: str) -> None:
    with pytest.raises(InputError, match=named):
        sniff(content.encode(), ".html" if content.startswith("<") else "")


def test_articles_on_such_files_are_pages() -> None:
    for title in ("Access denied: what the ban means", "404 people sign in at the bridge", "Log in the river"):
        page = f"<html><head><title>{title}</title></head><body><p>Hm</p></body></html>"
        assert sniff(page.encode(), ".html") is InputKind.HTML
    assert sniff(b"From: Moscow, with doubts\n\nThe ministers met.", ".txt") is InputKind.TEXT


@cases("text", "own")
def test_what_a_page_adds_to_a_text_is_not_its_writers(text: str, own: str) -> None:
    assert without_notes(text) == own
