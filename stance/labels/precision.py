"""Find the number of labels that gives shares the precision wanted, by a model's probabilities of the units."""

from array import array
from collections.abc import Collection, Mapping
from functools import partial

import numpy as np

from stance.aggregation import planning
from stance.datamodels import FEWEST_AUDITED, SIDES, STANCES, Score
from stance.labels.frame import Floats, SamplingFrame, Strata, row_digest


class Predictions:
    """Probabilities of the sides of comments by target, gathered from scores in any order.

    :param targets: Only of scores toward these; None: of all.
    """

    def __init__(self, targets: Collection[str] | None = None) -> None:
        self._targets, self.count = targets, 0
        self._ids: dict[str, array[int]] = {}  # target -> digests of ids
        self._sides: dict[str, array[float]] = {}

    def add(self, score: Score) -> None:
        """Add a score; one without an answer has no side."""
        self.count += 1
        if self._targets is None or score.target in self._targets:
            self._ids.setdefault(score.target, array("Q")).append(row_digest(score.document, score.comment))
            probabilities = score.probabilities or [0.0] * len(STANCES)
            sides = (probabilities[STANCES.index(side)] for side in SIDES)
            self._sides.setdefault(score.target, array("f")).extend(sides)

    def by_target(self, frame: SamplingFrame) -> dict[str, Floats]:
        """Return the probabilities of units by target, each of shape (N, 3); 0 without a score."""
        probabilities: dict[str, Floats] = {}
        for target, digests in sorted(self._ids.items()):
            ids = np.array(digests)
            sides = np.array(self._sides[target], np.float64).reshape(len(ids), -1)
            order = np.argsort(ids, kind="stable")
            indices = np.minimum(np.searchsorted(ids[order], frame.units["id"]), len(ids) - 1)
            is_known = ids[order][indices] == frame.units["id"]
            probabilities[target] = np.where(is_known[:, None], sides[order][indices], 0.0)
        return probabilities

    def missing(self, frame: SamplingFrame) -> int:
        """Count the units without a score."""
        scored = np.concatenate([np.zeros(0, np.uint64), *(np.array(ids) for ids in self._ids.values())])
        return len(frame) - int(np.isin(frame.units["id"], scored).sum())


def plan_labels(
    strata: Strata, sides: Mapping[str, Floats], sizes: Floats, target_width: float
) -> tuple[list[int], dict[str, float]]:
    """Find the fewest labels after which the widest share of each target and stratum has the width that is wanted.

    If the labels of all comments would not reach it, as many are drawn as bring it within a tenth of what they would.

    :param sides: Target -> probabilities of the units, shape (N, 3).
    :param sizes: Shape (N,), of the draw.
    :param target_width: Half the width of the 95 % interval, in points.
    :return: Comments to draw from each stratum; and, by target, the half width expected after that, in points, of the
        widest share in any stratum.
    """
    codes, names = strata
    counts: list[int] = []
    widths = dict.fromkeys(sides, 0.0)
    for stratum in range(len(names)):
        members = np.flatnonzero(codes == stratum)
        parts = {target: part for target, probabilities in sides.items() if (part := probabilities[members]).any()}
        width = partial(planning.half_width, sizes[members])
        labels, every = min(FEWEST_AUDITED, len(members)), len(members)
        for part in parts.values():
            limit = max(target_width / 100, 1.1 * width(part, every))
            labels = planning.fewest(partial(width, part), limit, range(labels, every))
        counts.append(labels)
        for target, part in parts.items():
            widths[target] = max(widths[target], 100 * width(part, labels))
    return counts, widths
