"""How far annotators agree beyond chance, with intervals: what a label is worth before a model is measured by it.

Krippendorff's alpha serves any number of annotators and ratings that are missing (Krippendorff, Content Analysis, 4th
edition, chapter 12). Comments are resampled for the interval, so that it says what other comments would have given.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

LEVELS = ("nominal", "ordinal", "interval", "ratio")
"""What a difference between two values means; the last two take values as numbers."""

RESAMPLES = 1_000

_BATCH = 100  # resamples at once, so that memory does not grow with them


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far annotators agree."""

    units: int  # rated at least twice
    percent: float  # of pairs of ratings of one unit that are equal, in [0, 1]
    alpha: float | None  # at most 1; 0 is chance; None: there is nothing to disagree about
    interval: tuple[float, float] | None  # 95 %, of alpha
    reason: str | None = None  # why alpha is undefined


def measure_agreement(
    units: Sequence[Sequence[Hashable | None]],
    values: Sequence[Hashable] | None = None,
    *,
    level: str = "nominal",
    seed: int = 0,
) -> Agreement:
    """Measure agreement by Krippendorff's alpha.

    :param units: The ratings of each unit; None is a missing one. Units rated less than twice say nothing.
    :param values: Every value, in order (for ordinal); those that occur, sorted, where not given.
    :param level: One of :data:`LEVELS`.
    :raises ValueError: If the level is unknown, a rating is none of the values, or no unit is rated twice.
    """
    if level not in LEVELS:
        raise ValueError(f"level {level!r}; expected one of {', '.join(LEVELS)}")
    rated = [[rating for rating in unit if rating is not None] for unit in units]
    rated = [unit for unit in rated if len(unit) > 1]
    if not rated:
        raise ValueError(f"{len(units)} units, none rated twice; expected some that are")
    scale = list(values) if values is not None else sorted({rating for unit in rated for rating in unit}, key=repr)
    coincidences = np.stack([_coincidences(unit, scale) for unit in rated])
    total = coincidences.sum(axis=0)
    percent = float(np.trace(total) / total.sum())
    if np.count_nonzero(total.sum(axis=0)) < 2:
        return Agreement(len(rated), percent, None, None, "every rating is the same; expected two values at least")
    alpha = float(_alpha(total[None], scale, level)[0])
    return Agreement(len(rated), percent, alpha, _interval(coincidences, scale, level, seed))


def _coincidences(unit: Sequence[Hashable], scale: Sequence[Hashable]) -> Floats:
    """Count the ordered pairs of ratings of one unit; they sum to the number of its ratings."""
    try:
        places = [scale.index(rating) for rating in unit]
    except ValueError:
        unknown = next(rating for rating in unit if rating not in scale)
        raise ValueError(f"rating {unknown!r}; expected one of {', '.join(map(str, scale))}") from None
    counts = np.bincount(places, minlength=len(scale)).astype(float)
    pairs: Floats = (np.outer(counts, counts) - np.diag(counts)) / (len(unit) - 1)
    return pairs


def _alpha(totals: Floats, scale: Sequence[Hashable], level: str) -> Floats:
    """Give alpha of each table of coincidences, shape (tables, values, values); NaN where it is undefined."""
    margins = totals.sum(axis=2)
    ratings = margins.sum(axis=1)
    distances = _squared_distances(margins, scale, level)
    observed = (totals * distances).sum(axis=(1, 2))
    expected = (margins[:, :, None] * margins[:, None, :] * distances).sum(axis=(1, 2)) / (ratings - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        alpha: Floats = 1 - np.where(expected > 0, observed / expected, np.nan)
    return alpha


def _squared_distances(margins: Floats, scale: Sequence[Hashable], level: str) -> Floats:
    """Give how far apart two values are, shape (tables, values, values)."""
    size = len(scale)
    if level == "nominal":
        return np.broadcast_to(1 - np.eye(size), (len(margins), size, size))
    if level == "ordinal":
        # Two values are as far apart as there are ratings between their middles.
        middles = np.cumsum(margins, axis=1) - margins / 2
        ordinal: Floats = (middles[:, :, None] - middles[:, None, :]) ** 2
        return ordinal
    numbers = np.array([float(str(value)) for value in scale])
    difference, total = numbers[:, None] - numbers, numbers[:, None] + numbers
    if level == "ratio":
        difference = np.divide(difference, total, out=np.zeros((size, size)), where=total != 0)
    return np.broadcast_to(difference**2, (len(margins), size, size))


def _interval(coincidences: Floats, scale: Sequence[Hashable], level: str, seed: int) -> tuple[float, float]:
    """Resample units; samples in which all ratings are the same are left out."""
    draws = np.random.default_rng(seed)
    units, size = len(coincidences), len(scale)
    flat = coincidences.reshape(units, -1)
    found = []
    for _ in range(RESAMPLES // _BATCH):
        times = draws.multinomial(units, np.full(units, 1 / units), size=_BATCH)
        found.append(_alpha((times @ flat).reshape(_BATCH, size, size), scale, level))
    low, high = np.nanquantile(np.concatenate(found), [0.025, 0.975])
    return float(low), float(high)
