"""Find the figures that differ between a printed file and one that was written again."""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from io import StringIO
from itertools import zip_longest
from typing import NamedTuple

from stance.datamodels import Json, grouped

FIGURE = re.compile(r"[-−+]?\d+(?:[.,]\d+)*")
"""Pattern of a figure in a page."""


class Differing(NamedTuple):
    """A figure that was computed again and is another one, or words of a page that are others."""

    file: str
    place: str
    printed: Json
    recomputed: Json


class Verification(NamedTuple):
    """The figures of a report or bundle, computed again.

    :param figures: Number of figures that were compared.
    """

    figures: int
    differing: tuple[Differing, ...]


class Differences:
    """Compares printed files with the same ones that were written again, and counts their figures."""

    def __init__(self) -> None:
        self.figures, self.differing = 0, list[Differing]()

    def compare(self, file: str, printed: str, again: str) -> None:
        """Compare two texts of a file, by its ending."""
        if file.endswith(".html"):
            self.figures += len(FIGURE.findall(again))
            self.differing += () if printed == again else page_differences(file, printed, again)
        elif file.endswith(".csv"):
            self._compare_rows(file, *(list(csv.reader(StringIO(text, newline=""))) for text in (printed, again)))
        else:
            self._compare_values(file, "", json.loads(printed), json.loads(again))

    def _compare_rows(self, file: str, printed: Sequence[list[str]], again: Sequence[list[str]]) -> None:
        """Compare the rows of two tables, in whatever order they are."""
        header, *_ = again or [[]]
        self.figures += len(header) * max(0, len(again) - 1)
        both = Counter(map(tuple, printed)) & Counter(map(tuple, again))
        left = [_without(both, printed), _without(both, again)]
        for (number, row), (_, row_again) in zip_longest(*left, fillvalue=(0, ())):
            for column, *cells in zip_longest(header, row, row_again):
                if cells[0] != cells[1]:
                    self.differing.append(Differing(file, f"row {number}, {column}", *cells))

    def _compare_values(self, file: str, path: str, printed: Json, again: Json) -> None:
        """Compare two values of JSON."""
        if isinstance(printed, dict) and isinstance(again, dict):
            for key in dict.fromkeys((*printed, *again)):
                self._compare_values(file, f"{path}.{key}".lstrip("."), printed.get(key), again.get(key))
        elif isinstance(printed, list) and isinstance(again, list):
            entries, entries_again = map(_by_name, (printed, again))
            for name in dict.fromkeys((*entries, *entries_again)):
                self._compare_values(file, f"{path}[{name}]", entries.get(name), entries_again.get(name))
        else:
            self.figures += any(type(value) in (int, float) for value in (printed, again))
            if printed != again:
                self.differing.append(Differing(file, path, printed, again))


def _without(both: Counter[tuple[str, ...]], rows: Iterable[list[str]]) -> list[tuple[int, list[str]]]:
    """Return the rows that one of two tables has alone, with their numbers; the header has 0."""
    common, left = both.copy(), []
    for number, row in enumerate(rows):
        if common[tuple(row)]:
            common[tuple(row)] -= 1
        else:
            left.append((number, row))
    return left


def _by_name(entries: Sequence[Json]) -> dict[str, Json]:
    """Return the entries of a list by their names; by their places where these are not unique."""
    names = [_name_of(entry) or f"{position}" for position, entry in enumerate(entries)]
    return dict(zip(names if len({*names}) == len(names) else map(str, range(len(names))), entries, strict=True))


def _name_of(entry: Json) -> str:
    """Name an entry of a list by its group, target, side and the like; empty where it has none of these."""
    keys = ["group", "id", "a", "b", "other", "target", "stance", "measure", "population", "period", "voice", "method"]
    return ", ".join(str(entry[key]) for key in keys if entry.get(key)) if isinstance(entry, dict) else ""


# Pages ----------------------------------------------------------------------------------------------------------------


def page_differences(file: str, printed: str, again: str) -> Iterator[Differing]:
    """Yield the figures of a page that differ, and the first of its words that do.

    Lines that are the same but for their figures belong together.
    """
    lines, lines_again = (text.replace("><", ">\n<").splitlines() for text in (printed, again))
    forms, forms_again = ([FIGURE.sub("0", line) for line in part] for part in (lines, lines_again))
    others: list[tuple[str, str]] = []
    has_figures = False
    for kind, start, end, start_again, end_again in SequenceMatcher(None, forms, forms_again).get_opcodes():
        text, text_again = "\n".join(lines[start:end]), "\n".join(lines_again[start_again:end_again])
        matches = list(FIGURE.finditer(text))
        figures = FIGURE.findall(text_again)
        if kind != "equal":
            others.append((text, text_again))
            has_figures |= [match[0] for match in matches] != figures
        for match, figure in zip(matches, figures, strict=False) if len(matches) == len(figures) else ():
            if match[0] != figure:
                has_figures = True
                before = "".join(lines[max(0, start - 9) : start]) + text[: match.start()]
                yield Differing(file, f"after “{_words(before)[-60:]}”", match[0], figure)
    for text, text_again in others[:1]:
        pairs = enumerate(zip(text, text_again, strict=False))
        same = max(0, next((position for position, pair in pairs if pair[0] != pair[1]), 0) - 30)
        position = "words were changed" if has_figures else "words were changed, no figure"
        yield Differing(file, position, text[same:][:100], text_again[same:][:100])


def _words(html: str) -> str:
    """Return the words in a part of a page, behind its scripts."""
    return " ".join(re.sub(r"<[^<>]*>", " ", html.rpartition("</script>")[2]).split())


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
