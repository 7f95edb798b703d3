"""Count signs in the markup of a page against the comments that were read: other authors, and boxes not read."""

from collections.abc import Mapping
from dataclasses import replace

from stance.parsing.dates import find_date
from stance.parsing.html.markup_words import is_named_after
from stance.parsing.html.selectors import Index
from stance.parsing.html.sides import MOST
from stance.parsing.html.text import Element
from stance.parsing.phrases import phrases
from stance.parsing.thread import Thread


def with_contradictions(index: Index, thread: Thread) -> Thread:
    """Add to a thread the signs against it: in its boxes or, where none was read, on the whole page."""
    if not thread.comments:
        return replace(thread, unread=unread_boxes(index))
    text, spans = index.text, enumerate(zip(index.text.ends, index.text.firsts, index.text.lasts, strict=True), 1)
    leaves = {text.text[first:last] for number, (end, first, last) in spans if end == number}
    leaves = {" ".join(leaf.split()) for leaf in leaves}
    names, size = [post.author for post in thread.comments if post.author], len(thread.comments)
    whole = sum(name in leaves for name in names)
    return replace(
        thread,
        other_authors=_other_authors(index, index.owners(thread.elements), names, size),
        # Where all names are cut out of longer texts, the page writes more beside each.
        cut_names=min(whole, len(names) - whole) / size,
    )


def unread_boxes(index: Index) -> int:
    """Return the number of boxes of one make that are named after comments and have a date and further words."""
    makes = (make for make in index.makes if len(make) > 1 and is_named_after(phrases("markup.comments"), make[0]))
    lines = ([index.text.line_of(node) for node in make] for make in makes)
    # Maximum characters of a box in which its date is looked for.
    dated = ([line for line in texts if len(line.split()) > 2 and find_date(line[:300])] for texts in lines)
    return max(map(len, dated), default=0)


def _other_authors(index: Index, inside: Mapping[Element, Element], names: list[str], size: int) -> float:
    """Return the share of elements named after authors in the boxes of comments that hold another text."""
    shares = []
    for make in index.makes:
        if len(make) >= MOST * size and is_named_after(phrases("markup.author"), make[0]):
            lines = [index.text.line_of(node) for node in make if node in inside]
            # Maximum characters of a name.
            texts = [line for line in lines if 0 < len(line) < 40]
            if len(texts) >= MOST * size:
                shares.append(sum(text not in names for text in texts) / len(texts))
    return min(shares, default=0.0)
