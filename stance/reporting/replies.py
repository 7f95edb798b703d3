"""Stance down the thread, and who answers whom: what stands side by side in a list may be a quarrel or a chorus."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from stance.datamodels import FEWEST_COMMENTS, SIDES, Stance, Via
from stance.reporting.remarks import Remark, split_record
from stance.reporting.threads import Place

DEEPEST = 3
"""Replies nested deeper than this are counted together: few threads go on, and each step down holds fewer comments."""

OPPOSED = ((Stance.FAVOR, Stance.AGAINST), (Stance.AGAINST, Stance.FAVOR))


def depth_records(remarks: Sequence[Remark], places: Iterable[Place], targets: Sequence[str]) -> list[dict[str, Any]]:
    """Record which sides comments take at each depth of the thread.

    :param places: One for each comment; depth 0 opens a thread.
    :return: One record for each depth that holds comments, the last ``DEEPEST`` and below (``deeper``); none at all
        where fewer than ``FEWEST_COMMENTS`` comments answer another.
    """
    levels: dict[int, list[Remark]] = defaultdict(list)
    for place in places:
        levels[min(place.depth, DEEPEST)].append(remarks[place.number - 1])
    if sum(len(level) for depth, level in levels.items() if depth) < FEWEST_COMMENTS:
        return []
    return [
        {"depth": depth, "deeper": depth == DEEPEST, **split_record(levels[depth], targets)} for depth in sorted(levels)
    ]


def reply_record(remarks: Sequence[Remark], places: Iterable[Place], target: str) -> dict[str, Any]:
    """Record which side answers which, toward one target.

    A pair is a comment and the one that it answers, where both address the target. Whoever answers themselves is left
    out and counted, for nobody quarrels with themselves.

    :return: ``pairs``; ``own``: those left out; ``via_parent``: pairs of which the answer addresses the target only
        through what it answers; and from ``FEWEST_COMMENTS`` pairs on ``counts`` and ``expected``: side of the one
        answered -> side of the answer, expected if the two had nothing to do with each other; ``opposed``: the same
        for favor answered by against, and the other way around.
    """
    pairs: Counter[tuple[Stance, Stance]] = Counter()
    own = via_parent = 0
    for place in places:
        if place.parent is None:
            continue
        answer, asked = remarks[place.number - 1], remarks[place.parent - 1]
        if target not in answer.sides or target not in asked.sides:
            continue
        if answer.author is not None and answer.author == asked.author:
            own += 1
            continue
        pairs[asked.sides[target], answer.sides[target]] += 1
        via_parent += answer.scores[target].via is Via.PARENT
    return {"pairs": pairs.total(), "own": own, "via_parent": via_parent, **_table(pairs)}


def _table(pairs: Mapping[tuple[Stance, Stance], int]) -> dict[str, Any]:
    total = sum(pairs.values())
    if total < FEWEST_COMMENTS:
        return {"counts": None, "expected": None, "opposed": None}
    asked = {side: sum(pairs[side, other] for other in SIDES) for side in SIDES}
    answers = {side: sum(pairs[other, side] for other in SIDES) for side in SIDES}
    expected = {(one, other): asked[one] * answers[other] / total for one in SIDES for other in SIDES}
    return {
        "counts": {str(one): {str(other): pairs[one, other] for other in SIDES} for one in SIDES},
        "expected": {str(one): {str(other): expected[one, other] for other in SIDES} for one in SIDES},
        "opposed": {
            "n": sum(pairs[each] for each in OPPOSED),
            "expected": sum(expected[each] for each in OPPOSED),
        },
    }
