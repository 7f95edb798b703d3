"""Limit how much of an input is read.

Values in ``Limits`` can be changed by users (``--limit``, ``[limits]`` in ``stance.toml``, ``limits_in_force``); the
constants below them are far above real pages and fixed. All were set from the needs of real pages (the reason is
with each), then rounded up generously.

Like the context of ``decimal``, limits apply to what runs inside a ``with``: readers and parsers look them up deep
inside, instead of taking them as arguments.
"""

import atexit
import errno
import gc
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeVar

from stance.exceptions import ConfigError, unknown

MEGABYTE = 1_000_000
MOST = 10**12
"""Maximum of any limit; a larger value is a typing error."""

SELDOM = 50_000
"""Number of new objects after which Python's garbage collector runs. A page makes hundreds of thousands, nearly all
without a cycle: with Python's own 700, reading takes a fifth longer."""

MAX_DEPTH = 256  # of HTML and XML; libxml2, which reads HTML, itself stops there


def _bound(default: int, reason: str, most: int = MOST) -> int:
    """Define a limit: its default, the reason for it, and the highest possible value."""
    return field(default=default, metadata={"reason": reason, "most": most})


@dataclass(frozen=True)  # help is printed without the module of `frozen`
class Limits:
    """Input limits; an input that exceeds one is skipped and listed, never truncated silently."""

    page_bytes: int = _bound(50 * MEGABYTE, "bytes of an archive record, XML element or MHTML file")
    text_bytes: int = _bound(10 * MEGABYTE, "bytes of a text dump or article; memory: 45 times")
    html_bytes: int = _bound(16 * MEGABYTE, "bytes of HTML; memory: up to 50 times")
    unpacked_bytes: int = _bound(200 * MEGABYTE, "bytes of an input after unpacking; tables are streamed")
    ratio: int = _bound(200, "unpacked size divided by packed size; texts have 3 to 20")
    ratio_from_bytes: int = _bound(10 * MEGABYTE, "unpacked bytes from which `ratio` is checked")
    window_bytes: int = _bound(2**27, "memory for unpacking zstd; dumps of Reddit need 2147483648 (--long=31)", 2**31)
    packings: int = _bound(3, "levels of packing", 20)
    tree_depth: int = _bound(MAX_DEPTH, "levels of HTML elements; real pages have about 60", MAX_DEPTH)
    line_chars: int = _bound(10 * MEGABYTE, "characters of a table line")
    row_chars: int = _bound(1 * MEGABYTE, "characters of a CSV row")
    field_chars: int = _bound(100_000, "characters of a comment")
    columns: int = _bound(100_000, "columns of a CSV table")
    rows: int = _bound(50_000_000, "rows of a table")
    rows_per_document: int = _bound(2_000, "rows without a document name that form one document")
    comments: int = _bound(50_000, "comments of a page; large threads have 20,000")
    page_seconds: int = _bound(
        30, "seconds of processor time for 200,000 characters of a page; ten times as long by the clock"
    )
    named_rows: int = _bound(100, "unusable rows that are listed; others are counted")
    unclosed_quotes: int = _bound(100, "unclosed quotation marks in a CSV table")
    label_bytes: int = _bound(500 * MEGABYTE, "bytes of a label table after unpacking")
    target_bytes: int = _bound(1 * MEGABYTE, "bytes of a targets file")
    aliases: int = _bound(50_000, "aliases in a targets file")
    alias_chars: int = _bound(200, "characters of an alias")

    def of_labels(self) -> "Limits":
        """Return the limits for label tables: rows are held in memory, and their texts were read before."""
        return replace(self, unpacked_bytes=self.label_bytes)


def changes_of(limits: Limits) -> str | None:
    """Format the limits that differ from their defaults as for ``--limit``; None if there are none.

    The number of bad rows listed is left out, since it does not change results, and so is the time limit of a page: a
    page that exceeds it is tried again by the next run.
    """
    names = (field.name for field in fields(Limits) if field.name not in ("named_rows", "page_seconds"))
    changed = [f"{name}={value}" for name in names if (value := getattr(limits, name)) != getattr(Limits(), name)]
    return ",".join(changed) or None


def shown_size(size: int) -> str:
    """Format a number of bytes: 50 MB, 1,500 bytes."""
    return f"{size // MEGABYTE} MB" if size and size % MEGABYTE == 0 else f"{size:,} bytes"


# In force -------------------------------------------------------------------------------------------------------------

_IN_FORCE: ContextVar[Limits] = ContextVar("limits", default=Limits())  # noqa: B039 frozen


def current_limits() -> Limits:
    """Return the limits in force."""
    return _IN_FORCE.get()


@contextmanager
def limits_in_force(limits: Limits) -> Iterator[Limits]:
    """Apply limits inside a ``with``."""
    token = _IN_FORCE.set(limits)
    try:
        yield limits
    finally:
        _IN_FORCE.reset(token)


def changed_limits(limits: Limits, changes: Iterable[tuple[str, object]], where: str) -> Limits:
    """Change some limits.

    :param changes: Name and value, a whole number, also such as ``100MB``.
    :param where: Source of the changes, for messages.
    :raises ConfigError: If there is no such limit, or it cannot have that value.
    """
    members = {field.name: field for field in fields(Limits)}
    units = {None: 1, "k": 1_000, "M": MEGABYTE, "G": 1_000 * MEGABYTE}
    for name, value in changes:
        name = name.strip().replace("-", "_")
        if name not in members:
            raise ConfigError(unknown(f"{where}: unknown limit", name, members, "See SECURITY.md"))
        text = "" if isinstance(value, bool) else str(value).strip()
        written = re.fullmatch(r"([0-9][0-9_]{0,20})\s?(k|M|G)?B?", text)
        number = int(written[1].replace("_", "")) * units[written[2]] if written else 0
        most = members[name].metadata["most"]
        if not 1 <= number <= most:
            expected = f"expected a whole number from 1 to {most:,}, such as 500 or 20MB"
            raise ConfigError(f"{where}: {name} is {str(value)[:50]!r}; {expected}")
        limits = replace(limits, **{name: number})
    return limits


def parse_limits(text: str, where: str) -> Iterator[tuple[str, str]]:
    """Read ``comments=500,page_bytes=20MB``.

    :raises ConfigError: If a part of it is no such pair.
    """
    for pair in text.split(","):
        name, equals, value = pair.partition("=")
        if not equals:
            raise ConfigError(f"{where}: {pair[:50]!r}; expected a limit such as comments=500")
        yield name, value


def open_plain(path: Path) -> BinaryIO:
    """Open a regular file for reading: a pipe would be waited on for ever, a device read without end.

    :raises OSError: If it is none, or cannot be opened.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # a folder is refused by name below
        raise OSError(errno.EINVAL, "not a regular file")
    return path.open("rb")


class FixedLimits(NamedTuple):
    """Limits far above real inputs, which nobody needs to change."""

    # Packed data and web archives.
    header_bytes: int = 65_536  # all headers together; browsers refuse more, and real ones have about a thousand
    url_chars: int = 4_000  # of an address; browsers and servers stop between 2,000 and 8,000
    # Pages saved as one file (MHTML).
    mail_parts: int = 2_000  # pictures, style sheets and frames of a page; the fullest have some hundreds
    mail_boundaries: int = 100  # between parts, also of parts in parts; browsers need one, mail programs three
    frame_chars: int = 4_000_000  # of a frame with its quotes escaped; a value of more than 10 MB would cost the page
    title_chars: int = 500  # a longer headline is none
    # XML.
    markup_bytes: int = 1 * MEGABYTE  # before the first element, of a tag or a comment; real ones have thousands
    parts: int = 1_000_000  # elements and attributes held together; 50,000 comments of a post have 700,000
    # Tables.
    parquet_held_bytes: int = 100 * MEGABYTE  # of the rows that are unpacked together
    labelled_chars: int = 200_000  # of a labelled text: twice the limit of a comment
    cell_chars: int = 20_000  # of any other cell of a label table
    settings_bytes: int = 1 * MEGABYTE  # of ``stance.toml``, which has some lines
    targets: int = 500  # in a file of targets; each comment is scored toward each of them
    layout_rows: int = 500  # of the user's own; each is tried on each page


FIXED = FixedLimits()


# Threads --------------------------------------------------------------------------------------------------------------

_Found = TypeVar("_Found")

_THREADS: ContextVar[int | None] = ContextVar("threads", default=None)


def available_cores() -> int:
    """Count the cores that this process may use, which ``taskset`` or a scheduler can restrict."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def threads_limited(most: int) -> Iterator[None]:
    """Limit the number of threads inside a ``with``, including those of BLAS and OpenMP."""
    from threadpoolctl import threadpool_limits

    token = _THREADS.set(most)
    try:
        with threadpool_limits(most):
            yield
    finally:
        _THREADS.reset(token)


def collect_seldom() -> None:
    """Run the garbage collector seldom in this process, and not at its exit, which takes a tenth of a long run."""
    gc.set_threshold(SELDOM)
    atexit.register(gc.freeze)


@contextmanager
def collecting_seldom() -> Iterator[None]:
    """Run the garbage collector seldom inside a ``with``; a caller that runs it never, or more seldom, is respected."""
    young, *others = gc.get_threshold()
    gc.set_threshold(max(young, SELDOM) if young else 0, *others)
    try:
        yield
    finally:
        gc.set_threshold(young, *others)


def map_threads(function: Callable[..., _Found], *arguments: Iterable[Any]) -> list[_Found]:
    """Call a function with each of the arguments, as ``map`` does, in as many threads as are allowed.

    :param function: Should release the GIL; otherwise threads make nothing faster.
    """
    from concurrent.futures import ThreadPoolExecutor

    most = _THREADS.get() or available_cores()
    if most == 1:  # handing over to a thread costs more than a short text
        return list(map(function, *arguments))
    with ThreadPoolExecutor(most) as pool:
        return list(pool.map(function, *arguments))
