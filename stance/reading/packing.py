"""Unpacking gzip and zstd as a stream, since a few kilobytes may unpack to gigabytes.

The standard library's ``gzip`` file refuses a page for the bytes a server left behind it, and ``zstandard`` accepts a
file that was cut; both are told apart here. What a file is follows from its first bytes; its name is not asked.

A web archive is read record by record and may be of any size, so only the ratio bounds it. Its records are packed one
by one, so behind a damaged one the next is looked for; what stands in its place makes the loss seen.
"""

import io
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, BinaryIO, Protocol

from stance.exceptions import InputError
from stance.limits import DAMAGED_PARTS, ZSTD_WINDOW_BYTES, Limits, shown_size

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

HEAD_BYTES = 65_536
"""How much of an input is looked at to tell what it is."""

CHUNK_BYTES = 65_536
ZSTD_SLICE_BYTES = 1_024  # 1 kB of zstd holds up to 256 blocks of 128 kB: more at once could fill the memory
GZIP_MAGIC = b"\x1f\x8b\x08"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
ZSTD_STARTS = (ZSTD_MAGIC, *(bytes((kind,)) + b"\x2a\x4d\x18" for kind in range(0x50, 0x60)))
"""What a zstd file may begin with, and each further part of it: a frame, or notes of the program that packed it, as
``pzstd`` and tables to seek by have them."""

ARCHIVE_MAGIC = b"WARC/"
PARQUET_MAGIC = b"PAR1"
BROKEN_PART = b"\r\n\r\nbroken part\r\n\r\n"
"""Stands in an unpacked archive where a part broke off: what is before it is no whole record."""

MISSING_PART = b"\r\n\r\nWARC/? missing part\r\n\r\n"
"""Stands in an unpacked archive where nothing of a part could be unpacked: it takes the place of a record."""


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


def unpack_whole(data: bytes, unpacker: "Unpacker", most: int) -> bytes:
    """Unpack what is held in memory.

    :param data: Packed bytes.
    :param unpacker: ``gunzip`` or one like it.
    :param most: Bytes that the result may have.
    :raises InputError: If the data is damaged, or expands to more.
    """
    unpacked = bytearray()
    for chunk in unpacker(data[start : start + CHUNK_BYTES] for start in range(0, len(data), CHUNK_BYTES)):
        unpacked += chunk
        if len(unpacked) > most:
            raise InputError(f"expands to more than {shown_size(most)}, the limit")
    return bytes(unpacked)


def _buffered(chunks: Iterator[bytes]) -> io.BufferedReader:
    return io.BufferedReader(_ChunkReader(chunks), HEAD_BYTES)


Unpacker = Callable[[Iterator[bytes]], Iterator[bytes]]


def _unpacker(start: bytes) -> Unpacker | None:
    if start.startswith(GZIP_MAGIC):
        return gunzip
    if start.startswith(ZSTD_STARTS):
        return unzstd
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

    is_archive = False
    for chunk in unpacker(counted()):
        is_archive = is_archive or (not unpacked and chunk.startswith(ARCHIVE_MAGIC))
        unpacked += len(chunk)
        if unpacked > limits.unpacked_bytes and not is_archive:
            raise InputError(f"expands to more than {shown_size(limits.unpacked_bytes)}, the limit")
        if unpacked > limits.ratio_from_bytes and unpacked > packed * limits.ratio:
            raise InputError(f"expands to more than {limits.ratio} times its size, the limit")
        yield chunk


def gunzip(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack one gzip member after the other; bytes that follow the last one are ignored, as gunzip does.

    :param chunks: Packed bytes, as they come.
    :raises InputError: If the data is damaged or ends too early.
    """
    return _unpack_parts(chunks, (GZIP_MAGIC,), _GzipMember)


def unzstd(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack one zstd frame after the other; bytes that follow the last one are ignored.

    :param chunks: Packed bytes, as they come.
    :raises InputError: If the data is damaged or ends too early.
    """
    return _unpack_parts(chunks, ZSTD_STARTS, _ZstdFrame)


class _Part(Protocol):
    """A part of a packed file that was packed by itself."""

    name: str

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Return what was unpacked, and what of ``data`` is still to be fed; raise ``InputError`` at damage."""

    def flush(self) -> bytes:
        """Return what waits inside when there is nothing left to feed."""

    @property
    def eof(self) -> bool:
        """Whether the end mark was seen."""


def _unpack_parts(chunks: Iterator[bytes], starts: tuple[bytes, ...], begin: Callable[[], _Part]) -> Iterator[bytes]:
    part, magic = begin(), starts[0]
    waiting, is_archive, begun, part_begun, lost = b"", False, False, False, 0
    while data := waiting or next(chunks, b""):
        if part.eof:
            data = _at_least(len(magic), data, chunks)
            part, part_begun = begin(), False
            if not data.startswith(starts) and (not is_archive or not data.strip(b"\0")):
                return
        try:
            unpacked, waiting = part.feed(data)
        except InputError:
            if not is_archive:
                raise
            yield BROKEN_PART if part_begun else MISSING_PART
            lost += 1
            if lost > DAMAGED_PARTS:
                raise InputError(f"more than {DAMAGED_PARTS:,} damaged parts; the rest was left out") from None
            waiting, part, part_begun = _seek(data[1:], chunks, magic), begin(), False
            if not waiting:
                return
            continue
        if unpacked:
            is_archive = is_archive or (not begun and unpacked.startswith(ARCHIVE_MAGIC))
            begun = part_begun = True
            yield unpacked
    if not part.eof and (rest := part.flush()):
        yield rest
    if not part.eof:
        raise InputError(f"truncated {part.name} data: ends before its end mark")


class _GzipMember:
    """One member of a gzip file."""

    name = "gzip"

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._stream.eof

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        try:
            unpacked = self._stream.decompress(data, CHUNK_BYTES)
        except zlib.error as error:
            raise InputError(_gzip_fault(error)) from error
        return unpacked, self._stream.unused_data if self._stream.eof else self._stream.unconsumed_tail

    def flush(self) -> bytes:
        """Output that filled its bound exactly may still be waiting inside."""
        return self._stream.flush()


class _ZstdFrame:
    """One frame of a zstd file."""

    name = "zstd"

    def __init__(self) -> None:
        import zstandard

        self._error = zstandard.ZstdError
        self._stream = zstandard.ZstdDecompressor(max_window_size=ZSTD_WINDOW_BYTES).decompressobj()

    @property
    def eof(self) -> bool:
        return self._stream.eof

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        try:
            unpacked = self._stream.decompress(data[:ZSTD_SLICE_BYTES])
        except self._error as error:
            if "Dictionary mismatch" in str(error):  # it may stand before the data, as in archives of ArchiveTeam
                raise InputError("packed by zstd with a dictionary; expected it unpacked, or packed without") from error
            raise InputError(f"damaged zstd data: {error}") from error
        return unpacked, (self._stream.unused_data if self._stream.eof else b"") + data[ZSTD_SLICE_BYTES:]

    def flush(self) -> bytes:
        return b""


def inflate(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Unpack what HTTP calls deflate: zlib data, or, from servers that took the name literally, without its header.

    :param chunks: Packed bytes, as they come.
    :raises InputError: If the data is damaged.
    """
    data = next(chunks, b"")
    has_header = len(data) > 1 and data[0] & 0x0F == 8 and int.from_bytes(data[:2], "big") % 31 == 0
    stream = zlib.decompressobj(wbits=15 if has_header else -15)
    while data and not stream.eof:
        try:
            yield stream.decompress(data, CHUNK_BYTES)
        except zlib.error as error:
            raise InputError(f"damaged deflate data: {error}") from error
        data = stream.unconsumed_tail or next(chunks, b"")
    if not stream.eof and (rest := stream.flush()):
        yield rest
    if not stream.eof:
        raise InputError("truncated deflate data: ends before its end mark")


def _at_least(size: int, data: bytes, chunks: Iterator[bytes]) -> bytes:
    while len(data) < size and (more := next(chunks, b"")):
        data += more
    return data


def _seek(data: bytes, chunks: Iterator[bytes], magic: bytes) -> bytes:
    """Return what is left from the next beginning of a part on, or nothing."""
    while (start := data.find(magic)) < 0:
        more = next(chunks, b"")
        if not more:
            return b""
        data = data[1 - len(magic) :] + more
    return data[start:]


def _gzip_fault(error: zlib.error) -> str:
    if "incorrect data check" in str(error) or "incorrect length check" in str(error):
        return "damaged gzip data: its CRC or length does not match"
    return f"damaged gzip data: {error}"


class _ChunkReader(io.RawIOBase):
    """An iterator of byte chunks as a file, so that it can be buffered, peeked into and decoded."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = memoryview(b"")
        self._fault: InputError | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the whole buffer where there is enough left, so that one ``peek`` sees the whole head.

        A fault is raised only when all that stands before it was given out.
        """
        target = memoryview(buffer).cast("B")
        filled = 0
        while filled < len(target):
            if not self._rest and not self._refill():
                break
            size = min(len(target) - filled, len(self._rest))
            target[filled : filled + size] = self._rest[:size]
            self._rest = self._rest[size:]
            filled += size
        if self._fault and not filled:
            raise self._fault
        return filled

    def _refill(self) -> bool:
        if self._fault is None:
            try:
                self._rest = memoryview(next(self._chunks, b""))
            except InputError as error:
                self._fault = error
        return bool(self._rest)
