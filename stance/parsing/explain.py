"""Explain the role of each block of a page, and the rule behind it.

A page is parsed as always; then its blocks are looked up in the document. So the explanation cannot change the parse,
and a block that is not in the document was left out.
"""

import re
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice

from stance.datamodels import Block, Comment, Document, Explanation, Page, PageKind, Role
from stance.parsing.article import line_kinds
from stance.parsing.dump import read_lines, section_of
from stance.parsing.dump.page import Dump, Section
from stance.parsing.html.page import page_tree, survey_page
from stance.parsing.html.tree import BLOCKS, UNSEEN, Element
from stance.parsing.line_parts import Part, is_heading, read_line
from stance.parsing.lines import Line

LONGEST_PATH = 80
"""Maximum characters of the place of an HTML block that are shown."""

RUN, MOST = 3, 0.8
"""Length of word sequences, and minimum share of them found in the body, for a block to be a part of it."""

NEXT = 3
"""Number of comments ahead whose words are looked for in a box with more words; boxes come in the order of comments."""

_BLANKS = re.compile(r"\s+")

PART_RULES = {
    Part.SAYS: "a line that names who says what follows",
    Part.NAMED_STAMP: "a name and a date",
    Part.STAMP: "a date",
    Part.ACTION: "a button: reply, share, report",
    Part.ANSWERED: "whom it answers",
    Part.JUNK: "a badge, counter or description of a picture",
    Part.ELSEWHERE: "a link from another site",
    Part.TEXT: "a name, or words that belong to no comment",
}
"""Reasons why a line of a comment section is not a part of a text."""


def explain_page(page: Page, document: Document) -> Explanation:
    """Explain each block of a page.

    :param page: The page as it was read.
    :param document: What ``parse_page`` made of it.
    :return: The blocks in page order; together they hold every word that a reader of the page sees.
    """
    blocks = _text_blocks(page, document) if page.kind is PageKind.TEXT else _html_blocks(page, document)
    return Explanation(document, tuple(blocks))


# Text dumps -----------------------------------------------------------------------------------------------------------


def _text_blocks(page: Page, document: Document) -> Iterator[Block]:
    lines = read_lines(page.text)
    dump = Dump(lines)
    found = section_of(dump)
    section = found.section if found else None
    start, end = (section.start, section.end) if section else (len(lines), len(lines))
    used = _Used(document)
    yield from _article_blocks(lines[:start], used)
    if section:
        yield from _section_blocks(lines[start:end], section, document.comments)
    for line in lines[end:]:
        yield Block(line.full, Role.LEFT_OUT, "below the comments")


def _article_blocks(lines: Sequence[Line], used: "_Used") -> Iterator[Block]:
    for line, kind in zip(lines, line_kinds(lines), strict=True):
        role = used.role(line.full) or used.role(line.text)
        if role is None:
            yield Block(line.full, Role.LEFT_OUT, kind.value)
        else:
            yield Block(line.full, role, _RULES[role])


def _section_blocks(lines: Sequence[Line], section: Section, comments: Sequence[Comment]) -> Iterator[Block]:
    starts = [comment.start or 0 for comment in comments]
    owners = {}
    for line in lines:
        place = bisect_right(starts, line.start) - 1
        if place >= 0 and line.start < (comments[place].end or 0) and line.text in comments[place].text:
            owners[line.start] = comments[place].comment_id
    form = section.form.name.lower().replace("_", " ") if section.form else "lines that are alike"
    names = {comment.author for comment in comments}
    for line in lines:
        if owner := owners.get(line.start):
            yield Block(line.full, Role.COMMENT, f"layout {section.layout}, form {form}", owner)
        elif line.text in names:
            yield Block(line.full, Role.FRAME, "the name of a commenter")
        elif is_heading(line):
            yield Block(line.full, Role.FRAME, "heading of a comment section")
        else:
            yield Block(line.full, Role.FRAME, PART_RULES[read_line(line).part])


# HTML -----------------------------------------------------------------------------------------------------------------


def _html_blocks(page: Page, document: Document) -> Iterator[Block]:
    root = page_tree(page)
    in_comments = set(survey_page(page, root).found.elements)
    used, said = _Used(document), _Said(document.comments)
    for box, text, is_comment in _boxes(root, in_comments):
        place = _place(box)
        owner = said.owner(text) if is_comment else None
        if owner:
            yield Block(text, Role.COMMENT, f"layout {document.layout}, in {place}", owner)
        elif is_comment:
            yield Block(text, Role.FRAME, f"layout {document.layout}: name, date or button, in {place}")
        elif role := used.role(text):
            yield Block(text, role, f"{_RULES[role]}, in {place}")
        else:
            yield Block(text, Role.LEFT_OUT, f"no part of the article, in {place}")


def _boxes(root: Element, in_comments: set[Element]) -> Iterator[tuple[Element, str, bool]]:
    """Walk the boxes that hold words of their own: each word goes to the innermost block around it, in page order."""
    owner: dict[Element, Element] = {}
    inside: set[Element] = set()
    hidden: set[Element] = set()
    seen: dict[Element, list[str]] = {}
    for element in root.iter():
        parent = element.getparent()
        if element in in_comments or parent in inside:
            inside.add(element)
        if not isinstance(element.tag, str) or element.tag in UNSEEN or parent in hidden:
            hidden.add(element)
        is_box = element.tag in BLOCKS and element.tag != "br"
        owner[element] = element if parent is None or is_box else owner[parent]
        if element not in hidden:
            seen.setdefault(owner[element], []).append(element.text or "")
        if parent is not None and parent not in hidden:
            seen.setdefault(owner[parent], []).append(" " if element.tag == "br" else "")
            seen[owner[parent]].append(element.tail or "")
    for box, pieces in seen.items():
        if text := _plain("".join(pieces)):
            yield box, text, box in inside


class _Said:
    """The comments of a page, to look up the words of a box."""

    def __init__(self, comments: Sequence[Comment]) -> None:
        self._lines = {_plain(line): c.comment_id for c in comments for line in (c.text, *c.text.split("\n"))}
        self._waiting = deque((_plain(comment.text), comment.comment_id) for comment in comments)

    def owner(self, text: str) -> str | None:
        """Return the comment that a box belongs to: it is a line of it, or holds all words of one of the next."""
        owner = self._lines.get(text)
        if owner is None:
            owner = next((each for words, each in islice(self._waiting, NEXT) if words in text), None)
        while owner and self._waiting and owner in {each for _, each in islice(self._waiting, NEXT)}:
            self._waiting.popleft()
        return owner


def _place(box: Element) -> str:
    """Name the box as a selector would: its tag, id and classes, or those of the first box around it that has any."""
    for element in (box, *box.iterancestors()):
        names = element.get("id", "").split()[:1], element.get("class", "").split()
        if any(names):
            return f"{element.tag}{''.join('#' + n for n in names[0])}{''.join('.' + n for n in names[1])}"[
                :LONGEST_PATH
            ]
    return str(box.tag)


# Both -----------------------------------------------------------------------------------------------------------------

_RULES = {Role.TITLE: "the title", Role.LEAD: "set apart below the title", Role.BODY: "a paragraph of the article"}


class _Used:
    """The words of a document, to look up blocks."""

    def __init__(self, document: Document) -> None:
        self._title = _plain(document.title or "")
        self._lead = _plain(document.lead or "")
        self._body = {run for paragraph in document.body for run in _runs(paragraph)}

    def role(self, text: str) -> Role | None:
        """Return the role of a block; None where the document does not hold its words.

        A block and a paragraph need not be cut alike, so runs of words are compared, and most must be there.
        """
        plain = _plain(text)
        if plain and plain in (self._title, self._lead):
            return Role.TITLE if plain == self._title else Role.LEAD
        runs = _runs(plain)
        if runs and sum(run in self._body for run in runs) >= MOST * len(runs):
            return Role.BODY
        return None


def _runs(text: str) -> list[tuple[str, ...]]:
    """Cut a text into runs of ``RUN`` words; a shorter text is one run, marked as whole."""
    words = text.split()
    if len(words) < RUN:
        return [("", *words)] if words else []
    return [tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1)]


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", text).strip()
