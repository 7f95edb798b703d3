"""What word columns are made of: texts in lower case, with a mask where any target is named.

So nothing that is learned from words belongs to one target. What one word does to its text is told from a small part of
it, the word and its neighbours: all else is cut and hashed as before.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import repeat
from operator import itemgetter
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
    lefts = clauses_without(instance.text, words, own) if own else repeat(texts[1].spans)
    changes = []
    for (start, end), left in zip(words, lefts, strict=False):
        parts = [text.without(start, end) for text in texts]
        if left != texts[1].spans:
            rest = instance.text[:start] + " " * (end - start) + instance.text[end:]
            parts[1] = texts[1].text, _joined(replace(instance, text=rest), left)
        changes.append(Change(*(Masked(*each) for each in zip(*parts, strict=True))))
    return changes


class _MaskedText:
    """Some spans of an instance, masked, and where its words stand."""

    def __init__(self, instance: Instance, spans: Sequence[Span]) -> None:
        self.spans = spans
        self.text = _joined(instance, spans)
        self._whole = instance.text
        self._starts, self._places = [], []  # of each part, in the whole text and in this
        place = 0
        for span in spans:
            for start, part in _parts_of(instance, span):
                self._starts.append(start)
                self._places.append(place)
                place += len(part.lower())
            place += 1
        chunks = [match.span() for match in _CHUNK.finditer(self.text)]
        words = [match.span() for match in WORD.finditer(self.text)]
        self._chunk_starts, self._chunk_ends = [start for start, _ in chunks], [end for _, end in chunks]
        self._word_starts, self._word_ends = [start for start, _ in words], [end for _, end in words]

    def without(self, start: int, end: int) -> tuple[str, str]:
        """Give the part that changes where a word is taken away, and what it becomes.

        It reaches to the next words on both sides, since words are counted with their neighbours, and to white space.
        """
        span = bisect_right(self.spans, start, key=itemgetter(0)) - 1
        if span < 0 or end > self.spans[span][1]:
            return "", ""
        part = bisect_right(self._starts, start) - 1
        at = self._places[part] + len(self._whole[self._starts[part] : start].lower())
        to = at + len(self._whole[start:end].lower())
        first, last = self._reach(at, to)
        return self.text[first:last], self.text[first:at] + " " + self.text[to:last]

    def _reach(self, at: int, to: int) -> Span:
        before = bisect_right(self._word_ends, at) - 1
        behind = bisect_left(self._word_starts, to)
        first = self._chunk_starts[self._chunk(self._word_starts[before])] if before >= 0 else 0
        is_last = behind == len(self._word_starts)
        return first, len(self.text) if is_last else self._chunk_ends[self._chunk(self._word_starts[behind])]

    def _chunk(self, at: int) -> int:
        return bisect_right(self._chunk_starts, at) - 1


def _parts(instance: Instance) -> tuple[list[Span], list[Span]]:
    whole, own = [(0, len(instance.text))], instance.own_mentions
    return whole, clauses_around(instance.text, own) if own else whole


def _joined(instance: Instance, spans: Iterable[Span]) -> str:
    return "\n".join(["".join([part for _, part in _parts_of(instance, span)]).lower() for span in spans])


def _parts_of(instance: Instance, span: Span) -> Iterator[tuple[int, str]]:
    """Give the parts of a text between two places, with a mask where any target is named, and where each stands."""
    text, at, end = instance.text, span[0], min(span[1], span[0] + _MAX_CHARACTERS)
    for mention in sorted(instance.mentions, key=lambda m: (m.start, m.target != instance.target)):
        if at <= mention.start and mention.end <= end:
            yield at, text[at : mention.start]
            yield mention.start, MASKS[mention.target != instance.target]
            at = mention.end
    yield at, text[at:end]
