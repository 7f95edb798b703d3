"""Read the word lists of each language: the words that pages write around articles and comments.

A language is one file, ``data/languages/CODE.toml``; ``en.toml`` has every list and says what it is for, and
``docs/layouts.md`` how its phrases are looked up. Every language is looked for on every page, since a site's own words
are often in another language than its articles; so the lists of all files are joined.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from stance.datamodels import Record
from stance.exceptions import ConfigError
from stance.resources import LANGUAGES, read_toml

Lists = Mapping[str, tuple[str, ...]]
"""Phrases by the table and the name of their list: ``section.headings``."""

UNSPACED = "\u3000"
"""Words that sort behind it are Chinese, Japanese or Korean, and are written without blanks."""

_SEPARATOR = re.compile(r"[,\n]")


def read_tables(path: Path) -> Record:
    """Read a TOML file that ships with the parser.

    :raises ConfigError: If it is not there, or no TOML.
    """
    return read_toml(path, "a file of the parser's data")


def split_phrases(text: str) -> tuple[str, ...]:
    """Split a text at commas and ends of lines into its phrases."""
    return tuple(phrase for part in _SEPARATOR.split(text) if (phrase := part.strip()))


def load_languages(folder: Path = LANGUAGES) -> dict[str, Lists]:
    """Read the lists of all languages.

    :param folder: Of files ``CODE.toml``, among them ``en.toml``, which has every list.
    :return: The lists of each code, English first.
    :raises ConfigError: If a file has a list that English has not, or one that is of another kind.
    """
    english = read_tables(folder / "en.toml")
    languages = {"en": _lists(folder / "en.toml", english, english)}
    for path in sorted(path for path in folder.glob("*.toml") if path.stem != "en"):
        languages[path.stem] = _lists(path, read_tables(path), english)
        if len(months := languages[path.stem].get("date.months", ())) not in (0, 12):
            raise ConfigError(f"{path}: date.months has {len(months)} names; expected 12, separated by commas")
    return languages


def read_lists(path: Path) -> Lists:
    """Read the lists of one file.

    :raises ConfigError: If it holds anything else.
    """
    tables = read_tables(path)
    return _lists(path, tables, tables)


def _lists(path: Path, tables: Record, english: Record) -> Lists:
    """Check tables against those that they may be, and split their texts into phrases."""
    lists = {}
    for table, entries in tables.items():
        if not isinstance(entries, dict) or table not in english:
            raise ConfigError(f"{path}: [{table}] is no table of lists; expected one of {', '.join(english)}")
        for name, value in entries.items():
            if name not in english[table]:
                raise ConfigError(f"{path}: {table}.{name} is no list; expected one of {', '.join(english[table])}")
            lists[f"{table}.{name}"] = _phrases(value, english[table][name], f"{path}: {table}.{name}")
    return lists


def _phrases(value: object, sample: object, where: str) -> tuple[str, ...]:
    """Read a text of phrases, or a list of regular expressions, as the sample is."""
    if isinstance(sample, str) and isinstance(value, str):
        return split_phrases(value)
    if not isinstance(sample, list) or not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        expected = "a text, its phrases separated by commas" if isinstance(sample, str) else "a list of texts"
        raise ConfigError(f"{where} is no {expected[2:]}; expected {expected}")
    return tuple(value)


def _months() -> dict[str, int]:
    """Number the names of months."""
    numbers: dict[str, int] = {}
    for code, lists in _LANGUAGES.items():
        for number, names in enumerate(lists.get("date.months", ()), 1):
            for name in names.casefold().split():
                if numbers.setdefault(name, number) != number:
                    other = numbers[name]
                    raise ConfigError(f"{code}.toml: {name!r} is month {number}, and month {other} in another language")
    return numbers


_LANGUAGES = load_languages()


@cache
def phrases(*names: str) -> tuple[str, ...]:
    """Return some lists of all languages, joined; phrases that several share are in it once.

    :param names: Table and name of each in ``en.toml``, which describes them: ``section.headings``.
    :raises ConfigError: If English has no such list.
    """
    if missing := [name for name in names if name not in _LANGUAGES["en"]]:
        raise ConfigError(f"{LANGUAGES / 'en.toml'}: {missing[0]} is missing; expected every list of the parser")
    return tuple(dict.fromkeys(each for name in names for lists in _LANGUAGES.values() for each in lists.get(name, ())))


def words_of_phrases(*names: str) -> frozenset[str]:
    """Return the single words of some lists."""
    return frozenset(word for phrase in phrases(*names) for word in phrase.split())


BADGES = frozenset(phrases("comment.roles", "comment.badges"))
MONTHS = _months()
STAMP_JOINTS = frozenset((*phrases("date.joints", "date.weekdays"), *"·•|-–—/,:.#@«»"))
