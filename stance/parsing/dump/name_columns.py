"""Find the lines that hold the names of the writers of texts: columns of lines that are alike."""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from itertools import chain, zip_longest
from itertools import count as count_up
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.parsing.cued_lines import CuedLines, Shape
from stance.parsing.dates import is_day
from stance.parsing.dump.line_forms import FEWEST, MODEL, Floats, Indices, LineForm
from stance.parsing.line_parts import Part, is_affiliation, without_actions
from stance.parsing.lines import numbered
from stance.parsing.name_cleaning import DAY_BEHIND, clean_name, trim_edges
from stance.parsing.name_places import distinct
from stance.parsing.phrases import phrase_set
from stance.parsing.section_lines import is_count, is_heading
from stance.resources import shipped_arrays

LEAST_NAME = 0.3
"""Minimum probability of a line to hold a name."""

NEAREST, LEAST_SHARE = 5, 0.4
"""Number of lines above or below a text that are columns by their distance; minimum share of texts with a line."""


COMPARED = (0, 1, 6)
"""Numbers of a column that are compared with those on the other side of the texts."""

HEADER, FOOTER = 12, 10
"""Maximum number of lines above a text, and below it, that belong to it."""


class Column(NamedTuple):
    """Lines that are alike, at most one for each text."""

    lines: tuple[int | None, ...]
    is_below: bool  # whether they stand below the texts


def zones_of(texts: Sequence[range], n: int) -> list[range]:
    """Return the lines above the first text, between the texts, and below the last."""
    starts = [max(texts[0].start - HEADER, 0), *(text.stop for text in texts)]
    stops = [*(text.start for text in texts), min(texts[-1].stop + FOOTER, n)]
    return [range(start, stop) for start, stop in zip(starts, stops, strict=True)]


def columns_of(
    page: CuedLines, texts: Sequence[range], forms: Sequence[LineForm], names: "Floats"
) -> tuple[list[Column], "Floats"]:
    """Return the columns of lines that may hold the names of the writers of texts, and a row of numbers for each.

    Lines are of one column if they have one form, stand beside lines of one form, or are as far from their texts.
    """
    around, count = zones_of(texts, len(page.lines)), len(texts)
    heading = max((i for i in around[0] if is_heading(page.lines[i]) or is_count(page.lines[i])), default=-1)
    zones = [[i for i in zone if _may_name(page, i)] for zone in around]
    above = [[i for i in reversed(zone) if i > heading][:HEADER] for zone in zones[:-1]]
    below = [zone[:FOOTER] for zone in zones[1:]]
    kinds, numbers_by_key = ["", *(form.kind for form in forms), ""], defaultdict[Hashable, int](count_up().__next__)
    beside = zip(kinds, forms, kinds[2:], strict=False)
    names_of = [(*form.keys, (upper, form.kind), (form.kind, lower, "")) for upper, form, lower in beside]
    keyed = [[*map(numbers_by_key.__getitem__, spots)] for spots in names_of]
    keys = np.array([*zip_longest(*keyed, fillvalue=-1)]).T
    times = np.bincount(keys[keys >= 0], minlength=len(numbers_by_key) + 2 * NEAREST)
    shapes = [form.shape for form in forms]
    masks = np.array(numbered([shape.mask or shape.text for shape in shapes]))
    are_names = np.array([shape.name for shape in shapes])
    are_said = np.array([shape.text.endswith((":", "：")) for shape in shapes])
    starts, stops = np.array([(text.start, text.stop) for text in texts]).T
    columns, rows = list[Column](), list["Floats"]()
    for side, parts, beyond in ((0, above, below[-1]), (1, below, above[0])):
        shared, lines = _shared_lines(parts, keys, names[:, side].astype(float), starts, side)
        has = lines >= 0
        counts, steps = has.sum(1), (lines - stops if side else starts - lines) * has
        means = steps.sum(1) / counts
        shares = [(row[lines] * has).sum(1) / counts for row in (*names.astype(float).T, are_names, are_said)]
        different = (np.diff(np.sort(np.where(has, masks[lines], -1)), prepend=-1) != 0).sum(1)
        numbers = (
            *(counts / count, shares[side] * counts / count, (names[:, side][lines] * has).max(1, initial=0)),
            *(shares[1 - side] * counts / count, different / counts, different > 1, has[:, (count - 1) * side]),
            *(np.isin(shared, keys[beyond]), np.full(len(shared), side), np.minimum(times[shared] / count, 3)),
            *(np.sqrt(((steps - means[:, None]) ** 2 * has).sum(1) / counts) / 3, means / 5, *shares[2:]),
        )
        fitting = np.flatnonzero(shares[3] * side <= 0.5)  # "Ann says:" is above its text
        rows.append(np.stack(numbers, axis=1, dtype=np.float32)[fitting])
        columns += [Column(tuple(i if i >= 0 else None for i in spots), side == 1) for spots in lines[fitting].tolist()]
    best = [row[:, COMPARED].max(0, initial=0.0) for row in rows]
    rows = [
        np.concatenate([spots, spots[:, COMPARED] - last], axis=1) for spots, last in zip(rows, best[::-1], strict=True)
    ]
    return columns, np.concatenate(rows)


def _shared_lines(
    parts: Sequence[Sequence[int]], keys: "Indices", chances: "NDArray[np.float64]", starts: "Indices", side: int
) -> tuple["Indices", "Indices"]:
    """Return the different keys that many lines beside texts have, and for each key the line of each text, or -1.

    :param parts: The lines beside each text, the nearest first.
    :param keys: Those of each line of the page; their distances from texts are further keys.
    :param chances: The probability of each line to hold a name.
    :param starts: The first line of each text.
    """
    count, sizes = len(parts), np.array([*map(len, parts)])
    owners, lines = np.repeat(np.arange(count), sizes), np.array([*chain.from_iterable(parts)], dtype=int)
    steps = np.arange(len(lines)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    back = steps - sizes[owners]  # from the other text, which the outermost part has not
    between, first = (owners + side > 0) & (owners + side < count), keys.max() + 1 + NEAREST
    distances = np.where(steps < NEAREST, first + steps, -1), np.where(between & (back >= -NEAREST), first + back, -1)
    cells = np.column_stack([keys[lines], *distances])
    entries, cell_columns = np.nonzero(cells >= 0)
    ids, texts, lines = cells[entries, cell_columns], owners[entries], lines[entries]
    frequent = np.bincount(distinct(ids * count + texts) // count)[ids] >= LEAST_SHARE * count
    ids, texts, lines = ids[frequent], texts[frequent], lines[frequent]
    forms, rows = (np.array([*dict.fromkeys(ids.tolist())], dtype=int), np.array(numbered(ids.tolist()), dtype=int))
    _, spots = np.unique(rows * 2 * len(keys) + lines - starts[texts], return_inverse=True)
    ratings = chances[lines] + np.bincount(spots, chances[lines] / count)[spots]
    order = np.lexsort((-ratings, texts, rows))
    best = order[np.flatnonzero(np.diff((rows * count + texts)[order], prepend=-1))]
    table = np.full((len(forms), count), -1)
    table[rows[best], texts[best]] = lines[best]
    _, different = np.unique(numbered([row.tobytes() for row in table]), return_index=True)
    return forms[different], table[different]


def _may_name(page: CuedLines, number: int) -> bool:
    """Return whether a line could hold a name: it is no verb, no sign, and not the name of the one answered."""
    return (
        page.lines[number].key not in phrase_set("comment.says")
        and not is_affiliation(page.lines[number])
        and page.readings[number].part is not Part.ANSWERED
        and (page.lines[number].has_letters or page.lines[number].text.isdigit())
    )


def name_lines(page: CuedLines, texts: Sequence[range], forms: Sequence[LineForm], names: "Floats") -> Column:
    """Return the column of names that is rated highest."""
    columns, numbers = columns_of(page, texts, forms, names)
    if not columns:
        return Column((None,) * len(texts), is_below=False)
    best = columns[int((numbers @ shipped_arrays(MODEL)["columns"]).argmax())]
    steps = [text.start - i for text, i in zip(texts, best.lines, strict=True) if i is not None]
    for step in () if best.is_below or len(texts) < FEWEST else (max(steps) + 1, max(steps)):
        upper = [text.start - step for text in texts]
        if all(_stands_above(page, i, forms) for i in upper) and names[upper, 0].mean() >= LEAST_NAME:
            return Column(tuple(upper), is_below=False)
    return best


def _stands_above(page: CuedLines, number: int, forms: Sequence[LineForm]) -> bool:
    """Return whether a line could be the name above a place: neither initials nor a part of the line below it."""
    if number < 0:
        return False
    text, below = page.lines[number].text, page.lines[number + 1].text
    is_name = forms[number].shape.name and page.readings[number].part is Part.TEXT
    # In place of a picture, there are up to two letters.
    return is_name and len(text) > 2 and below not in text and text not in below


def name_in(page: CuedLines, spot: int, shape: Shape) -> str | None:
    """Return the name that a line holds, if it holds one."""
    reading, text = page.readings[spot], shape.text
    if reading.name:
        return reading.name
    if shape.date:
        start, end = shape.date
        before, after = trim_edges(DAY_BEHIND.sub("", text[:start]).strip()), trim_edges(text[end:].strip())
        text = before if any(map(str.isalpha, before)) and without_actions(before) else after
    is_button = any(map(str.isalpha, text)) and not without_actions(text)
    return None if is_button or is_day(text) else clean_name(text) or None
