"""Read XML: comment feeds (RSS, Atom), and the exports of WordPress and Disqus, which ``data/sources`` describes.

The XML parser is expat; it opens no other file and no address, entities are refused, and only wanted elements are held,
one at a time. ``iterparse`` of ElementTree loses exports that were cut by hand without their namespaces, and bounds
neither depth nor names nor the size of a tag.
"""

import codecs
import io
import re
from collections.abc import Iterable, Iterator, Set
from functools import lru_cache, partial
from html import escape
from typing import Any
from urllib.parse import urldefrag, urlsplit
from xml.etree.ElementTree import Element, TreeBuilder, tostring
from xml.parsers import expat

from stance.datamodels import Comment, Document
from stance.exceptions import InputError
from stance.limits import MARKUP_BYTES, MAX_DEPTH, MAX_PARTS, Limits, shown_size
from stance.reading.inputs import ENTITIES_DECLARED
from stance.reading.sources import Entry, Export, Page, Source, load_sources
from stance.reading.tables import Problems
from stance.reading.text import clean, encoding_of, read_line, read_markup, to_iso, web_address
from stance.records import domain_of
from stance.resources import formats

# XML exports and feeds ------------------------------------------------------------------------------------------------

Steps = tuple[str, ...]
Parts = Iterator[tuple[Steps, Element]]

RSS_ITEM, RDF_ITEM, ATOM_ENTRY = ("rss", "channel", "item"), ("RDF", "item"), ("feed", "entry")
DISQUS_THREAD, DISQUS_POST = ("disqus", "thread"), ("disqus", "post")
TITLES = frozenset((("rss", "channel", "title"), ("RDF", "channel", "title"), ("feed", "title")))
LINKS = frozenset((("rss", "channel", "link"), ("feed", "link")))
VERSION, AUTHOR = ("rss", "channel", "wxr_version"), ("rss", "channel", "author")
WANTED = frozenset((RSS_ITEM, RDF_ITEM, ATOM_ENTRY, DISQUS_THREAD, DISQUS_POST, VERSION, AUTHOR)) | TITLES | LINKS

AUTHORS = 100_000
"""Number of authors of an export whose names are kept."""

FEED = Source("comment-feed", "comment feed", (), {})

FEED_COMMENTS: tuple[str, ...] = tuple(formats()["feed_titles"])

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
    site, known = _Site(), {source.name: source for source in load_sources()}
    wordpress, disqus = Export(known["wordpress-export"], problems), Export(known["disqus-export"], problems)
    feed, address = Export(FEED, problems), ""
    for number, (path, element) in enumerate(_until_fault(reader, problems), 1):
        if path == RSS_ITEM and site.is_wordpress:
            post = record(element)
            comments = post.get("comment", [])
            listed = {"comment": comments if isinstance(comments, list) else [comments]}
            wordpress.add(number, "item", {"site": site.known} | post | listed)
        elif path in (RSS_ITEM, RDF_ITEM, ATOM_ENTRY):
            site.entries += 1
            site.entries_of_comments += _is_comment(element)
            address = _page_address(element)
            feed.groups.add(address, site.page(address), _feed_comment(element))
        elif path in (DISQUS_THREAD, DISQUS_POST):
            disqus.add(number, path[-1], record(element))
        else:
            site.learn(path, element)
    is_of_comments = any(cue in site.title.lower() for cue in FEED_COMMENTS)
    if 2 * site.entries_of_comments < site.entries and not is_of_comments:
        raise InputError("a feed of articles; expected one of comments")
    if feed.groups.count() == 1:
        feed.is_named = False
        feed.groups.add(address, site.page(address or site.url) | {"title": _page_title(site.title)})
    for export in (wordpress, disqus, feed):
        yield from export.documents()


class _Site:
    """The site of an export, as its head describes it, and the number of entries of a feed."""

    def __init__(self) -> None:
        self.is_wordpress = False
        self.title = self.url = ""
        self.authors: dict[str, str] = {}
        self.entries = self.entries_of_comments = 0

    @property
    def known(self) -> dict[str, Any]:
        """Return the values that posts refer to."""
        return {"title": self.title, "authors": self.authors}

    def learn(self, path: Steps, element: Element) -> None:
        """Take in one element of the head."""
        self.is_wordpress = self.is_wordpress or path == VERSION
        if path in TITLES:
            self.title = self.title or read_line(element.text) or ""
        elif path in LINKS and element.get("rel", "alternate") == "alternate":
            self.url = self.url or web_address(element.get("href") or element.text) or ""
        elif path == AUTHOR and len(self.authors) < AUTHORS and (login := _text(element, "author_login")):
            self.authors[login] = _text(element, "author_display_name") or login

    def page(self, address: str) -> Page:
        """Return the address and the outlet of a page."""
        found = {"url": web_address(address), "outlet": domain_of(web_address(address) or self.url)}
        return {name: value for name, value in found.items() if value}


def record(element: Element) -> dict[str, Any]:
    """Return an element as an object: children by their names, with and without a prefix, and attributes behind ``@``.

    A child without children of its own is a text, or an object with its text under ``#`` where it has attributes.
    """
    found = {f"@{local_name(name)}": [clean(value)] for name, value in element.attrib.items()}
    for child in element:
        value: Any = record(child) if len(child) or child.attrib else clean(child.text or "").strip()
        for name in {child.tag, local_name(child.tag)}:
            found.setdefault(name, []).append(value)
    if not len(element):
        found["#"] = [clean(element.text or "").strip()]
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


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


def _page_title(title: str) -> str:
    """Return the title of a page from that of its feed, where a colon or the cue ends the words in front of it."""
    cue = next((cue for cue in sorted(FEED_COMMENTS, key=len, reverse=True) if title.lower().startswith(cue)), "")
    return title[len(cue) :].strip(" :»«„“”\"'") if cue else title


# XML ------------------------------------------------------------------------------------------------------------------

CONTROLS = bytes((*range(9), 11, 12, *range(14, 32)))
"""In UTF-8, characters that XML does not allow and exports hold all the same, where a reader pasted them."""


def _children(element: Element, name: str) -> Iterator[Element]:
    """Yield the children of a name, whatever their prefix."""
    return (child for child in element if local_name(child.tag) == name)


def _child(element: Element, name: str) -> Element | None:
    """Return the first child of a name."""
    return next(_children(element, name), None)


def _text(element: Element, name: str) -> str:
    """Return the text of the first child of a name; empty if there is none."""
    child = _child(element, name)
    return "" if child is None else clean("".join(child.itertext())).strip()


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
    decoder = codecs.getincrementaldecoder(encoding_of(reader)[0])("replace")
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
