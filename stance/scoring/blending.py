"""A classifier and a cross-encoder, which err in different places, made one.

The classifier knows what its cues and words say, and is often silent; the cross-encoder always says something. Their
log probabilities are added, each times a weight (a logarithmic opinion pool: Genest and Zidek, Combining Probability
Distributions, 1986). The two weights are learned where neither has seen the answers, so they calibrate too.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax, softmax

from stance.scoring.cross_encoder import LEAST_PROBABILITY, CrossEncoder
from stance.scoring.instances import Instance

Floats = NDArray[np.float64]

_START = (0.7, 0.3)
_MOST = 4.0


@dataclass(frozen=True, slots=True)
class Blend:
    """A cross-encoder beside a classifier, and how far each is believed."""

    cross_encoder: CrossEncoder
    weights: tuple[float, float]  # of the classifier, of the cross-encoder; not negative

    def apply(self, probabilities: Floats, instances: Sequence[Instance]) -> Floats:
        """Correct what a classifier says of instances.

        :param probabilities: Shape (n, 4), columns in the order of ``STANCES``.
        :return: Likewise; rows sum to 1.
        """
        return pool(probabilities, self.cross_encoder.log_probabilities(instances), self.weights)


def pool(probabilities: Floats, logs: Floats, weights: tuple[float, float]) -> Floats:
    """Pool probabilities with log probabilities of the same pairs: shape (n, 4).

    A stance that has no probability at all is one that the classifier does not know, and keeps none.
    """
    own, other = weights
    logits = own * np.log(np.maximum(probabilities, LEAST_PROBABILITY)) + other * logs
    pooled: Floats = softmax(np.where(probabilities > 0, logits, -np.inf), axis=1)
    return pooled


def learn_weights(
    probabilities: Floats, logs: Floats, labels: NDArray[np.intp], importance: Floats
) -> tuple[float, float]:
    """Find the two weights under which labels are most probable.

    :param probabilities: Shape (n, 4), of a classifier, of pairs that it was not fitted on.
    :param logs: Shape (n, 4), log probabilities of a cross-encoder, likewise.
    :param labels: Shape (n,), columns of the right answers.
    :param importance: Shape (n,), how much each pair counts.
    """
    from scipy.optimize import minimize

    own = np.log(np.maximum(probabilities, LEAST_PROBABILITY))
    right = np.arange(len(labels)), labels

    def loss(weights: Floats) -> float:
        found = log_softmax(weights[0] * own + weights[1] * logs, axis=1)[right]
        return -float((importance * found).sum() / importance.sum())

    found = minimize(loss, np.array(_START), method="L-BFGS-B", bounds=[(0.0, _MOST)] * 2).x
    return float(found[0]), float(found[1])
