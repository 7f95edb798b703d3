"""Pages saved as one file."""

import base64
import quopri
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import Page, Skip
from stance.limits import FIXED
from stance.parsing import parse_page
from stance.reading import read

PAGE = "<!doctype html><html><head><title>Fähre</title></head><body><h1>Fähre</h1><p>{}</p>{}</body></html>"
WORDS = "Die Fähre fährt noch ein Jahr, sagt der Rat; so steht es im Vertrag = 3 Seiten lang."
THREAD = (Path(__file__).parents[1] / "pages" / "disqus.html").read_text(encoding="utf-8")
HEAD = (
    "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://gazette.example/ferry\r\n"
    "Subject: =?utf-8?Q?F=C3=A4hre?=\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n"
    '\ttype="text/html";\r\n\tboundary="--Part--7--"\r\n\r\n\r\n'
)
PICTURE = "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo="


def part(text: str, coding: str = "quoted-printable", charset: str = "utf-8", more: str = "") -> str:
    data = text.encode(charset)
    body = quopri.encodestring(data) if coding == "quoted-printable" else base64.encodebytes(data)
    stated = f'Content-Type: text/html; charset="{charset}"\r\nContent-Transfer-Encoding: {coding}\r\n{more}\r\n'
    return stated + body.decode().replace("\n", "\r\n")


def saved(*parts: str, head: str = HEAD) -> bytes:
    return (head + "".join(f"----Part--7--\r\n{each}\r\n" for each in parts) + "----Part--7----\r\n").encode()


def read_one(tmp_path: Path, data: bytes, name: str = "page.mhtml") -> Page:
    def skip(problem: Skip) -> None:
        raise LookupError(problem.reason)  # which nothing else raises

    (tmp_path / name).write_bytes(data)
    [page] = read([tmp_path / name], skip=skip)
    assert isinstance(page, Page)
    return page


@pytest.mark.parametrize("name", ["page.mhtml", "page.mht", "page.html", "page", "page.txt"])
@pytest.mark.parametrize("coding", ["quoted-printable", "base64"])
@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n"])
def test_a_page_saved_as_one_file_is_read(tmp_path, name, coding, charset, line_end):
    html = PAGE.format(WORDS, "")
    location = "Content-Location: https://gazette.example/ferry\r\n"
    data = saved(PICTURE, part(html, coding, charset, location), PICTURE).replace(b"\r\n", line_end.encode())
    page = read_one(tmp_path, data, name)
    assert (page.kind, page.text.strip(), page.url) == ("html", html, "https://gazette.example/ferry")
    assert page.warnings == ()


def test_a_thread_in_a_frame_is_read_as_if_in_the_page(tmp_path):
    frame = '<iframe title=Disqus src="cid:frame-2@mhtml.blink" width=9></iframe>'
    main = part(PAGE.format(WORDS, frame * 2))
    thread = part(THREAD, more="Content-ID: <frame-2@mhtml.blink>\r\n")
    comments = parse_page(read_one(tmp_path, saved(main, PICTURE, thread))).comments
    assert [comment.author for comment in comments] == ["Ada Lind", "Bo", "Cy"]


BOUNDARIES = ["--Part--7--", *(f"b{level}" for level in range(FIXED.mail_boundaries + 1))]
NESTED = HEAD + "".join(
    f"--{outer}\r\nContent-Type: multipart/mixed; boundary={inner}\r\n\r\n" for outer, inner in pairwise(BOUNDARIES)
)

BAD = {
    "no page": (saved(PICTURE), "an MHTML file without a page; expected a part of text/html"),
    "no parts": (HEAD.encode(), "an MHTML file without a page"),
    "no text": (saved(part("  ")), "no text"),
    "no headers": (b"Once upon a time there was a ferry.", "not MHTML: begins with 'Once upon a '"),
    "too many parts": (saved(*["x"] * FIXED.mail_parts), "more than 2,000 parts"),
    "too deep": (f"{NESTED}--{BOUNDARIES[-1]}\r\n{part(PAGE)}".encode(), "an MHTML file without a page"),
}


@pytest.mark.parametrize(("data", "reason"), BAD.values(), ids=BAD)
def test_what_is_no_page_is_named(tmp_path, data, reason):
    with pytest.raises(LookupError, match=reason):
        read_one(tmp_path, data)


def test_a_file_that_was_cut_is_read_up_to_there(tmp_path):
    data = saved(part(PAGE.format(WORDS, "")))
    assert "Die Fähre fährt" in read_one(tmp_path, data[: data.index(b"Vertrag")]).text


LINES = [*HEAD.split("\r\n"), *part(PAGE).split("\r\n"), "", "----Part--7--", ";", "=", "\xe9"]


@given(st.lists(st.sampled_from(LINES)))
def test_any_parts_are_read_or_named(tmp_path_factory, lines):
    with suppress(LookupError):
        read_one(tmp_path_factory.mktemp("mail"), (HEAD + "\r\n".join(lines)).encode("latin-1"))


def test_a_dump_that_begins_as_a_mail_does_is_a_dump(tmp_path):
    page = read_one(tmp_path, f"From: Ada\nSubject: Ferry\n\n{WORDS}\n".encode(), "page.txt")
    assert (page.kind, page.encoding) == ("text", "utf-8")
