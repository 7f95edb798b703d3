"""A target's name and a text, read together: the part of a model that tells whom a sentence is about.

Cues and words know what stands near a target; a cross-encoder (as Nogueira and Cho, Passage Re-ranking with BERT, 2019)
reads both at once. Its lower layers are those of the shipped encoder. A model folder holds only what fine-tuning
changed, as plain arrays put into the shipped graph: so it weighs a quarter, and no graph from elsewhere is ever run.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import log_softmax

from stance.datamodels import STANCES, Mention
from stance.scoring.encoder import FIRST, LAST, TextEncoder, default_encoder, open_session
from stance.scoring.instances import Instance
from stance.scoring.onnx_runtime import load_runtime
from stance.threads import map_threads

Floats = NDArray[np.float64]

FROZEN_LAYERS = 2
"""Layers from below that fine-tuning leaves as they are, beside the embeddings."""

MOST_NAME, MOST_TEXT, MOST_CONTEXT = 12, 104, 40
"""Tokens of the target's name, of the text around the target, and of what it answers; speed falls with each."""

LEAST_PROBABILITY = 1e-4
"""A lower one says no more; here, and wherever the logarithm of a model's probability is reckoned with."""

_MOST_CHARACTERS = 6_000

_Slot = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Slots:
    """Where in the shipped graph what fine-tuning changes belongs: names and shapes, in the order of the arrays."""

    kernels: tuple[_Slot, ...]  # eight bits a weight
    scales: tuple[_Slot, ...]  # one for each column of a kernel
    floats: tuple[_Slot, ...]  # biases and norms

    @property
    def sizes(self) -> tuple[int, int, int]:
        """How many numbers each of the three arrays holds."""
        return _total(self.kernels), _total(self.scales), _total(self.floats)


def slots(encoder: TextEncoder) -> Slots:
    """Say where the layers that can be changed stand in the shipped graph."""
    layers = encoder.layers[FROZEN_LAYERS:]
    kernels = [(kernel["name"], tuple(kernel["shape"])) for layer in layers for kernel in layer["kernels"]]
    floats = [(each["name"], tuple(each["shape"])) for layer in layers for each in layer["floats"]]
    return Slots(
        kernels=tuple((f"{name}_quantized", shape) for name, shape in kernels),
        scales=tuple((f"{name}_scale", shape[1:]) for name, shape in kernels),
        floats=tuple(floats),
    )


class CrossEncoder:
    """Judges what a text says of a target by reading it together with the target's name.

    :param kernels: Shape (``slots(encoder).sizes[0]``,), eight bits; the fine-tuned layers' weights, one after another.
    :param scales: Shape (``slots(encoder).sizes[1]``,); by how much the columns of each kernel are multiplied.
    :param floats: Shape (``slots(encoder).sizes[2]``,); biases and norms of the same layers.
    :param coef: Shape (4, SIZE); of the linear head on the mean of all tokens.
    :param intercept: Shape (4,).
    :param encoder: The shipped one where not given.
    """

    def __init__(
        self,
        kernels: NDArray[np.int8],
        scales: NDArray[np.float32],
        floats: NDArray[np.float32],
        coef: Floats,
        intercept: Floats,
        encoder: TextEncoder | None = None,
    ) -> None:
        self.kernels = kernels
        self.scales = scales
        self.floats = floats
        self.coef = coef
        self.intercept = intercept
        self.encoder = encoder or default_encoder()

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Give what was learned by the names that the shipped graph has for it."""
        own = slots(self.encoder)
        parts = ((own.kernels, self.kernels), (own.scales, self.scales), (own.floats, self.floats))
        return {name: array for part, flat in parts for name, array in _cut(flat, part)}

    def log_probabilities(self, instances: Sequence[Instance]) -> Floats:
        """Give the log probability of each stance; each distinct pair is read once.

        :return: Shape (n, 4), columns in the order of ``STANCES``.
        """
        asked = [pair_tokens(self.encoder, instance) for instance in instances]
        distinct = list(dict.fromkeys(asked))
        found = dict(zip(distinct, map_threads(self._logits, distinct), strict=True))
        logits = np.array([found[tokens] for tokens in asked]).reshape(-1, len(STANCES))
        logs: Floats = np.maximum(log_softmax(logits, axis=1), np.log(LEAST_PROBABILITY))
        return logs

    def _logits(self, tokens: tuple[int, ...]) -> Floats:
        """Read one pair. It is not padded into a batch: eight-bit ranges would then depend on its neighbours."""
        given = {"input_ids": np.array([tokens], np.int64)}
        logits: Floats = self.coef @ self._session.run(["tokens"], given)[0][0].mean(axis=0) + self.intercept
        return logits

    @cached_property
    def _session(self) -> Any:
        to_value = load_runtime().OrtValue.ortvalue_from_numpy
        options = self.encoder.session_options()
        # The session reads these where they are: they must live as long as it does.
        self._held = [(name, to_value(array)) for name, array in self.arrays().items()]
        for name, value in self._held:
            options.add_initializer(name, value)
        return open_session(self.encoder.graph, options)


def pair_tokens(encoder: TextEncoder, instance: Instance) -> tuple[int, ...]:
    """Give what is read of an instance: the target's name, the text around it, and what it answers if that names it."""
    name = encoder.tokenize(instance.target.replace("-", " "))[0][:MOST_NAME]
    text = _around(encoder, instance.text, instance.own_mentions, MOST_TEXT)
    parts = [name, text]
    if instance.context and instance.context_mentions:
        own = [mention for mention in instance.context_mentions if mention.target == instance.target]
        parts.append(_around(encoder, instance.context, own, MOST_CONTEXT))
    return (FIRST, *(token for part in parts for token in (*part, LAST)))


def _around(encoder: TextEncoder, text: str, mentions: Sequence[Mention], most: int) -> list[int]:
    """Cut a text to so many tokens around the first place that names the target; from its beginning if none does."""
    ids, starts = encoder.tokenize(text[:_MOST_CHARACTERS])
    if len(ids) <= most:
        return ids
    named = int(np.searchsorted(starts, mentions[0].start)) if mentions else 0
    at = min(max(0, named - most // 2), len(ids) - most)
    return ids[at : at + most]


def _total(part: Sequence[_Slot]) -> int:
    return int(sum(np.prod(shape) for _, shape in part))


def _cut(flat: NDArray[Any], part: Sequence[_Slot]) -> list[tuple[str, NDArray[Any]]]:
    """Cut a flat array into the named ones that it holds."""
    ends = np.cumsum([np.prod(shape) for _, shape in part]).astype(int)
    pieces = np.split(flat, ends[:-1])
    return [
        (name, np.ascontiguousarray(piece.reshape(shape))) for (name, shape), piece in zip(part, pieces, strict=True)
    ]
