"""Read the word lists of each language: the words that pages write around articles and comments.

A language is one file, ``data/languages/CODE.toml``; ``en.toml`` has every list and says what it is for, and
``docs/parsing.md`` how its phrases are looked up. Every language is looked for on every page, since a site's own words
are often in another language than its articles; so the lists of all files are joined.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from stance.datamodels import Record, Strings
from stance.resources import LANGUAGES
from stance.resources.toml import read_toml

Lists = Mapping[str, Strings]
"""Phrases by the table and the name of their list: ``section.headings``."""

UNSPACED = "\u3000"
"""Words that sort behind it are Chinese, Japanese or Korean, and are written without blanks."""


def read_tables(path: Path) -> Record:
    """Read a TOML file that ships with the parser.

    :raises ConfigError: If it is not there, or no TOML.
    """
    return read_toml(path, "a file of the parser's data")


def split_phrases(text: str) -> Strings:
    """Split a text at commas and ends of lines into its phrases."""
    return tuple(phrase for part in re.split(r"[,\n]", text) if (phrase := part.strip()))


def read_lists(path: Path) -> Lists:
    """Read the lists of one file, each a text of phrases or a list of regular expressions."""
    return {
        f"{table}.{name}": split_phrases(value) if isinstance(value, str) else tuple(value)
        for table, entries in read_tables(path).items()
        for name, value in entries.items()
    }


_PATHS = sorted(LANGUAGES.glob("*.toml"), key=lambda path: (path.stem != "en", path.stem))  # English first

_LANGUAGES = {path.stem: read_lists(path) for path in _PATHS}


@cache
def phrases(*names: str) -> Strings:
    """Return some lists of all languages, joined; phrases that several share are in it once.

    :param names: Table and name of each in ``en.toml``, which describes them: ``section.headings``.
    """
    return tuple(dict.fromkeys(text for name in names for lists in _LANGUAGES.values() for text in lists.get(name, ())))


@cache
def phrase_set(*names: str) -> frozenset[str]:
    """Return some lists for looking up phrases as a whole."""
    return frozenset(phrases(*names))


@cache
def words_of_phrases(*names: str) -> frozenset[str]:
    """Return the single words of some lists."""
    return frozenset(word for phrase in phrases(*names) for word in phrase.split())


BADGES = frozenset(phrases("comment.roles", "comment.badges"))

MONTHS = {
    name: number
    for lists in _LANGUAGES.values()
    for number, names in enumerate(lists.get("date.months", ()), 1)
    for name in names.casefold().split()
}

STAMP_JOINTS = frozenset((*phrases("date.joints", "date.weekdays"), *"·•|-–—/,:.#@«»"))
