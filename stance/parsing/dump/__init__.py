"""Read text dumps, saved pages that have lost their tags, into documents: article and reader comments."""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, chain, groupby, pairwise
from operator import attrgetter
from typing import NamedTuple

from stance.datamodels import Comment, Document, Page
from stance.parsing.article import DumpArticle, Kind, line_kinds, read_article
from stance.parsing.choosing import (
    Evidence,
    Method,
    Thread,
    evidence_of,
    judge_certainty,
    rate_threads,
    renumbered,
    with_agreement,
)
from stance.parsing.cleaning import clean_comments
from stance.parsing.counts import StatedCount, explain_difference, stated_in_lines
from stance.parsing.dates import find_date
from stance.parsing.dump.page import HEADERS, MARK_REACH, CuedLines, Section, unmarked_section
from stance.parsing.dump.tags import Tagged, Tags, headed_texts, read_tags, tagged_thread
from stance.parsing.layouts import TEXT_LAYOUTS, Form
from stance.parsing.line_parts import (
    MARKS,
    Entry,
    is_count,
    is_heading,
    parents,
    plain_names,
    read_line,
    stated_count,
    with_names,
)
from stance.parsing.lines import Line, prose_words, runs_pattern, split_lines, unwrap_lines, with_texts
from stance.records import document_id

_MARKS = ">|│┃"
_THREAD_MARKS = re.compile(rf"(?:[{_MARKS}]\s{{0,3}}){{1,20}}")

SAID_LINES = 200
"""Number of lines of comments whose words say what the article is about."""


NEAR = 5
"""Number of lines above and below a list in which counts of comments are looked for."""

LINES_LAYOUT = "lines"
"""The layout of comments that are found by the tags of lines."""


ARTICLE_WORDS = 15
"""Words of paragraphs that make an article."""


def parse_text(page: Page) -> Document:
    """Separate the article of a text dump from its comments.

    :param page: A text page; any text will do, an empty one gives an empty document.
    :return: Everything the page tells, except languages.
    """
    # 1. lines
    lines = read_lines(page.text)
    dump = CuedLines(lines)
    # 2. the comment section
    found = section_of(dump)
    section = found.section if found else None
    # 3. the article above it
    end = article_end(dump, found.said if found else (), section.start if section else None)
    below = lines[section.end :] if section else lines[end:]
    said = lines[end : end + SAID_LINES] if section else ()
    article = read_article(lines[:end], section.headings[:3] if section else (), below, said)
    if section and section.opening:
        body = tuple(line.full for line in section.opening.lines)
        article = replace(article, lead=None, body=body, author=section.opening.author or article.author)
    # 4. comments
    comments = with_quotes(renumbered(found.comments), article) if found else ()
    thread = thread_of_dump(dump, found)
    certainty, doubts = judge_certainty(thread)
    stated = thread.stated
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
        warnings=(*page.warnings, *_warnings(article, comments, stated)),
        certainty=certainty,
        doubts=doubts,
    )


def thread_of_dump(page: CuedLines, found: "FoundSection | None") -> Thread:
    """Return the comments of a dump as their certainty is judged."""
    comments = found.comments if found else ()
    starts = {each.start for each in comments}
    counts = page.signs_beside(lambda line: line.start in starts)
    if found is None:
        return Thread((), Method.TAGS, stated=page.stated, page=counts)
    thread = rated_reading(found)
    is_sure = thread.method is Method.MARKUP  # the marks of its layout vouch for it
    counts = with_agreement(counts, thread, found.others, [len(each.comments) for each in found.others])
    return replace(thread, page=None if is_sure else counts)


class FoundSection(NamedTuple):
    """A comment section, its comments as they stand there and cleaned, and the page's own count of them."""

    section: Section
    said: tuple[Comment, ...]
    comments: tuple[Comment, ...]
    stated: StatedCount | None
    others: tuple[Thread, ...] = ()  # the other readings of the page

    @property
    def evidence(self) -> Evidence:
        """The evidence that the comments hold by themselves."""
        return evidence_of(self.comments, self.stated.count if self.stated else None)


def section_of(page: CuedLines) -> FoundSection | None:
    """Find the comment section among all lines of a page; None where it has none.

    A page is read by the tags of its lines; a network rates these readings.
    """
    readings, tags = readings_of(page)
    if not readings or tags is None:
        return readings[0] if readings else None
    rated = [rated_reading(each) for each in readings]
    none, *ratings = rate_threads(page.lines, rated, tags.signs)
    if none > max(ratings):
        return None
    # Rating that lenient tags lose.
    best = max(range(len(ratings)), key=lambda place: ratings[place] - place * 0.035)
    return readings[best]._replace(others=tuple(rated[:best] + rated[best + 1 :]))


def rated_reading(found: FoundSection) -> Thread:
    """Return a section as its reading is rated."""
    method = Method.MARKUP if found.section.form is Form.BLANKS else Method.TAGS
    return Thread(found.comments, method, found.section.layout, found.stated)


def readings_of(page: CuedLines) -> tuple[list[FoundSection], Tags | None]:
    """Return the sections found by tags of lines and by lenient tags, and the tags.

    If the marks of a layout are around names and blank lines alone, these are read, and lines are not tagged.
    """
    section = unmarked_section(page, lambda start: _quote_test(page.lines[:start]))
    unmarked = _found(replace(section, entries=with_names(section.entries)), page.lines) if section else None
    if not page.lines or (unmarked and unmarked.evidence.is_said):
        return [unmarked] if unmarked else [], None
    tags = read_tags(page)
    readings: dict[tuple[str, ...], FoundSection] = {}
    for each in (tags, tags.lenient):
        if found := tagged_section(page, each):
            readings.setdefault(tuple(comment.text for comment in found.comments), _in_dump(page, found))
    if readings:
        return list(readings.values()), tags
    found = tagged_section(page, tags._replace(texts=headed_texts(page)))  # texts that are alike but for a number
    return ([_in_dump(page, found)], None) if found and found.evidence.agrees else ([], tags)


def _in_dump(page: CuedLines, found: FoundSection) -> FoundSection:
    """Return a section with the name of its layout, and without the post that opens a thread of a forum."""
    section = found.section
    if section.form:
        section = replace(section, layout=layout_of(page, section.start, section.end, section.form))
    are_days = all(each.posted and "T" not in each.posted for each in section.entries)
    if section.headings or section.stated or are_days:
        return found._replace(section=section)
    shorter = without_opening(page.lines, section)
    return found._replace(section=section) if shorter is section else _found(shorter, page.lines)


def tagged_section(
    page: CuedLines, tags: Tags, others: int = 0, shorten: Callable[[Iterable[str]], dict[str, str]] = plain_names
) -> FoundSection | None:
    """Return the section that the tags of the lines of a page give, unless it is none of comments.

    :param others: Number of other readings with comments; without one, a single text needs a heading and a date, or the
        page's count.
    :param shorten: Returns the shorter names by those that are cut.
    """
    tagged = tagged_thread(page, tags)
    if tagged is None:
        return None
    section = _tagged_section(page, tagged)
    found = _found(replace(section, entries=with_names(section.entries, shorten)), page.lines)
    evidence, section = found.evidence, found.section
    is_dated = evidence.dated or section.form is not None
    is_headed = section.headings and section.end - section.start <= NEAR + len(section.entries[0].lines)
    is_sole = evidence.comments == 1 and not others and not (evidence.agrees or (is_headed and is_dated))
    is_label = evidence.comments == 1 and not evidence.spoken and not (evidence.complete and is_dated)
    are_few = evidence.comments < tags.fewest
    return None if are_few or is_sole or is_label or not evidence.is_said else found


def _tagged_section(page: CuedLines, tagged: Tagged) -> Section:
    """Make a section of the comments that the tags of lines give, from their heading on where there is one."""
    lines, first = page.lines, bisect_left(page.lines, tagged.entries[0].lines[0].start, key=attrgetter("start"))
    # Maximum number of lines between a heading of comments and the first text.
    above = range(max(tagged.start - 30, 0), first)
    heads = [i for i in above if is_heading(lines[i]) or is_count(lines[i])]
    start = min(heads[-1], tagged.start) if heads else tagged.start
    if ARTICLE_WORDS <= prose_words(lines[start : tagged.start]) > prose_words(lines[:start]):
        start = tagged.start  # the article is between a count beside its title and the comments
    stated = stated_count(lines[heads[-1] : first]) if heads else None
    headings = tuple(filter(is_heading, lines[start : tagged.end]))
    return Section(start, tagged.end, tuple(tagged.entries), LINES_LAYOUT, stated, tagged.form, headings)


def _found(section: Section, lines: Sequence[Line]) -> FoundSection:
    """Return a section with its comments and the page's own count of them."""
    said = section_comments(section.entries)
    comments = clean_comments(said)
    stated = stated_in_lines(lines, range(section.start, section.end), len(comments))
    if stated is None and section.stated is not None:
        stated = StatedCount(section.stated)
    return FoundSection(section, said, comments, stated)


def _quote_test(lines: Sequence[Line]) -> Callable[[Line], bool]:
    """Make a test of whether a line repeats one of the given lines, or says that it quotes."""
    known = known_runs(line.text for line in lines)
    return lambda line: line.text.startswith(">") or repeats(runs_of(line.text), known)


def section_comments(entries: Sequence[Entry]) -> tuple[Comment, ...]:
    """Make comments of the entries of a section, in page order."""
    return tuple(
        Comment(
            comment_id=f"c{number}",
            text="\n".join([entry.lines[0].text, *(line.full for line in entry.lines[1:])]),
            author=entry.author,
            reply_to=f"c{parent + 1}" if parent is not None else None,
            posted=entry.posted,
            votes=entry.votes,
            start=entry.lines[0].start,
            end=entry.lines[-1].end,
        )
        for number, (entry, parent) in enumerate(zip(entries, parents(entries), strict=True), 1)
    )


def with_quotes(comments: Sequence[Comment], article: DumpArticle | None = None) -> tuple[Comment, ...]:
    """Mark the parts of comments that quote those above them or the article."""
    said = known_runs((article.title or "", article.lead or "", *article.body) if article else ())
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


def article_end(page: CuedLines, comments: Sequence[Comment], start: int | None) -> int:
    """Find the line where the article ends at the latest.

    That is the first heading of comments below its paragraphs, rather than beside its title.

    :param comments: Those that were found.
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
    """Split a text into its lines, those that a program has cut joined again and its marks taken off.

    :param text: A text; one without the form of such a program is only split.
    """
    return _without_thread_marks(unwrap_lines(split_lines(text)))


def _without_thread_marks(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Make an indent of the ">" or "|" before replies.

    Quotations are marked so, too: below one stands what is said to it, below a reply the next comment.
    """
    runs = [(marked, list(run)) for marked, run in groupby(lines, lambda line: bool(_THREAD_MARKS.match(line.text)))]
    kept: list[tuple[Line, str]] = []
    for (marked, run), (_, below) in pairwise((*runs, (False, []))):
        kept += _indented(run) if marked and _opens(below) else [(line, line.text) for line in run]
    return with_texts(kept)


def _opens(lines: Sequence[Line]) -> bool:
    """Return whether a comment, or nothing, begins at the first line: its name, or the date below that."""
    return not lines or any(read_line(line).part in HEADERS for line in lines[:2])


def _indented(run: Sequence[Line]) -> Iterator[tuple[Line, str]]:
    """Cut the marks of replies off lines that begin with one's name or date; further marks are of quotations."""
    said = [(line.text, line._replace(text=_THREAD_MARKS.sub("", line.text, count=1))) for line in run]
    opening = [(text, line) for text, line in said if read_line(line).part in HEADERS]
    depths = {sum(sign in _MARKS for sign in text.removesuffix(line.text)) for text, line in opening}
    is_reply = depths and _opens([line for _, line in said if line.text])
    for line, (text, plain) in zip(run, said, strict=True):
        own = sum(sign in _MARKS for sign in text.removesuffix(plain.text))
        depth = max((depth for depth in depths if depth <= own), default=min(depths, default=0)) if is_reply else 0
        text = re.sub(rf"(?:[{_MARKS}]\s{{0,3}}){{0,{depth}}}", "", line.text, count=1)
        start = line.end - len(text) if line.end - line.start == len(line.text) else line.start
        yield line._replace(start=start, indent=line.indent + depth) if depth else line, text


# What comments are ----------------------------------------------------------------------------------------------------


def layout_of(page: CuedLines, start: int, end: int, form: Form) -> str:
    """Return the name of the first layout with the form and marks of the comments in ``lines[start:end]``."""
    cues = {page.lines[i].cue: page.lines[i] for i in page.cued if start - MARK_REACH <= i < end}
    for layout in (layout for layout in TEXT_LAYOUTS if form in layout.forms):
        if not layout.marks or sum(map(MARKS[layout.name].match, cues.values())) >= layout.needed:
            return layout.name
    return TEXT_LAYOUTS[-1].name


def without_opening(lines: Sequence[Line], section: Section) -> Section:
    """Return a section without the post that opens a thread: where no article stands above, it is the article."""
    if len(section.entries) < 2 or prose_words(lines[: section.start]) >= ARTICLE_WORDS:
        return section
    last = section.entries[0].lines[-1]
    start = next((i + 1 for i in range(section.start, section.end) if lines[i] is last), section.start)
    return replace(section, start=start, entries=section.entries[1:], opening=section.entries[0])


# Quotations -----------------------------------------------------------------------------------------------------------

# Quoted words are not the commenter's own: scoring them would give a reader the stance of the quoted text.

RUN = 6
"""Words in a row that must stand elsewhere too. Five happen to coincide ("in the middle of the"); a quoted sentence is
rarely shorter than six."""

_WORDS = runs_pattern(r"\w")
_SENTENCE = re.compile(r"[.!?…]{1,4}[\"'”’»)\]]{0,2}\s")


def known_runs(texts: Iterable[str]) -> set[int]:
    """Return the runs of words of some texts."""
    return set(chain.from_iterable(map(runs_of, texts)))


def runs_of(text: str) -> list[int]:
    """Return the runs of words of a text, each as a number; so many as it has words, but for the last ``RUN - 1``."""
    words = _WORDS.findall(text.casefold())
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
    ends = accumulate((len(_WORDS.findall(part.casefold())) for part in parts), initial=0)
    for part, (start, end) in zip(parts, pairwise(ends), strict=True):
        own = runs[start : max(end - RUN + 1, start)]
        is_taken = part.startswith(">") or (in_article and repeats(own, article))
        if is_taken or (in_earlier and repeats(own, earlier)):
            quoted.append(part)
            taken = taken and is_taken
    return "\n".join(quoted) if quoted and (len(quoted) < len(parts) or taken) else None


def repeats(runs: Sequence[int], known: set[int]) -> bool:
    """Return whether a text has runs of words, and all of them are known."""
    return bool(runs) and known.issuperset(runs)


def _sentences(line: str) -> list[str]:
    """Cut a line into sentences; a line marked as a quote stays whole, unless a second mark ends the quote."""
    if line.startswith(">"):
        # ">The words of another.> An answer"; no "->"
        quote = re.match(r">[^>]*[^>\s-]>(?=\.?\s+[^\s>])", line)
        return [quote[0], *_sentences(line[quote.end() :].strip())] if quote else [line]
    cuts = [0, *(match.end() for match in _SENTENCE.finditer(line)), len(line)]
    return [part for a, b in pairwise(cuts) if (part := line[a:b].strip())]
