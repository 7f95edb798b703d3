"""Find the group of a comment: a column of its score, of its document, or of the user's own table."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from stance.datamodels import UNKNOWN_LANGUAGE, Document, Score
from stance.exceptions import ConfigError

NOT_STATED = "(not stated)"
"""The group of scores whose page does not tell, say, its outlet."""

MOST_GROUPS = 20_000
"""Groups that are held; a column of ids would make one for each comment."""

LOOKED_AT = 20
"""Documents after which a column that none of them has is taken for a mistake: it should not cost a run."""

Naming = Callable[[Score, Document | None], str | None]


def dated(score: Score, document: Document | None) -> str | None:
    """Return the date of a comment, else that of its article; ISO 8601."""
    return score.posted or (document.published if document else None)


def _month(score: Score, document: Document | None) -> str | None:
    return (dated(score, document) or "")[:7] or None


SCORE_GROUPINGS: dict[str, Naming] = {
    "outlet": lambda score, document: score.outlet,
    "author": lambda score, document: score.author,
    "month": _month,
    "year": lambda score, document: (dated(score, document) or "")[:4] or None,
    "language": lambda score, document: score.language if score.language != UNKNOWN_LANGUAGE else None,
    "document": lambda score, document: score.document,
    "via": lambda score, document: score.via,
    "target": lambda score, document: score.target,
    "model": lambda score, document: score.model,
}
"""What a score tells of its comment."""

DOCUMENT_GROUPINGS: dict[str, Naming] = {
    "title": lambda score, document: document.title if document else None,
    "url": lambda score, document: document.url if document else None,
    "source": lambda score, document: document.source if document else None,
    "published": lambda score, document: document.published if document else None,
    "layout": lambda score, document: document.layout if document else None,
}
"""What its document tells, unless the user's table has a column of that name."""


@lru_cache(maxsize=4096)
def _ordinal(day: str) -> int:
    try:
        return date.fromisoformat(day).toordinal()
    except ValueError:
        return 0


def day_of(moment: str | None) -> int:
    """Number the day of a date.

    :param moment: ISO 8601.
    :return: As ``date.toordinal``; 0 where the day is not told.
    """
    return _ordinal(moment[:10]) if moment else 0


def own_columns(*names: str | None) -> tuple[str, ...]:
    """Return the columns of the user's table that must be kept for grouping."""
    return tuple(dict.fromkeys(name for name in names if name and name not in SCORE_GROUPINGS))


class Grouping:
    """Names the group of each comment by one column.

    :param column: A key of ``SCORE_GROUPINGS`` or ``DOCUMENT_GROUPINGS``, or a column of the user's table.
    :param option: What the user calls it with, for messages.
    """

    def __init__(self, column: str, option: str = "--by") -> None:
        self.column = column
        self.option = option
        self._own = column not in SCORE_GROUPINGS
        self._naming = SCORE_GROUPINGS.get(column) or DOCUMENT_GROUPINGS.get(column)
        self._met = self._naming is not None

    def __call__(self, score: Score, document: Document | None) -> str | None:
        """Name the group; None where nothing is stated."""
        if self._own:
            for name, cell in score.columns:
                if name == self.column:
                    self._met = True
                    return cell or None
        return self._naming(score, document) if self._naming else None

    def check(self) -> None:
        """Refuse a column that nothing that was read has.

        :raises ConfigError: If there was none.
        """
        if not self._met:
            known = ", ".join((*SCORE_GROUPINGS, *DOCUMENT_GROUPINGS))
            raise ConfigError(
                f"{self.option} {self.column[:60]}: no such column; expected one of {known}, "
                "or a column of the table that is read"
            )
