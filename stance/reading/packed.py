"""Unpack gzip and zstd as a stream with bounds: a few kilobytes may unpack to gigabytes."""

import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO, NamedTuple

import zstandard

from stance.datamodels import Json
from stance.exceptions import InputError
from stance.limits import MOST, Limits, shown_size

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

ARCHIVE_MAGIC = b"WARC/"
HEAD_BYTES = 65_536
"""Bytes of an input that are searched to find its kind."""

CHUNK_BYTES = 65_536


class Packing(NamedTuple):
    """A way to pack data, which may have several parts, packed one by one."""

    name: str
    starts: tuple[bytes, ...]  # of each part; empty: one part, which begins with any bytes
    slice_bytes: int  # unpacked at once; zlib expands them up to 1,032 times, zstd up to 32,768 times
    begin: Callable[[bytes, Limits], Json]  # returns a decompressor of the part that begins with these bytes


def _begin_zstd(data: bytes, limits: Limits) -> Json:
    with suppress(zstandard.ZstdError):  # a skippable frame, or damaged data, which is named later
        window = zstandard.get_frame_parameters(data).window_size
        if window > limits.window_bytes:
            fault = f"packed by zstd with a window of {window:,} bytes; expected at most {limits.window_bytes:,}"
            raise InputError(f"{fault}; --limit window_bytes={window} reads it, but takes as many bytes of memory")
    return zstandard.ZstdDecompressor(max_window_size=limits.window_bytes).decompressobj()


GZIP = Packing("gzip", (b"\x1f\x8b\x08",), 16_384, lambda *_: zlib.decompressobj(wbits=31))
# Each part is a frame, or a skippable frame as ``pzstd`` writes it.
ZSTD_STARTS = (b"\x28\xb5\x2f\xfd", *(bytes((kind,)) + b"\x2a\x4d\x18" for kind in range(0x50, 0x60)))
ZSTD = Packing("zstd", ZSTD_STARTS, 1_024, _begin_zstd)


def unpack(stream: BinaryIO, limits: Limits) -> io.BufferedReader:
    """Open a stream for reading, unpacked if its first bytes are those of packed data, whatever its name.

    :return: A reader that can ``peek``; its ``read`` raises ``InputError`` at a limit or at damaged data.
    :raises InputError: If it is packed more than ``limits.packings`` times.
    """
    reader = buffered(iter(lambda: stream.read(CHUNK_BYTES), b""))
    for _ in range(limits.packings + 1):
        packing = next((candidate for candidate in (GZIP, ZSTD) if head(reader).startswith(candidate.starts)), None)
        if packing is None:
            return reader
        reader = buffered(unpacked_chunks(reader, packing, limits))
    raise InputError(f"packed more than {limits.packings} times; expected a page inside")


def unpack_body(body: bytes, coding: str, limits: Limits, most: int) -> bytes:
    """Undo one content coding of HTTP; a body without the signature of the coding was unpacked by the crawler.

    :raises InputError: If it is damaged, packed in a way that is not known, or expands to more than ``most`` bytes.
    """
    deflate = Packing("deflate", (), 16_384, lambda *_: zlib.decompressobj())
    packing = {"gzip": GZIP, "x-gzip": GZIP, "zstd": ZSTD, "deflate": deflate}.get(coding)
    if packing is None:
        raise InputError(f"a body packed as {coding[:20]!r}; expected gzip, deflate or zstd")
    if packing.starts and not body.startswith(packing.starts):
        return body
    unpacked = buffered(unpacked_chunks(io.BytesIO(body), packing, limits)).read(most + 1)
    if len(unpacked) > most:
        raise InputError(f"expands to more than {shown_size(most)} (the limit)")
    return unpacked


def head(reader: io.BufferedReader) -> bytes:
    """Return the first bytes without consuming them: at most ``HEAD_BYTES``."""
    return reader.peek(HEAD_BYTES)[:HEAD_BYTES]


def buffered(chunks: Iterator[bytes]) -> io.BufferedReader:
    """Return chunks of bytes as a file; its ``peek`` returns the whole head."""
    return io.BufferedReader(_ChunkReader(chunks), HEAD_BYTES)


def unpacked_chunks(stream: BinaryIO, packing: Packing, limits: Limits) -> Iterator[bytes]:
    """Unpack one part after the other; bytes behind the last one are ignored, as gunzip does.

    :raises InputError: If the data is damaged, ends too early, or expands beyond a limit.
    """
    part, waiting, packed, unpacked = None, b"", 0, 0
    while data := waiting or stream.read(packing.slice_bytes):
        packed += 0 if waiting else len(data)
        if part is None or part.eof:
            if len(data) < len(ZSTD_STARTS[0]):
                more = stream.read(packing.slice_bytes)
                packed, data = packed + len(more), data + more
            if part and not data.startswith(packing.starts):
                return
            part = packing.begin(data, limits)
        try:
            chunk, waiting = part.decompress(data), part.unused_data
        except (zlib.error, zstandard.ZstdError) as error:
            raise InputError(f"damaged {packing.name} data: {error}") from error
        if not unpacked and chunk.startswith(ARCHIVE_MAGIC):
            limits = replace(limits, unpacked_bytes=MOST)  # archives may have any size
        unpacked += len(chunk)
        if unpacked > limits.unpacked_bytes:
            raise InputError(f"expands to more than {shown_size(limits.unpacked_bytes)} (the limit unpacked_bytes)")
        if unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio:
            raise InputError(f"expands to more than {limits.ratio} times its size (the limit)")
        yield chunk
    if part and not part.eof:
        raise InputError(f"truncated {packing.name} data: ends before its end mark")


class _ChunkReader(io.RawIOBase):
    """Reads an iterator of chunks as a file; a fault is raised when all bytes before it were read."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks, self._rest = chunks, bytearray()
        self._fault: InputError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the whole buffer if enough is left, so that one ``peek`` returns the whole head."""
        target = memoryview(buffer).cast("B")
        try:
            while len(self._rest) < len(target) and self._fault is None:
                self._rest += next(self._chunks)
        except StopIteration:
            pass
        except InputError as error:
            self._fault = error
        if self._fault and not self._rest:
            raise self._fault
        data = self._rest[: len(target)]
        target[: len(data)] = data
        del self._rest[: len(data)]
        return len(data)
