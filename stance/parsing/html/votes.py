"""Find the votes of comments around their texts."""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from itertools import islice, pairwise
from typing import NamedTuple

import numpy as np

from stance.datamodels import Comment
from stance.parsing.html.markup_words import words_of
from stance.parsing.html.sides import Sides
from stance.parsing.html.stamps import LONGEST_STAMP, is_stamp
from stance.parsing.html.text import Element, TextIndex, upwards
from stance.parsing.lines import letter_words
from stance.parsing.phrases import words_of_phrases
from stance.parsing.votes import read_count

LEAST_VOTES = 0.6
"""Minimum share of comments with a number for it to be their votes."""

MOST_VOTES = 999_999
"""Maximum number of votes; a larger number is an identifier."""

_DIGIT, _NUMBER = re.compile(r"\d"), re.compile(r"[+−–-]?\s?\d{1,3}(?:[.,]\d{3})*\d*(?:\s?[kK]\b)?")

_LIKES, _DISLIKES, _SCORES = (words_of_phrases(f"comment.{name}") for name in ("likes", "dislikes", "scores"))


def polarity(words: Sequence[str]) -> int:
    """Return which votes some words are of: likes 1, dislikes 2, both together 3; 0: none."""
    if not _DISLIKES.isdisjoint(words):
        return 2
    return 1 if not _LIKES.isdisjoint(words) else 3 if not _SCORES.isdisjoint(words) else 0


class _Count(NamedTuple):
    """A number beside a text."""

    value: int
    place: int
    words: tuple[list[str], list[str]]  # before and behind it, up to the next number
    element: Element


def votes_around(sides: Sides, comments: Sequence[Comment]) -> dict[str, int]:
    """Return the likes of comments, or what likes and dislikes give together."""
    values = defaultdict[tuple[int, int], dict[int, int]](dict)  # by kind and side: the first number of each comment
    for i, both in enumerate(sides.ranges):
        for side, limits in enumerate(both):
            counts = _counts(sides.index, *limits)
            ends = [count.place for count in counts]
            for count in counts[:: 1 if side else -1]:  # the nearest
                if kind := _kind(sides.index, count, ends):
                    values[kind, side].setdefault(i, count.value)
    fewest = max(LEAST_VOTES * len(comments), 2)
    likes, dislikes, scores = (max(values[kind, 0], values[kind, 1], key=len) for kind in (1, 2, 3))
    votes = likes if len(likes) >= fewest else scores if len({*scores.values()}) > 1 else {}  # else of writers
    is_sure = votes is likes and len(dislikes) >= fewest
    return {
        count.comment_id: votes[i]
        for i, count in enumerate(comments)
        if i in votes and len(votes) >= fewest and (is_sure or count.votes is None)
    }


def _counts(index: TextIndex, start: int, stop: int) -> list[_Count]:
    """Return the numbers in a part of the text, with the words around them."""
    edges = [start, *(np.flatnonzero(np.diff(index.owners[start:stop])) + start + 1).tolist(), stop]
    with_digits = (edge for edge in pairwise(edges) if _DIGIT.search(index.text, *edge))
    numbers = [number for edge in with_digits for number in _NUMBER.finditer(index.text, *edge)]
    ends = [start, *(match.end() for match in numbers)], [*(match.start() for match in numbers[1:]), stop]
    counts = []
    for number, before, behind in zip(numbers, ends[0], ends[1], strict=False):
        value = read_count(number[0])
        if value is None or abs(value) > MOST_VOTES or number.string[number.start() - 1 : number.start()].isalpha():
            continue
        owner = index.elements[max(index.owners[number.end() - 1], 0)]
        if _is_stamp(index, owner):
            continue
        words = (
            letter_words(index.text[before : number.start()])[-3:],
            letter_words(index.text[number.end() : behind])[:4],
        )
        counts.append(_Count(value, number.end() - 1, words, owner))
    return counts


def _is_stamp(index: TextIndex, element: Element) -> bool:
    """Return whether an element is a date without a word of votes; "Like" may stand beside it."""
    _, _, first, last = index.span(element)
    return last - first <= LONGEST_STAMP and is_stamp(element) and not polarity(letter_words(index.text[first:last]))


def _kind(index: TextIndex, count: _Count, ends: Sequence[int]) -> int:
    """Return which votes a number is, by classes and titles of the elements that hold it alone, else by its words."""
    kinds = list[int]()
    for above in islice(upwards(count.element), 4):
        _, _, first, last = index.span(above)
        if bisect_left(ends, last) - bisect_left(ends, first) > 1 or last - first > LONGEST_STAMP:
            break
        texts = (str(node.get(name, "")) for node in (above, *above) for name in ("title", "alt", "aria-label"))
        kinds.append(polarity([*words_of(above).split(), *letter_words(" ".join(texts))]))
    told = next((kind for kind in kinds if kind in (1, 2)), 0) or _said(index, count)
    return told or max(kinds, default=0)


def _said(index: TextIndex, count: _Count) -> int:
    before, behind = count.words
    kinds = polarity(before[-2:]), polarity(behind)
    near = index.text[max(count.place - LONGEST_STAMP, 0) : count.place]
    is_label = near.rstrip(" 0123456789+-−–.,kK").endswith((":", "(", "："))
    return (kinds[0] or kinds[1]) if is_label else (kinds[1] or kinds[0])
