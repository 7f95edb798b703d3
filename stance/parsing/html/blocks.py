"""Find comments of HTML pages by repeated blocks alone, with a small classifier.

No name of a class or an id is read. The blocks of a page are grouped in several ways, numbers describe each group, and
a logistic regression (``scripts/train_blocks.py``, ``data/blocks``) rates the groups; the best ones are read, and
numbers of the readings decide.
"""

import json
import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from itertools import accumulate, chain
from pathlib import Path
from typing import Any, NamedTuple

from stance.parsing.dates import find_date
from stance.parsing.html.parts import read_parts
from stance.parsing.html.threads import CommentParts, PageParts, Thread, is_deleted, is_role, is_titled_stamp, name_in
from stance.parsing.html.tree import UNSEEN, Index
from stance.parsing.languages import phrases
from stance.parsing.layouts import STRUCTURE
from stance.parsing.line_parts import is_heading
from stance.parsing.lines import line_key, name_like, split_lines, strip_prefix
from stance.resources import DATA

REPLY_TO = phrases("comment.reply_to")

LONGEST_PART = 90
"""Maximum characters of an element with a name or a date; a longer one holds other things too."""

LONGEST_NAME = 50
"""Maximum characters of a name itself."""

NAME_WORDS = 6
"""Words of a name."""

LONGEST_CONTROL = 60
"""Maximum characters of a control or a counter with its label."""

PROSE_WORDS = 8
"""Minimum words of prose that ends as a sentence does; a label has fewer."""

DATED_WORDS = 10
"""Words of a line with a date in a language that nobody listed."""

_DATED = re.compile(
    r"(?<!\d)\d{1,2}(?:st|nd|rd|th|\.)?[\s/.,-]{1,3}[^\W\d_]{3,14}[\s/.,-]{1,3}(?:\w{1,3}\s){0,2}"
    r"(?:(?:19|20)\d\d|\d{1,2}[:.h]\d\d)(?!\d)"
    r"|[^\W\d_]{3,14}\.?\s\d{1,2}(?:st|nd|rd|th)?,?\s(?:\w{1,3}\s){0,2}(?:(?:19|20)\d\d|\d{1,2}:\d\d)(?!\d)"
)
"""Pattern of a day, a word and a year or a clock time: a date, whatever the language."""

_CLOCK = re.compile(r"(?<!\d)\d{1,2}:\d\d(?!\d)")
_NUMBERS = re.compile(r"[+−-]?\d[\d.,:]*")
_SENTENCE = re.compile(r"[.!?…。？！][\"'”’»)\]]*$")
_ACTIONS = frozenset(phrases("comment.own_actions"))

MODEL = DATA / "blocks" / "blocks.json"

MOST_GROUPS = 60
"""Maximum number of groups of a page that are rated, those with most marks of comments."""

MOST_KEYS = 20_000
"""Maximum number of makes of elements of a page; a larger page has fewer for each element."""

MOST_MARK_KINDS = 24
"""Kinds of marks of a page around which boxes are looked for."""

MOST_BLOCKS = 5_000
"""Maximum number of blocks of a group."""

FEWEST_CHARACTERS = 12
"""Minimum characters of a block."""

CONTROL_SHARE = 0.2
"""Share of blocks with a control of comments from which they support a group; others say "reply" by chance."""


SURE_SHARE = 0.8
"""Share of blocks with a date above which a heading far above them is one of theirs."""

FEW_BLOCKS = 2
"""Maximum number of blocks below which a single comment is looked for, too."""

MOST_READINGS = 3
"""Maximum number of groups of a page that are read before the best is chosen."""

LEAST_LOGIT = -5.0
"""Minimum logit of a group that is read."""

MOST_HEADINGS = 3
"""Maximum number of headings of comments below which a single comment is looked for."""

SINGLE_REACH = 30
"""Maximum number of lines below a heading in which the only comment begins."""

HEADING_REACH = 12
"""Maximum number of lines above the first block in which a heading of comments is looked for."""

_INLINE = frozenset(
    ("a", "b", "i", "em", "strong", "br", "img", "u", "small", "time", "cite", "button", "input", "label")
)
_NO_BOXES = _INLINE | UNSEEN | frozenset(("html", "body", "h1", "h2", "h3", "h4", "h5", "h6", "option", "meta", "link"))
_COUNT = re.compile(r"(?<![\d.,])(?:\d{1,3}(?:[.,\u00a0]\d{3}){1,2}|\d{1,6})(?![\d])")


# Lines and their marks ----------------------------------------------------------------------------------------------


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
        self.first = [atoms[first] for first in text.firsts]  # atoms of each element
        self.last = [atoms[last] for last in text.lasts]
        self.fields = self._atoms_at("textarea", "form")  # at which a text is asked for
        self.titles = self._atoms_at("h1")
        self._mark()

    def _atoms_at(self, *tags: str) -> list[int]:
        return [self.first[self.index.text.positions[element]] for element in self.index.select(*tags)]

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
            atom = self.first[self.index.text.positions[button]]
            is_seen = self.index.text.unseen.isdisjoint(button.iterancestors())
            if self.lines and is_seen and is_action(self.index.text.label_of(button)):
                near = self.line_of[min(atom, len(self.line_of) - 1)]
                self.lines[max(near - (atom == self.lines[near].start), 0)].is_action = True
        for time in self.index.select("time", "[title]"):
            position = self.index.text.positions[time]
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


# Readings ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class BlockReading:
    """The blocks of the group that is most probably the comments of a page."""

    blocks: list[CommentParts]
    probability: float


def read_blocks(parts: PageParts) -> BlockReading | None:
    """Return the comments of a page by repetition alone; None where no group of blocks is likely to be comments."""
    page = BlockPage(parts)
    if not page.speaks_of_comments:
        return None
    several = best_reading(page, page.groups, model().several)
    if several is not None and len(several.blocks) > FEW_BLOCKS:
        return several
    single = best_reading(page, page.single_blocks(), model().single)
    return max(filter(None, (several, single)), key=lambda reading: reading.probability, default=None)


def best_reading(page: "BlockPage", groups: "Iterable[Group]", stages: "Stages") -> BlockReading | None:
    """Return the reading of some groups that is most probably the comments of a page; None where none is likely to."""
    rated = rate_groups(page, groups, stages.groups)
    if not any(page.is_supported(group) for _, group in rated):
        return None
    readings = [page.read(group) for _, group in rated]
    numbers = numbers_of_readings(page, rated, readings)
    _, place = max((stages.order.logit(each), -place) for place, each in enumerate(numbers))
    probability = stages.readings.probability(numbers[-place])
    if probability < stages.accepted or not readings[-place] or not page.is_supported(rated[-place][1]):
        return None
    return BlockReading(readings[-place], probability)


def rate_groups(page: "BlockPage", groups: "Iterable[Group]", weights: "Weights") -> "list[tuple[float, Group]]":
    """Return the groups of a page that are most probably its comments, each with the logit of that."""
    found = list(groups)
    rated = [(weights.logit(page.numbers(group)), -place) for place, group in enumerate(found)]
    chosen = sorted(rated, reverse=True)[:MOST_READINGS]
    return [(logit, found[-place]) for logit, place in chosen if logit >= LEAST_LOGIT]


# The model ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weights:
    """A logistic regression on standardised numbers."""

    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    def logit(self, numbers: Sequence[float]) -> float:
        """Return the logit of the probability that something with these numbers is the comments of its page."""
        terms = zip(numbers, self.means, self.scales, self.weights, strict=True)
        return self.bias + sum(weight * (number - mean) / scale for number, mean, scale, weight in terms)

    def probability(self, numbers: Sequence[float]) -> float:
        """Return the probability itself."""
        return 1 / (1 + math.exp(-max(min(self.logit(numbers), 50.0), -50.0)))


@dataclass(frozen=True, slots=True)
class Stages:
    """The weights for groups, and then for the readings of the best ones."""

    groups: Weights
    order: Weights  # of the readings of a page, the best first
    readings: Weights
    accepted: float  # probability from which a reading is taken


@dataclass(frozen=True, slots=True)
class Model:
    """The weights for groups of several blocks, and for single blocks."""

    several: Stages
    single: Stages


@cache
def model() -> Model:
    """Load the model that ships with the package."""
    data = json.loads(MODEL.read_text(encoding="utf-8"))
    return Model(_stages(data["several"]), _stages(data["single"]))


def _stages(data: dict[str, Any]) -> Stages:
    names = {"groups": NUMBERS, "order": READING_NUMBERS, "readings": READING_NUMBERS}
    return Stages(**{key: read_weights(data[key], own) for key, own in names.items()}, accepted=float(data["accepted"]))


def read_weights(data: dict[str, Any], names: tuple[str, ...], path: Path = MODEL) -> Weights:
    """Read a logistic regression; its numbers must have the names that this version computes."""
    if tuple(data["names"]) != names:
        raise ValueError(f"{path}: numbers {data['names']}; expected {list(names)}")
    return Weights(tuple(data["means"]), tuple(data["scales"]), tuple(data["weights"]), float(data["bias"]))


# Groups ---------------------------------------------------------------------------------------------------------------

Group = list[Segment]
_Boxes = list[int]
"""The element of each block of a group."""


class BlockPage:
    """A page, the groups of blocks in it, and the numbers of each group."""

    def __init__(self, page: PageParts) -> None:
        self._page = page
        self.table = Table(page.index)
        self.headings = self.table.headings()
        self._facts: dict[tuple[object, ...], _Facts] = {}
        self._stated = {i: _count_in(self.table.lines[i].text) for i in self.headings}
        self._sums()

    def read(self, group: Group) -> list[CommentParts]:
        """Read the blocks of a group; those without a text are left out."""
        boxes = [self.table.elements[segment.box] for segment in group]
        parts = read_parts(Thread(self._page, STRUCTURE, boxes))
        return [part for part in parts if part.is_comment and not is_deleted(part.text.split("\n")[-1])]

    @cached_property
    def groups(self) -> list[Group]:
        """The groups of several blocks, those with most marks first."""
        return list(self._groups())

    @property
    def speaks_of_comments(self) -> bool:
        """Whether there is a heading of comments or a control of one; no group is supported without."""
        return bool(self.headings) or self._actions[-1] > 0

    def _sums(self) -> None:
        """Sum up the marks of the lines, so that those in any element are told without a look at its lines."""
        lines = self.table.lines
        self._dates = _running(line.is_date for line in lines)
        self._actions = _running(line.is_action for line in lines)
        self._marks = _running(
            line.is_date + line.is_action + 0.5 * line.is_prose + 0.2 * (line.name is not None) for line in lines
        )
        self.chars = _running(map(len, self.table.texts))

    def marks_in(self, start: int, end: int) -> float:
        """Return the weight of the marks between two atoms."""
        return self._sum_in(self._marks, start, end)

    def _sum_in(self, sums: list[float], start: int, end: int) -> float:
        if start >= end:
            return 0.0
        lines = self.table.line_of
        return sums[lines[end - 1] + 1] - sums[lines[start]]

    def _groups(self) -> Iterator[Group]:
        """Yield the groups with most marks, each once."""
        rated: list[tuple[float, int, _Boxes]] = []
        for boxes in (*self._alike(), *self._around_marks()):
            if 2 <= len(boxes) <= MOST_BLOCKS:
                value = sum(min(self.marks_in(*self._range(box)), 2.5) for box in boxes)
                rated.append((value, len(rated), boxes))
        rated.sort(key=lambda item: (-item[0], item[1]))
        seen: set[tuple[tuple[int, int], ...]] = set()
        for _, _, chosen in rated[: 2 * MOST_GROUPS]:
            ranges = tuple(map(self._range, chosen))
            if ranges not in seen and len(seen) < MOST_GROUPS:
                seen.add(ranges)
                yield _nested([Segment(box, *span) for box, span in zip(chosen, ranges, strict=True)])

    def _range(self, box: int) -> tuple[int, int]:
        return self.table.first[box], self.table.last[box]

    def _alike(self) -> Iterator[_Boxes]:
        """Yield boxes of the same make: parent, class, id or shape."""
        table, groups = self.table, defaultdict[tuple[object, ...], _Boxes](list)
        for position, element in enumerate(table.elements):
            if element.tag in _NO_BOXES or self._size(position) < FEWEST_CHARACTERS:
                continue
            if len(groups) > MOST_KEYS:
                break
            tag, above = element.tag, table.above[position]
            for name in element.get("class", "").split()[:6]:
                groups["class", tag, name].append(position)
            up = table.above[above] if above >= 0 else -1
            outer = (table.elements[above].tag if above >= 0 else "", table.elements[up].tag if up >= 0 else "")
            groups["shape", tag, outer, self._inner_shape(position)].append(position)
        yield from groups.values()

    def _size(self, position: int) -> float:
        return self.chars[self.table.last[position]] - self.chars[self.table.first[position]]

    def _inner_shape(self, position: int) -> tuple[str, ...]:
        """Return the tags on the way to the first text in an element."""
        table, path = self.table, list[str]()
        first = table.first[position]
        owner = table.owners[first]
        while owner > position and len(path) < 12:
            path.append(str(table.elements[owner].tag))
            owner = table.above[owner]
        return tuple(path)

    def _around_marks(self) -> Iterator[_Boxes]:
        """Yield the largest boxes that hold a single one of some marks: dates, lines that come back."""
        kinds: defaultdict[str, list[int]] = defaultdict(list)
        for line in self.table.lines:
            if line.is_date:
                kinds["date"].append(line.start)
            elif line.is_action or len(line.text) <= 40:
                kinds[f"line {line.mask}"].append(line.start)
        repeated = sorted((item for item in kinds.items() if len(item[1]) > 1), key=lambda item: -len(item[1]))
        for _, atoms in repeated[:MOST_MARK_KINDS]:
            yield from self._single(atoms)

    def _single(self, atoms: list[int]) -> Iterator[_Boxes]:
        """Yield for each atom the largest element that holds none of the others, and one no higher than most are."""
        table, climbs = self.table, list[list[int]]()
        for place, atom in enumerate(atoms[:MOST_BLOCKS]):
            before = atoms[place - 1] if place else -1
            after = atoms[place + 1] if place + 1 < len(atoms) else len(table.texts)
            position, climb = table.owners[atom], list[int]()
            while position > 0 and before < table.first[position] and table.last[position] <= after:
                if table.elements[position].tag in ("html", "body") or self._holds_heading(position):
                    break
                climb.append(position)
                position = table.above[position]
            if climb:
                climbs.append(climb)
        if len(climbs) < 2:
            return
        heights = sorted(map(len, climbs))
        for height in dict.fromkeys((heights[-1], heights[len(heights) // 2], heights[(len(heights) - 1) // 2])):
            boxes = dict.fromkeys(climb[min(height, len(climb)) - 1] for climb in climbs)
            yield [box for box in boxes if table.elements[box].tag not in _INLINE]

    def _holds_heading(self, position: int) -> bool:
        """Return whether an element holds the title of the page, or a heading of comments that is there few times."""
        first, last = self.table.first[position], self.table.last[position]
        place = bisect_left(self._tops, first)
        return place < len(self._tops) and self._tops[place] < last

    @cached_property
    def _tops(self) -> list[int]:
        """The atoms at which titles, and headings of comments that do not come back, stand."""
        lines = [self.table.lines[i] for i in self.headings]
        masks = Counter(line.mask for line in lines)
        return sorted([*self.table.titles, *(line.start for line in lines if masks[line.mask] <= MOST_HEADINGS)])

    def single_blocks(self) -> list[Group]:
        """Return boxes that may be the only comment of the page: those around the first marks below a heading."""
        table, boxes = self.table, dict[int, None]()
        tops = [table.lines[i].end for i in self.headings[:MOST_HEADINGS]]
        tops += [line.start for line in table.lines if line.is_action][:1]
        for top in tops:
            for atom in self._first_marks(top):
                boxes.update(dict.fromkeys(self._boxes_around(atom, top)))
        return [[Segment(box, *self._range(box))] for box in boxes]

    def _first_marks(self, top: int) -> list[int]:
        """Return the atoms at the first date and the first control below some place."""
        if top >= len(self.table.line_of):
            return []
        first = self.table.line_of[top]
        lines = self.table.lines[first : first + SINGLE_REACH]
        dates = [line.start for line in lines if line.is_date][:1]
        return dates + [line.start for line in lines if line.is_action][:1]

    def _boxes_around(self, atom: int, top: int) -> Iterator[int]:
        """Yield the boxes around an atom that begin below a heading, or hold no title where there is none."""
        table, position = self.table, self.table.owners[atom]
        is_headed = atom != top
        while position > 0 and table.elements[position].tag not in ("html", "body"):
            if is_headed and table.first[position] < top:
                break
            if any(table.first[position] <= title < table.last[position] for title in table.titles):
                break
            if table.elements[position].tag not in _INLINE and self._size(position) >= FEWEST_CHARACTERS:
                yield position
            position = table.above[position]

    # Numbers ----------------------------------------------------------------------------------------------------------

    def numbers(self, group: Group) -> tuple[float, ...]:
        """Return the numbers of a group, in the order of ``NUMBERS``."""
        own = [self.facts_of(segment) for segment in group]
        return (*self._number_and_marks(own), *self._texts(own), *self._surroundings(group, own))

    def facts_of(self, segment: Segment) -> "_Facts":
        """Return the counts of the lines of a block; several groups share blocks."""
        key = segment.start, segment.end, *segment.inner
        facts = self._facts.get(key)
        if facts is None:
            facts = self._facts[key] = _facts(self.table.own_lines(segment))
        return facts

    def _number_and_marks(self, own: "Sequence[_Facts]") -> list[float]:
        total = len(own)
        named = [facts.name for facts in own if facts.name]
        repeats = Counter(chain.from_iterable([facts.masks for facts in own]))
        return [
            math.log(total),
            sum([facts.dates == 1 for facts in own]) / total,
            sum([facts.dates > 0 for facts in own]) / total,
            sum([facts.dates > 3 for facts in own]) / total,
            len(named) / total,
            len(set(named)) / max(len(named), 1),
            max(repeats.values(), default=0) / total,
            sum([facts.actions > 0 for facts in own]) / total,
        ]

    def _texts(self, own: "Sequence[_Facts]") -> list[float]:
        total = len(own)
        sizes = [facts.size for facts in own]
        prose = [facts.prose for facts in own]
        size = max(sum(sizes), 1)
        middle = sorted(sizes)[total // 2]
        return [
            math.log(1 + middle),
            sum([each > 0 for each in prose]) / total,
            sum(prose) / size,
            min(sum([facts.linked for facts in own]) / size, 1.0),
            sum([facts.has_headline for facts in own]) / total,
            max(sizes) / size,
            len({facts.texts for facts in own}) / total,
            sum([each < FEWEST_CHARACTERS for each in sizes]) / total,
            min(sum([len(facts.texts) for facts in own]) / total, 30) / 30,
        ]

    def _surroundings(self, group: Group, own: "Sequence[_Facts]") -> list[float]:
        table, total = self.table, len(group)
        start, end = group[0].start, max([segment.end for segment in group])
        page = max(self.chars[-1], 1)
        between = max(self.chars[end] - self.chars[start], 1)
        covered = sum([facts.size for facts in own])
        held = sum([facts.dates + facts.actions for facts in own])
        marked = self._sum_in(self._dates, start, end) + self._sum_in(self._actions, start, end)
        heading, stated = self.heading(group)
        asking = sum([_holds(table.fields, segment.start, segment.end) for segment in group])
        headed = sum([table.line_of[start] < i <= table.line_of[end - 1] for i in self.headings])
        return [
            start / max(len(table.texts), 1),
            covered / page,
            min(covered / between, 1.0),
            held / max(marked, 1),
            sum([facts.dates > 0 for facts in own]) / max(self._dates[-1], 1),
            float(heading),
            float(stated is not None and abs(stated - total) <= max(1, 0.1 * total)),
            float(stated is not None and stated < total / 1.5),
            float(_holds(table.fields, end, end + 61) or _holds(table.fields, start - 60, start + 1)),
            float(0 < asking < 3),
            float(headed > 0),
            sum([segment.parent is not None for segment in group]) / total,
            min(self.marks_in(start, end) / total, 6.0),
        ]

    def heading(self, group: Group) -> tuple[bool, int | None]:
        """Return whether a heading of comments stands above the first block, and the number in it."""
        first = self.table.line_of[group[0].start]
        last = self.table.line_of[group[0].end - 1]
        near = [i for i in self.headings if first - HEADING_REACH <= i <= min(first + 3, last)]
        stated = [count for i in near if (count := self._stated[i]) is not None]
        return bool(near), stated[-1] if stated else None

    def is_supported(self, group: Group) -> bool:
        """Return whether something besides the form speaks of comments: a control, a heading or a stated number.

        A heading far above the first block counts only where most blocks have a date and a name.
        """
        controls = sum(self._sum_in(self._actions, segment.start, segment.end) > 0 for segment in group)
        if self.heading(group)[0] or controls >= CONTROL_SHARE * len(group):
            return True
        first = self.table.line_of[group[0].start]
        return any(i < first for i in self.headings) and self.dated_share(group) > SURE_SHARE

    def dated_share(self, group: Group) -> float:
        """Return the share of the blocks that have a date."""
        return sum(self._sum_in(self._dates, segment.start, segment.end) > 0 for segment in group) / len(group)

    def has_control(self, group: Group) -> bool:
        """Return whether a control that only comments have stands in any block."""
        return any(self._sum_in(self._actions, segment.start, segment.end) > 0 for segment in group)


NUMBERS = (
    "log number", "one date", "any date", "many dates", "named", "distinct names", "repeated line", "comment control",
    "log median length", "with prose",
    "share of prose", "linked", "with headline", "largest share", "distinct texts",
    "nearly empty", "lines", "place", "share of page", "covered", "marks held", "dates held", "heading",
    "stated number", "more than stated", "form", "form inside", "heading inside", "nested",
    "marks",
)  # fmt: skip
"""Names of the numbers of a group, in their order."""


KEPT_NUMBERS = (
    "one date", "repeated line", "comment control", "share of prose", "linked", "with headline", "covered",
    "dates held", "form", "form inside", "heading inside",
)  # fmt: skip
"""Numbers of a group that describe its reading, too."""

READING_NUMBERS = (
    "logit", "with text", "any date", "with author", "author and date", "distinct authors", "with date",
        "distinct texts", "stated number", "log number",
    "log share of most", "share of most text", "text of block", "found elsewhere", "heading",
    "control", *KEPT_NUMBERS,
)  # fmt: skip
"""Names of the numbers of a reading, in their order."""


def numbers_of_readings(
    page: BlockPage, rated: Sequence[tuple[float, Group]], readings: Sequence[Sequence[CommentParts]]
) -> list[tuple[float, ...]]:
    """Return for each reading the numbers that are called ``READING_NUMBERS``.

    :param rated: The group of each reading, with its logit.
    """
    found = Counter(text for blocks in readings for text in {block.text for block in blocks})
    most = max(map(len, readings), default=0)
    sizes = [sum(len(block.text) for block in blocks) for blocks in readings]
    largest = max(sizes, default=0)
    numbers = []
    for (logit, group), blocks, size in zip(rated, readings, sizes, strict=True):
        if not blocks:
            numbers.append((-10.0, *[0.0] * (len(READING_NUMBERS) - 1)))
            continue
        total = len(blocks)
        heading, stated = page.heading(group)
        whole = sum([page.facts_of(segment).size for segment in group])
        elsewhere = sum(found[block.text] - 1 for block in blocks) / max(len(readings) - 1, 1) / total
        numbers.append(
            (
                max(min(logit, 8.0), -8.0),
                total / len(group),
                dated := page.dated_share(group),
                *_authors_and_dates(blocks, dated),
                len({block.text for block in blocks}) / total,
                float(stated is not None and abs(stated - total) <= max(1, 0.05 * total)),
                math.log(total),
                math.log(total / most),
                size / max(largest, 1),
                min(size / max(whole, 1), 1.0),
                elsewhere,
                float(heading),
                float(page.has_control(group)),
                *(number for name, number in zip(NUMBERS, page.numbers(group), strict=True) if name in KEPT_NUMBERS),
            )
        )
    return numbers


def _authors_and_dates(blocks: Sequence[CommentParts], dated: float) -> list[float]:
    total = len(blocks)
    authors = [block.author for block in blocks if block.author]
    dates = sum(block.posted is not None for block in blocks)
    return [
        len(authors) / total,
        min(len(authors) / total, dated),
        len(set(authors)) / max(len(authors), 1),
        dates / total,
    ]


def _nested(segments: list[Segment]) -> Group:
    """Put segments into page order and note which are nested in which."""
    segments.sort(key=lambda segment: (segment.start, -segment.end))
    stack: list[int] = []
    for place, segment in enumerate(segments):
        while stack and segments[stack[-1]].end <= segment.start:
            stack.pop()
        if stack:
            segment.parent = stack[-1]
            segments[stack[-1]].inner.append((segment.start, segment.end))
        stack.append(place)
    return segments


def _running(values: Iterable[float]) -> list[float]:
    """Return the running sums of some values, 0 first."""
    return [0.0, *accumulate(values)]


class _Facts(NamedTuple):
    """The counts of the own lines of a block."""

    dates: int
    actions: int
    name: str | None
    masks: frozenset[str]  # of the short ones
    size: int
    prose: int
    linked: int
    has_headline: bool
    texts: tuple[str, ...]


def _facts(lines: Sequence[Line]) -> _Facts:
    return _Facts(
        dates=sum([line.is_date for line in lines]),
        actions=sum([line.is_action for line in lines]),
        name=_first_name(lines),
        masks=frozenset([line.mask for line in lines if 0 < len(line.text) <= 40]),
        size=sum([len(line.text) for line in lines]),
        prose=sum([len(line.text) for line in lines if line.is_prose]),
        linked=sum([line.linked for line in lines]),
        has_headline=any(line.is_headline and not line.is_prose for line in lines),
        texts=tuple([line.text for line in lines]),
    )


def _holds(atoms: Sequence[int], start: int, end: int) -> bool:
    """Return whether one of some sorted atoms stands in a range."""
    place = bisect_left(atoms, start)
    return place < len(atoms) and atoms[place] < end


def _first_name(lines: Iterable[Line]) -> str | None:
    """Return the first line that could be a name, above all prose."""
    for line, _ in zip(lines, range(8), strict=False):
        if line.is_prose:
            return None
        if line.name and not line.is_action:
            return line.name
    return None


def _count_in(text: str) -> int | None:
    found = _COUNT.search(text)
    return int(re.sub(r"\D", "", found[0])) if found else None
