"""Read pairs of text and target with an encoder and a small network.

A comment is encoded once for all its targets. The network sees, for each target, the mean vector of the text, of the
tokens that name the target and of those around them, that of the comment that is answered, and how often and where the
target is named. Weights for a known target are added to those that serve any target, so
a target that the model never saw is read by the latter alone.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, lru_cache
from math import log1p
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import Mention, Span, Strings, frozen, grouped
from stance.scoring.encoder import TextEncoder, places_around, shown_tokens, tokens_at
from stance.scoring.instances import Instance, mention_spans
from stance.scoring.weights import Numbers

HIDDEN = 256
"""Number of hidden units."""

FACTS = 6
"""Number of columns of :func:`facts_of`."""

NEAR = 8
"""Number of tokens on both sides of a mention that are near it."""

NAMED = (1.0, 0.0, 0.0)
"""Columns of how the target is addressed: only texts that name it are read."""

_PARTS = 5
"""Number of means of tokens: of a text, all, those that name the target and those near them; of the comment that is
answered, all, and those that name the target, which are not read."""

_TANH_SCALE, _TANH_CUBE = np.sqrt(2 / np.pi), 0.044715


def reader_shapes(n_targets: int, size: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each array of a reader.

    :param n_targets: Targets with weights of their own.
    :param size: Numbers of the vector of a token.
    """
    return {
        "absent": (_PARTS - 1, size),  # in place of a mean of no tokens; the text itself is never absent
        "entry": (HIDDEN, _PARTS * size + len(NAMED) + FACTS),
        "entry_bias": (n_targets + 1, HIDDEN),  # the last row: targets without weights of their own
        "own": (n_targets, HIDDEN, size),
    }


def facts_of(instance: Instance, n_tokens: int) -> list[float]:
    """Return how often and where a text names its target, each number about in [0, 1].

    :param n_tokens: Number of tokens of the text.
    """
    mentions = instance.own_mentions
    others = {mention.target for mention in instance.mentions} - {instance.target}
    return [
        log1p(len(mentions)) / 2,
        len(mentions) / max(1, len(instance.mentions)),
        mentions[0].start / max(1, len(instance.text)) if mentions else 0.0,
        log1p(n_tokens) / 6,
        len(others) / 3,
        sum(mention.kind == "leader" for mention in mentions) / max(1, len(mentions)),
    ]


@frozen
class _Text:
    """The tokens of a text that are read."""

    ids: NDArray[np.int32]
    places: list[int]  # among the tokens of the whole text
    offsets: NDArray[np.int32]  # shape (n, 2)
    n_tokens: int  # of the whole text

    @property
    def key(self) -> bytes:
        """What texts that are read alike have in common."""
        return self.ids.tobytes()


@lru_cache(maxsize=2_048)  # the texts of a batch: evidence asks for what was read
def _shown(encoder: TextEncoder, text: str, mentions: tuple[Mention, ...]) -> _Text:
    encoding = encoder.tokenize(text[:6_000])  # the rest is rarely about something else
    ids, offsets = np.array(encoding.ids, np.int32), np.array(encoding.offsets, np.int32).reshape(-1, 2)
    tokens = shown_tokens(len(ids), tokens_at(offsets, [(mention.start, mention.end) for mention in mentions]))
    return _Text(ids[tokens], tokens, offsets[tokens], len(ids))


@dataclass(frozen=True, eq=False)
class PairReader:
    """Turns pairs into columns: hidden units of the network, then the mean of the tokens of the text.

    :param targets: Those with weights of their own.
    :param weights: Arrays as :func:`reader_shapes` describes them.
    """

    encoder: TextEncoder
    targets: Strings
    weights: Mapping[str, Numbers]
    kind = "reader"

    @property
    def size(self) -> int:
        """Number of numbers of the vector of a token."""
        return int(self.weights["absent"].shape[1])

    @property
    def width(self) -> int:
        """Number of columns."""
        return HIDDEN + self.size

    def read(self, instances: Sequence[Instance]) -> Numbers:
        """Return the columns of pairs: shape (n, width). Each pair's digits do not depend on the others."""
        texts = [_shown(self.encoder, case.text, case.mentions) for case in instances]
        # The beginning of a long parent is read, as in training, also where it is itself a comment that is read.
        parents = [_shown(self.encoder, case.shown.parent, ()) if case.shown.parent else None for case in instances]
        ids = {shown.key: shown.ids for shown in (*parents, *texts) if shown is not None}
        rows_of = grouped((shown.key, row) for row, shown in enumerate(texts))
        means = {}
        near_means: list[Sequence[Numbers | None]] = [()] * len(instances)
        for key, states in zip(ids, self.encoder.vectors_of([*ids.values()]), strict=True):
            means[key] = states.mean(axis=0)
            for row in rows_of.get(key, ()):
                tokens = tokens_at(texts[row].offsets, mention_spans(instances[row]))
                near = places_around(len(states), tokens, NEAR)
                near_means[row] = [states[chosen].mean(axis=0) if chosen else None for chosen in (tokens, near)]
        parts = [
            [*near, means[shown.key] if shown else None, None] for near, shown in zip(near_means, parents, strict=True)
        ]
        facts = [[*NAMED, *facts_of(case, shown.n_tokens)] for case, shown in zip(instances, texts, strict=True)]
        means_of_texts = [means[shown.key] for shown in texts]
        with one_blas_thread():
            return self._columns(instances, np.array(means_of_texts, np.float32), parts, np.array(facts, np.float32))

    def _columns(
        self, instances: Sequence[Instance], vectors: Numbers, parts: Sequence[Sequence[Numbers | None]], facts: Numbers
    ) -> Numbers:
        size, entry, absent = self.size, self.weights["entry"], self.weights["absent"]
        vectors = normalised(vectors.reshape(-1, size))
        targets = np.array([self._place(instance.target) for instance in instances], np.intp)
        hidden = products(entry[:, :size], vectors) + self.weights["entry_bias"][targets]
        for number, missing in enumerate(absent, 1):
            column = [row[number - 1] for row in parts]
            rows = np.array([missing if row is None else row for row in column], np.float32).reshape(-1, size)
            hidden += products(entry[:, number * size : (number + 1) * size], normalised(rows))
        hidden += products(entry[:, _PARTS * size :], facts)
        for target, weights in enumerate(self.weights["own"]):
            hidden[targets == target] += products(weights, vectors[targets == target])
        return np.hstack([gelu(hidden), vectors])

    def _place(self, target: str) -> int:
        return self.targets.index(target) if target in self.targets else len(self.targets)

    def shown_spans(self, instance: Instance) -> tuple[Span, ...]:
        """Return the parts of a text that are read, in whole words, where it is too long to be read; else none."""
        tokens = _shown(self.encoder, instance.text, instance.mentions)
        if len(tokens.ids) == tokens.n_tokens:
            return ()
        spans: list[Span] = []
        for before, k, token in zip([-2, *tokens.places], tokens.places, tokens.offsets.tolist(), strict=False):
            # Widened to the white space around it: a token may begin or end inside a word, of at most 40 letters.
            start, end = token
            start -= len(re.split(r"\s", instance.text[max(0, start - 40) : start])[-1])
            end += len(re.split(r"\s", instance.text[end : end + 40])[0])
            if k == before + 1 or (spans and start < spans[-1][1]):
                start = spans.pop()[0]
            spans.append((start, end))
        return tuple(spans)


@cache
def _blas() -> Any:
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[object]:
    """Return a context in which BLAS uses one thread: for one vector, waiting for others takes longer than the sums."""
    return _blas().limit(limits=1, user_api="blas")


def products(weights: Numbers, rows: Numbers) -> Numbers:
    """Multiply vectors one at a time, which gives the same digits whatever other rows there are.

    :param weights: Shape (HIDDEN, size).
    :param rows: Shape (n, size).
    :return: Shape (n, HIDDEN).
    """
    return np.array([weights @ row for row in rows], np.float32).reshape(len(rows), len(weights))


def normalised(rows: Numbers) -> Numbers:
    """Bring each vector to mean 0 and variance 1."""
    centred = rows - rows.mean(axis=1, keepdims=True)
    # of the normalisation, as it was trained
    return centred / np.sqrt((centred * centred).mean(axis=1, keepdims=True) + np.float32(1e-5))


def gelu(numbers: Numbers) -> Numbers:
    """Return Gaussian error linear units, by the usual approximation."""
    inner = _TANH_SCALE * (numbers + _TANH_CUBE * numbers * numbers * numbers)
    return (0.5 * numbers * (1 + np.tanh(inner))).astype(np.float32)
