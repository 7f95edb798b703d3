"""Circumstances of cues: what a denial bears on, construction by construction, and what else surrounds a cue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import Mention, Via
from stance.scoring.clauses import CIRCUMSTANCES, Denials, Surroundings, quoted_spans, tokenize
from stance.scoring.cues import Cue, CueEngine, written_weight
from stance.scoring.instances import Instance
from tests.growth import grows_linearly

CUES = CueEngine(
    Cue(pattern, {"X": weight}, "made up", "en", "")
    for pattern, weight in {
        "X is (a|the) (menace|bully)": -0.8,
        "X is (our|a) (friend|shield)": 0.8,
        "X has (a|every) right": 0.6,
        "X has been a friend": 0.8,
        "X (raided|raids) Y": -0.7,
        "X wins": 0.6,
        "make X win": 0.8,
        "(i|we) (trust|admire) X": 0.8,
        "(everyone|everybody|we) (trusts|trust) X": 0.7,
        "X .. greedy": -0.6,
        "(trust|admire) X": 0.5,
        "X's raids": -0.7,
        "called a menace": -0.5,
        "praise to X": 0.7,
    }.items()
)


def instance(text: str) -> Instance:
    mentions = tuple(
        Mention(name.lower(), at, at + len(name), "name")
        for name in ("Ruritania", "Syldavia")
        for at in [text.find(name)]
        if at >= 0
    )
    return Instance(text, "ruritania", mentions, Via.TEXT)


def total(text: str) -> float:
    return sum(written_weight(hit) for hit in CUES.match(instance(text)))


@pytest.mark.parametrize(
    ("plain", "denied"),
    [
        ("Ruritania is a menace", "Ruritania is not a menace"),
        ("Ruritania is a menace", "Ruritania isn't a menace"),
        ("Ruritania is a menace", "Ruritania isnt really a menace"),
        ("Ruritania is a menace", "Ruritania is no menace"),
        ("Ruritania is a menace", "Ruritania is hardly a menace"),
        ("Ruritania is a menace", "Ruritania is no longer a menace"),
        ("Ruritania is a menace", "Ruritania is a menace to nobody"),
        ("Ruritania is a menace", "Ruritania is a menace to no one"),
        ("Ruritania is a menace", "I don't think Ruritania is a menace"),
        ("Ruritania is a menace", "I do not believe for a second that Ruritania is a menace"),
        ("Ruritania is a menace", "Nobody believes Ruritania is a menace"),
        ("Ruritania is a menace", "No one here thinks that Ruritania is a menace"),
        ("Ruritania is a menace", "It is not true that Ruritania is a menace"),
        ("Ruritania is a menace", "There is no way Ruritania is a menace"),
        ("Ruritania is our friend", "Ruritania is nobody's friend"),
        ("Ruritania is our friend", "Ruritania is not our friend"),
        ("Ruritania has been a friend", "Ruritania has never been a friend"),
        ("Ruritania has every right", "Ruritania has no right"),
        ("Ruritania raided Syldavia", "Ruritania did not raid Syldavia"),
        ("Ruritania raids Syldavia", "Ruritania doesn't raid Syldavia"),
        ("They will make Ruritania win", "They will never make Ruritania win"),
        ("We trust Ruritania", "We don't trust Ruritania"),
        ("Everyone trusts Ruritania", "Nobody trusts Ruritania"),
        ("Ruritania is so greedy", "Ruritania is not so greedy"),
        ("All praise to Ruritania", "No praise to Ruritania"),
    ],
)
def test_a_denial_turns_a_cue_round(plain: str, denied: str) -> None:
    assert total(plain) * total(denied) < 0
    assert abs(total(denied)) < abs(total(plain))


@pytest.mark.parametrize(
    "text",
    [
        "No doubt Ruritania is a menace", "Without doubt Ruritania is a menace", "No, Ruritania is a menace",
        "No. Ruritania is a menace", "I don't doubt that Ruritania is a menace",
        "Don't forget that Ruritania is a menace", "It is not that I don't think Ruritania is a menace",
        "Syldavia is not honest, and Ruritania is a menace", "Syldavia is not honest but Ruritania is a menace",
        "If you do not see it, Ruritania is a menace", "Isn't it plain that Ruritania is a menace?",
        "We cannot tolerate Ruritania's raids", "There is no excuse for Ruritania's raids",
    ],
)  # fmt: skip
def test_what_denies_nothing_or_something_else_leaves_a_cue_as_it_is(text: str) -> None:
    assert total(text) < 0
    assert all("negated" not in hit.circumstances for hit in CUES.match(instance(text)))


@pytest.mark.parametrize(
    "text",
    [
        "I can't help but admire Ruritania", "Why not trust Ruritania", "We have never not trust Ruritania",
        "It is not that we don't trust Ruritania",
    ],
)  # fmt: skip
def test_two_denials_cancel_out_and_idioms_are_none(text: str) -> None:
    assert total(text) > 0


def test_a_cue_that_names_the_denial_is_not_denied_by_it() -> None:
    cues = CueEngine([Cue("X is not .. honest", {"X": -0.6}, "made up", "en", "")])
    (hit,) = cues.match(instance("Ruritania is not very honest"))
    assert "negated" not in hit.circumstances
    (hit,) = cues.match(instance("I don't think Ruritania is not honest"))
    assert "negated" in hit.circumstances


PIECES = ("?", ".", ",", "\n", "not", "no", "one", "doesn't", "nobody", "but", "doubt", "that", "don't", "be", "x")


@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_any_text_can_be_read(pieces: list[str]) -> None:
    text = " ".join(pieces)
    words = tokenize(text)
    denials = Denials(text, words)
    plain, places = denials.without(words.texts, words.starts)
    assert len(plain) == len(places) <= len(words.texts)
    for place in range(len(words.texts)):
        assert len(denials.bearing_on(place, place + 1)) == 2
    for begin, end in denials.windows():
        assert 0 <= begin < end <= len(words.texts)


def test_time_is_linear_in_the_text() -> None:
    def read(count: int) -> None:
        text = "not " * count
        denials = Denials(text, tokenize(text))
        for place in range(count):
            denials.bearing_on(place, place + 1)

    assert grows_linearly(read, 8_000)


# What surrounds a cue is named, in its own sentence and no further ---------------------------------------------------

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
