"""Find withheld counts that follow from several public reports of the same comments.

Each public report leaves a record beside the key of the pseudonyms, which only its user can read: all counts, and which
comments are in which row. It holds digests of ids, no text, no author and no name of a withheld group.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, compress, product
from pathlib import Path
from time import monotonic
from typing import Any

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from stance.records.digests import page_name
from stance.reporting.public.counts import COLUMNS, SUMS, TOTAL, Cells, Marks, Numbers

INFEASIBLE = 2
"""Number by which SciPy tells that no solution exists."""

Release = Mapping[str, Any]
"""Arrays: ``folder``; ``names`` of rows; ``groups``, of each part its group; ``comments``, as digests, and their
``parts``; and of each target, with its id after a blank, ``values`` by row and column, which of them are ``shown``, and
``secret``: withheld because they are of few people. Without an id they are of comments."""


def release_of(folder: Path, cells: Cells, pages: Sequence[str]) -> Release:
    """Return the record of a report.

    :param pages: Ids of the documents that have rows of their own.
    """
    withheld, parts = cells.withheld, len(cells.comments.groups)
    groups = ["a withheld group" if name in withheld else name for name in cells.rows]
    names = np.array([*([page_name(page) for page in pages] or [""] * parts), *groups, "all comments"])
    release = {"folder": str(folder), "names": names, "groups": cells.comments.groups}
    release["comments"], release["parts"] = cells.written
    is_row = (names != "")[:, None]
    for target, counts in {"": cells.comments, **cells.by_model}.items():
        release[f"values {target}"] = counts.values
        release[f"shown {target}"] = is_row & ~counts.hidden
        release[f"secret {target}"] = is_row & counts.hidden & counts.small
    return release


def _classes_in_rows(release: Release, parts: Numbers) -> sparse.csr_array:
    """Return which classes of comments are in which row: shape (rows, classes), 0 or 1.

    :param parts: Of each class; -1: in none.
    """
    names, groups = release["names"], release["groups"]
    classes = np.flatnonzero(parts >= 0)
    row_parts = parts[classes]
    everything = np.full(len(row_parts), len(names) - 1)
    rows = np.concatenate([row_parts, len(groups) + groups[row_parts], everything])
    return sparse.csr_array((np.ones(len(rows)), (rows, np.tile(classes, 3))), (len(names), len(parts)))


def given_away(releases: Sequence[Release]) -> Iterator[str]:
    """Name the secret counts that follow from all releases together, those of one row at a time.

    A count does not follow if other whole numbers explain all shown ones as well. How many comments each row has is
    taken to be known to whoever asks for stances.
    """
    comments = np.unique(np.concatenate([release["comments"] for release in releases]))
    parts = np.full((len(comments), len(releases)), -1)
    for release, column in zip(releases, parts.T, strict=True):
        column[np.searchsorted(comments, release["comments"])] = release["parts"]
    classes = np.unique(parts, axis=0)
    keys = dict.fromkeys(key.removeprefix("values") for release in releases for key in release if key[:6] == "values")
    for key in keys:
        columns, leaves = (COLUMNS, SUMS[COLUMNS].T) if key.strip() else (TOTAL, SUMS[TOTAL][:1])
        told = [index for index, release in enumerate(releases) if f"values{key}" in release]
        rows = [sparse.kron(_classes_in_rows(releases[index], classes[:, index]), leaves) for index in told]
        numbers = (
            np.concatenate([np.ravel(releases[index][f"{name}{key}"]) for index in told])
            for name in ("values", "shown", "secret")
        )
        cells = _follow(sparse.vstack(rows).tocsr(), *numbers).reshape(-1, len(columns))
        names = (
            f"{Path(str(releases[index]['folder'])).name}, {name}"
            for index in told
            for name in releases[index]["names"]
        )
        for name, row in zip(names, cells, strict=True):
            if row.any():
                yield f"{name},{key.rstrip() or ' all targets'}: {', '.join(compress(columns, row))}"


def _follow(forms: sparse.csr_array, values: Numbers, shown_sums: Marks, secret: Marks) -> Marks:
    """Mark the secret sums that follow from the shown ones.

    :param forms: Shape (sums, unknown counts): which of these each sum counts.
    """
    follows: Marks = secret.copy()
    limits = LinearConstraint(forms[np.flatnonzero(shown_sums)], values[shown_sums], values[shown_sums])
    integrality = np.ones(forms.shape[1])
    bounds = Bounds(0, 10 * int(values.max()) + 100)
    # Maximum number of seconds; counts that are not found to be safe by then are taken to follow.
    until = monotonic() + 30.0
    secrets, random = np.flatnonzero(secret), np.random.default_rng(0)
    goals: list[tuple[Any, Any]] = [
        (secrets, random.choice([-1, 1], len(secrets))) for _ in range(8)
    ]  # most counts need no goal of their own
    for cells, signs in chain(goals, product(secrets[:, None], (1, -1))):
        seconds = until - monotonic()
        if seconds > 0 and follows[cells].any():
            goal = np.zeros(len(secret))
            goal[cells] = signs
            limit = {"time_limit": seconds}
            solved = milp(forms.T @ goal, integrality=integrality, bounds=bounds, constraints=limits, options=limit)
            if solved.status == INFEASIBLE:  # the reports are not of the same readings
                return np.zeros_like(secret)
            if solved.x is not None:
                follows &= np.round(forms @ np.round(solved.x)) == values
    return follows
