"""Lay out the parts of pictures, so that templates only draw: bars, forest plots, matrix, grids, trends.

Positions are percent of a picture's width or height. Pictures are inline SVG and not styled boxes: browsers print SVG
fills, and leave out the backgrounds of boxes. A forest plot is a table whose rows hold one small picture each, on one
scale: so names of any length wrap, a screen reader reads the numbers, and a phone shows the rows below each other.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from stance.datamodels import SIDES, Stance

Record = Mapping[str, Any]

# Bars -----------------------------------------------------------------------------------------------------------------


class Bar(NamedTuple):
    """A part of a stacked bar."""

    kind: str
    x: float  # left edge
    width: float
    share: float  # in [0, 1]


def diverging_bar(shares: Sequence[Record]) -> tuple[Bar, ...]:
    """Lay out against | neutral | favor so that the middle of neutral is the middle of the picture.

    A share of 1 takes half the width: whatever the lean, the bar stays inside, and its place shows the lean.

    :param shares: Records of the three sides' shares; estimates may be None.
    :return: One bar per side that is above zero, from left to right.
    """
    sizes = {share["stance"]: min(1.0, max(0.0, share["estimate"] or 0.0)) for share in shares}
    left = 50 - 50 * (sizes.get(Stance.AGAINST, 0.0) + sizes.get(Stance.NEUTRAL, 0.0) / 2)
    bars = []
    for side in SIDES:
        if size := sizes.get(side, 0.0):
            bars.append(Bar(side, round(left, 3), round(50 * size, 3), size))
            left += 50 * size
    return tuple(bars)


def columns(bins: Sequence[int], tallest: int) -> tuple[Bar, ...]:
    """Lay out the columns of a histogram.

    :param bins: Counts, from left to right.
    :param tallest: The count that fills the height; above 0 where any count is.
    :return: One bar per filled bin; its ``share`` is its height.
    """
    step, filled = 100 / len(bins), [(at, count) for at, count in enumerate(bins) if count]
    return tuple(Bar("column", round(at * step, 3), round(step * 0.82, 3), count / tallest) for at, count in filled)


def side_shares(counts: Record) -> list[dict[str, Any]]:
    """Turn counts of the three sides into the shares of a bar; other keys are ignored."""
    total = sum(counts[side] for side in SIDES)
    return [{"stance": str(side), "estimate": counts[side] / total if total else None} for side in SIDES]


def raw_shares(shares: Sequence[Record]) -> list[dict[str, Any]]:
    """Return shares as the model's labels were counted, before they were corrected, to draw a bar from."""
    return [{"stance": share["stance"], "estimate": share["raw"]} for share in shares]


# Scales and marks -----------------------------------------------------------------------------------------------------

LIMITS = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Ends of scales: the first that holds all that is drawn."""


class Scale(NamedTuple):
    """A picture's axis."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Return the place of a value, in percent."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 3)


def share_scale(numbers: Iterable[Record]) -> Scale:
    """Return the scale of shares, from 0 to the first limit that holds estimates, earlier ones, and intervals."""
    highest = 0.0
    for number in numbers:
        if number["interval"] is not None:
            known = (number["estimate"], number.get("raw"), number.get("unadjusted"), *number["interval"])
            highest = max(highest, *(abs(value) for value in known if value is not None))
    return Scale(0.0, next((limit for limit in LIMITS if highest <= limit), LIMITS[-1]))


def net_scale(numbers: Iterable[Record]) -> Scale:
    """Return the scale of differences of shares, with zero in the middle."""
    limit = share_scale(numbers).high
    return Scale(-limit, limit)


class Whisker(NamedTuple):
    """An estimate with its interval, drawn."""

    x: float
    low: float
    high: float
    other: float | None  # the place of another estimate of the same: as counted, or before matching
    is_corrected: bool


def whisker(number: Record, scale: Scale, *, other: float | None = None, is_corrected: bool = True) -> Whisker | None:
    """Draw a number with an interval; None where it has none."""
    if number["interval"] is None or number["estimate"] is None:
        return None
    x, low, high = (scale.at(value) for value in (number["estimate"], *number["interval"]))
    return Whisker(x, low, high, None if other is None else scale.at(other), is_corrected)


def side_of_zero(interval: Sequence[float]) -> str:
    """Return the side of zero on which an interval lies: ``favor``, ``against``, or ``both``."""
    low, high = interval
    return "favor" if low > 0 else "against" if high < 0 else "both"


# Groups ---------------------------------------------------------------------------------------------------------------

MOST_DRAWN = 20
"""Groups in a picture, those with most comments: more do not fit a screen. Tables hold more, the CSV file all."""

MOST_IN_GRID = 12
"""Groups in a grid of pairs: its columns are narrow, and a phone shows twelve."""

POPULATIONS = ("outlet", "corpus")

SHOWN_SIDES = (Stance.AGAINST, Stance.FAVOR)
"""Of a forest; the neutral share is the rest, and stands in the tables."""


class Figures(NamedTuple):
    """The numbers and verdicts of groups, by name."""

    numbers: Mapping[tuple[str, str, str, str], Record]  # group, target, population, measure
    standings: Mapping[tuple[str, str, str], Counter[str]]  # group, target, stance -> verdict -> other groups


def figures(comparison: Record) -> Figures:
    """Index a comparison's shares, means and verdicts by name."""
    numbers = {}
    for group in comparison["groups"]:
        for number in (*group["shares"], *group.get("means", ())):
            measure = str(number.get("stance") or number["measure"])
            numbers[group["group"], number["target"], number["population"], measure] = number
    counts: dict[tuple[str, str, str], Counter[str]] = defaultdict(Counter)
    for each in comparison["differences"]:
        for name in (each["a"], each["b"]):
            counts[name, each["target"], str(each["stance"])][each["verdict"]] += 1
    return Figures(numbers, counts)


def largest(groups: Sequence[Record], most: int, *, target: str | None = None) -> tuple[Record, ...]:
    """Choose the groups with most comments, or with most that address a target; in the order given."""
    sizes = [group["addressed"][target] if target else group["comments"] for group in groups]
    chosen = sorted(range(len(groups)), key=lambda at: (-sizes[at], at))[:most]
    return tuple(groups[at] for at in sorted(chosen) if sizes[at])


class Cell(NamedTuple):
    """One measure of a row: the numbers, and how they are drawn."""

    measure: str  # net, or a side
    number: Record  # share or mean
    drawn: Whisker | None  # None: too few for an interval
    standing: Mapping[str, int] | None = None  # verdict -> other groups


class ForestRow(NamedTuple):
    """One group toward one target."""

    group: Record
    n: int  # comments that address the target
    labelled: int
    cells: tuple[Cell, ...]
    is_drawn: bool  # not only counts


class Forest(NamedTuple):
    """All groups toward one target, for one population."""

    target: str
    population: str
    rows: tuple[ForestRow, ...]  # of the groups with most comments, from most in favor to most against
    left_out: int  # smaller groups, which stand in the table


def draw_forest(
    groups: Sequence[Record], found: Figures, target: str, population: str, scales: Mapping[str, Scale]
) -> Forest:
    """Draw the groups with most comments toward one target.

    :param population: ``outlet`` or ``corpus``; a picture is of one.
    :param scales: By measure: ``net`` and the sides that are shown.
    """
    addressing = [group for group in groups if group["addressed"].get(target)]
    chosen = largest(addressing, MOST_DRAWN, target=target)
    rows = [row for group in chosen if (row := _row(group, found, target, population, scales))]
    rows.sort(key=lambda row: (not row.is_drawn, -(row.cells[0].number["estimate"] or 0.0), row.group["group"]))
    return Forest(target, population, tuple(rows), len(addressing) - len(rows))


def _row(group: Record, found: Figures, target: str, population: str, scales: Mapping[str, Scale]) -> ForestRow | None:
    cells = []
    for measure, scale in scales.items():
        number = found.numbers.get((group["group"], target, population, measure))
        if number is None:
            return None
        corrected = number["method"] in ("ppi", "labels")
        drawn = whisker(number, scale, other=number["raw"] if corrected else None, is_corrected=corrected)
        standing = found.standings.get((group["group"], target, measure)) if population == "outlet" else None
        cells.append(Cell(measure, number, drawn, standing))
    is_drawn = any(cell.drawn for cell in cells)
    return ForestRow(group, group["addressed"][target], cells[0].number["labelled"], tuple(cells), is_drawn)


def matrix(groups: Sequence[Record], found: Figures, targets: Sequence[str]) -> tuple[tuple[Record, Any], ...]:
    """Show on which side the net stance of each group toward each target lies, if its interval tells.

    :return: Groups, each with its cells: ``number``, the net stance, and ``lean``: ``against``, ``favor`` (the whole
        interval lies there), ``both`` (it holds zero), ``few`` (no interval), ``none`` (no comment).
    """

    def cell(net: Record | None) -> Record:
        if net is None or not net["n"]:
            return {"lean": "none", "number": None}
        return {"lean": "few" if net["interval"] is None else side_of_zero(net["interval"]), "number": net}

    return tuple(
        (group, tuple(cell(found.numbers.get((group["group"], target, "outlet", "net"))) for target in targets))
        for group in groups
    )


class Grid(NamedTuple):
    """Every pair of some groups, toward one target and stance."""

    target: str
    stance: str
    groups: tuple[str, ...]
    rows: tuple[tuple[Record | None, ...], ...]  # None: a group and itself


def pair_grids(groups: Sequence[Record], differences: Sequence[Record]) -> tuple[Grid, ...]:
    """Set the groups with most comments against each other, a grid for each target and stance that was tested."""
    names = tuple(group["group"] for group in largest(groups, MOST_IN_GRID))
    cells: dict[tuple[str, str], dict[tuple[str, str], Record]] = defaultdict(dict)
    for each in differences:
        if {each["a"], each["b"]} <= set(names):
            pairs, gap = cells[each["target"], str(each["stance"])], each["estimate"]
            pairs[each["a"], each["b"]] = {"verdict": each["verdict"], "estimate": gap}
            pairs[each["b"], each["a"]] = {"verdict": each["verdict"], "estimate": None if gap is None else -gap}
    grids = []
    for (target, stance), pairs in cells.items():
        verdicts = {cell["verdict"] for cell in pairs.values()}
        if verdicts != {"not_tested"}:
            rows = tuple(tuple(pairs.get((row, column)) for column in names) for row in names)
            grids.append(Grid(target, stance, names, rows))
    return tuple(grids)


# Time -----------------------------------------------------------------------------------------------------------------

MOST_MULTIPLES = 12
"""Groups drawn toward a target, those with most comments."""

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")


class Dot(NamedTuple):
    """A period with its net stance."""

    x: float
    y: float
    low: float
    high: float
    is_corrected: bool


class Trend(NamedTuple):
    """One group toward one target over time."""

    group: str
    dots: tuple[Dot, ...]
    lines: tuple[tuple[Dot, Dot], ...]  # between periods that follow each other
    few: tuple[float, ...]  # the places of periods that hold too few comments for a share
    points: tuple[Record, ...]  # the same as numbers, in order of time


class Trends(NamedTuple):
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
    """Draw net stance over time, a picture for each target and group, all on one pair of axes.

    A line joins two periods only where they follow each other: across a month without comments it would say something
    of comments that nobody has.

    :param series: ``unit`` and ``points``, as a comparison's record has them.
    """
    numbered = [(period_number(point["period"], series["unit"]), point) for point in series["points"]]
    ordered = sorted(((at, point) for at, point in numbered if at is not None), key=lambda each: each[0])
    if not ordered:
        return ()
    (first, start), (last, end) = ordered[0], ordered[-1]
    across = Scale(first - 0.5, last + 0.5)
    up = net_scale(point["net"] for _, point in ordered if _has_interval(point))
    found = []
    for target in targets:
        groups: dict[str, list[tuple[int, Record]]] = defaultdict(list)
        for at, point in ordered:
            if point["target"] == target:
                groups[point["group"]].append((at, point))
        sizes = {group: sum(point["addressed"] for _, point in own) for group, own in groups.items()}
        chosen = sorted(sorted(groups), key=lambda group: -sizes[group])[:MOST_MULTIPLES]
        panels = tuple(_draw_group(group, groups[group], across, up) for group in chosen)
        if panels:
            found.append(Trends(target, start["period"], end["period"], up.high, panels, len(groups) - len(chosen)))
    return tuple(found)


def _draw_group(group: str, own: Sequence[tuple[int, Record]], across: Scale, up: Scale) -> Trend:
    dots = []
    for at, point in own:
        if _has_interval(point):
            net = point["net"]
            y, low, high = (100 - up.at(value) for value in (net["estimate"], *net["interval"]))
            dots.append((at, Dot(across.at(at), y, low, high, net["method"] in ("ppi", "labels"))))
    lines = ((one, other) for (before, one), (after, other) in pairwise(dots) if after - before == 1)
    few = (across.at(at) for at, point in own if not _has_interval(point))
    return Trend(group, tuple(dot for _, dot in dots), tuple(lines), tuple(few), tuple(point for _, point in own))


def _has_interval(point: Record) -> bool:
    return (point.get("net") or {}).get("interval") is not None
