"""Languages: short and mixed texts stay unknown, and English is not lost to a likeness."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import UNKNOWN_LANGUAGE
from stance.parsing.language import LANGUAGES_OF_SCRIPT, _model, detect_language, detect_languages, is_in_another_script
from tests.support.growth import reads_linearly
from tests.support.tables import cases, repeated, table


@pytest.mark.parametrize(("text", "language"), table("languages"))
def test_languages(text: str, language: str) -> None:
    assert detect_language(text) == language


@cases("text")
def test_short_and_mixed_texts_stay_unknown(text: str) -> None:
    assert detect_language(text) == UNKNOWN_LANGUAGE


@cases("text", "language", "is_other")
def test_letters_tell_what_a_short_text_is_not_in(text: str, language: str, is_other: bool) -> None:
    assert is_in_another_script(text, language) is is_other


@given(st.text())
def test_any_text_has_one_of_our_languages_or_none(text: str) -> None:
    known = {language for languages in LANGUAGES_OF_SCRIPT.values() for language in languages}
    assert detect_language(text) in {UNKNOWN_LANGUAGE, *known}


def test_the_languages_of_a_page_are_expected_in_its_short_comments() -> None:
    page = ["Wir haben das alles schon einmal gehört und geglaubt."] * 8
    short = ["Putin der Mörder", "Why are they doing this to you?", "no es verdad señores"]
    assert detect_languages(short) == [UNKNOWN_LANGUAGE, "en", "es"]
    assert detect_languages([*page, *short], {})[8:] == ["de", "en", "es"]
    assert detect_languages(short, {"de": 8}) == ["de", "en", "es"]


def test_threads_agree() -> None:
    texts = ["Why now?", "Warum machen sie das eigentlich mit uns allen?", "Pourquoi font-ils cela maintenant ?"] * 5
    told: list[list[str]] = []
    threads = [threading.Thread(target=lambda: told.append(detect_languages(texts))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert told == [detect_languages(texts)] * 4


@cases("parts")
def test_hostile_texts_take_bounded_time(parts: list[tuple[str, int]]) -> None:
    detect_language("Warum machen sie das eigentlich mit uns allen?")  # loads the model
    assert reads_linearly(detect_language, repeated(parts))


TEXTS = table("language", "cases")["TEXTS"]


def test_the_model_is_asked_as_its_library_asks_it() -> None:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([language for languages in LANGUAGES_OF_SCRIPT.values() for language in languages])
    model = _model()
    texts = (*TEXTS, " ".join(TEXTS), "\udcff", "żółć " * 50, "".join(map(chr, range(0x400, 0x500))).lower())
    for text, shares in zip(texts, model.probabilities(texts), strict=True):
        for language, probability in identifier.rank(text):
            assert shares[model.languages.index(language)] == pytest.approx(probability, abs=1e-5)
