"""Score how texts sound: VADER, of the whole text and of the clauses that speak of a target.

Sentiment is not stance: a cheerful sentence may be against a target. It is reported as well as stance, and serves the
classifier as one feature among others.

The rules and word lists are VADER's, at a cost that grows with the number of words and no faster: the package
vaderSentiment lower-cases all words of a text anew for each word of its lexicon, and searches all sentiments from the
first for each word of a text with "but", so a comment of some thousand words takes a second. Its rules look at three
words before a word and two behind it. The lists and their figures are read from the installed package; the rules are
those of its release 3.3.2, with what is odd in them, since published results rest on it
(``research/benchmarks/vader.py`` counts the differences: there are none).

Hutto, C.J., & Gilbert, E.E. (2014). VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text.
ICWSM-14. The package is theirs too, under the MIT licence.
"""

import re
import string
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from heapq import heappush, heappushpop
from math import sqrt
from typing import Any

import numpy as np

from stance.datamodels import STANCES, Mention, Stance, Via
from stance.scoring.instances import Instance, Judgement, RememberedWords, mention_spans, unnamed_shares
from stance.scoring.sentences import Span, clauses_around

Valences = list[tuple[int, float]]
"""Place and sentiment of each word that does not sound neutral, in order."""

_NEGATED = -0.74
_CAPITALS = 0.733  # for a word in capitals where not all words are
_BY_DISTANCE = (1.0, 0.95, 0.9)  # what is left of a booster one, two and three words before the word that it boosts

_BEYOND_PUNCTUATION = re.compile("[^\x00-\x7f‐-…]")
"""Pattern: characters that may be emoji; most others beyond ASCII are curly quotation marks, dashes and dots."""


class PolarityAnalyzer:
    """Scores how English texts sound, by the lists of the installed vaderSentiment. May be shared among threads."""

    def __init__(self) -> None:
        from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SPECIAL_CASES, SentimentIntensityAnalyzer

        lists = SentimentIntensityAnalyzer()
        self.lexicon: Mapping[str, float] = lists.lexicon  # the valence of each word and emoticon, in [-4, 4]
        self.emoji = {sign: f" {words}" for sign, words in lists.emojis.items()}
        self.boosters = {words: gain for words, gain in BOOSTER_DICT.items() if " " not in words}
        self.booster_phrases = {tuple(words.split()): gain for words, gain in BOOSTER_DICT.items() if " " in words}
        self.negations = frozenset(NEGATE)
        # Phrases of two or three words with a valence of their own.
        self.idioms = {tuple(words.split()): valence for words, valence in SPECIAL_CASES.items() if " " in words}
        # A phrase is there only where its longest word is.
        self._phrases = frozenset(max(phrase, key=len) for phrase in (*self.idioms, *self.booster_phrases))
        # Words of which one is near each word whose valence its neighbours change.
        others = ("no", "never", "so", "this", "without", "least")
        self._turning = self._phrases.union(self.boosters, self.negations, others)

    def compound(self, text: str) -> float:
        """Score one text in [-1, 1], to four digits; 0.0 where no word has a sentiment."""
        if not text.isascii() and _BEYOND_PUNCTUATION.search(text):
            text = "".join(map(self.emoji.get, text, text))
        total = float(sum(weight for _, weight in self._weigh(text.split())))
        questions = text.count("?")
        amplified = 0.0 if questions < 2 else questions * 0.18 if questions <= 3 else 0.96
        emphasis = min(text.count("!"), 4) * 0.292 + amplified
        total += emphasis if total > 0 else -emphasis if total < 0 else 0.0
        return round(max(-1.0, min(1.0, total / sqrt(total * total + 15))), 4)

    def _weigh(self, words: Sequence[str]) -> Valences:
        """Return the sentiment of each word that has one."""
        lowered = [*map(_LOWERED.__getitem__, words)]
        rated_words = [i for i, word in enumerate(lowered) if word in self.lexicon]
        if not rated_words:
            return []
        capitals = [*map(str.isupper, words)]
        shouted = [False] * (3 + len(words)) if all(capitals) else [False, False, False, *capitals]
        padded = ["", "", "", *lowered, "", ""]
        rated = ((i, self._sentiment(padded[i : i + 6], shouted[i : i + 4])) for i in rated_words)
        weights = [(i, weight) for i, weight in rated if weight]
        return _contrasted(weights, lowered.index("but")) if weights and "but" in lowered else weights

    def _sentiment(self, around: Sequence[str], shouted: Sequence[bool]) -> float:
        """Return the sentiment of a word of the lexicon.

        :param around: Three words before it, itself and two words behind it, in lower case.
        :param shouted: Which of the first four are in capitals, where some words of the text are not.
        """
        third, second, first, word, following, _ = around
        if word in self.boosters or (word == "kind" and following == "of"):
            return 0.0
        valence = self.lexicon[word]
        if self._turning.isdisjoint(around) and not (shouted[3] or "n't" in first + second + third):
            return valence  # of most words
        # "No" has a valence of its own only where it does not deny the words behind it.
        if "no" in (first, second) or (third == "no" and first in ("or", "nor")):
            valence *= _NEGATED
        elif word == "no" and following in self.lexicon:
            valence = 0.0
        if shouted[3]:
            valence += _CAPITALS if valence > 0 else -_CAPITALS
        for distance, before in enumerate((first, second, third), 1):
            if before and before not in self.lexicon:
                if before in self.boosters:
                    gain = _boost(self.boosters[before], valence, _CAPITALS * shouted[3 - distance])
                    valence += gain * _BY_DISTANCE[distance - 1]
                valence *= self._turn(around[3 - distance : 3])
                if distance == 3 and not self._phrases.isdisjoint(around):
                    valence = self._in_phrase(valence, around)
        return valence * _NEGATED if first == "least" and second not in ("at", "very") else valence

    def _turn(self, before: Sequence[str]) -> float:
        """Return the factor on the valence of a word by the first of the words before it.

        :param before: One to three words. Three with "so" or "this" last count as "never so" whatever the first is.
        """
        first, between = before[0], before[1:]
        if (first == "never" and between and between[0] in ("so", "this")) or (
            len(between) == 2 and between[1] in ("so", "this")
        ):
            return 1.25
        if first == "without" and "doubt" in between:
            return 1.0
        return _NEGATED if first in self.negations or "n't" in first else 1.0

    def _in_phrase(self, valence: float, around: Sequence[str]) -> float:
        """Return the valence of a word in an idiom or behind a phrase that boosts.

        :param around: Three words before it, itself and two words behind it. Of the idioms that are complete before
            the word or with it, the first of these counts; one that goes on behind the word counts before them.
        """
        third, second, first, word, following, last = around
        complete = ((first, word), (second, first, word), (second, first), (third, second, first), (third, second))
        phrases = ((word, following, last), (word, following), *complete)
        valence = next((self.idioms[phrase] for phrase in phrases if phrase in self.idioms), valence)
        for phrase in ((third, second), (second, first)):
            valence += self.booster_phrases.get(phrase, 0.0)
        return valence


def _lowered(token: str) -> str:
    """Return a word in lower case without the punctuation around it, which an emoticon keeps."""
    word = token.strip(string.punctuation)
    return (word if len(word) > 2 else token).lower()


_LOWERED = RememberedWords(_lowered)


def _boost(gain: float, valence: float, capitals: float) -> float:
    """Return the gain by a booster: away from zero, or toward it where negative, and further in capitals."""
    return capitals + gain if valence > 0 else -gain - capitals if valence < 0 else gain - capitals


def _contrasted(weights: Valences, but: int) -> Valences:
    """Let words before the first "but" count less, and words behind it more.

    VADER goes through the sentiments and changes, for each, the first that is equal to it at that time: with equal
    sentiments another than the current one, perhaps twice. So the places of equal sentiments are kept in heaps.
    """
    changed = dict(weights)
    columns: defaultdict[float, list[int]] = defaultdict(list)
    for column, weight in weights:
        first = heappushpop(columns[weight], column)
        changed[first] = weight * (0.5 if first < but else 1.5)
        heappush(columns[changed[first]], first)
    return list(changed.items())


# Around a target -----------------------------------------------------------------------------------------------------

MAX_CHARACTERS = 5_000
"""Maximum length of a text that VADER scores as a whole. Longer ones are scored in parts, since a compound of thousands
of words is -1 or 1 whatever they say."""

_PART = re.compile(rf"(?s).{{1,{MAX_CHARACTERS}}}(?!\S)|.{{{MAX_CHARACTERS}}}")
"""Pattern of a part of a long text, which ends at a space where there is one."""

_MASK = "it"
"""Replaces a name: not in VADER's lexicon, and no capitals that would weaken those of other words."""


def score_texts(texts: Sequence[str]) -> list[float]:
    """Score how each text sounds as a whole.

    :return: Compound, each in [-1, 1], in the order of the texts; 0.0 for a text without words that VADER knows.
    """
    return [_compound(text) for text in texts]


def score_mentions(text: str, mentions: Sequence[Mention], target: str) -> float | None:
    """Score how the clauses sound that speak of one target.

    Names do not count: neither is "United States" united nor a "Great Satan" bad news.

    :param mentions: Of every known target in the text.
    :return: Compound in [-1, 1]; None if the text does not name the target.
    """
    of_target = tuple([mention for mention in mentions if mention.target == target])
    if not of_target:
        return None
    spans = sorted((mention.start, mention.end) for mention in mentions)
    return _compound(" ".join(_masked(text, clause, spans) for clause in clauses_around(text, of_target)))


def side_of(compound: float) -> Stance:
    """Read a compound as a stance, as a baseline does."""
    # |compound| from which VADER's authors call a text positive or negative (Hutto and Gilbert 2014)
    if abs(compound) < 0.05:
        return Stance.NEUTRAL
    return Stance.FAVOR if compound > 0 else Stance.AGAINST


def _masked(text: str, clause: Span, names: Sequence[Span]) -> str:
    """Return the clause with a neutral word for each name in it; names are sorted."""
    pieces, offset = [], clause[0]
    inside = slice(bisect_left(names, (clause[0],)), bisect_right(names, clause[1], key=lambda name: name[0]))
    for start, end in names[inside]:
        if offset <= start and end <= clause[1]:
            pieces += [text[offset:start], _MASK]
            offset = end
    return "".join([*pieces, text[offset : clause[1]]])


def _compound(text: str) -> float:
    if len(text) <= MAX_CHARACTERS:
        return _of_short(text)
    parts = _PART.findall(text)
    return sum(len(part) * _compound(part) for part in parts) / (sum(map(len, parts)) or 1)


@lru_cache(maxsize=2_048)  # a batch: the clauses of a mention are scored for the model, and for the table
def _of_short(text: str) -> float:
    return _analyzer().compound(text)


_analyzer = cache(PolarityAnalyzer)


# Sentiment as stance --------------------------------------------------------------------------------------------------


HOW_OFTEN_RIGHT: Mapping[Stance, float] = {
    Stance.FAVOR: 0.306,
    Stance.AGAINST: 0.591,
    Stance.NEUTRAL: 0.263,
    Stance.NOT_ADDRESSED: 0.444,
}
"""Share of pairs in which the stance that is read was the one that annotators gave: 3,738 pairs toward Russia, the US
and NATO whose comment, or the one it answers, names the target, in the training stories of the ordinary sets of
``research/data/comments``. The rest of the probability is spread evenly, so that what is read stays the most
probable."""


@dataclass(frozen=True, slots=True)
class VaderScorer:
    """Reads the sentiment of a text that names its target as its stance, a baseline; any other is not addressed."""

    name: str = "vader"
    languages: tuple[str, ...] = ("en",)
    card: Mapping[str, Any] = field(
        default_factory=lambda: {
            "what": "baseline: VADER's compound score of the whole text, read as stance if at least .05 from zero",
            "how_often_right": {str(stance): share for stance, share in HOW_OFTEN_RIGHT.items()},
            "limits": ["How a text sounds is not the side that it takes."],
        }
    )

    def judge(self, instances: Sequence[Instance]) -> Judgement:
        """Judge each text toward its target; the evidence are the places that name it."""
        rows = [self._row(instance) for instance in instances]
        return Judgement(np.array(rows).reshape(-1, len(STANCES)), [mention_spans(case) for case in instances])

    @staticmethod
    def _row(instance: Instance) -> Sequence[float]:
        if instance.via in (Via.ARTICLE, None):
            return unnamed_shares(instance)
        stance = side_of(_compound(instance.text)) if instance.via is Via.TEXT else Stance.NOT_ADDRESSED
        right = HOW_OFTEN_RIGHT[stance]
        return [right if label is stance else (1 - right) / (len(STANCES) - 1) for label in STANCES]


def load(_: str, __: object) -> VaderScorer:
    """Make the scorer; it takes no settings."""
    return VaderScorer()
