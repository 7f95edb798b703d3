"""Files: those of the package, TOML files, and atomic writes.

The data of an installed package is in ``stance/data``, that of a checkout in the project's own ``data/``.

Atomic writes go to a temporary file or folder, which is synced and then renamed into place. After an error, a kill or a
power failure, the old or the new file is there, whole. A killed run leaves its temporary files. Each is locked by its
process and the lock ends with the process, so the next run that writes in the same folder removes those that are not
locked.
"""

import errno
import os
import re
import secrets
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

from stance.exceptions import ConfigError, StanceError, unknown
from stance.limits import FIXED, open_plain

if sys.platform != "win32":
    import fcntl

VERSION = "0.1.0"

_INSIDE = Path(__file__).parent / "data"
DATA = _INSIDE if _INSIDE.is_dir() else Path(__file__).parent.parent / "data"

TARGETS = DATA / "targets.toml"
TARGET_NAMES = DATA / "targets"
"""Names of these targets in other languages, one file for each."""
MODELS = DATA / "models"
ENCODER = DATA / "encoder"
READER = DATA / "reader"
TONE = DATA / "tone"
MULTILINGUAL_ENCODER = ENCODER / "multilingual"
LANGUAGES = DATA / "languages"
LAYOUTS = DATA / "layouts"
VOICES = DATA / "voices"
COMMON_WORDS = DATA / "words" / "en.json.gz"
"""Numbers of real comments that use each stem, and words that name no theme; ``research.training.count_words``."""
SOURCES = DATA / "sources"
FORMATS = DATA / "formats.toml"
SHARE_ERRORS = DATA / "share_errors.json"
GRADES = DATA / "grades.json"
"""Reach of the errors of shares that no label corrects; ``research.training.kind_errors`` fits it."""
NEWSROOM = DATA / "newsroom.json"
"""Patterns of comments to the newsroom; ``research.training.train_newsroom`` fits their weights."""
DEMO = DATA / "demo.zip"
"""The pages, labels and key of ``stance demo``, which ``research/demo`` makes."""
OTHER_LANGUAGES = ("nl", "de", "fr", "es", "ru", "tr")
"""Languages other than English that have names and comments."""
NAMED_LANGUAGES = (*OTHER_LANGUAGES, "ar", "uk", "pl", "it")
"""Those that have names; no other language of an input may become a path. The last four are experimental."""


class LatePattern:
    """A pattern that is compiled when it is first used: those of all languages take longer than reading a page.

    :param pattern: As ``re.compile`` takes it, like the flags.
    """

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern, self.flags = pattern, flags

    def __getattr__(self, name: str) -> Any:
        """Compile it, and keep its method."""
        method = vars(self)[name] = getattr(re.compile(self.pattern, self.flags), name)
        return method


@cache
def shipped_arrays(path: Path) -> dict[str, Any]:
    """Load the arrays of a file that ships with the package, as 32-bit numbers."""
    import numpy as np  # most commands need none of them

    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


@cache
def formats() -> dict[str, Any]:
    """Read the lists of endings, signatures, encodings and names of columns."""
    return shipped_toml(FORMATS)


# TOML files -----------------------------------------------------------------------------------------------------------

_KINDS = {str: "a text", bool: "true or false", int: "a number", list: "a list"}


def shipped_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file of the package's own data."""
    import tomllib  # not before a file is read

    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_text(
    path: Path, expected: str, *, error: type[StanceError] = ConfigError, most: int = FIXED.settings_bytes
) -> str:
    """Read a small text file of the user.

    :param expected: Words for its content, for messages.
    :param error: The kind of error that is raised.
    :param most: Maximum number of bytes.
    :raises StanceError: If it cannot be read, is too large, or is not in UTF-8.
    """
    try:
        with open_plain(path) as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise error(f"{path}: more than {most:,} bytes; expected {expected}")
        return content.decode("utf-8-sig")
    except OSError as fault:
        raise error(f"{path}: cannot be read ({fault.strerror or fault}); expected {expected}") from None
    except UnicodeDecodeError as fault:
        raise error(f"{path}: not UTF-8 at byte {fault.start}; expected {expected}") from None


def read_toml(
    path: Path, expected: str, *, error: type[StanceError] = ConfigError, most: int = FIXED.settings_bytes
) -> dict[str, Any]:
    """Read a TOML file of the user.

    :param expected: Words for its content, for messages.
    :param error: The kind of error that is raised.
    :param most: Maximum number of bytes.
    :raises StanceError: If it cannot be read, is too large, or is no TOML.
    """
    import tomllib

    text = read_text(path, expected, error=error, most=most)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as fault:
        reason = str(fault).splitlines()[0][:200] if isinstance(fault, ValueError) else "nested too deeply"
        raise error(f"{path}: not TOML ({reason}); expected {expected}") from None


def check_table(
    row: object, kinds: Mapping[str, type], where: str, error: type[StanceError] = ConfigError
) -> dict[str, Any]:
    """Check the keys of a table and the types of its values, and return it.

    :param kinds: The type of each key; ``object``: any.
    :param where: Names the table in messages.
    :raises StanceError: If it is no table, has another key, or a value of another type.
    """
    if not isinstance(row, dict):
        raise error(f"{where} is {quoted(row)}; expected a table of {', '.join(kinds)}")
    for key, value in row.items():
        if key not in kinds:
            raise error(unknown(f"{where}: unknown key", key, kinds))
        if type(value) is not kinds[key] and kinds[key] is not object:
            raise error(f"{where}: {key} is {quoted(value)}; expected {_KINDS[kinds[key]]}")
    return row


def quoted(value: object) -> str:
    """Quote a value on one line, shortened."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


# Atomic writes --------------------------------------------------------------------------------------------------------

HAS_LOCKS = sys.platform != "win32"
"""Whether locks end with their process; where not, leftovers stay, and two runs in one folder are not kept apart."""

OWN, SHARED = 0o600, 0o666
"""Permissions of new files that hold texts or pseudonyms, and of public reports."""

ENDING = ".draft"
"""Ending of temporary files."""


_RANDOM = r"[a-z0-9_]{8}"
_FILE = rf"\..+\.{_RANDOM}\{ENDING}"
_NO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES)  # errors of folders that cannot be synced


# Files that are written -----------------------------------------------------------------------------------------------


@contextmanager
def open_file(path: Path, mode: str = "w", *, rights: int = OWN) -> Iterator[IO[Any]]:
    """Open a temporary file that replaces ``path`` when the block ends without an error.

    Devices and pipes, as /dev/stdout, are written to as they are. A link is replaced, not followed.

    :param path: Its folder is made if it is not there.
    :param mode: ``w`` for text in UTF-8, ``wb`` for bytes.
    :param rights: Permissions of a new file, less those that the umask excludes; one that is replaced keeps its own.
    :raises ConfigError: If the file cannot be written there.
    """
    encoding, newline = (None, None) if "b" in mode else ("utf-8", "")
    with file_errors(path):
        opened = nullcontext(path) if _is_stream(path) else temporary_file(path, rights=rights)
        with opened as name, name.open(mode, encoding=encoding, newline=newline) as file:
            if name != path and path.is_file() and not path.is_symlink():
                name.chmod(path.stat().st_mode & 0o777)
            yield file


@contextmanager
def temporary_file(path: Path, *, is_new: bool = False, rights: int = 0o600) -> Iterator[Path]:
    """Make an empty file that is moved to ``path`` when the block ends without an error.

    :param is_new: Replace nothing; of two runs at once, one is first.
    :param rights: Permissions, less those that the umask excludes.
    :raises FileExistsError: If ``path`` is there, though it was to be new.
    :raises OSError: If it cannot be written, or is a device or pipe.
    """
    if _is_stream(path):
        raise OSError(errno.EINVAL, "a device or pipe, no file")
    with _temporary(path.parent, f".{path.name}.", lambda name: name.touch(rights, exist_ok=False), _FILE) as name:
        yield name
        sync([name])
        if is_new:
            os.link(name, path)
        else:
            name.replace(path)
        sync([path.parent])


@contextmanager
def file_errors(
    path: str | Path,
    failed: str = "cannot be written",
    expected: str = "a writable folder with free space",
    kind: type[StanceError] = ConfigError,
) -> Iterator[None]:
    """Replace errors of the operating system by one line that names the path.

    :raises StanceError: Of that kind, in their place.
    """
    try:
        yield
    except OSError as error:
        reason = "it is a file" if isinstance(error, FileExistsError) else error.strerror or type(error).__name__
        raise kind(f"{path}: {failed} ({reason}); expected {expected}") from None


def _is_stream(path: Path) -> bool:
    """Return whether a path is a device, a pipe or a socket, or the system's name of an open file, as /dev/stdout."""
    is_name_of_open_file = path.is_symlink() and path.absolute().is_relative_to("/dev")
    return path.exists() and (is_name_of_open_file or not (path.is_file() or path.is_dir()))


# Folders --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OutputFolder:
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
            if not _lock_path(path, opened):
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
    return _temporary(parent, prefix, lambda name: name.mkdir(0o700), rf"{re.escape(prefix)}{_RANDOM}")


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


# Syncing, locks and leftovers -----------------------------------------------------------------------------------------


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
            if not path.is_dir() or error.errno not in _NO_SYNC:
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


def _lock_path(path: Path, opened: ExitStack, *, without_locks: bool = True) -> bool:
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
def _temporary(parent: Path, prefix: str, make: Callable[[Path], None], pattern: str) -> Iterator[Path]:
    """Make a temporary file or folder, locked against other runs, and remove it at the end.

    :param pattern: Of the names of such files or folders, for removing those that killed runs left.
    """
    parent.mkdir(parents=True, exist_ok=True)
    with suppress(OSError):  # a folder that cannot be listed
        for path in [Path(entry.path) for entry in os.scandir(parent) if re.fullmatch(pattern, entry.name)]:
            with ExitStack() as opened:
                if not path.is_symlink() and _lock_path(path, opened, without_locks=False):
                    remove(path)
    with ExitStack() as opened:
        while True:
            path = parent / f"{prefix}{secrets.token_hex(4)}{ENDING if pattern == _FILE else ''}"
            make(path)
            if _lock_path(path, opened):  # else another run removed it as a leftover before it was locked
                break
        opened.callback(remove, path)
        yield path


def remove(path: Path) -> None:
    """Remove a file or folder as far as possible; a failure does not hide an earlier error."""
    shutil.rmtree(path, ignore_errors=True)  # leaves files and links
    with suppress(OSError):
        path.unlink()


MAGIC = b"SQLite format 3\0"
STORE_ENDINGS = (".db", ".sqlite")


def part_name(number: int) -> str:
    """Return the name of a store in a folder of stores, which are read in the order of their names."""
    return f"part-{number:06}.db"


def is_database(path: Path) -> bool:
    """Return whether a file is one of SQLite."""
    return head_of(path).startswith(MAGIC)


def head_of(path: Path) -> bytes:
    """Return the header of a SQLite file, up to its application id; less or nothing of other files."""
    with suppress(OSError, ValueError):
        if path.is_file():  # opening a pipe would wait for one who writes to it
            with path.open("rb") as file:
                return file.read(72)
    return b""
