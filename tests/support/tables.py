"""Tables: those that commands wrote, and cases of parametrised tests that are data.

``tests/cases/FILE.json`` holds the cases of ``test_FILE.py`` under the names of its tests, ``tests/tables/`` others.
"""

import csv
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

TESTS = Path(__file__).parents[1]


@cache
def table(name: str, folder: str = "tables") -> Any:
    """Return the object or the list of a table, which no test changes."""
    return json.loads((TESTS / folder / f"{name}.json").read_text(encoding="utf-8"))


def cases(*names: str) -> Callable[[Any], Any]:
    """Run a test on each row of its table, whose cells are the arguments with these names."""

    def parametrise(test: Any) -> Any:
        rows = table(Path(test.__code__.co_filename).stem.removeprefix("test_"), "cases")
        return pytest.mark.parametrize(names if len(names) > 1 else names[0], rows[test.__name__[5:]])(test)

    return parametrise


def rows_of(path: str | Path) -> list[dict[str, str]]:
    """Read a CSV table that a command wrote."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
