"""Score how texts sound: VADER, of the whole text and of the clauses that speak of a target.

Sentiment is not stance: a cheerful sentence may be against a target. It is reported as well as stance, and serves the
classifier as one feature among others. It is read of folded text, so that no typographic apostrophe or quotation mark
changes it; the baseline of evaluations is the package's score of the text as typed.

The rules, word lists and loop are those of the installed package vaderSentiment, since published results rest on it, at
a cost that grows with the number of words and no faster: the package lower-cases all words of a text anew for each word
of its lexicon. Its rules look at three words before a word and two behind it, so here they get these alone
(``research/benchmarks/vader.py`` counts the differences: there are none).

Hutto, C.J., & Gilbert, E.E. (2014). VADER: A Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text.
ICWSM-14. The package is theirs too, under the MIT licence.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any

import numpy as np
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer, SentiText

from stance.datamodels import STANCES, Mention, Stance, Via
from stance.scoring.folding import fold_named, fold_signs
from stance.scoring.instances import Instance, Judgement, mention_spans, unnamed_shares
from stance.scoring.sentences import clauses_around, masked


class PolarityAnalyzer(SentimentIntensityAnalyzer):  # type: ignore[misc]
    """Scores how English texts sound, by the lists and rules of vaderSentiment. May be shared among threads."""

    def sentiment_valence(self, valence: float, sentitext: SentiText, item: str, i: int, sentiments: Any) -> Any:
        """Add the sentiment of a word by three words before it and two behind it: no rule looks at others."""
        if item.lower() not in self.lexicon:
            sentiments.append(valence)
            return sentiments
        start = max(0, i - 3)
        words = sentitext.words_and_emoticons[start : i + 3]
        nearby = SimpleNamespace(words_and_emoticons=words, is_cap_diff=sentitext.is_cap_diff)
        return super().sentiment_valence(valence, nearby, item, i - start, sentiments)


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
    compound: float = _analyzer().polarity_scores(text)["compound"]
    return compound


_analyzer = cache(PolarityAnalyzer)


# Sentiment as stance --------------------------------------------------------------------------------------------------


HOW_OFTEN_RIGHT: Mapping[Stance, float] = dict(zip(STANCES, (0.306, 0.591, 0.263, 0.444), strict=True))
"""Share of pairs in which the stance that is read was the one that annotators gave: 3,738 pairs toward Russia, the US
and NATO whose comment, or the one it answers, names the target, in the training stories of the ordinary sets of
``research/data/comments``. The rest of the probability is spread evenly, so that what is read stays the most
probable."""


class VaderScorer:
    """Reads the sentiment of a text that names its target as its stance, a baseline; any other is not addressed."""

    name = "vader"
    languages = ("en",)
    card: Mapping[str, object] = {
        "what": "baseline: VADER's compound score of the whole text, read as stance if at least .05 from zero",
        "how_often_right": {str(stance): share for stance, share in HOW_OFTEN_RIGHT.items()},
        "limits": ["How a text sounds is not the side that it takes."],
    }

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
