"""Title, author, date, outlet, address and lead of HTML pages."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stance.datamodels import Page, PageKind
from stance.parsing.bylines import author_in
from stance.parsing.html.metadata import Metadata, read_metadata
from stance.parsing.html.page import parse_html
from stance.parsing.html.tree import page_tree
from stance.parsing.paragraphs import choose_paragraphs
from tests.support.tables import cases, table

ARTICLE = table("html_metadata", "cases")["ARTICLE"]
GRAPH = {"@graph": [ARTICLE, {"@type": "Person", "@id": "#piet", "name": "Piet O&#039;Hara"}]}


def read(body: str = "", head: str = "", linked: object = None, url: str | None = None) -> Metadata:
    script = f"<script type='application/ld+json'>{json.dumps(linked)}</script>" if linked else ""
    source = f"<html><head>{head}{script}</head><body>{body}</body></html>"
    root = page_tree(Page("page.html", PageKind.HTML, source, "utf-8"))
    return read_metadata(root, url)


def test_linked_data_tells_title_authors_time_and_outlet():
    assert read(linked=GRAPH) == Metadata(
        "Council agrees", "Rosa Vermeer; Piet O'Hara", "2024-03-05T22:10:00+01:00", "River Gazette", None, None
    )


def test_meta_tells_what_linked_data_does_not():
    head = (
        "<meta property='og:title' content='A new bridge'><meta name='Author' content='Ada Low'>"
        "<meta property='article:published_time' content='2021-02-03T10:00:00Z'>"
        "<meta property='og:site_name' content='The Paper'><link rel='canonical' href='/bridge'>"
    )
    told = read(head=head, url="https://www.paper.example/bridge?from=mail")
    assert told == Metadata(
        "A new bridge", "Ada Low", "2021-02-03T10:00:00+00:00", "The Paper", "https://www.paper.example/bridge", None
    )


@cases("given", "published")
def test_time_of_publication(given: list[str], published: str | None):
    names = ("article:published_time", "dcterms.created")
    head = "".join(f"<meta name='{name}' content='{date}'>" for name, date in zip(names, given, strict=False))
    assert read(head=head.encode(errors="replace").decode()).published == published


@cases("byline", "author")
def test_readers_see_who_wrote_it(byline, author):
    assert read(f"<article><h1>Bridge</h1>{byline}</article>").author == author


@pytest.mark.parametrize(
    ("head", "outlet"),
    [
        (
            "<meta property=og:site_name content=www.paper.example><meta name=application-name content=Paper>",
            "Paper",
        ),
        ("<title>A bridge - Harbour Talk</title><meta property=og:site_name content=HarbourTalk>", "Harbour Talk"),
        ("<meta property=og:site_name content='Harbour Talk: news and views of the quay'>", "Harbour Talk"),
    ],
)
def test_a_site_is_named_by_its_name(head, outlet):
    assert read(head=head).outlet == outlet


def test_a_writer_whom_the_page_hides_is_not_its_author():
    linked = {"@type": "Article", "author": {"@type": "Person", "name": "Foreign Desk"}}
    assert read("<h1>Bridge</h1><p class='byline'>Ada Low</p>", linked=linked).author == "Ada Low"
    head = "<meta name=twitter:label1 content='Written by'><meta name=twitter:data1 content='Ada Low'>"
    assert read(head=head).author == "Ada Low"


@pytest.mark.parametrize("seed", ["1", "2"])
def test_a_page_with_two_equal_headings_is_read_alike_under_each_hash_seed(seed):
    parts = (f"<div><h1>Bridge agreed at last</h1><p><time>{day} March 2024</time></p></div>" for day in range(1, 9))
    page = f"<title>Bridge agreed at last, says council</title>{''.join(parts)}"
    code = (
        "import sys; from stance.datamodels import Page, PageKind; from stance.parsing import parse_page;"
        "print(parse_page(Page('page', PageKind.HTML, sys.argv[1], 'utf-8')).published)"
    )
    environment = os.environ | {"PYTHONHASHSEED": seed}
    command = [sys.executable, "-c", code, page]
    assert subprocess.check_output(command, env=environment, text=True).strip() == "2024-03-01"


def test_people_come_before_organizations():
    linked = ARTICLE | {"author": {"@type": "Organization", "name": "The Desk"}}
    assert read(linked=linked).author == "The Desk"
    assert read("<p class='byline'>By Ada Low</p>", linked=linked).author == "Ada Low"


@cases("title", "body", "expected")
def test_the_headline_is_what_the_page_title_repeats(title, body, expected):
    assert read(body, f"<title>{title}</title>").title == expected


@cases("given", "expected")
def test_the_title_is_the_headline_that_readers_see(given, expected):
    head = f"<title>Bridge agreed - The Paper</title><meta property='og:title' content='{given}'>"
    assert read("<h1>Bridge agreed</h1>", head).title == expected


@cases("body", "expected")
def test_date_that_readers_see_beside_the_headline(body, expected):
    assert read(body).published == expected


def test_a_heading_that_links_to_the_first_page_is_no_headline():
    assert (
        read("<h1><a href='/'>The Paper</a></h1><h2>A bridge</h2>", "<title>A bridge - The Paper</title>").title
        == "A bridge"
    )
    assert read("<h1 class='site-title'>The Paper</h1><p>Nothing</p>").title is None


@pytest.mark.parametrize("href", ["javascript:alert(1)", "https://[broken", "mailto:a@b.example", " "])
def test_an_address_that_is_none_is_not_taken(href):
    assert read(head=f"<link rel='canonical' href='{href}'>", url="https://paper.example/a").url == (
        "https://paper.example/a"
    )


LEAD = "<p class='standfirst'>After nine years of talks the council agreed on a bridge.</p>"


def test_the_lead_is_what_is_called_so_after_the_headline():
    expected = "After nine years of talks the council agreed on a bridge."
    assert read(f"<h1>Bridge</h1>{LEAD}<p class='text'>The vote was close.</p>").lead == expected
    assert read(f"{LEAD}<h1>Bridge</h1>").lead is None
    assert (
        read("<h1>Bridge</h1><div class='lead'><img src='a.png'>A picture of the new bridge, at noon</div>").lead
        is None
    )


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
    read("<h1>Bridge</h1>", linked={"@type": "Article", "author": linked, "publisher": linked, "@id": linked})
    read("<h1>Bridge</h1>", linked=linked)


@cases("line", "author")
def test_bylines_are_read_in_any_order_and_language(line: str, author: str | None) -> None:
    assert author_in(line) == author


def test_a_date_far_from_the_address_is_of_something_else():
    head = "<meta name='dcterms.date' content='2013-01-07'>"
    body = "<h1>A new bridge</h1><p>7 March 2015 22:30</p>"
    assert read(body, head, url="https://paper.example/2015-03-08/bridge").published == "2015-03-07T22:30"


def test_a_label_beside_a_title_is_no_part_of_it():
    head = "<meta property='og:title' content='A bridge'>"
    assert read("<h1><span>A bridge</span> <b>video</b></h1>", head).title == "A bridge"
    assert read("<h1>A bridge<br><small>02.02.2022 • Town, Press</small></h1>", head).title == "A bridge"


PARAGRAPH = f"<p>{'The council agreed on a bridge after nine years. ' * 5}</p>"
STORY = f"<div class='story'><h1>A bridge at last</h1>%s{PARAGRAPH * 3}</div>"


@cases("head", "below", "beside", "author")
def test_author_of_an_article_is_no_maker_of_pages_and_not_from_its_margin(
    head: str, below: str, beside: str, author: str | None
) -> None:
    text = f"<html><head><meta name='author' content='{head}'></head><body>{STORY % below}{beside}</body></html>"
    assert read_metadata(page_tree(Page("a", PageKind.HTML, text, "utf-8"))).author == author


OTHER = "The first of our sheds stands behind a bakery in the north, and every board of it is painted in yellow."


def test_an_extract_about_something_else_gives_way_to_the_lines_of_the_title() -> None:
    story = "The ministers of five countries met to weigh new terms for the deal. " * 3
    page = f"Home\nMinisters weigh new terms for the deal\n{story}\n{story}\nNo. 1\n{OTHER}\n"
    body, of_topic = choose_paragraphs([OTHER], lambda: page, "Ministers weigh new terms for the deal", None)
    assert body == (story.strip(), story.strip())
    assert of_topic
    body, of_topic = choose_paragraphs([OTHER], lambda: OTHER, "Ministers weigh new terms for the deal", None)
    assert body == (OTHER,)
    assert not of_topic


def test_menus_and_cells_of_tables_give_way_to_the_lines_below_the_title() -> None:
    story = "The ministers of five countries met to weigh new terms for the deal. " * 3
    page = f"Home\nPolitics\nSport\nWeather\nMinisters weigh new terms\n{story}\nRead\nAbout us"
    extracted = [*("| Home |", "| Politics | Sport |") * 20, "| Ministers weigh new terms |", story, "| About us |"]
    assert choose_paragraphs(extracted, lambda: page, "Ministers weigh new terms", None)[0] == (story.strip(),)


@pytest.mark.parametrize("make", ["li class='live-update-item'", "div class='livefeed odd byuser depth-1'"])
def test_entries_of_a_live_blog_are_the_article(make: str) -> None:
    said = "<p>The delegation of {} arrives at the custom house.</p>"
    entry = f"<{make}><b>tward</b> <span>{{}}:14 am</span>{said}</{make[:3].strip()}>"
    entries = "".join(entry.format(hour, place) for hour, place in enumerate(("Turku", "Riga", "Gdansk", "Kiel"), 6))
    text = f"<h1>A bridge at last</h1>{PARAGRAPH}<div>{entries}</div>"
    document = parse_html(Page("a", PageKind.HTML, text, "utf-8"))
    assert not document.comments
    assert [line for line in document.body if "delegation" in line] == [
        f"The delegation of {place} arrives at the custom house." for place in ("Turku", "Riga", "Gdansk", "Kiel")
    ]


def test_a_date_in_a_line_with_other_words_is_found_beside_the_headline() -> None:
    line = (
        "<p id='d'>Added: 31 December 2011, 18:00 <span id='b'>Author: Ada Low, reporter of the harbour desk</span></p>"
    )
    assert read(STORY % line).published == "2011-12-31T18:00"
