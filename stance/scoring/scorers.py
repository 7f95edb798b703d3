"""What scores stance: the model that ships, a folder, or one that is plugged in; all asked the same way.

| name                    | what judges                                                        | room              |
|-------------------------|--------------------------------------------------------------------|-------------------|
| an installed one, a folder | a model that ``stance train`` made                              | `persistence.py`  |
| ``vader``               | how a comment sounds, read as stance: a baseline                   | `vader.py`        |
| ``hf:NAME_OR_FOLDER``   | a Hugging Face sequence classifier or NLI model, on this machine   | `hugging_face.py` |
| ``llm:MODEL``           | a chat model behind an OpenAI-compatible endpoint, named by a URL  | `llm.py`          |
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import Via
from stance.exceptions import ConfigError
from stance.scoring.instances import Instance
from stance.scoring.settings import ScorerSettings

Floats = NDArray[np.float64]
Span = tuple[int, int]

MAX_REASONS = 10
"""Why there are no answers, told one by one."""

NONE: Mapping[Any, Any] = MappingProxyType({})


class Judgement(NamedTuple):
    """What a scorer says of some instances."""

    probabilities: Floats  # shape (n, 4), in the order of STANCES; rows sum to 1, or are NaN: no answer
    evidence: list[tuple[Span, ...]]  # spans of each text, by position, without overlap
    reasons: Mapping[int, str] = NONE  # row -> why there is no answer


def commonest_reasons(reasons: Counter[str]) -> list[tuple[str, int]]:
    """Give why there are no answers, the commonest first; a server may word each one otherwise, so the rest is one."""
    first = reasons.most_common(MAX_REASONS)
    rest = reasons.total() - sum(pairs for _, pairs in first)
    return [*first, ("other reasons", rest)] if rest else first


class Scorer(Protocol):
    """Judges texts toward targets."""

    @property
    def name(self) -> str:
        """What scores carry as their model."""

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that it may score, as ISO 639-1."""

    @property
    def card(self) -> Mapping[str, Any]:
        """What it was made from and how well it does, as far as that is known."""

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        """Judge each text toward its target, and say by which of its words."""


@runtime_checkable
class RemoteScorer(Protocol):
    """A scorer that sends texts to another machine, and keeps account of it."""

    @property
    def endpoint(self) -> str:
        """Where texts are sent."""

    @property
    def texts_sent(self) -> int:
        """How many comments were sent in this run."""

    @property
    def texts_cached(self) -> int:
        """How many were answered wholly from what an earlier run had sent."""


_FLAGS = {
    "url": "--url",
    "languages": "--model-languages",
    "label_map": "--label-map",
    "parallel": "--parallel",
    "budget": "--budget",
    "plain_http": "--plain-http",
}
_KINDS = {
    "hf": ("languages", "label_map", "parallel"),
    "llm": ("url", "languages", "parallel", "budget", "plain_http"),
}
"""prefix of a name -> the settings that such a model takes"""


def load_scorer(name: str | Path = "default", settings: ScorerSettings | None = None) -> Scorer:
    """Load what a name stands for.

    :param name: An installed model, a model folder, ``vader``, ``hf:NAME_OR_FOLDER`` or ``llm:MODEL``.
    :raises ModelError: If there is none, or it cannot be used.
    :raises ConfigError: If a setting is missing, not valid, or not one of this kind of model.
    :raises MissingExtraError: If it needs a package that is not installed.
    """
    settings = settings or ScorerSettings()
    kind, _, rest = str(name).partition(":")
    if not rest or kind not in _KINDS:
        kind = ""
    _require_known(str(name), kind, settings)
    if kind == "hf":
        from stance.scoring.hugging_face import load_hugging_face

        return load_hugging_face(rest, settings)
    if kind == "llm":
        from stance.scoring.llm import open_endpoint

        return open_endpoint(rest, settings)
    if name == "vader":
        from stance.scoring.vader import VaderScorer

        return VaderScorer()
    from stance.scoring.persistence import load_model

    return load_model(name)


def _require_known(name: str, kind: str, settings: ScorerSettings) -> None:
    """Refuse a setting that a model would not heed: whoever gave it expects it to do something."""
    for each in fields(settings):
        if each.name in _FLAGS and getattr(settings, each.name) and each.name not in _KINDS.get(kind, ()):
            takers = " or ".join(f"{prefix}:..." for prefix, known in _KINDS.items() if each.name in known)
            raise ConfigError(f"{_FLAGS[each.name]}: model {name} does not take it; expected --model {takers}")


# The mention gate of models that come without one ---------------------------------------------------------------------

NAMED_IN_ARTICLE = (0.055, 0.132, 0.089, 0.724)
"""What comments meant that do not name the target, under an article that does: shares of favor, against, neutral, not
addressed among 968 pairs toward Russia, the US and NATO, in the training stories of the ordinary sets of
``data/comments`` (to be counted again when those change)."""

NOT_NAMED = (0.014, 0.029, 0.015, 0.942)
"""The same of comments whose article does not name it either: 5,245 pairs."""


def unnamed_shares(instance: Instance) -> tuple[float, float, float, float]:
    """Give the shares that stand for a text that does not name its target: shape (4,), sums to 1."""
    return NAMED_IN_ARTICLE if instance.via is Via.ARTICLE else NOT_NAMED


def mention_spans(instance: Instance) -> tuple[Span, ...]:
    """Give the places of a text that name its target."""
    return tuple((mention.start, mention.end) for mention in instance.own_mentions)
