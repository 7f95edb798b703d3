"""What word columns are made of: texts in lower case, with a mask where any target is named.

So nothing that is learned from words belongs to one target. What one word does to its text is told from a small part of
it, the word and its neighbours: all else is cut and hashed as before.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from typing import NamedTuple

from stance.scoring.clauses import Span, clauses_around, clauses_without
from stance.scoring.hashing import WORD
from stance.scoring.instances import Instance

MASKS = ("xtarget", "xother")

_MAX_CHARACTERS = 20_000  # of one text that words are taken from
_CHUNK = re.compile(r"\S+")


class Masked(NamedTuple):
    """The texts that words are counted in."""

    text: str
    around: str  # the clauses that speak of the target; the whole text where it does not name it


class Change(NamedTuple):
    """Parts of masked texts, and what they are without a word; outside of them all is the same."""

    before: Masked
    after: Masked


def mask(instance: Instance) -> Masked:
    """Mask a text, and the clauses in it that speak of its target."""
    return Masked(*(_joined(instance, spans) for spans in _parts(instance)))


def changes_without(instance: Instance, words: Sequence[Span]) -> list[Change]:
    """Take each of some words from a text.

    :param words: Spans that no mention overlaps.
    """
    own = instance.own_mentions
    texts = [_MaskedText(instance, spans) for spans in _parts(instance)]
    changes = []
    for start, end in words:
        parts = [text.without(start, end) for text in texts]
        if own and (left := clauses_without(instance.text, (start, end), own)) != texts[1].spans:
            rest = instance.text[:start] + " " * (end - start) + instance.text[end:]
            parts[1] = texts[1].text, _joined(replace(instance, text=rest), left)
        changes.append(Change(*(Masked(*each) for each in zip(*parts, strict=True))))
    return changes


class _MaskedText:
    """Some spans of an instance, masked, and where its words stand."""

    def __init__(self, instance: Instance, spans: Sequence[Span]) -> None:
        self._instance = instance
        self.spans = spans
        parts = [_masked(instance, start, end) for start, end in spans]
        self.text = "\n".join(parts)
        self._offsets = list(accumulate((len(part) + 1 for part in parts), initial=0))
        self._chunks = [match.span() for match in _CHUNK.finditer(self.text)]
        self._words = [match.span() for match in WORD.finditer(self.text)]

    def without(self, start: int, end: int) -> tuple[str, str]:
        """Give the part that changes where a word is taken away, and what it becomes.

        It reaches to the next words on both sides, since words are counted with their neighbours, and to white space.
        """
        for span, offset in zip(self.spans, self._offsets, strict=False):
            if span[0] <= start and end <= span[1]:
                at = offset + len(_masked(self._instance, span[0], start)) if span[0] < start else offset
                to = at + len(self._instance.text[start:end].lower())
                first, last = self._reach(at, to)
                return self.text[first:last], self.text[first:at] + " " + self.text[to:last]
        return "", ""

    def _reach(self, at: int, to: int) -> Span:
        before = bisect_right(self._words, at, key=lambda word: word[1]) - 1
        behind = bisect_left(self._words, to, key=lambda word: word[0])
        first = self._chunk(self._words[before][0])[0] if before >= 0 else 0
        last = self._chunk(self._words[behind][0])[1] if behind < len(self._words) else len(self.text)
        return first, last

    def _chunk(self, at: int) -> Span:
        return self._chunks[bisect_right(self._chunks, at, key=lambda chunk: chunk[0]) - 1]


def _parts(instance: Instance) -> tuple[list[Span], list[Span]]:
    whole, own = [(0, len(instance.text))], instance.own_mentions
    return whole, clauses_around(instance.text, own) if own else whole


def _joined(instance: Instance, spans: Sequence[Span]) -> str:
    return "\n".join(_masked(instance, start, end) for start, end in spans)


def _masked(instance: Instance, start: int, end: int) -> str:
    """The text between two places, lower case, with a mask where any target is named."""
    text, end = instance.text, min(end, start + _MAX_CHARACTERS)
    parts, at = [], start
    for mention in sorted(instance.mentions, key=lambda m: (m.start, m.target != instance.target)):
        if at <= mention.start and mention.end <= end:
            parts += [text[at : mention.start], MASKS[mention.target != instance.target]]
            at = mention.end
    return "".join([*parts, text[at:end]]).lower()
