"""Walk the inputs of a run: files as they are, folders in natural order, without what only lies beside pages."""

import os
import stat
from collections.abc import Callable, Container, Iterator, Sequence
from pathlib import Path

from stance.datamodels import Skip
from stance.limits import open_plain
from stance.reading.beside import pages_table
from stance.reading.inputs import (
    BESIDE_UTTERANCES,
    HTML_ENDINGS,
    PAGES_TABLE,
    READ_ENDINGS,
    REPORT_FILES,
    REPORT_PAGE,
    REPORT_TABLES,
    SAVED_FOLDERS,
    SILENT_ENDINGS,
    STANDARD_INPUT,
    WEB,
    ending_of,
    in_order,
    is_page_inside,
    is_parquet_folder,
    is_web,
    known_kind,
    not_read,
    shown,
)
from stance.reading.text import HEAD_BYTES


def expand(inputs: Sequence[str | Path], skip: Callable[[Skip], None], *, output: Path | None = None) -> Iterator[Path]:
    """Yield the files of inputs, folders in natural order.

    :param inputs: Files and folders; ``-``, standard input, is yielded as it is.
    :param skip: Called with missing inputs, no regular files, links out of a folder, and endings that are not read.
    :param output: The file or folder that this run writes; it is left out of folders, as is redirected standard output.
    """
    written = [found for each in (output, 1) if each is not None and (found := _stat(each))]
    pages = {str(path.with_suffix("")) for path in map(Path, inputs) if path.suffix.lower() in HTML_ENDINGS}
    for given in inputs:
        path = Path(given)
        if pages and (_is_beside(path, pages) or _is_beside(path.parent, pages)):
            continue
        try:
            mode = stat.S_IFREG if given == STANDARD_INPUT else path.stat().st_mode
        except (OSError, ValueError) as error:
            skip(Skip(str(given), WEB) if is_web(str(given)) else Skip(shown(path), _reason(error)))
            continue
        if stat.S_ISDIR(mode):
            for each in _files_in(path, skip):
                found = _stat(each) if written else None
                if found is None or not any(os.path.samestat(found, own) for own in written):
                    yield each
        elif stat.S_ISREG(mode):
            if path.name != PAGES_TABLE or not _is_pages_table(path.parent, skip):
                yield path
        else:
            skip(Skip(shown(path), "not a regular file; expected a page, a table or a folder"))


def _is_beside(path: Path, pages: Container[str]) -> bool:
    """Return whether a browser saved a folder beside one of some pages, named without their endings."""
    return any(path.name.lower().endswith(end) and str(path)[: -len(end)] in pages for end in SAVED_FOLDERS)


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
            # Its parts would count beside the pages that they were made from.
            waiting.extend(() if is_parquet_folder(path) else reversed(_entries(path, skip)))
        elif (ending := ending_of(path)) not in SILENT_ENDINGS:
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
    if names & REPORT_FILES:
        pages = {name for name in names if name.endswith(".html") and _is_report(folder / name)}
        names -= pages | REPORT_FILES | REPORT_TABLES if pages else set()  # a folder of pages may hold a report, too
    if PAGES_TABLE in names and _is_pages_table(folder, skip):
        names.remove(PAGES_TABLE)
    if any(name.startswith("utterances.jsonl") for name in names):
        names -= BESIDE_UTTERANCES
    # A browser saves pictures and frames of a page into a folder beside it; frames in there are no pages of their own.
    saved = {Path(name).stem for name in names if Path(name).suffix.lower() in HTML_ENDINGS}
    names -= {
        name for name in names for end in SAVED_FOLDERS if name.lower().endswith(end) and name[: -len(end)] in saved
    }
    return [folder / name for name in in_order(names)]


def _is_report(path: Path) -> bool:
    try:
        with open_plain(path) as file:
            return REPORT_PAGE in file.read(4_096)
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
        if not ending or ending in READ_ENDINGS or is_page_inside(path):
            return None
        with path.open("rb") as file:
            return known_kind(file.read(HEAD_BYTES)) or not_read(ending)
    except (OSError, RuntimeError) as error:
        return _reason(error)


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder; expected a page, a table or a folder"
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
