"""The comments of a group as columns of numbers.

Comments of one article, or of one author, are not independent. Every estimate and its variance is computed from a line
for each comment, with the numbers of its article and author. A comment without an author is a cluster of its own.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stance.datamodels import SIDES, STANCES, Stance

Floats = NDArray[np.float64]

Ids = NDArray[np.signedinteger[Any]]

Flags = NDArray[np.bool_]

Numbers = NDArray[np.floating[Any]]

SIDES_AT = slice(1, 1 + len(SIDES))

_PLACES = [STANCES.index(side) for side in SIDES]

_NOT_ADDRESSED = STANCES.index(Stance.NOT_ADDRESSED)


OF_LABELS = ("draws", "votes", "texts", "doubted")
"""Words: columns with a number for each label."""


def values_of(probabilities: Numbers) -> Floats:
    """Return the values that comments add to the sums, shape (n, 4): 1, and the probabilities of the sides.

    :param probabilities: Shape (n, 4), in the order of ``STANCES``: a model's, or 1 for a label and 0 for the others.
    """
    return np.hstack([np.ones((len(probabilities), 1), probabilities.dtype), probabilities[:, _PLACES]])


def certain(stances: Ids) -> Floats:
    """Return the probabilities of labels: 1 for the label, 0 for the others.

    :param stances: Shape (n,): places in ``STANCES``.
    :return: Shape (n, 4).
    """
    return np.eye(len(STANCES))[stances]


def represented(draws: Floats, cells: Ids, labelled: Ids) -> Floats:
    """Return the number of comments that each label represents; in each cell they sum to its comments.

    All labels of a census are weighed alike, however they were drawn.

    :param draws: Shape (m,): 1 / probability.
    :param cells: Shape (n,): of each comment, as a number from 0.
    :param labelled: Shape (m,): places of the labelled comments.
    """
    comments, own_cells = np.bincount(cells), cells[labelled]
    labels = np.bincount(own_cells, minlength=len(comments))
    weights = np.where((labels == comments)[own_cells], 1.0, draws)
    return weights * comments[own_cells] / np.bincount(own_cells, weights, len(comments))[own_cells]


@dataclass(frozen=True)
class Observations:
    """Comments of a group that have a stance toward one target, and the audit labels of some of them.

    :param articles: Shape (n,), as ``authors``, ``stances`` (places in ``STANCES``) and ``days``.
    :param probabilities: Shape (n, 4).
    :param labelled: Shape (m,): places of the labelled comments.
    :param draws: Shape (m,): 1 / probability of having been drawn.
    :param votes: Shape (m, 4): annotators by the label they gave; a label that somebody settled has two votes.
    :param texts: Shape (m,): numbers of the drawn texts; one label counts for all copies of a text.
    :param doubted: Shape (m,): whether labels rest on annotators who agree too little.
    :param measured: Shape (n,): whether the model's errors in shares of such comments are known.
    :param strata: Shape (n,): the part of the group, as a number from 0, whose labels alone correct a comment.
    """

    articles: Ids
    authors: Ids
    stances: Ids
    days: Ids
    probabilities: Numbers
    labelled: Ids
    draws: Floats
    votes: Ids
    texts: Ids
    doubted: Flags
    measured: Flags
    strata: Ids

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
        """Return the values of labelled comments by the mean of their labels: shape (m, 4)."""
        return values_of(self.label_shares)

    @property
    def label_shares(self) -> Floats:
        """Return the share of annotators who gave each label: shape (m, 4)."""
        return self.votes / self.votes.sum(axis=1, keepdims=True)

    @property
    def is_disputed(self) -> bool:
        """Return whether annotators differ on a comment, and nobody decided."""
        return bool((np.count_nonzero(self.votes, axis=1) > 1).any())

    @property
    def represented(self) -> Floats:
        """Return the number of comments that each label represents: shape (m,)."""
        return represented(self.draws, self.strata, self.labelled)

    def counts(self) -> tuple[int, int]:
        """Count the articles and the comments that address the target by the model's labels."""
        articles = self.articles[self.stances != _NOT_ADDRESSED]
        return len(np.unique(articles)), len(articles)

    def take(self, flags: Flags) -> "Observations":
        """Keep some comments, with their labels.

        :param flags: Shape (n,).
        """
        if flags.all():
            return self  # a million comments with a date are not copied
        drawn = flags[self.labelled]
        of_comments = "articles", "authors", "stances", "days", "probabilities", "measured", "strata"
        columns = {name: getattr(self, name)[flags] for name in of_comments}
        columns |= {name: getattr(self, name)[drawn] for name in OF_LABELS}
        return Observations(**columns, labelled=(np.cumsum(flags) - 1)[self.labelled[drawn]])

    def unlabelled(self) -> "Observations":
        """Leave the labels out."""
        none = {name: getattr(self, name)[:0] for name in ("labelled", *OF_LABELS)}
        return replace(self, **none)
