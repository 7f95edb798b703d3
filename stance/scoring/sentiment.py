"""How a text sounds: VADER, of the whole text and of what it says around a target.

Sentiment is not stance: a cheerful sentence may be against a target. It is reported beside stance, and serves the
classifier as one feature among others.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from stance.datamodels import Mention
from stance.scoring.clauses import Span, clauses_around, split_sentences
from stance.scoring.polarity import PolarityAnalyzer

MAX_CHARACTERS = 5_000
"""Up to this length a score is VADER's own. Longer texts are scored in parts, since a compound of thousands of words is
-1 or 1 whatever they say."""

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
        spans = sorted((mention.start, mention.end) for mention in mentions)
        return _compound(" ".join(_masked(text, clause, spans) for clause in clauses_around(text, own)))


def _masked(text: str, clause: Span, names: Sequence[Span]) -> str:
    """Return the clause with a neutral word for each name in it; names are sorted."""
    pieces, at = [], clause[0]
    inside = slice(bisect_left(names, (clause[0],)), bisect_right(names, clause[1], key=lambda name: name[0]))
    for start, end in names[inside]:
        if at <= start and end <= clause[1]:
            pieces += [text[at:start], _MASK]
            at = end
    return "".join([*pieces, text[at : clause[1]]])


def _compound(text: str) -> float:
    if len(text) <= MAX_CHARACTERS:
        return _of_short(text)
    parts = list(_parts(text))
    return sum(len(part) * _compound(part) for part in parts) / (sum(map(len, parts)) or 1)


@lru_cache(maxsize=2_048)  # a batch: the clauses of a mention are scored for the model, and for the table
def _of_short(text: str) -> float:
    return _analyzer().polarity(text).compound


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
def _analyzer() -> PolarityAnalyzer:
    return PolarityAnalyzer.installed()
