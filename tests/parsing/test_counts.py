import pytest

from stance.datamodels import Document, Page, PageKind
from stance.parsing import parse_page
from stance.parsing.counts import stated_in_lines
from tests.support.tables import table

PROSE = "<p>The old bridge was closed on Monday, and nobody knows when it will be open again.</p>" * 3


def lines_of(text: str) -> list[str]:
    return [line for line in text.split("\n") if line]


def parse(body: str, title: str = "The bridge is closed") -> Document:
    text = f"<html><head><title>{title}</title></head><body><h1>{title}</h1>{body}</body></html>"
    return parse_page(Page("page", PageKind.HTML, text, "utf-8"))


def count(body: str, title: str = "The bridge is closed") -> int | None:
    return parse(body, title).stated_comments


def thread(size: int) -> str:
    row = "<li class=comment id=c{0}><cite class=fn>Ada {0}</cite><time>2019-05-0{0}</time><p>Day {0}.</p></li>"
    return f"<ol class=commentlist>{''.join(row.format(i) for i in range(1, size + 1))}</ol>"


CAPTIONS = table("captions")

NO_CAPTIONS = table("lines_without_a_count")


@pytest.mark.parametrize(("caption", "expected"), CAPTIONS)
def test_captions_are_read_in_html_and_in_lines(caption: str, expected: int) -> None:
    assert count(f"{PROSE}<div class=comments><h3>{caption}</h3></div>") == expected
    stated = stated_in_lines(lines_of(f"The bridge is closed\n\n{caption}\n"))
    assert stated is not None
    assert stated.count == expected


@pytest.mark.parametrize("caption", NO_CAPTIONS)
def test_other_lines_are_no_captions(caption: str) -> None:
    assert count(f"{PROSE}<p>{caption}</p>") is None
    assert stated_in_lines(lines_of(f"The bridge is closed\n\n{caption}\n")) is None


LINKS = "".join(f"<li><a class=more>Story {i}</a> <span class=n>{i} comments</span></li>" for i in range(20, 26))
STORIES = "".join(f"<article class=entry><h2>Story {i}</h2><p class=meta>{i} comments</p></article>" for i in range(9))
STATED = {
    "the heading of comments before other stories": (f"{PROSE}<h3>4 comments</h3>{thread(4)}<ul>{LINKS}</ul>", 4),
    "the heading of comments behind other stories": (f"<ul>{LINKS}</ul>{PROSE}<h3>9 comments</h3>{thread(4)}", 9),
    "no list of stories": (STORIES, None),
    "a caption rather than a number in a name": (f"<p>Ann55230 discussions</p>{PROSE}<p>5 comments</p>", 5),
    "no number inside a comment": (PROSE + thread(2).replace("</p></li>", "</p><a>3 comments</a></li>"), None),
    "no denial above comments": (f"{PROSE}<p>Be the first to comment</p>{thread(3)}", None),
    "a denial without comments": (f"{PROSE}<p>Be the first to comment</p>", 0),
}


@pytest.mark.parametrize(("body", "expected"), STATED.values(), ids=STATED)
def test_what_states_the_count_of_a_page(body: str, expected: int | None) -> None:
    assert count(body) == expected


NOTES = [*map(tuple, table("counts", "cases")["NOTES"])]


@pytest.mark.parametrize(("heading", "below", "expected"), NOTES)
def test_pages_say_why_they_show_fewer_comments(heading: str, below: str, expected: str) -> None:
    document = parse(f"{PROSE}<h3>{heading}</h3>{thread(3)}{below}")
    assert document.doubts[0] == f"the page states {expected.replace(';', ', 3 were found;')}"


def test_many_captions_take_linear_time() -> None:
    size = 3_000
    assert count("<p>3 comments</p>" * size) is None
    assert count("".join(f"<p class=c{i % 7}>{i} comments</p>" for i in range(size))) is None
    stated_in_lines(lines_of("3 comments\n12\n" * size))
