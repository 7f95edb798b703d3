"""Tables of comments or scores, JSON Lines or CSV, one row at a time.

A table may hold millions of rows and any of them may be broken, so nothing is held beyond the document being filled,
and a bad row is named by its line and left out while the rest is read.
"""

import csv
import hashlib
import io
import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from stance.datamodels import UNKNOWN_LANGUAGE, Comment, Document, Score, Skip
from stance.exceptions import InputError
from stance.limits import Limits
from stance.reading.encoding import choose_encoding, clean
from stance.reading.packing import head
from stance.reading.problems import Problems
from stance.reading.sniffing import SCORE_COLUMNS, delimiter_of
from stance.records import document_from_record, score_from_record, score_from_row

TABLE_LAYOUT = "table"
"""The layout of a document that is rows of a table."""

DOCUMENT_FIELDS = frozenset(("body", "comments"))
MAX_DIGITS = 100
"""Of a whole number in JSON; longer ones take quadratic time to read and mean nothing here."""

NO_ROWS = "no rows; expected one comment or score in each"

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")

Value = Document | Score
Row = Mapping[str, Any]
Line = tuple[int, str]
Problem = Callable[[int, str], None]


def read_json_lines(
    reader: io.BufferedReader, source: str, skip: Callable[[Skip], None], limits: Limits
) -> Iterator[Value]:
    """Read comments, documents or scores, one JSON object per line.

    :param reader: The table, unpacked.
    :param source: Its name in messages and in documents.
    :param skip: Called with each row that cannot be used.
    :param limits: Bounds on lines, fields and rows.
    """
    problems = Problems(source, skip, limits)
    gathered = _Gathering(source, limits)
    for number, line in _lines(reader, limits, problems.add):
        if not line.strip():
            continue
        problems.parts += 1
        try:
            row = _json_object(line)
            if row.keys() >= DOCUMENT_FIELDS:
                yield from gathered.finish()
                yield document_from_record(row)
            elif row.keys() >= SCORE_COLUMNS:
                yield from gathered.finish()
                yield score_from_record(row)
            else:
                yield from gathered.add(_comment_row(row, number, limits))
        except InputError as error:
            problems.add(number, str(error))
        except RecursionError:
            problems.add(number, "nested too deeply; expected a flat JSON object")
    yield from gathered.finish()
    problems.close(empty=NO_ROWS)


def read_csv(reader: io.BufferedReader, source: str, skip: Callable[[Skip], None], limits: Limits) -> Iterator[Value]:
    """Read comments or scores, one row each, under a header.

    :param reader: The table, unpacked.
    :param source: Its name in messages and in documents.
    :param skip: Called with each row that cannot be used.
    :param limits: Bounds on lines, fields and rows.
    :raises InputError: If the header has no ``text`` column and is not that of a score table, or names a column twice.
    """
    problems = Problems(source, skip, limits)
    lines = _lines(reader, limits, problems.add)
    _, header = next(lines, (1, ""))
    delimiter = delimiter_of(header)
    names = _columns(header, delimiter)
    has_scores = set(names) >= SCORE_COLUMNS
    gathered = _Gathering(source, limits)
    for number, cells in _csv_rows(lines, delimiter, limits, problems.add):
        problems.parts += 1
        try:
            row = _named_cells(names, cells)
            if has_scores:
                yield score_from_row(row)
            else:
                yield from gathered.add(_comment_row(row, number, limits))
        except InputError as error:
            problems.add(number, str(error))
    yield from gathered.finish()
    problems.close(empty=NO_ROWS)


# Lines ----------------------------------------------------------------------------------------------------------------


def _lines(reader: io.BufferedReader, limits: Limits, problem: Problem) -> Iterator[Line]:
    """Yield the lines of a table with their numbers, from 1; one that is too long is reported and left out."""
    encoding, _ = choose_encoding(_whole_lines(head(reader)))
    text = io.TextIOWrapper(reader, encoding, errors="replace", newline=None)
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


def _whole_lines(start: bytes) -> bytes:
    """Leave out the last line of a head, where a character may be cut in two."""
    return start[: start.rfind(b"\n") + 1] or start[:-4] or start


def _csv_rows(
    lines: Iterator[Line], delimiter: str, limits: Limits, problem: Problem
) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV table with the number of the line where each begins.

    A quote that is never closed would swallow the rest of the table: then its line alone is reported and left out, and
    reading goes on with the next one.
    """
    feed = _Feed(lines, limits.row_chars)
    failures = 0
    rows = csv.reader(feed, delimiter=delimiter)
    while feed.has_more():
        feed.begin_row()
        try:
            cells = next(rows)
        except StopIteration:
            return
        except (_UnclosedQuoteError, csv.Error) as error:
            number = feed.drop_first_line()
            rows = csv.reader(feed, delimiter=delimiter)
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


# Rows -----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _CommentRow:
    """One checked row of a table of comments."""

    number: int
    identifier: str | None
    text: str
    target: str | None
    document: str | None
    outlet: str | None
    title: str | None
    author: str | None
    parent: str | None
    posted: str | None
    language: str
    votes: int | None

    @property
    def story(self) -> tuple[str | None, str | None, str | None]:
        """What rows of one document have in common."""
        return self.document, self.outlet, self.title


def _comment_row(row: Row, number: int, limits: Limits) -> _CommentRow:
    text = _field(row, "text", limits)
    if text is None:
        if "text" in row:
            raise InputError("empty text; expected a comment")
        raise InputError(f"no text among {_listed(row)}; expected a text field")
    return _CommentRow(
        number=number,
        identifier=_field(row, "id", limits),
        text=text,
        target=_field(row, "target", limits),
        document=_field(row, "document", limits),
        outlet=_field(row, "outlet", limits),
        title=_field(row, "title", limits),
        author=_field(row, "author", limits),
        parent=_field(row, "parent", limits),
        posted=_iso_date(_field(row, "posted", limits)),
        language=_language(_field(row, "language", limits)),
        votes=_votes(_field(row, "votes", limits)),
    )


def _field(row: Row, name: str, limits: Limits) -> str | None:
    value = row.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"{name} is not text; expected text")
    text = clean(str(value)).strip()
    if len(text) > limits.field_chars:
        raise InputError(f"{name} has {len(text):,} characters; expected at most {limits.field_chars:,}")
    return text or None


def _iso_date(text: str | None) -> str | None:
    try:
        return text if text and datetime.fromisoformat(text) else None
    except ValueError:
        return None


def _language(text: str | None) -> str:
    return text.lower().split("-")[0] if text and _LANGUAGE.fullmatch(text) else UNKNOWN_LANGUAGE


def _votes(text: str | None) -> int | None:
    try:
        return int(text) if text and len(text) < 12 else None
    except ValueError:
        return None


def _json_object(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line, parse_constant=_no_constant, parse_float=_finite, parse_int=_whole)
    except ValueError as error:
        raise InputError(f"not JSON: {error}"[:200]) from error
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


def _columns(header: str, delimiter: str) -> list[str]:
    try:
        names = [" ".join(clean(name).split()).lower() for name in next(csv.reader([header], delimiter=delimiter), [])]
    except csv.Error as error:
        raise InputError(f"no readable header: {error}; expected column names") from error
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        raise InputError(f"duplicate column {', '.join(twice)[:100]}; expected each column once")
    if "text" not in names and not set(names) >= SCORE_COLUMNS:
        raise InputError(f"no text column among {_listed(names)}; expected a column named text")
    return names


def _named_cells(names: list[str], cells: list[str]) -> dict[str, str]:
    if len(cells) != len(names):
        raise InputError(f"{len(cells)} cells; expected {len(names)}, one per column")
    return dict(zip(names, cells, strict=True))


def _listed(names: Mapping[str, Any] | list[str]) -> str:
    shown = ", ".join(" ".join(clean(name).split())[:30] for name in list(names)[:12])
    return f"{shown}, …" if len(names) > 12 else shown or "no names"


# Documents ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Gathering:
    """Rows on their way to becoming a document."""

    source: str
    limits: Limits
    rows: list[_CommentRow] = field(default_factory=list)

    def add(self, row: _CommentRow) -> Iterator[Document]:
        """Take a row; yield the document before it, if the row begins another."""
        if self.rows and self._is_full_before(row):
            yield from self.finish()
        self.rows.append(row)

    def finish(self) -> Iterator[Document]:
        """Yield what has been gathered, one document per story, and begin anew."""
        rows, self.rows = self.rows, []
        stories: dict[tuple[str | None, ...], list[_CommentRow]] = {}
        for row in rows:
            stories.setdefault(row.story, []).append(row)
        for story in stories.values():
            yield _document(self.source, story)

    def _is_full_before(self, row: _CommentRow) -> bool:
        last = self.rows[-1]
        if row.document != last.document:
            return True
        if row.identifier is not None and row.identifier == last.identifier:
            return len(self.rows) >= 2 * self.limits.comments
        return len(self.rows) >= (self.limits.comments if row.document else self.limits.rows_per_document)


def _document(source: str, rows: list[_CommentRow]) -> Document:
    comments, warnings = _comments(rows)
    return Document(
        document_id=_document_id(rows),
        source=f"{source}#{rows[0].number}-{rows[-1].number}",
        outlet=rows[0].outlet,
        title=rows[0].title,
        comments=comments,
        layout=TABLE_LAYOUT,
        warnings=warnings,
    )


def _document_id(rows: list[_CommentRow]) -> str:
    """Keep the table's own name of a document where it can name a file too, so that scores join with their source."""
    name = rows[0].document
    if name is not None and _FILE_NAME.fullmatch(name):
        return name
    digest = hashlib.sha256()
    for part in (
        [name] if name is not None else [part for row in rows for part in (row.identifier, row.author, row.text)]
    ):
        digest.update(repr(part).encode())
    return digest.hexdigest()[:16]


def _comments(rows: list[_CommentRow]) -> tuple[tuple[Comment, ...], tuple[str, ...]]:
    """Turn rows into comments; rows that differ in nothing but the target become one."""
    comments: dict[tuple[str, str], Comment] = {}
    repeated = 0
    names = {row.identifier for row in rows if row.identifier is not None}
    for position, row in enumerate(rows, 1):
        identifier = row.identifier or f"c{position}"
        key = (identifier, row.text)
        known = comments.get(key) if row.identifier else None
        repeated += known is not None and row.target in (known.targets or (None,))
        comments[key] = (
            replace(known, targets=_both(known.targets, row.target)) if known else _comment(row, identifier, names)
        )
    warnings = [f"{repeated} row{'s' * (repeated != 1)} repeated, each counted once"] if repeated else []
    if len({identifier for identifier, _ in comments}) < len(comments):
        warnings.append("an id names more than one text")
    return tuple(comments.values()), tuple(warnings)


def _comment(row: _CommentRow, identifier: str, names: set[str]) -> Comment:
    answers_row = row.parent in names and row.parent != identifier
    answers_text = not answers_row and row.parent is not None and any(map(str.isspace, row.parent))
    return Comment(
        comment_id=identifier,
        text=row.text,
        author=row.author,
        reply_to=row.parent if answers_row else None,
        posted=row.posted,
        votes=row.votes,
        language=row.language,
        parent_text=row.parent if answers_text else None,
        targets=None if row.target is None else (row.target,),
    )


def _both(targets: tuple[str, ...] | None, target: str | None) -> tuple[str, ...] | None:
    if targets is None or target is None:
        return None
    return targets if target in targets else (*targets, target)
