"""Score on the machines of a Spark cluster, into a folder of Parquet files.

1. list the inputs                                                       driver
2. read, parse and score inputs: documents with their rows, messages     workers, ``mapInArrow``
3. drop repeated documents, sort by number, split into three tables      Spark

The driver holds the names of the inputs and the skipped parts, but no page, comment or score.
"""

import json
import logging
import os
import pickle
import re
import shutil
import signal
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from glob import has_magic, iglob
from itertools import chain, count
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from threading import current_thread, main_thread
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from stance.datamodels import Skip, counted
from stance.engines import Item, Outcome, PageWorker, ScoringJob, cut_chunks
from stance.exceptions import ConfigError, StanceError, require
from stance.limits import MEGABYTE, threads_limited
from stance.log import Log
from stance.pipeline import UnknownTargets, group_scores, log_undecided
from stance.reading import inputs as reading
from stance.reading import read_stream
from stance.reading.folders import expand
from stance.records import content_of, page_of
from stance.resources import MODELS, replace_folder, temporary_folder
from stance.run import PrivacyOptions, Run
from stance.store import is_store
from stance.store.documents import FORMAT, MANIFEST, TABLES, VERSION, rows_of, schema
from stance.store.rows import Settings, encodable
from stance.store.updating import reading_settings, rename, scoring_settings

TASK_BYTES = 64 * MEGABYTE
"""Bytes of inputs of a task on average: a few minutes of work, which a lost worker loses."""

TASKS_PER_CORE = 4
"""Tasks of a small run, so that cores end at about the same time."""

INPUT_NUMBERS = 2**32
"""Numbers of documents of each input; the place of an input decides where they begin, in whichever task it is."""

FILE_DOCUMENTS = 20_000
ROW_GROUP_BYTES = 8 * MEGABYTE
MOST_WARNINGS = 1_000
"""Warnings that are logged; further ones are counted, as a crawl may give one for each page."""

STAGED = ("number", "kind", "source", "reason", "content", "page", "undecided", *TABLES)
"""Columns of the rows that workers return: of documents, with their rows of the three tables, and of messages."""

REPEATS = """
    SELECT number, 'warning' AS kind, source, concat('the same document as ', first, '; counted once') AS reason FROM (
        SELECT number, source, first(source) OVER same AS first, first(number) OVER same AS least
        FROM {staged} WHERE kind = 'document' WINDOW same AS (PARTITION BY content ORDER BY number)
    ) WHERE number > least
"""

_PYTHON_ERROR = re.compile(r"[A-Za-z_][\w.]*(Error|Exception|Exit|Interrupt)\b: ?")
_CORES = re.compile(r"(local\[(?:\d+|\*))\]$")
NO_JAVA = "--engine spark: no Java was found; expected Java 17 or later in JAVA_HOME or on the PATH"

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Work:
    """The options of all tasks, with the key of the pseudonyms: they are sent to workers and never stored.

    :param job: A ``ScoringJob``, pickled: a worker opens it once.
    :param trails: Folder that all workers see, in which they note the page at which they are after a failure.
    """

    job: bytes = field(repr=False)
    settings: Settings
    trails: Path
    columns: Mapping[str, str] | None = None
    keep: tuple[str, ...] = ()


def score_on_spark(
    run: Run,
    folder: Path,
    *,
    log: Log,
    master: str | None = None,
    keep: Sequence[str] = (),
    force: bool = False,
    quiet: bool = False,
) -> int:
    """Score inputs into a folder of Parquet files, on Spark.

    :param run: Its inputs are files, folders and patterns with ``*`` that all workers see, or addresses such as
        ``s3://...``.
    :param folder: Its parent must be writable by the driver and all workers under the same path.
    :param master: Such as ``local[4]`` or ``yarn``; if not given, from Spark's own settings.
    :param force: Replace a folder that an earlier run wrote.
    :param quiet: Hide the output of Java at its start, and progress.
    :return: How many documents there are; nothing is written if there are none.
    :raises ConfigError: If there is no Java, a worker lacks a file, or the folder cannot be used.
    :raises MissingExtraError: If pyspark is not installed.
    """
    job = _job(run, log)
    _refuse(run, job)
    is_used = folder.exists() and not (folder.is_dir() and not any(folder.iterdir()))
    if is_used and not (force and reading.is_parquet_folder(folder)):
        raise ConfigError(f"{folder}: exists already; expected a new folder, or --force to replace what Spark wrote")
    require("pyspark", "pyarrow")
    home = os.environ.get("JAVA_HOME")
    if shutil.which(str(Path(home, "bin", "java")) if home else "java") is None:
        raise ConfigError(NO_JAVA)
    files = dict(_listed(run, log))
    settings = reading_settings(run, keep) | scoring_settings(run)
    folder = folder.absolute()
    with temporary_folder(folder.parent, f".{folder.name}.") as place, _one_line_errors():
        new = place / folder.name
        with _session(master, quiet) as session:
            work = Work(pickle.dumps(job), settings, place, run.reading.columns, tuple(keep))
            documents = _write_tables(session, _stage(session, files, work, (place / "staged").as_uri()), new, log)
        if documents:
            skipped = [{"source": encodable(each.source), "reason": encodable(each.reason)} for each in log.skipped]
            manifest = {"format": FORMAT, "version": VERSION, "settings": settings, "skipped": skipped}
            (new / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False, indent=1), encoding="utf-8")
            replace_folder(new, folder)
    return documents


def _job(run: Run, log: Log) -> ScoringJob:
    """Describe the work so that another machine can do it."""
    targets, model = run.targets.load(), run.model
    log.warn("targets", *targets.warnings)
    name = str(model.model)
    if Path(name).is_dir() and not (MODELS / name).is_dir():  # a folder of its own
        name = str(Path(name).absolute())
    described = replace(model, model=name, cues=model.cues.absolute() if model.cues else None)
    return ScoringJob(targets, described, run.privacy.naming(), articles=True, language=run.reading.language)


def _refuse(run: Run, job: ScoringJob) -> None:
    from stance.scoring.plugins import find_plugin

    plugin = find_plugin(job.model.model)
    if plugin and "url" in plugin[0].settings:
        raise ConfigError(f"--engine spark --model {job.model.model}: expected a model that each worker loads itself")
    for each in run.inputs.inputs:
        if each == reading.STANDARD_INPUT:
            raise ConfigError("--engine spark: standard input is read by one process; expected files or addresses")
        if is_store(Path(each)) or reading.is_parquet_folder(Path(each)):
            raise ConfigError(f"{each}: scored already; expected pages or tables of comments")


def _listed(run: Run, log: Log) -> Iterator[tuple[str, tuple[str, int]]]:
    """Find the files that the inputs name: path as given, place and bytes of each."""
    for each in map(str, run.inputs.inputs):
        if is_remote_name(each):
            yield from ((address, (address, size)) for address, size in find_remote(each, log.skip))
            continue
        is_pattern = has_magic(each) and not Path(each).exists()
        fitting = sorted(iglob(each, recursive=True), key=reading.natural_key) if is_pattern else []  # noqa: PTH207
        for path in expand(fitting or [each], log.skip):
            yield reading.shown(path), (str(path.absolute()), path.stat().st_size)


# Workers --------------------------------------------------------------------------------------------------------------


def score_input(path: str, place: str, first: int, work: Work, tries: int = 0) -> Iterator[list[Record]]:
    """Score an input.

    :param first: The number of its first document.
    :param tries: How often the task failed. Then pages are worked on one by one and noted before, so that the next
        attempt skips the page at which the worker died.
    """
    records: list[Record] = []
    numbers = count(first)

    def note(kind: str, entry: Skip) -> None:
        message = {"source": encodable(entry.source), "reason": encodable(entry.reason)}
        records.append({"number": next(numbers), "kind": kind, **message})

    try:
        with threads_limited(1):  # Spark runs a worker on each core
            worker = _open_job(work.job, json.dumps(work.settings))
            log, trail = Log(notify=note), work.trails / f"{first}.json" if tries else None
            unknown, holds_scores = UnknownTargets(worker.scorer), False
            for chunk in cut_chunks(_read(path, place, work, worker)):
                items = [*chunk.items.values()]
                outcomes = _work_alone(worker, items, trail) if trail else worker.work(items, is_timed=True)
                chunk.outcomes.update(zip(chunk.items, outcomes, strict=True))
                for item in chunk.merged():
                    if isinstance(item, Skip):
                        log.skip(item)
                    elif not item.has_texts:
                        holds_scores = True
                    else:
                        log.note(item)
                        unknown.add(item)
                        page = page_of(item.url, item.outlet, item.layout)
                        records.append(_record(item, next(numbers), path, worker.scorer) | {"page": encodable(page)})
                yield records
                records.clear()
            if holds_scores:
                log.skip(Skip(path, "scores without their texts; expected pages or tables of comments"))
            unknown.log(log, path)
    except StanceError as error:
        records.append({"number": first, "kind": "fault", "reason": str(error)})
    yield records


@lru_cache(maxsize=1)
def _open_job(job: bytes, settings: str) -> Any:
    """Load the model, once in each process.

    :raises ConfigError: If model, cues or lexicon differ from those of the driver.
    """
    given: ScoringJob = pickle.loads(job)  # noqa: S301 made by the driver of this run
    here = scoring_settings(Run(model=given.model, privacy=PrivacyOptions(names=True)))
    for name, digest in json.loads(settings).items():
        if name.endswith("_sha256") and name != "targets_sha256" and here.get(name) != digest:  # targets are sent
            seen = f"{socket.gethostname()}: other files than where the run began ({name})"
            raise ConfigError(f"{seen}; expected the same stance, models and cues on every machine")
    return given.open()


def _read(path: str, place: str, work: Work, worker: PageWorker) -> Iterator[Item | Skip]:
    skipped: list[Skip] = []
    options: dict[str, Any] = {"limits": worker.limits, "columns": work.columns, "keep": work.keep}
    is_remote = is_remote_name(place)
    try:
        with open_remote(place) if is_remote else Path(place).open("rb") as stream:
            items = read_stream(stream, path, skip=skipped.append, path=None if is_remote else Path(place), **options)
            for item in chain(group_scores(items), (None,)):
                yield from skipped
                skipped.clear()
                if item is not None:
                    yield item
    except OSError as error:
        yield Skip(path, error.strerror or str(error))


def _work_alone(worker: PageWorker, items: Sequence[Item], trail: Path) -> Iterator[Outcome]:
    for item in items:
        fatal = json.loads(trail.read_text(encoding="utf-8")) if trail.exists() else []
        if item.source in fatal:
            yield Skip(item.source, "a worker process died at it")
            continue
        trail.write_text(json.dumps([*fatal, item.source]), encoding="utf-8")
        yield from worker.work([item], is_timed=True)
        trail.write_text(json.dumps(fatal), encoding="utf-8")


def _record(document: Any, number: int, path: str, scorer: Any) -> Record:
    content, renamed = content_of(document), rename(document, scorer.naming)
    undecided = [encodable(score.undecided) for score in document.scores if score.undecided]
    known = {"number": number, "kind": "document", "source": encodable(document.source), "content": content}
    return known | {"undecided": undecided} | rows_of(renamed, number, path, content)


# Spark ----------------------------------------------------------------------------------------------------------------


def _stage(session: Any, files: Mapping[str, tuple[str, int]], work: Work, place: str) -> Any:
    """Score the inputs, and write the rows of workers to a place from which Spark reads them again."""
    import pyarrow
    from pyspark.sql.pandas.types import from_arrow_schema

    types = dict.fromkeys(STAGED, pyarrow.string()) | {"number": pyarrow.int64()}
    types |= {table: pyarrow.list_(pyarrow.struct(list(schema(table)))) for table in TABLES}
    types["undecided"] = pyarrow.list_(pyarrow.string())
    staged = pyarrow.schema(list(types.items()))

    def run(batches: Iterator[Any]) -> Iterator[Any]:  # holds the work, whose key a broadcast would write to a disk
        from pyarrow import RecordBatch
        from pyspark import TaskContext

        tries = TaskContext.get().attemptNumber()
        for each in (each for batch in batches for each in batch.to_pylist()):
            for records in score_input(**each, work=work, tries=tries):
                yield RecordBatch.from_pylist(records, staged)

    cores, size = session.sparkContext.defaultParallelism, sum(size for _, size in files.values())
    tasks = max(1, min(len(files), cores * TASKS_PER_CORE), size // TASK_BYTES)
    places = [(path, at, 1 + place * INPUT_NUMBERS) for place, (path, (at, _)) in enumerate(files.items())]
    inputs = session.createDataFrame(places, "path string, place string, first long").repartition(tasks)
    inputs.mapInArrow(run, from_arrow_schema(staged)).write.parquet(place)
    found = session.read.parquet(place)
    if fault := found.where("kind = 'fault'").first():
        raise ConfigError(fault.reason)
    return found


def _write_tables(session: Any, staged: Any, folder: Path, log: Log) -> int:
    """Write the documents, each once, as three tables; return how many there are."""
    from pyspark import StorageLevel

    repeats = session.sql(REPEATS, staged=staged).persist()
    documents = staged.where("kind = 'document'").join(repeats, "number", "left_anti")
    messages = staged.select(repeats.columns).where("kind <> 'document'").union(repeats)
    log.skip(*(Skip(row.source, row.reason) for row in messages.where("kind = 'skipped'").orderBy("number").collect()))
    warnings = messages.where("kind = 'warning'")
    for row in warnings.orderBy("number").limit(MOST_WARNINGS).collect():
        log.warn(row.source, row.reason)
    if (more := warnings.count() - MOST_WARNINGS) > 0:
        log.warn("inputs", f"{more:,} more warnings")
    if pages := documents.where("page IS NOT NULL").groupBy("page").count().where("count > 1").count():
        log.warn("inputs", f"{counted(pages, 'page')} saved several times; report, compare and import join the saves")
    if undecided := documents.selectExpr("explode(undecided) AS reason").groupBy("reason").count().collect():
        model = documents.where("size(scores) > 0").selectExpr("scores[0].model").first()[0]
        log_undecided(model, Counter({row["reason"]: row["count"] for row in undecided}), log)
    if found := documents.count():
        ordered = documents.repartitionByRange(1 + found // FILE_DOCUMENTS, "number").sortWithinPartitions("number")
        ordered.persist(StorageLevel.DISK_ONLY)
        for table in TABLES:
            writer = ordered.selectExpr(f"inline({table})").write.option("compression", "zstd")
            writer.option("parquet.block.size", ROW_GROUP_BYTES).parquet((folder / table).as_uri())
    return int(found)


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
        settings["spark.master"] = _CORES.sub(r"\1,4]", master)  # else a worker that dies ends the run
    if master and master.startswith("local"):  # all of it on this machine: nobody else need reach it
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
        settings["spark.ui.enabled"] = "false"
    conf = SparkConf().setAll([*settings.items()])
    root = logging.getLogger()
    root.addFilter(_is_other_record)
    if quiet:
        _start_quietly(conf)
    session = SparkSession.builder.config(conf=conf).getOrCreate()
    if current_thread() is main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)  # Spark's own fails in the midst of a call to Java
    try:
        yield session
    finally:
        session.stop()
        root.removeFilter(_is_other_record)


def _start_quietly(conf: Any) -> None:
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


def _is_other_record(record: logging.LogRecord) -> bool:
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


# Object stores --------------------------------------------------------------------------------------------------------

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.I)
_HADOOP_NAMES = re.compile(r"s3[an]:", re.I)  # Hadoop's names of s3:


def is_remote_name(name: str) -> bool:
    """Return whether a name is an address, which has a scheme, and no path."""
    return _ADDRESS.match(name) is not None


def find_remote(name: str, skip: Callable[[Skip], None]) -> Iterator[tuple[str, int]]:
    """Find the files of an address: itself, all in a folder, or all that match ``*``, ``?`` and ``[]``.

    :param skip: Called with inputs that are missing or cannot be read, and with web addresses.
    :return: The address of each file and its bytes, in natural order.
    :raises MissingExtraError: If pyarrow is not there.
    """
    if reading.is_web(name):
        skip(Skip(name, reading.WEB))
        return
    steps = PurePosixPath(name[name.index(":") + 1 :].lstrip("/")).parts
    fixed = next((place for place, step in enumerate(steps) if re.search("[*?[]", step)), len(steps))
    base = name.removesuffix("/").rsplit("/", len(steps) - fixed)[0]
    try:
        system, root = _connect(base)
        found = system.get_file_info([root])
        for step in steps[fixed:]:
            below = (each for parent in found for each in _children(system, parent))
            found = [each for each in below if fnmatchcase(each.base_name, step)]
        if fixed == len(steps):
            for folder in found:  # grows while it is walked
                found += _children(system, folder)
    except (OSError, ValueError, NotImplementedError) as error:  # Arrow's own errors are of these kinds
        reason = f"cannot be reached ({_one_line(error)}); expected an address that Arrow reads, as hdfs:// or s3://"
        skip(Skip(name, reason))
        return
    sizes = {each.path: each.size for each in found if each.is_file}
    if not sizes:
        skip(Skip(name, "no such file or folder; expected a page, a table or a folder"))
    for path in reading.in_order(sizes):
        address, ending = base + quote(path[len(root) :]), reading.ending_of(Path(path))
        if path == root or not ending or ending in reading.READ_ENDINGS:
            yield address, sizes[path]
        elif ending not in reading.SILENT_ENDINGS:
            skip(Skip(address, reading.not_read(ending)))


def open_remote(name: str) -> BinaryIO:
    """Open a file for reading as a stream, whatever its size.

    :raises OSError: If it cannot be opened.
    """
    try:
        system, path = _connect(name)
        return cast(BinaryIO, system.open_input_file(path))
    except (ValueError, NotImplementedError) as error:
        raise OSError(_one_line(error)) from None


def _connect(name: str) -> tuple[Any, str]:
    require("pyarrow")
    from pyarrow import fs

    system, path = fs.FileSystem.from_uri(_HADOOP_NAMES.sub("s3:", name, count=1))
    return system, path.rstrip("/") or path


def _children(system: Any, folder: Any) -> list[Any]:
    """Return the entries of a folder; none for a file."""
    from pyarrow import fs

    if folder.type is not fs.FileType.Directory:
        return []
    found = system.get_file_info(fs.FileSelector(folder.path))
    return [each for each in found if not each.base_name.startswith((".", "_"))]  # as Hadoop hides unfinished files


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:150]
