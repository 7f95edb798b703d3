"""Read tables of comments, documents or scores: CSV, JSON Lines, JSON lists, Parquet.

A table may hold millions of rows and any of them may be broken, so nothing is held beyond the document being filled,
and a bad row is named by its line and left out while the rest is read. Rows whose order says nothing of their documents
are sorted on disk.
"""

import csv
import io
import json
import math
import pickle
import re
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import chain, groupby, islice
from typing import BinaryIO, NamedTuple, TypeAlias, TypeVar

from stance import page_layouts
from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document, Json, Page, Score, Skip, Unit
from stance.exceptions import ColumnsError, ConfigError, InputError, MissingExtraError, unknown
from stance.limits import FIXED, Limits
from stance.parsing.votes import read_count
from stance.reading import text as decoding
from stance.reading.text import clean, encoding_of, head, natural_text, web_address
from stance.records import document_records, score_records, writers


class TablesConstants:
    """Constants of this module."""

    json_sign = re.compile(r"[^ \t\r\n\ufeff]")
    searched_depth = 4
    """Number of objects in each other that are searched for a list of objects with texts."""
    survey_id = re.compile(r'\s{0,8}\{"ImportId":.{1,400}\}\s{0,8}')
    survey_kind = re.compile(r"\s{0,8}Open-Ended Response\s{0,8}", re.I)
    elements_at_once = 20
    """Number of elements of a list that are held, where the object around it is too long to be held."""
    rows_in_cell = 20
    """Minimum number of lines, and of delimiters, in a cell that may be rows that a quote took in."""
    escaped = re.compile(r'\\([\\"])')
    doubled_quote = re.compile(rb'[^",;\t|\r\n\\]""[^",;\t|\r\n]')


_C = TablesConstants


Row: TypeAlias = Mapping[str, Json]
Rows: TypeAlias = Iterator[tuple[int, Row]]
NumberedLine: TypeAlias = tuple[int, str]


class ScoreRow(NamedTuple):
    """One row of a table of scores, with the cells of ``records.TEXT_FIELDS`` that it has."""

    score: Score
    texts: Mapping[str, str]


Value: TypeAlias = Document | ScoreRow
Columns: TypeAlias = Mapping[str, str]
Part = TypeVar("Part")


@dataclass(slots=True)
class Problems:
    """Reports bad rows of a table or records of an archive: names the first and counts the rest."""

    source: str
    skip: Callable[[Skip], None]
    limits: Limits
    unit: str = "line"
    # In the encoding; with ``strict``, only UTF-8 is read, and what a mark declares.
    errors: str = "replace"
    parts: int = 0  # good or bad
    count: int = 0  # of the bad ones
    misfits: int = 0  # of them, those without the columns that are asked for
    named: list[int] = field(default_factory=list)  # rows of each report
    notes: list[str] = field(default_factory=list)  # about the whole input, for its next document
    noted: set[str] = field(default_factory=set)

    def encoding_of(self, reader: io.BufferedReader) -> str:
        """Find the encoding of the input, and note it if it is a guess."""
        if self.errors == "strict":
            return decoding.byte_order_mark(head(reader)) or "utf-8"
        encoding, is_guess = encoding_of(reader)
        self.notes += [f"encoding was guessed: {encoding}"] * is_guess
        return encoding

    def note(self, text: str, example: str = "") -> None:
        """Note something of the whole input once; the cells of a column are mostly written in one way.

        :param example: Takes the place of ``{}`` in the text.
        """
        if text not in self.noted:
            self.noted.add(text)
            self.notes.append(text.format(clean(example)[:40]) if example else text)

    def mended(self, text: str, name: str) -> str:
        """Repair and clean a field.

        :raises InputError: If it is too long; texts are bounded elsewhere.
        """
        text = unicodedata.normalize("NFC", text)
        if (repaired := decoding.repaired(text)) != text:
            self.note(decoding.REPAIRED)
        if len(text) > self.limits.field_chars and name not in ("text", "body"):
            raise InputError(f"{name} has {len(text):,} characters; expected at most {self.limits.field_chars:,}")
        return clean(repaired).strip()

    def take_notes(self) -> list[str]:
        """Return the notes that no document has yet."""
        notes, self.notes = self.notes, []
        return notes

    def bounded(self, rows: Iterable[Part]) -> Iterator[Part]:
        """Yield rows up to the limit or a fault of the whole table, which is reported; those before are good."""
        try:
            for row in rows:
                if self.parts == self.limits.rows:
                    raise InputError(f"more than {self.limits.rows:,} rows (the limit); the rest was left out")
                self.parts += 1
                yield row
        except ColumnsError:
            raise
        except InputError as error:
            self.add_whole(str(error))

    def add(self, number: int, error: InputError | str, rows: int = 1) -> None:
        """Report one part, or the first of several with the same fault."""
        is_misfit, more = isinstance(error, ColumnsError), f" and {rows - 1:,} more" * (rows > 1)
        self.count += rows
        self.misfits += is_misfit
        if len(self.named) < self.limits.named_rows:
            self.named.append(rows)
            place = f"{self.source}{'#' if self.unit == 'record' else ':'}{number}"
            self.skip(Skip(place, f"{self.unit} {number}{more}: {error}", is_misfit, rows))

    def add_whole(self, reason: str) -> None:
        """Report a fault of the whole input."""
        self.count += 1
        self.named.append(1)
        self.skip(Skip(self.source, reason))

    def close(self) -> None:
        """Report the number of parts that were not named."""
        if more := self.count - sum(self.named):
            units = "rows" if self.unit == "line" else f"{self.unit}s"
            self.skip(Skip(self.source, f"{more:,} more {units} could not be read", self.misfits == self.count, more))


# JSON -----------------------------------------------------------------------------------------------------------------


def _number(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text[:20]} is no JSON number, or too large")
    return number


def _constant(name: str) -> float | None:
    return None if name == "NaN" else _number(name)  # as Python writes a gap


_DECODER = json.JSONDecoder(parse_constant=_constant, parse_float=_number)


def json_object(line: str) -> dict[str, Json]:
    """Read one JSON object.

    :raises InputError: If it is none, or is nested too deeply.
    """
    row = _parsed(_DECODER.decode, line)
    if not isinstance(row, dict):
        raise InputError("not an object; expected JSON Lines, one object per line")
    return row


def values_at(record: Json, path: str) -> list[Json]:
    """Return all values at a path; of a list on the way, all objects count; a name may have dots itself."""
    values, rest = [record], path
    while rest:
        objects = [each for each in flat(values) if isinstance(each, Mapping)]
        step, _, rest = (rest, "", "") if any(rest in each for each in objects) else rest.partition(".")
        values = [each[step] for each in objects if step in each]
    return values


def flat(values: Iterable[Json]) -> list[Json]:
    """Return values, in place of a list its elements."""
    return [each for value in values for each in (value if isinstance(value, list) else [value])]


def find(record: Json, path: str) -> Json:
    """Return the first value at a path; None if there is none."""
    if isinstance(record, Mapping) and (path in record or "." not in path):  # several times as fast
        return record.get(path)
    return next(iter(values_at(record, path)), None)


def _parsed(parse: Callable[..., Json], *arguments: Json) -> Json:
    try:
        return parse(*arguments)
    except RecursionError:
        raise InputError("nested too deeply; expected a flat JSON object") from None
    except ValueError as error:
        raise InputError(f"not JSON: {error}".partition(";")[0][:200]) from None


def read_lines(reader: io.BufferedReader, problems: Problems) -> Iterator[NumberedLine]:
    """Yield the lines of a table with their numbers, from 1; one that is too long is reported and left out."""
    text = io.TextIOWrapper(reader, problems.encoding_of(reader), errors=problems.errors, newline=None)
    number, most = 0, problems.limits.line_chars
    try:
        while line := text.readline(most + 1):
            number += 1
            if len(line) <= most:
                yield number, line.removeprefix("\ufeff") if number == 1 else line
                continue
            while line and not line.endswith("\n"):
                line = text.readline(most)
            problems.add(number, f"a line of more than {most:,} characters (the limit)")
    except InputError as error:  # packed data that breaks here; the rows before it are good
        problems.add(number + 1, error)


def json_line_rows(reader: io.BufferedReader, problems: Problems) -> Rows:
    """Yield the objects of a table of one per line; report other lines."""
    for number, line in read_lines(reader, problems):
        try:
            if line.strip():
                yield number, json_object(line)
        except InputError as error:
            problems.add(number, error)


def json_rows(reader: io.BufferedReader, problems: Problems) -> Rows:
    """Yield the objects of a JSON list, or objects one after the other, numbered from 1; one of them is held.

    An object that is longer than a line may be comes in parts of one number, each with some elements of its lists.
    """
    stream, limits, number, is_list = _JsonStream(reader, problems), problems.limits, 0, False
    while True:
        try:
            while sign := stream.sign():
                is_list = sign == "["
                for _ in stream.elements() if is_list else (0,):
                    number += 1
                    for row in (stream.value(limits.line_chars),) if is_list else stream.whole_or_parts():
                        if isinstance(row, Mapping):
                            yield number, row
                        else:
                            problems.add(number, "not an object; expected a list of objects")
            return
        except InputError as error:
            goes_on = not is_list and stream.next_object()
            problems.add(max(1, number), str(error) if goes_on else f"{error}; the rest was left out")
            if not goes_on:
                return


class _TooLongError(InputError):
    """A value is longer than the limit."""


class _JsonStream:
    """Reads a JSON text value by value, and holds no more than one."""

    def __init__(self, reader: io.BufferedReader, problems: Problems) -> None:
        self._file = io.TextIOWrapper(reader, problems.encoding_of(reader), errors=problems.errors, newline=None)
        self._most = problems.limits.line_chars
        self._text, self._at, self._kept = "", 0, 0

    def sign(self) -> str:
        """Go to the next character that is no blank, and return it; empty at the end."""
        while not (found := _C.json_sign.search(self._text, self._at)):
            self._at = len(self._text)
            if not self._grow():
                return ""
        self._at = found.start()
        return found[0]

    def value(self, most: int) -> Json:
        """Read the value that is next.

        :param most: Maximum number of its characters.
        :raises InputError: If it is none, or longer.
        """
        self.sign()
        while True:
            try:
                value, end = _parsed(_DECODER.raw_decode, self._text, self._at)
                if end == len(self._text) and not isinstance(value, str | list | dict) and self._grow():
                    continue  # a number that may go on
            except InputError as error:
                is_unfinished = isinstance(error.__context__, json.JSONDecodeError)
                if is_unfinished and len(self._text) - self._at <= most and self._grow():
                    continue
                end = len(self._text)
                if not is_unfinished or end - self._at <= most:
                    raise
            if end - self._at > most:
                raise _TooLongError(f"a value of more than {most:,} characters (the limit)")
            self._at = end
            return value

    def whole_or_parts(self) -> Iterator[Json]:
        """Yield the value that is next; an object that is too long to be held in parts."""
        try:
            yield self.value(self._most)
            return
        except _TooLongError:
            if self.sign() != "{":
                raise
        yield from self._parts()

    def _parts(self, depth: int = 1) -> Iterator[dict[str, Json]]:
        """Yield some elements of the lists in an object, each time with the members so far; at the end, all others."""
        known: dict[str, Json] = {}
        self._at += 1
        while self.sign() not in ("", "}"):
            name = str(self.value(self._most))
            self._pass(":")
            start = self.sign()
            if start == "[":
                values = (self.value(self._most) for _ in self.elements())
                while some := list(islice(values, _C.elements_at_once)):
                    yield known | {name: some}
                known[name] = []  # has its place in the parts that follow
            elif start == "{" and depth < _C.searched_depth:
                for known[name] in self._parts(depth + 1):
                    yield dict(known)
            else:
                known[name] = self.value(self._most)
                self._kept += len(str(known[name]))
            self._kept += len(name)
            if self._kept > self._most:
                raise InputError(f"its fields, without lists, have more than {self._most:,} characters (the limit)")
            self._pass(",", "}")
        self._pass("}")
        yield known

    def elements(self) -> Iterator[int]:
        """Go to each element of the list that begins here; each must be read before the next."""
        self._at += 1
        while self.sign() not in ("", "]"):
            yield self._at
            self._pass(",", "]")
        self._pass("]")

    def next_object(self) -> bool:
        """Go to the next line that begins an object; return whether there is one."""
        while (start := self._text.find("\n{", self._at)) < 0:
            self._at = max(self._at, len(self._text) - 1)
            if not self._grow():
                return False
        self._at = start + 1
        return True

    def _grow(self) -> bool:
        """Read at least as much again as is held; return whether there was more."""
        if more := self._file.read(max(decoding.HEAD_BYTES, len(self._text) - self._at)):
            self._text, self._at = self._text[self._at :] + more, 0
        return bool(more)

    def _pass(self, *signs: str) -> None:
        """Go behind a sign; before the last of several, stay."""
        if (found := self.sign()) not in signs:
            seen = f"not JSON: {found!r}" if found else "the text ends inside a value"
            raise InputError(f"{seen}; expected {' or '.join(signs)}")
        self._at += found == signs[0]


# CSV ------------------------------------------------------------------------------------------------------------------

csv.field_size_limit(2**31 - 1)  # rows are bounded by ``row_chars``, with a reason for each that is longer


def csv_rows(
    reader: io.BufferedReader, problems: Problems, columns: Columns, check: Callable[[Set[str], list[str]], None]
) -> Rows:
    """Yield the rows of a table under a header, mapped columns under our names.

    :param columns: Names of columns by our fields.
    :param check: Called with the columns that are mapped and those that are there; may raise ``InputError``.
    """
    start, lines = head(reader), read_lines(reader, problems)
    # Spark and MySQL escape quotes; other backslashes stay.
    if re.search(rb'\\"[^",;\t|\r\n]', start) and not _C.doubled_quote.search(start):
        lines = ((n, _C.escaped.sub(lambda found: '""' if found[1] == '"' else "\\", line)) for n, line in lines)
    header = next((line for _, line in lines if line.strip()), "")
    if declared := decoding.declared_delimiter(header):  # by the line that Excel writes: sep=;
        _, header = next(lines, (2, ""))
    delimiter = declared or decoding.delimiter_of(header)
    others = next(csv.reader([header], delimiter=delimiter), [])[1:]
    is_spaced = bool(others) and all(name.startswith(" ") for name in others)  # else a space belongs to its cell
    form: dict[str, Json] = {"delimiter": delimiter, "skipinitialspace": is_spaced}
    header_cells: list[str] = next(csv.reader([header], **form), [])
    names = [" ".join(clean(name).split()).lower() for name in header_cells]
    if len(names) > problems.limits.columns:
        raise InputError(f"{len(names):,} columns; expected at most {problems.limits.columns:,}")
    if twice := sorted(name for name, times in Counter(names).items() if name and times > 1):
        raise ColumnsError(f"duplicate column {', '.join(twice)[:100]}; expected each column once")
    ours = {" ".join(theirs.split()).lower(): name for name, theirs in columns.items()}
    check(ours.keys(), names)
    names = [ours.get(name, "" if name in columns else name) for name in names]
    for number, cells in _without_questions(_CsvCells(lines, form, len(names), problems)):
        # Tables are joined as they were, with their headers.
        if len(cells) > 1 and [cells[0].removeprefix("\ufeff"), *cells[1:]] == header_cells:
            continue
        if len(cells) == len(names):
            rows = max((cell.count("\n") for cell in cells if cell.count(delimiter) >= _C.rows_in_cell), default=0)
            if rows >= _C.rows_in_cell:
                reason = "which may be rows after an unclosed quotation mark"
                problems.notes.append(f"line {number} holds {rows + 1} lines in one cell, {reason}")
            yield number, dict(zip(names, cells, strict=True))
        else:
            problems.add(number, f"{len(cells)} cells; expected {len(names)}, one per column")


def _without_questions(rows: Iterable[tuple[int, list[str]]]) -> Iterator[tuple[int, list[str]]]:
    """Leave out the second and third header row of a survey: the questions, and ids or kinds of answers."""
    rows = iter(rows)
    first = list(islice(rows, 1))
    if any(map(_C.survey_kind.fullmatch, chain.from_iterable(cells for _, cells in first))):
        first.clear()
    elif first:
        second = next(rows, None)
        is_header = second and any(map(_C.survey_id.fullmatch, second[1]))
        first = [] if is_header else [*first, second] if second else first
    yield from chain(first, rows)


_UNCLOSED, _SWALLOWED = "a quote is not closed", "an unclosed quote joins the rows after it"


@dataclass(slots=True)
class _CsvCells:
    """Yields the rows of a CSV table with the number of the line where each begins.

    A quote that is never closed, or is closed some rows later, would swallow rows: then its line is read alone, or is
    reported and left out, and reading goes on with the next one.

    :param form: Parameters of ``csv.reader``.
    :param width: Number of columns.
    """

    lines: Iterator[NumberedLine]
    form: Mapping[str, Json]
    width: int
    problems: Problems
    row: list[NumberedLine] = field(default_factory=list)  # the lines of the row that is being read
    again: list[NumberedLine] = field(default_factory=list)  # lines to be read once more, the next one last
    unclosed: int = 0

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        most = self.problems.limits.unclosed_quotes
        while self.unclosed <= most:
            try:
                yield from self._rows()
                return
            except csv.Error as error:
                yield from self._first_line(str(error))
        raise InputError(f"more than {most} unclosed quotes; the rest was left out")

    def _feed(self) -> Iterator[str]:
        size, most = 0, self.problems.limits.row_chars
        while size <= most and (line := self.again.pop() if self.again else next(self.lines, None)):
            self.row.append(line)
            size += len(line[1])
            yield line[1]
            size = size if self.row else 0
        if self.row:
            raise csv.Error(_UNCLOSED)

    def _rows(self) -> Iterator[tuple[int, list[str]]]:
        for cells in csv.reader(self._feed(), strict=True, **self.form):
            number = self.row[0][0]
            if self._holds_rows():
                raise csv.Error(_SWALLOWED)
            self.row.clear()
            if cells:
                yield number, cells

    def _first_line(self, fault: str) -> Iterator[tuple[int, list[str]]]:
        """Read the first line of a row alone, or report it; those behind it are read again."""
        number, line = self.row[0]
        cells, is_tabbed = loose_cells(line, self.form["delimiter"]), self.form["delimiter"] == "\t"
        is_named = fault == _UNCLOSED or not self._holds_rows()
        is_open = any(cell.startswith('"') and cell.count('"') % 2 for cell in cells) and not is_tabbed and is_named
        if len(cells) == self.width and not is_open:
            yield number, cells
        else:
            self.unclosed += fault == _UNCLOSED
            self.problems.add(number, fault)
        self.again += reversed(self.row[1:])
        self.row.clear()

    def _holds_rows(self) -> bool:
        """Return whether lines within a row are rows themselves; two commas in a line of a comment may be chance."""
        delimiter = self.form["delimiter"]
        fewest = 1 if delimiter == "\t" else 2
        if len(self.row) <= fewest or self.width <= fewest:
            return False
        rows = [loose_cells(self.row[0][1], delimiter)]
        rows += (next(csv.reader([line], **self.form), []) for _, line in self.row[1:])
        if any(len(cells) != self.width for cells in rows):
            return False
        # Cells of one column are alike: all of them hold a digit, as ids and dates do, or none; but not the longest.
        text = max(range(self.width), key=lambda column: len(rows[0][column]))
        columns = [[any(map(str.isdigit, cells[at])) for cells in rows] for at in range(self.width) if at != text]
        return all(len(set(column)) == 1 for column in columns)


def loose_cells(line: str, delimiter: str) -> list[str]:
    """Cut a line into cells, where a quote that ends none is a character."""
    ends = rf"(?={re.escape(delimiter)}|$)"
    pattern = re.compile(rf'"((?:[^"]|"(?!{ends}))*)"{ends}|[^{re.escape(delimiter)}]*')
    line, cells, at = line.rstrip("\r\n"), list[str](), 0
    while at <= len(line):
        found = pattern.match(line, at)
        at = found.end() + 1 if found else len(line) + 1
        cells.append((found[0] if found[1] is None else found[1].replace('""', '"')) if found else "")
    return cells


# Parquet --------------------------------------------------------------------------------------------------------------


def parquet_rows(
    stream: BinaryIO, problems: Problems, columns: Columns, check: Callable[[Set[str], list[str]], None]
) -> Rows:
    """Yield the rows of a Parquet table, numbered from 1.

    :param stream: The table, at any place.
    :param columns: Names of columns by our fields; with dots, of objects within rows.
    :param check: As that of :func:`csv_rows`.
    :raises InputError: If it cannot be read, is packed or comes from a pipe, or pyarrow is not there.
    """
    if not stream.seekable() or stream.seek(0) or stream.read(len(decoding.PARQUET_MAGIC)) != decoding.PARQUET_MAGIC:
        raise InputError("a packed Parquet table, or one from a pipe; expected a file that is not packed")
    try:
        pyarrow, parquet = writers.load_pyarrow()
    except MissingExtraError as error:
        raise InputError(str(error)) from None
    try:
        most = problems.limits.page_bytes
        limits = {"thrift_string_size_limit": most, "thrift_container_size_limit": 1_000_000}
        # Arrow may crash on a damaged page; Spark writes a checksum of each.
        table = parquet.ParquetFile(stream, page_checksum_verification=True, **limits)
        check({path.partition(".")[0] for path in columns.values()}, table.schema_arrow.names)
        size = batch_rows(table.metadata, problems.limits, FIXED.parquet_held_bytes)
        rows = chain.from_iterable(batch.to_pylist() for batch in table.iter_batches(size))
        yield from ((n, {name: _json_value(value) for name, value in row.items()}) for n, row in enumerate(rows, 1))
    except (pyarrow.ArrowException, OSError, ValueError, MemoryError) as error:
        raise InputError(f"damaged Parquet data: {clean(str(error))}".replace("\n", " ")[:200]) from error


def batch_rows(metadata: Json, limits: Limits, held_bytes: int) -> int:
    """Return how many rows can be held: packed as it is, a column may repeat its longest text in each of them.

    :param metadata: Of a Parquet file.
    :raises InputError: If a column expands to more than the limit.
    """
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    parts = [group.column(number) for group in groups for number in range(metadata.num_columns)]
    for part in parts:
        unpacked = part.total_uncompressed_size
        if unpacked > limits.ratio_from_bytes and unpacked > part.total_compressed_size * limits.ratio:
            raise InputError(f"expands to more than {limits.ratio} times its size (the limit)")
    largest = max((part.total_uncompressed_size for part in parts), default=1)
    return max(1, min(1_000, held_bytes // max(1, largest)))


def _json_value(value: Json) -> Json:
    """Convert a cell to the type it has in JSON; many writers store texts as bytes without declaring it."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, dict):
        return {name: _json_value(each) for name, each in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    is_nan = isinstance(value, float) and math.isnan(value)
    return None if is_nan else value if isinstance(value, str | int | float | list | None) else str(value)


# Sorting on disk ------------------------------------------------------------------------------------------------------


MOST_HELD = 16_000_000
"""Maximum number of bytes, about, of values that wait in memory."""


class DiskSort:
    """Keeps values, on disk once they are many, and returns them by group, by place in it, and then as they came.

    The database has no name, so it is a temporary file that vanishes with the process however that ends. Sixteen
    megabytes of it are held in memory.
    """

    def __init__(self) -> None:
        self._held, self._room = list[tuple[str | int, str, Json]](), MOST_HELD
        self.database = sqlite3.connect("", isolation_level=None)
        self.database.executescript(
            "PRAGMA cache_size = -16000; PRAGMA journal_mode = OFF; PRAGMA temp_store = FILE;"
            "CREATE TABLE kept (part, place TEXT, content BLOB); BEGIN"
        )

    def add(self, group: str | int, content: Json, place: str = "", size: int = 3_000) -> None:
        """Keep a value.

        :param size: Its bytes, about.
        :raises OSError: If the disk is full.
        """
        self._held.append((group, place, content))
        self._room -= size
        if self._room < 0:
            with disk_errors():
                rows = ((*names, pickle.dumps(each)) for *names, each in self._held)
                self.database.executemany("INSERT INTO kept VALUES (?, ?, ?)", rows)
            self._held.clear()

    def __iter__(self) -> Iterator[tuple[Json, Json]]:
        """Yield each group with a value of it, sorted: numbers before texts."""
        for group, _, content in sorted(self._held, key=lambda each: (isinstance(each[0], str), *each[:2])):
            yield group, content
        with disk_errors():
            for group, content in self.database.execute("SELECT part, content FROM kept ORDER BY part, place, rowid"):
                yield group, pickle.loads(content)  # noqa: S301 written above, by this process


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn faults of the database on disk into ``OSError`` with advice."""
    try:
        yield
    except sqlite3.Error as error:
        advice = "make space in the temporary folder, or set SQLITE_TMPDIR"
        raise OSError(f"cannot be sorted on disk: {error}; {advice}") from error


# Columns --------------------------------------------------------------------------------------------------------------

TABLE_FIELDS = (
    "text", "id", "document", "posted", "votes", "language", "target", "outlet", "title", "author", "parent",
)  # fmt: skip
"""The fields of a comment that a table may have; only ``text`` is needed."""


def check_columns(columns: Columns, fields: Sequence[str] = TABLE_FIELDS) -> Columns:
    """Check a mapping of fields to columns, and return it.

    :param columns: Names of columns by our fields.
    :raises ConfigError: If there is no such field, or a name is empty.
    """
    for name, theirs in columns.items():
        if name not in fields:
            raise ConfigError(unknown("a table has no field", name, fields))
        if not theirs.strip():
            raise ConfigError(f"no column is given for {name}; expected its name in the table")
    return columns


def parse_columns(text: str, fields: Sequence[str] = TABLE_FIELDS) -> Columns:
    """Parse a mapping of columns from the command line.

    :param text: Such as ``text=body,author=user.name``; a name with dots leads into objects within a row.
    :raises ConfigError: If it is no such list, or names an unknown field or one field twice.
    """
    columns: dict[str, str] = {}
    for pair in text.split(","):
        name, equals, theirs = (part.strip() for part in pair.partition("="))
        if not equals or name in columns:
            raise ConfigError(f"a mapping of columns holds {pair[:40]!r}; expected pairs such as text=body,author=user")
        columns[name] = theirs
    return check_columns(columns, fields)


def text_of(value: Json, name: str) -> str | None:
    """Return a cell as text; None if it is empty.

    :raises InputError: If it is neither a text nor a number.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise InputError(f"{name} is not text; expected text")
    return None if value is None else str(value).strip() or None


def table_rows(
    kind: decoding.InputKind, stream: BinaryIO, reader: io.BufferedReader, problems: Problems, columns: Columns
) -> Rows:
    """Yield the rows of a table with their numbers.

    :param stream: The table as it was opened.
    :param reader: The table, unpacked.
    :raises InputError: If the table lacks a column that is mapped, or names one twice.
    """

    def require(theirs: Set[str], names: list[str]) -> None:
        if missing := sorted(theirs - set(names)):
            raise ColumnsError(f"no column {', '.join(missing)[:100]} {among(names)} the columns that --map names")

    match kind:
        case decoding.InputKind.CSV:
            return csv_rows(reader, problems, columns, require)
        case decoding.InputKind.JSON_LINES:
            return json_line_rows(reader, problems)
    problems.unit = "row"
    if kind is decoding.InputKind.JSON:
        return json_rows(reader, problems)
    return parquet_rows(stream, problems, columns, require)


def among(names: list[str]) -> str:
    """Return names of columns as a part of a message."""
    shown = ", ".join(" ".join(clean(name).split())[:30] for name in names[:12])
    return f"among {f'{shown}, …' if len(names) > 12 else shown or 'no names'}; expected"


# Documents and scores that were written before ------------------------------------------------------------------------


def is_own(row: Row) -> bool:
    """Return whether a row is a document or a score that was written before."""
    is_document = row.keys() >= {"body", "comments"} and not isinstance(row["body"], str)
    return is_document or row.keys() >= decoding.SCORE_COLUMNS


def own_value(row: Row, kind: decoding.InputKind, columns: tuple[tuple[str, str], ...], problems: Problems) -> Value:
    """Return the document or score in a row that was written before.

    :param columns: Cells that a score carries along.
    :raises InputError: If a value is wrong.
    """
    if "comments" in row:
        return document_records.document_from_record(row)
    read = score_records.score_from_row if kind is decoding.InputKind.CSV else score_records.score_from_record
    cells = {name: text_of(row.get(name), name) or "" for name in score_records.TEXT_FIELDS}
    texts = {name: score_records.unguard_cell(problems.mended(cell, name)) for name, cell in cells.items()}
    return ScoreRow(replace(read(row), columns=columns), texts)


def place_of_score(score: Score) -> str:
    """Return the place of a score in its document, which does not depend on the order of rows."""
    comment, others = score.comment or "", (score.posted, score.author, score.probabilities)
    return "\n".join((score.unit, natural_text(comment), comment, score.target, *(str(each or "") for each in others)))


def group_scores(items: Iterable[Page | Value], source: str) -> Iterator[Page | Document]:
    """Put consecutive scores of one document into a document, with the texts of comments that their rows have.

    :param source: The input of all of them.
    """
    for name, rows in groupby(items, key=lambda item: (item.score.document,) if isinstance(item, ScoreRow) else None):
        if name is None:
            yield from (item for item in rows if not isinstance(item, ScoreRow))
        else:
            yield _scored_document(name[0], [row for row in rows if isinstance(row, ScoreRow)], source)


def _scored_document(name: str | None, rows: list[ScoreRow], source: str) -> Document:
    """Make a document of its scores."""
    firsts: dict[object, ScoreRow] = {}  # of each comment, and of those without an id by language and time
    for row in rows:
        if row.score.unit is Unit.COMMENT:
            firsts.setdefault(row.score.comment or (row.score.language, row.score.posted), row)
    comments = tuple(
        Comment(
            score.comment or "", texts["text"], score.author, texts["reply_to"] or None, score.posted,
            read_count(texts["votes"]), score.language,
        ) for score, texts in firsts.values()
    )  # fmt: skip
    about, sentences = rows[0].texts, [row for row in rows if row.score.unit is Unit.SENTENCE]
    languages = Counter(row.score.language for row in sentences or rows)  # sentences are in that of their article
    del languages[UNKNOWN_LANGUAGE]
    warnings = () if all(comment.text for comment in comments) else ("made from scores, which hold no texts",)
    is_bare = name is None or about["articles"] == "unknown"
    return Document(
        name or "scores", f"{source}#{name}" if name else source, rows[0].score.outlet, web_address(about["url"]),
        about["title"] or None, published=about["published"] or None, event=about["event"] or None,
        language=next(iter(languages.most_common(1)), (UNKNOWN_LANGUAGE,))[0], comments=comments, warnings=warnings,
        scores=tuple(score for score, _ in rows),
        layout=page_layouts.ROW_SCORES_LAYOUT if is_bare else page_layouts.SCORES_LAYOUT,
    )  # fmt: skip
