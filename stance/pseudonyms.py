"""Replace names of commenters by keyed pseudonyms.

With the secret key, nobody can look up a name by hashing candidates, and a person keeps one pseudonym across runs. The
outlet is part of the hash: the same name has another pseudonym at another outlet, so outputs do not link people
across outlets. The key is stored with the project and never written to a report.
"""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from collections.abc import Callable
from dataclasses import field
from functools import lru_cache
from pathlib import Path

from stance.datamodels import frozen
from stance.exceptions import ConfigError
from stance.page_layouts import SCORES_LAYOUTS, TABLE_LAYOUTS
from stance.resources import formats
from stance.resources.files import file_errors, temporary_file
from stance.text_forms import MARKS, UNSEEN, without_unseen

_LOOKS = re.compile(f"[{UNSEEN}{MARKS}]+")

KEY_FILE = ".stance.key"
"""Words: name of the key in the folder of a project, which is that of ``stance.toml``."""

Naming = Callable[[str | None, str | None, str], str | None]
"""Function that returns the shown name of an author; of the name, the outlet and the layout of the document."""


def pseudonym(name: str | None, outlet: str | None, *, key: bytes) -> str | None:
    """Return the pseudonym of a name, which depends on outlet and key, but not on case and spacing.

    :param name: As on the page; None stays None.
    :param outlet: Where it is shown; None is an outlet of its own.
    :param key: Secret bytes.
    """
    if name is None:
        return None
    outlet_name = folded(outlet or "")
    content = f"{len(outlet_name)} {outlet_name}{folded(name)}"  # the length keeps outlet and name apart
    if len(key) > hashlib.blake2b.MAX_KEY_SIZE:
        key = hashlib.blake2b(key).digest()
    digest = hashlib.blake2b(content.encode("utf-8", "surrogatepass"), digest_size=5, key=key, person=b"stance author")
    return "reader-" + digest.hexdigest()


@lru_cache(maxsize=4_096)
def person(name: str | None, layout: str = "") -> str | None:
    """Return the name of an author; None for one that many persons have, such as "Anonymous" and "Guest 7".

    :param layout: Of the document. In a table, "Guest 7" is a name: researchers number their pseudonyms.
    """
    is_numbered = layout in TABLE_LAYOUTS | SCORES_LAYOUTS and re.search(r"\d", name or "")
    words = " ".join(re.findall(r"[^\W\d_]+", folded(name or "")))
    return None if words in formats()["shared_names"] and not is_numbered else name


def folded(name: str) -> str:
    """Normalise a name: case, spacing and Unicode forms, without invisible characters and marks over letters."""
    normal = unicodedata.normalize("NFKC", name).casefold()
    return " ".join((normal if normal.isascii() else _LOOKS.sub("", normal)).split())


def folded_words(text: str) -> str:
    """Return the folded words of a text with a space around each, so that a name is found as words of its own."""
    words = " ".join(re.findall(r"\w+", folded(text)))
    return f" {words} "


@frozen
class Pseudonyms:
    """Pseudonyms made with one key."""

    key: bytes = field(repr=False)

    def __call__(self, name: str | None, outlet: str | None, layout: str = "") -> str | None:
        """Return the pseudonym of a person at an outlet; one in a table stays, since it was made before.

        On a page, a name that looks like a pseudonym is one that a reader chose.
        """
        if is_pseudonym(name) and layout in TABLE_LAYOUTS | SCORES_LAYOUTS:
            return name
        return pseudonym(person(name, layout), outlet, key=self.key)


def is_pseudonym(name: str | None) -> bool:
    """Return whether a name has the form of a pseudonym."""
    # With ten digits, two of 100,000 authors share one with a chance of 1 in 200.
    return name is not None and re.fullmatch(r"reader-[0-9a-f]{10}", name) is not None


def keep_name(name: str | None, outlet: str | None, layout: str = "") -> str | None:
    """Return the name, without characters that nobody sees."""
    return name and without_unseen(name)


@frozen
class KeyPlace:
    """Where the key lies, or will lie once it is made.

    :param doubt: What its user should know of it.
    """

    path: Path
    doubt: str | None = None


def find_key_file(path: Path | None = None) -> KeyPlace:
    """Find the key of the pseudonyms; none is made.

    :param path: A file that the user names. Else the one that ``STANCE_KEY_FILE`` names, that of the project, or one
        that an earlier release made in the folder that the system keeps for settings.
    :return: Where none is there, the place for a new one: in the project folder, or among the settings where that
        folder cannot be written.
    """
    if path is None and (from_environment := os.environ.get("STANCE_KEY_FILE")):
        path = Path(from_environment)
    if path is not None:
        return KeyPlace(path, _exposure(path))
    current = Path.cwd()
    folder = next((parent for parent in (current, *current.parents) if (parent / "stance.toml").is_file()), current)
    beside, former = folder / KEY_FILE, settings_folder() / "pseudonyms.key"
    if beside.exists() or (not former.exists() and os.access(folder, os.W_OK)):
        return KeyPlace(beside, _exposure(beside))
    warning = f"{former}: this key of the pseudonyms is used, since {folder} holds none or cannot be written"
    return KeyPlace(former, _exposure(former) or f"{warning}; move it to {beside} to keep it with the project")


def _exposure(path: Path) -> str | None:
    """Return a warning if others can read a key."""
    try:
        mode = path.stat().st_mode if os.name == "posix" else 0
        if mode & 0o077:
            _read_key(path)
    except (OSError, ConfigError):  # not there yet, or no key: loading it says so
        return None
    return f"{path}: other users can read this pseudonym key; expected mode 600 (chmod 600)" if mode & 0o077 else None


def settings_folder() -> Path:
    """Return the operating system's folder for the user's settings."""
    from typer import get_app_dir

    return Path(get_app_dir("stance"))


def load_key(path: Path) -> bytes:
    """Read the key, making one on first use.

    :param path: A file that only its owner may read.
    :raises ConfigError: If the file is there and holds no key, or cannot be read or made.
    """
    with file_errors(path, "cannot be read or made", "a key of pseudonyms"):
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            # Whole or not at all; of two first runs at once, the second keeps the key of the first.
            with contextlib.suppress(FileExistsError), temporary_file(path, is_new=True) as draft:
                draft.write_text(secrets.token_hex(32), encoding="ascii")
        return _read_key(path)


def _read_key(path: Path) -> bytes:
    """Read a key, which is written as at least 32 hexadecimal digits.

    :raises ConfigError: If it is anything else.
    """
    with path.open("rb") as file:
        text = file.read(10_000).decode("ascii", "replace")
    with contextlib.suppress(ValueError):
        if len(key := bytes.fromhex(text.strip())) >= 16:
            return key
    raise ConfigError(f"{path}: not a key of pseudonyms; expected at least 32 hexadecimal digits")


def fingerprint(key: bytes) -> str:
    """Digest a key, so that two keys can be compared without being known."""
    return hmac.new(key, b"stance corpus", hashlib.sha256).hexdigest()[:12]
