"""Read the parts of each comment of a thread: date, author, text, votes.

Names are compared over the whole thread: they differ between comments, and stand at the same place. The text comes
last: a selector's element, one that is named as a text, or the rest of the comment.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator
from typing import TypeAlias

from stance.parsing.dates import parse_date
from stance.parsing.html import marks
from stance.parsing.html.marks import LONGEST_LINE, date_in, is_name, is_only_name, is_stamp, name_in
from stance.parsing.html.threads import LONGEST_DATE, CommentParts, PageParts, Thread, fill_parents
from stance.parsing.html.tree import BLOCKS, Element
from stance.parsing.languages import phrases
from stance.parsing.layouts import MARKUP, STRUCTURE
from stance.parsing.line_parts import without_actions, without_shared_ends
from stance.parsing.lines import name_like

TEXT_WORDS = phrases("markup.text")
DATE_ATTRIBUTES = ("datetime", "content", "title")


def fill_dates(thread: Thread, parts: dict[Element, CommentParts]) -> set[Element]:
    """Date the comments; return the elements that hold a date and nothing else."""
    page, dated = thread.page, set[Element]()
    for selector in thread.layout.posted:
        for box, element in thread.first(selector).items():
            if parts[box].posted is None and (date := date_shown(page, element)):
                parts[box].posted = date
                if len(page.text.line_of(element)) <= LONGEST_DATE:
                    dated.add(element)
    return dated


def fill_stamps(thread: Thread, parts: dict[Element, CommentParts]) -> set[Element]:
    """Date the comments by elements that read as a date; return these, relative dates included.

    A line that is nothing but a date is surer than one with other words, which may be those of the comment: such lines
    are asked only where most comments have one.
    """
    page, dated = thread.page, set[Element]()
    pure: dict[Element, list[Element]] = {}
    worded: dict[Element, list[Element]] = {}
    for box in parts:
        said = thread.texts.get(box)
        stamps = [each for each in thread.own[box] if said is None or page.may_be_stamp(each, said)]
        stamps = [each for each in stamps if _is_stamp(each)]
        pure[box] = [
            each
            for each in stamps
            if each.tag == "time" or marks.is_titled_stamp(each) or is_only_name(page.text.line_of(each), "")
        ]
        if not pure[box]:
            worded[box] = _innermost(stamps)[:1]
    if 2 * sum(map(bool, worded.values())) <= len(parts):
        worded = {}
    for box, part in parts.items():
        chosen = pure[box] or worded.get(box, [])
        part.posted = next((date for element in chosen if (date := date_shown(page, element))), None)
        dated.update(chosen)
    return dated


def date_shown(page: PageParts, element: Element) -> str | None:
    """Return the date that an element tells; to the minute, where only a part of it does so."""
    date = _attribute_date(element) or parse_date(page.text.line_of(element))
    if date is None or "T" in date:
        return date
    parts = element.iterdescendants("*")
    inner = (told for each in parts if (told := _attribute_date(each) or parse_date(page.text.line_of(each))))
    return next((given for given in inner if given.startswith(f"{date}T")), date)


def _attribute_date(element: Element) -> str | None:
    given = (value for name in DATE_ATTRIBUTES if (value := element.get(name)))
    return next((date for value in given if (date := parse_date(value))), None)


def _is_stamp(element: Element) -> bool:
    """Return whether an element shows a time, in its text or its title."""
    return element.tag == "time" or is_stamp(element) or marks.is_titled_stamp(element)


def _innermost(elements: list[Element]) -> list[Element]:
    around = {above for element in elements for above in element.iterancestors()}
    return [element for element in elements if element not in around]


# Authors --------------------------------------------------------------------------------------------------------------

MOST_CHILDREN_OF_A_NAME = 4
"""Maximum number of children of an element around a name: a link, a picture, a badge."""

NAMED_SHARE, COVERED_SHARE = 0.5, 0.7
"""Share of comments whose names are enough; share that must have one at a place before names are read there."""

LABEL_SHARE, LABEL_LEAST = 0.6, 3
"""Minimum share and number of comments with the same "name" for it to be a label."""


SHORT_NAME = 3
"""Words; most names have no more."""

_Place: TypeAlias = tuple[int, int]
"""Place of an element in its comment: its path of tags, and its number among those with the same path."""

_NUMBER = re.compile(r"\d+")
_PROFILE = re.compile(
    r"(?:^|/)(?:@[\w.-]|(?:users?|u|profiles?|members?|people|auth/profile)[/?=.])|[?&](?:user|u)(?:id)?="
)


def fill_authors(thread: Thread, parts: dict[Element, CommentParts]) -> set[Element]:
    """Name the authors; return the elements that hold a name and nothing of a comment's text."""
    page, named = thread.page, set[Element]()
    for selector in thread.layout.author:
        for box, element in thread.first(selector).items():
            if parts[box].author is None and (name := name_in(page.name_line(element, page.no_name))):
                parts[box].author = name
                named.update((element, *_around_name(page, element, box, name)))
    for attribute in thread.layout.author_attributes:
        for box, part in parts.items():
            part.author = part.author or name_in((box.get(attribute) or "")[:LONGEST_LINE].rstrip(" ."))
    if joined := set(page.index.select(*thread.layout.joined)):
        before: str | None = None
        for box, part in parts.items():
            part.author = part.author or (before if box in joined else None)
            before = part.author
    return named


def fill_called_authors(thread: Thread, parts: dict[Element, CommentParts], dated: set[Element]) -> set[Element]:
    """Name the authors that no selector found, by the names of elements."""
    page, named = thread.page, set[Element]()
    leave_out = page.no_name | dated
    for box, part in parts.items():
        if part.author is None:
            for element in thread.own[box]:
                if is_profile(element) or not is_name(element, page.text.line_of):  # a profile may be that of another
                    continue
                if name := name_in(page.name_line(element, leave_out)):
                    part.author = name
                    named |= {element, *_around_name(page, element, box, name)}
                    break
    return named | _fill_usual_authors(thread, parts, dated)


def fill_placed_authors(thread: Thread, parts: dict[Element, CommentParts], dated: set[Element]) -> set[Element]:
    """Name the authors by where names stand: in a cited line, before a date, first in a comment."""
    page, named = thread.page, set[Element]()
    for box, part in parts.items():
        for element in thread.own[box] if part.author is None else ():
            if element.tag == "cite" or element in dated or is_stamp(element) or _is_first(page, element, box):
                line = page.nameable_line(element)
                name = name_in(line) if len(line) <= LONGEST_LINE else None
                if name and not is_only_name(line, name) and any(inner.tag in BLOCKS for inner in element):
                    continue  # a short comment with all that is around it
                part.author = name
            if part.author:
                named |= {element, *_around_name(page, element, box, part.author)}
                break
    return named | _fill_usual_authors(thread, parts, dated)


def shorten_authors(parts: Iterable[CommentParts]) -> None:
    """Cut off what most names of a thread have in common, such as a system's "@"."""
    named = [part for part in parts if part.author]
    authors = [part.author or "" for part in named]
    shorter = without_shared_ends(authors)
    if all(name.startswith("@") for name in authors):  # a system's sign, and none of a single writer
        shorter = {name: shorter.get(name, name)[1:] or name for name in set(authors)}
    for part, name in zip(named, authors, strict=True):
        part.author = shorter.get(name, name)


# The usual place ------------------------------------------------------------------------------------------------------


def _fill_usual_authors(thread: Thread, parts: dict[Element, CommentParts], dated: set[Element]) -> set[Element]:
    """Name the authors by the place where names of most comments stand, where few were found, or only a label.

    :return: The elements that hold a name and nothing of a comment's text.
    """
    label = label_of_most(part.author for part in parts.values())
    good = sum(part.author is not None and part.author != label for part in parts.values())
    if good >= NAMED_SHARE * len(parts) or len(parts) < LABEL_LEAST:
        return set()
    places = _names_by_place(thread, parts, dated)
    best = max(places.values(), key=lambda names: _rate(names, len(parts)), default={})
    best = best if _rate(best, len(parts)) > 0 else {}
    named = set()
    for box, (element, name) in best.items():
        if parts[box].author in (None, label):
            parts[box].author = name
            named |= {element, *_around_name(thread.page, element, box, name)}
    for part in parts.values() if best else ():  # else one person may have written them all
        part.author = None if part.author == label else part.author
    return named


def label_of_most(names: Iterable[str | None]) -> str | None:
    """Return the "name" that is on so many comments that it is none; None where there is no such name."""
    every = list(names)
    name, count = Counter(filter(None, every)).most_common(1)[0] if any(every) else ("", 0)
    return name if count >= LABEL_LEAST and count > LABEL_SHARE * len(every) else None


def _names_by_place(
    thread: Thread, parts: dict[Element, CommentParts], dated: set[Element]
) -> dict[_Place, dict[Element, tuple[Element, str]]]:
    """Collect the possible names of each comment by the place where they stand."""
    page = thread.page
    leave_out = page.no_name | dated
    places: defaultdict[_Place, dict[Element, tuple[Element, str]]] = defaultdict(dict)
    numbers: dict[tuple[int, str], int] = {}
    for box in parts:
        paths = {box: -1}
        seen: Counter[int] = Counter()
        for element in thread.own[box]:
            above = element.getparent()
            key = paths.get(above, -1) if above is not None else -1, str(element.tag)
            path = paths[element] = numbers.setdefault(key, len(numbers))
            place = path, seen[path]
            seen[path] += 1
            if element in leave_out:
                continue
            if name := _possible_name(page.name_line(element, leave_out)):
                places[place][box] = (element, name)
    return places


def _are_counters(names: Iterable[str]) -> bool:
    """Return whether most names are the same but for a number: "21 people", "5 people"."""
    return label_of_most(_NUMBER.sub("#", name) for name in names) is not None


def _possible_name(line: str) -> str | None:
    """Return the name in a line that could be one; None for a button, a date or a sentence."""
    name = name_in(line) if 0 < len(line) <= LONGEST_LINE else None
    if name is None or not name_like(name.rstrip(".!?"), words=5) or not without_actions(name):
        return None
    return name if date_in(name) is None and any(map(str.isalpha, name)) else None


def _rate(names: dict[Element, tuple[Element, str]], comments: int) -> float:
    """Rate a place by how many comments have a name there, how many names there are, and how short they are."""
    if len(names) < COVERED_SHARE * comments or _are_counters(name for _, name in names.values()):
        return 0.0
    distinct = len({name for _, name in names.values()}) / len(names)
    short = sum(len(name.split()) <= SHORT_NAME for _, name in names.values()) / len(names)
    linked = sum(is_profile(element) for element, _ in names.values()) / len(names)
    return len(names) / comments * (0.5 + distinct) * (0.2 + short) * (1 + linked)


def is_profile(element: Element) -> bool:
    """Return whether an element links to the profile of a member."""
    return element.tag == "a" and _PROFILE.search(element.get("href", "")[:LONGEST_LINE]) is not None


def _is_first(page: PageParts, element: Element, box: Element) -> bool:
    """Return whether an element opens a comment with a line that could be a name."""
    text = (element.text or "").strip()
    if not any(map(str.isalpha, text)) or not name_like(page.text.line_of(element)):
        return False
    return element.text == next((str(each) for each in box.itertext("*") if str(each).strip()), "")


def _around_name(page: PageParts, element: Element, box: Element, name: str) -> list[Element]:
    """Return the elements around a name, in its comment, that add only a word such as "says"."""
    around = []
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


def read_parts(thread: Thread) -> list[CommentParts]:
    """Read the parts of the comments of a thread.

    :return: The parts of each, in page order; some may turn out to be no comment.
    """
    page, layout, boxes = thread.page, thread.layout, thread.boxes
    if not boxes:
        return []
    parts = {box: CommentParts(box) for box in boxes}
    named = fill_authors(thread, parts)
    dated = fill_dates(thread, parts)
    if layout is STRUCTURE or (thread.texts and not any(part.posted for part in parts.values())):
        dated |= fill_stamps(thread, parts)
    named |= fill_called_authors(thread, parts, dated)
    if layout is STRUCTURE:
        named |= fill_placed_authors(thread, parts, dated)
    _fill_texts(thread, parts, parts.keys() | page.no_text | named | dated)
    shorten_authors(parts.values())
    for part in parts.values() if layout.is_forum else ():
        part.text = _SIGNATURE.sub("", part.text)
    for box, element in thread.first(*layout.votes).items():
        parts[box].votes = votes_in(element.get("content") or page.text.line_of(element))
    fill_parents(thread, parts)
    return list(parts.values())


def _fill_texts(thread: Thread, parts: dict[Element, CommentParts], leave_out: set[Element]) -> None:
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
    called = [element for element in _own_elements(box, leave_out) if marks.is_named_after(TEXT_WORDS, element)]
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
