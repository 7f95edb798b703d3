"""Fit the classifier, and predict with it: a small head over few dense columns, and channels of words and meanings.

Word features are many and fit their own corpus best, so a head that sees them with written cues believes them too much.
Here each such channel enters as predictions made out of fold: of texts from groups that its regression was not
fitted on. Where groups are sources (who wrote the texts), the head learns how far to believe a channel about texts from
a source it has not seen.

Predicting needs neither scikit-learn nor scipy, whose import takes longer than reading and scoring a page: what fits
imports them where it uses them.
"""

import itertools
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Array = NDArray[Any]
Labels = NDArray[np.intp]
Matrix = Any
"""An array, or one of scipy's sparse matrices."""

FEW_COLUMNS = 4_096
_FARTHEST = 3.0  # standard deviations
_MOST_ODDS = 30.0  # logarithm
_MAX_ITERATIONS = 1_000
_TEMPERATURES = np.geomspace(1.0, 4.0, 29)  # steps of five in a hundred
_FOLDS = (5, 3)  # without and with a prior, where no groups are given; twice as many of groups
_UNSEEN = float(np.log(1e-3))  # log probability of a class that a fold did not hold


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


def _macro_f1(labels: Labels, guess: Labels) -> float:
    """Return the mean F1 of the classes that occur, in a hundredth of scikit-learn's time for a few hundred rows."""
    named = np.bincount(np.concatenate((labels, guess)))
    right = np.bincount(labels[labels == guess], minlength=len(named))
    return float(np.mean(2 * right[named > 0] / named[named > 0]))


class _Rows(NamedTuple):
    """The columns of some rows that the head reads, and their labels."""

    prior: Floats
    dense: Floats  # with the log probabilities of each channel
    labels: Labels
    groups: Array | None

    def chosen(self, rows: NDArray[np.bool_]) -> "_Rows":
        """Return some of the rows."""
        groups = None if self.groups is None else self.groups[rows]
        return _Rows(self.prior[rows], self.dense[rows], self.labels[rows], groups)


class StanceClassifier(FittedClassifier):
    """Multinomial logistic regression in two storeys.

    The last columns belong to channels: a first regression turns each into log probabilities, out of fold. The head is
    a second regression over the other columns, standardised, and those log probabilities.

    :param channels: How many columns each channel has, in order; none: one plain regression.
    :param has_prior: The first columns, one per class in sorted order, are log probabilities of a model that exists
        already. The head starts from them, and its penalty is on what it changes: few labels change little.
    :param C: Inverse strength of regularisation of the head; of several, the one with the least out-of-fold log loss.
    :param C_channels: Inverse strength of regularisation of the channels.
    :param bias_grid: Factors tried on the odds of every class but the commonest; the ones with the best out-of-fold
        macro F1 are kept; with a prior, those nearest to 1 within one standard error of the best (the rule of Breiman
        et al., Classification and Regression Trees, 1984). A corpus in which one class abounds otherwise makes that
        class the answer to every doubt.
    :param step: How much of the addition to the prior is kept: the odds of few labels are mostly chance.
    :param random_state: Seed of those folds.
    """

    def __init__(
        self,
        *,
        channels: Sequence[int] = (),
        has_prior: bool = False,
        C: float | Sequence[float] = 0.1,  # noqa: N803
        C_channels: float = 1.0,  # noqa: N803
        bias_grid: Sequence[float] = (1.0,),
        step: float = 1.0,
        random_state: int | None = None,
    ) -> None:
        super().__init__(channels=channels)
        self.has_prior = has_prior
        self.C = C
        self.C_channels = C_channels
        self.bias_grid = bias_grid
        self.step = step
        self.random_state = random_state

    def fit(
        self,
        X: Matrix,  # noqa: N803
        y: Sequence[str],
        groups: Sequence[object] | None = None,
        is_typical: Sequence[bool] | None = None,
    ) -> Self:
        """Fit the channels, their out-of-fold predictions, and the head.

        :param X: Shape (n, columns), dense or sparse.
        :param y: Shape (n,); at least two classes.
        :param groups: Length n; rows of one group are never on both sides of a fold.
        :param is_typical: Length n; the rows most like those to be predicted. The head is fitted on them alone, as
            it learns how often each class occurs and how far to trust each column; channels are learned from all rows.
        ``left_out_`` gets the probabilities of each row, by channels learned from other groups: shape (n, classes).

        :raises ValueError: If there is one class only, or fewer columns than the channels have.
        """
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise ValueError(f"1 class ({self.classes_[0]!r}); expected at least two")
        if min(self.channels, default=0) < 0 or sum(self.channels) > X.shape[1]:
            raise ValueError(f"{X.shape[1]} columns; expected at least those of channels={tuple(self.channels)}")
        rows = self._read(X, labels, None if groups is None else np.asarray(groups))
        typical = np.ones(len(labels), bool) if is_typical is None else np.asarray(is_typical, bool)
        self._fit_head(rows.chosen(typical))
        self._set_temperature(rows, typical)
        logits = self._standardised(rows.dense) @ self.coef_.T + self.intercept_ + self.prior_ * rows.prior
        self.left_out_ = softmax(logits)
        return self

    def _read(self, matrix: Matrix, labels: Labels, groups: Array | None) -> _Rows:
        """Fit the channels, and turn all rows into columns for the head, each as learned from other groups."""
        pieces = self.pieces(matrix)  # one by one: words alone are most of the matrix
        prior, columns = next(pieces), [next(pieces)]
        self.channels_ = []
        for piece in pieces:
            columns.append(self._out_of_fold(piece, labels, groups, self.C_channels))
            self.channels_.append(self._regress(piece, labels, self.C_channels))
        return _Rows(prior, np.hstack(columns), labels, groups)

    def _fit_head(self, rows: _Rows) -> None:
        prior, dense, labels, groups = rows
        if len(np.unique(labels)) < len(self.classes_):
            raise ValueError(f"{len(np.unique(labels))} classes in the typical rows; expected {len(self.classes_)}")
        self.mean_ = dense.mean(axis=0)
        spread = dense.std(axis=0)
        self.scale_ = np.where(spread > 1e-12, spread, 1.0)
        standard = self._standardised(dense)
        self.prior_ = 1.0
        strength = self._best_strength(standard, prior, labels, groups)
        self.coef_, self.intercept_ = self._regress(standard, labels, strength, prior)
        odds = self._best_bias(standard, prior, labels, groups, strength) if len(self.bias_grid) > 1 else 0.0
        self.coef_, self.intercept_ = self.step * self.coef_, self.step * (self.intercept_ + odds)

    def _set_temperature(self, rows: _Rows, typical: NDArray[np.bool_]) -> None:
        """Make the head less sure, where rows that it was not fitted on count as much as the others.

        What is to be predicted comes from elsewhere still, so probabilities that fit the typical rows alone promise
        too much. Labels do not change (Guo et al., On Calibration of Modern Neural Networks, 2017).
        """
        logits = self._standardised(rows.dense) @ self.coef_.T + self.intercept_ + rows.prior
        importance = np.where(typical, 1 / typical.sum(), 1 / max(1, (~typical).sum()))
        right = np.arange(len(rows.labels)), rows.labels
        losses = [-(importance * log_softmax(logits / t)[right]).sum() for t in _TEMPERATURES]
        temperature = _TEMPERATURES[int(np.argmin(losses))]
        self.coef_ /= temperature
        self.intercept_ /= temperature
        self.prior_ /= temperature

    def _out_of_fold(
        self, matrix: Matrix, labels: Labels, groups: Array | None, strength: float, prior: Floats | None = None
    ) -> Floats:
        """Predict each row's log probabilities by a regression fitted on other groups."""
        prior = np.zeros((matrix.shape[0], len(self.classes_))) if prior is None else prior
        found = np.full(prior.shape, _UNSEEN)
        for fitted, left_out in self._folds(labels, groups):
            known = np.unique(labels[fitted])
            given = np.searchsorted(known, labels[fitted])
            coef, intercept = self._regress(matrix, given, strength, prior[np.ix_(fitted, known)], fitted)
            place = np.ix_(left_out, known)
            found[place] = log_softmax(matrix[left_out] @ coef.T + intercept + prior[place])
        return found

    def _best_strength(self, standard: Floats, prior: Floats, labels: Labels, groups: Array | None) -> float:
        """Search the grid for the strength with the least out-of-fold log loss; the first of equals."""
        if isinstance(self.C, float | int):
            return float(self.C)
        right = np.arange(len(labels)), labels
        losses = [-self._out_of_fold(standard, labels, groups, C, prior)[right].sum() for C in self.C]
        return float(self.C[int(np.argmin(losses))])

    def _best_bias(
        self, standard: Floats, prior: Floats, labels: Labels, groups: Array | None, strength: float
    ) -> Floats:
        """Search the grid for the log factors with the best out-of-fold macro F1; the first of equals."""
        logits = self._out_of_fold(standard, labels, groups, strength, prior)
        grids = [(1.0,) if k == np.bincount(labels).argmax() else self.bias_grid for k in range(len(self.classes_))]
        biases = [np.log(factors) for factors in itertools.product(*grids)]
        scores = [_macro_f1(labels, (logits + bias).argmax(axis=1)) for bias in biases]
        best = int(np.argmax(scores))
        if not self.has_prior:
            return biases[best]
        least = scores[best] - self._spread(labels, (logits + biases[best]).argmax(axis=1))
        return min((np.abs(bias).sum(), i, bias) for i, bias in enumerate(biases) if scores[i] >= least)[2]

    def _spread(self, labels: Labels, guess: Labels) -> float:
        """Return the standard error of macro F1, by resampling."""
        generator = np.random.default_rng(self.random_state)
        draws = (generator.integers(0, len(labels), len(labels)) for _ in range(100))
        return float(np.std([_macro_f1(labels[rows], guess[rows]) for rows in draws]))

    def _folds(self, labels: Labels, groups: Array | None) -> Iterator[tuple[Array, Array]]:
        from sklearn.model_selection import GroupKFold, StratifiedKFold

        nothing, n_folds = np.zeros(len(labels)), _FOLDS[self.has_prior]
        if groups is not None and len(set(groups)) > 1:
            return GroupKFold(min(len(set(groups)), 2 * n_folds)).split(nothing, labels, groups)
        folds = StratifiedKFold(min(n_folds, len(labels)), shuffle=True, random_state=self.random_state)
        return folds.split(nothing, labels)

    @staticmethod
    def _regress(
        matrix: Matrix, labels: Labels, strength: float, prior: Floats | None = None, rows: Array | None = None
    ) -> tuple[Floats, Floats]:
        """Fit one regression to all rows or some; two classes get two rows, like more."""
        from sklearn.linear_model import LogisticRegression

        columns = matrix.shape[1]
        if rows is not None:  # chosen here, where no caller holds what is chosen from
            matrix = matrix[rows]
        if labels.min() == labels.max():
            return np.zeros((1, columns)), np.zeros(1)
        if prior is not None and prior.any():
            return _regress_from(prior, matrix, labels, strength)
        # Most hashed columns are empty in few texts: their weights are zero, and need not be searched for.
        used: Array | slice = slice(None)
        if not isinstance(matrix, np.ndarray):
            used = np.flatnonzero(matrix.getnnz(axis=0))
            matrix = matrix[:, used]
        model = LogisticRegression(C=strength, max_iter=_MAX_ITERATIONS).fit(matrix, labels)
        coef = np.zeros((len(model.coef_), columns))
        coef[:, used] = model.coef_
        if len(model.classes_) == 2:
            return np.vstack([np.zeros_like(coef), coef]), np.array([0.0, model.intercept_[0]])
        return coef, model.intercept_


def _regress_from(prior: Floats, matrix: Floats, labels: Labels, strength: float) -> tuple[Floats, Floats]:
    """Fit an addition to the logits of a model that exists, penalised, intercepts too.

    :param prior: Shape (n, classes), its log probabilities.
    """
    from scipy.optimize import minimize

    rows, columns = matrix.shape
    classes = prior.shape[1]
    design = np.hstack([matrix, np.ones((rows, 1))])
    gold = np.eye(classes)[labels]
    penalty = np.append(np.full(columns, 1 / strength), 1.0)[:, None]

    def loss(flat: Floats) -> tuple[float, Floats]:
        added = flat.reshape(columns + 1, classes)
        logs = log_softmax(prior + design @ added)
        slope = design.T @ (np.exp(logs) - gold) + penalty * added
        return float(0.5 * (penalty * added**2).sum() - (gold * logs).sum()), slope.ravel()

    start = np.zeros((columns + 1) * classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _MAX_ITERATIONS}).x
    found = found.reshape(columns + 1, classes)
    return found[:-1].T, found[-1]
