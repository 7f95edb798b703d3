"""Classify the lines of an article, each by its own form and by the cue above it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import Enum
from typing import TypeAlias

from stance.datamodels import Strings
from stance.parsing.bylines import CUE_WORDS, author_of, is_dateline
from stance.parsing.lines import Line, Lines, cues, once, strip_prefix
from stance.parsing.phrases import phrases
from stance.parsing.section_lines import is_heading

CREDITED = re.compile(rf"\S\s(?:{'|'.join(phrases('article.credits'))}):\s\S", re.IGNORECASE)

CAPTION_WORDS = 60

TOP_LINES = 3
"""Number of lines at the top of a page that may hold its title with the name of the site."""

COPYRIGHT = re.compile(r"(?:©|\([cс]\)\s|copyrights?\b)", re.IGNORECASE)


class Kind(Enum):
    """The kind of a line, by its own form and by the cue above it: why it is no paragraph of the article."""

    PROSE = "prose, but outside the paragraphs of the article"
    SHORT = "a short line: a heading, a list, a menu"
    MENU = "a bullet of a menu or of tags"
    DATE = "a date"
    BYLINE = "who wrote it"
    SOURCE = "where it comes from"
    CAPTION = "the caption or credit of a picture"
    FURNITURE = "a button or counter of the site"
    TEASER = "a teaser of another story"
    END = "the end of the article"


Kinds: TypeAlias = Sequence[Kind]

# Minimum number of equal ends that do not end an article: each post of a live report has one.
_OFTEN = {Kind.END: (4, Kind.FURNITURE), Kind.PROSE: (3, Kind.CAPTION)}
"""Kinds of lines that a page has so often: a repeated paragraph describes a picture."""


def line_kinds(lines: Lines) -> list[Kind]:
    """Return the kind of each line, first by itself, then by the cue above it."""
    repeated, kinds = Counter(line.text for line in lines), [kind_of(line) for line in lines]
    for i, line in enumerate(lines):
        least, other = _OFTEN.get(kinds[i], (0, None))
        if other and repeated[line.text] >= least:
            kinds[i] = other
    for start, end in _foreign_runs(lines, kinds):
        kinds[start:end] = [Kind.TEASER] * (end - start)
    return kinds


@once
def kind_of(line: Line) -> Kind:
    """Return the kind of a line by its own form."""
    if not line.has_letters:
        return Kind.FURNITURE
    if COPYRIGHT.match(line.text):
        return Kind.END if line.words <= CAPTION_WORDS else Kind.PROSE
    for test, kind in _TESTS:
        if test(line):
            return kind
    if line.prose and not line.truncated:
        return Kind.PROSE
    return Kind.MENU if line.bullet and not line.ends_sentence else Kind.SHORT


def _is_cue(line: Line) -> bool:
    return line.words <= CUE_WORDS and not (line.prose and line.ends_sentence)


def _is_end(line: Line) -> bool:
    """Return whether articles end above a line."""
    return _is_cue(line) and (cues("article.ends", "section.ends").match(line) or is_heading(line))


def _is_furniture(line: Line) -> bool:
    """Return whether a line is a prompt, a breadcrumb or a cue of the site."""
    if (line.words <= 45 and cues("article.prompts").match(line)) or count_breadcrumbs(line) > 1:
        return True
    return _is_cue(line) and cues("article.furniture", "article.related", "article.tickers").match(line)


def count_breadcrumbs(line: Line) -> int:
    """Count the signs of a line that part the places of a path on the site."""
    text = line.text[:300]
    return len(re.findall(r"\w\s?(?:»|>>|›|>)\s?(?=\w)", text)) if ">" in text or "»" in text or "›" in text else 0


def _has_label(line: Line, labels: Strings, words: int) -> bool:
    """Return whether one of the labels begins a line of at most so many words: "Read more: ...", "Source: ..."."""
    remainder = strip_prefix(line.text, labels) if line.words <= words else None
    return remainder is not None and remainder.startswith(":") and len(remainder) > 1


def _is_caption(line: Line) -> bool:
    """Return whether a line describes a picture: a credit is at its start or its end."""
    if line.words > CAPTION_WORDS:
        return False
    credit = strip_prefix(line.text, phrases("article.credits"))
    if credit is not None and (credit[:1] in ":©/(|" or "by " in credit[:3].lower()) and line.words <= 25:
        return True
    match = re.search(r"[(\[—–/|]\s?(?P<agency>[^()\[\]—–/|]{2,60})[)\]]?$", line.text[-80:])
    is_agency = match is not None and strip_prefix(match["agency"].strip(), phrases("article.agencies")) is not None
    is_agency = is_agency or CREDITED.search(line.text[-60:]) is not None
    return is_agency or "©" in line.text[-60:]


_TESTS = (
    (lambda line: _has_label(line, phrases("article.teasers"), 40), Kind.TEASER),
    (lambda line: _has_label(line, phrases("article.sources"), CUE_WORDS), Kind.SOURCE),
    (_is_caption, Kind.CAPTION),
    (_is_end, Kind.END),
    (_is_furniture, Kind.FURNITURE),
    (lambda line: author_of(line) is not None, Kind.BYLINE),
    (is_dateline, Kind.DATE),
)


def _foreign_runs(lines: Lines, kinds: Kinds) -> Iterator[tuple[int, int]]:
    """Yield the runs of lines that a heading of other stories, or of a ticker, governs."""
    parted, position = any(line.gap for line in lines), 0
    while position < len(lines):
        line, start = lines[position], position + 1
        position = start
        if kinds[start - 1] is not Kind.FURNITURE:
            continue
        if cues("article.tickers").match(line):
            blank = (i for i in range(start, len(lines)) if lines[i].gap)
            position = next(blank, len(lines)) if parted else _headlines_end(kinds, start)
        elif cues("article.related").match(line):
            position = _teasers_end(lines, kinds, start)
        if position > start:
            yield start, position


def _headlines_end(kinds: Kinds, start: int) -> int:
    """Find the next paragraph: headlines end no sentence."""
    return next((i for i in range(start, len(kinds)) if kinds[i] in (Kind.PROSE, Kind.END)), len(kinds))


def _teasers_end(lines: Lines, kinds: Kinds, start: int) -> int:
    """Find where a list of other stories ends: at the next paragraph, or below the last teaser that breaks off."""
    end, broken = _headlines_end(kinds, start), 0
    for i in range(start, len(lines)):
        if kinds[i] is Kind.END:
            break
        broken += lines[i].truncated
        # Minimum share of lines below "Read more" that break off for all down to the last of these to be teasers.
        if lines[i].truncated and broken >= 0.25 * (i + 1 - start):
            end = max(end, i + 1)
    return end
