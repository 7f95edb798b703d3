"""Choose the method that the labels and sample sizes of a group allow, and estimate its shares and means."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isnan

import numpy as np

from stance.aggregation.clusters import SIDES_AT, WITH_SENTIMENT_AT, AuditLines, Floats, Ids, Lines
from stance.aggregation.estimation import (
    MEASURES,
    Estimated,
    Measure,
    estimate_corrected,
    estimate_counted,
    estimate_labelled,
)
from stance.aggregation.intervals import (
    FEWEST_ARTICLES,
    bounded_interval,
    critical_value,
    effective_interval,
    is_point,
    net_interval,
    unanimous_interval,
)
from stance.datamodels import FEWEST_COMMENTS, SIDES, STANCES, Share, Stance

FEWEST_AUDITED = 50
"""Fewer audit labels of a group and target correct nothing: how far the correction is off would be a guess."""

_AGAINST, _FAVOR = (next(at for at, each in enumerate(MEASURES) if each.name == side) for side in ("against", "favor"))

SAMPLING_ONLY = "sampling error only; classifier error not included"
NOTES = {
    "model": f"model-labelled share; {SAMPLING_ONLY}",
    "corpus": "model-labelled share of exactly these comments; no interval without audit labels",
    "comments": f"fewer than {FEWEST_COMMENTS} comments address it",
    "articles": f"fewer than {FEWEST_ARTICLES} articles",
    "labelled": "too few labels to correct, and too few of them address the target",
}


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over the comments of a group that address a target, with its interval."""

    target: str
    measure: str  # net: favor minus against; sentiment: VADER compound around the target; both in [-1, 1]
    n: int  # comments it is a mean of
    raw: float | None  # by the model's labels; None: there are none
    estimate: float | None
    interval: tuple[float, float] | None  # 95 %
    method: str  # ppi, labels, model, none
    population: str  # corpus, outlet
    labelled: int = 0
    note: str | None = None


@dataclass(frozen=True, slots=True)
class GroupEstimate:
    """Estimates of one group toward one target.

    :param shares: Of each side, for both populations: ``outlet`` first.
    :param means: Likewise net stance and sentiment.
    :param corrected: For differences between groups; None unless labels correct the shares.
    :param articles: Under which a comment has a stance.
    :param labelled: Audit labels.
    :param confusion: Of the audit: label -> the model's label -> comments; None without labels.
    """

    shares: tuple[Share, ...]
    means: tuple[Mean, ...]
    corrected: Estimated | None
    articles: int
    labelled: int
    confusion: Mapping[Stance, Mapping[Stance, int]] | None


@dataclass(frozen=True, slots=True)
class _Row:
    """One measure among one population."""

    raw: float | None
    estimate: float | None
    interval: tuple[float, float] | None
    method: str
    note: str | None
    design_effect: float | None = None


@dataclass(frozen=True, slots=True)
class _Case:
    """Data that decide which method is used."""

    lines: Lines
    audit: AuditLines
    counted: Estimated
    found: Estimated  # what the labels allow
    variance: Floats  # of what was found, clustered
    addressed: int  # comments, by the model's labels
    with_sentiment: int  # of those
    answered: float  # labels that address the target, by weight, in labels of the heaviest weight

    @property
    def articles(self) -> int:
        """Under which a comment has a stance."""
        return len(self.counted.influence.articles.ids)

    def why_none(self, population: str) -> str | None:
        """Return the reason why there is no interval; None if there is one."""
        if self.addressed < FEWEST_COMMENTS:
            return NOTES["comments"]
        if population == "corpus":
            return None if len(self.audit) else NOTES["corpus"]
        if self.articles < FEWEST_ARTICLES:
            return NOTES["articles"]
        if self.found.method == "labels" and not self._enough_answers():
            return NOTES["labelled"]
        return None

    def _enough_answers(self) -> bool:
        return self.answered >= FEWEST_COMMENTS and len(self.found.influence.articles.ids) >= FEWEST_ARTICLES

    def row(self, at: int, measure: Measure, population: str) -> _Row:
        """Return the estimate of one measure."""
        raw = _number(self.counted.values[at])
        why = self.why_none(population) or (NOTES["labelled"] if isnan(self.found.values[at]) else None)
        if why is not None or raw is None:
            return _Row(raw, raw, None, "none", why)
        bounds = (self._outlet_interval if population == "outlet" else self._corpus_interval)(at, measure)
        value = min(measure.bounds[1], max(measure.bounds[0], float(self.found.values[at])))
        effect = self._design_effect(at, value) if population == "outlet" and measure.name in SIDES else None
        return _Row(raw, value, bounds, self.found.method, self._note(), effect)

    def share(self, target: str, at: int, measure: Measure, population: str) -> Share:
        """Return the share of a side."""
        row = self.row(at, measure, population)
        return Share(
            target=target,
            stance=Stance(measure.name),
            n=self.addressed,
            raw=row.raw,
            estimate=row.estimate,
            interval=row.interval,
            method=row.method,
            population=population,
            labelled=len(self.audit),
            design_effect=row.design_effect,
            note=row.note,
        )

    def mean(self, target: str, at: int, measure: Measure, population: str) -> Mean:
        """Return net stance or sentiment."""
        row = self.row(at, measure, population)
        return Mean(
            target=target,
            measure=measure.name,
            n=self.with_sentiment if measure.name == "sentiment" else self.addressed,
            raw=row.raw,
            estimate=row.estimate,
            interval=row.interval,
            method=row.method,
            population=population,
            labelled=len(self.audit),
            note=row.note,
        )

    def _note(self) -> str | None:
        if self.found.method == "labels":
            few = f"(from {FEWEST_AUDITED} on)" if len(self.audit) < FEWEST_AUDITED else "that address the target"
            return f"{len(self.audit)} labels, too few {few} to correct: labels alone"
        return NOTES["model"] if self.found.method == "model" else None

    def _outlet_interval(self, at: int, measure: Measure) -> tuple[float, float]:
        half_widths = self.found.influence.half_width()
        if self.found.method == "ppi":
            return bounded_interval(float(self.found.values[at]), float(half_widths[at]), measure.bounds)
        n = self.addressed if self.found.method == "model" else self.answered
        return self._uncorrected(at, measure, self.variance, half_widths, n, 1 + self.found.influence.freedom())

    def _corpus_interval(self, at: int, measure: Measure) -> tuple[float, float]:
        variances, labels = self.found.corpus_variance, len(self.audit)
        if variances is None:
            raise ValueError("no labels; expected some for an interval of exactly these comments")
        half_widths = critical_value(labels - 1) * np.sqrt(variances)
        if self.found.method == "ppi":
            return bounded_interval(float(self.found.values[at]), float(half_widths[at]), measure.bounds)
        clusters = np.full(len(MEASURES), float(labels))
        return self._uncorrected(at, measure, variances, half_widths, self.answered, clusters)

    def _uncorrected(
        self, at: int, measure: Measure, variances: Floats, half_widths: Floats, n: float, clusters: Floats
    ) -> tuple[float, float]:
        """Bound an uncorrected share; unanimous comments do not give a point.

        :param variances: Shape (measures,), as the others but ``n``, of which it is counted.
        """
        values = self.found.values

        def share(place: int) -> tuple[float, float]:
            return effective_interval(float(values[place]), float(variances[place]), n, float(clusters[place]))

        if measure.name in SIDES:
            return share(at)
        if measure.name == "net":
            spread = float(variances[_FAVOR]), float(variances[_AGAINST]), float(variances[at])
            both = float(values[_FAVOR]), float(values[_AGAINST])
            return net_interval(both, (share(_FAVOR), share(_AGAINST)), spread)
        ends = bounded_interval(float(values[at]), float(half_widths[at]), measure.bounds)
        if is_point(ends):
            agreed, _ = effective_interval(1.0, 0.0, n, float(clusters[at]))
            return unanimous_interval(float(values[at]), agreed, measure.bounds)
        return ends

    def _design_effect(self, at: int, value: float) -> float | None:
        simple = value * (1 - value) / self.addressed
        return float(self.variance[at]) / simple if simple > 0 else None


def correct(lines: Lines, audit: AuditLines, strata: Ids | None = None) -> Estimated | None:
    """Correct the model by labels; None if they are too few, or hardly any of them address the target.

    :param strata: As for :func:`estimate_corrected`.
    """
    if len(audit) < FEWEST_AUDITED or audit.given[:, SIDES_AT].sum() < FEWEST_COMMENTS:
        return None
    found = estimate_corrected(lines, audit, strata)
    return found if found.is_defined else None


def _case(lines: Lines, audit: AuditLines) -> _Case:
    counted = estimate_counted(lines)
    totals = lines.counted.sum(axis=0, dtype=np.float64)
    found = correct(lines, audit) or (estimate_labelled(audit, float(totals[0])) if len(audit) else counted)
    addressed, variance = round(totals[SIDES_AT].sum()), found.influence.variance()
    return _Case(lines, audit, counted, found, variance, addressed, round(totals[WITH_SENTIMENT_AT]), _answered(audit))


def _answered(audit: AuditLines) -> float:
    """Count the labels that address the target, in units of the heaviest weight.

    Comments that name the target are usually drawn with a high probability, others with a low one. One label of the
    latter can represent more comments than all of the former, so the plain number of labels would overstate how much is
    known.
    """
    if not len(audit):
        return 0.0
    heaviest = float(audit.weights.max())
    return round(float(audit.weights @ audit.given[:, SIDES_AT].sum(axis=1)) / heaviest, 6)


def estimate_group(target: str, lines: Lines, audit: AuditLines) -> GroupEstimate:
    """Estimate the shares and means of one group toward one target.

    With ``FEWEST_AUDITED`` labels or more, enough of which address the target, they correct the model (method ``ppi``);
    with fewer, only the labels are used (``labels``); without any, the model's labels are counted (``model``). With too
    few comments or articles there is no estimate (``none``).

    :param lines: Of its comments that have a stance.
    :param audit: Of the labelled comments, which are in ``lines`` too.
    """
    case = _case(lines, audit)
    everything = [
        (at, measure, population) for population in ("outlet", "corpus") for at, measure in enumerate(MEASURES)
    ]
    tested = case.found.method == "ppi" and case.why_none("outlet") is None
    return GroupEstimate(
        shares=tuple(case.share(target, *each) for each in everything if each[1].name in SIDES),
        means=tuple(case.mean(target, *each) for each in everything if each[1].name not in SIDES),
        corrected=case.found if tested else None,
        articles=case.articles,
        labelled=len(case.audit),
        confusion=_confusion(case.audit) if len(case.audit) else None,
    )


def _number(value: float) -> float | None:
    return None if isnan(value) else float(value)


def _confusion(audit: AuditLines) -> dict[Stance, dict[Stance, int]]:
    return {
        label: {
            said: int(((audit.labels == at) & (audit.counted == column)).sum()) for column, said in enumerate(STANCES)
        }
        for at, label in enumerate(STANCES)
    }
