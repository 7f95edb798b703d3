"""Find the figures that differ between a printed file and one that was written again."""

import csv
import json
import re
from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher
from io import StringIO
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

    def compare(self, file: str, printed: str | None, again: str) -> None:
        """Compare two texts of a file, by its ending; None: it is missing."""
        if printed is None:
            self.differing.append(Differing(file, "file is missing", None, again))
        elif file.endswith(".html"):
            self.figures += len(FIGURE.findall(again))
            self.differing += () if printed == again else page_differences(file, printed, again)
        else:
            values, values_again = (dict(_values("", _parsed(file, text))) for text in (printed, again))
            self.figures += sum(FIGURE.fullmatch(f"{value}") is not None for value in values_again.values())
            for place in dict.fromkeys((*values, *values_again)):
                both = [of.get(place, "(missing)") for of in (values, values_again)]
                if repr(both[0]) != repr(both[1]):  # 1 and true are equal
                    self.differing.append(Differing(file, place, *both))


def _parsed(file: str, text: str) -> Json:
    """Return the value of a JSON file, or the rows of a CSV file by their numbers."""
    if file.endswith(".csv"):
        rows = csv.DictReader(StringIO(text, newline=""))
        return {f"row {number}": row for number, row in enumerate(rows, 1)}
    return json.loads(text)


def _values(place: str, value: Json) -> Iterator[tuple[str, Json]]:
    """Yield the values in a value of JSON, with their places."""
    if isinstance(value, dict) and value:
        for key, entry in value.items():
            yield from _values(f"{place}.{key}".removeprefix("."), entry)
    elif isinstance(value, list) and value:
        for position, entry in enumerate(value):
            yield from _values(f"{place}[{position}]", entry)
    else:
        yield place, value


# Pages ----------------------------------------------------------------------------------------------------------------


def page_differences(file: str, printed: str, again: str) -> Iterator[Differing]:
    """Yield the figures of a page that differ, and the first of its words that do.

    Lines that are the same but for their figures belong together.
    """
    lines, lines_again = (text.replace("><", ">\n<").splitlines() for text in (printed, again))
    forms, forms_again = ([FIGURE.sub("0", line) for line in part] for part in (lines, lines_again))
    others = []
    for kind, start, end, start_again, end_again in SequenceMatcher(None, forms, forms_again).get_opcodes():
        text, text_again = "\n".join(lines[start:end]), "\n".join(lines_again[start_again:end_again])
        matches = list(FIGURE.finditer(text))
        figures = FIGURE.findall(text_again)
        if kind != "equal":
            others.append((text, text_again))
        for match, figure in zip(matches, figures, strict=False) if len(matches) == len(figures) else ():
            if match[0] != figure:
                before = "".join(lines[max(0, start - 9) : start]) + text[: match.start()]
                yield Differing(file, f"after “{_words(before)[-60:]}”", match[0], figure)
    for text, text_again in others[:1]:
        pairs = enumerate(zip(text, text_again, strict=False))
        same = max(0, next((position for position, pair in pairs if pair[0] != pair[1]), 0) - 30)
        has_figures = FIGURE.findall(printed) != FIGURE.findall(again)
        position = "words were changed" if has_figures else "words were changed, no figure"
        yield Differing(file, position, text[same:][:100], text_again[same:][:100])


def _words(html: str) -> str:
    """Return the words in a part of a page, behind its scripts."""
    return " ".join(re.sub(r"<[^<>]*>", " ", html.rpartition("</script>")[2]).split())


def lines_of(differing: Iterable[Differing]) -> Iterator[str]:
    """Yield a line for each of the first figures that differ in a file, and the number of others."""
    for file, figures in grouped((figure.file, figure) for figure in differing).items():
        for figure in figures[:10]:
            texts = (json.dumps(value, ensure_ascii=False) for value in (figure.printed, figure.recomputed))
            printed, again = (text if len(text) <= 200 else f"{text[:199]}…" for text in texts)
            yield f"{file}: {figure.place}: printed {printed}, recomputed {again}"
        if len(figures) > 10:
            yield f"{file}: {len(figures) - 10:,} more differ"
