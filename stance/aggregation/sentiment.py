"""Estimate how the words around a target sound, in groups of comments that name it.

Sentiment is a measurement that its lexicon or model defines; it needs no labels, and it is not a stance. English is
measured by VADER in the clauses around the names of the target (``target_sentiment``), other languages by a learned
score of the whole comment. Results of the two methods are never mixed.
"""

from collections.abc import Mapping
from dataclasses import replace
from itertools import product

import numpy as np

from stance.aggregation.clusters import METHODS, ClusterSums, Rows
from stance.aggregation.estimation import Estimated
from stance.aggregation.influence import effective_numbers, influence
from stance.aggregation.intervals import FEWEST_ARTICLES, bounded_interval, is_point
from stance.aggregation.observations import Floats
from stance.datamodels import FEWEST_SHOWN, READINGS, SIDES, SOUNDS, Record

WIDEST = 0.3
"""Maximum width of the interval of a mean that may be printed."""


def sounding(rows: Rows, method: str) -> Rows:
    """Return the comments that name their target and have a sentiment by one method."""
    return rows[rows["method"] == METHODS.index(method)]


def has_enough(rows: Rows) -> bool:
    """Return whether there are enough comments, articles and authors, and any spread, for an interval."""
    fewest = min(len(np.unique(rows[name])) for name in ("article", "author"))
    is_large = len(rows) >= FEWEST_SHOWN and fewest >= FEWEST_ARTICLES
    return is_large and not is_point((float(rows["sentiment"].min()), float(rows["sentiment"].max())))


def fit_sentiment(method: str, rows: Rows, regressors: Floats | None = None) -> tuple[Estimated, ...]:
    """Regress sentiment on regressors by least squares, with influences clustered by article and author.

    :param regressors: Shape (n, regressors), the first of which is 1; None: this one alone, whose coefficient is the
        mean. Collinear ones are an error.
    :return: One for each regressor, with one measure.
    """
    values, clusters = rows["sentiment"].astype(np.float64), (rows["article"], rows["author"])
    steps = np.ones((len(rows), 1)) if regressors is None else regressors
    inverse = np.linalg.inv(steps.T @ steps)
    coefficients = inverse @ (steps.T @ values)
    residuals, pulls = values - steps @ coefficients, steps @ inverse
    fitted = []
    for column, coefficient in enumerate(coefficients):
        sizes = effective_numbers(*clusters, pulls[:, column] ** 2)
        moves = replace(influence(*clusters, (residuals * pulls[:, column])[:, None]), even=sizes)
        fitted.append(Estimated(method, np.array([coefficient]), moves, weight=float(1 / inverse[column, column])))
    return tuple(fitted)


def estimate_sentiment(target: str, method: str, rows: Rows) -> Record:
    """Estimate the mean sentiment of one comment or more that name a target.

    :param method: ``vader`` or ``learned``.
    :return: ``mean``, in [-1, 1], of exactly these comments; ``interval``, 95 %, clustered by article and author, for
        comments like these, None if there are too few; ``negative``, the share of these comments with a sentiment of at
        most ``-SOUNDS``, in [0, 1], likewise ``positive``; and whether the mean may be printed.
    """
    values, interval = rows["sentiment"].astype(np.float64), None
    mean = float(values.mean())
    if has_enough(rows):
        half = float(fit_sentiment(method, rows)[0].influence.half_width[0])
        low, high = bounded_interval(mean, half, (-1.0, 1.0))
        interval = round(low, 6), round(high, 6)  # values have single precision
    return {
        "target": target,
        "n": len(rows),
        "mean": round(mean, 6),
        "interval": interval,
        "negative": float((values <= -SOUNDS).mean()),
        "positive": float((values >= SOUNDS).mean()),
        "method": method,
        "population": "outlet",
        "may_print": interval is not None and interval[1] - interval[0] <= WIDEST,
    }


def summarise_sentiment(sums: Mapping[str, ClusterSums]) -> Record:
    """Estimate the means of a group, and count how its sides sound, by target and method.

    :return: ``sentiment``: means; and ``sentiment_sides``, counts: ``target``, ``method``, ``stance`` by the readings
        that pages show, ``negative``, ``neutral``, ``positive``.
    """
    means, sides = list[Record](), list[Record]()
    for target, method in product(sums, METHODS):
        rows = sounding(sums[target].rows(), method)
        if not len(rows):
            continue
        means.append(estimate_sentiment(target, method, rows))
        for side in SIDES:
            readings = [READINGS.index(name) for name in READINGS if name.removeprefix("leans_") == side]
            values = rows["sentiment"][np.isin(rows["reading"], readings)].astype(np.float64)
            negative, positive = int((values <= -SOUNDS).sum()), int((values >= SOUNDS).sum())
            counts = {"negative": negative, "neutral": len(values) - negative - positive, "positive": positive}
            sides.append({"target": target, "method": method, "stance": side, **counts})
    return {"sentiment": means, "sentiment_sides": sides}
