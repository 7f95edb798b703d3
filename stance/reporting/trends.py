"""Where the parts of small multiples stand: one small picture per group, all on one pair of axes, gaps left as gaps.

What lies between two periods that have a number is drawn only where they follow each other. A line across a month
without comments would say something of comments that nobody has.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from stance.reporting.forest import Scale, net_scale

MOST_MULTIPLES = 12
"""Groups drawn toward a target, those with most comments."""

Record = Mapping[str, Any]

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")


@dataclass(frozen=True, slots=True)
class Dot:
    """A period with its net stance, in percent of the picture."""

    x: float
    y: float
    low: float
    high: float
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class Line:
    """What joins two periods that follow each other."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class Trend:
    """One group toward one target over time."""

    group: str
    dots: tuple[Dot, ...]
    lines: tuple[Line, ...]
    few: tuple[float, ...]  # where periods stand that hold too few comments for a share
    points: tuple[Record, ...]  # the same as numbers, in order of time


@dataclass(frozen=True, slots=True)
class Trends:
    """The groups with most comments toward one target, on one pair of axes."""

    target: str
    first: str
    last: str
    limit: float  # the vertical axis goes from minus to plus this
    panels: tuple[Trend, ...]
    left_out: int


def period_number(period: str, unit: str) -> int | None:
    """Number a period, so that those that follow each other have numbers that do; None if it is no period.

    :param period: ``2026-03``, ``2026-W10``, or a day: that of a week is any day in it.
    :param unit: ``month``, ``week`` or ``day``.
    """
    try:
        if unit == "month" and (found := _MONTH.match(period)):
            return int(found[1]) * 12 + int(found[2])
        if unit == "week" and (found := _WEEK.fullmatch(period)):
            return date.fromisocalendar(int(found[1]), int(found[2]), 1).toordinal() // 7
        day = date.fromisoformat(period).toordinal()
    except ValueError:
        return None
    return (day - 1) // 7 if unit == "week" else day


def draw_trends(series: Record, targets: Sequence[str]) -> tuple[Trends, ...]:
    """Draw net stance over time, a picture for each target and group.

    :param series: ``unit`` and ``points``, as a comparison's record has them.
    """
    numbered = [
        (number, point)
        for point in series["points"]
        if (number := period_number(point["period"], series["unit"])) is not None
    ]
    if not numbered:
        return ()
    ordered = sorted(numbered, key=lambda each: each[0])
    drawn = (
        _draw_target(target, ordered, [each for each in ordered if each[1]["target"] == target]) for target in targets
    )
    return tuple(each for each in drawn if each.panels)


def _draw_target(target: str, everything: Sequence[tuple[int, Record]], own: Sequence[tuple[int, Record]]) -> Trends:
    (first, first_point), (last, last_point) = everything[0], everything[-1]
    scale = net_scale(point["net"] for _, point in everything if _has_interval(point))
    sizes: dict[str, int] = {}
    for _, point in own:
        sizes[point["group"]] = sizes.get(point["group"], 0) + point["addressed"]
    chosen = sorted(sorted(sizes), key=lambda group: -sizes[group])[:MOST_MULTIPLES]
    across = Scale(first - 0.5, last + 0.5)
    return Trends(
        target=target,
        first=first_point["period"],
        last=last_point["period"],
        limit=scale.high,
        panels=tuple(
            _draw_group(group, [each for each in own if each[1]["group"] == group], across, scale) for group in chosen
        ),
        left_out=len(sizes) - len(chosen),
    )


def _draw_group(group: str, own: Sequence[tuple[int, Record]], across: Scale, up: Scale) -> Trend:
    dots = [(number, _dot(point, across.at(number), up)) for number, point in own if _has_interval(point)]
    return Trend(
        group=group,
        dots=tuple(dot for _, dot in dots),
        lines=tuple(_lines(dots)),
        few=tuple(across.at(number) for number, point in own if not _has_interval(point)),
        points=tuple(point for _, point in own),
    )


def _lines(dots: Sequence[tuple[int, Dot]]) -> Iterable[Line]:
    for (before, one), (after, other) in pairwise(dots):
        if after - before == 1:
            yield Line(one.x, one.y, other.x, other.y)


def _dot(point: Record, x: float, up: Scale) -> Dot:
    net = point["net"]
    low, high = net["interval"]
    is_corrected = net["method"] in ("ppi", "labels")
    return Dot(x, 100 - up.at(net["estimate"]), 100 - up.at(low), 100 - up.at(high), is_corrected)


def _has_interval(point: Record) -> bool:
    net = point.get("net") or {}
    return net.get("estimate") is not None and net.get("interval") is not None
