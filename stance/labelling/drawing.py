"""The draw: a frame, divided into strata, becomes units with the probabilities that they had."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stance.labelling.frame import Frame, stratum_names
from stance.labelling.samples import Design, Stratum
from stance.labelling.selection import (
    Digests,
    Floats,
    Indices,
    allocate,
    draw_by_probability,
    draw_simply,
    inclusion_probabilities,
    random_numbers,
    start_of,
)
from stance.labelling.worth import clusters


@dataclass(frozen=True, slots=True)
class Strata:
    """A frame divided; no part is empty."""

    codes: NDArray[np.intp]  # shape (N,), the number of each unit's stratum
    names: Sequence[str]

    def members(self) -> list[Indices]:
        """Give the units of each stratum."""
        ends = np.cumsum(np.bincount(self.codes, minlength=len(self.names)))
        return np.split(np.argsort(self.codes, kind="stable"), ends[:-1])


@dataclass(frozen=True, slots=True)
class Draw:
    """Which units are drawn, in random order."""

    units: Indices
    probabilities: Floats
    names: tuple[str, ...]  # of their strata
    strata: tuple[Stratum, ...]


def draw_units(frame: Frame, parts: Strata, design: Design, worths: Floats | None = None) -> Draw:
    """Draw from each stratum.

    :param worths: Of each unit, not negative, shape (N,); None: at random.
    :raises ConfigError: If there are more strata than units to draw.
    """
    members = parts.members()
    sizes = [len(units) for units in members]
    counts = allocate(sizes, design.n, equal=design.allocation == "equal")
    numbers = random_numbers(frame.texts, design.secret)
    drawn, probabilities, strata, of = [], [], [], []
    for units, n, name in zip(members, counts, parts.names, strict=True):
        own = None if worths is None else worths[units]
        chosen, chances = _draw_stratum(numbers[units], n, own, f"{design.secret} {name}")
        drawn.append(units[chosen])
        probabilities.append(chances[chosen])
        of += [name] * n
        strata.append(Stratum(name, len(units), n, (float(chances.min()), float(chances.max()))))
    units = np.concatenate(drawn)
    order = np.argsort(numbers[units], kind="stable")
    return Draw(units[order], np.concatenate(probabilities)[order], tuple(of[i] for i in order), tuple(strata))


def stratify(frame: Frame, design: Design) -> Strata:
    """Divide a frame as the design asks; all of it is one stratum where it asks for nothing."""
    if design.by == "diversity":
        found, codes = np.unique(clusters(frame, design.n), return_inverse=True)
        return Strata(codes, [f"cluster={number}" for number in range(1, len(found) + 1)])
    of_cells = stratum_names(frame, design.stratify)
    names = sorted({of_cells[cell] for cell in np.unique(frame.cells).tolist()})
    number = {name: i for i, name in enumerate(names)}
    # A cell that no unit stands for keeps any number.
    return Strata(np.array([number.get(name, 0) for name in of_cells], dtype=np.intp)[frame.cells], names)


def _draw_stratum(numbers: Digests, n: int, worths: Floats | None, secret: str) -> tuple[Indices, Floats]:
    """Draw from one stratum.

    :return: Which units are drawn, and the probability of each unit, drawn or not.
    """
    if worths is None:
        return draw_simply(numbers, n), np.full(len(numbers), n / len(numbers))
    chances = inclusion_probabilities(worths, n)
    return draw_by_probability(numbers, chances, start_of(secret)), chances
