"""Texts cut into folded words, the way in which cues are written."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stance.scoring.automaton import BREAK

_FOLD = str.maketrans("‘’ʼ＇`´“”„«»", "''''''\"\"\"\"\"")
_TOKEN = re.compile(
    r"((?:[a-z]\.){2,})|([.!?]+|\n)"
    r"|\d+%|#\d+|[^\W_]+(?:'[^\W_]+)*|[=\u2190-\u2bff\U0001f000-\U0001faff]"
)
_DOTTED = 1  # the group that an abbreviation is in; marks are in the other
_QUOTE = re.compile(r'["“”„«»\n]')


def listed(*lines: str) -> frozenset[str]:
    """Give the words of some lines."""
    return frozenset(" ".join(lines).split())


_FUNCTION_WORDS = listed(
    "a about above across after again against ago ah all almost along already also although always am among an",
    "and another any anybody anyone anything anyway are aren't around as at away back be became because become",
    "been before behind being below beside besides between beyond both but by came can can't cannot come could",
    "couldn't did didn't do does doesn't doing don't done down during each either else enough etc even ever every",
    "everybody everyone everything exactly few for from further get gets getting go goes going gonna got had",
    "hadn't has hasn't have haven't having he he'd he'll he's hence her here hers herself him himself his how",
    "how's however i i'd i'll i'm i've if in indeed instead into is isn't it it'd it'll it's its itself just",
    "least less let let's like lot lots made make makes many may maybe me might mine more most much must my",
    "myself near need neither never next no nobody none noone nor not nothing now of off oh ok okay on once one",
    "ones only onto or other others our ours ourselves out over own per perhaps quite rather really same say says",
    "shall she she's should shouldn't since so some somebody someone something still such than that that's the",
    "their theirs them themselves then there there's therefore these they they'd they'll they're they've thing",
    "things this those though through thus till to too toward towards two under unless until up upon us very via",
    "want was wasn't we we'd we'll we're we've well went were weren't what what's when where whether which while",
    "who who's whoever whole whom whose why will with within without won't would wouldn't yes yet you you'd",
    "you'll you're you've your yours yourself yourselves",
)
"""Words that tell a reader nothing when they are shown alone."""

_MOST_KEPT, _LONGEST_KEPT = 50_000, 30
"""Pieces of texts that are remembered with their words, and the characters of one: most of them come again."""


class Words(NamedTuple):
    """The words of a text; the one at place ``k`` stands at ``text[starts[k]:ends[k]]``."""

    texts: Sequence[str]  # folded; BREAK at the end of a sentence
    starts: Sequence[int]
    ends: Sequence[int]
    breaks: Sequence[int]  # the places of BREAK


def tokenize(text: str) -> Words:
    """Cut a text into folded words, with :data:`BREAK` where a sentence ends."""
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    breaks: list[int] = []
    at = 0
    for piece in _fold(text).split(" "):
        for word, start, end in _PIECES[piece]:
            if word == BREAK:
                if not texts or texts[-1] == BREAK:
                    continue
                breaks.append(len(texts))
            texts.append(word)
            starts.append(at + start)
            ends.append(at + end)
        at += len(piece) + 1
    return Words(texts, starts, ends, breaks)


class _Pieces(dict[str, tuple[tuple[str, int, int], ...]]):
    """What stands between two blanks -> its words, with their places in it; nothing outside it bears on them."""

    def __missing__(self, piece: str) -> tuple[tuple[str, int, int], ...]:
        words = tuple(_cut(piece))
        if len(self) >= _MOST_KEPT:
            self.clear()
        if len(piece) <= _LONGEST_KEPT:
            self[piece] = words
        return words


_PIECES = _Pieces()


def _cut(piece: str) -> Iterator[tuple[str, int, int]]:
    for found in _TOKEN.finditer(piece):
        word, (start, end), kind = found[0], found.span(), found.lastindex
        if kind == _DOTTED:
            word = word.replace(".", "")
        elif kind:
            if word == "." and end < len(piece) and not piece[end].isspace():
                continue
            word = BREAK
        yield word, start, end


def says_something(word: str) -> bool:
    """Tell whether a folded word means something to a reader who sees it alone: no function word, no single letter."""
    return len(word) > 1 and word not in _FUNCTION_WORDS


def quoted_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Find what stands between double quotation marks and has three words or more: other people's words."""
    spans: list[tuple[int, int]] = []
    opened = -1
    for found in _QUOTE.finditer(text):
        at = found.start()
        if found.group() == "\n":
            opened = -1
        elif opened >= 0 and text.count(" ", opened, at) >= 2:
            spans.append((opened, at + 1))
            opened = -1
        else:
            opened = at
    return tuple(spans)


def _fold(text: str) -> str:
    """Lower case and plain quotation marks, at the same length, so that spans hold."""
    if text.isascii():
        return text.lower().replace("`", "'")
    plain = text.translate(_FOLD)
    lower = plain.lower()
    if len(lower) == len(plain):
        return lower
    return "".join(char if len(char) == 1 else " " for char in map(str.lower, plain))
