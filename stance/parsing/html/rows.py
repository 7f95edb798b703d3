"""Read comments by layout rows, and complete them by boxes of the same form."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from stance.datamodels import Comment
from stance.parsing.counts import StatedCount
from stance.parsing.html.parts import between, read_parts
from stance.parsing.html.structure import repeated_boxes
from stance.parsing.html.threads import CommentParts, PageParts, Shown, Thread, repeats, total_evidence
from stance.parsing.html.tree import Element
from stance.parsing.judge import evidence_of
from stance.parsing.layouts import HTML_LAYOUTS, NO_LAYOUT, STRUCTURE, HtmlLayout

LONGEST_POST_NUMBER = 10
"""Characters, its mark included."""

ARTICLE_LENGTH, PARAGRAPH_LENGTH = 400, 60
"""Characters of paragraphs outside a thread from which there is an article besides, and of one that counts: what forums
tell a first visitor has 270, any story more."""

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
    length = 0
    for element in page.index.select("p", "div", "td", "section", "article"):
        if element.tag == "p":
            size, least = len(page.text.line_of(element)), PARAGRAPH_LENGTH
        else:
            size, least = sum(map(len, page.text.worded.get(element, ()))), ARTICLE_LENGTH
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
"""A layout row that can find less than one part in so many of what another found is not read."""


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


def read_by_rows(page: PageParts) -> list[FoundComments]:
    """Read a page by each layout row that fits, and complete the best by boxes with the form of comments."""
    readings = [reading for reading in _row_readings(page) if any(part.is_comment for part in reading.parts)]
    found = [_found(page, reading) for reading in readings]
    best = max(range(len(found)), key=lambda i: (evidence_of(found[i].comments).value, -i), default=None)
    first = _Reading(STRUCTURE, []) if best is None else _told_by_form(page, readings[best])
    if best is not None and first is not readings[best]:
        readings[best], found[best] = first, _found(page, first)
    completed = _checked(page, first)
    if (best is None or completed is not readings[best]) and any(part.is_comment for part in completed.parts):
        return [_found(page, completed), *found]
    return found


# By layout, and by form -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reading:
    """The comments that one layout finds in a page."""

    layout: HtmlLayout
    parts: list[CommentParts]
    doubts: tuple[str, ...] = ()

    @property
    def evidence(self) -> int:
        """How much of a thread this is."""
        return total_evidence(self.parts)


def _row_readings(page: PageParts) -> list[_Reading]:
    """Read a page by each layout row that could find at least half as much as the best one.

    What each could find is counted before any is read, for reading takes long.
    """
    threads = [Thread(page, layout, boxes) for layout in HTML_LAYOUTS if (boxes := page.boxes(layout))]
    promises = sorted(((thread.promise, -place) for place, thread in enumerate(threads)), reverse=True)
    readings: list[tuple[int, int, _Reading]] = []
    known: dict[frozenset[Element], int] = {}  # the boxes that were read, and the most evidence found in them
    most = 0
    for promise, place in promises:
        thread = threads[-place]
        chosen = frozenset(thread.boxes)
        if promise * PROMISING < most:
            break
        if promise <= known.get(chosen, -1):
            continue
        reading = _Reading(thread.layout, read_parts(thread))
        known[chosen] = max(known.get(chosen, 0), reading.evidence)
        most = max(most, reading.evidence)
        readings.append((reading.evidence, place, reading))
    return [reading for _, _, reading in sorted(readings, key=lambda each: each[:2], reverse=True)]


def _told_by_form(page: PageParts, reading: _Reading) -> _Reading:
    """Read the comments of a layout by their form, where it names no writer and no date of them, and that does."""
    if not reading.parts or any(part.author or part.posted for part in reading.parts):
        return reading
    formed = _Reading(STRUCTURE, read_parts(Thread(page, STRUCTURE, [part.element for part in reading.parts])))
    before, after = ([part for part in each.parts if part.is_comment] for each in (reading, formed))
    dated = sum(part.posted is not None for part in after)
    named = len(after) == len(before) and all(part.author for part in after)
    return formed if named and 2 * dated >= len(after) > 0 else reading


def _checked(page: PageParts, reading: _Reading) -> _Reading:
    """Take boxes with the form of comments instead, where a layout found none, or only a box of the latest."""
    known = {part.element for part in reading.parts if part.is_comment}
    if any(page.asides.around(box) is None for box in known):
        return reading
    boxes = repeated_boxes(page.index, page.no_comments | page.of_other_pages)
    thread = _Reading(STRUCTURE, read_parts(Thread(page, STRUCTURE, boxes)))
    if not known:
        return thread
    more = _not_among(known, boxes)
    if not more or thread.evidence == 0 or any(page.asides.around(box) is not None for box in more):
        return reading
    are = "blocks have" if len(more) != 1 else "block has"
    doubt = f"the layout {reading.layout.name} knows {len(known)} comments, {len(more)} more {are} their form"
    return replace(thread, doubts=(f"{doubt}; only these are taken",))


def _not_among(known: set[Element], boxes: list[Element]) -> list[Element]:
    """Return the boxes that are not known comments, nor parts, wrappers or headings of one."""
    around = known.union(*(box.iterancestors() for box in known))
    outside = (box for box in boxes if box not in around and known.isdisjoint(box.iterancestors()))
    return [box for box in outside if box.tag != "dt" or box.getnext() not in known]


# The page's comments --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Numbering:
    """The ids of the comments so far, to recognise repeated ones."""

    ids: dict[Element, str] = field(default_factory=dict)
    seen: dict[tuple[str, str | None, str], str] = field(default_factory=dict)
    repeated: int = 0


def _found(page: PageParts, reading: _Reading) -> FoundComments:
    opening = opening_post(page, reading.layout, reading.parts)
    parts = reading.parts[len(opening) :]
    shown_twice = _shown_twice(page, parts)
    numbering = _Numbering(repeated=len(shown_twice))
    comments: list[Comment] = []
    for place, part in enumerate(parts):
        if place in shown_twice or not part.is_comment:
            continue
        if not _is_repeated(part, numbering):
            numbering.ids[part.element] = f"c{len(comments) + 1}"
            comments.append(_comment(part, numbering.ids))
    warnings = list(reading.doubts)
    if numbering.repeated:
        warnings.append(f"{numbering.repeated} comment{'s' * (numbering.repeated != 1)} repeated, counted once")
    titles = page.index.select(*reading.layout.title)
    elements = (*titles, *(element for part in opening for element in around_text(part)), *_elements(parts))
    title = next(filter(None, map(page.text.line_of, titles)), None)
    first = _comment(opening[0], {opening[0].element: "c0"}) if opening else None
    return FoundComments(reading.layout.name, tuple(comments), elements, tuple(warnings), title, first)


def _shown_twice(page: PageParts, parts: list[CommentParts]) -> set[int]:
    """Find comments that a box of the latest or best shows again, among parts without a thread around them."""
    owners = page.index.owners([part.element for part in parts])
    asides: dict[Element, Element | None] = {}
    for part in parts:
        above = part.element.getparent()
        outer = None if above is None else owners.get(above)
        asides[part.element] = page.asides.around(part.element) if outer is None else asides[outer]
    if len(set(asides.values())) < 2:
        return set()
    return repeats([Shown(asides[part.element], part.author, part.text) for part in parts])


def _elements(parts: list[CommentParts]) -> tuple[Element, ...]:
    elements: list[Element] = []
    for part in parts:
        before = part.element.getprevious()
        if part.element.tag == "dd" and before is not None and before.tag == "dt":
            elements.append(before)
        elements += (part.element, *part.beside)
    return tuple(elements)


def _is_repeated(part: CommentParts, numbering: _Numbering) -> bool:
    """Return whether the page shows the same comment, by its own id, a second time."""
    own_id = part.element.get("id")
    key = (own_id or "", part.author, part.text)
    if own_id is None or key not in numbering.seen:
        numbering.seen[key] = part.text
        return False
    numbering.repeated += 1
    return True


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
