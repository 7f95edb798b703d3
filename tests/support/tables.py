"""Cases of parametrised tests that are data alone: ``tests/tables/NAME.json``."""

import json
from pathlib import Path
from typing import Any

TABLES = Path(__file__).parents[1] / "tables"


def table(name: str) -> Any:
    """Return the object or the list of a table."""
    return json.loads((TABLES / f"{name}.json").read_text(encoding="utf-8"))
