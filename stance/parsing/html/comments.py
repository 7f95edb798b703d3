"""Find the comments of an HTML page: several independent readings, and a judge that keeps the best list."""

import re
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate, pairwise

from stance.datamodels import Comment, counted
from stance.parsing.certainty import Beside, Thread, signs_of, with_others
from stance.parsing.cleaning import clean_comments, clean_names
from stance.parsing.counts import stated_in_html
from stance.parsing.dates import find_date
from stance.parsing.dump import THREAD_LAYOUT, known_section, repeated_section, section_comments, with_quotes
from stance.parsing.dump.section import Dump
from stance.parsing.html.blocks import is_action, read_blocks
from stance.parsing.html.metadata import linked_comments
from stance.parsing.html.rows import FoundComments, found_comments, read_by_own_rows, read_by_rows
from stance.parsing.html.threads import PageParts, is_deleted
from stance.parsing.html.tree import Element, Index, TextIndex
from stance.parsing.judge import (
    TRUST,
    Evidence,
    Kind,
    renumbered,
    weigh,
    with_details,
    without_excerpts,
    without_strays,
    words_of,
)
from stance.parsing.languages import phrases
from stance.parsing.layouts import JSON_LD_LAYOUT, LOADED_BY_SCRIPT, STRUCTURE, HtmlLayout
from stance.parsing.line_parts import is_heading
from stance.parsing.lines import Line, letter_words, split_lines


class PageLines:
    """Split the visible text of a page into lines.

    :param text: The text index of the whole page. It must not change while the lines are in use.
    """

    def __init__(self, text: TextIndex) -> None:
        self._index = text
        lines = list[str]()
        self._firsts, self._lasts = array("i"), array("i")  # pieces of each line
        for line, first, last in text.visible_lines():
            lines.append(line)
            self._firsts.append(first)
            self._lasts.append(last)
        self.text = "\n".join(lines)

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """The lines; offsets count in ``text``."""
        return split_lines(self.text)

    def elements_of(self, numbers: Iterable[int]) -> list[Element]:
        """Return the largest elements that hold words of some lines and of no other line, in page order.

        :param numbers: Indices of lines.
        """
        index, chosen = self._index, bytearray(len(self._index.words_before) - 1)
        for first, last in ((self._firsts[number], self._lasts[number]) for number in set(numbers)):
            chosen[first:last] = b"\1" * (last - first)
        words = index.words_before
        own = list(
            accumulate((taken * (b - a) for taken, (a, b) in zip(chosen, pairwise(words), strict=True)), initial=0)
        )
        found, position = list[Element](), 0
        while position < len(index.elements):
            element = index.elements[position]
            _, end, first, last = index.span(element)
            count = own[last] - own[first]
            if 0 < count == words[last] - words[first]:
                found.append(element)
            position = position + 1 if 0 < count < words[last] - words[first] else end
        return found


# Comments -------------------------------------------------------------------------------------------------------------

GENERIC_LAYOUT = "named-parts"
"""Layout of any system whose class names mention comments, so it is not evidence for one."""

BLOCKS_LAYOUT, TEXT_LAYOUT, SHAPE_LAYOUT = "learned", "text", "shape"

SURE = 0.9
"""Share of the comments of a row that must be complete, and found in the flattened text too, for it to be sure."""

FEWEST_OF_PART = 3
"""Comments that a row must find for it to be sure where the page says that it shows only a part of them."""

LONGEST_DATED, FEWEST_DATED, FEWEST_POSTED = 80, 2, 5
"""Maximum characters of a line that could date a comment, and minimum number of such lines for slower readings: with a
line that mentions comments, and without."""

DISAGREEMENT = 0.1
"""Share of the comments that are kept by which another reading may find more before a warning says so; also where it
finds less than half of them, for it may be right."""

LEAST_PROBABILITY = 0.35
"""Minimum probability for accepting repeated blocks as comments."""

MOST_ELEMENTS = 150_000
"""Maximum number of elements of a page that is read by repeated blocks and lines, which take 2 KB for each."""

_VAST = f"more than {MOST_ELEMENTS:,} elements; comments are looked for by layouts and forms only"

HEADLINE_WORDS = 3
"""Minimum words of a link that could be a headline."""

NEARLY = 1e-9
"""Values closer than this are equal; of such readings the first that most others agree with is kept."""

_ACTIONS = frozenset(phrases("comment.own_actions"))
_DATE = re.compile(r"(?<!\d)(?:(?:19|20)\d\d|\d{1,2}[:.]\d\d)(?!\d)")

KINDS = {
    STRUCTURE.name: Kind.FORM,
    GENERIC_LAYOUT: Kind.NAMES,
    BLOCKS_LAYOUT: Kind.BLOCKS,
    TEXT_LAYOUT: Kind.TEXT,
    SHAPE_LAYOUT: Kind.SHAPE,
    THREAD_LAYOUT: Kind.THREAD,
    JSON_LD_LAYOUT: Kind.DATA,
}
"""The kinds of readings that are not by the markup's names."""

ROWS = (Kind.MARKUP, Kind.NAMES)
"""The kinds of readings by layout rows."""


def find_comments(index: Index) -> FoundComments:
    """Find the comments of a page.

    The page is read in several independent ways, and the judge keeps the best list.

    :param index: The page.
    :return: Comments in page order, called c1, c2, ...; none where no reading finds any.
    """
    page = PageParts(index)
    by_rows = read_by_rows(page)
    known = by_rows[:1] if by_rows and kind_of(by_rows[0]) in ROWS else []
    count = stated_in_html(index, known[0].elements if known else ())
    stated = count.count if count else None
    is_part = count is not None and count.note is not None
    openings = {words_of(reading.opening.text) for reading in by_rows if reading.opening}
    readings = [cleaned(reading, openings) for reading in _different(by_rows)]
    verdict = replace(judge(readings, stated), is_part=is_part)
    if verdict.is_sure:
        return replace(verdict.best, stated=count, is_sure=True)
    if len(index.elements) > MOST_ELEMENTS:
        return replace(verdict.best, stated=count, warnings=(*verdict.best.warnings, _VAST), beside=Beside())
    headlines = _headlines(page)
    lines = PageLines(page.text)
    readings += [cleaned(reading, openings) for reading in _read_lines(lines, TEXT_LAYOUT)]
    readings = [each for each in readings if not _are_stories(each.comments, headlines)]
    verdict = replace(judge(readings, stated), is_part=is_part)
    best = verdict.best
    if not verdict.is_sure:
        others = data_readings(page)
        if best.comments or (has_traces(lines) and script_loaded_system(index) is None):
            others += slow_readings(page, lines)
        more = (cleaned(reading, openings) for reading in others)
        readings += (each for each in more if not _are_stories(each.comments, headlines))
        verdict = judge(readings, stated)
        best = replace(verdict.best, warnings=(*verdict.best.warnings, *verdict.disagreements))
    signs = signs_of(lines.lines)._replace(loads=script_loaded_system(index) is not None)
    beside = with_others(signs, verdict.evidence, [found for _, found in verdict.others])
    return replace(best, stated=count, beside=beside)


def _headlines(page: PageParts) -> set[str]:
    """Return the labels of links that read as headlines of other pages."""
    links = (link for link in page.index.select("a[href]") if not link.get("href", "").startswith(("#", "javascript:")))
    lines = {page.text.line_of(link) for link in links if not page.asides.leads_here(link)}
    long = (line for line in lines if len(letter_words(line)) >= HEADLINE_WORDS)
    return {line for line in long if not is_action(line) and find_date(line) is None}


def _are_stories(comments: Sequence[Comment], headlines: set[str]) -> bool:
    """Return whether most texts hold a line that is a headline of another page, as lists of stories do."""
    found = [headlines.intersection(comment.text.split("\n")) for comment in comments]
    return 2 * sum(map(bool, found)) > len(found) and len(set().union(*found)) > 1


def find_by_own_rows(index: Index, layouts: Iterable[HtmlLayout]) -> FoundComments | None:
    """Find the comments of a page by the user's own rows alone; None where they find none."""
    found = read_by_own_rows(PageParts(index), layouts)
    if found is None:
        return None
    comments = clean_names(clean_comments([each for each in found.comments if not is_deleted(each.text)]))
    stated = stated_in_html(index, found.elements)
    return replace(found, comments=renumbered(comments), stated=stated, is_sure=True) if comments else None


def thread_of(found: FoundComments) -> Thread:
    """Return the comments of a page as their certainty is judged."""
    return Thread(found.comments, found.stated, kind_of(found), True, found.beside)


def _different(readings: Sequence[FoundComments]) -> list[FoundComments]:
    """Return the first of the readings that found the same."""
    return list({reading.comments: reading for reading in reversed(readings)}.values())[::-1]


def cleaned(reading: FoundComments, openings: set[str]) -> FoundComments:
    """Return a reading with clean texts, without the opening post of a thread and without excerpts."""
    comments = [
        each
        for each in reading.comments
        if not is_deleted(each.text) and not (openings and words_of(each.text) in openings)
    ]
    cleaned = clean_names(clean_comments(comments))
    return replace(reading, comments=cleaned if kind_of(reading) in ROWS else without_excerpts(cleaned))


@dataclass(frozen=True, slots=True)
class Verdict:
    """The reading that is kept, its evidence, and the sizes of the other readings."""

    best: FoundComments
    evidence: Evidence
    others: tuple[tuple[str, int], ...] = ()  # names of other readings that are worth anything, and their comments
    is_part: bool = False  # whether the page says that it shows only some of its comments

    @property
    def is_sure(self) -> bool:
        """Whether a layout row found comments that are complete, and another reading or the page's count agrees."""
        evidence, count = self.evidence, len(self.best.comments)
        if not count or kind_of(self.best) not in ROWS or evidence.flaws or evidence.complete < SURE * count:
            return False
        is_enough = self.is_part and evidence.confirmed == count >= FEWEST_OF_PART
        if evidence.stated and not (evidence.agrees or is_enough):
            return False
        most = max((comments for _, comments in self.others), default=count)
        return (evidence.agrees or evidence.confirmed >= SURE * count) and most <= count / SURE

    @property
    def disagreements(self) -> Iterator[str]:
        """Sentences on the readings that found clearly more or fewer comments than are kept."""
        count = len(self.best.comments)
        far = {name: found for name, found in self.others if found > (1 + DISAGREEMENT) * count or 2 * found < count}
        if far:
            found = ", ".join(f"{name} {comments:,}" for name, comments in far.items())
            kept = f"{name_of(self.best)} found {counted(count, 'comment')} (kept)"
            yield f"readings of the page disagree: {kept}, {found}"


def judge(readings: Sequence[FoundComments], stated: int | None) -> Verdict:
    """Return the reading with the highest value, completed by the others; an empty one where all are worth nothing.

    Each is weighed as it would be with the details that others found.
    """
    joined = [_joined(reading, readings) for reading in readings]
    weighed = weigh([(kind_of(each), each.comments) for each in joined], stated, is_html=True)
    alone = next((reading for reading in readings if reading.opening and not reading.comments), FoundComments())
    best, most, kept = alone, 0.0, Evidence(stated=stated)  # a thread of one post has an article and no comments
    for reading, (evidence, value) in zip(joined, weighed, strict=True):
        is_equal = abs(value - most) <= NEARLY < value
        if value > most + NEARLY or (is_equal and evidence.witnesses > kept.witnesses):
            best, most, kept = reading, value, evidence
    worth = {
        name_of(reading): len(reading.comments)
        for reading, (_, value) in zip(joined, weighed, strict=True)
        if value > 0
    }
    others = tuple((name, comments) for name, comments in worth.items() if name != name_of(best))
    comments = without_strays(best.comments, [(kind_of(each), each.comments) for each in joined], kind_of(best))
    return Verdict(replace(best, comments=renumbered(comments)), kept, others)


def name_of(reading: FoundComments) -> str:
    """Return the name of a reading as documents have it: the rows of a comment system, or the kind of reading."""
    return f"rows:{reading.layout}" if kind_of(reading) in ROWS and reading.comments else reading.layout


def has_traces(lines: PageLines) -> bool:
    """Return whether a page may hold comments: several lines could date one; more, where nothing speaks of comments."""
    short = [line for line in lines.lines if len(line.text) <= LONGEST_DATED]
    dated = sum(_DATE.search(line.text) is not None for line in short)
    ages = Counter(line.cue for line in short if line.text[:1].isdigit() and "#" in line.cue)
    return max(dated, *ages.values(), 0) >= (FEWEST_DATED if _speaks(lines) else FEWEST_POSTED)


def _speaks(lines: PageLines) -> bool:
    return any(is_heading(line) or line.key in _ACTIONS for line in lines.lines)


def _joined(reading: FoundComments, readings: Sequence[FoundComments]) -> FoundComments:
    """Return a reading with the names and dates of other kinds of readings where it has none."""
    kind = kind_of(reading)
    same = {kind, Kind.THREAD} if kind in ROWS else {kind}
    others = sorted((each for each in readings if kind_of(each) not in same), key=lambda each: -TRUST[kind_of(each)])
    return replace(reading, comments=with_details(reading.comments, [each.comments for each in others]))


def kind_of(reading: FoundComments) -> Kind:
    """Return the kind of a reading by its layout."""
    return KINDS.get(reading.layout, Kind.MARKUP)


def data_readings(page: PageParts) -> list[FoundComments]:
    """Read the comments that a page holds for search engines."""
    linked = tuple(linked_comments(page.index))
    if any(comment.author or comment.posted for comment in linked):  # the answers of a site's own FAQ have neither
        return [FoundComments(JSON_LD_LAYOUT, linked)]
    return []


def slow_readings(page: PageParts, lines: PageLines) -> list[FoundComments]:
    """Read a page by repeated blocks and repeated lines, which takes longer than by known forms."""
    return [reading for reading in (_read_blocks(page), *_read_lines(lines, SHAPE_LAYOUT)) if reading is not None]


def _read_blocks(page: PageParts) -> FoundComments | None:
    """Read a page by its repeated blocks alone."""
    reading = read_blocks(page)
    if reading is None or reading.probability < LEAST_PROBABILITY:
        return None
    return replace(found_comments(page, STRUCTURE, reading.blocks), layout=BLOCKS_LAYOUT)


def _read_lines(lines: PageLines, layout: str) -> Iterator[FoundComments]:
    """Read the flattened page as a text dump."""
    if section := known_section(Dump(lines.lines)) if layout == TEXT_LAYOUT else repeated_section(lines.lines):
        elements = lines.elements_of(range(section.start, section.end))
        layout = THREAD_LAYOUT if section.layout == THREAD_LAYOUT else layout
        yield FoundComments(layout, with_quotes(section_comments(section.entries)), tuple(elements))


def script_loaded_system(index: Index) -> str | None:
    """Return the name of a comment system for which the page holds an empty place; None if there is none."""
    return next((name for name, place in LOADED_BY_SCRIPT if index.select(place)), None)
