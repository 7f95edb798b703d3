"""Write records of labels for this project, spreadsheets, Label Studio, doccano and REFI-QDA, each atomically."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from functools import cache
from itertools import count
from pathlib import Path
from typing import IO

from stance.datamodels import Record
from stance.exceptions import ConfigError, LabelError, StoreError, unknown
from stance.labels.annotation_tools import doccano_entries, label_studio_tasks
from stance.labels.cells import COLUMNS, Row
from stance.labels.numbered import has_labels
from stance.labels.tables import FORMAT_OF_ENDING
from stance.page_layouts import TABLE_LAYOUT
from stance.pseudonyms import Naming, is_pseudonym
from stance.reading.columns import Columns, parse_columns
from stance.reading.projects import write_project
from stance.records.score_records import cell_of
from stance.records.writers import csv_head
from stance.resources.files import open_file


def parse_label_columns(texts: str | Iterable[str]) -> Columns:
    """Parse a mapping of columns to the fields of labels; see :func:`stance.reading.columns.parse_columns`."""
    return parse_columns(texts, COLUMNS)


def format_of(path: Path | None, kind: str | None) -> str:
    """Choose the format of a table, before work begins.

    :param path: A file, whose ending decides if no format is wanted, or None for standard output.
    :param kind: One of :data:`FORMATS`.
    :raises ConfigError: If there is no such format, or none follows from the ending.
    """
    if kind is not None and kind not in FORMATS:
        raise ConfigError(unknown("format", kind, FORMATS))
    ending = ".jsonl" if path is None else path.suffix
    chosen_kind = kind or FORMAT_OF_ENDING.get(ending.lower())
    if chosen_kind is None:
        raise ConfigError(f"{path}: ending {ending or '(none)'}; expected one of {', '.join(FORMAT_OF_ENDING)}")
    return chosen_kind


def keep_labels(path: Path | None) -> None:
    """Refuse to replace a table in which labels were filled in.

    :raises ConfigError: If a label of the file would be lost.
    """
    with suppress(StoreError):
        if path and path.is_file() and has_labels([path]):
            raise ConfigError(f"{path}: holds labels, which would be lost; expected a new file")


def write_labels(
    records: Iterable[Row], path: Path | None, *, kind: str | None = None, columns: Sequence[str] = COLUMNS
) -> int:
    """Write records of labels.

    :param records: As :func:`read_records` returns them; CSV and JSON Lines hold none in memory.
    :param path: A file, or None for standard output.
    :param kind: One of :data:`FORMATS`; by the ending of the path if not given.
    :param columns: Fields of the records, for CSV and JSON Lines.
    :return: How many records were written.
    :raises ConfigError: If there is no such format, or the file cannot be written.
    """
    write, numbers = FORMATS[format_of(path, kind)], count()
    mode, stdout = ("wb", sys.stdout.buffer) if write is write_project else ("w", sys.stdout)
    with open_file(path, mode) if path else nullcontext(stdout) as file:
        write((record for record, _ in zip(records, numbers, strict=False)), file, columns)  # records end first
    return next(numbers)


def _write_csv(records: Iterable[Row], file: IO[str], columns: Sequence[str]) -> None:
    """Write CSV in which no spreadsheet finds a formula."""
    file.write(csv_head(columns))
    csv.writer(file).writerows([cell_of(row.get(name)) for name in columns] for row in records)


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


def convert_labels(
    records: Iterable[Record], output: Path | None, kind: str | None, role: str | None, naming: Callable[[], Naming]
) -> int:
    """Write records of label tables in another format.

    :param output: A file, or None for standard output.
    :param kind: One of :data:`FORMATS`; None: by the ending of the file.
    :param role: New role of every row; None: their own.
    :param naming: Returns the replacement of names; called for the first name, so that no key is made without any.
    :return: How many rows were written.
    :raises LabelError: If audit rows are to be trained on.
    :raises ConfigError: If the format is not known, or the file cannot be written.
    """
    make_naming = cache(naming)

    def converted() -> Iterator[Record]:
        for record in records:
            author = record["author"]
            if role == "train" and record["role"] == "audit":
                problem = f"an audit row: {record['text'][:40]!r}"
                raise LabelError(f"{problem}; expected no audit row, since no model is trained on audit rows")
            is_shown = author is None or is_pseudonym(author)
            name = author if is_shown else make_naming()(author, record["outlet"], TABLE_LAYOUT)
            yield record | {"role": role or record["role"], "author": name}

    return write_labels(converted(), output, kind=kind)
