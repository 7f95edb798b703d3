"""Shares and means of one group toward one target, by the method that its labels and sizes allow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import isnan
from typing import Any

import numpy as np

from stance import datamodels
from stance.aggregation import estimation, intervals, measures, model_shares
from stance.aggregation.estimation import Estimated
from stance.aggregation.intervals import FEWEST_ARTICLES, effective_interval
from stance.aggregation.measures import MEASURES, PLACES
from stance.aggregation.observations import SIDES_AT, Floats, Observations
from stance.aggregation.printing import FEWEST_FREE, LEAST_ALPHA, print_together
from stance.datamodels import FEWEST_COMMENTS, FEWEST_SHOWN, SIDES, Share, Stance

NOTES = {
    "comments": f"fewer than {FEWEST_COMMENTS} comments address the target",
    "articles": f"fewer than {FEWEST_ARTICLES} articles",
    "labelled articles": f"labelled comments that address the target are of fewer than {FEWEST_ARTICLES} articles",
    "labelled": f"fewer than {FEWEST_SHOWN} labelled comments address the target",
    "addressing": "too few labelled comments address the target",
    "labels": "too few labels",
    "agreement": f"annotators agree too little (Krippendorff's alpha is under {LEAST_ALPHA})",
    "authors": f"fewer than {datamodels.FEWEST_AUTHORS:.0f} effective authors",
    "copies": f"one text is more than {datamodels.MOST_COPIED:.0%} of the comments",
}


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over the comments of a group that address a target, with its interval."""

    target: str
    measure: str  # net: favor minus against, in points; addressed: share of all
    n: int  # comments it is a mean of, by the model's labels
    estimate: float | None  # by annotators' labels, else by the model's probabilities
    interval: tuple[float, float] | None  # 95 %
    method: str  # corrected, labels, model, none
    population: str  # corpus, outlet
    labelled: int = 0
    details: Mapping[str, float | None] = field(default_factory=dict)
    note: str | None = None


@dataclass(frozen=True, slots=True)
class GroupEstimate:
    """Estimates of one group toward one target.

    :param shares: Of each side, for both populations: ``outlet`` first.
    :param means: Likewise net stance, and the share of all comments that address it.
    :param corrected: For differences between groups; None unless labels correct the shares.
    :param labelled: Audit labels.
    :param authors: Effective number, of equal size, by the comments that address the target.
    :param why_untested: The reason why ``corrected`` is None.
    """

    shares: tuple[Share, ...]
    means: tuple[Mean, ...]
    corrected: Estimated | None
    labelled: int
    authors: float
    why_untested: str | None = None

    def measure(self, name: str) -> Share | Mean:
        """Return the share of a side, or a mean, of comments like these."""
        measures: tuple[Share | Mean, ...] = (*self.shares[: len(SIDES)], *self.means)
        return measures[PLACES[name]]


class _Case:
    """The best estimate that the labels of a group allow, and the numbers that decide which method is used."""

    def __init__(self, table: Observations) -> None:
        self.labels, self.answered = table.drawn, 0.0
        self.is_complete = table.is_complete
        self.is_disputed, self.is_doubted = table.is_disputed, bool(table.doubted.any())
        self.why_uncorrected = why_uncorrected(table)
        best = None if self.why_uncorrected else estimation.fit(table)[0]
        if best and not best.is_defined:
            best, self.why_uncorrected = None, NOTES["addressing"]
        self.found = best or self._uncorrected(table)
        self.counted = measures.solve_sums(measures.cross_sums(table.counted, None)).coefficients[0]
        self.articles, self.addressed = table.counts()
        self.read = model_shares.ModelShares.of(table.soft, self.addressed, table.measured)
        if self.found.method != "model":
            self.addressed = round(float(np.clip(self.found.values[PLACES["addressed"]], 0, 1)) * len(table))

    def _uncorrected(self, table: Observations) -> Estimated:
        """Estimate from labels alone where all comments have one, enough address it, or hardly any of many do."""
        self.answered = effective_labels(table)
        if self.is_complete or self.answered >= FEWEST_SHOWN or self.labels >= datamodels.FEWEST_AUDITED:
            return estimation.fit(table, trust=False)[0]
        return estimation.fit(table.unlabelled())[0]

    def why_none(self, population: str) -> str | None:
        """Return the reason why there is no interval; None if there is one."""
        if self.is_complete and population == "corpus":
            return None
        if self.addressed < FEWEST_COMMENTS:
            return NOTES["comments"]
        if self.found.method == "model" and self.read.unknown > 0.5:  # an interval would say next to nothing
            return datamodels.UNMEASURED
        by_labels = self.found.method == "labels"
        if by_labels and not self.is_complete and self.answered < FEWEST_SHOWN:
            return NOTES["labelled"]
        if population == "outlet" and self.articles < FEWEST_ARTICLES:
            return NOTES["articles"]
        is_narrow = population == "outlet" and by_labels and self.found.influence.articles < FEWEST_ARTICLES
        return NOTES["labelled articles"] if is_narrow else None

    def estimate(self, target: str, index: int, population: str) -> Share | Mean:
        """Return the share of a side, or a mean.

        :param index: Place of the measure in ``MEASURES``.
        """
        measure, best = MEASURES[index], float(bounded(self.found.values)[index])
        by_model = self.found.method == "model"
        doubt = self.why_uncorrected if by_model else NOTES["agreement"] if self.is_doubted else None
        why, scale = self.why_none(population), 100 if measure.name == "net" else 1
        is_known = why is None and not isnan(best)
        low, high = self._interval(index, population) if is_known else (best, best)
        ends = (min(low, best), max(high, best)) if is_known else None
        raw = None if isnan(self.counted[index]) else scale * float(self.counted[index])
        number: dict[str, Any] = {
            "target": target,
            "n": self.addressed,
            "estimate": scale * best if is_known else None,
            "interval": ends and (scale * ends[0], scale * ends[1]),
            "method": self.found.method if is_known else "none",
            "population": population,
            "labelled": self.labels,
            "details": {"raw": raw},
            "note": why or (doubt if self.labels else None),
        }
        if measure.name not in SIDES:
            return Mean(measure=measure.name, **number)
        is_sampled = is_known and population == "outlet"
        return Share(
            stance=Stance(measure.name),
            all_labelled=self.is_complete and not self.is_disputed,
            effective=self._effective(index, best, population) if is_known else 0.0,
            is_flagged=is_sampled and bool(self.found.influence.freedom[index] < FEWEST_FREE),
            claim="model_alone" if number["method"] == "model" and self.read.ahead == measure.name else None,
            **number,
        )

    def _effective(self, index: int, share: float, population: str) -> float:
        """Return the number of independent comments, rightly labelled, that would have the variance of a share."""
        variances = self.found.influence.variance if population == "outlet" else self.found.corpus_variance
        variance = 0.0 if variances is None else float(np.nan_to_num(variances[index]))
        most = self.answered if self.found.method == "labels" else float(self.addressed)
        return min(most, share * (1 - share) / variance) if variance > 0 and 0 < share < 1 else most

    def _interval(self, index: int, population: str) -> tuple[float, float]:
        """Bound a measure."""
        measure, value, is_model = MEASURES[index], float(self.found.values[index]), self.found.corpus_variance is None
        sampling = (value, value) if is_model and population == "corpus" else self._sampling(index, population)
        if is_model and measure.name != "addressed":
            return model_shares.model_interval(measure.name, value, self.read, sampling)
        shift = np.broadcast_to(self.found.shift, len(MEASURES))[index]
        return intervals.shifted_interval(value, sampling, float(shift), measure.bounds)

    def _sampling(self, index: int, population: str) -> tuple[float, float]:
        """Bound the error of sampling; comments that all agree do not give a point where labels do not correct them."""
        measure, estimated, values = MEASURES[index], self.found, self.found.values
        n = self.answered if estimated.method == "labels" else self.addressed
        if population == "outlet" or estimated.corpus_variance is None:
            variances, half_widths = estimated.influence.variance, estimated.influence.half_width
            units = 1 + estimated.influence.freedom
        else:
            variances, units = estimated.corpus_variance, np.full(len(MEASURES), float(self.labels))
            half_widths = intervals.critical_value(max(1, self.labels - 1)) * np.sqrt(np.maximum(variances, 0.0))

        def share(number: int) -> tuple[float, float]:
            value = float(np.clip(values[number], 0, 1))  # rounding may lead beyond
            return effective_interval(value, float(variances[number]), n, float(units[number]))

        is_corrected = estimated.method == "corrected" or (self.is_complete and population == "corpus")
        if not is_corrected and measure.name != "net":
            return share(index)
        if not is_corrected:
            favor, against = PLACES["favor"], PLACES["against"]
            spread = float(variances[favor]), float(variances[against]), float(variances[index])
            both = float(values[favor]), float(values[against])
            return intervals.net_interval(both, (share(favor), share(against)), spread)
        return intervals.bounded_interval(float(values[index]), float(half_widths[index]), measure.bounds)


def bounded(values: Floats) -> Floats:
    """Return measures within their bounds: a side below 0 becomes 0, and all three sum to 1 at most.

    :param values: Shape (measures,).
    :return: The same shape.
    """
    shares = np.maximum(values[: len(SIDES)], 0.0)
    shares /= max(1.0, float(shares.sum()))
    favor, against = shares[PLACES["favor"]], shares[PLACES["against"]]
    return np.array([*shares, favor - against, np.clip(values[PLACES["addressed"]], 0.0, 1.0)])


def effective_labels(table: Observations) -> float:
    """Return the effective number of labels that address the target, with half a label of the heaviest weight besides.

    Comments that name the target are mostly drawn with a high probability; one label of the others represents more.
    """
    draws = table.represented
    heaviest, weights = float(draws.max(initial=0)), draws * table.given[:, SIDES_AT].sum(axis=1)
    squares = float(weights @ weights) + heaviest**2 / 2
    return round((float(weights.sum()) + heaviest / 2) ** 2 / squares - 0.5, 6) if squares else 0.0


def why_uncorrected(table: Observations) -> str | None:
    """Return why labels do not correct the model: they, or those that address the target, are too few or count little.

    Labels drawn for other probabilities stand for very unequal numbers of comments: 34 may be worth 18 of equal weight.
    """
    if table.drawn < datamodels.FEWEST_AUDITED:
        addressing = len(np.unique(table.texts[table.given[:, SIDES_AT].any(axis=1)]))
        used = effective_labels(table.take(~estimation.silent(table)))
        if used < FEWEST_SHOWN <= addressing and not table.is_complete:
            counts = f"the {addressing} labels that address the target count like {int(used)}"
            return f"{FEWEST_SHOWN} labels are needed, but {counts}, because they stand for unequal numbers of comments"
        if used < FEWEST_SHOWN or table.is_complete:
            return NOTES["labels"]
    return NOTES["addressing"] if table.given[:, SIDES_AT].sum() < FEWEST_COMMENTS else None


def reasons_without_use(shares: Iterable[tuple[str, str | None]]) -> list[str]:
    """Return why labels correct no share; empty: they are too few.

    :param shares: Method and note of each.
    """
    return sorted({note for method, note in shares if method == "model" and note} - {NOTES["labels"]})


def why_few_authors(authors: float) -> str | None:
    """Return why an estimate is not tested; None if it has enough effective authors."""
    return NOTES["authors"] if authors < datamodels.FEWEST_AUTHORS else None


def estimate_group(target: str, table: Observations) -> GroupEstimate:
    """Estimate the shares and means of one group toward one target.

    Labels correct the model (method ``corrected``) if there are ``FEWEST_AUDITED``, some of which address the target,
    or about ``FEWEST_SHOWN`` that do: between equal outlets with 35 to 45 labels each, 8 of 742 comparisons claimed a
    difference (``research.benchmarks.named``). Labels of all comments are used alone (``labels``). Otherwise estimates
    are of the model's probabilities (``model``). With too few comments or articles there is no estimate (``none``).
    """
    case = _Case(table)
    estimates = [case.estimate(target, index, of) for of in ("outlet", "corpus") for index in range(len(MEASURES))]
    shares = [estimate for estimate in estimates if isinstance(estimate, Share)]
    authors = estimation.even(table)[1]
    why_untested = case.why_uncorrected or case.why_none("outlet") or why_few_authors(authors)
    return GroupEstimate(
        shares=(*print_together(shares[: len(SIDES)]), *print_together(shares[len(SIDES) :])),
        means=tuple(estimate for estimate in estimates if isinstance(estimate, Mean)),
        corrected=None if why_untested else case.found,
        labelled=case.labels,
        authors=authors,
        why_untested=why_untested,
    )
