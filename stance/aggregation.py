"""From scores to shares: how many comments take which side, and how sure that is.

Every share here counts a classifier's labels, so its interval covers sampling error only; the classifier's own error is
not in it. Whoever shows one of these intervals says so.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import sqrt

from stance.datamodels import FEWEST_COMMENTS, SIDES, STANCES, Score, Share, Stance, TargetSummary, Unit, Via

FEWEST_ARTICLES = 5
"""Fewer articles than this give no clustered interval: a variance between four articles is a guess."""

NEUTRAL_SENTIMENT = 0.05
"""|compound| below this is neutral; the cut that VADER's authors use (Hutto and Gilbert 2014)."""

SENTIMENTS = ("negative", "neutral", "positive")


def sentiment_class(compound: float) -> str:
    """Name the class of a VADER compound.

    :param compound: In [-1, 1].
    :return: One of ``SENTIMENTS``.
    """
    if compound >= NEUTRAL_SENTIMENT:
        return "positive"
    return "negative" if compound <= -NEUTRAL_SENTIMENT else "neutral"


def critical_value(degrees_of_freedom: float | None = None) -> float:
    """Give the two-sided 95 % critical value, of t, or of the normal distribution where no degrees are given."""
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


def clustered_interval(clusters: Sequence[tuple[int, int]]) -> tuple[float, float] | None:
    """Bound a share of comments that come in clusters, as comments under one article do.

    The variance is that of a ratio estimator, linearised and taken between clusters (Cochran 1977, 11.8); the
    interval is Wilson's on the effective number of observations with t on clusters - 1 degrees of freedom (Dean and
    Pagano 2015), so that it stays in [0, 1]. Where all comments agree, the clusters are the observations.

    :param clusters: (successes, n) of each cluster; clusters without observations are left out.
    :return: Low and high end, in [0, 1]; None under ``FEWEST_ARTICLES`` clusters.
    """
    filled = [(y, n) for y, n in clusters if n]
    count = len(filled)
    if count < FEWEST_ARTICLES:
        return None
    total = sum(n for _, n in filled)
    share = sum(y for y, _ in filled) / total
    variance = count / (count - 1) * sum((y - share * n) ** 2 for y, n in filled) / total**2
    if share in (0.0, 1.0):
        effective = float(count)
    else:
        # Never more observations than comments: chance can make clusters look more alike than independent draws.
        effective = min(float(total), share * (1 - share) / variance) if variance else float(total)
    return wilson_interval(share * effective, effective, critical_value(count - 1))


class TargetTally:
    """Counts of the scores toward one target, one score at a time."""

    def __init__(self, target: str) -> None:
        self.target = target
        self.comments = 0
        self.counts: Counter[Stance] = Counter()
        self.via: Counter[Via] = Counter()
        self.two_way: Counter[tuple[Stance, str]] = Counter()
        self._sentiment_sum = 0.0
        self._sentiment_n = 0

    def add(self, score: Score) -> None:
        """Count one score."""
        self.comments += 1
        stance = score.stance
        if stance is None:
            return
        self.counts[stance] += 1
        if stance is Stance.NOT_ADDRESSED:
            return
        if score.via:
            self.via[score.via] += 1
        if score.sentiment is not None:
            self.two_way[stance, sentiment_class(score.sentiment)] += 1
        if score.target_sentiment is not None:
            self._sentiment_sum += score.target_sentiment
            self._sentiment_n += 1

    def summary(self, *, population: str = "outlet") -> TargetSummary:
        """Turn the counts into shares with Wilson intervals."""
        n = sum(self.counts[side] for side in SIDES)
        return TargetSummary(
            target=self.target,
            comments=self.comments,
            covered=self.counts.total(),
            counts={stance: self.counts[stance] for stance in STANCES},
            via={via: self.via[via] for via in Via},
            shares=tuple(model_share(self.target, side, self.counts[side], n, population) for side in SIDES),
            sentiment=self._sentiment_sum / self._sentiment_n if self._sentiment_n else None,
            sentiment_by_stance={side: {name: self.two_way[side, name] for name in SENTIMENTS} for side in SIDES},
        )


def model_share(target: str, stance: Stance, count: int, n: int, population: str) -> Share:
    """Give the share of a stance as the model labelled it; with an interval from ``FEWEST_COMMENTS`` on."""
    share = count / n if n else None
    enough = n >= FEWEST_COMMENTS
    return Share(
        target=target,
        stance=stance,
        n=n,
        raw=share,
        estimate=share,
        interval=wilson_interval(count, n) if enough else None,
        method="model" if enough else "none",
        population=population,
    )


class Tally:
    """Counts of the comment scores toward several targets; paragraphs of the article are no readers and not counted."""

    def __init__(self, targets: Sequence[str]) -> None:
        self.targets = {target: TargetTally(target) for target in targets}

    def add(self, scores: Iterable[Score]) -> None:
        """Count scores; those toward other targets are left out."""
        for score in scores:
            if score.unit is Unit.COMMENT and score.target in self.targets:
                self.targets[score.target].add(score)

    def summaries(self, *, population: str = "outlet") -> tuple[TargetSummary, ...]:
        """Give one summary per target, in the order of the targets."""
        return tuple(tally.summary(population=population) for tally in self.targets.values())


def summarise(
    scores: Iterable[Score], targets: Sequence[str], *, population: str = "outlet"
) -> tuple[TargetSummary, ...]:
    """Summarise scores per target.

    :param scores: Of comments and paragraphs, of any targets.
    :param targets: The targets to summarise, in the order of the result.
    :param population: What the intervals speak of: ``outlet`` (comments like these) or ``corpus`` (just these).
    :return: One summary per target.
    """
    tally = Tally(targets)
    tally.add(scores)
    return tally.summaries(population=population)
