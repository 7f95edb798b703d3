"""Make up pages to measure speed on: the same on every machine.

Pages are as WordPress writes them by itself, and as its plugin wpDiscuz does, with a few hundred kB of markup.
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
_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "September", "October", "November")
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

SYSTEMS = {
    "Coral": (
        "div", "coral-comment", "coral-username", "coral-timestamp", "coral-comment-content",
        "coral-reactionButton-count",
    ),
    "Disqus": ("li", "post", "author", "time-ago", "post-message", "count"),
    "IntenseDebate": ("div", "idc-c", "idc-n", "idc-time", "idc-c-t", "idc-v-total"),
    "Livefyre": (
        "article", "fyre-comment-article", "fyre-comment-username", "fyre-comment-date", "fyre-comment",
        "fyre-comment-like-count",
    ),
    "Viafoura": ("div", "vf-comment-container", "vf-username", "vf-date", "vf-comment-html", "vf-count-likes"),
    "none": ("div", "b3", "b4", "b5", "b6", "b7"),
}  # fmt: skip
"""Comment systems: the tag of a comment, and the classes of comment, name, date, text and votes."""
_OF_SYSTEM = """<{0} class="{1}" id="c{{number}}"><header class="idc-c-h"><a class="{2}">{{author}}</a>
<time class="{3}" datetime="{{date}}">{{date}}</time></header><div class="{4}"><p>{{text}}</p></div>
<div class="vote-up"><span class="{5}">{{votes}}</span></div><a href="#reply{{number}}">Reply</a></{0}>"""

_HOME = "https://www.measuredmile.example"
_PATH = "".join(f"M{71 * k}.{k}l{37 * k}-{k} 0.5c-9.4 {k}-24.5 9.3-33.9 0z" for k in range(1, 6))
_ARROW = f"""<svg aria-hidden="true" focusable="false" data-prefix="fas" class="svg-inline--fa fa-w-14" role="img"
xmlns="http://www.w3.org/2000/svg" viewBox="0 0 448 512"><path d="{_PATH}"></path></svg>"""
_WPDISCUZ_COMMENT = f"""<div id="wpd-comm-{{number}}_{{parent}}" class="comment {{classes}}">
<div class="wpd-comment-wrap wpd-blog-guest"><div id="comment-{{number}}" class="wpd-comment-right">
<div class="wpd-comment-header"><div class="wpd-avatar ">
<img alt="{{author}}" src="{_HOME}/wp-content/avatars/{{number}}.png?s=64"
class="avatar avatar-64 photo" height="64" width="64" loading="lazy"
decoding="async"/></div><div class="wpd-user-info"><div class="wpd-uinfo-top">
<div class="wpd-comment-author ">{{author}}</div>
<div class="wpd-comment-share wpd-hidden wpd-tooltip" data-placement="right"><div class="wpd-tooltip-content">
<a class="wc_tw" target="_blank" href="https://share.example/?url={_HOME}/p/1/%23comment-{{number}}" title="Share">
<i class="fab wpf-cta"></i></a>
<a class="wc_fb" target="_blank" href="https://post.example/?u={_HOME}/p/1/%23comment-{{number}}" title="Post">
<i class="fab wpf-cta" aria-hidden="true"></i></a></div></div><div class="wpd-space"></div></div>
<div class="wpd-uinfo-bottom">{{answered}}
<div class="wpd-comment-date" title="{{date}}"><i class="far fa-clock" aria-hidden="true"></i>
{{months}} months ago</div>
</div></div>
<div class="wpd-comment-link wpd-hidden"><span wpd-tooltip="Comment link" wpd-tooltip-position="left">
<i class="fas fa-link" aria-hidden="true" data-wpd-clipboard="{_HOME}/p/1/#comment-{{number}}"></i></span></div></div>
<div class="wpd-comment-text"><p>{{text}}</p></div>
<div class="wpd-comment-footer"><div class="wpd-vote"><div class="wpd-vote-up wpd_not_clicked">{_ARROW}</div>
<div class="wpd-vote-result" title="{{votes}}">{{votes}}</div><div class="wpd-vote-down wpd_not_clicked">{_ARROW}</div>
</div>
<div class="wpd-reply-button"><svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">
<path d="M10 9V5l-7 7 7 7v-4.1c5 0 8.5 1.6
11 5.1-1-5-4-10-11-11z"/><path d="M0 0h24v24H0z" fill="none"/></svg><span>Reply</span></div><div class="wpd-space">
</div></div></div>
</div><div id="wpdiscuz_form_anchor-{{number}}_{{parent}}"></div>
"""
_ANSWERED = """<div class="wpd-reply-to"><i class="far fa-comments"></i> Reply to
<a href="#comment-{number}">{author}</a></div>"""
_STYLE = "".join(
    f"#wpdcom.wpd-layout-{layout} .wpd-blog-{role} .wpd-{part}{{color:#0a7{layout};border-left:{layout}px solid #eee}}"
    for layout in (1, 2, 3)
    for role in ("administrator", "author", "editor", "guest", "subscriber", "contributor")
    for part in ("comment-label", "comment-author", "avatar img", "comment-subheader", "comment-date", "vote-result")
)
_MENU = "\n".join(
    f'<li id="menu-item-{k}" class="menu-item menu-item-type-taxonomy menu-item-{k}">'
    f'<a href="{_HOME}/topic/{k}/">Topic {k}</a></li>'
    for k in range(60)
)
_PHRASES = ",".join(f'"wc_phrase_{k}":"Phrase number {k} of the form"' for k in range(300))
_SCRIPT = f"var wpdiscuzAjaxObj = {{{_PHRASES}}};"
_WPDISCUZ_PAGE = """<!DOCTYPE html>
<html lang="en-US"><head><meta charset="UTF-8"><title>{title} - The Measured Mile</title>
<meta property="og:site_name" content="The Measured Mile"><meta property="og:title" content="{title}">
<meta property="article:published_time" content="{date}"><style id="wpdiscuz-frontend-css-inline-css">{style}</style>
<script id="wpdiscuz-combo-js-js-extra">{script}</script></head>
<body class="post-template-default single single-post single-format-standard wp-theme"><div id="page" class="site">
<header id="masthead" class="site-header"><nav id="site-navigation" class="main-navigation">
<ul id="primary-menu" class="menu">
{menu}</ul></nav></header><div id="content" class="site-content"><main id="main" class="site-main">
<article id="post-1"
class="post-1 post type-post status-publish format-standard has-post-thumbnail hentry category-world">
<header class="entry-header"><h1 class="entry-title">{title}</h1><div class="entry-meta"><span class="posted-on"><time
class="entry-date published" datetime="{date}">{date}</time></span><span class="byline"> by <span class="author vcard">
<a class="url fn n" href="/author/desk/">{author}</a></span></span></div></header><div class="entry-content">
{body}
</div><footer class="entry-footer"><ul class="sharing"><li><a href="#s1">Share</a></li><li><a href="#s2">Post</a></li>
</ul></footer>
</article><section class="related-posts"><h3>You may also like</h3><ul>
{related}
</ul></section>
<div class="wpdiscuz_top_clearing"></div><div id="comments" class="comments-area"><div id="respond"></div>
<div id="wpdcom" class="wpdiscuz_unauth wpd-default wpd-layout-2 wpd-comments-open"><div class="wpd-form-wrap">
<div class="wpd-form-head"><div class="wpd-sbs-toggle">
<i class="far fa-envelope"></i> <span class="wpd-sbs-title">Subscribe</span></div>
<div class="wpd-auth"><div class="wpd-login"><a rel="nofollow" href="/wp-login.php">Login</a></div></div></div>
<div class="wpd-form wpd-form-wrapper wpd-main-form-wrapper" id="wpd-main-form-wrapper-0_0">
<form class="wpd_comm_form" method="post">
<textarea id="wc-textarea-0_0" required name="wc_comment" class="wc_comment wpd-field"></textarea>
<input type="text" name="wc_name"
class="wc_name wpd-field" placeholder="Name*"/><label for="wc_name-0_0" class="wpdlb">Name*</label>
<input type="email" name="wc_email"
class="wc_email wpd-field" placeholder="Email*"/><label class="wpdlb">Email*</label></form></div></div>
<div id="wpd-threads" class="wpd-thread-wrapper"><div class="wpd-thread-head">
<div class="wpd-thread-info " data-comments-count="{n}">
<span class="wpdtc" title="{n}">{n}</span> Comments</div><div class="wpd-thread-filter">
<div class="wpd-filter wpdf-sorting"><span
class="wpdiscuz-sort-button" data-sorting="newest">Newest</span><div class="wpdiscuz-sort-buttons">
<span class="wpdiscuz-sort-button"
data-sorting="oldest">Oldest</span><span class="wpdiscuz-sort-button" data-sorting="by_vote">Most Voted</span></div>
</div></div></div>
<div class="wpd-comment-info-bar"><div class="wpd-current-view"><i class="fas fa-quote-left"></i> Inline Feedbacks</div>
<div class="wpd-filter-view-all">View all comments</div></div><div class="wpd-thread-list">
{comments}
<div class="wpdiscuz-comment-pagination"></div></div></div></div></div></main>
<aside id="secondary" class="widget-area"><section class="widget widget_recent_entries">
<h2 class="widget-title">Latest</h2><ul>
{latest}
</ul></section></aside></div><footer id="colophon" class="site-footer"><ul>{menu}</ul><p>All rights reserved.</p>
</footer></div>
</body></html>
"""


def make_pages(seed: int = 0, comment: MakeComment | None = None, system: str = "") -> Iterator[str]:
    """Make HTML pages with comments, without end, no two alike.

    :param comment: Makes the text of one; :func:`make_comment` where not given.
    :param system: One of :data:`SYSTEMS`; comments as WordPress writes them where not given.
    """
    draw, form = random.Random(seed), _OF_SYSTEM.format(*SYSTEMS[system]) if system else _COMMENT
    number = 0
    while True:
        number += 1
        title = f"{_title(draw)}, part {number}"
        body = "\n".join(f"<p>{html.escape(make_comment(draw, 5))}</p>" for _ in range(PARAGRAPHS_PER_PAGE))
        comments = "\n".join(_comment(draw, k, comment or make_comment, form) for k in range(1, COMMENTS_PER_PAGE + 1))
        yield _PAGE.format(
            title=html.escape(title), body=body, comments=comments, date=_date(draw), n=COMMENTS_PER_PAGE
        )


def make_wpdiscuz(seed: int = 0, comment: MakeComment | None = None) -> Iterator[str]:
    """Make HTML pages with comments as the plugin wpDiscuz writes them, with answers, beside what blogs put around."""
    draw = random.Random(seed)
    number = 0
    while True:
        number += 1
        yield _WPDISCUZ_PAGE.format(
            title=html.escape(f"{_title(draw)}, part {number}"),
            body="\n".join(f"<p>{html.escape(make_comment(draw, 5))}</p>" for _ in range(PARAGRAPHS_PER_PAGE)),
            comments=_thread(draw, comment or make_comment),
            related=_links(draw, 12),
            latest=_links(draw, 20),
            author=_author(draw),
            date=_date(draw),
            n=COMMENTS_PER_PAGE,
            menu=_MENU,
            style=_STYLE,
            script=_SCRIPT,
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
        title = f"{_title(draw)}, part {number}"
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


def _comment(draw: random.Random, number: int, say: MakeComment, form: str) -> str:
    text, votes = html.escape(say(draw)), _votes(draw) if "{votes}" in form else 0
    return form.format(number=number, author=_author(draw), date=_date(draw), text=text, votes=votes)


def _votes(draw: random.Random) -> int:
    """Draw votes as readers give them: nine of ten are below ten, one of a hundred is above a hundred."""
    return min(int(draw.paretovariate(1)) - 1, 999)


def _thread(draw: random.Random, say: MakeComment) -> str:
    """Write comments of which each stands inside the one that it answers; half of them answer none."""
    parts, above = [], list[tuple[int, str]]()
    for number in range(1, COMMENTS_PER_PAGE + 1):
        depth = min(draw.choice((1, 1, 1, 2, 2, 3)), len(above) + 1)
        parts.append("</div>" * (len(above) - depth + 1))
        del above[depth - 1 :]
        parent, asked = above[-1] if above else (0, "")
        author = _author(draw)
        month, day, hour, minute = draw.choice(_MONTHS), draw.randint(1, 28), draw.randint(1, 12), draw.randint(0, 59)
        parts.append(
            _WPDISCUZ_COMMENT.format(
                number=number,
                parent=parent,
                classes=f"{'even' if number % 2 else 'odd alt'} depth-{depth} {'wpd-reply ' if parent else ''}"
                f"wpd-comment wpd_comment_level-{depth}",
                answered=_ANSWERED.format(number=parent, author=asked) if parent else "",
                author=author,
                date=f"{month} {day}, 2024 {hour}:{minute:02} am",
                months=draw.randint(2, 11),
                votes=_votes(draw),
                text=html.escape(say(draw)),
            )
        )
        above.append((number, author))
    return "".join([*parts, "</div>" * len(above)])


def _links(draw: random.Random, n: int) -> str:
    """Write a list of other pages, with the start of each."""
    return "\n".join(
        f'<li class="post-item"><a href="{_HOME}/p/{draw.randint(2, 9999)}/" rel="bookmark">'
        f'<img src="/t/{k}.jpg" alt=""><h4 class="post-title">{html.escape(_title(draw))}</h4></a>'
        f'<span class="post-date">{_date(draw)[:10]}</span><p>{html.escape(make_sentence(draw))}</p></li>'
        for k in range(n)
    )


def _title(draw: random.Random) -> str:
    return make_sentence(draw)[:60].strip(" .!?")


def _author(draw: random.Random) -> str:
    return f"{draw.choice(_NAMES)} {draw.choice(_NAMES)}{draw.randint(1, 99)}"


def _date(draw: random.Random) -> str:
    month, day, hour, minute = draw.randint(1, 12), draw.randint(1, 28), draw.randint(0, 23), draw.randint(0, 59)
    return f"2024-{month:02}-{day:02}T{hour:02}:{minute:02}:00+00:00"
