"""The labelled comments that ship: told apart by their ids, and labelled as was settled."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from research import LABELLED, read_labels, read_written
from research.splits import held_out_stories
from stance.labels import load_labels
from stance.resources import ALL_COMMENTS, HOME_COMMENTS, LANGUAGE_COMMENTS, LONG_COMMENTS, POSTS

LABELS = {"favor", "against", "neutral"}


@cache
def shipped(folders: Sequence[Path] = ALL_COMMENTS) -> list[dict[str, Any]]:
    return list(read_written(*folders))


def test_each_comment_is_there_once_with_labels_of_the_guide() -> None:
    rows = shipped()
    assert len({row["id"] for row in rows}) == len(rows) > 20_000
    assert {label for row in rows for label in row["labels"].values()} == LABELS
    assert all(row["text"].strip() and row["group"] for row in rows)


def test_what_is_answered_stands_under_the_same_story() -> None:
    rows = shipped((HOME_COMMENTS, LONG_COMMENTS, POSTS))
    places = {(row["group"], row["text"]) for row in rows}
    answers = [row for row in rows if "parent" in row]
    assert sum((row["group"], row["parent"]) in places for row in answers) > 0.99 * len(answers) > 0


def test_labels_are_what_was_settled() -> None:
    labels = {row["id"]: row["labels"] for row in shipped()}
    rows = read_labels(LABELLED / "second_labels.csv.gz")
    assert len({(row["id"], row["target"]) for row in rows}) == len(rows)
    for row in rows:
        assert row["settled"] == labels[row["id"]].get(row["target"], "not_addressed"), row
        assert row["settled"] in (row["first"], row["second"]), row


def test_held_out_stories_are_an_eighth() -> None:
    stories = {row["group"] for row in shipped()}
    stories |= {str(each.document) for each in load_labels(LANGUAGE_COMMENTS).comments}
    assert held_out_stories() < stories
    assert 0.1 < len(held_out_stories()) / len(stories) < 0.15


def test_voices_and_speakers_are_settled_where_readers_agree() -> None:
    rows = read_labels(LABELLED / "voice_labels.csv.gz")
    assert len({row["id"] for row in rows}) == len(rows) == 1185
    rows = [row for row in rows if row["set"] != "speakers-b"]  # of one reader
    for row in rows:
        voices = {row["first_voice"], row["second_voice"]}
        assert voices <= {"outlet", "quoted"}, row
        if row["set"] == "languages":  # the others were settled by a third reader
            assert row["voice"] == (voices.pop() if len(voices) == 1 else ""), row
        assert row["speaker"] in ("", row["first_speaker"], row["second_speaker"]), row


def test_labels_of_threads_are_settled_by_two_readers() -> None:
    rows = read_labels(LABELLED / "thread_labels.csv.gz")
    assert len({(row["id"], row["target"]) for row in rows}) == len(rows) == 1032
    assert {row["half"] for row in rows} == {"A", "B"}
    for row in rows:
        assert row["settled"] in (row["first"], row["second"]), row
        assert {row["first"], row["second"]} <= LABELS | {"not_addressed"}, row
