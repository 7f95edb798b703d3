"""Read the thread of a page by the tags of its lines."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise

import numpy as np

from stance.datamodels import Comment
from stance.parsing.answers import with_parents
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dump.details import details_of
from stance.parsing.dump.line_forms import FEWEST, GAP, SHARED, Floats
from stance.parsing.dump.name_columns import (
    FOOTER,
    HEADER,
    LEAST_NAME,
    Column,
    name_in,
    name_lines,
    zones_of,
)
from stance.parsing.dump.tags import Tags
from stance.parsing.line_parts import AROUND, HEADERS, Part
from stance.parsing.lines import Lines
from stance.parsing.section_lines import is_end, is_footer, is_heading
from stance.parsing.thread import Method, Thread


def tagged_thread(page: CuedLines, tagging: Tags, shorten: Callable[[Iterable[str]], dict[str, str]]) -> Thread | None:
    """Return the comments of a page by the tags of its lines; None where no line begins one.

    :param shorten: Returns the shorter names by those that are cut.
    """
    lines, (forms, tags, names, texts, _) = page.lines, tagging
    if not texts:
        return None
    likely = names >= LEAST_NAME
    are_named = np.logical_or(*likely.T).tolist()
    texts = _agreeing(texts, [form.keys for form in forms], are_named)
    are_names = (names.max(1) > np.exp(tags[:, 1])) & ~np.append(False, are_named)[:-1]
    texts = [range(text.start + bool(len(text) > 1 and are_names[text.start]), text.stop) for text in texts]
    texts = _with_quoted(page, _up_to_stamps(page, _without_heading(page, texts)), likely[:, 0].tolist())
    column = name_lines(page, texts, forms, names)
    texts, column = _up_to_end(page, *_without_strays(page, texts, column, tags, are_named))
    column = _above_ids(page, column)
    zones = zones_of(texts, len(lines))
    pairs = zip(zones, texts, strict=False)
    starts = [
        next((i for i in (() if column.is_below else zone[-HEADER:]) if likely[i, 0]), text.start)
        for zone, text in pairs
    ]
    authors = [None if spot is None else name_in(page, spot, forms[spot].shape) for spot in column.lines]
    details = details_of(page, texts, starts, authors, is_below=column.is_below)
    comments = [
        comment_of(lines[text.start : text.stop], k, author, date, votes)
        for k, (text, author, date, votes) in enumerate(zip(texts, *details[:3], strict=True))
    ]
    end = next((i for i in range(texts[-1].stop, details.stop) if page.readings[i].part not in AROUND), details.stop)
    threaded = with_parents(comments, details.answered, details.indents, shorten)
    return Thread(threaded, Method.TAGS, "lines", place=range(starts[0], end))


def comment_of(
    lines: Lines, number: int, author: str | None, posted: str | None = None, votes: int | None = None
) -> Comment:
    """Make a comment of its lines, at least one."""
    text = "\n".join([lines[0].text, *(line.full for line in lines[1:])])
    start, end = lines[0].start, lines[-1].end
    return Comment(f"c{number + 1}", text, author, posted=posted, votes=votes, start=start, end=end)


def _without_heading(page: CuedLines, texts: Sequence[range]) -> list[range]:
    """Cut headings off the first text."""
    first, *others = texts
    start = next((i for i in first if not is_end(page.lines[i])), first.stop - 1)
    return [range(start, first.stop), *others]


def _up_to_stamps(page: CuedLines, texts: Sequence[range]) -> list[range]:
    """Let texts go on to the date or button below them, where such a line is directly below most others."""
    zones = zones_of(texts, len(page.lines))[1:]
    sizes = [next((i - zone.start for i in zone if page.readings[i].part in AROUND), -1) for zone in zones]
    if sizes.count(0) < SHARED * len(texts):
        return list(texts)
    whole = (range(text.stop, text.stop + max(size, 0)) for text, size in zip(texts, sizes, strict=True))
    return [
        range(text.start, more.stop) if all(page.lines[i].prose for i in more) else text
        for text, more in zip(texts, whole, strict=True)
    ]


def _with_quoted(page: CuedLines, texts: Sequence[range], are_named: Sequence[bool]) -> list[range]:
    """Add to a text that goes on behind an earlier one the name and date of that one above it: they are quoted, too.

    :param are_named: Whether each line of the page names the writer of the text below.
    """
    earlier: dict[str, tuple[set[str | None], int]] = {}  # lines above a text, and its size, by its first line
    joined = []
    for text, zone in zip(texts, zones_of(texts, len(page.lines)), strict=False):
        above, size = earlier.setdefault(
            page.lines[text.start].text, ({page.lines[i].text for i in zone[-HEADER:]}, len(text))
        )
        start = text.start
        while start > zone.start and not above.isdisjoint((page.lines[start - 1].text, page.readings[start - 1].name)):
            start -= 1
        quoted, others = range(start, text.start), range(zone.start, start)
        is_quoted = len(text) > size and any(page.readings[i].part in HEADERS for i in quoted)
        if is_quoted and any(are_named[i] for i in others):
            joined.append(range(start, text.stop))
        elif is_quoted and not others and all(page.readings[i].part is not Part.ACTION for i in quoted):
            joined[-1] = range(joined[-1].start, text.stop)
        else:
            joined.append(text)
    return joined


def _without_strays(
    page: CuedLines, texts: Sequence[range], column: Column, tags: "Floats", are_named: Sequence[bool]
) -> tuple[list[range], Column]:
    """Leave out a first or last text that is neither sure nor has a name, where all others have."""
    have_names, are_many = [i is not None and are_named[i] for i in column.lines], len(texts) >= FEWEST
    # Minimum probability of a line to begin the first or last text, if only that text has no name.
    first, last = (bool(np.exp(tags[texts[i].start, 1]) < 0.9) for i in (0, -1))
    start = are_many and first and not have_names[0] and all(have_names[1:])
    stop = len(texts) - (are_many and last and not have_names[-1] and all(have_names[:-1]))
    return list(texts[start:stop]), column._replace(lines=column.lines[start:stop])


def _up_to_end(page: CuedLines, texts: Sequence[range], column: Column) -> tuple[list[range], Column]:
    """Leave out the last texts below a line that ends the section, if they are a third of all at most.

    Below such a line the form to write a comment has no date, and another list has a heading.
    """
    ends = [i for i in page.stops if is_end(page.lines[i]) or is_footer(page.lines[i])]
    last = texts[-1].stop + FOOTER
    for end in ends:
        size = sum(text.start < end for text in texts)
        below = range(end + 1, min(last, len(page.lines)))
        is_other = any(is_heading(page.lines[i]) for i in below if i < texts[-1].start)
        if 3 * size >= 2 * len(texts) and (is_other or not any(page.readings[i].part in HEADERS for i in below)):
            return list(texts[:size]), column._replace(lines=column.lines[:size])
    return list(texts), column


def _above_ids(page: CuedLines, column: Column) -> Column:
    """Return the lines of names above those of ids, as boards print them beside a name that all may share."""
    # Pattern of the id that a board gives a writer for a day.
    ids = {i for i in column.lines if i is not None and re.fullmatch(r"ID[:：]\s?[\w./+?]{3,12}", page.lines[i].text)}
    above = {
        i: next((k for k in range(i - 1, max(i - 4, -1), -1) if page.readings[k].part is Part.TEXT), None)
        for i in (ids if len(ids) >= FEWEST else ())
    }
    return column._replace(lines=tuple(above.get(i, i) if i is not None else None for i in column.lines))


def _shared_form(texts: Sequence[range], zones: Sequence[range], keys: Sequence[Sequence[str]]) -> str | None:
    """Return the form that has a line in most places between texts and in few texts; None where none has."""
    zone_counts = Counter(key for zone in zones for key in {key for i in zone for key in keys[i]})
    lines = Counter(key for zone in zones for i in zone for key in keys[i])
    text_counts = Counter(key for text in texts for i in text for key in keys[i])
    rates = {key: count - text_counts[key] - (lines[key] - count) / 2 for key, count in zone_counts.items()}
    best = max(rates, key=lambda key: (rates[key], -len(key), key), default=None)
    return best if best is not None and zone_counts[best] - text_counts[best] >= SHARED * len(zones) else None


def _agreeing(texts: list[range], keys: Sequence[Sequence[str]], are_named: Sequence[bool]) -> list[range]:
    """Join texts with no line of the shared form between them, and add those between two such lines."""
    zones = zones_of(texts, len(keys))
    form = _shared_form(texts, zones[1:-1], keys) if len(texts) >= FEWEST else None
    if form is None:
        return texts
    has = [[i for i in zone if form in keys[i]] for zone in zones]
    inner = [(zone, spots) for zone, spots in zip(zones[1:-1], has[1:-1], strict=True) if spots]
    above = sorted(spots[0] - zone.start for zone, spots in inner)[len(inner) // 2]
    below = sorted(zone.stop - 1 - spots[-1] for zone, spots in inner)[len(inner) // 2]
    joined = texts[:1]
    for k in range(1, len(texts)):
        zone, text = zones[k], texts[k]
        if has[k]:
            between = (range(a + 1 + below, b - above) for a, b in pairwise(has[k]))
            joined += [*(lines for lines in between if lines), text]
        elif any(are_named[i] for i in zone):
            joined.append(text)
        elif len(zone) <= GAP:
            joined[-1] = range(joined[-1].start, text.stop)
    return joined
