"""Recognise the parts of comments, and assign the elements of a page to its comments.

Parts are recognised by words in names of classes, by dates, and by names in lines such as "Ada says:". A list whose
texts are mostly links to other pages is no thread.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache

from stance.parsing.cleaning import is_deleted
from stance.parsing.dates import find_date, find_day, parse_date
from stance.parsing.html.tree import UNSEEN, Element, Index
from stance.parsing.languages import phrases, words_of_phrases
from stance.parsing.layouts import MARKUP, HtmlLayout
from stance.parsing.line_parts import trim_edges, without_actions, without_addresses, without_joints
from stance.parsing.lines import letter_words, line_key, name_like, strip_prefix

AUTHOR_WORDS = phrases("markup.author")
BEFORE_DATE = phrases("date.before")
BESIDE_WORDS = phrases("markup.beside")
NO_AUTHOR_WORDS = phrases("markup.no_author")
REPLY_TO = phrases("comment.reply_to")
ROLES = frozenset(phrases("comment.roles"))
SAYS = phrases("comment.says")

LONGEST_STAMP = 80
"""Maximum characters of an element that tells when, and perhaps who, and nothing else."""

LONGEST_NAME = 60
"""Maximum characters of a name."""

MOST_PARTS = 8
"""Elements in one that tells when, and perhaps who, and nothing else."""

_BESIDE_ARTICLE = ("nav", "form", "head")

_WORDS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])")

_NO_AUTHORS_ON_BUTTONS = tuple(word for word in NO_AUTHOR_WORDS if word != "button")

_YEAR = re.compile(r"(?:19|20)\d\d")

date_in = find_date


# Words of classes and ids ---------------------------------------------------------------------------------------------


def words_of(element: Element) -> str:
    """Return the words in an element's class, id and kind, in lower case."""
    get = element.get  # for each element several times; a loop over the names takes twice as long
    return words_of_names(
        f"{get('class', '')} {get('id', '')} {get('itemprop', '')} {get('itemtype', '')} {get('typeof', '')}"[:400]
    )


@lru_cache(maxsize=8192)
def words_of_names(names: str) -> str:
    """Return the words in some classes or ids, in lower case."""
    return " ".join(_WORDS.findall(names)).lower()


def is_named_after(pattern: tuple[str, ...], element: Element) -> bool:
    """Return whether a class or id has one of some words; a word with ``*`` may be a part of another."""
    return has_words(pattern, words_of(element))


@lru_cache(maxsize=32768)
def has_words(pattern: tuple[str, ...], words: str) -> bool:
    """Return whether some words have one of a pattern."""
    if not words:
        return False
    whole, parts = _whole_and_parts(pattern)
    return not whole.isdisjoint(words.split()) or any(part in words for part in parts)


@cache
def _whole_and_parts(pattern: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    parts = tuple(word[1:] for word in pattern if word.startswith("*"))
    return frozenset(word for word in pattern if not word.startswith("*")), parts


def is_beside_article(element: Element, around_article: set[Element]) -> bool:
    """Return whether an element is in a part of the page beside the article."""
    return any(
        above not in around_article and (above.tag in _BESIDE_ARTICLE or is_named_after(BESIDE_WORDS, above))
        for above in element.iterancestors()
    )


# Dates and names of elements ------------------------------------------------------------------------------------------


def is_stamp(element: Element) -> bool:
    """Return whether an element is a time and little else."""
    if len(element) > MOST_PARTS:
        return False
    text = "".join(map(str, element.itertext("*"))) if len(element) else element.text or ""
    line = " ".join(text.split())
    return 1 < len(line) <= LONGEST_STAMP and (date_in(line) or find_day(line)) is not None


def is_titled_stamp(element: Element) -> bool:
    """Return whether an element is a short line such as "8 mo" with a time in its title."""
    title = element.get("title")
    if title is None or not _YEAR.search(title) or len(title) > LONGEST_STAMP or len(element) > MOST_PARTS:
        return False
    return 0 < len("".join(map(str, element.itertext("*")))) <= LONGEST_STAMP and parse_date(title) is not None


def is_name(element: Element, line_of: Callable[[Element], str]) -> bool:
    """Return whether an element is named after an author and holds a possible name.

    :param line_of: Gives the text of an element.
    """
    if not is_named_after(AUTHOR_WORDS, element):
        return False
    if element.tag == "button":
        return not is_named_after(_NO_AUTHORS_ON_BUTTONS, element) and is_label_of_person(_label(element))
    if is_named_after(NO_AUTHOR_WORDS, element):
        return False
    return element.tag not in UNSEEN and len(element) <= 6 and 0 < len(line_of(element)) <= LONGEST_NAME


def is_label_of_person(label: str) -> bool:
    """Return whether the label of a button could be a name rather than an action."""
    return name_like(label, characters=LONGEST_NAME) and bool(without_actions(label))


def _label(button: Element) -> str:
    return " ".join("".join(map(str, button.itertext("*"))).split())


# Names in lines -------------------------------------------------------------------------------------------------------

LONGEST_AUTHOR = 80
"""Maximum characters; a longer 'author' is a sentence that a selector hit by accident."""

LONGEST_LINE = 200
"""Maximum characters of a line with a name and a date."""

MOST_DATE_WORDS = 20
"""Maximum words of a date; the longest, such as "for more than a few years and eleven months ago", have a dozen."""

_SAYS = re.compile(rf"(?:\s(?:{'|'.join(SAYS)})\s?(?::|\.\.\.|…)?|\s?:)$", re.IGNORECASE)
_VERBS = frozenset(verb.split()[-1] for verb in SAYS)
_CREDIT = re.compile(rf"(?:{'|'.join(phrases('comment.credited'))}):?\s", re.IGNORECASE)
_BEFORE_DATE = re.compile(rf"(?:^|\s)(?:{'|'.join(BEFORE_DATE)})[\s,:]{{0,3}}$", re.IGNORECASE)
_JOINT_AT_END = re.compile(rf"\s?,\s?(?:{'|'.join(BEFORE_DATE)})$", re.IGNORECASE)  # of a date in an element of its own
_WORDS_AROUND_A_NAME = words_of_phrases("comment.says", "comment.credited", "date.before")
_DASH = re.compile(r"\s[—–|·•-]\s")
_DIGITS_OF_A_DATE = 4
# All that a comment may say, beside a name: "+1", "100%", "!!!", a thumb.
_WORDLESS = re.compile(r"\+\s?\d|\d\s?%|[!?]|[❤♥\U0001f300-\U0001faff]")
_MEMBER_NUMBER = re.compile(r"\s\(\s\d{1,9}\s?\)?$")  # behind it, as on Slashdot
_POST_NUMBER = re.compile(r"^#\s?\d{1,5}(?:$|\s[—–|·•-]\s)")  # alone, or apart from what follows
_NUMBERED_NAME = re.compile(r"#\s?\d{1,5}[\s.:)–-]{1,3}")  # of a comment, before its writer's name


def name_in(line: str) -> str | None:
    """Return the name in a line such as "Comment by Ada — 3 May 2014" or "Ada says:"."""
    return _known_name(line) if len(line) <= LONGEST_LINE else _read_name(line)


def _read_name(line: str) -> str | None:
    line = trim_edges(_without_date(_POST_NUMBER.sub("", line, count=1)))
    credit = _CREDIT.match(line)
    first, *others = _DASH.split(line[credit.end() :] if credit else line)
    kept = [part for part in others if sum(map(str.isdigit, part)) < _DIGITS_OF_A_DATE and not _POST_NUMBER.match(part)]
    name = " - ".join([first, *kept])
    name = trim_edges(_without_verb(_JOINT_AT_END.sub("", name) if "," in name else name))
    if "#" in name or "(" in name:
        name = _MEMBER_NUMBER.sub("", _NUMBERED_NAME.sub("", name, count=1) or name)
    name = without_addresses(trim_edges(name))
    return name if 0 < len(name) <= LONGEST_AUTHOR and any(map(str.isalnum, name)) else None


_known_name = lru_cache(maxsize=4096)(_read_name)
"""Cache of names in short lines: commenters recur, on a page and on the next ones."""


def _without_verb(line: str) -> str:
    """Cut off "says:"; most lines end with a word that is no such verb, which is told sooner."""
    line = line.rstrip(" ,;|")
    last = line.rpartition(" ")[2]
    return line if last.isascii() and last.isalnum() and last.lower() not in _VERBS else _SAYS.sub("", line)


def _without_date(line: str) -> str:
    """Cut a date off a line, and the word that leads to it."""
    date = date_in(line) if len(line) <= LONGEST_LINE else None
    if date is None:
        return line
    before = without_joints(_BEFORE_DATE.sub("", line[: date.start].rstrip(" ,|·•–—-:@#(")))
    return before if any(map(str.isalnum, before)) else line[date.end :]


def is_only_name(line: str, name: str) -> bool:
    """Return whether a line is a name with a date and words such as "says" at most."""
    return len(line) <= LONGEST_LINE and name in line and _is_only_name(line, name)


@lru_cache(maxsize=4096)
def _is_only_name(line: str, name: str) -> bool:
    """Look at a short line; several readings of a page ask for the same."""
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


def could_be_name(label: str) -> bool:
    """Return whether the label of a button could be a name, and no action or role."""
    return is_label_of_person(label) and not is_role(label) and strip_prefix(label, REPLY_TO) is None


@lru_cache(maxsize=4096)
def is_role(text: str) -> bool:
    """Return whether a text is a role, such as "Moderator"."""
    return line_key(text) in ROLES


# Threads --------------------------------------------------------------------------------------------------------------

LONGEST_BADGE = 30
"""Maximum characters of a role beside a name, such as "Moderator"."""

LONGEST_DATE = 60
"""Maximum characters; a longer element with a date in it holds other things too."""

MOST_EVIDENCE = 3
"""Maximum evidence of a comment: a text, an author, a date."""

_AROUND_DATES = " ,|·•–—-:@#()"


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


LONGEST_HEADLINE, FEWEST_HEADLINES = 40, 3
"""Maximum number of words of a text that may be a link, and minimum number of texts in a list."""

_HERE = re.compile(r"#|javascript:", re.IGNORECASE)


class PageParts:
    """The parts of a page that are the same for every layout."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.text = index.text
        self.no_comments = set(index.select(*MARKUP["selectors.no_comments"]))
        self._in_no_comments = index.owners(self.no_comments).keys() if self.no_comments else frozenset[Element]()
        self.id_attributes = tuple(filter(index.attributes.__contains__, MARKUP["attributes.ids"]))
        self.parent_attributes = tuple(filter(index.attributes.__contains__, MARKUP["attributes.parents"]))
        self.depth_attributes = tuple(filter(index.attributes.__contains__, MARKUP["attributes.depths"]))
        self._lines: dict[Element, str] = {}
        self.is_stamp = cache(lambda each: each.tag == "time" or is_stamp(each) or is_titled_stamp(each))

    def ids_of(self, element: Element) -> list[str]:
        """Return the ids of an element, from all attributes that hold one."""
        return [name for attribute in self.id_attributes if (name := element.get(attribute))]

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
        worded = (each for each in self.index.select("span", "em", "small", "i", "b") if each.text)
        return set(filter(_is_badge, worded))

    @cached_property
    def name_buttons(self) -> set[Element]:
        """The buttons whose label could be a name rather than an action."""
        labels = {button: self.text.label_of(button) for button in self.index.select("button", "[role=button]")}
        return {button for button, label in labels.items() if could_be_name(label)}

    def are_headlines(self, texts: Sequence[str]) -> bool:
        """Return whether most of some texts, at least three, are links to other pages: a list of stories or topics."""
        parted = [words for text in texts if len(words := text.split(None, LONGEST_HEADLINE)) <= LONGEST_HEADLINE]
        if 2 * len(parted) <= len(texts) or len(texts) < FEWEST_HEADLINES:
            return False
        sizes = ((words, range(len(words) // 2 + 1, len(words) + 1)) for words in parted)
        linked = sum(any(" ".join(words[:size]) in self._linked for size in most) for words, most in sizes)
        return 2 * linked > len(texts)

    @cached_property
    def _linked(self) -> set[str]:
        """The texts of links to other pages; an address is no headline."""
        links = (link for link in self.index.select("a[href]") if not _HERE.match(link.get("href", "")))
        return {line for link in links if "://" not in (line := self.text.line_of(link)) and "www." not in line}

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

    def are_comments(self, elements: Sequence[Element]) -> bool:
        """Return whether at least half of some elements are outside of boxes without comments, such as a tweet."""
        return 2 * sum(element in self._in_no_comments for element in elements) <= len(elements)

    def boxes(self, layout: HtmlLayout) -> list[Element]:
        """Return the boxes that a layout takes for comments."""
        boxes = self.index.select(*layout.comment)
        if boxes and self._in_no_comments:
            boxes = [box for box in boxes if box not in self._in_no_comments]
        if boxes and layout.holds:
            holding = {above for part in self.index.select(*layout.holds) for above in part.iterancestors()}
            boxes = [box for box in boxes if box in holding]
        return boxes


class Boxes:
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
