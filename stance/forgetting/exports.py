"""A person taken out of a database of ``stance corpus export``: their comments, and what others repeat of them."""

import sqlite3
from collections.abc import Iterator
from typing import Any, TypeAlias

from stance.forgetting.person import Person, Row

_FIELDS = ("id", "document", "outlet", "author", "text", "quoted", "reply_to")
_COMMENTS = """
    SELECT comments.number, comments.id, documents.id, documents.outlet, comments.author, comments.text,
        comments.quoted, above.id
    FROM comments JOIN documents ON comments.document = documents.number
        LEFT JOIN comments AS above ON comments.answers = above.number
"""

Change: TypeAlias = tuple[Any, ...]
"""What becomes of a comment of somebody else: its text, what it quotes, whether it answered them, its number."""


def rows_of_export(database: sqlite3.Connection) -> Iterator[Row]:
    """Read the comments as rows."""
    return (row for _, row in _numbered(database))


def find_in_export(person: Person, database: sqlite3.Connection) -> tuple[list[int], list[Change]]:
    """Find the comments that are theirs, and what becomes of those that repeat or answer them."""
    gone: list[int] = []
    changes: list[Change] = []
    for number, row in _numbered(database):
        before = dict(row)
        if not person.clean(row)[0]:
            gone.append(number)
        elif row != before:
            changes.append((row["text"], row["quoted"], row["reply_to"] != before["reply_to"], number))
    return gone, changes


def remove_from_export(database: sqlite3.Connection, gone: list[int], changes: list[Change]) -> None:
    """Write the comments as they are without the person."""
    numbers = [(number,) for number in gone]
    database.executemany("DELETE FROM scores WHERE comment = ?", numbers)
    database.executemany("UPDATE comments SET answers = NULL WHERE answers = ?", numbers)
    database.executemany("DELETE FROM comments WHERE number = ?", numbers)
    database.executemany(
        "UPDATE comments SET text = ?, quoted = ?, answers = CASE WHEN ? THEN NULL ELSE answers END WHERE number = ?",
        changes,
    )
    database.execute("ANALYZE")  # what SQLite keeps of an index may be somebody's name


def _numbered(database: sqlite3.Connection) -> Iterator[tuple[int, Row]]:
    for number, *values in database.execute(_COMMENTS):
        yield number, dict(zip(_FIELDS, values, strict=True))
