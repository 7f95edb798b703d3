"""The result of a comparison, and its record in JSON."""

from dataclasses import asdict, dataclass, field

from stance.aggregation.sentiment import SentimentMean
from stance.aggregation.shares import Mean
from stance.comparison.differences import Difference, GroupContrast, SentimentDifference
from stance.datamodels import Record, Share, Skip, Stance


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
    readings: dict[str, dict[str, int]]  # target -> comments that name it, by the lists of ``READINGS``
    shares: tuple[Share, ...]  # per target, of each side: among comments like these, then among exactly these
    means: tuple[Mean, ...] = ()  # likewise net stance
    labelled: dict[str, int] = field(default_factory=dict)  # target -> audit labels
    read: dict[str, dict[Stance, int]] = field(default_factory=dict)
    """Comments by the labels of persons, also of labels that correct no share: target -> label -> comments."""
    first: str | None = None  # day of the oldest comment, or of its article where it has no date; ISO 8601
    last: str | None = None
    languages: dict[str, int] = field(default_factory=dict)  # of the comments
    largest_author: float | None = None  # share of all comments that the most active author wrote
    largest_article: float | None = None  # share of the comments under the largest article
    texts: int | None = None  # different texts of its comments; None: no text was read
    checks: Record = field(default_factory=dict)
    """``labels_random``: z of the check of labels; ``labels_odd``: the oddities for which they are not used;
    ``copies``: share of the comments whose text another comment has; ``largest_text``: share of those with the most
    frequent text; None: no texts were read;
    ``effective_authors``: target -> number, of equal size, by the comments that address it."""
    learnable: dict[str, dict[str, float]] = field(default_factory=dict)
    """Target -> the labels that its shares need, as :func:`planning.plan_share` returns them."""
    sentiment: tuple[SentimentMean, ...] = ()  # of the comments that name a target
    sentiment_sides: tuple[Record, ...] = ()  # counts of how those sound that are read as on a side


@dataclass(frozen=True, slots=True)
class Comparison:
    """Groups by one column, and every pair of them."""

    by: str
    targets: tuple[str, ...]
    groups: tuple[Group, ...]
    differences: tuple[Difference, ...]
    without_comments: int = 0  # pages that are in no group
    not_paired: int = 0  # groups beyond the largest ``MOST_PAIRED``
    series: Record | None = None  # None: no dates, or one period
    slopes: tuple[GroupContrast, ...] = ()  # where changes were asked for
    topics: tuple[GroupContrast, ...] = ()  # where groups are topics
    sentiment_differences: tuple[SentimentDifference, ...] = ()  # those that were tested
    sentiment_changes: tuple[GroupContrast, ...] = ()  # where changes were asked for
    skipped: tuple[Skip, ...] = ()  # inputs that were left out; of which group they are is not known
    copied_articles: tuple[Record, ...] = ()  # that several outlets have: each counts as one event
    models: tuple[str, ...] = ()  # that gave the scores
    digests: dict[str, str] = field(default_factory=dict)  # of what was compared, and with what
    seed: int | None = None  # of the search for topics; None: nothing was drawn
    asked: Record = field(default_factory=dict)  # options ``topic``, ``trend`` and ``event``


def comparison_to_record(comparison: Comparison) -> Record:
    """Convert a comparison to JSON; missing results have no key."""
    record = asdict(comparison)
    del record["models"]
    for name in ("series", "slopes", "topics", "copied_articles", "sentiment_changes"):
        if not record[name]:
            del record[name]
    for name in ("sentiment", "sentiment_sides"):
        record[name] = [{"group": group["group"], **row} for group in record["groups"] for row in group.pop(name)]
    record["skipped"] = [{"source": skip.source, "reason": skip.reason} for skip in comparison.skipped]
    return record
