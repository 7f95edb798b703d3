"""Decide how a group's comments toward a target are stated: shares, counts, and whether a side is ahead."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from statistics import NormalDist
from typing import Any

from stance import datamodels
from stance.datamodels import FEWEST_AUDITED, FEWEST_AUTHORS, MOST_COPIED, READINGS, SIDES, STANCES, Record, Stance
from stance.reporting.wording import set_apart

METHODS = ("corrected", "labels")
"""Words: the methods that rest on labels."""


def leads(net: float, interval: tuple[float, float], targets: int = 1) -> bool:
    """Return whether one side is ahead, by net stance and its 95 % interval.

    :param targets: How many are tested, for which the level allows (Bonferroni).
    """
    # Significance level of a lead, over all targets. At 5 %, 2 of 474 leads were of the wrong side, at 1 % 0 of 809
    # (``research.benchmarks.honest_labels``).
    widened = NormalDist().inv_cdf(1 - 0.01 / 2 / targets) / NormalDist().inv_cdf(0.975)
    nearer = interval[0] if net > 0 else interval[1]  # the end that is nearer to zero
    return abs(net) > max(1e-6, widened * abs(nearer - net))


def doubt_of(group: Record, target: str) -> str | None:
    """Return why no direction of a group is claimed: one of its ``authors`` or ``copies`` of one text are too many."""
    checks = group.get("checks") or {}
    if checks.get("effective_authors", {}).get(target, FEWEST_AUTHORS) < FEWEST_AUTHORS:
        return "authors"
    return "copies" if (checks.get("largest_text") or 0.0) > MOST_COPIED else None


@dataclass(frozen=True, slots=True)
class Level:
    """The knowledge of one group's comments toward a target: exactly these comments.

    :param shares: Of ``SIDES``.
    :param whole: The group is all comments.
    """

    group: Record
    target: str
    shares: Mapping[Stance, Record]
    whole: bool

    def _toward(self, name: str) -> Any:
        """Return a value of the group toward the target; None where the group has none."""
        return (self.group.get(name) or {}).get(self.target)

    @property
    def _one(self) -> Record:
        """One of the three sides, which have one number, method, form and note; empty where there are none."""
        return next(iter(self.shares.values()), {})

    @property
    def n(self) -> int | None:
        """Comments that address the target; None: withheld.

        An estimate where labels correct the model; else the number that the counts beside it are of.
        """
        if self.is_labelled:
            return int(self._one["n"])
        return self.found if self.is_counted_by_persons else self._addressed

    @property
    def _addressed(self) -> int | None:
        """Comments that address the target by the model; None: withheld."""
        return self.group["addressed"].get(self.target, 0)

    @property
    def read(self) -> Mapping[str, int]:
        """Comments by the labels of persons, also of labels that correct no share."""
        return self._toward("read") or {}

    @property
    def found(self) -> int:
        """Comments that address the target by the labels of persons."""
        return sum(self.read.get(side, 0) for side in SIDES)

    @property
    def labelled(self) -> int:
        """Comments with a label toward the target."""
        return self._toward("labelled") or 0

    @property
    def goal(self) -> Mapping[str, float]:
        """The number of labels, and the half width that four of five draws of it reach; empty: none is planned."""
        return self._toward("learnable") or {}

    @property
    def is_labelled(self) -> bool:
        """Return whether the shares rest on labels."""
        return self._one.get("method") in METHODS

    @property
    def is_exact(self) -> bool:
        """Return whether persons labelled all comments, each text once."""
        return bool(self._one.get("all_labelled"))

    @property
    def is_counted_by_persons(self) -> bool:
        """Return whether counts are of labels: all comments have one, or the labels rule out the model's counts."""
        if self.read and (self.is_exact or self.is_labelled or self.labelled >= FEWEST_AUDITED):
            return True
        return self.found > (self._addressed or 0)

    @property
    def is_unmeasured(self) -> bool:
        """Return whether there is no share because the errors of such shares are not known."""
        is_enough = (self.n or 0) >= datamodels.FEWEST_SHOWN
        return is_enough and self._one.get("note") == datamodels.UNMEASURED

    @property
    def printed(self) -> str:
        """The form that all three sides have: share, interval or counts."""
        return str(self._one.get("printed", "counts"))

    @property
    def has_shares(self) -> bool:
        """Return whether shares, or their intervals, may be printed."""
        return self.printed != "counts"

    @property
    def may_print(self) -> bool:
        """Return whether the shares may be printed, as ``shares.csv`` has it."""
        return self.printed == "share"

    @property
    def kind(self) -> str:
        """The form in which it is told: nothing, counts, model or labels."""
        if self.has_shares:
            return "labels" if self.is_labelled else "model"
        # If persons labelled only some comments, the model must agree.
        is_known = self.is_exact or not self._addressed
        return "nothing" if self.n == 0 and is_known and not self.sided else "counts"

    @property
    def counts(self) -> Mapping[str, int | None]:
        """Comments by stance where persons labelled them, else those that name the target by ``READINGS``.

        Of a public report, which shows no single readings, by the stance of the model; None: withheld.
        """
        if self.is_counted_by_persons:
            return {stance: self.read.get(stance, 0) for stance in STANCES}
        return self.group["readings" if "readings" in self.group else "counts"][self.target]

    @property
    def sided(self) -> int | None:
        """Return the number of comments in the counts; None where a count is withheld."""
        names = READINGS if "unread" in self.counts else SIDES
        counts = [self.counts[name] for name in names]
        return None if None in counts else sum(filter(None, counts))

    @property
    def unscored(self) -> int | None:
        """Comments that were not scored toward the target; None: withheld."""
        return (self.group.get("without_stance") or {}).get(self.target, 0)

    @property
    def name(self) -> str:
        """The group's name, set apart."""
        return set_apart(self.group["group"])

    @property
    def margin(self) -> float:
        """The half width of shares that may be printed, in points, rounded up to a half."""
        return ceil(200 * self.half_width - 1e-9) / 2 if self.may_print else 0.0

    @property
    def half_width(self) -> float:
        """The largest distance of an end of an interval from its share; 1 where labels give no intervals."""
        if not self.is_labelled or not self.has_shares:
            return 1.0
        return max(abs(end - share["estimate"]) for share in self.shares.values() for end in share["interval"])

    @property
    def note(self) -> str | None:
        """The reason why shares are not estimated, or may not be printed however many labels there are."""
        return self._one.get("note")

    @property
    def doubt(self) -> str | None:
        """Why no direction is claimed."""
        return doubt_of(self.group, self.target)

    @property
    def nets(self) -> Mapping[str, Record]:
        """Net stance by target, where it is bounded."""
        means = [mean for mean in self.group.get("means") or () if mean["interval"] and mean["measure"] == "net"]
        return {mean["target"]: mean for mean in means if mean["population"] == "corpus"}

    @property
    def is_tested(self) -> bool:
        """Return whether labels can say which side is ahead."""
        return self.kind == "labels" and self.target in self.nets

    @property
    def ahead(self) -> Stance | None:
        """The side that is ahead by labels; of a public report, also where shares are withheld."""
        if stated := self._toward("ahead"):
            return Stance(stated)
        if not self.is_tested or (self.doubt and not self.is_exact):
            return None
        net = self.nets[self.target]
        if not leads(net["estimate"], net["interval"], len(self.nets)):
            return None
        return Stance.AGAINST if net["estimate"] < 0 else Stance.FAVOR

    @property
    def alone(self) -> Stance | None:
        """The side that is ahead by the model alone, which nobody checked."""
        claimed = (side for side, share in self.shares.items() if share.get("claim"))
        return next(claimed, None) if self.kind == "model" and not self.doubt else None

    def to_record(self) -> Record:
        """Return the numbers that the finding states of the group."""
        record = {"group": self.group["group"], "step": self.kind, "n": self.n, "labels": self.labelled}
        if not self.has_shares:
            return record | {"counts": dict(self.counts)}
        numbers = ("estimate", "interval", "method", "printed", "may_print")
        shares = {side: {name: share[name] for name in numbers} for side, share in self.shares.items()}
        return record | {"shares": shares, "ahead": self.ahead, "claim": "model_alone" if self.alone else None}


def scored(group: Record) -> int:
    """Count the comments of a group that the model scored."""
    return max(0, (group["comments"] or 0) - (group["not_covered"] or 0))


def labelable(group: Record) -> int:
    """Count the comments of a group that can be labelled: those that the model scored, each text once."""
    return min(scored(group), group.get("texts") or scored(group))


def level_of(group: Record, target: str, *, whole: bool = False) -> Level:
    """Find the estimates of a group's comments toward a target."""
    shares = [share for share in group["shares"] if share["target"] == target and share["population"] == "corpus"]
    return Level(group, target, {Stance(share["stance"]): share for share in shares}, whole)
