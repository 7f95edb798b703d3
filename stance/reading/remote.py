"""Files that lie elsewhere: in HDFS or an object store, found and opened by Arrow's own clients.

Each file is read as a stream by whoever works on it, so nothing of it passes through another machine, and its size does
not matter. An address has a scheme; what has none is a path, which every machine that reads it must see.
"""

import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast
from urllib.parse import quote

from stance.datamodels import Skip
from stance.exceptions import MissingExtraError
from stance.reading.inputs import SILENT_ENDINGS, ending_of, natural_key
from stance.reading.sniffing import READ_ENDINGS

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.I)
_MAGIC = re.compile(r"[*?[]")
_HADOOP_NAMES = re.compile(r"s3[an]:", re.I)
"""What Hadoop calls what everyone else calls ``s3:``."""


def is_remote(name: str) -> bool:
    """Tell an address from a path."""
    return _ADDRESS.match(name) is not None


def find_remote(name: str, skip: Callable[[Skip], None]) -> Iterator[tuple[str, int]]:
    """Find the files that an address means: itself, all in a folder, or all that fit ``*``, ``?`` and ``[]``.

    :param skip: Called with what is missing or cannot be read.
    :return: The address of each file and its bytes, in natural order.
    :raises MissingExtraError: If pyarrow is not there.
    """
    steps = PurePosixPath(name[name.index(":") + 1 :].lstrip("/")).parts
    fixed = next((place for place, step in enumerate(steps) if _MAGIC.search(step)), len(steps))
    pattern = steps[fixed:]
    base = name.removesuffix("/")
    for _ in pattern:
        base = base[: base.rindex("/")]
    try:
        system, root = _connect(base)
        found = [root]
        for step in pattern:
            found = [path for parent in found for path in _children(system, parent, step)]
        files = [file for path in found for file in _files(system, path, pattern=bool(pattern))]
    except (OSError, ValueError, NotImplementedError) as error:  # Arrow's own errors are of these kinds
        skip(
            Skip(name, f"cannot be reached ({_line(error)}); expected an address that Arrow reads, as hdfs:// or s3://")
        )
        return
    if not files:
        skip(Skip(name, "no such file or folder; expected a page, a table or a folder"))
    for path, size in sorted(files, key=lambda file: (natural_key(file[0]), file[0])):
        address = base + quote(path[len(root) :])
        ending = ending_of(Path(path))
        if path != root and ending in SILENT_ENDINGS:
            continue
        if path != root and ending and ending not in READ_ENDINGS:
            skip(Skip(address, f"files named {ending[:20]} are not read; expected {', '.join(sorted(READ_ENDINGS))}"))
            continue
        yield address, size


def open_remote(name: str) -> BinaryIO:
    """Open a file for reading.

    :raises OSError: If it cannot be.
    """
    try:
        system, path = _connect(name)
        return cast(BinaryIO, system.open_input_file(path))
    except (ValueError, NotImplementedError) as error:
        raise OSError(_line(error)) from None


def _connect(name: str) -> tuple[Any, str]:
    try:
        from pyarrow import fs
    except ImportError:
        raise MissingExtraError("pyarrow", "parquet") from None
    system, path = fs.FileSystem.from_uri(_HADOOP_NAMES.sub("s3:", name, count=1))
    return system, path.rstrip("/") or path


def _children(system: Any, folder: str, step: str) -> Iterator[str]:
    """Give what fits a step of a pattern in a folder; what is no folder has nothing in it."""
    from pyarrow import fs

    (parent,) = system.get_file_info([folder])
    if parent.type is fs.FileType.Directory:
        for each in system.get_file_info(fs.FileSelector(folder)):
            if not _is_hidden(each) and fnmatchcase(each.base_name, step):
                yield each.path


def _files(system: Any, path: str, *, pattern: bool) -> Iterator[tuple[str, int]]:
    """Give a file, or all under a folder; of a pattern, only what fits itself."""
    from pyarrow import fs

    (found,) = system.get_file_info([path])
    if found.type is fs.FileType.File:
        yield path, found.size
    elif found.type is fs.FileType.Directory and not pattern:
        waiting = [path]
        while waiting:
            for each in system.get_file_info(fs.FileSelector(waiting.pop())):
                if _is_hidden(each):
                    continue
                if each.type is fs.FileType.Directory:
                    waiting.append(each.path)
                else:
                    yield each.path, each.size


def _is_hidden(found: Any) -> bool:
    return str(found.base_name).startswith((".", "_"))  # as Hadoop hides what is half-written


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:150]
