"""Find the parent of each comment: by boxes, attributes, links and depth.

Many systems wrap a comment and the list of its replies in one box, so that the replies stand beside their parent::

    <li> <article>Ada</article> <ul> <li> <article>Bo, a reply to Ada</article> </li> </ul> </li>

A list of comments, or a page of one, looks much the same, but the comments in it are equally deep.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import islice

from stance.parsing.html.marks import is_named_after
from stance.parsing.html.threads import CommentParts, PageParts, Thread
from stance.parsing.html.tree import Element
from stance.parsing.languages import IN_REPLY_TO, PARENT_LINKS, REPLY_WORDS
from stance.parsing.layouts import STRIPES

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
    return set(box.get("class", "").split()) - STRIPES


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
