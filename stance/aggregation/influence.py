"""Variances of estimates over comments that cluster in articles and in authors.

They are clustered both ways (Cameron, Gelbach and Miller, Robust Inference With Multiway Clustering, 2011).
"""

from dataclasses import dataclass
from functools import cached_property
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.intervals import critical_value
from stance.aggregation.observations import Floats, Ids

FEWEST_FREE = 2.0
"""Minimum degrees of freedom between authors: many people may share one name, as "Anonymous", and are not one author
who writes most."""


class ClusterTotals(NamedTuple):
    """Sums over clusters of one kind: ids of shape (n,), ascending, and sums of shape (n, measures)."""

    ids: NDArray[np.generic]
    sums: Floats

    def squares(self) -> Floats:
        """Return the sum of squares of each measure."""
        return np.einsum("ij,ij->j", self.sums, self.sums, dtype=np.float64)


@dataclass(frozen=True)
class Influence:
    """Influence of each cluster on each measure, from which variances and covariances are computed.

    :param ways: Sums by article, by author, and by author under article.
    :param unseen: Shape (measures,): the variance that half an error more among the labels would add.
    :param even: Effective numbers of articles and of authors (of equal size); None: clusters are taken as equal in
        size, and of fewer authors than articles, the articles count.
    """

    ways: tuple[ClusterTotals, ClusterTotals, ClusterTotals]
    unseen: Floats | float = 0.0
    even: tuple[float, float] | None = None

    @property
    def articles(self) -> int:
        """Return the number of articles."""
        return len(self.ways[0].ids)

    @property
    def authors(self) -> int:
        """Return the number of authors."""
        return len(self.ways[1].ids)

    @cached_property
    def freedom(self) -> Floats:
        """Return the degrees of freedom of the variance of each measure.

        The number of articles, or of authors if they decide. The variance between twenty articles is hardly known if
        one of them holds most comments, so the number of articles is replaced by the effective number (Carter, Schnepel
        and Steigerwald, Asymptotic Behavior of a t-Test Robust to Cluster Heterogeneity, 2017), less one.

        :return: Shape (measures,).
        """
        articles, authors = self._freedoms()
        return np.where(self._variances.argmax(axis=0) == 2, min(articles, authors), articles)

    def _freedoms(self) -> tuple[float, float]:
        """Return the degrees of freedom between articles, at least 1, and between authors."""
        articles = self.articles
        if self.even is None:
            return max(1.0, articles - 1.0), max(articles, self.authors) - 1.0
        of_articles, theirs = self.even
        return max(1.0, of_articles * (articles - 1) / articles), max(FEWEST_FREE, theirs * (1 - 1 / self.authors))

    @cached_property
    def variance(self) -> Floats:
        """Return the two-way clustered variance of each measure (Cameron, Gelbach and Miller 2011, equation 2.9).

        Article plus author minus intersection, but not less than the larger of the first two, since chance can make the
        difference too small or negative; with G / (G - 1) for G articles, as in one-way clustering.

        :return: Shape (measures,).
        """
        count = self.articles
        variances = self._variances.max(axis=0)
        return variances * (count / (count - 1)) if count > 1 else np.full(len(variances), np.nan)

    @cached_property
    def half_width(self) -> Floats:
        """Return half the width of the 95 % interval of each measure: the widest of the three ways to cluster.

        Each way has Student's t with its own degrees of freedom (Cameron and Miller, A Practitioner's Guide to
        Cluster-Robust Inference, 2015, VI.D): t of ten articles for the variance between 400 authors is too wide.

        :return: Shape (measures,).
        """
        if (articles := self.articles) < 2:
            return np.full(self.ways[0].sums.shape[1], np.nan)
        of_articles, theirs = self._freedoms()
        ways = (of_articles, articles), (of_articles, articles), (theirs, max(articles, self.authors))
        factors = np.array([critical_value(free) * sqrt(count / (count - 1)) for free, count in ways])
        return (factors[:, None] * np.sqrt(np.maximum(self._variances, 0.0))).max(axis=0)

    @cached_property
    def _variances(self) -> Floats:
        """Return the variances clustered by both, by article and by author; shape (3, measures)."""
        return two_ways(*(way.squares() for way in self.ways)) + self.unseen


def two_ways(article: Floats, author: Floats, pair: Floats) -> Floats:
    """Return variances clustered by both, by article and by author, from the squares of sums of each kind."""
    return np.stack([article + author - pair, article, author])


def cluster_totals(ids: NDArray[np.generic], moves: Floats) -> ClusterTotals:
    """Sum over clusters.

    :param ids: Shape (n,).
    :param moves: Shape (n, measures).
    """
    unique_ids, numbers = np.unique(ids, return_inverse=True)
    return ClusterTotals(unique_ids, sums_at_places(numbers, moves, len(unique_ids)))


def sums_at_places(numbers: Ids, moves: Floats, count: int) -> Floats:
    """Sum moves by place: shape (count, measures)."""
    sums = np.empty((count, moves.shape[1]), moves.dtype)
    for measure, column in enumerate(moves.T):
        sums[:, measure] = np.bincount(numbers, column, count)
    return sums


def influence(articles: Ids, authors: Ids, moves: Floats) -> Influence:
    """Sum the influences of lines by article, by author, and by author under article."""
    pairs = articles.astype(np.int64) << 32 | (authors.astype(np.int64) + (1 << 31))  # authors may be negative
    by_article, by_author, by_pair = (cluster_totals(ids, moves) for ids in (articles, authors, pairs))
    return Influence((by_article, by_author, by_pair))


def effective_numbers(articles: Ids, authors: Ids, sizes: Floats) -> tuple[float, float]:
    """Return the numbers of articles and of authors, of equal size, that would have the same variance.

    The square of the sum of their sizes, divided by the sum of squares.

    :param sizes: Shape (n,), of each comment.
    """
    squares = (float(cluster_totals(ids, sizes[:, None]).squares()[0]) for ids in (articles, authors))
    of_articles, of_authors = (float(sizes.sum()) ** 2 / square if square else 1.0 for square in squares)
    return of_articles, of_authors
