"""Read the text of a page as its readers see it, and the place of each element in it."""

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from lxml import etree

from stance.datamodels import Span

Element: TypeAlias = etree._Element

Elements: TypeAlias = set[Element] | frozenset[Element]

Integers: TypeAlias = npt.NDArray[np.int32]

# fmt: off
BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "footer", "form", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "td", "tr", "ul",
))
"""Elements that begin and end a line."""

UNSEEN = frozenset(("script", "style", "noscript", "template", "head", "svg", "iframe", "button", "select", "textarea"))

_SIGN = re.compile(
    r":[a-z][\w+-]{1,30}:|[\d#*]?[\u200d\u203c-\u3299\ufe0f\U0001f000-\U0001faff\U000e0020-\U000e007f]{1,16}"
)
"""An emoji, or its name between colons."""


def sign_of(picture: Element) -> str | None:
    """Return the emoji that a picture shows, by the words for those who do not see it; ":)" only of a smiley."""
    label = next((value.strip() for name in ("alt", "aria-label", "title") if (value := picture.get(name))), "")
    names = f"{picture.get('class', '')} {picture.get('src', '')[:300]}"
    is_smiley = 1 < len(label) <= 5 and not label.isalnum() and re.search("smil|emo", names, re.IGNORECASE)
    return label if _SIGN.fullmatch(label) or is_smiley else None


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
        tags = [node.tag for node in self.elements]
        self.unseen = set[Element]()
        self.hide(node for node, tag in zip(self.elements, tags, strict=True) if tag in UNSEEN)
        breaks = ["\v" if tag in BLOCKS else "" for tag in tags]
        above = [self.positions.get(node.getparent(), -1) for node in self.elements]  # type: ignore[arg-type]
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
        self.above = array("i", above)  # position of the element around each; -1 around the root

    def hide(self, elements: Iterable[Element]) -> None:
        """Add elements that no reader sees."""
        self.unseen.update(elements)
        self._unseen = sorted(map(self.positions.__getitem__, self.unseen))

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
        if leave_out:
            inner = enumerate(self.elements[position + 1 : end], position + 1)
            left_out = [number for number, node in inner if node in self.unseen or node in leave_out]
        else:
            left_out = self._unseen[bisect_left(self._unseen, position + 1) : bisect_left(self._unseen, end)]
        parts = []
        for number in left_out:
            if self.firsts[number] >= first:  # else inside of another
                parts.append(self.text[first : self.firsts[number]])
                first = self.lasts[number]
        return "".join([*parts, self.text[first:last]])

    @cached_property
    def _hidden(self) -> list[Span]:
        """The places in the text that no reader sees, in order."""
        spans = list[Span]()
        for _, _, first, last in map(self.span, self.in_order(self.unseen)):
            if not spans or first >= spans[-1][1]:  # else it is in the one before
                spans.append((first, last))
        return spans

    def element_at(self, place: int) -> Element:
        """Return the element that a visible character is directly in."""
        position = bisect_right(self.firsts, place) - 1
        return next((node for node in upwards(self.elements[position]) if place < self.span(node)[3]), self.elements[0])

    @cached_property
    def owners(self) -> Integers:
        """Position of the element that each character is directly in; -1: no reader sees it."""
        owners = np.zeros(len(self.text), dtype=np.int32)
        for position, (first, last) in enumerate(zip(self.firsts, self.lasts, strict=True)):
            owners[first:last] = position
        for first, last in self._hidden:
            owners[first:last] = -1
        return owners

    @cached_property
    def visible_lines(self) -> tuple[list[str], list[int], list[int]]:
        """The lines of the page, and where each begins and ends in the text."""
        pieces, starts, offsets, size, offset = list[str](), list[int](), list[int](), 0, 0
        for first, last in (*self._hidden, (len(self.text), 0)):
            pieces.append(self.text[offset:first])
            starts.append(size)
            offsets.append(offset)
            size, offset = size + first - offset, last
        lines = [*_LINE.finditer("".join(pieces))]
        ends = np.array([(line.start(), line.end() - 1) for line in lines], dtype=int).reshape(-1, 2)
        shifts = np.array(offsets) - starts  # of each piece
        ends += shifts[np.searchsorted(starts, ends, side="right") - 1]
        firsts, lasts = np.add(ends, (0, 1)).T.tolist()
        return [" ".join(line[0].split()) for line in lines], firsts, lasts

_LINE = re.compile(r"\S[^\v]*")


def plain_lines(text: str) -> str:
    """Return the lines that vertical tabs part, without needless blanks."""
    lines = [" ".join(line.split()) for line in text.split("\v")]
    return "\n".join(line for line in lines if line)
