"""Compare groups of comments: outlets, authors, months, languages, or any column of a score or of the user's table.

Shares of two groups can differ because a model makes more errors in one of them. So differences are tested only if
audit labels correct both groups; for other pairs the tipping point is reported.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from stance.aggregation import Mean
from stance.aggregation.clusters import SIDES_AT, Floats, Observations
from stance.aggregation.estimation import cluster_totals
from stance.comparison.contrasts import Difference, GroupContrast, Matched, Series
from stance.comparison.topics import Reason
from stance.datamodels import FEWEST_COMMENTS, SIDES, Share, Skip, Stance


def votes(table: Observations) -> Floats:
    """Weight each author equally, by the mean of their comments that address the target by the model's labels.

    :return: Shape (3,), authors by side; a comment without an author is a voter.
    """
    table = table.take(table.addressing)
    sides, unnamed = table.soft[:, SIDES_AT].astype(np.float64), table.authors < 0
    voters = np.concatenate([cluster_totals(table.authors[~unnamed], sides[~unnamed]).sums, sides[unnamed]])
    return (voters / voters.sum(axis=1, keepdims=True)).sum(axis=0)


def one_vote(table: Observations) -> dict[Stance, float] | None:
    """Return the shares of sides with each author weighted equally; None with fewer than five authors."""
    counts = votes(table)
    if round(counts.sum()) < FEWEST_COMMENTS:
        return None
    return dict(zip(SIDES, (counts / counts.sum()).tolist(), strict=True))


# Results --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Group:
    """One group with its counts and shares."""

    group: str
    articles: int
    comments: int
    authors: int
    without_author: int
    not_covered: int  # comments without a stance: in a language the model does not cover, or undecided
    without_stance: dict[str, int]  # the same by target
    addressed: dict[str, int]  # target -> comments that address it
    counts: dict[str, dict[Stance, int]]  # target -> stance -> comments
    shares: tuple[Share, ...]  # per target, of each side: among comments like these, then among exactly these
    means: tuple[Mean, ...] = ()  # likewise net stance and sentiment
    labelled: dict[str, int] = field(default_factory=dict)  # target -> audit labels
    confusion: dict[str, Mapping[Stance, Mapping[Stance, int]]] = field(default_factory=dict)
    """Confusion matrices of the audit: target -> label -> the model's label -> comments."""
    drawn: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Target -> lowest and highest probability with which its labelled comments were drawn."""
    first: str | None = None  # day of the oldest comment, or of its article where it has no date; ISO 8601
    last: str | None = None
    languages: dict[str, int] = field(default_factory=dict)  # of the comments
    largest_author: float | None = None  # share of all comments that the most active author wrote
    largest_article: float | None = None  # share of the comments under the largest article
    one_vote: dict[str, dict[Stance, float] | None] = field(default_factory=dict)
    """Target -> shares, by the model's probabilities, if each author counts once; None under five."""
    stated_comments: int | None = None  # by the pages' own counts, where they give one; None: none does
    parsed_of_stated: int | None = None  # comments that were read on those pages
    from_scores: bool = False  # no page was read: there are scores of its comments alone
    texts: int | None = None  # different texts of its comments; None: many, or unknown


@dataclass(frozen=True, slots=True)
class Comparison:
    """Groups by one column, and every pair of them."""

    by: str
    targets: tuple[str, ...]
    groups: tuple[Group, ...]
    differences: tuple[Difference, ...]
    not_paired: int = 0  # groups beyond the largest ``MOST_PAIRED``
    matched: Matched | None = None  # None: nothing to match on
    series: Series | None = None  # None: no dates, or one period
    slopes: tuple[GroupContrast, ...] = ()  # where changes were asked for
    topics: tuple[GroupContrast, ...] = ()  # where groups are topics
    same_event: Matched | None = None  # groups on the same events; None: no event is found in the articles of two
    reasons: tuple[Reason, ...] = ()  # given in the comments; none where there are no texts
    skipped: tuple[Skip, ...] = ()  # inputs that were left out; of which group they are is not known
    models: tuple[str, ...] = ()  # that gave the scores
    digests: dict[str, str] = field(default_factory=dict)  # of what was compared, and with what
    seed: int | None = None  # of the search for topics; None: nothing was drawn


# Records --------------------------------------------------------------------------------------------------------------


DESIGN = (
    *("group", "articles", "comments", "authors", "without_author", "first", "last", "languages"),
    *("stated_comments", "parsed_of_stated", "from_scores", "largest_author", "largest_article"),
)
"""Fields of a group in ``design``: its composition."""


def comparison_to_record(comparison: Comparison) -> dict[str, Any]:
    """Convert a comparison to JSON; missing results have no key."""
    record: dict[str, Any] = {
        "by": comparison.by,
        "targets": list(comparison.targets),
        "groups": [asdict(group) for group in comparison.groups],
        "differences": [asdict(difference) for difference in comparison.differences],
        "not_paired": comparison.not_paired,
        "design": [
            {name: getattr(group, name) for name in DESIGN}
            | {"audit": max(group.labelled.values(), default=0), "labelled": group.labelled}
            for group in comparison.groups
        ],
        "skipped": [{"source": skip.source, "reason": skip.reason} for skip in comparison.skipped],
        "digests": comparison.digests,
        "seed": comparison.seed,
    }
    for name in ("matched", "series", "slopes", "topics", "reasons", "same_event"):
        if found := getattr(comparison, name):
            record[name] = [asdict(each) for each in found] if isinstance(found, tuple) else asdict(found)
    return record
