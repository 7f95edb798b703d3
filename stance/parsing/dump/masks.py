"""Reduce the lines of a page to masks, their text without dates and numbers, and find the repeated ones.

Lines that a site writes around each comment share a mask, or the beginning or the end of one. Nothing here knows a
phrase of a site; ``dates`` knows the months and units of many languages, other months are found by their place.
"""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

from stance.parsing.dates import find_date, find_day
from stance.parsing.lines import Line, name_like

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
"""Lines between two places of one run at most, or so many times the usual distance."""

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
"""So many more places have a name than have the commonest name: a frequent author is no template."""

LEAST_PARTS = 1 / 3
"""A place with fewer parts of the zone is none of it."""


SIGNED = frozenset(f">{sign}" for sign in "-–—―~@")
"""Keys of lines that begin with a sign, as signatures do."""

_MONTHLIKE = r"[^\W\d_]{3,12}"
_OTHER_DATE = re.compile(
    rf"(?<!\d)\d{{1,2}}(?:st|nd|rd|th|[.ºª])?[\s-](?:de\s)?{_MONTHLIKE}[.,]?[\s-](?:de\s)?(?:19|20)\d\d(?!\d)"
    rf"|(?<!\w){_MONTHLIKE}\.?\s\d{{1,2}}(?:st|nd|rd|th)?[.,]?\s(?:(?:19|20)\d\d(?!\d)|(?:[^\W\d_]{{1,4}}\s)?\d{{1,2}}[:.]\d\d)"
    r"|(?<!\d)\d{1,2}\s?[./-]\s?\d{1,2}\s?[./-]\s?(?:(?:19|20)\d\d|\d\d)(?!\d)"
)
_CLOCK = re.compile(r"(?<![\d:.,])\d{1,2}[:.h]\d\d(?::\d\d)?(?!\d)(?:\s?[ap]\.?m\b\.?)?", re.IGNORECASE)
_AFTER_DATE = re.compile(r"[\s,|/@·•–—-]{0,4}(?:[^\W\d_]{1,4}\.?\s){0,2}" + _CLOCK.pattern, re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]")
_DIGITS = re.compile(r"\d+")
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


def read_shapes(lines: Sequence[Line]) -> list[Shape]:
    """Reduce lines to their shapes; equal ones share one."""
    texts = [_text(line) for line in lines]
    known = {text: _shape(text) for text in dict.fromkeys(texts)}
    return [known[text] for text in texts]


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


def _text(line: Line) -> str:
    """Return the text of a line without its number, unless that is the day of a date."""
    dated = line.number and len(line.text) <= MASKED_CHARACTERS and (found := find_date(line.full)) and not found.start
    return line.full if dated else line.text


def rank(key: str) -> int:
    """Return how specific a key is; 0 is the most specific."""
    return _RANKS[key[0]]


def _shape(text: str) -> Shape:
    if len(text) > MASKED_CHARACTERS:
        return Shape(text, "", None, False, False, True, ())
    numbered = _DIGITS.search(text) is not None
    date = _date(text, numbered)
    masked = f"{text[: date[0]].lower()} {DATE} {text[date[1] :].lower()}" if date else text.lower()
    clock = numbered and _CLOCK.search(masked) is not None
    masked = _CLOCK.sub(f" {CLOCK} ", masked) if clock else masked
    timed = clock or (date is not None and _is_exact(text[date[0] : date[1]]))
    mask = " ".join(_TOKEN.findall(masked))
    mask = _DIGITS.sub("#", mask) if numbered else mask
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


def _is_filled(row: Sequence[int | None]) -> bool:
    return len(row) - row.count(None) >= LEAST_PARTS * len(row)


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
        """Return the zone of some places; those that have nearly none of its parts are left out."""
        zone = self._grow(places, names)
        for _ in range(2):
            ends = (0, len(zone.rows) - 1)  # these may have less
            kept = [row[zone.anchor] for i, row in enumerate(zone.rows) if i in ends or _is_filled(row)]
            places = [line for line in kept if line is not None]
            if len(places) == len(zone.rows) or len(places) < FEW:
                break
            zone = self._grow(places, names)
        return zone

    def _grow(self, places: Sequence[int], names: int) -> Zone:
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
