"""Hold the lines of a page with their parts, cues and shapes, read once for all that need them."""

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from stance.datamodels import Span, Strings
from stance.parsing.dates import find_date, has_digit
from stance.parsing.line_parts import HEADERS, LineParts, Part, read_line
from stance.parsing.lines import Line, Lines, mask_numbers, name_like, once
from stance.parsing.phrases import phrase_set
from stance.parsing.section_lines import cued_lines, is_end, is_footer, is_heading, is_paging, leads_elsewhere

REFRAIN = 3
"""Minimum number of comments that share a line for it to be the page's."""

MASKED_CHARACTERS = 160
"""A longer line is a paragraph; a header is shorter."""


DATE, CLOCK = "D", "T"
"""Words of masks for a date and a clock time."""

_CLOCK = re.compile(r"(?<![\d:.,])\d{1,2}[:.h]\d\d(?::\d\d)?(?!\d)(?:\s?[ap]\.?m\b\.?)?", re.IGNORECASE)

_AFTER_DATE = re.compile(r"[\s,|/@·•–—-]{0,4}(?:[^\W\d_]{1,4}\.?\s){0,2}" + _CLOCK.pattern, re.IGNORECASE)

_TOKEN = re.compile(r"[^\W_]+|[^\w\s]")

_LETTER = re.compile(r"[^\W\d_]")

_NO_NAME = re.compile(r"[!?…;]|,(?!\s[^\W\da-z])|[^\W\d_]{3,}\.(?:\s|$)|://")


class Shape(NamedTuple):
    """The form of a line, whatever its words."""

    text: str  # without the number of a list
    mask: str = ""  # empty for a paragraph
    date: Span | None = None  # characters of the line that are its date
    clock: bool = False  # with a time of day, or a time span
    name: bool = False
    prose: bool = True
    whole: str = ""  # the mask, where it is short enough for a template
    ends: Strings = ()  # of the mask, which it can share with other lines, the longest first
    beginnings: Strings = ()


@once
def _shape(line: Line) -> Shape:
    """Reduce a line to its shape."""
    dated = line.number and len(line.text) <= MASKED_CHARACTERS and (match := find_date(line.full)) and not match.start
    text = line.full if dated else line.text  # without the number of a list, unless that is the day of a date
    if len(text) > MASKED_CHARACTERS:
        return Shape(text)
    numbered, date = has_digit(text), _date(text)
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
    # Tokens of a line that can be a template as a whole.
    return Shape(
        *(text, mask, date if dated else None, timed, name, prose),
        mask if len(tokens) <= 14 else "",
        tuple(["<" + " ".join(tokens[-size:]) for size in range(min(4, len(tokens) - 1), 0, -1)]),
        tuple([">" + " ".join(tokens[:size]) for size in range(min(3, len(tokens) - 1), 0, -1)]),
    )


def _date(text: str) -> Span | None:
    """Find the date of a line with its clock time."""
    if (match := find_date(text)) is None:
        return None
    clock = _AFTER_DATE.match(text, match.end)
    return match.start, clock.end() if clock else match.end


def _is_exact(date: str) -> bool:
    """Return whether a date tells the time of day, or how long ago it is."""
    match = find_date(date)
    return ":" in date or (match is not None and ("T" in match.iso if match.iso else bool(_LETTER.search(date))))


def _is_name(text: str) -> bool:
    plain = text.rstrip(":： ")
    # A commenter's name is not longer.
    if len(plain) > 45 or len(plain.split()) > 6 or not _LETTER.search(plain):
        return False
    return name_like(plain) and not _NO_NAME.search(plain)


@dataclass(frozen=True)
class CuedLines:
    """The lines of a page, read and cued once for all that need it."""

    lines: Lines
    tags: list[list[float]] = field(default_factory=list)  # of each line once tagged, as in ``Tags``
    names: list[list[float]] = field(default_factory=list)

    @cached_property
    def readings(self) -> list[LineParts]:
        """Read each line as a part of a comment section."""
        readings = [read_line(line) for line in self.lines]
        said_too = phrase_set("comment.said_too")
        openings = {phrase.split()[0] for phrase in said_too}
        words = {i: line.key.rstrip("0123456789 ") for i, line in enumerate(self.lines) if line.opening in openings}
        times = Counter(words.values())
        dates = sum(reading.part in HEADERS for reading in readings) if words else 0
        for i, phrase in words.items():  # a button stands at most comments; "Thanks!" at one or two is a commenter's
            if dates >= REFRAIN and phrase in said_too and times[phrase] * REFRAIN < max(dates, 2 * REFRAIN):
                readings[i] = LineParts(Part.TEXT)
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
        tests = (is_end, is_footer, is_paging, lambda line: leads_elsewhere((line,)))
        others = [i for i in self.cued if i not in self.headings]
        stops = [i for i in others if any(test(self.lines[i]) for test in tests)]
        ends = Counter(self.lines[i].key for i in stops)
        # Maximum times that a page has a line for it to end a section; one with more is a part of each comment.
        return [i for i in stops if ends[self.lines[i].key] <= 2]

    @cached_property
    def shapes(self) -> list[Shape]:
        """Return the shapes of the lines; those of headings and ends of sections are not like names."""
        shapes = [_shape(line) for line in self.lines]
        for i in {*self.sole, *self.stops}:
            shapes[i] = shapes[i]._replace(name=False)
        return shapes
