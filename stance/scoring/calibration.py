"""Cues weighed by what they turned out to say: written weights corrected where labelled comments contradict them.

A written weight is a judgement. How often a cue is right depends on its line, on its family (the head of its note), on
whether it speaks in favor or against, and on what stands around it. A ridge regression adds up a correction of each of
these, so that a line that fired twice keeps nearly its written weight and borrows from its family. What stands around a
cue changes its weight by a learned share. A denial reverses or reduces the weight, and all corrections with it, by
fixed factors. Keys are hashed: the corrections are one array, whatever cues a user adds.
"""

import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from stance.datamodels import Stance
from stance.scoring.cues import ANCHORED, CueHit

Floats = NDArray[np.float64]

N_KEYS = 2**14
"""Places in the array of corrections; the shipped cues have some 6,000 keys."""

STRENGTH = 2.0
"""Ridge penalty. Macro F1 on other sources was the same from 0.5 to 6, and .005 lower at 20."""

_FAMILY, _LINE = 0.5, 0.35  # how fast a family and a line are believed, beside direction and circumstances: 1
_DENIED = -0.8, -0.5, 0.3
"""What a denial leaves of a cue in favor, of blame that is denied, and of blame that something else is denied of.

Not to praise is to blame, and not to be bad is weakly good; but who "would not bow to a bully" still says who is one.
Labels are not asked: those that there are have few denials, and they believe the words around them.
"""
_WEAK = 0.3  # blame that is not denied: it says little but what it speaks of

_OF_DENIALS = ("negated", "claim_denied")
_LEAST = 0.02  # a smaller weight says nothing
_DIRECTIONS = {Stance.FAVOR: 1.0, Stance.AGAINST: -1.0}
_FOLDS = 10


def fit_corrections(
    hits: Sequence[Sequence[CueHit]], labels: Sequence[Any], importance: Floats | None = None
) -> Floats:
    """Learn what to add to the written weights.

    :param hits: The cues that fired in each text.
    :param labels: What each text meant; other than favor and against is no side.
    :param importance: Shape (n,); how much each text counts.
    :return: Shape (:data:`N_KEYS`,); zeros if no cue fired.
    """
    from sklearn.linear_model import Ridge

    rows = [i for i, found in enumerate(hits) for hit in found if hit.weight]
    if not rows:
        return np.zeros(N_KEYS)
    matrix, written = _key_matrix(hits)
    sides = np.array([_DIRECTIONS.get(label, 0.0) for label in labels])
    # A long text with many cues is one opinion, not many.
    weights = (1 / np.sqrt(np.bincount(rows, minlength=len(hits))[rows])) * (
        1.0 if importance is None else importance[rows]
    )
    ridge = Ridge(alpha=STRENGTH, fit_intercept=False, solver="sparse_cg", tol=1e-5)
    found: Floats = ridge.fit(matrix, sides[rows] - written, sample_weight=weights).coef_
    return found


def correct(hits: Sequence[Sequence[CueHit]], corrections: Floats) -> list[tuple[CueHit, ...]]:
    """Give each cue that fired its corrected weight, in [-1, 1].

    Neutral cues stay neutral, and those of hardly any weight become so.
    """
    matrix, written = _key_matrix(hits)
    weights = iter(_settled(written + matrix @ corrections))
    return [tuple(hit._replace(weight=next(weights)) if hit.weight else hit for hit in found) for found in hits]


def correct_out_of_fold(
    hits: Sequence[tuple[CueHit, ...]], labels: Sequence[Any], groups: Sequence[Any], importance: Floats | None = None
) -> list[tuple[CueHit, ...]]:
    """Correct each text's cues by what texts of other groups say, as those of new texts will be."""
    from sklearn.model_selection import GroupKFold

    corrected = list(hits)
    if len(set(groups)) < 2:
        return correct(hits, fit_corrections(hits, labels, importance))
    for fitted, left_out in GroupKFold(min(len(set(groups)), _FOLDS)).split(np.zeros(len(hits)), groups=groups):
        part = None if importance is None else importance[fitted]
        corrections = fit_corrections([hits[i] for i in fitted], [labels[i] for i in fitted], part)
        for i, found in zip(left_out, correct([hits[i] for i in left_out], corrections), strict=True):
            corrected[i] = found
    return corrected


def _settled(weights: Floats) -> list[float]:
    clipped = np.clip(weights, -1, 1)
    settled: list[float] = np.where(np.abs(clipped) < _LEAST, 0.0, clipped).tolist()
    return settled


def _key_matrix(hits: Sequence[Sequence[CueHit]]) -> tuple[Any, Floats]:
    """One row per cue that fired and is not neutral: its keys, and its written weight."""
    columns: list[int] = []
    values: list[float] = []
    ends, written = [0], []
    for hit in (hit for found in hits for hit in found if hit.weight):
        for column, value in _keys(hit):
            columns.append(column)
            values.append(value)
        ends.append(len(columns))
        written.append(said(hit))
    matrix = sp.csr_matrix((values, columns, ends), shape=(len(written), N_KEYS))
    return matrix, np.array(written, float)


def said(hit: CueHit) -> float:
    """Give what a cue says of its target where it stands, as far as is known without labels."""
    return hit.weight * _turn(hit)


def _turn(hit: CueHit) -> float:
    if "negated" not in hit.circumstances:
        return 1.0
    is_claim = "claim_denied" in hit.circumstances and hit.weight < -_WEAK
    return _DENIED[0 if hit.weight > 0 else 1 if is_claim else 2]


def _keys(hit: CueHit) -> list[tuple[int, float]]:
    side = "+" if hit.weight > 0 else "-"
    kind = f"{hit.kind} {side}"
    line = f"{hit.target} {hit.pattern}" if hit.kind == ANCHORED else hit.pattern
    turned = _turn(hit)
    return [
        (_place(kind), turned),
        (_place(f"{kind} slope"), turned * (abs(hit.weight) - 0.5)),
        (_place(f"{kind} family {hit.family}"), turned * _FAMILY),
        (_place(f"line {line}"), turned * _LINE),
        *((_place(f"{side} {name}"), said(hit)) for name in hit.circumstances if name not in _OF_DENIALS),
    ]


@lru_cache(maxsize=50_000)
def _place(key: str) -> int:
    return zlib.crc32(key.encode()) % N_KEYS
