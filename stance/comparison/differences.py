"""Differences of shares between groups: their records, tests and adjusted p-values."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import combinations, product
from typing import TypeVar

import numpy as np

from stance.aggregation.contrasts import ContrastEstimate, contrast, holm
from stance.aggregation.shares import GroupEstimate
from stance.datamodels import FEWEST_AUDITED, SIDES, Interval, Stance, frozen


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """The result of a contrast; without an estimate, it is not tested.

    :param estimate: Of comments like these.
    :param note: Why it is not tested.
    """

    estimate: float | None = None
    interval: Interval | None = None
    p_adjusted: float | None = None
    verdict: str = "not_tested"
    detectable: float | None = None
    note: str | None = None


@frozen
class Difference(Tested):
    """Two groups side by side, toward one target and stance: the share in ``a`` minus that in ``b``.

    :param reasons: Group -> why it is not tested.
    """

    target: str
    stance: Stance
    a: str
    b: str
    reasons: Mapping[str, str] = field(default_factory=dict)


@frozen
class GroupContrast(Tested):
    """Change of a share over time in a group or between two, or of a topic relative to the others, toward one target.

    :param stance: A side, or ``net``: favor minus against, a share too.
    :param group: None: all groups together, each on its own level.
    :param other: The group that is subtracted; None: the change of ``group`` alone.
    :param kind: ``slope`` (per ``unit``), ``event`` (after the day minus before) or ``topic`` (minus other topics).
    :param comments: That have a stance toward the target, and a date where that matters.
    """

    target: str
    stance: str
    group: str | None
    other: str | None
    kind: str
    unit: str
    method: str = "none"
    comments: int = 0
    labelled: int = 0


@frozen
class SentimentDifference(Tested):
    """Difference of the mean sentiment of two groups toward one target, by one method; in [-2, 2]."""

    target: str
    a: str
    b: str
    method: str


AnyContrast = TypeVar("AnyContrast", bound=Difference | GroupContrast | SentimentDifference)

LEVEL = 0.05
"""Significance level of all tests together."""

POWER = 0.84
"""Quantile of the normal distribution at 80 %, the part of samples in which a detectable difference is found."""

DETECTABLE = 1.96 + POWER
"""Standard errors of the smallest difference that is found in 80 % of samples by one test (Cohen 1988)."""


def compare_groups(groups: Mapping[str, Mapping[str, GroupEstimate]], targets: Iterable[str]) -> Iterator[Difference]:
    """Compare each two groups toward each target.

    :param groups: Group -> target -> estimates.
    """
    for (a, b), target in product(combinations(groups, 2), targets):
        yield from compare_pair(Difference(target, SIDES[0], a, b), groups[a][target], groups[b][target])


def compare_pair(pair: Difference, one: GroupEstimate, other: GroupEstimate) -> Iterator[Difference]:
    """Compare two groups toward one target; test the difference if labels correct both.

    A side is tested after all sides together, so each has the larger of two p-values.

    :param pair: Names the groups and the target.
    :return: One difference for each side; p-values are those of one pair, for :func:`adjust`.
    """
    estimate = contrast([(1.0, one.corrected), (-1.0, other.corrected)]) if one.corrected and other.corrected else None
    p_of_sides = estimate.p_of_sides() if estimate else 1.0
    reasons = {name: group.why_untested for name, group in ((pair.a, one), (pair.b, other)) if group.why_untested}
    note = "; ".join(map(": ".join, reasons.items())) or None
    for index, side in enumerate(SIDES):
        difference = replace(pair, stance=side, note=note, reasons=reasons)
        if estimate:
            p_value = max(estimate.p_value(index), p_of_sides)
            difference = replace(fill(difference, estimate, index), p_adjusted=p_value)
        yield difference


def fill(pair: AnyContrast, estimate: ContrastEstimate, i: int, bounds: Interval = (-1.0, 1.0)) -> AnyContrast:
    """Fill in the estimate of a contrast, its interval and its p-value.

    :param i: Place of the measure in ``MEASURES``.
    """
    return replace(
        pair,
        estimate=float(np.clip(estimate.values[i], *bounds)),
        interval=estimate.interval(i, bounds),
        p_adjusted=estimate.p_value(i),
        detectable=DETECTABLE * float(estimate.errors[i]),
    )


def compare_topics(
    topics: Mapping[str, Mapping[str, GroupEstimate]], together: Mapping[str, GroupEstimate]
) -> Iterator[GroupContrast]:
    """Compare each topic of a group with its other topics; p-values are those of single tests.

    A topic minus the others is its difference from all, times all / others. So the others include topics with too few
    labels of their own.

    :param topics: Topic -> target -> estimates.
    :param together: Target -> estimates of all topics together.
    """
    for (name, estimates), (target, every) in product(topics.items(), together.items()):
        one, total, labelled = estimates[target].corrected, every.corrected, estimates[target].labelled
        fewest = min(labelled, every.labelled - labelled)
        if one is None or total is None or fewest < FEWEST_AUDITED or total.weight <= one.weight:
            continue
        factor = total.weight / (total.weight - one.weight)
        estimate = contrast([(factor, one), (-factor, total)])
        for index, side in enumerate(SIDES):
            empty = GroupContrast(target, side, name, None, "topic", "", method="corrected", labelled=labelled)
            yield fill(empty, estimate, index)


def adjust(differences: Iterable[AnyContrast]) -> tuple[AnyContrast, ...]:
    """Adjust the p-values of a family of tests for multiple testing, and mark significant differences.

    :param differences: ``p_adjusted`` holds the p-value of the single test, or of one pair of groups.
    """
    tested = list(differences)
    questions = [(one.target, one.a, one.b) if isinstance(one, Difference) else at for at, one in enumerate(tested)]
    adjusted = zip(tested, holm([pair.p_adjusted for pair in tested], questions), strict=True)
    verdicts = {True: "differ", False: "cannot_tell_apart"}
    return tuple(
        pair if p is None else replace(pair, p_adjusted=p, verdict=verdicts[p <= LEVEL]) for pair, p in adjusted
    )
