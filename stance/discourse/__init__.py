"""Analyse the discourse of comments: copies, words, positions, replies, links.

Each analysis is a function from the comments of a run (:class:`Posts`) to one record.
"""

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.estimation import FEWEST_ARTICLES, effective_interval, holm
from stance.datamodels import SIDES, STANCES, Record, grouped
from stance.discourse.copies import copies_of, copies_record
from stance.discourse.posts import (
    AGAINST,
    CODED_SIDES,
    FAVOR,
    NEUTRAL,
    UNSCORED,
    Flags,
    Floats,
    Ints,
    Posts,
    domains_in,
    join_posts,
    read_posts,
)
from stance.discourse.words import words_record

__all__ = ["EMPTY", "MOST_POSTS", "discourse_record", "domains_record", "page_record", "read_posts"]

MOST_POSTS = 50_000
"""Maximum number of comments whose discourse a report analyses: at 2 ms each that takes 100 s."""

EMPTY: Record = {
    "comments": 0,
    "left_out": None,
    "copies": {"groups": [], "share_of_comments": None},
    **{name: [] for name in ("words", "positions", "replies", "domains")},
}
"""The record of a discourse that was not analysed; with one, the keys are the same."""

FEWEST_PAIRS = 30
"""Minimum number of answers, comments or authors of a share, a net stance or a test."""

FEWEST_EXPECTED = 5.0
"""Minimum number of answers expected in a cell that is tested, as is usual for counts in tables (Cochran 1954)."""

SIGNIFICANT = 0.01
"""Maximum adjusted p of a pattern that is reported. Of 1,000 made-up outlets with shuffled answers 3 showed one, and 46
at 0.05; a report has many pages."""

MIXED = -2
"""Number for the side of an author who was as often in favor of a target as against it."""


def discourse_record(pages: Sequence[Posts] | None, targets: tuple[str, ...], comments: int) -> Record:
    """Analyse the comments of a run.

    :param pages: The comments of its documents; None: there are more than ``MOST_POSTS``.
    :param comments: How many there are.
    :return: As ``summary.json`` holds it; ``left_out`` is the reason where nothing was analysed.
    """
    found: Record = {**EMPTY, "comments": comments}
    if pages is None:
        return found | {"left_out": f"more than {MOST_POSTS:,} comments"}
    posts = join_posts(pages, targets)
    copies = copies_of(posts)
    positions, replies = positions_record(posts, copies=copies.later), replies_record(posts)
    return found | {
        "copies": copies_record(posts, copies),
        "words": words_record(posts, copies=copies.later),
        "positions": positions.pop("positions"),
        "positions_details": positions,
        "replies": replies.pop("replies"),
        "replies_details": replies,
        "domains": domains_record(posts),
    }


def page_record(posts: Posts) -> Record:
    """Analyse the comments of one page.

    :return: ``copies``, ``replies`` and ``words`` (of its sides), as of a run; ``later``: numbers, from 1, of the
        comments that copy an earlier one.
    """
    copies = copies_of(posts)
    return {
        "copies": copies_record(posts, copies),
        "later": (np.flatnonzero(copies.later) + 1).tolist(),
        "words": words_record(posts, copies=copies.later),
        "replies": replies_record(posts),
    }


# Domains --------------------------------------------------------------------------------------------------------------


def domains_record(posts: Posts) -> list[Record]:
    """Count the domains that comments link to, by side of the comment and by outlet.

    :return: Up to 100, those with most authors first: ``domain``, ``authors``, ``comments``, ``own``
        (outlets whose pages are at this domain), ``outlets`` (each with ``authors`` and ``comments``) and ``targets``:
        for each, the authors whose comment that links there is labelled ``favor``, ``against`` or ``neutral``.
    """
    places = grouped((domain, place) for place, found in posts.domains.items() for domain in found)
    own = defaultdict(set)
    for source in posts.sources:
        for domain in domains_in(source.url or ""):
            own[domain].add(source.outlet)
    ranked = sorted(places, key=lambda each: (-posts.authors(places[each]), -len(places[each]), each))
    return [_domain(posts, name, places[name]) | {"own": sorted(own.get(name, ()))} for name in ranked[:100]]


def _domain(posts: Posts, name: str, places: list[int]) -> Record:
    outlets = grouped((posts.sources[posts.source[place]].outlet, place) for place in places)
    largest = sorted(outlets, key=lambda each: (-posts.authors(outlets[each]), each))[:20]
    return {
        "domain": name,
        "authors": posts.authors(places),
        "comments": len(places),
        "outlets": [
            {"outlet": each, "authors": posts.authors(outlets[each]), "comments": len(outlets[each])}
            for each in largest
        ],
        "targets": [_sides(posts, np.array(places), column) for column in range(len(posts.targets))],
    }


def _sides(posts: Posts, places: Ints, column: int) -> Record:
    stances = posts.stances[places, column]
    counts = {str(side): posts.authors(places[stances == code]) for code, side in enumerate(CODED_SIDES)}
    return {"target": posts.targets[column], **counts}


# Answers --------------------------------------------------------------------------------------------------------------


def replies_record(posts: Posts, *, seed: int = 0) -> Record:
    """Record answers between sides, and how comments spread over authors.

    :return: ``replies``: for each target and pair of sides the answers ``observed``, those ``expected`` if answers were
        shuffled within pages, the ``range`` of 95 % of the permutations, ``p``, and ``p_adjusted`` over all cells that
        are tested (Holm), None where fewer than ``FEWEST_EXPECTED`` are expected; ``from`` is the side of the answer.
        ``targets``: target -> how many answers were counted and left out, and the ``agreement`` with the parent.
        ``concentration``: of all comments.
    """
    rng = np.random.default_rng(seed)
    exchanges = [_exchanges(posts, at) for at in range(len(posts.targets))]
    cells = [
        cell
        for target, (places, _) in zip(posts.targets, exchanges, strict=True)
        if len(places) >= FEWEST_PAIRS
        for cell in _cells(posts, target, places, rng)
    ]
    tested = holm([cell["p"] if cell["expected"] >= FEWEST_EXPECTED else None for cell in cells])
    for cell, p in zip(cells, tested, strict=True):
        cell.update(p_adjusted=p, significant=p is not None and p < SIGNIFICANT)
    return {
        "replies": cells,
        "targets": {
            target: counts | {"agreement": _agreement(posts, at, places)}
            for at, (target, (places, counts)) in enumerate(zip(posts.targets, exchanges, strict=True))
        },
        "concentration": _concentration(posts),
        "fewest": FEWEST_PAIRS,
    }


def _exchanges(posts: Posts, at: int) -> tuple[Ints, Record]:
    """Find the answers that count toward a target, and count those that do not.

    :return: Places of the answers: both comments address the target, both show a name, and nobody answers himself; the
        first of one author to another on a page, so that two who go on and on count once each way.
    """
    answers = np.flatnonzero(posts.parent >= 0)
    parents = posts.parent[answers]
    both = _addresses(posts.stances[answers, at]) & _addresses(posts.stances[parents, at])
    answers, parents = answers[both], parents[both]
    one, other = posts.author[answers], posts.author[parents]
    unnamed = (one < 0) | (other < 0)
    own = ~unnamed & (one == other)
    inherited = ~unnamed & ~own & posts.via_parent[answers, at]
    chosen = answers[~unnamed & ~own & ~inherited]
    asked = posts.author[posts.parent[chosen]]
    _, people = np.unique(posts.author[chosen] * (posts.author.max(initial=0) + 1) + asked, False, True)
    _, first = np.unique(people * len(posts.sources) + posts.source[chosen], return_index=True)
    kept = np.sort(chosen[first])
    counts = {
        "pairs": len(kept),
        "inherited": int(inherited.sum()),
        "unnamed": int(unnamed.sum()),
        "own": int(own.sum()),
        "repeated": len(chosen) - len(kept),
    }
    return kept, counts


def _addresses(stances: NDArray[np.int8]) -> Flags:
    return (stances >= FAVOR) & (stances <= NEUTRAL)


def _cells(posts: Posts, target: str, places: Ints, rng: np.random.Generator) -> list[Record]:
    at = posts.targets.index(target)
    own, asked = posts.stances[places, at], posts.stances[posts.parent[places], at]
    tests = len(SIDES) ** 2 * len(posts.targets)
    observed, expected, draws = shuffled_tables((own, asked), posts.source[places], len(SIDES), tests, rng)
    far = np.abs(observed - expected)
    p = (1 + (np.abs(draws - expected) >= far - 1e-9).sum(axis=0)) / (1 + len(draws))
    low, high = np.percentile(draws, (2.5, 97.5), axis=0, method="nearest")
    return [
        {
            "target": target,
            "from": str(one),
            "to": str(other),
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
    names, own = np.unique(strata, return_inverse=True)
    cells = (own * size + pairs[0]) * size + pairs[1]
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
            found = rng.hypergeometric(left[:, :, column], left[:, :, column + 1 :].sum(axis=2), waiting)
            waiting -= found
            left[:, :, column] -= found
            drawn[:, row, column] = found.sum(axis=1)
        left[:, :, -1] -= waiting
        drawn[:, row, -1] = waiting.sum(axis=1)
    drawn[:, -1] = left.sum(axis=1)
    return drawn


# Agreement ------------------------------------------------------------------------------------------------------------


def _agreement(posts: Posts, at: int, places: Ints) -> Record | None:
    """Record the share of answers on the side of their parent, among those where both take a side."""
    own, asked = posts.stances[places, at], posts.stances[posts.parent[places], at]
    sided = (own <= AGAINST) & (asked <= AGAINST)
    places = places[sided]
    if len(places) < FEWEST_PAIRS:
        return None

    hits = (own == asked)[sided]
    interval = share_interval(hits, posts.author[places], posts.source[places])
    return {"n": len(hits), "share": float(hits.mean()), "interval": interval}


def clustered_variance(moves: Floats, *clusterings: Ints) -> tuple[float, int] | None:
    """Return the variance of a sum of influences, the largest of several ways to cluster, and the fewest clusters.

    :param moves: Influences of the observations; they sum to zero.
    :param clusterings: The cluster of each observation, as its author; a way with one cluster only says nothing.
    :return: None where a way has fewer than ``FEWEST_ARTICLES`` clusters: their variance would be a guess.
    """
    largest, fewest = 0.0, len(moves)
    for clusters in clusterings:
        sums = np.bincount(np.unique(clusters, return_inverse=True)[1], moves)
        if 1 < len(sums) < FEWEST_ARTICLES:
            return None
        if len(sums) > 1:
            largest = max(largest, float((sums**2).sum()) * len(sums) / (len(sums) - 1))
            fewest = min(fewest, len(sums))
    return (largest, fewest) if fewest > 1 else None


def share_interval(hits: Flags, *clusterings: Ints) -> list[float] | None:
    """Bound a share by Wilson's interval on the effective number of observations, clustered each way.

    :return: Low and high end; None where there are too few clusters.
    """
    share = float(hits.mean())
    found = clustered_variance((hits - share) / len(hits), *clusterings)
    return list(effective_interval(share, found[0], len(hits), found[1])) if found else None


# Authors ------------------------------------------------------------------------------------------------------------


def _concentration(posts: Posts) -> Record:
    """Record how unequally authors wrote.

    :return: ``named`` and ``unnamed`` comments; ``authors``; from ten named comments on ``effective``: 1 /
        sum of squared shares (Laakso and Taagepera 1979); ``gini``: from 0 (all equal) to 1; ``top``: comments and
        share of the 1, 5 and 10 who wrote most, where there are more authors than that.
    """
    sizes = np.sort(np.unique(posts.author[posts.author >= 0], return_counts=True)[1])[::-1]
    named = int(sizes.sum())
    record = {"named": named, "unnamed": len(posts) - named, "authors": len(sizes)}
    if named < 10:  # of fewer, two of one person mean nothing
        return record | {"effective": None, "gini": None, "top": []}
    ranks = np.arange(len(sizes), 0, -1)
    top = [(count, int(sizes[:count].sum())) for count in (1, 5, 10) if count < len(sizes)]
    return record | {
        "effective": named**2 / float((sizes.astype(float) ** 2).sum()),
        "gini": float(2 * (ranks * sizes).sum() / (len(sizes) * named) - (len(sizes) + 1) / len(sizes)),
        "top": [{"authors": count, "comments": comments, "share": comments / named} for count, comments in top],
    }


# Positions ------------------------------------------------------------------------------------------------------------


def positions_record(posts: Posts, *, copies: Flags | None = None) -> Record:
    """Record the joint positions of authors toward the targets.

    The side of an author is that of most of their comments that take one.

    :param copies: True for comments to leave out, as later copies of one text; shape (comments,).
    :return: ``positions``: how many ``authors`` take which side toward all targets, their ``share`` and ``interval``,
        the commonest first. ``pairs``: the same for each two targets.
        ``targets``: how many authors are on each side or ``mixed``. ``unnamed``: comments with a side and no name.
    """
    kept = np.ones(len(posts), bool) if copies is None else ~copies
    authors = _Authors(posts, kept)
    chosen = sorted(combinations(range(len(posts.targets)), 2), key=lambda pair: (-len(authors.on(pair)), pair))[:15]
    pairs = [
        {"targets": [posts.targets[at] for at in pair], "authors": len(authors.on(pair)), "combinations": found}
        for pair in chosen
        if (found := authors.combinations(pair))
    ]
    everything = tuple(range(len(posts.targets)))
    return {
        "positions": authors.combinations(everything) if len(everything) > 1 else [],
        "taking_all": len(authors.on(everything)),
        "pairs": pairs,
        "targets": {target: authors.counts(at) for at, target in enumerate(posts.targets)},
        "unnamed": int((kept & (posts.author < 0) & _takes_side(posts.stances).any(axis=1)).sum()),
        "fewest": FEWEST_PAIRS,
    }


def _takes_side(stances: NDArray[np.int8]) -> Flags:
    return np.asarray((stances == FAVOR) | (stances == AGAINST))


class _Authors:
    """The sides of the authors with a name.

    :param kept: The comments that count.
    """

    def __init__(self, posts: Posts, kept: Flags) -> None:
        count = int(posts.author.max(initial=-1)) + 1
        named = np.flatnonzero(kept & (posts.author >= 0))
        self._targets = posts.targets
        self.sides = np.full((count, len(posts.targets)), UNSCORED, np.int8)
        for at in range(len(posts.targets)):
            places = named[_takes_side(posts.stances[named, at])]
            votes = np.where(posts.stances[places, at] == FAVOR, 1, -1)
            net = np.bincount(posts.author[places], votes, count)
            took = np.bincount(posts.author[places], minlength=count) > 0
            self.sides[took, at] = np.select([net > 0, net < 0], [FAVOR, AGAINST], MIXED)[took]
        found, first = np.unique(posts.author[named], return_index=True)
        self.page = np.full(count, -1)
        self.page[found] = posts.source[named[first]]

    def on(self, targets: Sequence[int]) -> Ints:
        """Return the authors who take a side toward each of some targets."""
        return np.flatnonzero((self.sides[:, list(targets)] >= FAVOR).all(axis=1))

    def counts(self, at: int) -> dict[str, int]:
        """Count the authors by their side toward one target."""
        own = self.sides[:, at]
        codes = {"favor": FAVOR, "against": AGAINST, "mixed": MIXED}
        return {name: int((own == code).sum()) for name, code in codes.items()}

    def combinations(self, targets: Sequence[int]) -> list[Record]:
        """Record how many authors take which sides toward some targets; none where fewer than ``FEWEST_PAIRS`` do."""
        chosen = self.on(targets)
        if len(chosen) < FEWEST_PAIRS:
            return []
        own = self.sides[chosen][:, list(targets)]
        rows, of_author, sizes = np.unique(own, axis=0, return_inverse=True, return_counts=True)
        found = []
        for number in np.argsort(-sizes, kind="stable")[:8]:
            sides = {self._targets[at]: str(STANCES[code]) for at, code in zip(targets, rows[number], strict=True)}
            record: Record = {**sides, "sides": sides}  # again: a target may have the name of a key below
            record |= {"authors": int(sizes[number]), "of": len(chosen), "share": float(sizes[number] / len(chosen))}
            interval = share_interval(of_author.reshape(-1) == number, self.page[chosen])
            found.append(record | {"interval": interval})
        return found
