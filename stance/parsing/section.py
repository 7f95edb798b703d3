"""The comment section of a text dump: where it could be, and which of these places is most like one.

A heading alone proves nothing (menus say "Comments" too), and a name with a date does not either (lists of stories
have them). A section is a heading that is soon followed by lines of one comment form; ``layouts`` names the forms.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from stance.parsing.blanks import split_by_blanks
from stance.parsing.entries import Entry, read_entry, without_places, without_refrains
from stance.parsing.headings import (
    MARKS,
    cued_lines,
    is_end,
    is_footer,
    is_heading,
    is_sort,
    leads_elsewhere,
    says_none,
    stated_count,
)
from stance.parsing.layouts import TEXT_LAYOUTS, Form, TextLayout
from stance.parsing.lines import Line, prose_words
from stance.parsing.spans import ARTICLE_WORDS, Record, Span, cut_span
from stance.parsing.stamps import Part, Reading, any_offers, clean_name, is_paging, read_page

REACH = 60
"""Lines that may stand between a heading and the first comment: a form, house rules, options of subscribers."""

BARE_REACH = 20
"""The same for a heading without a count, which says less."""

MARK_REACH = 15
"""Lines within which the marks of one layout stand."""

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

HEAD_REACH = 3
"""Lines above a heading, an order of sorting or the marks of a layout, where it says how many comments there are."""

UNDATED, UNDATED_REACH, UNDATED_NAME = 4, 6, 4
"""Of a section without dates and buttons: how many comments it has, how soon they begin, how many words a name has."""

PER_COMMENT = 3
"""An end that stands so often among comments ends none of them."""

HALF = 0.5
"""Of the comments that a page counts, so many must be there where nothing else speaks for them."""

REPORTERS, POSTS_EACH, MOST_REPORTERS = 2, 5, 30
"""How many write the posts of a live report, or how many posts there are for each, and how many write at most."""

GENERAL = TEXT_LAYOUTS[-1].name
_BLANKS = tuple(layout for layout in TEXT_LAYOUTS if Form.BLANKS in layout.forms)
_FORMS = {Part.SAYS: Form.SAYS, Part.NAMED_STAMP: Form.NAMED_STAMP, Part.STAMP: Form.STAMP}
_WEIGHTS = {
    Form.SAYS: 1.2,
    Form.NAMED_STAMP: 1.1,
    Form.NAMED_STAMP_BELOW: 1.1,
    Form.STAMP: 1.0,
    Form.STAMP_BELOW: 1.0,
    Form.ACTION_BELOW: 0.5,
}
_TEXT = Reading(Part.TEXT)


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


def find_section(lines: Sequence[Line], quotes_above: Callable[[int], Callable[[Line], bool]]) -> Section | None:
    """Find the comments of a page.

    :param lines: All lines of the page.
    :param quotes_above: Given an index, makes a test of whether a line repeats what the article above it says.
    :return: The section; None where the page has no cue of one, or nothing under the cue has the form of comments.
    """
    readings, cued = read_page(lines), cued_lines(lines)
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


def _spans(lines: Sequence[Line], readings: Sequence[Reading], cued: Sequence[int]) -> list[Span]:
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
    return is_heading(line) or is_sort(line) or any(MARKS[layout.name].match(line) for layout in _BLANKS)


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
    """List the lines that end a section; what stands there again and again is a part of each comment.

    A footer ends one below all that could be of a comment: commenters write "© Mark Twain" below what they quote.
    """
    last = next((i for i in range(len(lines) - 1, -1, -1) if readings[i].part in _FORMS or readings[i].offers), 0)
    ends = [i for i in cued if _ends_section(lines[i], readings[i]) or (i > last and is_footer(lines[i]))]
    times = Counter(lines[i].key for i in ends)
    return [i for i in ends if times[lines[i].key] < PER_COMMENT]


def _ends_section(line: Line, reading: Reading) -> bool:
    if is_end(line) or is_paging(line):
        return True
    return reading.part is Part.TEXT and leads_elsewhere((line,))


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


def _read(lines: Sequence[Line], readings: Sequence[Reading], span: Span) -> Section | None:
    """Read a span as a section; None where half of its comments would be empty."""
    records = cut_span(lines, readings, span)
    entries = tuple(entry for record in records if (entry := read_entry(lines, readings, record)))
    if not entries or len(entries) * 2 < len(records):
        return None
    if records[0].form is Form.ACTION_BELOW and len(entries) < IMPLICIT:
        return None
    offers = sum(any_offers(readings, record.start, record.end) for record in records) * 3 >= len(records)
    start = min(span.start, records[0].start)
    head = max(start - HEAD_REACH, 0)
    if says_none(lines[head : records[0].start]):
        return None
    stated = stated_count(lines[head : records[0].stamp])
    below = _is_above_article(lines, span, records)
    section = Section(
        records[0].start if below else start,
        span.end,
        without_places(without_refrains(entries)),
        GENERAL,
        stated,
        records[0].form,
    )
    if offers and len(entries) > 1:
        return section
    counted = _count_comments(entries)
    if below or leads_elsewhere(lines[span.start : records[0].start]):
        stated_so = not counted and _as_stated(section, HALF)
        return section if stated_so and (offers or len(entries) > 1) else None
    if stated is not None and not offers and _is_report(section, prose_words(lines[: span.start])):
        return None
    return section if offers or not (counted or (_is_list(entries) and not _as_stated(section))) else None


def _is_report(section: Section, prose_above: int) -> bool:
    """Whether what stands below a count of comments is rather the article itself: posts of few, or all of one."""
    if prose_above >= ARTICLE_WORDS or _as_stated(section, HALF):
        return False
    names = {entry.author or "" for entry in section.entries}
    if len(names) > MOST_REPORTERS:
        return False
    writers = sum(not any(name in other and name != other for other in names) for name in names)
    posts = len(section.entries)
    return posts == 1 or (writers <= REPORTERS and posts >= IMPLICIT) or writers * POSTS_EACH <= posts


def _is_above_article(lines: Sequence[Line], span: Span, records: Sequence[Record]) -> bool:
    """Whether the article stands between a heading, which rather counts the comments beside the title, and them.

    Above the heading are few paragraphs then, below it more of them than house rules or another comment have.
    """
    between = prose_words(lines[span.start : records[0].stamp])
    if records[0].is_closed:
        between -= max((prose_words(lines[record.start : record.end]) for record in records[1:]), default=0)
    return between >= ARTICLE_WORDS and between > prose_words(lines[: span.start])


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
        if prose_words(lines[:start]) < ARTICLE_WORDS:  # an interview below the count of its comments
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
        end = next((i for i in cued if i >= start and is_end(lines[i])), len(lines))
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
    marks = [i for i in cued if MARKS[layout.name].match(lines[i])]
    for position, first in enumerate(marks):
        group = [i for i in marks[position : position + MARK_REACH] if i - first < MARK_REACH]
        if len({lines[i].cue for i in group}) >= layout.needed:
            return first, group[-1] + 1
    return None


def _layout(lines: Sequence[Line], form: Form) -> str:
    """Name the first layout whose form and marks fit a section, by those of its lines that may be marks."""
    by_cue = {line.cue: line for line in lines}
    for layout in (layout for layout in TEXT_LAYOUTS if form in layout.forms):
        if not layout.marks or sum(map(MARKS[layout.name].match, by_cue.values())) >= layout.needed:
            return layout.name
    return GENERAL
