"""Score into a corpus folder on the machines of a Spark cluster.

1. list      inputs   -> tasks: neighbouring files up to a number of bytes           driver
2. attempt   task     -> a small corpus in a folder of its own                       workers, ``attempts.py``
3. compare   attempts -> documents that occur elsewhere too, by digest               workers, one shuffle of digests
4. leave out repeats  -> attempts without them                                       workers
5. adopt     attempts -> parts of the corpus, in the order of the inputs             driver, which moves files

Steps 2 to 5 are done for a wave of tasks at a time, and the manifest is written after each wave, so an interrupted run
continues with the next. The driver holds the manifest (a line for each input and part), but no page, comment or score.
"""

import json
import logging
import os
import pickle
import re
import shutil
import signal
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from glob import has_magic, iglob
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from tempfile import TemporaryFile
from threading import current_thread, main_thread
from typing import Any

from stance.corpus import CorpusWriter, is_corpus, open_corpus
from stance.corpus.manifest import Input, Part, read_manifest
from stance.corpus.parts import read_columns
from stance.corpus.scoring import tell_of_plan, tell_of_scores
from stance.corpus.updating import (
    CorpusUpdate,
    Given,
    forget_remarks,
    note_unread,
    plan_update,
    pointing_to_force,
    prepare,
    result,
)
from stance.corpus.writer import ATTEMPTS, Repeats
from stance.datamodels import Skip
from stance.engines import ScoringJob
from stance.engines.attempts import Attempt, Task, Work, make_attempt, open_digested, read_attempt
from stance.exceptions import ConfigError, MissingExtraError
from stance.limits import MEGABYTE
from stance.log import Log
from stance.pipeline import log_undecided
from stance.reading.inputs import STANDARD_INPUT, expand, find_remote, is_remote, natural_key, shown
from stance.records import load_pyarrow
from stance.resources import MODELS
from stance.run import Run

TASK_BYTES = 64 * MEGABYTE
"""Of inputs in a task at most, but one file is one task at least: a few minutes of work, which a lost worker loses."""

TASK_INPUTS = 2_000
"""Files of a task at most: their names travel together."""

TASKS_PER_CORE = 4
"""Of a run, where there is less than that to do: so cores end at about the same time."""

SMALLEST_TASK = 32_000
"""Bytes; a task costs the scheduler some 10 ms."""

WAVE_PER_CORE = 16
"""Tasks of a wave for each core: the last of them, for which the others wait, are few beside the rest."""

TASK_NUMBERS = 1_000_000_000
"""Numbers of documents that are set apart for each task, so that none waits for another to be counted."""

REPEATS = """
    SELECT * FROM (
        SELECT *, first(source) OVER same AS first, first(number) OVER same AS least, first(task) OVER same AS owner,
            first(scores) OVER same AS after_scores
        FROM {documents} WINDOW same AS (PARTITION BY content ORDER BY number)
    ) WHERE number > least AND task >= 0 AND NOT (scores AND after_scores) ORDER BY number
"""
"""All but the first of documents that say the same, and scores of them; scores beside scores stay."""

STORED = -1
"""Stands for a task where a document is in the corpus already."""

ROWS = 10_000
"""Rows that a worker holds before it passes them on."""

_PYTHON_ERROR = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt)\b: ?")

MASTERS = ("local", "yarn", "spark://", "k8s://")

NO_JAVA = "--engine spark: no Java was found; expected Java 17 or later in JAVA_HOME or on the PATH"


def update_corpus(
    run: Run,
    folder: Path,
    *,
    settings: Mapping[str, Any],
    log: Log,
    master: str | None = None,
    force: bool = False,
    keep: Sequence[str] = (),
    quiet: bool = False,
) -> CorpusUpdate:
    """Score new or changed inputs into a corpus folder, on Spark.

    :param run: Its inputs are files, folders and patterns with ``*`` that all workers see, or addresses such as
        ``s3://...``.
    :param folder: Must be writable by the driver and all workers under the same path.
    :param settings: All that affects scores, from ``corpus.scoring.corpus_settings``.
    :param master: Such as ``local[4]`` or ``yarn``; if not given, from Spark's own settings.
    :param force: Score all inputs again; needed if the settings changed or the folder is damaged.
    :param quiet: Hide the output of Java at its start, and progress.
    :raises ConfigError: If there is no Java, a worker lacks a file, or the folder cannot be used.
    :raises MissingExtraError: If pyspark is not installed.
    :raises InputError: If the folder is damaged.
    """
    inputs = run.inputs.inputs
    job = _job(run, log)
    _refuse(inputs, job, master)
    _check_installed()
    unread: list[Skip] = []
    listed = list(_listed(inputs, unread.append))
    place = folder.resolve() / ATTEMPTS
    with CorpusWriter(folder, mend=force) as writer:
        prepare(writer, settings, {each.path for each in listed}, force=force)
        try:
            with _one_line_errors(), _session(master, quiet) as session:
                given = list(_looked_at(session, listed, writer.inputs, unread.append))
                with pointing_to_force():
                    plan = plan_update(writer, given, force=force)
                forget_remarks(writer, plan)
                tell_of_plan(plan, writer, unread, log)
                note_unread(writer, unread)
                with pointing_to_force():
                    writer.drop(plan.dropped)
                work = _Run(
                    session, writer, Work(pickle.dumps(job), settings, place, run.reading.columns, tuple(keep)), log
                )
                for wave in _waves(plan.new, session.sparkContext.defaultParallelism):
                    work.wave(wave)
                work.end()
        finally:  # of the session too: until then, workers may be writing there
            shutil.rmtree(place, ignore_errors=True)
        writer.finish()
        return result(writer, plan)


def _job(run: Run, log: Log) -> ScoringJob:
    """Describe the work so that another machine can do it."""
    targets = run.targets.load()
    for message in targets.warnings:
        log.warn("targets", message)
    model, cues = run.model, run.model.cues
    name = str(model.model)
    if Path(name).is_dir() and not (MODELS / name).is_dir():  # a folder of its own
        name = str(Path(name).absolute())
    described = replace(model, model=name, cues=cues.absolute() if cues else None)
    return ScoringJob(targets, described, run.privacy.naming(), body=True, language=run.reading.language)


def _refuse(inputs: Sequence[str | Path], job: ScoringJob, master: str | None) -> None:
    if master is not None and not master.startswith(MASTERS):
        raise ConfigError(
            f"--master {master[:60]}; expected one such as local[4], yarn, spark://host:7077, k8s://host:443"
        )
    from stance.scoring.loading import find_plugin

    plugin = find_plugin(job.model.model)
    if plugin and "url" in plugin[0].settings:
        raise ConfigError(f"--engine spark --model {job.model.model}: expected a model that each worker loads itself")
    for each in inputs:
        if each == STANDARD_INPUT:
            raise ConfigError("--engine spark: standard input is read by one process; expected files or addresses")
        if is_corpus(Path(each)):
            raise ConfigError(f"{each}: a corpus folder, which is scored; expected pages, or stance corpus merge")


# Inputs ---------------------------------------------------------------------------------------------------------------


def _listed(inputs: Sequence[str | Path], skip: Callable[[Skip], None]) -> Iterator[Given]:
    """Find the files that the inputs name, each once, without reading them."""
    met: set[str] = set()
    for each in inputs:
        for found in _remote(str(each), skip) if is_remote(str(each)) else _local(each, skip):
            if found.path not in met:
                met.add(found.path)
                yield found


def _remote(name: str, skip: Callable[[Skip], None]) -> Iterator[Given]:
    for address, size in find_remote(name, skip):
        yield Given(address, address, size, "")


def _local(given: str | Path, skip: Callable[[Skip], None]) -> Iterator[Given]:
    name = str(given)
    is_pattern = has_magic(name) and not Path(name).exists()
    fitting = sorted(iglob(name, recursive=True), key=natural_key) if is_pattern else []  # noqa: PTH207 as given
    for path in expand(fitting or [given], skip):
        try:
            yield Given(shown(path), path.absolute(), path.stat().st_size, "")
        except OSError as error:
            skip(Skip(shown(path), error.strerror or str(error)))


def _looked_at(
    session: Any, listed: Sequence[Given], known: Mapping[str, Input], skip: Callable[[Skip], None]
) -> Iterator[Given]:
    """Let workers digest the inputs that the corpus has already; others are digested when they are read."""
    again = [each for each in listed if each.path in known]
    groups = session.sparkContext.broadcast(list(grouped(again, session.sparkContext.defaultParallelism)))

    def digest(number: int) -> Iterator[tuple[Any, ...]]:
        for each in groups.value[number]:
            found = digest_again(each)
            yield (
                (each.path, found.bytes, found.sha256, "")
                if isinstance(found, Given)
                else (each.path, 0, "", found.reason)
            )

    rows = _spread(session, len(groups.value), digest, "path string, bytes long, sha256 string, fault string").collect()
    digests = {row.path: row for row in rows}
    for each in listed:
        if (row := digests.get(each.path)) is None:
            yield each
        elif row.fault:
            skip(Skip(each.path, row.fault))
        else:
            yield replace(each, bytes=row.bytes, sha256=row.sha256)


def grouped(given: Sequence[Given], cores: int) -> Iterator[tuple[Given, ...]]:
    """Group inputs into tasks: at least one per core if possible, but not too small."""
    room = min(TASK_BYTES, max(SMALLEST_TASK, sum(each.bytes for each in given) // (cores * TASKS_PER_CORE)))
    group: list[Given] = []
    held = 0
    for each in given:
        group.append(each)
        held += each.bytes
        if held >= room or len(group) == TASK_INPUTS:
            yield tuple(group)
            group, held = [], 0
    if group:
        yield tuple(group)


# Waves ----------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Run:
    """Processes waves of tasks."""

    session: Any
    writer: CorpusWriter
    work: Work
    log: Log
    models: set[str] = field(default_factory=set)
    undecided: Counter[str] = field(default_factory=Counter)

    def wave(self, groups: Sequence[tuple[Given, ...]]) -> None:
        """Score some inputs, and add the results to the corpus."""
        start = self.writer.next_number
        tasks = [Task(given, start + place * TASK_NUMBERS) for place, given in enumerate(groups)]
        self.work.place.mkdir(exist_ok=True)
        attempts = self._attempt(tasks)
        for attempt in attempts:
            self._tell(attempt)
        self._leave_out(attempts, self._repeats(attempts))
        for attempt in attempts:
            folder = self.work.place / attempt.folder
            manifest = read_manifest(folder)
            for skip in (skip for each in manifest.inputs for skip in each.skipped):
                self.log.skip(skip)
            self.writer.adopt(manifest, folder)
        self.writer.commit()

    def end(self) -> None:
        """Log the number of undecided pairs in all waves."""
        told = Log()
        for model in sorted(self.models):  # one: workers with other files were refused
            log_undecided(model, self.undecided, told)
        for skip in told.skipped:
            self.log.skip(skip)
            self.writer.remark(skip)
        for warning in told.warnings:
            self.log.warn(warning.source, warning.reason)

    def _attempt(self, tasks: Sequence[Task]) -> list[Attempt]:
        work = self.work  # in the closure, which Spark keeps in memory; a broadcast would write the key to a disk
        shared = self.session.sparkContext.broadcast(tasks)

        def attempt(number: int) -> Iterator[tuple[Any, ...]]:
            from pyspark import TaskContext

            tries = TaskContext.get().attemptNumber()
            yield number, json.dumps(asdict(make_attempt(shared.value[number], work, tries)))

        rows = _spread(self.session, len(tasks), attempt, "task long, record string").collect()
        shared.unpersist()
        found = [read_attempt(row.record) for row in sorted(rows, key=lambda row: row.task)]
        if fault := next((each.fault for each in found if each.fault), None):
            raise ConfigError(fault)
        return found

    def _tell(self, attempt: Attempt) -> None:
        self.models.add(attempt.model)
        self.undecided.update(attempt.undecided)
        for warning in attempt.warnings:
            self.log.warn(warning.source, warning.reason)
        if attempt.untold:
            self.log.warn("workers", f"{attempt.untold:,} more warnings of pages; expected to be counted, not read")

    def _repeats(self, attempts: Sequence[Attempt]) -> Mapping[int, Repeats]:
        """Find documents that stand in an earlier attempt or in the corpus; only digests are moved for that.

        :return: Number of an attempt -> what it is to leave out.
        """
        folders = [self.work.place / attempt.folder for attempt in attempts]
        parts, corpus = self.writer.parts, self.writer.folder.resolve()
        if len(folders) + len(parts) < 2:
            return {}
        shared = self.session.sparkContext.broadcast(parts)

        def contents(number: int) -> Iterator[tuple[Any, ...]]:
            if number < len(folders):
                return ((*row, number) for row in contents_of(folders[number]))
            return ((*row, STORED) for row in contents_of(corpus, shared.value[number - len(folders)]))

        columns = "content string, number long, source string, path string, scores boolean, task int"
        documents = _spread(self.session, len(folders) + len(parts), contents, columns)
        rows = self.session.sql(REPEATS, documents=documents).collect()
        repeats: dict[int, dict[str, dict[str, str | None]]] = {}
        of_scores: defaultdict[str, dict[str, str]] = defaultdict(dict)  # input -> of them, as is told together
        for row in rows:
            again = row.owner == STORED and row.first == row.source  # a run broke off in the midst of this input
            repeats.setdefault(row.task, {}).setdefault(row.path, {})[row.content] = None if again else row.first
            if row.scores:
                of_scores[row.path][row.content] = row.first
            elif not again:
                self.log.warn(row.source, repeated(row.first))
        for found in of_scores.values():
            tell_of_scores(found, self.log)
        shared.unpersist()
        return repeats

    def _leave_out(self, attempts: Sequence[Attempt], repeats: Mapping[int, Repeats]) -> None:
        if not repeats:
            return
        shared = self.session.sparkContext.broadcast(
            [(self.work.place / attempts[number].folder, found) for number, found in sorted(repeats.items())]
        )

        def without(number: int) -> Iterator[tuple[Any, ...]]:
            folder, found = shared.value[number]
            leave_out(folder, found)
            yield (number,)

        _spread(self.session, len(repeats), without, "task long").collect()
        shared.unpersist()


def _waves(given: Sequence[Given], cores: int) -> Iterator[list[tuple[Given, ...]]]:
    groups = grouped(given, cores)
    while wave := list(islice(groups, cores * WAVE_PER_CORE)):
        yield wave


# Other work on the workers ----------------------------------------------------------------------------------------

Row = tuple[str, int, str, str, bool]
"""Of a document: digest of its content, its number, its source, its input, whether it is made from scores."""


def digest_again(given: Given) -> Given | Skip:
    """Digest a file that the corpus has already; a skip where it cannot be opened."""
    try:
        with open_digested(given) as (_, found):
            return found
    except OSError as error:
        return Skip(given.path, error.strerror or str(error))


def contents_of(folder: Path, part: Part | None = None) -> Iterator[Row]:
    """Read the identifiers of the documents of a corpus, or of one part of it."""
    columns = ("content", "id", "number", "source", "input")
    for each in [part] if part else open_corpus(folder).manifest.parts:
        for content, name, number, source, path in read_columns(each, folder, "documents", columns):
            yield content or name, number, source, path, content is None


def leave_out(folder: Path, repeats: Repeats) -> None:
    """Remove documents from an attempt that occur in an earlier one, or in the corpus."""
    with CorpusWriter(folder) as writer:
        writer.leave_out(repeats)
        writer.finish()


def repeated(first: str) -> str:
    """Return the reason why a repeated document is left out."""
    return f"the same document as {first}; counted once"


# Spark ----------------------------------------------------------------------------------------------------------------


def _spread(session: Any, count: int, work: Callable[[int], Iterator[tuple[Any, ...]]], schema: str) -> Any:
    """Run a function for each number below ``count`` on the workers, a task each.

    :param work: Returns rows for a number; it is pickled with all that it refers to.
    :return: A DataFrame of the rows, computed lazily.
    """
    columns = [field.split()[0] for field in schema.split(", ")]

    def run(batches: Iterator[Any]) -> Iterator[Any]:
        import pandas

        for batch in batches:
            for number in batch["id"]:
                rows = work(int(number))
                while some := list(islice(rows, ROWS)):
                    yield pandas.DataFrame(some, columns=columns)

    return session.range(0, count, 1, max(count, 1)).mapInPandas(run, schema)


def _check_installed() -> None:
    """Check that Spark's requirements are installed.

    :raises MissingExtraError: If pyspark or pyarrow is not there.
    :raises ConfigError: If there is no Java.
    """
    load_pyarrow()
    if find_spec("pyspark") is None:
        raise MissingExtraError("pyspark", "spark")
    home = os.environ.get("JAVA_HOME")
    if shutil.which(str(Path(home, "bin", "java")) if home else "java") is None:
        raise ConfigError(NO_JAVA)


@contextmanager
def _session(master: str | None, quiet: bool) -> Iterator[Any]:
    """Use the active Spark session, or start one and stop it at the end."""
    from pyspark import SparkConf
    from pyspark.sql import SparkSession

    name_python()
    if (running := SparkSession.getActiveSession()) is not None:
        yield running
        return
    # What goes wrong is raised, and said in a line; Spark would say it too, in a hundred.
    settings = {"spark.app.name": "stance", "spark.log.level": "OFF"}
    settings["spark.ui.showConsoleProgress"] = str(sys.stderr.isatty() and not quiet).lower()
    if master:
        settings["spark.master"] = master
    if master and master.startswith("local"):  # all of it on this machine: nobody else need reach it
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        settings["spark.ui.enabled"] = "false"
    conf = SparkConf().setAll([*settings.items()])
    root = logging.getLogger()
    root.addFilter(_is_no_call)
    if quiet:
        _start_unheard(conf)
    session = SparkSession.builder.config(conf=conf).getOrCreate()
    if current_thread() is main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)  # Spark's own fails in the midst of a call to Java
    try:
        yield session
    finally:
        session.stop()
        root.removeFilter(_is_no_call)


def _start_unheard(conf: Any) -> None:
    """Start Java with its output hidden, which begins before its log can be configured.

    :raises ConfigError: If it does not start, with the reason from its output.
    """
    from pyspark import SparkContext
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway

    with TemporaryFile() as aside:
        try:
            gateway = launch_gateway(conf, popen_kwargs={"stderr": aside})
        except PySparkException:
            aside.seek(0)
            raise ConfigError(f"Spark: {line_of(aside.read().decode(errors='replace'))}") from None
        SparkContext(conf=conf, gateway=gateway)


def _is_no_call(record: logging.LogRecord) -> bool:
    """Filter the log records of py4j for calls broken off by Ctrl-C or the end of Java, which raise too."""
    return not record.getMessage().endswith("while sending command.")


def name_python() -> None:
    """Make workers run this Python; by default Spark takes the first ``python3`` on the path."""
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)


@contextmanager
def _one_line_errors() -> Iterator[None]:
    """Replace Spark's errors, with Python and Java stack traces, by one line."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        raise ConfigError(f"Spark: {line_of(str(error))}") from None


def line_of(stacks: str) -> str:
    """Find the line of a stack trace that states the error: the last error of Python, else of Java."""
    lines = [line.strip() for line in stacks.splitlines() if line.strip()]
    python = [line for line in lines if _PYTHON_ERROR.match(line)]
    java = [line for line in lines if "Exception: " in line or "Error: " in line]
    return (python[-1:] or java[:1] or lines[:1] or ["failed without a word"])[0].lstrip(": ")[:300]
