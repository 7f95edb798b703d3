"""Measure how often changes over time are found, and whether their intervals hold, in simulations.

Comments of two outlets over a year, 200 of 480 labelled; articles and authors lean. A classifier errs, in one setting
more and more often as the year goes on.

    python benchmarks/trends.py [--runs 200]
"""

import argparse
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.aggregation import ClusterSums
from stance.aggregation.clusters import Row
from stance.comparison.trends import estimate_changes
from stance.datamodels import SIDES, STANCES, Stance

COMMENTS, LABELS, ARTICLES, AUTHORS, ADDRESSING = 480, 200, 60, 200, 0.8
ARTICLE_SD, AUTHOR_SD = 0.06, 0.10
FIRST = date(2026, 1, 1).toordinal()
PLACES = [STANCES.index(each) for each in (*SIDES, Stance.NOT_ADDRESSED)]
"""Places in ``STANCES`` of against, neutral, in favor and not addressed."""

# A row for each true stance: how probable it is that the classifier says against, neutral, in favor, not addressed.
USUAL = np.array(
    [[0.72, 0.16, 0.06, 0.06], [0.14, 0.66, 0.12, 0.08], [0.08, 0.16, 0.68, 0.08], [0.04, 0.08, 0.05, 0.83]]
)
WEAK = np.array([[0.55, 0.25, 0.1, 0.1], [0.2, 0.55, 0.1, 0.15], [0.2, 0.25, 0.45, 0.1], [0.05, 0.1, 0.05, 0.8]])
SETTINGS: dict[str, tuple[float, NDArray[np.float64], float]] = {
    "right in .75, 4 points a month": (0.04, USUAL, 0.0),
    "right in .55, 4 points a month": (0.04, WEAK, 0.0),
    "right in .75, flat, errors that drift": (0.0, USUAL, 0.5),
    "right in .75, flat": (0.0, USUAL, 0.0),
}


def draw(
    rng: np.random.Generator, slope: float, confusion: NDArray[np.float64], drift: float
) -> dict[str, dict[str, ClusterSums]]:
    """Draw the comments of two outlets.

    :param slope: Of the share against, per month.
    :param drift: Part of the comments at the end of the year that the classifier takes for against.
    """
    leaning, activity = rng.normal(0, AUTHOR_SD, AUTHORS), rng.lognormal(0, 0.7, AUTHORS)
    starts, article_leaning = rng.integers(0, 365, ARTICLES), rng.normal(0, ARTICLE_SD, ARTICLES)
    articles, authors = rng.integers(0, ARTICLES, COMMENTS), rng.choice(AUTHORS, COMMENTS, p=activity / activity.sum())
    days = starts[articles] + rng.integers(0, 4, COMMENTS)
    shares = 0.5 + slope * (days - 182) / 30.44 + article_leaning[articles] + leaning[authors]
    truth = np.where(rng.random(COMMENTS) < shares.clip(0.02, 0.98), 0, rng.integers(1, 3, COMMENTS))
    truth[rng.random(COMMENTS) >= ADDRESSING] = 3
    said = (rng.random(COMMENTS)[:, None] > confusion[truth].cumsum(axis=1)).sum(axis=1)
    said = np.where((rng.random(COMMENTS) < drift * days / 365) & (said != 3), 0, said)
    soft = rng.gamma(1 + 5.0 * (np.arange(4) == said[:, None]))
    soft /= soft.sum(axis=1, keepdims=True)
    labelled = set(rng.permutation(COMMENTS)[:LABELS].tolist())
    groups = {name: {"target": ClusterSums()} for name in "AB"}
    for at in range(COMMENTS):
        probabilities: list[Any] = [0.0] * 4
        for place, probability in zip(PLACES, soft[at].tolist(), strict=True):
            probabilities[place] = probability
        group, author = int(articles[at]) % 2, int(authors[at])
        stance = PLACES[int(soft[at].argmax())]
        row = Row(int(articles[at]), author + group * AUTHORS, stance, 0.0, tuple(probabilities), FIRST + int(days[at]))
        sums = groups["AB"[group]]["target"]
        sums.add(row)
        if at in labelled:
            sums.add_label(row, PLACES[int(truth[at])], LABELS / COMMENTS)
    return groups


def measure(name: str, runs: int) -> str:
    """Return the row of one setting."""
    slope, confusion, drift = SETTINGS[name]
    rng = np.random.default_rng(7)
    together, each = [], []
    for _ in range(runs):
        for found in estimate_changes(draw(rng, slope, confusion, drift), ["target"], "month"):
            if found.stance == "against" and found.other is None and found.interval is not None:
                covers = found.interval[0] <= slope <= found.interval[1]
                (each if found.group else together).append((found.verdict == "differ", covers))
    figures = [f"{value:.3f}" for own in (together, each) for value in np.mean(own, axis=0)]
    return f"| {name} | {' | '.join(figures)} |"


def main() -> None:
    """Print the table of ``docs/estimation.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    runs = parser.parse_args().runs
    print("| model, slope | found | covers | per outlet: found | covers |\n|---|---|---|---|---|")
    for name in SETTINGS:
        print(measure(name, runs), flush=True)


if __name__ == "__main__":
    main()
