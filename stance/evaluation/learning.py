"""Compute learning curves: models trained on increasing parts of the labels, measured on held-out stories.

The curve is for the user's own labels and shows whether further labels would help.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import Stance
from stance.evaluation import Example
from stance.evaluation.measures import MEASURES, Floats, Record, merge_unaddressed, point_measures, rounded
from stance.exceptions import LabelError
from stance.scoring.encoder import TextEncoder
from stance.scoring.instances import Instance
from stance.scoring.model import StanceModel

Rows = NDArray[np.intp]
Learn = Callable[[Rows, Rows, int], Floats]
"""Fits a model on the first rows under a seed, and returns its probabilities for the second: shape (n, 4)."""

SEEDS = 5
TEST_SHARE = 0.3
"""Share of the rows that are measured on, in whole stories; the others are trained on."""

STEP = 100
WORTHWHILE = 0.005
"""Macro F1 that the next ``STEP`` labels must add: half a point, below what a test set of usual size can show."""

_FEWEST_FITTED = 4  # points that a power law of three numbers is fitted to
_DECAYS = np.linspace(0.05, 2.0, 79)  # exponents tried; learning curves of text lie between .1 and 1
_FIRST = 100  # labels at the first point if none are given
_FARTHEST = 4  # the power law is not followed beyond so many times the labels that were measured


@dataclass(frozen=True, slots=True)
class Run:
    """One model to be trained: its training and its test rows."""

    seed: int
    labels: int
    train: Rows
    test: Rows


@dataclass(frozen=True, slots=True)
class Result:
    """Measures of one run."""

    seed: int
    labels: int
    measures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Curve:
    """Options of a learning curve.

    :param fit: Trains a model on examples under a seed.
    :param points: Numbers of labels; doubling if none are given.
    :param seeds: How many splits.
    :param watch: Shows progress.
    """

    fit: Callable[[Sequence[Example], int], StanceModel]
    points: tuple[int, ...] = ()
    seeds: int = SEEDS
    watch: Callable[[Iterable[Run]], Iterable[Run]] = field(default=lambda runs: runs)


def learning_curve(examples: Sequence[Example], curve: Curve, runs: Sequence[Run], *, merge: bool = False) -> Record:
    """Train on ever more of the examples and measure on stories left out.

    :return: Points with mean and spread over seeds, and at how many labels the next hundred stop paying.
    :raises LabelError: If no model could be made.
    """

    def learn(train: Rows, test: Rows, seed: int) -> Floats:
        model = curve.fit([examples[row] for row in train.tolist()], seed)
        probabilities = model.predict_proba([examples[row].instance for row in test.tolist()])
        return merge_unaddressed([], probabilities)[1][0] if merge else probabilities

    gold = [example.label for example in examples]
    results, failures = run_all(curve.watch(runs), merge_unaddressed(gold)[0] if merge else gold, learn)
    sizes = {run.labels for run in runs}
    missed = [point for point in curve.points if point not in sizes]
    failures |= dict.fromkeys(missed, "not so many labels once some stories are held out")
    if not results:
        raise LabelError(f"learning curve: no model at any point; the last: {next(reversed(failures.values()))}")
    return learning_record(results, failures)


def plan_runs(
    stories: Sequence[Hashable],
    may_train: Sequence[bool],
    *,
    points: Sequence[int] = (),
    seeds: int = SEEDS,
    seed: int = 0,
) -> list[Run]:
    """Draw, for each seed, whole stories to measure on, and nested subsets of the other rows to train on.

    :param stories: The story of each row; no story is on both sides.
    :param may_train: Whether a row may be trained on.
    :param points: How many labels to train on; doubling if none are given.
    :param seeds: How many splits are drawn.
    :return: The smallest subsets first, so that an interrupted run has measured whole points.
    :raises LabelError: If there are too few stories or rows to train on.
    """
    drawn = [_split(stories, may_train, seed + each) for each in range(seeds)]
    most = min(len(pool) for pool, _ in drawn)
    sizes = sorted({point for point in points if point <= most}) if points else _doubling(most)
    if not sizes:
        least = min(points, default=_FIRST)
        held_out = f"{most} labels to train on once some stories are held out"
        raise LabelError(f"learning curve: {held_out}; expected at least {least}")
    return [Run(seed + each, size, pool[:size], test) for size in sizes for each, (pool, test) in enumerate(drawn)]


def _split(stories: Sequence[Hashable], may_train: Sequence[bool], seed: int) -> tuple[Rows, Rows]:
    """Shuffle stories; the rows of the first are measured on, those of the others stand in order of their stories."""
    clusters = np.unique([str(story) for story in stories], return_inverse=True)[1]
    place = np.random.default_rng(seed).permutation(clusters.max(initial=-1) + 1)[clusters]
    order = np.argsort(place, kind="stable")
    held_out = place[order] <= place[order[: int(TEST_SHARE * len(order)) + 1]].max(initial=-1)
    pool = order[~held_out]
    return pool[np.asarray(may_train, bool)[pool]], order[held_out]


def _doubling(most: int) -> list[int]:
    """Return 100, 200, 400, ... and last all there are, unless the one before is close to it."""
    sizes = [_FIRST * 2**step for step in range(max(0, most // _FIRST).bit_length()) if _FIRST * 2**step <= most]
    return sizes if not sizes or most < 1.25 * sizes[-1] else [*sizes, most]


def run_all(runs: Iterable[Run], gold: Sequence[Stance], learn: Learn) -> tuple[list[Result], dict[int, str]]:
    """Train and measure each run.

    :return: The results; and number of labels -> why no model could be made of so many.
    """
    found, failures = [], {}
    for run in runs:
        try:
            probabilities = learn(run.train, run.test, run.seed)
        except LabelError as error:  # too few of them name their target, or all take one side
            failures[run.labels] = str(error)
            continue
        measured = point_measures([gold[row] for row in run.test.tolist()], probabilities)
        found.append(Result(run.seed, run.labels, measured))
    return found, failures


def curve_points(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Return mean and standard deviation (``spread``) over seeds of the measures at each number of labels."""
    points = []
    for labels in sorted({result.labels for result in results}):
        table = np.array([[each.measures[name] for name in MEASURES] for each in results if each.labels == labels])
        spreads = table.std(axis=0, ddof=1) if len(table) > 1 else np.zeros(len(MEASURES))
        means, spreads = (dict(zip(MEASURES, row.tolist(), strict=True)) for row in (table.mean(axis=0), spreads))
        points.append({"labels": labels, "seeds": len(table), "mean": means, "spread": spreads})
    return points


def payoff(results: Sequence[Result]) -> dict[str, Any]:
    """Find the number of labels at which the next ``STEP`` stop paying.

    They pay while they are expected to add more macro F1 than ``WORTHWHILE``, and more than the noise of a difference
    between two points. The gain is read from an inverse power law, the usual form of learning curves (Figueroa et al.,
    Predicting Sample Size Required for Classification Performance, 2012), or from the differences between points if
    there are too few to fit one.

    :return: ``labels``: None if not in the range that was looked at; ``method``; ``bar``: gain of macro F1 that pays;
        ``noise``: standard error of a difference between two points; ``reason``.
    """
    points = curve_points(results)
    labels = np.array([point["labels"] for point in points], float)
    means = np.array([point["mean"]["macro_f1"] for point in points])
    noise = _noise(results)
    bar = max(WORTHWHILE, noise or 0.0)
    if len(points) < 2:
        method, stop, reason = "none", None, "one number of labels only; expected two at least"
    elif len(points) < _FEWEST_FITTED:
        method, (stop, reason) = "differences", _stop_of_differences(labels, means, bar)
    else:
        method, (stop, reason) = "power_law", _stop_of_power_law(labels, means, bar)
    if bar > WORTHWHILE and len(points) > 1:
        reason += "; smaller gains drown in the noise: more splits would show them"
    return {"labels": stop, "method": method, "bar": bar, "noise": noise, "reason": reason}


def _noise(results: Sequence[Result]) -> float | None:
    """Estimate the standard error of the difference between two points, each a mean over seeds.

    The seed's part is removed first: one split is harder than another at every number of labels.
    """
    seeds, sizes = sorted({r.seed for r in results}), sorted({r.labels for r in results})
    values = {(r.seed, r.labels): r.measures["macro_f1"] for r in results}
    whole = [seed for seed in seeds if all((seed, size) in values for size in sizes)]
    if len(whole) < 2 or len(sizes) < 2:
        return None
    table = np.array([[values[seed, size] for size in sizes] for seed in whole])
    left = table - table.mean(axis=1, keepdims=True) - table.mean(axis=0) + table.mean()
    variance = (left**2).sum() / ((len(whole) - 1) * (len(sizes) - 1))
    return float(np.sqrt(2 * variance / len(whole)))


def fit_power_law(labels: Floats, means: Floats) -> tuple[float, float, float]:
    """Fit ``a - b * labels ** -c`` by least squares, with ``b`` not below zero.

    :return: ``a``, ``b``, ``c``. The exponents of a grid are tried, so the same points always give the same fit.
    """
    best, found = np.inf, (float(means.mean()), 0.0, 1.0)
    for c in _DECAYS.tolist():
        shrinking = labels**-c
        slope = np.cov(shrinking, means, bias=True)[0, 1] / shrinking.var()
        b = max(0.0, -float(slope))
        a = float(means.mean() + b * shrinking.mean())
        error = float(((means - (a - b * shrinking)) ** 2).sum())
        if error < best:
            best, found = error, (a, b, c)
    return found


def _stop_of_power_law(labels: Floats, means: Floats, bar: float) -> tuple[int | None, str]:
    _, b, c = fit_power_law(labels, means)
    looked_at = np.arange(labels[0], labels[-1] * _FARTHEST + 1, 10)
    gains = b * (looked_at**-c - (looked_at + STEP) ** -c)
    below = looked_at[gains < bar]
    if not len(below):
        return None, f"the next {STEP} still pay at {looked_at[-1]:,.0f} labels"
    where = "beyond what was measured, so a forecast" if below[0] > labels[-1] else "within what was measured"
    return int(below[0]), f"a power law through {len(labels)} points; {where}"


def _stop_of_differences(labels: Floats, means: Floats, bar: float) -> tuple[int | None, str]:
    gains = np.diff(means) / np.diff(labels) * STEP
    paying = np.flatnonzero(gains >= bar)
    stop = int(paying[-1]) + 1 if len(paying) else 0
    reason = f"{len(labels)} points are too few for a power law; gains between them, per {STEP} labels"
    if stop == len(gains):
        return None, f"{reason}; the next {STEP} still pay at {labels[-1]:,.0f}"
    return int(labels[stop]), reason


def learning_record(results: Sequence[Result], failures: Mapping[int, str]) -> dict[str, Any]:
    """Turn the runs of a learning curve into a record.

    :param failures: Number of labels -> why no model could be made of so many.
    """
    return {
        "step": STEP,
        "seeds": len({result.seed for result in results}),
        "points": rounded(curve_points(results)),
        "pays_until": rounded(payoff(results)),
        "failed": {str(labels): reason for labels, reason in failures.items()},
    }


def with_cache(model: StanceModel) -> StanceModel:
    """Return a model that encodes each pair once, however many models are trained on it."""
    if model.encoder is None:
        return model
    encoder = CachingEncoder(model.encoder)
    if model.reading is not None:
        reader = replace(model.reading.reader, encoder=encoder)
        return replace(model, reading=replace(model.reading, reader=reader))
    features = copy(model.features)
    if features.meanings is not None:
        features.meanings = copy(features.meanings)
        features.meanings.encoder = encoder
    return replace(model, features=features)


class CachingEncoder(TextEncoder):
    """Encodes each pair once, however many models are trained on it."""

    def __init__(self, encoder: TextEncoder) -> None:
        super().__init__(encoder.folder)
        self.files = encoder.files
        self._encoder = encoder
        self._known: dict[tuple[str, str], NDArray[np.float32]] = {}

    def encode(self, instances: Sequence[Instance]) -> NDArray[np.float32]:
        """Return the rows of instances, from the cache if they were encoded before."""
        keys = [(instance.text, instance.target) for instance in instances]
        new = {key: each for key, each in zip(keys, instances, strict=True) if key not in self._known}
        self._known.update(zip(new, self._encoder.encode(list(new.values())), strict=True))
        return np.array([self._known[key] for key in keys], np.float32).reshape(len(keys), -1)

    def topics(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return the topics of texts, as the encoder has them."""
        return self._encoder.topics(texts)
