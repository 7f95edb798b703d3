"""Circumstances: what surrounds a cue is named, in its own sentence and no further."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.scoring.clauses import CIRCUMSTANCES, Surroundings, quoted_spans, tokenize

PLACES = {"first_sentence", "last_sentence"}
CUE = "stand with them"


def around(text: str) -> set[str]:
    at = text.index(CUE)
    return set(Surroundings(text, tokenize(text), quoted_spans(text)).around(at, at + len(CUE)))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Proudly stand with them", set()),
        ("We stand with them", {"first"}),
        ("You stand with them", {"others"}),
        ("The media say we stand with them", {"first", "reported"}),  # the nearest subject is the cue's
        ("We do not stand with them", {"first", "negated"}),
        ("Do not dare not stand with them", set()),  # two negations cancel out
        ("Not only stand with them", set()),
        ("No doubt I stand with them", {"first"}),
        ("Not ever in all these years stand with them", set()),  # too far away
        ("If ever I stand with them", {"first", "conditional"}),
        ("Stop acting as though to stand with them", {"after_contrast"}),
        ("Refuse to stand with them", {"stopped"}),
        ('A sign: "always stand with them today"', {"quoted"}),
        ("Why stand with them?", {"question"}),
        ("Sad, but stand with them", {"after_contrast"}),
        ("I stand with them but not today", {"first", "before_contrast"}),
        ("I stand with them. But not today", {"first", "before_contrast"}),
        ("No. I stand with them", {"first"}),
        ("If only? You? I stand with them! Why?", {"first"}),
    ],
)
def test_circumstances_are_those_of_the_sentence(text: str, expected: set[str]) -> None:
    assert around(text) - PLACES == expected


def test_places_of_a_sentence() -> None:
    assert around("I stand with them") >= PLACES
    assert around("I stand with them. Yes. You too.") & PLACES == {"first_sentence"}
    assert around("Yes. No. I stand with them!") & PLACES == {"last_sentence"}
    assert not around("Yes. I stand with them. You too.") & PLACES


@given(st.text(alphabet="ab'\"?.! \n”İ", max_size=60), st.integers(0, 20))
def test_any_word_of_any_text_has_circumstances(text: str, number: int) -> None:
    words = tokenize(text)
    if words.texts:
        at = number % len(words.texts)
        found = Surroundings(text, words, quoted_spans(text)).around(words.starts[at], words.ends[at])
        assert list(found) == [name for name in CIRCUMSTANCES if name in found]


@pytest.mark.parametrize(
    ("text", "pattern", "is_denied"),
    [
        ("putin is not a dictator", "putin .. dictator", True),
        ("putin is a dictator", "putin .. dictator", False),
        ("putin is not a democrat", "putin is not .. democrat", False),
        ("putin is not only a dictator", "putin .. dictator", False),
    ],
)
def test_a_denial_in_a_gap_is_found(text: str, pattern: str, is_denied: bool) -> None:
    assert Surroundings(text, tokenize(text), ()).is_denied_inside(0, len(text), pattern) == is_denied
