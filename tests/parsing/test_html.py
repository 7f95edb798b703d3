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
from stance.parsing.thread import Thread
from tests.support.parsed import PAGES, parse_file
from tests.support.parsed import parse_html as parse
from tests.support.tables import cases, table

ARTICLE = "<article>" + "<p>The council met on Tuesday and agreed on many things at length.</p>" * 8 + "</article>"


def tree(source: str):
    from lxml import html

    return html.document_fromstring(source)


def find(source: str) -> Thread:
    return find_comments(Index(tree(source)))


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
NESTED = {
    "blogger", "commento", "coral", "disqus", "drupal", "facebook", "giscus", "guardian", "habr", "hacker-news",
    "intensedebate", "isso", "js-kit", "json-ld", "livefyre", "lwn", "named-parts", "openweb", "openweb-shadow", "rdfa",
    "reddit", "schema-org", "spip", "spip-forum", "standard", "structure-custom-elements", "structure-nested",
    "telegram", "waline", "wordpress-classic", "wordpress-html5", "wpdiscuz", "wpdiscuz-5", "youtube",
}  # fmt: skip
WITH_VOTES = {
    "commento", "coral", "datalife", "disqus", "figaro", "giscus", "guardian", "habr", "intensedebate", "isso",
    "jcomments", "js-kit", "json-ld", "livefyre", "nodebb", "openweb", "openweb-shadow", "q-and-a", "schema-org",
    "standard", "tweakers", "viafoura-classic", "wpdiscuz", "wpdiscuz-5", "youtube",
}  # fmt: skip


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


def test_a_comment_shown_twice_counts_once():
    source = (PAGES / "wordpress-html5.html").read_text()
    start, end = source.index('<li id="comment-14"'), source.index('</ol>\n<div id="respond"')
    assert len(parse(source[:end] + source[start:end] + source[end:]).comments) == 3


def test_paragraphs_of_block_quotations_are_numbered():
    article = "<p>{0}</p><p>Ann Brown wrote:</p><blockquote><p>{1}</p><p>{2}</p></blockquote><p>{1} And back.</p>"
    texts = ("The bridge closes today.", "Nobody will pay for the ferry.", "Lorries may still pass.")
    document = parse(f"<article><h1>News of the bridge</h1>{article.format(*(text * 4 for text in texts))}</article>")
    assert [document.body[int(number) - 1][:6] for number in document.quotations] == ["Nobody", "Lorrie"]
    assert len(document.body) == 5


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


def test_nesting_up_to_what_the_parser_takes_is_read():
    source = "<div>" * 200 + '<ol class="commentlist"><li class="comment"><cite class="fn">Ada</cite> Hello</li></ol>'
    assert find(source).comments[0].text == "Hello"


@pytest.mark.parametrize(
    "source",
    [
        "<a" * 30_000,
        "<" * 30_000,
        '<a b="' * 10_000,
        "<select>" + "<option>x" * 10_000,
        f"<p {'a' * 1_000_000}='b'>x",
        "&amp;" * 50_000,
    ],
)
def test_long_nonsense_has_no_comments(source):
    assert parse(source).comments == ()


@pytest.mark.parametrize("source", ["<!--" * 10_000, "</p>" * 10_000, "<![CDATA[" * 10_000])
def test_a_page_without_an_element_is_refused(source):
    with pytest.raises(InputError, match="no HTML element"):
        parse(source)


@pytest.mark.parametrize("attribute", ["a{}=x", "a{}", "a{}='>'", 'a{}="<"'])
def test_an_element_with_too_many_attributes_loses_them(attribute):
    many = " ".join(attribute.format(number) for number in range(30_000))
    assert parse(f"<div {many}>{ARTICLE}</div>").body != ()


@pytest.mark.parametrize(
    "data",
    [
        "{",
        "[" * 50_000,
        '{"@type": "Comment"}',
        '{"@type": "Comment", "text": 7}',
        '{"@type": [["Comment"], {}], "text": "x"}',
    ],
)
def test_broken_linked_data_is_as_good_as_none(data):
    assert parse(f'{ARTICLE}<script type="application/ld+json">{data}</script>').comments == ()


# fmt: off
tags = st.sampled_from([
    "<div>", "</div>", '<ol class="commentlist">', '<li class="comment" id="comment-1">', '<cite class="fn">',
    "</cite>", '<div class="comment-content">', "<blockquote>", "</blockquote>", "</li>", "</ol>", "<br>", "<p>", "<",
    '<div id="comments">', "Hello there. ", "<time datetime='2024'>", "<script>", "<!--", "-->", "&lt;", "\n", "<h3>",
    "9 comments",
])
# fmt: on


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


def thread(depth: int, number: int = 1) -> str:
    inner = f'<ul class="children">{thread(depth, number + 1)}</ul>' if number < depth else ""
    return (
        f'<li class="comment depth-{number}" id="comment-{number}"><cite class="fn">Reader {number}</cite>'
        f'<time datetime="2024-03-05T09:0{number % 10}">then</time><p>Word number {number}.</p>{inner}</li>'
    )


def test_a_thread_nine_deep_keeps_who_answers_whom():
    found = find(f'<div id="comments"><ol class="commentlist">{thread(9)}</ol></div>')
    assert [c.author for c in found.comments] == [f"Reader {n}" for n in range(1, 10)]
    assert [c.text for c in found.comments] == [f"Word number {n}." for n in range(1, 10)]
    assert [c.reply_to for c in found.comments] == [None, *(f"c{n}" for n in range(1, 9))]


@cases("reply", "parent")
def test_a_flat_list_tells_who_answers_whom(reply, parent):
    found = find(
        '<ol class="commentlist"><li class="comment depth-1" id="comment-1"><cite>Ada</cite><p>One two.</p></li>'
        f'{reply}<cite class="fn">Bo</cite><p>Three four.</p></li></ol>'
    )
    assert [c.reply_to for c in found.comments] == [None, parent]


@cases("section")
def test_what_is_no_comment(section):
    assert find(f"<h1>News</h1>{ARTICLE}{section}").comments == ()


@pytest.mark.parametrize("fields", ["", "<input name=q><textarea name=answer></textarea>"])
def test_a_page_that_is_one_single_form_has_its_comments(fields):
    shown = "".join(
        f"<div class=item><span class=author>{name}</span> <i>5 March 2024</i><div>{text}</div></div>"
        for name, text in (("Ada", "One two."), ("Bo", "Three four."))
    )
    document = parse(
        f"<title>Ferry stays</title><body><form method=post><input type=hidden name=state>{fields}"
        f"<div>Ferry stays</div>{ARTICLE}<div class=comments><h3>2 comments</h3>{shown}</div></form>"
        "<script>run()</script></body>"
    )
    assert [(c.author, c.text) for c in document.comments] == [("Ada", "One two."), ("Bo", "Three four.")]


@pytest.mark.parametrize("end", ["</html>", "</body></html>", "</BODY></HTML >\n"])
def test_what_follows_the_end_of_a_page_is_read(end):
    item = '<li class="comment"><cite class="fn">Ada</cite><p>One two.</p></li>'
    document = parse(f'<html><body><h1>News</h1>{ARTICLE}{end}<ol class="commentlist">{item}</ol></body></html>')
    assert [(c.author, c.text) for c in document.comments] == [("Ada", "One two.")]
    assert document.warnings == ()


@pytest.mark.parametrize("text", ["+1", "100%", "!!!", "👍", "❤️"])
@pytest.mark.parametrize("form", ["<p>{}</p>", "<div>{}</div>"])
def test_a_comment_without_a_word_is_one(text, form):
    first = f'<cite class="fn">Ada</cite>{form.format("One two.")}'
    answer = f'<cite class="fn">Bo</cite>{form.format(text)}'
    document = parse(
        f'<h1>Ferry stays</h1>{ARTICLE}<ol class="commentlist"><li class="comment" id="comment-1"><div>{first}</div>'
        f'<ul><li class="comment" id="comment-2"><div>{answer}</div></li></ul></li></ol>'
    )
    assert [(c.author, c.text) for c in document.comments] == [("Ada", "One two."), ("Bo", text)]
    assert [c.reply_to for c in document.comments] == [None, "c1"]
    assert document.warnings == ()


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
