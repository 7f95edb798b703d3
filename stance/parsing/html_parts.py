"""The parts of the comments of a thread: each that is found leaves less to be taken for the next.

Last comes the text: what a selector means, what is called as a text is, or what remains.
"""

import re
from collections import Counter
from collections.abc import Container, Iterable, Iterator

from stance.parsing.html_answers import fill_parents
from stance.parsing.html_authors import (
    fill_authors,
    fill_authors_on_buttons,
    fill_called_authors,
    fill_placed_authors,
)
from stance.parsing.html_dates import fill_dates, fill_stamps, told_date
from stance.parsing.html_names import is_only_name, name_in
from stance.parsing.html_structure import is_stamp, speaks_of
from stance.parsing.html_text import BLOCKS, Element
from stance.parsing.html_threads import LONGEST_DATE, CommentParts, PageParts, Thread, total_evidence
from stance.parsing.languages import COMMENT_ACTIONS, TEXT_WORDS
from stance.parsing.layouts import PARTS_AROUND_TEXT, STRUCTURE
from stance.parsing.lines import line_key
from stance.parsing.stamps import without_actions

MOST_BUTTONS = 4
"""Lines of buttons and counters before or behind a comment's text."""

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

_VOTES = re.compile(r"[+−-]?\d{1,7}")
# What people say, and no button does: "8/10", a thumb.
_SAID = re.compile(r"\d\s?/\s?\d|[!?]|[❤♥\U0001f300-\U0001faff]")
# Of a member, below a post.
_SIGNATURE = re.compile(r"\n_{10,}+(?:\n.*)?\Z", re.DOTALL)
_NUMBERS = re.compile(r"[+−-]?\d[\d.,]{0,9}")
_COMMENT_ACTIONS = frozenset(COMMENT_ACTIONS)


def read_parts(thread: Thread) -> list[CommentParts]:
    """Read what a layout takes for comments.

    :return: The parts of each, in page order; some may turn out to be no comment.
    """
    page, layout, boxes = thread.page, thread.layout, thread.boxes
    if not boxes:
        return []
    parts = {box: CommentParts(box) for box in boxes}
    if layout.rest_is_text:
        page.note_initials(boxes)
    named = fill_authors(thread, parts)
    dated = fill_dates(thread, parts)
    if layout is STRUCTURE or (thread.texts and not any(part.posted for part in parts.values())):
        dated |= fill_stamps(thread, parts)
    named |= fill_called_authors(thread, parts, dated)
    if layout is STRUCTURE:
        named |= fill_placed_authors(thread, parts, dated)
    not_the_text = parts.keys() | page.no_text | page.initials | named | dated
    around = not_the_text | set(page.index.select(*PARTS_AROUND_TEXT)) if layout.rest_is_text else not_the_text
    called = _called_texts(page, parts, not_the_text) if layout is STRUCTURE else {}
    for box, part in parts.items():
        if layout is STRUCTURE and _is_only_heading(page, part):
            continue
        source = thread.texts.get(box, box if layout.rest_is_text else None)
        if layout is STRUCTURE:
            _fill_text(page, part, called.get(box, box), around)
        elif source is not None:
            _fill_text(page, part, source, around if source is box else not_the_text)
    if layout is STRUCTURE and 2 * total_evidence(parts.values()) < len(parts):
        _fill_texts_beside(page, parts, around)
    fill_authors_on_buttons(thread, parts)
    _cut_buttons([part for part in parts.values() if layout is STRUCTURE or part.source is part.element])
    if layout.is_forum:
        for part in parts.values():
            part.text = _SIGNATURE.sub("", part.text)
    for box, element in thread.first(*layout.votes).items():
        parts[box].votes = _votes(page, element)
    fill_parents(thread, parts)
    _cut_answered([part for part in parts.values() if part.source is part.element])
    return list(parts.values())


def _is_only_heading(page: PageParts, part: CommentParts) -> bool:
    """Tell whether a box is no more than a line such as "Ada on 3 May 2014", and read that."""
    if not is_stamp(part.element) or any(child.tag in BLOCKS for child in part.element):
        return False
    line = page.text.line_of(part.element)
    part.author = part.author or name_in(line)
    part.posted = part.posted or told_date(page, part.element)
    return part.author is not None and is_only_name(line, part.author)


def _fill_text(page: PageParts, part: CommentParts, source: Element, leave_out: set[Element]) -> None:
    part.source = source
    pieces = [source] if source is part.element else [source, *_alike_behind(source, leave_out)]
    part.text = "\n".join(text for piece in pieces if (text := page.text.text_of(piece, leave_out)))
    if page.quotes:
        inside = ((each, piece) for piece in pieces for each in piece.iterdescendants("*") if each in page.quotes)
        part.quotes = [quote for quote, piece in inside if _is_own(quote, piece, page.quotes, leave_out)]
        part.quoted = "\n".join(text for quote in part.quotes if (text := page.text.text_of(quote, leave_out))) or None


def _alike_behind(source: Element, leave_out: set[Element]) -> Iterator[Element]:
    """Yield what follows an element and is called the same: a paragraph each of one text."""
    if called := source.get("class"):
        alike = (each for each in source.itersiblings(source.tag) if each.get("class") == called)
        yield from (each for each in alike if each not in leave_out)


def _fill_texts_beside(page: PageParts, parts: dict[Element, CommentParts], leave_out: set[Element]) -> None:
    """Take for a comment's text what follows a box that has none: the box was the heading of a comment."""
    for box, part in parts.items():
        for after in box.itersiblings("*"):
            if after in parts or after.tag in HEADINGS:
                break
            part.beside.append(after)
        part.text = "\n".join(text for after in part.beside if (text := page.text.text_of(after, leave_out)))


def _is_own(quote: Element, source: Element, quotes: set[Element], leave_out: set[Element]) -> bool:
    """Tell whether a quote is in no other quote and in no reply."""
    return not any(above in quotes or above in leave_out for above in between(quote, source))


def between(element: Element, top: Element) -> list[Element]:
    """Return what is around an element in another, the innermost first."""
    around = []
    for above in element.iterancestors():
        if above is top:
            break
        around.append(above)
    return around


def _called_texts(page: PageParts, boxes: Iterable[Element], leave_out: set[Element]) -> dict[Element, Element]:
    """Return the elements that hold the comments' texts, by what they are called.

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
    called = [element for element in _own_elements(box, leave_out) if speaks_of(TEXT_WORDS, element)]
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


def _cut_buttons(parts: list[CommentParts]) -> None:
    """Take "Reply" and "5 likes" off the texts, where no element of its own holds a text.

    What only comments offer is cut at once, other buttons and counters where most texts end, or begin, alike.
    """
    for _ in range(MOST_BUTTONS):
        if not (_cut_edges(parts, last=True) | _cut_edges(parts, last=False)):
            break


def _cut_edges(parts: list[CommentParts], *, last: bool) -> bool:
    """Cut off the first or last lines that are buttons; tell whether there were any."""
    lines = {part.element: line for part in parts if (line := _edge(part.text, last=last))}
    shapes = Counter(_NUMBERS.sub("#", line) for line in lines.values())
    is_cut = False
    for part in parts if lines else ():
        line = lines.get(part.element, "")
        shape = _NUMBERS.sub("#", line)
        is_usual = shapes[shape] > 1 and 2 * shapes[shape] > len(parts) and not without_actions(line)
        if line and (is_usual or (last and line_key(shape) in _COMMENT_ACTIONS)):
            part.text = part.text[: -len(line) - 1] if last else part.text[len(line) + 1 :]
            is_cut = True
    return is_cut


def _cut_answered(parts: list[CommentParts]) -> None:
    """Take the name of the one who is answered off the texts, where it is the first line of most answers."""
    authors = {part.element: part.author for part in parts}
    answers = [(part, authors.get(part.parent)) for part in parts if part.parent is not None and "\n" in part.text]
    addressed = [part for part, answered in answers if part.text.partition("\n")[0] == answered]
    if len(addressed) > 1 and 2 * len(addressed) > len(answers):
        for part in addressed:
            part.text = part.text.partition("\n")[2]


def _edge(text: str, *, last: bool) -> str:
    """Return the first or the last line of a text; none where it is the only one, or said: "8/10", a thumb."""
    line, _, rest = text.rpartition("\n")[::-1] if last else text.partition("\n")
    return line if rest and len(line) <= LONGEST_DATE and not _SAID.search(line) else ""


def _votes(page: PageParts, element: Element) -> int | None:
    line = element.get("content") or page.text.line_of(element)
    return int(line.replace("−", "-")) if _VOTES.fullmatch(line) else None
