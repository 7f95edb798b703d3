"""Comments out of an HTML tree, by the layout that finds most of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from stance.datamodels import Comment
from stance.limits import Limits
from stance.parsing.dates import parse_date
from stance.parsing.html_layouts import (
    COUNT_PLACES,
    COUNT_WORDS,
    CREDITS,
    HTML_LAYOUTS,
    JSON_LD_LAYOUT,
    LOADED_BY_SCRIPT,
    NO_COMMENTS,
    NO_LAYOUT,
    NO_NAME,
    NO_TEXT,
    PARTS_AROUND_TEXT,
    SAYS,
    HtmlLayout,
)
from stance.parsing.html_text import Element, line_of, text_of
from stance.parsing.json_ld import linked_comments
from stance.parsing.selectors import Index

LONGEST_NAME = 80
"""Characters; a longer 'author' is a sentence that a selector hit by accident."""

LONGEST_DATE = 60
"""Characters; a longer element with a date in it holds other things too."""

MOST_CHILDREN_OF_A_NAME = 4
"""An element with more parts than a link, a picture and a badge is no longer just about a name."""

LONGEST_COUNT = 150
"""Characters of a line that states how many comments there are; a headline with the article's title included."""

MOST_COMMENTS = Limits().comments

_NUMBER = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:[.,\u00a0]\d{3}){1,2}|\d{1,7})(?![\d])")
_VOTES = re.compile(r"[+−-]?\d{1,7}")
_SAYS = re.compile(rf"(?:\s(?:{'|'.join(SAYS)}))?\s?(?::|\.\.\.|…)?$", re.IGNORECASE)
_CREDIT = re.compile(rf"(?:{'|'.join(CREDITS)}):?\s", re.IGNORECASE)
_DASH = re.compile(r"\s[—–|·•-]\s")
_DIGITS_OF_A_DATE = 4


@dataclass(frozen=True, slots=True)
class FoundComments:
    """The comments of a page, the elements they were, and what is to be said of them."""

    layout: str = NO_LAYOUT
    comments: tuple[Comment, ...] = ()
    elements: tuple[Element, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(slots=True)
class _Parts:
    """A comment while its parts are looked for."""

    element: Element
    text: str = ""
    quoted: str | None = None
    author: str | None = None
    posted: str | None = None
    votes: int | None = None
    parent: Element | None = None

    @property
    def evidence(self) -> int:
        """How much of a comment this is: text with an author or a date is worth more than text alone."""
        return bool(self.text) * (1 + bool(self.author) + bool(self.posted))


def find_comments(index: Index) -> FoundComments:
    """Find the comments of a page.

    :param index: The page; nothing in it changes.
    :return: Comments in page order, called c1, c2, ...; none where no layout fits.
    """
    no_comments = set(index.select(*NO_COMMENTS))
    no_text = set(index.select(*NO_TEXT))
    readings = [(layout.name, _read(index, layout, no_comments, no_text)) for layout in HTML_LAYOUTS]
    name, parts = max(readings, key=lambda reading: sum(part.evidence for part in reading[1]))
    if any(part.text for part in parts):
        return _found(name, parts)
    if linked := linked_comments(index, MOST_COMMENTS):
        return FoundComments(JSON_LD_LAYOUT, tuple(linked))
    return FoundComments()


def stated_count(index: Index) -> int | None:
    """Return how many comments the page itself says it has; None where it does not tell."""
    for place in COUNT_PLACES:
        for element in index.select(place):
            line = (element.get("content") or line_of(element)).casefold()
            number = _NUMBER.search(line[:LONGEST_COUNT])
            if number and (place.startswith("[") or any(word in line for word in COUNT_WORDS)):
                return int(re.sub(r"\D", "", number[0]))
    return None


def script_loaded_system(index: Index) -> str | None:
    """Return the name of a comment system for which the page holds an empty place; None if there is none."""
    return next((name for name, place in LOADED_BY_SCRIPT if index.select(place)), None)


# One layout -----------------------------------------------------------------------------------------------------------


def _read(index: Index, layout: HtmlLayout, no_comments: set[Element], no_text: set[Element]) -> list[_Parts]:
    boxes = [box for box in index.select(*layout.comment) if not _is_within(box, no_comments)]
    if not boxes:
        return []
    parts = {box: _Parts(box) for box in boxes}
    named = _fill_authors(index, layout, parts, no_text)
    dated = _fill_dates(index, layout, parts)
    texts = _owned(index, layout.text, parts)
    not_the_text = parts.keys() | no_text | named | dated
    around = not_the_text | set(index.select(*PARTS_AROUND_TEXT)) if layout.rest_is_text else not_the_text
    for box, part in parts.items():
        source = texts.get(box, box if layout.rest_is_text else None)
        if source is not None:
            _fill_text(part, source, around if source is box else not_the_text)
    for box, element in _owned(index, layout.votes, parts).items():
        parts[box].votes = _votes(element)
    _fill_parents(index, layout, parts)
    return list(parts.values())


def _is_within(box: Element, boxes: set[Element]) -> bool:
    return box in boxes or any(above in boxes for above in box.iterancestors())


def _fill_text(part: _Parts, source: Element, leave_out: set[Element]) -> None:
    part.text = text_of(source, leave_out)
    quotes = [text_of(quote, leave_out) for quote in source.iter("blockquote") if _is_own(quote, source, leave_out)]
    part.quoted = "\n".join(quote for quote in quotes if quote) or None


def _is_own(quote: Element, source: Element, leave_out: set[Element]) -> bool:
    """Tell whether a quote is in no other quote and in no reply."""
    return not any(above.tag == "blockquote" or above in leave_out for above in _between(quote, source))


def _between(element: Element, top: Element) -> list[Element]:
    between = []
    for above in element.iterancestors():
        if above is top:
            break
        between.append(above)
    return between


def _fill_authors(
    index: Index, layout: HtmlLayout, parts: dict[Element, _Parts], no_text: set[Element]
) -> set[Element]:
    """Name the authors; return the elements that hold a name and nothing of a comment's text."""
    leave_out = no_text | set(index.select(*NO_NAME))
    named: set[Element] = set()
    for selector in layout.author:
        for box, element in _owned(index, (selector,), parts).items():
            if parts[box].author is None and (name := _name(line_of(element, leave_out))):
                parts[box].author = name
                named |= {element, *_around_name(element, box, name, leave_out)}
    return named


def _name(line: str) -> str | None:
    """Return the name in a line such as "Comment by Ada — 3 May 2014" or "Ada says:"."""
    first, *others = _DASH.split(_CREDIT.sub("", line, count=1) if _CREDIT.match(line) else line)
    kept = [part for part in others if sum(map(str.isdigit, part)) < _DIGITS_OF_A_DATE]
    name = _SAYS.sub("", " - ".join([first, *kept])).strip(" ,|·•–—-:")
    return name if 0 < len(name) <= LONGEST_NAME else None


def _around_name(element: Element, box: Element, name: str, leave_out: set[Element]) -> list[Element]:
    """Return the elements around a name, in its comment, that add only a word such as "says"."""
    around = []
    for above in _between(element, box):
        if len(above) > MOST_CHILDREN_OF_A_NAME or _name(line_of(above, leave_out)) != name:
            break
        around.append(above)
    return around


def _fill_dates(index: Index, layout: HtmlLayout, parts: dict[Element, _Parts]) -> set[Element]:
    """Date the comments; return the elements that hold a date and nothing else."""
    dated: set[Element] = set()
    for selector in layout.posted:
        for box, element in _owned(index, (selector,), parts).items():
            if parts[box].posted is None and (date := _date(element)):
                parts[box].posted = date
                if len(line_of(element)) <= LONGEST_DATE:
                    dated.add(element)
    return dated


def _date(element: Element) -> str | None:
    given = (element.get("datetime"), element.get("content"), element.get("title"), line_of(element))
    return next((date for text in given if text and (date := parse_date(text))), None)


def _votes(element: Element) -> int | None:
    line = element.get("content") or line_of(element)
    return int(line.replace("−", "-")) if _VOTES.fullmatch(line) else None


def _fill_parents(index: Index, layout: HtmlLayout, parts: dict[Element, _Parts]) -> None:
    beside = set(index.select(*layout.replies))
    for box, part in parts.items():
        part.parent = _parent(box, parts, beside)


def _parent(box: Element, parts: dict[Element, _Parts], beside: set[Element]) -> Element | None:
    for above in box.iterancestors():
        if above in parts:
            return above
        if above in beside:
            return next((before for before in above.itersiblings(preceding=True) if before in parts), None)
    return None


def _owned(index: Index, selectors: Iterable[str], boxes: dict[Element, _Parts]) -> dict[Element, Element]:
    """Return for each comment the first element that a selector means, in none of its replies; earlier ones win."""
    owned: dict[Element, Element] = {}
    for selector in selectors:
        for element in index.select(selector):
            owner = _owner(element, boxes)
            if owner is not None:
                owned.setdefault(owner, element)
    return owned


def _owner(element: Element, boxes: dict[Element, _Parts]) -> Element | None:
    """Return the innermost comment around an element, or the one whose heading it is in: ``<dt>`` before ``<dd>``."""
    if element in boxes:
        return None
    for above in (element, *element.iterancestors()):
        if above in boxes:
            return above
        following = above.getnext()
        if above.tag == "dt" and following is not None and following in boxes:
            return following
    return None


# The page's comments --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Numbering:
    """Which comment got which id, and which ones were there before."""

    ids: dict[Element, str] = field(default_factory=dict)
    seen: dict[tuple[str, str | None, str], str] = field(default_factory=dict)
    repeated: int = 0


def _found(layout: str, parts: list[_Parts]) -> FoundComments:
    numbering = _Numbering()
    comments: list[Comment] = []
    for part in parts:
        if part.text and not _is_repeated(part, numbering) and len(comments) < MOST_COMMENTS:
            numbering.ids[part.element] = f"c{len(comments) + 1}"
            comments.append(_comment(part, numbering.ids))
    warnings = []
    if numbering.repeated:
        warnings.append(f"{numbering.repeated} comment{'s' * (numbering.repeated != 1)} repeated, counted once")
    if len(comments) == MOST_COMMENTS:
        warnings.append(f"only the first {MOST_COMMENTS:,} comments were read")
    return FoundComments(layout, tuple(comments), tuple(part.element for part in parts), tuple(warnings))


def _is_repeated(part: _Parts, numbering: _Numbering) -> bool:
    """Tell whether the page shows the same comment, by its own id, a second time."""
    own_id = part.element.get("id")
    key = (own_id or "", part.author, part.text)
    if own_id is None or key not in numbering.seen:
        numbering.seen[key] = part.text
        return False
    numbering.repeated += 1
    return True


def _comment(part: _Parts, ids: dict[Element, str]) -> Comment:
    return Comment(
        comment_id=ids[part.element],
        text=part.text,
        author=part.author,
        reply_to=ids.get(part.parent) if part.parent is not None else None,
        posted=part.posted,
        votes=part.votes,
        quoted=part.quoted,
    )
