"""Words of each side: shrunk, tested, adjusted, and nobody's name."""

from collections import Counter
from math import log, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import Comment, Stance
from stance.reporting.breakdowns import (
    FEWEST_OF_A_SIDE,
    PageWords,
    ScoredComment,
    adjust_p,
    compare_words,
    page_words,
    words_record,
)


def wrote(
    number: int, text: str, side: Stance | None, author: str | None = None, quoted: str | None = None
) -> ScoredComment:
    comment = Comment(f"c{number}", text, author=author, quoted=quoted)
    return ScoredComment(number, comment, author, {}, {"us": side} if side else {})


def page(favor: str, against: str, each: int = 60) -> list[ScoredComment]:
    """Comments of two sides that share three words and differ in one."""
    one = [wrote(n, f"we all know {favor}", Stance.FAVOR, f"A{n}") for n in range(1, each + 1)]
    other = [wrote(n, f"we all know {against}", Stance.AGAINST, f"B{n}") for n in range(each + 1, 2 * each + 1)]
    return one + other


def test_the_words_of_each_side_are_found_and_shared_ones_are_not() -> None:
    found = words_record(PageWords(both := page("honest", "tyrant")), both, "us")
    assert (found["favor"], found["against"], found["tested"], found["distinguishing"]) == (60, 60, 5, 2)
    assert [each["word"] for each in found["words"]["favor"] if each["distinguishing"]] == ["honest"]
    assert [each["word"] for each in found["words"]["against"] if each["distinguishing"]] == ["tyrant"]
    (honest,) = [each for each in found["words"]["favor"] if each["word"] == "honest"]
    assert (honest["favor"], honest["against"]) == (60, 0)
    assert honest["z"] > 0 > found["words"]["against"][0]["z"]


@pytest.mark.parametrize("missing", [Stance.FAVOR, Stance.AGAINST])
def test_too_few_of_a_side_are_not_compared(missing: Stance) -> None:
    scored_comments = page("honest", "tyrant", FEWEST_OF_A_SIDE)
    assert words_record(PageWords(scored_comments), scored_comments, "us")["tested"] == 5
    fewer = [each for each in scored_comments if each.sides["us"] is not missing]
    fewer += [each for each in scored_comments if each.sides["us"] is missing][1:]
    assert words_record(PageWords(fewer), fewer, "us") == {
        str(missing): FEWEST_OF_A_SIDE - 1,
        str({Stance.FAVOR: Stance.AGAINST, Stance.AGAINST: Stance.FAVOR}[missing]): FEWEST_OF_A_SIDE,
        "tested": None,
    }


def test_a_word_that_one_person_writes_twenty_times_is_one_writers() -> None:
    scored_comments = page("honest", "tyrant")
    scored_comments += [wrote(200 + n, "cabal cabal cabal", Stance.AGAINST, "Loud") for n in range(20)]
    found = PageWords(scored_comments)
    assert found.of_page["cabal"] == 1
    assert "cabal" not in str(words_record(found, scored_comments, "us"))
    unnamed = [wrote(300 + n, "cabal", Stance.AGAINST) for n in range(4)]
    assert PageWords(unnamed).of_page["cabal"] == 4


def test_names_quotes_and_addresses_are_no_words() -> None:
    scored_comments = [
        wrote(1, "Olga, I agree with O'Brien at https://x.example/olga-brien", None, "Pat O’Brien"),
        wrote(2, "Old news.\nMine own!", None, "Olga Farmhand", quoted="Old news."),
    ]
    words = PageWords(scored_comments)
    assert set(words.writers(scored_comments[:1])) == {"agree", "with", "at"}
    assert set(words.writers(scored_comments[1:])) == {"mine", "own"}


def test_log_odds_are_those_of_the_paper() -> None:
    favor, against, whole = {"a": 30, "b": 10}, {"a": 20, "b": 40}, {"a": 50, "b": 50}
    found = {each["word"]: each for each in compare_words(favor, against, whole, prior=10)}
    expected = log((30 + 5) / (40 + 10 - 30 - 5)) - log((20 + 5) / (60 + 10 - 20 - 5))  # equations 15 and 16
    assert found["a"]["log_odds"] == pytest.approx(expected)
    assert found["a"]["z"] == pytest.approx(expected / sqrt(1 / 35 + 1 / 25))  # equations 20 and 22
    assert found["b"]["log_odds"] == pytest.approx(-expected)


def test_a_larger_prior_believes_less() -> None:
    counts = Counter(honest=8, people=30), Counter(people=30), Counter(honest=8, people=60)
    sizes = [compare_words(*counts, prior=prior)[0]["log_odds"] for prior in (10, 100, 1000)]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] > 0


def test_p_values_are_adjusted_as_benjamini_and_hochberg_did() -> None:
    assert adjust_p([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.16 / 3, 0.16 / 3, 0.5])
    assert adjust_p([]) == []


@given(st.lists(st.floats(0, 1)))
def test_adjusting_keeps_the_order_and_never_lowers(values: list[float]) -> None:
    adjusted = adjust_p(values)
    assert all(0 <= before <= after <= 1 for before, after in zip(values, adjusted, strict=True))
    order = sorted(range(len(values)), key=values.__getitem__)
    assert [adjusted[at] for at in order] == sorted(adjusted)


@given(st.text(max_size=200), st.text(max_size=20) | st.none())
def test_any_text_gives_short_words_without_markup(text: str, quoted: str | None) -> None:
    for word in page_words(wrote(1, text, None, quoted=quoted)):
        assert 2 <= len(word) <= 40
        assert not set(word) & set('<>&"/ \n0123456789')
