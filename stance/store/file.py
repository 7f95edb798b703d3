"""Open, check and close the SQLite file of a store.

A store may come from anyone. Before it is read, its tables must be defined as in ``schema.sql`` and its pages must be
intact; triggers that are not ours are refused, and nothing that the file defines may call functions.
"""

import os
import sqlite3
import stat
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

from stance.exceptions import StoreError
from stance.files import HAS_LOCKS, lock
from stance.limits import MEGABYTE

APPLICATION = 0x5354_4E43  # "STNC"
OLD_LABELS = 0x5354_4C42  # "STLB", which the labelling page wrote before
VERSION = 3
_SCHEMA = Path(__file__).with_name("schema.sql")
_SHARES = _SCHEMA.read_text(encoding="utf-8").partition("CREATE VIEW outlet_shares")
MIGRATIONS: tuple[str, ...] = (
    f"DROP VIEW outlet_shares;\n{_SHARES[1]}{_SHARES[2].partition(';')[0]};\n",
    "ALTER TABLE documents ADD COLUMN certainty REAL;\n"
    "ALTER TABLE documents ADD COLUMN doubts TEXT NOT NULL DEFAULT '[]';\n",
)
"""SQL that brings a file of version 1 to version 2, then one of version 2 to version 3, and so on."""

MAGIC = b"SQLite format 3\0"
ENDINGS = (".db", ".sqlite")

WAIT_SECONDS = 15
"""How long a command waits for another one that writes to the same file."""

LARGEST_VALUE = 64 * MEGABYTE
"""Bytes of a value: an article is one, and is read up to 50 MB."""

_PAUSE_SECONDS = 0.05
_JOURNAL_MAGIC = bytes.fromhex("d9d505f920a163d7")  # ends a journal that names a super-journal
_BESIDE = ("-journal", "-wal", "-shm")


def is_store(path: Path) -> bool:
    """Return whether a file is a store, however damaged; another database is none."""
    head = _head(path)
    return head.startswith(MAGIC) and int.from_bytes(head[68:]) == APPLICATION


def is_database(path: Path) -> bool:
    """Return whether a file is one of SQLite."""
    return _head(path).startswith(MAGIC)


def _head(path: Path) -> bytes:
    """Return the header of a SQLite file, up to its application id; less or nothing of other files."""
    try:
        if not path.is_file():  # opening a pipe would wait for one who writes to it
            return b""
        with path.open("rb") as file:
            return file.read(72)
    except (OSError, ValueError):
        return b""


class Database:
    """An open store file; a context manager."""

    def __init__(self, path: Path, connection: sqlite3.Connection, opened: ExitStack, *, writes: bool) -> None:
        self.path = path
        self._connection = connection
        self._opened = opened  # closed after the connection: closing a file ends the locks that SQLite has on it
        self._writes = writes
        self._place = _identity(path)

    @classmethod
    def read(cls, path: Path, *, touches_folder: bool = True) -> Self:
        """Open a store for reading; no command writes by it. All that is read is of one moment.

        :param touches_folder: SQLite may put files beside it, which it needs while another command writes.
        :raises StoreError: If it is not there, no store, damaged, or of another version.
        """
        with ExitStack() as opened:
            with in_one_line(path):
                _check_beside(path)
                is_merged = not path.with_name(f"{path.name}-wal").exists()
                is_still = is_merged and not (touches_folder and os.access(path.parent, os.W_OK))
                # What a killed command left beside the file can be recovered only by a connection that may write.
                connection = connect(path, "mode=ro&immutable=1" if is_still else "mode=rw")
                opened.callback(connection.close)
                connection.execute("PRAGMA query_only = ON")
                connection.execute("BEGIN")
                _check(path, connection)
            return cls(path, connection, opened.pop_all(), writes=False)

    @classmethod
    def write(cls, path: Path, *, settings: Mapping[str, str] | None = None, is_shared: bool = False) -> Self:
        """Open a store for writing.

        :param settings: Make the file if it is not there, with these settings.
        :param is_shared: Let others write too, as labelling pages do, in short transactions that are durable.
        :raises StoreError: If it cannot be made or written, is no store, or another command is writing to it.
        """
        with ExitStack() as opened:
            with in_one_line(path):
                if settings is not None and (not path.exists() or not path.stat().st_size):
                    path.parent.mkdir(parents=True, exist_ok=True)
                    with closing(connect(path, "mode=rwc")) as connection:
                        _create(connection, settings)
                elif not path.is_file():
                    raise StoreError(f"{path}: no such file; expected a store, as stance score -o FILE.db writes it")
                _check_beside(path)
                _lock_file(path, opened, is_shared=is_shared)
                connection = connect(path, "mode=rw")
                opened.callback(connection.close)
                _migrate(path, connection)
                _check(path, connection)
                _prepare(path, connection, is_durable=is_shared)
            return cls(path, connection, opened.pop_all(), writes=True)

    def __enter__(self) -> Self:
        """Return the open store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; all that was written is in it then, unless another command still has it open."""
        with self._opened:
            if self._writes:
                _merge_log(self._connection)
        if not self._writes and self.path.with_name(f"{self.path.name}-wal").exists():
            # A command that wrote meanwhile could not merge its log while this one was reading.
            with suppress(sqlite3.Error, OSError), closing(connect(self.path, "mode=rw")) as connection:
                _merge_log(connection)

    def rows(self, query: str, *values: Any) -> Iterator[Any]:
        """Run a query; a mapping as the only value fills named parameters."""
        with in_one_line(self.path):
            for row in self._connection.execute(query, _filled(values)):  # noqa: UP028 it would close the cursor late
                yield row

    def row(self, query: str, *values: Any) -> Any:
        """Return the first row of a query; None if there is none."""
        with in_one_line(self.path):
            return self._connection.execute(query, _filled(values)).fetchone()

    def value(self, query: str, *values: Any) -> Any:
        """Return the first value of a query; None if there is none."""
        row = self.row(query, *values)
        return None if row is None else row[0]

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all that the block writes, or nothing.

        :raises StoreError: If it cannot be written, or the file was moved, deleted or replaced.
        """
        is_part = self._connection.in_transaction
        if is_part:  # of a larger one
            yield self._connection
            return
        # SQLite would go on writing to a file that has lost its name.
        if self._place is None or _identity(self.path) != self._place:
            seen = "moved, deleted or replaced since it was opened"
            raise StoreError(f"{self.path}: {seen}; expected the same file there")
        with in_one_line(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def attached(self, path: Path) -> Iterator[sqlite3.Connection]:
        """Attach another database for reading, as ``other``; the caller checks its tables before."""
        with in_one_line(path):
            _check_beside(path)
            still = "" if path.with_name(f"{path.name}-wal").exists() else "&immutable=1"
            self._connection.execute("ATTACH ? AS other", (_uri(path, f"mode=ro{still}"),))
            try:
                yield self._connection
            finally:
                self._connection.execute("DETACH other")

    def setting(self, name: str) -> str | None:
        """Return a setting of the file."""
        found: str | None = self.value("SELECT value FROM settings WHERE name = ?", name)
        return found

    def problems(self) -> Iterator[str]:
        """Check all pages, indexes and references; yield each problem."""
        for (seen,) in self.rows("PRAGMA integrity_check(20)"):
            if seen != "ok":
                yield str(seen)
        for table, row, parent, _ in self.rows("PRAGMA foreign_key_check"):
            yield f"row {row} of {table} refers to a row of {parent} that is not there"

    def purge(self) -> None:
        """Remove the bytes of deleted rows from the file.

        :raises StoreError: If another command has the file open.
        """
        with in_one_line(self.path):
            for table in ("comment_search", "title_search"):
                self._connection.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608
            self._connection.execute("PRAGMA secure_delete = ON")
            self._connection.execute("VACUUM")
            if self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise StoreError(f"{self.path}: in use by another command; expected it closed, so that no copy is left")


def _filled(values: Sequence[Any]) -> Any:
    return values[0] if len(values) == 1 and isinstance(values[0], Mapping) else values


def _merge_log(connection: sqlite3.Connection) -> None:
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
    except (sqlite3.Error, OverflowError, UnicodeError, ValueError) as error:
        seen = " ".join(str(error).split())[:200]
        if getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY:
            raise StoreError(_in_use(path)) from None
        raise StoreError(f"{path}: {seen}; expected a whole store, and a place with room to write") from None


def _in_use(path: Path) -> str:
    return f"{path}: another stance command is using this file; try again when it has ended"


def connect(path: Path, how: str) -> sqlite3.Connection:
    """Open a connection.

    :param how: Parameters of SQLite's URI of a file, such as ``mode=rw``.
    """
    connection = sqlite3.connect(_uri(path, how), uri=True, timeout=WAIT_SECONDS, isolation_level=None)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST_VALUE)
    connection.execute("PRAGMA trusted_schema = OFF")
    return connection


def _uri(path: Path, how: str) -> str:
    return f"file:{quote(str(path.absolute()))}?{how}"


def _check_beside(path: Path) -> None:
    """Refuse files beside the store through which SQLite would write or delete elsewhere.

    A journal may name a super-journal, which SQLite deletes, and a journal that is a link is followed. Transactions
    of a store span one file, so its journals name none.
    """
    place = path.resolve()
    for ending in _BESIDE:
        beside = place.with_name(place.name + ending)
        with suppress(FileNotFoundError):  # also where another command ends meanwhile, and removes its journal
            if not stat.S_ISREG(beside.lstat().st_mode):
                raise StoreError(f"{beside}: not a regular file; expected a journal that SQLite wrote")
    journal = place.with_name(f"{place.name}-journal")
    with suppress(FileNotFoundError), journal.open("rb") as file:
        file.seek(max(os.fstat(file.fileno()).st_size - len(_JOURNAL_MAGIC), 0))
        if file.read() == _JOURNAL_MAGIC:
            raise StoreError(f"{journal}: names another file; expected a journal that SQLite wrote for a store")


def _lock_file(path: Path, opened: ExitStack, *, is_shared: bool) -> None:
    """Keep other commands from writing to the file until it is closed."""
    if not HAS_LOCKS:
        return
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    opened.callback(os.close, descriptor)
    end = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            lock(descriptor, exclusive=not is_shared)
            return
        except BlockingIOError:
            if time.monotonic() > end:
                raise StoreError(_in_use(path)) from None
        except OSError:  # the file system has no such locks
            return
        time.sleep(_PAUSE_SECONDS)


def _identity(path: Path) -> tuple[int, int] | None:
    """Return device and number of a file, which differ between files of one name."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _create(connection: sqlite3.Connection, settings: Mapping[str, str]) -> None:
    """Make the tables in an empty file; of two commands that do so at once, the second finds those of the first."""
    connection.execute("BEGIN IMMEDIATE")
    if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
        for statement in statements(_SCHEMA.read_text(encoding="utf-8")):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.executemany("INSERT INTO settings VALUES (?, ?)", settings.items())
    connection.execute("COMMIT")


def statements(script: str) -> list[str]:
    """Split an SQL script into statements."""
    found, part = [], ""
    for line in script.splitlines(keepends=True):
        part += line
        if sqlite3.complete_statement(part):
            found.append(part)
            part = ""
    return found


def _version(path: Path, connection: sqlite3.Connection) -> int:
    """Return the version of a store.

    :raises StoreError: If it is none, or of a later version.
    """
    application = connection.execute("PRAGMA application_id").fetchone()[0]
    if application == OLD_LABELS:
        raise StoreError(f"{path}: labels of an earlier version; stance import {path} -o NEW.db")
    if application != APPLICATION:
        raise StoreError(f"{path}: a database, but no store; expected one of stance score -o FILE.db, or stance import")
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if not 0 < version <= VERSION:
        raise StoreError(f"{path}: version {version} of the store; this stance reads versions 1 to {VERSION}")
    return version


def _migrate(path: Path, connection: sqlite3.Connection) -> None:
    """Bring a store of an earlier version up to date, in one transaction."""
    version = _version(path, connection)
    if version == VERSION:
        return
    connection.execute("BEGIN IMMEDIATE")
    for script in MIGRATIONS[version - 1 :]:
        for statement in statements(script):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {VERSION}")
    connection.execute("COMMIT")


def _check(path: Path, connection: sqlite3.Connection) -> None:
    """Refuse a file that is no store of this version, defines our tables otherwise, or is damaged."""
    version = _version(path, connection)
    if version != VERSION:
        raise StoreError(f"{path}: version {version} of the store; commands that write bring it to {VERSION}")
    found, own = _definitions(connection), _own_definitions()
    if any(found.get(name) != definition for name, definition in own.items()):
        raise StoreError(f"{path}: tables that differ from those of a store; expected a file that stance wrote")
    if foreign := next((name for kind, name in found if kind == "trigger" and (kind, name) not in own), None):
        raise StoreError(f"{path}: trigger {foreign[:40]!r} is not of a store; expected a file that stance wrote")
    damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if damage != "ok":
        raise StoreError(f"{path}: damaged ({' '.join(str(damage).split())[:100]}); expected a whole file")


def _definitions(connection: sqlite3.Connection) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Return the definition of each table, index, view and trigger, by its kind and name."""
    query = (
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type = 'trigger' OR substr(name, 1, 7) <> 'sqlite_'"
    )
    return {(kind, name): (table, sql) for kind, name, table, sql in connection.execute(query)}


@cache
def _own_definitions() -> dict[tuple[str, str], tuple[Any, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_SCHEMA.read_text(encoding="utf-8"))
        return _definitions(connection)


def _prepare(path: Path, connection: sqlite3.Connection, *, is_durable: bool) -> None:
    """Switch to a write-ahead log, so that others can read meanwhile.

    :param is_durable: Each transaction survives a loss of power, and is in the file itself soon: a label is minutes of
        a person's work. Scores can be computed again.
    :raises StoreError: If the place of the file does not allow it.
    """
    end = time.monotonic() + WAIT_SECONDS
    while True:  # SQLite refuses this at once while another command reads, however long it may wait
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
        time.sleep(_PAUSE_SECONDS)
    if mode != "wal":
        raise StoreError(f"{path}: no write-ahead log ({mode}); expected a place on a local disk")
    connection.execute(f"PRAGMA synchronous = {'FULL' if is_durable else 'NORMAL'}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {1 if is_durable else 1000}")
    connection.execute("PRAGMA foreign_keys = ON")
