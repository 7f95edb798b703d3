"""Measure how often slopes, events and differences of topics are found, and whether their intervals hold.

Simulated comments of two outlets over a year, 200 of 480 labelled; articles and authors lean. A classifier errs, in one
setting more and more often as the year goes on. Topics are four groups of articles, of which one differs.

    python -m research.benchmarks.trends [--runs 200]
"""

import argparse
from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.clusters import ClusterSums
from stance.aggregation.shares import estimate_group
from stance.comparison.differences import GroupContrast, adjust, compare_topics
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


def draw(rng: np.random.Generator, setting: Setting) -> dict[str, dict[str, ClusterSums]]:
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
    found = {str(group): {"target": ClusterSums()} for group in groups}
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


def estimates(groups: dict[str, dict[str, ClusterSums]], kind: str) -> tuple[GroupContrast, ...]:
    """Estimate the changes of one kind as `stance compare` does."""
    if kind != "topic":
        event = date.fromordinal(FIRST + EVENT) if kind == "event" else None
        found = estimate_changes(groups, ["target"], "month", event)
        return tuple(each for each in found if each.kind == kind)
    sums = {name: own["target"] for name, own in groups.items()}
    together = ClusterSums()
    for own in sums.values():
        together.merge(own)
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


def main() -> None:
    """Print the table of ``docs/estimation.md``."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    runs = parser.parse_args().runs
    print("| change | all groups: found | covers | each group: found | covers |\n|---|---|---|---|---|")
    for setting in SETTINGS:
        print(measure(setting, runs), flush=True)


if __name__ == "__main__":
    main()
