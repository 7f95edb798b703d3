"""Find the elements of a page by CSS selectors of a few forms.

Selectors are ``li.comment``, ``#comments h3``, ``ol.commentlist > li``, ``[itemprop=text]`` and ``[id^=comment-]``;
attribute tests are ``=``, ``^=``, ``$=`` and ``*=``, case counts. An index answers a few hundred of them in 1 to 2 ms a
page; ``lxml.cssselect`` takes 0.3 ms for each.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache
from itertools import chain
from typing import NamedTuple

import numpy as np

from stance.datamodels import Strings
from stance.parsing.html.text import Element, TextIndex

DIALOG_WORDS = 25
"""Maximum number of words of a hidden form that comes back, as one at each comment."""

_HIDDEN = re.compile(r"display\s*+:\s*+none", re.IGNORECASE)

FEWEST_COPIED, LONGEST_NAME = 20, 80
"""Minimum characters of a text of which a copy is looked for, and maximum that a copy has beyond it."""

_CUT = re.compile(r"(?:\u2026|\.\.\.)[^\u2026.]{0,40}$")

_HIDDEN_NAMES = re.compile(
    r"\b(?:hid|invisib|versteckt|verborgen|ocult|masqu|cach|nascost|ukryt|skryt|dolt|gizli)", re.I
)

_TWO_WORDS = re.compile(r"\s*(\S*)\s*(\S*)")

_NO_COPIES = frozenset(("head", "script", "style", "h1", "title"))


def _is_hidden(element: Element) -> bool:
    """Return whether an element says that it is hidden, by its style, an attribute or its class."""
    is_styled = _HIDDEN.search(element.get("style", "")) is not None
    return is_styled or element.get("hidden") is not None or bool(_HIDDEN_NAMES.search(element.get("class", "")))


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

    names: Strings  # a tag, ".class" or "[attribute]" each, the rarest first
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
        # Elements by their values of an attribute, and these values joined.
        self._values: dict[str, tuple[defaultdict[str, list[Element]], str]] = {}
        self._owners: dict[frozenset[Element], dict[Element, Element]] = {}  # several layouts have the same boxes
        makes = defaultdict[Strings, list[Element]](list)
        for node in self.elements:
            makes[node.tag, node.get("class", ""), *node.keys()].append(node)  # type: ignore[arg-type]
        self.makes = [*makes.values()]  # elements of one tag, class and names of attributes
        self._named: defaultdict[str, set[int]] = defaultdict(set)  # numbers of the makes with a name
        for number, (tag, classes, *attributes) in enumerate(makes):
            for name in ("*", tag, *(f".{word}" for word in classes.split()), *(f"[{name}]" for name in attributes)):
                self._named[name].add(number)
        dialogs = defaultdict(list)
        for node in filter(self._is_dialog, self.select("[style]")):
            dialogs[str(node.tag), node.get("class", "")].append(node)
        self.text.hide(
            part for alike in dialogs.values() if len(alike) > 2 for node in alike for part in node.iter("*")
        )
        self.text.hide([part for node in self._copies() for part in node.iter("*")])

    def _is_dialog(self, element: Element) -> bool:
        """Return whether an element is hidden and holds fields and few words, such as the form of a message."""
        is_form = _HIDDEN.search(element.get("style", "")) and next(element.iter("input", "textarea", "select"), None)
        return is_form is not None and len(self.text.label_of(element).split()) <= DIALOG_WORDS

    def _copies(self) -> Iterator[Element]:
        """Yield elements with what their neighbour has, too: a copy that a script shows, or the start of the text."""
        text = self.text
        for position in np.flatnonzero(np.subtract(text.lasts, text.firsts) >= FEWEST_COPIED).tolist():
            node, first, last = self.elements[position], text.firsts[position], text.lasts[position]
            before = node.getprevious() if node.tag not in _NO_COPIES else None
            is_other = before is not None and (before.tag, before.get("class")) != (node.tag, node.get("class"))
            if before is None or before in text.unseen or not is_other:
                continue
            _, _, start, end = text.span(before)
            openings = (_TWO_WORDS.match(text.text, *ends) for ends in ((start, end), (first, last)))
            if end - start < FEWEST_COPIED:
                continue
            if len({match and match.groups() for match in openings}) > 1:
                continue
            text_before, other = text.line_of(before), text.line_of(node)
            cut = _CUT.search(text_before)
            start_of_text = text_before[: cut.start()].rstrip() if cut else text_before
            if len(start_of_text) < FEWEST_COPIED or not other.startswith(start_of_text):
                continue
            is_start = other != text_before and text_before[-1].isalnum() and _is_hidden(node)
            if cut or is_start:
                yield before
                links = [*node.iter("a")][-1:] if next(before.iter("a"), None) is not None else []
                yield from (link for link in links if not (link.tail or "").strip())  # "Read less"
            elif other.startswith(text_before) and len(other) - len(text_before) < LONGEST_NAME:
                is_excerpt = other == text_before and node.find(".//*[@class]") is None
                yield from [node] if is_excerpt or _is_hidden(node) else []

    def select(self, *selectors: str) -> list[Element]:
        """Return the elements that any of some selectors matches, in page order."""
        lists = [answer for selector in selectors if (answer := self._select(selector))]
        if len(lists) < 2:
            return lists[0] if lists else []
        return self.in_order(dict.fromkeys(chain.from_iterable(lists)))

    def owners(self, boxes: Collection[Element]) -> Mapping[Element, Element]:
        """Return for each element that is one of some boxes, or in one, the innermost of them; in page order."""
        key = frozenset(boxes)
        if key not in self._owners:
            owners = np.full(len(self.elements), -1)
            for box in self.in_order(key):
                position, end, _, _ = self.text.span(box)
                owners[position:end] = position
            pairs = zip(self.elements, owners.tolist(), strict=True)
            self._owners[key] = {node: self.elements[owner] for node, owner in pairs if owner >= 0}
        return self._owners[key]

    def _select(self, selector: str) -> list[Element]:
        if selector not in self._answers:
            self._answers[selector] = self._look_up(parse_selector(selector))
        return self._answers[selector]

    def _look_up(self, selector: Selector) -> list[Element]:
        if not all(map(self._named.__contains__, selector.names)):
            return []  # as most selectors find nothing
        makes = set.intersection(*map(self._named.__getitem__, selector.names))
        outer = self._select(selector.outer) if selector.outer and makes else None
        having = [self._having(*test) for test in selector.tests] if makes else []
        if not makes or outer == [] or not all(having):
            return []
        of_makes = chain.from_iterable(self.makes[number] for number in makes)
        nodes = self.in_order(set(of_makes).intersection(*having) if having else of_makes)
        if outer is None:
            return nodes
        if selector.is_child:
            around = set(outer)
            return [node for node in nodes if node.getparent() in around]
        return self._inside(nodes, outer)

    def _inside(self, nodes: Iterable[Element], outer: Iterable[Element]) -> list[Element]:
        """Return the elements that are in others; both in page order."""
        inside, end, around = list[Element](), -1, iter(outer)
        box = next(around, None)
        for node in nodes:
            position = self.text.positions[node]
            while box is not None and self.text.positions[box] < position:
                end = max(end, self.text.span(box)[1])
                box = next(around, None)
            if position < end:
                inside.append(node)
        return inside

    def _having(self, name: str, test: str, value: str) -> Collection[Element]:
        """Return the elements with a value of an attribute that passes a test."""
        if name not in self._values:
            having = defaultdict[str, list[Element]](list)
            for make in (self.makes[number] for number in self._named[f"[{name}]"]):
                for alike in [make] if name == "class" else ([node] for node in make):
                    having[alike[0].get(name, "")] += alike
            self._values[name] = having, "\n".join(having)
        (values, joined), passes = self._values[name], _TESTS[test]
        if passes is str.__eq__ or value not in joined:
            return values.get(value, ())
        return {node for text, having in values.items() if passes(text, value) for node in having}


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
