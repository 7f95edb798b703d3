"""Compile word patterns into one automaton, so that thousands of cues cost hardly more than a few.

A pattern is lower-case words with ``word*`` (any ending), `` .. `` (a gap of up to four words), ``(a|b c)``
(alternatives), ``(the)?`` (optional), the slots ``X`` and ``Y``, and ``<us>`` (any name of that target).

Words that lead to the same symbols share one class, which holds the ways on from the beginning of all patterns; so most
words of a text cost one look-up and one intersection of sets. Each state holds the position where its match began, the
first if there are several; a state before a gap stays active for five words. So time is linear in the text and nearly
independent of the number of patterns, and no text can make one word cost more than a bounded step.
"""

import hashlib
import json
import marshal
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple, TypeVar

from stance.resources import CUES, temporary_file

GAP_WORDS = 4
"""Maximum number of words that `` .. `` skips."""

BREAK = "\n"
"""The token that no pattern crosses: the end of a sentence."""

_MAX_PATTERN = 5_000  # characters; the longest shipped pattern has 1,300
_MAX_WORDS = 40  # words and gaps in one alternative; what a match can span stays bounded
_MAX_CACHED_WORDS = 100_000
_LONGEST_PREFIX = 40
_FARTHEST = GAP_WORDS + 2
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
    """One place in a pattern: words, or rows of words, of which one must match."""

    alternatives: tuple[str, ...]  # ``..`` alone is a gap
    is_optional: bool


_Ways = Mapping[int, tuple[int, ...]]
"""Symbol -> states that it leads to. The garbage collector does not track tuples of numbers."""


class _States(NamedTuple):
    """The ways on from some states."""

    ways: _Ways  # with the next word
    gap: _Ways  # behind a gap
    finals: tuple[int, ...]  # those that end a pattern


@dataclass(slots=True, eq=False)
class _WordClass:
    """The symbols of a word, those that may follow it in a pattern that it begins, and those it has as second word."""

    symbols: frozenset[int] = frozenset()
    leading: frozenset[int] = frozenset()
    gap_leading: frozenset[int] = frozenset()  # behind a gap
    second: frozenset[int] = frozenset()
    gap_second: frozenset[int] = frozenset()
    finals: tuple[int, ...] = ()  # states in which a pattern ends with it
    is_inert: bool = True  # it neither ends a pattern nor leads on behind a gap


_NOWHERE = _States({}, {}, ())
_NONE: frozenset[int] = frozenset()
_OF_BREAK = frozenset((-1,))  # in no pattern
_BREAK = _WordClass(_OF_BREAK)


class _Words(dict[Token, _WordClass]):
    """The classes of words; that of a new word is computed at its first look-up."""

    def __init__(self, find: Callable[[Token], _WordClass]) -> None:
        self._find = find

    def __missing__(self, token: Token) -> _WordClass:
        found = self[token] = self._find(token)
        return found


class PatternAutomaton:
    """Match all patterns at once.

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
        self._sets.clear()  # needed no more
        first = self._edges[0].items()
        self._second = {symbol: _united(map(self._edges.__getitem__, states)) for symbol, states in first}
        self._gap_second = {symbol: ways for symbol, states in first if (ways := self._behind_gap(states))}
        self._open()

    def _open(self) -> None:
        """Make ready to match, once all is compiled."""
        self._may_follow, self._may_follow_gap = (
            frozenset(chain.from_iterable(ways.values())) for ways in (self._second, self._gap_second)
        )
        self._prefix_lengths = sorted({len(prefix) for prefix in self._globs if len(prefix) <= _LONGEST_PREFIX})
        self._beginning = frozenset(self._edges[0])
        self._words = _Words(self._class)
        self._classes: dict[frozenset[int], _WordClass] = {_OF_BREAK: _BREAK}
        self._gaps: dict[_WordClass, _Ways] = {}
        self._pairs: dict[tuple[_WordClass, _WordClass], _States] = {}  # states behind both words

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
        """Let ``<us>`` match each word of a longer name; return the states behind the further words."""
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
        edges, lingering, owner = self._edges, self._lingering, self._owner
        classes = list(map(self._words.__getitem__, tokens))
        ahead: dict[int, dict[int, int]] = {}  # place -> states that are reached there -> where the match starts
        seconds, behind_gaps = [word.second for word in classes], [word.gap_second for word in classes]
        are_apart = map(frozenset.isdisjoint, [_BREAK.leading, *[word.leading for word in classes]], seconds)
        for i, (word, is_apart) in enumerate(zip(classes, are_apart, strict=False)):
            if is_apart and word.is_inert and i not in ahead:  # most
                continue
            pair = _NOWHERE if is_apart else self._pair(classes[i - 1], word)
            opened, leading, reached = word.finals, word.gap_leading, ahead.pop(i, None)
            if opened or pair.finals or reached:
                ends = dict.fromkeys(opened, i) | dict.fromkeys(pair.finals, i - 1)
                ends |= {state: start for state, start in (reached or {}).items() if state in owner}
                found += [Match(owner[state], ends[state], i + 1) for state in sorted(ends)]
            if leading and not all(map(leading.isdisjoint, behind_gaps[i + 1 : i + _FARTHEST])):
                _go_on(self._gap_behind(word), i, classes[i + 1 : i + _FARTHEST], i, ahead)
            if pair.gap:
                _go_on(pair.gap, i - 1, classes[i + 1 : i + _FARTHEST], i, ahead)
            if pair.ways:
                _go_on(pair.ways, i - 1, classes[i + 1 : i + 2], i, ahead)
            for state, start in reached.items() if reached else ():
                if state in lingering:
                    _go_on(edges[lingering[state]], start, classes[i + 1 : i + _FARTHEST], i, ahead)
                if ways := edges[state]:
                    _go_on(ways, start, classes[i + 1 : i + 2], i, ahead)
        return found

    def _pair(self, word: _WordClass, following: _WordClass) -> _States:
        """Return the states that two words reach from the beginning of patterns, with their ways on."""
        found = self._pairs.get((word, following))
        if found is None:
            if len(self._pairs) > _MAX_CACHED_WORDS:
                self._pairs.clear()
            ways = [self._second[symbol] for symbol in word.symbols & self._beginning if symbol in self._second]
            states = {state for each in ways for symbol in each.keys() & following.second for state in each[symbol]}
            going_on = _united(map(self._edges.__getitem__, states))
            found = _States(going_on, self._behind_gap(states), tuple(self._owner.keys() & states))
            self._pairs[word, following] = found
        return found

    def _behind_gap(self, states: Iterable[int]) -> _Ways:
        """Return the ways on from states behind a gap, put together."""
        return _united(self._edges[self._lingering[state]] for state in states if state in self._lingering)

    def _gap_behind(self, word: _WordClass) -> _Ways:
        """Return the ways on behind a gap from the states that a word reaches, put together."""
        found = self._gaps.get(word)
        if found is None:
            found = self._gaps[word] = _united(map(self._gap_second.get, word.symbols))
        return found

    def _class(self, token: Token) -> _WordClass:
        if len(self._words) > _MAX_CACHED_WORDS:
            self._words.clear()
            self._classes = {_OF_BREAK: _BREAK}
            self._gaps.clear()
            self._pairs.clear()
        if isinstance(token, tuple):
            symbols = frozenset(symbol for word in token for symbol in self._symbols_of(word))
        else:
            symbols = frozenset(self._symbols_of(token)) if token != BREAK else _OF_BREAK
        known = self._classes.get(symbols)
        if known is None:
            begun, second, gap_second = symbols & self._beginning, self._second, self._gap_second
            gap_leading = _NONE.union(*[gap_second[symbol] for symbol in begun if symbol in gap_second])
            states = chain.from_iterable(map(self._edges[0].__getitem__, begun))
            finals = tuple(filter(self._owner.__contains__, states))
            known = self._classes[symbols] = _WordClass(
                symbols,
                _NONE.union(*[second[symbol] for symbol in begun if symbol in second]),
                gap_leading,
                symbols & self._may_follow or _NONE,  # one empty set takes less memory than many
                symbols & self._may_follow_gap or _NONE,
                finals,
                not finals and not gap_leading,
            )
        return known

    def _symbols_of(self, word: str) -> list[int]:
        symbols = list(self._exact.get(word, ()))
        for length in self._prefix_lengths:
            if length > len(word):
                break
            for symbol, rest in self._globs.get(word[:length], ()):
                if _has_endings(word[length:], rest):
                    symbols.append(symbol)
        return symbols


def _go_on(ways: _Ways, start: int, following: Iterable[_WordClass], at: int, ahead: dict[int, dict[int, int]]) -> None:
    """Add the states to which ways lead from word ``at`` with one of those behind it, in the same sentence.

    Of matches that reach one state, that with the earliest start counts.
    """
    leading = ways.keys()
    for i, word in enumerate(following, at + 1):
        if word is _BREAK:
            return
        if word.symbols and not leading.isdisjoint(word.symbols):
            reached = ahead.setdefault(i, {})
            for symbol in leading & word.symbols:
                for state in ways[symbol]:
                    if reached.get(state, start) >= start:
                        reached[state] = start


def _united(several: Iterable[_Ways | None]) -> _Ways:
    """Put the ways out of several states together."""
    united: dict[int, tuple[int, ...]] = {}
    for ways in filter(None, several):
        for symbol, then in ways.items():
            united[symbol] = united.get(symbol, ()) + then
    return united


# Kept compiled --------------------------------------------------------------------------------------------------------

_ENOUGH_TO_KEEP = 500
"""Minimum number of patterns for which reading the tables is faster than compiling them."""

_MOST_KEPT = 16  # files
_LONGEST_KEPT = 50_000_000  # bytes
_DIGEST = hashlib.blake2b().digest_size
_TABLES = ("_edges", "_second", "_gap_second", "_lingering", "_owner", "_exact", "_globs")


def compile_patterns(patterns: Sequence[str]) -> PatternAutomaton:
    """Compile patterns, or read the tables that an earlier process compiled.

    They are kept in the format of Python's compiled modules, in ``__pycache__`` beside the shipped cues where that can
    be written; damaged ones are compiled again.

    :raises PatternError: If one cannot be compiled.
    """
    if len(patterns) < _ENOUGH_TO_KEEP:
        return PatternAutomaton(patterns)
    try:
        made_by = Path(__file__).read_bytes() + str(sys.implementation.cache_tag).encode()
    except OSError:  # this module is in an archive
        return PatternAutomaton(patterns)
    digest = hashlib.blake2b(made_by + json.dumps(patterns).encode(), digest_size=16).hexdigest()
    path = CUES / "__pycache__" / f"cues-{digest}"
    with suppress(OSError, ValueError), path.open("rb") as file:
        content = file.read(_LONGEST_KEPT)
        if hashlib.blake2b(content[_DIGEST:]).digest() == content[:_DIGEST]:
            found = PatternAutomaton(())
            for name, table in zip(_TABLES, marshal.loads(content[_DIGEST:]), strict=True):  # noqa: S302 - as modules are
                setattr(found, name, table)
            found._open()
            return found
    found = PatternAutomaton(patterns)
    tables = marshal.dumps([getattr(found, name) for name in _TABLES])
    with suppress(OSError):
        with temporary_file(path, rights=0o666) as place:
            place.write_bytes(hashlib.blake2b(tables).digest() + tables)
        for old in sorted(path.parent.glob("cues-*"), key=lambda each: each.stat().st_mtime)[:-_MOST_KEPT]:
            old.unlink(missing_ok=True)
    return found


def _append(numbers: dict[Key, tuple[int, ...]], key: Key, number: int) -> None:
    numbers[key] = (*numbers.get(key, ()), number)


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
    """Cut alternatives as texts are cut; return those of one word, and rows of several."""
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
