"""Cut a span of lines of a text dump into its comments, and read author, date, votes and text of each.

A comment is opened or closed by a date; which of these, and where its name stands, is inferred from most comments of a
span together.
"""

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise
from typing import NamedTuple

from stance.parsing.languages import phrases
from stance.parsing.layouts import Form
from stance.parsing.line_parts import (
    AROUND,
    REFRAIN,
    Entry,
    Part,
    Reading,
    any_offers,
    clean_name,
    cleans_to,
    cued_lines,
    is_affiliation,
    is_badge,
    is_badge_name,
    is_heading,
    is_wordless,
    leads_elsewhere,
    leads_to_comments,
    next_part,
    read_line,
    votes_of,
)
from stance.parsing.lines import Line, name_like, prose_words, strip_prefix

BY = phrases("article.by")
SAID_TOO = phrases("comment.said_too")

ARTICLE_WORDS = 15
"""Words of paragraphs that make an article."""

CLOSED = 0.7
"""Comments that have buttons below them, enough for what stands below the buttons to be none of theirs."""

HEAD_WORDS = 12
"""Words of a line between the buttons of one comment and the date of the next at most."""

CARD = 8
"""Lines of a member's card that may stand between his name and the line of name and date."""

BUTTONS = 8
"""Lines of buttons and counters that may stand between a date that closes a comment and the next name."""


INITIALS = 3
"""Letters that stand in place of a picture."""

LOOSE_RUN, LOOSE_WORDS = 2, 8
"""Number of short lines in a row, and maximum words of each, that end the last comment below a sentence.

Pages whose other comments have such lines, as verses, are left as they are."""

_CLOSED = {Form.NAMED_STAMP: Form.NAMED_STAMP_BELOW, Form.STAMP: Form.STAMP_BELOW}


_SAID_TOO = frozenset(phrase.split()[0] for phrase in SAID_TOO)
_VERBS, _ANSWERS = frozenset(phrases("comment.says")), frozenset(phrases("comment.reply_to"))
_GLUED_VERB = re.compile(rf"(?<=[^\W_])(?:{'|'.join(sorted(map(re.escape, _VERBS), key=len, reverse=True))}):$")
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
        for i in range(1, len(readings) - 1):
            below = readings[i + 1].part
            if below is Part.STAMP and readings[i].part is Part.TEXT and (name := _glued_name(self.lines[i].text)):
                readings[i] = Reading(Part.SAYS, name)
            is_above_name = below is Part.TEXT and name_like(self.lines[i + 1].text)  # "In reply to", "Ann"
            is_beside_name = below is Part.STAMP and readings[i - 1].part is Part.TEXT  # "Ann", "commented", "3 May"
            if is_beside_name and self.lines[i].key in _VERBS:
                readings[i] = Reading(Part.JUNK)
            elif is_above_name and self.lines[i].key in _ANSWERS:
                readings[i] = Reading(Part.ANSWERED, clean_name(self.lines[i + 1].text))
                readings[i + 1] = Reading(Part.JUNK)
        return readings

    @cached_property
    def cued(self) -> list[int]:
        """List the lines that are a cue of a section."""
        return cued_lines(self.lines)


def _glued_name(text: str) -> str | None:
    """Return the name in "Annsays:", where a page writes no space between its elements."""
    verb = _GLUED_VERB.search(text)
    return clean_name(text[: verb.start()]) if verb and name_like(text[: verb.start()]) else None


@dataclass(frozen=True, slots=True)
class Span:
    """A candidate: ``lines[start:end]``, and which lines of its form begin (or close) its comments."""

    start: int
    end: int
    form: Form
    low: int  # all[low:high] are its openers; they are not copied, a page can have very many candidates
    high: int
    all: Sequence[int]
    headed: bool = True  # whether a heading or offers to reply speak for it

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
    answered: str | None = None

    @property
    def is_closed(self) -> bool:
        """Return whether its date stands below it."""
        return self.form in _CLOSED.values()


class _Head(NamedTuple):
    """The first line of a comment, and its writer."""

    start: int
    name: str | None
    answered: str | None = None


def cut_span(page: Dump, span: Span) -> list[Record]:
    """Cut a span into the records of its comments.

    :param page: The page.
    :param span: Where the comments are; it has an opener at least.
    :return: At least one record, in page order.
    """
    if span.form is Form.STAMP:
        below = _names_stand_below(page, span) or _nothing_follows(page, span)
    else:
        below = span.form is Form.NAMED_STAMP and _stamps_stand_below(page, span)
    if below and span.form is Form.STAMP and _dates_open(page, span):
        return list(_records_dated(page, span))
    if below:
        return list(_records_closed(page, span))
    records = list(_records_opened(page, span))
    last = records[-1]
    end = _tail(page, records)
    return [*records[:-1], last._replace(end=end)]


def _records_opened(page: Dump, span: Span) -> Iterator[Record]:
    """Yield comments that open with name and date."""
    openers = span.openers
    floors = _floors(page, openers)
    if span.form is Form.STAMP:
        heads = _heads(page, span, openers)
    else:
        heads = [_head_of_named(page, i, above) for above, i in pairwise((span.start, *openers))]
    ends = [min(floor or head.start, head.start) for floor, head in zip(floors[1:], heads[1:], strict=True)]
    for head, end, opener in zip(heads, (*ends, span.end), openers, strict=True):
        yield Record(head.start, end, opener, head.name, span.form, head.answered)


def _head_of_named(page: Dump, opener: int, floor: int) -> _Head:
    """Find where a comment begins that a line of name and date opens: at the same name above it, with a card below."""
    lines, readings = page.lines, page.readings
    name = readings[opener].name or readings[opener].badge or None
    for i in range(opener - 1, max(opener - CARD, floor), -1):
        if lines[i].has_more_words(HEAD_WORDS):
            break
        if name and cleans_to(lines[i].text, name):
            return _Head(i, name)
    return _Head(opener, name)


def _floors(page: Dump, openers: Sequence[int]) -> list[int | None]:
    """Find for each comment the end of the buttons below the one above it, where most comments have them.

    What stands between them and the next date is a picture's description, a name, an advertisement: not said by
    the one above.
    """
    ends = [_below_buttons(page, a, b) for a, b in pairwise(openers)]
    if len(ends) - ends.count(None) < CLOSED * len(ends):
        return [None] * len(openers)
    return [None, *ends]


def _below_buttons(page: Dump, start: int, end: int) -> int | None:
    """Find the end of the last buttons between two dates that stand below a text and offer to reply."""
    offer = end - 1
    while offer > start and not page.readings[offer].offers:
        offer -= 1
    if offer <= start or _first_said(page, start + 1, offer) is None:
        return None
    offer += 1
    while offer < end and page.readings[offer].part in (Part.ACTION, Part.JUNK):
        offer += 1
    return offer


def _heads(page: Dump, span: Span, openers: Sequence[int]) -> list[_Head]:
    """Find the first line and the name of each comment with the date below the name, or a place or trade below that."""
    floors = (0, *(opener + 1 for opener in openers))
    heads = [_Head(*_name_above(page, opener, floor)) for opener, floor in zip(openers, floors, strict=False)]
    placed = [_has_place_above(page, opener, span) for opener in openers]
    if sum(placed) * 2 <= len(placed):
        return heads
    named = [_Head(opener - 2, clean_name(page.lines[opener - 2].text)) for opener in openers]
    if len({head.name for head in named}) == 1:
        return heads
    return [own if place else head for place, own, head in zip(placed, named, heads, strict=True)]


def _has_place_above(page: Dump, stamp: int, span: Span) -> bool:
    """Return whether two lines that could be names, and no more, stand between a date and the furniture above it."""
    lines, readings = page.lines, page.readings
    if stamp - 2 <= span.start or not (readings[stamp - 2].part is readings[stamp - 1].part is Part.TEXT):
        return False
    name, place = clean_name(lines[stamp - 2].text), clean_name(lines[stamp - 1].text)
    alone = stamp == span.openers[0] or readings[stamp - 3].part is not Part.TEXT
    is_picture = len(name) <= INITIALS and place[:1].casefold() == name[:1].casefold()
    return alone and not is_picture and name != place and name_like(name) and name_like(place)


def _name_above(page: Dump, stamp: int, floor: int) -> tuple[int, str | None]:
    """Find the name above a date, and where its comment begins."""
    lines, readings = page.lines, page.readings
    above = stamp - 1
    named: bool | None = None  # whether a name stands above the badges that are looked at; the same for all of a run
    while above >= floor and readings[above].part in (Part.JUNK, Part.ANSWERED):
        named = None if readings[above].part is Part.ANSWERED else named
        if named is None and is_badge(lines[above]):
            named = _has_name(page, above, floor)
        if is_badge_name(lines[above]) or (named is False and is_badge(lines[above])):
            return above, clean_name(lines[above].text)
        above -= 1
    if above >= floor and readings[above].part is Part.SAYS:  # "Ann says:" where others are only named
        return above, readings[above].name
    if above < floor or readings[above].part is not Part.TEXT or not name_like(lines[above].text.rstrip(":")):
        return stamp, None
    name = clean_name(lines[above].text)
    top = above
    while top > floor and (readings[top - 1].part is Part.JUNK or cleans_to(lines[top - 1].text, name)):
        top -= 1
    if floor and readings[top - 1].part is not Part.TEXT:  # "+1" is all that the comment above says
        top = next((i + 1 for i in range(above - 1, top - 1, -1) if is_wordless(lines[i])), top)
    return top, name


def _has_name(page: Dump, badge: int, floor: int) -> bool:
    """Return whether a name stands above a badge; a line that is all that the comment above says is none."""
    lines, readings = page.lines, page.readings
    while badge > floor and readings[badge - 1].part is Part.JUNK:
        badge -= 1
    name = badge - 1
    if name < floor or readings[name].part is Part.SAYS:
        return name >= floor
    if readings[name].part is not Part.TEXT or not name_like(lines[name].text.rstrip(":")) or is_heading(lines[name]):
        return False
    said = (readings[i].part in (Part.TEXT, Part.ACTION) or is_wordless(lines[i]) for i in range(floor, name))
    return floor == 0 or any(said)


def _records_closed(page: Dump, span: Span) -> Iterator[Record]:
    """Yield comments with the date below them."""
    lines, readings = page.lines, page.readings
    form = _CLOSED[span.form]
    start = _first_closed(page, span)
    for opener in span.openers:
        name = readings[opener].name or (readings[opener].badge if form is Form.NAMED_STAMP_BELOW else None)
        first = _next_text(readings, start, opener)
        if form is not Form.NAMED_STAMP_BELOW and first is not None and name_like(lines[first].text):
            name, start = clean_name(lines[first].text), first + 1
            while start < opener and cleans_to(lines[start].text, name):
                start += 1
        yield Record(start, opener + 1, opener, name, form)
        start = opener + 1


def _first_closed(page: Dump, span: Span) -> int:
    """Find the first line of the first comment with the date below it: not an article above it."""
    lines, readings = page.lines, page.readings
    start, end = _below_furniture(lines, span.start, span.openers[0]), span.openers[0]
    others = max((prose_words(lines[a:b]) for a, b in pairwise(span.openers)), default=0)
    between = prose_words(lines[start:end])
    if between < ARTICLE_WORDS + others or between <= prose_words(lines[:start]):
        return start
    own = range(end - 2, start, -1)
    if span.form is Form.NAMED_STAMP:
        apart = (i + 1 for i in own if readings[i].part in AROUND or leads_elsewhere(lines[i : i + 1]))
        return next(apart, end - 1)
    return next((i for i in own if readings[i].part is Part.TEXT and name_like(lines[i].text)), end - 1)


def _below_furniture(lines: Sequence[Line], start: int, end: int) -> int:
    """Skip the lines that lead to a section, down to the last one that is a cue."""
    for i in range(end - 1, start, -1):
        if leads_to_comments(lines[i]):
            return i + 1
    return start + 1


def _dates_open(page: Dump, span: Span) -> bool:
    """Return whether the date is a comment's first line, above the name, as forums have it."""
    readings = page.readings
    first, last = span.openers[0], span.openers[-1]
    start = _below_furniture(page.lines, span.start, first)
    name = _next_text(readings, last + 1, span.end)
    closing = name is None or _next_text(readings, name + 1, span.end) is None
    return len(span.openers) > 1 and not closing and _next_text(readings, start, first) is None


def _records_dated(page: Dump, span: Span) -> Iterator[Record]:
    """Yield comments that open with the date, the name below it."""
    lines = page.lines
    for opener, end in pairwise((*span.openers, span.end)):
        name = _next_text(page.readings, opener + 1, end)
        if name is not None and name_like(lines[name].text):
            yield Record(opener, end, name, clean_name(lines[name].text), span.form)
        else:
            yield Record(opener, end, opener, None, span.form)


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


def _stamps_stand_below(page: Dump, span: Span) -> bool:
    """Return whether lines of name and date close the comment above them."""
    lines, readings = page.lines, page.readings
    if sum(readings[i].below for i in span.openers) * 2 > len(span.openers):
        return True
    first, last = span.openers[0], span.openers[-1]
    is_credit = readings[first - 1].part is Part.TEXT and strip_prefix(lines[first].text, BY) is not None
    said = lines[first - 1].prose or is_credit
    if first - 1 <= span.start:
        return False
    if said and _first_said(page, last + 1, span.end) is None:
        return True
    return (said or lines[first - 1].ends_sentence) and _buttons_stand_below(readings, span.openers)


def _buttons_stand_below(readings: Sequence[Reading], openers: Sequence[int]) -> bool:
    """Return whether buttons follow most lines of name and date, and stand above none of them."""
    below = sum(readings[i + 1].part is Part.ACTION for i in openers if i + 1 < len(readings))
    return below * 2 > len(openers) and not any(readings[i - 1].part in AROUND for i in openers if i)


def _tail(page: Dump, records: Sequence[Record]) -> int:
    """Find where the last comment ends, below which the site goes on without a cue."""
    lines = page.lines
    last = records[-1]
    offering = sum(any_offers(page.readings, a.start, a.end) for a in records[:-1]) * 2 > len(records) - 1
    others = [_action_below(page, record) for record in records[:-1]]
    closes = len(others) - others.count(None) >= 0.7 * max(len(others), 1)
    end = (_action_below(page, last, offering) or last.end) if closes else last.end
    indent = lines[last.stamp].indent
    said, pairs = False, None
    for i in range(last.stamp + 1, end):
        if lines[i].indent < indent:
            return i
        if said and _are_loose(page, i, end):
            pairs = _have_short_pairs(page, records[:-1]) if pairs is None else pairs
            if not pairs:
                return i
        said = said or lines[i].prose or lines[i].ends_sentence
    return end


def _have_short_pairs(page: Dump, records: Sequence[Record]) -> bool:
    """Return whether two short lines in a row stand in a comment, as in verses."""
    return any(_are_loose(page, i, record.end) for record in records for i in range(record.stamp + 1, record.end))


def _are_loose(page: Dump, start: int, end: int) -> bool:
    """Return whether two lines in a row are short and no sentences."""
    lines = page.lines
    run = range(start, min(start + LOOSE_RUN, end))
    return len(run) == LOOSE_RUN and all(
        page.readings[i].part is Part.TEXT and lines[i].words <= LOOSE_WORDS and not lines[i].ends_sentence for i in run
    )


def _action_below(page: Dump, record: Record, offering: bool = False) -> int | None:
    """Find the end of the first button below a comment.

    :param offering: Whether it is rather the first that offers to reply; a word above it may be the commenter's.
    """
    text = _first_said(page, record.stamp + 1, record.end)
    if text is None:
        return None
    action = next((i for i in range(text, record.end) if page.readings[i].offers), None) if offering else None
    action = next_part(page.readings, Part.ACTION, text, record.end) if action is None else action
    return None if action is None else action + 1


def _next_text(readings: Sequence[Reading], start: int, end: int) -> int | None:
    return next_part(readings, Part.TEXT, start, end)


def _first_said(page: Dump, start: int, end: int) -> int | None:
    """Find the first line that could be a commenter's, be it without a word."""
    for i in range(start, end):
        if page.readings[i].part is Part.TEXT or is_wordless(page.lines[i]):
            return i
    return None


REFRAINS = 4
"""Maximum number of lines that a page writes above and below each of its comments beside the known ones."""

LABEL_WORDS = 2
"""Words of a line among buttons that is none that is known: "up ratings"."""

_EXCERPT = ("[…]", "[...]")


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
    while start + 1 < stop and cleans_to(lines[start].text, record.name):
        start += 1
        start = next((i for i in range(start, stop) if readings[i].part not in AROUND), start)
    if start >= stop:  # nothing but what looks like furniture
        start = next((i for i in range(first, end) if is_wordless(lines[i])), end)
        stop = min(start + 1, end)
    if start >= stop or lines[start].text.startswith(_EXCERPT):
        return None
    around = (*readings[record.start : start], *readings[stop : record.end])  # dates and names in his words are not his
    answer = next_part(around, Part.ANSWERED, 0, len(around))
    return Entry(
        lines=tuple(lines[start:stop]),
        author=record.name or None,
        posted=readings[record.stamp].posted or next((reading.posted for reading in around if reading.posted), None),
        votes=_votes(lines, stop, end),
        answered=record.answered or (None if answer is None else around[answer].name),
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
    while low > start and (readings[low - 1].part in AROUND or not page.lines[low - 1].has_more_words(LABEL_WORDS)):
        low -= 1
    offer = max(low, start + 1)
    while offer < stop and not readings[offer].offers:
        offer += 1
    offer = min(offer, stop)
    while offer > start and readings[offer - 1].part in AROUND:
        offer -= 1
    return offer


def without_refrains(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Cut the lines that the page writes above or below most comments: a button or badge that nobody listed."""
    for _ in range(REFRAINS):
        before = entries
        for edge in (0, -1):
            times = Counter(entry.lines[edge].cue for entry in entries if len(entry.lines) > 1)
            common = {cue for cue, n in times.items() if n >= REFRAIN and n * 2 > len(entries)}
            if common:
                entries = tuple(_without_line(entry, edge, common) for entry in entries)
        if entries is before:
            break
    return entries


def _without_line(entry: Entry, edge: int, cues: Container[str]) -> Entry:
    if len(entry.lines) == 1 or entry.lines[edge].cue not in cues:
        return entry
    return entry._replace(lines=entry.lines[1:] if edge == 0 else entry.lines[:-1])
