"""Compare groups by contrasts of their estimates: differences, topics, and changes over time."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations, product
from typing import NamedTuple, TypeVar

import numpy as np

from stance.aggregation import GroupEstimate, estimate_group, estimation, why_few_authors, why_uncorrected
from stance.aggregation.clusters import UNDATED, ClusterSums, Floats, Ids, Observations
from stance.aggregation.estimation import (
    FEWEST_ARTICLES,
    MEASURES,
    PLACES,
    ContrastEstimate,
    Estimated,
    contrast,
    fit,
    holm,
)
from stance.aggregation.sentiment import SentimentGroups, SentimentTable, estimate_sentiment, fit_sentiment
from stance.datamodels import (
    FEWEST_AUDITED,
    FEWEST_SHOWN,
    LEARNED,
    SIDES,
    VADER,
    Record,
    Share,
    Stance,
    grouped,
)


@dataclass(frozen=True, slots=True)
class Difference:
    """Two groups side by side, toward one target and stance."""

    target: str
    stance: Stance
    a: str
    b: str
    estimate: float | None = None  # share in a minus share in b, of comments like these; None: not tested
    interval: tuple[float, float] | None = None
    p_adjusted: float | None = None
    verdict: str = "not_tested"
    detectable: float | None = None
    note: str | None = None  # why it is not tested


@dataclass(frozen=True, slots=True)
class GroupContrast:
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
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    p_adjusted: float | None = None
    verdict: str = "not_tested"
    detectable: float | None = None
    method: str = "none"
    comments: int = 0
    labelled: int = 0
    note: str | None = None


@dataclass(frozen=True, slots=True)
class SentimentDifference:
    """Difference of the mean sentiment of two groups toward one target, by one method."""

    target: str
    a: str
    b: str
    method: str
    estimate: float | None = None  # mean of a minus mean of b, in [-2, 2]
    interval: tuple[float, float] | None = None
    p_adjusted: float | None = None
    verdict: str = "not_tested"
    detectable: float | None = None


AnyContrast = TypeVar("AnyContrast", Difference, GroupContrast, SentimentDifference)


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
    estimate = contrast([(1.0, one.corrected), (-1.0, other.corrected)]) if one.corrected and other.corrected else None
    whys = [f"{name}: {group.why_untested}" for name, group in ((pair.a, one), (pair.b, other)) if group.why_untested]
    for index, side in enumerate(SIDES):
        difference = replace(pair, stance=side, note=None if estimate else whys[0])
        yield fill(difference, estimate, index) if estimate else difference


def fill(
    pair: AnyContrast, estimate: ContrastEstimate, i: int, bounds: tuple[float, float] = (-1.0, 1.0)
) -> AnyContrast:
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
        if one is None or total is None or every.labelled - labelled < FEWEST_AUDITED or total.weight <= one.weight:
            continue
        factor = total.weight / (total.weight - one.weight)
        estimate = contrast([(factor, one), (-factor, total)])
        for index, side in enumerate(SIDES):
            empty = GroupContrast(target, side, name, None, "topic", "", method="corrected", labelled=labelled)
            yield fill(empty, estimate, index)


def adjust(differences: Iterable[AnyContrast]) -> tuple[AnyContrast, ...]:
    """Adjust the p-values of all tests for multiple testing, and mark significant differences.

    :param differences: ``p_adjusted`` holds the p-value of the single test.
    """
    tested = list(differences)
    adjusted = holm([pair.p_adjusted for pair in tested])
    return tuple(pair if p is None else decide(pair, p) for pair, p in zip(tested, adjusted, strict=True))


def decide(pair: AnyContrast, p: float) -> AnyContrast:
    """Fill in an adjusted p-value and the verdict."""
    return replace(pair, p_adjusted=p, verdict="differ" if p <= LEVEL else "cannot_tell_apart")


# Changes over time ----------------------------------------------------------------------------------------------------


NO_VALUE: Record = {"estimate": None, "interval": None, "method": "none"}
"""The share or mean of a period with too few comments."""

MOST_DAYS = 60
"""Maximum number of days that are shown in days or weeks; a longer time is shown in months."""


def periods_of(days: Ids, unit: str) -> Ids:
    """Number the periods of days.

    :param days: Shape (n,), as ``date.toordinal``.
    :param unit: One of ``PERIODS``.
    """
    if unit == "day":
        return days
    if unit == "week":
        return (days - 1) // 7  # day 1 was a Monday
    months = (days - date(1970, 1, 1).toordinal()).astype("datetime64[D]").astype("datetime64[M]")
    return np.asarray(months.astype(np.int64))


def name_of(period: int, unit: str) -> str:
    """Name a period by its number."""
    if unit == "day":
        return date.fromordinal(period).isoformat()
    if unit == "week":
        year, week, _ = date.fromordinal(period * 7 + 1).isocalendar()
        return f"{year}-W{week:02}"
    return str(np.datetime64(period, "M"))


def choose_unit(days: Ids) -> str:
    """Choose periods by the length of the time: months from ``MOST_DAYS`` days on, days of less than two weeks."""
    length = np.ptp(days)
    return "month" if length >= MOST_DAYS else "week" if length >= 2 * 7 else "day"


def trace(
    days: Mapping[str, Ids],
    sums: Mapping[str, Mapping[str, ClusterSums]],
    sentiments: Mapping[str, SentimentGroups] | None = None,
    *,
    unit: str | None = None,
) -> Record | None:
    """Follow groups over time.

    :param days: Name -> days of its comments.
    :param sums: Name -> target -> sums.
    :param sentiments: Name -> sums of the comments that name a target.
    :param unit: One of ``PERIODS``; None: chosen by :func:`choose_unit`.
    :return: ``unit``; ``points`` in order of group, target and period; ``undated``: group -> comments without a date,
        which are in no point. None where no comment has a date, or all are of one period.
    """
    every = np.concatenate([series[series != UNDATED] for series in days.values()]).astype(np.int64)
    unit = unit or (choose_unit(every) if len(every) else "day")
    if len(np.unique(periods_of(every, unit))) < 2:
        return None
    points = [point for name in days for of in sums[name].items() for point in _points(name, *of, unit)]
    for (name, target), series in grouped(((point["group"], point["target"]), point) for point in points).items():
        _add_sentiment(series, target, (sentiments or {}).get(name, {}), unit)
    return {
        "unit": unit,
        "points": points,
        "undated": {name: int((series == UNDATED).sum()) for name, series in days.items()},
    }


def _points(group: str, target: str, sums: ClusterSums, unit: str) -> Iterator[Record]:
    """Estimate the shares of each period.

    :return: ``period``: ``2026-03``, ``2026-W09`` (ISO 8601) or ``2026-03-01``, and its ``number``; ``articles`` and
        number (``n``) of its comments with a stance toward the target; those that address it, which the shares are
        of; ``few``: why there is no share.
    """
    dated = _dated(sums)
    periods = periods_of(dated.days, unit)
    tables = {period: dated.take(periods == period) for period in np.unique(periods).tolist()}
    few = {period: _why_few(table) for period, table in tables.items()}
    corrected = all(few[period] is not None or table.drawn >= FEWEST_AUDITED for period, table in tables.items())
    for period, table in tables.items():
        point = {"group": group, "target": target, "period": name_of(period, unit), "number": period}
        sizes = {"articles": len(np.unique(table.articles)), "n": len(table), "addressed": table.counts()[1]}
        values = dict.fromkeys(("net", "favor", "against"), NO_VALUE)
        if few[period] is None:  # one line, one method
            estimate = estimate_group(target, table if corrected else table.unlabelled())
            for name in values:
                one = estimate.measure(name)
                values[name] = {key: getattr(one, key) for key in NO_VALUE}
                values[name] |= {"may_print": one.may_print} if isinstance(one, Share) else {}
        yield {**point, **sizes, **values, "few": few[period]}


def _add_sentiment(points: Sequence[Record], target: str, sums: SentimentGroups, unit: str) -> None:
    """Add the mean sentiment to the points of one line: by one method, that of most comments."""
    if methods := [method for of, method in sums if of == target]:
        method = max(methods, key=lambda name: len(sums[target, name]))
        table = sums[target, method].table()
        periods = periods_of(table.days, unit)
        for point in points:
            if (in_period := (periods == point["number"]) & (table.days != UNDATED)).any():
                mean = estimate_sentiment(target, method, table.take(in_period))
                values = {"estimate": mean.interval and mean.mean, "interval": mean.interval}
                point["sentiment"] = values | {"n": mean.n, "method": method}


def _dated(sums: ClusterSums) -> Observations:
    """Return the comments with a date."""
    table = sums.observations()
    return table.take(table.days != UNDATED)


def _why_few(table: Observations) -> str | None:
    articles, addressed = table.counts()
    if addressed < FEWEST_SHOWN:
        return f"fewer than {FEWEST_SHOWN} comments address it"
    return f"fewer than {FEWEST_ARTICLES} articles" if articles < FEWEST_ARTICLES else None


# Changes -------------------------------------------------------------------------------------------------------------


PER = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}
"""Days of a unit of time."""

SHOWN = tuple(sorted(PLACES[name] for name in ("against", "favor", "net")))
"""Places of the measures that are followed over time, two sides and their difference; neutral is what they leave."""


def regressors(days: Ids, unit: str, middle: float, event: date | None) -> Floats:
    """Return the constant and the regressor of a change: shape (n, 2).

    :param middle: From which time counts, in units.
    :param event: Whether this day has come; None: time itself.
    """
    values = days >= event.toordinal() if event else (days - middle) / PER[unit]
    return np.stack([np.ones(len(days)), values.astype(np.float64)], axis=1)


class Change(NamedTuple):
    """The change of one group, without the influences of its constant, which are many.

    :param why_not: Why its labels correct nothing; None where they do.
    """

    group: str
    comments: int
    labelled: int
    why_not: str | None
    found: Estimated

    @classmethod
    def of(cls, group: str, table: Observations, steps: Floats) -> "Change | None":
        """Fit a constant and a step; None where the comments are all on one side of it, or too few of each.

        :param steps: As of :func:`regressors`.
        """
        why_not = why_uncorrected(table)
        _, change = fit(table.unlabelled() if why_not else table, steps)
        if not (change.is_defined and np.isfinite(change.values[list(SHOWN)]).all()):
            return None
        return cls(group, len(table), table.drawn, why_not or why_few_authors(estimation.even(table)[1]), change)


def estimate_changes(
    groups: Mapping[str, Mapping[str, ClusterSums]], targets: Sequence[str], unit: str, event: date | None = None
) -> tuple[GroupContrast, ...]:
    """Estimate slopes of all groups together, of each, and their differences; likewise changes at an event.

    Those of all groups together are one family of tests (Holm), the others another one.

    :param groups: Group -> target -> comments.
    :param unit: Of slopes, one of ``PER``.
    """
    contrasts: list[GroupContrast] = []
    for target in targets:
        dated = {name: _dated(sums[target]) for name, sums in groups.items()}
        tables = {name: table for name, table in dated.items() if _why_few(table) is None}
        middle = float(np.mean(np.concatenate([item.days for item in tables.values()]))) if tables else 0.0
        for kind, day in (("slope", None), *([("event", event)] if event else [])):
            changes = (Change.of(*item, regressors(item[1].days, unit, middle, day)) for item in tables.items())
            fitted = [change for change in changes if change is not None]
            empty = GroupContrast(target, "net", None, None, kind, unit)
            for group, other, note, parts in _contrasts(fitted):
                contrasts += _changes(replace(empty, group=group, other=other, note=note), parts)
    together = [item for item in contrasts if item.group is None]
    return (*_family(together), *_family([item for item in contrasts if item.group is not None]))


Parts = list[tuple[float, Change]]


def _contrasts(fitted: list[Change]) -> Iterator[tuple[str | None, str | None, str | None, Parts]]:
    """List the contrasts of changes: of all groups together, of each, and between two.

    What they have in common is the change of one regression in which each has its own level.

    :return: Group, other group, a note, and the changes with their factors.
    """
    corrected = [fit for fit in fitted if fit.why_not is None]
    used = corrected if len(corrected) > 1 else fitted
    if len(fitted) > 1:
        total = sum(fit.found.weight for fit in used)
        note = f"of {len(used)} of {len(fitted)} groups" if len(used) < len(fitted) else None
        yield None, None, note, [(fit.found.weight / total, fit) for fit in used]
    for index, one in enumerate(fitted):
        yield one.group, None, one.why_not, [(1.0, one)]
        for other in fitted[index + 1 :]:
            yield one.group, other.group, one.why_not or other.why_not, [(1.0, one), (-1.0, other)]


def _changes(empty: GroupContrast, parts: Parts) -> Iterator[GroupContrast]:
    """Estimate one contrast for each measure; tested where labels correct all of its groups."""
    estimate = contrast([(factor, part.found) for factor, part in parts])
    points = replace(estimate, values=100 * estimate.values, errors=100 * estimate.errors)
    comments, labelled = (sum(getattr(part, name) for _, part in parts) for name in ("comments", "labelled"))
    is_corrected = all(part.why_not is None for _, part in parts)
    empty = replace(empty, comments=comments, labelled=labelled, method="corrected" if is_corrected else "model")
    for index in SHOWN:
        one = replace(empty, stance=MEASURES[index].name)
        filled = fill(one, points if one.stance == "net" else estimate, index, (-np.inf, np.inf))
        yield filled if is_corrected else replace(one, estimate=filled.estimate)


def _family(changes: Sequence[GroupContrast]) -> Iterator[GroupContrast]:
    """Adjust the p-values of a family of tests, and the change that it finds in 80 % of samples."""
    from scipy.special import ndtri

    tests = sum(change.p_adjusted is not None for change in changes) or 1
    power = (POWER - float(ndtri(LEVEL / tests / 2))) / DETECTABLE
    for change in adjust(changes):
        yield replace(change, detectable=change.detectable and change.detectable * power)


# Sentiment ------------------------------------------------------------------------------------------------------------


def _sentiment_tables(
    groups: Mapping[str, SentimentGroups], targets: Sequence[str]
) -> Iterator[tuple[str, str, dict[str, SentimentTable]]]:
    """Yield the comments that name a target by group, for each target and method."""
    for key in product(targets, (VADER, LEARNED)):
        yield *key, {name: group[key].table() for name, group in groups.items() if key in group}


def _few_authors(estimate: Estimated) -> str | None:
    """Return why an estimate is not tested; None where it is."""
    sizes = estimate.influence.even or (0.0, 0.0)
    return why_few_authors(sizes[1])


def compare_sentiment(groups: Mapping[str, SentimentGroups], targets: Sequence[str]) -> Iterator[SentimentDifference]:
    """Compare the mean sentiment of each two groups with enough comments, articles and authors, by the same method.

    :return: p-values are those of single tests, for :func:`adjust_sentiment`.
    """
    for target, method, tables in _sentiment_tables(groups, targets):
        means = {name: fit_sentiment(method, table)[0] for name, table in tables.items() if table.has_enough()}
        for a, b in combinations([name for name, mean in means.items() if _few_authors(mean) is None], 2):
            apart = contrast([(1.0, means[a]), (-1.0, means[b])])
            yield fill(SentimentDifference(target, a, b, method), apart, 0, (-2.0, 2.0))


def sentiment_changes(
    groups: Mapping[str, SentimentGroups], targets: Sequence[str], unit: str, event: date | None = None
) -> Iterator[GroupContrast]:
    """Estimate slopes of mean sentiment, and changes at an event, as :func:`estimate_changes` does of shares.

    :return: p-values are those of single tests, for :func:`adjust_sentiment`.
    """
    for target, method, tables in _sentiment_tables(groups, targets):
        dated = {name: table.take(table.days != UNDATED) for name, table in tables.items()}
        enough = {name: table for name, table in dated.items() if table.has_enough()}
        middle = float(np.mean(np.concatenate([table.days for table in enough.values()]))) if enough else 0.0
        for kind, day in (("slope", None), *([("event", event)] if event else [])):
            steps = {name: regressors(table.days, unit, middle, day) for name, table in enough.items()}
            fits = {
                name: fit_sentiment(method, enough[name], step)[1] for name, step in steps.items() if np.ptp(step[:, 1])
            }
            changes = [
                Change(name, len(enough[name].values), 0, _few_authors(step), step) for name, step in fits.items()
            ]
            for group, other, note, parts in _contrasts(changes):
                one = GroupContrast(target, "sentiment", group, other, kind, unit, method=method, note=note)
                one = replace(one, comments=sum(change.comments for _, change in parts))
                total = fill(one, contrast([(by, change.found) for by, change in parts]), 0, (-np.inf, np.inf))
                is_tested = all(change.why_not is None for _, change in parts)
                yield total if is_tested else replace(one, estimate=total.estimate)


def adjust_sentiment(
    differences: Iterable[SentimentDifference], changes: Iterable[GroupContrast]
) -> tuple[tuple[SentimentDifference, ...], tuple[GroupContrast, ...]]:
    """Adjust the p-values of all tests of sentiment, which are one family (Holm)."""
    pairs, moves = list(differences), list(changes)
    adjusted = holm([*(contrast.p_adjusted for contrast in pairs), *(contrast.p_adjusted for contrast in moves)])
    tested = zip(pairs, adjusted, strict=False), zip(moves, adjusted[len(pairs) :], strict=True)
    decided = tuple(decide(contrast, p) for contrast, p in tested[0] if p is not None)
    return decided, tuple(contrast if p is None else decide(contrast, p) for contrast, p in tested[1])
