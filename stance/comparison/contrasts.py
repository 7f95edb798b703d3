"""Compare groups by contrasts of their estimates, also on the same topics in the same months.

Two outlets can differ because one writes about the war and the other about trade. So articles are also sorted into
strata by topic and month, and groups are compared within the strata that hold comments of both. Comments are weighted
so that both groups have the same mix of strata; the estimators are those of any other share.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import isnan
from typing import NamedTuple, TypeVar

import numpy as np

from stance.aggregation import FEWEST_ARTICLES, FEWEST_AUDITED, GroupEstimate
from stance.aggregation.clusters import SIDES_AT, Flags, Floats, Ids, Observations
from stance.aggregation.estimation import Contrast, compute_measures, contrast, holm
from stance.aggregation.shares import correct
from stance.comparison.topics import NO_STRATUM, Topics
from stance.datamodels import FEWEST_COMMENTS, SIDES, Stance, counted


@dataclass(frozen=True, slots=True)
class Difference:
    """Two groups side by side, toward one target and stance."""

    target: str
    stance: Stance
    a: str
    b: str
    estimate: float | None  # share in a minus share in b; by the model's probabilities unless it is tested
    interval: tuple[float, float] | None = None
    p_adjusted: float | None = None
    verdict: str = "not_tested"
    detectable: float | None = None
    tipping_point: float | None = None  # relative: by how much less of the stance the model would have to find in one


@dataclass(frozen=True, slots=True)
class GroupContrast:
    """Change of a share over time in a group or between two, or a topic beside the others, toward one target.

    :param stance: A side, or ``net``: favor minus against, a share too.
    :param group: None: all groups together, each on its own level.
    :param other: The group that is subtracted; None: the change of ``group`` alone.
    :param kind: ``slope`` (per ``unit``), ``event`` (after the day minus before) or ``topic`` (minus other topics).
    :param comments: That have a stance toward the target, and a date where that matters.
    :param line: Of the net stance of one group: day, value, and the ends of its band, in points.
    """

    target: str
    stance: str
    group: str | None
    other: str | None
    kind: str
    unit: str
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    p_adjusted: float | None = None
    verdict: str = "not_tested"
    detectable: float | None = None
    method: str = "none"
    comments: int = 0
    labelled: int = 0
    note: str | None = None
    line: tuple[tuple[str, float, float, float], ...] = ()


AnyContrast = TypeVar("AnyContrast", Difference, GroupContrast)


# Tests of differences -------------------------------------------------------------------------------------------------

LEVEL = 0.05
"""Significance level of all tests together."""

POWER = 0.84
"""Quantile of the normal distribution at 80 %, the part of samples in which a detectable difference is found."""

DETECTABLE = 1.96 + POWER
"""Standard errors of the smallest difference that is found in 80 % of samples by one test (Cohen 1988)."""


def compare_pair(pair: Difference, one: GroupEstimate, other: GroupEstimate) -> Iterator[Difference]:
    """Compare two groups toward one target; test the difference if labels correct both.

    :param pair: Names the groups and the target.
    :return: One difference for each side; p-values are those of single tests, for :func:`adjust`.
    """
    if one.corrected and other.corrected:
        found = contrast([(1.0, one.corrected), (-1.0, other.corrected)])
        yield from (fill(replace(pair, stance=side), found, at) for at, side in enumerate(SIDES))
        return
    modelled = zip(one.modelled.tolist(), other.modelled.tolist(), strict=True)
    for a, b, (share, beside) in zip(one.shares[: len(SIDES)], other.shares, modelled, strict=False):
        pair = replace(pair, stance=a.stance)
        if a.raw is None or b.raw is None:
            yield pair
        else:
            yield replace(pair, estimate=share - beside, tipping_point=tipping_point(share, beside))


def fill(pair: AnyContrast, found: Contrast, at: int, bounds: tuple[float, float] = (-1.0, 1.0)) -> AnyContrast:
    """Fill in the estimate of a contrast, its interval and its p-value.

    :param at: Place of the measure in ``MEASURES``.
    """
    return replace(
        pair,
        estimate=float(np.clip(found.values[at], *bounds)),
        interval=found.interval(at, bounds),
        p_adjusted=found.p_value(at),
        detectable=DETECTABLE * float(found.errors[at]),
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
    for (name, own), (target, every) in product(topics.items(), together.items()):
        one, whole, labelled = own[target].corrected, every.corrected, own[target].labelled
        if one is None or whole is None or every.labelled - labelled < FEWEST_AUDITED or whole.weight <= one.weight:
            continue
        factor = whole.weight / (whole.weight - one.weight)
        found = contrast([(factor, one), (-factor, whole)])
        for at, side in enumerate(SIDES):
            yield fill(GroupContrast(target, side, name, None, "topic", "", method="ppi", labelled=labelled), found, at)


def tipping_point(one: float, other: float) -> float | None:
    """Return the relative difference in recall between two groups that would explain a gap.

    Assumes that the model finds no false positives, so that shares are proportional to its recall.
    """
    return 1 - min(one, other) / max(one, other) if max(one, other) else None


def adjust(differences: Iterable[AnyContrast]) -> tuple[AnyContrast, ...]:
    """Adjust the p-values of all tests for multiple testing, and mark significant differences.

    :param differences: ``p_adjusted`` holds the p-value of the single test.
    """
    found = list(differences)
    adjusted = holm([each.p_adjusted for each in found])
    return tuple(each if p is None else decide(each, p) for each, p in zip(found, adjusted, strict=True))


def decide(pair: AnyContrast, p: float) -> AnyContrast:
    """Fill in an adjusted p-value and the verdict."""
    return replace(pair, p_adjusted=p, verdict="differ" if p <= LEVEL else "cannot_tell_apart")


# The same topics and months -------------------------------------------------------------------------------------------


FEWEST_STRATA = 2
"""Strata that both groups must have: of one alone nothing was matched, it is that stratum's difference."""

WEIGHTS = "n_a * n_b / (n_a + n_b) for each stratum, with n the group's comments that address the target"
"""Weights of strata in a mean, of Mantel and Haenszel (1959): largest where both have many; no comment weighs more than
1, and the variance is least where the difference is the same everywhere (Li, Morgan and Zaslavsky 2018)."""


@dataclass(frozen=True, slots=True)
class Strata:
    """Strata of the articles that can be compared.

    :param on: Properties that define the strata: ``topic``, ``month``.
    :param of: Shape (articles,): the stratum of each; ``NO_STRATUM`` if its topic or month is not known.
    :param topics: Those that were found in the words of articles; None: the user's own topics, or none.
    """

    on: tuple[str, ...]
    of: Ids
    topics: Topics | None = None


@dataclass(frozen=True, slots=True)
class MatchedDifference:
    """Two groups side by side on the same topics and months, toward one target and stance.

    :param unadjusted: Share in a minus share in b, of all their comments.
    :param estimate: The same of the strata that both have; None: see ``reason``.
    :param interval: 95 %, where labels correct both; there is none of differences between a model's shares.
    :param method: Of both: ``ppi``, ``model``, or ``none``.
    :param articles: Of a and b, that are compared; ``comments`` likewise, that address the target.
    :param left_out: Articles of a and b whose stratum the other lacks, or that have none.
    :param left_out_comments: Likewise the comments that address the target.
    :param strata: That both have.
    """

    target: str
    stance: Stance
    a: str
    b: str
    unadjusted: float | None
    unadjusted_interval: tuple[float, float] | None
    estimate: float | None
    interval: tuple[float, float] | None
    method: str
    articles: tuple[int, int]
    comments: tuple[int, int]
    left_out: tuple[int, int]
    left_out_comments: tuple[int, int]
    strata: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """Every pair of groups on the same topics and months.

    :param strata: That hold articles.
    :param clusters: Number of topics found in the words of articles.
    :param stability: Adjusted Rand index of these topics with those found in parts of the articles, at most 1.
    :param weights: Of the mean over strata.
    :param articles_without: Articles whose topic or month is not known.
    :param not_matched: Groups beyond the largest, which are left out.
    """

    on: tuple[str, ...]
    strata: int
    clusters: int | None
    stability: float | None
    weights: str
    articles_without: int
    differences: tuple[MatchedDifference, ...]
    not_matched: int = 0


class Side(NamedTuple):
    """One group toward one target, as all its comments are estimated."""

    group: str
    table: Observations
    found: GroupEstimate


def stratify(parts: Mapping[str, Ids], topics: Topics | None = None) -> Strata:
    """Sort articles by several properties at once.

    :param parts: Name of a property -> its number for each article, in [0, n), or ``NO_STRATUM``.
    :param topics: Those among the parts, if they were found in the words of articles.
    """
    table = np.stack([np.asarray(part, np.int64) for part in parts.values()], axis=1)
    known = (table != NO_STRATUM).all(axis=1)
    of = np.full(len(table), NO_STRATUM, np.int64)
    if known.any():
        of[known] = np.unique(table[known], axis=0, return_inverse=True)[1].ravel()
    return Strata(tuple(parts), of, topics)


def match(target: str, one: Side, other: Side, strata: Strata) -> Iterator[MatchedDifference]:
    """Compare two groups toward one target within the strata that both have.

    :return: One for each side, in the order of ``SIDES``.
    """
    sides, empty = (one, other), Difference(target, SIDES[0], one.group, other.group, None)
    sizes = [_by_stratum(each.table, each.table.addressing, strata) for each in sides]
    shared = (sizes[0] > 0) & (sizes[1] > 0)
    chosen = [np.append(shared, False)[strata.of[each.table.articles]] for each in sides]  # NO_STRATUM: the last place
    articles, comments = zip(*(each.table.counts(own) for each, own in zip(sides, chosen, strict=True)), strict=True)
    all_articles, all_comments = zip(*(each.table.counts() for each in sides), strict=True)
    unadjusted = adjusted = [replace(empty, stance=side) for side in SIDES]
    if min(all_articles) >= FEWEST_ARTICLES and min(all_comments) >= FEWEST_COMMENTS:
        unadjusted = [*compare_pair(empty, one.found, other.found)]
    corrected = one.found.corrected is not None and other.found.corrected is not None
    tables = [each.table.take(own) for each, own in zip(sides, chosen, strict=True)]
    labels = min(len(each.labelled) for each in tables) if corrected else None
    reason = _why_none(int(shared.sum()), articles, comments, labels)
    if reason is None:
        adjusted, reason = _adjusted(empty, tables, strata, corrected)
    for before, after in zip(unadjusted, adjusted, strict=True):
        yield MatchedDifference(
            target=target,
            stance=before.stance,
            a=one.group,
            b=other.group,
            unadjusted=before.estimate,
            unadjusted_interval=before.interval,
            estimate=after.estimate,
            interval=after.interval,
            method="none" if reason is not None else "ppi" if corrected else "model",
            articles=articles,
            comments=comments,
            left_out=(all_articles[0] - articles[0], all_articles[1] - articles[1]),
            left_out_comments=(all_comments[0] - comments[0], all_comments[1] - comments[1]),
            strata=int(shared.sum()),
            reason=reason,
        )


def _by_stratum(table: Observations, values: Floats | Flags, strata: Strata) -> Floats:
    """Sum values of comments by the stratum of their articles."""
    count = int(strata.of.max(initial=-1)) + 2
    return np.bincount(strata.of[table.articles] + 1, values, count)[1:].astype(np.float64)


def _why_none(strata: int, articles: Sequence[int], comments: Sequence[int], labels: int | None) -> str | None:
    """Return the reason why groups cannot be compared; None if they can."""
    if strata < FEWEST_STRATA:
        return f"{counted(strata, 'stratum', 'strata')} with comments of both; expected {FEWEST_STRATA} or more"
    for found, fewest, what in (
        (min(articles), FEWEST_ARTICLES, "article"),
        (min(comments), FEWEST_COMMENTS, "comment"),
        (labels, FEWEST_AUDITED, "audit label"),
    ):
        if found is not None and found < fewest:
            return f"{counted(found, what)} of one group in the strata of both; expected {fewest} or more"
    return None


def _adjusted(
    empty: Difference, tables: Sequence[Observations], strata: Strata, corrected: bool
) -> tuple[list[Difference], str | None]:
    """Compare both groups weighted to the same mix of strata.

    With n * m / (n + m) comments of each stratum in both, a comment of the first group weighs m / (n + m). The mix is
    that of the comments that address the target by the model's probabilities.

    :param tables: Comments of each group in the strata of both.
    :return: Differences, and why there are none where the labels correct nothing.
    """
    sizes = [_by_stratum(each, each.soft[:, SIDES_AT].sum(axis=1, dtype=np.float64), strata) for each in tables]
    total = sizes[0] + sizes[1]
    weights = [np.divide(size, total, out=np.zeros_like(total), where=total > 0) for size in sizes[::-1]]
    one, other = (
        replace(each, weights=own[strata.of[each.articles]]) for each, own in zip(tables, weights, strict=True)
    )
    if not corrected:
        found = (compute_measures(one.soft) - compute_measures(other.soft))[: len(SIDES)].tolist()
        known = zip(SIDES, found, strict=True)
        return [replace(empty, stance=side, estimate=None if isnan(each) else each) for side, each in known], None
    first, second = correct(one, strata.of), correct(other, strata.of)
    if first is None or second is None:
        return [replace(empty, stance=side) for side in SIDES], _UNDEFINED
    apart = contrast([(1.0, first), (-1.0, second)])
    return [fill(replace(empty, stance=side), apart, at) for at, side in enumerate(SIDES)], None


_UNDEFINED = "too few audit labels of one group in the strata of both address the target"
