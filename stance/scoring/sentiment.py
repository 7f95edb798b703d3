"""Score how texts sound: VADER, of the whole text and of the clauses that speak of a target.

Sentiment is not stance: a cheerful sentence may be against a target. It is reported beside stance, and serves the
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
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from heapq import heappush, heappushpop
from math import sqrt

from stance.datamodels import Mention, Stance
from stance.scoring.clauses import Span, WordCache, clauses_around, split_sentences

Weights = list[tuple[int, float]]
"""Place and sentiment of each word that does not sound neutral, in order."""

_NEGATED = -0.74
_CAPITALS = 0.733  # for a word in capitals where not all words are
_NEVER_SO = 1.25
_BY_DISTANCE = (1.0, 0.95, 0.9)  # what is left of a booster one, two and three words before the word that it boosts
_BEFORE_BUT, _BEHIND_BUT = 0.5, 1.5
_EXCLAMATION, _MOST_EXCLAMATIONS = 0.292, 4
_QUESTION, _MOST_QUESTIONS, _MORE_QUESTIONS = 0.18, 3, 0.96
_ALPHA = 15  # the square of the sum whose compound is the root of one half
_SHORT = 2  # what is no longer without its punctuation may be an emoticon, and keeps it

_REACH = 3
_BEFORE, _BEHIND = [""] * _REACH, [""] * 2
"""Empty words before the first word and behind the last, for rules that look there."""

_TURNING = ("no", "never", "so", "this", "without", "least", "kind")
"""Words of the rules that name words: without one of them, no such rule applies."""

_IN_LEXICON, _ACTS, _IS_BUT = 1, 2, 4
_OF_LEXICON, _ACTING, _BUT = re.compile("[1357]"), re.compile("[2367]"), re.compile("[4567]")
"""Patterns: digits that stand for words in the lexicon, words that rules name, and "but"."""

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
        self._acting = self.negations.union(self.boosters, self._phrases, _TURNING)
        self._lowered, self._kinds = WordCache(_lowered), WordCache(self._kind)

    def _kind(self, token: str) -> str:
        """Return the digit that stands for a word."""
        word = _lowered(token)
        acts = word in self._acting or "n't" in word
        return str(_IN_LEXICON * (word in self.lexicon) + _ACTS * acts + _IS_BUT * (word == "but"))

    def compound(self, text: str) -> float:
        """Score one text in [-1, 1], to four digits; 0.0 where no word has a sentiment."""
        text = self._without_emoji(text)
        weights = self._weigh(text.split())
        total = float(sum(weight for _, weight in weights))
        total += _emphasis(text) if total > 0 else -_emphasis(text) if total < 0 else 0.0
        return round(max(-1.0, min(1.0, total / sqrt(total * total + _ALPHA))), 4)

    def _without_emoji(self, text: str) -> str:
        if text.isascii() or not _BEYOND_PUNCTUATION.search(text):
            return text
        return "".join(map(self.emoji.get, text, text))

    def _weigh(self, words: Sequence[str]) -> Weights:
        """Return the sentiment of each word that has one."""
        kinds = "".join(map(self._kinds.__getitem__, words))
        known = [found.start() for found in _OF_LEXICON.finditer(kinds)]
        if not known:
            return []
        capitals = sum(map(str.isupper, words))
        differs = 0 < capitals < len(words)
        padded = [*_BEFORE, *words, *_BEHIND]
        weights = []
        for at in known:
            if _ACTING.search(kinds, max(at - _REACH, 0), at + len(_BEHIND) + 1):
                weight = self._sentiment(padded[at : at + _REACH + len(_BEHIND) + 1], differs)
            else:
                weight = self.lexicon[self._lowered[words[at]]]
                weight = _shouted(weight) if differs and words[at].isupper() else weight
            if weight:
                weights.append((at, weight))
        but = _BUT.search(kinds)
        return _contrasted(weights, but.start()) if but else weights

    def _sentiment(self, words: Sequence[str], differs: bool) -> float:
        """Return the sentiment of a word of the lexicon.

        :param words: Three words before it, itself and two words behind it.
        :param differs: Some words of the text are in capitals and some are not.
        """
        lowered = [self._lowered[word] for word in words]
        word, following = lowered[_REACH], lowered[_REACH + 1]
        if word in self.boosters or (word == "kind" and following == "of"):
            return 0.0
        valence = self._valence(lowered)
        if differs and words[_REACH].isupper():
            valence = _shouted(valence)
        for distance in range(1, _REACH + 1):
            before = lowered[_REACH - distance]
            if before and before not in self.lexicon:
                if before in self.boosters:
                    in_capitals = differs and words[_REACH - distance].isupper()
                    valence += _boost(self.boosters[before], valence, in_capitals) * _BY_DISTANCE[distance - 1]
                valence *= self._turn(lowered[_REACH - distance : _REACH])
                if distance == _REACH and not self._phrases.isdisjoint(lowered):
                    valence = self._in_phrase(valence, lowered)
        return valence * _NEGATED if _is_least(lowered[1], lowered[2]) else valence

    def _valence(self, around: Sequence[str]) -> float:
        """Return the valence of a word; "no" has one of its own only where it does not deny the words behind it."""
        third, second, first, word, following, _ = around
        if "no" in (first, second) or (third == "no" and first in ("or", "nor")):
            return self.lexicon[word] * _NEGATED
        return 0.0 if word == "no" and following in self.lexicon else self.lexicon[word]

    def _turn(self, before: Sequence[str]) -> float:
        """Return the factor on the valence of a word by the first of the words before it.

        :param before: One to three words. Three with "so" or "this" last count as "never so" whatever the first is.
        """
        first, between = before[0], before[1:]
        if (first == "never" and between and between[0] in ("so", "this")) or (
            len(between) == 2 and between[1] in ("so", "this")
        ):
            return _NEVER_SO
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
        ahead = ((word, following, last), (word, following))
        for phrase in (*ahead, *complete):
            if phrase in self.idioms:
                valence = self.idioms[phrase]
                break
        for phrase in ((third, second), (second, first)):
            valence += self.booster_phrases.get(phrase, 0.0)
        return valence


def _lowered(token: str) -> str:
    """Return a word in lower case without the punctuation around it."""
    word = token.strip(string.punctuation)
    return (word if len(word) > _SHORT else token).lower()


def _shouted(valence: float) -> float:
    """Return the valence of a word in capitals."""
    return valence + (_CAPITALS if valence > 0 else -_CAPITALS)


def _boost(gain: float, valence: float, in_capitals: bool) -> float:
    """Return the gain by a booster: away from zero, or toward it where negative, and further in capitals."""
    capitals = _CAPITALS if in_capitals else 0.0
    return capitals + gain if valence > 0 else -gain - capitals if valence < 0 else gain - capitals


def _is_least(before: str, word: str) -> bool:
    """Return whether a word is a "least" that turns round the words behind it, as in "at least" it does not."""
    return word == "least" and before not in ("at", "very")


def _contrasted(weights: Weights, but: int) -> Weights:
    """Let words before the first "but" count less, and words behind it more.

    VADER goes through the sentiments and changes, for each, the first that is equal to it at that time: with equal
    sentiments another than the one it stands at, perhaps twice. So the places of equal sentiments are kept in heaps.
    """
    changed = dict(weights)
    places: defaultdict[float, list[int]] = defaultdict(list)
    for at, weight in weights:
        first = heappushpop(places[weight], at)
        changed[first] = weight * (_BEFORE_BUT if first < but else _BEHIND_BUT)
        heappush(places[changed[first]], first)
    return list(changed.items())


def _emphasis(text: str) -> float:
    questions = text.count("?")
    amplified = 0.0 if questions < 2 else questions * _QUESTION if questions <= _MOST_QUESTIONS else _MORE_QUESTIONS
    return min(text.count("!"), _MOST_EXCLAMATIONS) * _EXCLAMATION + amplified


# Around a target -----------------------------------------------------------------------------------------------------

MAX_CHARACTERS = 5_000
"""Maximum length of a text that VADER scores as a whole. Longer ones are scored in parts, since a compound of thousands
of words is -1 or 1 whatever they say."""

_NEUTRAL = 0.05  # |compound| from which VADER's authors call a text positive or negative (Hutto and Gilbert 2014)
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


def side_of(compound: float) -> Stance:
    """Read a compound as a stance, as a baseline does."""
    if abs(compound) < _NEUTRAL:
        return Stance.NEUTRAL
    return Stance.FAVOR if compound > 0 else Stance.AGAINST


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
    return _analyzer().compound(text)


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
    return PolarityAnalyzer()
