"""Estimate shares and means of a group of comments with clustered variances, corrected by any audit labels.

Shares are ratios of sums of a model's probabilities, which lose less of the rarer sides than counts of its labels
(Bella, Ferri, Hernández-Orallo and Ramírez-Quintana, Quantification via Probability Estimators, 2010). They are still
biased, and differently in each outlet. A random sample of labels estimates that bias, which
is subtracted: the difference estimator of survey sampling (Särndal, Swensson and Wretman 1992, 6.3), known as
prediction-powered inference with lambda 1 (Angelopoulos, Bates, Fannjiang, Jordan and Zrnic, Science 382, 2023).
Comments cluster in articles and in authors, so variances are clustered both ways (Cameron, Gelbach and Miller, Robust
Inference With Multiway Clustering, 2011).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.clusters import SIDES_AT, VALUES, AuditLines, Floats, Ids, Lines, pair_ids
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

_ADDRESSED = np.array(ADDRESSED)
_NUMERATORS = np.array([measure.numerator for measure in MEASURES]).T
_DENOMINATORS = np.array([measure.denominator for measure in MEASURES]).T


FEWEST_FREE = 2.0
"""Degrees of freedom between authors, at the least: many who give no name may go by one, as "Anonymous", and are no
author who writes most; t with fewer would take a few others for all that is known."""

_BY_AUTHOR = 2
"""The place among the ways to cluster."""

SURELY = 3.0
"""Standard errors: a ratio whose denominator is less sure to be above 0 has no usable linearisation (Fieller 1954)."""


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over clusters of one kind: ids of shape (n,), ascending, and sums of shape (n, measures)."""

    ids: NDArray[np.generic]
    sums: Floats

    def squares(self) -> Floats:
        """Return the sum of squares of each measure."""
        return np.asarray(np.einsum("ij,ij->j", self.sums, self.sums, dtype=np.float64))


@dataclass(frozen=True, slots=True)
class Influence:
    """Influence of each cluster on each measure, from which variances and covariances are computed.

    :param spent: Means of strata that were subtracted; each costs a degree of freedom.
    :param unseen: Shape (measures,): the variance that half an error more among the labels would add.
    :param even: Effective numbers of articles and of authors (of equal size); None: clusters are taken as equal in
        size, and of fewer authors than articles, the articles count.
    """

    articles: Totals
    authors: Totals
    pairs: Totals
    spent: int = 0
    unseen: Floats | float = 0.0
    even: tuple[float, float] | None = None

    def freedom(self) -> Floats:
        """Return the degrees of freedom of the variance of each measure.

        The number of articles, or of authors if they decide. The variance between twenty articles is hardly known if
        one of them holds most comments, so the number of articles is replaced by the effective number (Carter, Schnepel
        and Steigerwald, Asymptotic Behavior of a t-Test Robust to Cluster Heterogeneity, 2017), less one and less the
        means of strata.

        :return: Shape (measures,).
        """
        articles, authors = self._freedoms(self.spent)
        return np.where(self._ways().argmax(axis=0) == _BY_AUTHOR, min(articles, authors), articles)

    def _freedoms(self, spent: int = 0) -> tuple[float, float]:
        """Return the degrees of freedom between articles, at least 1, and between authors."""
        articles, authors = len(self.articles.ids), len(self.authors.ids)
        if self.even is None:
            return max(1.0, articles - 1.0 - spent), max(articles, authors) - 1.0
        own, theirs = self.even
        return max(1.0, own * (articles - 1 - spent) / articles), max(FEWEST_FREE, theirs * (1 - 1 / authors))

    def variance(self) -> Floats:
        """Return the two-way clustered variance of each measure (Cameron, Gelbach and Miller 2011, equation 2.9).

        Article plus author minus intersection, but not less than the larger of the first two, since chance can make the
        difference too small or negative; with G / (G - 1) for G articles, as in one-way clustering.

        :return: Shape (measures,).
        """
        count = len(self.articles.ids)
        return self._ways().max(axis=0) * (count / (count - 1)) if count > 1 else np.full(len(MEASURES), np.nan)

    def half_width(self) -> Floats:
        """Return half the width of the 95 % interval of each measure: the widest of the three ways to cluster.

        Each way has Student's t with its own degrees of freedom (Cameron and Miller, A Practitioner's Guide to
        Cluster-Robust Inference, 2015, VI.D): t of ten articles for the variance between 400 authors is too wide.

        :return: Shape (measures,).
        """
        articles = len(self.articles.ids)
        if articles < 2:
            return np.full(len(MEASURES), np.nan)
        counts = (articles, articles, max(articles, len(self.authors.ids)))
        freedoms = self._freedoms()
        degrees = (freedoms[0], *freedoms)
        pairs = zip(degrees, counts, strict=True)
        factors = np.array([critical_value(own) * sqrt(count / (count - 1)) for own, count in pairs])
        return np.asarray((factors[:, None] * np.sqrt(np.maximum(self._ways(), 0.0))).max(axis=0))

    def _ways(self) -> Floats:
        """Return the variances clustered by both, by article and by author; shape (3, measures)."""
        article, author, pair = (each.squares() for each in (self.articles, self.authors, self.pairs))
        return np.stack([article + author - pair, article, author]) + self.unseen


def effective_number(ids: NDArray[np.generic], sizes: Floats) -> float:
    """Return the effective number of clusters: the square of the sum of sizes divided by the sum of squares.

    :param ids: Shape (n,).
    :param sizes: Shape (n,), not negative.
    """
    _, places = np.unique(ids, return_inverse=True)
    sums = np.bincount(places, sizes)
    squares = float((sums**2).sum())
    return float(sums.sum()) ** 2 / squares if squares else 1.0


def cluster_totals(ids: NDArray[np.generic], moves: Floats) -> Totals:
    """Sum over clusters.

    :param ids: Shape (n,).
    :param moves: Shape (n, measures).
    """
    named, places = np.unique(ids, return_inverse=True)
    sums = np.empty((len(named), moves.shape[1]), moves.dtype)
    for at, column in enumerate(moves.T):
        sums[:, at] = np.bincount(places, column, len(named))
    return Totals(named, sums)


def influence(articles: Ids, authors: Ids, moves: Floats) -> Influence:
    """Sum the influences of lines by article, by author, and by author under article."""
    return Influence(
        cluster_totals(articles, moves),
        cluster_totals(authors, moves),
        cluster_totals(pair_ids(articles, authors), moves),
    )


@dataclass(frozen=True, slots=True)
class Estimated:
    """All measures of one group toward one target by one method.

    :param values: Shape (measures,); NaN if the denominator is zero.
    :param influence: Of the lines it was computed from.
    :param corpus_variance: Shape (measures,): for exactly these comments; None without labels.
    :param is_defined: Whether labels show that some comments address the target; otherwise the denominator of a share
        may be 0.
    """

    method: str
    values: Floats
    influence: Influence
    corpus_variance: Floats | None = None
    is_defined: bool = True


def _ratio(sums: Floats) -> tuple[Floats, Floats]:
    """Return measures of sums, and the weights of the six values that linearise them (Taylor; Cochran 1977, 6.3)."""
    numerators, denominators = sums @ _NUMERATORS, sums @ _DENOMINATORS
    with np.errstate(divide="ignore", invalid="ignore"):
        values = np.where(denominators > 0, numerators / denominators, np.nan)
        slopes = (_NUMERATORS - values * _DENOMINATORS) / denominators
    return values, slopes


def _moves(values: Floats, slopes: Floats) -> Floats:
    """Return the influence of comments on measures, in the precision of their values: shape (n, measures)."""
    return np.asarray(values @ slopes.astype(values.dtype))


def compute_measures(values: Floats) -> Floats:
    """Compute measures without variances.

    :param values: Shape (n, 6): of lines, by the model's labels or by its probabilities.
    :return: Shape (measures,); NaN where the denominator is zero.
    """
    return _ratio(values.sum(axis=0, dtype=np.float64))[0]


def estimate_modelled(lines: Lines) -> Estimated:
    """Estimate measures and variances from the model's probabilities."""
    values, slopes = _ratio(lines.soft.sum(axis=0, dtype=np.float64))
    address = lines.soft[:, SIDES_AT].any(axis=1)  # a cluster that says nothing of the target is no observation
    if not address.all():
        lines = lines.take(np.asarray(address))
    clusters = influence(lines.articles, lines.authors, _moves(lines.soft, slopes))
    return Estimated("model", values, replace(clusters, even=_even(lines, lines.soft)))


def _centred(lines: Lines, slopes: Floats, strata: Ids) -> tuple[Floats, int]:
    """Return the influence of lines by their soft values, centred within strata.

    As in stratified sampling of clusters (Cochran 1977, 5A and 11): n / (n - 1) for the n articles of a stratum. A
    stratum with one article is not centred, which makes its variance too large rather than too small.

    :param slopes: Shape (6, measures).
    :param strata: Shape (articles,).
    :return: Shape (n, measures), and the number of centred strata.
    """
    own, count, sizes = strata[lines.articles], int(strata.max()) + 1, lines.soft @ _ADDRESSED
    moves = lines.soft @ slopes
    totals = np.stack([np.bincount(own, column, count) for column in moves.T], axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.nan_to_num(totals / np.bincount(own, sizes, count)[:, None], posinf=0.0, neginf=0.0)
    articles = np.bincount(strata[np.unique(lines.articles)], minlength=count)
    several = articles > 1
    moves -= np.where(several[:, None], means, 0.0)[own] * sizes[:, None]
    moves *= np.where(several, np.sqrt(articles / np.maximum(articles - 1, 1)), 1.0)[own, None]
    return moves, int(several.sum())


def _even(lines: Lines, values: Floats) -> tuple[float, float]:
    """Return the effective numbers of articles and of authors, by the comments that address the target."""
    sizes = values @ _ADDRESSED
    return effective_number(lines.articles, sizes), effective_number(lines.authors, sizes)


def estimate_labelled(audit: AuditLines, comments: float) -> Estimated:
    """Use the labels alone, weighted by 1 / probability (Hájek 1971).

    :param comments: Of the group, labelled or not.
    """
    weighted = audit.weights[:, None] * audit.given
    values, slopes = _ratio(weighted.sum(axis=0))
    moves = weighted @ slopes
    address = audit.given[:, SIDES_AT].any(axis=1)
    clusters = influence(audit.articles[address], audit.authors[address], moves[address])
    return Estimated("labels", values, clusters, _drawn_variance(moves, audit, comments))


def estimate_corrected(lines: Lines, audit: AuditLines, strata: Ids | None = None) -> Estimated:
    """Subtract the mean error of the model's probabilities, estimated by the labels, from their mean.

    mean(p) + sum(w (y - p)) / sum(w), for numerator and denominator of each measure, then their ratio, linearised.
    Influences are summed over both parts by cluster, so the variance includes their covariance. A good model makes few
    or no errors among the labels, and their spread does not show how many were missed: variances are those of half an
    error more (as the prior of Jeffreys adds half an observation to a share; Brown, Cai and DasGupta, Interval
    Estimation for a Binomial Proportion, 2001).

    :param strata: Shape (articles,): if given, lines are weighted so that the share of each stratum is fixed, and only
        variation within strata counts as chance. The correction by labels is not stratified, so intervals are
        too wide rather than too narrow.
    """
    sums = lines.soft.sum(axis=0, dtype=np.float64)
    comments, weight = sums[0], audit.weights.sum()
    errors = audit.weights[:, None] * (audit.given - audit.guessed)
    means = sums / comments + errors.sum(axis=0) / weight
    values, slopes = _ratio(means)
    centre = sums @ slopes / comments
    corrections = (errors @ slopes + audit.weights[:, None] * centre) / weight  # the mean error is minus the centre
    slopes[0] -= centre  # for each comment
    slopes /= comments
    moves, spent = (_moves(lines.soft, slopes), 0) if strata is None else _centred(lines, slopes, strata)
    clusters = influence(
        np.concatenate([lines.articles, audit.articles]),
        np.concatenate([lines.authors, audit.authors]),
        np.concatenate([moves, corrections]),
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        unseen = _half_an_error(audit) / (means @ _DENOMINATORS) ** 2
    return Estimated(
        "ppi",
        values,
        replace(clusters, spent=spent, unseen=unseen, even=_even(lines, lines.soft)),
        _drawn_variance(corrections, audit, comments) + (1 - min(1.0, len(audit) / comments)) * unseen,
        is_defined=_is_above_zero(means, errors, audit, comments),
    )


def _half_an_error(audit: AuditLines) -> float:
    """Return half the square of the influence of one error among the labels on the mean of the labelled comments."""
    return 0.5 * float((audit.weights**2).sum() / audit.weights.sum() ** 2 / len(audit))


def _is_above_zero(means: Floats, errors: Floats, audit: AuditLines, comments: float) -> bool:
    """Return whether the corrected share of comments that address the target is many standard errors above 0."""
    addressing = float(means @ _ADDRESSED)
    moves = (errors @ _ADDRESSED - (errors @ _ADDRESSED).sum() / audit.weights.sum() * audit.weights)[:, None]
    variance = float(_drawn_variance(moves / audit.weights.sum(), audit, comments)[0]) + _half_an_error(audit)
    return addressing > SURELY * sqrt(variance)


def _drawn_variance(moves: Floats, audit: AuditLines, comments: float) -> Floats:
    """Return the variance due to the sampling of labels alone, for exactly these comments.

    Variance of a Poisson sample (Särndal, Swensson and Wretman 1992, 5.8). If only a part of the drawn comments was
    labelled, the probabilities are reduced by that part.
    """
    labelled = len(audit)
    probabilities = np.minimum(1.0, audit.weights.sum() / comments / audit.weights)
    variance: Floats = ((1 - probabilities)[:, None] * moves**2).sum(axis=0)
    return variance * labelled / max(1, labelled - 1)


def difference_variance(one: Influence, other: Influence) -> Floats:
    """Return the variance of the difference of two groups, for each measure.

    The two variances are added; comments of one author or article in both groups are clustered jointly, which adds
    their covariance.

    :return: Shape (measures,).
    """
    by_author, by_article = _overlap(one.authors, other.authors), _overlap(one.articles, other.articles)
    if not (by_author or by_article):
        return one.variance() + other.variance()
    counts = (len(each.articles.ids) for each in (one, other))
    scales = tuple(sqrt(count / (count - 1)) for count in counts)
    article = _joint_squares(one.articles, other.articles, scales, overlap=by_article)
    author = _joint_squares(one.authors, other.authors, scales, overlap=by_author)
    pair = _joint_squares(one.pairs, other.pairs, scales, overlap=by_author and by_article)
    unseen = one.unseen * scales[0] ** 2 + other.unseen * scales[1] ** 2
    return np.asarray(np.max([article + author - pair, article, author], axis=0) + unseen)


def _joint_squares(one: Totals, other: Totals, scales: Sequence[float], *, overlap: bool) -> Floats:
    """Return the sum of squares of the influences of clusters in both groups on their difference."""
    if not overlap:  # nothing to sum again: of pairs, which are many, that is nearly always so
        return one.squares() * scales[0] ** 2 + other.squares() * scales[1] ** 2
    ids = np.concatenate([one.ids, other.ids])
    return cluster_totals(ids, np.concatenate([one.sums * scales[0], other.sums * -scales[1]])).squares()


def differences(one: Estimated, other: Estimated) -> Iterator[tuple[float, tuple[float, float], float, float]]:
    """Return the difference of two groups in the share of each side.

    Degrees of freedom by Welch and Satterthwaite.

    :return: For each side the difference, its 95 % interval in [-1, 1], standard error and degrees of freedom.
    """
    both, ways = (one.influence, other.influence), (Influence.variance, Influence.freedom)
    variances, freedoms = (np.transpose([way(each) for each in both]).tolist() for way in ways)
    values, errors = (one.values - other.values).tolist(), np.sqrt(difference_variance(*both)).tolist()
    for at in range(len(SIDES)):
        value, error, degrees = values[at], errors[at], satterthwaite(variances[at], freedoms[at])
        half = critical_value(degrees) * error
        yield value, (max(-1.0, value - half), min(1.0, value + half)), error, degrees


def satterthwaite(variances: Sequence[float], freedom: Sequence[float]) -> float:
    """Return the degrees of freedom of a sum of two variances (Satterthwaite 1946; Welch 1947)."""
    parts = sum(variance**2 / degrees for variance, degrees in zip(variances, freedom, strict=True))
    return float(sum(variances) ** 2 / parts) if parts else float(min(freedom))


def _overlap(one: Totals, other: Totals) -> bool:
    return bool(np.isin(one.ids, other.ids, assume_unique=True).any())


# 95 % intervals -------------------------------------------------------------------------------------------------------


FEWEST_ARTICLES = 5
"""Fewer articles than this give no clustered interval: a variance between four articles is a guess."""

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
    :raises ValueError: If ``n`` is not above 0.
    """
    if n <= 0:
        raise ValueError(f"n is {n}; expected more than 0")
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


def unanimous_interval(value: float, agreed: float, bounds: tuple[float, float]) -> tuple[float, float]:
    """Bound a mean of values that are all the same.

    :param agreed: Lower bound of the part of all values that are the same; the others may be anywhere.
    :param bounds: Lowest and highest value.
    """
    low, high = bounds
    return low + (value - low) * agreed, high - (high - value) * agreed


def is_point(ends: tuple[float, float] | None) -> bool:
    """Return whether an interval has no width, up to rounding."""
    return ends is not None and ends[1] - ends[0] < _ROUNDING


def bounded_interval(value: float, half_width: float, bounds: tuple[float, float]) -> tuple[float, float]:
    """Return an interval around an estimate, clipped to the bounds of the measure."""
    low, high = bounds
    return min(high, max(low, value - half_width)), max(low, min(high, value + half_width))
