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
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from stance.datamodels import UNKNOWN_LANGUAGE

if TYPE_CHECKING:
    import numpy as np

MAX_CHARACTERS = 2_000
"""What is read of a text: enough for every language, and a bound on the time."""

BATCH = 128
"""Passages that the model is asked about at once: enough that the cost of asking vanishes, and a bound on memory."""

WALKS = 50_000
"""Words that are remembered with their features: a few megabytes, and most words come again."""

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
_NOT_WORDS_SIGNS = ("://", "www.", "@", "#")
"""Without one of which there are none; looking for them is faster."""
_IN_WORDS = bytes(code if chr(code).isalpha() or code == ord("'") else ord(" ") for code in range(128)).ljust(256)
"""Leaves of ASCII what words are made of."""
_LOOSE = (" '", "' ", "''")
"""Apostrophes that are in no word."""
_PIECE = re.compile(rb" ?[^ ]{1,40}")
"""A word with the blank before it, or a part of one: long ones do not come again."""
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
    return detect_languages((text,))[0]


def detect_languages(texts: Iterable[str]) -> list[str]:
    """Tell the language of each text, as ``detect_language`` does; the model is asked once for all of them."""
    told: list[str] = []
    passages: list[_Passage] = []
    asked: list[tuple[int, range]] = []  # places of texts, and of their passages
    for text in texts:
        words = _words(_without_addresses(unicodedata.normalize("NFC", text[:MAX_CHARACTERS])))
        script = _script("".join(words))
        candidates = LANGUAGES_OF_SCRIPT[script] if script and _is_long_enough(words, script) else (UNKNOWN_LANGUAGE,)
        told.append(candidates[0])
        if script and len(candidates) > 1:
            first = len(passages)
            passages += _passages(words, script)
            asked.append((len(told) - 1, range(first, len(passages))))
    languages = _classified(passages)
    for place, parts in asked:
        found = {languages[part] for part in parts} - {UNKNOWN_LANGUAGE}
        told[place] = found.pop() if len(found) == 1 else UNKNOWN_LANGUAGE
    return told


def _without_addresses(text: str) -> str:
    for sign in _NOT_WORDS_SIGNS:
        if sign in text:
            return _NOT_WORDS.sub(" ", text)
    return text


def _words(text: str) -> list[str]:
    if text.isascii():
        kept = f" {text.encode().translate(_IN_WORDS).decode()} "
        if "'" not in kept or not any(loose in kept for loose in _LOOSE):
            return kept.split()
    return _WORD.findall(text)


def _script(letters: str) -> str | None:
    """Return the script that nearly all letters are in; None if there is none, or it is not one of ours."""
    if letters.isascii():
        return "LATIN" if letters else None
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


def _passages(words: Sequence[str], script: str) -> list["_Passage"]:
    """Return what is told apart in a text: all of it, or its halves."""
    joined = " ".join(words).lower()
    lowered = joined.split(" ")
    known = list(map(_ENGLISH_WORDS.__contains__, joined.replace("’", "'").split(" ") if "’" in joined else lowered))
    middle = len(words) // 2 if len(words) >= HALVES_FROM_WORDS else 0
    parts = (slice(middle), slice(middle, None)) if middle else (slice(None),)
    return [_Passage(words[part], lowered[part], sum(known[part]), script) for part in parts]


class _Passage(NamedTuple):
    """Words that are told apart together."""

    words: Sequence[str]
    lowered: Sequence[str]
    known: int  # English function words among them
    script: str

    @property
    def is_plain(self) -> bool:
        """Whether function words alone tell that it is English."""
        return self.known >= max(PLAIN_HITS, PLAIN_SHARE * len(self.words))


def _classified(passages: Sequence[_Passage]) -> list[str]:
    unclear = [passage for passage in passages if not passage.is_plain]
    probable = _most_probable([(" ".join(each.lowered), each.script) for each in unclear]) if unclear else []
    told = iter(
        language if probability >= _needed(language, passage.words, passage.known) else UNKNOWN_LANGUAGE
        for passage, (language, probability) in zip(unclear, probable, strict=True)
    )
    return ["en" if passage.is_plain else next(told) for passage in passages]


def _needed(language: str, words: Sequence[str], known: int) -> float:
    """Return the probability from which a language is believed."""
    if language == "en":
        is_plain = known and "".join(words).replace("’", "").isascii()
        return CERTAIN_ENGLISH_WITH_WORDS if is_plain else CERTAIN_ENGLISH
    if known > 1:
        return math.inf  # English words in it: mixed
    return CERTAIN_SHORT if len(words) <= SHORT_WORDS else CERTAIN


def _most_probable(texts: Sequence[tuple[str, str]]) -> list[tuple[str, float]]:
    """Return for each text, given with its script, the likeliest language of that script and its probability there."""
    import numpy as np

    model = _model()
    rows: list[tuple[str, float]] = []
    batches = (texts[start : start + BATCH] for start in range(0, len(texts), BATCH))
    shares = chain.from_iterable(model.probabilities([text for text, _ in batch]) for batch in batches)
    for (_, script), all_shares in zip(texts, shares, strict=True):
        own = all_shares[model.columns[script]]
        best, total = int(np.argmax(own)), float(own.sum())
        language = model.languages[model.columns[script][best]]
        rows.append((language, float(own[best]) / total if total else 0.0))
    return rows


class _Model:
    """py3langid's model, asked for many texts at once: a text costs a tenth of what ``rank`` takes for it."""

    def __init__(self) -> None:
        import numpy as np
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        identifier.set_languages([language for languages in LANGUAGES_OF_SCRIPT.values() for language in languages])
        self.languages: list[str] = list(identifier.nb_classes)
        # A language that the model knows in two scripts has two columns; the first stands for both.
        first = {language: self.languages.index(language) for language in self.languages}
        self._aliases = [(first[name], column) for column, name in enumerate(self.languages) if column != first[name]]
        self.columns = {
            script: np.array(sorted(first[language] for language in languages))
            for script, languages in LANGUAGES_OF_SCRIPT.items()
        }
        self._weights, self._priors = identifier.nb_ptc, identifier.nb_pc
        self._moves, self._rows, self._outputs = identifier.tk_nextmove, identifier._rowbase, identifier.tk_output
        self._walked = lru_cache(WALKS)(self._walk)

    def probabilities(self, texts: Sequence[str]) -> "np.ndarray":
        """Return the probability of each language.

        :param texts: In lower case.
        :return: Shape (n_texts, n_languages); rows sum to 1, a second column of a language is 0.
        """
        import numpy as np

        encoded = [unicodedata.normalize("NFC", text).encode("utf8", errors="surrogatepass") for text in texts]
        found = [self._features(text) for text in encoded]
        sizes = np.array([len(features) for features in found])
        features = np.fromiter(chain.from_iterable(found), dtype=np.intp, count=sizes.sum())
        counts = np.fromiter(chain.from_iterable(map(dict.values, found)), dtype=np.float32, count=sizes.sum())
        scores = np.zeros((len(texts), len(self.languages)), dtype=np.float32)
        filled = np.flatnonzero(sizes)
        if len(filled):
            each = np.log1p(counts)[:, None] * self._weights[features]
            starts = np.cumsum(sizes[filled]) - sizes[filled]
            scores[filled] = np.add.reduceat(each, starts, axis=0) + self._priors
        # The root of the length keeps the probabilities of short and long texts alike.
        scores /= np.sqrt([[len(text) or 1] for text in encoded]).astype(np.float32)
        shares: np.ndarray = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        for one, other in self._aliases:
            shares[:, one] += shares[:, other]
            shares[:, other] = 0.0
        return shares

    def _features(self, text: bytes) -> Counter[int]:
        """Count the features of a text, in the order in which they are met."""
        state, found = 0, list[int]()
        for word in _PIECE.findall(text):
            state, features = self._walked(state, word)
            found += features
        return Counter(found)

    def _walk(self, state: int, word: bytes) -> tuple[int, list[int]]:
        """Go on through the automaton by the bytes of a word; return where that ends, and the features on the way."""
        features = []
        for letter in word:
            state = self._moves[self._rows[state] + letter]
            if (feature := self._outputs[state]) >= 0:
                features.append(feature)
        return state, features


@cache
def _model() -> _Model:
    """Load the model; that takes longer than everything else here."""
    return _Model()
