"""The text of an element as a reader sees it: one line per block, blanks collapsed, line breaks kept."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TypeAlias

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


def text_of(element: Element) -> str:
    """Return the text of an element, its lines joined by newlines.

    :param element: Any element; what follows it is not its text.
    """
    if len(element) == 0:  # it has one line
        return " ".join((element.text or "").split()) if element.tag not in UNSEEN else ""
    return TextIndex(element).text_of(element)


def line_of(element: Element) -> str:
    """Return the text of an element as one line."""
    return text_of(element).replace("\n", " ")


class TextIndex:
    """The elements of a page and the text of each, read in one walk: most are asked for several times.

    :param root: The page, or a part of it. It must not change while it is asked.
    """

    def __init__(self, root: Element) -> None:
        self.elements: list[Element] = []  # in page order
        self._pieces: list[str] = []  # a vertical tab, which cleaned text does not hold, stands for the end of a line
        self.spans: dict[Element, tuple[int, int, int, int]] = {}  # from and to where in the elements, in the pieces
        self.worded: defaultdict[Element, list[str]] = defaultdict(list)  # what has words of its own, and these
        self._unseen: set[Element] = set()
        elements, pieces, spans = self.elements, self._pieces, self.spans
        begun: list[tuple[int, int]] = []
        for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            if event == "start":
                begun.append((len(elements), len(pieces)))
                elements.append(node)
                if node.tag in BLOCKS:
                    pieces.append("\v")
                elif node.tag in UNSEEN:
                    self._unseen.add(node)
                following = node.text
            else:
                if event == "end":
                    if node.tag in BLOCKS:
                        pieces.append("\v")
                    position, first = begun.pop()
                    spans[node] = position, len(elements), first, len(pieces)
                following = node.tail
            if following and begun:
                pieces.append(following)
                if not following.isspace():
                    self.worded[elements[begun[-1][0]]].append(following)

    def in_order(self, elements: Iterable[Element]) -> list[Element]:
        """Put elements of the page into page order."""
        return sorted(elements, key=self.spans.__getitem__)

    def inside(self, element: Element) -> list[Element]:
        """Return the elements in an element, in page order."""
        position, end, _, _ = self.spans[element]
        return self.elements[position + 1 : end]

    def text_of(self, element: Element, leave_out: Elements = frozenset()) -> str:
        """Return the text of an element, its lines joined by newlines.

        :param element: Any element of the page; what follows it is not its text.
        :param leave_out: Elements inside it that do not count.
        """
        return _lines(self._raw_text(element, leave_out))

    def line_of(self, element: Element, leave_out: Elements = frozenset()) -> str:
        """Return the text of an element as one line."""
        return " ".join(self._raw_text(element, leave_out).split())  # what ends a line is a blank, too

    def visible_lines(self) -> Iterator[tuple[str, int, int]]:
        """Yield each line of the page with the range of the pieces that it was read from."""
        unseen = sorted(self.spans[element][2:] for element in self._unseen)
        skip, hidden = iter((*unseen, (len(self._pieces), 0))), (-1, -1)
        following = next(skip)
        line: list[str] = []
        first = 0
        for number, piece in enumerate((*self._pieces, "\v")):
            while number >= following[0] and following[1]:
                hidden, following = (following[0], max(hidden[1], following[1])), next(skip)
            if hidden[0] <= number < hidden[1]:
                continue
            if piece != "\v":
                first = first if line else number
                line.append(piece)
            elif line:
                if words := " ".join("".join(line).split()):
                    yield words, first, number
                line = []

    def has_words(self, first: int, last: int) -> bool:
        """Return whether visible words stand in a range of pieces."""
        return self._words_before[last] > self._words_before[first] if first < last else False

    @cached_property
    def _words_before(self) -> list[int]:
        """How many pieces with visible words stand before each piece."""
        hidden = bytearray(len(self._pieces) + 1)
        for element in self._unseen:
            first, last = self.spans[element][2:]
            hidden[first:last] = b"\1" * (last - first)
        counts, total = [0], 0
        for piece, is_hidden in zip(self._pieces, hidden, strict=False):
            total += not is_hidden and not piece.isspace()
            counts.append(total)
        return counts

    def label_of(self, element: Element) -> str:
        """Return what a button says as one line, which is none of the text of what is around it."""
        return " ".join(self._raw_text(element, frozenset(), even_unseen=True).split())

    def _raw_text(self, element: Element, leave_out: Elements, *, even_unseen: bool = False) -> str:
        if element in self._unseen and not even_unseen:
            return ""
        position, end, first, last = self.spans[element]
        inside = self.elements[position + 1 : end]
        left_out = [] if self._unseen.isdisjoint(inside) else [each for each in inside if each in self._unseen]
        if leave_out and not leave_out.isdisjoint(inside):
            left_out += [each for each in inside if each in leave_out]
        return "".join(self._kept(first, last, left_out) if left_out else self._pieces[first:last])

    def _kept(self, start: int, last: int, left_out: Iterable[Element]) -> list[str]:
        """Return some pieces without those of elements that are left out."""
        kept: list[str] = []
        for _, _, first, after in sorted(map(self.spans.__getitem__, left_out)):
            if first >= start:  # else it is in one that is left out itself
                kept += self._pieces[start:first]
                start = after
        return kept + self._pieces[start:last]


def _lines(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.split("\v")]
    return "\n".join(line for line in lines if line)
