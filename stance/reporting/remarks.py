"""Each comment of a page beside what the model says of it, made once and read by all that counts comments of one page.

Authors are keys to count by; they are names as on the page, and leave this stage in no record.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stance.datamodels import FEWEST_COMMENTS, SIDES, Comment, Document, Score, Stance, Unit


@dataclass(frozen=True, slots=True)
class Remark:
    """One comment and its scores.

    :param number: Its place on the page, from 1.
    :param author: Who wrote it, as a key to count by; None: the page does not tell.
    :param scores: Target -> score, of the targets that it addresses.
    :param sides: Target -> against, neutral or favor, of the same targets.
    """

    number: int
    comment: Comment
    author: str | None
    scores: Mapping[str, Score]
    sides: Mapping[str, Stance]


def remarks(document: Document, scores: Iterable[Score]) -> tuple[Remark, ...]:
    """Put the comments of a document beside their scores.

    :param scores: Of the same document, in any order. Where comments share an id, the first score of a target is that
        of the first of them.
    :return: In page order.
    """
    waiting: dict[str, dict[str, list[Score]]] = defaultdict(lambda: defaultdict(list))
    for score in scores:
        if score.unit is Unit.COMMENT and score.comment is not None:
            waiting[score.comment][score.target].append(score)
    for by_target in waiting.values():
        for rows in by_target.values():
            rows.reverse()
    return tuple(
        _remark(number, comment, waiting.get(comment.comment_id, {}))
        for number, comment in enumerate(document.comments, 1)
    )


def _remark(number: int, comment: Comment, waiting: Mapping[str, list[Score]]) -> Remark:
    own = {target: rows.pop() for target, rows in waiting.items() if rows}
    author = comment.author or next((row.author for row in own.values() if row.author is not None), None)
    stances = {target: row.stance for target, row in own.items()}
    sides = {target: stance for target, stance in stances.items() if stance is not None and stance in SIDES}
    return Remark(number, comment, author, {target: own[target] for target in sides}, sides)


def count_sides(chosen: Iterable[Remark], target: str) -> dict[str, int]:
    """Count the sides that comments take toward a target.

    :return: against, neutral, favor -> comments.
    """
    counts = dict.fromkeys(SIDES, 0)
    for remark in chosen:
        side = remark.sides.get(target)
        if side is not None:
            counts[side] += 1
    return {str(side): count for side, count in counts.items()}


def split_record(chosen: Sequence[Remark], targets: Sequence[str]) -> dict[str, Any]:
    """Record which sides the comments of one part of a page take.

    :return: ``comments``; by target how many take each side, ``n`` of them in all, and ``net``: in favor minus against,
        in [-1, 1], None where fewer than ``FEWEST_COMMENTS`` address it.
    """
    return {"comments": len(chosen), "targets": {target: _split(chosen, target) for target in targets}}


def _split(chosen: Sequence[Remark], target: str) -> dict[str, Any]:
    counts = count_sides(chosen, target)
    n = sum(counts.values())
    net = (counts[Stance.FAVOR] - counts[Stance.AGAINST]) / n if n >= FEWEST_COMMENTS else None
    return {**counts, "n": n, "net": net}


def addressing(all_remarks: Iterable[Remark], target: str) -> Iterator[Remark]:
    """Keep the comments that address a target."""
    return (remark for remark in all_remarks if target in remark.sides)
