"""The rule for printing a share, the same for every page, chart, table and sentence.

The data presentation standards for proportions of the US National Center for Health Statistics (Parker and others
2017), as CDCgov/surveytable applies them; from 20 to 29 observations the interval stands in place of the share.
"""

from collections.abc import Sequence
from enum import StrEnum

from stance.datamodels import FEWEST_SHOWN

FEWEST_EFFECTIVE = 30
"""Minimum effective number of comments for a share."""

NARROW, WIDE, WIDE_OF_SHARE = 0.05, 0.30, 1.3
"""Maximum width of an interval whose share is always printed; minimum width of one whose share is not; the same
relative to the share."""

FEWEST_FREE = 8.0
"""Minimum degrees of freedom of a share that is not flagged."""


class Printed(StrEnum):
    """What may be printed of a share."""

    SHARE = "share"  # with its interval
    INTERVAL = "interval"  # alone
    COUNTS = "counts"  # of comments, in words


def may_print(
    estimate: float | None, interval: Sequence[float] | None, n: float, *, effective: float, method: str, exact: bool
) -> Printed:
    """Decide what may be printed of a share.

    :param estimate: In [0, 1].
    :param interval: 95 %.
    :param n: Comments that it is a share of.
    :param effective: As many independent comments would have the same variance.
    :param method: ``model``: no label corrects it, so the share itself is not printed.
    :param exact: All comments are labelled.
    """
    if estimate is None or interval is None or n < FEWEST_SHOWN:
        return Printed.COUNTS
    if exact:
        return Printed.SHARE
    if method == "model" or min(n, effective) < FEWEST_EFFECTIVE:
        return Printed.INTERVAL
    width = interval[1] - interval[0]
    return Printed.SHARE if width <= NARROW or width < min(WIDE, WIDE_OF_SHARE * estimate) else Printed.INTERVAL
