"""Score the new and changed inputs of a run into a store, or inputs into a folder of stores on a Spark cluster.

An input is known by its path as given and by the digest of its content. Each document is one transaction, so a run
that is interrupted at any moment continues where it ended. Inputs that are gone are kept. A run is known by a digest of
all that decides its documents and scores, without loading a model, so that one that has nothing to do ends in a moment.

A task of Spark has inputs that follow each other, so the stores of a folder give, in the order of their names, the rows
of a local run. The driver holds the names of the inputs and the messages, but no page, comment or score.
"""

import hashlib
import json
import logging
import os
import pickle
import re
import secrets
import shutil
import signal
import socket
import sys
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from glob import has_magic, iglob
from importlib.util import find_spec
from itertools import accumulate, groupby
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from stance import resources
from stance.datamodels import Document, Page, Record, Skip, counted
from stance.engines import Cores, PageWorker, ScoringJob, in_this_process
from stance.exceptions import ConfigError, require
from stance.limits import MEGABYTE, changes_of, current_limits, limits_in_force, threads_limited
from stance.log import Kind, Log
from stance.parsing.sites import Sites
from stance.pipeline import (
    choose_model,
    count_unknown,
    is_wanted,
    log_copy,
    log_model,
    log_unknown,
    read_pages,
    refuse_uncovered,
)
from stance.pseudonyms import Naming, fingerprint
from stance.reading import digest_beside, expand
from stance.reading.text import STANDARD_INPUT, natural_text, shown
from stance.records.digests import content_of
from stance.resources import part_name, replace_folder, temporary_folder
from stance.run import Inputs, ReadingOptions, Run
from stance.scoring.documents import DocumentScorer
from stance.scoring.instances import RemoteScorer
from stance.store.documents import NAMES_KEPT, RunWriter, Settings, Store, StoredInput, StoredRun
from stance.store.file import long_query, stores_in

Open = Callable[[DocumentScorer, Collection[str]], Cores]
"""Opens an engine, from a scorer and the digests of documents that are stored already."""

TASK_BYTES = 64 * MEGABYTE
"""Number of bytes of the inputs of a task, on average: a few minutes of work, which a lost worker loses."""

Messages = list[tuple[Kind, Skip]]


@dataclass(frozen=True, slots=True)
class InputFile:
    """A file among the inputs of a run."""

    path: str  # full, so that one of the same relative name elsewhere is another input
    place: Path  # where it is read, as given
    sha256: str


@dataclass(frozen=True, slots=True)
class StoreUpdate:
    """Counts of a run into a store, and of all that the run holds now."""

    read: int  # inputs that were new or changed
    kept: int  # inputs that were as before
    documents: int
    comments: int
    scores: int


def update_store(
    run: Run,
    path: Path,
    open_scorer: Callable[[], DocumentScorer],
    log: Log,
    *,
    open_engine: Open | None = None,
    keep: tuple[str, ...] = (),
    force: bool = False,
    drop: bool = False,
) -> StoreUpdate:
    """Score the new and changed inputs into a store.

    :param path: The store; made if it is not there.
    :param open_scorer: Called only if there is something to score.
    :param open_engine: None: this process.
    :param keep: Columns of tables that are kept.
    :param force: Read and score all inputs again.
    :param drop: Drop the documents of those inputs, or files of their folders, that are not there any more.
    :raises StoreError: If the store cannot be used, or another command writes to it.
    :raises ConfigError: If a store or standard input is among the inputs.
    """
    settings, unread = (reading_settings(run, keep), scoring_settings(run)), list[Skip]()
    run_digest = digest_settings(settings[0] | settings[1])
    check_inputs(run, "stance store merge joins stores")
    files = look_at(expand(run.inputs.inputs, unread.append, output=path), unread.append)
    if not files and not path.exists():  # inputs that cannot be read make no store
        log.skip(*unread)
        return StoreUpdate(0, 0, 0, 0, 0)
    with Store.write(path, settings={}) as store:
        log.skip(*unread)
        if not run.privacy.names:
            store.check_key(run.privacy.key())
        stored = next((each for each in store.runs() if each.digest == run_digest), None)
        known = store.move_inputs(stored, {each.path: each.sha256 for each in files}) if stored else {}
        finished = {each.path: each.sha256 for each in known.values() if each.is_finished}
        new = [each for each in files if force or finished.get(each.path) != each.sha256]
        kept = {each.path for each in files} - {each.path for each in new}
        for each in known.values():
            log.skip(*(each.skips if each.path in kept else ()))
            if each.sha256 and each.path not in kept and not Path(each.path).exists():
                is_ours = any(Path(each.path).is_relative_to(full_path(Path(given))) for given in run.inputs.inputs)
                is_dropped = drop and is_ours and stored is not None
                became = "dropped" if is_dropped else "kept (--drop-missing drops them)"
                log.warn(each.path, f"no longer there; its documents are {became}")
                if is_dropped and stored:
                    store.drop_documents(stored, each)
                    store.forget_input(each)
        if new:
            scorer = open_scorer()
            stored = run_of = stored or add_run(store, *settings, scorer.model.name)
            if isinstance(scorer.model, RemoteScorer):  # what was not answered before is asked last
                new.sort(key=lambda each: store.has_open_scores(run_of, each.path))
            key = run.privacy.key() if store.has_forgotten() else None
            scoring = StoreScoring(store, stored, run.reading, keep, scorer, log, key, [*known] if force else ())
            scoring.score(new, open_engine)
        if stored is None:
            return StoreUpdate(0, len(files), 0, 0, 0)
        note_unread(store, stored, unread)
        if new and (left_out := store.uncovered(stored)):
            refuse_uncovered(scorer, left_out, log)
        return StoreUpdate(len(new), len(files) - len(new), *store.row(long_query("counts"), stored.number))


def check_inputs(run: Run, reason: str) -> None:
    """Refuse standard input and stores, which are scored.

    :raises ConfigError: If one is among the inputs.
    """
    for given in run.inputs.inputs:
        if given == STANDARD_INPUT or stores_in(Path(given)):
            seen = "standard input" if given == STANDARD_INPUT else f"{given}: a store, which is scored"
            raise ConfigError(f"{seen}; expected files of pages or tables ({reason})")


def note_unread(store: Store, run: StoredRun, unread: Iterable[Skip]) -> None:
    """Note inputs that could not be opened, and forget those of an earlier command that are gone.

    Where an input could be opened before, its documents are kept.
    """
    known = store.inputs(run)
    for each in known.values():
        if each.sha256 is None and not Path(each.path).exists():
            store.forget_input(each)
    for skip in unread:
        path = full_path(Path(skip.source))
        if path not in known or known[path].sha256 is None:
            store.end_input(run, replace(store.begin_input(run, path, None), is_finished=True), [skip])


@dataclass(slots=True)
class OpenInput:
    """An input being read."""

    input: StoredInput
    log: Log
    unknown: Counter[str] = field(default_factory=Counter)  # targets that rows ask for and nobody defines
    holds_scores: bool = False


@dataclass(slots=True)
class StoreScoring:
    """Reads inputs, scores their documents and adds them to a run of a store.

    :param keep: Columns of tables that are kept.
    :param key: Of the pseudonyms, where authors were forgotten.
    :param again: Paths of inputs whose documents are read and scored again.
    """

    store: Store
    stored: StoredRun
    reading: ReadingOptions
    keep: tuple[str, ...]
    scorer: DocumentScorer
    log: Log
    key: bytes | None = None
    again: Collection[str] = ()
    firsts: dict[str, tuple[str, int]] = field(default_factory=dict)  # digest -> source and input of a document
    replaced: dict[str, set[int]] = field(default_factory=dict)  # path -> comments that its former content held

    def score(self, files: Sequence[InputFile], open_engine: Open | None = None) -> None:
        """Read and score inputs, one after the other.

        :param open_engine: None: this process.
        """
        from stance.store.forgetting import remove_forgotten

        begun = {each.path: self._begin(each) for each in files}
        self.firsts = {content: (source, number) for content, source, number in self.store.contents(self.stored)}
        numbers = {each.number for each in begun.values()}
        known = {content for content, (_, number) in self.firsts.items() if number in numbers}
        here = in_this_process(PageWorker(self.reading.language, current_limits(), self.scorer, known))
        undecided: Counter[str] = Counter()
        writer, gone = RunWriter(self.store, self.stored), 0
        with open_engine(self.scorer, known) if open_engine else here as engine:
            documents = self._new_documents(engine.run(self._read(files)), begun)
            for each, content, document in self.log.watch(documents, "Documents:", [each.place for each in files]):
                scored = document if document.scores else next(self.scorer.score([document]))
                undecided.update(score.undecided for score in scored.scores if score.undecided)
                with self.store.transaction():
                    number = writer.add(each.input, rename(scored, self.scorer.naming), content)
                    gone += remove_forgotten(self.store, self.key, number) if self.key and number else 0
        writer.heard.log(self.log)
        self._log_replaced()
        if gone:
            self.store.purge()
        of_model = Log(notify=self.log.add)
        log_model(self.scorer.model, undecided, of_model)
        self.store.note_remarks(self.stored, of_model.skipped)

    def _begin(self, each: InputFile) -> StoredInput:
        """Note that an input is read; its documents are read again where a model left pairs open."""
        with self.store.transaction():
            if found := set(map(hash, self.store.comments_of(self.stored, each.path, each.sha256))):
                self.replaced[each.path] = found
            begun = self.store.begin_input(self.stored, each.path, each.sha256)
            if each.path in self.again or self.store.has_open_scores(self.stored, each.path):
                self.store.drop_documents(self.stored, begun)
            return begun

    def _log_replaced(self) -> None:
        """Log how many comments inputs no longer hold since their content changed, and no other input does."""
        held = set(map(hash, self.store.comments_of(self.stored))) if self.replaced else set[int]()
        for path, before in self.replaced.items():
            if gone := len(before - held):
                seen = f"the file was replaced; {gone:,} of {counted(len(before), 'comment')} that it held before"
                self.log.warn(path, f"{seen} {'is' if gone == 1 else 'are'} in no input any more and no longer count")

    def _read(self, files: Iterable[InputFile]) -> Iterator[InputFile | Page | Document | Skip]:
        """Yield each input, followed by its pages and documents."""
        sites = Sites(self.log.warn)
        for each in files:
            yield each
            pages = read_pages([each.place], self.reading, None, self.keep)
            yield from sites.name(self.log.counting_described(pages))

    def _new_documents(
        self, stream: Iterable[InputFile | Document | Skip], begun: Mapping[str, StoredInput]
    ) -> Iterator[tuple[OpenInput, str, Document]]:
        """Yield the documents that are not stored with their digests; note the end of an input after its documents."""
        opened: OpenInput | None = None
        for item in stream:
            if isinstance(item, InputFile):
                self._end(opened)
                opened = OpenInput(begun[item.path], Log(notify=self.log.add))
            elif opened is None:
                continue
            elif isinstance(item, Skip):
                opened.log.skip(item)
            elif not item.has_texts:
                opened.holds_scores = True
            elif (first := self.firsts.get(content := content_of(item))) is None:
                self.firsts[content] = (item.source, opened.input.number)
                opened.log.warn(item.source, *item.warnings)
                if not is_wanted(item, self.reading, self.log):
                    continue
                count_unknown(opened.unknown, item, self.scorer.targets)
                yield opened, content, item
            elif first != (item.source, opened.input.number):
                log_copy(item.source, first[0], opened.log)
                if (number := self.store.number_of(self.stored, content)) is not None:
                    self.store.add_occurrence(number, opened.input.number)
        self._end(opened)

    def _end(self, opened: OpenInput | None) -> None:
        if opened is None:
            return
        path, log = opened.input.path, opened.log
        if opened.holds_scores:
            log.skip(Skip(path, "scores, not comments; expected the pages or tables that were scored"))
        log_unknown(opened.unknown, self.scorer.targets, log, path)
        # Read again next time: what a full disk or a dead process left out, and pairs that a model at another address
        # left open, which may be answered when it is asked again.
        is_remote = isinstance(self.scorer.model, RemoteScorer)
        is_open = is_remote and self.store.has_open_scores(self.stored, path)
        is_finished = not is_open and not any(skip.may_pass for skip in log.skipped)
        self.store.end_input(self.stored, replace(opened.input, is_finished=is_finished), log.skipped)


def rename(document: Document, naming: Naming) -> Document:
    """Replace the names of commenters by those that their scores have."""
    authors = {comment.author for comment in document.comments}
    names = {author: naming(author, document.outlet, document.layout) for author in authors}
    comments = tuple(replace(comment, author=names[comment.author]) for comment in document.comments)
    return replace(document, comments=comments)


def full_path(path: Path) -> str:
    """Return the one name that an input has in stores, without links and dots."""
    return shown(Path(os.path.realpath(path)))


def look_at(paths: Iterable[Path], skip: Callable[[Skip], None]) -> list[InputFile]:
    """Digest the inputs, each file once."""
    found: dict[str, InputFile] = {}
    for path in paths:
        name = shown(path)
        try:
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            whole = full_path(path)
            found[whole] = InputFile(whole, path, digest_beside(path, content))
        except OSError as error:
            skip(Skip(name, error.strerror or str(error)))
    return list(found.values())


# Settings -------------------------------------------------------------------------------------------------------------

WITHOUT_EFFECT = (".md", "LICENSE")
"""Words: endings of files of a model or lexicon that change no score."""


def add_run(store: Store, reading: Settings, scoring: Settings, model: str) -> StoredRun:
    """Add a run to a store, by the settings that decide its documents and scores, and the name of its model."""
    whole = {**reading, **scoring}
    return store.add_run(digest_settings(whole), digest_settings(reading), model, whole)


def reading_settings(run: Run, keep: Sequence[str] = ()) -> Record:
    """Describe the settings that decide documents: the parser's version, limits, options of reading, names.

    :param keep: Columns of tables that are kept.
    """
    layouts = run.reading.layouts
    given: Record = asdict(run.reading) | {"run_number": None, "layouts": digest([layouts]) if layouts else None}
    given |= {"stance": resources.VERSION, "limits": changes_of(current_limits()), "keep": list(keep)}
    given["names"] = NAMES_KEPT if run.privacy.names else f"key {fingerprint(run.privacy.key())}"
    return {name: value for name, value in given.items() if value}


def scoring_settings(run: Run) -> Record:
    """Describe the settings that decide scores: model, targets, options, and the content of all files that are used."""
    model, endpoint, targets = run.model, run.model.endpoint, run.targets.targets_file.targets
    lexicon, place = find_spec("vaderSentiment"), model.folder()
    files = [resources.READER, resources.ENCODER, *([place] if place else ())]
    files += map(Path, (lexicon and lexicon.submodule_search_locations) or ())
    given: Record = {name: getattr(endpoint, name) for name in ("url", "model_languages", "label_map")}
    given |= {"model": str(model.chosen), "languages": model.languages}
    given |= {"targets": list(run.targets.load().ids), "files_sha256": digest(files)}
    given["targets_sha256"] = digest([resources.TARGETS, resources.TARGET_NAMES, *([targets] if targets else [])])
    return {name: value for name, value in given.items() if value}


def digest(paths: Iterable[Path]) -> str:
    """Digest files, and folders with all files in them, by content and name."""
    whole = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file() and not file.name.endswith(WITHOUT_EFFECT) and file.parent.name != "__pycache__":
                with file.open("rb") as stream:
                    content = hashlib.file_digest(stream, "sha256").hexdigest()
                name = file.relative_to(path).as_posix() if path.is_dir() else ""
                whole.update(f"{name}\n{content}\n".encode("utf-8", "surrogateescape"))
    return whole.hexdigest()


def digest_settings(settings: Settings) -> str:
    """Digest settings, by which a run is known."""
    return hashlib.sha256(json.dumps(dict(settings), sort_keys=True).encode()).hexdigest()[:16]


# On a Spark cluster


@dataclass(frozen=True, slots=True)
class Work:
    """The options of all tasks, with the key of the pseudonyms: they are sent to workers and never stored.

    :param job: A ``ScoringJob``, pickled: a worker opens it once.
    :param start: Folder that relative names of inputs start from.
    :param folder: Where stores are written; all workers see it under this path.
    """

    job: bytes = field(repr=False)
    settings: tuple[Settings, Settings]  # of reading, of scoring
    reading: ReadingOptions
    keep: tuple[str, ...]
    start: Path
    folder: Path


def score_on_spark(
    run: Run, folder: Path, log: Log, *, keep: Sequence[str] = (), master: str | None = None, force: bool = False
) -> int:
    """Score inputs into a folder of stores, on Spark.

    :param run: Its inputs are files, folders and patterns with ``*`` that all workers see.
    :param folder: Its parent must be writable by the driver and all workers under the same path.
    :param master: Such as ``local[4]`` or ``yarn``; if not given, from Spark's own settings.
    :param force: Replace a folder that an earlier run wrote.
    :return: How many documents there are; nothing is written if there are none.
    :raises ConfigError: If there is no Java, a worker lacks a file, or the folder cannot be used.
    :raises MissingExtraError: If pyspark is not installed.
    """
    job = _job(run, log)
    is_used = folder.is_file() or (folder.exists() and any(folder.iterdir()))
    if is_used and not (force and stores_in(folder)):
        raise ConfigError(f"{folder}: exists already; expected a new folder, or --force to replace what Spark wrote")
    require("pyspark")
    fitting = (iglob(each, recursive=True) if has_magic(each) else (each,) for each in map(str, run.inputs.inputs))  # noqa: PTH207
    files = [*expand([path for found in fitting for path in sorted(found, key=natural_text)], log.skip)]
    chosen = choose_model(replace(run, inputs=Inputs(tuple(files))), log)  # by the files, not by their patterns
    run, job = replace(run, model=chosen.model), replace(job, model=chosen.model)
    settings = (reading_settings(run, keep), scoring_settings(run))
    with temporary_folder(folder.absolute().parent, f".{folder.name}.") as place, _session(master) as context:
        (place / "new").mkdir(0o700)
        work = Work(pickle.dumps(job), settings, run.reading, tuple(keep), Path.cwd(), place / "new")
        parts = list(enumerate(_cut(files, 4 * context.defaultParallelism)))  # so that cores end at about the same time
        documents = 0

        def score(part: tuple[int, list[Path]]) -> tuple[Messages, int]:  # holds the key, not written to any disk
            from pyspark import TaskContext

            # After a failure, pages are scored in processes of their own, so that one at which they die is left out.
            return score_part(work, *part, processes=2 if TaskContext.get().attemptNumber() else 1)

        for messages, found in context.parallelize(parts, len(parts) or 1).map(score).collect():
            documents += found
            for kind, entry in messages:
                log.add(kind, entry)
        log.counts["scored"] += documents
        if documents:
            replace_folder(place / "new", folder.absolute())
    return documents


def _job(run: Run, log: Log) -> ScoringJob:
    """Describe the work so that another machine can do it."""
    from stance.scoring import find_plugin

    model = run.model.chosen
    if (plugin := find_plugin(model)) and "url" in plugin[0].settings:
        raise ConfigError(f"--engine spark --model {model}: expected a model that each worker loads itself")
    check_inputs(run, "--engine spark reads files where Spark runs")
    targets = run.targets.load()
    log.warn("targets", *targets.warnings)
    return ScoringJob(targets, run.model, run.privacy.naming(), articles=True, language=run.reading.language)


def _cut(files: Sequence[Path], least: int) -> list[list[Path]]:
    """Cut the inputs into tasks of about equal size, at least so many where there are as many files."""
    ends = list(accumulate(path.stat().st_size for path in files))
    whole = sum(ends[-1:]) or 1
    tasks = max(1, min(len(files), least), whole // TASK_BYTES)
    parts = groupby(zip(files, ends, strict=True), key=lambda each: (each[1] - 1) * tasks // whole)
    return [[path for path, _ in part] for _, part in parts]


def score_part(work: Work, number: int, paths: list[Path], processes: int = 1) -> tuple[Messages, int]:
    """Score some inputs into a store of the folder.

    :return: The messages of its log, and the number of documents.
    """
    messages, unread = Messages(), list[Skip]()
    log = Log(notify=lambda kind, entry: messages.append((kind, entry)))
    with suppress(OSError):
        os.chdir(work.start)
    given, scorer = _load(work.job, str(work.settings[1]["files_sha256"]))  # targets are sent
    with limits_in_force(given.limits), threads_limited(1), TemporaryDirectory() as made:  # a worker on each core
        here = PageWorker(given.language, given.limits, scorer)
        files = look_at(paths, unread.append)
        log.skip(*unread)
        path = Path(made, part_name(number))
        with Store.write(path, settings={}) as store:
            run = add_run(store, *work.settings, scorer.model.name)
            scoring = StoreScoring(store, run, work.reading, work.keep, scorer, log)
            scoring.score(files, lambda *_: Cores(given.open, here, processes, enough=1))
            note_unread(store, run, unread)
            documents, *_ = store.row(long_query("counts"), run.number)
        draft = work.folder / f".{path.name}.{secrets.token_hex(4)}"  # a task may run twice
        shutil.copy(path, draft)  # with its permissions
        draft.replace(work.folder / path.name)
    return messages, documents


@lru_cache(maxsize=1)
def _load(job: bytes, files: str) -> tuple[ScoringJob, DocumentScorer]:
    """Load the model, once in each process.

    :param files: Digest of the files that decide scores.
    :raises ConfigError: If model or lexicon differ from those of the driver.
    """
    given: ScoringJob = pickle.loads(job)  # noqa: S301 made by the driver of this run
    if scoring_settings(Run(model=given.model))["files_sha256"] != files:
        seen = f"{socket.gethostname()}: its files differ from those of the machine where the run began"
        raise ConfigError(f"{seen}; expected the same models and version of stance on every machine")
    return given, given.load()


@contextmanager
def _session(master: str | None) -> Iterator[Any]:
    """Use the context of the active Spark session, or start one, without output of Java, and stop it at the end.

    :raises ConfigError: In place of errors of Spark: the line of them that says what went wrong.
    """
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # by default Spark takes the first python3 on the path
    settings = {"spark.app.name": "stance", "spark.log.level": "OFF", "spark.ui.showConsoleProgress": "false"}
    if master:
        settings["spark.master"] = re.sub(r"(local\[(?:\d+|\*))\]$", r"\1,4]", master)  # a worker that dies is replaced
    if master and master.startswith("local"):  # all of it on this machine: nobody else need reach it
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        settings["spark.ui.enabled"] = "false"
    running, conf = SparkSession.getActiveSession(), SparkConf().setAll([*settings.items()])
    with TemporaryFile() as said:
        try:
            if running:
                yield running.sparkContext
                return
            logging.getLogger("py4j").setLevel(logging.CRITICAL)  # what goes wrong is raised too
            with SparkContext(conf=conf, gateway=launch_gateway(conf, popen_kwargs={"stderr": said})) as context:
                with suppress(ValueError):  # not the main thread
                    signal.signal(signal.SIGINT, signal.default_int_handler)  # Spark's own fails in a call to Java
                yield context
        except (PySparkException, Py4JError) as error:
            said.seek(0)
            is_of_java = "JAVA_GATEWAY_EXITED" in str(error)
            raise ConfigError(f"Spark: {line_of(said.read().decode() if is_of_java else str(error))}") from None


def line_of(stacks: str) -> str:
    """Find the line of a stack trace that states the error: the last error of Python, else of Java."""
    lines = [line.strip() for line in stacks.splitlines() if line.strip()]
    python = [line for line in lines if re.match(r"[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt)\b: ?", line)]
    java = [line for line in lines if "Exception: " in line or "Error: " in line]
    found = (python[-1:] or java or lines or ["failed without a message"])[0].lstrip(": ")
    return re.sub(r"^stance\.exceptions\.\w+: ", "", found)[:300]
