"""Summaries of the scores of one page or of many: counts of stances, with the shares of exactly these comments."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from stance.aggregation.checks import check_labels, odd_labels
from stance.aggregation.clusters import WAYS, ClusterSums, Rows, count_names, labels_of
from stance.aggregation.shares import estimate_group
from stance.datamodels import READINGS, SIDED, SIDES, STANCES, Record


def summarise_page(sums: Mapping[str, ClusterSums]) -> list[Record]:
    """Summarise the scores of one page per target, with the shares of exactly its comments.

    Labels of other pages do not show how the model errs on this one.

    :param sums: By target; their clusters are the page's authors.
    """
    summaries = []
    for target, of_target in sums.items():
        table = of_target.observations()
        if odd_labels(check_labels({target: table}, None)):
            table = table.unlabelled()
        shares = map(asdict, estimate_group(target, table).shares)
        summaries.append(summarise(target, of_target.rows(), shares))
    return summaries


def summarise(target: str, rows: Rows, shares: Iterable[Record]) -> Record:
    """Count the comments of some scores toward one target.

    :param shares: Of which those of exactly these comments toward the target are in the record.
    :return: ``comments``; ``covered``, those with a stance, by ``counts`` of stances, and ``addressed``, those that
        address the target, by the way in which it is named (``via``); ``named``, those that name it, by their
        ``readings``, and ``taking_side``; ``read``, labels of persons, used or not, and of those that name the target
        ``read_named``, on some of which annotators differ (``disputed_named``).
    """
    counts, naming = count_names(rows["stance"], STANCES), rows[rows["reading"] >= 0]
    readings = count_names(rows["reading"], READINGS)
    return {
        "target": target,
        "comments": len(rows),
        "covered": sum(counts.values()),
        "addressed": sum(counts[side] for side in SIDES),
        "named": len(naming),
        "taking_side": sum(readings[name] for name in SIDED),
        "counts": counts,
        "readings": readings,
        "read": labels_of(rows),
        "read_named": labels_of(naming),
        "disputed_named": int(((naming["votes"] > 0).sum(axis=1) > 1).sum()),
        "via": count_names(rows["via"], WAYS),
        "shares": [share for share in shares if (share["target"], share["population"]) == (target, "corpus")],
    }
