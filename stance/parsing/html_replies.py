"""Whom a comment answers where neither its place inside another nor an attribute tells: by the boxes around both.

Many systems wrap a comment and the list of its replies in one box, so that the replies stand beside what they answer::

    <li> <article>Ada</article> <ul> <li> <article>Bo, who answers Ada</article> </li> </ul> </li>

A list of comments, or a page of one, looks much the same, but the comments in it are equally deep.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice

from stance.parsing.html_structure import speaks_of
from stance.parsing.html_text import Element
from stance.parsing.languages import REPLY_WORDS
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


@dataclass(frozen=True, slots=True)
class Beside:
    """What the boxes around comments tell."""

    boxes: dict[Element, Element]  # of replies, and the comment that each follows
    heads: dict[Element, Element]  # of comments: the one that each answers, which stands first in a box around both


def replies_beside(comments: Iterable[Element]) -> Beside:
    """Look for replies that stand beside what they answer.

    :param comments: In page order.
    """
    listed = list(comments)
    around = _boxes_around(listed)
    return Beside(_boxes_of_replies(listed, around), _heads(listed, around))


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


def _boxes_of_replies(comments: list[Element], around: dict[Element, _Around]) -> dict[Element, Element]:
    """Return the boxes of replies that stand right behind a comment, or its wrapper, and the comment that each follows.

    One that is called so is such a box; another is, where comments of the same make go on behind it. A further page of
    the list has nothing behind it.
    """
    among = set(comments)
    behind = [(box, comment) for comment in comments if (box := _box_behind(comment, around, among)) is not None]
    sure = {
        (box.tag, box.get("class"))
        for box, comment in behind
        if _is_called_after_replies(box, comment) or _goes_on(box, comment, around, among)
    }
    return {box: comment for box, comment in behind if (box.tag, box.get("class")) in sure}


def _box_behind(comment: Element, around: dict[Element, _Around], among: set[Element]) -> Element | None:
    """Return the box with comments that is next to one, where there is one before the next comment of its level."""
    unit = _unit(comment, around)
    for behind in islice(unit.itersiblings("*"), MOST_BETWEEN):
        if behind in among:
            break
        if behind in around:
            is_alone = not around[behind].others and not _is_called_after_replies(behind, unit)
            return None if is_alone and _are_much_alike(unit, behind) else behind
    return None


def _is_called_after_replies(box: Element, comment: Element) -> bool:
    """Tell whether a box, other than the comments themselves, is called after replies."""
    return speaks_of(REPLY_WORDS, box) and not speaks_of(REPLY_WORDS, comment)


def _unit(comment: Element, around: dict[Element, _Around]) -> Element:
    """Return the outermost box around a comment alone, or itself."""
    unit = comment
    for above in comment.iterancestors():
        if around[above].others:
            break
        unit = above
    return unit


def _goes_on(box: Element, comment: Element, around: dict[Element, _Around], among: set[Element]) -> bool:
    """Tell whether a comment, or a wrapper of one, like that before a box stands behind it, too."""
    unit = _unit(comment, around)
    if _are_alike(unit, box):
        return False
    following = (each for each in islice(box.itersiblings("*"), MOST_BETWEEN) if each in among or each in around)
    return any(_are_alike(unit, each) for each in following)


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
    """Tell whether a box holds a comment and its replies: there are more boxes like it, or one of replies in it.

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
            if around[inner].head is not head and (speaks_of(REPLY_WORDS, inner) or _is_called_alike(box, inner)):
                return True
    return False


def _are_alike(box: Element, other: Element) -> bool:
    """Tell whether two boxes have the same tag, and a class in common where either has one."""
    return box.tag == other.tag and (_is_called_alike(box, other) or not (_classes(box) or _classes(other)))


def _are_much_alike(box: Element, other: Element) -> bool:
    """Tell whether two boxes have the same tag, and at least half of the classes of one."""
    classes, others = _classes(box), _classes(other)
    return box.tag == other.tag and 2 * len(classes & others) >= min(len(classes), len(others))


def _is_called_alike(box: Element, other: Element) -> bool:
    return box.tag == other.tag and not _classes(box).isdisjoint(_classes(other))


def _classes(box: Element) -> set[str]:
    """Return the classes of a box but for those that only stripe a list."""
    return set(box.get("class", "").split()) - STRIPES
