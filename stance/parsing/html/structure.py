"""Find comments of unlisted systems: boxes that repeat under a name or a heading of comments.

A comment is a box with a time (or a name), a text, and siblings or replies of the same make. Names of classes and ids,
and headings, show the section. A page without such a section has none.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice
from typing import TypeAlias

from lxml import etree

from stance.parsing.dates import find_date, find_day, parse_date
from stance.parsing.html.tree import UNSEEN, Element, Index, line_of, upwards
from stance.parsing.languages import (
    AUTHOR_WORDS,
    BEFORE_DATE,
    BESIDE_WORDS,
    COMMENT_HEADINGS,
    COMMENT_WORDS,
    MANY_COMMENTS_WORDS,
    NO_AUTHOR_WORDS,
    ONE_COMMENT_WORDS,
)
from stance.parsing.line_parts import without_actions
from stance.parsing.lines import Cues, letter_words, name_like, split_lines

LONGEST_STAMP = 80
"""Characters of an element that tells when, and perhaps who, and nothing else."""

LONGEST_NAME = 60
"""Characters; a longer line is no name."""

LONGEST_HEADING = 150
"""Characters of a heading, with the article's title in it."""

MOST_PARTS = 8
"""Elements in one that tells when, and perhaps who, and nothing else."""

MOST_LINKED = 0.6
"""Share of a box's words that may be links; lists of other stories have more."""

LONGEST_LABEL = 30
"""Characters of a link that is a name, a date or a button; a longer one is a headline."""

HEADLINE_WORDS = 5
"""Of a link that leads to another story."""

SINGLE_SHARE = 0.2
"""Share of a section's text that the only comment in it has; the rest is headings and a form."""

NAMED_SHARE = 0.5
"""Share of a group's boxes that must tell a name."""

MOST_HEADINGS = 8
"""Of one box, after each of which comments are looked for: what follows a later one also follows the first."""

MOST_CLASSES = 16
"""Of one element that are looked at."""

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "legend", "div", "span", "p", "b", "strong", "a", "dt", "caption")
TITLES = ("h1", "h2", "h3", "h4", "h5", "h6")
_NO_SECTIONS = frozenset((*TITLES, "a", "span", "i", "svg", "img", "button", "link", "meta", "input", "label"))
_BESIDE_ARTICLE = ("nav", "form", "head")
_WORDS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])")
_NO_AUTHORS_ON_BUTTONS = tuple(word for word in NO_AUTHOR_WORDS if word != "button")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SENTENCE_ENDS = (".", "!", "?")
_NUMBERED = re.compile(r"(.{0,40}?)\d{1,20}$")
_DATE_WORDS = frozenset(word for phrase in BEFORE_DATE for word in phrase.split())
_HEADING_CUES = Cues(COMMENT_HEADINGS)

date_in = find_date

_Key: TypeAlias = tuple[int, str, str]
"""What boxes have in common: their section (0: any), tag, and class or beginning of the id."""


@dataclass(slots=True)
class _Sum:
    """The stamps and characters in a box, or in the boxes of the same make in it."""

    stamps: int = 0
    size: int = 0  # characters
    linked: int = 0  # characters of links
    stamped: int = 0  # characters of stamps

    def add(self, other: "_Sum", sign: int = 1) -> None:
        """Add or subtract another sum."""
        self.stamps += sign * other.stamps
        self.size += sign * other.size
        self.linked += sign * other.linked
        self.stamped += sign * other.stamped


@dataclass(slots=True)
class _Group:
    """Boxes of the same make."""

    boxes: dict[Element, int] = field(default_factory=dict)  # with the stamps of each
    size: int = 0

    def rate(self, most: int) -> float:
        """Rate by how many comments there are, and how much of the section's text is in them."""
        return len(self.boxes) * self.size / most if most else 0.0


def repeated_boxes(index: Index, leave_out: set[Element]) -> list[Element]:
    """Find the comments of a page by their form.

    :param index: The page.
    :param leave_out: Boxes that hold no comments.
    :return: One element per comment, in page order; empty where nothing repeats, or no word speaks of comments.
    """
    found: list[Element] = []
    if sections := _sections(index, leave_out):
        for kind in (_stamps, _names):
            boxes = _best(index, _groups(sections, set(kind(index, index.elements)), leave_out))
            if boxes and set(found) <= set(boxes):  # comments that mention dates are fewer than those with names
                found = boxes
    return index.in_order(found)


# Words of classes and ids ---------------------------------------------------------------------------------------------


def words_of(element: Element) -> str:
    """Return the words in an element's class, id and kind, in lower case."""
    get = element.get  # for each element several times; a loop over the names takes twice as long
    return _words(
        f"{get('class', '')} {get('id', '')} {get('itemprop', '')} {get('itemtype', '')} {get('typeof', '')}"[:400]
    )


@lru_cache(maxsize=8192)
def _words(names: str) -> str:
    return " ".join(_WORDS.findall(names)).lower()


def speaks_of(pattern: tuple[str, ...], element: Element) -> bool:
    """Return whether a class or id has one of some words; a word with ``*`` may be a part of another."""
    words = words_of(element)
    return bool(words) and _has(pattern, words)


@lru_cache(maxsize=32768)
def _has(pattern: tuple[str, ...], words: str) -> bool:
    whole, parts = _whole_and_parts(pattern)
    return not whole.isdisjoint(words.split()) or any(part in words for part in parts)


@cache
def _whole_and_parts(pattern: tuple[str, ...]) -> tuple[frozenset[str], tuple[str, ...]]:
    parts = tuple(word[1:] for word in pattern if word.startswith("*"))
    return frozenset(word for word in pattern if not word.startswith("*")), parts


# Sections -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Section:
    """A part of the page with a name or heading of comments."""

    box: Element
    after: Element | None = None  # the heading; what stands before it does not count


def _sections(index: Index, leave_out: set[Element]) -> list[_Section]:
    around_article = {above for title in index.select("h1", "[itemprop=articleBody]") for above in upwards(title)}
    named: list[_Section] = []
    inside: set[Element] = set()
    for element in index.elements:
        if element.getparent() in inside:
            inside.add(element)
        elif element in leave_out or element.tag in ("html", "body", "head", "form", "script", "style"):
            continue
        elif element not in around_article and _is_section(element, around_article):
            inside.add(element)
            named.append(_Section(element))
    return [*named, *_headed(index, inside, around_article)]


def _is_section(element: Element, around_article: set[Element]) -> bool:
    return (
        element.tag not in _NO_SECTIONS
        and speaks_of(COMMENT_WORDS, element)
        and not is_beside_article(element, around_article)
    )


def is_beside_article(element: Element, around_article: set[Element]) -> bool:
    """Return whether an element is in a part of the page beside the article."""
    return any(
        above not in around_article and (above.tag in _BESIDE_ARTICLE or speaks_of(BESIDE_WORDS, above))
        for above in element.iterancestors()
    )


def _headed(index: Index, inside: set[Element], around_article: set[Element]) -> Iterator[_Section]:
    """Yield the sections below a heading such as "12 Comments", where no name marks one."""
    headings: Counter[Element] = Counter()
    for element in index.elements:
        if element.tag in TITLES and element not in inside and _heads_comments(index.text.line_of(element)):
            if is_beside_article(element, around_article):
                continue
            for above, _ in zip(element.iterancestors(), range(3), strict=False):
                if above.tag in ("html", "body"):
                    break
                if any(True for _ in element.itersiblings("*")) or above is not element.getparent():
                    headings[above] += 1
                    if headings[above] <= MOST_HEADINGS:
                        yield _Section(above, element)
                    if above in around_article:
                        break


def _heads_comments(line: str) -> bool:
    return 0 < len(line) <= LONGEST_HEADING and any(map(_HEADING_CUES.match, split_lines(line)))


# Marks of a comment ---------------------------------------------------------------------------------------------------


def _stamps(index: Index, elements: Iterable[Element]) -> Iterator[Element]:
    """Yield the elements that tell a time and little else, the innermost ones."""
    worded = index.text.worded
    for element in elements:
        tag = element.tag
        if tag == "time":
            yield element
        elif element not in worded or tag in UNSEEN or (tag in ("html", "body", "a") and len(element) > 3):
            continue
        elif _has_short_text(element) and (is_stamp(element) or is_titled_stamp(element)):
            yield element


def _has_short_text(element: Element) -> bool:
    text = element.text or ""
    if len(element):
        text += "".join([child.tail or "" for child in islice(element, MOST_PARTS)])
    return 0 < len(text) < 4 * LONGEST_STAMP and not text.isspace()


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


def _names(index: Index, elements: Iterable[Element]) -> Iterator[Element]:
    """Yield the elements that are called after an author, the innermost ones."""
    called = [element for element in elements if is_name(element, index.text.line_of)]
    outer = {above for element in called for above in element.iterancestors()}
    return (element for element in called if element not in outer)


def is_name(element: Element, line_of: Callable[[Element], str]) -> bool:
    """Return whether an element is named after an author and holds a possible name.

    :param line_of: Gives the text of an element.
    """
    if not speaks_of(AUTHOR_WORDS, element):
        return False
    if element.tag == "button":
        return not speaks_of(_NO_AUTHORS_ON_BUTTONS, element) and is_label_of_person(_label(element))
    if speaks_of(NO_AUTHOR_WORDS, element):
        return False
    return element.tag not in UNSEEN and len(element) <= 6 and 0 < len(line_of(element)) <= LONGEST_NAME


def is_label_of_person(label: str) -> bool:
    """Return whether the label of a button could be a name rather than an action."""
    return name_like(label, characters=LONGEST_NAME) and bool(without_actions(label))


def _label(button: Element) -> str:
    return " ".join("".join(map(str, button.itertext("*"))).split())


# Boxes ----------------------------------------------------------------------------------------------------------------


def _groups(sections: Iterable[_Section], marks: set[Element], leave_out: set[Element]) -> dict[_Key, _Group]:
    groups: defaultdict[_Key, _Group] = defaultdict(_Group)
    for number, section in enumerate(sections, 1):
        _tally(section, number, marks, leave_out, groups)
    return groups


def _tally(
    section: _Section, number: int, marks: set[Element], leave_out: set[Element], groups: dict[_Key, _Group]
) -> None:
    """Add the boxes of one section to the groups, in one walk: inner boxes of the same make do not count."""
    sums: list[tuple[_Sum, list[_Key]]] = []
    inner: defaultdict[_Key, list[_Sum]] = defaultdict(list)
    skipped: Element | None = None
    begun = section.after is None
    for event, element in etree.iterwalk(section.box, events=("start", "end")):
        if event == "start":
            if skipped is None and ((element.tag in UNSEEN and element not in marks) or element in leave_out):
                skipped = element
            begun = begun or element is section.after
            keys = _keys(element, number)
            sums.append((_Sum(), keys))
            for key in keys:
                inner[key].append(_Sum())
            continue
        total, keys = sums.pop()
        if skipped is None and begun and element is not section.after:
            _count(total, element, element in marks)
        for key in keys:
            _add_box(groups, inner, key, element, total)
        if element is skipped:
            skipped = None
        elif sums:
            sums[-1][0].add(total)
        if sums and skipped is None and begun and element.tail:
            sums[-1][0].size += len(element.tail.strip())


def _count(total: _Sum, element: Element, is_mark: bool) -> None:
    total.size += len((element.text or "").strip())
    if element.tag == "a":
        total.linked = total.size if total.size > LONGEST_LABEL and not _holds_name(element, line_of) else 0
    if is_mark:
        total.stamps, total.stamped = 1, total.size  # a stamp in a stamp is the same one


def _add_box(
    groups: dict[_Key, _Group], inner: dict[_Key, list[_Sum]], key: _Key, element: Element, total: _Sum
) -> None:
    own = inner[key].pop()
    own.size, own.linked = total.size - own.size, total.linked - own.linked
    own.stamps, own.stamped = total.stamps - own.stamps, total.stamped - own.stamped
    if inner[key]:
        inner[key][-1].add(total)
    if own.stamps and own.linked <= MOST_LINKED * own.size and element not in groups[key].boxes:
        groups[key].boxes[element] = own.stamps
        groups[key].size += own.size


def _keys(element: Element, section: int) -> list[_Key]:
    tag = str(element.tag)
    keys = [(0, tag, name) for name in dict.fromkeys(element.get("class", "").split()[:MOST_CLASSES])]
    numbered = _NUMBERED.match(element.get("id", "")[-60:])
    if numbered and numbered[1]:
        keys.append((0, tag, "#" + numbered[1]))
    if part := element.get("itemprop"):
        keys.append((0, tag, "@" + part))
    return [*keys, (section, tag, "")]


# The best group -------------------------------------------------------------------------------------------------------


def _best(index: Index, groups: dict[_Key, _Group]) -> list[Element]:
    most = max((group.size for group in groups.values()), default=0)
    rated = sorted(groups.items(), key=lambda item: (-item[1].rate(most), item[0]))
    for _, group in rated[:8]:
        boxes = _outermost(rated, most) if len(group.boxes) == 1 else list(group.boxes)
        if boxes and group.rate(most) > 0 and _are_comments(index, boxes):
            return _without_mentions(index, boxes)
    return []


def _without_mentions(index: Index, boxes: list[Element]) -> list[Element]:
    """Leave out boxes inside of a comment that name nobody: paragraphs that mention a date, not replies."""
    line_of, among = index.text.line_of, set(boxes)
    return [
        box
        for box in boxes
        if among.isdisjoint(box.iterancestors())
        or _opens_with_name(box)
        or any(_tells_name(each, line_of) and not line_of(each).endswith(_SENTENCE_ENDS) for each in box.iter("*"))
    ]


def _outermost(rated: list[tuple[_Key, _Group]], most: int) -> list[Element]:
    """Of boxes around a single comment, take the one that is called like one."""
    single = {
        next(iter(group.boxes)) for _, group in rated if len(group.boxes) == 1 and group.size >= SINGLE_SHARE * most
    }
    called = [box for box in single if _is_called_one(box)]
    return [min(called, key=lambda box: sum(1 for _ in box.iterancestors()))] if called else []


def _is_called_one(box: Element) -> bool:
    return speaks_of(ONE_COMMENT_WORDS, box) and not speaks_of(MANY_COMMENTS_WORDS, box)


def _are_comments(index: Index, boxes: list[Element]) -> bool:
    """Return whether boxes are comments, not stories: they have names and no headlines that lead elsewhere."""
    line_of = index.text.line_of
    named = sum(any(_tells_name(each, line_of) for each in box.iter("*")) or _opens_with_name(box) for box in boxes)
    headlines = [
        {line for link in box.iter("a") if _is_headline(link, line := line_of(link), line_of)} for box in boxes
    ]
    counts = Counter(line for lines in headlines for line in lines)  # "Share this comment on ..." is in every box
    with_headline = sum(any(counts[line] == 1 for line in lines) for lines in headlines)
    return named >= NAMED_SHARE * len(boxes) and 2 * with_headline <= len(boxes)


def _is_headline(link: Element, line: str, line_of: Callable[[Element], str]) -> bool:
    if len(letter_words(line)) < HEADLINE_WORDS or is_stamp(link):
        return False
    return not _holds_name(link, line_of)


def _holds_name(link: Element, line_of: Callable[[Element], str]) -> bool:
    """Return whether a link shows its author by name and address, as microblogs do."""
    return any(is_name(each, line_of) for each in link.iter("*"))


def _tells_name(element: Element, line_of: Callable[[Element], str]) -> bool:
    return element.tag == "cite" or is_name(element, line_of) or (len(element) < 3 and _is_signed(line_of(element)))


def _is_signed(line: str) -> bool:
    """Return whether a line holds a date and a possible name."""
    date = date_in(line) if len(line) <= LONGEST_STAMP else None
    if date is None:
        return False
    return not _DATE_WORDS.issuperset(letter_words(line[: date.start]))


def _opens_with_name(box: Element) -> bool:
    first = next((str(text) for text in box.itertext("*") if text.strip()), "")
    return name_like(first.strip(), characters=LONGEST_NAME) and date_in(first) is None
