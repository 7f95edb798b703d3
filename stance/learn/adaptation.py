"""Adapt the weights of a model to labelled pairs, and keep its answers to others."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import log_softmax, softmax
from threadpoolctl import threadpool_limits

from stance.aggregation.observations import Floats
from stance.datamodels import FEWEST_PAIRS, STANCES, counted
from stance.exceptions import LabelError
from stance.learn.examples import Examples
from stance.scoring.instances import Instance, is_named
from stance.scoring.model import StanceModel, product
from stance.scoring.reader import HIDDEN, PairReader
from stance.scoring.words import SparseRows

MOST_PAIRS = 10_000
"""Maximum number of labelled pairs that a model is adapted to: columns of a pair take 30 kB. With all 13,475 pairs of
VAST instead, macro F1 on 3,006 others was .670 instead of .668 (`default`) and .440 instead of .443 (`light`)."""


def adapt(base: StanceModel, examples: Examples, *, fewest: int = FEWEST_PAIRS, others: Examples) -> StanceModel:
    """Adapt a model to labels: its English part by labels of English texts, that of other languages by theirs.

    :param examples: Of every target together; of more than :data:`MOST_PAIRS`, that number is drawn.
    :param fewest: Minimum number of labelled pairs that name their target.
    :param others: Pairs whose answers are kept by a model that holds none itself, as :func:`unlike` returns them.
    :return: The base with other weights. A part without labels enough stays as it is.
    :raises LabelError: If too few address their target, or all take the same side.
    """
    addressed = [example for example in examples if is_named(example.instance)]
    parts = [part for part in (base, base.others) if part is not None]
    of_parts = [[pair for pair in addressed if base.part(pair.instance.language) is part] for part in parts]
    if not _is_enough(addressed, fewest):
        sides = counted(len({example.label for example in addressed}), "stance")
        problem = f"{counted(len(addressed), 'labelled pair')} whose text names the target, with {sides}"
        missing = f"; {fewest - len(addressed)} more are needed" if len(addressed) < fewest else ""
        raise LabelError(f"{problem}; expected at least {fewest} with two{missing}")
    pairs = zip(parts, of_parts, strict=True)
    taught = [_adapt(part, rows, others) if _is_enough(rows, fewest) else part for part, rows in pairs]
    return replace(taught[0], name="candidate", others=taught[1] if base.others else None)


def _adapt(base: StanceModel, examples: Examples, others: Examples) -> StanceModel:
    # Of too many, pairs are drawn by their digests: the same ones in any order.
    drawn = sorted(examples, key=lambda pair: pair.digest)[:MOST_PAIRS]
    columns = base.columns.read([example.instance for example in drawn])
    labels = np.array([STANCES.index(example.label) for example in drawn])
    kept = base.kept
    columns_of_others = base.columns.read([example.instance for example in others]) if kept is None else kept
    with threadpool_limits(1):  # sums in another order are other weights in the last digits
        coef, intercept = fit_addition(base, columns, labels, columns_of_others)
    return replace(base, coef=base.coef + coef, intercept=base.intercept + intercept)


def fit_addition(base: StanceModel, columns: Any, labels: NDArray[np.intp], others: Any) -> tuple[Floats, Floats]:
    """Fit what labels add to the weights of a model, penalised; on what it has learned it is to answer as before.

    A prior of this form is Daumé and Marcu's (Domain Adaptation for Statistical Classifiers, JAIR 2006); answers to old
    tasks are kept as by Li and Hoiem (Learning without Forgetting, 2016).

    :param columns: Of the labelled pairs, shape (n, width), dense or sparse.
    :param labels: Places in ``STANCES``, shape (n,).
    :param others: Columns of the pairs whose answers are kept, shape (m, width).
    :return: Additions to ``coef`` and ``intercept``.
    """
    n, parts = len(labels), (columns, others)
    is_sparse = isinstance(columns, SparseRows)
    rows: Any = sparse.vstack([part.matrix() for part in parts]) if is_sparse else np.vstack(parts)
    prior = product(rows, base.coef.T) + base.intercept
    answers = softmax(prior, axis=1)
    # The pairs whose answers are kept have together 20 times the weight of the labelled pairs.
    weight = np.full((len(prior), 1), 20.0 * n / max(1, len(prior) - n))
    answers[:n], weight[:n] = np.eye(len(STANCES))[labels], 1
    scale, penalty = np.ones(base.columns.width), 1.0  # the penalty of words
    if base.stored is not None:  # of a network; means of tokens count less than its hidden units
        scale[HIDDEN:], penalty = 0.1, 30.0
        rows = rows * scale
    used = np.flatnonzero(abs(rows).sum(axis=0))  # nothing is added to the weights of other columns
    rows = rows[:, used]

    def loss(flat: Floats) -> tuple[float, Floats]:
        added = flat.reshape(-1, len(STANCES))
        logs = log_softmax(prior + rows @ added[:-1] + added[-1], axis=1)
        slope = weight * (np.exp(logs) - answers)
        slopes = np.vstack([rows.T @ slope, slope.sum(axis=0)]) + penalty * added
        return float(0.5 * penalty * (added**2).sum() - (weight * answers * logs).sum()), slopes.ravel()

    start = np.zeros((len(used) + 1) * len(STANCES))
    solution = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x.reshape(-1, len(STANCES))
    coef = np.zeros_like(base.coef)
    coef[:, used] = (solution[:-1] * scale[used][:, None]).T
    return coef, solution[-1]


def _is_enough(judged: Examples, fewest: int) -> bool:
    return len(judged) >= fewest and len({example.label for example in judged}) > 1


@dataclass(frozen=True, eq=False)
class _ReadOnce(PairReader):
    """Columns that are read once for each pair, however many models are trained on them."""

    known: dict[Instance, NDArray[np.float32]] = field(default_factory=dict)

    def read(self, instances: Sequence[Instance]) -> NDArray[np.float32]:
        new = list(dict.fromkeys(instance for instance in instances if instance not in self.known))
        # Maximum number of pairs that are read at once.
        batch = 1_000
        for start in range(0, len(new), batch):
            part = new[start : start + batch]
            self.known.update(zip(part, super().read(part), strict=True))
        return np.array([self.known[instance] for instance in instances], np.float32).reshape(-1, self.width)


def reading_once(model: StanceModel) -> StanceModel:
    """Return the model with columns that are read once for each pair, however often it is adapted."""
    columns = model.columns
    if isinstance(columns, PairReader):
        columns = _ReadOnce(columns.encoder, columns.targets, columns.weights)
    return replace(model, columns=columns, others=model.others and reading_once(model.others))
