"""Read the words of classes and ids."""

import re
from functools import lru_cache

from stance.datamodels import Strings
from stance.parsing.html.text import Element

_WORDS = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![^\W\d_A-Z])")


def words_of(element: Element) -> str:
    """Return the words in an element's class, id and kind, in lower case."""
    get = element.get  # for each element several times; a loop over the names takes twice as long
    return _words_of_names(
        f"{get('class', '')} {get('id', '')} {get('itemprop', '')} {get('itemtype', '')} {get('typeof', '')}"[:400]
    )


@lru_cache(maxsize=8192)
def _words_of_names(names: str) -> str:
    return " ".join(_WORDS.findall(names)).lower()


def is_named_after(pattern: Strings, element: Element) -> bool:
    """Return whether a class or id has one of some words; a word with ``*`` may be a part of another."""
    return has_words(pattern, words_of(element))


def has_words(pattern: Strings, words: str) -> bool:
    """Return whether some words have one of a pattern."""
    return any(_is_one_of(pattern, word) for word in words.split())


@lru_cache(maxsize=32768)
def _is_one_of(pattern: Strings, word: str) -> bool:
    return word in pattern or any(part.startswith("*") and part[1:] in word for part in pattern)
