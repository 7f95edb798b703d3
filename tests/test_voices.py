"""The voice and the speaker of sentences in eight languages; every sentence stands in its article as returned."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import Document, Voice
from stance.scoring.voices import read_sentences, read_voices

OUTLET, QUOTED = Voice.OUTLET, Voice.QUOTED


def article(*body: str, language: str = "en", **fields: str) -> Document:
    return Document("d", "d.html", language=language, body=body, **fields)  # type: ignore[arg-type]


def test_reported_speech_and_a_quotation_whose_speaker_is_a_pronoun() -> None:
    found = read_voices(
        [
            "The ferry was late on Monday.",
            "Mayor Ada Quill said that the bridge was unsafe.",
            "“We will close it,” she said.",
            "It was built in 1962.",
        ]
    )
    assert found == [(OUTLET, None), (QUOTED, "Mayor Ada Quill"), (QUOTED, "Mayor Ada Quill"), (OUTLET, None)]


def test_a_quotation_over_two_sentences_has_the_speaker_of_its_end() -> None:
    found = read_voices(["“The bridge is old.", "It must go,” said Bo Reed, the engineer."])
    assert found == [(QUOTED, "Bo Reed")] * 2


@pytest.mark.parametrize(
    ("language", "said", "speaker", "plain"),
    [
        (
            "en",
            "According to the port authority, traffic fell by half.",
            "port authority",
            "The bridge closed on Monday.",
        ),
        ("de", "Die Brücke sei alt, sagte Bürgermeisterin Ada Quill.", "Ada Quill", "Die Fähre fuhr am Montag nicht."),
        ("fr", "Selon le port, le trafic a baissé.", "port", "Le pont a fermé lundi."),
        ("es", "El puente es viejo, dijo la alcaldesa Ada Quill.", "Ada Quill", "El puente cerró el lunes."),
        ("nl", "Volgens de haven daalde het verkeer.", "haven", "De brug ging maandag dicht."),
        ("ru", "Мост старый, сообщил мэр Иван Петров.", None, "Мост закрыли в понедельник."),
        ("tr", "Belediye Başkanı Ada Quill köprünün eski olduğunu söyledi.", "Ada Quill", "Köprü pazartesi kapandı."),
        ("ar", "وقال رئيس البلدية إن الجسر قديم.", "رئيس البلدية", "أغلق الجسر يوم الاثنين."),
    ],
)
def test_each_language_has_its_words_of_saying(language: str, said: str, speaker: str | None, plain: str) -> None:
    ((voice, name),) = read_voices([said], language)
    assert voice is QUOTED
    assert speaker is None or speaker in (name or "")
    assert read_voices([plain], language) == [(OUTLET, None)]


def test_in_another_language_only_quotation_marks_quote() -> None:
    quoted, plain = "«Most jest bardzo stary i trzeba go zamknąć».", "Burmistrz powiedział, że most jest stary."
    assert [voice for voice, _ in read_voices([quoted], "pl")] == [QUOTED]
    assert [voice for voice, _ in read_voices([plain], "pl")] == [OUTLET]


def test_headline_lead_and_paragraphs_come_in_order() -> None:
    found = read_sentences(article("It rained. It was cold.", "No.", title="Bridge closes", lead="For a week."))
    assert [each.place for each in found] == ["headline", "lead", "1", "1", "2"]
    assert [each.text for each in found] == ["Bridge closes", "For a week.", "It rained.", "It was cold.", "No."]
    assert read_sentences(article()) == ()


@given(st.lists(st.text(max_size=80), max_size=4), st.sampled_from(["en", "de", "ru", "ar", "ja", "unknown"]))
def test_whatever_an_article_holds_its_sentences_stand_in_it(body: list[str], language: str) -> None:
    for each in read_sentences(article(*body, language=language)):
        assert each.text in body[int(each.place) - 1]
        assert each.voice is QUOTED or each.speaker is None
        assert each.speaker is None or each.speaker.strip()


@pytest.mark.parametrize("text", ["“He said. ", '"" ', "said ", "Bo ", "“‘", "According to "])
def test_time_grows_with_the_length(text: str) -> None:
    def seconds(count: int) -> float:
        start = time.process_time()
        read_sentences(article(text * count))
        return time.process_time() - start

    seconds(100)
    assert seconds(8_000) < 40 * max(seconds(1_000), 0.01)
