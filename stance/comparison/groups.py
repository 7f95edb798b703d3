"""The result of a comparison: groups, all pairs of them, and further analyses."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from stance.aggregation import Mean
from stance.comparison.matching import Matched
from stance.comparison.sensitivity import Sensitivity
from stance.comparison.series import Series
from stance.datamodels import Share, Skip, Stance


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
    """Of the audit: target -> label -> the model's label -> comments."""
    drawn: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Target -> lowest and highest probability with which its labelled comments were drawn."""
    first: str | None = None  # day of the oldest comment, or of its article where it has no date; ISO 8601
    last: str | None = None
    languages: dict[str, int] = field(default_factory=dict)  # as told, of the comments
    largest_author: float | None = None  # share of all comments that the most active author wrote
    largest_article: float | None = None  # share of the comments under the largest article
    one_vote: dict[str, dict[Stance, float] | None] = field(default_factory=dict)
    """Target -> shares, as the model labels them, if each author counts once; None under five."""
    stated_comments: int | None = None  # by the pages' own counts, where they give one; None: none does
    parsed_of_stated: int | None = None  # comments that were read on those pages
    from_scores: bool = False  # no page was read: there are scores of its comments alone


@dataclass(frozen=True, slots=True)
class Difference:
    """Two groups side by side, toward one target and stance."""

    target: str
    stance: Stance
    a: str
    b: str
    estimate: float | None  # share in a minus share in b; as the model labelled them unless it is tested
    interval: tuple[float, float] | None = None
    p_adjusted: float | None = None
    verdict: str = "not_tested"
    detectable: float | None = None
    tipping_point: float | None = None  # relative: by how much less of the stance the model would have to find in one


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
    sensitivity: tuple[Sensitivity, ...] = ()  # of the largest ``MOST_DETAILED``
    skipped: tuple[Skip, ...] = ()  # inputs that were left out; of which group they are is not known
    models: tuple[str, ...] = ()  # that gave the scores
    digests: dict[str, str] = field(default_factory=dict)  # of what was compared, and with what
    seed: int | None = None  # of the search for topics; None: nothing was drawn
