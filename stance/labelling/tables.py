"""Samples as files: CSV, JSON Lines or Parquet, one row per comment and target, with room for the label."""

import csv
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from stance.drafts import draft
from stance.exceptions import ConfigError
from stance.labelling.samples import SAMPLE_FIELDS, Sample
from stance.labels.cells import guard
from stance.outputs import load_pyarrow, write_json_lines, write_parquet

Row = Mapping[str, Any]
Rows = Iterator[Row]

MOST_STRATA = 20
"""That are told one by one on a terminal."""

MOST_REASONS = 10

_NUMBERS = {"probability": "float64", "seed": "int64", "copies": "int64"}


def sample_writer(path: Path | None) -> Callable[[Rows, Any], None]:
    """Find what writes a sample, whole or not at all, before work begins, so that a wrong ending costs none.

    In CSV, what a spreadsheet would run as a formula begins with an apostrophe.

    :param path: A file; its ending says whether CSV, JSON Lines or Parquet. None for CSV on standard output.
    :raises ConfigError: If the ending names no format.
    :raises MissingExtraError: If Parquet is asked for and pyarrow is not there.
    """
    ending = ".csv" if path is None else path.suffix.lower()
    if ending not in _WRITERS:
        raise ConfigError(f"{path}: ending {ending or '(none)'}; expected one of {', '.join(_WRITERS)}")
    if ending == ".parquet":
        load_pyarrow()
    return _WRITERS[ending]


def _write_csv(rows: Rows, path: Path | None) -> None:
    if path is None:
        _write_cells(rows, sys.stdout)
        return
    with draft(path) as file:
        _write_cells(rows, file)


def _write_cells(rows: Rows, file: IO[str]) -> None:
    writer = csv.DictWriter(file, SAMPLE_FIELDS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    return guard(value) if isinstance(value, str) else json.dumps(value)


def _write_json_lines(rows: Rows, path: Path) -> None:
    write_json_lines(rows, path)


def _write_parquet(rows: Rows, path: Path) -> None:
    pyarrow, _ = load_pyarrow()
    write_parquet(rows, pyarrow.schema([(name, _NUMBERS.get(name, "string")) for name in SAMPLE_FIELDS]), path)


_WRITERS: dict[str, Callable[[Rows, Any], None]] = {
    ".csv": _write_csv,
    ".jsonl": _write_json_lines,
    ".parquet": _write_parquet,
}


def sample_lines(sample: Sample) -> Iterator[str]:
    """Say in a few lines what was drawn from what."""
    record = sample.to_record()
    frame = record["frame"]
    yield (
        f"{_counted(record['drawn'], 'comment')} drawn of {frame['comments']:,} in"
        f" {_counted(frame['documents'], 'document')} of {_counted(len(sample.outlets), 'outlet')};"
        f" {_counted(record['rows'], 'row')} to label toward "
        f"{', '.join(record['targets'])}; role {record['role']}, by {record['by']}, seed {record['seed']}"
    )
    for each in sample.strata[:MOST_STRATA] if len(sample.strata) > 1 else ():
        yield f"stratum {each.name}: {each.drawn:,} of {each.population:,}, probability {_range(*each.probability)}"
    if (more := len(sample.strata) - MOST_STRATA) > 0:
        yield f"and {more:,} strata more; --json tells them all"
    if len(sample.strata) == 1:
        yield f"probability {_range(*sample.strata[0].probability)}"
    for reason, n in sorted(sample.left_out.items(), key=lambda item: (-item[1], item[0]))[:MOST_REASONS]:
        yield f"left out: {n:,}: {reason}"


def _range(low: float, high: float) -> str:
    return f"{low:.4g}" if low == high else f"{low:.4g} to {high:.4g}"


def _counted(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'s' * (n != 1)}"
