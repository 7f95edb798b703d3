"""Read letters below an article: texts that end with the name and the town of their writer, as papers print them."""

import re
from collections.abc import Iterator, Sequence
from itertools import groupby, pairwise
from operator import attrgetter
from typing import NamedTuple

from stance.datamodels import Comment, Strings
from stance.parsing.bylines import FULL_NAME
from stance.parsing.line_parts import HEADERS, read_line
from stance.parsing.lines import Line, Lines, cues, prose_words
from stance.parsing.thread import Method, Thread

FEWEST, MOST_LINES, MOST_WORDS, ABOVE = 3, 20, 8, 60
"""Minimum number of letters; maximum lines of one, and maximum words of its title; minimum words of the article."""

SIGNED = re.compile(
    rf"([-–—~]?)\s?({FULL_NAME.pattern})(,|\s\(|(?<=\w\w)\.|\s[–—-])\s?((?:\d{{4,5}}\s)?[^\W\d_a-z][^\d;:!?)]{{1,28}}"
    r"|[^\d;:!?]{0,16}(?:[Mm]ail|courriel|correo|e-?post|почт)[^\d;:!?]{0,16})\)?\.?$"
)
"""Pattern of the end of a letter: a dash, a name, a sign, a town or words such as "by mail"."""


class _Signature(NamedTuple):
    """The name and the town at the end of a letter."""

    form: Strings  # the signs around the name, which the letters of a page share
    name: str
    town: str
    line: int
    start: int  # its first character, behind the letter on the same line
    lines: int

    @property
    def stop(self) -> int:
        """The line behind the letter."""
        return self.line + bool(self.start)


def read_letters(lines: Lines) -> Thread | None:
    """Read the letters below an article; None where there are none.

    Three or more end with signatures of one form, in different towns or by mail. A line such as "Letters" stands above
    them, or each has a title. Dates are above comments, not above letters.
    """
    signatures = sorted(_signatures(lines), key=attrgetter("form", "line"))
    runs = (run for _, alike in groupby(signatures, attrgetter("form")) for run in _runs(lines, [*alike]))
    run = max(runs, key=len, default=[])
    towns = {letter.town for letter in run if letter.town[0].isupper()}
    names = {letter.name for letter in run}
    if len(run) < FEWEST or len(names) < len(run) - 1 or len(towns) == 1:
        return None
    first, last = run[0], run[-1]
    stop = last.line + last.lines
    between = [range(one.line + one.lines, two.stop) for one, two in pairwise(run)]
    above = range(first.line - 1, max(first.line - MOST_LINES, 0), -1)
    head = next((i for i in above if cues("section.letters").match(lines[i])), None)
    start = None if head is None else head + 1
    if start is None and all(_is_title(lines[span.start]) for span in between):
        start = next((i for i in above if _is_title(lines[i])), None)
    if start is None or prose_words(lines[:start]) < ABOVE:
        return None
    if any(read_line(line).part in HEADERS for line in lines[start:stop]):
        return None
    spans = [range(start, first.stop), *between]
    comments = tuple(_letter(lines, *pair, n) for n, pair in enumerate(zip(spans, run, strict=True), 1))
    return Thread(comments, Method.FORM, "letters", place=range(start if head is None else head, stop))


def _signatures(lines: Lines) -> Iterator[_Signature]:
    """Yield the names with a town below a paragraph, on one line or two, or behind its last sentence."""
    for i, (above, line, below) in enumerate(zip(lines, lines[1:], (*lines[2:], *lines[-1:]), strict=False), 1):
        if line.ends_sentence and not line.text.endswith(")"):
            continue
        match, size, offset = None, 1, max(len(line.text) - 80, 0)
        if (above.prose or above.ends_sentence) and not offset and not cues("section.letters").match(line):
            match = SIGNED.match(line.text)
            match, size = (match, 1) if match else (SIGNED.match(f"{line.text}, {below.text}"[:80]), 2)
        for end in re.finditer(r"[.!?…][\"”»“)]?\s+", line.text[offset:]) if line.words > MOST_WORDS else ():
            match, size = match or SIGNED.match(line.text, offset + end.end()), 1
        if match:
            dash, name, sign, town = match.groups()
            is_behind = match.start() > 0
            yield _Signature((dash, sign, str(size), str(is_behind)), name, town, i, match.start(), size)


def _runs(lines: Lines, signatures: Sequence[_Signature]) -> list[list[_Signature]]:
    """Part signatures of one form where what is between two is no letter."""
    runs = [[*signatures[:1]]]
    for one, two in pairwise(signatures):
        texts = [lines[i] for i in range(one.line + one.lines, two.stop)]
        texts = texts[bool(texts) and _is_title(texts[0]) :]
        sentences = sum(line.ends_sentence for line in texts[: len(texts) - bool(two.start)]) + bool(two.start)
        is_short = len(texts) <= MOST_LINES and 2 * sentences > len(texts)
        runs += [] if is_short and any(line.words > MOST_WORDS for line in texts) else [[]]
        runs[-1].append(two)
    return runs


def _is_title(line: Line) -> bool:
    return not line.prose and line.words <= MOST_WORDS and line.text[-1:] not in ".,;:"


def _letter(lines: Lines, span: range, signature: _Signature, number: int) -> Comment:
    """Make a comment of the lines of a letter, without its title and signature."""
    body = [lines[i] for i in span[_is_title(lines[span.start]) :]]
    *texts, last = [line.full for line in body]
    last = last[: len(body[-1].number) + signature.start].rstrip() if signature.start else last
    return Comment(f"c{number}", "\n".join((*texts, last)), signature.name, start=body[0].start, end=body[-1].end)
