"""Which boxes of a page are comments, and what of the page belongs to which of them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from stance.parsing.html_asides import Asides
from stance.parsing.html_names import LONGEST_LINE, MOST_INITIALS, are_initials, could_be_name, is_role
from stance.parsing.html_structure import date_in
from stance.parsing.html_text import Element
from stance.parsing.languages import DELETED
from stance.parsing.layouts import (
    DEPTH_ATTRIBUTES,
    FIELDS,
    ID_ATTRIBUTES,
    NO_COMMENTS,
    NO_NAME,
    NO_TEXT,
    PARENT_ATTRIBUTES,
    QUOTES,
    HtmlLayout,
)
from stance.parsing.selectors import Index

LONGEST_BADGE = 30
"""Characters of a role beside a name, such as "Moderator"."""

LONGEST_DATE = 60
"""Characters; a longer element with a date in it holds other things too."""

MOST_EVIDENCE = 3
"""Of one comment: a text, an author, a date."""

_AROUND_DATES = " ,|·•–—-:@#()"
_DELETED = re.compile("|".join(f"(?:{phrase})" for phrase in DELETED))


@dataclass(slots=True)
class CommentParts:
    """A comment while its parts are looked for."""

    element: Element
    text: str = ""
    quoted: str | None = None
    author: str | None = None
    posted: str | None = None
    votes: int | None = None
    parent: Element | None = None
    source: Element | None = None  # where the text was read
    quotes: list[Element] = field(default_factory=list)  # in it, and in no other and no reply
    beside: list[Element] = field(default_factory=list)  # what follows the box and is of the comment

    @property
    def is_comment(self) -> bool:
        """Whether there is a text, and not just a date that was left over, or a note that it was deleted."""
        return _is_said(self.text) if len(self.text) <= LONGEST_LINE else bool(self.text.strip(_AROUND_DATES))

    @property
    def evidence(self) -> int:
        """How much of a comment this is: text with an author or a date is worth more than text alone."""
        return self.is_comment * (1 + bool(self.author) + bool(self.posted))


def total_evidence(parts: Iterable[CommentParts]) -> int:
    """Return how much of a thread some comments are."""
    return sum(part.evidence for part in parts)


class PageParts:
    """What is the same in a page for every layout."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.text = index.text
        self.asides = Asides(index)
        self.no_comments = set(index.select(*NO_COMMENTS))
        self._in_no_comments = index.owners(self.no_comments).keys() if self.no_comments else frozenset[Element]()
        self.id_attributes = tuple(filter(index.has_attribute, ID_ATTRIBUTES))
        self.parent_attributes = tuple(filter(index.has_attribute, PARENT_ATTRIBUTES))
        self.depth_attributes = tuple(filter(index.has_attribute, DEPTH_ATTRIBUTES))
        self.of_other_pages: set[Element] = set()  # as far as layouts were asked
        self.initials: set[Element] = set()  # likewise: what stands for a picture of a writer

    @cached_property
    def no_text(self) -> set[Element]:
        """What stands in comments and is not their writers'."""
        fields = (field for field in self.index.select(*FIELDS) if field.get("type") != "hidden")
        forms = {above for field in fields for above in field.iterancestors("form")}
        return forms.union(self.index.select(*NO_TEXT))

    @cached_property
    def no_name(self) -> set[Element]:
        """What stands beside names and is none."""
        return self.no_text.union(self.index.select(*NO_NAME), self.badges)

    @cached_property
    def badges(self) -> set[Element]:
        """What tells a role, such as "Moderator"."""
        return set(filter(_is_badge, self.index.select("span", "em", "small", "i", "b")))

    @cached_property
    def name_buttons(self) -> set[Element]:
        """The buttons that say what could be a name, and not what they do."""
        labels = {button: self.text.label_of(button) for button in self.index.select("button", "[role=button]")}
        return {button for button, label in labels.items() if could_be_name(label)}

    def name_line(self, element: Element, leave_out: set[Element]) -> str:
        """Return what stands in an element that is to hold a name, or on the button that it is or holds."""
        leave_out = leave_out | self.initials if self.initials else leave_out
        line = self.text.line_of(element, leave_out)
        if "," in line:
            line = self._linked_name(element, line, leave_out) or line
        line = line or self.text.line_of(element, leave_out - self.badges)  # nobody else is named: "Guest", "admin"
        if line or self.name_buttons.isdisjoint(inside := [element, *self.text.inside(element)]):
            return line
        return next(self.text.label_of(button) for button in inside if button in self.name_buttons)

    def _linked_name(self, element: Element, line: str, leave_out: set[Element]) -> str | None:
        """Return the name that a line begins with as a link, where a place or a title follows it."""
        links = [each for each in self.text.inside(element) if each.tag == "a" and self.text.line_of(each, leave_out)]
        if len(links) != 1:
            return None
        name = self.text.line_of(links[0], leave_out)
        behind = line.removeprefix(name).strip() if line.startswith(name) else ""
        return name if behind.startswith(",") else None

    @cached_property
    def quotes(self) -> set[Element]:
        """What holds the words of another."""
        return set(self.index.select(*QUOTES))

    @cached_property
    def quoted(self) -> Mapping[Element, Element]:
        """What stands in quotations, and in which."""
        return self.index.owners(self.quotes) if self.quotes else {}

    def note_initials(self, boxes: Iterable[Element]) -> None:
        """Note what stands for a picture: "AL" before "Ada Lind"."""
        for box in boxes:
            worded = filter(self.text.worded.__contains__, (box, *self.text.inside(box)))
            first = next(worded, box)
            letters = (first.text or "").strip()
            if len(letters) <= MOST_INITIALS and are_initials(letters, (next(worded, box).text or "").strip()):
                self.initials.add(first)

    def may_be_stamp(self, element: Element, text: Element) -> bool:
        """Tell whether an element has words of its own outside of a text."""
        if element not in self.text.worded:
            return False
        (begin, end), (first, last) = self.text.spans[element][:2], self.text.spans[text][:2]
        return end <= first or begin >= last

    def is_behind(self, box: Element, text: Element | None) -> bool:
        """Tell whether a box follows a text and is not around it."""
        return text is None or self.text.spans[box][0] >= self.text.spans[text][1] or text in box.iterancestors()

    def boxes(self, layout: HtmlLayout) -> list[Element]:
        """Return what a layout takes for comments."""
        boxes = self.index.select(*layout.comment)
        if boxes and self._in_no_comments:
            boxes = [box for box in boxes if box not in self._in_no_comments]
        if boxes and layout.holds:
            holding = {above for part in self.index.select(*layout.holds) for above in part.iterancestors()}
            boxes = [box for box in boxes if box in holding]
        of_other_pages = self.asides.of_other_pages(frozenset(boxes))
        self.of_other_pages |= of_other_pages
        return [box for box in boxes if box not in of_other_pages] if of_other_pages else boxes


class Thread:
    """What a layout takes for comments, and what of the page belongs to which of them."""

    def __init__(self, page: PageParts, layout: HtmlLayout, boxes: list[Element]) -> None:
        self.page = page
        self.layout = layout
        self.boxes = boxes
        self._inside = page.index.owners(boxes)
        headings = self._in_headings()
        self._owners = {**self._inside, **headings} if headings else self._inside

    @property
    def promise(self) -> int:
        """How much evidence there is at most: nothing of a comment without a text, a date only where one could be."""
        texts = len(self.boxes if self.layout.rest_is_text else self.texts)
        return texts * (MOST_EVIDENCE - 1) + min(texts, len(self.first(*self.layout.posted)))

    def first(self, *selectors: str) -> dict[Element, Element]:
        """Return for each comment the first element that a selector means, in none of its replies; earlier ones win."""
        found: dict[Element, Element] = {}
        quoted = self.page.quoted
        for selector in selectors:
            if len(found) == len(self.boxes):
                break
            for element in self.page.index.select(selector):
                owner = self._owners.get(element)
                if owner is None or owner is element or (element in quoted and self._is_quoted(element, owner)):
                    continue
                found.setdefault(owner, element)
        return found

    def _is_quoted(self, element: Element, owner: Element) -> bool:
        """Tell whether an element stands in what a comment quotes: whom it names, or when, is another's."""
        quote = self.page.quoted.get(element)
        return quote is not None and quote is not owner and owner in quote.iterancestors() and not self._is_all_quoted

    @cached_property
    def _is_all_quoted(self) -> bool:
        """Whether every comment has a quotation, as where its own words stand in one."""
        owners = {self._owners.get(quote) for quote in self.page.quotes}
        return len(self.boxes) > 1 and owners.issuperset(self.boxes)

    @cached_property
    def texts(self) -> dict[Element, Element]:
        """The element of each comment that holds its text."""
        return self.first(*self.layout.text)

    def own(self, box: Element) -> list[Element]:
        """Return the elements of a comment that are neither in nor around any of its replies, in page order."""
        return self._own[box]

    def owner(self, element: Element) -> Element | None:
        """Return the innermost comment that an element is in, or is."""
        return self._inside.get(element)

    def owner_around(self, box: Element) -> Element | None:
        """Return the innermost comment around another."""
        above = box.getparent()
        return None if above is None else self._inside.get(above)

    @cached_property
    def _own(self) -> dict[Element, list[Element]]:
        own: dict[Element, list[Element]] = {box: [] for box in self.boxes}
        around: set[Element] = set()
        for box in self.boxes:
            above = box.getparent() if self.owner_around(box) is not None else None
            while above is not None and above not in own and above not in around:
                around.add(above)
                above = above.getparent()
        for element, owner in self._inside.items():
            if element is not owner and element not in around:
                own[owner].append(element)
        return own

    def _in_headings(self) -> dict[Element, Element]:
        """Return what belongs to a comment that it heads: ``<dt>`` before ``<dd>``."""
        owners: dict[Element, Element] = {}
        for heading in self.page.index.select("dt"):
            following = heading.getnext()
            if following is not None and self._inside.get(following) is following:
                around = self._inside.get(heading)
                if around is not heading:
                    owners |= {each: following for each in heading.iter("*") if self._inside.get(each) is around}
        return owners


def is_deleted(text: str) -> bool:
    """Return whether a text stands where a comment was: "This comment was removed.", "[flagged]"."""
    return len(text) <= LONGEST_LINE and _DELETED.fullmatch(text.casefold()) is not None


@lru_cache(maxsize=4096)
def _is_said(text: str) -> bool:
    """Tell whether a short text, which is asked for several times, is that of a comment."""
    if is_deleted(text):
        return False
    date = date_in(text) if len(text) <= LONGEST_DATE else None
    rest = text if date is None else text[: date.start] + text[date.end :]
    return bool(rest.strip(_AROUND_DATES))


def _is_badge(element: Element) -> bool:
    text = element.text or ""
    return len(element) == 0 and len(text) <= LONGEST_BADGE and is_role(text)
