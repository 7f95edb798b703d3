"""Count narratives and incivility in comments by word patterns, which are data files (``docs/discourse.md``)."""

import re
import tomllib
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.intervals import FEWEST_ARTICLES, critical_value, effective_interval
from stance.datamodels import UNKNOWN_LANGUAGE
from stance.discourse.posts import AGAINST, FAVOR, NEUTRAL, Posts
from stance.exceptions import ConfigError
from stance.limits import MAX_SETTINGS_BYTES, open_plain
from stance.resources import INCIVILITY, NARRATIVES
from stance.scoring.automaton import BREAK, PatternAutomaton, PatternError
from stance.scoring.clauses import Words, quoted_spans, tokenize

FEWEST_COMMENTS, FEWEST_AUTHORS = 5, 3
"""Of a narrative; with fewer it is not shown."""

EXAMPLES = 3
LONGEST_LIST = 200
"""Comments in the list for moderators."""

MOST_GROUPS = 20
"""Outlets of a narrative that are shown with a share."""

_MOST_ENTRIES, _MOST_PATTERNS, _MOST_CHARS = 500, 10_000, 500
_GROUP = re.compile(r"<([a-z0-9_-]{1,40})>")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_SIDES = {"favor": FAVOR, "against": AGAINST, "neutral": NEUTRAL}

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


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
    """The narratives of a language, and their patterns compiled: pattern number ``n`` is one of ``entries[owners[n]]``."""

    language: str
    entries: tuple[Narrative, ...]
    owners: tuple[int, ...]
    automaton: PatternAutomaton


def load_narratives(path: Path | None = None) -> Narratives:
    """Read the narratives that ship and those of a file, which replace the shipped ones of the same name.

    :param path: A TOML file; its language must be that of the shipped ones.
    :raises ConfigError: If a file is not valid; the message is one line that names the file, the entry and the reason.
    """
    language, entries = _read_narratives(NARRATIVES)
    if path is not None:
        own_language, own = _read_narratives(path)
        if own_language != language:
            raise ConfigError(f"{path}: language {own_language[:20]!r}; expected {language!r}, as comments of no other are read")
        entries |= own
    shown = tuple(entry for entry in entries.values() if entry.is_shown)
    lines = [(at, pattern) for at, entry in enumerate(shown) for pattern in entry.patterns]
    automaton = PatternAutomaton(pattern for _, pattern in lines)
    return Narratives(language, shown, tuple(at for at, _ in lines), automaton)


def _read_narratives(path: Path) -> tuple[str, dict[str, Narrative]]:
    table = _read_table(path, {"language", "groups", "narratives"})
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
    if not isinstance(row, dict):
        raise ConfigError(f"{where}: expected a [[narratives]] table")
    name = _text(row, "name", where)
    where = f"{where} ({name!r})"
    if unknown := row.keys() - {"name", "topic", "description", "patterns", "shown"}:
        raise ConfigError(f"{where}: unknown key {min(unknown)[:40]!r}")
    if not isinstance(is_shown := row.get("shown", True), bool):
        raise ConfigError(f"{where}: 'shown' is no boolean")
    patterns = _patterns(row.get("patterns"), groups, where)
    return Narrative(name, _text(row, "topic", where), _text(row, "description", where), patterns, is_shown)


def _read_table(path: Path, known: Collection[str]) -> dict[str, Any]:
    """Read a TOML file of bounded size whose keys are known."""
    try:
        with open_plain(path) as file:
            content = file.read(MAX_SETTINGS_BYTES + 1)
        if len(content) > MAX_SETTINGS_BYTES:
            raise ConfigError(f"{path}: more than {MAX_SETTINGS_BYTES:,} bytes; expected a smaller file")
        table = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror}); expected a TOML file") from None
    except (ValueError, RecursionError) as error:  # not UTF-8, or not TOML
        reason = str(error).splitlines()[0][:200] if isinstance(error, ValueError) else "nested too deeply"
        raise ConfigError(f"{path}: not TOML ({reason})") from None
    if unknown := table.keys() - known:
        raise ConfigError(f"{path}: unknown key {min(unknown)[:40]!r}; expected {', '.join(sorted(known))}")
    return table


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip() or len(value) > _MOST_CHARS or _CONTROL.search(value):
        raise ConfigError(f"{where}: {key!r} is missing or not valid; expected a line of 1 to {_MOST_CHARS} characters")
    return value.strip()


def _groups(table: Mapping[str, Any], path: Path) -> dict[str, str]:
    groups = table.get("groups", {})
    where = f"{path}: groups"
    if not isinstance(groups, dict):
        raise ConfigError(f"{where}: expected names with words between bars")
    found = {name: _text(groups, name, where) for name in groups}
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
        for name in _GROUP.findall(line):
            if name not in groups:
                raise ConfigError(f"{where}: pattern {line[:60]!r} uses <{name}>, which is not in [groups]")
        found.append(_GROUP.sub(lambda match: groups[match[1]], line))
        try:
            PatternAutomaton(found[-1:])
        except PatternError as error:
            raise ConfigError(f"{where}: pattern {line[:60]!r}: {error.args[0]}") from None
    return tuple(found)


# Counting -------------------------------------------------------------------------------------------------------------


def _is_read(posts: Posts, language: str) -> Flags:
    """Mark the comments in a language, and those too short to tell."""
    return np.array([each in (language, UNKNOWN_LANGUAGE) for each in posts.languages], np.bool_)


def _rate(posts: Posts, hits: Flags, members: Flags) -> dict[str, Any]:
    """Count the hits among some comments.

    The interval is Wilson's on the effective number of comments. Clusters are articles, or authors where there are
    fewer than ``FEWEST_ARTICLES``; a comment without a name is then a cluster of its own.

    :return: ``comments``, ``of``, ``share`` and ``interval``; the last two None where they cannot be computed.
    """
    y = hits[members].astype(np.float64)
    rate: dict[str, Any] = {"comments": int(y.sum()), "of": len(y), "share": None, "interval": None}
    if not len(y):
        return rate
    share = float(y.mean())
    clusters = posts.source[members]
    if len(np.unique(clusters)) < FEWEST_ARTICLES:
        authors = posts.author[members]
        clusters = np.where(authors < 0, -1 - np.arange(len(y)), authors)
    _, numbers = np.unique(clusters, return_inverse=True)
    m = int(numbers.max()) + 1
    rate["share"] = share
    if m > 1:
        sums = np.bincount(numbers, y - share)
        variance = float(m / (m - 1) * (sums**2).sum() / len(y) ** 2)
        rate["interval"] = list(effective_interval(share, variance, len(y), m))
    return rate


def _by_outlet(posts: Posts, hits: Flags, members: Flags) -> list[dict[str, Any]]:
    """Count the hits of each outlet, those with most comments first."""
    outlets = _outlets(posts)
    counts = Counter(outlets[members].tolist()).most_common(MOST_GROUPS)
    return [{"group": name} | _rate(posts, hits, members & (outlets == name)) for name, _ in counts]


def _outlets(posts: Posts) -> NDArray[np.object_]:
    names = np.array([source.outlet for source in posts.sources] or [""], object)
    return np.asarray(names[posts.source])
