"""Check a corpus folder against its manifest, and tell what it holds."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stance.corpus import locking
from stance.corpus.manifest import TABLES, Part, read_manifest
from stance.corpus.parts import read_columns, read_part, seal_of
from stance.exceptions import InputError

Watch = Callable[[Iterable[Part]], Iterator[Part]]


def verify(folder: Path, watch: Watch = iter) -> Iterator[str]:
    """Check every byte and every row of a corpus.

    :param watch: Passes parts on, as a progress display does.
    :return: What is wrong, a line each, which names the file; nothing where all is well.
    :raises InputError: If the manifest cannot be read.
    :raises ConfigError: If a run writes to the folder.
    """
    with locking.reading(folder):
        manifest = read_manifest(folder)
        inputs = {each.path for each in manifest.inputs}
        numbers: set[int] = set()
        for part in watch(manifest.parts):
            problems = [line for table in TABLES for line in check_file(part, folder, table)]
            yield from problems or _check_rows(part, folder, inputs, numbers)
        if not manifest.finished:
            yield f"{folder}: the last run did not reach its end; the same command goes on with it"


def check_file(part: Part, folder: Path, table: str) -> Iterator[str]:
    """Say what is wrong with a file of a part, if it is not as it was written."""
    path, seal = part.path(folder, table), part.files[table]
    try:
        found = None if path.is_symlink() or not path.is_file() else seal_of(path)
    except OSError as error:
        yield f"{path}: {error.strerror}; expected a part of the corpus"
        return
    if found is None:
        yield f"{path}: not there, or no plain file; expected a part of the corpus"
    elif found != seal:
        yield f"{path}: changed since it was written (SHA-256 {found.sha256[:12]}…); expected {seal.sha256[:12]}…"


def _check_rows(part: Part, folder: Path, inputs: set[str], numbers: set[int]) -> Iterator[str]:
    path = part.path(folder, "documents")
    try:
        for _ in read_part(part, folder):
            pass
        for number, origin in read_columns(part, folder, "documents", ("number", "input")):
            if number in numbers:
                yield f"{path}: document {number} is in another part too; expected each number once"
            if origin not in inputs:
                yield f"{path}: document {number} is of {origin[:80]}, which the manifest does not name"
            numbers.add(number)
    except InputError as error:
        yield str(error)


@dataclass(slots=True)
class Overview:
    """What a corpus holds."""

    documents: int = 0
    comments: int = 0
    scores: int = 0
    bytes: int = 0
    parts: int = 0
    inputs: int = 0
    skipped: int = 0
    finished: bool = False
    first: str | None = None  # day of the oldest comment or article that is dated; ISO 8601
    last: str | None = None
    outlets: Counter[str | None] = field(default_factory=Counter)  # -> comments
    outlet_documents: Counter[str | None] = field(default_factory=Counter)
    languages: Counter[str | None] = field(default_factory=Counter)  # -> comments
    models: Counter[str | None] = field(default_factory=Counter)  # -> scores of comments
    stances: Counter[tuple[str | None, str | None]] = field(default_factory=Counter)  # target, stance -> comments
    settings: dict[str, Any] = field(default_factory=dict)

    def to_record(self) -> dict[str, Any]:
        """Give its JSON shape."""
        names = ("documents", "comments", "scores", "bytes", "parts", "inputs", "skipped", "finished", "first", "last")
        targets: dict[str, dict[str, int]] = {}
        for (target, stance), count in sorted(self.stances.items(), key=str):
            targets.setdefault(str(target), {})[stance or "none"] = count
        return {
            **{name: getattr(self, name) for name in names},
            "outlets": [
                {"outlet": outlet, "documents": documents, "comments": self.outlets[outlet]}
                for outlet, documents in self.outlet_documents.most_common()
            ],
            "languages": {name or "unknown": count for name, count in self.languages.most_common()},
            "models": {name or "unknown": count for name, count in self.models.most_common()},
            "targets": targets,
            "settings": self.settings,
        }


def look_over(folder: Path) -> Overview:
    """Count what a corpus holds; of the parts only the columns that are counted are read.

    :raises InputError: If it is damaged.
    """
    with locking.reading(folder):
        manifest = read_manifest(folder)
        found = Overview(
            documents=sum(part.documents for part in manifest.parts),
            comments=sum(part.comments for part in manifest.parts),
            scores=sum(part.scores for part in manifest.parts),
            bytes=sum(seal.bytes for part in manifest.parts for seal in part.files.values()),
            parts=len(manifest.parts),
            inputs=len(manifest.inputs),
            skipped=sum(len(each.skipped) for each in manifest.inputs) + len(manifest.remarks),
            finished=manifest.finished,
            settings=dict(manifest.settings),
        )
        for part in manifest.parts:
            _count(part, folder, found)
    return found


def _count(part: Part, folder: Path, found: Overview) -> None:
    for outlet, published in read_columns(part, folder, "documents", ("outlet", "published")):
        found.outlet_documents[outlet] += 1
        _date(found, published)
    for outlet, posted, language in read_columns(part, folder, "comments", ("outlet", "posted", "language")):
        found.outlets[outlet] += 1
        found.languages[language] += 1
        _date(found, posted)
    for unit, target, stance, model in read_columns(part, folder, "scores", ("unit", "target", "stance", "model")):
        if unit == "comment":
            found.models[model] += 1
            found.stances[target, stance] += 1


def _date(found: Overview, moment: str | None) -> None:
    if day := (moment or "")[:10]:
        found.first = min(found.first or day, day)
        found.last = max(found.last or day, day)
