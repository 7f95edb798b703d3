"""Measure the agreement of annotators beyond chance, with intervals.

Krippendorff's alpha takes any number of annotators and missing ratings (Krippendorff, Content Analysis, 4th edition,
chapter 12). Cohen's kappa is of two annotators; for more, the mean over their pairs is used. For the intervals,
comments are resampled, with formulas that take all samples at once; a test compares them with NLTK's. If annotators
agree on every comment, so do all resamples: then the share of equal labels is bounded as the accuracy of a model that
makes no error, and the other figures by their value at that share if disagreements fell as by chance.

Labels are gathered by comment and target, from any number of tables. Adjudicated labels are no ratings, since whoever
gave them saw the others.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import permutations
from math import isnan

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from stance.aggregation.estimation import agreed_interval, is_point
from stance.datamodels import ADJUDICATED, SIDES, STANCES, LabelledComment, Record, Stance, counted, grouped
from stance.labels.adjudication import by_pair, comment_key
from stance.labels.formats import comment_to_record
from stance.learn.measures import Floats, Interval, Places, cluster_numbers, defined_interval, measure_all, resample
from stance.records import aligned, with_interval

GIVEN = "given"
"""Column of a list of disagreements that holds the label of each annotator."""

_FEWEST_COMMENTS = 50  # doubly labelled comments; with fewer, resampling gives intervals that are too narrow
_FIGURES = {"percent": "equal", "alpha": "alpha", "kappa": "kappa", "macro_f1": "macro F1"}
_TITLES = {
    "nominal": "Over the four stances",
    "ordinal": "Side alone, in the order against, neutral, favor, where the target is found addressed",
}


def measure_agreement(
    units: Sequence[Mapping[str, Hashable]],
    values: Sequence[Hashable],
    *,
    level: str = "nominal",
    clusters: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> Record:
    """Measure agreement by Krippendorff's alpha, Cohen's kappa (1960) and macro F1.

    At level ``ordinal`` kappa is weighted by squared distance (Fleiss and Cohen 1973). Pairs of annotators for whom it
    is undefined, since both gave one and the same label throughout, are left out of its mean.

    :param units: The ratings of each unit, by annotator. Units rated less than twice are left out.
    :param values: Every value, in order.
    :param level: ``nominal``: any two values differ alike; ``ordinal``: by the distance of their places.
    :param clusters: The cluster of each unit, resampled as a whole (a comment that is rated toward several targets);
        each unit alone if not given.
    :return: ``units`` and annotator ``pairs``; and with ``value``, 95 % ``interval`` and, if it is undefined,
        ``reason``: ``percent`` of pairs of ratings that are equal, ``alpha``, ``kappa``, ``macro_f1``, in which each
        annotator in turn is the gold of the other.
    :raises ValueError: If a rating is none of the values.
    """
    kept = [place for place, unit in enumerate(units) if len(unit) > 1]
    if not kept:
        annotators = len({annotator for unit in units for annotator in unit})
        alone = f"{counted(annotators, 'annotator')}; expected two at least"
        apart = "no two annotators labelled the same comment; expected the same id, document and text of some"
        none = {"value": None, "interval": None, "reason": alone if annotators < 2 else apart}
        return {"units": 0, "pairs": 0} | dict.fromkeys(_FIGURES, none)
    numbers = cluster_numbers([clusters[place] for place in kept] if clusters else kept)
    sums, pairs = _tables([units[place] for place in kept], values, numbers)
    shape, steps = (1 + pairs, len(values), len(values)), np.arange(len(values), dtype=float)
    weights = (steps[:, None] - steps) ** 2 if level == "ordinal" else 1 - np.eye(len(values))

    def measure(sums: Floats) -> dict[str, Floats]:
        tables = np.moveaxis(sums, -1, 0).reshape(-1, *shape)
        single, both = tables[:, 0], tables[:, 1:]
        return {
            "percent": np.trace(single, axis1=1, axis2=2) / single.sum(axis=(1, 2)),
            "alpha": _alpha(single, level),
            "kappa": _mean_kappa(both, weights),
            "macro_f1": _mean_macro_f1(both),
        }

    points, samples = measure_all(sums, measure), resample(sums, measure, seed=seed)
    total = np.asarray(sums.sum(axis=1)).reshape(shape)
    margins, n, pair_ratings = total[0].sum(axis=1), total[0].sum(), total[1:].sum()
    equal = agreed_interval(float(points["percent"]), len(kept), sums.shape[1])
    equal_pairs = agreed_interval(
        float(np.trace(total[1:].sum(axis=0)) / pair_ratings), int(pair_ratings), sums.shape[1]
    )
    by_chance = float(1 - margins @ (margins - 1) / n / (n - 1))
    agreed = {"percent": equal, "macro_f1": equal_pairs}
    if not isnan(points["alpha"]):
        agreed["alpha"] = _beyond_chance(equal, by_chance)
    if not isnan(points["kappa"]):
        agreed["kappa"] = _beyond_chance(equal_pairs, _mean_chance(total[None, 1:]))
    undefined = {
        "alpha": "every rating is the same; expected two values at least",
        "kappa": "both annotators gave one and the same label throughout; expected two labels at least",
    }
    found: Record = {"units": len(kept), "pairs": pairs}
    for name, value in points.items():
        if isnan(value):
            found[name] = {"value": None, "interval": None, "reason": undefined[name]}
        else:
            ends = defined_interval(samples[name])
            found[name] = {"value": float(value), "interval": agreed[name] if is_point(ends) else ends}
    if np.count_nonzero(margins) < 2:  # one value throughout: nothing says how often others would have been equal
        found["percent"]["interval"] = None
    return found


def _tables(
    units: Sequence[Mapping[str, Hashable]], values: Sequence[Hashable], clusters: Places
) -> tuple[csr_matrix, int]:
    """Count ratings by cluster: coincidences of all annotators, then a table for each pair of annotators.

    :param clusters: The number of each unit's cluster.
    :return: Shape (cells of all tables, clusters), and the number of pairs.
    """
    size, pairs = len(values), dict[frozenset[str], int]()
    entries: list[tuple[int, int, float]] = []
    for cluster, unit in zip(clusters.tolist(), units, strict=True):
        places = {name: values.index(rating) for name, rating in unit.items()}
        order = {name: at for at, name in enumerate(sorted(places, key=str))}
        for one, other in permutations(places, 2):
            cell = places[one] * size + places[other]
            entries.append((cell, cluster, 1 / (len(unit) - 1)))
            if order[one] < order[other]:
                table = pairs.setdefault(frozenset((one, other)), len(pairs) + 1)
                entries.append((table * size * size + cell, cluster, 1.0))
    cells, columns, counts = zip(*entries, strict=True)
    shape = (1 + len(pairs)) * size * size, int(clusters.max()) + 1
    return csr_matrix((counts, (cells, columns)), shape=shape, dtype=float), len(pairs)


def _alpha(totals: Floats, level: str) -> Floats:
    """Return alpha of each table of coincidences, shape (tables, values, values); NaN if it is undefined."""
    margins = totals.sum(axis=2)
    if level == "nominal":
        distances = 1 - np.eye(margins.shape[1])[None]
    else:  # as far apart as there are ratings between their middles
        middles = np.cumsum(margins, axis=1) - margins / 2
        distances = (middles[:, :, None] - middles[:, None, :]) ** 2
    observed = (totals * distances).sum(axis=(1, 2))
    expected = (margins[:, :, None] * margins[:, None, :] * distances).sum(axis=(1, 2)) / (margins.sum(axis=1) - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(1 - np.where(expected > 0, observed / expected, np.nan))


def _mean_kappa(tables: Floats, weights: Floats) -> Floats:
    """Return the mean kappa, shape (samples,), of tables of shape (samples, pairs, values, values); NaN: undefined."""
    expected = np.einsum("spi,spj,ij->sp", tables.sum(axis=3), tables.sum(axis=2), weights)
    observed = (tables * weights).sum(axis=(2, 3)) * tables.sum(axis=(2, 3))
    defined = expected > 0
    return _mean_of_defined(np.where(defined, 1 - observed / np.where(defined, expected, 1), 0), defined)


def _mean_macro_f1(tables: Floats) -> Floats:
    """Return the mean macro F1, over the labels present in the gold as for models, each annotator as gold in turn."""
    hits = np.diagonal(tables, axis1=2, axis2=3)
    first, second = tables.sum(axis=3), tables.sum(axis=2)
    f1 = 2 * hits / np.maximum(first + second, 1)
    both = [(f1 * (gold > 0)).sum(axis=2) / np.maximum((gold > 0).sum(axis=2), 1) for gold in (first, second)]
    return _mean_of_defined((both[0] + both[1]) / 2, tables.sum(axis=(2, 3)) > 0)


def _mean_of_defined(figures: Floats, defined: NDArray[np.bool_]) -> Floats:
    n = defined.sum(axis=1)
    return np.where(n > 0, (figures * defined).sum(axis=1) / np.maximum(n, 1), np.nan)


def _mean_chance(tables: Floats) -> float:
    """Return the mean share of labels that two annotators would differ on by chance, of those pairs that could."""
    shares = tables[0] / np.maximum(tables[0].sum(axis=(1, 2), keepdims=True), 1)
    differ = 1 - (shares.sum(axis=2) * shares.sum(axis=1)).sum(axis=1)
    return float(differ[differ > 0].mean())


def _beyond_chance(equal: Interval, chance: float) -> Interval:
    """Return agreement beyond chance at both ends of a share of equal labels.

    :param chance: The share of pairs of labels that would differ by chance.
    """
    low, high = (max(-1.0, 1 - (1 - share) / chance) for share in equal)
    return low, high


# Annotators of label tables -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Rated:
    """A pair of comment and target with the label of each annotator."""

    comment: LabelledComment  # one of its rows
    ratings: Mapping[str, Stance]
    decided: bool = False  # by an adjudicator

    @property
    def is_disputed(self) -> bool:
        """Whether annotators differ."""
        return len(set(self.ratings.values())) > 1


@dataclass(frozen=True, slots=True)
class Ratings:
    """Labels of comments by annotator, each pair once."""

    pairs: tuple[Rated, ...]
    contradictions: int  # of an annotator with themselves, toward one pair; such ratings are left out

    @property
    def doubly(self) -> tuple[Rated, ...]:
        """Return the pairs that at least two annotators labelled."""
        return tuple(pair for pair in self.pairs if len(pair.ratings) > 1)


def gather_ratings(comments: Iterable[LabelledComment]) -> Ratings:
    """Gather the labels of each comment and target by annotator.

    :param comments: Rows of any number of annotators; rows that name none count as by one without a name.
    """
    pairs, contradictions = [], 0
    for rows in by_pair(comments):
        labels: dict[str, set[Stance]] = {}
        for row in rows:
            labels.setdefault(row.annotator or "", set()).add(row.label)
        decided = labels.pop(ADJUDICATED, None) is not None
        ratings = {name: next(iter(given)) for name, given in labels.items() if len(given) == 1}
        contradictions += len(labels) - len(ratings)
        pairs.append(Rated(rows[0], ratings, decided))
    return Ratings(tuple(pairs), contradictions)


def disagreement_records(ratings: Ratings) -> list[Record]:
    """List the pairs on which annotators differ, as rows to be adjudicated.

    :return: Records of a label table without labels, with the label of each annotator in ``GIVEN``; pairs that were
        adjudicated before are left out.
    """
    return [
        comment_to_record(pair.comment)
        | {"label": None, "annotator": ADJUDICATED, "note": None}
        | {GIVEN: "; ".join(f"{name}: {label}" for name, label in sorted(pair.ratings.items()))}
        for pair in ratings.pairs
        if pair.is_disputed and not pair.decided
    ]


def measure_raters(ratings: Ratings, *, seed: int = 0) -> Record:
    """Measure agreement of annotators, over all targets and toward each."""
    targets, doubly = grouped((pair.comment.target, pair) for pair in ratings.pairs), ratings.doubly
    disputed = [pair for pair in ratings.pairs if pair.is_disputed]
    return {
        "annotators": sorted({name for pair in ratings.pairs for name in pair.ratings}),
        "pairs": len(ratings.pairs),
        "doubly_labelled": {"pairs": len(doubly), "comments": len({comment_key(pair.comment) for pair in doubly})},
        "disputed": len(disputed),
        "contradictions": ratings.contradictions,
        "overall": _measure_pairs(ratings.pairs, seed),
        "targets": {name: _measure_pairs(targets[name], seed) for name in sorted({p.comment.target for p in doubly})},
        "disagreements": [
            {
                "id": pair.comment.comment_id,
                "document": pair.comment.document,
                "target": pair.comment.target,
                "text": pair.comment.text,
                "labels": {name: label.value for name, label in sorted(pair.ratings.items())},
                "adjudicated": pair.decided,
            }
            for pair in disputed
        ],
    }


def _measure_pairs(pairs: Sequence[Rated], seed: int) -> Record:
    """Measure agreement on some pairs, over the four stances and over the sides: against < neutral < favor.

    Sides are of annotators who find the target addressed; pairs with less than two ratings are left out.
    """
    found = {}
    for level, values in (("nominal", STANCES), ("ordinal", SIDES)):
        units = [{name: label for name, label in pair.ratings.items() if label in values} for pair in pairs]
        rated = [(comment_key(pair.comment), unit) for pair, unit in zip(pairs, units, strict=True) if len(unit) > 1]
        clusters, kept = [key for key, _ in rated], [unit for _, unit in rated]
        record = measure_agreement(kept or units, values, level=level, clusters=clusters, seed=seed)
        record["kappa"] = record["kappa"] | {"annotator_pairs": record["pairs"]}
        found[level] = {"pairs": len(kept), "comments": len({*clusters})} | {name: record[name] for name in _FIGURES}
    return found


# Reports of agreement -------------------------------------------------------------------------------------------------


def report_table(report: Record) -> str:
    """Lay out a report for a terminal."""
    annotators, doubly = report["annotators"], report["doubly_labelled"]
    names = ", ".join(name or "(no name)" for name in annotators[:10])
    more = f" and {len(annotators) - 10} more" if len(annotators) > 10 else ""
    parts = [
        f"{counted(len(annotators), 'annotator')}: {names}{more}\n"
        f"{doubly['pairs']:,} of {report['pairs']:,} pairs of comment and target labelled by two or more, "
        f"of {counted(doubly['comments'], 'comment')}; {report['disputed']:,} disputed"
    ]
    if not doubly["pairs"]:
        parts.append(f"Agreement cannot be measured: {report['overall']['nominal']['alpha']['reason']}")
    for level, title in _TITLES.items() if doubly["pairs"] else ():
        rows = {f"toward {target}": measured for target, measured in report["targets"].items()}
        rows["toward all"] = report["overall"]
        body = [
            [name, f"{of[level]['pairs']:,}", *(_shown(of[level][figure]) for figure in _FIGURES)]
            for name, of in rows.items()
        ]
        parts.append(f"{title}\n{aligned([['', 'pairs', *_FIGURES.values()], *body])}")
    return "\n\n".join([*parts, *filter(None, ["\n".join(_remarks(report))])])


def _shown(figure: Record) -> str:
    return "undefined" if figure["value"] is None else with_interval(figure["value"], figure["interval"])


def _remarks(report: Record) -> Iterator[str]:
    overall = report["overall"]["nominal"]
    if (pairs := overall["kappa"]["annotator_pairs"]) > 1:
        yield f"kappa and macro F1 are means over {pairs} pairs of annotators."
    if n := report["contradictions"]:
        yield f"{counted(n, 'time')} an annotator gave one pair two labels; those ratings are left out."
    if 0 < overall["comments"] < _FEWEST_COMMENTS:
        yield f"Under {_FEWEST_COMMENTS} comments intervals are too narrow: label more of them twice."
    named = {**report["targets"], "all": report["overall"]} if report["doubly_labelled"]["pairs"] else {}
    for target, measured in named.items():
        for level, what in (("nominal", "stance"), ("ordinal", "side")):
            reasons = (measured[level][figure].get("reason") for figure in ("alpha", "kappa"))
            for reason in dict.fromkeys(filter(None, reasons)):
                yield f"toward {target}, {what}: undefined, {reason}"
