"""Read files, folders and standard input: saved pages, and tables as documents or scores; keep the newest saves.

Inputs and rows are read one at a time, so a folder of any size takes the memory of its largest page. Inputs that cannot
be read are reported with the reason, and the rest is read.

Folders are read in natural order, without files that only belong to pages. Browsers save the page of a frame, such as
a thread of comments, into the folder of pictures. Only files directly in the folder that is named after the page are
opened, no links, and no more than the limits of one page allow in all. A ``pages.csv`` states the outlet, title, date
and address of pages that do not state them.
"""

import hashlib
import html
import io
import os
import re
import stat
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import lru_cache, partial
from itertools import chain, count, groupby
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO, NamedTuple
from urllib.parse import unquote

from stance import page_layouts
from stance.datamodels import Comment, Document, Json, Page, PageFacts, PageKind, Skip, counted
from stance.exceptions import ColumnsError, InputError
from stance.limits import FIXED, Limits, current_limits, open_plain, shown_size
from stance.log import Log
from stance.pseudonyms import folded, person
from stance.reading import tables
from stance.reading import text as kinds
from stance.reading.archives import read_archive, read_mhtml
from stance.reading.sources import all_targets, load_sources, read_export, read_rows
from stance.reading.tables import Columns, DiskSort, Problems, check_columns, csv_rows
from stance.reading.text import HTML_ENDINGS, PAGES_TABLE, InputKind, shown, unpack, web_address
from stance.records.digests import export_layouts, input_of, page_of
from stance.resources import formats

__all__ = ["Limits", "newest_save", "newest_saves", "read", "titles"]

_SAVED_FROM = re.compile(
    r"<!-- saved from url=\(\d{1,6}\)(https?://[^\s<>]{4,2000})|"  # Chrome, Edge, Internet Explorer
    r"Page saved with SingleFile\s{1,20}url: (https?://[^\s<>]{4,2000})|"
    r"<!-- Mirrored from ([^\s<>/]{4,250}/[^\s<>]{0,2000}) by HTTrack"
)

COLUMNS = ("file", "outlet", "title", "date", "url")
MOST_TABLES = 8  # cache size, in folders


def titles() -> dict[str, str]:
    """Return the names of exports and tables, by the layout of their documents."""
    known = {source.name: source.title for source in load_sources()}
    return known | {
        page_layouts.TABLE_LAYOUT: "table of comments",
        page_layouts.ROWS_LAYOUT: "table of comments, articles unknown",
    }


def read(
    inputs: Sequence[str | Path],
    *,
    skip: Callable[[Skip], None],
    limits: Limits | None = None,
    stdin: BinaryIO | None = None,
    columns: Columns | None = None,
    keep: Sequence[str] = (),
    output: Path | None = None,
) -> Iterator[Page | Document]:
    """Read saved pages and tables in the given order.

    :param inputs: Files, folders, and ``-`` for standard input; gzip and zstd are unpacked.
    :param skip: Called with each file, or row of a table, that cannot be read.
    :param limits: Bounds on memory and time of one input; default: those in force.
    :param stdin: Read for ``-``; the process's own when None.
    :param columns: Columns of tables by field, where they have other names: ``{"text": "body"}``.
    :param keep: Columns of tables that comments and scores carry along.
    :param output: The file or folder that this run writes; in a folder it is no input.
    :return: Pages, to be parsed; documents, of tables and exports or parsed before, or of scores made before.
    :raises ConfigError: If ``columns`` names a field that is not there.
    """
    check_columns(columns or {})
    for path in expand(inputs, skip, output=output):
        name = shown(path)
        problems = Problems(name, skip, limits or current_limits())
        try:
            with nullcontext(stdin or sys.stdin.buffer) if name == kinds.STANDARD_INPUT else path.open("rb") as stream:
                yield from tables.group_scores(_values(stream, path, problems, columns or {}, tuple(keep)), name)
        except InputError as error:
            skip(Skip(name, str(error), is_misfit=isinstance(error, ColumnsError)))
        except OSError as error:
            skip(Skip(name, error.strerror or str(error), may_pass=True))


def _values(
    stream: BinaryIO, path: Path, problems: Problems, columns: Columns, keep: tuple[str, ...]
) -> Iterator[Page | tables.Value]:
    source, limits = problems.source, problems.limits
    reader = unpack(stream, limits)
    try:
        kind = kinds.sniff(kinds.head(reader), kinds.ending_of(path))
    except InputError:
        if len(reader.read(limits.page_bytes + 1)) > limits.page_bytes:  # a decompression bomb, whatever its kind
            raise InputError(f"larger than {shown_size(limits.page_bytes)} (the limit)") from None
        raise
    match kind:
        case InputKind.ARCHIVE:
            problems.unit = "record"
            yield from read_archive(reader, problems)
        case InputKind.EXPORT:
            yield from read_export(reader, problems)
        case InputKind.HTML:
            page = kinds.make_page(reader.read(limits.html_bytes + 1), source, PageKind.HTML, limits.html_bytes)
            if sheets := kinds.sheets_as_csv(page.text):
                parts = (_values(io.BytesIO(sheet), Path(f"{path}.csv"), problems, columns, keep) for sheet in sheets)
                yield from chain.from_iterable(parts)
                return
            yield with_facts(with_saved_frames(page, path, limits), path)
        case InputKind.MHTML:
            yield with_facts(read_mhtml(reader.read(limits.page_bytes + 1), source, limits), path)
        case InputKind.TEXT:
            page = kinds.make_page(reader.read(limits.text_bytes + 1), source, PageKind.TEXT, limits.text_bytes)
            yield with_facts(with_front_matter(page), path)
        case _:
            rows = problems.bounded(tables.table_rows(kind, stream, reader, problems, columns))
            yield from read_rows(kind, rows, problems, columns, keep)


# Comments that were read before ---------------------------------------------------------------------------------------

# Labels refer to documents and comments by their ids, so the newest save gets those of the oldest.


def newest_saves(documents: Iterable[Document], log: Log) -> Iterator[Document]:
    """Yield one document for each address or named thread, in the order of the first ones; others stay as they are.

    Of the saves of a page, the newest counts; of exports and tables, each comment in one of them. Documents with an
    address or a named thread wait on disk until all are read. What another input held in a document that may be the
    same is left out.

    :param log: Logs the number of saves, and of comments that were left out.
    """
    waiting, places, heard = DiskSort(), dict[str, int](), Heard()
    for number, document in enumerate(documents):
        page = page_of(document.url, document.outlet, document.layout, document.source)
        if page is None and not places:
            yield from heard.rest(document)
        else:
            age = f"{number:020}" if is_export(document) else _age_of(document)
            size = 500 * (len(document.comments) + len(document.scores))
            waiting.add(places.setdefault(page, number) if page else number, document, age, size)
    for _, group in groupby(waiting, key=itemgetter(0)):
        pages: list[Document] = []  # of one thread
        for _, document in group:
            same = next((at for at, held in enumerate(pages) if are_saves(held, document)), None)
            if same is None:
                pages.append(document)
            else:
                pages[same] = heard.joined(pages[same], document)
        for document in pages:
            yield from heard.rest(document)
    heard.log(log)


def is_export(document: Document) -> bool:
    """Return whether a document is an export or a table, which may hold any part of the comments of a page."""
    return document.layout in export_layouts()


def are_saves(document: Document, other: Document) -> bool:
    """Return whether two documents of one address or thread are of one page.

    Many pages of a thread give the address of its first page as their own; they have no comment in common. Ids that two
    tables share by chance are of other authors and texts.
    """
    if is_export(document) and input_of(document.source) == input_of(other.source):
        return False
    if not document.comments or not other.comments:
        return True
    same, names = _common(document, other), {each.comment_id: each for each in other.comments}
    alike = sum(
        folded(each.text) == folded(names[name].text) or (bool(each.author) and each.author == names[name].author)
        for name, each in same.items()
    )
    return bool(same) and 2 * alike >= len(same)


def newest_save(first: Document, other: Document) -> Document:
    """Return the newer one of two saves, with the ids of the first for the page and the comments that both have.

    Where one of them is an export or a table, comments of the first that the other one has not are kept.
    """
    are_parts = is_export(first) or is_export(other)
    if not are_parts and _age_of(other) < _age_of(first):
        return first
    known, taken = _common(first, other), {each.comment_id for each in first.comments}
    free = (name for number in count(1) if (name := f"c{number}") not in taken)
    names: dict[str, str] = {}
    for each in other.comments:
        own = each.comment_id
        names[own] = known[own].comment_id if own in known else next(free) if _is_place(each) else own
    comments = {}
    for each in other.comments:
        own, parent = names[each.comment_id], names.get(each.reply_to or "")
        asked = all_targets(*(comment.targets for comment in (each, known.get(each.comment_id)) if comment))
        comments[own] = replace(each, comment_id=own, reply_to=parent, targets=asked)
    scores = {(score.document, score.comment, score.target): score for score in (first.scores if are_parts else ())}
    for score in other.scores:
        new = replace(score, document=first.document_id, comment=names.get(score.comment or "", score.comment))
        scores[new.document, new.comment, new.target] = new
    kept = [comments.pop(each.comment_id, each) for each in first.comments] if are_parts else []
    page = first if are_parts and (first.body or not other.body) else other
    return replace(
        page, document_id=first.document_id, comments=(*kept, *comments.values()), scores=tuple(scores.values())
    )


def _common(first: Document, other: Document) -> dict[str, Comment]:
    """Return the comments of a document that another one has, by their ids in the other.

    Comments of exports and tables are known by their ids; others by author, text and number of times, and where both
    documents are exports or tables, by their time.
    """
    ids = {each.comment_id: each for each in first.comments if not _is_place(each)}
    words, exports = dict(_said(first.comments)), is_export(first) + is_export(other)
    found = {}
    for key, comment in _said(other.comments):
        same = None if _is_place(comment) else ids.get(comment.comment_id)
        if same is None and (like := words.get(key)) and (_is_place(comment) or _is_place(like)):
            is_timed = comment.posted is not None and comment.posted == like.posted
            same = like if not exports or (person(comment.author, other.layout) and (exports < 2 or is_timed)) else None
        if same:
            found[comment.comment_id] = same
    return found


def _is_place(comment: Comment) -> bool:
    """Return whether the id of a comment is its place on the page."""
    return comment.comment_id.startswith("c") and comment.comment_id[1:].isdigit()


def _said(comments: Iterable[Comment]) -> Iterator[tuple[tuple[str, str, int], Comment]]:
    """Yield comments with what they are known by: author, text and number of times."""
    times = Counter[tuple[str, str]]()
    for comment in comments:
        said = folded(comment.author or ""), folded(comment.text)
        times[said] += 1
        yield (*said, times[said]), comment


_named_page = lru_cache(1)(page_of)  # all comments of a document ask for it


class Heard:
    """Joins saves, leaves out comments that another input held, and counts both."""

    def __init__(self) -> None:
        self._database = DiskSort().database
        self._database.execute("CREATE TABLE heard (key BLOB PRIMARY KEY, source TEXT, page TEXT) WITHOUT ROWID")
        self._left_out: Counter[tuple[str, str]] = Counter()
        # Document -> its address, or source, the number of its saves, and what only older saves hold.
        self._saves: dict[str, tuple[str, int, set[tuple[str, str, int]]]] = {}

    def joined(self, first: Document, other: Document, saves: int = 0) -> Document:
        """Return two documents of one page as one.

        :param saves: Number of saves of the page, if it is known.
        """
        joined = newest_save(first, other)
        if is_export(first) or is_export(other):
            self._left_out[other.source, first.source] += len(_common(first, other))
        else:
            older = other if joined is first else first
            held = _common(joined, older)
            _, known, lacking = self._saves.get(first.document_id, ("", 1, set()))
            lacking = lacking | {key for key, comment in _said(older.comments) if comment.comment_id not in held}
            lacking -= {key for key, _ in _said(joined.comments)}
            self._saves[first.document_id] = joined.url or joined.source, saves or known + 1, lacking
        return joined

    def rest(self, document: Document) -> Iterator[Document]:
        """Yield a document without the comments that another input held; nothing if nothing is left."""
        gone: dict[str, Comment] = {}
        for comment in document.comments if document.has_texts else ():
            if before := self.note(document, comment):
                gone[comment.comment_id] = comment
                self._left_out[input_of(document.source), before] += 1
        if not gone:
            yield document
            return
        kept = (each for each in document.comments if each.comment_id not in gone)
        comments = tuple(
            replace(each, reply_to=None, parent_text=gone[each.reply_to].text) if each.reply_to in gone else each
            for each in kept
        )
        if comments or document.body:
            scores = tuple(score for score in document.scores if score.comment not in gone)
            yield replace(document, comments=comments, scores=scores)

    def note(self, document: Document, comment: Comment) -> str | None:
        """Note a comment; return the other input that held it in a document that may be the same."""
        source, found = input_of(document.source), None
        page = _named_page(document.url, None, document.layout, document.source) or ""
        for key in _keys(document, comment):
            noted = self._database.execute("INSERT OR IGNORE INTO heard VALUES (?, ?, ?)", (key, source, page))
            held = "SELECT source, page FROM heard WHERE key = ?"
            before = None if noted.rowcount else self._database.execute(held, (key,)).fetchone()
            if before and before[0] != source:
                # Two addresses, or two names of threads, are two documents.
                is_other = page and before[1] and page != before[1] and (page[0] == "\n") == (before[1][0] == "\n")
                found = found or (None if is_other else before[0])
        return found

    def forget(self, document: Document) -> None:
        """Drop the comments of a document that another one replaces."""
        keys = [(key,) for comment in document.comments for key in _keys(document, comment)]
        self._database.executemany("DELETE FROM heard WHERE key = ?", keys)

    def log(self, log: Log) -> None:
        """Log how many saves there were, and how many comments were left out."""
        for source, number, lacking in self._saves.values():
            lacks = f"; it lacks {counted(len(lacking), 'comment')} of older ones" if lacking else ""
            log.warn(source, f"{number} saved copies of one page; the newest one counts{lacks}")
        for (source, before), number in self._left_out.items():
            log.warn(source, f"{counted(number, 'comment')} also in {before}; each counts once")


def _keys(document: Document, comment: Comment) -> Iterator[bytes]:
    """Yield the digests by which a comment is known in other inputs: id, author and text; author, time and text."""
    known: list[tuple[str, ...]] = [] if _is_place(comment) else [(document.layout, comment.comment_id)]
    if comment.posted and "T" in comment.posted:
        time = datetime.fromisoformat(comment.posted)
        known.append(((time.astimezone(UTC) if time.tzinfo else time).isoformat()[:19],))
    for each in known if person(comment.author, document.layout) else ():
        said = *each, folded(comment.author or ""), folded(comment.text), repr(comment.targets)
        yield hashlib.blake2b("\n".join(said).encode(), digest_size=16).digest()


def _age_of(document: Document) -> str:
    """Return a text by which the saves of a page are sorted, the oldest first, in whatever order they come."""
    last = max((comment.posted or "" for comment in document.comments), default="")
    votes = sum(comment.votes or 0 for comment in document.comments)
    numbers = (document.stated_comments or 0, len(document.comments), votes)
    return "\n".join((last[:40], *(f"{max(0, min(number, 10**15)):016}" for number in numbers), document.document_id))


# Folders --------------------------------------------------------------------------------------------------------------


def expand(inputs: Sequence[str | Path], skip: Callable[[Skip], None], *, output: Path | None = None) -> Iterator[Path]:
    """Yield the files of inputs, folders in natural order.

    :param inputs: Files and folders; ``-``, standard input, is yielded as it is.
    :param skip: Called with missing inputs, no regular files, links out of a folder, and endings that are not read.
    :param output: The file or folder that this run writes; it is left out of folders, as is redirected standard output.
    """
    pages = {str(path.with_suffix("")) for path in map(Path, inputs) if path.suffix.lower() in HTML_ENDINGS}
    for given in inputs:
        path = Path(given)
        if pages and (_is_saved_with(path, pages) or _is_saved_with(path.parent, pages)):
            continue
        try:
            mode = stat.S_IFREG if given == kinds.STANDARD_INPUT else path.stat().st_mode
        except (OSError, ValueError) as error:
            is_web = str(given).lower().startswith(("http:/", "https:/"))  # ``Path`` leaves one slash
            skip(Skip(str(given), kinds.WEB) if is_web else Skip(shown(path), _reason(error)))
            continue
        if stat.S_ISDIR(mode):
            yield from (each for each in _files_in(path, skip) if not (_is_same(each, output) or _is_same(each, 1)))
        elif not stat.S_ISREG(mode):
            skip(Skip(shown(path), "not a regular file; expected a page, a table or a folder"))
        elif path.name != PAGES_TABLE or not _is_pages_table(path.parent, skip):
            yield path


def _is_saved_with(path: Path, pages: Container[str]) -> bool:
    """Return whether a browser saved a folder with one of some pages, named without their endings."""
    return any(path.name.lower().endswith(end) and str(path)[: -len(end)] in pages for end in kinds.SAVED_FOLDERS)


def _is_pages_table(folder: Path, skip: Callable[[Skip], None]) -> bool:
    """Return whether the ``pages.csv`` of a folder describes pages; its problems are reported."""
    table = pages_table(folder)
    for problem in table.problems if table else ():
        skip(problem)
    return table is not None


def _is_same(path: Path, other: Path | int | None) -> bool:
    """Return whether a path is that of another one, or of a file that is open."""
    with suppress(OSError, ValueError):
        return other is not None and os.path.samefile(path, other)  # noqa: PTH121 a path, or a file that is open
    return False


def _files_in(root: Path, skip: Callable[[Skip], None]) -> Iterator[Path]:
    """Walk a folder without recursion, so that its depth does not matter."""
    waiting = [root]
    while waiting:
        path = waiting.pop()
        if path is root or (path.is_dir() and not path.is_symlink()):
            waiting.extend(reversed(_entries(path, skip)))
        elif (ending := kinds.ending_of(path)) not in kinds.SILENT_ENDINGS or (
            (ending == ".md" and kinds.is_page_inside(path)) or (ending == ".js" and kinds.holds_data(path))
        ):
            if reason := _reason_against(path, root, ending):
                skip(Skip(shown(path), reason))
            elif not path.is_symlink():  # a link inside the folder leads to a file that is read by its own name
                yield path


def _entries(folder: Path, skip: Callable[[Skip], None]) -> list[Path]:
    try:
        names = {name for name in os.listdir(folder) if not name.startswith(".")}  # noqa: PTH208 names, not paths
    except OSError as error:
        skip(Skip(shown(folder), _reason(error)))
        return []
    if names & kinds.REPORT_FILES:  # a folder of pages may hold a report, too
        pages = {name for name in names if name.endswith(".html") and is_report(folder / name)}
        names -= pages | kinds.REPORT_FILES | kinds.REPORT_TABLES if pages else set()
    if PAGES_TABLE in names and _is_pages_table(folder, skip):
        names.remove(PAGES_TABLE)
    paths = [folder / name for name in sorted(names, key=lambda name: (kinds.natural_text(name.casefold()), name))]
    # A browser saves pictures and frames of a page into a folder of its name; these frames are no pages of their own.
    pages = {str(path.with_suffix("")) for path in paths if path.suffix.lower() in HTML_ENDINGS}
    return [path for path in paths if not _is_saved_with(path, pages)]


def is_report(path: Path) -> bool:
    """Return whether a file is a page that this program wrote."""
    with suppress(OSError), open_plain(path) as file:
        return kinds.REPORT_PAGE in file.read(4_096)
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
            start = file.read(kinds.HEAD_BYTES)
        known = kinds.known_kind(start) or kinds.no_page(start.decode("latin-1"))
        expected = f"expected {', '.join(sorted(kinds.READ_ENDINGS))}, also packed"
        return known or f"files named {ending[:20]} are not read; {expected}"
    except (OSError, RuntimeError) as error:
        return _reason(error)


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder; expected a page, a table, a store or a folder"
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


# Saved frames ----------------------------------------------------------------------------------------------------


_FRAME = re.compile(r"""(<iframe\b[^<>]{0,2000}?\s)src\s{0,8}=\s{0,8}["']([^"'<>]{1,2000})["']""", re.IGNORECASE)


def with_frames(text: str, content: Callable[[str], str | None]) -> str:
    """Insert frames in their places, each once, as browsers do that save one file.

    :param content: Returns the page of a frame by its address; None if it was not saved.
    """
    seen: set[str] = set()

    def joined(place: re.Match[str]) -> str:
        inner = None if place[2] in seen else content(html.unescape(place[2]))
        seen.add(place[2])
        written = html.escape(inner or "")
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
            left_out.append(f"{shown(frame)} was left out, since the page with it is larger than {most} (the limit)")
            return None
        room -= len(data)
        return kinds.decode(data).text if kinds.looks_like_html(data) else None

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
    with suppress(OSError, ValueError):
        return is_kind(place.lstat().st_mode)
    return False


def saved_from(text: str) -> str | None:
    """Return the address that a browser or a copier of sites noted at the start of a page that it saved."""
    # Number of characters at the start of a page in which browsers note where it was saved from.
    found = _SAVED_FROM.search(text, 0, 4_096)
    return web_address(found[1] or found[2] or f"http://{found[3]}") if found else None


# pages.csv ------------------------------------------------------------------------------------------------------------


class PagesTable(NamedTuple):
    """The rows of a ``pages.csv``."""

    rows: dict[str, PageFacts]  # by the name of the file
    problems: tuple[Skip, ...]  # wrong cells and rows, and rows of files that are missing


def pages_table(folder: Path) -> PagesTable | None:
    """Read the ``pages.csv`` of a folder; None if there is none, or if it is a table of comments."""
    path = folder / PAGES_TABLE
    with suppress(OSError):
        found = path.stat()
        return _load(path, found.st_mtime_ns, found.st_size) if stat.S_ISREG(found.st_mode) else None
    return None


@lru_cache(MOST_TABLES)
def _load(path: Path, _time: int, _size: int) -> PagesTable | None:
    names = {unicodedata.normalize("NFC", each.name) for each in path.parent.iterdir()}
    rows, skips = dict[str, PageFacts](), list[Skip]()
    problems = Problems(shown(path), skips.append, current_limits())
    try:
        with open_plain(path) as stream:
            for number, cells in csv_rows(unpack(stream, problems.limits), problems, {}, _check):
                name = unicodedata.normalize("NFC", cells["file"].strip().removeprefix("./"))
                if name in rows:
                    problems.add(number, f"a second row of {name[:80]!r}; the first one counts")
                elif name not in names:
                    problems.add(number, f"no file {name[:80]!r} in this folder; expected this file")
                else:
                    rows[name] = _page_facts(cells, partial(problems.add, number))
    except ColumnsError:  # a table of comments
        return None
    except (InputError, OSError) as error:
        problems.add_whole(getattr(error, "strerror", None) or str(error))
    return PagesTable(rows, tuple(skips))


def _check(_: object, names: list[str]) -> None:
    if "file" not in names or "text" in names:
        raise ColumnsError("a table of comments")
    if unknown := [name for name in names if name not in COLUMNS]:
        raise InputError(f"unknown column {unknown[0][:40]!r}; expected {', '.join(COLUMNS)}")


def _page_facts(cells: Mapping[str, Json], refuse: Callable[[str], None]) -> PageFacts:
    """Read the cells of a row; one that is wrong is refused, and the others count."""
    given = {name: " ".join(cells.get(name, "").split()) for name in COLUMNS}
    published, url = kinds.to_iso(given["date"]), web_address(given["url"])
    if given["date"] and published is None:
        refuse(f"date {given['date'][:40]!r}; expected a date such as 2024-03-01")
    if given["url"] and url is None:
        refuse(f"url {given['url'][:40]!r}; expected an address such as https://example.org/story")
    for name in ("outlet", "title"):
        if len(given[name]) > FIXED.title_chars:
            refuse(f"{name} has {len(given[name]):,} characters; expected at most {FIXED.title_chars}")
            given[name] = ""
    return PageFacts(given["outlet"] or None, given["title"] or None, published, url)


def _stated_facts(path: Path) -> PageFacts | None:
    table = pages_table(path.parent)
    return table.rows.get(unicodedata.normalize("NFC", path.name)) if table else None


def with_facts(page: Page, path: Path) -> Page:
    """Return a page with its facts from the ``pages.csv`` in its folder."""
    if (stated := _stated_facts(path)) is None:
        return page
    facts = replace(page.facts, **{name: value for name, value in asdict(stated).items() if value})
    return replace(page, facts=facts, url=facts.url or page.url)


_FIELD = re.compile(r"[>*#\s-]{0,4}([A-Za-z][A-Za-z _-]{0,30}?)\**:\**(?:\s+(.{0,2000}))?")
FRONT_CHARS = 10_000
"""Number of characters in which front matter ends."""


def with_front_matter(page: Page) -> Page:
    """Return a clip, a page that was saved as Markdown, with the facts in front of its text, and without these lines.

    They stand between two lines of hyphens, or are ``Title:``, ``URL Source:`` and the like, one of them an address.
    """
    text, names = page.text.lstrip("\n"), formats()["front_matter"]
    lines, known = text[:FRONT_CHARS].split("\n"), {*chain.from_iterable(names.values())}
    is_fenced = lines[0].strip() == "---"
    found = [_FIELD.fullmatch(line.strip()) for line in lines]
    if is_fenced:
        end = next((at for at, line in enumerate(lines) if at and line.strip() == "---"), 0)
    else:
        own = (not line.strip() or (each and each[1].lower() in known) for each, line in zip(found, lines, strict=True))
        end = next((at for at, is_field in enumerate(own) if not is_field), 0)
    fields = {each[1].lower(): (each[2] or "").strip("\"' ") for each in reversed(found[:end]) if each}
    given = {ours: next(filter(None, map(fields.get, each)), "") for ours, each in names.items()}
    address = re.search(r"https?://[^\s<>()\[\]\"']+", given["url"])
    url = web_address(address[0]) if address else None
    if not (url or (is_fenced and given["title"])):
        return page
    rest = text.split("\n", end + is_fenced)[-1]
    outlet = given["outlet"] if not web_address(given["outlet"]) else ""
    facts = PageFacts(outlet or None, given["title"] or None, kinds.to_iso(given["published"]), url)
    return replace(page, text=rest, facts=facts, url=url or page.url)


# Changes --------------------------------------------------------------------------------------------------------------


def digest_beside(path: Path, digest: str) -> str:
    """Return the digest of a page and of the files that belong to it: its own, where there are none.

    :param digest: That of the file.
    """
    parts = [repr(facts)] if (facts := _stated_facts(path)) else []
    if path.suffix.lower() in HTML_ENDINGS:
        folders = (path.with_name(f"{path.stem}{ending}") for ending in kinds.SAVED_FOLDERS)
        frames = (each for folder in folders if _mode(folder, stat.S_ISDIR) for each in folder.glob("*.htm*"))
        for frame in sorted(each for each in frames if _mode(each, stat.S_ISREG)):
            with frame.open("rb") as file:
                parts.append(hashlib.file_digest(file, "sha256").hexdigest())
    return hashlib.sha256("\n".join((digest, *parts)).encode()).hexdigest() if parts else digest
