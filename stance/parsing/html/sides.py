"""Find the texts of comments in their page, and the elements on both sides of each."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property
from operator import itemgetter
from typing import NamedTuple

from stance.datamodels import Comments, Span
from stance.parsing.html.lines import PageLines, make_of
from stance.parsing.html.stamps import LONGEST_LINE
from stance.parsing.html.text import Element, TextIndex, upwards

KEY, REACH = 30, 60
"""Number of characters by which a line is found; maximum number of lines below that are searched for it."""

MOST = 0.8
"""Share of comments that have what all have."""

EDGE_SIGNS = " ,:;|·•–—-/\u00a0"


class Spot(NamedTuple):
    """The place of the text of a comment."""

    first: int  # of its characters in the text of the page
    last: int
    inner: Element  # the smallest element around its first words
    cell: Element  # the largest element around it without the text of another comment


def find_spots(lines: PageLines, comments: Comments) -> dict[str, Spot]:
    """Find the texts of comments in the lines of their page, as far as they are there in the same order."""
    index, numbers, last_line = lines.index, defaultdict[str, list[int]](list), -1
    for index_of_line, line in enumerate(lines.texts):
        numbers[line[:KEY]].append(index_of_line)
    spans = {}
    for comment in comments:
        start, end = comment.text.partition("\n")[0][:KEY], comment.text.rpartition("\n")[2][-KEY:]
        same = numbers.get(start, [])
        following = bisect_right(same, last_line)
        number = same[following] if following < len(same) else None
        if number is None:
            below = range(last_line + 1, min(last_line + REACH, len(lines.texts)))
            number = next((line for line in below if start in lines.texts[line]), next(iter(same), None))
        if number is None:
            continue
        below = range(number, min(number + comment.text.count("\n") + REACH, len(lines.texts)))
        last = next((line_number for line_number in below if end in lines.texts[line_number]), number)
        first, last_line = lines.place_of(number, start)[0], last
        spans[comment.comment_id] = first, max(lines.place_of(last, end)[1], first + 1)
    spans = dict(sorted(spans.items(), key=itemgetter(1)))
    starts, spots = [first for first, _ in spans.values()], dict[str, Spot]()
    for (name, (first, last)), before, behind in zip(
        spans.items(), [-1, *starts], [*starts[1:], len(index.text)], strict=False
    ):
        inner = cell = index.element_at(first)
        for above in upwards(cell):
            _, _, begins, ends = index.span(above)
            if begins <= before or ends > behind:
                break
            cell = above
        spots[name] = Spot(first, last, inner, cell)
    return spots


class SidePart(NamedTuple):
    """An element beside the text of a comment."""

    element: Element
    line: str
    is_inside: bool  # in the cell of the comment


class Sides:
    """The elements before and behind the text of each comment."""

    def __init__(self, index: TextIndex, spots: Sequence[Spot]) -> None:
        self.index, self.spots = index, spots
        self._before: dict[int, list[SidePart]] = {}
        shared = set.intersection(*(set(upwards(spot.cell)) for spot in (spots[0], spots[-1])))
        around = next((node for node in upwards(spots[0].cell) if node in shared), index.elements[0])
        _, _, first, last = index.span(around)
        ends = [first, *(spot.last for spot in spots)], [*(spot.first for spot in spots[1:]), last]
        self.ranges = [
            ((before, spot.first), (spot.last, behind))
            for before, spot, behind in zip(ends[0], spots, ends[1], strict=False)
        ]

    def before(self, number: int) -> list[SidePart]:
        """Return the elements before a text."""
        if number not in self._before:
            self._before[number] = self._parts(self.ranges[number][0], self.spots[number])
        return self._before[number]

    @cached_property
    def parts(self) -> list[tuple[list[SidePart], list[SidePart]]]:
        """The elements before each text, and those behind it."""
        rows = enumerate(zip(self.ranges, self.spots, strict=True))
        return [(self.before(number), self._parts(side, spot)) for number, ((_, side), spot) in rows]

    def _parts(self, side: Span, spot: Spot) -> list[SidePart]:
        index, (start, stop) = self.index, side
        _, _, begins, ends = index.span(spot.cell)
        parts = []
        for position in range(bisect_left(index.firsts, start), bisect_left(index.firsts, stop)):
            element, first, last = index.elements[position], index.firsts[position], index.lasts[position]
            if last <= stop and 0 < last - first <= LONGEST_LINE and element not in index.unseen:
                line = index.line_of(element)
                if line:
                    parts.append(SidePart(element, line, begins <= first and last <= ends))
        return parts


def place_key(element: Element) -> str:
    """Return the make of an element and of the one around it; of one in a list of definitions, with its label."""
    above, label = element.getparent(), ""
    node = above if above is not None and above.tag == "dd" else element
    if node.tag == "dd" and (before := node.getprevious()) is not None and before.tag == "dt":
        label = "".join(map(str, before.itertext())).strip()
    return f"{make_of(above) if above is not None else ''} > {make_of(element)} {label}"
