"""Sort values on disk: rows in any order become documents."""

import pickle
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from stance.datamodels import Json


class DiskSort:
    """Keeps values, on disk once they are many, and returns them by group, by place in it, and then as they came.

    The database has no name, so it is a temporary file that vanishes with the process however that ends. Sixteen
    megabytes of it are held in memory.
    """

    def __init__(self) -> None:
        self.database = sqlite3.connect("", isolation_level=None)
        self.database.executescript(
            "PRAGMA cache_size = -16000; PRAGMA journal_mode = OFF; PRAGMA temp_store = FILE;"
            "CREATE TABLE kept (part, place TEXT, content BLOB); BEGIN"
        )

    def add(self, group: str | int, content: Json, place: str = "") -> None:
        """Keep a value.

        :raises OSError: If the disk is full.
        """
        with disk_errors():
            self.database.execute("INSERT INTO kept VALUES (?, ?, ?)", (group, place, pickle.dumps(content)))

    def __iter__(self) -> Iterator[tuple[Json, Json]]:
        """Yield each group with a value of it, sorted: numbers before texts."""
        with disk_errors():
            for group, content in self.database.execute("SELECT part, content FROM kept ORDER BY part, place, rowid"):
                yield group, pickle.loads(content)  # noqa: S301 written above, by this process


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn faults of the database on disk into ``OSError`` with advice."""
    try:
        yield
    except sqlite3.Error as error:
        advice = "make space in the temporary folder, or set SQLITE_TMPDIR"
        raise OSError(f"cannot be sorted on disk: {error}; {advice}") from error
