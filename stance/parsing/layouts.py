"""Read how comment systems look in HTML, from ``data/layouts``.

A system is a table of ``html.toml``: its name, and what differs from the common table.
``markup.toml`` has what systems share. ``docs/parsing.md`` says how to add one, there or in a file of the user's own.

A row can be learned from one comment of a page: from the elements of its text, its author and its date. For each
element some selectors are tried, by its classes, its id without numbers, its attributes and the boxes around it. Those
are taken that fit most boxes on the page as they fit the one that was shown.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import cache
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from stance.datamodels import Record
from stance.exceptions import ConfigError, InputError
from stance.limits import FIXED
from stance.parsing.html.tree import Element, Index, parse_selector, upwards
from stance.parsing.language import read_lists, read_tables, split_phrases
from stance.resources import LAYOUTS
from stance.resources.toml import check_table, read_toml


class LayoutsConstants:
    """Constants of this module."""

    longest_selector = 300
    own_name = re.compile(r"[\w.-]{1,80}")
    no_selectors = ("sites", "author_attributes")
    """Lists of a row that hold no selectors."""
    most_around = 8
    """Number of boxes around a comment that are tried as the box of the whole comment."""
    most_classes = 6
    """Number of classes of an element that are tried."""
    mark_attributes = ("itemprop", "itemtype", "role", "data-testid", "data-test", "data-type", "datetime")
    """Attributes that say what an element is."""
    bare = frozenset(("p", "br", "span", "a", "b", "i", "em", "strong", "u", "q", "blockquote", "font"))
    """Elements within a text; without a class they are not its box."""
    name = re.compile(r"[A-Za-z_-][\w-]{0,80}")
    hashed = re.compile(r"([A-Za-z][\w-]*?__)[\w-]{4,10}")
    numbered = re.compile(r"([A-Za-z](?:[\w-]{1,60}?)[-_])\d{2,}[\w-]*|([A-Za-z][A-Za-z_-]{2,60})\d[\w-]*")


_C = LayoutsConstants


COMMON = "..."
"""Stands in a list of selectors for those of the common table."""


OWN = "own:"
"""Begins the names of the user's own rows."""


@dataclass(frozen=True, slots=True)
class HtmlLayout:
    """One comment system in HTML: selectors of a comment and of its parts."""

    name: str
    comment: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()  # what must be in a comment, where other boxes look the same from outside
    text: tuple[str, ...] = ()
    author: tuple[str, ...] = ()
    posted: tuple[str, ...] = ()
    votes: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()  # comments that show no name, for they are by the writer of the one before
    replies: tuple[str, ...] = ()  # boxes of replies that follow the comment they answer, where they are not inside it
    reply_links: tuple[str, ...] = ()  # to what a comment answers, where they neither say so nor name its writer
    depth: tuple[str, ...] = ()  # what in a comment has an attribute that states how deep in its thread it is
    rest_is_text: bool = False  # where no text selector fits, the text is what remains of a comment without its parts
    author_attributes: tuple[str, ...] = ()  # of a comment, where no element shows its author
    title: tuple[str, ...] = ()  # what a page is of, where its <title> names its program
    sites: tuple[str, ...] = ()  # hosts whose pages it holds for; none: any
    is_forum: bool = False  # where a page has no article besides, the first post of its thread is the article


def load_layouts(path: Path) -> tuple[HtmlLayout, ...]:
    """Read the comment systems of a file, in its order.

    :raises ConfigError: If a table has a key that no layout has, or a value of another type.
    """
    tables = read_tables(path)
    common = _row(tables.pop("common", {}), {}, f"{path}: [common]")
    return tuple(HtmlLayout(name, **_row(row, common, f"{path}: [{name}]")) for name, row in tables.items())


def load_own_layouts(path: Path) -> tuple[HtmlLayout, ...]:
    """Read the user's own rows of HTML, which share the common selectors of those that ship.

    :raises ConfigError: If the file cannot be read, or a row is wrong.
    """
    tables = read_toml(path, "layout rows, as stance fix writes them: docs/inputs.md")
    if len(tables) > FIXED.layout_rows:
        raise ConfigError(f"{path}: {len(tables):,} rows; expected at most {FIXED.layout_rows} (the limit)")
    return tuple(own_layout(name, row, f"{path}: [{name[:80]}]") for name, row in tables.items())


def own_layout(name: str, row: object, where: str) -> HtmlLayout:
    """Check one row of the user's own.

    :param where: Names the row in messages.
    :raises ConfigError: If it is wrong.
    """
    if not _C.own_name.fullmatch(name):
        raise ConfigError(f"{where}: expected a name of at most 80 letters, digits, '.', '_' and '-'")
    layout = HtmlLayout(f"{OWN}{name}", **_row(row, _html_common(), where))
    if not layout.comment:
        raise ConfigError(f'{where} has no comment; expected the selector of a comment, such as comment = ".comment"')
    for key in fields(HtmlLayout):
        selectors = getattr(layout, key.name)
        for selector in selectors if isinstance(selectors, tuple) and key.name not in _C.no_selectors else ():
            _check_selector(selector, f"{where}: {key.name}")
    return layout


def _check_selector(selector: str, where: str) -> None:
    if len(selector) > _C.longest_selector:
        raise ConfigError(
            f"{where}: a selector of {len(selector):,} characters; expected at most {_C.longest_selector}"
        )
    try:
        parse_selector(selector)
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None


@cache
def _html_common() -> Record:
    return _row(read_tables(LAYOUTS / "html.toml")["common"], {}, "[common]")


def of_site(layouts: Iterable[HtmlLayout], host: str | None) -> tuple[HtmlLayout, ...]:
    """Return the rows that hold for pages of a host."""
    name = f".{host}" if host else ""
    return tuple(
        each for each in layouts if not each.sites or any(name.endswith(f".{site.lower()}") for site in each.sites)
    )


def _row(row: object, common: Record, where: str) -> Record:
    """Check one table, and complete it by the common one."""
    defaults = {field.name: field.default for field in fields(HtmlLayout) if field.name != "name"}
    kinds = {name: str if isinstance(default, tuple) else type(default) for name, default in defaults.items()}
    values = dict(common)
    for key, value in check_table(row, kinds, where).items():
        values[key] = _spread(value, common.get(key, ())) if isinstance(value, str) else value
    return values


def _spread(text: str, common: tuple[str, ...]) -> tuple[str, ...]:
    """Split a text into its entries, the common ones in place of ``...``."""
    return tuple(entry for part in split_phrases(text) for entry in (common if part == COMMON else (part,)))


HTML_LAYOUTS = load_layouts(LAYOUTS / "html.toml")

GENERIC_LAYOUT = "named-parts"
"""Layout of any system whose class names mention comments, so it is not evidence for one."""

MARKUP = read_lists(LAYOUTS / "markup.toml")
"""Selectors, attributes and classes that systems share; the file describes each."""

LOADED_BY_SCRIPT = tuple(
    (key.removeprefix("loaded_by_script."), place)
    for key, places in MARKUP.items()
    if key.startswith("loaded_by_script.")
    for place in places
)
"""Names of comment systems, and places that a saved page holds for them."""
NO_ARTICLE = (*(place for _, place in LOADED_BY_SCRIPT), *MARKUP["selectors.no_article"])


# Learning -------------------------------------------------------------------------------------------------------------


_STRIPES = frozenset(MARKUP["classes.stripes"])


class Shown(NamedTuple):
    """The elements of one comment that a person has shown; None: the page does not show it."""

    text: Element
    author: Element | None = None
    posted: Element | None = None


def learn_row(index: Index, shown: Shown) -> dict[str, str | bool]:
    """Learn a row of a layout.

    :return: Its keys and values, as in a file of layout rows.
    :raises InputError: If what was shown is not in one box of its own.
    """
    parts = [each for each in shown if each is not None]
    box, selector, boxes = _best_box(index, parts)
    if len(boxes) == 1 and len(parts) > 1:  # the author is outside of the box of the text, as in a list of definitions
        box, selector, boxes = _best_box(index, parts[:1])
    owned = {element for element, owner in index.owners(boxes).items() if owner is box}
    row: dict[str, str | bool] = {"comment": selector}
    text = _text_box(shown, box)
    if text is not None and (found := _best_part(index, boxes, box, text)):
        row["text"] = found
    else:
        row |= {"text": "", "rest_is_text": True}
    for name, element in (("author", shown.author), ("posted", shown.posted)):
        if element is not None and element in owned and (found := _best_part(index, boxes, box, element)):
            row[name] = found
    return row


# Boxes ----------------------------------------------------------------------------------------------------------------


def _best_box(index: Index, parts: Sequence[Element]) -> tuple[Element, str, list[Element]]:
    """Find the box of the comment: of most boxes that hold the same parts, the outermost."""
    alike = [  # the elements of the same make, which parts of other comments have
        [
            each
            for each in index.select(_tag(part))
            if (each.tag, set(_classes(each))) == (part.tag, set(_classes(part)))
        ]
        for part in parts
    ]
    around = [each for each in upwards(parts[0]) if all(part is each or each in upwards(part) for part in parts)]
    if len(parts) == 1 and len(around) > 1:
        around = around[1:]
    best: tuple[float, int] = (0.0, 0)
    chosen: tuple[Element, str, list[Element]] | None = None
    for depth, box in enumerate(islice((each for each in around if each.tag not in ("html", "body")), _C.most_around)):
        for selector in _selectors(box):
            boxes = index.select(selector)
            owners = index.owners(boxes)
            if any(owners.get(part) is not box for part in parts):
                continue
            worded, *others = ({owners[each] for each in elements if each in owners} for elements in alike)
            named = sum(len(worded & other) for other in others) / max(len(others), 1)
            worth = len(worded) + 0.5 * named - 0.5 * (len(boxes) - len(worded))
            if (worth, depth) > best:
                best, chosen = (worth, depth), (box, selector, boxes)
    if chosen is None:
        raise InputError(
            "no element of the page with a class or id holds all chosen parts; choose the parts of one comment"
        )
    return chosen


def _text_box(shown: Shown, box: Element) -> Element | None:
    """Return the box of the text: the first around the shown one that is more than a paragraph; None if it has none."""
    others = {above for part in shown[1:] if part is not None for above in upwards(part)}
    for each in upwards(shown.text):
        if each is box or each in others:
            return None
        if each.tag not in _C.bare or _classes(each):
            return each
    return None


# Selectors ------------------------------------------------------------------------------------------------------------


def _best_part(index: Index, boxes: Sequence[Element], box: Element, part: Element) -> str | None:
    """Find the selector of a part that is the first to fit in its box, and fits once in most of the others."""
    best, chosen = 0.0, None
    owners = index.owners(boxes)
    for selector in _part_selectors(part, box):
        found = [each for each in index.select(selector) if each in owners and owners[each] is not each]
        fitting = {owners[each] for each in found}
        first = next((each for each in found if owners[each] is box), None)
        if first is not part:
            continue
        worth = len(fitting) - 0.25 * (len(found) - len(fitting))
        if worth > best:
            best, chosen = worth, selector
    return chosen


def _part_selectors(part: Element, box: Element) -> Iterator[str]:
    """Yield selectors of a part: its own, and its tag in a box around it."""
    yield from _selectors(part)
    for above in islice(part.iterancestors(), _C.most_around):
        for outer in _selectors(above):
            if above is part.getparent():
                yield f"{outer} > {_tag(part)}"
            yield f"{outer} {_tag(part)}"
        if above is box:
            break
    yield _tag(part)


def _tag(element: Element) -> str:
    """Return the tag of an element for a selector; "*" for one with a prefix, such as "fb:name"."""
    return str(element.tag) if _C.name.fullmatch(str(element.tag)) else "*"


def _selectors(element: Element) -> Iterator[str]:
    """Yield selectors of an element; of those that fit equally well, the first is taken."""
    tag, classes = _tag(element), _classes(element)
    for name in classes:
        yield f"{tag}.{name}"
        yield f".{name}"
    if len(classes) > 1:
        yield f"{tag}.{'.'.join(classes)}"
    for name in element.get("class", "").split()[: _C.most_classes]:
        if hashed := _C.hashed.fullmatch(name):
            yield f"{tag}[class*={hashed[1]}]"
    name = element.get("id", "")
    if numbered := _C.numbered.fullmatch(name):
        yield f"{tag}[id^={numbered[1] or numbered[2]}]"
    elif _C.name.fullmatch(name):
        yield f"#{name}"
    for name in _C.mark_attributes:
        if value := element.get(name, ""):
            yield f"{tag}[{name}={value}]" if _C.name.fullmatch(value) else f"{tag}[{name}]"
    above = element.getparent()
    if not classes and above is not None:
        named = [above.get("id", "")] if _C.name.fullmatch(above.get("id", "")) else []
        yield from (f"#{name} > {tag}" for name in named)
        yield from (f"{_tag(above)}.{name} > {tag}" for name in _classes(above))


def _classes(element: Element) -> list[str]:
    """Return the classes of an element that others of its make have, too."""
    names = element.get("class", "").split()[: 4 * _C.most_classes]
    return [name for name in names if _C.name.fullmatch(name) and name not in _STRIPES and not re.search(r"\d", name)][
        : _C.most_classes
    ]
