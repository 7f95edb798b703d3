"""Exports and feeds in XML: WordPress (WXR), Disqus, and the comment feeds (RSS, Atom) that most blogs offer.

They tell what a saved page only shows: who answers whom, when to the second, and which comments were spam. A WordPress
export is read post by post; Disqus lists all threads, then all posts by time, so its posts are laid aside on disk.
"""

import io
import re
from collections.abc import Iterator
from html import escape
from itertools import chain
from urllib.parse import urldefrag, urlsplit
from xml.etree.ElementTree import Element, tostring

from stance.datamodels import Document
from stance.exceptions import InputError
from stance.limits import Limits, shown_size
from stance.reading.encoding import clean
from stance.reading.entries import Entry, Thread, host_of, web_address
from stance.reading.markup import read_line, read_markup, read_paragraphs
from stance.reading.shelf import Shelf
from stance.reading.times import to_iso
from stance.reading.xml import Path, elements, local_name

WORDPRESS, DISQUS, FEED = "wordpress-export", "disqus-export", "comment-feed"
"""The layouts of documents that come out of exports."""

RSS_ITEM, RDF_ITEM, ATOM_ENTRY = ("rss", "channel", "item"), ("RDF", "item"), ("feed", "entry")
DISQUS_THREAD, DISQUS_POST = ("disqus", "thread"), ("disqus", "post")
TITLES = frozenset((("rss", "channel", "title"), ("RDF", "channel", "title"), ("feed", "title")))
LINKS = frozenset((("rss", "channel", "link"), ("feed", "link")))
VERSION, AUTHOR = ("rss", "channel", "wxr_version"), ("rss", "channel", "author")
WANTED = frozenset((RSS_ITEM, RDF_ITEM, ATOM_ENTRY, DISQUS_THREAD, DISQUS_POST, VERSION, AUTHOR)) | TITLES | LINKS

PUBLISHED = frozenset(("publish", "inherit", ""))
NO_POSTS = frozenset(("attachment", "nav_menu_item", "revision", "custom_css", "wp_block", "wp_navigation"))
NO_COMMENTS = {"pingback": "pingbacks", "trackback": "trackbacks", "pings": "pingbacks"}
NOT_APPROVED = {"spam": "spam", "trash": "trash", "post-trashed": "trash", "0": "unapproved", "hold": "unapproved"}

AUTHORS = 100_000
FEED_COMMENTS = frozenset((
    "comments on", "comments for", "comments:", "comment feed", "kommentare zu", "kommentare für", "commentaires sur",
    "commentaires pour", "comentarios en", "comentarios para", "comentários em", "comentários sobre", "commenti a",
    "commenti su", "reacties op", "комментарии", "коментарі", "komentarze do", "komentáře", "hozzászólások",
    "kommentarer till", "kommentarer til", "yorumlar", "σχόλια", "評論", "评论", "コメント", "댓글",
))  # fmt: skip
"""What the title of a feed says in front of that of the page it belongs to."""

_COMMENT_LINK = re.compile(
    r"#(?:comment|c|li-comment|div-comment|reply|post|komentar|kommentar)[-_]?\d|showcomment=|/comments?/\d", re.I
)
_SITE_TITLE = re.compile(r"(?:re|by|aw|von|de)\s?:", re.I)
_MAIL_AUTHOR = re.compile(r"\S{1,200}@\S{1,200}\s{1,8}\(([^()]{1,200})\)")


def read_export(reader: io.BufferedReader, source: str, limits: Limits) -> Iterator[Document]:
    """Read the documents of an export or a comment feed.

    :param reader: The XML document, unpacked.
    :param source: Its name; a document's is this with ``#`` and what the export calls it.
    :param limits: Bounds on elements, comments and texts.
    :raises InputError: If it holds no comments, or breaks off; what stands before that was given out.
    """
    fault: list[InputError] = []
    parts = _until_fault(elements(reader, WANTED, limits), fault)
    count = 0
    for document in _documents(parts, source, limits):
        count += 1
        yield document
    if fault:
        raise fault[0]
    if not count:
        raise InputError("no comments in it; expected a WordPress or Disqus export, or a feed of comments")


Parts = Iterator[tuple[Path, Element]]


def _until_fault(parts: Parts, fault: list[InputError]) -> Parts:
    """Pass on what comes before a fault, so that it becomes documents first."""
    try:
        yield from parts
    except InputError as error:
        fault.append(error)


def _documents(parts: Parts, source: str, limits: Limits) -> Iterator[Document]:
    """Tell by its first elements what the document is, and read it as that."""
    site = _Site()
    for path, element in parts:
        if path == VERSION:
            yield from _wordpress(parts, source, site, limits)
        elif path in (DISQUS_THREAD, DISQUS_POST):
            yield from _disqus(chain([(path, element)], parts), source, limits)
        elif path in (RSS_ITEM, RDF_ITEM, ATOM_ENTRY):
            yield from _feed(chain([(path, element)], parts), source, site, limits)
        else:
            site.learn(path, element)


class _Site:
    """What the head of an export says of the whole."""

    def __init__(self) -> None:
        self.title: str | None = None
        self.url: str | None = None
        self.authors: dict[str, str] = {}

    def learn(self, path: Path, element: Element) -> None:
        """Take in one element of the head."""
        if path in TITLES:
            self.title = self.title or read_line(element.text)
        elif path in LINKS and element.get("rel", "alternate") == "alternate":
            self.url = self.url or web_address(element.get("href") or element.text)
        elif path == AUTHOR and len(self.authors) < AUTHORS:
            login, name = _text(element, "author_login"), _text(element, "author_display_name")
            if login and name:
                self.authors[login] = name


# WordPress ------------------------------------------------------------------------------------------------------------


def _wordpress(parts: Parts, source: str, site: _Site, limits: Limits) -> Iterator[Document]:
    for path, item in parts:
        if path != RSS_ITEM:
            site.learn(path, item)
        elif _text(item, "status") in PUBLISHED and _text(item, "post_type") not in NO_POSTS:
            thread = _wordpress_thread(item, source, site, limits)
            document = thread.document(map(_wordpress_entry, _children(item, "comment")), limits)
            if document:
                yield document


def _wordpress_thread(item: Element, source: str, site: _Site, limits: Limits) -> Thread:
    author, article = _text(item, "creator"), _text(item, "encoded", "content:")
    warnings = []
    if len(article) > limits.text_bytes:
        article, most = "", shown_size(limits.text_bytes)
        warnings.append(f"the article left out: larger than {most}, the limit")
    return Thread(
        source=f"{source}#{_text(item, 'post_id') or 'post'}",
        layout=WORDPRESS,
        outlet=site.title,
        url=web_address(_text(item, "link")),
        title=read_line(_text(item, "title")),
        author=site.authors.get(author, author) or None,
        published=_wordpress_time(item, "post_date"),
        body=read_paragraphs(article),
        warnings=warnings,
    )


def _wordpress_entry(comment: Element) -> Entry:
    passage = read_markup(_text(comment, "comment_content"), keep_lines=True)
    kind, approved = _text(comment, "comment_type"), _text(comment, "comment_approved")
    return Entry(
        text=passage.text,
        identifier=_text(comment, "comment_id") or None,
        parent=_text(comment, "comment_parent") or None,
        author=read_line(_text(comment, "comment_author")),
        posted=_wordpress_time(comment, "comment_date"),
        quoted=passage.quoted,
        left_out=NO_COMMENTS.get(kind) or NOT_APPROVED.get(approved),
    )


def _wordpress_time(element: Element, name: str) -> str | None:
    """Prefer the time in UTC; drafts have only zeros there."""
    return to_iso(_text(element, f"{name}_gmt"), is_utc=True) or to_iso(_text(element, name))


# Disqus ---------------------------------------------------------------------------------------------------------------


def _disqus(parts: Parts, source: str, limits: Limits) -> Iterator[Document]:
    threads, posts = Shelf(), Shelf()
    try:
        for path, element in parts:
            if path == DISQUS_THREAD:
                threads.add(_id(element), _disqus_thread(element))
            elif path == DISQUS_POST:
                posts.add(_child_id(element, "thread") or "", _disqus_entry(element).to_row())
        yield from _disqus_documents(threads, posts, source, limits)
    finally:
        threads.close()
        posts.close()


def _disqus_documents(threads: Shelf, posts: Shelf, source: str, limits: Limits) -> Iterator[Document]:
    for name, rows in posts.groups():
        url, title, published, forum = next(iter(threads.rows(name)), (None, None, None, None))
        thread = Thread(f"{source}#{name}", DISQUS, host_of(url) or forum, url, title, published=published)
        document = thread.document((Entry(*row) for row in rows), limits)
        if document:
            yield document


def _disqus_thread(thread: Element) -> list[str | None]:
    return [
        web_address(_text(thread, "link")),
        read_line(_text(thread, "title")),
        to_iso(_text(thread, "createdAt"), is_utc=True),
        read_line(_text(thread, "forum")),
    ]


def _disqus_entry(post: Element) -> Entry:
    passage = read_markup(_text(post, "message"), keep_lines=False)
    author = _child(post, "author")
    return Entry(
        text=passage.text,
        identifier=_id(post) or None,
        parent=_child_id(post, "parent"),
        author=None if author is None else read_line(_text(author, "name") or _text(author, "username")),
        posted=to_iso(_text(post, "createdAt"), is_utc=True),
        quoted=passage.quoted,
        left_out=_disqus_left_out(post),
    )


def _disqus_left_out(post: Element) -> str | None:
    if _text(post, "isSpam") == "true":
        return "spam"
    if _text(post, "isDeleted") == "true":
        return "trash"
    return "unapproved" if _text(post, "isApproved") == "false" else None


# Feeds ----------------------------------------------------------------------------------------------------------------


def _feed(parts: Parts, source: str, site: _Site, limits: Limits) -> Iterator[Document]:
    """Read a feed of comments: one document for each page that they stand under."""
    pages: dict[str, list[Entry]] = {}
    entries = similar = size = 0
    for path, element in parts:
        if path not in (RSS_ITEM, RDF_ITEM, ATOM_ENTRY):
            site.learn(path, element)
            continue
        entries += 1
        similar += _is_comment(element)
        entry = _feed_entry(element)
        size += len(entry.text)
        if entries > limits.comments or size > limits.page_bytes:
            raise InputError(
                f"a feed of more than {limits.comments:,} comments or {shown_size(limits.page_bytes)}, the limit"
            )
        pages.setdefault(_page_address(element), []).append(entry)
    if 2 * similar < entries and not _speaks_of_comments(site.title):
        raise InputError("a feed of articles; expected one of comments")
    for address, comments in pages.items():
        document = _feed_thread(source, site, address, is_only=len(pages) == 1).document(comments, limits)
        if document:
            yield document


def _feed_thread(source: str, site: _Site, address: str, *, is_only: bool) -> Thread:
    url = web_address(address) or (site.url if is_only else None)
    return Thread(
        source=source if is_only else f"{source}#{address}",
        layout=FEED,
        outlet=host_of(url or site.url),
        url=url,
        title=_page_title(site.title) if is_only else None,
    )


def _feed_entry(element: Element) -> Entry:
    markup = _feed_markup(element)
    passage = read_markup(markup, keep_lines="<p" not in markup.lower() and "<br" not in markup.lower())
    reply = _child(element, "in-reply-to")
    stamp = next(filter(None, (_text(element, name) for name in ("pubDate", "published", "date", "updated"))), None)
    return Entry(
        text=passage.text,
        identifier=_feed_id(element),
        parent=None if reply is None else reply.get("ref"),
        author=_feed_author(element),
        posted=to_iso(stamp),
        quoted=passage.quoted,
    )


def _feed_markup(element: Element) -> str:
    for name in ("encoded", "content", "description", "summary"):
        child = _child(element, name)
        if child is None:
            continue
        if child.get("type") == "xhtml":
            return "".join(_source(child))
        if markup := clean(child.text or "").strip():
            return markup
    return ""


def _source(element: Element) -> Iterator[str]:
    """Write nested XHTML out as the markup that other feeds hold as text."""
    yield escape(element.text or "")
    for child in element:
        for inner in child.iter():
            inner.tag = local_name(inner)
        yield tostring(child, encoding="unicode")


def _feed_id(element: Element) -> str | None:
    return (_text(element, "guid") or _text(element, "id") or _link(element))[:500] or None


def _feed_author(element: Element) -> str | None:
    if creator := read_line(_text(element, "creator")):
        return creator
    author = _child(element, "author")
    if author is None:
        return None
    text = _text(author, "name") or clean(author.text or "").strip()
    named = _MAIL_AUTHOR.fullmatch(text)
    return read_line(named[1] if named else text)


def _is_comment(element: Element) -> bool:
    address = f"{_link(element)} {_text(element, 'guid')}"
    answers = _child(element, "in-reply-to") is not None
    return (
        answers or bool(_COMMENT_LINK.search(address[:4000])) or bool(_SITE_TITLE.match(_text(element, "title")[:10]))
    )


def _link(element: Element) -> str:
    """Return the address of an entry, that of the page for people where there are several."""
    links = _children(element, "link")
    best = next((link for link in links if link.get("rel", "alternate") == "alternate"), None)
    return "" if best is None else clean(best.get("href") or best.text or "").strip()


def _page_address(element: Element) -> str:
    """Return the address of the page that a comment stands under: its own without what leads to the comment."""
    try:
        address = urldefrag(_link(element)).url
        is_pointed = "showcomment=" in urlsplit(address).query.lower()
    except ValueError:
        return ""
    return address.partition("?")[0] if is_pointed else address


def _page_title(title: str | None) -> str | None:
    """Return the title of a page from that of its feed, where a colon or the cue ends what is in front of it."""
    lowered = (title or "").lower()
    cue = next((cue for cue in sorted(FEED_COMMENTS, key=len, reverse=True) if lowered.startswith(cue)), None)
    return title[len(cue) :].strip(" :»«„“”\"'") or None if title and cue else title


def _speaks_of_comments(title: str | None) -> bool:
    return any(cue in (title or "").lower() for cue in FEED_COMMENTS)


# Elements -------------------------------------------------------------------------------------------------------------


def _children(element: Element, name: str) -> Iterator[Element]:
    """Yield the children of a name, whatever their prefix."""
    return (child for child in element if local_name(child) == name)


def _child(element: Element, name: str, space: str = "") -> Element | None:
    """Return the first child of a name, whatever its prefix.

    :param space: Its prefix, for a name that stands under several.
    """
    return next((child for child in _children(element, name) if child.tag.startswith(space)), None)


def _text(element: Element, name: str, space: str = "") -> str:
    """Return the text of the first child of a name; empty where there is none."""
    child = _child(element, name, space)
    return "" if child is None else clean("".join(child.itertext())).strip()


def _id(element: Element) -> str:
    """Return the attribute that Disqus names an element by, in whatever namespace."""
    return next((clean(value) for name, value in element.attrib.items() if name.endswith("id")), "")


def _child_id(element: Element, name: str) -> str | None:
    child = _child(element, name)
    return None if child is None else _id(child) or None
