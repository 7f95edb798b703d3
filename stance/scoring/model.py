"""Predict the stance of texts toward targets.

A model turns pairs into columns and multiplies these by weights: a multinomial regression. Columns are those of a
network that reads the text (:mod:`stance.scoring.reader`) or of its words (:mod:`stance.scoring.words`). Labels of a
user change the weights alone (:mod:`stance.learn.adaptation`), so a taught model is one like any other.

Texts in other languages have a model of their own, part of the same folder.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import SOUNDS, STANCES, Factors, Record, Span, Strings
from stance.scoring.folding import fold_named
from stance.scoring.instances import Instance, Judgement, is_named, mention_spans, unnamed_shares

if TYPE_CHECKING:
    from stance.scoring.reader import PairReader
    from stance.scoring.words import WordReader

Floats = NDArray[np.float64]

_BATCH = 1_000  # pairs read at once, as their columns take memory


@dataclass(frozen=True, eq=False)
class StanceModel:
    """A trained model.

    :param coef: Shape (4, width), in the order of ``STANCES``.
    :param intercept: Shape (4,).
    :param sound: Weights of how texts sound, shape (3, columns + 1), the last column the intercepts; rows: negative,
        neutral, positive. None: VADER scores texts.
    :param stored: Columns of pairs of all kinds that it learned from, whose answers stay as they are when labels of a
        user change it: shape (n, width), as bytes or floats, with a factor for each column.
    :param decision: Factors of the decision rule.
    :param others: The model of texts in other languages.
    :param learned: Digests of the pairs that it learned from, as far as they are known.
    """

    name: str
    columns: "PairReader | WordReader" = field(repr=False)
    coef: Floats = field(repr=False)
    intercept: Floats = field(repr=False)
    own_languages: Strings = ("en",)
    decision: Factors | None = field(default=None, repr=False)
    card: Record = field(default_factory=dict, repr=False)
    sound: Floats | None = field(default=None, repr=False)
    stored: tuple[NDArray[np.int8] | Floats, Floats | float] | None = field(default=None, repr=False)
    others: "StanceModel | None" = None
    learned: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64), repr=False)
    _answers: dict[bytes, tuple[Floats, float]] = field(default_factory=dict, init=False, repr=False)

    reads_context = False
    """Whether a text is taken to address a target that its parent or headline alone names."""

    @property
    def kept(self) -> Floats | None:
        """The columns of pairs whose answers stay, as numbers."""
        return None if self.stored is None else np.multiply(*self.stored)

    @property
    def languages(self) -> Strings:
        """The languages that it scores."""
        return self.own_languages + (self.others.own_languages if self.others else ())

    @property
    def experimental(self) -> Strings:
        """Those of its languages in which it is not good enough to be used unless asked for."""
        listed = self.others.card.get("experimental", ()) if self.others else ()
        return tuple(language for language in listed if language in self.languages)

    @property
    def by_language(self) -> Record:
        """Measures in each language that was measured apart, as far as they are known."""
        measures = (self.others or self).card.get("by_language", {})
        return dict(measures) if isinstance(measures, Mapping) else {}

    def part(self, language: str) -> "StanceModel":
        """Return the model that judges texts in a language."""
        return self.others if self.others and language in self.others.own_languages else self

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        """Predict the stance of each text toward its target; equal pairs are read once, also of several calls.

        Evidence are the places that name the target, and of a long text the parts that were read.
        """
        probabilities = np.array([unnamed_shares(instance) for instance in instances]).reshape(-1, len(STANCES))
        sentiments = np.full(len(instances), np.nan)
        for part in filter(None, (self, self.others)):
            own = [(row, case) for row, case in enumerate(instances) if self.part(case.language) is part]
            rows = {row: _key(case) for row, case in own if is_named(case) or part.sound is not None}
            answers = part._answer({key: instances[row] for row, key in rows.items()})
            for row, key in rows.items():
                stances, sentiments[row] = answers[key]
                if is_named(instances[row]):
                    probabilities[row] = stances
        return Judgement(probabilities, [self._evidence(instance) for instance in instances], sentiments=sentiments)

    def _answer(self, pairs: Mapping[bytes, Instance]) -> Mapping[bytes, tuple[Floats, float]]:
        """Return the probabilities of stances and the sentiment of pairs, by their keys; those known are not read."""
        answers = {key: self._answers[key] for key in pairs.keys() & self._answers.keys()}
        keys = [key for key in pairs if key not in answers]
        for start in range(0, len(keys), _BATCH):
            batch = keys[start : start + _BATCH]
            typed = [pairs[key] for key in batch]
            # How a text sounds does not depend on its signs. Texts of equal tokens are read once.
            folded = [] if self.sound is None else [*map(_folded, typed)]
            columns = self.columns.read([*typed, *folded])
            stances = softmax(product(columns, self.coef.T) + self.intercept)[: len(batch)]
            sounds = np.full(len(batch), np.nan)
            if self.sound is not None:
                sounds = _sounds(columns, self.sound)[len(batch) :]
            answers |= zip(batch, zip(stances, sounds.tolist(), strict=True), strict=True)
        if len(self._answers) > 50_000:  # maximum number of pairs that are remembered, each in some 300 bytes
            self._answers.clear()
        self._answers.update((key, answers[key]) for key in keys)
        return answers

    def predict_proba(self, instances: Sequence[Instance]) -> Floats:
        """Return the probability of each stance: shape (n, 4), columns in the order of ``STANCES``; rows sum to 1."""
        return self.judge(instances).probabilities

    def _evidence(self, instance: Instance) -> tuple[Span, ...]:
        spans = mention_spans(instance)
        return (self.part(instance.language).columns.shown_spans(instance) or spans)[:20] if spans else ()


def _key(pair: Instance) -> bytes:
    """Return a digest of all that is read of a pair: copies of a comment under several articles are read once."""
    reading = (pair.text, pair.target, pair.mentions, pair.shown.parent)
    return blake2b(repr(reading).encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _folded(pair: Instance) -> Instance:
    """Fold the signs of the text of a pair."""
    text, mentions = fold_named(pair.text, pair.mentions)
    return pair._replace(text=text, mentions=mentions)


def _sounds(columns: Any, weights: Floats) -> Floats:
    """Score how texts sound, in [-1, 1]: how much likelier positive is than negative."""
    of_text = columns[:, columns.shape[1] - weights.shape[1] + 1 :]  # the mean of all tokens
    negative, neutral, positive = softmax(product(of_text, weights[:, :-1].T) + weights[:, -1]).T
    sounds = positive - negative
    is_neutral = neutral >= np.maximum(negative, positive)
    bounded = np.clip(sounds, -0.0499, 0.0499)  # the largest of four digits that are neutral
    sided = np.sign(sounds) * np.maximum(np.abs(sounds), SOUNDS)
    return np.where(is_neutral, bounded, sided)


def softmax(logits: Floats) -> Floats:
    """Return the probabilities of logits, row by row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def product(rows: Any, weights: Floats) -> Floats:
    """Multiply each row by weights, as if it stood alone.

    BLAS adds up in another order where there are more rows, so other comments would change its last digits, and with
    them, once in a while, one that is written.

    :param rows: Shape (n, columns), dense or sparse.
    :param weights: Shape (columns, k).
    :return: Shape (n, k).
    """
    return np.einsum("ij,jk->ik", rows.astype(np.float64), weights) if isinstance(rows, np.ndarray) else rows @ weights
