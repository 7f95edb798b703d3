"""The form in which the three sides of a group may be printed: as shares, as intervals alone, or as counts in words.

All three have one form, because two shares without the largest mislead. The rule follows the data presentation
standards for proportions of the US National Center for Health Statistics (Parker and others 2017), as
CDCgov/surveytable applies them; from 20 to 29 observations the interval stands in place of the share. The standards
also limit the width relative to the share. The largest side, of a third or more, always meets this limit. A rare side
may miss it: 4 %, give or take 3 points, is precise enough beside the other two.
"""

from collections.abc import Sequence
from dataclasses import replace

from stance.datamodels import FEWEST_SHOWN, Share

FEWEST_EFFECTIVE, WIDE = 30, 0.30
"""Minimum effective number of comments of the largest side; minimum width of an interval that is too wide."""

LEAST_ALPHA = 0.667
"""Minimum Krippendorff's alpha of annotators for a share (Krippendorff, Content Analysis, chapter 12)."""

FEWEST_FREE = 8.0
"""Minimum degrees of freedom of a share that is not flagged."""


def printed_form(shares: Sequence[Share]) -> str:
    """Decide in which form three sides may be printed; without labels it is their intervals at most.

    :param shares: Of one group, target and population.
    :return: ``share``, with its interval; ``interval``, alone; or ``counts`` of comments, in words.
    """
    ends = [share.interval for share in shares if share.interval and share.n >= FEWEST_SHOWN]
    if len(ends) < len(shares):
        return "counts"
    widest = max(high - low for low, high in ends)
    largest = max(shares, key=lambda share: share.estimate or 0.0)
    if largest.all_labelled and not widest:
        return "share"
    is_known = not (largest.note or largest.method == "model") and min(largest.n, largest.effective) >= FEWEST_EFFECTIVE
    is_flagged = any(share.is_flagged for share in shares)
    return "share" if is_known and widest < WIDE and not is_flagged else "interval"


def print_together(shares: Sequence[Share]) -> list[Share]:
    """Return the three sides of one group, target and population with their form."""
    form = printed_form(shares)
    return [replace(share, printed=form, may_print=form == "share") for share in shares]
