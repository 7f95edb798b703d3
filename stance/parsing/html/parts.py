"""Read the comments in the boxes of a layout row: date, author, text, votes, and the comment that each answers.

Words in names of classes, dates, and names in lines such as "Ada says:" are recognised the same way for every layout.

Selectors of a layout row name the parts; the text comes last: a selector's element, or the rest of the comment. Parents
are known by boxes, attributes, links and depth.
Many systems wrap a comment and the list of its replies in one box, so that the replies are siblings of their parent::

    <li> <article>Ada</article> <ul> <li> <article>Bo, a reply to Ada</article> </li> </ul> </li>

A list of comments, or a page of one, looks much the same, but the comments in it are equally deep.
"""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from itertools import islice, pairwise, takewhile

from stance.datamodels import Comment
from stance.parsing.cleaning import is_deleted
from stance.parsing.counts import read_count
from stance.parsing.dates import find_date, is_day, parse_date
from stance.parsing.html.tree import BLOCKS, Element, Index, own_texts, upwards
from stance.parsing.language import phrases, words_of_phrases
from stance.parsing.layouts import MARKUP, HtmlLayout
from stance.parsing.line_parts import trim_edges, without_addresses, without_joints, without_marks
from stance.parsing.lines import letter_words


class PartsConstants:
    """Constants of this module."""

    longest_author = 80
    """Maximum characters of a name; a longer 'author' is a sentence that a selector hit by accident."""
    longest_line = 200
    """Maximum characters of a line with a name and a date."""
    before_date = re.compile(
        rf"(?:^|\s)(?:{'|'.join(phrases('date.before'))})(?:\s(?:{'|'.join(phrases('date.weekdays'))}))?[\s,:]{{0,3}}$",
        re.IGNORECASE,
    )
    words_around_a_name = words_of_phrases("comment.says", "comment.credited", "date.before")
    date_attribute = re.compile(r"data-(?:[a-z]+-?)?(?:u?time|date|stamp|created|posted|published)", re.IGNORECASE)
    epoch = re.compile(r"(?:9\d{8}|[1-3]\d{9})(?:\.\d{1,6}|\d{3})?")
    """Pattern of seconds or milliseconds since 1970, from July 1998 on."""
    longest_date = 60
    """Maximum characters of an element that is a date; a longer one holds other things, too."""
    smiley = re.compile(r"[:;]-?[()]")
    signature = re.compile(r"\n_{10,}+(?:\n.*)?\Z", re.DOTALL)  # of a member, below a post
    reply_reach = 10
    """Maximum number of elements from a box of replies up to the comment that they answer."""
    last_number = re.compile(r"\d{1,20}$")
    indent = re.compile(r"(?:margin|padding)-(?:left|inline-start)\s{0,9}:\s{0,9}(\d{1,4})(?:px|r?em|%)")
    longest_style = 500
    """Maximum characters of a style that is looked at."""
    depth = re.compile(r"\s(?:[\w-]{0,30}(?:depth|level|indent|lvl|nesting)[-_]?)?(\d{1,2})(?=\s|$)")


_C = PartsConstants


LONGEST_STAMP, MOST_PARTS = 80, 8
"""Maximum characters, and maximum elements in it, of an element that holds a date, perhaps a name, and nothing else."""


MOST_EVIDENCE = 3
"""Maximum evidence of a comment: a text, an author, a date."""


BODIES = 1.0
"""Share of comments that must have an element of their own for the text."""


LONGEST_NOTE = 15
"""Maximum number of words of a note of the page that stands in comments."""


FEWEST_SUBJECTS, SUBJECTS = 3, 0.8
"""Minimum number, and share, of texts that begin with an element of one make for it to hold their subjects."""


_WORDS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])")
_YEAR = re.compile(r"(?:19|20)\d\d")


# Words of classes and ids ---------------------------------------------------------------------------------------------


def words_of(element: Element) -> str:
    """Return the words in an element's class, id and kind, in lower case."""
    get = element.get  # for each element several times; a loop over the names takes twice as long
    return _words_of_names(
        f"{get('class', '')} {get('id', '')} {get('itemprop', '')} {get('itemtype', '')} {get('typeof', '')}"[:400]
    )


@lru_cache(maxsize=8192)
def _words_of_names(names: str) -> str:
    return " ".join(_WORDS.findall(names)).lower()


def is_named_after(pattern: tuple[str, ...], element: Element) -> bool:
    """Return whether a class or id has one of some words; a word with ``*`` may be a part of another."""
    return has_words(pattern, words_of(element))


@lru_cache(maxsize=32768)
def has_words(pattern: tuple[str, ...], words: str) -> bool:
    """Return whether some words have one of a pattern."""
    if not words:
        return False
    own = words.split()
    return any(word[1:] in words if word.startswith("*") else word in own for word in pattern)


# Dates and names ------------------------------------------------------------------------------------------------------


def is_stamp(element: Element) -> bool:
    """Return whether an element is a time and little else, or a short line such as "8 mo" with a time in its title."""
    if len(element) > MOST_PARTS:
        return False
    line = " ".join("".join(map(str, element.itertext("*"))).split() if len(element) else (element.text or "").split())
    if 1 < len(line) <= LONGEST_STAMP and find_date(line):
        return True
    title = element.get("title", "")[: LONGEST_STAMP + 1]
    is_date = 0 < len(title) <= LONGEST_STAMP and _YEAR.search(title) and parse_date(title)
    return bool(is_date) and 0 < len(line) <= LONGEST_STAMP


_SAYS = re.compile(rf"(?:\s(?:{'|'.join(phrases('comment.says'))})\s?(?::|\.\.\.|…)?|\s?:)$", re.IGNORECASE)
_POST_NUMBER = re.compile(r"^#\s?\d{1,5}(?:$|\s[—–|·•-]\s)")  # alone, or apart from what follows
_CREDIT = re.compile(rf"(?:{'|'.join(phrases('comment.credited'))}):?\s", re.IGNORECASE)


@lru_cache(maxsize=4096)
def name_in(line: str) -> str | None:
    """Return the name in a line such as "Comment by Ada — 3 May 2014" or "Ada says:"."""
    line = _POST_NUMBER.sub("", line, count=1)
    date = find_date(line) if len(line) <= _C.longest_line else None
    if date:
        before = without_joints(_C.before_date.sub("", line[: date.start].rstrip(" ,|·•–—-:@#(")))
        line = before if any(map(str.isalnum, before)) else line[date.end :]
    line = trim_edges(line)
    credit = _CREDIT.match(line)
    name = (line[credit.end() :] if credit else line).rstrip(" ,;|")
    name = trim_edges(_SAYS.sub("", name))
    name = without_marks(without_addresses(trim_edges(name)))
    is_name = 0 < len(name) <= _C.longest_author and any(map(str.isalnum, name)) and not is_day(name)
    return name if is_name else None


def opens_with_credit(line: str) -> bool:
    """Return whether a line begins with such words as "Comment by"."""
    return _CREDIT.match(line) is not None


@lru_cache(maxsize=4096)
def is_only_date(line: str) -> bool:
    """Return whether a line is a date with words such as "on" at most."""
    date = find_date(line) if len(line) <= _C.longest_line else None
    rest = f"{line[: date.start]} {line[date.end :]}" if date else line
    return len(line) <= _C.longest_line and _C.words_around_a_name.issuperset(letter_words(rest))


# Boxes ----------------------------------------------------------------------------------------------------------------


class PageParts:
    """The parts of a page that are the same for every layout."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.text = index.text
        boxes = index.select(*MARKUP["selectors.no_comments"])
        self._in_no_comments = index.owners(boxes).keys() if boxes else frozenset[Element]()
        self.ids, self.parents, self.depths = (
            tuple(each for each in MARKUP[f"attributes.{name}"] if index.select(f"[{each}]"))
            for name in ("ids", "parents", "depths")
        )

    def ids_of(self, element: Element) -> list[str]:
        """Return the ids of an element, from all attributes that hold one."""
        return [name for attribute in self.ids if (name := element.get(attribute))]

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
        found: dict[Element, Element] = {}
        for selector in selectors:
            if len(found) == len(self.boxes):
                break
            for element in self.page.index.select(selector):
                owner = self._owners.get(element)
                if owner is not None and owner is not element and element not in self._others_words:
                    found.setdefault(owner, element)
        return found

    @cached_property
    def texts(self) -> dict[Element, Element]:
        """The element of each comment that holds its text."""
        return self.first(*self.layout.text)

    @cached_property
    def _others_words(self) -> Collection[Element]:
        """Elements in quotations, where names and dates are another's; none if every comment is a quotation."""
        quotes = [each for each in self.page.quotes if each not in self.boxes]
        are_all = len(self.boxes) > 1 and {self._owners.get(each) for each in quotes}.issuperset(self.boxes)
        return () if are_all or not quotes else self.page.index.owners(quotes).keys()

    def outside_texts(self) -> Iterator[tuple[Element, Element]]:
        """Yield the elements outside of the text of a comment, and times in it, each with the comment."""
        for element, box in self.inside.items():
            text, is_time = self.texts.get(box), element.tag == "time"
            if text is not None and any(own_texts(element)) and (is_time or text not in upwards(element)):
                yield element, box

    @cached_property
    def _owners(self) -> Mapping[Element, Element]:
        """The owner of each element in a comment, or in its heading: ``<dt>`` before ``<dd>``."""
        owners: dict[Element, Element] = {}
        for heading in self.page.index.select("dt"):
            following, around = heading.getnext(), self.inside.get(heading)
            if following is not None and self.inside.get(following) is following and around is not heading:
                owners |= {each: following for each in heading.iter("*") if self.inside.get(each) is around}
        return {**self.inside, **owners} if owners else self.inside


# Comments -------------------------------------------------------------------------------------------------------------


IN_REPLY_TO = tuple(  # "Reply to" is a button
    phrase for phrase in phrases("comment.reply_to") if phrase.split()[0] not in phrases("comment.own_actions")
)
_AROUND_DATES = " ,|·•–—-:@#()"


def read_comments(boxes: Boxes) -> list[Comment]:
    """Read the comments in some boxes, one for each, in page order; some may turn out to be none."""
    page, layout = boxes.page, boxes.layout
    authors, named = _read_authors(boxes)
    dates, dated = _read_dates(boxes)
    notes = _notes(boxes)
    leave_out = {*boxes.boxes, *page.no_text, *named, *dated, *_subjects(boxes), *notes}
    around = (
        leave_out.union(page.index.select(*MARKUP["selectors.parts_around_text"])) if layout.rest_is_text else set()
    )
    bodies = _bodies(boxes, around.difference(notes)) if layout.rest_is_text else {}
    votes = {box: each.get("content") or page.text.line_of(each) for box, each in boxes.first(*layout.votes).items()}
    comments: dict[Element, Comment] = {}
    for number, box in enumerate(boxes.boxes, 1):
        source = boxes.texts.get(box, bodies.get(box, box) if layout.rest_is_text else None)
        left_out = leave_out if source is boxes.texts.get(box) else around
        text = page.text.text_of(source, left_out) if source is not None else ""
        comments[box] = Comment(
            comment_id=f"c{number}",
            text=_C.signature.sub("", text) if layout.is_forum else text,
            author=authors.get(box),
            posted=dates.get(box),
            votes=read_count(votes.get(box, "")),
            quoted=_quoted(page, source, left_out) if source is not None and page.quotes else None,
        )
    parents = _read_parents(boxes, comments)
    ids = {box: comments[parent].comment_id for box, parent in parents.items()}
    return [replace(each, reply_to=ids[box]) if box in ids else each for box, each in comments.items()]


def _bodies(boxes: Boxes, leave_out: set[Element]) -> dict[Element, Element]:
    """Return the elements of one make, named after texts, that hold nearly all that remains of most comments."""
    found = defaultdict[tuple[str, str], dict[Element, Element]](dict)
    for element, box in boxes.inside.items():
        if box not in boxes.texts and element is not box and element not in leave_out and _is_body(element):
            found[str(element.tag), element.get("class", "")].setdefault(box, element)
    for bodies in found.values():
        if len(bodies) >= BODIES * (len(boxes.boxes) - len(boxes.texts)):
            sizes = [[len(boxes.page.text.line_of(each, leave_out)) for each in pair] for pair in bodies.items()]
            if all(0 < own <= whole <= own + min(own, LONGEST_STAMP) for whole, own in sizes):
                return bodies
    return {}


def _is_body(element: Element) -> bool:
    return bool(element.get("class")) and is_named_after(phrases("markup.text"), element)


def _notes(boxes: Boxes) -> list[Element]:
    """Return the elements at an edge of comments that have a class, a link and the same words in several."""
    found = defaultdict[tuple[str, str], dict[Element, Element]](dict)
    for link in boxes.page.index.select("a"):
        note, box = link.getparent(), boxes.inside.get(link)
        if note is not None and box is not None and note is not box and note.get("class") and len(note) <= MOST_PARTS:
            line = boxes.page.text.line_of(note)
            is_edge = not (note.tail or "").strip() or not (note.getprevious() is None and (note.text or "").strip())
            if is_edge and 3 <= len(line.split()) <= LONGEST_NOTE and not find_date(line):
                found[note.get("class", ""), line][box] = note
    return [note for notes in found.values() if len(notes) > 1 for note in notes.values()]


def _subjects(boxes: Boxes) -> list[Element]:
    """Return the elements of one make that begin most texts, each a short line above longer words: subjects."""
    found = defaultdict[tuple[str, str], list[tuple[Element, str]]](list)
    line_of = boxes.page.text.line_of
    for source in boxes.texts.values():
        first = next((each for each in source.iterchildren("*") if line_of(each)), None)
        if first is None or (first.tag == "p" and not first.get("class")) or first in boxes.page.quotes:
            continue
        following = first.getnext()
        is_line = first.tag in BLOCKS - {"br"} or (following is not None and following.tag in BLOCKS)
        if is_line and not "".join((source.text or "", first.tail or "")).strip():
            subject, rest = line_of(first), line_of(source, {first})
            if len(subject) < min(len(rest), LONGEST_STAMP):
                found[str(first.tag), first.get("class", "")].append((first, rest))
    alike = max(found.values(), key=len, default=[])
    is_most = len({rest for _, rest in alike}) >= max(FEWEST_SUBJECTS, SUBJECTS * len(boxes.texts))
    return [each for each, _ in alike] if is_most else []


def is_said(text: str) -> bool:
    """Return whether a text is more than a date that was left over, or a note that it was deleted."""
    date = find_date(text) if len(text) <= _C.longest_date else None
    rest = text if date is None else text[: date.start] + text[date.end :]
    is_note = len(text) <= _C.longest_line and is_deleted(text)
    return bool(rest.strip(_AROUND_DATES) or _C.smiley.search(rest)) and not is_note


def _quoted(page: PageParts, source: Element, leave_out: set[Element]) -> str | None:
    """Return the words of the quotations in a text that are in no other quotation and in no reply."""
    inside = (each for each in source.iterdescendants("*") if each in page.quotes)
    outer = []
    for each in inside:
        around = takewhile(lambda above: above is not source, each.iterancestors())
        if not any(above in page.quotes or above in leave_out for above in around):
            outer.append(each)
    return "\n".join(text for each in outer if (text := page.text.text_of(each, leave_out))) or None


def _read_dates(boxes: Boxes) -> tuple[dict[Element, str], set[Element]]:
    """Return the dates of comments, and the elements that hold a date and nothing else, relative ones included."""
    dates: dict[Element, str] = {}
    dated: set[Element] = set()
    for selector in boxes.layout.posted:
        found = {box: (element, date_shown(boxes.page, element)) for box, element in boxes.first(selector).items()}
        # Where all comments have one date, it may be that of a template, in attributes: the date that is shown counts.
        is_one = len(found) > 1 and len({date for _, date in found.values()}) == 1
        for box, (element, date) in found.items():
            if box not in dates:
                line = boxes.page.text.line_of(element)
                if is_one and date and (seen := parse_date(line)) and seen[:10] != date[:10]:
                    date = seen
                if date:
                    dates[box] = date
                is_date = date and len(line) <= _C.longest_date
                if is_date or ((element.tag == "time" or is_stamp(element)) and is_only_date(line)):
                    dated.add(element)
    if not dates:  # the first date of each comment outside of its text counts
        for element, box in boxes.outside_texts():
            if box not in dates and is_stamp(element):
                dates |= {box: date} if (date := date_shown(boxes.page, element)) else {}
                dated.add(element)
    return dates, dated


def date_shown(page: PageParts, element: Element) -> str | None:
    """Return the date of an element; to the minute, where only a part of it has the time."""
    date = attribute_date(element) or parse_date(page.text.line_of(element))
    if date and "T" in date:
        return date
    parts = element.iterdescendants("*")
    if date is None:
        return next(filter(None, map(attribute_date, parts)), None)
    inner = (given for each in parts if (given := attribute_date(each) or parse_date(page.text.line_of(each))))
    return next((given for given in inner if given.startswith(f"{date}T")), date)


def attribute_date(element: Element) -> str | None:
    """Return the date in the attributes of an element, those first that are made for one; also seconds since 1970."""
    given = [value for name in ("datetime", "content", "title") if (value := element.get(name))]
    named = ((str(name), str(value)) for name, value in element.items())
    given += [value for name, value in named if name == "aria-label" or _C.date_attribute.match(name)]
    return next((date for value in given if (date := epoch_date(value) or parse_date(value))), None)


def epoch_date(value: str) -> str | None:
    """Read seconds or milliseconds since 1970 as ISO 8601; None for other numbers and texts."""
    if not _C.epoch.fullmatch(value := value.strip()):
        return None
    seconds = value.partition(".")[0]
    return datetime.fromtimestamp(int(seconds) // (1000 if len(seconds) > 10 else 1), UTC).isoformat()


def _read_authors(boxes: Boxes) -> tuple[dict[Element, str], set[Element]]:
    """Return the authors of comments, and the elements that hold a name and nothing of a text."""
    page, layout = boxes.page, boxes.layout
    authors: dict[Element, str] = {}
    named: set[Element] = set()
    for selector in layout.author:
        for box, element in boxes.first(selector).items():
            line = page.text.line_of(element, page.no_text) or page.text.label_of(element)
            if box not in authors and (name := name_in(line)):
                authors[box] = name
                named.add(element)
    for attribute in layout.author_attributes:
        given = {box: name_in(box.get(attribute, "")[: _C.longest_line].rstrip(" .")) for box in boxes.boxes}
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
    answers = dict(zip(shown, shown, strict=True))  # what is in one of these answers its comment
    for replies in page.index.select(*layout.replies):
        before = islice(replies.itersiblings(preceding=True), _C.reply_reach)
        if replies not in shown and (answered := next((each for each in before if each in shown), None)) is not None:
            answers[replies] = answered
    parents: dict[Element, Element] = {}
    for box in comments:
        if (above := next((each for each in box.iterancestors() if each in answers), None)) is not None:
            parents[box] = answers[above]
    outermost = [box for box in comments if box not in parents]
    # 2. Attributes and links that name it.
    by_id = {name: box for box in comments for name in page.ids_of(box)}
    linked = _linked_parents(boxes, comments, by_id)
    for box in outermost:
        stated = (by_id.get(box.get(attribute, ""), box) for attribute in page.parents)
        parent = next((each for each in stated if each is not box), linked.get(box))
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
    parents: dict[Element, Element] = {}
    known = set(index.select(*boxes.layout.reply_links))
    numbers = {number[0]: box for name, box in by_id.items() if (number := _C.last_number.search(name[-20:]))}
    marked = (each for each in (*index.select("[id]"), *index.select("a[name]")) if each in inside)
    places = {each.get("name") or each.get("id") or "": inside[each] for each in marked}
    for link in index.select("a[href*=#]"):
        owner, mark = inside.get(link), link.get("href", "").rpartition("#")[2]
        if owner is None or owner is link or owner in parents or not mark:
            continue
        number = _C.last_number.search(mark[-20:]) if link in known else None
        by_number = numbers.get(number[0]) if number else None
        target = by_id.get(mark, places.get(mark, by_number))
        if target is None or target is owner:  # as of most links: a comment has its own address
            continue
        line, writer = boxes.page.text.line_of(link).casefold(), comments[target].author
        is_addressed = writer is not None and line.lstrip("@↪→>^ ") == writer.casefold()
        is_answer = line.startswith(IN_REPLY_TO) or line in phrases("comment.parent_links")
        if is_addressed or link in known or is_answer or "in-reply-to" in link.get("class", ""):
            parents[owner] = target
    return parents
