"""Made-up pages: each is called by what it shows, and gives the facts that stand beside it in ``tests/made_pages``.

``as_usual`` names facts that are as usual in their file, ``saved_from`` is the address that a browser noted, and what
is not known is an empty text.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from stance.datamodels import Page, PageKind
from stance.parsing import parse_page

FOLDER = Path(__file__).parents[1] / "made_pages"
KINDS = {"html": PageKind.HTML, "dumps": PageKind.TEXT}
"""Words: names of folders -> what their pages are."""

OF_COMMENTS = {
    "authors": "author",
    "texts": "text",
    "replies": "reply_to",
    "posted": "posted",
    "votes": "votes",
    "quoted": "quoted",
}
"""Words: facts of all comments -> the field of each."""


def made_pages() -> dict[str, tuple[Page, dict[str, Any]]]:
    """Return each page and its facts by its name."""
    found = {}
    for path in sorted(FOLDER.rglob("*.toml")):
        rows: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        article, usual = rows.pop("article", ""), rows.pop("usual", {})
        for name, row in rows.items():
            text = row.pop("page").replace("{article}", article)
            page = Page("page", KINDS[path.parent.name], text, "utf-8", url=row.pop("saved_from", None))
            found[f"{path.stem}: {name}"] = (page, {each: usual[each] for each in row.pop("as_usual", ())} | row)
    return found


PAGES = made_pages()


def known(value: Any) -> Any:
    return [known(each) for each in value] if isinstance(value, list | tuple) else "" if value is None else value


def check(name: str) -> None:
    page, facts = PAGES[name]
    document = parse_page(page)
    for fact, value in facts.items():
        if fact in OF_COMMENTS:
            assert [known(getattr(each, OF_COMMENTS[fact])) for each in document.comments] == value, fact
        else:
            assert known(getattr(document, fact)) == value, fact


@pytest.mark.parametrize("name", PAGES)
def test_a_made_page_gives_what_stands_beside_it(name: str) -> None:
    check(name)


def test_lines_are_not_tagged_where_other_boxes_named_after_comments_are_far_from_dates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stance.parsing.html.comments.read_by_lines", None)
    check("around: boxes named after comments are far from dates")
