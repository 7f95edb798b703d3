"""Read the parts of each comment of a thread: date, author, text, votes, and the comment that it answers.

Names are compared over the whole thread: they differ between comments, and stand at the same place. The text comes
last: a selector's element, one that is named as a text, or the rest of the comment. Parents are known by boxes,
attributes, links and depth.
Many systems wrap a comment and the list of its replies in one box, so that the replies stand beside their parent::

    <li> <article>Ada</article> <ul> <li> <article>Bo, a reply to Ada</article> </li> </ul> </li>

A list of comments, or a page of one, looks much the same, but the comments in it are equally deep.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import NamedTuple, TypeAlias

from stance.parsing.dates import has_digit, parse_date
from stance.parsing.html.threads import (
    LONGEST_BADGE,
    LONGEST_DATE,
    LONGEST_LINE,
    Boxes,
    CommentParts,
    PageParts,
    date_in,
    is_name,
    is_named_after,
    is_only_name,
    is_titled_stamp,
    name_in,
)
from stance.parsing.html.tree import BLOCKS, Element
from stance.parsing.languages import phrases
from stance.parsing.layouts import MARKUP, STRUCTURE
from stance.parsing.line_parts import without_actions
from stance.parsing.lines import INITIALS, line_key, mask_numbers, name_like

IN_REPLY_TO = tuple(  # "Reply to" is a button
    phrase for phrase in phrases("comment.reply_to") if phrase.split()[0] not in phrases("comment.own_actions")
)
PARENT_LINKS = phrases("comment.parent_links")
REPLY_WORDS = phrases("markup.replies")

TEXT_WORDS = phrases("markup.text")
DATE_ATTRIBUTES = ("datetime", "content", "title")

Columns: TypeAlias = Iterable[dict[Element, Element]]
"""Columns of a thread: the element of each comment that has one there."""


class _Named(NamedTuple):
    """An element that may hold the name of an author."""

    element: Element
    name: str
    is_called: bool  # named after an author
    signs: int  # how many other signs of a name it has


def fill_dates(thread: Boxes, parts: dict[Element, CommentParts]) -> set[Element]:
    """Date the comments; return the elements that hold a date and nothing else."""
    page, dated = thread.page, set[Element]()
    for selector in thread.layout.posted:
        for box, element in thread.first(selector).items():
            if parts[box].posted is None:
                parts[box].posted, line = date_shown(page, element), page.text.line_of(element)
                is_date = page.is_stamp(element) and is_only_name(line, "")  # also a relative one
                if is_date or (parts[box].posted and len(line) <= LONGEST_DATE):
                    dated.add(element)
    return dated


def columns_of(thread: Boxes) -> list[dict[Element, Element]]:
    """Align the elements of the comments of a thread, in page order.

    In one column are the elements with the same class, or the same path of tags below one, and the same place among
    those of their comment.
    """
    columns: defaultdict[tuple[int, int], dict[Element, Element]] = defaultdict(dict)
    numbers: dict[tuple[int, str, str], int] = {}
    for box in thread.boxes:
        paths: dict[Element | None, int] = {}
        seen: Counter[int] = Counter()
        for element in thread.own[box]:
            name = _first_class(element.get("class", ""))
            key = (-1, "", name) if name else (paths.get(element.getparent(), -1), str(element.tag), "")
            path = paths[element] = numbers.setdefault(key, len(numbers))
            columns[path, seen[path]][box] = element
            seen[path] += 1
    return list(columns.values())


@lru_cache(maxsize=4096)
def _first_class(names: str) -> str:
    """Return the first class that neither has a number nor stripes a list; an empty one where there is none."""
    return next((name for name in names.split() if not (has_digit(name) or name in MARKUP["classes.stripes"])), "")


def fill_stamps(thread: Boxes, parts: dict[Element, CommentParts], columns: Columns) -> set[Element]:
    """Date the comments by the columns that read as dates; return their elements, relative dates included.

    A column of nothing but dates is surer than one with other words, which may be those of the comments.
    """
    page, said, dated = thread.page, thread.texts, set[Element]()
    rated = list[tuple[float, bool, dict[Element, Element]]]()
    for column in columns:
        outside = ((box, each) for box, each in column.items() if box not in said or page.may_be_stamp(each, said[box]))
        stamps = {box: element for box, element in outside if page.is_stamp(element)}
        if stamps and 2 * len(stamps) >= len(column):
            unsure = (each for each in stamps.values() if each.tag != "time" and not is_titled_stamp(each))
            pure = 1 - sum(not is_only_name(page.text.line_of(each), "") for each in unsure) / len(stamps)
            told = sum(date_shown(page, element) is not None for element in stamps.values()) / len(stamps)
            rated.append((len(stamps) * (1 + pure) * (0.5 + told), 2 * pure >= 1, stamps))
    for _, is_pure, stamps in sorted(rated, key=lambda each: -each[0]):
        if is_pure or (not dated and 2 * len(stamps) > len(parts)):
            for box, element in stamps.items():
                parts[box].posted = parts[box].posted or date_shown(page, element)
            dated.update(stamps.values())
    return dated


def date_shown(page: PageParts, element: Element) -> str | None:
    """Return the date that an element tells; to the minute, where only a part of it does so."""
    date = _attribute_date(element) or parse_date(page.text.line_of(element))
    if date and "T" in date:
        return date
    parts = element.iterdescendants("*")
    if date is None:
        return next(filter(None, map(_attribute_date, parts)), None)
    inner = (told for each in parts if (told := _attribute_date(each) or parse_date(page.text.line_of(each))))
    return next((given for given in inner if given.startswith(f"{date}T")), date)


def _attribute_date(element: Element) -> str | None:
    given = (value for name in DATE_ATTRIBUTES if (value := element.get(name)))
    return next((date for value in given if (date := parse_date(value))), None)


# Authors --------------------------------------------------------------------------------------------------------------

MOST_CHILDREN_OF_A_NAME = 4
"""Maximum number of children of an element around a name: a link, a picture, a badge."""

COVERED_SHARE = 0.7
"""Minimum share of the elements of a column that must be names; also of the comments, where nothing else marks one."""

MOST_PIECES = 20
"""Maximum number of pieces of text of an element that holds a name and little else."""

MOST_NAMED = 50
"""Maximum number of columns that could be names; those of a single long comment are its paragraphs."""

CALLED = 3
"""Weight of an element that is named after an author; each other sign of a name has 1."""

HEADED = 0.5
"""Weight of a column of headings: most are subjects."""

LEAST_RATE = 0.3
"""Minimum rate of a column of names."""

LABEL_SHARE, LABEL_LEAST = 0.6, 3
"""Minimum share and number of comments with the same "name" for it to be a label."""


SHORT_NAME = 3
"""Words; most names have no more."""

_NO_NAMES = frozenset(phrases("date.weekdays", "section.headings"))

_PROFILE = re.compile(
    r"(?:^|/)(?:@[\w.-]|(?:users?|u|profiles?|members?|people|auth/profile)[/?=.])|[?&](?:user|u)(?:id)?="
)


def fill_authors(thread: Boxes, parts: dict[Element, CommentParts]) -> set[Element]:
    """Name the authors; return the elements that hold a name and nothing of a comment's text."""
    page, named = thread.page, set[Element]()
    for selector in thread.layout.author:
        found = [
            (box, element, name)
            for box, element in thread.first(selector).items()
            if parts[box].author is None and (name := name_in(page.name_line(element, page.no_name)))
        ]
        if _are_none([name for *_, name in found], are_called=True):  # "1", "2": links to comments
            continue
        for box, element, name in found:
            parts[box].author = name
            named.update(_with_name(thread, element, box, name))
    for attribute in thread.layout.author_attributes:
        for box, part in parts.items():
            part.author = part.author or name_in((box.get(attribute) or "")[:LONGEST_LINE].rstrip(" ."))
    if joined := set(page.index.select(*thread.layout.joined)):
        before: str | None = None
        for box, part in parts.items():
            part.author = part.author or (before if box in joined else None)
            before = part.author
    return named


def fill_placed_authors(
    thread: Boxes, parts: dict[Element, CommentParts], columns: Columns, dated: set[Element]
) -> set[Element]:
    """Name the authors that no selector found by the columns of names, the best first.

    :return: The elements that hold a name and nothing of a comment's text.
    """
    page, leave_out, named = thread.page, thread.page.no_name | dated, set[Element]()
    around = {above for element in dated for above in element.iterancestors()}
    label = label_of_most(part.author for part in parts.values())
    good = sum(part.author not in (None, label) for part in parts.values())
    is_open = thread.layout is STRUCTURE or 2 * good < len(parts) >= LABEL_LEAST
    rated = list[tuple[float, dict[Element, _Named]]]()
    for column in columns:
        names = dict[Element, _Named]()
        for number, (box, element) in enumerate(column.items()):
            if number - len(names) > (1 - COVERED_SHARE) * len(column):
                break
            is_called = is_name(element, page.text.line_of)
            _, _, first, last = page.text.span(element)
            if last - first <= MOST_PIECES and (is_called or (is_open and element not in page.no_name)):
                is_dated = element in dated or page.is_stamp(element)
                line = page.name_line(element, leave_out if element in around and not is_dated else page.no_name)
                if found := _named(thread, box, element, line, is_called=is_called, is_dated=is_dated):
                    names[box] = found
        if len(names) >= COVERED_SHARE * len(column):
            rated.append((_rate(list(names.values()), len(parts), thread.layout is STRUCTURE), names))
    del rated[MOST_NAMED:]
    for rate, outer in sorted(rated, key=lambda each: -each[0]):
        names = _innermost(outer, [each for _, each in rated]) if rate >= LEAST_RATE else {}
        for box, found in names.items():
            if parts[box].author in (None, label, found.name):
                parts[box].author = found.name
                named.update(_with_name(thread, found.element, box, found.name))
    return named


def _innermost(names: dict[Element, _Named], columns: Iterable[dict[Element, _Named]]) -> dict[Element, _Named]:
    """Return the column within one of names that has the most different parts of them: names without a weekday."""
    inner = (
        {box: each[box] for box, found in names.items() if box in each and each[box].name in found.name}
        for each in columns
        if not any(found.signs for found in each.values())
    )
    wide = (each for each in inner if len(each) >= COVERED_SHARE * len(names))
    return names | max(wide, key=lambda each: len({found.name for found in each.values()}), default={})


def _named(
    thread: Boxes, box: Element, element: Element, line: str, *, is_called: bool, is_dated: bool
) -> _Named | None:
    """Return the name that an element of a comment may hold; a line with signs of a name may have more words."""
    page = thread.page
    if not 0 < len(line) <= LONGEST_LINE:
        return None
    signs = is_dated + (element.tag not in HEADINGS and _is_first(page, element, box))
    name = _possible_name(line) or (name_in(line) if is_called or (signs and thread.layout is STRUCTURE) else None)
    said = " ".join(word for word in line_key(name or "").split() if not word.isdigit())  # "Sun 15:56"
    if name is None or said in _NO_NAMES or (any(map(str.isalpha, name)) and not without_actions(name)):
        return None
    is_more = is_dated and not is_only_name(line, name) and any(inner.tag in BLOCKS for inner in element)
    return None if is_more else _Named(element, name, is_called, signs + is_profile(element))


def label_of_most(names: Iterable[str | None]) -> str | None:
    """Return the "name" that is on so many comments that it is none; None where there is no such name."""
    every = list(names)
    name, count = Counter(filter(None, every)).most_common(1)[0] if any(every) else ("", 0)
    return name if count >= LABEL_LEAST and count > LABEL_SHARE * len(every) else None


def _are_none(names: Collection[str], *, are_called: bool) -> bool:
    """Return whether most names are the same but for a number, "21 people", or initials in place of pictures.

    :param are_called: Whether they are named after authors, as "Reader 1" and "Reader 2" may be.
    """
    label = label_of_most(map(mask_numbers, names))
    are_initials = all(name.isupper() and len(name) <= INITIALS for name in names) and len(names) > 1
    are_letters = 2 * sum(map(str.isalpha, names)) > len(names)
    return (are_initials and are_letters) or (label is not None and (not are_called or label.startswith("#")))


@lru_cache(maxsize=4096)
def _possible_name(line: str) -> str | None:
    """Return the name in a line that could be one; None for a button, a date or a sentence."""
    name = name_in(line) if 0 < len(line) <= LONGEST_LINE else None
    if name is None or not name_like(name.rstrip(".!?"), words=5) or not without_actions(name):
        return None
    return name if date_in(name) is None and any(map(str.isalpha, name)) else None


def _rate(names: list[_Named], comments: int, is_form: bool) -> float:
    """Rate a column of names by how many they are, how they differ, how short they are, and their signs.

    :param is_form: Whether the comments were found by their form, so that no selector names their authors.
    """
    called = sum(each.is_called for each in names) / len(names)
    signs = sum(each.signs for each in names) / len(names)
    is_wide = len(names) >= COVERED_SHARE * comments or (is_form and signs)
    if not (called >= 0.5 or is_wide) or _are_none([each.name for each in names], are_called=called >= 0.5):
        return 0.0
    distinct = len({each.name for each in names}) / len(names)
    short = sum(len(each.name.split()) <= SHORT_NAME for each in names) / len(names)
    worth = HEADED if names[0].element.tag in HEADINGS else 1
    return worth * len(names) / comments * (0.5 + distinct) * (0.2 + short) * (1 + CALLED * called + signs)


def is_profile(element: Element) -> bool:
    """Return whether an element links to the profile of a member."""
    return element.tag == "a" and _PROFILE.search(element.get("href", "")[:LONGEST_LINE]) is not None


def _is_first(page: PageParts, element: Element, box: Element) -> bool:
    """Return whether an element opens a comment with a line that could be a name."""
    text = (element.text or "").strip()
    if not any(map(str.isalpha, text)) or not name_like(page.text.line_of(element)):
        return False
    return element.text == next((str(each) for each in box.itertext("*") if str(each).strip()), "")


def _with_name(thread: Boxes, element: Element, box: Element, name: str) -> list[Element]:
    """Return the element of a name, and those around it in its comment that add only a word such as "says".

    They are left out of the comment's text; there are none to leave out where that is an element without the name.
    """
    page, text = thread.page, thread.texts.get(box)
    if text is not None and not page.text.holds(text, element):
        return []
    around = [element]
    inner = element
    for above in element.iterancestors():
        if above is box or len(above) > MOST_CHILDREN_OF_A_NAME:
            break
        if any(child.tag == "p" and child is not inner for child in above):  # which is said, also where it is a date
            break
        inner = above
        line = page.nameable_line(above)
        if line != name and not is_only_name(line, name):
            break
        around.append(above)
    return around


# Parts ----------------------------------------------------------------------------------------------------------------


HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

_VOTES = re.compile(r"[+−-]?\d{1,7}")
# What people say, and no button does: "8/10", a thumb.
# Of a member, below a post.
_SIGNATURE = re.compile(r"\n_{10,}+(?:\n.*)?\Z", re.DOTALL)


def read_parts(thread: Boxes) -> list[CommentParts]:
    """Read the parts of the comments of a thread.

    :return: The parts of each, in page order; some may turn out to be no comment.
    """
    page, layout, boxes = thread.page, thread.layout, thread.boxes
    if not boxes:
        return []
    parts = {box: CommentParts(box) for box in boxes}
    named = fill_authors(thread, parts)
    dated = fill_dates(thread, parts)
    is_dated, is_named = any(part.posted for part in parts.values()), all(part.author for part in parts.values())
    columns = [] if is_dated and is_named else columns_of(thread)
    if layout is STRUCTURE or (thread.texts and not is_dated):
        dated |= fill_stamps(thread, parts, columns)
    if not is_named:
        named |= fill_placed_authors(thread, parts, columns, dated)
    labels = _labels(thread, columns) | _beside_names(thread, named, dated)
    _fill_texts(thread, parts, parts.keys() | page.no_text | named | dated | labels)
    for part in parts.values() if layout.is_forum else ():
        part.text = _SIGNATURE.sub("", part.text)
    for box, element in thread.first(*layout.votes).items():
        parts[box].votes = votes_in(element.get("content") or page.text.line_of(element))
    fill_parents(thread, parts)
    return list(parts.values())


def _labels(thread: Boxes, columns: Columns) -> set[Element]:
    """Return links and elements with a class that say the same in several comments: they are the page's."""
    line_of, found = thread.page.text.line_of, set[Element]()
    for column in columns:
        first = next(iter(column.values()))
        least = 2 if first.tag == "a" else LABEL_LEAST
        if len(column) < least or not (first.tag == "a" or first.get("class")) or thread.page.is_stamp(first):
            continue
        line = mask_numbers(line_of(first))
        is_own = line and without_actions(line) and not line.startswith("@")
        if is_own and all(mask_numbers(line_of(each)) == line for each in column.values()):
            around = line_of(next(first.iterancestors()))
            if not line.casefold().startswith(IN_REPLY_TO) and not around.casefold().startswith(IN_REPLY_TO):
                found.update(column.values())
    return found


def _beside_names(thread: Boxes, named: set[Element], dated: set[Element]) -> set[Element]:
    """Return the elements between names and dates above the texts, such as a place; they are no text."""
    text, found = thread.page.text, set[Element]()
    for box in thread.boxes:
        own = thread.own[box]
        name, date = (next((each for each in own if each in some), None) for some in (named, dated))
        if name is None or date is None:
            continue
        (_, start, *_), (stop, end, *_) = text.span(name), text.span(date)
        is_above = any(without_actions(text.line_of(each)) for each in own if text.span(each)[0] >= end)
        inner = (each for each in own if start <= text.span(each)[0] and text.span(each)[1] <= stop)
        beside = {each: line for each in inner if (line := text.line_of(each))}
        if not is_above or any(len(line) > LONGEST_BADGE for line in beside.values()):
            return set()
        found.update(beside)
    return found


def _fill_texts(thread: Boxes, parts: dict[Element, CommentParts], leave_out: set[Element]) -> None:
    """Read the text of each comment, without the elements of its other parts."""
    page, layout = thread.page, thread.layout
    around = (
        leave_out.union(page.index.select(*MARKUP["selectors.parts_around_text"])) if layout.rest_is_text else leave_out
    )
    if layout is not STRUCTURE:
        for box, part in parts.items():
            source = thread.texts.get(box, box if layout.rest_is_text else None)
            if source is not None:
                _fill_text(page, part, source, around if source is box else leave_out)
        return
    called = _called_texts(page, parts, leave_out)
    for box, part in parts.items():
        _fill_text(page, part, called.get(box, box), around)
        if not part.text:  # what is called "metadata" may hold the text
            _fill_text(page, part, box, leave_out)


def _fill_text(page: PageParts, part: CommentParts, source: Element, leave_out: set[Element]) -> None:
    part.source = source
    part.text = page.text.text_of(source, leave_out)
    if page.quotes:
        inside = (each for each in source.iterdescendants("*") if each in page.quotes)
        quotes = [quote for quote in inside if _is_own(quote, source, page.quotes, leave_out)]
        part.quoted = "\n".join(text for quote in quotes if (text := page.text.text_of(quote, leave_out))) or None


def _is_own(quote: Element, source: Element, quotes: set[Element], leave_out: set[Element]) -> bool:
    """Return whether a quote is in no other quote and in no reply."""
    return not any(above in quotes or above in leave_out for above in between(quote, source))


def between(element: Element, top: Element) -> list[Element]:
    """Return the elements around an element inside another, the innermost first."""
    around = []
    for above in element.iterancestors():
        if above is top:
            break
        around.append(above)
    return around


def _called_texts(page: PageParts, boxes: Iterable[Element], leave_out: set[Element]) -> dict[Element, Element]:
    """Return the elements that hold the comments' texts, by their names.

    Of a short comment the date or the buttons may be longer: there, what is called as in most others is its text.
    """
    found = {box: element for box in boxes if (element := _called_text(page, box, leave_out)) is not None}
    makes = Counter(map(_make, found.values()))
    usual = max(makes, key=makes.__getitem__, default=None)
    for box in boxes:
        if box not in found or 2 * makes[_make(found[box])] < len(found):
            alike = [each for each in _own_elements(box, leave_out) if _make(each) == usual]
            if len(alike) == 1:
                found[box] = alike[0]
    return found


def _called_text(page: PageParts, box: Element, leave_out: set[Element]) -> Element | None:
    """Return the element that is called after a text and holds most of a comment's, and nothing that is none."""
    called = [element for element in _own_elements(box, leave_out) if is_named_after(TEXT_WORDS, element)]
    sizes: Counter[tuple[Element | None, tuple[str, str]]] = Counter()
    first: dict[tuple[Element | None, tuple[str, str]], Element] = {}
    for element in _outermost(called):
        key = element.getparent(), _make(element)
        sizes[key] += len(page.text.text_of(element, leave_out))
        first.setdefault(key, element)
    longest = max(sizes, key=sizes.__getitem__, default=None)
    return first[longest] if longest and 2 * sizes[longest] >= len(page.text.text_of(box, leave_out)) else None


def _own_elements(box: Element, boxes: Container[Element]) -> Iterator[Element]:
    """Yield the elements in a box that are in none of some others."""
    waiting = list(reversed(box))
    while waiting:
        element = waiting.pop()
        if isinstance(element.tag, str) and element not in boxes:
            yield element
            waiting.extend(reversed(element))


def _outermost(elements: list[Element]) -> list[Element]:
    chosen = set(elements)
    return [element for element in elements if chosen.isdisjoint(element.iterancestors())]


def _make(element: Element) -> tuple[str, str]:
    return str(element.tag), element.get("class", "")


def votes_in(line: str) -> int | None:
    """Return the number of votes that a line is; None where it is something else."""
    return int(line.replace("−", "-")) if _VOTES.fullmatch(line) else None


# Parents --------------------------------------------------------------------------------------------------------------

MOST_BESIDE = 50
"""Maximum number of boxes in one that are compared: of comments and their replies, the first few are alike."""

MOST_BETWEEN = 4
"""Maximum number of boxes between one that holds a comment and its replies and one of these."""


@dataclass(slots=True)
class _Around:
    """A box around comments."""

    head: Element  # the first of them
    depth: int  # of that one, in elements
    others: int = 0
    inside: dict[Element, None] = field(default_factory=dict)  # the next boxes around comments in it
    is_level: bool = False  # another comment in it is no deeper than the first

    @property
    def may_be_thread(self) -> bool:
        """Whether the others may answer the first."""
        return self.others > 0 and not self.is_level


def replies_beside(comments: Iterable[Element]) -> dict[Element, Element]:
    """Find replies that stand beside their parents: of each the comment that is first in a box around both.

    :param comments: In page order.
    """
    listed = list(comments)
    return _heads(listed, _boxes_around(listed))


def _heads(comments: list[Element], around: dict[Element, _Around]) -> dict[Element, Element]:
    if not any(box.may_be_thread for box in around.values()):
        return {}
    heads: dict[Element, Element] = {}
    threads: set[Element] = set()
    known: set[Element] = set()
    for comment in comments:
        for above in reversed(list(comment.iterancestors())):  # what an outer box is tells what an inner one like it is
            box = around[above]
            if above not in known and box.may_be_thread and _is_thread(above, around, threads):
                threads.add(above)
            known.add(above)
            if above in threads and box.head is not comment:
                heads[comment] = box.head
    return heads


def _boxes_around(comments: list[Element]) -> dict[Element, _Around]:
    around: dict[Element, _Around] = {}
    for comment in comments:
        ancestors = list(comment.iterancestors())
        depth, inner = len(ancestors), None
        for above in ancestors:
            box = around.get(above)
            if box is None:
                box = around[above] = _Around(comment, depth)
            elif box.head is not comment:
                box.others += 1
                box.is_level = box.is_level or depth <= box.depth
            if inner is not None:
                box.inside[inner] = None
            inner = above
    return around


def _is_thread(box: Element, around: dict[Element, _Around], threads: set[Element]) -> bool:
    """Return whether a box holds a comment and its replies: there are similar boxes, or one of replies in it.

    Else it may be a section with a comment that was set above the list of all.
    """
    beside = box.getparent()
    siblings = around[beside].inside if beside is not None else ()
    if any(_are_alike(box, each) for each in islice(siblings, MOST_BESIDE) if each is not box):
        return True
    outer = islice(box.iterancestors(), MOST_BETWEEN)
    if any(each in threads and _are_alike(box, each) for each in outer):
        return True
    head, level = around[box].head, [box]
    for _ in range(MOST_BETWEEN):
        level = [inner for each in level for inner in islice(around[each].inside, MOST_BESIDE)]
        for inner in level:
            if around[inner].head is not head and (is_named_after(REPLY_WORDS, inner) or _is_called_alike(box, inner)):
                return True
    return False


def _are_alike(box: Element, other: Element) -> bool:
    """Return whether two boxes have the same tag, and a class in common where either has one."""
    return box.tag == other.tag and (_is_called_alike(box, other) or not (_classes(box) or _classes(other)))


def _is_called_alike(box: Element, other: Element) -> bool:
    return box.tag == other.tag and not _classes(box).isdisjoint(_classes(other))


def _classes(box: Element) -> set[str]:
    """Return the classes of a box but for those that only stripe a list."""
    return set(box.get("class", "").split()).difference(MARKUP["classes.stripes"])


# Answers --------------------------------------------------------------------------------------------------------------

LONGEST_STYLE = 500
"""Maximum characters of a style that is looked at."""

_LAST_NUMBER = re.compile(r"\d{1,20}$")
_INDENT = re.compile(r"(?:margin|padding)-(?:left|inline-start)\s*:\s*(\d{1,4})(?:px|r?em|%)")
_DEPTH = re.compile(r"\s(?:[\w-]{0,30}(?:depth|level|indent|lvl|nesting)[-_]?)?(\d{1,2})(?=\s|$)")


def fill_parents(thread: Boxes, parts: dict[Element, CommentParts]) -> None:
    """Find the parent of each comment; the surest sign counts.

    :param parts: The comments in page order, their names, dates and texts read.
    """
    page, layout = thread.page, thread.layout
    standing = {box for box, part in parts.items() if part.text or part.author or part.posted}  # others only wrap one
    before = _comments_before(page.index.select(*layout.replies), standing)
    around = {box: _parent(box, standing, before) if before else _around(thread, box, standing) for box in parts}
    outermost = [box for box, above in around.items() if above is None]
    beside: dict[Element, Element] = {}
    if not layout.is_forum and len({box.getparent() for box in outermost}) > 1:
        beside = replies_beside(box for box in parts if box in standing)
    names = {box: page.ids_of(box) for box in parts}
    by_id = {name: box for box, own in names.items() for name in own}
    named = _named_parents(thread, parts, by_id)
    depths: list[tuple[int, Element]] = []  # of the thread so far, the innermost last
    has_indents = not layout.is_forum and "style" in page.index.attributes
    levels = thread.first(*layout.depth)
    indents = _indents([box for box in parts if box in standing]) if has_indents else {}
    for box, part in parts.items():
        part.parent = around[box]
        if part.parent is None and (page.parent_attributes or named):
            told = (name for attribute in page.parent_attributes if (name := box.get(attribute)))
            part.parent = next((by_id[name] for name in told if by_id.get(name, box) is not box), named.get(box))
        if part.parent is None:
            depth = _depth(page, box, levels.get(box))
            depth = indents.get(box) if depth is None else depth
            if depth is None:
                part.parent = beside.get(box)
            else:
                part.parent = _parent_by_depth(box, depth, depths)


def _around(thread: Boxes, box: Element, comments: set[Element]) -> Element | None:
    """Return the comment that another is in."""
    above = thread.owner_around(box)
    while above is not None and above not in comments:
        above = thread.owner_around(above)
    return above


def _named_parents(
    thread: Boxes, parts: dict[Element, CommentParts], by_id: dict[str, Element]
) -> dict[Element, Element]:
    """Return which comments are answered, as links say: "in reply to Ada", "parent", "@Ada" with her address.

    A link that is known to lead to what is answered may end with its number alone.
    """
    named: dict[Element, Element] = {}
    anchors: dict[str, Element] = {}
    known = set(thread.page.index.select(*thread.layout.reply_links))
    numbers = {number: box for name, box in by_id.items() if (number := _last_number(name))} if known else {}
    for link in thread.page.index.select("a"):
        owner = thread.owner(link)
        _, is_marked, mark = link.get("href", "").rpartition("#")
        if owner is None or owner is link or owner in named or not (is_marked and mark):
            continue
        if (target := by_id.get(mark)) is None:
            anchors = anchors or _anchors(thread)
            target = anchors.get(mark, numbers.get(_last_number(mark), owner) if link in known else owner)
        if target is owner:  # as of most links: a comment has its own address
            continue
        line, writer = thread.page.text.line_of(link).casefold(), parts[target].author
        is_addressed = writer is not None and line.lstrip("@↪→>^ ") == writer.casefold()
        if is_addressed or link in known or _answers(link, line):
            named[owner] = target
    return named


def _anchors(thread: Boxes) -> dict[str, Element]:
    """Return which comment each place that a link may lead to is in."""
    places = [(place.get("id", ""), place) for place in thread.page.index.select("[id]")]
    places += [(place.get("name", ""), place) for place in thread.page.index.select("a[name]")]
    return {name: owner for name, place in places if (owner := thread.owner(place)) is not None}


def _answers(link: Element, line: str) -> bool:
    return line.startswith(IN_REPLY_TO) or line in PARENT_LINKS or "in-reply-to" in link.get("class", "")


def _last_number(name: str) -> str:
    """Return the number that an id or a mark ends with, or nothing."""
    found = _LAST_NUMBER.search(name[-20:])
    return found[0] if found else ""


def _depth(page: PageParts, box: Element, inner: Element | None) -> int | None:
    """Return how deep a comment is in its thread, where a class such as ``depth-2`` or an attribute tells.

    :param inner: What in the comment has that attribute, if it has not itself.
    """
    telling = box if inner is None else inner
    given = next((level for name in page.depth_attributes if (level := telling.get(name))), "")
    found = _DEPTH.search(f" {box.get('class', '')} {given}")
    return int(found[1]) if found else None


def _indents(boxes: list[Element]) -> dict[Element, int]:
    """Return how far each comment is set in by its style, or that of a box around it alone, where any is."""
    indents = {}
    for box in boxes:
        above = box.getparent()
        styles = (box.get("style", ""), "" if above is None or len(above) > 1 else above.get("style", ""))
        found = next((found for style in styles if (found := _INDENT.search(style[:LONGEST_STYLE]))), None)
        indents[box] = int(found[1]) if found else 0
    return indents if len(set(indents.values())) > 1 else {}


def _parent_by_depth(box: Element, depth: int, depths: list[tuple[int, Element]]) -> Element | None:
    """Return the last comment before one that is less deep."""
    while depths and depths[-1][0] >= depth:
        depths.pop()
    parent = depths[-1][1] if depths else None
    depths.append((depth, box))
    return parent


def _comments_before(boxes: list[Element], comments: set[Element]) -> dict[Element, Element | None]:
    """Return for boxes of replies the comment that each follows, in one walk over their neighbours."""
    before: dict[Element, Element | None] = dict.fromkeys(boxes)
    for around in {above for box in boxes if (above := box.getparent()) is not None}:
        last = None
        for child in around:
            if child in before:
                before[child] = last
            if child in comments:
                last = child
    return before


def _parent(box: Element, comments: set[Element], before: Mapping[Element, Element | None]) -> Element | None:
    """Return the comment that another is in, or that a box of replies around it follows."""
    for above in box.iterancestors():
        if above in comments:
            return above
        if (answered := before.get(above)) is not None:
            return answered
    return None
