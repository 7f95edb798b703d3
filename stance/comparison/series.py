"""Compute shares by day, week or month.

A period without enough comments has no share; values are neither interpolated nor smoothed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from stance.aggregation import FEWEST_ARTICLES, FEWEST_AUDITED, Mean, estimate_group
from stance.aggregation.clusters import SIDES_AT, UNDATED, AuditLines, ClusterSums, Comments, Ids, Lines, pair_ids
from stance.datamodels import FEWEST_COMMENTS, Share

UNITS = ("day", "week", "month")

MOST_PERIODS = 60
"""Points that a line of days or weeks may have; a longer time is shown in months."""

ENOUGH = 0.5
"""The part of a unit's cells of group and period that must hold ``FEWEST_ARTICLES`` articles for it to be chosen."""

RULE = (
    f"the shortest of {', '.join(UNITS)} in which most cells of group and period hold {FEWEST_ARTICLES} articles "
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
    :param not_drawn: Groups beyond the largest, which are left out.
    """

    unit: str
    rule: str
    points: tuple[Point, ...]
    gaps: list[dict[str, str]]
    undated: dict[str, int]
    not_drawn: int = 0


def periods_of(days: Ids, unit: str) -> Ids:
    """Number the periods of days.

    :param days: Shape (n,), as ``date.toordinal``.
    :param unit: One of ``UNITS``.
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
    :return: One of ``UNITS``.
    """
    for unit in UNITS[:-1]:
        cells = (np.unique(pair_ids(periods_of(days, unit), articles)) for articles, days in dated)
        found = (np.unique(each >> 32, return_counts=True) for each in cells)  # articles of each period with comments
        periods, counts = map(np.concatenate, zip(*found, strict=True))
        if np.ptp(periods) < MOST_PERIODS and (counts >= FEWEST_ARTICLES).mean() >= ENOUGH:
            return unit
    return UNITS[-1]


def trace(
    groups: Mapping[str, Comments],
    sums: Mapping[str, Mapping[str, ClusterSums]],
    *,
    not_drawn: int = 0,
    unit: str | None = None,
) -> Series | None:
    """Follow groups over time.

    :param groups: Name -> comments, each once.
    :param sums: Name -> target -> sums.
    :param unit: One of ``UNITS``; None: chosen by ``RULE``.
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
        not_drawn=not_drawn,
    )


def _gaps(group: str, own: Ids, every: Ids, unit: str) -> Iterator[dict[str, str]]:
    """Find the periods between the first and the last of all groups in which one has nothing."""
    edges = np.concatenate([[every[0] - 1], own, [every[-1] + 1]])
    for before, after in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        if after - before > 1:
            yield {"group": group, "from": name_of(before + 1, unit), "to": name_of(after - 1, unit)}


def _points(group: str, target: str, sums: ClusterSums, unit: str) -> Iterator[Point]:
    lines, audit = sums.lines(), sums.audit_lines()
    if lines.days is None or audit.days is None:
        return
    dated = lines.take(lines.days != UNDATED)
    periods = periods_of(dated.days if dated.days is not None else lines.days, unit)
    labelled = np.where(audit.days != UNDATED, periods_of(np.maximum(audit.days, 1), unit), UNDATED - 1)
    found = np.unique(periods).tolist()
    corrected = all(
        (labelled == period).sum() >= FEWEST_AUDITED
        for period in found
        if len(audit) and _why_few(dated.take(periods == period)) is None
    )
    for period in found:
        used = audit.take((labelled == period) & corrected)  # one line, one method
        yield _point(group, target, name_of(period, unit), dated.take(periods == period), used)


def _why_few(lines: Lines) -> str | None:
    addressing = lines.counted[:, SIDES_AT].any(axis=1)
    if lines.counted[:, SIDES_AT].sum() < FEWEST_COMMENTS:
        return f"fewer than {FEWEST_COMMENTS} comments address it"
    if len(np.unique(lines.articles[addressing])) < FEWEST_ARTICLES:
        return f"fewer than {FEWEST_ARTICLES} articles"
    return None


def _point(group: str, target: str, period: str, lines: Lines, audit: AuditLines) -> Point:
    articles = len(np.unique(lines.articles))
    n, addressed = (round(float(lines.counted[:, at].sum())) for at in (0, SIDES_AT))
    if (few := _why_few(lines)) is not None:
        return Point(group, target, period, articles, n, addressed, few=few)
    found = estimate_group(target, lines, audit)
    shares = {str(each.stance): each for each in found.shares if each.population == "outlet"}
    net = next(each for each in found.means if each.population == "outlet" and each.measure == "net")
    net_value, favor, against = (_value(each) for each in (net, shares["favor"], shares["against"]))
    return Point(group, target, period, articles, n, addressed, net_value, favor, against)


def _value(found: Share | Mean) -> Value:
    return Value(found.raw, found.estimate, found.interval, found.method)
