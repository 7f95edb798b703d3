"""Read dates as pages write them, in several languages, as ISO 8601.

Pages mix "4 mei 2014 - 15:44", "August 13, 2021 at 8:25 am" and "18.11.2018, 13:14 Uhr". Only absolute dates become a
value: "2 hours ago" needs the moment of saving, which a page does not state. "03/04/2020" is read where the other dates
of its page tell whether the month comes first.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from functools import cache, lru_cache, partial
from typing import ClassVar, NamedTuple

from stance.datamodels import UNKNOWN_LANGUAGE, stated_time
from stance.parsing.language import MONTHS, UNSPACED, detect_language, phrases
from stance.parsing.lines import letter_words
from stance.resources import LatePattern


def _any_of(words: Iterable[str]) -> str:
    """Write a pattern for one of some words, which stops before a letter that none begins with, as most do."""
    firsts = "".join(sorted({re.escape(word[0]) for word in words}))
    return f"(?=[{firsts}])(?:{_either(words)})"


def _either(words: Iterable[str]) -> str:
    """Write a pattern for one of some phrases, the longest first."""
    return "|".join(re.escape(word).replace(r"\ ", r"\s") for word in sorted(words, key=len, reverse=True))


def _spaced(words: Iterable[str]) -> list[str]:
    return [word for word in words if word < UNSPACED]


def _unspaced(words: Iterable[str]) -> list[str]:
    return [word for word in words if word > UNSPACED]


class DatesConstants:
    """Constants of this module."""

    ago = phrases("date.ago")
    searched_characters = 500
    """Maximum characters of a text that are searched for a date; a line with a date is short."""
    undated_characters = 240
    unnumbered_characters = 60
    """A longer text, with or without a digit, that says "3 days ago" is not a line of name and date."""
    day = r"(?<!\d)(?P<day>\d{1,2})"
    machine_made = re.compile(
        r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){1,2}(?:[+-](?:0[0-9]|1[0-3]):[0-5][0-9])?"
    )
    """A date and time that are their own value, day and month perhaps not."""
    longest_before_year = 64
    """Maximum characters of a date before its year, and behind it."""
    half = r"(?:\s?(?P<half>[ap])\.?m\b\.?)?"
    weekday = r"(?:\s?[(（][^\W\d_]{1,3}\.?[)）])?"
    afternoon = ("p", *phrases("date.afternoon"))
    time_before_reach = 30
    farthest_zone = 14  # hours from Greenwich
    latest_year = 69
    """Maximum year of two digits that is in this century."""
    hours: ClassVar[dict[int, str]] = {
        0: "Z UTC GMT WET", 1: "BST CET WEST MEZ", 2: "CEST EET MESZ", 3: "EEST MSK МСК", 9: "JST KST", 10: "AEST",
        11: "AEDT", -4: "EDT", -5: "EST CDT", -6: "CST MDT", -7: "MST PDT", -8: "PST",
    }  # fmt: skip
    zones: ClassVar[dict[str, int]] = {name: offset for offset, names in hours.items() for name in names.split()}
    """Hours from Greenwich of the names of zones; "ET" depends on the season, and "IST" has three meanings."""
    digits: ClassVar[dict[int, str]] = {
        first + digit: f"{digit}" for first in (0x660, 0x6F0, 0x966, 0x9E6, 0xFF10) for digit in range(10)
    }
    """Arabic, Persian, Devanagari, Bengali and wide digits."""
    month = _any_of(MONTHS)
    year = r"(?P<year>(?:19|20)\d\d)(?!\d(?!\d?:\d\d))"  # a time may be glued to it: "May 3, 201914:05"
    glued = r"(?P<year>(?:19|20)\d\d)(?!\d{4})"  # a count may be, behind the name of a month: "May 3, 201914 views"
    has_year = re.compile(glued)
    digit = re.compile(r"\d")
    ordinal = rf"(?:{_either(phrases('date.ordinals'))})?"
    of = rf"(?:(?:{_either(phrases('date.of'))})\s?)?"
    and_year = rf"{ordinal}\.?,?\s{{1,2}}(?:19|20)\d\d(?!\d)"  # "kevin 1962 May 8, 2023": the first one is the name's
    # Every quantifier is bounded, so a search costs a constant per character.
    forms = tuple(
        LatePattern(form, re.IGNORECASE)
        for form in (
            rf"{day}{ordinal}\.?[\s-]{{0,2}}{of}(?P<name>{month})(?!\w)[.,،']{{0,2}}[\s-]{{0,2}}{of}{glued}",
            rf"(?P<name>{month})\.?\s{{0,2}}(?P<day>\d{{1,2}}){ordinal}\.?,?\s{{1,2}}{glued}",
            rf"(?<!\d){year}\.?,?\s{{1,2}}(?P<name>{month})\.?\s{{1,2}}(?P<day>\d{{1,2}})(?!\d)(?!{and_year})",
            rf"(?<!\d){year}\s?[年년]\s?(?P<month>\d{{1,2}})\s?[月월]\s?(?P<day>\d{{1,2}})\s?[日일]",
            rf"(?<!\d){year}[./-]\s?(?P<month>\d{{1,2}})[./-]\s?(?P<day>\d{{1,2}})(?!\d)",
            rf"{day}(?P<order>\.)\s?(?P<month>\d{{1,2}})(?:\.\s?|,\s){year}",
            rf"{day}(?P<order>[/-])(?P<month>\d{{1,2}})[/-]{year}",
        )
    )
    year_first, year_last = forms[2:5], (*forms[:2], *forms[5:])
    at = rf"(?:{_either(phrases('date.at'))}|@)"
    o_clock = _either(phrases("date.clock"))
    short = LatePattern(
        rf"(?<![\w./-])(?P<day>\d{{1,2}})(?P<order>[/.-])(?P<month>\d{{1,2}})[./-](?P<year>\d\d)(?![\w/-])"
        rf"|(?<!\w)(?P<day2>\d{{1,2}})[\s-](?P<name>{month})[\s-](?P<year2>\d\d)(?![\w-])"
        rf"|(?<!\w)(?P<name3>{month})\.?\s(?P<day3>\d{{1,2}})(?:,\s|,?\s')(?P<year3>\d\d)(?=\s)",
        re.IGNORECASE,
    )
    """Pattern of a date whose year has two digits."""
    ordered = tuple(re.compile(rf"{dot}(\d{{1,2}}){dot}((?:19|20)?\d\d)(?![\w/-]|\.\d)") for dot in ("/", "-", r"\."))
    """Patterns of a date but its first number: a page is searched for a sign in a tenth of the time."""
    first = re.compile(r"(?:.?[^\w./-])?(\d{1,2})", re.DOTALL)
    numbers = re.compile(r"(?<![\d./-])\d{1,2}[./-]\d")
    stated_language = re.compile(r"<html\b[^>]{0,300}?\blang=[\"']?([a-z]{2}(?:-[a-z]{2})?)\b", re.IGNORECASE)
    paragraph = re.compile(r"<p\b[^<>]{0,500}>([^<>]{40,2000})")
    iso_day = re.compile(r"(?<!\d)(?:19|20)(\d\d)-(\d\d)-(\d\d)(?!\d)")
    # Dates without their year, or with two digits of it, and days named by a word; they mark a comment.
    clipped = LatePattern(
        rf"(?:(?<!\d)\d{{1,2}}[./]\d{{1,2}}[./](?:\d\d)?|(?<!\w)(?:{month})(?:\.|\.?\s)\d{{1,2}}(?:(?:,\s|,?\s')\d\d(?=\s))?|(?<!\d)\d{{1,2}}\.?\s(?:{month})\.?)"
        rf"[\s,|/@·•–—-]{{1,4}}(?:{at}[\s.]{{1,2}})?\d{{1,2}}[:h]\d\d(?!\d)(?:\s?[ap]\.?m\b\.?)?"
        r"|(?<![\w./-])(?:\d{1,2}[./-]\d{1,2}[./-]\d\d(?![\w./-])|\d\d[/-]\d\d\s\d\d:\d\d(?!\d))"
        r"|(?<![\d年년])(?<![年년]\s)\d{1,2}[月월]\s?\d{1,2}[日일]\s?\d{1,2}:\d\d(?!\d)"
        rf"|(?:\d{{1,2}}:\d\d\s?(?:[ap]m)?\s(?:[^\W\d_]{{2,9}}\s)?)?"
        rf"(?<![\w./-])\d{{1,2}}[\s-](?:{month})[\s-]\d\d(?![\w:./-])(?:,?\s\d{{1,2}}:\d\d(?::\d\d)?)?"
        rf"|(?<![\w.:])\d{{1,2}}:\d\d(?:\s?[ap]\.?m\b\.?)?[\s,|·•–—-]{{1,3}}(?:(?:{_either(phrases('date.before'))})\s)?"
        rf"(?:(?:{month})\.?\s\d{{1,2}}|\d{{1,2}}\.?\s(?:{month}))(?!\w)",
        re.IGNORECASE,
    )
    day_names = rf"{_any_of(_spaced(phrases('date.days')))}"
    unspaced_days = _either(_unspaced(phrases("date.days")))
    day_word = LatePattern(
        rf"(?<!\w){day_names}[\s,·]{{1,3}}(?:{at}[\s.]{{1,2}})?\d{{1,2}}[:.h]\d\d(?!\d)"
        rf"(?:\s?[ap]\.?m\b\.?)?(?:\s?(?:{o_clock})\b)?|(?:{unspaced_days})\s?\d{{1,2}}:\d\d(?!\d)"
        rf"|(?<![\w:.])\d{{1,2}}[:.h]\d\d(?:\s?[ap]\.?m\b\.?)?[\s,·]{{1,3}}{day_names}(?!\w)",
        re.IGNORECASE,
    )
    day_alone = LatePattern(
        rf"\d{{1,2}}{ordinal}\.?\s{{1,2}}{of}(?:{month})\.?|(?:{month})\.?\s{{1,2}}\d{{1,2}}{ordinal}", re.IGNORECASE
    )
    joint = rf"[\s,|/@·•،–—-]{{0,4}}(?:{at}[\s.:]{{1,2}})?T?"
    clock = r"(?P<hour>\d{1,2})(?P<mark>[:.h])(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\.\d{1,6})?(?!\d)"
    # Stands before the hour.
    noon = rf"(?:(?P<noon>{_either((*phrases('date.forenoon'), *phrases('date.afternoon')))})\s?)?"
    # A zone is written in capitals: "est" is a word.
    named_zone = rf"(?:(?-i:UTC|GMT)\s?[+−-]\d\d?(?::?\d\d)?|[+-]\d\d:?\d\d)(?!\d)|(?-i:{_either(zones)})(?!\w)"
    zone = rf"(?:\s?\(?(?P<zone>{named_zone})\)?)?"
    time = LatePattern(rf"\.?{weekday}{joint}{noon}{clock}{half}{zone}(?:\s?(?:{o_clock})\b)?", re.IGNORECASE)
    time_before = LatePattern(
        rf"(?<![\w.:]){clock}{half}{zone}(?P<noon>(?!))?(?:\s?(?:{o_clock}|[A-Z]{{3,4}})\b)?[\s,|·•–—-]{{1,3}}"
        rf"(?:(?:{_either(phrases('date.before'))})\s)?$",
        re.IGNORECASE,
    )
    unit = _any_of(_spaced(phrases("date.units")))
    few = _either((*phrases("count.one"), *phrases("date.some")))
    amount = rf"(?:\d{{1,4}}|{few})\s{{0,2}}(?:{unit})(?!\w)\.?"
    amounts = rf"{amount}(?:,?\s{{1,2}}(?:(?:{_either(phrases('date.and'))})\s)?{amount})?"
    short_unit = _either(phrases("date.short_units"))
    relative = LatePattern(
        rf"(?<!\w)(?:(?P<since>{_either(phrases('date.since'))})\s{{1,2}})?(?:(?:{_either(phrases('date.about'))})\s)?{amounts}"
        rf"(?(since)|\s{{1,2}}{_any_of(_spaced(ago))}(?!\w))"
        rf"|(?<!\w)\d{{1,3}}\s?(?:{short_unit})\s{{1,2}}ago\b"
        rf"|\d{{1,4}}\s?(?:{_either(_unspaced(phrases('date.units')))})\s?(?:{_either(_unspaced(ago))})"
        rf"|(?<!\w)(?:{_either(phrases('date.now'))})(?!\w)",
        re.IGNORECASE,
    )
    span_words = frozenset(phrase.split()[0] for name in ("since", "ago", "now") for phrase in phrases(f"date.{name}"))
    """Words of which a time span has one: a search for them takes a fourth of the time."""
    clock_or_day = re.compile(
        r"\d[:.hH]\d\d|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d\d(?!\d)|(?<!\w)\d{1,2}[\s-]\S+[\s-]\d\d(?!\d)"
    )
    """Pattern of a part of each clipped date, and of each day named by a word; few lines with numbers have it."""
    terse = re.compile(rf"(?:\A\s*\d{{1,3}}|(?:(?<=[·•|]\s)|(?<=[·•|]))\d{{1,3}}\s?)(?:{short_unit})\s*\Z", re.I)
    """Pattern of a time span such as "3h" that is all of a line, or of "2 days" that is all behind its last bullet.
    Alone, "10 minutes" is how long a cake bakes."""


_C = DatesConstants

_month_first: ContextVar[Callable[[], bool | None]] = ContextVar("month_first", default=lambda: None)


class FoundDate(NamedTuple):
    """A date in a text: ``text[start:end]``."""

    start: int
    end: int
    iso: str | None  # None: a relative, ambiguous or clipped date


def find_date(text: str, month_first: bool | None = None) -> FoundDate | None:
    """Find the first date of a text, with its time of day where that follows.

    :param text: A text; its first ``_C.searched_characters`` count.
    :param month_first: In dates such as 03/04/2020; None: as the page tells.
    :return: The date, relative ones included; None where there is none.
    """
    text = text[: _C.searched_characters]
    text = text if text.isascii() else text.translate(_C.digits)
    found = _find_date(text, month_first)
    is_open = found and month_first is None and _C.numbers.search(text, found.start, found.end)
    return _find_date(text, _month_first.get()()) if is_open else found


@contextmanager
def dates_of_page(text: str) -> Iterator[None]:
    """Read "03/04/2020" in the block as the dates of a page tell, if they do."""
    token = _month_first.set(cache(partial(is_month_first, text)))  # most pages have no such dates
    try:
        yield
    finally:
        _month_first.reset(token)


def is_month_first(text: str) -> bool | None:
    """Return whether the month comes first in dates such as 03/04/2020; None where the others of a page do not tell.

    A number above 12 is a day. Else the same date elsewhere as ISO 8601 tells, that there are more days than months, or
    the language: only English has the month first.
    """
    ends = (end for form in _C.ordered for end in form.finditer(text))
    both = ((_C.first.fullmatch(text, max(end.start() - 3, 0), end.start()), end) for end in ends)
    found = {(int(first[1]), int(end[1]), int(end[2]) % 100) for first, end in both if first}
    firsts, seconds = ({pair[place] for pair in found if 0 < min(pair[:2]) <= 12} for place in (0, 1))
    known = {(int(year), int(month), int(day)) for year, month, day in _C.iso_day.findall(text)} if found else set()
    evidence = (
        (max(seconds, default=0) > 12, max(firsts, default=0) > 12),
        ({(year, a, b) for a, b, year in found} & known, {(year, b, a) for a, b, year in found} & known),
        (len(seconds) > 2 * len(firsts), len(firsts) > 2 * len(seconds)),
    )
    told = next((bool(month) for month, day in evidence if bool(month) != bool(day)), None)
    return False if told is None and found and not _may_be_english(text) else told


def _may_be_english(text: str) -> bool:
    """Return whether a text, or a page of HTML, is in English or in an unknown language."""
    stated = _C.stated_language.search(text[:2000])
    shown = " ".join(_C.paragraph.findall(text)) or text[len(text) // 4 :]  # menus come first
    language = stated[1].lower() if stated else detect_language(shown)
    return language in ("en", "en-us", UNKNOWN_LANGUAGE)


@lru_cache(maxsize=16_384)
def _find_date(text: str, month_first: bool | None) -> FoundDate | None:
    """Find the first date of a line; a line is asked for it whenever it is looked at as a stamp, a name or a text."""
    if is_moment(text):
        return FoundDate(0, len(text), text)
    is_numbered = bool(_C.digit.search(text))
    if is_numbered and (found := _absolute(text)):
        return _read(found, text, month_first)
    if len(text) > _C.unnumbered_characters and (
        len(text) > _C.undated_characters or not (is_numbered or has_digit(text))
    ):
        return None
    clocked = is_numbered and _C.clock_or_day.search(text) and (_C.day_word.search(text) or _C.clipped.search(text))
    if clocked and (short := _C.short.match(text, clocked.start())):
        return _read(short, text, month_first)
    may_be_span = not text.isascii() or not _C.span_words.isdisjoint(letter_words(text))
    relative = clocked or (may_be_span and _C.relative.search(text)) or (is_numbered and _C.terse.search(text))
    return FoundDate(relative.start(), relative.end(), None) if relative else None


def has_digit(text: str) -> bool:
    """Return whether there is a digit in a text, a raised or circled one included."""
    return _C.digit.search(text) is not None or (not text.isascii() and any(map(str.isdigit, text)))


def is_moment(text: str) -> bool:
    """Return whether a text is a date and time as programs write them, which is its own value, and no line of words."""
    try:
        return text[:1] in ("1", "2") and bool(_C.machine_made.fullmatch(text) and date.fromisoformat(text[:10]))
    except ValueError:
        return False


def is_day(text: str) -> bool:
    """Return whether a short text is a day without its year: "1 March", "Mar. 1"."""
    if len(text) >= _C.time_before_reach or not has_digit(text):
        return False
    may_be_day = not text.isascii() or not MONTHS.keys().isdisjoint(letter_words(text))  # a name rather is none
    return may_be_day and _C.day_alone.fullmatch(text.strip()) is not None


def parse_date(text: str) -> str | None:
    """Read the first absolute date of a text.

    :param text: A text, as ``4 mei 2014 - 15:44`` or ``2021-09-15T20:31:05+00:00``.
    :return: ISO 8601, with a time where one is stated; None without a date, or with a relative or ambiguous one.
    """
    found = find_date(text)
    return found.iso if found else None


def _absolute(text: str) -> re.Match[str] | None:
    """Find the first date with a year, looking only around each year."""
    behind = 0
    for year in _C.has_year.finditer(text):
        start, end = year.span()
        near = max(behind, start - _C.longest_before_year)  # no date has two years
        behind = end
        if not (_C.digit.search(text, near, start) or _C.digit.search(text, end, end + _C.longest_before_year)):
            continue  # a day is near its year
        matches = [form.search(text, near, end) for form in _C.year_last]
        found = [match for match in matches if match and not _is_glued(match)]
        if not found:
            matches = [form.match(text, start) for form in _C.year_first]
            found = [match for match in matches if match and not _is_glued(match)][:1]
        if found:
            return min(found, key=re.Match.start)
    return None


def _is_glued(match: re.Match[str]) -> bool:
    """Return whether a form begins inside a word; "AnnaMay 3, 2019" and "Anna3.5.2019, 14:05" begin behind a name."""
    start, text = match.start(), match.string
    if start == 0 or not (text[start - 1].isalpha() or text[start - 1] == "_") or text[start].isupper():
        return False
    return _C.time.match(text, match.end()) is None


def _read(match: re.Match[str], text: str, month_first: bool | None) -> FoundDate:
    if time := _C.time.match(text, match.end()):
        return FoundDate(match.start(), time.end(), _iso(match, time, month_first))
    near = max(match.start() - _C.time_before_reach, 0)
    time = _C.time_before.search(text[near : match.start()])
    start = near + time.start() if time else match.start()
    return FoundDate(start, match.end(), _iso(match, time, month_first))


def _iso(match: re.Match[str], time: re.Match[str] | None, month_first: bool | None) -> str | None:
    given = {name.rstrip("23"): value for name, value in match.groupdict().items() if value}
    day, year = int(given["day"]), int(given["year"])
    if year < 100:
        year += 2000 if year <= _C.latest_year else 1900
    # Case-insensitive search also finds look-alikes such as the long s; those that fold to no month are no date.
    month = MONTHS.get(given["name"].casefold(), 0) if "name" in given else int(given["month"])
    if "order" in given and (month > 12 or (month_first and day <= 12)):
        day, month = month, day
    elif given.get("order") in ("/", "-") and month_first is None and day <= 12 and day != month:
        return None
    try:
        moment = date(year, month, day)
    except ValueError:
        return None
    return stated_time(moment.isoformat() + (_clock(time) if time else ""))


def _clock(time: re.Match[str]) -> str:
    """Write a time of day as ISO 8601; empty where it is none."""
    hour, minute = int(time["hour"]), int(time["minute"])
    if half := time["half"] or time["noon"]:
        hour = hour % 12 + (12 if half.lower() in _C.afternoon else 0)
    if hour > 23 or minute > 59 or int(time["second"] or 0) > 59:
        return ""
    second = f":{time['second']}" if time["second"] else ""
    return f"T{hour:02}:{minute:02}{second}{_offset(time['zone'])}"


def _offset(zone: str | None) -> str:
    """Write a zone as ISO 8601: "EST", "UTC+3", "+0300"."""
    if not zone:
        return ""
    sign, digits = ("-" if "-" in zone or "−" in zone else "+"), re.sub(r"\D", "", zone)
    hours, minutes = (int(digits[:-2] or 0), int(digits[-2:])) if len(digits) > 2 else (int(digits or 0), 0)
    if not digits:
        hours, sign = abs(_C.zones[zone.upper()]), "-" if _C.zones[zone.upper()] < 0 else "+"
    valid = minutes < 60 and 60 * hours + minutes <= 60 * _C.farthest_zone
    return f"{sign}{hours:02}:{minutes:02}" if valid else ""
