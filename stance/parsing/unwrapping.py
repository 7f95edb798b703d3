"""Undo the line breaks and the marks of links of text browsers."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from stance.parsing.line_parts import HEADERS, Part, read_line
from stance.parsing.lines import Line, Lines

RAGGED = 12
"""Columns that a cut line falls short of the width at most: the length of a word."""

CUT_LINES = 8

LONG = 40
"""Columns from which a line is long enough to tell."""

OUTLIERS = 0.02
"""Lines beyond the width: those that a program would not cut, such as tables."""

UNBREAKABLE = 40
"""A word as long as this, an address, may stand out of the width."""

LINK_NUMBER = re.compile(r"\[\d{1,4}\](?!\()")

ADDRESS = re.compile(r"(?:https?|ftp|mailto|file):")

HEADING = re.compile(r"#{1,6}\s+(?=\S)")

STAR = re.compile(r"[*+-]\s+(?=\S)")

QUOTE_MARKS = re.compile(r"(?:>\s?){0,20}")


def unwrap_lines(lines: Lines) -> tuple[Line, ...]:
    """Join the lines that a program has cut at a width, and take off its marks of links.

    A page is changed only where its form as a whole says so: lines that end where the next word would not have fitted,
    a list of references that explains the numbers, links in brackets. Spans still count characters of the saved page.
    """
    lines = _without_numbered_links(lines)
    width = wrap_width(lines)
    return _without_markup(_joined(lines, width) if width else lines)


WIDTHS = range(56, 141)
"""Columns at which programs cut: 72 (mail), 78 (Markdown writers), 80 (terminals), with their indents."""

MARKS = 3
"""Links in brackets, or with a number, that make a page one that marks links."""

_LINK = re.compile(r"(!?)\[([^\[\]]{0,300})\]\(<?[^()<>\s]{0,500}>?(?:\s\"[^\"]{0,200}\")?\)")


def wrap_width(lines: Lines) -> int | None:
    """Return the column at which the lines of a page were cut; None where they were not."""
    widths = sorted(_width(line) for line in lines if not _unbreakable(line))
    if len(widths) < CUT_LINES:
        return None
    outliers = int(len(widths) * OUTLIERS)
    longest = widths[-2 - outliers : len(widths) - outliers]  # of a short page, none or one is an outlier
    possible = [width for width in reversed(longest) if width in WIDTHS]
    going_on = [(a, b) for a, b in pairwise(lines) if not b.gap and _width(a) >= LONG]
    return next((width for width in possible if _are_cut(going_on, width)), None)


def _are_cut(going_on: Sequence[tuple[Line, Line]], width: int) -> bool:
    """Return whether lines that go on in the next end where its first word would not have fitted."""
    least = width - RAGGED
    cut = sum(least <= _width(a) <= width and _is_cut(a, b, width) for a, b in going_on)
    if cut < CUT_LINES:  # a short page has fewer of them: nearly all must be cut
        return cut >= 5 and cut >= 0.85 * len(going_on)
    # Else, beside the lines of menus: of the longest lines that go on, three times as many as somewhat shorter ones.
    shorter = sum(least - 2 * RAGGED <= _width(a) < least for a, _ in going_on)
    return 2 * cut >= len(going_on) or cut >= 3 * shorter


def _width(line: Line) -> int:
    return line.indent + line.end - line.start


def _unbreakable(line: Line) -> bool:
    return len(line.text) >= UNBREAKABLE and max(map(len, line.text.split())) >= UNBREAKABLE


def _is_cut(line: Line, following: Line, width: int) -> bool:
    """Return whether the first word of the next line would not have fitted."""
    return _width(line) + 1 + len(QUOTE_MARKS.sub("", following.text, count=1).split(" ", 1)[0]) > width


def _joined(lines: Lines, width: int) -> tuple[Line, ...]:
    """Join the lines that were cut; a line's text is gathered before it is joined, so the cost is linear."""
    groups: list[list[Line]] = []
    times = Counter(line.full for line in lines)
    for line in lines:
        # Minimum number of equal lines that are no parts of texts.
        is_button = times[line.full] >= 3 and line.words > 1
        if groups and not is_button and _goes_on(groups[-1], line, width):
            groups[-1].append(line)
        else:
            groups.append([line])
    return tuple(_join(group) for group in groups)


def _goes_on(group: Lines, line: Line, width: int) -> bool:
    above = group[-1]
    if line.gap or line.bullet or line.indent < group[0].indent or _marks(above) != _marks(line):
        return False
    if STAR.match(line.text) or HEADING.match(line.text) or (line.number and line.indent <= group[0].indent):
        return False
    near = _width(above) > width - 2 * RAGGED or _is_open(above.text)
    return near and _is_cut(above, line, width) and not _is_apart(line) and not _is_apart(above)


def _is_apart(line: Line) -> bool:
    """Return whether a line is all that it says: a button, or a name and a date."""
    part = read_line(line).part
    return part is Part.ACTION or part in HEADERS


def _is_open(text: str) -> bool:
    """Return whether a link begins in a line and does not end in it."""
    return text.count("[") > text.count("]") or text.count("](") > text.count(")")


def _marks(line: Line) -> str:
    """Return the quotation marks that a line begins with."""
    match = QUOTE_MARKS.match(line.text)
    return match[0].replace(" ", "") if match else ""


def _join(group: Lines) -> Line:
    if len(group) == 1:
        return group[0]
    texts = (QUOTE_MARKS.sub("", line.full, count=1) for line in group[1:])
    return group[0]._replace(end=group[-1].end, text=" ".join((group[0].text, *texts)))


def _without_numbered_links(lines: Lines) -> tuple[Line, ...]:
    """Take off the numbers of links where the page ends in the list that explains them."""
    titles = (i for i in range(len(lines) - 1, -1, -1) if lines[i].key in ("references", "visible links"))
    end = next(titles, len(lines))
    listed = sum(ADDRESS.match(line.text) is not None for line in lines[end + 1 :])
    marked = sum(LINK_NUMBER.search(line.text) is not None for line in lines[:end])
    if marked < MARKS or listed < MARKS or listed * 2 < len(lines) - end - 1:
        return tuple(lines)
    return with_texts([(line, LINK_NUMBER.sub("", line.text).strip()) for line in lines[:end]])


def _without_markup(lines: Lines) -> tuple[Line, ...]:
    """Take off the marks of Markdown where the page has links in its form."""
    if sum("](" in line.text and bool(_LINK.search(line.text)) for line in lines) < MARKS:
        return tuple(lines)
    starred = (line._replace(bullet=True) if STAR.match(line.text) else line for line in lines)
    return with_texts([(line, _plain(line.text)) for line in starred])


def _plain(text: str) -> str:
    text = HEADING.sub("", text, count=1) if HEADING.match(text) else text
    text = STAR.sub("", text, count=1) if STAR.match(text) else text
    text = _LINK.sub(lambda link: "" if link[1] else link[2], text)
    text = re.sub(r"(?<!\w)(?:\*\*|__)(?=\S)|(?<=\S)(?:\*\*|__)(?!\w)", "", _LINK.sub(lambda link: link[2], text))
    return re.sub(r"\\([-.\[\]*_#+>!(){}`])", r"\1", text).strip()


def with_texts(pairs: Sequence[tuple[Line, str]]) -> tuple[Line, ...]:
    """Replace the texts of lines; the blank lines above one without text are those of the next."""
    texts = []
    gap = 0
    for line, text in pairs:
        gap = max(gap, line.gap)
        if text:
            texts.append(line if text == line.text and gap == line.gap else line._replace(text=text, gap=gap))
            gap = 0
    return tuple(texts)
