"""Pages of a site read by the markup of its comments: the same documents as from full readings."""

import html
import random
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks.material import _COMMENT, _PAGE, make_comment, make_sentence
from stance.cli import app
from stance.datamodels import Document, Page, PageKind
from stance.parsing.html import wrapper
from stance.parsing.html.page import parse_html

PAGES = Path(__file__).parent / "pages"
FAMILIES, FAMILY = 8, 26
FEWEST_FAST = 0.2

WPDISCUZ = """<div id="wpd-comm-{number}_0" class="comment even depth-{depth} wpd-comment"><div
class="wpd-comment-wrap">
<div class="wpd-comment-right" id="comment-{number}"><div class="wpd-comment-header"><i class="fas" /></i><div
class="wpd-comment-author"><a href="/u/{number}">{author}</a></div>
<div class="wpd-comment-date" title="{date}">2 months ago</div></div>
<div class="wpd-comment-text">{text}</div><div class="wpd-comment-footer"><div class="wpd-vote-result">{votes}</div>
<div class="wpd-reply-button"><span>Reply</span></div></div></div></div>{answers}</div>"""
TYPEPAD = """<div class="comment comment-{parity}" id="comment-{number}"><div class="comment-content">{text}</div>
<p class="comment-footer">Posted by <span class="comment-author">{author}</span> |
<time datetime="{date}">{date}</time></p>{answers}</div>"""
LIST = """<li id="comment-{number}" class="comment byuser comment-author-u{number} {parity} depth-{depth}">
<article class="comment-body"><div class="comment-author vcard"><b class="fn">{author}</b>
<span class="says">says:</span></div><div class="comment-metadata">
<a href="https://a.example/2024/x/#comment-{number}"><time datetime="{date}">{date}</time></a></div>
<div class="comment-content">{text}</div><a class="comment-reply-link" href="/x?replytocom={number}#respond"
aria-label='Reply to {author}'>Reply</a></article>{answers}</li><!-- #comment-## -->"""
FORMS = {
    "wordpress": LIST,
    "material": _COMMENT.replace("<p>{text}</p>", "{text}").replace("</li>", "{answers}</li>"),
    "wpdiscuz": WPDISCUZ,
    "typepad": TYPEPAD,
}
ANSWERS = {"wordpress": '<ol class="children">{}</ol>', "material": '<ul class="children">{}</ul>'}
STATED = '<h2 class="comments-title">{n} comments</h2>'


class Thread:
    """The comments of a page that is made up, and what is done to them."""

    def __init__(self, draw: random.Random, form: str) -> None:
        self.draw, self.form, self.stated = draw, form, None
        self.after, self.around = "", 'class="comments-area"'
        self.comments = [self.comment(number) for number in range(1, draw.randint(4, 12))]
        for one in self.comments[2:]:
            if draw.random() < 0.25:
                one["parent"] = one["number"] - 1

    def comment(self, number: int) -> dict:
        draw = self.draw
        texts = [html.escape(make_comment(draw, draw.randint(1, 3))) for _ in range(draw.choice((1, 1, 1, 2)))]
        return {
            "number": number,
            "parity": ("even", "odd alt")[number % 2],
            "author": f"{draw.choice(('Ann', 'Bo', 'Cleo', 'Dan'))} {draw.choice(('Lind', 'Berg', 'Moss'))}{number}",
            "date": f"2024-{draw.randint(1, 12):02}-{draw.randint(1, 28):02}T{draw.randint(0, 23):02}:15:00+00:00",
            "text": "".join(f"<p>{text}</p>" for text in texts),
            "votes": draw.randint(-3, 9),
            "parent": None,
            "form": self.form,
        }

    def any(self) -> dict:
        return self.draw.choice(self.comments)

    def written(self, parent: int | None = None, depth: int = 1) -> str:
        found = []
        for each in self.comments:
            if each["parent"] == parent and (parent or 0) < each["number"]:
                answers = self.written(each["number"], depth + 1)
                answers = ANSWERS.get(each["form"], "{}").format(answers) if answers else ""
                found.append(FORMS[each["form"]].format(**{**each, "depth": depth, "answers": answers}))
        return "\n".join(found)

    def page(self) -> str:
        body = "\n".join(f"<p>{html.escape(make_comment(self.draw, 4))}</p>" for _ in range(4))
        count = STATED.format(n=len(self.comments) if self.stated is None else self.stated)
        head, tail = _PAGE.split('<h2 class="comments-title">{n} comments</h2>')
        source = (head + "@COUNT" + tail).format(
            title=html.escape(make_sentence(self.draw)), date="2024-01-02", body=body, comments=self.written()
        )
        source = source.replace('class="comments-area"', self.around)
        return source.replace("@COUNT", count).replace("<footer>All", f"{self.after}<footer>All")


def put(key: str, *values: str) -> Callable[[Thread], None]:
    def change(thread: Thread) -> None:
        for _ in range(thread.draw.randint(1, 2)):
            thread.any()[key] = thread.draw.choice(values)

    return change


def add(*texts: str) -> Callable[[Thread], None]:
    def change(thread: Thread) -> None:
        for _ in range(thread.draw.randint(1, 3)):
            one = thread.any()
            one["text"] = thread.draw.choice((one["text"] + "{}", "{}" + one["text"])).format(thread.draw.choice(texts))

    return change


def label_all(thread: Thread) -> None:
    for each in thread.comments:
        each["author"] = "Guest"


def undate_all(thread: Thread) -> None:
    """Date no comment; in some pages a year stands elsewhere."""
    date = thread.draw.choice(("", "yesterday", "2 months ago"))
    for each in thread.comments:
        each["date"] = date
    if thread.draw.random() < 0.4:
        put("author", "Ann 2014", "3 May 2014")(thread)
    if thread.draw.random() < 0.4:
        put("text", "<p>May 3, 2014</p>", "<p>It was on 3 May 2014 at 10:15</p>")(thread)


def state(thread: Thread) -> None:
    thread.stated = thread.draw.choice((0, 1, len(thread.comments) + 1, 40))


def repeat(thread: Thread) -> None:
    one = thread.any()
    thread.comments.append({**one, "number": thread.draw.choice((one["number"], 90)), "parent": None})


def mix(thread: Thread) -> None:
    thread.any()["form"] = thread.draw.choice(list(FORMS))


def surround(thread: Thread) -> None:
    thread.after = thread.draw.choice(
        (
            '<div><ul class="recentcomments"><li class="comment">Ann on <a href="/y#comment-7">Y</a></li></ul></div>',
            '<ol class="comment-list"><li class="comment" id="comment-77"><p class="comment-text">No.</p></li></ol>',
            "<h3>12 comments</h3><p>3 comments on another story</p>",
            '<template><li id="comment-1" class="comment depth-1"></template><textarea><li class="comment"></textarea>',
            "<p>" + "&amp;" * 2_000 + "</p>",
        )
    )


def enclose(thread: Thread) -> None:
    thread.around = thread.draw.choice(
        (
            'itemprop="author"',
            'class="comment-author"',
            'class="widget_recent_comments"',
            'class="pingback"',
            'class="user"',
        )
    )


CHANGES = {
    "around all": enclose,
    "links": add(
        '<a href="https://x.example/a?b=1&amp;c=2">there</a>',
        '<a href="#comment-1">Ann Lind1</a>',
        "<a href='/b'>b</a>",
        '<a href="https://y.example/story#comment-900">c</a>',
        '<a class="user" href="/u">Ann</a>',
        '<a href="/p" rel="nofollow">p</a>',
    ),
    "quotes": add(
        "<blockquote><p>They said so.</p></blockquote>", "<q>so</q>", "<blockquote>Ann wrote: x</blockquote>"
    ),
    "deleted": put("text", "[deleted]", "<p>[deleted]</p>", "<p>This comment was removed.</p>", "<p>[removed]</p>", ""),
    "authors": put(
        "author",
        "",
        " ",
        "Moderator",
        "Reply",
        "Ann Lind says:",
        "12 March 2014",
        "@ann",
        "Anonymous",
        "Ann &amp; Bo &copy",
    ),
    "no dates": undate_all,
    "dates": put("date", "", "yesterday", "2 months ago", "2023", "March 5, 2024 9:15 am"),
    "inline": add(
        "<p>so <em>very</em> <b>much</b>, <strong>Bo</strong></p>",
        "<br>really<br/>",
        "<p>un<i>closed</p>",
        "</p>",
        "</b>",
        "</a>",
        "<cite>Bo</cite>",
        "<time>3 May 2014</time>",
        "<span class='fn'>Cy</span>",
        "<ul><li>one</li></ul>",
        "<h4>Title</h4>",
    ),
    "texts": put(
        "text",
        "<p>12</p>",
        "<p>3 May 2014</p>",
        "<p>Reply</p>",
        "<p>Same words here, all of them.</p>",
        "<p>+1</p>",
        "Ann Lind1",
    ),
    "odd": add(
        "&copy",
        "&copy;",
        "&#150;",
        "\x85",
        "\x0b",
        "\u200b",
        "1 &lt; 2 &amp;&amp; 3 > 2",
        "\u00a0&nbsp;",
        "AT&T",
        "😀",
        "\r\n",
        "5 likes",
    ),
    "labels": label_all,
    "stated": state,
    "repeated": repeat,
    "mixed": mix,
    "around": surround,
    "parents": put("parent", None, 1, 2),
}


def family(number: int) -> Iterator[Page]:
    """Make the pages of one site; from the fifth on, most are changed. Some sites have two templates in turn."""
    draw = random.Random(number)
    forms = draw.sample(list(FORMS), 2 if number % 4 == 0 else 1)
    for place in range(FAMILY):
        thread = Thread(draw, forms[place % len(forms)])
        changes = draw.sample(list(CHANGES), draw.choice((0, 0, 1, 1, 2))) if place > 4 else []
        for change in changes:
            CHANGES[change](thread)
        yield Page(f"site{number}/{place:03}.html", PageKind.HTML, thread.page(), "utf-8")


def real() -> Iterator[Page]:
    """Take the pages of all systems, as pages of one site, some of them twice."""
    paths = sorted(PAGES.glob("*.html"))
    for place, path in enumerate((*paths, *paths[::3])):
        yield Page(f"real/{place:03}.html", PageKind.HTML, path.read_text(encoding="utf-8"), "utf-8")


@cache
def pages() -> tuple[Page, ...]:
    return (*(page for number in range(FAMILIES) for page in family(number)), *real())


@cache
def full() -> dict[str, Document]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wrapper, "MOST_SITES", 0)
        return {page.source: parse_html(page) for page in pages()}


@pytest.mark.slow
@pytest.mark.parametrize("order", ["as made", "shuffled"])
def test_equal_to_full_readings(order: str, capsys: pytest.CaptureFixture[str]) -> None:
    wrapper._SITES.clear()
    ordered = list(pages())
    if order == "shuffled":
        random.Random(1).shuffle(ordered)
    fast = 0
    for page in ordered:
        site = wrapper.site_of(page)
        before = site.pages if site else 0
        assert parse_html(page) == full()[page.source], page.source
        fast += site is not None and site.pages == before
    with capsys.disabled():
        print(f" {fast} of {len(ordered)} pages were read by their markup")
    assert len(ordered) > FAMILIES * FAMILY
    assert fast >= FEWEST_FAST * len(ordered)


def test_two_jobs_give_the_same(tmp_path: Path) -> None:
    for page in pages()[: 3 * FAMILY]:
        place = tmp_path / page.source
        place.parent.mkdir(exist_ok=True)
        place.write_text(page.text, encoding="utf-8", newline="")
    written = []
    for jobs in ("1", "2"):
        wrapper._SITES.clear()
        place = tmp_path / f"{jobs}.json"
        result = CliRunner().invoke(app, ["parse", str(tmp_path), "-j", jobs, "-o", str(place)])
        assert result.exit_code == 0, result.output
        written.append(place.read_bytes())
        place.unlink()
    assert written[0] == written[1]


def test_texts_are_of_the_page_itself() -> None:
    """A page without comments, or of another site's making, is not read by what is known."""
    wrapper._SITES.clear()
    for page in family(1):
        parse_html(page)
    source = "<html><body><h1>Title</h1><p>Words of an article.</p></body></html>"
    assert parse_html(Page("site1/other.html", PageKind.HTML, source, "utf-8")).comments == ()


def test_two_pages_of_a_site_are_held_and_learned_from_with_the_third() -> None:
    wrapper._SITES.clear()
    first, second, third, *_ = family(2)
    for page in (first, second):
        parse_html(page)
    site = wrapper.site_of(third)
    assert site is not None
    assert (len(site.held), site.pages, site.forms) == (2, 2, {})
    parse_html(third)
    assert (site.held, site.pages) == ([], 2)
    assert site.is_trusted


def test_few_sites_and_forms_are_held() -> None:
    wrapper._SITES.clear()
    for number in range(2 * wrapper.MOST_SITES):
        assert wrapper.site_of(Page(f"folder{number}/page.html", PageKind.HTML, "", "utf-8")) is not None
    assert len(wrapper._SITES) == wrapper.MOST_SITES
    assert wrapper.site_of(Page("page.html", PageKind.HTML, "", "utf-8")) is None
    for page in (page for number in (0, 4, 8) for page in family(number)):
        parse_html(Page(f"one/{page.source}".replace("/", "_", 1), page.kind, page.text, page.encoding))
    assert all(len(site.forms) <= wrapper.MOST_FORMS for site in wrapper._SITES.values())
