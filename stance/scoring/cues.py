"""How people take sides, as written cues; what fires is the evidence that a reader is shown.

A *relative* cue speaks of a slot (``stand with X``) and serves any target. An *anchored* cue is a talking point that
says something of named sides wherever it stands (``last ukrainian``), and serves those targets only. What the patterns
cannot say stands beside each hit: what surrounds it (``scoring/circumstances.py``), and whether it speaks of the target
or of another side.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from stance.datamodels import Mention, Via
from stance.exceptions import ConfigError
from stance.scoring.automaton import BREAK, Match, PatternAutomaton, PatternError, Token
from stance.scoring.circumstances import Surroundings
from stance.scoring.cue_files import ANCHORED, RELATIVE, Cue, cue_digest, load_blocs, load_cues
from stance.scoring.instances import Instance
from stance.scoring.words import Word, quoted_spans, tokenize

__all__ = [
    "ANCHORED",
    "RELATIVE",
    "Cue",
    "CueEngine",
    "CueHit",
    "Fired",
    "cue_digest",
    "default_engine",
    "load_blocs",
    "load_cues",
    "make_engine",
]

_MANY_FRAMES = 300  # anchored cues of one target: Russia, the US, NATO and Ukraine among those that ship


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


class _Patterns(NamedTuple):
    """The cues of one kind and language, and their patterns compiled; a match's number is that of its cue."""

    cues: Sequence[Cue]
    automaton: PatternAutomaton

    def find(self, tokens: Sequence[Token]) -> list[tuple[Cue, Match]]:
        """Find every match with its cue, in order of their ends."""
        return [(self.cues[match.pattern], match) for match in self.automaton.find(tokens)]


_ARTICLE = re.compile(r"\bthe (?=[XY])")
_NONE = _Patterns((), PatternAutomaton(()))


@dataclass(frozen=True, slots=True)
class _Reading:
    """A text cut into words, with what does not depend on the target, and what fired toward targets so far."""

    words: tuple[Word, ...]
    language: str
    anchored: tuple[tuple[Cue, Match], ...]
    surroundings: Surroundings
    toward: dict[str, tuple[CueHit, ...]] = field(default_factory=dict)


class CueEngine:
    """All cues, compiled; :meth:`match` gives those that speak of an instance's target.

    :raises ConfigError: If a pattern cannot be compiled.
    """

    def __init__(self, cues: Iterable[Cue], blocs: Sequence[frozenset[str]] = ()) -> None:
        cues = tuple(cues)
        self.blocs = tuple(blocs)
        self._frames = Counter(target for cue in cues if "X" not in cue.weights for target in cue.weights)
        self._relative = _compile(cue for cue in cues if "X" in cue.weights)
        self._anchored = _compile(cue for cue in cues if "X" not in cue.weights)

    def match(self, instance: Instance) -> tuple[CueHit, ...]:
        """Find the cues that fire in one text, toward its target, by position."""
        return self.match_all([instance])[0].own

    def match_all(self, instances: Sequence[Instance]) -> list[Fired]:
        """Find the cues of many instances; a text is read once for all its targets."""
        readings: dict[tuple[str, str, tuple[Mention, ...]], _Reading] = {}
        found = []
        for instance in instances:
            key = (instance.text, instance.language, instance.mentions)
            reading = readings.get(key)
            if reading is None:
                reading = readings[key] = self._read(instance)
            own = self._toward(instance.target, instance.mentions, reading)
            found.append(Fired(own, self._toward_others(instance, reading)))
        return found

    def relation(self, target: str, other: str) -> int:
        """Tell whether two targets stand together (1) or against each other (-1), as far as is known (0)."""
        own = {i for i, bloc in enumerate(self.blocs) if target in bloc}
        its = {i for i, bloc in enumerate(self.blocs) if other in bloc}
        return 1 if own & its else -1 if own and its else 0

    def is_framed(self, target: str) -> bool:
        """Tell whether many anchored cues speak of a target."""
        return self._frames[target] >= _MANY_FRAMES

    def _read(self, instance: Instance) -> _Reading:
        words = tokenize(instance.text)
        anchored = self._anchored.get(instance.language, _NONE).find(_named(words, instance.mentions))
        around = Surroundings(instance.text, words, quoted_spans(instance.text))
        return _Reading(words, instance.language, tuple(anchored), around)

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
        for cue, match in reading.anchored:
            if target in cue.weights:
                yield _hit(cue, cue.weights[target], ANCHORED, target, match, reading.words, reading)

    def _relative_hits(self, target: str, mentions: Sequence[Mention], reading: _Reading) -> Iterable[CueHit]:
        if not any(mention.target == target for mention in mentions):
            return
        words, tokens = _slotted(reading.words, mentions, target)
        for cue, match in self._relative.get(reading.language, _NONE).find(tokens):
            yield _hit(cue, cue.weights["X"], RELATIVE, target, match, words, reading)


def _hit(
    cue: Cue, weight: float, kind: str, target: str, match: Match, words: Sequence[Word], reading: _Reading
) -> CueHit:
    start, end = words[match.start].start, words[match.end - 1].end
    around = reading.surroundings.around(start, end, cue.pattern)
    return CueHit(start, end, weight, cue.pattern, kind, target, cue.family, around)


def _compile(cues: Iterable[Cue]) -> dict[str, _Patterns]:
    """Compile the cues of one kind, each language apart."""
    by_language: dict[str, list[Cue]] = defaultdict(list)
    for cue in cues:
        by_language[cue.language].append(cue)
    return {language: _compile_language(of_language) for language, of_language in by_language.items()}


def _compile_language(cues: Sequence[Cue]) -> _Patterns:
    try:
        return _Patterns(cues, PatternAutomaton(_ARTICLE.sub("", cue.pattern) for cue in cues))
    except PatternError as error:
        cue = cues[error.args[1]]
        raise ConfigError(f"{cue.place or 'cue'}: {cue.pattern[:80]!r}: {error.args[0]}") from None


def make_engine(*folders: Path) -> CueEngine:
    """Compile the cues of some folders, later ones over earlier ones.

    :raises ConfigError: If a folder holds no cues or a line is none.
    """
    return CueEngine(load_cues(*folders), load_blocs(*folders))


@lru_cache(maxsize=1)
def default_engine() -> CueEngine:
    """Compile the shipped cues, once in a process."""
    return make_engine()


def _named(words: Sequence[Word], mentions: Sequence[Mention]) -> list[Token]:
    """Let each word of a name also stand for its target: ``<us>`` is "US" and "Washington" and not "us"."""
    tokens: list[Token] = [word.text for word in words]
    first = 0
    for mention in sorted(mentions, key=lambda m: m.start):
        while first < len(words) and words[first].end <= mention.start:
            first += 1
        for at in range(first, len(words)):
            if words[at].start >= mention.end:
                break
            token = tokens[at]
            if token != BREAK:
                tokens[at] = (*(token if isinstance(token, tuple) else (token,)), f"<{mention.target}>")
    return tokens


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
            _drop_article(merged)
            before, named, after = _cut(words[first:i], mention)
            merged.extend((word, word.text) for word in before)
            merged.extend(_slot(named, "X" if mention.target == target else "Y"))
            merged.extend((word, word.text) for word in after)
    merged.extend((word, word.text) for word in words[i:])
    return merged


def _drop_article(merged: list[tuple[Word, Token]]) -> None:
    """Leave out a "the" before a name: what is said of X is said of the X; patterns are read without it too."""
    if merged and merged[-1][1] == "the":
        merged.pop()


def _cut(words: Sequence[Word], mention: Mention) -> tuple[list[Word], list[Word], list[Word]]:
    """Cut off what is written together with a name: ``#StandWithX`` is said of X as "stand with X" is."""
    first, last, named = words[0], words[-1], list(words)
    if any(len(word.text) != word.end - word.start for word in (first, last)):
        return [], named, []  # dots were left out ("u.s."), so places in the word are not known
    head = first.text[: max(0, mention.start - first.start)]
    tail = last.text[mention.end - last.start :]
    if not tail.isalnum():
        tail = ""  # nothing, or a possessive ending
    if tail:
        named[-1] = Word(last.text.removesuffix(tail), last.start, mention.end)
    if head:
        named[0] = Word(named[0].text.removeprefix(head), mention.start, named[0].end)
    before = [Word(head, first.start, mention.start)] if head else []
    return before, named, [Word(tail, mention.end, last.end)] if tail else []


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
