"""Count narratives and incivility in comments by word patterns, which are data files (``docs/discourse.md``)."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.estimation import FEWEST_ARTICLES, effective_interval
from stance.datamodels import UNKNOWN_LANGUAGE, grouped
from stance.discourse.posts import CODED_SIDES, Ints, Posts
from stance.exceptions import ConfigError
from stance.resources import INCIVILITY, NARRATIVES, check_table, read_toml, shipped_toml
from stance.scoring.automaton import PatternAutomaton, PatternError
from stance.scoring.clauses import Words, quoted_spans, tokenize

FEWEST_COMMENTS, FEWEST_AUTHORS = 5, 3
"""Minimum numbers of comments and authors of a narrative that is shown."""

EXAMPLES = 3
LONGEST_LIST = 200
"""Comments in the list for moderators."""

MOST_GROUPS = 20
"""Outlets of a narrative that are shown with a share."""

_MOST_ENTRIES, _MOST_PATTERNS = 200, 2_000
_MOST_CHARS, _MOST_NAME_CHARS, _MOST_GROUP_CHARS = 500, 80, 2_000
_NARRATIVE = dict.fromkeys(("name", "topic", "description", "patterns"), object) | {"shown": bool}
_GROUP = re.compile(r"<([a-z0-9_-]{1,40})>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

Flags = NDArray[np.bool_]
Weights = NDArray[np.float32]


# Reading the data files -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Narrative:
    """A claim or frame that comes back in comments."""

    name: str
    topic: str
    description: str
    patterns: tuple[str, ...]
    is_shown: bool = True


@dataclass(frozen=True, slots=True)
class Narratives:
    """The narratives of a language, and their patterns compiled; pattern ``n`` is one of ``entries[owners[n]]``."""

    language: str
    entries: tuple[Narrative, ...]
    owners: tuple[int, ...]
    automaton: PatternAutomaton


@cache
def load_narratives(path: Path | None = None) -> Narratives:
    """Read the narratives that ship and those of a file, which replace the shipped ones of the same name.

    :param path: A TOML file; its language must be that of the shipped ones.
    :raises ConfigError: If a file is not valid; the message is one line that names the file, the entry and the reason.
    """
    language, entries = _read_narratives(NARRATIVES)
    if path is not None:
        own_language, own = _read_narratives(path)
        if own_language != language:
            raise ConfigError(f"{path}: language {own_language[:20]!r}; expected {language!r}: others are not read")
        entries |= own
    shown = tuple(entry for entry in entries.values() if entry.is_shown)
    lines = [(at, pattern) for at, entry in enumerate(shown) for pattern in entry.patterns]
    if len(lines) > _MOST_PATTERNS:
        raise ConfigError(f"{path}: {len(lines)} patterns with the shipped ones; expected at most {_MOST_PATTERNS}")
    automaton = PatternAutomaton(pattern for _, pattern in lines)
    return Narratives(language, shown, tuple(at for at, _ in lines), automaton)


def _read_narratives(path: Path) -> tuple[str, dict[str, Narrative]]:
    table = read_toml(path, "a TOML file of patterns")
    check_table(table, dict.fromkeys(("language", "groups", "narratives"), object), str(path))
    language, groups, rows = _text(table, "language", str(path)), _groups(table, path), table.get("narratives")
    if not isinstance(rows, list) or not 0 < len(rows) <= _MOST_ENTRIES:
        raise ConfigError(f"{path}: expected 1 to {_MOST_ENTRIES} [[narratives]] tables")
    entries: dict[str, Narrative] = {}
    for number, row in enumerate(rows, start=1):
        where = f"{path}: narrative {number}"
        entry = _narrative(row, groups, where)
        if entry.name in entries:
            raise ConfigError(f"{where}: the name {entry.name!r} is given twice")
        entries[entry.name] = entry
    return language, entries


def _narrative(row: object, groups: Mapping[str, str], where: str) -> Narrative:
    row = check_table(row, _NARRATIVE, where)
    name = _text(row, "name", where, _MOST_NAME_CHARS)
    where = f"{where} ({name!r})"
    patterns, topic = _patterns(row.get("patterns"), groups, where), _text(row, "topic", where, _MOST_NAME_CHARS)
    return Narrative(name, topic, _text(row, "description", where), patterns, row.get("shown", True))


def _text(row: Mapping[str, Any], key: str, where: str, most: int = _MOST_CHARS) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > most or _CONTROL.search(value):
        raise ConfigError(f"{where}: {key[:40]!r} is missing or not valid; expected a line of 1 to {most} characters")
    return value.strip()


def _groups(table: Mapping[str, Any], path: Path) -> dict[str, str]:
    groups = table.get("groups", {})
    where = f"{path}: groups"
    if not isinstance(groups, dict):
        raise ConfigError(f"{where}: expected names with words between bars")
    found = {name: _text(groups, name, where, _MOST_GROUP_CHARS) for name in groups}
    if bad := [name for name, words in found.items() if re.search("[<>()]", words)]:
        raise ConfigError(f"{where}: {bad[0][:40]!r} holds a bracket; expected words between bars")
    return found


def _patterns(lines: object, groups: Mapping[str, str], where: str) -> tuple[str, ...]:
    """Put the words of groups into patterns, and check that each can be compiled."""
    if not isinstance(lines, list) or not 0 < len(lines) <= _MOST_PATTERNS:
        raise ConfigError(f"{where}: expected a list of 1 to {_MOST_PATTERNS} patterns")
    found = []
    for line in lines:
        if not isinstance(line, str) or not line.strip() or line != line.lower():
            raise ConfigError(f"{where}: pattern {str(line)[:60]!r}; expected lower-case words")
        if unknown := [name for name in _GROUP.findall(line) if name not in groups]:
            raise ConfigError(f"{where}: pattern {line[:60]!r} uses <{unknown[0]}>, which is not in [groups]")
        found.append(_GROUP.sub(lambda match: groups[match[1]], line))
        try:
            PatternAutomaton(found[-1:])
        except PatternError as error:
            raise ConfigError(f"{where}: pattern {line[:60]!r}: {error.args[0]}") from None
    return tuple(found)


_words = lru_cache(maxsize=200)(tokenize)  # both analyses read the comments of a page


# Counting -------------------------------------------------------------------------------------------------------------


def _read(posts: Posts, language: str) -> Ints:
    """Return the places of the comments in a language, and of those too short to tell."""
    return np.flatnonzero([each in (language, UNKNOWN_LANGUAGE) for each in posts.languages])


def _rate(posts: Posts, hits: Flags, places: Ints, weights: Weights | None = None) -> dict[str, Any]:
    """Count the hits among some comments.

    The interval is Wilson's on the effective number of comments. Clusters are articles, or authors where there are
    fewer than ``FEWEST_ARTICLES``; a comment without a name is then a cluster of its own.

    :param weights: Shape (places,): the probability of each comment to be one of them; None: 1.
    :return: ``comments``, ``of``, ``share`` and ``interval``; the last two None where they cannot be computed.
    """
    y, n = hits[places], len(places)
    w = np.ones(n) if weights is None else weights.astype(np.float64)
    rate: dict[str, Any] = {"comments": round(float(w @ y)), "of": round(w.sum()), "share": None, "interval": None}
    if not w.any():
        return rate
    clusters = posts.source[places]
    if np.count_nonzero(np.bincount(clusters)) < FEWEST_ARTICLES:
        authors = posts.author[places]
        clusters = np.where(authors < 0, len(posts) + np.arange(n), authors)
    sizes = np.bincount(clusters, w)
    rate["share"], m = float(w @ y / w.sum()), int(np.count_nonzero(sizes))
    if m > 1:
        sums = np.bincount(clusters, w * y) - rate["share"] * sizes
        variance = float(m / (m - 1) * (sums**2).sum() / w.sum() ** 2)
        rate["interval"] = list(effective_interval(rate["share"], variance, w.sum(), m))
    return rate


def _by_outlet(posts: Posts, hits: Flags, places: Ints) -> list[dict[str, Any]]:
    """Count the hits of each outlet, those with most comments first."""
    largest = islice(posts.by_outlet(places), MOST_GROUPS)
    return [{"group": name} | _rate(posts, hits, places[own]) for name, own in largest]


def _by_group(posts: Posts, hits: Flags) -> dict[str, int]:
    """Count the hits of each outlet that has any."""
    return {name: int(own.sum()) for name, own in posts.by_outlet(np.flatnonzero(hits))}


def _mask(posts: Posts, places: Iterable[int]) -> Flags:
    mask = np.zeros(len(posts), np.bool_)
    mask[np.fromiter(places, np.int64)] = True
    return mask


# Narratives -----------------------------------------------------------------------------------------------------------


def narratives_record(posts: Posts, path: Path | None = None, copies: Flags | None = None) -> dict[str, Any]:
    """Count the comments that mention each narrative; a mention may deny it.

    :param path: A TOML file of further narratives.
    :param copies: Shape (n,); True for a later copy in a group of copies: counted, and never an example.
    :return: ``language``; ``comments`` that were read; ``hidden``, how many narratives are mentioned too rarely;
        ``narratives``, most comments first, each with ``name``, ``topic``, ``description``, ``comments``, ``authors``
        (None: no comment of the run has a name), ``copies`` among the comments, ``share`` and ``interval``,
        ``by_group`` (outlet -> comments), ``groups`` and ``by_side`` (target -> side) with ``comments``, ``of``,
        ``share`` and ``interval``, of sides by probabilities, and ``examples``.
    :raises ConfigError: If the file is not valid.
    """
    narratives = load_narratives(path)
    read = _read(posts, narratives.language)
    later = np.zeros(len(posts), np.bool_) if copies is None else copies
    is_read = _mask(posts, read)

    def mentioned(place: int) -> set[int]:
        matches = narratives.automaton.find(_words(posts.text(place)).texts) if is_read[place] else ()
        return {narratives.owners[match.pattern] for match in matches}

    marked = posts.marked(f"narratives {path or ''}", mentioned).items()
    found = grouped((owner, place) for place, owners in marked for owner in owners)
    fewest = FEWEST_AUTHORS if (posts.author >= 0).any() else 0  # without any name, the comments alone decide
    shown = [
        _mentions(posts, narratives.entries[at], np.array(places), read, later)
        for at, places in found.items()
        if len(places) >= FEWEST_COMMENTS and posts.authors(places) >= fewest
    ]
    shown.sort(key=lambda each: (-each["comments"], each["name"]))
    hidden = len(found) - len(shown)
    return {"language": narratives.language, "comments": len(read), "hidden": hidden, "narratives": shown}


def _mentions(posts: Posts, entry: Narrative, places: Ints, read: Ints, later: Flags) -> dict[str, Any]:
    hits = _mask(posts, places)
    sides = {
        target: {
            str(side): _rate(posts, hits, read, posts.expected[read, at, code]) for code, side in enumerate(CODED_SIDES)
        }
        for at, target in enumerate(posts.targets)
    }
    return {
        "name": entry.name,
        "topic": entry.topic,
        "description": entry.description,
        **_counted(posts, hits, read),
        "copies": int(later[places].sum()),
        "by_group": _by_group(posts, hits),
        "groups": _by_outlet(posts, hits, read),
        "by_side": sides,
        "examples": [posts.example(place) for place in _spread(posts, places[~later[places]])],
    }


def _counted(posts: Posts, hits: Flags, places: Ints) -> dict[str, Any]:
    authors = posts.authors(np.flatnonzero(hits)) if (posts.author >= 0).any() else None
    return _rate(posts, hits, places) | {"authors": authors}


def _spread(posts: Posts, places: Ints) -> list[int]:
    """Choose examples: the first comment of each side toward a target, then of other authors."""
    chosen: dict[tuple[int, ...], int] = {}
    for place in places.tolist():
        chosen.setdefault(tuple(posts.stances[place].tolist()), place)
    authors = {int(posts.author[place]): place for place in reversed(places.tolist())}
    return sorted(list(dict.fromkeys([*chosen.values(), *authors.values(), *places.tolist()]))[:EXAMPLES])


# Incivility -----------------------------------------------------------------------------------------------------------

KINDS = ("threat", "slur", "insult", "obscenity")
"""The most severe first."""

ADDRESSEES = ("commenter", "politician", "group", "nobody")
"""Whom it is meant for; ``nobody``: no one, or it is not clear."""

_NEVER = "never"
_BEFORE, _AFTER = 6, 4
"""Words of the same sentence around a match among which the addressee is looked for."""

_SHORT = 6
"""Words of a sentence that, in a reply, is meant for the one who is answered."""

_COVERED = re.compile(r"[A-Za-z]+[*@#$%!][A-Za-z*@#$%!]*")
_COVERS = frozenset("*@#$%!")
_LONGEST_COVERED = 15
_DIVIDING = re.compile(r"[,;:()…–—]|\.\.")


class Uncivil(NamedTuple):
    """A match at ``text[start:end]``."""

    kind: str
    addressee: str
    start: int
    end: int


class IncivilityPatterns:
    """The patterns of incivility, compiled."""

    def __init__(self) -> None:
        table = shipped_toml(INCIVILITY)
        groups = _groups(table, INCIVILITY)
        self.language = _text(table, "language", str(INCIVILITY))
        found = {kind: _patterns(table[kind]["patterns"], groups, f"{INCIVILITY}: {kind}") for kind in (*KINDS, _NEVER)}
        lines = [(kind, pattern) for kind, patterns in found.items() for pattern in patterns]
        self._kinds = [kind for kind, _ in lines]
        self._automaton = PatternAutomaton(pattern for _, pattern in lines)
        words = {name: words.split() for name, words in table["words"].items()}
        self._you, self._group, self._office = (frozenset(words[name]) for name in ("you", "group", "office"))
        self._masked: list[str] = words["masked"]

    def find(self, text: str, *, is_reply: bool = False) -> list[Uncivil]:
        """Find the uncivil words of a comment; of matches of one kind that overlap, the longest.

        Words in quotation marks are other people's, unless there are fewer than three.

        :param is_reply: A short sentence that names nobody is then meant for the commenter who is answered.
        """
        text = _COVERED.sub(self._uncovered, text)
        words = _words(text)
        matches = self._automaton.find(_with_openings(words))
        if not matches:
            return []
        openings = [0, *(place + number for number, place in enumerate(words.breaks, 2))]
        found = [
            (self._kinds[at], start - bisect_left(openings, start), end - bisect_left(openings, end))
            for at, start, end in matches
        ]
        quoted, leaders = quoted_spans(text), None
        taken = {kind: bytearray(len(words.texts)) for kind in (_NEVER, *KINDS)}
        kept: list[Uncivil] = []
        for kind, start, end in sorted(found, key=lambda match: (match[0] != _NEVER, match[1] - match[2], match[1])):
            span = words.starts[start], words.ends[end - 1]
            if kind != _NEVER and (
                any(taken[kind][start:end]) or any(taken[_NEVER][start:end])
                or _touch(quoted, span[0], span[0] + 1) or _DIVIDING.search(text, *span)
            ):  # fmt: skip
                continue
            taken[kind][start:end] = b"1" * (end - start)
            if kind != _NEVER:
                leaders = _leaders(text) if leaders is None else leaders
                kept.append(Uncivil(kind, self._addressee(words, (kind, start, end), leaders, is_reply), *span))
        return sorted(kept, key=lambda hit: (KINDS.index(hit.kind), hit.start))

    def _uncovered(self, found: re.Match[str]) -> str:
        """Restore the masked letters of a coarse word, one sign for each letter: "f**k"."""
        written = found[0]
        if len(written) > _LONGEST_COVERED:
            return written
        for word in self._masked:
            if len(word) == len(written) and all(
                a == b or b in _COVERS for a, b in zip(word, written.lower(), strict=True)
            ):
                return word
        return written

    def _addressee(self, words: Words, match: tuple[str, int, int], leaders: "_Spans", is_reply: bool) -> str:
        """Find whom a match is meant for, by its own words, then by those around it."""
        kind, start, end = match
        at = bisect_left(words.breaks, start)
        first = words.breaks[at - 1] + 1 if at else 0
        last = words.breaks[at] if at < len(words.breaks) else len(words.texts)
        before, after = (1, 1) if kind == "obscenity" else (_BEFORE, _AFTER)
        near = range(max(first, start - before), min(last, end + after))
        around = {words.texts[place] for place in near}
        if not self._you.isdisjoint(words.texts[start:end]):
            return "commenter"
        if self._office & around or _touch(leaders, words.starts[near[0]], words.ends[near[-1]]):
            return "politician"
        if self._you & around:
            return "commenter"
        if kind == "obscenity":
            return "nobody"
        if self._group & around or re.search(r"[^s']s$", words.texts[end - 1]):
            return "group"
        return "commenter" if is_reply and last - first <= _SHORT else "nobody"


def _with_openings(words: Words) -> list[str]:
    """Put ``^`` before each sentence."""
    tokens, end = ["^"], 0
    for place in words.breaks:
        tokens += (*words.texts[end : place + 1], "^")
        end = place + 1
    return [*tokens, *words.texts[end:]]


_Spans = Sequence[tuple[int, int]]
"""Spans of a text that do not overlap, in order."""


def _touch(spans: _Spans, start: int, end: int) -> bool:
    """Return whether one of some spans holds a character of ``text[start:end]``."""
    last = bisect_left(spans, (end, -1)) - 1
    return last >= 0 and spans[last][1] > start


def _leaders(text: str) -> _Spans:
    """Find the names of politicians, as far as the shipped targets hold them."""
    from stance.scoring.targets import load_targets

    return sorted({(each.start, each.end) for each in load_targets().find(text) if each.kind == "leader"})


shipped_incivility = cache(IncivilityPatterns)
"""Returns the patterns that ship."""


def incivility_record(posts: Posts, copies: Flags | None = None) -> dict[str, Any]:
    """Count threats, slurs, insults and obscenity, and list the comments for moderators.

    :param copies: Shape (n,); True for a later copy in a group of copies: counted, and not listed.
    :return: ``language``; ``comments`` that were read; ``flagged``, with ``comments``, ``of``, ``share``, ``interval``
        and ``authors``; ``kinds``, each with the same, ``by_addressee`` and ``by_group``; ``groups``: outlets with the
        share of their comments that are flagged; ``moderation``: the most severe first, up to ``LONGEST_LIST``
        examples with ``kinds``, ``addressees`` and ``words``; ``more``: how many the list leaves out.
    """
    patterns = shipped_incivility()
    read = _read(posts, patterns.language)
    is_read = _mask(posts, read)

    def uncivil(place: int) -> list[Uncivil]:
        return patterns.find(posts.text(place), is_reply=bool(posts.parent[place] >= 0)) if is_read[place] else []

    found = posts.marked("incivility", uncivil)
    flagged = _mask(posts, found)
    listed = [place for place in found if copies is None or not copies[place]]
    listed.sort(key=lambda place: (*_severity(found[place]), place))
    kinds = []
    for kind in KINDS:
        addressees = {place: {hit.addressee for hit in hits if hit.kind == kind} for place, hits in found.items()}
        those = _mask(posts, (place for place, each in addressees.items() if each))
        to = Counter(each for several in addressees.values() for each in several)
        counts = {"by_addressee": {each: to[each] for each in ADDRESSEES}, "by_group": _by_group(posts, those)}
        kinds.append({"kind": kind} | _counted(posts, those, read) | counts)
    return {
        "language": patterns.language,
        "comments": len(read),
        "flagged": _counted(posts, flagged, read),
        "kinds": kinds,
        "groups": _by_outlet(posts, flagged, read),
        "moderation": [_listed(posts, place, found[place]) for place in listed[:LONGEST_LIST]],
        "more": max(0, len(listed) - LONGEST_LIST),
    }


def _severity(hits: Sequence[Uncivil]) -> tuple[int, int, int]:
    kind, addressee = min((KINDS.index(hit.kind), ADDRESSEES.index(hit.addressee)) for hit in hits)
    return kind, addressee, -len(hits)


def _listed(posts: Posts, place: int, hits: Sequence[Uncivil]) -> dict[str, Any]:
    text = posts.text(place)
    return posts.example(place) | {
        "kinds": [kind for kind in KINDS if any(hit.kind == kind for hit in hits)],
        "addressees": [each for each in ADDRESSEES if any(hit.addressee == each for hit in hits)],
        "words": list(dict.fromkeys(" ".join(text[hit.start : hit.end].split())[:60] for hit in hits))[:5],
    }
