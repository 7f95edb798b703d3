"""Resample whole clusters: sums by cluster, measures of each resample, and percentile intervals."""

from collections.abc import Callable, Hashable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from stance.aggregation.observations import Floats
from stance.datamodels import Interval

Places = NDArray[np.intp]

Hits = NDArray[np.bool_]


Measure = Callable[[Floats], Mapping[str, Floats]]
"""Turns sums, shape (statistics, samples), into measures, each of shape (..., samples)."""

# Number of bootstrap samples: the ends of a 95 % interval then move by less than .005 between seeds. With many clusters
# fewer are drawn, and the ends move by less than .001.
RESAMPLES, FEWER_RESAMPLES, MANY_CLUSTERS = 1_000, 200, 20_000


def cluster_numbers(clusters: Iterable[Hashable]) -> Places:
    """Number clusters from 0, in order of first occurrence."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(cluster, len(numbers)) for cluster in clusters], dtype=np.intp)


def resample(sums: sparse.csr_matrix, measure: Measure, *, seed: int) -> dict[str, Floats]:
    """Measure bootstrap samples of the clusters, as many drawn as there are, with replacement.

    Cluster bootstrap (Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8). The same seed
    and the same clusters give the same samples, so several measures of them are paired.

    :param sums: Of each statistic in each cluster, shape (statistics, clusters).
    :return: Each measure, shape (..., resamples).
    """
    n = sums.shape[1]
    resamples = RESAMPLES if n <= MANY_CLUSTERS else FEWER_RESAMPLES
    generator = np.random.default_rng(seed)
    batch = max(1, min(resamples, 2_000_000 // max(n, sums.shape[0] // 8)))  # 16 MB of weights of clusters at once
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
