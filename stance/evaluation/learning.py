"""What more labels would bring: a model trained on ever more of the labels at hand, measured on stories it never saw.

The curve is of one's own labels, so it answers the question that matters when labelling: is it worth to go on?
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import Stance
from stance.evaluation.bootstrap import Floats
from stance.evaluation.measures import MEASURES, make_gold, overall, statistics
from stance.exceptions import LabelError

Rows = NDArray[np.intp]
Learn = Callable[[Rows, Rows, int], Floats]
"""Fits a model on the first rows under a seed, and gives its probabilities for the second: shape (n, 4)."""

SEEDS = 5
TEST_SHARE = 0.3
"""Of the rows, in whole stories: enough to measure by, while most labels are left to learn from."""

STEP = 100
"""Labels that the question is about: do the next hundred pay?"""

WORTH = 0.005
"""Macro F1 that the next ``STEP`` labels must bring to pay: half a point, which no test of usual size could tell."""

_FEWEST_FITTED = 4  # points that a power law of three numbers is fitted to
_DECAYS = np.linspace(0.05, 2.0, 79)  # exponents tried; learning curves of text lie between .1 and 1
_FIRST = 100  # labels at the first point where none are given
_FARTHEST = 4  # the power law is not followed beyond so many times the labels that were measured


@dataclass(frozen=True, slots=True)
class Run:
    """One model to be trained: which rows teach it, and which it is measured on."""

    seed: int
    labels: int
    train: Rows
    test: Rows


@dataclass(frozen=True, slots=True)
class Result:
    """What one run measured."""

    seed: int
    labels: int
    measures: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Models trained on so many labels: the mean of a measure over seeds, and its standard deviation."""

    labels: int
    seeds: int
    mean: Mapping[str, float]
    spread: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Payoff:
    """At how many labels the next ``STEP`` stop paying."""

    labels: int | None  # None: not within what was looked at
    method: str  # power_law, differences, none
    bar: float  # gain of macro F1 that pays
    noise: float | None  # standard error of a difference between two points
    reason: str  # in words


def plan_runs(
    stories: Sequence[Hashable],
    may_train: Sequence[bool],
    *,
    points: Sequence[int] = (),
    seeds: int = SEEDS,
    seed: int = 0,
) -> list[Run]:
    """Draw, for each seed, whole stories to measure on, and nested subsets of the other rows to train on.

    :param stories: What each row stands under; no story is on both sides.
    :param may_train: Whether a row may be trained on; audit rows never are.
    :param points: How many labels to train on; ever twice as many where none are given.
    :param seeds: How many splits are drawn.
    :return: The smallest subsets first, so that a run that is broken off has seen whole points.
    :raises ValueError: If there are too few stories or rows to train on.
    """
    drawn = [_split(stories, may_train, seed + each) for each in range(seeds)]
    most = min(len(pool) for pool, _ in drawn)
    wanted = sorted({point for point in points if point <= most}) if points else _doubling(most)
    if not wanted:
        least = min(points, default=_FIRST)
        raise ValueError(f"{most} labels to train on once some stories are held out; expected at least {least}")
    return [Run(seed + each, size, pool[:size], test) for size in wanted for each, (pool, test) in enumerate(drawn)]


def _split(stories: Sequence[Hashable], may_train: Sequence[bool], seed: int) -> tuple[Rows, Rows]:
    """Shuffle stories; the first ones are measured on, and the rows of the others stand in order of their stories."""
    clusters = np.unique([str(story) for story in stories], return_inverse=True)[1]
    place = np.random.default_rng(seed).permutation(clusters.max(initial=-1) + 1)[clusters]
    order = np.argsort(place, kind="stable")
    held_out = place[order] <= place[order[: int(TEST_SHARE * len(order)) + 1]].max(initial=-1)
    pool = order[~held_out]
    return pool[np.asarray(may_train, bool)[pool]], order[held_out]


def _doubling(most: int) -> list[int]:
    """Give 100, 200, 400, ... and last all there are, unless the one before is close to it."""
    sizes = [_FIRST * 2**step for step in range(max(0, most // _FIRST).bit_length()) if _FIRST * 2**step <= most]
    return sizes if not sizes or most < 1.25 * sizes[-1] else [*sizes, most]


def run_all(runs: Iterable[Run], gold: Sequence[Stance], learn: Learn) -> tuple[list[Result], dict[int, str]]:
    """Train and measure each run.

    :return: What was measured; and number of labels -> why, where no model could be made of so many.
    """
    found, failures = [], {}
    for run in runs:
        try:
            probabilities = learn(run.train, run.test, run.seed)
        except LabelError as error:  # too few of them name their target, or all take one side
            failures[run.labels] = str(error)
            continue
        rows = make_gold([gold[row] for row in run.test.tolist()], probabilities, None)
        sums = np.asarray(statistics(rows, probabilities).sum(axis=1)).reshape(-1, 1)
        measured = overall(sums, rows.present)
        found.append(Result(run.seed, run.labels, {name: float(measured[name][0]) for name in MEASURES}))
    return found, failures


def curve_points(results: Sequence[Result]) -> list[CurvePoint]:
    """Take the mean over seeds at each number of labels."""
    points = []
    for labels in sorted({result.labels for result in results}):
        of_point = [result.measures for result in results if result.labels == labels]
        values = {name: np.array([measures[name] for measures in of_point]) for name in MEASURES}
        points.append(
            CurvePoint(
                labels,
                len(of_point),
                {name: float(each.mean()) for name, each in values.items()},
                {name: float(each.std(ddof=1)) if len(each) > 1 else 0.0 for name, each in values.items()},
            )
        )
    return points


def payoff(results: Sequence[Result]) -> Payoff:
    """Find the number of labels at which the next ``STEP`` stop paying.

    They pay while they are expected to bring more macro F1 than ``WORTH``, and more than the noise of a difference
    between two points: a gain below its own noise has not been seen. What they bring is read from an inverse power law,
    the usual form of learning curves (Figueroa et al., Predicting Sample Size Required for Classification Performance,
    2012), or from the differences between points where there are too few to fit one.
    """
    points = curve_points(results)
    labels = np.array([point.labels for point in points], float)
    means = np.array([point.mean["macro_f1"] for point in points])
    noise = _noise(results)
    bar = max(WORTH, noise or 0.0)
    if len(points) < 2:
        return Payoff(None, "none", bar, noise, "one number of labels only; expected two at least")
    by_points = _payoff_by_differences if len(points) < _FEWEST_FITTED else _payoff_by_power_law
    found = by_points(labels, means, bar, noise)
    if bar > WORTH:
        return replace(found, reason=f"{found.reason}; smaller gains drown in the noise: more splits would show them")
    return found


def _noise(results: Sequence[Result]) -> float | None:
    """Give the standard error of the difference between two points, each a mean over seeds.

    The seed's part is taken out first: one split is harder than another at every number of labels.
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


def _payoff_by_power_law(labels: Floats, means: Floats, bar: float, noise: float | None) -> Payoff:
    _, b, c = fit_power_law(labels, means)
    looked_at = np.arange(labels[0], labels[-1] * _FARTHEST + 1, 10)
    gains = b * (looked_at**-c - (looked_at + STEP) ** -c)
    below = looked_at[gains < bar]
    if not len(below):
        return Payoff(None, "power_law", bar, noise, f"the next {STEP} still pay at {looked_at[-1]:,.0f} labels")
    stop = int(below[0])
    where = "beyond what was measured, so a forecast" if stop > labels[-1] else "within what was measured"
    return Payoff(stop, "power_law", bar, noise, f"a power law through {len(labels)} points; {where}")


def _payoff_by_differences(labels: Floats, means: Floats, bar: float, noise: float | None) -> Payoff:
    gains = np.diff(means) / np.diff(labels) * STEP
    paying = np.flatnonzero(gains >= bar)
    stop = 0 if not len(paying) else int(paying[-1]) + 1
    reason = f"{len(labels)} points are too few for a power law; gains between them, per {STEP} labels"
    if stop == len(gains):
        return Payoff(None, "differences", bar, noise, f"{reason}; the next {STEP} still pay at {labels[-1]:,.0f}")
    return Payoff(int(labels[stop]), "differences", bar, noise, reason)
