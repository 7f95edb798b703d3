"""Read the tone of English sentences toward the targets that they name.

A small network turns the means of the whole passage, the sentence, the tokens that name the target, those around them
and the headline into probabilities of critical, neutral and favorable. People take a stance, an article has a tone:
the two models share nothing but the word vectors. A side is shown only above a probability at which, on outlets left
out, enough of the sides shown were right (``data/tone/card.json``; ``research/training/finetune_tone.py`` trains it).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property, partial

import numpy as np

from stance.datamodels import TONES, Record, Span, Tone, Voice, frozen
from stance.resources import TONE
from stance.scoring.encoder import WINDOW, tokens_at
from stance.scoring.model import softmax
from stance.scoring.reader import NEAR, normalised, one_blas_thread
from stance.scoring.voices.networks import SENTENCE_TOKENS, PassageReader
from stance.scoring.weights import Library, Numbers

Probabilities = tuple[float, float, float]


HEADLINE_TOKENS = 40
"""Number of tokens of the headline that are read."""

TARGETS = ("russia", "us", "nato")
"""Targets with a column of their own; others share the last one."""


@frozen
class Passage:
    """A sentence toward one target, with its context."""

    text: str
    target: str
    spans: tuple[Span, ...]  # where it is named
    voice: Voice
    before: str = ""
    after: str = ""
    headline: str = ""


@frozen
class ToneTokens:
    """The tokens of a passage, and which of them are averaged."""

    ids: tuple[int, ...]
    sentence: range
    named: list[int]
    near: range


def tone_tokens_of(passage: Passage, tokenize: Callable[[str], Library]) -> ToneTokens:
    """Choose the tokens that are read: the sentence, then as much as fits before it and behind it.

    :param tokenize: Returns an encoding with ``ids`` and ``offsets``.
    """
    encoding = tokenize(passage.text)
    sentence_ids = encoding.ids[:SENTENCE_TOKENS]
    before, after = tokenize(passage.before).ids, tokenize(passage.after).ids
    room = WINDOW - len(sentence_ids)
    n_before = min(len(before), max(room // 2, room - len(after)))
    before = before[len(before) - n_before :]
    inside = [n_before + token for token in tokens_at(encoding.offsets[:SENTENCE_TOKENS], passage.spans)]
    sentence, near = range(n_before, n_before + len(sentence_ids)), range(0)
    if inside:
        near = range(max(n_before, inside[0] - NEAR), min(sentence.stop, inside[-1] + NEAR + 1))
    return ToneTokens((*before, *sentence_ids, *after[: room - n_before]), sentence, inside, near)


class ToneReader(PassageReader):
    """The shipped model of the tone of English sentences; its folder also holds ``card.json``."""

    languages = ("en",)  # that it was trained and tested on

    @cached_property
    def card(self) -> Record:
        """Its measures on outlets left out, and the least probability of each side that is shown."""
        return json.loads((self.folder / "card.json").read_text(encoding="utf-8"))

    def read(self, passages: Sequence[Passage]) -> list[Probabilities]:
        """Return the probabilities of each passage, in the order of ``TONES``."""
        tokenize = self.encoder.tokenize
        headlines = [tuple(tokenize(passage.headline).ids[:HEADLINE_TOKENS]) for passage in passages]
        passage_tokens = [tone_tokens_of(passage, tokenize) for passage in passages]
        # A sentence that names several targets is encoded once, and so is a headline.
        different = dict.fromkeys([*headlines, *(tokens.ids for tokens in passage_tokens)])
        encoded = dict(zip(different, self.encoder.vectors_of([*different]), strict=True))
        with one_blas_thread():
            return [
                self._read(passage, tokens, encoded[tokens.ids], encoded[headline].mean(axis=0) if headline else None)
                for passage, tokens, headline in zip(passages, passage_tokens, headlines, strict=True)
            ]

    def _read(self, passage: Passage, tokens: ToneTokens, vectors: Numbers, headline: Numbers | None) -> Probabilities:
        """Read one passage by itself, so that its digits do not depend on others."""
        absent = self.network["absent"]
        groups = (range(len(tokens.ids)), tokens.sentence, tokens.named, tokens.near)
        means = [vectors[list(group)].mean(axis=0) if len(group) else absent[0] for group in groups]
        parts = normalised(np.array([*means, absent[1] if headline is None else headline], np.float32))
        column = TARGETS.index(passage.target) if passage.target in TARGETS else len(TARGETS)
        voice, target = np.eye(len(Voice))[list(Voice).index(passage.voice)], np.eye(len(TARGETS) + 1)[column]
        row = np.concatenate([parts.ravel(), voice, target]).astype(np.float32)
        critical, neutral, favorable = softmax(self.answer(row).astype(np.float64)[None])[0].round(6).tolist()
        return critical, neutral, favorable


def decide(tones: Probabilities, gate: Mapping[str, float]) -> Tone | None:
    """Claim a tone: a side that reaches its least probability, neutral where that is most probable, else none."""
    best = TONES[tones.index(max(tones))]
    return best if best is Tone.NEUTRAL or max(tones) >= gate[best] else None


tone_reader = cache(partial(ToneReader, TONE))
"""Return the shipped model, loaded when it is first used."""
