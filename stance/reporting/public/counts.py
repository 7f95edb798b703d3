"""Hide counts of few people, and those from which such a count follows."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import FEWEST_COMMENTS, SIDES, STANCES, Strings

Numbers = NDArray[np.int64]

Marks = NDArray[np.bool_]

Shown = Mapping[str, int | None]
"""Counts by column; None: hidden."""

FEWEST_SHOWN = FEWEST_COMMENTS
"""Minimum number of people, and so of comments, behind each count that a public report shows, zero aside."""

OTHERS = "others"

LEAVES = (*map(str, SIDES), OTHERS)
"""Words: a comment's places toward a target: a side, or without one, be it that it does not address the target or that
the model does not cover it."""

COLUMNS = (*LEAVES, "addressed", "comments")

TOTAL = ("comments",)

SUMS: Mapping[Strings, Marks] = {
    TOTAL: np.ones((len(LEAVES), 1), bool),
    COLUMNS: np.hstack([np.eye(4, dtype=bool), np.array([[True], [True], [True], [False]]), np.ones((4, 1), bool)]),
}
"""Columns -> which of them count each place of ``LEAVES``."""

PLACES = np.array([LEAVES.index(stance if stance in SIDES else OTHERS) for stance in STANCES])
"""Place in ``LEAVES`` of each stance, as rows of scores number them; of -1, no stance, that of the last."""

NAMED = frozenset(
    ["outlet", "month", "year", "language", "document", "title", "url", "topic", "via", "target", "model"]
)
"""Words: columns that name no person."""

NOBODY = -1


class Protected(NamedTuple):
    """Counts of the parts of groups, of the groups, and of all, in one row each."""

    columns: Strings
    groups: Numbers  # shape (parts,): the group that each part is in, from 0
    values: Numbers  # shape (parts + groups + 1, columns)
    numbers: Numbers  # of people, of the same shape
    people: Numbers  # shape (parts + groups + 1, columns, FEWEST_SHOWN): so many of them
    hidden: Marks

    def row(self, number: int) -> Shown:
        """Return the counts of a part, of a group (they follow the parts), or of all (-1)."""
        cells = zip(self.columns, self.values[number].tolist(), self.hidden[number], strict=True)
        return {column: None if hidden else value for column, value, hidden in cells}

    @property
    def small(self) -> Marks:
        """Mark counts of too few people."""
        return (self.values > 0) & (self.numbers < FEWEST_SHOWN)

    def sums(self) -> list[Numbers]:
        """Return the rows of each sum over rows, the sum first."""
        parts, order = len(self.groups), np.argsort(self.groups, kind="stable")
        groups = np.arange(parts, len(self.values) - 1)
        members = np.split(order, np.searchsorted(self.groups[order], groups[1:] - parts)) if len(groups) else []
        sums = [np.array([group, *rows]) for group, rows in zip(groups, members, strict=True)]
        return [*sums, np.arange(parts, len(self.values))[::-1]]

    def are_few(self, rows: Numbers, column: int) -> bool:
        """Return whether the comments of some rows together are of too few people."""
        return len({*self.people[rows, column].ravel().tolist()} - {NOBODY}) < FEWEST_SHOWN

    def tell(self, rows: Numbers, columns: Sequence[int]) -> bool:
        """Return whether the sums of hidden rows tell a small count: themselves, or the only one that is not 0."""
        filled = [column for column in columns if self.values[rows, column].any()]
        is_alone = len(filled) < min(2, len(columns))
        return is_alone or any(self.are_few(rows, column) for column in filled)


def tabulate(
    lines: Numbers, places: Numbers, persons: Numbers, groups: Numbers, size: int, columns: Strings
) -> Protected:
    """Count comments, and the people who wrote them.

    :param lines: The row of each comment in the table.
    :param places: Places of comments in ``LEAVES``.
    :param persons: Who wrote them, or ``NOBODY``.
    :param groups: Shape (parts,): the group that each part is in.
    :param size: Number of groups.
    :param columns: A key of ``SUMS``.
    :return: Nothing is hidden in it.
    """
    parts = len(groups)
    shape = parts + size + 1, len(columns)
    rows = np.concatenate([lines, parts + groups[lines], np.full(len(lines), parts + size)])
    comment_rows, counted = np.nonzero(SUMS[columns][np.tile(places, 3)])
    cells = rows[comment_rows] * shape[1] + counted
    people = np.tile(persons, 3)[comment_rows]
    values = np.bincount(cells, minlength=shape[0] * shape[1])
    most = int(people.max(initial=0)) + 1
    pairs = (cells * most + people)[people != NOBODY]
    cell, person = np.divmod(np.unique(pairs), most)
    numbers = np.bincount(cell, minlength=len(values))
    starts = np.cumsum(numbers) - numbers
    rank = np.arange(len(cell)) - np.repeat(starts, numbers)
    some = np.full((len(values), FEWEST_SHOWN), NOBODY)
    is_first = rank < FEWEST_SHOWN
    some[cell[is_first], rank[is_first]] = person[is_first]
    tables = values.reshape(shape), numbers.reshape(shape)
    return Protected(columns, groups, *tables, some.reshape(*shape, FEWEST_SHOWN), np.zeros(shape, bool))


def few_people(counts: Protected) -> Marks:
    """Mark rows of too few people, and in each sum the smallest others, until these are enough people together.

    :param counts: Their last column counts all comments of a row.
    """
    few: Marks = counts.small[:, -1].copy()
    for line in counts.sums():
        parts = line[1:][counts.values[line[1:], -1] > 0]
        order = parts[np.argsort(counts.numbers[parts, -1], kind="stable")]
        marked = order[few[order]]
        while len(marked) < len(order) and few[order].any() and counts.are_few(marked, -1):
            few[order[~few[order]][0]] = True
            marked = order[few[order]]
    return few


def protect_stances(counts: Protected, few: Marks) -> Protected:
    """Hide counts of stances toward one target.

    A row hides all sides or none, and ``addressed`` together with ``others``. So if in each sum over rows none or at
    least two rows are hidden, no hidden count follows from the shown ones: two hidden rows of a sum can exchange
    comments of two hidden columns without changing anything that is shown.

    :param counts: With ``COLUMNS``; changed in place. How many comments there are is taken to be known, so it is not
        hidden here; whether it is shown, :func:`protect_comments` decides.
    :param few: Shape (parts + groups + 1,): rows of too few people, which are hidden.
    """
    for columns, size in (((OTHERS, "addressed"), "comments"), ((*map(str, SIDES), "addressed"), "addressed")):
        indexes = [COLUMNS.index(column) for column in columns]
        parts = [index for index in indexes if size != COLUMNS[index]]
        is_row_small = np.hstack([counts.small[:, parts], counts.hidden[:, indexes]])
        _hide_rows(counts, np.asarray(is_row_small.any(axis=1) | few), parts, counts.values[:, COLUMNS.index(size)])
    return counts


def protect_comments(counts: Protected, few: Marks) -> Protected:
    """Hide counts of which there is one for each row, its comments or its labels; as :func:`protect_stances`."""
    _hide_rows(counts, counts.small[:, 0] | few, [0], counts.values[:, 0])
    return counts


def _hide_rows(counts: Protected, hidden: Marks, columns: Sequence[int], sizes: Numbers) -> None:
    """Hide columns of some rows, and of more until no sum gives a hidden row away, nor a small sum of hidden rows.

    The smallest further part is hidden; or the total, rather than a group of more than a tenth of it.

    :param hidden: Shape (rows,).
    :param sizes: Shape (rows,); rows of size 0 stay.
    """
    before, sums = -1, counts.sums()
    while before < (before := int(hidden.sum())):
        for line in sums:
            total, parts = line[0], line[1:]
            while hidden[line].any() and (
                hidden[line].sum() == 1 or (not hidden[total] and counts.tell(parts[hidden[parts]], columns))
            ):
                left = parts[~hidden[parts] & (sizes[parts] > 0)]
                if hidden[total] and not len(left):  # its parts are shown as 0, so it is known to be 0
                    break
                smallest = left[sizes[left].argmin()] if len(left) else total
                is_large = total == len(hidden) - 1 and sizes[smallest] * 10 > sizes[total]
                hidden[total if is_large and not hidden[total] else smallest] = True
    counts.hidden[:, columns] |= hidden[:, None]


class Cells(NamedTuple):
    """Counts of a report or comparison: of comments, and toward each target by the model, by persons, of labels."""

    rows: Mapping[str, int]  # of groups, by their names
    few: Marks
    comments: Protected
    by_model: Mapping[str, Protected]
    by_persons: Mapping[str, Protected]
    labels: Mapping[str, Protected]  # of groups alone
    written: tuple[Numbers, Numbers]  # numbers of the comments, and their rows

    @property
    def withheld(self) -> set[str]:
        """Return the names of groups of too few people, which a public report does not name."""
        return {name for name, row in self.rows.items() if self.few[row]}

    def shows_labels(self, target: str, row: int) -> bool:
        """Return whether the number of labels of a group may be shown, or that of all (-1), which tells of each."""
        hidden = self.labels[target].hidden
        return not (hidden.any() if row < 0 else hidden[row - len(self.comments.groups)])


def protect(names: Sequence[str], scores: Mapping[str, Any], by: str, pages: int) -> Cells:
    """Hide counts of few people.

    Where a page names some of its authors, comments without a name add nobody to them, since one of these may have
    written them. Where it names nobody, each comment counts as a person, unless groups are named by a column of the
    user, which may hold names.

    :param names: Of the groups.
    :param scores: Target -> all scores, with the columns of ``aggregation.clusters.ROW``, strata being groups.
    :param pages: Number of all pages, each of which is in one group; 0: groups are counted without their pages.
    """
    everything, base, groups = np.concatenate([*scores.values()]), "stratum", np.arange(len(names))
    comments, first = np.unique(everything["comment"], return_index=True)
    names_somebody = np.bincount(everything["page"], everything["author"] >= 0) > 0
    by_groups = groups
    if pages:
        base, groups = "page", np.zeros(pages, np.int64)
        groups[everything["page"]] = everything["stratum"]

    def count(rows: Any, column: str, columns: Strings, row: str, parts: Numbers) -> Protected:
        is_nobody = names_somebody[rows["page"]] | (not NAMED.issuperset(by.split(",")))
        unnamed = np.where(is_nobody, NOBODY, np.searchsorted(comments, rows["comment"]) + (1 << 32))
        people = np.where(rows["author"] >= 0, rows["author"], unnamed)
        return tabulate(rows[row], PLACES[rows[column]], people, parts, len(names), columns)

    total = count(everything[first], "stance", TOTAL, base, groups)
    few = few_people(total)
    of_groups = few[len(groups) :]
    by_model, by_persons, labels = ({}, {}, {})
    for target, rows in scores.items():
        by_model[target] = protect_stances(count(rows, "stance", COLUMNS, base, groups), few)
        by_persons[target] = protect_stances(count(rows[rows["read"] >= 0], "read", COLUMNS, base, groups), few)
        drawn = rows[rows["weight"] > 0]
        keys = np.stack([drawn["stratum"], drawn["labelled"]], axis=1)
        texts = drawn[np.unique(keys, axis=0, return_index=True)[1]]
        counts = count(texts, "read", TOTAL, "stratum", by_groups)
        labels[target] = protect_comments(counts, np.concatenate([of_groups[:-1], of_groups]))
    numbers = {name: number for number, name in enumerate(names, len(groups))}
    rows_of = comments, everything[base][first]
    return Cells(numbers, few, protect_comments(total, few), by_model, by_persons, labels, rows_of)
