"""Count how far labelling has come: the one answer of reports, label tables, the window and the label command.

A comment or sentence that was drawn is labelled (toward a target at least), doubtful (answered by "unsure" alone),
skipped by whoever saw it, or waits. Of several answers the first of these counts.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping

from stance.datamodels import Record, Unit, frozen
from stance.labels.adjudication import comment_key
from stance.labels.records import comment_from_record
from stance.store.schema import long_query

WAITING, SKIPPED, DOUBTFUL, LABELLED = range(4)
"""Numbers of states, as the query ``states`` returns them."""


@frozen
class States:
    """Numbers of drawn comments or sentences by their state."""

    labelled: int = 0
    doubtful: int = 0
    skipped: int = 0
    waiting: int = 0

    @property
    def drawn(self) -> int:
        """All of them."""
        return self.done + self.skipped + self.waiting

    @property
    def done(self) -> int:
        """Those that were answered."""
        return self.labelled + self.doubtful

    @classmethod
    def of(cls, states: Iterable[tuple[Hashable, int]]) -> "States":
        """Count items, each by the best of its states."""
        best: dict[Hashable, int] = {}
        for item, state in states:
            best[item] = max(best.get(item, WAITING), state)
        counts = Counter(best.values())
        return cls(*(counts[state] for state in (LABELLED, DOUBTFUL, SKIPPED, WAITING)))


def state_of_row(row: Mapping[str, object]) -> int:
    """Return the state of a row of a label table: its note says why it has no label, as stores write it."""
    note = str(row["note"] or "")
    return LABELLED if row["label"] else DOUBTFUL if note.startswith("unsure") else SKIPPED * note.startswith("skipped")


def count_states(
    ask: Callable[..., Iterable[tuple[str, int]]], unit: str, role: str | None = None, annotator: str | None = None
) -> States:
    """Count the items of a store.

    :param ask: Runs a query with values, such as ``store.rows``.
    :param unit: ``*``: those of any unit.
    :param role: None: those of any role.
    :param annotator: Count what this annotator has, by the annotator's own answers about all targets; None: all items.
    """
    return States.of(ask(long_query("states"), unit, role, annotator))


def count_rows(rows: Iterable[Record], unit: Unit) -> States:
    """Count the comments or sentences that were drawn for an audit, by all rows of label tables or stores."""
    keyed_rows = [(comment_key(comment_from_record(row)), row) for row in rows]
    drawn = {key for key, row in keyed_rows if (row["unit"], row["role"]) == (unit, "audit")}
    return States.of((key, state_of_row(row)) for key, row in keyed_rows if key in drawn)
