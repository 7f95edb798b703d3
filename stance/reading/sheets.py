"""Read spreadsheets and data frames that were saved as HTML."""

import csv
import io
import re
from string import ascii_uppercase

from stance.limits import FIXED
from stance.reading.markup import read_markup
from stance.reading.packed import HEAD_BYTES
from stance.resources import formats

SHEET = re.compile(
    r"schemas-microsoft-com:office:excel|Excel\.Sheet|content=[\"']?(?:LibreOffice|OpenOffice|Gnumeric)"
    r"|class=[\"']?(?:waffle|dataframe)\b",
    re.I,
)
"""Pattern of marks of a spreadsheet or a data frame that was saved as HTML."""

SHEET_WORDS = ("excel", "office", "gnumeric", "waffle", "dataframe")  # one is in each; a pattern alone is slow
OUTSIDE_TABLES = re.compile(
    r"<table\b.*</table\s{0,8}>|<(head|style|script|title)\b.*?</\1\s{0,8}>|<!--.*?-->|<[^<>]{0,4000}>", re.I | re.S
)
"""Pattern of all that may stand in a page of nothing but tables."""

_CELL = re.compile(r"<t([dh])\b([^<>]{0,2000})>(.*?)(?=<t[dh]\b|</t[dhr]|\Z)", re.I | re.S)
_SPAN = re.compile(r"\b(row|col)span\s{0,4}=\s{0,4}[\"']?(\d{1,4})", re.I)


def sheets_as_csv(text: str) -> list[bytes]:
    """Return the tables of a spreadsheet or a data frame that was saved as HTML, each as CSV; none for pages.

    A page of nothing but tables, with a column of texts, is one, too. Tables under one header become one.
    """
    head = text[:HEAD_BYTES].lower()
    is_sheet = any(word in head for word in SHEET_WORDS) and bool(SHEET.search(head))
    if "<table" not in head or re.search(r"<p\b|<article\b", text, re.I):
        return []
    if not is_sheet and (len(_CELL.findall(head)) < 4 or OUTSIDE_TABLES.sub("", text).strip()):
        return []
    tables: dict[tuple[str, ...], list[list[str]]] = {}
    for part in re.findall(r"<table\b.*?(?=<table\b|\Z)", text, re.I | re.S):
        header, *rows = _table_rows(part) or [[]]
        tables.setdefault(tuple(header), [header]).extend(rows)
    names = {"text", *formats()["read_as"]["text"]}
    if not is_sheet and not any(names & {cell.strip().lower() for cell in header} for header in tables):
        return []
    return [_as_csv(rows) for rows in tables.values() if len(rows) > 1]


def _table_rows(table: str) -> list[list[str]]:
    """Return the filled rows of a table from its header on: merged cells repeated, titles above left out."""
    rows, above = list[list[tuple[str, str]]](), dict[int, tuple[int, str, str]]()
    for row in re.findall(r"<tr\b[^<>]{0,2000}>(.*?)(?=<tr\b|</table|\Z)", table, re.I | re.S):
        cells = list[tuple[str, str]]()
        for kind, attributes, inner in [*_CELL.findall(row), ("", "", "")]:
            while spanning := above.pop(len(cells), None):  # a cell that goes on from the row before
                if spanning[0] > 1:
                    above[len(cells)] = spanning[0] - 1, *spanning[1:]
                cells.append(spanning[1:])
            if not kind:
                break
            spans = {name.lower(): min(int(number), FIXED.parts) for name, number in _SPAN.findall(attributes)}
            for _ in range(min(spans.get("col", 1), 500) or 1):
                if spans.get("row", 1) > 1:
                    above[len(cells)] = spans["row"] - 1, kind, read_markup(inner).text
                cells.append((kind, read_markup(inner).text))
        rows.append(cells)
    texts = [[text for kind, text in row if kind in "dD"] or [text for _, text in row] for row in rows]
    texts = [row for row in texts if any(row) and "".join(row) not in ascii_uppercase[: max(2, len(row))]]
    while len(texts) > 1 and len(set(filter(None, texts[0]))) < 2 <= len(set(filter(None, texts[1]))):
        del texts[0]
    width = max((len(row) for row in texts[1:]), default=0)  # without the numbers of rows
    return [row[-width:] + [""] * (width - len(row)) for row in texts]


def _as_csv(rows: list[list[str]]) -> bytes:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue().encode()
