from typing import Any

from stance.datamodels import Skip
from stance.store.items import items_of_rows
from tests.support.tables import cases


def record(**given: object) -> dict[str, object]:
    usual = {"text": "Russia won.", "target": "russia", "label": None, "id": "d/1", "document": "d", "role": "audit"}
    return {"probability": 0.5, "lang": "en", "outlet": None, "author": None, "parent": None, **usual, **given}


@cases("rows", "fields", "expected", "skipped")
def test_rows_of_one_comment_are_one_item(rows: list[Any], fields: list[str], expected: Any, skipped: Any) -> None:
    skips: list[Skip] = []
    items = items_of_rows([record(**row) for row in rows], skips.append)
    found = [[getattr(item, field) for field in fields] for item in items]
    pairs = [[[pair.target, pair.role, pair.probability] for pair in item.pairs] for item in items]
    assert [[*each, of] for each, of in zip(found, pairs, strict=True)] == expected
    assert [[skip.source, skip.reason] for skip in skips] == skipped


def test_what_a_comment_without_an_id_answers_is_not_needed_to_name_it() -> None:
    rows = [record(id=None, parent=parent) for parent in ("It won.", "It lost.", None)]
    (alone,) = items_of_rows(rows[:1], print)
    assert alone.identifier == items_of_rows(rows, print)[2].identifier
