"""Cut a span of lines of a text dump into its comments, and read author, date, votes and text of each.

A comment is opened or closed by a date, or closed by a button; which of these, and where its name stands, most comments
of a span tell together.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise
from typing import NamedTuple

from stance.parsing.headings import cued_lines, is_heading, leads_to_comments
from stance.parsing.languages import SAID_TOO
from stance.parsing.layouts import Form
from stance.parsing.line_parts import (
    AROUND,
    REFRAIN,
    Entry,
    Part,
    Reading,
    clean_name,
    is_affiliation,
    is_wordless,
    next_part,
    read_line,
    votes_of,
)
from stance.parsing.lines import Line, name_like

ARTICLE_WORDS = 15
"""Words of paragraphs that make an article."""


BUTTONS = 8
"""Lines of buttons and counters that may stand between a date that closes a comment and the next name."""


MENU_RUN = 4
"""Short lines in a row below the last comment that are a menu."""

LOOSE_RUN, LOOSE_WORDS = 2, 8
"""The same below a sentence, where no other comment has so many in a row, and how many words these have at most."""

_CLOSED = {Form.NAMED_STAMP: Form.NAMED_STAMP_BELOW, Form.STAMP: Form.STAMP_BELOW, Form.ACTION_BELOW: Form.ACTION_BELOW}


_SAID_TOO = frozenset(phrase.split()[0] for phrase in SAID_TOO)
_DATED = frozenset({Part.SAYS, Part.NAMED_STAMP, Part.STAMP})


@dataclass(frozen=True)
class Dump:
    """The lines of a page, read and cued once for all that need it."""

    lines: Sequence[Line]

    @cached_property
    def readings(self) -> list[Reading]:
        """Read each line as a part of a comment section."""
        readings = [read_line(line) for line in self.lines]
        words = {i: line.key.rstrip("0123456789 ") for i, line in enumerate(self.lines) if line.opening in _SAID_TOO}
        times = Counter(words.values())
        dates = sum(reading.part in _DATED for reading in readings) if words else 0
        for i, said in words.items():  # a button stands at most comments; "Thanks!" at one or two is a commenter's
            if dates >= REFRAIN and said in SAID_TOO and times[said] * REFRAIN < max(dates, 2 * REFRAIN):
                readings[i] = Reading(Part.TEXT)
        return readings

    @cached_property
    def cued(self) -> list[int]:
        """List the lines that are a cue of a section."""
        return cued_lines(self.lines)


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate: ``lines[start:end]``, and which lines of its form begin (or close) its comments."""

    start: int
    end: int
    form: Form
    low: int  # all[low:high] are its openers; they are not copied, a page can have very many candidates
    high: int
    all: Sequence[int]

    @property
    def openers(self) -> Sequence[int]:
        """Return the lines that begin (or close) its comments."""
        return self.all[self.low : self.high]


class Record(NamedTuple):
    """The lines of one comment: ``lines[start:end]``, its opener or closer among them."""

    start: int
    end: int
    stamp: int
    name: str | None
    form: Form

    @property
    def is_closed(self) -> bool:
        """Return whether its date, or button, stands below it."""
        return self.form in _CLOSED.values()


def cut_span(page: Dump, span: Span) -> list[Record]:
    """Cut a span into the records of its comments.

    :param page: The page.
    :param span: Where the comments are; it has an opener at least.
    :return: At least one record, in page order.
    """
    if span.form is Form.STAMP:
        below = _names_stand_below(page, span) or _nothing_follows(page, span)
    elif span.form is Form.NAMED_STAMP:
        below = sum(page.readings[i].below for i in span.openers) * 2 > len(span.openers)
    else:
        below = span.form is Form.ACTION_BELOW
    if below:
        return list(_records_closed(page, span))
    records = list(_records_opened(page, span))
    last = records[-1]
    end = _tail(page, records)
    return [*records[:-1], last._replace(end=end)]


def _records_opened(page: Dump, span: Span) -> Iterator[Record]:
    """Yield comments that open with name and date."""
    readings, openers = page.readings, span.openers
    if span.form is Form.STAMP:
        floors = (0, *(opener + 1 for opener in openers))
        heads = [_name_above(page, opener, floor) for opener, floor in zip(openers, floors, strict=False)]
    else:
        heads = [(opener, readings[opener].name or readings[opener].badge) for opener in openers]
    ends = [start for start, _ in heads[1:]]
    if _counts_stand_above(page.lines, heads[0][0]):
        ends = [_above_counters(page.lines, end) for end in ends]
    for (start, name), end, opener in zip(heads, (*ends, span.end), openers, strict=True):
        yield Record(start, end, opener, name, span.form)


def _counts_stand_above(lines: Sequence[Line], first: int) -> bool:
    """Return whether a page writes votes above the names: above the first one, and not below a heading."""
    return first > 1 and votes_of(lines[first - 1]) is not None and not is_heading(lines[first - 2])


def _above_counters(lines: Sequence[Line], end: int) -> int:
    while votes_of(lines[end - 1]) is not None:
        end -= 1
    return end


def _name_above(page: Dump, stamp: int, floor: int) -> tuple[int, str | None]:
    """Find the name above a date, and where its comment begins."""
    lines, readings = page.lines, page.readings
    above = stamp - 1
    while above >= floor and readings[above].part in (Part.JUNK, Part.ANSWERED):
        above -= 1
    if above >= floor and readings[above].part is Part.SAYS:  # "Ann says:" where others are only named
        return above, readings[above].name
    if above < floor or readings[above].part is not Part.TEXT or not name_like(lines[above].text.rstrip(":")):
        return stamp, None
    name = clean_name(lines[above].text)
    top = above
    while top > floor and (readings[top - 1].part is Part.JUNK or clean_name(lines[top - 1].text) == name):
        top -= 1
    return top, name


def _records_closed(page: Dump, span: Span) -> Iterator[Record]:
    """Yield comments with the date, or a button, below them."""
    lines, readings = page.lines, page.readings
    form = _CLOSED[span.form]
    start = _below_furniture(lines, span.start, span.openers[0])
    for opener in span.openers:
        name = readings[opener].name or (readings[opener].badge if form is Form.NAMED_STAMP_BELOW else None)
        first = _next_text(readings, start, opener)
        if form is not Form.NAMED_STAMP_BELOW and first is not None and name_like(lines[first].text):
            name, start = clean_name(lines[first].text), first + 1
            while start < opener and clean_name(lines[start].text) == name:
                start += 1
        yield Record(start, opener + 1, opener, name, form)
        start = opener + 1


def _below_furniture(lines: Sequence[Line], start: int, end: int) -> int:
    """Skip the lines that lead to a section, down to the last one that is a cue."""
    for i in range(end - 1, start, -1):
        if leads_to_comments(lines[i]):
            return i + 1
    return start + 1


def _names_stand_below(page: Dump, span: Span) -> bool:
    """Return whether names are found below the dates (which then close the comment above) rather than above."""
    below = 0
    for stamp, end in pairwise((*span.openers, span.end)):
        following = _next_text(page.readings, stamp + 1, min(stamp + BUTTONS, end))
        below += following is not None and name_like(page.lines[following].text)
    above = (True for stamp in span.openers if _name_above(page, stamp, span.start)[1] is not None)
    return sum(islice(above, below)) < below


def _nothing_follows(page: Dump, span: Span) -> bool:
    """Return whether all dates stand below a text, and nothing is said below the last one."""
    if not all(i > span.start + 1 and page.lines[i - 1].prose for i in span.openers):
        return False
    return _first_said(page, span.openers[-1] + 1, span.end) is None


def _below_button(page: Dump, record: Record) -> int | None:
    """Find the end of the first button below a comment."""
    text = _first_said(page, record.stamp + 1, record.end)
    button = None if text is None else next_part(page.readings, Part.ACTION, text, record.end)
    return None if button is None else button + 1


def _tail(page: Dump, records: Sequence[Record]) -> int:
    """Find where the last comment ends, below which the site goes on without a cue."""
    lines = page.lines
    last = records[-1]
    ends = [_below_button(page, record) for record in records]
    have_buttons = len(ends) - ends.count(None) > 0.7 * len(ends)
    end = (have_buttons and ends[-1]) or last.end
    indent = lines[last.stamp].indent
    pairs = any(_short_pairs(page, record.stamp + 1, record.end) for record in records[:-1])
    said = False
    for i in range(last.stamp + 1, end):
        if lines[i].indent < indent or _menu_at(page, i, end):
            return i
        if said and not pairs and _are_loose(page, i, end):
            return i
        said = said or lines[i].prose or lines[i].ends_sentence
    return end


def _short_pairs(page: Dump, start: int, end: int) -> bool:
    """Return whether two short lines in a row stand in a comment, as in verses."""
    return any(_are_loose(page, i, end) for i in range(start, end))


def _are_loose(page: Dump, start: int, end: int) -> bool:
    """Return whether two lines in a row are short and no sentences."""
    lines = page.lines
    run = range(start, min(start + LOOSE_RUN, end))
    return len(run) == LOOSE_RUN and all(
        page.readings[i].part is Part.TEXT and lines[i].words <= LOOSE_WORDS and not lines[i].ends_sentence for i in run
    )


def _menu_at(page: Dump, start: int, end: int) -> bool:
    lines = page.lines
    run = range(start, min(start + MENU_RUN, end))
    return len(run) == MENU_RUN and all(
        page.readings[i].part is Part.TEXT
        and name_like(lines[i].text, words=6)
        and lines[i].indent <= lines[start].indent
        for i in run
    )


def _next_text(readings: Sequence[Reading], start: int, end: int) -> int | None:
    return next_part(readings, Part.TEXT, start, end)


def _first_said(page: Dump, start: int, end: int) -> int | None:
    """Find the first line that could be a commenter's, be it without a word."""
    for i in range(start, end):
        if page.readings[i].part is Part.TEXT or is_wordless(page.lines[i]):
            return i
    return None


def read_entry(page: Dump, record: Record) -> Entry | None:
    """Read one comment.

    :param page: The page.
    :param record: Which of them are the comment's.
    :return: The comment; None where its author says nothing of his own.
    """
    lines, readings = page.lines, page.readings
    first, end = (record.start, record.stamp) if record.is_closed else (record.stamp + 1, record.end)
    start = first
    elsewhere = next_part(readings, Part.ELSEWHERE, start, end)
    end = end if elsewhere is None else elsewhere
    while start < end and readings[start].part in AROUND:
        start += 1
    if record.is_closed and start + 1 < end and is_affiliation(lines[start]):
        start += 1
    stop = _above_buttons(page, start, end)
    if start >= stop:
        return None
    around = (
        *readings[record.start : start],
        *readings[stop : record.end],
    )  # dates and names in his words are not his
    answer = next_part(around, Part.ANSWERED, 0, len(around))
    return Entry(
        lines=tuple(lines[start:stop]),
        author=record.name or None,
        posted=readings[record.stamp].posted or next((reading.posted for reading in around if reading.posted), None),
        votes=_votes(lines, stop, end),
        answered=None if answer is None else around[answer].name,
        indent=lines[record.start].indent,
    )


def _votes(lines: Sequence[Line], start: int, end: int) -> int | None:
    """Read the first counter among some lines."""
    for i in range(start, end):  # most comments have one or two lines there
        if (votes := votes_of(lines[i])) is not None:
            return votes
    return None


def _above_buttons(page: Dump, start: int, stop: int) -> int:
    """Find where a commenter's words end, above all buttons and the counters and labels between them."""
    readings = page.readings
    low = stop
    while low > start and readings[low - 1].part in AROUND:
        low -= 1
    offer = max(low, start + 1)
    while offer < stop and not readings[offer].offers:
        offer += 1
    offer = min(offer, stop)
    while offer > start and readings[offer - 1].part in AROUND:
        offer -= 1
    return offer
