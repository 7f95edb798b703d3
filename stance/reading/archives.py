"""Web archives: WARC as crawlers write it, and WET, the plain text that Common Crawl makes of it.

An archive holds gigabytes and any record may be broken, so one record is held at a time, and a bad one is named by its
number and left out. How long a record is stands in front of it; where what follows is no record, that length lied, and
reading goes on at the next line that begins one. Existing readers take such a length at its word, which loses every
record that it covers, or stop there; so this one is our own.
"""

import base64
import hashlib
import io
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from stance.datamodels import Page, PageKind, Skip
from stance.exceptions import InputError
from stance.limits import HEADER_BYTES, URL_CHARS, Limits, shown_size
from stance.reading.encoding import clean, decode, is_blank
from stance.reading.http import Response, body_of, charset_of, fields_of, header_end, parse_response
from stance.reading.packing import CHUNK_BYTES, MISSING_PART
from stance.reading.problems import Problems
from stance.reading.sniffing import looks_like_html, refuse_what_is_no_text

PAGE_TYPES: Mapping[str, PageKind] = {
    "text/html": PageKind.HTML,
    "application/xhtml+xml": PageKind.HTML,
    "text/plain": PageKind.TEXT,
}
"""What a page is served as; the rest of a crawl (pictures, scripts, styles) is no page."""

LENGTH_DIGITS = 15
GAP = 64  # line ends behind a record: two by the standard, more by some writers

_VERSION = re.compile(rb"WARC/\d\.\d{1,3}[ \t]{0,8}\r?\n")
_RECORD_START = re.compile(rb"(?<=\n)WARC/\d\.\d{1,3}[ \t]{0,8}\r?\n")
_STATEMENT = re.compile(r"(sha1|sha256|sha512|md5):([A-Za-z0-9+/=_-]{16,128})", re.I)


def read_archive(
    reader: io.BufferedReader, source: str, skip: Callable[[Skip], None], limits: Limits
) -> Iterator[Page]:
    """Read the pages of a WARC or WET archive.

    :param reader: The archive, unpacked.
    :param source: Its name; a page's is this with ``#`` and the number of its record, from 1.
    :param skip: Called with each record that should be a page and cannot be read.
    :param limits: Bounds on pages.
    """
    problems = Problems(source, skip, limits, unit="record", mark="#")
    pages = 0
    for record in _records(_Buffer(reader), limits, problems):
        try:
            page = _page(record, source, limits)
        except InputError as error:
            problems.add(record.number, str(error))
            continue
        if page:
            pages += 1
            yield page
    nothing = f"no page in {problems.parts} records; expected HTML or text responses, or conversions"
    problems.close(empty=None)
    if not pages and not problems.count:
        skip(Skip(source, nothing))


# Records --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Record:
    """One record, with as much of its content as may be held."""

    number: int
    fields: Mapping[str, str]
    content: bytes
    length: int  # of the whole content

    @property
    def kind(self) -> str:
        return self.fields.get("warc-type", "").lower()

    @property
    def is_whole(self) -> bool:
        return len(self.content) == self.length

    @property
    def url(self) -> str | None:
        """Where the page was found; None where that is no address of the web."""
        url = clean(self.fields.get("warc-target-uri", "")).strip().removeprefix("<").removesuffix(">")
        is_web = url[:8].lower().startswith(("http://", "https://"))
        return url if is_web and len(url) <= URL_CHARS and url.isprintable() else None


class _Buffer:
    """What has been read of an archive and not been used up: a record whose length lies is looked through again."""

    def __init__(self, reader: io.BufferedReader) -> None:
        self._reader = reader
        self._held = bytearray()
        self._start = 0
        self.position = 0  # in the archive, unpacked
        self.fault: str | None = None  # why the archive ended early

    def fill(self, size: int) -> int:
        """Hold at least ``size`` bytes if there are as many left; return how many are held."""
        while len(self._held) - self._start < size and (chunk := self._chunk()):
            self._held += chunk
        return len(self._held) - self._start

    def peek(self, start: int, end: int) -> bytes:
        """Return some of the bytes held."""
        return bytes(self._held[self._start + start : self._start + end])

    def search(self, pattern: re.Pattern[bytes]) -> int | None:
        """Find a pattern in what is held, but not where it begins; return how far that is."""
        found = pattern.search(self._held, self._start + 1)
        return found.start() - self._start if found else None

    def drop(self, size: int) -> int:
        """Use up bytes, and read on where there are not as many held; return how many there were."""
        dropped = 0
        while dropped < size and (held := self.fill(1)):
            step = min(size - dropped, held)
            self._start += step
            dropped += step
            if self._start > len(self._held) // 2:  # moved rarely, so that each byte is moved about once
                del self._held[: self._start]
                self._start = 0
        self.position += dropped
        return dropped

    def _chunk(self) -> bytes:
        if self.fault:
            return b""
        try:
            return self._reader.read1(CHUNK_BYTES)
        except InputError as error:  # packed data that breaks here; the records before it are good
            self.fault = str(error)
            return b""


def _records(buffer: _Buffer, limits: Limits, problems: Problems) -> Iterator[_Record]:
    told = False
    while _skip_line_ends(buffer):
        problems.parts += 1
        try:
            yield _next_record(buffer, problems.parts, limits)
        except InputError as error:
            told = buffer.fault is not None
            problems.add(problems.parts, buffer.fault or str(error))
            _go_to_next(buffer)
    if buffer.fault and not told:
        problems.add_whole(buffer.fault)


def _skip_line_ends(buffer: _Buffer) -> int:
    """Use up line ends; return how many bytes are held behind them."""
    while (held := buffer.fill(1)) and buffer.peek(0, 1) in b"\r\n":
        start = buffer.peek(0, GAP)
        buffer.drop(len(start) - len(start.lstrip(b"\r\n")))
    return held


def _next_record(buffer: _Buffer, number: int, limits: Limits) -> _Record:
    """Take the record that begins here.

    :raises InputError: If none does, or its length lies; then next to nothing is used up.
    """
    buffer.fill(HEADER_BYTES)
    start = buffer.peek(0, HEADER_BYTES)
    version, end = _VERSION.match(start), header_end(start)
    if start.startswith(MISSING_PART.strip()):
        raise InputError("its packed data is damaged")
    if version is None:
        raise InputError(f"begins with {start[:20].decode('latin-1')!r}; expected WARC/1.0 or later")
    if end is None:
        raise InputError("its WARC header does not end; expected a blank line behind it")
    fields = fields_of(start[version.end() : end[0]])
    length = _length(fields)
    if length > limits.page_bytes + HEADER_BYTES:
        return _large_record(buffer, number, fields, end[1], length)
    _check_length(buffer, end[1], length)
    content = buffer.peek(end[1], end[1] + length)
    buffer.drop(end[1] + length)
    return _Record(number, fields, content, length)


def _large_record(buffer: _Buffer, number: int, fields: Mapping[str, str], start: int, length: int) -> _Record:
    """Pass over what is too large to hold, all but its beginning, which tells whether it would have been a page."""
    buffer.drop(start)
    buffer.fill(HEADER_BYTES)
    content = buffer.peek(0, min(HEADER_BYTES, length))
    found = buffer.drop(length)
    if found < length:
        raise InputError(f"Content-Length says {length:,} bytes; {found:,} follow")
    return _Record(number, fields, content, length)


def _length(fields: Mapping[str, str]) -> int:
    stated = fields.get("content-length", "")
    if not (stated.isascii() and stated.isdigit() and len(stated) <= LENGTH_DIGITS):
        raise InputError(f"Content-Length is {stated[:20]!r}; expected a number of bytes")
    return int(stated)


def _check_length(buffer: _Buffer, start: int, length: int) -> None:
    """Refuse a length behind which neither another record nor the end follows."""
    end = start + length
    held = buffer.fill(end + GAP)
    if held < end:
        raise InputError(f"Content-Length says {length:,} bytes; {held - start:,} follow")
    behind = buffer.peek(end, end + GAP)
    rest = behind.lstrip(b"\r\n")
    begins_record = rest.startswith(b"WARC/"[: len(rest)]) and len(rest) < len(behind)
    if behind and rest and not begins_record:
        raise InputError(f"Content-Length says {length:,} bytes; no record follows behind them")


def _go_to_next(buffer: _Buffer) -> None:
    """Use up what comes before the next line that begins a record."""
    while buffer.fill(CHUNK_BYTES):
        start = buffer.search(_RECORD_START)
        if start is not None:
            buffer.drop(start)
            return
        # A line that is cut at the end of what is held may be one.
        size = buffer.fill(1)
        buffer.drop(size if size < CHUNK_BYTES else max(1, size - GAP))


# Pages ----------------------------------------------------------------------------------------------------------------


def _page(record: _Record, source: str, limits: Limits) -> Page | None:
    """Turn a record into a page; None where it never was one."""
    match record.kind:
        case "response":
            return _page_of_response(record, source, limits)
        case "resource" | "conversion":
            kind = PAGE_TYPES.get(record.fields.get("content-type", "").partition(";")[0].strip().lower())
            stated = charset_of(record.fields.get("content-type"))
            return None if kind is None else _make_page(record, source, kind, record.content, stated, limits)
    return None


def _page_of_response(record: _Record, source: str, limits: Limits) -> Page | None:
    if not record.fields.get("content-type", "application/http").lower().startswith("application/http"):
        return None  # dns: and the like
    response = parse_response(record.content)
    if not 200 <= response.status < 300 or _is_no_page(record, response):
        return None
    kind = PAGE_TYPES.get(response.media_type or "")
    _refuse_what_is_not_whole(record, limits)
    body = body_of(response, limits.text_bytes if kind is PageKind.TEXT else limits.html_bytes)
    if kind is None:
        if not looks_like_html(body):
            return None
        kind = PageKind.HTML
    return _make_page(record, source, kind, body, response.charset, limits)


def _is_no_page(record: _Record, response: Response) -> bool:
    is_other = response.media_type is not None and response.media_type not in PAGE_TYPES
    return is_other or (record.url or "").lower().endswith("/robots.txt")


def _refuse_what_is_not_whole(record: _Record, limits: Limits) -> None:
    if "warc-segment-number" in record.fields:
        raise InputError("a part of a record that was cut into segments; expected whole records")
    if not record.is_whole:
        raise InputError(f"larger than {shown_size(limits.page_bytes)}, the limit")


def _make_page(record: _Record, source: str, kind: PageKind, body: bytes, stated: str | None, limits: Limits) -> Page:
    _refuse_what_is_not_whole(record, limits)
    most = limits.html_bytes if kind is PageKind.HTML else limits.text_bytes
    if len(body) > most:
        raise InputError(f"larger than {shown_size(most)}, the limit")
    refuse_what_is_no_text(body[:HEADER_BYTES])
    decoded = decode(body, stated=stated)
    if is_blank(decoded.text):
        raise InputError("no text; expected a page")
    warnings = (*decoded.warnings, *_doubts(record))
    return Page(f"{source}#{record.number}", kind, decoded.text, decoded.encoding, record.url, warnings)


def _doubts(record: _Record) -> Iterator[str]:
    if cut := record.fields.get("warc-truncated"):
        yield f"the crawler cut this page: {clean(cut)[:40]}"
    if not _matches_digest(record):
        yield "the page does not match the digest that the archive gives for it"


def _matches_digest(record: _Record) -> bool:
    """Compare the content with its digest, which writers give in base 32 or 16; what is no digest says nothing."""
    stated = _STATEMENT.fullmatch(record.fields.get("warc-block-digest", "").strip())
    if stated is None:
        return True
    digest = hashlib.new(stated[1].lower(), record.content, usedforsecurity=False).digest()
    known = (base64.b32encode(digest).decode().rstrip("="), digest.hex(), base64.b64encode(digest).decode().rstrip("="))
    given = stated[2].rstrip("=")
    return len(given) not in map(len, known) or given in known or given.upper() == known[0] or given.lower() == known[1]
