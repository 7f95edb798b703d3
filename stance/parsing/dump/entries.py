"""What single comments of a text dump say: the commenter's own words, freed from what the page writes around them."""

from collections import Counter
from collections.abc import Container, Sequence

from stance.parsing.dump.lines import Dump
from stance.parsing.dump.spans import Record
from stance.parsing.headings import is_heading
from stance.parsing.line_parts import (
    AROUND,
    REFRAIN,
    Entry,
    Part,
    clean_name,
    is_affiliation,
    is_wordless,
    next_part,
    votes_of,
)
from stance.parsing.lines import Line

REFRAINS = 4
"""Lines that a page writes above and below each of its comments at most, beside those that are known."""

LABEL_WORDS = 2
"""Words of a line among buttons that is none that is known: "up ratings"."""

PLACE_COMMAS = 2
"""Between a name, a town and a country; one comma may stand in a name."""

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
        start += readings[start + 1].part is Part.TEXT or is_wordless(lines[start + 1])
    stop = _above_buttons(page, start, end)
    while start + 1 < stop and clean_name(lines[start].text) == record.name:
        start += 1
        start = next((i for i in range(start, stop) if readings[i].part not in AROUND), start)
    if start >= stop:  # nothing but what looks like furniture
        start = next((i for i in range(first, end) if is_wordless(lines[i])), end)
        stop = min(start + 1, end)
    if start >= stop or lines[start].text.startswith(_EXCERPT):
        return None
    if is_heading(lines[start]) and all(map(is_heading, lines[start:stop])):
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


def without_places(entries: tuple[Entry, ...]) -> tuple[Entry, ...]:
    """Cut "Ann Lee, Hull, United Kingdom" to the name, where most names of a page are followed by a place."""
    named = [entry.author for entry in entries if entry.author]
    placed = sum(name.count(",") >= PLACE_COMMAS for name in named)
    if placed < REFRAIN or placed * 2 <= len(named):
        return entries
    return tuple(entry._replace(author=(entry.author or "").partition(",")[0] or None) for entry in entries)


def _without_line(entry: Entry, edge: int, cues: Container[str]) -> Entry:
    if len(entry.lines) == 1 or entry.lines[edge].cue not in cues:
        return entry
    return entry._replace(lines=entry.lines[1:] if edge == 0 else entry.lines[:-1])
