"""Our VADER gives the package's own figures, and does no more for a word in a long text than in a short one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from stance.scoring.sentiment import _BEYOND_PUNCTUATION, PolarityAnalyzer

THEIRS = SentimentIntensityAnalyzer()
OURS = PolarityAnalyzer()


def expected(text: str) -> float:
    return float(THEIRS.polarity_scores(text)["compound"])


def test_no_emoji_hides_among_the_punctuation_that_is_not_looked_at() -> None:
    assert all(_BEYOND_PUNCTUATION.search(sign) for sign in OURS.emoji if len(sign) == 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\u2003 ",
        "The train was late",
        "good",
        "GOOD train",
        "GOOD TRAIN",
        "very good and VERY good",
        "a VERY bad train, a very BAD one",
        "a barely bad train",
        "really quite so good",
        "not good, not very good, not a very good train",
        "it isn't good and isnt good and isn’t good, IT ISN'T",
        "xn't good",
        "never so good",
        "it was never this very good",
        "never a so good train",
        "a train was so good",
        "without doubt good",
        "without a doubt good",
        "without any good doubt",
        "least good",
        "the least good, at least good, very least good",
        "no good",
        "no very good",
        "no bad or good",
        "no bad nor very good",
        "no",
        "no train",
        "that is no. Good!",
        "kind of good and sort of good",
        "it was only kind of very good",
        "kind",
        "of the kind of",
        "just enough good, it was just enough good",
        "the shit",
        "it is the shit",
        "it was all the bomb",
        "the bomb is good",
        "to die for, we said to die for",
        "he got the kiss of death",
        "a bad ass at the bus stop",
        "oh well yeah right",
        "my beating heart is a good one",
        "good but bad",
        "good good good good but good good bad bad good",
        "love but hate, BUT love",
        "but",
        "!!!!!! ??????",
        "good! good!! good!!! good!!!! good!!!!!",
        "good? good?? good??? good????",
        ":) :D :-( <3 :Þ",
        "(:) good:) :)good",
        "😀",
        "x😀y 😀 😀😀good\n😀!",
        "❤️ 👍🏽 👩‍🚀 🇺🇸",
        "İX ΑΣ \u212aind of good",
        "\ud800 good \x00",
        "7 2014 3.5 good 1,000",
    ],
)
def test_each_rule_gets_the_same_figures(text: str) -> None:
    assert OURS.compound(text) == expected(text)


EQUAL = st.sampled_from(
    ["good", "bad", "great", "very good", "not good", "GOOD", "love", "hate", "but", "table", "sad"]
)


@given(st.lists(EQUAL, max_size=60).map(" ".join) | st.text())
def test_any_text_gets_the_same_figures(text: str) -> None:
    assert OURS.compound(text) == expected(text)
