"""Read VADER's sentiment as stance, as a baseline for other models.

Sentiment is not stance; this model measures how far they differ. It is the ``vader`` of ``stance evaluate`` as a model,
so that reports can be written with it and compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any

import numpy as np

from stance.datamodels import STANCES, Stance, Via
from stance.scoring.instances import Instance, Judgement, mention_spans, unnamed_shares
from stance.scoring.plugins import ScorerSettings
from stance.scoring.sentiment import score_texts, side_of

HOW_OFTEN_RIGHT: Mapping[Stance, float] = MappingProxyType(
    {Stance.FAVOR: 0.306, Stance.AGAINST: 0.591, Stance.NEUTRAL: 0.263, Stance.NOT_ADDRESSED: 0.444}
)
"""Share of pairs in which the stance that is read was the one that annotators gave: 3,738 pairs toward Russia, the US
and NATO whose comment, or the one it answers, names the target, in the training stories of the ordinary sets of
``research/data/comments``. The rest of the probability is spread evenly, so that what is read stays the most
probable."""


@dataclass(frozen=True, slots=True)
class VaderScorer:
    """Reads the sentiment of a text that names its target as its stance; any other is not addressed."""

    name: str = "vader"
    languages: tuple[str, ...] = ("en",)
    card: Mapping[str, Any] = field(
        default_factory=lambda: {
            "what": "VADER's compound of the whole text, at least .05 from zero, read as stance: a baseline",
            "how_often_right": {str(stance): share for stance, share in HOW_OFTEN_RIGHT.items()},
            "limits": ["How a text sounds is not whom it sides with."],
        }
    )

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        """Judge each text toward its target; the evidence are the places that name it."""
        texts = dict.fromkeys(instance.text for instance in instances if instance.via is Via.TEXT)
        compounds = dict(zip(texts, score_texts(list(texts)), strict=True))
        rows = [_row(instance, compounds) for instance in instances]
        return Judgement(np.array(rows).reshape(-1, len(STANCES)), [mention_spans(each) for each in instances])


def load(_: str, __: ScorerSettings) -> VaderScorer:
    """Make the scorer; it takes no settings."""
    return VaderScorer()


def _row(instance: Instance, compounds: Mapping[str, float]) -> tuple[float, ...]:
    if instance.via in (Via.ARTICLE, None):
        return unnamed_shares(instance)
    return _row_of(side_of(compounds[instance.text]) if instance.via is Via.TEXT else Stance.NOT_ADDRESSED)


@cache
def _row_of(stance: Stance) -> tuple[float, ...]:
    right = HOW_OFTEN_RIGHT[stance]
    return tuple(right if each is stance else (1 - right) / (len(STANCES) - 1) for each in STANCES)
