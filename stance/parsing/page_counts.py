"""Count signs of comments on a page, and compare a thread with other readings."""

import math
import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import pstdev

import numpy as np

from stance.datamodels import Comment, Comments
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dates import find_date
from stance.parsing.line_parts import HEADERS
from stance.parsing.lines import Lines, mask_numbers
from stance.parsing.phrases import phrase_set
from stance.parsing.talk import rate_talk
from stance.parsing.thread import PageCounts, Thread, opening_of, openings_and_ends

SHORT_LINE = 80

AROUND = 10  # lines above and below a thread or text that are looked at, too

LIKE_COMMENTS = 2.0
"""Minimum rating of a line that is like one of a comment."""


def counts_of(page: CuedLines, comments: Comments) -> PageCounts:
    """Count the lines of a page that are typical around comments, and the texts that its tags find.

    :param comments: Those that were read.
    """
    lines, short = page.lines, [line for line in page.lines if len(line.text) <= SHORT_LINE]
    ratings = [rating for rating in rate_talk(line.text for line in lines) if rating is not None]
    date = r"(?<!\d)(?:(?:19|20)\d\d|\d{1,2}[:.]\d\d)(?!\d)"
    counts = PageCounts(
        actions=sum(line.key in phrase_set("comment.own_actions") for line in short),
        dates=sum(re.search(date, line.text) is not None for line in short),
        talk=sum(rating > LIKE_COMMENTS for rating in ratings),
        rated=len(ratings),
    )
    return _with_tags(counts, page, comments) if page.tags else counts


def places_of(lines: Lines, comments: Comments) -> list[tuple[range, Comment]]:
    """Return the lines of the text of each comment, found by its first words below those of the one before."""
    lines_of, texts = defaultdict[str, list[int]](list), list[tuple[range, Comment]]()
    for i, line in enumerate(lines):
        lines_of[opening_of(line.text)].append(i)
    for comment in comments:
        first, *more = comment.text.split("\n")
        spots = lines_of[opening_of(first)]
        index = bisect_right(spots, texts[-1][0].start) if texts else 0
        if index < len(spots):
            texts.append((range(spots[index], min(spots[index] + 1 + len(more), len(lines))), comment))
    return texts


def _with_tags(counts: PageCounts, page: CuedLines, comments: Comments) -> PageCounts:
    """Add what the tags of lines say of the texts that were read, and of others."""
    tags, names, texts_of = np.array(page.tags), np.array(page.names), places_of(page.lines, comments)
    begins, texts = np.exp(tags[:, 1]), [text for text, _ in texts_of]
    counts = replace(
        counts,
        # Minimum probability of a line to begin a text for it to count among those that may.
        likely=float(begins[begins > 0.02].sum()),
        odds=float(np.logaddexp(0.0, (tags[:, 1] - tags[:, 0]).max())),
    )
    if not texts:
        return counts
    around = names[max(texts[0].start - AROUND, 0) : texts[-1].stop + AROUND].clip(1e-6, 1 - 1e-6)
    gaps = [range(text.stop, below.start) for text, below in pairwise(texts)]
    return replace(
        counts,
        unsure_texts=float(np.exp(tags[[i for text in texts for i in text], 0]).mean()),
        unsure_names=-float((around * np.log(around) + (1 - around) * np.log(1 - around)).sum()) / len(texts),
        uneven=pstdev([math.log1p(len(gap)) for gap in gaps] or [0.0]),
        headers=sum(page.readings[i].part in HEADERS for gap in gaps for i in gap) / len(texts),
        odd_headers=_odd_headers(page, texts_of),
    )


def _odd_headers(page: CuedLines, found: Sequence[tuple[range, Comment]]) -> float:
    """Return the share of names that do not have in their line what most names have beside them."""
    rests, above = Counter[str](), 0
    for text, comment in found:
        name = comment.author or "\n"  # which no line has
        sides = range(max(text.start - AROUND, above), text.start), range(text.stop, text.stop + AROUND)
        lines = [
            (page.names[i][side], page.lines[i].text) for side in (0, 1) for i in sides[side] if i < len(page.lines)
        ]
        if header := max((candidate for candidate in lines if name in candidate[1]), default=None):
            date = find_date(header[1])
            line = header[1][: date.start] + header[1][date.end :] if date else header[1]
            rests[mask_numbers("".join(line.replace(name, "", 1).split()))] += 1
        above = text.stop
    return 1 - max(rests.values()) / rests.total() if rests else 0.0


def with_agreement(page: PageCounts, thread: Thread, others: Iterable[Thread]) -> PageCounts:
    """Add the agreement of a thread with other readings of the page, which may confirm its comments."""
    confirming = (comment for other in others if other.method is not thread.method for comment in other.comments)
    words_of_others = {words for comment in confirming for words in openings_and_ends(comment.text)}
    comments, size = thread.comments if words_of_others else (), len(thread.comments)
    return replace(
        page,
        confirmed=sum(not words_of_others.isdisjoint(openings_and_ends(each.text)) for each in comments) / max(size, 1),
    )


def log_distance(number: int | float, count: int) -> float:
    """Return the distance of a number from a count, in logarithms."""
    return math.log1p(min(number, 9_999)) - math.log1p(count)
