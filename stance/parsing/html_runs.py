"""Comments without a box each: a name, a date and paragraphs, one after the other, over and over.

Everything else here reads comments by the boxes around them. So each such run gets one.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from lxml import etree

from stance.parsing.html_authors import is_profile
from stance.parsing.html_names import is_only_name
from stance.parsing.html_structure import LONGEST_STAMP, TITLES, is_comment_heading, is_stamp, speaks_of
from stance.parsing.html_text import Element, line_of
from stance.parsing.languages import COMMENT_WORDS
from stance.parsing.lines import name_like

SECTION_CLASS = "comment-runs"
"""Of the box around them all, which so is one that speaks of comments."""

FEWEST_RUNS = 2
"""Of a page: one name above one date is found in many places."""

MOST_STRAY = 0.34
"""Share of the dates in a row that may have no name above them: commenters mention dates, too."""

NAME_WORDS = 5

HEADING_REACH = 3
"""Boxes around the runs in which a heading such as "12 Comments" may stand above them."""

_NAME_TAGS = ("h2", "h3", "h4", "h5", "h6", "p", "b", "strong", "div", "span")
_DATE_TAGS = ("p", "time", "div", "span", "small", "em", "i", "h5", "h6")
_TEXT_TAGS = ("p", "blockquote", "ul", "ol", "pre", "br", "hr")

_Make = tuple[str, str, str]


def box_runs(root: Element) -> None:
    """Put a box around each run of a name, a date and a text that stands among comments, and one around them all."""
    for runs in [runs for box in root.iter("*") if len(box) >= 3 * FEWEST_RUNS and (runs := _runs(box))]:
        if _are_among_comments(runs[0][0]):
            section = runs[0][0].makeelement("div", {"class": SECTION_CLASS})
            runs[0][0].addprevious(section)
            for run in runs:
                etree.SubElement(section, "div").extend(run)


def _runs(box: Element) -> list[list[Element]]:
    """Cut what stands in a box into runs of a name, a date and a text; empty where it has no such form."""
    children = list(box.iterchildren("*"))
    heads = [i for i, (name, date) in enumerate(pairwise(children)) if _could_be_head(name, date)]
    if len(heads) < FEWEST_RUNS:
        return []
    heads = [i for i in heads if _is_only_date(children[i + 1])]
    makes = Counter(_make(children[i]) for i in heads)
    usual = max(makes, key=makes.__getitem__, default=None)
    names = [i for i in heads if _make(children[i]) == usual and _is_name(children[i])]
    if len(names) < max(FEWEST_RUNS, (1 - MOST_STRAY) * len(heads)):
        return []
    runs = [children[start:end] for start, end in pairwise((*names, len(children)))]
    runs[-1] = list(_last_run(runs[-1], {_make(each) for run in runs[:-1] for each in run[2:]}))
    return runs if all(any(map(line_of, run[2:])) for run in runs) else []


def _could_be_head(name: Element, date: Element) -> bool:
    """Tell at a glance whether an element may hold a name, and the one behind it a date."""
    if name.tag not in _NAME_TAGS or date.tag not in _DATE_TAGS or (name.tail or "").strip() or len(date) > 2:
        return False
    return len(name.text or "") <= LONGEST_STAMP and len(date.text or "") <= LONGEST_STAMP


def _is_only_date(element: Element) -> bool:
    return is_stamp(element) and is_only_name(line_of(element), "")


def _is_name(element: Element) -> bool:
    line = line_of(element)
    return name_like(line, words=NAME_WORDS) and not is_stamp(element) and all(map(_is_of_person, element.iter("a")))


def _is_of_person(link: Element) -> bool:
    """Tell whether a link is one to a commenter, or to the site of one, and not to another story."""
    return is_profile(link) or not link.get("href") or not {"nofollow", "ugc", "external"}.isdisjoint(_kinds(link))


def _kinds(link: Element) -> list[str]:
    return link.get("rel", "").lower().split()


def _make(element: Element) -> _Make:
    """Return what elements for the same purpose share: the tag, the class, and the tag that all of a line stands in."""
    inner = str(element[0].tag) if len(element) and not (element.text or "").strip() else ""
    return str(element.tag), element.get("class", ""), inner


def _last_run(run: list[Element], makes: set[_Make]) -> Iterator[Element]:
    """Yield what belongs to the last run, below which the page goes on: what other runs have, too, or paragraphs."""
    yield from run[:2]
    for element in run[2:]:
        if _make(element) not in makes and (element.tag not in _TEXT_TAGS or element.get("class")):
            break
        yield element


def _are_among_comments(first: Element) -> bool:
    """Tell whether what begins with an element stands below a heading of comments, or in what is called after them."""
    inner = first
    for above, _ in zip(first.iterancestors(), range(HEADING_REACH), strict=False):
        if any(map(is_comment_heading, inner.itersiblings(*TITLES, preceding=True))):
            return True
        if above.tag in ("html", "body"):
            return False
        if speaks_of(COMMENT_WORDS, above):
            return True
        inner = above
    return False
