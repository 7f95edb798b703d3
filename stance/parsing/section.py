"""The comment section of a text dump: where it is, and where each comment in it begins and ends.

A heading alone proves nothing (menus say "Comments" too), and a name with a date does not either (lists of stories
have them). A section is a heading that is soon followed by lines of one comment form; ``layouts`` names the forms.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice, pairwise
from typing import NamedTuple

from stance.parsing.blanks import split_by_blanks
from stance.parsing.layouts import (
    BY,
    COMMENT_HEADINGS,
    NO_COMMENTS,
    RELATED_HEADINGS,
    SAID_TOO,
    SECTION_ENDS,
    SORT_LINES,
    TEXT_LAYOUTS,
    Form,
    TextLayout,
    phrases,
)
from stance.parsing.lines import Cues, Line, name_like, strip_prefix
from stance.parsing.stamps import (
    Part,
    Reading,
    behind_date,
    card_lines,
    clean_name,
    is_affiliation,
    is_badge,
    is_badge_name,
    is_paging,
    is_wordless,
    read_line,
    votes_of,
)

REACH = 60
"""Lines that may stand between a heading and the first comment: a form, house rules, options of subscribers."""

BARE_REACH = 20
"""The same for a heading without a count, which says less."""

MARK_REACH = 15
"""Lines within which the marks of one layout stand."""

HEADING_WORDS = 30
"""A heading repeats the title of the article at most."""

NEAREST = 0.6
"""Of several headings the lowest counts that still has this share of the best score below it: a count beside the title
is a heading too, but the article would stand between it and the comments."""

CANDIDATES = 12
"""Places that are read as a section before one is chosen; a page has few, a hostile one must not have many."""

UNNAMED = 0.3
"""What a comment without a name is worth beside one with a name: lists of stories have dates, but no names."""

AS_STATED = 1.5
"""What a section gains by having about as many comments as its heading says."""

IMPLICIT = 3
"""Comments that offer to reply, enough to be a section without a heading."""

LISTED = 0.7
"""Comments that have the form of a headline, enough to be a list of stories instead: with author and date, too."""

HEADLINE_WORDS = 16

REFRAINS = 4
"""Lines that a page writes above and below each of its comments at most, beside those that are known."""

LABEL_WORDS = 2
"""Words of a line among buttons that is none that is known: "up ratings"."""

SENTENCE_WORDS = 5
"""Words of a line above a date that is too long for an odd name."""

SUBJECTS = frozenset(("re", "aw", "sv", "antw"))
"""What the subject of an answer begins with."""

REFRAIN = 3
"""Comments that must share a line before it is the page's and not theirs."""

SORT_WORDS = 10

HEAD_REACH = 3
"""Lines above a heading, an order of sorting or the marks of a layout, where it says how many comments there are."""

UNDATED, UNDATED_REACH, UNDATED_NAME = 4, 6, 4
"""Of a section without dates and buttons: how many comments it has, how soon they begin, how many words a name has."""

PER_COMMENT = 3
"""An end that stands so often among comments ends none of them."""

HALF = 0.5
"""Of the comments that a page counts, so many must be there where nothing else speaks for them."""

LIST_WORDS = 6
"""Words of a heading of other stories at most."""

ARTICLE_WORDS = 15
"""Words of paragraphs that make an article."""

CLOSED = 0.7
"""Comments that have buttons below them, enough for what stands below the buttons to be none of theirs."""

HEAD_WORDS = 12
"""Words of a line between the buttons of one comment and the date of the next at most."""

BUTTONS = 8
"""Lines of buttons and counters that may stand between a date that closes a comment and the next name."""

CARD = 8
"""Lines of a member's card that may stand between his name and the line of name and date."""

INITIALS = 3
"""Letters that stand in place of a picture."""

MENU_RUN = 4
"""Short lines in a row below the last comment that are a menu."""

_HEADINGS = Cues(phrases(COMMENT_HEADINGS))
_ENDS = Cues(phrases(SECTION_ENDS))
_SORTS = Cues(SORT_LINES)
_NONE = Cues(NO_COMMENTS)
_LISTS = Cues(phrases(RELATED_HEADINGS))
_MARKS = {layout.name: Cues(layout.marks) for layout in TEXT_LAYOUTS if layout.marks}
_SAID_TOO = frozenset(SAID_TOO)
_TOLD_BY_TIMES = SUBJECTS.union(phrase.split()[0] for phrase in SAID_TOO)
"""First words of the lines that are read by how often a page has them."""
_BLANKS = tuple(layout for layout in TEXT_LAYOUTS if Form.BLANKS in layout.forms)
_CUES = Cues(
    (
        *phrases(COMMENT_HEADINGS),
        *phrases(SECTION_ENDS),
        *phrases(RELATED_HEADINGS),
        *SORT_LINES,
        *(mark for layout in TEXT_LAYOUTS for mark in layout.marks),
    )
)
"""All of these at once; most lines are none of it, which one look tells."""
GENERAL = TEXT_LAYOUTS[-1].name
_COUNT = re.compile(r"(?<!\d)\d[\d ]{0,8}(?!\d)")
_EXCERPT = ("[…]", "[...]")

_FORMS = {Part.SAYS: Form.SAYS, Part.NAMED_STAMP: Form.NAMED_STAMP, Part.STAMP: Form.STAMP}
_WEIGHTS = {
    Form.SAYS: 1.2,
    Form.NAMED_STAMP: 1.1,
    Form.NAMED_STAMP_BELOW: 1.1,
    Form.STAMP: 1.0,
    Form.STAMP_BELOW: 1.0,
    Form.ACTION_BELOW: 0.5,
}
_TEXT, _JUNK = Reading(Part.TEXT), Reading(Part.JUNK)
_CLOSED = {Form.NAMED_STAMP: Form.NAMED_STAMP_BELOW, Form.STAMP: Form.STAMP_BELOW, Form.ACTION_BELOW: Form.ACTION_BELOW}
_AROUND = frozenset({Part.STAMP, Part.ACTION, Part.ANSWERED, Part.JUNK})
"""Lines that are furniture above and below a commenter's words; between them they are his own."""


class Entry(NamedTuple):
    """A comment as its lines tell it."""

    lines: tuple[Line, ...]  # the commenter's own, at least one
    author: str | None = None
    posted: str | None = None
    votes: int | None = None
    answered: str | None = None  # the name of the one it answers
    indent: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """A comment section: ``lines[start:end]`` of the page."""

    start: int
    end: int
    entries: tuple[Entry, ...]
    layout: str
    stated: int | None  # the page's own count
    form: Form
    headings: tuple[Line, ...] = ()  # those of its lines that are one


@dataclass(frozen=True, slots=True)
class _Span:
    """A candidate: ``lines[start:end]``, and which lines of its form begin (or close) its comments."""

    start: int
    end: int
    form: Form
    low: int  # all[low:high] are its openers; they are not copied, a page can have very many candidates
    high: int
    all: Sequence[int]

    @property
    def openers(self) -> Sequence[int]:
        """The lines that begin (or close) its comments."""
        return self.all[self.low : self.high]


class _Head(NamedTuple):
    """Where a comment begins, and whose it is."""

    start: int
    name: str | None
    answered: str | None = None


class _Record(NamedTuple):
    """The lines of one comment: ``lines[start:end]``, its opener or closer among them."""

    start: int
    end: int
    stamp: int
    name: str | None
    form: Form
    answered: str | None = None


def find_section(lines: Sequence[Line], quotes_above: Callable[[int], Callable[[Line], bool]]) -> Section | None:
    """Find the comments of a page.

    :param lines: All lines of the page.
    :param quotes_above: Given an index, makes a test of whether a line repeats what the article above it says.
    :return: The section; None where the page has no cue of one, or nothing under the cue has the form of comments.
    """
    readings = _readings(lines, _buttons(lines))
    cued = [i for i, line in enumerate(lines) if _CUES.match(line) or is_paging(line)]
    found = (
        _best_section(lines, readings, cued)
        or _unmarked_section(lines, cued, quotes_above)
        or _undated_section(lines, readings, cued)
    )
    if found is None:
        return None
    own = (lines[i] for i in cued if found.start <= i < found.end)
    return replace(found, headings=tuple(filter(is_heading, own)))


def _best_section(lines: Sequence[Line], readings: Sequence[Reading], cued: Sequence[int]) -> Section | None:
    """Read the places where a section could be; one that could not be good enough, were all in it told, is not read."""
    read: list[tuple[Section, float]] = []
    enough = 0.0
    for span in _spans(lines, readings, cued):
        if _most(span) >= enough and (section := _read(lines, readings, span)):
            read.append((section, _score(section)))
            enough = max(enough, NEAREST * read[-1][1])
    if not read:
        return None
    found = max((pair for pair in read if pair[1] >= enough), key=lambda pair: (pair[0].start, pair[1]))[0]
    near = [lines[i] for i in cued if found.start - MARK_REACH <= i < found.end]
    return replace(found, layout=_layout(near, found.form))


def _readings(lines: Sequence[Line], buttons: Container[str]) -> list[Reading]:
    """Read each line, and then what only the line above tells, or the page; it writes many again and again."""
    known: dict[tuple[str, str], Reading] = {}
    readings = []
    for line in lines:
        key = line.number, line.text
        reading = known.get(key)
        if reading is None:
            reading = known[key] = read_line(line, buttons)
        readings.append(reading)
    for i in card_lines(lines):
        readings[i] = _JUNK
    told = [i for i, line in enumerate(lines) if line.opening in _TOLD_BY_TIMES]
    times = Counter(lines[i].key for i in told)
    dates = sum(reading.part in _FORMS for reading in readings) if told else 0
    for i in told:
        words = lines[i].key
        if lines[i].opening in SUBJECTS and times[words] >= REFRAIN:
            readings[i] = _JUNK
        elif dates >= REFRAIN and words in _SAID_TOO and times[words] * REFRAIN < max(dates, 2 * REFRAIN):
            readings[i] = _TEXT
    return readings


def _buttons(lines: Sequence[Line]) -> frozenset[str]:
    """Find what this page writes behind many dates: a button in a language, or of a system, that nobody listed."""
    times = Counter(after for line in lines if (after := behind_date(line)))
    return frozenset(after for after, n in times.items() if n >= REFRAIN)


def is_heading(line: Line) -> bool:
    """Whether a line opens a comment section, as far as a line alone can tell."""
    if not _HEADINGS.match(line) or line.words > HEADING_WORDS or line.text.endswith("."):
        return False
    return not line.bullet or any(map(str.isdigit, line.key))  # "• Comments" is in a menu


def _is_sort(line: Line) -> bool:
    return _SORTS.match(line) and line.words <= SORT_WORDS


def says_none(lines: Sequence[Line]) -> bool:
    """Whether a page says that nobody has commented."""
    return any(line.words <= HEADING_WORDS and _NONE.match(line) for line in lines) or stated_count(lines) == 0


def stated_count(lines: Sequence[Line]) -> int | None:
    """Read the page's own count of comments off the last heading that has one."""
    for line in reversed(lines):
        if is_heading(line) and (count := _COUNT.search(line.key)):
            return int(count[0].replace(" ", ""))
    return None


def _spans(lines: Sequence[Line], readings: Sequence[Reading], cued: Sequence[int]) -> list[_Span]:
    """List the places where a section could be, the best first."""
    openers = _openers(readings)
    ends = [*_ends(lines, readings, cued), len(lines)]
    starts = [
        (i, REACH if any(map(str.isdigit, lines[i].key)) else BARE_REACH)
        for i in _without_counters(lines, readings, [i for i in cued if _opens_section(lines[i])], openers)
    ]
    spans = [
        span for start, reach in starts for form, at in openers.items() if (span := _span(start, reach, form, at, ends))
    ]
    if not spans:
        spans = [span for form, at in openers.items() if (span := _implicit_span(readings, form, at, ends))]
    # Of headings above the same comments the lowest is theirs.
    lowest = {(span.form, span.low): span for span in sorted(spans, key=lambda span: span.start)}
    return sorted(lowest.values(), key=lambda span: span.low - span.high)[:CANDIDATES]


def _without_counters(
    lines: Sequence[Line], readings: Sequence[Reading], headings: Sequence[int], openers: dict[Form, list[int]]
) -> list[int]:
    """Take out of the headings those that rather count the answers to one comment: "3 replies".

    They stand below an offer to reply; or again and again, where the section itself counts in other words.
    """
    first = next(iter(headings), 0)
    opened = min((at[k] for at in openers.values() if (k := bisect_left(at, first)) < len(at)), default=len(lines))
    own = {cue for i in headings if i < opened and "#" in (cue := lines[i].cue)}
    times = Counter(lines[i].cue for i in headings if i > opened)
    often = {cue for cue, n in times.items() if own and n >= PER_COMMENT and "#" in cue} - own
    below = (i for i in headings if i > opened and "#" in lines[i].cue)
    counters = {i for i in below if lines[i].cue in often or _is_offered_above(readings, i)}
    return [i for i in headings if i not in counters]


def _is_offered_above(readings: Sequence[Reading], i: int) -> bool:
    """Whether what stands right above a line, counters aside, offers to reply."""
    i -= 1
    while i > 0 and readings[i].part is Part.JUNK:
        i -= 1
    return i >= 0 and readings[i].part is Part.ACTION and readings[i].offers


def _opens_section(line: Line) -> bool:
    return is_heading(line) or _is_sort(line) or any(_MARKS[layout.name].match(line) for layout in _BLANKS)


def _most(span: _Span) -> float:
    """Rate a span as if all of its comments had names and their number were the one that the page states."""
    return _WEIGHTS[span.form] * (span.high - span.low) * AS_STATED


def _read(lines: Sequence[Line], readings: Sequence[Reading], span: _Span) -> Section | None:
    """Read a span as a section; None where half of its comments would be empty."""
    records = _records(lines, readings, span)
    entries = tuple(entry for record in records if (entry := _entry(lines, readings, record)))
    if not entries or len(entries) * 2 < len(records):
        return None
    if records[0].form is Form.ACTION_BELOW and len(entries) < IMPLICIT:
        return None
    offers = sum(_offers(readings, record.start, record.end) for record in records) * 3 >= len(records)
    start = min(span.start, records[0].start)
    head = max(start - HEAD_REACH, 0)
    if says_none(lines[head : records[0].start]):
        return None
    stated = stated_count(lines[head : records[0].stamp])
    below = _is_above_article(lines, span, records)
    section = Section(
        records[0].start if below else start, span.end, _without_refrains(entries), GENERAL, stated, records[0].form
    )
    if offers and len(entries) > 1:
        return section
    counted = _count_comments(entries)
    if below or _leads_elsewhere(lines[span.start : records[0].start]):
        stated_so = not counted and _as_stated(section, HALF)
        return section if stated_so and (offers or len(entries) > 1) else None
    return section if offers or not (counted or (_is_list(entries) and not _as_stated(section))) else None


def _leads_elsewhere(lines: Sequence[Line]) -> bool:
    """Whether a list of other stories begins among some lines."""
    return any(line.words <= LIST_WORDS and not line.ends_sentence and _LISTS.match(line) for line in lines)


def _is_above_article(lines: Sequence[Line], span: _Span, records: Sequence[_Record]) -> bool:
    """Whether the article stands between a heading, which rather counts the comments beside the title, and them.

    Above the heading are few paragraphs then, below it more of them than house rules or another comment have.
    """
    between = _prose(lines[span.start : records[0].stamp])
    if records[0].form in _CLOSED.values():
        between -= max((_prose(lines[record.start : record.end]) for record in records[1:]), default=0)
    return between >= ARTICLE_WORDS and between > _prose(lines[: span.start])


def _prose(lines: Sequence[Line]) -> int:
    """Count the words of the paragraphs among some lines."""
    return sum(line.words for line in lines if line.prose)


def _score(section: Section) -> float:
    """Rate how much a span is like a comment section."""
    named = sum(entry.author is not None for entry in section.entries)
    score = _WEIGHTS[section.form] * (named + UNNAMED * (len(section.entries) - named))
    return score * AS_STATED if _as_stated(section) else score


def _as_stated(section: Section, least: float = 0.3) -> bool:
    return bool(section.stated) and least * (section.stated or 0) <= len(section.entries) <= 1.2 * (section.stated or 0)


def _is_list(entries: Sequence[Entry]) -> bool:
    """Whether comments that offer nothing are rather a list of stories: headlines, or dates without names."""
    headlines = sum(
        len(entry.lines) == 1 and entry.lines[0].words <= HEADLINE_WORDS and not entry.lines[0].ends_sentence
        for entry in entries
    )
    unnamed = sum(entry.author is None for entry in entries)
    return headlines >= LISTED * len(entries) or unnamed * 2 > len(entries)


def _count_comments(entries: Sequence[Entry]) -> bool:
    """Whether comments end in a count of comments, as each of a list of stories does."""
    return sum(is_heading(entry.lines[-1]) for entry in entries) * 2 >= len(entries)


def _openers(readings: Sequence[Reading]) -> dict[Form, list[int]]:
    """Collect the lines that can open a comment, by form; where most tell the time of day, only those that do."""
    openers: dict[Form, list[int]] = {form: [] for form in _FORMS.values()}
    for i, reading in enumerate(readings):
        if form := _FORMS.get(reading.part):
            openers[form].append(i)
    openers[Form.ACTION_BELOW] = [
        i
        for i, (above, reading) in enumerate(pairwise((_TEXT, *readings)))
        if reading.part is Part.ACTION and reading.offers and above.part is Part.TEXT
    ]
    named = openers[Form.NAMED_STAMP]
    badges = [i for i in openers[Form.STAMP] if readings[i].badge]
    if len(badges) < len(named):  # "Guest • 3 days ago" among "Ann • 3 days ago"
        named = sorted((*named, *badges))
    timed = [i for i in named if readings[i].timed]
    openers[Form.NAMED_STAMP] = timed if len(timed) * 2 >= len(named) else named
    return openers


def _ends(lines: Sequence[Line], readings: Sequence[Reading], cued: Sequence[int]) -> list[int]:
    """List the lines that end a section; what stands there again and again is a part of each comment."""
    ends = [i for i in cued if _ends_section(lines[i], readings[i])]
    times = Counter(lines[i].key for i in ends)
    return [i for i in ends if times[lines[i].key] < PER_COMMENT]


def _ends_section(line: Line, reading: Reading) -> bool:
    if _ENDS.match(line) or is_paging(line):
        return True
    return reading.part is Part.TEXT and _leads_elsewhere((line,))


def _span(start: int, reach: int, form: Form, openers: Sequence[int], ends: Sequence[int]) -> _Span | None:
    """Take the openers between a heading and the first line that ends a section below the first of them.

    Where that one is such a line itself, nothing is between them.
    """
    low = bisect_left(openers, start)
    if low == len(openers) or openers[low] - start > reach:
        return None
    end = ends[bisect_left(ends, openers[low])]
    high = bisect_left(openers, end)
    return _Span(start, end, form, low, high, openers) if low < high else None


def _implicit_span(
    readings: Sequence[Reading], form: Form, openers: Sequence[int], ends: Sequence[int]
) -> _Span | None:
    """Take a section without a heading: comments that offer to reply."""
    bounds = [*openers, min(len(readings), openers[-1] + REACH) if openers else 0]
    replying = [a for a, b in pairwise(bounds) if _offers(readings, a, b)]
    if len(replying) < IMPLICIT:
        return None
    span = _span(replying[0], 0, form, openers, ends)
    return span if span and len(set(replying) & set(span.openers)) >= IMPLICIT else None


def _records(lines: Sequence[Line], readings: Sequence[Reading], span: _Span) -> list[_Record]:
    """Cut a span into comments."""
    if span.form is Form.STAMP:
        below = _names_stand_below(lines, readings, span)
    elif span.form is Form.NAMED_STAMP:
        below = _stamps_stand_below(lines, readings, span)
    else:
        below = span.form is Form.ACTION_BELOW
    if below and span.form is Form.STAMP and _dates_open(lines, readings, span):
        return list(_records_dated(lines, readings, span))
    if below:
        return list(_records_closed(lines, readings, span))
    records = list(_records_opened(lines, readings, span))
    last = records[-1]
    end = _tail(lines, readings, records)
    return [*records[:-1], last._replace(end=end)]


def _records_opened(lines: Sequence[Line], readings: Sequence[Reading], span: _Span) -> Iterator[_Record]:
    """Yield comments whose name and date stand above them."""
    openers = span.openers
    floors = _floors(lines, readings, openers)
    if span.form is Form.STAMP:
        own = _own_stamps(lines, readings, openers, floors)
        if len(own) < len(openers):
            openers, floors = own, _floors(lines, readings, own)
        heads = _heads(lines, readings, span, openers, floors)
    else:
        heads = [_head_of_named(lines, readings, i, above) for above, i in pairwise((span.start, *openers))]
    ends = [min(floor or head.start, head.start) for floor, head in zip(floors[1:], heads[1:], strict=True)]
    if _counts_stand_above(lines, heads[0].start):
        ends = [_above_counters(lines, end) for end in ends]
    for head, end, opener in zip(heads, (*ends, span.end), openers, strict=True):
        yield _Record(head.start, end, opener, head.name, span.form, head.answered)


def _counts_stand_above(lines: Sequence[Line], first: int) -> bool:
    """Whether a page writes the votes above the names: above that of the first comment, and not all it counts."""
    return first > 1 and votes_of(lines[first - 1]) is not None and not is_heading(lines[first - 2])


def _above_counters(lines: Sequence[Line], end: int) -> int:
    while votes_of(lines[end - 1]) is not None:
        end -= 1
    return end


def _head_of_named(lines: Sequence[Line], readings: Sequence[Reading], opener: int, floor: int) -> _Head:
    """Find where a comment begins that a line of name and date opens: at the same name above it, with a card below."""
    name = readings[opener].name or readings[opener].badge or None
    for i in range(opener - 1, max(opener - CARD, floor), -1):
        if lines[i].has_more_words(HEAD_WORDS):
            break
        if name and clean_name(lines[i].text) == name:
            return _Head(i, name)
    return _Head(opener, name)


def _floors(lines: Sequence[Line], readings: Sequence[Reading], openers: Sequence[int]) -> list[int | None]:
    """Find for each comment the end of the buttons below the one above it, where most comments have them.

    What stands between them and the next date is a picture's description, a name, an advertisement: not said by
    the one above.
    """
    ends = [_below_buttons(lines, readings, a, b) for a, b in pairwise(openers)]
    if len(ends) - ends.count(None) < CLOSED * len(ends):
        return [None] * len(openers)
    floors = (end if end and _are_short(lines, end, i) else None for end, i in zip(ends, openers[1:], strict=True))
    return [None, *floors]


def _are_short(lines: Sequence[Line], start: int, end: int) -> bool:
    """Whether none of some lines is too long to stand between two comments."""
    for i in range(start, end):  # noqa: SIM110 (a generator takes twice as long)
        if lines[i].has_more_words(HEAD_WORDS):
            return False
    return True


def _below_buttons(lines: Sequence[Line], readings: Sequence[Reading], start: int, end: int) -> int | None:
    """Find the end of the last buttons between two dates that stand below a text and offer to reply."""
    offer = end - 1
    while offer > start and not readings[offer].offers:
        offer -= 1
    if offer <= start or _first_said(lines, readings, start + 1, offer) is None:
        return None
    offer += 1
    while offer < end and readings[offer].part in (Part.ACTION, Part.JUNK):
        offer += 1
    return offer


def _first_said(lines: Sequence[Line], readings: Sequence[Reading], start: int, end: int) -> int | None:
    """Find the first line that could be a commenter's, be it without a word."""
    for i in range(start, end):
        if readings[i].part is Part.TEXT or is_wordless(lines[i]):
            return i
    return None


def _own_stamps(
    lines: Sequence[Line], readings: Sequence[Reading], openers: Sequence[int], floors: Sequence[int | None]
) -> Sequence[int]:
    """Take out the dates that a commenter wrote.

    They have no buttons above them where others have, and a sentence for a name; or no time of day where others tell
    it; or they are older than all others.
    """
    dates = [readings[i].posted for i in openers]
    timed = sum("T" in (date or "") for date in dates) * 2 > len(dates)
    oldest = min(filter(None, dates), default=None) if any(floors) else None
    oldest = oldest if dates.count(oldest) == 1 else None  # an answer is no older than what it answers
    own: list[int] = []
    for opener, floor, date in zip(openers, floors, dates, strict=True):
        if own and floor is None:
            above = lines[opener - 1]
            said = date is not None and ((timed and "T" not in date) or date == oldest)
            sentence = readings[opener - 1].part is Part.TEXT and above.words >= SENTENCE_WORDS
            if said or (sentence and not name_like(above.text)):  # a name may end as a sentence does, too
                continue
        own.append(opener)
    return own if len(own) * 2 > len(openers) else openers


def _heads(
    lines: Sequence[Line],
    readings: Sequence[Reading],
    span: _Span,
    openers: Sequence[int],
    floors: Sequence[int | None],
) -> list[_Head]:
    """Find where each comment begins whose date stands below its name, and that name."""
    if any(floors):
        return _heads_below_buttons(lines, readings, span, openers, floors)
    places = _places_stand_above(lines, readings, span)
    heads: list[_Head] = []
    floor = 0
    for opener in openers:
        if places and _has_place_above(lines, readings, opener, span):
            heads.append(_Head(opener - 2, clean_name(lines[opener - 2].text)))
        else:
            heads.append(_Head(*_name_above(lines, readings, opener, floor)))
        floor = opener + 1
    return heads


def _heads_below_buttons(
    lines: Sequence[Line],
    readings: Sequence[Reading],
    span: _Span,
    openers: Sequence[int],
    floors: Sequence[int | None],
) -> list[_Head]:
    """Find the names between the buttons of one comment and the date of the next.

    Most heads have as many lines: a name, or a name and a place. One more stands above the name, or is the name of
    the one answered.
    """
    above = range(_below_furniture(lines, span.start, openers[0]), openers[0])
    groups = [_head_lines(lines, readings, floor or i, i) for floor, i in zip(floors, openers, strict=True)]
    groups[0] = _head_lines(lines, readings, above.start, above.stop)
    if any(len(group) > 1 for group in groups):
        times = Counter(lines[i].cue for group in groups for i in group)
        often = {cue for cue, n in times.items() if n >= REFRAIN and n * 2 > len(groups)}
        groups = [[i for i in group if lines[i].cue not in often] or group for group in groups]
    names = {clean_name(lines[group[0]].text) for group in groups if len(group) == 1}
    sizes = Counter(
        len(group) - (len(group) > 1 and clean_name(lines[group[-1]].text) in names) for group in groups if group
    )
    usual = max(sizes, key=lambda size: (sizes[size], -size), default=1)
    heads: list[_Head] = []
    floor = 0
    for opener, group in zip(openers, groups, strict=True):
        answers = bool(heads) and len(group) > 1 and clean_name(lines[group[-1]].text) in names
        own = group[:-1] if answers else group
        if own:
            name = own[max(len(own) - usual, 0)]
            answered = clean_name(lines[group[-1]].text) if answers else None
            heads.append(_Head(min(name, group[0]) if floor else name, clean_name(lines[name].text), answered))
        else:
            heads.append(_Head(*_name_above(lines, readings, opener, floor)))
        names.add(heads[-1].name or "")
        floor = opener + 1
    return heads


def _head_lines(lines: Sequence[Line], readings: Sequence[Reading], floor: int, stamp: int) -> list[int]:
    """List the lines above a date that could be a name: below all buttons, and not what is left of a picture."""
    floor = max(floor, stamp - CARD)
    has_text = False
    for i in range(stamp - 1, floor, -1):
        has_text = has_text or readings[i].part is Part.TEXT
        if has_text and readings[i].part is Part.ACTION:
            floor = i + 1
            break
    group = [i for i in range(floor, stamp) if _could_be_name(lines[i], readings[i])]
    if len(group) < 2:
        return group
    group = _without_pictures(lines, group)
    return [i for i in group if readings[i].part is Part.TEXT] or group[:1]


def _could_be_name(line: Line, reading: Reading) -> bool:
    if reading.part is Part.TEXT:
        return name_like(line.text.rstrip(":"))
    return reading.part is Part.JUNK and is_badge(line)


def _without_pictures(lines: Sequence[Line], group: Sequence[int]) -> list[int]:
    """Take out of some lines those that another one below has in short, or as a part: "AL", "Ann Lee's avatar"."""
    return [i for i in group if not any(j > i and _is_picture(lines[i], lines[j]) for j in group)]


def _is_picture(line: Line, name: Line) -> bool:
    """Whether a line is what is left of the picture of one whose name stands below it."""
    if f" {name.key} " in f" {line.key} ":
        return True
    initials = "".join(filter(str.isalpha, line.text)).casefold()
    words = name.text.casefold().split()
    return (
        0 < len(initials) <= INITIALS
        and len(line.text) <= 2 * INITIALS
        and (name.key.startswith(initials) or "".join(word[0] for word in words).startswith(initials))
    )


def _records_closed(lines: Sequence[Line], readings: Sequence[Reading], span: _Span) -> Iterator[_Record]:
    """Yield comments whose date, or button, stands below them."""
    form = _CLOSED[span.form]
    start = _first_closed(lines, readings, span)
    for opener in span.openers:
        name = readings[opener].name or (readings[opener].badge if form is Form.NAMED_STAMP_BELOW else None)
        first = _next_text(readings, start, opener)
        if form is not Form.NAMED_STAMP_BELOW and first is not None and name_like(lines[first].text):
            name, start = clean_name(lines[first].text), first + 1
            while start < opener and clean_name(lines[start].text) == name:
                start += 1
        yield _Record(start, opener + 1, opener, name, form)
        start = opener + 1


def _first_closed(lines: Sequence[Line], readings: Sequence[Reading], span: _Span) -> int:
    """Find where the first comment begins whose date, or button, stands below it: not with an article above it."""
    start, end = _below_furniture(lines, span.start, span.openers[0]), span.openers[0]
    others = max((_prose(lines[a:b]) for a, b in pairwise(span.openers)), default=0)
    between = _prose(lines[start:end])
    if between < ARTICLE_WORDS + others or between <= _prose(lines[:start]):
        return start
    own = range(end - 2, start, -1)
    if span.form is Form.NAMED_STAMP:
        apart = (i + 1 for i in own if readings[i].part in _AROUND or _leads_elsewhere(lines[i : i + 1]))
        return next(apart, end - 1)
    return next((i for i in own if readings[i].part is Part.TEXT and name_like(lines[i].text)), end - 1)


def _dates_open(lines: Sequence[Line], readings: Sequence[Reading], span: _Span) -> bool:
    """Whether the date is a comment's first line, above the name, as forums have it."""
    first, last = span.openers[0], span.openers[-1]
    start = _below_furniture(lines, span.start, first)
    name = _next_text(readings, last + 1, span.end)
    closing = name is None or _next_text(readings, name + 1, span.end) is None
    return not closing and _next_text(readings, start, first) is None


def _records_dated(lines: Sequence[Line], readings: Sequence[Reading], span: _Span) -> Iterator[_Record]:
    """Yield comments whose date opens them and whose name stands below it."""
    for opener, end in pairwise((*span.openers, span.end)):
        name = _next_text(readings, opener + 1, end)
        if name is not None and name_like(lines[name].text):
            yield _Record(opener, end, name, clean_name(lines[name].text), span.form)
        else:
            yield _Record(opener, end, opener, None, span.form)


def _below_furniture(lines: Sequence[Line], start: int, end: int) -> int:
    """Skip the lines that lead to a section, down to the last one that is a cue."""
    for i in range(end - 1, start, -1):
        line = lines[i]
        if is_heading(line) or _is_sort(line) or _ENDS.match(line) or any(cues.match(line) for cues in _MARKS.values()):
            return i + 1
    return start + 1


def _name_above(lines: Sequence[Line], readings: Sequence[Reading], stamp: int, floor: int) -> tuple[int, str | None]:
    """Find the name above a date, and where its comment begins."""
    above = stamp - 1
    named: bool | None = None  # whether a name stands above the badges that are looked at; the same for all of a run
    while above >= floor and readings[above].part in (Part.JUNK, Part.ANSWERED):
        named = None if readings[above].part is Part.ANSWERED else named
        if named is None and is_badge(lines[above]):
            named = _has_name(lines, readings, above, floor)
        if is_badge_name(lines[above]) or (named is False and is_badge(lines[above])):
            return above, clean_name(lines[above].text)
        above -= 1
    if above >= floor and readings[above].part is Part.SAYS:  # "Ann says:" where others are only named
        return above, readings[above].name
    if above < floor or readings[above].part is not Part.TEXT or not name_like(lines[above].text.rstrip(":")):
        return stamp, None
    name = clean_name(lines[above].text)
    top = above
    while top > floor and (readings[top - 1].part is Part.JUNK or clean_name(lines[top - 1].text) == name):
        top -= 1
    if floor and readings[top - 1].part is not Part.TEXT:  # "+1" is all that the comment above says
        top = next((i + 1 for i in range(above - 1, top - 1, -1) if is_wordless(lines[i])), top)
    return top, name


def _has_name(lines: Sequence[Line], readings: Sequence[Reading], badge: int, floor: int) -> bool:
    """Whether a name stands above a badge; a line that is all that the comment above says is none."""
    while badge > floor and readings[badge - 1].part is Part.JUNK:
        badge -= 1
    name = badge - 1
    if name < floor or readings[name].part is Part.SAYS:
        return name >= floor
    if readings[name].part is not Part.TEXT or not name_like(lines[name].text.rstrip(":")) or is_heading(lines[name]):
        return False
    said = (readings[i].part in (Part.TEXT, Part.ACTION) or is_wordless(lines[i]) for i in range(floor, name))
    return floor == 0 or any(said)


def _places_stand_above(lines: Sequence[Line], readings: Sequence[Reading], span: _Span) -> bool:
    """Whether most dates have two lines above them: a name, and where its owner lives or what he is."""
    return sum(_has_place_above(lines, readings, i, span) for i in span.openers) * 2 > len(span.openers)


def _has_place_above(lines: Sequence[Line], readings: Sequence[Reading], stamp: int, span: _Span) -> bool:
    """Whether two lines that could be names, and no more, stand between a date and the furniture above it."""
    if stamp - 2 <= span.start or not (readings[stamp - 2].part is readings[stamp - 1].part is Part.TEXT):
        return False
    name, place = clean_name(lines[stamp - 2].text), clean_name(lines[stamp - 1].text)
    alone = stamp == span.openers[0] or readings[stamp - 3].part is not Part.TEXT
    return alone and name != place and name_like(name) and name_like(place)


def _names_stand_below(lines: Sequence[Line], readings: Sequence[Reading], span: _Span) -> bool:
    """Whether the names are found below the dates (which then close the comment above) rather than above them."""
    below = 0
    for stamp, end in pairwise((*span.openers, span.end)):
        following = _next_text(readings, stamp + 1, min(stamp + BUTTONS, end))
        below += following is not None and name_like(lines[following].text)
    above = (True for stamp in span.openers if _name_above(lines, readings, stamp, span.start)[1] is not None)
    return sum(islice(above, below)) < below


def _stamps_stand_below(lines: Sequence[Line], readings: Sequence[Reading], span: _Span) -> bool:
    """Whether lines of name and date close the comment above them."""
    if sum(readings[i].below for i in span.openers) * 2 > len(span.openers):
        return True
    first, last = span.openers[0], span.openers[-1]
    said = lines[first - 1].prose or (
        readings[first - 1].part is Part.TEXT and strip_prefix(lines[first].text, BY) is not None
    )
    return said and first - 1 > span.start and _first_said(lines, readings, last + 1, span.end) is None


def _next_text(readings: Sequence[Reading], start: int, end: int) -> int | None:
    return _next_part(readings, Part.TEXT, start, end)


def _next_part(readings: Sequence[Reading], part: Part, start: int, end: int) -> int | None:
    for i in range(start, end):  # a generator takes twice as long, and this is asked a few times of each comment
        if readings[i].part is part:
            return i
    return None


def _offers(readings: Sequence[Reading], start: int, end: int) -> bool:
    """Whether one of some lines offers what only comments offer."""
    for i in range(start, end):  # noqa: SIM110 (as above)
        if readings[i].offers:
            return True
    return False


def _tail(lines: Sequence[Line], readings: Sequence[Reading], records: Sequence[_Record]) -> int:
    """Find where the last comment ends, below which the site goes on without a cue."""
    last = records[-1]
    offering = sum(_offers(readings, a.start, a.end) for a in records[:-1]) * 2 > len(records) - 1
    others = [_action_below(lines, readings, record) for record in records[:-1]]
    closes = len(others) - others.count(None) >= 0.7 * max(len(others), 1)
    end = (_action_below(lines, readings, last, offering) or last.end) if closes else last.end
    indent = lines[last.stamp].indent
    for i in range(last.stamp + 1, end):
        if lines[i].indent < indent or _menu_at(lines, readings, i, end):
            return i
    return end


def _action_below(
    lines: Sequence[Line], readings: Sequence[Reading], record: _Record, offering: bool = False
) -> int | None:
    """Find the end of the first button below a comment.

    :param offering: Whether it is rather the first that offers to reply; a word above it may be the commenter's.
    """
    text = _first_said(lines, readings, record.stamp + 1, record.end)
    if text is None:
        return None
    action = next((i for i in range(text, record.end) if readings[i].offers), None) if offering else None
    action = _next_part(readings, Part.ACTION, text, record.end) if action is None else action
    return None if action is None else action + 1


def _menu_at(lines: Sequence[Line], readings: Sequence[Reading], start: int, end: int) -> bool:
    run = range(start, min(start + MENU_RUN, end))
    return len(run) == MENU_RUN and all(
        readings[i].part is Part.TEXT and name_like(lines[i].text, words=6) and lines[i].indent <= lines[start].indent
        for i in run
    )


def _entry(lines: Sequence[Line], readings: Sequence[Reading], record: _Record) -> Entry | None:
    """Read one comment; None where its author says nothing of his own."""
    above = record.form in _CLOSED.values()
    first, end = (record.start, record.stamp) if above else (record.stamp + 1, record.end)
    start = first
    elsewhere = _next_part(readings, Part.ELSEWHERE, start, end)
    end = end if elsewhere is None else elsewhere
    while start < end and readings[start].part in _AROUND:
        start += 1
    if above and start + 1 < end and is_affiliation(lines[start]):
        start += readings[start + 1].part is Part.TEXT or is_wordless(lines[start + 1])
    stop = end
    stop = _above_buttons(lines, readings, start, stop)
    while start + 1 < stop and clean_name(lines[start].text) == record.name:
        start += 1
        start = next((i for i in range(start, stop) if readings[i].part not in _AROUND), start)
    if start >= stop:  # nothing but what looks like furniture
        start = next((i for i in range(first, end) if is_wordless(lines[i])), end)
        stop = min(start + 1, end)
    if start >= stop or lines[start].text.startswith(_EXCERPT):
        return None
    if is_heading(lines[start]) and all(map(is_heading, lines[start:stop])):
        return None
    around = (*readings[record.start : start], *readings[stop : record.end])  # dates and names in his words are not his
    answer = _next_part(around, Part.ANSWERED, 0, len(around))
    return Entry(
        lines=tuple(lines[start:stop]),
        author=record.name or None,
        posted=readings[record.stamp].posted or next((reading.posted for reading in around if reading.posted), None),
        votes=next((votes for line in lines[stop:end] if (votes := votes_of(line)) is not None), None),
        answered=record.answered or (None if answer is None else around[answer].name),
        indent=lines[record.start].indent,
    )


def _above_buttons(lines: Sequence[Line], readings: Sequence[Reading], start: int, stop: int) -> int:
    """Find where a commenter's words end, above all buttons and the counters and labels between them."""
    low = stop
    while low > start and (readings[low - 1].part in _AROUND or not lines[low - 1].has_more_words(LABEL_WORDS)):
        low -= 1
    offer = max(low, start + 1)
    while offer < stop and not readings[offer].offers:
        offer += 1
    offer = min(offer, stop)
    while offer > start and readings[offer - 1].part in _AROUND:
        offer -= 1
    return offer


def _without_refrains(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Take off what the page writes above or below most of its comments: a button or badge that nobody listed."""
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


def _undated_section(lines: Sequence[Line], readings: Sequence[Reading], cued: Sequence[int]) -> Section | None:
    """Find a section of nothing but names and texts, line by line, below a heading."""
    headings = [i for i in cued if is_heading(lines[i])][:CANDIDATES]
    ends = [*(i for i in cued if _ends_section(lines[i], readings[i])), len(lines)] if headings else []
    for start in headings:
        end = ends[bisect_left(ends, start + 1)]
        own = [i for i in range(start + 1, end) if readings[i].part is Part.TEXT and not is_heading(lines[i])]
        stated = stated_count(lines[start : start + 1])
        if len(own) < 2 * UNDATED or own[0] - start > UNDATED_REACH or says_none(lines[start : own[0]]):
            continue
        if _prose(lines[:start]) < ARTICLE_WORDS:  # an interview below the count of its comments
            continue
        found = split_by_blanks([lines[i] for i in own], lambda _: False, each_line=True)
        entries = tuple(Entry(f.lines, clean_name(f.author.text) if f.author else None) for f in found)
        section = Section(start, end, entries, GENERAL, stated, Form.NAMES)
        if _are_talk(entries) and (stated is None or _as_stated(section)):
            return replace(section, layout=_layout(lines[start:end], Form.NAMES))
    return None


def _are_talk(entries: Sequence[Entry]) -> bool:
    """Whether names and texts are comments: a list of stories has headlines for names, or for texts."""
    named = sum(entry.author is not None and len(entry.author.split()) <= UNDATED_NAME for entry in entries)
    talking = sum(entry.lines[-1].ends_sentence or entry.lines[0].prose for entry in entries)
    return len(entries) >= UNDATED and named >= 0.9 * len(entries) and talking >= 0.6 * len(entries)


def _unmarked_section(
    lines: Sequence[Line], cued: Sequence[int], quotes_above: Callable[[int], Callable[[Line], bool]]
) -> Section | None:
    """Find a section whose comments nothing but names and blank lines tell apart."""
    for layout in _BLANKS:
        bounds = _marked_bounds(lines, cued, layout)
        if bounds is None:
            continue
        opening, start = bounds
        end = next((i for i in cued if i >= start and _ENDS.match(lines[i])), len(lines))
        if says_none(lines[max(opening - HEAD_REACH, 0) : start]):
            continue
        if not any(line.gap for line in lines[start + 1 : end]) and end - start > 1:
            continue
        found = split_by_blanks(lines[start:end], quotes_above(opening))
        entries = tuple(Entry(f.lines, clean_name(f.author.text) if f.author else None) for f in found)
        if entries:
            return Section(opening, end, entries, layout.name, stated_count(lines[opening:start]), Form.BLANKS)
    return None


def _marked_bounds(lines: Sequence[Line], cued: Sequence[int], layout: TextLayout) -> tuple[int, int] | None:
    """Find the first group of enough different marks: its first line, and the line below its last."""
    marks = [i for i in cued if _MARKS[layout.name].match(lines[i])]
    for position, first in enumerate(marks):
        group = [i for i in marks[position : position + MARK_REACH] if i - first < MARK_REACH]
        if len({lines[i].cue for i in group}) >= layout.needed:
            return first, group[-1] + 1
    return None


def _layout(lines: Sequence[Line], form: Form) -> str:
    """Name the first layout whose form and marks fit a section, by those of its lines that may be marks."""
    by_cue = {line.cue: line for line in lines}
    for layout in (layout for layout in TEXT_LAYOUTS if form in layout.forms):
        if not layout.marks or sum(map(_MARKS[layout.name].match, by_cue.values())) >= layout.needed:
            return layout.name
    return GENERAL
