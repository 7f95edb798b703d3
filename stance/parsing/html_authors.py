"""Who wrote each comment of a thread: by selectors, by what elements are called, by where names stand, on buttons."""

import re

from stance.parsing.html_names import LONGEST_LINE, are_initials, is_only_name, name_in
from stance.parsing.html_structure import is_name, is_stamp
from stance.parsing.html_text import BLOCKS, Element
from stance.parsing.html_threads import CommentParts, PageParts, Thread
from stance.parsing.lines import name_like

MOST_CHILDREN_OF_A_NAME = 4
"""An element with more parts than a link, a picture and a badge is no longer just about a name."""

_PROFILE = re.compile(
    r"(?:^|/)(?:@[\w.-]|(?:users?|u|profiles?|members?|people|auth/profile)[/?=])|[?&](?:user|u)(?:id)?="
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
    return named


def fill_placed_authors(thread: Thread, parts: dict[Element, CommentParts], dated: set[Element]) -> set[Element]:
    """Name the authors by where names stand: in a cited line, before a date, first in a comment."""
    page, named = thread.page, set[Element]()
    for box, part in parts.items():
        for element in thread.own(box) if part.author is None else ():
            if element in page.initials:
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
    return named


def fill_authors_on_buttons(thread: Thread, parts: dict[Element, CommentParts]) -> None:
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
            parts[box].author = name_in(label)


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
