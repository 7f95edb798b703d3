"""Connect to the SQLite file of a store, wait for other commands, and report errors in one line."""

import os
import sqlite3
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote

from stance.exceptions import DamageError, StoreError
from stance.limits import MEGABYTE

LARGEST_VALUE = 64 * MEGABYTE
"""Maximum bytes of a value: an article is one, and is read up to 50 MB."""

EXPECTED = "expected a store, as stance score -o FILE.db writes it"

Result = TypeVar("Result")

WAIT_SECONDS = 15
"""Maximum time to wait for another command that writes to the same file."""


def merge_log(connection: sqlite3.Connection) -> None:
    """Merge the write-ahead log into the file and remove it, unless another command needs it."""
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA busy_timeout = 0")
        connection.execute("PRAGMA journal_mode = DELETE")


@contextmanager
def in_one_line(path: Path) -> Iterator[None]:
    """Replace errors of SQLite and of the operating system by one line that names the file.

    :raises StoreError: In their place.
    """
    try:
        yield
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}; expected a file that can be read and written") from None
    except (sqlite3.Error, OverflowError, TypeError, UnicodeError, ValueError) as error:
        problem = " ".join(str(error).split())[:200]
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            raise StoreError(_in_use(path)) from None
        if code == sqlite3.SQLITE_CORRUPT:
            raise DamageError(f"{path}: damaged ({problem}); expected a whole store") from None
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB):
            problem = "not a store" if code == sqlite3.SQLITE_NOTADB or path.is_dir() else "no such file"
            raise StoreError(f"{path}: {problem}; {EXPECTED}") from None
        raise StoreError(f"{path}: {problem}; {EXPECTED}, and free space") from None


def _in_use(path: Path) -> str:
    return f"{path}: another stance command is using this file; try again when it has ended"


def connect(path: Path, how: str) -> sqlite3.Connection:
    """Open a connection.

    :param how: Parameters of SQLite's URI of a file, such as ``mode=rw``.
    """
    uri = f"file:{quote(str(path.absolute()))}?{how}"
    connection = sqlite3.connect(uri, uri=True, timeout=WAIT_SECONDS, isolation_level=None)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def connect_to_read(path: Path) -> sqlite3.Connection:
    """Open a connection that makes no file where none can be made: in a folder that is read-only, or on a full disk.

    What a killed command left in the folder can be recovered only by a connection that may write.
    """
    as_it_is, log = "mode=ro&immutable=1", path.with_name(f"{path.name}-wal")
    is_merged = not log.exists()
    if is_merged and not os.access(path.parent, os.W_OK):
        return connect(path, as_it_is)
    connection = connect(path, "mode=rw")
    try:
        connection.execute("PRAGMA user_version").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if not is_merged or error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL):
            raise
        for empty_file in (log, log.with_name(f"{path.name}-shm")):  # empty: there was no room for more
            empty_file.unlink(missing_ok=True)
        return connect(path, as_it_is)
    return connection


def check_neighbours(path: Path) -> None:
    """Refuse files next to the store through which SQLite would write or delete elsewhere.

    A journal may name a super-journal, which SQLite deletes, and a journal that is a link is followed. Transactions
    of a store span one file, so its journals name none.
    """
    target, ends_with_name = path.resolve(), bytes.fromhex("d9d505f920a163d7")
    for ending in ("-journal", "-wal", "-shm"):
        journal_file = target.with_name(target.name + ending)
        with suppress(FileNotFoundError):  # also where another command ends meanwhile, and removes its journal
            if not stat.S_ISREG(journal_file.lstat().st_mode):
                raise StoreError(f"{journal_file}: not a regular file; expected a journal that SQLite wrote")
    journal = target.with_name(f"{target.name}-journal")
    with suppress(FileNotFoundError), journal.open("rb") as file:
        file.seek(max(os.fstat(file.fileno()).st_size - len(ends_with_name), 0))
        if file.read() == ends_with_name:
            raise StoreError(f"{journal}: belongs to another file; expected a journal that SQLite wrote for a store")


def patiently(path: Path, attempt: Callable[[], Result]) -> Result:
    """Repeat an attempt while another command keeps it from succeeding, for a while."""
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return attempt()
        except (BlockingIOError, sqlite3.OperationalError) as error:
            if getattr(error, "sqlite_errorcode", sqlite3.SQLITE_BUSY) & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            if time.monotonic() > end:
                raise StoreError(_in_use(path)) from None
        time.sleep(0.05)


def prepare_to_write(path: Path, connection: sqlite3.Connection, log_pages: int) -> None:
    """Switch to a write-ahead log, so that others can read meanwhile.

    :param log_pages: After so many, the log is merged into the file. With 1, each transaction survives a loss of power,
        and is in the file itself soon: a label is minutes of a person's work. Scores can be computed again.
    :raises StoreError: If the place of the file does not allow it.
    """
    # SQLite refuses this at once while another command reads, however long it may wait.
    mode = patiently(path, lambda: connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
    if mode != "wal":
        raise StoreError(f"{path}: no write-ahead log ({mode}); expected a local disk")
    connection.execute(f"PRAGMA synchronous = {'FULL' if log_pages == 1 else 'NORMAL'}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {log_pages}")
    connection.execute("PRAGMA foreign_keys = ON")
