"""Find the comments of an HTML page: several independent readings, of which a network keeps the best, or none.

Layout rows come first. Where no row knows the boxes of a page, a comment is a box with a time, a text, and siblings or
replies of the same make, in a section that is named after comments. Another reading tags the lines of the page, and the
likeliest comments teach rows of their own.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import accumulate, islice, takewhile
from typing import TypeAlias

from stance.datamodels import Comment, counted
from stance.parsing.cleaning import clean_comments
from stance.parsing.counts import StatedCount, stated_in_lines
from stance.parsing.dump import LINES_LAYOUT, FoundSection, section_comments, tagged_section, with_quotes
from stance.parsing.dump.page import Section
from stance.parsing.dump.tags import Tags, read_tags, tagged_thread
from stance.parsing.html.lines import TAUGHT, PageLines, taught_rows
from stance.parsing.html.metadata import linked_comments
from stance.parsing.html.parts import HEADINGS, between, read_parts
from stance.parsing.html.threads import (
    LONGEST_NAME,
    LONGEST_STAMP,
    MOST_EVIDENCE,
    MOST_PARTS,
    CommentParts,
    PageParts,
    Thread,
    date_in,
    is_beside_article,
    is_name,
    is_named_after,
    is_stamp,
    is_titled_stamp,
    total_evidence,
)
from stance.parsing.html.tree import UNSEEN, Element, Index, line_of, upwards
from stance.parsing.judge import (
    Beside,
    Evidence,
    Kind,
    Reading,
    compare_readings,
    evidence_of,
    opening_of,
    openings_of,
    rate_readings,
    renumbered,
    with_details,
    with_others,
    without_excerpts,
    words_of,
)
from stance.parsing.judge import Thread as ReadThread
from stance.parsing.languages import phrases, words_of_phrases
from stance.parsing.layouts import HTML_LAYOUTS, JSON_LD_LAYOUT, LOADED_BY_SCRIPT, NO_LAYOUT, STRUCTURE, HtmlLayout
from stance.parsing.line_parts import is_count
from stance.parsing.lines import letter_words, name_like
from stance.parsing.names import clean_names

COMMENT_WORDS = phrases("markup.comments")
MANY_COMMENTS_WORDS = phrases("markup.many_comments")
ONE_COMMENT_WORDS = phrases("markup.one_comment")

LONGEST_POST_NUMBER = 10
"""Maximum characters, with its mark."""

ARTICLE_LENGTH, PARAGRAPH_LENGTH = 400, 60
"""Minimum characters of the paragraphs outside a thread that make an article, and of one that counts: what forums tell
a first visitor has 270, any story more."""

_POST_NUMBER = re.compile(r"#\s?(\d{1,7})")


def opening_post(page: PageParts, layout: HtmlLayout, parts: list[CommentParts]) -> list[CommentParts]:
    """Return the post that opens the thread of a forum, where there is no other article: the others comment on it.

    :param parts: What the layout found in the page, in page order.
    :return: The first of them, or nothing.
    """
    opens = layout.is_forum and not page.index.select("link[rel=prev]")
    if not opens or not parts[0].is_comment or _number(parts[0].element) not in (None, 1):
        return []
    if _has_article(page, {part.element for part in parts}):
        return []
    return parts[:1]


def _number(post: Element) -> int | None:
    """Return the number that a post has in its thread, where it shows one: "#1"."""
    lines = ((element.text or "").strip() for element in post.iter("a", "span", "strong"))
    numbers = (_POST_NUMBER.fullmatch(line) for line in lines if len(line) <= LONGEST_POST_NUMBER)
    return next((int(number[1]) for number in numbers if number), None)


def _has_article(page: PageParts, posts: set[Element]) -> bool:
    """Return whether there is as much text outside of posts as in a short story: paragraphs, or lines in one box."""
    length, sizes = 0, Counter[Element]()
    for element, piece in page.text.own_pieces():
        sizes[element] += len(piece)
    for element in page.index.select("p", "div", "td", "section", "article"):
        if element.tag == "p":
            size, least = len(page.text.line_of(element)), PARAGRAPH_LENGTH
        else:
            size, least = sizes[element], ARTICLE_LENGTH
        if size >= least and element not in posts and posts.isdisjoint(element.iterancestors()):
            length += size
    return length >= ARTICLE_LENGTH


def around_text(part: CommentParts) -> Iterator[Element]:
    """Yield the elements of a post beside its text: the card of its author, dates, buttons."""
    if part.source is None:
        return
    kept = {part.source, *between(part.source, part.element)}
    for above in (part.element, *between(part.source, part.element)):
        yield from (child for child in above.iterchildren("*") if child not in kept)


# Rows -----------------------------------------------------------------------------------------------------------------

PROMISING = 2
"""Maximum ratio of what one layout row found to what another can find for that to be read."""


@dataclass(frozen=True, slots=True)
class FoundComments:
    """The comments of a page, their elements, and the warnings."""

    layout: str = NO_LAYOUT
    comments: tuple[Comment, ...] = ()
    elements: tuple[Element, ...] = ()
    warnings: tuple[str, ...] = ()
    title: str | None = None  # where the layout knows that <title> tells something else
    opening: Comment | None = None  # the post that opens a thread, where that is the article
    stated: StatedCount | None = None  # the page's own count
    beside: Beside | None = None  # what stands beside the comments; None where they are sure


def read_by_rows(page: PageParts) -> list[FoundComments]:
    """Read a page by each layout row that fits."""
    return [found_comments(page, layout, parts) for layout, parts in _row_readings(page, HTML_LAYOUTS)]


def read_by_form(page: PageParts, count: int | None) -> list[FoundComments]:
    """Read a page by the form of repeated boxes in a section that is named after comments, or of boxes of a row.

    :param count: The number of comments that the page states; so many boxes of a row are comments if all have authors.
    """
    boxes = repeated_boxes(page.index, page.no_comments)
    of_row = [] if boxes else next(filter(None, map(page.boxes, HTML_LAYOUTS)), [])  # whose selectors find no text
    parts = read_parts(Thread(page, STRUCTURE, boxes or of_row))
    if of_row and not (len(of_row) == count and all(part.is_comment and part.author for part in parts)):
        return []
    return [found_comments(page, STRUCTURE, parts)] if any(part.is_comment for part in parts) else []


def read_by_taught_rows(page: PageParts, lines: PageLines, tags: Tags, found: FoundSection) -> list[FoundComments]:
    """Read a page by the rows that agree most with the comments that taught them: one with the author, one without."""
    texts = openings_of(found.comments)
    best: dict[bool, tuple[float, FoundComments]] = {}
    for row in taught_rows(page.index, lines, tags, found.section.entries):
        read = read_by_own_rows(page, [row])
        if read is None or len(read.comments) < min(len(found.comments), 2):
            continue
        own = openings_of(read.comments)
        rating = 2 * len(texts & own) / (len(texts) + len(own))
        if rating > best.get(not row.author, (-1.0, read))[0]:
            best[not row.author] = rating, read
    return _different([replace(best[without][1], layout=TAUGHT) for without in sorted(best)])


def named_by_lines(lines: PageLines, tags: Tags, comments: tuple[Comment, ...]) -> tuple[Comment, ...]:
    """Add to comments without an author the name that the tags of lines find for their texts."""
    places = {opening_of(line.text): i for i, line in reversed(list(enumerate(lines.lines)))}
    firsts = {places.get(opening_of(each.text.partition("\n")[0])): each.text.count("\n") for each in comments}
    texts = [range(first, first + size + 1) for first, size in firsts.items() if first is not None]
    texts = sorted(texts, key=lambda text: text.start)
    ends = [*(text.start for text in texts[1:]), len(lines.lines)]
    texts = [text for text, end in zip(texts, ends, strict=True) if text.stop <= end] if texts else []
    read = tagged_thread(lines.dump, tags._replace(texts=texts))
    names = {opening_of(entry.lines[0].text): entry.author for entry in read.entries} if read else {}
    return tuple(
        each if each.author else replace(each, author=names.get(opening_of(each.text.partition("\n")[0])))
        for each in comments
    )


def read_by_own_rows(page: PageParts, layouts: Iterable[HtmlLayout]) -> FoundComments | None:
    """Read a page by the row of the user's own that finds most; None where none finds a comment."""
    return next((found_comments(page, *reading) for reading in _row_readings(page, layouts)), None)


def _row_readings(page: PageParts, layouts: Iterable[HtmlLayout]) -> list[tuple[HtmlLayout, list[CommentParts]]]:
    """Read a page by each layout row that could find at least half as much as the best one, the best first.

    What each could find is counted before any is read, for reading takes long.
    """
    threads = [Thread(page, layout, boxes) for layout in layouts if (boxes := page.boxes(layout))]
    promises = sorted(((thread.promise, -place) for place, thread in enumerate(threads)), reverse=True)
    readings: list[tuple[int, int, list[CommentParts]]] = []
    known: dict[frozenset[Element], int] = {}  # the boxes that were read, and the most evidence found in them
    most, whole = 0, -len(threads)  # the place of the first row that found every comment whole: later ones find no more
    for promise, place in promises:
        thread = threads[-place]
        chosen = frozenset(thread.boxes)
        if promise * PROMISING < most:
            break
        if promise <= known.get(chosen, -1) or place < whole:
            continue
        parts = read_parts(thread)
        evidence = total_evidence(parts)
        known[chosen] = max(known.get(chosen, 0), evidence)
        most = max(most, evidence)
        readings.append((evidence, place, parts))
        if evidence == promise == MOST_EVIDENCE * len(parts):
            whole = max(whole, place)
    ordered = sorted(readings, key=lambda each: each[:2], reverse=True)
    return [(threads[-place].layout, parts) for _, place, parts in ordered if any(part.is_comment for part in parts)]


# The page's comments --------------------------------------------------------------------------------------------------


def found_comments(page: PageParts, layout: HtmlLayout, parts: list[CommentParts]) -> FoundComments:
    """Number the comments of a reading; leave out those that the page shows a second time."""
    opening = opening_post(page, layout, parts)
    parts = parts[len(opening) :]
    ids: dict[Element, str] = {}
    seen: set[tuple[str, str | None, str]] = set()
    comments: list[Comment] = []
    repeated = 0
    for part in filter(lambda part: part.is_comment, parts):
        own_id = next(iter(page.ids_of(part.element)), None)
        if own_id is not None and (own_id, part.author, part.text) in seen:  # the same by the page's own id
            repeated += 1
            continue
        seen.add((own_id or "", part.author, part.text))
        ids[part.element] = f"c{len(comments) + 1}"
        comments.append(_comment(part, ids))
    warnings = (f"{repeated} comment{'s' * (repeated != 1)} repeated, counted once",) if repeated else ()
    titles = page.index.select(*layout.title)
    elements = (*titles, *(element for part in opening for element in around_text(part)), *_elements(parts))
    title = next(filter(None, map(page.text.line_of, titles)), None)
    first = _comment(opening[0], {opening[0].element: "c0"}) if opening else None
    return FoundComments(layout.name, tuple(comments), elements, warnings, title, first)


def _elements(parts: list[CommentParts]) -> tuple[Element, ...]:
    elements: list[Element] = []
    for part in parts:
        before = part.element.getprevious()
        if part.element.tag == "dd" and before is not None and before.tag == "dt":
            elements.append(before)
        elements.append(part.element)
    return tuple(elements)


def _comment(part: CommentParts, ids: dict[Element, str]) -> Comment:
    return Comment(
        comment_id=ids[part.element],
        text=part.text,
        author=part.author,
        reply_to=ids.get(part.parent) if part.parent is not None else None,
        posted=part.posted,
        votes=part.votes,
        quoted=part.quoted,
    )


# Repeated boxes -------------------------------------------------------------------------------------------------------


MOST_LINKED = 0.6
"""Share of a box's words that may be links; lists of other stories have more."""

LONGEST_LABEL = 30
"""Maximum characters of a link that is a name, a date or a button; a longer one is a headline."""

STORY_WORDS = 5
"""Minimum words of a link to another story."""

NAMED_SHARE = 0.5
"""Share of a group's boxes that must tell a name."""

MOST_CLASSES = 16
"""Maximum number of classes of an element that are compared."""

_NO_SECTIONS = frozenset((*HEADINGS, "a", "span", "i", "svg", "img", "button", "link", "meta", "input", "label"))
_NUMBERED = re.compile(r"(.{0,60}?)\d{1,20}$")
_DATE_WORDS = words_of_phrases("date.before")


_Key: TypeAlias = tuple[int, str, str]
"""The traits that boxes share: their section (0: any), tag, and class or beginning of the id."""


@dataclass(slots=True)
class _Group:
    """Boxes of the same make."""

    boxes: dict[Element, int] = field(default_factory=dict)  # with the stamps of each
    size: int = 0

    def rate(self, most: int) -> float:
        """Rate by how many comments there are, and how much of the section's text is in them."""
        return len(self.boxes) * self.size / most if most else 0.0


def repeated_boxes(index: Index, leave_out: set[Element]) -> list[Element]:
    """Find the comments of a page by their form.

    :param index: The page.
    :param leave_out: Boxes that hold no comments.
    :return: One element per comment, in page order; empty where nothing repeats, or no word speaks of comments.
    """
    sections = _sections(index, leave_out)
    groups = _groups(index, sections, set(_stamps(index, index.elements)), leave_out) if sections else {}
    return index.in_order(_best(index, groups))


# Sections -------------------------------------------------------------------------------------------------------------


def _sections(index: Index, leave_out: set[Element]) -> list[Element]:
    """Return the outermost boxes that are named after comments."""
    titles = index.select("h1", "[itemprop=articleBody]")
    outer = [title for title in titles if not any(is_named_after(COMMENT_WORDS, above) for above in upwards(title))]
    around_article = {above for title in outer or titles for above in upwards(title)}
    named: list[Element] = []
    inside: set[Element] = set()
    for element in index.elements:
        if element.getparent() in inside:
            inside.add(element)
        elif element in leave_out or element.tag in ("html", "body", "head", "form", "script", "style"):
            continue
        elif element not in around_article and _is_section(element, around_article):
            inside.add(element)
            named.append(element)
    return named


def _is_section(element: Element, around_article: set[Element]) -> bool:
    return (
        element.tag not in _NO_SECTIONS
        and is_named_after(COMMENT_WORDS, element)
        and not is_beside_article(element, around_article)
    )


# Marks of a comment ---------------------------------------------------------------------------------------------------


def _stamps(index: Index, elements: Iterable[Element]) -> Iterator[Element]:
    """Yield the elements that tell a time and little else, the innermost ones."""
    worded = index.text.worded
    for element in elements:
        tag = element.tag
        if tag == "time":
            yield element
        elif element not in worded or tag in UNSEEN or (tag in ("html", "body", "a") and len(element) > 3):
            continue
        elif _has_short_text(element) and (is_stamp(element) or is_titled_stamp(element)):
            yield element


def _has_short_text(element: Element) -> bool:
    text = element.text or ""
    if len(element):
        text += "".join([child.tail or "" for child in islice(element, MOST_PARTS)])
    return 0 < len(text) < 4 * LONGEST_STAMP and not text.isspace()


# Boxes ----------------------------------------------------------------------------------------------------------------


def _groups(
    index: Index, sections: Iterable[Element], marks: set[Element], leave_out: set[Element]
) -> dict[_Key, _Group]:
    """Group the boxes of sections by their make, without the stamps and texts of inner boxes of the same make."""
    groups: defaultdict[_Key, _Group] = defaultdict(_Group)
    span, sizes = index.text.span, _running_sizes(index, leave_out)
    marked = _running(index, dict.fromkeys(_visible_marks(index, marks, leave_out), 1))
    linked = _running(index, _link_sizes(index, sizes))
    for number, section in enumerate(sections, 1):
        first, end, _, _ = span(section)
        inner: defaultdict[_Key, list[tuple[int, int, int, int]]] = defaultdict(list)  # the outermost boxes so far
        for element in reversed(index.elements[first:end]):
            start, stop, begin, behind = span(element)
            total = marked[stop] - marked[start], sizes[behind] - sizes[begin], linked[stop] - linked[start]
            for key in _keys(element, number):
                stamps, size, link = total
                while inner[key] and inner[key][-1][0] < stop:
                    _, *less = inner[key].pop()
                    stamps, size, link = stamps - less[0], size - less[1], link - less[2]
                inner[key].append((start, *total))
                if stamps and link <= MOST_LINKED * size and element not in groups[key].boxes:
                    groups[key].boxes[element] = stamps
                    groups[key].size += size
    return groups


def _running(index: Index, numbers: dict[Element, int]) -> list[int]:
    """Return the sums of some numbers of elements before each element, and before the end."""
    return list(accumulate([numbers.get(element, 0) for element in index.elements], initial=0))


def _running_sizes(index: Index, leave_out: set[Element]) -> list[int]:
    """Return how many visible characters stand before each piece of the text, and before the end."""
    hidden = bytearray(index.text.hidden)
    for _, _, first, last in map(index.text.span, leave_out):
        hidden[first:last] = b"\1" * (last - first)
    sizes = [0 if unseen else len(piece.strip()) for piece, unseen in zip(index.text.pieces, hidden, strict=False)]
    return list(accumulate(sizes, initial=0))


def _visible_marks(index: Index, marks: set[Element], leave_out: set[Element]) -> Iterator[Element]:
    """Yield the marks that a reader sees; of one in another, which is the same one, the inner."""
    hidden = leave_out | (index.text.unseen - marks)
    outer = {above for mark in marks for above in mark.iterancestors()}
    return (mark for mark in marks - outer if mark not in hidden and hidden.isdisjoint(mark.iterancestors()))


def _link_sizes(index: Index, sizes: list[int]) -> dict[Element, int]:
    """Return the characters of each link that could be a headline."""
    spans = map(index.text.span, links := index.select("a"))
    long = {link: size for link, span in zip(links, spans, strict=True) if (size := sizes[span[3]] - sizes[span[2]])}
    return {link: size for link, size in long.items() if size > LONGEST_LABEL and not _holds_name(link, line_of)}


def _keys(element: Element, section: int) -> list[_Key]:
    tag = str(element.tag)
    keys = [(0, tag, name) for name in dict.fromkeys(element.get("class", "").split()[:MOST_CLASSES])]
    numbered = _NUMBERED.match(element.get("id", "")[-60:])
    if numbered and numbered[1]:
        keys.append((0, tag, "#" + numbered[1]))
    return [*keys, (section, tag, "")]


# The best group -------------------------------------------------------------------------------------------------------


def _rated(groups: dict[_Key, _Group]) -> list[_Group]:
    """Return the groups that have a text, those that are likeliest to be comments first."""
    most = max((group.size for group in groups.values()), default=0)
    rated = sorted(groups.items(), key=lambda item: (-item[1].rate(most), item[0]))
    return [group for _, group in rated if group.rate(most) > 0]


def _best(index: Index, groups: dict[_Key, _Group]) -> list[Element]:
    rated = _rated(groups)
    for group in rated[:8]:
        boxes = _called_one(rated) if len(group.boxes) == 1 else list(group.boxes)
        if boxes and _are_comments(index, boxes):
            return boxes
    return []


def _called_one(rated: Iterable[_Group]) -> list[Element]:
    """Return the outermost single box whose class names a comment, and its siblings of that kind."""
    single = dict.fromkeys(next(iter(group.boxes)) for group in rated if len(group.boxes) == 1)
    called = [box for box in single if _is_called_one(box)]
    outer = min(called, key=lambda box: sum(1 for _ in box.iterancestors()), default=None)
    return (
        [] if outer is None else [box for box in called if (box.getparent(), box.tag) == (outer.getparent(), outer.tag)]
    )


def _is_called_one(box: Element) -> bool:
    return is_named_after(ONE_COMMENT_WORDS, box) and not is_named_after(MANY_COMMENTS_WORDS, box)


def _are_comments(index: Index, boxes: list[Element]) -> bool:
    """Return whether boxes are comments, not stories: they have names and no headlines that lead elsewhere."""
    line_of = index.text.line_of
    named = sum(any(_holds_author(each, line_of) for each in box.iter("*")) or _opens_with_name(box) for box in boxes)
    headlines = [
        {line for link in box.iter("a") if _is_headline(link, line := line_of(link), line_of)} for box in boxes
    ]
    counts = Counter(line for lines in headlines for line in lines)  # "Share this comment on ..." is in every box
    with_headline = sum(any(counts[line] == 1 for line in lines) for lines in headlines)
    return named >= NAMED_SHARE * len(boxes) and 2 * with_headline <= len(boxes)


def _is_headline(link: Element, line: str, line_of: Callable[[Element], str]) -> bool:
    if len(letter_words(line)) < STORY_WORDS or is_stamp(link):
        return False
    return not _holds_name(link, line_of)


def _holds_name(link: Element, line_of: Callable[[Element], str]) -> bool:
    """Return whether a link shows its author by name and address, as microblogs do."""
    return any(is_name(each, line_of) for each in link.iter("*"))


def _holds_author(element: Element, line_of: Callable[[Element], str]) -> bool:
    return element.tag == "cite" or is_name(element, line_of) or (len(element) < 3 and _is_signed(line_of(element)))


def _is_signed(line: str) -> bool:
    """Return whether a line holds a date and a possible name."""
    date = date_in(line) if len(line) <= LONGEST_STAMP else None
    if date is None:
        return False
    return not _DATE_WORDS.issuperset(letter_words(line[: date.start]))


def _opens_with_name(box: Element) -> bool:
    """Return whether the first text of a box, or the one behind its date, could be a name."""
    first, second, *_ = *islice((text for each in box.itertext("*") if (text := str(each).strip())), 3), "", ""
    is_dated = len(first) <= LONGEST_STAMP and date_in(first) is not None
    name = second if is_dated else first
    return name_like(name, characters=LONGEST_NAME) and date_in(name) is None


# Comments -------------------------------------------------------------------------------------------------------------

GENERIC_LAYOUT = "named-parts"
"""Layout of any system whose class names mention comments, so it is not evidence for one."""


SURE, FEWEST_UNCOUNTED = 0.9, 3
"""Share of the comments of a row that must be complete for it to be sure; minimum number of them where the page states
no number, or says that it shows only a part of them."""

DISAGREEMENT = 0.1
"""Share of the comments that are kept by which another reading may find more before a warning says so; also where it
finds less than half of them, for it may be right."""

MOST_ELEMENTS = 150_000
"""Maximum number of elements of a page that is read by its lines, which take 2 KB for each."""

_VAST = f"more than {MOST_ELEMENTS:,} elements; comments are looked for by layouts and forms only"

NEARLY = 0.125
"""Maximum distance of a reading from the best one, as a share of the distance of none, for a warning to name it."""

KINDS = {
    STRUCTURE.name: Kind.FORM,
    TAUGHT: Kind.BOXES,
    GENERIC_LAYOUT: Kind.NAMES,
    LINES_LAYOUT: Kind.TAGS,
    JSON_LD_LAYOUT: Kind.DATA,
}
"""Kinds of readings that are not by the markup's names."""

ROWS = (Kind.MARKUP, Kind.NAMES)
"""Kinds of readings by layout rows."""


def find_comments(index: Index) -> FoundComments:
    """Find the comments of a page.

    Where a layout row is sure, its comments are kept. Otherwise the page is read in several independent ways, and the
    list of comments, or none, that a network rates highest is kept.

    :param index: The page.
    :return: Comments in page order, called c1, c2, ...; none where no reading finds any.
    """
    best = _chosen(index)
    return replace(best, comments=clean_names(best.comments))


def _chosen(index: Index) -> FoundComments:
    readings = Readings(PageParts(index))
    best = readings.sure()
    if best is not None:
        return replace(best, comments=renumbered(best.comments), stated=readings.count)
    if len(index.elements) > MOST_ELEMENTS:
        first = readings.found[0] if readings.found else FoundComments()
        return replace(first, stated=readings.count, warnings=(*first.warnings, _VAST), beside=Beside())
    readings.add_others()
    best = readings.best()
    beside = with_others(readings.signs(best), *readings.evidence(best))
    stated = _count_of(readings.lines, best, readings.count)
    return replace(best, comments=renumbered(best.comments), stated=stated, beside=beside)


def _count_of(lines: PageLines, best: FoundComments, count: StatedCount | None) -> StatedCount | None:
    """Return the number that the page states beside the comments that were found; the given one where there is none."""
    size = len(best.comments)
    if count is None or count.count == size or kind_of(best) is not Kind.FORM:
        return count
    near = stated_count(lines, best.elements, size)
    return near if count.count < size or (near and near.count == size) else count


def stated_count(lines: PageLines, elements: Sequence[Element], found: int) -> StatedCount | None:
    """Return the number of comments that a page states; None where it states none.

    :param elements: The elements of the comments that were found, if any.
    :param found: How many comments were found.
    """
    if not elements:
        return stated_in_lines(lines.lines)
    inside = lines.lines_of(elements)
    section = range(min(inside, default=0), max(inside, default=-1) + 1)
    headings = set(takewhile(lambda i: is_count(lines.lines[i]), section))
    return stated_in_lines(lines.lines, section, found, inside - headings)


def find_by_own_rows(index: Index, layouts: Iterable[HtmlLayout]) -> FoundComments | None:
    """Find the comments of a page by the user's own rows alone; None where they find none."""
    found = read_by_own_rows(PageParts(index), layouts)
    if found is None:
        return None
    comments = clean_names(clean_comments(found.comments))
    stated = stated_count(PageLines(index.text), found.elements, len(found.comments))
    return replace(found, comments=renumbered(comments), stated=stated) if comments else None


def thread_of(found: FoundComments) -> ReadThread:
    """Return the comments of a page as their certainty is judged."""
    return ReadThread(found.comments, found.stated, kind_of(found), True, found.beside)


def _different(readings: Sequence[FoundComments]) -> list[FoundComments]:
    """Return the first of the readings that found the same."""
    return list({reading.comments: reading for reading in reversed(readings)}.values())[::-1]


def cleaned(reading: FoundComments, openings: set[str]) -> FoundComments:
    """Return a reading with clean texts, without the opening post of a thread and without excerpts."""
    comments = [each for each in reading.comments if not (openings and words_of(each.text) in openings)]
    return replace(reading, comments=without_excerpts(clean_comments(comments)))


class Readings:
    """The independent readings of one page, with clean texts; at first those by layout rows, or by the form of boxes.

    :param page: The page.
    """

    def __init__(self, page: PageParts) -> None:
        self._page = page
        by_rows = read_by_rows(page)
        known = by_rows[:1] if by_rows and kind_of(by_rows[0]) in ROWS else []
        place = (known[0].elements, len(known[0].comments)) if known else ((), 0)
        self.count = stated_count(self.lines, *place)
        self._stated = self.count.count if self.count else None
        if not by_rows:
            by_rows = read_by_form(page, self._stated)
        self._openings = {words_of(reading.opening.text) for reading in by_rows if reading.opening}
        self.found = list[FoundComments]()
        self._add(_different(by_rows))
        # other boxes, or their names are not known
        if known and not evidence_of(self.found[0].comments if self.found else ()).complete:
            self._add(read_by_form(page, self._stated))

    def _add(self, others: Iterable[FoundComments]) -> None:
        read = (cleaned(each, self._openings) for each in others)
        kept = (each for each in read if _may_be_kept(each, evidence_of(each.comments, self._stated)))
        self.found += (each for each in kept if not self._page.are_headlines([one.text for one in each.comments]))

    @cached_property
    def lines(self) -> PageLines:
        """The visible text of the page."""
        return PageLines(self._page.text)

    def signs(self, best: FoundComments) -> Beside:
        """Return the signs of comments besides those of a reading, and whether a script loads them."""
        first = {opening_of(each.text.partition("\n")[0]) for each in best.comments}
        signs = self.lines.dump.signs_beside(lambda line: opening_of(line.text) in first)
        return signs._replace(loads=script_loaded_system(self._page.index) is not None)

    @cached_property
    def tags(self) -> Tags:
        """The tags of the lines."""
        return read_tags(self.lines.dump, self.lines.places)

    def add_others(self) -> None:
        """Read the page in the ways that take longer: its data, its lines by their tags, and rows that these teach."""
        self._add(data_readings(self._page))
        if not self.lines.lines:
            return
        tags, is_alone = self.tags, not self.found
        found = tagged_section(self.lines.dump, tags, is_alone=is_alone, is_dump=False)
        if found is None and is_alone:
            tags = tags.lenient
            found = tagged_section(self.lines.dump, tags, is_alone=True, is_dump=False)
        if found is None:
            return
        if openings_of(found.comments) not in [openings_of(each.comments) for each in self.found]:
            self._add(read_by_taught_rows(self._page, self.lines, tags, found))
        self._add(self._read_lines(found.section))

    def _read_lines(self, section: Section) -> Iterator[FoundComments]:
        """Read a section of the lines of the page."""
        elements = tuple(self.lines.elements_of(range(section.start, section.end)))
        if self._page.are_comments(elements):
            yield FoundComments(section.layout, section_comments(section.entries), elements)

    def sure(self) -> FoundComments | None:
        """Return the reading by a layout row that is complete and that the page's count confirms, or dates do."""
        if not self.found or not self.found[0].comments or kind_of(self.found[0]) not in ROWS:
            return None
        first = _joined(self.found[0], self.found)
        size, evidence = len(first.comments), evidence_of(first.comments, self._stated)
        if evidence.flaws or evidence.complete < SURE * size or not (evidence.spoken or size <= FEWEST_UNCOUNTED):
            return None
        is_whole = self.count is None or self.count.note is not None  # as far as the page says
        is_dated = is_whole and evidence.complete == evidence.dated == size >= FEWEST_UNCOUNTED
        most = max(len(each.comments) for each in self.found)
        return first if (evidence.agrees or is_dated) and most <= size / SURE else None

    @cached_property
    def having(self) -> list[FoundComments]:
        """The readings that have comments; once all were added."""
        return [each for each in self.found if each.comments]

    @cached_property
    def joined(self) -> list[Reading]:
        """The readings that have comments, completed by each other."""
        return [Reading(kind_of(each), _joined(each, self.having).comments, self._stated) for each in self.having]

    def best(self) -> FoundComments:
        """Return the reading that is rated highest, completed by the others; an empty one if none is likely."""
        joined, having = self.joined, self.having
        none, *ratings = rate_readings(self.lines.lines, joined)
        if none >= max(ratings, default=none) and not any(map(_is_plain, joined)):
            return next((each for each in self.found if each.opening), FoundComments())  # a thread of one post
        place = ratings.index(max(ratings))
        said = [openings_of(each.comments) for each in joined]
        whole = (i for i, each in enumerate(joined) if len(each.comments) == self._stated and ratings[i] > none)
        place = next((i for i in whole if said[place] < said[i]), place)  # all of these, and as many as the page states
        comments = tuple(joined[place].comments)
        if self.lines.lines and not all(each.author for each in comments):
            comments = named_by_lines(self.lines, self.tags, comments)
        best = replace(having[place], comments=with_quotes(comments) if joined[place].kind is Kind.TAGS else comments)
        least = ratings[place] - NEARLY * (ratings[place] - none)  # the tags of lines often give a part
        likely = [
            each
            for i, each in enumerate(having)
            if ratings[i] > least and joined[i].kind is not Kind.TAGS and i != place
        ]
        return replace(best, warnings=(*best.warnings, *_disagreements(best, likely)))

    def evidence(self, best: FoundComments) -> tuple[Evidence, list[int]]:
        """Return the evidence for the reading that is kept, and how many comments the others found."""
        own = kind_of(best)
        others = [each for each in self.joined if each.kind is not own]
        compared = compare_readings([(own, best.comments), *((each.kind, each.comments) for each in others)])
        if all(each.kind is Kind.TAGS for each in others):  # these confirm texts; their names are those of other lines
            compared[0] = replace(compared[0], same_name=compared[0].confirmed + compared[0].ends)
        return compared[0], [len(each.comments) for each in others if each.kind is not Kind.TAGS]


def _may_be_kept(reading: FoundComments, evidence: Evidence) -> bool:
    """Return whether a reading has comments that say something, or the post that opens a thread and no comments."""
    is_said = evidence.is_said or kind_of(reading) in ROWS
    return (is_said and not evidence.are_excerpts) if reading.comments else reading.opening is not None


def _is_plain(reading: Reading) -> bool:
    """Return whether a list is of named comments: it has as many as the page states, or its markup speaks of them."""
    evidence = evidence_of(tuple(reading.comments), reading.stated)
    is_vouched = reading.kind is Kind.MARKUP or (evidence.agrees and evidence.comments > 1)
    return is_vouched and evidence.complete == evidence.comments


def _disagreements(best: FoundComments, likely: Iterable[FoundComments]) -> Iterator[str]:
    """Yield a sentence on the likely readings that found clearly more or fewer comments than are kept."""
    count, sizes = len(best.comments), {name_of(each): len(each.comments) for each in likely}
    far = {name: found for name, found in sizes.items() if found > (1 + DISAGREEMENT) * count or 2 * found < count}
    if far:
        found = ", ".join(f"{name} {comments:,}" for name, comments in far.items())
        yield f"readings of the page disagree: {name_of(best)} found {counted(count, 'comment')} (kept), {found}"


def name_of(reading: FoundComments) -> str:
    """Return the name of a reading as documents have it: the rows of a comment system, or the kind of reading."""
    return f"rows:{reading.layout}" if kind_of(reading) in ROWS and reading.comments else reading.layout


def _joined(reading: FoundComments, readings: Sequence[FoundComments]) -> FoundComments:
    """Return a reading with the names and dates of other kinds of readings where it has none."""
    kind = kind_of(reading)
    others = [each.comments for other in Kind if other is not kind for each in readings if kind_of(each) is other]
    return replace(reading, comments=with_details(reading.comments, others))


def kind_of(reading: FoundComments) -> Kind:
    """Return the kind of a reading by its layout."""
    return KINDS.get(reading.layout, Kind.MARKUP)


def data_readings(page: PageParts) -> list[FoundComments]:
    """Read the comments that a page holds for search engines."""
    linked = tuple(linked_comments(page.index))
    is_thread = any(each.author or each.posted for each in linked)  # the answers of a site's own FAQ have neither
    return [FoundComments(JSON_LD_LAYOUT, linked)] if is_thread else []


def script_loaded_system(index: Index) -> str | None:
    """Return the name of a comment system for which the page holds an empty place; None if there is none."""
    return next((name for name, place in LOADED_BY_SCRIPT if index.select(place)), None)
