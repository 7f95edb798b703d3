"""Unpack bundles, and open other zip archives within limits."""

import atexit
import hashlib
import json
import shutil
import zlib
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile

from stance.exceptions import InputError
from stance.limits import Limits, current_limits, open_plain, shown_size
from stance.records.score_records import LABELS_FILE

BUNDLED_STORE = "store.db"

BUNDLE = (
    "README.txt", "bundle.json", "inputs.csv", "model_card.json", "codebook.csv", "LABEL_GUIDE.md", "targets.toml",
    "scores.csv", "labels.csv", "summary.json", "comparison.json", "methods.txt", "CITATION.txt", BUNDLED_STORE,
)  # fmt: skip

BUNDLED_TARGETS = "targets.toml"


def bundled(store: str | Path, name: str) -> Path | None:
    """Return a file of the bundle that a store is unpacked from; None if there is none, or it is empty."""
    path = Path(store).parent / name
    is_member = Path(store).is_file() and path.with_name("bundle.json").is_file()  # "." has no neighbours
    return path if is_member and path.is_file() and path.stat().st_size else None


def unbundled(path: str | Path) -> str | Path:
    """Return the store of a bundle, unpacked into a temporary folder; any other path as it is.

    :raises InputError: If it has the form of a bundle and is damaged, or too large.
    """
    if Path(path).suffix.lower() != ".zip" or not Path(path).is_file():
        return path
    status = Path(path).stat()
    return _unpack(Path(path), Path(path).resolve(), status.st_size, status.st_mtime_ns)


DAMAGE = (BadZipFile, EOFError, LookupError, OSError, RuntimeError, TypeError, ValueError, zlib.error)
"""Errors that a damaged zip archive raises."""


def checked_zip(file: BinaryIO, limits: Limits, directory_bytes: int) -> ZipFile | None:
    """Open a zip archive; None if its end is not that of a plain one, or its directory is larger than given.

    :raises InputError: If a file in it is encrypted, or all of them are larger than a limit.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - 42))
    other, end = file.read(20), file.read()  # the first may name another directory, of more than 4 GB
    is_plain = end.startswith(b"PK\5\6\0\0\0\0") and end.endswith(b"\0\0") and not other.startswith(b"PK\6\7")
    if not is_plain or int.from_bytes(end[12:16], "little") > directory_bytes:
        return None
    packed, most = ZipFile(file), min(limits.unpacked_bytes, max(limits.ratio_from_bytes, size * limits.ratio))
    members = packed.infolist()
    is_odd = any(member.flag_bits & 1 or member.compress_type not in (ZIP_STORED, ZIP_DEFLATED) for member in members)
    if is_odd or sum(member.file_size for member in members) > most:
        raise InputError(f"a file in it is encrypted, or expands to more than {shown_size(most)} (the limit)")
    return packed


@cache
def _unpack(path: Path, _place: Path, _size: int, _time: int) -> Path:
    """Unpack the store of a bundle into a folder that is removed when the process ends. Nothing in it names a file."""
    folder, limits = TemporaryDirectory(), current_limits()
    atexit.register(folder.cleanup)
    store = Path(folder.name) / f"{path.stem}.db"
    expected = "expected a bundle as stance export --bundle writes it; unpack other zip archives"
    try:
        with open_plain(path) as file:
            packed = checked_zip(file, limits, 10_000)
            if packed is None or tuple(packed.namelist()) != BUNDLE:
                raise InputError(f"a zip archive, but no bundle; {expected}")
            with packed, store.open("wb") as output:
                with packed.open(BUNDLED_STORE) as source:
                    shutil.copyfileobj(source, output)
                for name in ("bundle.json", LABELS_FILE, BUNDLED_TARGETS):
                    store.with_name(name).write_bytes(packed.read(name))
                options = json.loads(packed.read("bundle.json"))
                stated = options.pop("sha256")
                for name in BUNDLE:
                    content = json.dumps(options).encode() if name == "bundle.json" else packed.read(name)
                    digest = hashlib.sha256(content).hexdigest()
                    if digest != stated.get(name, digest):
                        raise InputError(f"{name} was changed after the bundle was made; expected the original")
                if not packed.read(BUNDLED_STORE).startswith(b"SQLite format 3\0"):
                    raise InputError(f"{BUNDLED_STORE} is no store; {expected}")
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except DAMAGE as error:
        raise InputError(f"{path}: damaged ({str(error)[:100]}); {expected}") from None
    return store
