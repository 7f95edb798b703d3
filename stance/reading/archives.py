"""Read pages out of web archives (WARC, as crawlers write it, and WET) and pages saved as MHTML; unpack bundles.

An archive holds gigabytes and any record may be broken, so one record is held at a time, and a bad one is named by its
number and left out. A record states its length in front of it; where no record follows, that length lied, and reading
goes on at the next line that begins one. warcio and fastwarc believe such a length, and lose the records it covers.
"""

import atexit
import hashlib
import io
import json
import re
import shutil
import zlib
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from functools import cache
from itertools import islice, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, NamedTuple
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from stance.datamodels import Page, PageKind, Skip
from stance.exceptions import InputError
from stance.limits import FIXED, Limits, current_limits, open_plain, shown_size
from stance.reading import text as decoding
from stance.reading.frames import with_frames
from stance.reading.tables import Problems
from stance.reading.text import clean, decode, make_page, web_address
from stance.records.score_records import LABELS_FILE

PAGE_TYPES = dict.fromkeys(("text/html", "application/xhtml+xml"), PageKind.HTML) | {"text/plain": PageKind.TEXT}
"""Media types of pages; other records of a crawl (pictures, scripts, styles) are skipped."""

GAP = 64  # line ends behind a record: two by the standard, more by some writers

_RECORD_START = re.compile(rb"(?<=\n)WARC/\d\.\d{1,3}[ \t]{0,8}\r?\n")
_BLANK_LINE = re.compile(rb"\r?\n[ \t]{0,80}\r?\n")
_CHUNK_SIZE = re.compile(rb"(?:\r?\n)?[ \t]{0,8}([0-9A-Fa-f]{1,12})[ \t]{0,8}(?:;[^\r\n]{0,1000})?\r?\n")
_BOUNDARY = re.compile(rb"""boundary=(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))""")
_CHARSET = re.compile(r"""charset\s{0,8}=\s{0,8}(?:"([^"]{1,200})"|([^\s;"]{1,200}))""", re.IGNORECASE)


class Headers(dict[str, str]):
    """Header fields by their names in lower case."""

    @property
    def media_type(self) -> str:
        """Return the stated type, such as ``text/html``; empty if none is stated."""
        return self.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def charset(self) -> str | None:
        """Return the stated encoding; the email package takes quadratic time on a parameter without end."""
        found = _CHARSET.search(self.get("content-type", ""), 0, 1_000)
        return found and (found[1] or found[2].strip("'"))

    def address(self, name: str) -> str | None:
        """Return a field that holds a web address; None if it holds none."""
        return web_address(clean(self.get(name, "")).strip().removeprefix("<").removesuffix(">"))


def split_headers(data: bytes, start: int = 0) -> tuple[Headers, int] | None:
    """Read headers up to a blank line; a line that begins with a blank continues the one before.

    :return: The headers, and where their body begins; None if that is further than ``FIXED.header_bytes``.
    """
    end = _BLANK_LINE.search(data, 0, FIXED.header_bytes)
    if end is None:
        return None
    text = re.sub(r"\r?\n[ \t]+", " ", data[start : end.start()].decode("utf-8", "replace"))
    fields = (line.partition(":") for line in text.splitlines())
    headers = Headers((name.strip().lower(), value.strip()) for name, colon, value in fields if colon and name.strip())
    return headers, end.end()


# Records of web archives ----------------------------------------------------------------------------------------------


class _Record(NamedTuple):
    """One record, with as much of its content as may be held."""

    number: int
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
            while len(self.held) < size and self.fault is None and (chunk := self._reader.read1(decoding.CHUNK_BYTES)):
                self.held += chunk
        except InputError as error:  # packed data that breaks here; the records before it are good
            self.fault = str(error)
        return len(self.held)

    def drop(self, size: int) -> int:
        """Use up bytes, and read on if fewer are held; return the number of bytes used up."""
        left = size
        while left and (held := self.fill(1)):
            del self.held[: min(left, held)]
            left -= min(left, held)
        return size - left


def read_archive(reader: io.BufferedReader, problems: Problems) -> Iterator[Page]:
    """Read the pages of a WARC or WET archive; the source of each is that of the input and its record, from 1.

    :param reader: The archive, unpacked.
    :param problems: Reports each record that should be a page and cannot be read.
    """
    pages = 0
    for record in _records(_Window(reader), problems):
        try:
            page = _page(record, problems.source, problems.limits)
        except InputError as error:
            problems.add(record.number, error)
            continue
        if page:
            pages += 1
            yield page
    problems.close()
    if not pages and not problems.count:
        seen = f"no page in {problems.parts} records"
        problems.skip(Skip(problems.source, f"{seen}; expected HTML or text responses, or conversions"))


def _records(window: _Window, problems: Problems) -> Iterator[_Record]:
    is_named = False
    while window.fill(GAP):
        start = window.held[:GAP]
        if line_ends := len(start) - len(start.lstrip(b"\r\n")):
            window.drop(line_ends)
            continue
        problems.parts += 1
        try:
            yield _next_record(window, problems.parts, problems.limits)
        except InputError as error:
            is_named = window.fault is not None
            problems.add(problems.parts, window.fault or error)
            _go_to_next(window)
    if window.fault and not is_named:
        problems.add_whole(window.fault)


def _next_record(window: _Window, number: int, limits: Limits) -> _Record:
    """Take the record that begins here.

    :raises InputError: If none does, or its length is false; then next to nothing is used up.
    """
    window.fill(FIXED.header_bytes)
    start = bytes(window.held[: FIXED.header_bytes])
    if start.startswith(decoding.MISSING_PART.strip()):
        raise InputError("its packed data is damaged")
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
        content, found = bytes(window.held[: min(FIXED.header_bytes, length)]), window.drop(length)
    else:
        found = min(window.fill(body + length + GAP) - body, length)
        content = bytes(window.held[body : body + length])
    if found < length:
        raise InputError(f"Content-Length says {length:,} bytes; {found:,} follow")
    if len(content) == length:
        behind = bytes(window.held[body + length : body + length + GAP])
        rest = behind.lstrip(b"\r\n")
        if rest and not (rest.startswith(b"WARC/"[: len(rest)]) and len(rest) < len(behind)):
            raise InputError(f"Content-Length says {length:,} bytes; no record follows them")
        window.drop(body + length)
    return _Record(number, headers, content, length)


def _go_to_next(window: _Window) -> None:
    """Use up the bytes before the next line that begins a record."""
    while held := window.fill(decoding.CHUNK_BYTES):
        if start := _RECORD_START.search(window.held, 1):
            window.drop(start.start())
            return
        # A line that is cut at the end of what is held may be one.
        window.drop(held if held < decoding.CHUNK_BYTES else max(1, held - GAP))


def _page(record: _Record, source: str, limits: Limits) -> Page | None:
    """Turn a record into a page; None if it never was one."""
    fields, headers, body = record.headers, record.headers, record.content
    origin, url = fields.get("warc-type", "").lower(), fields.address("warc-target-uri")
    is_response = origin == "response"
    if is_response and (headers.media_type or "application/http").startswith("application/http"):  # no dns:
        status, headers, body = _response(record.content)
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
    body = _body(body, headers, limits, most) if is_response else body
    if kind is None and not decoding.looks_like_html(body):
        return None
    decoding.refuse_binary(body[: FIXED.header_bytes])
    page = make_page(body, f"{source}#{record.number}", kind or PageKind.HTML, most, stated=headers.charset)
    warnings = [f"the crawler cut this page: {clean(cut)[:40]}" for cut in [fields.get("warc-truncated")] if cut]
    return replace(page, url=url, warnings=(*page.warnings, *warnings))


# Responses as a crawler recorded them ---------------------------------------------------------------------------------
#
# Some crawlers store the bytes as they were sent, chunked and packed; some undo that and leave the headers. So a header
# counts only if the body agrees with it.


def _response(data: bytes) -> tuple[int, Headers, bytes]:
    """Return the status, the headers and the body of a response, which is still as it was sent."""
    status, split = re.match(rb"HTTP/\d(?:\.\d)?[ \t]{1,8}(\d{3})\b", data), split_headers(data, data.find(b"\n") + 1)
    if status is None or split is None:
        raise InputError("no HTTP response; expected a status line, headers and a blank line")
    return int(status[1]), split[0], data[split[1] :]


def _body(body: bytes, headers: Headers, limits: Limits, most: int) -> bytes:
    """Return the body as a browser would see it.

    :param most: Bytes that it may unpack to.
    :raises InputError: If it is damaged, packed in a way that is not known, or expands to more.
    """
    if headers.get("transfer-encoding", "").lower().endswith("chunked") and _CHUNK_SIZE.match(body):
        body = b"".join(_chunks(body))
    for coding in map(str.strip, reversed(headers.get("content-encoding", "").lower().split(",")[:4])):
        if coding not in ("", "identity") and body and not body.lstrip().startswith(b"<"):
            body = decoding.unpack_body(body, coding, limits, most)
    return body


def _chunks(body: bytes) -> Iterator[bytes]:
    position = 0
    while body[position : position + 3].strip():  # a connection that closed after a whole chunk lost only the end mark
        if not (size := _CHUNK_SIZE.match(body, position)):
            raise InputError("no chunk size where a chunk of the HTTP body should begin")
        start, length = size.end(), int(size[1], 16)
        if length > len(body) - start:
            raise InputError(f"an HTTP chunk says {length:,} bytes; {len(body) - start:,} follow")
        yield body[start : start + length]
        position = start + length if length else len(body)


# Pages saved as one file ----------------------------------------------------------------------------------------------


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
    body, stated = _payload(pages[0])
    page = make_page(body, source, PageKind.HTML, limits.html_bytes, stated=stated)
    frames = {part[0].get("content-id", "").strip(" <>"): part for part in pages[1:]}

    def content(address: str) -> str | None:
        part = frames.get(address.removeprefix("cid:")) if address.startswith("cid:") else None
        body, stated = _payload(part) if part else (b"", None)
        return decode(body, stated=stated).text

    text = with_frames(page.text, content) if frames else page.text
    return replace(page, text=text, url=pages[0][0].address("content-location"))


def _parts(data: bytes) -> Iterator[_Part]:
    """Yield all parts, also those in other parts, in their order; one follows the last boundary if the file was cut."""
    found = islice(_BOUNDARY.finditer(data), FIXED.mail_boundaries)
    names = b"|".join(re.escape(each[1] or each[2]) for each in found)
    delimiters = re.finditer(rb"(?:\A|\n)--(?:" + names + rb")(?:--)?[ \t]*\r?(?:\n|\Z)", data)
    marks = [each.span() for each in islice(delimiters, FIXED.mail_parts + 1)]
    if len(marks) > FIXED.mail_parts:
        raise InputError(f"more than {FIXED.mail_parts:,} parts; expected a page saved as MHTML")
    for (_, start), (end, _) in pairwise(((0, 0), *marks, (len(data), len(data)))):
        if split := split_headers(part := data[start:end]):
            yield split[0], part


def _payload(part: _Part) -> tuple[bytes, str | None]:
    """Return the body of a part, and the encoding that it states."""
    body = message_from_bytes(part[1]).get_payload(decode=True)
    return body if isinstance(body, bytes) else b"", part[0].charset


# Bundles --------------------------------------------------------------------------------------------------------------

BUNDLED_STORE = "store.db"
BUNDLE = (
    "README.txt", "bundle.json", "inputs.csv", "model_card.json", "codebook.csv", "LABEL_GUIDE.md", "targets.toml",
    "scores.csv", "labels.csv", "summary.json", "comparison.json", "methods.txt", "CITATION.txt", BUNDLED_STORE,
)  # fmt: skip
BUNDLED_TARGETS = "targets.toml"


def bundled(store: str | Path, name: str) -> Path | None:
    """Return a file of the bundle that a store is unpacked from; None if there is none, or it is empty."""
    path = Path(store).parent / name
    is_member = Path(store).is_file() and path.with_name("bundle.json").is_file()  # "." has no neighbours
    return path if is_member and path.is_file() and path.stat().st_size else None


def unbundled(path: str | Path) -> str | Path:
    """Return the store of a bundle, unpacked into a temporary folder; any other path as it is.

    :raises InputError: If it has the form of a bundle and is damaged, or too large.
    """
    if Path(path).suffix.lower() != ".zip" or not Path(path).is_file():
        return path
    found = Path(path).stat()
    return _unpack(Path(path), Path(path).resolve(), found.st_size, found.st_mtime_ns)


DAMAGE = (BadZipFile, EOFError, LookupError, OSError, RuntimeError, TypeError, ValueError, zlib.error)
"""Errors that a damaged zip archive raises."""


def checked_zip(file: BinaryIO, limits: Limits, directory_bytes: int) -> ZipFile | None:
    """Open a zip archive; None if its end is not that of a plain one, or its directory is larger than given.

    :raises InputError: If a file in it is encrypted, or all of them are larger than a limit.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - 42))
    other, end = file.read(20), file.read()  # the first may name another directory, of more than 4 GB
    is_plain = end.startswith(b"PK\5\6\0\0\0\0") and end.endswith(b"\0\0") and not other.startswith(b"PK\6\7")
    if not is_plain or int.from_bytes(end[12:16], "little") > directory_bytes:
        return None
    packed, most = ZipFile(file), min(limits.unpacked_bytes, max(limits.ratio_from_bytes, size * limits.ratio))
    members = packed.infolist()
    is_odd = any(each.flag_bits & 1 or each.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for each in members)
    if is_odd or sum(each.file_size for each in members) > most:
        raise InputError(f"a file in it is encrypted, or expands to more than {shown_size(most)} (the limit)")
    return packed


@cache
def _unpack(path: Path, _place: Path, _size: int, _time: int) -> Path:
    """Unpack the store of a bundle into a folder that is removed when the process ends. Nothing in it names a file."""
    made, limits = TemporaryDirectory(), current_limits()
    atexit.register(made.cleanup)
    store = Path(made.name) / f"{path.stem}.db"
    expected = "expected a bundle as stance export --bundle writes it; unpack other zip archives"
    try:
        with open_plain(path) as file:
            packed = checked_zip(file, limits, 10_000)
            if packed is None or tuple(packed.namelist()) != BUNDLE:
                raise InputError(f"a zip archive, but no bundle; {expected}")
            with packed, store.open("wb") as output:
                with packed.open(BUNDLED_STORE) as source:
                    shutil.copyfileobj(source, output)
                for name in ("bundle.json", LABELS_FILE, BUNDLED_TARGETS):
                    store.with_name(name).write_bytes(packed.read(name))
                stated = json.loads(packed.read("bundle.json"))["sha256"]
                for name in BUNDLE:
                    if name != "bundle.json" and hashlib.sha256(packed.read(name)).hexdigest() != stated[name]:
                        raise InputError(f"{name} was changed after the bundle was made; expected the original")
                if not packed.read(BUNDLED_STORE).startswith(b"SQLite format 3\0"):
                    raise InputError(f"{BUNDLED_STORE} is no store; {expected}")
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except DAMAGE as error:
        raise InputError(f"{path}: damaged ({str(error)[:100]}); {expected}") from None
    return store
