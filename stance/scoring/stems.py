"""Reduce words to their stems, in languages whose words take many forms.

English words stay as they are: its model was learned from them so.
"""

import re
from collections.abc import Callable
from functools import cache

from stance.scoring.clauses import WordCache

_SNOWBALL = {"de": "german", "es": "spanish", "fr": "french", "nl": "dutch", "ru": "russian"}
"""Stemmers of Snowball (M. Porter) as nltk has them."""

_WORD = re.compile(r"[^\W\d_]++(?:['’][^\W\d_]++)*+")

# Turkish adds endings one behind the other: number, possession, case, and those of verbs. nltk has no stemmer for it.
_TURKISH_ENDINGS = re.compile(
    r"(?:l[ae]r|(?:s?[ıiuü]|[ıiuü]m[ıiuü]z|[ıiuü]n[ıiuü]z)|n?[ıiuü]n|[dt][ae]n?|y?l[ae]|n?[ae]|y?[ıiuü]|k[iı]"
    r"|m[ae]k|m[ıiuü]ş|[dt][ıiuü](?:k|m|n)?|[ae]c[ae][kğ]|[ıiuüae]?yor|s[ae]|m[ae])$"
)
_SHORTEST_STEM = 4
_MOST_ENDINGS = 3


def stemmed(text: str, language: str) -> str:
    """Replace each word of a text in lower case by its stem; a text in a language without stemmer stays as it is."""
    if language not in _SNOWBALL and language != "tr":
        return text
    stems = _stems(language)
    return _WORD.sub(lambda word: stems[word[0]], text)


@cache
def _stems(language: str) -> WordCache:
    return WordCache(_turkish_stem if language == "tr" else _snowball(_SNOWBALL[language]))


def _snowball(name: str) -> Callable[[str], str]:
    from nltk.stem import SnowballStemmer

    stemmer = SnowballStemmer(name)
    return lambda word: word if word.startswith("x") else str(stemmer.stem(word))


def _turkish_stem(word: str) -> str:
    """Cut off what stands behind an apostrophe, then some endings."""
    stem = re.split("['’]", word)[0]
    for _ in range(_MOST_ENDINGS):
        shorter = _TURKISH_ENDINGS.sub("", stem)
        if len(shorter) < _SHORTEST_STEM or shorter == stem:
            break
        stem = shorter
    return stem
