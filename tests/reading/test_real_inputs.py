"""Inputs as people have them: answers in comments, parts of a whole, markup in cells, marks of missing text."""

import pytest

from stance.datamodels import Page, PageKind
from stance.exceptions import InputError
from stance.parsing.cleaning import without_notes
from stance.reading.kinds import InputKind, sniff
from stance.reading.markup import is_missing, read_cell
from stance.reading.sheets import sheets_as_csv
from tests.support.tables import cases


@cases("cell", "text", "quoted")
def test_texts_in_cells_are_read_as_their_writers_saw_them(cell: str, text: str, quoted: str | None) -> None:
    assert read_cell(cell) == (text, quoted)


@pytest.mark.parametrize("text", ["#NATO!", "#ad", "Nan is right", "Nothing", "Na!", "null and void"])
def test_words_of_people_are_no_marks(text: str) -> None:
    assert not is_missing(text)


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
