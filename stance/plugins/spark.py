"""Score inputs into a folder of stores on a Spark cluster: each task writes a store.

A task has inputs that follow each other, so the stores of a folder give, in the order of their names, the rows of a
local run. The driver holds the names of the inputs and the messages, but no page, comment or score.
"""

import logging
import os
import pickle
import re
import secrets
import shutil
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field, replace
from functools import lru_cache
from glob import has_magic, iglob
from itertools import accumulate, groupby
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

from stance.datamodels import Skip, Strings, frozen
from stance.exceptions import ConfigError, require
from stance.limits import MEGABYTE, limits_in_force, threads_limited
from stance.log import Log
from stance.options.reading import Inputs, ReadingOptions
from stance.options.run import Run
from stance.reading.folders import expand
from stance.reading.input_names import natural_text
from stance.resources.databases import part_name
from stance.resources.folders import replace_folder, temporary_folder
from stance.runs.models import choose_model
from stance.runs.run_settings import add_run, reading_settings, scoring_settings
from stance.runs.store_updates import Messages, StoreScoring, check_inputs, look_at, note_unread
from stance.scoring.documents import DocumentScorer
from stance.store.documents import Store
from stance.store.file import stores_in
from stance.store.rows import Settings
from stance.store.schema import long_query
from stance.workers.cores import Cores
from stance.workers.page_worker import PageWorker, ScoringJob


@frozen
class Work:
    """The options of all tasks, with the key of the pseudonyms: they are sent to workers and never stored.

    :param job: A ``ScoringJob``, pickled: a worker opens it once.
    :param start: Folder that relative names of inputs start from.
    :param folder: Where stores are written; all workers see it under this path.
    """

    job: bytes = field(repr=False)
    settings: tuple[Settings, Settings]  # of reading, of scoring
    reading: ReadingOptions
    keep: Strings
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
    fitting = (iglob(name, recursive=True) if has_magic(name) else (name,) for name in map(str, run.inputs.inputs))  # noqa: PTH207
    files = [*expand([path for paths in fitting for path in sorted(paths, key=natural_text)], log.skip)]
    of_files = choose_model(replace(run, inputs=Inputs(tuple(files))), log)  # by the files, not by their patterns
    run, job = replace(run, model=of_files.model), replace(job, model=of_files.model)
    settings = (reading_settings(run, keep), scoring_settings(run))
    with temporary_folder(folder.absolute().parent, f".{folder.name}.") as scratch, _session(master) as context:
        (scratch / "new").mkdir(0o700)
        work = Work(pickle.dumps(job), settings, run.reading, tuple(keep), Path.cwd(), scratch / "new")
        parts = list(enumerate(_cut(files, 4 * context.defaultParallelism)))  # so that cores end at about the same time
        documents = 0

        def score(part: tuple[int, list[Path]]) -> tuple[Messages, int]:  # holds the key, not written to any disk
            from pyspark import TaskContext

            # After a failure, pages are scored in processes of their own, so that one at which they die is left out.
            return score_part(work, *part, processes=2 if TaskContext.get().attemptNumber() else 1)

        for messages, count in context.parallelize(parts, len(parts) or 1).map(score).collect():
            documents += count
            for kind, entry in messages:
                log.add(kind, entry)
        log.counts["scored"] += documents
        if documents:
            replace_folder(scratch / "new", folder.absolute())
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
    total = sum(ends[-1:]) or 1
    # 64 MB of a task, on average, are a few minutes of work, which a lost worker loses.
    tasks = max(1, min(len(files), least), total // (64 * MEGABYTE))
    parts = groupby(zip(files, ends, strict=True), key=lambda sized: (sized[1] - 1) * tasks // total)
    return [[path for path, _ in part] for _, part in parts]


def score_part(work: Work, number: int, paths: list[Path], processes: int = 1) -> tuple[Messages, int]:
    """Score some inputs into a store of the folder.

    :return: The messages of its log, and the number of documents.
    """
    messages, unread = Messages(), list[Skip]()
    log = Log(notify=lambda kind, entry: messages.append((kind, entry)))
    with suppress(OSError):
        os.chdir(work.start)
    job, scorer = _load(work.job, str(work.settings[1]["files_sha256"]))  # targets are sent
    with limits_in_force(job.limits), threads_limited(1), TemporaryDirectory() as scratch:  # a worker on each core
        here = PageWorker(job.language, job.limits, scorer)
        files = look_at(paths, unread.append)
        log.skip(*unread)
        path = Path(scratch, part_name(number))
        with Store.write(path, settings={}) as store:
            run = add_run(store, *work.settings, scorer.model.name)
            scoring = StoreScoring(store, run, work.reading, work.keep, scorer, log)
            scoring.score(files, lambda *_: Cores(job.open, here, processes, enough=1))
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
    opened: ScoringJob = pickle.loads(job)  # noqa: S301 made by the driver of this run
    if scoring_settings(Run(model=opened.model))["files_sha256"] != files:
        problem = f"{socket.gethostname()}: its files differ from those of the machine where the run began"
        raise ConfigError(f"{problem}; expected the same models and version of stance on every machine")
    return opened, opened.load()


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
    with TemporaryFile() as errors:
        try:
            if running:
                yield running.sparkContext
                return
            logging.getLogger("py4j").setLevel(logging.CRITICAL)  # what goes wrong is raised too
            with SparkContext(conf=conf, gateway=launch_gateway(conf, popen_kwargs={"stderr": errors})) as context:
                with suppress(ValueError):  # not the main thread
                    signal.signal(signal.SIGINT, signal.default_int_handler)  # Spark's own fails in a call to Java
                yield context
        except (PySparkException, Py4JError) as error:
            errors.seek(0)
            is_of_java = "JAVA_GATEWAY_EXITED" in str(error)
            raise ConfigError(f"Spark: {line_of(errors.read().decode() if is_of_java else str(error))}") from None


def line_of(stacks: str) -> str:
    """Find the line of a stack trace that states the error: the last error of Python, else of Java."""
    lines = [line.strip() for line in stacks.splitlines() if line.strip()]
    python = [line for line in lines if re.match(r"[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt)\b: ?", line)]
    java = [line for line in lines if "Exception: " in line or "Error: " in line]
    last = (python[-1:] or java or lines or ["failed without a message"])[0].lstrip(": ")
    return re.sub(r"^stance\.exceptions\.\w+: ", "", last)[:300]
