"""Texts cut into folded words, the way in which cues are written."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from stance.scoring.automaton import BREAK

_FOLD = str.maketrans("‘’ʼ＇`´“”„«»", "''''''\"\"\"\"\"")
_TOKEN = re.compile(
    r"((?:[a-z]\.){2,})|([.!?]+|\n)"
    r"|\d+%|#\d+|[^\W_]+(?:'[^\W_]+)*|[=\u2190-\u2bff\U0001f000-\U0001faff]"
)
_DOTTED = 1  # the group that an abbreviation is in; marks are in the other
_QUOTE = re.compile(r'["\n]')


class Words(NamedTuple):
    """The words of a text; the one at place ``k`` stands at ``text[starts[k]:ends[k]]``."""

    texts: Sequence[str]  # folded; BREAK at the end of a sentence
    starts: Sequence[int]
    ends: Sequence[int]
    breaks: Sequence[int]  # the places of BREAK


def tokenize(text: str) -> Words:
    """Cut a text into folded words, with :data:`BREAK` where a sentence ends."""
    folded = _fold(text)
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    breaks: list[int] = []
    for found in _TOKEN.finditer(folded):
        word, (start, end), kind = found[0], found.span(), found.lastindex
        if kind == _DOTTED:
            word = word.replace(".", "")
        elif kind:
            is_end = word != "." or end == len(folded) or folded[end].isspace()
            if not is_end or not texts or texts[-1] == BREAK:
                continue
            breaks.append(len(texts))
            word = BREAK
        texts.append(word)
        starts.append(start)
        ends.append(end)
    return Words(texts, starts, ends, breaks)


def quoted_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Find what stands between double quotation marks and has three words or more: other people's words."""
    spans: list[tuple[int, int]] = []
    opened = -1
    for found in _QUOTE.finditer(text.translate(_FOLD)):
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
    plain = text.translate(_FOLD)
    lower = plain.lower()
    if len(lower) == len(plain):
        return lower
    return "".join(char if len(char) == 1 else " " for char in map(str.lower, plain))
