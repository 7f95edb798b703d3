"""Tables read row by row and written again without a person: JSON Lines, JSON lists, CSV, Parquet, and files of labels.

Only a file in which something changes is written, and what does not concern the person stands in it as it did: the same
columns in the same order, the same types, the same packing.
"""

import csv
import gzip
import io
import json
import sqlite3
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, NamedTuple

from stance.corpus.exporting import is_export
from stance.exceptions import InputError, LabelError
from stance.forgetting.exports import Change, find_in_export, remove_from_export, rows_of_export
from stance.forgetting.person import Person, Row
from stance.labels.store_file import check, connect, connect_to_read, one_line
from stance.limits import MEGABYTE, current_limits
from stance.reading.inputs import declared_delimiter, delimiter_of
from stance.reading.tables import cells_of_csv, escapes_quotes, json_object, with_doubled_quotes
from stance.reading.text import GZIP_MAGIC, PARQUET_MAGIC, ZSTD_MAGIC, ZSTD_STARTS, decode, head, unpack

LONGEST_LINE = 50 * MEGABYTE
"""Characters: a parsed document with all its comments is one line."""

LONGEST_CELL = 10 * MEGABYTE
"""Characters."""

LARGEST_LIST = 200 * MEGABYTE
"""Bytes of a JSON list, which is held as a whole."""

PARQUET_ROWS = 1_000
SQLITE_MAGIC = b"SQLite format 3\0"

LINES, LIST, CSV, PARQUET = "jsonl", "json", "csv", "parquet"
_PACKINGS = (".gz", ".zst", ".zstd")
_ENDINGS = {".jsonl": LINES, ".ndjson": LINES, ".json": LIST, ".csv": CSV, ".tsv": CSV, ".parquet": PARQUET}


@dataclass(frozen=True, slots=True)
class Changed:
    """What leaves a table."""

    dropped: int  # comments, or rows of them
    cleaned: int  # comments of others that repeated or answered them
    mentions: int = 0  # comments of others that name them, and stay as they are
    strangers: int = 0  # rows that hold their name in a column that is not known, and stay too

    @property
    def is_change(self) -> bool:
        """Tell whether the table must be written again."""
        return bool(self.dropped or self.cleaned)


def table_kind(path: Path) -> str | None:
    """Tell by its name how a table is written; None where it is none."""
    return _ENDINGS.get(ending(path))


def ending(path: Path) -> str:
    """Give the ending of a file's name in lower case; of a packed one, that of what is in it."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    return suffixes[-2] if len(suffixes) > 1 and suffixes[-1] in _PACKINGS else (suffixes or [""])[-1]


def first_bytes(path: Path) -> bytes | None:
    """Give the beginning of a file, unpacked; None where it cannot be unpacked."""
    try:
        with _unpacked(path) as file:
            return head(file)
    except InputError:
        return None


def read_text(path: Path, most: int) -> str:
    """Read a page, packed or not.

    :param most: Bytes that it may have, unpacked.
    :raises InputError: If it has more, or cannot be unpacked.
    """
    with _unpacked(path) as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise InputError(f"not looked into: larger than {most // MEGABYTE} MB")
    return decode(content).text


def read_rows(path: Path, kind: str) -> Iterator[Row]:
    """Read a table's rows.

    :raises InputError: If it is damaged, or no such table.
    """
    try:
        if kind == PARQUET:
            yield from _parquet_rows(path)
            return
        with _open_text(path) as file:
            yield from {LINES: _lines, LIST: _list, CSV: _csv}[kind](file)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except (OSError, ValueError, csv.Error) as error:
        seen = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: cannot be read ({seen}); expected a whole table, text in UTF-8") from None


@contextmanager
def _open_text(path: Path) -> Iterator[IO[str]]:
    with _unpacked(path) as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
        yield text


@contextmanager
def _unpacked(path: Path) -> Iterator[io.BufferedReader]:
    """Open a file that may be packed: once, since it is packed as often when it is written again."""
    with path.open("rb") as stream:
        yield unpack(stream, replace(current_limits(), packings=1))


def _lines(file: IO[str]) -> Iterator[Row]:
    while line := file.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise InputError(f"a line of more than {LONGEST_LINE:,} characters, the limit")
        if line.strip():
            yield json_object(line.removeprefix("\ufeff"))


def _list(file: IO[str]) -> Iterator[Row]:
    text = file.read(LARGEST_LIST)
    try:
        found = json.loads(text) if len(text) < LARGEST_LIST else None
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON ({error}); expected a list of objects") from None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise InputError("no list of objects; expected a table")
    yield from found


def _csv(file: IO[str]) -> Iterator[Row]:
    form = _form_of(file)
    lines = map(with_doubled_quotes, file) if form.is_escaped else file
    for cells in cells_of_csv(lines, form.delimiter, LONGEST_CELL):
        if len(cells) > len(form.header):
            raise InputError(f"a row of {len(cells)} cells; expected {len(form.header)}, one per column")
        if cells:
            yield dict(zip(form.header, cells, strict=False))


class _Form(NamedTuple):
    """How a CSV table is written."""

    header: list[str]
    delimiter: str
    end: str  # of a row
    before: str  # the line before the header, which says what stands between cells
    is_escaped: bool  # quotes within cells


def _form_of(file: IO[str]) -> _Form:
    """Read how a table is written, and its header."""
    is_escaped = escapes_quotes(head(file.buffer))  # type: ignore[attr-defined]
    line, before = file.readline(MEGABYTE).removeprefix("\ufeff"), ""
    if declared := declared_delimiter(line):
        line, before = file.readline(MEGABYTE), line
    delimiter = declared or delimiter_of(line)
    end = "\r\n" if line.endswith("\r\n") else "\n"
    return _Form(next(csv.reader([line], delimiter=delimiter), []), delimiter, end, before, is_escaped)


def _parquet_rows(path: Path) -> Iterator[Row]:
    parquet = _parquet()
    with path.open("rb") as file:
        if file.read(len(PARQUET_MAGIC)) != PARQUET_MAGIC:
            raise InputError("no Parquet data; expected a Parquet table")
        for batch in parquet.ParquetFile(path).iter_batches(PARQUET_ROWS):  # its errors are ValueErrors, or OSErrors
            yield from ({name: _as_text(value) for name, value in row.items()} for row in batch.to_pylist())


def _as_text(value: Any) -> Any:
    """Read a text that is kept as bytes, without a word of what they are; it is written as bytes again."""
    try:
        return value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return value


def _parquet() -> Any:
    from stance.records import load_pyarrow

    return load_pyarrow()[1]


# Writing --------------------------------------------------------------------------------------------------------------


def write_without(person: Person, path: Path, kind: str, draft: Path | None) -> Changed:
    """Write a table without a person.

    :param draft: Where it is written; takes the table's place later. None: only count.
    :raises InputError: If the table cannot be read.
    """
    counts, before = [0, 0], (person.mentions, person.strangers)

    def left() -> Iterator[Row]:
        for row in read_rows(path, kind):
            stays, dropped, cleaned = person.clean(row)
            counts[0] += dropped
            counts[1] += cleaned
            if stays:
                yield row

    if draft is None:
        deque(left(), maxlen=0)
    else:
        _WRITERS[kind](left(), path, draft)
    return Changed(counts[0], counts[1], person.mentions - before[0], person.strangers - before[1])


@contextmanager
def _create_text(path: Path, draft: Path) -> Iterator[IO[str]]:
    """Open a draft; half a character, which only JSON can hold, is written as the escape that it was read from."""
    with path.open("rb") as old:
        start = old.read(len(ZSTD_MAGIC))
    with _create(draft, start) as opened, io.TextIOWrapper(opened, "utf-8", "backslashreplace", newline="") as text:
        yield text


def _create(draft: Path, start: bytes) -> Any:
    """Open a draft that is packed as the file that begins like this."""
    if start.startswith(GZIP_MAGIC):
        return gzip.GzipFile(draft, "wb", mtime=0)
    if start.startswith(ZSTD_STARTS):
        import zstandard

        return zstandard.ZstdCompressor().stream_writer(draft.open("wb"))
    return draft.open("wb")


def _write_lines(rows: Iterator[Row], path: Path, draft: Path) -> None:
    with _create_text(path, draft) as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _write_list(rows: Iterator[Row], path: Path, draft: Path) -> None:
    with _create_text(path, draft) as file:
        json.dump(list(rows), file, ensure_ascii=False, indent=1)


def _write_csv(rows: Iterator[Row], path: Path, draft: Path) -> None:
    with _open_text(path) as old:
        form = _form_of(old)
    escape = "\\" if form.is_escaped else None
    with _create_text(path, draft) as file:
        file.write(form.before)
        writer = csv.writer(
            file, delimiter=form.delimiter, lineterminator=form.end, doublequote=escape is None, escapechar=escape
        )
        writer.writerow(form.header)
        writer.writerows(["" if row.get(name) is None else row[name] for name in form.header] for row in rows)


def _write_parquet(rows: Iterator[Row], path: Path, draft: Path) -> None:
    from itertools import islice

    import pyarrow

    parquet = _parquet()
    schema = parquet.ParquetFile(path).schema_arrow
    with parquet.ParquetWriter(draft, schema, compression="zstd") as writer:
        while batch := list(islice(rows, PARQUET_ROWS)):
            writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))


_WRITERS: dict[str, Callable[[Iterator[Row], Path, Path], None]] = {
    LINES: _write_lines,
    LIST: _write_list,
    CSV: _write_csv,
    PARQUET: _write_parquet,
}


# The file of the labelling page ---------------------------------------------------------------------------------------

_ITEM_FIELDS = ("identifier", "text", "document", "author", "parent")


def is_store(path: Path) -> bool:
    """Tell a database by its first bytes."""
    with path.open("rb") as file:
        return file.read(len(SQLITE_MAGIC)) == SQLITE_MAGIC


def store_rows(path: Path, *, dry: bool) -> Iterator[Row]:
    """Read the comments of a file of labels, each once toward each target, or of a database as a corpus is exported.

    :param dry: Write nothing beside it, as SQLite does to read.
    :raises LabelError: If it is none of these, or is damaged.
    """
    with one_line(path), closing(_connect(path, dry)) as database:
        if is_export(database):
            yield from rows_of_export(database)
            return
        check(path, database)
        columns = ", ".join(_ITEM_FIELDS)
        for *values, target in database.execute(f"SELECT {columns}, target FROM items LEFT JOIN pairs USING (item)"):  # noqa: S608
            row = dict(zip(_ITEM_FIELDS, values, strict=True))
            yield {**row, "id": row["identifier"], "target": target}


def _connect(path: Path, dry: bool) -> Any:
    return connect_to_read(path, only_look=True) if dry else connect(path, "mode=rw")


def clean_store(person: Person, path: Path, *, dry: bool) -> Changed:
    """Take a person's comments out of a file of labels or an export, in one transaction, and their bytes too.

    :param dry: Only count, and write nothing.
    :raises LabelError: If somebody else writes to it now, or it is none of these.
    """
    with one_line(path), closing(_connect(path, dry)) as database:
        find, remove = _find_labels, _remove_labels
        if is_export(database):
            find, remove = find_in_export, remove_from_export
        else:
            check(path, database)
        database.execute("PRAGMA secure_delete = ON")
        database.execute("BEGIN" if dry else "BEGIN IMMEDIATE")
        before = person.mentions
        gone, changes = find(person, database)
        changed = Changed(len(gone), len(changes), person.mentions - before)
        if dry or not changed.is_change:
            database.execute("ROLLBACK")
            return changed
        remove(database, gone, changes)
        database.execute("COMMIT")
        database.execute("VACUUM")
        if database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
            raise LabelError(
                f"{path}: in use by a labelling page; expected it closed, so that no copy of a row is left"
            )
        return changed


def _remove_labels(database: sqlite3.Connection, gone: list[int], changes: list[Change]) -> None:
    """Write the items as they are without the person.

    The log of labels only grows, and triggers see to that; they are taken off and put back in the transaction.
    """
    triggers = database.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for name, _ in triggers:
        database.execute(f'DROP TRIGGER "{name}"')
    for item in gone:
        database.execute("DELETE FROM answers WHERE event IN (SELECT event FROM events WHERE item = ?)", (item,))
        for table in ("events", "assignments", "pairs", "items"):
            database.execute(f"DELETE FROM {table} WHERE item = ?", (item,))  # noqa: S608 our own names
    database.executemany("UPDATE items SET parent = ?, text = ? WHERE item = ?", changes)
    for _, statement in triggers:
        database.execute(statement)


def _find_labels(person: Person, database: sqlite3.Connection) -> tuple[list[int], list[Change]]:
    """Find the items that are theirs, and what becomes of those that repeat them: parent, text, item."""
    gone: list[int] = []
    answers: list[Change] = []
    for item, *values in database.execute(f"SELECT item, {', '.join(_ITEM_FIELDS)} FROM items"):  # noqa: S608
        row = dict(zip(_ITEM_FIELDS, values, strict=True))
        row["id"] = row.pop("identifier")
        before = (row["parent"], row["text"])
        if not person.clean(row)[0]:
            gone.append(item)
        elif before != (row["parent"], row["text"]):
            answers.append((row["parent"], row["text"], item))
    return gone, answers
