"""Shares by the model alone, and intervals by the errors that it made in shares of known groups."""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from math import sqrt
from typing import NamedTuple

import numpy as np

from stance.aggregation.intervals import critical_value
from stance.aggregation.measures import MEASURES, PLACES
from stance.aggregation.observations import SIDES_AT, Numbers
from stance.datamodels import FEWEST_SHOWN, Stance
from stance.resources import SHARE_ERRORS

FITTED_OF = 60
"""Number of comments that address the target in the outlets to which ``data/share_errors.json`` was fitted."""


@cache
def _share_errors() -> Mapping[str, Mapping[str, Sequence[float]]]:
    return json.loads(SHARE_ERRORS.read_text(encoding="utf-8"))


class ModelShares(NamedTuple):
    """Shares that a model reads in the comments of a group that address a target.

    :param unsure: Mean probability, among comments that address the target, of all sides but the likeliest.
    :param n: Comments that address the target.
    """

    favor: float
    against: float
    unsure: float
    n: float

    @classmethod
    def of(cls, values: Numbers, n: float) -> "ModelShares":
        """Sum the probabilities of comments.

        :param values: Shape (n, 4), as of ``values_of``.
        """
        sides = values[:, SIDES_AT].astype(np.float64)
        sums = sides.sum(axis=0) / (sides.sum() or 1.0)
        against, favor = (float(sums[PLACES[side]]) for side in (Stance.AGAINST, Stance.FAVOR))
        return cls(favor, against, float(1 - sides.max(axis=1).sum() / (sides.sum() or 1.0)), n)

    @property
    def ahead(self) -> Stance | None:
        """The side that is ahead by the model alone, unchecked: wrong in under 2 % of groups of kinds left out."""
        net, (least, factor) = self.favor - self.against, _share_errors()["unsure"]["lead"]
        if self.n < FEWEST_SHOWN or abs(net) <= least + factor * self.unsure:
            return None
        return Stance.FAVOR if net > 0 else Stance.AGAINST

    def reach(self, measure: str, end: str) -> float:
        """Return how far beyond its value the true share may lie, by the errors of models on kinds of text left out.

        A quadratic function of the shares, times the unsure share: the less sure the model is of each comment, the
        wider. If the sides change places, so do their intervals.

        :param end: ``low`` or ``high``.
        """
        favor, against, errors = self.favor, self.against, _share_errors()
        terms = np.array([1.0, favor, against, favor * favor, favor * against, against * against])
        least, smallest = errors["unsure"]["least"]
        return max(least, self.unsure) * max(smallest, float(terms @ errors[measure][end]))


def model_interval(
    measure: str, share: float, shares: ModelShares, sampling: tuple[float, float] | None = None
) -> tuple[float, float]:
    """Bound a share, or net stance, that no label corrects.

    The errors of single comments, and the error of sampling, add to the reach as independent ones do.

    :param share: By the model's probabilities.
    :param sampling: Interval of the sampling error alone; None: exactly these comments.
    """
    bounds = MEASURES[PLACES[measure]].bounds
    more = max(0.0, 1 / max(shares.n, 1.0) - 1 / FITTED_OF)  # the reach contains the errors of this many comments
    single = critical_value() * sqrt(max(0.0, (share - bounds[0]) * (bounds[1] - share)) * more)
    low, high = (
        sqrt(shares.reach(measure, end) ** 2 + single**2 + (sampled - share) ** 2)
        for end, sampled in zip(("low", "high"), sampling or (share, share), strict=True)
    )
    return max(bounds[0], share - low), min(bounds[1], share + high)
