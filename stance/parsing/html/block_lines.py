"""Split an HTML page into lines and mark those that dates, names, controls and prose make."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from lxml import etree

from stance.parsing.dates import find_date
from stance.parsing.headings import is_heading
from stance.parsing.html.marks import is_role, is_titled_stamp, name_in
from stance.parsing.html.tree import BLOCKS, UNSEEN, Element, Index
from stance.parsing.languages import COMMENT_ACTIONS, REPLY_TO
from stance.parsing.lines import line_key, name_like, split_lines, strip_prefix

LONGEST_PART = 90
"""Characters of an element with a name or a date; a longer one holds other things too."""

LONGEST_NAME = 50
"""Characters of a name itself."""

NAME_WORDS = 6
"""Words of a name."""

LONGEST_CONTROL = 60
"""Characters of a control or a counter with its label."""

PROSE_WORDS = 8
"""Words of a line that is no label, whatever ends it."""

DATED_WORDS = 10
"""Words of a line with a date in a language that nobody listed."""

_DATED = re.compile(
    r"(?<!\d)\d{1,2}(?:st|nd|rd|th|\.)?[\s/.,-]{1,3}[^\W\d_]{3,14}[\s/.,-]{1,3}(?:\w{1,3}\s){0,2}"
    r"(?:(?:19|20)\d\d|\d{1,2}[:.h]\d\d)(?!\d)"
    r"|[^\W\d_]{3,14}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s(?:\w{1,3}\s){0,2}(?:(?:19|20)\d\d|\d{1,2}:\d\d)(?!\d)"
)
"""A day, a word and a year or a clock time: a date, whatever the language."""

_CLOCK = re.compile(r"(?<!\d)\d{1,2}:\d\d(?!\d)")
_NUMBERS = re.compile(r"[+−-]?\d[\d.,:]*")
_SENTENCE = re.compile(r"[.!?…。？！][\"'”’»)\]]*$")
_ACTIONS = frozenset(COMMENT_ACTIONS)


@dataclass(slots=True)
class Line:
    """A line as a reader sees it, and its marks."""

    text: str
    start: int  # its first atom
    end: int = 0
    words: int = 0
    linked: int = 0  # characters in links
    is_date: bool = False
    is_prose: bool = False
    is_action: bool = False
    is_headline: bool = False
    name: str | None = None

    @property
    def mask(self) -> str:
        """The line with ``#`` for its numbers."""
        return masked(self.text)


@dataclass(slots=True)
class Segment:
    """One block of a group: an element, and the range of its atoms."""

    box: int  # position of its element
    start: int  # its first atom
    end: int
    parent: int | None = None
    inner: list[tuple[int, int]] = field(default_factory=list)  # ranges of the blocks in it


@lru_cache(maxsize=16_384)
def masked(text: str) -> str:
    """Return a text in lower case with ``#`` for its numbers."""
    return _NUMBERS.sub("#", text.lower())


@lru_cache(maxsize=16_384)
def is_action(text: str) -> bool:
    """Return whether a text is a control that only comments have."""
    if not text or len(text) > LONGEST_CONTROL:
        return False
    return line_key(_NUMBERS.sub("", text)) in _ACTIONS or strip_prefix(text, REPLY_TO) is not None


@lru_cache(maxsize=16_384)
def person_in(text: str) -> str | None:
    """Return the name that a short text holds beside a date and words such as "says"."""
    if not text or len(text) > LONGEST_PART or text[-1] in ",!?;，！？":
        return None
    name = name_in(text)
    if name is None or not name_like(name, words=NAME_WORDS, characters=LONGEST_NAME) or is_action(name):
        return None
    if is_role(name) or not any(map(str.isalpha, name)) or find_date(name) is not None:
        return None
    if _CLOCK.search(name) or _DATED.search(name):
        return None
    return name


@lru_cache(maxsize=16_384)
def is_dated(text: str) -> bool:
    """Return whether a short line has the numbers of a date, in any language."""
    return len(text.split(None, DATED_WORDS)) <= DATED_WORDS and bool(_DATED.search(text))


class Table:
    """The atoms (pieces of text between tags) and lines of a page, in page order.

    :param index: The page.
    """

    def __init__(self, index: Index) -> None:
        self.index = index
        self.elements = index.elements
        size = len(self.elements)
        self.first, self.last = [0] * size, [0] * size  # atoms of each element
        self.above: list[int] = [-1] * size
        self.texts: list[str] = []
        self.owners: list[int] = []
        self.line_of: list[int] = []
        self.in_link: list[bool] = []
        self.lines: list[Line] = []
        self.buttons: dict[int, str] = {}  # position -> label
        self.fields: list[int] = []  # atoms at which a text is asked for
        self.images: list[int] = []
        self.titles: list[int] = []  # atoms at which the page's main heading stands
        self._pending = False
        self._walk()
        self._mark()

    def _walk(self) -> None:
        stack: list[int] = []
        hidden = links = 0
        position = -1
        for event, node in etree.iterwalk(self.elements[0], events=("start", "end", "comment", "pi")):
            if event == "start":
                position += 1
                self.above[position] = stack[-1] if stack else -1
                stack.append(position)
                self._begin(position, node, hidden)
                hidden += node.tag in UNSEEN
                links += node.tag == "a"
                following = node.text
            else:
                if event == "end":
                    closed = stack.pop()
                    if node.tag in BLOCKS:
                        self._pending = False
                    self.last[closed] = len(self.texts)
                    hidden -= node.tag in UNSEEN
                    links -= node.tag == "a"
                following = node.tail
            if following and stack and not hidden:
                self._add(following, stack[-1], links > 0)

    def _begin(self, position: int, node: Element, hidden: int) -> None:
        tag = node.tag
        if tag in BLOCKS:
            self._pending = False
        self.first[position] = len(self.texts)
        if tag in ("textarea", "form"):
            self.fields.append(len(self.texts))
        elif tag == "button" and not hidden:
            self.buttons[position] = self.index.text.label_of(node)
        elif tag == "img":
            self.images.append(len(self.texts))
        elif tag == "h1":
            self.titles.append(len(self.texts))

    def _add(self, text: str, owner: int, in_link: bool) -> None:
        if not self._pending:
            if text.isspace():
                return
            self.lines.append(Line("", len(self.texts)))
            self._pending = True
        self.texts.append(text)
        self.owners.append(owner)
        self.line_of.append(len(self.lines) - 1)
        self.in_link.append(in_link)
        self.lines[-1].end = len(self.texts)

    def _mark(self) -> None:
        for line in self.lines:
            line.text = " ".join("".join(self.texts[line.start : line.end]).split())
            line.words = len(line.text.split(None, 40))
            line.linked = sum(len(self.texts[i]) for i in range(line.start, line.end) if self.in_link[i])
            line.is_prose = line.words >= 20 or (line.words >= PROSE_WORDS and bool(_SENTENCE.search(line.text[-4:])))
            if len(line.text) <= LONGEST_PART and not line.is_prose:
                line.is_date = find_date(line.text) is not None or is_dated(line.text)
                line.name = person_in(line.text)
            if len(line.text) <= 2 * LONGEST_PART:
                self._mark_atoms(line)
        for position, label in self.buttons.items():
            atom = self.first[position]
            if is_action(label) and self.lines:
                near = self.line_of[min(atom, len(self.line_of) - 1)]
                self.lines[max(near - (atom == self.lines[near].start), 0)].is_action = True
        for time in self.index.select("time", "[title]"):
            position = self.index.text.spans[time][0]
            atom = self.first[position]
            if atom < self.last[position] and (time.tag == "time" or is_titled_stamp(time)):
                self.lines[self.line_of[atom]].is_date = True

    def _mark_atoms(self, line: Line) -> None:
        for atom in range(line.start, line.end):
            text = " ".join(self.texts[atom].split())
            line.is_action = line.is_action or is_action(text)
            if self.in_link[atom] and len(text.split()) >= 5 and find_date(text) is None:
                line.is_headline = True
        line.is_action = line.is_action or is_action(line.text)

    def own_lines(self, segment: Segment) -> list[Line]:
        """Return the lines of a block that are in no block in it."""
        found: list[Line] = []
        start = segment.start
        for first, after in [*segment.inner, (segment.end, segment.end)]:
            if start < first:
                found += self.lines[self.line_of[start] : self.line_of[first - 1] + 1]
            start = max(start, after)
        return found

    def headings(self) -> list[int]:
        """Return the positions of the lines that head comments."""
        short = ((i, line.text) for i, line in enumerate(self.lines) if len(line.text) <= 2 * LONGEST_PART)
        return [i for i, text in short if any(map(is_heading, split_lines(text)))]
