"""Split the visible text of a page into lines, describe the place of each in the tree, and learn rows from some.

Numbers and groups of lines use tags and classes only by what they share with those of other lines; whether a class
speaks of comments, names or texts is further evidence, and not needed.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate, pairwise, takewhile
from math import log1p
from operator import is_
from typing import NamedTuple

import numpy as np

from stance.datamodels import Comments, Span, Strings
from stance.exceptions import StanceError
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dates import find_date
from stance.parsing.dump.line_forms import Places
from stance.parsing.dump.name_columns import FOOTER, HEADER
from stance.parsing.dump.tags import Tags, read_tags
from stance.parsing.html.learning import Shown, learn_row
from stance.parsing.html.markup_words import has_words, words_of
from stance.parsing.html.selectors import Index
from stance.parsing.html.stamps import is_stamp
from stance.parsing.html.text import Element, TextIndex, upwards
from stance.parsing.layouts import GENERIC_LAYOUT, HTML_LAYOUTS, HtmlLayout, own_layout
from stance.parsing.lines import Line, line_at, numbered, split_lines
from stance.parsing.phrases import phrases
from stance.resources import remembered

TAGS = tuple(
    frozenset(tags.split())
    for tags in ("a", "p", "time", "h1 h2 h3 h4 h5 h6", "li", "td th", "dt dd", "span", "b strong", "div", "blockquote")
)
"""Tags of the elements that directly hold a line."""

MARKS = tuple(map(frozenset, (("img", "svg", "picture"), ("button", "input", "select"), ("textarea", "form"))))
"""Elements without text of their own around comments: pictures, buttons, forms."""

WORDS = tuple(
    phrases(f"markup.{name}")
    for name in ("one_comment", "many_comments", "replies", "author", "text", "no_author", "beside")
)
"""Words of classes and ids of elements near a line."""

OF_PLACES, OF_NAMES = 52, (11, *range(38, 52))
"""Number of numbers of a line by its place, and those that depend on names of classes."""

OWN, OUTER, NEAREST = 3, 7, 2
"""Number of elements around a line whose makes are its path; of those that are looked at in all; of those whose words
are its own."""

MOST_LINES = 20_000
"""Maximum number of lines that are tagged together, which takes 6 KB for each; a comment has two to six."""

MOST_LEVELS = 10
"""Maximum number of elements that are counted between two lines."""

ROW, LIST = 2, 3
"""Minimum number of siblings of one make: for one of them to be a row, and for the outermost of them."""

_END = (1.6, 1.6, 0.0, 0.0, 0.0)
"""Numbers between a line and an end of the page."""

_COMMENTS = phrases("markup.comments")
_DIGITS = re.compile(r"\d+")
_INLINE = frozenset(("br", "p", "a", "span", "b"))
_NO_ROWS = _INLINE - {"span", "b"}


class _Spot(NamedTuple):
    """An element, and the elements around it."""

    makes: Strings  # of the element, last, and of those around it
    words: tuple[tuple[bool, ...], ...]  # which words each of these has
    depth: int
    is_named: bool  # after comments, or in such an element
    is_link: bool
    row: Element | None  # the innermost element around it that has siblings of its make
    outer: Element | None  # the outermost


class PageLines:
    """Split the visible text of a page into lines.

    :param text: The text index of the whole page. It must not change while the lines are in use.
    :param start: Number of lines that are left out.
    """

    def __init__(self, text: TextIndex, start: int = 0) -> None:
        self.index = text
        texts, firsts, lasts = text.visible_lines
        self.texts, self._firsts, self._lasts = texts[start:], firsts[start:], lasts[start:]
        self.text = "\n".join(self.texts[:MOST_LINES])
        self.are_all_tagged = len(self.texts) <= MOST_LINES

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The first ``MOST_LINES`` lines, which are those that are tagged; offsets count in ``text``."""
        return split_lines(self.text)

    @cached_property
    def cued(self) -> CuedLines:
        """The lines of the page, each read as a part of a comment section."""
        return CuedLines(self.lines)

    @cached_property
    def places(self) -> Places:
        """The places of the lines in the tree."""
        return _places(self.index, [next(self.owners(i), self.index.elements[0]) for i in range(len(self.lines))])

    @cached_property
    def tags(self) -> Tags:
        """The tags of the lines; there must be one."""
        return read_tags(self.cued, self.places)

    def place_of(self, number: int, text: str) -> Span:
        """Return where a part of a line begins and ends in the text of the page; of one that is not found, the line."""
        first, last = self._firsts[number], self._lasts[number]
        start = self.index.text.find(text, first, last)
        return (start, start + len(text)) if start >= 0 else (first, last)

    def owners(self, number: int) -> Iterator[Element]:
        """Yield the elements that hold the words of a line, in page order."""
        text, start = self.index, self._firsts[number]
        path = text.owners[start : self._lasts[number]]
        for first, last in pairwise([0, *(np.flatnonzero(np.diff(path)) + 1).tolist(), len(path)]):
            if path[first] >= 0 and not text.text[start + first : start + last].isspace():
                yield text.elements[path[first]]

    def lines_of(self, elements: Iterable[Element]) -> set[int]:
        """Return the indices of the lines that hold words of some elements."""
        return {number for element in elements for number in self._range(self.index.positions[element])}

    def _range(self, position: int) -> range:
        first, last = self.index.firsts[position], self.index.lasts[position]
        return range(bisect_right(self._lasts, first), bisect_left(self._firsts, last))

    def elements_of(self, numbers: Iterable[int]) -> list[Element]:
        """Return the largest elements that hold words of some lines and of no other line, in page order.

        :param numbers: Indices of lines.
        """
        wished, nodes, position = set(numbers), list[Element](), 0
        before = [*accumulate((number in wished for number in range(len(self.texts))), initial=0)]
        while position < len(self.index.elements):
            span = self._range(position)
            count = before[span.stop] - before[span.start] if span else 0
            if 0 < count == len(span):
                nodes.append(self.index.elements[position])
            position = position + 1 if 0 < count < len(span) else self.index.ends[position]
        return nodes


# Places ---------------------------------------------------------------------------------------------------------------


class _Tree:
    """The elements around lines, each looked at once."""

    def __init__(self, text: TextIndex, owners: Iterable[Element]) -> None:
        self._makes = {element: make_of(element) for element in text.elements}
        self._alike: dict[Element, Counter[str]] = {}
        self.spots: dict[Element, _Spot] = {}
        self._paths: dict[Element, tuple[Element, ...]] = {}  # of elements around each, which is the last
        around = set[Element]()
        for owner in owners:
            around.update(takewhile(lambda node: node not in around, upwards(owner)))
        for element in text.in_order(around):
            above = element.getparent()
            self.spots[element] = self._make_spot(element, self.spots[above] if above is not None else None)
            self._paths[element] = (*(self._paths[above] if above is not None else ()), element)

    def alike(self, element: Element) -> int:
        """Count the siblings of the make of an element, itself included."""
        parent = element.getparent()
        if parent is None:
            return 1
        if parent not in self._alike:
            self._alike[parent] = Counter(map(self._makes.__getitem__, parent.iterchildren("*")))
        return self._alike[parent][self._makes[element]]

    def _make_spot(self, element: Element, above: _Spot | None) -> _Spot:
        makes, words, depth, is_named, is_link, row, outer = above or _Spot((), (), 0, False, False, None, None)
        alike, tag = self.alike(element), element.tag
        of_comments, *kinds = _words_in("" if tag in ("html", "body") else words_of(element))
        return _Spot(
            (*makes, self._makes[element])[-OUTER:],
            (*words, tuple(kinds))[1 - OUTER :],
            depth + 1,
            is_named or of_comments,
            is_link or tag == "a",
            element if alike >= ROW and tag not in _INLINE else row,
            element if outer is None and alike >= LIST and tag not in _NO_ROWS else outer,
        )

    def between(self, one: Element, other: Element) -> tuple[float, ...]:
        """Compare two elements by the boxes around them.

        :return: Number of elements between each and the smallest box around both; whether the two parts of that box are
            of one make, and the number of such parts; whether they have the same tag.
        """
        paths = [self._paths[node] for node in (one, other)]
        shared = sum(map(is_, *paths))
        counts = [min(len(path) - shared, MOST_LEVELS) / 5 for path in paths]
        if shared == min(map(len, paths)):
            return (*counts, 0.0, 0.0, 0.0)
        first, second = (path[shared] for path in paths)
        same = self._makes[first] == self._makes[second]
        return (*counts, float(same), log1p(self.alike(second)) / 3 * same, float(first.tag == second.tag))


@remembered
def _words_in(words: str) -> tuple[bool, ...]:
    """Return whether the words of a class and id have those of comments, and each kind of ``WORDS``."""
    return tuple(has_words(kind, words) for kind in (_COMMENTS, *WORDS))


@remembered
def _any_of(rows: tuple[tuple[bool, ...], ...]) -> tuple[bool, ...]:
    """Return for each kind of words whether any of some elements has them."""
    return tuple(map(any, zip(*rows, strict=True)))


@remembered
def _named_make(tag: str, names: str) -> str:
    return f"{tag}.{_DIGITS.sub('#', ' '.join(sorted(names.split())))}"


def make_of(element: Element) -> str:
    """Return the tag and classes of an element, without numbers in them."""
    return _named_make(str(element.tag), element.get("class") or "")


def _places(text: TextIndex, owners: list[Element]) -> Places:
    """Describe the places of lines in the tree.

    :param owners: The element of the first words of each line.
    """
    tree = _Tree(text, owners)
    spots = [tree.spots[node] for node in owners]
    edges = [tree.between(*pair) for pair in pairwise(owners)]
    edges = [_END, *edges, _END]
    inner, outer = [spot.makes[-OWN:] for spot in spots], [spot.makes[:-1][: OUTER - 2] for spot in spots]
    rows = [spot.row if spot.row is not None else i for i, spot in enumerate(spots)]
    lists = [spot.outer if spot.outer is not None else i for i, spot in enumerate(spots)]
    times = Counter(inner), Counter(outer), Counter(rows), Counter(lists)
    marks = _marks_between(text, owners)
    numbers = []
    for i, spot in enumerate(spots):
        tags = {make.partition(".")[0] for make in inner[i]}
        numbers.append([
            *(not tags.isdisjoint(node) for node in TAGS),
            *(spot.is_named, spot.is_link, spot.depth / 20, (spot.depth - spots[i - 1].depth) / 4 if i else 0.0),
            *(edges[i][1], edges[i][0], *edges[i][2:], *edges[i + 1]),
            *(log1p(times[0][inner[i]]) / 3, log1p(times[1][outer[i]]) / 3, i > 0 and owners[i] is owners[i - 1]),
            *(log1p(times[2][rows[i]]) / 3, log1p(times[3][lists[i]]) / 3),
            *(i == 0 or rows[i] != rows[i - 1], i == 0 or lists[i] != lists[i - 1]),
            *(log1p(count) / 2 for count in (*marks[i], *marks[i + 1])),
            *_any_of(spot.words),
            *_any_of(spot.words[-NEAREST:]),
        ])  # fmt: skip
    groups = [numbered(node) for node in (inner, outer, rows, lists)]
    return Places(np.array(numbers, dtype=np.float32), np.array(groups))


def _marks_between(text: TextIndex, owners: list[Element]) -> list[list[int]]:
    """Count the marks of each kind above the first line, between lines and below the last."""
    lists = [[i for i, node in enumerate(text.elements) if node.tag in kind] for kind in MARKS]
    cuts = [0, *(text.positions[node] for node in owners), len(text.elements)]
    return [
        [bisect_left(marks, end + 1) - bisect_left(marks, start + 1) if end > start else 0 for marks in lists]
        for start, end in pairwise(cuts)
    ]


# Rows that a page teaches ---------------------------------------------------------------------------------------------
#
# Tags tell which lines are likely to be a text, a name and a date. The tree shows where each begins and ends, and which
# other boxes are alike. So the likeliest comments teach layout rows, as a person teaches one in ``stance fix``.

MOST_SHOWN = 6
"""Number of comments that teach rows."""

NAMED = 1.0
"""Addition to the log odds of a comment that is shown, where it has a name."""


def taught_rows(index: Index, lines: PageLines, tags: Tags, comments: Comments) -> Iterator[HtmlLayout]:
    """Yield the different rows that the likeliest comments of a page teach.

    :param comments: Those that the tags of its lines give.
    """
    starts, stops = (
        [line_at(lines.lines, offset) for offset in offsets]
        for offsets in ([post.start for post in comments], [post.end for post in comments])
    )
    odds = [
        float(tags.tags[start, 1] - tags.tags[start, 0]) + NAMED * (post.author is not None)
        for start, post in zip(starts, comments, strict=True)
    ]
    general = next(row.author for row in HTML_LAYOUTS if row.name == GENERIC_LAYOUT)
    rows = set()
    for k in sorted(range(len(comments)), key=lambda k: -odds[k])[:MOST_SHOWN]:
        parts = _shown(lines, tags, range(starts[k], stops[k]), comments[k].author)
        try:
            row = own_layout("boxes", learn_row(index, parts), "a comment") if parts else None
        except StanceError:  # it is in no box of its own, or in one without a plain name
            continue
        if row and row not in rows:
            rows.add(row)
            yield replace(row, author=(*row.author, *general))


def _shown(lines: PageLines, tags: Tags, text: range, author: str | None) -> Shown | None:
    """Return the elements of a comment; None where its text has none of its own."""
    holder = _holder([node for i in text for node in lines.owners(i)])
    if holder.tag in ("html", "body"):
        return None
    above = range(text.start - 1, max(text.start - HEADER, 0) - 1, -1)
    near = (*above, *range(text.stop, min(text.stop + FOOTER, len(lines.lines))))
    lines_of = sorted((i for i in near if author and author in lines.lines[i].text), key=lambda i: -tags.names[i].max())
    nodes = (node for i in lines_of for node in _with_text(lines, i, author or ""))
    dated = next((i for i in near if find_date(lines.lines[i].text)), None)
    stamps = (node for node in (lines.owners(dated) if dated is not None else ()) if is_stamp(node))
    return Shown(holder, next(nodes, None), next(stamps, None))


def _holder(elements: Sequence[Element]) -> Element:
    """Return the smallest element that holds some elements."""
    shared = set.intersection(*(set(upwards(element)) for element in elements))
    return next(element for element in upwards(elements[0]) if element in shared)


def _with_text(lines: PageLines, number: int, text: str) -> Iterator[Element]:
    """Yield the elements of a line that hold a text, the one that holds nothing else first."""
    holding = [(node, line) for node in lines.owners(number) if text in (line := lines.index.line_of(node))]
    yield from (node for node, _ in sorted(holding, key=lambda pair: pair[1] != text))
