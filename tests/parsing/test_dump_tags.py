"""Comments of text dumps by the tags of their lines: headers without a date, lists, lines like those of comments."""

import pytest

from stance.datamodels import Page, PageKind
from stance.parsing.dump import parse_text
from tests.support.tables import table

SAID = tuple(map(tuple, table("dump_tags", "cases")["SAID"]))
STORIES = tuple(map(tuple, table("dump_tags", "cases")["STORIES"]))
ARTICLE = "\n".join(
    f"The harbour office spoke about the ferry for the {number}th time, and nothing was decided by the council."
    for number in range(8)
)


def dump(thread: str, heading: str = "6 Comments") -> str:
    return f"The ferry is late\n{ARTICLE}\n\n{heading}\n{thread}\n\n© Harbour News\n"


def found(text: str) -> list[tuple[str | None, str]]:
    document = parse_text(Page("page.txt", PageKind.TEXT, text, "utf-8"))
    return [(comment.author, comment.text) for comment in document.comments]


@pytest.mark.parametrize(
    "header",
    ["{name} {number}pts", "{name}\n{name} {number}pts like 2 Like", "Posted: {name}"],
    ids=["points", "name twice", "words before the name"],
)
def test_one_form_around_many_names(header: str) -> None:
    thread = "\n\n".join(
        f"{header.format(name=name, number=number)}\n\n{text}" for number, (name, text) in enumerate(SAID)
    )
    assert found(dump(thread, "Newest | Oldest\n6 Comments")) == list(SAID)


def test_items_of_a_list_below_names() -> None:
    thread = "\n".join(f"  • {name}\n\n    {text}\n\n    • Reply\n    • Quote" for name, text in SAID)
    assert found(dump(thread)) == list(SAID)


def test_a_picture_above_the_name_is_no_part_of_it() -> None:
    thread = "\n".join(f"  {i}. avatar of {name}\n    {name}\n\n    {text}" for i, (name, text) in enumerate(SAID, 1))
    assert found(dump(thread)) == list(SAID)


@pytest.mark.parametrize("heading", ["More stories", "Latest news"])
def test_lists_of_other_pages_are_none(heading: str) -> None:
    stories = "\n".join(f"  • {title}\n\n    {lead}" for title, lead in STORIES)
    assert found(dump(stories, heading)) == []
