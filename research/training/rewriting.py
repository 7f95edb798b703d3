"""Rewrite pages whose comments are known: flatten them, hash their names, and cut out their threads."""

import hashlib
import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element

Range: TypeAlias = tuple[int, int]

STEMS = ("comment", "komment", "coment", "reply", "repl", "antwort", "author", "autor", "user")
"""Parts of names that check (b) keeps, because many unknown sites use them."""

HASHED_VALUES = frozenset((
    "class", "id", "itemprop", "itemtype", "itemid", "typeof", "property", "name", "for", "rel", "headers", "form",
    "vocab", "resource", "about",
))  # fmt: skip
"""Attributes whose value is a list of names."""

KEPT_ATTRIBUTES = frozenset((
    "href", "src", "srcset", "datetime", "title", "type", "alt", "content", "value", "style", "lang", "dir", "role",
    "hidden", "itemscope", "charset", "http-equiv", "width", "height", "colspan", "rowspan", "align", "valign",
    "action", "method", "placeholder", "shadowrootmode", "shadowroot", "start", "cite", "border", "target", "checked",
    "disabled", "selected", "cellpadding", "cellspacing", "color", "face", "size", "bgcolor",
))  # fmt: skip
"""Attributes of HTML that hold no name of a site. All others are hashed, name and value."""

UNSEEN = frozenset((
    "script", "style", "noscript", "template", "head", "svg", "iframe", "button", "select", "textarea",
))  # fmt: skip
"""Elements whose text is not shown, or is not part of a comment."""

BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "body", "br", "button", "caption", "dd", "details", "div", "dl",
    "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr",
    "legend", "li", "main", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th",
    "thead", "tr", "ul",
))  # fmt: skip
"""Elements that begin and end a line of flattened text."""

LONG_TEXT = 30
"""Characters without blanks from which a text is unlikely to be in a page twice by chance."""

NEAR = 5_000
"""Characters before the first comment that was located, or behind the last, in which a short text is searched."""

MOST_PLACES = 50
"""Occurrences of one text that are looked at."""

LOCATED_SHARE = 0.8
"""Of the comments of a page; a page where fewer are located cannot be rewritten."""

AROUND_THREAD = 300
"""Characters that the smallest element around all comments may hold before or behind them. With more, it holds other
things too, and only the elements from the first comment to the last are cut."""

MOST_COPIES = 3
"""Of the thread of a page that are looked for: it may have one for wide screens and one for narrow ones."""

HEADER_LINES = 8
"""Lines above the text of a comment in a dump in which its author is searched."""

_DATA = re.compile(r"omment|nswer|repl(?:y|ies)", re.IGNORECASE)

_PAGE_END = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)

_BLANKS = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]+")


class Said(NamedTuple):
    """One comment: its author, None where none is shown, and its text."""

    author: str | None
    text: str


def read_tree(source: str) -> Element:
    """Parse HTML as the parser does; what follows ``</html>`` is part of the page."""
    parser = etree.HTMLParser(encoding="utf-8", no_network=True, recover=True)
    try:
        root = etree.fromstring(_PAGE_END.sub("", source).encode(errors="replace"), parser)
    except etree.XMLSyntaxError:
        root = None
    return etree.Element("html") if root is None else root


def write_tree(root: Element) -> str:
    """Serialise a tree as HTML."""
    return etree.tostring(root, method="html", encoding="unicode")


def squeeze(text: str) -> str:
    """Remove blanks and invisible characters, so that texts of different spacing are equal."""
    return _BLANKS.sub("", unicodedata.normalize("NFKC", text))


class Stream:
    """The visible characters of a page or dump without blanks, and the element or line that each piece came from."""

    def __init__(self) -> None:
        self.chars = ""
        self.starts: list[int] = []
        self.owners: list[Any] = []
        self.spans: dict[Element, Range] = {}

    @classmethod
    def of_lines(cls, lines: Iterable[str]) -> "Stream":
        """Build the stream of a text dump; owners are line numbers, one for every line."""
        stream, pieces, length = cls(), list(map(squeeze, lines)), 0
        for number, piece in enumerate(pieces):
            stream._note(length, number)
            length += len(piece)
        stream.chars = "".join(pieces)
        return stream

    @classmethod
    def of_tree(cls, root: Element) -> "Stream":
        """Build the stream of an HTML tree; owners are elements."""
        stream, pieces, length = cls(), list[str](), 0
        for owner, text, opened, closed in _texts(root):
            if opened is not None:
                stream.spans[opened] = (length, length)
            if closed is not None:
                stream.spans[closed] = (stream.spans[closed][0], length)
            if text and (piece := squeeze(text)):
                stream._note(length, owner)
                pieces.append(piece)
                length += len(piece)
        stream.chars = "".join(pieces)
        return stream

    def _note(self, start: int, owner: Any) -> None:
        self.starts.append(start)
        self.owners.append(owner)

    def owner_at(self, place: int) -> Any:
        """Return the element or line that holds one character."""
        return self.owners[bisect_right(self.starts, place) - 1]

    def around(self, place: Range) -> Element:
        """Return the smallest element that holds a range of characters."""
        element: Element = self.owner_at(place[0])
        while self.spans[element][1] < place[1] and (above := element.getparent()) is not None:
            element = above
        return element

    def text(self, element: Element) -> str:
        """Return the characters of an element."""
        start, end = self.spans.get(element, (0, 0))
        return self.chars[start:end]


def _texts(root: Element) -> Iterator[tuple[Element, str | None, Element | None, Element | None]]:
    """Yield visible texts with the element that holds each, and the elements that open before or close behind it."""
    unseen = 0
    for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
        above = node.getparent()
        if event == "start":
            unseen += _is_unseen(node)
            yield node, None if unseen else node.text, node, None
            continue
        if event == "end":
            yield node, None, None, node
            unseen -= _is_unseen(node)
        if above is not None and not unseen:
            yield above, node.tail, None, None


def _is_unseen(node: Element) -> bool:
    return node.tag in UNSEEN and "shadowrootmode" not in node.attrib


def _places(stream: Stream, key: str, low: int, high: int) -> list[Range]:
    """Return the first occurrences of a text in a range of a stream."""
    places: list[Range] = []
    place = stream.chars.find(key, low, high)
    while place >= 0 and len(places) < MOST_PLACES:
        places.append((place, place + len(key)))
        place = stream.chars.find(key, place + len(key), high)
    return places


def locate(stream: Stream, texts: Sequence[str]) -> list[Range | None]:
    """Return where each text is in a page, None for those not found.

    Long texts that occur once are located first; all others are searched between their neighbours.

    :param texts: In page order.
    """
    keys = [squeeze(text) for text in texts]
    found: list[Range | None] = [None] * len(keys)
    for number, key in enumerate(keys):
        if len(key) >= LONG_TEXT and len(places := _places(stream, key, 0, len(stream.chars))) == 1:
            found[number] = places[0]
    edges = {*stream.starts, len(stream.chars)}
    following = _following(found, len(stream.chars))
    before: int | None = None
    for number, key in enumerate(keys):
        if found[number] is None and key:
            found[number] = _between(stream, key, edges, before, following[number])
        if (place := found[number]) is not None:
            before = place[1]
    return found


def _following(found: Sequence[Range | None], end: int) -> list[int | None]:
    """Return for each text where the next located one begins, None where no later one is located."""
    starts: list[int | None] = []
    following: int | None = None
    for place in reversed(found):
        starts.append(following)
        following = place[0] if place else following
    return starts[::-1]


def _between(stream: Stream, key: str, edges: set[int], before: int | None, after: int | None) -> Range | None:
    """Search one text between those before and after it, whole pieces of the page first."""
    size = len(stream.chars)
    low = before if before is not None else max(0, (after or 0) - NEAR)
    high = after if after is not None else size if before is None else min(size, before + NEAR + 2 * len(key))
    places = _places(stream, key, low, high)
    whole = [place for place in places if place[0] in edges and place[1] in edges]
    if whole:
        return whole[-1 if before is None and after is not None else 0]
    if len(key) < LONG_TEXT:
        return places[0] if places and len(key) > LONG_TEXT // 3 else None
    return places[0] if places else _begin_and_end(stream, key, low, high)


def _begin_and_end(stream: Stream, key: str, low: int, high: int) -> Range | None:
    """Search the begin and the end of a long text, where something else stands in its middle."""
    piece = LONG_TEXT * 2 // 3
    start = stream.chars.find(key[:piece], low, high)
    if start < 0:
        return None
    end = stream.chars.find(key[-piece:], start, min(high, start + 2 * len(key) + NEAR // 10))
    return (start, end + piece) if end >= 0 else (start, start + piece)


@dataclass(frozen=True)
class Thread:
    """The comments of a page in its tree."""

    root: Element
    stream: Stream
    places: tuple[tuple[Range, Said], ...]  # located comments in page order
    top: Element  # the smallest element around all of them

    @cached_property
    def starts(self) -> list[int]:
        """Where each comment begins."""
        return [place[0] for place, _ in self.places]

    def inside(self, element: Element) -> int:
        """Return how many comments begin in an element."""
        start, end = self.stream.spans.get(element, (0, 0))
        return bisect_left(self.starts, end) - bisect_left(self.starts, start)

    def first(self, element: Element) -> Said:
        """Return the first comment in an element."""
        return self.places[bisect_left(self.starts, self.stream.spans[element][0])][1]

    def holders(self, element: Element) -> list[Element]:
        """Return the children of an element that hold comments."""
        return [child for child in element.iterchildren("*") if self.inside(child)]


def find_thread(root: Element, comments: Sequence[Said]) -> Thread | None:
    """Find known comments in a tree; None where too few are located."""
    stream = Stream.of_tree(root)
    found = locate(stream, [comment.text for comment in comments])
    places = sorted((place, said) for place, said in zip(found, comments, strict=True) if place)
    if not places or len(places) < LOCATED_SHARE * len(comments):
        return None
    top = stream.around((places[0][0][0], max(place[1] for place, _ in places)))
    if len(places) == 1:
        top = _with_header(stream, top)
    return Thread(root, stream, tuple(places), top)


def _with_header(stream: Stream, element: Element) -> Element:
    """Climb from the text of the only comment of a page to what holds little else."""
    most = len(stream.text(element)) + AROUND_THREAD
    while (above := element.getparent()) is not None and above.tag not in ("body", "html"):
        if len(stream.text(above)) > most or next(above.iter("h1"), None) is not None:
            break
        element = above
    return element


def thread_box(thread: Thread) -> Element | None:
    """Return one element around all comments of a page and little else; a new one where the page has none.

    :return: None where comments are not in elements of their own.
    """
    top = thread.top
    holders = thread.holders(top)
    if len(thread.places) == 1 or (not holders and top.tag != "body"):
        return top
    if not holders:
        return None
    (start, end), first, last = (thread.stream.spans[each] for each in (top, holders[0], holders[-1]))
    if top.tag != "body" and max(first[0] - start, end - last[1]) <= AROUND_THREAD:
        return top
    head = _heading_siblings(thread, holders[0], list(_before(holders[0])))
    box = etree.Element("div")
    (head or holders)[0].addprevious(box)
    moved, stop = box.getnext(), holders[-1]
    while moved is not None:
        following = None if moved is stop else moved.getnext()
        box.append(moved)
        moved = following
    return box


def _before(element: Element) -> list[Element]:
    """Return the elements directly before another that could head it, in page order."""
    return [each for _, each in zip(range(HEADER_LINES), element.itersiblings("*", preceding=True), strict=False)][::-1]


def _heading_siblings(thread: Thread, holder: Element, between: Sequence[Element]) -> list[Element]:
    """Return which elements before a comment belong to it: from the one that names its author on."""
    said = thread.first(holder)
    key = squeeze(said.author or "")
    if not key or key in _own_text(thread, holder, said):
        return []
    place = next((i for i, each in enumerate(between) if key in thread.stream.text(each)), None)
    return [] if place is None else list(between[place:])


def _own_text(thread: Thread, holder: Element, said: Said) -> str:
    """Return what an element holds besides the text of its first comment."""
    return thread.stream.text(holder).replace(squeeze(said.text), "", 1)


def _drop(element: Element) -> None:
    """Remove an element from its tree and keep what follows it."""
    parent, previous, tail = element.getparent(), element.getprevious(), element.tail or ""
    if parent is None:
        return
    if previous is not None:
        previous.tail = (previous.tail or "") + tail
    else:
        parent.text = (parent.text or "") + tail
    parent.remove(element)


def _drop_data(root: Element) -> None:
    """Remove the scripts that may hold the comments as data."""
    for script in list(root.iter("script")):
        if _DATA.search(script.text or ""):
            _drop(script)


def hash_names(source: str, stems: Sequence[str] = ()) -> str:
    """Replace every name that a site gave to its elements and attributes by a hash; equal names stay equal.

    Names in ``<head>`` stay: they are standards, and no markup of comments.

    :param stems: Parts of names to keep behind the hash.
    """
    root = read_tree(source)
    for element in root.iter("*"):
        if element.tag == "head" or next(element.iterancestors("head"), None) is not None:
            continue
        if "-" in element.tag:
            element.tag = _hashed(element.tag, stems)
        _hash_attributes(element, stems)
    return write_tree(root)


def _hash_attributes(element: Element, stems: Sequence[str]) -> None:
    for name, value in [(str(name), str(value)) for name, value in element.attrib.items()]:
        if name == "srcdoc":
            element.set(name, hash_names(value, stems))
        elif name in HASHED_VALUES:
            element.set(name, " ".join(_hashed(token, stems) for token in value.split()))
        elif name not in KEPT_ATTRIBUTES and "{" not in name:  # lxml cannot take such a name off
            del element.attrib[name]
            prefix = "data-" if name.startswith("data-") else ""
            element.set(prefix + _hashed(name.removeprefix("data-"), stems), _hashed(value, stems) if value else "")


@lru_cache(maxsize=100_000)
def _hashed(name: str, stems: Sequence[str]) -> str:
    """Return a word of consonants for a name, so that no hash contains a word by chance."""
    digest = hashlib.blake2b(name.encode(errors="replace"), digest_size=5).digest()
    word = "q" + "".join("bcdfghjkmpqrstvx"[byte % 16] for byte in digest) + "xz"
    kept = re.findall("|".join(stems), name.lower()) if stems else []
    return "-".join((word, *dict.fromkeys(kept)))


def cut_thread(source: str, comments: Sequence[Said]) -> str | None:
    """Remove all comments of a page, with the element around them and all copies of the thread.

    :param comments: Those of the page.
    :return: None where they cannot be located or removed.
    """
    root = read_tree(source)
    box = _box(root, comments)
    if box is None:
        return None
    _drop(box)
    _cut_copies(root, comments)
    _drop_data(root)
    return write_tree(root)


def _cut_copies(root: Element, comments: Sequence[Said]) -> None:
    """Remove what a page without its thread still has of it, where that is half of it."""
    for _ in range(MOST_COPIES - 1):
        rest = _left(comments, Stream.of_tree(root).chars)
        box = _box(root, rest) if 2 * len(rest) > len(comments) else None
        if box is None:
            break
        _drop(box)


def _left(comments: Iterable[Said], chars: str) -> list[Said]:
    """Return which comments with a long text are in some characters."""
    keys = ((said, squeeze(said.text)) for said in comments)
    return [said for said, key in keys if len(key) >= LONG_TEXT and key in chars]


def _box(root: Element, comments: Sequence[Said]) -> Element | None:
    """Find the element around all comments."""
    thread = find_thread(root, comments)
    return thread_box(thread) if thread else None


def flatten(source: str) -> str:
    """Return the visible text of an HTML page: a line for each block, blanks collapsed."""
    pieces: list[str] = []
    for _, text, opened, closed in _shown_texts(read_tree(source)):
        if any(each is not None and each.tag in BLOCKS for each in (opened, closed)):
            pieces.append("\v")
        if text:
            pieces.append(text)
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\v"))
    return "".join(f"{line}\n" for line in lines if line)


def _shown_texts(root: Element) -> Iterator[tuple[Element, str | None, Element | None, Element | None]]:
    """Yield the texts of a page and those of its buttons, which a dump shows too."""
    for button in root.iter("button"):
        button.tag = "div"
    return _texts(root)


class Block(NamedTuple):
    """Lines of one comment in a dump: where its header begins, its text begins, and its text ends."""

    header: int
    text: int
    end: int
    is_whole: bool  # whether the text begins and ends with these lines


def _blocks(lines: Sequence[str], comments: Sequence[Said]) -> list[Block | None]:
    """Find known comments in the lines of a dump, None for each that is not found.

    A header is the lines from the one that names the author down to the text; empty where none does.
    """
    stream = Stream.of_lines(lines)
    blocks: list[Block | None] = []
    above = -1
    edges = {*stream.starts, len(stream.chars)}
    for place, said in zip(locate(stream, [said.text for said in comments]), comments, strict=True):
        if place is None:
            blocks.append(None)
            continue
        start, end = stream.owner_at(place[0]), stream.owner_at(place[1] - 1) + 1
        near = range(max(above, start - HEADER_LINES, 0), start)
        key = squeeze(said.author or "")
        named = [number for number in near if key and key in squeeze(lines[number])]
        header = (named[-1] if above < 0 else named[0]) if named else start
        blocks.append(Block(header, start, end, edges.issuperset(place)))
        above = end
    return blocks


def cut_lines(dump: str, comments: Sequence[Said]) -> str | None:
    """Remove the lines of a dump from the header of the first comment to the end of the last.

    :return: None where too few comments are found.
    """
    lines, rest, cuts = dump.split("\n"), list(comments), 0
    while cuts < MOST_COPIES and 2 * len(rest) > len(comments):
        blocks = [block for block in _blocks(lines, rest) if block]
        if len(blocks) < LOCATED_SHARE * len(rest):
            break
        lines[min(block.header for block in blocks) : max(block.end for block in blocks)] = []
        cuts += 1
        rest = _left(comments, "".join(map(squeeze, lines)))
    return "\n".join(lines) if cuts else None
