"""Read the lines of a text: those that a program has cut joined again, its marks taken off, copies left out."""

import re
from collections.abc import Iterator
from itertools import chain, groupby, pairwise

from stance.parsing.bylines import ends_in_credit
from stance.parsing.dates import find_date, has_digit
from stance.parsing.dump.browsers import without_bullets, without_pictures
from stance.parsing.dump.line_forms import FEWEST
from stance.parsing.line_parts import HEADERS, read_line
from stance.parsing.lines import Line, Lines, name_like, split_lines
from stance.parsing.unwrapping import unwrap_lines, with_texts

_MARK = r"[>|│┃]\s{0,3}"

_MARKS = re.compile(rf"(?:{_MARK}){{1,20}}")

TWICE_WORDS = 5
"""Minimum words of a line of prose that is a copy where the line above is equal."""

_TOWN = re.compile(r"[A-Z][^\W\d_]+(?:[ .'-]{1,2}[^\W\d_]+){0,3}, [A-Z]{2}")

_TWICE = re.compile(r"(?<!\w)(\D{0,12}\d{1,2}\W[^\d]{2,24}|\d[\d./:\s-]{6,20})\1$")


def read_lines(text: str) -> tuple[Line, ...]:
    """Split a text into its lines with text, those that a program has cut joined again and its marks taken off."""
    lines = with_texts([*_once(unwrap_lines(without_pictures(without_bullets(split_lines(text)))))])
    if not any(_MARKS.match(line.text) for line in lines):
        return lines
    runs = [list(run) for _, run in groupby(lines, lambda line: _MARKS.match(line.text) is not None)]
    pairs = (_without_marks(run, below) for run, below in pairwise((*runs, [])))
    return with_texts([*chain.from_iterable(pairs)])


def _once(lines: Lines) -> Iterator[tuple[Line, str]]:
    """Yield lines with what a page holds twice, for two sizes of a screen, once: a date, or a text below its excerpt.

    A first and a last name in two lines, below "Posted by" and above a date, are one; towns below names go.
    """
    words = {i for i, line in enumerate(lines) if line.text.isalpha() and line.text.istitle()}
    names = {i - 1 for i in words if i + 1 in words and _is_split_name(lines, i)}
    towns = {i for i in range(1, len(lines)) if _TOWN.fullmatch(lines[i].text) and name_like(lines[i - 1].text)}
    towns = towns if len(towns) >= FEWEST else set()
    for i, (above, line) in enumerate(zip((None, *lines), lines, strict=False)):
        # Maximum number of characters of a date.
        may_be_twice = line.text[-4:] in line.text[-80:-4] and has_digit(line.text[-40:])
        twice = _TWICE.search(line.text, len(line.text) - 80) if may_be_twice else None
        if (
            not {i, i - 2}.isdisjoint(names)
            or i in towns
            or (above and line.prose and line.words >= TWICE_WORDS and above.full == line.full)
        ):
            yield line, ""
        elif i - 1 in names:
            yield line, f"{line.text} {lines[i + 1].text}"
        else:
            yield line, line.text[: twice.end(1)] if twice and find_date(twice[1]) else line.text


def _is_split_name(lines: Lines, start: int) -> bool:
    """Return whether "Posted by" is above two lines, and a date below them."""
    if not 0 < start < len(lines) - 2 or not ends_in_credit(lines[start - 1].text):
        return False
    date = find_date(lines[start + 2].text)
    return date is not None and date.start == 0


def _without_marks(run: Lines, below: Lines) -> Iterator[tuple[Line, str]]:
    """Make an indent of the ">" or "|" before replies; further marks are of quotations.

    Quotations alone are marked so, too: below one is what is said to it, below a reply the next comment.

    :param run: Lines of which all have marks, or none.
    :param below: The lines that follow it.
    """
    marks = [match[0] if (match := _MARKS.match(line.text)) else "" for line in run]
    plain = [line._replace(text=line.text.removeprefix(mark)) for line, mark in zip(run, marks, strict=True)]
    sizes = [len(re.findall(_MARK, mark)) for mark in marks]
    is_reply = marks[0] and _opens(below) and _opens([line for line in plain if line.text])
    replies = zip(plain, sizes, strict=True) if is_reply else ()
    depths = {size for line, size in replies if read_line(line).part in HEADERS}
    for line, size in zip(run, sizes, strict=True):
        depth = max((level for level in depths if level <= size), default=0)
        text = re.sub(rf"(?:{_MARK}){{0,{depth}}}", "", line.text, count=1)
        start = line.end - len(text) if line.end - line.start == len(line.text) else line.start
        yield (line._replace(start=start, indent=line.indent + depth) if depth else line), text


def _opens(lines: Lines) -> bool:
    """Return whether a comment, or nothing, begins at the first line: its name, or the date below that."""
    return not lines or any(read_line(line).part in HEADERS for line in lines[:2])
