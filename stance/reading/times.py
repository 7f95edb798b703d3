"""Read times in the forms of programs and in words."""

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from functools import partial

from stance.datamodels import stated_time
from stance.parsing.calendars import gregorian

UNREAD_TIMES = "times such as {!r} are left out; expected ISO 8601, such as 2024-03-01, or seconds since 1970"
"""Warning about the times of an input that :func:`to_iso` does not read, with an example."""


def to_iso(stamp: str | None, zone: tzinfo | None = None, month_first: bool | None = None) -> str | None:
    """Turn a time into ISO 8601, from the forms of programs and from words; a date without a time stays one.

    :param stamp: As written; at most 40 characters are read.
    :param zone: The zone of a time that states none, if it is known.
    :param month_first: In dates such as 03/04/2024; None: not known, and they are not read.
    :return: None for texts that are no time, also for times filled with zeros.
    """
    text = gregorian((stamp or "").strip())
    if not text or len(text) > 40:
        return None
    with suppress(ValueError):
        return stated_time(date.fromisoformat(text).isoformat())
    in_words = partial(_from_words, month_first=month_first)
    # Digits first: a thirteenth digit and the hours behind it would make a date of the Middle Ages out of milliseconds.
    mail = () if re.search(r"\b[ap]\.?m\b", text, re.I) else (parsedate_to_datetime,)  # which passes over "PM"
    for parse in (_from_digits, _from_seconds, datetime.fromisoformat, in_words, *mail):
        with suppress(ValueError, OverflowError, OSError, TypeError, IndexError):
            time = parse(text)
            if isinstance(time, datetime):
                return stated_time(time.replace(tzinfo=time.tzinfo or zone).isoformat(timespec="seconds"))
            return stated_time(time.isoformat())
    return None


def _from_words(text: str, month_first: bool | None) -> date:
    from stance.parsing.dates import find_date
    from stance.parsing.phrases import STAMP_JOINTS

    match = find_date(text, month_first)
    others = re.findall(r"\w+", text[: match.start] + " " + text[match.end :]) if match else ()
    if not match or not match.iso or not STAMP_JOINTS.issuperset(map(str.lower, others)):
        raise ValueError(text)
    return date.fromisoformat(match.iso) if len(match.iso) == 10 else datetime.fromisoformat(match.iso)


def _from_digits(text: str) -> datetime:
    """Read digits alone, as in web archives and wikis; as milliseconds those of today would be of 1976 and 2611."""
    if not re.fullmatch(r"(?:19|20)(?:\d{10}|\d{12})", text):
        raise ValueError(text)
    return datetime.strptime(text.ljust(14, "0"), "%Y%m%d%H%M%S")


def _from_seconds(text: str) -> datetime:
    # Days since 1899, as spreadsheets keep a time, here of the years 2001 to 2050.
    if re.fullmatch(r"(?:3[789]|4\d|5[0-4])\d{3}(?:[.,]\d{1,10})?", text):
        return datetime(1899, 12, 30) + timedelta(seconds=round(float(text.replace(",", ".")) * 86_400))
    seconds = float(text)
    for _ in ("milliseconds", "microseconds", "nanoseconds"):
        # as seconds this would be the year 5138
        seconds /= 1000 if abs(seconds) >= 100_000_000_000 else 1
    # the year 2100: nobody has commented there
    if not 100_000_000 <= abs(seconds) < 4_102_444_800:  # before 1973: a counter, or a year
        raise ValueError(text)
    return datetime.fromtimestamp(seconds, UTC)
