"""Measure the agreement of annotators by Krippendorff's alpha, with intervals, and list the pairs on which they differ.

Alpha takes any number of annotators and missing ratings (Krippendorff, Content Analysis, 4th edition, chapter 12).
Comments are resampled, with formulas that take all samples at once; a test compares them with NLTK's. If annotators
agree on every comment, so do all resamples: then the share of equal labels is bounded as the accuracy of a model that
makes no error, and alpha by its value at that share if disagreements fell as by chance.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from itertools import permutations
from math import isnan

import numpy as np
from scipy import sparse

from stance.aggregation.intervals import agreed_interval, is_point
from stance.aggregation.observations import Floats
from stance.datamodels import (
    ADJUDICATED,
    SIDES,
    STANCES,
    LabelledComment,
    Record,
    Stance,
    Unit,
    counted,
    frozen,
    grouped,
)
from stance.labels.adjudication import by_pair, comment_key
from stance.labels.records import comment_to_record
from stance.learn.bootstrap import Places, cluster_numbers, interval, measure_all, resample
from stance.records.writers import aligned, with_interval

# Labels are gathered by comment and target, from any number of tables. Adjudicated labels are no ratings, since whoever
# gave them saw the others.
GIVEN = "given"
"""Column of a list of disagreements that holds the label of each annotator."""

_FIGURES = {"percent": "equal", "alpha": "alpha"}


def measure_agreement(
    units: Sequence[Mapping[str, Hashable]],
    values: Sequence[Hashable],
    *,
    level: str = "nominal",
    clusters: Sequence[Hashable] | None = None,
    seed: int = 0,
) -> Record:
    """Measure agreement by the share of equal ratings and Krippendorff's alpha.

    :param units: The ratings of each unit, by annotator. Units rated less than twice are left out.
    :param values: Every value, in order.
    :param level: ``nominal``: any two values differ alike; ``ordinal``: by the distance of their places.
    :param clusters: The cluster of each unit, resampled as a whole (a comment that is rated toward several targets);
        each unit alone if not given.
    :return: ``percent`` of pairs of ratings that are equal, and ``alpha``: each with ``value``, 95 % ``interval`` and,
        if it is undefined, ``reason``.
    :raises ValueError: If a rating is none of the values.
    """
    rated_twice = [number for number, unit in enumerate(units) if len(unit) > 1]
    if not rated_twice:
        annotators = len({annotator for unit in units for annotator in unit})
        alone = f"{counted(annotators, 'annotator')}; expected two at least"
        apart = "no two annotators labelled the same comment; expected some with the same id, document and text"
        reason = alone if annotators < 2 else apart
        return {name: {"value": None, "interval": None, "reason": reason} for name in _FIGURES}
    numbers = cluster_numbers([clusters[number] for number in rated_twice] if clusters else rated_twice)
    sums = _coincidences([units[number] for number in rated_twice], values, numbers)

    def measure(sums: Floats) -> dict[str, Floats]:
        tables = np.moveaxis(sums, -1, 0).reshape(-1, len(values), len(values))
        equal = np.trace(tables, axis1=1, axis2=2) / tables.sum(axis=(1, 2))
        return {"percent": equal, "alpha": _alpha(tables, level)}

    points, samples = measure_all(sums, measure), resample(sums, measure, seed=seed)
    margins = np.asarray(sums.sum(axis=1)).reshape(len(values), -1).sum(axis=1)
    ends = {name: None if np.isnan(sample).all() else interval(sample) for name, sample in samples.items()}
    figures: Record = {name: {"value": float(points[name]), "interval": ends[name]} for name in _FIGURES}
    equal = agreed_interval(float(points["percent"]), len(rated_twice), sums.shape[1])
    if np.count_nonzero(margins) < 2:  # one value throughout: nothing says how often others would have been equal
        figures["percent"]["interval"] = None
    elif is_point(ends["percent"]):
        figures["percent"]["interval"] = equal
    if isnan(points["alpha"]):
        undefined = "every rating is the same; expected two values at least"
        figures["alpha"] = {"value": None, "interval": None, "reason": undefined}
    elif is_point(ends["alpha"]):
        differ = float(1 - margins @ (margins - 1) / margins.sum() / (margins.sum() - 1))  # of pairs by chance
        figures["alpha"]["interval"] = tuple(max(-1.0, 1 - (1 - share) / differ) for share in equal)
    return figures


def _coincidences(
    units: Sequence[Mapping[str, Hashable]], values: Sequence[Hashable], clusters: Places
) -> sparse.csr_matrix:
    """Count pairs of ratings by cluster: shape (cells of a table of values, clusters).

    :param clusters: The number of each unit's cluster.
    """
    entries = []
    for cluster, unit in zip(clusters.tolist(), units, strict=True):
        for one, other in permutations([values.index(rating) for rating in unit.values()], 2):
            entries.append((one * len(values) + other, cluster, 1 / (len(unit) - 1)))
    cells, columns, counts = zip(*entries, strict=True)
    return sparse.csr_matrix((counts, (cells, columns)), shape=(len(values) ** 2, int(clusters.max()) + 1), dtype=float)


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


@frozen
class Rated:
    """A pair of comment and target with the label of each annotator."""

    comment: LabelledComment  # one of its rows
    ratings: Mapping[str, Stance]
    contradictions: int  # annotators who gave several labels, which are left out
    decided: bool  # by an adjudicator

    @property
    def is_disputed(self) -> bool:
        """Whether annotators differ."""
        return len(set(self.ratings.values())) > 1


def gather_ratings(comments: Iterable[LabelledComment]) -> list[Rated]:
    """Gather the labels of each comment and target by annotator.

    :param comments: Rows of any number of annotators; rows that name none count as by one without a name.
    """
    pairs = []
    for rows in by_pair(comments):
        labels: dict[str, set[Stance]] = {}
        for row in rows:
            labels.setdefault(row.annotator or "", set()).add(row.label)
        decided = labels.pop(ADJUDICATED, None) is not None
        ratings = {name: next(iter(values)) for name, values in labels.items() if len(values) == 1}
        pairs.append(Rated(rows[0], ratings, len(labels) - len(ratings), decided))
    return pairs


def disagreement_records(pairs: Iterable[Rated]) -> list[Record]:
    """List the pairs on which annotators differ, as rows to be adjudicated.

    :return: Records of a label table without labels, with the label of each annotator in ``GIVEN``; pairs that were
        adjudicated before are left out.
    """
    return [
        comment_to_record(pair.comment)
        | {"label": None, "annotator": ADJUDICATED, "note": None}
        | {GIVEN: "; ".join(f"{name}: {label}" for name, label in sorted(pair.ratings.items()))}
        for pair in pairs
        if pair.is_disputed and not pair.decided
    ]


def measure_raters(pairs: Sequence[Rated], *, seed: int) -> Record:
    """Measure agreement of annotators, over all targets and toward each; all pairs are of one unit."""
    targets = grouped((pair.comment.target, pair) for pair in pairs)
    doubly = [pair for pair in pairs if len(pair.ratings) > 1]
    return {
        "annotators": sorted({name for pair in pairs for name in pair.ratings}),
        "pairs": len(pairs),
        "unit": next((pair.comment.unit.value for pair in pairs), Unit.COMMENT.value),
        "doubly_labelled": {"pairs": len(doubly), "comments": len({comment_key(pair.comment) for pair in doubly})},
        "disputed": sum(pair.is_disputed for pair in pairs),
        "contradictions": sum(pair.contradictions for pair in pairs),
        "overall": _measure_pairs(pairs, seed),
        "targets": {name: _measure_pairs(targets[name], seed) for name in sorted({p.comment.target for p in doubly})},
    }


def _measure_pairs(pairs: Sequence[Rated], seed: int) -> Record:
    """Measure agreement on some pairs, over the four stances and over the sides: against < neutral < favor.

    Sides are of annotators who find the target addressed; pairs with less than two ratings are left out.
    """
    measures, clusters = {}, [comment_key(pair.comment) for pair in pairs]
    for level, values in (("nominal", STANCES), ("ordinal", SIDES)):
        units = [{name: label for name, label in pair.ratings.items() if label in values} for pair in pairs]
        rated = [key for key, unit in zip(clusters, units, strict=True) if len(unit) > 1]
        record = measure_agreement(units, values, level=level, clusters=clusters, seed=seed)
        measures[level] = {"pairs": len(rated), "comments": len({*rated})} | record
    return measures


def report_table(report: Record) -> str:
    """Lay out a report for a terminal."""
    annotators, doubly = report["annotators"], report["doubly_labelled"]
    names = ", ".join(name or "(no name)" for name in annotators[:10])
    more = f" and {len(annotators) - 10} more" if len(annotators) > 10 else ""
    parts = [
        f"{counted(len(annotators), 'annotator')}: {names}{more}\n"
        f"{doubly['pairs']:,} of {report['pairs']:,} pairs of {report['unit']} and target labelled by two or more, "
        f"of {counted(doubly['comments'], report['unit'])}; {report['disputed']:,} disputed"
    ]
    if not doubly["pairs"]:
        parts.append(f"Agreement cannot be measured: {report['overall']['nominal']['alpha']['reason']}")
    titles = {
        "nominal": "Over the four stances",
        "ordinal": "Side alone (in the order against, neutral, favor), where the target is found addressed",
    }
    for level, title in titles.items() if doubly["pairs"] else ():
        rows = {f"toward {target}": measured for target, measured in report["targets"].items()}
        rows["toward all"] = report["overall"]
        measures = {name: of[level] for name, of in rows.items()}
        body = [
            [name, f"{of['pairs']:,}", *(_shown(of[figure]) for figure in _FIGURES)] for name, of in measures.items()
        ]
        parts.append(f"{title}\n{aligned([['', 'pairs', *_FIGURES.values()], *body])}")
    return "\n\n".join([*parts, *filter(None, ["\n".join(_remarks(report))])])


def _shown(figure: Record) -> str:
    undefined = figure["value"] is None
    return f"undefined: {figure['reason']}" if undefined else with_interval(figure["value"], figure["interval"])


def _remarks(report: Record) -> Iterator[str]:
    overall = report["overall"]["nominal"]
    if n := report["contradictions"]:
        yield f"{counted(n, 'time')} an annotator gave two labels to one pair; these ratings are left out."
    if overall["pairs"] and overall["percent"]["value"] == 1:
        yield "No label differs. If one table is a copy of another, this is no agreement."
    # Minimum number of comments with two labels: with fewer, resampling gives intervals that are too narrow.
    fewest = 50
    if 0 < overall["comments"] < fewest:
        yield f"With fewer than {fewest} comments, intervals are too narrow: label more comments twice."
