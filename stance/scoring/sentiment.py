"""How a text sounds: VADER, of the whole text and of what it says around a target.

Sentiment is not stance: a cheerful sentence may be against a target. It is reported beside stance, and serves the
classifier as one feature among others.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from stance.datamodels import Mention
from stance.scoring.clauses import Span, clauses_around, split_sentences

MAX_CHARACTERS = 5_000
"""Up to this length a score is VADER's own. Longer texts are scored in parts, since VADER's time grows with the square
of the length where "but" abounds; and a compound of thousands of words is -1 or 1 whatever they say."""

_MASK = "it"
"""Stands for a name: not in VADER's lexicon, and no capitals that would weaken those of other words."""


class SentimentScorer:
    """Scores English texts by VADER's lexicon and rules. May be shared among threads."""

    def score(self, texts: Sequence[str]) -> list[float]:
        """Score how each text sounds as a whole.

        :return: Compound, each in [-1, 1], in the order of the texts; 0.0 for a text without words that VADER knows.
        """
        return [_compound(text) for text in texts]

    def score_mentions(self, text: str, mentions: Sequence[Mention], target: str) -> float | None:
        """Score how the clauses sound that speak of one target.

        Names do not count: neither is "United States" united nor a "Great Satan" bad news.

        :param mentions: Of every known target in the text.
        :return: Compound in [-1, 1]; None if the text does not name the target.
        """
        own = [mention for mention in mentions if mention.target == target]
        if not own:
            return None
        spans = [(mention.start, mention.end) for mention in mentions]
        return _compound(" ".join(_masked(text, clause, spans) for clause in clauses_around(text, own)))


def _masked(text: str, clause: Span, names: Sequence[Span]) -> str:
    """Return the clause with a neutral word for each name in it."""
    pieces, at = [], clause[0]
    for start, end in sorted(names):
        if at <= start and end <= clause[1]:
            pieces += [text[at:start], _MASK]
            at = end
    return "".join([*pieces, text[at : clause[1]]])


def _compound(text: str) -> float:
    if len(text) <= MAX_CHARACTERS:
        return float(_analyzer().polarity_scores(text)["compound"])
    parts = list(_parts(text))
    return sum(len(part) * _compound(part) for part in parts) / (sum(map(len, parts)) or 1)


def _parts(text: str) -> Iterator[str]:
    """Divide a long text at sentence ends, or anywhere where a sentence is too long itself."""
    start = end = 0
    for _, sentence_end in split_sentences(text):
        if sentence_end - start > MAX_CHARACTERS and end > start:
            yield text[start:end]
            start = end
        end = sentence_end
        while end - start > MAX_CHARACTERS:
            yield text[start : start + MAX_CHARACTERS]
            start += MAX_CHARACTERS
    if end > start:
        yield text[start:end]


@cache
def _analyzer() -> Any:
    """Make the analyzer once, and hand its rules the words they look at: they lower-case all they are given."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    check_negation, check_idioms = analyzer._negation_check, analyzer._special_idioms_check

    def negation(valence: float, words: Sequence[str], step: int, at: int) -> float:
        window, inner = _window(words, at)
        return float(check_negation(valence, window, step, inner))

    def idioms(valence: float, words: Sequence[str], at: int) -> float:
        window, inner = _window(words, at)
        return float(check_idioms(valence, window, inner))

    analyzer._negation_check, analyzer._special_idioms_check = negation, idioms
    return analyzer


def _window(words: Sequence[str], at: int) -> tuple[Sequence[str], int]:
    """Return the words that a rule can reach: three before and two behind; and the place of the word among them."""
    start = max(0, at - 3)
    return words[start : at + 3], at - start
