"""Folding of texts: what is the same to a reader becomes the same to a word list.

Signs of one Unicode class are read alike, whichever program typed them. VADER and the other readers of sentiment read
a text so (:func:`fold_signs`). Names of targets are searched for in a text without accents too (:func:`fold`).
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import chain

from stance.datamodels import Mention, frozen
from stance.text_forms import UNSEEN, RememberedWords

_MIXED_WORD = re.compile(r"(?<![^\W\d_])(?:[A-Za-z]++[\u0370-\u04ff]|[\u0370-\u04ff]++[A-Za-z])[^\W\d_]*")

_SIGNS = {
    r"^(MODIFIER LETTER )?(ACUTE|GRAVE) ACCENT$|^(MODIFIER LETTER |REVERSED )?PRIME$": "'",
    r"SINGLE.* QUOTATION MARK|APOSTROPHE|^MODIFIER LETTER \w+ COMMA$": "'",
    "QUOTATION MARK|DOUBLE (PRIME|ACUTE)|CORNER BRACKET": '"',
    "HORIZONTAL ELLIPSIS": "...",
    "^MINUS SIGN$": "-",
}
"""Patterns of names in Unicode, with the sign of ASCII that such a sign is read as. The first that matches counts."""


@frozen
class FoldedText:
    """A text as matching sees it; ``lower`` and ``cased`` are equally long."""

    lower: str
    cased: str
    offsets: Sequence[int]  # of each folded character in the original text


def _plain(char: str) -> str:
    """Return the form that a character is read as; empty for one that nobody sees."""
    category = unicodedata.category(char)
    if char.isspace():
        return "\n" if char.splitlines() == [""] else " "
    if category == "Cf" or re.match(f"[{UNSEEN}\u0640]", char):  # U+0640 stretches an Arabic word and says nothing
        return ""
    if category == "Pd":
        return "-"
    name = unicodedata.name(char, "")
    is_sign = category[0] in "PS" or category == "Lm"  # no accent of a letter
    signs = [sign for pattern, sign in _SIGNS.items() if is_sign and re.search(pattern, name)]
    if signs:
        return signs[0]
    compatible = unicodedata.normalize("NFKC", char)
    is_mark = category == "So" and unicodedata.decomposition(char).startswith("<super>")  # behind a word, as \u2122
    return char if is_mark or compatible[0] == " " else compatible


def _bare(char: str) -> str:
    """Return the form that a character is searched for: the plain form without accents, with any space alike."""
    if "\uac00" <= char <= "\ud7a3":
        return char  # a Hangul syllable is one letter to its readers
    # Table of letters whose stroke, or missing dot, is removed like an accent: Kilicdaroglu, Walesa.
    strokes = str.maketrans("ıłŁđĐøØħĦŧŦ", "ilLdDoOhHtT")
    letters = unicodedata.normalize("NFKD", _PLAIN[char].translate(strokes))
    bare = "".join(" " if letter.isspace() else letter for letter in letters if not _is_accent(letter))
    # An ellipsis is one stop: texts in which each character folds to one are read several times as fast.
    return bare.replace("...", ".")


def _is_accent(char: str) -> bool:
    # Marks that are vowels, or distinguish letters: of India, Thailand, Burma, Cambodia; ガ is not カ.
    # Class 7 is the dot that writers of Hindi and Urdu words leave out.
    marks = "[\u0900-\u109f\u1780-\u17d3\u3099\u309a]"
    is_letter = re.match(marks, char) and unicodedata.combining(char) != 7
    return unicodedata.category(char) in ("Mn", "Me") and not is_letter


_PLAIN, _BARE = RememberedWords(_plain), RememberedWords(_bare)


def _read_as(text: str, forms: Mapping[str, str]) -> tuple[str, Sequence[int]]:
    """Replace the characters of a text by their forms.

    :return: The text, and of each of its characters the offset in the original one.
    """
    chars = set(re.sub("[ -_a-~]+", "", text) if text.isascii() else text)  # of ASCII, few change
    changed = {char: form for char in chars if (form := forms[char]) != char}
    if all(len(form) == 1 for form in changed.values()):
        for char, form in changed.items():
            text = text.replace(char, form)
        return text, range(len(text))
    pieces = [forms[char] for char in text]
    return "".join(pieces), [offset for offset, piece in enumerate(pieces) for _ in piece]


def _in_one_alphabet(text: str) -> str:
    """Write each word of letters of two alphabets in one, where they look alike: NАTO with a Cyrillic А."""
    return _MIXED_WORD.sub(_without_look_alikes, text) if re.search("[\u0370-\u04ff]", text) else text


_LOOK_ALIKES = (
    str.maketrans("ABEKMHOPCTYXaeopcyxiI", "АВЕКМНОРСТУХаеорсухіІ"),
    str.maketrans("АВЕКМНОРСТУХаеорсухіІјЈѕЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧοκν", "ABEKMHOPCTYXaeopcyxiIjJsSABEZHIKMNOPTYXokv"),
    str.maketrans("ABEZHIKMNOPTYXokv", "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧοκν"),
)
"""Tables of letters that look alike: to Cyrillic (all of НATO can be either), to Latin, and to Greek."""


def _without_look_alikes(match: re.Match[str]) -> str:
    written = (match[0].translate(letters) for letters in _LOOK_ALIKES)
    return next((word for word in written if not _MIXED_WORD.fullmatch(word)), match[0])


def fold_signs(text: str) -> tuple[str, Sequence[int]]:
    """Fold the signs of a text, and leave its letters.

    :return: The text, and of each of its characters the offset in the original one.
    """
    if text.isascii():
        return text.replace("`", "'"), range(len(text))
    return _read_as(_in_one_alphabet(text), _PLAIN)


def fold_named(text: str, mentions: tuple[Mention, ...]) -> tuple[str, tuple[Mention, ...]]:
    """Fold the signs of a text, and move its mentions to where they are in the folded text."""
    plain, offsets = fold_signs(text)
    if isinstance(offsets, range):
        return plain, mentions
    moved = []
    for mention in mentions:
        start = bisect_left(offsets, mention.start)
        end = bisect_left(offsets, mention.end)
        moved.append(replace(mention, start=start, end=end))
    return plain, tuple(moved)


def _rewritten(match: re.Match[str]) -> str:
    if match[1]:  # the second letter of a flag becomes another character, so that no flag is read across two of a run
        return match[1] + chr(ord(match[2]) - (0x1F1E6 - 0xE000))
    return "-"  # it ends a word in Persian, as a hyphen does: "Iran" and its plural


def fold(text: str) -> FoldedText:
    """Fold a text, to find names in it."""
    # Characters that mean something together: of flags, and an invisible one in Persian words.
    if not text.isascii() and re.search("[\u200c\U0001f1e6-\U0001f1ff]", text):
        flag = "([\U0001f1e6-\U0001f1ff])"
        text = re.sub(rf"{flag}{flag}|(?<=[\u0600-\u06ff])\u200c(?=[\u0600-\u06ff])", _rewritten, text)
    cased, offsets = _read_as(_in_one_alphabet(text), _BARE)
    if "  " in cased:  # the first of several blanks in a row is kept
        doubled = [blanks.span() for blanks in re.finditer("(?<= ) +", cased)]
        ends = [0, *chain.from_iterable(doubled), len(cased)]
        runs = [slice(*ends[index : index + 2]) for index in range(0, len(ends), 2)]
        cased = "".join([cased[run] for run in runs])
        offsets = [offset for run in runs for offset in offsets[run]]
    return FoldedText(lower_case(cased), cased, offsets)


fold_name = lru_cache(maxsize=5_000)(fold)
"""The same for names, which are folded when they are read, compared and spelt."""


def lower_case(cased: str) -> str:
    """Lower-case without a change of length: no character that decomposes is left, so each has one lower form."""
    return cased.lower().replace("ς", "σ")
