"""The form in which the three sides of a group may be printed: as shares, as intervals alone, or as counts in words.

All three have one form, because each is read beside the others: two shares without the third hide it, or tell it with
an error that nobody stated. So the rule asks for points of all comments, and not, as for a share alone, of the share.
After the data presentation standards for proportions of the US National Center for Health Statistics (Parker and
others 2017), as CDCgov/surveytable applies them; from 20 to 29 observations the interval stands in place of the share.
The largest side has a third of the comments or more, so that it meets the whole standard, with its relative width.
"""

from collections.abc import Sequence
from dataclasses import replace

from stance.datamodels import FEWEST_SHOWN, Share

FEWEST_EFFECTIVE = 30
"""Minimum effective number of comments for the largest side."""

WIDE = 0.30
"""Minimum width of an interval whose share is not printed."""

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
    if not widest and all(share.all_labelled for share in shares):
        return "share"
    largest = max(shares, key=lambda share: share.estimate or 0.0)
    is_uncorrected = largest.method == "model"
    is_few = min(largest.n, largest.effective) < FEWEST_EFFECTIVE
    is_flagged = any(share.is_flagged for share in shares)
    return "interval" if is_uncorrected or is_few or is_flagged or widest >= WIDE else "share"


def print_together(shares: Sequence[Share]) -> list[Share]:
    """Return the three sides of one group, target and population with their form."""
    form = printed_form(shares)
    return [replace(share, printed=form, may_print=form == "share") for share in shares]
