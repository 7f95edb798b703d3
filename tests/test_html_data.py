"""Comments that stand only in the data of a page's scripts."""

import json

import pytest
from lxml import html

from stance.datamodels import Comment
from stance.parsing.html.comments import find_comments
from stance.parsing.html.metadata import data_comments
from stance.parsing.html.tree import Index
from stance.parsing.layouts import DATA_LAYOUT

ADA = {"id": 7, "author": {"displayName": "Ada Lind"}, "body": "High time.", "createdAt": "2024-03-05T09:15:00Z"}
BO = {"id": 8, "parentId": 7, "user": "Bo", "text": "<p>Two years.</p><p>And then?</p>", "timestamp": 1709632800}
NEXT = '<script id="__NEXT_DATA__" type="application/json">%s</script>'
STATE = "<script>var a=1;window.__INITIAL_STATE__ = %s;(function(){})()</script>"


def read(data: object, form: str = NEXT) -> list[Comment]:
    return data_comments(Index(html.document_fromstring(f"<body><h1>Bridge</h1>{form % json.dumps(data)}</body>")))


@pytest.mark.parametrize("form", [NEXT, STATE])
@pytest.mark.parametrize(
    "data",
    [
        {"props": {"page": {"article": {"id": 1}, "comments": {"total": 2, "items": [ADA, BO]}}}},
        {"thread": {"commentList": [{**ADA, "replies": [{**BO, "parentId": None}]}]}},
        {"cache": {"x:7": {**ADA, "__typename": "Comment"}, "x:8": {**BO, "__typename": "ArticleComment"}}},
    ],
)
def test_data_of_scripts_have_comments(data, form):
    comments = read(data, form)
    assert [(each.author, each.text) for each in comments] == [
        ("Ada Lind", "High time."), ("Bo", "Two years.\nAnd then?"),
    ]  # fmt: skip
    assert [each.posted for each in comments] == ["2024-03-05T09:15:00+00:00", "2024-03-05T10:00"]
    assert [each.reply_to for each in comments] == [None, "c1"]


def test_the_newest_may_come_first():
    assert [(each.author, each.reply_to) for each in read({"comments": [BO, ADA]})] == [
        ("Bo", "c2"),
        ("Ada Lind", None),
    ]


@pytest.mark.parametrize(
    "data",
    [
        {"items": [ADA, BO]},
        {"latestComments": [ADA, BO]},
        {"comments": [{**ADA, "isDeleted": True}]},
        {"comments": [{**ADA, "slug": "bridge"}]},
        {"comments": [{**ADA, "createdAt": "soon"}, {**ADA, "body": ""}, {**ADA, "author": None}]},
        {"comments": [{**ADA, "createdAt": 1e30}, {**ADA, "createdAt": True}]},
        {"comments": 12},
    ],
)
def test_other_data_have_none(data):
    assert read(data) == []


@pytest.mark.parametrize(
    "source", ['{"comments": [', "var comments = [a, b];", "// comments", '{"comments":' + "[" * 100_000]
)
def test_a_script_that_is_no_data_is_as_good_as_none(source):
    page = html.document_fromstring(f"<body><h1>Bridge</h1><script type='application/json'>{source}</script></body>")
    assert data_comments(Index(page)) == []


def test_a_comment_that_is_there_twice_is_one():
    assert len(read({"comments": [ADA, BO], "allComments": [ADA, BO]})) == 2


def test_what_a_page_shows_comes_first():
    shown = (
        '<div class="comments"><div class="comment"><b class="author">Cy</b><p class="comment-text">No.</p></div></div>'
    )
    page = html.document_fromstring(f"<body>{shown}{NEXT % json.dumps({'comments': [ADA]})}</body>")
    assert [each.author for each in find_comments(Index(page)).comments] == ["Cy"]
    page = html.document_fromstring(f"<body><h1>Bridge</h1>{NEXT % json.dumps({'comments': [ADA]})}</body>")
    assert find_comments(Index(page)).layout == DATA_LAYOUT
