"""Split an HTML page into marked lines, and read the parts of repeated blocks by place and repetition.

Nothing here reads the name of a class or an id: names only serve to recognise the same make of element again.
"""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from lxml import etree

from stance.parsing.dates import find_date, parse_date
from stance.parsing.headings import is_heading
from stance.parsing.html.marks import is_only_name, is_role, is_titled_stamp, name_in
from stance.parsing.html.tree import BLOCKS, UNSEEN, Element, Index
from stance.parsing.languages import COMMENT_ACTIONS, REPLY_TO
from stance.parsing.lines import letter_words, line_key, name_like, split_lines, strip_prefix

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

CONTROL_SHARE = 0.2
"""Share of the blocks at whose edges a line must come back to be a control."""

BODY_SHARE = 0.93
"""Share of the text that an element of the same make must hold in all blocks to be what holds the text."""

BODY_COVERAGE = 0.85
"""Share of the blocks that must have that element."""

NAMED_COVERAGE = 0.4
"""Share of the blocks that must have a name at the same place."""

MOST_CLASSES = 8
"""Of an element."""

MOST_ATOMS = 12
"""Pieces of text in a part."""

LEAST_NAMED = 0.3
"""Rating of a place at which names are taken."""

SURE_NAMES = 0.5
"""Rating of a place above which whatever stands there is a name."""

LABEL_SHARE = 0.7
"""Share of the blocks that may have the same name."""

DISTINCT_SHARE = 0.15
"""Number of different names, as a share of the blocks, above which they are no labels."""

STAMP_WORDS = 5
"""Words of a date beside its numbers."""

DATED_WORDS = 10
"""Words of a line with a date in a language that nobody listed."""

_DATED = re.compile(
    r"(?<!\d)\d{1,2}(?:st|nd|rd|th|\.)?[\s/.,-]{1,3}[^\W\d_]{3,14}[\s/.,-]{1,3}(?:\w{1,3}\s){0,2}"
    r"(?:(?:19|20)\d\d|\d{1,2}[:.h]\d\d)(?!\d)"
    r"|[^\W\d_]{3,14}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s(?:\w{1,3}\s){0,2}(?:(?:19|20)\d\d|\d{1,2}:\d\d)(?!\d)"
)
"""A day, a word and a year or a clock time: a date, whatever the language."""

_CLOCK = re.compile(r"(?<!\d)\d{1,2}:\d\d(?!\d)")
_NO_ROOTS = frozenset(("a", "b", "i", "em", "strong", "span", "p", "time", "cite"))
_NAME_TAGS = ("a", "b", "strong", "cite")
_NUMBERS = re.compile(r"[+−-]?\d[\d.,:]*")
_SENTENCE = re.compile(r"[.!?…。？！][\"'”’»)\]]*$")
_YEAR = re.compile(r"(?:19|20)\d\d")
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
    """One block of a group: a range of atoms, and the elements that hold it."""

    boxes: tuple[int, ...]  # positions of elements
    start: int  # its first atom
    end: int
    parent: int | None = None
    inner: list[tuple[int, int]] = field(default_factory=list)  # ranges of the blocks in it


@lru_cache(maxsize=16_384)
def _first_words(classes: str) -> tuple[str, ...]:
    return tuple(classes.split(None, MOST_CLASSES)[:MOST_CLASSES])


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
        self.depth = [0] * size
        self.texts: list[str] = []
        self.owners: list[int] = []
        self.line_of: list[int] = []
        self.in_link: list[bool] = []
        self.lines: list[Line] = []
        self.buttons: dict[int, str] = {}  # position -> label
        self.fields: list[int] = []  # atoms at which a text is asked for
        self.images: list[int] = []
        self.titles: list[int] = []  # atoms at which the page's main heading stands
        self.classes: list[tuple[str, ...]] = []  # of each element, the first ones
        self._known: dict[_Piece, str] = {}
        self._pieces: dict[int, list[tuple[bool, _Piece]]] = {}
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
                self.depth[position] = len(stack)
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
        self.classes.append(_first_words(node.get("class", "")))
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

    def line(self, piece: "_Piece") -> str:
        """Return the text of a piece as one line; it is asked for several times."""
        line = self._known.get(piece)
        if line is None:
            line = self._known[piece] = self.line_without(piece, ())
        return line

    def line_without(self, piece: "_Piece", leave_out: Container[int]) -> str:
        """Return the text of a piece as one line, without some atoms."""
        if piece.position in self.buttons:
            return self.buttons[piece.position]
        if piece.last == piece.first + 1:
            return " ".join(self.texts[piece.first].split())
        texts, number = list[str](), -1
        for atom in range(piece.first, piece.last):
            if atom in leave_out:
                texts.append(" ")
            elif self.line_of[atom] != number:
                number = self.line_of[atom]
                texts += [" ", self.texts[atom]]
            else:
                texts.append(self.texts[atom])
        return " ".join("".join(texts).split())

    def pieces(self, position: int) -> "list[tuple[bool, _Piece]]":
        """Return an element, and each text in it that stands beside other elements; several groups ask for them."""
        pieces = self._pieces.get(position)
        if pieces is None:
            first, last = self.first[position], self.last[position]
            pieces = self._pieces[position] = []
            if first < last or position in self.buttons:
                pieces.append((False, _Piece(position, first, last)))
                pieces += ((True, piece) for piece in _own_texts(self, position))
        return pieces

    def end_of(self, position: int) -> int:
        """Return the position behind the last element in an element."""
        return self.index.text.spans[self.elements[position]][1]

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


# Parts ----------------------------------------------------------------------------------------------------------------

_Place = tuple[int, bool, int]
"""What a piece is to its block: the path of tags and classes of its element, whether it is only text that stands in
that beside other elements, and which of those with the same path it is."""


class _Piece(NamedTuple):
    """An element, or text in it beside other elements."""

    position: int
    first: int  # atoms
    last: int


@dataclass(slots=True)
class Parts:
    """The parts of a block."""

    text: str = ""
    author: str | None = None
    posted: str | None = None


@dataclass(slots=True)
class _Cut:
    """A block while its parts are looked for."""

    atoms: list[int]  # of its own
    places: dict[_Place, _Piece] = field(default_factory=dict)
    short: "list[tuple[_Place, _Piece, str]]" = field(default_factory=list)  # what could be a control, with its mask
    paths: dict[int, int] = field(default_factory=dict)  # path of each element
    used: set[int] = field(default_factory=set)  # atoms that are none of its text
    author: str | None = None
    posted: str | None = None
    doubtful: set[int] = field(default_factory=set)  # atoms that come back elsewhere, and are all that could be a text


def read_parts(table: Table, segments: Sequence[Segment]) -> list[Parts]:
    """Read the author, the date and the text of each block of a group.

    :param segments: The blocks, in page order.
    """
    cuts = _cut(table, segments)
    _fill_authors(table, cuts)
    _fill_dates(table, cuts)
    _drop_controls(table, cuts)
    _keep_body(table, cuts)
    emptied = [cut for cut in cuts if cut.doubtful]
    if 2 * len(emptied) <= len(cuts):
        for cut in emptied:
            cut.used -= cut.doubtful  # "Thanks!", said several times
    texts = _without_edges([_text_lines(table, cut) for cut in cuts])
    return [Parts("\n".join(lines), cut.author, cut.posted) for cut, lines in zip(cuts, texts, strict=True)]


def _cut(table: Table, segments: Sequence[Segment]) -> list[_Cut]:
    roots = [None if len(segment.boxes) > 1 else _unwrapped(table, segment) for segment in segments]
    owned = [list(_own_elements(table, *each)) for each in zip(segments, roots, strict=True)]
    common = _common_classes(table, owned)
    numbers: dict[tuple[int, str, tuple[str, ...]], int] = {}
    cuts = []
    for segment, root, own in zip(segments, roots, owned, strict=True):
        cut = _Cut([atom for first, after in own_ranges(segment) for atom in range(first, after)])
        seen: Counter[tuple[int, bool]] = Counter()
        for position, above in own:
            classes = tuple([name for name in table.classes[position] if name in common])
            key = (above if above < 0 else cut.paths.get(above, -1), str(table.elements[position].tag), classes)
            path = cut.paths[position] = numbers.setdefault(key, len(numbers))
            for is_text, piece in table.pieces(position):
                cut.places[path, is_text, seen[path, is_text]] = piece
                seen[path, is_text] += 1
        for place, piece in enumerate(_own_texts(table, root) if root is not None else ()):
            cut.places[-1, True, place] = piece
        cut.short = list(_short_parts(table, cut))
        cuts.append(cut)
    return cuts


def _own_texts(table: Table, position: int) -> Iterator[_Piece]:
    first, last = table.first[position], table.last[position]
    if last - first <= MOST_ATOMS:
        for atom in range(first, last):
            if table.owners[atom] == position and last - first > 1 and not table.texts[atom].isspace():
                yield _Piece(position, atom, atom + 1)


def own_ranges(segment: Segment) -> Iterator[tuple[int, int]]:
    """Yield the ranges of a block's atoms that are in no block in it."""
    start = segment.start
    for first, after in segment.inner:
        if start < first:
            yield start, first
        start = max(start, after)
    if start < segment.end:
        yield start, segment.end


def _own_elements(table: Table, segment: Segment, root: int | None) -> Iterator[tuple[int, int]]:
    """Yield the elements in a block and in no block in it, each with the one above it; -1: the block itself."""
    if root is None:
        for box in segment.boxes:
            yield box, -1
            yield from _inside(table, segment, box, -2)
    else:
        yield from _inside(table, segment, root, root)


def _inside(table: Table, segment: Segment, box: int, root: int) -> Iterator[tuple[int, int]]:
    position, end = box + 1, table.end_of(box)
    while position < end:
        if segment.inner and _is_inner(table, segment, position):
            position = table.end_of(position)
            continue
        above = table.above[position]
        yield position, -1 if above == root else above
        position += 1


def _is_inner(table: Table, segment: Segment, position: int) -> bool:
    """Return whether an element is in a block in a block."""
    first, last = table.first[position], table.last[position]
    place = bisect_right(segment.inner, (first, len(table.texts))) - 1
    return first < last and place >= 0 and last <= segment.inner[place][1]


def _unwrapped(table: Table, segment: Segment) -> int:
    """Return the innermost element that holds all text of a block but that of the blocks in it."""
    root = segment.boxes[0]
    while True:
        position, end, inside = root + 1, table.end_of(root), list[int]()
        while position < end and len(inside) < 2:
            is_inner = segment.inner and _is_inner(table, segment, position)
            if table.first[position] < table.last[position] and not is_inner:
                inside.append(position)
            position = table.end_of(position)
        if len(inside) != 1 or table.elements[inside[0]].tag in _NO_ROOTS:
            return root
        root = inside[0]


def _common_classes(table: Table, owned: Sequence[Sequence[tuple[int, int]]]) -> frozenset[str]:
    counts: Counter[str] = Counter()
    for own in owned:
        counts.update(set().union(*[table.classes[position] for position, _ in own]))
    return frozenset(name for name, count in counts.items() if 3 * count >= len(owned))


def _fill_authors(table: Table, cuts: list[_Cut]) -> None:
    """Name the authors by the place at which most blocks have different names."""
    values: defaultdict[_Place, dict[int, str]] = defaultdict(dict)
    labels = _labels(cuts)
    for number, (cut, leave_out) in enumerate(zip(cuts, labels, strict=True)):
        for place, piece in cut.places.items():
            if place[2] < 3 and piece.last - piece.first <= MOST_ATOMS:
                is_labelled = leave_out and not leave_out.isdisjoint(range(piece.first, piece.last))
                line = (is_labelled and table.line_without(piece, leave_out)) or table.line(piece)
                if name := person_in(line):
                    values[place][number] = name
    rated = [(_rate_name(table, cuts, place, names), place) for place, names in values.items()]
    rated = sorted((item for item in rated if item[0] > LEAST_NAMED), key=lambda item: (-item[0], item[1]))
    for score, place in rated[:3]:
        if score < rated[0][0] / 2:
            break
        for number, cut in enumerate(cuts):
            if cut.author is None and (name := values[place].get(number) or _any_name(table, cut, place, score)):
                cut.author = name
                _use(table, cut, place, name)


def _any_name(table: Table, cut: _Cut, place: _Place, score: float) -> str | None:
    """Return the text where nearly all other blocks have a name, such as "1009"."""
    piece = cut.places.get(place)
    if piece is None or score < SURE_NAMES or piece.last - piece.first > MOST_ATOMS:
        return None
    text = table.line(piece)
    if len(text) > LONGEST_NAME or is_action(text) or is_stamp_only(text) or find_date(text):
        return None
    return name_in(text)


def _labels(cuts: list[_Cut]) -> list[set[int]]:
    """Return for each block the atoms of its labels: roles, and places with few different values."""
    counts: defaultdict[_Place, Counter[str]] = defaultdict(Counter)
    for cut in cuts:
        for place, _, mask in cut.short:
            counts[place][mask] += 1
    labels = {
        place
        for place, values in counts.items()
        if len(values) <= max(1, DISTINCT_SHARE * values.total()) and values.total() > 1 and len(cuts) > 2
    }
    return [
        {
            atom
            for place, piece, mask in cut.short
            if place in labels or is_role(mask)
            for atom in range(piece.first, piece.last)
        }
        for cut in cuts
    ]


def _rate_name(table: Table, cuts: list[_Cut], place: _Place, names: dict[int, str]) -> float:
    """Rate by how many blocks have a name at a place, how many names there are, and how near to the top they stand."""
    total = len(cuts)
    counts = Counter(names.values())
    if len(names) < NAMED_COVERAGE * total or _is_label(counts, total):
        return 0.0
    distinct = min(1.0, 1.5 * len(counts) / len(names))
    rates = [_rate_one_name(table, cuts[number], cuts[number].places[place], name) for number, name in names.items()]
    return len(names) / total * distinct * sum(rates) / len(rates)


def _is_label(counts: Counter[str], total: int) -> bool:
    """Return whether few different values come back in so many blocks that they are no names."""
    return total > 2 and (max(counts.values()) > LABEL_SHARE * total or len(counts) <= max(1, DISTINCT_SHARE * total))


def _rate_one_name(table: Table, cut: _Cut, piece: _Piece, name: str) -> float:
    atom = min(piece.first, len(table.line_of) - 1)
    line, top = table.line_of[atom], table.line_of[cut.atoms[0] if cut.atoms else atom]
    text = table.line(piece)
    rate = 0.6 if any(each.is_prose for each in table.lines[top : min(line, top + 30)]) else 1.0
    rate *= 1.0 if any(each.is_date for each in table.lines[max(line - 2, 0) : line + 3]) else 0.8
    rate *= 1.0 if name[:1].isupper() or table.elements[piece.position].tag in _NAME_TAGS else 0.9
    rate *= 1.0 if len(name.split()) <= 3 else 0.9
    rate *= 1 - 0.02 * min(max(line - top, 0), 5)
    rate *= 1 - min(len(text), LONGEST_PART) / 2_000  # of a box and what it holds, the latter
    return rate if len(text) <= len(name) + 2 else 0.97 * rate if is_only_name(text, name) else 0.9 * rate


def _use(table: Table, cut: _Cut, place: _Place, name: str | None) -> None:
    """Note that a piece is none of the text, unless it holds more than a name."""
    piece = cut.places[place]
    text = table.line(piece)
    if name is None or is_only_name(text, name) or len(text) <= len(name) + 12:
        cut.used.update(range(piece.first, piece.last))


def _fill_dates(table: Table, cuts: list[_Cut]) -> None:
    """Date the blocks by the place at which most have a date, and take out elements that are only a date."""
    found = _dates(table, cuts)
    rated = sorted(found.items(), key=lambda item: (-len(item[1]), -item[0][0], item[0]))
    for _, dates in rated[:4]:
        for number, value in dates.items():
            if cuts[number].posted is None:
                cuts[number].posted = value
    for place, dates in rated[:12]:
        for number in dates if 3 * len(dates) >= len(cuts) else ():
            text, author = table.line(cuts[number].places[place]), cuts[number].author
            if is_stamp_only(text) or (author and is_only_name(text, author)):
                _use(table, cuts[number], place, None)


def _dates(table: Table, cuts: list[_Cut]) -> dict[_Place, dict[int, str | None]]:
    """Return for each place the blocks that have a date there; None: one without a value."""
    found: defaultdict[_Place, dict[int, str | None]] = defaultdict(dict)
    for number, cut in enumerate(cuts):
        for place, piece in cut.places.items():
            if place[2] < 2 and piece.last - piece.first <= MOST_ATOMS:
                is_date, value = _date_of(table, piece)
                if is_date:
                    found[place][number] = value
    return found


@lru_cache(maxsize=16_384)
def _date_in(text: str) -> tuple[bool, str | None]:
    found = find_date(text)
    return (True, found.iso) if found else (False, None)


def _date_of(table: Table, piece: _Piece) -> tuple[bool, str | None]:
    element = table.elements[piece.position]
    for name in ("datetime", "content", "title"):
        given = element.get(name)
        if given and len(given) <= LONGEST_PART and _YEAR.search(given) and (date := parse_date(given)):
            return True, date
    text = table.line(piece)
    if len(text) > LONGEST_PART:
        return False, None
    is_date, value = _date_in(text)
    return is_date or element.tag == "time" or bool(_DATED.search(text)), value


def is_stamp_only(text: str) -> bool:
    """Return whether a text is a date and nothing else, in any language."""
    return is_only_name(text, "") or (bool(_DATED.search(text)) and len(letter_words(text)) <= STAMP_WORDS)


def _drop_controls(table: Table, cuts: list[_Cut]) -> None:
    """Take out texts that are the same at the same place of many blocks."""
    counts: Counter[tuple[int, str]] = Counter()
    for cut in cuts:
        counts.update({(place[0], mask) for place, _, mask in cut.short})
    least = max(2.0, CONTROL_SHARE * len(cuts))
    for cut in cuts:
        controls: set[int] = set()
        for place, piece, mask in cut.short:
            if counts[place[0], mask] >= least or is_action(mask):
                (cut.used if is_action(mask) else controls).update(range(piece.first, piece.last))
        cut.used |= controls
        if controls and all(atom in cut.used or table.texts[atom].isspace() for atom in cut.atoms):
            cut.doubtful = controls


def _short_parts(table: Table, cut: _Cut) -> Iterator[tuple[_Place, _Piece, str]]:
    for place, piece in cut.places.items():
        if not place[1] and 0 < piece.last - piece.first <= 8 and table.elements[piece.position].tag not in ("p", "br"):
            text = table.line(piece)
            if 0 < len(text) <= LONGEST_CONTROL:
                yield place, piece, masked(text)


def _keep_body(table: Table, cuts: list[_Cut]) -> None:
    """Drop everything outside of the elements that hold most of the text in nearly all blocks."""
    total, filled = 0, 0
    chars: Counter[int] = Counter()
    covered: Counter[int] = Counter()
    depth: dict[int, int] = {}
    for cut in cuts:
        sizes: Counter[int] = Counter()
        for atom in cut.atoms:
            if atom not in cut.used and (size := len(table.texts[atom].strip())):
                total += size
                for path, deep in _paths_above(table, cut, atom):
                    sizes[path] += size
                    depth[path] = deep
        chars.update(sizes)
        covered.update(sizes.keys())
        filled += bool(sizes) or any(atom not in cut.used for atom in cut.atoms)
    bodies = [path for path in chars if chars[path] >= BODY_SHARE * total and covered[path] >= BODY_COVERAGE * filled]
    if not bodies:
        return
    body = max(bodies, key=lambda path: (depth[path], chars[path]))
    for cut in cuts:
        outside = [atom for atom in cut.atoms if body not in {path for path, _ in _paths_above(table, cut, atom)}]
        cut.doubtful.difference_update(outside)
        if len(outside) < len(cut.atoms):
            cut.used.update(outside)


def _paths_above(table: Table, cut: _Cut, atom: int) -> list[tuple[int, int]]:
    found: dict[int, int] = {}
    position = table.owners[atom]
    while position in cut.paths:
        found.setdefault(cut.paths[position], table.depth[position])
        position = table.above[position]
    return list(found.items())


def _text_lines(table: Table, cut: _Cut) -> list[str]:
    lines: list[str] = []
    current: list[str] = []
    number = -1
    for atom in cut.atoms:
        if table.line_of[atom] != number:
            lines.append(" ".join("".join(current).split()))
            current, number = [], table.line_of[atom]
        current.append(" " if atom in cut.used else table.texts[atom])
    lines.append(" ".join("".join(current).split()))
    return [line for line in lines if any(map(str.isprintable, line)) and line]


def _without_edges(texts: list[list[str]]) -> list[list[str]]:
    """Cut the lines off the beginnings and ends of texts that come back at those of many."""
    least = max(2.0 if len(texts) < 8 else 3.0, CONTROL_SHARE * len(texts))
    for _ in range(4):
        counts = Counter(mask for lines in texts if lines for mask in {masked(lines[0]), masked(lines[-1])})
        changed = False
        for lines in texts:
            for place in (0, -1):
                if len(lines) > 1 and _is_edge(lines[place], counts, least):
                    del lines[place]
                    changed = True
        if not changed:
            break
    return texts


def _is_edge(line: str, counts: Counter[str], least: float) -> bool:
    if len(line) > LONGEST_CONTROL:
        return False
    return counts[masked(line)] >= least or is_action(line)
