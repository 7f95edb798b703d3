"""One address is one document: the newest save counts, under the ids of the oldest."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from stance.datamodels import Comment, Document
from stance.log import Log
from stance.reading.repeats import newest_saves
from stance.records.document_records import document_to_record
from stance.records.writers import write_json_lines
from tests.support.commands import run
from tests.support.labelling_pages import label_all, labels_in
from tests.support.tables import cases

BODY = (
    "The ministry said on Monday that the bridge over the river would be closed for at least six months of repairs.",
    "Drivers were asked to use the northern road, which is longer by some twenty kilometres and has only two lanes.",
)
ADDRESS = "https://news.example/bridge-closed"


def comments(*numbers: int, votes: int = 0, posted: bool = True) -> tuple[Comment, ...]:
    return tuple(
        Comment(
            f"c{place}",
            f"This is what reader number {number} thinks of the bridge.",
            f"Reader {number}",
            posted=f"2026-03-01T10:{number:02}:00" if posted else None,
            votes=votes + number,
        )
        for place, number in enumerate(numbers, 1)
    )


def save(name: str, *numbers: int, url: str | None = ADDRESS, votes: int = 0, posted: bool = True) -> Document:
    return Document(
        name,
        f"{name}.html",
        "News",
        url,
        "Bridge closed",
        body=BODY,
        comments=comments(*numbers, votes=votes, posted=posted),
    )


def texts(document: Document) -> list[str]:
    return sorted(comment.text for comment in document.comments)


def joined(*saves: Document) -> tuple[Document, ...]:
    return tuple(newest_saves(saves, Log()))


@pytest.mark.parametrize("posted", [True, False])
def test_the_newest_save_counts_in_either_order(posted: bool) -> None:
    monday = save("monday", *range(1, 9), posted=posted)
    tuesday = save("tuesday", *range(2, 13), votes=5, posted=posted)
    log = Log()
    (found,) = newest_saves((monday, tuesday), log)
    assert (found,) == joined(tuesday, monday)
    assert texts(found) == texts(tuesday)
    assert [comment.votes for comment in found.comments] == [5 + number for number in range(2, 13)]
    lacks = "it lacks 1 comment of older ones"
    assert [each.reason for each in log.warnings] == [f"2 saved copies of one page; the newest one counts; {lacks}"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_text_dump_with_the_content_of_a_page_is_the_same_document(order: int) -> None:
    page = save("0123456789abcdef", 1, 2, votes=1, posted=True)
    dump = replace(save("0123456789abcdef", 1, 2), source="dump.txt", url=None)
    twice = (page, dump)[::order]
    log = Log()
    assert [*newest_saves(twice, log)] == [twice[0]]
    assert [each.reason for each in log.warnings] == [f"the same document as {twice[0].source}; counted once"]
    assert len(joined(page, replace(dump, comments=comments(1, 3)))) == 2  # a user's id, of other texts


def test_what_a_third_save_holds_again_is_not_lacking() -> None:
    log = Log()
    list(newest_saves((save("a", 1, 2, 3, 4), save("b", 3, 4, 5), save("c", 1, 3, 4, 5, 6)), log))
    reason = "3 saved copies of one page; the newest one counts; it lacks 1 comment of older ones"
    assert [each.reason for each in log.warnings] == [reason]


def test_ids_are_those_of_the_oldest_save() -> None:
    first, second = save("one", 1, 2), save("two", 2, 3, 1)
    second = replace(second, comments=(*second.comments[:2], replace(second.comments[2], reply_to="c2")))
    (found,) = joined(second, first)
    assert found.document_id == "one"
    names = {comment.author: comment.comment_id for comment in found.comments}
    assert names == {"Reader 1": "c1", "Reader 2": "c2", "Reader 3": "c3"}
    assert {comment.author: comment.reply_to for comment in found.comments}["Reader 1"] == "c3"


@pytest.mark.parametrize(
    "second",
    [
        save("second", 5, url=None),
        save("second", 5, url="https://news.example/bridge-opened"),
        save("second", 5, url=f"{ADDRESS}?id=2"),
        save("second", 2, url=f"{ADDRESS}?page=2"),
        save("second", 2, url=f"{ADDRESS}/comment-page-2"),
        save("second", 5, 6),  # a page of the thread that gives the address of the first as its own
        replace(save("second", 5), outlet="Other News"),
    ],
)
def test_other_documents_are_not_joined(second: Document) -> None:
    first = save("first", 1, 2)
    assert set(joined(first, second)) == {first, second}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, last in (("monday", 9), ("tuesday", 13)):
        write_document(tmp_path, replace(save(name, *range(1, last)), title="NATO closes a bridge"))
    return tmp_path


def write_document(folder: Path, document: Document) -> None:
    write_json_lines([document_to_record(document)], folder / f"{document.document_id}.jsonl")


VADER = ("--model", "vader")


def score(folder: Path, store: str, *names: str, more: tuple[str, ...] = ()) -> None:
    run("score", *(folder / name for name in names), "-o", folder / store, *VADER, "--key-file", folder / "key", *more)


def exported(folder: Path, store: str) -> list[dict[str, Any]]:
    run("store", "verify", folder / store)
    run("export", folder / store, "-o", folder / f"{store}.jsonl")
    return [*map(json.loads, (folder / f"{store}.jsonl").read_text("utf-8").splitlines())]


def said(rows: list[dict[str, Any]]) -> list[Any]:
    return sorted((row["author"], row["text"], row["target"], row["favor"], row["sentiment"]) for row in rows)


@pytest.mark.parametrize("files", [("monday.jsonl", "tuesday.jsonl"), ("tuesday.jsonl", "monday.jsonl")])
def test_a_store_that_holds_a_save_joins_the_next_one(folder: Path, files: tuple[str, str]) -> None:
    score(folder, "all.db", *files)
    for file in files:
        score(folder, "one.db", file)
    score(folder, "tuesday.db", "tuesday.jsonl")
    both, later, newest = (exported(folder, name) for name in ("all.db", "one.db", "tuesday.db"))
    assert both == later
    assert said(both) == said(newest)
    assert len({row["document"] for row in both}) == 1
    score(folder, "all.db", *files, more=("--force",))
    assert exported(folder, "all.db") == both


def test_stores_of_two_saves_are_joined_when_merged(folder: Path) -> None:
    for name in ("monday", "tuesday"):
        score(folder, f"{name}.db", f"{name}.jsonl")
    stores = folder / "tuesday.db", folder / "monday.db"
    merged = run("store", "merge", *stores, "-o", folder / "both.db")
    assert f"{ADDRESS}: warning: 2 saved copies of one page; the newest one counts" in merged.stderr
    assert said(exported(folder, "both.db")) == said(exported(folder, "tuesday.db"))


def test_labels_of_a_save_hold_for_the_joined_document(folder: Path) -> None:
    score(folder, "all.db", "monday.jsonl")
    run("sample", folder / "all.db", "--n", "8", "--target", "nato", *VADER, "--key-file", folder / "key")
    label_all(folder / "all.db")
    score(folder, "all.db", "tuesday.jsonl")
    labels = labels_in(folder / "all.db")
    texts = {f"{row['document']}/{row['comment']}": row["text"] for row in exported(folder, "all.db")}
    assert len(labels) == 8
    assert all(texts[row.comment_id or ""] == row.text for row in labels)


def test_new_votes_of_the_same_comments_count_in_either_order(folder: Path) -> None:
    for name, votes in (("old", 1), ("new", 40)):
        write_document(folder, save(name, 1, 2, votes=votes))
    files = [folder / "old.jsonl", folder / "new.jsonl"]
    for order in (files, files[::-1]):
        (found,) = map(json.loads, run("parse", *order).stdout.splitlines())
        assert [comment["votes"] for comment in found["comments"]] == [41, 42]
    for first, second in (("old", "new"), ("new", "old")):
        for name in (first, second):
            score(folder, f"{first}.db", f"{name}.jsonl")
        assert {row["votes"] for row in exported(folder, f"{first}.db")} == {41, 42}


def part(name: str, *rows: Sequence[str | None], thread: str = "", **other: Any) -> Document:
    """Return a part of an export: id, text, author and time of each comment."""
    said = tuple(Comment(f"{number}", f"{text}", author, posted=posted) for number, text, author, posted in rows)
    source = f"{name}#{thread}" if thread else name
    return Document(name, source, "News", comments=said, **{"layout": "telegram" if thread else "table", **other})


TIMES = [f"2026-03-01T10:00:0{number}+00:00" for number in range(10)]
ROWS = [
    (f"x{number}", f"This is what reader {number} thinks.", f"Reader {number}", TIMES[number]) for number in range(5)
]
NAMELESS = [(f"c{number}", "I agree.", None, None) for number in range(100)]
EDITED = ("x2", "This is edited.", "Reader 2", TIMES[2])


@cases("first", "second", "expected")
def test_each_comment_of_two_inputs_counts_once(first: list[Any], second: list[Any], expected: int) -> None:
    assert_counts(first, second, expected)


@pytest.mark.parametrize("thread", ["", "7"])
def test_people_without_a_name_who_say_the_same_are_not_one(thread: str) -> None:
    assert_counts([{"thread": thread}, "a#1-100", *NAMELESS], [{"thread": thread}, "b#1-100", *NAMELESS], 200)


def assert_counts(first: list[Any], second: list[Any], expected: int) -> None:
    """Join two saves or exports in either order."""
    inputs = []
    for facts, name, *rows in (first, second):
        make = save if isinstance(rows[0], int) else part
        inputs.append(make(name, *rows, **facts))
    for order in (inputs, inputs[::-1]):
        assert sum(len(document.comments) for document in joined(*order)) == expected


def test_the_later_text_of_one_id_counts() -> None:
    log = Log()
    first, second = part("a", *ROWS[:3], thread="7"), part("b", *ROWS[1:2], EDITED, *ROWS[3:], thread="7")
    (found,) = newest_saves((first, second), log)
    assert [each.text for each in found.comments] == [ROWS[0][1], ROWS[1][1], EDITED[1], ROWS[3][1], ROWS[4][1]]
    [warning] = log.warnings
    assert warning.reason == "2 comments also in a#7; each counts once"


def test_what_answers_a_comment_of_another_input_keeps_its_text() -> None:
    first, second = part("a#1-3", *ROWS[:3]), part("b#1-4", *ROWS[1:4])
    answers = replace(second.comments[2], reply_to="x2")
    _, found = joined(first, replace(second, comments=(*second.comments[:2], answers)))
    assert [(each.comment_id, each.reply_to, each.parent_text) for each in found.comments] == [("x3", None, ROWS[2][1])]


def test_two_runs_into_one_store_count_each_comment_once(folder: Path) -> None:
    for name, rows in (("a.csv", ROWS[:3]), ("b.csv", ROWS[1:]), ("c.csv", ROWS[2:3])):
        lines = ["id,text,author,posted", *(",".join(cell or "" for cell in row) for row in rows)]
        (folder / name).write_text("\n".join(lines).replace("thinks", "thinks of NATO"))
        score(folder, "s.db", name)
    first = exported(folder, "s.db")
    assert len({row["comment"] for row in first}) == 5
    score(folder, "s.db", "b.csv", more=("--force",))
    assert exported(folder, "s.db") == first
