"""Bring a corpus up to date: find out which inputs are new or changed, and score only those.

An input is known by its path as given and by the digest of its content, never by its date, which copying changes. One
that is not there any more is kept: a corpus is also what remains when pages are gone.
"""

import hashlib
from collections import defaultdict, deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import BinaryIO

from stance.corpus.checking import check_file
from stance.corpus.manifest import MENDED, NOT_READ, TABLES, Input
from stance.corpus.parts import read_columns
from stance.corpus.settings import Settings, differences
from stance.corpus.writer import CorpusWriter
from stance.datamodels import SCORES_LAYOUT, Document, Skip
from stance.documents import UNSURE
from stance.exceptions import ConfigError, InputError
from stance.pseudonyms import Naming
from stance.reading.inputs import is_remote
from stance.records import content_of

STREAM = "-#"
"""Begins the name of what came by standard input."""

CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Given:
    """A file among the inputs of a run."""

    path: str  # as given, and as the manifest names it
    place: str | Path  # where it is read: the same, or ``-``
    bytes: int
    sha256: str

    def entry(self) -> Input:
        """Give what the manifest says of it before it is read."""
        return Input(self.path, self.bytes, self.sha256)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run must do."""

    new: tuple[Given, ...]  # to be read, in the order given: new, changed, or broken off
    dropped: frozenset[str]  # changed: what came of them goes first
    kept: tuple[str, ...]  # given, and as they were
    gone: tuple[str, ...]  # not there any more
    lost: tuple[str, ...]  # not given, though what they repeat has changed
    damaged: tuple[str, ...] = ()  # files of parts that go with what is dropped, unread


@dataclass(slots=True)
class Reading:
    """One input being read: its documents, and what there is to note of it when they have come."""

    items: Iterator[Document]
    skipped: list[Skip] = field(default_factory=list)
    repeats: list[tuple[str, str]] = field(default_factory=list)


Read = Callable[[Given], Reading]
Score = Callable[[Iterator[Document]], Iterator[Document]]


def look_at(place: Path, path: str) -> Given:
    """Digest a file.

    :param path: What the manifest calls it.
    :raises OSError: If it cannot be read.
    """
    with place.open("rb") as stream:
        content = hashlib.file_digest(stream, "sha256").hexdigest()
        return Given(path, place, stream.tell(), content)


def look_at_stream(stream: BinaryIO) -> Given:
    """Digest what came by standard input; it is named by its digest, since there is nothing else to know it by."""
    digest = hashlib.sha256()
    while chunk := stream.read(CHUNK):
        digest.update(chunk)
    size = stream.tell()
    stream.seek(0)
    return Given(f"{STREAM}{digest.hexdigest()[:16]}", "-", size, digest.hexdigest())


@contextmanager
def laid_aside(stream: BinaryIO) -> Iterator[BinaryIO]:
    """Copy a stream to where it can be read twice."""
    with TemporaryFile() as copy:
        copyfileobj(stream, copy)
        copy.seek(0)
        yield copy


def plan_update(writer: CorpusWriter, given: Sequence[Given], *, force: bool = False) -> Plan:
    """Find out what is new or changed.

    :param given: The inputs of this run, each once.
    :param force: Take all of them for changed; what is damaged goes with them.
    :raises ConfigError: If something damaged holds what came of inputs that are not given.
    """
    known = writer.inputs
    dropped = {each.path for each in given if each.path in known and (force or _is_changed(known[each.path], each))}
    damaged = _damaged(writer, dropped) if force else {}
    lost: set[str] = set()
    names = {each.path for each in given}
    while found := _repeating(writer, dropped, damaged) - dropped - lost:
        dropped |= found & names
        lost |= found - names
    new = tuple(each for each in given if each.path in dropped or not _is_there(known.get(each.path)))
    read = {each.path for each in new}
    gone = [path for path in known if path not in names and not path.startswith(STREAM) and not _exists(path)]
    return Plan(
        new=new,
        dropped=frozenset(dropped | {path for path in gone if known[path].sha256 == NOT_READ}),
        kept=tuple(each.path for each in given if each.path not in read),
        gone=tuple(path for path in gone if known[path].sha256 != NOT_READ),
        lost=tuple(sorted(lost)),
        damaged=tuple(damaged.values()),
    )


def _damaged(writer: CorpusWriter, dropped: Collection[str]) -> dict[int, str]:
    """Find parts that are not as they were written among those from which something is dropped.

    :return: Number of a part -> its first such file.
    :raises ConfigError: If one holds something else too, which could be had of it no more.
    """
    numbers = {number for path in dropped for number in writer.inputs[path].parts}
    found: dict[int, str] = {}
    for part in writer.parts:
        files = (part.path(writer.folder, table) for table in TABLES if any(check_file(part, writer.folder, table)))
        if part.number in numbers and (first := next(files, None)):
            found[part.number] = str(first)
    for number, file in found.items():
        others = [path for path, each in writer.inputs.items() if number in each.parts and path not in dropped]
        if others:
            raise ConfigError(
                f"{file}: damaged, and part of it is what came of {others[0]} ({len(others):,} such inputs); "
                "expected --force with these inputs too, or another folder"
            )
    return found


@contextmanager
def pointing_to_force() -> Iterator[None]:
    """Say of what is damaged how it can be had again."""
    try:
        yield
    except InputError as error:
        raise InputError(f"{error}; {MENDED}") from None


def _is_changed(entry: Input, given: Given) -> bool:
    return entry.sha256 != given.sha256 or (entry.is_whole and not entry.finished)


def _is_there(entry: Input | None) -> bool:
    return entry is not None and entry.finished


def _exists(path: str) -> bool:
    try:
        return is_remote(path) or Path(path).exists()  # an address is taken to be there until it is read
    except (OSError, ValueError):
        return False


def _repeating(writer: CorpusWriter, dropped: Collection[str], damaged: Collection[int]) -> set[str]:
    """Find inputs of which a document was left out because it stood in one that is dropped now."""
    if not dropped or not any(each.repeats for each in writer.inputs.values()):
        return set()
    contents = {content for content, _ in _contents_of(writer, dropped, damaged)}
    return {each.path for each in writer.inputs.values() if any(content in contents for content, _ in each.repeats)}


def _contents_of(
    writer: CorpusWriter, paths: Collection[str], damaged: Collection[int] = ()
) -> Iterator[tuple[str, str]]:
    """Give the digest of each document that came of some inputs, or had scores there, and which of them it came of.

    :param damaged: Numbers of parts that are not read.
    """
    numbers = {number for path in paths for number in writer.inputs[path].parts}.difference(damaged)
    for part in writer.parts:
        if part.number in numbers:
            rows = read_columns(part, writer.folder, "documents", ("content", "id", "input"))
            yield from ((content or name, origin) for content, name, origin in rows if origin in paths)


def stored_of_begun(writer: CorpusWriter, dropped: Collection[str]) -> dict[str, frozenset[str]]:
    """Give what is held of each input that a run broke off in the midst of: the digests of its documents.

    :param dropped: Inputs of which nothing will be held.
    """
    found: defaultdict[str, set[str]] = defaultdict(set)
    for content, origin in _contents_of(
        writer, {each.path for each in writer.inputs.values() if not each.finished}.difference(dropped)
    ):
        found[origin].add(content)
    return {path: frozenset(contents) for path, contents in found.items()}


def forget_remarks(writer: CorpusWriter, plan: Plan) -> None:
    """Forget what the model left open where it is asked again about all of that, or about all that is there."""
    left_open = {each.path for each in writer.inputs.values() if each.is_whole and not each.finished}
    if (left_open or set(writer.inputs)) <= plan.dropped:
        writer.remarks = []


def prepare(writer: CorpusWriter, settings: Settings, given: Collection[str], *, force: bool = False) -> None:
    """Take a new folder, or check that a corpus was made with the settings of this run.

    :param given: Paths of the inputs of this run.
    :param force: Drop what was made with others, if all of it is given again.
    :raises ConfigError: If they differ.
    """
    if not writer.settings:
        writer.restart(settings)
    elif differing := differences(writer.settings, settings):
        if not force:
            raise ConfigError(
                f"{writer.folder}: made with other settings ({'; '.join(differing[:3])}); "
                "expected the same, another folder, or --force to score all of it again"
            )
        held = (each.path for each in writer.inputs.values() if each.documents)
        if missing := [path for path in held if path not in given]:
            raise ConfigError(
                f"{writer.folder}: --force would lose what came of {missing[0]} "
                f"({len(missing):,} such inputs); expected all inputs to be given again, or another folder"
            )
        writer.restart(settings)


def note_unread(writer: CorpusWriter, skips: Iterable[Skip]) -> None:
    """Note inputs that could not be opened; where one could be before, what came of it is kept."""
    for skip in skips:
        entry = Input(skip.source, 0, NOT_READ, finished=True, skipped=(skip,))
        known = writer.inputs.get(skip.source)
        if known is None or (known.sha256 == NOT_READ and known != entry):
            writer.begin(entry)


@dataclass(frozen=True, slots=True)
class CorpusUpdate:
    """What a run did to a corpus, and what it holds now."""

    read: int  # inputs that were new or changed
    kept: int  # inputs that were as before
    gone: int  # inputs that are not there any more, kept too
    documents: int
    comments: int
    scores: int


def result(writer: CorpusWriter, plan: Plan) -> CorpusUpdate:
    """Say what was done."""
    parts = writer.parts
    return CorpusUpdate(
        read=len(plan.new),
        kept=len(plan.kept),
        gone=len(plan.gone),
        documents=sum(part.documents for part in parts),
        comments=sum(part.comments for part in parts),
        scores=sum(part.scores for part in parts),
    )


# Doing it -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Item:
    """A document on its way through the scorer."""

    path: str
    source: str
    document_id: str
    content: str | None


@dataclass(frozen=True, slots=True)
class _End:
    """The end of an input on its way through the scorer."""

    path: str
    reading: Reading


def carry_out(
    writer: CorpusWriter, plan: Plan, read: Read, score: Score, naming: Naming, *, asks_again: bool = False
) -> None:
    """Read what is new, score it and add it.

    :param plan: What :func:`plan_update` found; what it drops is dropped before.
    :param read: Opens an input.
    :param score: Scores documents, in the order in which they come; scored ones it passes on.
    :param naming: What is stored of a commenter's name.
    :param asks_again: What the model leaves open may be answered when it is asked again.
    """
    marks: deque[_Item | _End] = deque()
    for scored in score(_items(writer, plan.new, read, marks)):
        _ends(writer, marks)
        while not _is_of(item := marks.popleft(), scored):  # one that was lost on the way
            _ends(writer, marks)
        assert isinstance(item, _Item)  # noqa: S101 for the type checker
        kept = scored if item.content is None else renamed(scored, naming)  # made from scores: they carry pseudonyms
        writer.add(kept, item.path, item.content)
        if asks_again and _is_open(kept):
            writer.leave_open(item.path)
    _ends(writer, marks)
    while marks:
        marks.popleft()
        _ends(writer, marks)


def _is_open(scored: Document) -> bool:
    reasons = filter(None, (score.undecided for score in scored.scores))
    return not all(reason.startswith(UNSURE) for reason in reasons)


def _items(writer: CorpusWriter, given: Iterable[Given], read: Read, marks: deque[_Item | _End]) -> Iterator[Document]:
    for each in given:
        if each.path not in writer.inputs:
            writer.begin(each.entry())
        reading = read(each)
        for item in reading.items:
            content = None if item.layout == SCORES_LAYOUT else content_of(item)
            if content is None:
                writer.inputs[each.path] = replace(writer.inputs[each.path], is_whole=True)
            marks.append(_Item(each.path, item.source, item.document_id, content))
            yield item
        marks.append(_End(each.path, reading))


def _ends(writer: CorpusWriter, marks: deque[_Item | _End]) -> None:
    while marks and isinstance(end := marks[0], _End):
        writer.end(end.path, tuple(end.reading.skipped), tuple(end.reading.repeats))
        marks.popleft()


def _is_of(mark: _Item | _End, scored: Document) -> bool:
    return isinstance(mark, _Item) and (mark.source, mark.document_id) == (scored.source, scored.document_id)


def renamed(scored: Document, naming: Naming) -> Document:
    """Give comments the names that their scores carry."""
    outlet = scored.outlet
    names: Mapping[str | None, str | None] = {c.author: naming(c.author, outlet) for c in scored.comments}
    comments = tuple(replace(comment, author=names[comment.author]) for comment in scored.comments)
    return replace(scored, comments=comments)
