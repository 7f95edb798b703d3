"""Digest pages with the files that belong to them."""

import hashlib
import stat
from pathlib import Path

from stance.reading.frames import is_of_kind
from stance.reading.input_names import SAVED_FOLDERS, is_html
from stance.reading.pages_csv import stated_facts


def digest_beside(path: Path, digest: str) -> str:
    """Return the digest of a page and of the files that belong to it: its own, where there are none.

    :param digest: That of the file.
    """
    parts = [repr(facts)] if (facts := stated_facts(path)) else []
    if is_html(path):
        folders = (path.with_name(f"{path.stem}{ending}") for ending in SAVED_FOLDERS)
        frames = (entry for folder in folders if is_of_kind(folder, stat.S_ISDIR) for entry in folder.glob("*.htm*"))
        for frame in sorted(entry for entry in frames if is_of_kind(entry, stat.S_ISREG)):
            with frame.open("rb") as file:
                parts.append(hashlib.file_digest(file, "sha256").hexdigest())
    return hashlib.sha256("\n".join((digest, *parts)).encode()).hexdigest() if parts else digest
