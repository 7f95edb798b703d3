"""Estimate shares among the comments of one page, clustered by author.

Authors take the place that articles have in a group. On a page without authors each comment is a cluster.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import count
from math import nan

from stance.aggregation.audit import AuditLabels
from stance.aggregation.clusters import ClusterSums, Row
from stance.aggregation.intervals import FEWEST_ARTICLES
from stance.aggregation.shares import FEWEST_AUDITED, SAMPLING_ONLY, estimate_group
from stance.aggregation.tallies import summarise
from stance.datamodels import FEWEST_COMMENTS, STANCES, LabelledComment, Score, Share, TargetSummary, Unit

CLUSTERED = f"clustered by author; {SAMPLING_ONLY}"
CORRECTED = "corrected by audit labels of this page; clustered by author"
FEW_AUTHORS = f"fewer than {FEWEST_ARTICLES} authors: no interval"
UNNAMED = f"no author is named, so each comment counts for itself; {SAMPLING_ONLY}"


def summarise_page(
    scores: Sequence[Score], targets: Sequence[str], audit: AuditLabels | None = None
) -> tuple[TargetSummary, ...]:
    """Summarise the scores of one page per target.

    With ``FEWEST_AUDITED`` labels of this page and target or more, they correct its share. With fewer the model's
    labels are counted: labels of other pages say nothing of how the model errs on this one.

    :param scores: Of one document.
    :param targets: In the order of the result.
    :param audit: Labels that nothing else asks for their comments: each is found once.
    """
    return tuple(
        replace(summary, shares=_page_shares(summary.target, scores, audit, summary.shares))
        if summary.addressed >= FEWEST_COMMENTS
        else summary
        for summary in summarise(scores, targets)
    )


def _page_shares(
    target: str, scores: Sequence[Score], audit: AuditLabels | None, counted: tuple[Share, ...]
) -> tuple[Share, ...]:
    """Return the shares of one target; ``counted`` if no author is named and no label corrects them."""
    own = [each for each in scores if each.target == target and each.unit is Unit.COMMENT and each.stance is not None]
    labelled = [(score, audit.find(score) if audit else None) for score in own]
    labels = sum(label is not None for _, label in labelled)
    if labels < FEWEST_AUDITED and all(score.author is None for score in own):
        return tuple(replace(share, labelled=labels, note=UNNAMED) for share in counted)
    sums = _sums(labelled if labels >= FEWEST_AUDITED else [(score, None) for score in own])
    found = estimate_group(target, sums.lines(), sums.audit_lines())
    return tuple(_worded(share, labels) for share in found.shares if share.population == "outlet")


def _sums(labelled: Iterable[tuple[Score, LabelledComment | None]]) -> ClusterSums:
    """Sum comments by author; each author, and each comment without one, has a number of its own."""
    sums, numbers = ClusterSums(), count()
    authors: dict[str | None, int] = defaultdict(lambda: next(numbers))
    for score, label in labelled:
        if score.probabilities is None or score.stance is None:
            continue
        author = next(numbers) if score.author is None else authors[score.author]
        sentiment = nan if score.target_sentiment is None else score.target_sentiment
        row = Row(author, author, STANCES.index(score.stance), sentiment, score.probabilities)
        sums.add(row)
        if label is not None and label.probability is not None:
            sums.add_label(row, STANCES.index(label.label), label.probability)
    return sums


def _worded(share: Share, labels: int) -> Share:
    """Add to a share the clustering of its interval, or the reason why there is none."""
    if share.interval is None:
        return replace(share, labelled=labels, note=FEW_AUTHORS)
    return replace(share, labelled=labels, note=CORRECTED if share.method == "ppi" else CLUSTERED)
