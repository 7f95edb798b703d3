"""Count the comments, authors and articles of a group, each comment once.

A comment has a score for each target, and a table of scores may hold them in any order. So comments are stored as
64-bit digests with article, author, day and language: 23 bytes each.
"""

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stance.aggregation.clusters import PACK, UNDATED, Ids

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


@dataclass(frozen=True, slots=True)
class RosterFacts:
    """Counts of distinct comments.

    :param first: Day of the oldest comment, as ``date.toordinal``; None where none has a date. ``last`` likewise.
    :param languages: Number of a language -> comments.
    :param largest_author: Share of the comments that the most active author wrote, in [0, 1]; of all comments.
    :param largest_article: Share of the comments that stand under the largest article.
    """

    articles: int
    comments: int
    authors: int
    without_author: int
    with_stance: int
    first: int | None
    last: int | None
    languages: dict[int, int]
    largest_author: float | None
    largest_article: float | None


class Roster:
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

    def merge(self, other: "Roster") -> None:
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

    def facts(self) -> RosterFacts:
        """Count distinct comments."""
        days = self.column("day")
        days = days[days != UNDATED]
        writers = self.column("author")
        articles, under = np.unique(self.column("article"), return_counts=True)
        authors, by = np.unique(writers[writers >= 0], return_counts=True)
        languages, told = np.unique(self.column("language"), return_counts=True)
        return RosterFacts(
            articles=len(articles),
            comments=len(writers),
            authors=len(authors),
            without_author=int((writers < 0).sum()),
            with_stance=int(self.column("with_stance").sum()),
            first=int(days.min()) if len(days) else None,
            last=int(days.max()) if len(days) else None,
            languages=dict(zip(languages.tolist(), told.tolist(), strict=True)),
            largest_author=_largest(by, len(writers)),
            largest_article=_largest(under, len(writers)),
        )


def _each_once(rows: NDArray[np.void]) -> NDArray[np.void]:
    """Keep one row of each comment: one with a stance if there is one."""
    order = np.lexsort((~rows["with_stance"], rows["digest"]))
    ordered = rows["digest"][order]
    first = np.concatenate([np.ones(min(1, len(order)), bool), ordered[1:] != ordered[:-1]])
    return np.asarray(rows[order[first]])


def _largest(counts: Ids, total: int) -> float | None:
    return float(counts.max() / total) if len(counts) else None
