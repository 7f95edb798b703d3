"""Read the comments in boxes: date, author, text, votes, and the comment that each answers.

Selectors of a layout row name the parts; the text comes last: a selector's element, or the rest of the comment. Parents
are known by boxes, attributes, links and depth.
Many systems wrap a comment and the list of its replies in one box, so that the replies are siblings of their parent::

    <li> <article>Ada</article> <ul> <li> <article>Bo, a reply to Ada</article> </li> </ul> </li>

A list of comments, or a page of one, looks much the same, but the comments in it are equally deep.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice, pairwise

from stance.datamodels import Comment
from stance.parsing.cleaning import is_deleted
from stance.parsing.dates import find_date, parse_date
from stance.parsing.html.boxes import LONGEST_LINE, Boxes, PageParts, is_named_after, is_only_date, is_stamp, name_in
from stance.parsing.html.tree import Element
from stance.parsing.languages import phrases
from stance.parsing.layouts import MARKUP
from stance.parsing.lines import mask_numbers

LONGEST_DATE = 60
"""Maximum characters of an element that is a date; a longer one holds other things, too."""

LONGEST_STYLE = 500
"""Maximum characters of a style that is looked at."""

IN_REPLY_TO = tuple(  # "Reply to" is a button
    phrase for phrase in phrases("comment.reply_to") if phrase.split()[0] not in phrases("comment.own_actions")
)
_AROUND_DATES = " ,|·•–—-:@#()"
_VOTES = re.compile(r"[+−-]?\d{1,7}")
_SIGNATURE = re.compile(r"\n_{10,}+(?:\n.*)?\Z", re.DOTALL)  # of a member, below a post
_LAST_NUMBER = re.compile(r"\d{1,20}$")
_INDENT = re.compile(r"(?:margin|padding)-(?:left|inline-start)\s*:\s*(\d{1,4})(?:px|r?em|%)")
_DEPTH = re.compile(r"\s(?:[\w-]{0,30}(?:depth|level|indent|lvl|nesting)[-_]?)?(\d{1,2})(?=\s|$)")


def read_comments(boxes: Boxes) -> list[Comment]:
    """Read the comments in some boxes, one for each, in page order; some may turn out to be none."""
    page, layout = boxes.page, boxes.layout
    authors, named = _read_authors(boxes)
    dates, dated = _read_dates(boxes)
    leave_out = {*boxes.boxes, *page.no_text, *named, *dated}
    around = (
        leave_out.union(page.index.select(*MARKUP["selectors.parts_around_text"])) if layout.rest_is_text else set()
    )
    votes = {box: each.get("content") or page.text.line_of(each) for box, each in boxes.first(*layout.votes).items()}
    comments: dict[Element, Comment] = {}
    for number, box in enumerate(boxes.boxes, 1):
        source = text_element(boxes, box)
        left_out = around if source is box else leave_out
        text = page.text.text_of(source, left_out) if source is not None else ""
        comments[box] = Comment(
            comment_id=f"c{number}",
            text=_SIGNATURE.sub("", text) if layout.is_forum else text,
            author=authors.get(box),
            posted=dates.get(box),
            votes=int(votes[box].replace("−", "-")) if _VOTES.fullmatch(votes.get(box, "")) else None,
            quoted=_quoted(page, source, left_out) if source is not None and page.quotes else None,
        )
    parents = _read_parents(boxes, comments)
    ids = {box: comments[parent].comment_id for box, parent in parents.items()}
    return [replace(each, reply_to=ids.get(box)) for box, each in comments.items()]


def text_element(boxes: Boxes, box: Element) -> Element | None:
    """Return the element that holds the text of a comment: the box itself where that is what remains of it."""
    return boxes.texts.get(box, box if boxes.layout.rest_is_text else None)


def is_said(text: str) -> bool:
    """Return whether a text is more than a date that was left over, or a note that it was deleted."""
    return _is_short_said(text) if len(text) <= LONGEST_LINE else bool(text.strip(_AROUND_DATES))


@lru_cache(maxsize=4096)
def _is_short_said(text: str) -> bool:
    date = find_date(text) if len(text) <= LONGEST_DATE else None
    rest = text if date is None else text[: date.start] + text[date.end :]
    return bool(rest.strip(_AROUND_DATES)) and not is_deleted(text)


def _quoted(page: PageParts, source: Element, leave_out: set[Element]) -> str | None:
    """Return the words of the quotations in a text that are in no other quotation and in no reply."""
    inside = (each for each in source.iterdescendants("*") if each in page.quotes)
    outer = [each for each in inside if not any(a in page.quotes or a in leave_out for a in between(each, source))]
    return "\n".join(text for each in outer if (text := page.text.text_of(each, leave_out))) or None


def between(element: Element, top: Element) -> list[Element]:
    """Return the elements around an element inside another, the innermost first."""
    around = []
    for above in element.iterancestors():
        if above is top:
            break
        around.append(above)
    return around


def _read_dates(boxes: Boxes) -> tuple[dict[Element, str], set[Element]]:
    """Return the dates of comments, and the elements that hold a date and nothing else, relative ones included."""
    dates: dict[Element, str] = {}
    dated: set[Element] = set()
    for selector in boxes.layout.posted:
        for box, element in boxes.first(selector).items():
            if box not in dates:
                line, date = boxes.page.text.line_of(element), date_shown(boxes.page, element)
                if date:
                    dates[box] = date
                is_date = (element.tag == "time" or is_stamp(element)) and is_only_date(line)
                if is_date or (date and len(line) <= LONGEST_DATE):
                    dated.add(element)
    if not dates:  # the first date of each comment outside of its text counts
        for element, box in boxes.outside_texts():
            if box not in dates and is_stamp(element):
                dates |= {box: date} if (date := date_shown(boxes.page, element)) else {}
                dated.add(element)
    return dates, dated


def date_shown(page: PageParts, element: Element) -> str | None:
    """Return the date of an element; to the minute, where only a part of it has the time."""
    date = _attribute_date(element) or parse_date(page.text.line_of(element))
    if date and "T" in date:
        return date
    parts = element.iterdescendants("*")
    if date is None:
        return next(filter(None, map(_attribute_date, parts)), None)
    inner = (given for each in parts if (given := _attribute_date(each) or parse_date(page.text.line_of(each))))
    return next((given for given in inner if given.startswith(f"{date}T")), date)


def _attribute_date(element: Element) -> str | None:
    given = (value for name in ("datetime", "content", "title") if (value := element.get(name)))
    return next((date for value in given if (date := parse_date(value))), None)


def _read_authors(boxes: Boxes) -> tuple[dict[Element, str], set[Element]]:
    """Return the authors of comments, and the elements that hold a name and nothing of a text."""
    page, layout = boxes.page, boxes.layout
    authors: dict[Element, str] = {}
    named: set[Element] = set()
    for selector in layout.author:
        found = [
            (box, element, name)
            for box, element in boxes.first(selector).items()
            if box not in authors
            and (name := name_in(page.text.line_of(element, page.no_text) or page.text.label_of(element)))
        ]
        numbers = sum(name[0].isdigit() and mask_numbers(name) == mask_numbers(found[0][2]) for *_, name in found)
        if numbers < 3 or numbers <= 0.6 * len(found):  # "1", "2": links to comments
            authors |= {box: name for box, _, name in found}
            named.update(element for _, element, _ in found)
    for attribute in layout.author_attributes:
        given = {box: name_in(box.get(attribute, "")[:LONGEST_LINE].rstrip(" .")) for box in boxes.boxes}
        authors = {box: name for box, name in given.items() if name} | authors
    if joined := set(page.index.select(*layout.joined)):
        for before, box in pairwise(boxes.boxes):
            if box in joined and box not in authors and before in authors:
                authors[box] = authors[before]
    return authors, named


# Parents --------------------------------------------------------------------------------------------------------------


def _read_parents(boxes: Boxes, comments: Mapping[Element, Comment]) -> dict[Element, Element]:
    """Return the comment that each answers; the surest sign counts."""
    page, layout = boxes.page, boxes.layout
    shown = {box: each for box, each in comments.items() if each.text or each.author or each.posted}  # others wrap one
    # 1. The comment that it is in, or that a box of replies around it follows.
    before = _comments_before(page.index.select(*layout.replies), shown)
    parents = {box: above for box in comments if (above := _comment_around(box, shown, before)) is not None}
    outermost = [box for box in comments if box not in parents]
    # 2. Attributes and links that name it.
    by_id = {name: box for box in comments for name in page.ids_of(box)}
    linked = _linked_parents(boxes, comments, by_id)
    for box in outermost:
        stated = (by_id.get(box.get(attribute, ""), box) for attribute in page.parents)
        parent = next((each for each in stated if each is not box), linked.get(box))
        if parent is not None:
            parents[box] = parent
    # 3. The last one before that is less deep, by a class, an attribute or an indent.
    levels = boxes.first(*layout.depth)
    has_indents = not layout.is_forum and "style" in page.index.attributes
    indents = _indents(list(shown)) if has_indents else {}
    depths: dict[Element, int] = {}
    for box in outermost:
        depth = _depth(page, box, levels.get(box, box))
        depth = indents.get(box) if depth is None else depth
        if box not in parents and depth is not None:
            depths[box] = depth
    # 4. The same by the boxes around: a reply is in more of them, and comments of a list are in equally many.
    in_tree: dict[Element, Element] = {}
    if not layout.is_forum and len({box.getparent() for box in outermost}) > 1:
        in_tree = _parents_in_tree(list(shown))
    return {box: each for box, each in in_tree.items() if box not in depths} | _parents_by_depth(depths) | parents


def _parents_in_tree(comments: Sequence[Element]) -> dict[Element, Element]:
    """Return for replies the comment that alone is in fewer boxes than all others in a box around both."""
    depths = {box: sum(1 for _ in box.iterancestors()) for box in comments}
    heads: dict[Element, tuple[Element, int]] = {}  # of each box: the first of the least deep comments, their number
    for box in comments:
        for above in box.iterancestors():
            head, count = heads.get(above, (box, 0))
            if depths[box] <= depths[head]:
                heads[above] = (head, count + 1) if depths[box] == depths[head] else (box, 1)
    parents: dict[Element, Element] = {}
    above_it: set[Element] = set()
    for box in comments:
        around = (heads[above] for above in box.iterancestors())
        answered = next((head for head, count in around if count == 1 and head is not box), None)
        if answered in above_it:
            parents[box] = answered
        above_it.add(box)
    roots = [box for box in comments if box not in parents]
    if len(roots) == 1:  # perhaps a comment that was set above the list of all
        words = phrases("markup.replies")
        direct = [box for box, answered in parents.items() if answered is roots[0]]
        is_thread = any(is_named_after(words, above) for box in direct for above in islice(box.iterancestors(), 4))
        parents = parents if is_thread else {box: each for box, each in parents.items() if box not in direct}
    return parents


def _parents_by_depth(depths: Mapping[Element, int]) -> dict[Element, Element]:
    """Return for comments in page order the last one before that is less deep."""
    parents: dict[Element, Element] = {}
    open_ones: list[tuple[int, Element]] = []  # of the thread so far, the innermost last
    for box, depth in depths.items():
        while open_ones and open_ones[-1][0] >= depth:
            open_ones.pop()
        if open_ones:
            parents[box] = open_ones[-1][1]
        open_ones.append((depth, box))
    return parents


def _comments_before(boxes: list[Element], comments: Collection[Element]) -> dict[Element, Element | None]:
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


def _comment_around(
    box: Element, comments: Collection[Element], before: Mapping[Element, Element | None]
) -> Element | None:
    """Return the comment that another is in, or that a box of replies around it follows."""
    for above in box.iterancestors():
        if above in comments:
            return above
        if (answered := before.get(above)) is not None:
            return answered
    return None


def _linked_parents(
    boxes: Boxes, comments: Mapping[Element, Comment], by_id: Mapping[str, Element]
) -> dict[Element, Element]:
    """Return which comments are answered, as links say: "in reply to Ada", "parent", "@Ada" with her address.

    A link that is known to lead to what is answered may end with its number alone.
    """
    index = boxes.page.index
    parents: dict[Element, Element] = {}
    places: dict[str, Element] = {}  # the comment that each place is in to which a link may lead
    known = set(index.select(*boxes.layout.reply_links))
    numbers = {number[0]: box for name, box in by_id.items() if (number := _LAST_NUMBER.search(name[-20:]))}
    for link in index.select("a"):
        owner = boxes.owner(link)
        mark = link.get("href", "").rpartition("#")[2] if "#" in link.get("href", "") else ""
        if owner is None or owner is link or owner in parents or not mark:
            continue
        target = by_id.get(mark)
        if target is None:
            if not places:
                marked = [(each.get("id", ""), each) for each in index.select("[id]")]
                marked += [(each.get("name", ""), each) for each in index.select("a[name]")]
                places = {name: found for name, each in marked if (found := boxes.owner(each)) is not None}
            number = _LAST_NUMBER.search(mark[-20:]) if link in known else None
            target = places.get(mark, numbers.get(number[0]) if number else None)
        if target is None or target is owner:  # as of most links: a comment has its own address
            continue
        line, writer = boxes.page.text.line_of(link).casefold(), comments[target].author
        is_addressed = writer is not None and line.lstrip("@↪→>^ ") == writer.casefold()
        is_answer = line.startswith(IN_REPLY_TO) or line in phrases("comment.parent_links")
        if is_addressed or link in known or is_answer or "in-reply-to" in link.get("class", ""):
            parents[owner] = target
    return parents


def _depth(page: PageParts, box: Element, inner: Element) -> int | None:
    """Return how deep a comment is in its thread by a class such as ``depth-2`` or an attribute.

    :param inner: The element in the comment that has that attribute.
    """
    given = next((level for name in page.depths if (level := inner.get(name))), "")
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
