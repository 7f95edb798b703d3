"""Measure the coverage of matched differences in simulations.

Two made-up outlets have the same stance on each topic, and another mix of topics; they are compared some hundred times.

``python -m research.benchmarks.matching`` prints a table; it takes about a minute on one core.
"""

import argparse
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from research.benchmarks.coverage import AUTHOR_SD, NONE, USUAL, Floats, Ids, observe
from stance.aggregation import estimate_group
from stance.comparison.contrasts import Side, match
from stance.datamodels import Record

AUTHORS, ADDRESSING = 150, 0.6
FIRST, LAST = 0.65, 0.25
"""True shares against, of the first and the last topic; those between lie on a line."""
MIX = 3.0
"""How many times as often an outlet writes of its first topic as of its last; the other outlet the other way round."""


@dataclass(frozen=True)
class Setting:
    """Of each outlet: articles, comments on each, labels; topics, months, and how far articles lean (SD, logit)."""

    articles: int
    comments: int
    labels: int
    topics: int
    months: int
    spread: float = 0.5


SETTINGS = (
    Setting(60, 20, 200, 4, 1),
    Setting(60, 20, 200, 4, 1, 1.2),
    Setting(60, 20, 200, 4, 6),
    Setting(30, 8, 150, 3, 2),
    Setting(30, 8, 150, 8, 6),
    Setting(20, 30, 150, 4, 1),
)


def draw(rng: np.random.Generator, number: int, setting: Setting) -> tuple[Side, Ids]:
    """Draw an outlet, and the stratum of each of its articles."""
    mix = np.linspace(MIX, 1, setting.topics)[:: 1 - 2 * number]
    topics = rng.choice(setting.topics, setting.articles, p=mix / mix.sum())
    strata = topics * setting.months + rng.integers(0, setting.months, setting.articles)
    sizes = rng.poisson(setting.comments * rng.lognormal(0, 0.5, setting.articles)) + 1
    article, count = np.repeat(np.arange(setting.articles), sizes), int(sizes.sum())
    activity = rng.lognormal(0, 1.0, AUTHORS)
    author = rng.choice(AUTHORS, count, p=activity / activity.sum())
    leaning = rng.normal(0, AUTHOR_SD, AUTHORS)[author] + rng.normal(0, setting.spread, setting.articles)[article]
    against = logit(np.linspace(FIRST, LAST, setting.topics))[topics[article]] + leaning
    truth = np.where(rng.random(count) < expit(against), 0, rng.integers(1, NONE, count))
    truth[rng.random(count) >= ADDRESSING] = NONE
    return _side(rng, number, setting.labels, article, author, truth), strata


def _side(rng: np.random.Generator, number: int, labels: int, article: Ids, author: Ids, truth: Ids) -> Side:
    drawn = (rng.random(len(truth))[:, None] > USUAL.cumsum(axis=1)[truth]).sum(axis=1)
    weights = rng.gamma(1 + 5.0 * (np.arange(NONE + 1) == drawn[:, None]))
    soft: Floats = weights / weights.sum(axis=1, keepdims=True)
    chosen = rng.permutation(len(truth))[:labels]
    articles, authors = article + number * 1_000, author + number * 1_000
    table = observe(articles, authors, soft.argmax(axis=1), soft, chosen, truth)
    return Side("AB"[number], table, estimate_group("target", table))


def compare(rng: np.random.Generator, setting: Setting) -> Record:
    """Draw two outlets and compare their shares against, of which the truth on each topic is the same."""
    (one, first), (other, second) = (draw(rng, number, setting) for number in (0, 1))
    strata = np.full(1_000 + setting.articles, -1)
    strata[: setting.articles], strata[1_000:] = first, second
    return next(match("target", one, other, strata))


def covers(interval: tuple[float, float] | None) -> bool:
    return interval is not None and interval[0] <= 0 <= interval[1]


def row(setting: Setting, runs: int, seed: int) -> str:
    rng = np.random.default_rng([seed, SETTINGS.index(setting)])
    drawn = [compare(rng, setting) for _ in range(runs)]
    found = [each for each in drawn if each["estimate"] is not None and each["interval"] is not None]
    cells = [
        *(str(each) for each in (setting.articles, setting.comments, setting.labels, setting.topics, setting.months)),
        f"{setting.spread:.1f}",
        f"{np.mean([each['unadjusted'] or 0.0 for each in drawn]):+.3f}",
        f"{np.mean([covers(each['unadjusted_interval']) for each in drawn]):.3f}",
        f"{np.mean([each['estimate'] for each in found if each['estimate'] is not None]):+.3f}",
        f"{np.mean([covers(each['interval']) for each in found]):.3f}",
        f"{np.mean([each['interval'][1] - each['interval'][0] for each in found if each['interval']]):.3f}",
        str(runs - len(found)),
    ]
    return "| " + " | ".join(cells) + " |"


HEAD = (
    "| articles | comments | labels | topics | months | article SD | unadjusted: mean | covers 0 "
    "| matched: mean | covers 0 | width | refused |"
)


def main() -> None:
    parser = argparse.ArgumentParser(description="Coverage of matched differences.")
    parser.add_argument("--runs", type=int, default=500)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    print(HEAD, "|" + "---|" * (HEAD.count("|") - 1), sep="\n")
    for setting in SETTINGS:
        print(row(setting, given.runs, given.seed), flush=True)


if __name__ == "__main__":
    main()
