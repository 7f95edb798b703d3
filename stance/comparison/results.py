"""The result of a comparison: groups, all pairs of them, and further analyses."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from typing import Any, TypeVar

import numpy as np

from stance.aggregation import FEWEST_AUDITED, GroupEstimate, Mean
from stance.aggregation.estimation import Contrast, contrast
from stance.comparison.matching import Matched
from stance.comparison.reasons import Reason
from stance.comparison.sensitivity import Sensitivity
from stance.comparison.series import Series
from stance.datamodels import SIDES, Share, Skip, Stance


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


@dataclass(frozen=True, slots=True)
class Difference:
    """Two groups side by side, toward one target and stance."""

    target: str
    stance: Stance
    a: str
    b: str
    estimate: float | None  # share in a minus share in b; by the model's probabilities unless it is tested
    interval: tuple[float, float] | None = None
    p_adjusted: float | None = None
    verdict: str = "not_tested"
    detectable: float | None = None
    tipping_point: float | None = None  # relative: by how much less of the stance the model would have to find in one


@dataclass(frozen=True, slots=True)
class GroupContrast:
    """Change of a share over time in a group or between two, or a topic beside the others, toward one target.

    :param stance: A side, or ``net``: favor minus against, a share too.
    :param group: None: all groups together, each on its own level.
    :param other: The group that is subtracted; None: the change of ``group`` alone.
    :param kind: ``slope`` (per ``unit``), ``event`` (after the day minus before) or ``topic`` (minus other topics).
    :param comments: That have a stance toward the target, and a date where that matters.
    :param line: Of the net stance of one group: day, value, and the ends of its band, in points.
    """

    target: str
    stance: str
    group: str | None
    other: str | None
    kind: str
    unit: str
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    p_adjusted: float | None = None
    verdict: str = "not_tested"
    detectable: float | None = None
    method: str = "none"
    comments: int = 0
    labelled: int = 0
    note: str | None = None
    line: tuple[tuple[str, float, float, float], ...] = ()


AnyContrast = TypeVar("AnyContrast", Difference, GroupContrast)


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


# Tests of differences -------------------------------------------------------------------------------------------------

LEVEL = 0.05
"""Significance level of all tests together."""

DETECTABLE = 2.8
"""Standard errors of the smallest difference that is found in 80 % of samples: 1.96 + 0.84 (Cohen 1988)."""


def compare_pair(pair: Difference, one: GroupEstimate, other: GroupEstimate) -> Iterator[Difference]:
    """Compare two groups toward one target; test the difference if labels correct both.

    :param pair: Names the groups and the target.
    :return: One difference for each side; p-values are those of single tests, for :func:`adjust`.
    """
    if one.corrected and other.corrected:
        found = contrast([(1.0, one.corrected), (-1.0, other.corrected)])
        yield from (fill(replace(pair, stance=side), found, at) for at, side in enumerate(SIDES))
        return
    modelled = zip(one.modelled.tolist(), other.modelled.tolist(), strict=True)
    for a, b, (share, beside) in zip(one.shares[: len(SIDES)], other.shares, modelled, strict=False):
        pair = replace(pair, stance=a.stance)
        if a.raw is None or b.raw is None:
            yield pair
        else:
            yield replace(pair, estimate=share - beside, tipping_point=tipping_point(share, beside))


def fill(pair: AnyContrast, found: Contrast, at: int, bounds: tuple[float, float] = (-1.0, 1.0)) -> AnyContrast:
    """Fill in the estimate of a contrast, its interval and its p-value.

    :param at: Place of the measure in ``MEASURES``.
    """
    return replace(
        pair,
        estimate=float(np.clip(found.values[at], *bounds)),
        interval=found.interval(at, bounds),
        p_adjusted=found.p_value(at),
        detectable=DETECTABLE * float(found.errors[at]),
    )


def compare_topics(
    topics: Mapping[str, Mapping[str, GroupEstimate]], together: Mapping[str, GroupEstimate]
) -> Iterator[GroupContrast]:
    """Compare each topic of a group with its other topics; p-values are those of single tests.

    A topic minus the others is its difference from all, times all / others. So the others include topics with too few
    labels of their own.

    :param topics: Topic -> target -> estimates.
    :param together: Target -> estimates of all topics together.
    """
    for (name, own), (target, every) in product(topics.items(), together.items()):
        one, whole, labelled = own[target].corrected, every.corrected, own[target].labelled
        if one is None or whole is None or every.labelled - labelled < FEWEST_AUDITED or whole.weight <= one.weight:
            continue
        factor = whole.weight / (whole.weight - one.weight)
        found = contrast([(factor, one), (-factor, whole)])
        for at, side in enumerate(SIDES):
            yield fill(GroupContrast(target, side, name, None, "topic", "", method="ppi", labelled=labelled), found, at)


def tipping_point(one: float, other: float) -> float | None:
    """Return the relative difference in recall between two groups that would explain a gap.

    Assumes that the model finds no false positives, so that shares are proportional to its recall.
    """
    return 1 - min(one, other) / max(one, other) if max(one, other) else None


def adjust(differences: Iterable[AnyContrast]) -> tuple[AnyContrast, ...]:
    """Adjust the p-values of all tests for multiple testing, and mark significant differences.

    :param differences: ``p_adjusted`` holds the p-value of the single test.
    """
    found = list(differences)
    tested = [at for at, each in enumerate(found) if each.p_adjusted is not None]
    for at, p in zip(tested, holm([found[at].p_adjusted or 0.0 for at in tested]), strict=True):
        found[at] = replace(found[at], p_adjusted=p, verdict="differ" if p <= LEVEL else "cannot_tell_apart")
    return tuple(found)


def holm(p_values: Sequence[float]) -> list[float]:
    """Adjust p-values so that all tests together are wrong as rarely as one (Holm 1979).

    :param p_values: In [0, 1].
    :return: In the order given, in [0, 1], no smaller than given.
    :raises ValueError: If one is not in [0, 1]: NaN has no rank.
    """
    if not all(0 <= p <= 1 for p in p_values):
        raise ValueError(f"p-values {list(p_values)}; expected numbers in [0, 1]")
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, at in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[at]))
        adjusted[at] = highest
    return adjusted


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
    if comparison.matched is not None:
        record["matched"] = asdict(comparison.matched)
    if comparison.series is not None:
        record["series"] = asdict(comparison.series)
    for name in ("slopes", "topics", "reasons"):
        if found := getattr(comparison, name):
            record[name] = [asdict(each) for each in found]
    if comparison.same_event is not None:
        record["same_event"] = asdict(comparison.same_event)
    if comparison.sensitivity:
        record["sensitivity"] = [asdict(each) for each in comparison.sensitivity]
    return record
