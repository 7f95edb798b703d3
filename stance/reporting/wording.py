"""Write stances, languages, numbers and dates as reports show them."""

import json
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cache
from typing import NamedTuple

from stance.datamodels import Stance, Via
from stance.resources import LANGUAGES

STANCE_WORDS: Mapping[str, str] = {
    Stance.AGAINST: "against",
    Stance.NEUTRAL: "neutral",
    Stance.FAVOR: "in favor",
    Stance.NOT_ADDRESSED: "not addressed",
}

STANCE_SIGNS: Mapping[str, str] = {Stance.AGAINST: "▼", Stance.NEUTRAL: "●", Stance.FAVOR: "▲"}
"""A shape beside each color, for readers who do not see the color."""

VIA_WORDS: Mapping[str, str] = {
    Via.TEXT: "own words",
    Via.PARENT: "via the comment it answers",
    Via.ARTICLE: "via the article",
}

VERDICT_WORDS = {"not_tested": "not tested", "cannot_tell_apart": "no significant difference", "differ": "differ"}

METHOD_WORDS: Mapping[str, str] = {
    "ppi": "corrected by audit labels",
    "labels": "labels alone: too few to correct",
    "model": "model-labelled",
    "none": "too few",
}

BASELINE_WORDS: Mapping[str, str] = {
    "majority": "Commonest label",
    "vader": "VADER read as stance",
    "vader_target": "VADER around the target",
    "gate": "Commonest side where named",
}

NO_SCORE = "no score"
"""The key of comments that nobody asked to score, beside the languages of those that could not be."""

UNDECIDED = "undecided"
"""Likewise of comments in a language that the model covers, to which it gave no stance toward any target."""


@cache
def language_names() -> Mapping[str, str]:
    """Return the English names of languages by ISO 639-1 code, and of the keys that stand beside languages."""
    names: dict[str, str] = json.loads((LANGUAGES / "names.json").read_text(encoding="utf-8"))
    return names


def language_name(code: str) -> str:
    """Name a language in English; a code that is not listed stands for itself."""
    return language_names().get(code, code)


def percent(share: float) -> str:
    """Write a share as a whole percentage; one that is neither none nor all is never written as either."""
    if 0 < share <= 0.005:  # one in two hundred would be rounded to none
        return "<1 %"
    return ">99 %" if 0.995 <= share < 1 else f"{share * 100:.0f} %"


def points(difference: float) -> str:
    """Write a difference of shares in percentage points, with its sign."""
    return f"{difference * 100:+.0f}".replace("-", "−") if round(difference * 100) else "0"


def signed(value: float) -> str:
    """Write a compound or a difference with its sign; a minus, not a hyphen."""
    return f"{value:+.2f}".replace("-", "−") if round(value, 2) else "0.00"


class Moment(NamedTuple):
    """A stamp as the page gives it."""

    at: datetime
    has_time: bool


def parse_moment(stamp: str | None) -> Moment | None:
    """Read an ISO 8601 stamp; None where it is none."""
    try:
        if stamp is not None and len(stamp) <= len("2024-01-31"):
            return Moment(datetime.combine(date.fromisoformat(stamp), time()), has_time=False)
        return None if stamp is None else Moment(datetime.fromisoformat(stamp), has_time=True)
    except ValueError:
        return None


def day(stamp: str) -> str:
    """Write an ISO 8601 date for people, with the time where it is given; anything else as it is."""
    moment = parse_moment(stamp)
    if moment is None:
        return stamp
    return f"{moment.at.day} {moment.at:%B} {moment.at.year}" + (f", {moment.at:%H:%M}" if moment.has_time else "")


def shorten(text: str, longest: int) -> str:
    """Cut a text after the last word that fits, and mark the cut."""
    if len(text) <= longest:
        return text
    head = text[:longest]
    return (head.rpartition(" ")[0] or head) + " …"
