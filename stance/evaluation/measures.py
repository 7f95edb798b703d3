"""Measures of predicted stances against gold labels, with bootstrap intervals.

Every measure is a function of sums over rows: counts of the confusion matrix and, per bin of confidence, rows,
confidence and hits. Stories are resampled whole, since comments under one story resemble each other; a resample weighs
the sums of the stories, so it needs no rows, and memory does not grow with the number of resamples.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stance.aggregation.estimation import agreed_interval, is_point
from stance.datamodels import STANCES, Evaluation, Stance, grouped
from stance.exceptions import unknown
from stance.scoring.sentiment import side_of

Floats = NDArray[np.float64]
Interval = tuple[float, float]
Record = dict[str, Any]
Stories = Sequence[Hashable] | None
"""The article of each text, resampled as a whole; None: each text alone."""
Labels = Sequence[Stance]
Rule = Floats | None
"""Factors of the decision rule for each row, shape (n, 4); None: even ones."""

Measure = Callable[[Floats], Mapping[str, Floats]]
"""Turns sums, shape (statistics, samples), into measures, each of shape (..., samples)."""

RESAMPLES = 1_000
"""Bootstrap samples: the ends of a 95 % interval then move by less than .005 between seeds."""

MANY_CLUSTERS, FEWER_RESAMPLES = 20_000, 200
"""Number of clusters above which fewer samples are drawn; the ends of intervals then move by less than .001."""

ECE_BINS = 10
MEASURES = ("macro_f1", "accuracy", "favg", "ece")

MOST_GROUPS = 100
"""Groups measured apart: a table of topics may have thousands, most of them with a row or two."""

COVERAGES = tuple(step / 10 for step in range(1, 11))
"""Shares of the rows, the most confident first, that are measured."""


_BATCH_CELLS = 2_000_000  # weights of clusters held at once: 16 MB
_PLACES = 10_000  # thresholds are cut to four places, as they are printed, so that a printed one keeps just these rows
_K = len(STANCES)
_CELLS = _K * _K
_SIZE = _CELLS + 3 * ECE_BINS  # statistics: cells of the confusion matrix; per bin: rows, confidence, hits
_PLACE = {stance: place for place, stance in enumerate(STANCES)}
_CELL = ("n", "share", "interval")
_SIDES = [_PLACE[Stance.FAVOR], _PLACE[Stance.AGAINST]]


# Bootstrap ------------------------------------------------------------------------------------------------------------


def cluster_rows(stories: Stories, n: int) -> NDArray[np.intp]:
    """Number the cluster of each row, from 0, in order of first occurrence.

    Rows are clusters of their own if no stories are given, or all rows have the same one: resampling a single cluster
    would give an interval of no width, which claims certainty.
    """
    if stories is None or len(stories) != n:
        if stories is not None and len(stories):
            raise ValueError(f"{len(stories)} stories and {n} rows; expected as many")
        return np.arange(n)
    clusters = cluster_numbers(stories)
    return clusters if clusters.max(initial=0) else np.arange(n)


def cluster_numbers(clusters: Iterable[Hashable]) -> NDArray[np.intp]:
    """Number clusters from 0, in order of first occurrence."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters], dtype=np.intp)


def sum_by_cluster(parts: Sequence[tuple[NDArray[Any], Any]], clusters: NDArray[np.intp], size: int) -> Any:
    """Sum statistics of rows by cluster.

    :param parts: Pairs of statistic and value, each of shape (n,) (a value may be one number for all).
    :param size: How many statistics there are.
    :return: A sparse matrix of shape (size, clusters).
    """
    at = np.concatenate([statistic for statistic, _ in parts])
    values = np.concatenate([np.broadcast_to(value, clusters.shape).astype(float) for _, value in parts])
    columns = np.tile(clusters, len(parts))
    return sparse.csr_matrix((values, (at, columns)), shape=(size, int(clusters.max(initial=-1)) + 1))


def resample(sums: Any, measure: Measure, *, seed: int = 0) -> dict[str, Floats]:
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


def measure_all(sums: Any, measure: Measure) -> dict[str, Floats]:
    """Measure all clusters, each once; the last axis, of samples, is gone."""
    return {name: values[..., 0] for name, values in measure(_totals(sums)).items()}


def _totals(sums: Any) -> Floats:
    return np.asarray(sums.sum(axis=1), dtype=float).reshape(-1, 1)


def interval(samples: Floats) -> Interval:
    """Return the 95 % percentile interval of a measure of shape (resamples,)."""
    low, high = np.quantile(samples, (0.025, 0.975))
    return float(low), float(high)


def defined_interval(samples: Floats) -> Interval | None:
    """Return the interval of the samples in which a measure is defined, and not NaN; None if there are none."""
    defined = samples[~np.isnan(samples)]
    return interval(defined) if len(defined) else None


def _interval_of_share(samples: Floats) -> Interval | None:
    """Return the interval of a share; None if all resamples agree, as where none or all rows are hits."""
    found = defined_interval(samples)
    return None if is_point(found) else found


# Measures -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gold:
    """Labels as places in ``STANCES``, and the resampled unit of each row, both of shape (n,)."""

    labels: NDArray[np.intp]
    clusters: NDArray[np.intp]

    @property
    def present(self) -> NDArray[np.bool_]:
        """Whether each stance occurs: shape (4,)."""
        return np.asarray(np.isin(np.arange(_K), self.labels))


def make_gold(gold: Labels, probabilities: Floats, stories: Stories = None) -> Gold:
    """Check that labels and predictions are of the same rows.

    :raises ValueError: If there are none, or lengths differ.
    """
    if not len(gold) or len(probabilities) != len(gold):
        raise ValueError(f"{len(gold)} labels and {len(probabilities)} predictions; expected as many, at least one")
    return Gold(np.array([_PLACE[label] for label in gold]), cluster_rows(stories or None, len(gold)))


def evaluate(
    gold: Labels, probabilities: Floats, *, stories: Stories = None, seed: int = 0, decision: Rule = None
) -> Evaluation:
    """Measure predictions.

    ``favg`` is the measure of SemEval-2016 task 6. ``ece`` is the expected calibration error over ten bins of equal
    width (Naeini et al., Obtaining Well Calibrated Probabilities Using Bayesian Binning, 2015); resampling adds as much
    to it as sampling had added, so its interval is the basic bootstrap's (Davison and Hinkley 1997, section 5.2).

    :param gold: Length n.
    :param probabilities: Shape (n, 4), columns in the order of ``STANCES``; rows sum to 1.
    :param decision: The factors of the decision rule for each text, shape (n, 4); None: even ones.
    :raises ValueError: If there are no texts, or lengths differ.
    """
    rows = make_gold(gold, probabilities, stories)
    sums = _statistics(rows, probabilities, decision)
    f1 = _f1_scores(_confusion_of(_totals(sums)))[:, 0]
    measured = {name: float(value) for name, value in measure_all(sums, _overall(rows)).items()}
    intervals = {name: interval(samples) for name, samples in resample(sums, _overall(rows), seed=seed).items()}
    ece, (low, high) = measured["ece"], intervals["ece"]
    intervals["ece"] = max(0.0, 2 * ece - high), min(1.0, max(ece, 2 * ece - low))
    alike = [name for name in MEASURES if is_point(intervals[name])]
    bounds = _bounds(rows, probabilities, decision, ece) if alike else {}
    intervals |= {name: bounds[name] for name in alike}
    if "accuracy" in alike:  # probabilities that vary a little do not show how often they are right
        intervals["ece"] = bounds["ece"]
    present = {STANCES[i]: float(f1[i]) for i in np.flatnonzero(rows.present)}
    return Evaluation(n=len(rows.labels), **measured, f1=present, interval=intervals)


def _bounds(rows: Gold, probabilities: Floats, decision: Rule, ece: float) -> dict[str, Interval]:
    """Bound each measure without a bootstrap, for samples that are all the same, as where every row is right.

    Accuracy is a share. So is the base of an F1, of the rows that are of a class or predicted so: F1 = 2s / (1 + s)
    (Hand, Christen and Kirielle, F*: an Interpretable Transformation of the F-measure, 2021), which bounds it by the
    bounds of s; the mean of such bounds is wider than it need be. A class that is never predicted is never right. The
    calibration error is bounded by the distance of accuracy from the mean confidence.
    """
    predicted, certainty = _decided(probabilities, decision)
    hits = predicted == rows.labels
    shares = np.zeros((_K, 2))
    for i in range(_K):
        own = (rows.labels == i) | (predicted == i)
        if own.any() and (i in predicted or not hits.any()):
            shares[i] = _share_bounds(hits[own], rows.clusters[own])
    f1 = 2 * shares / (1 + shares)
    low, high = _share_bounds(hits, rows.clusters)
    confidence = float(certainty.mean())
    gaps = sorted((abs(confidence - low), abs(confidence - high), ece))
    macro_f1, favg = (tuple(f1[of].mean(axis=0).tolist()) for of in (rows.present, _SIDES))
    calibration = (0.0 if low <= confidence <= high else gaps[0], gaps[-1])
    return {"macro_f1": macro_f1, "accuracy": (low, high), "favg": favg, "ece": calibration}


def _share_bounds(hits: NDArray[np.bool_], clusters: NDArray[np.intp]) -> Interval:
    return agreed_interval(float(hits.mean()), len(hits), len(np.unique(clusters)))


def evaluate_by(
    gold: Labels,
    probabilities: Floats,
    groups: Sequence[str],
    *,
    stories: Stories = None,
    seed: int = 0,
    decision: Rule = None,
    most: int = MOST_GROUPS,
) -> dict[str, Evaluation]:
    """Measure predictions for each group of rows apart: each target, each outlet.

    :param groups: The group of each row.
    :param most: Measure no more groups than this, the largest ones.
    :return: Evaluations in order of the groups' names.
    """
    found = {}
    for group, rows in sorted(largest_groups(groups, most).items()):
        of_rows = [stories[i] for i in rows] if stories else None
        labels = [gold[i] for i in rows]
        rules = None if decision is None else decision[rows]
        found[group] = evaluate(labels, probabilities[rows], stories=of_rows, seed=seed, decision=rules)
    return found


def largest_groups(groups: Sequence[str], most: int = MOST_GROUPS) -> dict[str, list[int]]:
    """Return the rows of each group, of the largest groups only; by name if they are equally large."""
    rows = grouped((group, row) for row, group in enumerate(groups)).items()
    return dict(sorted(rows, key=lambda each: (-len(each[1]), each[0]))[:most])


def _decided(probabilities: Floats, decision: Rule) -> tuple[NDArray[np.intp], Floats]:
    """Return the stance of each row by a decision rule, as its place in ``STANCES``, and its probability."""
    places = (probabilities if decision is None else probabilities * decision).argmax(axis=1)
    return places, probabilities[np.arange(len(places)), places]


def _statistics(rows: Gold, probabilities: Floats, decision: Rule = None) -> Any:
    predicted, confidence = _decided(probabilities, decision)
    bins = _CELLS + np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)
    parts = [
        (rows.labels * _K + predicted, 1.0),
        (bins, 1.0),
        (bins + ECE_BINS, confidence),
        (bins + 2 * ECE_BINS, predicted == rows.labels),
    ]
    return sum_by_cluster(parts, rows.clusters, _SIZE)


def _confusion_of(sums: Floats) -> Floats:
    """Return the confusion matrices in sums: shape (gold, predicted, samples)."""
    return sums[:_CELLS].reshape(_K, _K, -1)


def _bins_of(sums: Floats) -> Floats:
    """Return rows, confidence and hits of each bin, as sums: shape (3, bins, samples)."""
    return sums[_CELLS:].reshape(3, ECE_BINS, -1)


def _hits(tables: Floats) -> Floats:
    """Return the diagonals of confusion matrices of shape (..., gold, predicted, samples)."""
    return np.asarray(np.einsum("...ggs->...gs", tables))


def _f1_scores(tables: Floats) -> Floats:
    """Return F1 per label, shape (..., 4, samples); 0 for a label that is neither gold nor predicted."""
    either = tables.sum(axis=-3) + tables.sum(axis=-2)
    return np.asarray(2 * _hits(tables) / np.where(either > 0, either, 1))


def _overall(of: Gold) -> Measure:
    """Return the measure of all rows together; macro F1 is the mean over the labels present in the gold."""

    def measure(sums: Floats) -> dict[str, Floats]:
        f1 = _f1_scores(_confusion_of(sums))
        rows, confidence, hits = _bins_of(sums)
        n = np.maximum(rows.sum(axis=0), 1)
        return {
            "macro_f1": f1[of.present].mean(axis=0),
            "accuracy": hits.sum(axis=0) / n,
            "favg": f1[_SIDES].mean(axis=0),
            "ece": np.abs(confidence - hits).sum(axis=0) / n,
        }

    return measure


def merge_unaddressed(gold: Labels, *predictions: Floats) -> tuple[list[Stance], list[Floats]]:
    """Merge neutral and not addressed into one class, named neutral, as SemEval's NONE is.

    :param predictions: Each of shape (n, 4); the two probabilities are added.
    """
    neutral, absent = _PLACE[Stance.NEUTRAL], _PLACE[Stance.NOT_ADDRESSED]
    merged = [probabilities.copy() for probabilities in predictions]
    for probabilities in merged:
        probabilities[:, neutral] += probabilities[:, absent]
        probabilities[:, absent] = 0
    return [Stance.NEUTRAL if label is Stance.NOT_ADDRESSED else label for label in gold], merged


# Two models on the same rows ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """A measure of one model minus that of another."""

    difference: float
    interval: Interval  # 95 %
    n: int  # rows
    clusters: int  # resampled units: stories, or rows where all stand under one


def paired_bootstrap(
    gold: Labels,
    a: Floats,
    b: Floats,
    stories: Stories = None,
    measure: str = "macro_f1",
    seed: int = 0,
    decisions: tuple[Rule, Rule] = (None, None),
) -> PairedDifference:
    """Measure by how much ``a`` is higher than ``b`` on the same rows.

    Both are measured on the same resamples, so rows that are hard for both cancel out (Efron and Tibshirani, An
    Introduction to the Bootstrap, 1993; Koehn, Statistical Significance Tests for Machine Translation, 2004).

    :param a: Shape (n, 4), columns in the order of ``STANCES``; likewise ``b``.
    :param measure: One of ``MEASURES``. For ``ece``, lower is better.
    :param decisions: The decision rules of both.
    :raises ValueError: If there are no rows, lengths differ, or the measure is unknown.
    """
    if measure not in MEASURES:
        raise ValueError(unknown("measure", measure, MEASURES))
    rows = make_gold(gold, a, stories)
    make_gold(gold, b, stories)
    both = sparse.vstack([_statistics(rows, *each) for each in zip((a, b), decisions, strict=True)], format="csr")

    def difference(sums: Floats) -> dict[str, Floats]:
        first, second = (_overall(rows)(part)[measure] for part in (sums[:_SIZE], sums[_SIZE:]))
        return {"difference": first - second}

    samples = resample(both, difference, seed=seed)["difference"]
    return PairedDifference(
        difference=float(measure_all(both, difference)["difference"]),
        interval=interval(samples),
        n=len(rows.labels),
        clusters=int(rows.clusters.max()) + 1,
    )


# Classes, confusion matrix, calibration -------------------------------------------------------------------------------


def describe(
    gold: Labels, probabilities: Floats, *, stories: Stories = None, seed: int = 0, decision: Rule = None
) -> Record:
    """Measure each class, the confusion matrix and calibration; parameters are those of :func:`evaluate`.

    :return: ``classes``: measures of each stance that is gold or predicted, None if undefined. ``confusion``: gold to
        predicted to count and share of the gold. ``reliability``: the bins of confidence that hold rows. Intervals are
        of 95 %; None if resamples do not differ: too few rows, or all alike.
    """
    sums = _statistics(make_gold(gold, probabilities, stories), probabilities, decision)
    points, samples = measure_all(sums, _detailed), resample(sums, _detailed, seed=seed)
    table, bins = _confusion_of(_totals(sums))[:, :, 0], _bins_of(_totals(sums))[:, :, 0]

    def figure(name: str, *at: int) -> tuple[float | None, Interval | None]:
        value = float(points[name][at])
        return (None, None) if np.isnan(value) else (value, _interval_of_share(samples[name][at]))

    classes: dict[str, Any] = {}
    confusion: dict[str, Any] = {}
    for i, stance in enumerate(STANCES):
        if table[i].any() or table[:, i].any():
            found = {name: figure(name, i) for name in ("precision", "recall", "f1")}
            own = {name: value for name, (value, _) in found.items()}
            intervals = {name: ends for name, (value, ends) in found.items() if value is not None}
            sizes = {"n": int(table[i].sum()), "predicted": int(table[:, i].sum())}
            classes[stance.value] = {**sizes, **own, "interval": intervals}
        if table[i].any():
            cells = {other.value: (int(table[i, j]), *figure("share", i, j)) for j, other in enumerate(STANCES)}
            confusion[stance.value] = {other: dict(zip(_CELL, cell, strict=True)) for other, cell in cells.items()}
    reliability = [
        {
            "start": i / ECE_BINS,
            "end": (i + 1) / ECE_BINS,
            "n": int(n),
            "confidence": float(confidence / n),
            "accuracy": float(hits / n),
            "interval": _interval_of_share(samples["bin"][i]),
        }
        for i, (n, confidence, hits) in enumerate(bins.T)
        if n
    ]
    return {"classes": classes, "confusion": confusion, "reliability": reliability}


def _detailed(sums: Floats) -> dict[str, Floats]:
    """Measure classes, cells and bins; NaN where a sample leaves them undefined."""
    table = _confusion_of(sums)
    golds, predicted = table.sum(axis=1), table.sum(axis=0)
    hits = _hits(table)
    rows, _, right = _bins_of(sums)
    return {
        "precision": _ratio(hits, predicted),
        "recall": _ratio(hits, golds),
        "f1": np.where(golds + predicted > 0, _f1_scores(table), np.nan),
        "share": _ratio(table, golds[:, None]),
        "bin": _ratio(right, rows),
    }


def _ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(whole > 0, part / whole, np.nan)


# Selective classification ---------------------------------------------------------------------------------------------


def measure_selective(
    gold: Labels, probabilities: Floats, *, stories: Stories = None, seed: int = 0, decision: Rule = None
) -> Record:
    """Measure accuracy against coverage: the most confident rows; parameters are those of :func:`evaluate`.

    The risk-coverage curve of selective classification (El-Yaniv and Wiener, On the Foundations of Noise-free Selective
    Classification, 2010; Geifman and El-Yaniv, Selective Classification for Deep Neural Networks, 2017), and the area
    under it (Geifman, Uziel and El-Yaniv, Bias-Reduced Uncertainty Estimation for Deep Neural Classifiers, 2019).

    :return: ``aurc``: the area, in [0, 1]; 0 is best. ``curve``: for rising coverage, a share of the rows, the highest
        ``threshold`` that keeps them, and their measures; macro F1 over the stances that occur among their labels.
        ``half``: the most confident half; more if rows at the threshold are equally confident.
    """
    rows = make_gold(gold, probabilities, stories)
    (predicted, _), confidence = _decided(probabilities, decision), probabilities.max(axis=1)
    places = np.ceil(np.array(COVERAGES) * len(confidence)).astype(int) - 1
    least = np.sort(confidence)[::-1][places]
    thresholds: Floats = np.unique(np.floor(least * _PLACES) / _PLACES)[::-1]
    first = np.searchsorted(-thresholds, -confidence)  # the first threshold that keeps a row; later ones do too
    cells = (first * _K + rows.labels) * _K + predicted
    sums = sum_by_cluster([(cells, 1.0)], rows.clusters, len(thresholds) * _CELLS)
    tables = _nested_tables(_totals(sums))[..., 0]
    present: NDArray[np.bool_] = tables.sum(axis=2) > 0

    def measure(values: Floats) -> dict[str, Floats]:
        return _selective_measures(_nested_tables(values), present)

    measured, samples = measure_all(sums, measure), resample(sums, measure, seed=seed)
    counts = tables.sum(axis=(1, 2))
    curve = [
        {
            "coverage": float(counts[at] / len(gold)),
            "threshold": float(threshold),
            "n": int(counts[at]),
            "accuracy": float(measured["accuracy"][at]),
            "interval": _interval_of_share(samples["accuracy"][at]),
            "macro_f1": float(measured["macro_f1"][at]),
            "macro_f1_interval": _interval_of_share(samples["macro_f1"][at]),
        }
        for at, threshold in enumerate(thresholds)
    ]
    area = risk_coverage_area(predicted != rows.labels, confidence)
    half = next(point for point, n in zip(curve, counts, strict=True) if n / len(gold) >= 0.5)
    return {"n": len(gold), "aurc": area, "curve": curve, "half": half}


def risk_coverage_area(is_wrong: NDArray[np.bool_], confidence: Floats) -> float:
    """Return the mean share of wrong rows among the k most confident, over k from 1 to all of them.

    Equally confident rows count as in the mean over all their orders, so the order of rows changes nothing.

    :param is_wrong: Shape (n,), at least one row.
    :param confidence: Shape (n,).
    """
    _, place, counts = np.unique(-confidence, return_inverse=True, return_counts=True)
    wrong = np.repeat(np.bincount(place, weights=is_wrong) / counts, counts).cumsum()
    return float((wrong / np.arange(1, len(wrong) + 1)).mean())


def _nested_tables(sums: Floats) -> Floats:
    """Return the confusion matrix of the rows each threshold keeps: shape (thresholds, gold, predicted, samples)."""
    return np.asarray(sums.reshape(-1, _K, _K, sums.shape[1]).cumsum(axis=0))


def _selective_measures(tables: Floats, present: NDArray[np.bool_]) -> dict[str, Floats]:
    """Measure each threshold's rows; NaN where a sample has none.

    :param present: Shape (thresholds, 4): the stances that macro F1 is the mean over.
    """
    n = tables.sum(axis=(1, 2))
    macro = (_f1_scores(tables) * present[:, :, None]).sum(axis=1) / present.sum(axis=1)[:, None]
    return {"accuracy": _ratio(_hits(tables).sum(axis=1), n), "macro_f1": np.where(n > 0, macro, np.nan)}


# Baselines ------------------------------------------------------------------------------------------------------------


def majority_baseline(gold: Labels) -> Floats:
    """Predict the commonest gold label for every text: shape (n, 4), rows are 0 and a single 1."""
    return _certain([max(STANCES, key=list(gold).count)] * len(gold))


def gate_baseline(gold: Labels, is_addressed: Sequence[bool]) -> Floats:
    """Predict the commonest side of the texts that name the target for them; not addressed elsewhere.

    The result of a list of names without any reading. Shape (n, 4).
    """
    named = [label for label, addressed in zip(gold, is_addressed, strict=True) if addressed]
    commonest = max((s for s in STANCES if s is not Stance.NOT_ADDRESSED), key=named.count)
    return _certain(commonest if addressed else Stance.NOT_ADDRESSED for addressed in is_addressed)


def vader_baseline(compounds: Sequence[float], is_addressed: Sequence[bool]) -> Floats:
    """Predict the side from sentiment in the texts that name the target; not addressed elsewhere.

    :param compounds: VADER's compound of each text, in [-1, 1].
    :return: Shape (n, 4).
    """
    pairs = zip(compounds, is_addressed, strict=True)
    return _certain(side_of(compound) if addressed else Stance.NOT_ADDRESSED for compound, addressed in pairs)


def _certain(labels: Iterable[Stance]) -> Floats:
    return np.asarray(np.eye(_K)[[_PLACE[label] for label in labels]])


# Records --------------------------------------------------------------------------------------------------------------


def measures_record(evaluation: Evaluation) -> dict[str, Any]:
    """Turn the measures of one group of rows into a record."""
    f1 = {str(label): value for label, value in evaluation.f1.items()}
    measured = {name: getattr(evaluation, name) for name in MEASURES}
    return dict(rounded({"n": evaluation.n, **measured, "f1": f1, "interval": dict(evaluation.interval)}))


def difference_record(difference: PairedDifference) -> dict[str, Any]:
    """Turn a paired difference into a record."""
    return dict(rounded(asdict(difference)))


def rounded(value: Any) -> Any:
    """Round the numbers of a record to four places."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value
