"""Read pages that were saved as one file (MHTML)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from itertools import islice, pairwise

from stance.datamodels import Page, PageKind
from stance.exceptions import InputError
from stance.limits import FIXED, Limits, shown_size
from stance.reading.encodings import decode, make_page
from stance.reading.frames import with_frames
from stance.reading.headers import PAGE_TYPES, Headers, split_headers

_Part = tuple[Headers, bytes]
"""The headers, and the headers with the body."""


def read_mhtml(data: bytes, source: str, limits: Limits) -> Page:
    """Read a page that was saved as one file, with the frames that were saved in it, such as a thread of Disqus.

    A file of 50 MB is mostly pictures, so it is cut at its boundaries, and only headers and parts of HTML are decoded.

    :param data: The whole file.
    :return: The page, with the address it was saved from.
    :raises InputError: If none of its parts is a page, or has any text, or it exceeds a limit.
    """
    if len(data) > limits.page_bytes:
        raise InputError(f"larger than {shown_size(limits.page_bytes)} (the limit)")
    pages = [part for part in _parts(data) if PAGE_TYPES.get(part[0].media_type) is PageKind.HTML]
    if not pages:
        raise InputError("an MHTML file without a page; expected a part of text/html")
    if sum(len(content) for _, content in pages) > limits.html_bytes:
        raise InputError(f"HTML larger than {shown_size(limits.html_bytes)} (the limit)")
    page = make_page(_payload(pages[0]), source, PageKind.HTML, limits.html_bytes, stated=pages[0][0].charset)
    frames = {f"cid:{part[0].get('content-id', '').strip(' <>')}": part for part in pages[1:]}
    text = with_frames(page.text, lambda address: _text_of(frames[address]) if address in frames else None)
    return replace(page, text=text, url=pages[0][0].address("content-location"))


def texts_of_parts(data: bytes) -> str:
    """Return the texts of all parts but pictures, sounds and fonts.

    :raises InputError: If there are more parts than the limit.
    """
    types = ("text/", "application/")
    return "\n".join(_text_of(part) for part in _parts(data) if part[0].media_type.startswith(types))


def _parts(data: bytes) -> Iterator[_Part]:
    """Yield all parts, also those in other parts, in their order; one follows the last boundary if the file was cut."""
    boundary = rb"""boundary=(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))"""
    boundaries = islice(re.finditer(boundary, data), FIXED.mail_boundaries)
    names = b"|".join(re.escape(match[1] or match[2]) for match in boundaries)
    delimiters = re.finditer(rb"(?:\A|\n)--(?:" + names + rb")(?:--)?[ \t]*\r?(?:\n|\Z)", data)
    marks = [match.span() for match in islice(delimiters, FIXED.mail_parts + 1)]
    if len(marks) > FIXED.mail_parts:
        raise InputError(f"more than {FIXED.mail_parts:,} parts; expected a page saved as MHTML")
    for (_, start), (end, _) in pairwise(((0, 0), *marks, (len(data), len(data)))):
        if split := split_headers(part := data[start:end]):
            yield split[0], part


def _payload(part: _Part) -> bytes:
    body = message_from_bytes(part[1]).get_payload(decode=True)
    return body if isinstance(body, bytes) else b""


def _text_of(part: _Part) -> str:
    return decode(_payload(part), stated=part[0].charset).text
