"""Shares over time: a point for each period, and changes by a slope or an event."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import NamedTuple, TypeVar

import numpy as np

from stance.aggregation import estimation
from stance.aggregation.clusters import METHODS, UNDATED, ClusterSums, Rows
from stance.aggregation.contrasts import contrast
from stance.aggregation.estimation import Estimated, fit
from stance.aggregation.intervals import FEWEST_ARTICLES
from stance.aggregation.measures import PLACES
from stance.aggregation.observations import Floats, Ids, Observations
from stance.aggregation.sentiment import estimate_sentiment, sounding
from stance.aggregation.shares import NOTES, estimate_group, why_few_authors, why_uncorrected
from stance.comparison.differences import DETECTABLE, LEVEL, POWER, GroupContrast, adjust, fill
from stance.datamodels import FEWEST_AUDITED, FEWEST_SHOWN, Record, Share

NO_VALUE: Record = {"estimate": None, "interval": None, "method": "none"}
"""The share or mean of a period with too few comments."""

MOST_DAYS = 60
"""Maximum number of days that are shown in days or weeks; a longer time is shown in months."""


def periods_of(days: Ids, unit: str) -> Ids:
    """Number the periods of days.

    :param days: Shape (n,), as ``date.toordinal``.
    :param unit: ``day``, ``week`` or ``month``.
    """
    if unit == "day":
        return days
    if unit == "week":
        return (days - 1) // 7  # day 1 was a Monday
    months = (days - date(1970, 1, 1).toordinal()).astype("datetime64[D]").astype("datetime64[M]")
    return months.astype(np.int64)


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
    days: Mapping[str, Ids], sums: Mapping[str, Mapping[str, ClusterSums]], *, unit: str | None = None
) -> Record | None:
    """Follow groups over time.

    :param days: Name -> days of its comments.
    :param sums: Name -> target -> sums.
    :param unit: ``day``, ``week`` or ``month``; None: chosen by :func:`choose_unit`.
    :return: ``unit``; ``points`` in order of group, target and period; ``undated``: group -> comments without a date,
        which are in no point. None where no comment has a date, or all are of one period.
    """
    every = np.concatenate([series[series != UNDATED] for series in days.values()]).astype(np.int64)
    unit = unit or (choose_unit(every) if len(every) else "day")
    if len(np.unique(periods_of(every, unit))) < 2:
        return None
    points = []
    for name in days:
        for target, of_target in sums[name].items():
            series = [*_points(name, target, of_target, unit)]
            _add_sentiment(series, target, of_target.rows(), unit)
            points += series
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


def _add_sentiment(points: Sequence[Record], target: str, rows: Rows, unit: str) -> None:
    """Add the mean sentiment to the points of one line: by one method, that of most comments."""
    method = max(METHODS, key=lambda name: len(sounding(rows, name)))
    rows = sounding(rows[rows["day"] != UNDATED], method)
    periods = periods_of(rows["day"], unit)
    for point in points:
        if (in_period := periods == point["number"]).any():
            mean = estimate_sentiment(target, method, rows[in_period])
            values = {"estimate": mean["interval"] and mean["mean"], "interval": mean["interval"]}
            point["sentiment"] = values | {"n": mean["n"], "method": method}


def _dated(sums: ClusterSums) -> Observations:
    """Return the comments with a date."""
    table = sums.observations()
    return table.take(table.days != UNDATED)


def _why_few(table: Observations) -> str | None:
    articles, addressed = table.counts()
    if addressed < FEWEST_SHOWN:
        return f"fewer than {FEWEST_SHOWN} comments address the target"
    return f"fewer than {FEWEST_ARTICLES} articles" if articles < FEWEST_ARTICLES else None


PER = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}
"""Days of a unit of time."""

Measures = Mapping[str, tuple[int, float]]
"""Name of a measure that is followed over time -> its place among those of a fit, and its unit."""

SHOWN: Measures = {name: (PLACES[name], 100.0 if name == "net" else 1.0) for name in ("against", "favor", "net")}
"""Two sides and their difference; neutral is what they leave."""


def regressors(days: Ids, unit: str, middle: float, event: date | None) -> Floats:
    """Return the constant and the regressor of a change: shape (n, 2).

    :param middle: From which time counts, in units.
    :param event: Whether this day has come; None: time itself.
    """
    values = days >= event.toordinal() if event else (days - middle) / PER[unit]
    return np.stack([np.ones(len(days)), values.astype(np.float64)], axis=1)


class Change(NamedTuple):
    """The change of one group, without the influences of its constant, which are many.

    :param why_not: Why it is not tested; None where it is.
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
        # False changes were measured from 50 labels on (``research.benchmarks.trends``).
        why_not = NOTES["labels"] if table.drawn < FEWEST_AUDITED else why_uncorrected(table)
        _, change = fit(table.unlabelled() if why_not else table, steps)
        if not (change.is_defined and np.isfinite([change.values[place] for place, _ in SHOWN.values()]).all()):
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
        tables = {name: (table, table.days) for name, table in dated.items() if _why_few(table) is None}
        empty = GroupContrast(target, "", None, None, "", unit)
        contrasts += changes_of(tables, Change.of, empty, event, SHOWN)
    families = [[item for item in contrasts if (item.group is None) is is_total] for is_total in (True, False)]
    return tuple(change for family in families for change in _with_power(adjust(family)))


Dated = TypeVar("Dated", Observations, Rows)


def changes_of(
    tables: Mapping[str, tuple[Dated, Ids]],
    fit_change: Callable[[str, Dated, Floats], Change | None],
    empty: GroupContrast,
    event: date | None,
    measures: Measures,
) -> Iterator[GroupContrast]:
    """Fit the slope of each group, and its change at an event; contrast those of groups.

    What groups have in common is the change of one regression in which each has its own level.

    :param tables: Group -> dated comments, and their days.
    :param fit_change: Returns the change of a group by its regressors; None where there is none to estimate.
    :param empty: What all contrasts have in common; without a method, it is that of their labels.
    :return: Contrasts of all groups together, of each, and between two; p-values are those of single tests.
    """
    middle = float(np.mean(np.concatenate([days for _, days in tables.values()]))) if tables else 0.0
    for kind, day in (("slope", None), *([("event", event)] if event else [])):
        changes = (
            fit_change(name, table, regressors(days, empty.unit, middle, day)) for name, (table, days) in tables.items()
        )
        fitted = [change for change in changes if change is not None]
        corrected = [change for change in fitted if change.why_not is None]
        used = corrected if len(corrected) > 1 else fitted
        total = sum(change.found.weight for change in used)
        note = f"of {len(used)} of {len(fitted)} groups" if len(used) < len(fitted) else None
        named = replace(empty, kind=kind)
        if len(fitted) > 1:
            parts = [(change.found.weight / total, change) for change in used]
            yield from _contrasts(replace(named, note=note), parts, measures)
        for index, one in enumerate(fitted):
            named = replace(named, group=one.group)
            yield from _contrasts(replace(named, other=None, note=one.why_not), [(1.0, one)], measures)
            for other in fitted[index + 1 :]:
                of_both = replace(named, other=other.group, note=one.why_not or other.why_not)
                yield from _contrasts(of_both, [(1.0, one), (-1.0, other)], measures)


def _contrasts(
    empty: GroupContrast, parts: Sequence[tuple[float, Change]], measures: Measures
) -> Iterator[GroupContrast]:
    """Estimate one contrast for each measure; tested where nothing speaks against a test of any of its groups."""
    estimate = contrast([(factor, part.found) for factor, part in parts])
    comments, labelled = (sum(getattr(part, name) for _, part in parts) for name in ("comments", "labelled"))
    is_tested = all(part.why_not is None for _, part in parts)
    method = empty.method if empty.method != "none" else "corrected" if is_tested else "model"
    for name, (place, size) in measures.items():
        one = replace(empty, stance=name, comments=comments, labelled=labelled, method=method)
        sized = estimate._replace(values=size * estimate.values, errors=size * estimate.errors)
        filled = fill(one, sized, place, (-np.inf, np.inf))
        yield filled if is_tested else replace(one, estimate=filled.estimate)


def _with_power(changes: Sequence[GroupContrast]) -> Iterator[GroupContrast]:
    """Adjust the change that a family of tests finds in 80 % of samples to the number of its tests."""
    from scipy.special import ndtri

    tests = sum(change.p_adjusted is not None for change in changes) or 1
    power = (POWER - float(ndtri(LEVEL / tests / 2))) / DETECTABLE
    for change in changes:
        yield replace(change, detectable=change.detectable and change.detectable * power)
