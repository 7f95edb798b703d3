"""Find the figures that differ between a printed record and one that was computed again."""

import csv
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import zip_longest
from typing import NamedTuple

from stance.datamodels import Json, grouped

NOT_IN_SCORES = frozenset((
    "apart", "certainty", "citation", "command", "copied_articles", "discourse", "doubts", "first_sentence",
    "language", "layout", "learned", "model", "newsroom", "not_checked", "paragraphs", "parsed_of_stated",
    "quoting", "skipped", "source", "stated_comments", "tables", "themes", "unmatched", "unmatched_ids", "warnings",
    "without_comments",
))  # fmt: skip
"""Words: keys of facts that do not follow from scores and labels."""

ROW_NAMES = (
    "by", "kind", "group", "a", "b", "other", "target", "measure", "population", "period", "per", "method", "note"
)  # fmt: skip
"""Words: columns that name the row of a table."""


class Differing(NamedTuple):
    """A figure that was computed again and is another one."""

    file: str
    place: str
    printed: Json
    recomputed: Json


@dataclass(frozen=True, slots=True)
class Verification:
    """The figures of a report or bundle, computed again.

    :param figures: Number of figures that were computed.
    """

    figures: int
    differing: tuple[Differing, ...]


class Walk:
    """Compares two records of one form, and counts the figures."""

    def __init__(self, file: str) -> None:
        self.file, self.figures, self.differing = file, 0, list[Differing]()

    def compare(self, path: str, printed: Json, again: Json) -> None:
        """Compare two values."""
        if isinstance(printed, dict) and isinstance(again, dict):
            for key in dict.fromkeys((*printed, *again)):
                if key not in NOT_IN_SCORES:
                    self.compare(f"{path}.{key}".lstrip("."), printed.get(key), again.get(key))
        elif isinstance(printed, list) and isinstance(again, list):
            self._compare_lists(path, printed, again)
        else:
            are_numbers = [isinstance(value, int | float) and not isinstance(value, bool) for value in (printed, again)]
            self.figures += any(are_numbers)
            if not (_is_close(printed, again) if all(are_numbers) else printed == again):
                self.differing.append(Differing(self.file, path, printed, again))

    def compare_rows(self, printed: str, again: str) -> None:
        """Compare two CSV files, row by row and cell by cell."""
        for number, rows in enumerate(zip_longest(*map(csv.DictReader, map(StringIO, (printed, again)))), 1):
            one, other = (row or {} for row in rows)
            self.figures += len({*one, *other})
            for name in dict.fromkeys((*one, *other)):
                self.compare(f"row {number}, {name}", one.get(name), other.get(name))

    def compare_named(self, printed: str, again: str) -> None:
        """Compare two tidy tables: rows of one name, in any order; names that several rows have are of parts."""
        tables = (csv.DictReader(StringIO(text)) for text in (printed, again))
        by_name = [grouped((tuple(row.get(key) for key in ROW_NAMES), row) for row in table) for table in tables]
        for name in dict.fromkeys((*by_name[0], *by_name[1])):
            one, other = (of.get(name, [{}]) for of in by_name)
            if len(one) == len(other) == 1:
                path = ", ".join(filter(None, name))
                for column in dict.fromkeys((*one[0], *other[0])):
                    self.compare(f"{path}, {column}", *(_number(row[0].get(column)) for row in (one, other)))

    def _compare_lists(self, path: str, printed: list[Json], again: list[Json]) -> None:
        if path == "documents":
            by_id = [grouped((document["id"], document) for document in documents) for documents in (printed, again)]
            pairs = {name: [of.get(name, [None]) for of in by_id] for name in dict.fromkeys((*by_id[0], *by_id[1]))}
            for name, (one, other) in pairs.items():
                if len(one) == len(other) == 1:  # a document that came in parts has several records
                    self.compare(f"{path}[{name}]", one[0], other[0])
            return
        if ".reading." in path:  # ids of comments, whose order scores do not keep
            printed, again = sorted(printed), sorted(again)
        for index, (first, second) in enumerate(zip_longest(printed, again)):
            self.compare(f"{path}[{_name_of(first) or _name_of(second) or index}]", first, second)


def _number(cell: str | None) -> float | str | None:
    """Return the number in a cell, or the cell."""
    try:
        return float(cell or "")
    except ValueError:
        return cell


def _is_close(one: float, other: float) -> bool:
    """Return whether two figures are equal: sums of another order differ in their last digits."""
    return math.isclose(one, other, rel_tol=1e-6, abs_tol=1e-9)


def _name_of(entry: Json) -> str:
    """Name an entry of a list by its group, target, side and the like; empty where it has none of these."""
    keys = ["group", "id", "a", "b", "other", "target", "stance", "measure", "population", "period", "voice", "method"]
    return ", ".join(str(entry[key]) for key in keys if entry.get(key)) if isinstance(entry, dict) else ""


def lines_of(differing: Iterable[Differing]) -> Iterator[str]:
    """Yield a line for each of the first figures that differ in a file, and the number of others."""
    for file, figures in grouped((figure.file, figure) for figure in differing).items():
        yield from map(_line_of, figures[:10])
        if len(figures) > 10:
            yield f"{file}: {len(figures) - 10:,} more differ"


def _line_of(figure: Differing) -> str:
    """Write a figure that differs in one line."""
    texts = (json.dumps(value, ensure_ascii=False) for value in (figure.printed, figure.recomputed))
    printed, again = (text if len(text) <= 200 else f"{text[:199]}…" for text in texts)
    return f"{figure.file}: {figure.place}: printed {printed}, recomputed {again}"
