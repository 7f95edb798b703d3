"""Shares and means of one group toward one target, by the method that its labels and sizes allow."""

from collections.abc import Iterable, Mapping
from functools import partial
from itertools import product
from math import isnan
from typing import Any, NamedTuple

import numpy as np

from stance import datamodels
from stance.aggregation import estimation, intervals, measures, model_shares
from stance.aggregation.estimation import Estimated
from stance.aggregation.intervals import FEWEST_ARTICLES, effective_interval
from stance.aggregation.measures import MEASURES, PLACES
from stance.aggregation.observations import SIDES_AT, Floats, Observations
from stance.aggregation.printing import FEWEST_FREE, LEAST_ALPHA, print_together
from stance.datamodels import FEWEST_COMMENTS, FEWEST_SHOWN, SIDES, Interval, Share, Stance

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


class Mean(NamedTuple):
    """A mean over the comments of a group that address a target, with its interval."""

    target: str
    measure: str  # net: favor minus against, in points; addressed: share of all
    n: int  # comments it is a mean of, by the model's labels
    estimate: float | None  # by annotators' labels, else by the model's probabilities
    interval: Interval | None  # 95 %
    method: str  # corrected, labels, model, none
    population: str  # corpus, outlet
    labelled: int
    details: Mapping[str, float | None]
    note: str | None


class GroupEstimate(NamedTuple):
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


def _best_estimate(table: Observations) -> tuple[Estimated, str | None, float]:
    """Choose the best estimate that the labels of a group allow.

    :return: It; why labels do not correct it; and the effective number of labels where these are used alone.
    """
    why_not = why_uncorrected(table)
    best = None if why_not else estimation.fit(table)[0]
    if best and best.is_defined:
        return best, None, 0.0
    answered = effective_labels(table)
    has_labels = table.is_complete or answered >= FEWEST_SHOWN or table.drawn >= datamodels.FEWEST_AUDITED
    alone = estimation.fit(table, trust=False)[0] if has_labels else estimation.fit(table.unlabelled())[0]
    return alone, why_not or NOTES["addressing"], answered


def _effective(variances: Floats | None, index: int, share: float, most: float) -> float:
    """Return the number of independent comments, rightly labelled, that would have the variance of a share."""
    variance = 0.0 if variances is None else float(np.nan_to_num(variances[index]))
    return min(most, share * (1 - share) / variance) if variance > 0 and 0 < share < 1 else most


def _why_none(is_complete: bool, best: Estimated, sizes: Mapping[str, float], population: str) -> str | None:
    """Return the reason why there is no interval; None if there is one."""
    if is_complete and population == "corpus":
        return None
    if sizes["addressed"] < FEWEST_COMMENTS:
        return NOTES["comments"]
    if best.method == "model" and sizes["unknown"] > 0.5:  # an interval would say next to nothing
        return datamodels.UNMEASURED
    by_labels = best.method == "labels"
    if by_labels and not is_complete and sizes["answered"] < FEWEST_SHOWN:
        return NOTES["labelled"]
    if population == "outlet" and sizes["articles"] < FEWEST_ARTICLES:
        return NOTES["articles"]
    is_narrow = population == "outlet" and by_labels and best.influence.articles < FEWEST_ARTICLES
    return NOTES["labelled articles"] if is_narrow else None


def estimate_group(target: str, table: Observations) -> GroupEstimate:
    """Estimate the shares and means of one group toward one target.

    Labels correct the model (method ``corrected``) if there are ``FEWEST_AUDITED``, some of which address the target,
    or about ``FEWEST_SHOWN`` that do: between equal outlets with 35 to 45 labels each, 8 of 742 comparisons claimed a
    difference (``research.benchmarks.named``). Labels of all comments are used alone (``labels``), as are those of
    which enough address the target, or hardly any of many do. Otherwise estimates are of the model's probabilities
    (``model``). With too few comments or articles there is no estimate (``none``).
    """
    # 1. The best estimate that the labels allow.
    best, why_model, answered = _best_estimate(table)
    values, method = best.values, best.method
    by_model, by_labels = method == "model", method == "labels"
    articles, addressed = table.counts()
    modelled = model_shares.ModelShares.of(table.soft, addressed, table.measured)
    corrected = round(float(np.clip(values[PLACES["addressed"]], 0, 1)) * len(table)) if not by_model else addressed
    labels, is_complete = table.drawn, table.is_complete
    counted = measures.solve_sums(measures.cross_sums(table.counted, None)).coefficients[0]
    n = answered if by_labels else float(corrected)
    sizes = {"articles": articles, "addressed": corrected, "answered": answered, "unknown": modelled.unknown}
    why_none = partial(_why_none, is_complete, best, sizes)

    # 2. Intervals.
    def sampling(index: int, population: str) -> Interval:
        """Bound the error of sampling; comments that all agree do not give a point where labels do not correct them."""
        measure = MEASURES[index]
        if population == "outlet" or best.corpus_variance is None:
            variances, half_widths = best.influence.variance, best.influence.half_width
            units = 1 + best.influence.freedom
        else:
            variances, units = best.corpus_variance, np.full(len(MEASURES), float(labels))
            half_widths = intervals.critical_value(max(1, labels - 1)) * np.sqrt(np.maximum(variances, 0.0))

        def share(number: int) -> Interval:
            value = float(np.clip(values[number], 0, 1))  # rounding may lead beyond
            return effective_interval(value, float(variances[number]), n, float(units[number]))

        if method == "corrected" or (is_complete and population == "corpus"):
            return intervals.bounded_interval(float(values[index]), float(half_widths[index]), measure.bounds)
        if measure.name != "net":
            return share(index)
        favor, against = PLACES["favor"], PLACES["against"]
        spread = float(variances[favor]), float(variances[against]), float(variances[index])
        both = float(values[favor]), float(values[against])
        return intervals.net_interval(both, (share(favor), share(against)), spread)

    def interval(index: int, population: str) -> Interval:
        """Bound a measure."""
        measure, value, is_model = MEASURES[index], float(values[index]), best.corpus_variance is None
        ends = (value, value) if is_model and population == "corpus" else sampling(index, population)
        if is_model and measure.name != "addressed":
            return model_shares.model_interval(measure.name, value, modelled, ends)
        shift = np.broadcast_to(best.shift, len(MEASURES))[index]
        return intervals.shifted_interval(value, ends, float(shift), measure.bounds)

    # 3. Shares of sides, and means.
    doubt = why_model if by_model else NOTES["agreement"] if table.doubted.any() else None
    is_exact = is_complete and not table.is_disputed
    variances = {"outlet": best.influence.variance, "corpus": best.corpus_variance}
    shares: list[Share] = []
    means: list[Mean] = []
    for population, (index, measure) in product(("outlet", "corpus"), enumerate(MEASURES)):
        value, why, scale = float(bounded(values)[index]), why_none(population), 100 if measure.name == "net" else 1
        is_known = why is None and not isnan(value)
        low, high = interval(index, population) if is_known else (value, value)
        number: dict[str, Any] = {
            "target": target,
            "n": corrected,
            "estimate": scale * value if is_known else None,
            "interval": (scale * min(low, value), scale * max(high, value)) if is_known else None,
            "method": method if is_known else "none",
            "population": population,
            "labelled": labels,
            "details": {"raw": None if isnan(counted[index]) else scale * float(counted[index])},
            "note": why or (doubt if labels else None),
        }
        if measure.name not in SIDES:
            means.append(Mean(measure=measure.name, **number))
            continue
        is_few_free = is_known and population == "outlet" and bool(best.influence.freedom[index] < FEWEST_FREE)
        one = Share(
            stance=Stance(measure.name),
            all_labelled=is_exact,
            effective=_effective(variances[population], index, value, n) if is_known else 0.0,
            is_flagged=is_few_free,
            claim="model_alone" if number["method"] == "model" and modelled.ahead == measure.name else None,
            **number,
        )
        shares.append(one)
    authors = estimation.even(table)[1]
    why_untested = why_model or why_none("outlet") or why_few_authors(authors)
    return GroupEstimate(
        shares=(*print_together(shares[: len(SIDES)]), *print_together(shares[len(SIDES) :])),
        means=tuple(means),
        corrected=None if why_untested else best,
        labelled=labels,
        authors=authors,
        why_untested=why_untested,
    )
