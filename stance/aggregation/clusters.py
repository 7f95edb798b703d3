"""The scores of a group toward one target as rows of numbers, of which every figure of the group is made."""

from collections.abc import Iterable, Sequence
from struct import Struct
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.model_shares import is_measured
from stance.aggregation.observations import Observations
from stance.datamodels import LEARNED, READINGS, STANCES, VADER, LabelledComment, Score, Stance, Unit, Via
from stance.text_forms import text_number

UNDATED = 0
"""The day of a comment without a date; other days count from 1 January of the year 1, as ``date.toordinal`` does."""

NONE = -1
"""Number for a stance, label, reading or method that a comment lacks."""

NO_TEXT, EMPTY_TEXT = 2**63 - 1, 2**63 - 2
"""Numbers for the text of a comment whose document is not known, and of one whose text is not known."""

METHODS, WAYS = (VADER, LEARNED), tuple(Via)

ROW = np.dtype([
    ("comment", "i8"),  # a digest of what names it; two of a million share one with a chance of 1 in 30 million
    ("text", "i8"),  # the number that copies share, or one of the two above
    ("outlet", "i4"),
    ("page", "i4"),  # in the order in which they were added
    ("language", "i4"),
    ("article", "i4"),
    ("author", "i4"),  # negative, and of no other comment, where unnamed
    ("day", "i4"),
    ("weight", "f8"),  # comments that its label represents by its probability; 0: no label, or one that is not used
    ("labelled", "i8"),  # a number that copies of its text share; -1: it has none
    ("doubted", "?"),  # its label rests on annotators who agree too little
    ("votes", "u1", len(STANCES)),  # annotators by the label they gave
    ("stratum", "i4"),  # of merged groups, the part whose labels correct them
    ("stance", "i1"),  # the model's, as its place in ``STANCES``
    ("read", "i1"),  # the annotator's, likewise, also where its label is not used
    ("reading", "i1"),  # as its place in ``READINGS``
    ("via", "i1"),  # as its place in ``WAYS``; none where the target is not addressed
    ("measured", "?"),  # whether the errors of the model are known
    ("method", "i1"),  # of its sentiment toward the target, as its place in ``METHODS``
    ("sentiment", "f4"),
    ("probabilities", "f4", len(STANCES)),
])  # fmt: skip
"""The columns of a score."""

pack = Struct("=qqiiiiiidq?4Bibbbb?b5f").pack
"""Return a row as bytes."""

Name = TypeVar("Name", bound=str)
Rows = NDArray[Any]
"""Scores, with the columns of :data:`ROW`."""


UNNUMBERED = (0, NO_TEXT, 0, 0, 0)
"""The first columns of a comment that is in no comparison: its digest, text, outlet, page and language."""


def number_of_text(text: str | None) -> int:
    """Return the number of a text in :data:`ROW`; texts of the same words share its first 32 bits."""
    if not text:
        return NO_TEXT if text is None else EMPTY_TEXT
    number = int(text_number(text)[1:] or 0) % (1 << 64)  # a text of "#" and digits may be a larger one
    return min(number - (1 << 63), EMPTY_TEXT - 1)  # the column has a sign


def sentiment_toward(score: Score) -> float | None:
    """Return the sentiment of a comment toward a target, in [-1, 1]; None where it does not itself name the target."""
    if score.unit is not Unit.COMMENT or score.via is not Via.TEXT:
        return None
    return {VADER: score.target_sentiment, LEARNED: score.sentiment}.get(score.sentiment_method or "")


def count_names(numbers: NDArray[np.signedinteger[Any]], names: Sequence[Name]) -> dict[Name, int]:
    """Count the rows of each name, by its place among the names; rows without a name are left out."""
    return dict(zip(names, np.bincount(numbers[numbers != NONE], minlength=len(names)).tolist(), strict=True))


def labels_of(rows: Rows) -> dict[Stance, int]:
    """Count the comments of each label of a person, also of labels that are not used."""
    return {label: n for label, n in count_names(rows["read"], STANCES).items() if n}


def joined(parts: Iterable[Rows]) -> Rows:
    """Join scores."""
    return np.concatenate([np.empty(0, ROW), *parts])


class ClusterSums:
    """The scores of one group toward one target, 91 bytes each."""

    def __init__(self, rows: Rows | None = None) -> None:
        self.content = bytearray() if rows is None else bytearray(rows.tobytes())

    @classmethod
    def joined(cls, parts: Sequence[Self], strata: Sequence[int] = ()) -> Self:
        """Join the scores of groups, which number authors, articles and languages alike.

        :param strata: The number of the stratum of each part: labels correct those of their stratum.
        """
        sums = cls()
        sums.content = bytearray().join(part.content for part in parts)
        sums.rows()["stratum"] = np.repeat(strata or [0] * len(parts), [len(part.rows()) for part in parts])
        return sums

    def add_score(
        self,
        score: Score,
        label: LabelledComment | None,
        cluster: tuple[int, int, int],
        numbers: tuple[int, ...] = UNNUMBERED,
    ) -> None:
        """Add a comment by its score, and its label if it has one.

        :param numbers: As of :data:`UNNUMBERED`.
        """
        stance, reading, sentiment = score.stance, score.shown, sentiment_toward(score)
        drawn: tuple[float, int, bool] = (0.0, NONE, False)
        votes = (
            (0,) * len(STANCES)
            if label is None
            else label.votes or [int(label.label == stance_given) for stance_given in STANCES]
        )
        if label is not None and label.probability is not None and stance is not None:
            drawn = 1 / label.probability, id(label), label.is_doubted
        is_addressed = stance not in (None, Stance.NOT_ADDRESSED)
        facts = (
            NONE if stance is None else STANCES.index(stance),
            NONE if label is None else STANCES.index(label.label),
            NONE if reading is None else READINGS.index(reading),
            WAYS.index(score.via) if score.via and is_addressed else NONE,
            is_measured(score.model, score.language),
            NONE if sentiment is None else METHODS.index(str(score.sentiment_method)),
            sentiment or 0.0,
        )
        probabilities = score.probabilities or (0.0,) * len(STANCES)
        self.content += pack(*numbers, *cluster, *drawn, *votes, 0, *facts, *probabilities)

    def drop_labels(self) -> None:
        """Leave the labels out."""
        self.rows()["weight"] = 0

    def rows(self) -> Rows:
        """Return the scores: shape (n,); none can be added while they are used."""
        return np.frombuffer(self.content, ROW)

    def observations(self) -> Observations:
        """Return the comments with a stance, and their labels, as columns."""
        rows = self.rows()
        scored = rows["stance"] != NONE
        weights = rows["weight"][scored]
        labelled = np.flatnonzero(weights)
        votes, texts, doubted = (rows[name][scored][labelled] for name in ("votes", "labelled", "doubted"))
        texts = np.where(texts < 0, np.arange(-len(texts), 0), texts)
        names = {"articles": "article", "authors": "author", "stances": "stance", "days": "day", "strata": "stratum"}
        names |= {name: name for name in ("probabilities", "measured")}
        columns: Any = {name: rows[column][scored] for name, column in names.items()}
        labels: Any = {"draws": weights[labelled], "votes": votes, "texts": texts, "doubted": doubted}
        return Observations(**columns, **labels, labelled=labelled)
