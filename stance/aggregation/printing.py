"""The form in which a share may be printed: with its interval, as the interval alone, or as counts in words.

The data presentation standards for proportions of the US National Center for Health Statistics (Parker and others
2017), as CDCgov/surveytable applies them; from 20 to 29 observations the interval stands in place of the share.
"""

from stance.datamodels import FEWEST_SHOWN, Share

FEWEST_EFFECTIVE = 30
"""Minimum effective number of comments for a share."""

NARROW, WIDE, WIDE_OF_SHARE = 0.05, 0.30, 1.3
"""Maximum width of an interval whose share is always printed; minimum width of one whose share is not; the same
relative to the share."""

LEAST_ALPHA = 0.667
"""Minimum Krippendorff's alpha of annotators for a share (Krippendorff, Content Analysis, chapter 12)."""

FEWEST_FREE = 8.0
"""Minimum degrees of freedom of a share that is not flagged."""


def may_print(share: Share) -> str:
    """Decide in which form a share may be printed; without labels it is its interval at most.

    :return: ``share``, with its interval; ``interval``, alone; or ``counts`` of comments, in words.
    """
    if share.estimate is None or share.interval is None or share.n < FEWEST_SHOWN:
        return "counts"
    width = share.interval[1] - share.interval[0]
    if share.all_labelled and not width:
        return "share"
    if share.note or share.method == "model" or min(share.n, share.effective) < FEWEST_EFFECTIVE:
        return "interval"
    is_sure = width <= NARROW or width < min(WIDE, WIDE_OF_SHARE * share.estimate)
    return "share" if is_sure and not share.is_flagged else "interval"
