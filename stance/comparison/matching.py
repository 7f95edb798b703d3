"""Compare groups on the same topics in the same months.

Two outlets can differ because one writes about the war and the other about trade. Articles are sorted into strata by
topic and month, and groups are compared within the strata that hold comments of both. Comments are weighted so that
both groups have the same mix of strata; the estimators are those of any other share.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from stance.aggregation.clusters import SIDES_AT, AuditLines, Flags, Floats, Ids, Lines
from stance.aggregation.estimation import Estimated, count_measures, difference
from stance.aggregation.intervals import FEWEST_ARTICLES, critical_value
from stance.aggregation.shares import FEWEST_AUDITED, correct
from stance.datamodels import FEWEST_COMMENTS, SIDES, Stance

NO_STRATUM = -1

FEWEST_STRATA = 2
"""Strata that both groups must have: of one alone nothing was matched, it is that stratum's difference."""

WEIGHTS = "n_a * n_b / (n_a + n_b) for each stratum, with n the group's comments that address the target"
"""Of the mean over strata: those of Mantel and Haenszel (1959), largest where both have many; no comment weighs more
than 1, and the variance is least where the difference is the same everywhere (Li, Morgan and Zaslavsky 2018)."""


@dataclass(frozen=True, slots=True)
class Strata:
    """Strata of the articles that can be compared.

    :param on: Properties that define the strata: ``topic``, ``month``.
    :param of: Shape (articles,): the stratum of each; ``NO_STRATUM`` if its topic or month is not known.
    :param clusters: Number of topics found in the words of articles; None: the user's own topics, or none.
    :param silhouette: Mean silhouette of these topics, in [-1, 1].
    """

    on: tuple[str, ...]
    of: Ids
    clusters: int | None = None
    silhouette: float | None = None


@dataclass(frozen=True, slots=True)
class MatchedDifference:
    """Two groups side by side on the same topics and months, toward one target and stance.

    :param unadjusted: Share in a minus share in b, of all their comments.
    :param estimate: The same of the strata that both have; None: see ``reason``.
    :param interval: 95 %, where labels correct both; there is none of differences between a model's counts.
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
    :param clusters: As in :class:`Strata`.
    :param weights: Of the mean over strata.
    :param articles_without: Articles whose topic or month is not known.
    :param not_matched: Groups beyond the largest, which are left out.
    """

    on: tuple[str, ...]
    strata: int
    clusters: int | None
    silhouette: float | None
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


def cross(on: Sequence[str], parts: Sequence[Ids], *, clusters: int | None, silhouette: float | None) -> Strata:
    """Sort articles by several properties at once.

    :param on: What the properties are called.
    :param parts: Each of shape (articles,), in [0, n), or ``NO_STRATUM``.
    """
    table = np.stack([np.asarray(part, np.int64) for part in parts], axis=1)
    known = (table != NO_STRATUM).all(axis=1)
    of = np.full(len(table), NO_STRATUM, np.int64)
    if known.any():
        of[known] = np.unique(table[known], axis=0, return_inverse=True)[1].ravel()
    return Strata(tuple(on), of, clusters, silhouette)


def match(target: str, one: Side, other: Side, strata: Strata) -> Iterator[MatchedDifference]:
    """Compare two groups toward one target within the strata that both have.

    :return: One for each side, in the order of ``SIDES``.
    """
    sides = (one, other)
    addressed = [each.lines.counted[:, SIDES_AT].sum(axis=1) for each in sides]  # comments of each line
    sizes = [_sizes(each.lines, comments, strata) for each, comments in zip(sides, addressed, strict=True)]
    shared = (sizes[0] > 0) & (sizes[1] > 0)
    wholes = [correct(each.lines, each.audit) for each in sides]
    corrected = None not in wholes
    chosen = [_chosen(each.lines.articles, strata, shared) for each in sides]
    labels = [each.audit.take(_chosen(each.audit.articles, strata, shared)) for each in sides]
    articles = [
        _distinct(each.lines.articles[own & (heard > 0)])
        for each, own, heard in zip(sides, chosen, addressed, strict=True)
    ]
    of_all = [_distinct(each.lines.articles[heard > 0]) for each, heard in zip(sides, addressed, strict=True)]
    comments = [round(float(heard[own].sum(dtype=np.float64))) for own, heard in zip(chosen, addressed, strict=True)]
    addressing = [round(float(heard.sum(dtype=np.float64))) for heard in addressed]
    reason = _why_none(int(shared.sum()), articles, comments, min(map(len, labels)) if corrected else None)
    nothing: _Found = [(None, None) for _ in SIDES]
    enough = min(of_all) >= FEWEST_ARTICLES and min(addressing) >= FEWEST_COMMENTS
    unadjusted = _unadjusted(sides, wholes) if enough else nothing
    adjusted = nothing
    if reason is None:
        found = _adjusted([each.lines for each in sides], chosen, labels, strata, corrected)
        adjusted, reason = (nothing, _UNDEFINED) if found is None else (found, None)
    for at, side in enumerate(SIDES):
        before, before_interval = unadjusted[at]
        value, interval = adjusted[at]
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
            articles=(articles[0], articles[1]),
            comments=(comments[0], comments[1]),
            left_out=(of_all[0] - articles[0], of_all[1] - articles[1]),
            left_out_comments=(addressing[0] - comments[0], addressing[1] - comments[1]),
            strata=int(shared.sum()),
            reason=reason,
        )


_UNDEFINED = "too few audit labels of one group in the strata of both address the target"

_Found = list[tuple[float | None, tuple[float, float] | None]]
"""The difference of each side, and its interval where labels correct both."""


def _sizes(lines: Lines, comments: Floats, strata: Strata) -> Floats:
    """Count the comments of each stratum that address the target.

    :param comments: Of each line; shape (n,).
    """
    own = strata.of[lines.articles]
    known = own != NO_STRATUM
    count = int(strata.of.max(initial=-1)) + 1
    return np.bincount(own[known], comments[known], count).astype(np.float64)


def _chosen(articles: Ids, strata: Strata, shared: Flags) -> Flags:
    return np.asarray(np.append(shared, False)[strata.of[articles]])  # NO_STRATUM is the last place


def _distinct(ids: Ids) -> int:
    return len(np.unique(ids))


def _why_none(strata: int, articles: Sequence[int], comments: Sequence[int], labels: int | None) -> str | None:
    """Return the reason why groups cannot be compared; None if they can."""
    if strata < FEWEST_STRATA:
        number = "1 stratum" if strata == 1 else f"{strata} strata"
        return f"{number} with comments of both; expected {FEWEST_STRATA} or more"
    for found, fewest, what in (
        (min(articles), FEWEST_ARTICLES, "article"),
        (min(comments), FEWEST_COMMENTS, "comment"),
        (labels, FEWEST_AUDITED, "audit label"),
    ):
        if found is not None and found < fewest:
            number = f"{found} {what}{'' if found == 1 else 's'}"
            return f"{number} of one group in the strata of both; expected {fewest} or more"
    return None


def _unadjusted(sides: Sequence[Side], corrected: Sequence[Estimated | None]) -> _Found:
    """Compare all comments of both groups.

    :param corrected: By the labels of each; None where they correct nothing.
    """
    one, other = corrected
    if one is not None and other is not None:
        return _bounded(one, other)
    return _counted([count_measures(each.lines) for each in sides])


def _adjusted(
    lines: Sequence[Lines], chosen: Sequence[Flags], audit: Sequence[AuditLines], strata: Strata, corrected: bool
) -> _Found | None:
    """Compare both groups weighted to the same mix of strata; None where the labels in them correct nothing.

    With n * m / (n + m) comments of each stratum in both, a comment of the first group weighs m / (n + m). The mix is
    that of the comments that address the target by what is summed: labels of the model, or its probabilities.

    :param chosen: Lines of each group in the strata of both.
    """
    sizes = [_summed(each, own, strata, corrected) for each, own in zip(lines, chosen, strict=True)]
    total = sizes[0] + sizes[1]
    weights = [np.divide(size, total, out=np.zeros_like(total), where=total > 0) for size in sizes[::-1]]
    groups = list(zip(lines, chosen, weights, strict=True))
    if not corrected:
        return _counted([count_measures(_weighted(*group, strata, "counted")) for group in groups])
    one, other = (
        correct(_weighted(*group, strata, "soft"), labels.weighted(group[2][strata.of[labels.articles]]), strata.of)
        for group, labels in zip(groups, audit, strict=True)
    )
    return None if one is None or other is None else _bounded(one, other)


def _weighted(lines: Lines, chosen: Flags, weights: Floats, strata: Strata, only: str) -> Lines:
    kept = lines.take(chosen)
    return kept.weighted(weights[strata.of[kept.articles]], only=only)


def _summed(lines: Lines, chosen: Flags, strata: Strata, corrected: bool) -> Floats:
    values = lines.soft if corrected else lines.counted
    count = int(strata.of.max()) + 1
    addressing = values[:, SIDES_AT].sum(axis=1, dtype=np.float64)[chosen]
    return np.bincount(strata.of[lines.articles[chosen]], addressing, count).astype(np.float64)


def _counted(values: Sequence[Floats]) -> _Found:
    """Subtract shares counted from the model's labels, without an interval."""
    return [(None if np.isnan(each) else each, None) for each in (values[0] - values[1])[: len(SIDES)].tolist()]


def _bounded(one: Estimated, other: Estimated) -> _Found:
    found: _Found = []
    for value, error, degrees in list(zip(*difference(one, other), strict=True))[: len(SIDES)]:
        half = critical_value(degrees) * float(error)
        interval = (max(-1.0, float(value) - half), min(1.0, float(value) + half))
        found.append((None, None) if np.isnan(value) else (min(1.0, max(-1.0, float(value))), interval))
    return found
