"""Inputs of the kinds that people asked about, with the right result written before the run."""

import json
from pathlib import Path
from typing import Any

import pytest

from stance.datamodels import Document, Page, Skip
from stance.reading import read
from stance.reading.columns import parse_columns
from tests.support.tables import cases

TOLL, FERRY, BRIDGE = "The toll is a joke.", "The ferry is late again.", "Build the bridge at last."


def read_file(path: Path, content: Any, columns: str | None = None) -> tuple[list[Document], list[Skip]]:
    skips: list[Skip] = []
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    found = list(read([path], skip=skips.append, columns=parse_columns(columns) if columns else None))
    assert not any(isinstance(each, Page) for each in found)
    return [each for each in found if isinstance(each, Document)], skips


def said(*texts: str, **more: Any) -> list[dict[str, Any]]:
    return [{"id": f"{number}", "text": text, "author": f"r{number}", **more} for number, text in enumerate(texts, 1)]


def told(documents: list[Document]) -> str:
    return "; ".join(warning for each in documents for warning in (*each.warnings, *each.doubts))


REDDIT = {"kind": "t1", "data": {"body": TOLL, "id": "a", "author": "b", "link_id": "t3_x", "parent_id": "t3_x"}}


@cases("content", "words")
def test_a_part_is_said_to_be_one(content: Any, words: str, tmp_path: Path) -> None:
    documents, _ = read_file(tmp_path / "a.json", content)
    assert words in told(documents)
    assert ("export" in told(documents)) == bool(words)


ACTIVITY = {"type": "Create", "object": {"content": f"<p>{TOLL}</p>", "attributedTo": "ann", "published": "2024-03-01"}}


@pytest.mark.parametrize(
    ("content", "columns", "authors"),
    [
        ({"orderedItems": [ACTIVITY]}, "text=object.content,author=object.attributedTo", ["ann"]),
        ({"payload": {"edges": [{"node": {"body": TOLL, "who": "ben"}}]}}, "text=node.body,author=node.who", ["ben"]),
        ({"resultados": [{"texto": TOLL, "autor": "cy"}], "total": 1}, "text=texto,author=autor", ["cy"]),
    ],
)
def test_lists_under_any_name_are_read_with_a_map(
    content: Any, columns: str, authors: list[str], tmp_path: Path
) -> None:
    [document], skips = read_file(tmp_path / "a.json", content, columns)
    assert ([each.text for each in document.comments], [each.author for each in document.comments]) == ([TOLL], authors)
    assert not skips


@cases("cells", "times")
def test_years_of_other_calendars_are_read(cells: list[str], times: list[str | None], tmp_path: Path) -> None:
    rows = "".join(f"{TOLL} {number},{cell}\n" for number, cell in enumerate(cells))
    [document], _ = read_file(tmp_path / "a.csv", f"text,posted\n{rows}")
    found = {each.text[-1]: each.posted for each in document.comments}
    assert [found[f"{number}"] for number in range(len(cells))] == times


def test_an_original_and_its_translation_in_one_text_are_told(tmp_path: Path) -> None:
    pairs = [
        ("Паром опять опаздывает.", "The ferry is late again."),
        ("Никто не спросил людей.", "Nobody asked the people."),
    ] * 2
    rows = "".join(f'"{russian}\n\n{english}",r{number}\n' for number, (russian, english) in enumerate(pairs))
    [document], _ = read_file(tmp_path / "a.csv", f"text,author\n{rows}")
    assert "an original and its translation" in told([document])
    [document], _ = read_file(
        tmp_path / "b.csv", f"text,author\n{rows.replace('Паром опять опаздывает', 'It is late')}"
    )
    assert "translation" not in told([document])


@pytest.mark.parametrize(("cut", "words"), [(3, "3 of 8 texts end in an ellipsis"), (2, "")])
def test_texts_that_a_tool_cut_are_told(cut: int, words: str, tmp_path: Path) -> None:
    rows = "".join(f"{TOLL} {number}{'... See more' * (number < cut)},r{number}\n" for number in range(8))
    [document], _ = read_file(tmp_path / "a.csv", f"text,author\n{rows}")
    assert words in told([document])
    assert ("ellipsis" in told([document])) == bool(words)


@pytest.mark.parametrize("row", [{"user": {"name": "ann"}}, {"username": "ann", "user": {"id": 7}}])
def test_an_author_may_be_an_object(row: dict[str, Any], tmp_path: Path) -> None:
    [document], _ = read_file(tmp_path / "a.json", [{"message": TOLL, **row}])
    assert [each.author for each in document.comments] == ["ann"]


@pytest.mark.parametrize(
    "content",
    [
        {"text": {"0": TOLL, "1": FERRY}, "author": {"0": "r1", "1": "r2"}},
        {"text": [TOLL, FERRY], "author": ["r1", "r2"]},
        {"comments": {"k1": said(TOLL)[0], "-Nx4": {**said(TOLL, FERRY)[1]}, "-Nxy": {"text": "", "author": "x"}}},
    ],
)
def test_tables_by_columns_and_objects_by_ids_are_read(content: Any, tmp_path: Path) -> None:
    documents, _ = read_file(tmp_path / "a.json", content)
    assert [(each.text, each.author) for each in documents[0].comments] == [(TOLL, "r1"), (FERRY, "r2")]


def test_an_answer_that_states_an_error_is_named(tmp_path: Path) -> None:
    documents, skips = read_file(tmp_path / "a.json", {"error": {"code": 403, "message": "quota exceeded"}})
    assert not documents
    assert "an answer that states an error: {'code': 403, 'message': 'quota exceeded'}" in skips[0].reason


def test_objects_around_a_list_state_its_article(tmp_path: Path) -> None:
    content = {"data": {"asset": {"title": "Toll", "comments": {"nodes": said(TOLL), "hasNextPage": True}}}}
    documents, _ = read_file(tmp_path / "a.json", content)
    assert (documents[0].title, "names a next page" in told(documents)) == ("Toll", True)


def test_lists_are_not_proposed_as_the_outlet(tmp_path: Path) -> None:
    documents, _ = read_file(tmp_path / "a.json", [{**said(TOLL)[0], "thread": said(FERRY), "reply_count": 1}])
    assert "not used" not in told(documents)


def test_answers_to_removed_comments_are_told_in_exports_as_in_tables(tmp_path: Path) -> None:
    rows = [{"id": "1", "body": "[removed]", "link_id": "t3_a", "parent_id": "t3_a"}]
    rows += [{"id": "2", "body": TOLL, "link_id": "t3_a", "parent_id": "t1_1"}]
    for name, content in (
        ("a.jsonl", "\n".join(map(json.dumps, rows))),
        ("b.csv", f"id,text,parent\n1,[removed],\n2,{TOLL},1\n"),
    ):
        [document], _ = read_file(tmp_path / name, content)
        assert [(each.text, each.reply_to) for each in document.comments] == [(TOLL, None)]
        assert "1 comment left out: 1 deleted" in document.warnings
        assert "some comments answer comments that are not in this table" in told([document])


def test_dates_of_an_export_explain_each_other(tmp_path: Path) -> None:
    head = "id,parent_id,object_id,object_type,query_status,query_time,query_type,message,from.name,created_time\n"
    lines = (
        f"1,0,p_1,data,fetched (200),,x,{TOLL},Ann,03/04/2024\n2,0,p_2,data,fetched (200),,x,{FERRY},Ben,25/04/2024\n"
    )
    documents, _ = read_file(tmp_path / "a.csv", head + lines)
    found = {each.text: each.posted for document in documents for each in document.comments}
    assert found == {TOLL: "2024-04-03", FERRY: "2024-04-25"}
