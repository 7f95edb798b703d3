"""Where the parts of a comparison's pictures stand: forest rows, the matrix of groups and targets, the grids of pairs.

A forest plot here is a table whose rows hold one small picture each, on one scale: so names of any length and script
wrap, a screen reader reads the numbers, a phone shows the rows below each other, and two hundred groups need no other
drawing than two. Positions are percent of a picture's width, as in ``charts``.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from stance.datamodels import Stance

MOST_DRAWN = 20
"""Groups in a picture, those with most comments: more do not fit a screen. Tables hold more, the CSV file all."""

MOST_IN_GRID = 12
"""Groups in a grid of pairs: its columns are narrow, and a phone shows twelve."""

POPULATIONS = ("outlet", "corpus")

SHOWN_SIDES = (Stance.AGAINST, Stance.FAVOR)
"""Of a forest; the neutral share is what they leave, and stands in the tables."""

LIMITS = (0.1, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Where a scale may end: the first that holds all that is drawn."""

Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Scale:
    """A picture's horizontal axis."""

    low: float
    high: float

    @property
    def ticks(self) -> tuple[float, ...]:
        """Its ends, its middle, and what lies between."""
        step = (self.high - self.low) / 4
        return tuple(self.low + step * at for at in range(5))

    def at(self, value: float) -> float:
        """Give the place of a value, in percent of the width."""
        share = (value - self.low) / (self.high - self.low)
        return round(100 * min(1.0, max(0.0, share)), 3)


@dataclass(frozen=True, slots=True)
class Whisker:
    """An estimate with its interval, drawn."""

    x: float
    low: float
    high: float
    other: float | None  # where another estimate of the same stands: as counted, or before matching
    is_corrected: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """How a group's share stands to those of the other groups."""

    differ: int
    alike: int  # cannot be told apart
    untested: int

    @property
    def tested(self) -> int:
        """How many pairs were tested."""
        return self.differ + self.alike

    @property
    def word(self) -> str:
        """The verdict that the picture shows: ``differ`` where any pair does."""
        if self.differ:
            return "differ"
        return "cannot_tell_apart" if self.alike else "not_tested"


@dataclass(frozen=True, slots=True)
class Cell:
    """One measure of a row: the numbers, and how they are drawn."""

    measure: str  # net, or a side
    number: Record  # share or mean
    drawn: Whisker | None  # None: too few for an interval
    standing: Standing | None = None


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One group toward one target."""

    group: Record
    n: int  # comments that address the target
    labelled: int
    cells: tuple[Cell, ...]

    @property
    def is_drawn(self) -> bool:
        """Tell whether there is anything but counts."""
        return any(cell.drawn for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Forest:
    """All groups toward one target, for one population."""

    target: str
    population: str
    rows: tuple[ForestRow, ...]  # of the groups with most comments, from most in favor to most against
    left_out: int  # smaller groups, which stand in the table


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """One group toward one target."""

    lean: str  # against, favor: the whole interval lies there; both: it holds zero; few: no interval; none: no comment
    number: Record | None


@dataclass(frozen=True, slots=True)
class PairCell:
    """A group against another: the row's share minus the column's."""

    verdict: str
    estimate: float | None


@dataclass(frozen=True, slots=True)
class Grid:
    """Every pair of some groups, toward one target and stance."""

    target: str
    stance: str
    groups: tuple[str, ...]
    rows: tuple[tuple[PairCell | None, ...], ...]  # None: a group and itself

    @property
    def differs(self) -> bool:
        """Tell whether any pair was found to differ."""
        return any(cell.verdict == "differ" for row in self.rows for cell in row if cell)


@dataclass(frozen=True, slots=True)
class Figures:
    """The numbers of groups, by what they are numbers of."""

    numbers: Mapping[tuple[str, str, str, str], Record]  # group, target, population, measure
    standings: Mapping[tuple[str, str, str], Standing]  # group, target, stance

    def of(self, group: str, target: str, population: str, measure: str) -> Record | None:
        """Give a share or a mean; None where the record has none."""
        return self.numbers.get((group, target, population, measure))


def figures(comparison: Record) -> Figures:
    """Put a comparison's shares, means and verdicts where they are found by name."""
    numbers = {}
    for group in comparison["groups"]:
        for number in (*group["shares"], *group.get("means", ())):
            measure = str(number.get("stance") or number["measure"])
            numbers[group["group"], number["target"], number["population"], measure] = number
    return Figures(numbers, _standings(comparison["differences"]))


def _standings(differences: Iterable[Record]) -> dict[tuple[str, str, str], Standing]:
    counts: dict[tuple[str, str, str], Counter[str]] = {}
    for each in differences:
        for group in (each["a"], each["b"]):
            counts.setdefault((group, each["target"], str(each["stance"])), Counter())[each["verdict"]] += 1
    return {
        name: Standing(count["differ"], count["cannot_tell_apart"], count["not_tested"])
        for name, count in counts.items()
    }


def largest(groups: Sequence[Record], most: int, *, target: str | None = None) -> tuple[Record, ...]:
    """Choose the groups with most comments, or with most that address a target; in the order given.

    :param most: How many at most.
    """
    sizes = [group["addressed"][target] if target else group["comments"] for group in groups]
    chosen = sorted(range(len(groups)), key=lambda at: (-sizes[at], at))[:most]
    return tuple(groups[at] for at in sorted(chosen) if sizes[at])


def share_scale(numbers: Iterable[Record]) -> Scale:
    """Give the scale of shares, from 0 to the first limit that holds them all."""
    return Scale(0.0, _limit(numbers))


def net_scale(numbers: Iterable[Record]) -> Scale:
    """Give the scale of differences of shares, with zero in the middle."""
    limit = _limit(numbers)
    return Scale(-limit, limit)


def _limit(numbers: Iterable[Record]) -> float:
    """Find the first limit that holds estimates, what they were before, and intervals."""
    highest = 0.0
    for number in numbers:
        if number["interval"] is not None:
            known = (number["estimate"], number.get("raw"), number.get("unadjusted"), *number["interval"])
            highest = max(highest, *(abs(value) for value in known if value is not None))
    return next((limit for limit in LIMITS if highest <= limit), LIMITS[-1])


def whisker(number: Record, scale: Scale, *, other: float | None = None, is_corrected: bool = True) -> Whisker | None:
    """Draw a number with an interval; None where it has none."""
    if number["interval"] is None or number["estimate"] is None:
        return None
    low, high = number["interval"]
    return Whisker(
        scale.at(number["estimate"]),
        scale.at(low),
        scale.at(high),
        None if other is None else scale.at(other),
        is_corrected,
    )


def draw_forest(
    groups: Sequence[Record], found: Figures, target: str, population: str, scales: Mapping[str, Scale]
) -> Forest:
    """Draw the groups with most comments toward one target.

    :param population: ``outlet`` or ``corpus``; a picture is of one.
    :param scales: By measure: ``net`` and the sides that are shown.
    """
    addressing = [group for group in groups if group["addressed"].get(target)]
    chosen = largest(addressing, MOST_DRAWN, target=target)
    rows = [row for group in chosen if (row := _row(group, found, target, population, scales))]
    rows.sort(key=lambda row: (not row.is_drawn, -(row.cells[0].number["estimate"] or 0.0), row.group["group"]))
    return Forest(target, population, tuple(rows), len(addressing) - len(rows))


def _row(group: Record, found: Figures, target: str, population: str, scales: Mapping[str, Scale]) -> ForestRow | None:
    cells = []
    for measure, scale in scales.items():
        number = found.of(group["group"], target, population, measure)
        if number is None:
            return None
        corrected = number["method"] in ("ppi", "labels")
        drawn = whisker(number, scale, other=number["raw"] if corrected else None, is_corrected=corrected)
        standing = found.standings.get((group["group"], target, measure)) if population == "outlet" else None
        cells.append(Cell(measure, number, drawn, standing))
    return ForestRow(group, group["addressed"][target], cells[0].number["labelled"], tuple(cells))


def matrix(
    groups: Sequence[Record], found: Figures, targets: Sequence[str]
) -> tuple[tuple[Record, tuple[MatrixCell, ...]], ...]:
    """Show of each group toward each target which side its net stance lies on, if its interval tells."""
    return tuple(
        (group, tuple(_matrix_cell(found.of(group["group"], target, "outlet", "net")) for target in targets))
        for group in groups
    )


def _matrix_cell(net: Record | None) -> MatrixCell:
    if net is None or not net["n"]:
        return MatrixCell("none", None)
    return MatrixCell("few" if net["interval"] is None else lean(net["interval"]), net)


def lean(interval: Sequence[float]) -> str:
    """Say on which side of zero an interval lies: ``favor``, ``against``, or on ``both``."""
    low, high = interval
    if low > 0:
        return "favor"
    return "against" if high < 0 else "both"


def pair_grids(groups: Sequence[Record], differences: Sequence[Record]) -> tuple[Grid, ...]:
    """Set the groups with most comments against each other, a grid for each target and stance that was tested."""
    names = tuple(group["group"] for group in largest(groups, MOST_IN_GRID))
    known = set(names)
    cells: dict[tuple[str, str], dict[tuple[str, str], PairCell]] = {}
    for each in differences:
        if each["a"] in known and each["b"] in known:
            pairs = cells.setdefault((each["target"], str(each["stance"])), {})
            gap = each["estimate"]
            pairs[each["a"], each["b"]] = PairCell(each["verdict"], gap)
            pairs[each["b"], each["a"]] = PairCell(each["verdict"], None if gap is None else -gap)
    return tuple(
        Grid(target, stance, names, tuple(tuple(pairs.get((row, column)) for column in names) for row in names))
        for (target, stance), pairs in cells.items()
        if any(cell.verdict != "not_tested" for cell in pairs.values())
    )
