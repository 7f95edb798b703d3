"""Columns of numbers that grow row by row."""

from array import array
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray


class NumberColumns:
    """Rows of numbers, added one at a time in any order.

    :cvar kinds: Type and width of two arrays; the first column of the first is the article.
    """

    kinds: ClassVar[tuple[tuple[str, int], ...]]

    def __init__(self) -> None:
        self._ids: array[Any] = array(self.kinds[0][0])
        self._numbers: array[Any] = array(self.kinds[1][0])

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._ids) // self.kinds[0][1]

    def _tables(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return both arrays: shape (n, width)."""
        columns = zip((self._ids, self._numbers), self.kinds, strict=True)
        ids, numbers = (np.array(column).reshape(-1, width) for column, (_, width) in columns)
        return ids, numbers

    def merge(self, other: Self) -> None:
        """Add the rows of another group, which numbers authors, articles and languages alike."""
        self._ids += other._ids
        self._numbers += other._numbers
