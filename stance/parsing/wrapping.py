"""Undo what text browsers and mail programs do to a page: cut lines at a width, number links, mark up.

A paragraph cut into lines of 72 columns reads as a list of headings; a button with a link's number is no button. A page
is changed only where its form as a whole says so: lines that end where the next word would not have fitted, a list of
references that explains the numbers, links in brackets. Spans still count characters of the page as it was saved.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from stance.parsing.lines import Line, split_lines

WIDTHS = range(56, 101)
"""Columns at which programs cut: 72 (mail), 78 (Markdown writers), 80 (terminals), with their indents."""

RAGGED = 12
"""Columns that a cut line falls short of the width at most: the length of a word."""

CUT_LINES, CUT_SHARE = 8, 0.5
"""So many lines, and this share of the longer lines that go on, end where the next word would not have fitted."""

LONGER = 40
"""Columns from which a line is long enough to tell."""

OUTLIERS = 0.02
"""Lines beyond the width: those that a program would not cut, such as tables."""

UNBREAKABLE = 40
"""A word as long as this, an address, may stand out of the width."""

MARKS = 3
"""Links in brackets, or with a number, that make a page one that marks links."""

_LINK_NUMBER = re.compile(r"\[\d{1,4}\](?!\()")
_ADDRESS = re.compile(r"(?:https?|ftp|mailto|file):")
_LINK = re.compile(r"(!?)\[([^\[\]]{0,300})\]\(<?[^()<>\s]{0,500}>?(?:\s\"[^\"]{0,200}\")?\)")
_HEADING = re.compile(r"#{1,6}\s+(?=\S)")
_STAR = re.compile(r"[*+-]\s+(?=\S)")
_EMPHASIS = re.compile(r"(?<!\w)(?:\*\*|__)(?=\S)|(?<=\S)(?:\*\*|__)(?!\w)")
_ESCAPE = re.compile(r"\\([-.\[\]*_#+>!(){}`])")
_QUOTE_MARKS = re.compile(r"(?:>\s?){0,20}")


def read_lines(text: str) -> tuple[Line, ...]:
    """Split a text into its lines, those that a program has cut joined again and its marks taken off.

    :param text: Any text; one without the form of such a program is only split.
    """
    lines = _without_numbered_links(split_lines(text))
    width = wrap_width(lines)
    return _without_markup(_joined(lines, width) if width else lines)


def wrap_width(lines: Sequence[Line]) -> int | None:
    """Tell at which column the lines of a page were cut; None where they were not."""
    widths = sorted(_width(line) for line in lines if not _unbreakable(line))
    if len(widths) < CUT_LINES:
        return None
    width = widths[int((len(widths) - 1) * (1 - OUTLIERS))]
    if width not in WIDTHS:
        return None
    going_on = [(a, b) for a, b in pairwise(lines) if not b.gap and _width(a) >= LONGER]
    cut = sum(width - RAGGED <= _width(a) <= width and _is_cut(a, b, width) for a, b in going_on)
    return width if cut >= CUT_LINES and cut >= CUT_SHARE * len(going_on) else None


def _width(line: Line) -> int:
    return line.indent + line.end - line.start


def _unbreakable(line: Line) -> bool:
    return len(line.text) >= UNBREAKABLE and any(len(word) >= UNBREAKABLE for word in line.text.split())


def _is_cut(line: Line, following: Line, width: int) -> bool:
    """Whether the first word of the next line would not have fitted."""
    return _width(line) + 1 + len(_QUOTE_MARKS.sub("", following.text, count=1).split(" ", 1)[0]) > width


def _joined(lines: Sequence[Line], width: int) -> tuple[Line, ...]:
    """Join the lines that were cut; a line's text is gathered before it is joined, so the cost is linear."""
    groups: list[list[Line]] = []
    for line in lines:
        if groups and _goes_on(groups[-1], line, width):
            groups[-1].append(line)
        else:
            groups.append([line])
    return tuple(_join(group) for group in groups)


def _goes_on(group: Sequence[Line], line: Line, width: int) -> bool:
    above = group[-1]
    if line.gap or line.bullet or line.indent < group[0].indent or _marks(above) != _marks(line):
        return False
    if _STAR.match(line.text) or _HEADING.match(line.text) or (line.number and line.indent <= group[0].indent):
        return False
    near = _width(above) > width - 2 * RAGGED or _is_open(above.text)
    return near and _is_cut(above, line, width)


def _is_open(text: str) -> bool:
    """Whether a link begins in a line and does not end in it."""
    return text.count("[") > text.count("]") or text.count("](") > text.count(")")


def _marks(line: Line) -> str:
    """The marks of a quote that a line begins with."""
    found = _QUOTE_MARKS.match(line.text)
    return found[0].replace(" ", "") if found else ""


def _join(group: Sequence[Line]) -> Line:
    if len(group) == 1:
        return group[0]
    rest = (_QUOTE_MARKS.sub("", line.full, count=1) for line in group[1:])
    return replace(group[0], end=group[-1].end, text=" ".join((group[0].text, *rest)))


def _without_numbered_links(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Take off the numbers of links where the page ends in the list that explains them."""
    end = next((i for i in range(len(lines) - 1, -1, -1) if lines[i].key in ("references", "visible links")), None)
    if end is None or end + 1 == len(lines):
        return tuple(lines)
    listed = sum(bool(_ADDRESS.match(line.text)) for line in lines[end + 1 :])
    marked = sum(bool(_LINK_NUMBER.search(line.text)) for line in lines[:end])
    if marked < MARKS or listed < MARKS or listed * 2 < len(lines) - end - 1:
        return tuple(lines)
    return _with_texts([(line, _LINK_NUMBER.sub("", line.text).strip()) for line in lines[:end]])


def _without_markup(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Take off the marks of Markdown where the page has links in its form."""
    if sum(bool(_LINK.search(line.text)) for line in lines) < MARKS:
        return tuple(lines)
    return _with_texts([(_bulleted(line), _plain(line.text)) for line in lines])


def _bulleted(line: Line) -> Line:
    return replace(line, bullet=True) if _STAR.match(line.text) else line


def _plain(text: str) -> str:
    text = _HEADING.sub("", text, count=1) if _HEADING.match(text) else text
    text = _STAR.sub("", text, count=1) if _STAR.match(text) else text
    text = _LINK.sub(lambda link: "" if link[1] else link[2], text)
    return _ESCAPE.sub(r"\1", _EMPHASIS.sub("", _LINK.sub(lambda link: link[2], text))).strip()


def _with_texts(pairs: Sequence[tuple[Line, str]]) -> tuple[Line, ...]:
    """Give lines their new texts; the blank lines above one that has none are those of the next."""
    kept: list[Line] = []
    gap = 0
    for line, text in pairs:
        gap = max(gap, line.gap)
        if text:
            kept.append(line if text == line.text and gap == line.gap else replace(line, text=text, gap=gap))
            gap = 0
    return tuple(kept)
