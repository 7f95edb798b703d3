"""Read spreadsheets and data frames that were saved as HTML."""

import re
from collections.abc import Iterator
from itertools import zip_longest
from string import ascii_uppercase

from stance.datamodels import Page, Strings
from stance.limits import FIXED
from stance.parsing.html.text import Element, TextIndex, text_of
from stance.parsing.html.tree import page_tree
from stance.reading.json_objects import stated_number
from stance.reading.packed import HEAD_BYTES
from stance.records.writers import csv_text
from stance.resources import formats


def sheets_as_csv(page: Page) -> list[bytes]:
    """Return the tables of a spreadsheet or a data frame that was saved as HTML, each as CSV; none for pages.

    A page of nothing but tables, with a column of texts, is one, too. Tables under one header become one.
    """
    if "<table" not in page.text[:HEAD_BYTES].lower() or re.search(r"<p\b|<article\b", page.text, re.I):
        return []
    marks = r"office:excel|Excel\.Sheet|content=.?(?:LibreOffice|OpenOffice|Gnumeric)|class=.?(?:waffle|dataframe)\b"
    is_sheet = re.search(marks, page.text[:HEAD_BYTES], re.I) is not None
    index, tables = TextIndex(page_tree(page)), dict[Strings, list[list[str]]]()
    elements = [element for element in index.elements if element.tag == "table"]
    if not is_sheet and index.text_of(index.elements[0], leave_out={*elements}):
        return []
    for element in elements:
        header, *rows = _table_rows(element) or [[]]
        tables.setdefault(tuple(header), [header]).extend(rows)
    names = {"text", *formats()["read_as"]["text"]}
    if not is_sheet and not any(names & {cell.strip().lower() for cell in header} for header in tables):
        return []
    return [csv_text(rows).encode() for rows in tables.values() if len(rows) > 1]


def _table_rows(table: Element) -> list[list[str]]:
    """Return the filled rows of a table under one header, without titles and numbers of rows."""
    rows, is_under_head = list[list[str]](), False
    for is_head, cells in _spanned_rows(table):
        if is_head and is_under_head and len(rows) == 1:  # of columns, and of the index of a data frame
            rows[0] = [inner or outer for outer, inner in zip_longest(rows[0], cells, fillvalue="")]
        elif any(cells) and "".join(cells) not in ascii_uppercase[: max(2, len(cells))]:  # A, B, C above columns
            rows.append(cells)
        is_under_head = is_head
    while len(rows) > 1 and len(set(filter(None, rows[0]))) < 2 <= len(set(filter(None, rows[1]))):
        del rows[0]
    named = [number for number, name in enumerate(rows[0] if rows else ()) if name and not name.isdecimal()]
    filled = ([row[number] if number < len(row) else "" for number in named] for row in rows)
    return [row for row in filled if any(row)]


def _spanned_rows(table: Element) -> Iterator[tuple[bool, list[str]]]:
    """Yield the rows of a table, merged cells repeated, and whether each names columns."""
    above = dict[int, tuple[int, str]]()  # cells that go on from the row before, by their columns
    for row in table.iter("tr"):
        cells = list[str]()
        for cell in (*row.iterchildren("td", "th"), None):
            while spanning := above.pop(len(cells), None):
                if spanning[0] > 1:
                    above[len(cells)] = spanning[0] - 1, spanning[1]
                cells.append(spanning[1])
            if cell is None:
                break
            height, width = (min(stated_number(cell.get(f"{name}span")) or 1, FIXED.parts) for name in ("row", "col"))
            for _ in range(min(width, 500)):
                if height > 1:
                    above[len(cells)] = height - 1, text_of(cell)
                cells.append(text_of(cell))
        yield row.find("td") is None, cells
