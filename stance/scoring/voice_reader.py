"""Read the voice of an English sentence of an article by a small network, where words of saying leave it unsure.

An encoder of its own, over the word vectors of the one of comments, reads the sentence with those before and behind it.
``voices.py`` joins its answer with that of the rules; ``scripts/finetune_voices.py`` trains it.
"""

from collections.abc import Sequence
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.limits import map_threads
from stance.resources import VOICES
from stance.scoring.encoder import LAYERS, SIZE, TextEncoder
from stance.scoring.reader import gelu, load_network, normalised

TOKENS = 124
"""Read at once, beside the two marks around the sentence."""

SENTENCE_TOKENS, AROUND = 90, 30
"""Maximum numbers of tokens of the sentence, and of each of the two around it."""

HIDDEN = 128
PARTS = 3  # the sentence, the marks before and behind it

Numbers = NDArray[np.float32]


class Passage(NamedTuple):
    """A sentence with its neighbours, empty where there is none."""

    before: str
    text: str
    behind: str


class Tokens(NamedTuple):
    """The tokens of a passage, and which of them are the sentence."""

    ids: tuple[int, ...]
    sentence: range


def network_shapes() -> dict[str, tuple[int, ...]]:
    """Return the shape of each array of the network."""
    return {"entry": (HIDDEN, PARTS * SIZE), "entry_bias": (HIDDEN,), "exit": (HIDDEN,), "exit_bias": ()}


def tokens_of(passage: Passage, tokenize: Any) -> Tokens:
    """Choose the tokens that are read, with a mark on both sides of the sentence.

    :param tokenize: Returns an encoding with ``ids``.
    """
    before, own, behind = (tokenize(text).ids for text in passage)
    own = own[:SENTENCE_TOKENS]
    room = TOKENS - len(own)
    before = before[max(0, len(before) - min(AROUND, room // 2)) :]
    behind = behind[: min(AROUND, room - len(before))]
    mark, start = TextEncoder.last, len(before) + 1
    return Tokens((*before, mark, *own, mark, *behind), range(start, start + len(own)))


class VoiceReader:
    """The shipped network.

    :param folder: Holds ``layers.zst`` and ``network.npz``.
    """

    def __init__(self, folder: Path = VOICES) -> None:
        self.folder = folder

    @cached_property
    def _encoder(self) -> TextEncoder:
        return TextEncoder(changes=self.folder / LAYERS)

    @cached_property
    def _network(self) -> dict[str, Numbers]:
        return load_network(self.folder / "network.npz", network_shapes())

    def read(self, passages: Sequence[Passage]) -> list[float]:
        """Return the log odds that each sentence is quoted."""
        chosen = [tokens_of(passage, self._encoder.tokenize) for passage in passages]
        return map_threads(self._read, chosen)

    def _read(self, tokens: Tokens) -> float:
        weights, own = self._network, tokens.sentence
        vectors = self._encoder.vectors(tokens.ids)
        mean = vectors[own.start : own.stop].mean(axis=0) if own else np.zeros(SIZE, np.float32)
        parts = normalised(np.array([mean, vectors[own.start - 1], vectors[own.stop]], np.float32))
        hidden = gelu(weights["entry"] @ parts.ravel() + weights["entry_bias"])
        return float(weights["exit"] @ hidden + weights["exit_bias"])


@cache
def voice_reader() -> VoiceReader:
    """Return the shipped network, loaded when it is first used."""
    return VoiceReader()
