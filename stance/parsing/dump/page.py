"""Describe the lines of a page: their forms, their parts in a comment section, and the end of its last comment."""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from stance.parsing.choosing import PageCounts, count_lines
from stance.parsing.counts import StatedCount, stated_in_lines
from stance.parsing.dates import find_date, find_day, has_digit
from stance.parsing.language import phrases
from stance.parsing.layouts import TEXT_LAYOUTS, Form, TextLayout
from stance.parsing.line_parts import (
    MARKS,
    REFRAIN,
    Entry,
    LineParts,
    Part,
    clean_name,
    cued_lines,
    is_end,
    is_footer,
    is_heading,
    is_paging,
    leads_elsewhere,
    read_line,
    says_none,
    stated_count,
)
from stance.parsing.lines import Line, mask_numbers, name_like, once

MASKED_CHARACTERS = 160
"""A longer line is a paragraph; a header is shorter."""

WHOLE_TOKENS = 14
"""Tokens of a line that can be a template as a whole."""


DATE, CLOCK, NUMBER, NAME, COLON = "D", "T", "#", "N", ":"
"""Classes of lines, as keys: with a date, with a clock time, without a word, like a name, like a name with a colon."""

FEW = 2
"""Maximum times that a page has a line for it to end a section; one with more is a part of each comment."""

SAID_TOO = frozenset(phrases("comment.said_too"))
VERBS, _ANSWERS = frozenset(phrases("comment.says")), frozenset(phrases("comment.reply_to"))
_SAID_TOO = frozenset(phrase.split()[0] for phrase in SAID_TOO)
_BY_BLANKS = tuple(layout for layout in TEXT_LAYOUTS if Form.BLANKS in layout.forms)
HEADERS = frozenset({Part.SAYS, Part.NAMED_STAMP, Part.STAMP})
_MONTHLIKE = r"[^\W\d_]{3,12}"
_OTHER_DATE = re.compile(
    rf"(?<!\d)\d{{1,2}}(?:st|nd|rd|th|[.ºª])?[\s-](?:de\s)?{_MONTHLIKE}[.,]?[\s-](?:de\s)?(?:19|20)\d\d(?!\d)"
    rf"|(?<!\w){_MONTHLIKE}\.?\s\d{{1,2}}(?:st|nd|rd|th)?[.,]?\s(?:(?:19|20)\d\d(?!\d)|(?:[^\W\d_]{{1,4}}\s)?\d{{1,2}}[:.]\d\d)"
    r"|(?<!\d)\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?(?:(?:19|20)\d\d|\d\d)(?!\d)"
)
_CLOCK = re.compile(r"(?<![\d:.,])\d{1,2}[:.h]\d\d(?::\d\d)?(?!\d)(?:\s?[ap]\.?m\b\.?)?", re.IGNORECASE)
_AFTER_DATE = re.compile(r"[\s,|/@·•–—-]{0,4}(?:[^\W\d_]{1,4}\.?\s){0,2}" + _CLOCK.pattern, re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]")
_LETTER = re.compile(r"[^\W\d_]")


class Shape(NamedTuple):
    """The form of a line, whatever its words."""

    text: str  # without the number of a list
    mask: str  # empty for a paragraph
    date: tuple[int, int] | None  # characters of the line that are its date
    clock: bool  # with a time of day, or a time span
    name: bool
    prose: bool
    keys: tuple[str, ...]  # what it can share with other lines, the most specific first


@once
def _shape(line: Line) -> Shape:
    """Reduce a line to its shape."""
    dated = line.number and len(line.text) <= MASKED_CHARACTERS and (found := find_date(line.full)) and not found.start
    text = line.full if dated else line.text  # without the number of a list, unless that is the day of a date
    if len(text) > MASKED_CHARACTERS:
        return Shape(text, "", None, False, False, True, ())
    numbered = has_digit(text)
    date = _date(text)
    masked = f"{text[: date[0]].lower()} {DATE} {text[date[1] :].lower()}" if date else text.lower()
    clock = numbered and _CLOCK.search(masked) is not None
    masked = _CLOCK.sub(f" {CLOCK} ", masked) if clock else masked
    timed = clock or (date is not None and _is_exact(text[date[0] : date[1]]))
    mask = " ".join(_TOKEN.findall(masked))
    mask = mask_numbers(mask) if numbered else mask
    tokens = mask.split(" ") if mask else []
    # Tokens of a line whose date makes it a header; a longer one mentions a date.
    dated = date is not None and len(tokens) <= 16 and "://" not in text
    name = not dated and _is_name(text)
    ends = text.rstrip("\"'”’»“)")[-1:] in ".!?…"
    # A line as long as this is a paragraph, unless it has a date or shares its mask.
    prose = not dated and (len(text) >= 60 or (ends and len(text.split()) >= 4))
    keys = [f"={mask}"] if 0 < len(tokens) <= WHOLE_TOKENS else []
    if dated:
        keys.append(DATE)
    elif not _LETTER.search(text):
        keys.append(CLOCK if clock else NUMBER)
    # Tokens of a line whose clock time makes it a header.
    elif clock and len(tokens) <= 8:
        keys.append(CLOCK)
    # Tokens of an end, and of a beginning, that lines can share.
    keys += ["<" + " ".join(tokens[-size:]) for size in range(min(4, len(tokens) - 1), 0, -1)]
    keys += [">" + " ".join(tokens[:size]) for size in range(min(3, len(tokens) - 1), 0, -1)]
    if name:
        keys += [COLON, NAME] if text.endswith((":", "：")) else [NAME]
    return Shape(text, mask, date if dated else None, timed, name, prose, tuple(keys))


def _date(text: str) -> tuple[int, int] | None:
    """Find the date of a line with its clock time, in a language that ``dates`` knows or in another."""
    if found := find_date(text) or find_day(text):
        start, end = found.start, found.end
    elif has_digit(text) and (other := _OTHER_DATE.search(text)):
        start, end = other.span()
    else:
        return None
    clock = _AFTER_DATE.match(text, end)
    return start, clock.end() if clock else end


def _is_exact(date: str) -> bool:
    """Return whether a date tells the time of day, or how long ago it is."""
    found = find_date(date)
    return ":" in date or (found is not None and ("T" in found.iso if found.iso else bool(_LETTER.search(date))))


def _is_name(text: str) -> bool:
    plain = text.rstrip(":： ")
    # A commenter's name is not longer.
    if len(plain) > 45 or len(plain.split()) > 6 or not _LETTER.search(plain):
        return False
    return name_like(plain) and not re.search(r"[!?…;]|,(?!\s[^\W\da-z])|[^\W\d_]{3,}\.(?:\s|$)|://", plain)


@dataclass(frozen=True)
class CuedLines:
    """The lines of a page, read and cued once for all that need it."""

    lines: Sequence[Line]
    begins: dict[int, float] = field(default_factory=dict)  # lines that may begin a text and how likely, once tagged

    @cached_property
    def readings(self) -> list[LineParts]:
        """Read each line as a part of a comment section."""
        readings = [read_line(line) for line in self.lines]
        words = {i: line.key.rstrip("0123456789 ") for i, line in enumerate(self.lines) if line.opening in _SAID_TOO}
        times = Counter(words.values())
        dates = sum(reading.part in HEADERS for reading in readings) if words else 0
        for i, said in words.items():  # a button stands at most comments; "Thanks!" at one or two is a commenter's
            if dates >= REFRAIN and said in SAID_TOO and times[said] * REFRAIN < max(dates, 2 * REFRAIN):
                readings[i] = LineParts(Part.TEXT)
        for i in range(1, len(readings) - 1):
            below = readings[i + 1].part
            is_above_name = below is Part.TEXT and name_like(self.lines[i + 1].text)  # "In reply to", "Ann"
            is_beside_name = below is Part.STAMP and readings[i - 1].part is Part.TEXT  # "Ann", "commented", "3 May"
            if is_beside_name and self.lines[i].key in VERBS:
                readings[i - 1], readings[i] = (
                    LineParts(Part.SAYS, clean_name(self.lines[i - 1].text)),
                    LineParts(Part.JUNK),
                )
            elif is_above_name and self.lines[i].key in _ANSWERS:
                readings[i] = LineParts(Part.ANSWERED, clean_name(self.lines[i + 1].text))
                readings[i + 1] = LineParts(Part.JUNK)
        return readings

    @cached_property
    def cued(self) -> list[int]:
        """List the lines that are a cue of a section."""
        return cued_lines(self.lines)

    @cached_property
    def headings(self) -> list[int]:
        """List the lines that open a comment section, as far as a line alone can tell."""
        return [i for i in self.cued if is_heading(self.lines[i])]

    @cached_property
    def sole(self) -> list[int]:
        """List the headings that no other one is like."""
        times = Counter(self.lines[i].cue for i in self.headings)
        return [i for i in self.headings if times[self.lines[i].cue] == 1]

    @cached_property
    def stops(self) -> list[int]:
        """List the lines that end a section; one that comes back is a part of each comment."""
        stops = [i for i in self.cued if i not in self.headings and _stops(self.lines[i])]
        ends = Counter(self.lines[i].key for i in stops)
        return [i for i in stops if ends[self.lines[i].key] <= FEW]

    @cached_property
    def shapes(self) -> list[Shape]:
        """Return the shapes of the lines; those of headings and ends of sections are not like names."""
        cued = {*self.sole, *self.stops}
        shapes = [_shape(line) for line in self.lines]
        for i in cued:
            keys = tuple(key for key in shapes[i].keys if key not in (NAME, COLON))
            shapes[i] = shapes[i]._replace(name=False, keys=keys)
        return shapes

    @cached_property
    def signs(self) -> PageCounts:
        """Count the lines that stand around comments."""
        return count_lines(self.lines)

    def signs_beside(self, is_read: Callable[[Line], bool]) -> PageCounts:
        """Return the signs of the page, with those of its tags: how many texts are likely, and are not read."""
        likely = [i for i, chance in self.begins.items() if 2 * chance >= 1]
        missed = sum(not is_read(self.lines[i]) for i in likely) / max(len(likely), 1)
        return replace(self.signs, missed=missed, likely=sum(self.begins.values()))

    @cached_property
    def stated(self) -> StatedCount | None:
        """Return the page's own count of comments, wherever they are."""
        return stated_in_lines(self.lines)


# Sections -------------------------------------------------------------------------------------------------------------


MARK_REACH = 15
"""Lines within which the marks of one layout stand."""


@dataclass(frozen=True, slots=True)
class Section:
    """A comment section: ``lines[start:end]`` of the page."""

    start: int
    end: int
    entries: tuple[Entry, ...]
    layout: str
    stated: int | None  # the page's own count
    form: Form | None  # None: no form that is known
    headings: tuple[Line, ...] = ()  # those of its lines that are one
    opening: Entry | None = None  # the post above it that all comment on


def _stops(line: Line) -> bool:
    return is_end(line) or is_footer(line) or is_paging(line) or leads_elsewhere((line,))


# Names and blank lines alone ------------------------------------------------------------------------------------------


def unmarked_section(page: CuedLines, quotes_above: Callable[[int], Callable[[Line], bool]]) -> Section | None:
    """Find a section with only names and blank lines between its comments.

    :param quotes_above: Given an index, makes a test of whether a line repeats what the article above it says.
    """
    lines = page.lines
    for layout in _BY_BLANKS:
        bounds = _marked_bounds(page, layout)
        if bounds is None:
            continue
        opening, start = bounds
        end = next((i for i in page.stops if i >= start), len(lines))
        if any(page.readings[i].part in HEADERS for i in range(start, end)):
            continue  # dates tell them apart
        # Lines above a heading, an order of sorting or the marks of a layout, where it says how many comments there
        # are.
        if start == end or says_none(lines[max(opening - 3, 0) : start]):
            continue
        if not any(line.gap for line in lines[start + 1 : end]) and end - start > 1:
            continue
        if entries := split_by_blanks(lines[start:end], quotes_above(opening)):
            headings = tuple(lines[i] for i in page.cued if opening <= i < end and is_heading(lines[i]))
            stated = stated_count(lines[opening:start])
            return Section(opening, end, entries, layout.name, stated, Form.BLANKS, headings)
    return None


def _marked_bounds(page: CuedLines, layout: TextLayout) -> tuple[int, int] | None:
    """Find the first group of enough different marks: its first line, and the line below its last."""
    marks = [i for i in page.cued if MARKS[layout.name].match(page.lines[i])]
    for position, first in enumerate(marks):
        group = [i for i in marks[position : position + MARK_REACH] if i - first < MARK_REACH]
        if len({page.lines[i].cue for i in group}) >= layout.needed:
            return first, group[-1] + 1
    return None


Block = Sequence[Line]
ALONE, START, CONTINUATION = ROLES = range(3)
"""Roles of a block of lines."""

NEVER = 100.0

# Prices, found on seed 000 and on pages re-flattened to its form (those named a-m). What matters is their order: two
# names in a row and a name without a comment are worse than a name that looks odd, which is worse than a missing blank
# line. A longer way round any of them costs more than one of them.
FOLLOWS = {
    # (role of the block above, role of the block): with a single blank line between them, with more
    (ALONE, ALONE): (6.0, 6.0),
    (ALONE, START): (0.0, 3.0),
    (ALONE, CONTINUATION): (NEVER, NEVER),
    (START, ALONE): (0.0, 1.0),
    (START, START): (4.0, 0.0),
    (START, CONTINUATION): (3.0, 6.0),
}


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
        if role == ALONE:
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
            prices = [costs[before] + FOLLOWS[min(before, START), role][block[0].gap >= 2] for before in ROLES]
            if answers and role == CONTINUATION:
                prices[START:] = costs[START:]
            step.append(min(ROLES, key=prices.__getitem__))
            reached.append(min(prices) + own)
        back.append(step)
        costs = reached
    costs[ALONE] += 6.0
    roles = [min(ROLES, key=costs.__getitem__)]
    for step in reversed(back):
        roles.append(step[roles[-1]])
    return roles[::-1]


def _own_costs(block: Block, times: Counter[str]) -> tuple[float, float, float]:
    """Price a block as a name, as a comment and as more of it: a short line seen more than once is rather a name."""
    text = block[0].text
    could_be = name_like(text)
    start = 1.0 if len(block) == 1 and times[text] > 1 and could_be else 0.0
    if len(block) > 1 or (times[text] < 2 and not name_like(text, words=10, characters=80)):
        return 8.0, start, 0.0
    cost = 0.0 if times[text] > 1 else 0.5
    cost += max(len(text.split()) - 4, 0) * 0.7
    return cost + (0.3 if text[0].islower() else 0.0) + (0.0 if could_be else 2.0), start, 0.0
