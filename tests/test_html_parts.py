"""The parts of a comment: names on buttons, dates, texts that are shorter than what is around them."""

import pytest
from lxml import html

from stance.parsing.html_comments import FoundComments, find_comments
from stance.parsing.selectors import Index

TEXTS = {
    "Ada Lind": "High time, the old one shakes whenever a van crosses it.",
    "Bo": "Yes.",
    "Cy": "And who pays for the ferry in the meantime, and for how long?",
}
DATES = {"Ada Lind": "5 March 2024", "Bo": "6 March 2024", "Cy": "7 March 2024"}


def thread(comment: str) -> FoundComments:
    """Return what is found in a thread whose comments all have one form."""
    boxes = "".join(
        comment.replace("NAME", name).replace("DATE", DATES[name]).replace("TEXT", text) for name, text in TEXTS.items()
    )
    page = f'<body><h1>A bridge</h1><section class="comments">{boxes}</section></body>'
    return find_comments(Index(html.document_fromstring(page)))


@pytest.mark.parametrize(
    "comment",
    [
        '<div class="comment"><button class="comment-author">NAME</button><p class="comment-text">TEXT</p></div>',
        '<div class="x"><button class="user-button">NAME</button><time>DATE</time><p>TEXT</p></div>',
        '<div class="x"><button class="y">NAME</button><button>Follow</button><time>DATE</time><p>TEXT</p></div>',
        '<div class="x"><button>Avatar</button><button>NAME</button><i class="who-says">DATE</i><p>TEXT</p></div>',
        '<div class="coral-comment"><button class="coral-username"><b>NAME</b></button>'
        '<p class="coral-comment-content">TEXT</p></div>',
        '<div class="talk-stream-comment"><b class="talk-stream-comment-user-name"><button>NAME</button></b>'
        '<p class="talk-stream-comment-content">TEXT</p></div>',
        '<div class="x"><button class="name">NAME</button><p>TEXT</p><button>Like</button></div>',
    ],
)
def test_a_name_may_stand_on_a_button(comment):
    comments = thread(comment).comments
    assert [(each.author, each.text) for each in comments] == list(TEXTS.items())


@pytest.mark.parametrize("label", ["Follow", "Reply to NAME", "3", "Anzeigen"])
def test_what_a_button_does_is_no_name(label):
    comments = thread(f'<div class="x"><button>{label}</button><time>DATE</time><p>TEXT</p></div>').comments
    assert [(each.author, each.text) for each in comments] == [(None, text) for text in TEXTS.values()]


def test_a_short_text_is_found_where_the_long_ones_are():
    comments = thread(
        '<li><b class="author">NAME</b><time>DATE</time><div class="body">TEXT</div><u>Send it to a friend</u></li>'
    ).comments
    assert [each.text for each in comments] == list(TEXTS.values())


def test_a_short_comment_is_not_taken_for_its_heading():
    comments = thread(
        "<div class='x'><pre><div><p>NAME</p> <p>DATE</p></div> <div><p>TEXT</p></div></pre></div>"
    ).comments
    assert [(each.author, each.text) for each in comments] == list(TEXTS.items())


def test_a_name_with_an_address_is_no_headline():
    comments = thread(
        '<article><a href="/1"><time>DATE</time></a><a href="/@x"><b class="name">NAME @ada@social.place.example</b>'
        "</a><p>TEXT</p></article>"
    ).comments
    assert [each.text for each in comments] == list(TEXTS.values())


def test_the_time_of_day_may_stand_inside_of_a_date():
    comments = thread(
        '<div class="comment"><b class="author">NAME</b><p class="comment-meta">on <a title="DATE 14:05">DATE</a></p>'
        '<p class="comment-text">TEXT</p></div>'
    ).comments
    assert [each.posted for each in comments] == ["2024-03-05T14:05", "2024-03-06T14:05", "2024-03-07T14:05"]
