"""Read text dumps, saved pages that have lost their tags, into documents: article and reader comments."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, chain, groupby, pairwise
from operator import attrgetter

from stance.datamodels import Comment, Document, Page
from stance.parsing.article import DumpArticle, read_article
from stance.parsing.bylines import ends_in_credit
from stance.parsing.certainty import judge_certainty
from stance.parsing.choice import rate_threads
from stance.parsing.cleaning import clean_comments, plain_names, with_parents
from stance.parsing.counts import StatedCount, explain_difference, stated_in_lines
from stance.parsing.dates import find_date
from stance.parsing.dump.tags import FEWEST, Tags, comment_of, read_tags, tagged_thread
from stance.parsing.line_kinds import RELATED, Kind, line_kinds
from stance.parsing.line_parts import (
    HEADERS,
    MARKS,
    CuedLines,
    clean_name,
    is_count,
    is_heading,
    read_line,
    stated_count,
)
from stance.parsing.lines import Line, name_like, prose_words, split_lines, unwrap_lines, with_texts, words_of
from stance.parsing.page_counts import counts_of, with_agreement
from stance.parsing.thread import Method, Thread, renumbered
from stance.records.digests import document_id

_MARK = r"[>|│┃]\s{0,3}"
_MARKS = re.compile(rf"(?:{_MARK}){{1,20}}")

SAID_LINES = 200
"""Number of lines of comments whose words say what the article is about."""


NEAR = 5
"""Number of lines above and below a list in which counts of comments are looked for."""

BLANKS_LAYOUT = "wpdiscuz-text"
"""The layout of comments with only names and blank lines between them."""

FAR_CUE = 30
"""Maximum number of lines from a heading of other stories to the first text below it."""

SPOKEN = 0.6
"""Minimum share of texts with a sentence for them to be no headlines."""

MARK_REACH = 15
"""Maximum number of lines that the marks of this layout are apart."""


ARTICLE_WORDS = 15
"""Words of paragraphs that make an article."""

TWICE_WORDS = 5
"""Minimum words of a line of prose that is a copy where the line above is equal."""

_PLACE = re.compile(r"[A-Z][^\W\d_]+(?:[ .'-]{1,2}[^\W\d_]+){0,3}, [A-Z]{2}")
_TWICE = re.compile(r"(?<!\w)(\D{0,12}\d{1,2}\W[^\d]{2,24}|\d[\d./:\s-]{6,20})\1$")

SURE = 0.85
"""Minimum rating of a reading for no other one to be tried: the other one was better on 0 of 36 such pages."""


MISREAD = "words contain digits, as after text recognition: comments may be missing"
"""Doubt about a text without comments that was read by OCR."""

MISREAD_CERTAINTY = 0.4
"""Maximum certainty that a text holds no comments where it was read by OCR."""

_MISREAD_WORD = re.compile(
    r"\b[a-zà-ÿа-яё]{2,}[01|](?:[a-zà-ÿа-яё]+|\b)|\b[01][a-zà-ÿа-яё]{3,}|©|[Cc][o0]mrnent|[Rr]ep(?:1|iy)"
)


def _may_be_misread(text: str) -> bool:
    """Return whether a text looks as read by OCR: at least three words, and one of 200, with a digit for a letter."""
    words = len(text.split())
    return sum(1 for _ in _MISREAD_WORD.finditer(text)) >= max(3, words / 200)


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
    comments = with_quotes(renumbered(thread.comments), article)
    # 4. how sure this is
    certainty, doubts = judge_certainty(thread)
    if not thread.comments and _may_be_misread(page.text):
        certainty, doubts = min(certainty, MISREAD_CERTAINTY), (MISREAD, *doubts)
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
        stated_comments=thread.stated.count if thread.stated else None,
        layout=thread.layout,
        warnings=(*page.warnings, *_warnings(article, comments, thread.stated)),
        certainty=certainty,
        doubts=(*doubts, *article.doubts),
    )


def _article(page: CuedLines, thread: Thread) -> DumpArticle:
    """Read the article above the comments, which is the post that opens the thread of a forum."""
    lines, place = page.lines, thread.place
    end = article_end(page, place.start if thread.comments else None)
    if not thread.comments:
        return read_article(lines[:end], below=lines[end:])
    said = lines[end : end + SAID_LINES]
    article = read_article(lines[:end], thread.headings[:3], lines[place.stop :], said)
    if opening := thread.opening:
        body = tuple(opening.text.split("\n"))
        article = replace(article, lead=None, body=body, author=opening.author or article.author)
    return article


def find_comments(page: CuedLines) -> Thread:
    """Find the comments among all lines of a page; none where it has none.

    A page is read by the tags of its lines; where a network rates that low, also by lenient tags.
    """
    readings, ratings = readings_of(page)
    best, others = readings[:1], readings[1:]
    if readings and ratings:
        none, *rated = ratings
        # Rating that lenient tags lose.
        place = max(range(len(rated)), key=lambda place: rated[place] - place * 0.035)
        best = [] if none > max(rated) else [readings[place]]
        others = [*readings[:place], *readings[place + 1 :]]
    best = [own for thread in best if (own := _own(page, thread)).comments]
    counts = counts_of(page, best[0].comments if best else ())
    for thread in best:
        if thread.method is Method.MARKUP:  # the marks of its layout vouch for it
            return thread
        return replace(thread, page=with_agreement(counts, thread, others, [len(each.comments) for each in others]))
    return Thread((), Method.TAGS, stated=stated_in_lines([line.full for line in page.lines]), page=counts)


def _own(page: CuedLines, thread: Thread) -> Thread:
    """Return a thread without headlines below "Read also" and without quoted comments.

    A quoted comment repeats one above, but not the last, with its name and time; the next one answers it.
    """
    comments = thread.comments
    first = bisect_left(page.lines, comments[0].start, key=attrgetter("start"))
    above = page.lines[max(first - FAR_CUE, 0) : first][::-1]
    cue = next((line for line in above if RELATED.match(line) or is_heading(line)), None)
    is_said = len(comments) < FEWEST or thread.stated or thread.evidence.spoken > SPOKEN * len(comments)
    if cue and RELATED.match(cue) and not is_said:
        return replace(thread, comments=())
    long = [len(each.text.split()) >= TWICE_WORDS and "T" in (each.posted or "") for each in comments]
    heads = [(each.author, each.posted, each.text) for each in comments]
    said = [head if is_long else i for i, (head, is_long) in enumerate(zip(heads, long, strict=True))]
    kept = [each for i, each in enumerate(comments) if said.index(said[i]) in (i, i - 1)]
    return replace(thread, comments=tuple(kept))


def readings_of(page: CuedLines, sure: float = SURE) -> tuple[list[Thread], list[float]]:
    """Return the comments found by tags of lines and by lenient tags, and the ratings of no comments and of each.

    If the marks of a layout are around names and blank lines alone, these are read, and lines are not tagged.

    :param sure: Minimum rating of the first reading for lenient tags not to be read.
    """
    unmarked = unmarked_thread(page)
    if not page.lines or (unmarked and unmarked.evidence.is_said):
        return [unmarked] if unmarked else [], []
    tags = read_tags(page)
    first = tagged_section(page, tags)
    readings = [without_opening(page.lines, first)] if first else []
    ratings = rate_threads(page.lines, readings, tags.signs)
    if readings and ratings[1] >= sure:
        return readings, ratings
    second = tagged_section(page, tags.lenient)
    if second and (not first or [each.text for each in first.comments] != [each.text for each in second.comments]):
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
    opening, found = tagged.comments[0].text, _from_heading(page, tagged)
    evidence = found.evidence
    is_headed = found.headings and len(found.place) <= NEAR + 1 + opening.count("\n")
    is_dated = evidence.dated or any(page.readings[i].part in HEADERS for i in found.place)  # or "2 hours ago"
    is_sole = evidence.comments == 1 and not others and not (evidence.agrees or (is_headed and is_dated))
    are_few = evidence.comments < tags.fewest
    return None if are_few or is_sole or not evidence.is_said else found


def _from_heading(page: CuedLines, thread: Thread) -> Thread:
    """Clean comments, and begin their section with their heading where there is one."""
    lines, place = page.lines, thread.place
    first = bisect_left(lines, thread.comments[0].start, key=attrgetter("start"))
    # Maximum number of lines between a heading of comments and the first text.
    above = range(max(place.start - 30, 0), first)
    heads = [i for i in above if is_heading(lines[i]) or is_count(lines[i])]
    start = min(heads[-1], place.start) if heads else place.start
    if ARTICLE_WORDS <= prose_words(lines[start : place.start]) > prose_words(lines[:start]):
        start = place.start  # the article is between a count beside its title and the comments
    stated = stated_count(lines[heads[-1] : first]) if heads else None
    return _cleaned(replace(thread, place=range(start, place.stop)), lines, stated)


def _cleaned(thread: Thread, lines: Sequence[Line], stated: int | None) -> Thread:
    """Clean the comments of a section, and add its headings and the page's own count.

    :param stated: The number in its heading.
    """
    comments, place = clean_comments(thread.comments), thread.place
    found = stated_in_lines([line.full for line in lines], place, len(comments))
    if found is None and stated is not None:
        found = StatedCount(stated)
    headings = tuple(filter(is_heading, lines[place.start : place.stop]))
    return replace(thread, comments=comments, stated=found, headings=headings)


def without_opening(lines: Sequence[Line], thread: Thread) -> Thread:
    """Return a thread without the post that opens it: where no article is above, it is the article."""
    opening, *others = thread.comments
    are_days = all(each.posted and "T" not in each.posted for each in thread.comments)
    has_article = prose_words(lines[: thread.place.start]) >= ARTICLE_WORDS
    if thread.headings or thread.stated or are_days or has_article or not others:
        return thread
    start = bisect_left(lines, opening.end, key=attrgetter("start"))
    return replace(thread, comments=tuple(others), opening=opening, place=range(start, thread.place.stop))


def with_quotes(comments: Sequence[Comment], article: DumpArticle | None = None) -> tuple[Comment, ...]:
    """Mark the parts of comments that quote those above them or the article."""
    texts = (article.title or "", article.lead or "", *article.body) if article else ()
    said = set(chain.from_iterable(map(runs_of, texts)))
    earlier: set[int] = set()
    noted = []
    for comment in comments:
        runs = runs_of(comment.text)
        quoted = quoted_part(comment.text, runs, said, earlier)
        noted.append(replace(comment, quoted=quoted) if quoted else comment)
        earlier.update(runs)
    return tuple(noted)


def _warnings(article: DumpArticle, comments: Sequence[Comment], stated: StatedCount | None) -> Iterator[str]:
    """Yield the doubts about how a document was read."""
    if not article.body:
        yield "no article body was found; expected paragraphs of prose"
    if difference := explain_difference(stated, len(comments)):
        yield difference


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
    headings = [i for i in headings if lines[i].cue and find_date(lines[i].full) is None]
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


def read_lines(text: str) -> tuple[Line, ...]:
    """Split a text into its lines with text, those that a program has cut joined again and its marks taken off."""
    lines = with_texts([*_once(unwrap_lines(split_lines(text)))])
    if not any(_MARKS.match(line.text) for line in lines):
        return lines
    runs = [list(run) for _, run in groupby(lines, lambda line: _MARKS.match(line.text) is not None)]
    pairs = (_without_marks(run, below) for run, below in pairwise((*runs, [])))
    return with_texts([*chain.from_iterable(pairs)])


def _once(lines: Sequence[Line]) -> Iterator[tuple[Line, str]]:
    """Yield lines with what a page holds twice, for two sizes of a screen, once: a date, or a text below its excerpt.

    A first and a last name in two lines, below "Posted by" and above a date, are one; towns below names go.
    """
    names = {i for i in range(len(lines) - 3) if _is_split_name(lines[i : i + 4])}
    places = {i for i in range(1, len(lines)) if _PLACE.fullmatch(lines[i].text) and name_like(lines[i - 1].text)}
    places = places if len(places) >= FEWEST else set()
    for i, (above, line) in enumerate(zip((None, *lines), lines, strict=False)):
        twice = _TWICE.search(line.text)
        if (
            not {i, i - 2}.isdisjoint(names)
            or i in places
            or (above and line.prose and line.words >= TWICE_WORDS and above.full == line.full)
        ):
            yield line, ""
        elif i - 1 in names:
            yield line, f"{line.text} {lines[i + 1].text}"
        else:
            yield line, line.text[: twice.end(1)] if twice and find_date(twice[1]) else line.text


def _is_split_name(lines: Sequence[Line]) -> bool:
    """Return whether four lines are "Posted by", two words with capitals, and a date."""
    credit, *name, date = (line.text for line in lines)
    are_words = all(word.istitle() and word.isalpha() for word in name)
    return are_words and ends_in_credit(credit) and (found := find_date(date)) is not None and found.start == 0


def _without_marks(run: Sequence[Line], below: Sequence[Line]) -> Iterator[tuple[Line, str]]:
    """Make an indent of the ">" or "|" before replies; further marks are of quotations.

    Quotations alone are marked so, too: below one is what is said to it, below a reply the next comment.

    :param run: Lines of which all have marks, or none.
    :param below: The lines that follow it.
    """
    marks = [found[0] if (found := _MARKS.match(line.text)) else "" for line in run]
    plain = [line._replace(text=line.text.removeprefix(mark)) for line, mark in zip(run, marks, strict=True)]
    sizes = [len(re.findall(_MARK, mark)) for mark in marks]
    is_reply = marks[0] and _opens(below) and _opens([line for line in plain if line.text])
    replies = zip(plain, sizes, strict=True) if is_reply else ()
    depths = {size for line, size in replies if read_line(line).part in HEADERS}
    for line, size in zip(run, sizes, strict=True):
        depth = max((each for each in depths if each <= size), default=0)
        text = re.sub(rf"(?:{_MARK}){{0,{depth}}}", "", line.text, count=1)
        start = line.end - len(text) if line.end - line.start == len(line.text) else line.start
        yield (line._replace(start=start, indent=line.indent + depth) if depth else line), text


def _opens(lines: Sequence[Line]) -> bool:
    """Return whether a comment, or nothing, begins at the first line: its name, or the date below that."""
    return not lines or any(read_line(line).part in HEADERS for line in lines[:2])


# Names and blank lines alone ------------------------------------------------------------------------------------------


def unmarked_thread(page: CuedLines) -> Thread | None:
    """Find a section with only names and blank lines between its comments."""
    lines, bounds = page.lines, _marked_bounds(page)
    if bounds is None:
        return None
    opening, start = bounds
    end = next((i for i in page.stops if i >= start), len(lines))
    if start == end or any(page.readings[i].part in HEADERS for i in range(start, end)):
        return None  # dates tell them apart
    comments = split_by_blanks(lines[start:end])
    threaded = with_parents(comments, (None,) * len(comments), (0,) * len(comments))
    found = Thread(threaded, Method.MARKUP, BLANKS_LAYOUT, place=range(opening, end))
    return _cleaned(found, lines, stated_count(lines[opening:start])) if comments else None


def _marked_bounds(page: CuedLines) -> tuple[int, int] | None:
    """Find the first group of two different marks: its first line, and the line below its last."""
    marks = [i for i in page.cued if MARKS.match(page.lines[i])]
    for position, first in enumerate(marks):
        group = [i for i in marks[position : position + MARK_REACH] if i - first < MARK_REACH]
        if len({page.lines[i].cue for i in group}) > 1:
            return first, group[-1] + 1
    return None


def split_by_blanks(lines: Sequence[Line]) -> list[Comment]:
    """Split a section into comments by its blank lines: one is around a name, two are above an unnamed comment."""
    blocks: list[list[Line]] = []
    for line in lines:
        if line.gap or not blocks:
            blocks.append([])
        blocks[-1].append(line)
    found: list[tuple[list[Line], str | None]] = []
    author: str | None = None
    for block, below in zip(blocks, (*blocks[1:], None), strict=True):
        is_name = len(block) == 1 and below is not None and below[0].gap == 1 and name_like(block[0].text)
        if author is None and is_name:
            author = clean_name(block[0].text)
        elif author is not None or not found or block[0].gap > 1:
            found.append((block, author))
            author = None
        else:
            found[-1][0].extend(block)
    return [comment_of(said, number, name) for number, (said, name) in enumerate(found)]


# Quotations -----------------------------------------------------------------------------------------------------------

# Quoted words are not the commenter's own: scoring them would give a reader the stance of the quoted text.

RUN = 6
"""Words in a row that must stand elsewhere too. Five happen to coincide ("in the middle of the"); a quoted sentence is
rarely shorter than six."""

_SENTENCE = re.compile(r"[.!?…]{1,4}[\"'”’»)\]]{0,2}\s")


def runs_of(text: str) -> list[int]:
    """Return the runs of words of a text, each as a number; so many as it has words, but for the last ``RUN - 1``."""
    words = words_of(text.casefold())
    return list(map(hash, zip(*[words[start:] for start in range(RUN)], strict=False))) if len(words) >= RUN else []


def quoted_part(text: str, runs: Sequence[int], article: set[int], earlier: set[int]) -> str | None:
    """Find the lines and sentences of a comment that are not its writer's own.

    :param text: A comment, its lines joined by line feeds.
    :param runs: Its runs of words.
    :param article: The runs of the article's title and body.
    :param earlier: The runs of the comments above.
    :return: What is quoted, each line an exact part of ``text``; None where nothing is. A comment that only repeats an
        earlier comment was posted twice: that is no quote.
    """
    in_article, in_earlier = not article.isdisjoint(runs), not earlier.isdisjoint(runs)
    if not in_article and not in_earlier and ">" not in text:
        return None
    parts = [part for line in text.split("\n") for part in _sentences(line)]
    quoted: list[str] = []
    taken = True  # what is quoted is all the article's
    ends = accumulate((len(words_of(part.casefold())) for part in parts), initial=0)
    for part, (start, end) in zip(parts, pairwise(ends), strict=True):
        own = runs[start : max(end - RUN + 1, start)]
        is_taken = part.startswith(">") or (in_article and bool(own) and article.issuperset(own))
        if is_taken or (in_earlier and own and earlier.issuperset(own)):
            quoted.append(part)
            taken = taken and is_taken
    return "\n".join(quoted) if quoted and (len(quoted) < len(parts) or taken) else None


def _sentences(line: str) -> list[str]:
    """Cut a line into sentences; a line marked as a quote stays whole, unless a second mark ends the quote."""
    if line.startswith(">"):
        # ">The words of another.> An answer"; no "->"
        quote = re.match(r">[^>]*[^>\s-]>(?=\.?\s+[^\s>])", line)
        return [quote[0], *_sentences(line[quote.end() :].strip())] if quote else [line]
    cuts = [0, *(match.end() for match in _SENTENCE.finditer(line)), len(line)]
    return [part for a, b in pairwise(cuts) if (part := line[a:b].strip())]
