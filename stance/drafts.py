"""What is written stands beside its place, as a draft, until it is whole and on the disk; then it takes the place.

So after an error, a kill or a loss of power, the old or the new is there. A run that was killed leaves its drafts. Each
is locked by the process that writes it, and the lock ends with the process: so the next run for the same place tells
what was left from what another run is writing, and removes it.
"""

import errno
import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from stance.exceptions import ConfigError

try:
    import fcntl
except ImportError:  # no such locks on this system: leftovers stay, and runs side by side are the user's own care
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

ENDING = ".draft"
"""Of drafts of files; those of folders begin so, which keeps them out of sight of whoever lists the folder."""

SYNCED_ONE_BY_ONE = 20
"""Files that are brought to the disk one by one; more are by one call for all that waits. A call takes milliseconds
(4 here), so a report of a thousand pages would wait for seconds."""

_RANDOM = r"[a-z0-9_]{8}"  # as ``tempfile`` names things
_DRAFT = rf"\..+\.{_RANDOM}\{ENDING}"
_NOT_ON_DISK = (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES)  # folders that cannot be synced here


# Files ----------------------------------------------------------------------------------------------------------------


@contextmanager
def draft(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a draft that becomes ``path`` when the block ends well, and vanishes when it does not.

    What takes bytes and keeps none, as /dev/null and pipes do, is written to as it is: a file in its place would end it
    for everybody on the machine.

    :param path: Where the file will stand; its folder is made. A link gives way: whoever laid it does not say what is
        written over.
    :param mode: ``w`` for text in UTF-8, ``wb`` for bytes.
    :raises ConfigError: If the file cannot be written there.
    """
    encoding, newline = (None, None) if "b" in mode else ("utf-8", "")
    if _is_stream(path):
        with _telling(path), path.open(mode, encoding=encoding, newline=newline) as stream:
            yield stream
        return
    with _telling(path), draft_path(path) as name:
        with name.open(mode, encoding=encoding, newline=newline) as file:
            yield file
        name.chmod(0o666 & ~_umask())  # a draft's 0600 is for secrets


@contextmanager
def draft_path(path: Path, *, is_new: bool = False) -> Iterator[Path]:
    """Give an empty file, readable by its owner alone, that takes the place when the block ends well.

    :param is_new: Take no place that is taken: of two runs at once, one comes first.
    :raises FileExistsError: If it is, though it was to be new.
    :raises OSError: If it cannot be written, or is no place for a file.
    """
    if _is_stream(path):
        raise OSError(errno.EINVAL, "a device or pipe, no file")
    path.parent.mkdir(parents=True, exist_ok=True)
    with _reserved(lambda: new_file(path), _DRAFT, path.parent) as name:
        try:
            yield name
            sync([name])
            if is_new:
                os.link(name, path)
            else:
                name.replace(path)
        finally:
            remove(name)
        sync([path.parent])


def new_file(path: Path, ending: str = ENDING) -> Path:
    """Make an empty file beside a place, under the name of a draft."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=ending)
    os.close(descriptor)
    return Path(name)


def _is_stream(path: Path) -> bool:
    """Tell whether a path is a device, a pipe or a socket, or the system's name of an open file, as /dev/stdout."""
    try:
        kind = path.stat().st_mode
    except (OSError, ValueError):
        return False
    is_name_of_open_file = path.is_symlink() and path.absolute().is_relative_to("/dev")
    return is_name_of_open_file or not (stat.S_ISREG(kind) or stat.S_ISDIR(kind))


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turn what the operating system refuses into one line that names the file."""
    try:
        yield
    except OSError as error:
        seen = error.strerror or type(error).__name__
        raise ConfigError(f"{path}: cannot be written ({seen}); expected a writable place with room") from None


def _umask() -> int:
    """Read the umask, which the system only tells by setting it."""
    current = os.umask(0o077)
    os.umask(current)
    return current


# Folders --------------------------------------------------------------------------------------------------------------


@contextmanager
def draft_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Give an empty folder that vanishes when the block ends, as do those that killed runs left under this prefix.

    :param prefix: Begins with a dot.
    :raises OSError: If it cannot be made.
    """
    parent.mkdir(parents=True, exist_ok=True)
    with kept_folder(parent, prefix) as folder:
        try:
            yield folder
        finally:
            remove(folder)


@contextmanager
def kept_folder(parent: Path, prefix: str) -> Iterator[Path]:
    """Give an empty folder as :func:`draft_folder` does; who asks for it decides when it goes."""
    with _reserved(lambda: tempfile.mkdtemp(dir=parent, prefix=prefix), folder_pattern(prefix), parent) as folder:
        yield folder


def folder_pattern(prefix: str) -> str:
    """Give the pattern of the names of draft folders."""
    return rf"{re.escape(prefix)}{_RANDOM}"


def replace_folder(new: Path, place: Path) -> None:
    """Put a folder in its place; both change places in one step where the system can do that.

    :param new: A whole folder, inside a draft folder that vanishes with what is in it.
    :raises OSError: If it cannot be done; then what stood there does.
    """
    inside = list(new.rglob("*"))
    sync([*(path for path in inside if path.is_file()), *(path for path in inside if path.is_dir()), new])
    if not place.exists():
        new.rename(place)
    elif not _swap(new, place):
        aside = new.with_name(f"{new.name}.old")
        place.rename(aside)
        try:
            new.rename(place)
        except BaseException:
            aside.rename(place)
            raise
    sync([place.parent])


def _swap(first: Path, second: Path) -> bool:
    """Let two folders change places in one step; False where this system cannot."""
    import ctypes

    if sys.platform == "win32":
        return False
    library = ctypes.CDLL(None)
    here = -100  # AT_FDCWD: paths are taken as they are everywhere else
    one, other = os.fsencode(first), os.fsencode(second)
    if hasattr(library, "renameat2"):
        done = library.renameat2(here, one, here, other, 2)  # RENAME_EXCHANGE
    elif hasattr(library, "renamex_np"):
        done = library.renamex_np(one, other, 2)  # RENAME_SWAP
    else:
        return False
    return bool(done == 0)


# What both need -------------------------------------------------------------------------------------------------------


def sync(paths: Iterable[Path]) -> None:
    """Bring files and folders to the disk, so that a loss of power after this loses none of them."""
    paths = list(paths)
    if len(paths) > SYNCED_ONE_BY_ONE and hasattr(os, "sync"):
        os.sync()
        return
    for path in paths:
        try:
            descriptor = os.open(path, os.O_RDONLY if HAS_LOCKS else os.O_RDWR)
        except PermissionError:  # a folder, on a system that opens none
            continue
        try:
            os.fsync(descriptor)
        except OSError as error:
            if not path.is_dir() or error.errno not in _NOT_ON_DISK:
                raise
        finally:
            os.close(descriptor)


def lock(descriptor: int, *, exclusive: bool = True) -> None:
    """Lock an open file or folder, until it is closed or the process ends, however that happens.

    :raises BlockingIOError: If another process has locked it.
    :raises OSError: If the file system has no locks.
    """
    if HAS_LOCKS:
        fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)


@contextmanager
def _reserved(make: Callable[[], str | Path], pattern: str, parent: Path) -> Iterator[Path]:
    """Make a draft that no other run takes for a leftover, after those that are ones were removed."""
    sweep(parent, pattern)
    with ExitStack() as held:
        while True:
            path = Path(make())
            if _hold(path, held):
                break  # else another run took it for a leftover before it was locked
        yield path


def _hold(path: Path, held: ExitStack) -> bool:
    if not HAS_LOCKS:
        return True
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    held.callback(os.close, descriptor)
    try:
        lock(descriptor)
    except BlockingIOError:  # by a run that has looked at it first, and is about to remove it
        return False
    except OSError:  # no locks on this file system
        pass
    return path.exists() and os.path.samestat(os.fstat(descriptor), path.stat())


def sweep(folder: Path, pattern: str) -> None:
    """Remove what killed runs left in a folder under names of a pattern."""
    if not HAS_LOCKS:
        return
    with suppress(OSError):  # a folder that may not be listed; what is wrong with it, is said by who writes there
        for path in [Path(each.path) for each in os.scandir(folder) if re.fullmatch(pattern, each.name)]:
            with suppress(OSError), leftover(path):
                remove(path)


@contextmanager
def leftover(path: Path) -> Iterator[None]:
    """Keep others out of what a killed run left.

    :raises BlockingIOError: If a run is writing it, or that cannot be told.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    try:
        try:
            lock(descriptor)
        except OSError:
            raise BlockingIOError from None
        yield
    finally:
        os.close(descriptor)


def remove(path: Path) -> None:
    """Remove what is of no use as far as that can be done; what is in the way of it is not the error to tell."""
    with suppress(OSError):
        if stat.S_ISDIR(path.lstat().st_mode):
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
