"""Times as exports, feeds and tables write them: ISO 8601, that of mail (RFC 2822), or seconds since 1970."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

MOST_CHARS = 40
MILLISECONDS_FROM = 100_000_000_000  # as seconds this would be the year 5138


def to_iso(stamp: str | None, *, is_utc: bool = False) -> str | None:
    """Turn a time into ISO 8601.

    :param stamp: As written; None where there is none.
    :param is_utc: Whether a time without a zone is in UTC.
    :return: None for what is no time, also for one that is filled with zeros.
    """
    text = (stamp or "").strip()
    if not text or len(text) > MOST_CHARS:
        return None
    for read in (datetime.fromisoformat, _from_seconds, parsedate_to_datetime):
        try:
            time = read(text)
        except (ValueError, OverflowError, OSError, TypeError, IndexError):
            continue
        if is_utc and time.tzinfo is None:
            time = time.replace(tzinfo=UTC)
        return time.isoformat(timespec="seconds")
    return None


def _from_seconds(text: str) -> datetime:
    seconds = float(text)
    if abs(seconds) >= MILLISECONDS_FROM:
        seconds /= 1000
    if abs(seconds) < 100_000_000:  # before 1973: a counter, or a year
        raise ValueError(text)
    return datetime.fromtimestamp(seconds, UTC)
