"""Distinct comments of a group."""

from datetime import date
from typing import Any, NamedTuple

import numpy as np

from stance.aggregation.number_columns import NumberColumns
from stance.aggregation.observations import Flags, Ids

UNDATED = 0
"""The day of a comment without a date; other days count from 1 January of the year 1, as ``date.toordinal`` does."""


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
        columns = self.columns()
        days, n = columns.days[columns.days != UNDATED], len(columns.authors)
        articles, under = np.unique(columns.articles, return_counts=True)
        authors, by = np.unique(columns.authors[columns.authors >= 0], return_counts=True)
        languages, counts = np.unique(columns.languages, return_counts=True)
        most = sorted(zip(languages.tolist(), counts.tolist(), strict=True), key=lambda item: -item[1])
        return {
            "articles": len(articles),
            "comments": n,
            "authors": len(authors),
            "without_author": int((columns.authors < 0).sum()),
            "not_covered": int((~columns.with_stance).sum()),
            "first": date.fromordinal(days.min()).isoformat() if len(days) else None,
            "last": date.fromordinal(days.max()).isoformat() if len(days) else None,
            "languages": dict(most),
            "largest_author": float(by.max() / n) if len(by) else None,
            "largest_article": float(under.max() / n) if len(under) else None,
        }
