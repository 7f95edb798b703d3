"""Find the votes of comments around their texts."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from functools import cache, partial
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np

from stance.datamodels import Comments
from stance.parsing.html.markup_words import words_of
from stance.parsing.html.sides import Sides
from stance.parsing.html.stamps import LONGEST_STAMP, is_stamp
from stance.parsing.html.text import Element, TextIndex, upwards
from stance.parsing.lines import letter_words
from stance.parsing.votes import LEAST_VOTES, VOTE_SIGNS, count_on, polarity, read_count

MOST_VOTES = 999_999
"""Maximum number of votes; a larger number is an identifier."""

_DIGIT = re.compile(r"\d")

_NUMBER = re.compile(r"[+−–-]?\s?\d{1,3}(?:[.,]\d{3})*\d*(?:\s?[kK]\b)?(?:(?<=\d)[+−–-](?![\w.]))?")

_SIGNS = "+−–-"

_BEHIND_SIGN = re.compile(r"[\s\d+−–.,kK\ufe0f-]+$")


class _Count(NamedTuple):
    """A number beside a text."""

    value: int
    place: int
    words: tuple[list[str], list[str]]  # before and behind it, up to the next number
    element: Element
    sign_behind: str  # "5+"
    sign_before: str  # "+5"


class _Told(NamedTuple):
    """A number of votes of a comment."""

    value: int
    is_inside: bool  # in the cell of the comment


def votes_around(sides: Sides, comments: Comments) -> dict[str, int]:
    """Return the likes of comments, or what likes and dislikes give together."""
    kinds_of = cache(partial(_kinds_of, sides.index))  # what is behind a text is before the next one
    # By kind and side: the nearest number of each comment.
    nearest_votes = defaultdict[tuple[int, int], dict[int, _Told]](dict)
    for i, (both, spot) in enumerate(zip(sides.ranges, sides.spots, strict=True)):
        _, _, begins, stops = sides.index.span(spot.cell)
        for side, limits in enumerate(both):
            for count, kind in kinds_of(*limits)[:: 1 if side else -1]:
                if kind:
                    vote = _Told(count.value, begins <= count.place < stops)
                    nearest_votes[kind, side].setdefault(i, vote)
    fewest = max(LEAST_VOTES * len(comments), 2)
    likes, dislikes, scores = (_nearest(nearest_votes[kind, 0], nearest_votes[kind, 1]) for kind in (1, 2, 3))
    told = likes if len(likes) >= fewest else scores if len({vote.value for vote in scores.values()}) > 1 else {}
    told = {} if count_on([vote.value for vote in told.values()]) else told
    is_sure = told is likes and len(dislikes) >= fewest
    return {
        comment.comment_id: told[i].value
        for i, comment in enumerate(comments)
        if i in told and len(told) >= fewest and (is_sure or comment.votes is None)
    }


def _kinds_of(index: TextIndex, start: int, stop: int) -> list[tuple[_Count, int]]:
    """Return the numbers in a part of the text, and which votes each is."""
    counts = _counts(index, start, stop)
    ends = [count.place for count in counts]
    kinds = [_kind(index, count, ends) for count in counts]
    return list(zip(counts, kinds, strict=True))


def _nearest(before: dict[int, _Told], behind: dict[int, _Told]) -> dict[int, _Told]:
    """Return the numbers on the side on which more of them are in the comment that they are beside."""
    return max(before, behind, key=lambda votes: (sum(vote.is_inside for vote in votes.values()), len(votes)))


def _counts(index: TextIndex, start: int, stop: int) -> list[_Count]:
    """Return the numbers in a part of the text, with the words around them."""
    edges = [start, *(np.flatnonzero(np.diff(index.owners[start:stop])) + start + 1).tolist(), stop]
    with_digits = (edge for edge in pairwise(edges) if _DIGIT.search(index.text, *edge))
    numbers = [number for edge in with_digits for number in _NUMBER.finditer(index.text, *edge)]
    starts = {first for first, _ in pairwise(edges)}  # of elements; a word may end just before
    ends = [start, *(match.end() for match in numbers)], [*(match.start() for match in numbers[1:]), stop]
    counts = []
    for number, before, behind in zip(numbers, ends[0], ends[1], strict=False):
        digits = number[0].rstrip(_SIGNS)
        sign = number[0][len(digits) :]  # "5+"
        value = read_count(digits)
        is_word = number.start() not in starts and number.string[number.start() - 1 : number.start()].isalpha()
        if value is None or abs(value) > MOST_VOTES or is_word:
            continue
        owner = index.elements[max(index.owners[number.end() - 1], 0)]
        if _is_stamp(index, owner):
            continue
        words = (
            letter_words(index.text[before : number.start()])[-3:],
            letter_words(index.text[number.end() : behind])[:4],
        )
        counts.append(_Count(value, number.end() - 1, words, owner, sign, digits[0]))
    return counts


def _is_stamp(index: TextIndex, element: Element) -> bool:
    """Return whether an element is a date without a word of votes; "Like" may stand beside it."""
    _, _, first, last = index.span(element)
    return last - first <= LONGEST_STAMP and is_stamp(element) and not polarity(letter_words(index.text[first:last]))


def _kind(index: TextIndex, count: _Count, ends: Sequence[int]) -> int:
    """Return which votes a number is, by classes and titles of the elements that hold it alone, else by its words."""
    kinds = []
    for above in islice(upwards(count.element), 4):
        _, _, first, last = index.span(above)
        if bisect_left(ends, last) - bisect_left(ends, first) > 1 or last - first > LONGEST_STAMP:
            break
        texts = (str(node.get(name, "")) for node in (above, *above) for name in ("title", "alt", "aria-label"))
        kinds.append(polarity([*words_of(above).split(), *letter_words(" ".join((str(above.tag), *texts)))]))
    told = next((kind for kind in kinds if kind in (1, 2)), 0)
    return told or _said(index, count) or max(kinds, default=0)


def _said(index: TextIndex, count: _Count) -> int:
    before, behind = count.words
    sign = _BEHIND_SIGN.sub("", index.text[max(count.place - LONGEST_STAMP, 0) : count.place])[-1:]
    if sign in VOTE_SIGNS:
        return VOTE_SIGNS[sign]
    if count.sign_behind:
        return 1 if count.sign_behind == "+" else 2
    kinds = polarity(before[-2:]), polarity(behind)
    near = index.text[max(count.place - LONGEST_STAMP, 0) : count.place]
    is_label = near.rstrip(" 0123456789+-−–.,kK").endswith((":", "(", "："))
    return (kinds[0] or kinds[1]) if is_label else (kinds[1] or kinds[0])
