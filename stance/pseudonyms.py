"""Names of commenters leave the parser as on the page; after it, a keyed pseudonym stands for each.

The key makes a name impossible to look up by hashing candidates, and keeps one person one pseudonym across runs. It
lies in the user's own settings folder and never travels with a report.
"""

import contextlib
import hashlib
import hmac
import os
import re
import secrets
import tempfile
import unicodedata
from collections.abc import Callable
from pathlib import Path

from stance.exceptions import ConfigError

DIGITS = 10
"""Hexadecimal digits of a pseudonym: two of 100,000 authors share one with a chance of 1 in 200."""

KEY_BYTES = 32
LONGEST_FILE = 10_000
"""Bytes that are read of what is given as a key."""

_PSEUDONYM = re.compile(rf"reader-[0-9a-f]{{{DIGITS}}}")

Naming = Callable[[str | None], str | None]
"""From an author's name, as on the page, to what is shown of it."""


def pseudonym(name: str | None, *, key: bytes) -> str | None:
    """Give the pseudonym of a name; the same for the same name and key, whatever its case and spacing.

    :param name: As on the page; None stays None.
    :param key: Secret bytes.
    """
    if name is None:
        return None
    folded = " ".join(unicodedata.normalize("NFKC", name).casefold().split())
    return "reader-" + hmac.new(key, folded.encode(), hashlib.sha256).hexdigest()[:DIGITS]


def is_pseudonym(name: str | None) -> bool:
    """Tell whether a name is written as pseudonyms are."""
    return name is not None and _PSEUDONYM.fullmatch(name) is not None


def keep_name(name: str | None) -> str | None:
    """Show the name as it is on the page."""
    return name


def default_key_file() -> Path:
    """Where a user's key lies: in the folder that the system keeps for settings."""
    from typer import get_app_dir

    return Path(get_app_dir("stance")) / "pseudonyms.key"


def load_key(path: Path) -> bytes:
    """Read the key, making one on first use.

    :param path: A file that only its owner may read.
    :raises ConfigError: If the file is there and holds no key, or cannot be read or made.
    """
    try:
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            _make_key(path)
        with path.open("rb") as file:
            return parse_key(file.read(LONGEST_FILE).decode("ascii", "replace"), str(path))
    except OSError as error:
        seen = error.strerror or "unknown error"
        raise ConfigError(f"{path}: cannot be read or made ({seen}); expected a key of pseudonyms") from None


def _make_key(path: Path) -> None:
    """Write a new key, whole or not at all; of two first runs at once, the second keeps the key of the first."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=path.name)  # readable by its owner alone
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        Path(draft).unlink()


def parse_key(text: str, origin: str) -> bytes:
    """Turn the written form of a key into bytes.

    :param text: At least 32 hexadecimal digits.
    :param origin: Where it was written, for the message.
    :raises ConfigError: If it is anything else.
    """
    try:
        key = bytes.fromhex(text.strip())
    except ValueError:
        key = b""
    if len(key) < 16:
        raise ConfigError(f"{origin}: not a key of pseudonyms; expected at least 32 hexadecimal digits")
    return key
