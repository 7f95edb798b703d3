"""Find the files of inputs: folders in natural order, without files that only belong to pages."""

import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from stance.datamodels import OnSkip, Skip
from stance.exceptions import ConfigError
from stance.limits import open_plain
from stance.reading.input_names import (
    PAGES_TABLE,
    READ_ENDINGS,
    REPORT_FILES,
    REPORT_TABLES,
    SILENT_ENDINGS,
    STANDARD_INPUT,
    WEB,
    ending_of,
    is_html,
    natural_text,
    saved_with,
    shown,
)
from stance.reading.kinds import is_page_inside, other_kind
from stance.reading.pages_csv import pages_table


def expand(inputs: Sequence[str | Path], skip: OnSkip, *, output: Path | None = None) -> Iterator[Path]:
    """Yield the files of inputs, folders in natural order.

    :param inputs: Files and folders; ``-``, standard input, is yielded as it is.
    :param skip: Called with missing inputs, no regular files, links out of a folder, and endings that are not read.
    :param output: The file or folder that this run writes; it is left out of folders, as is redirected standard output.
    :raises ConfigError: If it is one of the inputs.
    """
    pages = {str(path.with_suffix("")) for path in map(Path, inputs) if is_html(path)}
    for item in inputs:
        path = Path(item)
        if pages & {saved_with(str(path)), saved_with(str(path.parent))}:
            continue
        try:
            mode = stat.S_IFREG if item == STANDARD_INPUT else path.stat().st_mode
        except (OSError, ValueError) as error:
            is_web = str(item).lower().startswith(("http:/", "https:/"))  # ``Path`` leaves one slash
            skip(Skip(str(item), WEB) if is_web else Skip(shown(path), _reason(error)))
            continue
        if stat.S_ISDIR(mode):
            yield from (file for file in _files_in(path, skip) if not (_is_same(file, output) or _is_same(file, 1)))
        elif not stat.S_ISREG(mode):
            skip(Skip(shown(path), "not a regular file; expected a page, a table or a folder"))
        elif path.name != PAGES_TABLE or not _is_pages_table(path.parent, skip):
            refuse_replaced(path, output)
            yield path


def refuse_replaced(path: Path, output: Path | None) -> None:
    """Refuse an input that the output of a run would replace.

    :raises ConfigError: If the output is the same file.
    """
    if _is_same(path, output and output.resolve()):
        raise ConfigError(f"{shown(path)}: the output would replace this input; expected another file")


def _is_pages_table(folder: Path, skip: OnSkip) -> bool:
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


def _files_in(root: Path, skip: OnSkip) -> Iterator[Path]:
    """Walk a folder without recursion, so that its depth does not matter."""
    waiting = [root]
    while waiting:
        path = waiting.pop()
        if path is root or (path.is_dir() and not path.is_symlink()):
            waiting.extend(reversed(_entries(path, skip)))
        elif (ending := ending_of(path)) not in SILENT_ENDINGS or (
            (ending == ".md" and is_page_inside(path)) or (ending == ".js" and other_kind(path))
        ):
            if reason := _reason_against(path, root, ending):
                skip(Skip(shown(path), reason))
            elif not path.is_symlink():  # a link inside the folder leads to a file that is read by its own name
                yield path


def _entries(folder: Path, skip: OnSkip) -> list[Path]:
    try:
        names = {name for name in os.listdir(folder) if not name.startswith(".")}  # noqa: PTH208 names, not paths
    except OSError as error:
        skip(Skip(shown(folder), _reason(error)))
        return []
    if names & REPORT_FILES:  # a folder of pages may hold a report, too
        pages = {name for name in names if name.endswith(".html") and is_report(folder / name)}
        names -= pages | REPORT_FILES | REPORT_TABLES if pages else set()
    if PAGES_TABLE in names and _is_pages_table(folder, skip):
        names.remove(PAGES_TABLE)
    paths = [folder / name for name in sorted(names, key=lambda name: (natural_text(name.casefold()), name))]
    # A browser saves pictures and frames of a page into a folder of its name; these frames are no pages of their own.
    pages = {str(path.with_suffix("")) for path in paths if is_html(path)}
    return [path for path in paths if saved_with(str(path)) not in pages]


def is_report(path: Path) -> bool:
    """Return whether a file is a page that this program wrote."""
    with suppress(OSError), open_plain(path) as file:
        # Their comments of pages would count twice.
        return b'<meta name="generator" content="stance">' in file.read(4_096)
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
        expected = f"expected {', '.join(sorted(READ_ENDINGS))}, also packed"
        return other_kind(path) or f"files named {ending[:20]} are not read; {expected}"
    except (OSError, RuntimeError) as error:
        return _reason(error)


def _reason(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder; expected a page, a table, a store or a folder"
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
