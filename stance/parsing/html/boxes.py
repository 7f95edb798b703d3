"""Assign the elements of a page to the boxes that a layout row takes for comments, and recognise names and dates.

Words in names of classes, dates, and names in lines such as "Ada says:" are recognised the same way for every layout.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache

from stance.parsing.dates import find_date, find_day, parse_date
from stance.parsing.html.tree import Element, Index
from stance.parsing.languages import phrases, words_of_phrases
from stance.parsing.layouts import MARKUP, HtmlLayout
from stance.parsing.line_parts import trim_edges, without_addresses, without_joints
from stance.parsing.lines import letter_words

LONGEST_STAMP, MOST_PARTS = 80, 8
"""Maximum characters, and maximum elements in it, of an element that holds a date, perhaps a name, and nothing else."""

LONGEST_AUTHOR = 80
"""Maximum characters of a name; a longer 'author' is a sentence that a selector hit by accident."""

LONGEST_LINE = 200
"""Maximum characters of a line with a name and a date."""

MOST_EVIDENCE = 3
"""Maximum evidence of a comment: a text, an author, a date."""

LONGEST_HEADLINE, FEWEST_HEADLINES = 40, 3
"""Maximum number of words of a text that may be a link, and minimum number of texts in a list."""

_WORDS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])")
_YEAR = re.compile(r"(?:19|20)\d\d")
_HERE = re.compile(r"#|javascript:", re.IGNORECASE)


# Words of classes and ids ---------------------------------------------------------------------------------------------


def words_of(element: Element) -> str:
    """Return the words in an element's class, id and kind, in lower case."""
    get = element.get  # for each element several times; a loop over the names takes twice as long
    return _words_of_names(
        f"{get('class', '')} {get('id', '')} {get('itemprop', '')} {get('itemtype', '')} {get('typeof', '')}"[:400]
    )


@lru_cache(maxsize=8192)
def _words_of_names(names: str) -> str:
    return " ".join(_WORDS.findall(names)).lower()


def is_named_after(pattern: tuple[str, ...], element: Element) -> bool:
    """Return whether a class or id has one of some words; a word with ``*`` may be a part of another."""
    return has_words(pattern, words_of(element))


@lru_cache(maxsize=32768)
def has_words(pattern: tuple[str, ...], words: str) -> bool:
    """Return whether some words have one of a pattern."""
    if not words:
        return False
    own = words.split()
    return any(word[1:] in words if word.startswith("*") else word in own for word in pattern)


# Dates and names ------------------------------------------------------------------------------------------------------


def is_stamp(element: Element) -> bool:
    """Return whether an element is a time and little else, or a short line such as "8 mo" with a time in its title."""
    if len(element) > MOST_PARTS:
        return False
    line = " ".join("".join(map(str, element.itertext("*"))).split() if len(element) else (element.text or "").split())
    if 1 < len(line) <= LONGEST_STAMP and (find_date(line) or find_day(line)):
        return True
    title = element.get("title", "")[: LONGEST_STAMP + 1]
    is_date = 0 < len(title) <= LONGEST_STAMP and _YEAR.search(title) and parse_date(title)
    return bool(is_date) and 0 < len(line) <= LONGEST_STAMP


_SAYS = re.compile(rf"(?:\s(?:{'|'.join(phrases('comment.says'))})\s?(?::|\.\.\.|…)?|\s?:)$", re.IGNORECASE)
_CREDIT = re.compile(rf"(?:{'|'.join(phrases('comment.credited'))}):?\s", re.IGNORECASE)
_BEFORE_DATE = re.compile(rf"(?:^|\s)(?:{'|'.join(phrases('date.before'))})[\s,:]{{0,3}}$", re.IGNORECASE)
_WORDS_AROUND_A_NAME = words_of_phrases("comment.says", "comment.credited", "date.before")
# All that a comment may say, besides a name: "+1", "100%", "!!!", a thumb.
_WORDLESS = re.compile(r"\+\s?\d|\d\s?%|[!?]|[❤♥\U0001f300-\U0001faff]")
_MEMBER_NUMBER = re.compile(r"\s\(\s\d{1,9}\s?\)?$")  # behind it, as on Slashdot
_POST_NUMBER = re.compile(r"^#\s?\d{1,5}(?:$|\s[—–|·•-]\s)")  # alone, or apart from what follows
_NUMBERED_NAME = re.compile(r"#\s?\d{1,5}[\s.:)–-]{1,3}")  # of a comment, before its writer's name


@lru_cache(maxsize=4096)
def name_in(line: str) -> str | None:
    """Return the name in a line such as "Comment by Ada — 3 May 2014" or "Ada says:"."""
    line = _POST_NUMBER.sub("", line, count=1)
    date = find_date(line) if len(line) <= LONGEST_LINE else None
    if date:
        before = without_joints(_BEFORE_DATE.sub("", line[: date.start].rstrip(" ,|·•–—-:@#(")))
        line = before if any(map(str.isalnum, before)) else line[date.end :]
    line = trim_edges(line)
    credit = _CREDIT.match(line)
    name = (line[credit.end() :] if credit else line).rstrip(" ,;|")
    name = trim_edges(_SAYS.sub("", name))
    name = _MEMBER_NUMBER.sub("", _NUMBERED_NAME.sub("", name, count=1) or name)
    name = without_addresses(trim_edges(name))
    return name if 0 < len(name) <= LONGEST_AUTHOR and any(map(str.isalnum, name)) else None


@lru_cache(maxsize=4096)
def is_only_date(line: str) -> bool:
    """Return whether a line is a date with words such as "on" at most."""
    date = find_date(line) if len(line) <= LONGEST_LINE and not _WORDLESS.search(line) else None
    rest = f"{line[: date.start]} {line[date.end :]}" if date else line
    return len(line) <= LONGEST_LINE and _WORDS_AROUND_A_NAME.issuperset(letter_words(rest))


# Boxes ----------------------------------------------------------------------------------------------------------------


class PageParts:
    """The parts of a page that are the same for every layout."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.text = index.text
        boxes = index.select(*MARKUP["selectors.no_comments"])
        self._in_no_comments = index.owners(boxes).keys() if boxes else frozenset[Element]()
        self.ids, self.parents, self.depths = (
            tuple(filter(index.attributes.__contains__, MARKUP[f"attributes.{name}"]))
            for name in ("ids", "parents", "depths")
        )

    def ids_of(self, element: Element) -> list[str]:
        """Return the ids of an element, from all attributes that hold one."""
        return [name for attribute in self.ids if (name := element.get(attribute))]

    @cached_property
    def no_text(self) -> set[Element]:
        """Elements in comments that are not their writers' words."""
        fields = (field for field in self.index.select(*MARKUP["selectors.fields"]) if field.get("type") != "hidden")
        forms = {above for field in fields for above in field.iterancestors("form")}
        return forms.union(self.index.select(*MARKUP["selectors.no_text"]))

    @cached_property
    def quotes(self) -> set[Element]:
        """Elements that hold the words of another."""
        return set(self.index.select(*MARKUP["selectors.quotes"]))

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

    def are_comments(self, elements: Sequence[Element]) -> bool:
        """Return whether at least half of some elements are outside of boxes without comments, such as a tweet."""
        return 2 * sum(element in self._in_no_comments for element in elements) <= len(elements)

    def boxes(self, layout: HtmlLayout) -> list[Element]:
        """Return the boxes that a layout takes for comments."""
        boxes = [box for box in self.index.select(*layout.comment) if box not in self._in_no_comments]
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

    @property
    def promise(self) -> int:
        """How much evidence there is at most: nothing of a comment without a text, a date only where one could be."""
        texts = len(self.boxes if self.layout.rest_is_text else self.texts)
        return texts * (MOST_EVIDENCE - 1) + min(texts, len(self.first(*self.layout.posted)))

    def first(self, *selectors: str) -> dict[Element, Element]:
        """Return for each comment the first element that a selector means, in none of its replies; earlier ones win."""
        found: dict[Element, Element] = {}
        for selector in selectors:
            if len(found) == len(self.boxes):
                break
            for element in self.page.index.select(selector):
                owner = self._owners.get(element)
                if owner is not None and owner is not element and element not in self._others_words:
                    found.setdefault(owner, element)
        return found

    @cached_property
    def texts(self) -> dict[Element, Element]:
        """The element of each comment that holds its text."""
        return self.first(*self.layout.text)

    @cached_property
    def _others_words(self) -> Collection[Element]:
        """Elements in quotations, where names and dates are another's; none if every comment is a quotation."""
        quotes = [each for each in self.page.quotes if each not in self.boxes]
        are_all = len(self.boxes) > 1 and {self._owners.get(each) for each in quotes}.issuperset(self.boxes)
        return () if are_all or not quotes else self.page.index.owners(quotes).keys()

    def owner(self, element: Element | None) -> Element | None:
        """Return the innermost comment that an element is in, or is."""
        return None if element is None else self._inside.get(element)

    def outside_texts(self) -> Iterator[tuple[Element, Element]]:
        """Yield the elements outside of the text of a comment, and times in it, each with the comment."""
        texts, holds = self.texts, self.page.text.holds
        for element, box in self._inside.items():
            text = texts.get(box)
            is_time = element.tag == "time"
            if text is not None and element in self.page.text.worded and (is_time or not holds(text, element)):
                yield element, box

    @cached_property
    def _owners(self) -> Mapping[Element, Element]:
        """The owner of each element in a comment, or in its heading: ``<dt>`` before ``<dd>``."""
        owners: dict[Element, Element] = {}
        for heading in self.page.index.select("dt"):
            following, around = heading.getnext(), self._inside.get(heading)
            if following is not None and self._inside.get(following) is following and around is not heading:
                owners |= {each: following for each in heading.iter("*") if self._inside.get(each) is around}
        return {**self._inside, **owners} if owners else self._inside
