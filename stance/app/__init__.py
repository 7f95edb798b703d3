"""The window of ``stance open``: a folder with pages, their store and its report, worked in the browser.

The window starts the commands that it shows, and serves what they write: it computes no figure of its own.
"""

import json
import os
import re
import secrets
import sqlite3
import unicodedata
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from filecmp import cmp
from pathlib import Path

from stance.exceptions import ConfigError, InputError
from stance.limits import current_limits, shown_size
from stance.reading.folders import expand
from stance.resources import HAS_LOCKS, file_errors, open_file, open_locked, remove
from stance.store import Store
from stance.store.file import connect, in_one_line

FILES, STORE, REPORT, MODELS, PUBLIC = "files", "stance.db", "report", "models", "public"
CHOICE = "window.json"
"""Name of the file that holds the model that the user chose."""

DEFAULT_MODEL = "default"
SHOWN_FILES = 200
"""Number of files that are listed at first."""


@dataclass(frozen=True, slots=True)
class Status:
    """How far reading and labelling have come."""

    run: int | None = None
    runs: int = 0
    read: int = 0  # files
    comments: int = 0
    documents: int = 0
    outlets: tuple[str, ...] = ()  # with comments, those with most first
    languages: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    files: tuple[sqlite3.Row, ...] = ()  # with the columns of ``_STATES``, those with problems first
    drawn: int = 0  # comments in samples
    labels: int = 0  # audit labels
    lessons: int = 0  # labels to train on


class ProjectFolder:
    """A project folder that is open in this window."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files, self.store = folder / FILES, folder / STORE
        self._drafts = folder / ".uploads"

    # The folder ------------------------------------------------------------------------------------------------------

    @classmethod
    @contextmanager
    def open(cls, folder: Path) -> Iterator["ProjectFolder"]:
        """Make or open a project folder, and keep other windows out of it.

        :raises ConfigError: If it cannot be used, or is open in another window.
        """
        project = cls(folder.absolute())
        with ExitStack() as opened:
            with file_errors(folder):
                project.files.mkdir(parents=True, exist_ok=True)
                if link := next((each for each in project.places() if each.is_symlink()), None):
                    raise ConfigError(f"{link}: a link; expected a file or folder of its own")
                try:
                    if HAS_LOCKS:  # a window that is killed leaves no lock
                        open_locked(project.files, opened)
                except BlockingIOError:
                    seen = "open in another window; use that one, or end it with Ctrl-C where it was started"
                    raise ConfigError(f"{folder}: {seen}") from None
                remove(project._drafts)  # of a window that was killed
                project._drafts.mkdir(mode=0o700)
            if project.store.exists() and project.store.stat().st_size:  # 0: the command that made it was killed
                Store.read(project.store).close()  # refuses a file of others that is no store
            yield project

    def places(self) -> list[Path]:
        """Return the files and folders that the window and its commands write."""
        return [self._drafts, *(self.folder / name for name in (FILES, STORE, REPORT, MODELS, PUBLIC, CHOICE))]

    @property
    def model(self) -> str:
        """The model that scores: ``default``, or the folder of the user's own."""
        try:
            with (self.folder / CHOICE).open(encoding="utf-8") as file:
                found = json.loads(file.read(1000)).get("model")
        except (OSError, ValueError, AttributeError):
            return DEFAULT_MODEL
        return found if found in self.models() else DEFAULT_MODEL

    def choose_model(self, name: str) -> None:
        """Note the model that scores from now on.

        :raises ConfigError: If it is none of those that can be chosen.
        """
        if name not in (known := (DEFAULT_MODEL, *self.models())):
            raise ConfigError(f"model {name[:40]!r}; expected one of {', '.join(known)}")
        with open_file(self.folder / CHOICE) as file:
            json.dump({"model": name}, file)

    def models(self) -> list[str]:
        """Return the folders of the user's own models, oldest first."""
        names = (each.name for each in (self.folder / MODELS).glob("own-*") if each.is_dir() and not each.is_symlink())
        return [f"{MODELS}/{name}" for name in sorted(names, key=lambda name: (len(name), name))]

    # Dropped files ---------------------------------------------------------------------------------------------------

    async def receive(self, name: str, parts: AsyncIterator[bytes]) -> str:
        """Write a dropped file.

        :param name: Its path in the folder that was dropped, with ``/``.
        :return: Its path below the project; another name where a file with another content has its own.
        :raises ConfigError: If the name cannot be used, or nothing can be written.
        :raises InputError: If the file is too large.
        """
        place, draft = self._place(name), self._drafts / secrets.token_hex(8)
        most, size = current_limits().unpacked_bytes, 0
        try:
            with file_errors(name, "cannot be kept"):
                with draft.open("xb") as file:
                    async for part in parts:
                        size += len(part)
                        if size > most:
                            reason = f"larger than {shown_size(most)} (limit unpacked_bytes)"
                            raise InputError(f"{name}: {reason}; copy it to {self.files} in place of dropping it")
                        file.write(part)
                return _link(draft, place).relative_to(self.folder).as_posix()
        finally:
            draft.unlink(missing_ok=True)

    def _place(self, name: str) -> Path:
        """Check a name part by part, and make its folder.

        :raises ConfigError: If a part of it cannot be used, or its folder is a link.
        """
        parts = unicodedata.normalize("NFC", name).split("/")
        if len(parts) > 12 or not all(map(_is_usable, parts)):
            raise ConfigError(f"{name[:80]!r}: not a name that can be used; rename the file, then drop it again")
        place = self.files
        for part in parts[:-1]:
            place /= part
            with file_errors(name, f"no folder {place}", "another name"):
                place.mkdir(exist_ok=True)
            if place.is_symlink():
                raise ConfigError(f"{place}: a link; nothing is written through links")
        return place / parts[-1]

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
            connection.execute("PRAGMA query_only = ON")
            if not connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
                return Status()  # a command is making it
            connection.row_factory = sqlite3.Row
            return self._status(connection, shown)

    def _status(self, connection: sqlite3.Connection, shown: int) -> Status:
        labels = dict(map(tuple, connection.execute("SELECT role, count(*) FROM labels GROUP BY role")))
        drawn = connection.execute("SELECT count(*) FROM items").fetchone()[0]
        counts = {"drawn": drawn, "labels": labels.get("audit", 0), "lessons": labels.get("train", 0)}
        runs = connection.execute("SELECT run, settings FROM runs ORDER BY run")
        settings_of = {run: json.loads(settings) for run, settings in runs}
        if not settings_of:
            return Status(**counts)
        own = [run for run, settings in settings_of.items() if settings.get("model", DEFAULT_MODEL) == self.model]
        run = (own or [*settings_of])[-1]
        read, documents, comments = connection.execute(_COUNTS, {"run": run}).fetchone()
        files = tuple(connection.execute(_STATES, {"run": run, "most": shown}))
        outlets, languages = (
            tuple(value for (value,) in connection.execute(query, {"run": run})) for query in (_OUTLETS, _LANGUAGES)
        )
        targets = tuple(settings_of[run].get("targets", ()))
        return Status(run, len(settings_of), read, comments, documents, outlets, languages, targets, files, **counts)

    def file(self, number: int) -> Path | None:
        """Return a file by its number in the store; None if it is none of the dropped ones, as others may write it."""
        with in_one_line(self.store), closing(connect(self.store, "mode=rw")) as connection:
            row = connection.execute("SELECT path FROM inputs WHERE input = ?", (number,)).fetchone()
        path = row and (self.folder / row[0]).resolve()
        return path if path and path.is_file() and path.is_relative_to(self.files.resolve()) else None


def _is_usable(part: str) -> bool:
    """Return whether a part of a path names a file on every system; some names are devices on Windows."""
    is_plain = part == part.strip() and part.isprintable() and not part.endswith(".")
    is_long = len(part.encode("utf-8", "replace")) > 200
    is_device = re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", part, re.I)
    return bool(part) and is_plain and not is_long and not is_device and not re.search(r'[\\:*?"<>|]', part)


def _link(draft: Path, place: Path) -> Path:
    """Give a whole file its name, or that of a file with the same content; nothing is replaced."""
    for number in range(1, 1_000):
        name = place if number == 1 else place.with_name(f"{place.stem} ({number}){place.suffix}")
        try:
            os.link(draft, name)
            return name
        except FileExistsError:
            if name.is_file() and not name.is_symlink() and cmp(draft, name, shallow=False):
                return name
    raise ConfigError(f"{place.name}: 1000 files of this name are here; rename the file, then drop it again")


_OF_RUN = "documents WHERE document IN (SELECT document FROM occurrences JOIN inputs USING (input) WHERE run = :run)"
_OF_FILE = "FROM {} JOIN occurrences USING (document) WHERE occurrences.input = i.input"
_COUNTS = f"""
SELECT (SELECT count(*) FROM inputs WHERE run = :run AND is_finished), (SELECT count(*) FROM {_OF_RUN}),
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
  (SELECT reason FROM skips WHERE skips.input = i.input) AS reason
FROM inputs AS i WHERE run = :run ORDER BY reason IS NULL, certainty IS NULL, certainty, path LIMIT :most
"""  # noqa: S608
