from dataclasses import replace

import pytest

from stance.datamodels import Comment, Document, Score, Skip, Unit
from stance.labels.queues import guess_all, items_of_rows
from stance.store.labels import Item, Pair


def record(**given: object) -> dict[str, object]:
    usual = {"text": "Russia won.", "target": "russia", "label": None, "id": "d/1", "document": "d", "role": "audit"}
    return {"probability": 0.5, "lang": "en", "outlet": None, "author": None, "parent": None, **usual, **given}


def score(target: str, favor: float | None) -> Score:
    probabilities = None if favor is None else (favor, 0.9 - favor, 0.05, 0.05)
    return Score("d", None, Unit.COMMENT, "1", None, target, probabilities, None, None, None, (), "en", "model@1")


def test_rows_of_one_comment_are_one_item() -> None:
    rows = [record(title="T", lead="L", stratum="s"), record(target="us"), record(id="d/2", text="No.", role="train")]
    skips: list[Skip] = []
    first, second = items_of_rows(rows, skips.append)
    assert first.pairs == (Pair("russia", "audit", 0.5), Pair("us", "audit", 0.5))
    assert (first.identifier, first.title, first.lead, first.stratum, first.language) == ("d/1", "T", "L", "s", "en")
    assert second.pairs == (Pair("russia", "train", 0.5),)
    assert skips == []


def test_an_id_with_two_texts_is_named_and_left_out() -> None:
    skips: list[Skip] = []
    (item,) = items_of_rows([record(), record(text="Another.")], skips.append)
    assert item.text == "Russia won."
    assert skips == [Skip("id d/1", "another text has this id; expected one id for each comment")]


def test_rows_without_ids_are_told_apart_by_text_and_document() -> None:
    rows = [record(id=None), record(id=None, document="e"), record(id=None, text="No."), record(id=None, target="us")]
    items = items_of_rows(rows, print)
    assert [len(item.pairs) for item in items] == [2, 1, 1]


def test_ids_that_count_within_documents_are_told_apart() -> None:
    rows = [record(id="1"), record(id="1", target="us"), record(id="1", document="e"), record(id="2", text="No.")]
    skips: list[Skip] = []
    items = items_of_rows([*rows, record(id="1", document="e", target="us", text="No.")], skips.append)
    assert [(item.identifier, item.document, len(item.pairs)) for item in items] == [
        ("d/1", "d", 2),
        ("e/1", "e", 1),
        ("2", "d", 1),
    ]
    assert [skip.source for skip in skips] == ["id e/1"]


def test_the_same_words_without_ids_answer_different_comments() -> None:
    rows = [record(id=None, parent=parent) for parent in ("It won.", "It  won.", "It lost.", None)]
    items = items_of_rows([*rows, record(id=None, parent="It lost.", target="us")], print)
    assert [(item.parent, len(item.pairs)) for item in items] == [("It won.", 1), ("It lost.", 2), (None, 1)]
    (alone,) = items_of_rows(rows[:1], print)
    assert alone.identifier == items[2].identifier  # what it answers is not needed to name it


@pytest.mark.parametrize("roles", [("audit", "train"), ("train", "audit")])
def test_where_samples_overlap_audit_rows_stay_so(roles: tuple[str, str]) -> None:
    skips: list[Skip] = []
    drawn = {"audit": 0.5, "train": 0.25}
    rows = [record(role=role, probability=drawn[role], target=target) for role in roles for target in ("us", "nato")]
    (item,) = items_of_rows(rows, skips.append)
    assert item.pairs == (Pair("us", "audit", 0.5), Pair("nato", "audit", 0.5))
    assert [(skip.source, skip.reason[:30]) for skip in skips] == [("samples", "1 comment in an audit sample a")]


def document() -> Document:
    comments = (
        Comment("1", "Russia won.", author="Jo", language="en"),
        Comment("2", "It did not.", reply_to="1", language="de"),
        Comment("3", "Who?", reply_to="9", parent_text="They say.", targets=("us",)),
        Comment("4", "  "),
        Comment("5", "Nothing is asked.", targets=()),
    )
    return Document("d", "d.html", outlet="Herald", title="T", lead="L", language="en", comments=comments)


def test_a_model_is_shown_what_the_annotator_is_shown() -> None:
    item = Item("d/1", "Text.", (Pair("russia"), Pair("moon")), title="T", lead="L", parent="P", language="en")
    seen: list[Document] = []

    def scorer(documents: object) -> list[Document]:
        seen.extend(documents)  # type: ignore[call-overload]
        return [replace(each, scores=(score("russia", 0.7),)) for each in seen]

    (guessed,) = guess_all([item], scorer)
    assert [pair.guess is not None for pair in guessed.pairs] == [True, False]
    ((comment,),) = (each.comments for each in seen)
    assert (seen[0].title, seen[0].lead, comment.parent_text, comment.targets) == ("T", "L", "P", ("russia", "moon"))
