"""Count characters of many texts at once."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import TYPE_CHECKING

from stance.parsing.lines import is_mark

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Flags = NDArray[np.bool_]
    Indices = NDArray[np.int64]

_TESTS = (str.isspace, str.isupper, str.islower, str.isalpha, str.isdigit, str.isdecimal, is_mark)


@cache
def _known_kinds() -> "NDArray[np.uint8]":
    """Return the kinds of all characters: a bit for each test, and one for those that were tested, when first seen."""
    import numpy as np

    return np.zeros(0x110000, dtype=np.uint8)


class Characters:
    """The characters of some texts, with a line feed behind each, as arrays: all texts are counted at once."""

    def __init__(self, texts: Sequence[str]) -> None:
        import numpy as np

        codes = np.frombuffer("\n".join((*texts, "")).encode("utf-32-le", "surrogatepass"), dtype="<u4")
        kinds = _known_kinds()
        for code in set(codes[kinds[codes] == 0].tolist()):
            kinds[code] = 1 + sum(2 << i for i, test in enumerate(_TESTS) if test(chr(code)))
        self._kinds, self.sizes = kinds[codes], np.array([*map(len, texts)], dtype=int)
        self._ends = np.cumsum(self.sizes + 1) - 1
        self.starts = self._ends - self.sizes

    def are(self, test: Callable[[str], bool]) -> "Flags":
        """Return for each character whether it passes one of the tests."""
        passed: Flags = self._kinds & (2 << _TESTS.index(test)) != 0
        return passed

    @staticmethod
    def begins(flags: "Flags") -> "Flags":
        """Return for each character whether a run of chosen ones begins there."""
        begins = flags.copy()
        begins[1:] &= ~flags[:-1]
        return begins

    def count(self, flags: "Flags", most: int = 2**31) -> "Indices":
        """Count the chosen characters of each text, or of its first ones."""
        import numpy as np

        stops = np.minimum(self._ends, self.starts + most)
        sums = np.add.reduceat(flags, np.stack([self.starts, stops], axis=1).ravel(), dtype=np.int64)[::2]
        counts: Indices = sums * (stops > self.starts)  # of an empty part, the sum is that of the next character
        return counts
