"""Find written cues of stance; those that match are shown to readers as evidence.

A *relative* cue refers to a slot (``stand with X``) and applies to any target. An *anchored* cue is a talking point
about named sides (``last ukrainian``), and applies to those targets only. Each match also has its context
(``scoring/clauses.py``), and refers to the target or to another side.

``*.tsv`` files hold relative cues, ``*.txt`` anchored ones; a language before the ending (``relative.de.tsv``)
restricts them to texts in that language. Those of another language are in a folder of its code (``de``), which is
read when the first text in it comes. ``examples*.tsv`` are tests of cues (``research/cues``).
"""

import hashlib
import re
import zlib
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import Mention, grouped
from stance.exceptions import ConfigError
from stance.resources import CUES, OTHER_LANGUAGES, file_errors, read_text, read_toml
from stance.scoring.classifier import SparseRows
from stance.scoring.clauses import ENGLISH, Surroundings, Words, quoted_spans, tokenize
from stance.scoring.instances import Instance, is_named
from stance.scoring.patterns import BREAK, Match, PatternSet, Token


class CuesConstants:
    """Constants of this module."""

    max_file = 20_000_000  # bytes
    weight = re.compile(r"[+-]?(?:\d{1,4}(?:\.\d{0,9})?|\.\d{1,9})")
    side = re.compile(r"([a-z0-9_-]{1,40}):([+-]?[\d.]{1,20})")
    of_the_country = frozenset(["name", "adjective", "people", "metonym"])
    """Kinds of mentions that name a country, and not one of its politicians or offices."""
    article = re.compile(r"\bthe (?=[XY])")
    family = 0.5
    line = 0.35  # how fast a family and a line are believed; direction and circumstances: 1
    denied = (-0.8, -0.5, 0.3)
    """Factors of a denial on a cue in favor, on denied blame, and on blame in a text that denies something else.

    Not to praise is to blame, and not to be bad is weakly good; but who "would not bow to a bully" still says who is
    one. Labels are not asked: those that there are have few denials, and they believe the words around them.
    """
    of_denials = ("negated", "claim_denied")


_C = CuesConstants


Line = TypeVar("Line")

RELATIVE, ANCHORED = "relative", "anchored"

_BLOCS = "blocs.toml"
_LANGUAGE = re.compile(r"[a-z]{2,3}")


@dataclass(frozen=True, slots=True)
class Cue:
    """One line of a cue file."""

    pattern: str
    weights: Mapping[str, float]  # target -> weight in [-1, 1]; the slot "X" in a relative cue
    note: str = ""
    language: str = ENGLISH
    place: str = field(default="", compare=False)  # file:line

    @property
    def family(self) -> str:
        """The head of the note."""
        return self.note.split(";")[0].strip()

    @property
    def kind(self) -> str:
        """Relative where it has a slot for the target, else anchored."""
        return RELATIVE if "X" in self.pattern else ANCHORED

    @property
    def key(self) -> tuple[str, str]:
        """The language and pattern, which are equal for two lines of the same cue."""
        return self.language, " ".join(self.pattern.split())


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be used."""

    place: str
    reason: str


def load_cues(folder: Path = CUES) -> tuple[Cue, ...]:
    """Read the cues of a folder; of equal ones, the last counts.

    :raises ConfigError: If it holds none, or a line is not a cue; names the line.
    """
    found: dict[tuple[str, str], Cue] = {}
    for line in read_folder(folder):
        if isinstance(line, BadLine):
            raise ConfigError(f"{line.place}: {line.reason}")
        found[line.key] = line
    return tuple(found.values())


def read_folder(folder: Path) -> list[Cue | BadLine]:
    """Read every line of every cue file of a folder; lines that are no cue too, with the reason.

    :raises ConfigError: If the folder holds no cue file, or one cannot be read at all.
    """
    paths = [path for path in list_cue_files(folder) if not is_examples(path)]
    if not paths:
        raise ConfigError(f"{folder}: no cue file; expected a folder of *.tsv (relative) or *.txt (anchored)")
    readers = {".tsv": _relative, ".txt": _anchored}
    return [line for path in paths for line in read_lines(path, readers[path.suffix])]


@dataclass(frozen=True, slots=True)
class Home:
    """Targets that are named in quarrels of their own people, and patterns of such quarrels and of news of abroad."""

    targets: frozenset[str] = frozenset()
    abroad: tuple[str, ...] = ()  # patterns of what a text speaks of that looks abroad
    quarrels: tuple[str, ...] = ()  # patterns with which another side that is named is no sign of abroad


def load_sides(folder: Path = CUES) -> tuple[tuple[frozenset[str], ...], Home]:
    """Read the blocs of targets, and those of quarrels at home; none where a folder has no such file.

    :raises ConfigError: If the file is not a table of lists of names.
    """
    path = folder / _BLOCS
    if not path.is_file():
        return (), Home()
    try:
        table = read_toml(path, "[blocs] with lists of targets", most=_C.max_file)
        home = {key: tuple(map(str.lower, names)) for key, names in table.get("home", {}).items()}
        blocs = tuple(frozenset(map(str.lower, names)) for names in table["blocs"].values())
    except (KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path}: {str(error)[:100]}; expected [blocs] with lists of targets") from None
    return blocs, Home(frozenset(home.get("targets", ())), home.get("abroad", ()), home.get("quarrels", ()))


def cue_digest(folder: Path = CUES) -> str:
    """Digest the cues of a folder, examples apart: with other cues, the same weights are another model."""
    digest = hashlib.sha256()
    for path in [*(path for path in list_cue_files(folder) if not is_examples(path)), folder / _BLOCS]:
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def list_cue_files(folder: Path) -> list[Path]:
    """List the files of cues and of examples in a folder.

    :raises ConfigError: If it cannot be read.
    """
    with file_errors(folder, "cannot be read", "a folder of cue files"):
        return sorted(path for path in folder.iterdir() if path.suffix in (".tsv", ".txt") and path.is_file())


def is_examples(path: Path) -> bool:
    """Return whether a file holds examples of cues."""
    return path.name.split(".")[0] == "examples"


def read_lines(path: Path, read_line: Callable[[str, str, str], Line]) -> Iterator[Line | BadLine]:
    """Read the lines of a file, each by a function of the line, its language and its place.

    :raises ConfigError: If the file cannot be read at all.
    """
    language = ".".join(path.name.split(".")[1:-1]) or ENGLISH
    if not _LANGUAGE.fullmatch(language):
        raise ConfigError(f"{path}: {language[:40]!r} is no language; expected a name as relative.de.tsv")
    name = str(path)
    for number, line in enumerate(read_text(path, "a text file", most=_C.max_file).split("\n"), start=1):
        if line.strip() and not line.startswith("# "):
            try:
                yield read_line(line.rstrip("\r"), language, f"{name}:{number}")
            except ValueError as error:
                yield BadLine(f"{name}:{number}", str(error))


def _relative(line: str, language: str, place: str) -> Cue:
    pattern, *rest = line.split("\t")
    if not rest:
        raise ValueError("no tab; expected: pattern, weight, note")
    if "X" not in pattern:
        raise ValueError(f"{pattern[:60]!r} has no X; expected a place for the target")
    return Cue(_lower(pattern), {"X": _weight(rest[0])}, rest[1] if len(rest) > 1 else "", language, place)


def _anchored(line: str, language: str, place: str) -> Cue:
    sides, bar, rest = line.partition(" | ")
    weights = {target: _weight(weight) for target, weight in _C.side.findall(sides)}
    if not (bar and weights) or _C.side.sub("", sides).strip():
        raise ValueError(f"{sides[:60]!r}; expected: russia:-0.8 us:+0.4 | pattern ;; note")
    pattern, _, note = rest.partition(" ;; ")
    if "X" in pattern or "Y" in pattern:
        raise ValueError(f"{pattern[:60]!r} has a slot; expected words alone, as slots are for relative cues")
    return Cue(_lower(pattern), weights, note, language, place)


def _lower(pattern: str) -> str:
    words = pattern.replace("X", "").replace("Y", "")  # several times as fast as a table
    if words != words.lower():
        raise ValueError(f"{pattern[:60]!r} has capitals; expected lower-case words, as texts are read in lower case")
    return pattern


@lru_cache(maxsize=1_000)
def _weight(written: str) -> float:
    if not _C.weight.fullmatch(written.strip()) or abs(float(written)) > 1:
        raise ValueError(f"weight {written[:20]!r}; expected a number in [-1, 1]")
    return float(written)


# Matching -------------------------------------------------------------------------------------------------------------

if TYPE_CHECKING:
    from stance.scoring.instances import Scorer

Judge = TypeVar("Judge", bound="Scorer")
Floats = NDArray[np.float64]


class CueHit(NamedTuple):
    """A cue that fired at ``text[start:end]``, and its weight toward a target, in [-1, 1]."""

    start: int
    end: int
    weight: float  # as written, until it is corrected
    pattern: str
    kind: str  # relative or anchored
    target: str
    family: str
    circumstances: tuple[str, ...]


class Fired(NamedTuple):
    """The cues that fired in a text: toward its target, and toward the other targets that it names."""

    own: tuple[CueHit, ...]
    others: tuple[CueHit, ...] = ()
    home: int = 0
    """Degree to which the text is about domestic politics of the target. 0: not such a target; 1: it speaks of
    something abroad; 2: of nothing abroad; 3: and it names only politicians and offices, not the country."""


class _Patterns(NamedTuple):
    """The cues of one kind and language, and their patterns compiled with those of ``[home]`` behind them.

    The number of a match is that of its cue, or of a pattern of ``[home]`` plus the number of cues.
    """

    cues: Sequence[Cue]
    automaton: PatternSet


_Row = list[tuple[Token, int, int]]
"""Consecutive words, each with its start and end in the text."""


class _Slot(NamedTuple):
    """A name in a text: X of the targets that it names, Y of the others."""

    owners: set[str]
    word: tuple[str, ...]  # that it is; empty where it is several


@dataclass(frozen=True, slots=True)
class _Slotted:
    """The words of a text with each name made one, which is read by the target that cues speak of."""

    words: Sequence[Token]
    starts: Sequence[int]
    ends: Sequence[int]
    slots: Mapping[int, _Slot]

    def sentences(self, target: str) -> list[tuple[int, int]]:
        """Find the sentences that name a target."""
        breaks = [-1, *(place for place, word in enumerate(self.words) if word == BREAK), len(self.words)]
        ends = dict.fromkeys(bisect_left(breaks, place) for place in self._named(target))
        return [(breaks[at - 1] + 1, breaks[at]) for at in ends]

    def naming(self, target: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Choose the places that hold the name of a target."""
        named = self._named(target)
        return [(begin, end) for begin, end in spans if bisect_left(named, begin) < bisect_left(named, end)]

    def _named(self, target: str) -> list[int]:
        return [place for place, slot in self.slots.items() if target in slot.owners]

    def tokens(self, target: str) -> list[Token]:
        """Return the words that patterns read, as they speak of a target."""
        tokens = [*self.words]
        for place, slot in self.slots.items():
            tokens[place] = ("X" if target in slot.owners else "Y", *slot.word)
        return tokens


class _CueMatch(NamedTuple):
    """A cue that fired, whatever target it refers to."""

    cue: Cue
    start: int
    end: int
    circumstances: tuple[str, ...]

    def toward(self, target: str, kind: str) -> CueHit:
        """Return the match as a hit toward a target."""
        weight = self.cue.weights["X" if kind == RELATIVE else target]
        return CueHit(self.start, self.end, weight, self.cue.pattern, kind, target, self.cue.family, self.circumstances)


@dataclass(frozen=True)
class _CueReading:
    """A text cut into words, the frames in it, and the cues that fired toward targets so far."""

    language: str
    words: Words
    mentions: tuple[Mention, ...]
    anchored: tuple[_CueMatch, ...]
    windows: Sequence[tuple[int, int]]  # around denials
    surroundings: Surroundings
    is_abroad: bool  # it speaks of more than a quarrel at home
    toward: dict[str, tuple[CueHit, ...]] = field(default_factory=dict)

    @cached_property
    def slotted(self) -> _Slotted:
        """Return its words with each name made one."""
        return _slotted(self.words, self.mentions)

    @cached_property
    def denied(self) -> list[tuple[int, int]]:
        """Return the word ranges around denials, counted in ``slotted``."""
        starts, ends = self.slotted.starts, self.slotted.ends
        return [
            (bisect_left(starts, self.words.starts[begin]), bisect_right(ends, self.words.ends[end - 1]))
            for begin, end in self.windows
        ]


class CueEngine:
    """Match all cues, compiled, against instances.

    :raises PatternError: If a pattern cannot be compiled.
    """

    def __init__(self, cues: Iterable[Cue], blocs: Sequence[frozenset[str]] = (), home: Home | None = None) -> None:
        cues = tuple(cues)
        self.blocs = tuple(blocs)
        self.home = home or Home()
        self._frames = Counter(target for cue in cues if "X" not in cue.weights for target in cue.weights)
        self._cues = grouped((cue.language, cue) for cue in cues)
        self._compiled: dict[str, tuple[_Patterns, _Patterns]] = {}
        for language in (ENGLISH, *self._cues):  # so that a pattern that cannot be compiled is refused at once
            self._patterns(language)
        self._kept: dict[tuple[str, str, tuple[Mention, ...]], _CueReading] = {}

    def _patterns(self, language: str) -> tuple[_Patterns, _Patterns]:
        """Return the compiled relative and anchored cues of a language; the shipped ones are read at first use."""
        language = language if language in self._cues or language in OTHER_LANGUAGES else ""
        if language not in self._compiled:
            cues = self._cues.get(language) or (load_cues(CUES / language) if language in OTHER_LANGUAGES else ())
            at_home = (*self.home.abroad, *self.home.quarrels)
            self._compiled[language] = (
                _compile([cue for cue in cues if cue.kind == RELATIVE], ()),
                _compile([cue for cue in cues if cue.kind == ANCHORED], at_home),
            )
        return self._compiled[language]

    def match(self, instance: Instance) -> tuple[CueHit, ...]:
        """Find the cues that fire in one text, toward its target, by position."""
        return self.match_all([instance])[0].own

    def match_all(self, instances: Sequence[Instance]) -> list[Fired]:
        """Find the cues of many instances; a text is read once for all its targets."""
        found, before = [], None
        for instance in instances:
            key = id(instance.text), id(instance.mentions), instance.language
            if key != before:  # a comment's instances come in turn, and hashing its mentions takes long
                reading, before = self._reading(instance), key
            own = self._toward(instance, instance.target, reading)
            found.append(Fired(own, self._toward_others(instance, reading), self._home_degree(instance, reading)))
        return found

    def relation(self, target: str, other: str) -> int:
        """Return whether two targets are allies (1) or rivals (-1), as far as is known (0)."""
        own = {i for i, bloc in enumerate(self.blocs) if target in bloc}
        its = {i for i, bloc in enumerate(self.blocs) if other in bloc}
        return 1 if own & its else -1 if own and its else 0

    def is_framed(self, target: str) -> bool:
        """Return whether many anchored cues speak of a target."""
        # anchored cues of one target: Russia, the US, NATO and Ukraine among those that ship
        return self._frames[target] >= 300

    def is_home(self, target: str) -> bool:
        """Return whether a target is named in quarrels of its own people that do not address it."""
        return target in self.home.targets

    def _home_degree(self, instance: Instance, reading: _CueReading) -> int:
        if not self.is_home(instance.target) or reading.language != ENGLISH:
            return 0
        if reading.is_abroad:
            return 1
        return 2 + (not any(mention.kind in _C.of_the_country for mention in instance.own_mentions))

    def _reading(self, instance: Instance) -> _CueReading:
        """Read a text, or remember it: many comments are answered."""
        key = (instance.text, instance.language, instance.mentions)
        reading = self._kept.get(key)
        if reading is None:
            reading = self._read(instance)
            if len(self._kept) >= 1_000:  # that are kept for the comments that answer them: two batches, some 10 MB
                self._kept = {}
            if len(instance.text) <= 5_000:  # characters of one of them
                self._kept[key] = reading
        return reading

    def _read(self, instance: Instance) -> _CueReading:
        words = tokenize(instance.text)
        surroundings = Surroundings(instance.text, words, quoted_spans(instance.text), instance.language)
        _, patterns = self._patterns(instance.language)
        tokens = _named(words, instance.mentions)
        windows = surroundings.denials.windows()
        matches, found = _find(patterns, (tokens, words.starts, words.ends), [(0, len(tokens))], windows, surroundings)
        first = len(patterns.cues)
        signs = {match.pattern - first for match in matches if match.pattern >= first and match.start < len(tokens)}
        is_abroad = instance.language != ENGLISH or self._is_abroad(signs, instance.mentions)
        return _CueReading(instance.language, words, instance.mentions, tuple(found), windows, surroundings, is_abroad)

    def _is_abroad(self, signs: Collection[int], mentions: Sequence[Mention]) -> bool:
        """Return whether a text that may be of a quarrel at home speaks of something abroad, or names another side.

        :param signs: Numbers of the patterns of ``[home]`` that match, those of abroad first.
        """
        named = {mention.target for mention in mentions}
        n_abroad = len(self.home.abroad)
        if named.isdisjoint(self.home.targets) or any(sign < n_abroad for sign in signs):
            return True
        return not named <= self.home.targets and not signs

    def _toward(self, instance: Instance, target: str, reading: _CueReading) -> tuple[CueHit, ...]:
        hits = reading.toward.get(target)
        if hits is None:
            anchored = [match.toward(target, ANCHORED) for match in reading.anchored if target in match.cue.weights]
            relative = [match.toward(target, RELATIVE) for match in self._relative_matches(target, reading)]
            kept = _longest(dict.fromkeys([*anchored, *relative]))
            if kept and self.is_home(target) and not reading.is_abroad:
                kept = _of_the_country(kept, [mention for mention in instance.mentions if mention.target == target])
            hits = reading.toward[target] = tuple(kept)
        return hits

    def _toward_others(self, instance: Instance, reading: _CueReading) -> tuple[CueHit, ...]:
        """Find the cues that fire toward other targets; they count only for a target that is addressed."""
        if not is_named(instance):
            return ()
        others = dict.fromkeys(m.target for m in instance.mentions if m.target != instance.target)
        return tuple(hit for other in others for hit in self._toward(instance, other, reading))

    def _relative_matches(self, target: str, reading: _CueReading) -> list[_CueMatch]:
        patterns, _ = self._patterns(reading.language)
        if not patterns.cues or not any(mention.target == target for mention in reading.mentions):
            return []
        slotted = reading.slotted
        sentences = slotted.sentences(target)
        columns = slotted.tokens(target), slotted.starts, slotted.ends
        denied = slotted.naming(target, reading.denied)
        return _find(patterns, columns, sentences, denied, reading.surroundings)[1]


_Columns = tuple[Sequence[Token], Sequence[int], Sequence[int]]
"""Words, their starts and their ends in the text."""


def _find(
    patterns: _Patterns,
    columns: _Columns,
    spans: Iterable[tuple[int, int]],
    denied: Iterable[tuple[int, int]],
    around: Surroundings,
) -> tuple[list[Match], list[_CueMatch]]:
    """Match some words, as written and around denials without these, all at once.

    :param spans: Places of the words as written.
    :param denied: Places of words around denials.
    :return: Every match, and the cues that fire: of words as written, those without a denial in a gap, else those
        that hold a word that reads otherwise.
    """
    tokens, starts, ends = columns
    row: list[Token] = []
    places: list[int] = []  # of each among the words
    for begin, end in spans:
        row += (*tokens[begin:end], BREAK)
        places += range(begin, end + 1)
    n_plain = len(row)
    for begin, end in denied:
        plain, kept = around.denials.without(tokens[begin:end], starts[begin:end])
        row += (*plain, BREAK)
        places += [*(begin + at for at in kept), end]
    matches, fired = patterns.automaton.find(row), []
    for number, first, last in matches:
        if number >= len(patterns.cues):
            continue
        cue, start, end = patterns.cues[number], starts[places[first]], ends[places[last - 1]]
        is_plain = first >= n_plain
        if around.denials.is_edited(start, end) if is_plain else not around.is_denied_inside(start, end, cue.pattern):
            fired.append(_CueMatch(cue, start, end, around.around(start, end, "" if is_plain else cue.pattern)))
    return matches, fired


def _of_the_country(hits: Iterable[CueHit], mentions: Sequence[Mention]) -> list[CueHit]:
    """Drop cues about politicians and offices in a quarrel at home; all, where it names no country."""
    country = [mention for mention in mentions if mention.kind in _C.of_the_country]
    others = [mention for mention in mentions if mention.kind not in _C.of_the_country]
    if not country and others:
        return []
    return [hit for hit in hits if _holds(hit, country) or not _holds(hit, others)]


def _holds(hit: CueHit, mentions: Iterable[Mention]) -> bool:
    return any(hit.start < mention.end and mention.start < hit.end for mention in mentions)


def _compile(cues: Sequence[Cue], at_home: Sequence[str]) -> _Patterns:
    """Compile the cues of one kind and language, with the patterns of ``[home]`` behind them."""
    patterns = (_C.article.sub("", cue.pattern) if "the " in cue.pattern else cue.pattern for cue in cues)
    return _Patterns(cues, PatternSet([*patterns, *at_home]))


def make_engine(folder: Path = CUES) -> CueEngine:
    """Compile the cues of a folder.

    :raises ConfigError: If it holds no cues or a line is none.
    """
    return CueEngine(load_cues(folder), *load_sides(folder))


@lru_cache(maxsize=1)
def default_engine() -> CueEngine:
    """Compile the shipped cues, once in a process."""
    return make_engine()


def _named(words: Words, mentions: Sequence[Mention]) -> list[Token]:
    """Add to each word of a name its target: ``<us>`` is "US" and "Washington" and not "us"."""
    tokens: list[Token] = [*words.texts]
    for mention in sorted(mentions, key=lambda m: m.start):
        for at in range(bisect_right(words.ends, mention.start), bisect_left(words.starts, mention.end)):
            token = tokens[at]
            if token != BREAK:
                tokens[at] = (*(token if isinstance(token, tuple) else (token,)), f"<{mention.target}>")
    return tokens


def _slotted(words: Words, mentions: Sequence[Mention]) -> _Slotted:
    """Make each name one word, of which a possessive ending is another.

    A "the" before a name is left out: what is said of X is said of the X; patterns are read without it too. A name of
    one word stays readable as that word.
    """
    owners: dict[tuple[int, int], set[str]] = {}
    for mention in sorted(mentions, key=lambda m: m.start):
        owners.setdefault((mention.start, mention.end), set()).add(mention.target)
    row: _Row = []
    slots: dict[int, _Slot] = {}
    pieces: _Row = list(zip(words.texts, words.starts, words.ends, strict=True))
    at = 0
    for span, targets in owners.items():
        first = bisect_right(words.ends, span[0], at)
        row += pieces[at:first]
        at = max(first, bisect_left(words.starts, span[1], first))
        if first < at:
            if row and row[-1][0] == "the":
                row.pop()
            _add_name(pieces[first:at], span, targets, row, slots)
    row += pieces[at:]
    texts, starts, ends = zip(*row, strict=True) if row else ((), (), ())
    return _Slotted(texts, starts, ends, slots)


def _add_name(pieces: _Row, span: tuple[int, int], owners: set[str], row: _Row, slots: dict[int, _Slot]) -> None:
    """Add a name and the letters written together with it: ``#StandWithX`` is read as "stand with X"."""
    (opening, start, first_stop), (closing, last_start, stop) = pieces[0], pieces[-1]
    opening, last = str(opening), str(closing)
    head = tail = ""
    # Where dots were left out ("u.s."), places in the word are not known.
    if len(opening) == first_stop - start and len(last) == stop - last_start:
        head = opening[: max(0, span[0] - start)]
        tail = last[span[1] - last_start :]
        tail = tail if tail.isalnum() else ""  # nothing, or a possessive ending
        last = last.removesuffix(tail)
    if head:
        row.append((head, start, span[0]))
        last, start = last.removeprefix(head) if len(pieces) == 1 else last, span[0]
    behind = stop
    if tail:
        stop = span[1]
    slots[len(row)] = _Slot(owners, (last.removesuffix("'s"),) if len(pieces) == 1 else ())
    possessive = [("'s", stop - 2, stop)] if last.endswith("'s") else []
    row += [("", start, stop - 2 * len(possessive)), *possessive]
    if tail:
        row.append((tail, span[1], behind))


def _longest(hits: Iterable[CueHit]) -> list[CueHit]:
    """Keep a hit unless a longer one holds it: short fallbacks contradict the frames that hold them."""
    kept: list[CueHit] = []
    reach = -1
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if hit.end > reach or (kept and (hit.start, hit.end) == (kept[-1].start, kept[-1].end)):
            if "claim_denied" in hit.circumstances:
                at = len(kept)
                while at and kept[at - 1].end > hit.start:  # ends come in order
                    at -= 1
                # Without cues whose end begins the claim: "I don't believe X" in "... X is a bully".
                kept[at:] = [
                    each
                    for each in kept[at:]
                    if not each.start < hit.start < each.end < hit.end or "claim_denied" in each.circumstances
                ]
            kept.append(hit)
            reach = max(reach, hit.end)
    return kept


# Weights corrected by labelled comments ------------------------------------------------------------------------------
#
# A written weight is a judgement. How often a cue is right depends on its line, on its family (the head of its note),
# on whether it speaks in favor or against, and on its circumstances. A ridge regression adds up a correction of each of
# these, so that a line that fired twice keeps nearly its written weight and borrows from its family. Circumstances
# change a weight by a learned share. A denial reverses or reduces the weight, and all corrections with it, by fixed
# factors. Keys are hashed: the corrections are one array, whatever cues a user adds.

N_KEYS = 2**14
"""Number of places in the array of corrections; the shipped cues have about 6,000 keys."""


_LEAST = 0.02  # a smaller weight says nothing


def correct(hits: Sequence[Sequence[CueHit]], corrections: Floats) -> list[tuple[CueHit, ...]]:
    """Return each cue that fired its corrected weight, in [-1, 1].

    Neutral cues stay neutral, and those of hardly any weight become so.
    """
    matrix, written = key_matrix(hits)
    clipped = np.clip(written + (matrix @ corrections[:, None])[:, 0], -1, 1)
    weights = iter(np.where(np.abs(clipped) < _LEAST, 0.0, clipped).tolist())
    return [tuple(hit._replace(weight=next(weights)) if hit.weight else hit for hit in found) for found in hits]


def key_matrix(hits: Sequence[Sequence[CueHit]]) -> tuple[SparseRows, Floats]:
    """One row per cue that fired and is not neutral: its keys, and its written weight."""
    columns: list[int] = []
    values: list[float] = []
    ends, written = [0], []
    for hit in (hit for found in hits for hit in found if hit.weight):
        for column, value in _keys(hit):
            columns.append(column)
            values.append(value)
        ends.append(len(columns))
        written.append(written_weight(hit))
    matrix = SparseRows(np.array(values, float), np.array(columns, np.intp), np.array(ends), N_KEYS)
    return matrix, np.array(written, float)


def written_weight(hit: CueHit) -> float:
    """Return the written weight of a cue as changed by denials, the only change that is not learned."""
    return hit.weight * _denial_factor(hit)


def _denial_factor(hit: CueHit) -> float:
    if "negated" not in hit.circumstances:
        return 1.0
    # blame that is not denied: it says little but what it speaks of
    is_claim = "claim_denied" in hit.circumstances and hit.weight < -0.3
    return _C.denied[0 if hit.weight > 0 else 1 if is_claim else 2]


def _keys(hit: CueHit) -> list[tuple[int, float]]:
    side, factor = "+" if hit.weight > 0 else "-", _denial_factor(hit)
    kind = f"{hit.kind} {side}"
    line = f"{hit.target} {hit.pattern}" if hit.kind == ANCHORED else hit.pattern
    weight = hit.weight * factor
    return [
        (_hashed_key(kind), factor),
        (_hashed_key(f"{kind} slope"), factor * (abs(hit.weight) - 0.5)),
        (_hashed_key(f"{kind} family {hit.family}"), factor * _C.family),
        (_hashed_key(f"line {line}"), factor * _C.line),
        *((_hashed_key(f"{side} {name}"), weight) for name in hit.circumstances if name not in _C.of_denials),
    ]


@lru_cache(maxsize=50_000)
def _hashed_key(key: str) -> int:
    return zlib.crc32(key.encode()) % N_KEYS
