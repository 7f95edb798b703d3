"""Small text and TOML files of the user, and checks of their tables."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stance.exceptions import ConfigError, StanceError, unknown
from stance.limits import FIXED, open_plain


def read_text(
    path: Path, expected: str, *, error: type[StanceError] = ConfigError, most: int = FIXED.settings_bytes
) -> str:
    """Read a small text file of the user.

    :param expected: Words for its content, for messages.
    :param error: The kind of error that is raised.
    :param most: Maximum number of bytes.
    :raises StanceError: If it cannot be read, is too large, or is not in UTF-8.
    """
    try:
        with open_plain(path) as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise error(f"{path}: more than {most:,} bytes; expected {expected}")
        return content.decode("utf-8-sig")
    except OSError as fault:
        raise error(f"{path}: cannot be read ({fault.strerror or fault}); expected {expected}") from None
    except UnicodeDecodeError as fault:
        raise error(f"{path}: not UTF-8 at byte {fault.start}; expected {expected}") from None


def read_toml(
    path: Path, expected: str, *, error: type[StanceError] = ConfigError, most: int = FIXED.settings_bytes
) -> dict[str, Any]:
    """Read a TOML file of the user.

    :param expected: Words for its content, for messages.
    :param error: The kind of error that is raised.
    :param most: Maximum number of bytes.
    :raises StanceError: If it cannot be read, is too large, or is no TOML.
    """
    import tomllib

    text = read_text(path, expected, error=error, most=most)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as fault:
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
            words = {str: "a text", bool: "true or false", int: "a number", list: "a list"}
            raise error(f"{where}: {key} is {quoted(value)}; expected {words[kinds[key]]}")
    return row


def quoted(value: object) -> str:
    """Quote a value on one line, shortened."""
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
