"""Intervals by resampling whole clusters: comments under one story resemble each other, so they come and go together.

Every measure here is a function of sums over rows (counts of a confusion matrix, hits per bin). So a resample needs no
rows: it weighs the sums of the clusters, and memory does not grow with the number of resamples.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stance.aggregation.intervals import is_point

Floats = NDArray[np.float64]
Measure = Callable[[Floats], Mapping[str, Floats]]
"""Turns sums, shape (statistics, samples), into measures, each of shape (..., samples)."""

RESAMPLES = 1_000
"""Bootstrap samples: the ends of a 95 % interval then move by less than .005 between seeds."""

MANY_CLUSTERS, FEWER_RESAMPLES = 20_000, 200
"""Beyond so many clusters fewer samples do: intervals are then so narrow that their ends move by less than .001."""

LEVEL = (0.025, 0.975)

_BATCH_CELLS = 2_000_000  # weights of clusters held at once: 16 MB


def cluster_rows(stories: Sequence[Hashable] | None, n: int) -> NDArray[np.intp]:
    """Number the cluster of each row.

    Rows are clusters of their own where no stories are given, or all stand under one: resampling a single cluster would
    give an interval of no width, which claims what nobody knows.

    :param stories: What each row stands under; length n.
    :return: Shape (n,), from 0 without gaps, in order of first occurrence.
    """
    if stories is None or len(stories) != n:
        if stories is not None and len(stories):
            raise ValueError(f"{len(stories)} stories and {n} rows; expected as many")
        return np.arange(n)
    places: dict[Hashable, int] = {}
    clusters = np.array([places.setdefault(story, len(places)) for story in stories], dtype=np.intp)
    return clusters if len(places) > 1 else np.arange(n)


def sum_by_cluster(parts: Sequence[tuple[NDArray[Any], Any]], clusters: NDArray[np.intp], size: int) -> Any:
    """Add up what rows contribute to statistics.

    :param parts: Pairs of statistic and value, each of shape (n,) (a value may be one number for all).
    :param size: How many statistics there are.
    :return: A sparse matrix of shape (size, clusters).
    """
    at = np.concatenate([statistic for statistic, _ in parts])
    values = np.concatenate([np.broadcast_to(value, clusters.shape).astype(float) for _, value in parts])
    columns = np.tile(clusters, len(parts))
    return sparse.csr_matrix((values, (at, columns)), shape=(size, int(clusters.max(initial=-1)) + 1))


def resample(sums: Any, measure: Measure, *, seed: int = 0) -> dict[str, Floats]:
    """Measure resamples of the clusters, as many drawn as there are, with replacement.

    Cluster bootstrap (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8). The same seed
    and the same clusters give the same resamples, so what is measured on them in turn is paired.

    :param sums: Shape (statistics, clusters), as :func:`sum_by_cluster` gives it.
    :return: Each measure, shape (..., resamples).
    """
    n = sums.shape[1]
    resamples = RESAMPLES if n <= MANY_CLUSTERS else FEWER_RESAMPLES
    generator = np.random.default_rng(seed)
    batch = max(1, min(resamples, _BATCH_CELLS // n))
    parts: dict[str, list[Floats]] = {}
    for first in range(0, resamples, batch):
        size = min(batch, resamples - first)
        for name, values in measure(sums @ _weights(generator, n, size)).items():
            parts.setdefault(name, []).append(values)
    return {name: np.concatenate(values, axis=-1) for name, values in parts.items()}


def _weights(generator: np.random.Generator, n: int, size: int) -> Floats:
    """Count how often each cluster is drawn: shape (n, size), columns sum to n."""
    drawn = generator.integers(0, n, (size, n)) + n * np.arange(size)[:, None]
    times = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
    return np.ascontiguousarray(times.T, dtype=float)


def total(sums: Any, measure: Measure) -> dict[str, Floats]:
    """Measure all clusters, each once; the last axis, of samples, is gone."""
    everything = np.asarray(sums.sum(axis=1), dtype=float).reshape(-1, 1)
    return {name: values[..., 0] for name, values in measure(everything).items()}


def interval(samples: Floats) -> tuple[float, float]:
    """Give the 95 % percentile interval of a measure.

    :param samples: Shape (resamples,).
    """
    low, high = np.quantile(samples, LEVEL)
    return float(low), float(high)


def interval_of_excess(value: float, samples: Floats) -> tuple[float, float]:
    """Give the 95 % interval of a measure in [0, 1] that grows with chance: the basic bootstrap.

    Resampling adds as much to such a measure as sampling had added before, so what it adds is taken off (Davison and
    Hinkley 1997, section 5.2). The value itself stays inside.

    :param samples: Shape (resamples,).
    """
    low, high = interval(samples)
    return max(0.0, 2 * value - high), min(1.0, max(value, 2 * value - low))


def interval_of_share(samples: Floats) -> tuple[float, float] | None:
    """Give the interval of a share; None where resamples agree.

    Where none or all of the rows are hits, each resample says the same: that is no certainty, but too little to say.

    :param samples: Shape (resamples,); NaN where a resample leaves the share undefined.
    """
    defined = samples[~np.isnan(samples)]
    found = interval(defined) if len(defined) else None
    return None if found is None or is_point(found) else found
