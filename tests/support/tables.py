"""Tables: those that commands wrote, and cases of parametrised tests that are data (``tests/tables/NAME.json``)."""

import csv
import json
from pathlib import Path
from typing import Any

TABLES = Path(__file__).parents[1] / "tables"


def table(name: str) -> Any:
    """Return the object or the list of a table."""
    return json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))


def rows_of(path: str | Path) -> list[dict[str, str]]:
    """Read a CSV table that a command wrote."""
    with Path(path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
