"""Hold the boxes that a layout row takes for comments, and the owner of each element in them."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cached_property

from stance.parsing.html.selectors import Index
from stance.parsing.html.text import Element, own_texts, upwards
from stance.parsing.layouts import MARKUP, HtmlLayout

MOST_EVIDENCE = 3
"""Maximum evidence of a comment: a text, an author, a date."""

FORUM = re.compile(r"\b(?:for(?:um|o)s?|threads?|(?:view)?topics?)\b|форум|论坛|論壇|フォーラム", re.IGNORECASE)


class PageParts:
    """The parts of a page that are the same for every layout."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.text = index.text
        boxes = index.select(*MARKUP["selectors.no_comments"])
        self._in_no_comments = index.owners(boxes).keys() if boxes else frozenset[Element]()
        self.ids, self.parents, self.depths = (
            tuple(name_of_id for name_of_id in MARKUP[f"attributes.{name}"] if index.select(f"[{name_of_id}]"))
            for name in ("ids", "parents", "depths")
        )

    def ids_of(self, element: Element) -> list[str]:
        """Return the ids of an element, from all attributes that hold one."""
        return [name for attribute in self.ids if (name := element.get(attribute))]

    @cached_property
    def is_forum(self) -> bool:
        """Whether the page calls itself a part of a forum, in its title or address."""
        stated = (node.text or "" for node in self.index.select("title"))
        addresses = (node.get("href", "") for node in self.index.select("link[rel=canonical]"))
        return any(map(FORUM.search, (*stated, *addresses)))

    @cached_property
    def no_text(self) -> set[Element]:
        """Elements in comments that are not their writers' words."""
        fields = (field for field in self.index.select(*MARKUP["selectors.fields"]) if field.get("type") != "hidden")
        forms = {above for field in fields for above in field.iterancestors("form")}
        return forms.union(self.index.select(*MARKUP["selectors.no_text"]))

    @cached_property
    def quotes(self) -> set[Element]:
        """Elements that hold the words of another."""
        return set(self.index.select(*MARKUP["selectors.quotes"]))

    def are_comments(self, elements: Sequence[Element]) -> bool:
        """Return whether at least half of some elements are outside of boxes without comments, such as a tweet."""
        return 2 * sum(element in self._in_no_comments for element in elements) <= len(elements)

    def boxes(self, layout: HtmlLayout) -> list[Element]:
        """Return the boxes that a layout takes for comments."""
        boxes = [box for box in self.index.select(*layout.comment) if box not in self._in_no_comments]
        if boxes and layout.holds:
            holding = {above for part in self.index.select(*layout.holds) for above in part.iterancestors()}
            boxes = [box for box in boxes if box in holding]
        return boxes


class Boxes:
    """The boxes that a layout takes for comments, and the owner of each element in them."""

    def __init__(self, page: PageParts, layout: HtmlLayout, boxes: list[Element]) -> None:
        self.page = page
        self.layout = layout
        self.boxes = boxes
        self.inside = page.index.owners(boxes)

    @property
    def promise(self) -> int:
        """How much evidence there is at most: nothing of a comment without a text, a date only where one could be."""
        texts = len(self.boxes if self.layout.rest_is_text else self.texts)
        return texts * (MOST_EVIDENCE - 1) + min(texts, len(self.first(*self.layout.posted)))

    def first(self, *selectors: str) -> dict[Element, Element]:
        """Return for each comment the first element that a selector means, in none of its replies; earlier ones win."""
        nodes: dict[Element, Element] = {}
        for selector in selectors:
            if len(nodes) == len(self.boxes):
                break
            for element in self.page.index.select(selector):
                owner = self._owners.get(element)
                if owner is not None and owner is not element and element not in self._others_words:
                    nodes.setdefault(owner, element)
        return nodes

    @cached_property
    def texts(self) -> dict[Element, Element]:
        """The element of each comment that holds its text; one in another that is named so, too, where all have it."""
        texts = self.first(*self.layout.text)
        for selector in self.layout.text if len(texts) > 1 else ():
            inner = self.first(selector)
            if inner.keys() >= texts.keys() and all(texts[box] in inner[box].iterancestors() for box in texts):
                texts = inner
        return texts

    @cached_property
    def _others_words(self) -> Collection[Element]:
        """Elements in quotations, where names and dates are another's; none if every comment is a quotation."""
        quotes = [node for node in self.page.quotes if node not in self.boxes]
        are_all = len(self.boxes) > 1 and {self._owners.get(node) for node in quotes}.issuperset(self.boxes)
        return () if are_all or not quotes else self.page.index.owners(quotes).keys()

    def outside_texts(self) -> Iterator[tuple[Element, Element]]:
        """Yield the elements outside of the text of a comment, and times in it, each with the comment."""
        for element, box in self.inside.items():
            text, is_time = self.texts.get(box), element.tag == "time"
            if text is not None and any(own_texts(element)) and (is_time or text not in upwards(element)):
                yield element, box

    @cached_property
    def _owners(self) -> Mapping[Element, Element]:
        """The owner of each element in a comment, in its heading ``<dt>`` before it or in ``<dd>`` behind it."""
        owners: dict[Element, Element] = {}
        for box in self.boxes if self.boxes[0].tag == "dd" else ():
            behind = box.getnext()
            if behind is not None and behind.tag == "dd" and behind not in self.inside:
                owners |= dict.fromkeys(behind.iter("*"), box)
        for heading in self.page.index.select("dt"):
            following, around = heading.getnext(), self.inside.get(heading)
            if following is not None and self.inside.get(following) is following and around is not heading:
                owners |= dict.fromkeys(heading.iter("*"), following)
        return {**self.inside, **owners} if owners else self.inside
