"""Read the next pages of a site by the markup in which the comments of its first pages are written.

Most time goes into comparing readings of a page. Where the layout rows alone were sure of one, the markup of its
comments is kept as patterns of source text: tags as they are, texts and numbers free. On the next pages each comment is
matched by a pattern and leaves the source but for its outer tags; the small rest is read as any page is. Names, dates,
parents, counts and cleaning are the work of the same functions. A page on which anything is new is read in full.
"""

import re
from collections import Counter, OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from html import unescape
from typing import NamedTuple, TypeAlias

from stance.datamodels import Page
from stance.parsing.counts import stated_in_html
from stance.parsing.dates import parse_date
from stance.parsing.html.comments import FoundComments, cleaned, found_comments, judge, kind_of
from stance.parsing.html.parts import DATE_ATTRIBUTES, HEADINGS, fill_parents, label_of_most, shorten_authors, votes_in
from stance.parsing.html.threads import (
    COMMENT_MARK,
    MOST_EVIDENCE,
    CommentParts,
    PageParts,
    Thread,
    is_role,
    name_in,
    total_evidence,
)
from stance.parsing.html.tree import BLOCKS, Element, Index, Selector, parse_selector, plain_lines, upwards
from stance.parsing.judge import Kind
from stance.parsing.layouts import HTML_LAYOUTS, MARKUP, HtmlLayout
from stance.records import domain_of

MOST_SITES, MOST_FORMS = 32, 24
"""Cache size: sites, and comment patterns of each; 0 disables it."""

TRUSTED = 2
"""Minimum number of pages that the patterns of a site read as the full reading does before they are used alone."""

MOST_LESSONS = 3
"""Maximum number of pages that are learned from in vain, one after another, before a site is given up."""

FIRST_PAGES, MOST_HELD = 2, 500_000
"""Number of pages of a site that are kept until another comes, as learning pays then; maximum characters of one."""

MOST_OPEN = 60
"""Elements of comments that are open at once; the parser's own limit is four times as many."""

MOST_HEAD = 100_000
"""Maximum characters of a page within which its address is looked for."""

_ADDRESS = re.compile(
    r"""<link\s(?=[^<>]{0,500}\brel=["']?canonical\b)[^<>]{0,500}?\bhref=["']?([^"'\s<>]{1,2000})"""
    r"""|<meta\s(?=[^<>]{0,500}\bproperty=["']?og:url\b)[^<>]{0,500}?\bcontent=["']?([^"'\s<>]{1,2000})"""
)
_VOID = frozenset(
    ("area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr")
)
_TOKEN = re.compile(
    r"<!--.*?-->|<(?P<raw>script|style)\b.*?</(?P=raw)\s*>"
    r"""|<(?P<end>/?)(?P<name>[a-zA-Z][^\s/>]*)(?:[^<>"']|"[^"]*"|'[^']*')*>""",
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r"""\s+([^\s=>"'/]+)(?:=("[^"]*"|'[^']*'|[^\s"'>]+))?""")
_GAP = re.compile(r"\s*+(?:<!--(?:(?!-->)[^<])*+-->\s*+)*+")
_NUMBER = r"\d{1,20}+"
_ODD = re.compile("[\0-\x08\x0b-\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")

_STRANGE = re.compile(
    r"&(?!(?:amp|lt|gt|quot|nbsp|hellip|#0?39|#x27|#(?:3[2-9]|[4-9]\d|1[01]\d|1[6-9]\d|[2-9]\d\d|[1-9]\d{3}));)"
)
"""Pattern of a reference that is rare enough for parsers to differ on it."""

_LITERAL = frozenset(("style", "itemprop", "itemtype", "typeof", "role", "name"))
_ON_ANY = re.compile(
    r"(?:by(?:user|postauthor)|comment-author-(?:(?!comments)[\w-])++|(?:thread-)?(?:even|odd|alt)|depth-\d++|parent)(?![^\s\"'])"
)
_NO_TEXT = (*MARKUP["selectors.no_text"], *MARKUP["selectors.quotes"], *MARKUP["selectors.no_comments"])
_ID_ATTRIBUTES = ("name", *MARKUP["attributes.ids"])

_INLINE = ("a", "em", "strong", "b", "i", "u")
_LINK = r"<a(?: (?:href|rel|target)=\"[^\"<>#]*+\")*+>(?:[^<]|<br ?/?>)*+</a>"
_BODY = rf"(?:[^<]|<br ?/?>|{_LINK}|<(?P<%s>em|strong|b|i|u)>(?:[^<]|<br ?/?>|{_LINK})*+</(?P=%s)>%s)*+"
_SAID = re.compile(_BODY % ("x", "x", f"|<p>{_BODY % ('y', 'y', '')}</p>"))
"""Pattern of the markup of a text: paragraphs, line breaks, links to other pages, words that are set apart."""


_BREAK = re.compile(r"<(?:/?p|br ?/?)>")
_MARK = re.compile(r"<[^>]*>")
_NAME_OF_TAG = re.compile(r"</?(\w+)")


class _Tag(NamedTuple):
    """A start tag in a source, and where its element ends."""

    token: int
    end: int


_Values: TypeAlias = tuple[str, ...]
"""The matches of the groups of a pattern; the first is a blank, for the edge of a block."""


@dataclass(frozen=True, eq=False, slots=True)
class _Form:
    """A way to write a comment, up to the next one or its own end: the groups of two patterns, by their use."""

    layout: HtmlLayout
    head: re.Pattern[str]  # to the end of the text; several forms have the same
    tail: re.Pattern[str]
    opening: str  # of the pattern: the tag of the comment
    outer: str  # the tags that stay open, or close others
    closes: tuple[str, ...]
    opens: tuple[str, ...]
    body: int
    inline: frozenset[str]
    author: tuple[int, ...]
    dates: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]  # attributes and texts, of elements
    votes: tuple[int, ...]
    ids: tuple[int, ...]
    links: tuple[int, ...]
    makes: tuple[tuple[str, str], ...]  # tags and classes of the elements that are not in what is left of it
    context: frozenset[str] | None  # selectors of what is around the comments
    promises: tuple[int, int]  # the most that rows with the same boxes may find, by whether they are asked first

    @property
    def key(self) -> tuple[str, str]:
        """Return the patterns."""
        return self.head.pattern, self.tail.pattern

    def end(self, text: str, start: int) -> int:
        """Return the end of a comment that begins somewhere; -1 where it is written otherwise."""
        head = self.head.match(text, start)
        tail = head and self.tail.match(text, head.end())
        return tail.end() if tail else -1

    def read(self, values: _Values, *, may_be_strange: bool) -> "_Said | None":
        """Read a comment; None where anything in it is unusual."""
        body, names = values[self.body], [values[group] for group in self.author]
        if "p" in self.inline and body.startswith("<p>") and body.find("<", 3) == len(body) - 4 == body.find("</p>"):
            body = body[3:-4]  # as most are
        if "<" in body and not (_SAID.fullmatch(body) and self.inline.issuperset(_NAME_OF_TAG.findall(body))):
            return None
        if may_be_strange:
            dates = (values[group] for own, texts in self.dates for group in own + texts)
            if _STRANGE.search("".join([body, *names, *dates, *(values[group] for group in self.votes)])):
                return None
        author = name_in(_line(values, self.author))
        if author is None or (
            len(names) > 1 and any(is_role(unescape(name).strip()) for name in names if name.strip())
        ):
            return None
        posted = self._date(values)
        text = plain_lines(unescape(_MARK.sub("", _BREAK.sub("\v", body)) if "<" in body else body))
        votes = votes_in(_line(values, self.votes)) if self.votes else None
        return _Said(text, author, posted, votes) if text and posted else None

    def _date(self, values: _Values) -> str | None:
        date = _told(values, *self.dates[0])
        if date is None or "T" in date:
            return date
        inner = (_told(values, *each) or "" for each in self.dates[1:])
        return next((told for told in inner if told.startswith(f"{date}T")), date)


class _Said(NamedTuple):
    """The text, author, date and votes of one comment."""

    text: str
    author: str
    posted: str | None
    votes: int | None


class _Known(NamedTuple):
    """A comment in a source, in the form that fits it."""

    form: _Form
    values: _Values
    is_inner: bool  # within another
    end: int  # in the source


def _line(values: _Values, groups: Sequence[int]) -> str:
    return " ".join(unescape("".join([values[group] for group in groups])).split())


def _told(values: _Values, attributes: Sequence[int], texts: Sequence[int]) -> str | None:
    """Return the date that an element tells."""
    for group in attributes:
        if values[group] and (date := parse_date(unescape(values[group]))):
            return date
    return parse_date(_line(values, texts))


@dataclass(frozen=True, slots=True)
class Matched:
    """The comments of a page as patterns found them, and the page without what is in them."""

    layout: HtmlLayout
    rest: str
    said: list[_Said]
    forms: Counter[_Form]

    def read(self, index: Index) -> FoundComments | None:
        """Read the rest of the page; None where the full reading could come to something else."""
        page = PageParts(index)
        boxes = page.boxes(self.layout)
        if len(boxes) != len(self.said):
            return None
        if index.select(*self.layout.title) or _finds_others(page, boxes):
            return None
        if {_context(index, boxes)} != {form.context for form in self.forms}:
            return None
        parts = {
            box: CommentParts(box, said.text, None, said.author, said.posted, said.votes)
            for box, said in zip(boxes, self.said, strict=True)
        }
        if label_of_most([said.author for said in self.said]) is not None:
            return None
        thread = Thread(page, self.layout, boxes)
        shorten_authors(parts.values())
        fill_parents(thread, parts)
        found = found_comments(page, self.layout, list(parts.values()))
        later, first = (sum(form.promises[k] * times for form, times in self.forms.items()) for k in (0, 1))
        total = total_evidence(parts.values())
        if first >= total or later > total:
            return None  # they are read, too
        often = self._often()
        count = stated_in_html(index, found.elements, len(found.comments), often)
        verdict = judge([cleaned(found, set())], count.count if count else None)
        if not (verdict.is_sure and verdict.evidence.agrees) or verdict.evidence.unnamed or found.warnings:
            return None
        if len(verdict.best.comments) < len(found.comments):
            count = stated_in_html(index, found.elements, often=often)
        return replace(verdict.best, stated=count, is_sure=True)

    def _often(self) -> Counter[tuple[str, str]]:
        """Count the elements of comments that left the page by tag and class."""
        often = Counter[tuple[str, str]]()
        for form, times in self.forms.items():
            for make in form.makes:
                often[make] += times
        return often


class Held(NamedTuple):
    """A page and the comments of a full reading; its elements, which keep the tree alive, are only counted."""

    page: Page
    found: FoundComments
    elements: int


@dataclass(slots=True)
class Site:
    """The patterns of the comments of one site, and how far they are to be believed."""

    pages: int = 0  # that were read in full
    trust: int = 0
    lessons: int = 0  # in vain, since a page was read as expected
    forms: dict[tuple[str, str], _Form] = field(default_factory=dict)
    by_head: dict[re.Pattern[str], list[_Form]] = field(default_factory=dict)
    opening: re.Pattern[str] | None = None
    held: list[Held] = field(default_factory=list)

    @property
    def is_trusted(self) -> bool:
        """Whether enough pages were read as the full reading did."""
        return self.trust >= TRUSTED

    def match(self, page: Page) -> Matched | None:
        """Match the comments of a page; None where one is written in an unknown way."""
        text, at, open_tags = page.text, 0, list[str]()
        if self.opening is None or "srcdoc" in text:
            return None
        first = self.opening.search(text)
        may_be_strange = first is not None and _STRANGE.search(text, first.start()) is not None
        pieces, said, known = list[str](), list[_Said](), list[_Known]()
        while True:
            if open_tags:
                start = _end_of(_GAP.match(text, at), at)
            elif opened := self.opening.search(text, at) if said else first:
                start = opened.start()
            else:
                break
            found = self._match(text, start, open_tags)
            if found is None or (one := found.form.read(found.values, may_be_strange=may_be_strange)) is None:
                return None
            known.append(found)
            form = found.form
            del open_tags[len(open_tags) - len(form.closes) :]
            open_tags += form.opens
            if len(open_tags) > MOST_OPEN:
                return None
            pieces += (text[at:start], found.values[1], form.outer)
            said.append(one)
            at = found.end
        if first is None or _ODD.search(text, first.start(), at) or not _leads_nowhere(known):
            return None
        layouts = {each.form.layout for each in known}
        if len(layouts) > 1:
            return None
        return Matched(layouts.pop(), "".join([*pieces, text[at:]]), said, Counter(each.form for each in known))

    def _match(self, text: str, start: int, open_tags: Sequence[str]) -> _Known | None:
        """Match a comment where these tags are open, the innermost last: in the form that reaches farthest."""
        found, end = None, -1
        for head, forms in self.by_head.items():
            if begun := head.match(text, start):
                for each in forms:
                    is_open = each.closes == tuple(open_tags[len(open_tags) - len(each.closes) :])
                    if is_open and (ended := each.tail.match(text, begun.end())) and ended.end() > end:
                        end = ended.end()
                        found = _Known(each, (" ", *begun.groups(), *ended.groups()), bool(open_tags), end)
        return found

    def hold(self, page: Page, found: FoundComments) -> None:
        """Hold one of the first pages, where something may be learned from it."""
        if self.may_learn(found) and len(page.text) <= MOST_HELD:
            self.held.append(Held(page, replace(found, elements=()), len(found.elements)))

    def take_held(self) -> list[Held]:
        """Return the pages that were held, once another page comes."""
        if self.pages < FIRST_PAGES or not self.held:
            return []
        held, self.held = self.held, []
        return held

    def may_learn(self, found: FoundComments) -> bool:
        """Return whether comments are sure enough to learn from."""
        return found.is_sure and self.lessons < MOST_LESSONS

    def agree(self, found: FoundComments, expected: FoundComments, elements: int) -> None:
        """Note whether the patterns found the comments of a page; else the site is given up."""
        stated = expected.stated
        if stated and stated.count == len(expected.comments):  # the patterns look for no reason of a difference then
            expected = replace(expected, stated=replace(stated, note=None))
        is_same = elements == len(found.elements) and replace(expected, elements=()) == replace(found, elements=())
        self.trust, self.lessons = (self.trust + 1, 0) if is_same else (0, MOST_LESSONS)
        self.opening = self.opening if is_same else None

    def learn(self, page: Page, index: Index, found: FoundComments) -> bool:
        """Learn from a page that was read in full; return whether there was anything new."""
        self.lessons += 1
        layout = next(layout for layout in HTML_LAYOUTS if layout.name == found.layout)
        lesson = _Lesson(page.text, PageParts(index), layout)
        if not (forms := lesson.forms(self.forms.values())):
            return False
        self.forms |= {form.key: form for form in forms}
        for old in list(self.forms)[: max(len(self.forms) - MOST_FORMS, 0)]:
            del self.forms[old]
        self.by_head = {}
        for form in self.forms.values():
            self.by_head.setdefault(form.head, []).append(form)
        self.opening = re.compile("|".join(dict.fromkeys(form.opening for form in self.forms.values())))
        return True


_SITES: OrderedDict[str, Site] = OrderedDict()


def host_of(page: Page) -> str | None:
    """Return the host of the address that a page has or states."""
    stated = _ADDRESS.search(page.text, 0, MOST_HEAD)
    return domain_of(page.url) or domain_of(stated and (stated[1] or stated[2]))


def site_of(page: Page) -> Site | None:
    """Return the site of a page, by the address that it has or states, else its folder; None where it has none."""
    name = host_of(page) or page.source.rpartition("/")[0]
    if not MOST_SITES or not name:
        return None
    site = _SITES[name] = _SITES.pop(name) if name in _SITES else Site()
    if len(_SITES) > MOST_SITES:
        _SITES.popitem(last=False)
    return site


def _context(index: Index, boxes: Sequence[Element]) -> frozenset[str] | None:
    """Return the selectors that mean something around comments, so that others may mean something in them.

    :return: None where the comments stand in different places.
    """
    inside = index.owners(boxes)
    parents = {above for box in boxes if (above := box.getparent()) is not None and above not in inside}
    found = {each: frozenset(index.select(each)) for each in _outer_selectors()}
    contexts = {
        frozenset(each for each, elements in found.items() if not elements.isdisjoint(around))
        for around in ({*upwards(parent)} for parent in parents)
    }
    return contexts.pop() if len(contexts) == 1 else None


@cache
def _outer_selectors() -> frozenset[str]:
    """Return the selectors that stand before others in those of rows."""
    waiting = [*map(parse_selector, _NO_TEXT), *(each for layout in HTML_LAYOUTS for each in _selectors_of(layout))]
    found = set[str]()
    while waiting:
        if outer := waiting.pop().outer:
            found.add(outer)
            waiting.append(parse_selector(outer))
    return frozenset(found)


def _finds_others(page: PageParts, boxes: Sequence[Element]) -> bool:
    """Return whether a row may find a text beside some comments, or around them."""
    inside, around = page.index.owners(boxes), {above for box in boxes for above in box.iterancestors()}
    for layout in HTML_LAYOUTS:
        theirs = page.boxes(layout)
        beside = [box for box in theirs if box not in inside]
        texts = Thread(page, layout, theirs).texts if beside else {}
        if any(layout.rest_is_text or box in texts or box in around for box in beside):
            return True
    return False


def _end_of(found: re.Match[str] | None, otherwise: int) -> int:
    return found.end() if found else otherwise


def _leads_nowhere(known: Sequence[_Known]) -> bool:
    """Return whether no link may name the parent of a comment, unless it is in that, or lead to another page's."""
    owners: dict[str, int] = {}
    for place, (form, values, _, _) in enumerate(known):
        if any(owners.setdefault(values[group], place) != place for group in form.ids):
            return False
    for place, (form, values, is_inner, _) in enumerate(known):
        for group in form.links:
            mark = values[group].rpartition("#")[2]
            if mark in owners:
                if owners[mark] != place and not is_inner:
                    return False
            elif "&" in mark or COMMENT_MARK.fullmatch(mark):
                return False
    return True


# Learning -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Lesson:
    """A page, its known comments, and its source."""

    text: str
    page: PageParts
    layout: HtmlLayout
    tokens: list[re.Match[str]] = field(default_factory=list)
    tags: dict[Element, _Tag] = field(default_factory=dict)
    starts: dict[int, Element] = field(default_factory=dict)  # of tokens
    begins: dict[int, int] = field(default_factory=dict)  # of an element, by the token that ends it
    context: frozenset[str] | None = None
    promises: Counter[tuple[Element, bool]] = field(default_factory=Counter)
    selectors: list[Selector] = field(default_factory=list)  # that elements of comments were looked for by

    def forms(self, known: Iterable[_Form]) -> list[_Form]:
        """Return new ways in which comments of the page are written, as far as they can be told."""
        page, layout = self.page, self.layout
        boxes = page.boxes(layout)
        thread = Thread(page, layout, boxes)
        self.selectors = [*map(parse_selector, _NO_TEXT), *_selectors_of(layout)]
        if layout.is_forum or layout.holds or layout.reply_links or layout.depth or not self._others_agree(thread):
            return []
        self.context, self.tokens = _context(page.index, boxes), list(_TOKEN.finditer(self.text))
        if self.context is None or not self._find(thread):
            return []
        inside = set(boxes)
        named = [thread.first(*selectors) for selectors in (layout.author, layout.posted, layout.votes)]
        inline = self._inline(thread)
        forms = list[_Form]()
        for box, after in zip(boxes, [*boxes[1:], None], strict=True):
            following = None if after is None or thread.owner_around(after) is None else after
            source, author, posted, votes = thread.texts.get(box), *(each.get(box) for each in named)
            if source is None or author is None or posted is None or not inside.isdisjoint(source.iter()):
                continue
            if not page.no_name.isdisjoint(author.iterdescendants()):
                continue
            end = self._end(box) if following is None else self.tags[following].token
            begins, ends = self.tokens[self.tags[box].token].start(), self.tokens[end - 1].end()
            if any(form.end(self.text, begins) == ends for form in (*known, *forms)):
                continue
            own = [each for each in box.iter("*") if self.tags[each].token < end and source not in upwards(each)]
            if any(each.tag in HEADINGS or each in page.quotes for each in own):
                continue
            found = [self.tags.get(each) for each in (source, author, posted)]  # none: in a heading beside it
            if all(tag is not None and tag.token < tag.end < end for tag in found) and votes in (None, *own):
                fields = _Fields(source, author, posted, votes)
                forms.append(_Writing(self, box, end, fields).form(inline - {str(source.tag)}))
        return forms

    def _end(self, box: Element) -> int:
        """Return the token behind the outermost comment around a comment."""
        around = [above for above in (box, *box.iterancestors()) if above in self.tags]
        return self.tags[around[-1]].end + 1

    def _others_agree(self, thread: Thread) -> bool:
        """Return whether other rows find the same texts and votes, or none, whatever names and dates."""
        if _finds_others(self.page, thread.boxes):
            return False
        rows = [(layout, boxes) for layout in HTML_LAYOUTS if (boxes := self.page.boxes(layout))]
        before = True
        for layout, boxes in rows:
            if layout is self.layout:
                before = False
            elif layout.is_forum or not self._agrees(Thread(self.page, layout, boxes), thread, before):
                return False
        return True

    def _agrees(self, theirs: Thread, thread: Thread, is_first: bool) -> bool:
        boxes, texts, other = theirs.boxes, theirs.texts, theirs.layout
        self.selectors += _selectors_of(other)
        if set(boxes) == set(thread.boxes):
            dated = theirs.first(*other.posted)
            for box in boxes if other.rest_is_text else texts:
                most = MOST_EVIDENCE - 1 + (box in dated)
                self.promises[box, is_first] = max(self.promises[box, is_first], most)
            return True
        if other.rest_is_text and len(texts) < len(boxes):
            return False
        if texts and (is_first or kind_of(FoundComments(self.layout.name)) is Kind.NAMES):
            return False
        votes, counts = thread.first(*self.layout.votes), theirs.first(*other.votes)
        owners = {box: thread.owner(text) for box, text in texts.items()}
        same = all(owner is not None and thread.texts.get(owner) is texts[box] for box, owner in owners.items())
        return same and all(
            owner is not None and (box not in counts or votes.get(owner) is counts[box])
            for box, owner in owners.items()
        )

    def _inline(self, thread: Thread) -> frozenset[str]:
        """Return the tags without a class that a text may have, for no selector can mean them there."""
        around = {above for text in thread.texts.values() for above in upwards(text)}
        meant = set[str]()
        for each in self.selectors:
            plain = [name for name in each.names if name not in ("[href]", "[rel]", "[target]")]
            is_around = not each.outer or not around.isdisjoint(self.page.index.select(each.outer))
            if is_around and all(name in ("p", "br", *_INLINE) for name in plain):
                meant.update(plain or ("a",))
        return frozenset({"p", "br", *_INLINE} - meant)

    def _find(self, thread: Thread) -> bool:
        """Find the tags of the comments in the source."""
        at = 0
        for box in thread.boxes:
            if box in self.tags:
                continue
            while at < len(self.tokens) and not _is_tag_of(self.tokens[at], box):
                at += 1
            if at == len(self.tokens) or not self._walk(box, at):
                return False
            at = self.tags[box].end
        return True

    def _walk(self, box: Element, at: int) -> bool:
        """Follow the tags of an outermost comment; return whether the tree has just these elements."""
        elements, above = box.iter("*"), list[tuple[Element, int]]()
        while at < len(self.tokens):
            token = self.tokens[at]
            raw, ends, name = token.groups("")
            name = name.lower()
            if ends:
                if not above or above[-1][0].tag != name:
                    if name in ("p", "br") or name in {each.tag for each in upwards(above[-1][0] if above else box)}:
                        return False
                    at += 1  # an end without a beginning, which the parser passes over
                    continue
                element, start = above.pop()
                self._note(element, start, at)
                if element is box:
                    return next(elements, None) is None
            elif name or raw:
                found = next(elements, None)
                if found is None or found.tag != name:
                    return False
                if above and found.getparent() is not above[-1][0]:
                    return False
                if name in _VOID or token[0].endswith("/>"):
                    self._note(found, at, at)
                else:
                    above.append((found, at))
            at += 1
        return False

    def _note(self, element: Element, token: int, end: int) -> None:
        self.tags[element] = _Tag(token, end)
        self.starts[token], self.begins[end] = element, token


def _selectors_of(layout: HtmlLayout) -> list[Selector]:
    every = (layout.comment, layout.holds, layout.text, layout.author, layout.posted, layout.votes, layout.joined)
    return [parse_selector(selector) for selectors in every for selector in selectors]


def _is_tag_of(token: re.Match[str], element: Element) -> bool:
    if token["end"] or (token["name"] or "").lower() != element.tag:
        return False
    given: dict[str, str] = {}
    for name, value in _ATTRIBUTE.findall(token[0]):
        given.setdefault(name.lower(), unescape((value or "").strip("\"'")))
    return given == {str(name): str(value) for name, value in element.items()}


class _Fields(NamedTuple):
    """The elements of a comment that hold its text, its author, its date and its votes."""

    source: Element
    author: Element
    posted: Element
    votes: Element | None


class _Writing:
    """The patterns of one comment while they are written."""

    def __init__(self, lesson: _Lesson, box: Element, end: int, fields: _Fields) -> None:
        self._lesson, self._fields = lesson, fields
        self._tested = _LITERAL.union(name for each in lesson.selectors for name, _, _ in each.tests)
        self._read = [range(*lesson.tags[each]) for each in fields[1:] if each is not None]
        self._dated = {*fields.posted.iter("*")}
        self._groups = 1
        self._texts: list[tuple[int, int]] = []  # the token before each, and its group; 0: the edge of a block
        self._attributes: dict[tuple[Element, str], int] = {}
        self._pattern: list[str] = []
        self._box, self._begin, self._stop = box, lesson.tags[box].token, end
        self._body = self._half = 0
        self._write()

    def _group(self) -> int:
        self._groups += 1
        return self._groups

    def _write(self) -> None:
        lesson, source = self._lesson, self._fields.source
        at = self._begin
        while at < self._stop:
            token, element = lesson.tokens[at], lesson.starts.get(at)
            self._pattern.append(self._tag(token, element))
            if (token["name"] or "").lower() in BLOCKS:
                self._texts.append((at, 0))
            if element is source:
                self._body = self._group()
                inline = "|".join(each for each in ("p", "br", *_INLINE) if each != source.tag)
                self._pattern.append(rf"((?:[^<]++|</?(?:{inline})(?![\w-])[^<>]*+>)*+)")
                self._half = len(self._pattern)
                at = lesson.tags[source].end
                continue
            at += 1
            if at < self._stop:
                self._pattern.append(self._text(at - 1, element))

    def _text(self, at: int, element: Element | None) -> str:
        """Return the pattern of the text behind a token."""
        is_button = element is not None and (element.tag == "button" or element.get("role") == "button")
        between = self._lesson.text[self._lesson.tokens[at].end() : self._lesson.tokens[at + 1].start()]
        text = re.escape(between) if is_button else "[^<]*+"
        if not any(at in each for each in self._read):
            return text
        self._texts.append((at, self._group()))
        return f"({text})"

    def _tag(self, token: re.Match[str], element: Element | None) -> str:
        if element is None:
            return _masked(token[0])
        written, end = [], 0
        for found in _ATTRIBUTE.finditer(token[0]):
            written.append(re.escape(token[0][end : found.start()]))
            end = found.end()
            written.append(self._attribute(element, found))
        tag = "".join([*written, re.escape(token[0][end:])])
        return f"({tag})" if element is self._box else tag

    def _attribute(self, element: Element, found: re.Match[str]) -> str:
        name, value = found[1].lower(), found[2]
        if value is None or value[0] not in "\"'":
            return _masked(found[0])
        before, inner, quote = re.escape(found[0][: -len(value) + 1]), value[1:-1], value[0]
        if name == "class":
            return before + (_classes(inner) if element is self._box else re.escape(inner)) + quote
        free = _masked(inner) if name in self._tested or name == "id" else rf"[^{quote}<>]*+"
        if not self._is_read(element, name):
            return f"{before}{free}{quote}"
        self._attributes[element, name] = self._group()
        return f"{before}({free}){quote}"

    def _is_read(self, element: Element, name: str) -> bool:
        is_date = name in DATE_ATTRIBUTES and element in self._dated
        is_vote = name == "content" and element is self._fields.votes
        return is_date or is_vote or name in _ID_ATTRIBUTES or (name == "href" and element.tag == "a")

    def form(self, inline: frozenset[str]) -> _Form:
        """Return the way in which the comment is written."""
        lesson, (_, author, posted, votes) = self._lesson, self._fields
        unclosed, closes = list[tuple[str, str]](), list[str]()
        outer, kept = list[str](), list[int]()
        for at in range(self._begin, self._stop):
            token, element = lesson.tokens[at], lesson.starts.get(at)
            if element is not None and lesson.tags[element].end >= self._stop:
                unclosed.append((str(element.tag), "" if element is self._box else token[0]))
            elif element is not None and element is not self._box:
                kept.append(at)
            elif token["end"] and lesson.begins.get(at, self._begin) < self._begin:
                closes.append(token["name"].lower())
                outer.append(token[0])
        own = "" if any(not tag for _, tag in unclosed) else f"</{self._box.tag}>"
        attributes = self._attributes
        dates = tuple(
            (tuple(attributes[each, name] for name in DATE_ATTRIBUTES if (each, name) in attributes), self._in(each))
            for each in posted.iter("*")
        )
        content = attributes.get((votes, "content")) if votes is not None else None
        return _Form(
            layout=lesson.layout,
            head=re.compile("".join(self._pattern[: self._half])),
            tail=re.compile("".join(self._pattern[self._half :])),
            opening=self._pattern[0][1:-1],  # without the group, so that all openings begin alike
            outer=own + "".join([*outer, *(tag for _, tag in unclosed)]),
            closes=tuple(reversed(closes)),
            opens=tuple(name for name, _ in unclosed),
            body=self._body,
            inline=inline,
            author=self._in(author),
            dates=dates,
            votes=() if votes is None else (content,) if content else self._in(votes),
            ids=tuple(group for (_, name), group in attributes.items() if name in _ID_ATTRIBUTES),
            links=tuple(group for (each, name), group in attributes.items() if name == "href" and each.tag == "a"),
            makes=self._makes([element for element in map(lesson.starts.get, kept) if element is not None]),
            context=lesson.context,
            promises=(lesson.promises[self._box, False], lesson.promises[self._box, True]),
        )

    def _makes(self, elements: Sequence[Element]) -> tuple[tuple[str, str], ...]:
        return tuple((str(each.tag), name) for each in elements if (name := each.get("class")))

    def _in(self, element: Element) -> tuple[int, ...]:
        """Return the groups of the texts in an element."""
        first, last = self._lesson.tags[element]
        return tuple(group for at, group in self._texts if first <= at < last)


def _classes(names: str) -> str:
    """Return the pattern of the classes of a comment: some are on any, and tell who wrote it or which it is."""
    words = [each for each in names.split() if not _ON_ANY.fullmatch(each)]
    if not words:
        return _masked(names)
    fixed = [re.sub(r"(?<=[-_])\d+$", lambda _: _NUMBER, re.escape(each)) for each in words]
    between = rf"(?:\s++{_ON_ANY.pattern})*+"
    inner = rf"{between}\s++".join(fixed)
    return rf"(?:{_ON_ANY.pattern}\s++)*+{inner}{between}\s*+"


def _masked(text: str) -> str:
    return re.sub(r"\d+", lambda _: _NUMBER, re.escape(text))
