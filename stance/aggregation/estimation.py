"""Estimate shares and means of a group of comments with clustered variances, corrected by any audit labels.

Shares are ratios of sums of a model's probabilities, which lose less of the rarer sides than counts of its labels
(Bella, Ferri, Hernández-Orallo and Ramírez-Quintana, Quantification via Probability Estimators, 2010). They are still
biased, and differently in each outlet. A random sample of labels estimates that bias, which
is subtracted: the difference estimator of survey sampling (Särndal, Swensson and Wretman 1992, 6.3), known as
prediction-powered inference with lambda 1 (Angelopoulos, Bates, Fannjiang, Jordan and Zrnic, Science 382, 2023).
Comments cluster in articles and in authors, so variances are clustered both ways (Cameron, Gelbach and Miller, Robust
Inference With Multiway Clustering, 2011).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import sqrt
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.clusters import SIDES_AT, Flags, Floats, Ids, Numbers, Observations
from stance.datamodels import FEWEST_SHOWN, SIDES, Stance
from stance.resources import SHARE_ERRORS


class Measure(NamedTuple):
    """A ratio of two sums over comments: weights of the values in the order of ``VALUES``; lowest and highest value."""

    name: str
    numerator: tuple[int, ...]
    denominator: tuple[int, ...]
    bounds: tuple[float, float]


_ADDRESSED = np.array([0.0, *(1.0 for _ in SIDES)])

MEASURES = (
    *(Measure(str(side), (0, *(int(side is each) for each in SIDES)), (0, 1, 1, 1), (0.0, 1.0)) for side in SIDES),
    Measure("net", (0, -1, 0, 1), (0, 1, 1, 1), (-1.0, 1.0)),  # against, neutral, favor
    Measure("addressed", (0, 1, 1, 1), (1, 0, 0, 0), (0.0, 1.0)),
)
"""The share of each stance among the comments that address the target; favor minus against; the share of all comments
that address it."""

PLACES = {measure.name: at for at, measure in enumerate(MEASURES)}

_NUMERATORS = np.array([measure.numerator for measure in MEASURES], np.float64).T
_DENOMINATORS = np.array([measure.denominator for measure in MEASURES], np.float64).T


FEWEST_FREE = 2.0
"""Minimum degrees of freedom between authors: many people may share one name, as "Anonymous", and are not one author
who writes most."""

_SINGULAR = 1e10
"""Maximum condition number of normal equations; beyond it regressors are collinear."""

SURELY = 3.0
"""Minimum standard errors of a denominator above 0: else a ratio has no usable linearisation (Fieller 1954)."""


class Silent(NamedTuple):
    """Assumptions about comments that a model is sure do not address the target.

    :ivar below: The probability of addressing it, below which the model is sure.
    :ivar fewest: Minimum number of labels of such comments, and of the others, to estimate them apart.
    :ivar known: Number of such comments, half of one of which addresses the target, that labels are added to: of real
        comments that do not name it, 0 to 9 % address it, and a label of one may represent hundreds.
    :ivar alike: Number of labels, divided as those of the others, that labels of missed comments are added to.
    :ivar apart: Standard deviation of a share among missed comments from that among the others.
    :ivar part: Share of such comments in a draw.
    """

    below: float = 0.05
    fewest: int = 5
    known: float = 25.0
    alike: float = 5.0
    apart: float = 0.2
    part: float = 0.15


SILENT = Silent()

_APART = np.array([*(SILENT.apart for _ in SIDES), 2 * SILENT.apart, 1.0])  # of the measures


@dataclass(frozen=True, slots=True)
class ClusterTotals:
    """Sums over clusters of one kind: ids of shape (n,), ascending, and sums of shape (n, measures)."""

    ids: NDArray[np.generic]
    sums: Floats

    def squares(self) -> Floats:
        """Return the sum of squares of each measure."""
        return np.asarray(np.einsum("ij,ij->j", self.sums, self.sums, dtype=np.float64))


@dataclass(frozen=True, slots=True)
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

    def freedom(self) -> Floats:
        """Return the degrees of freedom of the variance of each measure.

        The number of articles, or of authors if they decide. The variance between twenty articles is hardly known if
        one of them holds most comments, so the number of articles is replaced by the effective number (Carter, Schnepel
        and Steigerwald, Asymptotic Behavior of a t-Test Robust to Cluster Heterogeneity, 2017), less one.

        :return: Shape (measures,).
        """
        articles, authors = self._freedoms()
        return np.where(self._variances().argmax(axis=0) == 2, min(articles, authors), articles)

    def _freedoms(self) -> tuple[float, float]:
        """Return the degrees of freedom between articles, at least 1, and between authors."""
        articles = self.articles
        if self.even is None:
            return max(1.0, articles - 1.0), max(articles, self.authors) - 1.0
        own, theirs = self.even
        return max(1.0, own * (articles - 1) / articles), max(FEWEST_FREE, theirs * (1 - 1 / self.authors))

    def variance(self) -> Floats:
        """Return the two-way clustered variance of each measure (Cameron, Gelbach and Miller 2011, equation 2.9).

        Article plus author minus intersection, but not less than the larger of the first two, since chance can make the
        difference too small or negative; with G / (G - 1) for G articles, as in one-way clustering.

        :return: Shape (measures,).
        """
        count = self.articles
        variances = self._variances().max(axis=0)
        return variances * (count / (count - 1)) if count > 1 else np.full(len(variances), np.nan)

    def half_width(self) -> Floats:
        """Return half the width of the 95 % interval of each measure: the widest of the three ways to cluster.

        Each way has Student's t with its own degrees of freedom (Cameron and Miller, A Practitioner's Guide to
        Cluster-Robust Inference, 2015, VI.D): t of ten articles for the variance between 400 authors is too wide.

        :return: Shape (measures,).
        """
        if (articles := self.articles) < 2:
            return np.full(self.ways[0].sums.shape[1], np.nan)
        own, theirs = self._freedoms()
        ways = (own, articles), (own, articles), (theirs, max(articles, self.authors))
        factors = np.array([critical_value(free) * sqrt(count / (count - 1)) for free, count in ways])
        return np.asarray((factors[:, None] * np.sqrt(np.maximum(self._variances(), 0.0))).max(axis=0))

    def _variances(self) -> Floats:
        """Return the variances clustered by both, by article and by author; shape (3, measures)."""
        return _two_ways(*(each.squares() for each in self.ways)) + self.unseen


def _two_ways(article: Floats, author: Floats, pair: Floats) -> Floats:
    """Return variances clustered by both, by article and by author, from the squares of sums of each kind."""
    return np.stack([article + author - pair, article, author])


def cluster_totals(ids: NDArray[np.generic], moves: Floats) -> ClusterTotals:
    """Sum over clusters.

    :param ids: Shape (n,).
    :param moves: Shape (n, measures).
    """
    named, places = np.unique(ids, return_inverse=True)
    return ClusterTotals(named, _sums(places, moves, len(named)))


def _sums(places: Ids, moves: Floats, count: int) -> Floats:
    sums = np.empty((count, moves.shape[1]), moves.dtype)
    for at, column in enumerate(moves.T):
        sums[:, at] = np.bincount(places, column, count)
    return sums


def influence(articles: Ids, authors: Ids, moves: Floats) -> Influence:
    """Sum the influences of lines by article, by author, and by author under article."""
    pairs = articles.astype(np.int64) << 32 | (authors.astype(np.int64) + (1 << 31))  # authors may be negative
    by_article, by_author, by_pair = (cluster_totals(ids, moves) for ids in (articles, authors, pairs))
    return Influence((by_article, by_author, by_pair))


@dataclass(frozen=True, slots=True)
class Estimated:
    """One coefficient of a fit for all measures: a share or mean, a slope, or a change.

    :param values: Shape (measures,); NaN if the denominator is zero.
    :param influence: Of the lines it was computed from.
    :param corpus_variance: Shape (measures,): for exactly these comments; None without labels.
    :param is_defined: Whether labels show that some comments address the target; otherwise the denominator of a share
        may be 0.
    :param weight: Comments that address the target, of a slope times the variance of its regressor.
    """

    method: str
    values: Floats
    influence: Influence
    corpus_variance: Floats | None = None
    is_defined: bool = True
    weight: float = 0.0


def compute_measures(values: Floats) -> Floats:
    """Compute measures without variances.

    :param values: Shape (n, 4): of lines, by the model's labels or by its probabilities.
    :return: Shape (measures,); NaN where the denominator is zero.
    """
    return np.asarray(_solve(_cross(values, None)).coefficients[0])


class _Solution(NamedTuple):
    """Coefficients, shape (regressors, measures), and the inverse of their normal equations for each measure."""

    coefficients: Floats
    inverses: Floats  # shape (measures, regressors, regressors)

    def pull(self, at: int, regressors: Floats | None) -> Floats:
        """Return the change of one coefficient by a unit of residual of each line: shape (n or 1, measures)."""
        own: Floats = self.inverses[:, at].T
        return own if regressors is None else np.asarray(regressors @ own)

    def moves(self, at: int, values: Floats, regressors: Floats | None) -> Floats:
        """Return the influence of lines on one coefficient, in the precision of their values: shape (n, measures)."""
        if regressors is None:
            slopes = (_NUMERATORS - self.coefficients * _DENOMINATORS) * self.inverses[:, 0, 0]
            return np.asarray(values @ slopes.astype(values.dtype))
        residuals = values @ _NUMERATORS - regressors @ self.coefficients * (values @ _DENOMINATORS)
        return np.asarray(residuals * self.pull(at, regressors))


def _cross(values: Floats, regressors: Floats | None) -> Floats:
    """Sum values times each two regressors: shape (regressors, regressors, 4)."""
    if regressors is None:
        return np.asarray(values.sum(axis=0, dtype=np.float64)[None, None])
    return np.stack([(regressors * each[:, None]).T @ values for each in regressors.T]).astype(np.float64)


def _solve(sums: Floats) -> _Solution:
    """Solve the normal equations; NaN for a measure with too few comments to separate its regressors."""
    normal = np.moveaxis(sums @ _DENOMINATORS, -1, 0)
    usable = np.array([each[0, 0] > 0 and np.linalg.cond(each) < _SINGULAR for each in normal])
    inverses = np.full(normal.shape, np.nan)
    inverses[usable] = np.linalg.inv(normal[usable])
    return _Solution(np.einsum("mij,jm->im", inverses, sums[0] @ _NUMERATORS), inverses)


def fit(table: Observations, regressors: Floats | None = None, *, trust: bool = True) -> tuple[Estimated, ...]:
    """Regress the sides of the comments that address a target on regressors, corrected by labels.

    The outcome of a comment is its probabilities plus, where it is labelled, w (y - p), with weights w that sum to all
    comments, those that the model is sure are silent and the others each: design-based supervised learning (Egami,
    Hinck, Stewart and Wei 2023). One label may represent a hundred silent comments, so those of them that address the
    target are taken to be as rare and as divided as elsewhere, until many labels say otherwise (:class:`Silent`).
    Whether a comment addresses the target is corrected alike, and with it the denominators. Each measure is the
    least-squares fit of its numerator with its denominator as weight; of the constant alone it is a ratio. Influences
    are summed over both parts by cluster, so the variance includes their covariance. A good model makes few or no
    errors among the labels, and their spread does not show how many were missed: variances are those of half an error
    more (as the prior of Jeffreys adds half an observation to a share; Brown, Cai and DasGupta, Interval Estimation
    for a Binomial Proportion, 2001).

    :param table: Without labels: the model alone.
    :param regressors: Shape (n, regressors), the first of which is 1; None: this one alone.
    :param trust: Use the probabilities; False: the labels alone (Hájek 1971).
    :return: One for each regressor.
    """
    quiet = silent(table)
    parts = quiet[table.labelled]
    shares = np.zeros(len(parts))
    for own, part in ((quiet, parts), (~quiet, ~parts)):
        shares[part] = own.sum() / max(1, len(table)) * table.draws[part] / (table.draws[part].sum() or 1.0)
    given = table.given
    if trust and parts.any():
        sides = given[:, SIDES_AT]
        missed, usual = sides[parts].sum(), shares[~parts] @ sides[~parts]
        pooled = SILENT.alike / (missed + SILENT.alike)
        usual = sides[parts].sum(axis=1, keepdims=True) * usual / (usual.sum() or 1.0)
        given[parts, SIDES_AT] = (
            parts.sum() / (parts.sum() + SILENT.known) * (sides[parts] + pooled * (usual - sides[parts]))
        )
    errors = (len(table) * shares)[:, None] * (given - trust * table.soft[table.labelled])
    labelled = regressors if regressors is None else regressors[table.labelled]
    sums = _cross(errors, labelled)
    solved = _solve(sums + _cross(table.soft, regressors) if trust else sums)
    drawn = _Drawn(table, quiet, solved, regressors, labelled, errors, shares, trust)
    return tuple(drawn.estimate(at) for at in range(len(solved.coefficients)))


def silent(table: Observations) -> Flags:
    """Return which comments the model is sure do not address the target; none where labels are of one kind alone."""
    found = np.asarray(table.soft @ _ADDRESSED < SILENT.below)
    labels = np.bincount(found[table.labelled], minlength=2)
    return found if labels.min() >= SILENT.fewest else np.zeros_like(found)


class _Drawn(NamedTuple):
    """A fit, and the labelled comments that it was made with."""

    table: Observations
    silent: Flags  # comments that the model is sure do not address the target, if they are a part of their own
    solved: _Solution
    regressors: Floats | None  # of all comments
    labelled: Floats | None  # regressors of the labelled ones
    errors: Floats  # shape (labels, 4): label minus probability, times the comments that the label represents
    shares: Floats  # of all comments, that each label represents
    trust: bool  # the probabilities are used

    def estimate(self, at: int) -> Estimated:
        """Return one coefficient with its influence."""
        table, solved, labels, trust = self.table, self.solved, len(self.shares), self.trust
        pull = solved.pull(at, self.labelled)
        fixes, unseen = solved.moves(at, self.errors, self.labelled), np.zeros(len(MEASURES))
        if labels and trust:
            moves = solved.moves(at, table.soft, self.regressors).astype(np.float64)
            for part in (self.silent, ~self.silent):
                moves[part] += fixes[part[table.labelled]].sum(axis=0) / max(1, part.sum())
            moves[table.labelled] += self._centred(fixes)
            unseen, used = self._half_an_error(pull), np.arange(len(table))
        else:  # a cluster that says nothing of the target is no observation
            values = table.soft if trust else self.errors
            said = np.flatnonzero(values[:, SIDES_AT].any(axis=1))
            used = said if trust else table.labelled[said]
            moves = (solved.moves(at, values, self.regressors) if trust else self._centred(fixes))[said]
        clusters = influence(table.articles[used], table.authors[used], moves)
        sizes = even(table, solved.pull(at, self.regressors)[:, 0] ** 2) if trust else None
        left = 1 - min(1.0, labels / len(table)) if labels else 0.0  # share of the comments without a label
        return Estimated(
            ("corrected" if trust else "labels") if labels else "model",
            solved.coefficients[at],
            replace(clusters, unseen=unseen, even=sizes),
            self._sampling(self._centred(fixes)) + left * unseen if labels else None,
            is_defined=not (labels and trust) or self._is_above_zero(at, pull),
            weight=float(1 / solved.inverses[0, at, at]),
        )

    def _sampling(self, moves: Floats) -> Floats:
        """Return the variance due to the sampling of labels alone, for exactly these comments.

        Variance of a Poisson sample (Särndal, Swensson and Wretman 1992, 5.8). If only a part of the drawn comments
        was labelled, the probabilities are reduced by that part.
        """
        draws, places, copies = np.unique(self.table.texts, return_inverse=True, return_counts=True)
        # Groups weigh their labels, so copies of a text in several groups have several shares.
        shares = np.bincount(places, self.shares, len(draws)) / copies
        labels, probabilities = len(draws), np.minimum(1.0, 1 / (len(self.table) * shares))
        totals = _sums(places, moves, labels)  # copies of a text are drawn together
        variance: Floats = ((1 - probabilities)[:, None] * totals**2).sum(axis=0)
        return variance * labels / max(1, labels - 1)

    def _half_an_error(self, pull: Floats, apart: Floats | float = _APART) -> Floats:
        """Return the variance by errors that no label shows: half an error, and comments that the model misses.

        :param pull: Shape (n or 1, measures).
        :param apart: How far the comments that the model misses are from the others, shape (measures,).
        """
        silent = self.silent[self.table.labelled]
        influences = (len(self.table) * self.shares)[:, None] * pull
        found = 0.5 * (influences[~silent] ** 2).mean(axis=0)
        if not silent.any():
            return np.asarray(found)
        labels, missed = silent.sum(), self.table.given[silent] @ _ADDRESSED
        rate = (missed.sum() + 0.5) / (labels + SILENT.known)
        variance = rate * (1 - rate) / (labels + SILENT.known + 1)
        pooled = SILENT.alike / (missed.sum() + SILENT.alike)
        variance = variance + np.where(np.asarray(apart) < 1, pooled * (missed.sum() / (labels + SILENT.known)) ** 2, 0)
        return np.asarray(found + variance * np.square(self.silent.sum() * pull * apart).mean(axis=0))

    def _centred(self, moves: Floats) -> Floats:
        """Subtract the mean error of its part from each: labels represent all comments, however many are drawn."""
        centred, silent = moves.copy(), self.silent[self.table.labelled]
        for part in (silent, ~silent):
            own = self.shares[part]
            centred[part] -= (own / (own.sum() or 1.0))[:, None] * moves[part].sum(axis=0)
        return centred

    def _is_above_zero(self, at: int, pull: Floats) -> bool:
        """Return whether a denominator, corrected, is many standard errors above 0."""
        denominator = 1 / self.solved.inverses[0, at, at]
        rest = (pull[:, :1] * denominator) ** 2  # of the regressor, without the others
        moves = self._centred((self.errors @ _ADDRESSED)[:, None] * rest)
        return bool(denominator > SURELY * np.sqrt(self._sampling(moves)[0] + self._half_an_error(rest, 0.0)[0]))


def even(table: Observations, weights: Floats | float = 1.0) -> tuple[float, float]:
    """Return the effective numbers of articles and of authors, by the comments that address the target."""
    return effective_numbers(table.articles, table.authors, table.soft @ _ADDRESSED * weights)


def effective_numbers(articles: Ids, authors: Ids, sizes: Floats) -> tuple[float, float]:
    """Return the numbers of articles and of authors, of equal size, that would have the same variance.

    The square of the sum of their sizes, divided by the sum of squares.

    :param sizes: Shape (n,), of each comment.
    """
    numbers = []
    for ids in (articles, authors):
        squares = float(cluster_totals(ids, sizes[:, None]).squares()[0])
        numbers.append(float(sizes.sum()) ** 2 / squares if squares else 1.0)
    return numbers[0], numbers[1]


# Contrasts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ContrastEstimate:
    """A weighted sum of coefficients for all measures, each of shape (measures,)."""

    values: Floats
    errors: Floats
    freedoms: Floats

    def interval(self, at: int, bounds: tuple[float, float] = (-np.inf, np.inf)) -> tuple[float, float]:
        """Return the 95 % interval of one measure."""
        half = critical_value(float(self.freedoms[at])) * float(self.errors[at])
        return bounded_interval(float(self.values[at]), half, bounds)

    def p_value(self, at: int) -> float:
        """Test that one measure is 0 by Student's t."""
        from scipy.special import stdtr

        value, error = float(self.values[at]), float(self.errors[at])
        return float(2 * stdtr(float(self.freedoms[at]), -abs(value) / error)) if error else float(value == 0)


def contrast(parts: Sequence[tuple[float, Estimated]]) -> ContrastEstimate:
    """Sum coefficients of several groups, each times a factor: 1 and -1 give the difference of two.

    Degrees of freedom by Welch and Satterthwaite.
    """
    variances = np.array([factor**2 * each.influence.variance() for factor, each in parts])
    freedoms = np.array([each.influence.freedom() for _, each in parts])
    values = np.sum([factor * each.values for factor, each in parts], axis=0)
    errors = np.sqrt(contrast_variance([(factor, each.influence) for factor, each in parts]))
    spread = (variances**2 / freedoms).sum(axis=0)
    degrees = np.divide(variances.sum(axis=0) ** 2, spread, out=freedoms.min(axis=0), where=spread > 0)
    return ContrastEstimate(values, errors, degrees)


def contrast_variance(parts: Sequence[tuple[float, Influence]]) -> Floats:
    """Return the variance of a contrast of groups, for each measure.

    Variances are added; comments of one author or article in several groups are clustered jointly, which adds their
    covariance.

    :return: Shape (measures,).
    """
    every = [*zip(*(each.ways for _, each in parts), strict=True)]
    if not any(map(_overlap, every[:2])):
        return np.asarray(sum(factor**2 * each.variance() for factor, each in parts))
    factors = [factor * sqrt(each.articles / (each.articles - 1)) for factor, each in parts]

    def squares(totals: Sequence[ClusterTotals]) -> Floats:
        if not _overlap(totals):  # nothing to sum again: of pairs, which are many, that is nearly always so
            return np.asarray(sum(own.squares() * factor**2 for own, factor in zip(totals, factors, strict=True)))
        sums = np.concatenate([own.sums * factor for own, factor in zip(totals, factors, strict=True)])
        return cluster_totals(np.concatenate([own.ids for own in totals]), sums).squares()

    ways = _two_ways(*map(squares, every))
    unseen = sum(factor**2 * each.unseen for factor, (_, each) in zip(factors, parts, strict=True))
    return np.asarray(ways.max(axis=0) + unseen)


def _overlap(totals: Sequence[ClusterTotals]) -> bool:
    ids = np.concatenate([each.ids for each in totals])
    return len(np.unique(ids)) < len(ids)


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjust p-values so that all tests together are wrong as rarely as one (Holm 1979).

    :param p_values: In [0, 1]; None: not tested, and stays None.
    :return: In the order given, in [0, 1], no smaller than given.
    :raises ValueError: If one is not in [0, 1]: NaN has no rank.
    """
    if not all(p is None or 0 <= p <= 1 for p in p_values):
        raise ValueError(f"p-values {list(p_values)}; expected numbers in [0, 1]")
    tested = sorted((p, at) for at, p in enumerate(p_values) if p is not None)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, at) in enumerate(tested):
        adjusted[at] = highest = max(highest, min(1.0, (len(tested) - rank) * p))
    return adjusted


# 95 % intervals -------------------------------------------------------------------------------------------------------


FEWEST_ARTICLES = 5
"""Minimum number of articles for a clustered interval: a variance between four articles is a guess."""

_ROUNDING = 1e-6  # of single precision, in which lines are held: comments alike differ by less


def critical_value(degrees_of_freedom: float | None = None) -> float:
    """Return the two-sided 95 % critical value of t, or of the normal distribution if no degrees are given."""
    from scipy.special import stdtrit  # scipy.stats costs most of a second to import

    return float(stdtrit(degrees_of_freedom if degrees_of_freedom is not None else float("inf"), 0.975))


def wilson_interval(successes: float, n: float, critical: float | None = None) -> tuple[float, float]:
    """Bound a share by Wilson's score interval (Wilson 1927).

    :param successes: In [0, n].
    :param n: How many, or an effective number of, observations; above 0.
    :param critical: Two-sided critical value; that of 95 % of the normal distribution where not given.
    :return: Low and high end, in [0, 1].
    """
    z = critical_value() if critical is None else critical
    share = successes / n
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At 0 of n and n of n the exact ends are 0 and 1; rounding must not push them past the share.
    return (0.0 if successes == 0 else max(0.0, centre - half)), (1.0 if successes == n else min(1.0, centre + half))


def effective_interval(share: float, variance: float, n: float, clusters: float) -> tuple[float, float]:
    """Bound a share by Wilson's interval on the effective number of observations (Dean and Pagano 2015).

    :param variance: Clustered variance of the share.
    :param n: Observations; the effective number is never larger.
    :param clusters: Above 1; t has one degree of freedom less. If all agree, the clusters are the observations.
    :return: Low and high end, in [0, 1].
    """
    if share in (0.0, 1.0):
        effective = float(min(clusters, n))
    else:
        effective = min(float(n), share * (1 - share) / variance) if variance else float(n)
    return wilson_interval(share * effective, effective, critical_value(clusters - 1))


FITTED_OF = 60
"""Number of comments that address the target in the outlets to which ``data/share_errors.json`` was fitted."""


@cache
def _share_errors() -> Mapping[str, Mapping[str, Sequence[float]]]:
    return json.loads(SHARE_ERRORS.read_text(encoding="utf-8"))


class ModelShares(NamedTuple):
    """Shares that a model reads in the comments of a group that address a target.

    :param unsure: Mean probability, among comments that address the target, of all sides but the likeliest.
    :param n: Comments that address the target.
    """

    favor: float
    against: float
    unsure: float
    n: float

    @classmethod
    def of(cls, values: Numbers, n: float) -> "ModelShares":
        """Sum the probabilities of comments.

        :param values: Shape (n, 4), as ``VALUES``.
        """
        sides = values[:, SIDES_AT].astype(np.float64)
        sums = sides.sum(axis=0) / (sides.sum() or 1.0)
        against, favor = (float(sums[PLACES[side]]) for side in (Stance.AGAINST, Stance.FAVOR))
        return cls(favor, against, float(1 - sides.max(axis=1).sum() / (sides.sum() or 1.0)), n)

    @property
    def ahead(self) -> Stance | None:
        """The side that is ahead by the model alone, unchecked: wrong in under 2 % of groups of kinds left out."""
        net, (least, factor) = self.favor - self.against, _share_errors()["unsure"]["lead"]
        if self.n < FEWEST_SHOWN or abs(net) <= least + factor * self.unsure:
            return None
        return Stance.FAVOR if net > 0 else Stance.AGAINST

    def reach(self, measure: str, end: str) -> float:
        """Return how far beyond its value the true share may lie, by the errors of models on kinds of text left out.

        A quadratic function of the shares, times the unsure share: the less sure the model is of each comment, the
        wider. If the sides change places, so do their intervals.

        :param end: ``low`` or ``high``.
        """
        favor, against, errors = self.favor, self.against, _share_errors()
        terms = np.array([1.0, favor, against, favor * favor, favor * against, against * against])
        least, smallest = errors["unsure"]["least"]
        return max(least, self.unsure) * max(smallest, float(terms @ errors[measure][end]))


def model_interval(
    measure: str, share: float, read: ModelShares, sampling: tuple[float, float] | None = None
) -> tuple[float, float]:
    """Bound a share, or net stance, that no label corrects.

    The errors of single comments, and the error of sampling, add to the reach as independent ones do.

    :param share: By the model's probabilities.
    :param sampling: Interval of the sampling error alone; None: exactly these comments.
    """
    bounds = MEASURES[PLACES[measure]].bounds
    more = max(0.0, 1 / max(read.n, 1.0) - 1 / FITTED_OF)  # the reach contains the errors of this many comments
    single = critical_value() * sqrt(max(0.0, (share - bounds[0]) * (bounds[1] - share)) * more)
    low, high = (
        sqrt(read.reach(measure, end) ** 2 + single**2 + (sampled - share) ** 2)
        for end, sampled in zip(("low", "high"), sampling or (share, share), strict=True)
    )
    return max(bounds[0], share - low), min(bounds[1], share + high)


def agreed_interval(share: float, n: int, clusters: int) -> tuple[float, float]:
    """Bound a share that is the same in every cluster; a single cluster gives [0, 1].

    :return: Low and high end, in [0, 1].
    """
    return effective_interval(share, 0.0, n, clusters) if clusters > 1 else (0.0, 1.0)


def net_interval(
    shares: tuple[float, float], ends: Sequence[tuple[float, float]], variances: tuple[float, float, float]
) -> tuple[float, float]:
    """Bound the difference of two shares of the same comments by the intervals of both.

    With few comments, or a rare side, the spread of the difference is not informative, but the intervals of the shares
    are (Zou and Donner, Construction of Confidence Limits About Effect Measures, 2008).

    :param ends: The intervals of the two.
    :param variances: Of the two shares and of their difference.
    :return: Low and high end, in [-1, 1].
    """
    (one, other), ((low, high), (other_low, other_high)) = shares, ends
    together = _correlation(shares, variances)

    def reach(a: float, b: float) -> float:
        return sqrt(max(0.0, a * a + b * b - 2 * together * a * b))

    net = one - other
    return max(-1.0, net - reach(one - low, other_high - other)), min(1.0, net + reach(high - one, other - other_low))


def _correlation(shares: tuple[float, float], variances: tuple[float, float, float]) -> float:
    """Return the correlation of two shares of the same comments; that of single draws if a variance is 0."""
    one, other, apart = variances
    if min(one, other) > _ROUNDING**2:
        return min(1.0, max(-1.0, (one + other - apart) / (2 * sqrt(one * other))))
    odds = [share / (1 - share) if share < 1 else None for share in shares]
    return -1.0 if None in odds else -sqrt((odds[0] or 0.0) * (odds[1] or 0.0))


def is_point(ends: tuple[float, float] | None) -> bool:
    """Return whether an interval has no width, up to rounding."""
    return ends is not None and ends[1] - ends[0] < _ROUNDING


def bounded_interval(value: float, half_width: float, bounds: tuple[float, float]) -> tuple[float, float]:
    """Return an interval around an estimate, clipped to the bounds of the measure."""
    low, high = bounds
    return min(high, max(low, value - half_width)), max(low, min(high, value + half_width))
