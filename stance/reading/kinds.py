"""Recognize the kind of an input.

Servers and people name files wrongly, and a PDF or a program read as text would give pages of noise that look like
comments in no language. So a name is only a hint, and known signatures, or bytes that are no text, are refused.
"""

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from stance.datamodels import STANCES
from stance.exceptions import InputError
from stance.reading.encodings import byte_order_mark, utf_16_without_mark
from stance.reading.input_names import KINDS, is_html
from stance.reading.packed import ARCHIVE_MAGIC, HEAD_BYTES
from stance.resources import formats

HTML_START = re.compile(
    r"\s{0,4096}<(?:!doctype\s{1,8}html|html\b|head\b|body\b|\?xml[^>]{0,200}>\s{0,80}<(?:!doctype\s{1,8}html|html\b))",
    re.I,
)

HTML_TAG = re.compile(
    r"<(?:!doctype\s{1,8}html|html|head|body|div|p|article|section|table|title|meta|ul|ol)\b[^<]{0,2000}>", re.I
)

PARQUET_MAGIC = b"PAR1"
SCORE_COLUMNS = frozenset(("target", "stance", *STANCES))
ENTITIES_DECLARED = "declares entities; expected an export, which has none"

InputKind = StrEnum("InputKind", ["TEXT", "HTML", "MHTML", "ARCHIVE", "EXPORT", "PARQUET", "JSON", "CSV"])
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
    named = KINDS.get(ending)
    if named == InputKind.ARCHIVE:
        raise InputError(f"not a WARC archive: begins with {head[:12].decode('latin-1')!r}; expected WARC/1.0 or later")
    text = _rough_text(head)
    if named not in (InputKind.JSON, InputKind.CSV) and (reason := no_page(text)):
        raise InputError(reason)
    if kind := _markup_kind(text, named) or _table_kind(text, named):
        return kind
    has_tags = named != InputKind.TEXT and HTML_TAG.search(text)
    return InputKind.HTML if named == InputKind.HTML or has_tags else InputKind.TEXT


def _markup_kind(text: str, named: str | None) -> InputKind | None:
    """Recognize a page, a page saved as one file, or an export by its beginning."""
    if HTML_START.match(text):
        return InputKind.HTML
    if is_mail(text):
        return InputKind.MHTML
    if named == InputKind.MHTML:
        raise InputError(f"not MHTML: begins with {text[:12]!r}; expected the headers of a mail, or a page")
    is_xml = named == InputKind.EXPORT or re.match(r"\s{0,4096}<(?:\?xml|rss|feed|disqus|rdf:RDF)\b", text, re.I)
    if named == InputKind.HTML or not is_xml:
        return None
    if re.search(r"<(?:[\w.-]{1,60}:)?(?:rss|disqus|feed)[\s/>]", text, re.I):
        return InputKind.EXPORT
    if "<!ENTITY" in text:
        raise InputError(ENTITIES_DECLARED)
    root = re.search(r"<(?:[\w.-]{1,60}:)?([A-Za-z_][\w.-]{0,40})", text)
    description = f"an XML document of {root[1]}" if root else "an XML document without elements"
    raise InputError(f"{description}; expected a WordPress, Disqus or Blogger export, a page or a table")


def is_mail(text: str) -> bool:
    """Return whether a text begins as a mail with a page, which is the form of a page saved as one file."""
    is_header = re.match(r"[A-Za-z][A-Za-z-]{0,60}:[ \t]", text)
    headers = re.split(r"\n[ \t]*\r?\n", text, maxsplit=1)[0] if is_header else ""
    page_type = r"^Content-Type:\s{0,80}(?:multipart/(?:related|alternative|mixed)|text/html)"
    return all(re.search(name, headers, re.I | re.M) for name in ("^MIME-Version:", page_type))


def _table_kind(text: str, named: str | None) -> InputKind | None:
    is_list = re.match(r'\s{0,64}\[\s{0,64}\{\s{0,64}["}]', text) and named not in (InputKind.TEXT, InputKind.HTML)
    if named == InputKind.JSON or is_list or re.match(r'\s{0,64}\{\s{0,64}"[^"\n]{1,100}"\s{0,8}:', text):
        return InputKind.JSON
    header, delimiter = table_header(iter(text[:2000].strip().lower().splitlines()))
    names = {name.strip(' "') for name in header.split(delimiter)}
    is_table_header = ("text" in names and len(names) > 1) or names >= SCORE_COLUMNS
    return InputKind.CSV if named == InputKind.CSV or is_table_header else None


def is_page_inside(path: Path) -> bool:
    """Return whether a file of another name is a page, as in a mirror; ``a.html.bak`` and ``a.html~`` are copies."""
    is_copy = path.name.endswith("~") or is_html(Path(path.stem))
    with path.open("rb") as file:
        text = _rough_text(file.read(HEAD_BYTES))
    clip = (  # in Markdown
        r"\s{0,80}(?:---[ \t]*\r?\n(?:[^\n]{0,400}\n){0,40}?(?:source|url|link):\s{0,4}[\"']?https?://"
        r"|Title:[^\n]{0,400}\s{1,8}URL Source:)"
    )
    return not is_copy and bool(HTML_START.match(text) or re.match(clip, text, re.I))


def no_page(text: str) -> str | None:
    """Name the kind of a text that is no page, by its beginning, and the file to give instead; None for all others."""
    matching = (entry for entry in formats()["no_pages"] if re.match(entry["start"], text, re.I | re.S))
    return next((f"{entry['name']}; {entry['wanted']}" for entry in matching), None)


def other_kind(path: Path) -> str | None:
    """Name the kind of a file that is no page, as :func:`known_kind` and :func:`no_page` do."""
    with path.open("rb") as file:
        start = file.read(HEAD_BYTES)
    return known_kind(start) or no_page(_rough_text(start))


def looks_like_html(data: bytes) -> bool:
    """Return whether data without a name or a type has the tags of a page."""
    return HTML_TAG.search(_rough_text(data[:HEAD_BYTES])) is not None


def table_header(lines: Iterator[str]) -> tuple[str, str]:
    """Return the header and the delimiter of a table.

    :param lines: The first ones, which are used up; Excel declares the delimiter in a line of its own: ``sep=;``.
    """
    header = next((line for line in lines if line.strip()), "")
    if declared := re.fullmatch(r'"?sep=([^\w\s"]|\t)\1*"?\s*', header, flags=re.I):
        return next(lines, ""), declared[1]
    return header, max(",;\t|", key=header.count)


def refuse_binary(head: bytes) -> None:
    """Refuse bytes that have the signature of another format, or are no text.

    :raises InputError: If they are refused.
    """
    if not head:
        raise InputError("empty file; expected a page or a table")
    if reason := known_kind(head):
        raise InputError(reason)
    if head[257:262] == b"ustar":  # one of long pages looks like a page in all else
        raise InputError("a tar archive; expected an unpacked folder of pages and tables")
    if byte_order_mark(head) or utf_16_without_mark(head):
        return
    # Bytes that no text has; ESC (27) switches character sets in ISO-2022-JP.
    controls = len(head) - len(head.translate(None, bytes((*range(9), *range(14, 27), *range(28, 32), 127))))
    # Text has next to no control characters, random bytes have 11 %, files of old word processors less.
    if controls > max(4, 0.03 * len(head)):
        raise InputError("binary data; expected a page as HTML or text, or a table as JSON Lines or CSV")


def known_kind(head: bytes) -> str | None:
    """Name the kind of a file that has a known signature, and the file to give instead; None for all others."""
    is_office = head.startswith(b"PK") and (b"[Content_Types].xml" in head or head[30:38] == b"mimetype")
    matching = [entry for entry in formats()["zipped"] if is_office and entry["part"].encode() in head]
    matching += [entry for entry in formats()["signatures"] if head.startswith(entry["start"].encode("latin-1"))]
    return f"{matching[0]['name']}; {matching[0]['wanted']}" if matching else None


def _rough_text(head: bytes) -> str:
    """Decode roughly: markup and most column names are ASCII."""
    return head.decode(byte_order_mark(head) or utf_16_without_mark(head) or "utf-8", "replace").removeprefix("\ufeff")
