"""Word patterns compiled into one matcher, since thousands of cues must cost hardly more than a few.

A pattern is lower-case words with ``word*`` (any ending), `` .. `` (a gap of up to four words), ``(a|b c)``
(alternatives), ``(the)?`` (optional), the slots ``X`` and ``Y``, and ``<us>`` (any name of that target). All patterns
become one automaton over words. Each word of a text moves only those states that wait for it, which two set
intersections find; a state before a gap simply stays alive for five words. So the time is linear in the text, nearly
independent of the number of patterns, and no text can make one word cost more than a bounded step. Where a match starts
is found by walking back from its end.
"""

import re
from collections import deque
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

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

Token = str | tuple[str, ...]
"""A folded word, :data:`BREAK`, or several words and slots that stand at one place."""


class PatternError(ValueError):
    """A pattern that cannot be compiled; ``args`` are what was seen and the pattern's number."""


class Match(NamedTuple):
    """Pattern number ``pattern`` matches ``tokens[start:end]``."""

    pattern: int
    start: int
    end: int


class Item(NamedTuple):
    """One place in a pattern: words, or rows of words, of which one stands there."""

    alternatives: tuple[str, ...]  # ``..`` alone is a gap
    is_optional: bool


class _WordClass(NamedTuple):
    """What the automaton needs to know of a word."""

    symbols: frozenset[int]
    movers: frozenset[int]  # states that wait for the word
    starts: frozenset[int]  # states that the word reaches from the beginning of a pattern
    opening: frozenset[int]  # states that wait behind a gap after those
    finals: frozenset[int]  # those of them that end a pattern


class _Waiting(NamedTuple):
    """States before a gap."""

    states: AbstractSet[int]
    end: int  # the last word that may follow the gap


_NO_STATES: frozenset[int] = frozenset()


class PatternAutomaton:
    """All patterns at once: :meth:`find` gives every match in a sequence of words.

    :param patterns: One line per pattern, numbered from 0 in the matches.
    :raises PatternError: If one cannot be compiled.
    """

    def __init__(self, patterns: Iterable[str]) -> None:
        self._sets: dict[frozenset[str], int] = {}
        self._exact: dict[str, list[int]] = {}
        self._globs: dict[str, list[tuple[int, tuple[str, ...]]]] = {}
        self._edges: list[list[tuple[int, int]]] = [[]]  # state -> (symbol, next state)
        self._back: list[list[tuple[int, int]]] = [[]]  # state -> (symbol, previous state)
        self._lingering: dict[int, int] = {}  # state before a gap -> the state that stays alive through it
        self._before_gap: dict[int, list[int]] = {}  # the reverse
        self._owner: dict[int, int] = {}  # final state -> pattern
        for number, pattern in enumerate(patterns):
            try:
                self._compile(number, pattern)
            except PatternError as error:
                raise PatternError(str(error), number) from None
        self._sources = _sources(self._edges)
        self._prefix_lengths = sorted({len(prefix) for prefix in self._globs if len(prefix) <= _LONGEST_PREFIX})
        self._finals = frozenset(self._owner)
        self._gapped = frozenset(self._lingering)
        self._words: dict[Token, _WordClass] = {}
        self._pairs: dict[tuple[Token, Token], frozenset[int]] = {}

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
        """Let what is reached stay alive through a gap; two gaps around an optional part share their four words."""
        if 0 in frontier:
            raise PatternError("a gap at the beginning; expected a word before it")
        waiting = self._state()
        for state in frontier:
            for before in self._before_gap.get(state, [state]):
                self._lingering[before] = waiting
                self._before_gap.setdefault(waiting, []).append(before)
        return {waiting} | {state for state in frontier if state in self._before_gap}

    def _state(self) -> int:
        self._edges.append([])
        self._back.append([])
        return len(self._edges) - 1

    def _join(self, frontier: Iterable[int], symbol: int, state: int) -> None:
        for before in frontier:
            self._edges[before].append((symbol, state))
            self._back[state].append((symbol, before))

    def _symbol(self, words: Iterable[str]) -> int:
        """Number a set of words; the same set has one number."""
        key = frozenset(words)
        symbol = self._sets.get(key)
        if symbol is None:
            symbol = self._sets[key] = len(self._sets)
            for word in key:
                if word.isalpha():  # most are plain
                    self._exact.setdefault(word, []).append(symbol)
                    continue
                for spelled in _spellings(word):
                    self._enter(spelled, symbol)
        return symbol

    def _enter(self, word: str, symbol: int) -> None:
        if "*" not in word:
            self._exact.setdefault(word, []).append(symbol)
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
        known, finals = self._words, self._finals
        classes = [known.get(token) or self._class(token) for token in tokens]
        active: AbstractSet[int] = _NO_STATES  # states behind the second word of a pattern or later
        alive: deque[_Waiting] = deque()
        for i, word in enumerate(classes):
            if tokens[i] == BREAK:
                active = _NO_STATES
                alive.clear()
                continue
            while alive and alive[0].end < i:
                alive.popleft()
            active = self._move(word, active, alive)
            if i and classes[i - 1].starts:
                pair = tokens[i - 1], tokens[i]
                second = self._pairs.get(pair)
                if second is None:
                    second = self._second(pair, classes[i - 1], word)
                active = active | second if active else second
            opened = word.opening
            if gapped := active & self._gapped:
                opened = opened.union(self._lingering[state] for state in gapped)
            if opened:
                alive.append(_Waiting(opened, i + GAP_WORDS + 1))
            if word.finals or not active.isdisjoint(finals):
                ends = sorted(word.finals | (active & finals))
                found.extend(Match(self._owner[state], self._start(tokens, classes, state, i), i + 1) for state in ends)
        return found

    def _move(self, word: _WordClass, active: AbstractSet[int], alive: Iterable[_Waiting]) -> AbstractSet[int]:
        movers, symbols = word.movers, word.symbols
        if not movers:
            return _NO_STATES
        moving = active & movers
        for waiting in alive:
            if not waiting.states.isdisjoint(movers):
                moving = moving | (waiting.states & movers)
        if not moving:
            return _NO_STATES
        edges = self._edges
        return {then for state in moving for symbol, then in edges[state] if symbol in symbols}

    def _second(self, pair: tuple[Token, Token], first: _WordClass, second: _WordClass) -> frozenset[int]:
        """The states behind the first two words of patterns: most patterns die there, so pairs are remembered."""
        if len(self._pairs) > _MAX_CACHED_WORDS:
            self._pairs.clear()
        reached = self._pairs[pair] = frozenset(self._move(second, first.starts, ()))
        return reached

    def _class(self, token: Token) -> _WordClass:
        found = self._words.get(token)
        if found is None:
            if len(self._words) > _MAX_CACHED_WORDS:
                self._words.clear()
            words = token if isinstance(token, tuple) else (token,)
            found = self._words[token] = self._new_class(frozenset(s for word in words for s in self._symbols_of(word)))
        return found

    def _new_class(self, symbols: frozenset[int]) -> _WordClass:
        leading = [self._sources[symbol] for symbol in symbols]
        movers = frozenset(chain.from_iterable(leading)).difference((0,))
        starts = frozenset(chain.from_iterable(to[0] for to in leading if 0 in to))
        opening = frozenset(map(self._lingering.__getitem__, starts & self._gapped))
        return _WordClass(symbols, movers, starts, opening, starts & self._finals)

    def _symbols_of(self, word: str) -> list[int]:
        symbols = list(self._exact.get(word, ()))
        for length in self._prefix_lengths:
            if length > len(word):
                break
            for symbol, rest in self._globs.get(word[:length], ()):
                if _has_endings(word[length:], rest):
                    symbols.append(symbol)
        return symbols

    def _start(self, tokens: Sequence[Token], classes: Sequence[_WordClass], final: int, end: int) -> int:
        """Walk back to the earliest start of the match whose last word is ``tokens[end]``."""
        earliest, seen, todo = end, {(final, end)}, [(final, end)]
        while todo:
            state, i = todo.pop()
            befores = [before for symbol, before in self._back[state] if symbol in classes[i].symbols]
            if 0 in befores:
                earliest = min(earliest, i)
            for place in ((b, j) for before in befores for b, j in self._places(tokens, before, i)):
                if place not in seen:
                    seen.add(place)
                    todo.append(place)
        return earliest

    def _places(self, tokens: Sequence[Token], before: int, i: int) -> Iterable[tuple[int, int]]:
        """Where a state could have been reached, if token ``i`` follows it: right before, or across a gap."""
        reach = GAP_WORDS + 1 if before in self._before_gap else 1
        states = self._before_gap.get(before, [before])
        for j in range(i - 1, max(i - 1 - reach, -1), -1):
            if tokens[j] == BREAK:
                return
            yield from ((state, j) for state in states if state)


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


def _sources(edges: Sequence[Sequence[tuple[int, int]]]) -> list[dict[int, list[int]]]:
    """Turn the edges round: symbol -> state that waits for it -> where it leads."""
    count = 1 + max((symbol for leaving in edges for symbol, _ in leaving), default=-1)
    sources: list[dict[int, list[int]]] = [{} for _ in range(count)]
    for state, leaving in enumerate(edges):
        for symbol, then in leaving:
            sources[symbol].setdefault(state, []).append(then)
    return sources


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
    """Tell whether ``rest`` is what the stars of ``*parts[0]*parts[1]`` stand for; the last part ends the word."""
    at = 0
    for part in parts[:-1]:
        at = rest.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return rest.endswith(parts[-1]) and len(rest) - len(parts[-1]) >= at
