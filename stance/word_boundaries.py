"""Where words begin and end, in any script."""

import re
import unicodedata

FIRST_COMBINING = "\u0300"

FIRST_UNSPACED = "\u0e00"

# Scripts that put no space between words, and Hangul, which writes particles onto the noun.
_UNSPACED = (
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)


def is_boundary(cased: str, offset: int, humps: bool) -> bool:
    """Return whether a word may begin or end here.

    :param humps: Whether capitals and digits inside a word begin one, as in #StandWithRussia.
    """
    if offset == 0 or offset == len(cased):
        return True
    left, right = cased[offset - 1], cased[offset]
    if left == " " or right == " ":  # most words end so
        return True
    if "a" <= right <= "z" and "a" <= left <= "z":  # most that do not
        return False
    if left.isalpha() and right.isalpha() and left < FIRST_UNSPACED and right < FIRST_UNSPACED:
        return humps and right.isupper() and is_hump(cased, offset)
    if _is_mark(right):
        return False  # of the last letter
    if not (is_word(left) and is_word(right)):
        return True
    return (humps and is_hump(cased, offset)) or _is_unspaced(left) or _is_unspaced(right)


def is_hump(cased: str, offset: int) -> bool:
    """Return whether a word begins inside a word: Russia|Wins, NATO|Summit, Covid|19."""
    left, right = cased[offset - 1], cased[offset]
    if left.isdigit() or right.isdigit():
        return left.isdigit() != right.isdigit()
    return right.isupper() and (left.islower() or cased[offset + 1 : offset + 2].islower())


def is_word(char: str) -> bool:
    """Return whether a character is part of a word."""
    return char.isalnum() or _is_mark(char)


def is_letter(char: str) -> bool:
    """Return whether a character is a letter, or a mark of one."""
    return char.isalpha() or _is_mark(char)


def _is_mark(char: str) -> bool:
    """Return whether a character is a combining mark left after folding, such as a vowel sign."""
    return char >= FIRST_COMBINING and unicodedata.category(char) in ("Mn", "Mc")


def _is_unspaced(char: str) -> bool:
    return char >= FIRST_UNSPACED and re.match(_UNSPACED, char) is not None
