"""What a page costs grows as the page does: lines that run are counted, for time on a busy machine tells little."""

import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

import stance
from stance.datamodels import Page, PageKind
from stance.parsing import parse_page

PACKAGE = str(Path(stance.__file__).parent)
SMALL = 16
FRESH = count(10_000, 500)
"""First numbers of comments that no cache has seen."""

ARTICLE = "<article><h1>Bridge</h1>" + "<p>The council met on Tuesday and agreed on many things.</p>" * 8 + "</article>"


def comments(form: str, before: str = '<div id="comments"><ol class="commentlist">') -> Callable[[int, int], str]:
    """Return what writes a page of so many comments, numbered from a number on: none was seen by a cache."""
    return lambda number, first: (
        ARTICLE + before + "".join(form.format(n, n % 28 + 1) for n in range(first, first + number))
    )


def nested(form: str, end: str, depth: int = 20) -> Callable[[int, int], str]:
    """Return what writes threads of some depth, one after the other."""
    return lambda number, first: (
        ARTICLE
        + '<div id="comments"><ol class="commentlist">'
        + "".join(
            form.format(n, n % 28 + 1) + end * depth * (n % depth == depth - 1) for n in range(first, first + number)
        )
    )


LISTED = '<li class="comment" id="comment-{0}"><cite class="fn">R{0}</cite><time>{1} May 2020</time><p>It is {0}.</p>'
UNLISTED = '<div class="bit"><b>R{0}</b><i>{1} May 2020</i><p>It is {0}.</p>'

PAGES: dict[str, Callable[[int, int], str]] = {
    "comments of a layout": comments(LISTED + "</li>"),
    "comments by their form": comments(UNLISTED + "</div>", '<div class="comments">'),
    "replies by depth classes": comments(LISTED.replace('"comment"', '"comment depth-{1}"') + "</li>"),
    "replies inside": nested(LISTED + "<ul>", "</ul></li>"),
    "replies inside, by their form": nested(UNLISTED, "</div>"),
    "replies beside": comments(
        '<div class="idc-thread"><div class="idc-c"><p class="idc-c-t">It is {0}.</p></div></div>'
    ),
    "replies beside nothing": comments('<div class="idc-thread"><p>It is {0}.</p></div>', '<div class="idc-c">A</div>'),
    "headings in one box": comments("<h3>12 Comments</h3><p>It is {0}.</p>", "<div>"),
    "headings in many boxes": comments("<div><h3>12 Comments</h3><p>It is {0}.</p></div>", "<div>"),
    "sections in sections": comments('<div class="comments-{0}"><p>It is {0}.</p></div>', '<div class="comments">'),
    "one comment of many paragraphs": comments("<p>It is {0}.</p>", LISTED.format(1, 1)),
    "one comment of many quotes": comments("<blockquote>It is {0}.</blockquote>", LISTED.format(1, 1)),
    "text beside a heading": comments(
        "<p>It is {0}.</p>", '<div class="comments"><div class="head">Bo 3 May 2020</div>'
    ),
    "links of an article": comments('<p>So says <a href="/2020/05/{1}/{0}">the paper of the day</a>.</p>', ""),
    "boxes beside": comments(
        LISTED + "</li></ol></aside><aside><ol class='commentlist'>", "<aside><ol class='commentlist'>"
    ),
    "boxes in boxes beside": nested('<div class="widget">' + LISTED + "</li>", "</div>"),
    "links to stories beside": comments(
        '<div class="widget"><a href="/2020/05/{1}/{0}">The paper of the day says</a></div>' + LISTED + "</li>"
    ),
    "links to comments of other pages": comments(LISTED + '<a href="/2020/a-{0}#comment-{0}">See</a></li>'),
    "frames": comments('<iframe srcdoc="&lt;p&gt;It is {0}.&lt;/p&gt;"></iframe>'),
    "by-lines": comments('<p class="author">by 3 May 2020 {0}</p>', ""),
    "headlines": comments("<h1>It is {0}</h1>", "<title>It is 12</title>"),
    "leads": comments('<p class="lead">{0}</p>', "<h1>It is</h1>"),
    "posts of several rows": comments(
        '<tr><td><span class="name">R{0}</span></td><td><span class="postbody">It is {0}.</span></td></tr>',
        '<table class="forumline">',
    ),
    "badges": comments("<span>R{0}</span>", ""),
}


def lines_run(source: str) -> int:
    """Count the lines of the package that run while a page is parsed."""
    count = 0

    def on_line(_frame, event, _argument):
        nonlocal count
        count += event == "line"
        return on_line

    def on_call(frame, _event, _argument):
        return on_line if frame.f_code.co_filename.startswith(PACKAGE) else None

    before = sys.gettrace()
    sys.settrace(on_call)
    try:
        parse_page(Page("page.html", PageKind.HTML, source, "utf-8"))
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("write", PAGES.values(), ids=PAGES)
def test_twice_the_page_costs_twice_as_much(write):
    lines_run(write(SMALL, 0))  # what is set up once
    for _ in range(2):  # a cache that overflows costs some lines in one of them
        one, two, four = (lines_run(write(times * SMALL, next(FRESH))) for times in (1, 2, 4))
        if four - two < 2.2 * (two - one) + 200:  # sorting and searching in sorted lists take a little more than twice
            break
    else:
        pytest.fail(f"{one:,} lines, {two:,} for a page twice as long, {four:,} for one four times as long")


def test_lines_are_counted():
    pages = (ARTICLE, PAGES["comments of a layout"](SMALL, 0))
    few, many = map(lines_run, pages)
    assert 100 < few < many / 2


@pytest.mark.parametrize("source", ["<" * 100_000, "<a " * 50_000, "<p>" + "3 May 2020 " * 10_000])
def test_nonsense_runs_no_line_per_character(source):
    lines_run(ARTICLE)  # what is set up once
    lines_run(f"<p>x</p>{source[:100]}")
    assert lines_run(f"<p>x</p>{source}") < 20_000
