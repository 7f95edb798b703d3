"""Names and addresses of inputs: endings, natural order, and the files that this program writes."""

import re
from collections.abc import Mapping
from pathlib import Path

from stance.datamodels import Strings
from stance.limits import FIXED
from stance.records.score_records import COMPARED, LABELS_FILE
from stance.resources import formats
from stance.text_forms import TURNING

STANDARD_INPUT = "-"

KINDS: Mapping[str, str] = formats()["kinds"]
"""Words: kinds of files by their endings."""

READ_ENDINGS = frozenset(KINDS)

SILENT_ENDINGS = frozenset(formats()["silent_endings"])

SAVED_FOLDERS: Strings = tuple(formats()["saved_folders"])

PAGES_TABLE = "pages.csv"
"""The file that states outlets, titles, dates and addresses of the pages in its folder."""

REPORT_FILES = frozenset(("summary.json", "comparison.json", "evaluation.json"))

REPORT_TABLES = frozenset(("scores.csv", LABELS_FILE, *COMPARED.values(), *formats()["tables"]))

WEB = "stance reads saved pages; save this one with its comments open (see docs/inputs.md)"
"""Reason not to read a web address: the program never connects to the network for pages."""


def saved_with(folder: str) -> str | None:
    """Return the name, without its ending, of the page that a browser saves a folder with; None for other folders."""
    return next((folder[: -len(end)] for end in SAVED_FOLDERS if folder.lower().endswith(end)), None)


def is_html(path: Path) -> bool:
    """Return whether a file has the ending of a page in HTML."""
    return KINDS.get(path.suffix.lower()) == "html"


def ending_of(path: Path) -> str:
    """Return the ending of a name in lower case, without that of a packed file: ``.html`` for ``Page.HTML.gz``.

    Mirrors of sites name files by their addresses: that of ``view.php?id=7`` is ``.php``.
    """
    address = Path(re.split("[?@]", path.name, maxsplit=1)[0])
    is_mirrored = address.suffix.lower() in READ_ENDINGS | SILENT_ENDINGS | frozenset(formats()["served_endings"])
    endings = [ending.lower() for ending in (address if is_mirrored else path).suffixes[-2:]]
    if endings and endings[-1] in (".gz", ".zst", ".zstd"):
        endings.pop()
    return endings[-1] if endings else ""


def natural_text(name: str) -> str:
    """Write numbers in a name with leading zeros, so that texts sort in natural order: ``c2`` before ``c10``."""
    return re.sub("[0-9]+", lambda digits: digits[0].zfill(20), name[:200])


def shown(path: Path) -> str:
    """Return a path as text that can be written anywhere: bytes that are no UTF-8 and turned text are escaped."""
    name = str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return name if name.isascii() else re.sub(f"[{TURNING}]", lambda sign: f"\\u{ord(sign[0]):04x}", name)


def web_address(text: str | None) -> str | None:
    """Return an address if it is a web address of bounded length, else None."""
    text = (text or "").strip()
    is_web = text[:8].lower().startswith(("http://", "https://")) and text.isprintable()
    return text if is_web and len(text) <= FIXED.url_chars else None
