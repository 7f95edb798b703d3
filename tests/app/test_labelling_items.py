import pytest

from stance.datamodels import Skip
from stance.store.items import Pair, items_of_rows


def record(**given: object) -> dict[str, object]:
    usual = {"text": "Russia won.", "target": "russia", "label": None, "id": "d/1", "document": "d", "role": "audit"}
    return {"probability": 0.5, "lang": "en", "outlet": None, "author": None, "parent": None, **usual, **given}


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
