"""Count signs of comments on a page, and compare its lines with a thread."""

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import pstdev

import numpy as np

from stance.datamodels import Comment, Comments
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dates import find_date, parse_date
from stance.parsing.line_parts import HEADERS
from stance.parsing.lines import Lines, mask_numbers
from stance.parsing.phrases import phrase_set
from stance.parsing.thread import PageCounts, opening_of

AROUND = 10  # lines above and below a thread or text that are looked at, too


def counts_of(page: CuedLines, comments: Comments) -> PageCounts:
    """Count the lines of a page that are typical around comments, and the texts that its tags find.

    :param comments: Those that were read.
    """
    actions = phrase_set("comment.own_actions")
    counts = PageCounts(actions=sum(line.key in actions for line in page.lines))
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
    counts = _with_names(counts, page, texts_of)
    around = names[max(texts[0].start - AROUND, 0) : texts[-1].stop + AROUND].clip(1e-6, 1 - 1e-6)
    gaps = [range(text.stop, below.start) for text, below in pairwise(texts)]
    first, last = texts[0].start, texts[-1].stop
    ends = range(first - 1, max(first - AROUND, 0) - 1, -1), range(last, min(last + AROUND, len(names)))
    dates = (next(filter(None, (_date_of(page, i) for i in end)), None) for end in ends)
    return replace(
        counts,
        unsure_texts=float(np.exp(tags[[i for text in texts for i in text], 0]).mean()),
        unsure_names=-float((around * np.log(around) + (1 - around) * np.log(1 - around)).sum()) / len(texts),
        uneven=pstdev([math.log1p(len(gap)) for gap in gaps] or [0.0]),
        headers=sum(page.readings[i].part in HEADERS for gap in gaps for i in gap) / len(texts),
        unused_dates=len({*dates} - {None, *(comment.posted for comment in comments)}),
    )


def _date_of(page: CuedLines, number: int) -> str | None:
    return parse_date(page.lines[number].text) or page.readings[number].posted


def _with_names(counts: PageCounts, page: CuedLines, found: Sequence[tuple[range, Comment]]) -> PageCounts:
    """Compare the names of comments with lines that are likely to hold some, and the lines of names with others."""
    rests, named, misnamed, above = Counter[str](), 0.0, 0.0, 0
    starts = [*(text.start for text, _ in found[1:]), len(page.lines)]
    for (text, comment), below in zip(found, starts, strict=True):
        name = comment.author or "\n"  # which no line has
        sides = range(max(text.start - AROUND, above), text.start), range(text.stop, min(text.stop + AROUND, below))
        lines = [(page.names[i][side], page.lines[i].text) for side in (0, 1) for i in sides[side]]
        misnamed += max((chance for chance, line in lines if name not in line), default=0.0)
        if header := max((candidate for candidate in lines if name in candidate[1]), default=None):
            named += header[0]
            date = find_date(header[1])
            line = header[1][: date.start] + header[1][date.end :] if date else header[1]
            rests[mask_numbers("".join(line.replace(name, "", 1).split()))] += 1
        above = text.stop
    odd = 1 - max(rests.values()) / rests.total() if rests else 0.0
    return replace(counts, odd_headers=odd, named=named / len(found), misnamed=misnamed / len(found))


def log_distance(number: int | float, count: int) -> float:
    """Return the distance of a number from a count, in logarithms."""
    return math.log1p(min(number, 9_999)) - math.log1p(count)
