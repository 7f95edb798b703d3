"""Measures of predicted stances against gold labels: overall, and per target or any other group of rows."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.intervals import agreed_interval, is_point
from stance.datamodels import STANCES, Evaluation, Stance
from stance.evaluation.bootstrap import (
    Floats,
    cluster_rows,
    interval,
    interval_of_excess,
    resample,
    sum_by_cluster,
    total,
)

ECE_BINS = 10
MEASURES = ("macro_f1", "accuracy", "favg", "ece")

MOST_GROUPS = 100
"""Groups measured apart: a table of topics may have thousands, most of them with a row or two."""

_K = len(STANCES)
_CELLS = _K * _K
_FAVOR, _AGAINST = STANCES.index(Stance.FAVOR), STANCES.index(Stance.AGAINST)
_NEUTRAL, _NOT_ADDRESSED = STANCES.index(Stance.NEUTRAL), STANCES.index(Stance.NOT_ADDRESSED)
_SIZE = _CELLS + 3 * ECE_BINS  # of the statistics: cells of the confusion matrix; per bin: rows, confidence, hits


@dataclass(frozen=True, slots=True)
class Gold:
    """Labels in the form that measures need.

    :param labels: Shape (n,), places in ``STANCES``.
    :param clusters: Shape (n,), the resampled unit of each row.
    """

    labels: NDArray[np.intp]
    clusters: NDArray[np.intp]

    @property
    def present(self) -> NDArray[np.bool_]:
        """Which stances occur: shape (4,)."""
        found: NDArray[np.bool_] = np.isin(np.arange(_K), self.labels)
        return found

    @property
    def n_clusters(self) -> int:
        """How many units are resampled."""
        return int(self.clusters.max()) + 1


def make_gold(gold: Sequence[Stance], probabilities: Floats, stories: Sequence[Hashable] | None) -> Gold:
    """Check that labels and predictions are of the same rows.

    :raises ValueError: If there are none, or lengths differ.
    """
    if not len(gold) or len(probabilities) != len(gold):
        raise ValueError(f"{len(gold)} labels and {len(probabilities)} predictions; expected as many, at least one")
    places = {stance: place for place, stance in enumerate(STANCES)}
    return Gold(np.array([places[label] for label in gold]), cluster_rows(stories or None, len(gold)))


def evaluate(
    gold: Sequence[Stance],
    probabilities: Floats,
    *,
    stories: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> Evaluation:
    """Measure predictions.

    :param gold: Length n.
    :param probabilities: Shape (n, 4), columns in the order of ``STANCES``; rows sum to 1.
    :param stories: What each text stands under, resampled as a whole; each text alone where not given.
    :raises ValueError: If there are no texts, or lengths differ.
    """
    rows = make_gold(gold, probabilities, stories)
    sums = statistics(rows, probabilities)

    def measure(values: Floats) -> dict[str, Floats]:
        return overall(values, rows.present)

    measured, samples = total(sums, measure), resample(sums, measure, seed=seed)
    f1 = f1_scores(np.asarray(sums.sum(axis=1)).reshape(-1, 1))[:, 0]
    intervals = {name: interval(samples[name]) for name in MEASURES}
    intervals["ece"] = interval_of_excess(float(measured["ece"]), samples["ece"])
    alike = [name for name in MEASURES if is_point(intervals[name])]
    bounds = _bounds(rows, probabilities, float(measured["ece"])) if alike else {}
    intervals |= {name: bounds[name] for name in alike}
    if "accuracy" in alike:  # probabilities that vary a little say no more of how often they are right
        intervals["ece"] = bounds["ece"]
    return Evaluation(
        n=len(rows.labels),
        **{name: float(measured[name]) for name in MEASURES},
        f1={STANCES[i]: float(f1[i]) for i in np.flatnonzero(rows.present)},
        interval=intervals,
    )


def _bounds(rows: Gold, probabilities: Floats, ece: float) -> dict[str, tuple[float, float]]:
    """Bound each measure without a bootstrap, for where resamples say the same, as where every row is right.

    Accuracy is a share. So is what makes an F1, of the rows that are of a class or called so: F1 = 2s / (1 + s) (Hand,
    Christen and Kirielle, F*: an Interpretable Transformation of the F-measure, 2021), which bounds it by the bounds of
    s; the mean of such bounds is wider than it need be. A class that is never said is never right, as of the commonest
    label. The calibration error is by how much accuracy may miss the mean confidence.
    """
    predicted = probabilities.argmax(axis=1)
    hits = predicted == rows.labels
    shares = np.zeros((_K, 2))
    for i in range(_K):
        own = (rows.labels == i) | (predicted == i)
        if own.any() and (i in predicted or not hits.any()):
            shares[i] = _share_bounds(hits[own], rows.clusters[own])
    f1 = 2 * shares / (1 + shares)
    low, high = _share_bounds(hits, rows.clusters)
    confidence = float(probabilities.max(axis=1).mean())
    gaps = sorted((abs(confidence - low), abs(confidence - high), ece))
    return {
        "macro_f1": _ends(f1[rows.present]),
        "accuracy": (low, high),
        "favg": _ends(f1[[_FAVOR, _AGAINST]]),
        "ece": (0.0 if low <= confidence <= high else gaps[0], gaps[-1]),
    }


def _share_bounds(hits: NDArray[np.bool_], clusters: NDArray[np.intp]) -> tuple[float, float]:
    return agreed_interval(float(hits.mean()), len(hits), len(np.unique(clusters)))


def _ends(bounds: Floats) -> tuple[float, float]:
    low, high = bounds.mean(axis=0)
    return float(low), float(high)


def evaluate_by(
    gold: Sequence[Stance],
    probabilities: Floats,
    groups: Sequence[str],
    *,
    stories: Sequence[Hashable] | None = None,
    seed: int = 0,
    most: int = MOST_GROUPS,
) -> dict[str, Evaluation]:
    """Measure predictions for each group of rows apart: each target, each outlet.

    :param groups: What each row belongs to.
    :param most: Measure no more groups than this, the largest ones.
    :return: Evaluations in order of the groups' names.
    """
    found = {}
    for group, rows in sorted(largest_groups(groups, most).items()):
        of_rows = [stories[i] for i in rows] if stories else None
        found[group] = evaluate([gold[i] for i in rows], probabilities[rows], stories=of_rows, seed=seed)
    return found


def largest_groups(groups: Sequence[str], most: int = MOST_GROUPS) -> dict[str, list[int]]:
    """Give the rows of each group, of no more groups than ``most``: the largest ones, by name where they are equal."""
    rows: dict[str, list[int]] = {}
    for row, group in enumerate(groups):
        rows.setdefault(group, []).append(row)
    return dict(sorted(rows.items(), key=lambda each: (-len(each[1]), each[0]))[:most])


def statistics(rows: Gold, probabilities: Floats) -> Any:
    """Sum what every measure is made of, by cluster: a sparse matrix of shape (statistics, clusters)."""
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    bins = _CELLS + np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    return sum_by_cluster(
        [
            (rows.labels * _K + predicted, 1.0),
            (bins, 1.0),
            (bins + ECE_BINS, confidence),
            (bins + 2 * ECE_BINS, predicted == rows.labels),
        ],
        rows.clusters,
        _SIZE,
    )


def confusion_of(sums: Floats) -> Floats:
    """Give the confusion matrices in sums: shape (gold, predicted, samples)."""
    return sums[:_CELLS].reshape(_K, _K, -1)


def bins_of(sums: Floats) -> tuple[Floats, Floats, Floats]:
    """Give rows, confidence and hits of each bin, as sums: each of shape (bins, samples)."""
    rows, confidence, hits = sums[_CELLS:].reshape(3, ECE_BINS, -1)
    return rows, confidence, hits


def f1_scores(sums: Floats) -> Floats:
    """F1 per label, shape (4, samples); 0 where a label is neither gold nor predicted."""
    table = confusion_of(sums)
    hits = table[np.arange(_K), np.arange(_K)]
    either = table.sum(axis=0) + table.sum(axis=1)
    scores: Floats = 2 * hits / np.where(either > 0, either, 1)
    return scores


def overall(sums: Floats, present: NDArray[np.bool_]) -> dict[str, Floats]:
    """Give the measures of all rows together, each of shape (samples,).

    ``favg`` is the measure of SemEval-2016 task 6. ``ece`` is the expected calibration error over ten bins of equal
    width (Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning, 2015).

    :param present: Shape (4,): the labels that macro F1 is the mean over.
    """
    f1 = f1_scores(sums)
    rows, confidence, hits = bins_of(sums)
    n = np.maximum(rows.sum(axis=0), 1)
    return {
        "macro_f1": f1[present].mean(axis=0),
        "accuracy": hits.sum(axis=0) / n,
        "favg": f1[[_FAVOR, _AGAINST]].mean(axis=0),
        "ece": np.abs(confidence - hits).sum(axis=0) / n,
    }


def merge_unaddressed(gold: Sequence[Stance], *predictions: Floats) -> tuple[list[Stance], list[Floats]]:
    """Make neutral and not addressed one class, as SemEval's NONE is; it goes by the name of neutral.

    :param predictions: Each of shape (n, 4); the two probabilities are added.
    """
    merged = []
    for probabilities in predictions:
        sums = probabilities.copy()
        sums[:, _NEUTRAL] += sums[:, _NOT_ADDRESSED]
        sums[:, _NOT_ADDRESSED] = 0
        merged.append(sums)
    return [Stance.NEUTRAL if label is Stance.NOT_ADDRESSED else label for label in gold], merged
