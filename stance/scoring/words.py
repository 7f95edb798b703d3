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
