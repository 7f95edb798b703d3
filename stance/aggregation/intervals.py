"""95 % intervals of shares and means."""

from collections.abc import Sequence
from math import exp, inf, sqrt

from stance.datamodels import Interval

FEWEST_ARTICLES = 5
"""Minimum number of articles for a clustered interval: a variance between four articles is a guess."""

_ROUNDING = 1e-6  # of single precision, in which lines are held: comments alike differ by less


def critical_value(degrees_of_freedom: float | None = None) -> float:
    """Return the two-sided 95 % critical value of t, or of the normal distribution if no degrees are given."""
    from scipy.special import stdtrit  # scipy.stats costs most of a second to import

    return float(stdtrit(degrees_of_freedom if degrees_of_freedom is not None else float("inf"), 0.975))


def wilson_interval(successes: float, n: float, critical: float | None = None) -> Interval:
    """Bound a share by Wilson's score interval (Wilson 1927).

    :param successes: In [0, n].
    :param n: How many, or an effective number of, observations; above 0.
    :param critical: Two-sided critical value; that of 95 % of the normal distribution where not given.
    :return: Low and high end, in [0, 1].
    """
    z = critical_value() if critical is None else critical
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At 0 of n and n of n the exact ends are 0 and 1; rounding must not push them past the share.
    return (0.0 if successes == 0 else max(0.0, centre - half)), (1.0 if successes == n else min(1.0, centre + half))


def effective_interval(share: float, variance: float, n: float, clusters: float) -> Interval:
    """Bound a share by Wilson's interval on the effective number of observations (Dean and Pagano 2015).

    :param variance: Clustered variance of the share.
    :param n: Observations; the effective number is never larger.
    :param clusters: Above 1; t has one degree of freedom less. If all agree, the clusters are the observations.
    :return: Low and high end, in [0, 1].
    """
    if share in (0.0, 1.0):
        effective = float(min(clusters, n))
    else:
        effective = min(float(n), share * (1 - share) / variance) if variance else float(n)
    return wilson_interval(share * effective, effective, critical_value(clusters - 1))


def agreed_interval(share: float, n: int, clusters: int) -> Interval:
    """Bound a share that is the same in every cluster; a single cluster gives [0, 1].

    :return: Low and high end, in [0, 1].
    """
    return effective_interval(share, 0.0, n, clusters) if clusters > 1 else (0.0, 1.0)


def net_interval(
    shares: tuple[float, float], ends: Sequence[Interval], variances: tuple[float, float, float]
) -> Interval:
    """Bound the difference of two shares of the same comments by the intervals of both.

    With few comments, or a rare side, the spread of the difference is not informative, but the intervals of the shares
    are (Zou and Donner, Construction of Confidence Limits About Effect Measures, 2008).

    :param ends: The intervals of the two.
    :param variances: Of the two shares and of their difference.
    :return: Low and high end, in [-1, 1].
    """
    (one, other), ((low, high), (other_low, other_high)) = shares, ends
    one_variance, other_variance, apart = variances
    if min(one_variance, other_variance) > _ROUNDING**2:
        together = (one_variance + other_variance - apart) / (2 * sqrt(one_variance * other_variance))
        together = min(1.0, max(-1.0, together))
    else:  # as of single draws
        odds = [share / (1 - share) if share < 1 else inf for share in shares]
        together = -1.0 if inf in odds else -sqrt(odds[0] * odds[1])

    def reach(a: float, b: float) -> float:
        return sqrt(max(0.0, a * a + b * b - 2 * together * a * b))

    net = one - other
    return max(-1.0, net - reach(one - low, other_high - other)), min(1.0, net + reach(high - one, other - other_low))


def is_point(ends: Interval | None) -> bool:
    """Return whether an interval has no width, up to rounding."""
    return ends is not None and ends[1] - ends[0] < _ROUNDING


def shifted_interval(value: float, ends: Interval, shift: float, bounds: Interval) -> Interval:
    """Widen an interval of a measure that an estimate may miss by a shift.

    The measure is anywhere between both estimates (Imbens and Manski, Confidence Intervals for Partially Identified
    Parameters, 2004): the farther they are apart, the nearer are the ends to one-sided ones.

    :param ends: Of the interval without a shift.
    """
    error = (ends[1] - ends[0]) / 2 / critical_value()
    one_sided = 0.84  # of the two-sided critical value
    part = one_sided + (1 - one_sided) * exp(-1.7 * abs(shift) / error) if error else 1.0
    low, high = (value + part * (end - value) for end in ends)
    return max(bounds[0], low + min(0.0, shift)), min(bounds[1], high + max(0.0, shift))


def bounded_interval(value: float, half_width: float, bounds: Interval) -> Interval:
    """Return an interval around an estimate, clipped to the bounds of the measure."""
    low, high = bounds
    return min(high, max(low, value - half_width)), max(low, min(high, value + half_width))
