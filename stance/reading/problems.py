"""Bad parts of one input: the first are named, the rest are counted, so that no input floods the terminal."""

from collections.abc import Callable
from dataclasses import dataclass

from stance.datamodels import Skip
from stance.limits import Limits


@dataclass(slots=True)
class Problems:
    """Collects what is wrong with the rows of a table, or the records of an archive.

    :param source: The input's name.
    :param skip: Is told each part that is left out.
    :param limits: How many are named.
    :param unit: What a part is called: ``line``, ``record``.
    :param mark: Stands between the name of the input and the number of the part.
    """

    source: str
    skip: Callable[[Skip], None]
    limits: Limits
    unit: str = "line"
    mark: str = ":"
    parts: int = 0  # good or bad
    count: int = 0

    def add(self, number: int, reason: str) -> None:
        """Report one part."""
        self.count += 1
        if self.count <= self.limits.named_rows:
            self.skip(Skip(f"{self.source}{self.mark}{number}", f"{self.unit} {number}: {reason}"))

    def add_whole(self, reason: str) -> None:
        """Report what is no fault of one part."""
        self.count += 1
        self.skip(Skip(self.source, reason))

    def close(self, *, empty: str | None) -> None:
        """Report how many parts were not named, and ``empty`` if there was none at all."""
        if empty and not self.parts and not self.count:
            self.skip(Skip(self.source, empty))
        if (more := self.count - self.limits.named_rows) > 0:
            self.skip(Skip(self.source, f"{more:,} more {_plural(self.unit)} could not be read"))


def _plural(unit: str) -> str:
    return "rows" if unit == "line" else f"{unit}s"
