"""Rows of a store that have one checksum, and these checksums."""

import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from stance.datamodels import Strings
from stance.limits import MEGABYTE, current_limits
from stance.store.connections import LARGEST_VALUE

WITHOUT_NUMBER = ("settings", "forgotten")  # one unit

Row = Sequence[Any]

Rows = list[list[Any]]
"""Rows of each table of a unit."""

UNITS: Mapping[str, Strings] = {
    "settings": ("settings ORDER BY name",),
    "forgotten": ("forgotten ORDER BY digest",),
    "runs": ("runs WHERE run = :number", "skips WHERE run = :number AND input IS NULL ORDER BY skip"),
    "inputs": ("inputs WHERE input = :number", "skips WHERE input = :number ORDER BY skip"),
    "documents": ("documents WHERE document = :number", "comments WHERE document = :number ORDER BY comment"),
    "scores": (
        "scores WHERE run = :run AND comment IN (SELECT comment FROM comments WHERE document = :number)"
        " ORDER BY comment, target",
        "sentence_scores WHERE run = :run AND document = :number ORDER BY 1, 2, 3, 4",
        "occurrences WHERE document = :number AND input IN (SELECT input FROM inputs WHERE run = :run) ORDER BY input",
    ),
    "samples": ("samples WHERE sample = :number",),
    "items": ("items WHERE item = :number", "pairs WHERE item = :number ORDER BY number"),
    "annotators": (
        "annotators WHERE number = :number",
        "assignments WHERE annotator = (SELECT annotator FROM annotators WHERE number = :number) ORDER BY place, item",
    ),
    "events": ("events WHERE event = :number", "answers WHERE event = :number ORDER BY target"),
}
"""Rows that have one checksum, by the table that numbers them.

Scores, and the inputs that hold their document, are of a document and a run.
"""

LABEL_UNITS = ("settings", "samples", "items", "annotators", "events")


def encodable(value: str | None) -> str | None:
    """Replace halves of surrogate pairs, which JSON may hold and UTF-8 cannot, one character for one."""
    return value if value is None or value.isascii() else value.encode("utf-8", "replace").decode()


def rows_of_unit(connection: sqlite3.Connection, unit: str, number: int, run: int) -> Rows:
    """Return the rows of a unit, of each of its tables.

    :raises ValueError: If they are more.
    """
    values = {"number": number, "run": run}
    tables = []
    # Maximum number of rows of one table of a unit, which is held as a whole.
    most = 10_000_000
    for part in UNITS[unit]:
        # Maximum bytes of a text of a comment, unless the limit ``field_chars`` allows longer ones.
        of_comments = max(4 * MEGABYTE, 4 * current_limits().field_chars)
        largest = of_comments if part.startswith("comments") else LARGEST_VALUE
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(largest, LARGEST_VALUE))
        tables.append(connection.execute(f"SELECT * FROM {part}", values).fetchmany(most + 1))  # noqa: S608
        if len(tables[-1]) > most:
            raise ValueError(f"more than {most:,} rows of {unit} {number} (the limit)")
    return tables


def checksum_of(rows: Rows) -> str:
    """Return the checksum of the rows of a unit."""
    return hashlib.blake2b(json.dumps(rows, ensure_ascii=False).encode(), digest_size=16).hexdigest()


def is_there(unit: str, rows: Rows) -> bool:
    """Return whether a unit has its own row, if it is of a kind that has one."""
    return bool(rows[0]) or unit in (*WITHOUT_NUMBER, "scores")


def write_checksum(connection: sqlite3.Connection, unit: str, number: int = 0, run: int = 0) -> None:
    """Write the checksum of a unit, or remove that of one that was removed."""
    rows, key = rows_of_unit(connection, unit, number, run), (unit, run, number)
    connection.execute("DELETE FROM checksums WHERE (unit, run, number) = (?, ?, ?)", key)
    if is_there(unit, rows):
        connection.execute("INSERT INTO checksums VALUES (?, ?, ?, ?)", (*key, checksum_of(rows)))


def how_to_repair(path: Path) -> str:
    """Return the remedy for a damaged unit, for messages."""
    return f"stance store merge {path} -o NEW.db makes a store without it"
