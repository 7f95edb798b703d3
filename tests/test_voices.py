"""Voices: quotations and reported speech apart from the outlet's own words, with the speaker as stated."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import HEADLINE, LEAD, Document, Voice
from stance.resources import VOICES
from stance.scoring.attribution import LANGUAGES, quotations
from stance.scoring.voices import read_sentences, read_voices
from tests.growth import grows_linearly, reads_linearly

OWN, QUOTED = Voice.OUTLET, Voice.QUOTED


def document(*body: str, title: str | None = None, lead: str | None = None, language: str = "en") -> Document:
    return Document("d1", "page.html", title=title, lead=lead, body=body, language=language)


def voices(*sentences: str, language: str = "en") -> list[Voice]:
    return [voice for voice, _ in read_voices(sentences, language)]


def speaker(*sentences: str, language: str = "en", headline: str = "") -> str | None:
    return read_voices(sentences, language, headline)[-1][1]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('He said "we will go" today.', ['"we will go"']),
        ("He said “we will go” and “we stay”.", ["“we will go”", "“we stay”"]),
        ("„Wir gehen“, sagte er.", ["„Wir gehen“"]),
        ("»Wir gehen«, sagte er.", ["»Wir gehen«"]),
        ("« Nous partons », dit-il.", ["« Nous partons »"]),
        ("‘We will go,’ he said, and didn’t.", ["‘We will go,’"]),
        (",,Wij gaan weg'', zei hij.", [",,Wij gaan weg''"]),
        ("It’s the girls’ school, isn't it?", []),
        ('A 3" pipe and a 5" pipe', []),
        ("one, two,, three", []),
        ("and we will go,” he said.", ["and we will go,”"]),
        ("“We will go. We will stay.", ["“We will go. We will stay."]),
        ("He said: “We go. “We stay,” and went.", ["“We go. “We stay,”"]),
        ("", []),
    ],
)
def test_quotations(text: str, expected: list[str]) -> None:
    assert [text[start:end] for start, end in quotations(text)] == expected


@pytest.mark.parametrize(
    "sentence",
    [
        "“We will not leave the valley before spring,” the mayor said.",
        "The mayor said on Monday that the bridge would stay closed.",
        "The bridge will stay closed until spring, according to the mayor.",
        "Three ships left the port at night, two officials said.",
        "Mr. Brown accused the council of hiding the cost of the bridge.",
        "Engineers told the paper that the bridge was never safe.",
    ],
)
def test_what_somebody_said_is_quoted(sentence: str) -> None:
    assert voices(sentence) == [QUOTED]


@pytest.mark.parametrize(
    "sentence",
    [
        "The bridge was closed in March after a flood damaged two of its pillars.",
        "The town has 4,000 inhabitants and lies on the northern bank of the river.",
        "The so-called “bridge tax” is paid by every driver who crosses the river.",
        "The council declined to comment.",
        "We believe that the town deserves a better bridge.",
    ],
)
def test_the_outlets_own_words(sentence: str) -> None:
    assert voices(sentence) == [OWN]


def test_a_quotation_runs_over_sentences() -> None:
    told = voices("“We will stay.", "The valley is ours.", "Nobody will make us leave,” said Anna Brown.", "It rained.")
    assert told == [QUOTED, QUOTED, QUOTED, OWN]


def test_a_quotation_runs_over_paragraphs() -> None:
    found = read_sentences(
        document(
            "Anna Brown spoke first. “We have waited long enough.", "“The valley is ours and stays ours.” It rained."
        )
    )
    assert [each.voice for each in found][1:3] == [QUOTED, QUOTED]
    assert found[-1].voice is OWN


def test_a_sentence_of_one_quoted_word_is_quoted() -> None:
    assert voices("“We will go,” Anna Brown said.", "“Never.”")[1] is QUOTED


@pytest.mark.parametrize(
    ("title", "voice", "name"),
    [
        ("Bridge was never safe - report", QUOTED, "report"),
        ("Mayor: The bridge was never safe", QUOTED, "Mayor"),
        ("Bridge was never safe, says mayor", QUOTED, "mayor"),
        ("Flood closes bridge for the winter", OWN, None),
    ],
)
def test_headlines(title: str, voice: Voice, name: str | None) -> None:
    (found,) = read_sentences(document(title=title))
    assert (found.place, found.voice, found.speaker) == (HEADLINE, voice, name)


@pytest.mark.parametrize(
    ("sentences", "name"),
    [
        (["The bridge is safe, Mayor Ivan Brown said."], "Mayor Ivan Brown"),
        (["The town's spokesman Ivan Brown said on Monday that the bridge is safe."], "Ivan Brown"),
        (["“The bridge is safe and will stay so,” said Ivan Brown, an engineer."], "Ivan Brown"),
        (["Ivan Brown, an engineer from the north, told reporters that the bridge is safe."], "Ivan Brown"),
        (["The bridge is safe, according to the Institute of Roads."], "Institute of Roads"),
        (["Two officials said that the bridge is safe."], "Two officials"),
        (["Ivan Brown opened the bridge.", "He said that it was safe at last."], "Ivan Brown"),
        (["“The bridge is safe and sound,” said Ivan Brown.", "“It will stand for a hundred years.”"], "Ivan Brown"),
        (["LONDON (AP) - The bridge is safe, the minister said."], "minister"),
        (["In March, Theresa May said that the bridge is safe."], "Theresa May"),
        (["“The bridge is safe and will stay so.”"], None),
        (["President Brown said it rained.", "The president also said that the bridge is safe."], "President Brown"),
        (["Ivan Brown told the town it rained.", "The minister said that the bridge is safe."], "minister"),
        (["— Ivan J. Brown (@ivanbrown) May 3, 2021"], "Ivan J. Brown"),
        (["The bridge is safe, according to www.roads-of-the-north.org."], "www.roads-of-the-north.org"),
        (["According to Bo Reed, Ada Quill considers that the bridge is safe."], "Bo Reed"),
        (["The militia claimed that it consisted of ten thousand people."], "militia"),
    ],
)
def test_speakers(sentences: list[str], name: str | None) -> None:
    assert speaker(*sentences) == name


def test_a_pronoun_stands_for_the_name_in_the_headline() -> None:
    assert speaker("He said that the bridge was safe.", headline="Ivan Brown defends the bridge") == "Ivan Brown"


@pytest.mark.parametrize(
    ("language", "said", "view"),
    [
        ("en", "According to Bo Reed, it is safe.", "In his opinion, the Russian bridge should be closed."),
        ("fr", "Selon Bo Reed, le pont va bien.", "À son avis, la Russie a un pont."),
    ],
)
def test_a_view_is_that_of_whoever_spoke_before(language: str, said: str, view: str) -> None:
    assert read_voices([said, view], language)[1] == (QUOTED, "Bo Reed")


def test_a_quotation_whose_speaker_no_sentence_names_is_that_of_the_headlines() -> None:
    quoted = "“We were never asked about the bridge.”"
    assert speaker(quoted, headline="Ivan Brown says the bridge is old") == "Ivan Brown"
    assert speaker(quoted, headline="The bridge is old") is None


@pytest.mark.parametrize("language", ["en", "pl"])
def test_a_block_quotation_is_quoted_from_whoever_introduces_it(language: str) -> None:
    text = "The council has no plan. The ferry will run."
    article = document("Ann Brown wrote:", text, "The council meets on Friday.", language=language)
    plain, marked = read_sentences(article), read_sentences(replace(article, quotations=("2",)))
    assert [each.voice for each in plain[1:]] == [OWN] * 3
    assert [each.voice for each in marked[1:]] == [QUOTED, QUOTED, OWN]
    assert {each.speaker for each in marked[1:3]} == {"Ann Brown" if language == "en" else None}


def test_sentences_of_the_outlet_have_no_speaker() -> None:
    assert read_voices(["Ivan Brown opened the bridge in March after two years of work."]) == [(OWN, None)]


@pytest.mark.parametrize(
    ("language", "quoted", "own", "name"),
    [
        (
            "de",
            "Die Brücke sei sicher, sagte Minister Hans Braun.",
            "Die Brücke wurde im März gesperrt.",
            "Minister Hans Braun",
        ),
        ("fr", "Le pont est sûr, a déclaré Jean Brun.", "Le pont a fermé en mars.", "Jean Brun"),
        ("es", "El puente es seguro, dijo Juan Moreno.", "El puente cerró en marzo.", "Juan Moreno"),
        ("nl", "De brug is veilig, zei Jan Bruin.", "De brug sloot in maart.", "Jan Bruin"),
        ("ru", "Мост безопасен, сообщил Иван Бурый.", "Мост закрыли в марте.", "Иван Бурый"),
        ("tr", "Ali Kara, köprünün güvenli olduğunu söyledi.", "Köprü mart ayında kapandı.", "Ali Kara"),
        ("ar", "وقال علي حسن إن الجسر آمن.", "أغلق الجسر في مارس.", "علي حسن"),
    ],
)
def test_other_languages(language: str, quoted: str, own: str, name: str) -> None:
    assert read_voices([quoted], language) == [(QUOTED, name)]
    assert read_voices([own], language) == [(OWN, None)]


def test_without_words_of_a_language_only_quotation_marks_count() -> None:
    assert voices("Most jest bezpieczny, powiedział Jan Kowalski.", language="pl") == [OWN]
    assert voices("„Most jest bezpieczny i taki zostanie na lata”.", language="pl") == [QUOTED]


def test_places_and_order() -> None:
    found = read_sentences(document("One. Two.", "Three.", title="A title", lead="A lead."))
    assert [(each.place, each.text) for each in found] == [
        (HEADLINE, "A title"),
        (LEAD, "A lead."),
        ("1", "One."),
        ("1", "Two."),
        ("2", "Three."),
    ]
    assert read_sentences(document()) == ()
    assert read_voices([]) == []


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


@pytest.mark.parametrize(
    "text",
    [
        "said " * 8_000,
        "“" * 20_000,
        "”" * 20_000,
        '" ' * 20_000,
        "'a " * 20_000,
        "A. " * 8_000,
        "Brown, " * 8_000,
        "he said. " * 4_000,
        "a" * 80_000,
        "a'" * 40_000,
        "Brown said that " * 4_000,
    ],
)
def test_hostile_texts_take_linear_time(text: str) -> None:
    assert reads_linearly(lambda part: read_sentences(document(part, title=part[:1_000])), text)


def test_weights_are_numbers() -> None:
    table = json.loads((VOICES / "weights.json").read_text(encoding="utf-8"))
    assert set(table) == {"sentence", "context", "joined", "speaker"}
    assert all(math.isfinite(weight) for weights in table.values() for weight in weights.values())


def test_every_language_has_words() -> None:
    assert {path.stem for path in VOICES.glob("*.toml")} == set(LANGUAGES)


def test_reported_speech_and_a_quotation_whose_speaker_is_a_pronoun() -> None:
    found = read_voices(
        [
            "The ferry was late on Monday.",
            "Mayor Ada Quill said that the bridge was unsafe.",
            "“We will close it,” she said.",
            "It was built in 1962.",
        ]
    )
    assert found == [(OWN, None), (QUOTED, "Mayor Ada Quill"), (QUOTED, "Mayor Ada Quill"), (OWN, None)]


@pytest.mark.parametrize("inner", [[], ["Nobody likes it.", "It creaks."]])
def test_a_quotation_has_the_speaker_of_its_end(inner: list[str]) -> None:
    found = read_voices(["Ada Quill said that she came.", "“The bridge is old.", *inner, "It must go,” said Bo Reed."])
    assert found == [(QUOTED, "Ada Quill"), *[(QUOTED, "Bo Reed")] * (2 + len(inner))]


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
    assert read_voices([plain], language) == [(OWN, None)]


@given(st.lists(st.text(max_size=80), max_size=4), st.sampled_from(["en", "de", "ru", "ar", "ja", "unknown"]))
def test_whatever_an_article_holds_its_sentences_stand_in_it(body: list[str], language: str) -> None:
    for each in read_sentences(document(*body, language=language)):
        assert each.text in body[int(each.place) - 1]
        assert each.voice is QUOTED or each.speaker is None
        assert each.speaker is None or each.speaker.strip()


@pytest.mark.parametrize("text", ["“He said. ", '"" ', "said ", "Bo ", "“‘", "According to "])
def test_time_grows_with_the_length(text: str) -> None:
    assert grows_linearly(lambda count: read_sentences(document(text * count)), 8_000)
