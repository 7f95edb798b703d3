"""Sums over the comments of one author under one article: all that estimation holds of a corpus.

Comments come in clusters. One page draws one crowd, and some people write a hundred times, so a million comments hold
far less news than a million draws. Every estimate and its variance can be had from sums over the finest clusters, those
of one author under one article; a comment without an author is a cluster of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import SIDES, STANCES

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]

VALUES = ("count", *(str(side) for side in SIDES), "sentiment", "with_sentiment")
"""What is summed: one for each comment; the (probability of the) stances that address the target; the same times the
sentiment around the target; the same where there is such a sentiment."""

WIDTH = len(VALUES)
SIDES_AT = slice(1, 1 + len(SIDES))
SENTIMENT_AT, WITH_SENTIMENT_AT = WIDTH - 2, WIDTH - 1

PACK = 1 << 15
"""Comments that wait to be summed together: enough that the cost of a batch vanishes, a few megabytes."""

_PLACES = tuple(STANCES.index(side) for side in SIDES)


CERTAIN = tuple(tuple(float(one is other) for other in STANCES) for one in STANCES)
"""For each stance, the probabilities of a label that gives it."""

_HALF = 1 << 31
"""Moves numbers of authors, which may be negative, into 32 bits without a sign."""


def pair_ids(articles: Ids, authors: Ids) -> Ids:
    """Number authors under articles.

    :param articles: Shape (n,), in [0, 2**31).
    :param authors: Shape (n,), in [-2**31, 2**31).
    """
    return articles << 32 | (authors + _HALF)


def values_of(probabilities: Sequence[float], sentiment: float | None) -> tuple[float, ...]:
    """Give what one comment adds to the sums.

    :param probabilities: In the order of ``STANCES``: a model's, or 1 for the label and 0 for the others.
    :param sentiment: Around the target, in [-1, 1]; None where there is none.
    :return: In the order of ``VALUES``.
    """
    against, neutral, favor = (probabilities[at] for at in _PLACES)
    if sentiment is None:
        return 1.0, against, neutral, favor, 0.0, 0.0
    addressed = against + neutral + favor
    return 1.0, against, neutral, favor, addressed * sentiment, addressed


@dataclass(frozen=True, slots=True)
class Lines:
    """Sums over clusters, one line for each; the same cluster may have several.

    :param articles: Shape (n,).
    :param authors: Shape (n,); of an unnamed author a negative number that no other line has.
    :param counted: Shape (n, 6): by the model's labels, in the order of ``VALUES``.
    :param soft: Shape (n, 6): by the model's probabilities.
    """

    articles: Ids
    authors: Ids
    counted: Floats
    soft: Floats


@dataclass(frozen=True, slots=True)
class AuditLines:
    """Labelled comments, one line for each.

    :param weights: Shape (n,): 1 / probability of having been drawn.
    :param given: Shape (n, 6): by the label, in the order of ``VALUES``.
    :param guessed: Shape (n, 6): by the model's probabilities.
    :param counted: Shape (n,): the stance that the model gave, as its place in ``STANCES``.
    :param labels: Shape (n,): the stance that the annotator gave.
    """

    articles: Ids
    authors: Ids
    weights: Floats
    given: Floats
    guessed: Floats
    counted: Ids
    labels: Ids

    def __len__(self) -> int:
        """How many there are."""
        return len(self.weights)


class ClusterSums:
    """Sums of the comments of one group toward one target, which come one at a time in any order."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, ...]] = []
        self._keys: list[NDArray[np.int32]] = []
        self._sums: list[NDArray[np.float32]] = []
        self._audit: list[tuple[int, int, float, Sequence[float], Sequence[float], int, int]] = []

    def add(
        self, article: int, author: int, probabilities: Sequence[float], stance: int, sentiment: float | None
    ) -> None:
        """Add a comment.

        :param author: Its number; of an unnamed author a negative one that no other comment has.
        :param probabilities: Of the model, in the order of ``STANCES``.
        :param stance: The model's, as its place in ``STANCES``.
        :param sentiment: Around the target; None where there is none.
        """
        counted, soft = values_of(CERTAIN[stance], sentiment), values_of(probabilities, sentiment)
        self._waiting.append((article, author, *counted, *soft))
        if len(self._waiting) >= PACK:
            self._pack()

    def add_label(
        self,
        article: int,
        author: int,
        probabilities: Sequence[float],
        stance: int,
        sentiment: float | None,
        *,
        label: int,
        probability: float,
    ) -> None:
        """Add the label of a comment that was added.

        :param label: The annotator's stance, as its place in ``STANCES``.
        :param probability: Of having been drawn, in (0, 1].
        """
        given, guessed = values_of(CERTAIN[label], sentiment), values_of(probabilities, sentiment)
        self._audit.append((article, author, 1 / probability, given, guessed, stance, label))

    @property
    def labelled(self) -> int:
        """How many labels there are."""
        return len(self._audit)

    def merge(self, other: "ClusterSums") -> None:
        """Add what another group holds; its authors and articles are numbered alike."""
        self._waiting += other._waiting
        self._keys += other._keys
        self._sums += other._sums
        self._audit += other._audit

    def _pack(self) -> None:
        """Sum what waits: comments of one author under one article mostly come together."""
        if not self._waiting:
            return
        rows = np.array(self._waiting, np.float64)
        self._waiting = []
        keys, places = np.unique(
            pair_ids(rows[:, 0].astype(np.int64), rows[:, 1].astype(np.int64)), return_inverse=True
        )
        sums = np.stack([np.bincount(places, column, len(keys)) for column in rows[:, 2:].T], axis=1)
        self._keys.append(np.stack([keys >> 32, (keys & 0xFFFFFFFF) - _HALF], axis=1).astype(np.int32))
        self._sums.append(sums.astype(np.float32))

    def lines(self) -> Lines:
        """Give what was added."""
        self._pack()
        keys = np.concatenate([np.zeros((0, 2), np.int32), *self._keys]).astype(np.int64)
        sums = np.concatenate([np.zeros((0, 2 * WIDTH), np.float32), *self._sums])
        return Lines(keys[:, 0], keys[:, 1], sums[:, :WIDTH], sums[:, WIDTH:])

    def audit_lines(self) -> AuditLines:
        """Give the labels."""
        columns = list(zip(*self._audit, strict=True)) or [()] * 7
        articles, authors, weights, given, guessed, counted, labels = columns
        return AuditLines(
            np.array(articles, np.int64),
            np.array(authors, np.int64),
            np.array(weights, np.float64),
            np.array(given, np.float64).reshape(-1, WIDTH),
            np.array(guessed, np.float64).reshape(-1, WIDTH),
            np.array(counted, np.int64),
            np.array(labels, np.int64),
        )
