"""Stance since publication: who comments in the first hour is not who comments after a week.

Pages give times in many ways: a date alone, a time without a zone, none at all. Where either end of a span is a date,
or one has a zone and the other none, spans are counted in days of the calendar and not in hours.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import pairwise
from math import inf
from typing import Any

from stance.datamodels import FEWEST_COMMENTS
from stance.reporting.remarks import Remark, split_record

HOURS = (0.0, 1.0, 6.0, 24.0, 72.0, 168.0, inf)
"""Borders of periods where both ends have a time, in hours: a page gets most of its comments early, so each period is
several times as long as the one before."""

DAYS = (0.0, 24.0, 48.0, 168.0, 720.0, inf)
"""Likewise in days of the calendar: the same day, the next, up to a week, up to thirty days, later."""

PERIOD_WORDS: Mapping[tuple[str, float], str] = {
    ("hours", 0.0): "first hour",
    ("hours", 1.0): "second to sixth hour",
    ("hours", 6.0): "rest of the first day",
    ("hours", 24.0): "second and third day",
    ("hours", 72.0): "rest of the first week",
    ("hours", 168.0): "later",
    ("days", 0.0): "same day",
    ("days", 24.0): "next day",
    ("days", 48.0): "rest of the week",
    ("days", 168.0): "rest of thirty days",
    ("days", 720.0): "later",
}
"""By unit and beginning."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A stamp as the page gives it."""

    at: datetime
    has_time: bool


def parse_moment(stamp: str | None) -> Moment | None:
    """Read an ISO 8601 stamp; None where it is none."""
    if stamp is None:
        return None
    try:
        if len(stamp) <= len("2024-01-31"):
            return Moment(datetime.combine(date.fromisoformat(stamp), time()), has_time=False)
        return Moment(datetime.fromisoformat(stamp), has_time=True)
    except ValueError:
        return None


def time_record(remarks: Sequence[Remark], published: str | None, targets: Sequence[str]) -> dict[str, Any] | None:
    """Record which sides comments take in the hours or days since the article was published.

    :param published: The article's stamp; without one, spans are counted from the first comment.
    :return: ``since`` (``publication`` or ``first_comment``), ``unit`` (``hours`` or ``days``), how many comments are
        ``dated``, ``undated`` and ``before`` publication, and ``periods`` that hold comments, with their borders in
        hours (``to`` is None for the last). None where no comment has a time. No periods where fewer than
        ``FEWEST_COMMENTS`` comments have one, or all stand in one period.
    """
    dated = [(moment, each) for each in remarks if (moment := parse_moment(each.comment.posted)) is not None]
    if not dated:
        return None
    start = parse_moment(published)
    origin = start or _first(moment for moment, _ in dated)
    exact = all(_is_exact(origin, moment) for moment, _ in dated)
    spans = [(hours_since(origin, moment, exact=exact), each) for moment, each in dated]
    periods = _periods([pair for pair in spans if pair[0] >= 0], HOURS if exact else DAYS, targets)
    return {
        "since": "publication" if start else "first_comment",
        "unit": "hours" if exact else "days",
        "dated": len(dated),
        "undated": len(remarks) - len(dated),
        "before": sum(hours < 0 for hours, _ in spans),
        "periods": periods if len(dated) >= FEWEST_COMMENTS and len(periods) > 1 else [],
    }


def _is_exact(origin: Moment, moment: Moment) -> bool:
    alike = (origin.at.utcoffset() is None) == (moment.at.utcoffset() is None)
    return origin.has_time and moment.has_time and alike


def _first(moments: Iterable[Moment]) -> Moment:
    """Give the earliest; where some have a zone and others none, by the clock that each shows."""
    return min(moments, key=lambda moment: moment.at.replace(tzinfo=None))


def hours_since(origin: Moment, moment: Moment, *, exact: bool) -> float:
    """Give the hours from one moment to another; whole days of the calendar unless ``exact``."""
    if exact:
        return (moment.at - origin.at).total_seconds() / 3600
    return 24.0 * (moment.at.date() - origin.at.date()).days


def _periods(
    spans: Sequence[tuple[float, Remark]], borders: Sequence[float], targets: Sequence[str]
) -> list[dict[str, Any]]:
    records = []
    for start, end in pairwise(borders):
        chosen = [each for hours, each in spans if start <= hours < end]
        if chosen:
            records.append({"from": start, "to": None if end == inf else end, **split_record(chosen, targets)})
    return records
