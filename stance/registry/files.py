"""The files of a model folder: listed with their digests, and copied whole or not at all."""

import hashlib
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from stance.drafts import draft_folder, replace_folder
from stance.exceptions import ModelError

MOST_FILES = 500
MOST_BYTES = 4_000_000_000
DEEPEST = 4
"""Folders inside a model folder: a model that was made from another holds that one."""

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
_CHUNK = 1 << 20


def copy_folder(source: Path, place: Path) -> dict[str, str]:
    """Copy a model folder to its place, to be read only, whole or not at all.

    What stands there is replaced: it is of a run that ended before it was done.

    :return: As :func:`manifest`.
    :raises ModelError: If it cannot be written, or holds what no model folder does.
    """
    drafts = place.parent.parent
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with draft_folder(drafts, ".draft-") as draft:
            copied = draft / place.name
            for name in list_files(source):
                (copied / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source / name, copied / name)
                (copied / name).chmod(0o444)
            files = manifest(copied)
            replace_folder(copied, place)
    except OSError as error:
        seen = error.strerror or "unknown error"
        raise ModelError(f"{place}: cannot be written ({seen}); expected a writable registry") from None
    return files


def manifest(folder: Path) -> dict[str, str]:
    """Give the SHA-256 of each file of a model folder, by its path inside."""
    return {name: digest for name in list_files(folder) if (digest := file_digest(folder / name)) is not None}


def list_files(folder: Path) -> list[str]:
    """Give the paths of the files of a model folder, sorted; nothing outside it is ever read.

    :raises ModelError: If it holds links, or more than a model does.
    """
    found, total = [], 0
    for path in _walk(folder, 0):
        found.append(path.relative_to(folder).as_posix())
        total += path.stat().st_size
        if len(found) > MOST_FILES or total > MOST_BYTES:
            raise ModelError(f"{folder}: over {MOST_FILES} files or {MOST_BYTES:,} bytes; expected a model folder")
    return sorted(found)


def _walk(folder: Path, depth: int) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_symlink() or not (path.is_file() or path.is_dir()) or not _NAME.fullmatch(path.name):
            raise ModelError(f"{path}: expected plain files with plain names in a model folder")
        if path.is_dir() and depth == DEEPEST:
            raise ModelError(f"{path}: a folder {DEEPEST + 1} deep; expected at most {DEEPEST} inside a model folder")
        if path.is_dir():
            yield from _walk(path, depth + 1)
        else:
            yield path


def file_digest(path: Path) -> str | None:
    """Give the SHA-256 of a file; None where there is none that can be read."""
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
    except OSError:
        return None
    return digest.hexdigest()
