"""A correction for one kind of text, learned from labelled comments of that kind and applied to texts like them.

A model that was learned from many kinds of text is wrong on each in its own way: how often comments take no side, which
names are only the scene of a quarrel at home. Labels of one kind tell, but what they tell does not hold elsewhere. So
the correction is added to the logits of the model times the probability that a text is of that kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product as combinations
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.special import expit, log_softmax

from stance.scoring.fitted import product

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]

PRIOR_ODDS = 1 / 9
"""Odds that a text from anywhere is of the kind, before it is read."""

STRENGTH = 1 / 30
"""Inverse penalty on the weights of the correction; log loss on comments left out was the same from 1/10 to 1/100."""

_CHANNEL_STRENGTH = 1.0
_KIND_STRENGTH = 0.03
_LEAST_LOG = -6.0
_FARTHEST = 4.0  # standard deviations
_FOLDS = 5
_ODDS = (1.0, 1.25, 1.5, 2.0, 2.5)  # factors tried on the odds of each class but the last
_FEWEST = 2  # texts that a column must occur in
_MAX_ITERATIONS, _TOLERANCE = 300, 1e-3


@dataclass(frozen=True, slots=True)
class DomainCorrection:
    """A fitted correction.

    Channels are those of the model (hashed words, and meanings where it has an encoder). ``channels`` holds weights of
    shape (classes, 2 * columns) and intercepts of shape (classes,): columns stand once for all targets and once more
    for those that their own people name in quarrels at home. The correction reads the log probabilities of each channel
    and of the model, brought to one scale.
    """

    kind: tuple[Floats, float]  # weights of the last channel, shape (columns,), and intercept: is a text of the kind?
    channels: tuple[tuple[Floats, Floats], ...]
    mean: Floats  # shape (classes * (channels + 1),)
    scale: Floats
    coef: Floats  # shape (classes, classes * (channels + 1))
    intercept: Floats  # shape (classes,)
    odds: Floats  # shape (classes,); a shift of the odds for the sake of rare classes
    home_column: int  # the dense column that is 1 where the target is one that its own people name in quarrels at home

    def apply(self, logits: Floats, dense: Floats, parts: Sequence[Any]) -> Floats:
        """Return corrected logits.

        :param logits: Of the model; shape (n, classes).
        :param dense: Its dense columns; shape (n, columns).
        :param parts: The columns of each channel; shape (n, columns) each.
        :return: Shape (n, classes).
        """
        logs, at_home = log_softmax(logits, axis=1), is_at_home(dense, self.home_column)
        said = [_log_probabilities(part, at_home, *fitted) for part, fitted in zip(parts, self.channels, strict=True)]
        share = self.shares(parts)[:, None]
        standard = _standard(_columns(said, logs), self.mean, self.scale)
        corrected: Floats = logs + share * (product(standard, self.coef.T) + self.intercept + self.odds)
        return corrected

    def shares(self, parts: Sequence[Any]) -> Floats:
        """Return the probability that each text is of the kind: shape (n,)."""
        return _shares(self.kind, parts[-1])


def is_at_home(dense: Floats, home_column: int) -> Floats:
    """Return 1 where the target is one that its own people name in quarrels at home, else 0: shape (n,)."""
    return (dense[:, home_column] > 0).astype(float)


@dataclass(frozen=True, slots=True)
class DomainRows:
    """Labelled pairs of one kind, as a model reads them."""

    logits: Floats  # of the model; shape (n, classes)
    parts: Sequence[Any]  # the columns of each channel
    at_home: Floats
    labels: Labels  # columns of ``logits``
    weights: Floats  # shape (n,): how much each counts where odds are chosen; its root where weights are fitted
    folds: Labels  # shape (n,); rows of one text are in one fold


def fit_domain(
    rows: DomainRows, kind: tuple[Floats, float], scored: tuple[Labels, Labels, Floats], home_column: int
) -> DomainCorrection:
    """Learn a correction.

    :param rows: Labelled pairs of the kind.
    :param kind: As :func:`fit_kind` returns it.
    :param scored: Labels, guesses and weights of pairs of the kind that the model does not judge: they count where odds
        are chosen.
    :param home_column: As :attr:`DomainCorrection.home_column`.
    """
    channels = [_fit_channel(part, rows.at_home, rows) for part in rows.parts]
    said = [_out_of_fold(part, rows.at_home, rows) for part in rows.parts]
    logs = log_softmax(rows.logits, axis=1)
    columns = _columns(said, logs)
    mean, scale = columns.mean(axis=0), columns.std(axis=0) + 1e-6
    standard = _standard(columns, mean, scale)
    share = _shares(kind, rows.parts[-1])[:, None]
    design = np.hstack([standard, np.ones((len(standard), 1))]) * share
    left_out = logs.copy()
    for fold in np.unique(rows.folds):
        is_out = rows.folds == fold
        added = _fit_added(logs[~is_out], design[~is_out], rows.labels[~is_out], rows.weights[~is_out])
        left_out[is_out] += design[is_out] @ added
    added = _fit_added(logs, design, rows.labels, rows.weights)
    odds = _best_odds(left_out, share, rows, scored)
    return DomainCorrection(kind, tuple(channels), mean, scale, added[:-1].T, added[-1], odds, home_column)


def _shares(kind: tuple[Floats, float], part: Any) -> Floats:
    weights, intercept = kind
    found: Floats = expit(product(part, weights[:, None])[:, 0] + intercept + np.log(PRIOR_ODDS))
    return found


def _columns(said: Sequence[Floats], logs: Floats) -> Floats:
    return np.hstack([np.maximum(each, _LEAST_LOG) for each in (*said, logs)])


def _standard(columns: Floats, mean: Floats, scale: Floats) -> Floats:
    return np.clip((columns - mean) / scale, -_FARTHEST, _FARTHEST)


def _log_probabilities(part: Any, at_home: Floats, coef: Floats, intercept: Floats) -> Floats:
    """Return what a channel says: its weights for all targets, and beside them those at home."""
    size = part.shape[1]
    both = product(part, np.hstack([coef[:, :size].T, coef[:, size:].T]))
    classes = len(coef)
    found: Floats = log_softmax(both[:, :classes] + at_home[:, None] * both[:, classes:] + intercept, axis=1)
    return found


def fit_kind(of_kind: Any, others: Any) -> tuple[Floats, float]:
    """Learn to tell texts of the kind from others, by the last channel; no labels are needed.

    :param of_kind: Shape (n, columns).
    :param others: Shape (m, columns).
    :return: Weights, shape (columns,), and intercept, at even odds.
    """
    from sklearn.linear_model import LogisticRegression

    joined = sp.vstack([sp.csr_matrix(of_kind), sp.csr_matrix(others)], format="csr")
    is_of_kind = np.arange(joined.shape[0]) < of_kind.shape[0]
    regression = LogisticRegression(C=_KIND_STRENGTH, class_weight="balanced", max_iter=_MAX_ITERATIONS)
    fitted = regression.fit(joined, is_of_kind)
    return fitted.coef_[0], float(fitted.intercept_[0])


def _fit_channel(part: Any, at_home: Floats, rows: DomainRows, is_fitted: Any = None) -> tuple[Floats, Floats]:
    from sklearn.linear_model import LogisticRegression

    matrix = sp.csr_matrix(part)
    doubled = sp.hstack([matrix, sp.diags(at_home) @ matrix], format="csr")
    labels, classes = rows.labels, rows.logits.shape[1]
    if is_fitted is not None:
        doubled, labels = doubled[is_fitted], labels[is_fitted]
    used = np.flatnonzero(doubled.getnnz(axis=0) >= _FEWEST)  # a word of one text teaches nothing
    model = LogisticRegression(C=_CHANNEL_STRENGTH, max_iter=_MAX_ITERATIONS, tol=_TOLERANCE).fit(
        doubled[:, used], labels
    )
    coef, intercept = np.zeros((classes, doubled.shape[1])), np.full(classes, _LEAST_LOG)
    if len(model.classes_) == 2:
        coef[model.classes_[1], used], intercept[model.classes_] = model.coef_[0], (0.0, model.intercept_[0])
    else:
        coef[np.ix_(model.classes_, used)], intercept[model.classes_] = model.coef_, model.intercept_
    return coef, intercept


def _out_of_fold(part: Any, at_home: Floats, rows: DomainRows) -> Floats:
    """Return what a channel says of each row, learned from the other folds: as it will of new texts."""
    found = np.zeros(rows.logits.shape)
    for fold in np.unique(rows.folds):
        is_out = rows.folds == fold
        fitted = _fit_channel(part, at_home, rows, ~is_out)
        found[is_out] = _log_probabilities(part[is_out], at_home[is_out], *fitted)
    return found


def _fit_added(logs: Floats, design: Floats, labels: Labels, weights: Floats) -> Floats:
    """Fit what to add to log probabilities: shape (columns, classes); the last column is the intercept."""
    from scipy.optimize import minimize

    gold = np.eye(logs.shape[1])[labels]
    weights = (np.sqrt(weights) / np.sqrt(weights).mean())[:, None]
    penalty = np.append(np.full(design.shape[1] - 1, 1 / STRENGTH), 1.0)[:, None]

    def loss(flat: Floats) -> tuple[float, Floats]:
        added = flat.reshape(design.shape[1], -1)
        predicted = log_softmax(logs + design @ added, axis=1)
        slope = design.T @ (weights * (np.exp(predicted) - gold)) + penalty * added
        return float(0.5 * (penalty * added**2).sum() - (weights * gold * predicted).sum()), slope.ravel()

    start = np.zeros(design.shape[1] * logs.shape[1])
    found: Floats = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _MAX_ITERATIONS}).x
    return found.reshape(design.shape[1], -1)


def _best_odds(logs: Floats, share: Floats, rows: DomainRows, scored: tuple[Labels, Labels, Floats]) -> Floats:
    """Return the log factors on the odds of classes with the best macro F1 on rows left out; the first of equals."""
    classes = logs.shape[1]
    labels, weights = np.concatenate([rows.labels, scored[0]]), np.concatenate([rows.weights, scored[2]])
    best, most = np.zeros(classes), -1.0
    for factors in combinations(*[_ODDS] * (classes - 1), (1.0,)):
        odds = np.log(factors)
        guess = np.concatenate([(logs + share * odds).argmax(axis=1), scored[1]])
        if (found := weighted_macro_f1(labels, guess, weights, classes)) > most + 1e-9:
            best, most = odds, found
    return best


def weighted_f1(labels: Labels, guess: Labels, weights: Floats, classes: int) -> Floats:
    """Return the F1 of each class, each pair counted by its weight: shape (classes,), 0 where a class has no pair."""
    right = np.bincount(labels, weights * (labels == guess), classes)
    both = np.bincount(labels, weights, classes) + np.bincount(guess, weights, classes)
    scores: Floats = 2 * right / np.maximum(both, 1e-12)
    return scores


def weighted_macro_f1(labels: Labels, guess: Labels, weights: Floats, classes: int) -> float:
    """Return the mean F1 of the classes that occur, each pair counted by its weight: in [0, 1]."""
    occurs = np.bincount(labels, weights, classes) > 0
    return float(weighted_f1(labels, guess, weights, classes)[occurs].mean())
