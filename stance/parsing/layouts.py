"""Read how comment systems look, in HTML and flattened to text, from ``data/layouts``.

A system is a table of ``html.toml`` or ``text.toml``: its name, and what differs from the common table.
``markup.toml`` has what systems share. ``docs/layouts.md`` says how to add one, there or in a file of the user's own.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum, auto
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from stance.exceptions import ConfigError
from stance.parsing.html.tree import parse_selector
from stance.parsing.languages import read_lists, read_tables, split_phrases
from stance.resources import LAYOUTS, check_table, read_toml

COMMON = "..."
"""Stands in a list of selectors, or of forms, for those of the common table."""


OWN = "own:"
"""Begins the names of the user's own rows."""

LONGEST_SELECTOR = 300
_OWN_NAME = re.compile(r"[\w.-]{1,80}")
_NO_SELECTORS = ("sites", "author_attributes")
"""Lists of a row that hold no selectors."""


class Form(StrEnum):
    """How the comments of a section in a text dump are told apart."""

    SAYS = auto()  # "NAME says:" opens a comment
    NAMED_STAMP = auto()  # a line of name and date opens it
    NAMED_STAMP_BELOW = auto()  # a line of name and date closes it
    STAMP = auto()  # a line with the name, then one with the date, open it
    STAMP_BELOW = auto()  # the name opens it, a line with the date closes it
    NAMES = auto()  # nothing but a name opens it, on a page without blank lines
    BLANKS = auto()  # nothing but names and blank lines: two before an unnamed comment, one around a name


@dataclass(frozen=True, slots=True)
class TextLayout:
    """One comment system in a text dump."""

    name: str
    forms: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()  # phrases in the section, or in its own lines; none: any section of this form
    needed: int = 1  # how many different marks must be there


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
    depth: tuple[str, ...] = ()  # what in a comment has an attribute that tells how deep in its thread it is
    rest_is_text: bool = False  # where no text selector fits, the text is what remains of a comment without its parts
    author_attributes: tuple[str, ...] = ()  # of a comment, where no element shows its author
    title: tuple[str, ...] = ()  # what a page is of, where its <title> tells what made it
    sites: tuple[str, ...] = ()  # hosts whose pages it holds for; none: any
    is_forum: bool = False  # where a page has no article besides, the first post of its thread is the article


Layout = TypeVar("Layout", TextLayout, HtmlLayout)


def load_layouts(path: Path, kind: type[Layout]) -> tuple[Layout, ...]:
    """Read the comment systems of a file, in its order.

    :raises ConfigError: If a table has a key that no layout has, or a value of another type.
    """
    tables = read_tables(path)
    common = _row(tables.pop("common", {}), kind, {}, f"{path}: [common]")
    return tuple(kind(name, **_row(row, kind, common, f"{path}: [{name}]")) for name, row in tables.items())


def load_own_layouts(path: Path) -> tuple[HtmlLayout, ...]:
    """Read the user's own rows of HTML, which share the common selectors of those that ship.

    :raises ConfigError: If the file cannot be read, or a row is wrong.
    """
    tables = read_toml(path, "layout rows, as stance fix writes them: docs/layouts.md")
    return tuple(own_layout(name, row, f"{path}: [{name[:80]}]") for name, row in tables.items())


def own_layout(name: str, row: object, where: str) -> HtmlLayout:
    """Check one row of the user's own.

    :param where: Names the row in messages.
    :raises ConfigError: If it is wrong.
    """
    if not _OWN_NAME.fullmatch(name):
        raise ConfigError(f"{where}: expected a name of at most 80 letters, digits, '.', '_' and '-'")
    layout = HtmlLayout(f"{OWN}{name}", **_row(row, HtmlLayout, _html_common(), where))
    if not layout.comment:
        raise ConfigError(f'{where} has no comment; expected the selector of a comment, such as comment = ".comment"')
    for key in fields(HtmlLayout):
        selectors = getattr(layout, key.name)
        for selector in selectors if isinstance(selectors, tuple) and key.name not in _NO_SELECTORS else ():
            _check_selector(selector, f"{where}: {key.name}")
    return layout


def _check_selector(selector: str, where: str) -> None:
    if len(selector) > LONGEST_SELECTOR:
        raise ConfigError(f"{where}: a selector of {len(selector):,} characters; expected at most {LONGEST_SELECTOR}")
    try:
        parse_selector(selector)
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None


@cache
def _html_common() -> dict[str, Any]:
    return _row(read_tables(LAYOUTS / "html.toml")["common"], HtmlLayout, {}, "[common]")


def of_site(layouts: Iterable[HtmlLayout], host: str | None) -> tuple[HtmlLayout, ...]:
    """Return the rows that hold for pages of a host."""
    name = f".{host}" if host else ""
    return tuple(
        each for each in layouts if not each.sites or any(name.endswith(f".{site.lower()}") for site in each.sites)
    )


def _row(row: object, kind: type, common: Mapping[str, Any], where: str) -> dict[str, Any]:
    """Check one table, and complete it by the common one."""
    defaults = {field.name: field.default for field in fields(kind) if field.name != "name"}
    kinds = {name: str if isinstance(default, tuple) else type(default) for name, default in defaults.items()}
    values = dict(common)
    for key, value in check_table(row, kinds, where).items():
        values[key] = _spread(value, common.get(key, ())) if isinstance(value, str) else value
    if unknown := set(values.get("forms", ())) - set(Form):
        raise ConfigError(f"{where}: {unknown.pop()!r} is no form; expected some of {', '.join(Form)}")
    return values


def _spread(text: str, common: tuple[str, ...]) -> tuple[str, ...]:
    """Split a text into its entries, the common ones in place of ``...``."""
    return tuple(entry for part in split_phrases(text) for entry in (common if part == COMMON else (part,)))


TEXT_LAYOUTS = load_layouts(LAYOUTS / "text.toml", TextLayout)
"""Layouts of dumps, the most specific first; the first whose form and marks fit names the section."""

HTML_LAYOUTS = load_layouts(LAYOUTS / "html.toml", HtmlLayout)

STRUCTURE = HtmlLayout("structure", votes=HTML_LAYOUTS[-1].votes, rest_is_text=True)
"""The row of comments that are found by their form alone."""

JSON_LD_LAYOUT, NO_LAYOUT = "json-ld", "none"

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
