"""Read pages out of web archives: WARC, as crawlers write it, and WET.

An archive holds gigabytes and any record may be broken, so one record is held at a time, and a bad one is named by its
number and left out. A record states its length in front of it; where no record follows, that length lied, and reading
goes on at the next line that begins one. warcio and fastwarc believe such a length, and lose the records it covers.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from stance.datamodels import Page, PageKind, Skip
from stance.exceptions import InputError
from stance.limits import FIXED, Limits, shown_size
from stance.reading.encodings import clean, make_page
from stance.reading.headers import PAGE_TYPES, Headers, split_headers
from stance.reading.kinds import looks_like_html, refuse_binary
from stance.reading.packed import CHUNK_BYTES
from stance.reading.problems import Problems
from stance.reading.responses import body_of, split_response

GAP = 64  # line ends behind a record: two by the standard, more by some writers

_RECORD_START = re.compile(rb"(?<=\n)WARC/\d\.\d{1,3}[ \t]{0,8}\r?\n")


class _Record(NamedTuple):
    """One record, with as much of its content as may be held."""

    headers: Headers
    content: bytes
    length: int  # of the whole content


class _Window:
    """Holds bytes of an archive that were read and not used up: a record of a false length is searched again."""

    def __init__(self, reader: io.BufferedReader) -> None:
        self._reader = reader
        self.held = bytearray()
        self.fault: str | None = None  # why the archive ended early

    def fill(self, size: int) -> int:
        """Hold at least ``size`` bytes if as many are left; return the number of bytes held."""
        try:
            while len(self.held) < size and self.fault is None and (chunk := self._reader.read1(CHUNK_BYTES)):
                self.held += chunk
        except InputError as error:  # packed data that breaks here; the records before it are good
            self.fault = str(error)
        return len(self.held)

    def drop(self, size: int) -> int:
        """Use up bytes, and read on if fewer are held; return the number of bytes used up."""
        left = size
        while left and (size_held := self.fill(1)):
            del self.held[: min(left, size_held)]
            left -= min(left, size_held)
        return size - left


def read_archive(reader: io.BufferedReader, problems: Problems) -> Iterator[Page]:
    """Read the pages of a WARC or WET archive; the source of each is that of the input and its record, from 1.

    :param reader: The archive, unpacked.
    :param problems: Reports each record that should be a page and cannot be read.
    """
    pages = 0
    for record in _records(_Window(reader), problems):
        try:
            page = _page(record, f"{problems.source}#{problems.parts}", problems.limits)
        except InputError as error:
            problems.add(problems.parts, error)
            continue
        if page:
            pages += 1
            yield page
    problems.close()
    if not pages and not problems.count:
        description = f"no page in {problems.parts} records"
        problems.skip(Skip(problems.source, f"{description}; expected HTML or text responses, or conversions"))


def _records(window: _Window, problems: Problems) -> Iterator[_Record]:
    is_named = False
    while window.fill(GAP):
        start = window.held[:GAP]
        if line_ends := len(start) - len(start.lstrip(b"\r\n")):
            window.drop(line_ends)
            continue
        problems.parts += 1
        try:
            yield _next_record(window, problems.limits)
        except InputError as error:
            is_named = window.fault is not None
            problems.add(problems.parts, window.fault or error)
            # Up to the next line that begins a record.
            while size := window.fill(CHUNK_BYTES):
                if found := _RECORD_START.search(window.held, 1):
                    window.drop(found.start())
                    break
                # A line that is cut at the end of what is held may be one.
                window.drop(size if size < CHUNK_BYTES else max(1, size - GAP))
    if window.fault and not is_named:
        problems.add_whole(window.fault)


def _next_record(window: _Window, limits: Limits) -> _Record:
    """Take the record that begins here.

    :raises InputError: If none does, or its length is false; then next to nothing is used up.
    """
    window.fill(FIXED.header_bytes)
    start = bytes(window.held[: FIXED.header_bytes])
    if not (version := re.match(rb"WARC/\d\.\d{1,3}[ \t]{0,8}\r?\n", start)):
        raise InputError(f"begins with {start[:20].decode('latin-1')!r}; expected WARC/1.0 or later")
    if not (split := split_headers(start, version.end())):
        raise InputError("its WARC header does not end; expected a blank line after it")
    headers, body = split
    stated = headers.get("content-length", "")
    if not re.fullmatch("[0-9]{1,15}", stated):
        raise InputError(f"Content-Length is {stated[:20]!r}; expected a number of bytes")
    length = int(stated)
    if length > limits.page_bytes + FIXED.header_bytes:
        # Too large to hold: all but its beginning, which shows whether it would be a page, is passed over.
        window.drop(body)
        window.fill(FIXED.header_bytes)
        content, available = bytes(window.held[: min(FIXED.header_bytes, length)]), window.drop(length)
    else:
        available = min(window.fill(body + length + GAP) - body, length)
        content = bytes(window.held[body : body + length])
    if available < length:
        raise InputError(f"Content-Length says {length:,} bytes; {available:,} follow")
    if len(content) == length:
        behind = bytes(window.held[body + length : body + length + GAP])
        next_bytes = behind.lstrip(b"\r\n")
        if next_bytes and not (next_bytes.startswith(b"WARC/"[: len(next_bytes)]) and len(next_bytes) < len(behind)):
            raise InputError(f"Content-Length says {length:,} bytes; no record follows them")
        window.drop(body + length)
    return _Record(headers, content, length)


def _page(record: _Record, source: str, limits: Limits) -> Page | None:
    """Turn a record into a page; None if it never was one."""
    fields, headers, body = record.headers, record.headers, record.content
    origin, url = fields.get("warc-type", "").lower(), fields.address("warc-target-uri")
    is_response = origin == "response"
    if is_response and (headers.media_type or "application/http").startswith("application/http"):  # no dns:
        status, headers, body = split_response(record.content)
        if not 200 <= status < 300 or (url or "").lower().endswith("/robots.txt"):
            return None
    elif origin not in ("resource", "conversion"):
        return None
    kind = PAGE_TYPES.get(headers.media_type)
    if kind is None and not (is_response and not headers.media_type):
        return None
    if len(record.content) < record.length:
        raise InputError(f"larger than {shown_size(limits.page_bytes)} (the limit)")
    most = limits.text_bytes if kind is PageKind.TEXT else limits.html_bytes
    body = body_of(body, headers, limits, most) if is_response else body
    if kind is None and not looks_like_html(body):
        return None
    refuse_binary(body[: FIXED.header_bytes])
    page = make_page(body, source, kind or PageKind.HTML, most, stated=headers.charset)
    warnings = [f"the crawler cut this page: {clean(cut)[:40]}" for cut in [fields.get("warc-truncated")] if cut]
    return replace(page, url=url, warnings=(*page.warnings, *warnings))
