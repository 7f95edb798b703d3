"""Write numbers, dates, languages and other words as reports show them, and break them into lines of pictures."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from stance.datamodels import SOUNDS, Record
from stance.resources import LANGUAGES, VERSION, shipped_json, shipped_toml


@cache
def value_words() -> Mapping[str, Mapping[str, str]]:
    """Return the words and signs by which templates write values: name of a table -> value -> text."""
    return shipped_toml(Path(__file__).parent / "templates" / "words.toml")


def language_name(code: str) -> str:
    """Name a language in English by its ISO 639-1 code, or a key among these; an unknown code is returned as it is."""
    return str(shipped_json(LANGUAGES / "names.json").get(code, code))


def percent(share: float) -> str:
    """Write a share as a whole percentage; one that is neither none nor all is never written as either."""
    if 0 < share <= 0.005:  # one in two hundred would be rounded to none
        return "<1 %"
    return ">99 %" if 0.995 <= share < 1 else f"{share * 100:.0f} %"


def exact_counts(summary: Record) -> Mapping[str, int] | None:
    """Return the labels by persons of the comments that name a target, if all of these have one; else None."""
    counts: Mapping[str, int] = summary["read_named"]
    return counts if counts and sum(counts.values()) == summary["named"] else None


def points(difference: float) -> str:
    """Write a difference of shares in percentage points, with its sign."""
    return net_points(100 * difference)


def net_points(net: float) -> str:
    """Write a net stance, which is in points already, with its sign."""
    return f"{net:+.0f}".replace("-", "−") if round(net) else "0"


def printable(text: str) -> str:
    """Return a text in one line without characters that XML forbids and without marks of direction."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


SMALL, SPACING, BOLD = 11, 15, 1.2
"""Numbers of pixels of small letters, and between lines; maximum width of bold letters, relative to others."""


def _letter_width(letter: str) -> float:
    """Return a share of the size of a letter that it takes at most in DejaVu Sans, which is wider than Arial."""
    if letter in " !'()*,-./:;I[\\]fijlrt|·":
        return 0.42
    if letter in "MWmw" or not (letter.isascii() and letter.isalnum()):
        return 1.04 if letter.islower() else 1.3
    return 0.82 if letter.isupper() else 0.65


def width_of(text: str, size: int) -> float:
    """Return the number of pixels that a text takes at most.

    :param size: Pixels of its letters.
    """
    return size * sum(map(_letter_width, unicodedata.normalize("NFC", text)))


def lines_of(text: str, width: float, size: int = 12) -> list[str]:
    """Break a text into lines of a width in pixels: at spaces, and within words that are too long for one."""
    lines, line = [], ""
    for letter in printable(text):
        line += letter
        if width_of(line, size) > width:
            head, space, tail = line.rpartition(" ")
            lines.append(head if space else line[:-1])
            line = tail if space else letter
    return [part for part in (*lines, line) if part]


def lines_of_name(name: str, width: float, size: int = 12) -> list[str]:
    """Break a name into lines as :func:`lines_of`; at most 60 letters of it."""
    return lines_of(shorten(printable(name), 60), width, size)


def signed(value: float) -> str:
    """Write a compound or a difference with its sign; a minus, not a hyphen."""
    return f"{value:+.2f}".replace("-", "−") if round(value, 2) else "0.00"


def sounding(value: float) -> str:
    """Write how a text sounds: "negative wording (−0.48)", or that no word is positive or negative."""
    if not value:
        return "no positive or negative words"
    sign = "neutral" if abs(value) < SOUNDS else "positive" if value > 0 else "negative"
    return f"{sign} wording ({signed(value)})"


def day(stamp: str) -> str:
    """Write an ISO 8601 date for people, with the time where it is given; anything else as it is."""
    try:
        moment = datetime.fromisoformat(stamp or "")
    except ValueError:
        return stamp
    return f"{moment.day} {moment:%B} {moment.year}" + (f", {moment:%H:%M}" if len(stamp) > len("2024-01-31") else "")


def day_span(first: str, last: str) -> str:
    """Write two ISO 8601 days, the month and the year once where both have the same."""
    if first == last:
        return day(first)
    start, end = day(first), day(last)
    for shared in (end.partition(" ")[2], end.rpartition(" ")[2]):  # month and year, or the year
        if start.endswith(f" {shared}"):
            return f"{start.removesuffix(f' {shared}')} to {end}"
    return f"{start} to {end}"


def set_apart(group: str) -> str:
    """Set a group's name apart from the sentence around it, whatever its length and direction of writing."""
    text = " ".join(re.sub("[\u202a-\u202e\u2066-\u2069]", "", group).split())  # without marks of direction
    return f"\u2068{text if len(text) <= 60 else text[:59] + '…'}\u2069"


UNMARKED = dict.fromkeys((0x2068, 0x2069))
"""Table that removes the marks which set names apart, from what is copied."""


def first_upper(words: str) -> str:
    """Begin a heading or sentence with a capital."""
    return words[:1].upper() + words[1:]


def listing(parts: Sequence[str]) -> str:
    """Join parts of a sentence."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def keep_percent_together(text: str) -> str:
    """Keep a number on one line with its percent sign, or the sign before a margin."""
    return text.replace(" %", "\u00a0%").replace("± ", "±\u00a0")


def shorten(text: str, longest: int) -> str:
    """Cut a text after the last word that fits, and mark the cut."""
    if len(text) <= longest:
        return text
    head = text[:longest]
    return (head.rpartition(" ")[0] or head) + " …"


def how_to_cite(model: str) -> str:
    """Return how to cite the program, with the model that scored; author, year and title are those of CITATION.cff."""
    plain = "".join(letter for letter in model if letter.isalnum() or letter in "@._-:/, ")
    return f"The stance authors (2026): stance, version {VERSION} (model {plain}) [Computer software]."
