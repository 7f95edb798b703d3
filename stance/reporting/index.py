"""Sum over pages for the index: the outlets, and stance over time.

Everything is summed while pages pass by, so that a corpus may be larger than memory. A line over time invites more
belief than any other picture, so it is drawn only where there are dates, a period with few comments is a gap, and
nothing is drawn across a gap.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any, NamedTuple

from stance.datamodels import FEWEST_COMMENTS, SIDES, Stance

Record = dict[str, Any]

FEWEST_PERIODS = 3
"""Two points make a line of any two numbers."""

FEWEST_MONTHS = 3
"""Pages of fewer months are put together by day."""

MOST_OUTLETS = 200
"""Outlets that a reader can choose from, those with the most pages; the search finds the others."""

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)")


class Overview:
    """Sums over the records of documents, one at a time."""

    def __init__(self) -> None:
        self._outlets: Counter[str] = Counter()
        self._articles: Counter[str] = Counter()
        self._undated = 0
        self._days: dict[str, dict[date, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))

    def add(self, document: Mapping[str, Any]) -> None:
        """Count one document's record."""
        if document["outlet"] is not None:
            self._outlets[document["outlet"]] += 1
        published = published_on(document["published"])
        self._undated += published is None
        for summary in document["targets"]:
            if summary["addressed"]:
                self._articles[summary["target"]] += 1
                if published is not None:
                    sides = {str(side): summary["counts"].get(side, 0) for side in SIDES}
                    self._days[summary["target"]][published].update({"articles": 1, **sides})

    def record(self, targets: Iterable[str]) -> Record:
        """Return the counts, as ``summary.json`` holds them.

        :param targets: In the order in which they are shown.
        """
        return {
            "outlets": dict(self._outlets.most_common()),
            "undated": self._undated,
            "targets": {
                target: {"articles": self._articles[target], "trend": trend_record(self._days[target])}
                for target in targets
            },
        }


def published_on(stamp: str | None) -> date | None:
    """Read the day of an ISO 8601 stamp; None where it is not one."""
    found = _DAY.match(stamp or "")
    try:
        return date.fromisoformat(found[0]) if found else None
    except ValueError:  # the 31st of February
        return None


def trend_record(days: Mapping[date, Mapping[str, int]]) -> Record | None:
    """Put days together as months, where there are enough of them, and compute net stance in each.

    :param days: Day -> ``articles`` and comments of each side, among those that address the target.
    :return: Points in order of time; ``net`` is favor minus against among the comments that address the target, in
        [-1, 1], and None where fewer than five do. None where fewer than three points could be drawn.
    """
    by_month = len({(day.year, day.month) for day in days}) >= FEWEST_MONTHS
    periods: dict[str, Counter[str]] = defaultdict(Counter)
    for day in sorted(days):
        periods[f"{day:%Y-%m}" if by_month else day.isoformat()].update(days[day])
    points: list[Record] = []
    for period, sums in periods.items():
        n = sum(sums[side] for side in SIDES)
        net = (sums[Stance.FAVOR] - sums[Stance.AGAINST]) / n if n >= FEWEST_COMMENTS else None
        points.append({"period": period, "articles": sums["articles"], "addressed": n, "net": net})
    drawn = [point for point in points if point["net"] is not None]
    if len(drawn) < FEWEST_PERIODS:
        return None
    return {
        "by": "month" if by_month else "day",
        "points": points,
        "articles": sum(sums["articles"] for sums in periods.values()),
        "addressed": sum(sums[side] for sums in periods.values() for side in SIDES),
        "drawn": len(drawn),
        "too_few": len(points) - len(drawn),
        "lowest": min(drawn, key=lambda point: point["net"]),
        "highest": max(drawn, key=lambda point: point["net"]),
    }


class Dot(NamedTuple):
    """A point of a sparkline, in percent of the picture."""

    x: float
    y: float


def sparkline(trend: Mapping[str, Any]) -> tuple[list[Dot], list[tuple[Dot, Dot]]]:
    """Lay out a trend: time from left to right as it passed, net stance from -1 at the bottom to 1 at the top.

    :return: Points, and lines that join neighbouring periods only.
    """
    drawn = [(_step(point["period"]), point["net"]) for point in trend["points"] if point["net"] is not None]
    first, last = drawn[0][0], drawn[-1][0]
    dots = [
        (step, Dot(round(2 + 96 * (step - first) / (last - first), 2), round(50 - 46 * net, 2))) for step, net in drawn
    ]
    return [dot for _, dot in dots], [(one, other) for (at, one), (to, other) in pairwise(dots) if to - at == 1]


def _step(period: str) -> int:
    """Number months, or days, so that neighbours differ by 1."""
    year, month, *rest = map(int, period.split("-"))
    return date(year, month, rest[0]).toordinal() if rest else 12 * year + month


def lean(summary: Mapping[str, Any]) -> float | None:
    """Return the number that a page's cell is sorted by: favor minus against; None where the cell shows no shares."""
    if summary["few"]:
        return None
    shares = {share["stance"]: share["estimate"] or 0.0 for share in summary["shares"]}
    return float(round(shares[Stance.FAVOR] - shares[Stance.AGAINST], 6))


def choices(outlets: Mapping[str, int]) -> Iterator[str]:
    """Name the outlets to choose from, in alphabetical order; none where there is nothing to choose."""
    if len(outlets) > 1:
        largest = sorted(outlets, key=lambda name: (-outlets[name], name))[:MOST_OUTLETS]
        yield from sorted(largest, key=lambda name: (name.casefold(), name))
