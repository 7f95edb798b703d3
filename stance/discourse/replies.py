"""Count the sides of answers and of the comments that they answer, against chance."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.contrasts import holm
from stance.aggregation.intervals import FEWEST_ARTICLES, effective_interval
from stance.datamodels import SIDES, Record
from stance.discourse.analysis import Analysis, Section
from stance.discourse.posts import AGAINST, CODED_SIDES, FAVOR, NEUTRAL, Flags, Floats, Ints, Posts

FEWEST_PAIRS = 30
"""Minimum number of answers, comments or authors of a share, a net stance or a test."""


def replies_record(posts: Posts) -> Record:
    """Record answers between sides.

    :return: ``replies``: for each target and pair of sides the answers ``observed``, those ``expected`` if answers were
        shuffled within pages, the ``range`` of 95 % of the permutations, ``p``, and ``p_adjusted`` over all cells that
        are tested (Holm), None where fewer than ``FEWEST_EXPECTED`` are expected; ``from`` is the side of the answer.
        ``targets``: target -> how many answers were counted and left out, and the ``agreement`` with the parent.
    """
    rng = np.random.default_rng(0)
    exchanges = [_exchanges(posts, column) for column in range(len(posts.targets))]
    cells = [
        cell
        for target, (rows, _) in zip(posts.targets, exchanges, strict=True)
        if len(rows) >= FEWEST_PAIRS
        for cell in _cells(posts, target, rows, rng)
    ]
    # Minimum number of answers expected in a cell that is tested, as is usual for counts in tables (Cochran 1954).
    tested = holm([cell["p"] if cell["expected"] >= 5.0 else None for cell in cells])
    for cell, p in zip(cells, tested, strict=True):
        # Maximum adjusted p of a pattern that is reported. Of 1,000 made-up outlets with shuffled answers 3 showed one,
        # and 46 at 0.05; a report has many pages.
        cell.update(p_adjusted=p, significant=p is not None and p < 0.01)
    return {
        "replies": cells,
        "targets": {
            target: counts | {"agreement": _agreement(posts, column, rows)}
            for column, (target, (rows, counts)) in enumerate(zip(posts.targets, exchanges, strict=True))
        },
        "fewest": FEWEST_PAIRS,
    }


def _exchanges(posts: Posts, column: int) -> tuple[Ints, Record]:
    """Find the answers that count toward a target, and count those that do not.

    :return: Places of the answers: both comments address the target, both show a name, and nobody answers himself; the
        first of one author to another on a page, so that two who go on and on count once each way.
    """
    answers = np.flatnonzero(posts.parent >= 0)
    parents = posts.parent[answers]
    both = _addresses(posts.stances[answers, column]) & _addresses(posts.stances[parents, column])
    answers, parents = answers[both], parents[both]
    one, other = posts.author[answers], posts.author[parents]
    unnamed = (one < 0) | (other < 0)
    to_self = ~unnamed & (one == other)
    inherited = ~unnamed & ~to_self & posts.via_parent[answers, column]
    usable = answers[~unnamed & ~to_self & ~inherited]
    addressee = posts.author[posts.parent[usable]]
    _, people = np.unique(posts.author[usable] * (posts.author.max(initial=0) + 1) + addressee, False, True)
    _, first = np.unique(people * len(posts.sources) + posts.source[usable], return_index=True)
    rows = np.sort(usable[first])
    counts = {
        "pairs": len(rows),
        "inherited": int(inherited.sum()),
        "unnamed": int(unnamed.sum()),
        "own": int(to_self.sum()),
        "repeated": len(usable) - len(rows),
    }
    return rows, counts


def _addresses(stances: NDArray[np.int8]) -> Flags:
    return (stances >= FAVOR) & (stances <= NEUTRAL)


def _cells(posts: Posts, target: str, rows: Ints, rng: np.random.Generator) -> list[Record]:
    column = posts.targets.index(target)
    answer_stances, parent_stances = posts.stances[rows, column], posts.stances[posts.parent[rows], column]
    tests = len(SIDES) ** 2 * len(posts.targets)
    observed, expected, draws = shuffled_tables(
        (answer_stances, parent_stances), posts.source[rows], len(SIDES), tests, rng
    )
    far = np.abs(observed - expected)
    p = (1 + (np.abs(draws - expected) >= far - 1e-9).sum(axis=0)) / (1 + len(draws))
    low, high = np.percentile(draws, (2.5, 97.5), axis=0, method="nearest")
    return [
        {
            "target": target,
            "from": one,
            "to": other,
            "observed": int(observed[cell]),
            "expected": round(float(expected[cell]), 2),
            "ratio": float(observed[cell] / expected[cell]) if expected[cell] else None,
            "range": [int(low[cell]), int(high[cell])],
            "p": float(p[cell]),
        }
        for one, other in product(SIDES, SIDES)
        if (cell := (CODED_SIDES.index(one), CODED_SIDES.index(other)))
    ]


def shuffled_tables(
    pairs: tuple[NDArray[np.int8], NDArray[np.int8]], strata: Ints, size: int, tests: int, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Count pairs of categories, and count them again after shuffling one of the two within strata.

    To shuffle and count is to draw a table with the margins of the stratum, which takes (size - 1) squared
    hypergeometric draws however many pairs there are (Patefield 1981).

    :param pairs: The two categories of each pair, from 0 to ``size`` - 1: rows and columns of the tables.
    :param strata: The stratum of each pair.
    :param tests: How many tests will be adjusted together.
    :return: Counts, shape (size, size); their exact expectation; counts of each permutation, shape (draws, size, size).
    """
    names, stratum_of = np.unique(strata, return_inverse=True)
    cells = (stratum_of * size + pairs[0]) * size + pairs[1]
    tables = np.bincount(cells, minlength=len(names) * size * size).reshape(-1, size, size)
    of_rows, of_columns, n = tables.sum(axis=2), tables.sum(axis=1), tables.sum(axis=(1, 2))
    expected = np.einsum("si,sj->ij", of_rows / n[:, None], of_columns)
    can_vary = (of_rows.max(axis=1) < n) & (of_columns.max(axis=1) < n)
    fixed = tables[~can_vary].sum(axis=0)
    of_rows, of_columns = of_rows[can_vary], of_columns[can_vary]
    fewest = 200 * tests  # enough for each test to become significant after adjustment
    count = int(np.clip(5_000_000 // max(1, len(of_rows)), fewest, max(9_999, fewest)))  # takes about a second
    step = max(1, 1_000_000 // max(1, len(of_rows)))
    parts = [_draw_tables(of_rows, of_columns, min(step, count - done), rng) + fixed for done in range(0, count, step)]
    return tables.sum(axis=0).astype(float), expected, np.concatenate(parts).astype(float)


def _draw_tables(of_rows: Ints, of_columns: Ints, count: int, rng: np.random.Generator) -> Ints:
    """Draw tables with given margins, and sum them over the strata; shape (count, size, size)."""
    size = of_rows.shape[1]
    drawn = np.zeros((count, size, size), np.int64)
    left = np.broadcast_to(of_columns, (count, *of_columns.shape)).copy()
    for row in range(size - 1):
        waiting = np.broadcast_to(of_rows[:, row], left.shape[:2]).copy()
        for column in range(size - 1):
            sample = rng.hypergeometric(left[:, :, column], left[:, :, column + 1 :].sum(axis=2), waiting)
            waiting -= sample
            left[:, :, column] -= sample
            drawn[:, row, column] = sample.sum(axis=1)
        left[:, :, -1] -= waiting
        drawn[:, row, -1] = waiting.sum(axis=1)
    drawn[:, -1] = left.sum(axis=1)
    return drawn


def _agreement(posts: Posts, column: int, rows: Ints) -> Record | None:
    """Record the share of answers on the side of their parent, among those where both take a side.

    Its interval is Wilson's on the effective number of observations, with the larger variance of two ways to cluster:
    by author and by page.
    """
    answer_stances, parent_stances = posts.stances[rows, column], posts.stances[posts.parent[rows], column]
    sided = (answer_stances <= AGAINST) & (parent_stances <= AGAINST)
    rows = rows[sided]
    if len(rows) < FEWEST_PAIRS:
        return None

    hits = (answer_stances == parent_stances)[sided]
    share, interval = float(hits.mean()), None
    moves = (hits - share) / len(hits)
    clusterings = (posts.author[rows], posts.source[rows])
    sums = [np.bincount(np.unique(clustering, return_inverse=True)[1], moves) for clustering in clusterings]
    sums = [clustering for clustering in sums if len(clustering) > 1]  # one cluster says nothing
    if sums and min(map(len, sums)) >= FEWEST_ARTICLES:  # with fewer it would be a guess
        variance = max(float((clustering**2).sum()) * len(clustering) / (len(clustering) - 1) for clustering in sums)
        interval = list(effective_interval(share, variance, len(hits), min(map(len, sums))))
    return {"n": len(hits), "share": share, "interval": interval}


ANALYSIS = Analysis(
    "replies", lambda posts, *_: replies_record(posts),
    Section("Who answers whom", "Do opponents answer each other?", "30 answers",
    "the observed number of answers, and the number expected by chance"),
)  # fmt: skip
