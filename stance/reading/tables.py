"""Read tables of comments, documents or scores: a document for each run of rows with one name.

Nothing is held beyond the document being filled.
"""

import hashlib
import io
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field, replace
from itertools import count, groupby
from typing import Any, BinaryIO, NamedTuple, TypeAlias, cast

from stance.datamodels import TABLE_LAYOUT, UNKNOWN_LANGUAGE, Comment, Document, Score, Skip
from stance.exceptions import ColumnsError, ConfigError, InputError
from stance.limits import Limits
from stance.reading.inputs import SCORE_COLUMNS, Kind
from stance.reading.rows import Problems, Row, Rows, csv_rows, json_line_rows, json_list_rows, parquet_rows, seekable
from stance.reading.stamps import to_iso
from stance.reading.text import clean, is_valid, read_cell, read_references
from stance.records import SCORE_FIELDS, document_from_record, score_from_record, score_from_row, unguard_cell

Value: TypeAlias = Document | Score
Columns: TypeAlias = Mapping[str, str]

DOCUMENT_FIELDS = frozenset(("body", "comments"))
TABLE_FIELDS = (
    "text", "id", "document", "outlet", "title", "author", "parent", "posted", "votes", "language", "target",
)  # fmt: skip
"""The fields of a comment that a table may have; only ``text`` is needed."""

DELETED = frozenset(("[deleted]", "[removed]"))
"""Stand for a text, or for a name, that is gone: in collections of Reddit, and so in most others."""

CELL_CHARACTERS = 200
"""Of a column that is carried along: it names a group, so it is short, or is cut."""

NUL = "NUL bytes were taken out of"
INVALID = "bytes or surrogates that are no character were spelled out, as \ufffdxE9, in"
MOST_DAMAGED = 5
"""Rows that a warning names."""

# fmt: off
TWO_LETTERS = {
    "eng": "en", "rus": "ru", "ukr": "uk", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "por": "pt",
    "ita": "it", "nld": "nl", "dut": "nl", "pol": "pl", "ces": "cs", "cze": "cs", "slk": "sk", "slo": "sk", "slv": "sl",
    "hrv": "hr", "srp": "sr", "bos": "bs", "bul": "bg", "mkd": "mk", "mac": "mk", "ron": "ro", "rum": "ro", "hun": "hu",
    "ell": "el", "gre": "el", "tur": "tr", "ara": "ar", "heb": "he", "fas": "fa", "per": "fa", "zho": "zh", "chi": "zh",
    "jpn": "ja", "kor": "ko", "hin": "hi", "vie": "vi", "swe": "sv", "dan": "da", "nor": "no", "fin": "fi", "est": "et",
    "lav": "lv", "lit": "lt", "cat": "ca",
}
# fmt: on
"""Codes of three letters (ISO 639-2, both kinds) for languages that comments are often in."""

NO_LANGUAGE = re.compile("und|mis|mul|zxx|art|q[a-t][a-z]")
"""Codes that name none; those with q are for private use, as for tweets of a link alone."""

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?")
_FILE_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,63}")


class _CommentRow(NamedTuple):
    """One checked row of a table of comments."""

    number: int
    identifier: str | None
    text: str
    document: str | None
    outlet: str | None
    title: str | None
    author: str | None
    parent: str | None
    target: str | None
    more: Mapping[str, Any]  # other fields of the comment
    unread: str | None  # the text in place of the time that is none
    has_nul: bool  # which was taken out
    is_valid: bool


@dataclass(frozen=True, slots=True)
class Table:
    """A table before its first row.

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
    noted: list[str] = field(default_factory=list)  # the time that was noted as unread

    def read(self, kind: Kind, stream: BinaryIO, reader: io.BufferedReader) -> Iterator[Value]:
        """Read comments, documents or scores, one a row.

        :param stream: The table as it was opened.
        :param reader: The table, unpacked.
        :raises InputError: If it cannot be read, lacks a column that is needed, or names one twice.
        """
        unit = "line" if kind in (Kind.JSON_LINES, Kind.CSV) else "row"
        problems = Problems(self.source, self.skip, self.limits, unit)
        match kind:
            case Kind.CSV:
                rows = csv_rows(reader, problems, self._check)
            case Kind.JSON_LINES:
                rows = json_line_rows(reader, problems)
            case Kind.JSON_LIST:
                rows = json_list_rows(reader, problems)
            case _:
                rows = parquet_rows(seekable(stream, reader, self.limits), problems, self._choose)
        faults: list[InputError] = []
        items = self._items(rows, problems, score_from_row if kind is Kind.CSV else score_from_record, faults)
        for is_comment, run in groupby(items, key=lambda item: isinstance(item, _CommentRow)):
            values = cast(Iterator[Any], run)
            yield from self._documents(values) if is_comment else values
        if faults:
            raise faults[0]
        problems.close(empty="no rows; expected one comment or score in each")

    def _items(
        self, rows: Rows, problems: Problems, read_score: Callable[[Row], Score], faults: list[InputError]
    ) -> Iterator[Value | _CommentRow]:
        try:
            for number, row in rows:
                try:
                    yield self._item(row, number, read_score)
                except InputError as error:
                    problems.add(number, str(error), is_misfit=isinstance(error, ColumnsError))
        except InputError as error:  # of the whole table: the rows before it become documents first
            faults.append(error)

    def _item(self, row: Row, number: int, read_score: Callable[[Row], Score]) -> Value | _CommentRow:
        kept = tuple((name, _kept_cell(row[name])) for name in self.keep if name in row)
        if not self.columns and row.keys() >= DOCUMENT_FIELDS:
            return self._document_of(row, number)
        if not self.columns and row.keys() >= SCORE_COLUMNS:
            score = read_score(row)
            return replace(score, columns=kept) if kept else score
        return _comment_row(_renamed(row, self.columns) if self.columns else row, number, self.limits, kept)

    def _document_of(self, row: Row, number: int) -> Document:
        """Read a document that was written before."""
        try:
            return document_from_record(row)
        except InputError:
            text = json.dumps(row, ensure_ascii=False)
            if is_valid(text):
                raise
        document = document_from_record(json.loads(clean(text)))
        return replace(document, warnings=(*document.warnings, _damaged(INVALID, self.source, [number])))

    def _check(self, names: list[str]) -> list[str]:
        """Return the names of columns as ours, where they are mapped."""
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            raise ColumnsError(f"duplicate column {', '.join(twice)[:100]}; expected each column once")
        ours = {" ".join(theirs.split()).lower(): name for name, theirs in self.columns.items()}
        self._require(ours.keys(), names)
        return [ours.get(name, "" if name in self.columns else name) for name in names]

    def _choose(self, names: list[str]) -> list[str]:
        """Return the columns that are to be read."""
        mapped = {path.partition(".")[0] for path in self.columns.values()}
        self._require(mapped, names)
        wanted = {*SCORE_FIELDS, *TABLE_FIELDS, *self.keep} | mapped
        return [name for name in names if name in wanted]

    def _require(self, theirs: Set[str], names: list[str]) -> None:
        if missing := sorted(theirs - set(names)):
            raise ColumnsError(f"no column {', '.join(missing)[:100]} among {_listed(names)}; expected what is mapped")
        if "text" not in names and "text" not in self.columns and not set(names) >= SCORE_COLUMNS:
            raise ColumnsError(
                f"no text column among {_listed(names)}; expected a column named text, or one mapped to it"
            )

    def _documents(self, rows: Iterator[_CommentRow]) -> Iterator[Document]:
        """Gather rows of one document; where rows name none, so many of them become one."""
        gathered: list[_CommentRow] = []
        for row in rows:
            if gathered and self._is_other(row, gathered):
                yield from self._documents_of(gathered)
                gathered = []
            gathered.append(row)
        yield from self._documents_of(gathered)

    def _is_other(self, row: _CommentRow, gathered: list[_CommentRow]) -> bool:
        last = gathered[-1]
        if row.document != last.document:
            return True
        if row.identifier is not None and row.identifier == last.identifier:
            return len(gathered) >= 2 * self.limits.comments
        return len(gathered) >= (self.limits.comments if row.document else self.limits.rows_per_document)

    def _documents_of(self, rows: list[_CommentRow]) -> Iterator[Document]:
        """Make a document for each outlet and title among the rows."""
        stories: defaultdict[tuple[str | None, str | None], list[_CommentRow]] = defaultdict(list)
        for row in rows:
            stories[row.outlet, row.title].append(row)
        for (outlet, title), story in stories.items():
            kept = [row for row in story if row.text not in DELETED]
            if not kept:
                continue
            comments, warnings = _comments(kept)
            for damage, numbers in (
                (NUL, [row.number for row in kept if row.has_nul]),
                (INVALID, [row.number for row in kept if not row.is_valid]),
            ):
                warnings += [_damaged(damage, self.source, numbers)] if numbers else []
            if deleted := len(story) - len(kept):
                warnings.append(f"{deleted:,} deleted comment{'s' * (deleted != 1)} left out")
            unread = next((row.unread for row in story if row.unread), None)
            if unread and not self.noted:  # once of a table: its times are mostly written in one way
                self.noted.append(unread)
                warnings.append(f"times such as {unread[:40]!r} are left out; expected ISO 8601, or seconds since 1970")
            yield Document(
                document_id=_document_id(kept),
                source=f"{self.source}#{kept[0].number}-{kept[-1].number}",
                outlet=outlet,
                title=title,
                comments=comments,
                layout=TABLE_LAYOUT,
                warnings=tuple(warnings),
            )


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
    """Put mapped cells under our names; a name with dots leads into objects within the row."""
    ours = {name: value for name, value in row.items() if name not in columns}
    for name, theirs in columns.items():
        # Rows that have not what is mapped may be in our names.
        leads_in = theirs in row or ("." in theirs and isinstance(row.get(theirs.partition(".")[0]), Mapping))
        ours[name] = _at(row, theirs) if leads_in or name not in row else row[name]
    return ours


def _at(row: Row, name: str) -> Any:
    if name in row:
        return row[name]
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _comment_row(row: Row, number: int, limits: Limits, columns: tuple[tuple[str, str], ...]) -> _CommentRow:
    text = _field(row, "text", limits)
    if text is None and "text" in row:
        raise InputError("empty text; expected a comment")
    if text is None:
        raise ColumnsError(f"no text among {_listed(list(row))}; expected a text field")
    texts, stamp, passage = _texts(row), _field(row, "posted", limits), read_cell(text)
    posted, author = to_iso(stamp), _spoken(row, "author", limits)
    return _CommentRow(
        number=number,
        identifier=_field(row, "id", limits),
        text=passage.text or text,
        document=_field(row, "document", limits),
        outlet=_spoken(row, "outlet", limits),
        title=_spoken(row, "title", limits),
        author=None if author in DELETED else author,
        parent=_spoken(row, "parent", limits),
        target=_field(row, "target", limits),
        more={
            "posted": posted,
            "votes": _votes(_field(row, "votes", limits)),
            "language": _language(_field(row, "language", limits)),
            "quoted": passage.quoted,
            "columns": columns,
        },
        unread=stamp if posted is None else None,
        has_nul="\0" in texts,
        is_valid=is_valid(texts),
    )


def _texts(row: Row) -> str:
    return "".join(value for value in row.values() if isinstance(value, str))


def _kept_cell(value: Any) -> str:
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


def _listed(names: list[str]) -> str:
    shown = ", ".join(" ".join(clean(name).split())[:30] for name in names[:12])
    return f"{shown}, …" if len(names) > 12 else shown or "no names"


# Documents of rows ----------------------------------------------------------------------------------------------------


def _damaged(damage: str, source: str, numbers: list[int]) -> str:
    named = ", ".join(f"{source}:{number}" for number in numbers[:MOST_DAMAGED])
    more = f" and {len(numbers) - MOST_DAMAGED} more rows" if len(numbers) > MOST_DAMAGED else ""
    return f"{damage} {named}{more}"


def _document_id(rows: list[_CommentRow]) -> str:
    """Keep the table's own name of a document where it can name a file too, so that scores join with their source."""
    name = rows[0].document
    if name is not None and _FILE_NAME.fullmatch(name):
        return name
    parts = [part for row in rows for part in (row.identifier, row.author, row.text)]
    digest = hashlib.sha256()
    for part in parts if name is None else [name]:
        digest.update(repr(part).encode())
    return digest.hexdigest()[:16]


def _comments(rows: list[_CommentRow]) -> tuple[tuple[Comment, ...], list[str]]:
    """Turn rows into comments with ids of their own; rows that differ in nothing but the target become one.

    An id that the table gives goes to the first text that has it.
    """
    comments: dict[tuple[str | int, str], Comment] = {}
    names = {row.identifier for row in rows if row.identifier is not None}
    free, taken, example, repeated = set(names), set(names), "", 0
    numbers: defaultdict[str, Iterator[int]] = defaultdict(lambda: count(2))
    for position, row in enumerate(rows, 1):
        given, target, key = row.identifier, row.target, (row.identifier or position, row.text)
        if known := comments.get(key):
            repeated += target in (known.targets or (None,))
            together = None if known.targets is None or target is None else dict.fromkeys((*known.targets, target))
            comments[key] = replace(known, targets=together and tuple(together))
            continue
        name = identifier = given or f"c{position}"
        if given in free:
            free.remove(given)
        else:
            while identifier in taken:
                identifier = f"{name}~{next(numbers[name])}"
            taken.add(identifier)
            example = example or (identifier if given else "")
        comments[key] = _joined(row, identifier, names)
    warnings = [f"{repeated} row{'s' * (repeated != 1)} repeated, each counted once"] if repeated else []
    if example:
        warnings.append(f"an id names more than one text; the first keeps it, others are numbered, as {example[:60]}")
    return tuple(comments.values()), warnings


def _joined(row: _CommentRow, identifier: str, names: Set[str]) -> Comment:
    """Make a comment, and find what it answers: another row of the document, or a text."""
    parent = row.parent
    if parent is not None and parent not in names:
        # A column with gaps turns 7 into 7.0, and Reddit writes t1_ in front.
        parent = next(
            (each for each in (parent.removesuffix(".0"), parent.removeprefix("t1_")) if each in names), parent
        )
    answers_row = parent in names and parent not in (identifier, row.identifier)
    answers_text = not answers_row and parent is not None and any(map(str.isspace, parent))
    return Comment(
        comment_id=identifier,
        text=row.text,
        author=row.author,
        reply_to=parent if answers_row else None,
        parent_text=parent if answers_text else None,
        targets=None if row.target is None else (row.target,),
        **row.more,
    )
