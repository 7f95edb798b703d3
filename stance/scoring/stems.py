"""Reduce words to their stems, in languages whose words take many forms.

English words stay as they are in :func:`stemmed`: the English model was learned from them so.
"""

import re
import sys
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from stance.scoring.clauses import ENGLISH, WordCache

MASKS = ("xtarget", "xother")
"""Words that replace the names of targets."""

STEMMED = {
    "ar": "arabic", "da": "danish", "de": "german", "en": "english", "es": "spanish", "fi": "finnish", "fr": "french",
    "hu": "hungarian", "it": "italian", "nl": "dutch", "no": "norwegian", "pt": "portuguese", "ro": "romanian",
    "ru": "russian", "sv": "swedish", "tr": "",
}  # fmt: skip
"""Languages with a stemmer: Snowball's (M. Porter), as nltk names them, and the rules for Turkish here."""

_WORD = re.compile(r"[^\W\d_]++(?:['’][^\W\d_]++)*+")

# Turkish adds endings one behind the other: number, possession, case, and those of verbs. nltk has no stemmer for it.
_TURKISH_ENDINGS = re.compile(
    r"(?:l[ae]r|(?:s?[ıiuü]|[ıiuü]m[ıiuü]z|[ıiuü]n[ıiuü]z)|n?[ıiuü]n|[dt][ae]n?|y?l[ae]|n?[ae]|y?[ıiuü]|k[iı]"
    r"|m[ae]k|m[ıiuü]ş|[dt][ıiuü](?:k|m|n)?|[ae]c[ae][kğ]|[ıiuüae]?yor|s[ae]|m[ae])$"
)
_SHORTEST_STEM = 4
_KEPT = 1 << 16  # words of a language, as pages share theirs
_MOST_ENDINGS = 3


def stemmed(text: str, language: str) -> str:
    """Replace each word of a text in lower case by its stem; English and languages without stemmer stay as they are."""
    if language == ENGLISH or language not in STEMMED:
        return text
    stems = _stems(language)
    return _WORD.sub(lambda word: stems[word[0]], text)


@cache
def _stems(language: str) -> WordCache:
    stem = stemmer(language)
    return WordCache(lambda word: word if word in MASKS else stem(word))


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """Return the function that reduces a word in lower case to its stem.

    :param language: One of :data:`STEMMED`.
    """
    if not STEMMED[language]:
        return lru_cache(_KEPT)(_turkish_stem)
    return lru_cache(_KEPT)(_snowball()(STEMMED[language]).stem)


def _snowball() -> Any:
    """Import nltk's Snowball stemmers without the rest of nltk, which loads scikit-learn: .1 s instead of 1.1 s."""
    if "nltk" in sys.modules:
        from nltk.stem import SnowballStemmer

        return SnowballStemmer
    package, corpus, found = ModuleType("nltk"), ModuleType("nltk.corpus"), find_spec("nltk")
    package.__path__ = [*((found and found.submodule_search_locations) or ())]
    corpus.stopwords = None  # type: ignore[attr-defined] # of no use: stop words have stems too
    sys.modules |= {"nltk": package, "nltk.corpus": corpus}
    try:
        from nltk.stem.snowball import SnowballStemmer

        return SnowballStemmer
    finally:  # so that another import gets the whole package
        for name in [each for each in sys.modules if each.partition(".")[0] == "nltk"]:
            del sys.modules[name]


def _turkish_stem(word: str) -> str:
    """Cut off what stands behind an apostrophe, then some endings."""
    stem = re.split("['’]", word)[0]
    for _ in range(_MOST_ENDINGS):
        shorter = _TURKISH_ENDINGS.sub("", stem)
        if len(shorter) < _SHORTEST_STEM or shorter == stem:
            break
        stem = shorter
    return stem
