"""Find the lines above and below a comment section: headings, counts, orders, ends, footers."""

import re
from collections.abc import Sequence
from itertools import pairwise

from stance.parsing.counts import stated_in_line
from stance.parsing.dates import has_digit, is_moment
from stance.parsing.lines import Cues, Line, letter_words, once
from stance.parsing.phrases import phrases

PAGING = frozenset(phrases("section.paging"))

HEADING_WORDS = 30
"""A heading repeats the title of the article at most."""

SECTION_ENDS = Cues(phrases("section.ends"))

SORTS = Cues(phrases("section.orders"))

COUNT_IN_HEADING = re.compile(r"(?<!\d)\d[\d ]{0,8}(?!\d)")


def is_paging(line: Line) -> bool:
    """Return whether a line leads to further pages of comments: "1 2 3 … 5 Next"."""
    # A longer line leads to more pages than a thread has.
    if len(line.text) > 600 or (line.opening.isalpha() and line.opening not in PAGING):
        return False
    # The number of a page has no more.
    numbers = [int(word) for word in line.text.split() if word.isdecimal() and len(word) <= 6]
    if len(numbers) < 2 or not PAGING.issuperset(letter_words(line.text)):
        return False
    return line.has_letters or all(a < b for a, b in pairwise(numbers))  # "12 12" are votes up and down


_HEADINGS = Cues(phrases("section.headings"))

_LISTS = Cues(phrases("article.related"))

MARKS = Cues(phrases("section.marks"))
"""Cues of a comment system whose comments have only names and blank lines between them."""

_SECTION_CUES = Cues(phrases("section.headings", "section.ends", "article.related", "section.orders", "section.marks"))
"""Cues of all kinds together: one search excludes most lines."""

_FOOTER = re.compile(r"©|(?:\(c\)|copyright)\W{0,3}(?:©\W{0,3}|\(c\)\W{0,3})?(?:19|20)\d\d(?!\d)", re.IGNORECASE)


def cued_lines(lines: Sequence[Line]) -> list[int]:
    """Find the lines that are a cue of a section; all others are neither a heading, nor a mark, nor an end."""
    texts = {line.text: line for line in lines if not is_moment(line.text)}  # buttons come again
    cues = {text for text, line in texts.items() if _SECTION_CUES.match(line) or is_paging(line) or is_footer(line)}
    return [i for i, line in enumerate(lines) if line.text in cues]


@once
def is_heading(line: Line) -> bool:
    """Return whether a line opens a comment section, as far as a line alone can tell."""
    if not _HEADINGS.match(line) or line.words > HEADING_WORDS or line.text.endswith("."):
        return False
    return not line.bullet or any(map(str.isdigit, line.key))  # "• Comments" is in a menu


def is_sort(line: Line) -> bool:
    """Return whether a line tells, or offers to choose, in which order comments stand."""
    return SORTS.match(line) and line.words <= 10


@once
def is_end(line: Line) -> bool:
    """Return whether a line ends a comment section, as far as a line alone can tell."""
    return SECTION_ENDS.match(line)


def is_footer(line: Line) -> bool:
    """Return whether a line names the owner of the site, or in a comment the author of a quotation: "© Mark Twain"."""
    return _FOOTER.match(line.text) is not None and line.words <= HEADING_WORDS


def leads_to_comments(line: Line) -> bool:
    """Return whether a line above the first comment is a heading, an order of sorting, a mark or an end."""
    return is_heading(line) or is_sort(line) or is_end(line) or MARKS.match(line)


def leads_elsewhere(lines: Sequence[Line]) -> bool:
    """Return whether a list of other stories begins among some lines."""
    # Words of a heading of other stories at most.
    return any(line.words <= 6 and not line.ends_sentence and _LISTS.match(line) for line in lines)


def stated_count(lines: Sequence[Line]) -> int | None:
    """Read the page's own count of comments off the last heading that has one."""
    for line in reversed(lines):
        if is_heading(line) and (count := COUNT_IN_HEADING.search(line.key)):
            return int(count[0].replace(" ", ""))
        if (stated := _count_in(line)) is not None:
            return stated
    return None


@once
def is_count(line: Line) -> bool:
    """Return whether a line counts comments, be it in words that no list of headings has."""
    return _count_in(line) is not None


def _count_in(line: Line) -> int | None:
    # Words and characters of a line that counts comments in words that no list of headings has, at most.
    if len(line.text) > 100 or not has_digit(line.text) or line.words > 12 or is_moment(line.text):
        return None
    return stated_in_line(line)
