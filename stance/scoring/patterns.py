"""Match thousands of word patterns against the sentences of a text.

A pattern is lower-case words with ``word*`` (any ending), `` .. `` (a gap of up to four words), ``(a|b c)``
(alternatives), ``(the)?`` (optional), the slots ``X`` and ``Y``, and ``<us>`` (any name of that target).

A pattern is tried only in sentences that hold a word of each of its parts that must match, and is found there by its
rarest part, so that thousands of patterns cost little more than a few. Multi-pattern search over characters, as of
pyahocorasick, knows neither gaps nor several readings of one word.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from stance.datamodels import grouped

BREAK = "\n"
"""Token that no pattern crosses: the end of a sentence."""

_LIMITS = {"characters": 5_000, "words in a row": 40, "optional letters": 4}  # Maximum of each in one pattern.

_GAP = -1
_ITEM = re.compile(r"\(([^()]*)\)(\??)(?=\s|$)|([^\s()]+)(?=\s|$)|(\S)")
_GROUP = re.compile(r"\([^()]*\)")
_WHOLE = re.compile(r"(?:\([^()]*\)|[^|()])+")
_PIECE = re.compile(r"<[a-z0-9_-]{1,40}>|[XY]|'s(?![^\W_])|\d+%|#\d+|[^\W_XY]+(?:['*?][^\W_XY]+)*[*?]*|\*|[^\w\s]")
_PUNCTUATION = frozenset("!:,.;?-'\"#")

Token = str | tuple[str, ...]
"""A folded word, :data:`BREAK`, or several readings of one place: words and slots."""


class PatternError(ValueError):
    """A pattern that cannot be compiled; ``args`` are the reason and the number of the pattern."""


class Match(NamedTuple):
    """Pattern number ``pattern`` matches ``tokens[start:end]``."""

    pattern: int
    start: int
    end: int


class PatternItem(NamedTuple):
    """One place in a pattern: words, or rows of words, of which one must match."""

    alternatives: tuple[str, ...]  # ``..`` alone is a gap
    is_optional: bool


class _Step(NamedTuple):
    """One place in a compiled pattern: rows of numbers of word sets, of which one must match, or a gap."""

    rows: tuple[tuple[int, ...], ...]
    is_optional: bool
    by_first: dict[int, list[tuple[int, ...]]]  # first word set of a row -> the others of each such row
    first: frozenset[int]


class _Pattern(NamedTuple):
    number: int
    steps: tuple[_Step, ...]
    first: frozenset[int]  # word sets with which it may begin
    required: frozenset[int]  # word sets that a sentence must hold
    choices: tuple[frozenset[int], ...]  # of each of these, it must hold one


_GAP_STEP = _Step(((_GAP,),), False, {}, frozenset())


class PatternSet:
    """Match all patterns at once.

    :param patterns: One line per pattern, numbered from 0 in the matches.
    :raises PatternError: If one cannot be compiled.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._sets: dict[frozenset[str], int] = {}
        self._names: dict[int, list[int]] = {}  # word set with names of targets -> word sets of those alone
        compiled: list[tuple[int, list[_Step]]] = []
        for number, line in enumerate(patterns):
            try:
                compiled += [(number, self._compile(items)) for items in parse_pattern(line)]
            except PatternError as error:
                raise PatternError(str(error), number) from None
        self._index_words()
        how_common: Counter[int] = Counter()  # of each word set, by how many others hold one of its words
        for numbers in self._exact.values():
            how_common.update(dict.fromkeys(numbers, len(numbers)))
        self._by_anchor: dict[int, list[_Pattern]] = defaultdict(list)
        for number, steps in compiled:
            pattern, anchors = _indexed(number, steps, how_common)
            for anchor in anchors:
                self._by_anchor[anchor].append(pattern)
        self._anchors = frozenset(self._by_anchor)
        self._sets_of = lru_cache(maxsize=100_000)(self._find_sets)

    def _compile(self, items: Iterable[PatternItem]) -> list[_Step]:
        steps: list[_Step] = []
        for item in items:
            pieces = [found for text in item.alternatives if (found := _pieces(text))]
            if not pieces:
                raise PatternError(f"({'|'.join(item.alternatives)}) names no word")
            if pieces == [("..",)]:
                if all(step.is_optional for step in steps):
                    raise PatternError("a gap at the beginning; expected a word before it")
                steps.append(_GAP_STEP)
                continue
            words = frozenset(piece for row in pieces if len(row) == 1 for piece in row)
            rows: list[tuple[int, ...]] = [(self._number(words),)] if words else []
            rows += [
                tuple(_GAP if piece == ".." else self._number(frozenset((piece,))) for piece in row)
                for row in pieces
                if len(row) > 1
            ]
            if (most := max(map(len, rows))) > _LIMITS["words in a row"]:
                raise PatternError(f"{most} words in a row; expected at most {_LIMITS['words in a row']}")
            by_first = grouped((row[0], row[1:]) for row in rows)
            steps.append(_Step(tuple(rows), item.is_optional, by_first, frozenset(by_first)))
        if all(step.is_optional or step is _GAP_STEP for step in steps):
            raise PatternError("nothing in it must match; expected at least one word")
        return steps

    def _number(self, words: frozenset[str]) -> int:
        """Number a set of words; the same set has one number."""
        if words not in self._sets:
            number = self._sets[words] = len(self._sets)
            if names := [word for word in words if word[0] == "<"]:
                self._names[number] = [self._number(frozenset((name,))) for name in names]
        return self._sets[words]

    def _index_words(self) -> None:
        """Index the word sets by their words, and by the beginnings of words with any ending."""
        self._exact: dict[str, list[int]] = defaultdict(list)
        self._globs: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for words, number in self._sets.items():
            for word in words:
                for spelled in (word,) if word.isalpha() else _spellings(word):
                    prefix, star, _ = spelled.partition("*")
                    if star and not prefix:
                        raise PatternError(f"{word!r} begins with *; expected at least one letter before it")
                    if star:
                        self._globs[prefix].append((spelled, number))
                    else:
                        self._exact[spelled].append(number)
        self._prefix_lengths = sorted(set(map(len, self._globs)))

    def find(self, tokens: Sequence[Token]) -> list[Match]:
        """Find every match, in order of their ends; of those of a pattern with one end, the longest."""
        found: dict[tuple[int, int], int] = {}
        bounds = [-1, *(place for place, token in enumerate(tokens) if token == BREAK), len(tokens)]
        for before, end in pairwise(bounds):
            first = before + 1
            held = list(map(self._sets_of, tokens[first:end]))
            for pattern, starts in self._candidates(held):
                for start in starts:
                    for reached in self._ends(pattern.steps, start, held):
                        found.setdefault((pattern.number, first + reached), first + start)
        return sorted((Match(number, start, end) for (number, end), start in found.items()), key=lambda each: each.end)

    def _candidates(self, held: Sequence[frozenset[int]]) -> Iterator[tuple[_Pattern, list[int]]]:
        """Yield the patterns that may match in a sentence, and where they may begin, in order.

        :param held: The word sets that hold each of its words.
        """
        everything = frozenset[int]().union(*held)
        chosen = {
            id(pattern): pattern
            for anchor in everything & self._anchors
            for pattern in self._by_anchor[anchor]
            if pattern.required <= everything and not any(map(everything.isdisjoint, pattern.choices))
        }
        first = frozenset[int]().union(*(pattern.first for pattern in chosen.values()))
        places: dict[int, list[int]] = defaultdict(list)
        for place, own in enumerate(held) if first else ():
            for number in own & first:
                places[number].append(place)
        for pattern in chosen.values():
            yield pattern, sorted({place for number in pattern.first & places.keys() for place in places[number]})

    def _ends(self, steps: Sequence[_Step], start: int, held: Sequence[frozenset[int]]) -> set[int]:
        """Return where a pattern that begins at a place may end."""
        fresh, waiting = {start}, set[int]()  # places reached by a word, and those inside a gap
        for step in steps:
            if step is _GAP_STEP:
                fresh, waiting = set(), waiting | _skipped(fresh, len(held))
                continue
            reached = self._step(step, fresh | waiting, held)
            fresh, waiting = (fresh | reached, waiting) if step.is_optional else (reached, set())
            if not (fresh or waiting):
                break
        return fresh - {start}

    def _step(self, step: _Step, places: set[int], held: Sequence[frozenset[int]]) -> set[int]:
        """Return the places behind each row of a step that begins at one of some places."""
        found: set[int] = set()
        for place in places:
            for number in step.first & held[place] if place < len(held) else ():
                behind = self._behind(number, place, held)
                for rest in step.by_first[number]:
                    reached = behind
                    for each in rest:
                        reached = (
                            _skipped(reached, len(held))
                            if each == _GAP
                            else {
                                end
                                for at in reached
                                if at < len(held) and each in held[at]
                                for end in self._behind(each, at, held)
                            }
                        )
                    found |= reached
        return found

    def _behind(self, number: int, place: int, held: Sequence[frozenset[int]]) -> set[int]:
        """Return the places behind a word, or behind the words of a name of a target."""
        found = {place + 1}
        for name in self._names.get(number, ()):
            at = place + 1
            # Maximum number of words of a name that ``<us>`` matches: "United States of America".
            while at < min(len(held), place + 4) and name in held[at]:
                at += 1
                found.add(at)
        return found

    def _find_sets(self, token: Token) -> frozenset[int]:
        """Return the word sets that hold a word, or one of its readings."""
        if isinstance(token, tuple):
            return frozenset[int]().union(*map(self._sets_of, token))
        found = set(self._exact.get(token, ()))
        for length in self._prefix_lengths:
            if length > len(token):
                break
            found.update(number for glob, number in self._globs.get(token[:length], ()) if fnmatchcase(token, glob))
        return frozenset(found)


def _skipped(places: Iterable[int], end: int) -> set[int]:
    """Return the places before an end that are reached through a gap."""
    # Maximum number of words that `` .. `` skips.
    return {at for place in places for at in range(place, min(place + 4 + 1, end))}


def _indexed(number: int, steps: Sequence[_Step], how_common: Counter[int]) -> tuple[_Pattern, frozenset[int]]:
    """Return a pattern with the word sets that a sentence must hold, and those by which it is found."""

    def rarest(row: Iterable[int]) -> int:
        return min((each for each in row if each != _GAP), key=how_common.__getitem__)

    needed = [step.rows for step in steps if not step.is_optional and step is not _GAP_STEP]
    required = frozenset(each for rows in needed if len(rows) == 1 for each in rows[0]) - {_GAP}
    anchors = [frozenset(map(rarest, rows)) for rows in needed]
    choices = tuple(each for each in anchors if len(each) > 1)
    first: set[int] = set()
    for step in steps:
        first |= step.first
        if not step.is_optional:
            break
    pattern = _Pattern(number, tuple(steps), frozenset(first), required, choices)
    return pattern, min(anchors, key=lambda each: sum(map(how_common.__getitem__, each)))


# Reading patterns -----------------------------------------------------------------------------------------------------


def parse_pattern(line: str) -> list[list[PatternItem]]:
    """Read a line of the pattern language: the whole patterns between its bars, each a row of items.

    :raises PatternError: If a parenthesis is misplaced, or the line is too long.
    """
    if len(line) > (most := _LIMITS["characters"]):
        raise PatternError(f"{len(line)} characters; expected at most {most}")
    if any(char in "()" for char in _GROUP.sub("", line)):
        raise PatternError("a parenthesis without its partner, or inside another; expected (a|b)")
    return [_parse_one(pattern) for pattern in _WHOLE.findall(line) if pattern.strip()]


def _parse_one(pattern: str) -> list[PatternItem]:
    items = []
    for group, optional, word, stray in _ITEM.findall(pattern):
        if stray:
            raise PatternError(f"{stray!r} where a word or group should begin")
        items.append(PatternItem(tuple((group or word).split("|")), bool(optional)))
    return items


def spellings(word: str) -> list[str]:
    """Spell out ``colou?r``: every way to write a word, endings (``*``) left out."""
    return [spelled.replace("*", "") for spelled in _spellings(word)]


@lru_cache(maxsize=20_000)
def _pieces(text: str) -> tuple[str, ...]:
    """Cut one alternative into words and slots, the way texts are cut."""
    if text.isalpha() and text.islower():
        return (text,)  # most are one plain word
    found = [piece for word in text.split() for piece in ([".."] if word == ".." else _PIECE.findall(word))]
    return tuple(piece for piece in found if piece not in _PUNCTUATION)


def _spellings(word: str) -> list[str]:
    """Expand ``colou?r`` into both spellings."""
    if "?" not in word:
        return [word]
    if word.count("?") > (most := _LIMITS["optional letters"]):
        raise PatternError(f"{word!r} has {word.count('?')} optional letters; expected at most {most}")
    spelled = [""]
    for part in re.findall(r"[^?]\??", word):
        spelled = [s + part[0] for s in spelled] + (spelled if part.endswith("?") else [])
    return spelled
