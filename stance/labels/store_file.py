"""A SQLite file that is ours: made, opened so that what is written is on the disk, and refused when it is another's.

The schema is ``store.sql``. A file with another is refused, since that could bring triggers of its own.
"""

import os
import sqlite3
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from stance.exceptions import LabelError
from stance.limits import MAX_STORED_BYTES

_SCHEMA = Path(__file__).with_name("store.sql")
_APPLICATION = 0x53544C42  # "STLB"
_VERSION = 1
_WAIT_SECONDS = 15  # for another annotator's transaction, which takes milliseconds
_PAUSE_SECONDS = 0.01  # between two looks whether it has ended, where SQLite does not wait itself
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")  # ends a log that names a super-journal
_OWN_OF_SQLITE = ("sqlite_stat1", "sqlite_stat4")  # tables that ANALYZE adds


def connect_to_read(path: Path, *, only_look: bool = False) -> sqlite3.Connection:
    """Open for reading; where nothing can be written, as on a share, a file whose log is merged is read as it lies.

    :param only_look: Read it so wherever it is: SQLite makes a log beside a file of ours even to read it.
    """
    is_merged = not path.with_name(f"{path.name}-wal").exists()
    if is_merged and (only_look or not os.access(path.parent, os.W_OK)):
        return connect(path, "mode=ro&immutable=1")
    return connect(path, "mode=ro" if only_look else "mode=rw")


def connect(path: Path, how: str) -> sqlite3.Connection:
    """Open a file for our own transactions.

    :param how: Parameters of SQLite's address of a file, such as ``mode=rw``.
    """
    _check_beside(path)
    address = f"file:{quote(str(path.absolute()))}?{how}"
    database = sqlite3.connect(address, uri=True, timeout=_WAIT_SECONDS, isolation_level=None)
    database.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_STORED_BYTES)
    # Nothing that the file defines may call functions, before it is known that the file defines what is ours.
    database.execute("PRAGMA trusted_schema = OFF")
    return database


def _check_beside(path: Path) -> None:
    """Refuse what SQLite would follow out of the folder of the file, before it opens anything.

    A log that names a super-journal makes it delete the file of that name, and a log that is a link is written
    through. Our own transactions span one file, so their journals name none.

    :raises LabelError: If such a thing lies beside the file.
    """
    place = path.resolve()
    for ending in ("-journal", "-wal", "-shm"):
        beside = place.with_name(place.name + ending)
        if not _is_plain_or_gone(beside):
            raise LabelError(f"{beside}: not a plain file; expected what SQLite itself writes beside {path.name}")
    log = place.with_name(f"{place.name}-journal")
    if _tail(log, len(_JOURNAL_MAGIC)) == _JOURNAL_MAGIC:
        raise LabelError(f"{log}: names a further file, as ours never do; expected a file that stance label made")


def _is_plain_or_gone(path: Path) -> bool:
    """Look once: another's transaction may end meanwhile, and take its log away."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return True


def _tail(path: Path, size: int) -> bytes:
    """Read the end of a file; none where it is not there."""
    try:
        with path.open("rb") as file:
            file.seek(max(os.fstat(file.fileno()).st_size - size, 0))
            return file.read(size)
    except FileNotFoundError:
        return b""


def file_id(path: Path) -> tuple[int, int] | None:
    """Give what tells a file from another of the same name; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def create(database: sqlite3.Connection, settings: Mapping[str, str]) -> None:
    """Make our tables in an empty file; of two who do so at once, the second finds those of the first."""
    database.execute("BEGIN IMMEDIATE")
    if not database.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        for statement in _statements():
            database.execute(statement)
        database.execute(f"PRAGMA application_id = {_APPLICATION}")
        database.execute(f"PRAGMA user_version = {_VERSION}")
        database.executemany("INSERT INTO settings VALUES (?, ?)", settings.items())
    database.execute("COMMIT")


def _statements() -> list[str]:
    """Cut the schema into statements."""
    found, draft = [], ""
    for line in _SCHEMA.read_text(encoding="utf-8").splitlines():
        draft += line + "\n"
        if sqlite3.complete_statement(draft):
            found.append(draft)
            draft = ""
    return found


def check(path: Path, database: sqlite3.Connection) -> None:
    """Refuse a file that is not one of ours, or is damaged.

    :raises LabelError: If it is; the message names it.
    """
    application = database.execute("PRAGMA application_id").fetchone()[0]
    if application != _APPLICATION:
        raise LabelError(f"{path}: a database, but none of labels; expected one that stance label made")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version != _VERSION:
        raise LabelError(f"{path}: version {version} of the file of labels; expected {_VERSION}")
    if _schema(database) != _own_schema():
        raise LabelError(f"{path}: tables other than ours; expected a file that stance label made")
    damage = database.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        raise LabelError(f"{path}: damaged ({' '.join(str(damage).split())[:100]}); expected a whole file")


def prepare(path: Path, database: sqlite3.Connection) -> None:
    """Make writing safe: a label is on the disk when its transaction ends, and readers do not stop writers.

    :raises LabelError: If the place of the file does not allow for a write-ahead log.
    """
    mode = _log_ahead(database)
    if mode != "wal":
        raise LabelError(f"{path}: no write-ahead log ({mode}); expected a place on a local disk")
    database.execute("PRAGMA synchronous = FULL")
    # Who copies a file takes it without the log beside it, where hundreds of labels would wait.
    database.execute("PRAGMA wal_autocheckpoint = 1")
    database.execute("PRAGMA foreign_keys = ON")


def _log_ahead(database: sqlite3.Connection) -> str:
    """Ask for a write-ahead log; while another writes without one, SQLite refuses at once, however long it may wait."""
    end = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            return str(database.execute("PRAGMA journal_mode = WAL").fetchone()[0])
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(_PAUSE_SECONDS)


def _schema(database: sqlite3.Connection) -> frozenset[tuple[Any, ...]]:
    rows = database.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    return frozenset(row for row in rows if row[0] != "table" or row[1] not in _OWN_OF_SQLITE)


@cache
def _own_schema() -> frozenset[tuple[Any, ...]]:
    with closing(sqlite3.connect(":memory:")) as database:
        for statement in _statements():
            database.execute(statement)
        return _schema(database)


@contextmanager
def one_line(path: Path) -> Iterator[None]:
    """Say in one line what SQLite complains of.

    :raises LabelError: In place of what it raises.
    """
    try:
        yield
    except OSError as error:
        raise LabelError(f"{path}: {error.strerror or error}; expected a readable file of labels") from None
    except (sqlite3.Error, OverflowError, UnicodeError, ValueError) as error:
        seen = " ".join(str(error).split())[:200]
        raise LabelError(f"{path}: {seen}; expected a readable and writable file of labels") from None
