"""Unpacking gzip and zstd as a stream, since a few kilobytes may unpack to gigabytes.

The standard library's ``gzip`` file refuses a page for the bytes a server left behind it, and ``zstandard`` accepts a
file that was cut; both are told apart here. What a file is follows from its first bytes; its name is not asked.
"""

import io
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO

from stance.exceptions import InputError
from stance.limits import MEGABYTE, Limits

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD_BYTES = 65_536
"""How much of an input is looked at to tell what it is."""

CHUNK_BYTES = 65_536
ZSTD_SLICE_BYTES = 1_024  # 1 kB of zstd holds up to 256 blocks of 128 kB: more at once could fill the memory
ZSTD_WINDOW_BYTES = 128 * 1024 * 1024  # what `zstd --ultra --long=27` needs, the most it unpacks without being told
GZIP_MAGIC = b"\x1f\x8b\x08"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"


def unpack(stream: BinaryIO, limits: Limits) -> io.BufferedReader:
    """Open a stream for reading, unpacked if its first bytes say that it is packed.

    :param stream: Bytes as they were saved.
    :param limits: Bounds on size and on the ratio of unpacked to packed size.
    :return: A reader that can ``peek``; its ``read`` raises ``InputError`` at a limit or at broken data.
    :raises InputError: If it is packed more than ``limits.packings`` times.
    """
    reader = _buffered(_chunks(stream))
    for _ in range(limits.packings + 1):
        unpacker = _unpacker(head(reader))
        if unpacker is None:
            return reader
        reader = _buffered(_bounded(reader, unpacker, limits))
    raise InputError(f"packed more than {limits.packings} times; expected a page inside")


def head(reader: io.BufferedReader) -> bytes:
    """Return the first bytes without consuming them: at most ``HEAD_BYTES``."""
    return reader.peek(HEAD_BYTES)[:HEAD_BYTES]


def _buffered(chunks: Iterator[bytes]) -> io.BufferedReader:
    return io.BufferedReader(_ChunkReader(chunks), HEAD_BYTES)


Unpacker = Callable[[Iterator[bytes]], Iterator[bytes]]


def _unpacker(start: bytes) -> Unpacker | None:
    if start.startswith(GZIP_MAGIC):
        return _gunzip
    if start.startswith(ZSTD_MAGIC):
        return _unzstd
    return None


def _chunks(stream: BinaryIO) -> Iterator[bytes]:
    while chunk := stream.read(CHUNK_BYTES):
        yield chunk


def _bounded(stream: BinaryIO, unpacker: Unpacker, limits: Limits) -> Iterator[bytes]:
    """Unpack, and stop where the result is too large in itself or for what it came from."""
    packed = unpacked = 0

    def counted() -> Iterator[bytes]:
        nonlocal packed
        for chunk in _chunks(stream):
            packed += len(chunk)
            yield chunk

    for chunk in unpacker(counted()):
        unpacked += len(chunk)
        if unpacked > limits.unpacked_bytes:
            raise InputError(f"expands to more than {limits.unpacked_bytes // MEGABYTE} MB, the limit")
        if unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio:
            raise InputError(f"expands to more than {limits.ratio} times its size, the limit")
        yield chunk


def _gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack one gzip member after the other; bytes that follow the last one are ignored, as gunzip does."""
    member = zlib.decompressobj(wbits=31)
    waiting = b""
    while data := waiting or next(chunks, b""):
        if member.eof:
            data = _next_member(data, chunks)
            if not data.startswith(GZIP_MAGIC):
                return
            member = zlib.decompressobj(wbits=31)
        try:
            unpacked = member.decompress(data, CHUNK_BYTES)
        except zlib.error as error:
            raise InputError(_gzip_fault(error)) from error
        waiting = member.unused_data if member.eof else member.unconsumed_tail
        if unpacked:
            yield unpacked
    # Output that filled its bound exactly may still be waiting inside; then the input is whole and only needs a flush.
    if not member.eof and (rest := member.flush()):
        yield rest
    if not member.eof:
        raise InputError("truncated gzip data: ends before its end mark")


def _next_member(data: bytes, chunks: Iterator[bytes]) -> bytes:
    while len(data) < len(GZIP_MAGIC) and (more := next(chunks, b"")):
        data += more
    return data


def _gzip_fault(error: zlib.error) -> str:
    if "incorrect data check" in str(error) or "incorrect length check" in str(error):
        return "damaged gzip data: its CRC or length does not match"
    return f"damaged gzip data: {error}"


def _unzstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack one zstd frame after the other; bytes that follow the last one are ignored."""
    import zstandard

    unpacker = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES)
    frame = unpacker.decompressobj()
    waiting = b""
    while data := waiting or next(chunks, b""):
        if frame.eof:
            if not data.startswith(ZSTD_MAGIC):
                return
            frame = unpacker.decompressobj()
        data, rest = data[:ZSTD_SLICE_BYTES], data[ZSTD_SLICE_BYTES:]
        try:
            unpacked = frame.decompress(data)
        except zstandard.ZstdError as error:
            raise InputError(f"damaged zstd data: {error}") from error
        waiting = (frame.unused_data if frame.eof else b"") + rest
        if unpacked:
            yield unpacked
    if not frame.eof:
        raise InputError("truncated zstd data: ends before its end mark")


class _ChunkReader(io.RawIOBase):
    """An iterator of byte chunks as a file, so that it can be buffered, peeked into and decoded."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the whole buffer where there is enough left, so that one ``peek`` sees the whole head."""
        target = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(target):
            if not self._rest:
                chunk = next(self._chunks, None)
                if chunk is None:
                    break
                self._rest = memoryview(chunk)
            size = min(len(target) - filled, len(self._rest))
            target[filled : filled + size] = self._rest[:size]
            self._rest = self._rest[size:]
            filled += size
        return filled
