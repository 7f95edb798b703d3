"""Estimate how the words around a target sound, in groups of comments that name it.

Sentiment is a measurement that its lexicon or model defines; it needs no labels, and it is not a stance. English is
measured by VADER in the clauses around the names of the target (``target_sentiment``), other languages by a learned
score of the whole comment. Results of the two methods are never mixed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import count
from typing import NamedTuple

import numpy as np

from stance.aggregation.comment_sets import UNDATED
from stance.aggregation.estimation import Estimated
from stance.aggregation.influence import effective_numbers, influence
from stance.aggregation.intervals import FEWEST_ARTICLES, bounded_interval, is_point
from stance.aggregation.number_columns import NumberColumns
from stance.aggregation.observations import Flags, Floats, Ids
from stance.datamodels import FEWEST_SHOWN, LEARNED, SIDES, SOUNDS, VADER, Record, Score, Stance, Unit, Via

WIDEST = 0.3
"""Maximum width of the interval of a mean that may be printed."""

NO_SIDE = len(SIDES)
"""Number of readings without a side, or not shown; others are places in ``SIDES``."""


def sentiment_toward(score: Score) -> float | None:
    """Return the sentiment of a comment toward a target, in [-1, 1]; None where it does not itself name the target."""
    if score.unit is not Unit.COMMENT or score.via is not Via.TEXT:
        return None
    return {VADER: score.target_sentiment, LEARNED: score.sentiment}.get(score.sentiment_method or "")


class SentimentTable(NamedTuple):
    """The comments of a group that name one target, of one method; columns of shape (n,).

    ``readings`` are places in ``SIDES``, or ``NO_SIDE``; ``values`` are sentiments in [-1, 1].
    """

    articles: Ids
    authors: Ids
    days: Ids
    readings: Ids
    values: Floats

    def take(self, rows: Flags) -> "SentimentTable":
        """Keep some comments; ``chosen`` has shape (n,)."""
        numbers = self.articles[rows], self.authors[rows], self.days[rows], self.readings[rows]
        return SentimentTable(*numbers, self.values[rows])

    def has_enough(self) -> bool:
        """Return whether there are enough comments, articles and authors, and any spread, for an interval."""
        fewest = min(len(np.unique(self.articles)), len(np.unique(self.authors)))
        is_large = len(self.values) >= FEWEST_SHOWN and fewest >= FEWEST_ARTICLES
        return is_large and not is_point((float(self.values.min()), float(self.values.max())))


class SentimentSums(NumberColumns):
    """The comments of one group that name one target, of one method, 20 bytes each."""

    kinds = ("i", 4), ("f", 1)  # article, author, day and reading; sentiment

    def add(self, score: Score, sentiment: float, location: tuple[int, int, int]) -> None:
        """Add a comment; ``place`` holds article, author (negative where unnamed) and day as numbers."""
        side = (score.shown or "").removeprefix("leans_")
        self._ids.extend((*location, SIDES.index(Stance(side)) if side in SIDES else NO_SIDE))
        self._numbers.append(sentiment)

    def table(self) -> SentimentTable:
        """Return the comments as columns."""
        numbers, values = self._tables()
        articles, authors, days, readings = numbers.T
        return SentimentTable(articles, authors, days, readings, values.ravel().astype(np.float64))


SentimentGroups = dict[tuple[str, str], SentimentSums]
"""The comments of a group by target and method."""


def add_sentiment(sums: SentimentGroups, score: Score, location: tuple[int, int, int]) -> None:
    """Add a comment to the sums of a group, if it itself names the target and has a sentiment."""
    if (sentiment := sentiment_toward(score)) is not None:
        sums.setdefault((score.target, str(score.sentiment_method)), SentimentSums()).add(score, sentiment, location)


# Estimates ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SentimentMean:
    """The sentiment toward one target of the comments that name it.

    :param mean: In [-1, 1], of exactly these comments.
    :param interval: 95 %, clustered by article and author, for comments like these; None: too few.
    :param negative: Share of these comments with a sentiment of at most ``-SOUNDS``, in [0, 1]; likewise ``positive``.
    :param method: ``vader`` or ``learned``.
    """

    target: str
    n: int
    mean: float
    interval: tuple[float, float] | None
    negative: float
    positive: float
    method: str
    population: str = "outlet"
    may_print: bool = False


def fit_sentiment(method: str, table: SentimentTable, regressors: Floats | None = None) -> tuple[Estimated, ...]:
    """Regress sentiment on regressors by least squares, with influences clustered by article and author.

    :param regressors: Shape (n, regressors), the first of which is 1; None: this one alone, whose coefficient is the
        mean. Collinear ones are an error.
    :return: One for each regressor, with one measure.
    """
    steps = np.ones((len(table.values), 1)) if regressors is None else regressors
    inverse = np.linalg.inv(steps.T @ steps)
    coefficients = inverse @ (steps.T @ table.values)
    residuals, pulls = table.values - steps @ coefficients, steps @ inverse
    fitted = []
    for column, coefficient in enumerate(coefficients):
        clusters = influence(table.articles, table.authors, (residuals * pulls[:, column])[:, None])
        sizes = effective_numbers(table.articles, table.authors, pulls[:, column] ** 2)
        values, weight = np.array([coefficient]), float(1 / inverse[column, column])
        fitted.append(Estimated(method, values, replace(clusters, even=sizes), weight=weight))
    return tuple(fitted)


def estimate_sentiment(target: str, method: str, table: SentimentTable) -> SentimentMean:
    """Estimate the mean sentiment of one comment or more."""
    mean, interval = float(table.values.mean()), None
    if table.has_enough():
        half = float(fit_sentiment(method, table)[0].influence.half_width[0])
        low, high = bounded_interval(mean, half, (-1.0, 1.0))
        interval = round(low, 6), round(high, 6)  # values have single precision
    return SentimentMean(
        target=target,
        n=len(table.values),
        mean=round(mean, 6),
        interval=interval,
        negative=float((table.values <= -SOUNDS).mean()),
        positive=float((table.values >= SOUNDS).mean()),
        method=method,
        may_print=interval is not None and interval[1] - interval[0] <= WIDEST,
    )


def summarise_sentiment(
    sums: Mapping[tuple[str, str], SentimentSums], targets: Sequence[str]
) -> tuple[tuple[SentimentMean, ...], tuple[Record, ...]]:
    """Estimate the means of a group, and count how its sides sound, by target and method.

    :return: Means; and counts: ``target``, ``method``, ``stance`` by the readings that pages show, ``negative``,
        ``neutral``, ``positive``.
    """
    means, sides = list[SentimentMean](), list[Record]()
    for target in targets:
        for method in (VADER, LEARNED):
            if (target, method) not in sums:
                continue
            table = sums[target, method].table()
            means.append(estimate_sentiment(target, method, table))
            for column, side in enumerate(SIDES):
                values = table.values[table.readings == column]
                negative, positive = int((values <= -SOUNDS).sum()), int((values >= SOUNDS).sum())
                counts = {"negative": negative, "neutral": len(values) - negative - positive, "positive": positive}
                sides.append({"target": target, "method": method, "stance": str(side), **counts})
    return tuple(means), tuple(sides)


def page_sentiment(scores: Iterable[Score], targets: Sequence[str]) -> Record:
    """Return the ``sentiment`` of one article's comments, and ``sentiment_sides``; clusters are authors."""
    sums, numbers, authors = SentimentGroups(), count(), dict[str, int]()
    for score in scores:
        number = next(numbers)  # each author, and each comment without one, has a number of its own
        author = number if score.author is None else authors.setdefault(score.author, number)
        add_sentiment(sums, score, (author, author, UNDATED))
    means, sides = summarise_sentiment(sums, targets)
    return {"sentiment": [asdict(mean) for mean in means], "sentiment_sides": list(sides)}
