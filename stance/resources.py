"""The version of the package, the places of its data, and the reader of TOML files.

The data of an installed package is in ``stance/data``, that of a checkout in the project's own ``data/``.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from stance.exceptions import ConfigError, StanceError, unknown
from stance.limits import MAX_SETTINGS_BYTES, open_plain

VERSION = "0.1.0"

_INSIDE = Path(__file__).parent / "data"
DATA = _INSIDE if _INSIDE.is_dir() else Path(__file__).parent.parent / "data"

TARGETS = DATA / "targets.toml"
TARGET_NAMES = DATA / "targets"
"""Names of these targets in other languages, one file for each."""
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
    return shipped_toml(FORMATS)


# TOML files -----------------------------------------------------------------------------------------------------------

_KINDS = {str: "a text", bool: "true or false", int: "a number", list: "a list"}
_YAML_ENDINGS = (".yaml", ".yml")


def shipped_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file of the package's own data."""
    import tomllib  # not before a file is read

    return tomllib.loads(path.read_text(encoding="utf-8"))


def read_toml(
    path: Path, expected: str, *, error: type[StanceError] = ConfigError, most: int = MAX_SETTINGS_BYTES
) -> dict[str, Any]:
    """Read a TOML file of the user.

    :param expected: Words for its content, for messages.
    :param error: The kind of error that is raised.
    :param most: Maximum number of bytes.
    :raises StanceError: If it cannot be read, is too large, or is no TOML.
    """
    import tomllib

    try:
        with open_plain(path) as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise error(f"{path}: more than {most:,} bytes; expected {expected}")
        return tomllib.loads(content.decode("utf-8-sig"))
    except OSError as fault:
        raise error(f"{path}: cannot be read ({fault.strerror}); expected {expected}") from None
    except UnicodeDecodeError as fault:
        raise error(f"{path}: not UTF-8 at byte {fault.start}, so not TOML; expected {expected}") from None
    except (ValueError, RecursionError) as fault:
        if path.suffix.lower() in _YAML_ENDINGS:
            raise error(f"{path}: YAML, which is not read; expected TOML: {expected}") from None
        reason = str(fault).splitlines()[0][:200] if isinstance(fault, ValueError) else "nested too deeply"
        raise error(f"{path}: not TOML ({reason}); expected {expected}") from None


def check_table(
    row: object, kinds: Mapping[str, type], where: str, error: type[StanceError] = ConfigError
) -> dict[str, Any]:
    """Check the keys of a table and the types of its values, and return it.

    :param kinds: The type of each key; ``object``: any.
    :param where: Names the table in messages.
    :raises StanceError: If it is no table, has another key, or a value of another type.
    """
    if not isinstance(row, dict):
        raise error(f"{where} is {quoted(row)}; expected a table of {', '.join(kinds)}")
    for key, value in row.items():
        if key not in kinds:
            raise error(unknown(f"{where}: unknown key", key, kinds))
        if type(value) is not kinds[key] and kinds[key] is not object:
            raise error(f"{where}: {key} is {quoted(value)}; expected {_KINDS[kinds[key]]}")
    return row


def quoted(value: object) -> str:
    """Quote a value on one line, shortened."""
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
