"""In projects of colliding ids, names and texts, all rows of a forgotten person go or are listed, and no others go."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any
from zipfile import ZipFile

import pytest

from stance.pseudonyms import folded, pseudonym
from stance.store.forgetting import forget
from tests.support.store_samples import query, update

NAME, KEY = "Pieter Vandal", bytes(range(32))
SHORT, LONG = (
    ("Yes.", "I agree"),
    ("Russia keeps its word and NATO does not.", "Let the shelled towns answer this one."),
)

Row = dict[str, Any]


def comments(random: Random, number: int) -> Iterator[Row]:
    """Comments of a study that numbers its documents and comments from 0; of others' studies, some name nobody."""
    is_named, outlet = number == 0 or random.random() < 0.6, random.choice(("Post", "Herald", ""))
    for place in range(6):
        texts = (*SHORT, *LONG * is_named, f"Only study {number} says this {place}.")
        author = random.choice((NAME, "pieter  VANDAL", "Bob Stone", "Eva Brand")) if is_named else ""
        known = {"document": f"{place // 3}", "outlet": outlet, "author": author, "text": random.choice(texts)}
        shown = pseudonym(author, outlet or None, key=KEY) if author else ""
        yield known | {"id": f"{place % 3}", "comment": f"{place // 3}/{place % 3}", "shown": shown}


WHOLE = ("document", "id", "outlet", "author", "text")

FORMS = (
    ("document", "id", "outlet", "text"), ("document", "id", "text"), ("document", "id"), ("comment",), ("text",),
    ("comment", "text"), WHOLE, ("document", "id", "shown"), ("comment", "outlet", "shown", "text"),
)  # fmt: skip
"""Columns of tables; the first six name nobody."""


Written = dict[str, tuple[Path, Row, Row]]
"""By the name of a row: its file, its cells, and all that is known of its comment."""


def write_forms(rows: list[Row], folder: Path, random: Random) -> Written:
    """Write comments in several forms; where people are named, one form is whole."""
    written, is_named = Written(), rows[0]["author"]
    for columns in (WHOLE, *random.sample(FORMS, 3)) if is_named else random.sample(FORMS[:6], 2):
        path, records = folder / f"{len(written)}.{random.choice(('csv', 'jsonl'))}", list[Row]()
        for row in rows:
            if columns is WHOLE or random.random() < 0.7:
                cells = {name.replace("shown", "author"): row[name] for name in columns}
                records.append(cells | {"label": "favor", "row": f"<{folder.name} {len(written)}>"})
                written[records[-1]["row"]] = path, records[-1], row
        with path.open("w", newline="") as file:
            if path.suffix == ".jsonl":
                file.writelines(json.dumps(record) + "\n" for record in records)
            else:
                table = csv.DictWriter(file, records[0] if records else columns)
                table.writeheader()
                table.writerows(records)
    return written


@pytest.mark.parametrize("seed", range(200))
def test_rows_of_others_stay_and_those_of_the_person_go_or_are_listed(tmp_path: Path, seed: int) -> None:
    random, written, store = Random(seed), Written(), tmp_path / "s.db"
    for number in range(random.randint(1, 3)):
        (folder := tmp_path / f"{number}").mkdir()
        written |= write_forms(list(comments(random, number)), folder, random)
    whole = written["<0 0>"][0]
    if seed % 10 == 0:
        (tmp_path / "key.db").write_text(KEY.hex())
        update([whole], store)
    with ZipFile(tmp_path / "bundle.zip", "w") as bundle:
        bundle.writestr("scores.csv", whole.read_text())
    outlet = random.choice((None, None, "post"))

    def is_theirs(row: Row) -> bool:
        return folded(row["author"]) == folded(NAME) and outlet in (None, folded(row["outlet"]))

    result = forget(NAME, tmp_path, key=KEY, outlet=outlet)
    left = "".join(path.read_text() for path in tmp_path.glob("?/*"))
    for name, (path, cells, row) in written.items():
        is_left = name in left
        assert is_left or is_theirs(row), (path, cells, row)
        # Where an author is stated, nothing is left to decide.
        assert not is_left or not is_theirs(row) or (str(path) in result.left and not cells.get("author")), (
            path,
            cells,
        )
    assert str(tmp_path / "bundle.zip") in result.left
    if store.exists():
        others = {row["comment"] for path, _, row in written.values() if path == whole and not is_theirs(row)}
        stored = "SELECT d.id || '/' || c.id FROM comments AS c JOIN documents AS d USING (document)"
        assert others == {name for (name,) in query(store, stored)}
