"""Read the tone of sentences of articles toward the targets that they name.

The encoder reads a sentence with those before and behind it, and the headline. A small network turns the means of the
whole, the sentence, the tokens that name the target, those around them and the headline into probabilities of critical,
neutral and favorable. People take a stance, an article has a tone: the two models share nothing but the word vectors.
A side is shown only above a probability at which, on outlets left out, enough of the sides shown were right
(``data/tone/card.json``); ``research/training/finetune_tone.py`` trains it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import TONES, Record, Tone, Voice
from stance.limits import map_threads
from stance.resources import TONE, shipped_arrays
from stance.scoring.encoder import LAYERS, Library, TextEncoder, gelu, normalised
from stance.scoring.fitted import one_blas_thread, softmax

TOKENS = 126
"""Number of tokens read at once: the sentence, and as much of the sentences around it as fits."""

SENTENCE_TOKENS, HEADLINE_TOKENS = 90, 40
NEAR = 8
"""Number of tokens on both sides of a mention."""

HIDDEN = 256
TARGETS = ("russia", "us", "nato")
"""Targets with a column of their own; others share the last one."""

LANGUAGES = ("en",)
"""Languages that it was trained and tested on."""

PARTS = 5  # the whole, the sentence, the names, what is around them, the headline

Numbers = NDArray[np.float32]
Probabilities = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Passage:
    """A sentence toward one target, with its context."""

    text: str
    target: str
    spans: tuple[tuple[int, int], ...]  # where it is named
    voice: Voice
    before: str = ""
    after: str = ""
    headline: str = ""


@dataclass(frozen=True, slots=True)
class ToneTokens:
    """The tokens of a passage, and which of them are averaged."""

    ids: tuple[int, ...]
    sentence: range
    named: list[int]
    near: range


def tokens_of(passage: Passage, tokenize: Callable[[str], Library]) -> ToneTokens:
    """Choose the tokens that are read: the sentence, then as much as fits before it and behind it.

    :param tokenize: Returns an encoding with ``ids`` and ``offsets``.
    """
    encoding = tokenize(passage.text)
    own = encoding.ids[:SENTENCE_TOKENS]
    before, after = tokenize(passage.before).ids, tokenize(passage.after).ids
    room = TOKENS - len(own)
    taken = min(len(before), max(room // 2, room - len(after)))
    before = before[len(before) - taken :]
    inside = [
        taken + place
        for place, (first, last) in enumerate(encoding.offsets[:SENTENCE_TOKENS])
        if any(first < end and last > start for start, end in passage.spans)
    ]
    sentence = range(taken, taken + len(own))
    near = range(max(taken, inside[0] - NEAR), min(sentence.stop, inside[-1] + NEAR + 1)) if inside else range(0)
    return ToneTokens((*before, *own, *after[: room - taken]), sentence, inside, near)


class ToneReader:
    """The shipped model of the tone of English sentences.

    :param folder: Holds ``layers.zst``, ``network.npz`` and ``card.json``.
    """

    languages = LANGUAGES

    def __init__(self, folder: Path = TONE) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[object, ...]:
        """Send the place only."""
        return type(self), (self.folder,)

    @cached_property
    def encoder(self) -> TextEncoder:
        """The encoder, which shares the word vectors of the one of comments."""
        return TextEncoder(changes=self.folder / LAYERS)

    @cached_property
    def card(self) -> Record:
        """Its measures on outlets left out, and the least probability of each side that is shown."""
        return json.loads((self.folder / "card.json").read_text(encoding="utf-8"))

    @cached_property
    def _network(self) -> Mapping[str, Numbers]:
        return shipped_arrays(self.folder / "network.npz")

    def read(self, passages: Sequence[Passage]) -> list[Probabilities]:
        """Return the probabilities of each passage, in the order of ``TONES``."""
        if not passages:
            return []
        tokenize = self.encoder.tokenize
        headlines = [tuple(tokenize(passage.headline).ids[:HEADLINE_TOKENS]) for passage in passages]
        chosen = [tokens_of(passage, tokenize) for passage in passages]
        # A sentence that names several targets is encoded once, and so is a headline.
        different = dict.fromkeys([*headlines, *(tokens.ids for tokens in chosen)])
        encoded = dict(zip(different, map_threads(self.encoder.vectors, [*different]), strict=True))
        with one_blas_thread():
            return [
                self._read(passage, tokens, encoded[tokens.ids], encoded[headline].mean(axis=0) if headline else None)
                for passage, tokens, headline in zip(passages, chosen, headlines, strict=True)
            ]

    def _read(self, passage: Passage, tokens: ToneTokens, vectors: Numbers, headline: Numbers | None) -> Probabilities:
        """Read one passage by itself, so that its digits do not depend on others."""
        weights = self._network
        hidden = gelu(weights["entry"] @ self._row(passage, tokens, vectors, headline) + weights["entry_bias"])
        (found,) = softmax((weights["exit"] @ hidden + weights["exit_bias"]).astype(np.float64)[None]).tolist()
        critical, neutral, favorable = found
        return critical, neutral, favorable

    def _row(self, passage: Passage, tokens: ToneTokens, vectors: Numbers, headline: Numbers | None) -> Numbers:
        absent = self._network["absent"]
        chosen = (range(len(tokens.ids)), tokens.sentence, tokens.named, tokens.near)
        means = [vectors[list(places)].mean(axis=0) if len(places) else absent[0] for places in chosen]
        parts = normalised(np.array([*means, absent[1] if headline is None else headline], np.float32))
        place = TARGETS.index(passage.target) if passage.target in TARGETS else len(TARGETS)
        voice, target = np.eye(len(Voice))[list(Voice).index(passage.voice)], np.eye(len(TARGETS) + 1)[place]
        return np.concatenate([parts.ravel(), voice, target]).astype(np.float32)

    def decide(self, tones: Probabilities) -> Tone | None:
        """Claim a tone: a side that is sure enough, neutral where that is most probable, else none."""
        return decide(tones, self.card["gate"])


def decide(tones: Probabilities, gate: Mapping[str, float]) -> Tone | None:
    """Claim a tone by the least probabilities of sides."""
    best = TONES[tones.index(max(tones))]
    return best if best is Tone.NEUTRAL or max(tones) >= gate[best] else None


tone_reader = cache(ToneReader)
"""Return the shipped model, loaded when it is first used."""
