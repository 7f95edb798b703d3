"""Rows laid aside on disk until their group is complete: exports list comments by time, not by page."""

import json
import sqlite3
from collections.abc import Iterator
from itertools import groupby
from typing import Any

CACHE_KILOBYTES = 16_000


class Shelf:
    """Takes rows in any order and gives them back group by group, in the order in which the groups came.

    The database has no name, so it is a temporary file that vanishes with the process however that ends.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for statement in (
            f"PRAGMA cache_size = -{CACHE_KILOBYTES}",
            "PRAGMA journal_mode = OFF",
            "PRAGMA temp_store = FILE",
            "CREATE TABLE groups (number INTEGER PRIMARY KEY, name TEXT UNIQUE)",
            "CREATE TABLE rows (number INTEGER PRIMARY KEY, belongs INTEGER, content TEXT)",
            "CREATE INDEX by_group ON rows (belongs)",
            "BEGIN",
        ):
            self._database.execute(statement)

    def close(self) -> None:
        """Give the disk space back."""
        self._database.close()

    def add(self, group: str, row: list[Any]) -> None:
        """Lay a row aside.

        :param group: The name of what it belongs to.
        :param row: Texts, numbers and None.
        """
        self._database.execute("INSERT OR IGNORE INTO groups (name) VALUES (?)", (group,))
        self._database.execute(
            "INSERT INTO rows (belongs, content) SELECT number, ? FROM groups WHERE name = ?", (json.dumps(row), group)
        )

    def groups(self) -> Iterator[tuple[str, Iterator[list[Any]]]]:
        """Yield each group with its rows, which must be taken before the next group is."""
        rows = self._database.execute(
            "SELECT groups.name, content FROM rows JOIN groups ON belongs = groups.number ORDER BY belongs, rows.number"
        )
        for group, members in groupby(rows, key=lambda row: str(row[0])):
            yield group, (json.loads(content) for _, content in members)

    def rows(self, group: str) -> list[list[Any]]:
        """Return the rows of one group."""
        found = self._database.execute(
            "SELECT content FROM groups JOIN rows ON belongs = groups.number WHERE name = ? ORDER BY rows.number",
            (group,),
        )
        return [json.loads(content) for (content,) in found]
