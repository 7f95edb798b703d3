"""Split text dumps into lines, and describe each by itself.

A dump has lost its tags; what remains is the form of its lines. Everything here looks at one line (and the blank lines
above it), in time linear in its length.
"""

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cache, cached_property, wraps
from itertools import count
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias, TypeVar
from unicodedata import category

from stance.datamodels import Strings
from stance.parsing.phrases import phrases
from stance.resources import LatePattern

CUE_CHARACTERS = 200
"""Maximum characters of a line that are compared with cues."""

IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")

Value = TypeVar("Value")

_NUMBER = re.compile(r"\d{1,4}[.)]\s+(?=\S)")

_BULLET = re.compile(r"(?:[•◦▪‣●○■□◎☆]\s*|[*+]\s+)+(?=\S)|[•◦▪‣●○■]\s*")

_DIGIT, _DIGITS = re.compile(r"\d"), re.compile(r"\d+")

_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
"""Letters of Japanese, Chinese and Korean, which stand beside numbers without a blank."""

_NUMBERS = re.compile(rf"(?<![^\W{_UNSPACED}])\d+(?: \d+)*(?![^\W{_UNSPACED}])")

SENTENCE_SIGNS = ".!?…。！？؟۔।"
"""Signs that end a sentence, in any script."""

_SENTENCE_END = re.compile(rf"[{SENTENCE_SIGNS}][\"'”’»“)\]]{{0,3}}$")


def is_mark(sign: str) -> bool:
    """Return whether a character is a mark that follows a letter."""
    return "\u0300" <= sign < "\u1b00" and category(sign) in ("Mn", "Mc")


_MARKS = f"[{''.join(filter(is_mark, map(chr, range(0x300, 0x1B00))))}]"
"""Marks that follow a letter, such as the vowels of Hindi, Bengali, Tamil and Thai."""

_LETTER_RUNS, _WORD_RUNS = (LatePattern(f"{kind}+(?:{_MARKS}+{kind}*)*") for kind in (r"[^\W\d_]", r"[^\W_]"))
"""Patterns of words; marks that follow a character belong to its word."""

_LETTERS_ONLY, _WORDS_ONLY = (
    bytes(code if code < 128 and is_kept(chr(code)) else 32 for code in range(256))
    for is_kept in (str.isalpha, str.isalnum)
)
"""Tables that make blanks of all other signs, which splits ASCII four times as fast as a pattern."""


def once(compute: "Callable[[Line], Value]") -> "Callable[[Line], Value]":
    """Make a function of a line keep its answer in the line."""
    name = f"{compute.__module__}.{compute.__name__}"

    @wraps(compute)
    def known(line: "Line") -> Value:
        try:
            value: Value = line.__dict__[name]
        except KeyError:
            value = line.__dict__[name] = compute(line)
        return value

    return known


class _LineFields(NamedTuple):
    """The fields of a line; a tuple is made four times as fast as a dataclass, and a page has many lines."""

    start: int
    end: int
    text: str  # without a bullet
    number: str  # "12. " of a numbered line, else empty; not a part of ``text``
    bullet: bool
    indent: int
    gap: int  # blank lines above it


class Line(_LineFields):
    """A line that is not blank: ``page.text[start:end]``, without the white space around it."""

    @cached_property
    def key(self) -> str:
        """Return the words of the line in lower case, for looking up cues."""
        return line_key(self.text)

    @cached_property
    def cue(self) -> str:
        """Return the key with ``#`` for its numbers."""
        return _NUMBERS.sub("#", self.key) if _DIGIT.search(self.key) else self.key

    @cached_property
    def opening(self) -> str:
        """Return the first word of the cue."""
        return self.cue.partition(" ")[0]

    @property
    def full(self) -> str:
        """Return the text with its number, where it has one."""
        return self.number + self.text

    @cached_property
    def words(self) -> int:
        """Count the words of the line."""
        words = len(self.text.split())
        # Characters of a word in Japanese and Chinese, which write no blanks between words, as far as they are
        # counted.
        return words if self.text.isascii() else words + len(IDEOGRAPHS.findall(self.text)) // 2

    @cached_property
    def ends_sentence(self) -> bool:
        """Return whether the line ends as a sentence does."""
        return bool(_SENTENCE_END.search(self.text[-6:]))

    @cached_property
    def truncated(self) -> bool:
        """Return whether the line breaks off, as teasers do."""
        return self.text.endswith(("...", "…", "[…]", "[...]")) and self.words >= 5

    @cached_property
    def has_letters(self) -> bool:
        """Return whether the line says anything; counters, rules and paging do not."""
        return any(map(str.isalpha, self.text))

    @cached_property
    def prose(self) -> bool:
        """Return whether the line reads as a paragraph: a sentence, or so long that it is no heading."""
        return (self.words >= 6 and self.ends_sentence) or self.words >= 20 or len(self.text) >= 160


Lines: TypeAlias = Sequence[Line]


def split_lines(text: str) -> tuple[Line, ...]:
    """Split a text into its lines; blank ones are counted in ``gap`` and dropped."""
    lines: list[Line] = []
    facts: dict[str, dict[str, Any]] = {}  # equal lines share what is known of them
    start = gap = 0
    for row in text.splitlines(keepends=True):
        content = row.strip()
        gap += 1
        if content:
            indent = row.index(content[0])
            lines.append(_line(content, start + indent, indent, gap - 1))
            lines[-1].__dict__ = facts.setdefault(content, {})
            gap = 0
        start += len(row)
    return tuple(lines)


def _line(content: str, start: int, indent: int, gap: int) -> Line:
    end, bullet = start + len(content), _BULLET.match(content)
    text = content[bullet.end() :] if bullet else content
    number = _NUMBER.match(text)
    label = number[0] if number else ""
    return Line(start, end, text[len(label) :], label, bool(bullet), indent, gap)


def line_key(text: str) -> str:
    """Reduce a line to its words, in lower case with single blanks between them.

    :return: At most about ``_C.cue_characters`` long; a longer line ends in ``…``, which no whole-line cue has.
    """
    key = " ".join(words_of(text[:CUE_CHARACTERS].lower()))
    return key + " …" if len(text) > CUE_CHARACTERS else key


def line_at(lines: Lines, offset: Any) -> int:
    """Return the number of the first line that begins at a place of the text, or behind it."""
    return bisect_left(lines, offset, key=attrgetter("start"))


def prose_words(lines: Iterable[Line]) -> int:
    """Count the words of the paragraphs among some lines."""
    return sum(line.words for line in lines if line.prose)


def words_of(text: str) -> list[str]:
    """Return the words of a text, with digits."""
    return _words(text, _WORDS_ONLY, _WORD_RUNS)


def letter_words(text: str) -> list[str]:
    """Return the words of a text in lower case, without digits."""
    return _words(text.lower(), _LETTERS_ONLY, _LETTER_RUNS)


def _words(text: str, in_words: bytes, runs: LatePattern) -> list[str]:
    """Return the words of a text, by a table for ASCII and a pattern for others."""
    for sign in "" if text.isascii() else "’…“”‘–—\u00a0":  # most texts have no other characters beyond ASCII
        text = text.replace(sign, " ")
    if not text.isascii():
        found: list[str] = runs.findall(text)
        return found
    return text.encode().translate(in_words).decode().split()


class Cues:
    """Phrases that are looked for in lines; ``layouts`` gives their language.

    Looked up, not searched for: the cost does not grow with the number of phrases.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        cues = tuple(phrases)
        self._whole = frozenset(cue for cue in cues if "*" not in cue)
        self._ends = tuple(cue.removeprefix("*") for cue in cues if cue.startswith("* "))
        starts: defaultdict[str, list[str]] = defaultdict(list)
        for cue in cues:
            starts[cue.partition(" ")[0]] += [cue.removesuffix("*")] if cue.endswith(" *") else []
        self._starts = {first: tuple(phrases) for first, phrases in starts.items()}

    def match(self, line: Line) -> bool:
        """Return whether a line is one of the phrases."""
        cue = line.cue
        starts = self._starts.get(line.opening)  # None: no phrase has that first word
        if starts is not None and (cue in self._whole or f"{cue} ".startswith(starts)):
            return True
        return bool(self._ends) and cue.endswith(self._ends)


@cache
def cues(*names: str) -> Cues:
    """Return some lists of phrases of all languages as cues."""
    return Cues(phrases(*names))


def strip_prefix(text: str, prefixes: Strings) -> str | None:
    """Cut a phrase off the start of a text.

    :param prefixes: In lower case; the longest that fits is cut off.
    :return: What follows it; None where the text starts with none of them.
    """
    lowered = text[:CUE_CHARACTERS].lower()
    if not lowered.startswith(prefixes):
        return None
    fitting = [p for p in prefixes if lowered.startswith(p) and not lowered[len(p) : len(p) + 1].isalnum()]
    return text[max(map(len, fitting)) :].strip() if fitting else None


def mask_numbers(text: str) -> str:
    """Write ``#`` for each number of a text."""
    return _DIGITS.sub("#", text)


def numbered(names: Sequence[Hashable]) -> list[int]:
    """Number the different names, in their order."""
    return [*map(defaultdict[Hashable, int](count().__next__).__getitem__, names)]


def name_like(text: str, words: int = 7, characters: int = 60) -> bool:
    """Return whether a line could be a commenter's name: short, and not a sentence."""
    if len(text) > characters or "://" in text or len(text.split()) > words:
        return False
    if not any(map(str.isalnum, text)):
        return False
    initial = text.endswith(".") and len(text.split()) > 1 and len(text.split()[-1]) <= 3
    return initial or text[-1] not in '.!?…,;:"”'


def collapse_repeated(name: str) -> str:
    """Reduce "Ann Lee Ann Lee", a picture's description beside the name, to "Ann Lee"."""
    words = name.split()
    half = len(words) // 2
    return " ".join(words[:half]) if words and len(words) % 2 == 0 and words[:half] == words[half:] else name
