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
from typing import NamedTuple

from stance.datamodels import UNKNOWN_LANGUAGE, stated_time
from stance.parsing.calendars import gregorian
from stance.parsing.language import detect_language
from stance.parsing.lines import letter_words
from stance.parsing.phrases import MONTHS, UNSPACED, phrases
from stance.resources import LatePattern, remembered


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


SEARCHED_CHARACTERS = 500
"""Maximum characters of a text that are searched for a date; a line with a date is short."""
DAY = r"(?<!\d)(?P<day>\d{1,2})"
MACHINE_MADE = re.compile(
    r"(?:19|20)[0-9]{2}-[0-9]{2}-[0-9]{2}T(?:[01][0-9]|2[0-3])(?::[0-5][0-9]){1,2}(?:[+-](?:0[0-9]|1[0-3]):[0-5][0-9])?"
)
"""A date and time that are their own value, day and month perhaps not."""
LONGEST_BEFORE_YEAR = 64
"""Maximum characters of a date before its year, and behind it."""
LONGEST_BEHIND_DAY = max(map(len, phrases("date.ordinals"))) + len(".,  ")
"""Maximum characters between a day and the year beside it."""
HALF = r"(?:\s?(?P<half>[ap])\.?m\b\.?)?"
WEEKDAY = r"(?:\s?[(（][^\W\d_]{1,3}\.?[)）])?"
AFTERNOON = ("p", *phrases("date.afternoon"))
TIME_BEFORE_REACH = 30
ZONES = {
    name: offset
    for offset, names in {
        0: "Z UTC GMT WET", 1: "BST CET WEST MEZ", 2: "CEST EET MESZ", 3: "EEST MSK МСК", 9: "JST KST", 10: "AEST",
        11: "AEDT", -4: "EDT", -5: "EST CDT", -6: "CST MDT", -7: "MST PDT", -8: "PST",
    }.items()
    for name in names.split()
}  # fmt: skip
"""Hours from Greenwich of the names of zones; "ET" depends on the season, and "IST" has three meanings."""
MOST_HOURS = 14  # from Greenwich
MONTH = _any_of(MONTHS)
YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d(?!\d?:\d\d))"  # a time may be glued to it: "May 3, 201914:05"
GLUED = r"(?P<year>(?:19|20)\d\d)(?!\d{4})"  # a count may be, behind the name of a month: "May 3, 201914 views"
HAS_YEAR = re.compile(GLUED)
DIGIT = re.compile(r"\d")
ORDINAL = rf"(?:{_either(phrases('date.ordinals'))})?"
OF = rf"(?:(?:{_either(phrases('date.of'))})\s?)?"
AND_YEAR = rf"{ORDINAL}\.?,?\s{{1,2}}(?:19|20)\d\d(?!\d)"  # "kevin 1962 May 8, 2023": the first one is the name's
CLOCK_INSIDE = (
    rf"\s(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)\s(?:(?:(?P<zone>{_either(ZONES)})|[A-Z]{{3,4}})\s)?"
)
"""Pattern of the time in dates of Java and C: "Mon Jan 05 10:11:12 CET 2015"."""
# Every quantifier is bounded, so a search costs a constant per character.
FORMS = tuple(
    LatePattern(form, re.IGNORECASE)
    for form in (
        rf"{DAY}{ORDINAL}\.?[\s-]{{0,2}}{OF}(?P<name>{MONTH})(?!\w)[.,،']{{0,2}}[\s-]{{0,2}}{OF}{GLUED}",
        rf"(?P<name>{MONTH})\.?\s{{0,2}}(?P<day>\d{{1,2}})(?:{ORDINAL}\.?,?\s{{1,2}}|{CLOCK_INSIDE}){GLUED}",
        rf"(?<!\d){YEAR}\.?,?\s{{1,2}}(?P<name>{MONTH})\.?\s{{1,2}}(?P<day>\d{{1,2}})(?!\d)(?!{AND_YEAR})",
        rf"(?<!\d){YEAR}\s?[年년]\s?(?P<month>\d{{1,2}})\s?[月월]\s?(?P<day>\d{{1,2}})\s?[日일]",
        rf"(?<!\d){YEAR}[./-]\s?(?P<month>\d{{1,2}})[./-]\s?(?P<day>\d{{1,2}})(?!\d)",
        rf"{DAY}(?P<order>\.)\s?(?P<month>\d{{1,2}})(?:\.\s?|,\s){YEAR}",
        rf"{DAY}(?P<order>[/-])(?P<month>\d{{1,2}})[/-]{YEAR}",
    )
)
YEAR_FIRST, YEAR_LAST = FORMS[2:5], (*FORMS[:2], *FORMS[5:])
AT = rf"(?:{_either(phrases('date.at'))}|@)"
O_CLOCK = _either(phrases("date.clock"))
SHORT = LatePattern(
    rf"(?<![\w./-])(?P<day>\d{{1,2}})(?P<order>[/.-])(?P<month>\d{{1,2}})[./-](?P<year>\d\d)(?![\w/-])"
    rf"|(?<!\w)(?P<day2>\d{{1,2}})[\s-](?P<name>{MONTH})[\s-](?P<year2>\d\d)(?![\w-])"
    rf"|(?<!\w)(?P<name3>{MONTH})\.?\s(?P<day3>\d{{1,2}})(?:,\s|,?\s')(?P<year3>\d\d)(?=\s)",
    re.IGNORECASE,
)
"""Pattern of a date whose year has two digits."""
ORDERED = tuple(re.compile(rf"{dot}(\d{{1,2}}){dot}((?:19|20)?\d\d)(?![\w/-]|\.\d)") for dot in ("/", "-", r"\."))
"""Patterns of a date but its first number: a page is searched for a sign in a tenth of the time."""
FIRST = re.compile(r"(?:.?[^\w./-])?(\d{1,2})", re.DOTALL)
NUMBERS = re.compile(r"(?<![\d./-])\d{1,2}[./-]\d")
STATED_LANGUAGE = re.compile(r"<html\b[^>]{0,300}?\blang=[\"']?([a-z]{2}(?:-[a-z]{2})?)\b", re.IGNORECASE)
PARAGRAPH = re.compile(r"<p\b[^<>]{0,500}>([^<>]{40,2000})")
ISO_DAY = re.compile(r"-(?<=(?<!\d)(?:19|20)(\d\d)-)(\d\d)-(\d\d)(?!\d)")  # a search for "-" is the fastest
# Dates without their year, or with two digits of it, and days named by a word; they mark a comment.
CLIPPED = LatePattern(
    rf"(?:(?<!\d)\d{{1,2}}[./]\d{{1,2}}[./](?:\d\d)?|(?<!\w)(?:{MONTH})(?:\.|\.?\s)\d{{1,2}}(?:(?:,\s|,?\s')\d\d(?=\s))?|(?<!\d)\d{{1,2}}\.?\s(?:{MONTH})\.?)"
    rf"[\s,|/@·•–—-]{{1,4}}(?:{AT}[\s.]{{1,2}})?\d{{1,2}}[:h]\d\d(?!\d)(?:\s?[ap]\.?m\b\.?)?"
    r"|(?<![\w./-])(?:\d{1,2}[./-]\d{1,2}[./-]\d\d(?![\w./-])|\d\d[/-]\d\d\s\d\d:\d\d(?!\d))"
    r"|(?<![\d年년])(?<![年년]\s)\d{1,2}[月월]\s?\d{1,2}[日일]\s?\d{1,2}:\d\d(?!\d)"
    rf"|(?:\d{{1,2}}:\d\d\s?(?:[ap]m)?\s(?:[^\W\d_]{{2,9}}\s)?)?"
    rf"(?<![\w./-])\d{{1,2}}[\s-](?:{MONTH})[\s-]\d\d(?![\w:./-])(?:,?\s\d{{1,2}}:\d\d(?::\d\d)?)?"
    rf"|(?<![\w.:])\d{{1,2}}:\d\d(?:\s?[ap]\.?m\b\.?)?[\s,|·•–—-]{{1,3}}(?:(?:{_either(phrases('date.before'))})\s)?"
    rf"(?:(?:{MONTH})\.?\s\d{{1,2}}|\d{{1,2}}\.?\s(?:{MONTH}))(?!\w)",
    re.IGNORECASE,
)
DAY_NAMES = rf"{_any_of(_spaced(phrases('date.days')))}"
UNSPACED_DAYS = _either(_unspaced(phrases("date.days")))
DAY_WORD = LatePattern(
    rf"(?<!\w){DAY_NAMES}[\s,·]{{1,3}}(?:{AT}[\s.]{{1,2}})?\d{{1,2}}[:.h]\d\d(?!\d)"
    rf"(?:\s?[ap]\.?m\b\.?)?(?:\s?(?:{O_CLOCK})\b)?|(?:{UNSPACED_DAYS})\s?\d{{1,2}}:\d\d(?!\d)"
    rf"|(?<![\w:.])\d{{1,2}}[:.h]\d\d(?:\s?[ap]\.?m\b\.?)?[\s,·]{{1,3}}{DAY_NAMES}(?!\w)",
    re.IGNORECASE,
)
DAY_ALONE = LatePattern(
    rf"\d{{1,2}}{ORDINAL}\.?\s{{1,2}}{OF}(?:{MONTH})\.?|(?:{MONTH})\.?\s{{1,2}}\d{{1,2}}{ORDINAL}", re.IGNORECASE
)
JOINT = rf"[\s,|/@·•،–—-]{{0,4}}(?:{AT}[\s.:]{{1,2}})?T?"
CLOCK = r"(?P<hour>\d{1,2})(?P<mark>[:.h])(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\.\d{1,6})?(?!\d)"
# Stands before the hour.
NOON = rf"(?:(?P<noon>{_either((*phrases('date.forenoon'), *phrases('date.afternoon')))})\s?)?"
# A zone is written in capitals: "est" is a word.
NAMED_ZONE = rf"(?:(?-i:UTC|GMT)\s?[+−-]\d\d?(?::?\d\d)?|[+-]\d\d:?\d\d)(?!\d)|(?-i:{_either(ZONES)})(?!\w)"
ZONE = rf"(?:\s?\(?(?P<zone>{NAMED_ZONE})\)?)?"
TIME = LatePattern(rf"\.?{WEEKDAY}{JOINT}{NOON}{CLOCK}{HALF}{ZONE}(?:\s?(?:{O_CLOCK})\b)?", re.IGNORECASE)
TIME_BEFORE = LatePattern(
    rf"(?<![\w.:]){CLOCK}{HALF}{ZONE}(?P<noon>(?!))?(?:\s?(?:{O_CLOCK}|[A-Z]{{3,4}})\b)?[\s,|·•–—-]{{1,3}}"
    rf"(?:(?:{_either(phrases('date.before'))})\s)?$",
    re.IGNORECASE,
)
UNIT = _any_of(_spaced(phrases("date.units")))
FEW = _either((*phrases("count.one"), *phrases("date.some")))
AMOUNT = rf"(?:\d{{1,4}}|{FEW})\s{{0,2}}(?:{UNIT})(?!\w)\.?"
AMOUNTS = rf"{AMOUNT}(?:,?\s{{1,2}}(?:(?:{_either(phrases('date.and'))})\s)?{AMOUNT})?"
SHORT_UNIT = _either(phrases("date.short_units"))
RELATIVE = LatePattern(
    rf"(?<!\w)(?:(?P<since>{_either(phrases('date.since'))})\s{{1,2}})?(?:(?:{_either(phrases('date.about'))})\s)?{AMOUNTS}"
    rf"(?(since)|\s{{1,2}}{_any_of(_spaced(phrases('date.ago')))}(?!\w))"
    rf"|(?<!\w)\d{{1,3}}\s?(?:{SHORT_UNIT})\s{{1,2}}ago\b"
    rf"|\d{{1,4}}\s?(?:{_either(_unspaced(phrases('date.units')))})\s?(?:{_either(_unspaced(phrases('date.ago')))})"
    rf"|(?<!\w)(?:{_either(phrases('date.now'))})(?!\w)",
    re.IGNORECASE,
)
SPAN_WORDS = frozenset(phrase.split()[0] for name in ("since", "ago", "now") for phrase in phrases(f"date.{name}"))
"""Words of which a time span has one: a search for them takes a fourth of the time."""
CLOCK_OR_DAY = re.compile(
    r"\d[:.hH]\d\d|(?<!\d)\d{1,2}[./-]\d{1,2}[./-]\d\d(?!\d)|(?<!\w)\d{1,2}[\s-]\S+[\s-]\d\d(?!\d)"
)
"""Pattern of a part of each clipped date, and of each day named by a word; few lines with numbers have it."""
TERSE = re.compile(rf"(?:\A\s*\d{{1,3}}|(?:(?<=[·•|]\s)|(?<=[·•|]))\d{{1,3}}\s?)(?:{SHORT_UNIT})\s*\Z", re.I)
"""Pattern of a time span such as "3h" that is all of a line, or of "2 days" that is all behind its last bullet.
Alone, "10 minutes" is how long a cake bakes."""

_month_first: ContextVar[Callable[[], bool | None]] = ContextVar("month_first", default=lambda: None)


class FoundDate(NamedTuple):
    """A date in a text: ``text[start:end]``."""

    start: int
    end: int
    iso: str | None  # None: a relative, ambiguous or clipped date


def find_date(text: str, month_first: bool | None = None) -> FoundDate | None:
    """Find the first date of a text, with its time of day where that follows.

    :param text: A text; its first ``SEARCHED_CHARACTERS`` count.
    :param month_first: In dates such as 03/04/2020; None: as the page tells.
    :return: The date, relative ones included; None where there is none.
    """
    text = text[:SEARCHED_CHARACTERS]
    match = _find_date(text, month_first)
    is_open = match and month_first is None and NUMBERS.search(text, match.start, match.end)
    return _find_date(text, _month_first.get()()) if is_open else match


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
    ends = (end for form in ORDERED for end in form.finditer(text))
    both = ((FIRST.fullmatch(text, max(end.start() - 3, 0), end.start()), end) for end in ends)
    pairs = {(int(first[1]), int(end[1]), int(end[2]) % 100) for first, end in both if first}
    firsts, seconds = ({pair[side] for pair in pairs if 0 < min(pair[:2]) <= 12} for side in (0, 1))
    iso_days = {(int(year), int(month), int(day)) for year, month, day in ISO_DAY.findall(text)} if pairs else set()
    evidence = (
        (max(seconds, default=0) > 12, max(firsts, default=0) > 12),
        ({(year, a, b) for a, b, year in pairs} & iso_days, {(year, b, a) for a, b, year in pairs} & iso_days),
        (len(seconds) > 2 * len(firsts), len(firsts) > 2 * len(seconds)),
    )
    told = next((bool(month) for month, day in evidence if bool(month) != bool(day)), None)
    return False if told is None and pairs and not _may_be_english(text) else told


def _may_be_english(text: str) -> bool:
    """Return whether a text, or a page of HTML, is in English or in an unknown language."""
    stated = STATED_LANGUAGE.search(text[:2000])
    prose = " ".join(PARAGRAPH.findall(text)) or text[len(text) // 4 :]  # menus come first
    language = stated[1].lower() if stated else detect_language(prose)
    return language in ("en", "en-us", UNKNOWN_LANGUAGE)


@lru_cache(maxsize=16_384)
def _find_date(text: str, month_first: bool | None) -> FoundDate | None:
    """Find the first date of a line; a line is asked for it whenever it is looked at as a stamp, a name or a text."""
    if is_moment(text):
        return FoundDate(0, len(text), stated_time(text))
    is_numbered = bool(DIGIT.search(text))
    if is_numbered and (western := gregorian(text)) != text:
        day = _find_date(western, month_first)
        moved = len(text) - len(western) if day and western[: day.end] != text[: day.end] else 0
        return day and day._replace(end=day.end + moved)
    if is_numbered and (match := _absolute(text)):
        return _read(match, text, month_first)
    # A longer text, with or without a digit, that says "3 days ago" is not a line of name and date.
    if len(text) > 60 and (len(text) > 240 or not (is_numbered or has_digit(text))):
        return None
    clocked = is_numbered and CLOCK_OR_DAY.search(text) and (DAY_WORD.search(text) or CLIPPED.search(text))
    if clocked and (short := SHORT.match(text, clocked.start())):
        return _read(short, text, month_first)
    may_be_span = not SPAN_WORDS.isdisjoint(letter_words(text)) or max(text, default="") > UNSPACED
    relative = clocked or (may_be_span and RELATIVE.search(text)) or (is_numbered and TERSE.search(text))
    return FoundDate(relative.start(), relative.end(), None) if relative else None


def has_digit(text: str) -> bool:
    """Return whether there is a digit in a text, a raised or circled one included."""
    return DIGIT.search(text) is not None or (not text.isascii() and any(map(str.isdigit, text)))


def is_moment(text: str) -> bool:
    """Return whether a text is a date and time as programs write them, which is its own value, and no line of words."""
    try:
        return text[:1] in ("1", "2") and bool(MACHINE_MADE.fullmatch(text) and date.fromisoformat(text[:10]))
    except ValueError:
        return False


@remembered
def is_day(text: str) -> bool:
    """Return whether a short text is a day without its year: "1 March", "Mar. 1"."""
    if len(text) >= TIME_BEFORE_REACH or not has_digit(text):
        return False
    may_be_day = not text.isascii() or not MONTHS.keys().isdisjoint(letter_words(text))  # a name rather is none
    return may_be_day and DAY_ALONE.fullmatch(text.strip()) is not None


def parse_date(text: str) -> str | None:
    """Read the first absolute date of a text.

    :param text: A text, as ``4 mei 2014 - 15:44`` or ``2021-09-15T20:31:05+00:00``.
    :return: ISO 8601, with a time where one is stated; None without a date, or with a relative or ambiguous one.
    """
    match = find_date(text)
    return match.iso if match else None


def _absolute(text: str) -> re.Match[str] | None:
    """Find the first date with a year, looking only around each year."""
    behind = 0
    for year in HAS_YEAR.finditer(text):
        start, end = year.span()
        near = max(behind, start - LONGEST_BEFORE_YEAR)  # no date has two years
        behind = end
        if not (DIGIT.search(text, near, start) or DIGIT.search(text, end, end + LONGEST_BEFORE_YEAR)):
            continue  # a day is near its year
        is_beside = DIGIT.search(text, start - LONGEST_BEHIND_DAY, start)  # else the month is between day and year
        matches = [form.search(text, near, end) for form in (YEAR_LAST if is_beside else YEAR_LAST[:1])]
        dates = [match for match in matches if match and not _is_glued(match)]
        if not dates:
            matches = [form.match(text, start) for form in YEAR_FIRST]
            dates = [match for match in matches if match and not _is_glued(match)][:1]
        if dates:
            return min(dates, key=re.Match.start)
    return None


def _is_glued(match: re.Match[str]) -> bool:
    """Return whether a form begins inside a word; "AnnaMay 3, 2019" and "Anna3.5.2019, 14:05" begin behind a name."""
    start, text = match.start(), match.string
    if start == 0 or not (text[start - 1].isalpha() or text[start - 1] == "_") or text[start].isupper():
        return False
    return TIME.match(text, match.end()) is None


def _read(match: re.Match[str], text: str, month_first: bool | None) -> FoundDate:
    if time := match if match.groupdict().get("hour") else TIME.match(text, match.end()):
        return FoundDate(match.start(), time.end(), _iso(match, time, month_first))
    near = max(match.start() - TIME_BEFORE_REACH, 0)
    time = TIME_BEFORE.search(text[near : match.start()])
    start = near + time.start() if time else match.start()
    return FoundDate(start, match.end(), _iso(match, time, month_first))


def _iso(match: re.Match[str], time: re.Match[str] | None, month_first: bool | None) -> str | None:
    parts = {name.rstrip("23"): value for name, value in match.groupdict().items() if value}
    day, year = int(parts["day"]), int(parts["year"])
    if year < 100:
        # Maximum year of two digits that is in this century.
        year += 2000 if year <= 69 else 1900
    # Case-insensitive search also finds look-alikes such as the long s; those that fold to no month are no date.
    month = MONTHS.get(parts["name"].casefold(), 0) if "name" in parts else int(parts["month"])
    if "order" in parts and (month > 12 or (month_first and day <= 12)):
        day, month = month, day
    elif parts.get("order") in ("/", "-") and month_first is None and day <= 12 and day != month:
        return None
    try:
        moment = date(year, month, day)
    except ValueError:
        return None
    return stated_time(moment.isoformat() + (_clock(time) if time else ""))


def _clock(time: re.Match[str]) -> str:
    """Write a time of day as ISO 8601; empty where it is none."""
    hour, minute = int(time["hour"]), int(time["minute"])
    if half := time.groupdict().get("half") or time.groupdict().get("noon"):
        hour = hour % 12 + (12 if half.lower() in AFTERNOON else 0)
    if hour > 23 or minute > 59 or int(time["second"] or 0) > 59:
        return ""
    second = f":{time['second']}" if time["second"] else ""
    return f"T{hour:02}:{minute:02}{second}{_offset(time['zone'])}"


def _offset(zone: str | None) -> str:
    """Write a zone as ISO 8601: "EST", "UTC+3", "+0300"."""
    if not zone:
        return ""
    stated = re.search(r"([+−-])(\d\d?):?(\d\d)?$", zone)
    if stated is None:
        return f"{ZONES[zone.upper()]:+03}:00"
    sign = "+" if stated[1] == "+" else "-"
    hours, minutes = int(stated[2]), stated[3] or "00"
    is_valid = hours <= MOST_HOURS and minutes < "60"
    return f"{sign}{hours:02}:{minutes}" if is_valid else ""
