"""Read tables and stores row by row, and write them again without a person.

Tables are JSON Lines, JSON lists, CSV and Parquet. All else in them stays as it was: columns and their order, types,
packing.
"""

import csv
import gzip
import io
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

from stance.exceptions import InputError
from stance.files import config_errors, temporary_file
from stance.forgetting.person import Person, Row
from stance.limits import MEGABYTE, current_limits
from stance.reading.inputs import declared_delimiter, delimiter_of
from stance.reading.tables import cells_of_csv, escapes_quotes, json_object, with_doubled_quotes
from stance.reading.text import GZIP_MAGIC, PARQUET_MAGIC, ZSTD_MAGIC, ZSTD_STARTS, head, unpack
from stance.records import load_pyarrow
from stance.store import Store
from stance.store.documents import forgotten_digest

LONGEST_LINE = 50 * MEGABYTE
"""Characters of a line or cell: a parsed document with all its comments is one line."""

LARGEST_LIST = 200 * MEGABYTE
"""Characters of a JSON list, which is held as a whole."""

PARQUET_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Changed:
    """Counts of what is removed from a table or store."""

    dropped: int = 0  # comments, or rows of them
    cleaned: int = 0  # comments of others that repeated them or replied to them
    mentions: int = 0  # rows of others that hold their name or words, which stay


def ending_of(path: Path) -> str:
    """Return the ending of a file's name in lower case; of a packed file, that of the file inside."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in (".gz", ".zst", ".zstd")]
    return suffixes[-1] if suffixes else ""


def read_rows(path: Path) -> Iterator[Row]:
    """Read the rows of a table.

    :raises InputError: If it is damaged, or no such table.
    """
    try:
        yield from FORMATS[ending_of(path)][0](path)
    except (OSError, ValueError, RecursionError, csv.Error) as error:
        seen = " ".join(str(error).split())[:200]
        raise InputError(f"{path}: cannot be read ({seen}); expected a whole table, text in UTF-8") from None


def clean_table(person: Person, path: Path, *, dry: bool) -> Changed:
    """Remove a person from a table.

    :raises InputError: If it cannot be read.
    :raises ConfigError: If it cannot be written.
    """
    person.counts.clear()
    for row in read_rows(path):
        person.clean(row)
    changed = Changed(**person.counts)
    if not dry and (changed.dropped or changed.cleaned):
        with config_errors(path), temporary_file(path) as draft:
            draft.chmod(path.stat().st_mode & 0o777)
            FORMATS[ending_of(path)][1]((row for row in read_rows(path) if person.clean(row)), path, draft)
    return changed


# Text -----------------------------------------------------------------------------------------------------------------


@contextmanager
def open_unpacked(path: Path) -> Iterator[io.BufferedReader]:
    """Open a file that may be packed, once only, since it is written again as it was."""
    with path.open("rb") as stream:
        yield unpack(stream, replace(current_limits(), packings=1))


@contextmanager
def _open_text(path: Path) -> Iterator[IO[str]]:
    with open_unpacked(path) as file, io.TextIOWrapper(file, "utf-8", newline="") as text:
        yield text


@contextmanager
def _create_text(path: Path, draft: Path) -> Iterator[IO[str]]:
    """Open a draft for writing, packed as a file is; half a surrogate pair of JSON is written as its escape."""
    with path.open("rb") as old, draft.open("wb") as raw:
        start, packed = old.read(len(ZSTD_MAGIC)), cast(Any, nullcontext(raw))
        if start.startswith(GZIP_MAGIC):
            packed = gzip.GzipFile("", "wb", fileobj=raw, mtime=0)
        elif start.startswith(ZSTD_STARTS):
            import zstandard

            packed = zstandard.ZstdCompressor().stream_writer(raw, closefd=False)
        with packed as file, io.TextIOWrapper(file, "utf-8", "backslashreplace", newline="") as text:
            yield text


def _read_lines(path: Path) -> Iterator[Row]:
    with _open_text(path) as file:
        while line := file.readline(LONGEST_LINE):
            if len(line) == LONGEST_LINE:
                raise InputError(f"a line of more than {LONGEST_LINE:,} characters, the limit")
            if line.strip():
                yield json_object(line.removeprefix("\ufeff"))


def _write_lines(rows: Iterator[Row], path: Path, draft: Path) -> None:
    with _create_text(path, draft) as file:
        file.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _read_list(path: Path) -> Iterator[Row]:
    with _open_text(path) as file:
        text = file.read(LARGEST_LIST)
    found = json.loads(text) if len(text) < LARGEST_LIST else None
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise InputError("no list of objects; expected a table")
    yield from found


def _write_list(rows: Iterator[Row], path: Path, draft: Path) -> None:
    with _create_text(path, draft) as file:
        json.dump(list(rows), file, ensure_ascii=False, indent=1)


def _form_of(file: IO[str]) -> tuple[str, list[str], dict[str, Any]]:
    """Read what stands before the header of a CSV table, the header, and the options to write the table with."""
    escape = "\\" if escapes_quotes(head(file.buffer)) else None  # type: ignore[attr-defined]
    line = file.readline(MEGABYTE)
    before = "\ufeff" * line.startswith("\ufeff")
    if declared := declared_delimiter(line := line.removeprefix("\ufeff")):
        line, before = file.readline(MEGABYTE), before + line
    end, delimiter = "\r\n" if line.endswith("\r\n") else "\n", declared or delimiter_of(line)
    header = next(csv.reader([line], delimiter=delimiter), [])
    if len(set(header)) < len(header):
        raise InputError("two columns of one name; expected each column once")
    options = {"delimiter": delimiter, "lineterminator": end, "doublequote": escape is None, "escapechar": escape}
    return before, header, options


def _read_csv(path: Path) -> Iterator[Row]:
    with _open_text(path) as file:
        _, header, options = _form_of(file)
        lines = map(with_doubled_quotes, file) if options["escapechar"] else file
        for cells in cells_of_csv(lines, options["delimiter"], LONGEST_LINE):
            if len(cells) > len(header):
                raise InputError(f"a row of {len(cells)} cells; expected {len(header)}, one per column")
            if cells:
                yield dict(zip(header, cells, strict=False))


def _write_csv(rows: Iterator[Row], path: Path, draft: Path) -> None:
    with _open_text(path) as old:
        before, header, options = _form_of(old)
    with _create_text(path, draft) as file:
        file.write(before)
        writer = csv.writer(file, **options)
        writer.writerow(header)
        writer.writerows(["" if row.get(name) is None else row[name] for name in header] for row in rows)


# Parquet --------------------------------------------------------------------------------------------------------------


def _read_parquet(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        if file.read(len(PARQUET_MAGIC)) != PARQUET_MAGIC:
            raise InputError("no Parquet data; expected a Parquet table")
        for batch in load_pyarrow()[1].ParquetFile(path).iter_batches(PARQUET_ROWS):
            yield from ({name: _as_text(value) for name, value in row.items()} for row in batch.to_pylist())


def _as_text(value: Any) -> Any:
    """Decode a text that is kept as bytes; pyarrow writes it as bytes again."""
    try:
        return value.decode() if isinstance(value, bytes) else value
    except UnicodeDecodeError:
        return value


def _write_parquet(rows: Iterator[Row], path: Path, draft: Path) -> None:
    pyarrow, parquet = load_pyarrow()
    schema = parquet.ParquetFile(path).schema_arrow
    with parquet.ParquetWriter(draft, schema, compression="zstd") as writer:
        while batch := list(islice(rows, PARQUET_ROWS)):
            writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))


FORMATS: dict[str, tuple[Callable[[Path], Iterator[Row]], Callable[[Iterator[Row], Path, Path], None]]] = {
    ".json": (_read_list, _write_list),
    **dict.fromkeys((".jsonl", ".ndjson"), (_read_lines, _write_lines)),
    **dict.fromkeys((".csv", ".tsv"), (_read_csv, _write_csv)),
    ".parquet": (_read_parquet, _write_parquet),
}
"""Functions that read the rows of a table, and write rows in the form of a former table to a draft."""


# Stores ---------------------------------------------------------------------------------------------------------------

_COLUMNS = ("author", "outlet", "parent", "text", "document", "comment", "quoted", "parent_text")
_COMMENTS = (
    "SELECT comment, document, extra, author, outlet, parent, text, documents.id, comments.id, quoted, parent_text"
    " FROM comments JOIN documents USING (document)"
)
_ITEMS = "SELECT item, NULL, NULL, author, outlet, parent, text, document, identifier FROM items"


def read_store(path: Path) -> Iterator[Row]:
    """Read the comments and the items to label of a store as rows of a table, and the targets of the items."""
    with Store.read(path, touches_folder=False) as store:
        yield from ({"target": target} for (target,) in store.rows("SELECT DISTINCT target FROM pairs"))
        for table in ("comment", "item"):
            yield from (row for _, _, row in _numbered(store, table))


def _numbered(store: Store, table: str) -> Iterator[tuple[int, int | None, Row]]:
    for number, document, extra, *values in store.rows(_COMMENTS if table == "comment" else _ITEMS):
        kept = {name: value for name, value in json_object(extra or "{}").items() if isinstance(value, str)}
        yield number, document, {**kept, **dict(zip(_COLUMNS, values, strict=False))}


def clean_store(person: Person, path: Path, *, dry: bool) -> Changed:
    """Remove a person from a store, in one transaction, and the bytes of what is removed.

    :raises StoreError: If another command is using it, or it is no whole store.
    """
    person.counts.clear()
    changes: list[tuple[str, int, Row]] = []  # table, number of the row, new values; none: the row goes
    documents, outlets = set(), set()
    with Store.read(path, touches_folder=False) if dry else Store.write(path) as store:
        for table in ("comment", "item"):
            for number, document, row in _numbered(store, table):
                before = dict(row)
                stays = person.clean(row)
                if stays and row == before:
                    continue
                changes.append((table, number, _new_values(row, before) if stays else {}))
                documents |= {document} - {None}
                outlets |= set() if stays else {row["outlet"]}
        if changes and not dry:
            names = [(name, outlet) for name in person.names for outlet in outlets]
            digests = [forgotten_digest(name, outlet, person.key) for name, outlet in names] if person.key else []
            _change(store, changes, documents, digests)
        if not dry and (changes or store.has_forgotten()):  # also after a run that was killed before it purged
            store.purge()
    return Changed(**person.counts)


def _new_values(row: Row, before: Row) -> Row:
    new = {name: value for name, value in row.items() if value != before[name] and name in _COLUMNS}
    if kept := {name: value for name, value in row.items() if value is not None and name not in _COLUMNS}:
        new["extra"] = json.dumps(kept, ensure_ascii=False)
    return new


def _change(store: Store, changes: Iterable[tuple[str, int, Row]], documents: set[int], digests: list[str]) -> None:
    with store.transaction() as connection:
        connection.execute("PRAGMA secure_delete = ON")
        triggers = connection.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for name, _ in triggers:  # they keep labels from being deleted
            connection.execute(f'DROP TRIGGER "{name}"')
        for document in documents:
            store.unindex_document(document)
        for table, number, new in changes:
            places = ", ".join(f"{name} = ?" for name in new)
            statement = f"UPDATE {table}s SET {places}" if new else f"DELETE FROM {table}s"  # noqa: S608 our own names
            connection.execute(f"{statement} WHERE {table} = ?", (*new.values(), number))
        for document in documents:
            store.index_document(document)
        for _, statement in triggers:
            connection.execute(statement)
        connection.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", [(digest,) for digest in digests])
