"""Undo what text browsers and mail programs do to a page: cut lines at a width, number links, mark up.

A paragraph cut into lines of 72 columns reads as a list of headings; a button with a link's number is no button. A page
is changed only where its form as a whole says so: lines that end where the next word would not have fitted, a list of
references that explains the numbers, links in brackets. Spans still count characters of the page as it was saved.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise

from stance.parsing.headings import cued_lines
from stance.parsing.line_parts import Part, Reading, read_line, read_page
from stance.parsing.lines import Line, split_lines

WIDTHS = range(56, 101)
"""Columns at which programs cut: 72 (mail), 78 (Markdown writers), 80 (terminals), with their indents."""

RAGGED = 12
"""Columns that a cut line falls short of the width at most: the length of a word."""

CUT_LINES, CUT_SHARE = 8, 0.5
"""So many lines, and this share of the longer lines that go on, end where the next word would not have fitted."""

FEW_LINES, FEW_SHARE = 5, 0.9
"""The same for a short page, which has fewer of them: nearly all must."""

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
_THREAD_MARKS = re.compile(r"(?:[>|│┃]\s{0,3}){1,20}")
_OPENERS = frozenset({Part.SAYS, Part.NAMED_STAMP, Part.STAMP})
_QUOTE_MARKS = re.compile(r"(?:>\s?){0,20}")


@dataclass(frozen=True)
class Dump:
    """The lines of a page, with what several readings of it need."""

    lines: Sequence[Line]

    @cached_property
    def readings(self) -> list[Reading]:
        """The part of a comment section that each line is."""
        return read_page(self.lines)

    @cached_property
    def cued(self) -> list[int]:
        """The lines that are a cue of a section."""
        return cued_lines(self.lines)


def read_lines(text: str) -> tuple[Line, ...]:
    """Split a text into its lines, those that a program has cut joined again and its marks taken off.

    :param text: Any text; one without the form of such a program is only split.
    """
    lines = _without_numbered_links(split_lines(text))
    width = wrap_width(lines)
    return _without_thread_marks(_without_markup(_joined(lines, width) if width else lines))


def wrap_width(lines: Sequence[Line]) -> int | None:
    """Tell at which column the lines of a page were cut; None where they were not."""
    beyond = (line for line in lines if _width(line) >= WIDTHS.stop and not _unbreakable(line))
    if next(islice(beyond, int(len(lines) * OUTLIERS) + 1, None), None):
        return None  # more than the outliers, as on most pages
    widths = sorted(_width(line) for line in lines if not _unbreakable(line))
    if len(widths) < CUT_LINES:
        return None
    outliers = int(len(widths) * OUTLIERS)
    longest = dict.fromkeys(
        (widths[-1 - outliers], widths[-2 - outliers])
    )  # of a short page, none or one is an outlier
    going_on = [(a, b) for a, b in pairwise(lines) if not b.gap and _width(a) >= LONGER]
    return next((width for width in longest if width in WIDTHS and _are_cut(going_on, width)), None)


def _are_cut(going_on: Sequence[tuple[Line, Line]], width: int) -> bool:
    """Whether lines that go on in the next end where its first word would not have fitted."""
    cut = sum(width - RAGGED <= _width(a) <= width and _is_cut(a, b, width) for a, b in going_on)
    needed = CUT_SHARE if cut >= CUT_LINES else FEW_SHARE
    return cut >= FEW_LINES and cut >= needed * len(going_on)


def _width(line: Line) -> int:
    return line.indent + line.end - line.start


def _unbreakable(line: Line) -> bool:
    return len(line.text) >= UNBREAKABLE and max(map(len, line.text.split())) >= UNBREAKABLE


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
    return group[0]._replace(end=group[-1].end, text=" ".join((group[0].text, *rest)))


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
    if sum("](" in line.text and bool(_LINK.search(line.text)) for line in lines) < MARKS:
        return tuple(lines)
    return _with_texts([(_bulleted(line), _plain(line.text)) for line in lines])


def _bulleted(line: Line) -> Line:
    return line._replace(bullet=True) if _STAR.match(line.text) else line


def _plain(text: str) -> str:
    text = _HEADING.sub("", text, count=1) if _HEADING.match(text) else text
    text = _STAR.sub("", text, count=1) if _STAR.match(text) else text
    text = _LINK.sub(lambda link: "" if link[1] else link[2], text)
    return _ESCAPE.sub(r"\1", _EMPHASIS.sub("", _LINK.sub(lambda link: link[2], text))).strip()


def _without_thread_marks(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Make an indent of the ">" or "|" before replies.

    Quotations are marked so, too: below one stands what is said to it, below a reply the next comment.
    """
    kept: list[tuple[Line, str]] = []
    position = 0
    for start, end in _marked_runs(lines):
        depths = _reply_depths(lines[start:end]) if _opens(lines, end) else []
        if depths:
            kept += [(line, line.text) for line in lines[position:start]]
            kept += [_indented(line, depths) for line in lines[start:end]]
            position = end
    return _with_texts([*kept, *((line, line.text) for line in lines[position:])]) if kept else tuple(lines)


def _marked_runs(lines: Sequence[Line]) -> list[tuple[int, int]]:
    """List the runs of lines that begin with a mark."""
    marked = [i for i, line in enumerate(lines) if line.text.startswith((">", "|", "│", "┃"))]
    starts = [i for above, i in pairwise((-2, *marked)) if i > above + 1]
    ends = [i + 1 for i, below in pairwise((*marked, len(lines) + 1)) if below > i + 1]
    return list(zip(starts, ends, strict=True))


def _opens(lines: Sequence[Line], start: int) -> bool:
    """Whether a comment, or nothing, begins at a line: its name, or the date below that."""
    following = lines[start : start + 2]
    return not following or any(read_line(line).part in _OPENERS for line in following)


def _reply_depths(run: Sequence[Line]) -> list[int]:
    """List how many marks stand before the names and dates of a run of lines; none where it opens with neither."""
    plain = [(_thread_marks(line), line._replace(text=_THREAD_MARKS.sub("", line.text, count=1))) for line in run]
    depths = [len(marks) for marks, line in plain if line.text and read_line(line).part in _OPENERS]
    return sorted(set(depths)) if _opens([line for _, line in plain if line.text][:2], 0) else []


def _thread_marks(line: Line) -> str:
    """The marks of a reply that a line begins with."""
    found = _THREAD_MARKS.match(line.text)
    return "".join(found[0].split()) if found else ""


def _indented(line: Line, depths: Sequence[int]) -> tuple[Line, str]:
    """Take off the marks that a reply of that depth has; what a line has more of marks a quotation in the reply."""
    marks = len(_thread_marks(line))
    depth = max((depth for depth in depths if depth <= marks), default=depths[0])
    text = re.sub(rf"(?:[>|│┃]\s{{0,3}}){{1,{depth}}}", "", line.text, count=1)
    start = line.end - len(text) if line.end - line.start == len(line.text) else line.start
    return line._replace(start=start, indent=line.indent + depth), text


def _with_texts(pairs: Sequence[tuple[Line, str]]) -> tuple[Line, ...]:
    """Give lines their new texts; the blank lines above one that has none are those of the next."""
    kept: list[Line] = []
    gap = 0
    for line, text in pairs:
        gap = max(gap, line.gap)
        if text:
            kept.append(line if text == line.text and gap == line.gap else line._replace(text=text, gap=gap))
            gap = 0
    return tuple(kept)
