"""Write a corpus folder so that it is whole at every moment.

Parts are put in place first and named by the manifest after; a part that no manifest names was left by a run that was
killed, and is removed by the next. So whatever happens, a corpus is what its manifest says: all of the last run, or all
that it had done at some moment.
"""

import re
import shutil
import time
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from stance.corpus import locking
from stance.corpus.manifest import (
    NAME,
    TABLES,
    Input,
    Manifest,
    Part,
    Record,
    is_corpus,
    part_path,
    read_manifest,
    write_manifest,
)
from stance.corpus.parts import gather, read_part, seal_of, write_part
from stance.corpus.reader import Corpus
from stance.corpus.tables import COLUMNS, Rows
from stance.datamodels import Document, Skip
from stance.drafts import draft, remove, sync
from stance.exceptions import ConfigError, InputError
from stance.outputs import load_pyarrow

PART_COMMENTS = 20_000
PART_DOCUMENTS = 5_000
PART_CHARACTERS = 32_000_000
"""A part is full at any of these: small enough to hold, and to lose to a kill; large enough to pack."""

SMALL = 0.25
"""A last part that is less full than this is filled up in place of beginning another, so that daily runs of a page each
do not leave a part a day."""

MANIFEST_SHARE = 0.05
"""Of a run's time that may go into writing the manifest on the way; it grows with the number of inputs."""

MOST_REMARKS = 100

ATTEMPTS = "attempts"
"""The folder in which workers write what :meth:`CorpusWriter.adopt` takes over; what is left of it is waste."""

Repeats = Mapping[str, Mapping[str, str | None]]
"""Input -> digest of what a document says -> where it stands first; None: at the same place, so it is no news."""

_DRAFT = re.compile(r"\.manifest\.json\..{1,40}")
_PART = re.compile(r"\d{6,}\.parquet|\.\d{6,}\.parquet\..{1,40}")


class CorpusWriter:
    """Adds documents to a corpus folder; a context manager, which keeps others out while it is open.

    When it closes, also by an error or Ctrl-C, what was added so far is kept, and the manifest says that the run did
    not finish; :meth:`finish` says that it did.

    :param folder: A corpus, an empty folder, or one that is still to be made.
    :param first_number: What the first document of a new corpus is numbered, where another is to adopt it.
    :param mend: Take a corpus whose manifest is damaged or gone, too; all of it must be scored again then.
    :raises ConfigError: If it holds something else, cannot be written, or is in use.
    :raises InputError: If its manifest is damaged.
    """

    def __init__(self, folder: Path, *, first_number: int = 1, mend: bool = False) -> None:
        self.folder = folder
        self.is_mended = False  # its manifest was damaged or gone
        self._mends = mend
        self.settings: Record = {}
        self.inputs: dict[str, Input] = {}
        self.remarks: list[Skip] = []
        self._parts: dict[int, Part] = {}
        self._next_part, self._next_number = 1, first_number
        self._dropped: list[int] = []  # their files go once the manifest does not name them
        self._rows = Rows()
        self._waiting: dict[str, int] = {}  # input -> its documents among the rows
        self._left_open: set[str] = set()  # inputs of which a model has left something open
        self._opened = ExitStack()
        self._finished = self._changed = False
        self._steady = True
        self._cost = self._written = 0.0

    def __enter__(self) -> Self:
        """Take the folder, read what is there, and remove what a killed run left."""
        refuse_other(self.folder)
        with ExitStack() as opening:
            opening.enter_context(locking.writing(self.folder))
            if is_corpus(self.folder) or (self.folder / NAME).exists():
                self._take(self._read_manifest())
                shutil.rmtree(self.folder / ATTEMPTS, ignore_errors=True)
                self._clear()
            self._opened = opening.pop_all()
        self._written = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Keep what was added, and let others in."""
        with self._opened:
            if self._steady and (self._changed or self._rows.documents):
                self._finished = False
                self.commit()

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Mark a change that must not be kept half: what Ctrl-C breaks off in here is as after a kill."""
        self._steady = False
        yield
        self._steady = True

    def _read_manifest(self) -> Manifest:
        try:
            return read_manifest(self.folder)
        except InputError:
            if not (self._mends and is_corpus(self.folder)):
                raise
        self.is_mended = True
        return gather(self.folder)

    def _take(self, manifest: Manifest) -> None:
        self.settings = manifest.settings
        self.inputs = {each.path: each for each in manifest.inputs}
        self.remarks = list(manifest.remarks)
        self._parts = {part.number: part for part in manifest.parts}
        self._next_part, self._next_number = manifest.next_part, manifest.next_number
        self._finished = manifest.finished

    def _clear(self) -> None:
        """Remove what a killed run left; only where a manifest stands, which is written before the first part."""
        for path in _listed(self.folder):
            if _DRAFT.fullmatch(path.name):
                remove(path)
        for path in (path for table in TABLES for path in _listed(self.folder / table)):
            known = path.suffix == ".parquet" and path.stem.isdecimal() and int(path.stem) in self._parts
            if _PART.fullmatch(path.name) and not known:
                remove(path)

    # What is there.

    @property
    def parts(self) -> tuple[Part, ...]:
        """The parts, in their order."""
        return tuple(self._parts[number] for number in sorted(self._parts))

    @property
    def next_number(self) -> int:
        """What the next document is numbered."""
        return self._next_number

    @property
    def is_finished(self) -> bool:
        """Whether the last run reached its end."""
        return self._finished

    @property
    def documents(self) -> int:
        """How many documents it holds."""
        return sum(part.documents for part in self._parts.values()) + len(self._rows.documents)

    def contents(self) -> Iterator[tuple[str, str, bool]]:
        """Give of each document the digest of what it says, where it came from, and whether it was made from scores."""
        yield from Corpus(self.folder, self._manifest()).contents()
        content, name, source = (list(COLUMNS["documents"]).index(each) for each in ("content", "id", "source"))
        yield from ((row[content] or row[name], row[source], row[content] is None) for row in self._rows.documents)

    # Changes.

    def restart(self, settings: Record) -> None:
        """Drop everything, to score it anew."""
        self._dropped += self._parts
        self._parts, self.inputs, self.remarks, self.settings = {}, {}, [], settings
        self._finished = False
        self.commit()

    def begin(self, entry: Input) -> None:
        """Note an input of which documents will come; one of that name must have been dropped before."""
        self.inputs[entry.path] = entry
        self._changed, self._finished = True, False

    def end(self, path: str, skipped: tuple[Skip, ...], repeats: tuple[tuple[str, str], ...]) -> None:
        """Note that all of an input has come; it is not finished where the next run may do better."""
        finished = path not in self._left_open and not any(skip.may_pass for skip in skipped)
        self.inputs[path] = replace(self.inputs[path], finished=finished, skipped=skipped, repeats=repeats)
        self._changed = True

    def leave_open(self, path: str) -> None:
        """Have the next run score an input again, since a model may then say what it does not say now."""
        self._left_open.add(path)
        self.inputs[path] = replace(self.inputs[path], finished=False, is_whole=True)
        self._changed = True

    def remark(self, skip: Skip) -> None:
        """Note what the model left open."""
        if skip not in self.remarks and len(self.remarks) < MOST_REMARKS:
            self.remarks.append(skip)
            self._changed = True

    def add(self, scored: Document, path: str, content: str | None) -> None:
        """Add a document.

        :param path: The input that it came of; ``begin`` has named it.
        :param content: Digest of what it says, names as on the page; None: it was made from scores.
        """
        with self._changing():
            self._put(scored, path, content)
            self._waiting[path] += 1
            self._finished = False
        if self._fullness() >= 1 and time.monotonic() - self._written > self._cost / MANIFEST_SHARE:
            self.commit()

    def _put(self, scored: Document, path: str, content: str | None) -> None:
        if self._fullness() >= 1:
            self._cut()
        self._rows.add(scored, self._next_number, path, content)
        self._next_number += 1
        self._waiting.setdefault(path, 0)

    def drop(self, paths: Collection[str]) -> None:
        """Drop all that came of some inputs; parts that hold something else too are written again without it.

        Others are not read, so that one that is damaged goes too.
        """
        touched = {number for path in paths for number in self.inputs[path].parts}
        with self._changing():
            for path in paths:
                del self.inputs[path]
                self._changed, self._finished = True, False
            for number in sorted(touched):
                self._carry(number)

    def fill_up(self) -> None:
        """Go on with the last part where it is small."""
        last = max(self._parts, default=None)
        if last is not None and _fullness(self._parts[last]) < SMALL:
            with self._changing():
                self._carry(last)

    def leave_out(self, repeats: Repeats) -> None:
        """Take out documents that stand elsewhere too; the others keep their order."""
        with self._changing():
            contents = {content for found in repeats.values() for content in found}
            left_out = Counter[str]()
            for number in sorted(self._parts):
                left_out += self._carry(number, without=contents)
            for path, found in repeats.items():
                entry = self.inputs[path]
                news = tuple((content, first) for content, first in found.items() if first is not None)
                documents = entry.documents - left_out[path]
                self.inputs[path] = replace(entry, documents=documents, repeats=(*entry.repeats, *news))

    def adopt(self, other: Manifest, folder: Path) -> None:
        """Take over all that another corpus holds: its files are moved, and its documents keep their numbers.

        :param other: What it holds: scored with the same settings, numbered from :attr:`next_number` or higher.
        :param folder: Where it stands, on the same file system.
        """
        with self._changing():
            self._cut()
            taken: dict[int, int] = {}
            for part in other.parts:
                taken[part.number], self._next_part = self._next_part, self._next_part + 1
                self._parts[taken[part.number]] = own = replace(part, number=taken[part.number])
                for table in TABLES:
                    own.path(self.folder, table).parent.mkdir(exist_ok=True)
                    part.path(folder, table).replace(own.path(self.folder, table))
            if taken:
                sync(self.folder / table for table in TABLES)
            for each in other.inputs:
                begun = self.inputs.get(each.path, replace(each, documents=0, parts=()))  # by a run that broke off
                parts = (*begun.parts, *(taken[number] for number in each.parts))
                self.inputs[each.path] = replace(each, documents=begun.documents + each.documents, parts=parts)
            self._next_number = max(self._next_number, other.next_number)
            self._changed = True

    def _carry(self, number: int, *, without: Collection[str] = ()) -> Counter[str]:
        """Write what a part holds of inputs that are still there into the next one.

        :param without: What documents are known by that are left out.
        :return: How many were, by their inputs.
        """
        part = self._parts.pop(number)
        self._dropped.append(number)
        self._changed = True
        held = [each for each in self.inputs.values() if number in each.parts]
        for each in held:
            self.inputs[each.path] = replace(each, parts=tuple(n for n in each.parts if n != number))
        left_out = Counter[str]()
        for stored in read_part(part, self.folder) if held else ():
            if stored.key in without:
                left_out[stored.origin] += 1
            elif stored.origin in self.inputs:
                self._put(stored.scored, stored.origin, stored.content)
        return left_out

    def _fullness(self) -> float:
        rows = self._rows
        return max(
            len(rows.comments) / PART_COMMENTS,
            len(rows.documents) / PART_DOCUMENTS,
            rows.characters / PART_CHARACTERS,
        )

    def _cut(self) -> None:
        """Write what waits as a part."""
        if not self._rows.documents:
            return
        number, self._next_part = self._next_part, self._next_part + 1
        self._parts[number] = write_part(self._rows, number, self.folder)
        for path, documents in self._waiting.items():
            entry = self.inputs[path]
            self.inputs[path] = replace(entry, parts=(*entry.parts, number), documents=entry.documents + documents)
        self._rows, self._waiting = Rows(), {}
        self._changed = True

    def commit(self) -> None:
        """Write what waits, then the manifest that names it, and remove the parts that it names no more."""
        with self._changing():
            self._commit()

    def _commit(self) -> None:
        self._cut()
        started = time.monotonic()
        write_manifest(self._manifest(), self.folder)
        self._written = time.monotonic()
        self._cost = self._written - started
        self._changed = False
        for number in self._dropped:
            for table in TABLES:
                remove(part_path(self.folder, table, number))
        self._dropped = []

    def _manifest(self) -> Manifest:
        return Manifest(
            settings=self.settings,
            parts=self.parts,
            inputs=tuple(self.inputs.values()),
            remarks=tuple(self.remarks),
            finished=self._finished,
            next_part=self._next_part,
            next_number=self._next_number,
        )

    def finish(self) -> None:
        """Say that all that was asked for is there."""
        if self._changed or self._rows.documents or not self._finished:
            self._finished = True
            self.commit()


def refuse_other(folder: Path) -> None:
    """Refuse a folder that holds something else than a corpus; one without a manifest holds no part yet.

    :raises ConfigError: If it does, or if a folder of its tables is a link.
    """
    tables = [folder / table for table in TABLES]
    if links := [table for table in tables if table.is_symlink()]:
        raise ConfigError(f"{links[0]}: a link; expected a folder within the corpus folder")
    if is_corpus(folder):
        return
    ours = {*TABLES, locking.NAME, NAME}
    held = [path for path in _listed(folder) if path.name not in ours and not _DRAFT.fullmatch(path.name)]
    held += [path for table in tables for path in _listed(table)]
    if held:
        strange = str(held[0].relative_to(folder))[:60]
        raise ConfigError(
            f"{folder}: holds {strange} and no corpus; expected a corpus folder, or an empty or a new one"
        )


def _listed(folder: Path) -> Iterator[Path]:
    try:
        yield from sorted(folder.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        raise ConfigError(f"{folder}: {error.strerror}; expected a folder for a corpus") from None


def _fullness(part: Part) -> float:
    return max(part.comments / PART_COMMENTS, part.documents / PART_DOCUMENTS)


def replace_tables(folder: Path, drafts: Mapping[Path, Path]) -> None:
    """Put new tables in the place of a corpus's own, after a person's comments were taken out of them.

    They become parts of new numbers, which the manifest names in one step: whenever it breaks off, the corpus is whole.

    :param folder: A corpus that the caller keeps others out of.
    :param drafts: Files of its parts, and what takes the place of each.
    """
    _, parquet = load_pyarrow()
    manifest = read_manifest(folder)
    parts, renumbered, number = [], dict[int, int](), manifest.next_part
    for part in manifest.parts:
        files = {table: part.path(folder, table) for table in TABLES}
        if drafts.keys().isdisjoint(files.values()):
            parts.append(part)
            continue
        seals, counts = {}, {}
        for table, path in files.items():
            place = part_path(folder, table, number)
            with draft(place, "wb") as file, drafts.get(path, path).open("rb") as source:
                shutil.copyfileobj(source, file)
            seals[table], counts[table] = seal_of(place), parquet.read_metadata(place).num_rows
        parts.append(replace(part, number=number, files=seals, **counts))
        renumbered[part.number], number = number, number + 1
    inputs = [replace(each, parts=tuple(renumbered.get(n, n) for n in each.parts)) for each in manifest.inputs]
    parts.sort(key=lambda part: part.number)
    write_manifest(replace(manifest, parts=tuple(parts), inputs=tuple(inputs), next_part=number), folder)
    for former in renumbered:
        for table in TABLES:
            remove(part_path(folder, table, former))
