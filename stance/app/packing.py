"""Pack a report that stance wrote."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from stance.exceptions import InputError
from stance.reporting import former_pages
from stance.reporting.public import is_public
from stance.resources import open_file

_PARTS = ("index.html", "summary.json", "comparison.html", "comparison.json", "comparison.csv")
_PRIVATE = ("discourse.html", "scores.csv", "sentiment.csv")
"""Names of the files of a report besides its pages; a public one lacks the last ones."""


def report_files(folder: Path) -> list[Path]:
    """List the files of a report that stance wrote; whatever else lies in its folder, and links, are left out."""
    if (is_shared := is_public(folder / "summary.json")) is None or folder.is_symlink():
        return []
    names = {*former_pages(folder / "summary.json"), *_PARTS, *(() if is_shared else _PRIVATE)}
    paths = [path for name in sorted(names) if (path := folder / name).is_file() and not path.is_symlink()]
    drawn = (folder / "summary.json").stat().st_mtime_ns  # before its comparison; an older one is of another report
    return [path for path in paths if not path.name.startswith("comparison") or path.stat().st_mtime_ns >= drawn]


def pack(output: Path, folder: Path) -> None:
    """Pack a report into a zip, which is written whole or not at all.

    :raises InputError: If there is no report.
    :raises ConfigError: If it cannot be written.
    """
    if not (files := report_files(folder)):
        raise InputError(f"{folder}: no report; expected a folder that stance report wrote")
    with open_file(output, "wb") as file, ZipFile(file, "w", ZIP_DEFLATED) as packed:
        for path in files:
            packed.write(path, path.relative_to(folder.parent))
