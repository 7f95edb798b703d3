"""Which words of a text told the model its side, where no cue did: those without which it would be less sure.

Function words tell a reader nothing and are never shown. Each other word in turn is blanked out and the text judged
again by its remaining words; cues, sentiment and the encoder's numbers stay as they are, so this is cheap enough for
every text that needs it.
"""

from collections.abc import Sequence
from itertools import islice
from typing import Any, Protocol

import numpy as np

from stance.scoring.automaton import BREAK
from stance.scoring.clauses import says_something, tokenize
from stance.scoring.fitted import FittedClassifier
from stance.scoring.instances import Instance

MAX_WORDS = 3
"""Words that are shown of one text."""

LEAST = 0.01
"""What the probability of the chosen stance must lose."""

_TRIED = 12  # words nearest to where the target is named
_MAX_CHARACTERS = 5_000  # of a text: in a longer one no single word tells much, and trying them costs much

Span = tuple[int, int]


class WordFeatures(Protocol):
    """Features of which those of words can be made again."""

    def without_words(self, matrix: Any, instances: Sequence[Instance], spans: Sequence[Sequence[Span]]) -> Any:
        """Give a row of a matrix for each of some words of its text: without the word; all but words stays."""


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
    words = [_candidates(instance) for instance in instances]
    if not any(words):
        return [() for _ in instances]
    before = classifier.predict_proba(matrix)
    after = iter(classifier.predict_proba(features.without_words(matrix, instances, words)))
    found = []
    for row, (stance, tried) in enumerate(zip(chosen, words, strict=True)):
        losses = [before[row, stance] - next(after)[stance] for _ in tried]
        best = [k for k in np.argsort(losses)[::-1][:MAX_WORDS] if losses[k] >= LEAST]
        found.append(tuple(sorted(tried[k] for k in best)))
    return found


def _candidates(instance: Instance) -> tuple[Span, ...]:
    """The words of a text that say something, but for names of targets: some, nearest to the target first."""
    if len(instance.text) > _MAX_CHARACTERS:
        return ()
    named = [(mention.start, mention.end) for mention in instance.mentions]
    places = [mention.start for mention in instance.own_mentions] or [0]
    found = tokenize(instance.text)
    words = zip(found.texts, found.starts, found.ends, strict=True)
    nearest = sorted(words, key=lambda word: min([abs(word[1] - place) for place in places]))
    chosen = (
        (start, end)
        for text, start, end in nearest
        if text != BREAK and says_something(text) and not any(since < end and start < to for since, to in named)
    )
    return tuple(islice(chosen, _TRIED))
