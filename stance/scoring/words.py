"""Read pairs of text and target by their words alone: columns for the model ``light``.

Words of the text, words of the clauses around the mentions and letters of these are hashed, as scikit-learn's
HashingVectorizer does; that is not used because its import takes longer than a page. Names of targets are masked, so
that what is learned of one target holds for others.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, pairwise
from math import log
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

import numpy as np

from stance.datamodels import Span, frozen
from stance.scoring.instances import Instance
from stance.scoring.reader import FACTS, NAMED, facts_of
from stance.scoring.sentences import clauses_around, masked
from stance.scoring.sentiment import score_mentions
from stance.text_forms import RememberedWords

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

N_HASHES = 2**15
"""Number of columns of each kind of word."""

_DENSE = 1 + len(NAMED) + FACTS


class SparseRows(NamedTuple):
    """Rows in which most numbers are 0, and some are not; to load SciPy takes longer than to read several pages."""

    values: Sequence[float]  # of all rows, without those that are 0
    columns: Sequence[int]  # of each value
    ends: Sequence[int]  # of the values of each row; the first is 0
    width: int

    def __matmul__(self, weights: "NDArray[np.float64]") -> "NDArray[np.float64]":
        """Multiply by weights, shape (width, k): shape (n, k). What is beside a row does not change its numbers."""
        terms = np.array(self.values)[:, None] * weights[np.array(self.columns)]
        products: NDArray[np.float64] = np.add.reduceat(terms, self.ends[:-1], axis=0)
        return products

    def matrix(self) -> "csr_matrix":
        """Return the rows as a matrix of SciPy."""
        from scipy.sparse import csr_matrix

        return csr_matrix((self.values, self.columns, self.ends), shape=(len(self.ends) - 1, self.width))


@frozen
class WordReader:
    """Turns pairs into columns: how the clauses around the target sound, how it is named, and hashed words."""

    kind = "words"

    @property
    def width(self) -> int:
        """Number of columns."""
        return _DENSE + 3 * N_HASHES  # words of the text, words around the target, letters around the target

    def read(self, instances: Sequence[Instance]) -> SparseRows:
        """Return the columns of pairs: shape (n, width)."""
        values, columns, ends = list[float](), list[int](), [0]
        for row in map(self._row, instances):
            values += row.values()
            columns += row
            ends.append(len(columns))
        return SparseRows(values, columns, ends, self.width)

    def shown_spans(self, instance: Instance) -> tuple[Span, ...]:
        """Return no parts: texts are read as a whole."""
        return ()

    def _row(self, instance: Instance) -> dict[int, float]:
        text, around = _masked(instance)
        sound = score_mentions(instance.text, instance.mentions, instance.target)
        dense = [sound or 0.0, *NAMED, *facts_of(instance, len(text.split()))]
        row = {column: value for column, value in enumerate(dense) if value}
        letters = chain.from_iterable(map(_COLUMNS_OF_LETTERS.__getitem__, around.split()))
        for kind, pieces in enumerate((_words(text), _words(around), letters)):
            row |= _weighed(pieces, _DENSE + kind * N_HASHES)
        return row


def _weighed(columns: Iterable[int], start: int) -> dict[int, float]:
    """Count pieces by their hashed columns, dampened, as a vector of length 1."""
    weights = {column: 1.0 if n == 1 else 1 + log(n) for column, n in Counter(columns).items()}
    length = sum([weight * weight for weight in weights.values()]) ** 0.5
    return {start + column: weight / length for column, weight in weights.items()}


def _words(text: str) -> Iterator[int]:
    """Yield the columns of the words of two letters or more, then of each with the next."""
    words = re.findall(r"\w\w++", text)
    return map(_COLUMNS.__getitem__, chain(words, map(" ".join, pairwise(words))))


def _letters(word: str) -> tuple[int, ...]:
    """Return the columns of the pieces of three and four letters of a word, with where it begins and ends."""
    padded = f" {word} "
    return tuple([_COLUMNS[padded[at : at + size]] for size in (3, 4) for at in range(len(padded) - size + 1)])


_COLUMNS = RememberedWords(lambda piece: crc32(piece.encode("utf-8", "surrogatepass")) % N_HASHES)
_COLUMNS_OF_LETTERS = RememberedWords(_letters)


def _masked(instance: Instance) -> tuple[str, str]:
    """Return a text in lower case, with a mask where any target is named, and the clauses that mention its target."""
    mentions = sorted((mention.start, mention.target != instance.target, mention.end) for mention in instance.mentions)
    names = [(start, end, "xother" if is_other else "xtarget") for start, is_other, end in mentions]

    def join(spans: Iterable[Span]) -> str:  # 20,000 characters of each are read
        parts = ((start, min(end, start + 20_000)) for start, end in spans)
        return "\n".join([masked(instance.text, part, names).lower() for part in parts])

    return join([(0, len(instance.text))]), join(clauses_around(instance.text, instance.own_mentions))
