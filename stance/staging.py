"""Write a folder's files whole or not at all.

Files grow in a hidden folder inside the one they are for: so the last step only renames, on one file system, and
nothing outside the folder is touched, even where its parent may not be written. An interrupted run leaves what was
there.

No system renames several files in one step. So before the first of them is put in place, what stands there is set
aside, by links, and a record says what is new. An error puts all of it back at once; after a kill, the next run does.
"""

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from stance.drafts import HAS_LOCKS, folder_pattern, kept_folder, leftover, lock, remove, sync
from stance.exceptions import ConfigError

PREFIX = ".draft-"

LARGEST_RECORD = 100_000_000
"""Bytes of a record: more than a million pages. A folder may come from anyone."""

_RECORD = "replaced.json"
_FORMER = "former"
_PLAIN = re.compile(r"[^./\\\0][^/\\\0]{0,254}")


class Staging:
    """A folder's next files: they replace those of the same name at ``publish``, and are dropped otherwise.

    :param folder: Made if it is not there.
    :raises ConfigError: On entering or publishing, if the folder cannot be made or written, or another run writes it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._draft: Path | None = None
        self._opened = ExitStack()
        self._made: list[Path] = []  # folders that were not there before, deepest first

    def __enter__(self) -> Self:
        """Make the folder, where it is not there, and the draft; others that would write there are kept out."""
        with self.telling():
            self._made = [each for each in (self.folder, *self.folder.parents) if not each.exists()]
            self.folder.mkdir(parents=True, exist_ok=True)
            with ExitStack() as opening:
                if HAS_LOCKS:
                    self._keep_out_others(opening)
                    put_back_leftovers(self.folder)
                self._draft = opening.enter_context(kept_folder(self.folder, PREFIX))
                self._opened = opening.pop_all()
        return self

    def _keep_out_others(self, opening: ExitStack) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY)
        opening.callback(os.close, descriptor)
        try:
            lock(descriptor)
        except BlockingIOError:
            raise ConfigError(f"{self.folder}: in use by another run; expected it to end first") from None
        except OSError:  # a file system that locks no folders: runs side by side are the user's own care
            return

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drop what was not published, unless what stood there could not be put back: then the next run tries."""
        with self._opened:
            if self._draft is not None and not (self._draft / _RECORD).exists():
                remove(self._draft)
            self._draft = None
            for folder in self._made:  # only those that are still empty
                try:
                    folder.rmdir()
                except OSError:
                    break

    @property
    def draft(self) -> Path:
        """Where the files are until they are published."""
        if self._draft is None:
            raise ValueError("the folder is not open for writing; expected it inside 'with'")
        return self._draft

    @contextmanager
    def telling(self) -> Iterator[None]:
        """Turn what the operating system refuses into one line that names the folder."""
        try:
            yield
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ConfigError(f"{self.folder}: {reason}; expected a folder that can be written") from error

    def open(self, name: str) -> IO[str]:
        """Open a new file. Half a surrogate pair, which hostile JSON can hold, is escaped as JSON would."""
        with self.telling():
            return (self.draft / name).open("w", encoding="utf-8", errors="backslashreplace", newline="")

    def publish(self, names: Iterable[str], *, stale: Iterable[str] = ()) -> None:
        """Move files into place, in order, then remove stale ones.

        :param names: Files that were written; the last one should be the one that readers open first.
        :param stale: Files of the folder that belong to a former run.
        """
        names, stale = list(names), [name for name in stale if (self.folder / name).is_file()]
        with self.telling():
            sync([self.draft / name for name in names])
            self._set_aside(names, stale)
            try:
                for name in names:
                    (self.draft / name).replace(self.folder / name)
                for name in stale:
                    (self.folder / name).unlink()
                sync([self.folder])
                (self.draft / _RECORD).unlink()
            except BaseException:
                _put_back(self.draft)
                raise

    def _set_aside(self, names: Sequence[str], stale: Sequence[str]) -> None:
        """Keep what stands in the places of files, and write down which they are."""
        former = self.draft / _FORMER
        former.mkdir()
        kept = [name for name in dict.fromkeys([*names, *stale]) if os.path.lexists(self.folder / name)]
        for name in kept:
            try:
                os.link(self.folder / name, former / name)
            except OSError:  # a file system without links
                shutil.copy2(self.folder / name, former / name)
        written = self.draft / f"{_RECORD}.new"
        record = {"former": kept, "new": sorted({*names} - {*kept})}
        written.write_text(json.dumps(record), encoding="utf-8")
        sync([written, former])
        written.replace(self.draft / _RECORD)
        sync([self.draft])


def put_back_leftovers(folder: Path) -> None:
    """Put back what runs replaced that were killed before all of it was.

    :raises OSError: If that cannot be done.
    :raises ConfigError: If a record is none of ours.
    """
    for path in sorted(folder.iterdir()):
        if re.fullmatch(folder_pattern(PREFIX), path.name) and (path / _RECORD).is_file():
            with suppress(BlockingIOError), leftover(path):
                _put_back(path)


def _put_back(draft: Path) -> None:
    """Put what was set aside back in its place; may be broken off and done again."""
    record, folder = draft / _RECORD, draft.parent
    if not record.exists():
        return
    former, new = _read_record(record)
    for name in new:
        (folder / name).unlink(missing_ok=True)
    for name in former:
        if (draft / _FORMER / name).is_file():
            (draft / _FORMER / name).replace(folder / name)
    sync([folder])
    record.unlink()


def _read_record(path: Path) -> tuple[list[str], list[str]]:
    """Read which files were replaced and which are new; a folder may come from anyone, so only plain names are taken.

    :raises ConfigError: If it is not as we write it.
    """
    try:
        with path.open("rb") as file:
            match json.loads(file.read(LARGEST_RECORD)):
                case {"former": list(former), "new": list(new)} if all(map(_is_plain, [*former, *new])):
                    return former, new
    except (ValueError, RecursionError):
        pass
    raise ConfigError(
        f"{path}: not what a run that was broken off leaves; expected it removed, with the folder it is in"
    )


def _is_plain(name: object) -> bool:
    return isinstance(name, str) and _PLAIN.fullmatch(name) is not None
