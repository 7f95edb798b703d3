"""What an input is, from its first bytes; its name is only a hint.

Servers and people name files wrongly, and a PDF or a program read as text would give pages of noise that look like
comments in no language. So what has a known signature, or looks like no text, is refused with a name for what it is.
"""

import re
from enum import StrEnum

from stance.datamodels import STANCES
from stance.exceptions import InputError
from stance.reading.encoding import byte_order_mark, utf_16_without_mark
from stance.reading.packing import ARCHIVE_MAGIC, HEAD_BYTES, PARQUET_MAGIC
from stance.reading.xml import root_name

CONTROL_SHARE = 0.03
"""Text has next to no control characters, random bytes have 11 %; between them lie old word processor files."""

FEW_CONTROLS = 4
"""In a text so short that a share means nothing."""

# Signatures of what people save beside pages, and what to call them.
SIGNATURES = (
    (b"%PDF-", "a PDF"),
    (b"PK\x03\x04", "a zip archive"),
    (b"PK\x05\x06", "a zip archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a rar archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"SQLite format 3\x00", "binary (SQLite)"),
    (b"\x7fELF", "binary (ELF)"),
    (b"MZ\x90\x00", "binary (a Windows program)"),
    (b"\x89PNG\r\n", "binary (PNG)"),
    (b"\xff\xd8\xff", "binary (JPEG)"),
    (b"GIF8", "binary (GIF)"),
    (b"{\\rtf", "an RTF document"),
    (b"\xd0\xcf\x11\xe0", "binary (an Office document)"),
)

TAR_BLOCK = 512
"""Bytes of the header before each member of a tar archive."""

HTML_ENDINGS = frozenset((".html", ".htm", ".xhtml", ".shtml"))
MHTML_ENDINGS = frozenset((".mhtml", ".mht"))
LINE_ENDINGS = frozenset((".jsonl", ".ndjson"))
JSON_ENDINGS = LINE_ENDINGS | {".json"}
CSV_ENDINGS = frozenset((".csv", ".tsv"))
TEXT_ENDINGS = frozenset((".txt", ".text"))
PACKED_ENDINGS = frozenset((".gz", ".zst", ".zstd"))
ARCHIVE_ENDINGS = frozenset((".warc", ".wet"))
XML_ENDINGS = frozenset((".xml", ".rss", ".atom", ".wxr"))
PARQUET_ENDINGS = frozenset((".parquet",))
READ_ENDINGS = (
    HTML_ENDINGS
    | MHTML_ENDINGS
    | JSON_ENDINGS
    | CSV_ENDINGS
    | TEXT_ENDINGS
    | ARCHIVE_ENDINGS
    | XML_ENDINGS
    | PARQUET_ENDINGS
)
EXPORT_ROOTS = frozenset(("rss", "rdf", "feed", "disqus"))

DELIMITERS = ",;\t|"
SCORE_COLUMNS = frozenset(("target", "stance", *STANCES))

_DECLARED = re.compile(r'"?sep=([^\w\s"]|\t)\1*"?\s*', re.I)

_ESCAPED_QUOTE = re.compile(rb'\\"[^",;\t|\r\n]')
_DOUBLED_QUOTE = re.compile(rb'[^",;\t|\r\n\\]""[^",;\t|\r\n]')

_HTML_START = re.compile(
    r"\s{0,4096}<(?:!doctype\s{1,8}html|html\b|head\b|body\b|\?xml[^>]{0,200}>\s{0,80}<(?:!doctype\s{1,8}html|html\b))",
    re.I,
)
_HTML_TAG = re.compile(
    r"<(?:!doctype\s{1,8}html|html|head|body|div|p|article|section|table|title|meta|ul|ol)\b[^<]{0,2000}>", re.I
)
_HEADER_START = re.compile(r"[A-Za-z][A-Za-z-]{0,60}:[ \t]")
_BLANK_LINE = re.compile(r"\n[ \t]*\r?\n")
_MIME_VERSION = re.compile(r"^MIME-Version:", re.I | re.M)
_PAGE_TYPE = re.compile(r"^Content-Type:\s{0,80}(?:multipart/(?:related|alternative|mixed)|text/html)", re.I | re.M)
_FEED_START = re.compile(r"\s{0,4096}(?:<rss\b|<feed\b|<disqus\b|<rdf:RDF\b)", re.I)
_XML_START = re.compile(r"\s{0,4096}<\?xml\b", re.I)
_JSON_START = re.compile(r'\s{0,64}\{\s{0,64}"[^"\n]{1,100}"\s{0,8}:')
_JSON_LIST = re.compile(r'\s{0,64}\[\s{0,64}\{\s{0,64}["}]')
_JSON_SPREAD = re.compile(r"\s{0,64}[\[{][ \t\r]{0,64}\n")

_CONTROLS = bytes((*range(9), *range(14, 27), *range(28, 32), 127))
"""What no text has; ESC (27) switches character sets in ISO-2022-JP."""


class Kind(StrEnum):
    """How an input is read."""

    TEXT = "text"
    HTML = "html"
    MHTML = "mhtml"
    ARCHIVE = "archive"
    EXPORT = "export"
    CONVERSATIONS = "conversations"
    PARQUET = "parquet"
    JSON_LIST = "json list"
    JSON_LINES = "jsonl"
    CSV = "csv"


def sniff(head: bytes, ending: str) -> Kind:
    """Tell what an input is.

    :param head: Its first bytes, unpacked.
    :param ending: Of its name, in lower case, with the dot; empty when there is none.
    :raises InputError: If it is empty or no text; the message says what was seen.
    """
    if head.startswith(ARCHIVE_MAGIC):
        return Kind.ARCHIVE
    if head.startswith(PARQUET_MAGIC):
        return Kind.PARQUET
    refuse_what_is_no_text(head)
    if ending in ARCHIVE_ENDINGS:
        raise InputError(f"no WARC archive: begins with {head[:12].decode('latin-1')!r}; expected WARC/1.0 or later")
    text = _rough_text(head)
    if _HTML_START.match(text):
        return Kind.HTML
    if _is_mhtml(text):
        return Kind.MHTML
    if ending in MHTML_ENDINGS:
        raise InputError(f"no MHTML: begins with {text[:12]!r}; expected the headers of a mail, or a page")
    if (kind := _xml_kind(text, ending)) is not None:
        return kind
    if _JSON_LIST.match(text) and ending not in TEXT_ENDINGS | HTML_ENDINGS:
        return Kind.JSON_LIST
    if ending in JSON_ENDINGS and _JSON_SPREAD.match(text):
        raise InputError("JSON spread over several lines; expected JSON Lines, one object per line")
    if ending in JSON_ENDINGS or _JSON_START.match(text):
        return Kind.CONVERSATIONS if _is_utterance(text) else Kind.JSON_LINES
    if ending in CSV_ENDINGS or _is_table_header(text):
        return Kind.CSV
    if ending in HTML_ENDINGS or (ending not in TEXT_ENDINGS and _HTML_TAG.search(text)):
        return Kind.HTML
    return Kind.TEXT


def begins_as_page(head: bytes) -> bool:
    """Tell whether something begins as only pages do, whatever its name."""
    return _HTML_START.match(_rough_text(head)) is not None


def looks_like_html(data: bytes) -> bool:
    """Tell whether something without a name or a type has the tags of a page."""
    return _HTML_TAG.search(_rough_text(data[:HEAD_BYTES])) is not None


def delimiter_of(header: str) -> str:
    """Return the delimiter of a table, from its first line: the one that occurs most often, else a comma."""
    return max(DELIMITERS, key=header.count) if any(map(header.count, DELIMITERS)) else ","


def declared_delimiter(line: str) -> str | None:
    """Return the delimiter that the first line of a table declares, as Excel has it: ``sep=;``; None if it is none."""
    found = _DECLARED.fullmatch(line)
    return found[1] if found else None


def escapes_quotes(head: bytes) -> bool:
    """Tell a table that writes a backslash before a quote in a cell, as Spark and MySQL do, not a quote."""
    return _ESCAPED_QUOTE.search(head) is not None and _DOUBLED_QUOTE.search(head) is None


def refuse_what_is_no_text(head: bytes) -> None:
    """Name what has the signature of something else, or looks like no text.

    :param head: The first bytes.
    :raises InputError: The message says what was seen.
    """
    if not head:
        raise InputError("empty file; expected a page or a table")
    for signature, name in SIGNATURES:
        if head.startswith(signature):
            raise InputError(f"{name}; expected a page as HTML or text, or a table as JSON Lines or CSV")
    if _is_tar(head):
        raise InputError("a tar archive; expected it unpacked, as a folder of pages and tables")
    if byte_order_mark(head) or utf_16_without_mark(head):
        return
    controls = len(head) - len(head.translate(None, _CONTROLS))
    if controls > max(FEW_CONTROLS, CONTROL_SHARE * len(head)):
        raise InputError("binary data; expected a page as HTML or text, or a table as JSON Lines or CSV")


def _is_tar(head: bytes) -> bool:
    """Tell a tar archive by the sum in its first header: one of long pages looks like a page in all else."""
    stated = head[148:156].strip(b" \0")
    if len(head) < TAR_BLOCK or not stated.isdigit():
        return False
    return int(stated) == int(f"{sum(head[:148]) + 8 * ord(' ') + sum(head[156:TAR_BLOCK]):o}")


def _rough_text(head: bytes) -> str:
    """Decode well enough to see markup and column names, which are ASCII."""
    encoding = byte_order_mark(head) or utf_16_without_mark(head)
    if encoding is None or encoding == "utf-8":
        return head.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    return head.decode(encoding, "replace").removeprefix("\ufeff")


def _is_mhtml(text: str) -> bool:
    """Recognize the headers of a mail whose parts are a page and what belongs to it, or that is a page."""
    if not _HEADER_START.match(text):
        return False
    headers = _BLANK_LINE.split(text, maxsplit=1)[0]
    return bool(_MIME_VERSION.search(headers) and _PAGE_TYPE.search(headers))


def _xml_kind(text: str, ending: str) -> Kind | None:
    """Tell an export or a feed from other XML; None where it may be something else than XML."""
    if ending in HTML_ENDINGS or not (_XML_START.match(text) or ending in XML_ENDINGS or _FEED_START.match(text)):
        return None
    root = root_name(text)
    if root is not None and root.lower() in EXPORT_ROOTS:
        return Kind.EXPORT
    if "<!ENTITY" in text:
        raise InputError("declares entities; expected an export or a feed, which has none")
    seen = f"an XML document of {root[:40]}" if root else "an XML document that begins with no plain element"
    raise InputError(f"{seen}; expected a WordPress or Disqus export, a feed of comments, a page or a table")


def _is_utterance(text: str) -> bool:
    """Recognize the first line of a ConvoKit corpus, in its names of now and of its first version."""
    line = text.lstrip("\n\r \t").partition("\n")[0]
    named = (('"conversation_id"', '"root"'), ('"speaker"', '"user"'), ('"reply-to"', '"reply_to"'), ('"text"',))
    return all(any(name in line for name in names) for names in named)


def _is_table_header(text: str) -> bool:
    first, second, *_ = (*text[:2000].strip().lower().splitlines(), "", "")
    declared = declared_delimiter(first)
    line = second if declared else first
    names = {name.strip(' "') for name in line.split(declared or delimiter_of(line))}
    return ("text" in names and len(names) > 1) or names >= SCORE_COLUMNS
