"""Disks that fail and processes that die, at the n-th call that changes something inside a folder.

Calls are counted where Python makes them: files opened to be written, what is written into them, and what is synced,
renamed, linked, made or removed. So every verb can be broken off at each of its steps, and what is left looked at.
"""

import builtins
import errno
import io
import os
import signal
import sqlite3
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

from stance.resources import folders
from stance.store import connections, file

Run = Callable[[], object]

DEAD = 86
"""The exit code of a process that died as it was told to."""

PATIENCE_SECONDS = 120
"""Until a process that hangs is ended: far beyond what any of these takes."""

ADDING = ("open", "write", "mkdir", "link")
"""Calls that take room on a disk."""

_WRITING = set("wxa+")


class Faults:
    """Counts calls inside a folder, and strikes at one of them.

    :param folder: What lies outside is not counted.
    :param at: The call at which it strikes, from 1; 0: only counts.
    :param code: The error of the call; None: the process dies, in the middle of what it writes.
    :param lasting: The error comes again with each later call that takes room, as on a full disk.
    """

    def __init__(self, folder: Path, at: int = 0, code: int | None = None, *, lasting: bool = False) -> None:
        self.folder, self.at, self.code, self.lasting = folder.resolve(), at, code, lasting
        self.calls: list[str] = []

    def call(self, name: str, half: Run | None = None) -> None:
        """Note a call; ``half`` does the half of it."""
        self.calls.append(name)
        is_later = self.lasting and self.at and len(self.calls) > self.at and name in ADDING
        if len(self.calls) != self.at and not is_later:
            return
        if self.code is not None:
            raise OSError(self.code, os.strerror(self.code), str(self.folder))
        if half is not None:
            half()
        os._exit(DEAD)

    def holds(self, place: Any, folder: int | None = None) -> bool:
        """Tell whether a path, or an open file, is inside the folder."""
        stream = place if isinstance(place, int) else folder
        found = Path(os.fsdecode(place)).absolute() if stream is None else Path(f"/proc/self/fd/{stream}").readlink()
        return found == self.folder or self.folder in found.parents

    @contextmanager
    def counted(self) -> Iterator[None]:
        """Count calls, and strike, while the block runs."""
        with (
            mock.patch.multiple(os, **self._calls()),
            mock.patch.object(io, "open", self._open),
            mock.patch.object(builtins, "open", self._open),
            mock.patch.object(folders, "_exchange", self._exchange),
        ):
            yield

    def _calls(self) -> dict[str, Any]:
        pairs = {name: self._of_two(name) for name in ("replace", "rename", "link")}
        singles = {name: self._of_one(name) for name in ("unlink", "remove", "rmdir", "mkdir")}
        streams = {name: self._of_stream(name) for name in ("fsync", "sendfile", "pwrite", "ftruncate")}
        return {**pairs, **singles, **streams, "open": self._os_open()}

    def _of_two(self, name: str) -> Any:
        real = getattr(os, name)

        def run(source: Any, target: Any, **more: Any) -> Any:
            if self.holds(target, more.get("dst_dir_fd")):
                self.call(name)
            return real(source, target, **more)

        return run

    def _of_one(self, name: str) -> Any:
        real = getattr(os, name)

        def run(path: Any, *more: Any, dir_fd: int | None = None) -> Any:
            if self.holds(path, dir_fd):
                self.call(name)
            return real(path, *more, dir_fd=dir_fd)

        return run

    def _of_stream(self, name: str) -> Any:
        real = getattr(os, name)

        def run(stream: int, *more: Any, **options: Any) -> Any:
            if self.holds(stream):
                self.call("write" if name in ("sendfile", "pwrite") else name)
            return real(stream, *more, **options)

        return run

    def _os_open(self) -> Any:
        real = os.open

        def run(path: Any, flags: int, *more: Any, dir_fd: int | None = None, **options: Any) -> int:
            if flags & os.O_CREAT and self.holds(path, dir_fd):
                self.call("open")
            return real(path, flags, *more, dir_fd=dir_fd, **options)

        return run

    @property
    def _open(self) -> Any:
        real, faults = open, self

        class Counted(io.FileIO):
            def write(self, data: Any) -> int:
                whole = bytes(data)
                faults.call("write", lambda: super(Counted, self).write(whole[: len(whole) // 2]))
                return super().write(whole)

        def run(
            file: Any,
            mode: str = "r",
            buffering: int = -1,
            encoding: str | None = None,
            errors: str | None = None,
            newline: str | None = None,
            closefd: bool = True,
            opener: Any = None,
        ) -> Any:
            if not _WRITING & set(mode) or not faults.holds(file):
                return real(file, mode, buffering, encoding, errors, newline, closefd, opener)
            if not isinstance(file, int):
                faults.call("open")
            raw = Counted(file, mode.replace("b", "").replace("t", ""), closefd, opener)
            stream = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
            return stream if "b" in mode else io.TextIOWrapper(stream, encoding, errors, newline)

        return run

    def _exchange(self, first: Path, second: Path) -> bool:
        if self.holds(second):
            self.call("rename")
        return _EXCHANGE(first, second)


_EXCHANGE = folders._exchange


def count_calls(run: Run, folder: Path) -> list[str]:
    """Name the calls of a run that goes well."""
    faults = Faults(folder)
    with faults.counted():
        run()
    return faults.calls


def die_at(run: Run, folder: Path, at: int) -> bool:
    """Run in a process that dies at a call, as after ``kill -9``; False: the run has fewer calls."""

    def counted() -> None:
        with Faults(folder, at).counted():
            run()

    return run_apart(counted)


def run_apart(run: Run) -> bool:
    """Run in a process of its own.

    :return: Whether it died by ``os._exit(DEAD)``; it must not end otherwise, but well.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # threads of others are not used by the child
        child = os.fork()
    if not child:
        signal.alarm(PATIENCE_SECONDS)
        sys.dont_write_bytecode = True  # compiled modules would be cut off where files may not grow
        code = 1
        try:
            run()
            code = 0
        finally:
            os._exit(code)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    assert status in (0, DEAD), f"the process ended with {status}"
    return status == DEAD


def deaths(act: Run, *steps: int) -> Iterator[bool]:
    """Let a run die after some steps of SQLite's own, then live; yield whether it died, after each."""
    real, died = connections.connect, list[bool]()
    for at in (*steps, 100_000_000):

        def connect(path: Path, how: str, at: int = at) -> sqlite3.Connection:
            database, left = real(path, how), iter(range(at))
            database.set_progress_handler(lambda: os._exit(DEAD) if next(left, None) is None else 0, 5)
            return database

        with mock.patch.object(file, "connect", connect):
            died.append(run_apart(act))
        yield died[-1]
    assert died[0]
    assert not died[-1]


def limit_files(size: int) -> None:
    """Let no file of this process grow beyond a size, as on a full disk."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def fail_at(run: Run, folder: Path, at: int, code: int) -> Exception | None:
    """Run while a call fails; a full disk stays full, other errors come once.

    :return: What the run raised.
    """
    with Faults(folder, at, code, lasting=code == errno.ENOSPC).counted():
        try:
            run()
        except Exception as error:
            return error
    return None


def contents(folder: Path) -> dict[str, bytes]:
    """Give all that lies in a folder, by its path."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"a folder"
        for path in sorted(folder.rglob("*"))
    }
