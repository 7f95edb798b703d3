"""Describe the places between the parts of names by numbers."""

import re
from collections import Counter
from itertools import chain
from math import log1p
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from stance.parsing.lines import numbered
from stance.parsing.phrases import BADGES, STAMP_JOINTS
from stance.resources import remembered

Floats: TypeAlias = npt.NDArray[np.float32]

Values: TypeAlias = npt.NDArray[np.number]

WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"  # scripts without blanks: each sign is a part

OTHER = "\u0300-\u1fff"  # other scripts than Latin, with their accents

PART = re.compile(
    rf"\d+(?:[.,:]\d+)*|[{WIDE}]|(?:[{OTHER}](?!(?<=[а-яё])[А-ЯЁ]))*[{OTHER}]"
    rf"|(?:[^\W\d_{OTHER}{WIDE}](?!(?<=[a-zà-ÿ])[A-ZÀ-Þ]))*[^\W\d_{OTHER}{WIDE}]|\S"
)

SIGNS = ("@", "#", ",;", ".", ":", "-–—", "|·•/", "([{（【«", ")]}）】»", "_", "'’")


class NamePart(NamedTuple):
    """A part of a name: a word, a number or a sign."""

    start: int
    end: int
    text: str  # without case
    mask: str  # and without its number
    kind: int


@remembered
def parts_of(name: str) -> tuple[NamePart, ...]:
    """Split a name into its parts; also where "AnnMonday" or "Ann80d" has no blank."""
    return tuple(
        NamePart(*match.span(), text := match[0].casefold(), "#" if text[0].isdigit() else text, _kind(match[0]))
        for match in PART.finditer(name)
    )


KINDS, LOWER = 7 + len(SIGNS), 3
"""Number of kinds of parts, and the kind of a word in lower case."""

_KIND = np.eye(KINDS, dtype=np.float32)


def _kind(part: str) -> int:
    """Return the kind of a part: a number, a word by its case, or a kind of sign; 0 is an end of the name."""
    if part[0].isdigit():
        return 1
    if part[0].isalpha():
        return 2 if part[0] > "\u2e7f" else LOWER if part.islower() else 4 if part.isupper() and len(part) > 1 else 5
    return next((7 + i for i, signs in enumerate(SIGNS) if part in signs), 6)


def gaps_of(names: Counter[str]) -> tuple[Floats, list[int]]:
    """Return numbers of each place between two parts of the names of a page, and at their ends.

    :param names: The number of comments of each name; names have at least a part each, and there are two or more.
    :return: A row for each place, those of one name in their order; the number of places of each name.
    """
    parts, n, total = [parts_of(name) for name in names], len(names), names.total()
    flat, numbers_of = [*chain.from_iterable(parts)], {"": 0, "\0": 1}  # what is before a name, and behind it
    rows = [[numbers_of.setdefault(part.mask, len(numbers_of)) for part in sides] for sides in parts]
    masks, kinds = np.array([*chain.from_iterable(rows)]), np.array([part.kind for part in flat])
    texts = np.array(numbered([part.text for part in flat]))
    sizes = np.array([*map(len, parts)])
    stops, owners = np.cumsum(sizes), np.repeat(np.arange(n), sizes)
    firsts, lasts, before = stops - sizes, stops - 1, np.arange(len(flat)) + owners  # the place before each part
    starts, ends = before[firsts], before[lasts] + 1
    size, start = np.repeat([sizes, starts], sizes + 1, axis=1)
    offset = np.arange(len(start)) - start

    def placed(values: Values, step: int) -> Values:
        """Return the values of parts at the places before them, or so many places further."""
        moved = np.zeros(len(offset) + 1, dtype=values.dtype)
        moved[before + step] = values
        return moved[:-1]

    def shares(values: Values) -> Values:
        """Return the share of the other names that have the value of each part."""
        numbers = np.unique(values, return_inverse=True)[1]
        return (np.bincount(distinct(numbers * n + owners) // n)[numbers] - 1) / (n - 1)

    pairs = masks * len(numbers_of) + np.append(masks[1:], 0)
    pairs[lasts] = -1
    begun, ended = zip(*map(_runs, (rows, [[part.kind for part in sides] for sides in parts])), strict=True)
    further = (shares(masks), 1), (np.where(pairs < 0, 0, shares(pairs)), 2), (shares(texts), 1)
    shared = np.stack([
        *(placed(shares(row), step) for step, runs in ((1, begun), (0, ended)) for row in runs),
        *(placed(row, step) for row, behind in further for step in (behind, 0)),
    ], axis=1, dtype=np.float32)  # fmt: skip
    one, other = placed(masks, 1), placed(masks, 0)
    other[ends] = 1
    edges = np.divmod(distinct(one * len(numbers_of) + other), len(numbers_of))
    following, leading = (np.bincount(row) / n for row in edges)
    first, last = (np.bincount(masks[row], minlength=len(numbers_of)) / n for row in (firsts, lasts))
    # Words that pages write beside names.
    page_words = BADGES | STAMP_JOINTS
    is_known, lengths = np.array([(mask in page_words, len(mask) / 10) for mask in numbers_of]).T
    times = np.array([*names.values()]) / total  # shares of comments; of those whose name is all that is beside a part
    wholes = [np.bincount(sides[i], times, len(flat))[sides] for sides, i in ((begun[0], lasts), (ended[0], firsts))]
    above, behind, alone = placed(wholes[0], 1), placed(wholes[1], 0), np.repeat(wholes[0][lasts], sizes + 1)
    gaps = placed(np.array([part.start for part in flat]), 0)
    gaps[ends] = [*map(len, names)]
    gaps = gaps - placed(np.array([part.end for part in flat]), 1)
    brackets = placed(np.array([(part.mask == "(") - (part.mask == ")") for part in flat]), 1).cumsum()
    beside = shared[:, 4:6]
    means, most = np.add.reduceat(beside, starts) / (sizes + 1)[:, None], np.maximum.reduceat(beside, starts)
    page = (
        *(shared[rows, key].mean() for key, rows in ((4, starts + 1), (5, ends - 1), (8, starts + 1), (9, ends - 1))),
        *((len(offset) - n) / n / 10, (sizes == 1).mean(), log1p(n) / 5, 2 / n),
        *(log1p(total / n) / 3, alone.max()),
    )
    sides = (
        *(following[one], leading[other], above > 0, behind > 0, above, behind, alone, np.log1p(alone * total) / 4),
        *(first[one], last[one], first[other], last[other], is_known[one], is_known[other]),
        *(offset == 0, offset == size, offset / size, np.minimum(offset, 8) / 8, np.minimum(size - offset, 8) / 8),
        *(size / 10, lengths[one], lengths[other], gaps > 0, brackets > brackets[start]),
    )
    numbers = (
        *(shared, beside - np.repeat(means, sizes + 1, axis=0), beside - np.repeat(most, sizes + 1, axis=0)),
        *(np.log1p(shared[:, [0, 2, 4, 5]] * (n - 1)) / 3, np.stack(sides, axis=1), np.tile(page, (len(offset), 1))),
        *(_KIND[placed(kinds, 1)], _KIND[placed(kinds, 0)]),
    )
    return np.concatenate(numbers, axis=1, dtype=np.float32), (sizes + 1).tolist()


def distinct(values: Values) -> Values:
    """Return the different values, sorted; ``np.unique`` loads masked arrays, which takes as long as a page."""
    ordered = np.sort(values)
    return ordered[np.diff(ordered, prepend=-1) != 0]


def _runs(rows: list[list[int]]) -> tuple[Values, Values]:
    """Number what begins rows, up to each value, and what ends them, from each value on."""
    runs = []
    for step in (1, -1):
        keys, run = dict[tuple[int, int], int](), list[int]()
        for row in rows[::step]:
            last = -1
            for value in row[::step]:
                last = keys.setdefault((last, value), len(keys))
                run.append(last)
        runs.append(np.array(run)[::step])
    return runs[0], runs[1]
