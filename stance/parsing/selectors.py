"""A few forms of CSS selectors, so that layouts can say where things stand in the words of the page's own source.

``li.comment``, ``#comments h3``, ``ol.commentlist > li``, ``[itemprop=text]`` and ``[id^=comment-]``; attribute tests
are ``=`` (equals), ``^=`` (begins with), ``$=`` (ends with) and ``*=`` (contains); case counts. A page is indexed once
and then asked a few hundred times, which XPath would answer by walking over all of it each time.
"""

import re
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

from lxml import etree

Element: TypeAlias = etree._Element

_SIMPLE = re.compile(
    r"\.(?P<klass>[\w-]+)|#(?P<id>[\w-]+)|\[(?P<name>[\w:-]+)(?:(?P<test>[\^$*]?=)(?P<value>[^\]]*))?\]|(?P<tag>[\w*-]+)"
)


@dataclass(frozen=True, slots=True)
class _Test:
    """One attribute and what its value must be."""

    name: str
    test: str
    value: str

    def holds(self, element: Element) -> bool:
        """Tell whether an element passes."""
        given = element.get(self.name)
        if given is None:
            return False
        match self.test:
            case "~=":
                return self.value in given.split()
            case "=":
                return given == self.value
            case "^=":
                return given.startswith(self.value)
            case "$=":
                return given.endswith(self.value)
            case "*=":
                return self.value in given
            case _:
                return True


@dataclass(frozen=True, slots=True)
class _Step:
    """One compound of a selector, such as ``li.comment``, and how it stands to the one before."""

    tag: str  # empty: any
    tests: tuple[_Test, ...]
    is_child: bool

    def holds(self, element: Element) -> bool:
        """Tell whether an element is one."""
        return self.tag in ("", element.tag) and all(test.holds(element) for test in self.tests)


class Index:
    """The elements of a page, by tag, class and attribute."""

    def __init__(self, root: Element) -> None:
        self._found: defaultdict[tuple[str, str], list[Element]] = defaultdict(list)
        self._positions: dict[Element, int] = {}
        for position, element in enumerate(root.iter("*")):
            self._positions[element] = position
            for key in _keys(element):
                self._found[key].append(element)

    def select(self, *selectors: str) -> list[Element]:
        """Return the elements that any of some selectors means, in page order."""
        found = {element for selector in selectors for element in self._select(_parsed(selector))}
        return sorted(found, key=self._positions.__getitem__)

    def _select(self, steps: tuple[_Step, ...]) -> list[Element]:
        last = steps[-1]
        keys = [("~=", test.value) if test.test == "~=" else (test.name, _exact(test)) for test in last.tests]
        candidates = [self._found.get(key, []) for key in keys or [("tag", last.tag)]]
        return [
            element for element in min(candidates, key=len) if last.holds(element) and _stands_under(element, steps)
        ]


def _keys(element: Element) -> set[tuple[str, str]]:
    keys = {("tag", str(element.tag)), ("tag", "")}
    for name, value in element.items():
        keys |= {(str(name), ""), (str(name), str(value))}
    return keys | {("~=", name) for name in element.get("class", "").split()}


def _exact(test: _Test) -> str:
    return test.value if test.test == "=" else ""


def _stands_under(element: Element, steps: tuple[_Step, ...]) -> bool:
    """Tell whether what a selector says of the elements around one is true; the last step is the element itself."""
    if len(steps) == 1:
        return True
    parent = element.getparent()
    above = [] if parent is None else [parent] if steps[-1].is_child else element.iterancestors()
    return any(steps[-2].holds(outer) and _stands_under(outer, steps[:-1]) for outer in above)


@cache
def _parsed(selector: str) -> tuple[_Step, ...]:
    steps, is_child = [], False
    for part in selector.replace(">", " > ").split():
        if part != ">":
            steps.append(_step(part, selector, is_child))
        is_child = part == ">"
    return tuple(steps)


def _step(compound: str, selector: str, is_child: bool) -> _Step:
    tag, tests, end = "", [], 0
    for part in _SIMPLE.finditer(compound):
        if part.start() != end or (part["tag"] and end):
            break
        end = part.end()
        if part["tag"]:
            tag = part["tag"].replace("*", "")
        else:
            tests.append(_test(part))
    if not compound or end != len(compound):
        raise ValueError(
            f"selector {selector!r} has {compound[end:]!r}; expected tag, .class, #id or [attribute=value]"
        )
    return _Step(tag, tuple(tests), is_child)


def _test(part: re.Match[str]) -> _Test:
    if part["klass"]:
        return _Test("class", "~=", part["klass"])
    if part["id"]:
        return _Test("id", "=", part["id"])
    return _Test(part["name"], part["test"] or "", part["value"] or "")
