"""Learn a layout row from one comment of a page: from the elements of its text, its author and its date.

For each element some selectors are tried, by its classes, its id without numbers, its attributes and the boxes around
it. Those are taken that fit most boxes on the page as they fit the one that was shown.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from stance.datamodels import Strings
from stance.exceptions import InputError
from stance.parsing.html.selectors import Index
from stance.parsing.html.text import Element, upwards
from stance.parsing.layouts import MARKUP
from stance.resources import remembered

MOST_AROUND = 8
"""Number of boxes around a comment that are tried as the box of the whole comment."""

MOST_CLASSES = 6
"""Number of classes of an element that are tried."""

MARK_ATTRIBUTES = ("itemprop", "itemtype", "role", "data-testid", "data-test", "data-type", "datetime")
"""Attributes that say what an element is."""

BARE = frozenset(("p", "br", "span", "a", "b", "i", "em", "strong", "u", "q", "blockquote", "font"))
"""Elements within a text; without a class they are not its box."""

NAME = re.compile(r"[A-Za-z_-][\w-]{0,80}")

HASHED = re.compile(r"([A-Za-z][\w-]*?__)[\w-]{4,10}")

NUMBERED = re.compile(r"([A-Za-z](?:[\w-]{1,60}?)[-_])\d{2,}[\w-]*|([A-Za-z][A-Za-z_-]{2,60})\d[\w-]*")

_STRIPES = frozenset(MARKUP["classes.stripes"])


class Shown(NamedTuple):
    """The elements of one comment that a person has shown; None: the page does not show it."""

    text: Element
    author: Element | None = None
    posted: Element | None = None


def learn_row(index: Index, example: Shown) -> dict[str, str | bool]:
    """Learn a row of a layout.

    :return: Its keys and values, as in a file of layout rows.
    :raises InputError: If what was shown is not in one box of its own.
    """
    parts = [node for node in example if node is not None]
    box, selector, boxes = _best_box(index, parts)
    if len(boxes) == 1 and len(parts) > 1:  # the author is outside of the box of the text, as in a list of definitions
        box, selector, boxes = _best_box(index, parts[:1])
    owned = {element for element, owner in index.owners(boxes).items() if owner is box}
    row: dict[str, str | bool] = {"comment": selector}
    text = _text_box(example, box)
    if text is not None and (path := _best_part(index, boxes, box, text)):
        row["text"] = path
    else:
        row |= {"text": "", "rest_is_text": True}
    for name, element in (("author", example.author), ("posted", example.posted)):
        if element is not None and element in owned and (path := _best_part(index, boxes, box, element)):
            row[name] = path
    return row


def _best_box(index: Index, parts: Sequence[Element]) -> tuple[Element, str, list[Element]]:
    """Find the box of the comment: of most boxes that hold the same parts, the outermost."""
    makes = defaultdict[object, list[Element]](list)
    for make in index.makes:
        makes[_make(make[0])] += make
    alike = [makes[_make(part)] for part in parts]  # which parts of other comments may be
    around = [node for node in upwards(parts[0]) if all(part is node or node in upwards(part) for part in parts)]
    if len(parts) == 1:
        around = around[1:]
    best: tuple[float, int] = (0.0, 0)
    choice: tuple[Element, str, list[Element]] | None = None
    for depth, box in enumerate(islice((node for node in around if node.tag not in ("html", "body")), MOST_AROUND)):
        for selector in _selectors(box):
            boxes = index.select(selector)
            owners = index.owners(boxes)
            if any(owners.get(part) is not box for part in parts):
                continue
            worded, *others = ({owners[node] for node in elements if node in owners} for elements in alike)
            beside = sum(len(worded & other) for other in others) / max(len(others), 1)
            worth = len(worded) + 0.5 * beside - 0.5 * (len(boxes) - len(worded))
            if (worth, depth) > best:
                best, choice = (worth, depth), (box, selector, boxes)
    if choice is None:
        raise InputError(
            "no element of the page with a class or id holds all chosen parts; choose the parts of one comment"
        )
    return choice


def _text_box(example: Shown, box: Element) -> Element | None:
    """Return the box of the text: the first around the shown one that is more than a paragraph; None if it has none."""
    others = {above for part in example[1:] if part is not None for above in upwards(part)}
    for node in upwards(example.text):
        if node is box or node in others:
            return None
        if node.tag not in BARE or _classes(node):
            return node
    return None


def _best_part(index: Index, boxes: Sequence[Element], box: Element, part: Element) -> str | None:
    """Find the selector of a part that is the first to fit in its box, and fits once in most of the others."""
    best, choice = 0.0, None
    owners = index.owners(boxes)
    for selector in _part_selectors(part, box):
        nodes = [node for node in index.select(selector) if node in owners and owners[node] is not node]
        fitting = {owners[node] for node in nodes}
        first = next((node for node in nodes if owners[node] is box), None)
        if first is not part:
            continue
        worth = len(fitting) - 0.25 * (len(nodes) - len(fitting))
        if worth > best:
            best, choice = worth, selector
    return choice


def _part_selectors(part: Element, box: Element) -> Iterator[str]:
    """Yield selectors of a part: its own, and its tag in a box around it."""
    yield from _selectors(part)
    for above in islice(part.iterancestors(), MOST_AROUND):
        for outer in _selectors(above):
            if above is part.getparent():
                yield f"{outer} > {_tag(part)}"
            yield f"{outer} {_tag(part)}"
        if above is box:
            break
    yield _tag(part)


def _tag(element: Element) -> str:
    """Return the tag of an element for a selector; "*" for one with a prefix, such as "fb:name"."""
    return str(element.tag) if NAME.fullmatch(str(element.tag)) else "*"


def _selectors(element: Element) -> Iterator[str]:
    """Yield selectors of an element; of those that fit equally well, the first is taken."""
    tag, classes = _tag(element), _classes(element)
    for name in classes:
        yield f"{tag}.{name}"
        yield f".{name}"
    if len(classes) > 1:
        yield f"{tag}.{'.'.join(classes)}"
    for name in element.get("class", "").split()[:MOST_CLASSES]:
        if hashed := HASHED.fullmatch(name):
            yield f"{tag}[class*={hashed[1]}]"
    name = element.get("id", "")
    if numbered := NUMBERED.fullmatch(name):
        yield f"{tag}[id^={numbered[1] or numbered[2]}]"
    elif NAME.fullmatch(name):
        yield f"#{name}"
    for name in MARK_ATTRIBUTES:
        if value := element.get(name, ""):
            yield f"{tag}[{name}={value}]" if NAME.fullmatch(value) else f"{tag}[{name}]"
    above = element.getparent()
    if not classes and above is not None:
        ids = [above.get("id", "")] if NAME.fullmatch(above.get("id", "")) else []
        yield from (f"#{name} > {tag}" for name in ids)
        yield from (f"{_tag(above)}.{name} > {tag}" for name in _classes(above))


def _classes(element: Element) -> Strings:
    """Return the classes of an element that others of its make have, too."""
    return _lasting_classes(element.get("class", ""))


@remembered
def _lasting_classes(classes: str) -> Strings:
    names = classes.split()[: 4 * MOST_CLASSES]
    plain = [name for name in names if NAME.fullmatch(name) and not re.search(r"\d", name)]
    return tuple([name for name in plain if name not in _STRIPES][:MOST_CLASSES])


def _make(element: Element) -> tuple[object, frozenset[str]]:
    return element.tag, frozenset(_classes(element))
