"""Assign the elements of a page to its comments, and find boxes that show comments a second time.

Boxes of the latest or best comments have the markup of comments. They are known by their place, by the targets of
their links, and because their texts are in the thread too.
"""

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from urllib.parse import urljoin, urlsplit

from stance.parsing.html.marks import LONGEST_LINE, could_be_name, date_in, is_named_after, is_role
from stance.parsing.html.tree import Element, Index, upwards
from stance.parsing.languages import ASIDE_WORDS, DELETED
from stance.parsing.layouts import (
    DEPTH_ATTRIBUTES,
    FIELDS,
    ID_ATTRIBUTES,
    NO_COMMENTS,
    NO_TEXT,
    PARENT_ATTRIBUTES,
    QUOTES,
    HtmlLayout,
)

FIRST_WORDS = 5
"""Of a comment; a writer who begins two comments of a thread with the same five is quoting or repeating."""

FEWEST_WORDS = 3
"""Of a text that is compared without its writer's name, and of a headline that links to another story."""

MOST_LENGTH = 2_000
"""Characters of an address that are looked at."""

_COMMENT_MARK = re.compile(
    r"(?:[a-z]{1,12}[-_]){0,2}(?:comment|komment|coment|reactie|post|message|msg|c|p)[-_]?\d{1,20}", re.I
)
_WHOLE = re.compile(r"https?://([\w.:-]+)((?:/[\w.~%+,;=&!*'()@$:-]*)*)(?:[?#].*)?$")
_CUT = re.compile(r"\s?(?:\[?(?:\.{3,6}|…)\]?)$")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Shown:
    """A shown comment and the box beside the thread that it is in; None: in none."""

    aside: Element | None
    author: str | None
    text: str


class Asides:
    """The boxes of a page beside its thread, and where the links in them lead."""

    def __init__(self, index: Index) -> None:
        self._index = index
        titles = index.select("h1", "[itemprop=articleBody]")
        self._around_article = {above for title in titles for above in upwards(title)}
        self._known: dict[Element, Element | None] = {}
        self._address = _own_address(index)
        self._others: dict[frozenset[Element], set[Element]] = {}  # several layouts take the same boxes for comments
        self._links: dict[Element, bool | None] = {}  # whether each leads to this page

    def around(self, element: Element) -> Element | None:
        """Return the innermost box beside the thread that an element is in."""
        climbed: list[Element] = []
        found: Element | None = None
        for above in element.iterancestors():
            if above in self._known:
                found = self._known[above]
                break
            climbed.append(above)
            if self._is_aside(above):
                found = above
                break
        self._known.update((above, found) for above in climbed)
        return found

    def of_other_pages(self, boxes: frozenset[Element]) -> set[Element]:
        """Return those of some boxes that show comments of other pages: most of their group lead there, none here."""
        if boxes not in self._others:
            self._others[boxes] = self._of_other_pages(boxes)
        return self._others[boxes]

    def _of_other_pages(self, boxes: frozenset[Element]) -> set[Element]:
        ours: set[Element] = set()
        others: set[Element] = set()
        owners = self._index.owners(boxes) if boxes else {}
        for link in self._index.select("a[href]") if boxes else ():
            owner = owners.get(link)
            if owner is link:
                above = link.getparent()
                owner = None if above is None else owners.get(above)
            if owner is not None and (is_ours := self._leads_here(link)) is not None:
                (ours if is_ours else others).add(owner)
        groups = {box: self._group(box) for box in boxes} if others else {}
        sizes = Counter(groups.values())
        leaving = Counter(groups[box] for box in others - ours)
        gone = {group for group, count in leaving.items() if 2 * count >= sizes[group] and (count > 1 or group[0])}
        return {box for box in others - ours if groups[box] in gone}

    def _group(self, box: Element) -> tuple[bool, Element | None]:
        """Return whether a box is beside the thread, and the box around it."""
        aside = self.around(box)
        return aside is not None, box.getparent() if aside is None else aside

    def _is_aside(self, element: Element) -> bool:
        if element.tag in ("html", "body") or element in self._around_article:
            return False
        return element.tag == "aside" or is_named_after(ASIDE_WORDS, element)

    @cached_property
    def _marks(self) -> set[str]:
        """The ids and names that links to places in this page end with."""
        return {*self._index.values("id"), *(str(link.get("name")) for link in self._index.select("a[name]"))}

    def _leads_here(self, link: Element) -> bool | None:
        """Return whether a link leads to a place in this page; None where it is neither a comment's nor a story's."""
        if link not in self._links:
            self._links[link] = self._lead(link)
        return self._links[link]

    def _lead(self, link: Element) -> bool | None:
        page, _, mark = link.get("href", "")[:MOST_LENGTH].partition("#")
        if not mark or not _COMMENT_MARK.fullmatch(mark):
            return None
        return mark in self._marks or not page or _is_part(_path(page, self._address), _path(self._address))


def repeats(shown: Sequence[Shown]) -> set[int]:
    """Find the comments that are shown a second time beside the thread.

    Two equal comments in the thread are two; and so are two in one box beside it.

    :param shown: Every comment in page order.
    :return: Positions of those that begin as one in the thread does, by the same writer.
    """
    sizes = Counter(each.aside for each in shown)
    thread = max(sizes, key=lambda aside: (sizes[aside], aside is None), default=None)
    openings: defaultdict[str | None, list[tuple[str, ...]]] = defaultdict(list)
    for each in shown:
        if each.aside in (thread, None):
            for writer in {(each.author or "").casefold() or None, None}:
                openings[writer].append(_first_words(each.text))
    for found in openings.values():
        found.sort()
    beside = ((place, each) for place, each in enumerate(shown) if each.aside not in (thread, None))
    return {place for place, each in beside if _begins_one(each, openings)}


def _begins_one(shown: Shown, openings: Mapping[str | None, Sequence[tuple[str, ...]]]) -> bool:
    """Return whether a comment, perhaps cut short, has the writer and the first words of one in the thread."""
    cut = _CUT.search(shown.text[-20:])
    words = _first_words(shown.text[: -len(cut[0])] if cut else shown.text)
    if cut and not cut[0][0].isspace() and 1 < len(words) < FIRST_WORDS:
        words = words[:-1]  # the last may be half a word
    writer = shown.author.casefold() if shown.author else None
    known = openings.get(writer, ())
    place = bisect_left(known, words)
    if not words or (writer is None and len(words) < FEWEST_WORDS) or place == len(known):
        return False
    return (known[place][: len(words)] if cut else known[place]) == words


def _first_words(text: str) -> tuple[str, ...]:
    return tuple(word[0].casefold() for word in islice(_WORD.finditer(text), FIRST_WORDS))


# Addresses ------------------------------------------------------------------------------------------------------------


def _own_address(index: Index) -> str:
    canonical = [link.get("href", "") for link in index.select("link[rel=canonical]")]
    shared = [meta.get("content", "") for meta in index.select("meta[property=og:url]")]
    return next((address.strip() for address in (*canonical, *shared) if address.strip()), "")[:MOST_LENGTH]


def _path(address: str, base: str = "") -> str:
    """Return the path of an address; it is empty where it is none."""
    whole = _WHOLE.match(address)
    if whole:  # as most are; joining takes ten times as long
        return whole[2].rstrip("/")
    try:
        return urlsplit(urljoin(base, address)).path.rstrip("/")
    except ValueError:  # "[" where only an IPv6 host may have one
        return ""


def _is_part(given: str, own: str) -> bool:
    """Return whether one path is another, or a page of it."""
    return given == own or given.startswith(f"{own}/") or own.startswith(f"{given}/")


# Threads --------------------------------------------------------------------------------------------------------------

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
    """The parts of a page that are the same for every layout."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.text = index.text
        self.asides = Asides(index)
        self.no_comments = set(index.select(*NO_COMMENTS))
        self._in_no_comments = index.owners(self.no_comments).keys() if self.no_comments else frozenset[Element]()
        self.id_attributes = tuple(filter(index.attributes.__contains__, ID_ATTRIBUTES))
        self.parent_attributes = tuple(filter(index.attributes.__contains__, PARENT_ATTRIBUTES))
        self.depth_attributes = tuple(filter(index.attributes.__contains__, DEPTH_ATTRIBUTES))
        self.of_other_pages: set[Element] = set()  # as far as layouts were asked

    @cached_property
    def no_text(self) -> set[Element]:
        """Elements in comments that are not their writers' words."""
        fields = (field for field in self.index.select(*FIELDS) if field.get("type") != "hidden")
        forms = {above for field in fields for above in field.iterancestors("form")}
        return forms.union(self.index.select(*NO_TEXT))

    @cached_property
    def no_name(self) -> set[Element]:
        """Elements beside names that are none."""
        return self.no_text | self.badges

    @cached_property
    def badges(self) -> set[Element]:
        """Elements that are a role, such as "Moderator"."""
        return set(filter(_is_badge, self.index.select("span", "em", "small", "i", "b")))

    @cached_property
    def name_buttons(self) -> set[Element]:
        """The buttons whose label could be a name rather than an action."""
        labels = {button: self.text.label_of(button) for button in self.index.select("button", "[role=button]")}
        return {button for button, label in labels.items() if could_be_name(label)}

    def name_line(self, element: Element, leave_out: set[Element]) -> str:
        """Return the line of an element that may hold a name, or the label of the button that it is or holds."""
        line = self.text.line_of(element, leave_out)
        line = line or self.text.line_of(element, leave_out - self.badges)  # nobody else is named: "Guest", "admin"
        if line or self.name_buttons.isdisjoint(inside := [element, *self.text.inside(element)]):
            return line
        return next(self.text.label_of(button) for button in inside if button in self.name_buttons)

    @cached_property
    def quotes(self) -> set[Element]:
        """Elements that hold the words of another."""
        return set(self.index.select(*QUOTES))

    @cached_property
    def quoted(self) -> Mapping[Element, Element]:
        """The elements in quotations, each with its quotation."""
        return self.index.owners(self.quotes) if self.quotes else {}

    def may_be_stamp(self, element: Element, text: Element) -> bool:
        """Return whether an element has words of its own outside of a text."""
        if element not in self.text.worded:
            return False
        (begin, end), (first, last) = self.text.spans[element][:2], self.text.spans[text][:2]
        return end <= first or begin >= last

    def boxes(self, layout: HtmlLayout) -> list[Element]:
        """Return the boxes that a layout takes for comments."""
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
    """The boxes that a layout takes for comments, and the owner of each element in them."""

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
        """Return whether an element is in a quotation: the name or date in it is another's."""
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

    def owner(self, element: Element) -> Element | None:
        """Return the innermost comment that an element is in, or is."""
        return self._inside.get(element)

    def owner_around(self, box: Element) -> Element | None:
        """Return the innermost comment around another."""
        above = box.getparent()
        return None if above is None else self._inside.get(above)

    @cached_property
    def own(self) -> dict[Element, list[Element]]:
        """The elements of each comment that are neither in nor around any of its replies, in page order."""
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
        """Return the elements of the headings of comments: ``<dt>`` before ``<dd>``."""
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
    """Return whether a short text is that of a comment."""
    if is_deleted(text):
        return False
    date = date_in(text) if len(text) <= LONGEST_DATE else None
    rest = text if date is None else text[: date.start] + text[date.end :]
    return bool(rest.strip(_AROUND_DATES))


def _is_badge(element: Element) -> bool:
    text = element.text or ""
    return len(element) == 0 and len(text) <= LONGEST_BADGE and is_role(text)
