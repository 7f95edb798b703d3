"""Label tables read, row by row: CSV, JSON Lines, a JSON list or Parquet, also packed, or the labelling page's file.

What a file is follows from its first bytes; its name is a hint. Texts are what annotators saw, so nothing is guessed:
a table in another encoding than UTF-8 (or UTF-16 with its mark) is refused, not repaired.
"""

import codecs
import io
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from stance.datamodels import LabelledComment, Skip, Stance
from stance.exceptions import InputError, LabelError
from stance.labels.cells import unguard
from stance.labels.columns import Columns, Row, renamed
from stance.labels.rows import Record, cleaned, comment_from_record, comment_to_record, row_records
from stance.labels.settling import pair_key
from stance.limits import current_limits, open_plain, shown_size
from stance.reading.inputs import CSV_ENDINGS, TEXT_ENDINGS, Kind, ending_of, sniff
from stance.reading.tables import Problems, Rows, csv_rows, json_line_rows, json_list_rows, parquet_rows, seekable
from stance.reading.text import GZIP_MAGIC, HEAD_BYTES, byte_order_mark, head, unpack

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ALWAYS_JUDGED = ("russia", "us", "nato")
"""Targets that a row with a ``labels`` object is about even where it does not list them: not listed, not addressed."""

KNOWN = "CSV, JSON Lines, Parquet, JSON of Label Studio or doccano, or the .db of the labelling page"
SQLITE_MAGIC = b"SQLite format 3\0"

_SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".ods", ".numbers")
_ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json", ".parquet", ".db")
_IN_FOLDERS = (*_ENDINGS, *(f"{ending}.gz" for ending in _ENDINGS if ending != ".db"))


@dataclass(frozen=True, slots=True)
class LabelTable:
    """The rows that could be read, and those that could not."""

    comments: tuple[LabelledComment, ...]
    skipped: tuple[Skip, ...]
    unlabelled: int = 0  # rows that wait for a label
    missing: Mapping[str, int] = field(default_factory=dict)  # pairs that wait in all tables, by their role


def load_labels(
    paths: Iterable[Path],
    *,
    always: Sequence[str] = ALWAYS_JUDGED,
    columns: Columns | None = None,
    target: str | None = None,
) -> LabelTable:
    """Read label tables; a folder stands for the tables in it.

    A row has ``text``, ``target`` and ``label``, or ``text`` and an object ``labels`` of target to label; tasks of
    Label Studio and entries of doccano are read too. ``none`` and SemEval's ``NONE`` are read as neutral. A row with an
    empty label waits for one: it is counted and left out.

    :param always: Targets that a ``labels`` object is about even where it does not list them.
    :param columns: Which columns stand for which fields, where they are called otherwise: ``{"text": "body"}``.
    :param target: What rows are labelled toward that do not say so.
    :raises LabelError: If a table cannot be read, or none holds a labelled row.
    """
    comments: list[LabelledComment] = []
    skipped: list[Skip] = []
    unlabelled, paths = 0, list(paths)
    undone: dict[Hashable, str] = {}
    for record in _records(paths, skipped.append, always, columns or {}, target):
        if record["label"] is None:
            unlabelled += 1
            of_any_label = comment_from_record(record | {"label": Stance.NEUTRAL})
            undone[pair_key(of_any_label)] = record["role"]
        else:
            comments.append(comment_from_record(record))
    if not comments:
        waiting = f"; {unlabelled} without one: an empty cell, or no field named label" if unlabelled else ""
        raise LabelError(
            f"{_named(paths)}no labelled comment; expected rows with text, target and label{waiting}{_first(skipped)}"
        )
    labelled = set(map(pair_key, comments)) if undone else set()
    missing = Counter(role for pair, role in undone.items() if pair not in labelled)
    return LabelTable(tuple(comments), tuple(skipped), unlabelled, missing)


def _named(paths: Sequence[Path]) -> str:
    """Name what was read, to begin a message with."""
    more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
    return f"{paths[0]}{more}: " if paths else ""


def read_records(
    paths: Iterable[Path],
    *,
    skip: Callable[[Skip], None],
    always: Sequence[str] = ALWAYS_JUDGED,
    columns: Columns | None = None,
    target: str | None = None,
    annotator: str | None = None,
) -> Iterator[Record]:
    """Read label tables as :func:`load_labels` does, one record at a time, those that wait for a label too.

    :param annotator: Who labelled rows that do not say so; the table's name where not given.
    :param skip: Called with each row that cannot be used; the first hundred of a table are named, the rest counted.
    :raises LabelError: If a table cannot be read, or none holds a row that can be used.
    """
    skipped: list[Skip] = []

    def note(entry: Skip) -> None:
        skip(entry)
        if not skipped:
            skipped.append(entry)

    empty = True
    for record in _records(paths, note, always, columns or {}, target, annotator):
        empty = False
        yield record
    if empty:
        raise LabelError(f"no row of labels; expected rows with text, target and label{_first(skipped)}")


def _first(skipped: Sequence[Skip]) -> str:
    return f"; the first row left out: {skipped[0].source}: {skipped[0].reason}" if skipped else ""


def _records(
    paths: Iterable[Path],
    skip: Callable[[Skip], None],
    always: Sequence[str],
    columns: Columns,
    target: str | None,
    annotator: str | None = None,
) -> Iterator[Record]:
    tables = [table for given in paths for table in _tables(given, skip)]
    names = _annotator_names(tables)
    for path in tables:
        yield from _Table(path, skip, always, columns, target, annotator or names[path]).records()


def _annotator_names(tables: Sequence[Path]) -> dict[Path, str]:
    """Name who labelled each table that does not say so: by its file, and by its folder too where two are called alike.

    Who sends the same table to two people has ``ann/audit.csv`` and ``ben/audit.csv`` in the end.
    """
    stems = {path: path.name.split(".")[0] for path in tables}
    times = Counter(stems.values())
    return {path: f"{path.absolute().parent.name}/{stem}" if times[stem] > 1 else stem for path, stem in stems.items()}


def _tables(path: Path, skip: Callable[[Skip], None]) -> list[Path]:
    if not path.is_dir():
        return [path]
    named = sorted(table for table in path.iterdir() if table.name.endswith(_IN_FOLDERS))
    # A link may lead out of the folder, and a pipe is waited on for ever.
    found = [table for table in named if table.is_file() and not table.is_symlink()]
    for table in (table for table in named if table not in found and not table.is_dir()):
        skip(Skip(str(table), "not a plain file; expected one in a folder of label tables"))
    if not found:
        raise LabelError(f"{path}: no label table in this folder; expected {', '.join(_ENDINGS)}")
    return found


@dataclass(frozen=True, slots=True)
class _Table:
    """One file, and what is known of it before its first row."""

    path: Path
    skip: Callable[[Skip], None]
    always: Sequence[str]
    columns: Columns
    target: str | None
    annotator: str

    def records(self) -> Iterator[Record]:
        """Read its rows; what is wrong with the file as a whole names it."""
        try:
            with open_plain(self.path) as stream:
                yield from self._of_stream(stream)
        except InputError as error:
            raise LabelError(f"{self.path}: {error}") from None
        except OSError as error:
            raise LabelError(f"{self.path}: {error.strerror or error}; expected a readable table") from None

    def _of_stream(self, stream: BinaryIO) -> Iterator[Record]:
        limits = current_limits().of_labels()
        if stream.seek(0, io.SEEK_END) > limits.unpacked_bytes:
            raise LabelError(
                f"{self.path}: larger than {shown_size(limits.unpacked_bytes)}, the limit; expected smaller tables"
            )
        stream.seek(0)
        start = stream.read(len(SQLITE_MAGIC))
        stream.seek(0)
        if start == SQLITE_MAGIC:
            yield from self._of_store()
            return
        if self.path.suffix == ".gz" and not start.startswith(GZIP_MAGIC):
            raise LabelError(f"{self.path}: broken gzip: it does not begin as such; expected a packed table")
        reader = unpack(stream, limits)
        kind = self._kind(head(reader))
        problems = Problems(str(self.path), self.skip, limits, "line" if kind is not Kind.JSON_LIST else "row")
        for number, row in self._rows(kind, stream, reader, problems):
            try:
                yield from row_records(row, self.always, annotator=self.annotator, target=self.target)
            except ValueError as error:
                problems.add(number, str(error))
        problems.close(empty=None)

    def _of_store(self) -> Iterator[Record]:
        from stance.labels.store import opened_to_read

        with opened_to_read(self.path) as store:
            yield from map(cleaned, map(comment_to_record, store.export()))
            yield from map(cleaned, store.waiting())

    def _kind(self, start: bytes) -> Kind:
        ending = ending_of(self.path)
        if not start and ending in CSV_ENDINGS:
            return Kind.CSV  # its header is missed, by name
        try:
            kind = sniff(start, ending)
        except InputError as error:
            seen = str(error).partition(";")[0]
            wanted = "a spreadsheet saved as CSV (in Excel: CSV UTF-8)" if ending in _SPREADSHEETS else KNOWN
            raise LabelError(f"{self.path}: not a known kind of table ({seen}); expected {wanted}") from None
        if kind is Kind.CONVERSATIONS:
            return Kind.JSON_LINES
        if kind is Kind.TEXT and (self.columns or ending in CSV_ENDINGS | TEXT_ENDINGS):
            return Kind.CSV
        if kind not in (Kind.JSON_LINES, Kind.JSON_LIST, Kind.CSV, Kind.PARQUET):
            raise LabelError(f"{self.path}: not a known kind of table; expected {KNOWN}")
        return kind

    def _rows(self, kind: Kind, stream: BinaryIO, reader: io.BufferedReader, problems: Problems) -> Rows:
        if kind is Kind.PARQUET:
            rows = parquet_rows(seekable(stream, reader, problems.limits), problems, self._known_columns)
            return self._renamed(rows)
        text = _only_utf8(reader, self.path)
        if kind is Kind.CSV:
            rows = csv_rows(text, problems, self._header)
            # Spreadsheets save rows in which nothing stands any more.
            return ((number, _unguarded(row)) for number, row in rows if any(map(str.strip, row.values())))
        read = json_list_rows if kind is Kind.JSON_LIST else json_line_rows
        return self._renamed(read(text, problems))

    def _renamed(self, rows: Rows) -> Rows:
        return ((number, renamed(row, self.columns)) for number, row in rows)

    def _known_columns(self, names: list[str]) -> list[str]:
        self._require([theirs.partition(".")[0] for theirs in self.columns.values()], names)
        self._require_fields([*names, *self.columns], names)
        return names

    def _header(self, names: list[str]) -> list[str]:
        """Give the columns of a CSV table our names, or say what is missing."""
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            raise InputError(f"duplicate column {', '.join(twice)[:100]}; expected each column once")
        ours = {" ".join(theirs.split()).lower(): name for name, theirs in self.columns.items()}
        self._require(list(ours), names)
        found = [ours.get(name, "" if name in self.columns else name) for name in names]
        self._require_fields(found, names)
        return found

    def _require_fields(self, found: Sequence[str], names: Sequence[str]) -> None:
        if "annotation_id" in found or "labels" in found:  # Label Studio; an object or a list of labels
            self._require(["text"], found, names)
            return
        self._require(["text", "label", *(() if self.target else ("target",))], found, names)

    def _require(self, wanted: Sequence[str], found: Sequence[str], names: Sequence[str] | None = None) -> None:
        for missing in (name for name in wanted if name not in found):
            seen = ", ".join(name[:30] for name in (names or found)[:8]) or "nothing"
            raise InputError(f"no column {missing[:40]!r} among {seen}; expected text, target, label, or a mapping")


def _unguarded(row: Row) -> Row:
    """Take away the apostrophes that keep spreadsheets from running what annotators are to read."""
    return {name: unguard(cell) for name, cell in row.items()}


def _only_utf8(reader: io.BufferedReader, path: Path) -> io.BufferedReader:
    """Check text while it is read; what carries the mark of UTF-16 is let through."""
    if byte_order_mark(head(reader)) not in (None, "utf-8"):
        return reader
    return io.BufferedReader(_Utf8Reader(reader, path), HEAD_BYTES)


class _Utf8Reader(io.RawIOBase):
    """A stream that ends in an error where it is not UTF-8, and begins with the mark that says that it is."""

    def __init__(self, reader: io.BufferedReader, path: Path) -> None:
        self._reader, self._path = reader, path
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._passed = 0
        self._mark = b"" if head(reader).startswith(codecs.BOM_UTF8) else codecs.BOM_UTF8

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        target = memoryview(buffer).cast("B")
        data, self._mark = self._mark or self._checked(self._reader.read1(len(target))), b""
        target[: len(data)] = data
        return len(data)

    def _checked(self, data: bytes) -> bytes:
        pending = len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            place = self._passed - pending + error.start
            raise LabelError(
                f"{self._path}: not UTF-8 at byte {place}; expected a table in UTF-8 (in Excel: CSV UTF-8)"
            ) from None
        self._passed += len(data)
        return data
