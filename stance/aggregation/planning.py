"""Plan labels: which comments teach a share, and how wide its interval will be after a number of labels.

A label corrects a share by the model's error on its comment. So comments that the model is sure do not address the
target are drawn rarely: a small part of the draw shows what the model misses. The others are drawn with a probability
in proportion to the error that their probabilities lead to expect (Neyman 1934), in strata of expected error. The
weights keep the estimates unbiased, however wrong the expectation is.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import replace
from math import ceil

import numpy as np

from stance.aggregation.estimation import (
    APART,
    FEWEST_SILENT,
    KNOWN_SILENT,
    PART_SILENT,
    SURELY_SILENT,
    assumed_silent,
    fit,
)
from stance.aggregation.intervals import FEWEST_ARTICLES, bounded_interval, critical_value
from stance.aggregation.observations import SIDES_AT, Floats, Observations
from stance.aggregation.printing import printed_form
from stance.datamodels import FEWEST_SHOWN, MARGIN, SIDES, Share


def inclusion_probabilities(sizes: Floats, n: int) -> Floats:
    """Return probabilities proportional to size.

    Units whose probability would exceed 1 are drawn for certain (Särndal, Swensson & Wretman 1992, 3.6).

    :param sizes: Positive.
    :param n: Units to draw, at most as many as there are.
    :return: Each in (0, 1]; they sum to ``n``.
    """
    certain = np.zeros(len(sizes), dtype=bool)
    while True:
        left = n - int(certain.sum())
        probabilities = np.where(certain, 1.0, sizes * left / max(sizes[~certain].sum(), np.finfo(float).tiny))
        surplus = ~certain & (probabilities >= 1)
        if not surplus.any():
            return probabilities
        certain |= surplus


ERROR_STRATA = 20
"""Number of strata of expected error. Their means are steadier than the errors of single comments."""

SHRINKAGE = 0.3
"""Weight of the mean variance in the expected variance of a stratum. Where errors are not where the model expects them,
the variance of a share is at most 1 / .3 ** .5 = 1.83 times that of a random draw."""


def errors(sides: Floats) -> Floats:
    """Return the expected squared influence of each comment's error on the shares of the sides.

    :param sides: Shape (N, 3): probabilities.
    :return: Shape (N, 3): their sum is the variance of the shares if there is one label for each comment.
    """
    addressed = sides.sum(axis=1, keepdims=True)
    if not (total := float(addressed.sum())):
        return np.zeros_like(sides)
    shares = sides.sum(axis=0) / total
    variances = sides * (1 - sides) + shares**2 * addressed * (1 - addressed) - 2 * shares * sides * (1 - addressed)
    return np.maximum(variances, 0.0) / total**2


def stratum_means(variances: Floats) -> Floats:
    """Return the root of the mean variance of each unit's stratum, shrunk to that of all; strata are of equal size."""
    order, means = np.argsort(variances, kind="stable"), np.empty(len(variances))
    for units in np.array_split(order, min(ERROR_STRATA, max(1, len(order)))):
        means[units] = variances[units].mean() if len(units) else 0.0
    return np.sqrt(SHRINKAGE * means.mean() + (1 - SHRINKAGE) * means) if len(means) else means


def draw_sizes(sides: Sequence[Floats], count: int) -> Floats:
    """Return the size of each unit in a draw that serves several targets; 0 where it addresses none of them.

    :param sides: Of each target the probabilities of units, shape (N, 3).
    :return: Shape (N,).
    """
    sizes = np.zeros(count)
    is_named = np.any([sizes > 0, *(side.sum(axis=1) >= SURELY_SILENT for side in sides)], axis=0)
    if is_named.any():
        sizes[is_named] = balanced_sizes([errors(side[is_named]).sum(axis=1) for side in sides], int(is_named.sum()))
    return sizes


def balanced_sizes(expected: Sequence[Floats], count: int) -> Floats:
    """Return the size of each unit by its expected variances toward several targets.

    Targets are weighted so that the one that gains least gains most: one target alone would take draws from the others,
    whose shares would become less sure than by a random draw.

    :param expected: Of each target the variances of units, shape (N,).
    :return: Shape (N,).
    """
    every = [column / column.mean() for column in expected if column.any()] or [np.ones(count)]
    weights = np.ones(len(every))
    for _ in range(12 if len(every) > 1 else 1):  # rounds; the sixth power moves weights fast enough for twelve
        sizes = stratum_means(weights @ np.stack(every))
        losses = [((SHRINKAGE + (1 - SHRINKAGE) * column) / sizes).mean() * sizes.mean() for column in every]
        weights *= np.array(losses) ** 6.0
        weights /= weights.sum()
    return sizes


def chances(sizes: Floats, copies: Floats | float, n: int) -> Floats:
    """Return the probability of drawing each unit.

    :param sizes: Shape (N,), as :func:`draw_sizes` returns them.
    :param copies: How often each text occurs, shape (N,).
    :param n: Units to draw, at most N.
    :return: Shape (N,); they sum to ``n``, and those of size 0 to a whole number.
    """
    silent, worth = sizes <= 0, np.where(sizes > 0, sizes, 1.0) * copies
    both, others = int(silent.sum()), int((~silent).sum())
    few = min(max(round(PART_SILENT * n), min(FEWEST_SILENT, n // 3)), round(n * both / max(1, len(sizes))))
    few = min(both, max(few, n - others, min(1, both)))
    if n < 2:
        silent, few = silent & False, 0
    probabilities = np.zeros(len(sizes))
    for part, size in ((silent, few), (~silent, n - few)):
        probabilities[part] = inclusion_probabilities(worth[part], size)
    return probabilities


def half_width(sizes: Floats, sides: Floats, n: int) -> float:
    """Return the half width expected of the widest share of comments like these after n labels; in [0, 1].

    :param sizes: Shape (N,), of the draw.
    :param sides: Shape (N, 3): probabilities toward one target.
    """
    addressed = float(sides.sum())
    shares = sides.sum(axis=0) / addressed
    return float(1.96 * np.sqrt((label_variances(sizes, sides, n) + shares * (1 - shares) / addressed).max()))


def label_variances(sizes: Floats, sides: Floats, n: int) -> Floats:
    """Return the variance expected of each share of exactly these comments after n labels, shape (3,).

    By the errors that the probabilities lead to expect, and by those that no label shows, as in ``estimation``. There,
    the first label of a silent comment that addresses the target is one of few besides assumed ones.
    """
    drawn, silent, undrawn = chances(sizes, 1.0, n), sizes <= 0, 1 - n / len(sizes)
    few, others = float(drawn[silent].sum()), drawn[~silent]
    unseen = (1 / others).sum() / max(1.0, others.sum()) + (APART * silent.sum() / (few + KNOWN_SILENT)) ** 2
    counted = np.where(silent, few / (few + assumed_silent(1)), 1.0) ** 2
    expected = (errors(sides) * (counted * (1 / drawn - 1))[:, None]).sum(axis=0)
    return expected + 0.5 * undrawn * unseen / float(sides.sum()) ** 2


FEWEST_COUNTED = round(1.25 * FEWEST_SHOWN)
"""Minimum effective number of labels that are expected to address the target, unless all comments that may address it
are drawn: by chance, fewer may be too few for a correction."""

PROMISED = 1.3
"""Factor from the half width that the model's probabilities lead to expect to the one that four of five draws reach.

Half of the draws are wider than 1.13 times the expectation: the widest of three shares is chosen, and models are too
sure of texts that they did not learn from. The spread of few labels adds the rest (``research.benchmarks.named``)."""


def fewest(width: Callable[[int], float], limit: float, numbers: range) -> int:
    """Return the first number of labels with a half width of at most a limit; the end of the numbers if none has."""
    return numbers.start + bisect_left(numbers, -limit, key=lambda n: -width(n))


def plan_share(table: Observations) -> dict[str, float]:
    """Find the fewest labels after which the shares of exactly these comments may be printed in four of five draws.

    :param table: Labels that it has do not matter.
    :return: The number ``n`` of labels, of which about ``addressing`` address the target; the largest ``half_width`` of
        a share of exactly these comments, rounded up to half a point, and of their like (``alike``; 1 where differences
        are not tested). Empty where not even labels of all comments that may address the target suffice.
    """
    sides = table.soft[:, SIDES_AT].astype(np.float64)
    addressed = sides.sum(axis=1)
    if addressed.sum() < FEWEST_SHOWN:
        return {}
    sizes = draw_sizes([sides], len(sides))
    most = min(len(sides), round((sizes > 0).sum() / (1 - PART_SILENT)) + FEWEST_SILENT)

    def promised_width(n: int) -> float:
        represented = addressed[sizes > 0] / chances(sizes, 1.0, n)[sizes > 0]
        if n < most and addressed[sizes > 0].sum() ** 2 < FEWEST_COUNTED * represented.sum():
            return 1.0
        shares = expected_shares(sides, PROMISED**2 * label_variances(sizes, sides, n), n)
        widths = [(high - low) / 2 for low, high in (share.interval or (0.0, 1.0) for share in shares)]
        return max(widths) if printed_form(shares) == "share" else 1.0

    n = fewest(promised_width, MARGIN, range(min(FEWEST_COUNTED, most), most))
    if (width := promised_width(n)) > MARGIN:
        return {}
    clusters = fit(table.unlabelled())[0].influence
    unseen = np.append(PROMISED**2 * label_variances(sizes, sides, n), (0.0, 0.0))
    alike = float(replace(clusters, unseen=unseen).half_width[: len(SIDES)].max())
    return {
        "n": n,
        "addressing": float(chances(sizes, 1.0, n) @ addressed),
        "half_width": ceil(200 * width - 1e-9) / 200,
        "alike": alike if clusters.articles >= FEWEST_ARTICLES else 1.0,
    }


def expected_shares(sides: Floats, variances: Floats, n: int) -> list[Share]:
    """Return the shares that a report is expected to give of exactly these comments.

    :param sides: Shape (N, 3): probabilities toward one target.
    :param variances: Shape (3,): of the shares, after n labels.
    """
    sums, addressed, shares = sides.sum(axis=0), round(float(sides.sum())), list[Share]()
    for side, value, variance in zip(SIDES, (sums / sums.sum()).tolist(), variances.tolist(), strict=True):
        ends = bounded_interval(value, critical_value(n - 1) * variance**0.5, (0.0, 1.0))
        effective = min(addressed, value * (1 - value) / variance) if variance else addressed
        shares.append(Share("", side, addressed, value, ends, "corrected", "corpus", effective=effective))
    return shares
