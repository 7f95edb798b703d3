"""Sentiment: VADER's own figure for a text, and the figure of what is said of one target."""

import re
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from stance.datamodels import Mention
from stance.scoring.sentiment import _BEYOND_PUNCTUATION, MAX_CHARACTERS, PolarityAnalyzer, score_mentions, score_texts
from tests.support.growth import reads_linearly
from tests.support.tables import cases, repeated

VADER = SentimentIntensityAnalyzer()
WORDS = re.findall(
    r"\S+",
    "good bad but BUT not never so this without doubt kind of the bomb sort least at very no nor or hate GREAT wins!!! "
    "😀 :) horrible uber cut mustard isn't hand to mouth yeah right really ? happy GOOD, shit kiss death "
    "great love sad table",
)


def mentions(text: str, names: Iterable[tuple[str, str]]) -> list[Mention]:
    return [Mention(target, text.index(name), text.index(name) + len(name), "name") for target, name in names]


@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join) | st.text())
def test_a_score_is_vaders_own(text: str) -> None:
    assert score_texts([text]) == [VADER.polarity_scores(text)["compound"]]


def test_no_emoji_hides_among_the_punctuation_that_is_not_looked_at() -> None:
    assert all(_BEYOND_PUNCTUATION.search(sign) for sign in PolarityAnalyzer().emoji if len(sign) == 1)


@cases("text")
def test_each_rule_gets_the_same_figures(text: str) -> None:
    assert PolarityAnalyzer().compound(text) == VADER.polarity_scores(text)["compound"]


def test_a_long_text_is_scored_in_parts() -> None:
    good, bad = "This was a good thing. " * 800, "This was a bad thing. " * 800
    assert len(good) > MAX_CHARACTERS
    assert score_texts([good])[0] > 0.9
    assert score_texts([bad])[0] < -0.9
    assert abs(score_texts([good + bad])[0]) < 0.2


def test_each_target_gets_what_is_said_of_it() -> None:
    text = "NATO is a horrible failure, but Russia is a great friend."
    found = mentions(text, [("nato", "NATO"), ("russia", "Russia")])
    nato, russia = (score_mentions(text, found, target) for target in ("nato", "russia"))
    assert nato is not None
    assert russia is not None
    assert nato < 0 < russia
    assert score_mentions(text, found, "us") is None


@pytest.mark.parametrize("name", ["United States", "Great Satan", "Empire of Lies", "Alliance", "Brave Land of Joy"])
def test_names_have_no_polarity(name: str) -> None:
    text = f"We heard of the {name} yesterday."
    assert score_mentions(text, mentions(text, [("us", name)]), "us") == 0.0


@given(st.text(max_size=300))
def test_scores_are_compounds(text: str) -> None:
    named = text + " Russia is fine"
    score = score_mentions(named, mentions(named, [("x", "Russia is")]), "x")
    assert score is None or -1 <= score <= 1


@cases("parts")
def test_hostile_texts_take_bounded_time(parts: list[tuple[str, int]]) -> None:
    text = repeated(parts)
    (score,) = score_texts([text])
    assert -1 <= score <= 1
    assert reads_linearly(lambda part: score_texts([part]), text)
