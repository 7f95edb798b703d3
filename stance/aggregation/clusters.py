"""Sums of the scores of a group by author and article, in columns of numbers."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np

from stance.aggregation.model_shares import is_measured
from stance.aggregation.number_columns import NumberColumns
from stance.aggregation.observations import Observations
from stance.datamodels import STANCES, LabelledComment, Score, Stance


class ClusterSums(NumberColumns):
    """The comments of one group toward one target, 36 bytes each."""

    kinds = ("i", 5), ("f", len(STANCES))  # article, author, stance, day and whether errors are known; probabilities

    def __init__(self) -> None:
        super().__init__()
        self._labels: list[tuple[int, int, float, int]] = []  # place, stance, weight and number of the text
        self._disputed = set[int]()  # numbers of texts
        self._strata: list[tuple[int, int]] = []  # number and comments of each part that was merged

    def add(
        self,
        cluster: tuple[int, int, int],
        stance: int,
        probabilities: Sequence[float],
        label: int | None = None,
        probability: float = 1.0,
        text: int = -1,
    ) -> None:
        """Add a comment.

        :param cluster: Article, author (a negative number that no other comment has where unnamed) and day.
        :param stance: The model's, as its place in ``STANCES``.
        :param label: The annotator's stance, likewise; None: it has no label.
        :param probability: Of having been drawn to be labelled, in (0, 1].
        :param text: A number that copies of its text share; -1: it has none.
        """
        if label is not None:
            self._labels.append((len(self), label, 1 / probability, text))
        article, author, day = cluster
        self._ids.extend((article, author, stance, day, 1))
        self._numbers.extend(probabilities)

    def add_score(self, score: Score, label: LabelledComment | None, cluster: tuple[int, int, int]) -> None:
        """Add a comment by its score, and its label if it has one; scores without a stance are left out."""
        if score.stance is None or score.probabilities is None:
            return
        drawn: tuple[Any, ...] = ()
        if label is not None and label.probability is not None:
            drawn = STANCES.index(label.label), label.probability, id(label)
            self._disputed |= {id(label)} if label.is_disputed else set()
        self.add(cluster, STANCES.index(score.stance), score.probabilities, *drawn)
        self._ids[-1] = is_measured(score.model, score.language)

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

    def merge(self, other: Self, *, stratum: int = 0) -> None:
        """Add the comments of another group, after which none can be added alone.

        :param stratum: The number of the part of this group whose labels correct them.
        """
        before = len(self)
        super().merge(other)
        self._labels += [(before + line, label, draw, text) for line, label, draw, text in other._labels]
        self._disputed |= other._disputed
        self._strata += [(0, before)] * (not self._strata) + [(stratum, len(other))]

    def observations(self) -> Observations:
        """Return the comments and labels as columns."""
        (articles, authors, stances, days, flags), numbers = self._tables()[0].T, self._tables()[1]
        drawn = np.array(self._labels, np.float64).reshape(-1, 4)
        labelled, labels, _, weights = drawn.astype(np.int64).T
        texts = np.where(weights < 0, np.arange(-len(weights), 0), weights)
        disputed, strata = np.isin(weights, [*self._disputed]), np.repeat(*np.array(self._strata or [(0, 1)]).T)
        return Observations(
            articles, authors, stances, days, numbers, labelled, drawn[:, 2], labels, texts, disputed, flags > 0, strata
        )
