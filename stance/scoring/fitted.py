"""Predict with a fitted classifier, without scikit-learn, which ``scoring/classifier.py`` needs to fit it.

Importing scikit-learn takes longer than reading and scoring a page, and importing scipy as long.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Array = NDArray[Any]
Matrix = Any
"""An array, or one of scipy's sparse matrices."""

FEW_COLUMNS = 4_096
_FARTHEST = 3.0  # standard deviations
_MOST_ODDS = 30.0  # logarithm


class FittedClassifier:
    """A regression in two storeys that was fitted, as a model folder holds it.

    ``classes_`` has shape (classes,); ``channels_`` holds of each channel its weights, shape (classes, columns), and
    intercepts, shape (classes,). The head reads the other columns and what channels say, brought to one scale by
    ``mean_`` and ``scale_``, shape (head,), and has ``coef_``, shape (classes, head), and ``intercept_``, shape
    (classes,). ``prior_`` is the weight of the prior.

    :param channels: How many of the last columns each channel has, in order.
    """

    classes_: Array
    channels_: list[tuple[Floats, Floats]]
    mean_: Floats
    scale_: Floats
    coef_: Floats
    intercept_: Floats
    prior_: float
    reach_: tuple[Floats, float] | None = None
    """Weights of the last channel, shape (columns,), and intercept: log odds that the addition to the prior holds."""

    has_prior = False
    """Whether the first columns, one per class, are log probabilities of a model that exists already."""

    def __init__(self, *, channels: Sequence[int] = ()) -> None:
        self.channels = channels

    def predict_proba(self, X: Matrix) -> Floats:  # noqa: N803
        """Return the probability of each class.

        :param X: A matrix, or its dense columns and those of each channel.
        :return: Shape (n, classes), columns in the order of ``classes_``; rows sum to 1.
        """
        prior, dense, *parts = self.pieces(X)
        return softmax(self.logits(prior, dense, parts))

    def logits(self, prior: Floats, dense: Floats, parts: Sequence[Matrix]) -> Floats:
        """Return logits: shape (n, classes)."""
        standard = self._standardised(self.head_columns(dense, parts))
        added: Floats = product(standard, self.coef_.T) + self.intercept_
        if self.reach_ is None:
            return added + self.prior_ * prior
        return prior + reach(parts[-1], *self.reach_) * (added + (self.prior_ - 1) * prior)

    def head_columns(self, dense: Floats, parts: Sequence[Matrix]) -> Floats:
        """Return the columns that the head reads: the dense ones, and the log probabilities of each channel."""
        channels = zip(parts, self.channels_, strict=True)
        logs = (log_softmax(product(part, coef.T) + intercept) for part, (coef, intercept) in channels)
        return np.hstack([dense, *logs])

    def _standardised(self, dense: Floats) -> Floats:
        """Bring the columns that the head reads to one scale.

        Few labels show little of what a model knows: what lies far from all of them must not turn its answer round.
        """
        standard: Floats = (dense - self.mean_) / self.scale_
        return np.clip(standard, -_FARTHEST, _FARTHEST) if self.has_prior else standard

    def pieces(self, matrix: Matrix) -> Iterator[Matrix]:
        """Yield the prior (zeros if there is none), the dense columns and those of each channel."""
        if isinstance(matrix, tuple):
            yield np.zeros((len(matrix[0]), len(self.classes_)))
            yield from matrix
            return
        n_prior = len(self.classes_) if self.has_prior else 0
        sizes = (n_prior, matrix.shape[1] - n_prior - sum(self.channels), *self.channels)
        prior, dense, *channels = (slice(end - size, end) for end, size in zip(np.cumsum(sizes), sizes, strict=True))
        yield _as_dense(matrix[:, prior]) if self.has_prior else np.zeros((matrix.shape[0], len(self.classes_)))
        yield _as_dense(matrix[:, dense])
        # A channel of few columns is dense in all but its form.
        for size, columns in zip(self.channels, channels, strict=True):
            yield matrix[:, columns] if size > FEW_COLUMNS else _as_dense(matrix[:, columns])


def _as_dense(matrix: Matrix) -> Floats:
    return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()


@dataclass(frozen=True, slots=True)
class SparseRows:
    """Rows of numbers of which most are zero, as scipy's ``csr_matrix`` holds them."""

    data: Floats
    columns: Array
    ends: Array  # where each row begins in these, and where the last ends
    n_columns: int

    def __matmul__(self, weights: Floats) -> Floats:
        """Multiply by weights of shape (n_columns, k), and add up in the order of the columns, as scipy does."""
        n = len(self.ends) - 1
        rows = np.repeat(np.arange(n), np.diff(self.ends))
        return np.column_stack([np.bincount(rows, self.data * each[self.columns], n) for each in weights.T])

    def matrix(self) -> Matrix:
        """Return scipy's form."""
        from scipy.sparse import csr_matrix

        return csr_matrix((self.data, self.columns, self.ends), shape=(len(self.ends) - 1, self.n_columns))


def side_by_side(*parts: Matrix) -> Matrix:
    """Put columns, dense or sparse, side by side in one of scipy's sparse matrices."""
    from scipy.sparse import csr_matrix, hstack

    return hstack(list(map(csr_matrix, parts)), format="csr")


def softmax(logits: Floats) -> Floats:
    """Return the probabilities of logits, row by row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def log_softmax(logits: Floats) -> Floats:
    """Return the log probabilities of logits, row by row."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def product(rows: Matrix, weights: Floats) -> Floats:
    """Multiply each row by weights, as if it stood alone.

    BLAS adds up in another order where there are more rows, so other comments would change its last
    digits, and with them, once in a while, one that is written.

    :param rows: Shape (n, columns), dense or sparse.
    :param weights: Shape (columns, k).
    :return: Shape (n, k).
    """
    return np.einsum("ij,jk->ik", rows, weights) if isinstance(rows, np.ndarray) else rows @ weights


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[object]:
    """Return a context in which BLAS uses one thread: for one vector, waiting for others takes longer than the sums."""
    return _blas().limit(limits=1, user_api="blas")


def reach(hidden: Floats, weights: Floats, intercept: float) -> Floats:
    """Return the probability that labels of a user hold for texts: shape (n, 1), zero where nothing was read.

    :param hidden: Of the texts, shape (n, columns).
    :param weights: As :attr:`FittedClassifier.reach_` has them, like the intercept.
    """
    odds = np.clip(product(hidden, weights[:, None]) + intercept, -_MOST_ODDS, _MOST_ODDS)
    return hidden.any(axis=1, keepdims=True) / (1 + np.exp(-odds))
