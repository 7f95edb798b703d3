"""Text dumps to documents: a saved page that has lost its tags, article apart from reader comments."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

from stance.datamodels import Comment, Document, Page
from stance.parsing.answers import parents, with_answered
from stance.parsing.article import Article, read_article
from stance.parsing.cleaning import clean_comments
from stance.parsing.counts import StatedCount, explain_difference, stated_in_lines
from stance.parsing.dates import parse_date
from stance.parsing.dump_article import Ending, article_end
from stance.parsing.dump_shape import read_shape
from stance.parsing.entries import Entry
from stance.parsing.headings import is_heading, stated_count
from stance.parsing.judge import Kind, evidence_of, renumbered, weigh
from stance.parsing.layouts import Form
from stance.parsing.lines import Line, prose_words
from stance.parsing.quotes import QuoteFinder, quoted_part, runs_of
from stance.parsing.section import (
    HEAD_REACH,
    Section,
    find_section,
    is_desk,
    is_report,
    is_thread,
    is_unspoken,
    without_opening,
)
from stance.parsing.stamps import without_shared_ends
from stance.parsing.wrapping import read_lines
from stance.records import document_id

SWALLOWED = 0.25
"""What a reading loses for each comment of the other that begins within one of its texts."""

THREAD_LAYOUT = "thread"
"""The layout of comments whose headers come back, and that answer each other."""

_DATED = (Form.NAMED_STAMP, Form.NAMED_STAMP_BELOW, Form.STAMP, Form.STAMP_BELOW)


def parse_text(page: Page) -> Document:
    """Separate the article of a text dump from its comments.

    :param page: A text page; any text will do, an empty one gives an empty document.
    :return: Everything the page tells, except languages.
    """
    # 1. lines
    lines = read_lines(page.text)
    # 2. the comment section
    found = section_of(lines)
    section = found.section if found else None
    # 3. the article above it
    end = article_end(lines, found.said if found else (), section.start if section else None)
    below = lines[section.end :] if section else lines[end.line :]
    article = read_article(lines[: end.line], section.headings[:3] if section else (), below)
    if section and section.opening:
        article = _opened_by(article, section.opening)
    # 4. comments
    comments = with_quotes(renumbered(found.comments), article) if found else ()
    stated = found.stated if found else stated_in_lines(lines)
    if stated is None and section and section.stated is not None:
        stated = StatedCount(section.stated)
    return Document(
        document_id=document_id(article.title, article.body, comments),
        source=page.source,
        outlet=article.outlet,
        url=page.url,
        title=article.title,
        author=article.author,
        published=article.published,
        lead=article.lead,
        body=article.body,
        comments=comments,
        stated_comments=stated.count if stated else None,
        layout=section.layout if section else "none",
        warnings=(*page.warnings, *_warnings(article, comments, stated, end)),
    )


def _opened_by(article: Article, post: Entry) -> Article:
    """Return the article of a thread: the title above its first post, and what that says."""
    body = tuple(line.full for line in post.lines)
    return replace(article, lead=None, body=body, author=post.author or article.author)


class FoundSection(NamedTuple):
    """A comment section, its comments as they stand there and cleaned, and the page's own count of them."""

    section: Section
    said: tuple[Comment, ...]
    comments: tuple[Comment, ...]
    stated: StatedCount | None
    is_sure: bool  # whether the page counts as many comments, and nothing speaks against any of them


def section_of(lines: Sequence[Line]) -> FoundSection | None:
    """Find the comment section among all lines of a page; None where it has none.

    Two readings look for it, by known forms of headers and by headers that come back; the judge keeps one.
    """
    by_form = _credible(known_section(lines), lines)
    if by_form is not None and by_form.is_sure:
        return by_form
    by_shape = _credible(repeated_section(lines), lines)
    if by_form is None or by_shape is None:
        return by_form or by_shape
    known, repeated = by_form.section, by_shape.section
    if known.start == repeated.start and known.entries[-1].lines[-1].end <= repeated.entries[0].lines[0].start:
        return by_form  # below it stands another list
    readings = [(Kind.TEXT, by_form.comments), (Kind.SHAPE, by_shape.comments)]
    (_, form), (_, shape) = weigh(readings, known.stated if known.stated is not None else repeated.stated)
    form -= SWALLOWED * _swallowed(known.entries, repeated.entries)
    shape -= SWALLOWED * _swallowed(repeated.entries, known.entries)
    return by_shape if shape > form else by_form


def _credible(section: Section | None, lines: Sequence[Line]) -> FoundSection | None:
    """Return a section with the plain names of its comments; None where it is rather another list."""
    section = _labelled(section)
    if section is None:
        return None
    said = section_comments(section.entries)
    comments, stated = clean_comments(said), stated_in_lines(lines, section.start, section.end)
    evidence = evidence_of(comments, stated.count if stated else section.stated)
    is_sure = evidence.stated == evidence.complete == evidence.comments == len(said) and not evidence.flaws
    found = FoundSection(section, said, comments, stated, is_sure)
    if section.form in (Form.BLANKS, Form.SAYS):  # the marks of a layout, or "says:", vouch for it
        return found
    if section.form in _DATED:
        evidence = replace(evidence, dated=evidence.comments)  # "2 hours ago" dates a comment as well
    return found if evidence.is_credible else None


def _swallowed(entries: Sequence[Entry], others: Sequence[Entry]) -> int:
    """Count the comments of another reading that are swallowed by texts of this one: all but the first in each."""
    begun = sorted(other.lines[0].start for other in others)
    inside = (
        bisect_right(begun, entry.lines[-1].start) - bisect_left(begun, entry.lines[0].start) for entry in entries
    )
    return sum(max(count - 1, 0) for count in inside)


def _labelled(section: Section | None) -> Section | None:
    """Free the names of a section from what the page writes before or behind most of them: "Comment by"."""
    shorter = without_shared_ends(entry.author or "" for entry in section.entries) if section else {}
    if section is None or not shorter:
        return section
    entries = (entry._replace(author=shorter.get(entry.author or "", entry.author)) for entry in section.entries)
    return replace(section, entries=tuple(entries))


def known_section(lines: Sequence[Line]) -> Section | None:
    """Find the comment section by the forms of headers that are known."""
    return find_section(lines, lambda start: _quote_test(lines[:start]))


def repeated_section(lines: Sequence[Line]) -> Section | None:
    """Find the comment section by headers that come back, whatever their form."""
    reading = read_shape(lines)
    if reading is None:
        return None
    entries = tuple(
        Entry(
            lines=tuple(lines[i] for i in entry.lines),
            author=entry.author,
            posted=next((date for i in entry.header if (date := parse_date(lines[i].text))), None),
            indent=lines[min((*entry.header, entry.lines[0]))].indent,
        )
        for entry in reading.entries
    )
    head = lines[max(reading.start - HEAD_REACH, 0) : min((*reading.entries[0].header, reading.entries[0].lines[0]))]
    headings = tuple(filter(is_heading, lines[reading.start : reading.end]))
    section = Section(
        reading.start,
        reading.end,
        entries,
        THREAD_LAYOUT if reading.talk else "shape",
        stated_count(head),
        None,
        headings,
    )
    is_other = is_unspoken(entries) or is_desk(entries) or is_report(section, prose_words(lines[: reading.start]))
    if is_other or reading.headed or reading.number not in (None, 1):
        return None if is_other else section
    is_opening = reading.number == 1 or is_thread(lines, reading.start)
    return without_opening(lines, section) if is_opening else section


def _quote_test(lines: Sequence[Line]) -> Callable[[Line], bool]:
    """Make a test of whether a line repeats one of the given lines, or says that it quotes."""
    finder = QuoteFinder(line.text for line in lines)
    return lambda line: line.text.startswith(">") or finder.repeats(line.text)


def section_comments(entries: Sequence[Entry]) -> tuple[Comment, ...]:
    """Make comments of the entries of a section, in page order."""
    entries = with_answered(entries)
    return tuple(
        Comment(
            comment_id=f"c{number}",
            text="\n".join(line.full if i else line.text for i, line in enumerate(entry.lines)),
            author=entry.author,
            reply_to=f"c{parent + 1}" if parent is not None else None,
            posted=entry.posted,
            votes=entry.votes,
            start=entry.lines[0].start,
            end=entry.lines[-1].end,
        )
        for number, (entry, parent) in enumerate(zip(entries, parents(entries), strict=True), 1)
    )


def with_quotes(comments: Sequence[Comment], article: Article | None = None) -> tuple[Comment, ...]:
    """Note what comments repeat of those above them and of an article."""
    said = QuoteFinder((article.title or "", article.lead or "", *article.body) if article else ())
    earlier = QuoteFinder()
    noted = []
    for comment in comments:
        runs = runs_of(comment.text)
        quoted = quoted_part(comment.text, runs, said, earlier)
        noted.append(replace(comment, quoted=quoted) if quoted else comment)
        earlier.remember(runs)
    return tuple(noted)


def _warnings(
    article: Article, comments: Sequence[Comment], stated: StatedCount | None, end: Ending
) -> tuple[str, ...]:
    """List what a reader of the document should know of how it was read."""
    warnings = []
    if not article.body:
        warnings.append("no article body was found; expected paragraphs of prose")
    difference = explain_difference(stated, len(comments))
    if difference is not None:
        warnings.append(difference)
    elif end.posts and not comments:
        warnings.append("headers come back as above comments, but none was found")
    return tuple(warnings)
