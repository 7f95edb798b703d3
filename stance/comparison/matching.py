"""Compare groups on the same topics in the same months.

Two outlets can differ because one writes about the war and the other about trade. Articles are sorted into strata by
topic and month, and groups are compared within the strata that hold comments of both. Comments are weighted so that
both groups have the same mix of strata; the estimators are those of any other share.
"""

import re
import warnings
from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.clusters import SIDES_AT, AuditLines, Flags, Floats, Ids, Lines
from stance.aggregation.estimation import FEWEST_ARTICLES, Estimated, compute_measures, contrast
from stance.aggregation.shares import FEWEST_AUDITED, correct
from stance.datamodels import FEWEST_COMMENTS, SIDES, Document, Stance, counted

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

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
    :param topics: Those that were found in the words of articles; None: the user's own topics, or none.
    """

    on: tuple[str, ...]
    of: Ids
    topics: "Topics | None" = None


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
    :param silhouette: Mean silhouette of these topics, in [-1, 1].
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


def stratify(parts: Mapping[str, Ids], topics: "Topics | None" = None) -> Strata:
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


# Topics of articles ---------------------------------------------------------------------------------------------------

MOST_ARTICLES = 40_000
"""Articles that are sorted into topics; the words of one take about a kilobyte. Later ones have no topic."""

MOST_WORDS = 200
"""Words that are held of an article: those that occur most often in it."""

MOST_CHARACTERS = 20_000
"""Of an article, that are looked at."""

TIMES = (3, 2, 1)
"""How often a word counts in title, lead and paragraphs."""

HASHED = 1 << 18
"""Words are held as numbers below this; two of 20,000 words in a corpus share one with a chance of 7 %."""

MOST_COLUMNS = 20_000
"""Words that topics are made of: those in most articles."""

BOILERPLATE = 0.9
"""Words in a larger part of one group's articles are its furniture, and name the group and no topic."""

DIMENSIONS = 100
"""Of the space in which articles are clustered (latent semantic analysis; Deerwester and others 1990)."""

NUMBERS = (2, 3, 4, 6, 8, 12, 16, 24, 32, 48)
"""Numbers of topics that are tried: that with the largest mean silhouette is taken (Rousseeuw 1987)."""

PER_TOPIC = 10
"""Articles that a topic must hold on average."""

COMPARED = 2_000
"""Articles of which silhouettes are taken."""

LUMPED = -1.0
"""In place of a silhouette, where there are fewer distinct articles than topics."""

_WORD = re.compile(r"[^\W\d_]{3,40}")


@dataclass(frozen=True, slots=True)
class Topics:
    """Topics of articles.

    :param of: Shape (articles,): the topic of each, ``NO_STRATUM`` if it has none.
    :param count: Number of topics.
    :param silhouette: Mean silhouette over articles, in [-1, 1].
    """

    of: NDArray[np.int64]
    count: int
    silhouette: float


class TopicWords:
    """The commonest words of articles, added one article at a time."""

    def __init__(self) -> None:
        self._articles: dict[int, int] = {}
        self._words = array("i")
        self._counts = array("B")
        self._ends = array("q", [0])

    def add(self, article: int, document: Document) -> None:
        """Add an article, unless it was added before or has no words.

        :param article: Its number.
        """
        if article in self._articles or len(self._articles) >= MOST_ARTICLES:
            return
        if words := _words(document):
            self._articles[article] = len(self._articles)
            self._words.extend(words.keys())
            self._counts.extend(words.values())
            self._ends.append(len(self._words))

    def __len__(self) -> int:
        """Return the number of articles with words."""
        return len(self._articles)

    def cluster(self, articles: int, groups: Any, *, seed: int = 0) -> Topics | None:
        """Sort articles into topics.

        TF-IDF of their words, latent semantic analysis, k-means; the number of topics is that of ``NUMBERS`` with the
        largest mean silhouette.

        :param articles: How many there are, with words or without.
        :param groups: Shape (articles,): the group of each, -1 where it is in several.
        :return: None where there are too few articles, too few words that they have in common, or too few articles
            that differ in them, as where all have one title.
        """
        tried = [count for count in NUMBERS if count * PER_TOPIC <= len(self)]
        weights = self._weights(np.asarray(groups)[list(self._articles)]) if tried else None
        if weights is None:
            return None
        rows, points = _points(weights, seed)
        if len(rows) < PER_TOPIC * tried[0]:
            return None
        found = (_clustered(points, count, seed) for count in tried if count * PER_TOPIC <= len(rows))
        count, silhouette, labels = max(found, key=lambda each: each[1])
        if silhouette <= LUMPED:
            return None
        of = np.full(articles, NO_STRATUM, np.int64)
        of[np.array(list(self._articles))[rows]] = labels
        return Topics(of, count, silhouette)

    def _weights(self, groups: NDArray[np.int64]) -> "csr_matrix | None":
        """Return TF-IDF rows of articles with words; words of one article only, or of a whole group, are dropped."""
        from scipy.sparse import csr_matrix, diags

        parts = (np.array(self._counts, np.float32), np.array(self._words), np.array(self._ends))
        counts = csr_matrix(parts, shape=(len(self), HASHED))
        present = counts.astype(bool).astype(np.float32)
        frequency = np.asarray(present.sum(axis=0)).ravel()
        usable = frequency > 1
        for group in np.unique(groups[groups >= 0]):
            own = groups == group
            if own.sum() >= PER_TOPIC:
                usable &= np.asarray(present[own].mean(axis=0)).ravel() <= BOILERPLATE
        columns = np.flatnonzero(usable)
        columns = np.sort(columns[np.argsort(-frequency[columns], kind="stable")[:MOST_COLUMNS]])
        if len(columns) < 2:
            return None
        kept = counts[:, columns]
        kept.data = 1 + np.log(kept.data)
        weights = csr_matrix(kept @ diags(np.log(len(self) / frequency[columns])))
        return weights if weights.count_nonzero() else None  # words of all articles weigh nothing


def _words(document: Document) -> dict[int, int]:
    """Count the words of an article, as numbers: the commonest ones, each up to 255 times."""
    counts: Counter[int] = Counter()
    left = MOST_CHARACTERS
    for at, text in enumerate((document.title or "", document.lead or "", *document.body)):
        for word in _WORD.findall(text[:left].lower()):
            counts[crc32(word.encode()) % HASHED] += TIMES[min(at, 2)]
        left -= min(left, len(text))
    common = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MOST_WORDS]
    return {word: min(count, 255) for word, count in sorted(common)}


def _points(weights: Any, seed: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Place articles on a sphere; those without a word in common with any other are left out."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.preprocessing import normalize

    size = min(DIMENSIONS, min(weights.shape) - 1)
    placed = TruncatedSVD(size, random_state=seed).fit_transform(normalize(weights))
    rows = np.flatnonzero(np.linalg.norm(placed, axis=1) > 1e-9)
    return rows, normalize(placed[rows])


def _clustered(points: NDArray[np.float64], count: int, seed: int) -> tuple[int, float, NDArray[np.int64]]:
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.metrics import silhouette_score

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # of articles that are alike; the silhouette shows it
        labels = KMeans(count, n_init=5, random_state=seed).fit_predict(points)
    sample = np.random.default_rng(seed).permutation(len(points))[:COMPARED]
    if len(np.unique(labels)) < count or len(np.unique(labels[sample])) < 2:
        return count, LUMPED, labels.astype(np.int64)
    return count, float(silhouette_score(points[sample], labels[sample])), labels.astype(np.int64)
