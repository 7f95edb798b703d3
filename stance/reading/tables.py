"""Read tables of comments, documents or scores: CSV, JSON Lines, JSON lists, Parquet.

A table may hold millions of rows and any of them may be broken, so nothing is held beyond the document being filled,
and a bad row is named by its line and left out while the rest is read. Rows whose order says nothing of their documents
are sorted on disk.
"""

import csv
import hashlib
import io
import json
import math
import pickle
import re
import sqlite3
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import chain, count, groupby, islice, product
from typing import BinaryIO, NamedTuple, TypeAlias, TypeVar, cast

from stance import datamodels, records
from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document, Json, Page, Score, Skip, Unit, counted, grouped
from stance.exceptions import ColumnsError, ConfigError, InputError, MissingExtraError, unknown
from stance.limits import FIXED, Limits
from stance.parsing.cleaning import is_deleted, without_notes
from stance.parsing.counts import read_count
from stance.parsing.dates import is_month_first
from stance.pseudonyms import person
from stance.reading import text as decoding
from stance.reading.text import clean, encoding_of, head, natural_text, read_cell, read_references, to_iso, web_address
from stance.resources import formats


class TablesConstants:
    """Constants of this module."""

    json_sign = re.compile(r"[^ \t\r\n\ufeff]")
    searched_depth = 4
    """Number of objects in each other that are searched for a list of objects with texts."""
    comments = re.compile("comm?ent|kom+ent|коммент|discussion", re.I)
    """Pattern of names of lists of comments; a list of another name beside one of them holds no comments."""
    article = re.compile(
        "article|post|story|page|news|item|thread|topic|submission|video|discussion|conversation", re.I
    )
    """Pattern of names of objects around comments, or beside a list of them, that state the article."""
    no_comments = re.compile(
        "edit|histor|version|revision|quot|attach|entit|mention|tags?$|content|paragraph|section|related|recommend|similar",
        re.I,
    )
    """Pattern of names of lists with texts other than comments."""
    number_of_comments = re.compile(r"(?:num(?:ber)?_?(?:of_?)?)?comm?ents?_?(?:count|s)?", re.I)
    """Pattern of names of a number of comments, as posts state it."""
    article_characters = 400
    """Minimum length of the text of an article."""
    survey_id = re.compile(r'\s{0,8}\{"ImportId":.{1,400}\}\s{0,8}')
    survey_kind = re.compile(r"\s{0,8}Open-Ended Response\s{0,8}", re.I)
    elements_at_once = 20
    """Number of elements of a list that are held, where the object around it is too long to be held."""
    rows_in_cell = 20
    """Minimum number of lines, and of delimiters, in a cell that may be rows that a quote took in."""
    no_parents = ("0", "-1", "root")
    escaped = re.compile(r'\\([\\"])')
    doubled_quote = re.compile(rb'[^",;\t|\r\n\\]""[^",;\t|\r\n]')
    plain_fields = ("id", "document", "posted", "votes", "language", "target")
    spoken_fields = ("outlet", "title", "author", "parent")
    no_field = re.compile(
        r"url|link|type|image|thumbnail|count of|updated|retrieved|collected|language|lang|avatar", re.I
    )
    """Pattern of column names that look like those of fields and have another meaning."""
    identifier = re.compile(r"(?:^|[^A-Za-z])id$|[a-z]I[dD]$")
    names_inside = ("name", "username", "nickname", "displayName", "display_name", "login", "id")
    """Names of a text in an object that is an author or a parent."""
    cell_characters = 200
    """Length of a cell that is carried along; it names a group, so it is short."""
    damage = re.compile("[\0\ufffd\ud800-\udfff]")
    ordered_date = re.compile(r"(?<!\d)\d{1,2}([/-])\d{1,2}\1(?:\d{4}|\d\d)(?!\d)")
    """Pattern of a date that the order of the column explains."""
    different_dates = 10_000
    """Number of them that are compared."""
    day_number = re.compile(r"(?:3[789]|4\d|5[0-4])\d{3}(?:[.,]\d{1,10})?")
    """Pattern of a time as spreadsheets keep it: days since 1899, here of the years 2001 to 2050."""
    first_day = datetime(1899, 12, 30)
    no_language = re.compile("und|mis|mul|zxx|art|q[a-t][a-z]")
    """Language codes that mean undetermined; those with q are for private use, as for tweets of a link alone."""


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

    def close(self, *, empty: str | None = None) -> None:
        """Report the number of parts that were not named; report ``empty`` if there was no part."""
        if empty and not self.parts and not self.count:
            self.skip(Skip(self.source, empty))
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
        pyarrow, parquet = records.load_pyarrow()
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
            with _disk_errors():
                rows = ((*names, pickle.dumps(each)) for *names, each in self._held)
                self.database.executemany("INSERT INTO kept VALUES (?, ?, ?)", rows)
            self._held.clear()

    def __iter__(self) -> Iterator[tuple[Json, Json]]:
        """Yield each group with a value of it, sorted: numbers before texts."""
        for group, _, content in sorted(self._held, key=lambda each: (isinstance(each[0], str), *each[:2])):
            yield group, content
        with _disk_errors():
            for group, content in self.database.execute("SELECT part, content FROM kept ORDER BY part, place, rowid"):
                yield group, pickle.loads(content)  # noqa: S301 written above, by this process


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        advice = "make space in the temporary folder, or set SQLITE_TMPDIR"
        raise OSError(f"cannot be sorted on disk: {error}; {advice}") from error


# Rows as values -------------------------------------------------------------------------------------------------------

TABLE_FIELDS = ("text", *_C.plain_fields, *_C.spoken_fields)
"""The fields of a comment that a table may have; only ``text`` is needed."""

LOOKED_AT = 500
"""Number of columns that are looked at for those that look like a field."""


_BETWEEN = re.compile("[_ .-]")

DELETED = frozenset(("[deleted]", "[removed]"))
"""Replace a deleted text or name in collections of Reddit, and so in most others."""


_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")


class _CommentRow(NamedTuple):
    """One checked row of a table of comments."""

    number: int
    comment: Comment  # without its id and parent
    cells: Mapping[str, str | None]  # the fields besides the text
    is_damaged: bool
    article: Row | None = None  # what it says of an article, by the names of ``Document``; it is no comment


@dataclass(frozen=True, slots=True)
class Table:
    """A table before its first row.

    :param problems: Reports each row that cannot be used.
    :param columns: Its columns for ``TABLE_FIELDS``, where they have other names.
    :param keep: Columns that are carried along as they are, cut to ``_C.cell_characters``.
    """

    problems: Problems
    columns: Columns
    keep: tuple[str, ...]
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))  # of comments without an id, in lists
    _articles: set[frozenset[str]] = field(default_factory=set)  # the names in articles that had comments

    def with_usual_names(self, kind: decoding.InputKind, rows: Sequence[tuple[int, Row]]) -> "Table":
        """Return the table with the columns of usual names as fields that it has not, and note them.

        :param rows: The first ones.
        :raises ColumnsError: If two columns may be one field, or none holds texts.
        """
        records = [] if not rows or is_own(rows[0][1]) else [_objects_in(row)[0] for _, row in rows]
        if not records:
            return self
        self._refuse_articles(records)
        row = records[0]
        used = {path.partition(".")[0] for path in self.columns.values()}
        free = {name.lower(): name for name in row if name not in used and not isinstance(row[name], list | Mapping)}
        if {"target", "stance", "unit"} & free.keys() or _are_ids(row.get(free.get("comment", "")) for row in records):
            free.pop("comment", None)
        found = {}
        for ours, usual in formats()["read_as"].items():
            theirs = [free[name] for name in usual if name in free]
            if theirs and not {ours} & {*row, *self.columns}:
                found[ours] = theirs[0]
                if len(theirs) > 1:
                    map_ = f"--map {ours}={theirs[0]} or {ours}={theirs[1]}"
                    raise ColumnsError(f"columns {' and '.join(theirs)} may both be the {ours}; expected {map_}")
        if not {"text"} & {*row, *found, *self.columns} and kind not in decoding.JSON_KINDS:
            like = look_alikes([*row, *found]).get("text")
            wanted = f"a column named text, or one mapped to it{f', such as --map text={clean(like)}' if like else ''}"
            raise ColumnsError(f"no text column {_among([*row, *found])} {wanted}")
        if found:
            self.problems.notes.append("read " + ", ".join(f"{theirs} as {ours}" for ours, theirs in found.items()))
        return replace(self, columns={**self.columns, **found})

    def _refuse_articles(self, rows: Sequence[Row]) -> None:
        """Refuse rows that are articles or posts without comments: each has a title and an address of its own.

        :raises ColumnsError: If they are.
        """
        if len(rows) < 2 or self.columns or any(isinstance(value, list) for row in rows for value in row.values()):
            return
        facts = [facts_of(row) for row in rows]
        addresses, titles = ({each.get(name) for each in facts} for name in ("url", "title"))
        is_own = len(addresses - {None}) == len(rows)
        counts = [value for row in rows for name, value in row.items() if _C.number_of_comments.fullmatch(name)]
        are_posts = any(str(each).isdecimal() for each in counts) and not any(row.get("parent") for row in rows)
        texts = [str(row.get("text") or each.get("body") or "") for row, each in zip(rows, facts, strict=True)]
        answered = {"parent", "votes", "likes", "id"} & {name.lower() for name in rows[0]}
        are_long = len(titles - {None}) == len(rows) and min(map(len, texts)) >= _C.article_characters and not answered
        if is_own and (are_long or are_posts):
            seen = f"rows that look like {'posts' if are_posts else 'articles'} rather than comments of readers"
            raise ColumnsError(f"{seen}: each has its own address; to read them as comments, --map text=COLUMN")

    def read(self, kind: decoding.InputKind, rows: Rows) -> Iterator[Value]:
        """Read comments, documents or scores, one a row.

        :raises InputError: If the table lacks a column that is needed, or names one twice.
        """
        limits = self.problems.limits
        for name, items in groupby(self._in_order(self._dated(self._items(kind, rows))), _document_of):
            if name is None:
                yield from cast(Iterator[Value], items)
            # Where rows name no document, a fixed number of them become one.
            while some := list(islice(items, limits.comments if name else limits.rows_per_document)):
                yield from self._documents_of(cast(list[_CommentRow], some))
        self.problems.close(empty="no rows; expected one comment or score in each")

    def _dated(self, items: Iterable[Value | _CommentRow]) -> Iterator[Value | _CommentRow]:
        """Read the times that only the others of their column explain: 03/04/2024, and the day numbers of Excel.

        From the first of them on, rows wait on disk for the end of the table.
        """
        waiting, is_waiting, ordered, others = DiskSort(), False, dict[str, None](), 0
        for item in items:
            stamp = (isinstance(item, _CommentRow) and item.cells["posted"]) or ""
            is_number, dated = _C.day_number.fullmatch(stamp), _C.ordered_date.search(stamp)
            others += bool(stamp) and not is_number
            if dated and len(ordered) < _C.different_dates:
                ordered[dated[0]] = None
            is_waiting = is_waiting or bool((is_number or dated) and not cast(_CommentRow, item).comment.posted)
            if is_waiting:
                waiting.add(0, item)
            else:
                yield item
        if not is_waiting:
            return
        month_first = is_month_first("\n".join(ordered))
        if month_first is not None:
            order = "month" if month_first else "day"
            self.problems.notes.append(f"times such as {next(iter(ordered))}: the {order} first")
        for _, item in waiting:
            stamp = (isinstance(item, _CommentRow) and not item.comment.posted and item.cells["posted"]) or ""
            if _C.day_number.fullmatch(stamp) and not others:
                stamp = (_C.first_day + timedelta(seconds=round(float(stamp.replace(",", ".")) * 86_400))).isoformat()
            time = to_iso(stamp, month_first=month_first)
            yield item._replace(comment=replace(item.comment, posted=time)) if time else item

    def _in_order(self, items: Iterable[Value | _CommentRow]) -> Iterator[Value | _CommentRow]:
        """Put rows that name their document behind the others, by document, time and id: their order means nothing."""
        named = DiskSort()
        for item in items:
            if isinstance(item, ScoreRow):
                name, kind, place = item.score.document, "scores", _place_of_score(item.score)
            elif isinstance(item, _CommentRow):
                name, kind, place = item.cells["document"], "comments", _place(item)
            else:
                name, kind, place = None, "", ""
            if name:
                named.add(f"{natural_text(name)}\n{name}\n{kind}", item, place)
            else:
                yield item
        yield from (item for _, item in named)

    def rows(self, kind: decoding.InputKind, stream: BinaryIO, reader: io.BufferedReader) -> Rows:
        """Yield the rows with their numbers.

        :param stream: The table as it was opened.
        :param reader: The table, unpacked.
        """
        match kind:
            case decoding.InputKind.CSV:
                return csv_rows(reader, self.problems, self.columns, self._require)
            case decoding.InputKind.JSON_LINES:
                return json_line_rows(reader, self.problems)
        self.problems.unit = "row"
        if kind is decoding.InputKind.JSON:
            return json_rows(reader, self.problems)
        return parquet_rows(stream, self.problems, self.columns, self._require)

    def _items(self, kind: decoding.InputKind, rows: Rows) -> Iterator[Value | _CommentRow]:
        is_noted = False
        for number, row in rows:
            try:
                for inner, article in self._inside(row):
                    if not is_noted and article is None:
                        self._note_unused(inner)
                        is_noted = True
                    yield self._item(kind, inner, number, article)
            except InputError as error:
                self.problems.add(number, error)

    def _note_unused(self, row: Row) -> None:
        """Note columns that look like fields and are not used."""
        flat = dict.fromkeys(name for name, value in row.items() if value is None) | dict(values_in(row))
        names = [name for name in flat if name in row or name.partition(".")[0] not in TABLE_FIELDS]
        used = {*TABLE_FIELDS, *self.keep, *(path.partition(".")[0] for path in self.columns.values())}
        given = {*self.columns, *row.keys()}
        like = {ours: theirs for ours, theirs in look_alikes(names, used).items() if ours not in given}
        others = [name for name in row if name not in {*used, *like.values()}]
        others = [] if self.keep or "outlet" in {*given, *like} else others
        if (like or others) and not is_own(row):
            told = f"columns that are not used: {', '.join([*like.values(), *others[:5]])}{' …' * (len(others) > 5)}"
            if like:
                map_ = ",".join(f"{ours}={theirs}" for ours, theirs in like.items())
                told += f"; --map {map_} uses {'the first of them' if others else 'them'}"
            if others:
                told += f"; to use one as the outlet, --map outlet={others[0] if len(others) == 1 else 'COLUMN'}"
            self.problems.notes.append(told)
        if lacking := [name for name in self.keep if name not in (*row, *TABLE_FIELDS, "url", "topic")]:
            among = _among([*row]).removesuffix("; expected")
            self.problems.notes.append(f"no column {', '.join(lacking)[:100]} {among}")
        if row.keys() >= {"target", "stance"} and not is_own(row):
            self.problems.notes.append("the column stance is not used; to correct shares, give labels with --labels")

    def _inside(self, row: Row) -> Iterator[tuple[Row, Row | None]]:
        """Yield the comments in an object: itself, answers in it, or articles in it with their comments.

        Of an article, also what it states.

        :raises ColumnsError: If the comments of an article have no text under the name that is looked for.
        """
        is_flat = not any(isinstance(value, list | dict) for value in row.values()) and not _is_bare(row)
        if is_own(row) or (is_flat and not self._articles):
            yield row, None
            return
        waiting: list[tuple[Row, Row, bool]] = [(row, {}, False)]
        while waiting:
            each, known, is_comment = waiting.pop()
            lists, facts = self._lists(each), facts_of(each)
            if self._is_article(each, lists, facts, is_comment):
                self._articles.add(_names_in(each))
                text = self._text(each)
                facts |= {"body": text} if isinstance(text, str) else {}
                known = {**known, **{name: facts[name] for name in ("document", "outlet", "title") if name in facts}}
                if facts.keys() & {"body", "title", "url"}:
                    yield known, facts
                is_comment = bool(facts) or any(_C.comments.search(path) for path, _ in lists)
            else:
                if is_comment or lists:
                    given = find(each, self.columns.get("id", "id"))
                    name = f"c{next(self._numbers)}" if given in (None, "") else given
                    each, link = {**each, **known, "id": name}, {"parent": name}
                    known, is_comment = {**known, **link}, True
                if not is_comment or not lists or self._text(each) is not None:
                    yield each, None
            parts = [part for _, parts in lists for part in parts]
            waiting += [(part, known, is_comment) for part in reversed(parts)]

    def _text(self, row: Row) -> Json:
        return find(row, self.columns.get("text", "text"))

    def _lists(self, row: Row, depth: int = 1) -> list[tuple[str, list[Row]]]:
        """Return the lists in an object that hold comments, answers or articles with comments."""
        own, found = self._text(row), []
        for path, values in lists_in(row):
            is_named = _C.comments.search(path)
            texts: list[Row] = [
                {"text": each} for each in values if is_named and isinstance(each, str) and each.strip()
            ]
            objects = [each for each in values if isinstance(each, Mapping)]
            parts = [each for each in objects if self._text(each) is not None or self._is_around(each, own, depth)]
            # An answer is an object of the same kind; hashtags and places of links have texts, too.
            if own is not None and not is_named:
                parts = [each for each in parts if len(each.keys() & row.keys()) > 1 or each.keys() <= row.keys()]
            if (texts or parts) and (is_named or not _C.no_comments.search(path)):
                found.append((path, texts or parts))
        return [each for each in found if _C.comments.search(each[0])] or found

    def _is_around(self, row: Row, outer: Json, depth: int) -> bool:
        return outer is None and depth < _C.searched_depth and bool(self._lists(row, depth + 1))

    def _is_article(self, row: Row, lists: Sequence[tuple[str, list[Row]]], facts: Row, is_comment: bool) -> bool:
        """Return whether an object is an article, or is only around comments."""
        named = [each for path, each in lists_in(row) if _C.comments.search(path)]
        is_titled, text = "title" in facts, self._text(row)
        if not is_comment and text is not None and self._is_answered(row, lists):
            return False
        if not lists and any(named) and (text is not None or is_titled) and not is_comment:
            inner = next((each for values in named for each in values if isinstance(each, Mapping)), {})
            raise ColumnsError(
                f"an article whose comments have no text {_among(list(inner))} a text field{proposed(inner)}"
            )
        if is_comment:
            return is_titled and any(named)
        counts = (value for name, value in row.items() if re.search("comm?ents?_?count", name, re.I))
        if text is None and _is_bare(row) and any(isinstance(each, int) and each > 0 for each in counts):
            raise InputError("it states a number of comments but holds none; expected a file with its comments")
        has_comments = bool(lists) and (text is None or is_titled or any(named))
        return has_comments or (is_titled and (bool(named) or _is_bare(row) or _names_in(row) in self._articles))

    def _is_answered(self, row: Row, lists: Sequence[tuple[str, list[Row]]]) -> bool:
        """Return whether an object is a comment with its answers: it names a person as they do."""
        answers = [each for _, parts in lists for each in parts]
        like = look_alikes(row, {self.columns.get("text", "text")}).get("author", "author")
        persons = [name for name in (self.columns.get("author", "author"), like) if find(row, name) not in (None, "")]
        titles = {name for name in formats()["article"]["title"].split() if row.get(name)}
        return bool(answers) and all(
            any(find(each, name) not in (None, "") for name in persons) and all(each.get(n) == row[n] for n in titles)
            for each in answers
        )

    def _item(self, kind: decoding.InputKind, row: Row, number: int, article: Row | None) -> Value | _CommentRow:
        kept = tuple((name, kept_cell(row[name])) for name in self.keep if name in row)
        if not self.columns and is_own(row):
            if "comments" in row:
                return records.document_from_record(row)
            read = records.score_from_row if kind is decoding.InputKind.CSV else records.score_from_record
            cells = {name: text_of(row.get(name), name) or "" for name in records.TEXT_FIELDS}
            texts = {name: records.unguard_cell(self.problems.mended(cell, name)) for name, cell in cells.items()}
            return ScoreRow(replace(read(row), columns=kept), texts)
        return _comment_row(_renamed(row, self.columns), number, self.problems, kept, article)

    def _require(self, theirs: Set[str], names: list[str]) -> None:
        if missing := sorted(theirs - set(names)):
            raise ColumnsError(f"no column {', '.join(missing)[:100]} {_among(names)} the columns that --map names")

    def _documents_of(self, rows: list[_CommentRow]) -> Iterator[Document]:
        """Make a document for each outlet and title among the rows."""
        for (outlet, title), story in grouped(((row.cells["outlet"], row.cells["title"]), row) for row in rows).items():
            texts = [row for row in story if row.article is None]
            rows = [row for row in texts if not decoding.is_missing(row.comment.text)]
            kept = [row for row in rows if not is_deleted(row.comment.text)]
            articles = [row.article for row in story if row.article is not None]
            article = _article(articles[0]) if articles else {}
            if not kept and not article.get("body"):
                continue
            comments, warnings = _comments(kept, self.problems)
            if damaged := [f"{self.problems.source}:{row.number}" for row in kept if row.is_damaged]:
                more = f" and {len(damaged) - 5} more rows" if len(damaged) > 5 else ""
                seen = "NUL bytes were removed, or unreadable characters are shown as \ufffd, in"
                warnings.append(f"{seen} {', '.join(damaged[:5])}{more}")
            if empty := len(texts) - len(rows):
                example = next(row.comment.text for row in texts if decoding.is_missing(row.comment.text))
                warnings.append(f"{counted(empty, 'text')} such as {example} left out: marks of missing text")
            if deleted := len(rows) - len(kept):
                warnings.append(f"{counted(deleted, 'deleted comment')} left out")
            warnings += self.problems.take_notes()
            name = story[0].cells["document"]
            part = " ".join(name.split()) if name else f"{story[0].number}-{story[-1].number}"
            place = f"{self.problems.source}#{part}"
            layout = datamodels.TABLE_LAYOUT if title or name else datamodels.ROWS_LAYOUT
            outlet = outlet or records.domain_of(article.get("url"))
            table = Document(_document_id(story), place, outlet, title=title, comments=comments, layout=layout)
            yield replace(table, warnings=tuple(warnings), **article)


def _article(facts: Row) -> dict[str, Json]:
    """Return the fields of a document that an article gives."""
    body = decoding.read_article(f"{facts.get('body', '')}")
    given = {"url": web_address(facts.get("url")), "published": to_iso(facts.get("published"))}
    article = tuple(body.text.splitlines())
    return given | {"body": article, "quotations": datamodels.block_quotations(article, body.quoted)}


def look_alikes(names: Iterable[str], used: Set[str] = frozenset()) -> dict[str, str]:
    """Find the columns that look like our fields, by the words at which their names begin or end.

    :return: Columns by field, the likeliest first.
    """
    free = [name for name in islice(names, LOOKED_AT) if name not in used and 1 < len(name) <= 60]
    plain = {name: _BETWEEN.sub("", name.lower()) for name in free if not _C.no_field.search(name)}
    found: dict[str, str] = {}
    for ours, words in formats()["like"].items():
        fitting = plain if ours == "parent" else {name: plain[name] for name in plain if not _C.identifier.search(name)}
        for word, (name, letters) in product(words.split(), fitting.items()):
            if name not in found.values() and (letters.startswith(word) or letters.endswith(word)):
                found.setdefault(ours, name)
    return found


def _are_ids(cells: Iterable[Json]) -> bool:
    """Return whether more than half of the cells are single words, as ids are."""
    texts = [str(cell).strip() for cell in cells if cell is not None]
    return sum(text.isascii() and " " not in text for text in texts) * 2 > len(texts)


def lists_in(row: Json, path: str = "", depth: int = 1) -> Iterator[tuple[str, list[Json]]]:
    """Yield the lists in an object and in the objects in it, with their paths."""
    for name, value in row.items() if isinstance(row, Mapping) else ():
        if isinstance(value, list):
            yield f"{path}{name}", value
        elif isinstance(value, dict) and _C.comments.search(name) and _are_numbered(value):
            yield f"{path}{name}", [*value.values()]
        elif isinstance(value, Mapping) and depth < _C.searched_depth:
            yield from lists_in(value, f"{path}{name}.", depth + 1)


def values_in(row: Json, path: str = "", depth: int = 1) -> Iterator[tuple[str, str | int | float]]:
    """Yield the texts and numbers in an object and in the objects in it, with their paths."""
    for name, value in row.items() if isinstance(row, Mapping) else ():
        if isinstance(value, str | int | float):
            yield f"{path}{name}", value
        elif isinstance(value, list) and _C.no_comments.search(name):  # a text in parts: the first object counts
            yield from values_in(next(iter(value), None), f"{path}{name}.", depth + 1)
        elif isinstance(value, Mapping) and depth < _C.searched_depth:
            yield from values_in(value, f"{path}{name}.", depth + 1)


def facts_of(row: Row) -> dict[str, str]:
    """Return what an object says of an article, of each field the first name that has a value."""
    found, around = {}, [row, *(row[name] for name in row if _C.article.fullmatch(name))]
    for field_, names in formats()["article"].items():
        for value in filter(None, (find(each, name) for each in around for name in names.split())):
            lines = value if isinstance(value, list) else [value]
            if all(isinstance(each, str | int) for each in lines) and (text := "\n".join(map(str, lines)).strip()):
                found[field_] = text
                break
    return found


def _is_bare(row: Row) -> bool:
    """Return whether an object states that it has no comments."""
    return any(value is None and name.lower().endswith("comments") for name, value in row.items())


def _are_numbered(values: Mapping[str, Json]) -> bool:
    """Return whether an object holds objects by their ids."""
    return bool(values) and all(isinstance(value, dict) and re.search(r"\d", name) for name, value in values.items())


def _names_in(row: Row) -> frozenset[str]:
    return frozenset(name for name in row if not _C.comments.search(name))


def is_own(row: Row) -> bool:
    """Return whether a row is a document or a score that was written before."""
    is_document = row.keys() >= {"body", "comments"} and not isinstance(row["body"], str)
    return is_document or row.keys() >= decoding.SCORE_COLUMNS


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


def _renamed(row: Row, columns: Columns) -> Row:
    """Put mapped cells under our names; a name with dots is a path into objects within the row."""
    ours = {name: value for name, value in row.items() if name not in columns}
    found = {name: find(row, theirs) for name, theirs in columns.items()}
    return ours | {name: row.get(name) if value is None else value for name, value in found.items()}


def _comment_row(
    row: Row, number: int, problems: Problems, columns: tuple[tuple[str, str], ...], article: Row | None
) -> _CommentRow:
    text, most = "" if article else _field(row, "text", problems), problems.limits.field_chars
    if text is None and "text" in row:
        raise InputError("empty text; expected a comment")
    if text is None:
        raise ColumnsError(f"no text {_among(list(row))} a text field{proposed(row)}")
    if len(text) > most:
        raise InputError(f"text has {len(text):,} characters; expected at most {most:,}")
    cells = {name: _field(row, name, problems) for name in (*_C.plain_fields, *_C.spoken_fields)}
    passage, author, target = read_cell(text), cells["author"], cells["target"]
    quoted = passage.quoted or _field(row, "quoted", problems)  # as frames have it
    comment = Comment(
        "", without_notes(passage.text or text), None if author in DELETED else author, None, to_iso(cells["posted"]),
        read_count(cells["votes"] or ""), language_of(cells["language"]), quoted,
        targets=(target,) if target else None, columns=columns,
    )  # fmt: skip
    texts = "".join(value for value in row.values() if isinstance(value, str))
    return _CommentRow(number, comment, cells, bool(_C.damage.search(texts)), article)


def kept_cell(value: Json) -> str:
    """Return a cell that is carried along, on one line and cut; empty for lists and objects."""
    if value is None or isinstance(value, list | Mapping):
        return ""
    return " ".join(clean(records.unguard_cell(str(value)[: _C.cell_characters])).split())


def text_of(value: Json, name: str) -> str | None:
    """Return a cell as text; None if it is empty.

    :raises InputError: If it is neither a text nor a number.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        raise InputError(f"{name} is not text; expected text")
    return None if value is None else str(value).strip() or None


def _field(row: Row, name: str, problems: Problems) -> str | None:
    """Return a cell as text; of an author, its name; None for a field of another kind, unless it is the text."""
    value = row.get(name)
    if isinstance(value, dict) and name in ("author", "parent"):
        value = next((value[inner] for inner in _C.names_inside if value.get(inner) not in (None, "")), None)
    if isinstance(value, bool | list | dict) and name != "text":
        problems.note(decoding.STRANGE.format(name))
        value = None
    text = problems.mended(text_of(value, name) or "", name)
    return (
        None
        if text == decoding.NULL and name != "text"
        else (read_references(text).strip() if name in _C.spoken_fields else text) or None
    )


def language_of(text: str | None) -> str:
    """Return the code of a language in two letters where it has one; unknown for other texts."""
    code = text.lower().split("-")[0] if text and _LANGUAGE.fullmatch(text) else UNKNOWN_LANGUAGE
    return UNKNOWN_LANGUAGE if _C.no_language.fullmatch(code) else formats()["languages"].get(code, code)


def _objects_in(row: Row) -> list[Row]:
    """Return an object and those in it, the likeliest comments first: those in lists of comments, then inner ones."""
    inside, others, waiting = list[Row](), list[Row](), [row]
    while waiting and len(inside) + len(others) < LOOKED_AT:
        for path, values in lists_in(waiting.pop(0)):
            is_named = bool(_C.comments.search(path))
            if is_named or not _C.no_comments.search(path):
                objects = [each for each in values if isinstance(each, Mapping)]
                (inside if is_named else others).extend(objects)
                waiting += objects
    has_text = any(isinstance(row.get(name), str) for name in ("text", *formats()["read_as"]["text"]))
    return [*inside, row, *reversed(others)] if has_text else [*inside, *reversed(others), row]


def proposed(row: Row) -> str:
    """Return the option that reads the comments in an object, as the end of a message; empty if there are none."""
    for each in _objects_in(row):
        values = {name: value for name, value in values_in(each) if not isinstance(value, bool)}
        texts = {name: value for name, value in values.items() if isinstance(value, str) and not web_address(value)}
        written = [name for name, value in texts.items() if " " in value.strip() and not to_iso(value)]
        longest = max(written, key=lambda name: len(texts[name]), default=None)
        if text := look_alikes(written).get("text") or longest or look_alikes(texts).get("text"):
            like = {"text": text} | look_alikes(values, {text}) | {"text": text}
            return ", as --map " + ",".join(f"{ours}={clean(theirs)}" for ours, theirs in like.items())
    return ""


def _among(names: list[str]) -> str:
    shown = ", ".join(" ".join(clean(name).split())[:30] for name in names[:12])
    return f"among {f'{shown}, …' if len(names) > 12 else shown or 'no names'}; expected"


# Documents of rows ----------------------------------------------------------------------------------------------------


def _document_of(item: Value | _CommentRow) -> str | None:
    """Return the name of the document that a row is of, empty if it names none; None for documents and scores."""
    return item.cells["document"] or "" if isinstance(item, _CommentRow) else None


def _place_of_score(score: Score) -> str:
    """Return the place of a score in its document, which does not depend on the order of rows."""
    comment, others = score.comment or "", (score.posted, score.author, score.probabilities)
    return "\n".join((score.unit, natural_text(comment), comment, score.target, *(str(each or "") for each in others)))


def _place(row: _CommentRow) -> str:
    """Return the place of a row in its document, as a text to sort by; empty where only the order of rows counts."""
    time, identifier = row.comment.posted or "", natural_text(row.cells["id"] or "")
    others = (row.comment.author or "", row.comment.text, row.cells["target"] or "")
    # Number of characters by which rows of one time and id are sorted.
    return "\n".join((time, identifier, *(part[:100] for part in others))) if time or identifier else ""


def _document_id(rows: list[_CommentRow]) -> str:
    """Return the table's own id of a document if it can name a file, so that scores join with their source."""
    name = rows[0].cells["document"]
    if name is not None and re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}", name):
        return name
    parts = [part for row in rows for part in (row.cells["id"], row.comment.author, row.comment.text)]
    digest = hashlib.sha256()
    for part in parts if name is None else [name]:
        digest.update(repr(part).encode())
    return digest.hexdigest()[:16]


def all_targets(*asked: tuple[str, ...] | None) -> tuple[str, ...] | None:
    """Return the targets that some rows ask for; None: all."""
    return None if None in asked else tuple(dict.fromkeys(chain.from_iterable(each or () for each in asked)))


def _comments(rows: list[_CommentRow], problems: Problems) -> tuple[tuple[Comment, ...], list[str]]:
    """Turn rows into comments with unique ids; merge rows that differ only in the target.

    An id of the table goes to the first text that has it.
    """
    comments: dict[tuple[str | int, str], Comment] = {}
    texts = Counter(name for name, _ in {(row.cells["id"], row.comment.text) for row in rows} if name is not None)
    names, shared = texts.keys(), {name for name, times in texts.items() if times > 1}
    free, taken, example, repeated = set(names), set(names), "", 0
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(2))
    for position, row in enumerate(rows, 1):
        given, key = row.cells["id"], (row.cells["id"] or position, row.comment.text)
        for name, value, note in (
            ("posted", row.comment.posted, decoding.UNREAD_TIMES), ("votes", row.comment.votes, decoding.UNREAD_VOTES),
        ):  # fmt: skip
            if value is None and (cell := row.cells[name]):
                problems.note(note, cell)
        if known := comments.get(key):
            comments[key] = replace(known, targets=all_targets(known.targets, row.comment.targets))
            repeated += comments[key] == known
            continue
        name = identifier = given or f"c{position}"
        if given in free:
            free.remove(given)
        else:
            while identifier in taken:
                identifier = f"{name}~{next(numbers[name])}"
            taken.add(identifier)
            example = example or (identifier if given else "")
        comments[key] = _joined(row, identifier, names, shared, problems)
    warnings = [f"{counted(repeated, 'row')} repeated, each counted once"] if repeated else []
    if example:
        numbered = f"the first text keeps it, others get ids such as {example[:60]}; answers to this id are not linked"
        warnings.append(f"an id occurs with more than one text; {numbered}")
    common, times = next(iter(Counter(row.comment.author for row in rows).most_common(1)), (None, 0))
    if times >= max(20, 0.9 * len(rows)) and person(common) != person(common, datamodels.TABLE_LAYOUT):
        comments |= {key: replace(each, author=None) for key, each in comments.items() if each.author == common}
        warnings.append(f"almost all comments have the author {common!r}; they count as comments without a name")
    return tuple(comments.values()), warnings


def names_of(parent: str | None) -> tuple[str, ...]:
    """Return the ways to write an id: a column with gaps turns 7 into 7.0, and Reddit writes t1_ in front."""
    return (parent, parent.removesuffix(".0"), parent.removeprefix("t1_")) if parent else ()


def _joined(row: _CommentRow, identifier: str, names: Set[str], shared: Set[str], problems: Problems) -> Comment:
    """Make a comment, and find the row, or the text, that it answers.

    :param shared: Those of the names that more than one text has: what they mean is not known.
    """
    comment, given = replace(row.comment, comment_id=identifier), row.cells["parent"]
    if parent := next(filter(names.__contains__, names_of(given)), None):
        is_own = parent in (identifier, row.cells["id"])
        return comment if is_own or parent in shared else replace(comment, reply_to=parent)
    if given and any(map(str.isspace, given)):
        return replace(comment, parent_text=given)
    if given and not given.startswith("t3_") and not {row.cells["document"], *_C.no_parents} & {*names_of(given)}:
        problems.note(decoding.LOST_PARENT, given)
    return comment


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
        layout=datamodels.ROW_SCORES_LAYOUT if is_bare else datamodels.SCORES_LAYOUT,
    )  # fmt: skip
