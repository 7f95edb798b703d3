"""Differences between groups, and their tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from stance.aggregation.estimation import Estimated
from stance.aggregation.influence import ClusterTotals, Influence, cluster_totals, two_ways
from stance.aggregation.intervals import bounded_interval, critical_value
from stance.aggregation.observations import Floats


@dataclass(frozen=True, slots=True)
class ContrastEstimate:
    """A weighted sum of coefficients for all measures, each of shape (measures,)."""

    values: Floats
    errors: Floats
    freedoms: Floats

    def interval(self, measure: int, bounds: tuple[float, float] = (-np.inf, np.inf)) -> tuple[float, float]:
        """Return the 95 % interval of one measure."""
        half = critical_value(float(self.freedoms[measure])) * float(self.errors[measure])
        return bounded_interval(float(self.values[measure]), half, bounds)

    def p_value(self, measure: int) -> float:
        """Test that one measure is 0 by Student's t."""
        from scipy.special import stdtr

        value, error = float(self.values[measure]), float(self.errors[measure])
        return float(2 * stdtr(float(self.freedoms[measure]), -abs(value) / error)) if error else float(value == 0)


def contrast(parts: Sequence[tuple[float, Estimated]]) -> ContrastEstimate:
    """Sum coefficients of several groups, each times a factor: 1 and -1 give the difference of two.

    Degrees of freedom by Welch and Satterthwaite.
    """
    variances = np.array([factor**2 * estimate.influence.variance() for factor, estimate in parts])
    freedoms = np.array([estimate.influence.freedom() for _, estimate in parts])
    values = np.sum([factor * estimate.values for factor, estimate in parts], axis=0)
    errors = np.sqrt(contrast_variance([(factor, estimate.influence) for factor, estimate in parts]))
    spread = (variances**2 / freedoms).sum(axis=0)
    degrees = np.divide(variances.sum(axis=0) ** 2, spread, out=freedoms.min(axis=0), where=spread > 0)
    return ContrastEstimate(values, errors, degrees)


def contrast_variance(parts: Sequence[tuple[float, Influence]]) -> Floats:
    """Return the variance of a contrast of groups, for each measure.

    Variances are added; comments of one author or article in several groups are clustered jointly, which adds their
    covariance.

    :return: Shape (measures,).
    """
    every = [*zip(*(influence.ways for _, influence in parts), strict=True)]
    if not any(map(_overlap, every[:2])):
        return np.asarray(sum(factor**2 * influence.variance() for factor, influence in parts))
    factors = [factor * sqrt(influence.articles / (influence.articles - 1)) for factor, influence in parts]

    def squares(totals: Sequence[ClusterTotals]) -> Floats:
        if not _overlap(totals):  # nothing to sum again: of pairs, which are many, that is nearly always so
            return np.asarray(sum(way.squares() * factor**2 for way, factor in zip(totals, factors, strict=True)))
        sums = np.concatenate([clusters.sums * factor for clusters, factor in zip(totals, factors, strict=True)])
        return cluster_totals(np.concatenate([clusters.ids for clusters in totals]), sums).squares()

    ways = two_ways(*map(squares, every))
    unseen = sum(factor**2 * influence.unseen for factor, (_, influence) in zip(factors, parts, strict=True))
    return np.asarray(ways.max(axis=0) + unseen)


def _overlap(totals: Sequence[ClusterTotals]) -> bool:
    ids = np.concatenate([clusters.ids for clusters in totals])
    return len(np.unique(ids)) < len(ids)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values so that all tests together are wrong as rarely as one (Holm 1979).

    :param p_values: In [0, 1]; None: not tested, and stays None.
    :return: In the order given, in [0, 1], no smaller than given.
    :raises ValueError: If one is not in [0, 1]: NaN has no rank.
    """
    if not all(p is None or 0 <= p <= 1 for p in p_values):
        raise ValueError(f"p-values {list(p_values)}; expected numbers in [0, 1]")
    tested = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, index) in enumerate(tested):
        adjusted[index] = highest = max(highest, min(1.0, (len(tested) - rank) * p))
    return adjusted
