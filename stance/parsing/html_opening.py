"""The post that opens the thread of a forum: where a page has no article besides, the others comment on it."""

import re
from collections.abc import Iterator

from stance.parsing.html_parts import between
from stance.parsing.html_text import Element
from stance.parsing.html_threads import CommentParts, PageParts
from stance.parsing.layouts import HtmlLayout

LONGEST_POST_NUMBER = 10
"""Characters, its mark included."""

ARTICLE_LENGTH, PARAGRAPH_LENGTH = 400, 60
"""Characters of paragraphs outside a thread from which there is an article besides, and of one that counts: what forums
tell a first visitor has 270, any story more."""

_POST_NUMBER = re.compile(r"#\s?(\d{1,7})")


def opening_post(page: PageParts, layout: HtmlLayout, parts: list[CommentParts]) -> list[CommentParts]:
    """Return the post that opens the thread of a forum, where there is no other article: the others comment on it.

    :param parts: What the layout found in the page, in page order.
    :return: The first of them, or nothing.
    """
    opens = layout.is_forum and not page.index.select("link[rel=prev]")
    if not opens or not parts[0].is_comment or _number(parts[0].element) not in (None, 1):
        return []
    if _has_article(page, {part.element for part in parts}):
        return []
    return parts[:1]


def _number(post: Element) -> int | None:
    """Return the number that a post has in its thread, where it shows one: "#1"."""
    lines = ((element.text or "").strip() for element in post.iter("a", "span", "strong"))
    numbers = (_POST_NUMBER.fullmatch(line) for line in lines if len(line) <= LONGEST_POST_NUMBER)
    return next((int(number[1]) for number in numbers if number), None)


def _has_article(page: PageParts, posts: set[Element]) -> bool:
    """Tell whether there are paragraphs outside of posts, as many as even a short story has."""
    length = 0
    for element in page.index.select("p", "div", "td", "section", "article"):
        size = len(page.text.line_of(element)) if element.tag == "p" else _own_length(element)
        least = PARAGRAPH_LENGTH if element.tag == "p" else ARTICLE_LENGTH
        if size >= least and element not in posts and posts.isdisjoint(element.iterancestors()):
            length += size
        if length >= ARTICLE_LENGTH:
            return True
    return False


def _own_length(box: Element) -> int:
    """Count the characters that stand in a box itself: an article without paragraphs has its lines there."""
    return len((box.text or "").strip()) + sum(len((child.tail or "").strip()) for child in box)


def around_text(part: CommentParts) -> Iterator[Element]:
    """Yield what is in a post beside its text: the card of its writer, dates, buttons."""
    if part.source is None:
        return
    kept = {part.source, *between(part.source, part.element)}
    for above in (part.element, *between(part.source, part.element)):
        yield from (child for child in above.iterchildren("*") if child not in kept)
