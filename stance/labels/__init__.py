"""Read and write label tables: CSV, JSON Lines or a JSON list, also packed, or a store.

The first bytes of a file decide its kind; its name is a hint. A table in another encoding than UTF-8 (or UTF-16 with
its mark) is refused, not repaired, since texts are what annotators saw. Tables are written for this project,
spreadsheets, Label Studio and doccano, each atomically.

A record is a labelled comment as JSON has it, with the fields in ``COLUMNS``. Its label is None while nobody has judged
the pair of comment and target, as in a sample that is still to be labelled. Label Studio has a group of choices for
each target, named after it. doccano labels texts, so target and label are one tag there: ``russia:favor``.
"""

import csv
import io
import json
import shlex
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from filecmp import cmp
from functools import cache
from itertools import count
from pathlib import Path
from typing import IO, Any, TypeAlias

from stance.datamodels import ADJUDICATED, LabelledComment, Record, Skip, Stance, Unit, grouped, text_number
from stance.exceptions import ConfigError, InputError, LabelError, StoreError, unknown
from stance.labels.adjudication import adjudicate, comment_key, pair_key
from stance.labels.state import States, state_of_row
from stance.limits import FIXED, current_limits, open_plain, shown_size
from stance.page_layouts import TABLE_LAYOUT
from stance.pseudonyms import Naming, is_pseudonym
from stance.reading.columns import Columns, Rows, find, parse_columns
from stance.reading.csv_tables import csv_rows
from stance.reading.encodings import clean
from stance.reading.input_names import CSV_ENDINGS, TEXT_ENDINGS, ending_of
from stance.reading.json_tables import json_line_rows, json_rows
from stance.reading.kinds import InputKind, sniff
from stance.reading.packed import head, unpack
from stance.reading.problems import Problems
from stance.reading.projects import read_project, write_project
from stance.records.score_records import cell_of, guard_cell, unguard_cell
from stance.records.writers import NUMBERED_FIELDS, csv_head, csv_text
from stance.resources import STORE_ENDINGS, formats, is_database, open_file
from stance.run import ROLES
from stance.scoring import stance_or_none
from stance.scoring.targets import load_targets
from stance.store.labels import LABEL_FIELDS, LabelStore

_CARRIED = ("sentiment", "stratum", "posted")  # not used in training and measuring, copied from table to table
_TEXTS = ("parent", "title", "lead")

__all__ = ["adjudicate", "load_labels", "pair_key", "read_records", "write_labels"]

Row: TypeAlias = Mapping[str, Any]

KNOWN = "CSV (from a spreadsheet: CSV UTF-8), JSON Lines, JSON from Label Studio or doccano, .qdpx, or a store"

_FORMAT_OF = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".json": "label-studio", ".qdpx": "refi-qda"}
_ENDINGS = (*_FORMAT_OF, ".tsv")

COLUMNS = (*LABEL_FIELDS, *_CARRIED)

ALWAYS_JUDGED = ("russia", "us", "nato")
"""Words: targets that a ``labels`` object is about even where it does not list them: not listed, not addressed."""


# Labels, targets, cells -----------------------------------------------------------------------------------------------


def parse_stance(label: object) -> Stance:
    """Read a label.

    :raises ValueError: If it is not the name of a stance.
    """
    if (found := stance_or_none(label)) is None:
        raise ValueError(f"label {str(label)[:40]!r}; expected one of {', '.join(Stance)}")
    return found


def parse_target(written: object) -> str:
    """Return the id of a target: of one that ships, where it is named in words; else as written, joined by hyphens.

    :raises ValueError: If there is none, or it is not a name.
    """
    if isinstance(written, str) and len(written) > FIXED.cell_chars:
        raise ValueError(f"a target of {len(written)} characters; expected at most {FIXED.cell_chars}")
    if not isinstance(written, str) or not (words := clean(written).lower().split()):
        raise ValueError("no target; expected the id of a target")
    return load_targets().id_of(written.strip()) or "-".join(words)


def _parse_tag(tag: object) -> tuple[str, str] | None:
    """Split a tag such as ``russia:favor`` into target and label; None if it names no target."""
    target, colon, label = tag.rpartition(":") if isinstance(tag, str) else ("", "", "")
    return (target, label) if colon and target.strip() else None


def rename_columns(row: Row, columns: Columns) -> Row:
    """Put mapped columns under our names, and drop a column of ours that is mapped elsewhere."""
    mapped = (*columns, *columns.values())
    kept = {name: value for name, value in row.items() if name not in mapped}
    return kept | {name: find(row, theirs) for name, theirs in columns.items()}


# One row of a table -> checked records --------------------------------------------------------------------------------


def row_records(row: object, annotator: str, target: str | None = None) -> list[Record]:
    """Check a row and split it into one record for each target and annotator.

    :param row: An object of the table, in any of the forms.
    :param annotator: Who labelled rows that do not say so.
    :param target: The target of rows that name none.
    :return: No record where an annotator skipped the comment.
    :raises ValueError: If it cannot be used; the message says what was seen and what was expected.
    """
    if not isinstance(row, Mapping):
        raise ValueError("not a JSON object; expected an object with text, target and label")
    return [_record(flat, annotator, target) for flat in _flat_rows(row, target)]


def _flat_rows(row: Row, target: str | None) -> Iterable[Row]:
    if isinstance(row.get("data"), Mapping) and "text" not in row:
        return _task_rows(row)
    if "annotation_id" in row:
        return _minimal_rows(row)
    if isinstance(tags := row.get("label", row.get("labels")), list):
        named = {} if "text" in row else {"data": "text"}  # of newer releases
        return _doccano_rows({named.get(name, name): value for name, value in row.items()} | {"label": tags}, target)
    return _rows_of_object(row) if row.get("labels") is not None else [row]


def _rows_of_object(row: Row) -> Iterator[Row]:
    if not isinstance(labels := row["labels"], Mapping):
        raise ValueError(f"labels is a {type(labels).__name__}; expected an object with a label for each target")
    given = {parse_target(target): label for target, label in labels.items()}  # an empty one waits for a label
    for target, label in (dict.fromkeys(ALWAYS_JUDGED, Stance.NOT_ADDRESSED.value) | given).items():
        yield {**row, "target": target, "label": label}


def _record(row: Row, annotator: str, target: str | None) -> Record:
    label = None if _is_empty(row.get("label")) else parse_stance(row["label"]).value
    who, word = _word(row, "annotator"), str(row["label"]).strip() if label else ""
    role = (_word(row, "role") or "train").lower()
    if role not in ROLES:
        raise ValueError(unknown("role", role, ROLES))
    if (unit := (_word(row, "unit") or Unit.COMMENT).lower()) not in set(Unit):
        raise ValueError(unknown("unit", unit, Unit))
    given: Record = {name: _word(row, name) for name in (*_TEXTS, "outlet", "author", "note", *_CARRIED)}
    given["parent"] = given["parent"] or _word(row, "parent_number")
    if learned := _word(row, "learned"):
        given["learned"] = learned
    if word.lower().replace(" ", "_") not in ("", label):  # not the name of the stance
        given["word"] = word
    return given | {
        "text": _text(row.get("text") or row.get("text_number")),
        "target": parse_target(row.get("target") or target),
        "label": label,
        "id": _word(row, "id") or _word(row, "comment"),
        "document": _word(row, "document") or _word(row, "group"),
        # Spreadsheets capitalise the first word of a cell.
        "annotator": ADJUDICATED if who and who.lower() == ADJUDICATED else who or (annotator if label else None),
        "role": role,
        "unit": unit,
        "probability": _probability(row.get("probability")),
        "lang": _word(row, "lang") or _word(row, "language"),
    }


def _annotator_column(row: object) -> str:
    """Return the column of a row that names the annotator under another name; empty if there is none."""
    if not isinstance(row, Mapping) or "annotator" in row or "annotations" in row:
        return ""
    names, known = {name.lower(): name for name in row}, formats()["annotators"]
    usual = [*known["names"], *(known["users"] if "author" in names else ())]
    return next((names[name] for name in usual if names.get(name) and isinstance(row[names[name]], str | int)), "")


def _text(text: object) -> str:
    if not isinstance(text, str) or not text.strip():
        raise ValueError("no text; expected a comment")
    if "\0" in text:  # a damaged file; what annotators saw is not known
        raise ValueError("a NUL byte in the text; expected a comment as it was labelled")
    if len(text) > FIXED.labelled_chars:
        raise ValueError(f"a text of {len(text)} characters; expected at most {FIXED.labelled_chars}")
    if not (cleaned := clean(text)).strip():
        raise ValueError("no text but control characters; expected a comment")
    return cleaned


def _word(row: Row, column: str) -> str | None:
    value = row.get(column)
    if value is None or value == "" or isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    most = FIXED.labelled_chars if column in _TEXTS else FIXED.cell_chars
    if len(word := clean(str(value)).strip()) > most:
        raise ValueError(f"{column} of {len(word)} characters; expected at most {most}")
    return word or None


def _probability(value: object) -> float | None:
    if _is_empty(value):
        return None
    try:
        probability = float(str(value).replace(",", "."))  # decimal comma of European spreadsheets
    except ValueError:
        probability = 0.0
    if not 0 < probability <= 1:
        raise ValueError(f"probability {str(value)[:40]!r}; expected a number in (0, 1]")
    return probability


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def comment_from_record(record: Row) -> LabelledComment:
    """Turn a checked record with a label into a labelled comment."""
    given = {name: record[name] for name in LABEL_FIELDS if name not in ("id", "lang", "label", "unit")}
    given["learned"] = record.get("learned")
    label, unit = Stance(record["label"]), Unit(record["unit"])
    return LabelledComment(**given, label=label, unit=unit, comment_id=record["id"], language=record["lang"])


def comment_to_record(comment: LabelledComment) -> Record:
    """Turn a labelled comment into a record."""
    named = {"id": comment.comment_id, "lang": comment.language, "label": comment.label.value}
    return {name: named[name] if name in named else getattr(comment, name, None) for name in COLUMNS}


def _unlabelled_rows(task: Row, judged: Set[str]) -> list[Row]:
    """Return one row without a label for each target that was asked for and not judged."""
    asked = _list_at(task, "targets")
    return [{**task, "target": target, "label": None} for target in asked if str(target) not in judged]


# Label Studio: tasks with annotations ---------------------------------------------------------------------------------


def _task_rows(task: Row) -> list[Row]:
    """Split a task into one row for each annotator and target; a skipped or unlabelled task gives none."""
    data = {"id": task.get("id"), **task["data"]}
    annotations = task.get("annotations") or []
    if not isinstance(annotations, list) or not all(isinstance(each, Mapping) for each in annotations):
        raise ValueError("annotations of another form; expected a Label Studio task with a list of annotations")
    data["id"] = data.pop("comment", None) or data["id"]
    kept = (annotation for annotation in annotations if not annotation.get("was_cancelled"))
    rows = [row for annotation in kept for row in _annotation_rows(annotation, data)]
    return rows + _unlabelled_rows(data, {str(row["target"]) for row in rows})


def _annotation_rows(annotation: Row, data: Row) -> Iterator[Row]:
    results = annotation.get("result")
    if not isinstance(results, list):
        raise ValueError("an annotation without a list of results; expected the form of Label Studio")
    who = annotation.get("completed_by")
    who = annotation.get("annotator") or (who.get("email") or who.get("id") if isinstance(who, Mapping) else who)
    for result in results:
        note = "\n".join(map(str, _list_at(result, "meta", "text"))) or None
        for choice in _list_at(result, "value", "choices"):
            target, label = _target_and_label(choice, result.get("from_name"), data)
            yield {**data, "annotator": who, "target": target, "label": label, "note": note}


def _minimal_rows(row: Row) -> list[Row]:
    """Split a flat row of Label Studio (CSV, JSON-MIN) into one for each column that holds a stance."""
    data = {name: value for name, value in row.items() if name in COLUMNS and name != "label"}
    data["id"] = row.get("comment") or row.get("id")
    groups = [(name, _list_at(value, "choices") or [value]) for name, value in row.items() if name not in data]
    judged = [_target_and_label(choice, name, data) for name, choices in groups for choice in choices]
    found: list[Row] = [{**data, "target": target, "label": label} for target, label in judged if stance_or_none(label)]
    if not found:
        raise ValueError("no column with a stance; expected Label Studio's choices")
    return found


def _target_and_label(choice: object, group: object, data: Row) -> tuple[object, object]:
    """Read a choice: a tag, or a label toward the target of the task or of the group of choices."""
    return _parse_tag(choice) or (
        data.get("target") or (None if group in ("label", "labels", "stance", "choice") else group),
        choice,
    )


def _list_at(row: object, *names: str) -> list[Any]:
    found = find(row, ".".join(names))
    return found if isinstance(found, list) else []


def _gathered(records: Iterable[Row], apart: Collection[str]) -> Iterator[tuple[Record, list[Row]]]:
    """Gather records that differ in some fields only: the other fields, with targets to label, and labelled records."""
    names = [name for name in COLUMNS if name not in apart]
    for shared, rows in grouped((tuple(row.get(name) for name in names), row) for row in records).items():
        asked = [row["target"] for row in rows if row["label"] is None]
        given = {name: value for name, value in zip(names, shared, strict=True) if value is not None}
        yield given | ({"targets": asked} if asked else {}), [row for row in rows if row["label"] is not None]


def label_studio_tasks(records: Iterable[Row]) -> Iterator[Record]:
    """Gather the labels of each comment in one task of Label Studio.

    :param records: Checked; those without a label give a task to be annotated.
    """
    for shared, labelled in _gathered(records, ("target", "label", "annotator", "note")):
        # Label Studio numbers tasks itself, and refuses those without a value that its interface shows.
        named = {"comment" if name == "id" else name: value for name, value in shared.items()}
        annotations = [
            {"result": [_result(row) for row in rows]} | ({"annotator": who} if who else {})
            for who, rows in grouped((row.get("annotator"), row) for row in labelled).items()
        ]
        yield {"data": {"title": "", "parent": ""} | named} | ({"annotations": annotations} if annotations else {})


def _result(record: Row) -> Record:
    choices = {"choices": [record["label"]]}
    result = {"from_name": record["target"], "to_name": "text", "type": "choices", "value": choices}
    return result | ({"meta": {"text": [record["note"]]}} if record.get("note") else {})


# doccano: an entry for each comment and annotator, with a list of tags ------------------------------------------------


def _doccano_rows(entry: Row, target: str | None) -> list[Row]:
    """Split an entry into one row for each of its tags.

    :param target: The target of tags that name none, as in a project about one target; the entry may name it too.
    """
    rest = {"annotator": entry.get("username"), **entry}
    target = entry.get("target") or target
    rows: list[Row] = []
    for tag in rest.pop("label"):
        parts = _parse_tag(tag) or ((str(target), tag) if target and stance_or_none(tag) else None)
        if parts is None:
            raise ValueError(f"label is a list with {str(tag)[:40]!r}; expected tags such as russia:favor")
        rows.append({**rest, "target": parts[0], "label": parts[1]})
    return rows + _unlabelled_rows(rest, {row["target"] for row in rows})


def doccano_entries(records: Iterable[Row]) -> Iterator[Record]:
    """Gather the labels that one annotator gave a comment in one entry of doccano.

    :param records: Checked; those without a label give an entry to be labelled.
    """
    for shared, labelled in _gathered(records, ("target", "label")):
        yield shared | {"label": [f"{row['target']}:{row['label']}" for row in labelled]}


# Reading --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LabelTable:
    """The rows that could be read, and those that could not."""

    comments: tuple[LabelledComment, ...]
    skipped: tuple[Skip, ...]
    unlabelled: int = 0  # rows that wait for a label
    missing: Mapping[tuple[Unit, str], int] = field(default_factory=dict)  # pairs without a label, by unit and role
    states: Mapping[tuple[Unit, str], States] = field(default_factory=dict)  # of what was drawn, by unit and role
    rows: Sequence[Record] = ()  # all of them, also those without a label
    words: Mapping[str, int] = field(default_factory=dict)  # other words that were read as labels -> rows


def load_labels(paths: Iterable[Path], *, columns: Columns | None = None, target: str | None = None) -> LabelTable:
    """Read label tables; a folder means the tables in it.

    A row has ``text``, ``target`` and ``label``, or ``text`` and an object ``labels`` of target to label; tasks of
    Label Studio and entries of doccano are read too. ``none`` and SemEval's ``NONE`` are read as neutral. A row with an
    empty label waits for one: it is counted and left out. A comment of two draws counts as drawn by the larger one.

    :param columns: Other names of fields in the tables: ``{"text": "body"}``.
    :param target: The target of rows that name none.
    :raises LabelError: If a table cannot be read, or none holds a labelled row.
    """
    comments: list[LabelledComment] = []
    skipped: list[Skip] = []
    unlabelled: list[tuple[tuple[Hashable, str], tuple[Unit, str]]] = []  # pairs with their units and roles
    drawn = defaultdict[Hashable, float](float)  # their probabilities: a larger draw repeats what an earlier one drew
    rows: list[tuple[Hashable, Unit, str, int]] = []  # comment, unit, role and state
    records: list[Record] = []
    paths, words = list(paths), Counter[str]()
    for record in read_records(paths, skip=skipped.append, columns=columns, target=target):
        comment = comment_from_record(record | {"label": record["label"] or Stance.NEUTRAL})
        rows.append((comment_key(comment), comment.unit, comment.role, state_of_row(record)))
        records.append(record)
        if record["label"] is not None:
            comments.append(comment)
            words.update([f"{record['word']!r} as {record['label']}"] if "word" in record else [])
        else:
            unlabelled.append((pair_key(comment), (comment.unit, comment.role)))
            drawn[unlabelled[-1]] = max(drawn[unlabelled[-1]], comment.probability or 0.0)
    if not comments:
        seen = f"expected rows with text, target and label; {len(unlabelled)} without a label"
        if unlabelled and all(map(is_database, paths)):
            label = shlex.join(["stance", "label", str(paths[0])])
            seen += f"; to label them: {label}; labels in a table count if you give the table, too"
        elif unlabelled:
            seen += ": an empty cell, or no field named label"
        raise _nothing(paths, f"no labelled comment; {seen}", skipped)
    labelled = set(map(pair_key, comments)) if unlabelled else set()
    for at, each in enumerate(comments if drawn else ()):
        known = max(each.probability or 0.0, drawn[pair_key(each), (each.unit, each.role)])
        comments[at] = replace(each, probability=known or None)
    missing = Counter(of for pair, of in dict(unlabelled).items() if pair not in labelled)
    drawn_as = grouped(((unit, role), key) for key, unit, role, _ in rows)
    best = {key: max(states) for key, states in grouped((key, state) for key, *_, state in rows).items()}
    states = {of: States.of((key, best[key]) for key in keys) for of, keys in drawn_as.items()}
    return LabelTable(tuple(comments), tuple(skipped), len(unlabelled), missing, states, records, words)


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
    for at, path in enumerate(tables):
        others = (each for each in tables[:at] if each != path and each.is_file() and path.is_file())
        # Two annotators may agree on all of a few comments.
        first = next((each for each in others if each.stat().st_size > 10_000 and cmp(each, path, shallow=False)), None)
        if first:
            note(Skip(str(path), f"a copy of {first}; expected different tables, or a column annotator", rows=0))
            continue
        name = stems[path] if times[stems[path]] == 1 else f"{path.absolute().parent.name}/{stems[path]}"
        for record in _Table(path, note, columns or {}, target, annotator or name).records():
            is_empty = False
            yield record
    if is_empty:
        raise _nothing(tables, "no row of labels; expected rows with text, target and label", skipped)


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
        skip(Skip(str(table), "not a regular file; expected only regular files in a folder of label tables", rows=0))
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
                    raise InputError(f"larger than {most} (the limit); expected smaller tables")
                stream.seek(0)
                if self.path.suffix.lower() == ".qdpx":
                    problems = Problems(str(self.path), self.skip, limits, "text")
                    yield from self._checked(read_project(stream, problems, COLUMNS), problems)
                    return
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
        faults, annotators = defaultdict[str, list[int]](list), ""
        for number, row in rows:
            theirs = "annotator" not in self.columns and _annotator_column(row)
            if theirs:
                row = {**row, "annotator": row[theirs]}
                if theirs != annotators:
                    self.skip(Skip(str(self.path), f"read {theirs} as annotator", rows=0))
                annotators = theirs
            try:
                yield from row_records(row, self.annotator, self.target)
            except ValueError as error:
                faults[str(error)].append(number)
        for reason, numbers in faults.items():
            problems.add(numbers[0], reason, len(numbers))
        problems.close()

    def _kind(self, start: bytes) -> InputKind:
        ending = ending_of(self.path)
        if not start and ending in CSV_ENDINGS:
            return InputKind.CSV  # so that its missing header is reported
        with suppress(InputError):
            kind = sniff(start, ending)
            if kind is InputKind.TEXT and (self.columns or ending in CSV_ENDINGS | TEXT_ENDINGS):
                return InputKind.CSV
            if kind in (InputKind.JSON_LINES, InputKind.JSON, InputKind.CSV):
                return kind
        raise InputError(f"not a known kind of table; expected {KNOWN}")

    def _rows(self, kind: InputKind, reader: io.BufferedReader, problems: Problems) -> Rows:
        if kind is not InputKind.CSV:
            rows = (json_rows if kind is InputKind.JSON else json_line_rows)(reader, problems)
            return ((number, rename_columns(row, self.columns)) for number, row in rows)
        rows = csv_rows(reader, problems, self.columns, self._check)
        # Spreadsheets also save rows that were emptied.
        filled = ((number, row) for number, row in rows if any(map(str.strip, row.values())))
        return ((number, {name: unguard_cell(cell) for name, cell in row.items()}) for number, row in filled)

    def _check(self, mapped: Set[str], names: list[str]) -> None:
        """Refuse a table without the columns that are mapped, or those that are needed."""
        found = {*names, *self.columns} | ({"text"} if "text_number" in names else set())
        wanted = () if "annotation_id" in found else ("label",) if self.target else ("label", "target")
        missing = [name for name in mapped if name not in names]
        needed = [name for name in ("text", *wanted) if name not in found]
        if missing or needed:
            lacking = ", ".join(repr(name[:40]) for name in [*missing, *needed])
            seen = f"among {', '.join(name[:30] for name in names[:8])}" if names else "in an empty table"
            yours = ",".join(f"{name}=COLUMN" for name in needed or ["text"])
            command = f"stance labels convert FILE --map {yours} -o NEW.csv"
            raise InputError(
                f"no column {lacking} {seen}; expected text, target, label; to rename your columns: {command}"
            )


# Writing --------------------------------------------------------------------------------------------------------------


def parse_label_columns(text: str) -> Columns:
    """Parse a mapping of columns to the fields of labels; see :func:`stance.reading.columns.parse_columns`."""
    return parse_columns(text, COLUMNS)


def format_of(path: Path | None, wanted: str | None = None) -> str:
    """Choose the format of a table, before work begins.

    :param path: A file, whose ending decides if no format is wanted, or None for standard output.
    :param wanted: One of :data:`FORMATS`.
    :raises ConfigError: If there is no such format, or none follows from the ending.
    """
    if wanted is not None and wanted not in FORMATS:
        raise ConfigError(unknown("format", wanted, FORMATS))
    ending = ".jsonl" if path is None else path.suffix
    found = wanted or _FORMAT_OF.get(ending.lower())
    if found is None:
        raise ConfigError(f"{path}: ending {ending or '(none)'}; expected one of {', '.join(_FORMAT_OF)}")
    return found


def keep_labels(path: Path | None) -> None:
    """Refuse to replace a table in which labels were filled in.

    :raises ConfigError: If a label of the file would be lost.
    """
    with suppress(LabelError, StoreError):
        if path and path.is_file() and any(each["label"] for each in read_records([path], skip=lambda skip: None)):
            raise ConfigError(f"{path}: holds labels, which would be lost; expected a new file")


def write_labels(
    records: Iterable[Row], path: Path | None, *, wanted: str | None = None, columns: Sequence[str] = COLUMNS
) -> int:
    """Write records of labels.

    :param records: As :func:`read_records` returns them; CSV and JSON Lines hold none in memory.
    :param path: A file, or None for standard output.
    :param wanted: One of :data:`FORMATS`; by the ending of the path if not given.
    :param columns: Fields of the records, for CSV and JSON Lines.
    :return: How many records were written.
    :raises ConfigError: If there is no such format, or the file cannot be written.
    """
    write, numbers = FORMATS[format_of(path, wanted)], count()
    mode = "wb" if write is write_project else "w"
    with (
        nullcontext(sys.stdout.buffer if mode == "wb" else sys.stdout)
        if path is None
        else open_file(path, mode) as file
    ):
        write((record for record, _ in zip(records, numbers, strict=False)), file, columns)  # records end first
    return next(numbers)


def _write_csv(records: Iterable[Row], file: IO[str], columns: Sequence[str]) -> None:
    """Write CSV in which no spreadsheet finds a formula."""
    file.write(csv_head(columns))
    rows = ([row.get(name) for name in columns] for row in records)
    csv.writer(file).writerows([guard_cell(each) if isinstance(each, str) else each for each in row] for row in rows)


def _write_lines(records: Iterable[Row], file: IO[str], columns: Sequence[str]) -> None:
    for row in records:
        filled = {name: row[name] for name in columns if row.get(name) is not None}
        file.write(json.dumps(filled, ensure_ascii=False, allow_nan=False) + "\n")


def _write_tasks(records: Iterable[Row], file: IO[str], _: Sequence[str]) -> None:
    tasks = (json.dumps(task, ensure_ascii=False, allow_nan=False) for task in label_studio_tasks(records))
    file.write("[\n" + ",\n".join(tasks) + "\n]\n")


def _write_entries(records: Iterable[Row], file: IO[str], columns: Sequence[str]) -> None:
    _write_lines(doccano_entries(records), file, (*columns, "targets"))


FORMATS: Mapping[str, Callable[..., None]] = {
    "csv": _write_csv,
    "jsonl": _write_lines,
    "label-studio": _write_tasks,
    "doccano": _write_entries,
    "refi-qda": write_project,
}
"""Words: formats of written labels, with their writers."""


# Without texts --------------------------------------------------------------------------------------------------------


def numbered(row: Row, learned: str | None = None) -> Record:
    """Return a row with the numbers of its texts in their place; of its note, only why it has no label.

    :param learned: Names of the models that learned from it.
    """
    numbers = {f"{name}_number": text_number(row[name] or "") for name in ("text", "parent")}
    note = next((word for word in ("unsure", "skipped") if (row["note"] or "").startswith(word)), None)
    return {**row, **numbers, "note": note, "learned": learned or row.get("learned")}


def count_numbered(tables: Iterable[Path]) -> tuple[bool, int]:
    """Return whether tables hold a label, and how many comments that were drawn for an audit wait for one."""
    found, is_labelled = list[tuple[Hashable, int]](), False
    with suppress(LabelError):  # no row
        for row in read_records(tables, skip=lambda _: None):
            is_labelled |= row["label"] is not None
            if (row["unit"], row["role"]) == (Unit.COMMENT, "audit"):
                comment = comment_from_record(row | {"label": row["label"] or Stance.NEUTRAL})
                found.append((comment_key(comment), state_of_row(row)))
    return is_labelled, States.of(found).waiting


def drawn_rows(store: Path) -> Iterator[Record]:
    """Yield the rows of the samples of a store without texts; none where nothing was drawn."""
    with suppress(LabelError):
        yield from map(numbered, read_records([store], skip=lambda _: None))


def numbered_csv(rows: Iterable[Record]) -> Iterator[str]:
    """Yield the parts of a CSV file of labels without texts."""
    yield csv_head(NUMBERED_FIELDS)
    for row in rows:
        yield csv_text([[cell_of(row[name]) for name in NUMBERED_FIELDS]])


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
    :raises ConfigError: If the format is not known, or the file cannot be written.
    """
    named = cache(naming)

    def converted() -> Iterator[Record]:
        for record in records:
            author = record["author"]
            if role == "train" and record["role"] == "audit":
                seen = f"an audit row: {record['text'][:40]!r}"
                raise LabelError(f"{seen}; expected no audit row, since no model is trained on audit rows")
            is_shown = author is None or is_pseudonym(author)
            shown = author if is_shown else named()(author, record["outlet"], TABLE_LAYOUT)
            yield record | {"role": role or record["role"], "author": shown}

    return write_labels(converted(), output, wanted=wanted)
