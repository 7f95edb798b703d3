"""Tables: those that commands wrote, and cases of parametrised tests that are data.

``tests/cases/FILE.json`` holds the cases of ``test_FILE.py`` under the names of its tests, ``tests/tables/`` others.
"""

import csv
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]


def table(name: str, folder: str = "tables") -> Any:
    """Return the object or the list of a table, in JSON or, where it holds pages of text, in TOML."""
    path = TESTS / folder / f"{name}.toml"
    return (
        tomllib.loads(path.read_text("utf-8")) if path.exists() else json.loads(path.with_suffix(".json").read_bytes())
    )


def cases(*names: str, more: Sequence[Any] = ()) -> Callable[[Any], Any]:
    """Run a test on each row of its table, and on more: the cells are the arguments with these names."""

    def parametrise(test: Any) -> Any:
        rows = table(Path(test.__code__.co_filename).stem.removeprefix("test_"), "cases")[test.__name__[5:]]
        ids = [*rows] if isinstance(rows, dict) else None
        rows = [*(rows.values() if isinstance(rows, dict) else rows), *more]
        return pytest.mark.parametrize(names if len(names) > 1 else names[0], rows, ids=ids)(test)

    return parametrise


def repeated(parts: Iterable[tuple[str, int]]) -> str:
    """Join texts, each repeated as often as the number beside it says."""
    return "".join(text * times for text, times in parts)


def write_rows(path: str | Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    """Write rows as JSON Lines, or as a CSV table with the columns of the first one."""
    path, rows = Path(path), [*rows]
    if path.suffix != ".csv":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return path
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def rows_of(path: str | Path) -> list[dict[str, str]]:
    """Read a CSV table that a command wrote."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
