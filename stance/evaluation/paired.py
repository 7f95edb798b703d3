"""Whether one model is better than another: the difference on the same rows, resampled by the same clusters."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from stance.datamodels import Stance
from stance.evaluation.bootstrap import Floats, interval, resample, total
from stance.evaluation.measures import MEASURES, make_gold, overall, statistics


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """A measure of one model minus that of another."""

    difference: float
    interval: tuple[float, float]  # 95 %
    probability_above_zero: float  # share of the resamples in which the first is strictly higher
    n: int  # rows
    clusters: int  # resampled units: stories, or rows where all stand under one


def paired_bootstrap(
    gold: Sequence[Stance],
    a: Floats,
    b: Floats,
    stories: Sequence[Hashable] | None = None,
    measure: str = "macro_f1",
    seed: int = 0,
) -> PairedDifference:
    """Measure by how much ``a`` is higher than ``b`` on the same rows.

    Both are measured on the same resamples, so what makes rows hard for both cancels out (Efron and Tibshirani, An
    Introduction to the Bootstrap, 1993; Koehn, Statistical Significance Tests for Machine Translation, 2004).

    :param a: Shape (n, 4), columns in the order of ``STANCES``; likewise ``b``.
    :param stories: What each text stands under, resampled as a whole.
    :param measure: One of ``MEASURES``. Of ``ece``, lower is better.
    :raises ValueError: If there are no rows, lengths differ, or the measure is unknown.
    """
    if measure not in MEASURES:
        raise ValueError(f"measure {measure!r}; expected one of {', '.join(MEASURES)}")
    rows = make_gold(gold, a, stories)
    make_gold(gold, b, stories)
    first = statistics(rows, a)
    half = first.shape[0]

    def difference(sums: Floats) -> dict[str, Floats]:
        found = (overall(part, rows.present)[measure] for part in (sums[:half], sums[half:]))
        return {"difference": np.subtract(*found)}

    both = sparse.vstack([first, statistics(rows, b)], format="csr")
    samples = resample(both, difference, seed=seed)["difference"]
    return PairedDifference(
        difference=float(total(both, difference)["difference"]),
        interval=interval(samples),
        probability_above_zero=float((samples > 0).mean()),
        n=len(rows.labels),
        clusters=rows.n_clusters,
    )
