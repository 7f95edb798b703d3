"""Which units of a frame are drawn, and with what probability: the part that a methods section describes.

Every draw hangs on the seed and on digests of the units alone, never on their order, so the same frame gives the same
sample from whatever files it was read; and since each unit keeps its random number, a frame that has grown a little
gives a sample that has changed a little (permanent random numbers: Ohlsson 1995).
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stance.exceptions import ConfigError

Digests = NDArray[np.uint64]
Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

UNIFORM_SHARE = 0.2
"""Of a draw by worth, the share that every unit has alike: so none has a probability of zero, and no weight is more
than five times what it would be in a simple random sample."""

_DIGEST_BYTES = 8


def random_numbers(units: Digests, secret: str) -> Digests:
    """Give each unit its random number.

    :param units: Digests that tell units apart.
    :param secret: The seed, and what it is used for; another secret gives independent numbers.
    :return: Uniform over 64 bits.
    """
    keyed = hashlib.blake2b(digest_size=_DIGEST_BYTES, key=hashlib.sha256(secret.encode()).digest())
    return np.fromiter((_digest(keyed, unit) for unit in units.tolist()), np.uint64, len(units))


def _digest(keyed: "hashlib.blake2b", unit: int) -> int:
    digest = keyed.copy()
    digest.update(unit.to_bytes(_DIGEST_BYTES, "big"))
    return int.from_bytes(digest.digest(), "big")


def allocate(sizes: Sequence[int], n: int, *, equal: bool) -> list[int]:
    """Share out a sample among strata.

    :param sizes: Units of each stratum, each at least 1.
    :param n: Units to draw.
    :param equal: As many from each stratum, as far as it has them; else in proportion to their sizes.
    :return: Units to draw from each: at least one, at least two where there are enough for that, so that a variance can
        be told; they sum to ``n``, or to all that there are.
    :raises ConfigError: If there are fewer units to draw than strata: what is in the others could not be drawn at all.
    """
    if n >= sum(sizes):
        return list(sizes)
    if n < len(sizes):
        raise ConfigError(f"--n {n} for {len(sizes):,} strata; expected at least one comment for each, or fewer strata")
    most = np.array(sizes, dtype=float)
    least = np.minimum(most, 2 if n >= 2 * len(sizes) else 1)
    parts = _clipped_parts(np.ones_like(most) if equal else most, least, most, n)
    whole = np.floor(parts).astype(int)
    for i in np.lexsort((np.arange(len(whole)), whole - parts)):  # the largest remainders first
        if whole.sum() >= n:
            break
        whole[i] += whole[i] < sizes[i]
    return [int(part) for part in whole]


def _clipped_parts(shares: Floats, least: Floats, most: Floats, n: int) -> Floats:
    """Find the parts, each the same multiple of its share as far as its bounds allow, that sum to ``n``."""
    # Their sum grows with the multiple, by the shares that have left their lower bound and not reached the upper.
    turns, slopes = np.concatenate([least / shares, most / shares]), np.concatenate([shares, -shares])
    order = np.argsort(turns)
    turns, slopes = turns[order], np.cumsum(slopes[order])
    sums = least.sum() + np.concatenate([[0.0], np.cumsum(slopes[:-1] * np.diff(turns))])
    parts: Floats = np.minimum(np.maximum(np.interp(n, sums, turns) * shares, least), most)
    return parts


def inclusion_probabilities(worths: Floats, n: int) -> Floats:
    """Give the probabilities of a draw by worth, some of it uniform.

    Proportional to size, where those that would exceed 1 are drawn for certain (Särndal, Swensson & Wretman 1992, 3.6).

    :param worths: Not negative; all zero: everyone alike.
    :param n: Units to draw, at most as many as there are.
    :return: Each in (0, 1]; they sum to ``n``.
    """
    total = worths.sum()
    even = np.full(len(worths), 1 / max(len(worths), 1))
    sizes = UNIFORM_SHARE * even + (1 - UNIFORM_SHARE) * (worths / total) if total > 0 else even
    certain = np.zeros(len(sizes), dtype=bool)
    while True:
        left = n - int(certain.sum())
        probabilities: Floats = np.where(certain, 1.0, sizes * left / max(sizes[~certain].sum(), np.finfo(float).tiny))
        surplus = ~certain & (probabilities >= 1)
        if not surplus.any():
            return probabilities
        certain |= surplus


def draw_simply(numbers: Digests, n: int) -> Indices:
    """Draw a simple random sample without replacement: the units with the smallest random numbers.

    :return: Which units are drawn, in the order of their numbers: any first part of them is a simple random sample too.
    """
    return np.argsort(numbers, kind="stable")[:n]


def draw_by_probability(numbers: Digests, probabilities: Floats, start: float) -> Indices:
    """Draw units with given probabilities: systematic sampling in random order.

    The probabilities are laid end to end in the order of the random numbers, and the units are drawn in which a point
    falls of ``start``, ``start + 1``, ... Each unit is drawn with exactly its probability, and the sample has a fixed
    size (Madow 1949; in random order: Hartley & Rao 1962).

    :param probabilities: Each in (0, 1]; they sum to a whole number.
    :param start: Uniform in [0, 1).
    :return: Which units are drawn, in the order of their numbers.
    """
    order = np.argsort(numbers, kind="stable")
    ordered = probabilities[order]
    is_drawn = ordered >= 1  # apart from the rest, where rounding could lose them
    rest = np.flatnonzero(~is_drawn)
    ends = np.cumsum(ordered[rest])
    if len(rest):
        ends[-1] = round(ends[-1])
    points = np.ceil(ends - start)  # that lie before each end
    is_drawn[rest] = np.diff(points, prepend=0.0) > 0
    return order[is_drawn]


def start_of(secret: str) -> float:
    """Give the random start of a systematic draw, uniform in [0, 1)."""
    return int.from_bytes(hashlib.sha256(secret.encode()).digest()[:6], "big") / 2**48
