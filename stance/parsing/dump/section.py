"""Separate comments of a dump from other lists, name their layout, and read those with only names and blank lines.

A list of stories counts the comments of each, a report has few writers, and the post that opens a thread is its
article. Comments without dates, buttons or words around them are parted by their blank lines.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from stance.parsing.dump.page import HEAD_REACH, Dump, Section
from stance.parsing.layouts import TEXT_LAYOUTS, Form, TextLayout
from stance.parsing.line_parts import (
    MARKS,
    Entry,
    Part,
    clean_name,
    is_count,
    is_heading,
    says_none,
    stated_count,
)
from stance.parsing.lines import Line, name_like, prose_words, split_lines

ARTICLE_WORDS = 15
"""Words of paragraphs that make an article."""

MARK_REACH = 15
"""Lines within which the marks of one layout stand."""

PER_COMMENT = 3
"""Minimum number of lines that count comments for each to be of a story."""

FEWEST_STORIES, REPORTERS = 3, 2
"""Minimum number of texts of one writer that are stories, or of few that are a report; maximum number of these few."""

LEAST_FOUND, MOST_FOUND = 0.5, 1.2
"""Minimum and maximum number of comments, as a share of the stated number, that agree with it."""

_BLANKS = tuple(layout for layout in TEXT_LAYOUTS if Form.BLANKS in layout.forms)
_FORMS = {Part.SAYS: Form.SAYS, Part.NAMED_STAMP: Form.NAMED_STAMP, Part.STAMP: Form.STAMP}
_BELOW = {Form.NAMED_STAMP: Form.NAMED_STAMP_BELOW, Form.STAMP: Form.STAMP_BELOW}


# What comments are ----------------------------------------------------------------------------------------------------


def form_of(parts: Mapping[tuple[Part, bool], int], count: int) -> Form | None:
    """Return the form of the headers of some comments, if half of them have it.

    :param parts: The number of comments with a line of each part above (False) or below (True) the text.
    :param count: The number of comments.
    """
    _, is_below = max(((part, is_below) for part in _FORMS for is_below in (False, True)), key=lambda key: parts[key])
    form = next((form for part, form in _FORMS.items() if 2 * parts[part, is_below] >= count), None)
    return _BELOW.get(form, form) if form and is_below else form


def layout_of(page: Dump, start: int, end: int, form: Form) -> str:
    """Return the name of the first layout with the form and marks of the comments in ``lines[start:end]``."""
    cues = {page.lines[i].cue: page.lines[i] for i in page.cued if start - MARK_REACH <= i < end}
    for layout in (layout for layout in TEXT_LAYOUTS if form in layout.forms):
        if not layout.marks or sum(map(MARKS[layout.name].match, cues.values())) >= layout.needed:
            return layout.name
    return TEXT_LAYOUTS[-1].name


def is_desk(entries: Sequence[Entry]) -> bool:
    """Return whether one has written all texts, and no time of day is told: an author's stories."""
    names = {entry.author for entry in entries}
    return (
        len(entries) >= FEWEST_STORIES
        and len(names) == 1
        and not any("T" in (entry.posted or "T") for entry in entries)
    )


def is_report(section: Section, prose_above: int) -> bool:
    """Return whether the entries below a count of comments are rather the article: posts of few writers."""
    posts = len(section.entries)
    if prose_above >= ARTICLE_WORDS or (posts > 1 and _as_stated(section)):
        return False
    return posts == 1 or (
        len({entry.author or "" for entry in section.entries}) <= REPORTERS and posts >= FEWEST_STORIES
    )


def count_comments(lines: Sequence[Line], entries: int) -> bool:
    """Return whether half as many lines as there are entries count comments: "Ann | 3 May | Comments (3)"."""
    parts = (split_lines(line.text.replace("|", "\n")) if "|" in line.text else (line,) for line in lines)
    counts = sum(any(map(is_count, own)) for own in parts)
    return counts >= PER_COMMENT and counts * 2 >= entries


def without_opening(lines: Sequence[Line], section: Section) -> Section:
    """Return a section without the post that opens a thread: where no article stands above, it is the article."""
    if len(section.entries) < 2 or prose_words(lines[: section.start]) >= ARTICLE_WORDS:
        return section
    last = section.entries[0].lines[-1]
    start = next((i + 1 for i in range(section.start, section.end) if lines[i] is last), section.start)
    return replace(section, start=start, entries=section.entries[1:], opening=section.entries[0])


def _as_stated(section: Section) -> bool:
    stated = section.stated or 0
    return bool(stated) and LEAST_FOUND * stated <= len(section.entries) <= MOST_FOUND * stated


# Names and blank lines alone ------------------------------------------------------------------------------------------


def unmarked_section(page: Dump, quotes_above: Callable[[int], Callable[[Line], bool]]) -> Section | None:
    """Find a section with only names and blank lines between its comments.

    :param quotes_above: Given an index, makes a test of whether a line repeats what the article above it says.
    """
    lines = page.lines
    for layout in _BLANKS:
        bounds = _marked_bounds(page, layout)
        if bounds is None:
            continue
        opening, start = bounds
        end = next((i for i in page.stops if i >= start), len(lines))
        if any(page.readings[i].part in _FORMS for i in range(start, end)):
            continue  # dates tell them apart
        if start == end or says_none(lines[max(opening - HEAD_REACH, 0) : start]):
            continue
        if not any(line.gap for line in lines[start + 1 : end]) and end - start > 1:
            continue
        if entries := split_by_blanks(lines[start:end], quotes_above(opening)):
            headings = tuple(lines[i] for i in page.cued if opening <= i < end and is_heading(lines[i]))
            stated = stated_count(lines[opening:start])
            return Section(opening, end, entries, layout.name, stated, Form.BLANKS, headings)
    return None


def _marked_bounds(page: Dump, layout: TextLayout) -> tuple[int, int] | None:
    """Find the first group of enough different marks: its first line, and the line below its last."""
    marks = [i for i in page.cued if MARKS[layout.name].match(page.lines[i])]
    for position, first in enumerate(marks):
        group = [i for i in marks[position : position + MARK_REACH] if i - first < MARK_REACH]
        if len({page.lines[i].cue for i in group}) >= layout.needed:
            return first, group[-1] + 1
    return None


Block = Sequence[Line]
NAME, START, CONTINUATION = ROLES = range(3)
"""Roles of a block of lines."""

NEVER = 100.0

# Prices, found on seed 000 and on pages re-flattened to its form (those named a-m). What matters is their order: two
# names in a row and a name without a comment are worse than a name that looks odd, which is worse than a missing blank
# line. A longer way round any of them costs more than one of them.
FOLLOWS = {
    # (role of the block above, role of the block): with a single blank line between them, with more
    (NAME, NAME): (6.0, 6.0),
    (NAME, START): (0.0, 3.0),
    (NAME, CONTINUATION): (NEVER, NEVER),
    (START, NAME): (0.0, 1.0),
    (START, START): (4.0, 0.0),
    (START, CONTINUATION): (3.0, 6.0),
}
NAME_AT_END = 6.0
UNLIKELY_NAME = 8.0


def split_by_blanks(lines: Sequence[Line], is_quote: Callable[[Line], bool]) -> tuple[Entry, ...]:
    """Split a section into comments by its blank lines.

    :param lines: The section, its cues left out.
    :param is_quote: Whether a line repeats the article; what follows such a line answers it.
    """
    blocks: list[list[Line]] = []
    for line in lines:
        if line.gap or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    found: list[Entry] = []
    author: str | None = None
    for block, role in zip(blocks, _cheapest(blocks, is_quote), strict=True):
        if role == NAME:
            author = clean_name(block[0].text)
        elif role == CONTINUATION and found:
            found[-1] = found[-1]._replace(lines=(*found[-1].lines, *block))
        else:
            found.append(Entry(tuple(block), author))
            author = None
    return tuple(found)


def _cheapest(blocks: Sequence[Block], is_quote: Callable[[Line], bool]) -> list[int]:
    """Find the cheapest role of each block, at least one, in one pass forward and one back."""
    times = Counter(block[0].text for block in blocks if len(block) == 1)
    costs = [*_own_costs(blocks[0], times)[:2], NEVER]
    back: list[list[int]] = []
    for above, block in pairwise(blocks):
        answers = block[0].gap == 1 and all(map(is_quote, above))
        step, reached = list[int](), list[float]()
        for role, own in zip(ROLES, _own_costs(block, times), strict=True):
            prices = [costs[before] + _step_cost(before, role, block[0].gap, answers) for before in ROLES]
            step.append(min(ROLES, key=prices.__getitem__))
            reached.append(min(prices) + own)
        back.append(step)
        costs = reached
    costs[NAME] += NAME_AT_END
    roles = [min(ROLES, key=costs.__getitem__)]
    for step in reversed(back):
        roles.append(step[roles[-1]])
    return roles[::-1]


def _step_cost(before: int, role: int, gap: int, answers: bool) -> float:
    if answers and before != NAME and role == CONTINUATION:
        return 0.0
    return FOLLOWS[min(before, START), role][gap >= 2]


def _own_costs(block: Block, times: Counter[str]) -> tuple[float, float, float]:
    """Price a block as a name, as a comment and as more of it: a short line seen more than once is rather a name."""
    text = block[0].text
    could_be = name_like(text)
    start = 1.0 if len(block) == 1 and times[text] > 1 and could_be else 0.0
    if len(block) > 1 or (times[text] < 2 and not name_like(text, words=10, characters=80)):
        return UNLIKELY_NAME, start, 0.0
    cost = 0.0 if times[text] > 1 else 0.5
    cost += max(len(text.split()) - 4, 0) * 0.7
    return cost + (0.3 if text[0].islower() else 0.0) + (0.0 if could_be else 2.0), start, 0.0
