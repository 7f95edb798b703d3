"""Names and headers of SQLite files."""

from contextlib import suppress
from pathlib import Path

MAGIC = b"SQLite format 3\0"

STORE_ENDINGS = (".db", ".sqlite")


def part_name(number: int) -> str:
    """Return the name of a store in a folder of stores, which are read in the order of their names."""
    return f"part-{number:06}.db"


def is_database(path: Path) -> bool:
    """Return whether a file is one of SQLite."""
    return head_of(path).startswith(MAGIC)


def head_of(path: Path) -> bytes:
    """Return the header of a SQLite file, up to its application id; less or nothing of other files."""
    with suppress(OSError, ValueError):
        if path.is_file():  # opening a pipe would wait for one who writes to it
            with path.open("rb") as file:
                return file.read(72)
    return b""
