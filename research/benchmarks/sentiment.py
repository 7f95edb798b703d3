"""Measure how often a difference of sentiment between two outlets is found, and how often one where there is none.

Simulated outlets have 200 comments each that name one target, under 20 articles and by authors with several comments.
Sentiments are drawn from those of 4,171 real pairs of comment and target: VADER's compound of the clauses around the
names. Articles and authors differ in their means; a difference between outlets weighs comments so that the mean moves.

    python -m research.benchmarks.sentiment [--worlds 400]
"""

import argparse
from functools import cache
from itertools import product

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.sentiment import SentimentGroups, SentimentSums
from stance.comparison.sentiment import adjust_sentiment, compare_sentiment
from stance.datamodels import VADER, Score, Unit, Via

COUNTS = (19, 97, 171, 168, 236, 265, 200, 202, 133, 76, 1429, 105, 122, 149, 232, 169, 159, 102, 90, 44, 3)
"""Numbers of real pairs with a sentiment of about -1, -.9, ... 1."""

COMMENTS, ARTICLES, AUTHORS = 200, 20, 150
ARTICLE_SDS, AUTHOR_SD = (0.04, 0.06), 0.1
"""Standard deviations of the means of articles, and of authors, around that of their outlet. Among the real pairs, pages
with at least four of them have intraclass correlations of -.01 to .02: standard deviations of at most .06."""

VALUES = np.linspace(-1, 1, len(COUNTS))
SHIFTS = np.linspace(-0.6, 0.6, 241)


@cache
def tilted() -> NDArray[np.float64]:
    """Return the shares of the values for each of ``SHIFTS`` of the mean: shape (shifts, values)."""
    tilts = np.linspace(-6, 6, 2_001)
    weights = np.array(COUNTS) * np.exp(tilts[:, None] * VALUES)
    shares = weights / weights.sum(axis=1, keepdims=True)
    means = shares @ VALUES
    base = float(np.array(COUNTS) @ VALUES / sum(COUNTS))
    return shares[np.abs(means - (base + SHIFTS)[:, None]).argmin(axis=1)]


def draw(rng: np.random.Generator, outlet: int, shift: float, article_sd: float) -> SentimentGroups:
    """Draw the comments of one outlet."""
    shares = tilted()
    activity = rng.lognormal(0, 0.7, AUTHORS)
    articles, authors = rng.integers(0, ARTICLES, COMMENTS), rng.choice(AUTHORS, COMMENTS, p=activity / activity.sum())
    means = shift + rng.normal(0, article_sd, ARTICLES)[articles] + rng.normal(0, AUTHOR_SD, AUTHORS)[authors]
    rows = np.abs(means[:, None] - SHIFTS).argmin(axis=1)
    places = (rng.random(COMMENTS)[:, None] > shares[rows].cumsum(axis=1)).sum(axis=1).clip(max=len(VALUES) - 1)
    score, sums = Score(None, None, Unit.COMMENT, None, None, "target", via=Via.TEXT), SentimentSums()
    for article, author, value in zip(articles.tolist(), authors.tolist(), VALUES[places].tolist(), strict=True):
        sums.add(score, value, (outlet * ARTICLES + article, outlet * AUTHORS + author, 0))
    return {("target", VADER): sums}


def measure(difference: float, worlds: int, article_sd: float) -> tuple[float, float]:
    """Return the share of worlds in which a difference is found, and in which the interval holds the true one."""
    rng, results = np.random.default_rng(7), []
    for _ in range(worlds):
        groups = {str(outlet): draw(rng, outlet, -difference * outlet, article_sd) for outlet in range(2)}
        (test,), _ = adjust_sentiment(compare_sentiment(groups, ["target"]), ())
        low, high = test.interval or (0.0, 0.0)
        results.append((test.verdict == "differ", low <= difference <= high))
    found, covered = np.mean(results, axis=0).tolist()
    return found, covered


def main() -> None:
    """Print the figures of ``docs/figures.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=400)
    worlds = parser.parse_args().worlds
    for article_sd, difference in product(ARTICLE_SDS, (0.15, 0.0)):
        found, covered = measure(difference, worlds, article_sd)
        world = f"difference of {difference:g}, articles {article_sd:g}"
        print(f"{world}: found in {found:.3f}, interval holds it in {covered:.3f}", flush=True)


if __name__ == "__main__":
    main()
