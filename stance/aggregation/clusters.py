"""Sum comments by author, article and day.

Comments of one article, or of one author, are not independent. Every estimate and its variance is computed from sums
over the comments of one author under one article. A comment without an author is a cluster of its own; those under one
article share a line, which holds the sums of squares and products that a variance needs.
"""

from array import array
from dataclasses import dataclass, fields, replace
from datetime import date
from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.counts import NEUTRAL_SENTIMENT
from stance.datamodels import SIDES, STANCES, LabelledComment, Score, Stance

Floats = NDArray[np.float64]
Ids = NDArray[np.signedinteger[Any]]
Flags = NDArray[np.bool_]

VALUES = ("count", *(str(side) for side in SIDES), "sentiment", "with_sentiment")
"""What is summed: one for each comment; the (probability of the) stances that address the target; the same times the
sentiment around the target; the same where there is such a sentiment."""

WIDTH = len(VALUES)
SIDES_AT = slice(1, 1 + len(SIDES))
SENTIMENT_AT, WITH_SENTIMENT_AT = WIDTH - 2, WIDTH - 1

PACK = 1 << 12
"""Comments that wait to be summed together: the cost of a batch vanishes, and a group and target hold 256 kB."""

ROW = 5 + len(STANCES)
"""Numbers that one comment takes while it waits."""

UNDATED = 0
"""The day of a comment without a date; other days count from 1 January of the year 1, as ``date.toordinal`` does."""

THRESHOLDS = (0.5, 0.6, 0.7)
"""Of the highest probability: how shares change if the comments below are left out is shown."""

UPPER = np.triu_indices(WIDTH)
"""Places of the products of two values, each once: 21 of 36."""

_PLACES = [STANCES.index(side) for side in SIDES]

_COUNTS = [at for at in range(WIDTH) if at != SENTIMENT_AT]
"""Sums by the model's labels that are whole numbers, at most ``PACK`` each."""

_HALF = 1 << 31
"""Moves numbers of authors, which may be negative, into 32 bits without a sign."""


def pair_ids(articles: Ids, authors: Ids) -> Ids:
    """Number authors under articles.

    :param articles: Shape (n,), in [0, 2**31).
    :param authors: Shape (n,), in [-2**31, 2**31).
    """
    return articles.astype(np.int64) << 32 | (authors.astype(np.int64) + _HALF)


def values_of(probabilities: Floats, sentiments: Floats) -> Floats:
    """Return the values that comments add to the sums.

    :param probabilities: Shape (n, 4), in the order of ``STANCES``: a model's, or 1 for a label and 0 for the others.
    :param sentiments: Shape (n,): around the target, in [-1, 1]; NaN where there is none.
    :return: Shape (n, 6), in the order of ``VALUES``.
    """
    values = np.ones((len(probabilities), WIDTH))
    values[:, SIDES_AT] = probabilities[:, _PLACES]
    values[:, WITH_SENTIMENT_AT] = np.where(np.isnan(sentiments), 0.0, values[:, SIDES_AT].sum(axis=1))
    values[:, SENTIMENT_AT] = values[:, WITH_SENTIMENT_AT] * np.nan_to_num(sentiments)
    return values


def products_of(values: Floats) -> Floats:
    """Return the products of the values of single comments.

    :param values: Shape (n, 6).
    :return: Shape (n, 21), in the order of ``UPPER``.
    """
    return np.asarray(values[:, UPPER[0]] * values[:, UPPER[1]])


def certain(stances: Ids) -> Floats:
    """Return the probabilities of labels: 1 for the label, 0 for the others.

    :param stances: Shape (n,): places in ``STANCES``.
    :return: Shape (n, 4).
    """
    return np.asarray(np.eye(len(STANCES))[stances])


@dataclass(frozen=True, slots=True)
class Lines:
    """Sums over clusters, one line for each; the same cluster may have several.

    :param articles: Shape (n,).
    :param authors: Shape (n,); negative: unnamed. Without ``products`` each of these numbers is one cluster too.
    :param counted: Shape (n, 6): by the model's labels, in the order of ``VALUES``.
    :param soft: Shape (n, 6): by the model's probabilities; (n, 0) where only labels are counted.
    :param days: Shape (n,); ``UNDATED`` if unknown; None: no day is known.
    :param products: Of the lines of several unnamed comments, in their order: shape (m, 42), the sums of the products
        of the counted values of each comment, then of the soft ones. None: lines hold no unnamed comments.
    """

    articles: Ids
    authors: Ids
    counted: Floats
    soft: Floats
    days: Ids | None = None
    products: Floats | None = None

    @property
    def unnamed(self) -> Flags:
        """Return the mask of lines of comments without an author; shape (n,)."""
        return self.authors < 0 if self.products is not None else np.zeros(len(self.authors), bool)

    @property
    def several(self) -> Flags:
        """Return the mask of lines that have a line of ``products``; shape (n,)."""
        return self.unnamed & (self.counted[:, 0] > 1)

    def take(self, chosen: Flags) -> "Lines":
        """Keep some lines.

        :param chosen: Shape (n,).
        """
        products = None if self.products is None else self.products[chosen[self.several]]
        kept: Lines = _taken(replace(self, products=None), chosen, products=products)
        return kept

    def counted_of(self, chosen: Flags) -> "Lines":
        """Keep the counts by the model's labels of some lines, without probabilities and days.

        :param chosen: Shape (n,).
        """
        return replace(self, soft=self.soft[:, :0], days=None).take(chosen)

    def weighted(self, weights: Floats, *, only: str | None = None) -> "Lines":
        """Weight all sums, but not the number of comments.

        :param weights: Shape (n,).
        :param only: ``counted`` or ``soft``: what is weighed, where the other is not looked at.
        """
        products = self.products
        if products is not None:
            products = products * np.tile(products_of(_weighed(np.ones((1, WIDTH)), weights[self.several])), 2)
        counted = self.counted if only == "soft" else _weighed(self.counted, weights)
        soft = self.soft if only == "counted" else _weighed(self.soft, weights)
        return replace(self, counted=counted, soft=soft, products=products)


def _taken(lines: Any, chosen: Flags, **others: Any) -> Any:
    """Keep the chosen rows of all arrays of a dataclass."""
    arrays = ((each.name, getattr(lines, each.name)) for each in fields(lines))
    return replace(lines, **{name: array[chosen] for name, array in arrays if array is not None} | others)


def _weighed(values: Floats, weights: Floats) -> Floats:
    found = np.empty((len(weights), WIDTH))
    found[:, 0] = values[:, 0]
    np.multiply(values[:, 1:], weights[:, None], out=found[:, 1:])
    return found


@dataclass(frozen=True, slots=True)
class AuditLines:
    """Labelled comments, one line for each.

    :param authors: Shape (n,); of an unnamed author a negative number that no other line has.
    :param weights: Shape (n,): 1 / probability of having been drawn.
    :param given: Shape (n, 6): by the label, in the order of ``VALUES``.
    :param guessed: Shape (n, 6): by the model's probabilities.
    :param counted: Shape (n,): the stance that the model gave, as its place in ``STANCES``.
    :param labels: Shape (n,): the stance that the annotator gave.
    :param days: Shape (n,), as in :class:`Lines`.
    """

    articles: Ids
    authors: Ids
    weights: Floats
    given: Floats
    guessed: Floats
    counted: Ids
    labels: Ids
    days: Ids | None = None

    def __len__(self) -> int:
        """Return the number of labels."""
        return len(self.weights)

    def take(self, chosen: Flags) -> "AuditLines":
        """Keep some lines.

        :param chosen: Shape (n,).
        """
        kept: AuditLines = _taken(self, chosen)
        return kept

    def weighted(self, weights: Floats) -> "AuditLines":
        """Weight all sums, as :meth:`Lines.weighted` does."""
        return replace(self, given=_weighed(self.given, weights), guessed=_weighed(self.guessed, weights))


@dataclass(frozen=True, slots=True)
class Row:
    """One comment that has a stance by the model.

    :param author: Its number; negative where it is unnamed.
    :param stance: The model's, as its place in ``STANCES``.
    :param sentiment: Around the target; NaN where there is none.
    :param day: When it was posted.
    """

    article: int
    author: int
    stance: int
    sentiment: float
    probabilities: tuple[float, float, float, float]
    day: int = UNDATED

    @property
    def numbers(self) -> tuple[float, ...]:
        """Return the numbers that are held until lines are summed."""
        return self.article, self.author, self.day, self.stance, self.sentiment, *self.probabilities


class ClusterSums:
    """Sums of the comments of one group toward one target, added one at a time in any order.

    :ivar sure: Shape (thresholds, 4): comments by the model's stance whose highest probability is no lower than each
        of ``THRESHOLDS``.
    :ivar sounding: Shape (3,): those that address the target, by the sign of the sentiment around it, in the order of
        ``SIDES``: negative, neutral, positive.
    """

    def __init__(self) -> None:
        self.sure = np.zeros((len(THRESHOLDS), len(STANCES)), np.int64)
        self.sounding = np.zeros(len(SIDES), np.int64)
        self._waiting = array("d")
        self._lines: list[tuple[Any, Any, Any]] = []  # article, author and day; counts; other sums: 46 bytes a line
        self._products: list[NDArray[np.float32]] = []
        self._audit: list[tuple[float, ...]] = []

    def add(self, row: Row) -> None:
        """Add a comment."""
        self._waiting.extend(row.numbers)
        if len(self._waiting) >= PACK * ROW:
            self.pack()

    def add_label(self, row: Row, label: int, probability: float) -> None:
        """Add the label of a comment that was added.

        :param label: The annotator's stance, as its place in ``STANCES``.
        :param probability: Of having been drawn, in (0, 1].
        """
        self._audit.append((*row.numbers, label, 1 / probability))

    def add_score(self, score: Score, label: LabelledComment | None, place: tuple[int, int, int]) -> None:
        """Add a comment by its score, and its label if it has one; scores without a stance are left out.

        :param place: Article, author and day, as in :class:`Row`.
        """
        if score.stance is None or score.probabilities is None:
            return
        (article, author, day), sentiment = place, score.target_sentiment
        stance, sentiment = STANCES.index(score.stance), nan if sentiment is None else sentiment
        row = Row(article, author, stance, sentiment, score.probabilities, day)
        self.add(row)
        if label is not None and label.probability is not None:
            self.add_label(row, STANCES.index(label.label), label.probability)

    @property
    def labelled(self) -> tuple[int, float]:
        """Return the number of labels, and the number of comments they represent by their probabilities."""
        return len(self._audit), sum(weight for *_, weight in self._audit)

    def merge(self, other: "ClusterSums", *, weight: float = 1.0) -> None:
        """Add the sums of another group, which numbers authors and articles alike.

        :param weight: Weight of its labels relative to 1 / probability; 0: they are left out.
        """
        other.pack()
        self._lines += other._lines
        self._products += other._products
        self._audit += [(*row, own * weight) for *row, own in other._audit if weight]
        self.sure = self.sure + other.sure
        self.sounding = self.sounding + other.sounding

    def pack(self) -> None:
        """Sum the comments added since the last call by author, article and day."""
        rows = np.array(self._waiting, np.float64).reshape(-1, ROW)
        if not len(rows):
            return
        self._waiting = array("d")
        articles, authors, days, stances = rows[:, :4].astype(np.int64).T
        sentiments, probabilities = rows[:, 4], rows[:, 5:]
        self._check(stances, sentiments, probabilities)
        authors = np.maximum(authors, -1)
        values = np.concatenate([values_of(certain(stances), sentiments), values_of(probabilities, sentiments)], axis=1)
        first, places = _places(pair_ids(articles, authors), days)
        sums: Floats = np.stack([np.bincount(places, column, len(first)) for column in values.T], axis=1)
        several = (authors[first] < 0) & (sums[:, WIDTH] > 1)
        ids = np.stack([articles, authors, days], axis=1)[first].astype(np.int32)
        floats = np.concatenate([sums[:, [SENTIMENT_AT]], sums[:, WIDTH + 1 :]], axis=1).astype(np.float32)
        self._lines.append((ids, sums[:, _COUNTS].astype(np.uint16), floats))
        self._products.append(_summed_products(values, places, several).astype(np.float32))

    def _check(self, stances: Ids, sentiments: Floats, probabilities: Floats) -> None:
        """Update the counts for the sensitivity analysis: by threshold, and by sentiment."""
        highest = probabilities.max(axis=1)
        for at, threshold in enumerate(THRESHOLDS):
            self.sure[at] += np.bincount(stances[highest >= threshold], minlength=len(STANCES))
        addressing = sentiments[(stances != STANCES.index(Stance.NOT_ADDRESSED)) & ~np.isnan(sentiments)]
        negative, positive = (addressing <= -NEUTRAL_SENTIMENT).sum(), (addressing >= NEUTRAL_SENTIMENT).sum()
        self.sounding += np.array([negative, len(addressing) - negative - positive, positive])

    def lines(self, *, only_counted: bool = False) -> Lines:
        """Return the sums over clusters.

        :param only_counted: As for :meth:`Lines.counted_of`.
        """
        self.pack()
        count, end = sum(len(ids) for ids, _, _ in self._lines), 0
        articles, authors, days = np.empty((3, count), np.int32)
        counted: Any = np.empty((count, WIDTH), np.float32)
        soft: Any = np.empty((count, 0 if only_counted else WIDTH), np.float32)
        for ids, counts, floats in self._lines:
            own = slice(end, end := end + len(ids))
            articles[own], authors[own], days[own] = ids.T
            counted[own, _COUNTS], counted[own, SENTIMENT_AT] = counts, floats[:, 0]
            if not only_counted:
                soft[own, 0], soft[own, 1:] = counts[:, 0], floats[:, 1:]
        products = np.concatenate([np.zeros((0, 2 * len(UPPER[0])), np.float32), *self._products])
        return Lines(articles, authors, counted, soft, days, products)

    def audit_lines(self) -> AuditLines:
        """Return the labels."""
        rows = np.array(self._audit, np.float64).reshape(-1, ROW + 2)
        articles, authors, days, said, labels = rows[:, [0, 1, 2, 3, ROW]].astype(np.int64).T
        return AuditLines(
            articles=articles,
            authors=np.where(authors < 0, -1 - np.arange(len(rows)), authors),
            weights=rows[:, ROW + 1],
            given=values_of(certain(labels), rows[:, 4]),
            guessed=values_of(rows[:, 5:ROW], rows[:, 4]),
            counted=said,
            labels=labels,
            days=days,
        )


def _places(pairs: Ids, days: Ids) -> tuple[Ids, Ids]:
    """Number pairs on days: the first row of each, and which each row is."""
    _, by_pair = np.unique(pairs, return_inverse=True)
    _, by_day = np.unique(days, return_inverse=True)
    _, first, places = np.unique(by_pair * (by_day.max() + 1) + by_day, return_index=True, return_inverse=True)
    return first, places


def _summed_products(values: Floats, places: Ids, several: Flags) -> Floats:
    """Sum products of values over the clusters that need them; shape (clusters, 42)."""
    needed = several[places]
    numbers = (np.cumsum(several) - 1)[places[needed]]
    products = np.concatenate([products_of(part[needed]) for part in (values[:, :WIDTH], values[:, WIDTH:])], axis=1)
    order = np.argsort(numbers, kind="stable")
    starts = np.flatnonzero(np.diff(numbers[order], prepend=-1))
    return np.add.reduceat(products[order], starts, axis=0) if len(order) else products


# Distinct comments ----------------------------------------------------------------------------------------------------

FIELDS = np.dtype(
    [
        ("digest", np.int64),
        ("article", np.int32),
        ("author", np.int32),  # negative: unnamed
        ("day", np.int32),
        ("language", np.int16),
        ("with_stance", np.bool_),  # toward one target at least
    ]
)
NAMES = FIELDS.names or ()


class CommentSet:
    """The comments of one group, added one score at a time in any order."""

    def __init__(self) -> None:
        self._last = (0, False)
        self._waiting = array("q")
        self._packed: list[NDArray[np.void]] = []
        self._is_distinct = True

    def add(self, digest: int, article: int, author: int, day: int, language: int, with_stance: bool) -> None:
        """Add a score of a comment.

        :param digest: Of what names the comment; two of a million comments share one with a chance of 1 in 30 million.
        :param author: Its number; negative where it is unnamed.
        """
        if (digest, with_stance) == self._last:  # a comment's scores mostly come together
            return
        self._last = (digest, with_stance)
        self._waiting.extend((digest, article, max(author, -1), day, language, with_stance))
        if len(self._waiting) >= PACK * len(NAMES):
            self._pack()

    def merge(self, other: "CommentSet") -> None:
        """Add the comments of another group, which numbers authors, articles and languages alike."""
        other._pack()
        self._packed += other._packed
        self._is_distinct = False

    def _pack(self) -> None:
        rows = np.array(self._waiting, np.int64).reshape(-1, len(NAMES))
        self._waiting = array("q")
        if len(rows):
            packed = np.zeros(len(rows), FIELDS)
            for at, name in enumerate(NAMES):
                packed[name] = rows[:, at]
            self._packed.append(_each_once(packed))
            self._is_distinct = False

    def column(self, name: str) -> Ids:
        """Return one field of each distinct comment; the same order for all fields.

        :param name: One of ``NAMES``.
        """
        self._pack()
        if not self._is_distinct:
            digests = np.concatenate([np.zeros(0, np.int64), *(packed["digest"] for packed in self._packed)])
            digests.sort()  # np.unique would hash them, which takes six times as much memory
            if (digests[1:] == digests[:-1]).any():
                self._packed = [_each_once(np.concatenate(self._packed))]
            self._is_distinct = True
        return np.concatenate([np.zeros(0, FIELDS[name]), *(packed[name] for packed in self._packed)])

    def facts(self) -> dict[str, Any]:
        """Count distinct comments.

        :return: ``articles``, ``comments``, ``authors``, ``without_author``; ``not_covered``: comments without any
            stance; ``first`` and ``last`` day (ISO 8601), None where none has a date; ``languages``: number of a
            language to comments, most first; the shares of all comments that the most active author
            (``largest_author``) wrote and that stand under the ``largest_article``.
        """
        days = self.column("day")
        days = days[days != UNDATED]
        writers = self.column("author")
        articles, under = np.unique(self.column("article"), return_counts=True)
        authors, by = np.unique(writers[writers >= 0], return_counts=True)
        languages, counts = np.unique(self.column("language"), return_counts=True)
        most = sorted(zip(languages.tolist(), counts.tolist(), strict=True), key=lambda item: -item[1])
        return {
            "articles": len(articles),
            "comments": len(writers),
            "authors": len(authors),
            "without_author": int((writers < 0).sum()),
            "not_covered": int((~self.column("with_stance")).sum()),
            "first": date.fromordinal(days.min()).isoformat() if len(days) else None,
            "last": date.fromordinal(days.max()).isoformat() if len(days) else None,
            "languages": dict(most),
            "largest_author": float(by.max() / len(writers)) if len(by) else None,
            "largest_article": float(under.max() / len(writers)) if len(under) else None,
        }


def _each_once(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Keep one row of each comment: one with a stance if there is one."""
    order = np.lexsort((~rows["with_stance"], rows["digest"]))
    ordered = rows["digest"][order]
    first = np.concatenate([np.ones(min(1, len(order)), bool), ordered[1:] != ordered[:-1]])
    return np.asarray(rows[order[first]])
