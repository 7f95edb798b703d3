"""How people take sides, as written cues; what fires is the evidence that a reader is shown.

A *relative* cue speaks of a slot (``stand with X``) and serves any target. An *anchored* cue is a talking point that
says something of named sides wherever it stands (``last ukrainian``), and serves those targets only. What the patterns
cannot say stands beside each hit: what surrounds it (``scoring/circumstances.py``), and whether it speaks of the target
or of another side.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from stance.datamodels import Mention, Via
from stance.exceptions import ConfigError
from stance.resources import CUES
from stance.scoring.automaton import BREAK, Match, PatternAutomaton, PatternError, Token
from stance.scoring.circumstances import Surroundings
from stance.scoring.instances import Instance
from stance.scoring.words import Word, quoted_spans, tokenize

RELATIVE = "relative"
ANCHORED = "anchored"

_BLOCS = "blocs.toml"
_MAX_FILE = 20_000_000  # bytes
_WEIGHT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_SIDE = re.compile(r"([a-z0-9_-]{1,40}):([+-]?[\d.]+)")


@dataclass(frozen=True, slots=True)
class Cue:
    """One line of a cue file."""

    pattern: str
    weights: Mapping[str, float]  # target -> weight in [-1, 1]; the slot "X" in a relative cue
    note: str = ""

    @property
    def family(self) -> str:
        """The head of the note: what kind of cue it is."""
        return self.note.split(";")[0].strip()


class CueHit(NamedTuple):
    """A cue that fired at ``text[start:end]`` and what it says of a target: a weight in [-1, 1]."""

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


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text cut into words, with what does not depend on the target, and what fired toward targets so far."""

    words: tuple[Word, ...]
    anchored: tuple[Match, ...]
    surroundings: Surroundings
    toward: dict[str, tuple[CueHit, ...]] = field(default_factory=dict)


def load_cues(folder: Path = CUES) -> tuple[Cue, ...]:
    """Read every cue file of a folder: ``*.tsv`` are relative, ``*.txt`` anchored.

    :raises ConfigError: If the folder holds none, or a line is not a cue; names the line.
    """
    paths = _cue_files(folder)
    if not paths:
        raise ConfigError(f"{folder}: no cue file; expected *.tsv (relative) or *.txt (anchored)")
    return tuple(cue for path in paths for cue in _read_file(path))


def load_blocs(folder: Path = CUES) -> tuple[frozenset[str], ...]:
    """Read which targets stand together against which; none where the folder does not say.

    :raises ConfigError: If the file is not a table of lists of names.
    """
    path = folder / _BLOCS
    if not path.is_file():
        return ()
    try:
        blocs = tomllib.loads(path.read_text(encoding="utf-8"))["blocs"]
        return tuple(frozenset(map(str.lower, names)) for names in blocs.values())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{path}: {str(error)[:100]}; expected [blocs] with lists of targets") from None


def cue_digest(folder: Path = CUES) -> str:
    """Digest the cue files of a folder: with other cues, the same weights are another model."""
    digest = hashlib.sha256()
    for path in [*_cue_files(folder), folder / _BLOCS]:
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def _cue_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.suffix in (".tsv", ".txt") and path.is_file())


def _read_file(path: Path) -> list[Cue]:
    if path.stat().st_size > _MAX_FILE:
        raise ConfigError(f"{path}: {path.stat().st_size} bytes; expected at most {_MAX_FILE}")
    read_line = _relative if path.suffix == ".tsv" else _anchored
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}; expected a text file") from None
    cues = []
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("# "):
            try:
                cues.append(read_line(line.rstrip("\r")))
            except ValueError as error:
                raise ConfigError(f"{path}:{number}: {error}") from None
    return cues


def _relative(line: str) -> Cue:
    pattern, *rest = line.split("\t")
    if not rest:
        raise ValueError("no tab; expected: pattern, weight, note")
    if "X" not in pattern:
        raise ValueError(f"{pattern[:60]!r} has no X; expected a place for the target")
    return Cue(pattern, {"X": _weight(rest[0])}, rest[1] if len(rest) > 1 else "")


def _anchored(line: str) -> Cue:
    sides, bar, rest = line.partition(" | ")
    weights = {target: _weight(weight) for target, weight in _SIDE.findall(sides)}
    if not bar or not weights or _SIDE.sub("", sides).strip():
        raise ValueError(f"{sides[:60]!r}; expected: russia:-0.8 us:+0.4 | pattern ;; note")
    pattern, _, note = rest.partition(" ;; ")
    return Cue(pattern, weights, note)


def _weight(written: str) -> float:
    if not _WEIGHT.fullmatch(written.strip()) or abs(float(written)) > 1:
        raise ValueError(f"weight {written[:20]!r}; expected a number in [-1, 1]")
    return float(written)


class CueEngine:
    """All cues, compiled; :meth:`match` gives those that speak of an instance's target.

    :raises ConfigError: If a pattern cannot be compiled.
    """

    def __init__(self, cues: Iterable[Cue], blocs: Sequence[frozenset[str]] = ()) -> None:
        cues = tuple(cues)
        self.blocs = tuple(blocs)
        self._relative = tuple(cue for cue in cues if "X" in cue.weights)
        self._anchored = tuple(cue for cue in cues if "X" not in cue.weights)
        self._relative_patterns = _compile(self._relative)
        self._anchored_patterns = _compile(self._anchored)

    def match(self, instance: Instance) -> tuple[CueHit, ...]:
        """Find the cues that fire in one text, toward its target, by position."""
        return self.match_all([instance])[0].own

    def match_all(self, instances: Sequence[Instance]) -> list[Fired]:
        """Find the cues of many instances; a text is read once for all its targets."""
        readings: dict[tuple[str, tuple[Mention, ...]], _Reading] = {}
        found = []
        for instance in instances:
            key = (instance.text, instance.mentions)
            reading = readings.get(key)
            if reading is None:
                reading = readings[key] = self._read(instance.text)
            own = self._toward(instance.target, instance.mentions, reading)
            found.append(Fired(own, self._toward_others(instance, reading)))
        return found

    def relation(self, target: str, other: str) -> int:
        """Tell whether two targets stand together (1) or against each other (-1), as far as is known (0)."""
        own = {i for i, bloc in enumerate(self.blocs) if target in bloc}
        its = {i for i, bloc in enumerate(self.blocs) if other in bloc}
        return 1 if own & its else -1 if own and its else 0

    def _read(self, text: str) -> _Reading:
        words = tokenize(text)
        anchored = tuple(self._anchored_patterns.find([word.text for word in words]))
        return _Reading(words, anchored, Surroundings(text, words, quoted_spans(text)))

    def _toward(self, target: str, mentions: Sequence[Mention], reading: _Reading) -> tuple[CueHit, ...]:
        if target not in reading.toward:
            hits = [*self._anchored_hits(target, reading), *self._relative_hits(target, mentions, reading)]
            reading.toward[target] = tuple(_longest(hits))
        return reading.toward[target]

    def _toward_others(self, instance: Instance, reading: _Reading) -> tuple[CueHit, ...]:
        """Find what fires toward other targets; it says something only of a target that is addressed."""
        if instance.via is None or instance.via is Via.ARTICLE:
            return ()
        others = dict.fromkeys(m.target for m in instance.mentions if m.target != instance.target)
        return tuple(hit for other in others for hit in self._toward(other, instance.mentions, reading))

    def _anchored_hits(self, target: str, reading: _Reading) -> Iterable[CueHit]:
        for match in reading.anchored:
            cue = self._anchored[match.pattern]
            if target in cue.weights:
                yield _hit(cue, cue.weights[target], ANCHORED, target, match, reading.words, reading)

    def _relative_hits(self, target: str, mentions: Sequence[Mention], reading: _Reading) -> Iterable[CueHit]:
        if not any(mention.target == target for mention in mentions):
            return
        words, tokens = _slotted(reading.words, mentions, target)
        for match in self._relative_patterns.find(tokens):
            cue = self._relative[match.pattern]
            yield _hit(cue, cue.weights["X"], RELATIVE, target, match, words, reading)


def _hit(
    cue: Cue, weight: float, kind: str, target: str, match: Match, words: Sequence[Word], reading: _Reading
) -> CueHit:
    start, end = words[match.start].start, words[match.end - 1].end
    around = reading.surroundings.around(start, end)
    return CueHit(start, end, weight, cue.pattern, kind, target, cue.family, around)


def _compile(cues: Sequence[Cue]) -> PatternAutomaton:
    try:
        return PatternAutomaton(cue.pattern for cue in cues)
    except PatternError as error:
        raise ConfigError(f"cue {cues[error.args[1]].pattern[:80]!r}: {error.args[0]}") from None


@lru_cache(maxsize=1)
def default_engine() -> CueEngine:
    """Compile the shipped cues, once in a process."""
    return CueEngine(load_cues(), load_blocs())


def _slotted(words: Sequence[Word], mentions: Sequence[Mention], target: str) -> tuple[list[Word], list[Token]]:
    """Put X where the target is named and Y where another is, in the sentences that name the target.

    A mention of one word stays readable as that word; a possessive ending becomes a word of its own.
    """
    merged = _merge(words, mentions, target)
    kept: list[tuple[Word, Token]] = []
    named, start = False, 0
    for i, (word, token) in enumerate([*merged, (Word(BREAK, 0, 0), BREAK)]):
        named = named or (isinstance(token, tuple) and token[0] == "X")
        if word.text == BREAK:
            kept.extend(merged[start : i + 1] if named else ())
            named, start = False, i + 1
    return [word for word, _ in kept], [token for _, token in kept]


def _merge(words: Sequence[Word], mentions: Sequence[Mention], target: str) -> list[tuple[Word, Token]]:
    merged: list[tuple[Word, Token]] = []
    i = 0
    for mention in sorted(mentions, key=lambda m: (m.start, m.target != target)):
        while i < len(words) and words[i].end <= mention.start:
            merged.append((words[i], words[i].text))
            i += 1
        first = i
        while i < len(words) and words[i].start < mention.end:
            i += 1
        if first < i:
            merged.extend(_slot(words[first:i], "X" if mention.target == target else "Y"))
    merged.extend((word, word.text) for word in words[i:])
    return merged


def _slot(words: Sequence[Word], slot: str) -> list[tuple[Word, Token]]:
    start, end, last = words[0].start, words[-1].end, words[-1].text
    token: Token = (slot,)
    if len(words) == 1:
        token = (slot, last.removesuffix("'s"))
    if not last.endswith("'s"):
        return [(Word(slot, start, end), token)]
    return [(Word(slot, start, end - 2), token), (Word("'s", end - 2, end), "'s")]


def _longest(hits: Iterable[CueHit]) -> list[CueHit]:
    """Keep a hit unless a longer one holds it: short fallbacks contradict the frames that hold them."""
    kept: list[CueHit] = []
    reach = -1
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if hit.end > reach or (kept and (hit.start, hit.end) == (kept[-1].start, kept[-1].end)):
            kept.append(hit)
            reach = max(reach, hit.end)
    return kept
