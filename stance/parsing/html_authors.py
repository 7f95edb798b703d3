"""Who wrote each comment of a thread: by selectors, by what elements are called, by where names stand, on buttons.

What is found is compared over the whole thread: names differ from comment to comment, and stand at the same place.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import islice
from typing import TypeAlias

from stance.parsing.html_names import LONGEST_LINE, are_initials, is_only_name, name_in
from stance.parsing.html_structure import date_in, is_name, is_stamp, is_titled_stamp
from stance.parsing.html_text import BLOCKS, Element
from stance.parsing.html_threads import CommentParts, PageParts, Thread
from stance.parsing.layouts import STRUCTURE
from stance.parsing.lines import letter_words, name_like
from stance.parsing.stamps import without_actions, without_shared_ends

MOST_CHILDREN_OF_A_NAME = 4
"""An element with more parts than a link, a picture and a badge is no longer just about a name."""

MOST_PIECES = 12
"""Pieces of text in an element that could hold a name."""

MOST_CLASSES = 8
"""Of one element that are compared."""

COMMON_CLASS = 3
"""A class that fewer than one in so many comments have tells nothing of a place: it may be a writer's own."""

NAMED_SHARE, COVERED_SHARE = 0.5, 0.7
"""Share of comments whose names are enough; share that must have one at a place before names are read there."""

LABEL_SHARE, LABEL_LEAST = 0.6, 3
"""A "name" on more than this share of so many comments or more is rather a label."""

BESIDE_WORDS = 6
"""Beside a name on its line, such as "wrote on" or a weekday; more are a sentence."""

SHORT_NAME = 3
"""Words; most names have no more."""

_Place: TypeAlias = tuple[int, int]
"""Where in its comment an element stands: its path of tags and classes, and which of those with the same path it is."""

_NUMBER = re.compile(r"\d+")
_PROFILE = re.compile(
    r"(?:^|/)(?:@[\w.-]|(?:users?|u|profiles?|members?|people|auth/profile)[/?=.])|[?&](?:user|u)(?:id)?="
)


def fill_authors(thread: Thread, parts: dict[Element, CommentParts]) -> set[Element]:
    """Name the authors; return the elements that hold a name and nothing of a comment's text."""
    page, named = thread.page, set[Element]()
    unnamed = len(parts)
    for selector in thread.layout.author if unnamed else ():
        for box, element in thread.first(selector).items():
            if parts[box].author is None and (name := name_in(page.name_line(element, page.no_name))):
                parts[box].author = name
                named.update((element, *_around_name(page, element, box, name)))
                unnamed -= 1
        if not unnamed:
            break
    for attribute in thread.layout.author_attributes:
        for box, part in parts.items():
            part.author = part.author or name_in((box.get(attribute) or "")[:LONGEST_LINE].rstrip(" ."))
    if joined := set(page.index.select(*thread.layout.joined)):
        before: str | None = None
        for box, part in parts.items():
            part.author = part.author or (before if box in joined else None)
            before = part.author
    return named


def fill_called_authors(thread: Thread, parts: dict[Element, CommentParts], dated: set[Element]) -> set[Element]:
    """Name the authors that no selector found, by what elements are called in general."""
    page, named = thread.page, set[Element]()
    leave_out = page.no_name | dated
    for box, part in parts.items():
        if part.author is None:
            said = thread.texts.get(box)
            for element in sorted(thread.own(box), key=is_profile):
                if is_profile(element) and (said is None or not page.is_behind(said, element)):
                    break  # behind the text, or in it, somebody else is mentioned
                if (is_profile(element) or is_name(element, page.text.line_of)) and (
                    name := name_in(page.name_line(element, leave_out))
                ):
                    part.author = name
                    named |= {element, *_around_name(page, element, box, name)}
                    break
    return named | _fill_usual_authors(thread, parts, dated)


def fill_placed_authors(thread: Thread, parts: dict[Element, CommentParts], dated: set[Element]) -> set[Element]:
    """Name the authors by where names stand: in a cited line, before a date, first in a comment."""
    page, named = thread.page, set[Element]()
    for box, part in parts.items():
        for element in thread.own(box) if part.author is None else ():
            if element in page.initials or _heads_form(page, element, box):
                continue
            if element.tag == "cite" or element in dated or is_stamp(element) or _is_first(page, element, box):
                line = page.text.line_of(element, page.no_name)
                name = name_in(line) if len(line) <= LONGEST_LINE else None
                if name and not is_only_name(line, name) and any(inner.tag in BLOCKS for inner in element):
                    continue  # a short comment with all that is around it
                part.author = name
            if part.author:
                named |= {element, *_around_name(page, element, box, part.author)}
                break
    return named | _fill_usual_authors(thread, parts, dated)


def fill_authors_on_buttons(thread: Thread, parts: dict[Element, CommentParts]) -> None:
    """Name the authors by the first button before each text, where its label differs: "Follow" is on each of them.

    Then all names are complete, and what most of them have in common is cut off.
    """
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
            parts[box].author = name_in(label)
    authors = [part.author for part in parts.values() if part.author]
    shorter = without_shared_ends(authors)
    if all(name.startswith("@") for name in authors):  # a system's sign, and none of a single writer
        shorter = {name: shorter.get(name, name)[1:] or name for name in set(authors)}
    for part in parts.values() if shorter else ():
        part.author = shorter.get(part.author, part.author) if part.author else None


# The usual place ------------------------------------------------------------------------------------------------------


def _fill_usual_authors(thread: Thread, parts: dict[Element, CommentParts], dated: set[Element]) -> set[Element]:
    """Name the authors by the place where names of most comments stand, where few were found, or only a label.

    :return: The elements that hold a name and nothing of a comment's text.
    """
    label = _label(part.author for part in parts.values())
    good = sum(part.author is not None and part.author != label for part in parts.values())
    if good >= NAMED_SHARE * len(parts) or len(parts) < LABEL_LEAST:
        return set()
    if thread.layout is not STRUCTURE and _is_dated_by_form(thread, parts):
        return set()  # the layout is not theirs; the form tells more
    places = _names_by_place(thread, parts, dated)
    best = max(places.values(), key=lambda names: _rate(names, len(parts)), default={})
    best = best if _rate(best, len(parts)) > 0 else {}
    named = set()
    for box, (element, name) in best.items():
        if parts[box].author in (None, label):
            parts[box].author = name
            named |= {element, *_around_name(thread.page, element, box, name)}
    for part in parts.values() if best else ():  # else one person may have written them all
        part.author = None if part.author == label else part.author
    return named


def _is_dated_by_form(thread: Thread, parts: dict[Element, CommentParts]) -> bool:
    """Return whether a layout told no name and no date of comments, and the first ones have dates."""
    if any(part.author or part.posted for part in parts.values()):
        return False
    first = [element for box in islice(parts, LABEL_LEAST) for element in thread.own(box)]
    return any(is_stamp(element) or is_titled_stamp(element) for element in first)


def _label(names: Iterable[str | None]) -> str | None:
    """Return the "name" that is on so many comments that it is none; None where there is no such name."""
    every = list(names)
    name, count = Counter(filter(None, every)).most_common(1)[0] if any(every) else ("", 0)
    return name if count >= LABEL_LEAST and count > LABEL_SHARE * len(every) else None


def _is_counter(names: Iterable[str]) -> bool:
    """Return whether most names are the same but for a number: "21 people", "5 people"."""
    return _label(_NUMBER.sub("#", name) for name in names) is not None


def _names_by_place(
    thread: Thread, parts: dict[Element, CommentParts], dated: set[Element]
) -> dict[_Place, dict[Element, tuple[Element, str]]]:
    """Collect what could be a name in each comment, by the place where it stands."""
    page, common = thread.page, _common_classes(thread, parts)
    leave_out = page.no_name | dated | page.initials
    all_but_badges = leave_out - page.badges
    places: defaultdict[_Place, dict[Element, tuple[Element, str]]] = defaultdict(dict)
    numbers: dict[tuple[int, str, tuple[str, ...]], int] = {}
    for box in parts:
        paths = {box: -1}
        seen: Counter[int] = Counter()
        for element in thread.own(box):
            above = element.getparent()
            classes = tuple(name for name in _classes(element) if name in common)
            key = (paths.get(above, -1) if above is not None else -1, str(element.tag), classes)
            path = paths[element] = numbers.setdefault(key, len(numbers))
            place = path, seen[path]
            seen[path] += 1
            if element in leave_out or not _is_short(page, element) or _is_mention(element, box):
                continue
            line = page.text.line_of(element, leave_out) or page.text.line_of(element, all_but_badges)
            if name := _possible_name(page.name_line(element, leave_out) if "," in line else line):
                places[place][box] = (element, name)
    return places


def _common_classes(thread: Thread, parts: Iterable[Element]) -> set[str]:
    counts: Counter[str] = Counter()
    boxes = 0
    for box in parts:
        counts.update({name for element in thread.own(box) for name in _classes(element)})
        boxes += 1
    return {name for name, count in counts.items() if COMMON_CLASS * count >= boxes}


def _classes(element: Element) -> list[str]:
    return element.get("class", "").split()[:MOST_CLASSES]


def _is_short(page: PageParts, element: Element) -> bool:
    _, _, first, last = page.text.spans[element]
    return 0 < last - first <= MOST_PIECES and not _is_said(page.text.line_of(element))


def _is_mention(element: Element, box: Element) -> bool:
    """Return whether words of a sentence stand beside an element on its line."""
    inner: Element | None = element
    while inner is not None and inner is not box and inner.tag not in BLOCKS:
        before = inner.getprevious()
        above = inner.getparent()
        text = before.tail if before is not None else above.text if above is not None else None
        if _is_said(inner.tail) or _is_said(text):
            return True
        inner = above
    return False


def _is_said(text: str | None) -> bool:
    """Return whether a text beside a name is more than a verb and a date."""
    line = " ".join((text or "")[:LONGEST_LINE].split())
    return len(letter_words(line)) > BESIDE_WORDS and date_in(line) is None


def _possible_name(line: str) -> str | None:
    """Return the name in a line that could be one; None for a button, a date or a sentence."""
    name = name_in(line) if 0 < len(line) <= LONGEST_LINE else None
    if name is None or not name_like(name.rstrip(".!?"), words=5) or not without_actions(name):
        return None
    return name if date_in(name) is None and any(map(str.isalpha, name)) else None


def _rate(names: dict[Element, tuple[Element, str]], comments: int) -> float:
    """Rate a place by how many comments have a name there, how many names there are, and how short they are."""
    if len(names) < COVERED_SHARE * comments or _is_counter(name for _, name in names.values()):
        return 0.0
    distinct = len({name for _, name in names.values()}) / len(names)
    short = sum(len(name.split()) <= SHORT_NAME for _, name in names.values()) / len(names)
    linked = sum(is_profile(element) for element, _ in names.values()) / len(names)
    return len(names) / comments * (0.5 + distinct) * (0.2 + short) * (1 + linked)


def is_profile(element: Element) -> bool:
    """Tell whether an element links to what a site has on one of its members."""
    return element.tag == "a" and _PROFILE.search(element.get("href", "")[:LONGEST_LINE]) is not None


def _is_first(page: PageParts, element: Element, box: Element) -> bool:
    """Tell whether an element opens a comment with a line that could be a name."""
    text = (element.text or "").strip()
    if not any(map(str.isalpha, text)) or not name_like(page.text.line_of(element)):
        return False
    texts = (str(each) for each in box.itertext("*") if str(each).strip())
    first, second = next(texts, ""), next(texts, "")
    return element.text == (second if are_initials(first.strip(), second.strip()) else first)


def _heads_form(page: PageParts, element: Element, box: Element) -> bool:
    """Return whether an element stands beside a form, such as "Write a comment" above its fields."""
    above = element.getparent()
    while element is not box and above is not None and above is not box:
        if any(child.tag == "form" and child in page.no_text for child in above):
            return True
        element, above = above, above.getparent()
    return False


def _around_name(page: PageParts, element: Element, box: Element, name: str) -> list[Element]:
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
        if line != name and not is_only_name(line, name):
            break
        around.append(above)
    return around
