"""Make up pages to measure speed on: the same on every machine.

Comments have the share of names that comments under news have, and half their length; they mean nothing.
"""

import html
import random
from collections.abc import Callable, Iterator

MakeComment = Callable[[random.Random], str]

COMMENTS_PER_PAGE = 100
PARAGRAPHS_PER_PAGE = 12

_OPENINGS = (
    "Honestly,", "As I said before,", "Anyone can see that", "I still think", "My neighbour says",
    "It is no secret that", "Sorry, but", "For once", "", "", "",
)  # fmt: skip
_NAMED = (
    "Russia", "Putin", "Moscow", "the Kremlin", "the Russians", "the US", "Washington", "the Americans", "the Pentagon",
    "NATO", "the alliance", "Ukraine", "Kiev", "China", "Turkey", "Iran", "Germany",
)  # fmt: skip
_UNNAMED = (
    "the minister", "this paper", "the mayor", "our press", "the committee", "the harbour", "that company", "my cousin",
    "the bank", "the union", "everybody", "nobody here", "the editor", "the railway", "the opposition", "the court",
)  # fmt: skip
_VERBS = (
    "started this mess", "will never give up", "is right to stay calm", "has lied to us for years",
    "deserves our support", "keeps its word", "breaks every treaty", "wants peace", "only wants the gas",
    "cannot be trusted", "pays for all of it", "sells weapons to both sides", "is weaker than it looks",
    "bombed another hospital", "stands alone now", "does not care about people like you and me",
    "should leave those islands alone", "has a point, whatever you think of the rest",
)  # fmt: skip
_ENDINGS = (
    "and we all know why.", "as usual!", "if you ask me.", "but who listens?", "since {year}.", "for {number} million.",
    "and the {number} ships are the proof.", "so stop crying.", ".", ".", "!", "...",
    "because prices went up by {number}%.",
)  # fmt: skip
_LENGTHS = (1, 1, 1, 2, 2, 2, 3, 3, 4, 6)
"""Sentences of a comment."""

_NAMED_SHARE = 0.35
_NAMES = (
    "Ann",
    "Bo",
    "Cleo",
    "Dan",
    "Eve",
    "Finn",
    "Gia",
    "Hal",
    "Ida",
    "Jon",
    "Kim",
    "Lou",
    "Max",
    "Nia",
    "Otto",
    "Pia",
)

_PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{title} - The Measured Mile</title>
<meta property="og:site_name" content="The Measured Mile"><meta property="article:published_time" content="{date}">
</head><body><nav><a href="/">Home</a> <a href="/world">World</a></nav>
<main><article><h1>{title}</h1>
{body}
</article>
<section id="comments" class="comments-area"><h2 class="comments-title">{n} comments</h2><ol class="comment-list">
{comments}
</ol></section></main><footer>All rights reserved.</footer></body></html>
"""
_COMMENT = """<li id="comment-{number}" class="comment depth-1"><article class="comment-body">
<footer class="comment-meta"><div class="comment-author vcard"><b class="fn">{author}</b>
<span class="says">says:</span></div>
<div class="comment-metadata"><a href="#comment-{number}"><time datetime="{date}">{date}</time></a></div></footer>
<div class="comment-content"><p>{text}</p></div></article></li>"""


def make_pages(seed: int = 0, comment: MakeComment | None = None) -> Iterator[str]:
    """Make HTML pages with comments, without end, no two alike.

    :param comment: Makes the text of one; :func:`make_comment` where not given.
    """
    draw = random.Random(seed)
    number = 0
    while True:
        number += 1
        title = f"{make_sentence(draw)[:60].strip(' .!?')}, part {number}"
        body = "\n".join(f"<p>{html.escape(make_comment(draw, 5))}</p>" for _ in range(PARAGRAPHS_PER_PAGE))
        comments = "\n".join(_comment(draw, k, comment or make_comment) for k in range(1, COMMENTS_PER_PAGE + 1))
        yield _PAGE.format(
            title=html.escape(title), body=body, comments=comments, date=_date(draw), n=COMMENTS_PER_PAGE
        )


def make_dumps(seed: int = 0, comment: MakeComment | None = None) -> Iterator[str]:
    """Make the same kind of pages as text dumps, as a browser's "save as text" gives them."""
    say = comment or make_comment
    draw = random.Random(seed)
    number = 0
    while True:
        number += 1
        body = [make_comment(draw, 5) for _ in range(PARAGRAPHS_PER_PAGE)]
        comments = [f"{_author(draw)}\n{_date(draw)}\n{say(draw)}\nReply" for _ in range(COMMENTS_PER_PAGE)]
        title = f"{make_sentence(draw)[:60].strip(' .!?')}, part {number}"
        yield "\n\n".join([title, *body, f"{COMMENTS_PER_PAGE} Comments", *comments]) + "\n"


def make_comment(draw: random.Random, sentences: int | None = None) -> str:
    """Make a comment of so many sentences, or as many as comments have."""
    return " ".join(make_sentence(draw) for _ in range(sentences or draw.choice(_LENGTHS)))


def make_sentence(draw: random.Random) -> str:
    """Make a sentence; one in three names a target, or another side."""
    subject = draw.choice(_NAMED if draw.random() < _NAMED_SHARE else _UNNAMED)
    ending = draw.choice(_ENDINGS).format(year=draw.randint(1949, 2025), number=draw.randint(2, 900))
    parts = (draw.choice(_OPENINGS), subject, draw.choice(_VERBS), ending)
    sentence = " ".join(part for part in parts if part).replace(" .", ".").replace(" !", "!").replace(" ..", "..")
    return sentence[:1].upper() + sentence[1:]


def _comment(draw: random.Random, number: int, say: MakeComment) -> str:
    text = html.escape(say(draw))
    return _COMMENT.format(number=number, author=_author(draw), date=_date(draw), text=text)


def _author(draw: random.Random) -> str:
    return f"{draw.choice(_NAMES)} {draw.choice(_NAMES)}{draw.randint(1, 99)}"


def _date(draw: random.Random) -> str:
    month, day, hour, minute = draw.randint(1, 12), draw.randint(1, 28), draw.randint(0, 23), draw.randint(0, 59)
    return f"2024-{month:02}-{day:02}T{hour:02}:{minute:02}:00+00:00"
