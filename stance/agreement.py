"""How far annotators agree beyond chance, with intervals: what a label is worth before a model is measured by it.

Krippendorff's alpha serves any number of annotators and ratings that are missing (Krippendorff, Content Analysis, 4th
edition, chapter 12). Cohen's kappa is of two annotators; of more, the mean over their pairs stands for all. Comments
are resampled for the intervals, so that they say what other comments would have given. Where annotators agree on every
one, so do all resamples: then the share of equal labels is bounded as the accuracy of a model that makes no error, and
the other figures by what they would be at that share if disagreements fell as by chance.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.intervals import agreed_interval, is_point

Floats = NDArray[np.float64]

LEVELS = ("nominal", "ordinal", "interval", "ratio")
"""What a difference between two values means; the last two take values as numbers."""

RESAMPLES = 1_000

_BATCH_CELLS = 5_000_000  # counts of resampled comments held at once: 40 MB


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far annotators agree."""

    units: int  # rated at least twice
    percent: float  # of pairs of ratings of one unit that are equal, in [0, 1]
    alpha: float | None  # at most 1; 0 is chance; None: there is nothing to disagree about
    interval: tuple[float, float] | None  # 95 %, of alpha
    reason: str | None = None  # why alpha is undefined
    percent_interval: tuple[float, float] | None = None  # 95 %


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with what is known of its error."""

    value: float | None  # None: undefined
    interval: tuple[float, float] | None = None  # 95 %
    reason: str | None = None  # why it is undefined


@dataclass(frozen=True, slots=True)
class Pairwise:
    """How far two annotators agree: the mean over all pairs of annotators who rated something in common."""

    annotators: int
    pairs: int  # of annotators
    kappa: Estimate  # Cohen's, at most 1; 0 is chance
    macro_f1: Estimate  # in [0, 1]; each annotator in turn is the gold of the other


def measure_agreement(
    units: Sequence[Sequence[Hashable | None]],
    values: Sequence[Hashable] | None = None,
    *,
    level: str = "nominal",
    clusters: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> Agreement:
    """Measure agreement by Krippendorff's alpha (Content Analysis, 4th edition, chapter 12).

    :param units: The ratings of each unit; None is a missing one. Units rated less than twice say nothing.
    :param values: Every value, in order (for ordinal); those that occur, sorted, where not given.
    :param level: One of :data:`LEVELS`.
    :param clusters: What each unit belongs to, resampled as a whole (a comment that is rated toward several targets);
        each unit alone where not given.
    :raises ValueError: If the level is unknown, a rating is none of the values, or no unit is rated twice.
    """
    if level not in LEVELS:
        raise ValueError(f"level {level!r}; expected one of {', '.join(LEVELS)}")
    rated = [[rating for rating in unit if rating is not None] for unit in units]
    kept = [place for place, unit in enumerate(rated) if len(unit) > 1]
    if not kept:
        raise ValueError(f"{len(units)} units, none rated twice; expected some that are")
    rated = [rated[place] for place in kept]
    scale = list(values) if values is not None else sorted({rating for unit in rated for rating in unit}, key=repr)
    tables = np.stack([_coincidences(unit, scale) for unit in rated])
    tables = _sum_by(_numbered([clusters[place] for place in kept] if clusters else range(len(rated))), tables)
    total = tables.sum(axis=0, keepdims=True)
    percent = float(_percent(total)[0])
    if np.count_nonzero(total.sum(axis=(0, 1))) < 2:
        return Agreement(len(rated), percent, None, None, "every rating is the same; expected two values at least")
    alpha = float(_alpha(total, scale, level)[0])
    flat = tables.reshape(len(tables), -1)
    percents, alphas = _resampled(flat, tables.shape[1:], seed, _percent, lambda totals: _alpha(totals, scale, level))
    equal, ends = _ends(percents), _ends(alphas)
    if is_point(equal):
        equal = agreed_interval(percent, len(rated), len(tables))
    if is_point(ends):
        margins = total[0].sum(axis=1)
        n = margins.sum()
        differ = float(1 - margins @ (margins - 1) / n / (n - 1))
        ends = _beyond_chance(agreed_interval(percent, len(rated), len(tables)), differ)
    return Agreement(len(rated), percent, alpha, ends, percent_interval=equal)


def measure_pairwise(
    units: Sequence[Mapping[str, Hashable]],
    values: Sequence[Hashable],
    *,
    level: str = "nominal",
    clusters: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> Pairwise:
    """Measure agreement of two annotators: Cohen's kappa (1960) and macro F1, the mean over pairs of annotators.

    At level ``ordinal`` kappa is weighted by squared distance (Fleiss and Cohen 1973). Pairs of annotators for whom it
    is undefined, since both gave one and the same label throughout, are left out of its mean.

    :param units: The ratings of each unit, by annotator.
    :param values: Every value, in order.
    :param level: ``nominal`` or ``ordinal``.
    :param clusters: What each unit belongs to, resampled as a whole; each unit alone where not given.
    """
    numbers = _numbered(clusters if clusters else range(len(units)))
    annotators = len({annotator for unit in units for annotator in unit})
    pairs = sorted({pair for unit in units for pair in combinations(sorted(unit), 2)})
    if not pairs:
        none = Estimate(None, reason=_why_no_pair(annotators))
        return Pairwise(annotators, 0, none, none)
    counts = _pair_counts(units, values, pairs, numbers)
    shape = (len(pairs), len(values), len(values))
    weights = _disagreement_weights(len(values), level)
    total = np.asarray(counts.sum(axis=0)).reshape(1, *shape)
    kappas, f1s = _resampled(counts, shape, seed, lambda sums: _mean_kappa(sums, weights), _mean_macro_f1)
    kappa = float(_mean_kappa(total, weights)[0])
    of_kappa, of_f1 = _ends(kappas), _ends(f1s)
    share = np.trace(total[0].sum(axis=0)) / total.sum()
    equal = agreed_interval(float(share), int(total.sum()), counts.shape[0])
    return Pairwise(
        annotators,
        len(pairs),
        Estimate(None, reason="both annotators gave one and the same label throughout; expected two labels at least")
        if np.isnan(kappa)
        else Estimate(kappa, _beyond_chance(equal, _mean_chance(total)) if is_point(of_kappa) else of_kappa),
        Estimate(float(_mean_macro_f1(total)[0]), equal if is_point(of_f1) else of_f1),
    )


def _why_no_pair(annotators: int) -> str:
    if annotators < 2:
        return f"{annotators} annotator{'s' * (annotators != 1)}; expected two at least"
    return "no two annotators labelled the same comment; expected the same id, document and text of some"


# Resampling -----------------------------------------------------------------------------------------------------------


def _numbered(clusters: Sequence[Hashable]) -> NDArray[np.intp]:
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters], dtype=np.intp)


def _sum_by(numbers: NDArray[np.intp], tables: Floats) -> Floats:
    summed = np.zeros((numbers.max() + 1, *tables.shape[1:]))
    np.add.at(summed, numbers, tables)
    return summed


def _resampled(counts: Any, shape: tuple[int, ...], seed: int, *measures: Callable[[Floats], Floats]) -> list[Floats]:
    """Measure resampled sums of tables.

    :param counts: The tables of each cluster, flat, dense or sparse: shape (clusters, cells).
    :param shape: Of the tables of one cluster.
    :param measures: From sums of shape (resamples, *shape) to figures of shape (resamples,).
    """
    draws = np.random.default_rng(seed)
    clusters, cells = counts.shape
    batch = max(1, min(RESAMPLES, _BATCH_CELLS // (clusters + cells)))
    found: list[list[Floats]] = [[] for _ in measures]
    for first in range(0, RESAMPLES, batch):
        size = min(batch, RESAMPLES - first)
        times = draws.multinomial(clusters, np.full(clusters, 1 / clusters), size=size)
        sums = (times @ counts).reshape(size, *shape)
        for figures, measure in zip(found, measures, strict=True):
            figures.append(measure(sums))
    return [np.concatenate(figures) for figures in found]


def _ends(figures: Floats) -> tuple[float, float] | None:
    """Give the ends of a 95 % interval; samples in which a figure is undefined are left out."""
    defined = figures[~np.isnan(figures)]
    if not len(defined):
        return None
    low, high = np.quantile(defined, [0.025, 0.975])
    return float(low), float(high)


def _beyond_chance(equal: tuple[float, float], chance: float) -> tuple[float, float]:
    """Give agreement beyond chance at both ends of a share of equal labels.

    :param chance: The share of pairs of labels that would differ by chance.
    """
    low, high = (max(-1.0, 1 - (1 - share) / chance) for share in equal)
    return low, high


# Krippendorff's alpha -------------------------------------------------------------------------------------------------


def _percent(totals: Floats) -> Floats:
    """Give the share of equal pairs of ratings of each table of coincidences, shape (tables, values, values)."""
    percent: Floats = np.trace(totals, axis1=1, axis2=2) / totals.sum(axis=(1, 2))
    return percent


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


# Two annotators -------------------------------------------------------------------------------------------------------


def _pair_counts(
    units: Sequence[Mapping[str, Hashable]],
    values: Sequence[Hashable],
    pairs: Sequence[tuple[str, str]],
    numbers: NDArray[np.intp],
) -> Any:
    """Count what each pair of annotators said, the first of the pair by rows.

    :return: Sparse, since most pairs of many annotators share few comments: shape (clusters, pairs * values * values).
    """
    from scipy.sparse import csr_array

    value_of = {value: place for place, value in enumerate(values)}
    pair_of = {pair: place for place, pair in enumerate(pairs)}
    rows, cells = [], []
    for number, unit in zip(numbers, units, strict=True):
        for first, second in combinations(sorted(unit), 2):
            rows.append(number)
            places = pair_of[first, second], value_of[unit[first]], value_of[unit[second]]
            cells.append(np.ravel_multi_index(places, (len(pairs), len(values), len(values))))
    shape = (int(numbers.max()) + 1, len(pairs) * len(values) ** 2)
    return csr_array((np.ones(len(rows)), (rows, cells)), shape=shape)


def _disagreement_weights(size: int, level: str) -> Floats:
    """Say how much a disagreement counts: all alike, or by squared distance."""
    steps = np.arange(size, dtype=float)
    return (steps[:, None] - steps) ** 2 if level == "ordinal" else 1 - np.eye(size)


def _mean_kappa(tables: Floats, weights: Floats) -> Floats:
    """Give the mean kappa, shape (samples,), of tables of shape (samples, pairs, values, values); NaN: undefined."""
    counts = tables.sum(axis=(2, 3))
    expected = np.einsum("spi,spj,ij->sp", tables.sum(axis=3), tables.sum(axis=2), weights)
    observed = (tables * weights).sum(axis=(2, 3)) * counts
    defined = expected > 0
    kappas = np.where(defined, 1 - observed / np.where(defined, expected, 1), 0)
    return _mean_of_defined(kappas, defined)


def _mean_chance(tables: Floats) -> float:
    """Give the mean share of labels that two annotators would differ on by chance, of those pairs that could."""
    shares = tables[0] / np.maximum(tables[0].sum(axis=(1, 2), keepdims=True), 1)
    differ = 1 - (shares.sum(axis=2) * shares.sum(axis=1)).sum(axis=1)
    return float(differ[differ > 0].mean())


def _mean_macro_f1(tables: Floats) -> Floats:
    """Give the mean macro F1, over the labels present in the gold as of models, each annotator as gold in turn."""
    hits = np.diagonal(tables, axis1=2, axis2=3)
    first, second = tables.sum(axis=3), tables.sum(axis=2)
    f1 = 2 * hits / np.maximum(first + second, 1)
    both = [(f1 * (gold > 0)).sum(axis=2) / np.maximum((gold > 0).sum(axis=2), 1) for gold in (first, second)]
    return _mean_of_defined((both[0] + both[1]) / 2, tables.sum(axis=(2, 3)) > 0)


def _mean_of_defined(figures: Floats, defined: NDArray[np.bool_]) -> Floats:
    n = defined.sum(axis=1)
    mean: Floats = np.where(n > 0, (figures * defined).sum(axis=1) / np.maximum(n, 1), np.nan)
    return mean
