"""Open, check and close the SQLite file of a store.

A store may come from anyone. Before it is read, its tables must be those of ``schema.sql`` and no others, and nothing
that the file defines may call functions. Its rows are read in units, each with a checksum: what is damaged is named and
left out, and the rest is read.
"""

import hashlib
import json
import os
import re
import sqlite3
import stat
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote

from stance.datamodels import Skip, counted
from stance.exceptions import DamageError, StoreError
from stance.limits import MEGABYTE, current_limits
from stance.resources import HAS_LOCKS, MAGIC, head_of, is_database, lock, part_name

APPLICATION = 0x5354_4E43  # "STNC"
WITHOUT_NUMBER = ("settings", "forgotten")  # one unit
SEARCHES = ("comment_search", "title_search")
MOST_ROWS = 10_000_000
"""Maximum number of rows of one table of a unit, which is held as a whole."""
LARGEST_VALUE = 64 * MEGABYTE
"""Maximum bytes of a value: an article is one, and is read up to 50 MB."""
LARGEST_COMMENT = 4 * MEGABYTE
"""The same of a text of a comment, unless the limit ``field_chars`` allows longer ones."""
EXPECTED = "expected a store, as stance score -o FILE.db writes it"
OLD_SENTENCE = re.compile(r"(?:.*/)?sentence-\d+(?:~[0-9a-f]+)?", re.S)
"""Pattern of the ids that sentences of articles had in stores of version 4."""


VERSION = 5
_SCHEMA = Path(__file__).with_name("schema.sql")

Row = Sequence[Any]
Result = TypeVar("Result")
Rows = list[list[Any]]
"""Rows of each table of a unit."""

UNITS: Mapping[str, tuple[str, ...]] = {
    "settings": ("settings ORDER BY name",),
    "forgotten": ("forgotten ORDER BY digest",),
    "runs": ("runs WHERE run = :number", "skips WHERE run = :number AND input IS NULL ORDER BY skip"),
    "inputs": (
        "inputs WHERE input = :number",
        "skips WHERE input = :number ORDER BY skip",
        "occurrences WHERE input = :number ORDER BY document",
    ),
    "documents": ("documents WHERE document = :number", "comments WHERE document = :number ORDER BY comment"),
    "scores": (
        "scores WHERE run = :run AND comment IN (SELECT comment FROM comments WHERE document = :number)"
        " ORDER BY comment, target",
        "sentence_scores WHERE run = :run AND document = :number ORDER BY 1, 2, 3, 4",
    ),
    "samples": ("samples WHERE sample = :number", "pairs WHERE sample = :number ORDER BY item, number"),
    "items": ("items WHERE item = :number", "pairs WHERE item = :number ORDER BY number"),
    "annotators": (
        "annotators WHERE number = :number",
        "assignments WHERE annotator = (SELECT annotator FROM annotators WHERE number = :number) ORDER BY place, item",
    ),
    "events": ("events WHERE event = :number", "answers WHERE event = :number ORDER BY target"),
}
"""Rows that have one checksum, by the table that numbers them; scores are of a document and a run."""

LABEL_UNITS = ("settings", "samples", "items", "annotators", "events")


WAIT_SECONDS = 15
"""Maximum time to wait for another command that writes to the same file."""


def is_store(path: Path) -> bool:
    """Return whether a file is a store, however damaged; another database is none."""
    head = head_of(path)
    return head.startswith(MAGIC) and int.from_bytes(head[68:]) == APPLICATION


def stores_in(path: Path) -> list[Path]:
    """Return the stores at a path: itself, or those of a folder of stores; none if it is neither.

    :raises StoreError: If it is named like a store, and is none.
    """
    if is_store(path):
        return [path]
    if path.suffix == ".db" and path.is_file() and not is_database(path):
        raise StoreError(f"{path}: no store; expected a file that stance score -o FILE.db wrote")
    return sorted(path.glob("part-*.db")) if is_store(path / part_name(0)) else []


def encodable(value: str | None) -> str | None:
    """Replace halves of surrogate pairs, which JSON may hold and UTF-8 cannot, one character for one."""
    return value if value is None or value.isascii() else value.encode("utf-8", "replace").decode()


class Database:
    """An open store file; a context manager."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, opened: ExitStack, place: tuple[int, int] | None = None
    ) -> None:
        self.path = path
        self.broken: tuple[str, ...] = ()  # where SQLite finds the file damaged
        self._connection = connection
        self._opened = opened  # closed after the connection: closing a file ends the locks that SQLite has on it
        self._place = place  # of a file that is written to
        self._longest = 0, 0, hashlib.blake2b()  # an input, its last document, and the digest of its rows up to that

    @classmethod
    def read(cls, path: Path) -> Self:
        """Open a store for reading; no command writes by it. All that is read is of one moment.

        :raises StoreError: If it is not there, no store, or of another version.
        :raises DamageError: If it is damaged where no unit can be left out.
        """
        with ExitStack() as opened:
            with in_one_line(path):
                _check_neighbours(path)
                connection = _connect_to_read(path)
                opened.callback(connection.close)
                upgrade(path, connection)
                connection.execute("PRAGMA query_only = ON")
                connection.execute("BEGIN")
                broken = _check(path, connection)
            database = cls(path, connection, opened.pop_all())
            database.broken = broken
            return database

    @classmethod
    def write(cls, path: Path, *, settings: Mapping[str, str] | None = None, is_shared: bool = False) -> Self:
        """Open a store for writing.

        :param settings: Make the file if it is not there, with these settings.
        :param is_shared: Let others write too, as labelling pages do, in short transactions that are durable.
        :raises StoreError: If it cannot be made or written, is no store, or another command is writing to it.
        """
        with ExitStack() as opened:
            with in_one_line(path):
                _check_neighbours(path)
                if settings is not None:
                    path.parent.mkdir(0o700, parents=True, exist_ok=True)
                    if not path.exists():
                        path.touch(0o600)
                    with closing(connect(path, "mode=rwc")) as connection:
                        if not _definitions(connection):  # also of a command that was killed before it made them
                            _create(path, connection, settings)
                elif not path.is_file():
                    raise StoreError(f"{path}: no such file; {EXPECTED}")
                if HAS_LOCKS:  # which keep other commands from writing to the file until it is closed
                    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
                    opened.callback(os.close, descriptor)
                    with suppress(OSError):  # the file system has no such locks
                        _patiently(path, lambda: lock(descriptor, exclusive=not is_shared))
                connection = connect(path, "mode=rw")
                opened.callback(connection.close)
                upgrade(path, connection)
                if broken := _check(path, connection):
                    raise DamageError(f"{path}: {broken[0]}; {_sound_part(path)}")
                _prepare(path, connection, log_pages=1 if is_shared else 1000)
                database = cls(path, connection, opened, _identity(path))
                with database.snapshot():
                    for *_, damage in database.damage("forgotten", *LABEL_UNITS):
                        raise DamageError(f"{path}: {damage.reason}")
            database._opened = opened.pop_all()
            return database

    def __enter__(self) -> Self:
        """Return the open store."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def close(self) -> None:
        """Close the file; all that was written is in it then, unless another command still has it open."""
        with self._opened:
            if self._place:
                _merge_log(self._connection)
        if not self._place and self.path.with_name(f"{self.path.name}-wal").exists():
            # A command that wrote meanwhile could not merge its log while this one was reading.
            with suppress(sqlite3.Error, OSError), closing(connect(self.path, "mode=rw")) as connection:
                _merge_log(connection)

    def rows(self, query: str, *values: object) -> Iterator[Any]:
        """Run a query."""
        with in_one_line(self.path):
            for row in self._connection.execute(query, values):  # noqa: UP028 it would close the cursor late
                yield row

    def row(self, query: str, *values: object) -> Any:
        """Return the first row of a query; None if there is none."""
        with in_one_line(self.path):
            return self._connection.execute(query, values).fetchone()

    def value(self, query: str, *values: object) -> Any:
        """Return the first value of a query; None if there is none."""
        row = self.row(query, *values)
        return None if row is None else row[0]

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Write all that the block writes, or nothing.

        :raises StoreError: If it cannot be written, or the file was moved, deleted or replaced.
        """
        if self._connection.in_transaction:  # part of a larger one
            yield self._connection
            return
        # SQLite would go on writing to a file that has lost its name.
        if self._place is None or _identity(self.path) != self._place:
            seen = "moved, deleted or replaced since it was opened"
            raise StoreError(f"{self.path}: {seen}; expected the same file")
        with in_one_line(self.path), self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            yield self._connection

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all that the block reads be of one moment."""
        with in_one_line(self.path), nullcontext() if self._connection.in_transaction else self._connection:
            if not self._connection.in_transaction:
                self._connection.execute("BEGIN")
            yield

    def insert(self, table: str, rows: Sequence[Row]) -> int:
        """Insert rows with all columns, None for a number that SQLite gives; rows with a key that is there are kept.

        :return: The number of the last row.
        """
        number = 0
        for row in rows:
            statement = f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))}) ON CONFLICT DO NOTHING"  # noqa: S608
            number = self._connection.execute(statement, row).lastrowid or 0
        return number

    # Units and their checksums.

    def numbers(self, unit: str) -> Iterator[tuple[int, int]]:
        """Yield number and run (0 but for scores) of each unit, also of one without rows or without a checksum."""
        query = f"SELECT rowid AS number, 0 AS run FROM {unit}"  # noqa: S608
        if unit in WITHOUT_NUMBER:
            query = "SELECT 0, 0"
        elif unit == "scores":
            query = "SELECT document, run FROM occurrences JOIN inputs USING (input)"
        query += " UNION SELECT number, run FROM checksums WHERE unit = ? ORDER BY 2, 1"
        yield from list(self.rows(query, unit))

    def unit(self, unit: str, number: int = 0, run: int = 0) -> Rows:
        """Return the rows of a unit, of each of its tables.

        :raises DamageError: If they are not those that were written.
        """
        with suppress(StoreError), self.snapshot():
            query = "SELECT checksum FROM checksums WHERE unit = ? AND run = ? AND number = ?"
            rows = _rows_of(self._connection, unit, number, run)
            if _is_there(unit, rows) and self.value(query, unit, run, number) == _checksum(rows):
                return rows
        names = {"documents": "source FROM documents WHERE document", "items": "identifier FROM items WHERE item"}
        named: object = None
        with suppress(StoreError):
            column = names.get("documents" if unit == "scores" else unit)
            named = column and self.value(f"SELECT {column} = ?", number)
        seen = " ".join(each for each in (unit.rstrip("s"), str(number or ""), f"({named})" * bool(named)) if each)
        if unit == "forgotten":  # a store without it would let people back
            raise DamageError("the list of forgotten people is damaged; restore a backup, or they can be stored again")
        raise DamageError(f"{seen[:200]}: damaged; {_sound_part(self.path)}")

    def sound(self, unit: str, report: Callable[[Skip], None]) -> Iterator[tuple[int, Rows]]:
        """Yield number and rows of each unit of a kind without runs; report those that are damaged."""
        for number, _ in self.numbers(unit):
            try:
                rows = self.unit(unit, number)
            except DamageError as error:
                report(Skip(str(self.path), str(error)))
            else:
                yield number, rows

    def damage(self, *units: str) -> Iterator[tuple[str, int, Skip]]:
        """Check units of these kinds, or all; yield kind, number and description of each that is damaged."""
        yield from (("file", 0, Skip(str(self.path), seen)) for seen in self.broken)
        for unit in units or UNITS:
            for number, run in self.numbers(unit):
                try:
                    self.unit(unit, number, run)
                except DamageError as error:
                    yield unit, number, Skip(str(self.path), str(error))

    def seal(self, unit: str, number: int = 0, run: int = 0) -> None:
        """Write the checksum of a unit, or remove that of one that was removed; part of a transaction."""
        _seal(self._connection, unit, number, run)

    def seal_longer(self, number: int, document: int) -> None:
        """Write the checksum of an input that holds a document more, in a time that does not grow with the others.

        Where nothing else changed since the last call, as the stored checksum tells, only its row is digested.
        """
        place, (before, last, rows) = ("inputs", 0, number), self._longest
        query = "SELECT checksum FROM checksums WHERE (unit, run, number) = (?, ?, ?)"
        if before == number and document > last and self.value(query, *place) == _closed(rows):
            rows.update(f", {json.dumps([document, number])}".encode())
        else:
            found = _rows_of(self._connection, "inputs", number, 0)
            document, rows = found[-1][-1][0], _digest(found)
        self._longest = number, document, rows
        self._connection.execute("REPLACE INTO checksums VALUES (?, ?, ?, ?)", (*place, _closed(rows)))

    def seal_all(self, *units: str) -> None:
        """Write the checksums of all units of these kinds that have rows."""
        for unit in units:
            self._connection.execute("DELETE FROM checksums WHERE unit = ?", (unit,))
            for number, run in self.numbers(unit):
                self.seal(unit, number, run)

    def setting(self, name: str) -> str | None:
        """Return a setting of the file."""
        found: dict[str, str] = dict(self.unit("settings")[0])
        return found.get(name)

    def problems(self) -> Iterator[str]:
        """Check pages, references, search indexes and units; yield each problem."""
        yield from (each.reason for each in self.faults())
        yield from (damage.reason for *_, damage in self.damage())

    def faults(self) -> Iterator[Skip]:
        """Check references and search indexes, which no unit holds; yield each fault."""
        place = str(self.path)
        try:
            with in_one_line(self.path), closing(sqlite3.connect("")) as copy:
                missing = Counter((table, parent) for table, _, parent, _ in self.rows("PRAGMA foreign_key_check"))
                for (table, parent), rows in missing.items():
                    yield Skip(place, f"{counted(rows, 'row')} of {table} of which the row of {parent} is not there")
                self._connection.backup(copy)  # the check of an index is a statement that writes
                for table in SEARCHES:
                    try:
                        copy.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)")  # noqa: S608
                    except sqlite3.Error:
                        seen = f"the index {table} differs from the texts: some texts are missing, or are not found"
                        yield Skip(place, f"{seen}; stance store merge {self.path} -o NEW.db rebuilds it")
        except StoreError as error:  # of a damaged page
            reason = str(error).removeprefix(f"{self.path}: ")
            yield Skip(place, f"references and search indexes cannot be checked: {reason}")

    def purge(self) -> None:
        """Remove the bytes of deleted rows from the file.

        :raises StoreError: If another command has the file open.
        """
        with in_one_line(self.path):
            for table in SEARCHES:
                self._connection.execute(f"INSERT INTO {table} ({table}) VALUES ('optimize')")  # noqa: S608
            self._connection.execute("PRAGMA secure_delete = ON")
            self._connection.execute("VACUUM")
            if self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                raise StoreError(f"{self.path}: in use by another command; close it first, so that no copy is left")


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
    except (sqlite3.Error, OverflowError, TypeError, UnicodeError, ValueError) as error:
        seen = " ".join(str(error).split())[:200]
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_BUSY:
            raise StoreError(_in_use(path)) from None
        if code == sqlite3.SQLITE_CORRUPT:
            raise DamageError(f"{path}: damaged ({seen}); expected a whole store") from None
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOTADB):
            seen = "not a store" if code == sqlite3.SQLITE_NOTADB or path.is_dir() else "no such file"
            raise StoreError(f"{path}: {seen}; {EXPECTED}") from None
        raise StoreError(f"{path}: {seen}; {EXPECTED}, and free space") from None


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


def _connect_to_read(path: Path) -> sqlite3.Connection:
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
        for made in (log, log.with_name(f"{path.name}-shm")):  # empty: there was no room for more
            made.unlink(missing_ok=True)
        return connect(path, as_it_is)
    return connection


def _check_neighbours(path: Path) -> None:
    """Refuse files next to the store through which SQLite would write or delete elsewhere.

    A journal may name a super-journal, which SQLite deletes, and a journal that is a link is followed. Transactions
    of a store span one file, so its journals name none.
    """
    place, ends_with_name = path.resolve(), bytes.fromhex("d9d505f920a163d7")
    for ending in ("-journal", "-wal", "-shm"):
        journal_file = place.with_name(place.name + ending)
        with suppress(FileNotFoundError):  # also where another command ends meanwhile, and removes its journal
            if not stat.S_ISREG(journal_file.lstat().st_mode):
                raise StoreError(f"{journal_file}: not a regular file; expected a journal that SQLite wrote")
    journal = place.with_name(f"{place.name}-journal")
    with suppress(FileNotFoundError), journal.open("rb") as file:
        file.seek(max(os.fstat(file.fileno()).st_size - len(ends_with_name), 0))
        if file.read() == ends_with_name:
            raise StoreError(f"{journal}: belongs to another file; expected a journal that SQLite wrote for a store")


def _patiently(path: Path, attempt: Callable[[], Result]) -> Result:
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


def _identity(path: Path) -> tuple[int, int] | None:
    """Return device and number of a file, which differ between files of one name."""
    with suppress(OSError):
        found = path.stat()
        return found.st_dev, found.st_ino
    return None


def _create(path: Path, connection: sqlite3.Connection, settings: Mapping[str, str]) -> None:
    """Make the tables in an empty file; of two commands that do so at once, the second finds those of the first."""
    script = _SCHEMA.read_text("utf-8")
    identity = f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION};"
    with connection:
        connection.executescript(f"BEGIN IMMEDIATE; {script} {identity}")
        connection.executemany("INSERT OR IGNORE INTO settings VALUES (?, ?)", settings.items())
        for unit in WITHOUT_NUMBER:
            _seal(connection, unit)


def _rows_of(connection: sqlite3.Connection, unit: str, number: int, run: int) -> Rows:
    values = {"number": number, "run": run}
    found = []
    for part in UNITS[unit]:
        of_comments = max(LARGEST_COMMENT, 4 * current_limits().field_chars)
        largest = of_comments if part.startswith("comments") else LARGEST_VALUE
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, min(largest, LARGEST_VALUE))
        found.append(connection.execute(f"SELECT * FROM {part}", values).fetchmany(MOST_ROWS + 1))  # noqa: S608
        if len(found[-1]) > MOST_ROWS:
            raise ValueError(f"more than {MOST_ROWS:,} rows of {unit} {number} (the limit)")
    return found


def _digest(rows: Rows) -> hashlib.blake2b:
    """Return the digest of rows without their end, behind which more rows of the last table can follow."""
    return hashlib.blake2b(json.dumps(rows, ensure_ascii=False).encode()[:-2], digest_size=16)


def _closed(digest: hashlib.blake2b) -> str:
    whole = digest.copy()
    whole.update(b"]]")
    return whole.hexdigest()


def _checksum(rows: Rows) -> str:
    return _closed(_digest(rows))


def _is_there(unit: str, rows: Rows) -> bool:
    """Return whether a unit has its own row, if it is of a kind that has one."""
    return bool(rows[0]) or unit in (*WITHOUT_NUMBER, "scores")


def _seal(connection: sqlite3.Connection, unit: str, number: int = 0, run: int = 0) -> None:
    rows, place = _rows_of(connection, unit, number, run), (unit, run, number)
    connection.execute("DELETE FROM checksums WHERE (unit, run, number) = (?, ?, ?)", place)
    if _is_there(unit, rows):
        connection.execute("INSERT INTO checksums VALUES (?, ?, ?, ?)", (*place, _checksum(rows)))


def _sound_part(path: Path) -> str:
    return f"stance store merge {path} -o NEW.db makes a store without it"


def _check(path: Path, connection: sqlite3.Connection) -> tuple[str, ...]:
    """Refuse a file that is no store of this version, or defines tables otherwise.

    :return: Damage of its pages, of which none leads to more rows than the file has pages for.
    :raises DamageError: If it is damaged so much that reading it would not end.
    """
    if connection.execute("PRAGMA application_id").fetchone()[0] != APPLICATION:
        if not _definitions(connection):  # the command that made it was killed
            raise DamageError(f"{path}: no tables; expected a store: run the command that writes it again")
        raise StoreError(f"{path}: a database, but no store; expected one written by stance score -o FILE.db")
    if (version := connection.execute("PRAGMA user_version").fetchone()[0]) != VERSION:
        older, newer = "score again; the stance that wrote it exports its labels", "install the stance that wrote it"
        remedy = older if version < VERSION else newer
        raise StoreError(f"{path}: version {version} of the store; this stance reads version {VERSION}: {remedy}")
    _check_definitions(path, connection)
    most = 100  # damaged places where the rest is still read
    checked = connection.execute(f"PRAGMA integrity_check({most})")
    found = [" ".join(str(each).split())[:100] for (each,) in checked]
    if len(found) == most or any("2nd reference" in each for each in found):
        raise DamageError(f"{path}: damaged ({found[0]}); expected a whole file")
    return () if found == ["ok"] else tuple(f"damaged ({each})" for each in found)


def _check_definitions(path: Path, connection: sqlite3.Connection) -> None:
    own = _own_definitions()
    if differing := _definitions(connection) ^ own:
        kind, name, *_ = min(differing)
        differs = "differs from that" if (kind, name) in {each[:2] for each in own} else "is not"
        raise DamageError(f"{path}: {kind} {name[:40]!r} {differs} of a store; expected a file as stance wrote it")


def upgrade(path: Path, connection: sqlite3.Connection) -> None:
    """Give the items of a store of version 4 their unit, once: there the form of an id said what is a sentence.

    :raises sqlite3.Error: If such a store cannot be written.
    :raises DamageError: If it defines tables otherwise; nothing is changed then.
    """
    if _identity_of(connection) != (APPLICATION, 4):
        return
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        if _identity_of(connection) != (APPLICATION, 4):  # another command was first
            return
        items = list(connection.execute("SELECT item, identifier FROM items"))
        query = "SELECT checksum FROM checksums WHERE unit = 'items' AND run = 0 AND number = ?"
        held = {number: connection.execute(query, (number,)).fetchone() for number, _ in items}
        is_sound = {at: held[at] == (_checksum(_rows_of(connection, "items", at, 0)),) for at in held}
        views = {name: sql for kind, name, _, sql in _own_definitions() if kind == "view"}
        for name in views:
            connection.execute(f"DROP VIEW IF EXISTS {name}")
        column = "unit TEXT NOT NULL DEFAULT 'comment' CHECK (unit IN ('comment', 'sentence'))"  # as in schema.sql
        connection.execute(f"ALTER TABLE items ADD COLUMN {column}")
        for sql in views.values():
            connection.execute(sql)
        _check_definitions(path, connection)
        sentences = [(number,) for number, name in items if OLD_SENTENCE.fullmatch(name)]
        connection.executemany("UPDATE items SET unit = 'sentence' WHERE item = ?", sentences)
        for number in filter(is_sound.__getitem__, is_sound):  # what is damaged gets no new checksum
            _seal(connection, "items", number)
        connection.execute(f"PRAGMA user_version = {VERSION}")


def _identity_of(connection: sqlite3.Connection) -> tuple[int, int]:
    return tuple(connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))


def _definitions(connection: sqlite3.Connection) -> set[tuple[str, ...]]:
    """Return kind, name, table and SQL of each table, index, view and trigger."""
    query = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type = 'trigger' OR name NOT GLOB 'sqlite_*'"
    return set(connection.execute(query))


@cache
def long_query(name: str) -> str:
    """Return a query of ``queries.sql``."""
    text = Path(__file__).with_name("queries.sql").read_text("utf-8")
    return dict(re.findall(r"^-- (\w+)\n(.*?);$", text, re.M | re.S))[name]


@cache
def _own_definitions() -> set[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.executescript(_SCHEMA.read_text(encoding="utf-8"))
        return _definitions(connection)


def _prepare(path: Path, connection: sqlite3.Connection, log_pages: int) -> None:
    """Switch to a write-ahead log, so that others can read meanwhile.

    :param log_pages: After so many, the log is merged into the file. With 1, each transaction survives a loss of power,
        and is in the file itself soon: a label is minutes of a person's work. Scores can be computed again.
    :raises StoreError: If the place of the file does not allow it.
    """
    # SQLite refuses this at once while another command reads, however long it may wait.
    mode = _patiently(path, lambda: connection.execute("PRAGMA journal_mode = WAL").fetchone()[0])
    if mode != "wal":
        raise StoreError(f"{path}: no write-ahead log ({mode}); expected a local disk")
    connection.execute(f"PRAGMA synchronous = {'FULL' if log_pages == 1 else 'NORMAL'}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {log_pages}")
    connection.execute("PRAGMA foreign_keys = ON")
