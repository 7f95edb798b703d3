"""One writer at a time in a corpus folder, and no reader beside it.

The lock is the system's (``flock``) on a file in the folder: it ends with the process that holds it, however that ends,
so there are no stale locks to detect; the file itself stays and only says who held it last. Network file systems of
Linux pass such locks on to other machines.
"""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from stance.drafts import lock
from stance.exceptions import ConfigError

NAME = "corpus.lock"
LOCK_FLAGS = getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Keep the folder to oneself.

    :param folder: Made if it is not there.
    :raises ConfigError: If another process writes or reads it, or it cannot be written.
    """
    path = folder / NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | LOCK_FLAGS, 0o666)
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be written ({error.strerror}); expected a writable folder") from None
    try:
        _take(descriptor, folder, exclusive=True)
        with suppress(OSError):  # a full disk has no room for it, and the lock holds without
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"process {os.getpid()} on {socket.gethostname()}".encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def reading(folder: Path) -> Iterator[None]:
    """Keep writers out while the folder is read; other readers are welcome.

    :raises ConfigError: If a process writes it.
    """
    try:
        descriptor = os.open(folder / NAME, os.O_RDONLY | LOCK_FLAGS)
    except OSError:  # a copy without it, or one that may not be opened: nobody writes there
        yield
        return
    try:
        _take(descriptor, folder, exclusive=False)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, folder: Path, *, exclusive: bool) -> None:
    try:
        lock(descriptor, exclusive=exclusive)
    except BlockingIOError:
        holder = "".join(c for c in os.pread(descriptor, 200, 0).decode("utf-8", "replace") if c.isprintable())
        raise ConfigError(
            f"{folder}: in use by another run (last written by {holder or 'one unknown'}); expected it to end first"
        ) from None
    except OSError as error:
        raise ConfigError(f"{folder}: cannot be locked ({error.strerror}); expected a file system with locks") from None
