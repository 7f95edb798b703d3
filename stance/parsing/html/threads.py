"""Assign the elements of a page to its comments, drop comments shown twice, and find the parent of each.

Boxes of the latest or best comments have the markup of comments. They are known by their place, by the targets of
their links, and because their texts are in the thread too. Parents are known by boxes, attributes, links and depth.
Many systems wrap a comment and the list of its replies in one box, so that the replies stand beside their parent::

    <li> <article>Ada</article> <ul> <li> <article>Bo, a reply to Ada</article> </li> </ul> </li>

A list of comments, or a page of one, looks much the same, but the comments in it are equally deep.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from itertools import islice
from urllib.parse import urljoin, urlsplit

from stance.parsing.html.marks import LONGEST_LINE, could_be_name, date_in, is_named_after, is_role
from stance.parsing.html.tree import Element, Index
from stance.parsing.languages import phrases
from stance.parsing.layouts import MARKUP, HtmlLayout

IN_REPLY_TO = tuple(  # "Reply to" is a button
    phrase for phrase in phrases("comment.reply_to") if phrase.split()[0] not in phrases("comment.own_actions")
)
PARENT_LINKS = phrases("comment.parent_links")
REPLY_WORDS = phrases("markup.replies")


MOST_LENGTH = 2_000
"""Characters of an address that are looked at."""

COMMENT_MARK = re.compile(
    r"(?:[a-z]{1,12}[-_]){0,2}(?:comment|komment|coment|reactie|post|message|msg|c|p)[-_]?\d{1,20}", re.I
)
_WHOLE = re.compile(r"https?://([\w.:-]+)((?:/[\w.~%+,;=&!*'()@$:-]*)*)(?:[?#].*)?$")


class Links:
    """The links of a page, and whether they lead to places in it."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._address = _own_address(index)
        self._others: dict[frozenset[Element], set[Element]] = {}  # several layouts take the same boxes for comments
        self._links: dict[Element, bool | None] = {}  # whether each leads to this page

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
            if owner is not None and (is_ours := self.leads_here(link)) is not None:
                (ours if is_ours else others).add(owner)
        groups = {box: box.getparent() for box in boxes} if others else {}
        sizes = Counter(groups.values())
        leaving = Counter(groups[box] for box in others - ours)
        return {box for box in others - ours if 2 * leaving[groups[box]] >= max(sizes[groups[box]], 3)}

    @cached_property
    def _marks(self) -> set[str]:
        """The ids and names that links to places in this page end with."""
        return {*self._index.values("id"), *(str(link.get("name")) for link in self._index.select("a[name]"))}

    def leads_here(self, link: Element) -> bool | None:
        """Return whether a link leads to a place in this page; None where it is neither a comment's nor a story's."""
        if link not in self._links:
            self._links[link] = self._lead(link)
        return self._links[link]

    def _lead(self, link: Element) -> bool | None:
        page, _, mark = link.get("href", "")[:MOST_LENGTH].partition("#")
        if not mark or not COMMENT_MARK.fullmatch(mark):
            return None
        return mark in self._marks or not page or _is_part(_path(page, self._address), _path(self._address))


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
"""Maximum evidence of a comment: a text, an author, a date."""

_AROUND_DATES = " ,|·•–—-:@#()"
_DELETED = re.compile("|".join(f"(?:{phrase})" for phrase in phrases("comment.deleted")))


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
        self.links = Links(index)
        self.no_comments = set(index.select(*MARKUP["selectors.no_comments"]))
        self._in_no_comments = index.owners(self.no_comments).keys() if self.no_comments else frozenset[Element]()
        self.id_attributes = tuple(filter(index.attributes.__contains__, MARKUP["attributes.ids"]))
        self.parent_attributes = tuple(filter(index.attributes.__contains__, MARKUP["attributes.parents"]))
        self.depth_attributes = tuple(filter(index.attributes.__contains__, MARKUP["attributes.depths"]))
        self.of_other_pages: set[Element] = set()  # as far as layouts were asked
        self._lines: dict[Element, str] = {}

    @cached_property
    def no_text(self) -> set[Element]:
        """Elements in comments that are not their writers' words."""
        fields = (field for field in self.index.select(*MARKUP["selectors.fields"]) if field.get("type") != "hidden")
        forms = {above for field in fields for above in field.iterancestors("form")}
        return forms.union(self.index.select(*MARKUP["selectors.no_text"]))

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

    def nameable_line(self, element: Element) -> str:
        """Return the line of an element that may hold a name; several layouts ask for the same."""
        line = self._lines.get(element)
        if line is None:
            line = self._lines[element] = self.text.line_of(element, self.no_name)
        return line

    def name_line(self, element: Element, leave_out: set[Element]) -> str:
        """Return the line of an element that may hold a name, or the label of the button that it is or holds."""
        is_usual = leave_out is self.no_name
        line = self.nameable_line(element) if is_usual else self.text.line_of(element, leave_out)
        line = line or self.text.line_of(element, leave_out - self.badges)  # nobody else is named: "Guest", "admin"
        if line or self.name_buttons.isdisjoint(inside := [element, *self.text.inside(element)]):
            return line
        return next(self.text.label_of(button) for button in inside if button in self.name_buttons)

    @cached_property
    def quotes(self) -> set[Element]:
        """Elements that hold the words of another."""
        return set(self.index.select(*MARKUP["selectors.quotes"]))

    @cached_property
    def quoted(self) -> Mapping[Element, Element]:
        """The elements in quotations, each with its quotation."""
        return self.index.owners(self.quotes) if self.quotes else {}

    def may_be_stamp(self, element: Element, text: Element) -> bool:
        """Return whether an element has words of its own outside of a text."""
        if element not in self.text.worded:
            return False
        (begin, end), (first, last) = self.text.span(element)[:2], self.text.span(text)[:2]
        return end <= first or begin >= last

    def boxes(self, layout: HtmlLayout) -> list[Element]:
        """Return the boxes that a layout takes for comments."""
        boxes = self.index.select(*layout.comment)
        if boxes and self._in_no_comments:
            boxes = [box for box in boxes if box not in self._in_no_comments]
        if boxes and layout.holds:
            holding = {above for part in self.index.select(*layout.holds) for above in part.iterancestors()}
            boxes = [box for box in boxes if box in holding]
        of_other_pages = self.links.of_other_pages(frozenset(boxes))
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


# Parents --------------------------------------------------------------------------------------------------------------

MOST_BESIDE = 50
"""Boxes in one that are compared with another: of comments and their replies, the first few are alike."""

MOST_BETWEEN = 4
"""Boxes between one that holds a comment and its replies and one of these."""


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
"""Characters of a style that is looked at."""

_LAST_NUMBER = re.compile(r"\d{1,20}$")
_INDENT = re.compile(r"(?:margin|padding)-(?:left|inline-start)\s*:\s*(\d{1,4})(?:px|r?em|%)")
_DEPTH = re.compile(r"\s(?:[\w-]{0,30}(?:depth|level|indent|lvl|nesting)[-_]?)?(\d{1,2})(?=\s|$)")


def fill_parents(thread: Thread, parts: dict[Element, CommentParts]) -> None:
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
    names = {box: [name for attribute in page.id_attributes if (name := box.get(attribute))] for box in parts}
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


def _around(thread: Thread, box: Element, comments: set[Element]) -> Element | None:
    """Return the comment that another is in."""
    above = thread.owner_around(box)
    while above is not None and above not in comments:
        above = thread.owner_around(above)
    return above


def _named_parents(
    thread: Thread, parts: dict[Element, CommentParts], by_id: dict[str, Element]
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


def _anchors(thread: Thread) -> dict[str, Element]:
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
