"""What was learned, as scoring needs it: apart from how it is learned, which needs scikit-learn.

Importing scikit-learn takes longer than reading and scoring a page, so what loads a model and predicts imports none of
it. ``scoring/classifier.py`` learns what is used here.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

if TYPE_CHECKING:
    from stance.scoring.domain import DomainCorrection

Floats = NDArray[np.float64]

_FEW_COLUMNS = 4_096
_FARTHEST = 3.0  # standard deviations


class FittedClassifier:
    """A regression in two storeys that was fitted: what a model folder holds of a classifier.

    ``classes_`` has shape (classes,); ``channels_`` holds of each channel its weights, shape (classes, columns), and
    intercepts, shape (classes,). The head reads the other columns and what channels say, brought to one scale by
    ``mean_`` and ``scale_``, shape (head,), and has ``coef_``, shape (classes, head), and ``intercept_``, shape
    (classes,). ``prior_`` says how far the prior is believed, ``odds_``, shape (classes,), which part of the intercept
    is no evidence but a shift of the odds for the sake of rare classes.

    :param channels: How many of the last columns each channel has, in order.
    :param has_prior: The first columns, one per class, are log probabilities of a model that exists already.
    """

    classes_: NDArray[Any]
    channels_: list[tuple[Floats, Floats]]
    mean_: Floats
    scale_: Floats
    coef_: Floats
    intercept_: Floats
    odds_: Floats
    prior_: float
    n_features_in_: int
    domain_: "DomainCorrection | None" = None  # for one kind of text, where labels of it were learned from

    def __init__(self, *, channels: Sequence[int] = (), has_prior: bool = False) -> None:
        self.channels = channels
        self.has_prior = has_prior

    def predict_proba(self, X: Any) -> Floats:  # noqa: N803
        """Give the probability of each class.

        :return: Shape (n, classes), columns in the order of ``classes_``; rows sum to 1.
        """
        prior, dense, *parts = self._split(X)
        logits = self.logits(prior, dense, parts)
        if self.domain_ is not None:
            logits = self.domain_.apply(logits, dense, parts)
        probabilities: Floats = softmax(logits, axis=1)
        return probabilities

    def logits(self, prior: Floats, dense: Floats, parts: Sequence[Any]) -> Floats:
        """Return what is decided by without the correction for a kind of text: shape (n, classes)."""
        beside = [
            log_softmax(product(part, coef.T) + intercept, axis=1)
            for part, (coef, intercept) in zip(parts, self.channels_, strict=True)
        ]
        standard = self._standardised(np.hstack([dense, *beside]))
        found: Floats = product(standard, self.coef_.T) + self.intercept_ + self.prior_ * prior
        return found

    def predict(self, X: Any) -> NDArray[Any]:  # noqa: N803
        """Give the most probable class."""
        columns = self.predict_proba(X).argmax(axis=1)
        chosen: NDArray[Any] = self.classes_[columns]
        return chosen

    def _standardised(self, dense: Floats) -> Floats:
        """Bring what the head reads to one scale.

        Few labels show little of what a model knows: what lies far from all of them must not turn its answer round.
        """
        standard: Floats = (dense - self.mean_) / self.scale_
        return np.clip(standard, -_FARTHEST, _FARTHEST) if self.has_prior else standard

    def _split(self, matrix: Any) -> list[Any]:
        """Split into the prior (zeros if there is none), the dense columns and those of each channel."""
        return list(self._pieces(matrix))

    def _pieces(self, matrix: Any) -> Iterator[Any]:
        n_prior = len(self.classes_) if self.has_prior else 0
        sizes = (n_prior, matrix.shape[1] - n_prior - sum(self.channels), *self.channels)
        prior, dense, *channels = (slice(end - size, end) for end, size in zip(np.cumsum(sizes), sizes, strict=True))
        yield _as_dense(matrix[:, prior]) if self.has_prior else np.zeros((matrix.shape[0], len(self.classes_)))
        yield _as_dense(matrix[:, dense])
        # A channel of few columns is dense in all but its form.
        for size, columns in zip(self.channels, channels, strict=True):
            yield matrix[:, columns] if size > _FEW_COLUMNS else _as_dense(matrix[:, columns])


def _as_dense(matrix: Any) -> Floats:
    dense: Floats = matrix.toarray() if sp.issparse(matrix) else matrix
    return dense


def product(rows: Any, weights: Floats) -> Floats:
    """Multiply each row by weights, as if it stood alone.

    BLAS adds up in another order where there are more rows, so what stands beside a comment would change its last
    digits, and with them, once in a while, one that is written.

    :param rows: Shape (n, columns), dense or sparse.
    :param weights: Shape (columns, k).
    :return: Shape (n, k).
    """
    found: Floats = rows @ weights if sp.issparse(rows) else np.einsum("ij,jk->ik", rows, weights)
    return found


def check_fitted(model: object, attribute: str) -> None:
    """Refuse to use what was not fitted.

    :param attribute: What fitting sets.
    :raises NotFittedError: Of scikit-learn, if it was not.
    """
    if not hasattr(model, attribute):
        from sklearn.exceptions import NotFittedError

        raise NotFittedError(f"{type(model).__name__} has no {attribute}; expected one that was fitted")
