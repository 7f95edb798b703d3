"""Made-up pages: each is called by what it shows, and gives the facts that stand beside it in ``tests/made_pages``.

``as_usual`` names facts that are as usual in their file, ``saved_from`` is the address that a browser noted, and what
is not known is an empty text.
"""

import tomllib
from pathlib import Path
from typing import Any

import pytest

import stance
from stance.datamodels import Document

FOLDER = Path(__file__).parents[1] / "made_pages"
ENDINGS = {"html": ".html", "dumps": ".txt"}
"""Words: names of folders -> the ending of a page."""

OF_COMMENTS = {
    "authors": "author",
    "texts": "text",
    "replies": "reply_to",
    "posted": "posted",
    "votes": "votes",
    "quoted": "quoted",
}
"""Words: facts of all comments -> the field of each."""


def made_pages() -> dict[str, tuple[str, str, dict[str, Any]]]:
    """Return each page and its facts by its name."""
    found = {}
    for path in sorted(FOLDER.rglob("*.toml")):
        rows: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        article, usual = rows.pop("article", ""), rows.pop("usual", {})
        for name, row in rows.items():
            text = row.pop("page").replace("{article}", article)
            if address := row.pop("saved_from", None):
                text = f"<!-- saved from url=({len(address):04}){address} -->\n{text}"
            facts = {each: usual[each] for each in row.pop("as_usual", ())} | row
            found[f"{path.stem}: {name}"] = (f"page{ENDINGS[path.parent.name]}", text, facts)
    return found


PAGES = made_pages()


def known(value: Any) -> Any:
    return [known(each) for each in value] if isinstance(value, list | tuple) else "" if value is None else value


def check(document: Document, facts: dict[str, Any]) -> None:
    for fact, value in facts.items():
        if fact in OF_COMMENTS:
            assert [known(getattr(each, OF_COMMENTS[fact])) for each in document.comments] == value, fact
        else:
            assert known(getattr(document, fact)) == value, fact


@pytest.mark.filterwarnings("ignore:.*no article body")
@pytest.mark.parametrize("name", PAGES)
def test_a_made_page_gives_what_stands_beside_it(name: str, tmp_path: Path) -> None:
    file, text, facts = PAGES[name]
    (tmp_path / file).write_text(text, encoding="utf-8")
    (document,) = stance.parse(tmp_path / file)
    check(document, facts)
