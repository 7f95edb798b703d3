"""Recognize inputs, and turn bytes into text: packed data, encodings, the markup of comments and articles, and times.

Servers and people name files wrongly, and a PDF or a program read as text would give pages of noise that look like
comments in no language. So a name is only a hint, and known signatures, or bytes that are no text, are refused.

Bytes come from anywhere. A few kilobytes may unpack to gigabytes, so packed data is read as a stream with bounds.
Pages declare encodings that they are not in, or none. The order is that of browsers (byte order mark, declaration),
then what can be proven (UTF-8 is hard to hit by accident), then a guess, which is a warning.
"""

import codecs
import csv
import html
import io
import json
import math
import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, tzinfo
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, ClassVar, NamedTuple

import zstandard

from stance.datamodels import MARKS, STANCES, TURNING, Json, Page, PageKind, stated_time
from stance.exceptions import InputError
from stance.limits import FIXED, MOST, Limits, shown_size
from stance.records.score_records import COMPARED, LABELS_FILE
from stance.resources import formats

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class TextConstants:
    """Constants of this module."""

    gzip_magic = b"\x1f\x8b\x08"
    zstd_magic = b"\x28\xb5\x2f\xfd"
    archive_magic = b"WARC/"
    broken_part = b"\r\n\r\nbroken part\r\n\r\n"
    """Mark in an unpacked archive where a part broke off: the record before it is incomplete."""
    detection_bytes = 32_768  # charset-normalizer takes about a second per megabyte, and is sure well before
    code_page_bytes = 8_192  # the letters of a language are all there well before
    least_fit = 0.2  # of a letter, on average, in a code page; Chinese, Japanese and Korean bytes have less
    beyond_ascii = re.compile(r"(?<=(.))([^\x00-\x7f])(?=(.))", re.DOTALL)
    """Pattern of a sign beyond ASCII with its neighbours."""
    signs_outside = "“”„«»‹›€£§°©®™•¡¿²³½×"  # of words
    signs = signs_outside + "’‘–—…·‑"
    misreading = ("latin-1", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1257", "mac-roman", "cp437")
    passage = re.compile(r"[^<>\n]+")
    any_tag = re.compile(rb"<[^<>]{0,4000}>|&[a-zA-Z]{1,10};")
    last_resort = "cp1252"
    marked = ("utf-32-le", "utf-32-be", "utf-8", "utf-16-le", "utf-16-be")
    """Codecs with a byte order mark, UTF-32 first: its little-endian mark begins with that of UTF-16."""
    wide_codecs = frozenset(formats()["wide_codecs"])
    """Codecs of several bytes a character; a few words in them may be well-formed UTF-8 by accident."""
    declaration = re.compile(
        rb"""<(?:meta\b[^>]{0,500}?charset|\?xml\b[^>]{0,200}?encoding)\s{0,8}=\s{0,8}["']?\s{0,8}([A-Za-z0-9_:.-]{1,40})""",
        re.IGNORECASE,
    )
    replacement = "\ufffd"
    most_marks = 4
    """Maximum number of marks on one letter: more are a wall of them over other lines."""
    # Control characters mean nothing in a text and break XML; terminals read those from 0x80 on as escapes. Characters
    # that turn the direction make one name look like another in tables, and files as if they ended otherwise.
    marks = f"{MARKS}\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e"
    unclean = re.compile(f"[\0-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff{TURNING}]|[{marks}]{{{most_marks + 1},}}")
    odd, turning = re.compile(f"[{TURNING}{marks}]"), re.compile(f"[{TURNING}]")
    reference = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
    long_number = re.compile(r"&#[0-9]{8,}")  # no character, and slow to read
    shortcode = re.compile(r"\[/?(?:caption|gallery|embed|audio|video|playlist|wp_caption)\b[^\[\]]{0,2000}\]")
    escaped_run = re.compile(r"(?:\\u[0-9a-fA-F]{4})+")
    escaped_line = re.compile(r"(?<![A-Za-z:\\])(?:\\r)?\\n(?:\\r)?(?=[\W\d_A-ZА-Я]|\\|$)")
    """Pattern of a line end kept as letters: behind the end of a sentence, not within a path."""
    forum_quote = re.compile(r"\[(/?)quote\b[^\[\]\n]{0,400}\]", re.I)
    forum_picture = re.compile(r"\[(img|attach|media|video)\b[^\[\]\n]{0,400}\][^\[\]\n]{0,2000}\[/\1\]", re.I)
    forum_tag = re.compile(
        r"\[/?(?:b|i|u|s|url|email|color|size|font|list|center|left|right|code|spoiler|user|hr|align|highlight)"
        r"(?:=[^\[\]\n]{0,400})?\]|\[\*\]",
        re.I,
    )
    wiki_link = re.compile(r"\[\[(?:[^\[\]|]{0,200}\|)?([^\[\]|]{1,200})\]\]")
    wiki_aside = re.compile(r"\{\{[^{}]{0,400}\}\}|\[\[(?:File|Image|Category):[^\[\]]{0,400}\]\]", re.I)
    wiki_signature = re.compile(r"(?:[—–-]{1,2}\s{0,4})?\[\[(?:user|special)\b[^\n]{0,400}?\d{4} \([A-Z]{2,5}\)", re.I)
    thai_year = re.compile(r"(?<!\d)25[4-9]\d(?!\d)")
    era = re.compile(r"(令和|平成|昭和)\s?(\d{1,2}|元)(?=年)")
    eras: ClassVar = {"令和": 2018, "平成": 1988, "昭和": 1925}
    half_day = re.compile(r"\b[ap]\.?m\b", re.I)
    json_endings = frozenset((".jsonl", ".ndjson", ".json"))
    packed_endings = frozenset((".gz", ".zst", ".zstd"))
    xml_endings = frozenset((".xml", ".rss", ".atom", ".wxr"))
    served_endings = frozenset(formats()["served_endings"])
    delimiters = ",;\t|"
    html_start = re.compile(
        r"\s{0,4096}<(?:!doctype\s{1,8}html|html\b|head\b|body\b|\?xml[^>]{0,200}>\s{0,80}<(?:!doctype\s{1,8}html|html\b))",
        re.I,
    )
    page_start = re.compile(
        rf"{html_start.pattern}|\s{{0,80}}(?:---[ \t]*\r?\n(?:[^\n]{{0,400}}\n){{0,40}}?(?:source|url|link):\s{{0,4}}[\"']?https?://"
        r"|Title:[^\n]{0,400}\s{1,8}URL Source:)",
        re.I,
    )
    """Pattern of the beginning of a page or a clip in Markdown, whatever its file is called."""
    html_tag = re.compile(
        r"<(?:!doctype\s{1,8}html|html|head|body|div|p|article|section|table|title|meta|ul|ol)\b[^<]{0,2000}>", re.I
    )
    headers_end = re.compile(r"\n[ \t]*\r?\n")
    page_type = re.compile(r"^Content-Type:\s{0,80}(?:multipart/(?:related|alternative|mixed)|text/html)", re.I | re.M)
    xml_start = re.compile(r"\s{0,4096}<(?:\?xml|rss|feed|disqus|rdf:RDF)\b", re.I)
    export_root = re.compile(r"<(?:[\w.-]{1,60}:)?(?:rss|disqus|feed)[\s/>]", re.I)
    sheet = re.compile(
        r"schemas-microsoft-com:office:excel|Excel\.Sheet|content=[\"']?(?:LibreOffice|OpenOffice|Gnumeric)"
        r"|class=[\"']?(?:waffle|dataframe)\b",
        re.I,
    )
    """Pattern of marks of a spreadsheet or a data frame that was saved as HTML."""
    sheet_words = ("excel", "office", "gnumeric", "waffle", "dataframe")  # one is in each; a pattern alone is slow
    outside_tables = re.compile(
        r"<table\b.*</table\s{0,8}>|<(head|style|script|title)\b.*?</\1\s{0,8}>|<!--.*?-->|<[^<>]{0,4000}>", re.I | re.S
    )
    """Pattern of all that may stand in a page of nothing but tables."""
    data_script = re.compile(r"\s{0,80}(?:(?:var|let|const)\s{1,8})?[\w$.]{1,80}\s{0,8}=\s{0,8}\[\s{0,80}\{")
    """Pattern of a list of objects in a script, as archives of networks hold their data."""
    json_list = re.compile(r'\s{0,64}\[\s{0,64}\{\s{0,64}["}]')
    no_text = bytes((*range(9), *range(14, 27), *range(28, 32), 127))
    """Bytes that no text has; ESC (27) switches character sets in ISO-2022-JP."""


_C = TextConstants


# Packed data ----------------------------------------------------------------------------------------------------------

HEAD_BYTES = 65_536
"""Bytes of an input that are searched to find its kind."""

CHUNK_BYTES = 65_536
ZSTD_STARTS = (_C.zstd_magic, *(bytes((kind,)) + b"\x2a\x4d\x18" for kind in range(0x50, 0x60)))
"""Starts of zstd data and of each further part: a frame, or a skippable frame as ``pzstd`` writes it."""

PARQUET_MAGIC = b"PAR1"

MISSING_PART = b"\r\n\r\nWARC/? missing part\r\n\r\n"
"""Takes the place of a record in an unpacked archive, where nothing of a part could be unpacked."""


class Packing(NamedTuple):
    """A way to pack data, which may have several parts, packed one by one."""

    name: str
    starts: tuple[bytes, ...]  # of each part; empty: one part, which begins with any bytes
    slice_bytes: int  # unpacked at once; zlib expands them up to 1,032 times, zstd up to 32,768 times
    begin: Callable[[bytes, Limits], Json]  # returns a decompressor of the part that begins with these bytes


def _begin_zstd(data: bytes, limits: Limits) -> Json:
    with suppress(zstandard.ZstdError):  # a skippable frame, or damaged data, which is named later
        window = zstandard.get_frame_parameters(data).window_size
        if window > limits.window_bytes:
            seen = f"packed by zstd with a window of {window:,} bytes; expected at most {limits.window_bytes:,}"
            raise InputError(f"{seen}; --limit window_bytes={window} reads it, but takes as many bytes of memory")
    return zstandard.ZstdDecompressor(max_window_size=limits.window_bytes).decompressobj()


GZIP = Packing("gzip", (_C.gzip_magic,), 16_384, lambda *_: zlib.decompressobj(wbits=31))
DEFLATE = Packing("deflate", (), 16_384, lambda *_: zlib.decompressobj())
ZSTD = Packing("zstd", ZSTD_STARTS, 1_024, _begin_zstd)


def unpack(stream: BinaryIO, limits: Limits) -> io.BufferedReader:
    """Open a stream for reading, unpacked if its first bytes are those of packed data, whatever its name.

    :return: A reader that can ``peek``; its ``read`` raises ``InputError`` at a limit or at damaged data.
    :raises InputError: If it is packed more than ``limits.packings`` times.
    """
    reader = buffered(iter(lambda: stream.read(CHUNK_BYTES), b""))
    for _ in range(limits.packings + 1):
        packing = next((each for each in (GZIP, ZSTD) if head(reader).startswith(each.starts)), None)
        if packing is None:
            return reader
        reader = buffered(unpacked_chunks(reader, packing, limits))
    raise InputError(f"packed more than {limits.packings} times; expected a page inside")


def unpack_body(body: bytes, coding: str, limits: Limits, most: int) -> bytes:
    """Undo one content coding of HTTP; a body without the signature of the coding was unpacked by the crawler.

    :raises InputError: If it is damaged, packed in a way that is not known, or expands to more than ``most`` bytes.
    """
    packing = {"gzip": GZIP, "x-gzip": GZIP, "zstd": ZSTD, "deflate": DEFLATE}.get(coding)
    if packing is None:
        raise InputError(f"a body packed as {coding[:20]!r}; expected gzip, deflate or zstd")
    if packing.starts and not body.startswith(packing.starts):
        return body
    unpacked = buffered(unpacked_chunks(io.BytesIO(body), packing, limits)).read(most + 1)
    if len(unpacked) > most:
        raise InputError(f"expands to more than {shown_size(most)} (the limit)")
    return unpacked


def head(reader: io.BufferedReader) -> bytes:
    """Return the first bytes without consuming them: at most ``HEAD_BYTES``."""
    return reader.peek(HEAD_BYTES)[:HEAD_BYTES]


def buffered(chunks: Iterator[bytes]) -> io.BufferedReader:
    """Return chunks of bytes as a file; its ``peek`` returns the whole head."""
    return io.BufferedReader(_ChunkReader(chunks), HEAD_BYTES)


def unpacked_chunks(stream: BinaryIO, packing: Packing, limits: Limits) -> Iterator[bytes]:
    """Unpack one part after the other; bytes behind the last one are ignored, as gunzip does.

    The records of a web archive are packed one by one, so behind a damaged one the next is looked for.

    :raises InputError: If the data is damaged, ends too early, or expands beyond a limit.
    """
    part, waiting = None, b""
    packed = unpacked = lost = 0
    is_archive = part_begun = False

    def more() -> bytes:
        nonlocal packed
        data = stream.read(packing.slice_bytes)
        packed += len(data)
        return data

    while data := waiting or more():
        if part is None or part.eof:
            if len(data) < len(_C.zstd_magic):
                data += more()
            if part and not data.startswith(packing.starts) and not (is_archive and data.strip(b"\0")):
                return
            part, part_begun = packing.begin(data, limits), False
        try:
            chunk, waiting = part.decompress(data), part.unused_data
        except (zlib.error, zstandard.ZstdError) as error:
            lost += 1
            if not is_archive or lost > FIXED.damaged_parts:
                too_many = f"more than {FIXED.damaged_parts:,} damaged parts; the rest was left out"
                raise InputError(too_many if is_archive else f"damaged {packing.name} data: {error}") from error
            yield _C.broken_part if part_begun else MISSING_PART
            part, waiting = None, _from_next_part(data[1:], packing.starts[0], more)
            continue
        if not unpacked and chunk.startswith(_C.archive_magic):
            is_archive, limits = True, replace(limits, unpacked_bytes=MOST)  # archives may have any size
        unpacked, part_begun = unpacked + len(chunk), part_begun or bool(chunk)
        _check_size(unpacked, packed, limits)
        yield chunk
    if part and not part.eof:
        raise InputError(f"truncated {packing.name} data: ends before its end mark")


def _check_size(unpacked: int, packed: int, limits: Limits) -> None:
    """Refuse unpacked data that is too large in itself or for its packed size."""
    if unpacked > limits.unpacked_bytes:
        raise InputError(f"expands to more than {shown_size(limits.unpacked_bytes)} (the limit unpacked_bytes)")
    if unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio:
        raise InputError(f"expands to more than {limits.ratio} times its size (the limit)")


def _from_next_part(data: bytes, magic: bytes, more: Callable[[], bytes]) -> bytes:
    """Return the bytes from the next beginning of a part on, or nothing."""
    while (start := data.find(magic)) < 0 and (added := more()):
        data = data[1 - len(magic) :] + added
    return data[start:] if start >= 0 else b""


class _ChunkReader(io.RawIOBase):
    """Reads an iterator of chunks as a file; a fault is raised when all bytes before it were read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, bytearray()
        self._fault: InputError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the whole buffer if enough is left, so that one ``peek`` returns the whole head."""
        target = memoryview(buffer).cast("B")
        try:
            while len(self._rest) < len(target) and self._fault is None:
                self._rest += next(self._chunks)
        except StopIteration:
            pass
        except InputError as error:
            self._fault = error
        if self._fault and not self._rest:
            raise self._fault
        found = self._rest[: len(target)]
        target[: len(found)] = found
        del self._rest[: len(found)]
        return len(found)


# Encodings ------------------------------------------------------------------------------------------------------------


TEXT_CODECS = _C.wide_codecs.union(formats()["text_codecs"])

REPAIRED = "UTF-8 that had been read in another encoding, such as â€™ for ’, was repaired"
"""Warning about texts that :func:`repaired` changes."""

# A byte that begins a character in UTF-8 and one that goes on, as other encodings read them; few good texts have them.
# The second is looked for first, since it is rarer; without letters of Russian and Ukrainian words.
_LETTERS = [
    "".join({bytes((byte,)).decode(codec, "ignore") for codec in _C.misreading for byte in octets} - {*"ёіїєґЁІЇЄҐ"})
    for octets in (range(0xC2, 0xF5), range(0x80, 0xC0))
]
_MISREAD = re.compile("(?<=[{}])[{}]".format(*_LETTERS))

# Of each byte of UTF-8: a space for plain ASCII, one control character for all of them.
_PLAIN = bytes(byte if byte > 127 else 32 if byte in b"\t\n" or 32 <= byte < 127 else 1 for byte in range(256))

BLANKS = " \t\n\xa0\u00ad\u180e\u2028\u2029\u3000\ufeff\ufffd" + "".join(map(chr, range(0x2000, 0x2010)))
"""Characters without ink, also without width."""


class Decoded(NamedTuple):
    """A text, its encoding, and warnings about the encoding."""

    text: str
    encoding: str
    warnings: tuple[str, ...]


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
        mended = _C.reference.sub(_odd_character, mended)
    return Decoded(clean(mended.removeprefix("\ufeff")), encoding, tuple(warnings))


def repaired(text: str) -> str:
    """Repair the lines that are UTF-8 read in another encoding, such as ``Itâ€™s``; between tags, each alone."""
    if text.isascii() or not any(map(_MISREAD.search, _odd_runs(text))):
        return text
    from ftfy import fix_encoding  # takes a tenth of the start

    return _C.passage.sub(lambda found: fix_encoding(found[0]) if _MISREAD.search(found[0]) else found[0], text)


def make_page(data: bytes, source: str, kind: PageKind, most: int, *, stated: str | None = None) -> Page:
    """Decode a page.

    :param most: Bytes that it may have.
    :param stated: The encoding that the server stated.
    :raises InputError: If it is larger, or has nothing to read.
    """
    if len(data) > most:
        raise InputError(f"larger than {shown_size(most)} (the limit)")
    text, encoding, warnings = decode(data, stated=stated)
    if not text.strip(BLANKS):
        raise InputError("no text; expected a page")
    return Page(source, kind, text, encoding, warnings=warnings)


def clean(text: str) -> str:
    """Normalize Unicode (NFC) and line ends, remove control characters, replace lone surrogates by ``�``."""
    return without_controls(text if text.isascii() else unicodedata.normalize("NFC", text))


def without_controls(text: str) -> str:
    """Normalize line ends, remove control characters and walls of marks, and replace lone surrogates."""
    if (text.isascii() and text.isprintable()) or not any(map(_C.unclean.search, _odd_runs(text))):
        return text
    return _C.unclean.sub(_cleaned, text.replace("\r\n", "\n"))


def _odd_runs(text: str) -> set[str]:
    """Return the different runs of characters that are not plain ASCII, in a tenth of the time of a pattern."""
    runs = set(text.encode("utf-8", "surrogatepass").translate(_PLAIN).split())
    return {run.decode("utf-8", "surrogatepass") for run in runs}


def _cleaned(found: re.Match[str]) -> str:
    first = found[0][0]
    if len(found[0]) > 1:
        return found[0][: _C.most_marks]
    return "\n" if first in "\r\v\f\x85" else _C.replacement if first >= "\ud800" else ""


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
    # browsers look at 1,024; saved pages often carry a comment in front
    found = _C.declaration.search(data, 0, 4_096)
    for declared in map(_text_codec, (stated, found[1].decode("ascii") if found else None)):
        if not declared or (declared == "utf-8" and not is_utf_8):
            continue
        text, failed = _decoded(data, declared)
        # a declared encoding that fails on more than this is not the one
        if failed <= 0.01 * len(text):
            # The declaration of a page may be out of date: servers state UTF-8 instead.
            is_stale = declared not in _C.wide_codecs and not data.isascii() and not lost
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
    return next((codec for codec in _C.marked if data.startswith("\ufeff".encode(codec))), None)


def utf_16_without_mark(data: bytes) -> str | None:
    """Recognize UTF-16 without a byte order mark: NUL bytes on one side only, and letters once decoded."""
    sample = data[: min(len(data), _C.detection_bytes) // 2 * 2]
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
    lost = text.count(_C.replacement)
    return text, lost - data.count(_C.replacement.encode()) if lost and encoding == "utf-8" else lost


def _text_codec(label: str | None) -> str | None:
    """Return the codec that browsers use for a label; None if they use none."""
    try:
        name = codecs.lookup(label or "").name
    except (LookupError, ValueError):
        return None
    name = formats()["browser_codecs"].get(name, name)
    return name if name in TEXT_CODECS else None


def _detected(data: bytes) -> str:
    """Guess a code page: the one that gives the letters of the language that the text is then in."""
    from stance.parsing.language import language_shares

    lines = [_C.any_tag.sub(b" ", line) for line in data.split(b"\n") if not line.isascii()]
    sample = b"\n".join(line for line in lines if not line.isascii())[: _C.detection_bytes]
    pages = [(codec, page["letters"]) for page in formats()["code_pages"] for codec in page["codecs"].split()]
    texts = [sample[: _C.code_page_bytes].decode(codec, "replace") for codec, _ in pages]
    points: dict[str, float] = {}
    for (codec, letters), text, shares in zip(pages, texts, language_shares(texts), strict=True):
        signs = Counter(_C.beyond_ascii.findall(f" {text} "))
        fits = {code: _fit(signs, known) / (signs.total() or 1) for code, known in letters.items()}
        points[codec] = max(fit + 0.4 * math.log10(max(shares[code], 1e-4)) for code, fit in fits.items())
    best = max(points, key=points.__getitem__)
    if points[best] >= _C.least_fit:
        return best
    from charset_normalizer import from_bytes  # the same

    guess = from_bytes(sample).best()
    encoding = codecs.lookup(guess.encoding).name if guess else "ascii"
    # UTF-16 and UTF-32 need a mark at the start: a mark inside the text is none.
    return _C.last_resort if encoding in ("ascii", "utf-8", "utf-16", "utf-32") else encoding


def _fit(signs: Mapping[tuple[str, str, str], int], letters: str) -> float:
    """Count how well signs beyond ASCII, each with its neighbours, are those of a language.

    :param letters: Of the language; behind a blank the rare ones.
    """
    usual, _, rare = letters.partition(" ")
    fits = dict.fromkeys(_C.signs, 0.5) | dict.fromkeys(rare + rare.upper(), 0.4)
    fits |= dict.fromkeys(usual + usual.upper(), 1.0)
    points = 0.0
    for (before, sign, after), times in signs.items():
        is_inside = before.isalpha() and after.isalpha() and sign in _C.signs_outside
        is_misplaced = is_inside or (sign.isupper() and (before.islower() or before.isdigit() or after.isdigit()))
        if not sign.isspace() and sign != "\xad":
            fit = -2.0 if is_misplaced else fits.get(sign, -2.0)
            points += times * min(fit, 0.4 if sign.isupper() and before.isupper() else 1.0)
    return points


# Markup ---------------------------------------------------------------------------------------------------------------

BLOCKS = frozenset(formats()["blocks"])
"""Elements that begin and end a line."""

UNSEEN = frozenset(formats()["unseen"])
"""Elements whose contents are not shown as text."""

_TAG = re.compile(
    r"<!--(?:-?>|.*?(?:-->|\Z))|<(/?)([A-Za-z][A-Za-z0-9]{0,20})\b[^<>]{0,4000}>|<[!?][^<>]{0,4000}>", re.DOTALL
)


NULL = r"\N"
"""Mark of an empty cell in tables that MySQL writes."""

_ELEMENT = re.compile(
    r"</(?:{0})\s{{0,8}}>|<(?:br|hr|img)\b[^<>]{{0,4000}}>|<(?:{0})\s[^<>]{{0,2000}}=[^<>]{{1,2000}}>".format(
        "|".join(sorted({*BLOCKS, *UNSEEN, *formats()["inline"]}))
    ),
    re.I,
)


class MarkupText(NamedTuple):
    """A text in lines, and its quoted lines."""

    text: str
    quoted: str | None


def read_markup(markup: str, line_end: str = "") -> MarkupText:
    """Turn a piece of markup, as exports and feeds hold it, into text: a line for each block, without tags and scripts.

    The markup is cut at its tags and never nested, so the time is proportional to the length.

    :param line_end: What ends a line of the source, as blogs make paragraphs of line feeds; empty: only markup does.
    :return: The text, lines joined by line feeds. Lines in a ``blockquote`` or behind ``>`` are quoted.
    """
    lines = list(_marked_lines(clean(markup), line_end))
    quoted = [line for line, is_quote in lines if is_quote or line.startswith(">")]
    return MarkupText("\n".join(line for line, _ in lines), "\n".join(quoted) or None)


def read_cell(text: str) -> MarkupText:
    """Read a text of a table: plain, with character references, or in markup.

    :return: Lines behind ``>`` are quoted, unless there are no others: then line breaks may have been lost.
    """
    plain = read_references(_from_escapes(_from_json(text)))
    if has_markup(text):
        passage = read_markup(_from_forum(text), "\n")
    elif has_markup(plain):  # escaped once more
        passage = read_markup(_from_forum(plain), "\n")
    elif (marked := _from_forum(html.escape(plain, quote=False))) != html.escape(plain, quote=False):
        passage = read_markup(marked, "\n")
    else:
        quotes = [line for line in plain.split("\n") if line.lstrip().startswith(">")]
        passage = MarkupText(plain, "\n".join(quotes) or None)
    own = sum(1 for line in passage.text.split("\n") if line.strip()) - len((passage.quoted or "").splitlines())
    return passage if own else MarkupText(passage.text, None)


def has_markup(text: str) -> bool:
    """Return whether a text holds elements of HTML: one that ends, is empty, or has an attribute."""
    return "<" in text and _ELEMENT.search(text) is not None


def is_missing(text: str) -> bool:
    """Return whether the text of a comment is a mark of a missing value, or an error of a spreadsheet."""
    mark = text.strip().strip("()<>[]\"'").removesuffix(".")
    if mark.upper() in formats()["cell_errors"] or text.strip() in (NULL, "{}", "[]", "-", "--", "–", "—"):
        return True
    return mark.lower() in formats()["missing_words"]


def _from_json(text: str) -> str:
    """Return the words of a text that an editor or an export keeps as JSON; other texts as they are."""
    if not re.match(r"\s{0,8}(?:\{|\[\s{0,8}\{)\s{0,8}\"", text):
        return text
    for written in (text, f"[{text}]"):  # parts behind each other, as YouTube exports them
        with suppress(ValueError, RecursionError):
            return _json_words(json.loads(written)).strip() or text
    return text


def _json_words(value: Json) -> str:
    if isinstance(value, list):
        blocks = {"content", "data", "children", "key"}
        is_lines = any(isinstance(each, dict) and blocks & each.keys() for each in value)
        return ("\n" * is_lines).join(map(_json_words, value))
    if not isinstance(value, dict):
        return ""
    words = next((value[name] for name in ("text", "insert") if isinstance(value.get(name), str)), None)
    return "".join(map(_json_words, value.values())) if words is None else words


def _from_escapes(text: str) -> str:
    """Replace escapes of programs that were kept as letters: line ends, and characters by their numbers."""
    if "\\" not in text:
        return text
    text = _C.escaped_run.sub(_unescaped, text)
    return _C.escaped_line.sub("\n", text)


def _unescaped(found: re.Match[str]) -> str:
    characters: str = json.loads(f'"{found[0]}"')
    return characters.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _from_forum(markup: str) -> str:
    """Turn markup of forums and wikis within HTML into HTML: quotations, and tags without a meaning of their own."""
    if "[/" in markup:
        markup = _C.forum_picture.sub(" ", markup)
        markup = _C.forum_quote.sub(lambda found: f"<{found[1]}blockquote>", markup)
        markup = _C.forum_tag.sub("", markup)
    if "[[" in markup:
        markup = _C.wiki_signature.sub("", markup)
        markup = _C.wiki_link.sub(lambda found: found[1], _C.wiki_aside.sub("", markup)).replace("'''", "")
    return markup


def _odd_character(found: re.Match[str]) -> str:
    character = html.unescape(found[0])
    return character if _C.odd.fullmatch(character) else found[0]


def read_references(text: str) -> str:
    """Replace references to characters, as ``&#39;`` and ``&amp;``, also escaped twice, in a text that is no markup."""
    for _ in range(2 if "&" in text else 0):
        text = clean(_C.reference.sub(lambda found: html.unescape(found[0]), text))
    return text


def web_address(text: str | None) -> str | None:
    """Return an address if it is a web address of bounded length, else None."""
    text = (text or "").strip()
    is_web = text[:8].lower().startswith(("http://", "https://")) and text.isprintable()
    return text if is_web and len(text) <= FIXED.url_chars else None


def read_line(markup: str | None) -> str | None:
    """Turn markup into one line of text; None if it has none."""
    return read_markup(markup).text.replace("\n", " ") or None if markup else None


def read_article(markup: str) -> MarkupText:
    """Turn an article as a blog stores it into its paragraphs, a line each."""
    return read_markup(_C.shortcode.sub("", markup), "\n")


def _marked_lines(markup: str, line_end: str) -> Iterator[tuple[str, bool]]:
    """Yield lines, and whether each is in a quotation."""
    pieces: list[str] = []
    position, depth, unseen = 0, 0, ""
    for tag in _TAG.finditer(markup):
        name, closes = (tag[2] or "").lower(), bool(tag[1])
        if unseen:
            unseen = "" if closes and name == unseen else unseen
        else:
            pieces.append(markup[position : tag.start()])
            is_card = name == "aside" and "onebox" in tag[0]
            unseen = name if (name in UNSEEN or is_card) and not closes else ""
        position = tag.end()
        if name in BLOCKS and not unseen:
            yield from ((line, depth > 0) for line in _lines_of(pieces, line_end))
            pieces.clear()
            depth = max(0, depth + (-1 if closes else 1)) if name == "blockquote" else depth
    yield from ((line, depth > 0) for line in _lines_of([*pieces, "" if unseen else markup[position:]], line_end))


def _lines_of(pieces: Iterable[str], line_end: str) -> list[str]:
    """Return the lines of a block, without references to characters."""
    block = "".join(pieces)
    lines = block.split(line_end) if line_end else [block]
    plain = (
        clean(read_references(html.unescape(_C.long_number.sub(_C.replacement, line)))) if "&" in line else line
        for line in lines
    )
    return [text for line in plain if (text := " ".join(line.split()))]


_TABLE = re.compile(r"<table\b.*?(?=<table\b|\Z)", re.I | re.S)
_ROW = re.compile(r"<tr\b[^<>]{0,2000}>(.*?)(?=<tr\b|</table|\Z)", re.I | re.S)
_CELL = re.compile(r"<t([dh])\b([^<>]{0,2000})>(.*?)(?=<t[dh]\b|</t[dhr]|\Z)", re.I | re.S)
_SPAN = re.compile(r"\b(row|col)span\s{0,4}=\s{0,4}[\"']?(\d{1,4})", re.I)


def sheets_as_csv(text: str) -> list[bytes]:
    """Return the tables of a spreadsheet or a data frame that was saved as HTML, each as CSV; none for pages.

    A page of nothing but tables, with a column of texts, is one, too. Tables under one header become one.
    """
    head = text[:HEAD_BYTES].lower()
    is_sheet = any(word in head for word in _C.sheet_words) and bool(_C.sheet.search(head))
    if "<table" not in head or re.search(r"<p\b|<article\b", text, re.I):
        return []
    if not is_sheet and (len(_CELL.findall(head)) < 4 or _C.outside_tables.sub("", text).strip()):
        return []
    tables: dict[tuple[str, ...], list[list[str]]] = {}
    for part in _TABLE.findall(text):
        header, *rows = _table_rows(part) or [[]]
        tables.setdefault(tuple(header), [header]).extend(rows)
    names = {"text", *formats()["read_as"]["text"]}
    if not is_sheet and not any(names & {cell.strip().lower() for cell in header} for header in tables):
        return []
    return [_as_csv(rows) for rows in tables.values() if len(rows) > 1]


def _table_rows(table: str) -> list[list[str]]:
    """Return the filled rows of a table from its header on: merged cells repeated, titles above left out."""
    rows, above = list[list[tuple[str, str]]](), dict[int, tuple[int, str, str]]()
    for row in _ROW.findall(table):
        cells = list[tuple[str, str]]()
        for kind, attributes, inner in [*_CELL.findall(row), ("", "", "")]:
            while held := above.pop(len(cells), None):  # a cell that goes on from the row before
                if held[0] > 1:
                    above[len(cells)] = held[0] - 1, *held[1:]
                    cells.append(held[1:])
                    continue
                cells.append(held[1:])
            if not kind:
                break
            spans = {name.lower(): min(int(number), FIXED.parts) for name, number in _SPAN.findall(attributes)}
            for _ in range(min(spans.get("col", 1), 500) or 1):
                if spans.get("row", 1) > 1:
                    above[len(cells)] = spans["row"] - 1, kind, read_markup(inner).text
                cells.append((kind, read_markup(inner).text))
        rows.append(cells)
    texts = [[text for kind, text in row if kind in "dD"] or [text for _, text in row] for row in rows]
    texts = [row for row in texts if any(row)]
    while len(texts) > 1 and len(set(filter(None, texts[0]))) < 2 <= len(set(filter(None, texts[1]))):
        del texts[0]
    width = max((len(row) for row in texts[1:]), default=0)  # without the numbers of rows
    return [row[-width:] + [""] * (width - len(row)) for row in texts]


def _as_csv(rows: list[list[str]]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()


_FRAME = re.compile(r"""(<iframe\b[^<>]{0,2000}?\s)src\s{0,8}=\s{0,8}["']([^"'<>]{1,2000})["']""", re.IGNORECASE)


def with_frames(text: str, content: Callable[[str], str | None]) -> str:
    """Insert frames in their places, each once, as browsers do that save one file.

    :param content: Returns the page of a frame by its address; None if it was not saved.
    """
    seen: set[str] = set()

    def joined(place: re.Match[str]) -> str:
        inner = None if place[2] in seen else content(html.unescape(place[2]))
        seen.add(place[2])
        written = html.escape(inner or "")
        return f'{place[1]}srcdoc="{written}"' if 0 < len(written) <= FIXED.frame_chars else place[0]

    return _FRAME.sub(joined, text)


# Times ----------------------------------------------------------------------------------------------------------------


UNREAD_TIMES = "times such as {!r} are left out; expected ISO 8601, such as 2024-03-01, or seconds since 1970"
"""Warning about the times of an input that :func:`to_iso` does not read, with an example."""

STRANGE = "{} that is not text was left out"
LOST_PARENT = "some comments answer comments that are not in this table, such as {!r}; they are read without these"
UNREAD_VOTES = "votes such as {!r} are left out; expected whole numbers, such as 1,204 or 1.2K"


def to_iso(stamp: str | None, zone: tzinfo | None = None, month_first: bool | None = None) -> str | None:
    """Turn a time into ISO 8601, from the forms of programs and from words; a date without a time stays one.

    :param stamp: As written; at most 40 characters are read.
    :param zone: The zone of a time that states none, if it is known.
    :param month_first: In dates such as 03/04/2024; None: not known, and they are not read.
    :return: None for texts that are no time, also for times filled with zeros.
    """
    text = western_years((stamp or "").strip())
    if not text or len(text) > 40:
        return None
    with suppress(ValueError):
        return stated_time(date.fromisoformat(text).isoformat())
    in_words = partial(_from_words, month_first=month_first)
    # Digits first: a thirteenth digit and the hours behind it would make a date of the Middle Ages out of milliseconds.
    mail = () if _C.half_day.search(text) else (parsedate_to_datetime,)  # which passes over "PM"
    for read in (_from_digits, _from_seconds, datetime.fromisoformat, in_words, *mail):
        with suppress(ValueError, OverflowError, OSError, TypeError, IndexError):
            time = read(text)
            if isinstance(time, datetime):
                return stated_time(time.replace(tzinfo=time.tzinfo or zone).isoformat(timespec="seconds"))
            return stated_time(time.isoformat())
    return None


def western_years(text: str) -> str:
    """Replace years of the Buddhist calendar and of Japanese eras in a time."""
    if text.isdecimal():  # seconds
        return text
    text = _C.thai_year.sub(lambda found: f"{int(found[0]) - 543}", text)
    return _C.era.sub(lambda found: f"{_C.eras[found[1]] + int(found[2].replace('元', '1'))}", text)


def _from_words(text: str, month_first: bool | None) -> date:
    from stance.parsing.dates import find_date
    from stance.parsing.phrases import STAMP_JOINTS

    found = find_date(text, month_first)
    others = re.findall(r"\w+", text[: found.start] + " " + text[found.end :]) if found else ()
    if not found or not found.iso or not STAMP_JOINTS.issuperset(map(str.lower, others)):
        raise ValueError(text)
    return date.fromisoformat(found.iso) if len(found.iso) == 10 else datetime.fromisoformat(found.iso)


def _from_digits(text: str) -> datetime:
    """Read digits alone, as in web archives and wikis; as milliseconds those of today would be of 1976 and 2611."""
    if not re.fullmatch(r"(?:19|20)(?:\d{10}|\d{12})", text):
        raise ValueError(text)
    return datetime.strptime(text.ljust(14, "0"), "%Y%m%d%H%M%S")


def _from_seconds(text: str) -> datetime:
    seconds = float(text)
    for _ in ("milliseconds", "microseconds", "nanoseconds"):
        # as seconds this would be the year 5138
        seconds /= 1000 if abs(seconds) >= 100_000_000_000 else 1
    # the year 2100: nobody has commented there
    if not 100_000_000 <= abs(seconds) < 4_102_444_800:  # before 1973: a counter, or a year
        raise ValueError(text)
    return datetime.fromtimestamp(seconds, UTC)


# Names of inputs ------------------------------------------------------------------------------------------------------

STANDARD_INPUT = "-"

HTML_ENDINGS = frozenset((".html", ".htm", ".xhtml", ".shtml"))
MHTML_ENDINGS = frozenset((".mhtml", ".mht"))
JSON_ENDINGS = _C.json_endings
CSV_ENDINGS = frozenset((".csv", ".tsv"))
TEXT_ENDINGS = frozenset((".txt", ".text"))
ARCHIVE_ENDINGS = frozenset((".warc", ".wet"))
_TABLE_ENDINGS = _C.json_endings | CSV_ENDINGS | {".parquet"}
READ_ENDINGS = HTML_ENDINGS | MHTML_ENDINGS | _TABLE_ENDINGS | TEXT_ENDINGS | ARCHIVE_ENDINGS | _C.xml_endings

SILENT_ENDINGS = frozenset(formats()["silent_endings"])
SAVED_FOLDERS: tuple[str, ...] = tuple(formats()["saved_folders"])

PAGES_TABLE = "pages.csv"
"""The file that states outlets, titles, dates and addresses of the pages in its folder."""

REPORT_FILES = frozenset(("summary.json", "comparison.json", "evaluation.json"))
REPORT_TABLES = frozenset(("scores.csv", LABELS_FILE, *COMPARED.values(), *formats()["tables"]))
REPORT_PAGE = b'<meta name="generator" content="stance">'
"""Marks reports, in their first 4,096 bytes: they show the comments of pages, which would count twice."""

_DIGITS = re.compile("[0-9]+")


WEB = "stance reads saved pages; save this one with its comments open (see docs/inputs.md)"
"""Reason not to read a web address: the program never connects to the network for pages."""


# Names ----------------------------------------------------------------------------------------------------------------


def ending_of(path: Path) -> str:
    """Return the ending of a name in lower case, without that of a packed file: ``.html`` for ``Page.HTML.gz``.

    Mirrors of sites name files by their addresses: that of ``view.php?id=7`` is ``.php``.
    """
    address = Path(re.split("[?@]", path.name, maxsplit=1)[0])
    is_mirrored = address.suffix.lower() in READ_ENDINGS | SILENT_ENDINGS | _C.served_endings
    endings = [ending.lower() for ending in (address if is_mirrored else path).suffixes[-2:]]
    if endings and endings[-1] in _C.packed_endings:
        endings.pop()
    return endings[-1] if endings else ""


def natural_text(name: str) -> str:
    """Write numbers in a name with leading zeros, so that texts sort in natural order: ``c2`` before ``c10``."""
    return _DIGITS.sub(lambda digits: digits[0].zfill(20), name[:200])


def shown(path: Path) -> str:
    """Return a path as text that can be written anywhere: bytes that are no UTF-8 and turned text are escaped."""
    name = str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return name if name.isascii() else _C.turning.sub(lambda found: f"\\u{ord(found[0]):04x}", name)


# Kinds ----------------------------------------------------------------------------------------------------------------


SCORE_COLUMNS = frozenset(("target", "stance", *STANCES))
ENTITIES_DECLARED = "declares entities; expected an export, which has none"

_TAG_NAME = re.compile(r"<(?:[\w.-]{1,60}:)?([A-Za-z_][\w.-]{0,40})")


InputKind = StrEnum("InputKind", ["TEXT", "HTML", "MHTML", "ARCHIVE", "EXPORT", "PARQUET", "JSON", "JSON_LINES", "CSV"])
"""The kind of an input, which decides how it is read."""
JSON_KINDS = (InputKind.JSON, InputKind.JSON_LINES)


def sniff(head: bytes, ending: str) -> InputKind:
    """Find the kind of an input.

    :param head: Its first bytes, unpacked.
    :param ending: Of its name, in lower case, with the dot; empty when there is none.
    :raises InputError: If it is empty or no text.
    """
    if head.startswith(_C.archive_magic):
        return InputKind.ARCHIVE
    if head.startswith(PARQUET_MAGIC):
        return InputKind.PARQUET
    refuse_binary(head)
    if ending in ARCHIVE_ENDINGS:
        raise InputError(f"not a WARC archive: begins with {head[:12].decode('latin-1')!r}; expected WARC/1.0 or later")
    text = _rough_text(head)
    if ending not in JSON_ENDINGS | CSV_ENDINGS and (reason := no_page(text)):
        raise InputError(reason)
    if kind := _markup_kind(text, ending) or _table_kind(text, ending):
        return kind
    has_tags = ending not in TEXT_ENDINGS and _C.html_tag.search(text)
    return InputKind.HTML if ending in HTML_ENDINGS or has_tags else InputKind.TEXT


def _markup_kind(text: str, ending: str) -> InputKind | None:
    """Recognize a page, a page saved as one file, or an export by its beginning."""
    if _C.html_start.match(text):
        return InputKind.HTML
    headers = _C.headers_end.split(text, maxsplit=1)[0] if re.match(r"[A-Za-z][A-Za-z-]{0,60}:[ \t]", text) else ""
    if re.search(r"^MIME-Version:", headers, flags=re.I | re.M) and _C.page_type.search(headers):
        return InputKind.MHTML
    if ending in MHTML_ENDINGS:
        raise InputError(f"not MHTML: begins with {text[:12]!r}; expected the headers of a mail, or a page")
    if ending in HTML_ENDINGS or not (_C.xml_start.match(text) or ending in _C.xml_endings):
        return None
    if _C.export_root.search(text):
        return InputKind.EXPORT
    if "<!ENTITY" in text:
        raise InputError(ENTITIES_DECLARED)
    root = _TAG_NAME.search(text)
    seen = f"an XML document of {root[1]}" if root else "an XML document without elements"
    raise InputError(f"{seen}; expected a WordPress, Disqus or Blogger export, a page or a table")


def _table_kind(text: str, ending: str) -> InputKind | None:
    is_list = _C.json_list.match(text) or (ending == ".json" and text.lstrip().startswith("["))
    if is_list and ending not in TEXT_ENDINGS | HTML_ENDINGS:
        return InputKind.JSON
    if ending in _C.json_endings or re.match(r'\s{0,64}\{\s{0,64}"[^"\n]{1,100}"\s{0,8}:', text):
        line, line_end, rest = text.strip().partition("\n")
        last, is_cut = line.rstrip()[-1:], not line_end and len(text) > HEAD_BYTES // 4  # of four bytes each (UTF-32)
        # behind "[", "," and ":" the next line goes on with the same object
        is_whole = (last == "}" and not is_cut) or (last not in "[,:" and rest.lstrip().startswith("{"))
        return InputKind.JSON if line.startswith("{") and not is_whole else InputKind.JSON_LINES
    return InputKind.CSV if ending in CSV_ENDINGS or _is_table_header(text) else None


def is_page_inside(path: Path) -> bool:
    """Return whether a file of another name is a page, as in a mirror of a site; ``page.html.bak`` is a copy."""
    is_copy = Path(path.stem).suffix.lower() in HTML_ENDINGS
    with path.open("rb") as file:
        return not is_copy and _C.page_start.match(_rough_text(file.read(HEAD_BYTES))) is not None


def no_page(text: str) -> str | None:
    """Name the kind of a text that is no page, by its beginning, and the file to give instead; None for all others."""
    found = (each for each in formats()["no_pages"] if re.match(each["start"], text[:HEAD_BYTES], re.I | re.S))
    return next((f"{each['name']}; {each['wanted']}" for each in found), None)


def holds_data(path: Path) -> bool:
    """Return whether a script is nothing but a list of objects, as in an archive of a network."""
    with path.open("rb") as file:
        return _C.data_script.match(_rough_text(file.read(1_000))) is not None


def looks_like_html(data: bytes) -> bool:
    """Return whether data without a name or a type has the tags of a page."""
    return _C.html_tag.search(_rough_text(data[:HEAD_BYTES])) is not None


def delimiter_of(header: str) -> str:
    """Return the delimiter of a table, from its first line: the one that occurs most often, else a comma."""
    return max(_C.delimiters, key=header.count) if any(map(header.count, _C.delimiters)) else ","


def declared_delimiter(line: str) -> str | None:
    """Return the delimiter that the first line of a table declares, as Excel does: ``sep=;``; None for other lines."""
    found = re.fullmatch(r'"?sep=([^\w\s"]|\t)\1*"?\s*', line, flags=re.I)
    return found[1] if found else None


def refuse_binary(head: bytes) -> None:
    """Refuse bytes that have the signature of another format, or are no text.

    :raises InputError: If they are refused.
    """
    if not head:
        raise InputError("empty file; expected a page or a table")
    if known := known_kind(head):
        raise InputError(known)
    if head[257:262] == b"ustar":  # one of long pages looks like a page in all else
        raise InputError("a tar archive; expected an unpacked folder of pages and tables")
    if byte_order_mark(head) or utf_16_without_mark(head):
        return
    controls = len(head) - len(head.translate(None, _C.no_text))
    # Text has next to no control characters, random bytes have 11 %, files of old word processors less.
    if controls > max(4, 0.03 * len(head)):
        raise InputError("binary data; expected a page as HTML or text, or a table as JSON Lines or CSV")


def known_kind(head: bytes) -> str | None:
    """Name the kind of a file that has a known signature, and the file to give instead; None for all others."""
    is_office = head.startswith(b"PK") and (b"[Content_Types].xml" in head or head[30:38] == b"mimetype")
    found = [each for each in formats()["zipped"] if is_office and each["part"].encode() in head]
    found += [each for each in formats()["signatures"] if head.startswith(each["start"].encode("latin-1"))]
    return f"{found[0]['name']}; {found[0]['wanted']}" if found else None


def _rough_text(head: bytes) -> str:
    """Decode roughly: markup and column names are ASCII."""
    encoding = byte_order_mark(head) or utf_16_without_mark(head)
    if encoding is None or encoding == "utf-8":
        return head.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    return head.decode(encoding, "replace").removeprefix("\ufeff")


def _is_table_header(text: str) -> bool:
    first, second, *_ = (*text[:2000].strip().lower().splitlines(), "", "")
    declared = declared_delimiter(first)
    line = second if declared else first
    names = {name.strip(' "') for name in line.split(declared or delimiter_of(line))}
    return ("text" in names and len(names) > 1) or names >= SCORE_COLUMNS
