"""Read and check cue files, shipped ones and the user's own.

``*.tsv`` are relative cues, ``*.txt`` anchored ones; a language before the ending (``relative.de.tsv``) restricts them
to texts in that language. ``examples*.tsv`` are tests of cues. A line of a later folder replaces the same pattern of
an earlier one; the weight ``off`` removes it.
"""

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from stance.exceptions import ConfigError
from stance.resources import CUES

Line = TypeVar("Line")
Sides = TypeVar("Sides")

RELATIVE = "relative"
ANCHORED = "anchored"

ENGLISH = "en"
"""The language of a file whose name gives none."""

OFF = "off"
"""Stands in place of a weight and takes a cue away."""

EXPECTATIONS = ("favor", "against", "neutral", "silent")
"""What an example says of its cue: it fires with a weight of that sign, or it does not fire."""

_EXAMPLES = "examples"
_BLOCS = "blocs.toml"
_MAX_FILE = 20_000_000  # bytes
_MAX_CUES = 200_000
_MAX_EXAMPLE = 5_000  # characters of one text
_WEIGHT = re.compile(r"[+-]?(?:\d{1,4}(?:\.\d{0,9})?|\.\d{1,9})")
_SIDE = re.compile(r"([a-z0-9_-]{1,40}):([+-]?[\d.]{1,20})")
_LANGUAGE = re.compile(r"[a-z]{2,3}")
_SLOTS = str.maketrans("", "", "XY")


@dataclass(frozen=True, slots=True)
class Cue:
    """One line of a cue file."""

    pattern: str
    weights: Mapping[str, float]  # target -> weight in [-1, 1]; the slot "X" in a relative cue; empty: taken away
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
class Example:
    """A text that says when a cue fires and when it does not."""

    cue: str  # the pattern, or as much of its beginning as no other cue shares
    target: str
    expected: str  # one of EXPECTATIONS
    circumstances: tuple[str, ...]  # that must surround the cue where it fires
    text: str
    language: str
    place: str


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be used."""

    place: str
    reason: str


def load_cues(*folders: Path) -> tuple[Cue, ...]:
    """Read the cues of some folders, later ones over earlier ones; the shipped ones where none is given.

    :raises ConfigError: If a folder holds none, or a line is not a cue; names the line.
    """
    merged: dict[tuple[str, str], Cue] = {}
    for folder in folders or (CUES,):
        for line in read_folder(folder):
            if isinstance(line, BadLine):
                raise ConfigError(f"{line.place}: {line.reason}")
            merged[line.key] = line
    return tuple(cue for cue in merged.values() if cue.weights)


def read_folder(folder: Path) -> list[Cue | BadLine]:
    """Read every line of every cue file of a folder; lines that are no cue too, with the reason.

    :raises ConfigError: If the folder holds no cue file, or one cannot be read at all.
    """
    paths = _cue_files(folder)
    if not paths:
        raise ConfigError(f"{folder}: no cue file; expected a folder of *.tsv (relative) or *.txt (anchored)")
    lines: list[Cue | BadLine] = [line for path in paths for line in _read_cues(path)]
    if len(lines) > _MAX_CUES:
        raise ConfigError(f"{folder}: {len(lines)} cues; expected at most {_MAX_CUES}")
    return lines


def read_examples(folder: Path) -> list[Example | BadLine]:
    """Read the examples of a folder; none where it has no ``examples*.tsv``.

    :raises ConfigError: If a file cannot be read at all.
    """
    paths = [path for path in _listed(folder) if path.suffix == ".tsv" and _is_examples(path)]
    return [line for path in paths for line in _read_lines(path, _example)]


def load_blocs(*folders: Path) -> tuple[frozenset[str], ...]:
    """Read which targets stand together against which, from the last of some folders that says so; else none.

    :raises ConfigError: If the file is not a table of lists of names.
    """
    return _load_sides(
        folders, lambda sides: tuple(frozenset(map(str.lower, each)) for each in sides["blocs"].values()), ()
    )


@dataclass(frozen=True, slots=True)
class Home:
    """Targets that are named in quarrels of their own people, and patterns of such quarrels and of news of abroad."""

    targets: frozenset[str] = frozenset()
    abroad: tuple[str, ...] = ()  # patterns of what a text speaks of that looks abroad
    quarrels: tuple[str, ...] = ()  # patterns beside which another side that is named is no sign of abroad


def load_home(*folders: Path) -> Home:
    """Read which targets are named in quarrels of their own people that do not address them, likewise.

    :raises ConfigError: If the file is not a table of lists of names.
    """
    return _load_sides(folders, lambda sides: _home(sides.get("home", {})), Home())


def _home(table: dict[str, Any]) -> Home:
    targets, abroad, quarrels = (tuple(map(str.lower, table.get(key, ()))) for key in ("targets", "abroad", "quarrels"))
    return Home(frozenset(targets), abroad, quarrels)


def _load_sides(folders: Sequence[Path], take: Callable[[dict[str, Any]], Sides], none: Sides) -> Sides:
    paths = [path for folder in folders or (CUES,) if (path := folder / _BLOCS).is_file()]
    if not paths:
        return none
    try:
        return take(tomllib.loads(_read_text(paths[-1])))
    except (tomllib.TOMLDecodeError, RecursionError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(f"{paths[-1]}: {str(error)[:100]}; expected [blocs] with lists of targets") from None


def cue_digest(*folders: Path) -> str:
    """Digest the cues of some folders, examples apart: with other cues, the same weights are another model."""
    digest = hashlib.sha256()
    for folder in folders or (CUES,):
        for path in [*_cue_files(folder), folder / _BLOCS]:
            digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def _cue_files(folder: Path) -> list[Path]:
    return [path for path in _listed(folder) if not _is_examples(path)]


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in (".tsv", ".txt") and path.is_file())
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}; expected a folder of cue files") from None


def _is_examples(path: Path) -> bool:
    return path.name.split(".")[0] == _EXAMPLES


def _read_cues(path: Path) -> Iterator[Cue | BadLine]:
    return _read_lines(path, _relative if path.suffix == ".tsv" else _anchored)


def _read_lines(path: Path, read_line: Callable[[str, str, str], Line]) -> Iterator[Line | BadLine]:
    language = _language(path)
    for number, line in enumerate(_read_text(path).split("\n"), start=1):
        if line.strip() and not line.startswith("# "):
            try:
                yield read_line(line.rstrip("\r"), language, f"{path}:{number}")
            except ValueError as error:
                yield BadLine(f"{path}:{number}", str(error))


def _language(path: Path) -> str:
    parts = path.name.split(".")[1:-1]
    if not parts:
        return ENGLISH
    if len(parts) > 1 or not _LANGUAGE.fullmatch(parts[0]):
        raise ConfigError(f"{path}: {'.'.join(parts)[:40]!r} is no language; expected a name as relative.de.tsv")
    return parts[0]


def _read_text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_FILE + 1)
        if len(content) > _MAX_FILE:
            raise ConfigError(f"{path}: more than {_MAX_FILE} bytes; expected at most so many")
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 at byte {error.start}; expected a text file") from None
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; expected a readable file") from None


def _relative(line: str, language: str, place: str) -> Cue:
    pattern, *rest = line.split("\t")
    if not rest:
        raise ValueError("no tab; expected: pattern, weight, note")
    if "X" not in pattern:
        raise ValueError(f"{pattern[:60]!r} has no X; expected a place for the target")
    weights = {} if rest[0].strip() == OFF else {"X": _weight(rest[0])}
    return Cue(_lower(pattern), weights, rest[1] if len(rest) > 1 else "", language, place)


def _anchored(line: str, language: str, place: str) -> Cue:
    sides, bar, rest = line.partition(" | ")
    weights = {target: _weight(weight) for target, weight in _SIDE.findall(sides)}
    if not bar or (not weights and sides.strip() != OFF) or (weights and _SIDE.sub("", sides).strip()):
        raise ValueError(f"{sides[:60]!r}; expected: russia:-0.8 us:+0.4 | pattern ;; note")
    pattern, _, note = rest.partition(" ;; ")
    if "X" in pattern or "Y" in pattern:
        raise ValueError(f"{pattern[:60]!r} has a slot; expected words alone, as slots are for relative cues")
    return Cue(_lower(pattern), weights, note, language, place)


def _example(line: str, language: str, place: str) -> Example:
    fields = line.split("\t")
    if len(fields) != 4:
        raise ValueError(f"{len(fields)} fields; expected: cue, target, what it says, text")
    cue, target, says, text = (each.strip() for each in fields)
    expected, *circumstances = says.split() or [""]
    if expected not in EXPECTATIONS:
        raise ValueError(f"{expected[:40]!r}; expected one of {', '.join(EXPECTATIONS)}")
    if not cue or not target or not text or len(text) > _MAX_EXAMPLE:
        raise ValueError(f"an empty field or a text over {_MAX_EXAMPLE} characters; expected: cue, target, says, text")
    return Example(cue, target, expected, tuple(circumstances), text, language, place)


def _lower(pattern: str) -> str:
    words = pattern.translate(_SLOTS)
    if words != words.lower():
        raise ValueError(f"{pattern[:60]!r} has capitals; expected lower-case words, as texts are read in lower case")
    return pattern


def _weight(written: str) -> float:
    if not _WEIGHT.fullmatch(written.strip()) or abs(float(written)) > 1:
        raise ValueError(f"weight {written[:20]!r}; expected a number in [-1, 1], or {OFF}")
    return float(written)
