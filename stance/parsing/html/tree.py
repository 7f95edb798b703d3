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
from itertools import chain, islice
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt
from lxml import etree

Element: TypeAlias = etree._Element
Elements: TypeAlias = set[Element] | frozenset[Element]
Integers: TypeAlias = npt.NDArray[np.int32]

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

FEWEST_COPIED, LONGEST_NAME = 20, 80
"""Minimum characters of a text of which a copy is looked for, and maximum that a copy has beyond it."""

_CUT = re.compile(r"(?:\u2026|\.\.\.)[^\u2026.]{0,40}$")
_HIDDEN_NAMES = re.compile(
    r"\b(?:hid|invisib|versteckt|verborgen|ocult|masqu|cach|nascost|ukryt|skryt|dolt|gizli)", re.I
)
_NO_COPIES = frozenset(("head", "script", "style", "h1", "title"))

_SIGN = re.compile(
    r":[a-z][\w+-]{1,30}:|[\d#*]?[\u200d\u203c-\u3299\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]{1,16}"
)
"""An emoji, or its name between colons."""


def _is_hidden(element: Element) -> bool:
    """Return whether an element says that it is hidden, by its style, an attribute or its class."""
    is_styled = _HIDDEN.search(element.get("style", "")) is not None
    return is_styled or element.get("hidden") is not None or bool(_HIDDEN_NAMES.search(element.get("class", "")))


def sign_of(picture: Element) -> str | None:
    """Return the emoji that a picture shows, by the words for those who do not see it; ":)" only of a smiley."""
    given = next((value.strip() for name in ("alt", "aria-label", "title") if (value := picture.get(name))), "")
    names = f"{picture.get('class', '')} {picture.get('src', '')[:300]}"
    is_smiley = 1 < len(given) <= 5 and not given.isalnum() and re.search("smil|emo", names, re.IGNORECASE)
    return given if _SIGN.fullmatch(given) or is_smiley else None


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


def own_texts(element: Element) -> Iterator[str]:
    """Yield the texts that are directly in an element, without blanks around them."""
    yield (element.text or "").strip()
    yield from ((part.tail or "").strip() for part in element)


def upwards(element: Element) -> Iterator[Element]:
    """Yield an element and the elements around it, the innermost first."""
    yield element
    yield from element.iterancestors()


class TextIndex:
    """The elements of a page and its text, read in one walk: most are asked for several times.

    :param root: The page, or a part of it, without comments of HTML. It must not change while it is asked.
    """

    def __init__(self, root: Element) -> None:
        self.elements = list(root.iter("*"))  # in page order
        self.positions = dict(zip(self.elements, range(len(self.elements)), strict=True))
        tags = [each.tag for each in self.elements]
        self.unseen = {each for each, tag in zip(self.elements, tags, strict=True) if tag in UNSEEN}
        breaks = ["\v" if tag in BLOCKS else "" for tag in tags]
        above = [self.positions.get(each.getparent(), -1) for each in self.elements]  # type: ignore[arg-type]
        pieces, ends, firsts, lasts = list[str](), above[:], above[:], above[:]
        size, inner = 0, -1  # characters read, and the position of the innermost open element
        for position, around in enumerate((*above, -1)):  # the busiest loop of a page
            while inner != around:
                ends[inner], lasts[inner] = position, size + len(breaks[inner])
                piece = breaks[inner] + (self.elements[inner].tail or "" if inner else "")
                pieces.append(piece)
                size, inner = size + len(piece), above[inner]
            if position < len(above):
                inner, firsts[position] = position, size
                piece = breaks[position] + (self.elements[position].text or "")
                pieces.append(piece)
                size += len(piece)
        self.text = "".join(pieces)  # a vertical tab, which cleaned text does not hold, is the end of a line
        # Of each element: the position behind those in it, and where its text begins and ends.
        self.ends, self.firsts, self.lasts = array("i", ends), array("i", firsts), array("i", lasts)

    def span(self, element: Element) -> tuple[int, int, int, int]:
        """Return where an element begins and ends in the elements, then in the text."""
        position = self.positions[element]
        return position, self.ends[position], self.firsts[position], self.lasts[position]

    def in_order(self, elements: Iterable[Element]) -> list[Element]:
        """Put elements of the page into page order."""
        return sorted(elements, key=self.positions.__getitem__)

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

    def label_of(self, element: Element) -> str:
        """Return the label of a button as one line; the texts around leave it out."""
        return " ".join(self._raw_text(element, frozenset()).split())

    def _raw_text(self, element: Element, leave_out: Elements) -> str:
        position, end, first, last = self.span(element)
        if end == position + 1:  # as most are
            return self.text[first:last]
        kept: list[str] = []
        for number, each in enumerate(self.elements[position + 1 : end], position + 1):
            if (each in self.unseen or each in leave_out) and self.firsts[number] >= first:  # else inside of another
                kept.append(self.text[first : self.firsts[number]])
                first = self.lasts[number]
        return "".join([*kept, self.text[first:last]])

    @cached_property
    def _hidden(self) -> list[tuple[int, int]]:
        """The places in the text that no reader sees, in order."""
        places = list[tuple[int, int]]()
        for _, _, first, last in map(self.span, self.in_order(self.unseen)):
            if not places or first >= places[-1][1]:  # else it is in the one before
                places.append((first, last))
        return places

    @cached_property
    def owners(self) -> Integers:
        """Position of the element that each character is directly in; -1: no reader sees it."""
        owners = np.zeros(len(self.text), dtype=np.int32)
        for position, (first, last) in enumerate(zip(self.firsts, self.lasts, strict=True)):
            owners[first:last] = position
        for first, last in self._hidden:
            owners[first:last] = -1
        return owners

    def visible_lines(self) -> tuple[list[str], list[int], list[int]]:
        """Return the lines of the page, and where each begins and ends in the text."""
        pieces, starts, places, size, place = list[str](), list[int](), list[int](), 0, 0
        for first, last in (*self._hidden, (len(self.text), 0)):
            pieces.append(self.text[place:first])
            starts.append(size)
            places.append(place)
            size, place = size + first - place, last
        lines = [*_LINE.finditer("".join(pieces))]
        ends = np.array([(line.start(), line.end() - 1) for line in lines], dtype=int).reshape(-1, 2)
        shifts = np.array(places) - starts  # of each piece
        ends += shifts[np.searchsorted(starts, ends, side="right") - 1]
        firsts, lasts = np.add(ends, (0, 1)).T.tolist()
        return [" ".join(line[0].split()) for line in lines], firsts, lasts


_LINE = re.compile(r"\S[^\v]*")


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


class Selector(NamedTuple):
    """The last compound of a selector, such as ``li.comment``, and the selector before it."""

    names: tuple[str, ...]  # a tag, ".class" or "[attribute]" each, the rarest first
    tests: tuple[tuple[str, str, str], ...]  # attribute, test and value
    outer: str
    is_child: bool


class Index:
    """The elements of a page by tag, class, id and attribute."""

    def __init__(self, root: Element) -> None:
        self.text = TextIndex(root)
        self.elements = self.text.elements
        self.in_order = self.text.in_order
        self._answers: dict[str, list[Element]] = {}
        self._values: dict[str, defaultdict[str, list[Element]]] = {}  # elements by their values of an attribute
        self._owners: dict[frozenset[Element], dict[Element, Element]] = {}  # several layouts have the same boxes
        makes = defaultdict[tuple[str, ...], list[Element]](list)
        for each in self.elements:
            makes[each.tag, each.get("class", ""), *each.keys()].append(each)  # type: ignore[arg-type]
        self._makes = [*makes.values()]  # elements of one tag, class and names of attributes
        self._named: defaultdict[str, set[int]] = defaultdict(set)  # numbers of the makes with a name
        for number, (tag, classes, *attributes) in enumerate(makes):
            for name in ("*", tag, *(f".{word}" for word in classes.split()), *(f"[{name}]" for name in attributes)):
                self._named[name].add(number)
        dialogs = defaultdict[tuple[str, str], list[Element]](list)
        for each in filter(self._is_dialog, self.select("[style]")):
            dialogs[str(each.tag), each.get("class", "")].append(each)
        self.text.unseen.update(*(each.iter("*") for alike in dialogs.values() if len(alike) > 2 for each in alike))
        self.text.unseen.update(*(each.iter("*") for each in self._copies()))

    def _is_dialog(self, element: Element) -> bool:
        """Return whether an element is hidden and holds fields and few words, such as the form of a message."""
        is_form = _HIDDEN.search(element.get("style", "")) and next(element.iter("input", "textarea", "select"), None)
        return is_form is not None and len(self.text.label_of(element).split()) <= DIALOG_WORDS

    def _copies(self) -> Iterator[Element]:
        """Yield elements with what their neighbour has, too: a copy that a script shows, or the start of the text."""
        text = self.text
        for each, first, last in zip(self.elements, text.firsts, text.lasts, strict=True):
            before = each.getprevious() if last - first >= FEWEST_COPIED else None
            if (
                before is None
                or before in text.unseen
                or before.get("class") == each.get("class")
                or each.tag in _NO_COPIES
            ):
                continue
            _, _, start, end = text.span(before)
            if (
                end - start < FEWEST_COPIED
                or text.text[start:end].split(None, 2)[:2] != text.text[first:last].split(None, 2)[:2]
            ):
                continue
            shown, other = text.line_of(before), text.line_of(each)
            cut = _CUT.search(shown)
            if cut and cut.start() >= FEWEST_COPIED and other.startswith(shown[: cut.start()].rstrip()):
                yield before
                last_link = next(iter([*each.iter("a")][-1:]), None)  # "Read less"
                if (
                    last_link is not None
                    and next(before.iter("a"), None) is not None
                    and not (last_link.tail or "").strip()
                ):
                    yield last_link
            elif other.startswith(shown) and len(other) - len(shown) < LONGEST_NAME and _is_hidden(each):
                yield each

    def select(self, *selectors: str) -> list[Element]:
        """Return the elements that any of some selectors matches, in page order."""
        found = [answer for selector in selectors if (answer := self._select(selector))]
        if len(found) < 2:
            return found[0] if found else []
        return self.in_order(dict.fromkeys(chain.from_iterable(found)))

    def owners(self, boxes: Collection[Element]) -> Mapping[Element, Element]:
        """Return for each element that is one of some boxes, or in one, the innermost of them; in page order."""
        chosen = frozenset(boxes)
        if chosen not in self._owners:
            owners = np.full(len(self.elements), -1)
            for box in self.in_order(chosen):
                position, end, _, _ = self.text.span(box)
                owners[position:end] = position
            pairs = zip(self.elements, owners.tolist(), strict=True)
            self._owners[chosen] = {each: self.elements[owner] for each, owner in pairs if owner >= 0}
        return self._owners[chosen]

    def _select(self, selector: str) -> list[Element]:
        if selector not in self._answers:
            self._answers[selector] = self._look_up(parse_selector(selector))
        return self._answers[selector]

    def _look_up(self, selector: Selector) -> list[Element]:
        makes = set.intersection(*(self._named.get(name, set()) for name in selector.names))
        outer = set(self._select(selector.outer)) if selector.outer and makes else None
        having = [self._having(*test) for test in selector.tests] if makes else []
        if not makes or outer == set() or not all(having):
            return []  # as most selectors find nothing
        of_makes = chain.from_iterable(self._makes[number] for number in makes)
        found = self.in_order(set(of_makes).intersection(*having) if having else of_makes)
        if outer is None:
            return found
        reach = 1 if selector.is_child else None
        return [each for each in found if not outer.isdisjoint(islice(each.iterancestors(), reach))]

    def _having(self, name: str, test: str, value: str) -> Collection[Element]:
        """Return the elements with an attribute whose value passes a test."""
        if name not in self._values:
            values = self._values[name] = defaultdict(list)
            for make in (self._makes[number] for number in self._named[f"[{name}]"]):
                for alike in [make] if name == "class" else ([each] for each in make):
                    values[alike[0].get(name, "")] += alike
        values, passes = self._values[name], _TESTS[test]
        if passes is str.__eq__:
            return values.get(value, ())
        return {each for given, having in values.items() if passes(given, value) for each in having}


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
        names.append(f".{part['klass']}" if part["klass"] else f"[{part['name'] or 'id'}]")
        if part["test"] or part["id"]:
            tests.append((part["name"] or "id", part["test"] or "=", part["id"] or part["value"]))
    if not last or end != len(last):
        raise ValueError(f"selector {selector!r} has {last[end:]!r}; expected tag, .class, #id or [attribute=value]")
    if tag.strip("*") or not names:
        names.append(tag)
    if outer:
        parse_selector(outer)
    return Selector(tuple(names), tuple(tests), outer, is_child)
