"""Write label tables without texts, with the numbers of texts in their place, and count the labels of such tables."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from stance.datamodels import Record, Unit
from stance.exceptions import LabelError
from stance.labels.cells import Row
from stance.labels.state import count_rows, count_states
from stance.labels.tables import read_records
from stance.records.score_records import cell_of
from stance.records.writers import NUMBERED_FIELDS, csv_head, csv_text
from stance.store import is_store
from stance.store.labels import LabelStore
from stance.text_forms import text_number


def numbered(row: Row, learned: str | None = None) -> Record:
    """Return a row with the numbers of its texts in their place; of its note, only why it has no label.

    :param learned: Names of the models that learned from it.
    """
    numbers = {f"{name}_number": text_number(row[name] or "") for name in ("text", "parent")}
    note = next((word for word in ("unsure", "skipped") if (row["note"] or "").startswith(word)), None)
    return {**row, **numbers, "note": note, "learned": learned or row.get("learned")}


def has_labels(tables: Iterable[Path]) -> bool:
    """Return whether tables hold a label; rows behind the first label are not read."""
    return any(row["label"] for row in rows_of(tables))


def count_audit(paths: Sequence[Path]) -> int:
    """Count the comments of tables and stores that were drawn for an audit and wait for a label."""
    if len(paths) == 1 and is_store(paths[0]):  # texts tell only which comments of several tables are the same
        with LabelStore.read(paths[0]) as store:
            return count_states(store.rows, Unit.COMMENT, "audit").waiting
    return count_rows(rows_of(paths), Unit.COMMENT).waiting


def rows_of(paths: Iterable[Path]) -> Iterator[Record]:
    """Yield the rows of label tables and of the samples of stores; none where nothing was drawn."""
    with suppress(LabelError):  # no row
        yield from read_records(paths, skip=lambda _: None)


def numbered_csv(rows: Iterable[Record]) -> Iterator[str]:
    """Yield the parts of a CSV file of labels without texts."""
    yield csv_head(NUMBERED_FIELDS)
    for row in rows:
        yield csv_text([[cell_of(row[name]) for name in NUMBERED_FIELDS]])
