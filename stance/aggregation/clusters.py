"""Sums over the comments of one author under one article: all that estimation holds of a corpus.

Comments come in clusters. One page draws one crowd, and some people write a hundred times, so a million comments hold
far less news than a million draws. Every estimate and its variance can be had from sums over the finest clusters, those
of one author under one article; a comment without an author is a cluster of its own.
"""

from array import array
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

PACK = 1 << 12
"""Comments that wait to be summed together: the cost of a batch vanishes, and a group and target hold 256 kB."""

ROW = 4 + len(STANCES)
"""Numbers that one comment takes while it waits."""

_PLACES = [STANCES.index(side) for side in SIDES]

_HALF = 1 << 31
"""Moves numbers of authors, which may be negative, into 32 bits without a sign."""


def pair_ids(articles: Ids, authors: Ids) -> Ids:
    """Number authors under articles.

    :param articles: Shape (n,), in [0, 2**31).
    :param authors: Shape (n,), in [-2**31, 2**31).
    """
    return articles << 32 | (authors + _HALF)


def values_of(probabilities: Floats, sentiments: Floats) -> Floats:
    """Give what comments add to the sums.

    :param probabilities: Shape (n, 4), in the order of ``STANCES``: a model's, or 1 for a label and 0 for the others.
    :param sentiments: Shape (n,): around the target, in [-1, 1]; NaN where there is none.
    :return: Shape (n, 6), in the order of ``VALUES``.
    """
    values = np.ones((len(probabilities), WIDTH))
    values[:, SIDES_AT] = probabilities[:, _PLACES]
    values[:, WITH_SENTIMENT_AT] = np.where(np.isnan(sentiments), 0.0, values[:, SIDES_AT].sum(axis=1))
    values[:, SENTIMENT_AT] = values[:, WITH_SENTIMENT_AT] * np.nan_to_num(sentiments)
    return values


def certain(stances: Ids) -> Floats:
    """Give the probabilities of labels.

    :param stances: Shape (n,): places in ``STANCES``.
    :return: Shape (n, 4).
    """
    return np.asarray(np.eye(len(STANCES))[stances])


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


@dataclass(frozen=True, slots=True)
class Row:
    """One comment that has a stance by the model.

    :param author: Its number; of an unnamed author a negative one that no other comment has.
    :param stance: The model's, as its place in ``STANCES``.
    :param sentiment: Around the target; NaN where there is none.
    """

    article: int
    author: int
    stance: int
    sentiment: float
    probabilities: tuple[float, float, float, float]


class ClusterSums:
    """Sums of the comments of one group toward one target, which come one at a time in any order."""

    def __init__(self) -> None:
        self._waiting = array("d")
        self._keys: list[NDArray[np.int32]] = []
        self._sums: list[NDArray[np.float32]] = []
        self._audit: list[tuple[float, ...]] = []

    def add(self, row: Row) -> None:
        """Add a comment."""
        self._waiting.extend((row.article, row.author, row.stance, row.sentiment, *row.probabilities))
        if len(self._waiting) >= PACK * ROW:
            self._pack()

    def add_label(self, row: Row, label: int, probability: float) -> None:
        """Add the label of a comment that was added.

        :param label: The annotator's stance, as its place in ``STANCES``.
        :param probability: Of having been drawn, in (0, 1].
        """
        self._audit.append(
            (row.article, row.author, row.stance, row.sentiment, *row.probabilities, label, 1 / probability)
        )

    def merge(self, other: "ClusterSums") -> None:
        """Add what another group holds; its authors and articles are numbered alike."""
        other._pack()
        self._keys += other._keys
        self._sums += other._sums
        self._audit += other._audit

    def _pack(self) -> None:
        """Sum what waits: comments of one author under one article mostly come together."""
        rows = np.array(self._waiting, np.float64).reshape(-1, ROW)
        if not len(rows):
            return
        self._waiting = array("d")
        pairs, places = np.unique(pair_ids(*rows[:, :2].astype(np.int64).T), return_inverse=True)
        sentiments = rows[:, 3]
        counted = values_of(certain(rows[:, 2].astype(np.int64)), sentiments)
        values = np.concatenate([counted, values_of(rows[:, 4:], sentiments)], axis=1)
        sums = np.stack([np.bincount(places, column, len(pairs)) for column in values.T], axis=1)
        self._keys.append(np.stack([pairs >> 32, (pairs & 0xFFFFFFFF) - _HALF], axis=1).astype(np.int32))
        self._sums.append(sums.astype(np.float32))

    def lines(self) -> Lines:
        """Give what was added."""
        self._pack()
        keys = np.concatenate([np.zeros((0, 2), np.int32), *self._keys]).astype(np.int64)
        sums = np.concatenate([np.zeros((0, 2 * WIDTH), np.float32), *self._sums])
        return Lines(keys[:, 0], keys[:, 1], sums[:, :WIDTH], sums[:, WIDTH:])

    def audit_lines(self) -> AuditLines:
        """Give the labels."""
        rows = np.array(self._audit, np.float64).reshape(-1, ROW + 2)
        articles, authors, said, labels = rows[:, [0, 1, 2, ROW]].astype(np.int64).T
        return AuditLines(
            articles=articles,
            authors=authors,
            weights=rows[:, ROW + 1],
            given=values_of(certain(labels), rows[:, 3]),
            guessed=values_of(rows[:, 4:ROW], rows[:, 3]),
            counted=said,
            labels=labels,
        )
