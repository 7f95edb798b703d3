"""Shares and means of a group of comments, corrected by audit labels where there are some, with honest intervals.

A classifier's counts are biased, and by another amount in every outlet. A random sample of labels tells by how much,
and that is taken off: the difference estimator of survey sampling (Särndal, Swensson and Wretman 1992, 6.3), known as
prediction-powered inference with lambda 1 (Angelopoulos, Bates, Fannjiang, Jordan and Zrnic, Science 382, 2023).
Comments cluster in articles and in authors, so variances are clustered both ways (Cameron, Gelbach and Miller, Robust
Inference With Multiway Clustering, 2011).
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.clusters import SIDES_AT, VALUES, AuditLines, Floats, Ids, Lines, pair_ids
from stance.aggregation.intervals import critical_value
from stance.datamodels import SIDES


@dataclass(frozen=True, slots=True)
class Measure:
    """A ratio of two sums over comments.

    :param numerator: Shape (6,), weights in the order of ``VALUES``.
    :param denominator: Shape (6,).
    :param bounds: Lowest and highest value.
    """

    name: str
    numerator: tuple[float, ...]
    denominator: tuple[float, ...]
    bounds: tuple[float, float]


def _weights(**weights: float) -> tuple[float, ...]:
    return tuple(weights.get(name, 0.0) for name in VALUES)


ADDRESSED = _weights(**{side.value: 1.0 for side in SIDES})

MEASURES = (
    *(Measure(side.value, _weights(**{side.value: 1.0}), ADDRESSED, (0.0, 1.0)) for side in SIDES),
    Measure("net", _weights(favor=1.0, against=-1.0), ADDRESSED, (-1.0, 1.0)),
    Measure("sentiment", _weights(sentiment=1.0), _weights(with_sentiment=1.0), (-1.0, 1.0)),
)
"""The share of each stance among the comments that address the target; favor minus against; the mean sentiment around
the target, of the comments that address it."""

_NUMERATORS = np.array([measure.numerator for measure in MEASURES]).T
_DENOMINATORS = np.array([measure.denominator for measure in MEASURES]).T


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over clusters of one kind: ids of shape (n,), ascending, and sums of shape (n, measures)."""

    ids: NDArray[np.generic]
    sums: Floats


@dataclass(frozen=True, slots=True)
class Influence:
    """How far each cluster moves each measure: what variances, and covariances between groups, are made of."""

    articles: Totals
    authors: Totals
    pairs: Totals

    def variance(self) -> Floats:
        """Give the two-way clustered variance of each measure (Cameron, Gelbach and Miller 2011, equation 2.9).

        Article plus author minus their intersection, and no less than the larger of the first two, since chance can
        make the difference too small or negative; with G / (G - 1) for G articles, as in one-way clustering.

        :return: Shape (measures,).
        """
        count = len(self.articles.ids)
        return self.raw_variance() * (count / (count - 1)) if count > 1 else np.full(len(MEASURES), np.nan)

    def raw_variance(self) -> Floats:
        """Give the same without G / (G - 1)."""
        return np.asarray(np.max(self._ways(), axis=0))

    def half_width(self) -> Floats:
        """Give half the width of the 95 % interval of each measure: the widest of the three ways to cluster.

        Each way has Student's t on its own number of clusters less one (Cameron and Miller, A Practitioner's Guide to
        Cluster-Robust Inference, 2015, VI.D): t of ten articles for the variance between 400 authors is too wide. Of
        fewer authors than articles, the articles count.

        :return: Shape (measures,).
        """
        articles = len(self.articles.ids)
        if articles < 2:
            return np.full(len(MEASURES), np.nan)
        counts = (articles, articles, max(articles, len(self.authors.ids)))
        factors = np.array([critical_value(count - 1) * sqrt(count / (count - 1)) for count in counts])
        return np.asarray((factors[:, None] * np.sqrt(np.maximum(self._ways(), 0.0))).max(axis=0))

    def _ways(self) -> Floats:
        """Give the variances by both, by article and by author; shape (3, measures)."""
        article, author, pair = ((each.sums**2).sum(axis=0) for each in (self.articles, self.authors, self.pairs))
        return np.stack([article + author - pair, article, author])


def cluster_totals(ids: NDArray[np.generic], moves: Floats) -> Totals:
    """Sum over clusters.

    :param ids: Shape (n,).
    :param moves: Shape (n, measures).
    """
    named, places = np.unique(ids, return_inverse=True)
    return Totals(named, np.stack([np.bincount(places, column, len(named)) for column in moves.T], axis=1))


def influence(articles: Ids, authors: Ids, moves: Floats) -> Influence:
    """Sum what single lines move over articles, authors, and authors under articles."""
    return Influence(
        cluster_totals(articles, moves),
        cluster_totals(authors, moves),
        cluster_totals(pair_ids(articles, authors), moves),
    )


@dataclass(frozen=True, slots=True)
class Estimated:
    """All measures of one group toward one target by one method.

    :param values: Shape (measures,); NaN where the denominator is zero.
    :param influence: Of the lines that it was made from.
    :param corpus_variance: Shape (measures,): of exactly these comments; None where no label tells.
    """

    method: str
    values: Floats
    influence: Influence
    corpus_variance: Floats | None = None


def _ratio(numerators: Floats, denominators: Floats) -> tuple[Floats, Floats]:
    """Give ratios, and the weights of the six values that linearise them (Taylor; Cochran 1977, 6.3)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(denominators > 0, numerators / denominators, np.nan)
        slopes = (_NUMERATORS - values * _DENOMINATORS) / denominators
    return values, slopes


def estimate_counted(lines: Lines) -> Estimated:
    """Take the model's labels for true: classify and count."""
    sums = lines.counted.sum(axis=0, dtype=np.float64)
    values, slopes = _ratio(sums @ _NUMERATORS, sums @ _DENOMINATORS)
    address = lines.counted[:, SIDES_AT].any(axis=1)  # a cluster that says nothing of the target is no observation
    moves = lines.counted[address] @ slopes
    return Estimated("model", values, influence(lines.articles[address], lines.authors[address], moves))


def estimate_labelled(audit: AuditLines, comments: float) -> Estimated:
    """Use the labels alone, weighted by 1 / probability (Hájek 1971).

    :param comments: Of the group, labelled or not.
    """
    weighted = audit.weights[:, None] * audit.given
    sums = weighted.sum(axis=0)
    values, slopes = _ratio(sums @ _NUMERATORS, sums @ _DENOMINATORS)
    moves = weighted @ slopes
    address = audit.given[:, SIDES_AT].any(axis=1)
    clusters = influence(audit.articles[address], audit.authors[address], moves[address])
    return Estimated("labels", values, clusters, _drawn_variance(moves, audit, comments))


def estimate_corrected(lines: Lines, audit: AuditLines) -> Estimated:
    """Take the mean error of the model's probabilities, as the labels show it, off their mean over all comments.

    mean(p) + sum(w (y - p)) / sum(w), for numerator and denominator of each measure, then their ratio, linearised. The
    same comment is in both parts, and a cluster's moves are summed over both, so their covariance is in the variance.
    """
    sums = lines.soft.sum(axis=0, dtype=np.float64)
    comments, weight = sums[0], audit.weights.sum()
    errors = audit.weights[:, None] * (audit.given - audit.guessed)
    means = sums / comments + errors.sum(axis=0) / weight
    values, slopes = _ratio(means @ _NUMERATORS, means @ _DENOMINATORS)
    centre = sums @ slopes / comments
    moves = (lines.soft @ slopes - lines.counted[:, :1] * centre) / comments
    corrections = (errors @ slopes + audit.weights[:, None] * centre) / weight  # the mean error is minus the centre
    clusters = influence(
        np.concatenate([lines.articles, audit.articles]),
        np.concatenate([lines.authors, audit.authors]),
        np.concatenate([moves, corrections]),
    )
    return Estimated("ppi", values, clusters, _drawn_variance(corrections, audit, comments))


def _drawn_variance(moves: Floats, audit: AuditLines, comments: float) -> Floats:
    """Give the variance by the draw of labels alone: what is known of exactly these comments.

    That of a Poisson draw (Särndal, Swensson and Wretman 1992, 5.8). Where only a part of the drawn comments was
    labelled, the probabilities are smaller by that part.
    """
    labelled = len(audit)
    probabilities = np.minimum(1.0, audit.weights.sum() / comments / audit.weights)
    variance: Floats = ((1 - probabilities)[:, None] * moves**2).sum(axis=0)
    return variance * labelled / max(1, labelled - 1)


def join_groups(one: Influence, other: Influence) -> Influence:
    """Give the influence on the difference of two groups, clustered jointly where an author or article is in both."""
    return Influence(
        *(
            _subtract(getattr(one, kind), _correction(one), getattr(other, kind), _correction(other))
            for kind in ("articles", "authors", "pairs")
        )
    )


def _subtract(one: Totals, scale: float, other: Totals, other_scale: float) -> Totals:
    ids = np.concatenate([one.ids, other.ids])
    return cluster_totals(ids, np.concatenate([one.sums * scale, -other.sums * other_scale]))


def _correction(clusters: Influence) -> float:
    """Give the root of G / (G - 1)."""
    count = len(clusters.articles.ids)
    return sqrt(count / (count - 1))


def difference_variance(one: Influence, other: Influence) -> Floats:
    """Give the variance of the difference of two groups, for each measure.

    The two variances are added; where both hold comments of one author, or under one article, these covary.

    :return: Shape (measures,).
    """
    if not (_overlap(one.authors, other.authors) or _overlap(one.articles, other.articles)):
        return one.variance() + other.variance()
    return join_groups(one, other).raw_variance()


def _overlap(one: Totals, other: Totals) -> bool:
    return bool(np.isin(one.ids, other.ids, assume_unique=True).any())
