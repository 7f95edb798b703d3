"""Lay out the pictures of reports, so that templates only draw them, as inline SVG.

Browsers print fills of SVG, and leave out the backgrounds of boxes. A :class:`Chart` is drawn once, in pixels, by
``chart.svg``: its panels are the same in a page and in its file. Each text is broken into lines by its measured width,
and what follows begins below the last line, so that nothing overlaps and nothing is cut.
"""

import base64
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import ceil, floor
from typing import NamedTuple

from markupsafe import Markup

from stance import datamodels
from stance.datamodels import LEARNED, Record, Stance, grouped
from stance.reporting.levels import level_of
from stance.reporting.rendering import macro
from stance.reporting.wording import BOLD, SMALL, SPACING, first_upper, lines_of_name, width_of
from stance.resources import VERSION

Scale = tuple[float, float]
"""The ends of a picture's axis."""


def _at(value: float, scale: Scale) -> float:
    """Return the place of a value, in percent."""
    low, high = scale
    return round(100 * min(1.0, max(0.0, (value - low) / (high - low))), 3)


MOST_DRAWN = 20
"""Maximum number of groups in a picture, those with most comments. Tables hold more, the CSV file all."""

SHOWN_SIDES = (Stance.AGAINST, Stance.FAVOR)
"""Words: the sides that a chart shows; the neutral share is the rest, and is in the tables."""


def largest_first(groups: Sequence[Record], count: str = "comments") -> list[Record]:
    """Sort groups by a count of comments; a withheld number counts as 1."""
    return sorted(groups, key=lambda group: -1 if group[count] is None else -group[count])


def largest(groups: Sequence[Record], most: int, count: str = "comments") -> tuple[Record, ...]:
    """Choose the groups with most comments, in the order given."""
    names = {group["group"] for group in largest_first(groups, count)[:most]}
    return tuple(group for group in groups if group["group"] in names and group[count] != 0)


def draw_trends(series: Record, targets: Iterable[str]) -> list[Record]:
    """Place net stance over time, a picture for each target with a panel for each group, all on one pair of axes.

    A line joins two periods only where they follow each other: across a month without comments it would say something
    of comments that nobody has.

    :param series: ``unit`` and ``points``, as a comparison's record has them.
    :return: Of each picture ``target``, the ``first`` and ``last`` period, the ends of its vertical axis in points,
        ``low`` and ``high``, ``panels`` as of :func:`_trend`, and the number of other groups, ``left_out``: smaller
        ones, and those without a share in most periods. None of a target toward which no group has two shares.
    """
    ordered = sorted(((point["number"], point) for point in series["points"]), key=lambda pair: pair[0])
    if not ordered:
        return []
    (first, start), (last, end) = ordered[0], ordered[-1]
    across = first - 0.5, last + 0.5
    ends = [end for _, point in ordered if _is_drawn(point) for end in point["net"]["interval"]]
    up = low, high = 20.0 * floor(min(ends, default=0.0) / 20), 20.0 * ceil(max(ends, default=1.0) / 20)
    pictures = []
    for target in targets:
        groups = grouped((point["group"], (number, point)) for number, point in ordered if point["target"] == target)
        sizes = {group: sum(point["addressed"] for _, point in dated) for group, dated in groups.items()}
        # Maximum number of groups in a picture of trends.
        names = sorted(sorted(sorted(groups), key=lambda group: -sizes[group])[:12])
        panels = [_trend(name, groups[name], across, up) for name in names]
        panels = [drawn for drawn in panels if len(drawn["dots"]) >= len(drawn["few"])]  # else mostly crosses
        axes = {"target": target, "first": start["period"], "last": end["period"]} | {"low": low, "high": high}
        if any(len(panel["dots"]) > 1 for panel in panels):
            pictures.append({**axes, "panels": panels, "left_out": len(groups) - len(panels)})
    return pictures


def _trend(group: str, dated: Sequence[tuple[int, Record]], across: Scale, up: Scale) -> Record:
    """Place one group toward one target over time.

    :return: ``points`` as they are given; ``dots`` of those with a share, ``lines`` between neighbours, and the places
        of the ``few`` others.
    """
    dots = {}
    for number, net in ((number, point["net"]) for number, point in dated if _is_drawn(point)):
        y, low, high = (100 - _at(value, up) for value in (net["estimate"], *net["interval"]))
        is_corrected = net["method"] in ("corrected", "labels")
        dots[number] = {"x": _at(number, across), "y": y, "low": low, "high": high, "is_corrected": is_corrected}
    lines = [(dots[number], dots[number + 1]) for number in dots if number + 1 in dots]
    few = [_at(number, across) for number, point in dated if not _is_drawn(point)]
    points = [point for _, point in dated]
    return {"group": group, "dots": [*dots.values()], "lines": lines, "few": few, "points": points}


def _is_drawn(point: Record) -> bool:
    return bool((point.get("net") or {}).get("interval"))


WIDTH = 352
"""Number of pixels of a panel: it fits a phone, and three fit the width of a desk screen."""


class Chart(NamedTuple):
    """A chart as it is in a page and in a file."""

    name: str  # of its files
    title: str
    source: str  # the comments, the model and the version
    panels: list[Record]  # ``words``: the same as a text; ``height``; ``body``: elements, as wide as ``WIDTH``

    @property
    def svg(self) -> str:
        """Return the chart as an SVG file."""
        return macro("chart.svg", "file", self)

    @property
    def link(self) -> str:
        """Return an address that holds the file, so that a page is whole."""
        return f"data:image/svg+xml;base64,{base64.b64encode(self.svg.encode(errors='replace')).decode()}"


def stance_chart(
    name: str, groups: Sequence[Record], labels: Mapping[str, str], *, source: str, by: str
) -> Chart | None:
    """Draw the shares against and in favor of each target, with their intervals, to both sides of zero.

    :param name: Of the files.
    :param groups: Records with ``group``, ``comments`` and ``shares``. A panel shows a target, its rows the groups with
        most comments; of a single group, one panel shows all targets. Shares are of exactly these comments; where they
        may not be printed, their intervals are drawn alone.
    :param labels: Target -> label.
    :return: None if there is no share to draw.
    """
    is_alone, titled = len(groups) == 1, list[str]()
    rows: dict[str, list[Record]] = defaultdict(list)
    for target, label in labels.items():
        sided = [group for group in groups if level_of(group, target).has_shares]
        titled += [label] if sided else []
        for group in sided if len(groups) <= MOST_DRAWN else largest(sided, MOST_DRAWN):
            row_label = first_upper(label) if is_alone else group["group"]
            sides = level_of(group, target).shares
            rows["" if is_alone else target].append({"label": row_label, "sides": sides})
    if not rows:
        return None
    shares = [share for cells in rows.values() for row in cells for share in row["sides"].values()]
    limit = _limit(share["interval"][1] for share in shares if share["stance"] in SHOWN_SIDES)
    values = {"limit": limit, "is_mixed": len({share["method"] for share in shares}) > 1}
    panels = []
    for target, cells in rows.items():
        counted = [row | {"numbers": macro("chart.svg", "counts", values, row)} for row in cells]
        panels.append(_rows_panel("bars", 24, labels.get(target, ""), counted, values))
    title = f"Stance toward {', '.join(titled)}" + ("" if is_alone else f" by {by}")
    source += " The bars are shares of the comments that address the target; the rest is neutral."
    source += "" if is_alone else f" Groups without a share, or beyond the {MOST_DRAWN} largest, are not shown."
    return Chart(name, title, source, panels)


STRIP, STRIP_BINS, STRIP_HEIGHT = 320, 40, 56
"""Numbers of a strip: pixels between its ends, bins between these, and pixels that marks are stacked in."""


def strip_chart(name: str, rows: Mapping[str, Sequence[tuple[float, str]]], *, source: str) -> Chart | None:
    """Draw a panel for each target with one mark a comment, stacked where they are close to each other.

    :param name: Of the files.
    :param rows: Label -> the place of each comment in [-1, 1] and its list of ``READINGS``.
    :return: None without any comment.
    """
    panels = []
    order = {kind: number for number, kind in enumerate(datamodels.READINGS)}
    binned = {
        label: grouped((round((lean + 1) / 2 * STRIP_BINS), kind) for lean, kind in sorted(marks))
        for label, marks in rows.items()
    }
    highest = max((len(kinds) for bins in binned.values() for kinds in bins.values()), default=0)
    step = min(8.0, STRIP_HEIGHT / max(1, highest))
    height = step * highest + 4  # the highest mark is not cut
    for label, bins in binned.items():
        marks = [
            {"x": 16 + STRIP * number / STRIP_BINS, "y": height - step * level - 1, "kind": kind}
            for number, kinds in bins.items()
            for level, kind in enumerate(sorted(kinds, key=order.__getitem__))
        ]
        counts = Counter(kind for _, kind in rows[label])
        lines = lines_of_name(label, 180, SMALL)  # between the names of the sides
        strip = {"label": label, "lines": lines, "marks": marks, "height": height, "counts": counts}
        panels.append(_panel("strip", round(height) + 10 + SPACING * len(lines), strip))
    return Chart(name, "Comments that name a target", source, panels) if panels else None


def trend_chart(drawn: Record, label: str, *, unit: str, source: str) -> Chart:
    """Draw net stance over time toward one target, a panel for each group; one without a name is all comments.

    :param drawn: One picture of :func:`draw_trends`.
    :param label: Of the target.
    """
    panels = []
    for trend in drawn["panels"]:
        title = trend["group"] or first_upper(label)
        lines = lines_of_name(title, WIDTH / BOLD)
        panels.append(_panel("trend", 150 + SPACING * len(lines), title, trend, drawn | {"lines": lines}))
    return Chart(f"comparison-trend-{drawn['target']}", f"Net stance toward {label} by {unit}", source, panels)


def sentiment_chart(means: Sequence[Record], labels: Mapping[str, str], by: str) -> Chart | None:
    """Draw the mean sentiment of groups with its interval, a panel for each target and method.

    :param means: ``sentiment`` of a record; the group ``all`` is left out, and groups without an interval.
    :param labels: Target -> label.
    :return: None unless a target has two groups.
    """
    bounded = [row for row in means if row["interval"] is not None and row["group"] != "all"]
    panels = []
    by_panel = grouped(((row["target"], row["method"]), row) for row in bounded)
    drawn = {key: rows for key, rows in by_panel.items() if len(rows) > 1}
    for (target, method), of_panel in drawn.items():
        rows = largest(of_panel, MOST_DRAWN, "n")
        limit = _limit(abs(end) for row in rows for end in row["interval"])
        title = labels[target] + (", other languages" if method == LEARNED else "")
        group_names = [row | {"label": row["group"], "numbers": macro("chart.svg", "mean", row)} for row in rows]
        panels.append(_rows_panel("means", 16, title, group_names, {"limit": limit}))
    source = (
        "Mean sentiment of the comments that name the target, from −1 to 1, with 95 % intervals: wording, not stance. "
    )
    source += f"Groups with too few comments, or beyond the {MOST_DRAWN} largest, are not shown. stance {VERSION}."
    titled = dict.fromkeys(labels[target] for target, _ in drawn)
    title = f"Sentiment toward {', '.join(titled)} by {by}"
    return Chart("sentiment", title, source, panels) if panels else None


def _limit(ends: Iterable[float]) -> float:
    """Return where a scale ends."""
    highest = min(1.0, max(ends))
    # Numbers at which scales end: the first that holds all that is drawn.
    return next(limit for limit in (0.1, 0.2, 0.4, 0.6, 0.8, 1.0) if highest <= limit)


def _rows_panel(name: str, height: int, title: str, labelled: Iterable[Record], values: Record) -> Record:
    """Draw a panel with a title and rows, each below the lines of the former.

    :param height: Pixels of what a row draws below its label.
    :param labelled: Rows with a ``label``, and the ``numbers`` to the right of it.
    """
    heads = lines_of_name(first_upper(title), WIDTH / BOLD)
    y, rows = SPACING * len(heads) + 4, list[Record]()
    for row in labelled:
        room = WIDTH - 12 - width_of(row["numbers"], SMALL)
        lines = lines_of_name(row["label"], room)
        rows.append(row | {"y": y, "lines": lines})
        y += SPACING * len(lines) + height
    panel = {**values, "title": title, "heads": heads, "rows": rows, "bottom": y}
    return _panel(name, y + 36, panel)


def _panel(name: str, height: int, *values: object) -> Record:
    """Draw a panel by the macro of a name, and write the same as a text by that of the name and ``_words``."""
    words, body = (Markup(" ".join(macro("chart.svg", of, *values).split())) for of in (f"{name}_words", name))  # noqa: S704 - the template escapes
    return {"words": words, "height": height, "body": body}
