"""Sort values on disk: inputs hold millions of rows, in an order that says nothing of their documents."""

import pickle
import re
import sqlite3
from collections.abc import Iterator
from typing import Any

_DIGITS = re.compile("[0-9]+")
_NATURAL_CHARACTERS = 200
_WIDTH = 20


class DiskSort:
    """Keeps values on disk, and returns them by group and, within a group, by place and then as they came.

    The database has no name, so it is a temporary file that vanishes with the process however that ends. Sixteen
    megabytes of it are held in memory.
    """

    def __init__(self) -> None:
        self.database = sqlite3.connect("", isolation_level=None)
        self.database.executescript(
            "PRAGMA cache_size = -16000; PRAGMA journal_mode = OFF; PRAGMA temp_store = FILE;"
            "CREATE TABLE kept (part, place TEXT, content BLOB); BEGIN"
        )

    def add(self, group: str | int, content: Any, place: str = "") -> None:
        """Keep a value.

        :raises OSError: If the disk is full.
        """
        self._execute("INSERT INTO kept VALUES (?, ?, ?)", group, place, pickle.dumps(content))

    def __iter__(self) -> Iterator[tuple[Any, Any]]:
        """Yield each group with a value of it, sorted."""
        try:
            for group, content in self._execute("SELECT part, content FROM kept ORDER BY part, place, rowid"):
                yield group, pickle.loads(content)  # noqa: S301 written above, by this process
        except sqlite3.Error as error:
            raise _disk_error(error) from error

    def _execute(self, statement: str, *values: str | int | bytes) -> sqlite3.Cursor:
        try:
            return self.database.execute(statement, values)
        except sqlite3.Error as error:
            raise _disk_error(error) from error


def natural_text(name: str) -> str:
    """Write numbers in a name with leading zeros, so that texts sort in natural order: ``c2`` before ``c10``."""
    return _DIGITS.sub(lambda digits: digits[0].zfill(_WIDTH), name[:_NATURAL_CHARACTERS])


def _disk_error(error: sqlite3.Error) -> OSError:
    return OSError(f"cannot be sorted on disk: {error}; free space in the temporary folder, or set SQLITE_TMPDIR")
