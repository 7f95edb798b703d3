"""Pack a report that stance wrote."""

from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from stance.exceptions import InputError
from stance.records.writers import CODEBOOK
from stance.reporting import tables
from stance.reporting.public.records import is_public
from stance.reporting.summary_file import PRIVATE_FILES, former_pages
from stance.resources.files import open_file


def report_files(folder: Path) -> list[Path]:
    """List the files of a report that stance wrote; whatever else lies in its folder, and links, are left out."""
    if (is_shared := is_public(folder / "summary.json")) is None or folder.is_symlink():
        return []
    parts = ("index.html", "summary.json", "comparison.html", "comparison.json", *tables.NAMES, CODEBOOK)
    names = {*former_pages(folder / "summary.json"), *parts, *(() if is_shared else PRIVATE_FILES)}
    return [path for name in sorted(names) if (path := folder / name).is_file() and not path.is_symlink()]


def pack(output: Path, folder: Path) -> None:
    """Pack a report into a zip, which is written whole or not at all.

    :raises InputError: If there is no report.
    :raises ConfigError: If it cannot be written.
    """
    if not (files := report_files(folder)):
        raise InputError(f"{folder}: no report; expected a folder that stance report wrote")
    with open_file(output, "wb") as file, ZipFile(file, "w", ZIP_DEFLATED, strict_timestamps=False) as packed:
        for path in files:
            packed.write(path, path.relative_to(folder.parent))
