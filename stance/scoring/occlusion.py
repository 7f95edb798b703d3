"""Which words of a text told the model its side, where no cue did: those without which it would be less sure.

Each word in turn is blanked out and the text judged again by its remaining words; cues, sentiment and the encoder's
numbers stay as they are, so this is cheap enough for every text that needs it.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple, Protocol

import numpy as np

from stance.scoring.automaton import BREAK
from stance.scoring.fitted import FittedClassifier
from stance.scoring.instances import Instance
from stance.scoring.words import tokenize

MAX_WORDS = 3
"""Words that are shown of one text."""

LEAST = 0.01
"""What the probability of the chosen stance must lose."""

_TRIED = 12  # words nearest to where the target is named
_LETTERS = 2  # of a word at least
_MAX_CHARACTERS = 5_000  # of a text: in a longer one no single word tells much, and trying them costs much

Span = tuple[int, int]


class WordFeatures(Protocol):
    """Features of which those of words can be made again."""

    def with_words_of(self, matrix: Any, instances: Sequence[Instance]) -> Any:
        """Give rows of a matrix the word columns of other texts; all else stays."""


class _Question(NamedTuple):
    row: int
    stance: int  # column of the classifier's classes
    words: tuple[Span, ...]


def telling_words(
    instances: Sequence[Instance],
    matrix: Any,
    chosen: Sequence[int],
    features: WordFeatures,
    classifier: FittedClassifier,
) -> list[tuple[Span, ...]]:
    """Find the words whose removal costs the chosen stance most.

    :param matrix: Sparse, shape (n, columns), what ``features`` makes of the instances.
    :param chosen: Length n; columns of ``classifier.classes_``.
    :return: At most :data:`MAX_WORDS` spans each, by position; none where no word makes a difference.
    """
    questions = [_Question(i, chosen[i], _candidates(instance)) for i, instance in enumerate(instances)]
    variants = [_without(instances[question.row], word) for question in questions for word in question.words]
    if not variants:
        return [() for _ in instances]
    rows = [question.row for question in questions for _ in question.words]
    unchanged = matrix[rows]
    changed = features.with_words_of(unchanged, variants)
    before, after = classifier.predict_proba(matrix), iter(classifier.predict_proba(changed))
    found = []
    for question in questions:
        losses = [before[question.row, question.stance] - next(after)[question.stance] for _ in question.words]
        best = [k for k in np.argsort(losses)[::-1][:MAX_WORDS] if losses[k] >= LEAST]
        found.append(tuple(sorted(question.words[k] for k in best)))
    return found


def _candidates(instance: Instance) -> tuple[Span, ...]:
    """The words of a text but for names of targets, at most :data:`_TRIED`, nearest to the target first."""
    if len(instance.text) > _MAX_CHARACTERS:
        return ()
    named = [(mention.start, mention.end) for mention in instance.mentions]
    found = tokenize(instance.text)
    words = [
        (start, end)
        for text, start, end in zip(found.texts, found.starts, found.ends, strict=True)
        if text != BREAK and len(text) >= _LETTERS and not any(since < end and start < to for since, to in named)
    ]
    places = [mention.start for mention in instance.own_mentions] or [0]
    return tuple(sorted(words, key=lambda word: min(abs(word[0] - place) for place in places))[:_TRIED])


def _without(instance: Instance, word: Span) -> Instance:
    start, end = word
    return replace(instance, text=instance.text[:start] + " " * (end - start) + instance.text[end:])
