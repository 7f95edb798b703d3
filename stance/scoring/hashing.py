"""Words and letters of texts counted in hashed columns, without scikit-learn, whose import takes longer than a page.

The columns are those of scikit-learn's ``HashingVectorizer``, so that a model means the same wherever it was made.
Comments repeat their words, so what was hashed once is remembered: a word's letters are cut and hashed for the first
text that has it only.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice, pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Hashes = NDArray[np.uint32]

LETTERS = (3, 4)
"""Lengths of the pieces that words are cut into."""

WORD = re.compile(r"\b\w\w+\b")
_MOST_KEPT = 200_000  # words, or words with the next, some 40 MB
_LONGEST_KEPT = 40  # characters; a longer one does not come again


class TextHasher:
    """Counts what texts are made of in hashed columns.

    :param cut: Cuts a text into what comes again in other texts.
    :param parts: Gives what is counted of each such piece; itself where not given.
    """

    def __init__(self, cut: Callable[[str], list[str]], parts: Callable[[str], Sequence[str]] | None = None) -> None:
        self._cut = cut
        self._parts = parts
        self._kept: dict[str, Sequence[int]] = {}

    def count(self, texts: Sequence[str], n_columns: int) -> Any:
        """Count the parts of texts.

        :param n_columns: At least 1.
        :return: Sparse, shape (len(texts), n_columns), with sorted columns.
        """
        cut = [self._cut(text) for text in texts]
        known = self._known(chain.from_iterable(cut))
        of_texts = [list(chain.from_iterable(map(known.__getitem__, pieces))) for pieces in cut]
        ends = np.cumsum([0, *map(len, of_texts)])
        columns = np.fromiter(chain.from_iterable(of_texts), np.int64, ends[-1]) % n_columns
        counts = sp.csr_matrix((np.ones(len(columns)), columns, ends), shape=(len(texts), n_columns))
        counts.sum_duplicates()
        return counts

    def _known(self, pieces: Iterable[str]) -> Mapping[str, Sequence[int]]:
        """Give the places of the parts of some pieces, and perhaps of others."""
        distinct = set(pieces)
        if len(self._kept) + len(distinct) > _MOST_KEPT:
            self._kept = {}
        new = list(distinct.difference(self._kept))
        hashed = dict(zip(new, self._places(new), strict=True))
        self._kept |= {piece: own for piece, own in hashed.items() if len(piece) <= _LONGEST_KEPT}
        if self._kept.keys() >= hashed.keys():
            return self._kept
        return {piece: hashed[piece] if piece in hashed else self._kept[piece] for piece in distinct}

    def _places(self, pieces: Sequence[str]) -> Iterable[Sequence[int]]:
        if self._parts is None:
            return zip(places(pieces).tolist(), strict=True)
        parts = list(map(self._parts, pieces))
        found = iter(places(list(chain.from_iterable(parts))).tolist())
        return [tuple(islice(found, len(own))) for own in parts]


def words(text: str) -> list[str]:
    """Give the words of two letters or more, then each with the next."""
    single = WORD.findall(text)
    return [*single, *map(" ".join, pairwise(single))]


def letters(word: str) -> tuple[str, ...]:
    """Cut a word, with a space on both sides, into pieces of :data:`LETTERS` letters."""
    between = f" {word} "
    short, long = LETTERS
    return tuple(
        between[at : at + size]
        for size in (short, long)
        if size == short or len(between) > short  # a word that is too short for two sizes counts once
        for at in range(max(1, len(between) - size + 1))
    )


def places(parts: Sequence[str]) -> NDArray[np.int64]:
    """Give the place of each part, of which the column is the remainder: the magnitude of its signed hash.

    :return: Shape (len(parts),).
    """
    signed = murmur_hashes([part.encode("utf-8", "surrogatepass") for part in parts]).view(np.int32).astype(np.int64)
    return np.abs(signed)


def murmur_hashes(contents: Sequence[bytes]) -> Hashes:
    """Hash byte strings, all of one length at a time.

    MurmurHash3 for 32 bits by Austin Appleby, who put it into the public domain, with seed 0.

    :return: Shape (len(contents),).
    """
    found = np.zeros(len(contents), np.uint32)
    lengths = np.fromiter(map(len, contents), np.int64, len(contents))
    for length in np.unique(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        joined = b"".join([contents[row] for row in rows.tolist()])
        found[rows] = _hash_alike(np.frombuffer(joined, np.uint8).reshape(len(rows), length))
    return found


def _hash_alike(contents: NDArray[np.uint8]) -> Hashes:
    rows, length = contents.shape
    whole = length // 4 * 4
    hashes = np.zeros(rows, np.uint32)
    for block in np.ascontiguousarray(contents[:, :whole]).view("<u4").reshape(rows, whole // 4).T:
        hashes = _turned(hashes ^ _mixed(block), 13) * np.uint32(5) + np.uint32(0xE6546B64)
    if whole < length:
        last = np.zeros((rows, 4), np.uint8)
        last[:, : length - whole] = contents[:, whole:]
        hashes = hashes ^ _mixed(last.view("<u4")[:, 0])
    hashes = hashes ^ np.uint32(length)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        hashes = (hashes ^ (hashes >> np.uint32(shift))) * np.uint32(factor)
    return hashes


def _mixed(block: Hashes) -> Hashes:
    return _turned(block * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)


def _turned(numbers: Hashes, by: int) -> Hashes:
    turned: Hashes = (numbers << np.uint32(by)) | (numbers >> np.uint32(32 - by))
    return turned


WORDS, PIECES = TextHasher(words), TextHasher(str.split, letters)
"""Remember what they hashed as long as the process lives; bounded."""
