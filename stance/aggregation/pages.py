"""Summaries of the scores of one page or of many: counts of stances, with the shares of exactly these comments."""

from collections.abc import Mapping
from dataclasses import asdict, replace

from stance.aggregation.checks import check_labels, odd_labels
from stance.aggregation.clusters import WAYS, ClusterSums, Rows, count_names, labels_of
from stance.aggregation.sentiment import summarise_sentiment
from stance.aggregation.shares import estimate_group
from stance.datamodels import READINGS, STANCES, Record, Share, TargetSummary


def summarise_page(sums: Mapping[str, ClusterSums]) -> tuple[TargetSummary, ...]:
    """Summarise the scores of one page per target, with the shares of exactly its comments.

    Labels of other pages do not show how the model errs on this one.

    :param sums: By target; their clusters are the page's authors.
    """
    return tuple(replace(summarise(target, of.rows()), shares=_page_shares(target, of)) for target, of in sums.items())


def _page_shares(target: str, sums: ClusterSums) -> tuple[Share, ...]:
    table = sums.observations()
    if odd_labels(check_labels({target: table}, None)):
        table = table.unlabelled()
    return tuple(share for share in estimate_group(target, table).shares if share.population == "corpus")


def summarise(target: str, rows: Rows) -> TargetSummary:
    """Count the comments of some scores toward one target, without shares."""
    counts, naming = count_names(rows["stance"], STANCES), rows[rows["reading"] >= 0]
    return TargetSummary(
        target=target,
        comments=len(rows),
        covered=sum(counts.values()),
        counts=counts,
        readings=count_names(rows["reading"], READINGS),
        via=count_names(rows["via"], WAYS),
        shares=(),
        read=labels_of(rows),
        read_named=labels_of(naming),
        disputed_named=int(((naming["votes"] > 0).sum(axis=1) > 1).sum()),
    )


def page_sentiment(sums: Mapping[str, ClusterSums]) -> Record:
    """Return the ``sentiment`` of one article's comments, and ``sentiment_sides``; sums as for a summary."""
    means, sides = summarise_sentiment({target: of.rows() for target, of in sums.items()})
    return {"sentiment": [asdict(mean) for mean in means], "sentiment_sides": list(sides)}
