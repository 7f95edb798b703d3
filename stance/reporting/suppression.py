"""Which counts a report that leaves the house may not give: small ones, and those that would tell them.

A count of one to four comments may be about one person whom a reader knows. It is not enough to leave it out: what is
left of a total tells it. So counts are looked at in lines, a sum and what it is the sum of. Of a line none is hidden,
or two at the least, and those hidden under a sum that is given hold five comments or more together.

That is the usual rule of statistical offices (Willenborg and de Waal 2001, 4.2), carried out from the smallest count
up. It does not look across lines for what several of them tell together, nor beyond one report.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import FEWEST_COMMENTS, SIDES, TargetSummary

Counts = NDArray[np.int64]
Marks = NDArray[np.bool_]

FEWEST_SHOWN = FEWEST_COMMENTS
"""The smallest count, zero aside, that a public report gives."""

OTHERS = "others"
LEAVES = (*map(str, SIDES), OTHERS)
"""What a comment can be toward a target: a side, or without one, be it that it does not address the target or that the
model does not cover it."""

COLUMNS = (*LEAVES, "addressed", "comments")

_AT = {name: at for at, name in enumerate(COLUMNS)}

_SUMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("addressed", tuple(map(str, SIDES))),
    ("comments", ("addressed", OTHERS)),
)
"""A column and those that it is the sum of."""

WITHHELD = "one to four, or a count from which such a one could be worked out"
"""Why a count is hidden. Which of the two it is would tell it: of six that are one and five, it tells both."""

_BEYOND = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Cells:
    """Counts, and which of them are hidden; the last axis is that of the columns."""

    columns: tuple[str, ...]
    values: Counts
    hidden: Marks

    def shown(self, column: str) -> int | None:
        """Give a count of the only row; None where it is hidden."""
        at = self.columns.index(column)
        return None if self.hidden[at] else int(self.values[at])

    def reasons(self) -> dict[str, str]:
        """Say of the only row which counts are hidden, and why: of each the same."""
        return {column: WITHHELD for column, hidden in zip(self.columns, self.hidden, strict=True) if hidden}


@dataclass(frozen=True, slots=True)
class Protected:
    """Counts of documents, of the groups that they are in, and of all."""

    columns: tuple[str, ...]
    values: Counts  # shape (documents + groups + 1, columns)
    hidden: Marks
    documents: int

    def document(self, number: int) -> Cells:
        """Give the counts of a document."""
        return Cells(self.columns, self.values[number], self.hidden[number])

    def group(self, number: int) -> Cells:
        """Give the counts of a group."""
        return self.document(self.documents + number)

    @property
    def whole(self) -> Cells:
        """Give the counts of all."""
        return self.document(len(self.values) - 1)


def protect_stances(counts: Counts, groups: Counts) -> Protected:
    """Hide counts of stances toward one target.

    :param counts: Shape (documents, 4), columns in the order of ``LEAVES``.
    :param groups: Shape (documents,): the number of the group that each is in, from 0 with none left out.
    :return: With ``COLUMNS``. How many comments there are is taken to be known, so it is not hidden here; whether it
        is shown, :func:`protect_comments` says.
    """
    wide = np.zeros((len(counts), len(COLUMNS)), np.int64)
    wide[:, : len(LEAVES)] = counts
    for column, parts in _SUMS:
        wide[:, _AT[column]] = wide[:, [_AT[part] for part in parts]].sum(axis=1)
    across = [(_AT[column], *(_AT[part] for part in parts)) for column, parts in _SUMS]
    return _protect(COLUMNS, wide, groups, across, known=_AT["comments"])


def protect_comments(counts: Counts, groups: Counts) -> Protected:
    """Hide counts of which there is one for each document: its comments.

    :param counts: Shape (documents,).
    :param groups: As for :func:`protect_stances`.
    """
    return _protect(("comments",), counts.reshape(-1, 1).astype(np.int64), groups, (), known=None)


def _protect(
    columns: tuple[str, ...], counts: Counts, groups: Counts, across: Sequence[Sequence[int]], known: int | None
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
    lines = [np.ix_(row, range(len(columns))) for row in _rows(documents, total, groups)]
    changing = True
    while changing:
        changing = False
        for line in across:
            part = np.ix_(range(len(values)), line)
            changing |= _mend_into(values, hidden, free, part, turned=False)
        for each in lines:
            changing |= _mend_into(values, hidden, free, each, turned=True)
    return Protected(columns, values, hidden, documents)


def _rows(documents: int, total: int, groups: Counts) -> Iterator[list[int]]:
    """Give the rows of each sum over rows, the sum first."""
    if not documents:
        return
    order = np.argsort(groups, kind="stable")
    for group, members in enumerate(np.split(order, np.searchsorted(groups[order], np.arange(1, total)))):
        yield [documents + group, *members.tolist()]
    yield [documents + total, *range(documents, documents + total)]


def _mend_into(values: Counts, hidden: Marks, free: Marks, part: tuple[Counts, ...], *, turned: bool) -> bool:
    """Hide what is needed in a part of a table whose lines are its rows, or its columns where ``turned``."""
    numbers, marks, may = values[part], hidden[part], free[part]
    found = _mend(numbers.T, marks.T, may.T) if turned else _mend(numbers, marks, may)
    if found:
        hidden[part] = marks
    return found


def _mend(values: Counts, hidden: Marks, free: Marks) -> bool:
    """Hide one more count in each line that tells too much: the smallest that is not zero, else the sum, else a zero.

    :param values: Shape (lines, 1 + parts): sums and what they are the sums of.
    :param hidden: The same shape; changed in place.
    :param free: Which may be hidden.
    :return: Whether any was hidden.
    """
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
    return bool(len(lines))


def counts_of(summary: TargetSummary) -> tuple[int, ...]:
    """Give the counts of one document toward one target, in the order of ``LEAVES``."""
    return (*(summary.counts.get(side, 0) for side in SIDES), summary.comments - summary.addressed)
