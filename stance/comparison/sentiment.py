"""Differences and changes of the sentiment toward a target."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import combinations, product

import numpy as np

from stance.aggregation.clusters import METHODS, UNDATED, ClusterSums, Rows
from stance.aggregation.contrasts import contrast
from stance.aggregation.estimation import Estimated
from stance.aggregation.observations import Floats
from stance.aggregation.sentiment import fit_sentiment, has_enough, sounding
from stance.aggregation.shares import why_few_authors
from stance.comparison.differences import GroupContrast, SentimentDifference, fill
from stance.comparison.trends import Change, changes_of

Sums = Mapping[str, Mapping[str, ClusterSums]]
"""Group -> target -> scores."""


def _tables(groups: Sums, targets: Sequence[str], *, dated: bool = False) -> Iterator[tuple[str, str, dict[str, Rows]]]:
    """Yield the comments that name a target by group, where there are enough, for each target and method."""
    for target, method in product(targets, METHODS):
        rows_of = {name: sounding(sums[target].rows(), method) for name, sums in groups.items()}
        if dated:
            rows_of = {name: rows[rows["day"] != UNDATED] for name, rows in rows_of.items()}
        yield target, method, {name: rows for name, rows in rows_of.items() if has_enough(rows)}


def _few_authors(estimate: Estimated) -> str | None:
    """Return why an estimate is not tested; None where it is."""
    sizes = estimate.influence.even or (0.0, 0.0)
    return why_few_authors(sizes[1])


def compare_sentiment(groups: Sums, targets: Sequence[str]) -> Iterator[SentimentDifference]:
    """Compare the mean sentiment of each two groups with enough comments, articles and authors, by the same method.

    :return: p-values are those of single tests.
    """
    for target, method, tables in _tables(groups, targets):
        means = {name: fit_sentiment(method, rows)[0] for name, rows in tables.items()}
        for a, b in combinations([name for name, mean in means.items() if _few_authors(mean) is None], 2):
            apart = contrast([(1.0, means[a]), (-1.0, means[b])])
            yield fill(SentimentDifference(target, a, b, method), apart, 0, (-2.0, 2.0))


def sentiment_changes(
    groups: Sums, targets: Sequence[str], unit: str, event: date | None = None
) -> Iterator[GroupContrast]:
    """Estimate slopes of mean sentiment, and changes at an event, as :func:`estimate_changes` does of shares.

    :return: p-values are those of single tests; they are of one family with those of :func:`compare_sentiment`.
    """
    for target, method, tables in _tables(groups, targets, dated=True):
        empty = GroupContrast(target, "", None, None, "", unit, method=method)
        enough = {name: (rows, rows["day"]) for name, rows in tables.items()}
        yield from changes_of(enough, partial(_fit_change, method), empty, event, {"sentiment": (0, 1.0)})


def _fit_change(method: str, name: str, rows: Rows, steps: Floats) -> Change | None:
    """Fit the change of a group; None where all its comments are on one side of it."""
    if not np.ptp(steps[:, 1]):
        return None
    change = fit_sentiment(method, rows, steps)[1]
    return Change(name, len(rows), 0, _few_authors(change), change)
