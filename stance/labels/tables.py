"""Read label tables: CSV, JSON Lines or a JSON list, also packed, or a store.

The first bytes of a file decide its kind; its name is a hint. A table in another encoding than UTF-8 (or UTF-16 with
its mark) is refused, not repaired, since texts are what annotators saw.
"""

import io
import shlex
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import field, replace
from filecmp import cmp
from itertools import chain, islice
from pathlib import Path

from stance.datamodels import LabelledComment, OnSkip, Record, Skip, Unit, frozen
from stance.exceptions import InputError, LabelError, StoreError
from stance.labels.adjudication import pair_key, with_ids
from stance.labels.cells import COLUMNS, Row
from stance.labels.records import annotator_column, columns_by_target, comment_from_record, row_records
from stance.limits import current_limits, open_plain, shown_size
from stance.reading.columns import Columns, Rows, find
from stance.reading.csv_tables import csv_rows
from stance.reading.input_names import KINDS, ending_of
from stance.reading.json_tables import json_rows
from stance.reading.kinds import InputKind, sniff
from stance.reading.packed import head, unpack
from stance.reading.problems import Problems
from stance.reading.projects import read_project
from stance.records.score_records import unguard_cell
from stance.resources.databases import STORE_ENDINGS, is_database
from stance.store.labels import LabelStore

FORMAT_OF_ENDING = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "label-studio", ".qdpx": "refi-qda"}

_ENDINGS = (*FORMAT_OF_ENDING, ".tsv")


def rename_columns(row: Row, columns: Columns) -> Row:
    """Put mapped columns under our names, and drop a column of ours that is mapped elsewhere."""
    mapped = (*columns, *columns.values())
    cells = {name: value for name, value in row.items() if name not in mapped}
    return cells | {name: find(row, theirs) for name, theirs in columns.items()}


@frozen
class LabelTable:
    """The rows that could be read, and those that could not."""

    comments: tuple[LabelledComment, ...]
    skipped: tuple[Skip, ...]
    unlabelled: int = 0  # rows that wait for a label
    missing: Mapping[tuple[Unit, str], int] = field(default_factory=dict)  # pairs without a label, by unit and role
    rows: Sequence[Record] = ()  # all of them, also those without a label
    words: Mapping[str, int] = field(default_factory=dict)  # other words that were read as labels -> rows


def load_labels(paths: Iterable[Path], *, columns: Columns | None = None, target: str | None = None) -> LabelTable:
    """Read label tables; a folder means the tables in it.

    A row has ``text``, ``target`` and ``label``; or ``text`` and either an object ``labels`` of target to label, or a
    column for each target; tasks of Label Studio and entries of doccano are read too. ``none`` and SemEval's ``NONE``
    are read as neutral. A row with an empty label waits for one: it is counted and left out. A comment of two draws
    counts as drawn by the larger one.

    :param columns: Other names of fields in the tables: ``{"text": "body"}``.
    :param target: The target of rows that name none.
    :raises LabelError: If a table cannot be read, or none holds a labelled row.
    """
    comments = []
    skipped: list[Skip] = []
    unlabelled = []  # pairs with their units and roles
    drawn = defaultdict[Hashable, float](float)  # their probabilities: a larger draw repeats what an earlier one drew
    records = []
    paths, words = list(paths), Counter[str]()
    for record in read_records(paths, skip=skipped.append, columns=columns, target=target):
        comment = comment_from_record(record)
        records.append(record)
        if record["label"] is not None:
            comments.append(comment)
            words.update([f"{record['word']!r} as {record['label']}"] if "word" in record else [])
        else:
            unlabelled.append((pair_key(comment), (comment.unit, comment.role)))
            drawn[unlabelled[-1]] = max(drawn[unlabelled[-1]], comment.probability or 0.0)
    if not comments:
        problem = f"expected rows with text, target and label; {len(unlabelled)} without a label"
        if unlabelled and all(map(is_database, paths)):
            label = shlex.join(["stance", "label", str(paths[0])])
            problem += f"; to label them: {label}; labels in a table count if you give the table, too"
        elif unlabelled:
            problem += ": an empty cell, or no field named label"
        raise _nothing(paths, f"no labelled comment; {problem}", skipped)
    comments = with_ids(comments)
    labelled = set(map(pair_key, comments)) if unlabelled else set()
    for number, judged in enumerate(comments if drawn else ()):
        probability = max(judged.probability or 0.0, drawn[pair_key(judged), (judged.unit, judged.role)])
        comments[number] = replace(judged, probability=probability or None)
    missing = Counter(of for pair, of in dict(unlabelled).items() if pair not in labelled)
    return LabelTable(tuple(comments), tuple(skipped), len(unlabelled), missing, records, words)


def read_records(
    paths: Iterable[Path],
    *,
    skip: OnSkip,
    columns: Columns | None = None,
    target: str | None = None,
    annotator: str | None = None,
) -> Iterator[Record]:
    """Read label tables as :func:`load_labels` does, one record at a time, also those that wait for a label.

    :param annotator: Who labelled rows that do not say so; the table's name if not given.
    :param skip: Called with each row that cannot be used; the first hundred of a table are named, the rest counted.
    :raises LabelError: If a table cannot be read, or none holds a row that can be used.
    """
    skipped = []

    def note(entry: Skip) -> None:
        skip(entry)
        skipped.append(entry)

    tables = [table for given_path in paths for table in _tables(given_path, skip)]
    # Whoever sends the same table to two people gets ann/audit.csv and ben/audit.csv back: then the folder counts too.
    stems = {path: path.name.split(".")[0] for path in tables}
    times, is_empty, drawn = Counter(stems.values()), True, dict[tuple[str, str], Record]()
    for number, path in enumerate(tables):
        others = (other for other in tables[:number] if other != path and other.is_file() and path.is_file())
        # Two annotators may agree on all of a few comments.
        copies = (other for other in others if other.stat().st_size > 10_000 and cmp(other, path, shallow=False))
        if first := next(copies, None):
            note(Skip(str(path), f"a copy of {first}; expected different tables, or a column annotator", rows=0))
            continue
        name = stems[path] if times[stems[path]] == 1 else f"{path.absolute().parent.name}/{stems[path]}"
        for record in _Table(path, note, columns or {}, target, annotator or name).records():
            is_empty = False
            if record["stratum"]:  # of ``stance sample``, which draws a text once, at any of its places
                as_drawn = drawn.setdefault((record["unit"], record["text"]), record)
                names = ("id", "document", "outlet", "author", "parent", "title", "lead")
                record |= {name: as_drawn[name] for name in names}
            yield record
    if is_empty:
        raise _nothing(tables, "no row of labels; expected rows with text, target and label", skipped)


def _nothing(paths: Sequence[Path], problem: str, skipped: Sequence[Skip]) -> LabelError:
    source = f"{paths[0]}{f' and {len(paths) - 1} more' if len(paths) > 1 else ''}: " if paths else ""
    skip = next((skip for skip in skipped if not skip.is_note), None)
    first = f"; the first row left out: {skip.source}: {skip.reason}" if skip else ""
    return LabelError(f"{source}{problem}{first}")


def _tables(path: Path, skip: OnSkip) -> list[Path]:
    if not path.is_dir():
        return [path]
    endings = (*_ENDINGS, *STORE_ENDINGS, *(f"{ending}.gz" for ending in _ENDINGS))
    candidates = sorted(table for table in path.iterdir() if table.name.endswith(endings))
    # A link may lead out of the folder, and a pipe never ends.
    tables = [table for table in candidates if table.is_file() and not table.is_symlink()]
    for table in (table for table in candidates if table not in tables and not table.is_dir()):
        skip(Skip(str(table), "not a regular file; expected only regular files in a folder of label tables", rows=0))
    if not tables:
        raise LabelError(f"{path}: no label table in this folder; expected {', '.join(_ENDINGS)}")
    return tables


@frozen
class _Table:
    """Reader of one file."""

    path: Path
    skip: OnSkip
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
                    raise InputError(f"larger than {most} (the limit); expected smaller tables")
                stream.seek(0)
                if self.path.suffix.lower() == ".qdpx":
                    problems = Problems(str(self.path), self.skip, limits, "text")
                    yield from self._checked(read_project(stream, problems, COLUMNS), problems)
                    return
                reader = unpack(stream, limits)
                kind = self._kind(head(reader))
                unit = "line" if kind is InputKind.CSV else "row"
                problems = Problems(str(self.path), self.skip, limits, unit, errors="strict")
                yield from self._checked(self._rows(kind, reader, problems), problems)
        except StoreError:
            raise
        except UnicodeDecodeError as error:
            problem = f"not UTF-8 at {bytes(error.object[max(0, error.start - 20) : error.start + 1])!r}"
            raise LabelError(f"{self.path}: {problem}; expected a table in UTF-8 (in Excel: CSV UTF-8)") from None
        except InputError as error:
            raise LabelError(f"{self.path}: {error}") from None
        except OSError as error:
            raise LabelError(f"{self.path}: {error.strerror or error}; expected a readable table") from None

    def _checked(self, rows: Iterable[tuple[int, Row]], problems: Problems) -> Iterator[Record]:
        faults, rows = defaultdict[str, list[int]](list), iter(rows)
        # Number of rows by which a column of annotators is found.
        first = list(islice(rows, 1_000))
        theirs = "" if "annotator" in self.columns else annotator_column([row for _, row in first])
        if theirs:
            self.skip(Skip(str(self.path), f"read {theirs} as annotator", rows=0, is_note=True))
        for number, row in chain(first, rows):
            if theirs and theirs in row:
                row = {**row, "annotator": row[theirs]}
            try:
                yield from row_records(row, self.annotator, self.target)
            except ValueError as error:
                faults[str(error)].append(number)
        for reason, numbers in faults.items():
            problems.add(numbers[0], reason, len(numbers))
        problems.close()

    def _kind(self, start: bytes) -> InputKind:
        ending = ending_of(self.path)
        if not start and KINDS.get(ending) == InputKind.CSV:
            return InputKind.CSV  # so that its missing header is reported
        with suppress(InputError):
            kind = sniff(start, ending)
            if kind is InputKind.TEXT and (self.columns or KINDS.get(ending) in (InputKind.CSV, InputKind.TEXT)):
                return InputKind.CSV
            if kind in (InputKind.JSON, InputKind.CSV):
                return kind
        readable = (
            "CSV (from a spreadsheet: CSV UTF-8), JSON Lines, JSON from Label Studio or doccano, .qdpx, or a store"
        )
        raise InputError(f"not a known kind of table; expected {readable}")

    def _rows(self, kind: InputKind, reader: io.BufferedReader, problems: Problems) -> Rows:
        if kind is not InputKind.CSV:
            return ((number, rename_columns(row, self.columns)) for number, row in json_rows(reader, problems))
        rows = csv_rows(reader, problems, self.columns, self._check)
        # Spreadsheets also save rows that were emptied.
        filled = ((number, row) for number, row in rows if any(map(str.strip, row.values())))
        return ((number, {name: unguard_cell(cell) for name, cell in row.items()}) for number, row in filled)

    def _check(self, mapped: Set[str], names: list[str]) -> None:
        """Refuse a table without the columns that are mapped, or those that are needed."""
        columns = {*names, *self.columns} | ({"text"} if "text_number" in names else set())
        is_wide = "annotation_id" in columns or bool(columns_by_target(columns, self.target))
        labels = () if is_wide else ("label",) if self.target else ("label", "target")
        missing = [name for name in mapped if name not in names]
        needed = [name for name in ("text", *labels) if name not in columns]
        if missing or needed:
            lacking = ", ".join(repr(name[:40]) for name in [*missing, *needed])
            problem = f"among {', '.join(name[:30] for name in names[:8])}" if names else "in an empty table"
            yours = ",".join(f"{name}=COLUMN" for name in needed or ["text"])
            command = f"stance labels convert FILE --map {yours} -o NEW.csv"
            raise InputError(
                f"no column {lacking} {problem}; expected text, target, label; to rename your columns: {command}"
            )
