"""Where the parts of a picture stand, in percent of its width, so that templates only draw.

Pictures are inline SVG and not styled boxes: browsers print SVG fills, and leave out the backgrounds of boxes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stance.datamodels import SIDES, Stance


@dataclass(frozen=True, slots=True)
class Bar:
    """A part of a stacked bar."""

    kind: str
    x: float  # left edge, percent of the picture's width
    width: float
    share: float  # what it stands for, in [0, 1]


def diverging_bar(shares: Sequence[Mapping[str, Any]]) -> tuple[Bar, ...]:
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


def stack(counts: Mapping[str, int]) -> tuple[Bar, ...]:
    """Lay counts out side by side over the whole width; nothing where there are none."""
    total = sum(counts.values())
    bars, left = [], 0.0
    for kind, count in counts.items():
        if count:
            bars.append(Bar(kind, round(left, 3), round(100 * count / total, 3), count / total))
            left += 100 * count / total
    return tuple(bars)


def columns(bins: Sequence[int], tallest: int) -> tuple[Bar, ...]:
    """Lay out the columns of a histogram.

    :param bins: Counts, from left to right.
    :param tallest: The count that fills the height; above 0 where any count is.
    :return: One bar per filled bin; its ``share`` is its height.
    """
    step = 100 / len(bins)
    return tuple(
        Bar("column", round(at * step, 3), round(step * 0.82, 3), count / tallest)
        for at, count in enumerate(bins)
        if count
    )


def side_shares(counts: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Turn counts of the three sides into what a bar is drawn from; other keys are ignored."""
    total = sum(counts[side] for side in SIDES)
    return [{"stance": str(side), "estimate": counts[side] / total if total else None} for side in SIDES]


def raw_shares(shares: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give shares as the model's labels were counted, before they were corrected, to draw a bar from."""
    return [{"stance": share["stance"], "estimate": share["raw"]} for share in shares]
