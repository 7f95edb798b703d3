"""Find the lines above and below a comment section: headings, counts, orders, ends, footers."""

import re
from itertools import pairwise

from stance.parsing.counts import stated_in_line
from stance.parsing.dates import has_digit, is_moment
from stance.parsing.lines import Line, Lines, cues, letter_words, once
from stance.parsing.phrases import phrase_set

HEADING_WORDS = 30
"""A heading repeats the title of the article at most."""


def is_paging(line: Line) -> bool:
    """Return whether a line leads to further pages of comments: "1 2 3 … 5 Next"."""
    # A longer line leads to more pages than a thread has.
    if len(line.text) > 600 or (line.opening.isalpha() and line.opening not in phrase_set("section.paging")):
        return False
    # The number of a page has no more.
    numbers = [int(word) for word in line.text.split() if word.isdecimal() and len(word) <= 6]
    if len(numbers) < 2 or not phrase_set("section.paging").issuperset(letter_words(line.text)):
        return False
    return line.has_letters or all(a < b for a, b in pairwise(numbers))  # "12 12" are votes up and down


_FOOTER = re.compile(r"©|(?:\(c\)|copyright)\W{0,3}(?:©\W{0,3}|\(c\)\W{0,3})?(?:19|20)\d\d(?!\d)", re.IGNORECASE)


def cued_lines(lines: Lines) -> list[int]:
    """Find the lines that are a cue of a section; all others are neither a heading, nor a mark, nor an end."""
    texts = {line.text: line for line in lines if not is_moment(line.text)}  # buttons come again
    # All kinds together: one search excludes most lines.
    any_cue = cues("section.headings", "section.ends", "article.related", "section.orders", "section.marks")
    cued = {text for text, line in texts.items() if any_cue.match(line) or is_paging(line) or is_footer(line)}
    return [i for i, line in enumerate(lines) if line.text in cued]


@once
def is_heading(line: Line) -> bool:
    """Return whether a line opens a comment section, as far as a line alone can tell."""
    if not cues("section.headings").match(line) or line.text.endswith("."):
        return False
    return not line.bullet or any(map(str.isdigit, line.key))  # "• Comments" is in a menu


def is_sort(line: Line) -> bool:
    """Return whether a line tells, or offers to choose, in which order comments stand."""
    return cues("section.orders").match(line) and line.words <= 10


@once
def is_end(line: Line) -> bool:
    """Return whether a line ends a comment section, as far as a line alone can tell."""
    return cues("section.ends").match(line)


def is_footer(line: Line) -> bool:
    """Return whether a line names the owner of the site, or in a comment the author of a quotation: "© Mark Twain"."""
    return _FOOTER.match(line.text) is not None and line.words <= HEADING_WORDS


def leads_elsewhere(lines: Lines) -> bool:
    """Return whether a list of other stories begins among some lines."""
    # Words of a heading of other stories at most.
    return any(line.words <= 6 and not line.ends_sentence and cues("article.related").match(line) for line in lines)


def stated_count(lines: Lines) -> int | None:
    """Read the page's own count of comments off the last heading that has one."""
    for line in reversed(lines):
        if is_heading(line) and (count := re.search(r"(?<!\d)\d[\d ]{0,8}(?!\d)", line.key)):
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
