"""Measure the variance of shares by `stance sample --by precision`, beside random draws, on real labelled comments.

The labels of all comments of a set are known, so the variance of a corrected share over all draws follows from the
probabilities of drawing each comment; nothing is simulated. All targets of a set are drawn together, as a sample is,
and each alone.

    python -m research.benchmarks.precision SETS.npz ... [--labels 200] [--half odd]

Sets are those of ``benchmarks.fifty_labels``. The table gives, for each target, the largest variance of the three
shares as a part of that of a random draw of as many labels; last, what it would be if errors were spread evenly.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import SIDES, STANCES
from stance.labels.sampling import draw_sizes, errors, inclusion_probabilities

FEWEST = 100
"""Minimum number of labelled pairs that address a target."""

_SIDES = [STANCES.index(side) for side in SIDES]

Floats = NDArray[np.float64]
Set = tuple[str, NDArray[np.int64], Floats]
"""A target, its labels and probabilities of the sides."""


def variances(labels: NDArray[np.int64], sides: Floats, chances: Floats) -> Floats:
    """Return the variances of the corrected shares over all draws of labels: shape (3,).

    :param chances: Shape (n,): the probability of drawing each comment. Of each stratum, of equal probabilities, a
        fixed number is drawn.
    """
    given = np.eye(len(STANCES))[labels][:, _SIDES]
    off, shares = given - sides, given.sum(axis=0) / given.sum()
    moves = (off - shares * off.sum(axis=1, keepdims=True)) / given.sum()
    for stratum in np.unique(chances):
        own = chances == stratum
        moves[own] = (moves[own] - moves[own].mean(axis=0)) * np.sqrt(own.sum() / max(1, own.sum() - 1))
    return np.asarray(((1 / chances - 1)[:, None] * moves**2).sum(axis=0))


def row(sets: Sequence[Set], labels: int) -> str:
    """Compare a draw that serves all sets, which hold the same comments."""
    count = len(sets[0][1])
    n = min(labels, count // 4)
    sizes = draw_sizes([errors(sides).sum(axis=1) for *_, sides in sets], count)
    chances, even = inclusion_probabilities(sizes, n), np.full(count, n / count)
    found = [(variances(own, sides, chances).max(), variances(own, sides, even).max()) for _, own, sides in sets]
    parts = " / ".join(f"{precise / random:.2f}" for precise, random in found)
    names = ", ".join(target for target, *_ in sets)
    return f"{names} | {count} | {n} | {parts} | {(n / count / chances).mean():.2f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--labels", type=int, default=200)
    parser.add_argument("--half", choices=("even", "odd"), help="use every other comment only")
    given = parser.parse_args()
    print("| set | targets | comments | labels | variance | errors spread evenly |\n|---|---|---|---|---|---|")
    for path in given.sets:
        found, half = np.load(path), slice(given.half == "odd", None, 2 if given.half else 1)
        sets = []
        for target in sorted(set(found["targets"].tolist())):
            own = found["targets"] == target
            labels, sides = found["labels"][own][half], found["probabilities"][own][half][:, _SIDES]
            if np.isin(labels, _SIDES).sum() >= FEWEST:
                sets.append((target, labels, sides.astype(np.float64)))
        alike = [each for each in sets if len(each[1]) == max(len(labels) for _, labels, _ in sets)]
        for each in [[one] for one in sets] + ([alike] if len(alike) > 1 else []):
            print(f"| {path.stem} | {row(each, given.labels)}", flush=True)


if __name__ == "__main__":
    main()
