"""Texts without a declared encoding, and texts that were read in a wrong one before they came here."""

import html
import unicodedata

import pytest

from stance.reading.encodings import REPAIRED, decode, repaired

WESTERN, CENTRAL, TURKISH = (
    ("cp1252", "iso8859-1", "iso8859-15", "mac-roman", "cp850"),
    ("cp1250", "iso8859-2", "cp852"),
    ("cp1254", "cp857"),
)
CYRILLIC = ("cp1251", "koi8-r", "cp866", "mac-cyrillic", "iso8859-5")
COMMENTS = {
    "Ça suffit, l'OTAN a déjà trop promis.|Où est passée la vérité ?": WESTERN,
    "A NATO não é uma organização de caridade.|Ninguém quer a paz, só lucros.": WESTERN,
    "¿Quién paga las armas? Nosotros.|Rusia invadió un país vecino.": WESTERN,
    "Rußland hat alle Verträge gebrochen.|Für wen lohnt sich der Krieg?": WESTERN,
    "Ingen tror på Moskva längre.|Nato borde ha agerat tidigare, så är det.": WESTERN,
    "The café owner’s naïve – and we pay.|They spent millions on this “deal”.": ("cp1252", "mac-roman"),
    "The US spent £500m on this, what a joke.|Who pays for all of it in the end?": ("cp1252", "mac-roman", "cp850"),
    "NATO powinno już dawno wysłać wojska.|Żaden żołnierz nie chce ginąć.": (*CENTRAL, "mac-latin2"),
    "Moskvě už nikdo nevěří ani slovo.|Všechno nakonec zaplatíme my.": (*CENTRAL, "mac-latin2"),
    "Senki sem hisz már Moszkvának.|Előbb kellett volna lépnie a NATO-nak.": CENTRAL,
    "Artık kimse Moskova'ya inanmıyor.|Faturayı yine biz ödeyeceğiz, her zamanki gibi.": (*TURKISH, "mac-turkish"),
    "Maskva niekas nebetiki, ačiū.|NATO turėjo veikti anksčiau, žmonės.": ("cp1257",),
    "Россия нарушила все обещания.|Опять платят американцы.": CYRILLIC,
    "Росія порушила всі обіцянки.|НАТО мало діяти раніше.": ("cp1251", "koi8-u"),
    "Η Ρωσία παραβίασε κάθε υπόσχεση.|Το ΝΑΤΟ έπρεπε να δράσει.": ("cp1253", "iso8859-7"),
    "רוסיה הפרה את כל ההבטחות.|ברית נאטו אשמה.": ("cp1255",),
    "روسيا نقضت كل الوعود.|كان على الناتو أن يتحرك.": ("cp1256", "iso8859-6"),
    "俄罗斯违背了所有承诺。|北约一直在东扩。": ("gb18030",),
    "러시아는 모든 약속을 어겼다.|나토는 계속 확장하고 있다.": ("cp949",),
}
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
