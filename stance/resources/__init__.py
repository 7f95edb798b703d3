"""Files of the package itself.

The data of an installed package is in ``stance/data``, that of a checkout in the project's own ``data/``.
"""

import json
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

VERSION = "0.1.0"
_PACKAGE = Path(__file__).parent.parent
DATA = _PACKAGE / "data" if (_PACKAGE / "data").is_dir() else _PACKAGE.parent / "data"
TARGETS = DATA / "targets.toml"
TARGET_NAMES = DATA / "targets"
"""Names of these targets in other languages, one file for each."""

MODELS = DATA / "models"
ENCODER = DATA / "encoder"
READER = DATA / "reader"
TONE = DATA / "tone"
MULTILINGUAL_ENCODER = ENCODER / "multilingual"
LANGUAGES = DATA / "languages"
LAYOUTS = DATA / "layouts"
VOICES = DATA / "voices"
SOURCES = DATA / "sources"
GRADES = DATA / "grades.json"
SHARE_ERRORS = DATA / "share_errors.json"
"""Reach of the errors of shares that no label corrects; ``research.training.kind_errors`` fits it."""

NEWSROOM = DATA / "newsroom.json"
"""Patterns of comments to the newsroom; ``research.training.train_newsroom`` fits their weights."""

DEMO = DATA / "demo.zip"
"""The pages, labels and key of ``stance demo``, which ``research/demo`` makes."""

OTHER_LANGUAGES = ("nl", "de", "fr", "es", "ru", "tr")
"""Languages other than English that have names and comments."""

NAMED_LANGUAGES = (*OTHER_LANGUAGES, "ar", "uk", "pl", "it")
"""Those that have names; no other language of an input may become a path. The last four are experimental."""


class LatePattern:
    """A pattern that is compiled when it is first used: those of all languages take longer than reading a page.

    :param pattern: As ``re.compile`` takes it, like the flags.
    """

    def __init__(self, pattern: str, flags: int = 0) -> None:
        self.pattern, self.flags = pattern, flags

    def __getattr__(self, name: str) -> Any:
        """Compile it, and keep its method."""
        method = vars(self)[name] = getattr(re.compile(self.pattern, self.flags), name)
        return method


remembered = lru_cache(maxsize=4096)
"""Decorator of functions of which the last answers are kept: a page asks for the same ones again and again."""


@cache
def shipped_arrays(path: Path) -> dict[str, Any]:
    """Load the arrays of a file that ships with the package, as 32-bit numbers."""
    import numpy as np  # most commands need none of them

    with np.load(path, allow_pickle=False) as stored:
        return {name: stored[name].astype(np.float32) for name in stored.files}


@cache
def formats() -> dict[str, Any]:
    """Read the lists of endings, signatures, encodings and names of columns."""
    return shipped_toml(DATA / "formats.toml")


@cache
def listed_words(name: str) -> frozenset[str]:
    """Return a list of words that are looked up in texts, of ``data/words/lists.toml``."""
    return frozenset(_word_lists()[name].split())


@cache
def _word_lists() -> dict[str, str]:
    return shipped_toml(DATA / "words" / "lists.toml")


def shipped_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file of the package's own data."""
    import tomllib  # not before a file is read

    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def shipped_json(path: Path) -> Any:
    """Read a JSON file of the package's own data."""
    return json.loads(path.read_text(encoding="utf-8"))
