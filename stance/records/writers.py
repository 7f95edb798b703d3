"""Write rows as CSV, JSON Lines, Parquet and typed frames."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from contextvars import ContextVar
from io import StringIO
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from stance.datamodels import GRADE_BARS, Score
from stance.exceptions import ConfigError, require
from stance.records.fields import Fields, Rows, Write
from stance.records.score_records import APART, SCORE_FIELDS, score_cells, score_to_record
from stance.resources import formats
from stance.resources.files import open_file
from stance.text_forms import printable

if TYPE_CHECKING:
    import pandas as pd

CODEBOOK = "codebook.csv"

NUMBERED_FIELDS = (
    "id", "document", "outlet", "text_number", "parent_number", "target", "label", "probability", "unit", "role",
    "annotator", "lang", "note", "learned",
)  # fmt: skip
"""Words: its columns, in which texts are replaced by numbers."""

CSV_MARK: ContextVar[str] = ContextVar("csv_mark", default="")
"""Begins the CSV files of this command."""


def write_json_lines(records: Iterable[Fields], path: Path | None) -> None:
    """Write one JSON object a line.

    :param records: Written as they come; none is held.
    :param path: A file, or None for standard output.
    """
    write_text((json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n" for record in records), path)


def write_text(parts: Iterable[str], path: Path | None) -> None:
    """Write text as it comes.

    :param path: A file, or None for standard output.
    """
    with nullcontext(sys.stdout) if path is None else open_file(path) as file:
        file.writelines(parts)


def csv_text(rows: Iterable[Iterable[object]]) -> str:
    """Write rows of cells as the text of a CSV file."""
    text = StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue()


def csv_head(names: Iterable[str]) -> str:
    """Return the beginning of a CSV file: the names of its columns, and for Excel a byte order mark."""
    return CSV_MARK.get() + csv_text([names])


def is_numbered(path: Path) -> bool:
    """Return whether a file is a table of labels without texts."""
    with suppress(OSError, UnicodeDecodeError), path.open(encoding="utf-8-sig") as file:
        return file.readline().rstrip() == ",".join(NUMBERED_FIELDS)
    return False


def score_writer(
    path: Path | None, names: Sequence[str] = SCORE_FIELDS
) -> Callable[[Iterable[Score], Path | None], None]:
    """Find the writer for a path before work begins, so that a wrong ending costs none.

    :param names: The columns; sentences are written where they have some.
    """
    write = write_score_lines if path is None else find_writer(path, WRITERS, ".db or one of {}")
    has_sentences = "place" in names
    return lambda scores, to: write(((s, {}) for s in scores if has_sentences or s.sentence is None), to, names)


def find_writer(path: Path, writers: Mapping[str, Write], expected: str = "{}") -> Write:
    """Find the writer for the ending of a path, before work begins.

    :param expected: What is expected; ``{}`` is replaced by the endings.
    :raises ConfigError: If there is none.
    :raises MissingExtraError: If the package that it needs is not installed.
    """
    ending = path.suffix.lower()
    if ending not in writers:
        what = ending[:20] or "(none)"
        raise ConfigError(f"{path}: ending {what}; expected {expected.format(', '.join(writers))}")
    needed = {".parquet": "pyarrow", ".gexf": "networkx"}
    if ending in needed:
        require(needed[ending])
    return writers[ending]


def write_score_lines(rows: Rows, path: Path | None, fields: Sequence[str]) -> None:
    """Write scores as JSON Lines."""
    write_json_lines((score_to_record(score) | texts for score, texts in rows), path)


def write_score_csv(rows: Rows, path: Path, fields: Sequence[str]) -> None:
    """Write scores as CSV; no cell is a formula."""
    with open_file(path) as file:
        file.write(csv_head(fields))
        csv.writer(file).writerows(score_cells(score, texts, fields) for score, texts in rows)


def write_score_parquet(rows: Rows, path: Path, fields: Sequence[str]) -> None:
    """Write scores as Parquet with the types of :func:`typed_frame`, a row group at a time."""
    pyarrow, parquet = load_pyarrow()
    schema = pyarrow.Schema.from_pandas(typed_frame((), fields), preserve_index=False)
    spans = pyarrow.list_(pyarrow.list_(pyarrow.int32()))
    for number, field in enumerate(schema):
        if pyarrow.types.is_null(field.type):  # the type of a column of texts without rows
            schema = schema.set(number, field.with_type(spans if field.name == "evidence" else pyarrow.string()))
    records = (score_to_record(score) | texts for score, texts in rows)
    with open_file(path, "wb") as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while batch := list(islice(records, 20_000)):
            writer.write_table(pyarrow.Table.from_pandas(typed_frame(batch, fields), schema, preserve_index=False))


KINDS = {"number": "float64", "count": "Int64", "true or false": "boolean", "time": "datetime64[us, UTC]"}
"""Words: kinds of columns in ``data/formats.toml``, and their types in frames; others are texts or categories."""


def score_columns() -> Mapping[str, Sequence[str]]:
    """Return the columns of scores, labels and inputs: name -> kind, unit, range and meaning."""
    bars = (
        f"{name}: {', '.join(f'{stance} {clear:g} and {leaning:g}' for stance, (clear, leaning) in rows.items())}"
        for name, rows in GRADE_BARS.items()
    )
    *form, meaning = formats()["columns"]["grade"]
    return formats()["columns"] | {"grade": (*form, f"{meaning} (clear and leaning from): {'; '.join(bars)}")}


def codebook(files: Mapping[str, Iterable[str]]) -> Iterator[Sequence[str]]:
    """Yield the rows of a codebook: file, column, meaning, unit and range, and before them these names.

    :param files: Columns of each file; those of the codebook are added.
    """
    tables, of_scores = formats()["tables"], score_columns()
    yield [*tables[CODEBOOK]]
    for file, columns in {**files, CODEBOOK: tables[CODEBOOK]}.items():
        descriptions = tables.get(file.removeprefix(APART), of_scores)
        for name in columns:
            kind, unit, values, meaning = descriptions.get(
                name, ("text", "", "", "a column of the table that was read")
            )
            yield file, name, meaning, unit, "True, False" if kind == "true or false" else values or kind


def typed_table(rows: Iterable[Fields], columns: Mapping[str, Sequence[str]]) -> "pd.DataFrame":
    """Make a frame of a table whose columns ``data/formats.toml`` lists.

    :param columns: Name -> kind, unit, range and meaning.
    """
    import pandas as pd

    frame = pd.DataFrame(list(rows), columns=list(columns), dtype="object")
    for name, (kind, _, values, _) in columns.items():
        if kind == "category":
            frame[name] = frame[name].astype(pd.CategoricalDtype(values.split(", ")))
        elif kind in KINDS:
            cells = pd.to_numeric(frame[name]) if kind in ("number", "count") else frame[name]
            cells = pd.to_datetime(cells, utc=True, format="ISO8601", errors="coerce") if kind == "time" else cells
            frame[name] = cells.astype(pd.api.types.pandas_dtype(KINDS[kind]))
    return frame


def typed_frame(rows: Iterable[Fields], columns: Iterable[str]) -> "pd.DataFrame":
    """Make a frame with types that do not depend on the rows.

    Whole numbers are ``Int64``, other numbers ``float64`` with NaN for none, yes or no ``boolean``, times
    ``datetime64[us, UTC]`` (one without a zone is taken as UTC), closed sets such as ``stance`` and ``grade``
    categories, and texts ``str`` or None.
    """
    kinds = score_columns()
    return typed_table(rows, {name: kinds.get(name, ("text", "", "", "")) for name in columns})


def load_pyarrow() -> tuple[ModuleType, ModuleType]:
    """Import ``pyarrow`` and ``pyarrow.parquet``, which read and write Parquet.

    :raises MissingExtraError: If they are not there.
    """
    require("pyarrow")
    import pyarrow
    from pyarrow import parquet

    return pyarrow, parquet


WRITERS: dict[str, Callable[..., None]] = {
    ".jsonl": write_score_lines,
    ".csv": write_score_csv,
    ".parquet": write_score_parquet,
}


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows of cells in columns that line up; no cell moves the cursor or turns the line round."""
    rows = [[printable(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def with_interval(value: float, interval: Sequence[float] | None, sign: str = "") -> str:
    """Write a number with its interval: "0.612 [0.580, 0.644]".

    :param sign: ``+`` writes the sign of positive numbers, too.
    """
    ends = ", ".join(f"{end:{sign}.3f}" for end in interval or ())
    return f"{value:{sign}.3f}" + (f" [{ends}]" if ends else "")
