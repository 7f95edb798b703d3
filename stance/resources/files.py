"""Atomic writes of files: to a temporary file, which is synced and then renamed into place.

After an error, a kill or a power failure, the old or the new file is there, whole.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import IO, Any

from stance.exceptions import ConfigError, StanceError
from stance.resources.locks import FILE_PATTERN, sync, temporary_path

OWN, SHARED = 0o600, 0o666
"""Permissions of new files that hold texts or pseudonyms, and of public reports."""


@contextmanager
def open_file(path: Path, mode: str = "w") -> Iterator[IO[Any]]:
    """Open a temporary file that replaces ``path`` when the block ends without an error.

    Devices and pipes, as /dev/stdout, are written to as they are. A link is replaced, not followed. A file that is
    replaced keeps its permissions.

    :param path: Its folder is made if it is not there.
    :param mode: ``w`` for text in UTF-8, ``wb`` for bytes.
    :raises ConfigError: If the file cannot be written there.
    """
    encoding, newline = (None, None) if "b" in mode else ("utf-8", "")
    with file_errors(path):
        opened = nullcontext(path) if _is_stream(path) else temporary_file(path, rights=OWN)
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
    prefix = f".{path.name}."
    with temporary_path(path.parent, prefix, lambda name: name.touch(rights, exist_ok=False), FILE_PATTERN) as name:
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
