"""Reduce the lines of a dump to their forms, and describe each by numbers and groups.

A form is the text of a line without dates and numbers, whatever its words and language.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import chain, pairwise
from math import log1p
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import Strings
from stance.parsing.characters import Characters
from stance.parsing.cued_lines import DATE, CuedLines, Shape
from stance.parsing.line_parts import Part, read_line
from stance.parsing.lines import Line, is_mark, numbered
from stance.parsing.section_lines import is_count, is_end, is_footer, is_heading, is_paging, is_sort, leads_elsewhere
from stance.parsing.talk import rate_talk
from stance.resources import DATA, remembered

Floats: TypeAlias = NDArray[np.float32]

Indices: TypeAlias = NDArray[np.int64]

REPEATED = 3
"""Minimum number of lines with one mask, or one end, for it to be a form of its own."""

MODEL = DATA / "blocks" / "lines.npz"

NEAR, FAR = 60, 99
"""Maximum distance of lines that are counted together, and the distance of a line that there is not."""

OF_FORMS, GROUPS = 3, 7
"""Number of groups of a line by its form, and of all, with those by its place in a tree."""

FEWEST, SHARED, GAP = 3, 0.6, 3
"""Minimum number of comments whose forms are compared, minimum share of places between texts that have a line of one
form, and maximum number of lines without it between two parts of one text."""


class Places(NamedTuple):
    """The places of the lines of a page in its tree."""

    numbers: "Floats"
    groups: "Indices"  # of lines in elements of one make, in boxes of one make, in one row, in one list


class LineForm(NamedTuple):
    """The form of a line and its common parts with others of its page."""

    shape: Shape
    kind: str  # its mask, where that comes back, else its class
    affix: str  # the end or beginning that most others share; empty where few do
    place: str = ""  # the number of its group of lines in elements of one make, on a page with markup

    @property
    def keys(self) -> list[str]:
        """Return the keys by which the line can be a part of a header."""
        return _keys(self.kind, self.affix, self.place, DATE if self.shape.date else "")


@remembered
def _keys(*names: str) -> list[str]:
    return sorted({*filter(None, names)})


def _form(shape: Shape, times: Counter[str]) -> LineForm:
    affixes = [key for key in (*shape.ends, *shape.beginnings) if times[key] >= REPEATED]
    affix = max(affixes, key=times.__getitem__, default="")
    if len(shape.whole) > 1 and times[shape.whole] >= REPEATED and not shape.prose:
        return LineForm(shape, f"={shape.mask}", affix)
    if shape.date:
        before, _, after = f" {shape.mask} ".partition(f" {DATE} ")
        return LineForm(shape, f"D{int(bool(before.strip()))}{int(bool(after.strip()))}{int(shape.clock)}", affix)
    other = "N" if shape.name else "s" if any(map(str.isalpha, shape.text)) else "#"
    return LineForm(shape, "X" if shape.prose else other, affix)


def _shortest(shape: Shape) -> Strings:
    """Return the parts of a mask that most lines share: its whole, the shortest end, and the shortest beginning."""
    return shape.whole, *(keys[-1] if keys else "" for keys in (shape.ends, shape.beginnings))


def _groups(texts: Sequence[str], forms: Sequence[LineForm], times: Counter[str]) -> "Indices":
    """Group lines by mask, kinds of three lines, affix, kind, kinds with the line above and below, and text."""
    kinds = [form.kind for form in forms]
    around = list(zip(["", *kinds[:-1]], kinds, [*kinds[1:], ""], strict=True))
    names: Iterable[Sequence[Hashable]] = (
        [
            form.shape.mask if not form.shape.prose and times[form.shape.whole] > 1 else i
            for i, form in enumerate(forms)
        ],
        *(around, [form.affix or i for i, form in enumerate(forms)], kinds),
        *([pair[:2] for pair in around], [pair[1:] for pair in around], texts),
    )
    return np.array([numbered(labels) for labels in names])


def _steps_up(group: "Indices") -> "Indices":
    """Return the distance of each line from the line above of its group, at most ``NEAR``."""
    order, steps = np.argsort(group, kind="stable"), np.full(len(group), NEAR)
    same = np.flatnonzero(np.diff(group[order]) == 0)
    steps[order[same + 1]] = np.minimum(np.diff(order)[same], NEAR)
    return steps


def _near_counts(groups: "Indices") -> "Indices":
    """Count for each line the lines of its group within some distance."""
    n, apart = groups.shape[1], np.arange(len(groups))[:, None] * (groups.max() + 2)
    keys = (groups + apart) * (n + NEAR) + np.arange(n)
    ordered = np.sort(keys, axis=None)
    return np.searchsorted(ordered, keys + NEAR, side="right") - np.searchsorted(ordered, keys - NEAR)


def _last_of(are: "NDArray[np.bool_]") -> "Indices":
    """Return for each line the last one up to it that is such a line; before the first, one far above the page."""
    return np.maximum.accumulate(np.where(are, np.arange(len(are)), -FAR - 1))


def numbers_of_lines(page: CuedLines) -> tuple[list[LineForm], "Floats", "Indices"]:
    """Return the forms and numbers of the lines of a page, and three groupings of the lines."""
    lines, shapes, n = page.lines, page.shapes, len(page.lines)
    times = Counter(chain.from_iterable((shape.whole, *shape.ends, *shape.beginnings) for shape in shapes))
    times[""] = 0  # no such part
    forms, texts = [_form(shape, times) for shape in shapes], [line.text for line in lines]
    groups = _groups(texts, forms, times)
    alike = np.stack([np.bincount(group)[group] for group in groups])
    readings, talk = [*map(read_line, lines)], np.array(rate_talk(texts), dtype=float)
    signs, starts_next = Characters(texts), [below.startswith(text) for text, below in pairwise(texts)]
    sizes, letters, upper, digits = signs.sizes, *map(signs.are, (str.isalpha, str.isupper, str.isdecimal))
    begins, has_digit = signs.begins(letters | signs.are(is_mark)), signs.count(digits) > 0
    starts, ends = np.array([shape.date or (0, 0) for shape in shapes]).T
    words, prose = (np.array(column) for column in zip(*((line.words, line.prose) for line in lines), strict=True))

    def in_cued(test: Callable[[Line], bool]) -> "NDArray[np.bool_]":
        are = np.zeros(n, dtype=bool)
        are[[i for i in page.cued if test(lines[i])]] = True
        return are

    parts = np.eye(len(Part))[[reading.part - 1 for reading in readings]]
    are_headings, are_counts = in_cued(is_heading), np.array([*map(is_count, lines)])
    are_ends = in_cued(lambda line: is_end(line) or is_footer(line) or leads_elsewhere((line,)))
    heads, rows, before = (_last_of(are_headings | are_counts), np.arange(n), np.cumsum(words * prose) - words * prose)
    indents = np.array([line.indent for line in lines])
    steps = np.diff(indents, prepend=indents[0], append=indents[-1]).clip(-6, 6) / 3
    gaps = np.minimum([*(line.gap for line in lines), 2], 3) / 2
    shared = [[times[key] for key in keys] for keys in zip(*map(_shortest, shapes), strict=True)]
    numbers = [
        *(np.log1p(sizes) / 3, np.log1p(words) / 2, [shape.prose for shape in shapes], prose),
        *([line.ends_sentence for line in lines], [shape.name for shape in shapes]),
        signs.count(begins, 200) <= 2,
        signs.count(begins & upper, 200) / np.maximum(signs.count(begins, 200), 1),
        *(signs.are(str.islower)[signs.starts], upper[signs.starts]),
        *([text.endswith(end) for text in texts] for end in ((":", "："), ",")),
        *([text.startswith(("@", ">")) for text in texts], ["://" in text or "www." in text for text in texts]),
        *([line.truncated for line in lines], ends > 0, [shape.clock for shape in shapes]),
        *((ends - starts) / np.maximum(sizes, 1), (ends > 0) & (starts == 0), (ends > 0) & (ends >= sizes - 1)),
        *(signs.count(digits, 100) > 0, signs.count(letters) == 0),
        *([line.bullet for line in lines], [bool(line.number) for line in lines]),
        # its place
        *(np.minimum(indents, 20) / 10, steps[:-1], steps[1:], gaps[:-1], gaps[1:]),
        # its words
        *(*parts.T, [reading.offers for reading in readings], [reading.timed for reading in readings]),
        *([reading.badge is not None for reading in readings], are_headings, are_counts, are_ends),
        *(in_cued(is_paging), in_cued(is_sort)),
        # how often it comes back
        *(np.log1p([shared[0], alike[6], *shared[1:]]) / 2),
        *(np.full(n, log1p((ends > 0).sum()) / 3), *np.log1p(alike[[1, 4, 5]]) / 2),
        *(_steps_up(groups[3]) / 30, np.log1p(rows - heads) / 3, (heads >= 0) * has_digit[heads.clip(0)]),
        *(np.log1p(rows - _last_of(are_ends)) / 3, rows / n, before / (before[-1] + prose[-1] * words[-1] + 1)),
        *(np.full(n, log1p(n) / 5), *np.log1p(_near_counts(groups[[3, 4, 5, 2]])) / 2),
        # its signs
        *([False, *starts_next], [*starts_next, False]),
        (signs.count(signs.begins(~signs.are(str.isspace))) == 1) & (has_digit | ["_" in text for text in texts]),
        *(["|" in text or "·" in text or "•" in text for text in texts], [text.endswith(")") for text in texts]),
        *(~np.isnan(talk), np.nan_to_num(talk) / 4),
    ]
    return forms, np.stack(numbers, axis=1, dtype=np.float32), groups[:OF_FORMS]
