"""Measures of predicted stances against gold labels, with what chance and cheap baselines would reach beside them.

Comments under one story resemble each other, so intervals come from resampling whole stories, never single comments.
"""

from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import STANCES, Evaluation, Stance

Floats = NDArray[np.float64]

RESAMPLES = 1_000
"""Bootstrap samples: the ends of a 95 % interval then move by less than .005 between seeds."""

ECE_BINS = 10
VADER_THRESHOLD = 0.05  # compound beyond which VADER's authors call a text positive or negative

_BATCH_CELLS = 5_000_000  # resampled counts held at once: 40 MB
_MEASURES = ("macro_f1", "accuracy", "favg", "ece")
_FAVOR, _AGAINST = STANCES.index(Stance.FAVOR), STANCES.index(Stance.AGAINST)


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
    if not len(gold) or len(probabilities) != len(gold):
        raise ValueError(f"{len(gold)} labels and {len(probabilities)} predictions; expected as many, at least one")
    labels = np.array([STANCES.index(label) for label in gold])
    clusters = np.unique([str(s) for s in stories], return_inverse=True)[1] if stories else np.arange(len(labels))
    confusion = _sum_by(clusters, _confusion(labels, probabilities.argmax(axis=1)))
    bins = _sum_by(clusters, _bins(labels, probabilities))
    present = np.isin(np.arange(len(STANCES)), labels)
    measured = _measure(confusion.sum(axis=0)[None], bins.sum(axis=0)[None], present)
    return Evaluation(
        n=len(labels),
        **{name: float(measured[name][0]) for name in _MEASURES},
        f1={STANCES[i]: float(_f1(confusion.sum(axis=0)[None])[0, i]) for i in np.flatnonzero(present)},
        interval=_intervals(confusion, bins, present, seed),
    )


def evaluate_by_target(
    gold: Sequence[Stance],
    probabilities: Floats,
    targets: Sequence[str],
    *,
    stories: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> dict[str, Evaluation]:
    """Measure predictions for each target apart, in order of the targets' names."""
    found = {}
    for target in sorted(set(targets)):
        rows = [i for i, t in enumerate(targets) if t == target]
        of_rows = [stories[i] for i in rows] if stories else None
        found[target] = evaluate([gold[i] for i in rows], probabilities[rows], stories=of_rows, seed=seed)
    return found


def majority_baseline(gold: Sequence[Stance]) -> Floats:
    """Predict the commonest gold label for every text.

    :return: Shape (n, 4), rows are 0 and a single 1.
    """
    commonest = max(STANCES, key=list(gold).count)
    return _certain([commonest] * len(gold))


def vader_baseline(compounds: Sequence[float], is_addressed: Sequence[bool]) -> Floats:
    """Predict stance from how a text sounds, where it names the target; not addressed elsewhere.

    :param compounds: VADER's compound of each text, in [-1, 1].
    :return: Shape (n, 4), rows are 0 and a single 1.
    """
    return _certain(
        [
            _side(compound) if addressed else Stance.NOT_ADDRESSED
            for compound, addressed in zip(compounds, is_addressed, strict=True)
        ]
    )


def _side(compound: float) -> Stance:
    if abs(compound) < VADER_THRESHOLD:
        return Stance.NEUTRAL
    return Stance.FAVOR if compound > 0 else Stance.AGAINST


def _certain(labels: Sequence[Stance]) -> Floats:
    certain: Floats = np.eye(len(STANCES))[[STANCES.index(label) for label in labels]]
    return certain


def _confusion(labels: NDArray[np.intp], predicted: NDArray[np.intp]) -> Floats:
    """One cell per text: shape (n, 16), gold by predicted."""
    cells: Floats = np.eye(len(STANCES) ** 2)[labels * len(STANCES) + predicted]
    return cells


def _bins(labels: NDArray[np.intp], probabilities: Floats) -> Floats:
    """What each text adds to the bins of confidence: shape (n, 20), confidence minus correctness, then count."""
    confidence = probabilities.max(axis=1)
    surplus = confidence - (probabilities.argmax(axis=1) == labels)
    bins = np.eye(ECE_BINS)[np.minimum((confidence * ECE_BINS).astype(int), ECE_BINS - 1)]
    return np.hstack([bins * surplus[:, None], bins])


def _sum_by(clusters: NDArray[np.intp], values: Floats) -> Floats:
    summed = np.zeros((clusters.max() + 1, values.shape[1]))
    np.add.at(summed, clusters, values)
    return summed


def _f1(confusion: Floats) -> Floats:
    """F1 per label; 0 where a label is neither gold nor predicted.

    :param confusion: Shape (samples, 16).
    :return: Shape (samples, 4).
    """
    table = confusion.reshape(-1, len(STANCES), len(STANCES))
    hits = np.diagonal(table, axis1=1, axis2=2)
    either = table.sum(axis=1) + table.sum(axis=2)
    scores: Floats = 2 * hits / np.where(either > 0, either, 1)
    return scores


def _measure(confusion: Floats, bins: Floats, present: NDArray[np.bool_]) -> dict[str, Floats]:
    f1 = _f1(confusion)
    n = np.maximum(confusion.sum(axis=1), 1)
    hits = confusion[:, :: len(STANCES) + 1].sum(axis=1)
    return {
        "macro_f1": f1[:, present].mean(axis=1),
        "accuracy": hits / n,
        "favg": f1[:, [_FAVOR, _AGAINST]].mean(axis=1),
        "ece": np.abs(bins[:, :ECE_BINS]).sum(axis=1) / n,
    }


def _intervals(
    confusion: Floats, bins: Floats, present: NDArray[np.bool_], seed: int
) -> dict[str, tuple[float, float]]:
    """95 % percentile intervals over resampled clusters."""
    n = len(confusion)
    generator = np.random.default_rng(seed)
    batch = max(1, _BATCH_CELLS // n)
    parts = []
    for first in range(0, RESAMPLES, batch):
        size = min(batch, RESAMPLES - first)
        draws = generator.multinomial(n, np.full(n, 1 / n), size=size).astype(float)
        parts.append(_measure(draws @ confusion, draws @ bins, present))
    found = {}
    for name in _MEASURES:
        low, high = np.quantile(np.concatenate([part[name] for part in parts]), (0.025, 0.975))
        found[name] = (float(low), float(high))
    return found


def evaluation_to_record(
    evaluation: Evaluation,
    *,
    targets: Mapping[str, Evaluation] | None = None,
    baselines: Mapping[str, Evaluation] | None = None,
    model: str | None = None,
) -> dict[str, Any]:
    """Turn measures into the JSON object that ``stance evaluate --json`` prints."""
    record = _measures_record(evaluation)
    record["targets"] = {target: _measures_record(measured) for target, measured in (targets or {}).items()}
    record["baselines"] = {name: _measures_record(measured) for name, measured in (baselines or {}).items()}
    return record | {"model": model}


def _measures_record(evaluation: Evaluation) -> dict[str, Any]:
    return {
        "n": evaluation.n,
        **{name: round(getattr(evaluation, name), 4) for name in _MEASURES},
        "f1": {str(label): round(value, 4) for label, value in evaluation.f1.items()},
        "interval": {name: [round(end, 4) for end in ends] for name, ends in evaluation.interval.items()},
    }
