"""Draw comments by their expected error, to narrow intervals, and predict how many labels a width needs.

A label corrects a share by the model's error on its comment, so comments are drawn with a probability in proportion to
the error that their probabilities lead to expect (Neyman 1934), in strata of expected error. Weights of 1 / probability
keep the estimates unbiased, however wrong the expectation is; it decides only the width.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from stance.aggregation import FEWEST_AUDITED
from stance.datamodels import SIDES, STANCES, Score, counted
from stance.labelling.sampling_frame import Floats, SamplingFrame, Strata, inclusion_probabilities, row_digest

STRATA = 10
"""Number of strata of expected error. Their means are steadier than the errors of single comments."""

SHRINKAGE = 0.5
"""Weight of the mean variance in the expected variance of a stratum. Where errors are not where the model expects them,
the variance of a share is at most 1 / .5 ** .5 = 1.41 times that of a random draw."""

NORMAL = 1.96
"""Two-sided 95 % critical value."""

_PLACES = [STANCES.index(side) for side in SIDES]


class Predictions:
    """Probabilities of comments by target, gathered from scores in any order; 20 bytes each.

    :param targets: Only of scores toward these; None: of all.
    """

    measure = True
    """Whether scores are needed."""

    def __init__(self, targets: Collection[str] | None) -> None:
        self._targets = targets
        self._sides: dict[str, array[float]] = {}
        self.values: dict[str, array[int]] = {}  # target -> digests of ids
        self.scores = 0

    def add(self, scores: Iterable[Score]) -> None:
        """Add scores."""
        for score in scores:
            self.scores += 1
            if score.probabilities and (self._targets is None or score.target in self._targets):
                self.values.setdefault(score.target, array("Q")).append(row_digest(score.document, score.comment))
                sides = (score.probabilities[place] for place in _PLACES)
                self._sides.setdefault(score.target, array("f")).extend(sides)

    def sides(self, frame: SamplingFrame) -> dict[str, Floats]:
        """Return the probabilities of the sides by target, shape (N, 3); 0 without a score."""
        return {target: self._of_target(target, frame) for target in sorted(self.values)}

    def _of_target(self, target: str, frame: SamplingFrame) -> Floats:
        ids, table = np.array(self.values[target]), np.array(self._sides[target], np.float64).reshape(-1, len(SIDES))
        order = np.argsort(ids, kind="stable")
        places = np.minimum(np.searchsorted(ids[order], frame.units["id"]), len(ids) - 1)
        found = ids[order][places] == frame.units["id"]
        return np.where(found[:, None], table[order][places], 0.0)

    def of(self, frame: SamplingFrame) -> Floats:
        """Return the size of each unit in the draw, shape (N,): the mean expected error of its stratum."""
        of_targets = (errors(each).sum(axis=1) for each in self.sides(frame).values())
        return stratum_means(sum(of_targets, np.zeros(len(frame))))

    def warnings(self, frame: SamplingFrame) -> Iterator[str]:
        """Warn of comments without any score."""
        ids = [np.array(each, np.uint64) for each in self.values.values()]
        known = np.isin(frame.units["id"], np.concatenate(ids)) if ids else np.zeros(len(frame), bool)
        if missing := int((~known).sum()):
            yield f"{missing:,} of {len(frame):,} comments have no score: they are drawn least often"


def errors(sides: Floats) -> Floats:
    """Return the expected squared influence of each comment's error on the shares of the sides.

    :param sides: Shape (N, 3): probabilities.
    :return: Shape (N, 3): their sum is the variance of the shares if one label stood for each comment.
    """
    addressed = sides.sum(axis=1, keepdims=True)
    if not (whole := float(addressed.sum())):
        return np.zeros_like(sides)
    shares = sides.sum(axis=0) / whole
    own = sides * (1 - sides) + shares**2 * addressed * (1 - addressed) - 2 * shares * sides * (1 - addressed)
    return np.asarray(np.maximum(own, 0.0) / whole**2)


def stratum_means(variances: Floats) -> Floats:
    """Return the root of the mean variance of each unit's stratum, shrunk to that of all; strata are of equal size."""
    order = np.argsort(variances, kind="stable")
    found = np.empty(len(variances))
    for units in np.array_split(order, min(STRATA, max(1, len(order)))):
        found[units] = variances[units].mean() if len(units) else 0.0
    return np.sqrt(SHRINKAGE * found.mean() + (1 - SHRINKAGE) * found) if len(found) else found


@dataclass(frozen=True, slots=True)
class Plan:
    """Labels that a width is expected to need.

    :param counts: Comments to draw from each stratum.
    :param widths: Target -> half width expected after that, in points, of the widest share in any stratum.
    """

    counts: tuple[int, ...]
    widths: dict[str, float]

    def describe(self, wanted: float) -> Iterator[str]:
        """Describe the plan in a line for each target."""
        n = counted(sum(self.counts), "label")
        for target, width in self.widths.items():
            missed = f", more than the ±{wanted:g} asked for" if round(width, 1) > wanted else ""
            yield f"{target}: ±{width:.1f} points expected after {n}, if the model's probabilities hold{missed}"


def plan(frame: SamplingFrame, strata: Strata, predictions: Predictions, wanted: float) -> Plan:
    """Find the fewest labels after which the widest share of each target and stratum has the width that is wanted.

    If the labels of all comments would not reach it, as many are drawn as bring it within a tenth of what they would.

    :param wanted: Half the width of the 95 % interval, in points.
    """
    codes, names = strata
    sizes, sides = predictions.of(frame), predictions.sides(frame)
    counts: list[int] = []
    widths = dict.fromkeys(sides, 0.0)
    for stratum in range(len(names)):
        own = np.flatnonzero(codes == stratum)
        parts = [part for each in sides.values() if (part := each[own]).any()]
        counts.append(_fewest(sizes[own], parts, wanted / 100))
        for target, each in sides.items():
            width = 100 * half_width(sizes[own], each[own], counts[-1]) if each[own].any() else 0.0
            widths[target] = max(widths[target], width)
    return Plan(tuple(counts), widths)


def half_width(sizes: Floats, sides: Floats, n: int) -> float:
    """Return the half width expected of the widest share of comments like these, after n labels; in [0, 1].

    :param sizes: Shape (N,), of the draw.
    :param sides: Shape (N, 3): probabilities toward one target.
    """
    shares = sides.sum(axis=0) / sides.sum()
    chances = inclusion_probabilities(sizes, n, uniform=0.0)
    of_labels = (errors(sides) * (1 / chances - 1)[:, None]).sum(axis=0)
    return float(NORMAL * np.sqrt(shares * (1 - shares) / sides.sum() + of_labels).max())


def _fewest(sizes: Floats, parts: Sequence[Floats], wanted: float) -> int:
    low, high = min(FEWEST_AUDITED, len(sizes)), len(sizes)
    limits = [max(wanted, 1.1 * half_width(sizes, each, high)) for each in parts]
    while low < high:
        middle = (low + high) // 2
        reached = all(half_width(sizes, each, middle) <= limit for each, limit in zip(parts, limits, strict=True))
        low, high = (low, middle) if reached else (middle + 1, high)
    return low
