"""Pages saved as one file, ``.mhtml`` or ``.mht``: a mail whose parts are the page, its frames and its pictures.

A file of 50 MB is mostly pictures, so it is cut at its boundaries, and only headers and parts of HTML are decoded.
"""

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from email.parser import BytesHeaderParser
from html import escape
from itertools import pairwise
from typing import NamedTuple

from stance.datamodels import Page, PageKind
from stance.exceptions import InputError
from stance.limits import FRAME_CHARS, MAIL_DEPTH, MAIL_HEADER_BYTES, MAIL_PARTS, URL_CHARS, shown_size
from stance.reading.encoding import Decoded, decode, is_blank

PAGE_TYPES = frozenset(("text/html", "application/xhtml+xml"))

_BLANK_LINE = re.compile(rb"\r?\n[ \t]*\r?\n")
_PARAMETER = re.compile(r"""([\w-]{1,40})\s{0,8}=\s{0,8}(?:"([^"]{1,200})"|([^\s;"]{1,200}))""")
_FRAME = re.compile(r"""(<iframe\b[^<>]{0,2000}?\s)src\s{0,8}=\s{0,8}["']cid:([^"'>]{1,400})["']""", re.IGNORECASE)


class _Part(NamedTuple):
    headers: Message
    data: bytes  # headers and body


def read_mhtml(data: bytes, source: str, most: int) -> Page:
    """Read a page that was saved as one file, with the frames that were saved in it, such as a thread of Disqus.

    :param data: The whole file.
    :param most: Bytes that its HTML may have.
    :return: The page, with the address it was saved from.
    :raises InputError: If none of its parts is a page, or has any text, or it exceeds a limit.
    """
    pages = [part for part in _parts(data) if part.headers.get_content_type() in PAGE_TYPES]
    if not pages:
        raise InputError("an MHTML file without a page; expected a part of text/html")
    if sum(len(part.data) for part in pages) > most:
        raise InputError(f"HTML larger than {shown_size(most)}, the limit")
    page, *frames = pages
    decoded = _decoded(page)
    if is_blank(decoded.text):
        raise InputError("no text; expected a page")
    text = _with_frames(decoded.text, {str(part.headers.get("Content-ID", "")).strip(" <>"): part for part in frames})
    return Page(source, PageKind.HTML, text, decoded.encoding, _address(page), decoded.warnings)


def _parts(data: bytes) -> Iterator[_Part]:
    """Yield the parts that have no parts themselves, in their order."""
    waiting, seen = [(data, 0)], 0
    while waiting:
        part, depth = waiting.pop()
        seen += 1
        if seen > MAIL_PARTS:
            raise InputError(f"more than {MAIL_PARTS:,} parts; expected a page saved as MHTML")
        headers = _headers(part)
        boundary = _parameter(headers, "boundary") if headers.get_content_maintype() == "multipart" else None
        if not boundary:
            yield _Part(headers, part)
        elif depth < MAIL_DEPTH:
            waiting += [(inner, depth + 1) for inner in reversed(_cut(part, boundary))]


def _headers(part: bytes) -> Message:
    end = _BLANK_LINE.search(part, 0, MAIL_HEADER_BYTES)
    return BytesHeaderParser().parsebytes(part[: end.end() if end else 0])


def _parameter(headers: Message, name: str) -> str | None:
    """Read a parameter of the type; the package takes quadratic time on one without end."""
    given = (each for each in _PARAMETER.finditer(str(headers.get("Content-Type", ""))) if each[1].lower() == name)
    return next((each[2] or each[3] for each in given), None)


def _cut(part: bytes, boundary: str) -> list[bytes]:
    name = re.escape(boundary.encode("ascii", "replace"))
    delimiters = re.finditer(rb"(?:\A|\n)--" + name + rb"(?:--)?[ \t]*\r?(?:\n|\Z)", part)
    marks = [delimiter.span() for delimiter in delimiters]
    # What stands behind the last one is a part where a file was cut.
    pieces = [part[end:start] for (_, end), (start, _) in pairwise((*marks, (len(part), len(part))))]
    return [piece for piece in pieces if piece.strip()]


def _decoded(part: _Part) -> Decoded:
    body = message_from_bytes(part.data).get_payload(decode=True)
    return decode(body if isinstance(body, bytes) else b"", stated=_parameter(part.headers, "charset"))


def _with_frames(text: str, frames: dict[str, _Part]) -> str:
    """Put frames in their places as browsers do that save a page alone; each once, however often it is named."""

    def joined(place: re.Match[str]) -> str:
        frame = frames.pop(place[2], None)
        inner = escape(_decoded(frame).text) if frame else ""
        return f'{place[1]}srcdoc="{inner}"' if 0 < len(inner) <= FRAME_CHARS else place[0]

    return _FRAME.sub(joined, text) if frames else text


def _address(page: _Part) -> str | None:
    url = str(page.headers.get("Content-Location", "")).strip()
    is_web = url[:8].lower().startswith(("http://", "https://"))
    return url if is_web and len(url) <= URL_CHARS and url.isprintable() else None
