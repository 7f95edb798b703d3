"""Find the section of comments in the lines of a page, by the tags of lines or by names and blank lines alone."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from stance.datamodels import Comment
from stance.parsing.answers import with_parents
from stance.parsing.choice import rate_threads
from stance.parsing.cleaning import clean_comments
from stance.parsing.counts import StatedCount, stated_in_lines
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dump.tagged import comment_of, tagged_thread
from stance.parsing.dump.tags import Tags, read_tags
from stance.parsing.line_parts import HEADERS
from stance.parsing.lines import Line, Lines, cues, line_at, name_like, prose_words
from stance.parsing.name_cleaning import clean_name
from stance.parsing.names import plain_names
from stance.parsing.section_lines import is_count, is_heading, stated_count
from stance.parsing.thread import Method, Thread

MARK_REACH = 15
"""Maximum number of lines that the marks of this layout are apart."""

ARTICLE_WORDS = 15
"""Words of paragraphs that make an article."""


def readings_of(page: CuedLines, sure: float = 0.6) -> tuple[list[Thread], list[float]]:
    """Return the comments found by tags of lines and by lenient tags, and the ratings of no comments and of each.

    If the marks of a layout are around names and blank lines alone, these are read, and lines are not tagged.

    :param sure: Minimum rating of the first reading for lenient tags not to be read: these were better on 0 of 72 such
        pages.
    """
    unmarked = unmarked_thread(page)
    if not page.lines or (unmarked and unmarked.evidence.is_said):
        return [unmarked] if unmarked else [], []
    tags = read_tags(page)
    first = tagged_section(page, tags)
    readings = [without_opening(page.lines, first)] if first else []
    ratings = rate_threads(page.lines, readings, tags.signs)
    if (readings and ratings[1] >= sure) or (lenient := tags.lenient).texts == tags.texts:  # which are read alike
        return readings, ratings
    second = tagged_section(page, lenient)
    if second and (not first or [one.text for one in first.comments] != [one.text for one in second.comments]):
        readings.append(without_opening(page.lines, second))
        ratings = rate_threads(page.lines, readings, tags.signs)
    return readings, ratings


def tagged_section(
    page: CuedLines, tags: Tags, others: int = 0, shorten: Callable[[Iterable[str]], dict[str, str]] = plain_names
) -> Thread | None:
    """Return the comments that the tags of the lines of a page give, unless they are none.

    :param others: Number of other readings with comments; without one, a single text needs a heading and a date, or the
        page's count.
    :param shorten: Returns the shorter names by those that are cut.
    """
    tagged = tagged_thread(page, tags, shorten)
    if tagged is None:
        return None
    opening, section = tagged.comments[0].text, _from_heading(page, tagged)
    evidence = section.evidence
    # Number of lines above and below a list in which counts of comments are looked for.
    is_headed = section.headings and len(section.place) <= 5 + 1 + opening.count("\n")
    is_dated = evidence.dated or any(page.readings[i].part in HEADERS for i in section.place)  # or "2 hours ago"
    is_sole = evidence.comments == 1 and not others and not (evidence.agrees or (is_headed and is_dated))
    are_few = evidence.comments < tags.fewest
    return None if are_few or is_sole or not evidence.is_said else section


def _from_heading(page: CuedLines, thread: Thread) -> Thread:
    """Clean comments, and begin their section with their heading where there is one."""
    lines, section = page.lines, thread.place
    first = line_at(lines, thread.comments[0].start)
    # Maximum number of lines between a heading of comments and the first text.
    above = range(max(section.start - 30, 0), first)
    heads = [i for i in above if is_heading(lines[i]) or is_count(lines[i])]
    start = min(heads[-1], section.start) if heads else section.start
    if ARTICLE_WORDS <= prose_words(lines[start : section.start]) > prose_words(lines[:start]):
        start = section.start  # the article is between a count beside its title and the comments
    stated = stated_count(lines[heads[-1] : first]) if heads else None
    return _cleaned(replace(thread, place=range(start, section.stop)), lines, stated)


def _cleaned(thread: Thread, lines: Lines, stated: int | None) -> Thread:
    """Clean the comments of a section, and add its headings and the page's own count.

    :param stated: The number in its heading.
    """
    comments, section = clean_comments(thread.comments), thread.place
    count = stated_in_lines([line.full for line in lines], section, len(comments))
    if count is None and stated is not None:
        count = StatedCount(stated)
    headings = tuple(filter(is_heading, lines[section.start : section.stop]))
    return replace(thread, comments=comments, stated=count, headings=headings)


def without_opening(lines: Lines, thread: Thread) -> Thread:
    """Return a thread without the post that opens it: where no article is above, it is the article."""
    opening, *others = thread.comments
    are_days = all(comment.posted and "T" not in comment.posted for comment in thread.comments)
    has_article = prose_words(lines[: thread.place.start]) >= ARTICLE_WORDS
    if thread.headings or thread.stated or are_days or has_article or not others:
        return thread
    start = line_at(lines, opening.end)
    return replace(thread, comments=tuple(others), opening=opening, place=range(start, thread.place.stop))


def unmarked_thread(page: CuedLines) -> Thread | None:
    """Find a section with only names and blank lines between its comments."""
    lines, bounds = page.lines, _marked_bounds(page)
    if bounds is None:
        return None
    opening, start = bounds
    end = next((i for i in page.stops if i >= start), len(lines))
    if any(page.readings[i].part in HEADERS for i in range(start, end)):
        return None  # dates tell them apart
    comments = split_by_blanks(lines[start:end])
    threaded = with_parents(comments, (None,) * len(comments), (0,) * len(comments))
    thread = Thread(threaded, Method.MARKUP, "wpdiscuz-text", place=range(opening, end))
    return _cleaned(thread, lines, stated_count(lines[opening:start])) if comments else None


def _marked_bounds(page: CuedLines) -> tuple[int, int] | None:
    """Find the first group of two different marks: its first line, and the line below its last."""
    marks = [i for i in page.cued if cues("section.marks").match(page.lines[i])]
    for position, first in enumerate(marks):
        group = [i for i in marks[position : position + MARK_REACH] if i - first < MARK_REACH]
        if len({page.lines[i].cue for i in group}) > 1:
            return first, group[-1] + 1
    return None


def split_by_blanks(lines: Lines) -> list[Comment]:
    """Split a section into comments by its blank lines: one is around a name, two are above an unnamed comment."""
    blocks: list[list[Line]] = []
    for line in lines:
        if line.gap or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    texts: list[tuple[list[Line], str | None]] = []
    author: str | None = None
    for block, below in zip(blocks, (*blocks[1:], None), strict=True):
        is_name = len(block) == 1 and below is not None and below[0].gap == 1 and name_like(block[0].text)
        if author is None and is_name:
            author = clean_name(block[0].text)
        elif author is not None or not texts or block[0].gap > 1:
            texts.append((block, author))
            author = None
        else:
            texts[-1][0].extend(block)
    return [comment_of(text, number, name) for number, (text, name) in enumerate(texts)]
