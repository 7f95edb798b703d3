"""Rows of tables, as JSON Lines, a JSON list, CSV or Parquet, each with its number, one at a time.

What a row means is decided elsewhere; here it is only found, and named where it is broken.
"""

import csv
import io
import json
import math
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import IO, Any, BinaryIO, TypeAlias

from stance.exceptions import InputError, MissingExtraError
from stance.limits import MAX_DIGITS, PARQUET_HELD_BYTES, Limits, shown_size
from stance.reading.encoding import clean, decode, encoding_of_head
from stance.reading.packing import CHUNK_BYTES, PARQUET_MAGIC, head
from stance.reading.problems import Problems
from stance.reading.sniffing import declared_delimiter, delimiter_of, escapes_quotes

PARQUET_BATCH = 1_000  # rows that are unpacked together
TOO_DEEP = "nested too deeply; expected a flat JSON object"

Row: TypeAlias = Mapping[str, Any]
Rows: TypeAlias = Iterator[tuple[int, Row]]
Line: TypeAlias = tuple[int, str]
Problem: TypeAlias = Callable[[int, str], None]

_JSON_BLANKS = re.compile(r"[ \t\r\n]*")
_ESCAPED = re.compile(r'\\([\\"])')


def json_line_rows(reader: io.BufferedReader, problems: Problems, limits: Limits) -> Rows:
    """Yield the objects of a table that has one on each line.

    :param reader: The table, unpacked.
    :param problems: Is told each line that holds none.
    :param limits: Bound a line.
    """
    for number, line in read_lines(reader, limits, problems.add):
        if not line.strip():
            continue
        if not problems.begin_row():
            return
        try:
            row = json_object(line)
        except InputError as error:
            problems.add(number, str(error))
            continue
        yield number, row


def json_list_rows(reader: io.BufferedReader, problems: Problems, limits: Limits) -> Rows:
    """Yield the objects of a table that is one JSON list; they are numbered from 1.

    :param reader: The table, unpacked; its text is held, its objects are not.
    :param problems: Is told each member that is no object, and where the list breaks off.
    :param limits: Bound the whole.
    :raises InputError: If it is larger than a page may be.
    """
    data = reader.read(limits.page_bytes + 1)
    if len(data) > limits.page_bytes:
        raise InputError(f"larger than {shown_size(limits.page_bytes)}, the limit; expected JSON Lines for that")
    decoded = decode(data)
    text = decoded.text
    position = text.find("[") + 1
    if not position:  # its beginning, which told that it is a list, was of another encoding than the whole
        raise InputError(f"the beginning of a JSON list, but no list in {decoded.encoding}; expected UTF-8")
    while (position := _blanks_end(text, position)) < len(text) and text[position] != "]":
        if not problems.begin_row():
            return
        try:
            row, position = _DECODER.raw_decode(text, position)
        except (ValueError, RecursionError) as error:
            reason = TOO_DEEP if isinstance(error, RecursionError) else f"not JSON: {error}"[:200]
            problems.add(problems.parts, f"{reason}; the rest was left out")
            return
        if isinstance(row, dict):
            yield problems.parts, row
        else:
            problems.add(problems.parts, "not an object; expected a list of objects")
        position = _blanks_end(text, position)
        position += text.startswith(",", position)
    if not text.startswith("]", position) or text[position + 1 :].strip():
        problems.add(problems.parts + 1, "the list does not end where the text does; expected one list of objects")


def csv_rows(
    reader: io.BufferedReader, problems: Problems, limits: Limits, check: Callable[[list[str]], list[str]]
) -> Rows:
    """Yield the rows of a table under a header; a line before it may say what stands between cells.

    :param reader: The table, unpacked.
    :param problems: Is told each row with another number of cells than columns.
    :param limits: Bound lines and rows.
    :param check: Is given the names of the columns; returns those to be used in their place, or raises ``InputError``.
    :raises InputError: If the header cannot be used.
    """
    is_escaped = escapes_quotes(head(reader))
    lines = read_lines(reader, limits, problems.add)
    if is_escaped:
        lines = ((number, with_doubled_quotes(line)) for number, line in lines)
    header = next((line for _, line in lines if line.strip()), "")
    if declared := declared_delimiter(header):
        _, header = next(lines, (2, ""))
    delimiter = declared or delimiter_of(header)
    columns, is_spaced = _columns(header, delimiter)
    names = check([" ".join(clean(name).split()).lower() for name in columns])
    for number, cells in _csv_cells(lines, delimiter, limits, problems.add, is_spaced=is_spaced):
        if len(cells) > 1 and [cells[0].removeprefix("\ufeff"), *cells[1:]] == columns:  # tables joined as they were
            continue
        if not problems.begin_row():
            return
        if len(cells) == len(names):
            yield number, dict(zip(names, cells, strict=True))
        else:
            problems.add(number, f"{len(cells)} cells; expected {len(names)}, one per column")


def parquet_rows(file: BinaryIO, problems: Problems, limits: Limits, choose: Callable[[list[str]], list[str]]) -> Rows:
    """Yield the rows of a Parquet table; they are numbered from 1.

    :param file: The table; it is read at any place, so a stream must have been copied.
    :param problems: Counts rows.
    :param limits: Bound how much a column may expand.
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
            file, thrift_string_size_limit=limits.page_bytes, thrift_container_size_limit=1_000_000
        )
        names = choose(list(table.schema_arrow.names))
        _refuse_bombs(table.metadata, limits)
        for batch in table.iter_batches(_batch_rows(table.metadata), columns=names):
            for cells in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                if not problems.begin_row():
                    return
                yield problems.parts, dict(zip(names, map(_plain, cells), strict=True))
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
        raise InputError(f"damaged Parquet data: {clean(str(error))}".replace("\n", " ")[:200]) from error


def seekable(stream: BinaryIO, reader: io.BufferedReader, limits: Limits) -> BinaryIO:
    """Return what can be read at any place: the input itself where it is a plain file, else a copy.

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
    copy: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 closed when it is let go
    size = 0
    while chunk := reader.read1(CHUNK_BYTES):
        size += copy.write(chunk)
        if size > limits.unpacked_bytes:
            raise InputError(f"larger than {shown_size(limits.unpacked_bytes)}, the limit of a table that is piped in")
    copy.seek(0)
    return copy  # type: ignore[return-value]


# Lines ----------------------------------------------------------------------------------------------------------------


def read_lines(reader: io.BufferedReader, limits: Limits, problem: Problem) -> Iterator[Line]:
    """Yield the lines of a table with their numbers, from 1; one that is too long is reported and left out."""
    text = io.TextIOWrapper(reader, encoding_of_head(head(reader)), errors="replace", newline=None)
    number = 0
    try:
        while line := text.readline(limits.line_chars + 1):
            number += 1
            if len(line) <= limits.line_chars:
                yield number, line.removeprefix("\ufeff") if number == 1 else line
                continue
            while line and not line.endswith("\n"):
                line = text.readline(limits.line_chars)
            problem(number, f"a line of more than {limits.line_chars:,} characters, the limit")
    except InputError as error:  # packed data that breaks here; the rows before it are good
        problem(number + 1, str(error))


# JSON -----------------------------------------------------------------------------------------------------------------


def json_object(line: str) -> dict[str, Any]:
    """Read one JSON object.

    :raises InputError: If it is none, or is nested too deeply.
    """
    try:
        row = _DECODER.decode(line)
    except ValueError as error:
        raise InputError(f"not JSON: {error}"[:200]) from error
    except RecursionError:
        raise InputError(TOO_DEEP) from None
    if not isinstance(row, dict):
        raise InputError("not an object; expected JSON Lines, one object per line")
    return row


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no JSON number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is too large")
    return number


def _whole(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite, parse_int=_whole)


def _blanks_end(text: str, position: int) -> int:
    blanks = _JSON_BLANKS.match(text, position)
    return blanks.end() if blanks else position


# CSV ------------------------------------------------------------------------------------------------------------------


def _columns(header: str, delimiter: str) -> tuple[list[str], bool]:
    """Read the names of columns, and whether a space stands before each but the first, as it then does before cells."""
    try:
        names = next(csv.reader([header], delimiter=delimiter), [])
        is_spaced = len(names) > 1 and all(name.startswith(" ") for name in names[1:])
        return next(csv.reader([header], delimiter=delimiter, skipinitialspace=is_spaced), []), is_spaced
    except csv.Error as error:
        raise InputError(f"no readable header: {error}; expected column names") from error


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
    lines: Iterator[Line], delimiter: str, limits: Limits, problem: Problem, *, is_spaced: bool
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV table with the number of the line where each begins.

    A quote that is never closed would swallow the rest of the table: then its line alone is reported and left out, and
    reading goes on with the next one.
    """
    feed = _Feed(lines, limits.row_chars)
    failures, longest = 0, limits.line_chars + limits.row_chars
    rows = cells_of_csv(feed, delimiter, longest, is_spaced=is_spaced)
    while feed.has_more():
        feed.begin_row()
        try:
            cells = next(rows)
        except StopIteration:
            return
        except (_UnclosedQuoteError, csv.Error) as error:
            number = feed.drop_first_line()
            rows = cells_of_csv(feed, delimiter, longest, is_spaced=is_spaced)
            problem(number, str(error))
            failures += 1
            if failures > limits.unclosed_quotes:
                raise InputError(
                    f"more than {limits.unclosed_quotes} unclosed quotes; the rest was left out"
                ) from error
            continue
        if cells:
            yield feed.first_number, cells


class _UnclosedQuoteError(Exception):
    """A row goes on where it should have ended."""


class _Feed:
    """Lines for ``csv.reader``, which remembers those of the row being read so that they can be read again."""

    def __init__(self, lines: Iterator[Line], row_chars: int) -> None:
        self._lines = lines
        self._waiting: list[Line] = []  # to be read again, the next one last
        self._row: list[Line] = []
        self._row_size = 0
        self._row_limit = row_chars

    @property
    def first_number(self) -> int:
        """The line where the row begins."""
        return self._row[0][0]

    def has_more(self) -> bool:
        """Tell whether a line is left."""
        if not self._waiting and (line := next(self._lines, None)):
            self._waiting.append(line)
        return bool(self._waiting)

    def begin_row(self) -> None:
        """Forget the row before."""
        self._row = []
        self._row_size = 0

    def drop_first_line(self) -> int:
        """Hand all lines of the row but the first out again; return the number of the first."""
        (number, _), *rest = self._row
        self._waiting.extend(reversed(rest))
        return number

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self._row and (self._row_size > self._row_limit or not self.has_more()):
            raise _UnclosedQuoteError("a quote that opens here is not closed")
        if not self.has_more():
            raise StopIteration
        number, line = self._waiting.pop()
        self._row.append((number, line))
        self._row_size += len(line)
        return line


# Parquet --------------------------------------------------------------------------------------------------------------


def _refuse_bombs(metadata: Any, limits: Limits) -> None:
    for group in range(metadata.num_row_groups):
        for column in range(metadata.num_columns):
            part = metadata.row_group(group).column(column)
            unpacked, packed = part.total_uncompressed_size, part.total_compressed_size
            if unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio:
                raise InputError(f"expands to more than {limits.ratio} times its size, the limit")


def _batch_rows(metadata: Any) -> int:
    """Tell how many rows can be held: packed as it is, a column may repeat its longest text in each of them."""
    groups = (metadata.row_group(group) for group in range(metadata.num_row_groups))
    sizes = (group.column(column).total_uncompressed_size for group in groups for column in range(metadata.num_columns))
    return max(1, min(PARQUET_BATCH, PARQUET_HELD_BYTES // max(1, max(sizes, default=1))))


def _plain(value: Any) -> Any:
    """Give a cell the type that JSON would give it; many writers keep texts as bytes, and do not say what they are."""
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    return value if value is None or isinstance(value, str | int | float | bool | list) else str(value)
