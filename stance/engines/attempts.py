"""What one worker of a cluster does: it scores some inputs into a small corpus of its own, which the driver takes over.

Nothing here knows of Spark. An attempt stands in a folder that no other has, so a worker that dies, or one that does
again what another does too, leaves waste and never a row twice: the driver adopts the one attempt of which it heard.
"""

import hashlib
import json
import pickle
import socket
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from stance.corpus import CorpusWriter, open_corpus
from stance.corpus.manifest import Part
from stance.corpus.parts import read_columns
from stance.corpus.settings import Settings, differences
from stance.corpus.updating import Given, laid_aside, note_unread, renamed
from stance.corpus.writer import Repeats
from stance.datamodels import Document, Page, Score, ScoredDocument, Skip
from stance.documents import Made
from stance.engines.cores import LateError, interrupted, lost_item
from stance.engines.jobs import OF_RUN, Item, Outcome, PageWorker, ScoringJob, size_of
from stance.exceptions import ConfigError, StanceError
from stance.journal import Journal
from stance.limits import MEGABYTE
from stance.pipeline import Met, corpus_settings, name_unknown_targets, only_new, regroup_scores
from stance.reading import read_stream
from stance.reading.inputs import is_remote, open_remote
from stance.threads import threads_limited

TOGETHER = MEGABYTE
TOGETHER_ITEMS = 200
"""Characters, and pages, that are worked on together: what a page costs by itself vanishes, and all are held."""

TOLD = 100
"""Warnings of an attempt that are passed on; the rest is counted, lest the driver hold one for each page of a crawl."""

Row = tuple[str, int, str, str, bool]
"""Of a document: digest of what it says, its number, where it stands, its input, whether it is made from scores."""


@dataclass(frozen=True, slots=True)
class Task:
    """Some inputs, beside each other in the order of the run, that one worker scores in one go."""

    given: tuple[Given, ...]
    first_number: int  # of its documents; far enough from those of other tasks


@dataclass(frozen=True, slots=True)
class Work:
    """What is the same for all tasks of a run; it travels to the workers, with the key of the pseudonyms in it.

    :param job: A ``ScoringJob``, pickled: a worker opens it once.
    :param settings: What decides the scores, as the driver found it.
    :param place: The folder for attempts, which all workers and the driver see.
    """

    job: bytes = field(repr=False)
    settings: Settings
    place: Path
    columns: Mapping[str, str] | None = None
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """What a worker did.

    :param folder: The name of its corpus in the place for attempts; empty where there is none.
    :param untold: Warnings beyond those.
    :param model: The name of what scored.
    :param undecided: Why the model gave no stance -> pairs of comment and target.
    :param fault: Why the run cannot go on, as where the model is missing on this worker.
    """

    folder: str = ""
    warnings: tuple[Skip, ...] = ()
    untold: int = 0
    model: str = ""
    undecided: Mapping[str, int] = field(default_factory=dict)
    fault: str | None = None


def make_attempt(task: Task, work: Work, tries: int = 0) -> Attempt:
    """Score the inputs of a task into a corpus of its own.

    :param tries: How often that has failed. From the second on, pages are worked on one by one and noted before: if the
        worker dies again, the next leaves out the page at which it did.
    """
    folder = work.place / uuid4().hex
    try:
        with threads_limited(1):  # Spark runs a worker on each core
            trail = _Trail(work.place / f"{task.first_number}.at") if tries else None
            scoring = _Scoring(_opened(work.job), work, trail)
            _check_files(work)
            scoring.fill(folder, task)
    except StanceError as error:
        return Attempt(fault=str(error))
    told = tuple(scoring.warnings[:TOLD])
    return Attempt(
        folder=folder.name,
        warnings=told,
        untold=len(scoring.warnings) - len(told),
        model=scoring.worker.scorer.model.name if scoring.worker.scorer else "",
        undecided=scoring.undecided,
    )


def read_attempt(record: str) -> Attempt:
    """Make an attempt of its fields as JSON, as they come from a worker."""
    fields = json.loads(record)
    return Attempt(**fields | {"warnings": tuple(Skip(**each) for each in fields["warnings"])})


def digest_again(given: Given) -> Given | Skip:
    """Digest a file that the corpus has already, or say why it cannot be opened."""
    try:
        with _open(given) as stream:
            return _look_at(stream, given)
    except OSError as error:
        return Skip(given.path, error.strerror or str(error))


def contents_of(folder: Path, part: Part | None = None) -> Iterator[Row]:
    """Say of each document of a corpus, or of one part of it, what tells it from others."""
    for each in [part] if part else open_corpus(folder).manifest.parts:
        for content, name, number, source, path in read_columns(
            each, folder, "documents", ("content", "id", "number", "source", "input")
        ):
            yield content or name, number, source, path, content is None


def leave_out(folder: Path, repeats: Repeats) -> None:
    """Take documents out of an attempt that stand in an earlier one, or in the corpus."""
    with CorpusWriter(folder) as writer:
        writer.leave_out(repeats)
        writer.finish()


# Scoring --------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _opened(job: bytes) -> PageWorker:
    """Load the model, once in each process."""
    opened = pickle.loads(job)  # noqa: S301 made by the driver of this run
    assert isinstance(opened, ScoringJob)  # noqa: S101 for the type checker
    return opened.open()


@lru_cache(maxsize=1)
def _files_here(job: bytes) -> Settings:
    """Digest the files on this machine that have a say."""
    given: ScoringJob = pickle.loads(job)  # noqa: S301
    registry = given.settings.registry if given.settings else None
    return corpus_settings({}, model=given.model, registry=registry, cues=given.cues, names=True)


def _check_files(work: Work) -> None:
    """Refuse to score by other files than the driver has.

    :raises ConfigError: If a model, cues or the lexicon differ here.
    """
    names = [name for name in work.settings if name.endswith("_sha256") and name != "targets_sha256"]  # targets travel
    here = _files_here(work.job)
    if differing := differences({n: work.settings[n] for n in names}, {n: here.get(n) for n in names}):
        raise ConfigError(
            f"{socket.gethostname()}: other files than where the run began ({'; '.join(differing)}); "
            "expected the same stance, models and cues on every machine"
        )


class _Trail:
    """Which page a worker is at, and at which its forerunners ended.

    :param path: Where that is noted, for all attempts at a task.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        noted = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {"lost": [], "at": None}
        self.lost: list[str] = [*noted["lost"], *([noted["at"]] if noted["at"] else [])]

    def mark(self, source: str | None) -> None:
        """Note the page that is worked on from now; None: none."""
        self._path.write_text(json.dumps({"lost": self.lost, "at": source}), encoding="utf-8")


@dataclass(slots=True)
class _Scoring:
    """Scores inputs into one corpus, each document once."""

    worker: PageWorker
    work: Work
    trail: _Trail | None = None
    warnings: list[Skip] = field(default_factory=list)
    undecided: Counter[str] = field(default_factory=Counter)
    _met: Met = field(default_factory=Met)

    def fill(self, folder: Path, task: Task) -> None:
        with CorpusWriter(folder, first_number=task.first_number) as writer:
            writer.restart(self.work.settings)
            for each in task.given:
                with ExitStack() as opened:
                    try:
                        stream = opened.enter_context(_open(each))
                        entry = _look_at(stream, each)
                    except OSError as error:
                        note_unread(writer, [Skip(each.path, error.strerror or str(error))])
                        continue
                    writer.begin(entry.entry())
                    self._add(stream, entry, writer)
            writer.finish()

    def _add(self, stream: BinaryIO, given: Given, writer: CorpusWriter) -> None:
        own, self._met.repeats = Journal(), []
        scorer = self.worker.scorer
        naming = scorer.naming if scorer else None
        items = self._documents(only_new(self._worked(stream, given), own, self._met), own)
        for item in name_unknown_targets(items, scorer, own, given.path) if scorer else items:
            scored, content = (item.scored, item.content) if isinstance(item, Made) else (item, None)
            if content is None:
                writer.inputs[given.path] = replace(writer.inputs[given.path], is_whole=True)
            elif naming:
                scored = renamed(scored, naming)
            self.undecided.update(score.undecided for score in scored.scores if score.undecided)
            writer.add(scored, given.path, content)
        writer.end(given.path, tuple(own.skipped), tuple(self._met.repeats))
        self.warnings += own.warnings

    def _worked(self, stream: BinaryIO, given: Given) -> Iterator[Made | Score | Skip]:
        """Read an input and work on what is in it, some pages together."""
        left_out: list[Skip] = []
        read = read_stream(
            stream,
            given.path,
            skip=left_out.append,
            limits=self.worker.limits,
            columns=self.work.columns,
            keep=self.work.keep,
            path=None if is_remote(str(given.place)) else Path(given.place),
        )
        waiting: list[Item | Score | Skip] = []
        held = 0
        for item in read:
            waiting += [*left_out, item]
            left_out.clear()
            held += size_of(item)
            if held >= TOGETHER or len(waiting) >= TOGETHER_ITEMS:
                yield from self._work(waiting)
                waiting, held = [], 0
        yield from self._work([*waiting, *left_out])

    def _work(self, waiting: list[Item | Score | Skip]) -> Iterator[Made | Score | Skip]:
        items = [item for item in waiting if isinstance(item, Page | Document)]
        outcomes = self._step_by_step(items, self.trail) if self.trail else iter(self._together(items))
        for item in waiting:
            yield next(outcomes) if isinstance(item, Page | Document) else item

    def _together(self, items: list[Item]) -> list[Outcome]:
        return work_apart(items, self.worker, self._met.firsts.sources)

    def _step_by_step(self, items: Iterable[Item], trail: _Trail) -> Iterator[Outcome]:
        for item in items:
            if item.source in trail.lost:
                yield Skip(item.source, "the process that worked on it died", may_pass=True)
            else:
                trail.mark(item.source)
                (outcome,) = self._together([item])
                trail.mark(None)
                yield outcome

    def _documents(self, items: Iterable[Made | Score], journal: Journal) -> Iterator[Made | ScoredDocument]:
        """Put scores under documents."""
        scorer = self.worker.scorer
        for kind, run in groupby(items, key=type):
            if kind is Score and scorer:
                decided = (scorer.decide(item) for item in run if isinstance(item, Score))
                yield from regroup_scores(decided, scorer.targets.ids, journal)
            else:
                yield from (item for item in run if isinstance(item, Made))


def repeated(first: str) -> str:
    """Say why a document is left out that stands elsewhere too."""
    return f"the same document as {first}; counted once"


def work_apart(items: list[Item], worker: PageWorker, known: Container[str]) -> list[Outcome]:
    """Work on some pages; one by one where that fails, so that a page on which it fails is the only one left out."""
    try:
        with interrupted(worker.limits.page_seconds) as step:
            return worker.work(items, known=known, step=step)
    except OF_RUN:
        raise
    except (LateError, Exception) as error:
        if len(items) > 1:
            return [outcome for item in items for outcome in work_apart([item], worker, known)]
        return [lost_item(items[0], error)]


@contextmanager
def _open(given: Given) -> Iterator[BinaryIO]:
    """Open an input; one that lies elsewhere is copied here first, and is read once.

    :raises OSError: If it cannot be opened.
    """
    if is_remote(str(given.place)):
        with open_remote(str(given.place)) as remote, laid_aside(remote) as copy:
            yield copy
    else:
        with Path(given.place).open("rb") as stream:
            yield stream


def _look_at(stream: BinaryIO, given: Given) -> Given:
    digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type] # a file, or Python's copy of one
    size = stream.tell()
    stream.seek(0)
    return replace(given, bytes=size, sha256=digest)
