"""What chance and cheap methods would say: a model that is no better than these has learnt nothing."""

from collections.abc import Sequence

import numpy as np

from stance.datamodels import STANCES, Stance
from stance.evaluation.bootstrap import Floats

VADER_THRESHOLD = 0.05  # compound beyond which VADER's authors call a text positive or negative


def majority_baseline(gold: Sequence[Stance]) -> Floats:
    """Predict the commonest gold label for every text.

    :return: Shape (n, 4), rows are 0 and a single 1.
    """
    commonest = max(STANCES, key=list(gold).count)
    return _certain([commonest] * len(gold))


def gate_baseline(gold: Sequence[Stance], is_addressed: Sequence[bool]) -> Floats:
    """Predict the commonest side of those texts that name the target; not addressed elsewhere.

    What a list of names does without reading what is said of them.

    :return: Shape (n, 4), rows are 0 and a single 1.
    """
    named = [label for label, addressed in zip(gold, is_addressed, strict=True) if addressed]
    commonest = max((s for s in STANCES if s is not Stance.NOT_ADDRESSED), key=named.count)
    return _certain([commonest if addressed else Stance.NOT_ADDRESSED for addressed in is_addressed])


def vader_baseline(compounds: Sequence[float], is_addressed: Sequence[bool]) -> Floats:
    """Predict stance from how a text sounds, where it names the target; not addressed elsewhere.

    :param compounds: VADER's compound of each text, in [-1, 1].
    :return: Shape (n, 4), rows are 0 and a single 1.
    """
    return _certain(
        [
            _side(compound) if addressed else Stance.NOT_ADDRESSED
            for compound, addressed in zip(compounds, is_addressed, strict=True)
        ]
    )


def _side(compound: float) -> Stance:
    if abs(compound) < VADER_THRESHOLD:
        return Stance.NEUTRAL
    return Stance.FAVOR if compound > 0 else Stance.AGAINST


def _certain(labels: Sequence[Stance]) -> Floats:
    places = {stance: place for place, stance in enumerate(STANCES)}
    certain: Floats = np.eye(len(STANCES))[[places[label] for label in labels]]
    return certain
