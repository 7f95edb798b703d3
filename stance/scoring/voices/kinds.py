"""Kinds of words in each language: words of saying, offices, pronouns, articles, names of places."""

from collections.abc import Mapping
from functools import cache

from stance.resources import VOICES, shipped_toml
from stance.scoring.sentences import ENGLISH

PARTICIPLE = "+"
"""Suffix of the kind of a participle: "saying"."""

ARTICLES = frozenset(("articles", "definite"))

PRONOUNS = frozenset(("pronouns", "neutral"))

LANGUAGES = ("ar", "de", "en", "es", "fr", "nl", "ru", "tr")
"""Languages with word lists; in others, only text in quotation marks counts as quoted."""


@cache
def kinds_of_words(language: str) -> Mapping[str, str]:
    """Return the kind of each word of a language, in lower case and with a capital."""
    if language not in LANGUAGES:
        return {}
    table = shipped_toml(VOICES / f"{language}.toml")
    attached = ("", *table.pop("attached", {}).get("words", "").split())
    kinds: dict[str, str] = {}
    for part, lists in table.items():
        for kind, words in lists.items():
            name = f"{kind}{PARTICIPLE}" if part == "participles" else kind
            for word in (before + word for word in words.split() for before in attached):
                kinds.setdefault(word, name)
                if kind != "denial":  # Theresa May
                    kinds.setdefault(word[0].upper() + word[1:], name)
                if kind == "labels":
                    kinds.setdefault(word.upper(), name)
    return kinds


@cache
def names_of_places() -> frozenset[str]:
    """Return the English words of names of countries, large cities and parts of the world."""
    from babel import Locale  # a tenth of a second

    locale = Locale(ENGLISH)
    cities = (str(zone.get("city", name.rpartition("/")[2])) for name, zone in locale.time_zones.items())
    names = (name for code, name in locale.territories.items() if code not in ("EU", "UN"))
    listed = (word for word, kind in kinds_of_words(ENGLISH).items() if kind == "places")
    return frozenset(listed).union(*(name.replace("_", " ").split() for name in (*names, *cities)))
