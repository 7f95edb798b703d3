"""Texts cut into folded words, the way in which cues are written."""

import re
from typing import NamedTuple

from stance.scoring.automaton import BREAK

_FOLD = str.maketrans("‘’ʼ＇`´“”„«»", "''''''\"\"\"\"\"")
_TOKEN = re.compile(r"(?:[a-z]\.){2,}|\d+%|#\d+|[^\W_]+(?:'[^\W_]+)*|[.!?]+|\n|[=\u2190-\u2bff\U0001f000-\U0001faff]")
_QUOTE = re.compile(r'["\n]')


class Word(NamedTuple):
    """A word at ``text[start:end]``."""

    text: str  # folded; BREAK at the end of a sentence
    start: int
    end: int


def tokenize(text: str) -> tuple[Word, ...]:
    """Cut a text into folded words, with :data:`BREAK` where a sentence ends."""
    folded = _fold(text)
    words: list[Word] = []
    for found in _TOKEN.finditer(folded):
        word, start, end = found.group(), found.start(), found.end()
        if word[0] in ".!?\n":
            is_end = word != "." or end == len(folded) or folded[end].isspace()
            if is_end and words and words[-1].text != BREAK:
                words.append(Word(BREAK, start, end))
        else:
            words.append(Word(word.replace(".", ""), start, end))
    return tuple(words)


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
