"""Voices: quotations and reported speech apart from the outlet's own words, with the speaker as stated."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from research.voices import read_voices
from stance.datamodels import HEADLINE, LEAD, Document, Voice
from stance.scoring.voices.kinds import LANGUAGES
from stance.scoring.voices.networks import VoicePassage, voice_reader
from stance.scoring.voices.quotations import quotations
from stance.scoring.voices.sentences import read_sentences
from tests.support.growth import reads_linearly
from tests.support.tables import cases, repeated, table

OWN, QUOTED = Voice.OUTLET, Voice.QUOTED


def document(*body: str, title: str | None = None, lead: str | None = None, language: str = "en") -> Document:
    return Document("d1", "page.html", title=title, lead=lead, body=body, language=language)


@pytest.mark.parametrize(("text", "expected"), table("quotations"))
def test_quotations(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in quotations(text)] == expected


@cases("sentence", "voice")
def test_what_somebody_said_is_quoted_and_the_rest_the_outlets_own(sentence: str, voice: Voice) -> None:
    assert read_voices([sentence])[0][0] == voice


def test_a_quotation_runs_over_paragraphs() -> None:
    first = "Anna Brown spoke first. “We have waited long enough."
    found = read_sentences(document(first, "“The valley is ours and stays ours.” It rained."))
    assert [each.voice for each in found][1:3] == [QUOTED, QUOTED]
    assert found[-1].voice is OWN


@cases("title", "voice", "name")
def test_headlines(title: str, voice: str, name: str | None) -> None:
    (found,) = read_sentences(document(title=title))
    assert (found.place, found.voice, found.speaker) == (HEADLINE, voice, name)


@pytest.mark.parametrize(("sentences", "name"), table("speakers"))
def test_speakers(sentences: list[str], name: str | None) -> None:
    assert read_voices(sentences)[-1][1] == name


@cases("language", "quoted", "own")
def test_other_languages_have_voices_without_speakers(language: str, quoted: str, own: str) -> None:
    assert read_voices([quoted], language) == [(QUOTED, None)]
    assert read_voices([own], language) == [(OWN, None)]


def test_places_and_order() -> None:
    found = read_sentences(document("One. Two.", "Three.", title="A title", lead="A lead."))
    assert [each.place for each in found] == [HEADLINE, LEAD, "1", "1", "2"]
    assert [each.text for each in found] == ["A title", "A lead.", "One.", "Two.", "Three."]
    assert read_sentences(document()) == ()
    assert read_voices([]) == []


@cases("paragraphs")
def test_turns_of_an_interview_are_their_speakers_words(paragraphs: list[tuple[str, str]]) -> None:
    found = read_sentences(replace(document(*(text for text, _ in paragraphs)), outlet="The Ledger"))
    said = [(each.place, each.speaker or each.voice) for each in found]
    assert [*dict.fromkeys(said)] == [(str(place), said) for place, (_, said) in enumerate(paragraphs, 1)]


WORDS = st.sampled_from(
    ("said ", "Brown ", "he ", "“", "”", '"', "'", ", ", ". ", ": ", "that ", "— ", "U.S. ", "\n", "la ")
)


@pytest.mark.slow
@given(st.lists(WORDS | st.text(max_size=5), max_size=40).map("".join), st.sampled_from((*LANGUAGES, "pl")))
def test_any_text_is_read_and_nothing_is_lost(text: str, language: str) -> None:
    found = read_sentences(document(text, title=text, lead=text, language=language))
    for place in (LEAD, "1"):
        assert "".join("".join(each.text.split()) for each in found if each.place == place) == "".join(text.split())
    assert all(each.speaker is None or each.voice is QUOTED for each in found)


@cases("parts")
def test_hostile_texts_take_linear_time(parts: list[tuple[str, int]]) -> None:
    assert reads_linearly(lambda part: read_sentences(document(part, title=part[:1_000])), repeated(parts))


# The network that reads English sentences which the rules leave unsure

PLAIN = VoicePassage("", "The ferry runs between Oslo and Kiel twice a week.", "A ticket costs 80 euros.")
SAID = VoicePassage("", "“We will not leave,” the mayor told the council.", "He sat down.")


def test_a_sentence_is_read_alike_in_any_company() -> None:
    reader = voice_reader()
    together = reader.read([PLAIN, SAID])
    assert together == [*reader.read([PLAIN]), *reader.read([SAID])]
    assert together[0] < -1 < 1 < together[1]
    assert reader.read([]) == []
