"""Everything this package raises on purpose.

    StanceError
     ├── InputError         an input that cannot be read or parsed
     │    ├── ColumnsError       a table that has not the columns that are needed
     │    └── NothingReadError   no input at all could be used
     ├── TargetError        a target file that cannot be used, or a target nobody defined
     ├── LabelError         a label table that cannot be used
     ├── StoreError         a store that cannot be read or written
     │    └── DamageError        a store, or a part of it, that is not as it was written (an InputError too)
     ├── ModelError         a model folder that cannot be loaded
     ├── ConfigError        a setting or option that is not known or not valid
     └── MissingExtraError  a feature whose package is not installed

Each message is one line that names the file, says what was seen and what was expected.
"""

import difflib
from collections.abc import Iterable
from importlib.util import find_spec


def hint(word: str, candidates: Iterable[object]) -> str:
    """Suggest the known name that is like a given one; list all of them if none is."""
    names = [str(candidate) for candidate in candidates]
    folded = {name.casefold(): name for name in reversed(names)}
    if near := difflib.get_close_matches(word[:50].casefold(), folded, 1):
        return f"did you mean {folded[near[0]]}?"
    # Number of known names that a message lists.
    most = 30
    left = len(names) - most
    if not names:
        return "expected a name that exists, but there is none."
    return f"expected one of {', '.join(names[:most])}{f' and {left:,} more' if left > 0 else ''}"


def unknown(what: str, name: object, candidates: Iterable[object], then: str = "") -> str:
    """Write the message on an unknown name, with the known ones and the next command.

    :param then: The next command, or another way out.
    """
    text = str(name)[:40]
    meant = hint(text, candidates)
    return f"{what} {text!r}; {meant}{'' if meant.endswith(('?', '.')) or not then else '.'} {then}".rstrip()


class StanceError(Exception):
    """Something the user can act on; the message is one line."""


class InputError(StanceError):
    """An input cannot be read or parsed."""


class ColumnsError(InputError):
    """A table has not the columns that are needed, or has one twice; another mapping would help."""


class NothingReadError(InputError):
    """No input at all could be used."""

    def __init__(
        self, content: str = "nothing", expected: str = "saved pages, tables of comments, documents or scores"
    ) -> None:
        super().__init__(f"{content} could be read; expected {expected}")


class TargetError(StanceError):
    """A target file cannot be used, or a target is not defined."""


class LabelError(StanceError):
    """A label table cannot be used."""


class StoreError(StanceError):
    """A store (the SQLite file of a project) cannot be read or written."""


class DamageError(StoreError, InputError):
    """A store, or a part of it, is not as it was written."""


class ModelError(StanceError):
    """A model folder cannot be loaded."""


class ConfigError(StanceError):
    """A setting or option is not known or not valid."""


REQUIREMENTS = {
    "httpx": "httpx>=0.27' 'tenacity>=8.2",
    "networkx": "networkx>=3.2",
    "pyarrow": "pyarrow>=16",
    "pyspark": "pyspark>=4,<5",
    "torch": "torch>=2.13' 'transformers>=5.23",
    "transformers": "torch>=2.13' 'transformers>=5.23",
}
"""Optional packages -> the arguments of ``pip install``, quoted between themselves, as ``pyproject.toml`` has them."""


def require(*packages: str) -> None:
    """Refuse work that needs a package which is not installed.

    :raises MissingExtraError: If one is not there.
    """
    for package in packages:
        if find_spec(package) is None:
            raise MissingExtraError(package)


class MissingExtraError(StanceError):
    """A feature needs a package that is not installed."""

    def __init__(self, package: str) -> None:
        requirement = REQUIREMENTS.get(package, package)
        super().__init__(
            f"this needs {package}: pip install '{requirement}', or pipx inject commentstance '{requirement}'"
        )
