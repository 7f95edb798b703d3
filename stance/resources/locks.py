"""Sync and lock files and folders, and remove the temporary ones that killed runs left.

Each temporary file or folder is locked by its process and the lock ends with the process, so the next run that writes
in the same folder removes those that are not locked.
"""

import errno
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

if sys.platform != "win32":
    import fcntl

HAS_LOCKS = sys.platform != "win32"
"""Whether locks end with their process; where not, leftovers stay, and two runs in one folder are not kept apart."""

ENDING = ".draft"
"""Ending of temporary files."""

RANDOM_PATTERN = r"[a-z0-9_]{8}"
FILE_PATTERN = rf"\..+\.{RANDOM_PATTERN}\{ENDING}"


def sync(paths: Sequence[Path]) -> None:
    """Write files and folders to the disk, so that they survive a power failure."""
    # Files that are synced one by one, in 4 ms each; more are by one call for the whole system, as a report of a
    # thousand pages would wait for seconds.
    if len(paths) > 20 and hasattr(os, "sync"):
        os.sync()
        return
    for path in paths if HAS_LOCKS else filter(Path.is_file, paths):  # Windows opens no folder
        descriptor = os.open(path, os.O_RDONLY if HAS_LOCKS else os.O_RDWR)
        try:
            os.fsync(descriptor)
        except OSError as error:
            # Errors of folders that cannot be synced
            codes = (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES)
            if not path.is_dir() or error.errno not in codes:
                raise
        finally:
            os.close(descriptor)


def lock(descriptor: int, *, exclusive: bool = True) -> None:
    """Lock an open file or folder until it is closed or the process ends.

    :raises BlockingIOError: If another process has locked it.
    :raises OSError: If the file system has no locks.
    """
    if HAS_LOCKS:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)


def open_locked(path: Path, opened: ExitStack) -> int:
    """Open a file or folder and lock it until the stack is closed; return its descriptor.

    :raises BlockingIOError: If another process has locked it.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)  # a pipe would wait for a writer
    opened.callback(os.close, descriptor)
    lock(descriptor)
    return descriptor


def lock_path(path: Path, opened: ExitStack, *, without_locks: bool = True) -> bool:
    """Lock a file or folder; return False if another process has locked or removed it.

    :param without_locks: Is returned if the file system has no locks.
    """
    if not HAS_LOCKS:
        return without_locks
    try:
        return os.path.samestat(os.fstat(open_locked(path, opened)), path.stat())
    except (FileNotFoundError, BlockingIOError):
        return False
    except OSError:
        return without_locks


@contextmanager
def temporary_path(parent: Path, prefix: str, make: Callable[[Path], None], pattern: str) -> Iterator[Path]:
    """Make a temporary file or folder, locked against other runs, and remove it at the end.

    :param pattern: Of the names of such files or folders, for removing those that killed runs left.
    """
    parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # a folder that cannot be listed
        for path in [Path(entry.path) for entry in os.scandir(parent) if re.fullmatch(pattern, entry.name)]:
            with ExitStack() as opened:
                if not path.is_symlink() and lock_path(path, opened, without_locks=False):
                    remove(path)
    with ExitStack() as opened:
        while True:
            path = parent / f"{prefix}{secrets.token_hex(4)}{ENDING if pattern == FILE_PATTERN else ''}"
            make(path)
            if lock_path(path, opened):  # else another run removed it as a leftover before it was locked
                break
        opened.callback(remove, path)
        yield path


def remove(path: Path) -> None:
    """Remove a file or folder as far as possible; a failure does not hide an earlier error."""
    shutil.rmtree(path, ignore_errors=True)  # leaves files and links
    with suppress(OSError):
        path.unlink()
