"""Count comments by stance, with Wilson intervals.

The counts are a classifier's labels, so intervals cover sampling error only and not the classifier's errors.
"""

from collections import Counter
from collections.abc import Iterable, Sequence

from stance.aggregation.intervals import wilson_interval
from stance.datamodels import FEWEST_COMMENTS, SIDES, STANCES, Score, Share, Stance, TargetSummary, Unit, Via

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
    """Return the share of a stance as the model labelled it; with an interval from ``FEWEST_COMMENTS`` on."""
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
    """Counts of the comment scores toward several targets; paragraphs of articles are not counted."""

    def __init__(self, targets: Sequence[str]) -> None:
        self.targets = {target: TargetTally(target) for target in targets}

    def add(self, scores: Iterable[Score]) -> None:
        """Count scores; those toward other targets are left out."""
        for score in scores:
            if score.unit is Unit.COMMENT and score.target in self.targets:
                self.targets[score.target].add(score)

    def summaries(self, *, population: str = "outlet") -> tuple[TargetSummary, ...]:
        """Return one summary per target, in the order of the targets."""
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
