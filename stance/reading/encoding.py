"""Bytes to text: which encoding, how sure, and what was lost.

Pages declare encodings that they are not in, or none. The order is that of browsers (byte order mark, declaration),
then what can be proven (UTF-8 is hard to hit by accident), then guesses; a guess and every lost character are warnings.
"""

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

DETECTION_BYTES = 32_768  # charset-normalizer takes about a second per megabyte, and is sure well before
DECLARATION_BYTES = 4_096  # browsers look at 1,024; saved pages often carry a comment in front
UNDECODABLE_SHARE = 0.01  # a declared encoding that fails on more than this is not the one
LAST_RESORT = "cp1252"

BYTE_ORDER_MARKS = (  # UTF-32 first: its little-endian mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

NEEDS_MARK = ("utf-16", "utf-32")
"""Python's names of encodings whose byte order is told by a mark at the start."""

# What a label means to browsers (WHATWG Encoding Standard) where that differs from Python's codec of that name.
BROWSER_MEANING = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    # A page whose declaration can be read byte by byte is not in UTF-16.
    "utf-16": "utf-8",
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
}

# Python knows codecs that are no encodings of text (rot13), or that browsers dropped since they hide markup (UTF-7).
# fmt: off
TEXT_CODECS = frozenset((
    "utf-8", "cp866", "koi8-r", "koi8-u", "mac-roman", "mac-cyrillic", "cp874", "gb18030", "big5hkscs", "euc_jp",
    "iso2022_jp", "cp932", "cp949", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "cp1258", "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-8", "iso8859-10",
    "iso8859-13", "iso8859-14", "iso8859-15", "iso8859-16",
))
# fmt: on

WIDE_CODECS = frozenset(("gb18030", "big5hkscs", "euc_jp", "iso2022_jp", "cp932", "cp949"))
"""Those of several bytes a character, of which a few words may be well-formed UTF-8 by accident."""

BLANKS = " \t\n\xa0\u00ad\u180e\u2028\u2029\u3000\ufeff\ufffd" + "".join(map(chr, range(0x2000, 0x2010)))
"""What takes no ink, also characters without width."""

_DECLARATION = re.compile(
    rb"""<(?:meta\b[^>]{0,500}?charset|\?xml\b[^>]{0,200}?encoding)\s{0,8}=\s{0,8}["']?\s{0,8}([A-Za-z0-9_:.-]{1,40})""",
    re.IGNORECASE,
)
_REPLACEMENT = "\ufffd"
_REPLACEMENT_UTF8 = _REPLACEMENT.encode()

# Control characters mean nothing in a text and break what comes later (XML, terminals); line ends are made one kind.
# Those from 0x80 on are what a terminal takes for escapes of one character.
_CONTROLS: dict[int, str | None] = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)]) | {
    9: "\t",
    **dict.fromkeys((10, 11, 12, 0x85), "\n"),
}
_ASCII_CONTROLS = bytes(code for code in _CONTROLS if code < 0x80 and chr(code) not in "\t\n")
_LATER_CONTROLS = re.compile(b"\xc2[\x80-\x9f]")  # as UTF-8
_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text with the encoding it was in and what is to be said of that."""

    text: str
    encoding: str
    warnings: tuple[str, ...] = ()


def decode(data: bytes, *, stated: str | None = None) -> Decoded:
    """Decode a page; never fails.

    :param data: The whole page.
    :param stated: The encoding that the server stated; it goes before the page's own word, as in browsers.
    :return: Text with newlines as line ends and without control characters, its encoding, warnings.
    """
    encoding, guessed = choose_encoding(data, stated=stated)
    text = data.decode(encoding, "replace").removeprefix("\ufeff")
    lost = text.count(_REPLACEMENT) - (data.count(_REPLACEMENT_UTF8) if encoding == "utf-8" else 0)
    warnings = [f"encoding was guessed: {encoding}"] if guessed else []
    if lost > 0:
        warnings.append(f"{lost} character{'s' * (lost != 1)} could not be decoded as {encoding}")
    return Decoded(clean(text), encoding, tuple(warnings))


def clean(text: str) -> str:
    """Give a text one kind of line end and take out control characters and lone surrogates."""
    if text.isprintable():  # most names and single lines; several times faster than looking for each control character
        return text
    try:
        encoded = text.encode()
    except UnicodeEncodeError:  # as lone surrogates are the only ones to do
        text = _SURROGATES.sub(_REPLACEMENT, text)
        encoded = text.encode()
    # Most pages have none; bytes tell so in a fiftieth of the time that a look at each character takes.
    if len(encoded.translate(None, _ASCII_CONTROLS)) == len(encoded) and not _LATER_CONTROLS.search(encoded):
        return text
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_CONTROLS)


def is_blank(text: str) -> bool:
    """Tell whether a text has nothing to read."""
    return not text.strip(BLANKS)


def choose_encoding(data: bytes, *, stated: str | None = None) -> tuple[str, bool]:
    """Tell which encoding bytes are in.

    :param data: A page, or the head of a longer input.
    :param stated: The encoding that the server stated.
    :return: The name of a codec, and whether it is a guess.
    """
    if marked := byte_order_mark(data):
        return marked, False
    for declared in (_text_codec(stated), _declared(data)):
        if declared and _undecodable(data, declared) <= UNDECODABLE_SHARE:
            # The server said otherwise when the page was saved, and what the page declares was forgotten long ago.
            is_stale = declared not in WIDE_CODECS | {"utf-8"} and _is_all_utf_8(data)
            return "utf-8" if is_stale else declared, False
    if wide := utf_16_without_mark(data):
        return wide, True
    if _mostly_utf_8(data):
        return "utf-8", False
    return _detected(data), True


def encoding_of_head(head: bytes) -> str:
    """Tell which encoding a longer input is in, from its first bytes."""
    # A character may be cut in two at the end.
    whole_lines = head[: head.rfind(b"\n") + 1]
    return choose_encoding(whole_lines or head[:-4] or head)[0]


def byte_order_mark(data: bytes) -> str | None:
    """Return the encoding that a byte order mark states."""
    return next((encoding for mark, encoding in BYTE_ORDER_MARKS if data.startswith(mark)), None)


def utf_16_without_mark(data: bytes) -> str | None:
    """Recognize UTF-16 without a byte order mark: NUL bytes on one side only, and letters once decoded."""
    sample = data[: DETECTION_BYTES // 2 * 2]
    sides = {"utf-16-be": sample[0::2].count(0), "utf-16-le": sample[1::2].count(0)}
    encoding = max(sides, key=lambda side: sides[side])
    if sides[encoding] <= 2 * min(sides.values()) or sides[encoding] * 20 < len(sample):
        return None
    text = sample[: len(sample) // 2 * 2].decode(encoding, "replace")
    readable = sum(character.isalnum() or character in " .,;:!?'\"-()\r\n\t<>/=" for character in text)
    return encoding if readable >= 0.9 * len(text) else None


def _declared(data: bytes) -> str | None:
    found = _DECLARATION.search(data, 0, DECLARATION_BYTES)
    return _text_codec(found[1].decode("ascii")) if found else None


def _text_codec(label: str | None) -> str | None:
    """Return the codec that a label means to browsers; None where it means none."""
    try:
        name = codecs.lookup(label or "").name
    except (LookupError, ValueError):
        return None
    name = BROWSER_MEANING.get(name, name)
    return name if name in TEXT_CODECS else None


def _undecodable(data: bytes, encoding: str) -> float:
    text = data.decode(encoding, "replace")
    return text.count(_REPLACEMENT) / max(len(text), 1)


def _is_all_utf_8(data: bytes) -> bool:
    """Tell whether everything beyond ASCII is well-formed UTF-8: in code pages each letter would be one by accident."""
    try:
        return not data.isascii() and bool(data.decode("utf-8"))
    except UnicodeDecodeError:
        return False


def _mostly_utf_8(data: bytes) -> bool:
    """Tell whether well-formed UTF-8 beyond ASCII is no accident; text that is all ASCII is UTF-8 too.

    In other encodings an accidental sequence is rare: none in Cyrillic code pages, about one in seven in GBK.
    """
    text = data.decode("utf-8", "replace")
    replaced = text.count(_REPLACEMENT) - data.count(_REPLACEMENT_UTF8)
    if replaced <= 0:
        return True
    well_formed = len(text) - replaced - sum(map(text.count, map(chr, range(128))))
    return well_formed > replaced / 2


def _detected(data: bytes) -> str:
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    best = from_bytes(b"\n".join(lines)[:DETECTION_BYTES]).best()
    if best is None or best.encoding in ("ascii", "utf_8"):
        return LAST_RESORT
    encoding = codecs.lookup(best.encoding).name
    if encoding in NEEDS_MARK:  # what looks like one stands inside the text
        return LAST_RESORT
    # Many code pages agree on quotation marks and dashes; where nothing else is there, name the common one.
    return LAST_RESORT if data.decode(encoding, "replace") == data.decode(LAST_RESORT, "replace") else encoding
