"""What stands beside a thread: boxes of the latest, posts that open a thread, blocks that only one mechanism finds."""

import pytest

from tests.support.parsed import PAGES, parse_file, said
from tests.support.tables import table


def names(folder: str) -> list[str]:
    return sorted(page.stem for page in (PAGES / folder).glob("*.html"))


@pytest.mark.parametrize("name", names("twice"))
def test_a_box_of_the_latest_adds_nothing_to_the_thread(name):
    document, once = parse_file(f"twice/{name}"), parse_file("wordpress-html5")
    assert (said(document), document.body) == (said(once), once.body)
    assert document.comments[1].reply_to in ("c1", None)


# Threads without an article

FORUMS = {"discourse-crawler": "discourse", "ip-board": "invision", "xenforo-1": "xenforo"}


@pytest.mark.parametrize("name", names("threads"))
def test_the_first_post_of_a_forum_is_the_article(name):
    document = parse_file(f"threads/{name}")
    assert document.layout == f"rows:{FORUMS.get(name, name)}"
    assert document.title == "Which way across the river?"
    assert [len(paragraph.split()) for paragraph in document.body] == [25, 32]
    assert document.body[0].startswith("Since Monday the old bridge")
    assert document.body[1].endswith("whether the ferry takes vans at all?")
    assert said(document) == [
        ("Bo", "Neither do they know, if you ask me."),
        ("Cy", "It takes vans, but only before eight."),
    ]
    assert [comment.reply_to for comment in document.comments] == [None, None]
    assert document.warnings == ()


LOADED = table("html_asides", "cases")["LOADED"]


@pytest.mark.parametrize("name", names("empty"))
def test_an_empty_section_has_no_comments_and_a_placeholder_is_named(name):
    document = parse_file(f"empty/{name}")
    assert (document.comments, document.layout) == ((), "none")
    assert document.body == parse_file("wordpress-html5").body
    remedy = "the file has none; save the page again after they appear"
    told = f"comments load with JavaScript ({LOADED.get(name)}); {remedy}"
    assert [doubt for doubt in document.doubts if "JavaScript" in doubt] == ([told] if name in LOADED else [])
