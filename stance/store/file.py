"""Open, read, write and close the SQLite file of a store.

A store may come from anyone, so its tables are checked before it is read (``schema``). Its rows are read in units, each
with a checksum: what is damaged is named and left out, and the rest is read.
"""

import os
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any, Self

from stance.datamodels import OnSkip, Skip, Strings, counted
from stance.exceptions import DamageError, StoreError
from stance.resources.databases import MAGIC, head_of, is_database, part_name
from stance.resources.locks import HAS_LOCKS, lock
from stance.store.connections import (
    EXPECTED,
    check_neighbours,
    connect,
    connect_to_read,
    in_one_line,
    merge_log,
    patiently,
    prepare_to_write,
)
from stance.store.schema import APPLICATION, check_file, create_tables, definitions_in
from stance.store.units import (
    LABEL_UNITS,
    UNITS,
    WITHOUT_NUMBER,
    Row,
    Rows,
    checksum_of,
    how_to_repair,
    is_there,
    rows_of_unit,
)
from stance.store.units import write_checksum as _seal

SEARCHES = ("comment_search", "title_search")


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


class Database:
    """An open store file; a context manager."""

    def __init__(
        self, path: Path, connection: sqlite3.Connection, opened: ExitStack, identity: tuple[int, int] | None = None
    ) -> None:
        self.path = path
        self.broken: Strings = ()  # where SQLite finds the file damaged
        self._connection = connection
        self._opened = opened  # closed after the connection: closing a file ends the locks that SQLite has on it
        self._place = identity  # of a file that is written to

    @classmethod
    def read(cls, path: Path) -> Self:
        """Open a store for reading; no command writes by it. All that is read is of one moment.

        :raises StoreError: If it is not there, no store, or of another version.
        :raises DamageError: If it is damaged where no unit can be left out.
        """
        with ExitStack() as opened:
            with in_one_line(path):
                check_neighbours(path)
                connection = connect_to_read(path)
                opened.callback(connection.close)
                connection.execute("PRAGMA query_only = ON")
                connection.execute("BEGIN")
                broken = check_file(path, connection)
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
                check_neighbours(path)
                if settings is not None:
                    path.parent.mkdir(0o700, parents=True, exist_ok=True)
                    if not path.exists():
                        path.touch(0o600)
                    with closing(connect(path, "mode=rwc")) as connection:
                        if not definitions_in(connection):  # also of a command that was killed before it made them
                            create_tables(path, connection, settings)
                elif not path.is_file():
                    raise StoreError(f"{path}: no such file; {EXPECTED}")
                if HAS_LOCKS:  # which keep other commands from writing to the file until it is closed
                    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
                    opened.callback(os.close, descriptor)
                    with suppress(OSError):  # the file system has no such locks
                        patiently(path, lambda: lock(descriptor, exclusive=not is_shared))
                connection = connect(path, "mode=rw")
                opened.callback(connection.close)
                if broken := check_file(path, connection):
                    raise DamageError(f"{path}: {broken[0]}; {how_to_repair(path)}")
                prepare_to_write(path, connection, log_pages=1 if is_shared else 1000)
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
                merge_log(self._connection)
        if not self._place and self.path.with_name(f"{self.path.name}-wal").exists():
            # A command that wrote meanwhile could not merge its log while this one was reading.
            with suppress(sqlite3.Error, OSError), closing(connect(self.path, "mode=rw")) as connection:
                merge_log(connection)

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
            problem = "moved, deleted or replaced since it was opened"
            raise StoreError(f"{self.path}: {problem}; expected the same file")
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
            rows = rows_of_unit(self._connection, unit, number, run)
            if is_there(unit, rows) and self.value(query, unit, run, number) == checksum_of(rows):
                return rows
        names = {"documents": "source FROM documents WHERE document", "items": "identifier FROM items WHERE item"}
        name: object = None
        with suppress(StoreError):
            column = names.get("documents" if unit == "scores" else unit)
            name = column and self.value(f"SELECT {column} = ?", number)
        label = " ".join(word for word in (unit.rstrip("s"), str(number or ""), f"({name})" * bool(name)) if word)
        if unit == "forgotten":  # a store without it would let people back
            raise DamageError("the list of forgotten people is damaged; restore a backup, or they can be stored again")
        raise DamageError(f"{label[:200]}: damaged; {how_to_repair(self.path)}")

    def sound(self, unit: str, report: OnSkip) -> Iterator[tuple[int, Rows]]:
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
        yield from (("file", 0, Skip(str(self.path), problem)) for problem in self.broken)
        for unit in units or UNITS:
            for number, run in self.numbers(unit):
                try:
                    self.unit(unit, number, run)
                except DamageError as error:
                    yield unit, number, Skip(str(self.path), str(error))

    def seal(self, unit: str, number: int = 0, run: int = 0) -> None:
        """Write the checksum of a unit, or remove that of one that was removed; part of a transaction."""
        _seal(self._connection, unit, number, run)

    @contextmanager
    def changing(self, unit: str, number: int, run: int) -> Iterator[None]:
        """Write the checksum of a unit that the block changes, unless it is damaged; part of a transaction."""
        try:
            self.unit(unit, number, run)
        except DamageError:
            yield
        else:
            yield
            self.seal(unit, number, run)

    def seal_all(self, *units: str) -> None:
        """Write the checksums of all units of these kinds that have rows."""
        for unit in units:
            self._connection.execute("DELETE FROM checksums WHERE unit = ?", (unit,))
            for number, run in self.numbers(unit):
                self.seal(unit, number, run)

    def setting(self, name: str) -> str | None:
        """Return a setting of the file."""
        settings: dict[str, str] = dict(self.unit("settings")[0])
        return settings.get(name)

    def problems(self) -> Iterator[str]:
        """Check pages, references, search indexes and units; yield each problem."""
        yield from (fault.reason for fault in self.faults())
        yield from (damage.reason for *_, damage in self.damage())

    def faults(self) -> Iterator[Skip]:
        """Check references and search indexes, which no unit holds; yield each fault."""
        source = str(self.path)
        try:
            with in_one_line(self.path), closing(sqlite3.connect("")) as copy:
                missing = Counter((table, parent) for table, _, parent, _ in self.rows("PRAGMA foreign_key_check"))
                for (table, parent), rows in missing.items():
                    yield Skip(source, f"{counted(rows, 'row')} of {table} of which the row of {parent} is not there")
                self._connection.backup(copy)  # the check of an index is a statement that writes
                for table in SEARCHES:
                    try:
                        copy.execute(f"INSERT INTO {table} ({table}, rank) VALUES ('integrity-check', 1)")  # noqa: S608
                    except sqlite3.Error:
                        problem = f"the index {table} differs from the texts: some texts are missing, or are not found"
                        yield Skip(source, f"{problem}; stance store merge {self.path} -o NEW.db rebuilds it")
        except StoreError as error:  # of a damaged page
            reason = str(error).removeprefix(f"{self.path}: ")
            yield Skip(source, f"references and search indexes cannot be checked: {reason}")

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


def _identity(path: Path) -> tuple[int, int] | None:
    """Return device and number of a file, which differ between files of one name."""
    with suppress(OSError):
        status = path.stat()
        return status.st_dev, status.st_ino
    return None
