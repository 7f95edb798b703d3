"""Count which sides go together: the positions of authors and of comments toward several targets at once."""

from collections.abc import Sequence
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.estimation import effective_interval, holm
from stance.datamodels import STANCES
from stance.discourse.posts import AGAINST, CODES, FAVOR, UNSCORED, Ints, Posts, Record
from stance.discourse.replies import SIGNIFICANT, Floats, clustered_variance, share_interval, shuffled_tables

Bools = NDArray[np.bool_]

FEWEST = 30
"""Authors, or comments, who take a side toward all targets of a combination: of fewer, nothing is said."""

FEWEST_LABELLED = 50
"""Comments labelled toward both targets from which on shares of comments are corrected."""

MOST_PAIRS = 15
"""Pairs of targets: those toward both of which most authors take a side."""

MOST_COMBINATIONS = 8
"""Sides toward three targets; of more targets, the commonest."""

MIXED = -2
"""The side of an author who was as often in favor of a target as against it."""


def positions_record(posts: Posts, *, copies: Bools | None = None, seed: int = 0) -> Record:
    """Record the joint positions of authors, and of comments, toward the targets.

    The side of an author is that of most of their comments that take one. Shares of comments are corrected by the audit
    labels in ``posts`` where there are ``FEWEST_LABELLED`` comments labelled toward both targets.

    :param copies: True for comments to leave out, as later copies of one text; shape (comments,).
    :return: ``positions``: how many ``authors`` take which side toward all targets, their ``share`` and ``interval``,
        the commonest first. ``pairs``: for each two targets how many authors and comments take which sides, and
        ``phi`` of the authors with its ``p`` of shuffling sides within outlets, adjusted over the pairs (Holm).
        ``targets``: how many authors are on each side or ``mixed``. ``unnamed``: comments with a side and no name.
    """
    kept = np.ones(len(posts), bool) if copies is None else ~copies
    authors = _Authors(posts, kept)
    rng = np.random.default_rng(seed)
    chosen = [(authors.on(pair), pair) for pair in combinations(range(len(posts.targets)), 2)]
    chosen = sorted(chosen, key=lambda each: (-len(each[0]), each[1]))[:MOST_PAIRS]
    pairs = [_pair(posts, authors, each, kept, rng) for each in chosen]
    pairs = [pair for pair in pairs if pair["combinations"] or pair["comments"]]
    for pair, p in zip(pairs, holm([pair["p"] for pair in pairs]), strict=True):
        pair.update(p_adjusted=p, significant=p is not None and p < SIGNIFICANT)
    everything = tuple(range(len(posts.targets)))
    return {
        "positions": authors.combinations(everything) if len(everything) > 1 else [],
        "taking_all": len(authors.on(everything)),
        "pairs": pairs,
        "targets": {target: authors.counts(at) for at, target in enumerate(posts.targets)},
        "unnamed": int((kept & (posts.author < 0) & _takes_side(posts.stances).any(axis=1)).sum()),
        "fewest": FEWEST,
    }


def _takes_side(stances: NDArray[np.int8]) -> Bools:
    return np.asarray((stances == FAVOR) | (stances == AGAINST))


# Authors --------------------------------------------------------------------------------------------------------------


class _Authors:
    """The sides of the authors with a name.

    :param kept: The comments that count.
    """

    def __init__(self, posts: Posts, kept: Bools) -> None:
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
        self.outlet = posts.outlets()[1][self.page] if posts.sources else self.page

    def on(self, targets: Sequence[int]) -> Ints:
        """Return the authors who take a side toward each of some targets."""
        return np.flatnonzero((self.sides[:, list(targets)] >= FAVOR).all(axis=1))

    def counts(self, at: int) -> dict[str, int]:
        """Count the authors by their side toward one target."""
        own = self.sides[:, at]
        return {name: int((own == code).sum()) for name, code in (*_SIDES, ("mixed", MIXED))}

    def combinations(self, targets: Sequence[int]) -> list[Record]:
        """Record how many authors take which sides toward some targets; none where fewer than ``FEWEST`` do."""
        chosen = self.on(targets)
        if len(chosen) < FEWEST:
            return []
        own = self.sides[chosen][:, list(targets)]
        rows, of_author, sizes = np.unique(own, axis=0, return_inverse=True, return_counts=True)
        found = []
        for number in np.argsort(-sizes, kind="stable")[:MOST_COMBINATIONS]:
            sides = {self._targets[at]: str(STANCES[code]) for at, code in zip(targets, rows[number], strict=True)}
            record: Record = {**sides, "sides": sides}  # again: a target may have the name of a key below
            record |= {"authors": int(sizes[number]), "of": len(chosen), "share": float(sizes[number] / len(chosen))}
            interval = share_interval(of_author.reshape(-1) == number, self.page[chosen])
            found.append(record | {"interval": interval})
        return found


_SIDES = tuple((str(STANCES[code]), code) for code in (FAVOR, AGAINST))


# Pairs of targets -----------------------------------------------------------------------------------------------------


def _pair(
    posts: Posts, authors: _Authors, of: tuple[Ints, tuple[int, int]], kept: Bools, rng: np.random.Generator
) -> Record:
    chosen, pair = of
    record: Record = {
        "targets": [posts.targets[at] for at in pair],
        "authors": len(chosen),
        "combinations": authors.combinations(pair),
        **dict.fromkeys(("phi", "p", "p_adjusted")),
        "significant": False,
        "comments": _comments(posts, pair, kept),
    }
    if len(chosen) < FEWEST:
        return record
    one, other = authors.sides[chosen][:, pair].T
    observed, expected, draws = shuffled_tables((one, other), authors.outlet[chosen], 2, MOST_PAIRS, rng)
    margins = float(np.prod(observed.sum(axis=0)) * np.prod(observed.sum(axis=1)))
    if margins and (draws[:, 0, 0] != observed[0, 0]).any():
        far = np.abs(draws[:, 0, 0] - expected[0, 0]) >= abs(observed[0, 0] - expected[0, 0]) - 1e-9
        record["phi"] = float((observed[0, 0] * observed[1, 1] - observed[0, 1] * observed[1, 0]) / margins**0.5)
        record["p"] = float((1 + far.sum()) / (1 + len(draws)))
    return record


def _comments(posts: Posts, pair: tuple[int, int], kept: Bools) -> Record | None:
    """Record the sides of the comments that take one toward both targets; None where fewer than ``FEWEST`` do."""
    places = np.flatnonzero(kept & (posts.stances[:, pair] != UNSCORED).all(axis=1))
    guessed = posts.stances[places][:, pair]
    sided: Bools = np.all(_takes_side(guessed), axis=1)
    if sided.sum() < FEWEST:
        return None
    audit = _Audit(posts, pair, places)
    found = []
    for codes in product((FAVOR, AGAINST), (FAVOR, AGAINST)):
        hits: Bools = np.all(guessed == codes, axis=1)
        at = places[sided]
        row: Record = {
            "sides": {posts.targets[target]: str(STANCES[code]) for target, code in zip(pair, codes, strict=True)},
            "comments": int(hits.sum()),
            "share": float(hits[sided].mean()),
            "interval": share_interval(hits[sided], posts.author[at], posts.source[at]),
            "method": "model",
        }
        found.append(row | (audit.correct(hits, sided, codes) or {}))
    is_corrected = all(row["method"] == "ppi" for row in found)
    return {
        "n": int(sided.sum()),
        "labelled": len(audit.rows),
        "method": "ppi" if is_corrected else "model",
        "combinations": sorted(found, key=lambda row: -row["share"]),
    }


class _Audit:
    """The comments that are labelled toward both targets of a pair.

    :param places: The comments that are scored toward both; shares are of them.
    """

    def __init__(self, posts: Posts, pair: tuple[int, int], places: Ints) -> None:
        names = [posts.targets[at] for at in pair]
        rows = dict(zip(places.tolist(), range(len(places)), strict=True)) if posts.labels else {}
        both = [place for place, labels in sorted(posts.labels.items()) if place in rows and labels.keys() >= {*names}]
        labels = [[posts.labels[place][name] for name in names] for place in both]
        self.rows = np.array([rows[place] for place in both], np.int64)
        self._given = np.array([[CODES[label.label] for label in row] for row in labels], np.int8).reshape(-1, 2)
        self._weights = np.array([1 / (row[0].probability or 1.0) for row in labels])
        self._clusters = posts.author[places], posts.source[places]

    def correct(self, hits: Bools, sided: Bools, codes: tuple[int, int]) -> Record | None:
        """Correct a share by the difference estimator: the model's counts plus their mean error among the labels.

        A ratio of two corrected means, linearised; influences are summed by author and by page.

        :param hits: The model's labels are these sides; ``sided``: they take a side toward both targets.
        :return: None with fewer than ``FEWEST_LABELLED`` labelled comments, or where the corrected number of comments
            that take both sides is not clearly above zero.
        """
        if len(self.rows) < FEWEST_LABELLED:
            return None
        weights = self._weights / self._weights.sum()
        of_hits = (self._given == codes).all(axis=1).astype(float) - hits[self.rows]
        of_sided = _takes_side(self._given).all(axis=1).astype(float) - sided[self.rows]
        below = float(sided.mean() + weights @ of_sided)
        unseen = 0.5 * float((weights**2).sum()) / len(weights)  # half an error more, as in aggregation.estimation
        spread = float((weights**2 * (of_sided - weights @ of_sided) ** 2).sum()) + unseen
        if below <= 2 * spread**0.5:
            return None
        share = float(hits.mean() + weights @ of_hits) / below
        errors = (of_hits - share * of_sided) / below
        moves = (hits - share * sided) / below
        moves = (moves - moves.mean()) / len(hits)
        moves[self.rows] += weights * (errors - weights @ errors)
        return _bounded(min(1.0, max(0.0, share)), moves, self._clusters, self.rows, unseen / below**2)


def _bounded(share: float, moves: Floats, clusters: tuple[Ints, Ints], labelled: Ints, unseen: float) -> Record | None:
    found = clustered_variance(moves, *clusters)
    of_labels = [len(np.unique(each[labelled])) for each in clusters if len(np.unique(each)) > 1]
    if not found or min(of_labels, default=0) <= 1:
        return None
    interval = effective_interval(share, found[0] + unseen, len(moves), min(of_labels))
    return {"share": share, "interval": list(interval), "method": "ppi"}
