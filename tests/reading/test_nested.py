"""JSON of unknown shapes: comments beside their article, answers in them, and the option that reads other names."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from stance.datamodels import Document, Page, PageKind, Skip
from stance.parsing.dump import parse_text
from stance.reading import read
from stance.reading.columns import parse_columns
from tests.support.tables import cases

FERRY, BRIDGE = "The ferry is late again.", "Build the bridge at last."
STORY = "The ministers met on Friday in Brussels to discuss the next package of help."

Answers = list[tuple[str, str | None]]
"""Texts of comments, each with the text that it answers."""


def read_json(
    tmp_path: Path, content: Any, columns: str = "", *, is_lines: bool = False
) -> tuple[list[Document], list[Skip]]:
    path = tmp_path / ("a.jsonl" if is_lines else "a.json")
    path.write_text("\n".join(map(json.dumps, content)) if is_lines else json.dumps(content, indent=1))
    skips: list[Skip] = []
    found = read([path], skip=skips.append, columns=parse_columns(columns) if columns else None)
    return [each for each in found if isinstance(each, Document)], skips


def answers(documents: list[Document]) -> Answers:
    texts = {each.comment_id: each.text for document in documents for each in document.comments}
    return [(each.text, each.reply_to and texts[each.reply_to]) for document in documents for each in document.comments]


def said(text: str, **other: Any) -> dict[str, Any]:
    return {"text": text, "author": "Ann"} | other


TITLED = {"title": "T", "text": STORY}


@cases("content", "columns", "expected", "titles")
def test_comments_are_found_and_no_article_is_one(
    tmp_path: Path, content: Any, columns: str, expected: Answers, titles: list[str | None]
) -> None:
    documents, skips = read_json(tmp_path, content, columns)
    assert (skips, answers(documents)) == ([], [*map(tuple, expected)])
    assert [document.title for document in documents] == titles


def test_an_article_keeps_its_title_address_date_and_text(tmp_path: Path) -> None:
    article = {
        "url": "https://paper.example/a",
        "title": "T",
        "date_publish": "2024-02-29 08:00:00",
        "maintext": f"{STORY}\n{STORY}",
    }
    [document], _ = read_json(tmp_path, article | {"comments": [said(FERRY)]})
    assert (document.url, document.outlet, document.title) == ("https://paper.example/a", "paper.example", "T")
    assert (document.published, document.body) == ("2024-02-29T08:00:00", (STORY, STORY))


def test_an_article_without_comments_is_one_behind_others(tmp_path: Path) -> None:
    rows = [TITLED | {"comments": [said(FERRY)]}, {"title": "U", "text": STORY}]
    documents, _ = read_json(tmp_path, rows, is_lines=True)
    assert [(document.title, len(document.comments)) for document in documents] == [("T", 1), ("U", 0)]


@cases("content")
def test_the_option_that_a_message_proposes_reads_the_file(tmp_path: Path, content: Any) -> None:
    _, [skip] = read_json(tmp_path, content)
    proposal = re.search(r"--map (\S+)", skip.reason)
    assert proposal
    [document], skips = read_json(tmp_path, content, proposal[1])
    assert skips == []
    assert [(each.text, each.author) for each in document.comments] == [(FERRY, "Ann")]


def test_comments_that_are_counted_and_not_there_are_missed(tmp_path: Path) -> None:
    documents, [skip] = read_json(tmp_path, {"title": "T", "comment_count": 120, "comments": None})
    assert (documents, "holds none" in skip.reason) == ([], True)


def test_a_strange_field_costs_no_row(tmp_path: Path) -> None:
    [document], skips = read_json(
        tmp_path, [said(FERRY, votes={}, author={"id": 5, "name": "Ann"}), said(BRIDGE, id=[7])]
    )
    assert (skips, [each.author for each in document.comments]) == ([], ["Ann", "Ann"])
    assert "that is not text was left out" in document.warnings[-1]


@cases("name", "data", "texts", "faults")
def test_no_quote_takes_in_rows(tmp_path: Path, name: str, data: str, texts: list[str], faults: int) -> None:
    path, skips = tmp_path / name, list[Skip]()
    path.write_text(f"author{chr(9) if name.endswith('tsv') else ','}text\n{data}\n")
    found = [each for each in read([path], skip=skips.append) if isinstance(each, Document)]
    assert [each.text for document in found for each in document.comments] == texts
    assert len(skips) == faults


def test_a_comma_table_whose_quote_takes_in_rows_or_may_do_so(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text('id,author,text\n1,Ann,"NATO is late.\n2,Ben,The US pays.\n3,Cy,"Yes, late."\n')
    lines = "\n".join(f"{number}, a {number}" for number in range(30))
    (tmp_path / "u.csv").write_text(f'id,author,text\n1,Ann,"{lines}"\n')
    first, second = (each for each in read([tmp_path], skip=list[Skip]().append) if isinstance(each, Document))
    assert [each.text for each in first.comments] == ['"NATO is late.', "The US pays.", "Yes, late."]
    assert second.warnings == ("line 2 holds 30 lines in one cell, which may be rows after an unclosed quotation mark",)


@pytest.mark.parametrize(
    "head",
    [
        "xmlns:x='urn:schemas-microsoft-com:office:excel'",
        '><meta name="generator" content="LibreOffice 7.3"',
        "class=dataframe",
    ],
)
def test_a_spreadsheet_saved_as_html_is_a_table(tmp_path: Path, head: str) -> None:
    number = "<th>{}</th>" if "dataframe" in head else ""
    rows = "".join(
        f"<tr>{number.format(at)}<td>Ann</td><td>{text}</td></tr>" for at, text in enumerate((FERRY, BRIDGE))
    )
    header = "<tr><th></th><th>author</th><th>text</th></tr>" if number else "<tr><td>author</td><td>text</td></tr>"
    (tmp_path / "t.html").write_text(f"<html {head}><body><table>{header}{rows}</table></body></html>")
    [document] = (each for each in read([tmp_path / "t.html"], skip=list[Skip]().append) if isinstance(each, Document))
    assert [(each.author, each.text) for each in document.comments] == [("Ann", FERRY), ("Ann", BRIDGE)]


@pytest.mark.parametrize(
    "text", ["The ta1ks on he1p went on unti1 late.", "La min1stre a par1é de 1eur vote.", "C0mrnents (4)\nRep1y ta1k"]
)
def test_text_that_was_read_from_a_picture_is_doubted(text: str) -> None:
    document = parse_text(Page("t.txt", PageKind.TEXT, f"Ministers meet\n\n{text}\n", "utf-8"))
    assert document.comments or (document.is_doubtful and "text recognition" in document.doubts[0])


def test_text_with_numbers_is_not_doubted_as_misread() -> None:
    said = "The F16 and the Su24 flew on 10th May to the G20 of 2024, said COVID19 staff.\n" * 20
    assert "recognition" not in " ".join(parse_text(Page("t.txt", PageKind.TEXT, said, "utf-8")).doubts)
