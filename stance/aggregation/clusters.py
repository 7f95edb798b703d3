"""Gather the comments of groups as columns of numbers.

Comments of one article, or of one author, are not independent. Every estimate and its variance is computed from a line
for each comment, with the numbers of its article and author. A comment without an author is a cluster of its own.

Audit labels are matched to comments. They correct shares only if they were drawn at random with known probabilities and
the model was not trained on them; other labels are refused.
"""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import (
    SIDES,
    STANCES,
    Document,
    LabelledComment,
    Record,
    Score,
    Stance,
    Unit,
    grouped,
    text_number,
)
from stance.exceptions import LabelError

Floats = NDArray[np.float64]
Ids = NDArray[np.signedinteger[Any]]
Flags = NDArray[np.bool_]
Numbers = NDArray[np.floating[Any]]

VALUES = ("count", *(str(side) for side in SIDES))
"""Columns of sums: comments; probabilities of the stances that address the target."""

SIDES_AT = slice(1, 1 + len(SIDES))

UNDATED = 0
"""The day of a comment without a date; other days count from 1 January of the year 1, as ``date.toordinal`` does."""

_PLACES = [STANCES.index(side) for side in SIDES]
_NOT_ADDRESSED = STANCES.index(Stance.NOT_ADDRESSED)


def values_of(probabilities: Numbers) -> Floats:
    """Return the values that comments add to the sums: shape (n, 4), in the order of ``VALUES``.

    :param probabilities: Shape (n, 4), in the order of ``STANCES``: a model's, or 1 for a label and 0 for the others.
    """
    return np.hstack([np.ones((len(probabilities), 1), probabilities.dtype), probabilities[:, _PLACES]])


def certain(stances: Ids) -> Floats:
    """Return the probabilities of labels: 1 for the label, 0 for the others.

    :param stances: Shape (n,): places in ``STANCES``.
    :return: Shape (n, 4).
    """
    return np.eye(len(STANCES))[stances]


@dataclass(frozen=True)
class Observations:
    """Comments of a group that have a stance toward one target, and the audit labels of some of them.

    :param articles: Shape (n,), as ``authors``, ``stances`` (places in ``STANCES``) and ``days``.
    :param probabilities: Shape (n, 4).
    :param labelled: Shape (m,): places of the labelled comments.
    :param draws: Shape (m,): 1 / probability of having been drawn; 1 where all comments have a label.
    :param labels: Shape (m,): labels of persons, as places in ``STANCES``.
    :param texts: Shape (m,): numbers of the drawn texts; one label counts for all copies of a text.
    :param disputed: Shape (m,): whether annotators differ, so that the label of one of them was drawn.
    """

    articles: Ids
    authors: Ids
    stances: Ids
    days: Ids
    probabilities: Numbers
    labelled: Ids
    draws: Floats
    labels: Ids
    texts: Ids
    disputed: Flags

    def __post_init__(self) -> None:
        """Give all labels of a census the same weight, however they were drawn."""
        if len(self.labelled) == len(self.articles):
            object.__setattr__(self, "draws", np.ones_like(self.draws))

    def __len__(self) -> int:
        """Return the number of comments."""
        return len(self.articles)

    @property
    def is_complete(self) -> bool:
        """Return whether all comments have a label."""
        return 0 < len(self) == len(np.unique(self.labelled))

    @property
    def drawn(self) -> int:
        """Return the number of texts that were drawn and labelled."""
        return len(np.unique(self.texts))

    @cached_property
    def soft(self) -> Floats:
        """Return the values by the model's probabilities: shape (n, 4)."""
        return values_of(self.probabilities)

    @property
    def counted(self) -> Floats:
        """Return the values by the model's labels, without weights: shape (n, 4)."""
        return values_of(certain(self.stances).astype(np.float32))

    @property
    def given(self) -> Floats:
        """Return the values of labelled comments by their labels: shape (m, 4)."""
        return values_of(certain(self.labels))

    def counts(self) -> tuple[int, int]:
        """Count the articles and the comments that address the target by the model's labels."""
        articles = self.articles[self.stances != _NOT_ADDRESSED]
        return len(np.unique(articles)), len(articles)

    def take(self, chosen: Flags) -> "Observations":
        """Keep some comments, with their labels.

        :param chosen: Shape (n,).
        """
        if chosen.all():
            return self  # a million comments with a date are not copied
        own = chosen[self.labelled]
        labelled = (np.cumsum(chosen) - 1)[self.labelled[own]]
        return Observations(
            self.articles[chosen], self.authors[chosen], self.stances[chosen], self.days[chosen],
            self.probabilities[chosen], labelled, self.draws[own], self.labels[own], self.texts[own],
            self.disputed[own],
        )  # fmt: skip

    def unlabelled(self) -> "Observations":
        """Leave the labels out."""
        none = {name: getattr(self, name)[:0] for name in ("labelled", "draws", "labels", "texts", "disputed")}
        return replace(self, **none)


class NumberColumns:
    """Rows of numbers, added one at a time in any order.

    :cvar kinds: Type and width of two arrays; the first column of the first is the article.
    """

    kinds: ClassVar[tuple[tuple[str, int], ...]]

    def __init__(self) -> None:
        self._ids: array[Any] = array(self.kinds[0][0])
        self._numbers: array[Any] = array(self.kinds[1][0])

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self._ids) // self.kinds[0][1]

    def _tables(self) -> tuple[NDArray[Any], NDArray[Any]]:
        """Return both arrays: shape (n, width)."""
        held = zip((self._ids, self._numbers), self.kinds, strict=True)
        ids, numbers = (np.array(own).reshape(-1, width) for own, (_, width) in held)
        return ids, numbers

    def merge(self, other: Self) -> None:
        """Add the rows of another group, which numbers authors, articles and languages alike."""
        self._ids += other._ids
        self._numbers += other._numbers


class ClusterSums(NumberColumns):
    """The comments of one group toward one target, 32 bytes each."""

    kinds = ("i", 4), ("f", len(STANCES))  # article, author, stance and day; probabilities

    def __init__(self) -> None:
        super().__init__()
        self._labels: list[tuple[int, int, float, int]] = []  # place, stance, weight and number of the text
        self._disputed = set[int]()  # numbers of texts

    def add(
        self,
        place: tuple[int, int, int],
        stance: int,
        probabilities: Sequence[float],
        label: int | None = None,
        probability: float = 1.0,
        text: int = -1,
    ) -> None:
        """Add a comment.

        :param place: Article, author (a negative number that no other comment has where unnamed) and day.
        :param stance: The model's, as its place in ``STANCES``.
        :param label: The annotator's stance, likewise; None: it has no label.
        :param probability: Of having been drawn to be labelled, in (0, 1].
        :param text: A number that copies of its text share; -1: it has none.
        """
        if label is not None:
            self._labels.append((len(self), label, 1 / probability, text))
        article, author, day = place
        self._ids.extend((article, author, stance, day))
        self._numbers.extend(probabilities)

    def add_score(self, score: Score, label: LabelledComment | None, place: tuple[int, int, int]) -> None:
        """Add a comment by its score, and its label if it has one; scores without a stance are left out."""
        if score.stance is None or score.probabilities is None:
            return
        drawn: tuple[Any, ...] = ()
        if label is not None and label.probability is not None:
            drawn = STANCES.index(label.label), label.probability, id(label)
            self._disputed |= {id(label)} if label.is_disputed else set()
        self.add(place, STANCES.index(score.stance), score.probabilities, *drawn)

    def even_labels(self) -> None:
        """Give all labels of a census the same weight before they are merged with those of other groups."""
        if len(self._labels) == len(self):
            self._labels = [(at, label, 1.0, text) for at, label, _, text in self._labels]

    def drop_labels(self) -> None:
        """Leave the labels out."""
        self._labels.clear()

    def counts(self) -> dict[Stance, int]:
        """Count the comments of each stance."""
        counts = np.bincount(self._tables()[0][:, 2], minlength=len(STANCES))
        return dict(zip(STANCES, counts.tolist(), strict=True))

    @property
    def labelled(self) -> tuple[int, float]:
        """Return the number of labelled texts, and of comments they represent by their probabilities."""
        texts = [text for *_, text in self._labels]
        return len({*texts} - {-1}) + texts.count(-1), sum(weight for _, _, weight, _ in self._labels)

    def merge(self, other: Self, *, weight: float = 1.0) -> None:
        """Add the comments of another group.

        :param weight: Weight of its labels relative to 1 / probability; 0: they are left out.
        """
        before = len(self)
        super().merge(other)
        self._labels += [(before + at, label, own * weight, text) for at, label, own, text in other._labels if weight]
        self._disputed |= other._disputed

    def observations(self) -> Observations:
        """Return the comments and labels as columns."""
        (articles, authors, stances, days), numbers = self._tables()[0].T, self._tables()[1]
        drawn = np.array(self._labels, np.float64).reshape(-1, 4)
        labelled, labels, _, given = drawn.astype(np.int64).T
        texts = np.where(given < 0, np.arange(-len(given), 0), given)
        disputed = np.isin(given, [*self._disputed])
        return Observations(articles, authors, stances, days, numbers, labelled, drawn[:, 2], labels, texts, disputed)


# Distinct comments ----------------------------------------------------------------------------------------------------


class Comments(NamedTuple):
    """The columns of distinct comments, each of shape (n,)."""

    articles: Ids
    authors: Ids  # negative: unnamed
    days: Ids
    languages: Ids
    with_stance: Flags  # toward one target at least


class CommentSet(NumberColumns):
    """The comments of one group, added one score at a time."""

    kinds = ("i", 5), ("q", 1)  # article, author, day, language and whether there is a stance; digest

    def __init__(self) -> None:
        super().__init__()
        self._last = (0, False)

    def add(self, digest: int, article: int, author: int, day: int, language: int, with_stance: bool) -> None:
        """Add a score of a comment.

        :param digest: Of what names the comment; two of a million comments share one with a chance of 1 in 30 million.
        :param author: Its number; negative where it is unnamed.
        """
        if (digest, with_stance) != self._last:  # a comment's scores mostly come together
            self._last = (digest, with_stance)
            self._numbers.append(digest)
            self._ids.extend((article, author, day, language, with_stance))

    def columns(self) -> Comments:
        """Return each comment once, with a stance if one of its scores has one."""
        fields, table = self._tables()
        digests = table.ravel()
        order = np.lexsort((1 - fields[:, -1], digests))
        first = np.flatnonzero(np.diff(digests[order], prepend=~digests[order][:1]))
        articles, authors, days, languages, with_stance = fields[order[first]].T
        return Comments(articles, authors, days, languages, with_stance > 0)

    def facts(self) -> dict[str, Any]:
        """Count distinct comments.

        :return: ``articles``, ``comments``, ``authors``, ``without_author``; ``not_covered``: comments without any
            stance; ``first`` and ``last`` day (ISO 8601), None where none has a date; ``languages``: number of a
            language to comments, most first; the shares of all comments that the most active author
            (``largest_author``) wrote and that are under the ``largest_article``.
        """
        found = self.columns()
        days, n = found.days[found.days != UNDATED], len(found.authors)
        articles, under = np.unique(found.articles, return_counts=True)
        authors, by = np.unique(found.authors[found.authors >= 0], return_counts=True)
        languages, counts = np.unique(found.languages, return_counts=True)
        most = sorted(zip(languages.tolist(), counts.tolist(), strict=True), key=lambda item: -item[1])
        return {
            "articles": len(articles),
            "comments": n,
            "authors": len(authors),
            "without_author": int((found.authors < 0).sum()),
            "not_covered": int((~found.with_stance).sum()),
            "first": date.fromordinal(days.min()).isoformat() if len(days) else None,
            "last": date.fromordinal(days.max()).isoformat() if len(days) else None,
            "languages": dict(most),
            "largest_author": float(by.max() / n) if len(by) else None,
            "largest_article": float(under.max() / n) if len(under) else None,
        }


# Audit labels ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AuditSource:
    """Origin of audit labels, for reports.

    :param tables: Names of the tables.
    :param annotators: Who labelled.
    :param unlabelled: Drawn rows that wait for a label: missing data.
    :param undecided: Pairs that are left out because one annotator gave several labels and nobody decided.
    :param disputed: Pairs whose annotators differ and nobody decided: the label of one, drawn at random, counts.
    :param other_targets: Labels toward targets that are not scored, which are left out, by target.
    :param not_audit: Rows that were not drawn for an audit, and are not used.
    :param waiting: Comments that were drawn for an audit and have no label toward any target.
    :param unit: What is labelled; the counts are of this unit alone.
    :param agreement: Of annotators: ``pairs`` that several labelled, those that are ``disputed``, and Krippendorff's
        ``alpha`` over the four labels with its 95 % ``interval``; empty: no pair has two labels.
    """

    tables: tuple[str, ...] = ()
    unlabelled: int = 0
    undecided: int = 0
    disputed: int = 0
    other_targets: Mapping[str, int] = field(default_factory=dict)
    not_audit: int = 0
    annotators: tuple[str, ...] = ()
    waiting: int = 0
    unit: Unit = Unit.COMMENT
    agreement: Record = field(default_factory=dict)


class AuditLabels:
    """Audit labels by comment and target.

    A label is of the comments with its text, or with the number of its text. Where texts are not known, or several
    labels are of one text, ids decide: sample ids are ``document/comment``, as scores carry both; a table's own ids are
    unique within their document, or else their outlet, where the label names one.

    :param comments: One label for each pair of comment and target, drawn for an audit.
    :raises LabelError: If there is none, or one has no probability.
    """

    def __init__(self, comments: Iterable[LabelledComment], source: AuditSource | None = None) -> None:
        self.source = source or AuditSource()
        self.comments = tuple(comments)
        _check(self.comments)
        self._by_id = grouped(((each.comment_id, each.target), at) for at, each in enumerate(self.comments))
        texts = {(text_number(each.text), each.target): at for at, each in enumerate(self.comments)}
        # Where two labels are of one text, comments were drawn and not texts: each label is of its comment alone.
        named = {pair: at for pair, at in texts.items() if not self.comments[at].comment_id}
        self._by_text = texts if len(texts) == len(self.comments) else named
        self._matched: set[int] = set()
        self._apart: set[int] = set()  # places of labels whose id a comment with another text has
        self._seen: set[int] = set()  # places of labels whose comment is among the inputs, filtered out or not
        self._targets = {comment.target for comment in self.comments}
        self.not_scored = 0
        self.rows: Sequence[Record] = ()  # of the tables that they are from, also without a label
        self.learned: dict[str, frozenset[int]] = {}  # name of a model -> places of labels that it learned from
        self.odd: dict[str, list[str]] = {}  # group -> why its labels are no random sample
        self._left_out: set[int] = set()

    def find(self, score: Score, text: str | None = None) -> LabelledComment | None:
        """Return the label of a scored comment; None if there is none, or the model learned from it.

        A label counts for all copies of its text, which was drawn once for them.

        :param text: Of the comment; empty: its document holds none, so nobody knows which comments copy a labelled one,
            and no label is found; None: not asked for.
        :raises LabelError: If several comments have the id of a label, and their text is not known.
        """
        if text == "":
            return None
        own = text_number(text or "")
        at = self._place(score.document or "", score.outlet, score.comment or "", score.target, own)
        if at is None:
            return None
        is_first = at not in self._matched
        self._matched.add(at)
        if not own and not is_first:
            seen = f"id {self.comments[at].comment_id!r} is of several comments whose text is not known"
            raise LabelError(f"label: {seen}; expected a column document")
        if score.probabilities is None:
            self.not_scored += is_first
            return None
        if at in self.learned.get(score.model, ()):
            self._left_out.add(at)
            return None
        return self.comments[at] if is_first or (own, score.target) in self._by_text else None

    def see(self, document: Document) -> None:
        """Note the labels of the comments of a document, which filters may leave out."""
        for comment in document.comments:
            own, text = (document.document_id, document.outlet, comment.comment_id), text_number(comment.text)
            self._seen.update(at for of in self._targets if (at := self._place(*own, of, text)) is not None)

    def _place(self, document: str, outlet: str | None, comment: str, target: str, text: str) -> int | None:
        """Return the place of the label with the id of a comment and, where it is known, its text."""
        if (text, target) in self._by_text:
            return self._by_text[text, target]
        places = [*self._by_id.get((f"{document}/{comment}", target), ())]
        for at in self._by_id.get((comment, target), ()):
            label = self.comments[at]
            is_here = label.document == document if label.document else not outlet or label.outlet in (None, outlet)
            places += [at] if is_here else []
        found = next((at for at in places if not text or text_number(self.comments[at].text) == text), None)
        self._apart.update(places if found is None else ())
        return found

    @property
    def part(self) -> float:
        """Return the share of drawn pairs with labels that are used."""
        drawn = len(self.comments) + self.source.unlabelled + self.source.undecided
        return max(1, len(self.comments) - len(self._left_out)) / drawn

    def to_record(self) -> dict[str, Any]:
        """Return the description of the labels for reports."""
        unmatched = {*range(len(self.comments))} - self._matched - self._seen
        first = [self.comments[at] for at in sorted(unmatched)[:5]]
        return {
            "tables": self.source.tables,
            "labels": len(self.comments),
            "matched": len(self._matched),
            "unmatched": len(unmatched),
            "unmatched_ids": [f"{each.comment_id or repr(each.text[:40])} ({each.target})" for each in first],
            "apart": len(unmatched & self._apart),
            "not_scored": self.not_scored,
            "learned": len(self._left_out),
            "odd": self.odd,
        } | asdict(self.source)


def _check(comments: tuple[LabelledComment, ...]) -> None:
    if not comments:
        raise LabelError(
            "no row with the role audit; expected the columns text, target, label, role and probability, as stance "
            "sample writes them; in your own random sample, probability is labels divided by comments"
        )
    if lacking := sum(each.probability is None for each in comments):
        wanted = "expected a column probability, as stance sample writes it"
        raise LabelError(f"{lacking} of {len(comments)} audit labels have no sampling probability; {wanted}")
