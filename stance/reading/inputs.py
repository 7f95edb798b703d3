"""Which files an input means: itself, or all the pages in a folder, in the order in which a person would list them."""

import os
import re
import stat
from collections.abc import Callable, Iterator, Sequence, Set
from pathlib import Path

from stance.corpus.manifest import is_corpus
from stance.datamodels import Skip
from stance.reading.packing import HEAD_BYTES
from stance.reading.sniffing import HTML_ENDINGS, PACKED_ENDINGS, READ_ENDINGS, begins_as_page

STANDARD_INPUT = "-"

SILENT_ENDINGS = frozenset((
    ".css", ".js", ".mjs", ".map", ".json5", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico", ".bmp", ".avif",
    ".woff", ".woff2", ".ttf", ".otf", ".eot", ".mp3", ".mp4", ".webm", ".part", ".download", ".md", ".toml", ".db",
))  # fmt: skip
"""What lies beside saved pages and is obviously none: left out of a folder without a word."""

SERVED_ENDINGS = frozenset((".php", ".phtml", ".asp", ".aspx", ".jsp", ".cgi", ".cfm", ".do", ".xht"))
"""Of programs that make pages: a mirror of a site calls the pages so."""

COPY_ENDINGS = frozenset((".bak", ".old", ".orig", ".tmp", ".swp", ".rej"))
"""Of what was put aside: it would count beside what took its place."""

SAVED_FOLDERS = frozenset((
    "_files", "-files", ".files", "_file", "-dateien", "_fichiers", "_archivos", "_arquivos", "_ficheiros",
    "_bestanden", "_pliki", "_soubory", "_elemei", "-filer", "_filer", "_tiedostot", "_fitxers", "_dosyalar",
))  # fmt: skip
"""How browsers name the folder of what a page shows, behind the name of the page, in the language of their user."""

UTTERANCES = "utterances.jsonl"
BESIDE_UTTERANCES = frozenset(("conversations.json", "speakers.json", "users.json", "corpus.json", "index.json"))
"""What a ConvoKit corpus holds beside its utterances; it is read with them, or not needed."""

REPORT_RECORDS = frozenset(("summary.json", "comparison.json", "evaluation.json"))
REPORT_TABLES = frozenset(("scores.csv", "comparison.csv"))
REPORT_PAGE = b'<meta name="generator" content="stance">'
REPORT_HEAD_BYTES = 4_096
"""A report shows the comments of pages, which would count once more where it stands among them."""

STANDARD_OUTPUT = 1

_QUERY = re.compile("[?@]")
_DIGITS = re.compile(r"(\d{1,18})")


def expand(inputs: Sequence[str | Path], skip: Callable[[Skip], None], *, output: Path | None = None) -> Iterator[Path]:
    """Yield the files that inputs mean, folders in natural order.

    :param inputs: Files and folders; ``-`` stands for standard input and is yielded as it is.
    :param skip: Called with what is missing, no regular file, a link out of a folder, or of an ending that is not read.
    :param output: What this run writes: in a folder it is left out, and so is what standard output goes to.
    """
    written = [found for each in (output, STANDARD_OUTPUT) if each is not None and (found := _stat(each))]
    for given in inputs:
        path = Path(given)
        if given == STANDARD_INPUT:
            yield path
            continue
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError) as error:
            skip(Skip(shown(path), _why(error)))
            continue
        if stat.S_ISDIR(mode):
            yield from (each for each in _folder(path, skip) if not written or not _is_one_of(each, written))
        elif stat.S_ISREG(mode):
            yield path
        else:
            skip(Skip(shown(path), "not a regular file; expected a page, a table or a folder"))


def ending_of(path: Path) -> str:
    """Return the ending of a name in lower case, without that of a packed file: ``.html`` for ``Page.HTML.gz``.

    Mirrors of sites name files by their addresses: that of ``view.php?id=7`` is ``.php``.
    """
    address = Path(_QUERY.split(path.name, maxsplit=1)[0])
    is_mirrored = address.suffix.lower() in READ_ENDINGS | SILENT_ENDINGS | SERVED_ENDINGS
    endings = [ending.lower() for ending in (address if is_mirrored else path).suffixes[-2:]]
    if endings and endings[-1] in PACKED_ENDINGS:
        endings.pop()
    return endings[-1] if endings else ""


def natural_key(name: str) -> list[tuple[int, str]]:
    """Return what sorts ``page2`` before ``page10``."""
    return [(int(part), "") if part.isdecimal() else (0, part) for part in _DIGITS.split(name.casefold()) if part]


def shown(path: Path) -> str:
    """Return a path as text that can be written anywhere; bytes that are no UTF-8 stand as their numbers."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _stat(place: Path | int) -> os.stat_result | None:
    try:
        return os.stat(place)  # noqa: PTH116 a path, or a file that is open
    except (OSError, ValueError):
        return None


def _is_one_of(path: Path, files: Sequence[os.stat_result]) -> bool:
    found = _stat(path)
    return found is not None and any(os.path.samestat(found, each) for each in files)


def _folder(root: Path, skip: Callable[[Skip], None]) -> Iterator[Path]:
    """Walk a folder without recursion, so that its depth does not matter."""
    waiting = [root]
    while waiting:
        path = waiting.pop()
        if path is root or (path.is_dir() and not path.is_symlink()):
            # Parts of a corpus would be read as tables, beside the pages that they were made from.
            waiting.extend(() if is_corpus(path) else reversed(_entries(path, skip)))
        elif _is_page(path, root, skip):
            yield path


def _entries(folder: Path, skip: Callable[[Skip], None]) -> list[Path]:
    try:
        names = [name for name in os.listdir(folder) if not name.startswith(".")]  # noqa: PTH208 names, not paths
    except OSError as error:
        skip(Skip(shown(folder), _why(error)))
        return []
    if not REPORT_RECORDS.isdisjoint(names):
        names = _without_report(folder, names)
    if any(name.startswith(UTTERANCES) for name in names):
        names = [name for name in names if name not in BESIDE_UTTERANCES]
    # A browser saves what a page shows into a folder beside it; frames in there are no pages of their own.
    saved = {Path(name).stem for name in names if Path(name).suffix.lower() in HTML_ENDINGS}
    names = [name for name in names if not _is_of_saved(name, saved)]
    return [folder / name for name in sorted(names, key=lambda name: (natural_key(name), name))]


def _is_of_saved(name: str, saved: Set[str]) -> bool:
    return any(name[: -len(end)] in saved for end in SAVED_FOLDERS if name.lower().endswith(end))


def _without_report(folder: Path, names: list[str]) -> list[str]:
    """Leave out what a report or a comparison is made of; pages may stand in its folder, too."""
    pages = {name for name in names if name.endswith(".html") and _is_of_report(folder / name)}
    ours = pages | REPORT_RECORDS | REPORT_TABLES if pages else frozenset[str]()
    return [name for name in names if name not in ours]


def _is_of_report(path: Path) -> bool:
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return False
        with path.open("rb") as file:
            return REPORT_PAGE in file.read(REPORT_HEAD_BYTES)
    except OSError:
        return False


def _is_page(path: Path, root: Path, skip: Callable[[Skip], None]) -> bool:
    ending = ending_of(path)
    if ending in SILENT_ENDINGS:
        return False
    reason = _why_not(path, root, ending)
    if reason:
        skip(Skip(shown(path), reason))
    # A link inside the folder leads to a file that is read by its own name.
    return reason is None and not path.is_symlink()


def _why_not(path: Path, root: Path, ending: str) -> str | None:
    try:
        if path.is_symlink():
            path.stat()  # a link to nothing is named as that
            return None if path.resolve().is_relative_to(root.resolve()) else "a link out of the folder; not followed"
        if not stat.S_ISREG(path.stat().st_mode):
            return "not a regular file; expected a page or a table"
        if not ending or ending in READ_ENDINGS or _is_page_inside(path):
            return None
    except (OSError, RuntimeError) as error:
        return _why(error)
    return f"files named {ending[:20]} are not read; expected {', '.join(sorted(READ_ENDINGS))}, also packed"


def _is_page_inside(path: Path) -> bool:
    """Tell whether a file of some other name is a page, as a mirror of a site has it; copies of pages are none."""
    is_copy = path.suffix.lower() in COPY_ENDINGS or Path(path.stem).suffix.lower() in HTML_ENDINGS
    if is_copy or path.name.endswith("~"):
        return False
    with path.open("rb") as file:
        return begins_as_page(file.read(HEAD_BYTES))


def _why(error: Exception) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file or folder; expected a page, a table or a folder"
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
