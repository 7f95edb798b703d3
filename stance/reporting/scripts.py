"""Small scripts of our own that make a page handier, and the only ones that a page may run.

A page is complete without its script. The script stands in the page, so that a saved page is one file, and the page's
policy names the digest of exactly that text: whatever else a stranger smuggles in does not run.
"""

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent / "static"


class Script(NamedTuple):
    """A script, and what a Content Security Policy calls it."""

    text: str
    csp_hash: str  # ``sha256-`` and the digest of the text in base64 (CSP level 3, 2.3.1)


@cache
def script(name: str) -> Script:
    """Give a script of ``static/``, as it stands in a page.

    :param name: A file name, such as ``comments.js``.
    :raises ValueError: If it holds what would end or disarm a ``script`` element.
    """
    text = (FOLDER / name).read_text(encoding="utf-8")
    if "</script" in text.lower() or "<!--" in text:
        raise ValueError(f"{name} holds </script or <!--; expected a script that can stand inside a page")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Script(text, f"sha256-{digest}")
