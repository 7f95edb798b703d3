"""Break texts into lines of pictures, by widths that are no less than those of common fonts without serifs."""

import unicodedata

from stance.reporting.wording import printable

SMALL, SPACING = 11, 15
"""Numbers of pixels of small letters, and between lines."""

_NARROW, _LOWER, _UPPER, _WIDE, _WIDEST = 0.42, 0.65, 0.82, 1.04, 1.3
"""Shares of the size of letters that kinds of them take: the largest in DejaVu Sans, which is wider than Arial."""

_BOLD = 1.2
"""Share of the width of other letters that bold ones take at most."""


def _letter_width(letter: str) -> float:
    """Return the width of a letter by its size; 0 of an accent."""
    if unicodedata.combining(letter):
        return 0.0
    if letter in " !'()*,-./:;I[\\]fijlrt|·":
        return _NARROW
    if not letter.isascii():
        return _WIDEST if letter.isupper() or unicodedata.east_asian_width(letter) in "WF" else _WIDE
    if letter in "MWmw" or not letter.isalnum():
        return _WIDE
    return _UPPER if letter.isupper() else _LOWER


def width_of(text: str, size: int = 12) -> float:
    """Return the number of pixels that a text takes at most.

    :param size: Pixels of its letters.
    """
    return size * sum(map(_letter_width, unicodedata.normalize("NFD", text)))


def lines_of(text: str, width: float, size: int = 12, *, is_bold: bool = False, most: int | None = None) -> list[str]:
    """Break a text into lines at spaces, and within words that are too long for one.

    :param width: Pixels.
    :param most: Lines; what is beyond is left out, with a sign.
    """
    room = width / _BOLD if is_bold else width
    lines = [""]
    for word in printable(text).split():
        joined = f"{lines[-1]} {word}".strip()
        if width_of(joined, size) <= room:
            lines[-1] = joined
            continue
        lines.append("")
        for letter in word:
            if width_of(lines[-1] + letter, size) > room:
                lines.append("")
            lines[-1] += letter
    lines = [line for line in lines if line]
    if most is None or len(lines) <= most:
        return lines
    last = lines[most - 1]
    while width_of(f"{last}…", size) > room:
        last = last[:-1]
    return [*lines[: most - 1], f"{last}…"]
