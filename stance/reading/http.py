"""HTTP responses as a crawler recorded them: the status, what the body is, and the body as a browser would see it.

Crawlers differ in what they keep. Some store the bytes as they went over the wire, chunked and packed; some undo that
and leave the headers that speak of it. So a header is believed only where the body bears it out.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from stance.exceptions import InputError, MissingExtraError
from stance.limits import HEADER_BYTES
from stance.reading.packing import CHUNK_BYTES, GZIP_MAGIC, ZSTD_MAGIC, gunzip, inflate, unpack_whole, unzstd

_STATUS = re.compile(rb"HTTP/\d(?:\.\d)?[ \t]{1,8}(\d{3})\b")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_CHUNK_SIZE = re.compile(rb"[ \t]{0,8}([0-9A-Fa-f]{1,12})[ \t]{0,8}(?:;[^\r\n]{0,1000})?\r?\n")
_CHARSET = re.compile(r"""charset\s{0,8}=\s{0,8}["']?([A-Za-z0-9_:.-]{1,40})""", re.I)


@dataclass(frozen=True, slots=True)
class Response:
    """One recorded response; its body is still as it was sent."""

    status: int
    fields: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str | None:
        """What the server says the body is, such as ``text/html``; None where it says nothing."""
        return self.fields.get("content-type", "").partition(";")[0].strip().lower() or None

    @property
    def charset(self) -> str | None:
        """The encoding that the server states."""
        return charset_of(self.fields.get("content-type"))


def charset_of(content_type: str | None) -> str | None:
    """Return the encoding that a content type states."""
    found = _CHARSET.search((content_type or "")[:1000])
    return found[1] if found else None


def header_end(data: bytes) -> tuple[int, int] | None:
    """Find the blank line that ends headers.

    :param data: What begins with headers.
    :return: Where the headers end and where begins what follows them; None if that is further than ``HEADER_BYTES``.
    """
    found = _BLANK_LINE.search(data, 0, HEADER_BYTES)
    return found.span() if found else None


def fields_of(header: bytes) -> dict[str, str]:
    """Read header fields, by their names in lower case; a line that begins with a blank goes on with the one before.

    :param header: Lines after the status line.
    """
    fields: dict[str, str] = {}
    name = ""
    for line in header.decode("utf-8", "replace").splitlines():
        if line[:1] in (" ", "\t") and name:
            fields[name] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        name = name.strip().lower() if colon else ""
        if name:
            fields[name] = value.strip()
    return fields


def parse_response(data: bytes) -> Response:
    """Read the status and the headers of a response.

    :param data: The response; its body may be cut.
    :raises InputError: If it begins like none.
    """
    status = _STATUS.match(data)
    end = header_end(data)
    if status is None or end is None:
        raise InputError("no HTTP response; expected a status line, headers and a blank line")
    header = data[: end[0]].partition(b"\n")[2]
    return Response(int(status[1]), fields_of(header), data[end[1] :])


def body_of(response: Response, most: int) -> bytes:
    """Return the body as a browser would have seen it.

    :param response: With its whole body.
    :param most: Bytes that it may unpack to.
    :raises InputError: If it is damaged, packed in a way that is not known, or expands to more.
    """
    body = response.body
    if response.fields.get("transfer-encoding", "").lower().endswith("chunked"):
        body = _unchunk(body)
    for coding in reversed(response.fields.get("content-encoding", "").lower().split(",")[:4]):
        body = _decode(body, coding.strip(), most)
    return body


def _unchunk(body: bytes) -> bytes:
    """Join chunks; a body that begins with no chunk size was joined by the crawler."""
    if not _CHUNK_SIZE.match(body):
        return body
    return b"".join(_chunks(body))


def _chunks(body: bytes) -> Iterator[bytes]:
    position = 0
    while position < len(body):  # a connection that closed after a whole chunk lost no more than the end mark
        size = _CHUNK_SIZE.match(body, position)
        if size is None:
            raise InputError("no chunk size where a chunk of the HTTP body should begin")
        length = int(size[1], 16)
        if length == 0:
            return
        if length > (left := len(body) - size.end()):
            raise InputError(f"an HTTP chunk says {length:,} bytes; {left:,} follow")
        yield body[size.end() : size.end() + length]
        position = size.end() + length
        position += 2 if body.startswith(b"\r\n", position) else body.startswith(b"\n", position)


def _decode(body: bytes, coding: str, most: int) -> bytes:
    """Undo one content coding; markup and a body without the coding's signature were unpacked by the crawler."""
    if coding in ("", "identity") or not body or body.lstrip()[:1] == b"<":
        return body
    match coding:
        case "gzip" | "x-gzip":
            return unpack_whole(body, gunzip, most) if body.startswith(GZIP_MAGIC) else body
        case "zstd":
            return unpack_whole(body, unzstd, most) if body.startswith(ZSTD_MAGIC) else body
        case "deflate":
            return unpack_whole(body, inflate, most)
        case "br":
            return unpack_whole(body, _unbrotli, most)
    raise InputError(f"a body packed as {coding[:20]!r}; expected gzip, deflate, br or zstd")


def _unbrotli(chunks: Iterator[bytes]) -> Iterator[bytes]:
    try:
        import brotli
    except ImportError:
        raise InputError(str(MissingExtraError("brotli", "archives"))) from None
    stream = brotli.Decompressor()
    try:
        while not stream.is_finished():
            data = next(chunks, b"") if stream.can_accept_more_data() else b""
            unpacked = stream.process(data, output_buffer_limit=CHUNK_BYTES)
            if not unpacked and not data:
                raise InputError("truncated brotli data: ends before its end mark")
            yield unpacked
    except brotli.error as error:
        raise InputError(f"damaged brotli data: {error}"[:200]) from error
