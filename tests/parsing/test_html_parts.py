"""The parts of a comment: names on buttons and links, dates, texts that are shorter than what is around them."""

from itertools import permutations

import pytest
from lxml import html

from stance.datamodels import Page, PageKind
from stance.parsing import parse_page
from stance.parsing.html.comments import find_comments
from stance.parsing.html.selectors import Index
from stance.parsing.thread import Thread
from tests.support.tables import cases

TEXTS = {
    "Ada Lind": "High time, the old one shakes whenever a van crosses it.",
    "Bo": "Yes.",
    "Cy": "And who pays for the ferry in the meantime, and for how long?",
}
DATES = {"Ada Lind": "5 March 2024", "Bo": "6 March 2024", "Cy": "7 March 2024"}


def thread(comment: str) -> Thread:
    """Return what is found in a thread whose comments all have one form."""
    boxes = "".join(
        comment.replace("NAME", name).replace("DATE", DATES[name]).replace("TEXT", text) for name, text in TEXTS.items()
    )
    return find(f'<h1>A bridge</h1><section class="comments">{boxes}</section>')


def find(body: str) -> Thread:
    return find_comments(Index(html.document_fromstring(f"<body>{body}</body>")))


@pytest.mark.parametrize(
    "comment",
    [
        '<div class="comment"><button class="comment-author">NAME</button><p class="comment-text">TEXT</p></div>',
        '<div class="coral-comment"><button class="coral-username"><b>NAME</b></button>'
        '<p class="coral-comment-content">TEXT</p></div>',
    ],
)
def test_a_name_may_stand_on_a_button(comment):
    comments = thread(comment).comments
    assert [(each.author, each.text) for each in comments] == list(TEXTS.items())


def test_the_time_of_day_may_stand_inside_of_a_date():
    comments = thread(
        '<div class="comment"><b class="author">NAME</b><p class="comment-meta">on <a title="DATE 14:05">DATE</a></p>'
        '<p class="comment-text">TEXT</p></div>'
    ).comments
    assert [each.posted for each in comments] == ["2024-03-05T14:05", "2024-03-06T14:05", "2024-03-07T14:05"]


@cases("author")
def test_what_stands_beside_a_name_is_none(author):
    form = f'<div class="comment">{author}<time>DATE</time><p class="comment-text">TEXT</p></div>'
    comments = thread(form).comments
    assert [(each.author, each.text) for each in comments] == list(TEXTS.items())


def test_whom_a_comment_quotes_did_not_write_it():
    quote = "<blockquote><p><cite>Di wrote:</cite></p><p><time>1 March 2024</time></p><p>Never.</p></blockquote>"
    form = '<div class="comment"><b class="user">NAME</b><time>DATE</time><div class="comment-text">QTEXT</div></div>'
    boxes = [
        form.replace("NAME", name).replace("DATE", DATES[name]).replace("QTEXT", quote * (name == "Cy") + text)
        for name, text in TEXTS.items()
    ]
    comments = find(f'<section class="comments">{"".join(boxes)}</section>').comments
    assert [(each.author, each.posted) for each in comments] == [
        ("Ada Lind", "2024-03-05"), ("Bo", "2024-03-06"), ("Cy", "2024-03-07"),
    ]  # fmt: skip
    assert comments[2].quoted == "Di wrote:\n1 March 2024\nNever."


@cases("stamp")
def test_a_date_needs_no_name(stamp):
    form = f'<div class="comment"><b class="comment-author">NAME</b>{stamp}<p class="comment-text">TEXT</p></div>'
    assert [each.posted[:10] for each in thread(form).comments] == ["2024-03-05", "2024-03-06", "2024-03-07"]


@pytest.mark.parametrize(
    "note",
    [
        *("[deleted]", "Comment removed by moderator", "Dieser Kommentar wurde gelöscht.", "Комментарий удалён."),
        *("Den här kommentaren har tagits bort", "Bu yorum silindi.", "该评论已被删除"),
    ],
)
def test_a_comment_that_was_deleted_is_none_and_nobody_answers_another_for_it(note):
    row = '<li class="comment"><b class="comment-author">{}</b><p class="comment-text">{}</p>{}</li>'
    answer = row.format("Cy", TEXTS["Cy"], "")
    deleted = row.format("Bo", note, f"<ul>{answer}</ul>")
    ada = row.format("Ada", TEXTS["Ada Lind"], f"<ul>{deleted}</ul>")
    comments = find(f'<div class="comments"><ul>{ada}</ul></div>').comments
    assert [(each.author, each.reply_to) for each in comments] == [("Ada", None), ("Cy", None)]


def message(number: int, body: str, *, name: str = "") -> str:
    shown = f'<div class="from_name">\n{name}\n</div>' if name else ""
    return (
        f'<div class="message default clearfix{"" if name else " joined"}" id="message{number}"><div class="body">'
        f'<div class="pull_right date details" title="05.03.2024 09:{number}:00 UTC+01:00">\n09:{number}\n</div>'
        f"{shown}{body}</div></div>"
    )


def said(text: str, answered: str = "") -> str:
    link = f'<div class="reply_to details">In reply to <a href="{answered}">this message</a></div>' if answered else ""
    return f'{link}<div class="text">\n{text}\n</div>'


def test_a_chat_of_telegram_gives_who_said_what_to_whom():
    voice = '<div class="media_wrap"><div class="media"><div class="body"><div>Voice message</div></div></div></div>'
    forwarded = (
        '<div class="forwarded body"><div class="from_name">Gazette <span class="date details" title="04.03.2024'
        ' 18:00:00"> 04.03.2024 18:00:00</span></div><div class="text">The council decides tomorrow.</div></div>'
    )
    messages = [
        message(11, said("High time."), name="Ada Lind"),
        message(12, said("It rattles all night.")),
        '<div class="message service" id="message-2"><div class="body details">6 March 2024</div></div>',
        message(13, forwarded, name="Bo"),
        message(14, said("Who pays for the ferry?", "#go_to_message11")),
        message(15, said("Not you.", "messages.html#go_to_message2"), name="Cy"),
        message(16, voice),
        message(17, said("We all do.", "#go_to_message14")),
    ]
    found = find(f'<div class="page_body chat_page"><div class="history">{"".join(messages)}</div></div>')
    assert [(c.author, c.text, c.reply_to, (c.posted or "")[11:16]) for c in found.comments] == [
        ("Ada Lind", "High time.", None, "09:11"),
        ("Ada Lind", "It rattles all night.", None, "09:12"),
        ("Bo", "Who pays for the ferry?", "c1", "09:14"),
        ("Cy", "Not you.", None, "09:15"),
        ("Cy", "We all do.", "c3", "09:17"),
    ]
    assert (found.layout, found.warnings) == ("telegram", ())


def test_a_chat_of_telegram_is_called_as_its_channel():
    source = (
        "<html><head><title>Exported Data</title></head><body><div class='page_header'><a class='content block_link'>"
        "<div class='text bold'>River News</div></a></div><div class='history'><div class='message default'>"
        "<div class='body'><div class='date details' title='05.03.2024 09:15:00'>09:15</div>"
        "<div class='from_name'>River News</div><div class='text'>High time.</div></div></div></div></body></html>"
    )
    document = parse_page(Page("messages.html", PageKind.HTML, source, "utf-8"))
    assert (document.title, document.body) == ("River News", ())
    assert [comment.text for comment in document.comments] == ["High time."]


def test_a_post_of_telegram_inside_an_article_is_no_comment():
    post = (
        "<div class='tgme_widget_message js-widget_message'><a class='tgme_widget_message_owner_name'>River News</a>"
        "<div class='tgme_widget_message_text js-message_text'>High time.</div>"
        "<a class='tgme_widget_message_date'><time datetime='2024-03-05T09:15:00+00:00'>09:15</time></a></div>"
    )
    assert find(f"<h1>A bridge</h1><article><p>The council met.</p>{post}</article>").comments == ()


@pytest.mark.parametrize("classes", [("author", "date", "text"), ("x-author-1", "y-date", "z-text")])
@pytest.mark.parametrize("order", tuple(permutations(range(3))))
def test_columns_are_read_in_every_order_of_the_cells(order, classes):
    values = ("NAME", "DATE", "<p>TEXT</p>")
    cells = [f'<div class="{name}">{value}</div>' for name, value in zip(classes, values, strict=True)]
    found = thread(f'<div class="comment">{"".join(cells[place] for place in order)}</div>').comments
    assert [each.author for each in found] == list(TEXTS)
    assert [each.text for each in found] == list(TEXTS.values())


def test_a_page_that_closes_its_first_tag_at_once_is_read():
    row = '<li class="comment"><b class="fn">Ada</b> <time>5 March 2024</time><p>It shakes.</p></li>'
    source = f'<html lang="en" /><body><h1>A bridge</h1><ol class="commentlist">{row}</ol></body></html>'
    (found,) = parse_page(Page("page.html", PageKind.HTML, source, "utf-8")).comments
    assert (found.author, found.text) == ("Ada", "It shakes.")


@cases("picture")
def test_emoji_that_are_pictures_are_text(picture):
    sign = html.fromstring(picture).get("alt") or html.fromstring(picture).get("aria-label")
    bay = '<img alt="A view of the bay" src="bay.jpg">'
    boxes = [f"<p>{text} {bay}{picture}</p>" for text in ("", *TEXTS.values())]
    form = '<li class="comment"><cite class="fn">Ada {0}</cite><div class="comment-content">{1}</div></li>'
    listed = "".join(map(form.format, "abcd", boxes))
    page = f'<body><h1>A bridge</h1><ol class="comment-list">{listed}</ol></body>'
    comments = parse_page(Page("page.html", PageKind.HTML, page, "utf-8")).comments
    assert [each.text for each in comments] == [sign, *(f"{text} {sign}" for text in TEXTS.values())]


@pytest.mark.parametrize(
    "subject", ["<h4>About NAME</h4>", '<div class="subject">About NAME</div>', "<b>About NAME</b><br>"]
)
def test_a_subject_in_a_box_of_its_own_is_no_part_of_the_text(subject):
    comments = thread(
        f'<div class="comment"><i class="author">NAME</i><div class="comment-text">{subject}<p>TEXT</p></div></div>'
    ).comments
    assert [each.text for each in comments] == list(TEXTS.values())


@pytest.mark.parametrize("form", ["~NAME~", "★ NAME", "NAME (@name)", "NAME (name_12)", "NAME (guest)"])
def test_signs_accounts_and_roles_are_no_part_of_a_name(form):
    comments = thread(
        f'<div class="comment"><b class="author">{form}</b><p class="comment-text">TEXT</p></div>'
    ).comments
    assert [each.author for each in comments] == list(TEXTS)


def test_a_day_is_no_name():
    comments = thread('<div class="zq"><time>1 March</time><div class="zt"><p>TEXT</p></div></div>').comments
    assert not any(each.author for each in comments)


def test_what_a_site_gives_to_all_comments_is_none_of_theirs():
    """Once a date in the attributes of a template was every comment's, and texts marked as quotations were left out."""
    form = (
        "<li class=comment><cite>{}</cite><time datetime='2013-10-30T10:29:20+01:00'>2016-02-0{} 20:07</time>"
        "<blockquote><p>{}</p></blockquote></li>"
    )
    said = (("Ada", "The ferry was cheaper, and it ran at night."), ("Bo", "Nobody asked us."), ("Cy", "Build it now!"))
    rows = "".join(form.format(name, n, text) for n, (name, text) in enumerate(said, 1))
    story = "<p>The council met on Tuesday and agreed on a second lane for the bridge at length.</p>" * 6
    source = f"<title>Bridge</title><article><h1>Bridge</h1>{story}</article><ul class=comment-list>{rows}</ul>"
    found = parse_page(Page("page.html", PageKind.HTML, source, "utf-8")).comments
    assert [(c.author, c.text, c.quoted, c.posted) for c in found] == [
        (name, text, None, f"2016-02-0{n}T20:07") for n, (name, text) in enumerate(said, 1)
    ]


def test_a_signature_is_no_part_of_any_text_around_it() -> None:
    index = Index(
        html.document_fromstring('<body><div><p>Yes.</p><p class="post-signature">Sent by Bo</p></div></body>')
    )
    find_comments(index)
    assert index.text.text_of(index.elements[0]) == "Yes."
