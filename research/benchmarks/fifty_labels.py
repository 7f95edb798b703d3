"""Measure how well 50 labels correct the shares of one outlet, on real comments that the model did not learn from.

An outlet is drawn from a set of comments toward one target: 60 to 300 of them, with the sides of the set or with more
of one side, so that its shares are known. 50 are labelled at random. What is measured runs through the same function as
reports: does the interval hold the true net stance, is a lean claimed, and is a claimed lean wrong?

    python -m research.benchmarks.fifty_labels SETS.npz ... [--runs 300] [--seed 0]

Each file is a set: ``labels`` (places in STANCES), ``probabilities`` (n, 4) and ``targets``, as
``research.training.share_errors.save_set`` writes them.
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from research.benchmarks.coverage import PLACES, observe
from stance.aggregation.shares import Mean, estimate_group
from stance.datamodels import SIDES, STANCES, Stance
from stance.reporting.levels import leads

LABELS, SMALLEST, LARGEST = 50, 60, 300
MIXES = (1.0, 3.0)
"""How much likelier comments of a side chosen at random are drawn than the others."""

LEANING = 0.30
"""A true net stance, as a share, from which a lean should be claimed."""

FEWEST = 100
"""Labelled pairs of a set that address the target."""

_SIDES = [STANCES.index(side) for side in SIDES]
_FAVOR, _AGAINST = STANCES.index(Stance.FAVOR), STANCES.index(Stance.AGAINST)

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]


def run_once(rng: np.random.Generator, labels: Ids, read: Floats, mix: float) -> tuple[float, Mean]:
    """Draw an outlet and estimate its net stance from 50 labels: the true one, in points, and the estimate."""
    weights = np.where(labels == rng.choice([_FAVOR, _AGAINST]), mix, 1.0)
    addressed = np.isin(labels, _SIDES)
    weights[addressed] /= weights[addressed].sum() / addressed.sum()  # as many address the target, whatever the mix
    n = min(int(rng.integers(SMALLEST, LARGEST + 1)), len(labels))
    drawn = rng.choice(len(labels), n, p=weights / weights.sum())
    own, soft = labels[drawn], read[drawn]
    truth = 100 * float((own == _FAVOR).sum() - (own == _AGAINST).sum()) / max(1, addressed[drawn].sum())
    own, soft = np.argsort(PLACES)[own], soft[:, PLACES]  # as ``observe`` orders them
    audit = rng.permutation(n)[:LABELS]
    found = estimate_group("target", observe(np.arange(n) // 10, np.arange(n), soft.argmax(axis=1), soft, audit, own))
    return truth, next(each for each in found.means if (each.measure, each.population) == ("net", "corpus"))


def led(net: Mean) -> int:
    """Return the sign of a lead that is claimed; 0: none is."""
    if net.interval is None or net.estimate is None or not leads(net.estimate, net.interval):
        return 0
    return 1 if net.estimate > 0 else -1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--runs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    rng, rows = np.random.default_rng(given.seed), defaultdict(list)
    for path in given.sets:
        found = np.load(path)
        for target in sorted(set(found["targets"].tolist())):
            own = found["targets"] == target
            labels, read = found["labels"][own], found["probabilities"][own]
            if np.isin(labels, _SIDES).sum() < FEWEST:
                continue
            for mix in MIXES:
                for _ in range(given.runs):
                    truth, net = run_once(rng, labels, read, mix)
                    rows[path.stem, target, mix].append((truth, *(net.interval or (np.nan, np.nan)), led(net)))
    print("| set | target | mix | interval given | coverage | lean claimed where 30 points or more | wrong leans |")
    print("|---|---|---|---|---|---|---|")
    every = [run for runs in rows.values() for run in runs]
    for (name, target, mix), runs in [*rows.items(), (("all", "", 0.0), every)]:
        truth, low, high, side = np.array(runs).T
        known = ~np.isnan(low)
        covered = (low <= truth) & (truth <= high)
        claimed, strong = side != 0, abs(truth) >= 100 * LEANING
        wrong = claimed & (side * truth <= 0)
        told = claimed[strong].mean() if strong.any() else float("nan")
        shares = [known.mean(), covered[known].mean(), told, wrong.mean()]
        print(f"| {name} | {target} | {mix:g} | {' | '.join(f'{share:.3f}' for share in shares)} |")


if __name__ == "__main__":
    main()
