"""Infer how a page writes its comments from the lines that come back every few lines.

A page repeats the lines that it writes around each comment: name, date, counter, badge, button. These are found by
their masks, their text without dates and numbers, in whatever language and order; what stands between two of such
places is a text. Which of the lines stand above a text and which below is inferred from the first and the last place.
No form of header is listed; words are weak evidence for whether a repeated form is one of comments at all.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from itertools import accumulate, chain, pairwise
from math import fsum, log
from operator import mul
from statistics import median
from typing import NamedTuple

from stance.parsing.article import Kind, line_kinds
from stance.parsing.counts import StatedCount, is_comment_word, stated_in_lines
from stance.parsing.dates import find_date, find_day, has_digit, parse_date
from stance.parsing.judge import Beside, signs_of
from stance.parsing.languages import phrases
from stance.parsing.layouts import Form
from stance.parsing.line_parts import (
    AROUND,
    REFRAIN,
    Entry,
    Part,
    Reading,
    clean_name,
    cued_lines,
    is_end,
    is_footer,
    is_heading,
    is_paging,
    leads_elsewhere,
    read_line,
    stated_count,
)
from stance.parsing.lines import Cues, Line, is_rated, letter_words, line_key, mask_numbers, name_like, once, rate_talk

MASKED_CHARACTERS = 160
"""A longer line is a paragraph; a header is shorter."""

WHOLE_TOKENS = 14
"""Tokens of a line that can be a template as a whole."""

END_TOKENS, START_TOKENS = 4, 3
"""Tokens of an end, and of a beginning, that lines can share."""

DATED_TOKENS = 16
"""Tokens of a line whose date makes it a header; a longer one mentions a date."""

LABEL_TOKENS = 8
"""Tokens of a line whose clock time makes it a header."""

NAME_TOKENS, NAME_CHARACTERS = 6, 45
"""A commenter's name is not longer."""

PROSE_CHARACTERS = 60
"""A line as long as this is a paragraph, unless it has a date or shares its mask."""

DATE, CLOCK, NUMBER, NAME, COLON = "D", "T", "#", "N", ":"
"""Classes of lines, as keys: with a date, with a clock time, without a word, like a name, like a name with a colon."""

RUN_GAP, RUN_MEDIANS = 25, 6
"""Maximum lines between two places of one run, as a number and in times of the usual distance."""

MOST_ANCHORS, SAMPLE = 48, 150
"""Repeated keys that are tried on a page, and places at which each is tried; a hostile page has many."""

FEW = 2
"""So few comments need a date or a clock time; what else comes twice is chance."""

MOST_SLOTS = 12
"""Lines of a header above, and below, the repeated one."""

SHARED, SHARED_NAME, SHARED_SECOND_NAME = 0.7, 0.8, 0.92
"""Places of a zone that must have the same key beside them for that to be a part of the zone."""

NEAR, NEAR_OR_FAR = 0.3, 0.85
"""The same where a badge or another short line may stand between: directly, and behind one line."""

MOST_BETWEEN = 3
"""Short lines that may stand between."""

ADVANTAGE = 0.08
"""Minimum share of places by which names exceed the commonest name: a frequent author is no template."""


SIGNED = frozenset(f">{sign}" for sign in "-–—―~@")
"""Keys of lines that begin with a sign, as signatures do."""

SAID_TOO = frozenset(phrases("comment.said_too"))
_WEEKDAYS = frozenset(phrases("date.weekdays"))
VERBS, _ANSWERS = frozenset(phrases("comment.says")), frozenset(phrases("comment.reply_to"))
_SAID_TOO = frozenset(phrase.split()[0] for phrase in SAID_TOO)
_GLUED_VERB = re.compile(rf"(?<=[^\W_])(?:{'|'.join(sorted(map(re.escape, VERBS), key=len, reverse=True))}):$")
_DATED = frozenset({Part.SAYS, Part.NAMED_STAMP, Part.STAMP})
_MONTHLIKE = r"[^\W\d_]{3,12}"
_OTHER_DATE = re.compile(
    rf"(?<!\d)\d{{1,2}}(?:st|nd|rd|th|[.ºª])?[\s-](?:de\s)?{_MONTHLIKE}[.,]?[\s-](?:de\s)?(?:19|20)\d\d(?!\d)"
    rf"|(?<!\w){_MONTHLIKE}\.?\s\d{{1,2}}(?:st|nd|rd|th)?[.,]?\s(?:(?:19|20)\d\d(?!\d)|(?:[^\W\d_]{{1,4}}\s)?\d{{1,2}}[:.]\d\d)"
    r"|(?<!\d)\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?(?:(?:19|20)\d\d|\d\d)(?!\d)"
)
_CLOCK = re.compile(r"(?<![\d:.,])\d{1,2}[:.h]\d\d(?::\d\d)?(?!\d)(?:\s?[ap]\.?m\b\.?)?", re.IGNORECASE)
_AFTER_DATE = re.compile(r"[\s,|/@·•–—-]{0,4}(?:[^\W\d_]{1,4}\.?\s){0,2}" + _CLOCK.pattern, re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]")
_RANKS = {DATE: 1, NUMBER: 1, CLOCK: 2, COLON: 5, NAME: 6, "=": 0, "<": 3, ">": 4}
_LETTER = re.compile(r"[^\W\d_]")
_UNNAMELIKE = re.compile(r"[!?…;]|,(?!\s[^\W\da-z])|[^\W\d_]{3,}\.(?:\s|$)|://")


class Shape(NamedTuple):
    """The form of a line, whatever its words."""

    text: str  # without the number of a list
    mask: str  # empty for a paragraph
    date: tuple[int, int] | None  # characters of the line that are its date
    clock: bool  # with a time of day, or a time span
    name: bool
    prose: bool
    keys: tuple[str, ...]  # what it can share with other lines, the most specific first


@dataclass(frozen=True, slots=True)
class Masks:
    """The shapes of all lines of a page, and where each key stands."""

    shapes: list[Shape]
    keys: list[tuple[str, ...]]  # for each line, those that another one has, too
    votes: list[list[str]]  # those of them that can be a part of a header
    places: dict[str, list[int]]  # where each key stands
    dated: list[int]  # lines with a date
    cued: Collection[int]  # lines that are headings or ends of sections


def read_masks(shapes: list[Shape], cued: Collection[int] = ()) -> Masks:
    """Find the keys that the lines of a page share.

    :param shapes: Those of all lines of the page.
    :param cued: Lines that are headings or ends of sections, and no names.
    :return: The shapes; keys that only one line has are left out.
    """
    for i in cued:
        shapes[i] = _nameless(shapes[i])
    places: dict[str, list[int]] = {}
    for i, shape in enumerate(shapes):
        for key in shape.keys:
            places.setdefault(key, []).append(i)
    places = {key: found for key, found in places.items() if len(found) > 1}
    anchors = {key for key in places if len(key) == 1 or _can_anchor(key)}
    wholes = {key for key in anchors if len(key) == 1 or key[0] == "="}
    keys = [tuple([key for key in shape.keys if key in places]) for shape in shapes]
    votes = [
        [key for key in own if key in (wholes if shape.prose else anchors)]
        for shape, own in zip(shapes, keys, strict=True)
    ]
    return Masks(shapes, keys, votes, places, [i for i, shape in enumerate(shapes) if shape.date], cued)


def _nameless(shape: Shape) -> Shape:
    return shape._replace(name=False, keys=tuple(key for key in shape.keys if key not in (NAME, COLON)))


def rank(key: str) -> int:
    """Return how specific a key is; 0 is the most specific."""
    return _RANKS[key[0]]


@once
def _shape(line: Line) -> Shape:
    """Reduce a line to its shape."""
    dated = line.number and len(line.text) <= MASKED_CHARACTERS and (found := find_date(line.full)) and not found.start
    text = line.full if dated else line.text  # without the number of a list, unless that is the day of a date
    if len(text) > MASKED_CHARACTERS:
        return Shape(text, "", None, False, False, True, ())
    numbered = has_digit(text)
    date = _date(text, numbered)
    masked = f"{text[: date[0]].lower()} {DATE} {text[date[1] :].lower()}" if date else text.lower()
    clock = numbered and _CLOCK.search(masked) is not None
    masked = _CLOCK.sub(f" {CLOCK} ", masked) if clock else masked
    timed = clock or (date is not None and _is_exact(text[date[0] : date[1]]))
    mask = " ".join(_TOKEN.findall(masked))
    mask = mask_numbers(mask) if numbered else mask
    tokens = mask.split(" ") if mask else []
    dated = date is not None and len(tokens) <= DATED_TOKENS and "://" not in text
    name = not dated and _is_name(text)
    ends = text.rstrip("\"'”’»“)")[-1:] in ".!?…"
    prose = not dated and (len(text) >= PROSE_CHARACTERS or (ends and len(text.split()) >= 4))
    keys = [f"={mask}"] if 0 < len(tokens) <= WHOLE_TOKENS else []
    if dated:
        keys.append(DATE)
    elif not _LETTER.search(text):
        keys.append(CLOCK if clock else NUMBER)
    elif clock and len(tokens) <= LABEL_TOKENS:
        keys.append(CLOCK)
    keys += ["<" + " ".join(tokens[-size:]) for size in range(min(END_TOKENS, len(tokens) - 1), 0, -1)]
    keys += [">" + " ".join(tokens[:size]) for size in range(min(START_TOKENS, len(tokens) - 1), 0, -1)]
    if name:
        keys += [COLON, NAME] if text.endswith((":", "：")) else [NAME]
    return Shape(text, mask, date if dated else None, timed, name, prose, tuple(keys))


def _date(text: str, numbered: bool) -> tuple[int, int] | None:
    """Find the date of a line with its clock time, in a language that ``dates`` knows or in another."""
    if found := find_date(text) or find_day(text):
        start, end = found.start, found.end
    elif numbered and (other := _OTHER_DATE.search(text)):
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
    if len(plain) > NAME_CHARACTERS or len(plain.split()) > NAME_TOKENS or not _LETTER.search(plain):
        return False
    return name_like(plain) and not _UNNAMELIKE.search(plain)


@dataclass(frozen=True)
class Dump:
    """The lines of a page, read and cued once for all that need it."""

    lines: Sequence[Line]
    heads: dict[int, tuple[int | None, int | None]] = field(default_factory=dict)  # those of lines, and their counts
    cleaned: dict[tuple[str, ...], tuple[list[str | None], float]] = field(default_factory=dict)  # names, their rate
    begins: dict[int, float] = field(default_factory=dict)  # lines that may begin a text and how likely, once tagged

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
            if is_beside_name and self.lines[i].key in VERBS:
                readings[i] = Reading(Part.JUNK)
            elif is_above_name and self.lines[i].key in _ANSWERS:
                readings[i] = Reading(Part.ANSWERED, clean_name(self.lines[i + 1].text))
                readings[i + 1] = Reading(Part.JUNK)
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
    def masks(self) -> Masks:
        """Return the shapes of the lines."""
        return read_masks([_shape(line) for line in self.lines], {*self.sole, *self.stops})

    @cached_property
    def signs(self) -> Beside:
        """Count the lines that stand around comments."""
        return signs_of(self.lines)

    def signs_beside(self, is_read: Callable[[Line], bool]) -> Beside:
        """Return the signs of the page, with those of its tags: how many texts are likely, and are not read."""
        likely = [i for i, chance in self.begins.items() if 2 * chance >= 1]
        missed = sum(not is_read(self.lines[i]) for i in likely) / max(len(likely), 1)
        return self.signs._replace(missed=missed, likely=sum(self.begins.values()))

    @cached_property
    def stated(self) -> StatedCount | None:
        """Return the page's own count of comments, wherever they are."""
        return stated_in_lines(self.lines)

    @cached_property
    def elsewhere(self) -> frozenset[int]:
        """Return the lines that lead to other pages."""
        cued = [i for i, line in enumerate(self.lines) if _ELSEWHERE.match(line) and not line.ends_sentence]
        return frozenset(i for i in cued if read_line(self.lines[i]).part is Part.ELSEWHERE)

    @cached_property
    def long(self) -> list[int]:
        """Count the characters of the long lines above each line."""
        sizes = [len(line.text) for line in self.lines]
        return [0, *accumulate([size if size >= LONG else 0 for size in sizes])]


def _glued_name(text: str) -> str | None:
    """Return the name in "Annsays:", where a page writes no space between its elements."""
    verb = _GLUED_VERB.search(text)
    return clean_name(text[: verb.start()]) if verb and name_like(text[: verb.start()]) else None


@dataclass(frozen=True)
class Zone:
    """Lines that come back in the same order between the texts of comments."""

    keys: tuple[str, ...]  # from top to bottom
    anchor: int  # which of the keys was found first
    rows: tuple[tuple[int | None, ...], ...]  # for each place, the line of each key; None where it has none

    @cached_property
    def tops(self) -> list[int]:
        """Return the first line of each place."""
        return [min([line for line in row if line is not None]) for row in self.rows]

    @cached_property
    def bottoms(self) -> list[int]:
        """Return the last line of each place."""
        return [max([line for line in row if line is not None]) for row in self.rows]

    @cached_property
    def longest(self) -> int:
        """Return the number of lines of the longest text between two places."""
        return max([top - bottom - 1 for top, bottom in zip(self.tops[1:], self.bottoms, strict=False)], default=1)

    def cut(self, start: int, end: int) -> "Zone":
        """Return some of the places."""
        return self if end - start == len(self.rows) else replace(self, rows=self.rows[start:end])


def list_runs(masks: Masks, headings: Sequence[int], stops: Sequence[int]) -> list[tuple[str, list[int]]]:
    """List the keys that come back every few lines, with their places, the most promising first.

    :param masks: The shapes of the page.
    :param headings: Lines that could be the heading of comments; a run that crosses one is also tried from there on.
    :param stops: Lines that could end a section; a run that crosses one is also tried up to there.
    """
    found: dict[tuple[int, ...], str] = {}
    for key, places in masks.places.items():
        least = FEW if _is_timed(key) else FEW + 1
        if len(places) < least or not _can_anchor(key) or _in_prose(masks, places):
            continue
        for run in _runs(places):
            for part in _parts(run, headings, stops):
                if len(part) >= least:
                    same = tuple(part)
                    found[same] = min(found.get(same, key), key, key=rank)
    ranked = sorted(found.items(), key=lambda pair: (-len(pair[0]) * (2 if _is_timed(pair[1]) else 1), rank(pair[1])))
    return [(key, list(places)) for places, key in ranked[:MOST_ANCHORS]]


@lru_cache(maxsize=4096)
def _can_anchor(key: str) -> bool:
    if len(key) == 1:
        return key in (DATE, CLOCK)
    return key in SIGNED or any(token.strip("#").isalnum() for token in key[1:].split())


def _is_timed(key: str) -> bool:
    return DATE in key or CLOCK in key


def _in_prose(masks: Masks, places: Sequence[int]) -> bool:
    return sum([masks.shapes[i].prose for i in places[:SAMPLE]]) * 2 > min(len(places), SAMPLE)


def _runs(places: Sequence[int]) -> list[list[int]]:
    gaps = sorted(b - a for a, b in pairwise(places))
    reach = max(RUN_GAP, RUN_MEDIANS * gaps[len(gaps) // 2])
    runs = [[places[0]]]
    for above, place in pairwise(places):
        if place - above > reach:
            runs.append([])
        runs[-1].append(place)
    return runs


def _parts(run: list[int], headings: Sequence[int], stops: Sequence[int]) -> list[list[int]]:
    """List a run, its parts below the first or last heading that it crosses, and above the next stop."""
    crossed = headings[bisect_left(headings, run[0]) : bisect_left(headings, run[-1])]
    starts = [run, *(run[bisect_left(run, heading) :] for heading in {*crossed[:1], *crossed[-1:]})]
    parts = []
    for part in starts:
        stop = bisect_left(stops, part[0]) if part else len(stops)
        parts += [part, part[: bisect_left(part, stops[stop])]] if stop < len(stops) else [part]
    return parts


def grow_zones(masks: Masks, key: str, places: Sequence[int]) -> Iterator[Zone]:
    """Extend a repeated key to the lines above and below that come back with it.

    :param masks: The shapes of the page.
    :param places: Lines that have the key.
    :return: The zone where one of its lines may be a name; the one with two names where that is another.
    """
    for names in (1, 2):
        growth = _Growth(masks, key)
        yield growth.grow(places, names)
        if not growth.is_scarce:
            break


class _Slot(NamedTuple):
    """A part of a zone: its key, and the line that has it at each place."""

    key: str
    lines: list[int | None]


class _Growth:
    """Extends one key to a zone.

    :param masks: The shapes of the page.
    :param key: The key that comes back.
    """

    def __init__(self, masks: Masks, key: str) -> None:
        self._masks, self._key = masks, key
        self._names = 0  # how many more lines may be names
        self.is_scarce = False  # whether one more name would make a difference

    def grow(self, places: Sequence[int], names: int) -> Zone:
        """Return the zone of some places."""
        self._names = names - _differ(self._masks, places)
        above = self._extend(places, [-1, *places[:-1]], -1)
        tops = list(places)
        for slot in above:
            tops = [top if line is None else line for top, line in zip(tops, slot.lines, strict=True)]
        below = self._extend(places, [*tops[1:], len(self._masks.shapes)], 1)
        slots = [*reversed(above), _Slot(self._key, list(places)), *below]
        rows = tuple(zip(*(slot.lines for slot in slots), strict=True))
        return Zone(tuple(slot.key for slot in slots), len(above), rows)

    def _extend(self, places: Sequence[int], limits: Sequence[int], step: int) -> list[_Slot]:
        """Find the keys that the lines on one side of all places share, line by line.

        :param limits: For each place, the line that belongs to its neighbour.
        :param step: -1 for the lines above, 1 for those below.
        """
        keys = self._masks.keys
        cursors, slots = list(places), list[_Slot]()
        voters = slice(None) if len(places) == FEW else slice(1, None) if step < 0 else slice(-1)
        for _ in range(MOST_SLOTS):
            near = [i + step if (limit - i) * step > 1 else None for i, limit in zip(cursors, limits, strict=True)]
            key = self._vote(near[voters], limits[voters], step)
            if key is None:
                break
            lines = [
                i if i is not None and key in keys[i] else self._behind(i, limit, step, key)
                for i, limit in zip(near, limits, strict=True)
            ]
            cursors = [i if line is None else line for i, line in zip(cursors, lines, strict=True)]
            slots.append(_Slot(key, lines))
            self._names -= self._has_names(slots[-1])
        return slots

    def _has_names(self, slot: _Slot) -> bool:
        """Return whether a part of a zone holds names, or different words beside those that its lines share."""
        if slot.key in (NAME, COLON):
            return True
        return slot.key[0] in "<>" and _differ(self._masks, [line for line in slot.lines if line is not None])

    def _behind(self, near: int | None, limit: int, step: int, key: str) -> int | None:
        """Return the next line behind short ones that has a key; None where a paragraph or a heading comes first."""
        masks = self._masks
        for _ in range(MOST_BETWEEN):
            if near is None or (limit - near) * step <= 1 or masks.shapes[near].prose:
                return None
            if step > 0 and near in masks.cued:
                return None
            near += step
            if key in masks.keys[near]:
                return near
        return None

    def _vote(self, near: Sequence[int | None], limits: Sequence[int], step: int) -> str | None:
        """Choose the key that the lines beside most places share; None where they share none."""
        votes, n = self._masks.votes, len(near)
        times = Counter(chain.from_iterable([votes[i] for i in near if i is not None]))
        fitting = []
        for key, count in times.items():
            if count / n < NEAR:
                continue
            if key in (NAME, COLON):
                is_shared = self._is_name(count / n)
            elif not (is_shared := count / n >= SHARED):
                behind = sum(self._votes_behind(i, limit, step, key) for i, limit in zip(near, limits, strict=True))
                is_shared = count / n + behind / n >= NEAR_OR_FAR
            if is_shared:
                fitting.append(key)
        if not fitting:
            return None
        best = min(fitting, key=lambda key: (rank(key), -times[key], -len(key)))
        if best[0] == "=" and NAME in fitting and times[NAME] >= times[best] + ADVANTAGE * n:
            return NAME
        return best

    def _votes_behind(self, near: int | None, limit: int, step: int, key: str) -> bool:
        """Return whether not the line beside a place has a key, but the one behind it."""
        votes = self._masks.votes
        if near is None or key in votes[near]:
            return False
        far = self._behind(near, limit, step, key)
        return far is not None and key in votes[far]

    def _is_name(self, near: float) -> bool:
        """Return whether lines like names beside such a share of the places are a part of the zone."""
        least = SHARED_NAME if self._names > 1 else SHARED_SECOND_NAME
        self.is_scarce |= (self._names == 0 and near >= SHARED_SECOND_NAME) or (
            self._names == 1 and SHARED_NAME <= near < SHARED_SECOND_NAME
        )
        return self._names > 0 and near >= least


def _differ(masks: Masks, places: Sequence[int]) -> bool:
    """Return whether the lines of a key differ in words, as those with a name do."""
    return len({masks.shapes[i].mask for i in places}) * 2 > len(places)


# Where the last comment ends ------------------------------------------------------------------------------------------

SAID = (2.3, 1.2, -1.3, 1.5, -4.8, -6.1, -4.5, 1.1, 1.5, -1.9, -2.8, -2.0)
"""Weights of the numbers of a line below the first line of a comment, as log odds of being more of it.

Learned by ``scripts/train_lines.py ends`` from 1,573 comments of 146 sites, each with the lines below the last comment
of its page; the last one is set by hand (learned: -1.3). 90 % of the last comments of sites left out end rightly."""

MENTION, COMPARED = 120, 3
"""Maximum characters of a line that is about comments, and minimum number of other comments to compare lengths with."""

_OF_SITE = (Kind.FURNITURE, Kind.END, Kind.TEASER)


def own_lines(page: Dump, text: range, others: Sequence[range]) -> range:
    """Cut the lines of the site off the last comment of a page.

    :param text: Its lines, and those below it.
    :param others: Those of the other comments.
    """
    rates = (sum(map(mul, SAID, numbers)) for numbers in numbers_below(page.lines, text, others))
    totals = [0.0, *accumulate(rates)]
    end = text.start + totals.index(max(totals)) + 1
    shared = {page.lines[i].cue for other in others for i in other}  # what the page writes around each
    return range(text.start, next((i for i in range(end, text.stop) if page.lines[i].cue not in shared), text.stop))


def numbers_below(lines: Sequence[Line], text: range, others: Sequence[range]) -> Iterator[tuple[float, ...]]:
    """Yield for each line below the first of a text the numbers that tell whether it is more of it.

    Those of the line, the growth of the text beyond the longest other one, whether the line is further left than the
    first, and whether it has few words and follows a sentence, as links of the site do.
    """
    longest = max(map(len, others)) if len(others) >= COMPARED else len(text)
    for size, i in enumerate(text[1:], 2):
        grown = max(log((size + 1) / (longest + 1)), 0.0)
        is_left = lines[i].indent < lines[text.start].indent
        is_bare = lines[i - 1].ends_sentence and not (is_rated(lines[i].text) or lines[i].ends_sentence)
        yield *_line_numbers(lines[i]), grown, is_left, is_bare


@once
def _line_numbers(line: Line) -> tuple[float, ...]:
    """Return the numbers of a line itself: the rating of its words, its end, its kind, what it is about, its length."""
    (talk,) = rate_talk((line.text,))
    about = len(line.text) <= MENTION and any(map(is_comment_word, letter_words(line.text)))
    return (
        *(max(talk or 0.0, 0.0), min(talk or 0.0, 0.0), talk is None, line.ends_sentence),
        *(read_line(line).part is Part.ACTION, line_kinds((line,))[0] in _OF_SITE, about),
        *(not line.has_more_words(2), 1.0),
    )


# Comments between repeated lines --------------------------------------------------------------------------------------

HEADING_REACH, COUNT_REACH = 12, 30
"""Lines between a heading and the first comment at most, and the same for a heading with a number."""

TAIL_TEXTS = 3
"""Maximum length of a text at the edge of a section, in times of the longest text between two headers."""

REFRAIN_SHARE, REFRAINS = 0.2, 8
"""Share of the texts that begin, or end, with the same line before that is the page's; such lines at most."""

COMMON_WORD = 0.6
"""Minimum share of names that begin, or end, with one word before that word is cut off."""

LOST = 0.5
"""Penalty for each part of a place left out that could be the first or the last."""

EDGE, HOLES = 3, 0.4
"""Places near each edge that should have all parts, and what a reading loses for each that has not."""

NAME_ABOVE, STRAY = 0.8, 0.5
"""Weight of names above the texts, and penalty for a part at the edges where no part should be."""

TRIMMED = 0.6
"""Penalty for each edge at which a reading leaves out places that lack a part."""

PARTED = 2.0
"""Penalty for two lines like names in a row that belong to two comments: one is a badge."""

EMPTY = 0.7
"""Penalty for a reading that leaves nothing for the first or the last text."""

VAGUE = {NAME: 0.4, NUMBER: 0.5, COLON: 0.6}
"""Weight of a line of a class as evidence for where a section begins or ends; other lines 1."""

BELOW = 0.9
"""Weight of a name below a text, where one above it weighs 1."""

INNER = 0.5
"""Share of the headers that must be dated, and dated alike, for a line dated so within a text to be a header."""

OFTEN = 0.3
"""Share of different names above which more names add nothing: in a talk, some write often."""


COPIED = 1.8
"""Minimum times that a comment stands on the page, on average, where a list stands there twice."""

LEAST_WEIGHT = 4.8
"""Weight from which a reading is one of comments."""

LEAST_VALUE = LEAST_WEIGHT**1.5
"""The value of a single comment of that weight; less cannot be more than one."""

NAMED, OTHERS, FILLED, HEADED = 1.5, 4.4, 0.6, 2.0
"""Maximum weights of the names of a reading, of what else its comments have, of full places, and of a heading."""

TALK, TALKS, NAMED_SHARE, NAMED_LETTERS = 1.2, 3, 0.1, 4
"""Weight of a talk; minimum number of its comments; minimum share of them that name an earlier commenter; minimum
letters of that name.
"""

HEAD_REACH = 3
"""Lines above a heading, an order of sorting or the marks of a layout, where it says how many comments there are."""

THREAD_LAYOUT = "thread"
"""The layout of comments whose headers come back, and that answer each other."""

ALONE, LISTED = 0.5, 5
"""Penalty for a reading below nothing; minimum number of its comments where no word announces them."""

SILENT = -0.45
"""Maximum penalty of a talk for texts without a sentence."""

COUNTED_ON, RISING = 0.8, 0.9
"""Share of the headers whose number, and whose date, is that of the one before and one more, or later."""

LEAST_NAMED = 0.55
"""Minimum rating of values as names."""

LONG = 80
"""Minimum characters of a line that is a paragraph wherever it is."""

_SERIAL = re.compile(r"(?<![\d.,:/-])\d{1,5}(?![\d.,:/-]\d|\d)")
_ELSEWHERE = Cues(phrases("comment.pingbacks"))


MOST_OF_ZONES = {"date": 1.0, "control": 0.6, "headed": HEADED}
"""Maximum weights of the keys of a zone."""


class ShapeEntry(NamedTuple):
    """A comment, by the lines of the page."""

    author: str | None
    header: tuple[int, ...]  # lines of name, date, number, button, or signature
    lines: tuple[int, ...]  # lines of its text, in order; at least one


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


class _Block(NamedTuple):
    """A comment before its author is read."""

    parts: tuple[int | None, ...]  # for each key of the zone, its line
    header: tuple[int, ...]
    text: range


class _Thread(NamedTuple):
    """A reading of a zone: which of its keys stand above a text."""

    zone: Zone
    split: int  # keys[:split] stand below a text, the others above the next
    blocks: list[_Block]


class _Found(NamedTuple):
    """A reading and how much it is like comments."""

    weight: float
    entries: list[ShapeEntry]
    key: str
    places: list[int]
    names: int


def read_shape(page: Dump) -> Section | None:
    """Read the comments of a page by the form that comes back on it.

    :param page: A text dump, or the text of a page whose tags were dropped; blank lines do not matter.
    :return: The comment section; None where nothing comes back, or what does is not like comments.
    """
    headings, masks = page.headings, page.masks
    found = _best(page, list_runs(masks, headings, page.stops) if headings or len(masks.dated) >= FEW else [])
    return None if found is None or found.weight < LEAST_WEIGHT else _reading(page, found)


def _best(page: Dump, runs: Sequence[tuple[str, list[int]]]) -> _Found | None:
    """Find the zone that is most like the headers of comments; many weigh more than few."""
    best: _Found | None = None
    least = LEAST_VALUE
    seen: set[tuple[tuple[int | None, ...], ...]] = set()
    for key, places in runs:
        scale = len(places) / len(places[:SAMPLE])
        n, dated = len(places[:SAMPLE]), len(page.masks.dated)
        if not _can_win(MOST_OF_ZONES, NAMED + OTHERS + FILLED, max(n, n / 2 + dated), least / scale**0.5):
            continue
        for names, zone in enumerate(grow_zones(page.masks, key, places[:SAMPLE]), 1):
            needed = least / scale**0.5
            thread = None if zone.rows in seen or not _can_weigh(page, zone, needed) else _read_zone(page, zone)
            seen.add(zone.rows)
            weight, entries = _weigh(page, thread, needed) if thread else (0.0, [])
            value = max(weight, 0.0) ** 1.5 * (len(entries) * scale) ** 0.5
            if value > least:
                best, least = _Found(weight, entries, key, places, names), value
    return best


def _can_weigh(page: Dump, zone: Zone, least: float) -> bool:
    """Return whether a zone has a date or a heading above, and could exceed a value."""
    facts, n = _zone_facts(zone), len(zone.rows)
    reach = _reach(zone)
    heading = bisect_left(page.headings, zone.tops[0] - reach - COUNT_REACH)
    if heading < len(page.headings) and page.headings[heading] < zone.bottoms[-1] + reach:
        facts["headed"] = HEADED
    elif not facts["date"]:
        return False
    most = max(n, n / 2 + len(page.masks.dated)) if facts["date"] else n  # what is dated within texts begins others
    return n >= FEW and _can_win(facts, NAMED + OTHERS + FILLED, most, least)


def _stops(line: Line) -> bool:
    return is_end(line) or is_footer(line) or is_paging(line) or leads_elsewhere((line,))


# Where comments begin and end


def _read_zone(page: Dump, zone: Zone) -> _Thread:
    """Cut the page into texts by a zone, without its first or last places where these are rather none."""
    trials = [
        (_fit(page, part, split) - trims, part, split)
        for part, trims in _trimmed(zone)
        for split in range(len(zone.keys) + 1)
    ]
    _, zone, split = max(trials, key=lambda trial: trial[0])
    blocks = _opened(page, zone, split) if split <= zone.anchor else _closed(page, zone, split)
    return _Thread(zone, split, _cut_inner(page, zone, split, blocks))


def _trimmed(zone: Zone) -> list[tuple[Zone, float]]:
    """List a zone and its parts without the first or last places that lack a part, with the price of each."""
    n, filled = len(zone.rows), [_filled(row) for row in zone.rows]
    most = max(filled)
    first, last = filled.index(most), n - 1 - filled[::-1].index(most)
    starts = [i for i in sorted({0, 1, first - 1, first}) if 0 <= i <= first]
    ends = [i for i in sorted({n, n - 1, last + 2, last + 1}) if last < i <= n]
    return [(zone.cut(a, b), _trims(zone, a, b)) for a in starts for b in ends if b - a == n or b - a > FEW]


def _trims(zone: Zone, start: int, end: int) -> float:
    """Return the price of the places that are left out: higher where these are as a first or last place would be."""
    rows, n = zone.rows[start:end], end - start
    price: float = TRIMMED * ((start > 0) + (end < len(zone.rows)))
    price += LOST * _lost(zone.rows[start - 1] if start else ())
    price += LOST * _lost(zone.rows[end] if end < len(zone.rows) else ())
    inner = {*range(1, 1 + EDGE), *range(n - 1 - EDGE, n - 1)}
    holes: int = sum([0 < i < n - 1 and None in rows[i] for i in inner])
    holes += sum([None in row and not _lost(row) for row in (rows[0], rows[-1])])
    return price + HOLES * holes


def _lost(parts: Sequence[int | None]) -> int:
    """Count the parts of a place that stand together at one of its ends; none where there are others."""
    filled = _filled(parts)
    return filled if None not in parts[:filled] or None not in parts[len(parts) - filled :] else 0


def _reach(zone: Zone) -> int:
    """Return how many lines a text at the edge of a section has at most."""
    return TAIL_TEXTS * zone.longest + 3


def _fit(page: Dump, zone: Zone, split: int) -> float:
    """Rate how well the first and the last place fit a split: all parts there, or only those above a text."""
    keys, first, last, bottom = zone.keys, zone.rows[0], zone.rows[-1], zone.bottoms[-1]
    low, high = keys[:split], keys[split:]
    usual = NAME_ABOVE if NAME in high or COLON in high else 0.0
    usual -= PARTED if low[-1:] == high[:1] == (NAME,) else 0.0
    if split <= zone.anchor:
        below = _below(page, zone, split, bottom, _reach(zone))
        inner = _worth(high, first[split:]) - STRAY * _worth(low, first[:split]) + _worth(keys, last)
        empty = bottom + 1 >= len(page.lines) or bottom + 1 in page.stops
        return usual + inner + _worth(low, below) - (EMPTY if empty else 0)
    above = _above(page, zone, split, zone.tops[0], _reach(zone))
    inner = _worth(keys, first) + _worth(low, last[:split]) - STRAY * _worth(high, last[split:])
    said = zone.tops[0] - 1
    empty = said < 0 or said in page.headings or said in above
    return usual + inner + _worth(high, above) - (EMPTY if empty else 0)


def _worth(keys: Sequence[str], parts: Sequence[int | None]) -> float:
    """Weigh the parts that are there against those that are not; a line like a name is found anywhere."""
    if not keys:
        return 0.0
    return fsum([VAGUE.get(key, 1.0) * (-1 if part is None else 1) for key, part in zip(keys, parts, strict=True)])


def _filled(parts: Sequence[int | None]) -> int:
    return len(parts) - parts.count(None)


def _below(page: Dump, zone: Zone, split: int, bottom: int, reach: int) -> list[int | None]:
    """Find the lines that close the last text, below a place."""
    return _following(page, zone.keys[:split], range(bottom + 1, min(bottom + 1 + reach, len(page.lines))))


def _above(page: Dump, zone: Zone, split: int, top: int, reach: int) -> list[int | None]:
    """Find the lines that open the first text, above a place."""
    return _following(page, zone.keys[split:][::-1], range(top - 1, max(top - 1 - reach, -1), -1))[::-1]


def _following(page: Dump, keys: Sequence[str], lines: range) -> list[int | None]:
    """Find the nearest lines with the given keys, in their order; those behind the first one stand close to it."""
    found: list[int | None] = []
    shared, step = page.masks.keys, lines.step
    for key in keys:
        near = lines if found.count(None) == len(found) else lines[:3]
        line = next((i for i in near if key in shared[i]), None)
        found.append(line)
        lines = lines if line is None else range(line + step, lines.stop, step)
    return found


def _heading_above(page: Dump, i: int, reach: int) -> int | None:
    """Find the next heading above a line, within some lines."""
    at = bisect_left(page.headings, i) - 1
    return page.headings[at] if at >= 0 and i - page.headings[at] <= reach else None


def _own_heading(page: Dump, first: int) -> int | None:
    """Find the heading of a section by its first comment."""
    heading = _heading_above(page, first, COUNT_REACH)
    if heading is None or first - heading <= HEADING_REACH or _counts(page, heading):
        return heading
    return None


def _first_of(parts: Sequence[int | None], default: int) -> int:
    return min((line for line in parts if line is not None), default=default)


def _opened(page: Dump, zone: Zone, split: int) -> list[_Block]:
    """Cut texts below each place; the lines that close the last one are looked for below it."""
    starts = [_first_of(row[split:], zone.bottoms[i] + 1) for i, row in enumerate(zone.rows)]
    blocks = []
    for i, (row, following) in enumerate(pairwise(zone.rows)):
        bottom, top = zone.bottoms[i] + 1, zone.tops[i + 1]
        header = (*range(starts[i], bottom), *range(top, starts[i + 1]))
        blocks.append(_Block((*following[:split], *row[split:]), header, range(bottom, top)))
    bottom = zone.bottoms[-1] + 1
    end = _last_line(page, zone, bottom)
    below = _below(page, zone, split, bottom, end - bottom - 1)
    close = _first_of(below, end)
    header = (*range(starts[-1], bottom), *(line for line in below if line is not None))
    return [*blocks, _Block((*below, *zone.rows[-1][split:]), header, range(bottom, close))]


def _last_line(page: Dump, zone: Zone, start: int) -> int:
    """Find where the last text ends at the latest."""
    stop = bisect_left(page.stops, start + 1)
    return min(start + _reach(zone), len(page.lines), *page.stops[stop : stop + 1])


def _closed(page: Dump, zone: Zone, split: int) -> list[_Block]:
    """Cut texts above each place; the lines that open the first one are looked for above it."""
    ends = [_first_of(row[split:], zone.bottoms[i] + 1) for i, row in enumerate(zone.rows)]
    top = zone.tops[0]
    above = _above(page, zone, split, top, _reach(zone))
    start = max((line + 1 for line in above if line is not None), default=_first_line(page, zone, top))
    header = (*(line for line in above if line is not None), *range(top, ends[0]))
    blocks = [_Block((*zone.rows[0][:split], *above), header, range(start, top))]
    for i, (before, row) in enumerate(pairwise(zone.rows), 1):
        bottom, top = zone.bottoms[i - 1] + 1, zone.tops[i]
        header = (*range(ends[i - 1], bottom), *range(top, ends[i]))
        blocks.append(_Block((*row[:split], *before[split:]), header, range(bottom, top)))
    return blocks


def _first_line(page: Dump, zone: Zone, top: int) -> int:
    """Find where the text above the first place begins: below the heading, where there is one."""
    heading = _heading_above(page, top, _reach(zone))
    start = max(top - zone.longest, 0) if heading is None else heading + 1
    while heading is not None and start < top - 1 and not page.masks.shapes[start].prose:
        start += 1
    return start


def _cut_inner(page: Dump, zone: Zone, split: int, blocks: list[_Block]) -> list[_Block]:
    """Cut texts at lines in them that are dated as headers are: replies have less around them than other comments."""
    slot = next((slot for slot in range(split, len(zone.keys)) if DATE in zone.keys[slot]), None)
    dated = [] if slot is None else [i for block in blocks if (i := block.parts[slot]) is not None]
    if slot is None or len(dated) < len(blocks) * INNER:
        return blocks
    times = Counter(_dating(page, i) for i in dated)
    usual = {form for form, n in times.items() if n >= INNER * len(dated)}
    above, places = slot > split and zone.keys[slot - 1] in (NAME, COLON), page.masks.dated
    cut: list[_Block] = []
    for block in blocks:
        text = block.text
        for i in places[bisect_left(places, text.start + 1 + above) : bisect_left(places, text.stop)]:
            if i > block.text.start and _dating(page, i) in usual and (not above or page.masks.shapes[i - 1].name):
                header = tuple(range(i - above, i + 1))
                parts: list[int | None] = [None] * len(zone.keys)
                parts[slot - above : slot + 1] = header
                cut.append(block._replace(text=range(block.text.start, i - above)))
                block = _Block(tuple(parts), header, range(i + 1, text.stop))
        cut.append(block)
    return cut


def _dating(page: Dump, i: int) -> tuple[bool, bool, str] | None:
    """Describe how a line is dated: with a time of day, with text before the date, and the text behind it."""
    shape = page.masks.shapes[i]
    before, date, behind = f" {shape.mask} ".partition(f" {DATE} ")
    return (shape.clock, bool(before), behind) if shape.date and date else None


# Whose the comments are


def _authors(page: Dump, thread: _Thread) -> tuple[list[str | None], float]:
    """Find the part of the header that is the name, and rate how much it is like one.

    :return: A name for each comment, and a number from 0 to 1.
    """
    best: tuple[float, list[str | None]] = 0.0, [None] * len(thread.blocks)
    for slot, key in enumerate(thread.zone.keys):
        if key[0] == "=" and DATE not in key:  # the same words in each
            continue
        for values in _residues(page, [block.parts[slot] for block in thread.blocks]):
            names, rate = _clean(page, tuple(values))
            rate *= 1.0 if slot >= thread.split else BELOW
            rate *= BELOW if key == NAME and len(names) == FEW else 1.0 if key != NAME else 0.97
            if rate > best[0] + 0.02:
                best = rate, names
    return best[1], best[0]


def _residues(page: Dump, lines: Sequence[int | None]) -> list[list[str]]:
    """List the texts before and behind the dates of some lines."""
    texts = ["" if i is None else page.masks.shapes[i].text for i in lines]
    dates = [None if i is None else page.masks.shapes[i].date for i in lines]
    if sum(date is not None for date in dates) * 2 <= len(lines):
        return [texts]
    before = [text[: date[0]] if date else "" for text, date in zip(texts, dates, strict=True)]
    behind = [text[date[1] :] if date else "" for text, date in zip(texts, dates, strict=True)]
    return [before, behind]


def _clean(page: Dump, values: tuple[str, ...]) -> tuple[list[str | None], float]:
    """Free names from the words that most of them begin or end with, and from signs, and rate them."""
    if values not in page.cleaned:
        split = [value.split() for value in values]
        for edge in (-1, 0) * 4:
            word = _common_word(split, edge)
            if word is not None:
                split = [_without(words, edge, word) for words in split]
        plain = [clean_name(" ".join(words)) for words in split]
        names = [name if name and line_key(name) not in _WEEKDAYS else None for name in plain]
        page.cleaned[values] = names, _rate_names(names)
    return page.cleaned[values]


def _edge_words(split: Sequence[Sequence[str]], edge: int) -> list[str]:
    """List the first or last words of names that have some, with # for their numbers."""
    words = " ".join([words[edge] for words in split if words]).lower()
    return mask_numbers(words).split(" ")


def _common_word(split: Sequence[Sequence[str]], edge: int) -> str | None:
    """Return the word that most names begin or end with; None where that would leave nothing of them."""
    filled = [words for words in split if words]
    edges = _edge_words(filled, edge)
    word, n = Counter(edges).most_common(1)[0]
    if n < max(FEW, COMMON_WORD * len(filled)) or len({tuple(words) for words in filled}) < FEW:
        return None
    longer = sum([len(words) > 1 for words, own in zip(filled, edges, strict=True) if own == word])
    return word if longer * 2 > n else None


def _without(words: list[str], edge: int, word: str) -> list[str]:
    if not words or _edge_words([words], edge) != [word]:
        return words
    return words[:-1] if edge else words[1:]


def _rate_names(names: Sequence[str | None]) -> float:
    """Rate from 0 to 1 how much some values are like names: there, short, and not all the same."""
    filled = [name for name in names if name and len(name.split()) <= 8 and len(name) <= 80]
    if sum(any(map(str.isalpha, name)) for name in filled) * 2 <= len(filled):
        return 0.0
    distinct = len(set(filled)) / len(filled)
    most = Counter(filled).most_common(1)[0][1] / len(filled)
    short = sum(len(name.split()) <= 4 for name in filled) / len(filled)
    alone = most > 0.7 and len(filled) > FEW
    return (
        len(filled) / len(names) * (1.0 - OFTEN + min(distinct, OFTEN)) * (0.7 + 0.3 * short) * (0.4 if alone else 1.0)
    )


# What they say


def _entries(page: Dump, thread: _Thread, authors: Sequence[str | None]) -> list[ShapeEntry]:
    """Make comments of blocks; lines at the edges of the texts that the page repeats are none of the text."""
    texts = [block.text for block in thread.blocks]
    texts[-1] = _without_tail(page, thread, texts)
    texts = _above_links(page, texts)
    for _ in range(REFRAINS):
        before = list(texts)
        for edge in (0, -1):
            _drop_refrains(page, texts, edge)
        if before == texts:
            break
    for at, author in enumerate(authors[1:]):  # a picture's description, above the name
        while len(texts[at]) > 1 and page.masks.shapes[texts[at][-1]].text == author:
            texts[at] = texts[at][:-1]
    entries: list[ShapeEntry] = []
    for block, text, author in zip(thread.blocks, texts, authors, strict=True):
        if text:
            header = sorted({*block.header, *range(block.text.start, text.start)})
            entries.append(ShapeEntry(author, tuple(header), tuple(text)))
    return entries


def _without_copy(page: Dump, entries: Sequence[ShapeEntry]) -> list[ShapeEntry]:
    """Leave out the second copy of a list that stands on a page twice, in another order perhaps."""
    once: dict[tuple[str, ...], ShapeEntry] = {}
    for entry in entries:
        dates = (page.lines[i].full for i in entry.header if page.masks.shapes[i].date)
        once.setdefault((entry.author or "", *dates, "", *(page.lines[i].full for i in entry.lines)), entry)
    return list(once.values()) if len(once) * COPIED <= len(entries) else list(entries)


def _above_links(page: Dump, texts: list[range]) -> list[range]:
    """Cut texts at lines that lead to other pages: these stand below all that a commenter says."""
    if not page.elsewhere:
        return texts
    cuts = (next((i for i in text[1:] if i in page.elsewhere), text.stop) for text in texts)
    return [range(text.start, cut) for text, cut in zip(texts, cuts, strict=True)]


def _drop_refrains(page: Dump, texts: list[range], edge: int) -> None:
    """Take the first, or last, line off all texts where many have the same one, or where it is a known button."""
    lines = [text[edge] if len(text) > 1 else None for text in texts]
    masks = [None if i is None else _refrain(page, i) for i in lines]
    times = Counter(masks)
    least = max(REFRAIN_SHARE * len(texts), 3 if len(texts) > 3 else FEW)
    for at, (i, mask) in enumerate(zip(lines, masks, strict=True)):
        if i is None or page.masks.shapes[i].prose:
            continue
        if (mask and times[mask] >= least) or _is_button(read_line(page.lines[i]), times[mask]):
            texts[at] = texts[at][1:] if edge == 0 else texts[at][:-1]


def _is_button(reading: Reading, times: int) -> bool:
    return reading.part in AROUND and (reading.offers or times >= FEW)


def _refrain(page: Dump, i: int) -> str:
    return NUMBER if NUMBER in page.masks.keys[i] else page.masks.shapes[i].mask


def _without_tail(page: Dump, thread: _Thread, texts: Sequence[range]) -> range:
    """Cut the page's further lines off the last text."""
    last = texts[-1]
    if thread.split > thread.zone.anchor or any(part is not None for part in thread.blocks[-1].parts[: thread.split]):
        return last
    last = last[: max(max(map(len, texts[:-1]), default=len(last)), 1)]
    return own_lines(page, last, texts[:-1])


# How much it is like comments


def _weigh(page: Dump, thread: _Thread, least: float) -> tuple[float, list[ShapeEntry]]:
    """Rate how much a reading is like comments; 0 where a property of all comments is missing.

    :param least: What its value must be more than; one that cannot is not read to the end.
    :return: The weight, and the comments.
    """
    n = sum([bool(block.text) for block in thread.blocks])
    if n < FEW or n < 0.6 * len(thread.blocks):
        return 0.0, []
    facts = _outer_facts(page, thread, n)
    if not (facts["date"] or facts["heading"]) or not _can_win(facts, NAMED + OTHERS, n, least):
        return 0.0, []
    authors, names = _authors(page, thread)
    facts["names"] = NAMED * names if names >= LEAST_NAMED else 0.0
    if not _can_win(facts, OTHERS, n, least) or (n == FEW and not facts["names"]):
        return 0.0, []
    if not facts["names"] and not facts["heading"] and not (facts["control"] and n >= LISTED):
        return 0.0, []
    entries = _entries(page, thread, authors)
    facts |= _inner_facts(page, entries)
    if _can_win(facts, TALK + ALONE, n, least) and _is_talk(page, entries):
        facts |= {"talk": TALK, "alone": 0.0}  # the first post of a thread is all that stands above the others
    return (fsum(facts.values()), entries) if _is_credible(facts, n) else (0.0, [])


def _can_win(facts: dict[str, float], more: float, n: float, least: float) -> bool:
    """Return whether so many comments could exceed a value if further facts add so much to their weight."""
    return bool(max(fsum(facts.values()) + more, 0.0) ** 1.5 * n**0.5 > least)


def _is_credible(facts: dict[str, float], n: int) -> bool:
    word, above = facts["offer"] > 0, facts["heading"] > 0
    if not (facts["date"] or (word and above) or (facts["stated"] and facts["names"])):
        return False
    if n == FEW:
        return bool((word or above) and facts["names"])
    listed = facts["clock"] and facts["control"] and facts["sentences"] > 0
    talk = "talk" in facts and facts["names"] and facts["sentences"] > SILENT
    return word or above or bool(facts["stated"]) or bool(talk) or bool(listed and n >= LISTED)


def _zone_facts(zone: Zone) -> dict[str, float]:
    """Collect the facts for and against comments in the keys of a zone, by name; the values add up."""
    dates, names = sum([DATE in key for key in zone.keys]), zone.keys.count(NAME) + zone.keys.count(COLON)
    return {
        "date": 1.0 if dates else 0.0,
        "control": 0.6 if any(key[0] == "=" and DATE not in key for key in zone.keys) else 0.0,
        "dates": -1.5 if dates > 1 else 0.0,
        "lines": -0.6 * max(names - 1, 0),
    }


def _outer_facts(page: Dump, thread: _Thread, n: int) -> dict[str, float]:
    """Collect the facts for and against comments in the lines around them."""
    zone = thread.zone
    first = min([min((*block.header, *block.text[:1])) for block in thread.blocks if block.text][:1])
    heading, stated = _head(page, first)
    filled = fsum([_filled(row) for row in zone.rows]) / len(zone.rows) / len(zone.keys)
    return {
        **_zone_facts(zone),
        "heading": 1.0 if heading is not None else 0.0,
        "stated": 1.0 if stated == n and heading is not None else 0.0,
        "filled": 2 * FILLED * (filled - 0.5),
        "alone": -ALONE if page.long[first] < 0.05 * page.long[-1] else 0.0,
        "unfilled": -2.0 * (1 - n / len(thread.blocks)),
        "surplus": -1.5 if stated is not None and n > 1.5 * stated + 3 else 0.0,
        "few": -0.8 if n <= FEW else 0.0,
    }


def _inner_facts(page: Dump, entries: Sequence[ShapeEntry]) -> dict[str, float]:
    """Collect the facts for and against comments in their lines."""
    shapes, lines, n = page.masks.shapes, page.lines, len(entries)
    first, last, end = min(entries[0].header + entries[0].lines), entries[-1].lines[0], entries[-1].lines[-1]
    chars = [sum([len(lines[i].text) for i in entry.lines]) for entry in entries]
    sentences = sum([any(lines[i].ends_sentence for i in entry.lines) for entry in entries]) / n
    clocks = sum([any(shapes[i].clock for i in entry.header) for entry in entries])
    swallowed = sum([shapes[i].date is not None for entry in entries for i in entry.lines])
    varied = n * sum([size * size for size in chars]) >= 1.16 * sum(chars) ** 2  # they deviate by 0.4 of their mean
    return {
        "clock": 0.5 if clocks >= 0.6 * n else 0.0,
        "offer": 1.0 if _offers(page, entries) else 0.0,
        "sentences": 0.5 if sentences >= 0.6 else -1.5 * (0.6 - sentences),
        "varied": 0.4 if n > FEW and varied else 0.0,
        "paragraphs": 0.3 if sum([len(entry.lines) > 1 for entry in entries]) > 0.1 * n else 0.0,
        "short": -1.5 if median(chars) < 25 else 0.0,
        "inside": -1.2 if any(first < i <= end and _counts(page, i) for i in page.sole) else 0.0,
        "stops": -1.2 if any(first < i < last for i in page.stops) else 0.0,
        "swallowed": -min(2.0 * swallowed / n, 2.0),
    }


def _is_talk(page: Dump, entries: Sequence[ShapeEntry]) -> bool:
    """Return whether entries name earlier writers, or are numbered or dated in order; lists put the new first."""
    if len(entries) < TALKS or len({entry.author for entry in entries}) < FEW:
        return False
    return _name_each_other(page, entries) or _count_on(page, entries) or _come_later(page, entries)


def _name_each_other(page: Dump, entries: Sequence[ShapeEntry]) -> bool:
    """Return whether many entries speak to, or quote, somebody who has written above them."""
    known: set[str] = set()
    naming, named = 0, set[str]()
    for entry in entries:
        own = {entry.author or "", (entry.author or "").partition(" ")[0]}
        said = [page.lines[i].full for i in entry.lines]
        first, others = said[0], [line for line in said if "@" in line or (line.endswith(":") and len(line) < LONG)]
        found = {
            name
            for name in (known - own if others or first.startswith(tuple(known)) else ())
            if _is_addressed(first, name, 0) or any(_is_addressed(line, name, 1) for line in others)
        }
        naming, named = naming + bool(found), named | found
        known |= {name for name in own if len(name) >= NAMED_LETTERS}
    return len(named) >= FEW and naming >= NAMED_SHARE * len(entries)


def _is_addressed(line: str, name: str, number: int) -> bool:
    """Return whether a line of a text names somebody: at its beginning, if it is the first, or above a quotation."""
    start = line.find(name)
    if start < 0:
        return False
    before, behind = line[:start], line[start + len(name) :]
    if before[-1:].isalnum() or behind[:1].isalnum():
        return False
    return before.endswith("@") or not (before or number) or (line.endswith(":") and len(line) < LONG)


def _count_on(page: Dump, entries: Sequence[ShapeEntry]) -> bool:
    """Return whether a number in the headers is one more in each."""
    numbers = [_serials(page, entry) for entry in entries]
    after = [{n + 1 for n in above} & below for above, below in pairwise(numbers)]
    return sum(map(bool, after)) >= COUNTED_ON * len(after)


def _serials(page: Dump, entry: ShapeEntry) -> set[int]:
    """Return the numbers in the header of an entry, those of its date aside."""
    texts = []
    for i in entry.header:
        start, end = page.masks.shapes[i].date or (0, 0)
        texts.append(f"{page.masks.shapes[i].text[:start]} {page.masks.shapes[i].text[end:]}")
    return {int(n) for text in texts for n in _SERIAL.findall(text)}


def _come_later(page: Dump, entries: Sequence[ShapeEntry]) -> bool:
    """Return whether the headers have times of day, each later than the one before."""
    times = [next((date for i in entry.header if (date := parse_date(page.lines[i].full))), "") for entry in entries]
    rising = [above <= below for above, below in pairwise(times) if "T" in above and "T" in below]
    return len(rising) >= COUNTED_ON * (len(times) - 1) and sum(rising) >= RISING * len(rising) and times[0] < times[-1]


def _head(page: Dump, first: int) -> tuple[int | None, int | None]:
    """Return the heading above a first comment, and how many comments it says there are."""
    if first not in page.heads:
        heading = _own_heading(page, first)
        page.heads[first] = heading, None if heading is None else stated_count(page.lines[heading:first])
    return page.heads[first]


def _counts(page: Dump, i: int) -> bool:
    return stated_count((page.lines[i],)) is not None


def _offers(page: Dump, entries: Sequence[ShapeEntry]) -> bool:
    """Return whether most comments have a button that only comments have."""
    some = entries[:: max(len(entries) // 12, 1)]
    return sum([any(read_line(page.lines[i]).offers for i in entry.header) for entry in some]) * 2 >= len(some)


# The reading


def _reading(page: Dump, found: _Found) -> Section:
    """Make the reading of a zone that was found, with the comments beyond the sample."""
    entries = found.entries
    if len(found.places) > SAMPLE:
        thread = _read_zone(page, [*grow_zones(page.masks, found.key, found.places)][: found.names][-1])
        entries = _entries(page, thread, _authors(page, thread)[0])
    lines, kept = page.lines, _without_copy(page, entries)
    first = min((*entries[0].header, *entries[0].lines))
    end = max((*entries[-1].header, *entries[-1].lines)) + 1
    heading = _own_heading(page, first)
    start = first if heading is None else heading
    return Section(
        start=start,
        end=end,
        entries=tuple(_entry(page, entry) for entry in kept),
        layout=THREAD_LAYOUT if _is_talk(page, kept) else "shape",
        stated=stated_count(lines[max(start - HEAD_REACH, 0) : min((*kept[0].header, kept[0].lines[0]))]),
        form=None,
        headings=tuple(filter(is_heading, lines[start:end])),
    )


def _entry(page: Dump, entry: ShapeEntry) -> Entry:
    posted = next((date for i in entry.header if (date := parse_date(page.lines[i].text))), None)
    indent = page.lines[min((*entry.header, entry.lines[0]))].indent
    return Entry(tuple(page.lines[i] for i in entry.lines), entry.author, posted, indent=indent)
