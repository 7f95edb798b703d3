"""Numbers for names, of which none is kept: a corpus may have a million authors, and a dict of them 150 MB."""

from bisect import bisect_left

import numpy as np

RECENT = 1 << 13
"""Names that are known as they are: most come again soon, and a search among digests costs some microseconds."""


class Numbering:
    """Numbers names in the order in which they come.

    Held are digests of 64 bits with their numbers, 12 bytes for each name. Two of a million names share a number with a
    chance of 1 in 30 million. Digests differ from one process to the next, numbers do not.
    """

    def __init__(self) -> None:
        self._recent: dict[str | None, int] = {}
        self._digests = np.zeros(0, np.int64)  # ascending, of the names that are not recent
        self._numbers = np.zeros(0, np.int32)
        self._count = 0

    def __len__(self) -> int:
        """How many names there are."""
        return self._count

    def number(self, name: str | None) -> int:
        """Give the number of a name; the next one if it is new."""
        number = self._recent.get(name)
        if number is None:
            if len(self._recent) >= RECENT:
                self._settle()
            number = self._recent[name] = self._settled(name)
        return number

    def _settled(self, name: str | None) -> int:
        digest = hash(name)
        at = bisect_left(self._digests, digest)
        if at < len(self._digests) and self._digests[at] == digest:
            return int(self._numbers[at])
        self._count += 1
        return self._count - 1

    def _settle(self) -> None:
        """Put new names among the digests, and begin anew."""
        known = len(self._digests)
        new = [(hash(name), number) for name, number in self._recent.items() if number >= known]
        digests, numbers = np.array(sorted(new), np.int64).reshape(-1, 2).T
        places = np.searchsorted(self._digests, digests)
        self._digests = np.insert(self._digests, places, digests)
        self._numbers = np.insert(self._numbers, places, numbers.astype(np.int32))
        self._recent = {}
