"""Measure predicted stances against gold labels, and the agreement of annotators, with bootstrap intervals.

Every measure is a function of sums over rows: counts of the confusion matrix and, per bin of confidence, rows,
confidence and hits. Stories are resampled whole, since comments under one story resemble each other; a resample weighs
the sums of the stories, so it needs no rows, and memory does not grow with the number of resamples.

The agreement of annotators is Krippendorff's alpha, which takes any number of them and missing ratings (Krippendorff,
Content Analysis, 4th edition, chapter 12). Comments are resampled, with formulas that take all samples at once; a test
compares them with NLTK's. If annotators agree on every comment, so do all resamples: then the share of equal labels is
bounded as the accuracy of a model that makes no error, and alpha by its value at that share if disagreements fell as by
chance.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stance.aggregation.clusters import certain
from stance.aggregation.estimation import agreed_interval, is_point
from stance.datamodels import ADJUDICATED, SIDES, STANCES, LabelledComment, Record, Stance, Unit, counted, grouped
from stance.labels import comment_to_record
from stance.labels.adjudication import by_pair, comment_key
from stance.records import aligned, with_interval
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
_OF_CLASSES = ("precision", "recall", "f1")
_SIDES = [STANCES.index(Stance.FAVOR), STANCES.index(Stance.AGAINST)]


def _places(labels: Iterable[Stance]) -> Places:
    return np.array([STANCES.index(label) for label in labels], np.intp)


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
    """Return the 95 % percentile interval of a measure of shape (resamples,), of the samples in which it is not NaN."""
    low, high = np.quantile(samples[~np.isnan(samples)], (0.025, 0.975))
    return float(low), float(high)


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
        occurring = np.intersect1d(self.labels, _SIDES)
        return occurring if len(occurring) else np.array(_SIDES, np.intp)

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
        own = (answers.labels == i) | (answers.predicted == i)
        if own.any() and (i in answers.predicted or not hits.any()):
            shares[i] = _agreed(hits[own], answers.clusters[own])
    f1 = 2 * shares / (1 + shares)
    low, high = _agreed(hits, answers.clusters)
    confidence = float(answers.confidence.mean())
    gaps = sorted((abs(confidence - low), abs(confidence - high), ece))
    macro_f1, favg = (tuple(f1[of].mean(axis=0).tolist()) for of in (answers.present, answers.sides))
    calibration = (0.0 if low <= confidence <= high else gaps[0], gaps[-1])
    return {"macro_f1": macro_f1, "accuracy": (low, high), "favg": favg, "ece": calibration}


def _agreed(hits: Hits, clusters: Places) -> Interval:
    return agreed_interval(float(hits.mean()), len(hits), len(np.unique(clusters)))


def evaluate_by(answers: Answers, groups: Sequence[str], *, seed: int = 0) -> dict[str, Record]:
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
    return {
        str(STANCES[int(str(label))]): {str(name): int(n) for name, n in row.items()}
        for label, row in counts.iterrows()
    }


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


# Classes and confusion matrix -----------------------------------------------------------------------------------------


def describe(answers: Answers) -> Record:
    """Measure each class, and count the confusion matrix.

    :return: ``classes``: measures of each stance that is gold or predicted, None if undefined. ``confusion``: gold to
        predicted to number of rows.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support  # half a second

    places, given = range(_K), (answers.labels, answers.predicted)
    counts = confusion_matrix(*given, labels=places)
    measured = precision_recall_fscore_support(*given, labels=places, zero_division=np.nan)
    columns = zip(STANCES, counts.sum(axis=1).tolist(), counts.sum(axis=0).tolist(), *measured[:3], strict=True)
    rows = zip(STANCES, counts.tolist(), strict=True)
    classes = {
        stance.value: {"n": n, "predicted": predicted}
        | {name: None if isnan(each) else float(each) for name, each in zip(_OF_CLASSES, of_class, strict=True)}
        for stance, n, predicted, *of_class in columns
        if n or predicted
    }
    tables = {stance.value: dict(zip(map(str, STANCES), row, strict=True)) for stance, row in rows}
    return {"classes": classes, "confusion": {stance: row for stance, row in tables.items() if any(row.values())}}


# Baselines ------------------------------------------------------------------------------------------------------------


def majority_baseline(gold: Sequence[Stance]) -> Floats:
    """Predict the commonest gold label for every text: shape (n, 4), rows are 0 and a single 1."""
    return certain(_places([max(STANCES, key=list(gold).count)] * len(gold)))


def gate_baseline(gold: Sequence[Stance], is_addressed: Sequence[bool]) -> Floats:
    """Predict the commonest side of the texts that name the target for them; not addressed elsewhere.

    The result of a list of names without any reading. Shape (n, 4).
    """
    named = [label for label, addressed in zip(gold, is_addressed, strict=True) if addressed]
    commonest = max((s for s in STANCES if s is not Stance.NOT_ADDRESSED), key=named.count)
    return certain(_places(commonest if addressed else Stance.NOT_ADDRESSED for addressed in is_addressed))


def vader_baseline(compounds: Sequence[float], is_addressed: Sequence[bool]) -> Floats:
    """Predict the side from sentiment in the texts that name the target; not addressed elsewhere.

    :param compounds: VADER's compound of each text, in [-1, 1].
    :return: Shape (n, 4).
    """
    pairs = zip(compounds, is_addressed, strict=True)
    return certain(_places(side_of(compound) if addressed else Stance.NOT_ADDRESSED for compound, addressed in pairs))


def rounded(value: Any) -> Any:
    """Round the numbers of a record to four places."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(each) for each in value]
    return round(value, 4) if isinstance(value, float) else value


# Agreement of annotators ----------------------------------------------------------------------------------------------
#
# Labels are gathered by comment and target, from any number of tables. Adjudicated labels are no ratings, since whoever
# gave them saw the others.

GIVEN = "given"
"""Column of a list of disagreements that holds the label of each annotator."""

_FEWEST_COMMENTS = 50  # doubly labelled comments; with fewer, resampling gives intervals that are too narrow
_FIGURES = {"percent": "equal", "alpha": "alpha"}
_TITLES = {
    "nominal": "Over the four stances",
    "ordinal": "Side alone (in the order against, neutral, favor), where the target is found addressed",
}


def measure_agreement(
    units: Sequence[Mapping[str, Hashable]],
    values: Sequence[Hashable],
    *,
    level: str = "nominal",
    clusters: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> Record:
    """Measure agreement by the share of equal ratings and Krippendorff's alpha.

    :param units: The ratings of each unit, by annotator. Units rated less than twice are left out.
    :param values: Every value, in order.
    :param level: ``nominal``: any two values differ alike; ``ordinal``: by the distance of their places.
    :param clusters: The cluster of each unit, resampled as a whole (a comment that is rated toward several targets);
        each unit alone if not given.
    :return: ``percent`` of pairs of ratings that are equal, and ``alpha``: each with ``value``, 95 % ``interval`` and,
        if it is undefined, ``reason``.
    :raises ValueError: If a rating is none of the values.
    """
    kept = [place for place, unit in enumerate(units) if len(unit) > 1]
    if not kept:
        annotators = len({annotator for unit in units for annotator in unit})
        alone = f"{counted(annotators, 'annotator')}; expected two at least"
        apart = "no two annotators labelled the same comment; expected some with the same id, document and text"
        reason = alone if annotators < 2 else apart
        return {name: {"value": None, "interval": None, "reason": reason} for name in _FIGURES}
    numbers = cluster_numbers([clusters[place] for place in kept] if clusters else kept)
    sums = _coincidences([units[place] for place in kept], values, numbers)

    def measure(sums: Floats) -> dict[str, Floats]:
        tables = np.moveaxis(sums, -1, 0).reshape(-1, len(values), len(values))
        equal = np.trace(tables, axis1=1, axis2=2) / tables.sum(axis=(1, 2))
        return {"percent": equal, "alpha": _alpha(tables, level)}

    points, samples = measure_all(sums, measure), resample(sums, measure, seed=seed)
    margins = np.asarray(sums.sum(axis=1)).reshape(len(values), -1).sum(axis=1)
    ends = {name: None if np.isnan(each).all() else interval(each) for name, each in samples.items()}
    found: Record = {name: {"value": float(points[name]), "interval": ends[name]} for name in _FIGURES}
    equal = agreed_interval(float(points["percent"]), len(kept), sums.shape[1])
    if np.count_nonzero(margins) < 2:  # one value throughout: nothing says how often others would have been equal
        found["percent"]["interval"] = None
    elif is_point(ends["percent"]):
        found["percent"]["interval"] = equal
    if isnan(points["alpha"]):
        undefined = "every rating is the same; expected two values at least"
        found["alpha"] = {"value": None, "interval": None, "reason": undefined}
    elif is_point(ends["alpha"]):
        differ = float(1 - margins @ (margins - 1) / margins.sum() / (margins.sum() - 1))  # of pairs by chance
        found["alpha"]["interval"] = tuple(max(-1.0, 1 - (1 - share) / differ) for share in equal)
    return found


def _coincidences(
    units: Sequence[Mapping[str, Hashable]], values: Sequence[Hashable], clusters: Places
) -> sparse.csr_matrix:
    """Count pairs of ratings by cluster: shape (cells of a table of values, clusters).

    :param clusters: The number of each unit's cluster.
    """
    entries: list[tuple[int, int, float]] = []
    for cluster, unit in zip(clusters.tolist(), units, strict=True):
        for one, other in permutations([values.index(rating) for rating in unit.values()], 2):
            entries.append((one * len(values) + other, cluster, 1 / (len(unit) - 1)))
    cells, columns, counts = zip(*entries, strict=True)
    return sparse.csr_matrix((counts, (cells, columns)), shape=(len(values) ** 2, int(clusters.max()) + 1), dtype=float)


def _alpha(totals: Floats, level: str) -> Floats:
    """Return alpha of each table of coincidences, shape (tables, values, values); NaN if it is undefined."""
    margins = totals.sum(axis=2)
    if level == "nominal":
        distances = 1 - np.eye(margins.shape[1])[None]
    else:  # as far apart as there are ratings between their middles
        middles = np.cumsum(margins, axis=1) - margins / 2
        distances = (middles[:, :, None] - middles[:, None, :]) ** 2
    observed = (totals * distances).sum(axis=(1, 2))
    expected = (margins[:, :, None] * margins[:, None, :] * distances).sum(axis=(1, 2)) / (margins.sum(axis=1) - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - np.where(expected > 0, observed / expected, np.nan))


# Annotators of label tables -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rated:
    """A pair of comment and target with the label of each annotator."""

    comment: LabelledComment  # one of its rows
    ratings: Mapping[str, Stance]
    contradictions: int  # annotators who gave several labels, which are left out
    decided: bool  # by an adjudicator

    @property
    def is_disputed(self) -> bool:
        """Whether annotators differ."""
        return len(set(self.ratings.values())) > 1


def gather_ratings(comments: Iterable[LabelledComment]) -> list[Rated]:
    """Gather the labels of each comment and target by annotator.

    :param comments: Rows of any number of annotators; rows that name none count as by one without a name.
    """
    pairs = []
    for rows in by_pair(comments):
        labels: dict[str, set[Stance]] = {}
        for row in rows:
            labels.setdefault(row.annotator or "", set()).add(row.label)
        decided = labels.pop(ADJUDICATED, None) is not None
        ratings = {name: next(iter(given)) for name, given in labels.items() if len(given) == 1}
        pairs.append(Rated(rows[0], ratings, len(labels) - len(ratings), decided))
    return pairs


def disagreement_records(pairs: Iterable[Rated]) -> list[Record]:
    """List the pairs on which annotators differ, as rows to be adjudicated.

    :return: Records of a label table without labels, with the label of each annotator in ``GIVEN``; pairs that were
        adjudicated before are left out.
    """
    return [
        comment_to_record(pair.comment)
        | {"label": None, "annotator": ADJUDICATED, "note": None}
        | {GIVEN: "; ".join(f"{name}: {label}" for name, label in sorted(pair.ratings.items()))}
        for pair in pairs
        if pair.is_disputed and not pair.decided
    ]


def measure_raters(pairs: Sequence[Rated], *, seed: int = 0) -> Record:
    """Measure agreement of annotators, over all targets and toward each; all pairs are of one unit."""
    targets = grouped((pair.comment.target, pair) for pair in pairs)
    doubly = [pair for pair in pairs if len(pair.ratings) > 1]
    return {
        "annotators": sorted({name for pair in pairs for name in pair.ratings}),
        "pairs": len(pairs),
        "unit": next((pair.comment.unit.value for pair in pairs), Unit.COMMENT.value),
        "doubly_labelled": {"pairs": len(doubly), "comments": len({comment_key(pair.comment) for pair in doubly})},
        "disputed": sum(pair.is_disputed for pair in pairs),
        "contradictions": sum(pair.contradictions for pair in pairs),
        "overall": _measure_pairs(pairs, seed),
        "targets": {name: _measure_pairs(targets[name], seed) for name in sorted({p.comment.target for p in doubly})},
    }


def _measure_pairs(pairs: Sequence[Rated], seed: int) -> Record:
    """Measure agreement on some pairs, over the four stances and over the sides: against < neutral < favor.

    Sides are of annotators who find the target addressed; pairs with less than two ratings are left out.
    """
    found = {}
    for level, values in (("nominal", STANCES), ("ordinal", SIDES)):
        units = [{name: label for name, label in pair.ratings.items() if label in values} for pair in pairs]
        rated = [(comment_key(pair.comment), unit) for pair, unit in zip(pairs, units, strict=True) if len(unit) > 1]
        clusters, kept = [key for key, _ in rated], [unit for _, unit in rated]
        record = measure_agreement(kept or units, values, level=level, clusters=clusters, seed=seed)
        found[level] = {"pairs": len(kept), "comments": len({*clusters})} | record
    return found


# Reports of agreement -------------------------------------------------------------------------------------------------


def report_table(report: Record) -> str:
    """Lay out a report for a terminal."""
    annotators, doubly = report["annotators"], report["doubly_labelled"]
    names = ", ".join(name or "(no name)" for name in annotators[:10])
    more = f" and {len(annotators) - 10} more" if len(annotators) > 10 else ""
    parts = [
        f"{counted(len(annotators), 'annotator')}: {names}{more}\n"
        f"{doubly['pairs']:,} of {report['pairs']:,} pairs of {report['unit']} and target labelled by two or more, "
        f"of {counted(doubly['comments'], report['unit'])}; {report['disputed']:,} disputed"
    ]
    if not doubly["pairs"]:
        parts.append(f"Agreement cannot be measured: {report['overall']['nominal']['alpha']['reason']}")
    for level, title in _TITLES.items() if doubly["pairs"] else ():
        rows = {f"toward {target}": measured for target, measured in report["targets"].items()}
        rows["toward all"] = report["overall"]
        body = [
            [name, f"{of[level]['pairs']:,}", *(_shown(of[level][figure]) for figure in _FIGURES)]
            for name, of in rows.items()
        ]
        parts.append(f"{title}\n{aligned([['', 'pairs', *_FIGURES.values()], *body])}")
    return "\n\n".join([*parts, *filter(None, ["\n".join(_remarks(report))])])


def _shown(figure: Record) -> str:
    undefined = figure["value"] is None
    return f"undefined: {figure['reason']}" if undefined else with_interval(figure["value"], figure["interval"])


def _remarks(report: Record) -> Iterator[str]:
    overall = report["overall"]["nominal"]
    if n := report["contradictions"]:
        yield f"{counted(n, 'time')} an annotator gave two labels to one pair; these ratings are left out."
    if overall["pairs"] and overall["percent"]["value"] == 1:
        yield "No label differs. If one table is a copy of another, this is no agreement."
    if 0 < overall["comments"] < _FEWEST_COMMENTS:
        yield f"With fewer than {_FEWEST_COMMENTS} comments, intervals are too narrow: label more comments twice."
