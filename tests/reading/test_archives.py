"""Web archives: every good record is a page, every bad one is named, and no length is taken at its word."""

import gzip
import io
import random
import zlib
from dataclasses import replace
from functools import partial

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import Page, PageKind
from stance.limits import Limits
from stance.reading import read
from tests.support.parsed import most_held
from tests.support.parsed import read_input as read_bytes
from tests.support.tables import cases

gzip_at_zero = partial(gzip.compress, mtime=0)  # names of tests are made of what they are given
noise = random.Random(0).randbytes

HTML = "<!DOCTYPE html><title>Fähre</title><p>The ferry is late again, says the mayor.</p>".encode()


def http(body: bytes = HTML, *fields: str, status: str = "200 OK", media: str | None = "text/html") -> bytes:
    lines = [f"HTTP/1.1 {status}", *([f"Content-Type: {media}"] if media else []), *fields]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def record(content: bytes, *fields: str, kind: str = "response", length: object = None, end: bytes = b"\r\n\r\n"):
    types = {"response": "application/http; msgtype=response", "conversion": "text/plain", "resource": "text/html"}
    lines = [
        "WARC/1.0",
        f"WARC-Type: {kind}",
        *fields,
        f"Content-Type: {types.get(kind, 'application/warc-fields')}",
        f"Content-Length: {len(content) if length is None else length}",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content + end


def uri(address: str) -> str:
    return f"WARC-Target-URI: {address}"


def only_page(data: bytes, limits: Limits | None = None) -> Page:
    [page], skips = read_bytes(data, limits)
    assert skips == []
    return page


def only_reason(data: bytes, limits: Limits | None = None) -> str:
    pages, [skip] = read_bytes(data, limits)
    assert pages == []
    assert skip.source == "-#1"
    assert skip.reason.startswith("record 1: ")
    return skip.reason


GOOD = record(http(), uri("http://example.org/a"))
INFO = record(b"software: test\r\n", kind="warcinfo")


def test_a_response_is_a_page_named_by_its_record():
    page = only_page(INFO + GOOD)
    assert (page.source, page.kind, page.url) == ("-#2", PageKind.HTML, "http://example.org/a")
    assert page.text == HTML.decode()


def test_a_conversion_and_a_resource_are_pages():
    wet = record("Die Fähre\nfährt.".encode(), uri("https://example.org/"), kind="conversion")
    resource = record(HTML, kind="resource")
    first, second = read_bytes(INFO + wet + resource)[0]
    assert (first.kind, first.text, first.url) == (PageKind.TEXT, "Die Fähre\nfährt.", "https://example.org/")
    assert (second.kind, second.source, second.url) == (PageKind.HTML, "-#3", None)


def test_what_was_never_a_page_is_left_out_without_a_word():
    others = [
        INFO,
        record(http(b"\x89PNG\r\n", media="image/png")),
        record(http(b"a { b: c }", media="text/css")),
        record(http(status="404 Not Found")),
        record(http(b"", "Location: /b", status="301 Moved")),
        record(http(b"User-agent: *", media="text/plain"), uri("http://example.org/robots.txt")),
        record(http(b"{}", media=None)),
        record(b"GET / HTTP/1.1\r\n\r\n", kind="request"),
        record(b"fetchTimeMs: 5\r\n", kind="metadata"),
        record(http(), kind="revisit"),
    ]
    pages, skips = read_bytes(b"".join(others) + GOOD)
    assert [page.source for page in pages] == [f"-#{len(others) + 1}"]
    assert skips == []


def test_an_archive_without_pages_is_named_once():
    pages, [skip] = read_bytes(INFO + INFO)
    assert pages == []
    assert "no page in 2 records" in skip.reason


def chunked(body: bytes, size: int = 7) -> bytes:
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%X;ext=1\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


PACKERS = {
    "gzip": gzip_at_zero,
    "x-gzip": lambda body: gzip_at_zero(body[:20]) + gzip_at_zero(body[20:]),
    "deflate": zlib.compress,
    "zstd": zstandard.compress,
    "identity": bytes,
}


def packed(body: bytes, coding: str) -> bytes:
    for step in coding.split(", "):
        body = PACKERS[step](body)
    return body


@pytest.mark.parametrize("coding", [*PACKERS, "deflate, gzip"])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_bodies_are_unpacked(coding, is_chunked):
    body = (chunked if is_chunked else bytes)(packed(HTML, coding))
    fields = [f"Content-Encoding: {coding}"] + ["Transfer-Encoding: chunked"] * is_chunked
    assert only_page(record(http(body, *fields))).text == HTML.decode()


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        (b"FFFF\r\n<p>short", "Transfer-Encoding: chunked", "says 65,535 bytes; 8 follow"),
        (b"3\r\n<p>short", "Transfer-Encoding: chunked", "no chunk size"),
        (gzip_at_zero(HTML)[:-9], "Content-Encoding: gzip", "truncated gzip"),
        (gzip_at_zero(HTML)[:-8] + b"\0" * 8, "Content-Encoding: gzip", "incorrect data check"),
        (zlib.compress(HTML)[:-9], "Content-Encoding: deflate", "truncated deflate"),
        (b"\xff\xfe\xfd", "Content-Encoding: deflate", "damaged deflate"),
        (zstandard.compress(HTML)[:-2], "Content-Encoding: zstd", "truncated zstd"),
        (b"\x1f\x9d", "Content-Encoding: compress", "packed as 'compress'"),
        (noise(500), "X: y", "binary"),
        (b" \n\t", "X: y", "no text"),
    ],
)
def test_a_bad_body_is_named_and_the_next_record_is_read(body, field, reason):
    assert reason in only_reason(record(http(body, field)))
    assert len(read_bytes(record(http(body, field)) + GOOD)[0]) == 1


@pytest.mark.parametrize("coding", ["gzip", "deflate", "zstd", "gzip, gzip"])
def test_a_body_that_is_a_bomb_stops_at_the_limit(coding):
    body = packed(b"<p>" + b"a" * 90_000, coding)
    limits = replace(Limits(), html_bytes=80_000)
    assert "expands" in only_reason(record(http(body, f"Content-Encoding: {coding}")), limits)


@cases(
    *("bad", "reason"),
    more=[
        (len(http()) + 30, "no record follows"),
        ("9" * 5000, "expected a number"),
        (b"WARC/1.0\r\nWARC-Type: response\r\n\r\n", "''; expected a number"),
        (b"WARC/x\r\n\r\n", "expected WARC/1.0"),
        (b"WARC/1.0\r\n" + b"A: b\r\n" * 20_000, "does not end"),
        (record(b"no http at all"), "no HTTP response"),
    ],
)
def test_a_bad_record_is_named_and_the_next_one_is_read(bad, reason):
    broken = bad if isinstance(bad, bytes) else record(http(), length=bad)  # else its length is false
    pages, [skip] = read_bytes(GOOD + broken + GOOD)
    assert (skip.source, reason in skip.reason) == ("-#2", True)
    assert [page.source for page in pages] == ["-#1", "-#3"] if "100,000" not in reason else ["-#1"]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_records_packed_one_by_one(pack):
    pages, skips = read_bytes(b"".join(map(pack, (INFO, GOOD, GOOD))))
    assert [page.source for page in pages] == ["-#2", "-#3"]
    assert skips == []


def test_what_the_crawler_cut_is_a_warning():
    cut = only_page(record(http(), "WARC-Truncated: length"))
    assert cut.warnings == ("the crawler cut this page: length",)


def test_pages_over_the_limit_are_named_and_other_large_records_are_passed_over():
    limits = replace(Limits(), html_bytes=1_000, page_bytes=5_000)
    large = b"<p>" + b"a" * 100_000
    data = record(http(large, media="video/mp4")) + record(http(large)) + record(http(large[:2000])) + GOOD
    pages, skips = read_bytes(data, limits)
    assert [page.source for page in pages] == ["-#4"]
    assert [skip.source for skip in skips] == ["-#2", "-#3"]
    assert all("larger than" in skip.reason for skip in skips)


def test_an_archive_that_is_a_bomb_stops_at_the_ratio():
    limits = replace(Limits(), ratio_from_bytes=10_000)
    bomb = gzip_at_zero(record(http(b"a" * 10**6, media="video/mp4")))
    pages, skips = read_bytes(gzip_at_zero(GOOD) + bomb, limits)
    assert len(pages) == 1
    assert "expands to more than 200 times" in skips[0].reason


class Repeated(io.RawIOBase):
    """Bytes that come again and again, without being held."""

    def __init__(self, part: bytes, times: int) -> None:
        self._part, self._left = part, times

    def read(self, size: int = -1) -> bytes:
        self._left -= 1
        return self._part if self._left >= 0 else b""


def test_memory_does_not_grow_with_the_archive():
    part = record(http(b"<p>" + b"The ferry is late. " * 5000), uri("http://example.org/"))

    def read_times(times: int) -> None:
        assert sum(1 for _ in read(["-"], skip=pytest.fail, stdin=Repeated(part, times))) == times

    assert most_held(read_times, 60) < 2 * most_held(read_times, 12)


@given(st.binary(max_size=200), st.sampled_from(["gzip", "deflate", "zstd", "gzip, zstd", "", "x"]), st.booleans())
def test_any_body_is_read_or_named(body, coding, is_chunked):
    fields = [f"Content-Encoding: {coding}"] + ["Transfer-Encoding: chunked"] * is_chunked
    pages, skips = read_bytes(record(http(body, *fields)))
    assert bool(pages) != bool(skips)


@given(
    st.lists(st.integers(0, len(GOOD)), max_size=4),
    st.binary(min_size=1, max_size=20).filter(lambda noise: not any(48 <= byte < 58 for byte in noise)),
)
def test_a_damaged_record_never_hides_the_one_behind_the_next(places, noise):
    damaged = bytearray(GOOD)
    for place in places:
        damaged[place : place + len(noise)] = noise
    pages, _ = read_bytes(GOOD + bytes(damaged) + b"\r\n\r\n" + GOOD + GOOD)
    assert pages[-1].text == HTML.decode()


@pytest.mark.parametrize("cut", [1, 40, -9])
def test_a_cut_archive_keeps_what_stands_before_the_cut(cut):
    pages, [skip] = read_bytes(GOOD + GOOD[:cut])
    assert (len(pages), skip.source) == (1, "-#2")
