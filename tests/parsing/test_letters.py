"""Letters that a paper sets below an article, each with the name and the town of its writer at its end."""

import re

import pytest

from stance.datamodels import Document, Page, PageKind
from stance.parsing import parse_page
from tests.support.tables import cases, table

STORY = "".join(
    f"<p>{say} put off its decision on the ferry of Marrow Bay, after two members asked for the costs.</p>"
    for say in ("On Monday the council", "The harbour's committee", "Last week the state", "In March the owner")
)
LETTERS = table("letters", "cases")["LETTERS"]


def read(heading: str, row: str, kind: PageKind, story: str = STORY) -> Document:
    head = f"<h2>{heading}</h2>" if heading else ""
    rows = [row.format(title=title, said=said, name=name, town=town) for title, said, name, town in LETTERS]
    page = f"<html><body><h1>Ferry delayed</h1><div>{story}</div><div>{head}{''.join(rows)}</div></body></html>"
    text = re.sub(r"(?:</?(?:h\d|p|br|dt|dd|div|hr)\b[^>]*>)+", "\n\n", page)
    text = page if kind is PageKind.HTML else re.sub("<[^>]*>", "", text)
    return parse_page(Page("page", kind, text, "utf-8"))


@pytest.mark.parametrize("kind", [PageKind.HTML, PageKind.TEXT])
@cases("heading", "row")
def test_letters_below_an_article_are_comments_with_their_writers(heading, row, kind):
    document = read(heading, row, kind)
    assert [(each.text, each.author) for each in document.comments] == [(said, name) for _, said, name, _ in LETTERS]
    assert document.layout == "letters"
    assert document.body
    assert not any(said in " ".join(document.body) for _, said, *_ in LETTERS)
    assert read(heading, row, kind, story="").layout != "letters"


@pytest.mark.parametrize("kind", [PageKind.HTML, PageKind.TEXT])
@cases("heading", "row")
def test_other_names_and_towns_are_no_letters(heading, row, kind):
    assert read(heading, row, kind).layout != "letters"
