"""Cluster articles by topic, from their words alone.

Outlets that write about other things draw other comments, so a difference between outlets may be one between topics.
Only word counts of each article are held, never its text.
"""

import re
import warnings
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import Document

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

MOST_ARTICLES = 40_000
"""Articles that are sorted into topics; the words of one take about a kilobyte. Later ones have no topic."""

MOST_WORDS = 200
"""Words that are held of an article: those that occur most often in it."""

MOST_CHARACTERS = 20_000
"""Of an article, that are looked at."""

TIMES = {"title": 3, "lead": 2, "body": 1}
"""How often a word counts, by where it stands."""

HASHED = 1 << 18
"""Words are held as numbers below this; two of 20,000 words in a corpus share one with a chance of 7 %."""

MOST_COLUMNS = 20_000
"""Words that topics are made of: those in most articles."""

BOILERPLATE = 0.9
"""Words in a larger part of one group's articles are its furniture, and name the group and no topic."""

DIMENSIONS = 100
"""Of the space in which articles are clustered (latent semantic analysis; Deerwester and others 1990)."""

NUMBERS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48)
"""Numbers of topics that are tried: that with the largest mean silhouette is taken (Rousseeuw 1987)."""

PER_TOPIC = 10
"""Articles that a topic must hold on average."""

COMPARED = 2_000
"""Articles of which silhouettes are taken."""

NO_TOPIC = -1

LUMPED = -1.0
"""In place of a silhouette, where there are fewer distinct articles than topics."""

_WORD = re.compile(r"[^\W\d_]{3,40}")


@dataclass(frozen=True, slots=True)
class Topics:
    """Topics of articles.

    :param of: Shape (articles,): the topic of each, ``NO_TOPIC`` if it has none.
    :param count: Number of topics.
    :param silhouette: Mean silhouette over articles, in [-1, 1].
    """

    of: NDArray[np.int64]
    count: int
    silhouette: float


class TopicWords:
    """The commonest words of articles, added one article at a time."""

    def __init__(self) -> None:
        self._articles: dict[int, int] = {}
        self._words = array("i")
        self._counts = array("B")
        self._ends = array("q", [0])

    def add(self, article: int, document: Document) -> None:
        """Add an article, unless it was added before or has no words.

        :param article: Its number.
        """
        if article in self._articles or len(self._articles) >= MOST_ARTICLES:
            return
        words = _words(document)
        if words:
            self._articles[article] = len(self._articles)
            self._words.extend(words.keys())
            self._counts.extend(words.values())
            self._ends.append(len(self._words))

    def __len__(self) -> int:
        """Return the number of articles with words."""
        return len(self._articles)

    def cluster(self, articles: int, groups: Sequence[int], *, seed: int = 0) -> Topics | None:
        """Sort articles into topics.

        TF-IDF of their words, latent semantic analysis, k-means; the number of topics is that of ``NUMBERS`` with the
        largest mean silhouette.

        :param articles: How many there are, with words or without.
        :param groups: Shape (articles,): the group of each, -1 where it is in several.
        :return: None where there are too few articles, too few words that they have in common, or too few articles
            that differ in them, as where all have one title.
        """
        tried = [count for count in NUMBERS if count * PER_TOPIC <= len(self)]
        weights = self._weights(np.asarray(groups)[list(self._articles)]) if tried else None
        if weights is None:
            return None
        rows, points = _points(weights, seed)
        if len(rows) < PER_TOPIC * tried[0]:
            return None
        count, silhouette, labels = max(
            (_clustered(points, count, seed) for count in tried if count * PER_TOPIC <= len(rows)),
            key=lambda found: found[1],
        )
        if silhouette <= LUMPED:
            return None
        of = np.full(articles, NO_TOPIC, np.int64)
        of[np.array(list(self._articles))[rows]] = labels
        return Topics(of, count, silhouette)

    def _weights(self, groups: NDArray[np.int64]) -> "csr_matrix | None":
        """Return TF-IDF rows of articles with words; words of one article only, or of a whole group, are dropped."""
        from scipy.sparse import csr_matrix, diags

        shape = (len(self), HASHED)
        counts = csr_matrix(
            (np.array(self._counts, np.float32), np.array(self._words), np.array(self._ends)), shape=shape
        )
        present = counts.astype(bool).astype(np.float32)
        frequency = np.asarray(present.sum(axis=0)).ravel()
        usable = frequency > 1
        for group in np.unique(groups[groups >= 0]):
            own = groups == group
            if own.sum() >= PER_TOPIC:
                usable &= np.asarray(present[own].mean(axis=0)).ravel() <= BOILERPLATE
        columns = np.flatnonzero(usable)
        columns = np.sort(columns[np.argsort(-frequency[columns], kind="stable")[:MOST_COLUMNS]])
        if len(columns) < 2:
            return None
        kept = counts[:, columns]
        kept.data = 1 + np.log(kept.data)
        weights = csr_matrix(kept @ diags(np.log(len(self) / frequency[columns])))
        return weights if weights.count_nonzero() else None  # words of all articles weigh nothing


def _words(document: Document) -> dict[int, int]:
    """Count the words of an article, as numbers: the commonest ones, each up to 255 times."""
    counts: Counter[int] = Counter()
    left = MOST_CHARACTERS
    for text, times in (
        (document.title or "", TIMES["title"]),
        (document.lead or "", TIMES["lead"]),
        *((paragraph, TIMES["body"]) for paragraph in document.body),
    ):
        for word in _WORD.findall(text[:left].lower()):
            counts[crc32(word.encode()) % HASHED] += times
        left -= min(left, len(text))
    common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_WORDS]
    return {word: min(count, 255) for word, count in sorted(common)}


def _points(weights: Any, seed: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Place articles on a sphere; those without a word in common with any other are left out."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    size = min(DIMENSIONS, min(weights.shape) - 1)
    placed = TruncatedSVD(size, random_state=seed).fit_transform(normalize(weights))
    rows = np.flatnonzero(np.linalg.norm(placed, axis=1) > 1e-9)
    return rows, normalize(placed[rows])


def _clustered(points: NDArray[np.float64], count: int, seed: int) -> tuple[int, float, NDArray[np.int64]]:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import silhouette_score

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of articles that are alike; told by what is returned
        labels = KMeans(count, n_init=5, random_state=seed).fit_predict(points)
    sample = np.random.default_rng(seed).permutation(len(points))[:COMPARED]
    if len(np.unique(labels)) < count or len(np.unique(labels[sample])) < 2:
        return count, LUMPED, labels.astype(np.int64)
    return count, float(silhouette_score(points[sample], labels[sample])), labels.astype(np.int64)
