"""A few forms of CSS selectors, so that layouts can say where things stand in the words of the page's own source.

``li.comment``, ``#comments h3``, ``ol.commentlist > li``, ``[itemprop=text]`` and ``[id^=comment-]``; attribute tests
are ``=`` (equals), ``^=`` (begins with), ``$=`` (ends with) and ``*=`` (contains); case counts.
"""

import re
from functools import cache

from lxml import etree

_PART = re.compile(
    r"(?P<tag>^[a-zA-Z][\w-]*|^\*)"
    r"|\.(?P<klass>[\w-]+)"
    r"|#(?P<id>[\w-]+)"
    r"|\[(?P<name>[\w:-]+)(?:(?P<test>[\^$*]?=)(?P<value>[^\]]*))?\]"
)


def select(root: etree._Element, selector: str) -> list[etree._Element]:
    """Return the elements under a root that a selector means, in page order."""
    found = _compiled(selector)(root)
    return [element for element in found if isinstance(element, etree._Element)] if isinstance(found, list) else []


@cache
def _compiled(selector: str) -> etree.XPath:
    return etree.XPath(xpath_of(selector))


def xpath_of(selector: str) -> str:
    """Translate a selector to XPath.

    :raises ValueError: If a part of it is in none of the forms known here.
    """
    path, axis = "", ".//"
    for part in selector.replace(">", " > ").split():
        if part == ">":
            axis = "/"
            continue
        path += axis + _step(part, selector)
        axis = "//"
    return path


def _step(compound: str, selector: str) -> str:
    tag, conditions, end = "*", "", 0
    for part in _PART.finditer(compound):
        if part.start() != end:
            break
        end = part.end()
        tag = part["tag"] or tag
        conditions += _condition(part)
    if end != len(compound):
        raise ValueError(
            f"selector {selector!r} has {compound[end:]!r}; expected tag, .class, #id or [attribute=value]"
        )
    return tag + conditions


def _condition(part: re.Match[str]) -> str:
    if part["klass"]:
        return f"[contains(concat(' ', normalize-space(@class), ' '), ' {part['klass']} ')]"
    if part["id"]:
        return f"[@id='{part['id']}']"
    match part["test"]:
        case None:
            return f"[@{part['name']}]" if part["name"] else ""
        case "=":
            return f"[@{part['name']}='{part['value']}']"
        case "^=":
            return f"[starts-with(@{part['name']}, '{part['value']}')]"
        case "*=":
            return f"[contains(@{part['name']}, '{part['value']}')]"
        case _:
            size = len(part["value"])
            return f"[substring(@{part['name']}, string-length(@{part['name']}) - {size - 1})='{part['value']}']"
