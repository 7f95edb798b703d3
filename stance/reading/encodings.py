"""Find the encoding of bytes, and turn them into clean text.

Pages declare encodings that they are not in, or none. The order is that of browsers (byte order mark, declaration),
then what can be proven (UTF-8 is hard to hit by accident), then a guess, which is a warning.
"""

import codecs
import html
import io
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from stance.datamodels import Page, PageKind, Strings
from stance.exceptions import InputError
from stance.limits import shown_size
from stance.reading.packed import head
from stance.resources import formats
from stance.text_forms import MARKS, TURNING

REPLACEMENT = "\ufffd"

# Control characters mean nothing in a text and break XML; terminals read those from 0x80 on as escapes. Characters
# that turn the direction make one name look like another in tables, and files as if they ended otherwise.
DIACRITICS = f"{MARKS}\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
REFERENCE = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
REPAIRED = "UTF-8 that had been read in another encoding, such as â€™ for ’, was repaired"
"""Warning about texts that :func:`repaired` changes."""

# A byte that begins a character in UTF-8 and one that goes on, as other encodings read them; few good texts have them.
# The second is looked for first, since it is rarer; without letters of Russian and Ukrainian words.
_MISREAD = re.compile(
    "(?<=[{}])[{}]".format(
        *(
            re.sub("[ёіїєґЁІЇЄҐ]", "", "".join(bytes(some).decode(name, "ignore") for name in formats()["misread_as"]))
            for some in (range(0xC2, 0xF5), range(0x80, 0xC0))
        )
    )
)


class Decoded(NamedTuple):
    """A text, its encoding, and warnings about the encoding."""

    text: str
    encoding: str
    warnings: Strings


def decode(data: bytes, *, stated: str | None = None) -> Decoded:
    """Decode a whole page; never fails.

    :param stated: The encoding that the server stated; it goes before the page's own declaration, as in browsers.
    :return: Text with newlines as line ends and without control characters, its encoding, warnings.
    """
    encoding, guessed = choose_encoding(data, stated=stated)
    text, lost = _decoded(data, encoding)
    warnings = [f"encoding was guessed: {encoding}"] if guessed else []
    if lost > 0:
        warnings.append(f"{lost} character{'s' * (lost != 1)} could not be decoded as {encoding}")
    text = unicodedata.normalize("NFC", text)
    mended = repaired(text)
    if mended != text:
        warnings.append(REPAIRED)
    if "&#" in mended:  # of a character that is cleaned away
        mended = REFERENCE.sub(_odd_character, mended)
    if "\f" in mended and "</" not in mended:  # the pages of a print-out
        mended = _without_running_lines(mended)
    return Decoded(clean(mended.removeprefix("\ufeff")), encoding, tuple(warnings))


def _without_running_lines(text: str) -> str:
    """Leave out what a browser prints on each page: equal lines above, such as the date; below, address and "1/5"."""
    pages = [page.strip("\n") for page in text.split("\f") if page.strip()]
    feet = [re.search(r"\s*(\d{1,5})/(\d{1,5})\s*$", page) for page in pages]
    if [foot and (int(foot[1]), int(foot[2])) for foot in feet] != [(n, len(pages)) for n in range(1, len(pages) + 1)]:
        return text
    pages = [page[: foot.start()] for page, foot in zip(pages, feet, strict=True) if foot]
    for is_first in (True, True, True, False):  # up to three lines above
        lines = [page.split("\n", 1)[0] if is_first else page.rsplit("\n", 1)[-1] for page in pages]
        if len(pages) > 1 and len({*lines}) == 1:
            pages = [(page.removeprefix if is_first else page.removesuffix)(lines[0]).strip("\n") for page in pages]
    return "\n".join(filter(None, pages))


def repaired(text: str) -> str:
    """Repair the lines that are UTF-8 read in another encoding, such as ``Itâ€™s``; between tags, each alone."""
    if text.isascii() or not _MISREAD.search(text):
        return text
    from ftfy import fix_encoding  # takes a tenth of the start

    def mend(part: re.Match[str]) -> str:
        return fix_encoding(part[0]) if _MISREAD.search(part[0]) else part[0]

    return re.sub(r"[^<>\n]+", mend, text)


def make_page(data: bytes, source: str, kind: PageKind, most: int, *, stated: str | None = None) -> Page:
    """Decode a page.

    :param most: Bytes that it may have.
    :param stated: The encoding that the server stated.
    :raises InputError: If it is larger, or has nothing to read.
    """
    if len(data) > most:
        raise InputError(f"larger than {shown_size(most)} (the limit)")
    text, encoding, warnings = decode(data, stated=stated)
    if all(sign == REPLACEMENT or unicodedata.category(sign)[0] in "ZC" for sign in text):  # nothing that has ink
        raise InputError("no text; expected a page")
    return Page(source, kind, text, encoding, warnings=warnings)


def clean(text: str) -> str:
    """Normalize Unicode (NFC) and line ends, remove control characters, replace lone surrogates by ``�``."""
    return without_controls(unicodedata.normalize("NFC", text))


_UNCLEAN = re.compile(f"[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{TURNING}]|[{DIACRITICS}]{{5,}}")


def without_controls(text: str) -> str:
    """Normalize line ends, remove control characters and walls of marks, and replace lone surrogates."""
    return _UNCLEAN.sub(_cleaned, text.replace("\r\n", "\n"))


def _cleaned(match: re.Match[str]) -> str:
    first = match[0][0]
    if len(match[0]) > 1:
        return match[0][:4]  # more marks on one letter are a wall of them over other lines
    return "\n" if first in "\r\v\f\x85" else REPLACEMENT if first >= "\ud800" else ""


def choose_encoding(data: bytes, *, stated: str | None = None) -> tuple[str, bool]:
    """Find the encoding of a page, or of the head of a longer input.

    :param stated: The encoding that the server stated.
    :return: The name of a codec, and whether it is a guess.
    """
    if marked := byte_order_mark(data):
        return marked, False
    text, lost = _decoded(data, "utf-8")
    # In other encodings an accidental sequence is rare: none in Cyrillic code pages, about one in seven in GBK.
    is_utf_8 = not lost or len(text) - lost - len(text.encode("ascii", "ignore")) > lost / 2
    declaration = re.search(
        rb"""<(?:meta\b[^>]{0,500}?charset|\?xml\b[^>]{0,200}?encoding)\s{0,8}=\s{0,8}["']?\s{0,8}([A-Za-z0-9_:.-]{1,40})""",
        data[:4_096],  # browsers look at 1,024; saved pages often carry a comment in front
        re.IGNORECASE,
    )
    for declared in map(_text_codec, (stated, declaration[1].decode("ascii") if declaration else None)):
        if not declared or (declared == "utf-8" and not is_utf_8):
            continue
        whole, failed = (text, lost) if declared == "utf-8" else _decoded(data, declared)
        # a declared encoding that fails on more than this is not the one
        if failed <= 0.01 * len(whole):
            # The declaration of a page may be out of date: servers state UTF-8 instead.
            is_stale = declared not in formats()["wide_codecs"] and not data.isascii() and not lost
            return "utf-8" if is_stale else declared, False
    if wide := utf_16_without_mark(data):
        return wide, True
    return ("utf-8", False) if is_utf_8 else (_detected(data), True)


def encoding_of(reader: io.BufferedReader) -> tuple[str, bool]:
    """Find the encoding of a longer input from its first bytes, of which the last character may be cut in two.

    :return: The name of a codec, and whether it is a guess.
    """
    start = head(reader)
    whole_lines = start[: start.rfind(b"\n") + 1]
    return choose_encoding(whole_lines or start[:-4] or start)


def byte_order_mark(data: bytes) -> str | None:
    """Return the encoding that a byte order mark states."""
    # UTF-32 first: its little-endian mark begins with that of UTF-16.
    marked = ("utf-32-le", "utf-32-be", "utf-8", "utf-16-le", "utf-16-be")
    return next((codec for codec in marked if data.startswith("\ufeff".encode(codec))), None)


def utf_16_without_mark(data: bytes) -> str | None:
    """Recognize UTF-16 without a byte order mark: NUL bytes on one side only, and letters once decoded."""
    sample = data[: min(len(data), 32_768) // 2 * 2]
    sides = {"utf-16-be": sample[0::2].count(0), "utf-16-le": sample[1::2].count(0)}
    encoding = max(sides, key=lambda side: sides[side])
    if sides[encoding] <= 2 * min(sides.values()) or sides[encoding] * 20 < len(sample):
        return None
    text = sample.decode(encoding, "replace")
    readable = sum(character.isalnum() or character in " .,;:!?'\"-()\r\n\t<>/=" for character in text)
    return encoding if readable >= 0.9 * len(text) else None


def _decoded(data: bytes, encoding: str) -> tuple[str, int]:
    """Decode bytes; return also how many characters replace undecodable ones."""
    text = data.decode(encoding, "replace")
    lost = text.count(REPLACEMENT)
    return text, lost - data.count(REPLACEMENT.encode()) if lost and encoding == "utf-8" else lost


def _text_codec(label: str | None) -> str | None:
    """Return the codec that browsers use for a label; None if they use none."""
    try:
        name = codecs.lookup(label or "").name
    except (LookupError, ValueError):
        return None
    name = formats()["browser_codecs"].get(name, name)
    return name if name in formats()["wide_codecs"] + formats()["text_codecs"] else None


def _detected(data: bytes) -> str:
    """Guess a code page: the one that gives the letters of the language that the text is then in."""
    from stance.parsing.language import language_shares

    tag, odd_lines = rb"<[^<>]{0,4000}>|&[a-zA-Z]{1,10};", (line for line in data.split(b"\n") if not line.isascii())
    lines = [re.sub(tag, b" ", line) for line in odd_lines]
    # charset-normalizer takes about a second per megabyte, and is sure well before.
    sample = b"\n".join(line for line in lines if not line.isascii())[:32_768]
    pages = [(codec, page["letters"]) for page in formats()["code_pages"] for codec in page["codecs"].split()]
    # The letters of a language are all in the first bytes.
    texts = [sample[:8_192].decode(codec, "replace") for codec, _ in pages]
    points = {}
    for (codec, letters), text, shares in zip(pages, texts, language_shares(texts), strict=True):
        # Pattern of a sign beyond ASCII with its neighbours.
        signs = Counter(re.findall(r"(?<=(.))([^\x00-\x7f])(?=(.))", f" {text} ", re.DOTALL))
        fits = {code: _fit(signs, usual) / (signs.total() or 1) for code, usual in letters.items()}
        points[codec] = max(fit + 0.4 * math.log10(max(shares[code], 1e-4)) for code, fit in fits.items())
    best = max(points, key=points.__getitem__)
    # Minimum fit of a letter, on average, in a code page; Chinese, Japanese and Korean bytes have less.
    if points[best] >= 0.2:
        return best
    from charset_normalizer import from_bytes  # the same

    guess = from_bytes(sample).best()
    encoding = codecs.lookup(guess.encoding).name if guess else "ascii"
    # UTF-16 and UTF-32 need a mark at the start: a mark inside the text is none.
    return "cp1252" if encoding in ("ascii", "utf-8", "utf-16", "utf-32") else encoding


def _fit(signs: Mapping[tuple[str, str, str], int], letters: str) -> float:
    """Count how well signs beyond ASCII, each with its neighbours, are those of a language.

    :param letters: Of the language; behind a blank the rare ones.
    """
    usual, _, rare = letters.partition(" ")
    outside, inside = formats()["signs_outside"], formats()["signs_inside"]
    fits = dict.fromkeys(outside + inside, 0.5) | dict.fromkeys(rare + rare.upper(), 0.4)
    fits |= dict.fromkeys(usual + usual.upper(), 1.0)
    points = 0.0
    for (before, sign, after), times in signs.items():
        is_inside = before.isalpha() and after.isalpha() and sign in outside
        is_misplaced = is_inside or (sign.isupper() and (before.islower() or before.isdigit() or after.isdigit()))
        if not sign.isspace() and sign != "\xad":
            fit = -2.0 if is_misplaced else fits.get(sign, -2.0)
            points += times * min(fit, 0.4 if sign.isupper() and before.isupper() else 1.0)
    return points


def _odd_character(reference: re.Match[str]) -> str:
    character = html.unescape(reference[0])
    return character if re.fullmatch(f"[{TURNING}{DIACRITICS}]", character) else reference[0]
