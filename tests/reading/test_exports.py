"""Exports: threads with their times and parents, nothing that readers never saw, and no trust in XML."""

import io
import tracemalloc

import pytest

from stance.datamodels import Document
from stance.exceptions import InputError
from stance.limits import FIXED, FixedLimits, Limits
from stance.reading.xml_elements import elements
from tests.support.parsed import read_input as read_bytes
from tests.support.tables import cases


def only_document(data: bytes | str) -> Document:
    [document], skips = read_bytes(data)
    assert skips == []
    return document


def wp_comment(
    number: int, text: str, *, parent: int = 0, approved: str = "1", kind: str = "comment", author: str = "Ada"
):
    return (
        f"<wp:comment><wp:comment_id>{number}</wp:comment_id><wp:comment_author><![CDATA[{author}]]></wp:comment_author>"
        f"<wp:comment_author_email>hidden@example.org</wp:comment_author_email>"
        f"<wp:comment_date>2014-05-03 17:44:00</wp:comment_date>"
        f"<wp:comment_date_gmt>2014-05-03 15:44:00</wp:comment_date_gmt>"
        f"<wp:comment_content><![CDATA[{text}]]></wp:comment_content><wp:comment_approved>{approved}</wp:comment_approved>"
        f"<wp:comment_type>{kind}</wp:comment_type><wp:comment_parent>{parent}</wp:comment_parent></wp:comment>"
    )


def wp_item(*comments: str, status: str = "publish", kind: str = "post", body: str = "<p>The ferry is late.</p>"):
    return (
        "<item><title>A new ferry &amp; more</title><link>https://example.org/ferry/</link>"
        "<dc:creator><![CDATA[ed]]></dc:creator>"
        f"<excerpt:encoded><![CDATA[Short]]></excerpt:encoded><content:encoded><![CDATA[{body}]]></content:encoded>"
        "<wp:post_id>12</wp:post_id><wp:post_date>2014-05-01 10:00:00</wp:post_date>"
        "<wp:post_date_gmt>0000-00-00 00:00:00</wp:post_date_gmt>"
        f"<wp:status>{status}</wp:status><wp:post_type>{kind}</wp:post_type>{''.join(comments)}</item>"
    )


def wxr(*items: str, prolog: str = "<!-- This is a WordPress export. <b>no element</b> -->") -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8" ?>\n{prolog}\n<rss version="2.0"'
        ' xmlns:excerpt="http://wordpress.org/export/1.2/excerpt/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:wp="http://wordpress.org/export/1.2/">\n<channel><title>Harbour Post</title>'
        "<link>https://example.org</link><wp:wxr_version>1.2</wp:wxr_version>"
        "<wp:author><wp:author_login>ed</wp:author_login>"
        "<wp:author_display_name>Edda Moor</wp:author_display_name></wp:author>"
        f"{''.join(items)}</channel></rss>\n"
    )


def test_a_wordpress_post_with_its_thread():
    document = only_document(
        wxr(wp_item(wp_comment(7, "First.\n\nSecond &lt; third."), wp_comment(9, "No.", parent=7)))
    )
    assert (document.outlet, document.title, document.author) == ("Harbour Post", "A new ferry & more", "Edda Moor")
    assert (document.url, document.published) == ("https://example.org/ferry/", "2014-05-01T10:00:00")
    assert (document.source, document.layout, document.body) == ("-#12", "wordpress-export", ("The ferry is late.",))
    first, second = document.comments
    assert (first.comment_id, first.author, first.text) == ("7", "Ada", "First.\n\nSecond < third.")
    assert (first.posted, first.reply_to, second.reply_to) == ("2014-05-03T15:44:00+00:00", None, "7")


def test_what_readers_never_saw_is_left_out_and_counted():
    comments = [
        wp_comment(1, "Kept."),
        wp_comment(2, "Buy!", approved="spam"),
        wp_comment(3, "Gone.", approved="trash"),
        wp_comment(4, "Waits.", approved="0"),
        wp_comment(5, "[...] linked [...]", kind="pingback"),
        wp_comment(6, "[...] linked [...]", kind="trackback"),
        wp_comment(7, " <p></p> "),
        wp_comment(1, "Kept."),
        wp_comment(8, "Answers spam.", parent=2),
    ]
    document = only_document(wxr(wp_item(*comments)))
    assert [(c.text, c.reply_to) for c in document.comments] == [("Kept.", None), ("Answers spam.", None)]
    repeated, left_out = document.warnings
    assert repeated == "1 comment repeated, each counted once"
    assert left_out == "6 comments left out: 1 empty, 1 pingbacks, 1 spam, 1 trackbacks, 1 trash, 1 unapproved"


def disqus(*elements: str) -> str:
    return (
        '<?xml version="1.0" encoding="utf-8"?><disqus xmlns="http://disqus.com"'
        ' xmlns:dsq="http://disqus.com/disqus-internals"><category dsq:id="1"><forum>harbour</forum></category>'
        f"{''.join(elements)}</disqus>"
    )


def dsq_thread(number: int) -> str:
    return (
        f'<thread dsq:id="{number}"><id/><forum>harbour</forum><link>https://www.example.org/{number}</link>'
        f"<title>Story {number}</title><createdAt>2015-01-02T03:04:05Z</createdAt><isDeleted>false</isDeleted></thread>"
    )


def dsq_post(
    number: int, thread: int, text: str, *, parent: int | None = None, spam: str = "false", deleted: str = "false"
):
    answers = f'<parent dsq:id="{parent}"/>' if parent else ""
    return (
        f'<post dsq:id="{number}"><id/><message><![CDATA[<p>{text}</p>]]></message>'
        f"<createdAt>2015-02-03T04:05:06Z</createdAt><isDeleted>{deleted}</isDeleted><isSpam>{spam}</isSpam>"
        "<author><name>Bo</name><isAnonymous>false</isAnonymous><username>bo1</username></author>"
        f'<thread dsq:id="{thread}"/>{answers}</post>'
    )


def test_disqus_posts_come_back_to_their_threads():
    posts = [
        dsq_post(1, 20, "Late<br />again"),
        dsq_post(2, 10, "Other story"),
        dsq_post(3, 20, "Yes", parent=1),
        dsq_post(4, 20, "Buy", spam="true"),
        dsq_post(5, 20, "Oops", deleted="true"),
    ]
    [first, second], skips = read_bytes(disqus(dsq_thread(10), dsq_thread(20), dsq_thread(30), *posts))
    assert skips == []
    assert (second.source, second.url, second.title) == ("-#20", "https://www.example.org/20", "Story 20")
    assert (second.outlet, second.layout) == ("example.org", "disqus-export")
    assert [(c.comment_id, c.text, c.reply_to, c.author) for c in second.comments] == [
        ("1", "Late\nagain", None, "Bo"),
        ("3", "Yes", "1", "Bo"),
    ]
    assert second.comments[0].posted == "2015-02-03T04:05:06+00:00"
    assert second.warnings == ("2 comments left out: 1 spam, 1 trash",)
    assert [c.text for c in first.comments] == ["Other story"]


def test_an_outer_document_type_is_never_fetched():
    prolog = '<!DOCTYPE rss SYSTEM "http://example.invalid/rss.dtd">'
    assert only_document(wxr(wp_item(wp_comment(1, "x")), prolog=prolog)).comments[0].text == "x"
    # What it would declare is not known, and stays as it stands.
    unknown = wxr(wp_item(wp_comment(1, "x")).replace("A new", "&a;"), prolog=prolog)
    assert only_document(unknown).title == "&a; ferry & more"


def found(document: bytes) -> list[str | None]:
    """Give the texts of the elements ``b`` under ``a``."""
    reader = io.BufferedReader(io.BytesIO(document))
    return [element.text for _, element in elements(reader, {("a", "b")}, Limits())]


@cases("declared", "seen", more=[(f'<!ATTLIST b x CDATA "{"x" * 9_000}">', "declares attributes")])
def test_what_a_document_type_adds_is_refused_by_the_parser_itself(declared: str, seen: str) -> None:
    with pytest.raises(InputError, match=seen):
        found(f"<!DOCTYPE a [{declared}]><a><b>&x;</b></a>".encode())


@pytest.mark.parametrize("start", ["<!--", "<?c ", "<c d='", "<c "])
@pytest.mark.parametrize(("size", "fits"), [(FIXED.markup_bytes * 9 // 10, True), (FIXED.markup_bytes * 3, False)])
def test_a_tag_or_a_comment_is_not_held_beyond_a_limit(start: str, size: int, fits: bool) -> None:
    ends = {"<!--": "-->", "<?c ": "?>", "<c d='": "'/>", "<c ": "=''/>"}
    document = f"<a><b>x</b>{start}{'y' * size}{ends[start]}<b>z</b></a>".encode()
    if fits:
        assert found(document) == ["x", "z"]
    else:
        with pytest.raises(InputError, match="a tag or comments of more than 1 MB"):
            found(document)


@pytest.mark.parametrize(("form", "each"), [("<c/>", 1), ("<c d=''/>", 2)])
@pytest.mark.parametrize("beyond", [0, 1])
def test_small_parts_without_end_are_not_held(
    form: str, each: int, beyond: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stance.reading.xml_elements.FIXED", FixedLimits(parts=10_000))
    parts = 9_999 // each + beyond  # the element itself is one
    document = f"<a><b>{form * parts}x</b><b>z</b></a>".encode()
    if beyond:
        with pytest.raises(InputError, match="an element of more than 10,000 parts"):
            found(document)
    else:
        assert found(document) == [None, "z"]


def test_nothing_of_a_document_is_held_once_it_was_handed_over():
    def most_held(count: int) -> int:
        reader = io.BufferedReader(io.BytesIO(b"<a>" + b"<b>x</b>\n<c><d/></c>\n" * count + b"</a>"))
        tracemalloc.start()
        try:
            assert sum(1 for _ in elements(reader, {("a", "b")}, Limits())) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    most_held(10)  # what is made once
    assert most_held(40_000) < 1.2 * most_held(10_000)
