"""Find the comment section of a text dump, cut it into comments, and read author, date, votes and text of each.

A heading alone proves nothing (menus say "Comments" too), and a name with a date does not either (lists of stories
have them). A section is a heading that is soon followed by lines of one comment form; ``layouts`` names the forms. A
comment is opened or closed by a date; which of these, and where its name stands, is inferred from most comments of a
span together.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import NamedTuple

from stance.parsing.dump.page import HEAD_REACH, Dump, Section, own_lines
from stance.parsing.languages import phrases
from stance.parsing.layouts import TEXT_LAYOUTS, Form, TextLayout
from stance.parsing.line_parts import (
    AROUND,
    MARKS,
    REFRAIN,
    Entry,
    Part,
    Reading,
    any_offers,
    clean_name,
    cleans_to,
    is_affiliation,
    is_badge,
    is_badge_name,
    is_count,
    is_footer,
    is_heading,
    is_sort,
    is_wordless,
    leads_elsewhere,
    leads_to_comments,
    next_part,
    says_none,
    stated_count,
    votes_of,
)
from stance.parsing.lines import Line, mask_numbers, name_like, prose_words, split_lines, strip_prefix

BY = phrases("article.by")

ARTICLE_WORDS = 15
"""Words of paragraphs that make an article."""

CLOSED = 0.7
"""Minimum share of comments with buttons below them for the text below the buttons to be cut."""

HEAD_WORDS = 12
"""Words of a line between the buttons of one comment and the date of the next at most."""

CARD = 8
"""Lines of a member's card that may stand between his name and the line of name and date."""

_WITH_DATE = frozenset({Part.NAMED_STAMP, Part.STAMP})

BUTTONS = 8
"""Lines of buttons and counters that may stand between a date that closes a comment and the next name."""


INITIALS = 3
"""Letters that stand in place of a picture."""

FEW_ABOVE = 0.05
"""Maximum share of comments with buttons above their name and date, where most have buttons below them."""

_CLOSED = {Form.NAMED_STAMP: Form.NAMED_STAMP_BELOW, Form.STAMP: Form.STAMP_BELOW}


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
    return [*records[:-1], records[-1]._replace(end=_tail(page, records))]


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
    if len(openers) >= REFRAIN and _variety(heads) == 1:  # "Comment number 7", between a name and its date
        placed = [opener - 2 > span.start and _is_bare_name(page, opener - 2) for opener in openers]
    else:
        placed = [_has_place_above(page, opener, span) for opener in openers]
    named = [_Head(opener - 2, clean_name(page.lines[opener - 2].text)) for opener in openers]
    if sum(placed) * 2 <= len(placed) or _variety(named) < max(_variety(heads), 2):
        return heads
    return [own if place else head for place, own, head in zip(placed, named, heads, strict=True)]


def _variety(heads: Sequence[_Head]) -> int:
    """Count the names, but for numbers, of some comments."""
    return len({mask_numbers((head.name or "").casefold()) for head in heads})


def _is_bare_name(page: Dump, number: int) -> bool:
    return page.readings[number].part is Part.TEXT and name_like(page.lines[number].text)


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
        first = next_part(readings, Part.TEXT, start, opener)
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
    return next((i + 1 for i in range(end - 1, start, -1) if leads_to_comments(lines[i])), start + 1)


def _dates_open(page: Dump, span: Span) -> bool:
    """Return whether the date is a comment's first line, above the name, as forums have it."""
    readings = page.readings
    first, last = span.openers[0], span.openers[-1]
    start = _below_furniture(page.lines, span.start, first)
    name = next_part(readings, Part.TEXT, last + 1, span.end)
    closing = name is None or next_part(readings, Part.TEXT, name + 1, span.end) is None
    return len(span.openers) > 1 and not closing and next_part(readings, Part.TEXT, start, first) is None


def _records_dated(page: Dump, span: Span) -> Iterator[Record]:
    """Yield comments that open with the date, the name below it."""
    lines = page.lines
    for opener, end in pairwise((*span.openers, span.end)):
        name = next_part(page.readings, Part.TEXT, opener + 1, end)
        if name is not None and name_like(lines[name].text):
            yield Record(opener, end, name, clean_name(lines[name].text), span.form)
        else:
            yield Record(opener, end, opener, None, span.form)


def _names_stand_below(page: Dump, span: Span) -> bool:
    """Return whether names are found below the dates (which then close the comment above) rather than above."""
    parted = [i for i in span.openers if page.readings[i - 1].part is Part.ACTION and _is_bare_name(page, i - 2)]
    names = _variety([_Head(i, page.lines[i - 2].text) for i in parted])
    if min(len(parted), 2 * names) >= CLOSED * len(span.openers):  # "Report" stands between a name and its date
        return False
    below = 0
    for stamp, end in pairwise((*span.openers, span.end)):
        following = next_part(page.readings, Part.TEXT, stamp + 1, min(stamp + BUTTONS, end))
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
    if first - 1 <= span.start < first:  # a heading is directly above it
        return False
    is_prose, below = lines[first - 1].prose, _first_said(page, last + 1, span.end)
    is_credit = readings[first - 1].part is Part.TEXT and strip_prefix(lines[first].text, BY) is not None
    if is_credit and below is None:
        return True
    have_buttons = _buttons_stand_below(readings, span.openers)
    if have_buttons and (is_prose or is_credit or lines[first - 1].ends_sentence):
        return True
    if not (is_prose or have_buttons):
        return False
    if below is None:
        return True
    others = [range(*pair) for pair in pairwise(span.openers)]
    return not is_wordless(lines[below]) and own_lines(page, range(below - 1, span.end), others).stop <= below


def _buttons_stand_below(readings: Sequence[Reading], openers: Sequence[int]) -> bool:
    """Return whether buttons follow most lines of name and date, and stand above very few of them."""
    below = sum(readings[i + 1].part is Part.ACTION for i in openers if i + 1 < len(readings))
    above = sum(readings[i - 1].part in AROUND for i in openers if i)
    return below * 2 > len(openers) > above / FEW_ABOVE


def _tail(page: Dump, records: Sequence[Record]) -> int:
    """Find where the last comment ends, below which the site goes on without a cue."""
    last = records[-1]
    others = [_action_below(page, record) for record in records[:-1]]
    closes = len(others) - others.count(None) >= 0.7 * max(len(others), 1)
    longest = max((record.end - record.stamp for record in records[:-1]), default=0)
    if closes and (end := _action_below(page, last)) and end - last.stamp <= longest:
        return end
    first = _first_said(page, last.stamp + 1, last.end) or last.end
    said = own_lines(page, range(first, last.end), [range(record.stamp + 1, record.end) for record in records[:-1]])
    return next((i for i in range(said.stop, last.end) if page.readings[i].part not in AROUND), last.end)


def _action_below(page: Dump, record: Record) -> int | None:
    """Find the end of the first button below a comment."""
    text = _first_said(page, record.stamp + 1, record.end)
    action = None if text is None else next_part(page.readings, Part.ACTION, text, record.end)
    return None if action is None else action + 1


def _first_said(page: Dump, start: int, end: int) -> int | None:
    """Find the first line that could be a commenter's, be it without a word."""
    lines, readings = page.lines, page.readings
    return next((i for i in range(start, end) if readings[i].part is Part.TEXT or is_wordless(lines[i])), None)


REFRAINS = 4
"""Maximum number of lines that a page writes above and below each of its comments beside the known ones."""

LABEL_WORDS = 2
"""Maximum words of an unknown line among buttons, such as "up ratings"."""

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
    return next((votes for i in range(start, end) if (votes := votes_of(lines[i])) is not None), None)


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
            times = Counter(_refrain(entry.lines[edge]) for entry in entries if len(entry.lines) > 1)
            common = {cue for cue, n in times.items() if n >= REFRAIN and n * 2 > len(entries)}
            if common:
                entries = tuple(_without_line(entry, edge, common) for entry in entries)
        if entries is before:
            break
    return entries


def _without_line(entry: Entry, edge: int, cues: Container[str]) -> Entry:
    if len(entry.lines) == 1 or _refrain(entry.lines[edge]) not in cues:
        return entry
    return entry._replace(lines=entry.lines[1:] if edge == 0 else entry.lines[:-1])


def _refrain(line: Line) -> str:
    """Return the part of a page's line that comes back: all of it, or its label, as of "To: Ann"."""
    label, colon, _ = line.text.partition(":")
    return label if colon and label.isalpha() else line.cue


# Where comments may be ------------------------------------------------------------------------------------------------

REACH = 60
"""Lines that may stand between a heading and the first comment: a form, house rules, options of subscribers."""

BARE_REACH = 20
"""The same for a heading without a count, which says less."""

MARK_REACH = 15
"""Lines within which the marks of one layout stand."""

NEAREST = 0.6
"""Minimum share of the best score below a heading. The lowest heading that reaches it counts: a count beside the
title is a heading too, but the article would stand between it and the comments.
"""

CANDIDATES = 12
"""Places that are read as a section before one is chosen; a page has few, a hostile one must not have many."""

UNNAMED = 0.3
"""Weight of a comment without a name, where one with a name weighs 1: lists of stories have dates, but no names."""

AS_STATED = 1.5
"""Weight of having about as many comments as the heading says."""

IMPLICIT = 3
"""Comments that offer to reply, enough to be a section without a heading."""


PER_COMMENT = 3
"""Number of occurrences from which an end of a section is a part of each comment."""

HALF = 0.5
"""Minimum share of the stated comments that must be found where nothing else supports them."""

LISTED, HEADLINE_WORDS, HEADLINE_NAME = 0.7, 16, 6
"""Minimum share of comments with the form of a headline in a list of stories, maximum words of a headline, and
minimum mean words of the names that are headlines.
"""

TALK = 0.8
"""Share of comments without a heading that must tell the time of day and begin with a sentence."""

WRITERS = 3
"""Minimum number of different names below no heading."""

REPORTERS = 2
"""Maximum number of people who write a live report."""


LEAST_FOUND, MOST_FOUND = 0.3, 1.2
"""Minimum and maximum number of comments, as a share of the stated number, that agree with it."""


GENERAL = TEXT_LAYOUTS[-1].name
_BLANKS = tuple(layout for layout in TEXT_LAYOUTS if Form.BLANKS in layout.forms)
_FORMS = {Part.SAYS: Form.SAYS, Part.NAMED_STAMP: Form.NAMED_STAMP, Part.STAMP: Form.STAMP}
_WEIGHTS = {
    Form.SAYS: 1.2,
    Form.NAMED_STAMP: 1.1,
    Form.NAMED_STAMP_BELOW: 1.1,
    Form.STAMP: 1.0,
    Form.STAMP_BELOW: 1.0,
}


def find_section(page: Dump, quotes_above: Callable[[int], Callable[[Line], bool]]) -> Section | None:
    """Find the comments of a page.

    :param quotes_above: Given an index, makes a test of whether a line repeats what the article above it says.
    :return: The section; None where the page has no cue of one, or nothing under the cue has the form of comments.
    """
    found = _best_section(page) or _unmarked_section(page, quotes_above)
    if found is None:
        return None
    own = (page.lines[i] for i in page.cued if found.start <= i < found.end)
    return replace(found, headings=tuple(filter(is_heading, own)))


def _best_section(page: Dump) -> Section | None:
    """Read the places where a section could be; one that could not be good enough, were all in it told, is not read."""
    lines, readings = page.lines, page.readings
    openers = _openers(readings)
    ends = [*_ends(page), len(lines)]
    found = _best(page, _spans(page, openers, ends))
    if found is None:
        found = _best(page, _implicit_spans(readings, openers, ends))
    if found is None:
        return None
    near = [lines[i] for i in page.cued if found.start - MARK_REACH <= i < found.end]
    return replace(found, layout=_layout(near, found.form))


def _best(page: Dump, spans: Sequence[Span]) -> Section | None:
    """Read some spans and choose the lowest of those that are about as good as the best."""
    read: list[tuple[Section, float]] = []
    enough = 0.0
    for span in spans:
        if _most(span) >= enough and (section := _read(page, span)):
            read.append((section, _score(section)))
            enough = max(enough, NEAREST * read[-1][1])
    if not read:
        return None
    return max((pair for pair in read if pair[1] >= enough), key=lambda pair: (pair[0].start, pair[1]))[0]


def _spans(page: Dump, openers: dict[Form, list[int]], ends: Sequence[int]) -> list[Span]:
    """List the places where a section could be, the best first."""
    starts = [
        (i, REACH if is_heading(page.lines[i]) and any(map(str.isdigit, page.lines[i].key)) else BARE_REACH)
        for i in _headings(page)
    ]
    spans = [
        span for start, reach in starts for form, at in openers.items() if (span := _span(start, reach, form, at, ends))
    ]
    # Of headings above the same comments the lowest is theirs.
    lowest = {(span.form, span.low): span for span in sorted(spans, key=lambda span: span.start)}
    return sorted(lowest.values(), key=lambda span: span.low - span.high)[:CANDIDATES]


def _headings(page: Dump) -> list[int]:
    """List the lines below which a section may be."""
    lines = page.lines
    counts = [i for i, line in enumerate(lines) if is_count(line) and not _is_button(page, i)]
    times = Counter(lines[i].cue for i in counts)
    return sorted(
        {
            *(i for i in page.cued if (is_heading(lines[i]) or is_sort(lines[i])) and not _is_button(page, i)),
            *(i for i in counts if times[lines[i].cue] < PER_COMMENT),
        }
    )


def _is_button(page: Dump, number: int) -> bool:
    """Return whether a line stands among buttons and could be one: "Reply", "Share", "2 replies"."""
    return number > 0 and page.readings[number - 1].part is page.readings[number].part is Part.ACTION


def _openers(readings: Sequence[Reading]) -> dict[Form, list[int]]:
    """Collect the lines that can open a comment, by form; where most tell the time of day, only those that do."""
    openers: dict[Form, list[int]] = {form: [] for form in _FORMS.values()}
    for i, reading in enumerate(readings):
        if form := _FORMS.get(reading.part):
            openers[form].append(i)
    named = openers[Form.NAMED_STAMP]
    badges = [i for i in openers[Form.STAMP] if readings[i].badge]
    if len(badges) < len(named):  # "Guest • 3 days ago" among "Ann • 3 days ago"
        named = sorted((*named, *badges))
    timed = [i for i in named if readings[i].timed]
    openers[Form.NAMED_STAMP] = timed if len(timed) * 2 >= len(named) else named
    return openers


def _ends(page: Dump) -> list[int]:
    """List the lines that end a section; a repeated one is a part of each comment.

    A footer ends one below all that could be of a comment: commenters write "© Mark Twain" below what they quote.
    """
    lines, readings = page.lines, page.readings
    last = next((i for i in range(len(lines) - 1, -1, -1) if readings[i].part in _FORMS or readings[i].offers), 0)
    return [i for i in page.stops if i > last or not is_footer(lines[i])]


def _span(start: int, reach: int, form: Form, openers: Sequence[int], ends: Sequence[int]) -> Span | None:
    """Take the openers between a heading and the first line that ends a section below the first of them.

    Where that one is such a line itself, nothing is between them.
    """
    low = bisect_left(openers, start)
    if low == len(openers) or openers[low] - start > reach:
        return None
    end = ends[bisect_left(ends, openers[low])]
    high = bisect_left(openers, end)
    return Span(start, end, form, low, high, openers) if low < high else None


def _implicit_spans(readings: Sequence[Reading], openers: dict[Form, list[int]], ends: Sequence[int]) -> list[Span]:
    """List the places without a heading that could be sections, the best first."""
    spans = [span for form, at in openers.items() if (span := _implicit_span(readings, form, at, ends))]
    if not spans:
        spans = [span for form in _FORMS.values() for span in _headless_spans(form, openers[form], ends)]
    return sorted(spans, key=lambda span: span.low - span.high)[:CANDIDATES]


def _headless_spans(form: Form, openers: Sequence[int], ends: Sequence[int]) -> list[Span]:
    """List the runs of lines with a name, and a date or a verb, that no heading stands above."""
    firsts = [
        i for above, i in pairwise((-2 * REACH, *openers)) if i - above > REACH or ends[bisect_left(ends, above)] < i
    ]
    spans = [_span(i, 0, form, openers, ends) for i in firsts]
    return [replace(span, headed=False) for span in spans if span and span.high - span.low >= 2]


def _implicit_span(readings: Sequence[Reading], form: Form, openers: Sequence[int], ends: Sequence[int]) -> Span | None:
    """Take a section without a heading: comments that offer to reply."""
    bounds = [*openers, min(len(readings), openers[-1] + REACH) if openers else 0]
    replying = [a for a, b in pairwise(bounds) if any_offers(readings, a, b)]
    if len(replying) < IMPLICIT:
        return None
    span = _span(replying[0], 0, form, openers, ends)
    return span if span and len(set(replying) & set(span.openers)) >= IMPLICIT else None


def _most(span: Span) -> float:
    """Rate a span as if all of its comments had names and their number were the one that the page states."""
    return _WEIGHTS[span.form] * (span.high - span.low) * AS_STATED


def _read(page: Dump, span: Span) -> Section | None:
    """Read a span as a section; None where half of its comments would be empty."""
    lines = page.lines
    span = _with_names_above(page, span)
    records = cut_span(page, span)
    entries = tuple(entry for record in records if (entry := read_entry(page, record)))
    if not entries or len(entries) * 2 < len(records):
        return None
    start = min(span.start, records[0].start)
    head = max(start - HEAD_REACH, 0)
    if says_none(lines[head : records[0].start]):
        return None
    stated = stated_count(lines[head : records[0].stamp])
    below = _is_above_article(lines, span, records)
    section = Section(
        records[0].start if below else start, span.end, without_refrains(entries), GENERAL, stated, records[0].form
    )
    if not span.headed:
        return _as_talk(page, section, records)
    return section if _is_accepted(page, span, records, section, below) else None


def _with_names_above(page: Dump, span: Span) -> Span:
    """Read dates that all have the same words beside them, and a name above, as dates alone: "3 May | Link to this"."""
    own = [_Head(i, page.readings[i].name) for i in span.openers]
    if span.form is not Form.NAMED_STAMP or len(own) < REFRAIN or _variety(own) > 1:
        return span
    above = [_Head(i, clean_name(page.lines[i - 1].text)) for i in span.openers if _is_bare_name(page, i - 1)]
    return replace(span, form=Form.STAMP) if len(above) == len(own) < 2 * _variety(above) else span


def _is_accepted(page: Dump, span: Span, records: Sequence[Record], section: Section, below: bool) -> bool:
    """Return whether the entries below a heading are comments, rather than the article or a list of stories.

    :param below: Whether the article stands between the heading and it.
    """
    lines = page.lines
    entries = section.entries
    offers = sum(any_offers(page.readings, record.start, record.end) for record in records) * 3 >= len(records)
    if not offers and (_are_headlines(entries) or is_desk(entries)):
        return False
    if offers and len(entries) > 1:
        return True
    counted = _count_comments(lines, records, entries)
    if below or _leads_away(page, span, records):
        return not counted and _as_stated(section, HALF) and (offers or len(entries) > 1)
    above = prose_words(lines[: span.start])
    if not offers and (is_report(section, above)):
        return False
    return offers or not (counted or (_is_list(entries) and not _as_stated(section)))


def _leads_away(page: Dump, span: Span, records: Sequence[Record]) -> bool:
    """Return whether another list, with a heading or dates of its own, begins above the first comment."""
    between = range(span.start, records[0].start)
    dates = sum(page.readings[i].part in _FORMS for i in between)
    return dates >= PER_COMMENT or leads_elsewhere(page.lines[between.start : between.stop])


def _are_headlines(entries: Sequence[Entry]) -> bool:
    """Return whether the names are rather headlines."""
    names = [entry.author for entry in entries if entry.author]
    return sum(len(name.split()) for name in names) >= HEADLINE_NAME * max(len(names), 1)


def is_desk(entries: Sequence[Entry]) -> bool:
    """Return whether one has written all texts, and no time of day is told: an author's stories."""
    names = {entry.author for entry in entries}
    return len(entries) >= IMPLICIT and len(names) == 1 and not any("T" in (entry.posted or "T") for entry in entries)


def is_report(section: Section, prose_above: int) -> bool:
    """Return whether the entries below a count of comments are rather the article: posts of few writers."""
    posts = len(section.entries)
    if prose_above >= ARTICLE_WORDS or (posts > 1 and _as_stated(section, HALF)):
        return False
    return posts == 1 or (len({entry.author or "" for entry in section.entries}) <= REPORTERS and posts >= IMPLICIT)


def _count_comments(lines: Sequence[Line], records: Sequence[Record], entries: Sequence[Entry]) -> bool:
    """Return whether comments hold, or end in, a count of comments, as each of a list of stories does."""
    if sum(is_heading(entry.lines[-1]) for entry in entries) * 2 >= len(entries):
        return True
    return count_comments(lines[records[0].start : records[-1].end], len(entries))


def count_comments(lines: Sequence[Line], entries: int) -> bool:
    """Return whether half as many lines as there are entries count comments: "Ann | 3 May | Comments (3)"."""
    parts = (split_lines(line.text.replace("|", "\n")) if "|" in line.text else (line,) for line in lines)
    counts = sum(any(map(is_count, own)) for own in parts)
    return counts >= PER_COMMENT and counts * 2 >= entries


def _as_talk(page: Dump, section: Section, records: Sequence[Record]) -> Section | None:
    """Take comments without a heading above them, if they are dated and like talk."""
    headers = (page.readings[record.start : record.stamp + 3] for record in records)
    dated = sum(any(reading.part in _WITH_DATE for reading in header) for header in headers)
    section = without_opening(page.lines, section)
    names = {entry.author for entry in section.entries if entry.author}
    is_talk = section.form is Form.SAYS or (len(names) >= WRITERS and _is_lively(section.entries))
    return section if is_talk and dated >= TALK * len(records) else None


def _is_lively(entries: Sequence[Entry]) -> bool:
    """Return whether comments that no verb opens tell the time of day, and begin with whole sentences."""
    timed = sum("T" in (entry.posted or "") for entry in entries)
    firsts = (entry.lines[0] for entry in entries)
    spoken = sum((line.prose or line.ends_sentence) and not line.truncated for line in firsts)
    return len(entries) > IMPLICIT and min(timed, spoken) >= TALK * len(entries)


def without_opening(lines: Sequence[Line], section: Section) -> Section:
    """Return a section without the post that opens a thread: where no article stands above, it is the article."""
    if len(section.entries) < 2 or prose_words(lines[: section.start]) >= ARTICLE_WORDS:
        return section
    last = section.entries[0].lines[-1]
    start = next((i + 1 for i in range(section.start, section.end) if lines[i] is last), section.start)
    return replace(section, start=start, entries=section.entries[1:], opening=section.entries[0])


def _is_above_article(lines: Sequence[Line], span: Span, records: Sequence[Record]) -> bool:
    """Return whether the article stands between a heading, which rather counts the comments beside the title, and them.

    Above the heading are few paragraphs then, below it more of them than house rules or another comment have.
    """
    between = prose_words(lines[span.start : records[0].stamp])
    if records[0].is_closed:
        between -= max((prose_words(lines[record.start : record.end]) for record in records[1:]), default=0)
    return between >= ARTICLE_WORDS and between > prose_words(lines[: span.start])


def _score(section: Section) -> float:
    """Rate how much a span is like a comment section."""
    named = sum(entry.author is not None for entry in section.entries)
    score = (_WEIGHTS[section.form] if section.form else 0.0) * (named + UNNAMED * (len(section.entries) - named))
    return score * AS_STATED if _as_stated(section) else score


def _is_list(entries: Sequence[Entry]) -> bool:
    """Return whether comments that offer nothing are rather a list of stories: headlines, or dates without names."""
    headlines = sum(
        len(entry.lines) == 1 and entry.lines[0].words <= HEADLINE_WORDS and not entry.lines[0].ends_sentence
        for entry in entries
    )
    unnamed = sum(entry.author is None for entry in entries)
    return headlines >= LISTED * len(entries) or unnamed * 2 > len(entries)


def _as_stated(section: Section, least: float = LEAST_FOUND) -> bool:
    stated = section.stated or 0
    return bool(stated) and least * stated <= len(section.entries) <= MOST_FOUND * stated


def _unmarked_section(page: Dump, quotes_above: Callable[[int], Callable[[Line], bool]]) -> Section | None:
    """Find a section with only names and blank lines between its comments."""
    lines = page.lines
    for layout in _BLANKS:
        bounds = _marked_bounds(page, layout)
        if bounds is None:
            continue
        opening, start = bounds
        end = next((i for i in page.stops if i >= start), len(lines))
        if start == end or says_none(lines[max(opening - HEAD_REACH, 0) : start]):
            continue
        if not any(line.gap for line in lines[start + 1 : end]) and end - start > 1:
            continue
        if entries := split_by_blanks(lines[start:end], quotes_above(opening)):
            return Section(opening, end, entries, layout.name, stated_count(lines[opening:start]), Form.BLANKS)
    return None


def _marked_bounds(page: Dump, layout: TextLayout) -> tuple[int, int] | None:
    """Find the first group of enough different marks: its first line, and the line below its last."""
    marks = [i for i in page.cued if MARKS[layout.name].match(page.lines[i])]
    for position, first in enumerate(marks):
        group = [i for i in marks[position : position + MARK_REACH] if i - first < MARK_REACH]
        if len({page.lines[i].cue for i in group}) >= layout.needed:
            return first, group[-1] + 1
    return None


def _layout(lines: Sequence[Line], form: Form | None) -> str:
    """Return the name of the first layout with the form and marks of a section."""
    by_cue = {line.cue: line for line in lines}
    for layout in (layout for layout in TEXT_LAYOUTS if form in layout.forms):
        if not layout.marks or sum(map(MARKS[layout.name].match, by_cue.values())) >= layout.needed:
            return layout.name
    return GENERAL


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
