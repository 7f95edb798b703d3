"""The page's own count of its comments: read from all places that look like one, the best supported taken.

A place is a short line or element with a number beside a comment word ("12 Kommentare", "Comments (12)", "One thought
on ..."), one that denies comments, or a bare number in an element named after comments. No place is a rule: each gets
weights for its form, its name, its position to the comments and its company, and the places that agree support each
other.
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain, islice, pairwise

from stance.parsing.html.tree import BLOCKS, Element, Index
from stance.parsing.languages import UNSPACED, phrases
from stance.parsing.lines import Cues, Line, letter_words, mask_numbers, split_lines

ANSWER_STEMS = phrases("count.answers")
COMMENT_HEADINGS = phrases("section.headings")
COUNT_OF = frozenset(phrases("count.of"))
MORE = frozenset(phrases("count.more"))
NO_COMMENTS = phrases("section.empty")
OLDER = frozenset(phrases("count.older"))
ONE = frozenset(phrases("count.one"))

LONGEST_CAPTION = 150
"""Characters of a line that states how many comments there are; a headline with the article's title included."""

LONGEST_COUNT = 9_999_999
"""A larger number is an identifier."""

MOST_PLACES = 400
"""Places of a page that are compared; a page with more is a list of other pages."""


MOST_NAMES = 12
"""Words of an element's names that are looked at."""

MANY = 4
"""Minimum number of elements of one tag and class that make a list of other articles, each with a count."""

SHORTEST_TITLE, LONGEST_TITLE = 10, 1_000
"""Characters of a heading that is looked for in the page's title, and of that title."""

LONGEST_NAME = 200
"""Characters of an attribute that are looked at."""

PAGE_LINKS = 3
"""Numbers 1, 2, 3 one behind the other that are links to pages."""

MOST_NOTED = 6
"""Words of a link to further comments."""

LONGEST_BARE = 30
"""Characters of a number without a comment word, and of one word behind it."""

MOST_PIECES, LONGEST_PIECE = 150, 300
"""Tags and texts in an element that may be a caption, and characters of one text, white space included."""

BARE = 1.0
"""Weight of a number without a word; two of them do not support each other."""

REST = 3.0
"""Penalty for a number of further comments on a page where no comment was found."""

NEAR = 60
"""Elements between a place and the comments, at most, for it to be their heading; sorting and forms stand between."""

NEAR_LINES = 12
"""The same in lines."""

LEAST, LEAST_LINE = 2.5, 2.0
"""Weight of a place that is believed, in elements and in lines: a bare number in a named element; a line that is half a
caption. From 2.0 to 3.0 at most two of 153 pages that were looked at are read differently."""

FURTHER_PAGES, LOAD_MORE, PINGBACKS = "further pages", "load more", "pingbacks counted"


@dataclass(frozen=True, slots=True)
class StatedCount:
    """The number of comments that a page states, and the reason it shows for having fewer of them."""

    count: int
    shown: int | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class _Caption:
    """The count that one short text states."""

    count: int
    weight: float
    shown: int | None = None
    lead: str = ""  # the word before it
    form: str = ""  # the words beside the number
    is_rest: bool = False  # "20 more comments": to be added to those shown


@dataclass(frozen=True, slots=True)
class _Place:
    """A caption, its place (in elements or lines) and its form."""

    caption: _Caption
    start: int
    end: int
    form: str
    weight: float = 0.0
    near: float = 0.0  # the part of the weight that its distance to the comments has


# Words ----------------------------------------------------------------------------------------------------------------


def _beside_number() -> Iterator[str]:
    """Yield the words that stand beside the number in headings of all languages."""
    for cue in COMMENT_HEADINGS:
        words = cue.split()
        if len(words) == 2 and "#" in words:
            yield words[1 - words.index("#")]
        elif 3 <= len(words) <= 4 and words[0] == "#" and words[-1] == "*":
            yield words[1]


_WORDS = frozenset((*_beside_number(), *phrases("count.words"))) - frozenset(phrases("count.other_things"))
_STEMS = tuple(stem for stem in phrases("count.stems") if stem < UNSPACED)
_UNSPACED_STEMS = tuple(stem for stem in phrases("count.stems") if stem > UNSPACED)

_DENIALS = frozenset(
    " ".join(cue.split()[:2]) for cue in NO_COMMENTS if len(cue.removesuffix(" *").split()) == 2 and "#" not in cue
)
"""Denials of two words, which also stand at the end of a line."""

_LAYOUT = re.compile(r"contain|row|col|wrap|inner|grid|flex|clear|pull|box|section", re.IGNORECASE)
"""Names of boxes for layout, which do not depend on their content."""

_NOTED = OLDER | MORE | COUNT_OF | {"/"}
"""Words of links to other comments, one of which each has."""

_PINGBACK = re.compile(r"\b(?:ping|track)-?backs?\b", re.IGNORECASE)

_NAMES = re.compile(
    r"(?:comm?ent|komm?ent|discuss|disqus|repl(?:y|ies)|respon[sd]|reactie|yorum|talkback)", re.IGNORECASE
)
_OTHER_NAMES = re.compile(
    r"page.?size|(?:^|[^a-z])(?:id|date|time|likes?|votes?|rating|rank|avatar|author|user|level|karma|score|shares?|"
    r"views?|permalink|timestamp)(?:$|[^a-z])",
    re.IGNORECASE,
)
"""Names of elements in a comment section whose number counts, or is, something else."""

_HEAD_NAMES = re.compile(r"head|titl|count|number", re.IGNORECASE)

_NUMBER = r"\d{1,3}(?:[.,'’\u00a0\u202f]\d{3})+(?!\d)|\d+"
_TOKEN = re.compile(rf"(?P<number>{_NUMBER})(?P<rest>[.,]\d+)?(?P<k>\s?[kKmM](?![^\W\d_]))?|(?P<word>[^\W\d_]+)")
_SPACED = re.compile(r"^\W{0,2}(\d{1,3}(?: \d{3})+)(?= [^\W\d_])")
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_DIGIT, _UNSPACED = re.compile(r"\d"), re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")
_BARE_NUMBER = re.compile(r"[\W_]*\d[\d .,'’\u00a0\u202f]*[kKmM]?[\W_]*[^\W\d_]*[\W_]*")
_OPENINGS = ONE | {cue.split()[0] for cue in NO_COMMENTS}
_CONTROL = re.compile(r"^\s*\((?:BUTTON|SUBMIT)\)\s*")
"""The mark of a button in the dumps of text browsers."""

_HEADINGS, _NONE = Cues(COMMENT_HEADINGS), Cues(NO_COMMENTS)


@lru_cache(maxsize=8192)
def is_comment_word(word: str) -> bool:
    """Return whether a word in lower case names comments."""
    if word in _WORDS or word.startswith(_STEMS):
        return True
    return len(word) <= 8 and any(stem in word for stem in _UNSPACED_STEMS)


# Captions -------------------------------------------------------------------------------------------------------------


def _may_count(text: str) -> bool:
    """Return whether a text has a digit, or a word that a denial or "one comment" has; most have neither."""
    if _DIGIT.search(text):
        return True
    words = text.lower().split() or [""]
    return words[0] in _OPENINGS or (not text.isascii() and _UNSPACED.search(text) is not None) or words[-1] in _WORDS


@dataclass(frozen=True, slots=True)
class _Token:
    """A number or a word of a caption, and the signs behind it."""

    number: int | None
    word: str
    behind: str
    is_year: bool
    is_glued: bool = False  # to the word before it, as in "Ann12" and "Comments12"


def _tokens(text: str) -> list[_Token]:
    """Split a short text into its words and its whole numbers; parts of dates, times and prices are words."""
    text = _SPACED.sub(lambda match: match[0].replace(" ", ""), text)
    found = list(_TOKEN.finditer(text))
    tokens = []
    for place, match in enumerate(found):
        after = found[place + 1].start() if place + 1 < len(found) else len(text)
        number = None if match["word"] else _number(text, match)
        is_year = bool(match["number"]) and len(match["number"]) == 4 and 1980 <= int(match["number"]) <= 2040
        glued = match.start() > 0 and text[match.start() - 1].isalpha()
        tokens.append(_Token(number, (match["word"] or "").lower(), text[match.end() : after], is_year, glued))
    return tokens


def _number(text: str, match: re.Match[str]) -> int | None:
    """Return the number that was matched; None where it is a part of a date, time, price, decimal or identifier."""
    before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 2]
    if before and before in "/:.,€$£#@+" and text[match.start() - 2 : match.start() - 1].strip():
        return None
    if after[:1] in ("%", "€", "$", "°") or (after[:1] in ("/", ":", ".") and after[1:].isdigit()):
        return None
    if _ISO_DATE.match(text, match.start()):
        return None
    digits = re.sub(r"\D", "", match["number"])
    if match["k"]:
        value = float(f"{digits}.{match['rest'][1:]}" if match["rest"] else digits)
        return min(LONGEST_COUNT, round(value * (1_000 if match["k"].strip() in "kK" else 1_000_000)))
    if match["rest"]:
        return None
    return int(digits) if int(digits) <= LONGEST_COUNT else None


def _caption(text: str) -> _Caption | None:
    """Read a text as a count of comments; None where it is none, or long."""
    if len(text) > LONGEST_CAPTION or "://" in text:
        return None
    text = " ".join((_CONTROL.sub("", text) if "(" in text else text).split())
    return _short_caption(text) if _may_count(text) else None


@lru_cache(maxsize=8192)
def _short_caption(text: str) -> _Caption | None:
    """Read a caption; boxes around one have the same text."""
    words = letter_words(text)
    names_comments = any(map(is_comment_word, words))
    if not names_comments and _OPENINGS.isdisjoint(words):  # as in most
        return None
    if any(word.startswith("spam") for word in words):  # blocked, not shown
        return None
    line = split_lines(text)[0]
    heading = names_comments and _HEADINGS.match(line)
    if not names_comments or (line.words >= 8 and line.ends_sentence and not heading):
        return _Caption(0, 2.5) if _NONE.match(line) else None
    tokens = _tokens(text)
    found = _counted(tokens) or _named_one(tokens, heading) or _denied(line, tokens)
    if found is None:
        return None
    return replace(found, weight=found.weight + (0.5 if heading else 0.0) + (0.5 if len(tokens) <= 4 else 0.0))


def _counted(tokens: list[_Token]) -> _Caption | None:
    """Read "12 comments", "12 reader comments", "comments (12)", "10 of 230 comments"; the closest pair counts."""
    numbers = (place for place, token in enumerate(tokens) if token.number is not None)
    found = (_before_word(tokens, place) or _behind_word(tokens, place) for place in numbers)
    return max(filter(None, found), key=lambda each: each.weight, default=None)


def _before_word(tokens: list[_Token], place: int) -> _Caption | None:
    """Read a number before a comment word, with up to two words between them."""
    token = tokens[place]
    if token.is_glued and place > 0 and is_comment_word(tokens[place - 1].word):
        return None
    for gap, following in enumerate(tokens[place + 1 : place + 4]):
        if (
            _breaks(tokens[place + gap])
            or following.number is not None
            or (place > 0 and (token.is_year or gap * token.is_glued))
        ):
            return None
        if is_comment_word(following.word):
            behind = tokens[place + gap + 2 : place + gap + 3]
            if ":" in following.behind and any(each.number is not None for each in behind):
                return None  # "Views: 1341 Comments: 0"
            is_heading = place == 0 and len(tokens) >= gap + 4  # "3 answers to ..."; "3 replies" opens a branch
            answers = following.word.startswith(ANSWER_STEMS) and not is_heading
            rest = any(between.word in MORE for between in tokens[place + 1 : place + 1 + gap])
            weight = 3.0 - gap * (not rest) - 1.5 * answers - 1.5 * token.is_glued  # "Ann12 discussions"
            form = f"{'^' * (place == 0)}# {following.word[:5]}"
            lead = tokens[place - 1].word if place else ""
            return _Caption(token.number or 0, weight, _shown(tokens, place), lead, form, rest)
    return None


def _behind_word(tokens: list[_Token], place: int) -> _Caption | None:
    """Read a number directly behind a comment word."""
    token, before = tokens[place], tokens[place - 1] if place else None
    if before is None or not is_comment_word(before.word) or re.search(r"[.!?#@|–]", before.behind):
        return None
    ends = place + 1 == len(tokens) or bool(token.behind.strip())
    if not ends and not _PINGBACK.match(tokens[place + 1].word):
        return None
    if token.is_year and ")" not in token.behind and ":" not in before.behind:  # "Comments 2013"
        return None
    answers = before.word.startswith(ANSWER_STEMS)
    weight = (3.0 if ")" in token.behind or ":" in before.behind else 2.5) - 1.5 * answers
    behind = pairwise(tokens[place + 1 : place + 4])  # "comments 1 - 25 of 71"
    total = next((end.number for of, end in behind if of.word in COUNT_OF and end.number is not None), token.number)
    return _Caption(total or 0, weight, form=f"{before.word[:5]} #")


def _breaks(token: _Token) -> bool:
    """Return whether a sentence or a part of a line ends behind a token."""
    return bool(re.search(r"[.!?|•·;:,]\s|[|•·(\[]", token.behind + " "))


def _shown(tokens: list[_Token], place: int) -> int | None:
    """Read how many are shown off "10 of 230" and "1-25 of 71"."""
    if place >= 2 and tokens[place - 1].word in COUNT_OF and tokens[place - 2].number is not None:
        return tokens[place - 2].number
    return None


def _named_one(tokens: list[_Token], heading: bool) -> _Caption | None:
    """Read "One comment" and "One thought on ..."; "write a comment" has a word before it, "a comment by" behind it."""
    if len(tokens) < 2 or tokens[0].word not in ONE or not is_comment_word(tokens[1].word):
        return None
    return _Caption(1, 3.0, form="#") if heading else _Caption(1, 2.5, form="#") if len(tokens) == 2 else None


def _denied(line: Line, tokens: list[_Token]) -> _Caption | None:
    """Read "No comments yet", "Be the first to comment", "... | Keine Kommentare"."""
    if _NONE.match(line):
        return _Caption(0, 3.0)
    return _Caption(0, 2.5) if " ".join(token.word for token in tokens[-2:]) in _DENIALS else None


# Elements -------------------------------------------------------------------------------------------------------------

_UNREAD = frozenset((
    "script", "link", "style", "noscript", "template", "head", "svg", "select", "option", "textarea", "iframe", "title"
))  # fmt: skip
_HEADING_TAGS = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))
_NAMING = ("class", "id", "title", "aria-label")
_COMMENT_PAGE = "comment-page"
"""Part of the name, or of the address, of a link to another page of comments."""


def stated_in_html(
    index: Index,
    around: Sequence[Element] = (),
    comments: int = 0,
) -> StatedCount | None:
    """Return the page's own count of comments; None where it states none.

    :param index: The page.
    :param around: The elements of the comments that were found, if any.
    :param comments: How many comments were found; where as many are stated, no reason for others is looked for.
    """
    is_caption = {each for each in around if each.tag in _HEADING_TAGS and _caption(_short_text(index, each) or "")}
    found = _Found.of(index, (each for each in around if each not in is_caption))
    texts = _telling_texts(index, found)
    captions = _captions(index, texts)
    outside = [each for each in captions if not found.holds(index.text.span(each)[:2])][:MOST_PLACES]
    if not outside:
        return None
    page = _PageForms.of(index, outside)
    if found.starts:
        own = found.starts[0] - NEAR, found.ends[-1] + NEAR

        def is_heading(element: Element) -> bool:  # only that may state fewer than there are: it may leave out answers
            return bool(captions[element].form) and index.text.positions[element] < found.ends[-1]

        outside = [
            each
            for each in outside
            if (count := captions[each].count) == len(found.starts)
            or (_leads_to(index, page, own, each) and (count > len(found.starts) or is_heading(each)))
        ]
    places = [_weighed(index, found, page, element, captions[element]) for element in outside]
    best = _best(places, len(found.starts), LEAST, is_found=bool(found.starts))
    if best is None:
        return None
    is_all = best.count in (0, len(found.starts), comments)
    return StatedCount(best.count, best.shown, None if is_all else _note_around(index, found, texts))


def _leads_to(index: Index, page: "_PageForms", own: tuple[int, int], element: Element) -> bool:
    """Return whether a count is of the comments that were found: near them, below the title, or a link in the page.

    :param own: The range of elements in and near the comments.
    """
    start = index.text.positions[element]
    is_link = any(box.tag == "a" and "#" in box.get("href", "") for box in _boxes(element))
    return own[0] <= start < own[1] or is_link or page.below_title(start)


@dataclass(frozen=True, slots=True)
class _PageForms:
    """The frequency of the tags and classes around captions, and the positions of the page's headings and title."""

    often: Counter[tuple[str, str]]
    headings: list[int]
    titles: list[int]

    @classmethod
    def of(cls, index: Index, places: Iterable[Element]) -> "_PageForms":
        """Survey the elements of a page, given those with captions."""
        names = {box.get("class", "") for place in places for box in _boxes(place)}
        asked = {name for name in names if name and not _LAYOUT.search(name[:LONGEST_NAME])}
        often = Counter([(element.tag, name) for name, element in index.valued("class") if name in asked])
        title = " ".join(index.text.label_of(each) for each in index.select("title")[:1])[:LONGEST_TITLE].casefold()
        headings = index.select(*_HEADING_TAGS)
        texts = {each: (_short_text(index, each) or "").casefold() for each in headings}
        titles = [each for each, text in texts.items() if len(text) >= SHORTEST_TITLE and text in title]
        if len(first := index.select("h1")) == 1:
            titles = [*first, *titles]
        return cls(often, *([index.text.positions[each] for each in group] for group in (headings, titles)))

    def below_title(self, start: int) -> bool:
        """Return whether the last heading before a place, or the next one, is the page's title."""
        place = bisect_right(self.headings, start)
        return any(heading in self.titles[:3] for heading in self.headings[max(place - 2, 0) : place + 1])

    def is_repeated(self, elements: Iterable[Element]) -> bool:
        """Return whether one of some elements with a class is one of many."""
        return any(self.often[element.tag, element.get("class", "")] >= MANY for element in elements)


def _boxes(element: Element) -> tuple[Element, ...]:
    """Return an element and the two around it."""
    return (element, *islice(element.iterancestors(), 2))


def _short_text(index: Index, element: Element) -> str | None:
    """Return the text of an element as one line; None where that is longer than a caption."""
    if element.tag in _UNREAD:
        return ""
    _, _, first, last = index.text.span(element)
    if last - first > MOST_PIECES:
        return None
    if len(element) == 0:  # as most are
        text = " ".join((element.text or "").split())
    elif "button" in [inner.tag for inner in index.text.inside(element)]:  # an index leaves out its text
        text = " ".join("".join(_pieces(element)).split())
    else:
        text = index.text.label_of(element)
    return text if len(text) <= LONGEST_CAPTION else None


def _pieces(element: Element) -> Iterator[str]:
    """Yield the pieces of the text of an element, with a blank around each block."""
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _UNREAD:
            edge = " " if child.tag in BLOCKS else ""
            yield from (edge, *_pieces(child), edge)
        yield child.tail or ""


def _telling_texts(index: Index, found: "_Found") -> dict[Element, str]:
    """Return the short texts beside the comments with a number, or a word of a caption or a note, in page order."""
    texts: dict[Element, str | None] = {}
    pieces = index.text
    ends, begins = (pieces.lasts[start] for start in found.starts), (pieces.firsts[start] for start in found.starts)
    beside = map(pieces.own_pieces, chain((0,), ends), chain(begins, (None,)))
    telling_ones = {element for element, piece in chain.from_iterable(beside) if _may_tell(piece)}
    for telling in reversed(index.in_order(telling_ones)):
        # what is around a long text is not read
        element: Element | None = telling
        text: str | None = telling.tag
        while element in index.text.positions and element not in texts and text != "":
            is_long = text is None and element.tag not in _UNREAD
            text = texts[element] = None if is_long else _short_text(index, element)
            element = element.getparent()
    return {element: text for element in index.in_order(texts) if (text := texts[element])}


def _may_tell(text: str) -> bool:
    """Return whether a piece of a text may be one of a caption or of a note: with a number, or a word of these."""
    if len(text) > LONGEST_PIECE:
        return False
    if _DIGIT.search(text) or (not text.isascii() and _UNSPACED.search(text)):
        return True
    lowered = text.lower()
    words = lowered.split() or [""]
    is_known = words[0] in _OPENINGS or words[-1] in _WORDS or not _NOTED.isdisjoint(words[:MOST_NOTED])
    return is_known or "back" in lowered


def _captions(index: Index, texts: dict[Element, str]) -> dict[Element, _Caption]:
    """Return the captions of the elements with a short text, in page order."""
    distinct = set(texts.values())  # boxes around one have the same text
    of_text = {text: caption for text in distinct if (caption := _caption(text))}
    bare = {text for text in distinct if len(text) <= LONGEST_BARE and _BARE_NUMBER.fullmatch(text)}
    found: dict[Element, _Caption] = {}
    for element, text in texts.items():
        if caption := of_text.get(text) or (_bare_number(text, _names(element)) if text in bare else None):
            found[element] = caption
    for element in index.select("[itemprop=commentCount]"):
        found.pop(element, None)
        value = (element.get("content") or texts.get(element, "")).strip()
        is_number = value.isascii() and value.isdigit() and len(value) < 8
        if is_number and element.tag not in _UNREAD and _short_text(index, element) is not None:
            found[element] = _Caption(int(value), 3.0)
    return {element: found[element] for element in index.in_order(found)}


def _bare_number(text: str, names: str) -> _Caption | None:
    """Read a number in an element named after comments; with a word behind it where it is named as their heading."""
    if not _NAMES.search(names) or _OTHER_NAMES.search(names):
        return None
    tokens = _tokens(text)
    if not 1 <= len(tokens) <= 2 or tokens[0].number is None:
        return None
    if len(tokens) == 1:
        return _Caption(tokens[0].number, BARE)
    return _Caption(tokens[0].number, 2.0) if tokens[1].number is None and _HEAD_NAMES.search(names) else None


def _names(element: Element) -> str:
    """Return the first words of an element's names, and the target of a link in the page."""
    words = [element.get(name, "")[:LONGEST_NAME] for name in _NAMING]
    if element.tag == "a":
        words.append(element.get("href", "")[-LONGEST_NAME:].rpartition("#")[2][:30])
    return " ".join(" ".join(words).split()[:MOST_NAMES])


@dataclass(frozen=True, slots=True)
class _Found:
    """The positions of the comments that were found in a page."""

    starts: tuple[int, ...] = ()
    ends: tuple[int, ...] = ()

    @classmethod
    def of(cls, index: Index, around: Iterable[Element]) -> "_Found":
        """Collect the outermost of the elements of the comments."""
        spans = sorted(index.text.span(each)[:2] for each in around if each in index.text.positions)
        outer: list[tuple[int, int]] = []
        for start, end in spans:
            if not outer or start >= outer[-1][1]:
                outer.append((start, end))
        return cls(tuple(start for start, _ in outer), tuple(end for _, end in outer))

    def holds(self, span: tuple[int, int]) -> bool:
        """Return whether a place is in a comment or around one."""
        place = bisect_right(self.starts, span[0]) - 1
        if place >= 0 and span[0] < self.ends[place]:
            return True
        return place + 1 < len(self.starts) and self.starts[place + 1] < span[1]

    def nearness(self, start: int, end: int, near: int) -> float:
        """Return the weight of a distance: just above the comments best, just below them good, between them bad."""
        if not self.starts:
            return 0.0
        if end <= self.starts[0]:
            return 3.0 if self.starts[0] - end <= near else 0.0
        if start >= self.ends[-1]:
            return 1.5 if start - self.ends[-1] <= near else -0.5
        return -2.0


def _weighed(index: Index, found: _Found, page: _PageForms, element: Element, caption: _Caption) -> _Place:
    """Weigh a place by its tag, the names of it and its boxes, and its distance to title and comments."""
    start, end = index.text.span(element)[:2]
    boxes = _boxes(element)
    near = found.nearness(start, end, NEAR)
    weight = caption.weight + near
    weight += 1.5 * any(box.tag in _HEADING_TAGS for box in boxes)
    weight += 1.5 * any(_NAMES.search(_names(box)) for box in boxes)
    weight += 1.5 * (of_title := page.below_title(start))
    weight -= (1.5 if of_title else 4.0) * (near <= 0.0 and page.is_repeated(boxes))
    form = "/".join(f"{box.tag}.{_first_class(box)}" for box in boxes)
    return _Place(caption, start, end, form, weight, near)


def _first_class(element: Element) -> str:
    """Return the first class of an element, with ``#`` for its numbers."""
    return mask_numbers(element.get("class", "")[:LONGEST_NAME].partition(" ")[0])


# Choice ---------------------------------------------------------------------------------------------------------------


def _best(places: Sequence[_Place], known: int, least: float, *, is_found: bool) -> _Caption | None:
    """Choose the place with the greatest weight, after those of one form and those of one number are compared."""
    numbers: defaultdict[str, set[int]] = defaultdict(set)
    of_form = Counter[str]()
    for place in places:
        for form in {place.form, place.form.removeprefix("^")}:
            of_form[form] += 1
            numbers[form].add(place.caption.count)
    ranked = []
    for place in places:
        weight, caption = place.weight, place.caption
        if caption.is_rest:
            caption = replace(caption, count=caption.count + known, shown=known)
            weight -= REST if known == 0 else 1.0
        if of_form[place.form] >= MANY - 1 and (len(numbers[place.form]) >= 2 or of_form[place.form] > MANY):
            weight -= 1.5 if place.near >= 2.0 else 4.0
        else:
            weight += 1.0 * min(2, _agreeing(places, place))
        weight -= (2.0 if caption.form else 7.0) * (is_found and caption.count == 0)
        ranked.append((weight, -place.start, caption))
    if not ranked:
        return None
    weight, _, best = max(ranked, key=lambda each: each[:2])
    shown = next((p.caption.shown for p in places if p.caption.shown and p.caption.count == best.count), best.shown)
    return replace(best, shown=shown) if weight >= least else None


def _agreeing(places: Sequence[_Place], place: _Place) -> int:
    """Count the places of another form with the same number that are neither in nor around a place."""
    apart = {
        other.form
        for other in places
        if other.caption.count == place.caption.count
        and (min if place.caption.count == 0 else max)(other.caption.weight, place.caption.weight) > BARE
        and (other.end <= place.start or other.start >= place.end)
    }
    return len(apart - {place.form})


# What is not shown ----------------------------------------------------------------------------------------------------

_PAGE_OF = re.compile(
    rf"^\W{{0,3}}(?:{'|'.join(phrases('count.page'))})?\W{{0,3}}\d{{1,4}}\s*(?:{'|'.join(COUNT_OF)}|/)\s*(\d{{1,4}})\W{{0,3}}$",
    re.IGNORECASE,
)


def _note_around(index: Index, found: _Found, texts: dict[Element, str]) -> str | None:
    """Return why a page may show fewer comments than it states, from the texts around them, or all texts."""
    first, last = (found.starts[0] - NEAR, found.ends[-1] + NEAR) if found.starts else (0, len(index.elements))
    paging = index.select(*(f"[{name}*={_COMMENT_PAGE}]" for name in (*_NAMING, "href")))
    notes = set[str | None]()
    numbers: list[tuple[int, int]] = []
    for element in dict.fromkeys((*texts, *paging)):
        start, end = index.text.span(element)[:2]
        if first <= start < last and not found.holds((start, end)) and (text := _short_text(index, element)):
            notes.add(_note_of(text, element))
            if page := _page_number(text):
                numbers.append((start, page))

    return _first_note(notes, _page_numbers(index, found, numbers))


def _page_numbers(index: Index, found: _Found, numbers: Iterable[tuple[int, int]]) -> Iterator[int]:
    """Yield the numbers of pages, each with its position, and 0 where another short text is between two of them."""
    behind = 0
    for start, page in numbers:
        between = (each for each in index.elements[behind:start] if not found.holds(index.text.span(each)[:2]))
        if any(_short_text(index, each) is not None for each in between):
            yield 0
        yield page
        behind = start + 1


def _first_note(notes: set[str | None], pages: Iterable[int]) -> str | None:
    """Return the strongest of the reasons that were found; numbers of pages one behind the other are one."""
    last = run = 0
    for page in pages:
        if page != last:  # an item of a list and the link in it have the same number
            run = run + 1 if page == last + 1 and (run or page <= 2) else int(page in (1, 2))
            last = page
        if run == PAGE_LINKS:
            return FURTHER_PAGES
    return next((note for note in (FURTHER_PAGES, LOAD_MORE, PINGBACKS) if note in notes), None)


def _page_number(text: str) -> int:
    """Return the number that a text is; 0 where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0


def _note_of(text: str, element: Element | None = None) -> str | None:
    """Return the reason that one short text is for: a link to other comments, or a pingback."""
    if not text or len(text) > LONGEST_CAPTION:
        return None
    words = text.lower().split(None, MOST_NOTED)
    if len(words) <= MOST_NOTED:
        names = "" if element is None else f"{_names(element)} {(element.get('href') or '')[-80:]}"
        page = _PAGE_OF.match(text)
        further = (page and int(page[1]) > 1) or not OLDER.isdisjoint(words) or _COMMENT_PAGE in names
        if (further or not MORE.isdisjoint(words)) and (any(map(is_comment_word, words)) or _NAMES.search(names)):
            return FURTHER_PAGES if further else LOAD_MORE
    return PINGBACKS if "back" in text.lower() and _PINGBACK.search(text) else None


def explain_difference(stated: StatedCount | None, found: int) -> str | None:
    """Return a sentence with both numbers and the reason; None where they are equal or no number is stated."""
    if stated is None or stated.count == found:
        return None
    are = "was" if found == 1 else "were"
    states = f"the page states {stated.count} comment{'s' * (stated.count != 1)}, {found} {are} found"
    if found > stated.count:
        return f"{states}; its count may leave out answers"
    if stated.note is not None and (stated.note != PINGBACKS or stated.count <= 2 * found):
        return f"{states}; {_REASONS[stated.note]}"
    if stated.shown == found:
        return f"{states}; it states that it shows {found}"
    return states


_REASONS = {
    FURTHER_PAGES: "the others are on further pages",
    LOAD_MORE: "the others are loaded on demand",
    PINGBACKS: "its count may include pingbacks",
}


# Lines ----------------------------------------------------------------------------------------------------------------


def stated_in_lines(
    lines: Sequence[Line], start: int | None = None, end: int | None = None, found: int | None = None
) -> StatedCount | None:
    """Return the page's own count of comments off its lines; None where it states none.

    :param lines: All lines of the page.
    :param start: The first line of the comment section, headings included; None where none was found.
    :param end: The line behind its last one.
    :param found: Its comments; where the page states as many, no reason for fewer is looked for.
    """
    inside = range(0) if start is None or end is None else range(start + NEAR_LINES + 1, end)
    outside = [number for number in range(len(lines)) if number not in inside]
    captions = [_caption(lines[number].full) or _of_two_lines(lines, number) for number in outside]
    leads: Counter[str] | None = None
    places = []
    for number, caption in zip(outside, captions, strict=True):
        if caption is None:
            continue
        near = _line_nearness(number, start, end)
        if start is not None and near <= 0.0 and number >= (end or 0) and caption.count != found:
            continue  # of another list below the comments
        if leads is None and near <= 0.0:
            leads = Counter(word for line in lines if len(line.text) <= LONGEST_CAPTION for word in _leads(line))
        weight = caption.weight + near - 3.0 * (leads is not None and near <= 0.0 and leads[caption.lead] >= MANY)
        places.append(_Place(caption, number, number + 1, caption.form, weight, near))
        if len(places) == MOST_PLACES:
            break
    best = _best(places, 0, LEAST_LINE, is_found=start is not None)
    if best is None:
        return None
    if best.count == found:
        return StatedCount(best.count, best.shown)
    reach = slice(0, None) if start is None else slice(max(start - NEAR_LINES, 0), (end or len(lines)) + NEAR_LINES)
    texts = [line.full for line in lines[reach]]
    return StatedCount(best.count, best.shown, _first_note(set(map(_note_of, set(texts))), map(_page_number, texts)))


def stated_in_line(line: Line) -> int | None:
    """Return the count of comments that a line states by itself; None where it states none."""
    caption = _caption(line.full)
    return caption.count if caption and caption.weight - REST * caption.is_rest >= LEAST_LINE else None


def _leads(line: Line) -> set[str]:
    """Return the last words of a line, but for the first: a name in the by-lines of a list of articles is one."""
    return set(line.key.split()[-3:]) if line.words >= MANY else set()


def _of_two_lines(lines: Sequence[Line], number: int) -> _Caption | None:
    """Read a number that stands alone below, or above, a heading without one."""
    text = lines[number].full
    if not text.isascii() or not text.strip("()[] ").isdigit() or len(text) > 9:
        return None
    count = int(text.strip("()[] "))
    for other, weight in ((number - 1, 2.5), (number + 1, 2.0)):
        heading = lines[other] if 0 <= other < len(lines) else None
        if heading and heading.words <= 3 and not _DIGIT.search(heading.text) and _HEADINGS.match(heading):
            return _Caption(count, weight, form="two lines")
    return None


def _line_nearness(number: int, start: int | None, end: int | None) -> float:
    """Return the weight of a line's distance to the section that was found."""
    if start is None or end is None:
        return 0.0
    if start - NEAR_LINES <= number <= start + NEAR_LINES:
        return 3.0 - 0.1 * abs(number - start)
    return 1.0 if end <= number <= end + NEAR_LINES else 0.0
