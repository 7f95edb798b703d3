"""Rate how much lines are like those of comments.

Lines of comments, of articles and of the rest of pages differ in their words: who comments speaks to somebody. A
logistic regression on hashed words tells them apart on sites that it did not learn from
(``research/training/train_lines.py``).
"""

import re
import zlib
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from stance.parsing.characters import Characters
from stance.resources import DATA, shipped_arrays
from stance.text_forms import RememberedWords

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

TALK_MODEL = DATA / "blocks" / "talk.npz"

WORD_BUCKETS = 2**15
"""Number of numbers that words are hashed to."""

LARGEST_RATING, MOST_RATINGS = 8.0, 8192
"""Maximum rating, and its negative the minimum; number of ratings that are kept."""


_TOKEN = re.compile(r"\w+|[^\w\s]")


def talk_words(lines: Sequence[str]) -> "tuple[Indices, Indices]":
    """Return the buckets of the different words and signs of lines, with the number of the line of each."""
    import numpy as np

    words = [set(map(BUCKETS.__getitem__, _TOKEN.findall(line))) for line in lines]
    return np.repeat(np.arange(len(words)), [*map(len, words)]), np.array([*chain.from_iterable(words)], dtype=int)


BUCKETS = RememberedWords(lambda token: zlib.crc32(token.encode(errors="surrogatepass")) % WORD_BUCKETS)


def talk_signs(lines: Sequence[str]) -> "Floats":
    """Return the numbers of lines that do not depend on their words, each in [0, 1] or little more."""
    import numpy as np

    signs = Characters(lines)
    in_words, upper, lower = ~signs.are(str.isspace), signs.are(str.isupper), signs.are(str.islower)
    begins = signs.begins(in_words)
    starts, loud = np.flatnonzero(begins), np.zeros_like(begins)  # words of capitals, but for those of one letter
    loud[starts] = np.logical_or.reduceat(upper, starts) & ~np.logical_or.reduceat(lower, starts) & in_words[starts + 1]
    words = signs.count(begins)
    return np.stack([
        *(np.log1p(words) / 5, lower[signs.starts], [line.rstrip()[-1:] in ".!?…" for line in lines]),
        signs.count(signs.are(str.isdigit)) / np.maximum(signs.sizes, 1),
        *(signs.count(flags) / np.maximum(words, 1) for flags in (begins & upper, loud)),
    ], axis=1)  # fmt: skip


known_ratings: dict[str, float | None] = {}
"""Ratings of the latest lines: a page is rated as it is, and by its comments. None: too short."""


def rate_talk(lines: Iterable[str]) -> list[float | None]:
    """Rate how much lines are like those of comments.

    :return: For each line the log odds in [-8, 8]; None for one of fewer than four words.
    """
    lines = list(lines)
    if len(known_ratings) > MOST_RATINGS:
        known_ratings.clear()
    new = dict.fromkeys(line for line in lines if line not in known_ratings)
    known_ratings.update(new)
    long = [line for line in new if line.count(" ") >= 3]
    known_ratings.update(zip(long, _rated([line[:1_500] for line in long]), strict=True) if long else ())
    return [*map(known_ratings.get, lines)]


def talk_of(texts: Iterable[str]) -> list[float]:
    """Return the ratings of the lines of texts that are long enough."""
    return [rating for rating in rate_talk(line for text in texts for line in text.split("\n")) if rating is not None]


def _rated(lines: Sequence[str]) -> list[float]:
    import numpy as np

    weights, (owners, buckets) = shipped_arrays(TALK_MODEL)["weights"].astype(float), talk_words(lines)
    sizes = np.bincount(owners, minlength=len(lines)).clip(1)
    ratings = np.bincount(owners, weights[buckets], len(lines)) / np.sqrt(sizes)
    ratings += talk_signs(lines) @ weights[WORD_BUCKETS:-1] + weights[-1]
    rated: list[float] = ratings.clip(-LARGEST_RATING, LARGEST_RATING).tolist()
    return rated
