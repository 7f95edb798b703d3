"""Where the article of a text dump ends, also where its comments were not recognised, or only some of them.

What readers wrote must never be taken for the article. Three signs end it: a heading or count of comments with
paragraphs above it, a text that was found as a comment further below, and headers of posts that come back.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from stance.datamodels import Comment
from stance.parsing.article import Kind, line_kinds
from stance.parsing.dates import find_date
from stance.parsing.dump.lines import Dump
from stance.parsing.headings import is_count, is_heading
from stance.parsing.line_parts import Part, Reading
from stance.parsing.lines import Line

ARTICLE_WORDS = 60
"""Words of paragraphs that must stand above a heading of comments for it to end the article."""

REACH = 40
"""Lines above the heading among which they stand: menus and notes on cookies are further away."""

MANY = 3
"""Headings that end alike are those of a list of stories, which counts the comments of each."""

POST_WORDS = 15
"""Words of paragraphs of a forum's first post."""

COPIES, COPIED_WORDS = 2, 6
"""So many comments that stand a second time above those that were found, and how many words of each must be equal."""

POSTS, TOLD = 5, 0.6
"""So many headers with day and time are those of posts, if this share of them has a paragraph below."""

REPORTERS = 2
"""Writers of a live report; more write the posts of a forum."""

BELOW = 0.5
"""Share of the words of all posts that may stand below the last one, beside its own; more are rather the article."""

_POSTED = frozenset({Part.STAMP, Part.NAMED_STAMP})


class Ending(NamedTuple):
    """Where an article ends at the latest, and whether posts follow whose headers come back."""

    line: int
    posts: bool = False


def article_end(page: Dump, comments: Sequence[Comment], start: int | None) -> Ending:
    """Find the line where the article ends at the latest.

    :param comments: Those that were found.
    :param start: The first line of their section; None where there is none.
    """
    lines = page.lines
    end = len(lines) if start is None else start
    words = [0, *accumulate(line.words if line.prose else 0 for line in lines[:end])]
    other = _posts_start(page, words) if start is None else _copies_start(lines[:end], comments)
    return Ending(_heading_start(page, min(end, other), words), posts=start is None and other < len(lines))


def _heading_start(page: Dump, end: int, words: Sequence[int]) -> int:
    """Find the first heading of comments below the paragraphs of an article, rather than beside its title."""
    lines, cued = page.lines[:end], frozenset(page.cued)
    below = (i for i in range(len(lines)) if words[i] - words[max(i - REACH, 0)] >= ARTICLE_WORDS)
    headings = [i for i in below if (i in cued and is_heading(lines[i])) or is_count(lines[i])]
    headings = [i for i in headings if lines[i].cue and find_date(lines[i].full) is None]
    if not headings:
        return len(lines)
    times = Counter(lines[i].cue.split()[-1] for i in headings)
    headings = [i for i in headings if times[lines[i].cue.split()[-1]] < MANY]
    kinds = line_kinds(lines)
    words = [0, *accumulate(line.words if kind is Kind.PROSE else 0 for line, kind in zip(lines, kinds, strict=True))]
    headings = [i for i in headings if words[i] - words[max(i - REACH, 0)] >= ARTICLE_WORDS]
    told = -1  # the last paragraph above, or line that stands beside a title
    place = 0
    for i, kind in enumerate(kinds):
        if place < len(headings) and headings[place] == i:
            if told >= 0 and kinds[told] is Kind.PROSE:
                return i
            place += 1
        elif kind in (Kind.PROSE, Kind.DATE, Kind.BYLINE):
            told = i
    return len(lines)


def _copies_start(lines: Sequence[Line], comments: Sequence[Comment]) -> int:
    """Find the first comment of a page that shows its comments twice, and these were found in the second place."""
    openings = {comment.text.partition("\n")[0] for comment in comments}
    openings = {text for text in openings if len(text.split()) >= COPIED_WORDS}
    copies = [i for i, line in enumerate(lines) if line.full in openings or line.text in openings]
    if len({lines[i].text for i in copies}) < max(COPIES, len(openings) / 2):
        return len(lines)
    return copies[0]


def _posts_start(page: Dump, words: Sequence[int]) -> int:
    """Find the first answer in a thread whose headers come back, though they could not be read."""
    lines, readings = page.lines, page.readings
    posted = [
        i
        for i, reading in enumerate(readings)
        if reading.part in _POSTED and (reading.timed or "T" in (reading.posted or ""))
    ]
    if len(posted) < POSTS:
        return len(lines)
    inside = [words[b] - words[a] for a, b in pairwise(posted)]
    if sum(map(bool, inside)) < TOLD * len(inside) or _is_report(lines, readings, posted):
        return len(lines)
    if words[-1] - words[posted[-1]] > max(inside) + BELOW * sum(inside):
        return len(lines)
    first = posted[bisect_left([words[i] for i in posted], POST_WORDS) :]
    return first[0] if first else len(lines)


def _is_report(lines: Sequence[Line], readings: Sequence[Reading], posted: Sequence[int]) -> bool:
    """Whether two take turns in writing all posts, as in a live report; their names stand in, above or below a date."""
    named = [readings[i].name for i in posted if readings[i].part is Part.NAMED_STAMP]
    above = [lines[i - 1].text for i in posted if i]
    below = [lines[i + 1].text for i in posted if i + 1 < len(lines)]
    return any(_take_turns(Counter(names).most_common()) for names in (named, above, below))


def _take_turns(times: Sequence[tuple[str | None, int]]) -> bool:
    """Whether two names, each there twice, leave one other at most: a byline."""
    others = sum(n for _, n in times[REPORTERS:])
    return len(times) >= REPORTERS and times[REPORTERS - 1][1] > 1 and others <= 1
