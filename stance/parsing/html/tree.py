"""Index the elements of a page: their text as a reader sees it, and CSS selectors of a few forms.

Selectors are ``li.comment``, ``#comments h3``, ``ol.commentlist > li``, ``[itemprop=text]`` and ``[id^=comment-]``;
attribute tests are ``=``, ``^=``, ``$=`` and ``*=``, case counts. An index answers a few hundred of them in 1 to 2 ms a
page; ``lxml.cssselect`` takes 0.3 ms for each.
"""

import re
from array import array
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache, cached_property
from itertools import chain
from typing import NamedTuple, TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element
Elements: TypeAlias = set[Element] | frozenset[Element]

# fmt: off
BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "footer", "form", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "td", "tr", "ul",
))
# fmt: on
"""Elements that begin and end a line."""

UNSEEN = frozenset(("script", "style", "noscript", "template", "head", "svg", "iframe", "button", "select", "textarea"))

DIALOG_WORDS = 25
"""Maximum number of words of a hidden form that comes back, as one at each comment."""

_HIDDEN = re.compile(r"display\s*+:\s*+none", re.IGNORECASE)

_SIGN = re.compile(
    r":[a-z][\w+-]{1,30}:|[\d#*]?[\u200d\u203c-\u3299\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]{1,16}"
)
"""An emoji, or its name between colons."""


def sign_of(picture: Element) -> str | None:
    """Return the emoji that a picture shows, by the words for those who do not see it; ":)" only of a smiley."""
    given = next((value.strip() for name in ("alt", "aria-label", "title") if (value := picture.get(name))), "")
    is_smiley = re.search("smil|emo", f"{picture.get('class', '')} {picture.get('src', '')[:300]}", re.IGNORECASE)
    is_sign = _SIGN.fullmatch(given) or (is_smiley and 1 < len(given) <= 5 and not given.isalnum())
    return given if is_sign else None


def text_of(element: Element) -> str:
    """Return the text of an element, its lines joined by newlines.

    :param element: An element; what follows it is not its text.
    """
    if len(element) == 0:  # it has one line
        return " ".join((element.text or "").split()) if element.tag not in UNSEEN else ""
    return TextIndex(element).text_of(element)


def line_of(element: Element) -> str:
    """Return the text of an element as one line."""
    return text_of(element).replace("\n", " ")


def upwards(element: Element) -> Iterator[Element]:
    """Yield an element and the elements around it, the innermost first."""
    yield element
    yield from element.iterancestors()


class TextIndex:
    """The elements of a page and the text of each, read in one walk: most are asked for several times.

    :param root: The page, or a part of it. It must not change while it is asked.
    """

    def __init__(self, root: Element) -> None:
        self.elements: list[Element] = []  # in page order
        self.above: list[Element | None] = []  # the element around each
        self.pieces: list[str] = []  # a vertical tab, which cleaned text does not hold, marks the end of a line
        self.owners = array("i")  # position of the element that each piece is of; -1: the end of a line
        self.ends, self.firsts, self.lasts = array("i"), array("i"), array("i")  # four bytes where a tuple has 150
        elements, pieces, owners, ends, lasts = self.elements, self.pieces, self.owners, self.ends, self.lasts
        open_ones: list[tuple[Element | None, int]] = []
        inner, around = None, -1  # the innermost open element and its position
        for node in chain(root.iter(), (None,)):  # the busiest loop of a page
            parent = None if node is None else node.getparent()
            while inner is not parent and inner is not None:
                if inner.tag in BLOCKS:
                    pieces.append("\v")
                    owners.append(-1)
                ends[around], lasts[around] = len(elements), len(pieces)
                following = inner.tail
                inner, around = open_ones.pop()
                if following and inner is not None:
                    pieces.append(following)
                    owners.append(around)
            if node is None:
                break
            tag = node.tag
            if tag.__class__ is not str:  # a comment
                following = node.tail
            else:
                open_ones.append((inner, around))
                inner, around = node, len(elements)
                elements.append(node)
                self.above.append(parent)
                self.firsts.append(len(pieces))
                ends.append(0)
                lasts.append(0)
                if tag in BLOCKS:
                    pieces.append("\v")
                    owners.append(-1)
                following = node.text
            if following and inner is not None:
                pieces.append(following)
                owners.append(around)
        self.positions = {element: position for position, element in enumerate(elements)}
        self.unseen = {element for element in elements if element.tag in UNSEEN}

    def span(self, element: Element) -> tuple[int, int, int, int]:
        """Return where an element begins and ends in the elements, then in the pieces."""
        position = self.positions[element]
        return position, self.ends[position], self.firsts[position], self.lasts[position]

    def holds(self, box: Element, element: Element) -> bool:
        """Return whether an element is in a box, or is it."""
        return self.positions[box] <= self.positions[element] < self.ends[self.positions[box]]

    def own_pieces(self, first: int = 0, last: int | None = None) -> Iterator[tuple[Element, str]]:
        """Yield the pieces of the page, or some of them, that are words, each with its element."""
        for owner, piece in zip(self.owners[first:last], self.pieces[first:last], strict=True):
            if owner >= 0 and not piece.isspace():
                yield self.elements[owner], piece

    @cached_property
    def worded(self) -> set[Element]:
        """Elements with words of their own."""
        return {element for element, _ in self.own_pieces()}

    def in_order(self, elements: Iterable[Element]) -> list[Element]:
        """Put elements of the page into page order."""
        return sorted(elements, key=self.positions.__getitem__)

    def inside(self, element: Element) -> list[Element]:
        """Return the elements in an element, in page order."""
        position, end, _, _ = self.span(element)
        return self.elements[position + 1 : end]

    def text_of(self, element: Element, leave_out: Elements = frozenset()) -> str:
        """Return the text of an element, its lines joined by newlines.

        :param element: An element of the page; what follows it is not its text.
        :param leave_out: Elements inside it that do not count.
        """
        return plain_lines(self._raw_text(element, leave_out)) if element not in self.unseen else ""

    def line_of(self, element: Element, leave_out: Elements = frozenset()) -> str:
        """Return the text of an element as one line."""
        if element in self.unseen:
            return ""
        return " ".join(self._raw_text(element, leave_out).split())  # what ends a line is a blank, too

    def visible_lines(self) -> Iterator[tuple[str, int, int]]:
        """Yield each line of the page with the range of the pieces that it was read from."""
        line: list[str] = []
        first = 0
        for number, (piece, is_hidden) in enumerate(zip((*self.pieces, "\v"), self.hidden, strict=True)):
            if is_hidden:
                continue
            if piece != "\v":
                first = first if line else number
                line.append(piece)
            elif line:
                if words := " ".join("".join(line).split()):
                    yield words, first, number
                line = []

    @cached_property
    def hidden(self) -> bytearray:
        """Mark the pieces that no reader sees; one more for the end."""
        hidden = bytearray(len(self.pieces) + 1)
        for element in self.unseen:
            first, last = self.span(element)[2:]
            hidden[first:last] = b"\1" * (last - first)
        return hidden

    @cached_property
    def words_before(self) -> "array[int]":
        """Number of pieces with visible words before each piece, and before the end."""
        counts, total = array("i", [0]), 0
        for piece, is_hidden in zip(self.pieces, self.hidden, strict=False):
            total += not is_hidden and not piece.isspace()
            counts.append(total)
        return counts

    def label_of(self, element: Element) -> str:
        """Return the label of a button as one line; the texts around leave it out."""
        return " ".join(self._raw_text(element, frozenset()).split())

    def _raw_text(self, element: Element, leave_out: Elements) -> str:
        position, end, first, last = self.span(element)
        if end == position + 1:  # as most are
            return "".join(self.pieces[first:last])
        kept: list[str] = []
        inside = self.elements[position + 1 : end]
        for each in [each for each in inside if each in self.unseen or each in leave_out]:
            _, _, begin, after = self.span(each)
            if begin >= first:  # else it is in one that is left out itself
                kept += self.pieces[first:begin]
                first = after
        return "".join([*kept, *self.pieces[first:last]])


def plain_lines(text: str) -> str:
    """Return the lines that vertical tabs part, without needless blanks."""
    lines = [" ".join(line.split()) for line in text.split("\v")]
    return "\n".join(line for line in lines if line)


# Selectors ------------------------------------------------------------------------------------------------------------

_SIMPLE = re.compile(
    r"\.(?P<klass>[\w-]+)|#(?P<id>[\w-]+)|\[(?P<name>[\w:-]+)(?:(?P<test>[\^$*]?=)(?P<value>[^\]]*))?\]|(?P<tag>[\w*-]+)"
)
_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "=": str.__eq__,
    "^=": str.startswith,
    "$=": str.endswith,
    "*=": str.__contains__,
}


# Runs -----------------------------------------------------------------------------------------------------------------


class Selector(NamedTuple):
    """The last compound of a selector, such as ``li.comment``, and the selector before it."""

    names: tuple[str, ...]  # a tag, ".class", "#id" or "[attribute]" each, the rarest first
    tests: tuple[tuple[str, str, str], ...]  # attribute, test and value
    outer: str
    is_child: bool
    needs: frozenset[str]  # all names, those of the outer selectors too


class Index:
    """The elements of a page by tag, class, id and attribute."""

    def __init__(self, root: Element) -> None:
        self.text = TextIndex(root)
        self.elements = self.text.elements
        self.in_order = self.text.in_order
        self._answers: dict[str, list[Element]] = {}
        self._values: dict[str, dict[str, list[Element]]] = {}  # of attributes
        self._owners: dict[frozenset[Element], dict[Element, Element]] = {}  # several layouts have the same boxes
        named: defaultdict[str, list[Element]] = defaultdict(list)
        names: dict[str, list[str]] = {}  # of classes, by the attribute that has them
        attributes: defaultdict[str, list[Element]] = defaultdict(list)
        for element in self.elements:  # values are read when they are asked for
            named[element.tag].append(element)
            for name in element.keys():  # noqa: SIM118 (an element has children, too)
                attributes[name].append(element)  # type: ignore[index]  # the stubs think of bytes
        self.attributes = dict(attributes)
        for value, element in self.valued("class"):
            if value not in names:
                names[value] = [f".{word}" for word in dict.fromkeys(value.split())]
            for name in names[value]:
                named[name].append(element)
        for value, element in self.valued("id"):
            named["#" + value].append(element)
        named["*"] = self.elements
        dialogs = defaultdict[tuple[str, str], list[Element]](list)
        for style, element in self.valued("style"):
            if self._is_dialog(style, element):
                dialogs[element.tag, element.get("class", "")].append(element)
        self.text.unseen.update(*(each.iter("*") for alike in dialogs.values() if len(alike) > 2 for each in alike))
        self._named = dict(named) | {f"[{name}]": found for name, found in attributes.items()}

    def _is_dialog(self, style: str, element: Element) -> bool:
        """Return whether an element is hidden and holds fields and few words, such as the form of a message."""
        if not _HIDDEN.search(style) or next(element.iter("input", "textarea", "select"), None) is None:
            return False
        _, _, first, last = self.text.span(element)
        return sum(len(piece.split()) for _, piece in self.text.own_pieces(first, last)) <= DIALOG_WORDS

    def valued(self, name: str) -> Iterator[tuple[str, Element]]:
        """Yield the values of an attribute in page order, each with its element."""
        return ((element.get(name, ""), element) for element in self.attributes.get(name, ()))

    def _having(self, name: str) -> dict[str, list[Element]]:
        """Return the elements with an attribute by its value."""
        if name not in self._values:
            self._values[name] = defaultdict(list)
            for value, element in self.valued(name):
                self._values[name][value].append(element)
        return self._values[name]

    def select(self, *selectors: str) -> list[Element]:
        """Return the elements that any of some selectors matches, in page order."""
        if self._named.keys().isdisjoint(_needed(selectors)):  # as with most layouts and most pages
            return []
        found = [answer for selector in selectors if (answer := self._select(selector))]
        if len(found) < 2:
            return found[0] if found else []
        return self.in_order(dict.fromkeys(chain.from_iterable(found)))

    def owners(self, boxes: Collection[Element]) -> Mapping[Element, Element]:
        """Return for each element that is one of some boxes, or in one, the innermost of them; in page order."""
        chosen = frozenset(boxes)
        if chosen not in self._owners:
            owners: dict[Element, Element] = {}
            reached = 0
            for box in self.in_order(chosen):
                start, end = self.text.span(box)[:2]
                for position in range(max(start, reached), end):
                    element, above = self.elements[position], self.text.above[position]
                    owners[element] = element if element in chosen or above is None else owners[above]
                reached = max(reached, end)
            self._owners[chosen] = owners
        return self._owners[chosen]

    def _select(self, selector: str) -> list[Element]:
        answer = self._answers.get(selector)
        if answer is None:
            parsed = parse_selector(selector)
            answer = self._look_up(parsed) if parsed.needs <= self._named.keys() else []
            self._answers[selector] = answer
        return answer

    def _look_up(self, selector: Selector) -> list[Element]:
        found = self._named[selector.names[0]]
        for name, test, value in selector.tests:
            alike = (each for given, each in self._having(name).items() if _TESTS[test](given, value))
            if among := set(chain.from_iterable(alike)):
                found = [element for element in found if element in among]
            else:  # as for most
                return []
        for name in selector.names[1:]:
            among = set(self._named[name])
            found = [element for element in found if element in among]
        if not found or not selector.outer:
            return found
        outer = self._select(selector.outer)
        if selector.is_child:
            parents = set(outer)
            return [element for element in found if element.getparent() in parents]
        inside, positions = bytearray(len(self.elements)), self.text.positions
        for box in outer:
            start, end = positions[box] + 1, self.text.ends[positions[box]]
            inside[start:end] = b"\1" * (end - start)
        return [each for each in found if inside[positions[each]]]


@cache
def _needed(selectors: tuple[str, ...]) -> frozenset[str]:
    """Return for each of some selectors a name that its elements have."""
    return frozenset(parse_selector(selector).names[0] for selector in selectors)


@cache
def parse_selector(selector: str) -> Selector:
    """Parse a selector.

    :raises ValueError: If it has other forms than a tag, ``.class``, ``#id`` and attribute tests.
    """
    parts = selector.replace(">", " > ").split()
    last = parts.pop() if parts else ""
    is_child = bool(parts) and parts[-1] == ">"
    outer = " ".join(parts[:-1] if is_child else parts)
    names, tests, tag, end = list[str](), list[tuple[str, str, str]](), "", 0
    for part in _SIMPLE.finditer(last):
        if part.start() != end or (part["tag"] and end):
            break
        end = part.end()
        if part["tag"]:
            tag = part["tag"]
            continue
        names.append(f".{part['klass']}" if part["klass"] else f"#{part['id']}" if part["id"] else f"[{part['name']}]")
        if part["test"]:
            tests.append((part["name"], part["test"], part["value"]))
    if not last or end != len(last):
        raise ValueError(f"selector {selector!r} has {last[end:]!r}; expected tag, .class, #id or [attribute=value]")
    if tag.strip("*") or not names:
        names.append(tag)
    needs = frozenset(names) | (parse_selector(outer).needs if outer else frozenset())
    return Selector(tuple(names), tuple(tests), outer, is_child, needs)
