"""Read how comment systems look in HTML, from ``data/layouts``.

A system is a table of ``html.toml``: its name, and what differs from the common table.
``markup.toml`` has what systems share. ``docs/parsing.md`` says how to add one, there or in a file of the user's own.
"""

import re
from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from pathlib import Path

from stance.datamodels import Record, Strings, frozen
from stance.exceptions import ConfigError
from stance.limits import FIXED
from stance.parsing.html.selectors import parse_selector
from stance.parsing.phrases import read_lists, read_tables, split_phrases
from stance.resources import LAYOUTS
from stance.resources.toml import check_table, read_toml

LONGEST_SELECTOR = 300


@frozen
class HtmlLayout:
    """One comment system in HTML: selectors of a comment and of its parts."""

    name: str
    comment: Strings = ()
    holds: Strings = ()  # what must be in a comment, where other boxes look the same from outside
    text: Strings = ()
    author: Strings = ()
    posted: Strings = ()
    votes: Strings = ()
    joined: Strings = ()  # comments that show no name, for they are by the writer of the one before
    replies: Strings = ()  # boxes of replies that follow the comment they answer, where they are not inside it
    reply_links: Strings = ()  # to what a comment answers, where they neither say so nor name its writer
    depth: Strings = ()  # what in a comment has an attribute that states how deep in its thread it is
    rest_is_text: bool = False  # where no text selector fits, the text is what remains of a comment without its parts
    author_attributes: Strings = ()  # of a comment, where no element shows its author
    title: Strings = ()  # what a page is of, where its <title> names its program
    sites: Strings = ()  # hosts whose pages it holds for; none: any
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
    if not re.fullmatch(r"[\w.-]{1,80}", name):
        raise ConfigError(f"{where}: expected a name of at most 80 letters, digits, '.', '_' and '-'")
    # Begins the names of the user's own rows.
    layout = HtmlLayout(f"own:{name}", **_row(row, _html_common(), where))
    if not layout.comment:
        raise ConfigError(f'{where} has no comment; expected the selector of a comment, such as comment = ".comment"')
    for key in fields(HtmlLayout):
        selectors = getattr(layout, key.name)
        is_list = isinstance(selectors, tuple) and key.name not in ("sites", "author_attributes")
        for selector in selectors if is_list else ():
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
def _html_common() -> Record:
    return _row(read_tables(LAYOUTS / "html.toml")["common"], {}, "[common]")


def of_site(layouts: Iterable[HtmlLayout], host: str | None) -> tuple[HtmlLayout, ...]:
    """Return the rows that hold for pages of a host."""
    name = f".{host}" if host else ""
    return tuple(
        row for row in layouts if not row.sites or any(name.endswith(f".{site.lower()}") for site in row.sites)
    )


def _row(row: object, common: Record, where: str) -> Record:
    """Check one table, and complete it by the common one."""
    defaults = {field.name: field.default for field in fields(HtmlLayout) if field.name != "name"}
    kinds = {name: str if isinstance(default, tuple) else type(default) for name, default in defaults.items()}
    values = dict(common)
    for key, value in check_table(row, kinds, where).items():
        values[key] = _spread(value, common.get(key, ())) if isinstance(value, str) else value
    return values


def _spread(text: str, common: Strings) -> Strings:
    """Split a text into its entries, the common ones in place of ``...``."""
    # Stands in a list of selectors for those of the common table.
    return tuple(entry for part in split_phrases(text) for entry in (common if part == "..." else (part,)))


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
