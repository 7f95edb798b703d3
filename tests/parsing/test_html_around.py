"""What stands around the texts of comments: names, votes, parents, copies and quotations."""

import pytest

from stance.datamodels import Comment, Document
from stance.parsing.html.around import NESTED
from tests.support.parsed import parse_html, said
from tests.support.tables import cases

TEXTS = [
    "The ferry has been late every morning since the old bridge was shut down.",
    "Nobody on the council has ever taken that ferry to work in the winter.",
    "My neighbour counted forty lorries on our street before seven this morning.",
    "A second lane would have cost less than the survey that they paid for.",
]
NAMES = ["Hanna Brock", "pier_walker", "Tomas Wirth", "Lou Achterberg"]
ARTICLE = "".join(
    f"<p>The council of the harbour town met on Monday evening to speak about the bridge for the {n} time.</p>"
    for n in ("first", "second", "third", "fourth")
)


def document(*boxes: str) -> Document:
    thread = "".join(boxes)
    return parse_html(f"<body><h1>Bridge shut again</h1><div>{ARTICLE}</div><h3>{len(TEXTS)} Comments</h3>{thread}")


def comments(*boxes: str) -> tuple[Comment, ...]:
    return document(*boxes).comments


def filled(form: str) -> list[str]:
    """Return the form of a comment for each text."""
    both = enumerate(zip(NAMES, TEXTS, strict=True))
    return [form.format(name=name, text=text, n=n, likes=40 + n, dislikes=3 + n) for n, (name, text) in both]


DATE = "<time datetime='2024-03-13T09:0{n}:00Z'>13 March 2024</time>"


@cases("form")
def test_a_name_is_what_stands_at_the_same_place_of_each_comment(form):
    found = comments(*filled(form))
    assert [(each.author, each.text) for each in found] == list(zip(NAMES, TEXTS, strict=True))


def test_weekdays_and_signs_may_be_parts_of_names():
    names = ["Joe Friday", "tom@", "Ruby Tuesday", "mika☆"]
    form = (
        "<div class=remark><span class=remark-name>{name}</span> "
        + DATE
        + "<div class=remark-text><p>{text}</p></div></div>"
    )
    pairs = enumerate(zip(names, TEXTS, strict=True))
    found = comments(*(form.format(name=name, text=text, n=n) for n, (name, text) in pairs))
    assert [each.author for each in found] == names


@cases("votes", "first")
def test_votes_are_the_likes_whatever_their_order(votes, first):
    form = (
        "<div class=remark id=r{n}><p class=who><a href='/u/{n}'>{name}</a> "
        + DATE
        + "</p><p>{text}</p>"
        + votes
        + "</div>"
    )
    found = comments(*filled(form))
    assert [each.votes for each in found] == [first + n for n in range(4)]
    assert [each.author for each in found] == NAMES


@pytest.mark.parametrize(
    ("form", "votes"),
    [
        ("<b class=score-down>{0} points</b><b>{1} points</b><b class=score-up>{2} points</b>", [102, 40, 7, 1]),
        ("<b class=vote-number>{number}</b>", [None] * 4),
    ],
    ids=["before and after an own vote", "numbers of posts"],
)
def test_one_number_of_several_forms_is_a_score(form, votes):
    boxes = []
    for n, (name, text) in enumerate(zip(NAMES, TEXTS, strict=True)):
        value = votes[n] or 0
        beside = form.format(value - 1, value, value + 1, number=n + 1)
        boxes.append(
            f"<div class=remark><p><b class=name>{name}</b> {DATE.format(n=n)} <i>{beside}</i></p><p>{text}</p></div>"
        )
    assert [each.votes for each in comments(*boxes)] == votes


def test_a_few_likes_stand_in_attributes():
    like = "<p class=comment-likes><a data-like-count=7>Liked by 7 people</a></p>"
    form = filled("<li class=comment id=comment-{n}><cite class=fn>{name}</cite> " + DATE + "<p>{text}</p></li>")
    form[2] = form[2].replace("</li>", f"{like}</li>")
    found = comments(f"<ol class=commentlist>{''.join(form)}</ol>")
    assert [(each.text, each.votes) for each in found] == [*zip(TEXTS, [None, None, 7, None], strict=True)]


@pytest.mark.parametrize(
    "beside",
    [
        "<dl><dt>Recommended by:</dt><dd><a>Hanna</a>, <a>Lou</a>, <a>Tomas</a></dd></dl>{}",
        "{}<p class=sig>Nothing is obvious to the oblivious.</p>",
        "<blockquote>{}</blockquote><blockquote class=translation><p>The same in another language.</p></blockquote>",
        "{}<span class=cluv>Ada recently posted <a>Ferries of the world</a></span>",
    ],
    ids=["likers", "signature", "translation", "latest post"],
)
def test_what_the_page_adds_to_a_comment_is_not_the_writers(beside):
    form = "<div class=remark><p class=who><b>{name}</b> " + DATE + "</p>" + beside.format("<p>{text}</p>") + "</div>"
    assert [(each.author, each.text) for each in comments(*filled(form))] == [*zip(NAMES, TEXTS, strict=True)]


ROW = (
    "<div class='com {kind}' id=c{n}><p><strong>{name}</strong> "
    + DATE
    + "</p><div class=content><p>{text}</p></div></div>"
)


def rows(kinds: list[str]) -> list[str]:
    cells = zip(kinds, NAMES, TEXTS, strict=True)
    return [ROW.format(kind=kind, name=name, text=text, n=n) for n, (kind, name, text) in enumerate(cells)]


@cases("boxes", "answered")
def test_levels_and_nesting_tell_who_answers_whom(boxes, answered):
    found = comments(*boxes)
    by_id = {each.comment_id: n for n, each in enumerate(found)}
    assert [by_id.get(each.reply_to or "") for each in found] == answered


@pytest.mark.parametrize(("form", "is_doubted"), [("{}{}{}{}", False), ("{}<div class=list>{}{}{}</div>", True)])
def test_comments_at_several_depths_without_a_reply_are_doubted(form, is_doubted):
    found = document(form.format(*rows([""] * 4)))
    assert [(each.text, each.reply_to) for each in found.comments] == [(text, None) for text in TEXTS]
    assert (NESTED in found.doubts) == is_doubted


@cases("copies")
def test_a_text_that_the_page_holds_twice_is_read_once(copies):
    found = comments(*filled("<div class=remark><p>" + DATE + " <b>{name}</b></p>" + copies + "</div>"))
    assert [(each.author, each.text) for each in found] == list(zip(NAMES, TEXTS, strict=True))


def test_words_of_earlier_comments_are_quoted_in_html_too_short_sentences_with_them():
    first = f"{TEXTS[0]} Shame on them. {TEXTS[1]}"
    texts = [first, f"{first}\nNot on my street it is not.", *TEXTS[2:]]
    form = "<div class=remark><b>{name}</b><div class=remark-text><p>{text}</p></div></div>"
    found = comments(*(form.format(name=name, text=text) for name, text in zip(NAMES, texts, strict=True)))
    assert [each.own_words.strip() for each in found] == [first, "Not on my street it is not.", *TEXTS[2:]]


def test_a_quotation_with_name_and_date_is_no_comment_of_its_own():
    form = (
        "<div class=op id=op{n}><p class=head><b>{name}</b> wrote on 13/03/2024 09:2{n}:</p>{quote}<p>{text}</p></div>"
    )
    quote = f"<div class=cited><p><b>{NAMES[0]}</b> wrote on 13/03/2024 09:20:</p><p>{TEXTS[0]}</p></div>"
    quotes = ["", "", quote, ""]
    cells = enumerate(zip(NAMES, TEXTS, quotes, strict=True))
    found = comments(*(form.format(n=n, name=name, text=text, quote=quote) for n, (name, text, quote) in cells))
    assert [each.author for each in found] == NAMES
    assert found[2].quoted is None or TEXTS[0] in found[2].quoted
    assert (TEXTS[0] in found[2].text) == (found[2].quoted is not None)


def test_a_place_without_comments_is_none():
    boxes = filled("<li><div><span class=who>{name}</span> " + DATE + "</div><p>{text}</p></li>")
    found = comments(
        f"<ul class=box>{''.join(boxes)}</ul><ul class=box><li><p>There are no featured comments now.</p></li></ul>"
    )
    assert [each.text for each in found] == TEXTS


def test_the_card_of_a_link_is_not_the_writers():
    card = "<div class=link-preview><a href='https://paper.example/x'>Council praised by all ministers</a></div>"
    form = (
        "<li class=comment id=comment-{n}><cite class=fn>{name}</cite> "
        + DATE
        + "<div class=comment-content><p>{text}</p>"
        + card
        + "</div></li>"
    )
    page = f"<h1>Bridge</h1>{ARTICLE}<ol class=commentlist>{''.join(filled(form))}</ol>"
    assert said(parse_html(page)) == list(zip(NAMES, TEXTS, strict=True))


WORDPRESS = "<li class=comment id=comment-{n}><cite class=fn>{name}</cite> " + DATE + "<p>{text}</p></li>"


@cases("inner", "are_others")
def test_comments_of_a_second_system_are_added(inner, are_others):
    new = {text: f"I said it before: {text.lower()}" for text in TEXTS}
    second = [
        f"<div class=fb-comment>{box}</div>".replace(text, new[text])
        for box, text in zip(filled(inner), TEXTS, strict=True)
    ]
    found = comments(f"<ol class=commentlist>{''.join(filled(WORDPRESS))}</ol><div>{''.join(second)}</div>")
    assert [each.text for each in found] == TEXTS + [*new.values()] * are_others


def test_lines_are_not_tagged_where_other_boxes_named_after_comments_are_far_from_dates(monkeypatch):
    monkeypatch.setattr("stance.parsing.html.comments.read_by_lines", None)
    widget = "".join(f"<li class=recentcomments>{name} on the bridge</li>" for name in NAMES)
    posts = "".join(f"<p>The ferry</p><p>{day} May 2024</p>" for day in range(1, 6))
    page = f"<ol class=commentlist>{''.join(filled(WORDPRESS))}</ol><ul>{widget}</ul>{'<p>Menu</p>' * 5}{posts}"
    assert [each.text for each in comments(page)] == TEXTS


DISQUS = (
    "<li class=post id=post-{n}><div class=post-content><span class=post-byline><span class=author>{name}</span></span>"
    "<a class=time-ago title='Saturday, March {n}, 2014 10:05 AM'>4 years ago</a>"
    "<div class=post-message><p>{text}</p></div></div></li>"
)


OTHERS = (
    "Who pays for all of this in the end, I would like to know?",
    "My uncle built that pier with his own hands, so ask him.",
    "Good news for the island, and thank you for the report.",
    "The council will change its mind again in spring, as always.",
)


@pytest.mark.parametrize("is_above", [True, False])
@pytest.mark.parametrize("count", [3, 4])
def test_a_second_list_above_or_below_is_read_without_a_count(is_above, count):
    posts = enumerate(zip(NAMES[::-1], OTHERS, strict=True), 3)
    boxes = [DISQUS.format(n=n, name=f"{name} May", text=text) for n, (name, text) in posts]
    lists = [
        f"<div id=comments><ol class=commentlist>{''.join(filled(WORDPRESS)[:count])}</ol></div>",
        f"<div id=disqus_thread><ul id=posts class=post-list>{''.join(boxes)}</ul></div>",
    ]
    found = comments(f"<article><h1>Bridge</h1>{ARTICLE}</article>{''.join(lists if is_above else lists[::-1])}")
    expected = [*TEXTS[:count], *OTHERS] if is_above else [*OTHERS, *TEXTS[:count]]
    assert [each.text for each in found] == expected


def test_the_posts_of_a_channel_are_the_article():
    posts = filled(WORDPRESS.replace("{name}", "River Post"))
    found = parse_html(f"<title>River Post – Telegram</title><ol class=commentlist>{''.join(posts)}</ol>")
    assert (found.comments, found.body) == ((), tuple(TEXTS))


@pytest.mark.parametrize("name", ["data-full", "data-full-text", "data-fulltext"])
def test_a_text_that_is_shown_cut_is_read_from_the_attribute_that_has_the_whole(name):
    form = WORDPRESS.replace("<p>{text}", f"<p><span {name}='{{text}}'>{{text:.30}} ...</span> <button>More</button>")
    assert [each.text for each in comments(f"<ol class=commentlist>{''.join(filled(form))}</ol>")] == TEXTS
