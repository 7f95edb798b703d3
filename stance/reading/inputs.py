"""Find input files, and recognize their kinds by their first bytes.

Servers and people name files wrongly, and a PDF or a program read as text would give pages of noise that look like
comments in no language. So a name is only a hint, and known signatures, or bytes that are no text, are refused.
"""

import re
from enum import StrEnum
from pathlib import Path

from stance.datamodels import STANCES
from stance.exceptions import InputError
from stance.reading.text import ARCHIVE_MAGIC, HEAD_BYTES, PARQUET_MAGIC, byte_order_mark, utf_16_without_mark
from stance.resources import formats

STANDARD_INPUT = "-"

HTML_ENDINGS = frozenset((".html", ".htm", ".xhtml", ".shtml"))
MHTML_ENDINGS = frozenset((".mhtml", ".mht"))
JSON_ENDINGS = frozenset((".jsonl", ".ndjson", ".json"))
CSV_ENDINGS = frozenset((".csv", ".tsv"))
TEXT_ENDINGS = frozenset((".txt", ".text"))
PACKED_ENDINGS = frozenset((".gz", ".zst", ".zstd"))
ARCHIVE_ENDINGS = frozenset((".warc", ".wet"))
XML_ENDINGS = frozenset((".xml", ".rss", ".atom", ".wxr"))
_TABLE_ENDINGS = JSON_ENDINGS | CSV_ENDINGS | {".parquet"}
READ_ENDINGS = HTML_ENDINGS | MHTML_ENDINGS | _TABLE_ENDINGS | TEXT_ENDINGS | ARCHIVE_ENDINGS | XML_ENDINGS

SILENT_ENDINGS = frozenset(formats()["silent_endings"])
SERVED_ENDINGS = frozenset(formats()["served_endings"])
COPY_ENDINGS = frozenset(formats()["copy_endings"])
SAVED_FOLDERS: tuple[str, ...] = tuple(formats()["saved_folders"])

PAGES_TABLE = "pages.csv"
"""The file that tells outlets, titles, dates and addresses of the pages beside it."""

BESIDE_UTTERANCES = frozenset(("conversations.json", "speakers.json", "users.json", "corpus.json", "index.json"))
"""Files of a ConvoKit corpus beside its utterances; they are read with them, or not needed."""

REPORT_FILES = frozenset(("summary.json", "comparison.json", "evaluation.json"))
REPORT_TABLES = frozenset(("scores.csv", "comparison.csv"))
REPORT_PAGE = b'<meta name="generator" content="stance">'
"""Marks reports, in their first 4,096 bytes: they show the comments of pages, which would count twice."""

_DIGITS = re.compile(r"(\d{1,18})")


WEB = "stance reads saved pages; save this one with its comments open: docs/saving-pages.md"
"""Reason not to read a web address: the program never connects to the network for pages."""


# Files and folders ----------------------------------------------------------------------------------------------------


def ending_of(path: Path) -> str:
    """Return the ending of a name in lower case, without that of a packed file: ``.html`` for ``Page.HTML.gz``.

    Mirrors of sites name files by their addresses: that of ``view.php?id=7`` is ``.php``.
    """
    address = Path(re.split("[?@]", path.name, maxsplit=1)[0])
    is_mirrored = address.suffix.lower() in READ_ENDINGS | SILENT_ENDINGS | SERVED_ENDINGS
    endings = [ending.lower() for ending in (address if is_mirrored else path).suffixes[-2:]]
    if endings and endings[-1] in PACKED_ENDINGS:
        endings.pop()
    return endings[-1] if endings else ""


def natural_key(name: str) -> list[tuple[int, str]]:
    """Return a key that sorts ``page2`` before ``page10``."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in _DIGITS.split(name.casefold()) if part]


def shown(path: Path) -> str:
    """Return a path as text that can be written anywhere; bytes that are no UTF-8 are escaped."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


# Kinds ----------------------------------------------------------------------------------------------------------------


PAGE_WANTED = "expected a page as HTML or text, or a table as JSON Lines or CSV"
UNPACKED = "expected it unpacked, as a folder of pages and tables"

TAR_BLOCK = 512
"""Bytes of the header before each member of a tar archive."""

DELIMITERS = ",;\t|"
SCORE_COLUMNS = frozenset(("target", "stance", *STANCES))
ENTITIES_DECLARED = "declares entities; expected an export, which has none"

_HTML_START = re.compile(
    r"\s{0,4096}<(?:!doctype\s{1,8}html|html\b|head\b|body\b|\?xml[^>]{0,200}>\s{0,80}<(?:!doctype\s{1,8}html|html\b))",
    re.I,
)
_HTML_TAG = re.compile(
    r"<(?:!doctype\s{1,8}html|html|head|body|div|p|article|section|table|title|meta|ul|ol)\b[^<]{0,2000}>", re.I
)
_BLANK_LINE = re.compile(r"\n[ \t]*\r?\n")
_PAGE_TYPE = re.compile(r"^Content-Type:\s{0,80}(?:multipart/(?:related|alternative|mixed)|text/html)", re.I | re.M)
_XML_START = re.compile(r"\s{0,4096}<(?:\?xml|rss|feed|disqus|rdf:RDF)\b", re.I)
_EXPORT_ROOT = re.compile(r"<(?:[\w.-]{1,60}:)?(?:rss|disqus)[\s/>]", re.I)
_TAG_NAME = re.compile(r"<(?:[\w.-]{1,60}:)?([A-Za-z_][\w.-]{0,40})")
_JSON_LIST = re.compile(r'\s{0,64}\[\s{0,64}\{\s{0,64}["}]')

_CONTROLS = bytes((*range(9), *range(14, 27), *range(28, 32), 127))
"""Bytes that no text has; ESC (27) switches character sets in ISO-2022-JP."""


InputKind = StrEnum("InputKind", ["TEXT", "HTML", "MHTML", "ARCHIVE", "EXPORT", "PARQUET", "JSON", "JSON_LINES", "CSV"])
"""The kind of an input, which decides how it is read."""


def sniff(head: bytes, ending: str) -> InputKind:
    """Find the kind of an input.

    :param head: Its first bytes, unpacked.
    :param ending: Of its name, in lower case, with the dot; empty when there is none.
    :raises InputError: If it is empty or no text.
    """
    if head.startswith(ARCHIVE_MAGIC):
        return InputKind.ARCHIVE
    if head.startswith(PARQUET_MAGIC):
        return InputKind.PARQUET
    refuse_binary(head)
    if ending in ARCHIVE_ENDINGS:
        raise InputError(f"no WARC archive: begins with {head[:12].decode('latin-1')!r}; expected WARC/1.0 or later")
    text = _rough_text(head)
    if kind := _markup_kind(text, ending) or _table_kind(text, ending):
        return kind
    has_tags = ending not in TEXT_ENDINGS and _HTML_TAG.search(text)
    return InputKind.HTML if ending in HTML_ENDINGS or has_tags else InputKind.TEXT


def _markup_kind(text: str, ending: str) -> InputKind | None:
    """Recognize a page, a page saved as one file, or an export by its beginning."""
    if _HTML_START.match(text):
        return InputKind.HTML
    headers = _BLANK_LINE.split(text, maxsplit=1)[0] if re.match(r"[A-Za-z][A-Za-z-]{0,60}:[ \t]", text) else ""
    if re.search(r"^MIME-Version:", headers, flags=re.I | re.M) and _PAGE_TYPE.search(headers):
        return InputKind.MHTML
    if ending in MHTML_ENDINGS:
        raise InputError(f"no MHTML: begins with {text[:12]!r}; expected the headers of a mail, or a page")
    if ending in HTML_ENDINGS or not (_XML_START.match(text) or ending in XML_ENDINGS):
        return None
    if _EXPORT_ROOT.search(text):
        return InputKind.EXPORT
    if "<!ENTITY" in text:
        raise InputError(ENTITIES_DECLARED)
    root = _TAG_NAME.search(text)
    seen = f"an XML document of {root[1]}" if root else "an XML document without elements"
    raise InputError(f"{seen}; expected a WordPress or Disqus export, a page or a table")


def _table_kind(text: str, ending: str) -> InputKind | None:
    is_list = _JSON_LIST.match(text) or (ending == ".json" and text.lstrip().startswith("["))
    if is_list and ending not in TEXT_ENDINGS | HTML_ENDINGS:
        return InputKind.JSON
    if ending in JSON_ENDINGS or re.match(r'\s{0,64}\{\s{0,64}"[^"\n]{1,100}"\s{0,8}:', text):
        line, line_end, rest = text.strip().partition("\n")
        last, is_cut = line.rstrip()[-1:], not line_end and len(text) > HEAD_BYTES // 4  # of four bytes each (UTF-32)
        # behind "[", "," and ":" the next line goes on with the same object
        is_whole = (last == "}" and not is_cut) or (last not in "[,:" and rest.lstrip().startswith("{"))
        return InputKind.JSON if line.startswith("{") and not is_whole else InputKind.JSON_LINES
    return InputKind.CSV if ending in CSV_ENDINGS or _is_table_header(text) else None


def is_page_inside(path: Path) -> bool:
    """Return whether a file of another name is a page, as in a mirror of a site; backup copies are none."""
    is_copy = path.suffix.lower() in COPY_ENDINGS or Path(path.stem).suffix.lower() in HTML_ENDINGS
    with path.open("rb") as file:
        return not is_copy and _HTML_START.match(_rough_text(file.read(HEAD_BYTES))) is not None


def looks_like_html(data: bytes) -> bool:
    """Return whether data without a name or a type has the tags of a page."""
    return _HTML_TAG.search(_rough_text(data[:HEAD_BYTES])) is not None


def delimiter_of(header: str) -> str:
    """Return the delimiter of a table, from its first line: the one that occurs most often, else a comma."""
    return max(DELIMITERS, key=header.count) if any(map(header.count, DELIMITERS)) else ","


def refuse_binary(head: bytes) -> None:
    """Refuse bytes that have the signature of another format, or are no text.

    :raises InputError: If they are refused.
    """
    if not head:
        raise InputError("empty file; expected a page or a table")
    if known := known_kind(head):
        raise InputError(known)
    # The sum in its first header shows a tar archive: one of long pages looks like a page in all else.
    stated = head[148:156].strip(b" \0")
    header_sum = sum(head[:148]) + 8 * ord(" ") + sum(head[156:TAR_BLOCK])
    if len(head) >= TAR_BLOCK and stated.isdigit() and int(stated) == int(f"{header_sum:o}"):
        raise InputError(f"a tar archive; {UNPACKED}")
    if byte_order_mark(head) or utf_16_without_mark(head):
        return
    controls = len(head) - len(head.translate(None, _CONTROLS))
    # Text has next to no control characters, random bytes have 11 %, files of old word processors less.
    if controls > max(4, 0.03 * len(head)):
        raise InputError(f"binary data; {PAGE_WANTED}")


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
    line = next(iter(text[:2000].strip().lower().splitlines()), "")
    names = {name.strip(' "') for name in line.split(delimiter_of(line))}
    return ("text" in names and len(names) > 1) or names >= SCORE_COLUMNS
