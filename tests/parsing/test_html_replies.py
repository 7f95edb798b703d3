"""Replies that stand beside the comment they answer, and lists that only look so."""

import pytest
from lxml import html

from stance.parsing.html.comments import find_comments
from stance.parsing.html.selectors import Index
from tests.support.tables import cases

TEXTS = {
    "Ada": "High time, the old one shakes.",
    "Bo": "Two years without lorries suit me well.",
    "Cy": "And who pays for the ferry in the meantime?",
    "Di": "The council does, as it did the last time.",
}


def comment(name: str) -> str:
    return f'<article class="note"><b class="author">{name}</b> <time>5 March 2024</time><p>{TEXTS[name]}</p></article>'


def parents(thread: str) -> dict[str | None, str | None]:
    """Return whom each writer answers."""
    page = html.document_fromstring(f'<body><h1>Bridge</h1><section class="comments">{thread}</section></body>')
    comments = find_comments(Index(page)).comments
    names = {each.comment_id: each.author for each in comments}
    return {each.author: names.get(each.reply_to or "") for each in comments}


ADA, BO, CY, DI = map(comment, TEXTS)
BESIDE = {"Ada": None, "Bo": "Ada", "Cy": "Bo", "Di": None}
FLAT = dict.fromkeys(TEXTS)


@cases("thread")
def test_what_stands_beside_a_comment_in_its_box_answers_it(thread):
    assert parents(thread) == BESIDE


@cases("thread")
def test_a_comment_above_a_list_is_not_answered_by_it(thread):
    assert parents(thread) == FLAT


def test_a_box_around_each_comment_is_none_itself():
    rows = [
        f'<li class="comment"><article id="comment-{n}"><p class="comment-content">{text}</p></article>'
        for n, text in enumerate(TEXTS.values())
    ]
    thread = f'<ul class="comments">{rows[0]}<ul class="comments">{rows[1]}</li></ul></li>{rows[2]}</li></ul>'
    comments = find_comments(Index(html.document_fromstring(f"<body>{thread}</body>"))).comments
    assert [each.reply_to for each in comments] == [None, "c1", None]


@pytest.mark.parametrize("name", ["depth", "aria-level", "data-message-depth"])
def test_an_attribute_tells_how_deep_a_comment_is(name):
    boxes = (
        f'<div class="comment" {name}="{depth}"><b class="author">{who}</b>'
        f'<p class="comment-text">{TEXTS[who]}</p></div>'
        for who, depth in zip(TEXTS, (1, 2, 3, 1), strict=True)
    )
    assert parents("".join(boxes)) == BESIDE


@pytest.mark.parametrize("link", ['<a href="#n{}">@{}</a>', '<a href="/story#n{}">{}</a>', '<a href="#n{}">parent</a>'])
def test_a_link_to_another_comment_by_its_writers_name_answers_it(link):
    numbers = {name: number for number, name in enumerate(TEXTS)}
    boxes = (
        f'<div class="comment"><a name="n{numbers[who]}"></a><b class="author">{who}</b>'
        f'{link.format(numbers[whom], whom) if whom else ""}<p class="comment-text">{TEXTS[who]}</p></div>'
        for who, whom in BESIDE.items()
    )
    assert parents("".join(boxes)) == BESIDE


@pytest.mark.parametrize(
    "form", ["<div class='c' style='margin-left:{}px'>{}</div>", "<p style='padding-left: {}px'>{}</p>"]
)
def test_an_indent_gives_the_depth_of_a_comment(form):
    indents = dict(zip(TEXTS, (0, 20, 40, 0), strict=True))
    boxes = (
        form.format(indents[who], f"<b>{who}</b> 5 March 2024<br>{text}")
        .replace("<p ", "<section ")
        .replace("</p>", "</section>")
        for who, text in TEXTS.items()
    )
    assert parents("".join(boxes)) == BESIDE


def test_one_reply_in_a_box_that_shares_a_class_with_all_others_is_no_next_comment():
    wrap = '<div class="ui gutter">{}<div class="ui gutter replyList">{}</div></div>'
    row = (
        '<div class="ui coral-comment {}"><b class="coral-username">{}</b><p class="coral-comment-content">{}</p></div>'
    )
    kinds = ("root", "coral-reply", "coral-reply", "root")
    ada, bo, cy, di = (row.format(kind, who, TEXTS[who]) for kind, who in zip(kinds, TEXTS, strict=True))
    assert parents(wrap.format(ada, wrap.format(bo, wrap.format(cy, ""))) + wrap.format(di, "")) == BESIDE


@pytest.mark.parametrize("stripes", [("even", "odd"), ("comment-row row1", "comment-row row2"), ("x", "x alt")])
def test_stripes_of_a_list_make_no_replies(stripes):
    comments = "".join(
        f"<div class='{stripes[i % 2]}'><div class='rbox'><b class='author'>{name}</b><time>5 March 2024</time>"
        f"<p>{name} says this and that.</p></div></div>"
        for i, name in enumerate(("Ada", "Bo", "Cy", "Di", "Ed"))
    )
    page = f"<body><h1>A bridge</h1><div class='comments'>{comments}</div></body>"
    found = find_comments(Index(html.document_fromstring(page)))
    assert [(c.author, c.reply_to) for c in found.comments] == [
        (name, None) for name in ("Ada", "Bo", "Cy", "Di", "Ed")
    ]
