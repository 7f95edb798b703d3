"""Read which comment each answers, by the boxes, attributes and links of a layout row.

Many systems wrap a comment and the list of its replies in one box, so that the replies are siblings of their parent::

    <li> <article>Ada</article> <ul> <li> <article>Bo, a reply to Ada</article> </li> </ul> </li>

A list of comments, or a page of one, looks much the same, but the comments in it are equally deep.
"""

import re
from collections.abc import Mapping
from itertools import islice

from stance.datamodels import Comment
from stance.parsing.html.boxes import Boxes
from stance.parsing.html.text import Element
from stance.parsing.phrases import phrases

LAST_NUMBER = re.compile(r"\d{1,20}$")

IN_REPLY_TO = tuple(  # "Reply to" is a button
    phrase for phrase in phrases("comment.reply_to") if phrase.split()[0] not in phrases("comment.own_actions")
)


def read_parents(boxes: Boxes, comments: Mapping[Element, Comment]) -> dict[Element, Element]:
    """Return the comment that each answers; the surest sign counts."""
    page, layout = boxes.page, boxes.layout
    posts = {box: post for box, post in comments.items() if post.text or post.author or post.posted}  # others wrap one
    # 1. The comment that it is in, or that a box of replies around it follows.
    answers = dict(zip(posts, posts, strict=True))  # what is in one of these answers its comment
    for replies in page.index.select(*layout.replies):
        # Maximum number of elements from a box of replies up to the comment that they answer.
        before = islice(replies.itersiblings(preceding=True), 10)
        if (answered := next((post for post in before if post in posts), None)) is not None:
            answers[replies] = answered
    parents = {}
    for box in comments:
        if (above := next((post for post in box.iterancestors() if post in answers), None)) is not None:
            parents[box] = answers[above]
    outermost = [box for box in comments if box not in parents]
    # 2. Attributes and links that name it.
    by_id = {name: box for box in comments for name in page.ids_of(box)}
    linked = _linked_parents(boxes, comments, by_id)
    for box in outermost:
        stated = (by_id.get(box.get(attribute, ""), box) for attribute in page.parents)
        parent = next((post for post in stated if post is not box), linked.get(box))
        if parent is not None:
            parents[box] = parent
    return parents


def _linked_parents(
    boxes: Boxes, comments: Mapping[Element, Comment], by_id: Mapping[str, Element]
) -> dict[Element, Element]:
    """Return which comments are answered, as links say: those of a layout row, and "@Ada" with her address.

    A link that is known to lead to what is answered may end with its number alone.
    """
    index, inside = boxes.page.index, boxes.inside
    parents = {}
    links = set(index.select(*boxes.layout.reply_links))
    numbers = {number[0]: box for name, box in by_id.items() if (number := LAST_NUMBER.search(name[-20:]))}
    marked = (node for node in (*index.select("[id]"), *index.select("a[name]")) if node in inside)
    marks = {node.get("name") or node.get("id") or "": inside[node] for node in marked}
    for link in index.select("a[href*=#]"):
        owner, mark = inside.get(link), link.get("href", "").rpartition("#")[2]
        if owner is None or owner is link or owner in parents or not mark:
            continue
        number = LAST_NUMBER.search(mark[-20:]) if link in links else None
        by_number = numbers.get(number[0]) if number else None
        target = by_id.get(mark, marks.get(mark, by_number))
        if target is None or target is owner:  # as of most links: a comment has its own address
            continue
        line, writer = boxes.page.text.line_of(link).casefold(), comments[target].author
        is_addressed = writer is not None and line.lstrip("@↪→>^ ") == writer.casefold()
        is_answer = line.startswith(IN_REPLY_TO) or line in phrases("comment.parent_links")
        if is_addressed or link in links or is_answer:
            parents[owner] = target
    return parents
