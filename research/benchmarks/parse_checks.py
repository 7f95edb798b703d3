"""Checks of the parser that need no gold: pages are rewritten so that their comments must stay the same, or go.

Usage: python -m research.benchmarks.parse_checks FOLDER... [--checks a,b,...] [-o build/parse_checks.md] [--worst N]

FOLDER holds pages (NAME.html), if known what is in them (NAME.json: comments with author and text), and their text
dumps (NAME.flat.txt). With gold, boundary F1 and authors are measured against it, else against the unchanged page.
A page that a check cannot rewrite is left out of that check. The letters of the checks are those of ``CHECKS``.
"""

import argparse
import hashlib
import json
import re
import sys
import unicodedata
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from importlib import import_module
from itertools import pairwise
from multiprocessing import Pool
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from lxml import etree

from stance.datamodels import Page, PageKind
from stance.exceptions import InputError
from stance.parsing import parse_page

Element: TypeAlias = etree._Element
Range: TypeAlias = tuple[int, int]

SAME_COMMENT = 0.9
"""Word F1 from which a comment that is not the same to the letter counts as found."""

MOST_COMPARED = 500
"""Texts of similar length that one text is compared with, so that time stays linear."""

WORKERS = 2
"""Processes. More do not help on the machines that run the benchmarks."""

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

NEXT_PAGES = 10
"""Pages that are tried for one with a comment section that can be replaced."""

HEADER_LINES = 8
"""Lines above the text of a comment in a dump in which its author is searched."""

EVERY_SECOND = slice(1, None, 2)

FEW = (1, 2, 3)
"""Numbers of comments that check (k) leaves on a page."""

_DATA = re.compile(r"omment|nswer|repl(?:y|ies)", re.IGNORECASE)
_PAGE_END = re.compile(r"</(?:html|body)\s*>", re.IGNORECASE)
_WORD = re.compile(r"\w+")
_BLANKS = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]+")


class Said(NamedTuple):
    """One comment: its author, None where none is shown, and its text."""

    author: str | None
    text: str


@dataclass(frozen=True)
class Sample:
    """A page of a folder, with gold and text dump where there are any."""

    name: str
    html: str
    gold: tuple[Said, ...] | None = None
    dump: str | None = None


# Parsing --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Reading:
    """The result of one parse that the checks compare."""

    comments: tuple[Said, ...] = ()
    layout: str = "none"
    stated: int | None = None
    warnings: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def read(source: str, *, is_html: bool = True, rows_off: str | None = None) -> Reading:
    """Parse a page.

    :param rows_off: Name of a layout row to switch off; ``*`` for all of them.
    """
    page = Page("page", PageKind.HTML if is_html else PageKind.TEXT, source, "utf-8")
    with _without_rows(rows_off):
        try:
            document = parse_page(page)
        except InputError:
            return Reading()
    comments = tuple(Said(c.author, c.text) for c in document.comments if c.text.strip())
    return Reading(comments, document.layout, document.stated_comments, tuple(document.warnings))


@contextmanager
def _without_rows(name: str | None) -> Iterator[None]:
    """Switch layout rows off, in every module of the parser that reads the table."""
    if name is None:
        yield
        return
    import_module("stance.parsing.html.page")  # with all modules that read the table
    from stance.parsing import layouts

    rows = layouts.HTML_LAYOUTS
    ours = [module for name, module in sys.modules.items() if name.startswith("stance.")]
    readers = [module for module in ours if getattr(module, "HTML_LAYOUTS", None) is rows]
    for module in readers:
        vars(module)["HTML_LAYOUTS"] = () if name == "*" else tuple(row for row in rows if row.name != name)
    try:
        yield
    finally:
        for module in readers:
            vars(module)["HTML_LAYOUTS"] = rows


# Trees ----------------------------------------------------------------------------------------------------------------


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


# Threads --------------------------------------------------------------------------------------------------------------


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


def thread_units(thread: Thread) -> list[list[Element]]:
    """Split a thread into its comments, each with the replies inside it and the siblings that head or follow it."""
    units: list[list[Element]] = []
    waiting = [thread.top]
    while waiting:
        element = waiting.pop()
        holders = thread.holders(element)
        if len(holders) == 1 and thread.inside(holders[0]) > 1:
            waiting.append(holders[0])
            continue
        groups = _groups(thread, element, holders)
        inner = [_inner_list(thread, holder) for holder in holders]
        units += [group for group, nested in zip(groups, inner, strict=True) if nested is None]
        waiting += [nested for nested in inner if nested is not None]
    return sorted(units, key=lambda unit: max(thread.stream.spans.get(each, (0, 0)) for each in unit))


def _inner_list(thread: Thread, holder: Element) -> Element | None:
    """Return the list of comments that an element is or holds, None if it is one comment with its replies."""
    holders = [holder]
    while len(holders) == 1 and thread.inside(holders[0]) > 1:
        holder = holders[0]
        holders = thread.holders(holder)
    alike = sum(_are_alike(holders[0], each) for each in holders[1:]) if holders else 0
    return holder if alike and 2 * alike >= len(holders) - 1 else None


def _are_alike(one: Element, other: Element) -> bool:
    ours, theirs = ({*each.get("class", "").split()} for each in (one, other))
    return one.tag == other.tag and (bool(ours & theirs) or not (ours or theirs))


def _groups(thread: Thread, parent: Element, holders: Sequence[Element]) -> list[list[Element]]:
    """Give each element with comments the siblings around it that belong to it."""
    if not holders:
        return []
    children = list(parent.iterchildren("*"))
    numbers = {child: number for number, child in enumerate(children)}
    places = [numbers[holder] for holder in holders]
    heads = [_heading_siblings(thread, holders[0], _before(holders[0]))]
    tails: list[list[Element]] = []
    for (here, there), holder in zip(pairwise(places), holders[1:], strict=True):
        between = children[here + 1 : there]
        heads.append(_heading_siblings(thread, holder, between))
        tails.append(between[: len(between) - len(heads[-1])])
    groups = zip(heads, holders, [*tails, []], strict=True)
    return [[*head, holder, *tail] for head, holder, tail in groups]


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


# Rewriting of pages ---------------------------------------------------------------------------------------------------


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


@dataclass(frozen=True)
class Rewritten:
    """A page from which comments were taken, or that took some, and where these were."""

    html: str
    stream: Stream  # of the page that they were in before
    ranges: tuple[Range, ...]

    def split(self, comments: Sequence[Said]) -> tuple[list[Said], list[Said], list[Said]]:
        """Split the comments of the page before into those in the ranges, those outside, and those not located."""
        inside: list[Said] = []
        outside: list[Said] = []
        unknown: list[Said] = []
        places = locate(self.stream, [said.text for said in comments])
        for place, said in zip(places, comments, strict=True):
            if place is None:
                unknown.append(said)
            else:
                (inside if any(start <= place[0] < end for start, end in self.ranges) else outside).append(said)
        return inside, outside, unknown


def remove_half(source: str, comments: Sequence[Said], removed: slice = EVERY_SECOND) -> Rewritten | None:
    """Remove comments of a page with the replies inside them.

    :param comments: Those of the page.
    :param removed: Which of them; every second one unless asked otherwise.
    :return: None where they cannot be located or there are fewer than two.
    """
    root = read_tree(source)
    thread = find_thread(root, comments)
    elements = _removed_parts(root, comments, removed)
    if thread is None or not elements:
        return None
    ranges = tuple(thread.stream.spans[element] for element in elements[0] if element in thread.stream.spans)
    for element in (each for copy in elements for each in copy):
        _drop(element)
    _drop_data(root)
    return Rewritten(write_tree(root), thread.stream, ranges)


def _removed_parts(root: Element, comments: Sequence[Said], removed: slice) -> list[list[Element]]:
    """Return the elements of some comments, for each copy of the thread that a page has."""
    copies: list[list[Element]] = []
    hidden: list[tuple[Element, Element]] = []
    while len(copies) < MOST_COPIES and (thread := find_thread(root, comments)):
        units = thread_units(thread)[removed]
        box = thread_box(thread) if units else None
        if units:
            copies.append([element for unit in units for element in unit])
        if box is None or (parent := box.getparent()) is None:
            break
        hidden.append((etree.Element("div"), box))
        parent.replace(box, hidden[-1][0])
    for place, box in reversed(hidden):
        if (parent := place.getparent()) is not None:
            parent.replace(place, box)
    return copies


def swap_threads(giver: str, taker: str, given: Sequence[Said], taken: Sequence[Said]) -> Rewritten | None:
    """Put the comment section of one page into the place of that of another.

    :param given: Comments of the page that gives its section.
    :param taken: Comments of the page that takes it.
    :return: The page that took it; None where either section cannot be located.
    """
    root, other = read_tree(taker), read_tree(giver)
    place, thread = _box(root, taken), find_thread(other, given)
    box = thread_box(thread) if thread else None
    if thread is None or place is None or box is None or (parent := place.getparent()) is None:
        return None
    spans = [thread.stream.spans[each] for each in (box, *box) if each in thread.stream.spans]
    box.tail, gap = place.tail, etree.Element("div")
    parent.replace(place, gap)
    _cut_copies(root, taken)
    parent.replace(gap, box)
    _drop_data(root)
    section = (min(start for start, _ in spans), max(end for _, end in spans))
    return Rewritten(write_tree(root), thread.stream, (section,))


# Text dumps -----------------------------------------------------------------------------------------------------------


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


def sign_below(dump: str, comments: Sequence[Said]) -> str | None:
    """Move the header lines of every comment in a dump, which name its author and its date, below its text.

    :return: None where a comment has no lines of its own, or no header above it.
    """
    lines = dump.split("\n")
    found = _blocks(lines, comments)
    blocks = [block for block in found if block and block.is_whole and block.header < block.text]
    if not blocks or len(blocks) < len(comments) or any(a.end > b.header for a, b in pairwise(blocks)):
        return None
    written, done = list[str](), 0
    for header, text, end, _ in blocks:
        written += [*lines[done:header], *lines[text:end], *lines[header:text]]
        done = end
    return "\n".join((*written, *lines[done:]))


# Measures -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What a check measured on one page."""

    page: str
    hit: int  # comments, or pages, that are as they should be
    found: int
    wanted: int
    same_names: int = 0
    names: int = 0
    notes: Mapping[str, int] = field(default_factory=dict)
    group: str = ""

    @property
    def wrong(self) -> int:
        """Comments missed, comments too many, and wrong authors."""
        return self.found + self.wanted - 2 * self.hit + self.names - self.same_names


@dataclass(frozen=True)
class CheckResult:
    """The figure of a check over all pages.

    ``figure`` is boundary F1 or a share, as the title of the check says; ``authors`` the share of comments found whose
    author is right, None where the check has none.
    """

    name: str
    title: str
    pages: int
    figure: float
    authors: float | None
    notes: Mapping[str, int]
    outcomes: tuple[Outcome, ...]

    @property
    def worst(self) -> list[Outcome]:
        """Pages where something is wrong, worst first."""
        return sorted((each for each in self.outcomes if each.wrong), key=lambda each: (-each.wrong, each.page))


def _name(said: Said) -> str:
    return " ".join(unicodedata.normalize("NFKC", said.author or "").split()).casefold()


def pair(found: Sequence[Said], wanted: Sequence[Said]) -> list[tuple[int, int]]:
    """Pair comments one to one: the same texts first, then the closest.

    :return: Positions in ``found`` and in ``wanted``.
    """
    waiting: dict[str, list[int]] = {}
    for place, said in enumerate(found):
        waiting.setdefault(squeeze(said.text).casefold(), []).append(place)
    pairs, rest = list[tuple[int, int]](), list[int]()
    for place, said in enumerate(wanted):
        if same := waiting.get(squeeze(said.text).casefold()):
            best = next((i for i in same if _name(found[i]) == _name(said)), same[0])
            same.remove(best)
            pairs.append((best, place))
        else:
            rest.append(place)
    left = sorted(place for places in waiting.values() for place in places)
    return pairs + _closest(found, wanted, left, rest)


def _closest(
    found: Sequence[Said], wanted: Sequence[Said], left: Sequence[int], rest: Sequence[int]
) -> list[tuple[int, int]]:
    """Pair comments whose words are nearly the same; only texts of similar length are compared."""
    words = sorted(((w := _words(found[place].text)).total(), place, w) for place in left)
    sizes = [size for size, _, _ in words]
    scored = []
    for place in rest:
        gold = _words(wanted[place].text)
        size = gold.total()
        near = words[bisect_left(sizes, 0.8 * size) : bisect_right(sizes, size / 0.8)] if size else []
        for n, i, own in near[:MOST_COMPARED]:
            if (score := 2 * (own & gold).total() / (n + size)) >= SAME_COMMENT:
                scored.append((-score, i, place))
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for _, i, place in sorted(scored):
        if i not in pairs and place not in taken:
            pairs[i] = place
            taken.add(place)
    return list(pairs.items())


def _words(text: str) -> Counter[str]:
    return Counter(_WORD.findall(unicodedata.normalize("NFKC", text).lower()))


def _against(sample: Sample, found: Sequence[Said], wanted: Sequence[Said], group: str = "") -> Outcome:
    """Compare comments with those that should be found."""
    pairs = pair(found, wanted)
    named = [(i, j) for i, j in pairs if _name(wanted[j])]
    same = sum(_name(found[i]) == _name(wanted[j]) for i, j in named)
    notes = {"pages with false comments": 1} if found and not wanted else {}
    return Outcome(sample.name, len(pairs), len(found), len(wanted), same, len(named), notes, group)


def _equal(sample: Sample, found: Sequence[Said], wanted: Sequence[Said], unknown: Sequence[Said]) -> Outcome:
    """Count comments with the same text and author as before, and new ones.

    :param unknown: Comments that may be there or not; those that are found count as wanted.
    """
    ours, theirs = Counter(found), Counter(wanted)
    theirs += Counter(unknown) & (ours - theirs)
    same = (ours & theirs).total()
    new = ours.total() - same
    return Outcome(sample.name, same, ours.total(), theirs.total(), notes={"new comments": new} if new else {})


def _truth(sample: Sample) -> tuple[Said, ...]:
    """Return the comments that a page has: its gold, else what is found in it."""
    return read(sample.html).comments if sample.gold is None else sample.gold


# Checks ---------------------------------------------------------------------------------------------------------------

Check: TypeAlias = Callable[[Sample, Sequence[Sample]], list[Outcome]]
"""Measures one page; of the pages after it, one may be needed, too."""


def _unchanged(page: Sample, _: Sequence[Sample]) -> list[Outcome]:
    comments, again = read(page.html).comments, read(write_tree(read_tree(page.html))).comments
    outcome = _against(page, comments, _truth(page))
    return [_noted(outcome, "pages that differ when only serialised again", again != comments)]


def _noted(outcome: Outcome, note: str, is_so: bool) -> Outcome:
    return replace(outcome, notes={**outcome.notes, note: 1}) if is_so else outcome


def _changed(comments_of: Callable[[str], Sequence[Said]]) -> Check:
    """Make a check that compares another way to read a page with its gold."""
    return lambda page, _: [_against(page, comments_of(page.html), _truth(page))]


def _each_row_off(page: Sample, _: Sequence[Sample]) -> list[Outcome]:
    from stance.parsing.layouts import HTML_LAYOUTS

    used = set(re.split(r"[^\w-]+", read(page.html).layout))
    rows = [row.name for row in HTML_LAYOUTS if row.name in used]
    return [_against(page, read(page.html, rows_off=row).comments, _truth(page), row) for row in rows]


def _flattened(page: Sample, _: Sequence[Sample]) -> list[Outcome]:
    shown = read(page.html)
    text = read(flatten(page.html), is_html=False).comments
    if not text and not shown.comments:
        return []
    more = len(text) > 1.1 * len(shown.comments)
    outcome = _noted(_against(page, text, shown.comments), "text gives 10 % more", more)
    is_silent = more and not any("comment" in warning for warning in shown.warnings)
    outcome = _noted(outcome, "without a warning", is_silent)
    is_right = page.gold is not None and len(pair(text, page.gold)) > len(pair(shown.comments, page.gold))
    return [_noted(outcome, "text nearer to gold", is_right)]


def _stated(page: Sample, _: Sequence[Sample]) -> list[Outcome]:
    shown = read(page.html)
    if shown.stated is None:
        return []
    found, stated = len(shown.comments), shown.stated
    if abs(found - stated) <= 0.05 * stated:
        return [Outcome(page.name, 1, 1, 1, notes={"equal within 5 %": 1})]
    named = any(
        {found, stated} <= {int(n.replace(",", "")) for n in re.findall(r"\d[\d,]*", w)} for w in shown.warnings
    )
    return [Outcome(page.name, int(named), 1, 1, notes={"warned with both numbers" if named else "silent": 1})]


def _halves(page: Sample, _: Sequence[Sample]) -> list[Outcome]:
    before = read(page.html).comments
    half = remove_half(page.html, _truth(page))
    if half is None or not before:
        return []
    _inside, kept, unknown = half.split(before)
    return [_equal(page, read(half.html).comments, kept, unknown)]


def _few_left(page: Sample, _: Sequence[Sample]) -> list[Outcome]:
    """Leave the first comments alone on a page that is read rightly, with their number where it was stated."""
    before, truth = read(page.html), _truth(page)
    if len(truth) <= max(FEW) or len(pair(before.comments, truth)) < SAME_COMMENT * len(truth):
        return []
    outcomes = []
    for number in FEW:
        few = remove_half(page.html, truth, slice(number, None))
        _inside, kept, unknown = few.split(truth) if few else ([], [], [])
        if few and kept and not unknown:
            html = few.html
            if before.stated:
                stated = rf"(?<=>)([^<>]{{0,40}}?)(?<!\d){before.stated}(?!\d)"
                html = re.sub(stated, rf"\g<1>{len(kept)}", html)
            found = read(html).comments
            is_whole = len(pair(found, kept)) == len(kept) == len(found)
            outcomes.append(Outcome(page.name, int(is_whole), 1, 1, group=f"{number} left"))
    return outcomes


def _swapped(page: Sample, others: Sequence[Sample]) -> list[Outcome]:
    before = read(page.html).comments
    if not before or not _truth(page):
        return []
    for other in others:
        swapped = swap_threads(page.html, other.html, _truth(page), _truth(other)) if _truth(other) else None
        if swapped is not None:
            moved, _outside, unknown = swapped.split(before)
            return [_equal(page, read(swapped.html).comments, moved, unknown)]
    return []


def _thread_cut_out(page: Sample, _: Sequence[Sample]) -> list[Outcome]:
    comments = _truth(page)
    html = cut_thread(page.html, comments) if comments else None
    dump = cut_lines(page.dump or flatten(page.html), comments) if comments else None
    found = [("HTML", None if html is None else read(html).comments)]
    found += [("dumps", None if dump is None else read(dump, is_html=False).comments)]
    return [_must_be_none(page, group, said) for group, said in found if said is not None]


def _must_be_none(page: Sample, group: str, found: Sequence[Said]) -> Outcome:
    notes = {f"{group} with false comments": 1, f"false comments in {group}": len(found)} if found else {}
    return Outcome(page.name, int(not found), 1, 1, notes=notes, group=group)


def _signed_below(page: Sample, _: Sequence[Sample]) -> list[Outcome]:
    dump = page.dump or flatten(page.html)
    truth = read(dump, is_html=False).comments if page.gold is None else page.gold
    signed = sign_below(dump, truth) if truth else None
    return [] if signed is None else [_against(page, read(signed, is_html=False).comments, truth)]


CHECKS: dict[str, tuple[str, Check, bool]] = {
    "0": ("unchanged page: boundary F1", _unchanged, True),
    "a": ("names hashed: boundary F1", _changed(lambda html: read(hash_names(html)).comments), True),
    "b": ("names hashed, stems kept: boundary F1", _changed(lambda html: read(hash_names(html, STEMS)).comments), True),
    "c": ("layout rows off: boundary F1", _changed(lambda html: read(html, rows_off="*").comments), True),
    "c1": ("the layout row of the page off: boundary F1", _each_row_off, True),
    "d": ("HTML and its flattened text: boundary F1", _flattened, True),
    "e": ("stated count: share of pages equal or warned", _stated, False),
    "f": ("half of the comments removed: share of the others equal", _halves, False),
    "g": ("thread in another page: share of comments equal", _swapped, False),
    "h": ("thread cut out: share of pages without comments", _thread_cut_out, False),
    "i": ("dumps signed below: boundary F1", _signed_below, True),
    "k": ("all but the first comments removed: share of pages read whole", _few_left, False),
}
"""Title, function and whether the figure is an F1 (else the share of what is wanted that was hit)."""


def summarise(name: str, outcomes: Sequence[Outcome], group: str = "") -> CheckResult:
    """Sum up what one check measured, or one group of its pages."""
    title, _, is_f1 = CHECKS[name]
    own = tuple(each for each in outcomes if not group or each.group == group)
    hit, found, wanted = (sum(getattr(each, key) for each in own) for key in ("hit", "found", "wanted"))
    names = sum(each.names for each in own)
    figure = 2 * hit / max(1, found + wanted) if is_f1 else hit / max(1, wanted)
    notes: Counter[str] = Counter()
    for each in own:
        notes.update(each.notes)
    authors = sum(each.same_names for each in own) / names if names else None
    return CheckResult(f"{name} {group}".strip(), title, len({o.page for o in own}), figure, authors, notes, own)


def run_check(name: str, pages: Sequence[Sample]) -> CheckResult:
    """Run one check on pages, in this process.

    :param name: A key of ``CHECKS``.
    """
    return summarise(name, [each for place in range(len(pages)) for each in _measured(name, pages, place)])


def _measured(name: str, pages: Sequence[Sample], place: int) -> list[Outcome]:
    return CHECKS[name][1](pages[place], (*pages[place + 1 :], *pages[:place])[:NEXT_PAGES])


# The table ------------------------------------------------------------------------------------------------------------

_pages: list[Sample] = []
"""All pages, in each worker."""


def _take(pages: list[Sample]) -> None:
    _pages[:] = pages


def _work(task: tuple[int, tuple[str, ...]]) -> dict[str, list[Outcome]]:
    """Run checks on one page; all at once, so that an unchanged page is parsed once."""
    place, names = task
    return {name: _measured(name, _pages, place) for name in names}


def load(folders: Iterable[Path]) -> list[Sample]:
    """Read the pages of folders."""
    return [_sample(path) for folder in folders for path in sorted(folder.glob("*.html"))]


def _sample(path: Path) -> Sample:
    gold, dump = path.with_suffix(".json"), path.with_suffix(".flat.txt")
    comments = json.loads(gold.read_text(encoding="utf-8"))["comments"] if gold.exists() else None
    return Sample(
        path.stem,
        path.read_text(encoding="utf-8", errors="replace"),
        None if comments is None else tuple(Said(c.get("author"), c["text"]) for c in comments),
        dump.read_text(encoding="utf-8", errors="replace") if dump.exists() else None,
    )


def measure(pages: list[Sample], names: tuple[str, ...]) -> list[CheckResult]:
    """Run checks on all pages with a few processes."""
    outcomes: dict[str, list[Outcome]] = {name: [] for name in names}
    with Pool(WORKERS, _take, (pages,)) as pool:
        tasks = [(place, names) for place in range(len(pages))]
        for done, results in enumerate(pool.imap(_work, tasks, chunksize=4), 1):
            for name, own in results.items():
                outcomes[name] += own
            if done % 20 == 0 or done == len(pages):
                print(f"{done} of {len(pages)} pages", file=sys.stderr)
    rows = []
    for name, own in outcomes.items():
        groups = sorted({each.group for each in own} - {""})
        rows += [summarise(name, own), *(summarise(name, own, group) for group in groups)]
    return rows


def table(results: Iterable[CheckResult], worst: int = 0) -> str:
    """Draw results as a Markdown table, with the worst pages of each check below."""
    lines = ["| check | | pages | figure | authors | |", "|---|---|---|---|---|---|"]
    below: list[str] = []
    for each in results:
        notes = ", ".join(f"{note}: {count}" for note, count in sorted(each.notes.items()))
        authors = "–" if each.authors is None else f"{each.authors:.3f}"
        lines.append(f"| {each.name} | {each.title} | {each.pages} | {each.figure:.3f} | {authors} | {notes} |")
        pages = [f"{o.page} ({o.hit} of {o.wanted}, {o.found} found)" for o in each.worst[:worst]]
        below += [f"- {each.name}: {', '.join(pages)}"] if pages and " " not in each.name else []
    return "\n".join((*lines, "", *below) if below else lines)


def main() -> None:
    """Run the checks on the pages of folders."""
    options = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    options.add_argument("folders", type=Path, nargs="+")
    options.add_argument("--checks", default=",".join(CHECKS), help="letters, comma-separated")
    options.add_argument("-o", type=Path, dest="output")
    options.add_argument("--worst", type=int, default=0, help="name so many pages for each check")
    given = options.parse_args()
    names = tuple(given.checks.split(","))
    if unknown := set(names) - CHECKS.keys():
        options.error(f"no such check: {', '.join(sorted(unknown))}; expected {', '.join(CHECKS)}")
    drawn = table(measure(load(given.folders), names), given.worst)
    if given.output:
        given.output.write_text(drawn + "\n", encoding="utf-8")
    print(drawn)


if __name__ == "__main__":
    main()
