"""Compare groups on the same topics in the same months.

Two outlets can differ because one writes about the war and the other about trade. Articles are sorted into strata by
topic and month, and groups are compared within the strata that hold comments of both. Comments are weighted so that
both groups have the same mix of strata; the estimators are those of any other share.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stance.aggregation.clusters import SIDES_AT, AuditLines, Flags, Floats, Ids, Lines
from stance.aggregation.estimation import FEWEST_ARTICLES, Estimated, compute_measures, contrast
from stance.aggregation.shares import FEWEST_AUDITED, correct
from stance.comparison.topics import NO_STRATUM, Topics
from stance.datamodels import FEWEST_COMMENTS, SIDES, Stance, counted

FEWEST_STRATA = 2
"""Strata that both groups must have: of one alone nothing was matched, it is that stratum's difference."""

WEIGHTS = "n_a * n_b / (n_a + n_b) for each stratum, with n the group's comments that address the target"
"""Weights of strata in a mean: those of Mantel and Haenszel (1959), largest where both have many; no comment weighs more
than 1, and the variance is least where the difference is the same everywhere (Li, Morgan and Zaslavsky 2018)."""


@dataclass(frozen=True, slots=True)
class Strata:
    """Strata of the articles that can be compared.

    :param on: Properties that define the strata: ``topic``, ``month``.
    :param of: Shape (articles,): the stratum of each; ``NO_STRATUM`` if its topic or month is not known.
    :param topics: Those that were found in the words of articles; None: the user's own topics, or none.
    """

    on: tuple[str, ...]
    of: Ids
    topics: Topics | None = None


@dataclass(frozen=True, slots=True)
class MatchedDifference:
    """Two groups side by side on the same topics and months, toward one target and stance.

    :param unadjusted: Share in a minus share in b, of all their comments.
    :param estimate: The same of the strata that both have; None: see ``reason``.
    :param interval: 95 %, where labels correct both; there is none of differences between a model's shares.
    :param method: Of both: ``ppi``, ``model``, or ``none``.
    :param articles: Of a and b, that are compared; ``comments`` likewise, that address the target.
    :param left_out: Articles of a and b whose stratum the other lacks, or that have none.
    :param left_out_comments: Likewise the comments that address the target.
    :param strata: That both have.
    """

    target: str
    stance: Stance
    a: str
    b: str
    unadjusted: float | None
    unadjusted_interval: tuple[float, float] | None
    estimate: float | None
    interval: tuple[float, float] | None
    method: str
    articles: tuple[int, int]
    comments: tuple[int, int]
    left_out: tuple[int, int]
    left_out_comments: tuple[int, int]
    strata: int
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Matched:
    """Every pair of groups on the same topics and months.

    :param strata: That hold articles.
    :param clusters: Number of topics found in the words of articles.
    :param stability: Adjusted Rand index of these topics with those found in parts of the articles, at most 1.
    :param weights: Of the mean over strata.
    :param articles_without: Articles whose topic or month is not known.
    :param not_matched: Groups beyond the largest, which are left out.
    """

    on: tuple[str, ...]
    strata: int
    clusters: int | None
    stability: float | None
    weights: str
    articles_without: int
    differences: tuple[MatchedDifference, ...]
    not_matched: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """Data of one group toward one target."""

    group: str
    lines: Lines
    audit: AuditLines


def stratify(parts: Mapping[str, Ids], topics: Topics | None = None) -> Strata:
    """Sort articles by several properties at once.

    :param parts: Name of a property -> its number for each article, in [0, n), or ``NO_STRATUM``.
    :param topics: Those among the parts, if they were found in the words of articles.
    """
    table = np.stack([np.asarray(part, np.int64) for part in parts.values()], axis=1)
    known = (table != NO_STRATUM).all(axis=1)
    of = np.full(len(table), NO_STRATUM, np.int64)
    if known.any():
        of[known] = np.unique(table[known], axis=0, return_inverse=True)[1].ravel()
    return Strata(tuple(parts), of, topics)


def match(target: str, one: Side, other: Side, strata: Strata) -> Iterator[MatchedDifference]:
    """Compare two groups toward one target within the strata that both have.

    :return: One for each side, in the order of ``SIDES``.
    """
    sides = (one, other)
    addressing = [each.lines.counted[:, SIDES_AT].sum(axis=1) for each in sides]  # comments of each line
    sizes = [_by_stratum(each.lines.articles, own, strata) for each, own in zip(sides, addressing, strict=True)]
    shared = (sizes[0] > 0) & (sizes[1] > 0)
    chosen = [_chosen(each.lines.articles, strata, shared) for each in sides]
    labels = [each.audit.take(_chosen(each.audit.articles, strata, shared)) for each in sides]
    wholes = [correct(each.lines, each.audit) for each in sides]
    corrected = None not in wholes
    whole = [np.ones(len(own), bool) for own in addressing]
    counts = (zip(*map(_counts, sides, addressing, own), strict=True) for own in (chosen, whole))
    (articles, comments), (all_articles, all_comments) = counts
    reason = _why_none(int(shared.sum()), articles, comments, min(map(len, labels)) if corrected else None)
    unadjusted = adjusted = _NOTHING
    if min(all_articles) >= FEWEST_ARTICLES and min(all_comments) >= FEWEST_COMMENTS:
        unadjusted = _compared(wholes) or _uncorrected([each.lines for each in sides])
    if reason is None:
        found = _adjusted([each.lines for each in sides], chosen, labels, strata, corrected)
        adjusted, reason = (_NOTHING, _UNDEFINED) if found is None else (found, None)
    for side, (before, before_interval), (value, interval) in zip(SIDES, unadjusted, adjusted, strict=True):
        yield MatchedDifference(
            target=target,
            stance=side,
            a=one.group,
            b=other.group,
            unadjusted=before,
            unadjusted_interval=before_interval,
            estimate=value,
            interval=interval,
            method="none" if reason is not None else "ppi" if corrected else "model",
            articles=articles,
            comments=comments,
            left_out=(all_articles[0] - articles[0], all_articles[1] - articles[1]),
            left_out_comments=(all_comments[0] - comments[0], all_comments[1] - comments[1]),
            strata=int(shared.sum()),
            reason=reason,
        )


_UNDEFINED = "too few audit labels of one group in the strata of both address the target"

_Found = list[tuple[float | None, tuple[float, float] | None]]
"""The difference of each side, and its interval where labels correct both."""

_NOTHING: _Found = [(None, None) for _ in SIDES]


def _by_stratum(articles: Ids, values: Floats, strata: Strata) -> Floats:
    """Sum values of lines by the stratum of their articles."""
    own = strata.of[articles]
    known = own != NO_STRATUM
    return np.bincount(own[known], values[known], int(strata.of.max(initial=-1)) + 1).astype(np.float64)


def _chosen(articles: Ids, strata: Strata, shared: Flags) -> Flags:
    return np.asarray(np.append(shared, False)[strata.of[articles]])  # NO_STRATUM is the last place


def _counts(side: Side, comments: Floats, chosen: Flags) -> tuple[int, int]:
    """Count the articles and the comments of chosen lines that address the target."""
    articles = side.lines.articles[chosen & (comments > 0)]
    return len(np.unique(articles)), round(float(comments[chosen].sum(dtype=np.float64)))


def _why_none(strata: int, articles: Sequence[int], comments: Sequence[int], labels: int | None) -> str | None:
    """Return the reason why groups cannot be compared; None if they can."""
    if strata < FEWEST_STRATA:
        return f"{counted(strata, 'stratum', 'strata')} with comments of both; expected {FEWEST_STRATA} or more"
    for found, fewest, what in (
        (min(articles), FEWEST_ARTICLES, "article"),
        (min(comments), FEWEST_COMMENTS, "comment"),
        (labels, FEWEST_AUDITED, "audit label"),
    ):
        if found is not None and found < fewest:
            return f"{counted(found, what)} of one group in the strata of both; expected {fewest} or more"
    return None


def _adjusted(
    lines: Sequence[Lines], chosen: Sequence[Flags], audit: Sequence[AuditLines], strata: Strata, corrected: bool
) -> _Found | None:
    """Compare both groups weighted to the same mix of strata; None where the labels in them correct nothing.

    With n * m / (n + m) comments of each stratum in both, a comment of the first group weighs m / (n + m). The mix is
    that of the comments that address the target by the model's probabilities.

    :param chosen: Lines of each group in the strata of both.
    """
    lines = [each.take(own) for each, own in zip(lines, chosen, strict=True)]
    values = [each.soft[:, SIDES_AT].sum(axis=1, dtype=np.float64) for each in lines]
    sizes = [_by_stratum(each.articles, own, strata) for each, own in zip(lines, values, strict=True)]
    total = sizes[0] + sizes[1]
    weights = [np.divide(size, total, out=np.zeros_like(total), where=total > 0) for size in sizes[::-1]]
    weighted = [each.weighted(own[strata.of[each.articles]]) for each, own in zip(lines, weights, strict=True)]
    if not corrected:
        return _uncorrected(weighted)
    labelled = [each.weighted(own[strata.of[each.articles]]) for each, own in zip(audit, weights, strict=True)]
    return _compared([correct(each, own, strata.of) for each, own in zip(weighted, labelled, strict=True)])


def _uncorrected(lines: Sequence[Lines]) -> _Found:
    """Subtract shares by the model's probabilities, without an interval."""
    one, other = (compute_measures(each.soft) for each in lines)
    return [(None if np.isnan(each) else each, None) for each in (one - other)[: len(SIDES)].tolist()]


def _compared(groups: Sequence[Estimated | None]) -> _Found | None:
    """Subtract corrected shares, with intervals; None if labels do not correct both."""
    one, other = groups
    if one is None or other is None:
        return None
    found = contrast([(1.0, one), (-1.0, other)])
    values = zip(range(len(SIDES)), np.clip(found.values, -1, 1).tolist(), strict=False)
    return [(None, None) if np.isnan(value) else (value, found.interval(at, (-1.0, 1.0))) for at, value in values]
