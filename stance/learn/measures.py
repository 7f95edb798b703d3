"""Measures of predicted stances against gold labels, with bootstrap intervals.

Every measure is a function of sums over rows: counts of the confusion matrix and, per bin of confidence, rows,
confidence and hits. Stories are resampled whole, since comments under one story resemble each other; a resample weighs
the sums of the stories, so it needs no rows, and memory does not grow with the number of resamples.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stance.aggregation.estimation import agreed_interval, effective_interval, is_point
from stance.datamodels import STANCES, Record, Stance, grouped
from stance.scoring.sentiment import side_of

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Hits = NDArray[np.bool_]
Interval = tuple[float, float]
Stories = Sequence[Hashable] | None
"""The article of each text, resampled as a whole; None: each text alone."""
Measure = Callable[[Floats], Mapping[str, Floats]]
"""Turns sums, shape (statistics, samples), into measures, each of shape (..., samples)."""

MEASURES = ("macro_f1", "accuracy", "favg", "ece")

# Number of bootstrap samples: the ends of a 95 % interval then move by less than .005 between seeds. With many clusters
# fewer are drawn, and the ends move by less than .001.
RESAMPLES, FEWER_RESAMPLES, MANY_CLUSTERS = 1_000, 200, 20_000
_BATCH_CELLS = 2_000_000  # weights of clusters held at once: 16 MB
_BINS = 10
_K = len(STANCES)
_CELLS = _K * _K
_SIZE = _CELLS + 3 * _BINS
_SIDES = [STANCES.index(Stance.FAVOR), STANCES.index(Stance.AGAINST)]


# Bootstrap ------------------------------------------------------------------------------------------------------------


def cluster_numbers(clusters: Iterable[Hashable]) -> Places:
    """Number clusters from 0, in order of first occurrence."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters], dtype=np.intp)


def sum_by_cluster(parts: Sequence[tuple[NDArray[Any], Any]], clusters: Places, size: int) -> sparse.csr_matrix:
    """Sum statistics of rows by cluster.

    :param parts: Pairs of statistic and value, each of shape (n,) (a value may be one number for all).
    :param size: Number of statistics.
    :return: Shape (size, clusters).
    """
    at = np.concatenate([statistic for statistic, _ in parts])
    values = np.concatenate([np.broadcast_to(value, clusters.shape).astype(float) for _, value in parts])
    shape = (size, int(clusters.max(initial=-1)) + 1)
    return sparse.csr_matrix((values, (at, np.tile(clusters, len(parts)))), shape=shape)


def resample(sums: sparse.csr_matrix, measure: Measure, *, seed: int = 0) -> dict[str, Floats]:
    """Measure bootstrap samples of the clusters, as many drawn as there are, with replacement.

    Cluster bootstrap (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8). The same seed
    and the same clusters give the same samples, so several measures of them are paired.

    :param sums: Shape (statistics, clusters), from :func:`sum_by_cluster`.
    :return: Each measure, shape (..., resamples).
    """
    n = sums.shape[1]
    resamples = RESAMPLES if n <= MANY_CLUSTERS else FEWER_RESAMPLES
    generator = np.random.default_rng(seed)
    batch = max(1, min(resamples, _BATCH_CELLS // max(n, sums.shape[0] // 8)))
    parts: dict[str, list[Floats]] = {}
    for first in range(0, resamples, batch):
        size = min(batch, resamples - first)
        drawn = generator.integers(0, n, (size, n)) + n * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)  # how often each cluster is drawn
        for name, values in measure(sums @ np.ascontiguousarray(times.T, dtype=float)).items():
            parts.setdefault(name, []).append(values)
    return {name: np.concatenate(values, axis=-1) for name, values in parts.items()}


def measure_all(sums: sparse.csr_matrix, measure: Measure) -> dict[str, Floats]:
    """Measure all clusters, each once; the last axis, of samples, is gone."""
    total = np.asarray(sums.sum(axis=1), dtype=float).reshape(-1, 1)
    return {name: values[..., 0] for name, values in measure(total).items()}


def interval(samples: Floats) -> Interval:
    """Return the 95 % percentile interval of a measure of shape (resamples,)."""
    low, high = np.quantile(samples, (0.025, 0.975))
    return float(low), float(high)


def defined_interval(samples: Floats) -> Interval | None:
    """Return the interval of the samples in which a measure is defined, and not NaN; None if there are none."""
    defined = samples[~np.isnan(samples)]
    return interval(defined) if len(defined) else None


def share_interval(hits: Hits, clusters: Places) -> Interval | None:
    """Return Wilson's 95 % interval of a share of rows, on the number of rows that are effectively independent.

    :param hits: Shape (n,), as ``clusters``.
    :return: None if no row or all are hits, or there is one cluster.
    """
    if not 0 < hits.sum() < len(hits) or (count := len(np.unique(clusters))) < 2:
        return None
    share = float(hits.mean())
    residuals = np.bincount(clusters, hits - share)
    variance = count / (count - 1) * float(residuals @ residuals) / len(hits) ** 2
    return effective_interval(share, variance, len(hits), count)


# Measures -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Answers:
    """Probabilities that a model gave labelled texts; each array has a row for each text.

    :param labels: The gold labels, as places in ``STANCES``.
    :param probabilities: Shape (n, 4), in the order of ``STANCES``; rows sum to 1.
    :param clusters: Numbers of the stories that are resampled as a whole.
    :param predicted: Places in ``STANCES``, by the decision rule.
    """

    labels: Places
    probabilities: Floats
    clusters: Places
    predicted: Places

    @classmethod
    def of(
        cls, gold: Sequence[Stance], probabilities: Floats, stories: Stories = None, factors: Floats | None = None
    ) -> "Answers":
        """Join labels and predictions of the same texts.

        :param factors: Of the decision rule for each text, shape (n, 4); None: even ones.
        :raises ValueError: If there are none, or lengths differ.
        """
        if not len(gold) or len(probabilities) != len(gold) or (stories and len(stories) != len(gold)):
            seen = f"{len(gold)} labels, {len(probabilities)} predictions and {len(stories or gold)} stories"
            raise ValueError(f"{seen}; expected as many, at least one")
        predicted = (probabilities if factors is None else probabilities * factors).argmax(axis=1)
        clusters = cluster_numbers(stories or range(len(gold)))
        return cls(np.array([STANCES.index(label) for label in gold]), probabilities, _several(clusters), predicted)

    def take(self, rows: Sequence[int] | Places | Hits) -> "Answers":
        """Keep some rows."""
        parts = (self.labels[rows], self.probabilities[rows], _several(self.clusters[rows]), self.predicted[rows])
        return Answers(*parts)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.labels)

    @property
    def hits(self) -> Hits:
        """Return which predictions are right."""
        return np.asarray(self.predicted == self.labels)

    @property
    def confidence(self) -> Floats:
        """Return the probabilities of the predicted stances."""
        return np.asarray(self.probabilities[np.arange(len(self)), self.predicted])

    @property
    def present(self) -> Hits:
        """Return whether each stance occurs among the labels: shape (4,)."""
        return np.asarray(np.isin(np.arange(_K), self.labels))

    @property
    def bins(self) -> Places:
        """Return the bins of confidence."""
        return np.minimum((self.confidence * _BINS).astype(int), _BINS - 1)

    def sums(self) -> sparse.csr_matrix:
        """Sum cells of the confusion matrix; then rows, confidence and hits of each bin: shape (46, clusters)."""
        bins = _CELLS + self.bins
        parts: list[tuple[Places, Any]] = [(self.labels * _K + self.predicted, 1.0), (bins, 1.0)]
        parts += [(bins + _BINS, self.confidence), (bins + 2 * _BINS, self.hits)]
        return sum_by_cluster(parts, self.clusters, _SIZE)

    def measure(self, sums: Floats) -> dict[str, Floats]:
        """Compute all measures from sums; macro F1 is the mean over the labels present in the gold."""
        tables = sums[:_CELLS].reshape(_K, _K, -1)
        rows, confidence, hits = sums[_CELLS:].reshape(3, _BINS, -1)
        n, either = np.maximum(rows.sum(axis=0), 1), tables.sum(axis=0) + tables.sum(axis=1)
        f1 = 2 * np.einsum("ggs->gs", tables) / np.where(either > 0, either, 1)
        return {
            "macro_f1": f1[self.present].mean(axis=0),
            "accuracy": hits.sum(axis=0) / n,
            "favg": f1[_SIDES].mean(axis=0),
            "ece": np.abs(confidence - hits).sum(axis=0) / n,
            "f1": f1,
        }


def _several(clusters: Places) -> Places:
    """Number clusters from 0; rows are clusters of their own if all have the same one.

    Resampling a single cluster would give an interval of no width, which claims certainty.
    """
    numbers = np.unique(clusters, return_inverse=True)[1]
    return numbers if numbers.max(initial=0) else np.arange(len(clusters))


def evaluate(answers: Answers, *, seed: int = 0) -> Record:
    """Measure predictions, with 95 % intervals.

    ``favg`` is the measure of SemEval-2016 task 6. ``ece`` is the expected calibration error over ten bins of equal
    width (Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning, 2015); resampling adds as much
    to it as sampling had added, so its interval is the basic bootstrap's (Davison and Hinkley 1997, section 5.2).

    :return: ``n``, each of ``MEASURES``, ``f1`` of each label present, and ``interval``.
    """
    sums = answers.sums()
    measured, samples = measure_all(sums, answers.measure), resample(sums, answers.measure, seed=seed)
    f1 = measured.pop("f1")
    values = {name: float(value) for name, value in measured.items()}
    intervals = {name: interval(samples[name]) for name in MEASURES}
    ece, (low, high) = values["ece"], intervals["ece"]
    intervals["ece"] = max(0.0, 2 * ece - high), min(1.0, max(ece, 2 * ece - low))
    alike = [name for name in MEASURES if is_point(intervals[name])]
    if "accuracy" in alike:  # probabilities that vary a little do not show how often they are right
        alike.append("ece")
    bounds = _bounds(answers, ece) if alike else {}
    intervals |= {name: bounds[name] for name in alike}
    present = {str(STANCES[i]): float(f1[i]) for i in np.flatnonzero(answers.present)}
    return {"n": len(answers), **values, "f1": present, "interval": intervals}


def _bounds(answers: Answers, ece: float) -> dict[str, Interval]:
    """Bound each measure without a bootstrap, for samples that are all the same, as where every row is right.

    Accuracy is a share. So is the base of an F1, of the rows that are of a class or predicted so: F1 = 2s / (1 + s)
    (Hand, Christen and Kirielle, F*: an Interpretable Transformation of the F-measure, 2021), which bounds it by the
    bounds of s; the mean of such bounds is wider than it need be. A class that is never predicted is never right. The
    calibration error is bounded by the distance of accuracy from the mean confidence.
    """
    hits, shares = answers.hits, np.zeros((_K, 2))
    for i in range(_K):
        own = (answers.labels == i) | (answers.predicted == i)
        if own.any() and (i in answers.predicted or not hits.any()):
            shares[i] = _agreed(hits[own], answers.clusters[own])
    f1 = 2 * shares / (1 + shares)
    low, high = _agreed(hits, answers.clusters)
    confidence = float(answers.confidence.mean())
    gaps = sorted((abs(confidence - low), abs(confidence - high), ece))
    macro_f1, favg = (tuple(f1[of].mean(axis=0).tolist()) for of in (answers.present, _SIDES))
    calibration = (0.0 if low <= confidence <= high else gaps[0], gaps[-1])
    return {"macro_f1": macro_f1, "accuracy": (low, high), "favg": favg, "ece": calibration}


def _agreed(hits: Hits, clusters: Places) -> Interval:
    return agreed_interval(float(hits.mean()), len(hits), len(np.unique(clusters)))


def evaluate_by(answers: Answers, groups: Sequence[str], *, seed: int = 0, most: int = 100) -> dict[str, Record]:
    """Measure predictions for each group of rows apart: each target, each outlet.

    :param groups: The group of each row.
    :param most: Maximum number of groups that are measured, the largest ones: a table of topics may have thousands.
    :return: Measures in order of the groups' names.
    """
    rows = grouped((name, row) for row, name in enumerate(groups))
    largest = sorted(rows, key=lambda name: (-len(rows[name]), name))[:most]
    return {name: evaluate(answers.take(rows[name]), seed=seed) for name in sorted(largest)}


def paired_bootstrap(one: Answers, other: Answers, measure: str = "macro_f1", *, seed: int = 0) -> Record:
    """Measure by how much one model is higher than another on the same rows.

    Both are measured on the same resamples, so rows that are hard for both cancel out (Efron and Tibshirani, An
    Introduction to the Bootstrap, 1993; Koehn, Statistical Significance Tests for Machine Translation, 2004).

    :param measure: One of ``MEASURES``. For ``ece``, lower is better.
    :return: ``difference``, its 95 % ``interval``, ``n`` (rows) and ``clusters`` (stories, or rows of one story).
    """
    both = sparse.vstack([one.sums(), other.sums()], format="csr")

    def difference(sums: Floats) -> dict[str, Floats]:
        return {"difference": one.measure(sums[:_SIZE])[measure] - other.measure(sums[_SIZE:])[measure]}

    ends = interval(resample(both, difference, seed=seed)["difference"])
    found = float(measure_all(both, difference)["difference"])
    return {"difference": found, "interval": ends, "n": len(one), "clusters": int(one.clusters.max()) + 1}


# Classes, confusion matrix, calibration -------------------------------------------------------------------------------


def describe(answers: Answers, *, seed: int = 0) -> Record:
    """Measure each class, the confusion matrix and calibration.

    :return: ``classes``: measures of each stance that is gold or predicted, None if undefined. ``confusion``: gold to
        predicted to count and share of the gold. ``reliability``: the bins of confidence that hold rows. Intervals are
        of 95 %; None where all rows are alike.
    """
    sums = answers.sums()
    f1, samples = measure_all(sums, answers.measure)["f1"], resample(sums, answers.measure, seed=seed)["f1"]
    classes, confusion = {}, {}
    for i, stance in enumerate(STANCES):
        gold, predicted = answers.labels == i, answers.predicted == i
        if not (gold.any() or predicted.any()):
            continue
        ends = defined_interval(samples[i])
        figures = {
            "precision": _share(answers.hits, predicted, answers.clusters),
            "recall": _share(answers.hits, gold, answers.clusters),
            "f1": (float(f1[i]), None if is_point(ends) else ends),
        }
        classes[stance.value] = {
            "n": int(gold.sum()),
            "predicted": int(predicted.sum()),
            **{name: value for name, (value, _) in figures.items()},
            "interval": {name: ends for name, (value, ends) in figures.items() if value is not None},
        }
        if gold.any():
            cells = {other.value: answers.predicted == j for j, other in enumerate(STANCES)}
            confusion[stance.value] = {
                other: {"n": int((cell & gold).sum())}
                | dict(zip(("share", "interval"), _share(cell, gold, answers.clusters), strict=True))
                for other, cell in cells.items()
            }
    reliability = []
    for i in np.unique(answers.bins).tolist():
        own = answers.bins == i
        accuracy, ends = _share(answers.hits, own, answers.clusters)
        row = {"start": i / _BINS, "end": (i + 1) / _BINS, "n": int(own.sum())}
        reliability.append(
            row | {"confidence": float(answers.confidence[own].mean()), "accuracy": accuracy, "interval": ends}
        )
    return {"classes": classes, "confusion": confusion, "reliability": reliability}


def _share(hits: Hits, of: Hits, clusters: Places) -> tuple[float | None, Interval | None]:
    """Return the share of hits among some rows, and its interval; None without rows."""
    return (float(hits[of].mean()), share_interval(hits[of], clusters[of])) if of.any() else (None, None)


# Baselines ------------------------------------------------------------------------------------------------------------


def majority_baseline(gold: Sequence[Stance]) -> Floats:
    """Predict the commonest gold label for every text: shape (n, 4), rows are 0 and a single 1."""
    return certain([max(STANCES, key=list(gold).count)] * len(gold))


def gate_baseline(gold: Sequence[Stance], is_addressed: Sequence[bool]) -> Floats:
    """Predict the commonest side of the texts that name the target for them; not addressed elsewhere.

    The result of a list of names without any reading. Shape (n, 4).
    """
    named = [label for label, addressed in zip(gold, is_addressed, strict=True) if addressed]
    commonest = max((s for s in STANCES if s is not Stance.NOT_ADDRESSED), key=named.count)
    return certain(commonest if addressed else Stance.NOT_ADDRESSED for addressed in is_addressed)


def vader_baseline(compounds: Sequence[float], is_addressed: Sequence[bool]) -> Floats:
    """Predict the side from sentiment in the texts that name the target; not addressed elsewhere.

    :param compounds: VADER's compound of each text, in [-1, 1].
    :return: Shape (n, 4).
    """
    pairs = zip(compounds, is_addressed, strict=True)
    return certain(side_of(compound) if addressed else Stance.NOT_ADDRESSED for compound, addressed in pairs)


def certain(labels: Iterable[Stance]) -> Floats:
    """Return probabilities of 1 for the given labels: shape (n, 4)."""
    return np.eye(_K)[[STANCES.index(label) for label in labels]]


def rounded(value: Any) -> Any:
    """Round the numbers of a record to four places."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value
