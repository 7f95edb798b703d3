"""Find the rows of tables, each with its number: JSON Lines, JSON lists, CSV, Parquet.

A table may hold millions of rows and any of them may be broken, so one is held at a time, and a bad one is named by its
line and left out while the rest is read.
"""

import csv
import io
import json
import math
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, BinaryIO, TypeAlias, cast

from stance.datamodels import Skip
from stance.exceptions import InputError, MissingExtraError
from stance.limits import MAX_DIGITS, PARQUET_HELD_BYTES, Limits, shown_size
from stance.reading.inputs import declared_delimiter, delimiter_of
from stance.reading.text import (
    CHUNK_BYTES,
    KEEP_INVALID,
    PARQUET_MAGIC,
    choose_encoding,
    clean,
    encoding_of_head,
    head,
)

Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Iterator[tuple[int, Row]]
Line: TypeAlias = tuple[int, str]


@dataclass(slots=True)
class Problems:
    """Bad rows of a table, or records of an archive: the first are named, the rest are counted.

    :param source: The input's name.
    :param skip: Called with each part that is left out.
    :param limits: How many are named.
    :param unit: The word for a part: ``line``, ``record``.
    :param mark: Stands between the name of the input and the number of the part.
    """

    source: str
    skip: Callable[[Skip], None]
    limits: Limits
    unit: str = "line"
    mark: str = ":"
    parts: int = 0  # good or bad
    count: int = 0
    misfits: int = 0  # of them, those without the columns that are asked for

    def begin_row(self) -> bool:
        """Count a row; return False, and report it, where there are more of them than a table may have."""
        if self.parts == self.limits.rows:
            self.add_whole(f"more than {self.limits.rows:,} rows, the limit; the rest was left out")
            return False
        self.parts += 1
        return True

    def add(self, number: int, reason: str, *, is_misfit: bool = False) -> None:
        """Report one part.

        :param is_misfit: Whether it is sound, and has not the columns that are asked for.
        """
        self.count += 1
        self.misfits += is_misfit
        if self.count <= self.limits.named_rows:
            self.skip(Skip(f"{self.source}{self.mark}{number}", f"{self.unit} {number}: {reason}", is_misfit))

    def add_whole(self, reason: str) -> None:
        """Report a fault of the whole input."""
        self.count += 1
        self.skip(Skip(self.source, reason))

    def close(self, *, empty: str | None) -> None:
        """Report how many parts were not named, and ``empty`` if there was none at all."""
        if empty and not self.parts and not self.count:
            self.skip(Skip(self.source, empty))
        if (more := self.count - self.limits.named_rows) > 0:
            units = "rows" if self.unit == "line" else f"{self.unit}s"
            self.skip(Skip(self.source, f"{more:,} more {units} could not be read", self.misfits == self.count))


# JSON -----------------------------------------------------------------------------------------------------------------

TOO_DEEP = "nested too deeply; expected a flat JSON object"
_JSON_BLANKS = re.compile(r"[ \t\r\n]*")


def _number(text: str) -> float:
    """Read a number that can be kept: long ones take quadratic time to read and mean nothing here."""
    if len(text) > MAX_DIGITS:
        raise ValueError(f"a number of {len(text)} digits")
    number = int(text) if text.lstrip("-").isdigit() else float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is no JSON number, or too large")
    return number


_DECODER = json.JSONDecoder(parse_constant=_number, parse_float=_number, parse_int=cast(Any, _number))


def json_object(line: str) -> dict[str, Any]:
    """Read one JSON object.

    :raises InputError: If it is none, or is nested too deeply.
    """
    row = _parsed(_DECODER.decode, line)
    if not isinstance(row, dict):
        raise InputError("not an object; expected JSON Lines, one object per line")
    return row


def _parsed(parse: Callable[..., Any], *arguments: Any) -> Any:
    try:
        return parse(*arguments)
    except (ValueError, RecursionError) as error:
        raise InputError(TOO_DEEP if isinstance(error, RecursionError) else f"not JSON: {error}"[:200]) from None


def _blanks_end(text: str, position: int) -> int:
    blanks = _JSON_BLANKS.match(text, position)
    return blanks.end() if blanks else position


def read_lines(reader: io.BufferedReader, problems: Problems) -> Iterator[Line]:
    """Yield the lines of a table with their numbers, from 1; one that is too long is reported and left out."""
    text = io.TextIOWrapper(reader, encoding_of_head(head(reader)), errors=KEEP_INVALID, newline=None)
    number, most = 0, problems.limits.line_chars
    try:
        while line := text.readline(most + 1):
            number += 1
            if len(line) <= most:
                yield number, line.removeprefix("\ufeff") if number == 1 else line
                continue
            while line and not line.endswith("\n"):
                line = text.readline(most)
            problems.add(number, f"a line of more than {most:,} characters, the limit")
    except InputError as error:  # packed data that breaks here; the rows before it are good
        problems.add(number + 1, str(error))


def json_line_rows(reader: io.BufferedReader, problems: Problems) -> Rows:
    """Yield the objects of a table that has one on each line.

    :param reader: The table, unpacked.
    :param problems: Is told each line that holds none.
    """
    for number, line in read_lines(reader, problems):
        if not line.strip():
            continue
        if not problems.begin_row():
            return
        try:
            yield number, json_object(line)
        except InputError as error:
            problems.add(number, str(error))


def json_list_rows(reader: io.BufferedReader, problems: Problems) -> Rows:
    """Yield the objects of a table that is one JSON list; they are numbered from 1.

    :param reader: The table, unpacked; its text is held, its objects are not.
    :param problems: Is told each member that is no object, and where the list breaks off.
    :raises InputError: If it is larger than a page may be.
    """
    most = problems.limits.page_bytes
    data = reader.read(most + 1)
    if len(data) > most:
        raise InputError(f"larger than {shown_size(most)}, the limit; expected JSON Lines for that")
    encoding = choose_encoding(data)[0]
    text = data.decode(encoding, KEEP_INVALID)
    position = text.find("[") + 1
    if not position:  # its beginning, which told that it is a list, was of another encoding than the whole
        raise InputError(f"the beginning of a JSON list, but no list in {encoding}; expected UTF-8")
    while (position := _blanks_end(text, position)) < len(text) and text[position] != "]":
        if not problems.begin_row():
            return
        try:
            row, position = _parsed(_DECODER.raw_decode, text, position)
        except InputError as error:
            problems.add(problems.parts, f"{error}; the rest was left out")
            return
        if isinstance(row, dict):
            yield problems.parts, row
        else:
            problems.add(problems.parts, "not an object; expected a list of objects")
        position = _blanks_end(text, position)
        position += text.startswith(",", position)
    if not text.startswith("]", position) or text[position + 1 :].strip():
        problems.add(problems.parts + 1, "the list does not end where the text does; expected one list of objects")


# CSV ------------------------------------------------------------------------------------------------------------------

_ESCAPED = re.compile(r'\\([\\"])')
_ESCAPED_QUOTE = re.compile(rb'\\"[^",;\t|\r\n]')
_DOUBLED_QUOTE = re.compile(rb'[^",;\t|\r\n\\]""[^",;\t|\r\n]')


def csv_rows(reader: io.BufferedReader, problems: Problems, check: Callable[[list[str]], list[str]]) -> Rows:
    """Yield the rows of a table under a header; a line before it may declare the delimiter.

    :param reader: The table, unpacked.
    :param problems: Is told each row with another number of cells than columns.
    :param check: Is given the names of the columns; returns those to be used in their place, or raises ``InputError``.
    :raises InputError: If the header cannot be used.
    """
    is_escaped = escapes_quotes(head(reader))
    lines = read_lines(reader, problems)
    if is_escaped:
        lines = ((number, with_doubled_quotes(line)) for number, line in lines)
    header = next((line for _, line in lines if line.strip()), "")
    if declared := declared_delimiter(header):
        _, header = next(lines, (2, ""))
    delimiter = declared or delimiter_of(header)
    try:
        names = next(csv.reader([header], delimiter=delimiter), [])
        # Where a space stands before each name but the first, it does before cells.
        is_spaced = len(names) > 1 and all(name.startswith(" ") for name in names[1:])
        columns = next(csv.reader([header], delimiter=delimiter, skipinitialspace=is_spaced), [])
    except csv.Error as error:
        raise InputError(f"no readable header: {error}; expected column names") from error
    names = check([" ".join(clean(name).split()).lower() for name in columns])
    for number, cells in _csv_cells(lines, delimiter, problems, is_spaced=is_spaced):
        if len(cells) > 1 and [cells[0].removeprefix("\ufeff"), *cells[1:]] == columns:  # tables joined as they were
            continue
        if not problems.begin_row():
            return
        if len(cells) == len(names):
            yield number, dict(zip(names, cells, strict=True))
        else:
            problems.add(number, f"{len(cells)} cells; expected {len(names)}, one per column")


def escapes_quotes(head: bytes) -> bool:
    """Recognize a table that writes a backslash before a quote in a cell, as Spark and MySQL do, not a quote."""
    return _ESCAPED_QUOTE.search(head) is not None and _DOUBLED_QUOTE.search(head) is None


def with_doubled_quotes(line: str) -> str:
    """Write the quotes of a line that ``escapes_quotes`` as ``csv`` reads them, and leave other backslashes."""
    return _ESCAPED.sub(lambda found: '""' if found[1] == '"' else "\\", line)


def cells_of_csv(lines: Iterator[str], delimiter: str, most: int, *, is_spaced: bool = False) -> Iterator[list[str]]:
    """Yield the cells of each row.

    :param lines: As ``csv.reader`` takes them.
    :param most: Characters of a cell. The module's bound is one for the whole process: others find it as it was.
    :param is_spaced: A space stands behind each delimiter, before the quotes.
    :raises csv.Error: If a cell has more.
    """
    rows = csv.reader(lines, delimiter=delimiter, skipinitialspace=is_spaced)
    while True:
        before = csv.field_size_limit(most)
        try:
            cells = next(rows, None)
        finally:
            csv.field_size_limit(before)
        if cells is None:
            return
        yield cells


def _csv_cells(
    lines: Iterator[Line], delimiter: str, problems: Problems, *, is_spaced: bool
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV table with the number of the line where each begins.

    A quote that is never closed would swallow the rest of the table: then its line alone is reported and left out, and
    reading goes on with the next one.
    """
    limits, failures = problems.limits, 0
    feed = _Feed(lines, limits.row_chars)
    while True:
        try:
            for cells in cells_of_csv(feed, delimiter, limits.line_chars + limits.row_chars, is_spaced=is_spaced):
                number = feed.row[0][0]
                feed.row.clear()
                if cells:
                    yield number, cells
            return
        except (_UnclosedQuoteError, csv.Error) as error:
            (number, _), *again = feed.row
            feed.row.clear()
            feed.again.extend(reversed(again))
            problems.add(number, str(error))
            failures += 1
        if failures > limits.unclosed_quotes:
            raise InputError(f"more than {limits.unclosed_quotes} unclosed quotes; the rest was left out")


class _UnclosedQuoteError(Exception):
    """A row goes on where it should have ended."""


class _Feed(Iterator[str]):
    """Lines for ``csv.reader``, which remembers those of the row being read so that they can be read again."""

    def __init__(self, lines: Iterator[Line], row_chars: int) -> None:
        self.row: list[Line] = []
        self.again: list[Line] = []  # the next one last
        self._lines = lines
        self._row_chars = row_chars

    def __next__(self) -> str:
        is_long = sum(len(line) for _, line in self.row) > self._row_chars
        following = None if is_long else self.again.pop() if self.again else next(self._lines, None)
        if following is None and self.row:
            raise _UnclosedQuoteError("a quote that opens here is not closed")
        if following is None:
            raise StopIteration
        self.row.append(following)
        return following[1]


# Parquet --------------------------------------------------------------------------------------------------------------

PARQUET_BATCH = 1_000  # rows that are unpacked together


def parquet_rows(file: BinaryIO, problems: Problems, choose: Callable[[list[str]], list[str]]) -> Rows:
    """Yield the rows of a Parquet table; they are numbered from 1.

    :param file: The table; it is read at any place, so a stream must have been copied.
    :param problems: Counts rows.
    :param choose: Is given the names of the columns; returns those to be read, or raises ``InputError``.
    :raises InputError: If it cannot be read, or pyarrow is not there.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise InputError(str(MissingExtraError("pyarrow", "parquet"))) from None
    try:
        table = parquet.ParquetFile(
            file, thrift_string_size_limit=problems.limits.page_bytes, thrift_container_size_limit=1_000_000
        )
        names = choose(list(table.schema_arrow.names))
        for batch in table.iter_batches(_batch_rows(table.metadata, problems.limits), columns=names):
            for cells in zip(*map(_cells, batch.columns), strict=True):
                if not problems.begin_row():
                    return
                yield problems.parts, dict(zip(names, map(_plain, cells), strict=True))
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
        raise InputError(f"damaged Parquet data: {clean(str(error))}".replace("\n", " ")[:200]) from error


def seekable(stream: BinaryIO, reader: io.BufferedReader, limits: Limits) -> BinaryIO:
    """Return a file that can be read at any place: the input itself where it is a plain file, else a copy.

    :param stream: The input as it was opened.
    :param reader: The input, unpacked.
    :param limits: Bound the copy.
    :raises InputError: If there is more to copy.
    """
    if stream.seekable():
        stream.seek(0)
        if stream.read(len(PARQUET_MAGIC)) == PARQUET_MAGIC:
            return stream
        raise InputError("a packed Parquet table; expected it unpacked, since it is packed inside")
    copy = tempfile.TemporaryFile()  # noqa: SIM115 closed when it is let go
    while chunk := reader.read1(CHUNK_BYTES):
        copy.write(chunk)
        if copy.tell() > limits.unpacked_bytes:
            raise InputError(f"larger than {shown_size(limits.unpacked_bytes)}, the limit of a table that is piped in")
    copy.seek(0)
    return cast(BinaryIO, copy)


def _batch_rows(metadata: Any, limits: Limits) -> int:
    """Return how many rows can be held: packed as it is, a column may repeat its longest text in each of them.

    :raises InputError: If a column expands to more than the limit.
    """
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    parts = [group.column(number) for group in groups for number in range(metadata.num_columns)]
    for part in parts:
        unpacked = part.total_uncompressed_size
        if unpacked > limits.ratio_from_bytes and unpacked > part.total_compressed_size * limits.ratio:
            raise InputError(f"expands to more than {limits.ratio} times its size, the limit")
    largest = max((part.total_uncompressed_size for part in parts), default=1)
    return max(1, min(PARQUET_BATCH, PARQUET_HELD_BYTES // max(1, largest)))


def _cells(column: Any) -> list[Any]:
    try:
        return list(column.to_pylist())
    except UnicodeDecodeError:  # a text that is no UTF-8 costs itself alone
        return list(column.cast("binary").to_pylist())


def _plain(value: Any) -> Any:
    """Give a cell the type that JSON would give it; many writers keep texts as bytes, without a word of that."""
    if isinstance(value, bytes):
        return value.decode("utf-8", KEEP_INVALID)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    is_nan = isinstance(value, float) and math.isnan(value)
    return None if is_nan else value if isinstance(value, str | int | float | list | None) else str(value)
