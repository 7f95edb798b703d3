"""Count the words and phrases of comments by their stems."""

import re
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.discourse.posts import Codes, Flags, Ints, Posts
from stance.discourse.stems import stemmer
from stance.resources import formats

FEWEST_AUTHORS = 5
"""Minimum number of authors who use a term that is shown: a word of one person could identify its writer."""

_CODES = 1 << 16
"""Number of words, and of phrases of each length, that are kept: the most frequent ones."""

STEMMED: Mapping[str, str] = formats()["stemmers"]

_CUT = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|[.,;:!?…()\"“”\n]")  # words, and marks, which end a phrase


class Terms(NamedTuple):
    """The terms of some comments.

    :param used: Sparse, comments x terms: 1 where a comment uses a term.
    :param forms: Of each term, as it is written in lower case, the commonest first.
    """

    used: Any
    forms: list[list[str]]


class _Numbers(dict[str, int]):
    """Numbers the words of one language as they are met; 0: a mark, or none that is counted."""

    def __init__(self, spelled: list[str]) -> None:
        self._spelled = spelled

    def __missing__(self, word: str) -> int:
        if not 2 <= len(word) <= 40 or len(self._spelled) > 1_000_000:  # so that memory is bounded
            return 0
        self._spelled.append(word)
        self[word] = len(self._spelled) - 1
        return self[word]


def read_terms(posts: Posts, originals: Flags) -> Terms:
    """Find the terms of comments: words by their stems, and phrases of two and three words.

    :param originals: Of each comment: whether it is read.
    """
    words, ends, spelled, stems = _read_words(posts, originals)
    levels = [stems[words]]
    for _ in range(2):  # a phrase of three words is two of two words that overlap
        levels.append(_phrases(levels[-1]))
    counts = np.concatenate([np.bincount(level, minlength=_CODES) for level in levels])
    counts[::_CODES] = 0  # no term
    ranked = np.argsort(-counts, kind="stable")[:4_000]
    numbers = np.full(len(counts), -1, np.int32)
    columns = ranked[counts[ranked] >= FEWEST_AUTHORS]
    numbers[columns] = np.arange(len(columns))
    of_level = numbers.reshape(len(levels), _CODES)
    return Terms(_incidence(levels, of_level, ends, len(columns)), _forms(levels, of_level, words, spelled))


def _read_words(posts: Posts, originals: Flags) -> tuple[Codes, Ints, list[str], Codes]:
    """Read the words of comments as numbers; 0 ends a phrase, and each comment.

    Names of a page's commenters are left out there, and everywhere where they are met on their pages mostly.

    :return: The numbers; the end of each comment in them; the spelling of each number, and the number of its stem.
    """
    spelled = [""]
    of_language: dict[str, _Numbers] = {}
    languages = _languages(posts)
    flat, ends, masked = array("i"), np.empty(len(posts), np.int64), Counter[str]()
    names: frozenset[str] = frozenset()
    for row, source in enumerate(posts.source.tolist()):
        if row == posts.sources[source].first:
            names = frozenset(_CUT.findall(folded(posts.sources[source].names)))
        if originals[row]:
            tokens = words_of(posts.text(row))
            if not names.isdisjoint(tokens):
                masked.update(word for word in tokens if word in names)
                tokens = ["" if word in names else word for word in tokens]
            language = languages[posts.languages[row]]
            flat.extend(map(of_language.setdefault(language, _Numbers(spelled)).__getitem__, tokens))
        flat.append(0)
        ends[row] = len(flat)
    numbers = np.frombuffer(flat, np.int32)
    counts = np.bincount(numbers, minlength=len(spelled))
    counts[0] = 0
    for language_words in of_language.values():
        for word in masked.keys() & language_words.keys():
            counts[language_words[word]] *= masked[word] < counts[language_words[word]]
    order = np.argsort(-counts, kind="stable")[: _CODES - 1]
    order = order[counts[order] > 1]  # with their marks: a word that is met once is nobody's habit
    codes = np.zeros(len(spelled), np.uint16)
    codes[order] = np.arange(1, len(order) + 1)
    stems = _stems({number: codes[number] for number in order.tolist()}, spelled, of_language)
    return codes[numbers], ends, ["", *(spelled[number] for number in order)], stems


def _languages(posts: Posts) -> dict[str, str]:
    """Return as which language the comments of each are read; those without a stemmer as one, ""."""
    counts = Counter(posts.languages)
    most = max(counts, key=counts.__getitem__)
    common = {language: language if n >= 0.05 * len(posts) else most for language, n in counts.items()}
    return {language: reading if reading in STEMMED else "" for language, reading in common.items()}


def _stems(codes: Mapping[int, int], spelled: Sequence[str], of_language: Mapping[str, Mapping[str, int]]) -> Codes:
    """Number the stems of words.

    :param codes: Number of a word -> its code, from 1.
    :return: Of each code.
    """
    stem_codes = np.zeros(len(codes) + 1, np.uint16)
    code_of: dict[tuple[str, str], int] = {}
    for language, words in of_language.items():
        stem = stemmer(STEMMED[language]) if language else str
        for number in words.values():
            if number in codes:
                stem_codes[codes[number]] = code_of.setdefault((language, stem(spelled[number])), len(code_of) + 1)
    return stem_codes


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, and the marks that end a phrase; addresses are left out."""
    address = r"(?:[a-z]{2,8}://|www\.)\S+|(?<![\w.+-])[\w.+-]*@[\w.]+"
    return _CUT.findall(re.sub(address, " . ", folded(text)))


def folded(text: str) -> str:
    """Return a text in lower case with straight apostrophes."""
    return text.replace("’", "'").casefold()


def _phrases(codes: Codes) -> Codes:
    """Number the pairs of neighbours that are collocations.

    :param codes: 0: none.
    :return: At the place of the first of a pair its number, of 0 where there is none.
    """
    pairs = np.zeros(len(codes), np.uint32)
    pairs[:-1] = np.where((codes[:-1] > 0) & (codes[1:] > 0), codes[:-1].astype(np.uint32) << 16 | codes[1:], 0)
    unique_pairs, counts = np.unique(pairs, return_counts=True)
    frequent = (unique_pairs > 0) & (counts >= FEWEST_AUTHORS)
    unique_pairs, counts = unique_pairs[frequent], counts[frequent]
    of_codes = np.bincount(codes).astype(float)
    bits = np.log2(counts * float(len(codes))) - np.log2(of_codes[unique_pairs >> 16] * of_codes[unique_pairs & 0xFFFF])
    phrases = np.flatnonzero(bits >= 3.0)  # eight times as often as by chance
    phrases = phrases[np.lexsort((unique_pairs[phrases], -bits[phrases], -counts[phrases]))][: _CODES - 1]
    frequent_pairs = np.sort(np.append(unique_pairs[phrases], np.uint32(0)))
    positions = np.minimum(np.searchsorted(frequent_pairs, pairs), len(frequent_pairs) - 1)
    return np.where(frequent_pairs[positions] == pairs, positions, 0).astype(np.uint16)


def _incidence(levels: Sequence[Codes], numbers: NDArray[np.int32], ends: Ints, terms: int) -> Any:
    """Mark the terms that each comment uses.

    :param numbers: Levels x codes: the number of a term, or -1.
    :return: Sparse, comments x terms.
    """
    from scipy.sparse import csr_array

    comment = np.repeat(np.arange(len(ends), dtype=np.int32), np.diff(ends, prepend=0))
    used = csr_array((len(ends), terms), dtype=np.int32)
    for level, columns in zip(levels, numbers, strict=True):
        positions = np.flatnonzero(columns[level] >= 0)
        used += csr_array(
            (np.ones(len(positions), np.int32), (comment[positions], columns[level[positions]])), shape=used.shape
        )
    used.data = np.ones(len(used.data), np.int8)
    return used


def _forms(levels: Sequence[Codes], numbers: NDArray[np.int32], words: Codes, spelled: list[str]) -> list[list[str]]:
    """Find how each term is written, the commonest form first."""
    forms: list[Counter[str]] = [Counter() for _ in range(int(numbers.max()) + 1)]
    for length, (level, columns) in enumerate(zip(levels, numbers, strict=True)):
        first, size = np.flatnonzero(columns[level] >= 0), length + 1
        keys = columns[level[first]].astype(np.int64)  # a term, then its words: 16 bits each
        for start in range(size):
            keys = keys << 16 | words[first + start]
        for key, n in zip(*(counter.tolist() for counter in np.unique(keys, return_counts=True)), strict=True):
            written = [spelled[key >> 16 * start & 0xFFFF] for start in reversed(range(size))]
            forms[key >> 16 * size][" ".join(written)] = n
    return [[form for form, _ in counter.most_common(6)] for counter in forms]
