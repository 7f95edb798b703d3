"""Compare groups of comments: outlets, authors, months, languages, or any column of a score or of the user's table.

Shares of two groups can differ because a model makes more errors in one of them. So differences are tested only if
audit labels correct both groups; for other pairs the tipping point is reported.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, Self

import numpy as np

from stance.aggregation import Mean
from stance.aggregation.clusters import SIDES_AT, ClusterSums, Flags, Floats, Ids, Observations
from stance.aggregation.estimation import cluster_totals
from stance.aggregation.shares import NEUTRAL_SENTIMENT
from stance.comparison.contrasts import Difference, GroupContrast, Matched, Series
from stance.comparison.topics import Reason
from stance.datamodels import FEWEST_COMMENTS, SIDES, Share, Skip, Stance

THRESHOLDS = (0.5, 0.6, 0.7)
"""Minimum values of the highest probability of a comment, one for each variant ``threshold``."""

ABSTAIN = THRESHOLDS[1]
"""Below this highest probability the variant ``abstention`` lets a comment take no side, but keeps it."""

VARIANTS = (
    *(f"threshold_{threshold:g}" for threshold in THRESHOLDS),
    "abstention",
    "counted",
    "one_vote",
    "without_largest_author",
    "without_largest_article",
    "vader",
)
"""In the order in which they are given.

- ``threshold_0.6``: comments whose highest probability is lower are left out, as by ``--abstain 0.6``.
- ``abstention``: those below ``ABSTAIN`` stay among those that address the target, without a side.
- ``counted``: the model's labels are counted in place of its probabilities.
- ``one_vote``: each author counts once, as the mean of what they wrote; a comment without an author is a voter.
- ``without_largest_author``, ``without_largest_article``: the one with most comments that address the target.
- ``vader``: the sign of the sentiment around the target in place of the model: negative is against.
"""


@dataclass(frozen=True, slots=True)
class Variant:
    """A share under one changed condition.

    :param share: In [0, 1]; None under five comments.
    :param n: Comments, or voters, that it is a share of.
    """

    share: float | None
    n: int


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One share and its variants.

    :param base: By the model's probabilities; None under five addressing comments.
    :param variants: By name, as in ``VARIANTS``.
    """

    group: str
    target: str
    stance: Stance
    base: float | None
    n: int
    variants: dict[str, Variant]


def vary(group: str, target: str, sums: ClusterSums) -> Iterator[Sensitivity]:
    """Compute the shares of one group toward one target in every way.

    :return: One for each side, in the order of ``SIDES``.
    """
    table = sums.observations()
    base = _soft_sums(table)
    found = dict(zip(VARIANTS, _variants(table, base), strict=True))
    for at, side in enumerate(SIDES):
        own = base.variant(at)
        yield Sensitivity(
            group, target, side, own.share, own.n, {name: each.variant(at) for name, each in found.items()}
        )


class _Sums(NamedTuple):
    """Sums over some comments.

    :param sides: Shape (3,): of each side.
    :param whole: What these are shares of.
    :param n: Comments that address the target by the model's labels, or voters.
    """

    sides: Floats
    whole: float
    n: float

    @classmethod
    def counting(cls, counts: Floats) -> Self:
        """Count comments or voters of each side: shape (3,)."""
        return cls(counts, float(counts.sum()), float(counts.sum()))

    def variant(self, at: int) -> Variant:
        """Return the share of a side."""
        n = round(self.n)
        return Variant(float(self.sides[at]) / self.whole if n >= FEWEST_COMMENTS else None, n)


def _soft_sums(table: Observations, chosen: Flags | slice = slice(None)) -> _Sums:
    """Sum the probabilities of comments: shape (n,)."""
    sides = table.soft[chosen, SIDES_AT].sum(axis=0, dtype=np.float64)
    return _Sums(sides, float(sides.sum()), float(table.addressing[chosen].sum()))


def _variants(table: Observations, base: _Sums) -> Iterator[_Sums]:
    highest = table.probabilities.max(axis=1, initial=0)
    sure = [_soft_sums(table, highest >= np.float32(threshold)) for threshold in THRESHOLDS]
    yield from sure
    yield base._replace(sides=sure[THRESHOLDS.index(ABSTAIN)].sides)
    yield _Sums.counting(table.counted[:, SIDES_AT].sum(axis=0, dtype=np.float64))
    yield _Sums.counting(votes(table))
    yield _without_largest(table, table.authors, table.authors >= 0)
    yield _without_largest(table, table.articles, np.ones(len(table), bool))
    sentiments = table.sentiments[table.addressing & ~np.isnan(table.sentiments)]
    negative, positive = (sentiments <= -NEUTRAL_SENTIMENT).sum(), (sentiments >= NEUTRAL_SENTIMENT).sum()
    yield _Sums.counting(np.array([negative, len(sentiments) - negative - positive, positive], np.float64))


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
    sums = _Sums.counting(votes(table))
    shares = [sums.variant(at).share for at in range(len(SIDES))]
    return {side: share for side, share in zip(SIDES, shares, strict=True) if share is not None} or None


def _without_largest(table: Observations, ids: Ids, named: Flags) -> _Sums:
    """Sum without the author or article that has most comments which address the target.

    :param named: Shape (n,): those that may be left out.
    """
    if not named.any():
        return _soft_sums(table)
    counts = cluster_totals(ids[named], table.addressing[named, None].astype(np.float64))
    return _soft_sums(table, ~named | (ids != counts.ids[counts.sums[:, 0].argmax()]))


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
    sensitivity: tuple[Sensitivity, ...] = ()  # of the largest ``MOST_DETAILED``
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
    for name in ("matched", "series", "slopes", "topics", "reasons", "same_event", "sensitivity"):
        if found := getattr(comparison, name):
            record[name] = [asdict(each) for each in found] if isinstance(found, tuple) else asdict(found)
    return record
