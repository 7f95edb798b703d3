"""Measures of a group: ratios of two sums over comments."""

from typing import NamedTuple

import numpy as np

from stance.aggregation.observations import Floats
from stance.datamodels import SIDES, Interval


class Measure(NamedTuple):
    """A ratio of two sums over comments: weights of the columns of ``values_of``; lowest and highest value."""

    name: str
    numerator: tuple[int, ...]
    denominator: tuple[int, ...]
    bounds: Interval


ADDRESSED = np.array([0.0, *(1.0 for _ in SIDES)])

MEASURES = (
    *(Measure(str(side), (0, *(int(side is each) for each in SIDES)), (0, 1, 1, 1), (0.0, 1.0)) for side in SIDES),
    Measure("net", (0, -1, 0, 1), (0, 1, 1, 1), (-1.0, 1.0)),  # against, neutral, favor
    Measure("addressed", (0, 1, 1, 1), (1, 0, 0, 0), (0.0, 1.0)),
)
"""The share of each stance among the comments that address the target; favor minus against; the share of all comments
that address it."""

PLACES = {measure.name: at for at, measure in enumerate(MEASURES)}

_NUMERATORS = np.array([measure.numerator for measure in MEASURES], np.float64).T

_DENOMINATORS = np.array([measure.denominator for measure in MEASURES], np.float64).T

_SINGULAR = 1e10
"""Maximum condition number of normal equations; beyond it regressors are collinear."""


class Solution(NamedTuple):
    """Coefficients, shape (regressors, measures), and the inverse of their normal equations for each measure."""

    coefficients: Floats
    inverses: Floats  # shape (measures, regressors, regressors)

    def pull(self, regressor: int, regressors: Floats | None) -> Floats:
        """Return the change of one coefficient by a unit of residual of each line: shape (n or 1, measures)."""
        pulls = self.inverses[:, regressor].T
        return pulls if regressors is None else regressors @ pulls

    def moves(self, regressor: int, values: Floats, regressors: Floats | None) -> Floats:
        """Return the influence of lines on one coefficient, in the precision of their values: shape (n, measures)."""
        if regressors is None:
            slopes = (_NUMERATORS - self.coefficients * _DENOMINATORS) * self.inverses[:, 0, 0]
            return values @ slopes.astype(values.dtype)
        residuals = values @ _NUMERATORS - regressors @ self.coefficients * (values @ _DENOMINATORS)
        return residuals * self.pull(regressor, regressors)


def cross_sums(values: Floats, regressors: Floats | None) -> Floats:
    """Sum values times each two regressors: shape (regressors, regressors, 4)."""
    if regressors is None:
        return values.sum(axis=0, dtype=np.float64)[None, None]
    return np.stack([(regressors * column[:, None]).T @ values for column in regressors.T]).astype(np.float64)


def solve_sums(sums: Floats) -> Solution:
    """Solve the normal equations; NaN for a measure with too few comments to separate its regressors."""
    normal = np.moveaxis(sums @ _DENOMINATORS, -1, 0)
    is_one = len(sums) == 1  # which no other regressor is collinear with
    usable = np.array([matrix[0, 0] > 0 and (is_one or np.linalg.cond(matrix) < _SINGULAR) for matrix in normal])
    inverses = np.full(normal.shape, np.nan)
    inverses[usable] = np.linalg.inv(normal[usable])
    return Solution(np.einsum("mij,jm->im", inverses, sums[0] @ _NUMERATORS), inverses)
