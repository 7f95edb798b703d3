"""Read examples of cues: ``examples*.tsv`` with a cue, a target, what it must do, and a text."""

from dataclasses import dataclass
from pathlib import Path

from stance.scoring.cues import BadLine, is_examples, list_cue_files, read_lines

EXPECTATIONS = ("favor", "against", "neutral", "silent")
"""What a cue must do in an example: fire with a weight of that sign, or not fire."""

_MAX_TEXT = 5_000  # characters


@dataclass(frozen=True, slots=True)
class Example:
    """A text in which a cue must fire, or must not."""

    cue: str  # the pattern, or as much of its beginning as no other cue shares
    target: str
    expected: str  # one of EXPECTATIONS
    circumstances: tuple[str, ...]  # that must surround the cue where it fires
    text: str
    language: str
    place: str


def read_examples(folder: Path) -> list[Example | BadLine]:
    """Read the examples of a folder; none where it has no ``examples*.tsv``.

    :raises ConfigError: If a file cannot be read at all.
    """
    paths = [path for path in list_cue_files(folder) if path.suffix == ".tsv" and is_examples(path)]
    return [line for path in paths for line in read_lines(path, _example)]


def _example(line: str, language: str, place: str) -> Example:
    fields = line.split("\t")
    if len(fields) != 4:
        raise ValueError(f"{len(fields)} fields; expected: cue, target, what it says, text")
    cue, target, says, text = (each.strip() for each in fields)
    expected, *circumstances = says.split() or [""]
    if expected not in EXPECTATIONS:
        raise ValueError(f"{expected[:40]!r}; expected one of {', '.join(EXPECTATIONS)}")
    if not cue or not target or not text or len(text) > _MAX_TEXT:
        raise ValueError(f"an empty field or a text over {_MAX_TEXT} characters; expected: cue, target, says, text")
    return Example(cue, target, expected, tuple(circumstances), text, language, place)
