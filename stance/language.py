"""Which language a text is in, or that it cannot be told.

Sentiment and stance are scored in the languages their models know, so a comment must not pass for English because it is
short, nor be lost as something else because it is slangy. Scripts are counted first; within a script py3langid's
bundled model decides, with English function words as further evidence. Too short or mixed a text stays unknown.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from typing import Any

from stance.datamodels import UNKNOWN_LANGUAGE

MAX_CHARACTERS = 2_000
"""What is read of a text: enough for every language, and a bound on the time."""

# Thresholds were set on the project's comments and on German and Spanish pages, cut to 1-30 words, so that a wrong
# language is rarer than 1 in 500 at any length; docs/targets.md has the figures.
CERTAIN = 0.8
"""Probability from which a language other than English is believed."""
CERTAIN_SHORT = 0.9
SHORT_WORDS = 5
"""The same for texts up to so many words, of which a foreign name is a large part."""
CERTAIN_ENGLISH = 0.6
CERTAIN_ENGLISH_WITH_WORDS = 0.3
"""The same for a text with English function words in it and no letter that English does not use."""
MIN_WORDS = 2
MIN_UNSPACED = 4
"""Letters, in scripts that write no space between words."""
MIN_SCRIPT_SHARE = 0.7
"""Share of the letters in one script, below which a text is mixed."""
HALVES_FROM_WORDS = 16
"""From here on the two halves of a text are told apart too: a quotation in another language makes it mixed."""

# The languages among which a script leaves a choice: those that readers of the news write in; an unlikely candidate
# costs more right answers than it brings. Where there is one, the script has decided.
LANGUAGES_OF_SCRIPT: dict[str, tuple[str, ...]] = {
    "LATIN": (
        *("en", "de", "fr", "es", "nl", "it", "pt", "pl", "sv", "da", "no", "fi", "tr", "ro", "cs", "sk", "hu", "hr"),
        *("sl", "sq", "ca", "et", "lt", "lv", "id", "vi"),
    ),
    "CYRILLIC": ("ru", "uk", "be", "bg", "sr", "mk", "kk"),
    "ARABIC": ("ar", "fa", "ur"),
    "DEVANAGARI": ("hi", "mr", "ne"),
    "HEBREW": ("he",),
    "GREEK": ("el",),
    "ARMENIAN": ("hy",),
    "GEORGIAN": ("ka",),
    "HANGUL": ("ko",),
    "KANA": ("ja",),
    "CJK": ("zh",),
    "THAI": ("th",),
}
_UNSPACED = frozenset(("KANA", "CJK", "THAI"))
_SCRIPT_NAMES = {"HIRAGANA": "KANA", "KATAKANA": "KANA", "KATAKANA-HIRAGANA": "KANA"}

_WORD = re.compile(r"[^\W\d_]++(?:['’][^\W\d_]++)*+")
_NOT_WORDS = re.compile(r"(?:https?://|www\.|[@#])\S*+")
_ENGLISH_WORDS = frozenset(
    _WORD.findall(
        "about and another any are aren't because been being but can't could couldn't did didn't doesn't doing don't"
        " every from get had having his how i i'd i'll i'm i've if isn't it it's its just know let's like never nothing"
        " only other our out shall she should shouldn't something that that's the their them then there these they"
        " they're they've this those too up wasn't we're we've what what's when where which while who who's whose why"
        " with won't would wouldn't you you're your"
    )
)
"""Function words that the other languages of the Latin script do not share."""
PLAIN_HITS = 3
PLAIN_SHARE = 0.15
"""So many of them, and such a share of the words, make a passage English; asking the model would cost most here."""


def detect_language(text: str) -> str:
    """Tell the language of a text.

    :return: Its ISO 639-1 code, or ``UNKNOWN_LANGUAGE`` where the text is too short or too mixed to tell.
    """
    plain = _NOT_WORDS.sub(" ", unicodedata.normalize("NFC", text[:MAX_CHARACTERS]))
    words = _WORD.findall(plain)
    script = _script("".join(words))
    if script is None or not _is_long_enough(words, script):
        return UNKNOWN_LANGUAGE
    candidates = LANGUAGES_OF_SCRIPT[script]
    if len(candidates) == 1:
        return candidates[0]
    return _told(words, script)


def detect_languages(texts: Iterable[str]) -> list[str]:
    """Tell the language of each text, as ``detect_language`` does."""
    return [detect_language(text) for text in texts]


def _script(letters: str) -> str | None:
    """Return the script that nearly all letters are in; None if there is none, or it is not one of ours."""
    counts = Counter(map(_script_of, letters))
    if counts["KANA"]:
        counts["KANA"] += counts.pop("CJK", 0)  # Japanese writes both
    script, count = max(counts.items(), key=lambda item: item[1], default=("", 0))
    return script if script in LANGUAGES_OF_SCRIPT and count >= MIN_SCRIPT_SHARE * counts.total() else None


@lru_cache(maxsize=10_000)
def _script_of(letter: str) -> str:
    if letter.isascii():
        return "LATIN"
    first = unicodedata.name(letter, "?").split()[0]
    return _SCRIPT_NAMES.get(first, first)


def _is_long_enough(words: Sequence[str], script: str) -> bool:
    return len("".join(words)) >= MIN_UNSPACED if script in _UNSPACED else len(words) >= MIN_WORDS


def _told(words: Sequence[str], script: str) -> str:
    if len(words) < HALVES_FROM_WORDS:
        return _classified(words, script)
    middle = len(words) // 2
    told = {_classified(words[:middle], script), _classified(words[middle:], script)} - {UNKNOWN_LANGUAGE}
    return told.pop() if len(told) == 1 else UNKNOWN_LANGUAGE


def _classified(words: Sequence[str], script: str) -> str:
    known = sum(word.lower().replace("’", "'") in _ENGLISH_WORDS for word in words)
    if known >= max(PLAIN_HITS, PLAIN_SHARE * len(words)):
        return "en"
    language, probability = _most_probable(" ".join(words).lower(), LANGUAGES_OF_SCRIPT[script])
    return language if probability >= _needed(language, words, known) else UNKNOWN_LANGUAGE


def _needed(language: str, words: Sequence[str], known: int) -> float:
    """Return the probability from which a language is believed."""
    if language == "en":
        is_plain = known and "".join(words).replace("’", "").isascii()
        return CERTAIN_ENGLISH_WITH_WORDS if is_plain else CERTAIN_ENGLISH
    if known > 1:
        return math.inf  # English words in it: mixed
    return CERTAIN_SHORT if len(words) <= SHORT_WORDS else CERTAIN


def _most_probable(text: str, candidates: Sequence[str]) -> tuple[str, float]:
    """Return the likeliest candidate with its probability among them."""
    ranked = [(str(language), float(share)) for language, share in _identifier().rank(text) if language in candidates]
    language, share = ranked[0]
    total = sum(share for _, share in ranked)
    return language, share / total if total else 0.0


@cache
def _identifier() -> Any:
    """Load the model; importing it takes longer than everything else here."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([language for languages in LANGUAGES_OF_SCRIPT.values() for language in languages])
    return identifier
