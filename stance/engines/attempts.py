"""Score some inputs into a small corpus, as one worker of a cluster does; the driver takes it over.

Nothing here knows of Spark. Each attempt has a folder of its own, so a worker that dies, or one that repeats the work
of another, leaves waste and never a row twice: the driver adopts the one attempt of which it heard.
"""

import hashlib
import json
import pickle
import socket
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from stance.corpus import CorpusWriter
from stance.corpus.scoring import corpus_settings, name_unknown_targets, only_new
from stance.corpus.settings import Settings, differences
from stance.corpus.updating import Given, laid_aside, note_unread, renamed
from stance.datamodels import SCORES_LAYOUT, Skip
from stance.engines import Chunk, Item, Outcome, PageWorker, ScoringJob, cut_chunks
from stance.exceptions import ConfigError, StanceError
from stance.limits import threads_limited
from stance.log import Log
from stance.pipeline import Seen, group_scores, take_scores
from stance.reading import read_stream
from stance.reading.inputs import is_remote, open_remote
from stance.records import content_of
from stance.run import PrivacyOptions, Run

MOST_WARNINGS = 100
"""Warnings of an attempt that are passed on; the rest is counted, lest the driver hold one for each page of a crawl."""


@dataclass(frozen=True, slots=True)
class Task:
    """Some inputs, beside each other in the order of the run, that one worker scores in one go."""

    given: tuple[Given, ...]
    first_number: int  # of its documents; far enough from those of other tasks


@dataclass(frozen=True, slots=True)
class Work:
    """The part that is the same for all tasks of a run; it travels with the key of the pseudonyms in it.

    :param job: A ``ScoringJob``, pickled: a worker opens it once.
    :param settings: All that decides the scores, as the driver found it.
    :param place: The folder for attempts, which all workers and the driver see.
    """

    job: bytes = field(repr=False)
    settings: Settings
    place: Path
    columns: Mapping[str, str] | None = None
    keep: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attempt:
    """The result of a task.

    :param folder: The name of its corpus in the place for attempts; empty where there is none.
    :param untold: Warnings beyond those.
    :param model: The name of the model that scored.
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
            worker, files = _open_job(work.job)
            _check_files(work.settings, files)
            scoring = _Scoring(worker, work, work.place / f"{task.first_number}.at" if tries else None)
            scoring.fill(folder, task)
    except StanceError as error:
        return Attempt(fault=str(error))
    passed_on = tuple(scoring.warnings[:MOST_WARNINGS])
    model = worker.scorer.model.name if worker.scorer else ""
    return Attempt(folder.name, passed_on, len(scoring.warnings) - len(passed_on), model, scoring.undecided)


def read_attempt(record: str) -> Attempt:
    """Make an attempt of its fields as JSON, as they come from a worker."""
    fields = json.loads(record)
    return Attempt(**fields | {"warnings": tuple(Skip(**each) for each in fields["warnings"])})


# Scoring --------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _open_job(job: bytes) -> tuple[PageWorker, Settings]:
    """Load the model, and digest the files on this machine that decide scores; once in each process."""
    given: ScoringJob = pickle.loads(job)  # noqa: S301 made by the driver of this run
    return given.open(), corpus_settings(Run(model=given.model, privacy=PrivacyOptions(names=True)))


def _check_files(settings: Settings, here: Settings) -> None:
    """Refuse to score by other files than the driver has.

    :raises ConfigError: If a model, cues or the lexicon differ here.
    """
    names = [name for name in settings if name.endswith("_sha256") and name != "targets_sha256"]  # targets travel
    if differing := differences({n: settings[n] for n in names}, {n: here.get(n) for n in names}):
        raise ConfigError(
            f"{socket.gethostname()}: other files than where the run began ({'; '.join(differing)}); "
            "expected the same stance, models and cues on every machine"
        )


@dataclass(slots=True)
class _Scoring:
    """Scores inputs into one corpus, each document once.

    :param trail: A file that lists the pages at which earlier attempts ended and, while one is worked on, that one.
    """

    worker: PageWorker
    work: Work
    trail: Path | None = None
    warnings: list[Skip] = field(default_factory=list)
    undecided: Counter[str] = field(default_factory=Counter)
    _met: Seen = field(default_factory=Seen)

    def fill(self, folder: Path, task: Task) -> None:
        with CorpusWriter(folder, first_number=task.first_number) as writer:
            writer.restart(self.work.settings)
            for each in task.given:
                with ExitStack() as opened:
                    try:
                        stream, given = opened.enter_context(open_digested(each))
                    except OSError as error:
                        note_unread(writer, [Skip(each.path, error.strerror or str(error))])
                        continue
                    writer.begin(given.entry())
                    self._add(stream, given, writer)
            writer.finish()

    def _add(self, stream: BinaryIO, given: Given, writer: CorpusWriter) -> None:
        own, self._met.repeats = Log(), []
        scorer = self.worker.scorer
        outcomes = (each for chunk in cut_chunks(self._read(stream, given)) for each in self._worked(chunk))
        documents = only_new(outcomes, own, self._met)
        for document in name_unknown_targets(documents, scorer, own, given.path) if scorer else documents:
            content = None if document.layout == SCORES_LAYOUT else content_of(document)
            if content is None:
                writer.inputs[given.path] = replace(writer.inputs[given.path], is_whole=True)
                document = take_scores(document, scorer, own, set()) if scorer else document
            elif scorer:
                document = renamed(document, scorer.naming)
            self.undecided.update(score.undecided for score in document.scores if score.undecided)
            writer.add(document, given.path, content)
        writer.end(given.path, tuple(own.skipped), tuple(self._met.repeats))
        self.warnings += own.warnings

    def _read(self, stream: BinaryIO, given: Given) -> Iterator[Item | Skip]:
        left_out: list[Skip] = []
        items = read_stream(
            stream,
            given.path,
            skip=left_out.append,
            limits=self.worker.limits,
            columns=self.work.columns,
            keep=self.work.keep,
            path=None if is_remote(str(given.place)) else Path(given.place),
        )
        for item in group_scores(items):
            yield from left_out
            left_out.clear()
            yield item
        yield from left_out

    def _worked(self, chunk: Chunk) -> Iterator[Any]:
        worker = replace(self.worker, known=self._met.firsts.sources)
        if self.trail:
            outcomes = [_work_alone(worker, item, self.trail) for item in chunk.items.values()]
        else:
            outcomes = worker.work_apart([*chunk.items.values()])
        chunk.outcomes.update(zip(chunk.items, outcomes, strict=True))
        return chunk.merged()


def _work_alone(worker: PageWorker, item: Item, trail: Path) -> Outcome:
    lost = json.loads(trail.read_text(encoding="utf-8")) if trail.exists() else []
    if item.source in lost:
        return Skip(item.source, "a worker process died at it", may_pass=True)
    trail.write_text(json.dumps([*lost, item.source]), encoding="utf-8")
    (outcome,) = worker.work_apart([item])
    trail.write_text(json.dumps(lost), encoding="utf-8")
    return outcome


@contextmanager
def open_digested(given: Given) -> Iterator[tuple[BinaryIO, Given]]:
    """Open and digest an input; one that lies elsewhere is copied here first, and is read once.

    :raises OSError: If it cannot be opened.
    """
    with ExitStack() as opened:
        stream: BinaryIO
        if is_remote(str(given.place)):
            stream = opened.enter_context(laid_aside(opened.enter_context(open_remote(str(given.place)))))
        else:
            stream = opened.enter_context(Path(given.place).open("rb"))
        digest = hashlib.file_digest(stream, "sha256").hexdigest()  # type: ignore[arg-type] # a file, or a copy of one
        found = replace(given, bytes=stream.tell(), sha256=digest)
        stream.seek(0)
        yield stream, found
