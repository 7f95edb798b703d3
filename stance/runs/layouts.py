"""Learn the layout of a site from the words of one comment on a saved page."""

import json
import re
from bisect import bisect_right
from collections.abc import Mapping
from itertools import chain, count, islice
from pathlib import Path
from typing import NamedTuple

from stance.datamodels import Comment, Page, PageKind, Skip
from stance.exceptions import InputError
from stance.parsing.html.comments import find_by_own_rows
from stance.parsing.html.learning import Shown, learn_row
from stance.parsing.html.selectors import Index
from stance.parsing.html.text import Element, upwards
from stance.parsing.html.tree import page_tree
from stance.parsing.layouts import HtmlLayout, load_own_layouts, own_layout
from stance.parsing.sites import host_of_page
from stance.reading import read
from stance.resources.files import open_file


class TaughtLayout(NamedTuple):
    """The name of a layout row in its file, and the comments that it finds on the page."""

    name: str
    comments: tuple[Comment, ...]


def teach_layout(path: Path, file: Path, text: str, author: str | None, posted: str | None) -> TaughtLayout:
    """Learn the layout row of a page from words of one comment, and add it to a file of rows.

    :param text: Words that are on the page once.
    :param author: Of this comment; None: the page does not show it, or it is not to be read.
    :raises InputError: If the page is no HTML page, the words are not on it, or no row follows from them.
    :raises ConfigError: If the file is wrong or cannot be written.
    """
    layouts = load_own_layouts(file) if file.exists() else ()
    saved_rows = {layout.name.partition(":")[2]: layout for layout in layouts}
    page = _read_page(path)
    index = Index(page_tree(page))
    texts = _elements_with(index, text)
    if len(texts) != 1:
        raise InputError(f"{path}: --text: on the page {len(texts)} times; expected words that are there once")
    author_element = _nearest(index, texts[0], author, f"{path}: --author")
    posted_element = _nearest(index, texts[0], posted, f"{path}: --posted")
    host = host_of_page(page)
    site = {"sites": host} if host else {}
    row = {**site, **learn_row(index, Shown(texts[0], author_element, posted_element))}
    taught = find_by_own_rows(index, [own_layout("taught", row, "the row")])
    if not taught or not taught.comments:
        raise InputError(f"{path}: no comment is found like this one; expected other words of a comment")
    name = _name_of(row, host or path.stem, saved_rows)
    if name not in saved_rows:
        _add_row(file, name, row)
    return TaughtLayout(name, tuple(taught.comments))


def _read_page(path: Path) -> Page:
    """Read a file that is a single HTML page."""
    skips: list[Skip] = []
    pages = list(islice(read([path], skip=skips.append), 2))
    match pages:
        case [Page(kind=PageKind.HTML) as page]:
            return page
    problem = "not a single HTML page; expected one page, saved as HTML"
    raise InputError(f"{path}: {skips[0].reason if skips else problem}")


def _elements_with(index: Index, words: str) -> list[Element]:
    """Return the innermost elements that show some words, in page order."""
    pattern = r"\s+".join(map(re.escape, words.split()))
    elements = dict[Element, None]()
    for match in re.finditer(rf"(?<!\w){pattern}(?!\w)", index.text.text) if pattern else ():
        first = index.elements[bisect_right(index.text.firsts, match.start()) - 1]
        around = [node for node in upwards(first) if index.text.span(node)[3] >= match.end()]
        if around and index.text.unseen.isdisjoint(upwards(around[0])):
            elements[around[0]] = None
    return list(elements)


def _nearest(index: Index, text: Element, words: str | None, option: str) -> Element | None:
    """Return the element with some words that is nearest to a text, outside of it if it is anywhere else."""
    if words is None:
        return None
    around = {*upwards(text)}

    def distance(element: Element) -> tuple[bool, int]:
        path = {*upwards(element)}
        return text in path, -len(path & around)

    elements = _elements_with(index, words)
    if not elements:
        raise InputError(f"{option}: not on the page; expected words as the page shows them")
    return min(elements, key=distance)


def _name_of(row: Mapping[str, str | bool], site: str, saved_rows: Mapping[str, HtmlLayout]) -> str:
    """Return the name under which a row is saved already, else one that no row has."""
    plain = re.sub(r"[^\w.-]+", "-", site)[:60] or "row"
    new = next(name for name in chain((plain,), (f"{plain}-{number}" for number in count(2))) if name not in saved_rows)
    return next((name for name, saved in saved_rows.items() if own_layout(name, row, "the row") == saved), new)


def _add_row(file: Path, name: str, row: Mapping[str, str | bool]) -> None:
    """Add a row to a file; its other lines stay as they are."""
    lines = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in row.items())
    with open_file(file) as opened:
        before = file.read_text(encoding="utf-8-sig").rstrip() if file.exists() else ""
        opened.write(f'{before}\n\n["{name}"]\n{lines}'.lstrip())
