"""The version of the package and the places of its data.

The data of an installed package is in ``stance/data``, that of a checkout in the project's own ``data/``.
"""

from functools import cache
from pathlib import Path
from typing import Any

VERSION = "0.1.0"

_INSIDE = Path(__file__).parent / "data"
DATA = _INSIDE if _INSIDE.is_dir() else Path(__file__).parent.parent / "data"

TARGETS = DATA / "targets.toml"
TARGET_NAMES = DATA / "targets"
"""What readers of other languages call those targets: a file for each language."""
HASHTAGS = DATA / "hashtags.txt"
CUES = DATA / "cues"
NARRATIVES = DATA / "narratives.toml"
INCIVILITY = DATA / "incivility.toml"
MODELS = DATA / "models"
ENCODER = DATA / "encoder"
TONE = DATA / "tone"
MULTILINGUAL_ENCODER = ENCODER / "multilingual"
LANGUAGES = DATA / "languages"
LAYOUTS = DATA / "layouts"
VOICES = DATA / "voices"
SOURCES = DATA / "sources"
FORMATS = DATA / "formats.toml"
DEMO = DATA / "demo.zip"
"""The pages, labels and key of ``stance demo``, which ``scripts/demo`` makes."""
COMMENTS = DATA / "comments"
"""The labelled comments; in a checkout only, since a wheel carries the model and not what it was made from."""
HOME_COMMENTS = DATA / "home_comments"
"""Those under American home news, most of which name the US and do not address it; likewise."""
LONG_COMMENTS = DATA / "long_comments"
"""Longer and subtler ones; likewise."""
POSTS = DATA / "posts"
"""Posts of microblogs, channels, forums and debate pages, many of which take no side; likewise."""
ALL_COMMENTS = (COMMENTS, HOME_COMMENTS, LONG_COMMENTS, POSTS)
OTHER_LANGUAGES = ("nl", "de", "fr", "es", "ru", "tr")
"""Languages beside English that have names, cues and comments."""
NAMED_LANGUAGES = (*OTHER_LANGUAGES, "ar", "uk", "pl", "it")
"""Those that have names; no other language of an input may become a path. The last four are experimental."""
LANGUAGE_COMMENTS = tuple(COMMENTS / code for code in OTHER_LANGUAGES)
"""Those in other languages; likewise."""


@cache
def formats() -> dict[str, Any]:
    """Read the lists of endings, signatures, encodings and names of columns."""
    import tomllib

    return tomllib.loads(FORMATS.read_text(encoding="utf-8"))
