"""Dates as pages write them, in several languages, to ISO 8601.

Pages mix "4 mei 2014 - 15:44", "August 13, 2021 at 8:25 am" and "18.11.2018, 13:14 Uhr". Only absolute dates become a
value: "2 hours ago" needs the moment of saving, which a page does not tell, and "03/04/2020" needs its country.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

SEARCHED_CHARACTERS = 500
"""How far into a text a date is looked for: a date line is short, a paragraph that mentions a date is not one."""

_MONTH_NAMES = (
    "january jan januari januar jänner janvier janv enero ene января январь янв",
    "february feb februari februar février fevrier févr fev febrero февраля февраль фев",
    "march mar maart mrt märz maerz mär mrz mars marzo марта март мар",
    "april apr avril avr abril abr апреля апрель апр",
    "may mei mai mayo мая май",
    "june jun juni juin junio июня июнь июн",
    "july jul juli juillet juil julio июля июль июл",
    "august aug augustus août aout agosto ago августа август авг",
    "september sept sep septembre septiembre set сентября сентябрь сен сент",
    "october oct oktober okt octobre octubre октября октябрь окт",
    "november nov novembre noviembre ноября ноябрь ноя",
    "december dec dezember dez décembre déc diciembre dic декабря декабрь дек",
)
"""One line per month: English, Dutch, German, French, Spanish, Russian, long and short."""

MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}

_MONTH = "|".join(sorted(map(re.escape, MONTHS), key=len, reverse=True))
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_DAY = r"(?<!\d)(?P<day>\d{1,2})"

# Every quantifier is bounded, so a search costs a constant per character.
_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?<!\d){_YEAR}[-/.](?P<month>\d\d)[-/.](?P<day>\d\d)(?!\d)",
        rf"{_DAY}(?:st|nd|rd|th|er|\.)?[\s-]{{0,2}}(?:de\s|of\s)?(?P<name>{_MONTH})\b\.?,?[\s-]{{0,2}}(?:de\s|del\s)?{_YEAR}",
        rf"(?P<name>{_MONTH})\.?\s{{0,2}}(?P<day>\d{{1,2}})(?:st|nd|rd|th)?,?\s{{1,2}}{_YEAR}",
        rf"{_DAY}\.\s?(?P<month>\d{{1,2}})(?:\.\s?|,\s){_YEAR}",
        rf"{_DAY}[/-](?P<month>\d{{1,2}})[/-]{_YEAR}",
    )
)
_AMBIGUOUS_FORM = _FORMS[-1]

# Dates without their year, or their century: seen on comments, told by the time of day behind them, of no value.
_CLIPPED = re.compile(
    rf"(?:(?<!\d)\d{{1,2}}[./]\d{{1,2}}[./](?:\d\d)?|(?<!\w)(?:{_MONTH})\.?\s\d{{1,2}}|(?<!\d)\d{{1,2}}\.?\s(?:{_MONTH})\.?)"
    r"[\s,|/@·•–—-]{1,4}(?:(?:at|um|à|om)\s)?\d{1,2}[:h]\d\d(?!\d)(?:\s?[ap]\.?m\b\.?)?",
    re.IGNORECASE,
)

_JOINT = r"[\s,|/@·•–—-]{0,4}(?:(?:at|um|à|a las|a la|om|в|kl)[\s.]{1,2})?T?"
_CLOCK = r"(?P<hour>\d{1,2})(?P<mark>[:.h])(?P<minute>\d\d)(?::(?P<second>\d\d))?(?:\.\d{1,6})?(?!\d)"
_HALF = r"(?:\s?(?P<half>[ap])\.?m\b\.?)?"
_ZONE = r"(?P<zone>Z\b|[+-]\d\d:?\d\d(?!\d))?"
_TIME = re.compile(rf"{_JOINT}{_CLOCK}{_HALF}{_ZONE}(?:\s?(?:Uhr|uur|h)\b)?", re.IGNORECASE)

_UNITS = (
    "second seconds sec secs minute minutes min mins hour hours hr hrs day days week weeks month months year years "
    "seconde seconden minuut minuten uur dag dagen weken maand maanden jaar jaren "
    "sekunde sekunden minute stunde stunden tag tage tagen woche wochen monat monate monaten jahr jahre jahren "
    "seconde secondes heure heures jour jours semaine semaines mois an ans année années "
    "segundo segundos minuto minutos hora horas día dia días dias semana semanas mes meses año años "
    "секунд секунды минут минуты минуту час часа часов день дня дней неделю недели недель месяц месяца "
    "месяцев год года лет"
)
_UNIT = "|".join(sorted(map(re.escape, set(_UNITS.split())), key=len, reverse=True))
_AMOUNT = rf"(?:\d{{1,4}}|an?|one|een|einem|einer|une?|una?)\s{{1,2}}(?:{_UNIT})\b"
_RELATIVE = re.compile(
    rf"(?<!\w)(?:(?:vor|hace|il y a)\s{{1,2}}{_AMOUNT}|{_AMOUNT}\s{{1,2}}(?:ago|geleden|назад)(?!\w))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class FoundDate:
    """A date in a text: ``text[start:end]``."""

    start: int
    end: int
    iso: str | None  # None: a relative, ambiguous or clipped date


def find_date(text: str) -> FoundDate | None:
    """Find the first date of a text, with its time of day where that follows.

    :param text: Any text; its first ``SEARCHED_CHARACTERS`` count.
    :return: The date, relative ones included; None where there is none.
    """
    text = text[:SEARCHED_CHARACTERS]
    if any(map(str.isdigit, text)):
        found = [match for form in _FORMS if (match := _search(form, text))]
        if found:
            return _read(min(found, key=re.Match.start), text)
    relative = _CLIPPED.search(text) or _RELATIVE.search(text)
    return FoundDate(relative.start(), relative.end(), None) if relative else None


def parse_date(text: str) -> str | None:
    """Read the first absolute date of a text.

    :param text: Any text, as ``4 mei 2014 - 15:44`` or ``2021-09-15T20:31:05+00:00``.
    :return: ISO 8601, with a time where one is told; None where no date is told, or only a relative or ambiguous one.
    """
    found = find_date(text)
    return found.iso if found else None


def _search(form: re.Pattern[str], text: str) -> re.Match[str] | None:
    """Search a form whose month name, where it is glued to a word as in "AnnaMay 3, 2019", is capitalised."""
    for match in form.finditer(text):
        glued = match.start() > 0 and text[match.start() - 1].isalpha()
        if not glued or text[match.start()].isupper():
            return match
    return None


def _read(match: re.Match[str], text: str) -> FoundDate:
    time = _TIME.match(text, match.end())
    end = time.end() if time else match.end()
    return FoundDate(match.start(), end, _iso(match, time))


def _iso(match: re.Match[str], time: re.Match[str] | None) -> str | None:
    day, year = int(match["day"]), int(match["year"])
    # Case-insensitive search also finds look-alikes such as the long s; those that fold to no month are no date.
    month = MONTHS.get(match["name"].casefold(), 0) if "name" in match.re.groupindex else int(match["month"])
    if match.re is _AMBIGUOUS_FORM:
        if day <= 12 and month <= 12 and day != month:
            return None
        if month > 12:
            day, month = month, day
    try:
        moment = datetime(year, month, day)
    except ValueError:
        return None
    return moment.date().isoformat() + (_clock(time) if time else "")


def _clock(time: re.Match[str]) -> str:
    """Write a time of day as ISO 8601; empty where it is none."""
    hour, minute = int(time["hour"]), int(time["minute"])
    if half := time["half"]:
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    if hour > 23 or minute > 59 or int(time["second"] or 0) > 59:
        return ""
    second = f":{time['second']}" if time["second"] else ""
    return f"T{hour:02}:{minute:02}{second}{_offset(time['zone'])}"


def _offset(zone: str | None) -> str:
    if not zone or zone in "Zz":
        return "+00:00" if zone else ""
    hours, minutes = int(zone[1:3]), int(zone[-2:])
    valid = timedelta(hours=hours, minutes=minutes) <= timedelta(hours=14) and minutes < 60
    return f"{zone[0]}{hours:02}:{minutes:02}" if valid else ""
