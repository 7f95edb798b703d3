"""How people take sides, as written cues; what fires is the evidence that a reader is shown.

A *relative* cue speaks of a slot (``stand with X``) and serves any target. An *anchored* cue is a talking point that
says something of named sides wherever it stands (``last ukrainian``), and serves those targets only. What the patterns
cannot say, the engine looks after: negation before a cue, quoted speech, questions and conditions.
"""

import hashlib
import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from stance.datamodels import Mention
from stance.exceptions import ConfigError
from stance.resources import CUES
from stance.scoring.automaton import BREAK, Match, PatternAutomaton, PatternError, Token
from stance.scoring.instances import Instance

RELATIVE = "relative"
ANCHORED = "anchored"

_MAX_FILE = 20_000_000  # bytes
_FOLD = str.maketrans("‘’ʼ＇`´“”„«»", "''''''\"\"\"\"\"")
_TOKEN = re.compile(r"(?:[a-z]\.){2,}|\d+%|#\d+|[^\W_]+(?:'[^\W_]+)*|[.!?]+|\n|[=\u2190-\u2bff\U0001f000-\U0001faff]")
_QUOTE = re.compile(r'["\n]')
_WEIGHT = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)")
_SIDE = re.compile(r"([a-z0-9_-]{1,40}):([+-]?[\d.]+)")


@dataclass(frozen=True, slots=True)
class Cue:
    """One line of a cue file."""

    pattern: str
    weights: Mapping[str, float]  # target -> weight in [-1, 1]; the slot "X" in a relative cue
    note: str = ""


class CueHit(NamedTuple):
    """A cue that fired at ``text[start:end]`` and what it says of the target: a weight in [-1, 1]."""

    start: int
    end: int
    weight: float
    pattern: str
    kind: str  # relative or anchored


class _Word(NamedTuple):
    text: str  # folded; BREAK at the end of a sentence
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Care:
    """What becomes of a cue's weight where it does not stand plainly: factors.

    Compared on the ordinary comments of the corpus: 0 for negated raises the share of sides told right from .807 to
    .818 (-0.5: .807, 0.5: .810); quoted and conditional move it by less than .003 either way.
    """

    negated: float = 0.0  # "not ... stand with X": what a denial says instead is not sure
    quoted: float = 0.5  # between quotation marks, three words or more
    conditional: float = 0.5  # after "if" in the same sentence


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text cut into words, with what does not depend on the target."""

    words: tuple[_Word, ...]
    anchored: tuple[Match, ...]
    quoted: tuple[tuple[int, int], ...]


def load_cues(folder: Path = CUES) -> tuple[Cue, ...]:
    """Read every cue file of a folder: ``*.tsv`` are relative, ``*.txt`` anchored.

    :raises ConfigError: If the folder holds none, or a line is not a cue; names the line.
    """
    paths = _cue_files(folder)
    if not paths:
        raise ConfigError(f"{folder}: no cue file; expected *.tsv (relative) or *.txt (anchored)")
    return tuple(cue for path in paths for cue in _read_file(path))


def cue_digest(folder: Path = CUES) -> str:
    """Digest the cue files of a folder: with other cues, the same weights are another model."""
    digest = hashlib.sha256()
    for path in _cue_files(folder):
        digest.update(path.read_bytes())
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

    def __init__(self, cues: Iterable[Cue], care: Care | None = None) -> None:
        cues = tuple(cues)
        self.care = care or Care()
        self._relative = tuple(cue for cue in cues if "X" in cue.weights)
        self._anchored = tuple(cue for cue in cues if "X" not in cue.weights)
        self._relative_patterns = _compile(self._relative)
        self._anchored_patterns = _compile(self._anchored)

    def match(self, instance: Instance) -> tuple[CueHit, ...]:
        """Find the cues that fire in one text, toward its target, by position."""
        return self.match_all([instance])[0]

    def match_all(self, instances: Sequence[Instance]) -> list[tuple[CueHit, ...]]:
        """Find the cues of many instances; a text is read once for all its targets."""
        readings: dict[str, _Reading] = {}
        found = []
        for instance in instances:
            if instance.text not in readings:
                readings[instance.text] = self._read(instance.text)
            found.append(self._hits(instance, readings[instance.text]))
        return found

    def _read(self, text: str) -> _Reading:
        words = tokenize(text)
        anchored = tuple(self._anchored_patterns.find([word.text for word in words]))
        return _Reading(words, anchored, _quoted_spans(text))

    def _hits(self, instance: Instance, reading: _Reading) -> tuple[CueHit, ...]:
        hits = []
        for match in reading.anchored:
            weight = self._anchored[match.pattern].weights.get(instance.target)
            if weight is not None:
                hits.append(self._hit(reading, reading.words, match, self._anchored[match.pattern], weight, ANCHORED))
        if instance.own_mentions:
            words, tokens = _slotted(reading.words, instance.mentions, instance.target)
            for match in self._relative_patterns.find(tokens):
                cue = self._relative[match.pattern]
                hits.append(self._hit(reading, words, match, cue, cue.weights["X"], RELATIVE))
        return tuple(_longest(hits))

    def _hit(
        self, reading: _Reading, words: Sequence[_Word], match: Match, cue: Cue, weight: float, kind: str
    ) -> CueHit:
        start, end = words[match.start].start, words[match.end - 1].end
        factor = self._factor(reading, words, match, start, end)
        return CueHit(start, end, weight * factor, cue.pattern, kind)

    def _factor(self, reading: _Reading, words: Sequence[_Word], match: Match, start: int, end: int) -> float:
        factor = 1.0
        before = _before(words, match.start)
        if any(word in NEGATIONS for word in before[:NEGATION_REACH]):
            factor *= self.care.negated
        if "if" in before:
            factor *= self.care.conditional
        quotation = bisect_right(reading.quoted, (start, start)) - 1
        if quotation >= 0 and end <= reading.quoted[quotation][1]:
            factor *= self.care.quoted
        return factor


_NOT_ALONE = ("don't", "doesn't", "didn't", "isn't", "wasn't", "aren't", "weren't", "won't", "can't", "couldn't",
              "shouldn't", "wouldn't", "ain't")  # fmt: skip
NEGATIONS = frozenset(
    [
        *("not", "no", "never", "nobody", "none", "neither", "nor", "without", "hardly", "cannot"),
        *_NOT_ALONE,
        *(word.replace("'", "") for word in _NOT_ALONE),
    ]
)
NEGATION_REACH = 3
"""Words before a cue in which a negation turns it."""

_CONDITION_REACH = 8


def _before(words: Sequence[_Word], at: int) -> list[str]:
    """The words before a cue in its sentence, nearest first."""
    found = []
    for word in reversed(words[max(at - _CONDITION_REACH, 0) : at]):
        if word.text == BREAK:
            break
        found.append(word.text)
    return found


def _compile(cues: Sequence[Cue]) -> PatternAutomaton:
    try:
        return PatternAutomaton(cue.pattern for cue in cues)
    except PatternError as error:
        raise ConfigError(f"cue {cues[error.args[1]].pattern[:80]!r}: {error.args[0]}") from None


@lru_cache(maxsize=1)
def default_engine() -> CueEngine:
    """Compile the shipped cues, once in a process."""
    return CueEngine(load_cues())


def _fold(text: str) -> str:
    """Lower case and plain quotation marks, at the same length, so that spans hold."""
    plain = text.translate(_FOLD)
    lower = plain.lower()
    if len(lower) == len(plain):
        return lower
    return "".join(char if len(char) == 1 else " " for char in map(str.lower, plain))


def tokenize(text: str) -> tuple[_Word, ...]:
    """Cut a text into folded words, with :data:`BREAK` where a sentence ends."""
    folded = _fold(text)
    words: list[_Word] = []
    for found in _TOKEN.finditer(folded):
        word, start, end = found.group(), found.start(), found.end()
        if word[0] in ".!?\n":
            is_end = word != "." or end == len(folded) or folded[end].isspace()
            if is_end and words and words[-1].text != BREAK:
                words.append(_Word(BREAK, start, end))
        else:
            words.append(_Word(word.replace(".", ""), start, end))
    return tuple(words)


def _slotted(words: Sequence[_Word], mentions: Sequence[Mention], target: str) -> tuple[list[_Word], list[Token]]:
    """Put X where the target is named and Y where another is, in the sentences that name the target.

    A mention of one word stays readable as that word; a possessive ending becomes a word of its own.
    """
    merged = _merge(words, mentions, target)
    kept: list[tuple[_Word, Token]] = []
    named, start = False, 0
    for i, (word, token) in enumerate([*merged, (_Word(BREAK, 0, 0), BREAK)]):
        named = named or (isinstance(token, tuple) and token[0] == "X")
        if word.text == BREAK:
            kept.extend(merged[start : i + 1] if named else ())
            named, start = False, i + 1
    return [word for word, _ in kept], [token for _, token in kept]


def _merge(words: Sequence[_Word], mentions: Sequence[Mention], target: str) -> list[tuple[_Word, Token]]:
    merged: list[tuple[_Word, Token]] = []
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


def _slot(words: Sequence[_Word], slot: str) -> list[tuple[_Word, Token]]:
    start, end, last = words[0].start, words[-1].end, words[-1].text
    token: Token = (slot,)
    if len(words) == 1:
        token = (slot, last.removesuffix("'s"))
    if not last.endswith("'s"):
        return [(_Word(slot, start, end), token)]
    return [(_Word(slot, start, end - 2), token), (_Word("'s", end - 2, end), "'s")]


def _longest(hits: Iterable[CueHit]) -> list[CueHit]:
    """Keep a hit unless a longer one holds it: short fallbacks contradict the frames that hold them."""
    kept: list[CueHit] = []
    reach = -1
    for hit in sorted(hits, key=lambda h: (h.start, -h.end)):
        if hit.end > reach or (kept and (hit.start, hit.end) == (kept[-1].start, kept[-1].end)):
            kept.append(hit)
            reach = max(reach, hit.end)
    return kept


def _quoted_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Find what stands between double quotation marks and has three words or more: other people's words."""
    spans: list[tuple[int, int]] = []
    opened = -1
    for found in _QUOTE.finditer(text.translate(_FOLD)):
        at = found.start()
        if found.group() == "\n":
            opened = -1
        elif opened >= 0 and text.count(" ", opened, at) >= 2:
            spans.append((opened, at + 1))
            opened = -1
        else:
            opened = at
    return tuple(spans)
