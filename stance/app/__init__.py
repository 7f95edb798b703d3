"""The window of ``stance open``: a folder with pages, their store and its report, worked in the browser.

The window starts the commands that it shows, and serves what they write: it computes no figure of its own. Commands run
in processes of their own, one after the other in each of three lanes: what writes to the store is in one lane, what
draws and writes files in another, and what trains in the third. The report is drawn once all files are read. A command
ends with the window: it reads its standard input, which closes then.
"""

import asyncio
import hashlib
import json
import os
import re
import secrets
import shlex
import sqlite3
import sys
import unicodedata
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from filecmp import cmp
from pathlib import Path

from stance.datamodels import Unit
from stance.exceptions import ConfigError, InputError, StanceError
from stance.labels.state import count_states
from stance.limits import changes_of, current_limits, shown_size
from stance.page_layouts import UNSAVED
from stance.pseudonyms import KEY_FILE, settings_folder
from stance.reading.folders import expand
from stance.reading.input_names import SAVED_FOLDERS, SILENT_ENDINGS, ending_of
from stance.resources import HAS_LOCKS, STORE_ENDINGS, file_errors, open_file, open_locked, read_text, remove
from stance.store import Store
from stance.store.file import connect, in_one_line, upgrade

FILES, STORE, REPORT, PUBLIC, MODELS = "files", "stance.db", "report", "public", "models"
TAKEN_OUT, KEPT = "taken-out", "window.json"
"""Names of the folder of pages that were taken out, and of the file with the choice of pages and what was made."""

GIVEN = ("stance.toml", KEY_FILE, KEPT, MODELS)
"""Names in a folder that decide how it is read and shown; those of a folder from elsewhere are asked about."""

SECONDS_TO_END = 10
"""Maximum seconds that a command may take to end by itself."""

MAX_LINE = 500
"""Maximum characters that are kept of a line that a command prints."""

COMMAND = "from stance.cli import run_for_window; run_for_window{!r}"
"""Words: the program of a command in a process of its own, with the arguments of :func:`stance.cli.run_for_window`."""

SEARCHED = ("PYTHONPATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
"""Environment variables with places that code is loaded from."""

SHOWN_FILES = 200
"""Number of files that are listed at first."""


@dataclass(frozen=True, slots=True)
class Status:
    """How far reading and labelling have come."""

    drawn: int = 0  # comments in audit samples
    with_label: int = 0  # those of them that have one
    waiting: int = 0  # those of them that wait for a label
    to_teach: int = 0  # comments in training samples that wait for a label
    sentences: int = 0  # of articles, that wait for a label
    labels: int = 0  # audit labels
    lessons: int = 0  # labels to train on
    read: int = 0  # files of the latest run
    documents: int = 0
    comments: int = 0
    outlets: tuple[str, ...] = ()  # with comments, those with most first
    languages: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    model: str = ""  # as the run names it
    version: str = ""  # digest of all that reports show but labels
    labelled: str = ""  # digest of what annotators did
    files: tuple[sqlite3.Row, ...] = ()  # with the columns of ``_STATES``, those with problems first


class ProjectFolder:
    """A project folder that is open in this window."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_known = True  # its settings, key, choice and models are the user's own
        self.files, self.store = folder / FILES, folder / STORE
        self.drafts = folder / ".uploads"

    # The folder ------------------------------------------------------------------------------------------------------

    @classmethod
    @contextmanager
    def open(cls, folder: Path, use_given: Callable[[str], bool] = lambda _: False) -> Iterator["ProjectFolder"]:
        """Make or open a project folder, and keep other windows out of it.

        :param use_given: Asks whether the settings, key and models of a folder from elsewhere are used.
        :raises ConfigError: If it cannot be used, or is open in another window.
        """
        project = cls(folder.absolute())
        with ExitStack() as opened:
            with file_errors(folder, expected="a writable folder with free space, or stance report for a page"):
                for place in (project.folder, project.files):
                    place.mkdir(0o700, parents=True, exist_ok=True)
                if link := next((each for each in project.places() if each.is_symlink()), None):
                    raise ConfigError(f"{link}: a link; expected a real file or folder")
                try:
                    if HAS_LOCKS:  # a window that is killed leaves no lock
                        open_locked(project.files, opened)
                except BlockingIOError:
                    seen = "open in another window; use that window, or end it with Ctrl-C in its terminal"
                    raise ConfigError(f"{folder}: {seen}") from None
                remove(project.drafts)  # of a window that was killed
                project.drafts.mkdir(mode=0o700)
            if project.store.exists() and project.store.stat().st_size:  # 0: the command that made it was killed
                Store.read(project.store).close()  # refuses a file of others that is no store
            project.is_known = project._find_out(use_given)
            yield project

    def _find_out(self, use_given: Callable[[str], bool]) -> bool:
        """Return whether this user made the folder, or wants its contents to be used; list it among the known ones."""
        place, known = settings_folder() / "folders.json", list[str]()
        own = f"{self.folder.resolve()} {self.folder.stat().st_ino}"
        with suppress(StanceError, ValueError, RecursionError):
            known = [each for each in json.loads(read_text(place, "a list")) if isinstance(each, str)][-1_000:]
        if own in known:
            return True
        given = {name: "" for name in GIVEN if os.path.lexists(self.folder / name)}
        with suppress(KeyError, StanceError):
            given[GIVEN[0]] += f": {' / '.join(read_text(self.folder / GIVEN[0], '').splitlines())[:500]}"
        seen = f"{self.folder}: you did not make this folder with stance open; it contains"
        if given and not use_given(f"{seen} {', '.join(map(''.join, given.items()))}"):
            return False
        with suppress(StanceError), open_file(place) as file:  # else it is asked again
            json.dump([*known, own], file)
        return True

    def places(self) -> list[Path]:
        """Return the files and folders that the window and its commands write."""
        return [self.drafts, *(self.folder / name for name in (FILES, STORE, REPORT, PUBLIC, MODELS))]

    def models(self) -> dict[int, str]:
        """Return the folders of the user's own models by their number, the newest last."""
        found = (place.parent for place in (self.folder / MODELS).glob("own-*/card.json") if self.is_known)
        names = (each.name for each in found if not each.is_symlink() and re.fullmatch(r"own-[1-9]\d{0,5}", each.name))
        return {number: f"{MODELS}/own-{number}" for number in sorted(int(name[4:]) for name in names)}

    # Dropped files ---------------------------------------------------------------------------------------------------

    async def receive(self, name: str, parts: AsyncIterator[bytes]) -> str:
        """Write a dropped file.

        :param name: Its path in the folder that was dropped, with ``/``.
        :return: Its path below the project; another name where a file with another content has its own.
        :raises ConfigError: If the name cannot be used, or nothing can be written.
        :raises InputError: If the file is too large.
        """
        place, draft = self._place(name), self.drafts / secrets.token_hex(8)
        most, size = current_limits().unpacked_bytes, 0
        try:
            with file_errors(name, "cannot be kept"):
                draft.touch(0o600, exist_ok=False)
                with draft.open("wb") as file:
                    async for part in parts:
                        size += len(part)
                        if size > most:
                            reason = f"larger than {shown_size(most)} (limit unpacked_bytes)"
                            raise InputError(f"{name}: {reason}; copy the file to {self.files} in place of dropping it")
                        file.write(part)
                return _link(draft, place).relative_to(self.folder).as_posix()
        finally:
            draft.unlink(missing_ok=True)

    def _place(self, name: str) -> Path:
        """Check a name part by part, and make its folder.

        :raises ConfigError: If a part of it cannot be used, or its folder is a link.
        """
        parts = unicodedata.normalize("NFC", name).split("/")
        if any(part.startswith(".") for part in parts):
            raise ConfigError(f"{name[:80]!r}: a hidden file or folder, never read; rename it, then drop it again")
        if len(parts) > 12 or not all(map(_is_usable, parts)):
            raise ConfigError(f"{name[:80]!r}: not a name that can be used; rename the file, then drop it again")
        place, ending = self.files, ending_of(Path(parts[-1]))
        is_alone = len(parts) == 1 or ending in STORE_ENDINGS  # others in folders belong to pages
        if is_alone and ending in SILENT_ENDINGS - {".md"}:
            raise ConfigError(f"{name[:80]!r}: skipped: {ending} is no page; expected a page, an export or a table")
        for part in parts[:-1]:
            place /= part
            with file_errors(name, f"no folder {place}", "another name"):
                place.mkdir(0o700, exist_ok=True)
            if place.is_symlink():
                raise ConfigError(f"{place}: a link; nothing is written through links")
        return place / parts[-1]

    def take_out(self, number: int) -> None:
        """Move a file, with the folder that a browser saved beside it, out of the pages; nothing is replaced."""
        path = self.file(number)
        if path is None:  # gone already
            return
        with file_errors(path, "cannot be taken out"):
            (place := self.folder / TAKEN_OUT).mkdir(0o700, exist_ok=True)
            if place.is_symlink():
                raise ConfigError(f"{place}: a link; nothing is written through links")
            _link(path, place / path.name)
            path.unlink()
            for beside in (path.with_name(f"{path.stem}{end}") for end in SAVED_FOLDERS):
                if beside.is_dir() and not (place / beside.name).exists():
                    beside.rename(place / beside.name)

    # What the store holds --------------------------------------------------------------------------------------------

    def expected(self) -> int:
        """Count the files that are read."""
        return sum(1 for _ in expand([self.files], skip=lambda _: None))

    def changed(self) -> int:
        """Return when the store was written last, in nanoseconds; 0: never."""
        places = self.store, self.store.with_name(f"{STORE}-wal")
        return max(place.stat().st_mtime_ns if place.exists() else 0 for place in places)

    def status(self, shown: int = SHOWN_FILES) -> Status:
        """Read how far reading and labelling have come; also while a command writes.

        :param shown: How many files are listed.
        """
        if not self.store.exists():
            return Status()
        with in_one_line(self.store), closing(connect(self.store, "mode=rw")) as connection:
            upgrade(self.store, connection)
            connection.execute("PRAGMA query_only = ON")
            if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                return Status()  # a command is making it
            connection.row_factory = sqlite3.Row
            return self._status(connection, shown)

    def _status(self, connection: sqlite3.Connection, shown: int) -> Status:
        last = connection.execute("SELECT run, settings FROM runs ORDER BY run DESC LIMIT 1").fetchone()
        run, settings = last or (None, "{}")
        counts: tuple[int, int, int, int, int] = connection.execute(_COUNTS, {"run": run}).fetchone()
        kinds = (Unit.COMMENT, "audit"), (Unit.COMMENT, "train"), (Unit.SENTENCE, None)
        audit, lessons, tones = (
            count_states(lambda query, *of: connection.execute(query, of), *kind) for kind in kinds
        )
        states = audit.drawn, audit.labelled, audit.waiting, lessons.waiting, tones.waiting
        files = tuple(connection.execute(_STATES, {"run": run, "most": shown}))
        outlets, languages = (
            tuple(value for (value,) in connection.execute(query, {"run": run})) for query in (_OUTLETS, _LANGUAGES)
        )
        given = json.loads(settings)
        scored = tuple(given.get("targets", ())), given.get("model", "")
        version, labelled = (
            hashlib.sha256(repr([*map(tuple, connection.execute(query))]).encode()).hexdigest() for query in _VERSIONS
        )
        return Status(*states, *counts, outlets, languages, *scored, version, labelled, files)

    def file(self, number: int) -> Path | None:
        """Return a file by its number in the store; None if it is none of the dropped ones, as others may write it."""
        with in_one_line(self.store), closing(connect(self.store, "mode=rw")) as connection:
            row = connection.execute("SELECT path FROM inputs WHERE input = ?", (number,)).fetchone()
        path = row and (self.folder / row[0]).resolve()
        return path if path and path.is_file() and path.is_relative_to(self.files.resolve()) else None


def _is_usable(part: str) -> bool:
    """Return whether a part of a path names a file here; some names are devices on Windows."""
    plain = re.sub("[\u00a0\u2009\u202f\u200c\u200d]", "_", part)  # French spaces, Persian and Hindi joiners
    is_plain = part == part.strip() and plain.isprintable() and not part.endswith(".")
    is_long = len(part.encode("utf-8", "replace")) > 200
    is_device = re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", part, re.I)
    reserved = r'[\\:*?"<>|]' if sys.platform == "win32" else r'[\\*?"<>|]|^.:(?! )'  # a colon stands in French titles
    return bool(part) and is_plain and not is_long and not is_device and not re.search(reserved, part)


def _link(draft: Path, place: Path) -> Path:
    """Move a whole file to its name, or that of a file with the same content; nothing is replaced."""
    for number in range(1, 1_000):
        name = place if number == 1 else place.with_name(f"{place.stem} ({number}){place.suffix}")
        try:
            os.link(draft, name)
            return name
        except FileExistsError:
            if name.is_file() and not name.is_symlink() and cmp(draft, name, shallow=False):
                return name
    raise ConfigError(f"{place.name}: 1000 files of this name are here; rename the file, then drop it again")


_VERSIONS = (
    "SELECT group_concat(checksum), unit FROM checksums WHERE unit NOT IN"
    " ('settings', 'samples', 'items', 'annotators', 'events') GROUP BY unit, run",
    "SELECT group_concat(checksum) FROM checksums WHERE unit = 'events'",
)
_OF_RUN = "documents WHERE document IN (SELECT document FROM occurrences JOIN inputs USING (input) WHERE run = :run)"
_OF_FILE = "FROM {} JOIN occurrences USING (document) WHERE occurrences.input = i.input"
_COUNTS = f"""
SELECT (SELECT count(*) FROM labels WHERE role = 'audit'), (SELECT count(*) FROM labels WHERE role = 'train'),
  (SELECT count(*) FROM inputs WHERE run = :run AND is_finished), (SELECT count(*) FROM {_OF_RUN}),
  (SELECT count(*) FROM comments WHERE document IN (SELECT document FROM {_OF_RUN}))
"""  # noqa: S608
_LANGUAGES = f"SELECT language FROM {_OF_RUN} GROUP BY 1 ORDER BY count(*) DESC LIMIT 200"  # noqa: S608
_OUTLETS = f"""
SELECT outlet FROM {_OF_RUN} AND EXISTS (SELECT 1 FROM comments WHERE comments.document = documents.document)
  AND outlet <> '' GROUP BY 1 ORDER BY count(*) DESC LIMIT 200
"""  # noqa: S608
_STATES = f"""
SELECT input AS number, path, is_finished AS is_read, (SELECT count(*) {_OF_FILE.format("comments")}) AS comments,
  (SELECT min(certainty) {_OF_FILE.format("documents")}) AS certainty,
  {", ".join(f"(SELECT {name} {_OF_FILE.format('documents')}) AS {name}" for name in ("layout", "title", "outlet"))},
  (SELECT json_extract(doubts, '$[0]') {_OF_FILE.format("documents")}) AS doubt,
  (SELECT value FROM json_each((SELECT doubts {_OF_FILE.format("documents")})) WHERE value LIKE '%{UNSAVED}%')
  AS unsaved,
  (SELECT reason FROM skips WHERE skips.input = i.input) AS reason
FROM inputs AS i WHERE run = :run
ORDER BY reason IS NULL, unsaved IS NULL, certainty IS NULL, certainty, path LIMIT :most
"""  # noqa: S608


# Commands -------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Job:
    """A command, its state and its messages."""

    number: int
    words: tuple[str, ...]
    lane: str
    state: str = "waiting"  # then running, and done, failed or cancelled
    said: deque[str] = field(default_factory=lambda: deque(maxlen=200))
    process: asyncio.subprocess.Process | None = None
    of: tuple[object, ...] = ()  # what its output is made of: command, version of the store, labels

    @property
    def line(self) -> str:
        """The command as it is typed in a terminal, in the folder of the project."""
        return shlex.join(self.words)

    @property
    def last(self) -> str:
        """The last line that it printed."""
        return self.said[-1] if self.said else ""

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in ("waiting", "running")

    def keep(self, line: bytes) -> None:
        """Keep a line that the command printed."""
        text = line[:MAX_LINE].decode("utf-8", "replace").rstrip()
        self.said.append("".join(c if c.isprintable() else "�" for c in text))


class CommandQueue:
    """The commands of a window.

    :param before: Called before a command begins.
    :param done: Called after one that succeeded.
    """

    def __init__(self, project: ProjectFolder, before: Callable[[Job], None], done: Callable[[Job], None]) -> None:
        self._project, self._before, self._done = project, before, done
        self._lanes: dict[str, asyncio.Task[None]] = {}
        self._number = 0
        self.jobs: deque[Job] = deque(maxlen=40)

    def start(self, *words: str, lane: str = "write") -> Job:
        """Ask for a command; one that waits already is not asked for twice."""
        for job in self.jobs:
            if job.words == words and job.state == "waiting":
                return job
        self._number += 1
        job = Job(self._number, words, lane)
        self.jobs.append(job)
        if lane not in self._lanes or self._lanes[lane].done():
            self._lanes[lane] = asyncio.get_running_loop().create_task(self._work(lane))
        return job

    def current(self, lane: str) -> Job | None:
        """Return the command that runs in a lane."""
        return next((job for job in self.jobs if job.lane == lane and job.state == "running"), None)

    def is_busy(self, lane: str) -> bool:
        """Return whether a command runs or waits in a lane."""
        return any(job.lane == lane and job.is_open for job in self.jobs)

    def cancel(self, number: int) -> None:
        """End a command; its files stay."""
        for job in self.jobs:
            if job.number == number and job.is_open:
                job.state = "cancelled"
                if job.process:
                    _close(job.process)

    async def _work(self, lane: str) -> None:
        while job := next((each for each in self.jobs if each.lane == lane and each.state == "waiting"), None):
            job.state = "running"
            try:
                self._before(job)
                code = await self._run(job)
                if job.state == "running" and code in (0, 3):  # 3: some inputs were skipped
                    self._done(job)
                    job.state = "done"
            except (OSError, StanceError) as error:
                job.said.append(str(error))
            if job.state == "running":
                job.state = "failed"

    async def _run(self, job: Job) -> int:
        """Run a command and keep its messages. Its process starts outside the folder, from which no code is loaded."""
        words = job.words[1:]
        if changes := changes_of(current_limits()):
            words = (*words, "--limit", changes)
        pipe, project = asyncio.subprocess.PIPE, self._project
        program = COMMAND.format((str(project.folder), project.is_known, SECONDS_TO_END))
        job.process = process = await asyncio.create_subprocess_exec(
            sys.executable, "-P", "-c", program, *words, cwd=sys.prefix, env=environment(project),
            stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        if job.state == "cancelled":
            _close(process)
        assert process.stdout  # noqa: S101 it is a pipe
        try:
            rest = b""
            while part := await process.stdout.read(65_536):
                *lines, rest = (rest + part).split(b"\n")
                for line in lines:
                    job.keep(line)
                rest = rest[:MAX_LINE]
            if rest:
                job.keep(rest)
            return await process.wait()
        except asyncio.CancelledError:  # the window ends
            _close(process)
            await process.communicate()
            raise


def environment(project: ProjectFolder) -> dict[str, str]:
    """Return the environment of a command: code is searched in absolute places outside the project alone."""
    found, folder = dict(os.environ), project.folder.resolve()
    for name in SEARCHED:
        absolute = filter(os.path.isabs, found.pop(name, "").split(os.pathsep))
        outside = [each for each in absolute if not Path(each).resolve().is_relative_to(folder)]
        if name == SEARCHED[0]:
            outside.insert(0, str(Path(__file__).parents[2]))
        if outside:
            found[name] = os.pathsep.join(outside)
    if config := found.get("STANCE_CONFIG"):
        found["STANCE_CONFIG"] = str(Path(config).absolute())
    if not project.is_known:
        found.setdefault("STANCE_KEY_FILE", str(settings_folder() / "window.key"))
        found.setdefault("STANCE_MODEL", "default")  # not one of the folder
    return found | {"NO_COLOR": "1"}


def _close(process: asyncio.subprocess.Process) -> None:
    """Let a process end by itself, or kill it some seconds later."""
    assert process.stdin  # noqa: S101 it is a pipe
    process.stdin.close()

    def kill() -> None:
        with suppress(ProcessLookupError):
            if process.returncode is None:
                process.kill()

    asyncio.get_running_loop().call_later(SECONDS_TO_END, kill)
