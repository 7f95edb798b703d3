"""Find the lines that come back at an edge of many texts, which are the page's."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from stance.datamodels import Comment
from stance.parsing.dates import find_date
from stance.parsing.line_parts import LineParts, Part, is_wordless, read_line
from stance.parsing.lines import Line, letter_words, mask_numbers, split_lines
from stance.parsing.phrases import phrase_set

DATED_MASK = "\x00"
"""The mask that all lines with a date share, besides their own; no line has it by itself."""

TALK_ENDS = ("!", ",", "?", "！", "，", "？")
"""Ends of greetings and exclamations, which labels do not have."""

LINE = 120  # maximum characters of a line that is cut as a whole


DEPTH = 3  # number of lines from an edge in which repeated ones are looked for


class _Weight(Enum):
    """Weigh a repeated line: the (count, share of texts) pairs of which one must be reached.

    No two members may have equal pairs: they would be one member.
    """

    SPEECH = ((1, 2.0),)  # never: at most all texts hold it
    WORDS = ((4, 0.8),)  # the same words
    SIGNED = ((3, 0.8),)  # ends in the author's own name, as signatures do
    COUNTED = ((3, 0.2),)  # a number and words
    NUMBER = ((3, 0.1),)  # a number alone
    MARKED = ((3, 0.2), (2, 0.6))  # a date, or the author's own name, with other words
    DATED = ((3, 0.1), (2, 0.5))  # a date alone
    CONTROL = ((2, 0.0),)  # button labels

    def is_reached(self, count: int, texts: int) -> bool:
        """Return whether so many of the texts are enough."""
        return any(count >= fewest and count >= share * texts for fewest, share in self.value)


class _LineForm(NamedTuple):
    """The form of a line, without its numbers, dates and its author's name."""

    mask: str
    weight: _Weight
    iso: str | None = None  # the date in it


_OWN = frozenset({_Weight.SPEECH, _Weight.WORDS, _Weight.SIGNED, _Weight.COUNTED})
"""Weights of lines that may be the commenter's."""

_SPEECH = _LineForm("", _Weight.SPEECH)


@dataclass(slots=True)
class Draft:
    """A comment on the way to its clean text."""

    comment: Comment
    lines: list[str]
    author: str | None
    posted: str | None
    forms: dict[str, _LineForm] = field(default_factory=dict)

    def at(self, edge: int, depth: int = 0) -> str:
        """Return a line, counted from an edge."""
        return self.lines[depth if edge > 0 else -1 - depth]

    def form(self, line: str) -> _LineForm:
        """Return the form of one of the lines; each is read once."""
        if line not in self.forms:
            self.forms[line] = _form(line, self.author)
        return self.forms[line]

    def cut(self, edge: int, count: int) -> None:
        """Cut lines from an edge, and the blank ones behind them; keep the date in them."""
        lines = [self.at(edge, depth) for depth in range(count)]
        dates = (self.form(line).iso for line in lines)
        self.posted = self.posted or next(filter(None, dates), None)
        left = self.lines[count:] if edge > 0 else self.lines[:-count]
        self.lines = without_blanks(left)


def without_blanks(lines: Sequence[str]) -> list[str]:
    """Return lines without the blank ones at both ends."""
    full = [i for i, line in enumerate(lines) if line.strip()]
    return list(lines[full[0] : full[-1] + 1]) if full else []


def _form(line: str, author: str | None) -> _LineForm:
    """Return the form of a line; a paragraph has none."""
    if len(line) > LINE:
        # Characters of lines between comments.
        return _SPEECH if line.strip(" _-=*~–—·.") else _LineForm("_", _Weight.CONTROL)
    # Pattern of buttons and pictures in the output of text browsers.
    plain = re.sub(r"(?i)\(BUTTON\)|\[[^\s\[\]]{1,60}\.(?:jpe?g|png|gif|svg|webp)\]", " ", line).strip()
    if not plain:
        return _LineForm("", _Weight.CONTROL)
    first, *others = split_lines(plain)
    if others or is_wordless(first):
        return _SPEECH
    plainer = _without_name(plain, author)
    date = find_date(plainer)
    dated = f"{plainer[: date.start]}{DATED_MASK}{plainer[date.end :]}" if date else plainer
    mask = " ".join(mask_numbers(dated).casefold().split())
    # Only the stem of words near a number, which changes their end in many languages.
    mask = " ".join(word[:4] for word in mask.split()) if "#" in mask else mask
    reading, iso = read_line(first), date.iso if date else None
    if plainer == plain and reading.part in (Part.SAYS, Part.NAMED_STAMP):
        return _LineForm(f"\x02{reading.part}", _Weight.SIGNED, iso)
    weight = _Weight.SIGNED if plainer != plain and not date else None
    return _LineForm(mask, _weigh(first, reading, mask, weight), iso)


def _without_name(line: str, author: str | None) -> str:
    """Replace the author's own name with a sign."""
    if not author or len(author) > LINE:
        return line
    start = line.find(author)
    end = start + len(author)
    if start < 0 or line[max(start - 1, 0) : start].isalnum() or line[end : end + 1].isalnum():
        return line
    return f"{line[:start]}\x01{line[end:]}"


def _weigh(line: Line, reading: LineParts, mask: str, signed: _Weight | None) -> _Weight:
    """Return how a line is weighed that is not somebody else's header.

    :param signed: The weight of a line with its author's name; None for others.
    """
    key = line.key.rstrip("0123456789 ")
    if reading.part in (Part.ACTION, Part.JUNK) or key in phrase_set("comment.says"):
        if not line.has_letters:
            return _Weight.NUMBER if line.key else _Weight.CONTROL
        return _Weight.WORDS if key in phrase_set("comment.said_too") else _Weight.CONTROL
    words = letter_words(mask)
    if DATED_MASK in mask:
        return _Weight.MARKED if words else _Weight.DATED
    if signed:
        return signed
    # Maximum words of a line that is cut only because most texts have it; a disclaimer has more.
    if not words or len(words) > 8 or line.text.endswith(TALK_ENDS):
        return _Weight.SPEECH
    return _Weight.COUNTED if "#" in mask else _Weight.WORDS


def cut_lines(drafts: Sequence[Draft], edge: int, depth: int) -> bool:
    """Cut the lines that come back at, or near, an edge; return whether there were any.

    :param edge: 1 for the first line, -1 for the last.
    """
    long = [draft for draft in drafts if len(draft.lines) > depth + 1]
    common = _repeated_masks(long, len(drafts), edge, depth)
    changed = False
    for draft in long if common else ():
        form, other = draft.form(draft.at(edge, depth)), draft.form(draft.at(-edge))
        may_cut = form.weight not in _OWN or other.weight in _OWN  # words stay where else only a date would be left
        if form.mask in common and may_cut:
            draft.cut(edge, depth + 1)
            changed = True
    return changed


def _repeated_masks(drafts: Sequence[Draft], texts: int, edge: int, depth: int) -> set[str]:
    """Return the masks so frequent at, or near, an edge of some of the texts that they are the page's.

    Near an edge, texts must have short lines outside the line, and other lines than such on its other side: the lines
    outside it are the page's, too.
    """
    forms = [draft.form(draft.at(edge, depth)) for draft in drafts if not depth or _may_repeat(draft, edge, depth)]
    weights = {}
    for form in forms:  # people sign below their text with their own name, and quote somebody else above it
        is_header = form.weight is _Weight.SIGNED and (edge > 0) != form.mask.startswith("\x02")
        weights[form.mask] = _Weight.MARKED if is_header else form.weight
    times = Counter(form.mask for form in forms)
    return {mask for mask, count in times.items() if weights[mask].is_reached(count, texts)}


def _may_repeat(draft: Draft, edge: int, depth: int) -> bool:
    """Return whether all lines outside one are short, and those on its other side are many, or one is not."""
    lines = draft.lines[::edge]
    outside, inside = lines[:depth], lines[depth + 1 :]
    return all(map(_is_skipped, outside)) and (len(inside) > DEPTH or not all(map(_is_skipped, inside)))


def _is_skipped(line: str) -> bool:
    """Return whether a line may be a badge, or a name, outside a repeated line."""
    # Maximum characters of a varying line beyond a repeated one.
    return len(line) <= 60 and not line.endswith((*TALK_ENDS, "."))
