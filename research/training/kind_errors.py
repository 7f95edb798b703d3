"""Fit how far from a model's share of a side the true one may lie, on kinds of text that the model did not learn from.

    python -m research.training.kind_errors FOLDER/KIND.npz... [--write]

Each file is what ``research.training.finetune_reader`` wrote of texts that it did not learn from. A set is all comments of
a kind toward one target, as they are and with the mix of sides moved to 60 % in favor and to 80 % against. For each
measure two lines are fitted to all sets, weighted by kind: low and high end of the true share by the model's share.
The lines are written to ``data/share_errors.json``; aggregation adds sampling error to them.
"""

import argparse
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.special import softmax

from research.training.make_models import fit_temperature
from stance.datamodels import SIDES, STANCES, Stance
from stance.resources import DATA

FEWEST = 40
"""Labelled comments of a set that address the target."""

FEWEST_MOVED = 20
"""Labelled comments of the side whose share is moved."""

MOVED = (None, (Stance.FAVOR, 0.6), (Stance.AGAINST, 0.8))
MISSED = 0.05
"""Share of sets beyond each line."""

DRAWN, SIZE = 20, 150
"""Outlets that are drawn of each set for the measures printed, and their comments."""

_SIDES = [STANCES.index(side) for side in SIDES]
Floats = NDArray[np.float64]


class Set(NamedTuple):
    """Labelled comments of one kind toward one target with one mix of sides."""

    name: str  # of kind and target
    mix: str
    labels: NDArray[np.intp]
    probabilities: Floats
    weights: Floats

    def draw(self, rng: np.random.Generator) -> NDArray[np.intp]:
        """Draw the comments of an outlet."""
        return rng.choice(len(self.labels), SIZE, p=self.weights / self.weights.sum())

    def shares(self, drawn: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return the model's and the true shares of ``SIDES``, and net stance, of some comments."""
        sums = self.probabilities[drawn].sum(axis=0), np.bincount(self.labels[drawn], minlength=len(STANCES))
        found = [each[_SIDES] / each[_SIDES].sum() for each in sums]
        favor, against = (list(SIDES).index(side) for side in (Stance.FAVOR, Stance.AGAINST))
        read, true = (np.append(each, each[favor] - each[against]) for each in found)
        return read, true


def read_sets(path: Path) -> Iterator[Set]:
    """Read the sets of one file."""
    table = np.load(path, allow_pickle=False)
    named = table["vias"] == "text"  # others are not read
    labels = table["labels"][named].astype(np.intp)
    known, targets = table["known"][named].astype(np.float64), table["targets"][named]
    probabilities = softmax(known / fit_temperature([(known, labels)]), axis=1)
    for target in sorted({*targets.tolist()}):
        own = targets == target
        counts = np.bincount(labels[own], minlength=len(STANCES))
        addressed = counts[_SIDES].sum()
        for moved in MOVED if addressed >= FEWEST else ():
            weights, mix = np.ones(int(own.sum())), "own"
            if moved is not None:
                side, share = STANCES.index(moved[0]), moved[1]
                if counts[side] < FEWEST_MOVED:
                    continue
                mix, others = f"{moved[1]:.0%} {moved[0]}", np.isin(labels[own], _SIDES) & (labels[own] != side)
                weights[labels[own] == side] = share * addressed / counts[side]
                weights[others] = (1 - share) * addressed / (addressed - counts[side])
            yield Set(f"{path.parent.name}/{path.stem} {target}", mix, labels[own], probabilities[own], weights)


def fit_line(read: Floats, true: Floats, weights: Floats, quantile: float) -> list[float]:
    """Fit a line to a quantile of the true shares (Koenker and Bassett 1978)."""
    n, basis = len(read), np.stack([np.ones(len(read)), read], axis=1)
    costs = np.concatenate([np.zeros(2), quantile * weights, (1 - quantile) * weights])
    free, above = [(None, None)] * 2, [(0, None)] * (2 * n)
    found = linprog(costs, A_eq=np.hstack([basis, np.eye(n), -np.eye(n)]), b_eq=true, bounds=free + above)
    return [round(float(each), 3) for each in found.x[:2]]


def fit_lines(sets: Sequence[Set]) -> dict[str, dict[str, list[float]]]:
    """Fit the low and the high line of each measure to drawn outlets; each mix counts alike."""
    rng = np.random.default_rng(0)
    outlets = [(one.mix, *one.shares(one.draw(rng))) for one in sets for _ in range(DRAWN)]
    mixes, read, true = (np.array(each) for each in zip(*outlets, strict=True))
    counts = Counter(mixes.tolist())
    weights = np.array([1 / counts[mix] for mix in mixes.tolist()])
    ends = (("low", MISSED), ("high", 1 - MISSED))
    return {
        name: {end: fit_line(read[:, at], true[:, at], weights, quantile) for end, quantile in ends}
        for at, name in enumerate((*map(str, SIDES), "net"))
    }


def measure(sets: Sequence[Set], seed: int = 0) -> None:
    """Print how many of drawn outlets have the true share in the interval that a report prints, by mix and side."""
    from stance.aggregation.estimation import model_interval

    rng, found = np.random.default_rng(seed), dict[tuple[str, str], list[tuple[bool, float]]]()
    for one in sets:
        for _ in range(DRAWN):
            drawn = one.draw(rng)
            read, true = one.shares(drawn)
            n = int(np.isin(one.probabilities[drawn].argmax(axis=1), _SIDES).sum())
            for at, side in enumerate(SIDES):
                low, high = model_interval(str(side), float(read[at]), n)
                found.setdefault((one.mix, side), []).append((low <= true[at] <= high, (high - low) / 2))
    for (mix, side), rows in sorted(found.items()):
        held, width = np.mean(rows, axis=0)
        print(f"{mix:12} {side:8} holds {held:.2f}, half width {width:.2f}, {len(rows)} outlets")


def main() -> None:
    """Print the lines and how often they hold; write them with ``--write``."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--write", action="store_true")
    given = parser.parse_args()
    sets = [each for path in given.files for each in read_sets(path)]
    lines = fit_lines(sets)
    print(json.dumps(lines))
    if given.write:
        (DATA / "share_errors.json").write_text(json.dumps(lines, indent=1) + "\n", encoding="utf-8")
    measure(sets)


if __name__ == "__main__":
    main()
