"""What a corpus folder holds, and of what it was made: one JSON file, written last, so what it names is there.

A manifest may come with a folder from anywhere. So it holds no names of files, only numbers of parts from which names
are made, and every field is checked.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stance.corpus import locking
from stance.datamodels import Skip
from stance.drafts import draft
from stance.exceptions import InputError
from stance.limits import MEGABYTE

NAME = "manifest.json"
FORMAT = "stance-corpus"
VERSION = 1

TABLES = ("documents", "comments", "scores")
"""The folders of a corpus; each part has a file in each of them."""

LARGEST = 500 * MEGABYTE
"""Bytes of a manifest, which is held as a whole: some two million inputs."""

LARGEST_NUMBER = 2**62
"""Of a document or a part: whatever a run adds to it, it stays one that Parquet can hold."""

MOST_ROWS = 100_000_000
"""Rows that a part may claim to have in one of its tables."""

NOT_READ = "0" * 64
"""Stands for the digest of an input that could not be opened, or of which no manifest tells it."""

MENDED = "--force with all inputs scores them again"
"""What is said of a corpus that is damaged."""

_HEAD = re.compile(rb'\s{0,8}\{\s{0,8}"format"\s{0,8}:\s{0,8}"stance-corpus"')
_SHA256 = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"\d{6,18}")

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Seal:
    """What a file was when it was written."""

    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Part:
    """Some documents with their comments and scores: one file in the folder of each table."""

    number: int
    documents: int
    comments: int
    scores: int
    files: Mapping[str, Seal]  # table -> its file

    def path(self, folder: Path, table: str) -> Path:
        """Where one of its files stands."""
        return part_path(folder, table, self.number)

    def rows(self, table: str) -> int:
        """How many rows it has in a table."""
        return int(getattr(self, table))


@dataclass(frozen=True, slots=True)
class Input:
    """One file that was read, and what came of it."""

    path: str  # as given
    bytes: int
    sha256: str  # of its content
    documents: int = 0
    finished: bool = False  # False: the run ended in the middle of it, or lost a part that may come next time
    parts: tuple[int, ...] = ()
    skipped: tuple[Skip, ...] = ()
    repeats: tuple[tuple[str, str], ...] = ()  # documents found elsewhere too: content, and where they stand
    is_whole: bool = False  # taken again, it is dropped first: rows of scores, or what a model left open


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a corpus folder holds."""

    settings: Record  # what decides the scores, with digests of every file among it
    parts: tuple[Part, ...] = ()
    inputs: tuple[Input, ...] = ()
    remarks: tuple[Skip, ...] = ()  # what the model left open, and why
    finished: bool = False  # False: the last run did not reach its end
    next_part: int = 1
    next_number: int = 1
    version: int = field(default=VERSION)


def part_path(folder: Path, table: str, number: int) -> Path:
    """Name a file of a part."""
    return folder / table / f"{number:06d}.parquet"


def is_corpus(folder: Path) -> bool:
    """Tell a corpus folder by its manifest; one that lost it, by the parts and the lock that stand there."""
    try:
        with (folder / NAME).open("rb") as file:
            if _HEAD.match(file.read(100)):
                return True
    except (OSError, ValueError):
        pass
    return bool(numbers_of_parts(folder)) and (folder / locking.NAME).is_file()


def numbers_of_parts(folder: Path) -> list[int]:
    """Find the parts that stand in a folder, whatever its manifest says."""
    try:
        files = [path for path in (folder / TABLES[0]).iterdir() if path.suffix == ".parquet"]
    except (OSError, ValueError):
        return []
    return sorted(int(path.stem) for path in files if _NUMBER.fullmatch(path.stem) and _is_plain(path))


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


# Writing --------------------------------------------------------------------------------------------------------------


def write_manifest(manifest: Manifest, folder: Path) -> None:
    """Write the manifest, whole or not at all."""
    with draft(folder / NAME) as file:
        for line in _lines(manifest):
            file.write(line.encode("utf-8", "replace").decode())


def _lines(manifest: Manifest) -> Iterator[str]:
    """Give one part and one input a line, so that people can read it and find what changed."""
    head = {
        "format": FORMAT,
        "version": manifest.version,
        "finished": manifest.finished,
        "next_part": manifest.next_part,
        "next_number": manifest.next_number,
        "settings": dict(manifest.settings),
        "remarks": _skip_records(manifest.remarks),
    }
    for name, value in head.items():
        yield f"{'{' if name == 'format' else ''}{_json(name)}: {_json(value)},\n"
    for name, rows in (("parts", map(_part_record, manifest.parts)), ("inputs", map(_input_record, manifest.inputs))):
        yield f"{_json(name)}: ["
        for position, row in enumerate(rows):
            yield ("," if position else "") + "\n " + _json(row)
        yield "\n]" + ("}\n" if name == "inputs" else ",\n")


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _part_record(part: Part) -> Record:
    return {
        "part": part.number,
        **{table: part.rows(table) for table in TABLES},
        "files": {table: asdict(seal) for table, seal in part.files.items()},
    }


def _skip_records(skips: Iterable[Skip]) -> list[Record]:
    return [{"source": skip.source, "reason": skip.reason} for skip in skips]


def _input_record(each: Input) -> Record:
    return {
        "path": each.path,
        "bytes": each.bytes,
        "sha256": each.sha256,
        "documents": each.documents,
        "finished": each.finished,
        "parts": list(each.parts),
        "skipped": _skip_records(each.skipped),
        "repeats": [list(repeat) for repeat in each.repeats],
        "holds_scores": each.is_whole,
    }


# Reading --------------------------------------------------------------------------------------------------------------


def read_manifest(folder: Path) -> Manifest:
    """Read a manifest.

    :raises InputError: If there is none, or it is damaged; the message names the file and what is wrong.
    """
    path, expected = folder / NAME, "expected the manifest of a corpus folder"
    expected += f"; {MENDED}" * is_corpus(folder)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
        if len(data) > LARGEST:
            raise InputError(f"larger than {LARGEST // MEGABYTE} MB, the limit")
        return _manifest(json.loads(data))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}; {expected}") from None
    except RecursionError:
        raise InputError(f"{path}: nested too deeply; {expected}") from None
    except (ValueError, InputError) as error:
        raise InputError(f"{path}: {str(error)[:200]}; {expected}") from None


def _manifest(record: Any) -> Manifest:
    fields = _Fields(record, "the manifest")
    if fields.text("format") != FORMAT:
        raise InputError("not of a corpus")
    if (version := fields.count("version")) != VERSION:
        raise InputError(f"version {version}, this stance reads {VERSION}")
    manifest = Manifest(
        settings=fields.of(dict, "settings"),
        parts=tuple(map(_part, fields.of(list, "parts"))),
        inputs=tuple(map(_input, fields.of(list, "inputs"))),
        remarks=_skips(fields.of(list, "remarks")),
        finished=fields.of(bool, "finished"),
        next_part=fields.count("next_part"),
        next_number=fields.count("next_number"),
    )
    if max(manifest.next_part, manifest.next_number) > LARGEST_NUMBER:
        raise InputError(f"a next part or number beyond {LARGEST_NUMBER:.3g}")
    numbers = {part.number for part in manifest.parts}
    if len(numbers) < len(manifest.parts) or max(numbers, default=0) >= manifest.next_part:
        raise InputError("a number of a part comes twice, or is still to be given")
    if sum(part.documents for part in manifest.parts) >= manifest.next_number:
        raise InputError(f"next_number {manifest.next_number} is not beyond the number of documents")
    if not numbers.issuperset(number for each in manifest.inputs for number in each.parts):
        raise InputError("an input names a part that is not listed")
    return manifest


def _part(record: Any) -> Part:
    fields = _Fields(record, "a part")
    files = _Fields(fields.of(dict, "files"), "files of a part")
    part = Part(
        number=fields.count("part"),
        documents=fields.count("documents"),
        comments=fields.count("comments"),
        scores=fields.count("scores"),
        files={table: _seal(files.of(dict, table)) for table in TABLES},
    )
    if max(part.documents, part.comments, part.scores) > MOST_ROWS:
        raise InputError(f"part {part.number} claims more than {MOST_ROWS:,} rows")
    return part


def _seal(record: Any) -> Seal:
    fields = _Fields(record, "a file")
    return Seal(fields.count("bytes"), fields.digest("sha256"))


def _input(record: Any) -> Input:
    fields = _Fields(record, "an input")
    parts = fields.of(list, "parts")
    if not all(type(number) is int for number in parts):
        raise InputError("parts of an input are not numbers")
    return Input(
        path=fields.text("path"),
        bytes=fields.count("bytes"),
        sha256=fields.digest("sha256"),
        documents=fields.count("documents"),
        finished=fields.of(bool, "finished"),
        parts=tuple(parts),
        skipped=_skips(fields.of(list, "skipped")),
        repeats=tuple(map(_repeat, fields.of(list, "repeats"))),
        is_whole=fields.of(bool, "holds_scores"),
    )


def _repeat(value: Any) -> tuple[str, str]:
    match value:
        case [str(content), str(source)]:
            return content, source
    raise InputError("a repeat is no pair of texts")


def _skips(records: list[Any]) -> tuple[Skip, ...]:
    fields = [_Fields(record, "what was skipped") for record in records]
    return tuple(Skip(each.text("source"), each.text("reason")) for each in fields)


@dataclass(frozen=True, slots=True)
class _Fields:
    """A JSON object whose fields are taken one by one, each of the type that it must have."""

    record: Any
    name: str

    def of(self, kind: Callable[..., Any], name: str) -> Any:
        value = self.record.get(name) if isinstance(self.record, dict) else None
        if type(value) is not kind:
            raise InputError(f"{self.name} has no proper {name}")
        return value

    def text(self, name: str) -> str:
        return str(self.of(str, name))

    def count(self, name: str) -> int:
        value = int(self.of(int, name))
        if not 0 <= value < 2**63:
            raise InputError(f"{name} of {self.name} is {value:.3g}")
        return value

    def digest(self, name: str) -> str:
        value = self.text(name)
        if not _SHA256.fullmatch(value):
            raise InputError(f"{name} of {self.name} is no SHA-256")
        return value
