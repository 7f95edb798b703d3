"""Words: any text is cut in order, and nothing but three words or more counts as quoted."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.scoring.automaton import BREAK
from stance.scoring.words import quoted_spans, tokenize


def test_words_are_folded_and_sentences_end() -> None:
    words = [word.text for word in tokenize("The U.S. Army won’t go! 50% of 3.5, OK? 🤡")]
    assert words == ["the", "us", "army", "won't", "go", BREAK, "50%", "of", "3", "5", "ok", BREAK, "🤡"]


@given(st.text(max_size=200))
def test_any_text_is_cut_into_words_in_order(text: str) -> None:
    words = tokenize(text)
    assert all(w.start < w.end for w in words)
    assert all(a.end <= b.start for a, b in pairwise(words))
    assert not words or words[-1].end <= len(text)


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ('He said "we all stand" again', ['"we all stand"']),
        ("He said “we all stand” again", ["“we all stand”"]),
        ('their "help" for us', []),
        ('an open "quote of many words', []),
        ('"one\ntwo three" four five six "', ['" four five six "']),
    ],
)
def test_quoted_spans(text: str, quoted: list[str]) -> None:
    assert [text[start:end] for start, end in quoted_spans(text)] == quoted


@given(st.text(alphabet='a "\n', max_size=60))
def test_quoted_spans_are_in_order_and_apart(text: str) -> None:
    spans = quoted_spans(text)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
