"""The folder of a project: its pages, their store, and the files that are dropped into it."""

import json
import os
import re
import secrets
import sys
import unicodedata
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from filecmp import cmp
from pathlib import Path

from stance.exceptions import ConfigError, InputError, StanceError
from stance.limits import current_limits, shown_size
from stance.pseudonyms import KEY_FILE, settings_folder
from stance.reading.folders import expand
from stance.reading.input_names import SAVED_FOLDERS, SILENT_ENDINGS, ending_of
from stance.resources.databases import STORE_ENDINGS
from stance.resources.files import file_errors, open_file
from stance.resources.locks import HAS_LOCKS, open_locked, remove
from stance.resources.toml import read_text
from stance.store import Store
from stance.store.connections import connect, in_one_line

FILES, STORE, REPORT, PUBLIC, MODELS = "files", "stance.db", "report", "public", "models"

TAKEN_OUT, KEPT = "taken-out", "window.json"
"""Names of the folder of pages that were taken out, and of the file with the choice of pages and what was made."""

GIVEN = ("stance.toml", KEY_FILE, KEPT, MODELS)
"""Names in a folder that decide how it is read and shown; those of a folder from elsewhere are asked about."""


class ProjectFolder:
    """A project folder that is open in this window."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.is_known = True  # its settings, key, choice and models are the user's own
        self.files, self.store = folder / FILES, folder / STORE
        self.drafts = folder / ".uploads"

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
                for path in (project.folder, project.files):
                    path.mkdir(0o700, parents=True, exist_ok=True)
                if link := next(filter(Path.is_symlink, project.places()), None):
                    raise ConfigError(f"{link}: a link; expected a real file or folder")
                try:
                    if HAS_LOCKS:  # a window that is killed leaves no lock
                        open_locked(project.files, opened)
                except BlockingIOError:
                    problem = "open in another window; use that window, or end it with Ctrl-C in its terminal"
                    raise ConfigError(f"{folder}: {problem}") from None
                remove(project.drafts)  # of a window that was killed
                project.drafts.mkdir(mode=0o700)
            if project.store.exists() and project.store.stat().st_size:  # 0: the command that made it was killed
                Store.read(project.store).close()  # refuses a file of others that is no store
            project.is_known = project._find_out(use_given)
            yield project

    def _find_out(self, use_given: Callable[[str], bool]) -> bool:
        """Return whether this user made the folder, or wants its contents to be used; list it among the known ones."""
        known_folders, identities = settings_folder() / "folders.json", list[str]()
        identity = f"{self.folder.resolve()} {self.folder.stat().st_ino}"
        with suppress(StanceError, ValueError, RecursionError):
            entries = json.loads(read_text(known_folders, "a list"))
            identities = [entry for entry in entries if isinstance(entry, str)][-1_000:]
        if identity in identities:
            return True
        contents = {name: "" for name in GIVEN if os.path.lexists(self.folder / name)}
        with suppress(KeyError, StanceError):
            contents[GIVEN[0]] += f": {' / '.join(read_text(self.folder / GIVEN[0], '').splitlines())[:500]}"
        problem = f"{self.folder}: you did not make this folder with stance open; it contains"
        if contents and not use_given(f"{problem} {', '.join(map(''.join, contents.items()))}"):
            return False
        with suppress(StanceError), open_file(known_folders) as file:  # else it is asked again
            json.dump([*identities, identity], file)
        return True

    def places(self) -> list[Path]:
        """Return the files and folders that the window and its commands write."""
        return [self.drafts, *(self.folder / name for name in (FILES, STORE, REPORT, PUBLIC, MODELS))]

    def models(self) -> dict[int, str]:
        """Return the folders of the user's own models by their number, the newest last."""
        cards = (self.folder / MODELS).glob("own-*/card.json") if self.is_known else ()
        names = (card.parent.name for card in cards if not card.parent.is_symlink())
        names = (name for name in names if re.fullmatch(r"own-[1-9]\d{0,5}", name))
        return {number: f"{MODELS}/own-{number}" for number in sorted(int(name[4:]) for name in names)}

    async def receive(self, name: str, parts: AsyncIterator[bytes]) -> str:
        """Write a dropped file.

        :param name: Its path in the folder that was dropped, with ``/``.
        :return: Its path below the project; another name where a file with another content has its own.
        :raises ConfigError: If the name cannot be used, or nothing can be written.
        :raises InputError: If the file is too large.
        """
        path, draft = self._place(name), self.drafts / secrets.token_hex(8)
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
                return _link(draft, path).relative_to(self.folder).as_posix()
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
        path, ending = self.files, ending_of(Path(parts[-1]))
        is_alone = len(parts) == 1 or ending in STORE_ENDINGS  # others in folders belong to pages
        if is_alone and ending in SILENT_ENDINGS - {".md"}:
            raise ConfigError(f"{name[:80]!r}: skipped: {ending} is no page; expected a page, an export or a table")
        for part in parts[:-1]:
            path /= part
            with file_errors(name, f"no folder {path}", "another name"):
                path.mkdir(0o700, exist_ok=True)
            if path.is_symlink():
                raise ConfigError(f"{path}: a link; nothing is written through links")
        return path / parts[-1]

    def take_out(self, number: int) -> None:
        """Move a file, with the folder that a browser saved beside it, out of the pages; nothing is replaced."""
        path = self.file(number)
        if path is None:  # gone already
            return
        with file_errors(path, "cannot be taken out"):
            (folder := self.folder / TAKEN_OUT).mkdir(0o700, exist_ok=True)
            if folder.is_symlink():
                raise ConfigError(f"{folder}: a link; nothing is written through links")
            _link(path, folder / path.name)
            path.unlink()
            for beside in (path.with_name(f"{path.stem}{end}") for end in SAVED_FOLDERS):
                if beside.is_dir() and not (folder / beside.name).exists():
                    beside.rename(folder / beside.name)

    def expected(self) -> int:
        """Count the files that are read."""
        return sum(1 for _ in expand([self.files], skip=lambda _: None))

    def changed(self) -> int:
        """Return when the store was written last, in nanoseconds; 0: never."""
        paths = self.store, self.store.with_name(f"{STORE}-wal")
        return max(path.stat().st_mtime_ns if path.exists() else 0 for path in paths)

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


def _link(draft: Path, path: Path) -> Path:
    """Move a whole file to its name, or that of a file with the same content; nothing is replaced."""
    for number in range(1, 1_000):
        name = path if number == 1 else path.with_name(f"{path.stem} ({number}){path.suffix}")
        try:
            os.link(draft, name)
            return name
        except FileExistsError:
            if name.is_file() and not name.is_symlink() and cmp(draft, name, shallow=False):
                return name
    raise ConfigError(f"{path.name}: 1000 files of this name are here; rename the file, then drop it again")
