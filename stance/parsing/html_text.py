"""The text of an element as a reader sees it: one line per block, blanks collapsed, line breaks kept."""

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
    """The text of all elements of a page, read in one walk: most are asked for several times.

    :param root: The page, or a part of it. It must not change while it is asked.
    """

    def __init__(self, root: Element) -> None:
        self._pieces: list[str] = []  # a vertical tab, which cleaned text does not hold, stands for the end of a line
        self._elements: list[Element] = []
        self._spans: dict[Element, tuple[int, int, int, int]] = {}  # from and to where in the pieces, in the elements
        self._unseen: set[Element] = set()
        pieces, elements, begun = self._pieces, self._elements, list[tuple[int, int]]()
        for event, node in etree.iterwalk(root, events=("start", "end", "comment", "pi")):
            if event == "start":
                begun.append((len(pieces), len(elements)))
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
                    first, position = begun.pop()
                    self._spans[node] = first, len(pieces), position + 1, len(elements)
                following = node.tail
            if following:
                pieces.append(following)

    def text_of(self, element: Element, leave_out: Elements = frozenset()) -> str:
        """Return the text of an element, its lines joined by newlines.

        :param element: Any element of the page; what follows it is not its text.
        :param leave_out: Elements inside it that do not count.
        """
        return _lines(self._raw_text(element, leave_out))

    def line_of(self, element: Element, leave_out: Elements = frozenset()) -> str:
        """Return the text of an element as one line."""
        return " ".join(self._raw_text(element, leave_out).split())  # what ends a line is a blank, too

    def _raw_text(self, element: Element, leave_out: Elements) -> str:
        first, last, low, high = self._spans[element]
        if element in self._unseen:
            return ""
        inside = self._elements[low:high]
        left_out = self._unseen.intersection(inside)
        if leave_out:
            left_out |= leave_out.intersection(inside)
        if not left_out:
            return "".join(self._pieces[first:last])
        return "".join(self._kept(first, last, left_out))

    def _kept(self, start: int, last: int, left_out: set[Element]) -> list[str]:
        """Return some pieces without those of elements that are left out."""
        kept: list[str] = []
        for first, after, _, _ in sorted(map(self._spans.__getitem__, left_out)):
            if first >= start:  # else it is in one that is left out itself
                kept += self._pieces[start:first]
                start = after
        return kept + self._pieces[start:last]


def _lines(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.split("\v")]
    return "\n".join(line for line in lines if line)
