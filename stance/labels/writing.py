"""Label tables written: for this project, for spreadsheets, for Label Studio and for doccano; whole or not at all."""

import csv
import gzip
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any

from stance.drafts import draft
from stance.exceptions import ConfigError
from stance.labels import doccano, label_studio
from stance.labels.cells import guard
from stance.labels.columns import COLUMNS, Row
from stance.outputs import load_pyarrow, write_parquet

PARQUET = "parquet"

_FORMAT_OF = {".csv": "csv", ".jsonl": "jsonl", ".ndjson": "jsonl", ".parquet": PARQUET, ".json": "label-studio"}


def format_of(path: Path | None, wanted: str | None = None) -> str:
    """Tell in which format a table is to be written, before work begins.

    :param path: A file, whose ending decides where nothing is wanted, or None for standard output.
    :param wanted: One of :data:`FORMATS`.
    :raises ConfigError: If there is no such format, or none follows from the ending.
    :raises MissingExtraError: If Parquet is wanted and pyarrow is not there.
    """
    if wanted is not None and wanted not in FORMATS:
        raise ConfigError(f"format {wanted[:40]!r}; expected one of {', '.join(FORMATS)}")
    ending = ".jsonl" if path is None else path.with_suffix("").suffix if path.suffix == ".gz" else path.suffix
    found = wanted or _FORMAT_OF.get(ending.lower())
    if found is None:
        raise ConfigError(f"{path}: ending {ending or '(none)'}; expected one of {', '.join(_FORMAT_OF)}, or --format")
    if found == PARQUET:
        if path is None or path.suffix == ".gz":
            raise ConfigError("Parquet is packed inside and no text; expected -o FILE.parquet")
        load_pyarrow()
    return found


def write_labels(
    records: Iterable[Row], path: Path | None, *, wanted: str | None = None, more: Sequence[str] = ()
) -> int:
    """Write records of labels.

    :param records: Checked, as :func:`stance.labels.read_records` gives them; CSV, JSON Lines and Parquet hold none.
    :param path: A file, packed where its name ends in ``.gz``, or None for standard output.
    :param wanted: One of :data:`FORMATS`; by the ending of the path where not given.
    :param more: Names of further columns that the records have, of CSV and JSON Lines.
    :return: How many records were written.
    :raises ConfigError: If there is no such format, or the file cannot be written.
    """
    kind = format_of(path, wanted)
    counted = _Counted(records)
    if kind == PARQUET and path is not None:
        _write_parquet(counted, path)
        return counted.count
    with _text(path) as file:
        _TEXT_WRITERS[kind](counted, file, (*COLUMNS, *more))
    return counted.count


class _Counted:
    """Records, counted while they pass."""

    def __init__(self, records: Iterable[Row]) -> None:
        self._records, self.count = records, 0

    def __iter__(self) -> Iterator[Row]:
        for record in self._records:
            self.count += 1
            yield record


@contextmanager
def _text(path: Path | None) -> Iterator[IO[str]]:
    """Open what is written to as text; packed without name or time, so that the same labels give the same bytes."""
    if path is None:
        yield sys.stdout
    elif path.suffix != ".gz":
        with draft(path) as file:
            yield file
    else:
        with (
            draft(path, "wb") as packed,
            gzip.GzipFile("", "wb", fileobj=packed, mtime=0) as unpacked,
            io.TextIOWrapper(unpacked, "utf-8", newline="") as file,
        ):
            yield file


def _write_csv(records: Iterable[Row], file: IO[str], columns: Sequence[str]) -> None:
    writer = csv.writer(file)
    writer.writerow(columns)
    writer.writerows([_cell(row.get(name)) for name in columns] for row in records)


def _cell(value: Any) -> str:
    return "" if value is None else guard(str(value))


def _write_json_lines(records: Iterable[Row], file: IO[str], columns: Sequence[str]) -> None:
    _dump_lines(({name: row[name] for name in columns if row.get(name) is not None} for row in records), file)


def _dump_lines(rows: Iterable[Row], file: IO[str]) -> None:
    for row in rows:
        file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")


def _write_doccano(records: Iterable[Row], file: IO[str], _columns: Sequence[str]) -> None:
    _dump_lines(doccano.entries(records), file)


def _write_tasks(
    records: Iterable[Row], file: IO[str], _columns: Sequence[str], *, as_predictions: bool = False
) -> None:
    before = "["
    for task in label_studio.tasks(records, as_predictions=as_predictions):
        file.write(f"{before}\n{json.dumps(task, ensure_ascii=False, allow_nan=False)}")
        before = ","
    file.write("\n]\n" if before == "," else "[]\n")


def _write_parquet(records: Iterable[Row], path: Path) -> None:
    pyarrow, _ = load_pyarrow()
    kinds = {"probability": pyarrow.float64()}
    schema = pyarrow.schema([(name, kinds.get(name, pyarrow.string())) for name in COLUMNS])
    write_parquet(records, schema, path)


_TEXT_WRITERS: dict[str, Callable[[Iterable[Row], IO[str], Sequence[str]], None]] = {
    "csv": _write_csv,
    "jsonl": _write_json_lines,
    "label-studio": _write_tasks,
    "label-studio-predictions": partial(_write_tasks, as_predictions=True),
    "doccano": _write_doccano,
}

FORMATS = (*_TEXT_WRITERS, PARQUET)
"""In which forms labels are written. Predictions of Label Studio are guesses to correct, its annotations work done."""
