"""Hide small counts, and those from which a small count follows."""

from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import FEWEST_COMMENTS, NO_OUTLET, SIDES, Document, Record, Stance, TargetSummary

Numbers = NDArray[np.int64]

Marks = NDArray[np.bool_]

Shown = Mapping[str, int | None]
"""Counts by column; None: hidden."""

FEWEST_SHOWN = FEWEST_COMMENTS
"""Minimum count, zero aside, that a public report shows, and minimum number of people behind any count."""

OTHERS = "others"

LEAVES = (*map(str, SIDES), OTHERS)
"""Words: a comment's places toward a target: a side, or without one, be it that it does not address the target or that
the model does not cover it."""

COLUMNS = (*LEAVES, "addressed", "comments")


class Protected(NamedTuple):
    """Counts of documents, of the groups that they are in, and of all."""

    columns: tuple[str, ...]
    values: Numbers  # shape (documents + groups + 1, columns)
    hidden: Marks
    documents: int

    def row(self, number: int) -> Shown:
        """Return the counts of a document, of a group (they follow the documents), or of all (-1)."""
        cells = zip(self.columns, self.values[number].tolist(), self.hidden[number], strict=True)
        return {column: None if hidden else value for column, value, hidden in cells}


def people_of(group: Record, by: str) -> int:
    """Return the number of people who are known to be in a group.

    A column of the user may hold names, so there only known authors count.
    """
    # Words: columns that name no person; a comment without an author then counts as one of another person.
    columns = frozenset(
        ("outlet", "month", "year", "language", "document", "title", "url", "topic", "via", "target", "model")
    )
    return int(group["authors"] + (group["without_author"] if columns.issuperset(by.split(",")) else 0))


def few_people(people: Sequence[int] | Numbers) -> Marks:
    """Mark groups of too few people, and the smallest others, until those that are marked are enough people together.

    :param people: Of each group; 0: nobody is known.
    """
    numbers = np.array(people, np.int64)
    order, few = np.argsort(numbers, kind="stable"), np.asarray(numbers < FEWEST_SHOWN)
    enough = int(np.searchsorted(np.cumsum(numbers[order]), FEWEST_SHOWN)) + 1
    few[order[:enough]] |= few.any()
    return few


def protect_stances(counts: Numbers, groups: Numbers, few: Marks | bool = False) -> Protected:
    """Hide counts of stances toward one target.

    A row hides all sides or none, and ``addressed`` together with ``others``. So if in each sum over rows none or at
    least two rows are hidden, no hidden count follows from the shown ones: two hidden rows of a sum can exchange
    comments of two hidden columns without changing anything that is shown.

    :param counts: Shape (documents, 4), columns in the order of ``LEAVES``.
    :param groups: Shape (documents,): the number of the group that each is in, from 0 with none left out.
    :param few: Shape (documents + groups + 1,): rows of too few people, which are hidden.
    :return: With ``COLUMNS``. How many comments there are is taken to be known, so it is not hidden here; whether it
        is shown, :func:`protect_comments` decides.
    """
    addressed = counts[:, : len(SIDES)].sum(axis=1, keepdims=True)
    wide = np.hstack([counts, addressed, addressed + counts[:, len(SIDES) :]])
    protected = Protected(COLUMNS, *_with_sums(wide, groups), len(counts))
    sums = _rows(len(counts), groups)
    for columns, size in (((OTHERS, "addressed"), "comments"), ((*map(str, SIDES), "addressed"), "addressed")):
        indexes = [COLUMNS.index(column) for column in columns]
        parts = [index for index in indexes if size != COLUMNS[index]]
        sizes = protected.values[:, COLUMNS.index(size)]
        is_row_small = np.hstack([_is_small(protected.values[:, parts]), protected.hidden[:, indexes]])
        hidden: Marks = np.asarray(is_row_small.any(axis=1) | few)
        _hide_more(hidden, protected.values[:, parts], sizes, sums)
        protected.hidden[:, parts] |= hidden[:, None]
    return protected


def protect_comments(counts: Numbers, groups: Numbers, few: Marks | bool = False) -> Protected:
    """Hide counts of which there is one for each document or group: its comments, its labels.

    :param counts: Shape (documents,).
    :param groups: As for :func:`protect_stances`, and so is ``few``.
    """
    protected = Protected(("comments",), *_with_sums(counts.reshape(-1, 1), groups), len(counts))
    hidden = protected.hidden[:, 0]  # a view
    hidden |= _is_small(protected.values[:, 0]) | few
    _hide_more(hidden, protected.values, protected.values[:, 0], _rows(len(counts), groups))
    return protected


def _is_small(values: Numbers) -> Marks:
    return (values > 0) & (values < FEWEST_SHOWN)


def _tells(together: Numbers) -> bool:
    """Return whether sums of hidden rows, by column, tell a small count: itself, or the only one that is not 0."""
    return bool(_is_small(together).any() or np.count_nonzero(together) < min(2, len(together)))


def _with_sums(counts: Numbers, groups: Numbers) -> tuple[Numbers, Marks]:
    """Return counts with those of groups and of all, and marks of the same shape, none of them set."""
    documents = len(counts)
    values = np.zeros((documents + int(groups.max(initial=-1)) + 2, counts.shape[1]), np.int64)
    values[:documents] = counts
    np.add.at(values, documents + groups, counts)
    values[-1] = values[:documents].sum(axis=0)
    return values, np.zeros(values.shape, bool)


def _rows(documents: int, groups: Numbers) -> list[Numbers]:
    """Return the rows of each sum over rows, the sum first."""
    order, total = np.argsort(groups, kind="stable"), int(groups.max(initial=-1)) + 1
    members = np.split(order, np.searchsorted(groups[order], np.arange(1, total))) if total else []
    sums = [np.array([documents + group, *rows]) for group, rows in enumerate(members)]
    return [*sums, np.arange(documents + total, documents - 1, -1)]


def _hide_more(hidden: Marks, values: Numbers, sizes: Numbers, sums: Sequence[Numbers]) -> None:
    """Hide more rows until no sum gives a hidden row away, nor a small sum of hidden rows.

    The smallest further part is hidden; or the total, rather than a group of more than a tenth of it.

    :param hidden: Shape (rows,); changed in place.
    :param values: Shape (rows, columns).
    :param sizes: Shape (rows,); rows of size 0 stay.
    :param sums: Rows of each sum, the sum first.
    """
    before = -1
    while before < (before := int(hidden.sum())):
        for line in sums:
            total, parts = line[0], line[1:]
            while hidden[line].any() and (
                hidden[line].sum() == 1 or (not hidden[total] and _tells(values[parts[hidden[parts]]].sum(axis=0)))
            ):
                left = parts[~hidden[parts] & (sizes[parts] > 0)]
                if hidden[total] and not len(left):  # its parts are shown as 0, so it is known to be 0
                    break
                smallest = left[sizes[left].argmin()] if len(left) else total
                is_large = total == len(hidden) - 1 and sizes[smallest] * 10 > sizes[total]
                hidden[total if is_large and not hidden[total] else smallest] = True


class Cells(NamedTuple):
    """Counts of a report and of its comparison: of comments, and toward each target by the model and by labels."""

    comments: Protected
    by_model: Mapping[str, Protected]
    by_persons: Mapping[str, Protected]


class PublicCounts:
    """Counts of the comments of each page, from which a report and its comparison of outlets hide the same.

    :param targets: Their ids.
    """

    def __init__(self, targets: Iterable[str]) -> None:
        self.groups: dict[str, int] = {}
        self._by_model = {target: array("q") for target in targets}
        self._by_persons = {target: array("q") for target in self._by_model}
        self._comments, self._of_group, self._people = array("q"), array("q"), array("q")

    def __len__(self) -> int:
        """Return the number of pages."""
        return len(self._of_group)

    def add(self, scored: Document, summaries: Iterable[TargetSummary]) -> None:
        """Count the comments of a page.

        :param summaries: Of its scores, one per target.
        """
        self._of_group.append(self.groups.setdefault(scored.outlet or NO_OUTLET, len(self.groups)))
        self._comments.append(len(scored.comments))
        authors = [comment.author for comment in scored.comments]
        self._people.append(len({*authors} - {None}) + authors.count(None))
        for summary in summaries:
            counts, labels = summary.counts, summary.read
            others = summary.comments - summary.addressed, labels.get(Stance.NOT_ADDRESSED, 0)
            self._by_model[summary.target].extend((*(counts.get(side, 0) for side in SIDES), others[0]))
            self._by_persons[summary.target].extend((*(labels.get(side, 0) for side in SIDES), others[1]))

    def protect(self, withheld: Collection[str] = (), everybody: int = FEWEST_SHOWN) -> Cells:
        """Hide small counts, and those of few people.

        :param withheld: Names of groups that are not shown.
        :param everybody: Number of all people.
        """
        groups, people = np.array(self._of_group, np.int64), np.array(self._people, np.int64)
        few = np.array([False] * len(self) + [name in withheld for name in self.groups] + [everybody < FEWEST_SHOWN])
        for _, *pages in _rows(len(self), groups)[:-1]:
            with_comments = np.array(pages)[people[pages] > 0]
            few[with_comments] = few_people(people[with_comments])
        return protect(self._comments, (self._by_model, self._by_persons), groups, few)


def protect(
    comments: Sequence[int], stances: Sequence[Mapping[str, Sequence[int]]], groups: Numbers, few: Marks
) -> Cells:
    """Hide small counts of pages and groups, and those of few people.

    :param stances: By the model and by persons: target -> counts of all pages, each in the order of ``LEAVES``.
    :param groups: As for :func:`protect_stances`, and so is ``few``.
    """
    protected = [
        {
            target: protect_stances(np.array(counts, np.int64).reshape(-1, len(LEAVES)), groups, few)
            for target, counts in tables.items()
        }
        for tables in stances
    ]
    return Cells(protect_comments(np.array(comments, np.int64), groups, few), *protected)
