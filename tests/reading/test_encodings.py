"""Texts without a declared encoding, and texts that were read in a wrong one before they came here."""

import html
import unicodedata

import pytest

from stance.reading.encodings import REPAIRED, decode, repaired
from tests.support.tables import table

COMMENTS = table("encodings", "cases")["COMMENTS"]
FORMS = {
    "table": "author,text\na,{}\nb,{}\n",
    "page": "<html><body><div id=comments><div><b>a</b><p>{}</p></div>\n<div><b>b</b><p>{}</p></div></div></html>",
    "falsely declared": "<html><meta charset=utf-8><body><p>{}</p>\n<p>{}</p></html>",
    "text": "Comments\n\na\n{}\nReply\n\nb\n{}\nReply\n",
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("comments", "encodings"), COMMENTS.items(), ids=lambda each: each[:12])
def test_two_comments_show_the_code_page_of_their_language(form, comments, encodings):
    text = FORMS[form].format(*html.escape(comments, quote=False).split("|"))
    for encoding in encodings:
        found = decode(text.encode(encoding))
        assert found.text == text, encoding
        assert found.warnings == (f"encoding was guessed: {found.encoding}",)


TYPED = (
    "It’s “their” war – the US shouldn’t pay.",
    "L’OTAN n’a rien promis, c’est évident.",
    "Россия права, а НАТО врёт.",
)


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("codec", ["latin-1", "cp1252", "cp1251"])
@pytest.mark.parametrize("text", TYPED)
def test_utf_8_that_was_read_in_another_encoding_is_repaired_and_said(form, codec, text):
    misread = "".join(
        bytes((byte,)).decode(codec, "replace" if codec == "cp1251" else "ignore") or chr(byte)
        for byte in text.encode()
    )
    page = decode(unicodedata.normalize(form, f"<p>Šibenik, Łódź</p><p>{misread}</p>").encode())
    assert page.text == f"<p>Šibenik, Łódź</p><p>{text}</p>"
    assert page.warnings == (REPAIRED,)


@pytest.mark.parametrize(
    "text", [*TYPED, "SÃO PAULO", "HÂ!", "“ÖSTERREICH”", "в «Мире»…", "всё её", "Ąžuolas ° 5 €", "PÊ–ÃO"]
)
def test_good_text_is_left_alone(text):
    assert repaired(text) == text


@pytest.mark.parametrize(
    ("printed", "text"),
    [
        (
            "1/2/24  Bridge\n\nOne\ncut\n\nhttps://b  1/2\n\f1/2/24  Bridge\n\nin two\n\nhttps://b  2/2\n\f",
            "One\ncut\nin two",
        ),
        ("1/2/24\nBridge\nOne\nhttps://b\n1/2\n\f1/2/24\nBridge\nTwo\nhttps://b\n2/2\n", "One\nTwo"),
        ("1/3\n\fAnn\nTwo\n2/3\n\fAnn\nThree\n3/3", "Ann\nTwo\nAnn\nThree"),
        ("Great!\fGreat!\nAnn 1/2", "Great!\nGreat!\nAnn 1/2"),
        ("<p>One</p>\n\f<p>One</p>", "<p>One</p>\n\n<p>One</p>"),
    ],
)
def test_what_a_browser_prints_on_each_page_is_no_text(printed: str, text: str) -> None:
    assert decode(printed.encode()).text == text
