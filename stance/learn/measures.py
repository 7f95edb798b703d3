"""Measure predicted stances against gold labels, with bootstrap intervals over stories, and compare two models.

Every measure is a function of sums over rows: counts of the confusion matrix and, per bin of confidence, rows,
confidence and hits. Stories are resampled whole, since comments under one story resemble each other; a resample weighs
the sums of the stories, so it needs no rows, and memory does not grow with the number of resamples.
"""

from collections.abc import Hashable, Iterable, Sequence
from math import isnan

import numpy as np
from scipy import sparse

from stance.aggregation.intervals import agreed_interval, is_point
from stance.aggregation.observations import Floats, certain
from stance.datamodels import STANCES, Interval, Json, Record, Stance, frozen, grouped
from stance.learn.bootstrap import (
    Hits,
    Places,
    cluster_numbers,
    interval,
    measure_all,
    resample,
)
from stance.scoring.sentiment import side_of

Stories = Sequence[Hashable] | None
"""The article of each text, resampled as a whole; None: each text alone."""

MEASURES = ("macro_f1", "accuracy", "favg", "ece")

_BINS = 10

_K = len(STANCES)

_CELLS = _K * _K

_SIZE = _CELLS + 3 * _BINS


def _places(labels: Iterable[Stance]) -> Places:
    return np.array([STANCES.index(label) for label in labels], np.intp)


@frozen
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
        """
        predicted = (probabilities if factors is None else probabilities * factors).argmax(axis=1)
        clusters = cluster_numbers(stories or range(len(gold)))
        return cls(_places(gold), probabilities, _several(clusters), predicted)

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
    def sides(self) -> Places:
        """Return the places of the sides that occur among the labels, of both where neither does."""
        sides = [STANCES.index(Stance.FAVOR), STANCES.index(Stance.AGAINST)]
        occurring = np.intersect1d(self.labels, sides)
        return occurring if len(occurring) else np.array(sides, np.intp)

    def sums(self) -> sparse.csr_matrix:
        """Sum cells of the confusion matrix; then rows, confidence and hits of each bin: shape (46, clusters)."""
        bins = _CELLS + np.minimum((self.confidence * _BINS).astype(int), _BINS - 1)
        cells = self.labels * _K + self.predicted
        statistics = np.concatenate([cells, bins, bins + _BINS, bins + 2 * _BINS])
        values = np.concatenate([np.ones(2 * len(self)), self.confidence, self.hits])
        cells_of_values = statistics, np.tile(self.clusters, 4)
        return sparse.csr_matrix((values, cells_of_values), shape=(_SIZE, int(self.clusters.max()) + 1))

    def measure(self, sums: Floats) -> dict[str, Floats]:
        """Compute all measures from sums; macro F1 is the mean over the labels present in the gold."""
        tables = sums[:_CELLS].reshape(_K, _K, -1)
        rows, confidence, hits = sums[_CELLS:].reshape(3, _BINS, -1)
        n, either = np.maximum(rows.sum(axis=0), 1), tables.sum(axis=0) + tables.sum(axis=1)
        f1 = 2 * np.einsum("ggs->gs", tables) / np.where(either > 0, either, 1)
        return {
            "macro_f1": f1[self.present].mean(axis=0),
            "accuracy": hits.sum(axis=0) / n,
            "favg": f1[self.sides].mean(axis=0),
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

    ``favg`` is the measure of SemEval-2016 task 6, over the sides that occur among the labels.
    ``ece`` is the expected calibration error over ten bins of equal
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
        of_class = (answers.labels == i) | (answers.predicted == i)
        if of_class.any() and (i in answers.predicted or not hits.any()):
            shares[i] = _agreed(hits[of_class], answers.clusters[of_class])
    f1 = 2 * shares / (1 + shares)
    low, high = _agreed(hits, answers.clusters)
    confidence = float(answers.confidence.mean())
    gaps = sorted((abs(confidence - low), abs(confidence - high), ece))
    macro_f1, favg = (tuple(f1[of].mean(axis=0).tolist()) for of in (answers.present, answers.sides))
    calibration = (0.0 if low <= confidence <= high else gaps[0], gaps[-1])
    return {"macro_f1": macro_f1, "accuracy": (low, high), "favg": favg, "ece": calibration}


def _agreed(hits: Hits, clusters: Places) -> Interval:
    return agreed_interval(float(hits.mean()), len(hits), len(np.unique(clusters)))


def evaluate_by(answers: Answers, groups: Sequence[str], *, seed: int) -> dict[str, Record]:
    """Measure predictions for each group of rows apart: each target, each outlet.

    Of more than 100 groups, the largest are measured: a table of topics may have thousands.

    :param groups: The group of each row.
    :return: Measures in order of the groups' names.
    """
    rows = grouped((name, row) for row, name in enumerate(groups))
    largest = sorted(rows, key=lambda name: (-len(rows[name]), name))[:100]
    return {name: evaluate(answers.take(rows[name]), seed=seed) for name in sorted(largest)}


def count_changes(before: Answers, after: Answers) -> Record:
    """Count the answers to the same texts that a new model changed.

    :return: Label -> ``pairs``, how many answers ``became_right`` and ``became_wrong``, and how many changed from one
        wrong answer to another (``other``); the labels that occur, in the order of ``STANCES``.
    """
    import pandas as pd

    frame = pd.DataFrame({"label": before.labels, "pairs": 1, "before": before.hits, "after": after.hits})
    frame["became_right"] = ~frame["before"] & frame["after"]
    frame["became_wrong"] = frame["before"] & ~frame["after"]
    frame["other"] = ~frame["before"] & ~frame["after"] & (before.predicted != after.predicted)
    counts = frame.groupby("label")[["pairs", "became_right", "became_wrong", "other"]].sum()
    rows = zip(counts.index.tolist(), counts.to_dict("records"), strict=True)
    return {str(STANCES[label]): {str(name): int(n) for name, n in row.items()} for label, row in rows}


def paired_bootstrap(one: Answers, other: Answers, *, seed: int = 0) -> Record:
    """Measure by how much the macro F1 of one model is higher than that of another on the same rows.

    Both are measured on the same resamples, so rows that are hard for both cancel out (Efron and Tibshirani, An
    Introduction to the Bootstrap, 1993; Koehn, Statistical Significance Tests for Machine Translation, 2004).

    :return: ``difference``, its 95 % ``interval``, ``n`` (rows) and ``clusters`` (stories, or rows of one story).
    """
    both = sparse.vstack([one.sums(), other.sums()], format="csr")

    def difference(sums: Floats) -> dict[str, Floats]:
        return {"difference": one.measure(sums[:_SIZE])["macro_f1"] - other.measure(sums[_SIZE:])["macro_f1"]}

    ends = interval(resample(both, difference, seed=seed)["difference"])
    observed = float(measure_all(both, difference)["difference"])
    return {"difference": observed, "interval": ends, "n": len(one), "clusters": int(one.clusters.max()) + 1}


def describe(answers: Answers) -> Record:
    """Measure each class, and count the confusion matrix.

    :return: ``classes``: measures of each stance that is gold or predicted, None if undefined. ``confusion``: gold to
        predicted to number of rows.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support  # half a second

    names, numbers, pairs = ("precision", "recall", "f1"), range(_K), (answers.labels, answers.predicted)
    counts = confusion_matrix(*pairs, labels=numbers)
    measured = precision_recall_fscore_support(*pairs, labels=numbers, zero_division=np.nan)
    columns = zip(STANCES, counts.sum(axis=1).tolist(), counts.sum(axis=0).tolist(), *measured[:3], strict=True)
    rows = zip(STANCES, counts.tolist(), strict=True)
    classes = {
        stance.value: {"n": n, "predicted": predicted}
        | {name: None if isnan(value) else float(value) for name, value in zip(names, of_class, strict=True)}
        for stance, n, predicted, *of_class in columns
        if n or predicted
    }
    tables = {stance.value: dict(zip(map(str, STANCES), row, strict=True)) for stance, row in rows}
    return {"classes": classes, "confusion": {stance: row for stance, row in tables.items() if any(row.values())}}


def baseline_guesses(gold: Sequence[Stance], is_named: Sequence[bool], compounds: Sequence[float]) -> dict[str, Floats]:
    """Predict by each baseline: shape (n, 4), rows are 0 and a single 1.

    ``majority`` is the commonest label. The others are not addressed where a text does not name the target; elsewhere,
    ``vader`` is the side by sentiment, and ``gate`` the commonest side: a list of names without any reading.

    :param is_named: Whether each text names the target.
    :param compounds: VADER's compound of each text, in [-1, 1].
    """
    named = [label for label, names in zip(gold, is_named, strict=True) if names]
    commonest = max((stance for stance in STANCES if stance is not Stance.NOT_ADDRESSED), key=named.count)
    sides = {"vader": map(side_of, compounds), "gate": [commonest] * len(gold)}
    guesses = {"majority": [max(STANCES, key=list(gold).count)] * len(gold)}
    for name, labels in sides.items():
        pairs = zip(labels, is_named, strict=True)
        guesses[name] = [label if names else Stance.NOT_ADDRESSED for label, names in pairs]
    return {name: certain(_places(labels)) for name, labels in guesses.items()}


def rounded(value: Json) -> Json:
    """Round the numbers of a record to four places."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return round(value, 4) if isinstance(value, float) else value
