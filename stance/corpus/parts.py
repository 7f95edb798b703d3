"""The files of a part: written whole, and read a batch of rows at a time.

A part may come from anywhere, so before a row of it is read it must be a plain file of the size and digest that the
manifest says, with exactly our columns, and must not expand beyond what real texts do. The digest costs a hundredth of
the reading, and must be right: Arrow may crash, not fail, on a file of which one byte is wrong.
"""

import hashlib
import os
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

from stance.corpus.manifest import NOT_READ, TABLES, Input, Manifest, Part, Seal, numbers_of_parts, part_path
from stance.corpus.tables import COLUMNS, Row, Rows, Stored, read_stored, rows_of, schema
from stance.drafts import draft
from stance.exceptions import ConfigError, InputError
from stance.limits import MEGABYTE, Limits
from stance.outputs import load_pyarrow

ROW_GROUP = 5_000
"""Rows of a row group: what a reader must unpack to see one of them."""

BATCH = 1_000
"""Rows that are turned into values together."""

HELD_BYTES = 100 * MEGABYTE
MOST_COMMENTS = 1_000_000
"""Rows of a table that may belong to one document, which is held as a whole."""

REPEATED = ("document", "outlet", "unit", "comment", "author", "target", "stance", "via", "language", "model", "posted")
_LIMITS = Limits()
_FLAGS = os.O_RDONLY | sum(getattr(os, name, 0) for name in ("O_CLOEXEC", "O_NOFOLLOW", "O_NONBLOCK", "O_BINARY"))


def write_part(rows: Rows, number: int, folder: Path) -> Part:
    """Write the three files of a part.

    :raises ConfigError: If they cannot be written.
    """
    _, parquet = load_pyarrow()
    seals = {}
    for table in TABLES:
        path = part_path(folder, table, number)
        with draft(path, "wb") as file:
            parquet.write_table(rows.table(table), file, compression="zstd", row_group_size=ROW_GROUP)
        seals[table] = seal_of(path)
    return Part(number, len(rows.documents), len(rows.comments), len(rows.scores), seals)


def seal_of(path: Path) -> Seal:
    """Digest a file as it is now."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return Seal(file.tell(), digest)


def read_part(part: Part, folder: Path) -> Iterator[Stored]:
    """Read the documents of a part in their order; one is held at a time, with a batch of rows of each table.

    :raises InputError: If a file is missing or damaged; the message names it.
    """
    with ExitStack() as opened:
        documents, comments, scores = (
            _Numbered(opened.enter_context(_rows(part, folder, table)), part.path(folder, table)) for table in TABLES
        )
        for number, (row, *others) in documents:
            with _telling(documents.path):
                if others:
                    raise InputError(f"two documents of number {number}; expected one")
                stored = read_stored(row, comments.take(number), scores.take(number))
            yield stored
        for table in (comments, scores):
            table.end()


def read_columns(part: Part, folder: Path, table: str, names: Sequence[str]) -> Iterator[Row]:
    """Read some columns of a part's table, a row at a time.

    :raises InputError: If the file is missing or damaged.
    """
    with _rows(part, folder, table, names) as rows:
        yield from rows


def gather(folder: Path) -> Manifest:
    """Say of a corpus that lost its manifest what its parts tell: which inputs they came of, so that none is lost.

    :return: Made with settings that no run has, so that it must be scored again.
    :raises ConfigError: If a part cannot tell it.
    """
    numbers = numbers_of_parts(folder)
    found: dict[str, Input] = {}
    for number in numbers:
        for path, documents in _origins(folder, number).items():
            known = found.get(path, Input(path, 0, NOT_READ))
            found[path] = replace(known, documents=known.documents + documents, parts=(*known.parts, number))
    parts = tuple(Part(number, 0, 0, 0, {}) for number in numbers)
    return Manifest({"manifest": "damaged"}, parts, tuple(found.values()), next_part=max(numbers, default=0) + 1)


def _origins(folder: Path, number: int) -> Counter[str]:
    """Count the documents of a part by the inputs that they came of, as its file says now."""
    pyarrow, parquet = load_pyarrow()
    path = part_path(folder, "documents", number)
    try:
        part = Part(number, parquet.read_metadata(path).num_rows, 0, 0, {"documents": seal_of(path)})
        return Counter(origin for (origin,) in read_columns(part, folder, "documents", ("input",)))
    except (pyarrow.ArrowException, OSError, InputError):
        seen = "damaged as the manifest is, so nothing tells of which inputs this part came"
        raise ConfigError(f"{path}: {seen}; expected another folder") from None


class _Numbered:
    """Rows of a table, taken by the number of their document, which only grows."""

    def __init__(self, rows: Iterator[Row], path: Path) -> None:
        self.path = path
        self._groups = groupby(rows, key=lambda row: row[0])
        self._next: tuple[Any, list[Row]] | None = None
        self._last = 0

    def __iter__(self) -> Iterator[tuple[int, list[Row]]]:
        while (group := self._ahead()) is not None:
            self._next = None
            yield group

    def take(self, number: int) -> list[Row]:
        """Give the rows of a document; there may be none."""
        if (group := self._ahead()) is None or group[0] > number:
            return []
        if group[0] < number:
            self.end()
        self._next = None
        return group[1]

    def end(self) -> None:
        """Refuse rows that belong to no document."""
        if (group := self._ahead()) is not None:
            raise InputError(f"{self.path}: rows of document {group[0]}, which is not there; expected it in documents")

    def _ahead(self) -> tuple[int, list[Row]] | None:
        if self._next is None and (group := next(self._groups, None)) is not None:
            number, rows = group
            if type(number) is not int or number <= self._last:
                raise InputError(f"{self.path}: number {number} after {self._last}; expected ascending numbers")
            held = [row for _, row in zip(range(MOST_COMMENTS + 1), rows, strict=False)]
            if len(held) > MOST_COMMENTS:
                raise InputError(f"{self.path}: more than {MOST_COMMENTS:,} rows of one document, the limit")
            self._next, self._last = (number, held), number
        return self._next


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Name the file in what is wrong with its rows."""
    try:
        yield
    except InputError as error:
        message = str(error)
        known = message.startswith(str(path.parent.parent))
        raise InputError(message if known else f"{path}: {message}") from None


@contextmanager
def _rows(part: Part, folder: Path, table: str, names: Sequence[str] | None = None) -> Iterator[Iterator[Row]]:
    path = part.path(folder, table)
    with _open(path, part.files[table]) as stream:
        yield _batches(stream, path, part.rows(table), table, names)


@contextmanager
def _open(path: Path, seal: Seal) -> Iterator[BinaryIO]:
    """Open a file that is what the manifest says."""
    try:
        descriptor = os.open(path, _FLAGS)
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; expected a part of the corpus") from None
    found = os.fstat(descriptor)
    if not stat.S_ISREG(found.st_mode):
        os.close(descriptor)
        raise InputError(f"{path}: not a regular file; expected a part of the corpus")
    with os.fdopen(descriptor, "rb") as stream:
        if found.st_size != seal.bytes:
            raise InputError(f"{path}: {found.st_size:,} bytes; expected {seal.bytes:,}, as the manifest says")
        if (found_digest := hashlib.file_digest(stream, "sha256").hexdigest()) != seal.sha256:
            seen = f"changed since it was written (SHA-256 {found_digest[:12]}…)"
            raise InputError(f"{path}: {seen}; expected {seal.sha256[:12]}…, as the manifest says")
        stream.seek(0)
        yield stream


def _batches(stream: BinaryIO, path: Path, rows: int, table: str, names: Sequence[str] | None) -> Iterator[Row]:
    pyarrow, parquet = load_pyarrow()
    try:
        file = parquet.ParquetFile(
            stream,
            read_dictionary=[name for name in REPEATED if name in COLUMNS[table]],
            thrift_string_size_limit=_LIMITS.page_bytes,
            thrift_container_size_limit=1_000_000,
        )
        _check(file, path, rows, table)
        for batch in file.iter_batches(_batch_rows(file.metadata), columns=list(names) if names else None):
            batch.validate(full=True)  # texts that are no UTF-8, places beyond a dictionary's end
            yield from rows_of(batch.select(list(names)) if names else batch)
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
        seen = " ".join(str(error).split())[:150]
        raise InputError(f"{path}: damaged Parquet data ({seen}); expected a part as it was written") from None


def _check(file: Any, path: Path, rows: int, table: str) -> None:
    stored = parquet_schema(file)
    if not stored.equals(schema(table)):
        strange = [name for name in stored.names if name not in COLUMNS[table]] or ["of other types"]
        raise InputError(f"{path}: columns {', '.join(strange)[:100]}; expected those of {table} in a corpus")
    if file.metadata.num_rows != rows:
        raise InputError(f"{path}: {file.metadata.num_rows:,} rows; expected {rows:,}, as the manifest says")
    for column in _chunks(file.metadata):
        unpacked, packed = column.total_uncompressed_size, column.total_compressed_size
        if unpacked > _LIMITS.ratio_from_bytes and unpacked > packed * _LIMITS.ratio:
            raise InputError(f"{path}: expands to more than {_LIMITS.ratio} times its size, the limit")


def parquet_schema(file: Any) -> Any:
    """Give the schema of a file as it was before columns are read as dictionaries."""
    pyarrow, _ = load_pyarrow()
    plain = [
        pyarrow.field(each.name, each.type.value_type if pyarrow.types.is_dictionary(each.type) else each.type)
        for each in file.schema_arrow
    ]
    return pyarrow.schema(plain)


def _chunks(metadata: Any) -> Iterator[Any]:
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            yield metadata.row_group(group).column(column)


def _batch_rows(metadata: Any) -> int:
    """Tell how many rows can be held: packed as it is, a column may repeat its longest text in each of them."""
    largest = max((column.total_uncompressed_size for column in _chunks(metadata)), default=1)
    return max(1, min(BATCH, HELD_BYTES // max(1, largest)))
