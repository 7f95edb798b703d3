"""Estimate how shares change over time: by a line through all dated comments, and at a day.

Every comment counts, in months with few of them too. Uncorrected lines are not tested, since a model that errs more in
some months than in others makes slopes of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from stance.aggregation import FEWEST_ARTICLES, FEWEST_AUDITED
from stance.aggregation.clusters import SIDES_AT, UNDATED, AuditLines, ClusterSums, Floats, Ids, Lines
from stance.aggregation.estimation import MEASURES, Contrast, Estimated, contrast, fit
from stance.comparison.results import LEVEL, GroupContrast, fill, holm
from stance.datamodels import FEWEST_COMMENTS

PER = {"day": 1.0, "week": 7.0, "month": 365.25 / 12}
"""Days of a unit of time."""

SHOWN = tuple(at for at, each in enumerate(MEASURES) if each.name in ("against", "favor", "net"))
"""Places of the measures that are followed over time, two sides and their difference; neutral is what they leave."""


NET = next(at for at, each in enumerate(MEASURES) if each.name == "net")
POINTS = 7
"""Number of days at which a line and its band are drawn."""

Fitted = tuple["Timed", tuple[Estimated, ...]]
"""A group with its constant and its change."""


@dataclass(frozen=True, slots=True)
class Timed:
    """Dated comments of one group toward one target.

    :param why_not: Why its labels correct nothing; None where they do.
    """

    group: str
    lines: Lines
    audit: AuditLines
    why_not: str | None

    @classmethod
    def of(cls, group: str, sums: ClusterSums) -> "Timed | None":
        """Take the dated comments; None where too few address the target."""
        lines, audit = sums.lines(), sums.audit_lines()
        lines = lines.take(np.asarray(lines.days != UNDATED))
        audit = audit.take(np.asarray(audit.days != UNDATED))
        address = lines.counted[:, SIDES_AT].any(axis=1)
        if address.sum() < FEWEST_COMMENTS or len(np.unique(lines.articles[address])) < FEWEST_ARTICLES:
            return None
        labels, answered = len(audit), audit.given[:, SIDES_AT].sum()
        few = labels < FEWEST_AUDITED or answered < FEWEST_COMMENTS
        return cls(group, lines, audit, f"{labels} audit labels; expected {FEWEST_AUDITED}" if few else None)

    @property
    def days(self) -> Ids:
        """Return the day of each comment."""
        return np.zeros(0, np.int64) if self.lines.days is None else self.lines.days

    def regress(self, step: "Step") -> tuple[Estimated, ...]:
        """Fit a constant and a step; nothing where the comments are all on one side of it, or too few of each."""
        used = self.audit.take(np.full(len(self.audit), self.why_not is None))
        found = fit(self.lines, used, (step(self.days), step(self.days[:0] if used.days is None else used.days)))
        is_usable = found[1].is_defined and np.isfinite(found[1].values[list(SHOWN)]).all()
        return found if is_usable else ()

    def line(self, step: "Step", found: Sequence[Estimated]) -> Iterator[tuple[str, float, float, float]]:
        """Draw the line of net stance and its band, in points."""
        for day in np.linspace(self.days.min(), self.days.max(), POINTS):
            constant, time = step(np.array([day]))[0].tolist()
            at = contrast([(constant, found[0]), (time, found[1])])
            low, high = at.interval(NET, (-1.0, 1.0))
            yield date.fromordinal(round(day)).isoformat(), 100 * float(at.values[NET]), 100 * low, 100 * high


@dataclass(frozen=True, slots=True)
class Step:
    """The regressor of a change: time in units from its middle, or whether a day has come.

    :param event: The day; None: time itself.
    """

    unit: str
    middle: float = 0.0
    event: date | None = None

    def __call__(self, days: Ids) -> Floats:
        """Return the constant and the regressor: shape (n, 2)."""
        values = days >= self.event.toordinal() if self.event else (days - self.middle) / PER[self.unit]
        return np.stack([np.ones(len(days)), values.astype(np.float64)], axis=1)


def estimate_changes(
    groups: Mapping[str, Mapping[str, ClusterSums]], targets: Sequence[str], unit: str, event: date | None = None
) -> tuple[GroupContrast, ...]:
    """Estimate slopes of all groups together, of each, and their differences; likewise changes at an event.

    Those of all groups together are one family of tests (Holm), the others another one.

    :param groups: Group -> target -> comments.
    :param unit: Of slopes, one of ``PER``.
    """
    whole: list[GroupContrast] = []
    single: list[GroupContrast] = []
    for target in targets:
        timed = [found for name, sums in groups.items() if (found := Timed.of(name, sums[target])) is not None]
        if not timed:
            continue
        middle = float(np.mean(np.concatenate([each.days for each in timed])))
        for step in (Step(unit, middle), *([Step(unit, event=event)] if event else [])):
            fitted = [(each, both) for each in timed if (both := each.regress(step))]
            empty = GroupContrast(target, "net", None, None, "event" if step.event else "slope", unit)
            whole += _together(empty, fitted)
            single += _each(empty, fitted, step)
    return (*_adjust(whole), *_adjust(single))


def _adjust(slopes: Sequence[GroupContrast]) -> Iterator[GroupContrast]:
    """Adjust the p-values of contrasts for multiple testing, and mark significant changes.

    Against, favor and net are two numbers: of two contrasts one is tested for both sides at once, and of these three at
    most one is 0 where another is not, so they need no further correction (Shaffer, Modified Sequentially Rejective
    Multiple Test Procedures, 1986).
    """
    every = [slopes[at : at + len(SHOWN)] for at in range(0, len(slopes), len(SHOWN))]
    p_values = [[each.p_adjusted for each in own if each.p_adjusted is not None] for own in every]
    either = [min(1.0, 2 * min(own[:2])) for own in p_values if own]
    adjusted = iter(zip(either, holm(either), strict=True))
    for own, known in zip(every, p_values, strict=True):
        if not known:
            yield from own
            continue
        first, least = next(adjusted)
        for each, p_value in zip(own, known, strict=True):
            p = min(1.0, max(least, p_value * (least / first if first else 1.0)))
            yield replace(each, p_adjusted=p, verdict="differ" if p <= LEVEL else "cannot_tell_apart")


def _together(empty: GroupContrast, fitted: Sequence[Fitted]) -> Iterator[GroupContrast]:
    """Estimate the change that groups have in common: that of one regression in which each has its own level."""
    corrected = [each for each in fitted if each[0].why_not is None]
    if len(fitted) < 2:
        return
    used = corrected if len(corrected) > 1 else fitted
    total = sum(found[1].weight for _, found in used)
    note = f"of {len(used)} of {len(fitted)} groups" if len(used) < len(fitted) else None
    yield from _changes(replace(empty, note=note), [(own[1].weight / total, each, own[1]) for each, own in used])


def _each(empty: GroupContrast, fitted: Sequence[Fitted], step: Step) -> Iterator[GroupContrast]:
    for at, (one, found) in enumerate(fitted):
        own = replace(empty, group=one.group, note=one.why_not)
        line = () if step.event else tuple(one.line(step, found))
        changes = _changes(own, [(1.0, one, found[1])])
        yield from (replace(each, line=line) if each.stance == "net" else each for each in changes)
        for other, beside in fitted[at + 1 :]:
            note = one.why_not or other.why_not
            two = replace(own, other=other.group, note=note)
            yield from _changes(two, [(1.0, one, found[1]), (-1.0, other, beside[1])])


def _changes(empty: GroupContrast, parts: Sequence[tuple[float, Timed, Estimated]]) -> Iterator[GroupContrast]:
    """Estimate one contrast for each measure; tested where labels correct all of its groups."""
    found = contrast([(factor, own) for factor, _, own in parts])
    is_corrected = all(own.method == "ppi" for *_, own in parts)
    comments, labelled = (sum(each) for each in zip(*((len(t.days), len(t.audit)) for _, t, _ in parts), strict=True))
    empty = replace(empty, comments=comments, labelled=labelled, method="ppi" if is_corrected else "model")
    for at in SHOWN:
        one, points = replace(empty, stance=MEASURES[at].name), _in_points(found) if at == NET else found
        known = fill(one, points, at, (-np.inf, np.inf))
        yield known if is_corrected else replace(one, estimate=known.estimate)


def _in_points(found: Contrast) -> Contrast:
    return replace(found, values=100 * found.values, errors=100 * found.errors)
