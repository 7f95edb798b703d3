"""Read the comments in the boxes of a layout row: date, author, text and votes.

Words in names of classes, dates, and names in lines such as "Ada says:" are recognised the same way for every layout.
Selectors of a layout row name the parts; the text comes last: a selector's element, or the rest of the comment.
"""

import re
from collections import defaultdict
from dataclasses import replace
from itertools import pairwise, takewhile

from stance.datamodels import Comment
from stance.parsing.cleaning import is_deleted
from stance.parsing.dates import find_date, parse_date
from stance.parsing.html.boxes import Boxes, PageParts
from stance.parsing.html.markup_words import is_named_after
from stance.parsing.html.replies import read_parents
from stance.parsing.html.stamps import (
    LONGEST_DATE,
    LONGEST_LINE,
    LONGEST_STAMP,
    MOST_PARTS,
    attribute_date,
    is_only_date,
    is_stamp,
    name_in,
)
from stance.parsing.html.text import Element, own_texts
from stance.parsing.layouts import MARKUP
from stance.parsing.phrases import phrases
from stance.parsing.votes import read_count

SMILEY = re.compile(r"[:;]-?[()]")

SIGNATURE = re.compile(r"\n_{10,}+(?:\n.*)?\Z", re.DOTALL)  # of a member, below a post

INDENT = re.compile(r"(?:margin|padding)-(?:left|inline-start)\s{0,9}:\s{0,9}(\d{1,4})(?:px|r?em|%)")

LONGEST_STYLE = 500
"""Maximum characters of a style that is looked at."""

LONGEST_NOTE = 15
"""Maximum number of words of a note of the page within comments."""

PROSE_WORDS = 5
"""Maximum number of words beside a time that is the comment's."""

_AROUND_DATES = " ,|·•–—-:@#()"


def read_comments(boxes: Boxes) -> list[Comment]:
    """Read the comments in some boxes, one for each, in page order; some may turn out to be none."""
    page, layout = boxes.page, boxes.layout
    authors, name_nodes = _read_authors(boxes)
    dates, dated = _read_dates(boxes)
    notes = _notes(boxes)
    leave_out = {*boxes.boxes, *page.no_text, *name_nodes, *dated, *notes}
    around = (
        leave_out.union(page.index.select(*MARKUP["selectors.parts_around_text"])) if layout.rest_is_text else set()
    )
    bodies = _bodies(boxes, around.difference(notes)) if layout.rest_is_text else {}
    votes = {
        box: next(filter(None, map(post.get, MARKUP["attributes.votes"])), None) or page.text.line_of(post)
        for box, post in boxes.first(*layout.votes).items()
    }
    comments = {}
    for number, box in enumerate(boxes.boxes, 1):
        source = boxes.texts.get(box, bodies.get(box, box) if layout.rest_is_text else None)
        left_out = leave_out if source is boxes.texts.get(box) else around
        text = page.text.text_of(source, left_out) if source is not None else ""
        comments[box] = Comment(
            comment_id=f"c{number}",
            text=SIGNATURE.sub("", text) if layout.is_forum else text,
            author=authors.get(box),
            posted=dates.get(box),
            votes=read_count(votes.get(box, "")),
            quoted=_quoted(page, source, left_out) if source is not None and page.quotes else None,
        )
    parents = read_parents(boxes, comments)
    ids = {box: comments[parent].comment_id for box, parent in parents.items()}
    return [replace(post, reply_to=ids.get(box)) for box, post in comments.items()]


def _bodies(boxes: Boxes, leave_out: set[Element]) -> dict[Element, Element]:
    """Return the elements of one make, named after texts, that hold nearly all that remains of most comments."""
    makes = defaultdict[tuple[str, str], dict[Element, Element]](dict)
    for element, box in boxes.inside.items():
        if box not in boxes.texts and element is not box and element not in leave_out and _is_body(element):
            makes[str(element.tag), element.get("class", "")].setdefault(box, element)
    for bodies in makes.values():
        if len(bodies) >= len(boxes.boxes) - len(boxes.texts):
            sizes = [[len(boxes.page.text.line_of(node, leave_out)) for node in pair] for pair in bodies.items()]
            if all(0 < size <= total <= size + min(size, LONGEST_STAMP) for total, size in sizes):
                return bodies
    return {}


def _is_body(element: Element) -> bool:
    return bool(element.get("class")) and is_named_after(phrases("markup.text"), element)


def _notes(boxes: Boxes) -> list[Element]:
    """Return the elements at an edge of comments that have a class, a link and the same words in several."""
    makes = defaultdict[tuple[str, str], dict[Element, Element]](dict)
    for link in boxes.page.index.select("a"):
        note, box = link.getparent(), boxes.inside.get(link)
        if note is not None and box is not None and note is not box and note.get("class") and len(note) <= MOST_PARTS:
            line = boxes.page.text.line_of(note)
            is_edge = not (note.tail or "").strip() or not (note.getprevious() is None and (note.text or "").strip())
            if is_edge and 3 <= len(line.split()) <= LONGEST_NOTE and not find_date(line):
                makes[note.get("class", ""), line][box] = note
    return [note for notes in makes.values() if len(notes) > 1 for note in notes.values()]


def is_said(text: str) -> bool:
    """Return whether a text is more than a date that was left over, or a note that it was deleted."""
    date = find_date(text) if len(text) <= LONGEST_DATE else None
    plain = text if date is None else text[: date.start] + text[date.end :]
    is_note = len(text) <= LONGEST_LINE and is_deleted(text)
    return bool(plain.strip(_AROUND_DATES) or SMILEY.search(plain)) and not is_note


def _quoted(page: PageParts, source: Element, leave_out: set[Element]) -> str | None:
    """Return the words of the quotations in a text that are in no other quotation and in no reply."""
    inside = (node for node in source.iterdescendants("*") if node in page.quotes)
    outer = []
    for node in inside:
        around = takewhile(lambda above: above is not source, node.iterancestors())
        if not any(above in page.quotes or above in leave_out for above in around):
            outer.append(node)
    return "\n".join(text for node in outer if (text := page.text.text_of(node, leave_out))) or None


def _read_dates(boxes: Boxes) -> tuple[dict[Element, str], set[Element]]:
    """Return the dates of comments, and the elements that hold a date and nothing else, relative ones included."""
    dates = {}
    dated = set()
    index = boxes.page.index
    texts = index.owners(boxes.texts.values())
    inside = [node for node in index.select("a", "time") if node in texts and (node.tag == "a" or _is_in_prose(node))]
    linked = index.owners(inside)  # whose dates are of other pages, or of what the text tells
    for selector in boxes.layout.posted:
        elements = {box: element for box, element in boxes.first(selector).items() if element not in linked}
        pairs = {box: (element, date_shown(boxes.page, element)) for box, element in elements.items()}
        # Where all comments have one date, it may be that of a template, in attributes: the date that is shown counts.
        is_one = len(pairs) > 1 and len({date for _, date in pairs.values()}) == 1
        for box, (element, date) in pairs.items():
            if box not in dates:
                line = boxes.page.text.line_of(element)
                if is_one and date and (day := parse_date(line)) and day[:10] != date[:10]:
                    date = day
                if date:
                    dates[box] = date
                is_date = date and len(line) <= LONGEST_DATE
                if is_date or ((element.tag == "time" or is_stamp(element)) and is_only_date(line)):
                    dated.add(element)
    if not dates:  # the first date of each comment outside of its text counts
        for element, box in boxes.outside_texts():
            if box not in dates and element not in linked and is_stamp(element):
                dates |= {box: date} if (date := date_shown(boxes.page, element)) else {}
                dated.add(element)
    return dates, dated


def _is_in_prose(element: Element) -> bool:
    around = element.getparent()
    return around is not None and len(" ".join(own_texts(around)).split()) > PROSE_WORDS


def date_shown(page: PageParts, element: Element) -> str | None:
    """Return the date of an element; to the minute, where only a part of it has the time."""
    date = attribute_date(element) or parse_date(page.text.line_of(element))
    if date and "T" in date:
        return date
    parts = element.iterdescendants("*")
    if date is None:
        return next(filter(None, map(attribute_date, parts)), None)
    inner = (value for part in parts if (value := attribute_date(part) or parse_date(page.text.line_of(part))))
    return next((value for value in inner if value.startswith(f"{date}T")), date)


def _read_authors(boxes: Boxes) -> tuple[dict[Element, str], set[Element]]:
    """Return the authors of comments, and the elements that hold a name and nothing of a text."""
    page, layout = boxes.page, boxes.layout
    authors = {}
    nodes = set()
    for selector in layout.author:
        for box, element in boxes.first(selector).items():
            line = page.text.line_of(element, page.no_text) or page.text.label_of(element)
            if box not in authors and (name := name_in(line)):
                authors[box] = name
                nodes.add(element)
    for attribute in layout.author_attributes:
        names = {box: name_in(box.get(attribute, "")[:LONGEST_LINE].rstrip(" .")) for box in boxes.boxes}
        authors = {box: name for box, name in names.items() if name} | authors
    if joined := set(page.index.select(*layout.joined)):
        for before, box in pairwise(boxes.boxes):
            if box in joined and box not in authors and before in authors:
                authors[box] = authors[before]
    return authors, nodes
