"""Detect the language of texts; short or mixed texts stay unknown.

Sentiment and stance are scored in the languages their models know, so a wrong guess gives a wrong score or none.
Scripts are counted first; within a script py3langid decides, with English function words as further evidence.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from stance.datamodels import UNKNOWN_LANGUAGE, Document, frozen
from stance.resources import formats, listed_words

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier


@frozen
class _LanguageLimits:
    """Limits of detection.

    The probabilities were set on the project's comments and on German and Spanish pages, cut to 1-30 words, so that a
    wrong language is rarer than 1 in 500 at any length; docs/parsing.md has the figures.
    """

    characters: int = 2_000  # maximum of a text that are read: enough for every language, and a bound on the time
    certain: float = 0.8  # minimum probability of a language other than English
    certain_short: float = 0.9  # the same in a short text, of which a foreign name is a large part
    short_words: int = 5  # maximum words of a short text
    certain_cyrillic: float = 0.6  # the same in Cyrillic letters: their script has left few languages
    certain_english: float = 0.6
    certain_english_with_words: float = 0.3  # the same with English function words and English letters alone
    unexpected: float = 0.5  # number of texts in any language that are expected on a page besides those found there
    words: int = 2  # minimum
    letters: int = 4  # minimum, in scripts that write no space between words
    script_share: float = 0.7  # minimum share of the letters in one script; a text with less is mixed
    halves_from: int = 16  # minimum words for separate detection of two halves: a quotation makes a text mixed
    plain_hits: int = 3  # minimum function words that make a passage English; asking the model would cost most here
    plain_share: float = 0.15  # minimum share of function words for that
    page_counts: int = 5  # number of comments in a language that the language of their page counts as much as
    sample: int = 4000  # number of characters of a document from which its language is detected


LIMITS = _LanguageLimits()

LANGUAGES_OF_SCRIPT = {script: tuple(codes.split()) for script, codes in formats()["scripts"].items()}

_EAST_ASIAN = frozenset(("KANA", "CJK"))

_UNSPACED = frozenset(("KANA", "CJK", "THAI"))
"""Scripts that write no space between words."""

_NAMES_OF_KANA = frozenset(("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA"))

_WORD = re.compile(r"[^\W\d_]++(?:['’][^\W\d_]++)*+")

_NOT_WORDS, _NO_WORD_SIGNS = re.compile(r"(?:https?://|www\.|[@#])\S*+"), ("://", "www.", "@", "#")


class _Passage(NamedTuple):
    """Words that get one language together."""

    words: Sequence[str]
    script: str
    known: int  # English function words among them
    shares: Mapping[str, float]  # probabilities of languages; empty where its script or function words tell


def detect_language(text: str) -> str:
    """Detect the language of a text.

    :return: Its ISO 639-1 code, or ``UNKNOWN_LANGUAGE`` if the text is too short or too mixed.
    """
    return detect_languages((text,))[0]


def detect_languages(texts: Iterable[str], among: Mapping[str, int] | None = None) -> list[str]:
    """Detect the language of each text, as ``detect_language`` does.

    :param among: If the texts belong together, as the comments of a page: how many others are in a language, and the
        page itself. These and the languages found are then expected in short and unclear texts. None: each is alone.
    """
    parts = [_passages(text) for text in texts]
    detected = [_language(passages, Counter()) for passages in parts]
    if among is None:
        return detected
    expected = Counter(among) + Counter(detected)
    del expected[UNKNOWN_LANGUAGE]
    among_others = [_language(passages, expected) for passages in parts]
    pairs = zip(among_others, detected, strict=True)
    return [alone if language == UNKNOWN_LANGUAGE else language for language, alone in pairs]


def language_shares(text: str) -> dict[str, float]:
    """Return the probability of each language, by its code, for a text in any script."""
    words = _words(text.lower())
    return dict(_identifier().rank(" ".join(words)))


def is_in_another_script(text: str, language: str) -> bool:
    """Return whether a text of unknown language is in a script that this language does not use.

    Latin letters may be any language ("Slava Rossii"); Cyrillic letters are never English, however short the text.
    """
    words = _words(text[: LIMITS.characters])
    script = _script("".join(words))
    written = {name for name, languages in LANGUAGES_OF_SCRIPT.items() if language in languages}
    if not _EAST_ASIAN.isdisjoint(written):
        written |= _EAST_ASIAN
    return bool(written) and script not in (None, "LATIN", *written)


@cache
def _identifier() -> "LanguageIdentifier":
    """Load the model of py3langid, for the languages that we tell apart; that takes half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(chain.from_iterable(LANGUAGES_OF_SCRIPT.values()))
    return identifier


def _words(text: str) -> list[str]:
    """Return the words of a text, without addresses and names of accounts."""
    may_have = any(map(text.__contains__, _NO_WORD_SIGNS))
    return _WORD.findall(_NOT_WORDS.sub(" ", text) if may_have else text)


def _script(letters: str) -> str | None:
    """Return the script that nearly all letters are in; None if there is none, or it is not one of ours."""
    if letters.isascii():
        return "LATIN" if letters else None
    counts = Counter(map(_script_of, letters))
    if counts["KANA"]:
        counts["KANA"] += counts.pop("CJK", 0)  # Japanese writes both
    [(script, count)] = counts.most_common(1)
    return script if script in LANGUAGES_OF_SCRIPT and count >= LIMITS.script_share * counts.total() else None


@lru_cache(maxsize=10_000)
def _script_of(letter: str) -> str:
    if letter.isascii():
        return "LATIN"
    first = unicodedata.name(letter, "?").split()[0]
    return "KANA" if first in _NAMES_OF_KANA else first


def _passages(text: str) -> list[_Passage]:
    """Return the passages of a text to detect separately: all of it, or its halves; none of one that is too short."""
    words = _words(unicodedata.normalize("NFC", text[: LIMITS.characters]))
    letters = "".join(words)
    script = _script(letters.replace("’", ""))
    is_long = len(letters) >= LIMITS.letters if script in _UNSPACED else len(words) >= LIMITS.words
    if script is None or not is_long:
        return []
    middle = len(words) // 2
    parts = (words[:middle], words[middle:]) if len(words) >= LIMITS.halves_from else (words,)
    return [_passage(part, script) for part in parts]


def _passage(words: Sequence[str], script: str) -> _Passage:
    """Make a passage; its languages are rated where neither its script nor function words tell."""
    text = " ".join(words)
    plain = text.lower().replace("’", "'").split(" ")
    hits = sum(map(listed_words("english").__contains__, plain))
    known = hits - words.count("i")
    is_plain = script == "LATIN" and known >= max(LIMITS.plain_hits, LIMITS.plain_share * len(words))
    is_told = is_plain or len(LANGUAGES_OF_SCRIPT[script]) == 1
    return _Passage(words, script, known, {} if is_told else language_shares(text))


def _language(passages: Sequence[_Passage], expected: Mapping[str, int]) -> str:
    """Return the one language of some passages."""
    languages = {_language_of(passage, expected) for passage in passages} - {UNKNOWN_LANGUAGE}
    return languages.pop() if len(languages) == 1 else UNKNOWN_LANGUAGE


def _language_of(passage: _Passage, expected: Mapping[str, int]) -> str:
    """Return the likeliest language of the script of a passage: the first where its script or function words tell."""
    candidates = LANGUAGES_OF_SCRIPT[passage.script]
    if not passage.shares:
        return candidates[0]
    rates = {code: passage.shares[code] * (expected.get(code, 0) + LIMITS.unexpected) for code in candidates}
    language = max(rates, key=rates.__getitem__)
    total = sum(rates.values())
    is_sure = total and rates[language] / total >= _needed(language, passage)
    return language if is_sure else UNKNOWN_LANGUAGE


def _needed(language: str, passage: _Passage) -> float:
    """Return the probability above which a language is accepted."""
    words, hits = passage.words, passage.known
    if language == "en":
        is_plain = hits and "".join(words).replace("’", "").isascii()
        return LIMITS.certain_english_with_words if is_plain else LIMITS.certain_english
    if hits > 1:
        return math.inf  # English words in it: mixed
    if passage.script == "CYRILLIC":
        return LIMITS.certain_cyrillic
    return LIMITS.certain_short if len(words) <= LIMITS.short_words else LIMITS.certain


def with_languages(document: Document, *, fallback: str | None) -> Document:
    """Detect the languages of a document and its comments.

    A language given by a table or an earlier parse is kept. A document that is too short is in the ``fallback``
    language. In short comments the languages of the page and of its other comments are expected. The language of one
    that is still unclear stays unknown, and it is read in that of its document, unless it is in another script.
    """
    language = document.language
    if language == UNKNOWN_LANGUAGE:
        language = detect_language(_sample(document))
    if language == UNKNOWN_LANGUAGE and fallback:
        language = fallback
    expected = Counter(comment.language for comment in document.comments)
    expected[language] += LIMITS.page_counts
    texts = [comment.own_words for comment in document.comments if comment.language == UNKNOWN_LANGUAGE]
    # Code of ISO 639 for an undetermined language; here for a text whose letters are not those of its document.
    detected = iter(
        "und" if code == UNKNOWN_LANGUAGE and is_in_another_script(text, language) else code
        for text, code in zip(texts, detect_languages(texts, expected), strict=True)
    )
    comments = tuple(
        replace(comment, language=next(detected)) if comment.language == UNKNOWN_LANGUAGE else comment
        for comment in document.comments
    )
    return replace(document, language=language, comments=comments)


def _sample(document: Document) -> str:
    """Take the article's text, or that of its comments where there is none."""
    comments_read = document.comments[: LIMITS.sample] if not any(document.body) else ()
    comments = (comment.own_words for comment in comments_read)
    parts = chain((document.title or "", document.lead or ""), document.body, comments)
    return "\n".join(part[: LIMITS.sample] for part in islice(parts, LIMITS.sample))[: LIMITS.sample]
