"""Folding of texts: words that are the same to a reader become the same to the automaton."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise

MIXED_WORD = re.compile(r"(?<![^\W\d_])(?:[A-Za-z]++[\u0370-\u04ff]|[\u0370-\u04ff]++[A-Za-z])[^\W\d_]*")


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text as matching sees it; ``lower`` and ``cased`` are equally long."""

    lower: str
    cased: str
    offsets: Sequence[int]  # of each folded character in the original text


# Folding: what the reader of a text takes for the same word looks the same to the automaton.
class _FoldTable(dict[int, str]):
    """Map each character to its folded form: compatible forms normalised, accents and invisible characters dropped."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        if char.isspace():
            folded = " "
        elif "\uac00" <= char <= "\ud7a3":
            folded = char  # a Hangul syllable is one letter to its readers
        else:
            # Table of letters whose stroke, or missing dot, is removed like an accent: Kilicdaroglu, Walesa.
            plain = unicodedata.normalize("NFKD", char.translate(str.maketrans("ıłŁđĐøØħĦŧŦ", "ilLdDoOhHtT")))
            folded = "".join(" " if c.isspace() else c for c in plain if not _is_dropped(c))
        if len(self) < 20_000:
            self[code] = folded
        return folded


def _is_dropped(char: str) -> bool:
    if unicodedata.category(char) not in ("Mn", "Me", "Cf"):  # accents, vowel points; soft hyphens, joiners, directions
        # Stretches an Arabic word and says nothing.
        return char == "\u0640"
    # Marks that are vowels, or distinguish letters: of India, Thailand, Burma, Cambodia; ガ is not カ.
    # Class 7 is the dot that writers of Hindi and Urdu words leave out.
    marks = "[\u0900-\u109f\u1780-\u17d3\u3099\u309a]"
    return not re.match(marks, char) or unicodedata.combining(char) == 7


# An ellipsis is one stop: texts in which each character folds to one are read several times as fast.
_FOLDS = _FoldTable(zip(map(ord, "’‘ʼ＇`´‐‑‒–—−…"), "''''''------.", strict=True))

_ASCII_FOLDS = bytes(ord(_FOLDS[code]) if code < 128 else code for code in range(256))
"""The same for the bytes of ASCII, where each character folds to one; others stay."""


def _rewritten(match: re.Match[str]) -> str:
    if match[1]:  # the second letter of a flag becomes another character, so that no flag is read across two of a run
        return match[1] + chr(ord(match[2]) - (0x1F1E6 - 0xE000))
    return "-"  # it ends a word in Persian, as a hyphen does: "Iran" and its plural


def _in_one_alphabet(match: re.Match[str]) -> str:
    """Write a word of letters of two alphabets in one, where they look alike: NАTO with a Cyrillic А."""
    written = (match[0].translate(table) for table in _look_alikes())
    return next((word for word in written if not MIXED_WORD.fullmatch(word)), match[0])


@cache
def _look_alikes() -> tuple[dict[int, int], ...]:
    """Return tables of letters that look alike: to Cyrillic (all of НATO can be either), to Latin, and to Greek."""
    return (
        str.maketrans("ABEKMHOPCTYXaeopcyxiI", "АВЕКМНОРСТУХаеорсухіІ"),
        str.maketrans("АВЕКМНОРСТУХаеорсухіІјЈѕЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧοκν", "ABEKMHOPCTYXaeopcyxiIjJsSABEZHIKMNOPTYXokv"),
        str.maketrans("ABEZHIKMNOPTYXokv", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοκν"),
    )


def fold(text: str) -> FoldedText:
    """Fold a text."""
    chars = set() if text.isascii() else set(re.sub("[\0-\x7f]+", "", text))
    if any("\u0370" <= char <= "\u04ff" for char in chars):
        text = MIXED_WORD.sub(_in_one_alphabet, text)
    if "\u200c" in chars or any("\U0001f1e6" <= char <= "\U0001f1ff" for char in chars):
        # Characters that mean something together: of flags, and an invisible one in Persian words.
        flag = "([\U0001f1e6-\U0001f1ff])"
        text = re.sub(rf"{flag}{flag}|(?<=[\u0600-\u06ff])\u200c(?=[\u0600-\u06ff])", _rewritten, text)
    folds = {char: _FOLDS[ord(char)] for char in (set(re.sub("[\0-\x7f]+", "", text)) if chars else ())}
    if all(len(folded) == 1 and (folded == char or folded.isascii()) for char, folded in folds.items()):
        cased = text.encode("utf-8", "surrogatepass").translate(_ASCII_FOLDS).decode("utf-8", "surrogatepass")
        for char, folded in folds.items():  # signs, in a fourth of the time
            cased = cased.replace(char, folded)
        return _single_spaced(cased, range(len(text)))
    pieces: list[str] = []
    offsets: list[int] = []
    start = 0
    for offset in [offset for offset, char in enumerate(text) if len(folds.get(char, " ")) != 1]:  # longer, or dropped
        piece = _FOLDS[ord(text[offset])]
        pieces += (text[start:offset].translate(_FOLDS), piece)
        offsets += range(start, offset)
        offsets += [offset] * len(piece)
        start = offset + 1
    return _single_spaced("".join([*pieces, text[start:].translate(_FOLDS)]), [*offsets, *range(start, len(text))])


fold_name = lru_cache(maxsize=5_000)(fold)
"""The same for names, which are folded when they are read, compared and spelt."""


def _single_spaced(cased: str, offsets: Sequence[int]) -> FoldedText:
    """Keep the first of several blanks in a row."""
    if "  " in cased:
        ends = [(0, 0), *((blanks.start() + 1, blanks.end()) for blanks in re.finditer("  +", cased)), (len(cased), 0)]
        runs = [slice(start, end) for (_, start), (end, _) in pairwise(ends)]
        cased, offsets = "".join([cased[run] for run in runs]), [offset for run in runs for offset in offsets[run]]
    return FoldedText(lower_case(cased) if not cased.isascii() else cased.lower(), cased, offsets)


def lower_case(cased: str) -> str:
    """Lower-case without a change of length: no character that decomposes is left, so each has one lower form."""
    return cased.lower().replace("ς", "σ")
