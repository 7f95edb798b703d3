"""Estimate how much a line of a page is like one of a reader's comment, by its words and signs.

Lines of comments, of articles and of the rest of pages differ in their words: who comments speaks to somebody. A
logistic regression on hashed words tells them apart on sites that it did not learn from (``scripts/train_talk.py``).
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from functools import cache
from math import log1p
from typing import TYPE_CHECKING

import numpy as np

from stance.resources import DATA

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODEL = DATA / "blocks" / "talk.npz"

BUCKETS = 2**15
"""Number of hashed words and pairs of words."""

WORDS, CHARACTERS = 4, 1_500
"""Minimum words of a line that is rated, and maximum characters of it that are read."""

LARGEST = 8.0
"""Maximum rating, and its negative the minimum."""

_TOKEN = re.compile(r"[^\W\d_]+|[?!….,:;@\"]")


def tokens_of(line: str) -> set[int]:
    """Return the buckets of the words, signs and pairs of them of a line."""
    words = [word.encode() for word in _TOKEN.findall(line[:CHARACTERS].casefold())]
    pairs = (above + b" " + below for above, below in zip(words, words[1:], strict=False))
    return {zlib.crc32(each) % BUCKETS for each in (*words, *pairs)}


def signs_of_line(line: str) -> tuple[float, ...]:
    """Return the numbers of a line that do not depend on its words."""
    words = line.split()
    n, size, end = max(len(words), 1), max(len(line), 1), line.rstrip()[-1:]
    return (
        log1p(n) / 5,
        float(line[:1].islower()),
        float(end in ".!?…"),
        min(line.count("?") / n, 1.0),
        min(line.count("!") / n, 1.0),
        float("..." in line),
        sum(map(str.isdigit, line)) / size,
        sum(word[:1].isupper() for word in words) / n,
        sum(word.isupper() and len(word) > 1 for word in words) / n,
        float(any(sign > "\U0001f300" for sign in line)),
        float("@" in line),
        float("|" in line or "»" in line),
        float('"' in line or "“" in line),
    )


@cache
def weights() -> "NDArray[np.float32]":
    """Load the weights that ship with the package: of the buckets, of the signs, and the intercept."""
    with np.load(MODEL, allow_pickle=False) as stored:
        return stored["weights"].astype(np.float32)


def rate_talk(lines: Sequence[str]) -> list[float | None]:
    """Rate how much lines are like those of comments.

    :return: For each line the log odds in [-8, 8]; None for one of fewer than four words.
    """
    return [_rate(line) if line.count(" ") >= WORDS - 1 else None for line in lines]


def are_talk(texts: Iterable[str]) -> bool:
    """Return whether texts are like comments: the mean rating of their lines is above 0."""
    ratings = [rating for rating in rate_talk([line for text in texts for line in text.split("\n")]) if rating is not None]
    return sum(ratings) > 0


def _rate(line: str) -> float:
    own, model = tokens_of(line), weights()
    found = float(model[list(own)].sum()) / max(len(own), 1) ** 0.5
    found += sum(number * float(weight) for number, weight in zip(signs_of_line(line), model[BUCKETS:-1], strict=True))
    return max(min(found + float(model[-1]), LARGEST), -LARGEST)
