"""Read files beside a saved page: frames that a browser saved with it, and ``pages.csv``.

Browsers save the page of a frame, such as a thread of comments, into the folder of pictures. Only files directly in the
folder that is named after the page are opened, no links, and no more than the limits of one page allow in all.

A ``pages.csv`` tells the outlet, title, date and address of pages that do not state them.
"""

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from html import escape, unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from stance.datamodels import Page, Skip, Told
from stance.exceptions import InputError
from stance.limits import FRAME_CHARS, LONGEST_TITLE, Limits, current_limits, open_plain, shown_size
from stance.reading.inputs import HTML_ENDINGS, PAGES_TABLE, SAVED_FOLDERS, looks_like_html, shown
from stance.reading.tables import Problems, csv_rows
from stance.reading.text import decode, to_iso, unpack, web_address

_FRAME = re.compile(r"""(<iframe\b[^<>]{0,2000}?\s)src\s{0,8}=\s{0,8}["']([^"'<>]{1,2000})["']""", re.IGNORECASE)
_SAVED_FROM = re.compile(
    r"<!-- saved from url=\(\d{1,6}\)(https?://[^\s<>]{4,2000})|"  # Chrome, Edge, Internet Explorer
    r"Page saved with SingleFile\s{1,20}url: (https?://[^\s<>]{4,2000})|"
    r"<!-- Mirrored from ([^\s<>/]{4,250}/[^\s<>]{0,2000}) by HTTrack"
)
_HEAD_CHARACTERS = 4_096
"""Number of characters at the start of a page in which browsers note where it was saved from."""

COLUMNS = ("file", "outlet", "title", "date", "url")
MOST_TABLES = 8  # cache size, in folders


# Frames ---------------------------------------------------------------------------------------------------------------


def with_frames(text: str, content: Callable[[str], str | None]) -> str:
    """Insert frames in their places, each once, as browsers do that save one file.

    :param content: Returns the page of a frame by its address; None if it was not saved.
    """
    seen: set[str] = set()

    def joined(place: re.Match[str]) -> str:
        inner = None if place[2] in seen else content(unescape(place[2]))
        seen.add(place[2])
        written = escape(inner or "")
        return f'{place[1]}srcdoc="{written}"' if 0 < len(written) <= FRAME_CHARS else place[0]

    return _FRAME.sub(joined, text)


def with_saved_frames(page: Page, path: Path, limits: Limits) -> Page:
    """Insert the frames that a browser saved in the folder beside a page, and note the address that it was saved from.

    :param path: The file of the page.
    """
    room = limits.html_bytes - len(page.text)
    left_out: list[str] = []

    def content(address: str) -> str | None:
        nonlocal room
        frame = saved_frame(path, address)
        if frame is None:
            return None
        try:
            with open_plain(frame) as file:
                data = file.read(max(room, 0) + 1)
        except OSError:
            return None
        if len(data) > room:
            most = shown_size(limits.html_bytes)
            left_out.append(f"{shown(frame)} was left out: with it the page is larger than {most}, the limit")
            return None
        room -= len(data)
        return decode(data).text if looks_like_html(data) else None

    text = with_frames(page.text, content)
    return replace(page, text=text, url=page.url or saved_from(page.text), warnings=(*page.warnings, *left_out))


def saved_frame(path: Path, address: str) -> Path | None:
    """Return the file of a frame in the folder that a browser saved beside a page; None for any other address."""
    folder, slash, name = unquote(address.split("?")[0].split("#")[0]).removeprefix("./").partition("/")
    if not slash or not name or set(name) & set("/\\\0") or name in (".", "..") or not _is_saved_folder(folder, path):
        return None
    place = path.parent / folder
    return place / name if _mode(place, stat.S_ISDIR) and _mode(place / name, stat.S_ISREG) else None


def _mode(place: Path, is_kind: Callable[[int], bool]) -> bool:
    """Return whether a place itself, not the target of a link, is of a kind."""
    try:
        return is_kind(place.lstat().st_mode)
    except (OSError, ValueError):
        return False


def _is_saved_folder(folder: str, path: Path) -> bool:
    stem = unicodedata.normalize("NFC", path.stem)
    named = unicodedata.normalize("NFC", folder)
    return named.startswith(stem) and named[len(stem) :].lower() in SAVED_FOLDERS


def saved_from(text: str) -> str | None:
    """Return the address that a browser or a copier of sites noted at the start of a page that it saved."""
    found = _SAVED_FROM.search(text, 0, _HEAD_CHARACTERS)
    return web_address(found[1] or found[2] or f"http://{found[3]}") if found else None


# pages.csv ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PagesTable:
    """The rows of a ``pages.csv``."""

    rows: dict[str, Told]  # by the name of the file
    problems: tuple[Skip, ...]  # wrong cells and rows, and rows of files that are missing


def pages_table(folder: Path) -> PagesTable | None:
    """Read the ``pages.csv`` of a folder; None if there is none, or if it is a table of comments."""
    path = folder / PAGES_TABLE
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            return None
        return _load(path, found.st_mtime_ns, found.st_size)
    except OSError as error:
        is_there = os.path.lexists(path)
        return PagesTable({}, (Skip(shown(path), error.strerror or str(error)),)) if is_there else None


@lru_cache(MOST_TABLES)
def _load(path: Path, _time: int, _size: int) -> PagesTable | None:
    names = {unicodedata.normalize("NFC", name) for name in os.listdir(path.parent)}  # noqa: PTH208 names, not paths
    rows: dict[str, Told] = {}
    skips: list[Skip] = []
    problems = Problems(shown(path), skips.append, current_limits())
    with open_plain(path) as stream:
        try:
            reader = unpack(stream, problems.limits)
            for number, cells in csv_rows(reader, problems, {}, _check):
                name = unicodedata.normalize("NFC", cells["file"].strip().removeprefix("./"))
                if reason := _reason_against(name, names, rows):
                    problems.add(number, reason)
                else:
                    rows[name] = _told(cells, partial(problems.add, number))
        except _CommentsError:
            return None
        except InputError as error:
            skips.append(Skip(shown(path), str(error)))
    return PagesTable(rows, tuple(skips))


class _CommentsError(InputError):
    """A table of comments."""


def _check(_: object, names: list[str]) -> None:
    if "file" not in names or "text" in names:
        raise _CommentsError("a table of comments")
    if unknown := [name for name in names if name not in COLUMNS]:
        raise InputError(f"unknown column {unknown[0][:40]!r}; expected {', '.join(COLUMNS)}")


def _reason_against(name: str, names: set[str], rows: dict[str, Told]) -> str | None:
    if name in rows:
        return f"a second row of {name[:80]!r}; the first one counts"
    return None if name in names else f"no file {name[:80]!r} beside it; expected the name of a file in this folder"


def _told(cells: Mapping[str, Any], refuse: Callable[[str], None]) -> Told:
    """Read the cells of a row; one that is wrong is refused, and the others count."""
    given = {name: " ".join(cells.get(name, "").split()) for name in COLUMNS}
    published, url = to_iso(given["date"]), web_address(given["url"])
    if given["date"] and published is None:
        refuse(f"date {given['date'][:40]!r}; expected such as 2024-03-01")
    if given["url"] and url is None:
        refuse(f"url {given['url'][:40]!r}; expected such as https://example.org/story")
    for name in ("outlet", "title"):
        if len(given[name]) > LONGEST_TITLE:
            refuse(f"{name} has {len(given[name]):,} characters; expected at most {LONGEST_TITLE}")
            given[name] = ""
    return Told(given["outlet"] or None, given["title"] or None, published, url)


def with_told(page: Page, path: Path) -> Page:
    """Return a page with its facts from the ``pages.csv`` beside its file."""
    table = pages_table(path.parent)
    told = table.rows.get(unicodedata.normalize("NFC", path.name)) if table else None
    return replace(page, told=told, url=told.url or page.url) if told else page


# Changes --------------------------------------------------------------------------------------------------------------


def digest_beside(path: Path, digest: str) -> str:
    """Return the digest of a page and of the files beside it: its own, where there are none.

    :param digest: That of the file.
    """
    parts = []
    if table := pages_table(path.parent):
        parts += [repr(told) for name, told in table.rows.items() if name == unicodedata.normalize("NFC", path.name)]
    if path.suffix.lower() in HTML_ENDINGS:
        folders = (path.with_name(f"{path.stem}{ending}") for ending in SAVED_FOLDERS)
        frames = (each for folder in folders if _mode(folder, stat.S_ISDIR) for each in folder.glob("*.htm*"))
        for frame in sorted(each for each in frames if _mode(each, stat.S_ISREG)):
            with frame.open("rb") as file:
                parts.append(hashlib.file_digest(file, "sha256").hexdigest())
    return hashlib.sha256("\n".join((digest, *parts)).encode()).hexdigest() if parts else digest
