"""Sentences and clauses: where careless punctuation divides a comment, and where it must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import Mention, Span
from stance.scoring import sentences as cutting
from stance.scoring.sentences import clauses_around, split_sentences
from tests.support.growth import reads_linearly
from tests.support.tables import cases, repeated, table


def split_clauses(text: str) -> list[Span]:
    return [clause for sentence in split_sentences(text) for clause in cutting._cut_sentence(text, sentence)]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


def clauses(text: str) -> list[str]:
    return [text[start:end] for start, end in split_clauses(text)]


def around(text: str, *names: str) -> list[str]:
    mentions = tuple(Mention("x", text.index(name), text.index(name) + len(name), "name") for name in names)
    return [text[start:end] for start, end in clauses_around(text, mentions)]


@pytest.mark.parametrize(("text", "expected"), table("sentences"))
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@cases("text", "expected")
def test_clauses(text: str, expected: list[str]) -> None:
    assert clauses(text) == expected


def test_clauses_around_mentions() -> None:
    text = "NATO talks a lot but Russia acts. Nobody else cares."
    assert around(text, "Russia") == ["but Russia acts."]
    assert around(text, "Russia", "NATO") == ["NATO talks a lot", "but Russia acts."]
    assert around(text) == []


def test_a_bare_name_brings_what_follows() -> None:
    assert around("NATO? What a joke. Really.", "NATO") == ["NATO?", "What a joke."]
    assert around("What a joke. NATO.", "NATO") == ["NATO."]


@pytest.mark.slow
@given(st.text(alphabet=st.sampled_from("aB .,;:!?\n'\"…-—\u0301U.S"), max_size=200) | st.text())
def test_spans_are_in_order_and_hold_every_word(text: str) -> None:
    for spans in (split_sentences(text), split_clauses(text)):
        bounds = [offset for span in spans for offset in span]
        assert bounds == sorted(bounds)
        assert all(text[start:end].strip() == text[start:end] != "" for start, end in spans)
        assert "".join("".join(text[start:end] for start, end in spans).split()) == "".join(text.split())


@cases("parts")
def test_hostile_texts_take_linear_time(parts: list[tuple[str, int]]) -> None:
    assert reads_linearly(split_clauses, repeated(parts))
