"""Read the word lists of each language: the words that pages write around articles and comments.

A language is one file, ``data/languages/CODE.toml``; ``en.toml`` has every list and says what it is for, and
``docs/layouts.md`` how its phrases are looked up. Every language is looked for on every page, since a site's own words
are often in another language than its articles; so the lists of all files are joined.
"""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from stance.exceptions import ConfigError
from stance.resources import LANGUAGES

Lists = Mapping[str, tuple[str, ...]]
"""Phrases by the table and the name of their list: ``section.headings``."""

UNSPACED = "\u3000"
"""Words that sort behind it are Chinese, Japanese or Korean, and stand beside others without a blank."""

_SEPARATOR = re.compile(r"[,\n]")


def read_tables(path: Path) -> dict[str, Any]:
    """Read a TOML file that ships with the parser.

    :raises ConfigError: If it is not there, or no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}; expected a file of the parser's data") from None
    except ValueError as error:
        raise ConfigError(f"{path}: not TOML ({str(error).splitlines()[0]})") from None


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


def _lists(path: Path, tables: Mapping[str, Any], english: Mapping[str, Any]) -> Lists:
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


def _words(name: str) -> tuple[str, ...]:
    """Join a list of all languages; phrases that several share stand in it once."""
    if name not in _LANGUAGES["en"]:
        raise ConfigError(f"{LANGUAGES / 'en.toml'}: {name} is missing; expected every list of the parser")
    return tuple(dict.fromkeys(phrase for lists in _LANGUAGES.values() for phrase in lists.get(name, ())))


_LANGUAGES = load_languages()

# en.toml describes each.
COMMENT_HEADINGS = _words("section.headings")
SORT_LINES = _words("section.orders")
NO_COMMENTS = _words("section.empty")
SECTION_ENDS = _words("section.ends")
PAGING = frozenset(_words("section.paging"))

ACTIONS = _words("comment.actions")
COMMENT_ACTIONS = _words("comment.own_actions")
SAID_TOO = _words("comment.said_too")
SAYS = _words("comment.says")
REPLY_TO = _words("comment.reply_to")
IN_REPLY_TO = tuple(phrase for phrase in REPLY_TO if phrase.split()[0] not in COMMENT_ACTIONS)  # "Reply to" is a button
PARENT_LINKS = _words("comment.parent_links")
SUBJECTS = frozenset(_words("comment.subjects"))
NAMED_BELOW = _words("comment.named_below")
COMMENT_CREDITS = _words("comment.credited")
NAME_ARTICLES = frozenset(_words("comment.name_articles"))
ROLES = frozenset(_words("comment.roles"))
BADGES = ROLES.union(_words("comment.badges"))
CARDS = _words("comment.cards")
POINTS = _words("comment.points")
AFFILIATIONS = _words("comment.affiliations")
EDITED = frozenset(_words("comment.edited"))
AVATARS = _words("comment.avatars")
MENTIONED_ELSEWHERE = _words("comment.pingbacks")
DELETED = _words("comment.deleted")

BY = _words("article.by")
BYLINE_CREDITS = _words("article.byline")
RELATED_HEADINGS = _words("article.related")
TEASER_PREFIXES = _words("article.teasers")
TICKER_HEADINGS = _words("article.tickers")
ARTICLE_ENDS = _words("article.ends")
FURNITURE = _words("article.furniture")
PROMPTS = _words("article.prompts")
SUPPORT = _words("article.support")
CREDITS = _words("article.credits")
AGENCIES = _words("article.agencies")
SOURCES = _words("article.sources")
SOURCE_KINDS = frozenset(_words("article.source_kinds"))

MONTHS = _months()
STAMP_JOINTS = frozenset((*_words("date.joints"), *_words("date.weekdays"), *"·•|-–—/,:.#@«»"))
STAMP_LABELS = frozenset(_words("date.labels"))
BEFORE_DATE = _words("date.before")
NAMED_DAYS = _words("date.days")
BEFORE_TIME = _words("date.at")
BEHIND_TIME = _words("date.clock")
DATE_OF = _words("date.of")
ORDINALS = _words("date.ordinals")
TIME_UNITS = _words("date.units")
SHORT_UNITS = _words("date.short_units")
SOME = _words("date.some")
AND = _words("date.and")
ABOUT = _words("date.about")
SINCE = _words("date.since")
AGO = _words("date.ago")
NOW = _words("date.now")
UNCOUNTED_SPANS = _words("date.uncounted")
FORENOON = _words("date.forenoon")
AFTERNOON = _words("date.afternoon")

COUNT_STEMS = _words("count.stems")
COUNT_WORDS = _words("count.words")
ANSWER_STEMS = _words("count.answers")
COUNTS_OTHER_THINGS = frozenset(_words("count.other_things"))
ONE = frozenset(_words("count.one"))
COUNT_OF = frozenset(_words("count.of"))
MORE = frozenset(_words("count.more"))
OLDER = frozenset(_words("count.older"))
PAGE_WORDS = _words("count.page")

COMMENT_WORDS = _words("markup.comments")
BESIDE_WORDS = _words("markup.beside")
LEAD_WORDS = _words("markup.lead")
ASIDE_WORDS = _words("markup.aside")
ONE_COMMENT_WORDS = _words("markup.one_comment")
MANY_COMMENTS_WORDS = _words("markup.many_comments")
AUTHOR_WORDS = _words("markup.author")
NO_AUTHOR_WORDS = _words("markup.no_author")
REPLY_WORDS = _words("markup.replies")
TEXT_WORDS = _words("markup.text")
