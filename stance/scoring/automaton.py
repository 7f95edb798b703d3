"""Compile word patterns into one automaton, so that thousands of cues cost hardly more than a few.

A pattern is lower-case words with ``word*`` (any ending), `` .. `` (a gap of up to four words), ``(a|b c)``
(alternatives), ``(the)?`` (optional), the slots ``X`` and ``Y``, and ``<us>`` (any name of that target).

Most partial matches end at their second word. Bit sets of the symbols that can follow a word find those quickly, so
most words of a text cost two look-ups. Each state holds the position where its match began, the first if there are
several; a state before a gap stays active for five words. So time is linear in the text and nearly independent of the
number of patterns, and no text can make one word cost more than a bounded step.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, reduce
from itertools import count
from operator import and_, or_
from typing import NamedTuple, TypeVar

GAP_WORDS = 4
"""Words that `` .. `` may skip."""

BREAK = "\n"
"""The token that no pattern crosses: the end of a sentence."""

_MAX_PATTERN = 5_000  # characters; the longest shipped pattern has 1,300
_MAX_WORDS = 40  # words and gaps in one alternative; what a match can span stays bounded
_MAX_CACHED_WORDS = 100_000
_LONGEST_PREFIX = 40
_NAME_WORDS = 4  # of a name that ``<us>`` stands for: "United States of America"

_ITEM = re.compile(r"\(([^()]*)\)(\??)(?=\s|$)|([^\s()]+)(?=\s|$)|(\S)")
_GROUP = re.compile(r"\([^()]*\)")
_WHOLE = re.compile(r"(?:\([^()]*\)|[^|()])+")
_PIECE = re.compile(r"<[a-z0-9_-]{1,40}>|'s(?![^\W_])|\d+%|#\d+|[^\W_]+(?:['*?][^\W_]+)*[*?]*|\*|[^\w\s]")
_PUNCTUATION = frozenset("!:,.;?-'\"#")
_SLOTS = ("X", "Y")

Key = TypeVar("Key", int, str)

Token = str | tuple[str, ...]
"""A folded word, :data:`BREAK`, or several words and slots that stand at one place."""


class PatternError(ValueError):
    """A pattern that cannot be compiled; ``args`` are the reason and the number of the pattern."""


class Match(NamedTuple):
    """Pattern number ``pattern`` matches ``tokens[start:end]``."""

    pattern: int
    start: int
    end: int


class Item(NamedTuple):
    """One place in a pattern: words, or rows of words, of which one stands there."""

    alternatives: tuple[str, ...]  # ``..`` alone is a gap
    is_optional: bool


_Ways = Mapping[int, tuple[int, ...]]
"""symbol -> states that it leads to; tuples of numbers, and what holds only such, cost the garbage collector nothing"""


class _States(NamedTuple):
    """The ways on from some states."""

    ways: _Ways  # with the next word
    gap: _Ways  # behind a gap
    finals: tuple[int, ...]  # those that end a pattern


@dataclass(frozen=True, slots=True, eq=False)
class _WordClass:
    """The symbols of a word and the ways on from it; words in the same sets are of one class."""

    number: int
    symbols: frozenset[int]
    firsts: tuple[_Ways, ...]  # out of the states that the word reaches from the beginning of a pattern
    gap: _Ways  # out of those states, behind a gap
    finals: tuple[int, ...]  # those of them that end a pattern
    followers: int  # bits of symbols that lead on from there
    gap_followers: int  # the same behind a gap
    second: int  # bits of the symbols of this word that may lead on from the first of a pattern
    gap_second: int  # the same behind a gap


_NOWHERE = _States({}, {}, ())
_OF_END = frozenset((-1,))  # in no pattern
_END = _WordClass(0, _OF_END, (), {}, (), 0, 0, 0, 0)


class PatternAutomaton:
    """All patterns at once: :meth:`find` gives every match in a sequence of words.

    :param patterns: One line per pattern, numbered from 0 in the matches.
    :raises PatternError: If one cannot be compiled.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._sets: dict[frozenset[str], int] = {}
        self._exact: dict[str, tuple[int, ...]] = {}
        self._globs: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        self._edges: list[dict[int, tuple[int, ...]]] = [{}]  # state -> symbol -> next states
        self._lingering: dict[int, int] = {}  # state before a gap -> the state that stays alive through it
        self._before_gap: dict[int, list[int]] = {}  # the reverse
        self._owner: dict[int, int] = {}  # final state -> pattern
        for number, pattern in enumerate(patterns):
            try:
                self._compile(number, pattern)
            except PatternError as error:
                raise PatternError(str(error), number) from None
        self._finals = frozenset(self._owner)
        self._firsts = {
            symbol: _united(self._edges[state] for state in states) for symbol, states in self._edges[0].items()
        }
        self._gaps = {state: self._edges[waiting] for state, waiting in self._lingering.items()}
        starts = set().union(*self._edges[0].values())
        self._bits = _numbered(self._firsts.values())
        self._gap_bits = _numbered(self._gaps[state] for state in self._gaps.keys() & starts)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._globs if len(prefix) <= _LONGEST_PREFIX})
        self._sets.clear()  # needed no more
        self._classes: dict[frozenset[int], _WordClass] = {_OF_END: _END}
        self._numbers = count(1)
        self._words: dict[Token, _WordClass] = {}
        self._pairs: dict[tuple[int, int], _States] = {}  # of numbers of classes

    # --- compiling -------------------------------------------------------------------------------------------------

    def _compile(self, number: int, line: str) -> None:
        for items in parse_pattern(line):
            self._compile_one(number, items)

    def _compile_one(self, number: int, items: Iterable[Item]) -> None:
        frontier: set[int] = {0}
        for item in items:
            reached = self._group(frontier, item.alternatives)
            frontier = frontier | reached if item.is_optional else reached
        if 0 in frontier:
            raise PatternError("nothing in it must match; expected at least one word")
        for state in frontier:
            self._owner[state] = number

    def _group(self, frontier: set[int], alternatives: Sequence[str]) -> set[int]:
        """Add alternatives: single words share one edge, longer ones have their own chain; all end in one state."""
        words, rows = _cut_alternatives(alternatives)
        if not words and not rows:
            raise PatternError(f"({'|'.join(alternatives)}) names no word")
        if words == [".."] and not rows:
            return self._gap(frontier)
        end = self._state()
        ends = {end}
        if words:
            self._join(frontier, self._symbol(words), end)
        for row in rows:
            self._join(self._chain(frontier, row[:-1]), self._symbol(row[-1:]), end)
        for word in (*words, *(row[-1] for row in rows)):
            if word[0] == "<":
                ends |= self._rest_of_name(word, end)
        return ends

    def _chain(self, frontier: set[int], pieces: Sequence[str]) -> set[int]:
        if len(pieces) > _MAX_WORDS:
            raise PatternError(f"{len(pieces)} words in a row; expected at most {_MAX_WORDS}")
        for piece in pieces:
            if piece == "..":
                frontier = self._gap(frontier)
                continue
            state = self._state()
            self._join(frontier, self._symbol([piece]), state)
            frontier = {state, *self._rest_of_name(piece, state)} if piece[0] == "<" else {state}
        return frontier

    def _rest_of_name(self, piece: str, state: int) -> set[int]:
        """Let ``<us>`` stand for a name of several words: each of them is one; give the states behind the others."""
        reached: set[int] = set()
        for _ in range(_NAME_WORDS - 1):
            further = self._state()
            self._join({state}, self._symbol([piece]), further)
            reached.add(further)
            state = further
        return reached

    def _gap(self, frontier: set[int]) -> set[int]:
        """Keep states alive through a gap; two gaps around an optional part share their four words."""
        if 0 in frontier:
            raise PatternError("a gap at the beginning; expected a word before it")
        waiting = self._state()
        for state in frontier:
            for before in self._before_gap.get(state, [state]):
                self._lingering[before] = waiting
                self._before_gap.setdefault(waiting, []).append(before)
        return {waiting} | {state for state in frontier if state in self._before_gap}

    def _state(self) -> int:
        self._edges.append({})
        return len(self._edges) - 1

    def _join(self, frontier: Iterable[int], symbol: int, state: int) -> None:
        for before in frontier:
            _append(self._edges[before], symbol, state)

    def _symbol(self, words: Iterable[str]) -> int:
        """Number a set of words; the same set has one number."""
        key = frozenset(words)
        symbol = self._sets.get(key)
        if symbol is None:
            symbol = self._sets[key] = len(self._sets)
            for word in key:
                if word.isalpha():  # most are plain
                    _append(self._exact, word, symbol)
                    continue
                for spelled in _spellings(word):
                    self._enter(spelled, symbol)
        return symbol

    def _enter(self, word: str, symbol: int) -> None:
        if "*" not in word:
            _append(self._exact, word, symbol)
            return
        prefix, *rest = word.split("*")
        if prefix:
            self._globs.setdefault(prefix, []).append((symbol, tuple(rest)))
        else:
            raise PatternError(f"{word!r} begins with *; expected at least one letter before it")

    # --- matching --------------------------------------------------------------------------------------------------

    def find(self, tokens: Sequence[Token]) -> list[Match]:
        """Find every match, in order of their ends."""
        found: list[Match] = []
        words, edges, gaps, owner, finals = self._words, self._edges, self._gaps, self._owner, self._finals
        classes = [words.get(token) or self._class(token) for token in tokens]
        seconds = self._seconds(classes)
        openings = _openings(classes)
        ahead: dict[int, dict[int, int]] = {}  # place -> states that are reached there -> where the match starts
        for i, word in enumerate(classes):
            if i not in seconds and i not in openings and i not in ahead:
                continue
            second, reached = seconds.get(i, _NOWHERE), ahead.pop(i, {})
            if word.finals or second.finals or not finals.isdisjoint(reached):
                ends = dict.fromkeys(word.finals, i) | dict.fromkeys(second.finals, i - 1)
                ends |= {state: start for state, start in reached.items() if state in owner}
                found.extend(Match(owner[state], ends[state], i + 1) for state in sorted(ends))
            following = classes[i + 1 : i + GAP_WORDS + 2]
            if word.gap and i in openings:
                _go_on(word.gap, i, following, i, ahead)
            if second.gap:
                _go_on(second.gap, i - 1, following, i, ahead)
            if second.ways:
                _go_on(second.ways, i - 1, following[:1], i, ahead)
            for state, start in reached.items():
                if state in gaps:
                    _go_on(gaps[state], start, following, i, ahead)
                if edges[state]:
                    _go_on(edges[state], start, following[:1], i, ahead)
        return found

    def _seconds(self, classes: Sequence[_WordClass]) -> dict[int, _States]:
        """Return the places of words that lead on behind the one before them, and where to."""
        known = self._pairs
        if len(known) > _MAX_CACHED_WORDS:
            known.clear()
        common = map(and_, [word.followers for word in classes], [word.second for word in classes[1:]])
        pairs = [(place, classes[place - 1], classes[place]) for place, both in enumerate(common, 1) if both]
        return {at: known.get((first.number, word.number)) or self._second(first, word) for at, first, word in pairs}

    def _second(self, first: _WordClass, word: _WordClass) -> _States:
        reached: dict[int, int] = {}
        for ways in first.firsts:
            _add_ways(ways, word.symbols, 0, reached)
        second = self._pairs[first.number, word.number] = self._together(reached)
        return second

    def _together(self, states: Collection[int]) -> _States:
        return _States(_united(self._edges[state] for state in states), self._gap_of(states), self._finals_of(states))

    def _gap_of(self, states: Iterable[int]) -> _Ways:
        return _united(self._gaps[state] for state in self._gaps.keys() & states)

    def _finals_of(self, states: Iterable[int]) -> tuple[int, ...]:
        return tuple(self._finals.intersection(states))

    def _class(self, token: Token) -> _WordClass:
        if len(self._words) > _MAX_CACHED_WORDS:
            self._words.clear()
            self._classes = {_OF_END: _END}
            self._pairs.clear()
        words = token if isinstance(token, tuple) else (token,)
        symbols = _OF_END if token == BREAK else frozenset(s for word in words for s in self._symbols_of(word))
        known = self._classes.get(symbols)
        if known is None:
            known = self._classes[symbols] = self._new_class(symbols)
        self._words[token] = known
        return known

    def _new_class(self, symbols: frozenset[int]) -> _WordClass:
        opening = symbols & self._firsts.keys()
        firsts = tuple(ways for symbol in opening if (ways := self._firsts[symbol]))
        starts = [state for symbol in opening for state in self._edges[0][symbol]]
        gap = self._gap_of(starts)
        return _WordClass(
            number=next(self._numbers),
            symbols=symbols,
            firsts=firsts,
            gap=gap,
            finals=self._finals_of(starts),
            followers=_bits(self._bits, frozenset().union(*firsts)),
            gap_followers=_bits(self._gap_bits, gap),
            second=_bits(self._bits, symbols),
            gap_second=_bits(self._gap_bits, symbols),
        )

    def _symbols_of(self, word: str) -> list[int]:
        symbols = list(self._exact.get(word, ()))
        for length in self._prefix_lengths:
            if length > len(word):
                break
            for symbol, rest in self._globs.get(word[:length], ()):
                if _has_endings(word[length:], rest):
                    symbols.append(symbol)
        return symbols


def _openings(classes: Sequence[_WordClass]) -> frozenset[int]:
    """Return the places of words that end a pattern, or with which one begins that goes on behind a gap."""
    later = [word.gap_second for word in classes]
    return frozenset(
        place
        for place, word in enumerate(classes)
        if word.finals
        or (word.gap_followers and word.gap_followers & reduce(or_, later[place + 1 : place + GAP_WORDS + 2], 0))
    )


def _go_on(ways: _Ways, start: int, following: Iterable[_WordClass], at: int, ahead: dict[int, dict[int, int]]) -> None:
    """Add the states to which ways lead from word ``at`` with one of those behind it, in the same sentence."""
    for i, word in enumerate(following, at + 1):
        if word is _END:
            return
        if not ways.keys().isdisjoint(word.symbols):
            _add_ways(ways, word.symbols, start, ahead.setdefault(i, {}))


def _numbered(several: Iterable[_Ways]) -> dict[int, int]:
    """Number the symbols that lead out of several states."""
    return {symbol: number for number, symbol in enumerate(sorted(set().union(*several)))}


def _bits(numbers: Mapping[int, int], symbols: Collection[int]) -> int:
    """Return a number in which the bits of symbols are set; those without a number have none."""
    return reduce(or_, [1 << numbers[symbol] for symbol in numbers.keys() & symbols], 0)


def _united(several: Iterable[_Ways]) -> _Ways:
    """Put the ways out of several states together."""
    leading = [ways for ways in several if ways]
    if len(leading) < 2:  # most
        return leading[0] if leading else {}
    united: dict[int, tuple[int, ...]] = {}
    for ways in leading:
        for symbol, then in ways.items():
            united[symbol] = united.get(symbol, ()) + then
    return united


def _append(numbers: dict[Key, tuple[int, ...]], key: Key, number: int) -> None:
    numbers[key] = (*numbers.get(key, ()), number)


def _add_ways(ways: _Ways, symbols: frozenset[int], start: int, reached: dict[int, int]) -> None:
    """Add the states to which symbols lead, each with the earliest start."""
    for symbol in ways.keys() & symbols:
        for state in ways[symbol]:
            reached[state] = min(start, reached.get(state, start))


def parse_pattern(line: str) -> list[list[Item]]:
    """Read a line of the pattern language: the whole patterns between its bars, each a row of items.

    :raises PatternError: If a parenthesis is misplaced, or the line is too long.
    """
    if len(line) > _MAX_PATTERN:
        raise PatternError(f"{len(line)} characters; expected at most {_MAX_PATTERN}")
    if any(char in "()" for char in _GROUP.sub("", line)):
        raise PatternError("a parenthesis without its partner, or inside another; expected (a|b)")
    return [_parse_one(pattern) for pattern in _WHOLE.findall(line) if pattern.strip()]


def _parse_one(pattern: str) -> list[Item]:
    items = []
    for group, optional, word, stray in _ITEM.findall(pattern):
        if stray:
            raise PatternError(f"{stray!r} where a word or group should begin")
        items.append(Item(tuple((group or word).split("|")), bool(optional)))
    return items


def spellings(word: str) -> list[str]:
    """Spell out ``colou?r``: every way to write a word, endings (``*``) left out."""
    return [spelled.replace("*", "") for spelled in _spellings(word)]


def _cut_alternatives(alternatives: Iterable[str]) -> tuple[list[str], list[list[str]]]:
    """Cut alternatives into words and slots, the way texts are cut; give those of one word, and rows of several."""
    words: list[str] = []
    rows: list[list[str]] = []
    for text in alternatives:
        if text.isalpha() and text.islower():
            words.append(text)  # most are one plain word
        elif len(found := _pieces(text)) == 1:
            words += found
        elif found:
            rows.append(found)
    return words, rows


def _pieces(text: str) -> list[str]:
    """Cut one alternative into words and slots, the way texts are cut."""
    return [piece for word in text.split() for piece in _word_pieces(word)]


@lru_cache(maxsize=20_000)
def _word_pieces(word: str) -> tuple[str, ...]:
    if word == "..":
        return (word,)
    parts = re.split(r"([XY])", word)
    found = [piece for part in parts for piece in ([part] if part in _SLOTS else _PIECE.findall(part))]
    return tuple(piece for piece in found if piece not in _PUNCTUATION)


def _spellings(word: str) -> list[str]:
    """Expand ``colou?r`` into both spellings."""
    if "?" not in word:
        return [word]
    if word.count("?") > 4:
        raise PatternError(f"{word!r} has {word.count('?')} optional letters; expected at most four")
    spelled = [""]
    for part in re.findall(r"[^?]\??", word):
        spelled = [s + part[0] for s in spelled] + (spelled if part.endswith("?") else [])
    return spelled


def _has_endings(rest: str, parts: Sequence[str]) -> bool:
    """Return whether ``rest`` matches ``*parts[0]*parts[1]``; the last part ends the word."""
    at = 0
    for part in parts[:-1]:
        at = rest.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return rest.endswith(parts[-1]) and len(rest) - len(parts[-1]) >= at
