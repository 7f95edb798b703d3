"""What trainers of readers share: targets, digests of pairs, and the choice of the decision rule."""

import hashlib
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score

from research.training.real_comments import TESTED
from stance.datamodels import STANCES, Factors
from stance.learn.examples import Example

Floats = NDArray[np.float64]

TARGETS = ("russia", "us", "nato", "ukraine")
"""Targets that get weights of their own."""

FACTORS = (1.0, 1.15, 1.3, 1.5, 1.75, 2.0, 2.5, 3.0)
"""Factors tried on each stance but ``not_addressed`` for the best mean macro F1 over the kinds of text."""

SHOWN_WHOLE = ("wa", "wb", "wc")
"""Sets of written comments that are wholly learned from: they were written for what real comments lack."""


def is_for_pool(example: Example) -> bool:
    """Return whether a written story is left out of training, so that the pool is fitted on it: one in twelve."""
    return example.source not in SHOWN_WHOLE and hashlib.sha256(example.story.encode()).digest()[5] % 12 == 0


def text_digest(example: Example) -> str:
    """Return a digest of text, parent and story, by which a reader's answers are found again."""
    key = f"{example.instance.text}\n{example.instance.shown.parent}\n{example.story}"
    return hashlib.sha256(key.encode(errors="replace")).hexdigest()[:24]


def fit_decision(kinds: Sequence[tuple[Floats, Sequence[Example], Floats]]) -> Factors:
    """Choose the factors of the decision rule with the best mean of macro F1 over the kinds of text.

    :param kinds: Of each kind probabilities, pairs and weights; only pairs toward the tested targets count.
    """
    tested = []
    for found, examples, weights in kinds:
        rows = [i for i, example in enumerate(examples) if example.instance.target in TESTED]
        tested.append((found[rows], [STANCES.index(examples[i].label) for i in rows], weights[rows]))
    best: tuple[float, Factors] = (-1.0, (1.0, 1.0, 1.0, 1.0))
    for favor, against, neutral in product(FACTORS, repeat=3):
        factors = (favor, against, neutral, 1.0)
        scores = [
            f1_score(labels, (found * factors).argmax(axis=1), average="macro", sample_weight=weights)
            for found, labels, weights in tested
        ]
        if (mean := float(np.mean(scores))) > best[0] + 1e-6:
            best = (mean, factors)
    return best[1]
