"""Test differences between groups if labels correct both, else compute tipping points."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from stance.aggregation import GroupEstimate, critical_value
from stance.aggregation.estimation import Estimated, difference
from stance.comparison.groups import Difference
from stance.datamodels import SIDES

LEVEL = 0.05
"""Of the tests, over all of them together."""

DETECTABLE = 2.8
"""Standard errors of the smallest difference that is found in 80 % of samples: 1.96 + 0.84 (Cohen 1988)."""


def compare_pair(pair: Difference, one: GroupEstimate, other: GroupEstimate) -> Iterator[Difference]:
    """Compare two groups toward one target; test the difference if labels correct both.

    :param pair: Names the groups and the target.
    :return: One difference for each side; p-values are those of single tests, for :func:`adjust`.
    """
    if one.corrected and other.corrected:
        yield from _tested(pair, one.corrected, other.corrected)
        return
    for a, b in zip(one.shares[: len(SIDES)], other.shares[: len(SIDES)], strict=True):
        known = a.raw is not None and b.raw is not None
        yield replace(
            pair,
            stance=a.stance,
            estimate=a.raw - b.raw if a.raw is not None and b.raw is not None else None,
            tipping_point=tipping_point(a.raw or 0.0, b.raw or 0.0) if known else None,
        )


def _tested(pair: Difference, one: Estimated, other: Estimated) -> Iterator[Difference]:
    """Test the difference of each side by Student's t, with degrees of freedom by Welch and Satterthwaite (1946)."""
    from scipy.special import stdtr

    values, errors, freedom = difference(one, other)
    for at, side in enumerate(SIDES):
        value, error, degrees = float(values[at]), float(errors[at]), float(freedom[at])
        half = critical_value(degrees) * error
        yield replace(
            pair,
            stance=side,
            estimate=min(1.0, max(-1.0, value)),
            interval=(max(-1.0, value - half), min(1.0, value + half)),
            p_adjusted=float(2 * stdtr(degrees, -abs(value) / error)) if error else float(value == 0),
            detectable=DETECTABLE * error,
        )


def tipping_point(one: float, other: float) -> float | None:
    """Return the relative difference in recall between two groups that would explain a gap.

    Assumes that the model finds no false positives, so that shares are proportional to its recall.
    """
    return 1 - min(one, other) / max(one, other) if max(one, other) else None


def adjust(differences: Iterable[Difference]) -> tuple[Difference, ...]:
    """Adjust the p-values of all tests for multiple testing, and mark significant differences.

    :param differences: ``p_adjusted`` holds the p-value of the single test.
    """
    found = list(differences)
    tested = [at for at, each in enumerate(found) if each.p_adjusted is not None]
    for at, p in zip(tested, holm([found[at].p_adjusted or 0.0 for at in tested]), strict=True):
        found[at] = replace(found[at], p_adjusted=p, verdict="differ" if p <= LEVEL else "cannot_tell_apart")
    return tuple(found)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that all tests together are wrong as rarely as one (Holm 1979).

    :param p_values: In [0, 1].
    :return: In the order given, in [0, 1], no smaller than given.
    :raises ValueError: If one is not in [0, 1]: NaN has no rank.
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError(f"p-values {list(p_values)}; expected numbers in [0, 1]")
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = highest
    return adjusted
