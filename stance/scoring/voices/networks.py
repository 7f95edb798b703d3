"""Read passages with the small networks of voices and tones.

An encoder over the word vectors of the one of comments reads a sentence with its neighbours. A small
network turns means of its vectors into an answer.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from stance.resources import VOICES, shipped_arrays
from stance.scoring.encoder import LAYERS, SIZE, TextEncoder
from stance.scoring.reader import gelu, normalised, one_blas_thread
from stance.scoring.weights import Library, Numbers

SENTENCE_TOKENS, AROUND = 90, 30
"""Maximum numbers of tokens of the sentence, and of each of the two around it."""

HIDDEN = 128

PARTS = 3  # the sentence, the marks before and behind it


class VoicePassage(NamedTuple):
    """A sentence with its neighbours, empty where there is none."""

    before: str
    text: str
    behind: str


class VoiceTokens(NamedTuple):
    """The tokens of a passage, and which of them are the sentence."""

    ids: tuple[int, ...]
    sentence: range


def tokens_of(passage: VoicePassage, tokenize: Callable[[str], Library]) -> VoiceTokens:
    """Choose the tokens that are read, with a mark on both sides of the sentence.

    :param tokenize: Returns an encoding with ``ids``.
    """
    before, sentence, behind = (tokenize(text).ids for text in passage)
    sentence = sentence[:SENTENCE_TOKENS]
    # Number of tokens read at once, without the two marks around the sentence.
    room = 124 - len(sentence)
    before = before[max(0, len(before) - min(AROUND, room // 2)) :]
    behind = behind[: min(AROUND, room - len(before))]
    mark, start = 102, len(before) + 1  # the token between sentences
    return VoiceTokens((*before, mark, *sentence, mark, *behind), range(start, start + len(sentence)))


@dataclass(frozen=True)
class PassageReader:
    """An encoder, which shares the word vectors of the one of comments, and a small network over it.

    :param folder: Holds ``layers.zst`` and ``network.npz``.
    """

    folder: Path

    @cached_property
    def encoder(self) -> TextEncoder:
        """The encoder, loaded when it is first used."""
        return TextEncoder(changes=self.folder / LAYERS)

    @cached_property
    def network(self) -> Mapping[str, Numbers]:
        """The weights of the small network by their names."""
        return shipped_arrays(self.folder / "network.npz")

    def answer(self, row: Numbers) -> Numbers:
        """Return the outputs of the network."""
        hidden = gelu(self.network["entry"] @ row + self.network["entry_bias"])
        return self.network["exit"] @ hidden + self.network["exit_bias"]


class VoiceReader(PassageReader):
    """The shipped network of voices."""

    def read(self, passages: Sequence[VoicePassage]) -> list[float]:
        """Return the log odds that each sentence is quoted."""
        passages_tokens = [tokens_of(passage, self.encoder.tokenize) for passage in passages]
        with one_blas_thread():
            vectors = self.encoder.vectors_of([tokens.ids for tokens in passages_tokens])
            return [self._read(tokens.sentence, rows) for tokens, rows in zip(passages_tokens, vectors, strict=True)]

    def _read(self, sentence: range, vectors: Numbers) -> float:
        mean = vectors[sentence.start : sentence.stop].mean(axis=0) if sentence else np.zeros(SIZE, np.float32)
        parts = normalised(np.array([mean, vectors[sentence.start - 1], vectors[sentence.stop]], np.float32))
        return float(self.answer(parts.ravel()))


voice_reader = cache(partial(VoiceReader, VOICES))
"""Return the shipped network, loaded when it is first used."""
