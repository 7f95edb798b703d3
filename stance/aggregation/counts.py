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


def model_share(target: str, stance: Stance, count: int, n: int) -> Share:
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
        population="outlet",
    )


class Tally:
    """Counts of the comment scores toward several targets; paragraphs of articles are not counted."""

    def __init__(self, targets: Sequence[str]) -> None:
        self._targets = tuple(targets)
        self._comments: Counter[str] = Counter()
        self._counts: Counter[tuple[str, Stance]] = Counter()
        self._via: Counter[tuple[str, Via]] = Counter()
        self._sounding: Counter[tuple[str, Stance, str]] = Counter()
        self._sentiment = {target: [0.0, 0] for target in targets}  # sum and number

    def add(self, scores: Iterable[Score]) -> None:
        """Count scores; those toward other targets are left out."""
        for score in scores:
            target, stance = score.target, score.stance
            if score.unit is not Unit.COMMENT or target not in self._sentiment:
                continue
            self._comments[target] += 1
            if stance is None:
                continue
            self._counts[target, stance] += 1
            if stance is Stance.NOT_ADDRESSED:
                continue
            if score.via:
                self._via[target, score.via] += 1
            if score.sentiment is not None:
                self._sounding[target, stance, sentiment_class(score.sentiment)] += 1
            if score.target_sentiment is not None:
                total, n = self._sentiment[target]
                self._sentiment[target] = [total + score.target_sentiment, n + 1]

    def summaries(self) -> tuple[TargetSummary, ...]:
        """Return one summary per target, with Wilson intervals, in the order of the targets."""
        return tuple(map(self._summary, self._targets))

    def _summary(self, target: str) -> TargetSummary:
        counts = {stance: self._counts[target, stance] for stance in STANCES}
        n, (total, with_sentiment) = sum(counts[side] for side in SIDES), self._sentiment[target]
        return TargetSummary(
            target=target,
            comments=self._comments[target],
            covered=sum(counts.values()),
            counts=counts,
            via={via: self._via[target, via] for via in Via},
            shares=tuple(model_share(target, side, counts[side], n) for side in SIDES),
            sentiment=total / with_sentiment if with_sentiment else None,
            sentiment_by_stance={
                side: {name: self._sounding[target, side, name] for name in SENTIMENTS} for side in SIDES
            },
        )


def summarise(scores: Iterable[Score], targets: Sequence[str]) -> tuple[TargetSummary, ...]:
    """Summarise scores per target.

    :param scores: Of comments and paragraphs, of any targets.
    :param targets: The targets to summarise, in the order of the result.
    """
    tally = Tally(targets)
    tally.add(scores)
    return tally.summaries()
