"""Atomic writes of folders, and of several files of one folder."""

import os
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, NamedTuple

from stance.exceptions import ConfigError
from stance.resources.files import OWN, file_errors
from stance.resources.locks import RANDOM_PATTERN, lock_path, sync, temporary_path


class OutputFolder(NamedTuple):
    """A folder that is open for writing, as :func:`open_folder` returns it."""

    path: Path
    unpublished: Path  # the hidden folder inside it that holds new files until they are published
    rights: int = OWN

    @contextmanager
    def open(self, name: str) -> Iterator[IO[str]]:
        """Open a new file of text. Half a surrogate pair, which JSON may hold, is written as its escape."""
        options: dict[str, Any] = {"encoding": "utf-8", "errors": "backslashreplace", "newline": ""}
        path = self.unpublished / name
        with file_errors(self.path):
            path.touch(self.rights)
            with path.open("w", **options) as file:
                yield file

    def publish(self, names: Sequence[str], *, stale: Iterable[str] = ()) -> None:
        """Move new files into place, one after the other, once all of them are on the disk.

        :param names: In this order; the file that readers open first is the last, so that it is new if all are.
        :param stale: Files to remove. They go first: after a kill, only the old files name them to the next run.
        """
        with file_errors(self.path):
            sync([self.unpublished / name for name in names])
            for path in (self.path / name for name in stale):
                if path.is_file():
                    path.unlink()
            for name in names:
                (self.unpublished / name).replace(self.path / name)
            sync([self.path])


@contextmanager
def open_folder(path: Path, rights: int = OWN) -> Iterator[OutputFolder]:
    """Open a folder for writing; files that are not published when the block ends are dropped.

    :param path: Made if it is not there, and removed again if nothing is published.
    :param rights: Permissions of new files.
    :raises ConfigError: If it cannot be made or written, or another command writes to it.
    """
    with ExitStack() as opened:
        with file_errors(path):
            for folder in (*reversed(path.parents), path):
                if not folder.exists():
                    opened.callback(_remove_empty, folder)
            path.mkdir(rights | (rights & 0o444) >> 2, parents=True, exist_ok=True)
            if not lock_path(path, opened):
                raise ConfigError(f"{path}: another stance command is writing here; try again when it has ended")
            unpublished = opened.enter_context(temporary_folder(path, ".draft-"))
        yield OutputFolder(path, unpublished, rights)


def _remove_empty(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()


def temporary_folder(parent: Path, prefix: str) -> AbstractContextManager[Path]:
    """Make an empty folder that is removed at the end, with those that killed runs left under this prefix.

    :param prefix: Begins with a dot.
    :raises OSError: If it cannot be made.
    """
    return temporary_path(parent, prefix, lambda name: name.mkdir(0o700), rf"{re.escape(prefix)}{RANDOM_PATTERN}")


def replace_folder(new: Path, old: Path) -> None:
    """Move a folder to a place; if a folder is there, both are exchanged, in one step where the system can do that.

    :param new: A whole folder, inside a temporary one.
    :raises OSError: If it cannot be done; the old folder is still there then.
    """
    sync([*new.rglob("*"), new])
    if not old.exists():
        new.rename(old)
    elif not _exchange(new, old):
        aside = new.with_name(f"{new.name}.old")
        old.rename(aside)
        try:
            new.rename(old)
        except BaseException:
            aside.rename(old)
            raise
    sync([old.parent])


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two folders in one step; return False if this system cannot."""
    import ctypes

    if sys.platform == "win32":
        return False
    library, one, other = ctypes.CDLL(None), os.fsencode(first), os.fsencode(second)
    if hasattr(library, "renameat2"):
        here = -100  # AT_FDCWD: paths are taken as they are everywhere else
        return bool(library.renameat2(here, one, here, other, 2) == 0)  # RENAME_EXCHANGE
    return hasattr(library, "renamex_np") and bool(library.renamex_np(one, other, 2) == 0)  # RENAME_SWAP
