"""Suppress small counts in public reports, and counts from which they could be derived.

A count of one to four comments may be about one person whom a reader knows. It is not enough to leave it out: the rest
of a total tells it. So counts are looked at in lines, a sum and its parts. Of a line none is hidden, or two at the
least, and those hidden under a sum that is shown hold five comments or more together.

That is the usual rule of statistical offices (Willenborg and de Waal 2001, 4.2), carried out from the smallest count
up. It does not look across lines for what several of them tell together, nor beyond one report.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import FEWEST_COMMENTS, SIDES, TargetSummary

Counts = NDArray[np.int64]
Marks = NDArray[np.bool_]

FEWEST_SHOWN = FEWEST_COMMENTS
"""The smallest count, zero aside, that a public report shows."""

OTHERS = "others"
LEAVES = (*map(str, SIDES), OTHERS)
"""A comment's places toward a target: a side, or without one, be it that it does not address the target or that the
model does not cover it."""

COLUMNS = (*LEAVES, "addressed", "comments")

_LINES = (("addressed", *LEAVES[: len(SIDES)]), ("comments", "addressed", OTHERS))
_SUMS = [[COLUMNS.index(column) for column in line] for line in _LINES]
"""A column and those that it is the sum of."""

WITHHELD = "one to four, or a count from which such a one could be worked out"
"""The reason why a count is hidden. Which of the two it is would tell it: of six that are one and five, both."""

_BEYOND = np.iinfo(np.int64).max


class Cells(NamedTuple):
    """Counts, and which of them are hidden, by column."""

    columns: tuple[str, ...]
    values: Counts
    hidden: Marks

    def shown(self, column: str) -> int | None:
        """Return a count; None where it is hidden."""
        at = self.columns.index(column)
        return None if self.hidden[at] else int(self.values[at])

    def reasons(self) -> dict[str, str]:
        """Return the hidden columns, each with the reason: the same for all."""
        return {column: WITHHELD for column, hidden in zip(self.columns, self.hidden, strict=True) if hidden}


class Protected(NamedTuple):
    """Counts of documents, of the groups that they are in, and of all."""

    columns: tuple[str, ...]
    values: Counts  # shape (documents + groups + 1, columns)
    hidden: Marks
    documents: int

    def document(self, number: int) -> Cells:
        """Return the counts of a document."""
        return Cells(self.columns, self.values[number], self.hidden[number])

    def group(self, number: int) -> Cells:
        """Return the counts of a group."""
        return self.document(self.documents + number)

    @property
    def whole(self) -> Cells:
        """The counts of all."""
        return self.document(-1)


def protect_stances(counts: Counts, groups: Counts) -> Protected:
    """Hide counts of stances toward one target.

    :param counts: Shape (documents, 4), columns in the order of ``LEAVES``.
    :param groups: Shape (documents,): the number of the group that each is in, from 0 with none left out.
    :return: With ``COLUMNS``. How many comments there are is taken to be known, so it is not hidden here; whether it
        is shown, :func:`protect_comments` decides.
    """
    addressed = counts[:, : len(SIDES)].sum(axis=1, keepdims=True)
    wide = np.hstack([counts, addressed, addressed + counts[:, len(SIDES) :]]).astype(np.int64)
    return _protect(COLUMNS, wide, groups, _SUMS, known=COLUMNS.index("comments"))


def protect_comments(counts: Counts, groups: Counts) -> Protected:
    """Hide counts of which there is one for each document: its comments.

    :param counts: Shape (documents,).
    :param groups: As for :func:`protect_stances`.
    """
    return _protect(("comments",), counts.reshape(-1, 1).astype(np.int64), groups, (), known=None)


def _protect(
    columns: tuple[str, ...], counts: Counts, groups: Counts, sums: Sequence[list[int]], known: int | None
) -> Protected:
    documents, total = len(counts), int(groups.max(initial=-1)) + 1
    values = np.zeros((documents + total + 1, counts.shape[1]), np.int64)
    values[:documents] = counts
    np.add.at(values, documents + groups, counts)
    values[-1] = counts.sum(axis=0)
    free = np.ones(values.shape, bool)
    if known is not None:
        free[:, known] = False
    hidden = (values > 0) & (values < FEWEST_SHOWN) & free
    lines = [(values, hidden, free, np.ix_(range(len(values)), line)) for line in sums]
    down = (np.ix_(range(len(columns)), rows) for rows in _rows(documents, total, groups))
    lines += [(values.T, hidden.T, free.T, part) for part in down]
    while sum(_mend(*each) for each in lines):  # unlike any(), sum() goes on to the end
        pass
    return Protected(columns, values, hidden, documents)


def _rows(documents: int, total: int, groups: Counts) -> Iterator[list[int]]:
    """Return the rows of each sum over rows, the sum first."""
    if documents:
        order = np.argsort(groups, kind="stable")
        for group, members in enumerate(np.split(order, np.searchsorted(groups[order], np.arange(1, total)))):
            yield [documents + group, *members.tolist()]
        yield [documents + total, *range(documents, documents + total)]


def _mend(table: Counts, hidden_in: Marks, free_in: Marks, part: Any) -> bool:
    """Hide one more count in each line that tells too much: the smallest that is not zero, else the sum, else a zero.

    :param table: Sums and their parts.
    :param hidden_in: The same shape; changed in place.
    :param free_in: Which may be hidden.
    :param part: The lines in the table, shape (lines, 1 + parts).
    :return: Whether any was hidden.
    """
    values, hidden, free = table[part], hidden_in[part], free_in[part]
    parts, kept = values[:, 1:], hidden[:, 1:]
    is_alone = hidden.sum(axis=1) == 1
    is_told = ~hidden[:, 0] & kept.any(axis=1) & ((parts * kept).sum(axis=1) < FEWEST_SHOWN)
    left = ~hidden & free
    costs = np.where(left, values, _BEYOND)
    costs[:, 0] = np.where(left[:, 0], _BEYOND - 2, _BEYOND)
    costs[:, 1:][left[:, 1:] & (parts == 0)] = _BEYOND - 1
    at = costs.argmin(axis=1)
    lines = np.flatnonzero((is_alone | is_told) & (costs.min(axis=1) < _BEYOND))
    hidden[lines, at[lines]] = True
    hidden_in[part] = hidden
    return bool(len(lines))


def counts_of(summary: TargetSummary) -> tuple[int, ...]:
    """Return the counts of one document toward one target, in the order of ``LEAVES``."""
    return (*(summary.counts.get(side, 0) for side in SIDES), summary.comments - summary.addressed)
