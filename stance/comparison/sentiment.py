"""Differences and changes of the sentiment toward a target."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import combinations, product

import numpy as np

from stance.aggregation.comment_sets import UNDATED
from stance.aggregation.contrasts import contrast
from stance.aggregation.estimation import Estimated
from stance.aggregation.observations import Floats
from stance.aggregation.sentiment import SentimentGroups, SentimentTable, fit_sentiment
from stance.aggregation.shares import why_few_authors
from stance.comparison.differences import GroupContrast, SentimentDifference, fill
from stance.comparison.trends import Change, changes_of
from stance.datamodels import LEARNED, VADER


def _sentiment_tables(
    groups: Mapping[str, SentimentGroups], targets: Sequence[str]
) -> Iterator[tuple[str, str, dict[str, SentimentTable]]]:
    """Yield the comments that name a target by group, for each target and method."""
    for key in product(targets, (VADER, LEARNED)):
        yield *key, {name: group[key].table() for name, group in groups.items() if key in group}


def _few_authors(estimate: Estimated) -> str | None:
    """Return why an estimate is not tested; None where it is."""
    sizes = estimate.influence.even or (0.0, 0.0)
    return why_few_authors(sizes[1])


def compare_sentiment(groups: Mapping[str, SentimentGroups], targets: Sequence[str]) -> Iterator[SentimentDifference]:
    """Compare the mean sentiment of each two groups with enough comments, articles and authors, by the same method.

    :return: p-values are those of single tests.
    """
    for target, method, tables in _sentiment_tables(groups, targets):
        means = {name: fit_sentiment(method, table)[0] for name, table in tables.items() if table.has_enough()}
        for a, b in combinations([name for name, mean in means.items() if _few_authors(mean) is None], 2):
            apart = contrast([(1.0, means[a]), (-1.0, means[b])])
            yield fill(SentimentDifference(target, a, b, method), apart, 0, (-2.0, 2.0))


def sentiment_changes(
    groups: Mapping[str, SentimentGroups], targets: Sequence[str], unit: str, event: date | None = None
) -> Iterator[GroupContrast]:
    """Estimate slopes of mean sentiment, and changes at an event, as :func:`estimate_changes` does of shares.

    :return: p-values are those of single tests; they are of one family with those of :func:`compare_sentiment`.
    """
    for target, method, tables in _sentiment_tables(groups, targets):
        dated = {name: table.take(table.days != UNDATED) for name, table in tables.items()}
        enough = {name: table for name, table in dated.items() if table.has_enough()}
        empty = GroupContrast(target, "", None, None, "", unit, method=method)
        yield from changes_of(enough, partial(_fit_change, method), empty, event, {"sentiment": (0, 1.0)})


def _fit_change(method: str, name: str, table: SentimentTable, steps: Floats) -> Change | None:
    """Fit the change of a group; None where all its comments are on one side of it."""
    if not np.ptp(steps[:, 1]):
        return None
    change = fit_sentiment(method, table, steps)[1]
    return Change(name, len(table.values), 0, _few_authors(change), change)
