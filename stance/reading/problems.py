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
    misfits: int = 0  # of them, those that have not the columns that are asked for

    def begin_row(self) -> bool:
        """Count a row; False, and said, where there are more of them than a table may have."""
        if self.parts == self.limits.rows:
            self.add_whole(f"more than {self.limits.rows:,} rows, the limit; the rest was left out")
            return False
        self.parts += 1
        return True

    def add(self, number: int, reason: str, *, is_misfit: bool = False) -> None:
        """Report one part.

        :param is_misfit: Whether it is sound, and has not the columns that are asked for.
        """
        self.count += 1
        self.misfits += is_misfit
        if self.count <= self.limits.named_rows:
            self.skip(Skip(f"{self.source}{self.mark}{number}", f"{self.unit} {number}: {reason}", is_misfit))

    def add_whole(self, reason: str) -> None:
        """Report what is no fault of one part."""
        self.count += 1
        self.skip(Skip(self.source, reason))

    def close(self, *, empty: str | None) -> None:
        """Report how many parts were not named, and ``empty`` if there was none at all."""
        if empty and not self.parts and not self.count:
            self.skip(Skip(self.source, empty))
        if (more := self.count - self.limits.named_rows) > 0:
            self.skip(
                Skip(self.source, f"{more:,} more {_plural(self.unit)} could not be read", self.misfits == self.count)
            )


def _plural(unit: str) -> str:
    return "rows" if unit == "line" else f"{unit}s"
