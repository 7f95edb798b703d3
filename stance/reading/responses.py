"""Read responses as a crawler recorded them.

Some crawlers store the bytes as they were sent, chunked and packed; some undo that and leave the headers. So a header
counts only if the body agrees with it.
"""

import re
from collections.abc import Iterator

from stance.exceptions import InputError
from stance.limits import Limits
from stance.reading.headers import Headers, split_headers
from stance.reading.packed import unpack_body

_CHUNK_SIZE = re.compile(rb"(?:\r?\n)?[ \t]{0,8}([0-9A-Fa-f]{1,12})[ \t]{0,8}(?:;[^\r\n]{0,1000})?\r?\n")


#
# Some crawlers store the bytes as they were sent, chunked and packed; some undo that and leave the headers. So a header
# counts only if the body agrees with it.
def split_response(data: bytes) -> tuple[int, Headers, bytes]:
    """Return the status, the headers and the body of a response, which is still as it was sent."""
    status, split = re.match(rb"HTTP/\d(?:\.\d)?[ \t]{1,8}(\d{3})\b", data), split_headers(data, data.find(b"\n") + 1)
    if status is None or split is None:
        raise InputError("no HTTP response; expected a status line, headers and a blank line")
    return int(status[1]), split[0], data[split[1] :]


def body_of(body: bytes, headers: Headers, limits: Limits, most: int) -> bytes:
    """Return the body as a browser would see it.

    :param most: Bytes that it may unpack to.
    :raises InputError: If it is damaged, packed in a way that is not known, or expands to more.
    """
    if headers.get("transfer-encoding", "").lower().endswith("chunked") and _CHUNK_SIZE.match(body):
        body = b"".join(_chunks(body))
    for coding in map(str.strip, reversed(headers.get("content-encoding", "").lower().split(",")[:4])):
        if coding not in ("", "identity") and body and not body.lstrip().startswith(b"<"):
            body = unpack_body(body, coding, limits, most)
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
