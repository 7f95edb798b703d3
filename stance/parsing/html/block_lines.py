"""Split an HTML page into lines and mark those that dates, names, controls and prose make."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from stance.parsing.dates import find_date
from stance.parsing.html.marks import is_role, is_titled_stamp, name_in
from stance.parsing.html.tree import Index
from stance.parsing.languages import phrases
from stance.parsing.line_parts import is_heading
from stance.parsing.lines import line_key, name_like, split_lines, strip_prefix

REPLY_TO = phrases("comment.reply_to")

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
_ACTIONS = frozenset(phrases("comment.own_actions"))


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
        text = index.text
        positions = {element: position for position, element in enumerate(index.elements)}
        parents = (element.getparent() for element in index.elements)
        self.index = index
        self.elements = index.elements
        self.above = [-1 if parent is None else positions.get(parent, -1) for parent in parents]
        self.texts: list[str] = []
        self.owners: list[int] = []  # of each atom, as a position of an element
        self.line_of: list[int] = []
        self.lines: list[Line] = []
        atoms = [0]  # before each piece of the page's text
        is_begun = False
        for piece, owner, is_hidden in zip(text.pieces, text.owners, text.hidden, strict=False):
            if owner < 0:  # the end of a line
                is_begun = False
            elif not is_hidden and (is_begun or not piece.isspace()):
                if not is_begun:
                    self.lines.append(Line("", len(self.texts)))
                    is_begun = True
                self.texts.append(piece)
                self.owners.append(owner)
                self.line_of.append(len(self.lines) - 1)
                self.lines[-1].end = len(self.texts)
            atoms.append(len(self.texts))
        self.first = [atoms[text.spans[element][2]] for element in index.elements]  # atoms of each element
        self.last = [atoms[text.spans[element][3]] for element in index.elements]
        self.fields = self._atoms_at("textarea", "form")  # at which a text is asked for
        self.titles = self._atoms_at("h1")
        self._mark()

    def _atoms_at(self, *tags: str) -> list[int]:
        return [self.first[self.index.text.spans[element][0]] for element in self.index.select(*tags)]

    def _mark(self) -> None:
        links = self.index.owners(self.index.select("a"))
        self.in_link = [self.elements[owner] in links for owner in self.owners]
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
        for button in self.index.select("button"):
            atom = self.first[self.index.text.spans[button][0]]
            is_seen = self.index.text.unseen.isdisjoint(button.iterancestors())
            if self.lines and is_seen and is_action(self.index.text.label_of(button)):
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
