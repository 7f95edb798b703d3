"""Find quotations by their marks, and the quoted parts of sentences."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from stance.datamodels import Span

OPENERS_OF_QUOTATIONS = ("“", "«", "„", ",,", "``", "‘")


def quotations(text: str) -> list[Span]:
    """Find quotations, with their marks, across sentences.

    A text may begin inside a quotation, and one that is not closed runs to the end of the text.
    """
    spans = []
    opened = single = -1
    marks = "\"|“|”|„|«|»|‘|’|''|'|``|,,"
    for mark in re.finditer(marks, text):
        start, end = mark.span()
        opens = _opens(text, mark)
        if mark.group() in ("'", "‘", "’"):
            if text[end : end + 1].isalnum() and not opens:
                continue  # an apostrophe
            if single >= 0 and not opens:
                spans.append((single, end))
            single = start if opens and opened < 0 else -1
        elif mark.group() == ",," and not opens:
            continue
        elif opens:
            opened, single = (start if opened < 0 else opened), -1
        elif opened >= 0 or not (spans or text[start - 1 : start].isdigit()):  # 3" is a length
            spans.append((max(opened, 0), end))
            opened = -1
    return [*spans, (opened, len(text))] if opened >= 0 else spans


def _opens(text: str, mark: re.Match[str]) -> bool:
    """Return whether a mark opens a quotation: a word follows it and none precedes it; else its form decides."""
    start, end = mark.span()
    before, behind = text[start - 1 : start], text[end : end + 1]
    is_free = not before or before.isspace() or before in "([{—–-/"
    is_followed = not (behind.isspace() or behind in ".,;:!?)]}»”") or text.startswith("..", end)
    if is_free == is_followed:
        return is_free
    return mark.group() in OPENERS_OF_QUOTATIONS or (before == ":" and is_followed)


class Inside(NamedTuple):
    """The quoted parts of a sentence, counted from its start."""

    spans: Sequence[Span]
    runs_on: bool = False  # a quotation runs on behind it


def parts_within(spans: Sequence[Span], sentences: Sequence[Span]) -> Iterator[Inside]:
    """Yield the parts of each sentence that lie in some spans."""
    first = 0
    for start, end in sentences:
        while first < len(spans) and spans[first][1] <= start:
            first += 1
        last = first
        while last < len(spans) and spans[last][0] < end:
            last += 1
        overlapping = spans[first:last]
        inside = [(max(a, start) - start, min(b, end) - start) for a, b in overlapping]
        yield Inside(inside, any(b > end for _, b in overlapping))
