"""Fit the classifier: a small head over few dense columns and the channels of words and meanings.

Word features are many and fit their own corpus best, so a head that sees them with written cues believes them too much.
Here each such channel enters as predictions made out of fold: of texts from groups that its regression was not
fitted on. Where groups are sources (who wrote the texts), the head learns how far to believe a channel about texts from
a source it has not seen.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple, Self

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GroupKFold, StratifiedKFold

from stance.scoring.fitted import Array, FittedClassifier, Floats, Matrix

Labels = NDArray[np.intp]

_MAX_ITERATIONS = 1_000
_TEMPERATURES = np.geomspace(1.0, 4.0, 29)  # steps of five in a hundred
_FOLDS = (5, 3)  # without and with a prior, where no groups are given; twice as many of groups
_UNSEEN = float(np.log(1e-3))  # log probability of a class that a fold did not hold


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
        self.left_out_ = softmax(logits, axis=1)
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
        losses = [-(importance * log_softmax(logits / t, axis=1)[right]).sum() for t in _TEMPERATURES]
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
            found[place] = log_softmax(matrix[left_out] @ coef.T + intercept + prior[place], axis=1)
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
        biases = [np.log(factors) for factors in product(*grids)]
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
        columns = matrix.shape[1]
        if rows is not None:  # chosen here, where no caller holds what is chosen from
            matrix = matrix[rows]
        if labels.min() == labels.max():
            return np.zeros((1, columns)), np.zeros(1)
        if prior is not None and prior.any():
            return _regress_from(prior, matrix, labels, strength)
        # Most hashed columns are empty in few texts: their weights are zero, and need not be searched for.
        used: Array | slice = slice(None)
        if sp.issparse(matrix):
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
    rows, columns = matrix.shape
    classes = prior.shape[1]
    design = np.hstack([matrix, np.ones((rows, 1))])
    gold = np.eye(classes)[labels]
    penalty = np.append(np.full(columns, 1 / strength), 1.0)[:, None]

    def loss(flat: Floats) -> tuple[float, Floats]:
        added = flat.reshape(columns + 1, classes)
        logs = log_softmax(prior + design @ added, axis=1)
        slope = design.T @ (np.exp(logs) - gold) + penalty * added
        return float(0.5 * (penalty * added**2).sum() - (gold * logs).sum()), slope.ravel()

    start = np.zeros((columns + 1) * classes)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _MAX_ITERATIONS}).x
    found = found.reshape(columns + 1, classes)
    return found[:-1].T, found[-1]
