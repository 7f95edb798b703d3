"""Lay out the parts of pictures, so that templates only draw, and draw the charts that also are files.

Positions are percent of a picture's width or height. Pictures are inline SVG and not styled boxes: browsers print SVG
fills, and leave out the backgrounds of boxes. A forest plot is a table whose rows hold one small picture each, on one
scale: so names of any length wrap, a screen reader reads the numbers, and a phone shows the rows below each other.

A :class:`Chart` is drawn once, in pixels: its panels stand in a page as they stand in its file, so that both are equal.
"""

import base64
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from textwrap import wrap
from typing import NamedTuple
from unicodedata import east_asian_width

from markupsafe import Markup

from stance.datamodels import FEWEST_SHARED, SIDES, Record, Stance, grouped, side_shares
from stance.exceptions import require
from stance.records import UTF8_MARK, cell_of, csv_text
from stance.resources import open_file

# Numbers --------------------------------------------------------------------------------------------------------------


def percent(share: float) -> str:
    """Write a share as a whole percentage; one that is neither none nor all is never written as either."""
    if 0 < share <= 0.005:  # one in two hundred would be rounded to none
        return "<1 %"
    return ">99 %" if 0.995 <= share < 1 else f"{share * 100:.0f} %"


def is_told(shares: Iterable[Record]) -> bool:
    """Return whether shares may stand as percentages: all bounded, and of enough comments or corrected."""
    told = list(shares)
    return bool(told) and all(
        each["interval"] is not None and (each["method"] in ("ppi", "labels") or each["n"] >= FEWEST_SHARED)
        for each in told
    )


def points(difference: float) -> str:
    """Write a difference of shares in percentage points, with its sign."""
    return net_points(100 * difference)


def net_points(net: float) -> str:
    """Write a net stance, which is in points already, with its sign."""
    return f"{net:+.0f}".replace("-", "−") if round(net) else "0"


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


def raw_shares(shares: Sequence[Record]) -> list[Record]:
    """Return shares as the model's labels were counted, before they were corrected, to draw a bar from."""
    return [{"stance": share["stance"], "estimate": share["raw"]} for share in shares]


def counted_shares(counts: Mapping[Stance, int]) -> list[Record]:
    """Return the counts of sides as parts of their sum, to draw a bar from."""
    return [{"stance": side, "estimate": share} for side, share in side_shares(counts).items()]


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


def share_scale(numbers: Iterable[Record], unit: float = 1.0) -> Scale:
    """Return the scale of shares, from 0 to the first limit that holds estimates, earlier ones, and intervals.

    :param unit: Of the numbers: 100 where they are in points.
    """
    highest = 0.0
    for number in numbers:
        if number["interval"] is not None:
            known = (number["estimate"], number.get("raw"), number.get("unadjusted"), *number["interval"])
            highest = max(highest, *(abs(value) for value in known if value is not None))
    return Scale(0.0, unit * next((limit for limit in LIMITS if highest <= unit * limit), LIMITS[-1]))


def net_scale(numbers: Iterable[Record], unit: float = 1.0) -> Scale:
    """Return the scale of differences of shares, or of net stance in points, with zero in the middle."""
    limit = share_scale(numbers, unit).high
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
"""Maximum number of groups in a picture, those with most comments. Tables hold more, the CSV file all."""

MOST_IN_GRID = 12
"""Maximum number of groups in a grid of pairs: a phone shows twelve narrow columns."""

POPULATIONS = ("outlet", "corpus")

SHOWN_SIDES = (Stance.AGAINST, Stance.FAVOR)
"""Sides that a forest shows; the neutral share is the rest, and is in the tables."""


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
    sizes = [1 if size is None else size for size in sizes]  # withheld in a public report: there are some
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
    rows: tuple[ForestRow, ...]  # of the groups with most comments, in the order of all pictures
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

UNBOUNDED = "unbounded"
"""The method of a net stance without an interval that is drawn all the same: no group is compared by it."""

MOST_MULTIPLES = 12
"""Maximum number of groups with a trend toward each target, those with most comments."""


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
    fitted: tuple[tuple[float, ...], ...] = ()  # of the fitted line: place in time, height, and those of its band


class Trends(NamedTuple):
    """The groups with most comments toward one target, on one pair of axes."""

    target: str
    first: str
    last: str
    limit: float  # the vertical axis goes from minus to plus this, in points
    panels: tuple[Trend, ...]
    left_out: int


def period_number(period: str, unit: str) -> int | None:
    """Number a period, so that those that follow each other have numbers that do; None if it is no period.

    :param period: ``2026-03``, ``2026-W10``, or a day: that of a week is any day in it.
    :param unit: ``month``, ``week`` or ``day``.
    """
    try:
        day = date.fromisoformat(f"{period[:7]}-01" if unit == "month" else period)
    except ValueError:
        return None
    if unit == "month":
        return day.year * 12 + day.month
    return (day.toordinal() - 1) // 7 if unit == "week" else day.toordinal()


def draw_trends(series: Record, targets: Sequence[str], up: Scale | None = None) -> tuple[Trends, ...]:
    """Draw net stance over time, a picture for each target and group, all on one pair of axes.

    A line joins two periods only where they follow each other: across a month without comments it would say something
    of comments that nobody has.

    :param series: ``unit`` and ``points``, as a comparison's record has them; ``slopes``, whose lines are drawn too.
    :param up: The vertical axis, in points; None: one that holds all intervals.
    """
    numbered = [(period_number(point["period"], series["unit"]), point) for point in series["points"]]
    ordered = sorted(((at, point) for at, point in numbered if at is not None), key=lambda each: each[0])
    if not ordered:
        return ()
    (first, start), (last, end) = ordered[0], ordered[-1]
    across = Scale(first - 0.5, last + 0.5)
    up = up or net_scale((point["net"] for _, point in ordered if _is_drawn(point)), 100)
    found = []
    for target in targets:
        groups = grouped((point["group"], (at, point)) for at, point in ordered if point["target"] == target)
        sizes = {group: sum(point["addressed"] for _, point in own) for group, own in groups.items()}
        chosen = sorted(sorted(sorted(groups), key=lambda group: -sizes[group])[:MOST_MULTIPLES])
        panels = tuple(
            _draw_group(group, groups[group], across, up, _fitted_line(series, target, group)) for group in chosen
        )
        if panels:
            found.append(Trends(target, start["period"], end["period"], up.high, panels, len(groups) - len(chosen)))
    return tuple(found)


def _fitted_line(series: Record, target: str, group: str) -> list[tuple[float, ...]]:
    """Return the line of net stance of one group: period with its fraction, value, and the ends of its band."""
    found = (each for each in series.get("slopes") or () if (each["target"], each["group"]) == (target, group))
    return [(_moment(day, series["unit"]), *values) for each in found for day, *values in each["line"]]


def _moment(day: str, unit: str) -> float:
    """Number the period of a day, with the part of it that has passed, less one half: periods are drawn around it."""
    start = period_number(day, unit) or 0
    passed = (int(day[8:]) - 1) / 31 if unit == "month" else (date.fromisoformat(day).weekday() + 0.5) / 7
    return start + (0.0 if unit == "day" else passed - 0.5)


def _draw_group(
    group: str, own: Sequence[tuple[int, Record]], across: Scale, up: Scale, line: Sequence[tuple[float, ...]] = ()
) -> Trend:
    dots = []
    for at, point in own:
        if _is_drawn(point):
            net = point["net"]
            ends = net["interval"] or (net["estimate"], net["estimate"])
            y, low, high = (100 - up.at(value) for value in (net["estimate"], *ends))
            dots.append((at, Dot(across.at(at), y, low, high, net["method"] in ("ppi", "labels"))))
    lines = ((one, other) for (before, one), (after, other) in pairwise(dots) if after - before == 1)
    few = (across.at(at) for at, point in own if not _is_drawn(point))
    fitted = tuple((across.at(at), *(100 - up.at(value) for value in values)) for at, *values in line)
    points = tuple(point for _, point in own)
    return Trend(group, tuple(dot for _, dot in dots), () if fitted else tuple(lines), tuple(few), points, fitted)


def _is_drawn(point: Record) -> bool:
    net = point.get("net") or {}
    return net.get("estimate") is not None and (net["interval"] is not None or net["method"] == UNBOUNDED)


# Charts that are files too --------------------------------------------------------------------------------------------

WIDTH = 352
"""Width of a panel in pixels: it fits a phone, and three fit the width of a desk screen."""

MARGIN = 24
ROW = 38
PLOT = 60
"""Height of a trend in pixels."""

REACH = 128
"""Length of the axis of bars from zero to its end, in pixels: beyond it there is place for a label."""

LONGEST_LABEL = 34
"""Maximum number of letters of a name beside the number of comments, those of East Asia counted twice."""

STYLE = Markup("""<style>
text{font:12px "DejaVu Sans",Arial,sans-serif;fill:#1c1c1a}.title{font-weight:700}.head{font-size:17px;font-weight:700}
.soft{fill:#5c5b56}.small{font-size:11px}.end{text-anchor:end}.middle{text-anchor:middle}
.rail{stroke:#a9a79f}.grid{stroke:#dcdad2}.zero,.joins{stroke:#1c1c1a;stroke-width:1.5}
.bound{stroke:#1c1c1a;stroke-width:2}.halo{stroke:#fff;stroke-width:5}
.side-against{fill:#b5460f}.side-favor{fill:#1f5f99}
.full{fill:#1c1c1a;stroke:#1c1c1a}.open{fill:#fff;stroke:#1c1c1a;stroke-width:1.5}
</style>""")
"""Style of a chart in a file; in a page the style sheet of the page applies, which knows dark screens."""


class Panel(NamedTuple):
    """A part of a chart."""

    told: str  # the same in words
    height: int
    body: Markup  # elements, as wide as ``WIDTH``


class Chart(NamedTuple):
    """A chart as it stands in a page, in a file and in a table."""

    name: str  # of its files
    title: str
    source: str  # the comments, the model and the version
    panels: tuple[Panel, ...]
    rows: tuple[Record, ...]  # of its table

    @property
    def svg(self) -> str:
        """Return the chart as an SVG file: title, panels in rows of three, source."""
        columns = min(3, len(self.panels))
        width, y, body = columns * (WIDTH + MARGIN) + MARGIN, MARGIN, Markup("")
        for line in wrap(_printable(self.title), width // 10):
            body += _text(MARGIN, y + 8, line, "head")
            y += 22
        for at, panel in enumerate(self.panels):
            place = (MARGIN + at % columns * (WIDTH + MARGIN), y + 10)
            body += Markup('<g transform="translate({} {})">{}</g>').format(*place, panel.body)
            if at % columns == columns - 1 or panel is self.panels[-1]:
                y += panel.height + 18
        for line in wrap(_printable(self.source), width // 8):
            y += 16
            body += _text(MARGIN, y, line, "soft")
        return Markup(
            '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}"><title>{2}</title>'
            '{3}<rect width="100%" height="100%" fill="#fff"/>{4}</svg>\n'
        ).format(width, y + MARGIN, _printable(self.title), STYLE, body)

    @property
    def csv(self) -> str:
        """Return the numbers of the chart as a table."""
        return f"{UTF8_MARK}{csv_text([self.rows[0], *(map(cell_of, row.values()) for row in self.rows)])}"

    @property
    def links(self) -> Iterable[tuple[str, str]]:
        """Return the links to both files: their ending and an address that holds the file, so that a page is whole."""
        for ending, kind, text in (("svg", "image/svg+xml", self.svg), ("csv", "text/csv", self.csv)):
            yield ending, f"data:{kind};base64,{base64.b64encode(text.encode(errors='replace')).decode()}"


def stance_chart(
    name: str,
    groups: Sequence[Record],
    labels: Mapping[str, str],
    *,
    source: str,
    by: str,
    absent: str = "too few",
) -> Chart | None:
    """Draw the shares against and in favor of each target, with their intervals, to both sides of zero.

    :param name: Of the files.
    :param groups: Records with ``group``, ``addressed`` by target (None: withheld) and ``shares``. A panel shows a
        target, its rows the groups with most comments; of a single group, one panel shows all targets. Only shares of
        comments like these are drawn that may stand as percentages.
    :param labels: Target -> label.
    :param absent: Word for a group without a share.
    :return: None if there is no share to draw.
    """
    is_alone = len(groups) == 1
    drawn = tuple(groups) if is_alone else largest(groups, MOST_DRAWN)
    found = {(each["group"], target): _shown(each, target) for target in labels for each in drawn}
    sides = [share for own in found.values() for share in own if share["stance"] in SHOWN_SIDES]
    if not sides:
        return None
    highest = min(1.0, max((share["interval"] or (0.0, share["estimate"]))[1] for share in sides))
    limit, is_mixed = next(limit for limit in LIMITS if highest <= limit), len({each["method"] for each in sides}) > 1
    rows = {
        target: [
            (labels[target] if is_alone else each["group"], each["addressed"].get(target), found[each["group"], target])
            for each in drawn
        ]
        for target in labels
    }
    if is_alone:
        rows = {"": [row for own in rows.values() for row in own]}
    panels = [_bars(labels.get(target, ""), own, limit, is_mixed, absent) for target, own in rows.items()]
    left_out = f" The {len(drawn)} groups with most comments of {len(groups)}." if len(drawn) < len(groups) else ""
    title = f"Stance toward {', '.join(labels.values())}" + ("" if is_alone else f" by {by}")
    table = (
        {"group": group, "target": target, "stance": str(share["stance"]), "n": share["n"], "share": share["estimate"]}
        | _ends(share)
        for (group, target), own in found.items()
        for share in own
    )
    source += f" Shares of the comments that address the target; the rest is neutral.{left_out}"
    return Chart(name, title, source, tuple(panels), tuple(table))


def trend_chart(name: str, drawn: Sequence[Trends], labels: Mapping[str, str], *, title: str, source: str) -> Chart:
    """Draw net stance over time, a panel for each group and target; a group without a name is all comments."""
    rows = (
        {"target": trends.target, "group": trend.group, "period": point["period"], "n": point["addressed"]}
        | {"net": net.get("estimate")}
        | _ends(net)
        for trends in drawn
        for trend in trends.panels
        for point in trend.points
        for net in (point["net"] if _is_drawn(point) else {},)
    )
    panels = (_trend(trend.group or labels[each.target], trend, each) for each in drawn for trend in each.panels)
    return Chart(name, title, source, tuple(panels), tuple(rows))


def _ends(number: Record) -> Record:
    """Return the last columns of a table: an interval and the method."""
    low, high = number.get("interval") or (None, None)
    return {"low": low, "high": high, "method": number.get("method")}


def _shown(group: Record, target: str) -> list[Record]:
    """Return the shares of a group that are drawn; none if neither side is among them."""
    known = [each for each in group["shares"] if each["target"] == target and each["estimate"] is not None]
    known = [each for each in known if each["population"] == "outlet"] or known
    return known if is_told(known) and any(each["stance"] in SHOWN_SIDES for each in known) else []


def _bars(
    title: str, rows: Sequence[tuple[str, int | None, list[Record]]], limit: float, is_mixed: bool, absent: str
) -> Panel:
    """Draw a row for each name: bars from zero to both sides, their intervals and percentages.

    :param limit: The share at both ends.
    :param is_mixed: Labels correct some shares and not others.
    """
    marks, told = [_text(0, 13, _fit(title), "title")] if title else [], []
    start, middle = 24 if title else 4, WIDTH / 2
    bottom = start + ROW * len(rows) + 2
    for y, (label, n, shares) in zip(range(start, bottom, ROW), rows, strict=False):
        sides, words = {share["stance"]: share for share in shares}, "n withheld" if n is None else f"n {n:,}"
        if not shares:
            words += f": {absent}" if n else ""
        elif is_mixed:
            words += {"ppi": ", corrected", "labels": ", labels alone"}.get(shares[0]["method"], ", not corrected")
        said = [f"{percent(sides[side]['estimate'])} {side}" for side in SHOWN_SIDES if side in sides]
        told.append(f"{_fit(label)} ({words}) {', '.join(said)}".strip())
        marks += [_text(0, y + 10, _fit(label)), _text(WIDTH, y + 10, words, "soft small end")]
        for side, way in zip(SHOWN_SIDES, (-1, 1), strict=True):
            if shares:
                marks += _bar(side, way * REACH / limit, sides.get(side), y + 14)
    marks.append(_line("zero", middle, start + 12, middle, bottom))
    marks.append(_line("rail", middle - REACH, bottom, middle + REACH, bottom))
    for at in (-1, 0, 1):
        marks.append(_text(middle + at * REACH, bottom + 13, percent(abs(at) * limit), "soft small middle"))
    ends = ((0, "◀ against", ""), (middle, "share of comments", "soft middle"), (WIDTH, "in favor ▶", "end"))
    marks += [_text(x, bottom + 28, words, f"small {kind}") for x, words, kind in ends]
    return Panel(f"{title}: {'; '.join(told)}".removeprefix(": "), bottom + 34, Markup("").join(marks))


def _bar(side: str, scale: float, share: Record | None, y: float) -> Iterable[Markup]:
    """Draw a share as a bar from the middle, its interval, and the percentage beyond both.

    :param scale: Pixels of a share of 1: below zero to the left.
    :param share: None: withheld.
    """
    middle, is_left = WIDTH / 2, scale < 0
    if share is None:
        yield _text(middle + (-6 if is_left else 6), y + 12, "withheld", "soft small" + " end" * is_left)
        return
    length, ends = scale * share["estimate"], [scale * end for end in share["interval"] or ()]
    yield _tag("rect", f"side-{side}", x=middle + min(0.0, length), y=y, width=abs(length), height=16)
    if ends:
        low, high = middle + ends[0], middle + ends[1]
        yield _line("halo", low, y + 8, high, y + 8)
        yield _line("bound", low, y + 8, high, y + 8)
        yield from (_line("bound", end, y + 4, end, y + 12) for end in (low, high))
    farthest = max([length, *ends], key=abs)
    yield _text(middle + farthest + (-5 if is_left else 5), y + 12, percent(share["estimate"]), "end" * is_left)


def _trend(title: str, trend: Trend, trends: Trends) -> Panel:
    """Draw one group: axes, lines between neighbours, intervals, and a cross for a period with too few comments."""
    top, left = 24, 40
    bottom, across = top + PLOT, (WIDTH - left - 8) / 100

    def at(x: float, y: float) -> tuple[float, float]:
        return left + across * x, top + PLOT * y / 100

    marks = [_text(0, 13, _fit(title), "title")]
    for height, value in ((0, trends.limit), (50, 0.0), (100, -trends.limit)):
        y = top + PLOT * height / 100
        marks.append(_line("grid" if value else "rail", left, y, WIDTH, y))
        marks.append(_text(left - 6, y + 4, net_points(value), "soft small end"))
    for (x, *here), (after, *there) in pairwise(trend.fitted):
        marks += [
            _line("joins" if place == 0 else "grid", *at(x, one), *at(after, other))
            for place, (one, other) in enumerate(zip(here, there, strict=True))
        ]
    marks += [_line("joins", *at(one.x, one.y), *at(other.x, other.y)) for one, other in trend.lines]
    for dot in trend.dots:
        (x, y), (_, low), (_, high) = at(dot.x, dot.y), at(dot.x, dot.low), at(dot.x, dot.high)
        marks.append(_line("bound", x, low, x, high))
        marks.append(_tag("circle", "full" if dot.is_corrected else "open", cx=x, cy=y, r=3.5))
    marks += [_text(at(x, 0)[0], bottom - 5, "×", "middle few") for x in trend.few]
    ends = ((left, trends.first, ""), (WIDTH, trends.last, "end"), ((left + WIDTH) / 2, "net stance, points", "middle"))
    marks += [_text(x, bottom + 15, words, f"soft small {kind}") for x, words, kind in ends]
    known = [f"{point['period']} {net_points(point['net']['estimate'])}" for point in trend.points if _is_drawn(point)]
    return Panel(f"{_fit(title)}: {', '.join(known)}", bottom + 22, Markup("").join(marks))


def _tag(tag: str, kind: str, words: str = "", **attributes: float) -> Markup:
    """Return an element of SVG."""
    given = Markup("").join(Markup(' {}="{}"').format(name, round(value, 1)) for name, value in attributes.items())
    return Markup('<{0} class="{1}"{2}>{3}</{0}>').format(tag, kind, given, words)


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> Markup:
    return _tag("line", kind, x1=x1, y1=y1, x2=x2, y2=y2)


def _text(x: float, y: float, words: str, kind: str = "") -> Markup:
    return _tag("text", kind, _printable(words), x=x, y=y)


def _printable(text: str) -> str:
    """Return a text in one line without what XML forbids and without marks of direction."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _fit(name: str) -> str:
    """Shorten a name to the width of a panel."""
    width, shown = 0, _printable(name)
    for at, char in enumerate(shown):
        width += 2 if east_asian_width(char) in "WF" else 1
        if width > LONGEST_LABEL:
            return f"{shown[: at - 1]}…"
    return shown


# Files of charts ------------------------------------------------------------------------------------------------------

_LINK = re.compile(r'download="([a-z0-9_-]+)\.svg" href="data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)"')


def png_of(svg: str) -> bytes:
    """Return an SVG as PNG, two pixels for each; its letters are those of the system's fonts.

    :raises MissingExtraError: If resvg-py is not there.
    """
    require("resvg_py")
    from resvg_py import svg_to_bytes

    return bytes(svg_to_bytes(svg_string=svg, zoom=2))


def write_charts(page: Path, folder: Path) -> list[Path]:
    """Write the charts that a page links to as SVG and PNG.

    :param folder: Made if it is not there.
    :return: The paths of the files.
    :raises MissingExtraError: If resvg-py is not there.
    :raises ConfigError: If they cannot be written.
    """
    written = []
    for name, encoded in _LINK.findall(page.read_text(encoding="utf-8")):
        svg = base64.b64decode(encoded)
        for ending, content in (("svg", svg), ("png", png_of(svg.decode()))):
            written.append(folder / f"{name}.{ending}")
            with open_file(written[-1], "wb") as file:
                file.write(content)
    return written
