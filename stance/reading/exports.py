"""Read exports: WordPress (WXR), Disqus, comment feeds (RSS, Atom), and ConvoKit corpora.

They state what a saved page only shows: who answers whom, when to the second, and which comments were spam. A WordPress
export is read post by post; Disqus and ConvoKit list comments by time, so these are kept on disk until all of a thread
are there.

The XML parser is expat; it opens no other file and no address, entities are refused, and only wanted elements are held,
one at a time. ``iterparse`` of ElementTree loses exports that were cut by hand without their namespaces, and bounds
neither depth nor names nor the size of a tag.
"""

import codecs
import io
import json
import re
import sqlite3
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import replace
from functools import lru_cache, partial
from html import escape
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit
from xml.etree.ElementTree import Element, TreeBuilder, tostring
from xml.parsers import expat

from stance.datamodels import Comment, Document, Skip, counted
from stance.exceptions import InputError
from stance.limits import MARKUP_BYTES, MAX_DEPTH, MAX_PARTS, Limits, shown_size
from stance.reading.inputs import ENTITIES_DECLARED
from stance.reading.tables import DELETED, Problems, Row, json_line_rows, text_of
from stance.reading.text import clean, encoding_of, read_line, read_markup, read_paragraphs, to_iso, web_address
from stance.records import document_id, domain_of

# Comments of exports --------------------------------------------------------------------------------------------------

Entry = tuple[Comment, str | None]
"""A comment with the id and the parent that the export gives, and the reason why readers do not see it."""

_KEPT_ON_DISK = attrgetter("comment_id", "text", "author", "reply_to", "posted", "votes", "language", "quoted")


def add_comments(document: Document, entries: Iterable[Entry], limits: Limits) -> Iterator[Document]:
    """Yield a document with its comments; nothing if there is neither an article nor a comment.

    :param document: The page as far as the export describes it.
    :param entries: In page order. Hidden comments, and those beyond the limits, are counted in a warning.
    """
    kept: dict[str, Comment] = {}
    left_out: Counter[str] = Counter()
    size, most = 0, limits.field_chars
    for comment, hidden in entries:
        reason = hidden or ("repeated" if comment.comment_id and comment.comment_id in kept else None)
        if not reason and not 0 < len(comment.text) <= most:
            reason = f"longer than {most:,} characters" if comment.text else "empty"
        size += 0 if reason else len(comment.text)
        if not reason and (len(kept) >= limits.comments or size > limits.page_bytes):
            reason = f"beyond {limits.comments:,} or {shown_size(limits.page_bytes)}, the limit"
        if reason:
            left_out[reason] += 1
        else:
            kept[comment.comment_id or f"\n{len(kept)}"] = comment  # no id begins with a line feed
    if not kept and not document.body:
        return
    comments = []
    older = _by_author(kept) if any("\n" in (comment.reply_to or "") for comment in kept.values()) else {}
    for number, comment in enumerate(kept.values(), 1):
        parent = comment.reply_to if comment.reply_to in kept else _named_parent(comment, older)
        parent = parent if parent != comment.comment_id else None
        comments.append(replace(comment, comment_id=comment.comment_id or f"c{number}", reply_to=parent))
    warnings = document.warnings
    if left_out:
        reasons = ", ".join(f"{count:,} {reason}" for reason, count in sorted(left_out.items()))
        warnings += (f"{counted(left_out.total(), 'comment')} left out: {reasons}",)
    identifier = document_id(document.title, document.body, comments)
    outlet = document.outlet or domain_of(document.url)
    yield replace(document, document_id=identifier, outlet=outlet, comments=tuple(comments), warnings=warnings)


def _by_author(kept: Mapping[str, Comment]) -> dict[str, list[tuple[str, str]]]:
    """Return times and ids of the comments of each author in order of time, and ids by ``#`` and their fragments."""
    found: dict[str, list[tuple[str, str]]] = {}
    for name, comment in kept.items():
        found.setdefault(f"#{name.rpartition('#')[2]}", []).append(("", name))
        found.setdefault(comment.author or "", []).append((comment.posted or "", name))
    return {author: sorted(comments) for author, comments in found.items()}


def _named_parent(comment: Comment, older: Mapping[str, list[tuple[str, str]]]) -> str | None:
    """Return the comment that a link of a feed leads to; without one, the last that the named author had posted."""
    fragment, _, author = (comment.reply_to or "").partition("\n")
    theirs = older.get(f"#{fragment}" if fragment else author, [])
    place = 1 if fragment else bisect_left(theirs, (comment.posted or "",))
    return theirs[place - 1][1] if theirs and place else None


class Groups:
    """Keeps comments on disk, and returns them group by group, in the order in which the groups came.

    The database has no name, so it is a temporary file that vanishes with the process however that ends.
    """

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(
            "PRAGMA cache_size = -16000; PRAGMA journal_mode = OFF; PRAGMA temp_store = FILE;"
            "CREATE TABLE rows (name TEXT, content TEXT); CREATE INDEX by_name ON rows (name); BEGIN"
        )

    def add(self, name: str, row: Iterable[Any]) -> None:
        """Add a row of texts, numbers and None to a group."""
        self._database.execute("INSERT INTO rows VALUES (?, ?)", (name, json.dumps(list(row))))

    def add_comment(self, name: str, entry: Entry) -> None:
        """Add a comment to a group."""
        self.add(name, (entry[1], *_KEPT_ON_DISK(entry[0])))

    def comments(self) -> Iterator[tuple[str, Iterator[Entry]]]:
        """Yield each group with its comments, which must be taken before the next group is."""
        ordered = "SELECT name, content FROM rows ORDER BY min(rowid) OVER (PARTITION BY name), rowid"
        for name, members in groupby(self._database.execute(ordered), key=lambda row: str(row[0])):
            rows = (json.loads(content) for _, content in members)
            yield name, ((Comment(*values), hidden) for hidden, *values in rows)

    def count(self) -> int:
        """Count the groups."""
        return int(self._database.execute("SELECT count(DISTINCT name) FROM rows").fetchone()[0])

    def first(self, name: str) -> Any:
        """Return the first row of a group; None if there is no such group."""
        found = self._database.execute("SELECT content FROM rows WHERE name = ? ORDER BY rowid", (name,)).fetchone()
        return found and json.loads(found[0])


# XML exports and feeds ------------------------------------------------------------------------------------------------

WORDPRESS, DISQUS, FEED, CONVOKIT = "wordpress-export", "disqus-export", "comment-feed", "convokit"
"""The layouts of documents of exports."""

Steps = tuple[str, ...]
Parts = Iterator[tuple[Steps, Element]]

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

HIDDEN_POSTS = (("isSpam", "true", "spam"), ("isDeleted", "true", "trash"), ("isApproved", "false", "unapproved"))
AUTHORS = 100_000
FEED_COMMENTS = (
    "comments on", "comments for", "comments:", "comment feed", "kommentare zu", "kommentare für", "commentaires sur",
    "commentaires pour", "comentarios en", "comentarios para", "comentários em", "comentários sobre", "commenti a",
    "commenti su", "reacties op", "комментарии", "коментарі", "komentarze do", "komentáře", "hozzászólások",
    "kommentarer till", "kommentarer til", "yorumlar", "σχόλια", "評論", "评论", "コメント", "댓글",
)  # fmt: skip
"""Words of the title of a feed in front of the title of its page."""

_COMMENT_LINK = re.compile(
    r"#(?:comment|c|li-comment|div-comment|reply|post|komentar|kommentar)[-_]?\d|showcomment=|/comments?/\d", re.I
)
_ANSWER_TITLE = re.compile(r"(?:re|by|aw|von|de)\s?:", re.I)
_MAIL_AUTHOR = re.compile(r"\S{1,200}@\S{1,200}\s{1,8}\(([^()]{1,200})\)")


_ANSWER_LINE = re.compile(
    r"""\s{0,9}(?:<p>)?\s{0,9}(?:
    [^<>\n]{0,40}<a\s[^<>\n]{0,99}?href=["'][^<>"'\s]{1,2000}?\#(comment-\d{1,20})["'][^<>\n]{0,200}>([^<>\n]{1,200})</a>[^<>\n]{0,40}
    | In\sreply\sto\s((?:[^<>.\n]|\.(?!\s)){1,200}?)\.[^\S\n]{0,9}
    )(?:</p>|<br\s?/?>|\n|$)""",
    re.I | re.X,
)
"""The line, often with a link, by which WordPress names the comment that is answered, at the head of one in a feed."""


def read_export(reader: io.BufferedReader, problems: Problems) -> Iterator[Document]:
    """Read the documents of an export or a comment feed; the source of each is that of the input and the export's id.

    :param reader: The XML document, unpacked.
    :param problems: Reports where the export breaks off; documents before that are yielded.
    :raises InputError: If it holds no comments.
    """
    count = 0
    for count, document in enumerate(_documents(reader, problems), 1):  # noqa: B007
        yield document
    if not count and not problems.count:
        raise InputError("no comments in it; expected a WordPress or Disqus export, or a feed of comments")


def _until_fault(reader: io.BufferedReader, problems: Problems) -> Parts:
    """Yield the elements before a fault, so that they become documents."""
    try:
        yield from elements(reader, WANTED, problems.limits)
    except InputError as error:
        problems.add_whole(str(error))


def _documents(reader: io.BufferedReader, problems: Problems) -> Iterator[Document]:
    site, threads, comments, limits = _Site(), Groups(), Groups(), problems.limits
    for path, element in _until_fault(reader, problems):
        if path == RSS_ITEM and site.is_wordpress:
            yield from _wordpress(element, problems.source, site, limits)
        elif path in (RSS_ITEM, RDF_ITEM, ATOM_ENTRY):
            site.entries += 1
            site.entries_of_comments += _is_comment(element)
            comments.add_comment(_page_address(element), _feed_comment(element))
        elif path == DISQUS_THREAD:
            url, published = web_address(_text(element, "link")), to_iso(_text(element, "createdAt"), is_utc=True)
            outlet = domain_of(url) or read_line(_text(element, "forum"))
            threads.add(_id(element), (outlet, url, read_line(_text(element, "title")), published))
        elif path == DISQUS_POST:
            comments.add_comment(_id(_child(element, "thread")), _disqus_comment(element))
        else:
            site.learn(path, element)
    is_of_comments = any(cue in (site.title or "").lower() for cue in FEED_COMMENTS)
    if 2 * site.entries_of_comments < site.entries and not is_of_comments:
        raise InputError("a feed of articles; expected one of comments")
    is_only = comments.count() == 1
    for name, entries in comments.comments():
        place = f"{problems.source}#{name}"
        if site.entries:
            address = web_address(name) or (site.url if is_only else None)
            heading, place = (_page_title(site.title), problems.source) if is_only else (None, place)
            page = Document("", place, domain_of(address or site.url), address, heading, layout=FEED)
        else:
            outlet, url, title, published = threads.first(name) or (None,) * 4
            page = Document("", place, outlet, url, title, published=published, layout=DISQUS)
        yield from add_comments(page, entries, limits)


class _Site:
    """The site of an export, as its head describes it, and the number of entries of a feed."""

    def __init__(self) -> None:
        self.is_wordpress = False
        self.title: str | None = None
        self.url: str | None = None
        self.authors: dict[str, str] = {}
        self.entries = self.entries_of_comments = 0

    def learn(self, path: Steps, element: Element) -> None:
        """Take in one element of the head."""
        self.is_wordpress = self.is_wordpress or path == VERSION
        if path in TITLES:
            self.title = self.title or read_line(element.text)
        elif path in LINKS and element.get("rel", "alternate") == "alternate":
            self.url = self.url or web_address(element.get("href") or element.text)
        elif path == AUTHOR and len(self.authors) < AUTHORS and (login := _text(element, "author_login")):
            self.authors[login] = _text(element, "author_display_name") or login


def _wordpress(item: Element, source: str, site: _Site, limits: Limits) -> Iterator[Document]:
    if _text(item, "status") not in PUBLISHED or _text(item, "post_type") in NO_POSTS:
        return
    author, article = _text(item, "creator"), _text(item, "encoded", "content:")
    warnings: tuple[str, ...] = ()
    if len(article) > limits.text_bytes:
        article, warnings = "", (f"the article left out: larger than {shown_size(limits.text_bytes)}, the limit",)
    post = Document(
        document_id="",
        source=f"{source}#{_text(item, 'post_id') or 'post'}",
        outlet=site.title,
        url=web_address(_text(item, "link")),
        title=read_line(_text(item, "title")),
        author=site.authors.get(author, author) or None,
        published=_wordpress_time(item, "post_date"),
        body=read_paragraphs(article),
        layout=WORDPRESS,
        warnings=warnings,
    )
    yield from add_comments(post, map(_wordpress_comment, _children(item, "comment")), limits)


def _wordpress_comment(element: Element) -> Entry:
    text, quoted = read_markup(_text(element, "comment_content"), keep_lines=True)
    author, posted = read_line(_text(element, "comment_author")), _wordpress_time(element, "comment_date")
    name, parent = _text(element, "comment_id"), _text(element, "comment_parent")
    kind, approved = _text(element, "comment_type"), _text(element, "comment_approved")
    hidden = NO_COMMENTS.get(kind) or NOT_APPROVED.get(approved)
    return Comment(name, text, author, parent, posted, quoted=quoted), hidden


def _wordpress_time(element: Element, name: str) -> str | None:
    """Prefer the time in UTC; drafts have only zeros there."""
    return to_iso(_text(element, f"{name}_gmt"), is_utc=True) or to_iso(_text(element, name))


def _disqus_comment(post: Element) -> Entry:
    text, quoted = read_markup(_text(post, "message"), keep_lines=False)
    person, posted = _child(post, "author"), to_iso(_text(post, "createdAt"), is_utc=True)
    author = None if person is None else read_line(_text(person, "name") or _text(person, "username"))
    hidden = next((reason for name, value, reason in HIDDEN_POSTS if _text(post, name) == value), None)
    return Comment(_id(post), text, author, _id(_child(post, "parent")), posted, quoted=quoted), hidden


def _feed_comment(element: Element) -> Entry:
    markup = _feed_markup(element)
    if answered := _ANSWER_LINE.match(markup):
        markup = markup[answered.end() :]
    text, quoted = read_markup(markup, keep_lines="<p" not in markup.lower() and "<br" not in markup.lower())
    reply, person = _child(element, "in-reply-to"), _child(element, "author")
    name = "" if person is None else _text(person, "name") or clean(person.text or "").strip()
    named = _MAIL_AUTHOR.fullmatch(name)
    author = read_line(_text(element, "creator")) or read_line(named[1] if named else name)
    times = (_text(element, name) for name in ("pubDate", "published", "date", "updated"))
    posted, parent = to_iso(next(filter(None, times), None)), None if reply is None else reply.get("ref")
    if answered and not parent:
        parent = f"{answered[1] or ''}\n{read_line(answered[2] or answered[3]) or ''}"
    identifier = (_text(element, "guid") or _text(element, "id") or _link(element))[:500]
    return Comment(identifier, text, author, parent, posted, quoted=quoted), None


def _feed_markup(element: Element) -> str:
    for child in (_child(element, name) for name in ("encoded", "content", "description", "summary")):
        if child is not None and child.get("type") == "xhtml":
            return "".join(_source(child))
        if child is not None and (markup := clean(child.text or "").strip()):
            return markup
    return ""


def _source(element: Element) -> Iterator[str]:
    """Write nested XHTML out as the markup that other feeds hold as text."""
    yield escape(element.text or "")
    for child in element:
        for inner in child.iter():
            inner.tag = local_name(inner.tag)
        yield tostring(child, encoding="unicode")


def _is_comment(element: Element) -> bool:
    address = f"{_link(element)} {_text(element, 'guid')}"
    is_answer = _child(element, "in-reply-to") is not None or _ANSWER_TITLE.match(_text(element, "title")[:10])
    return bool(is_answer or _COMMENT_LINK.search(address[:4000]))


def _link(element: Element) -> str:
    """Return the address of an entry, that of the page for people where there are several."""
    links = (link for link in _children(element, "link") if link.get("rel", "alternate") == "alternate")
    best = next(links, None)
    return "" if best is None else clean(best.get("href") or best.text or "").strip()


def _page_address(element: Element) -> str:
    """Return the address of the page of a comment: its own, without the part that leads to the comment."""
    try:
        address = urldefrag(_link(element)).url
        is_pointed = "showcomment=" in urlsplit(address).query.lower()
    except ValueError:
        return ""
    return address.partition("?")[0] if is_pointed else address


def _page_title(title: str | None) -> str | None:
    """Return the title of a page from that of its feed, where a colon or the cue ends the words in front of it."""
    cues = (cue for cue in sorted(FEED_COMMENTS, key=len, reverse=True) if (title or "").lower().startswith(cue))
    cue = next(cues, "")
    return title[len(cue) :].strip(" :»«„“”\"'") or None if title and cue else title


# XML ------------------------------------------------------------------------------------------------------------------

CONTROLS = bytes((*range(9), 11, 12, *range(14, 32)))
"""In UTF-8, characters that XML does not allow and exports hold all the same, where a reader pasted them."""


def _children(element: Element, name: str) -> Iterator[Element]:
    """Yield the children of a name, whatever their prefix."""
    return (child for child in element if local_name(child.tag) == name)


def _child(element: Element, name: str, prefix: str = "") -> Element | None:
    """Return the first child of a name; ``prefix`` is for a name that stands under several."""
    return next((child for child in _children(element, name) if child.tag.startswith(prefix)), None)


def _text(element: Element, name: str, prefix: str = "") -> str:
    """Return the text of the first child of a name; empty if there is none."""
    child = _child(element, name, prefix)
    return "" if child is None else clean("".join(child.itertext())).strip()


def _id(element: Element | None) -> str:
    """Return the attribute that Disqus names an element by, in whatever namespace; empty where there is none."""
    attributes = {} if element is None else element.attrib
    return next((clean(value) for name, value in attributes.items() if name.endswith("id")), "")


@lru_cache(maxsize=1_000)
def local_name(tag: str) -> str:
    """Return a name without its prefix; exports that are cut by hand lose the declarations of namespaces."""
    return tag.rpartition(":")[2]


def elements(reader: io.BufferedReader, wanted: Iterable[Steps], limits: Limits) -> Parts:
    """Yield the elements at some paths, each complete, in the order in which they end.

    :param wanted: Names from the root on, without prefixes; one that stands inside another is a part of that.
    :raises InputError: If the document is broken, declares entities, or exceeds a limit.
    """
    builder = _Builder(frozenset(wanted), limits)
    decoder = codecs.getincrementaldecoder(encoding_of(reader))("replace")
    chunk: bytes | None = None
    while chunk != b"":
        chunk = reader.read1(2**16)
        text = decoder.decode(chunk, final=not chunk).replace("\ufffe", "").replace("\uffff", "")
        fault = None
        try:
            builder.feed(text.encode().translate(None, CONTROLS), is_last=not chunk)
        except InputError as error:
            fault = error
        yield from builder.ended
        builder.ended.clear()
        if fault:
            raise fault


class _Builder:
    """Builds the wanted elements out of the events of expat, and counts bytes, depth, names and parts."""

    def __init__(self, wanted: Set[Steps], limits: Limits) -> None:
        self.ended: list[tuple[Steps, Element]] = []
        self._wanted, self._limits = wanted, limits
        self._path: list[str] = []
        self._names: set[str] = set()  # expat, too, keeps each of them
        self._tree: TreeBuilder | None = None  # of the wanted element that is being read
        self._depth = 0  # of that element
        self._parts = 0  # its elements and attributes so far: the smallest takes twenty times its source
        self._held = 0  # bytes since it began
        self._waiting = 0  # bytes since the last event
        self._parser = parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.SkippedEntityHandler = self._skipped
        # No export declares entities or attributes, by which a few bytes become gigabytes, or a local file.
        parser.EntityDeclHandler = partial(_refuse, ENTITIES_DECLARED)
        parser.AttlistDeclHandler = partial(_refuse, "declares attributes; expected an export, which declares none")

    def feed(self, data: bytes, *, is_last: bool) -> None:
        """Parse a part of the document.

        :raises InputError: If nothing more can be read.
        """
        try:
            self._parser.Parse(data, is_last)
        except expat.ExpatError as error:
            raise InputError(f"broken XML: {expat.ErrorString(error.code)}, line {error.lineno}") from None
        self._waiting += len(data)
        self._held = self._held + len(data) if self._tree is not None else 0
        if self._held > self._limits.page_bytes:
            raise InputError(f"an element larger than {shown_size(self._limits.page_bytes)}, the limit")
        # Releases of expat from 2.6 on try again with an unfinished tag when they have twice as much of it.
        if self._waiting > 2 * MARKUP_BYTES:
            raise InputError(f"a tag or comments of more than {shown_size(MARKUP_BYTES)}, the limit")
        if sum(map(len, self._names)) > MARKUP_BYTES:
            raise InputError(f"more than {shown_size(MARKUP_BYTES)} of different names, the limit")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._waiting = 0
        if len(self._path) == MAX_DEPTH:
            raise InputError(f"XML nested more than {MAX_DEPTH} deep, the limit")
        self._path.append(local_name(tag))
        self._names.update((tag, *attributes))
        if self._tree is None and tuple(self._path) in self._wanted:
            self._tree, self._depth, self._held, self._parts = TreeBuilder(), len(self._path), 0, 0
        if self._tree is not None:
            self._parts += 1 + len(attributes)
            if self._parts > MAX_PARTS:
                raise InputError(f"an element of more than {MAX_PARTS:,} parts, the limit")
            self._tree.start(tag, attributes)

    def _text(self, text: str) -> None:
        self._waiting = 0
        if self._tree is not None:
            self._tree.data(text)

    def _end(self, tag: str) -> None:
        self._waiting = 0
        if self._tree is not None:
            self._tree.end(tag)
            if len(self._path) == self._depth:
                self.ended.append((tuple(self._path), self._tree.close()))
                self._tree = None
        self._path.pop()

    def _skipped(self, name: str, is_parameter: bool) -> None:
        """Keep the name of an entity that an outer document type may declare, which is not opened."""
        if not is_parameter:
            self._text(f"&{name};")


def _refuse(reason: str, *_: object) -> None:
    raise InputError(reason)


# ConvoKit corpora -----------------------------------------------------------------------------------------------------


def read_conversations(reader: io.BufferedReader, problems: Problems, folder: Path) -> Iterator[Document]:
    """Read the conversations of a corpus as documents, with utterances as comments.

    :param reader: ``utterances.jsonl``, unpacked.
    :param problems: Reports each utterance that cannot be used.
    :param folder: May hold ``conversations.json``, which has the titles.
    """
    groups = Groups()
    for number, row in json_line_rows(reader, problems):
        try:
            groups.add_comment(*_utterance(row))
        except InputError as error:
            problems.add(number, error)
    known = _known_conversations(folder / "conversations.json", problems)
    for name, entries in groups.comments():
        meta = {key: value for key, value in known.get(name, {}).items() if isinstance(value, str)}
        outlet, title = meta.get("subreddit") or meta.get("outlet"), meta.get("title") or meta.get("page_title")
        place, url = f"{problems.source}#{name}", web_address(meta.get("url"))
        page = Document("", place, read_line(outlet), url, read_line(title), layout=CONVOKIT)
        yield from add_comments(page, entries, problems.limits)
    problems.close(empty="no rows; expected one utterance in each")


def _utterance(row: Row) -> tuple[str, Entry]:
    """Return the name of the conversation, and the comment."""
    text, name, meta = _value(row, "text") or "", _value(row, "id") or "", row.get("meta")
    lines = [" ".join(line.split()) for line in text.replace("&gt;", ">").replace("&lt;", "<").split("\n")]
    content, quoted = "\n".join(filter(None, lines)), "\n".join(line for line in lines if line.startswith(">"))
    author = _value(row, "speaker") or _value(row, "user")
    parent = _value(row, "reply-to") or _value(row, "reply_to")
    author, posted = None if author in DELETED else author, to_iso(_value(row, "timestamp"))
    score = meta.get("score") if isinstance(meta, Mapping) else None
    votes = score if isinstance(score, int) and not isinstance(score, bool) and abs(score) < 10**9 else None
    content, quoted = content.replace("&amp;", "&"), quoted.replace("&amp;", "&")
    comment = Comment(name, content, author, parent, posted, votes, quoted=quoted or None)
    thread = _value(row, "conversation_id") or _value(row, "root") or name
    return thread, (comment, "deleted" if text.strip() in DELETED else None)


def _value(row: Row, name: str) -> str | None:
    value = row.get(name)
    text = text_of(value.get("id") if isinstance(value, Mapping) else value, name)  # a speaker may have more fields
    return clean(text).strip() or None if text else None


def _known_conversations(path: Path, problems: Problems) -> dict[str, Mapping[str, Any]]:
    """Read the metadata of conversations; a corpus without them, or with too much of them, is read all the same."""
    if not path.is_file() or path.is_symlink():
        return {}
    try:
        if path.stat().st_size > problems.limits.page_bytes:
            raise InputError(f"larger than {shown_size(problems.limits.page_bytes)}, the limit")
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError, InputError) as error:
        reason = "not JSON" if isinstance(error, ValueError | RecursionError) else str(error)
        problems.skip(Skip(str(path), f"{reason}; conversations are read without their titles"))
        return {}
    found = content.items() if isinstance(content, dict) else ()
    metas = {name: value.get("meta", value) for name, value in found if isinstance(value, dict)}
    return {name: meta for name, meta in metas.items() if isinstance(meta, dict)}
