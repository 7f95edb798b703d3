"""Votes as a check: would the shares be others if comments counted for all who voted for them?

Not a better estimate. Votes are of whoever reads comments to the end, early comments get more, and on many sites they
can be bought.
"""

from collections.abc import Sequence
from typing import Any

from stance.datamodels import FEWEST_COMMENTS, SIDES
from stance.reporting.remarks import Remark, addressing, count_sides

MOST_VOTES = 10**9
"""A page may state any number; above this it counts as this."""


def votes_record(remarks: Sequence[Remark], targets: Sequence[str]) -> dict[str, Any] | None:
    """Record shares in which each comment weighs 1, for its writer, plus its votes where they are above zero.

    :return: How many comments show ``votes`` and how many of them ``negative`` ones, which count as none; by target the
        ``n`` comments with votes that address it, and their shares ``unweighted`` and ``weighted``, from
        ``FEWEST_COMMENTS`` on. None where no comment shows votes, or all show zero.
    """
    voted = [each for each in remarks if each.comment.votes is not None]
    if not any(each.comment.votes for each in voted):
        return None
    return {
        "comments": len(voted),
        "negative": sum((each.comment.votes or 0) < 0 for each in voted),
        "targets": {target: _of_target(list(addressing(voted, target)), target) for target in targets},
    }


def _of_target(voted: Sequence[Remark], target: str) -> dict[str, Any]:
    if len(voted) < FEWEST_COMMENTS:
        return {"n": len(voted), "weight": None, "unweighted": None, "weighted": None}
    weights = dict.fromkeys(SIDES, 0)
    for each in voted:
        weights[each.sides[target]] += weight(each.comment.votes or 0)
    total = sum(weights.values())
    return {
        "n": len(voted),
        "weight": total,
        "unweighted": {side: count / len(voted) for side, count in count_sides(voted, target).items()},
        "weighted": {str(side): weights[side] / total for side in SIDES},
    }


def weight(votes: int) -> int:
    """Give what a comment counts for: its writer, and who voted for it."""
    return 1 + min(max(0, votes), MOST_VOTES)
