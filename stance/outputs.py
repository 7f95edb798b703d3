"""Write rows and texts as files, each whole or not at all: JSON Lines, CSV, Parquet, and tables for a terminal."""

import csv
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from itertools import islice
from pathlib import Path
from typing import Any

from stance.datamodels import Score
from stance.drafts import draft
from stance.exceptions import ConfigError, MissingExtraError
from stance.records import SCORE_FIELDS, score_to_record, score_to_row

ROW_GROUP = 20_000
"""Rows of a Parquet row group: small enough to hold, large enough to compress."""

Record = Mapping[str, Any]


def write_json_lines(records: Iterable[Record], path: Path | None) -> int:
    """Write one JSON object a line.

    :param records: Written as they come; none is held.
    :param path: A file, or None for standard output.
    :return: How many were written.
    """
    count = 0
    with nullcontext(sys.stdout) if path is None else draft(path) as file:
        for record in records:
            file.write(json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n")
            count += 1
    return count


def write_text(parts: Iterable[str], path: Path | None) -> None:
    """Write text as it comes.

    :param path: A file, or None for standard output.
    """
    with nullcontext(sys.stdout) if path is None else draft(path) as file:
        file.writelines(parts)


def write_scores(scores: Iterable[Score], path: Path | None) -> int:
    """Write scores as JSON Lines, CSV or Parquet, by the ending of the path.

    :param scores: Written as they come; none is held beyond a row group.
    :param path: A file, or None for JSON Lines on standard output.
    :return: How many were written.
    :raises ConfigError: If the ending names no format.
    :raises MissingExtraError: If Parquet is asked for and pyarrow is not there.
    """
    return score_writer(path)(scores, path)


def score_writer(path: Path | None) -> Callable[[Iterable[Score], Any], int]:
    """Find the writer for a path before work begins, so that a wrong ending costs none."""
    ending = ".jsonl" if path is None else path.suffix.lower()
    if ending not in WRITERS:
        raise ConfigError(f"{path}: ending {ending or '(none)'}; expected .db or one of {', '.join(WRITERS)}")
    if ending == ".parquet":
        load_pyarrow()
    return WRITERS[ending]


def _write_jsonl(scores: Iterable[Score], path: Path | None) -> int:
    return write_json_lines(map(score_to_record, scores), path)


def _write_csv(scores: Iterable[Score], path: Path) -> int:
    count = 0
    with draft(path) as file:
        writer = csv.writer(file)
        writer.writerow(SCORE_FIELDS)
        for count, score in enumerate(scores, 1):  # noqa: B007 counted for later
            writer.writerow(score_to_row(score).values())
    return count


def _write_parquet(scores: Iterable[Score], path: Path) -> int:
    return write_parquet(map(score_to_record, scores), score_schema(), path)


def score_schema() -> Any:
    """Return the Arrow schema of a score table."""
    pyarrow, _ = load_pyarrow()
    numbers = ("favor", "against", "neutral", "not_addressed", "sentiment", "target_sentiment")
    kinds = dict.fromkeys(SCORE_FIELDS, pyarrow.string()) | dict.fromkeys(numbers, pyarrow.float64())
    kinds["evidence"] = pyarrow.list_(pyarrow.list_(pyarrow.int32()))
    return pyarrow.schema(list(kinds.items()))


def write_parquet(rows: Iterable[Record], schema: Any, path: Path) -> int:
    """Write rows as a Parquet file, a row group at a time.

    :param schema: A ``pyarrow.Schema``.
    :return: How many there were.
    """
    pyarrow, parquet = load_pyarrow()
    left, count = iter(rows), 0
    with draft(path, "wb") as file, parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        while batch := list(islice(left, ROW_GROUP)):
            writer.write_table(pyarrow.Table.from_pylist(batch, schema=schema))
            count += len(batch)
    return count


def load_pyarrow() -> tuple[Any, Any]:
    """Import ``pyarrow`` and ``pyarrow.parquet``, which read and write Parquet.

    :raises MissingExtraError: If they are not there.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet") from None
    return pyarrow, parquet


WRITERS: dict[str, Callable[[Iterable[Score], Any], int]] = {
    ".jsonl": _write_jsonl,
    ".csv": _write_csv,
    ".parquet": _write_parquet,
}


def aligned(rows: Sequence[Sequence[str]]) -> str:
    """Lay out rows of cells in columns that line up; no cell moves the cursor or turns the line round."""
    rows = [["".join(c if c.isprintable() else "�" for c in cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)
