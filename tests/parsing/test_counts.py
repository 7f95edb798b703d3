import pytest

from stance.datamodels import Document, Page, PageKind
from stance.parsing import parse_page
from stance.parsing.counts import StatedCount, explain_difference, stated_in_lines
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


def test_the_heading_of_the_comments_outweighs_counts_of_other_stories() -> None:
    others = "".join(f"<li><a class=more>Story {i}</a> <span class=n>{i} comments</span></li>" for i in range(20, 26))
    assert count(f"{PROSE}<h3>4 comments</h3>{thread(4)}<ul>{others}</ul>") == 4
    assert count(f"<ul>{others}</ul>{PROSE}<h3>9 comments</h3>{thread(4)}") == 9


def test_a_list_of_stories_states_no_count() -> None:
    others = "".join(
        f"<article class=entry><h2>Story {i}</h2><p class=meta>{i} comments</p></article>" for i in range(9)
    )
    assert count(others, "News") is None


def test_a_number_in_a_name_counts_less() -> None:
    assert count(f"<p>Ann55230 discussions</p>{PROSE}<p>5 comments</p>") == 5


def test_numbers_inside_comments_do_not_count() -> None:
    assert count(PROSE + thread(2).replace("</p></li>", "</p><a>3 comments</a></li>")) is None


def test_a_denial_above_comments_is_not_believed() -> None:
    assert count(f"{PROSE}<p>Be the first to comment</p>{thread(3)}") is None
    assert count(f"{PROSE}<p>Be the first to comment</p>") == 0


NOTES = [*map(tuple, table("counts", "cases")["NOTES"])]


@pytest.mark.parametrize(("heading", "below", "expected"), NOTES)
def test_pages_say_why_they_show_fewer_comments(heading: str, below: str, expected: str) -> None:
    document = parse(f"{PROSE}<h3>{heading}</h3>{thread(3)}{below}")
    assert document.doubts[0] == f"the page states {expected.replace(';', ', 3 were found;')}"


def test_pingbacks_explain_a_larger_count() -> None:
    document = parse(f"{PROSE}<h3>4 comments</h3>{thread(3)}<p>Pingback: A walk</p>")
    assert (document.stated_comments, "states" in "".join(document.doubts)) == (4, False)


def test_lines_near_the_section_are_preferred() -> None:
    lines = lines_of("Story\n12 comments\n" + "Some words.\n" * 40 + "4 comments\nAda\nI walk.\n")
    assert stated_in_lines(lines, range(42, 45)) == StatedCount(4)


def test_a_number_below_its_heading_is_read() -> None:
    assert stated_in_lines(lines_of("The bridge is closed\nComments\n224\nLog in\n")) == StatedCount(224)


def test_differences_are_explained() -> None:
    assert explain_difference(None, 3) is None
    assert explain_difference(StatedCount(3), 3) is None
    assert explain_difference(StatedCount(2), 1) == "the page states 2 comments, 1 was found"
    assert explain_difference(StatedCount(1), 4) == (
        "the page states 1 comment, 4 were found; its count may leave out answers"
    )


def test_many_captions_take_linear_time() -> None:
    size = 3_000
    assert count("<p>3 comments</p>" * size) is None
    assert count("".join(f"<p class=c{i % 7}>{i} comments</p>" for i in range(size))) is None
    stated_in_lines(lines_of("3 comments\n12\n" * size))
