"""Read numbers of votes, such as ``1,204``, ``3,1K`` and ``2.3 тыс.``, and the words that tell what they count."""

import re
from collections.abc import Sequence
from itertools import pairwise

from stance.parsing.phrases import phrases, words_of_phrases
from stance.resources import formats

_LABELS = "|".join(formats()["like"]["votes"].split())

FACTORS = {
    word: factor
    for name, factor in (("thousands", 1_000), ("ten_thousands", 10_000), ("millions", 1_000_000))
    for word in phrases(f"count.{name}")
}

LEAST_NUMBER = 1_000
"""Minimum of numbers that are identifiers if each is larger, or each smaller, than the one before."""

LEAST_VOTES = 0.5
"""Minimum share of comments with a number for it to be their votes."""

LIKES, DISLIKES, SCORES = 1, 2, 3
"""What numbers of votes count; a score is likes less dislikes."""

VOTE_SIGNS = {**dict.fromkeys("▲△↑⬆⇧👍♥❤", LIKES), **dict.fromkeys("▼▽↓⬇⇩👎", DISLIKES)}
"""Words: signs beside numbers of votes -> what these count."""

_LIKES, _DISLIKES, _SCORES = (words_of_phrases(f"comment.{name}") for name in ("likes", "dislikes", "scores"))


_COUNTER = re.compile(
    rf"(?:(?:{_LABELS}):? )?(?P<sign>[+−–-]?) ?"
    r"(?P<whole>[1-9]\d{0,2}(?:[.,'’ ]\d{3}){1,3}|[1-9]\d?(?:,\d\d){1,3},\d{3}|\d{1,11})"
    rf"(?:[.,](?P<rest>\d{{1,4}}))? ?(?:(?P<factor>{'|'.join(FACTORS)})\.?)?(?: ?(?:{_LABELS}))?",
    re.IGNORECASE,
)


def read_count(text: str) -> int | None:
    """Return the number of votes that a text states, as ``1,204``, ``12 345``, ``3,1K``, ``2.3 тыс.``; else None."""
    match = _COUNTER.fullmatch(" ".join(text.split()))
    if match is None:
        return None
    factor = FACTORS[match["factor"].lower()] if match["factor"] else 1
    units, decimals = match["whole"], match["rest"] or ""
    number = float(f"{''.join(filter(str.isdecimal, units))}.{decimals}") * factor
    if factor == 1 and not number.is_integer():
        return None
    return round(-number if match["sign"] in ("-", "−", "–") else number)


def polarity(words: Sequence[str]) -> int:
    """Return which votes some words are of: likes 1, dislikes 2, both together 3; 0: none."""
    if not _DISLIKES.isdisjoint(words):
        return 2
    return 1 if not _LIKES.isdisjoint(words) else 3 if not _SCORES.isdisjoint(words) else 0


def count_on(values: Sequence[int]) -> bool:
    """Return whether most of some numbers count on from the first post, or all are identifiers in their order."""
    steps = [behind - before for before, behind in pairwise(values)]
    if len(steps) < 2:
        return False
    is_one_way = min(steps) > 0 or max(steps) < 0
    by_one = max(steps.count(1), steps.count(-1))
    return (min(values) in (0, 1, 2) and 2 * by_one > len(values)) or (is_one_way and min(values) >= LEAST_NUMBER)
