"""Tables of comments or scores, one row at a time.

A table may hold millions of rows and any of them may be broken, so nothing is held beyond the document being filled,
and a bad row is named by its line and left out while the rest is read.
"""

import hashlib
import io
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any, BinaryIO, TypeAlias

from stance.datamodels import TABLE_LAYOUT, UNKNOWN_LANGUAGE, Comment, Document, Score, Skip
from stance.exceptions import ColumnsError, ConfigError, InputError
from stance.limits import Limits
from stance.reading.encoding import clean
from stance.reading.entries import DELETED
from stance.reading.markup import read_cell, read_references
from stance.reading.problems import Problems
from stance.reading.rows import Row, Rows, csv_rows, json_line_rows, json_list_rows, parquet_rows
from stance.reading.sniffing import SCORE_COLUMNS
from stance.reading.times import to_iso
from stance.records import SCORE_FIELDS, document_from_record, score_from_record, score_from_row, unguard_cell

DOCUMENT_FIELDS = frozenset(("body", "comments"))
TABLE_FIELDS = (
    "text", "id", "document", "outlet", "title", "author", "parent", "posted", "votes", "language", "target",
)  # fmt: skip
"""What a table may say of a comment; only ``text`` is needed."""

CELL_CHARACTERS = 200
"""Of a column that is carried along: it names a group, so it is short, or is cut."""

MOST_DAMAGED = 5
"""Rows that a warning names."""

NO_ROWS = "no rows; expected one comment or score in each"

# fmt: off
TWO_LETTERS = {
    "eng": "en", "rus": "ru", "ukr": "uk", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es",
    "por": "pt", "ita": "it", "nld": "nl", "dut": "nl", "pol": "pl", "ces": "cs", "cze": "cs", "slk": "sk",
    "slo": "sk", "slv": "sl", "hrv": "hr", "srp": "sr", "bos": "bs", "bul": "bg", "mkd": "mk", "mac": "mk",
    "ron": "ro", "rum": "ro", "hun": "hu", "ell": "el", "gre": "el", "tur": "tr", "ara": "ar", "heb": "he",
    "fas": "fa", "per": "fa", "zho": "zh", "chi": "zh", "jpn": "ja", "kor": "ko", "hin": "hi", "vie": "vi",
    "swe": "sv", "dan": "da", "nor": "no", "fin": "fi", "est": "et", "lav": "lv", "lit": "lt", "cat": "ca",
}
# fmt: on
"""Codes of three letters (ISO 639-2, both kinds) for languages that comments are often in."""

NO_LANGUAGE = re.compile("und|mis|mul|zxx|art|q[a-t][a-z]")
"""Codes that name none; those with q are for private use, as for tweets of a link alone."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")

Value: TypeAlias = Document | Score
Columns: TypeAlias = Mapping[str, str]
Cells: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """What is known of a table before its first row.

    :param source: Its name in messages and in documents.
    :param skip: Called with each row that cannot be used.
    :param limits: Bounds on lines, fields and rows.
    :param columns: Which of its columns stand for ``TABLE_FIELDS``, where they are called otherwise.
    :param keep: Columns that are carried along as they are, cut to ``CELL_CHARACTERS``.
    """

    source: str
    skip: Callable[[Skip], None]
    limits: Limits
    columns: Columns = field(default_factory=dict)
    keep: tuple[str, ...] = ()

    def from_json_lines(self, reader: io.BufferedReader) -> Iterator[Value]:
        """Read comments, documents or scores, one JSON object per line."""
        problems = self._problems()
        yield from self._values(json_line_rows(reader, problems, self.limits), problems, score_from_record)

    def from_json_list(self, reader: io.BufferedReader) -> Iterator[Value]:
        """Read comments, documents or scores, one JSON object each, in one list.

        :raises InputError: If it is larger than a page may be.
        """
        problems = self._problems("row")
        yield from self._values(json_list_rows(reader, problems, self.limits), problems, score_from_record)

    def from_csv(self, reader: io.BufferedReader) -> Iterator[Value]:
        """Read comments or scores, one row each, under a header.

        :raises InputError: If the header lacks a column that is needed, or names one twice.
        """
        problems = self._problems()
        rows = csv_rows(reader, problems, self.limits, self._check)
        yield from self._values(rows, problems, score_from_row)

    def from_parquet(self, file: BinaryIO) -> Iterator[Value]:
        """Read comments or scores, one row each.

        :param file: It is read at any place.
        :raises InputError: If it cannot be read, or lacks a column that is needed.
        """
        problems = self._problems("row")
        rows = parquet_rows(file, problems, self.limits, self._choose)
        yield from self._values(rows, problems, score_from_record)

    def _problems(self, unit: str = "line") -> Problems:
        return Problems(self.source, self.skip, self.limits, unit)

    def _check(self, names: list[str]) -> list[str]:
        """Return the names of columns as ours, where they are mapped."""
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            raise ColumnsError(f"duplicate column {', '.join(twice)[:100]}; expected each column once")
        ours = {" ".join(theirs.split()).lower(): name for name, theirs in self.columns.items()}
        self._require(ours.keys(), names)
        return [ours.get(name, "" if name in self.columns else name) for name in names]

    def _choose(self, names: list[str]) -> list[str]:
        """Return the columns that are worth reading."""
        self._require({theirs.partition(".")[0] for theirs in self.columns.values()}, names)
        wanted = {*SCORE_FIELDS, *TABLE_FIELDS, *self.keep} | {path.partition(".")[0] for path in self.columns.values()}
        return [name for name in names if name in wanted]

    def _require(self, theirs: Set[str], names: list[str]) -> None:
        if missing := sorted(theirs - set(names)):
            raise ColumnsError(f"no column {', '.join(missing)[:100]} among {_listed(names)}; expected what is mapped")
        if "text" not in names and "text" not in self.columns and not set(names) >= SCORE_COLUMNS:
            raise ColumnsError(
                f"no text column among {_listed(names)}; expected a column named text, or one mapped to it"
            )

    def _values(self, rows: Rows, problems: Problems, read_score: Callable[[Row], Score]) -> Iterator[Value]:
        gathered = _Gathering(self.source, self.limits)
        fault: list[InputError] = []
        for number, row in _until_fault(rows, fault):
            try:
                kept = _kept(row, self.keep)
                if self.columns:
                    yield from gathered.add(_comment_row(_renamed(row, self.columns), number, self.limits, kept))
                elif row.keys() >= DOCUMENT_FIELDS:
                    yield from gathered.finish()
                    yield document_from_record(row)
                elif row.keys() >= SCORE_COLUMNS:
                    yield from gathered.finish()
                    score = read_score(row)
                    yield replace(score, columns=kept) if kept else score
                else:
                    yield from gathered.add(_comment_row(row, number, self.limits, kept))
            except InputError as error:
                problems.add(number, str(error), is_misfit=isinstance(error, ColumnsError))
        yield from gathered.finish()
        if fault:
            raise fault[0]
        problems.close(empty=NO_ROWS)


def _until_fault(rows: Rows, fault: list[InputError]) -> Rows:
    """Pass on the rows before a fault of the whole table, so that they become documents first."""
    try:
        yield from rows
    except InputError as error:
        fault.append(error)


def check_columns(columns: Columns) -> Columns:
    """Check which columns are to stand for which fields.

    :param columns: By the names of our fields.
    :return: The same.
    :raises ConfigError: If there is no such field, or a name is empty.
    """
    for name, theirs in columns.items():
        if name not in TABLE_FIELDS:
            raise ConfigError(f"a table has no field {name[:40]!r}; expected one of {', '.join(TABLE_FIELDS)}")
        if not theirs.strip():
            raise ConfigError(f"no column is given for {name}; expected its name in the table")
    return columns


def parse_columns(text: str) -> Columns:
    """Read a mapping of columns as it is given on a command line.

    :param text: Such as ``text=body,author=user.name``.
    :raises ConfigError: If it is no such list, or names a field that is not there or twice.
    """
    columns: dict[str, str] = {}
    for pair in text.split(","):
        name, equals, theirs = (part.strip() for part in pair.partition("="))
        if not equals or name in columns:
            raise ConfigError(f"a mapping of columns holds {pair[:40]!r}; expected such as text=body,author=user")
        columns[name] = theirs
    return check_columns(columns)


def _renamed(row: Row, columns: Columns) -> Row:
    """Put what is mapped under our names; a name with dots leads into objects within the row."""
    return {name: value for name, value in row.items() if name not in columns} | {
        ours: row[ours] if ours in row and not _leads_in(row, theirs) else _at(row, theirs)
        for ours, theirs in columns.items()
    }


def _leads_in(row: Row, name: str) -> bool:
    """Tell whether a row has what is mapped; rows that have not may be in our names."""
    return name in row or ("." in name and isinstance(row.get(name.partition(".")[0]), Mapping))


def _at(row: Row, name: str) -> Any:
    if name in row:
        return row[name]
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


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
    columns: Cells
    quoted: str | None
    unread: str | None  # what stands for the time and is none
    has_nul: bool  # which was taken out

    @property
    def story(self) -> tuple[str | None, str | None, str | None]:
        """What rows of one document have in common."""
        return self.document, self.outlet, self.title


def _comment_row(row: Row, number: int, limits: Limits, columns: Cells) -> _CommentRow:
    text = _field(row, "text", limits)
    if text is None:
        if "text" in row:
            raise InputError("empty text; expected a comment")
        raise ColumnsError(f"no text among {_listed(row)}; expected a text field")
    stamp = _field(row, "posted", limits)
    posted = to_iso(stamp)
    passage = read_cell(text)
    author = _spoken(row, "author", limits)
    return _CommentRow(
        number=number,
        identifier=_field(row, "id", limits),
        text=passage.text or text,
        target=_field(row, "target", limits),
        document=_field(row, "document", limits),
        outlet=_spoken(row, "outlet", limits),
        title=_spoken(row, "title", limits),
        author=None if author in DELETED else author,
        parent=_spoken(row, "parent", limits),
        posted=posted,
        language=_language(_field(row, "language", limits)),
        votes=_votes(_field(row, "votes", limits)),
        columns=columns,
        quoted=passage.quoted,
        unread=stamp if posted is None else None,
        has_nul=any("\0" in value for value in row.values() if isinstance(value, str)),
    )


def _kept(row: Row, names: tuple[str, ...]) -> Cells:
    """Give the cells that are carried along, as text; those of columns that the row lacks are absent."""
    return tuple((name, _cell(row[name])) for name in names if name in row)


def _cell(value: Any) -> str:
    if value is None or isinstance(value, list | Mapping):
        return ""
    return " ".join(clean(unguard_cell(str(value)[:CELL_CHARACTERS])).split())


def _field(row: Row, name: str, limits: Limits) -> str | None:
    value = row.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise InputError(f"{name} is not text; expected text")
    text = str(value).strip()
    if len(text) <= limits.field_chars:
        text = clean(text).strip()
    if len(text) > limits.field_chars:
        raise InputError(f"{name} has {len(text):,} characters; expected at most {limits.field_chars:,}")
    return text or None


def _spoken(row: Row, name: str, limits: Limits) -> str | None:
    text = _field(row, name, limits)
    return text and (read_references(text).strip() or None)


def _language(text: str | None) -> str:
    code = text.lower().split("-")[0] if text and _LANGUAGE.fullmatch(text) else UNKNOWN_LANGUAGE
    return UNKNOWN_LANGUAGE if NO_LANGUAGE.fullmatch(code) else TWO_LETTERS.get(code, code)


def _votes(text: str | None) -> int | None:
    try:
        return int(text.removesuffix(".0")) if text and len(text) < 12 else None
    except ValueError:
        return None


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
    tells_times: bool = True  # once of a table: its times are mostly written in one way

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
            if seen := [row for row in story if row.text not in DELETED]:
                document = _document(self.source, seen)
                yield replace(document, warnings=(*document.warnings, *self._left_out(story, len(story) - len(seen))))

    def _left_out(self, rows: list[_CommentRow], deleted: int) -> Iterator[str]:
        if deleted:
            yield f"{deleted:,} deleted comment{'s' * (deleted != 1)} left out"
        unread = next(filter(None, (row.unread for row in rows)), None) if self.tells_times else None
        if unread:
            self.tells_times = False
            yield f"times such as {unread[:40]!r} are left out; expected ISO 8601, or seconds since 1970"

    def _is_full_before(self, row: _CommentRow) -> bool:
        last = self.rows[-1]
        if row.document != last.document:
            return True
        if row.identifier is not None and row.identifier == last.identifier:
            return len(self.rows) >= 2 * self.limits.comments
        return len(self.rows) >= (self.limits.comments if row.document else self.limits.rows_per_document)


def _document(source: str, rows: list[_CommentRow]) -> Document:
    comments, warnings = _comments(rows)
    damaged = [f"{source}:{row.number}" for row in rows if row.has_nul]
    if damaged:
        more = f" and {len(damaged) - MOST_DAMAGED} more rows" if len(damaged) > MOST_DAMAGED else ""
        warnings += (f"NUL bytes were taken out of {', '.join(damaged[:MOST_DAMAGED])}{more}",)
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
    comments: dict[tuple[str | int, str], Comment] = {}
    repeated = 0
    names = {row.identifier for row in rows if row.identifier is not None}
    identifiers = _Identifiers(names)
    for position, row in enumerate(rows, 1):
        key = (row.identifier or position, row.text)
        if (known := comments.get(key)) is None:
            comments[key] = _comment(row, identifiers.own(row.identifier, position), names)
        else:
            repeated += row.target in (known.targets or (None,))
            comments[key] = replace(known, targets=_both(known.targets, row.target))
    warnings = [f"{repeated} row{'s' * (repeated != 1)} repeated, each counted once"] if repeated else []
    if example := identifiers.example:
        warnings.append(f"an id names more than one text; the first keeps it, others are numbered, as {example[:60]}")
    return tuple(comments.values()), tuple(warnings)


class _Identifiers:
    """Gives each text of a document an id of its own: one that the table gives goes to the first text that has it."""

    def __init__(self, names: Set[str]) -> None:
        self.example: str | None = None
        self._to_give, self._taken = set(names), set(names)
        self._numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(2))

    def own(self, given: str | None, position: int) -> str:
        """Give the id of another text.

        :param given: As in the table; None: it has none.
        """
        if given in self._to_give:
            self._to_give.remove(given)
            return given
        name = identifier = given or f"c{position}"
        while identifier in self._taken:
            identifier = f"{name}~{next(self._numbers[name])}"
        self._taken.add(identifier)
        if given:
            self.example = self.example or identifier
        return identifier


def _comment(row: _CommentRow, identifier: str, names: Set[str]) -> Comment:
    parent = _row_named(row.parent, names)
    answers_row = parent in names and parent not in (identifier, row.identifier)
    answers_text = not answers_row and parent is not None and any(map(str.isspace, parent))
    return Comment(
        comment_id=identifier,
        text=row.text,
        author=row.author,
        reply_to=parent if answers_row else None,
        posted=row.posted,
        votes=row.votes,
        language=row.language,
        quoted=row.quoted,
        parent_text=parent if answers_text else None,
        targets=None if row.target is None else (row.target,),
        columns=row.columns,
    )


def _row_named(parent: str | None, names: Set[str]) -> str | None:
    """Give the id that a parent means: a column with gaps turns 7 into 7.0, and Reddit writes t1_ in front."""
    if parent is None or parent in names:
        return parent
    return next((name for name in (parent.removesuffix(".0"), parent.removeprefix("t1_")) if name in names), parent)


def _both(targets: tuple[str, ...] | None, target: str | None) -> tuple[str, ...] | None:
    if targets is None or target is None:
        return None
    return targets if target in targets else (*targets, target)
