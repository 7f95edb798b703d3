"""Split the visible text of a page into lines, describe the place of each in the tree, and learn rows from some.

Numbers and groups of lines use tags and classes only by what they share with those of other lines; whether a class
speaks of comments, names or texts is further evidence, and not needed.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import accumulate, pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import Comments, Span
from stance.exceptions import StanceError
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dates import find_date
from stance.parsing.dump.line_forms import Floats, Indices, Places
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

Flags: TypeAlias = NDArray[np.bool_]

_END = (1.6, 1.6, 0.0, 0.0, 0.0)
"""Numbers between a line and an end of the page."""

_COMMENTS = phrases("markup.comments")
_DIGITS = re.compile(r"\d+")
_NO_LIST = frozenset(("br", "p", "a"))
_NO_ROW = _NO_LIST | {"span", "b"}


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
        starts = self._firsts[: len(self.lines)]  # a line begins with a character that is seen
        return _places(self.index, self.index.owners[starts].astype(int))

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


@remembered
def _kinds_of_tag(tag: str) -> tuple[bool, ...]:
    """Return of which kinds a tag is: those of ``TAGS`` and of ``MARKS``, no row, no list."""
    return tuple(tag in kind for kind in (*TAGS, *MARKS, _NO_ROW, _NO_LIST))


@remembered
def _words_in(words: str) -> tuple[bool, ...]:
    """Return whether the words of a class and id have those of comments, and each kind of ``WORDS``."""
    return tuple(map(any, zip(*map(_kinds_of_word, ("", *words.split())), strict=True)))


@remembered
def _kinds_of_word(word: str) -> tuple[bool, ...]:
    return tuple(has_words(kind, word) for kind in (_COMMENTS, *WORDS))


@remembered
def _named_make(tag: str, names: str) -> str:
    return f"{tag}.{_DIGITS.sub('#', ' '.join(sorted(names.split())))}"


def make_of(element: Element) -> str:
    """Return the tag and classes of an element, without numbers in them."""
    return _named_make(str(element.tag), element.get("class") or "")


class _Tree:
    """Arrays of the elements of a page; the last entry of each is for what is around the root."""

    def __init__(self, text: TextIndex) -> None:
        self.elements = text.elements
        self.above = np.append(text.above, -1)
        names = [*map(make_of, text.elements), ""]
        tags = [make.partition(".")[0] for make in dict.fromkeys(names)]
        self.makes = np.array(numbered(names))
        self.tags = np.array(numbered(tags))[self.makes]
        self.kinds = np.array([*map(_kinds_of_tag, tags)])[self.makes]
        siblings = _joined([self.above, self.makes])
        self.alike = np.bincount(siblings)[siblings]

    def paths(self, positions: Indices) -> Indices:
        """Return some elements, below each the elements around it, and -1 around the root."""
        path = [positions]
        while path[-1].max(initial=-1) >= 0:
            path.append(self.above[path[-1]])
        return np.array(path)

    def words(self, paths: Indices) -> Flags:
        """Return for each element which words its names have, those on some paths; none for others."""
        words = np.zeros((len(self.above), 1 + len(WORDS)), dtype=bool)
        for position in np.unique(paths[paths >= 0]).tolist():
            element = self.elements[position]
            if element.tag not in ("html", "body"):
                words[position] = _words_in(words_of(element))
        return words

    def between(self, paths: Indices) -> Floats:
        """Compare the end of each path with that of the next by the boxes around them.

        :param paths: From the root on.
        :return: Of each pair: numbers of elements between each and the smallest box around both; whether the two parts
            of that box are of one make, and the number of such parts; whether they have the same tag.
        """
        depths = (paths >= 0).sum(0)
        is_shared = (paths[:, 1:] == paths[:, :-1]) & (paths[:, 1:] >= 0)
        shared = is_shared.sum(0)
        sizes = [np.minimum(depth - shared, MOST_LEVELS) / 5 for depth in (depths[:-1], depths[1:])]
        columns = np.arange(len(shared))
        first = paths[shared, columns]
        second = paths[shared, columns + 1]
        are_parts = (first >= 0) & (second >= 0)
        same = are_parts & (self.makes[first] == self.makes[second])
        number = np.log1p(self.alike[second]) / 3
        same_tag = are_parts & (self.tags[first] == self.tags[second])
        return np.stack([*sizes, same, number * same, same_tag], axis=1)

    def marks_between(self, positions: Indices) -> Indices:
        """Count the marks of each kind above the first of some elements, between them, and below the last."""
        are_marks = self.kinds[:, len(TAGS) : len(TAGS) + len(MARKS)]
        counts = np.cumsum(are_marks, axis=0)[np.concatenate([[0], positions, [-1]])]
        return np.diff(counts, axis=0).clip(0)


def _joined(columns: Iterable[Indices]) -> Indices:
    """Number the different rows of some columns."""
    rows = np.zeros(1, dtype=np.int64)
    for column in columns:
        pairs = rows * (column.max() + 2) + column + 1
        rows = np.unique(pairs, return_inverse=True)[1]
    return rows


def _first_of(paths: Indices, are: Flags) -> Indices:
    """Return the first such element of each path; where there is none, a number that no other path has."""
    columns = np.arange(paths.shape[1])
    first = paths[are.argmax(0), columns]
    return np.where(are.any(0), first, columns + paths.max() + 1)


def _places(text: TextIndex, owners: Indices) -> Places:
    """Describe the places of lines in the tree.

    :param owners: Positions of the elements of the first words of each line.
    """
    tree = _Tree(text)
    paths = tree.paths(owners)
    kinds, makes, alike = tree.kinds[paths], tree.makes[paths], tree.alike[paths]
    words = tree.words(paths)[paths]
    # The same paths from the root on.
    depths = (paths >= 0).sum(0)
    levels = np.arange(len(paths))[:, None]
    upside = np.maximum(depths - 1 - levels, -1)
    from_root = np.take_along_axis(paths, upside, axis=0)
    # Groups of lines: by the makes of the inner and of the outer elements around them, by row and by list.
    inner = _joined(makes[:OWN])
    outer_levels = np.maximum(depths - OUTER, 0) + levels[: OUTER - 2]
    are_outer = outer_levels < depths - 1
    outer_paths = np.take_along_axis(from_root, np.where(are_outer, outer_levels, -1), axis=0)
    outer = _joined(tree.makes[outer_paths])
    rows = _first_of(paths, (alike >= ROW) & ~kinds[..., -2])
    lists = _first_of(paths[::-1], ((alike >= LIST) & ~kinds[..., -1])[::-1])
    groups = np.array([numbered(group.tolist()) for group in (inner, outer, rows, lists)])
    sizes = [np.log1p(np.bincount(group)[group]) / 3 for group in groups]
    are_new = np.diff(groups, prepend=-1) != 0
    # What is between lines.
    ends = np.array([_END])
    edges = np.concatenate([ends, tree.between(from_root), ends])
    marks = np.log1p(tree.marks_between(owners)) / 2
    numbers = [
        kinds[:OWN, :, : len(TAGS)].any(0),
        words[..., 0].any(0),
        kinds[..., 0].any(0),
        depths / 20,
        np.diff(depths, prepend=depths[0]) / 4,
        edges[:-1][:, [1, 0, 2, 3, 4]],
        edges[1:],
        *sizes[:2],
        np.diff(owners, prepend=-1) == 0,
        *sizes[2:],
        *are_new[2:],
        marks[:-1],
        marks[1:],
        words[: OUTER - 1, :, 1:].any(0),
        words[:NEAREST, :, 1:].any(0),
    ]
    return Places(np.column_stack(numbers).astype(np.float32), groups)


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
