"""HTML pages: one page per comment system, each with the same conversation, and pages meant to do harm."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stance.datamodels import Page, PageKind
from stance.exceptions import InputError
from stance.parsing.html import lines as html_lines
from stance.parsing.html import page as html_page
from stance.parsing.html.comments import find_comments
from stance.parsing.html.selectors import Index
from stance.parsing.layouts import HTML_LAYOUTS
from tests.support.parsed import PAGES, parse_file
from tests.support.parsed import parse_html as parse
from tests.support.tables import cases, repeated, table

ARTICLE = "<article>" + "<p>The council met on Tuesday and agreed on many things at length.</p>" * 8 + "</article>"


def tree(source: str):
    from lxml import html

    return html.document_fromstring(source)


# Layouts

CONVERSATION = [
    ("Ada Lind", "High time. The old one shakes\nwhenever a van crosses.", None),
    ("Bo", "High time.\nTwo years without lorries suit me well.", "High time."),
    ("Cy", "Who pays for the ferry?", None),
]
LAYOUT_OF_PAGE = {layout.name: layout.name for layout in HTML_LAYOUTS if layout.name != "wordpress"}
LAYOUT_OF_PAGE |= table("layouts_of_pages")
NO_COMMENTS = ("script-loaded", "recent-comments")
UNDATED = {"disqus-static", "youtube"}
QUOTES_UNTOLD = {"structure-heading", "structure-table", "hacker-news", "json-ld", "youtube"}
NESTED = frozenset(table("html", "cases")["NESTED"])
WITH_VOTES = frozenset(table("html", "cases")["WITH_VOTES"])


def test_every_page_is_looked_at():
    assert {page.stem for page in PAGES.glob("*.html")} == {*LAYOUT_OF_PAGE, *NO_COMMENTS}


@pytest.mark.parametrize(("name", "layout"), LAYOUT_OF_PAGE.items())
def test_each_comment_system_gives_the_same_conversation(name, layout):
    document = parse_file(name)
    assert document.layout.removeprefix("rows:") == layout
    assert [(c.author, c.text) for c in document.comments] == [(author, text) for author, text, _ in CONVERSATION]
    assert [c.comment_id for c in document.comments] == ["c1", "c2", "c3"]
    assert [c.reply_to for c in document.comments] == [None, "c1" if name in NESTED else None, None]
    if name not in UNDATED:
        posted = [(c.posted or "")[:16] for c in document.comments]
        assert posted == ["2024-03-05T09:15", "2024-03-05T10:00", "2024-03-06T07:30"]
    if name not in QUOTES_UNTOLD:
        assert [c.quoted for c in document.comments] == [quoted for _, _, quoted in CONVERSATION]
    assert document.comments[0].votes == (4 if name in WITH_VOTES else None)
    assert document.stated_comments in (3, None)
    assert document.warnings == ()


@pytest.mark.parametrize("name", [*LAYOUT_OF_PAGE, *NO_COMMENTS])
def test_the_article_holds_no_comment(name):
    document = parse_file(name)
    assert document.title == "Council agrees on a new bridge"
    assert document.outlet == "The River Gazette"
    assert document.url == "https://gazette.example/2024/03/new-bridge"
    assert document.author == "Rosa Vermeer"
    assert document.published[:11] == "2024-03-05T"
    body = " ".join(document.body)
    assert body.startswith("The town council agreed on Tuesday")
    assert body.endswith("two years of detours would cost them customers.")
    for _, text, _ in CONVERSATION:
        assert text.splitlines()[-1] not in body


@pytest.mark.parametrize("name", sorted(LAYOUT_OF_PAGE))
def test_nothing_is_found_where_the_comments_were_taken_out(name):
    page = tree((PAGES / f"{name}.html").read_text(encoding="utf-8"))
    for element in find_comments(Index(page)).elements:
        element.drop_tree()
    from lxml import html

    left = html.tostring(page, encoding="unicode").replace("application/ld+json", "text/plain")
    assert parse(left).comments == ()


def test_lists_of_latest_comments_and_forms_are_no_comments():
    document = parse_file("recent-comments")
    assert (document.comments, document.layout, document.warnings) == ((), "none", ())


@cases("selector", "found")
def test_selectors(selector, found):
    page = tree(
        '<div><p class="x" id="a"></p><section class="s"><p class="x y" id="b" data-k="one"></p></section>'
        '<p id="c" data-k="two" class="xx"></p></div>'
    )
    assert "".join(str(element.get("id")) for element in Index(page).select(selector)) == found


@pytest.mark.parametrize("source", ["<div>" * 10_000, "<b><i>" * 5_000, "<table><tr><td>" * 3_000])
def test_deep_nesting_is_refused(source):
    with pytest.raises(InputError, match="nested"):
        parse(source + "deep")


@cases("parts")
def test_long_nonsense_has_no_comments(parts):
    assert parse(repeated(parts)).comments == ()


@pytest.mark.parametrize("source", ["<!--" * 10_000, "</p>" * 10_000, "<![CDATA[" * 10_000])
def test_a_page_without_an_element_is_refused(source):
    with pytest.raises(InputError, match="no HTML element"):
        parse(source)


@pytest.mark.parametrize("attribute", ["a{}=x", "a{}", "a{}='>'", 'a{}="<"'])
def test_an_element_with_too_many_attributes_loses_them(attribute):
    many = " ".join(attribute.format(number) for number in range(30_000))
    assert all(parse(f"{page}{ARTICLE}").body for page in (f"<div {many}>", f"<script>a<b;{many}</script>"))


@cases("data", more=["[" * 50_000])
def test_broken_linked_data_is_as_good_as_none(data):
    assert parse(f'{ARTICLE}<script type="application/ld+json">{data}</script>').comments == ()


tags = st.sampled_from(table("html", "cases")["TAGS"])


@settings(max_examples=60, deadline=None)
@given(st.lists(tags | st.text(max_size=8), max_size=25).map("".join))
@example(
    '<li class="comment" id="comment-1"><div><li class="comment" id="comment-1"></li>\x1b'
)  # as lxml refuses to set
def test_any_page_parses_or_is_refused(source):
    try:
        document = parse(source)
    except InputError:
        return
    ids = [comment.comment_id for comment in document.comments]
    assert ids == [f"c{number}" for number in range(1, len(ids) + 1)]
    for position, comment in enumerate(document.comments):
        assert comment.text.strip()
        assert comment.reply_to is None or comment.reply_to in ids[:position]


def test_text_that_the_parser_drops_is_a_warning(monkeypatch):
    source = "<html><body><p>" + "word " * 2_000 + "</p></body></html>"
    assert html_page.parse_html(Page("page.html", PageKind.HTML, source, "utf-8")).warnings == ()
    whole = html_page.page_tree

    def truncated(page):
        root = whole(page)
        root.find(".//p").text = "word " * 100
        return root

    monkeypatch.setattr(html_page, "page_tree", truncated)
    (warning,) = html_page.parse_html(Page("page.html", PageKind.HTML, source, "utf-8")).warnings
    assert "10,000 characters" in warning
    assert "kept 500" in warning


@pytest.mark.parametrize(
    ("form", "around"),
    [("<p>The {0}th paragraph.</p>", ""), ("<div>The <b>{0}th</b> line.</div>", ""), ("{0}th<br>", "td")],
)
def test_a_vast_page_is_read_as_its_paragraphs(monkeypatch, form, around):
    monkeypatch.setattr(html_page, "MOST_ELEMENTS", 100)
    lines = "".join(form.format(number) for number in range(200))
    document = parse(f"<title>Long</title><body><h1>Long</h1><{around or 'div'}>{lines}</{around or 'div'}>")
    assert len(document.body) == 200
    assert "150th" in document.body[150]
    assert "<" not in "".join(document.body)
    assert [warning for warning in document.warnings if "all paragraphs" in warning]


@cases("comment")
def test_the_lines_of_a_vast_page_are_tagged_part_by_part(monkeypatch, comment):
    monkeypatch.setattr(html_lines, "MOST_LINES", 200)
    names = [f"{first} {last}" for first in ("Ann", "Bo", "Cleo", "Dirk") for last in ("Low", "Hill", "Marsh", "Wood")]
    who, what = ("The council", "My brother", "Nobody here", "This paper"), ("ferry", "bridge", "quay", "road", "crane")
    why = ("it is far too dear", "I do not trust them", "we all pay for it", "it was promised", "so what", "ships wait")
    texts = [f"{one} wants another {other} because {most}." for one in who for other in what for most in why]
    stamps = [(names[n % 16], f"{n % 28 + 1} May 2019, 12:{n % 60:02}") for n in range(len(texts))]
    rows = [comment.format(*stamp, text) for stamp, text in zip(stamps, texts, strict=True)]
    document = parse(f"{ARTICLE}<section><h2>Reactions</h2>{''.join(rows)}</section>")
    assert [post.text for post in document.comments] == texts
    assert {post.author for post in document.comments} == set(names)
    assert "ferries" not in "".join(document.body)


def test_a_vast_page_says_that_only_its_first_lines_are_searched(monkeypatch):
    monkeypatch.setattr(html_lines, "MOST_LINES", 10)
    assert [warning for warning in parse(f"{ARTICLE}{'<p>More.</p>' * 100}").warnings if "only layouts" in warning]
