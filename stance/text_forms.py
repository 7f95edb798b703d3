"""Forms of a text: folded to find copies, as a number without its words, without words of others that it repeats."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TypeVar

TURNING = "\u202a-\u202e\u2066-\u2069"
"""Characters that turn the direction of what follows, as a range of a pattern."""

UNSEEN = (
    f"{TURNING}\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u206f\u3164"
    "\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
"""Further characters that Unicode lets no program show, likewise."""

MARKS = "\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f"
"""Marks that are written over or under letters of any script, likewise."""

LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"'`]{4,2000}", re.IGNORECASE)
"""Pattern of a link."""

_UNSEEN = re.compile(f"[{UNSEEN}]+")


_Found = TypeVar("_Found")


class RememberedWords(dict[str, _Found]):
    """What a function returns for words; remembers that of short ones, up to a number, so that memory is bounded."""

    def __init__(self, function: Callable[[str], _Found]) -> None:
        self._function = function

    def __missing__(self, word: str) -> _Found:
        """Call the function."""
        value = self._function(word)
        if len(word) <= 30 and len(self) < 50_000:
            self[word] = value
        return value


def normalised(text: str) -> str:
    """Fold case, white space and invisible characters, to find copies of a text.

    An apostrophe at its start is dropped too, which tables put before a formula.
    """
    folded = text.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    if not folded.isprintable():
        invisible = f"[\x00-\x1f\x7f-\x9f{UNSEEN}]+"
        folded = re.sub(invisible, " ", folded)
    return " ".join(folded.split()).lstrip("' ")


def is_text_number(text: str) -> bool:
    """Return whether a text is the number of another one."""
    return re.fullmatch(r"#\d{20}", text) is not None


def plain_words(text: str) -> list[str]:
    """Return the words of the first 5,000 characters, without links, case, punctuation and invisible characters."""
    text = LINK.sub(" ", text[:5_000])
    text = text if text.isascii() else unicodedata.normalize("NFKC", text)
    # Signs that a word may hold.
    inside = "['’ʼ\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]"
    return re.findall(r"[^\W_]+", re.sub(inside, "", text).casefold())


@lru_cache(maxsize=100)
def text_number(text: str) -> str:
    """Return the number that stands for a text in files without texts: the same for copies, and for the number.

    Its first 32 bits are the same for texts of the same words, since copies also differ in signs and emoji.
    """
    if not (folded := normalised(text)) or is_text_number(folded):
        return folded
    forms = " ".join(plain_words(text)) or folded, folded
    digests = [blake2b(form.encode("utf-8", "surrogatepass"), digest_size=4).digest() for form in forms]
    return f"#{int.from_bytes(b''.join(digests), 'big'):020}"


def own_words(text: str, quoted: str | None) -> str:
    """Blank out the parts of a text that repeat others, keeping its length.

    :param quoted: The repeated part, its lines in the order of ``text``; others are ignored.
    """
    kept, end = [], 0
    for start, stop in quoted_spans(text, quoted):
        kept += [text[end:start], " " * (stop - start)]
        end = stop
    return "".join([*kept, text[end:]])


def quoted_spans(text: str, quoted: str | None) -> Iterator[tuple[int, int]]:
    """Yield the places of the lines of a text that repeat others, in order."""
    end = 0
    for line in (quoted or "").splitlines():
        # Each line is looked for behind the one before, so that a comment of nothing but quotes costs linear time.
        if line.strip() and (start := text.find(line, end)) >= 0:
            end = start + len(line)
            yield start, end


def block_quotations(body: Sequence[str], quoted: str | None) -> tuple[str, ...]:
    """Return the numbers of the paragraphs, from 1, that are among quoted lines."""
    lines = frozenset((quoted or "").splitlines())
    return tuple(str(number) for number, text in enumerate(body, 1) if text in lines)


def without_unseen(name: str) -> str:
    """Return a name without characters that nobody sees: with them, two names look alike."""
    return name if name.isascii() else _UNSEEN.sub("", name)


def printable(text: str) -> str:
    """Replace characters that would move the cursor or turn the line round; a space of any width becomes a space."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "�" for c in text)
