"""Measure how often slopes, events and differences of topics are found, and whether their intervals hold.

Simulated comments of two outlets over a year, 200 of 480 labelled; articles and authors lean. A classifier errs, in one
setting more and more often as the year goes on. Topics are four groups of articles, of which one differs.

    python -m research.benchmarks.trends [--runs 200]
    python -m research.benchmarks.trends --sentiment [--runs 400]

``--sentiment`` measures the same of a difference of sentiment between two outlets. They have 200 comments each that name
one target, under 20 articles and by authors with several comments. Sentiments are drawn from those of 4,171 real pairs of
comment and target: VADER's compound of the clauses around the names. Articles and authors differ in their means; a
difference between outlets weighs comments so that the mean moves.
"""

import argparse
from dataclasses import replace
from datetime import date
from functools import cache
from itertools import product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from research.benchmarks.drawn_sums import DrawnSums
from stance.aggregation.shares import estimate_group
from stance.comparison.differences import GroupContrast, adjust, compare_topics
from stance.comparison.sentiment import compare_sentiment
from stance.comparison.trends import estimate_changes
from stance.datamodels import SIDES, STANCES, VADER, Score, Stance, Unit, Via

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
TOPICS = 4
EVENT = 182


class Setting(NamedTuple):
    """What is simulated: the true change of the share against, and how the classifier errs."""

    kind: str  # slope (per month), event (from the middle of the year on) or topic (the first one beside the others)
    effect: float
    confusion: NDArray[np.float64] = USUAL
    drift: float = 0.0  # part of the comments at the end of the year that the classifier takes for against

    def name(self) -> str:
        """Describe it."""
        kind = f"{self.kind}, {100 * self.effect:g} points" if self.effect else f"{self.kind}, no change"
        return f"{kind}, right in {self.confusion[0, 0]:.2f}{', errors that drift' if self.drift else ''}"

    def changes(self, days: NDArray[np.int64], articles: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the change of the share against of each comment."""
        if self.kind == "slope":
            return self.effect * (days - EVENT) / 30.44
        return self.effect * (days >= EVENT if self.kind == "event" else articles % TOPICS == 0)


SETTINGS = (
    *(Setting("slope", 0.04, confusion) for confusion in (USUAL, WEAK)),
    *(Setting("slope", 0.0, USUAL, drift) for drift in (0.5, 0.0)),
    *(Setting("event", effect, confusion) for effect in (0.2, 0.0) for confusion in (USUAL, WEAK)),
    *(Setting("topic", effect, confusion) for effect in (0.2, 0.0) for confusion in (USUAL, WEAK)),
)


def draw(rng: np.random.Generator, setting: Setting) -> dict[str, dict[str, DrawnSums]]:
    """Draw the comments of two outlets, or of four topics."""
    groups = range(TOPICS if setting.kind == "topic" else 2)
    leaning, activity = rng.normal(0, AUTHOR_SD, AUTHORS), rng.lognormal(0, 0.7, AUTHORS)
    starts, article_leaning = rng.integers(0, 365, ARTICLES), rng.normal(0, ARTICLE_SD, ARTICLES)
    articles, authors = rng.integers(0, ARTICLES, COMMENTS), rng.choice(AUTHORS, COMMENTS, p=activity / activity.sum())
    days = starts[articles] + rng.integers(0, 4, COMMENTS)
    shares = 0.5 + setting.changes(days, articles) + article_leaning[articles] + leaning[authors]
    truth = np.where(rng.random(COMMENTS) < shares.clip(0.02, 0.98), 0, rng.integers(1, 3, COMMENTS))
    truth[rng.random(COMMENTS) >= ADDRESSING] = 3
    said = (rng.random(COMMENTS)[:, None] > setting.confusion[truth].cumsum(axis=1)).sum(axis=1)
    said = np.where((rng.random(COMMENTS) < setting.drift * days / 365) & (said != 3), 0, said)
    soft = rng.gamma(1 + 5.0 * (np.arange(4) == said[:, None]))
    soft /= soft.sum(axis=1, keepdims=True)
    labelled = set(rng.permutation(COMMENTS)[:LABELS].tolist())
    found = {str(group): {"target": DrawnSums()} for group in groups}
    for at in range(COMMENTS):
        probabilities: list[Any] = [0.0] * 4
        for place, probability in zip(PLACES, soft[at].tolist(), strict=True):
            probabilities[place] = probability
        group = int(articles[at]) % len(groups)
        author, day = int(authors[at]) + group * AUTHORS, FIRST + int(days[at])
        place, label = (int(articles[at]), author, day), PLACES[int(truth[at])] if at in labelled else None
        said = PLACES[int(soft[at].argmax())]
        found[str(group)]["target"].add(place, said, probabilities, label, LABELS / COMMENTS)
    return found


def estimates(groups: dict[str, dict[str, DrawnSums]], kind: str) -> tuple[GroupContrast, ...]:
    """Estimate the changes of one kind as `stance compare` does."""
    if kind != "topic":
        event = date.fromordinal(FIRST + EVENT) if kind == "event" else None
        found = estimate_changes(groups, ["target"], "month", event)
        return tuple(each for each in found if each.kind == kind)
    sums = {name: own["target"] for name, own in groups.items()}
    together = DrawnSums.joined([*sums.values()])
    made = {name: estimate_group("target", own.observations()) for name, own in {**sums, "": together}.items()}
    whole = {"target": made.pop("")}
    return adjust(compare_topics({name: {"target": each} for name, each in made.items()}, whole))


def measure(setting: Setting, runs: int) -> str:
    """Return the row of one setting."""
    rng = np.random.default_rng(7)
    whole, single = [], []
    for _ in range(runs):
        for found in estimates(draw(rng, setting), setting.kind):
            if found.stance == "against" and found.other is None and found.interval is not None:
                truth = (
                    setting.effect if found.kind != "topic" or found.group == "0" else -setting.effect / (TOPICS - 1)
                )
                covers = found.interval[0] <= truth <= found.interval[1]
                (single if found.group else whole).append((found.verdict == "differ", covers))
    figures = [[f"{value:.3f}" for value in np.mean(own, axis=0)] if own else ["", ""] for own in (whole, single)]
    return f"| {setting.name()} | {' | '.join(figures[0] + figures[1])} |"


# Sentiment ------------------------------------------------------------------------------------------------------------

COUNTS = (19, 97, 171, 168, 236, 265, 200, 202, 133, 76, 1429, 105, 122, 149, 232, 169, 159, 102, 90, 44, 3)
"""Numbers of real pairs with a sentiment of about -1, -.9, ... 1."""

NAMING, STORIES, WRITERS = 200, 20, 150
STORY_SDS, WRITER_SD = (0.04, 0.06), 0.1
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


def draw_sentiment(rng: np.random.Generator, outlet: int, shift: float, article_sd: float) -> dict[str, DrawnSums]:
    """Draw the comments of one outlet."""
    shares = tilted()
    activity = rng.lognormal(0, 0.7, WRITERS)
    articles, authors = rng.integers(0, STORIES, NAMING), rng.choice(WRITERS, NAMING, p=activity / activity.sum())
    means = shift + rng.normal(0, article_sd, STORIES)[articles] + rng.normal(0, WRITER_SD, WRITERS)[authors]
    rows = np.abs(means[:, None] - SHIFTS).argmin(axis=1)
    places = (rng.random(NAMING)[:, None] > shares[rows].cumsum(axis=1)).sum(axis=1).clip(max=len(VALUES) - 1)
    score, sums = Score(None, None, Unit.COMMENT, None, None, "target", via=Via.TEXT), DrawnSums()
    for article, author, value in zip(articles.tolist(), authors.tolist(), VALUES[places].tolist(), strict=True):
        sounding = replace(score, target_sentiment=value, sentiment_method=VADER)
        sums.add_score(sounding, None, (outlet * STORIES + article, outlet * WRITERS + author, 0))
    return {"target": sums}


def measure_sentiment(difference: float, worlds: int, article_sd: float) -> tuple[float, float]:
    """Return the share of worlds in which a difference is found, and in which the interval holds the true one."""
    rng, results = np.random.default_rng(7), []
    for _ in range(worlds):
        groups = {str(outlet): draw_sentiment(rng, outlet, -difference * outlet, article_sd) for outlet in range(2)}
        (test,) = adjust(compare_sentiment(groups, ["target"]))
        low, high = test.interval or (0.0, 0.0)
        results.append((test.verdict == "differ", low <= difference <= high))
    found, covered = np.mean(results, axis=0).tolist()
    return found, covered


def main() -> None:
    """Print the table of ``docs/estimation.md``, or the figures of sentiment of ``docs/figures.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int)
    parser.add_argument("--sentiment", action="store_true")
    given = parser.parse_args()
    if given.sentiment:
        for article_sd, difference in product(STORY_SDS, (0.15, 0.0)):
            found, covered = measure_sentiment(difference, given.runs or 400, article_sd)
            world = f"difference of {difference:g}, articles {article_sd:g}"
            print(f"{world}: found in {found:.3f}, interval holds it in {covered:.3f}", flush=True)
        return
    print("| change | all groups: found | covers | each group: found | covers |\n|---|---|---|---|---|")
    for setting in SETTINGS:
        print(measure(setting, given.runs or 200), flush=True)


if __name__ == "__main__":
    main()
