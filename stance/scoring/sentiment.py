"""Score how texts sound: VADER, of the whole text and of the clauses that speak of a target.

Sentiment is not stance: a cheerful sentence may be against a target. It is reported as well as stance, and serves the
classifier as one feature among others. It is read of folded text, so that no typographic apostrophe or quotation mark
changes it; the baseline of evaluations is the package's score of the text as typed.

The rules and word lists are those of the installed package vaderSentiment, since published results rest on it, at a
cost that grows with the number of words and no faster: the package lower-cases all words of a text anew for each word
of its lexicon, and searches all sentiments from the first for each word of a text with "but", so a comment of some
thousand words takes a second. Its rules look at three words before a word and two behind it, so here they get these
alone, and only where one of them changes a word (``research/benchmarks/vader.py`` counts the differences: there are
none).

Hutto, C.J., & Gilbert, E.E. (2014). VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text.
ICWSM-14. The package is theirs too, under the MIT licence.
"""

import re
import string
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from heapq import heappush, heappushpop
from types import SimpleNamespace

import numpy as np

from stance.datamodels import STANCES, Mention, Stance, Via
from stance.scoring.folding import fold_named, fold_signs
from stance.scoring.instances import Instance, Judgement, mention_spans, unnamed_shares
from stance.scoring.sentences import clauses_around, masked
from stance.text_forms import RememberedWords

Valences = list[tuple[int, float]]
"""Place and sentiment of each word that does not sound neutral, in order."""


class PolarityAnalyzer:
    """Scores how English texts sound, by the lists and rules of vaderSentiment. May be shared among threads."""

    def __init__(self) -> None:
        from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SPECIAL_CASES, SentimentIntensityAnalyzer

        self._rules = SentimentIntensityAnalyzer()
        self.lexicon: Mapping[str, float] = self._rules.lexicon  # the valence of each word and emoticon, in [-4, 4]
        self.emoji = {sign: f" {words}" for sign, words in self._rules.emojis.items()}
        self._boosters = frozenset(BOOSTER_DICT)
        # Words of which one is before each word whose valence its neighbours change, or among itself and the two behind
        # it: a phrase is there only where its longest word is.
        boosters, idioms = ([max(phrase.split(), key=len) for phrase in form] for form in (BOOSTER_DICT, SPECIAL_CASES))
        self._turned = {*idioms, "no"}
        self._turning = {*boosters, *self._turned, *NEGATE, "never", "so", "this", "without", "least"}

    def compound(self, text: str) -> float:
        """Score one text in [-1, 1], to four digits; 0.0 where no word has a sentiment."""
        if not text.isascii():
            text = "".join(map(self.emoji.get, text, text))
        return self._rules.score_valence([weight for _, weight in self._weigh(text.split())], text)["compound"]

    def _weigh(self, words: Sequence[str]) -> Valences:
        """Return the sentiment of each word that has one."""
        lowered = [*map(_LOWERED.__getitem__, words)]
        rated_words = [i for i, word in enumerate(lowered) if word in self.lexicon]
        if not rated_words:
            return []
        is_mixed = any(map(str.isupper, words)) and not all(map(str.isupper, words))
        weights = []
        for i in rated_words:
            start, word = max(0, i - 3), lowered[i]
            before = lowered[start:i]
            if word in self._boosters or (word == "kind" and lowered[i + 1 : i + 2] == ["of"]):
                continue
            is_shouted = is_mixed and words[i].isupper()
            weight = self.lexicon[word]
            is_turned = not self._turning.isdisjoint(before) or not self._turned.isdisjoint(lowered[i : i + 3])
            if is_shouted or is_turned or "n't" in "".join(before):
                tokens = [*map(_bare, words[start : i + 3])]
                nearby = SimpleNamespace(words_and_emoticons=tokens, is_cap_diff=is_mixed)
                (weight,) = self._rules.sentiment_valence(0, nearby, tokens[i - start], i - start, [])
            if weight:
                weights.append((i, weight))
        return _contrasted(weights, lowered.index("but")) if weights and "but" in lowered else weights


def _bare(token: str) -> str:
    """Return a word without the punctuation around it, which an emoticon keeps."""
    word = token.strip(string.punctuation)
    return word if len(word) > 2 else token


_LOWERED = RememberedWords(lambda token: _bare(token).lower())


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


def score_text(text: str) -> float:
    """Score how a text sounds as a whole.

    :return: Compound in [-1, 1]; 0.0 for a text without words that VADER knows.
    """
    return score_as_typed(fold_signs(text)[0])


def score_mentions(text: str, mentions: Sequence[Mention], target: str) -> float | None:
    """Score how the clauses sound that speak of one target.

    Names do not count: neither is "United States" united nor a "Great Satan" bad news.

    :param mentions: Of every known target in the text.
    :return: Compound in [-1, 1]; None if the text does not name the target.
    """
    if target not in [mention.target for mention in mentions]:
        return None
    plain, moved = fold_named(text, tuple(mentions))
    of_target = tuple([mention for mention in moved if mention.target == target])
    # A mask that is not in VADER's lexicon, and has no capitals that would weaken those of other words.
    names = sorted((mention.start, mention.end, "it") for mention in moved)
    return score_as_typed(" ".join(masked(plain, clause, names) for clause in clauses_around(plain, of_target)))


def side_of(compound: float) -> Stance:
    """Read a compound as a stance, as a baseline does."""
    # |compound| from which VADER's authors call a text positive or negative (Hutto and Gilbert 2014)
    if abs(compound) < 0.05:
        return Stance.NEUTRAL
    return Stance.FAVOR if compound > 0 else Stance.AGAINST


def score_as_typed(text: str) -> float:
    """Score a text without folding it, in [-1, 1]."""
    if len(text) <= MAX_CHARACTERS:
        return _of_short(text)
    parts = re.findall(rf"(?s).{{1,{MAX_CHARACTERS}}}(?!\S)|.{{{MAX_CHARACTERS}}}", text)  # which end at a space
    return sum(len(part) * score_as_typed(part) for part in parts) / (sum(map(len, parts)) or 1)


@lru_cache(maxsize=2_048)  # a batch: the clauses of a mention are scored for the model, and for the table
def _of_short(text: str) -> float:
    return _analyzer().compound(text)


_analyzer = cache(PolarityAnalyzer)


# Sentiment as stance --------------------------------------------------------------------------------------------------


HOW_OFTEN_RIGHT: Mapping[Stance, float] = dict(zip(STANCES, (0.306, 0.591, 0.263, 0.444), strict=True))
"""Share of pairs in which the stance that is read was the one that annotators gave: 3,738 pairs toward Russia, the US
and NATO whose comment, or the one it answers, names the target, in the training stories of the ordinary sets of
``research/data/comments``. The rest of the probability is spread evenly, so that what is read stays the most
probable."""


@dataclass(frozen=True, slots=True)
class VaderScorer:
    """Reads the sentiment of a text that names its target as its stance, a baseline; any other is not addressed."""

    name: str = "vader"
    languages: tuple[str, ...] = ("en",)
    card: Mapping[str, object] = field(
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
        stance = side_of(score_text(instance.text)) if instance.via is Via.TEXT else Stance.NOT_ADDRESSED
        right = HOW_OFTEN_RIGHT[stance]
        return [right if label is stance else (1 - right) / (len(STANCES) - 1) for label in STANCES]


def load(_: str, __: object) -> VaderScorer:
    """Make the scorer; it takes no settings."""
    return VaderScorer()
