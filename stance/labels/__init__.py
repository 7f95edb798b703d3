"""Read and write label tables: CSV, JSON Lines or a JSON list, also packed, or a store.

The first bytes of a file decide its kind; its name is a hint. A table in another encoding than UTF-8 (or UTF-16 with
its mark) is refused, not repaired, since texts are what annotators saw. Tables are written for this project,
spreadsheets, Label Studio and doccano, each atomically.
"""

import csv
import gzip
import io
import json
import sys
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import IO

from stance.datamodels import LabelledComment, Record, Skip, Stance
from stance.exceptions import ConfigError, InputError, LabelError, StoreError, unknown
from stance.labels import formats
from stance.labels.adjudication import adjudicate, pair_key
from stance.labels.formats import COLUMNS, Columns, Row
from stance.limits import current_limits, open_plain, shown_size
from stance.pseudonyms import Naming, is_pseudonym
from stance.reading.inputs import CSV_ENDINGS, TEXT_ENDINGS, InputKind, ending_of, sniff
from stance.reading.tables import Problems, Rows, csv_rows, json_line_rows, json_rows
from stance.reading.text import head, unpack
from stance.records import guard_cell, unguard_cell
from stance.resources import open_file
from stance.store.file import ENDINGS as STORE_ENDINGS
from stance.store.file import is_database
from stance.store.labels import LabelStore

__all__ = ["adjudicate", "load_labels", "pair_key", "read_records", "write_labels"]

KNOWN = "CSV (of a spreadsheet: saved as CSV UTF-8), JSON Lines, JSON of Label Studio or doccano, or a store"
EXPECTED = "expected rows with text, target and label"

_ENDINGS = (".csv", ".tsv", ".jsonl", ".ndjson", ".json")
_FORMAT_OF = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "label-studio"}


# Reading --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LabelTable:
    """The rows that could be read, and those that could not."""

    comments: tuple[LabelledComment, ...]
    skipped: tuple[Skip, ...]
    unlabelled: int = 0  # rows that wait for a label
    missing: Mapping[str, int] = field(default_factory=dict)  # pairs without a label in any table, by their role


def load_labels(paths: Iterable[Path], *, columns: Columns | None = None, target: str | None = None) -> LabelTable:
    """Read label tables; a folder means the tables in it.

    A row has ``text``, ``target`` and ``label``, or ``text`` and an object ``labels`` of target to label; tasks of
    Label Studio and entries of doccano are read too. ``none`` and SemEval's ``NONE`` are read as neutral. A row with an
    empty label waits for one: it is counted and left out.

    :param columns: Other names of fields in the tables: ``{"text": "body"}``.
    :param target: The target of rows that name none.
    :raises LabelError: If a table cannot be read, or none holds a labelled row.
    """
    comments: list[LabelledComment] = []
    skipped: list[Skip] = []
    unlabelled: list[tuple[Hashable, str]] = []  # pairs with their roles
    paths = list(paths)
    for record in read_records(paths, skip=skipped.append, columns=columns, target=target):
        if record["label"] is not None:
            comments.append(formats.comment_from_record(record))
        else:
            of_any_label = formats.comment_from_record(record | {"label": Stance.NEUTRAL})
            unlabelled.append((pair_key(of_any_label), record["role"]))
    if not comments:
        seen = f"{len(unlabelled)} without one: an empty cell, or no field named label"
        raise _nothing(paths, f"no labelled comment; {EXPECTED}; {seen}", skipped)
    labelled = set(map(pair_key, comments)) if unlabelled else set()
    missing = Counter(role for pair, role in dict(unlabelled).items() if pair not in labelled)
    return LabelTable(tuple(comments), tuple(skipped), len(unlabelled), missing)


def read_records(
    paths: Iterable[Path],
    *,
    skip: Callable[[Skip], None],
    columns: Columns | None = None,
    target: str | None = None,
    annotator: str | None = None,
) -> Iterator[Record]:
    """Read label tables as :func:`load_labels` does, one record at a time, also those that wait for a label.

    :param annotator: Who labelled rows that do not say so; the table's name if not given.
    :param skip: Called with each row that cannot be used; the first hundred of a table are named, the rest counted.
    :raises LabelError: If a table cannot be read, or none holds a row that can be used.
    """
    skipped: list[Skip] = []

    def note(entry: Skip) -> None:
        skip(entry)
        skipped.append(entry)

    tables = [table for given in paths for table in _tables(given, skip)]
    # Whoever sends the same table to two people gets ann/audit.csv and ben/audit.csv back: then the folder counts too.
    stems = {path: path.name.split(".")[0] for path in tables}
    times, is_empty = Counter(stems.values()), True
    for path in tables:
        name = stems[path] if times[stems[path]] == 1 else f"{path.absolute().parent.name}/{stems[path]}"
        for record in _Table(path, note, columns or {}, target, annotator or name).records():
            is_empty = False
            yield record
    if is_empty:
        raise _nothing(tables, f"no row of labels; {EXPECTED}", skipped)


def _nothing(paths: Sequence[Path], seen: str, skipped: Sequence[Skip]) -> LabelError:
    named = f"{paths[0]}{f' and {len(paths) - 1} more' if len(paths) > 1 else ''}: " if paths else ""
    first = f"; the first row left out: {skipped[0].source}: {skipped[0].reason}" if skipped else ""
    return LabelError(f"{named}{seen}{first}")


def _tables(path: Path, skip: Callable[[Skip], None]) -> list[Path]:
    if not path.is_dir():
        return [path]
    endings = (*_ENDINGS, *STORE_ENDINGS, *(f"{ending}.gz" for ending in _ENDINGS))
    named = sorted(table for table in path.iterdir() if table.name.endswith(endings))
    # A link may lead out of the folder, and a pipe never ends.
    found = [table for table in named if table.is_file() and not table.is_symlink()]
    for table in (table for table in named if table not in found and not table.is_dir()):
        skip(Skip(str(table), "not a plain file; expected one in a folder of label tables"))
    if not found:
        raise LabelError(f"{path}: no label table in this folder; expected {', '.join(_ENDINGS)}")
    return found


@dataclass(frozen=True, slots=True)
class _Table:
    """Reader of one file."""

    path: Path
    skip: Callable[[Skip], None]
    columns: Columns
    target: str | None
    annotator: str

    def records(self) -> Iterator[Record]:
        """Read the records of all rows; errors of the whole file name it."""
        try:
            if is_database(self.path):
                with LabelStore.read(self.path) as store:
                    problems = Problems(str(self.path), self.skip, current_limits(), "label")
                    yield from self._checked(enumerate(store.label_rows(self.skip), 1), problems)
                return
            with open_plain(self.path) as stream:
                limits = current_limits().of_labels()
                if stream.seek(0, io.SEEK_END) > limits.unpacked_bytes:
                    most = shown_size(limits.unpacked_bytes)
                    raise InputError(f"larger than {most}, the limit; expected smaller tables")
                stream.seek(0)
                reader = unpack(stream, limits)
                kind = self._kind(head(reader))
                unit = "line" if kind is not InputKind.JSON else "row"
                problems = Problems(str(self.path), self.skip, limits, unit, errors="strict")
                yield from self._checked(self._rows(kind, reader, problems), problems)
        except StoreError:
            raise
        except UnicodeDecodeError as error:
            seen = f"not UTF-8 at {bytes(error.object[max(0, error.start - 20) : error.start + 1])!r}"
            raise LabelError(f"{self.path}: {seen}; expected a table in UTF-8 (in Excel: CSV UTF-8)") from None
        except InputError as error:
            raise LabelError(f"{self.path}: {error}") from None
        except OSError as error:
            raise LabelError(f"{self.path}: {error.strerror or error}; expected a readable table") from None

    def _checked(self, rows: Iterable[tuple[int, Row]], problems: Problems) -> Iterator[Record]:
        for number, row in rows:
            try:
                yield from formats.row_records(row, self.annotator, self.target)
            except ValueError as error:
                problems.add(number, str(error))
        problems.close(empty=None)

    def _kind(self, start: bytes) -> InputKind:
        ending = ending_of(self.path)
        if not start and ending in CSV_ENDINGS:
            return InputKind.CSV  # so that its missing header is reported
        try:
            kind = sniff(start, ending)
        except InputError as error:
            raise InputError(f"not a known kind of table ({str(error).partition(';')[0]}); expected {KNOWN}") from None
        if kind is InputKind.TEXT and (self.columns or ending in CSV_ENDINGS | TEXT_ENDINGS):
            return InputKind.CSV
        if kind not in (InputKind.JSON_LINES, InputKind.JSON, InputKind.CSV):
            raise InputError(f"not a known kind of table; expected {KNOWN}")
        return kind

    def _rows(self, kind: InputKind, reader: io.BufferedReader, problems: Problems) -> Rows:
        if kind is not InputKind.CSV:
            rows = (json_rows if kind is InputKind.JSON else json_line_rows)(reader, problems)
            return ((number, formats.rename_columns(row, self.columns)) for number, row in rows)
        rows = csv_rows(reader, problems, self.columns, self._check)
        # Spreadsheets also save rows that were emptied.
        filled = ((number, row) for number, row in rows if any(map(str.strip, row.values())))
        return ((number, {name: unguard_cell(cell) for name, cell in row.items()}) for number, row in filled)

    def _check(self, mapped: Set[str], names: list[str]) -> None:
        """Refuse a table without the columns that are mapped, or those that are needed."""
        found = {*names, *self.columns}
        is_split = "annotation_id" in found or "labels" in found  # Label Studio; an object or a list of labels
        wanted = () if is_split else ("label",) if self.target else ("label", "target")
        missing = [name for name in mapped if name not in names]
        for name in [*missing, *(name for name in ("text", *wanted) if name not in found)]:
            seen = ", ".join(name[:30] for name in names[:8]) or "nothing"
            raise InputError(f"no column {name[:40]!r} among {seen}; expected text, target, label, or a mapping")


# Writing --------------------------------------------------------------------------------------------------------------


def format_of(path: Path | None, wanted: str | None = None) -> str:
    """Choose the format of a table, before work begins.

    :param path: A file, whose ending decides if no format is wanted, or None for standard output.
    :param wanted: One of :data:`FORMATS`.
    :raises ConfigError: If there is no such format, or none follows from the ending.
    """
    if wanted is not None and wanted not in FORMATS:
        raise ConfigError(unknown("format", wanted, FORMATS))
    ending = ".jsonl" if path is None else path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    found = wanted or _FORMAT_OF.get(ending.lower())
    if found is None:
        raise ConfigError(f"{path}: ending {ending or '(none)'}; expected one of {', '.join(_FORMAT_OF)}")
    return found


def write_labels(
    records: Iterable[Row], path: Path | None, *, wanted: str | None = None, columns: Sequence[str] = COLUMNS
) -> int:
    """Write records of labels.

    :param records: As :func:`read_records` returns them; CSV and JSON Lines hold none in memory.
    :param path: A file, packed if its name ends in ``.gz``, or None for standard output.
    :param wanted: One of :data:`FORMATS`; by the ending of the path if not given.
    :param columns: Fields of the records, for CSV and JSON Lines.
    :return: How many records were written.
    :raises ConfigError: If there is no such format, or the file cannot be written.
    """
    write, count = FORMATS[format_of(path, wanted)], 0

    def counted() -> Iterator[Row]:
        nonlocal count
        for record in records:
            count += 1
            yield record

    with _open_text(path) as file:
        write(counted(), file, columns)
    return count


@contextmanager
def _open_text(path: Path | None) -> Iterator[IO[str]]:
    """Open text to write; packed without name or time, so that the same labels give the same bytes."""
    if path is None:
        yield sys.stdout
    elif path.suffix != ".gz":
        with open_file(path) as file:
            yield file
    else:
        with (
            open_file(path, "wb") as packed,
            gzip.GzipFile("", "wb", fileobj=packed, mtime=0) as unpacked,
            io.TextIOWrapper(unpacked, "utf-8", newline="") as file,
        ):
            yield file


def _write_csv(records: Iterable[Row], file: IO[str], columns: Sequence[str]) -> None:
    """Write CSV in which no spreadsheet finds a formula."""
    writer = csv.writer(file)
    writer.writerow(columns)
    rows = ([row.get(name) for name in columns] for row in records)
    writer.writerows([guard_cell(each) if isinstance(each, str) else each for each in row] for row in rows)


def _write_lines(records: Iterable[Row], file: IO[str], columns: Sequence[str]) -> None:
    for row in records:
        filled = {name: row[name] for name in columns if row.get(name) is not None}
        file.write(json.dumps(filled, ensure_ascii=False, allow_nan=False) + "\n")


def _write_tasks(records: Iterable[Row], file: IO[str], _: Sequence[str]) -> None:
    before = "["
    for task in formats.label_studio_tasks(records):
        file.write(f"{before}\n{json.dumps(task, ensure_ascii=False, allow_nan=False)}")
        before = ","
    file.write("\n]\n" if before == "," else "[]\n")


def _write_entries(records: Iterable[Row], file: IO[str], columns: Sequence[str]) -> None:
    _write_lines(formats.doccano_entries(records), file, (*columns, "targets"))


FORMATS: Mapping[str, Callable[[Iterable[Row], IO[str], Sequence[str]], None]] = {
    "csv": _write_csv,
    "jsonl": _write_lines,
    "label-studio": _write_tasks,
    "doccano": _write_entries,
}
"""Words: formats of written labels, with their writers."""


# Conversion -----------------------------------------------------------------------------------------------------------


def convert_labels(
    records: Iterable[Record], output: Path | None, wanted: str | None, role: str | None, naming: Callable[[], Naming]
) -> int:
    """Write records of label tables in another format.

    :param output: A file, or None for standard output.
    :param wanted: One of :data:`FORMATS`; None: by the ending of the file.
    :param role: New role of every row; None: their own.
    :param naming: Returns the replacement of names; called for the first name, so that no key is made without any.
    :return: How many rows were written.
    :raises LabelError: If audit rows are to be trained on.
    :raises ConfigError: If the format or the role is not known, or the file cannot be written.
    """
    if role not in (None, *formats.ROLES):
        raise ConfigError(unknown("role", role, formats.ROLES))
    named = cache(naming)

    def converted() -> Iterator[Record]:
        for record in records:
            author = record["author"]
            if role == "train" and record["role"] == "audit":
                seen = f"an audit row: {record['text'][:40]!r}"
                raise LabelError(f"{seen}; expected none, since audit rows are never trained on")
            shown = author if author is None or is_pseudonym(author) else named()(author, record["outlet"])
            yield record | {"role": role or record["role"], "author": shown}

    return write_labels(converted(), output, wanted=wanted)
