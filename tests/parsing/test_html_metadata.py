"""Title, author, date, outlet, address and lead of HTML pages."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import Page, PageKind
from stance.parsing.bylines import author_in
from stance.parsing.html.metadata import read_metadata
from stance.parsing.html.tree import page_tree
from stance.parsing.paragraphs import choose_paragraphs
from tests.support.tables import cases

HTML = Path(__file__).parents[1] / "made_pages" / "html"


def test_a_page_with_two_equal_headings_is_read_alike_under_each_hash_seed():
    """The page is one of ``made_pages`` too, and there read under the seed of the process of the tests."""
    page = tomllib.loads((HTML / "metadata.toml").read_text(encoding="utf-8"))["two equal headings"]
    code = (
        "import sys; from stance.datamodels import Page, PageKind; from stance.parsing import parse_page;"
        "print(parse_page(Page('page', PageKind.HTML, sys.argv[1], 'utf-8')).published)"
    )
    environment = os.environ | {"PYTHONHASHSEED": "2"}
    command = [sys.executable, "-c", code, page["page"]]
    assert subprocess.check_output(command, env=environment, text=True).strip() == page["published"]


@pytest.mark.slow
@given(
    st.recursive(
        st.text() | st.integers() | st.none(),
        lambda part: (
            st.lists(part)
            | st.dictionaries(
                st.sampled_from(["@type", "@graph", "@id", "author", "publisher", "name", "headline", "datePublished"]),
                part,
            )
        ),
    )
)
def test_any_linked_data_is_survived(linked):
    for data in (linked, {"@type": "Article", "author": linked, "publisher": linked, "@id": linked}):
        source = f"<script type='application/ld+json'>{json.dumps(data)}</script><h1>Bridge</h1>"
        read_metadata(page_tree(Page("page.html", PageKind.HTML, source, "utf-8")), url=None, heading=None)


@cases("line", "author")
def test_bylines_are_read_in_any_order_and_language(line: str, author: str | None) -> None:
    assert author_in(line) == author


TITLE, OTHER = ("Ministers weigh new terms for the deal", "The first of our sheds stands behind a bakery.")
STORY = "The ministers of five countries met to weigh new terms for the deal. " * 3


def test_an_extract_about_something_else_gives_way_to_the_lines_of_the_title() -> None:
    page = f"Home\n{TITLE}\n{STORY}\n{STORY}\nNo. 1\n{OTHER}\n"
    assert choose_paragraphs([OTHER], lambda: page, TITLE, None) == ((STORY.strip(), STORY.strip()), True)
    assert choose_paragraphs([OTHER], lambda: OTHER, TITLE, None) == ((OTHER,), False)


def test_menus_and_cells_of_tables_give_way_to_the_lines_below_the_title() -> None:
    page = f"Home\nPolitics\nSport\nWeather\n{TITLE}\n{STORY}\nRead\nAbout us"
    extracted = [*("| Home |", "| Politics | Sport |") * 20, f"| {TITLE} |", STORY, "| About us |"]
    assert choose_paragraphs(extracted, lambda: page, TITLE, None)[0] == (STORY.strip(),)
