"""Our VADER gives the package's own figures, and does no more for a word in a long text than in a short one."""

import re
from collections.abc import Iterator, Mapping
from types import ModuleType

import pytest
from benchmark_scripts import load_benchmark
from hypothesis import given
from hypothesis import strategies as st
from step_counter import steps
from vaderSentiment.vaderSentiment import BOOSTER_DICT, SPECIAL_CASES, SentimentIntensityAnalyzer

from stance.scoring.sentiment import _BEYOND_PUNCTUATION, PolarityAnalyzer

THEIRS = SentimentIntensityAnalyzer()
OURS = PolarityAnalyzer()


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    return load_benchmark("vader")


def expected(text: str) -> float:
    return float(THEIRS.polarity_scores(text)["compound"])


def test_thousands_of_generated_texts_get_the_same_figures(benchmark: ModuleType) -> None:
    texts = list(benchmark.make_texts(2_000, seed=11))
    assert benchmark.differences(texts, OURS, THEIRS) == []
    assert len({expected(text) for text in texts}) > 600  # the texts are not all alike


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


def test_where_halves_meet_wholes_the_first_equal_one_is_changed() -> None:
    """Sentiments that are halves and wholes of each other before the "but": the places do not leave in their order."""
    valences = {"one": 4.0, "two": 2.0, "four": 1.0, "eight": 0.5}
    ours, theirs = PolarityAnalyzer(), SentimentIntensityAnalyzer()
    ours.lexicon = theirs.lexicon = valences
    words = re.findall(r"\w+", "one two one four two one eight four two one one eight four four two one eight two")
    for turn in range(len(words)):
        text = " x y z ".join([*words[turn:], *words[:turn], "but", *words])
        assert ours.compound(text) == theirs.polarity_scores(text)["compound"]


def test_the_lists_are_what_the_rules_take_them_for() -> None:
    assert "but" not in OURS.lexicon  # the word that divides has no sentiment to change
    assert not OURS.lexicon.keys() & {"", "least"}
    assert not any(sign.isascii() for sign in OURS.emoji)
    assert {len(phrase) for phrase in OURS.idioms} == {2, 3}
    assert {len(phrase) for phrase in OURS.booster_phrases} == {2}
    assert len(OURS.boosters) + len(OURS.booster_phrases) == len(BOOSTER_DICT)
    assert len(OURS.idioms) == sum(" " in words for words in SPECIAL_CASES)


@pytest.mark.parametrize("text", ["!" * 30_000, "a" * 200_000, "good" * 20_000, "😀" * 100, "n't" * 30_000 + " good"])
def test_one_long_token_is_nothing_special(text: str) -> None:
    assert OURS.compound(text) == expected(text)


class Counted(Mapping[str, float]):
    """A list of words that counts how often it is asked."""

    def __init__(self, words: Mapping[str, float]) -> None:
        self.words = words
        self.asked = 0

    def __getitem__(self, word: str) -> float:
        self.asked += 1
        return self.words[word]

    def __contains__(self, word: object) -> bool:
        self.asked += 1
        return word in self.words

    def __iter__(self) -> Iterator[str]:
        return iter(self.words)

    def __len__(self) -> int:
        return len(self.words)


@pytest.mark.parametrize(
    "text", ["good ", "not so good but ", "no kind of bad or the shit ", "but GOOD bad sad 😀 ", "table "]
)
def test_a_word_costs_the_same_in_a_long_text(text: str) -> None:
    few, many = (steps(lambda times=times: OURS.compound(text * times)) for times in (20, 400))
    assert few > 50
    assert many / few < 20.5


@pytest.mark.parametrize("text", ["good ", "not so good but ", "no kind of bad or the shit "])
def test_each_word_is_looked_up_a_few_times(text: str) -> None:
    ours = PolarityAnalyzer()
    ours.lexicon, ours.boosters = lexicon, boosters = Counted(ours.lexicon), Counted(ours.boosters)
    ours.compound(text * 1_000)
    words = 1_000 * len(text.split())
    assert words <= lexicon.asked <= 8 * words
    assert boosters.asked <= 8 * words
