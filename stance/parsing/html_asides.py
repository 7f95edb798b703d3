"""Boxes that show comments a second time: the latest of a site, the best of a page.

They have the markup of comments, often of the very same system, so no layout and no form tells them from a thread. What
does: where they stand, where their links lead, and that what they say stands in the thread, too.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urljoin, urlsplit

from stance.parsing.html_structure import is_name, is_stamp, speaks_of
from stance.parsing.html_text import Element
from stance.parsing.languages import ASIDE_WORDS
from stance.parsing.lines import letter_words
from stance.parsing.selectors import Index

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
    """What a box shows of a comment, and the box beside the thread that it is in; None: it is in none."""

    aside: Element | None
    author: str | None
    text: str


class Asides:
    """The boxes of a page beside its thread, and where the links in them lead."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._around_article = {above for title in index.select("h1", "[itemprop=articleBody]") for above in _up(title)}
        self._known: dict[Element, Element | None] = {}
        self._address = _own_address(index)
        self._own = _parts(self._address)
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
        """Return what a box stands in: whether it is beside the thread, and which it is."""
        aside = self.around(box)
        return aside is not None, box.getparent() if aside is None else aside

    def _is_aside(self, element: Element) -> bool:
        if element.tag in ("html", "body") or element in self._around_article:
            return False
        return element.tag == "aside" or speaks_of(ASIDE_WORDS, element)

    @cached_property
    def _marks(self) -> set[str]:
        """What links to places in this page end with."""
        return {*self._index.values("id"), *(str(link.get("name")) for link in self._index.select("a[name]"))}

    def _leads_here(self, link: Element) -> bool | None:
        """Tell whether a link leads to a place in this page; None where it is neither a comment's nor a story's."""
        if link not in self._links:
            self._links[link] = self._lead(link)
        return self._links[link]

    def _lead(self, link: Element) -> bool | None:
        page, _, mark = link.get("href", "")[:MOST_LENGTH].partition("#")
        if mark and _COMMENT_MARK.fullmatch(mark):
            return mark in self._marks or self._is_here(page)
        if not page or mark or self.around(link) is None or not self._is_other_story(page):
            return None
        line_of = self._index.text.line_of
        words = letter_words(line_of(link))
        return False if len(words) >= FEWEST_WORDS and not is_name(link, line_of) and not is_stamp(link) else None

    def _is_here(self, page: str) -> bool:
        return not page or _is_part(_parts(page, self._address)[1], self._own[1])

    def _is_other_story(self, page: str) -> bool:
        """Tell whether an address is another one of the page's own site."""
        host, path = _parts(page, self._address)
        return host in ("", self._own[0]) and not _is_part(path, self._own[1])


def repeats(shown: Sequence[Shown]) -> set[int]:
    """Find what is shown a second time beside the thread.

    Two equal comments in the thread are two; and so are two in one box beside it.

    :param shown: Every comment in page order.
    :return: Positions of those that begin as one in the thread does, by the same writer.
    """
    sizes = Counter(each.aside for each in shown)
    thread = max(sizes, key=lambda aside: (sizes[aside], aside is None), default=None)
    said = {key for each in shown if each.aside in (thread, None) for key in _beginnings(each)}
    return {place for place, each in enumerate(shown) if each.aside not in (thread, None) and _key(each) in said}


_Key = tuple[str | None, tuple[str, ...], bool]
"""Who, the first words, and whether they are all."""


def _beginnings(shown: Shown) -> Iterator[_Key]:
    words = _words(shown.text)
    for writer in (_writer(shown), None):
        for count in range(1, min(len(words), FIRST_WORDS) + 1):
            yield writer, words[:count], False
        yield writer, words[:FIRST_WORDS], len(words) < FIRST_WORDS


def _key(shown: Shown) -> _Key | None:
    """Return by what a comment beside the thread is looked up; None where it shows too little."""
    cut = _CUT.search(shown.text[-20:])
    words = _words(shown.text[: -len(cut[0])] if cut else shown.text)
    if cut and not cut[0][0].isspace() and 1 < len(words) < FIRST_WORDS:
        words = words[:-1]  # the last may be half a word
    writer = _writer(shown)
    if not words or (writer is None and len(words) < FEWEST_WORDS):
        return None
    return writer, words, not cut and len(words) < FIRST_WORDS


def _writer(shown: Shown) -> str | None:
    return shown.author.casefold() if shown.author else None


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.casefold() for _, word in zip(range(FIRST_WORDS), _found_words(text), strict=False))


def _found_words(text: str) -> Iterable[str]:
    return (word[0] for word in _WORD.finditer(text))


# Addresses ------------------------------------------------------------------------------------------------------------


def _own_address(index: Index) -> str:
    canonical = [link.get("href", "") for link in index.select("link[rel=canonical]")]
    shared = [meta.get("content", "") for meta in index.select("meta[property=og:url]")]
    return next((address.strip() for address in (*canonical, *shared) if address.strip()), "")[:MOST_LENGTH]


def _parts(address: str, base: str = "") -> tuple[str, str]:
    """Return the host and the path of an address; both are empty where it is none."""
    whole = _WHOLE.match(address)
    if whole:  # as most are; joining takes ten times as long
        return whole[1].lower().removeprefix("www."), whole[2].rstrip("/")
    try:
        parts = urlsplit(urljoin(base, address))
    except ValueError:  # "[" where only an IPv6 host may have one
        return "", ""
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/")


def _is_part(given: str, own: str) -> bool:
    """Tell whether one path is another, or a page of it."""
    return given == own or given.startswith(f"{own}/") or own.startswith(f"{given}/")


def _up(element: Element) -> Iterator[Element]:
    yield element
    yield from element.iterancestors()
