"""Comments out of an HTML tree, by the layout that finds most of them."""

import re
from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

from stance.datamodels import Comment
from stance.parsing.dates import parse_date
from stance.parsing.html_asides import Asides, Shown, repeats
from stance.parsing.html_data import data_comments
from stance.parsing.html_layouts import (
    BEFORE_DATE,
    COUNT_PLACES,
    COUNT_WORDS,
    CREDITS,
    DATA_LAYOUT,
    DELETED,
    DEPTH_ATTRIBUTES,
    FIELDS,
    HTML_LAYOUTS,
    ID_ATTRIBUTES,
    IN_REPLY_TO,
    JSON_LD_LAYOUT,
    LOADED_BY_SCRIPT,
    NO_COMMENTS,
    NO_LAYOUT,
    NO_NAME,
    NO_TEXT,
    PARENT_ATTRIBUTES,
    PARENT_LINKS,
    PARTS_AROUND_TEXT,
    QUOTED_ATTRIBUTES,
    QUOTES,
    SAYS,
    STRUCTURE,
    TEXT_WORDS,
    HtmlLayout,
)
from stance.parsing.html_replies import Beside, replies_beside
from stance.parsing.html_structure import (
    boxes_around,
    date_in,
    is_label_of_person,
    is_name,
    is_stamp,
    is_titled_stamp,
    repeated_boxes,
    speaks_of,
)
from stance.parsing.html_text import BLOCKS, Element
from stance.parsing.json_ld import linked_comments
from stance.parsing.layouts import COMMENT_ACTIONS, REPLY_TO, ROLES
from stance.parsing.lines import letter_words, line_key, name_like, strip_prefix
from stance.parsing.selectors import Index
from stance.parsing.stamps import without_actions

LONGEST_NAME = 80
"""Characters; a longer 'author' is a sentence that a selector hit by accident."""

LONGEST_BADGE = 30
"""Characters of a role beside a name, such as "Moderator"."""

LONGEST_LINE = 200
"""Characters of a line with a name and a date."""

LONGEST_DATE = 60
"""Characters; a longer element with a date in it holds other things too."""

MOST_DATE_WORDS = 20
"""Of a date; the longest, such as "for more than a few years and eleven months ago", have a dozen."""

MOST_CHILDREN_OF_A_NAME = 4
"""An element with more parts than a link, a picture and a badge is no longer just about a name."""

LONGEST_COUNT = 150
"""Characters of a line that states how many comments there are; a headline with the article's title included."""

LONGEST_POST_NUMBER = 10
"""Characters, its mark included."""

MOST_CLASSES = 16
"""Of one element that are looked at."""

ARTICLE_LENGTH, PARAGRAPH_LENGTH = 400, 60
"""Characters of paragraphs outside a thread from which there is an article besides, and of one that counts: what forums
tell a first visitor has 270, any story more."""

MOST_EVIDENCE = 3
"""Of one comment: a text, an author, a date."""

LONGEST_STYLE = 500
"""Characters of a style that is looked at."""

MOST_BUTTONS = 4
"""Lines of buttons and counters before or behind a comment's text."""

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")

_NUMBER = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:[.,\u00a0]\d{3}){1,2}|\d{1,7})(?![\d])")
_VOTES = re.compile(r"[+−-]?\d{1,7}")
_SAYS = re.compile(rf"(?:\s(?:{'|'.join(SAYS)}))?\s?(?::|\.\.\.|…)?$", re.IGNORECASE)
_VERBS = frozenset(verb.split()[-1] for verb in SAYS)
_CREDIT = re.compile(rf"(?:{'|'.join(CREDITS)}):?\s", re.IGNORECASE)
_BEFORE_DATE = re.compile(rf"(?:^|\s)(?:{'|'.join(BEFORE_DATE)})[\s,:]{{0,3}}$", re.IGNORECASE)
_WORDS_AROUND_A_NAME = frozenset(word for phrase in (*SAYS, *CREDITS, *BEFORE_DATE) for word in phrase.split())
_DASH = re.compile(r"\s[—–|·•-]\s")
_DIGITS_OF_A_DATE = 4
# All that a comment may say, beside a name: "+1", "100%", "!!!", a thumb.
_WORDLESS = re.compile(r"\+\s?\d|\d\s?%|[!?]|[❤♥\U0001f300-\U0001faff]")
_SAID = re.compile(r"\d\s?/\s?\d|[!?]|[❤♥\U0001f300-\U0001faff]")
# Of a member, below a post.
_SIGNATURE = re.compile(r"\n_{10,}+(?:\n.*)?\Z", re.DOTALL)
_LAST_NUMBER = re.compile(r"\d{1,20}$")
_POST_NUMBER = re.compile(r"#\s?(\d{1,7})")
_NUMBERED_NAME = re.compile(r"#\s?\d{1,5}[\s.:)–-]{1,3}")  # of a comment, before its writer's name
_DELETED = re.compile("|".join(f"(?:{phrase})" for phrase in DELETED))
_INDENT = re.compile(r"(?:margin|padding)-(?:left|inline-start)\s*:\s*(\d{1,4})(?:px|r?em|%)")
_PROFILE = re.compile(
    r"(?:^|/)(?:@[\w.-]|(?:users?|u|profiles?|members?|people|auth/profile)[/?=])|[?&](?:user|u)(?:id)?="
)
_NUMBERS = re.compile(r"[+−-]?\d[\d.,]{0,9}")
_COMMENT_ACTIONS = frozenset(COMMENT_ACTIONS)
_DEPTH = re.compile(r"\s(?:[\w-]{0,30}(?:depth|level|indent|lvl|nesting)[-_]?)?(\d{1,2})(?=\s|$)")


@dataclass(frozen=True, slots=True)
class FoundComments:
    """The comments of a page, the elements they were, and what is to be said of them."""

    layout: str = NO_LAYOUT
    comments: tuple[Comment, ...] = ()
    elements: tuple[Element, ...] = ()
    warnings: tuple[str, ...] = ()
    opening: Comment | None = None  # the post that opens a thread, where that is the article


LONG_LINE = 24
"""Characters of a line from which on one that repeats it quotes it."""


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
    source: Element | None = None  # where the text was read
    quotes: list[Element] = field(default_factory=list)  # in it, and in no other and no reply
    beside: list[Element] = field(default_factory=list)  # what follows the box and is of the comment

    @property
    def is_comment(self) -> bool:
        """Whether there is a text, and not just a date that was left over, or a note that it was deleted."""
        if len(self.text) <= LONGEST_LINE and _DELETED.fullmatch(self.text.casefold()):
            return False
        date = date_in(self.text) if len(self.text) <= LONGEST_DATE else None
        rest = self.text if date is None else self.text[: date.start] + self.text[date.end :]
        return bool(rest.strip(" ,|·•–—-:@#()"))

    @property
    def evidence(self) -> int:
        """How much of a comment this is: text with an author or a date is worth more than text alone."""
        return self.is_comment * (1 + bool(self.author) + bool(self.posted))


def find_comments(index: Index) -> FoundComments:
    """Find the comments of a page.

    :param index: The page.
    :return: Comments in page order, called c1, c2, ...; none where no layout fits and nothing has their form.
    """
    page = _PageParts(index)
    reading = _checked(page, _by_layout(page))
    if any(part.is_comment for part in reading.parts):
        return _found(page, reading)
    linked = linked_comments(index)
    if any(comment.author or comment.posted for comment in linked):  # the answers of a site's own FAQ have neither
        return FoundComments(JSON_LD_LAYOUT, tuple(linked))
    data = data_comments(index)
    return FoundComments(DATA_LAYOUT, tuple(data)) if data else FoundComments()


def _by_layout(page: "_PageParts") -> "_Reading":
    """Read a page by the layouts that could find most; the first of those that find most is its own.

    What each could find is counted before any is read: reading takes long, and the most promising one mostly keeps its
    promise.
    """
    threads = [_Thread(page, layout, boxes) for layout in HTML_LAYOUTS if (boxes := page.boxes(layout))]
    promises = [(thread.promise, -place) for place, thread in enumerate(threads)]
    best, found = _Reading(STRUCTURE, []), (0, 1)
    for promise in sorted(promises, reverse=True):
        if promise < found:
            break
        thread = threads[-promise[1]]
        reading = _Reading(thread.layout, _read(thread))
        if (reached := (reading.evidence, promise[1])) > found:
            best, found = reading, reached
    return best


def _checked(page: "_PageParts", reading: "_Reading") -> "_Reading":
    """Compare what a layout found with what has the form of comments.

    Where the form finds these and more, all are comments; other blocks are only told of: no layout knows them.
    """
    known = {part.element: part.source for part in reading.parts if part.is_comment}
    no_comments = page.no_comments | page.of_other_pages
    if all(page.asides.around(box) is not None for box in known):
        return _thread_elsewhere(page, reading, known, repeated_boxes(page.index, no_comments))
    formed = boxes_around(page.index, no_comments, list(known))
    more = _not_among(page, known, formed)
    if not more:
        return reading
    alike = page.index.in_order({*page.boxes(reading.layout), *_of_same_form(known, more)})
    for layout, boxes in ((reading.layout, alike), (reading.layout, formed), (STRUCTURE, formed)):
        joined = _Reading(layout, _read(_Thread(page, layout, boxes)))
        if added := _added(reading, joined):
            return replace(joined, doubts=(_disagreement(reading, len(known), added, "all are taken"),))
    return replace(reading, doubts=(_disagreement(reading, len(known), len(more), "they are not taken"),))


def _added(reading: "_Reading", joined: "_Reading") -> int:
    """Count what one reading adds to another: 0 where a comment is missing, or one added has no name and no date."""
    before, after = (Counter(part.text for part in each.parts if part.is_comment) for each in (reading, joined))
    added = after.total() - before.total()
    return added if before <= after and joined.evidence >= reading.evidence + 2 * added else 0


def _thread_elsewhere(
    page: "_PageParts", reading: "_Reading", known: Mapping[Element, Element | None], boxes: list[Element]
) -> "_Reading":
    """Take what has the form of comments, where a layout found none, or no more than a box of the latest."""
    thread = _Reading(STRUCTURE, _read(_Thread(page, STRUCTURE, boxes)))
    if not known:
        return thread
    more = _not_among(page, known, boxes)
    if not more or thread.evidence == 0 or any(page.asides.around(box) is not None for box in more):
        return reading
    return replace(thread, doubts=(_disagreement(reading, len(known), len(more), "only these are taken"),))


def _disagreement(reading: "_Reading", known: int, more: int, taken: str) -> str:
    are = "blocks have" if more != 1 else "block has"
    return f"the layout {reading.layout.name} knows {known} comments, {more} more {are} their form; {taken}"


def _not_among(page: "_PageParts", known: Mapping[Element, Element | None], boxes: list[Element]) -> list[Element]:
    """Return the boxes that are no comments already known, nor what one consists of, nor around one, nor head one.

    :param known: The comments and where the text of each was read.
    """
    found = set(boxes)
    around = {above for box in known for above in box.iterancestors()} - known.keys()
    more = []
    for box in boxes:
        if box in known or box in around or (box.tag == "dt" and box.getnext() in known):
            continue
        owner = next((above for above in box.iterancestors() if above in known), None)
        if owner is None or (owner in found and page.is_behind(box, known[owner])):
            more.append(box)
        else:
            found.add(owner)  # the first box in a comment is the comment, any further one behind its text a reply
    return more


def _of_same_form(known: Collection[Element], boxes: list[Element]) -> list[Element]:
    """Return the boxes with the tag of known comments that share a class, or the box around them, with one."""
    makes = {(box.tag, name) for box in known for name in _classes(box)} | {(box.tag, box.getparent()) for box in known}
    return [box for box in boxes if not makes.isdisjoint((box.tag, mark) for mark in (*_classes(box), box.getparent()))]


def _classes(box: Element) -> list[str]:
    return box.get("class", "").split()[:MOST_CLASSES]


def _evidence(parts: list["_Parts"]) -> int:
    return sum(part.evidence for part in parts)


def stated_count(index: Index) -> int | None:
    """Return how many comments the page itself says it has; None where it does not tell."""
    for place in COUNT_PLACES:
        for element in index.select(place):
            line = (element.get("content") or index.text.line_of(element)).casefold()
            number = _NUMBER.search(line[:LONGEST_COUNT])
            if number and (place.startswith("[") or any(word in line for word in COUNT_WORDS)):
                return int(re.sub(r"\D", "", number[0]))
    return None


def script_loaded_system(index: Index) -> str | None:
    """Return the name of a comment system for which the page holds an empty place; None if there is none."""
    return next((name for name, place in LOADED_BY_SCRIPT if index.select(place)), None)


# One layout -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one layout finds in a page."""

    layout: HtmlLayout
    parts: list[_Parts]
    doubts: tuple[str, ...] = ()

    @property
    def evidence(self) -> int:
        """How much of a thread this is."""
        return _evidence(self.parts)


class _PageParts:
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
        return {button for button, label in labels.items() if _could_be_name(label)}

    def name_line(self, element: Element, leave_out: set[Element]) -> str:
        """Return what stands in an element that is to hold a name, or on the button that it is or holds."""
        leave_out = leave_out | self.initials if self.initials else leave_out
        line = self._linked_name(element, leave_out) or self.text.line_of(element, leave_out)
        line = line or self.text.line_of(element, leave_out - self.badges)  # nobody else is named: "Guest", "admin"
        if line or self.name_buttons.isdisjoint(inside := [element, *self.text.inside(element)]):
            return line
        return next(self.text.label_of(button) for button in inside if button in self.name_buttons)

    def _linked_name(self, element: Element, leave_out: set[Element]) -> str | None:
        """Return the name that a line begins with as a link, where a place or a title follows it."""
        links = [each for each in self.text.inside(element) if each.tag == "a" and self.text.line_of(each, leave_out)]
        if len(links) != 1:
            return None
        name, line = self.text.line_of(links[0], leave_out), self.text.line_of(element, leave_out)
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
            worded = (each for each in (box, *self.text.inside(box)) if each in self.text.worded)
            first, second = next(worded, box), next(worded, box)
            if _are_initials((first.text or "").strip(), (second.text or "").strip()):
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


class _Thread:
    """What a layout takes for comments, and what of the page belongs to which of them."""

    def __init__(self, page: _PageParts, layout: HtmlLayout, boxes: list[Element]) -> None:
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
                if owner is None or owner is element or (quoted and self._is_quoted(element, owner)):
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


def _are_initials(letters: str, name: str) -> bool:
    """Tell whether one or two letters begin the words of a name that follows them."""
    if len(letters) not in (1, 2) or not letters.isalpha() or len(name) <= len(letters) or not name_like(name, words=4):
        return False
    first, *others = (word[0] for word in name.casefold().split())
    return first == letters[0].casefold() and (
        len(letters) == 1 or letters[1].casefold() in (*others, name[1].casefold())
    )


def _is_only_heading(page: _PageParts, part: _Parts) -> bool:
    """Tell whether a box is no more than a line such as "Ada on 3 May 2014", and read that."""
    if not is_stamp(part.element) or any(child.tag in BLOCKS for child in part.element):
        return False
    line = page.text.line_of(part.element)
    part.author = part.author or _name(line)
    part.posted = part.posted or _date(page, part.element)
    return part.author is not None and _is_only_name(line, part.author)


def _is_badge(element: Element) -> bool:
    text = element.text or ""
    return len(element) == 0 and len(text) <= LONGEST_BADGE and _is_role(text)


def _could_be_name(label: str) -> bool:
    return is_label_of_person(label) and not _is_role(label) and strip_prefix(label, REPLY_TO) is None


@lru_cache(maxsize=4096)
def _is_role(text: str) -> bool:
    return line_key(text) in ROLES


def _read(thread: _Thread) -> list[_Parts]:
    page, layout, boxes = thread.page, thread.layout, thread.boxes
    if not boxes:
        return []
    parts = {box: _Parts(box) for box in boxes}
    if layout.rest_is_text:
        page.note_initials(boxes)
    named = _fill_authors(thread, parts)
    dated = _fill_dates(thread, parts)
    if layout is STRUCTURE or (thread.texts and not any(part.posted for part in parts.values())):
        dated |= _fill_stamps(thread, parts)
    named |= _fill_called_authors(thread, parts, dated)
    if layout is STRUCTURE:
        named |= _fill_placed_authors(thread, parts, dated)
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
    if layout is STRUCTURE and 2 * _evidence(list(parts.values())) < len(parts):
        _fill_texts_beside(page, parts, around)
    _fill_authors_on_buttons(thread, parts)
    _cut_buttons([part for part in parts.values() if layout is STRUCTURE or part.source is part.element])
    if layout.is_forum:
        for part in parts.values():
            part.text = _SIGNATURE.sub("", part.text)
    for box, element in thread.first(*layout.votes).items():
        parts[box].votes = _votes(page, element)
    _fill_parents(thread, parts)
    return list(parts.values())


def _fill_text(page: _PageParts, part: _Parts, source: Element, leave_out: set[Element]) -> None:
    part.source = source
    pieces = [source] if source is part.element else [source, *_alike_behind(source, leave_out)]
    part.text = "\n".join(text for piece in pieces if (text := page.text.text_of(piece, leave_out)))
    if page.quotes:
        inside = ((each, piece) for piece in pieces for each in piece.iterdescendants("*") if each in page.quotes)
        part.quotes = [quote for quote, piece in inside if _is_own(quote, piece, page.quotes, leave_out)]
        part.quoted = "\n".join(text for quote in part.quotes if (text := page.text.text_of(quote, leave_out))) or None


def _cut_buttons(parts: list[_Parts]) -> None:
    """Take "Reply" and "5 likes" off the texts, where no element of its own holds a text.

    What only comments offer is cut at once, other buttons and counters where most texts end, or begin, alike.
    """
    for last in (True, False) * MOST_BUTTONS:
        lines = {part.element: line for part in parts if (line := _edge(part.text, last=last))}
        shapes = Counter(_NUMBERS.sub("#", line) for line in lines.values())
        for part in parts if lines else ():
            line = lines.get(part.element, "")
            shape = _NUMBERS.sub("#", line)
            is_usual = shapes[shape] > 1 and 2 * shapes[shape] > len(parts) and not without_actions(line)
            if line and (is_usual or (last and line_key(shape) in _COMMENT_ACTIONS)):
                part.text = part.text[: -len(line) - 1] if last else part.text[len(line) + 1 :]


def _edge(text: str, *, last: bool) -> str:
    """Return the first or the last line of a text; none where it is the only one, or said: "8/10", a thumb."""
    line, _, rest = text.rpartition("\n")[::-1] if last else text.partition("\n")
    return line if rest and len(line) <= LONGEST_DATE and not _SAID.search(line) else ""


def _alike_behind(source: Element, leave_out: set[Element]) -> Iterator[Element]:
    """Yield what follows an element and is called the same: a paragraph each of one text."""
    if source.get("class"):
        yield from (
            each for each in source.itersiblings(source.tag) if _make(each) == _make(source) and each not in leave_out
        )


def _fill_texts_beside(page: _PageParts, parts: dict[Element, _Parts], leave_out: set[Element]) -> None:
    """Take for a comment's text what follows a box that has none: the box was the heading of a comment."""
    for box, part in parts.items():
        for after in box.itersiblings("*"):
            if after in parts or after.tag in HEADINGS:
                break
            part.beside.append(after)
        part.text = "\n".join(text for after in part.beside if (text := page.text.text_of(after, leave_out)))


def _is_own(quote: Element, source: Element, quotes: set[Element], leave_out: set[Element]) -> bool:
    """Tell whether a quote is in no other quote and in no reply."""
    return not any(above in quotes or above in leave_out for above in _between(quote, source))


def _between(element: Element, top: Element) -> list[Element]:
    between = []
    for above in element.iterancestors():
        if above is top:
            break
        between.append(above)
    return between


def _fill_authors(thread: _Thread, parts: dict[Element, _Parts]) -> set[Element]:
    """Name the authors; return the elements that hold a name and nothing of a comment's text."""
    page, named = thread.page, set[Element]()
    unnamed = len(parts)
    for selector in thread.layout.author if unnamed else ():
        for box, element in thread.first(selector).items():
            if parts[box].author is None and (name := _name(page.name_line(element, page.no_name))):
                parts[box].author = name
                named.update((element, *_around_name(page, element, box, name)))
                unnamed -= 1
        if not unnamed:
            break
    for attribute in thread.layout.author_attributes:
        for box, part in parts.items():
            part.author = part.author or _name((box.get(attribute) or "")[:LONGEST_LINE].rstrip(" ."))
    return named


def _fill_called_authors(thread: _Thread, parts: dict[Element, _Parts], dated: set[Element]) -> set[Element]:
    """Name the authors that no selector found, by what elements are called in general."""
    page, named = thread.page, set[Element]()
    leave_out = page.no_name | dated
    for box, part in parts.items():
        if part.author is None:
            said = thread.texts.get(box)
            for element in sorted(thread.own(box), key=_is_profile):
                if _is_profile(element) and (said is None or not page.is_behind(said, element)):
                    break  # behind the text, or in it, somebody else is mentioned
                if (_is_profile(element) or is_name(element, page.text.line_of)) and (
                    name := _name(page.name_line(element, leave_out))
                ):
                    part.author = name
                    named |= {element, *_around_name(page, element, box, name)}
                    break
    return named


def _is_profile(element: Element) -> bool:
    """Tell whether an element links to what a site has on one of its members."""
    return element.tag == "a" and _PROFILE.search(element.get("href", "")[:LONGEST_LINE]) is not None


def _fill_placed_authors(thread: _Thread, parts: dict[Element, _Parts], dated: set[Element]) -> set[Element]:
    """Name the authors by where names stand: in a cited line, before a date, first in a comment."""
    page, named = thread.page, set[Element]()
    for box, part in parts.items():
        for element in thread.own(box) if part.author is None else ():
            if element in page.initials:
                continue
            if element.tag == "cite" or element in dated or is_stamp(element) or _is_first(page, element, box):
                line = page.text.line_of(element, page.no_name)
                name = _name(line) if len(line) <= LONGEST_LINE else None
                if name and not _is_only_name(line, name) and any(inner.tag in BLOCKS for inner in element):
                    continue  # a short comment with all that is around it
                part.author = name
            if part.author:
                named |= {element, *_around_name(page, element, box, part.author)}
                break
    return named


def _fill_authors_on_buttons(thread: _Thread, parts: dict[Element, _Parts]) -> None:
    """Name the authors by the first button before each text, where its label differs: "Follow" is on each of them."""
    page, labels = thread.page, dict[Element, str]()
    nameless = [(box, part) for box, part in parts.items() if part.author is None and part.text]
    for box, part in nameless if nameless and page.name_buttons else ():
        for element in thread.own(box):
            if element is part.source:
                break
            if element in page.name_buttons:
                labels[box] = page.text.label_of(element)
                break
    different = len(set(labels.values()))
    if different > 1 and 2 * different >= len(labels):
        for box, label in labels.items():
            parts[box].author = _name(label)


def _is_first(page: _PageParts, element: Element, box: Element) -> bool:
    """Tell whether an element opens a comment with a line that could be a name."""
    text = (element.text or "").strip()
    if not any(map(str.isalpha, text)) or not name_like(page.text.line_of(element)):
        return False
    texts = (str(each) for each in box.itertext("*") if str(each).strip())
    first, second = next(texts, ""), next(texts, "")
    return element.text == (second if _are_initials(first.strip(), second.strip()) else first)


def _fill_stamps(thread: _Thread, parts: dict[Element, _Parts]) -> set[Element]:
    """Date the comments by what reads as a date; return the elements that hold one, relative ones included.

    A line that is nothing but a date is surer than one with other words, which may be those of the comment: such lines
    are asked only where most comments have one.
    """
    page, dated = thread.page, set[Element]()
    pure: dict[Element, list[Element]] = {}
    worded: dict[Element, list[Element]] = {}
    for box in parts:
        said = thread.texts.get(box)
        stamps = [each for each in thread.own(box) if said is None or page.may_be_stamp(each, said)]
        stamps = [each for each in stamps if _is_stamp(each)]
        pure[box] = [
            each
            for each in stamps
            if each.tag == "time" or is_titled_stamp(each) or _is_only_name(page.text.line_of(each), "")
        ]
        if not pure[box] and (inner := [each for each in _innermost(stamps) if not _tells(page.text.line_of(each))]):
            worded[box] = inner[:1]
    if 2 * len(worded) <= len(parts):
        worded = {}
    for box, part in parts.items():
        chosen = pure[box] or worded.get(box, [])
        part.posted = next((date for element in chosen if (date := _date(page, element))), None)
        dated.update(chosen)
    return dated


def _is_stamp(element: Element) -> bool:
    """Tell whether an element tells a time, be it only to who points at it."""
    return element.tag == "time" or is_stamp(element) or is_titled_stamp(element)


def _tells(line: str) -> bool:
    """Whether a line with a date goes on behind it as a sentence: "On 12 June 1999 it sank."."""
    date = date_in(line)
    rest = line[date.end :] if date else ""
    return rest.endswith((".", "!", "?")) and len(letter_words(rest)) > 1


def _innermost(elements: list[Element]) -> list[Element]:
    around = {above for element in elements for above in element.iterancestors()}
    return [element for element in elements if element not in around]


def _own_elements(box: Element, boxes: Container[Element]) -> Iterator[Element]:
    """Yield the elements in a box that are in none of some others."""
    waiting = list(reversed(box))
    while waiting:
        element = waiting.pop()
        if isinstance(element.tag, str) and element not in boxes:
            yield element
            waiting.extend(reversed(element))


def _called_texts(page: _PageParts, boxes: Iterable[Element], leave_out: set[Element]) -> dict[Element, Element]:
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


def _make(element: Element) -> tuple[str, str]:
    return str(element.tag), element.get("class", "")


def _called_text(page: _PageParts, box: Element, leave_out: set[Element]) -> Element | None:
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


def _outermost(elements: list[Element]) -> list[Element]:
    chosen = set(elements)
    return [element for element in elements if chosen.isdisjoint(element.iterancestors())]


def _name(line: str) -> str | None:
    """Return the name in a line such as "Comment by Ada — 3 May 2014" or "Ada says:"."""
    return _known_name(line) if len(line) <= LONGEST_LINE else _read_name(line)


def _read_name(line: str) -> str | None:
    line = _without_date(line)
    credit = _CREDIT.match(line)
    first, *others = _DASH.split(line[credit.end() :] if credit else line)
    kept = [part for part in others if sum(map(str.isdigit, part)) < _DIGITS_OF_A_DATE]
    name = _without_verb(" - ".join([first, *kept])).strip(" ,|·•–—:@(")
    name = (_NUMBERED_NAME.sub("", name, count=1) or name).strip(" #")
    return name if 0 < len(name) <= LONGEST_NAME and any(map(str.isalnum, name)) else None


_known_name = lru_cache(maxsize=4096)(_read_name)
"""Of a short line: who comments does so again, on a page and on the next ones."""


def _without_verb(line: str) -> str:
    """Cut off "says:"; most lines end with a word that is no such verb, which is told sooner."""
    last = line.rpartition(" ")[2]
    return line if last.isascii() and last.isalnum() and last.lower() not in _VERBS else _SAYS.sub("", line)


def _without_date(line: str) -> str:
    """Cut a date off a line, and the word that leads to it."""
    date = date_in(line) if len(line) <= LONGEST_LINE else None
    if date is None:
        return line
    before = _BEFORE_DATE.sub("", line[: date.start].rstrip(" ,|·•–—-:@#("))
    return before if any(map(str.isalnum, before)) else line[date.end :]


def _around_name(page: _PageParts, element: Element, box: Element, name: str) -> list[Element]:
    """Return the elements around a name, in its comment, that add only a word such as "says"."""
    around = []
    inner = element
    for above in element.iterancestors():
        if above is box or len(above) > MOST_CHILDREN_OF_A_NAME:
            break
        if any(child.tag == "p" and child is not inner for child in above):  # which is said, also where it is a date
            break
        inner = above
        line = page.text.line_of(above, page.no_name)
        if line != name and not _is_only_name(line, name):
            break
        around.append(above)
    return around


def _is_only_name(line: str, name: str) -> bool:
    """Tell whether a line holds a name, and besides it a date and words such as "says" at most."""
    if len(line) > LONGEST_LINE or name not in line:
        return False
    rest = line.replace(name, " ", 1)
    words = letter_words(rest)
    if _WORDLESS.search(rest):
        return False
    if _WORDS_AROUND_A_NAME.issuperset(words):
        return True
    if len(words) > MOST_DATE_WORDS and len([w for w in words if w not in _WORDS_AROUND_A_NAME]) > MOST_DATE_WORDS:
        return False
    if date := date_in(rest):
        rest = f"{rest[: date.start]} {rest[date.end :]}"
    return _WORDS_AROUND_A_NAME.issuperset(letter_words(rest))


def _fill_dates(thread: _Thread, parts: dict[Element, _Parts]) -> set[Element]:
    """Date the comments; return the elements that hold a date and nothing else."""
    page, dated = thread.page, set[Element]()
    undated = len(parts)
    for selector in thread.layout.posted if undated else ():
        for box, element in thread.first(selector).items():
            if parts[box].posted is None and (date := _date(page, element)):
                parts[box].posted = date
                undated -= 1
                if len(page.text.line_of(element)) <= LONGEST_DATE:
                    dated.add(element)
        if not undated:
            break
    return dated


def _date(page: _PageParts, element: Element) -> str | None:
    """Return the date that an element tells; to the minute, where only a part of it does so."""
    date = _given_date(element) or parse_date(page.text.line_of(element))
    if date is None or "T" in date:
        return date
    inner = (given for each in element.iterdescendants("*") if (given := _given_date(each)))
    return next((given for given in inner if given.startswith(f"{date}T")), date)


def _given_date(element: Element) -> str | None:
    given = (value for name in ("datetime", "content", "title") if (value := element.get(name)))
    return next((date for value in given if (date := parse_date(value))), None)


def _votes(page: _PageParts, element: Element) -> int | None:
    line = element.get("content") or page.text.line_of(element)
    return int(line.replace("−", "-")) if _VOTES.fullmatch(line) else None


def _fill_parents(thread: _Thread, parts: dict[Element, _Parts]) -> None:
    page, layout = thread.page, thread.layout
    standing = {box for box, part in parts.items() if part.text or part.author or part.posted}  # others only wrap one
    before = _comments_before(page.index.select(*layout.replies), standing)
    outermost = [box for box in parts if _parent(box, standing, before) is None]
    beside = Beside({}, {})
    if not layout.is_forum and len({box.getparent() for box in outermost}) > 1:
        beside = replies_beside(box for box in parts if box in standing)
    names = {box: [name for attribute in page.id_attributes if (name := box.get(attribute))] for box in parts}
    by_id = {name: box for box, own in names.items() for name in own}
    named = _named_parents(thread, parts, by_id)
    by_number: dict[str, Element] = {}  # of the thread so far
    by_line: dict[str, Element] = {}  # likewise: who last said a line in words of his own
    depths: list[tuple[int, Element]] = []  # of the thread so far, the innermost last
    indents = {} if layout.is_forum else _indents([box for box in parts if box in standing])
    for box, part in parts.items():
        part.parent = _parent(box, standing, before)
        if part.parent is None and (page.parent_attributes or named):
            told = (name for attribute in page.parent_attributes if (name := box.get(attribute)))
            part.parent = next((by_id[name] for name in told if by_id.get(name, box) is not box), named.get(box))
        if part.parent is None:
            depth = _depth(page, box)
            depth = indents.get(box) if depth is None else depth
            if depth is None:
                part.parent = beside.heads[box] if box in beside.heads else _parent(box, standing, beside.boxes)
            else:
                part.parent = _parent_by_depth(box, depth, depths)
        if part.parent is None and layout.is_forum:
            part.parent = _quoted_post(part, by_number)
        if layout.is_forum:
            if part.parent is None:
                part.parent = _quoted_words(part, by_line)
            repeated = set(_long_lines(part.quoted))
            by_line.update((line, box) for line in _long_lines(part.text) if line not in repeated)
            by_number.update((number[0], box) for name in names[box] if (number := _LAST_NUMBER.search(name[-20:])))


def _named_parents(thread: _Thread, parts: dict[Element, _Parts], by_id: dict[str, Element]) -> dict[Element, Element]:
    """Return which comments are answered, as links say: "in reply to Ada", "parent", "@Ada" with her address."""
    named: dict[Element, Element] = {}
    anchors: dict[str, Element] = {}
    writers = {part.author.casefold() for part in parts.values() if part.author}
    for link in thread.page.index.select("a"):
        owner = thread.owner(link)
        if owner is None or owner is link or owner in named or "#" not in (address := link.get("href", "")):
            continue
        called = thread.page.text.line_of(link).lstrip("@↪→>^ ").casefold()
        answers = _answers(thread.page, link)
        if not answers and called not in writers:
            continue
        anchors = anchors or {**_anchors(thread), **by_id}
        target = anchors.get(address.rpartition("#")[2], owner)
        if target is not owner and (answers or called == (parts[target].author or "").casefold()):
            named[owner] = target
    return named


def _anchors(thread: _Thread) -> dict[str, Element]:
    """Return which comment each place that a link may lead to is in."""
    places = [(place.get("id", ""), place) for place in thread.page.index.select("[id]")]
    places += [(place.get("name", ""), place) for place in thread.page.index.select("a[name]")]
    return {name: owner for name, place in places if (owner := thread.owner(place)) is not None}


def _quoted_post(part: _Parts, by_number: dict[str, Element]) -> Element | None:
    """Return the earlier post that one quotes first, where the quotation tells its number."""
    for element in (each for quote in part.quotes for each in (quote, *quote.iter("a"))):
        names = [element.get("href", "").partition("#")[2], *(element.get(name, "") for name in QUOTED_ATTRIBUTES)]
        for number in (_LAST_NUMBER.search(name[-20:]) for name in names):
            if number and number[0] in by_number:
                return by_number[number[0]]
    return None


def _quoted_words(part: _Parts, by_line: dict[str, Element]) -> Element | None:
    """Return the earlier post whose words one quotes first, where boards tell nothing but "Bo wrote:"."""
    for line in _long_lines(part.quoted):
        for words in (line, line.partition(":")[2].strip()):
            if words in by_line:
                return by_line[words]
    return None


def _long_lines(text: str | None) -> list[str]:
    """Return the lines that two people hardly write alike."""
    lines = (" ".join(line.split()) for line in (text or "").split("\n"))
    return [line for line in lines if len(line) >= LONG_LINE]


def _answers(page: _PageParts, link: Element) -> bool:
    line = page.text.line_of(link).casefold()
    return line.startswith(IN_REPLY_TO) or line in PARENT_LINKS or "in-reply-to" in link.get("class", "")


def _depth(page: _PageParts, box: Element) -> int | None:
    """Return how deep a comment is in its thread, where a class such as ``depth-2`` or an attribute tells."""
    given = next((level for name in page.depth_attributes if (level := box.get(name))), "")
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


# The page's comments --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Numbering:
    """Which comment got which id, and which ones were there before."""

    ids: dict[Element, str] = field(default_factory=dict)
    seen: dict[tuple[str, str | None, str], str] = field(default_factory=dict)
    repeated: int = 0


def _found(page: _PageParts, reading: _Reading) -> FoundComments:
    opening = _opening(page, reading)
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
    elements = (*(element for part in opening for element in _around_text(part)), *_elements(parts))
    first = _comment(opening[0], {opening[0].element: "c0"}) if opening else None
    return FoundComments(reading.layout.name, tuple(comments), elements, tuple(warnings), first)


def _shown_twice(page: _PageParts, parts: list[_Parts]) -> set[int]:
    """Find what a box of the latest or best comments shows again, in parts without a thread around them."""
    owners = page.index.owners([part.element for part in parts])
    asides: dict[Element, Element | None] = {}
    for part in parts:
        above = part.element.getparent()
        outer = None if above is None else owners.get(above)
        asides[part.element] = page.asides.around(part.element) if outer is None else asides[outer]
    if len(set(asides.values())) < 2:
        return set()
    return repeats([Shown(asides[part.element], part.author, part.text) for part in parts])


def _elements(parts: list[_Parts]) -> tuple[Element, ...]:
    elements: list[Element] = []
    for part in parts:
        if part.element.tag == "dd":
            elements += _heading_of(part.element)
        elements.append(part.element)
        elements += part.beside
    return tuple(elements)


# Threads without an article -------------------------------------------------------------------------------------------


def _opening(page: _PageParts, reading: _Reading) -> list[_Parts]:
    """Return the post that opens the thread of a forum, where there is no other article: the others comment on it."""
    opens = reading.layout.is_forum and not page.index.select("link[rel=prev]")
    if not opens or not reading.parts[0].is_comment or _number(reading.parts[0].element) not in (None, 1):
        return []
    if _has_article(page, {part.element for part in reading.parts}):
        return []
    return reading.parts[:1]


def _number(post: Element) -> int | None:
    """Return the number that a post has in its thread, where it shows one: "#1"."""
    lines = ((element.text or "").strip() for element in post.iter("a", "span", "strong"))
    numbers = (_POST_NUMBER.fullmatch(line) for line in lines if len(line) <= LONGEST_POST_NUMBER)
    return next((int(number[1]) for number in numbers if number), None)


def _has_article(page: _PageParts, posts: set[Element]) -> bool:
    """Tell whether there are paragraphs outside of posts, as many as even a short story has."""
    length = 0
    for element in page.index.select("p", "div", "td", "section", "article"):
        size = len(page.text.line_of(element)) if element.tag == "p" else _own_length(element)
        least = PARAGRAPH_LENGTH if element.tag == "p" else ARTICLE_LENGTH
        if size >= least and element not in posts and posts.isdisjoint(element.iterancestors()):
            length += size
        if length >= ARTICLE_LENGTH:
            return True
    return False


def _own_length(box: Element) -> int:
    """Count the characters that stand in a box itself: an article without paragraphs has its lines there."""
    return len((box.text or "").strip()) + sum(len((child.tail or "").strip()) for child in box)


def _around_text(part: _Parts) -> Iterator[Element]:
    """Yield what is in a post beside its text: the card of its writer, dates, buttons."""
    if part.source is None:
        return
    kept = {part.source, *_between(part.source, part.element)}
    for above in (part.element, *_between(part.source, part.element)):
        yield from (child for child in above.iterchildren("*") if child not in kept)


# One comment ----------------------------------------------------------------------------------------------------------


def _heading_of(box: Element) -> Iterator[Element]:
    before = box.getprevious()
    if before is not None and before.tag == "dt":
        yield before


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
