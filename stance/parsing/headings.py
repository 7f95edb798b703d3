"""The lines above and below a comment section: its headings and orders of sorting, marks, and what ends it."""

import re
from collections.abc import Sequence

from stance.parsing.counts import stated_in_line
from stance.parsing.languages import COMMENT_HEADINGS, NO_COMMENTS, RELATED_HEADINGS, SECTION_ENDS, SORT_LINES
from stance.parsing.layouts import TEXT_LAYOUTS
from stance.parsing.line_parts import is_paging
from stance.parsing.lines import Cues, Line

HEADING_WORDS = 30
"""A heading repeats the title of the article at most."""

SORT_WORDS = 10

COUNT_WORDS, COUNT_CHARACTERS = 12, 100
"""Words and characters of a line that counts comments in words that no list of headings has, at most."""

LIST_WORDS = 6
"""Words of a heading of other stories at most."""

_HEADINGS = Cues(COMMENT_HEADINGS)
_ENDS = Cues(SECTION_ENDS)
_SORTS = Cues(SORT_LINES)
_NONE = Cues(NO_COMMENTS)
_LISTS = Cues(RELATED_HEADINGS)
MARKS = {layout.name: Cues(layout.marks) for layout in TEXT_LAYOUTS if layout.marks}
"""What marks the sections of each layout."""

_CUES = Cues(
    (
        *COMMENT_HEADINGS,
        *SECTION_ENDS,
        *RELATED_HEADINGS,
        *SORT_LINES,
        *(mark for layout in TEXT_LAYOUTS for mark in layout.marks),
    )
)
"""All of these at once; most lines are none of it, which one look tells."""

_FOOTER = re.compile(r"©|(?:\(c\)|copyright)\W{0,3}(?:©\W{0,3}|\(c\)\W{0,3})?(?:19|20)\d\d(?!\d)", re.IGNORECASE)

_COUNT = re.compile(r"(?<!\d)\d[\d ]{0,8}(?!\d)")


def cued_lines(lines: Sequence[Line]) -> list[int]:
    """Find the lines that are a cue of a section; all others are neither a heading, nor a mark, nor an end."""
    return [i for i, line in enumerate(lines) if _CUES.match(line) or is_paging(line) or is_footer(line)]


def is_heading(line: Line) -> bool:
    """Return whether a line opens a comment section, as far as a line alone can tell."""
    if not _HEADINGS.match(line) or line.words > HEADING_WORDS or line.text.endswith("."):
        return False
    return not line.bullet or any(map(str.isdigit, line.key))  # "• Comments" is in a menu


def is_sort(line: Line) -> bool:
    """Return whether a line tells, or offers to choose, in which order comments stand."""
    return _SORTS.match(line) and line.words <= SORT_WORDS


def is_end(line: Line) -> bool:
    """Return whether a line ends a comment section, as far as a line alone can tell."""
    return _ENDS.match(line)


def is_footer(line: Line) -> bool:
    """Return whether a line names the owner of the site, or in a comment the author of a quotation: "© Mark Twain"."""
    return line.text.startswith(("©", "(", "C", "c")) and bool(_FOOTER.match(line.text)) and line.words <= HEADING_WORDS


def leads_to_comments(line: Line) -> bool:
    """Return whether a line above the first comment is none of its own: a heading, an order of sorting, a mark, an end."""
    return is_heading(line) or is_sort(line) or is_end(line) or any(cues.match(line) for cues in MARKS.values())


def leads_elsewhere(lines: Sequence[Line]) -> bool:
    """Return whether a list of other stories begins among some lines."""
    return any(line.words <= LIST_WORDS and not line.ends_sentence and _LISTS.match(line) for line in lines)


def says_none(lines: Sequence[Line]) -> bool:
    """Return whether a page says that nobody has commented."""
    return any(line.words <= HEADING_WORDS and _NONE.match(line) for line in lines) or stated_count(lines) == 0


def stated_count(lines: Sequence[Line]) -> int | None:
    """Read the page's own count of comments off the last heading that has one."""
    for line in reversed(lines):
        if is_heading(line) and (count := _COUNT.search(line.key)):
            return int(count[0].replace(" ", ""))
        if (stated := _count_in(line)) is not None:
            return stated
    return None


def is_count(line: Line) -> bool:
    """Return whether a line counts comments, be it in words that no list of headings has."""
    return _count_in(line) is not None


def _count_in(line: Line) -> int | None:
    if len(line.text) > COUNT_CHARACTERS or not any(map(str.isdigit, line.text)) or line.words > COUNT_WORDS:
        return None
    return stated_in_line(line)
