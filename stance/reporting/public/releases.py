"""Find withheld counts that follow from several public reports of the same comments.

Each public report leaves a record beside the key of the pseudonyms, which only its user can read: which comments,
by digests of their ids, are in which row, and all counts. It holds no text, no author and no name that is withheld.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from stance.records.digests import page_name
from stance.reporting.public.counts import COLUMNS, SUMS, TOTAL, Cells, Marks, Numbers
from stance.resources.files import open_file

INFEASIBLE = 2
"""Number by which SciPy tells that no solution exists."""


class Table(NamedTuple):
    """Counts of a report: shape (rows, columns) each."""

    values: Numbers
    hidden: Marks
    small: Marks


class Release(NamedTuple):
    """A public report or comparison."""

    folder: str
    names: Sequence[str]  # of rows
    groups: Numbers  # of the first rows, the parts: the number of their group
    comments: Numbers  # digests
    parts: Numbers  # of comments: their row
    tables: dict[str, Table]  # by target; "": of comments

    def sums(self, parts: Numbers) -> sparse.csr_array:
        """Return which classes of comments are in which row.

        :param parts: Of each class; -1: in none.
        :return: Shape (rows, classes), 0 or 1.
        """
        places = np.flatnonzero(parts >= 0)
        own = parts[places]
        rows = np.concatenate([own, len(self.groups) + self.groups[own], np.full(len(own), len(self.names) - 1)])
        shape = len(self.names), len(parts)
        return sparse.csr_array((np.ones(len(rows)), (rows, np.tile(places, 3))), shape)


def release_of(folder: Path, cells: Cells, pages: Sequence[str]) -> Release:
    """Return what is to be kept of a report.

    :param pages: Ids of the documents that have rows of their own.
    """
    withheld, parts = cells.withheld, len(cells.comments.groups)
    groups = ["a withheld group" if name in withheld else name for name in cells.rows]
    names = [*([page_name(page, 1) for page in pages] or [""] * parts), *groups, "all comments"]
    tables = {}
    for target, counts in {"": cells.comments, **cells.by_model}.items():
        tables[target] = table = Table(counts.values, counts.hidden.copy(), counts.small)
        if not pages:
            table.hidden[:parts], table.small[:parts] = True, False
    return Release(str(folder), names, cells.comments.groups, *cells.written, tables)


def keep(release: Release, path: Path) -> None:
    """Write a release."""
    record = release._asdict() | {"tables": {name: table._asdict() for name, table in release.tables.items()}}
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open_file(path) as file:
        json.dump(record, file, default=np.ndarray.tolist)


def read_release(path: Path) -> Release:
    """Read a release.

    :raises ValueError: If the file holds none.
    """
    with path.open(encoding="utf-8") as file:
        record = json.load(file)
    numbers = {name: np.array(record[name], np.int64) for name in ("groups", "comments", "parts")}
    tables = {
        name: Table(np.array(table["values"], np.int64), *(np.array(table[part], bool) for part in ("hidden", "small")))
        for name, table in record["tables"].items()
    }
    return Release(**record | numbers | {"tables": tables})


def given_away(releases: Sequence[Release]) -> Iterator[tuple[str, str, str, str]]:
    """Yield withheld small counts that follow from all releases together: folder, row, target and column.

    A count does not follow if other whole numbers explain all shown ones as well. How many comments each row has is
    taken to be known to whoever asks for stances.
    """
    comments = np.unique(np.concatenate([release.comments for release in releases]))
    parts = np.full((len(comments), len(releases)), -1)
    for release, column in zip(releases, parts.T, strict=True):
        column[np.searchsorted(comments, release.comments)] = release.parts
    classes = np.unique(parts, axis=0)
    for target in dict.fromkeys(name for release in releases for name in release.tables):
        told = [(release, own) for release, own in zip(releases, classes.T, strict=True) if target in release.tables]
        columns = COLUMNS if target else TOTAL
        leaves = SUMS[columns].T if target else SUMS[TOTAL][:1].T
        forms = sparse.vstack([sparse.kron(release.sums(own), leaves) for release, own in told]).tocsr()
        tables = [release.tables[target] for release, _ in told]
        values, hidden, small = (np.concatenate([table[at].ravel() for table in tables]) for at in range(3))
        places = [(release.folder, name, target, column) for release, _ in told
                  for name in release.names for column in columns]  # fmt: skip
        for cell in followed(forms, values, hidden, np.flatnonzero(hidden & small)):
            yield places[cell]


def followed(forms: sparse.csr_array, values: Numbers, hidden: Marks, asked: Numbers) -> list[int]:
    """Return the hidden sums that follow from the shown ones.

    :param forms: Shape (sums, unknown counts): which of these each sum counts.
    :param asked: The sums that are tested.
    """
    if not len(asked):
        return []
    shown = np.flatnonzero(~hidden)
    limits = LinearConstraint(forms[shown], values[shown], values[shown])
    whole, bounds = np.ones(forms.shape[1]), Bounds(0, 10 * int(values.max()) + 100)
    # Maximum number of seconds; counts that are not found to be safe by then are taken to follow.
    until, left = monotonic() + 60.0, asked
    for cell, sign in product(asked, (1, -1)):
        seconds = until - monotonic()
        if cell in left and seconds > 0:
            goal = sign * forms[[cell]].toarray()[0]
            solved = milp(goal, integrality=whole, bounds=bounds, constraints=limits, options={"time_limit": seconds})
            if solved.x is not None:
                left = left[np.round(forms[left] @ np.round(solved.x)) == values[left]]
            elif solved.status == INFEASIBLE:  # they are not of the same readings
                return []
    return [int(cell) for cell in left]
