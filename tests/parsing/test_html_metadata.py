"""Title, author, date, outlet, address and lead of HTML pages."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import Page, PageKind
from stance.parsing.bylines import author_in
from stance.parsing.html.metadata import read_metadata
from stance.parsing.html.tree import page_tree
from tests.support.tables import cases

HTML = Path(__file__).parents[1] / "made_pages" / "html"


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
