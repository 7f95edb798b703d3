"""Write label tables without texts, with the numbers of texts in their place, and count the labels of such tables."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from stance.datamodels import Record, Unit
from stance.exceptions import LabelError
from stance.labels.cells import Row
from stance.labels.state import count_rows
from stance.labels.tables import read_records
from stance.records.score_records import cell_of
from stance.records.writers import NUMBERED_FIELDS, csv_head, csv_text
from stance.text_forms import text_number


def numbered(row: Row, learned: str | None = None) -> Record:
    """Return a row with the numbers of its texts in their place; of its note, only why it has no label.

    :param learned: Names of the models that learned from it.
    """
    numbers = {f"{name}_number": text_number(row[name] or "") for name in ("text", "parent")}
    note = next((word for word in ("unsure", "skipped") if (row["note"] or "").startswith(word)), None)
    return {**row, **numbers, "note": note, "learned": learned or row.get("learned")}


def count_audit(tables: Iterable[Path]) -> tuple[bool, int]:
    """Return whether tables and stores hold a label, and how many comments drawn for an audit wait for one."""
    rows = list[Record]()
    with suppress(LabelError):  # no row
        rows += read_records(tables, skip=lambda _: None)
    return any(row["label"] for row in rows), count_rows(rows, Unit.COMMENT, "audit").waiting


def drawn_rows(store: Path) -> Iterator[Record]:
    """Yield the rows of the samples of a store without texts; none where nothing was drawn."""
    with suppress(LabelError):
        yield from map(numbered, read_records([store], skip=lambda _: None))


def numbered_csv(rows: Iterable[Record]) -> Iterator[str]:
    """Yield the parts of a CSV file of labels without texts."""
    yield csv_head(NUMBERED_FIELDS)
    for row in rows:
        yield csv_text([[cell_of(row[name]) for name in NUMBERED_FIELDS]])
