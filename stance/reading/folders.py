"""Walk the inputs of a run, and read files next to a saved page: its frames, saved by a browser, and ``pages.csv``.

Folders are read in natural order, without files that only belong to pages. Browsers save the page of a frame, such as
a thread of comments, into the folder of pictures. Only files directly in the folder that is named after the page are
opened, no links, and no more than the limits of one page allow in all.

A ``pages.csv`` states the outlet, title, date and address of pages that do not state them.
"""

import hashlib
import os
import re
import stat
import unicodedata
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from html import escape, unescape
from pathlib import Path
from urllib.parse import unquote

from stance.datamodels import Json, Page, PageFacts, Skip
from stance.exceptions import InputError
from stance.limits import FIXED, Limits, current_limits, open_plain, shown_size
from stance.reading import text as kinds
from stance.reading.tables import Problems, csv_rows
from stance.reading.text import HEAD_BYTES, decode, to_iso, unpack, web_address

_FRAME = re.compile(r"""(<iframe\b[^<>]{0,2000}?\s)src\s{0,8}=\s{0,8}["']([^"'<>]{1,2000})["']""", re.IGNORECASE)
_SAVED_FROM = re.compile(
    r"<!-- saved from url=\(\d{1,6}\)(https?://[^\s<>]{4,2000})|"  # Chrome, Edge, Internet Explorer
    r"Page saved with SingleFile\s{1,20}url: (https?://[^\s<>]{4,2000})|"
    r"<!-- Mirrored from ([^\s<>/]{4,250}/[^\s<>]{0,2000}) by HTTrack"
)

COLUMNS = ("file", "outlet", "title", "date", "url")
MOST_TABLES = 8  # cache size, in folders


# Folders --------------------------------------------------------------------------------------------------------------


def expand(inputs: Sequence[str | Path], skip: Callable[[Skip], None], *, output: Path | None = None) -> Iterator[Path]:
    """Yield the files of inputs, folders in natural order.

    :param inputs: Files and folders; ``-``, standard input, is yielded as it is.
    :param skip: Called with missing inputs, no regular files, links out of a folder, and endings that are not read.
    :param output: The file or folder that this run writes; it is left out of folders, as is redirected standard output.
    """
    written = [found for each in (output, 1) if each is not None and (found := _stat(each))]
    pages = {str(path.with_suffix("")) for path in map(Path, inputs) if path.suffix.lower() in kinds.HTML_ENDINGS}
    for given in inputs:
        path = Path(given)
        if pages and (_is_saved_with(path, pages) or _is_saved_with(path.parent, pages)):
            continue
        try:
            mode = stat.S_IFREG if given == kinds.STANDARD_INPUT else path.stat().st_mode
        except (OSError, ValueError) as error:
            is_web = str(given).lower().startswith(("http:/", "https:/"))  # ``Path`` leaves one slash
            skip(Skip(str(given), kinds.WEB) if is_web else Skip(kinds.shown(path), _reason(error)))
            continue
        if stat.S_ISDIR(mode):
            for each in _files_in(path, skip):
                found = _stat(each) if written else None
                if found is None or not any(os.path.samestat(found, own) for own in written):
                    yield each
        elif stat.S_ISREG(mode):
            if path.name != kinds.PAGES_TABLE or not _is_pages_table(path.parent, skip):
                yield path
        else:
            skip(Skip(kinds.shown(path), "not a regular file; expected a page, a table or a folder"))


def _is_saved_with(path: Path, pages: Container[str]) -> bool:
    """Return whether a browser saved a folder with one of some pages, named without their endings."""
    return any(path.name.lower().endswith(end) and str(path)[: -len(end)] in pages for end in kinds.SAVED_FOLDERS)


def _is_pages_table(folder: Path, skip: Callable[[Skip], None]) -> bool:
    """Return whether the ``pages.csv`` of a folder describes pages; its problems are reported."""
    table = pages_table(folder)
    for problem in table.problems if table else ():
        skip(problem)
    return table is not None


def _stat(place: Path | int) -> os.stat_result | None:
    try:
        return os.stat(place)  # noqa: PTH116 a path, or a file that is open
    except (OSError, ValueError):
        return None


def _files_in(root: Path, skip: Callable[[Skip], None]) -> Iterator[Path]:
    """Walk a folder without recursion, so that its depth does not matter."""
    waiting = [root]
    while waiting:
        path = waiting.pop()
        if path is root or (path.is_dir() and not path.is_symlink()):
            waiting.extend(reversed(_entries(path, skip)))
        elif (ending := kinds.ending_of(path)) not in kinds.SILENT_ENDINGS:
            if reason := _reason_against(path, root, ending):
                skip(Skip(kinds.shown(path), reason))
            elif not path.is_symlink():  # a link inside the folder leads to a file that is read by its own name
                yield path


def _entries(folder: Path, skip: Callable[[Skip], None]) -> list[Path]:
    try:
        names = {name for name in os.listdir(folder) if not name.startswith(".")}  # noqa: PTH208 names, not paths
    except OSError as error:
        skip(Skip(kinds.shown(folder), _reason(error)))
        return []
    if names & kinds.REPORT_FILES:  # a folder of pages may hold a report, too
        pages = {name for name in names if name.endswith(".html") and _is_report(folder / name)}
        names -= pages | kinds.REPORT_FILES | kinds.REPORT_TABLES if pages else set()
    if kinds.PAGES_TABLE in names and _is_pages_table(folder, skip):
        names.remove(kinds.PAGES_TABLE)
    if any(name.startswith("utterances.jsonl") for name in names):
        names -= kinds.CORPUS_FILES
    paths = [folder / name for name in sorted(names, key=lambda name: (kinds.natural_key(name), name))]
    # A browser saves pictures and frames of a page into a folder of its name; these frames are no pages of their own.
    pages = {str(path.with_suffix("")) for path in paths if path.suffix.lower() in kinds.HTML_ENDINGS}
    return [path for path in paths if not _is_saved_with(path, pages)]


def _is_report(path: Path) -> bool:
    try:
        with open_plain(path) as file:
            return kinds.REPORT_PAGE in file.read(4_096)
    except OSError:
        return False


def _reason_against(path: Path, root: Path, ending: str) -> str | None:
    """Return the reason not to read a file in a folder; None if it is read."""
    try:
        if path.is_symlink():
            path.stat()  # raises for a broken link
            return None if path.resolve().is_relative_to(root.resolve()) else "a link out of the folder; not followed"
        if not stat.S_ISREG(path.stat().st_mode):
            return "not a regular file; expected a page or a table"
        if not ending or ending in kinds.READ_ENDINGS or kinds.is_page_inside(path):
            return None
        with path.open("rb") as file:
            known = kinds.known_kind(file.read(HEAD_BYTES))
        expected = f"expected {', '.join(sorted(kinds.READ_ENDINGS))}, also packed"
        return known or f"files named {ending[:20]} are not read; {expected}"
    except (OSError, RuntimeError) as error:
        return _reason(error)


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder; expected a page, a table or a folder"
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


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
        return f'{place[1]}srcdoc="{written}"' if 0 < len(written) <= FIXED.frame_chars else place[0]

    return _FRAME.sub(joined, text)


def with_saved_frames(page: Page, path: Path, limits: Limits) -> Page:
    """Insert the frames that a browser saved in the folder of a page, and note the address that it was saved from.

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
            left_out.append(f"{kinds.shown(frame)} was left out: with it the page is larger than {most}, the limit")
            return None
        room -= len(data)
        return decode(data).text if kinds.looks_like_html(data) else None

    text = with_frames(page.text, content)
    return replace(page, text=text, url=page.url or saved_from(page.text), warnings=(*page.warnings, *left_out))


def saved_frame(path: Path, address: str) -> Path | None:
    """Return the file of a frame in the folder that a browser saved with a page; None for any other address."""
    stem = unicodedata.normalize("NFC", path.stem)
    folder, slash, name = unquote(address.split("?")[0].split("#")[0]).removeprefix("./").partition("/")
    if not slash or not name or set(name) & set("/\\\0") or name in (".", ".."):
        return None
    named = unicodedata.normalize("NFC", folder)
    if not named.startswith(stem) or named[len(stem) :].lower() not in kinds.SAVED_FOLDERS:
        return None
    place = path.parent / folder
    return place / name if _mode(place, stat.S_ISDIR) and _mode(place / name, stat.S_ISREG) else None


def _mode(place: Path, is_kind: Callable[[int], bool]) -> bool:
    """Return whether a place itself, not the target of a link, is of a kind."""
    try:
        return is_kind(place.lstat().st_mode)
    except (OSError, ValueError):
        return False


def saved_from(text: str) -> str | None:
    """Return the address that a browser or a copier of sites noted at the start of a page that it saved."""
    # Number of characters at the start of a page in which browsers note where it was saved from.
    found = _SAVED_FROM.search(text, 0, 4_096)
    return web_address(found[1] or found[2] or f"http://{found[3]}") if found else None


# pages.csv ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PagesTable:
    """The rows of a ``pages.csv``."""

    rows: dict[str, PageFacts]  # by the name of the file
    problems: tuple[Skip, ...]  # wrong cells and rows, and rows of files that are missing


def pages_table(folder: Path) -> PagesTable | None:
    """Read the ``pages.csv`` of a folder; None if there is none, or if it is a table of comments."""
    path = folder / kinds.PAGES_TABLE
    try:
        found = path.stat()
        return _load(path, found.st_mtime_ns, found.st_size) if stat.S_ISREG(found.st_mode) else None
    except OSError as error:
        is_there = os.path.lexists(path)
        return PagesTable({}, (Skip(kinds.shown(path), error.strerror or str(error)),)) if is_there else None


@lru_cache(MOST_TABLES)
def _load(path: Path, _time: int, _size: int) -> PagesTable | None:
    names = {unicodedata.normalize("NFC", name) for name in os.listdir(path.parent)}  # noqa: PTH208 names, not paths
    wanted, rows = "expected the name of a file in this folder", dict[str, PageFacts]()
    skips: list[Skip] = []
    problems = Problems(kinds.shown(path), skips.append, current_limits())
    with open_plain(path) as stream:
        try:
            reader = unpack(stream, problems.limits)
            for number, cells in csv_rows(reader, problems, {}, _check):
                name = unicodedata.normalize("NFC", cells["file"].strip().removeprefix("./"))
                if name in rows:
                    problems.add(number, f"a second row of {name[:80]!r}; the first one counts")
                elif name not in names:
                    problems.add(number, f"no file {name[:80]!r} in its folder; {wanted}")
                else:
                    rows[name] = _page_facts(cells, partial(problems.add, number))
        except _CommentsError:
            return None
        except InputError as error:
            skips.append(Skip(kinds.shown(path), str(error)))
    return PagesTable(rows, tuple(skips))


class _CommentsError(InputError):
    """A table of comments."""


def _check(_: object, names: list[str]) -> None:
    if "file" not in names or "text" in names:
        raise _CommentsError("a table of comments")
    if unknown := [name for name in names if name not in COLUMNS]:
        raise InputError(f"unknown column {unknown[0][:40]!r}; expected {', '.join(COLUMNS)}")


def _page_facts(cells: Mapping[str, Json], refuse: Callable[[str], None]) -> PageFacts:
    """Read the cells of a row; one that is wrong is refused, and the others count."""
    given = {name: " ".join(cells.get(name, "").split()) for name in COLUMNS}
    published, url = to_iso(given["date"]), web_address(given["url"])
    if given["date"] and published is None:
        refuse(f"date {given['date'][:40]!r}; expected such as 2024-03-01")
    if given["url"] and url is None:
        refuse(f"url {given['url'][:40]!r}; expected such as https://example.org/story")
    for name in ("outlet", "title"):
        if len(given[name]) > FIXED.title_chars:
            refuse(f"{name} has {len(given[name]):,} characters; expected at most {FIXED.title_chars}")
            given[name] = ""
    return PageFacts(given["outlet"] or None, given["title"] or None, published, url)


def with_facts(page: Page, path: Path) -> Page:
    """Return a page with its facts from the ``pages.csv`` in its folder."""
    table = pages_table(path.parent)
    facts = table.rows.get(unicodedata.normalize("NFC", path.name)) if table else None
    return replace(page, facts=facts, url=facts.url or page.url) if facts else page


# Changes --------------------------------------------------------------------------------------------------------------


def digest_beside(path: Path, digest: str) -> str:
    """Return the digest of a page and of the files that belong to it: its own, where there are none.

    :param digest: That of the file.
    """
    parts = []
    if table := pages_table(path.parent):
        parts += [repr(facts) for name, facts in table.rows.items() if name == unicodedata.normalize("NFC", path.name)]
    if path.suffix.lower() in kinds.HTML_ENDINGS:
        folders = (path.with_name(f"{path.stem}{ending}") for ending in kinds.SAVED_FOLDERS)
        frames = (each for folder in folders if _mode(folder, stat.S_ISDIR) for each in folder.glob("*.htm*"))
        for frame in sorted(each for each in frames if _mode(each, stat.S_ISREG)):
            with frame.open("rb") as file:
                parts.append(hashlib.file_digest(file, "sha256").hexdigest())
    return hashlib.sha256("\n".join((digest, *parts)).encode()).hexdigest() if parts else digest
