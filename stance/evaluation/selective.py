"""What leaving unsure pairs undecided buys: how often a model is right on the pairs that it is surest of.

A model that says how sure it is may keep silent where it is not. Accuracy against coverage shows whether it knows where
it errs, and which threshold keeps the share of pairs, or the accuracy, that somebody needs.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import STANCES, Stance
from stance.evaluation.bootstrap import Floats, interval_of_share, resample, sum_by_cluster, total
from stance.evaluation.measures import make_gold

COVERAGES = tuple(step / 10 for step in range(1, 11))
"""Shares of the rows, the surest first, that are measured."""

_PLACES = 10_000  # thresholds are cut to four places, as they are printed: what is printed keeps just these rows
_K = len(STANCES)


@dataclass(frozen=True, slots=True)
class Point:
    """The surest rows: how many, how sure at least, how often right."""

    coverage: float  # share of the rows
    threshold: float  # no kept row's highest probability is lower, every other row's is
    n: int
    accuracy: float
    interval: tuple[float, float] | None  # 95 %, of the accuracy; None where resamples do not differ
    macro_f1: float  # over the stances that occur among the labels of the kept rows
    macro_f1_interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Selective:
    """Accuracy against coverage."""

    n: int
    aurc: float  # area under the risk-coverage curve, in [0, 1]; 0 is best
    curve: tuple[Point, ...]  # coverage rises

    @property
    def half(self) -> Point:
        """The surest half of the rows; more where rows at the threshold are equally sure."""
        return next(point for point in self.curve if point.coverage >= 0.5)


def measure_selective(
    gold: Sequence[Stance], probabilities: Floats, *, stories: Sequence[Hashable] | None = None, seed: int = 0
) -> Selective:
    """Measure a model on its surest rows; parameters are those of :func:`stance.evaluation.measures.evaluate`.

    The risk-coverage curve of selective classification (El-Yaniv and Wiener, On the Foundations of Noise-free Selective
    Classification, 2010; Geifman and El-Yaniv, Selective Classification for Deep Neural Networks, 2017), and the area
    under it (Geifman, Uziel and El-Yaniv, Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers, 2019).
    """
    rows = make_gold(gold, probabilities, stories)
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    thresholds = _thresholds(confidence)
    first = np.searchsorted(-thresholds, -confidence)  # the first threshold that lets a row in; later ones do too
    cells = (first * _K + rows.labels) * _K + predicted
    sums = sum_by_cluster([(cells, 1.0)], rows.clusters, len(thresholds) * _K * _K)
    tables = _tables(np.asarray(sums.sum(axis=1), float).reshape(-1, 1))[..., 0]
    present: NDArray[np.bool_] = tables.sum(axis=2) > 0

    def measure(values: Floats) -> dict[str, Floats]:
        return _measure(_tables(values), present)

    measured, samples = total(sums, measure), resample(sums, measure, seed=seed)
    counts = tables.sum(axis=(1, 2))
    curve = tuple(
        Point(
            coverage=float(counts[at] / len(gold)),
            threshold=float(threshold),
            n=int(counts[at]),
            accuracy=float(measured["accuracy"][at]),
            interval=interval_of_share(samples["accuracy"][at]),
            macro_f1=float(measured["macro_f1"][at]),
            macro_f1_interval=interval_of_share(samples["macro_f1"][at]),
        )
        for at, threshold in enumerate(thresholds)
    )
    return Selective(len(gold), risk_coverage_area(predicted != rows.labels, confidence), curve)


def risk_coverage_area(is_wrong: NDArray[np.bool_], confidence: Floats) -> float:
    """Give the mean share of wrong rows among the k surest, over k from 1 to all of them.

    Equally sure rows count as in the mean over all their orders, so the order in which rows come changes nothing.

    :param is_wrong: Shape (n,), at least one row.
    :param confidence: Shape (n,).
    """
    _, place, counts = np.unique(-confidence, return_inverse=True, return_counts=True)
    wrong = np.repeat(np.bincount(place, weights=is_wrong) / counts, counts).cumsum()
    return float((wrong / np.arange(1, len(wrong) + 1)).mean())


def _thresholds(confidence: Floats) -> Floats:
    """Give what the surest tenth, fifth, ... have at least: falling, each once."""
    places = np.ceil(np.array(COVERAGES) * len(confidence)).astype(int) - 1
    least = np.sort(confidence)[::-1][places]
    falling: Floats = np.unique(np.floor(least * _PLACES) / _PLACES)[::-1]
    return falling


def _tables(sums: Floats) -> Floats:
    """Give the confusion matrix of the rows that each threshold keeps: shape (thresholds, gold, predicted, samples)."""
    tables: Floats = sums.reshape(-1, _K, _K, sums.shape[1]).cumsum(axis=0)
    return tables


def _measure(tables: Floats, present: NDArray[np.bool_]) -> dict[str, Floats]:
    """Measure each threshold's rows; NaN where a sample has none.

    :param present: Shape (thresholds, 4): the stances that macro F1 is the mean over.
    """
    hits = np.einsum("tggs->tgs", tables)
    either, n = tables.sum(axis=1) + tables.sum(axis=2), tables.sum(axis=(1, 2))
    f1 = 2 * hits / np.where(either > 0, either, 1)
    macro = (f1 * present[:, :, None]).sum(axis=1) / present.sum(axis=1)[:, None]
    with np.errstate(invalid="ignore"):
        return {"accuracy": hits.sum(axis=1) / n, "macro_f1": np.where(n > 0, macro, np.nan)}
