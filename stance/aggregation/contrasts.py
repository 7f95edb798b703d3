"""Differences between groups, and their tests."""

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from math import sqrt
from typing import NamedTuple

import numpy as np

from stance.aggregation.estimation import Estimated
from stance.aggregation.influence import ClusterTotals, Influence, cluster_totals, two_ways
from stance.aggregation.intervals import bounded_interval, critical_value
from stance.aggregation.observations import Floats
from stance.datamodels import SIDES, Interval


class ContrastEstimate(NamedTuple):
    """A weighted sum of coefficients for all measures, each of shape (measures,)."""

    values: Floats
    errors: Floats
    freedoms: Floats

    def interval(self, measure: int, bounds: Interval = (-np.inf, np.inf)) -> Interval:
        """Return the 95 % interval of one measure."""
        half = critical_value(self.freedoms[measure]) * float(self.errors[measure])
        return bounded_interval(float(self.values[measure]), half, bounds)

    def p_value(self, measure: int) -> float:
        """Test that one measure is 0 by Student's t."""
        from scipy.special import stdtr

        value, error = float(self.values[measure]), float(self.errors[measure])
        return float(2 * stdtr(float(self.freedoms[measure]), -abs(value) / error)) if error else float(value == 0)

    def p_of_sides(self) -> float:
        """Test that the differences of all three sides are 0, by the one that is least likely.

        They sum to 0, so their errors are the sides of a triangle, and the probability that none of three is beyond a
        limit is that of a hexagon under a normal distribution of two dimensions.
        """
        from scipy.special import ndtri

        errors, squares = self.errors[: len(SIDES)], self.errors[: len(SIDES)] ** 2
        cosines = (squares.sum() - 2 * (squares[0] + squares[1:])) / np.maximum(2 * errors[0] * errors[1:], 1e-12)
        turns = np.arccos(np.clip(cosines, -1, 1)) * (1, -1)  # of the other two sides, from the first one
        nearest = np.cos(np.linspace(0, np.pi, 180, endpoint=False)[:, None] - np.append(turns, 0.0)) ** 2
        limit = float(ndtri(min(map(self.p_value, range(len(SIDES)))) / 2))
        return float(np.exp(-(limit**2) / 2 / nearest.max(axis=1)).mean())


def contrast(parts: Sequence[tuple[float, Estimated]]) -> ContrastEstimate:
    """Sum coefficients of several groups, each times a factor: 1 and -1 give the difference of two.

    Degrees of freedom by Welch and Satterthwaite, of the variance that labels show; the rest is assumed.
    """
    variances = np.array([factor**2 * estimate.influence.variance for factor, estimate in parts])
    unseen = np.vstack([np.multiply(factor**2, estimate.influence.unseen) for factor, estimate in parts])
    freedoms = np.array([estimate.influence.freedom for _, estimate in parts])
    values = np.sum([factor * estimate.values for factor, estimate in parts], axis=0)
    errors = np.sqrt(contrast_variance([(factor, estimate.influence) for factor, estimate in parts]))
    spread = ((variances - unseen) ** 2 / freedoms).sum(axis=0)
    degrees = np.divide(variances.sum(axis=0) ** 2, spread, out=freedoms.min(axis=0), where=spread > 0)
    return ContrastEstimate(values, errors, degrees)


def contrast_variance(parts: Sequence[tuple[float, Influence]]) -> Floats:
    """Return the variance of a contrast of groups, for each measure.

    Variances are added; comments of one author or article in several groups are clustered jointly, which adds their
    covariance.

    :return: Shape (measures,).
    """
    every = [*zip(*(influence.ways for _, influence in parts), strict=True)]
    factors = [factor * sqrt(influence.articles / (influence.articles - 1)) for factor, influence in parts]

    def squares(totals: Sequence[ClusterTotals]) -> Floats:
        sums = np.concatenate([clusters.sums * factor for clusters, factor in zip(totals, factors, strict=True)])
        return cluster_totals(np.concatenate([clusters.ids for clusters in totals]), sums).squares()

    ways = two_ways(*map(squares, every))
    unseen = sum(factor**2 * influence.unseen for factor, (_, influence) in zip(factors, parts, strict=True))
    return ways.max(axis=0) + unseen


def holm(p_values: Sequence[float | None], questions: Sequence[Hashable] = ()) -> list[float | None]:
    """Adjust p-values so that all tests together are wrong as rarely as one (Holm 1979).

    :param p_values: In [0, 1]; None: not tested, and stays None.
    :param questions: The question of each; those of one are tested together before (Marcus, Peritz and Gabriel 1976),
        and count as one. Each is a question of its own where not given.
    :return: In the order given, in [0, 1], no smaller than given.
    :raises ValueError: If one is not in [0, 1]: NaN has no rank.
    """
    if not all(p is None or 0 <= p <= 1 for p in p_values):
        raise ValueError(f"p-values {list(p_values)}; expected numbers in [0, 1]")
    tested = sorted((p, index) for index, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest, names = 0.0, questions or range(len(p_values))
    lasts = sorted({names[index]: rank for rank, (_, index) in enumerate(tested)}.values())
    for rank, (p, index) in enumerate(tested):
        untested = len(lasts) - bisect_left(lasts, rank)
        adjusted[index] = highest = max(highest, min(1.0, untested * p))
    return adjusted
