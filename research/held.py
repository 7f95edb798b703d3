"""The list of texts that are kept back: none is labelled, taught, or used to choose anything."""

import hashlib
import re
from functools import cache
from pathlib import Path

from research import ROOT

HELD = ROOT.parent / "shared" / "real" / "held_texts.txt"
"""Digests, one a line."""

_LETTERS = 60


def digest_of(text: str) -> str:
    """Return the digest of a text: of its first 60 word characters, in lower case."""
    return hashlib.sha256(re.sub(r"\W+", "", text.lower())[:_LETTERS].encode()).hexdigest()[:16]


@cache
def held_digests(path: Path = HELD) -> frozenset[str]:
    """Read the list.

    :raises OSError: If it is not there: nothing may be learned without it.
    """
    return frozenset(path.read_text(encoding="ascii").split())


def is_held(text: str) -> bool:
    """Return whether a text is kept back.

    :raises OSError: As :func:`held_digests`.
    """
    return digest_of(text) in held_digests()
