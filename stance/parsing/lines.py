"""Split text dumps into lines, describe each by itself, and undo the line breaks of text browsers.

A dump has lost its tags; what remains is the form of its lines. Everything here looks at one line (and the blank lines
above it), in time linear in its length.
"""

import re
import zlib
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from functools import cache, lru_cache, wraps
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeVar
from unicodedata import category

from stance.resources import DATA, LatePattern, shipped_arrays

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]


CUE_CHARACTERS = 200
"""Maximum characters of a line that are compared with cues."""
IDEOGRAPHS = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
RAGGED = 12
"""Columns that a cut line falls short of the width at most: the length of a word."""
CUT_LINES = 8
OUTLIERS = 0.02
"""Lines beyond the width: those that a program would not cut, such as tables."""
UNBREAKABLE = 40
"""A word as long as this, an address, may stand out of the width."""
LINK_NUMBER = re.compile(r"\[\d{1,4}\](?!\()")
HEADING = re.compile(r"#{1,6}\s+(?=\S)")
STAR = re.compile(r"[*+-]\s+(?=\S)")
EMPHASIS = re.compile(r"(?<!\w)(?:\*\*|__)(?=\S)|(?<=\S)(?:\*\*|__)(?!\w)")
QUOTE_MARKS = re.compile(r"(?:>\s?){0,20}")
WORD_OR_SIGN = re.compile(r"\w+|[^\w\s]")


Value = TypeVar("Value")


_NUMBER = re.compile(r"\d{1,4}[.)]\s+(?=\S)")
_BULLET = re.compile(r"(?:[•◦▪‣●○■□◎☆]\s*|[*+]\s+)+(?=\S)|[•◦▪‣●○■]\s*")
_DIGIT, _DIGITS = re.compile(r"\d"), re.compile(r"\d+")
_UNSPACED = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
"""Letters of Japanese, Chinese and Korean, which stand beside numbers without a blank."""
_NUMBERS = re.compile(rf"(?<![^\W{_UNSPACED}])\d+(?: \d+)*(?![^\W{_UNSPACED}])")
INITIALS = 2
"""Maximum number of letters in place of a picture."""

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


class fact(Generic[Value]):  # noqa: N801 (a decorator)
    """Make a property of a line that is worked out once; ``cached_property`` takes a lock before Python 3.12."""

    def __init__(self, read: "Callable[[Line], Value]") -> None:
        self._read, self._name = read, read.__name__

    def __get__(self, line: "Line", _: object = None) -> Value:
        """Work it out; the next time it is found in the line itself."""
        value: Value = self._read(line)
        line.__dict__[self._name] = value
        return value


def once(read: "Callable[[Line], Value]") -> "Callable[[Line], Value]":
    """Make a function of a line keep its answer in the line."""
    name = f"{read.__module__}.{read.__name__}"

    @wraps(read)
    def known(line: "Line") -> Value:
        facts = line.__dict__
        if name not in facts:
            facts[name] = read(line)
        value: Value = facts[name]
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

    @fact
    def key(self) -> str:
        """Return the words of the line in lower case, for looking up cues."""
        return line_key(self.text)

    @fact
    def cue(self) -> str:
        """Return the key with ``#`` for its numbers."""
        return _NUMBERS.sub("#", self.key) if _DIGIT.search(self.key) else self.key

    @fact
    def opening(self) -> str:
        """Return the first word of the cue."""
        return self.cue.partition(" ")[0]

    @property
    def full(self) -> str:
        """Return the text with its number, where it has one."""
        return self.number + self.text

    @fact
    def words(self) -> int:
        """Count the words of the line."""
        words = len(self.text.split())
        # Characters of a word in Japanese and Chinese, which write no blanks between words, as far as they are
        # counted.
        return words if self.text.isascii() else words + len(IDEOGRAPHS.findall(self.text)) // 2

    @fact
    def ends_sentence(self) -> bool:
        """Return whether the line ends as a sentence does."""
        return bool(_SENTENCE_END.search(self.text[-6:]))

    @fact
    def truncated(self) -> bool:
        """Return whether the line breaks off, as teasers do."""
        return self.text.endswith(("...", "…", "[…]", "[...]")) and self.words >= 5

    @fact
    def has_letters(self) -> bool:
        """Return whether the line says anything; counters, rules and paging do not."""
        return any(map(str.isalpha, self.text))

    @fact
    def prose(self) -> bool:
        """Return whether the line reads as a paragraph: a sentence, or so long that it is no heading."""
        return (self.words >= 6 and self.ends_sentence) or self.words >= 20 or len(self.text) >= 160


def split_lines(text: str) -> tuple[Line, ...]:
    """Split a text into its lines; blank ones are counted in ``gap`` and dropped."""
    lines: list[Line] = []
    facts: dict[str, dict[str, Any]] = {}  # equal lines share what is known of them
    start = position = newlines = 0
    for whole in text.splitlines(keepends=True):
        content = whole.strip()
        if content or (len(whole) > 1 and whole != "\r\n"):  # not empty; of blanks, perhaps
            newlines += text.count("\n", position, start) or text.count("\r", position, start)
            position = start
        if content:
            indent = 0 if whole[0] == content[0] else whole.index(content[0])
            gap = newlines - 1 if lines and newlines else newlines
            lines.append(_line(content, start + indent, indent, gap))
            lines[-1].__dict__ = facts.setdefault(content, {})
            newlines = 0
        start += len(whole)
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


def prose_words(lines: Iterable[Line]) -> int:
    """Count the words of the paragraphs among some lines."""
    return sum(line.words for line in lines if line.prose)


def words_of(text: str) -> list[str]:
    """Return the words of a text, with digits."""
    return text.encode().translate(_WORDS_ONLY).decode().split() if text.isascii() else _WORD_RUNS.findall(text)


def letter_words(text: str) -> list[str]:
    """Return the words of a text in lower case, without digits."""
    text = text.lower()
    return text.encode().translate(_LETTERS_ONLY).decode().split() if text.isascii() else _LETTER_RUNS.findall(text)


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


def mask_numbers(text: str) -> str:
    """Write ``#`` for each number of a text."""
    return _DIGITS.sub("#", text)


def numbered(names: Sequence[Hashable]) -> list[int]:
    """Number the different names, in their order."""
    known: dict[Hashable, int] = {}
    return [known.setdefault(name, len(known)) for name in names]


def name_like(text: str, words: int = 7, characters: int = 60) -> bool:
    """Return whether a line could be a commenter's name: short, and not a sentence."""
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


def unwrap_lines(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Join the lines that a program has cut at a width, and take off its marks of links.

    A page is changed only where its form as a whole says so: lines that end where the next word would not have fitted,
    a list of references that explains the numbers, links in brackets. Spans still count characters of the saved page.
    """
    lines = _without_numbered_links(lines)
    width = wrap_width(lines)
    return _without_markup(_joined(lines, width) if width else lines)


WIDTHS = range(56, 101)
"""Columns at which programs cut: 72 (mail), 78 (Markdown writers), 80 (terminals), with their indents."""


MARKS = 3
"""Links in brackets, or with a number, that make a page one that marks links."""

_REFERENCES = {"references": "references", "visible": "visible links"}
"""Lines above a list that explains the numbers of links, by their first words."""
_ADDRESS = re.compile(r"(?:https?|ftp|mailto|file):")
_LINK = re.compile(r"(!?)\[([^\[\]]{0,300})\]\(<?[^()<>\s]{0,500}>?(?:\s\"[^\"]{0,200}\")?\)")


def wrap_width(lines: Sequence[Line]) -> int | None:
    """Return the column at which the lines of a page were cut; None where they were not."""
    beyond = (line for line in lines if _width(line) >= WIDTHS.stop and not _unbreakable(line))
    if next(islice(beyond, int(len(lines) * OUTLIERS) + 1, None), None):
        return None  # more than the outliers, as on most pages
    widths = sorted(_width(line) for line in lines if not _unbreakable(line))
    if len(widths) < CUT_LINES:
        return None
    outliers = int(len(widths) * OUTLIERS)
    longest = dict.fromkeys(
        (widths[-1 - outliers], widths[-2 - outliers])
    )  # of a short page, none or one is an outlier
    # Columns from which a line is long enough to tell.
    going_on = [(a, b) for a, b in pairwise(lines) if not b.gap and _width(a) >= 40]
    return next((width for width in longest if width in WIDTHS and _are_cut(going_on, width)), None)


def _are_cut(going_on: Sequence[tuple[Line, Line]], width: int) -> bool:
    """Return whether lines that go on in the next end where its first word would not have fitted."""
    cut = sum(width - RAGGED <= _width(a) <= width and _is_cut(a, b, width) for a, b in going_on)
    # The same for a short page, which has fewer of them: nearly all must.
    # So many lines, and this share of the longer lines that go on, end where the next word would not have fitted.
    needed = 0.5 if cut >= CUT_LINES else 0.85
    return cut >= 5 and cut >= needed * len(going_on)


def _width(line: Line) -> int:
    return line.indent + line.end - line.start


def _unbreakable(line: Line) -> bool:
    return len(line.text) >= UNBREAKABLE and max(map(len, line.text.split())) >= UNBREAKABLE


def _is_cut(line: Line, following: Line, width: int) -> bool:
    """Return whether the first word of the next line would not have fitted."""
    return _width(line) + 1 + len(QUOTE_MARKS.sub("", following.text, count=1).split(" ", 1)[0]) > width


def _joined(lines: Sequence[Line], width: int) -> tuple[Line, ...]:
    """Join the lines that were cut; a line's text is gathered before it is joined, so the cost is linear."""
    groups: list[list[Line]] = []
    for line in lines:
        if groups and _goes_on(groups[-1], line, width):
            groups[-1].append(line)
        else:
            groups.append([line])
    return tuple(_join(group) for group in groups)


def _goes_on(group: Sequence[Line], line: Line, width: int) -> bool:
    above = group[-1]
    if line.gap or line.bullet or line.indent < group[0].indent or _marks(above) != _marks(line):
        return False
    if STAR.match(line.text) or HEADING.match(line.text) or (line.number and line.indent <= group[0].indent):
        return False
    near = _width(above) > width - 2 * RAGGED or _is_open(above.text)
    return near and _is_cut(above, line, width)


def _is_open(text: str) -> bool:
    """Return whether a link begins in a line and does not end in it."""
    return text.count("[") > text.count("]") or text.count("](") > text.count(")")


def _marks(line: Line) -> str:
    """Return the quotation marks that a line begins with."""
    found = QUOTE_MARKS.match(line.text)
    return found[0].replace(" ", "") if found else ""


def _join(group: Sequence[Line]) -> Line:
    if len(group) == 1:
        return group[0]
    rest = (QUOTE_MARKS.sub("", line.full, count=1) for line in group[1:])
    return group[0]._replace(end=group[-1].end, text=" ".join((group[0].text, *rest)))


def _without_numbered_links(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Take off the numbers of links where the page ends in the list that explains them."""
    named = ((i, _REFERENCES.get(lines[i].opening)) for i in range(len(lines) - 1, -1, -1))
    end = next((i for i, name in named if name and lines[i].key == name), None)
    if end is None or end + 1 == len(lines):
        return tuple(lines)
    listed = sum(bool(_ADDRESS.match(line.text)) for line in lines[end + 1 :])
    marked = sum(bool(LINK_NUMBER.search(line.text)) for line in lines[:end])
    if marked < MARKS or listed < MARKS or listed * 2 < len(lines) - end - 1:
        return tuple(lines)
    return with_texts([(line, LINK_NUMBER.sub("", line.text).strip()) for line in lines[:end]])


def _without_markup(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Take off the marks of Markdown where the page has links in its form."""
    if sum("](" in line.text and bool(_LINK.search(line.text)) for line in lines) < MARKS:
        return tuple(lines)
    starred = (line._replace(bullet=True) if STAR.match(line.text) else line for line in lines)
    return with_texts([(line, _plain(line.text)) for line in starred])


def _plain(text: str) -> str:
    text = HEADING.sub("", text, count=1) if HEADING.match(text) else text
    text = STAR.sub("", text, count=1) if STAR.match(text) else text
    text = _LINK.sub(lambda link: "" if link[1] else link[2], text)
    return re.sub(r"\\([-.\[\]*_#+>!(){}`])", r"\1", EMPHASIS.sub("", _LINK.sub(lambda link: link[2], text))).strip()


def with_texts(pairs: Sequence[tuple[Line, str]]) -> tuple[Line, ...]:
    """Replace the texts of lines; the blank lines above one without text are those of the next."""
    kept: list[Line] = []
    gap = 0
    for line, text in pairs:
        gap = max(gap, line.gap)
        if text:
            kept.append(line if text == line.text and gap == line.gap else line._replace(text=text, gap=gap))
            gap = 0
    return tuple(kept)


# Characters -----------------------------------------------------------------------------------------------------------

_TESTS = (str.isspace, str.isupper, str.islower, str.isalpha, str.isdigit, str.isdecimal, is_mark)


@cache
def _known_kinds() -> "NDArray[np.uint8]":
    """Return the kinds of all characters: a bit for each test, and one for those that were tested, when first seen."""
    import numpy as np

    return np.zeros(0x110000, dtype=np.uint8)


class Characters:
    """The characters of some texts, with a line feed behind each, as arrays: all texts are counted at once."""

    def __init__(self, texts: Sequence[str]) -> None:
        import numpy as np

        codes = np.frombuffer("\n".join((*texts, "")).encode("utf-32-le", "surrogatepass"), dtype="<u4")
        known = _known_kinds()
        for code in set(codes[known[codes] == 0].tolist()):
            known[code] = 1 + sum(2 << i for i, test in enumerate(_TESTS) if test(chr(code)))
        self._kinds, self.sizes = known[codes], np.array([*map(len, texts)], dtype=int)
        self._ends = np.cumsum(self.sizes + 1) - 1
        self.starts = self._ends - self.sizes

    def are(self, test: Callable[[str], bool]) -> "Flags":
        """Return for each character whether it passes one of the tests."""
        passed: Flags = self._kinds & (2 << _TESTS.index(test)) != 0
        return passed

    @staticmethod
    def begins(chosen: "Flags") -> "Flags":
        """Return for each character whether a run of chosen ones begins there."""
        begins = chosen.copy()
        begins[1:] &= ~chosen[:-1]
        return begins

    def count(self, chosen: "Flags", most: int = 2**31) -> "Indices":
        """Count the chosen characters of each text, or of its first ones."""
        import numpy as np

        sums = np.zeros(len(chosen) + 1, np.int32)
        np.cumsum(chosen, out=sums[1:])
        counts: Indices = sums[np.minimum(self._ends, self.starts + most)] - sums[self.starts]
        return counts


# Lines like those of comments -----------------------------------------------------------------------------------------

# Lines of comments, of articles and of the rest of pages differ in their words: who comments speaks to somebody. A
# logistic regression on hashed words tells them apart on sites that it did not learn from
# (``research/training/train_lines.py``).

TALK_MODEL = DATA / "blocks" / "talk.npz"

WORD_BUCKETS = 2**15
"""Number of numbers that words are hashed to."""


LARGEST_RATING, MOST_RATINGS = 8.0, 8192
"""Maximum rating, and its negative the minimum; number of ratings that are kept."""


def talk_words(lines: Sequence[str]) -> "tuple[Indices, Indices]":
    """Return the buckets of the different words and signs of lines, with the number of the line of each."""
    import numpy as np

    found = [set(map(_bucket_of, WORD_OR_SIGN.findall(line))) for line in lines]
    return np.repeat(np.arange(len(found)), [*map(len, found)]), np.array([*chain.from_iterable(found)], dtype=int)


@lru_cache(maxsize=32_768)
def _bucket_of(token: str) -> int:
    return zlib.crc32(token.encode(errors="surrogatepass")) % WORD_BUCKETS


def talk_signs(lines: Sequence[str]) -> "Floats":
    """Return the numbers of lines that do not depend on their words, each in [0, 1] or little more."""
    import numpy as np

    signs = Characters(lines)
    in_words, upper, lower = ~signs.are(str.isspace), signs.are(str.isupper), signs.are(str.islower)
    begins = signs.begins(in_words)
    places, loud = np.flatnonzero(begins), np.zeros_like(begins)  # words of capitals, but for those of one letter
    loud[places] = np.logical_or.reduceat(upper, places) & ~np.logical_or.reduceat(lower, places) & in_words[places + 1]
    words = signs.count(begins)
    return np.stack([
        *(np.log1p(words) / 5, lower[signs.starts], [line.rstrip()[-1:] in ".!?…" for line in lines]),
        signs.count(signs.are(str.isdigit)) / np.maximum(signs.sizes, 1),
        *(signs.count(each) / np.maximum(words, 1) for each in (begins & upper, loud)),
    ], axis=1)  # fmt: skip


known_ratings: dict[str, float] = {}
"""Ratings of the latest lines: a page is rated as it is, and by its comments."""


def rate_talk(lines: Iterable[str]) -> list[float | None]:
    """Rate how much lines are like those of comments.

    :return: For each line the log odds in [-8, 8]; None for one of fewer than four words.
    """
    lines = list(lines)
    if len(known_ratings) > MOST_RATINGS:
        known_ratings.clear()
    new = [line for line in dict.fromkeys(lines) if line.count(" ") >= 3 and line not in known_ratings]
    known_ratings.update(zip(new, _rated([line[:1_500] for line in new]), strict=True) if new else ())
    return [*map(known_ratings.get, lines)]


def talk_of(texts: Iterable[str]) -> list[float]:
    """Return the ratings of the lines of texts that are long enough."""
    return [rating for rating in rate_talk(line for text in texts for line in text.split("\n")) if rating is not None]


def _rated(lines: Sequence[str]) -> list[float]:
    import numpy as np

    weights, (owners, buckets) = shipped_arrays(TALK_MODEL)["weights"].astype(float), talk_words(lines)
    sizes = np.bincount(owners, minlength=len(lines)).clip(1)
    found = np.bincount(owners, weights[buckets], len(lines)) / np.sqrt(sizes)
    found += talk_signs(lines) @ weights[WORD_BUCKETS:-1] + weights[-1]
    rated: list[float] = found.clip(-LARGEST_RATING, LARGEST_RATING).tolist()
    return rated
