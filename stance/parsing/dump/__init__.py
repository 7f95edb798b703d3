"""Read text dumps, saved pages that have lost their tags, into documents: article and reader comments."""

import re
from dataclasses import replace
from itertools import accumulate

from stance.datamodels import Document, Page
from stance.parsing.article import DumpArticle, read_article
from stance.parsing.certainty import judged
from stance.parsing.counts import stated_in_lines
from stance.parsing.cued_lines import CuedLines
from stance.parsing.dates import find_date
from stance.parsing.dump.line_forms import FEWEST
from stance.parsing.dump.sections import readings_of
from stance.parsing.dump.text_lines import TWICE_WORDS, read_lines
from stance.parsing.letters import read_letters
from stance.parsing.line_kinds import Kind, line_kinds
from stance.parsing.lines import cues, line_at
from stance.parsing.page_counts import counts_of
from stance.parsing.section_lines import is_count, is_heading
from stance.parsing.thread import Method, Thread, renumbered
from stance.records.digests import document_id

SAID_LINES = 200
"""Number of lines of comments whose words say what the article is about."""


def _may_be_misread(text: str) -> bool:
    """Return whether a text looks as read by OCR: at least three words, and one of 200, with a digit for a letter."""
    words = len(text.split())
    misread = r"\b[a-zà-ÿа-яё]{2,}[01|](?:[a-zà-ÿа-яё]+|\b)|\b[01][a-zà-ÿа-яё]{3,}|©|[Cc][o0]mrnent|[Rr]ep(?:1|iy)"
    return sum(1 for _ in re.finditer(misread, text)) >= max(3, words / 200)


def parse_text(page: Page) -> Document:
    """Separate the article of a text dump from its comments.

    :param page: A text page; any text will do, an empty one gives an empty document.
    :return: All that the page states, except languages.
    """
    # 1. lines
    cued = CuedLines(read_lines(page.text))
    # 2. the comments
    thread = find_comments(cued)
    # 3. the article above them
    article = _article(cued, thread)
    comments = renumbered(thread.comments)
    warnings = () if article.body else ("no article body was found; expected paragraphs of prose",)
    document = Document(
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
        stated_comments=thread.stated.count if thread.stated else None,
        layout=thread.layout,
        warnings=(*page.warnings, *warnings),
    )
    # 4. how sure this is
    document = judged(document, thread, article.numbers)
    if not thread.comments and _may_be_misread(page.text):
        # Maximum certainty that a text holds no comments where it was read by OCR.
        certainty = min(document.certainty or 0.0, 0.4)
        certainties = document.certainties._replace(comments=certainty)
        # Doubt about a text without comments that was read by OCR.
        misread = "words contain digits, as after text recognition: comments may be missing"
        doubts = (misread, *document.doubts)
        document = replace(document, certainty=certainty, certainties=certainties, doubts=doubts)
    return replace(document, doubts=(*document.doubts, *article.doubts))


def _article(page: CuedLines, thread: Thread) -> DumpArticle:
    """Read the article above the comments, which is the post that opens the thread of a forum."""
    lines, section = page.lines, thread.place
    end = article_end(page, section.start if thread.comments else None)
    if not thread.comments:
        return read_article(lines[:end], below=lines[end:])
    comment_lines = lines[end : end + SAID_LINES]
    article = read_article(lines[:end], thread.headings[:3], lines[section.stop :], comment_lines)
    if opening := thread.opening:
        body = tuple(opening.text.split("\n"))
        article = replace(article, lead=None, body=body, author=opening.author or article.author)
    return article


def find_comments(page: CuedLines) -> Thread:
    """Find the comments among all lines of a page; none where it has none.

    A page is read by the tags of its lines; where a network rates that low, also by lenient tags.
    """
    if letters := read_letters(page.lines):
        return replace(letters, stated=stated_in_lines([line.full for line in page.lines]))
    readings, ratings = readings_of(page)
    best = readings[:1]
    if readings and ratings:
        none, *rated = ratings
        # Rating that lenient tags lose.
        rank = max(range(len(rated)), key=lambda rank: rated[rank] - rank * 0.035)
        best = [] if none > max(rated) else [readings[rank]]
    best = [cleaned for thread in best if (cleaned := _below_heading(page, _own(page, thread))).comments]
    counts = counts_of(page, best[0].comments if best else ())
    for thread in best:
        is_sure = thread.method is Method.MARKUP  # the marks of its layout vouch for it
        return thread if is_sure else replace(thread, page=counts)
    return Thread((), Method.TAGS, stated=stated_in_lines([line.full for line in page.lines]), page=counts)


def _below_heading(page: CuedLines, thread: Thread) -> Thread:
    """Return a thread without comments above a heading below which there are exactly as many as the page states.

    Those are posts of a board that an article shows.
    """
    comments, stated = thread.comments, thread.stated.count if thread.stated else 0
    if not 0 < stated < len(comments) or thread.method is Method.MARKUP:
        return thread
    first = line_at(page.lines, comments[-stated].start)
    last = line_at(page.lines, comments[-stated - 1].end)
    heads = [i for i in range(last, first) if is_heading(page.lines[i])]
    if not heads:
        return thread
    return replace(thread, comments=comments[-stated:], place=range(heads[-1], thread.place.stop))


def _own(page: CuedLines, thread: Thread) -> Thread:
    """Return a thread without headlines below "Read also" and without quoted comments.

    A quoted comment repeats one above, but not the last, with its name and time; the next one answers it.
    """
    comments = thread.comments
    first = line_at(page.lines, comments[0].start)
    # Maximum number of lines from a heading of other stories to the first text below it.
    above = page.lines[max(first - 30, 0) : first][::-1]
    cue = next((line for line in above if cues("article.related").match(line) or is_heading(line)), None)
    # Minimum share of texts with a sentence for them to be no headlines.
    is_said = len(comments) < FEWEST or thread.stated or thread.evidence.spoken > 0.6 * len(comments)
    if cue and cues("article.related").match(cue) and not is_said:
        return replace(thread, comments=())
    long = [len(comment.text.split()) >= TWICE_WORDS and "T" in (comment.posted or "") for comment in comments]
    heads = [(comment.author, comment.posted, comment.text) for comment in comments]
    keys = [head if is_long else i for i, (head, is_long) in enumerate(zip(heads, long, strict=True))]
    firsts = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
    own_comments = [comment for i, comment in enumerate(comments) if firsts[keys[i]] in (i, i - 1)]
    return replace(thread, comments=tuple(own_comments))


def article_end(page: CuedLines, start: int | None) -> int:
    """Find the line where the article ends at the latest.

    That is the first heading of comments below its paragraphs, rather than beside its title.

    :param start: The first line of their section; None where there is none.
    """
    lines, cued = page.lines[:start], frozenset(page.cued)
    words = [0, *accumulate(line.words if line.prose else 0 for line in lines)]
    # Minimum words of paragraphs above a heading of comments for it to end the article.
    # Lines above the heading among which they stand: menus and notes on cookies are further away.
    below = (i for i in range(len(lines)) if words[i] - words[max(i - 40, 0)] >= 60)
    headings = [i for i in below if (i in cued and is_heading(lines[i])) or is_count(lines[i])]
    headings = [i for i in headings if find_date(lines[i].full) is None]
    if not headings:
        return len(lines)
    above: Kind | None = None  # the kind of the last line above that is a paragraph, or stands beside a title
    for i, kind in enumerate(line_kinds(lines)):
        if i in headings:
            if above is Kind.PROSE:
                return i
        elif kind in (Kind.PROSE, Kind.DATE, Kind.BYLINE):
            above = kind
    return len(lines)
