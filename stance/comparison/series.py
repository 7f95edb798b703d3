"""Compute shares by day, week or month, and estimate changes: by a line through all dated comments, and at a day.

A period without enough comments has no share; values are neither interpolated nor smoothed. In a line every comment
counts, in months with few of them too. Uncorrected lines are not tested, since a model that errs more in some months
than in others makes slopes of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

import numpy as np

from stance.aggregation import FEWEST_ARTICLES, FEWEST_AUDITED, Mean, estimate_group
from stance.aggregation.clusters import UNDATED, ClusterSums, Comments, Floats, Ids, Observations
from stance.aggregation.estimation import MEASURES, Estimated, contrast, fit, holm
from stance.aggregation.shares import has_enough
from stance.comparison.contrasts import DETECTABLE, LEVEL, POWER, GroupContrast, decide, fill
from stance.datamodels import FEWEST_COMMENTS, PERIODS, Share

MOST_PERIODS = 60
"""Points that a line of days or weeks may have; a longer time is shown in months."""

ENOUGH = 0.5
"""The part of a unit's cells of group and period that must hold ``FEWEST_ARTICLES`` articles for it to be chosen."""

RULE = (
    f"the shortest of {', '.join(PERIODS)} in which most cells of group and period hold {FEWEST_ARTICLES} articles "
    f"and there are at most {MOST_PERIODS} periods; else months"
)

_EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True, slots=True)
class Value:
    """A share or mean of one period; all None if there are too few comments."""

    raw: float | None = None
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    method: str = "none"


@dataclass(frozen=True, slots=True)
class Point:
    """One group toward one target in one period.

    :param period: ``2026-03``, ``2026-W09`` (ISO 8601) or ``2026-03-01``.
    :param articles: Under which these comments stand.
    :param n: Comments with a stance toward the target.
    :param addressed: Those that address it, which the shares are of.
    :param few: Why there is no share; None where there is one.
    """

    group: str
    target: str
    period: str
    articles: int
    n: int
    addressed: int
    net: Value = field(default_factory=Value)
    favor: Value = field(default_factory=Value)
    against: Value = field(default_factory=Value)
    few: str | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Points in order of group, target and period.

    :param rule: How the unit was chosen.
    :param gaps: Periods in a row without any comment of a ``group``: the first (``from``) and the last (``to``).
    :param undated: Group -> comments without a date, which are in no point.
    """

    unit: str
    rule: str
    points: tuple[Point, ...]
    gaps: list[dict[str, str]]
    undated: dict[str, int]


def periods_of(days: Ids, unit: str) -> Ids:
    """Number the periods of days.

    :param days: Shape (n,), as ``date.toordinal``.
    :param unit: One of ``PERIODS``.
    """
    if unit == "day":
        return days
    if unit == "week":
        return (days - 1) // 7  # day 1 was a Monday
    months = (days - _EPOCH).astype("datetime64[D]").astype("datetime64[M]")
    return np.asarray(months.astype(np.int64))


def name_of(period: int, unit: str) -> str:
    """Name a period by its number."""
    if unit == "day":
        return date.fromordinal(period).isoformat()
    if unit == "week":
        year, week, _ = date.fromordinal(period * 7 + 1).isocalendar()
        return f"{year}-W{week:02}"
    return f"{1970 + period // 12:04}-{period % 12 + 1:02}"


def choose_unit(dated: Sequence[tuple[Ids, Ids]]) -> str:
    """Choose how long periods are, by ``RULE``.

    :param dated: Of each group the articles and days of its comments; at least one has any.
    :return: One of ``PERIODS``.
    """
    for unit in PERIODS[:-1]:
        cells = [np.unique(np.stack([periods_of(days, unit), articles]), axis=1)[0] for articles, days in dated]
        found = (np.unique(each, return_counts=True) for each in cells)  # articles of each period with comments
        periods, counts = map(np.concatenate, zip(*found, strict=True))
        if np.ptp(periods) < MOST_PERIODS and (counts >= FEWEST_ARTICLES).mean() >= ENOUGH:
            return unit
    return PERIODS[-1]


def trace(
    groups: Mapping[str, Comments],
    sums: Mapping[str, Mapping[str, ClusterSums]],
    *,
    unit: str | None = None,
) -> Series | None:
    """Follow groups over time.

    :param groups: Name -> comments, each once.
    :param sums: Name -> target -> sums.
    :param unit: One of ``PERIODS``; None: chosen by ``RULE``.
    :return: None where no comment has a date, or all are of one period.
    """
    marks = {name: comments.days != UNDATED for name, comments in groups.items()}
    if not any(each.any() for each in marks.values()):
        return None
    days = {name: groups[name].days[each].astype(np.int64) for name, each in marks.items()}
    rule = f"{unit}s, as asked" if unit else RULE
    unit = unit or choose_unit([(groups[name].articles[each], days[name]) for name, each in marks.items()])
    met = {name: np.unique(periods_of(own, unit)) for name, own in days.items()}
    every = np.unique(np.concatenate(list(met.values())))
    if len(every) < 2:
        return None
    points = (each for name in groups for of in sums[name].items() for each in _points(name, *of, unit))
    return Series(
        unit=unit,
        rule=rule,
        points=tuple(points),
        gaps=[gap for name, own in met.items() for gap in _gaps(name, own, every, unit)],
        undated={name: int((~each).sum()) for name, each in marks.items()},
    )


def _gaps(group: str, own: Ids, every: Ids, unit: str) -> Iterator[dict[str, str]]:
    """Find the periods between the first and the last of all groups in which one has nothing."""
    edges = np.concatenate([[every[0] - 1], own, [every[-1] + 1]])
    for before, after in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if after - before > 1:
            yield {"group": group, "from": name_of(before + 1, unit), "to": name_of(after - 1, unit)}


def _points(group: str, target: str, sums: ClusterSums, unit: str) -> Iterator[Point]:
    dated = _dated(sums)
    periods = periods_of(dated.days, unit)
    corrected, few = True, dict[int, str | None]()
    for period in np.unique(periods).tolist():
        own = dated.take(periods == period)
        few[period] = _why_few(own)
        corrected &= few[period] is not None or len(own.labelled) >= FEWEST_AUDITED
    for period, why in few.items():
        own = dated.take(periods == period)
        point = Point(
            group, target, name_of(period, unit), len(np.unique(own.articles)), len(own), own.counts()[1], few=why
        )
        if why is None:  # one line, one method
            found = estimate_group(target, own if corrected else own.unlabelled())
            net, favor, against = (_value(found.measure(name)) for name in ("net", "favor", "against"))
            point = replace(point, net=net, favor=favor, against=against)
        yield point


def _dated(sums: ClusterSums) -> Observations:
    """Return the comments with a date."""
    table = sums.observations()
    return table.take(table.days != UNDATED)


def _why_few(table: Observations) -> str | None:
    articles, addressed = table.counts()
    if addressed < FEWEST_COMMENTS:
        return f"fewer than {FEWEST_COMMENTS} comments address it"
    return f"fewer than {FEWEST_ARTICLES} articles" if articles < FEWEST_ARTICLES else None


def _value(found: Share | Mean) -> Value:
    return Value(found.raw, found.estimate, found.interval, found.method)


# Changes -------------------------------------------------------------------------------------------------------------


PER = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}
"""Days of a unit of time."""

SHOWN = tuple(at for at, each in enumerate(MEASURES) if each.name in ("against", "favor", "net"))
"""Places of the measures that are followed over time, two sides and their difference; neutral is what they leave."""


NET = next(at for at, each in enumerate(MEASURES) if each.name == "net")
POINTS = 7
"""Number of days at which a line and its band are drawn."""

Band = tuple[tuple[str, float, float, float], ...]
"""Day, net stance and ends of its interval, in points, of several days."""


@dataclass(frozen=True, slots=True)
class Step:
    """The regressor of a change: time in units from its middle, or whether a day has come.

    :param event: The day; None: time itself.
    """

    unit: str
    middle: float = 0.0
    event: date | None = None

    def __call__(self, days: Ids) -> Floats:
        """Return the constant and the regressor: shape (n, 2)."""
        values = days >= self.event.toordinal() if self.event else (days - self.middle) / PER[self.unit]
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
    line: Band

    @classmethod
    def of(cls, group: str, table: Observations, step: Step) -> "Change | None":
        """Fit a constant and a step; None where the comments are all on one side of it, or too few of each."""
        labelled, enough = len(table.labelled), has_enough(table)
        level, change = fit(table if enough else table.unlabelled(), step(table.days))
        if not (change.is_defined and np.isfinite(change.values[list(SHOWN)]).all()):
            return None
        line = () if step.event else tuple(_line(table.days, step, level, change))
        why_not = None if enough else f"{labelled} audit labels; expected {FEWEST_AUDITED}"
        return cls(group, len(table), labelled, why_not, change, line)


def _line(days: Ids, step: Step, level: Estimated, change: Estimated) -> Iterator[tuple[str, float, float, float]]:
    """Draw the line of net stance and its band."""
    for day in np.linspace(days.min(), days.max(), POINTS):
        constant, time = step(np.array([day]))[0].tolist()
        at = contrast([(constant, level), (time, change)])
        low, high = at.interval(NET, (-1.0, 1.0))
        yield date.fromordinal(round(day)).isoformat(), 100 * float(at.values[NET]), 100 * low, 100 * high


def estimate_changes(
    groups: Mapping[str, Mapping[str, ClusterSums]], targets: Sequence[str], unit: str, event: date | None = None
) -> tuple[GroupContrast, ...]:
    """Estimate slopes of all groups together, of each, and their differences; likewise changes at an event.

    Those of all groups together are one family of tests (Holm), the others another one.

    :param groups: Group -> target -> comments.
    :param unit: Of slopes, one of ``PER``.
    """
    found: list[GroupContrast] = []
    for target in targets:
        dated = {name: _dated(sums[target]) for name, sums in groups.items()}
        tables = {name: table for name, table in dated.items() if _why_few(table) is None}
        middle = float(np.mean(np.concatenate([each.days for each in tables.values()]))) if tables else 0.0
        for step in (Step(unit, middle), *([Step(unit, event=event)] if event else [])):
            fitted = [change for each in tables.items() if (change := Change.of(*each, step)) is not None]
            empty = GroupContrast(target, "net", None, None, "event" if step.event else "slope", unit)
            for group, other, note, parts in _contrasts(fitted):
                found += _changes(replace(empty, group=group, other=other, note=note), parts)
    together = [each for each in found if each.group is None]
    return (*_adjust(together), *_adjust([each for each in found if each.group is not None]))


Parts = list[tuple[float, Change]]


def _contrasts(fitted: list[Change]) -> Iterator[tuple[str | None, str | None, str | None, Parts]]:
    """List the contrasts of changes: what groups have in common, each, and the differences of two.

    What they have in common is the change of one regression in which each has its own level.

    :return: Group, other group, a note, and the changes with their factors.
    """
    corrected = [each for each in fitted if each.why_not is None]
    used = corrected if len(corrected) > 1 else fitted
    if len(fitted) > 1:
        total = sum(each.found.weight for each in used)
        note = f"of {len(used)} of {len(fitted)} groups" if len(used) < len(fitted) else None
        yield None, None, note, [(each.found.weight / total, each) for each in used]
    for at, one in enumerate(fitted):
        yield one.group, None, one.why_not, [(1.0, one)]
        for other in fitted[at + 1 :]:
            yield one.group, other.group, one.why_not or other.why_not, [(1.0, one), (-1.0, other)]


def _changes(empty: GroupContrast, parts: Parts) -> Iterator[GroupContrast]:
    """Estimate one contrast for each measure; tested where labels correct all of its groups."""
    found = contrast([(factor, own.found) for factor, own in parts])
    points = replace(found, values=100 * found.values, errors=100 * found.errors)
    comments, labelled = (sum(getattr(own, name) for _, own in parts) for name in ("comments", "labelled"))
    is_corrected = all(own.why_not is None for _, own in parts)
    empty = replace(empty, comments=comments, labelled=labelled, method="ppi" if is_corrected else "model")
    for at in SHOWN:
        line = parts[0][1].line if at == NET and empty.group and not empty.other else ()
        one = replace(empty, stance=MEASURES[at].name, line=line)
        known = fill(one, points if at == NET else found, at, (-np.inf, np.inf))
        yield known if is_corrected else replace(one, estimate=known.estimate)


def _adjust(slopes: Sequence[GroupContrast]) -> Iterator[GroupContrast]:
    """Adjust the p-values of contrasts for multiple testing, and mark significant changes.

    Against, favor and net are two numbers: of two contrasts one is tested for both sides at once, and of these three at
    most one is 0 where another is not, so they need no further correction (Shaffer, Modified Sequentially Rejective
    Multiple Test Procedures, 1986).
    """
    from scipy.special import ndtri

    every = [slopes[at : at + len(SHOWN)] for at in range(0, len(slopes), len(SHOWN))]
    sides = [[each.p_adjusted for each in own[:2] if each.p_adjusted is not None] for own in every]
    either = [min(1.0, 2 * min(own)) if own else None for own in sides]
    tests = 2 * sum(p is not None for p in either) or 1
    power = (POWER - float(ndtri(LEVEL / tests / 2))) / DETECTABLE  # with all tests of the family
    for own, first, least in zip(every, either, holm(either), strict=True):
        for each in own:
            if first is None or least is None or each.p_adjusted is None:
                yield each
            else:
                p = min(1.0, max(least, each.p_adjusted * (least / first if first else 1.0)))
                yield replace(decide(each, p), detectable=(each.detectable or 0.0) * power)
