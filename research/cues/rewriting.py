"""Write new weights into cue files, and change no other byte: people edit these files by hand, with notes and order.

Only the number is replaced, in the line that it was read from. What comes out is read again as any cue file is, and
compared with what it must say, before it takes its place.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from stance.exceptions import ConfigError
from stance.resources import CUES
from stance.scoring.cues import BadLine, Cue, read_folder

from .weights import Weighed

_NUMBER = r"(?P<sign>[+-]?)[0-9.]+"
_ENDINGS = (".tsv", ".txt")
_BLOCS = "blocs.toml"

Changes = Mapping[str, Mapping[str, float]]
"""Place of a line (``file:line``) -> side -> new weight."""


def rewrite_cues(folder: Path, weighed: Iterable[Weighed], output: Path, *, dry_run: bool = False) -> int:
    """Write a folder's cue files with new weights, all of them or none; examples and blocs go with them.

    :param folder: Where the cues were read from.
    :param weighed: What to write; weights that did not move may be among them.
    :param output: Made if it is not there; may be the folder itself.
    :param dry_run: Do all but put the files in their place.
    :return: How many lines changed.
    :raises ConfigError: If these are the shipped cues' own files, a file has changed since it was read, or cannot be
        written.
    """
    from stance.resources import file_errors, open_folder

    if output.resolve() == CUES.resolve():
        raise ConfigError(f"{output}: the models that ship were trained with these cues; expected another folder")
    changes: dict[str, dict[str, float]] = {}
    for each in weighed:
        if each.estimated != each.written:
            changes.setdefault(each.cue.place, {})[each.side] = each.estimated
    expected = _expected(folder, {each.cue.place: each.cue for each in weighed}, changes)
    names = sorted(path.name for path in folder.iterdir() if path.is_file() and _travels(path))
    with open_folder(output) as folder_out:
        for name in names:
            with file_errors(output):
                (folder_out.unpublished / name).write_bytes(_rewritten(folder / name, changes))
        _require_equal(folder, read_folder(folder_out.unpublished), expected)
        if not dry_run:
            folder_out.publish(names)
    return len(changes)


def _travels(path: Path) -> bool:
    return path.suffix in _ENDINGS or path.name == _BLOCS


def _expected(folder: Path, known: Mapping[str, Cue], changes: Changes) -> list[Cue]:
    """Read the folder again and return its lines with the new weights."""
    expected = []
    for line in read_folder(folder):
        if isinstance(line, BadLine) or (line.place in known and line != known[line.place]):
            raise ConfigError(f"{line.place}: changed while its cues were weighed; expected the files to stay as read")
        weights = {**line.weights, **changes.get(line.place, {})}
        expected.append(Cue(line.pattern, weights, line.note, line.language, line.place))
    return expected


def _require_equal(folder: Path, found: Iterable[Cue | BadLine], expected: Iterable[Cue]) -> None:
    for line, wanted in zip(found, expected, strict=True):
        if line != wanted:
            raise ConfigError(f"{wanted.place}: its new weights cannot be written; expected a line as {folder} has it")


def _rewritten(path: Path, changes: Changes) -> bytes:
    """Return a file's bytes with new weights; lines are counted as the reader of cue files counts them."""
    lines = path.read_bytes().split(b"\n")
    for at, line in enumerate(lines):
        if weights := changes.get(f"{path}:{at + 1}"):
            lines[at] = rewrite_line(line.decode(), weights).encode()
    return b"\n".join(lines)


def rewrite_line(line: str, weights: Mapping[str, float]) -> str:
    """Replace the weights in a line of a cue file.

    :param weights: Side -> new weight; ``X`` in a relative cue. On the side of zero that was written.
    """
    if "X" in weights:
        pattern, weight, *note = line.split("\t", 2)
        return "\t".join([pattern, _replaced(_NUMBER, weight, weights["X"]), *note])
    sides, bar, rest = line.partition(" | ")
    for side, value in weights.items():
        sides = _replaced(rf"(?<![a-z0-9_-]){re.escape(side)}:{_NUMBER}", sides, value)
    return f"{sides}{bar}{rest}"


def _replaced(pattern: str, text: str, value: float) -> str:
    """Put a weight where a number stands, its sign left as it is: a plus may be written or not."""

    def write(found: re.Match[str]) -> str:
        before = found[0][: found.start("sign") - found.start()]
        return f"{before}{found['sign']}{abs(value):.2f}"

    return re.sub(pattern, write, text)
