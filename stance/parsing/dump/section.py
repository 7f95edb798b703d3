"""Find the comment section of a text dump: the places where it could be, and the one most like a section.

A heading alone proves nothing (menus say "Comments" too), and a name with a date does not either (lists of stories
have them). A section is a heading that is soon followed by lines of one comment form; ``layouts`` names the forms.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from itertools import pairwise

from stance.parsing.dump.spans import ARTICLE_WORDS, Dump, Record, Span, cut_span, read_entry, without_refrains
from stance.parsing.layouts import TEXT_LAYOUTS, Form, TextLayout
from stance.parsing.line_parts import (
    MARKS,
    Entry,
    Part,
    Reading,
    any_offers,
    clean_name,
    is_count,
    is_end,
    is_footer,
    is_heading,
    is_paging,
    is_sort,
    leads_elsewhere,
    says_none,
    stated_count,
)
from stance.parsing.lines import Line, name_like, prose_words

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


HEAD_REACH = 3
"""Lines above a heading, an order of sorting or the marks of a layout, where it says how many comments there are."""

UNDATED, UNDATED_REACH, UNDATED_NAME = 4, 6, 4
"""Of a section without dates and buttons: how many comments it has, how soon they begin, how many words a name has."""

PER_COMMENT = 3
"""An end that stands so often among comments ends none of them."""

HALF = 0.5
"""Of the comments that a page counts, so many must be there where nothing else speaks for them."""

LISTED, HEADLINE_WORDS, HEADLINE_NAME = 0.7, 16, 6
"""Share of comments that have the form of a headline, of so many words at most, enough to be a list of stories; and so
many words in all names, on average, that these are headlines."""

TALK = 0.8
"""Share of comments without a heading that must tell the time of day and begin with a sentence."""

WRITERS = 3
"""Names that differ, of comments that no heading stands above."""

REPORTERS = 2
"""How many write the posts of a live report."""


LEAST_FOUND, MOST_FOUND = 0.3, 1.2
"""How many comments are about as many as stated."""


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


def find_section(page: Dump, quotes_above: Callable[[int], Callable[[Line], bool]]) -> Section | None:
    """Find the comments of a page.

    :param quotes_above: Given an index, makes a test of whether a line repeats what the article above it says.
    :return: The section; None where the page has no cue of one, or nothing under the cue has the form of comments.
    """
    found = _best_section(page) or _unmarked_section(page, quotes_above) or _undated_section(page)
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
    counts = [i for i, line in enumerate(lines) if is_count(line)]
    times = Counter(lines[i].cue for i in counts)
    return sorted(
        {*(i for i in page.cued if _opens_section(lines[i])), *(i for i in counts if times[lines[i].cue] < PER_COMMENT)}
    )


def _opens_section(line: Line) -> bool:
    return is_heading(line) or is_sort(line)


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
    ends = [i for i in page.cued if _ends_section(lines[i], readings[i]) or (i > last and is_footer(lines[i]))]
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


def _implicit_spans(readings: Sequence[Reading], openers: dict[Form, list[int]], ends: Sequence[int]) -> list[Span]:
    """List the places without a heading that could be sections, the best first."""
    spans = [span for form, at in openers.items() if (span := _implicit_span(readings, form, at, ends))]
    if not spans:
        spans = [span for form in _FORMS.values() for span in _headless_spans(form, openers[form], ends)]
    return sorted(spans, key=lambda span: span.low - span.high)[:CANDIDATES]


def _headless_spans(form: Form, openers: Sequence[int], ends: Sequence[int]) -> list[Span]:
    """List the runs of lines with a name, and a date or a verb, that no heading stands above."""
    firsts = [i for above, i in pairwise((-2 * REACH, *openers)) if i - above > REACH or _parted(ends, above, i)]
    spans = [_span(i, 0, form, openers, ends) for i in firsts]
    return [replace(span, headed=False) for span in spans if span and span.high - span.low >= 2]


def _parted(ends: Sequence[int], above: int, below: int) -> bool:
    """Return whether a line that ends a section stands between two others."""
    return ends[bisect_left(ends, above)] < below


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


def _is_accepted(page: Dump, span: Span, records: Sequence[Record], section: Section, below: bool) -> bool:
    """Return whether the entries below a heading are comments, rather than the article or a list of stories.

    :param below: Whether the article stands between the heading and it.
    """
    lines = page.lines
    entries = section.entries
    offers = sum(any_offers(page.readings, record.start, record.end) for record in records) * 3 >= len(records)
    if not is_heading(lines[span.start]) and is_count(lines[span.start]) and not _is_counted(section, offers):
        return False
    if not offers and (_are_headlines(entries) or _is_desk(entries)):
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


def _is_desk(entries: Sequence[Entry]) -> bool:
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
    counts = sum(is_count(line) for line in lines[records[0].start : records[-1].end])
    return counts >= PER_COMMENT and counts * 2 >= len(entries)


def _as_talk(page: Dump, section: Section, records: Sequence[Record]) -> Section | None:
    """Take comments without a heading above them, if they are dated and like talk."""
    dated = sum(_has_date(page.readings, record) for record in records)
    section = without_opening(page.lines, section)
    names = {entry.author for entry in section.entries if entry.author}
    is_talk = section.form is Form.SAYS or (len(names) >= WRITERS and _is_lively(section.entries))
    return section if is_talk and dated >= TALK * len(records) else None


def _has_date(readings: Sequence[Reading], record: Record) -> bool:
    """Return whether a date stands in the header of a comment."""
    return any(reading.part in (Part.STAMP, Part.NAMED_STAMP) for reading in readings[record.start : record.stamp + 3])


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


def _is_counted(section: Section, offers: bool) -> bool:
    """Return whether about as many comments were found as their count says, or fewer that offer to reply."""
    found, stated = len(section.entries), section.stated or 0
    return (offers or found >= LEAST_FOUND * stated) and found <= MOST_FOUND * stated


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


def _undated_section(page: Dump) -> Section | None:
    """Find a section of nothing but names and texts, line by line, below a heading."""
    lines, readings = page.lines, page.readings
    headings = [i for i in page.cued if is_heading(lines[i])][:CANDIDATES]
    ends = [*(i for i in page.cued if _ends_section(lines[i], readings[i])), len(lines)] if headings else []
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
    """Return whether names and texts are comments: a list has headlines instead, or names that end alike."""
    named = sum(entry.author is not None and len(entry.author.split()) <= UNDATED_NAME for entry in entries)
    ends = Counter(entry.author.split()[-1] for entry in entries if entry.author and " " in entry.author)
    if max(ends.values(), default=0) * 2 > len(entries):
        return False
    talking = sum(entry.lines[-1].ends_sentence or entry.lines[0].prose for entry in entries)
    return len(entries) >= UNDATED and named >= 0.9 * len(entries) and talking >= 0.6 * len(entries)


def _unmarked_section(page: Dump, quotes_above: Callable[[int], Callable[[Line], bool]]) -> Section | None:
    """Find a section with only names and blank lines between its comments."""
    lines = page.lines
    for layout in _BLANKS:
        bounds = _marked_bounds(page, layout)
        if bounds is None:
            continue
        opening, start = bounds
        end = next((i for i in page.cued if i >= start and is_end(lines[i])), len(lines))
        if says_none(lines[max(opening - HEAD_REACH, 0) : start]):
            continue
        if not any(line.gap for line in lines[start + 1 : end]) and end - start > 1:
            continue
        found = split_by_blanks(lines[start:end], quotes_above(opening))
        entries = tuple(Entry(f.lines, clean_name(f.author.text) if f.author else None) for f in found)
        if entries:
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


class Role(IntEnum):
    """The role of a block of lines."""

    NAME = 0
    START = 1
    CONTINUATION = 2


ROLES = tuple(Role)


@dataclass(frozen=True, slots=True)
class Found:
    """A comment: its author, where there is one, and its lines."""

    author: Line | None
    lines: tuple[Line, ...]


NEVER = 100.0

# Prices, found on seed 000 and on pages re-flattened to its form (those named a-m). What matters is their order: two
# names in a row and a name without a comment are worse than a name that looks odd, which is worse than a missing blank
# line. A longer way round any of them costs more than one of them.
FOLLOWS = {
    # (role of the block above, role of the block, whether two or more blank lines are between them)
    (Role.NAME, Role.NAME, False): 6.0,
    (Role.NAME, Role.NAME, True): 6.0,
    (Role.NAME, Role.START, False): 0.0,
    (Role.NAME, Role.START, True): 3.0,
    (Role.NAME, Role.CONTINUATION, False): NEVER,
    (Role.NAME, Role.CONTINUATION, True): NEVER,
    (Role.START, Role.NAME, False): 0.0,
    (Role.START, Role.NAME, True): 1.0,
    (Role.START, Role.START, False): 4.0,
    (Role.START, Role.START, True): 0.0,
    (Role.START, Role.CONTINUATION, False): 3.0,
    (Role.START, Role.CONTINUATION, True): 6.0,
}
NAME_AT_END = 6.0
UNLIKELY_NAME = 8.0


def split_blocks(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines that no blank line parts."""
    blocks: list[list[Line]] = []
    for line in lines:
        if line.gap or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    return blocks


def split_by_blanks(
    lines: Sequence[Line], is_quote: Callable[[Line], bool], *, each_line: bool = False
) -> tuple[Found, ...]:
    """Split a section into comments by its blank lines.

    :param lines: The section, its cues left out.
    :param is_quote: Whether a line repeats the article; what follows such a line answers it.
    :param each_line: Take each line for a block, as on pages that have lost their blank lines.
    """
    blocks = [[line] for line in lines] if each_line else split_blocks(lines)
    if not blocks:
        return ()
    return _collect(blocks, _cheapest(blocks, is_quote))


def _cheapest(blocks: Sequence[Block], is_quote: Callable[[Line], bool]) -> list[Role]:
    """Find the cheapest role of each block, in one pass forward and one back."""
    times = Counter(block[0].text for block in blocks if len(block) == 1)
    costs = {
        Role.NAME: _name_cost(blocks[0], times),
        Role.START: _start_cost(blocks[0], times),
        Role.CONTINUATION: NEVER,
    }
    back: list[dict[Role, Role]] = []
    for above, block in pairwise(blocks):
        own = {Role.NAME: _name_cost(block, times), Role.START: _start_cost(block, times), Role.CONTINUATION: 0.0}
        answers = block[0].gap == 1 and all(map(is_quote, above))
        step: dict[Role, Role] = {}
        reached: dict[Role, float] = {}
        for role in ROLES:
            prices = {before: costs[before] + _step_cost(before, role, block[0].gap, answers) for before in ROLES}
            step[role] = min(prices, key=prices.__getitem__)
            reached[role] = prices[step[role]] + own[role]
        back.append(step)
        costs = reached
    costs[Role.NAME] += NAME_AT_END
    roles = [min(costs, key=costs.__getitem__)]
    for step in reversed(back):
        roles.append(step[roles[-1]])
    return roles[::-1]


def _step_cost(before: Role, role: Role, gap: int, answers: bool) -> float:
    if answers and before is not Role.NAME and role is Role.CONTINUATION:
        return 0.0
    above = Role.START if before is Role.CONTINUATION else before
    return FOLLOWS[above, role, gap >= 2]


def _name_cost(block: Block, times: Counter[str]) -> float:
    """Price a block as a name: 0 for one that looks like a name and is seen more than once."""
    text = block[0].text
    if len(block) > 1 or (times[text] < 2 and not name_like(text, words=10, characters=80)):
        return UNLIKELY_NAME
    cost = 0.0 if times[text] > 1 else 0.5
    cost += max(len(text.split()) - 4, 0) * 0.7
    return cost + (0.3 if text[0].islower() else 0.0) + (2.0 if not name_like(text) else 0.0)


def _start_cost(block: Block, times: Counter[str]) -> float:
    """Price a block as a comment: a short line seen more than once is rather a name."""
    text = block[0].text
    return 1.0 if len(block) == 1 and times[text] > 1 and name_like(text) else 0.0


def _collect(blocks: Sequence[Block], roles: Sequence[Role]) -> tuple[Found, ...]:
    found: list[Found] = []
    author: Line | None = None
    for block, role in zip(blocks, roles, strict=True):
        if role is Role.NAME:
            author = block[0]
        elif role is Role.CONTINUATION and found:
            found[-1] = Found(found[-1].author, (*found[-1].lines, *block))
        else:
            found.append(Found(author, tuple(block)))
            author = None
    return tuple(found)
