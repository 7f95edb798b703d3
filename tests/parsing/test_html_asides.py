"""What stands beside a thread: boxes of the latest, posts that open a thread, blocks that only one mechanism finds."""

import pytest

from tests.support.parsed import PAGES, parse_dump, parse_file, said
from tests.support.parsed import parse_html as parse
from tests.support.tables import cases

CONVERSATION = [
    ("Ada Lind", "High time. The old one shakes\nwhenever a van crosses.", None),
    ("Bo", "High time.\nTwo years without lorries suit me well.", None),
    ("Cy", "Who pays for the ferry?", None),
]


def names(folder: str) -> list[str]:
    return sorted(page.stem for page in (PAGES / folder).glob("*.html"))


@pytest.mark.parametrize("name", names("twice"))
def test_a_box_of_the_latest_adds_nothing_to_the_thread(name):
    document = parse_file(f"twice/{name}")
    assert said(document) == [(author, text) for author, text, _ in CONVERSATION]
    assert document.comments[1].reply_to in ("c1", None)
    assert document.body == parse_file("wordpress-html5").body


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


def test_a_short_opening_post_is_the_whole_article():
    source = (PAGES / "threads" / "mybb.html").read_text(encoding="utf-8")
    menu = "<nav><ul>" + "<li><a href='/a'>Rules and other things of the house</a></li>" * 9 + "</ul></nav>"
    start = source.index("Since Monday")
    end = source.index("takes vans at all?") + len("takes vans at all?")
    document = parse(source[:start] + "How?" + source[end:].replace("</body>", f"{menu}</body>"))
    assert document.body == ("How?",)
    assert document.author == "Ada Lind"
    assert [comment.author for comment in document.comments] == ["Bo", "Cy"]


@pytest.mark.parametrize(
    ("old", "new"), [("</head>", '<link rel="prev" href="/topic/12-which-way?page=1"></head>'), (">#1<", ">#21<")]
)
def test_a_later_page_of_a_thread_has_comments_only(old, new):
    source = (PAGES / "threads" / "mybb.html").read_text(encoding="utf-8")
    assert old in source
    assert [comment.author for comment in parse(source.replace(old, new)).comments] == ["Ada Lind", "Bo", "Cy"]


@cases("welcome", "count")
def test_the_first_post_is_a_comment_where_there_is_an_article(welcome, count):
    source = (PAGES / "threads" / "phpbb.html").read_text(encoding="utf-8")
    assert len(parse(source.replace("</h1>", f"</h1>{welcome}")).comments) == count


def test_a_thread_with_one_post_has_no_comments():
    source = (PAGES / "threads" / "smf.html").read_text(encoding="utf-8")
    start, end = source.index('<div class="windowbg" id="msg12"'), source.index("</form>")
    document = parse(source[:start] + source[end:])
    assert document.comments == ()
    assert document.body[0].startswith("Since Monday the old bridge")


@pytest.mark.parametrize("name", names("empty"))
def test_an_empty_section_has_no_comments(name):
    document = parse_file(f"empty/{name}")
    assert document.comments == ()
    assert document.layout == "none"
    assert document.body == parse_file("wordpress-html5").body


LOADED = {
    "coral": "Coral", "disqus": "Disqus", "echo": "Echo", "epoch": "Epoch", "facebook": "Facebook", "giscus": "Giscus",
    "hyvor": "Hyvor Talk", "intensedebate": "IntenseDebate", "isso": "Isso", "livefyre": "Livefyre",
    "openweb": "OpenWeb", "viafoura": "Viafoura", "vuukle": "Vuukle",
}  # fmt: skip


@pytest.mark.parametrize("name", names("empty"))
def test_a_placeholder_is_named(name):
    remedy = "the file has none; save the page again after they appear"
    told = (f"comments load with JavaScript ({LOADED[name]}); {remedy}",) if name in LOADED else ()
    assert tuple(doubt for doubt in parse_file(f"empty/{name}").doubts if "JavaScript" in doubt) == told


# Lines of an article

STORY = ["The ferry of the town was late again, and nobody on the island could say why it was so late."] * 3


@pytest.mark.parametrize(
    "quotation",
    [
        "<blockquote>The harbour is closed<br>until the tide comes in<br>and the mayor is back.</blockquote>",
        "<p>“The harbour is closed<br>until the tide comes in<br>and the mayor is back,” said Bo.</p>",
        "<p>“The harbour is closed</p><p>until the tide comes in</p><p>and the mayor is back,” said Bo.</p>",
    ],
)
def test_a_quotation_that_is_broken_at_line_ends_is_one_paragraph(quotation):
    body = "".join(f"<p>{number}. {text}</p>" for number, text in enumerate(STORY))
    document = parse(f"<html><body><article><h1>Harbour closed</h1>{body}{quotation}{body}</article></body></html>")
    broken = [at for at, text in enumerate(document.body, 1) if "The harbour is closed until the tide comes in" in text]
    assert len(broken) == 1
    assert len(document.body) == 2 * len(STORY) + 1
    assert document.quotations == (tuple(map(str, broken)) if "blockquote" in quotation else ())


def test_a_biography_below_an_article_is_none_of_it():
    life = [
        "The author, Ada Low, is a reporter for The Ledger who has written about ferries.",
        "Follow her on Twitter.",
    ]
    head = '<head><title>Harbour closed</title><meta name="author" content="Ada Low"></head>'
    for told in ("Ada Low, the mayor, was not asked.", "The mayor was not asked."):
        story = [f"On day {number}, {text}" for number, text in enumerate(STORY * 2)]
        story[3] += f" {told}"
        body = "".join(f"<p>{text}</p>" for text in story + life)
        page = parse(f"<html>{head}<body><article><h1>Harbour closed</h1>{body}</article></body></html>")
        dump = parse_dump("\n\n".join(["Harbour closed", "By Ada Low, 12 March 2021", *story, *life]))
        for document in (page, dump):
            assert document.author == "Ada Low"
            assert document.body[: len(story)] == tuple(story)
            assert bool(document.body[len(story) :]) is ("Low" in told)  # who is in the article has no life below it
