"""The text of an element as a reader sees it: one line per block, blanks collapsed, line breaks kept."""

from collections.abc import Container
from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element

# fmt: off
BLOCKS = frozenset((
    "address", "article", "aside", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "footer", "form", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "td", "tr", "ul",
))
# fmt: on
"""Elements that begin and end a line."""

UNSEEN = frozenset(("script", "style", "noscript", "template", "head", "svg", "iframe", "button", "select", "textarea"))


def text_of(element: Element, leave_out: Container[Element] = ()) -> str:
    """Return the text of an element, its lines joined by newlines.

    :param element: Any element; what follows it is not its text.
    :param leave_out: Elements inside it that do not count.
    """
    if len(element) == 0:  # most are asked for by far, and have one line
        return " ".join((element.text or "").split()) if element.tag not in UNSEEN else ""
    lines = [" ".join(line.split()) for line in "".join(_pieces(element, leave_out)).split("\v")]
    return "\n".join(line for line in lines if line)


def line_of(element: Element, leave_out: Container[Element] = ()) -> str:
    """Return the text of an element as one line."""
    return text_of(element, leave_out).replace("\n", " ")


def _pieces(element: Element, leave_out: Container[Element]) -> list[str]:
    """Walk without recursion; a vertical tab, which cleaned text does not hold, stands for the end of a line."""
    pieces: list[str] = []
    skipped: Element | None = None
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        if skipped is None and event == "start":
            if node.tag in UNSEEN or (node in leave_out and node is not element):
                skipped = node
            else:
                pieces += ["\v" if node.tag in BLOCKS else "", node.text or ""]
        elif event == "end" and skipped is None and node.tag in BLOCKS:
            pieces.append("\v")
        if node is skipped and event == "end":
            skipped = None
        if event != "start" and skipped is None and node is not element:
            pieces.append(node.tail or "")
    return pieces
