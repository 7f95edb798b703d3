"""Detect the language of texts; short or mixed texts stay unknown.

Sentiment and stance are scored in the languages their models know, so a wrong guess gives a wrong score or none.
Scripts are counted first; within a script py3langid's bundled model decides, with English function words as further
evidence.
"""

import json
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from stance.datamodels import UNKNOWN_LANGUAGE, Document, frozen
from stance.resources import LANGUAGES, formats, listed_words

if TYPE_CHECKING:
    import numpy as np


@frozen
class _LanguageLimits:
    """Limits of detection.

    The probabilities were set on the project's comments and on German and Spanish pages, cut to 1-30 words, so that a
    wrong language is rarer than 1 in 500 at any length; docs/parsing.md has the figures.
    """

    characters: int = 2_000  # maximum of a text that are read: enough for every language, and a bound on the time
    batch: int = 128  # passages in one call of the model: enough for its cost to vanish, and a bound on memory
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

_WORD = re.compile(r"[^\W\d_]++(?:['’][^\W\d_]++)*+")

_NOT_WORDS, _NO_WORD_SIGNS = re.compile(r"(?:https?://|www\.|[@#])\S*+"), ("://", "www.", "@", "#")

_LONGEST_PIECE = 6  # bytes

_BETWEEN = b"\xff"
"""Separator of texts; no text in UTF-8 has this byte."""


def detect_language(text: str) -> str:
    """Detect the language of a text.

    :return: Its ISO 639-1 code, or ``UNKNOWN_LANGUAGE`` if the text is too short or too mixed.
    """
    return detect_languages((text,))[0]


def detect_languages(texts: Iterable[str], among: Mapping[str, int] | None = None) -> list[str]:
    """Detect the language of each text, as ``detect_language`` does, in one call of the model.

    :param among: If the texts belong together, as the comments of a page: how many others are in a language, and the
        page itself. These and the languages found are then expected in short and unclear texts. None: each is alone.
    """
    detected: list[str] = []
    rows, passages = list[int](), list[list[_Passage]]()  # of texts whose script does not tell
    for text in texts:
        words = _words(unicodedata.normalize("NFC", text[: LIMITS.characters]))
        letters = "".join(words)
        script = _script(letters.replace("’", ""))
        is_long = len(letters) >= LIMITS.letters if script in ("KANA", "CJK", "THAI") else len(words) >= LIMITS.words
        candidates = LANGUAGES_OF_SCRIPT[script] if script and is_long else (UNKNOWN_LANGUAGE,)
        if script and len(candidates) > 1:
            rows.append(len(detected))
            passages.append(_passages(words, script))
        detected.append(UNKNOWN_LANGUAGE if len(candidates) > 1 else candidates[0])
    shares = iter(_shares([part for parts in passages for part in parts]))
    unclear = [(row, [*zip(parts, shares)]) for row, parts in zip(rows, passages, strict=True)]  # noqa: B905
    _settle(detected, unclear, {})
    if among is not None:
        expected = Counter(among) + Counter(detected)
        del expected[UNKNOWN_LANGUAGE]
        usual = max(expected.values(), default=0)
        _settle(detected, [entry for entry in unclear if expected[detected[entry[0]]] < usual], expected)
    return detected


def _settle(detected: list[str], unclear: Sequence["_Unclear"], expected: Mapping[str, int]) -> None:
    """Set the language of texts with passages in one language; others keep theirs."""
    weights = cache(lambda script: [expected.get(code, 0) + LIMITS.unexpected for code in _model().codes[script]])
    for row, passages in unclear:
        votes = {_language(passage, shares, weights) for passage, shares in passages} - {UNKNOWN_LANGUAGE}
        if len(votes) == 1:
            detected[row] = votes.pop()


def language_shares(texts: Sequence[str]) -> list[dict[str, float]]:
    """Return the probability of each language, by its code, for each text, whatever its script."""
    model = _model()
    rows = model.probabilities([" ".join(_words(text.lower())) for text in texts])
    return [dict(zip(model.languages[::-1], map(float, row[::-1]), strict=True)) for row in rows]  # 0 in second columns


def is_in_another_script(text: str, language: str) -> bool:
    """Return whether a text of unknown language is in a script that this language does not use.

    Latin letters may be any language ("Slava Rossii"); Cyrillic letters are never English, however short the text.
    """
    script = _script("".join(_words(text[: LIMITS.characters])))
    written = {name for name, languages in LANGUAGES_OF_SCRIPT.items() if language in languages}
    if not _EAST_ASIAN.isdisjoint(written):
        written |= _EAST_ASIAN
    return bool(written) and script not in (None, "LATIN", *written)


def _words(text: str) -> list[str]:
    """Return the words of a text, without addresses and names of accounts."""
    return _WORD.findall(_NOT_WORDS.sub(" ", text) if any(map(text.__contains__, _NO_WORD_SIGNS)) else text)


def _script(letters: str) -> str | None:
    """Return the script that nearly all letters are in; None if there is none, or it is not one of ours."""
    if letters.isascii():
        return "LATIN" if letters else None
    counts = Counter(map(_script_of, letters))
    if counts["KANA"]:
        counts["KANA"] += counts.pop("CJK", 0)  # Japanese writes both
    script, count = max(counts.items(), key=lambda item: item[1], default=("", 0))
    return script if script in LANGUAGES_OF_SCRIPT and count >= LIMITS.script_share * counts.total() else None


@lru_cache(maxsize=10_000)
def _script_of(letter: str) -> str:
    if letter.isascii():
        return "LATIN"
    first = unicodedata.name(letter, "?").split()[0]
    names = {"HIRAGANA": "KANA", "KATAKANA": "KANA", "KATAKANA-HIRAGANA": "KANA"}
    return names.get(first, first)


def _passages(words: Sequence[str], script: str) -> list["_Passage"]:
    """Return the passages of a text to detect separately: all of it, or its halves."""
    text = " ".join(words).lower()
    lowered = text.split(" ")
    plain = text.replace("’", "'").split(" ") if "’" in text else lowered
    middle = len(words) // 2 if len(words) >= LIMITS.halves_from else 0
    parts = (slice(middle), slice(middle, None)) if middle else (slice(None),)
    known = (sum(map(listed_words("english").__contains__, plain[part])) - words[part].count("i") for part in parts)
    return [_Passage(words[part], lowered[part], hits, script) for part, hits in zip(parts, known, strict=True)]


class _Passage(NamedTuple):
    """Words that get one language together."""

    words: Sequence[str]
    lowered: Sequence[str]
    known: int  # English function words among them
    script: str

    @property
    def is_plain(self) -> bool:
        """Whether function words alone show that it is English."""
        return self.known >= max(LIMITS.plain_hits, LIMITS.plain_share * len(self.words))


def _shares(passages: Sequence[_Passage]) -> list["np.ndarray | None"]:
    """Return the probability of each language for passages; None for those that are plain."""
    texts = [" ".join(passage.lowered) for passage in passages if not passage.is_plain]
    batches = (texts[start : start + LIMITS.batch] for start in range(0, len(texts), LIMITS.batch))
    rows = chain.from_iterable(_model().probabilities(batch) for batch in batches)
    return [None if passage.is_plain else next(rows) for passage in passages]


def _language(passage: _Passage, shares: "np.ndarray | None", weights: Callable[[str], list[float]]) -> str:
    """Return the language of a passage: English by its function words, else the likeliest of its script."""
    if shares is None:
        return "en"
    candidates = shares[_model().columns[passage.script]] * weights(passage.script)
    language, total = _model().codes[passage.script][candidates.argmax()], candidates.sum()
    is_sure = total and candidates.max() / total >= _needed(language, passage)
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


_Unclear: TypeAlias = "tuple[int, list[tuple[_Passage, np.ndarray | None]]]"
"""The place of a text, and its passages with the probabilities of languages; None of one that is plain."""


class _Model:
    """The parts of py3langid's model (``data/languages``) that prediction needs, for many texts at once.

    At each byte of a text, the longest of the model's strings that ends there is looked up; most of them are features.
    A string is stored as an integer: its bytes, after a bit that marks their number.
    """

    def __init__(self) -> None:
        import numpy as np

        stored = json.loads((LANGUAGES / "languages.json").read_text(encoding="utf-8"))
        self.languages: list[str] = stored["languages"]
        # A language that the model knows in two scripts has two columns; the first is used for both.
        first = {language: self.languages.index(language) for language in self.languages}
        self._aliases = [(first[name], column) for column, name in enumerate(self.languages) if column != first[name]]
        self.columns = {
            script: np.array(sorted(first[language] for language in languages))
            for script, languages in LANGUAGES_OF_SCRIPT.items()
        }
        self.codes = {script: [self.languages[column] for column in row] for script, row in self.columns.items()}
        self._priors = np.array(stored["priors"], np.float32)
        self._weights = np.asarray(np.load(LANGUAGES / "weights.npy", mmap_mode="r"))
        self._features = np.cumsum(np.load(LANGUAGES / "features.npy"), dtype=np.int32)
        pieces = np.cumsum(np.load(LANGUAGES / "pieces.npy"), dtype=np.uint64)
        ends = np.searchsorted(pieces, [1 << 8 * length for length in range(1, _LONGEST_PIECE + 2)])
        self._pieces = {
            k: (pieces[low:to], self._features[low:to]) for k, (low, to) in enumerate(pairwise(ends), start=1)
        }

    def probabilities(self, texts: Sequence[str]) -> "np.ndarray":
        """Return the probability of each language.

        :param texts: In lower case.
        :return: Shape (n_texts, n_languages); rows sum to 1, a second column of a language is 0.
        """
        import numpy as np

        encoded = [unicodedata.normalize("NFC", text).encode("utf8", errors="surrogatepass") for text in texts]
        owners, features, counts = self._counted(encoded)
        scores = np.zeros((len(texts), len(self.languages)), dtype=np.float32)
        if len(owners):
            filled, starts = np.unique(owners, return_index=True)
            terms = np.log1p(counts.astype(np.float32))[:, None] * self._weights[features]
            scores[filled] = np.add.reduceat(terms, starts, axis=0) + self._priors
        # The root of the length keeps the probabilities of short and long texts alike.
        scores /= np.sqrt([[len(text) or 1] for text in encoded]).astype(np.float32)
        shares: np.ndarray = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        for one, other in self._aliases:
            shares[:, one] += shares[:, other]
            shares[:, other] = 0.0
        return shares

    def _counted(self, texts: Sequence[bytes]) -> "tuple[np.ndarray, np.ndarray, np.ndarray]":
        """Count the features of each text.

        :return: Shape (n,) each: the row of the text, in order; the feature; its count.
        """
        import numpy as np

        longest = self._longest_features(np.frombuffer(_BETWEEN + _BETWEEN.join(texts), np.uint8))
        ends = np.flatnonzero(longest >= 0)
        rows = np.repeat(np.arange(len(texts)), [len(text) + 1 for text in texts])[ends]
        pairs, counts = np.unique(rows * len(self._features) + longest[ends], return_counts=True)
        return *np.divmod(pairs, len(self._features)), counts

    def _longest_features(self, content: "np.ndarray") -> "np.ndarray":
        """Return the feature of the longest string that ends at each byte; -1 if that is no feature."""
        import numpy as np

        letters = content.astype(np.uint64)
        endings = letters.copy()  # of so many bytes, as one number
        for back in range(1, _LONGEST_PIECE):
            endings[back:] |= letters[:-back] << np.uint64(8 * back)
        longest = np.full(len(content), -1)
        unknown = np.flatnonzero(content != _BETWEEN[0])
        for length in range(_LONGEST_PIECE, 0, -1):
            pieces, features = self._pieces[length]
            bit = np.uint64(1 << 8 * length)
            sought = endings[unknown] & (bit - np.uint64(1)) | bit
            ranks = np.minimum(np.searchsorted(pieces, sought), len(pieces) - 1)
            is_found = pieces[ranks] == sought
            longest[unknown[is_found]] = features[ranks[is_found]]
            unknown = unknown[~is_found]
        return longest


@cache
def _model() -> _Model:
    """Load the model."""
    return _Model()


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
    expected = Counter({language: LIMITS.page_counts}) + Counter(comment.language for comment in document.comments)
    unclear = [comment for comment in document.comments if comment.language == UNKNOWN_LANGUAGE]
    texts = [comment.own_words for comment in unclear]
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
