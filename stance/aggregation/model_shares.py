"""Shares by the model alone, and intervals by the errors that it made in shares of known groups."""

from collections.abc import Mapping
from functools import cache
from math import hypot, sqrt
from typing import Any, NamedTuple

import numpy as np

from stance.aggregation.intervals import critical_value
from stance.aggregation.measures import MEASURES, PLACES
from stance.aggregation.observations import SIDES_AT, Flags, Floats, Numbers
from stance.datamodels import FEWEST_SHOWN, Interval, Stance
from stance.resources import SHARE_ERRORS, shipped_json

NEAREST = 0.05
"""Minimum distance of the ends of a share's interval from the share, in the range of its measure: where models read a
share that none of the mixes explains, all that they explain are on one side of it."""

FITTED_OF = 60
"""Number of comments that address the target in the outlets to which ``data/share_errors.json`` was fitted."""


@cache
def _share_errors() -> Mapping[str, Any]:
    return {name: np.array(numbers) for name, numbers in shipped_json(SHARE_ERRORS).items()}


@cache
def is_measured(model: str, language: str) -> bool:
    """Return whether it is known how far shares of such readings are from the true ones.

    :param model: With its digest, as in scores.
    """
    errors = _share_errors()
    return bool(model == errors["model"] and language in errors["languages"])


@cache
def mixes(steps: int = 50) -> Floats:
    """Return all shares that are tried, in steps of 1 / ``steps``: shape (m, 3), in the order of ``SIDES``."""
    pairs = [(against, favor) for against in range(steps + 1) for favor in range(steps + 1 - against)]
    return np.array([(against, steps - against - favor, favor) for against, favor in pairs]) / steps


class ModelShares(NamedTuple):
    """Shares that a model reads in the comments of a group that address a target, where its errors are known.

    :param unsure: Mean probability, among comments that address the target, of all sides but the likeliest.
    :param n: Comments that address the target.
    :param unknown: Share of them that other models read, or that are in other languages.
    """

    favor: float
    against: float
    unsure: float
    n: float
    unknown: float = 0.0

    @classmethod
    def of(cls, values: Numbers, n: float, measured: Flags) -> "ModelShares":
        """Sum the probabilities of comments.

        :param values: Shape (n, 4), as of ``values_of``.
        :param measured: Shape (n,): whether the errors of such readings are known.
        """
        sides = values[:, SIDES_AT].astype(np.float64)
        unknown = float(sides[~measured].sum() / (sides.sum() or 1.0))
        sides = sides[measured]
        against, _, favor = (sides.sum(axis=0) / (sides.sum() or 1.0)).tolist()
        return cls(favor, against, float(1 - sides.max(axis=1).sum() / (sides.sum() or 1.0)), n, unknown)

    @property
    def ahead(self) -> Stance | None:
        """The side that is ahead by the model alone, unchecked: wrong in under 2 % of groups of kinds left out."""
        net, (least, factor) = self.favor - self.against, _share_errors()["lead"]
        is_clear = self.n >= FEWEST_SHOWN and abs(net) > least + factor * self.unsure + 2 * self.unknown
        return (Stance.FAVOR if net > 0 else Stance.AGAINST) if is_clear else None

    def distances(self, errors: Mapping[str, Floats]) -> Floats:
        """Return how far these shares lie from those that models read of each mix, in kinds of text left out.

        :return: Shape (m,), as ``mixes``: squared, in units of the spread between kinds (Mahalanobis).
        """
        means = mixes() @ (np.maximum(errors["least"], self.unsure) * errors["unsure"] + errors["sides"])
        return ((([self.against, self.favor] - means) @ errors["units"]) ** 2).sum(axis=1)

    def ends(self, measure: str) -> Interval:
        """Return the lowest and highest true share of the mixes of which a model may read these shares.

        Each mix is tested (Neyman 1937). The less sure the model is of each comment, the nearer to each other are the
        shares that it reads of two mixes. Comments of which errors are not known may be of any side.
        """
        errors, shares = _share_errors(), mixes() @ MEASURES[PLACES[measure]].numerator[1:]
        limits, distances = errors[measure], self.distances(errors)
        possible = shares[distances - distances.min() <= np.interp(abs(shares), np.linspace(0, 1, len(limits)), limits)]
        low, high = (float(end) * (1 - self.unknown) for end in (possible.min(), possible.max()))
        bounds = MEASURES[PLACES[measure]].bounds
        return low + self.unknown * bounds[0], high + self.unknown * bounds[1]


def model_interval(measure: str, share: float, shares: ModelShares, sampling: Interval | None) -> Interval:
    """Bound a share, or net stance, that no label corrects.

    The errors of single comments, and the error of sampling, add to those of the model as independent ones do.

    :param share: By the model's probabilities.
    :param sampling: Interval of the sampling error alone; None: exactly these comments.
    """
    lowest, highest = MEASURES[PLACES[measure]].bounds
    more = max(0.0, 1 / max(shares.n, 1.0) - 1 / FITTED_OF)  # the spread contains the errors of this many
    single = critical_value() * sqrt(max(0.0, (share - lowest) * (highest - share)) * more)
    nearest = NEAREST * (highest - lowest)
    low, high = shares.ends(measure)
    lower, upper = sampling or (share, share)
    below = max(nearest, hypot(max(0.0, share - low), single, share - lower))
    above = max(nearest, hypot(max(0.0, high - share), single, upper - share))
    return max(lowest, share - below), min(highest, share + above)
