"""Summaries of the scores of one page or of many: counts of stances, with the shares of exactly these comments."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from types import MappingProxyType

from stance import datamodels
from stance.aggregation import clusters
from stance.aggregation.audit_labels import AuditLabels
from stance.aggregation.checks import check_labels, odd_labels
from stance.aggregation.comment_sets import UNDATED
from stance.aggregation.shares import estimate_group
from stance.datamodels import READINGS, STANCES, Score, Share, Stance, TargetSummary, Unit


def summarise_page(
    scores: Sequence[Score],
    targets: Sequence[str],
    audit: AuditLabels | None = None,
    texts: Mapping[str, str] = MappingProxyType({}),
) -> tuple[TargetSummary, ...]:
    """Summarise the scores of one page per target, with the shares of exactly its comments.

    Labels of other pages say nothing of how the model errs on this one.

    :param scores: Of one document.
    :param targets: In the order of the result.
    :param audit: Labels that nothing else asks for their comments: each is found once.
    :param texts: Of the comments, by their ids.
    """
    labelled = (
        (score.target, (score, audit.find(score, texts.get(score.comment or "")) if audit else None))
        for score in scores
        if score.unit is Unit.COMMENT
    )
    grouped = datamodels.grouped(labelled)
    rows = {target: grouped.get(target, []) for target in targets}
    summaries = []
    for summary in summarise(scores, targets):
        pairs = rows[summary.target]
        labels = Counter(label.label for _, label in pairs if label)
        of_named = [label for score, label in pairs if label and score.grade]
        read_named, disputed = Counter(label.label for label in of_named), sum(label.is_disputed for label in of_named)
        shares = _page_shares(summary.target, pairs)
        summaries.append(replace(summary, shares=shares, read=labels, read_named=read_named, disputed_named=disputed))
    return tuple(summaries)


def _page_shares(target: str, rows: Sequence[tuple[Score, datamodels.LabelledComment | None]]) -> tuple[Share, ...]:
    sums, numbers = clusters.ClusterSums(), count()
    authors: dict[str, int] = defaultdict(lambda: next(numbers))
    for score, label in rows:  # each author, and each comment without one, has a number of its own
        author = next(numbers) if score.author is None else authors[score.author]
        sums.add_score(score, label, (author, author, UNDATED))
    table = sums.observations()
    if odd_labels(check_labels({target: table}, None)):
        table = table.unlabelled()
    return tuple(share for share in estimate_group(target, table).shares if share.population == "corpus")


class Tally:
    """Counts of the comment scores toward several targets; paragraphs of articles are not counted."""

    def __init__(self, targets: Sequence[str]) -> None:
        self._counts: dict[str, Counter[str]] = {target: Counter() for target in targets}  # of comments, stances, ways
        self._readings: dict[str, Counter[str]] = {target: Counter() for target in targets}

    def add(self, scores: Iterable[Score]) -> None:
        """Count scores; those toward other targets are left out."""
        for score in scores:
            counts = self._counts.get(score.target)
            if score.unit is not Unit.COMMENT or counts is None:
                continue
            counts["comments"] += 1
            if score.stance is not None and score.probabilities is not None:
                counts[score.stance] += 1
                self._readings[score.target][score.shown or ""] += 1
                if score.via and score.stance is not Stance.NOT_ADDRESSED:
                    counts[score.via] += 1

    def summaries(self) -> tuple[TargetSummary, ...]:
        """Return one summary per target, without shares, in the order of the targets."""
        return tuple(
            TargetSummary(
                target=target,
                comments=counts["comments"],
                covered=sum(counts[stance] for stance in STANCES),
                counts={stance: counts[stance] for stance in STANCES},
                readings={name: self._readings[target][name] for name in READINGS},
                via={via: counts[via] for via in datamodels.Via},
                shares=(),
            )
            for target, counts in self._counts.items()
        )


def summarise(scores: Iterable[Score], targets: Sequence[str]) -> tuple[TargetSummary, ...]:
    """Summarise scores per target.

    :param scores: Of comments and paragraphs, of any targets.
    :param targets: The targets to summarise, in the order of the result.
    """
    tally = Tally(targets)
    tally.add(scores)
    return tally.summaries()
