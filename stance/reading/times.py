"""Read times as exports, feeds and tables write them: ISO 8601, that of mail (RFC 2822), seconds since 1970."""

import re
from datetime import UTC, date, datetime
from email.utils import parsedate_to_datetime

MOST_CHARS = 40
MILLISECONDS_FROM = 100_000_000_000  # as seconds this would be the year 5138
SECONDS_TO = 4_102_444_800  # the year 2100: nobody has commented there

COMPACT = {12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
"""Digits alone, as web archives and wikis stamp pages; as milliseconds those of today would be of 1976 and 2611."""

_HALF_DAY = re.compile(r"\s*\b([ap])\.?m\.?(?=\s|$)", re.I)
_NAMED_UTC = re.compile(r"\s*\b(?:UTC|GMT|Z)$", re.I)
_YEAR_FIRST = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")


def to_iso(stamp: str | None, *, is_utc: bool = False) -> str | None:
    """Turn a time into ISO 8601; a date stays one, since nobody said that it was midnight.

    :param stamp: As written; None where there is none.
    :param is_utc: Whether a time without a zone is in UTC.
    :return: None for what is no time, also for one that is filled with zeros.
    """
    text = (stamp or "").strip()
    if not text or len(text) > MOST_CHARS:
        return None
    if day := _day(text):
        return day
    half = _HALF_DAY.search(text)
    # Digits first: a thirteenth digit and the hours behind it would make a date of the Middle Ages out of milliseconds.
    for read in (_from_digits, _from_seconds, _from_iso, parsedate_to_datetime):
        try:
            time = _in_half(read(_HALF_DAY.sub("", text, count=1)), half[1]) if half else read(text)
        except (ValueError, OverflowError, OSError, TypeError, IndexError):
            continue
        if is_utc and time.tzinfo is None:
            time = time.replace(tzinfo=UTC)
        return time.isoformat(timespec="seconds")
    return None


def _day(text: str) -> str | None:
    """Read a date without a time; None for anything else."""
    try:
        return date.fromisoformat(_with_zeros(text)).isoformat()
    except ValueError:
        return None


def _from_digits(text: str) -> datetime:
    form = COMPACT.get(len(text))
    if form is None or not text.startswith(("19", "20")):
        raise ValueError(text)
    return datetime.strptime(text, form)


def _from_seconds(text: str) -> datetime:
    seconds = float(text)
    for _ in ("milliseconds", "microseconds", "nanoseconds"):
        seconds /= 1000 if abs(seconds) >= MILLISECONDS_FROM else 1
    if not 100_000_000 <= abs(seconds) < SECONDS_TO:  # before 1973: a counter, or a year
        raise ValueError(text)
    return datetime.fromtimestamp(seconds, UTC)


def _from_iso(text: str) -> datetime:
    """Read ISO 8601, also with slashes, without leading zeros, and with its zone named."""
    return datetime.fromisoformat(_with_zeros(_NAMED_UTC.sub("+00:00", text)))


def _with_zeros(text: str) -> str:
    return _YEAR_FIRST.sub(lambda day: f"{day[1]}-{int(day[3]):02}-{int(day[4]):02}", text, 1)


def _in_half(time: datetime, half: str) -> datetime:
    """Convert a time of the first or second half of a day to 24 hours."""
    if not 1 <= time.hour <= 12:
        raise ValueError(time)
    return time.replace(hour=time.hour % 12 + 12 * (half in "pP"))
