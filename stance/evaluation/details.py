"""Where a model errs: measures per class, what is taken for what, whether probabilities hold."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import STANCES, Stance
from stance.evaluation.bootstrap import Floats, interval_of_share, resample, total
from stance.evaluation.measures import ECE_BINS, bins_of, confusion_of, f1_scores, make_gold, statistics

Interval = tuple[float, float] | None
"""95 %; None where resamples do not differ: too few rows, or all alike."""


@dataclass(frozen=True, slots=True)
class ClassMeasures:
    """How well one stance is told; a measure is None where nothing defines it."""

    n: int  # gold rows
    predicted: int
    precision: float | None  # None: never predicted
    recall: float | None  # None: never gold
    f1: float
    interval: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Cell:
    """How many rows of one gold stance were called another, and which share of the former that is."""

    n: int
    share: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Bin:
    """Rows whose highest probability lies in ``[start, end)``."""

    start: float
    end: float
    n: int
    confidence: float  # mean highest probability
    accuracy: float
    interval: Interval  # of the accuracy


@dataclass(frozen=True, slots=True)
class Details:
    """What an evaluation says beyond its four figures."""

    classes: Mapping[Stance, ClassMeasures]  # those that are gold or predicted
    confusion: Mapping[
        Stance, Mapping[Stance, Cell]
    ]  # gold -> predicted; a gold stance that does not occur is left out
    reliability: tuple[Bin, ...]  # bins that hold rows, of ten


def describe(
    gold: Sequence[Stance], probabilities: Floats, *, stories: Sequence[Hashable] | None = None, seed: int = 0
) -> Details:
    """Say where predictions err; parameters are those of :func:`stance.evaluation.measures.evaluate`."""
    rows = make_gold(gold, probabilities, stories)
    sums = statistics(rows, probabilities)
    point, samples = total(sums, _measure), resample(sums, _measure, seed=seed)
    counts = np.asarray(sums.sum(axis=1)).reshape(-1, 1)
    table = confusion_of(counts)[:, :, 0]
    return Details(
        classes=_classes(table, point, samples),
        confusion=_confusion(table, samples["share"]),
        reliability=_reliability([part[:, 0] for part in bins_of(counts)], samples["bin"]),
    )


def _measure(sums: Floats) -> dict[str, Floats]:
    """Give what classes, cells and bins are made of; NaN where a sample does not define it."""
    table = confusion_of(sums)
    golds, predicted = table.sum(axis=1), table.sum(axis=0)
    hits = table[np.arange(len(STANCES)), np.arange(len(STANCES))]
    rows, _, right = bins_of(sums)
    return {
        "precision": _ratio(hits, predicted),
        "recall": _ratio(hits, golds),
        "f1": np.where(golds + predicted > 0, f1_scores(sums), np.nan),
        "share": _ratio(table, golds[:, None]),
        "bin": _ratio(right, rows),
    }


def _ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Floats = np.where(whole > 0, part / whole, np.nan)
    return ratio


def _classes(table: Floats, point: Mapping[str, Floats], samples: Mapping[str, Floats]) -> dict[Stance, ClassMeasures]:
    found = {}
    for i, stance in enumerate(STANCES):
        n, predicted = int(table[i].sum()), int(table[:, i].sum())
        if n or predicted:
            defined = {name: point[name][i] for name in ("precision", "recall", "f1") if not np.isnan(point[name][i])}
            found[stance] = ClassMeasures(
                n=n,
                predicted=predicted,
                precision=_number(defined.get("precision")),
                recall=_number(defined.get("recall")),
                f1=float(defined["f1"]),
                interval={name: interval_of_share(samples[name][i]) for name in defined},
            )
    return found


def _number(value: Any) -> float | None:
    return None if value is None else float(value)


def _confusion(table: Floats, shares: NDArray[np.float64]) -> dict[Stance, dict[Stance, Cell]]:
    return {
        gold: {
            predicted: Cell(int(table[i, j]), float(table[i, j] / table[i].sum()), interval_of_share(shares[i, j]))
            for j, predicted in enumerate(STANCES)
        }
        for i, gold in enumerate(STANCES)
        if table[i].any()
    }


def _reliability(bins: Sequence[Floats], samples: Floats) -> tuple[Bin, ...]:
    rows, confidence, hits = bins
    return tuple(
        Bin(
            i / ECE_BINS,
            (i + 1) / ECE_BINS,
            int(rows[i]),
            float(confidence[i] / rows[i]),
            float(hits[i] / rows[i]),
            interval_of_share(samples[i]),
        )
        for i in np.flatnonzero(rows).tolist()
    )
