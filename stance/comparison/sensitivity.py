"""Sensitivity analysis: recompute a share with another threshold, without one author or article, or by sentiment.

Each variant changes one thing and counts again from the sums that estimation holds. None is corrected by labels: they
are compared with the share as the model counts it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import nan

import numpy as np

from stance.aggregation.clusters import SIDES_AT, ClusterSums, Floats, Ids, Lines
from stance.aggregation.estimation import cluster_totals
from stance.aggregation.shares import NEUTRAL_SENTIMENT
from stance.datamodels import FEWEST_COMMENTS, SIDES, STANCES, Stance

THRESHOLDS = (0.5, 0.6, 0.7)
"""Of the highest probability: how shares change if the comments below are left out is shown."""

ABSTAIN = THRESHOLDS[1]
"""Below this highest probability the variant ``abstention`` lets a comment take no side, but keeps it."""

VARIANTS = (
    *(f"threshold_{threshold:g}" for threshold in THRESHOLDS),
    "abstention",
    "soft",
    "one_vote",
    "without_largest_author",
    "without_largest_article",
    "vader",
)
"""In the order in which they are given.

- ``threshold_0.6``: comments whose highest probability is lower are left out, as by ``--abstain 0.6``.
- ``abstention``: those below ``ABSTAIN`` stay among those that address the target, without a side.
- ``soft``: probabilities are summed in place of labels.
- ``one_vote``: each author counts once, as the mean of what they wrote; a comment without an author is a voter.
- ``without_largest_author``, ``without_largest_article``: the one with most comments that address the target.
- ``vader``: the sign of the sentiment around the target in place of the model: negative is against.
"""

_SIDES, _NOT_ADDRESSED = [STANCES.index(side) for side in SIDES], STANCES.index(Stance.NOT_ADDRESSED)


@dataclass(frozen=True, slots=True)
class Variant:
    """A share under one changed condition.

    :param share: In [0, 1]; None under five comments.
    :param n: Comments, or voters, that it is a share of.
    """

    share: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One share and its variants.

    :param base: As the model counts it; None under five addressing comments.
    :param variants: By name, as in ``VARIANTS``.
    """

    group: str
    target: str
    stance: Stance
    base: float | None
    n: int
    variants: dict[str, Variant]


def vary(group: str, target: str, sums: ClusterSums) -> Iterator[Sensitivity]:
    """Count the shares of one group toward one target in every way.

    :return: One for each side, in the order of ``SIDES``.
    """
    lines = sums.lines()
    base = lines.counted[:, SIDES_AT].sum(axis=0, dtype=np.float64)
    found = dict(zip(VARIANTS, _variants(sums, lines, base), strict=True))
    for at, side in enumerate(SIDES):
        varied = {name: _variant(counts, n, at) for name, (counts, n) in found.items()}
        own = _variant(base, base.sum(), at)
        yield Sensitivity(group, target, side, own.share, own.n, varied)


_Counts = tuple[Floats, float]
"""Comments of each side, and those that they are shares of."""


def _variants(sums: ClusterSums, lines: Lines, base: Floats) -> Iterator[_Counts]:
    rows = sums.rows()
    highest, addressing = rows.probabilities.max(axis=1, initial=0), rows.stances != _NOT_ADDRESSED
    sentiments = rows.sentiments[addressing & ~np.isnan(rows.sentiments)]
    negative, positive = (sentiments <= -NEUTRAL_SENTIMENT).sum(), (sentiments >= NEUTRAL_SENTIMENT).sum()
    sounding = np.array([negative, len(sentiments) - negative - positive, positive], np.float64)
    chosen = (rows.stances[highest >= np.float32(threshold)] for threshold in THRESHOLDS)
    sure = [np.bincount(own, minlength=len(STANCES))[_SIDES].astype(np.float64) for own in chosen]
    for counts in sure:
        yield counts, counts.sum()
    yield sure[THRESHOLDS.index(ABSTAIN)], base.sum()
    soft = lines.soft[:, SIDES_AT].sum(axis=0, dtype=np.float64)
    yield soft, soft.sum()
    yield votes(lines)
    named = lines.authors >= 0
    yield _without_largest(lines.take(named), lines.authors[named], base)
    yield _without_largest(lines, lines.articles, base)
    yield sounding, float(sounding.sum())


def votes(lines: Lines) -> tuple[Floats, float]:
    """Weight each author equally, by the mean of their comments.

    :return: Shape (3,), authors by side; and the number of authors.
    """
    counts, unnamed = lines.counted[:, SIDES_AT].astype(np.float64), lines.authors < 0
    by_author = cluster_totals(lines.authors[~unnamed], counts[~unnamed]).sums
    addressed = by_author.sum(axis=1)
    voters = by_author[addressed > 0] / addressed[addressed > 0, None]
    alone = counts[unnamed].sum(axis=0)
    return voters.sum(axis=0) + alone, float(len(voters) + alone.sum())


def one_vote(lines: Lines) -> dict[Stance, float] | None:
    """Return the shares of sides with each author weighted equally; None with fewer than five authors."""
    counts, n = votes(lines)
    return dict(zip(SIDES, (counts / n).tolist(), strict=True)) if n >= FEWEST_COMMENTS else None


def _without_largest(lines: Lines, ids: Ids, base: Floats) -> _Counts:
    if not len(ids):
        return base, base.sum()
    totals = cluster_totals(ids, lines.counted[:, SIDES_AT].astype(np.float64)).sums
    kept = base - totals[totals.sum(axis=1).argmax()]
    return kept, kept.sum()


def _variant(counts: Floats, n: float, at: int) -> Variant:
    share = counts[at] / n if n else nan
    return Variant(float(share) if n >= FEWEST_COMMENTS else None, round(float(n)))
