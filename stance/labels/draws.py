"""Draw units of a sampling frame, each with the probability that it had of being drawn.

Every draw depends on the seed and on digests of the units alone, so the same frame gives the same sample in whatever
order its files were read; and since each unit keeps its random number, a frame that has grown a little gives a sample
that has changed a little (permanent random numbers: Ohlsson 1995).
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from stance.aggregation import planning
from stance.datamodels import Record, frozen
from stance.exceptions import ConfigError
from stance.labels.frame import Digests, Floats, Indices, SamplingFrame, Strata
from stance.options.labelling import SampleOptions


@frozen
class Draw:
    """Drawn units in random order, with their probabilities."""

    units: Indices
    probabilities: Floats
    strata: list[Record]  # with the size of each, the number of units drawn and their lowest and highest probability


def draw_units(
    frame: SamplingFrame, strata: Strata, design: SampleOptions, sizes: Floats | None, counts: Sequence[int]
) -> Draw:
    """Draw from each stratum.

    :param sizes: Informativeness of each unit, not negative, shape (N,); None: a simple random sample.
    :param counts: Units to draw from each stratum; as the design allocates them if not given.
    :raises ConfigError: If there are more strata than units to draw.
    """
    codes, names = strata
    secret = f"stance sample {design.role} {design.seed}"  # audit and training samples of one seed are independent
    ends = np.cumsum(np.bincount(codes, minlength=len(names)))
    members = np.split(np.argsort(codes, kind="stable"), ends[:-1])
    counts = counts or allocate([len(units) for units in members], design.n)
    numbers = random_numbers(frame.units["text"], secret)
    drawn, probabilities, records = [], [], []
    for units, n, name in zip(members, counts, names, strict=True):
        copies = frame.copies[units]
        # One label counts for all copies of its text: at most half of the units are drawn for certain, those that occur
        # most often.
        most = int(np.sort(copies)[::-1][n // 2]) if n // 2 < len(copies) else 1
        certain = copies > max(1, most)
        left, others = n - int(certain.sum()), ~certain
        chances = np.where(certain, 1.0, left / max(1, others.sum()))
        if sizes is None:
            indices = np.lexsort((numbers[units], others))[:n]
        else:
            chances[others] = planning.chances(sizes[units][others], copies[others].astype(float), left)
            indices = draw_by_probability(numbers[units], chances, sizes[units] > 0)
        drawn.append(units[indices])
        probabilities.append(chances[indices])
        limits = [float(chances.min()), float(chances.max())]
        records.append({"stratum": name, "population": len(units), "drawn": n, "probability": limits})
    units = np.concatenate(drawn)
    order = np.argsort(numbers[units], kind="stable")
    return Draw(units[order], np.concatenate(probabilities)[order], records)


def random_numbers(units: Digests, secret: str) -> Digests:
    """Return the random number of each unit, uniform over 64 bits.

    :param units: Different digests.
    :param secret: The seed and its use; another secret gives independent numbers.
    """
    key = hashlib.sha256(secret.encode()).digest()
    digests = (hashlib.blake2b(unit.to_bytes(8, "big"), digest_size=8, key=key) for unit in units.tolist())
    return np.fromiter((int.from_bytes(digest.digest(), "big") for digest in digests), np.uint64, len(units))


def draw_by_probability(numbers: Digests, probabilities: Floats, part: NDArray[np.bool_]) -> Indices:
    """Draw units with given probabilities: sequential Poisson sampling (Ohlsson 1998).

    The units whose random number is smallest, divided by their probability, are drawn. A larger draw holds a smaller
    one with probabilities in the same proportions. Inclusion is as probable as given up to a few hundredths.

    :param probabilities: Each in (0, 1]; those of each part sum to a whole number.
    :param part: Shape (N,): the part of each unit.
    :return: The drawn units.
    """
    order = np.lexsort((numbers / 2.0**64 / probabilities * (probabilities < 1), part))
    counts = [round(float(probabilities[part == is_part].sum())) for is_part in (False, True)]
    others = int((~part).sum())
    return np.concatenate([order[: counts[0]], order[others : others + counts[1]]])


def allocate(sizes: Sequence[int], n: int) -> list[int]:
    """Allocate a sample to strata: as many units from each, as far as it has them.

    :param sizes: Units of each stratum, each at least 1.
    :param n: Units to draw.
    :return: Units to draw from each; they sum to ``n``, or to all that there are.
    :raises ConfigError: If there are fewer units to draw than strata: the others could not be drawn at all.
    """
    if n < min(len(sizes), sum(sizes)):
        raise ConfigError(f"--n {n} for {len(sizes):,} strata; expected at least one comment for each, or fewer strata")
    strata = np.repeat(np.arange(len(sizes)), sizes)
    ranks = np.arange(len(strata)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    units = np.lexsort((strata, ranks))[:n]
    return np.bincount(strata[units], minlength=len(sizes)).tolist()
