"""Words and letters of texts counted in hashed columns, without scikit-learn, whose import takes longer than a page.

The columns are those of scikit-learn's ``HashingVectorizer``, so that a model means the same wherever it was made. All
texts are cut and hashed at once, as places in one array of bytes: no string is made for a piece, and none remembered.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Hashes = NDArray[np.uint32]
Places = NDArray[np.intp]

LETTERS = (3, 4)
"""Lengths of the pieces that words are cut into."""

_WORD = re.compile(r"\w\w++")
_SPACE, _END = ord(" "), ord("\n")


def count_words(texts: Sequence[str], n_columns: int) -> Any:
    """Count the words of two letters or more, and each with the next.

    :param n_columns: At least 1.
    :return: Sparse, shape (len(texts), n_columns), with sorted columns.
    """
    content = _encoded("".join([" ".join(_WORD.findall(text)) + "\n" for text in texts]))
    ends = np.flatnonzero((content == _SPACE) | (content == _END))
    starts = np.append(0, ends[:-1] + 1) if len(ends) else ends
    is_last = content[ends] == _END
    rows = np.cumsum(is_last) - is_last
    single, double = np.flatnonzero(ends > starts), np.flatnonzero(~is_last)  # a text may have no words
    starts, ends = np.append(starts[single], starts[double]), np.append(ends[single], ends[double + 1])
    hashes = murmur_hashes(content, starts, ends - starts)
    return _counted(np.append(rows[single], rows[double]), hashes, (len(texts), n_columns))


def count_letters(texts: Sequence[str], n_columns: int) -> Any:
    """Count the pieces of :data:`LETTERS` letters of words, each with a space on both sides.

    :param n_columns: At least 1.
    :return: Sparse, shape (len(texts), n_columns), with sorted columns.
    """
    spaced = [f" {' '.join(text.split())} " for text in texts]
    content = _encoded("".join(spaced))
    at = np.append(np.flatnonzero(content & 0xC0 != 0x80), len(content))  # where characters begin
    rows = np.repeat(np.arange(len(texts)), np.fromiter(map(len, spaced), np.intp, len(texts)))
    is_space = content[at[:-1]] == _SPACE
    chosen, sizes = [np.zeros(0, np.intp)], [np.zeros(0, np.intp)]
    for size in LETTERS:
        if len(rows) >= size:
            inside = sliding_window_view(is_space, size)[:, 1:-1]
            first = np.flatnonzero(~inside.any(axis=1))
            chosen.append(first)
            sizes.append(at[first + size] - at[first])
    first = np.concatenate(chosen)
    return _counted(rows[first], murmur_hashes(content, at[first], np.concatenate(sizes)), (len(texts), n_columns))


def murmur_hashes(content: NDArray[np.uint8], starts: Places, lengths: Places) -> Hashes:
    """Hash parts of one array of bytes.

    MurmurHash3 for 32 bits by Austin Appleby, who put it into the public domain, with seed 0.

    :param starts: Shape (n,), where each part begins.
    :param lengths: Shape (n,), in bytes.
    :return: Shape (n,).
    """
    padded = np.append(content, np.zeros(4, np.uint8))
    blocks: Hashes = np.ndarray(len(content) + 1, "<u4", padded, strides=(1,))  # the four bytes from each place
    blocks = blocks.astype(np.uint32)
    most = (lengths // 4).max(initial=0)
    missing = most - lengths // 4  # blocks; in the narrowest type, of which sorting takes least
    order = np.argsort(missing.astype(np.min_scalar_type(most)), kind="stable")
    starts, lengths, missing = starts[order], lengths[order], missing[order]
    whole = most - missing
    hashes = np.zeros(len(starts), np.uint32)
    for block, n in enumerate(np.searchsorted(missing, most - np.arange(most)).tolist()):
        mixed = hashes[:n] ^ _mixed(blocks[starts[:n] + 4 * block])
        hashes[:n] = _turned(mixed, 13) * np.uint32(5) + np.uint32(0xE6546B64)
    rest = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF], np.uint32)[lengths % 4]
    hashes ^= _mixed(blocks[starts + 4 * whole] & rest)
    hashes ^= lengths.astype(np.uint32)
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        hashes = (hashes ^ (hashes >> np.uint32(shift))) * np.uint32(factor)
    found = np.empty_like(hashes)
    found[order] = hashes
    return found


def _mixed(blocks: Hashes) -> Hashes:
    return _turned(blocks * np.uint32(0xCC9E2D51), 15) * np.uint32(0x1B873593)


def _turned(numbers: Hashes, by: int) -> Hashes:
    turned: Hashes = (numbers << np.uint32(by)) | (numbers >> np.uint32(32 - by))
    return turned


def _encoded(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)


def _counted(rows: Places, hashes: Hashes, shape: tuple[int, int]) -> Any:
    """Count in the columns that are the remainders of the magnitudes of signed hashes."""
    columns = np.abs(hashes.view(np.int32).astype(np.int64)) % shape[1]
    counts = sp.csr_matrix((np.ones(len(rows)), (rows, columns)), shape=shape)
    counts.sum_duplicates()  # which older releases of scipy leave to their caller
    return counts
