"""The lines of a text dump and what each looks like by itself.

A dump has lost its tags; what remains is the form of its lines. Everything here looks at one line (and the blank lines
above it), in time linear in its length.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, Generic, NamedTuple, TypeVar, overload

CUE_CHARACTERS = 200
"""A longer line is no cue by its whole; only its beginning can be one."""

_BULLET = re.compile(r"(?:[•◦▪‣●○■□◎☆]\s*|[*+]\s+)+(?=\S)|[•◦▪‣●○■]\s*")
_NUMBER = re.compile(r"\d{1,4}[.)]\s+(?=\S)")
_DIGIT = re.compile(r"\d")
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
"""Letters of Japanese, Chinese and Korean, which stand beside numbers without a blank."""
_NUMBERS = re.compile(rf"(?<![^\W{_UNSPACED}])\d+(?: \d+)*(?![^\W{_UNSPACED}])")
_IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
PER_WORD = 2
"""Characters of a word in Japanese and Chinese, which write no blanks between words, as far as they are counted."""
_SENTENCE_END = re.compile(r"[.!?…。؟][\"'”’»“)\]]{0,3}$")
_TRUNCATED = re.compile(r"(?:\.\.\.|…|\[…\]|\[\.\.\.\])$")


class Runs:
    """Cuts a text into its runs of one kind of characters; in ASCII, as most texts are, by a table.

    :param kind: A pattern of one character of the kind.
    """

    def __init__(self, kind: str) -> None:
        self._pattern = re.compile(f"{kind}+")
        self._table = bytes(code if self._pattern.match(chr(code)) else ord(" ") for code in range(128)).ljust(256)

    def __call__(self, text: str) -> list[str]:
        """Return the runs, in their order."""
        if text.isascii():  # three times as fast
            return text.encode().translate(self._table).decode().split()
        return self._pattern.findall(text)


_letter_runs, _word_runs = Runs(r"[^\W\d_]"), Runs(r"[^\W_]")

T = TypeVar("T")


class _once(Generic[T]):  # noqa: N801 (a decorator)
    """A property that is told once; what ``functools`` has for it takes a lock first, before Python 3.12."""

    def __init__(self, tell: Callable[[Any], T]) -> None:
        self._tell, self._name = tell, tell.__name__
        self.__doc__ = tell.__doc__

    @overload
    def __get__(self, owner: None, kind: type) -> "_once[T]": ...
    @overload
    def __get__(self, owner: object, kind: type) -> T: ...
    def __get__(self, owner: object | None, kind: type) -> "_once[T] | T":
        if owner is None:
            return self
        told = owner.__dict__[self._name] = self._tell(owner)
        return told


class _Place(NamedTuple):
    """What a line is made of; a tuple is made four times as fast as a dataclass, and a page has many lines."""

    start: int
    end: int
    text: str  # without a bullet
    number: str  # "12. " of a numbered line, else empty; not a part of ``text``
    bullet: bool
    indent: int
    gap: int  # blank lines above it


class Line(_Place):
    """A line that is not blank: ``page.text[start:end]``, without the white space around it."""

    @_once
    def key(self) -> str:
        """The words of the line in lower case, for looking up cues."""
        return line_key(self.text)

    @_once
    def cue(self) -> str:
        """The key with ``#`` for its numbers."""
        return _NUMBERS.sub("#", self.key) if _DIGIT.search(self.key) else self.key

    @_once
    def opening(self) -> str:
        """The first word of the cue."""
        first = self.key.partition(" ")[0]
        if first.isdecimal():
            return "#"
        return first if first.isascii() else _NUMBERS.sub("#", first)

    @property
    def full(self) -> str:
        """The text with its number, where it has one."""
        return self.number + self.text

    @_once
    def words(self) -> int:
        """How many words the line has."""
        words = len(self.text.split())
        return words if self.text.isascii() else words + len(_IDEOGRAPHS.findall(self.text)) // PER_WORD

    def has_more_words(self, than: int) -> bool:
        """Whether the line has more words than so many; those of a long one need not be counted for that."""
        return len(self.text.split(None, than)) > than or self.words > than

    @_once
    def ends_sentence(self) -> bool:
        """Whether the line ends as a sentence does."""
        return bool(_SENTENCE_END.search(self.text[-6:]))

    @_once
    def truncated(self) -> bool:
        """Whether the line breaks off, as teasers do."""
        return self.words >= 5 and bool(_TRUNCATED.search(self.text[-6:]))

    @_once
    def has_letters(self) -> bool:
        """Whether the line says anything; counters, rules and paging do not."""
        return any(map(str.isalpha, self.text))

    @_once
    def prose(self) -> bool:
        """Whether the line reads as a paragraph: a sentence, or so long that it is no heading."""
        return (self.words >= 6 and self.ends_sentence) or self.words >= 20 or len(self.text) >= 160


def split_lines(text: str) -> tuple[Line, ...]:
    """Split a text into its lines; blank ones are counted in ``gap`` and dropped."""
    lines: list[Line] = []
    start = position = newlines = 0
    for whole in text.splitlines(keepends=True):
        content = whole.strip()
        if content or (len(whole) > 1 and whole != "\r\n"):  # not empty; of blanks, perhaps
            newlines += text.count("\n", position, start) or text.count("\r", position, start)
            position = start
        if content:
            indent = whole.index(content[0])
            gap = max(newlines - 1, 0) if lines else newlines
            lines.append(_line(content, start + indent, indent, gap))
            newlines = 0
        start += len(whole)
    return tuple(lines)


def _line(content: str, start: int, indent: int, gap: int) -> Line:
    end = start + len(content)
    if content[0].isalpha():  # as most begin, with neither a bullet nor a number
        return Line(start, end, content, "", False, indent, gap)
    bullet = _BULLET.match(content)
    text = content[bullet.end() :] if bullet else content
    number = _NUMBER.match(text)
    label = number[0] if number else ""
    return Line(start, end, text[len(label) :], label, bool(bullet), indent, gap)


def line_key(text: str) -> str:
    """Reduce a line to its words, in lower case with single blanks between them.

    :return: At most about ``CUE_CHARACTERS`` long; a longer line ends in ``…``, which no whole-line cue has.
    """
    key = " ".join(_word_runs(text[:CUE_CHARACTERS].lower()))
    return key + " …" if len(text) > CUE_CHARACTERS else key


def prose_words(lines: Iterable[Line]) -> int:
    """Count the words of the paragraphs among some lines."""
    return sum(line.words for line in lines if line.prose)


def letter_words(text: str) -> list[str]:
    """The words of a text in lower case, digits left out."""
    return _letter_runs(text.lower())


class Cues:
    """Phrases that are looked for in lines; ``layouts`` gives their language.

    Looked up, not searched for: the cost does not grow with the number of phrases.
    """

    def __init__(self, phrases: Iterable[str]) -> None:
        cues = tuple(phrases)
        self._whole = frozenset(cue for cue in cues if "*" not in cue)
        ends = [cue.removeprefix("*") for cue in cues if cue.startswith("* ")]
        self._ends = {last: tuple(end for end in ends if end[-1] == last) for last in {end[-1] for end in ends}}
        self._numbered_ends = frozenset(end[-1] for end in ends if "#" in end)
        starts: defaultdict[str, list[str]] = defaultdict(list)
        for cue in cues:
            starts[cue.partition(" ")[0]] += [cue.removesuffix("*")] if cue.endswith(" *") else []
        self._starts = {first: tuple(phrases) for first, phrases in starts.items()}
        self._numbered = frozenset(cue.partition(" ")[0] for cue in cues if "#" in cue)  # for others the key will do

    def match(self, line: Line) -> bool:
        """Whether a line is one of the phrases."""
        starts = self._starts.get(line.opening)  # None: no phrase has that first word
        if starts is not None:
            cue = line.cue if line.opening in self._numbered else line.key
            if cue in self._whole or f"{cue} ".startswith(starts):
                return True
        last = line.key[-1:]
        ends = self._ends.get(last)  # None: no phrase has that last letter
        return ends is not None and (line.cue if last in self._numbered_ends else line.key).endswith(ends)


def strip_prefix(text: str, prefixes: tuple[str, ...]) -> str | None:
    """Cut a phrase off the start of a text.

    :param prefixes: In lower case; the longest that fits is cut off.
    :return: What follows it; None where the text starts with none of them.
    """
    lowered = text[:CUE_CHARACTERS].lower()
    if not lowered.startswith(prefixes):
        return None
    fitting = [p for p in prefixes if lowered.startswith(p) and not lowered[len(p) : len(p) + 1].isalnum()]
    return text[max(map(len, fitting)) :].strip() if fitting else None


def name_like(text: str, words: int = 7, characters: int = 60) -> bool:
    """Whether a line could be a commenter's name: short, and not a sentence."""
    if not text or len(text) > characters or "://" in text or len(text.split()) > words:
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
