"""Find the group of a comment: a column of its score, of its document, or of the user's own table."""

from datetime import date
from functools import lru_cache

from stance.datamodels import UNKNOWN_LANGUAGE, Document, Score
from stance.exceptions import ConfigError

MOST_GROUPS = 20_000
"""Groups that are held; a column of ids would make one for each comment."""

LOOKED_AT = 20
"""Documents after which a column that none of them has is taken for a mistake: it should not cost a run."""

SCORE_COLUMNS = ("outlet", "author", "month", "year", "language", "document", "via", "target", "model")

DOCUMENT_COLUMNS = ("title", "url", "source", "published", "layout")
"""Read from the document, unless the user's table has a column of that name."""

_OF_DATE = {"month": len("2026-03"), "year": len("2026")}
"""Column -> how much of an ISO 8601 date it is."""


@lru_cache(maxsize=4096)
def _ordinal(day: str) -> int:
    try:
        return date.fromisoformat(day).toordinal()
    except ValueError:
        return 0


def day_of(moment: str | None) -> int:
    """Number the day of a date.

    :param moment: ISO 8601.
    :return: As ``date.toordinal``; 0 if unknown.
    """
    return _ordinal(moment[:10]) if moment else 0


def own_columns(*names: str | None) -> tuple[str, ...]:
    """Return the columns of the user's table that must be kept for grouping."""
    return tuple(dict.fromkeys(name for name in names if name and name not in SCORE_COLUMNS))


class Grouping:
    """Names the group of each comment by one column.

    :param column: One of ``SCORE_COLUMNS`` or ``DOCUMENT_COLUMNS``, or a column of the user's table.
    :param option: The option that names the column, for messages.
    """

    def __init__(self, column: str, option: str = "--by") -> None:
        self.column = column
        self.option = option
        self._is_found = column in SCORE_COLUMNS or column in DOCUMENT_COLUMNS

    def __call__(self, score: Score, document: Document | None) -> str | None:
        """Name the group; None where nothing is stated."""
        column = self.column
        if column in _OF_DATE:
            day = score.posted or (document.published if document else None) or ""
            return day[: _OF_DATE[column]] or None
        if column in SCORE_COLUMNS:
            value: str | None = getattr(score, column)
            return None if column == "language" and value == UNKNOWN_LANGUAGE else value
        for name, cell in score.columns:
            if name == column:
                self._is_found = True
                return cell or None
        return getattr(document, column, None) if column in DOCUMENT_COLUMNS else None

    def check(self) -> None:
        """Refuse a column that nothing that was read has.

        :raises ConfigError: If there was none.
        """
        if not self._is_found:
            known = ", ".join((*SCORE_COLUMNS, *DOCUMENT_COLUMNS))
            raise ConfigError(
                f"{self.option} {self.column[:60]}: no such column; expected one of {known}, "
                "or a column of the table that is read"
            )
